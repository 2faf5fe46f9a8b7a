"""The state machine alone, at several sizes of its state: what an operation costs in it, and where the time goes.

1. A ledger is filled by a command that exists here only: each writes the records of some tens of packages as they lie
   after acceptance (package, range, occupied invoice), views included. Their issuer takes no part in what is measured.
2. The very same blocks of the mixed load then run at each size, block by block in alternation, so that noise meets all
   alike. Some blocks are a turn; a size costs what its median turn cost.
   Signatures count as verified, as they do in a kernel whose door has verified them; every decision must be "done".
3. A block is kept in one step here (`commit`); a node overlaps that with the next block, which could hide a cost that
   grows. Copying the write-ahead log is the work of a thread in a node: it is timed beside the rest.
"""

import gc
import secrets
import shutil
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from bench.plan import count_ramp, plan_mixed
from bench.progress import say
from bench.signing import Signer
from bench.timing import Sums
from bench.world import World
from hefu.v1 import ledger_pb2, pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.rules import DAY_MS
from ledger.application import Application
from ledger.context import Context
from ledger.execution import Rules
from ledger.seam import CommandSpec, ParsedCommand
from ledger.store.database import open_engine
from ledger.store.sql import SqlStore
from ledger.transaction import sign
from nodes.genesis_file import make_uscc
from nodes.wiring import (
    NoteSigner,
    begin_ledger,
    build_views,
    compute_network,
    open_application,
    prepare_database,
    read_genesis,
)
from pledges.records import put_occupation
from receivables.records import put_package, put_voucher

ORIGIN = "bench.hefu/log"
LOG_SEED = sha256(b"hefu bench log key").digest()
FILL_KIND = 65_000
PACKAGES_A_FILL = 40
RECORDS_A_FILL = 3 * PACKAGES_A_FILL
FILLS_A_BLOCK = 40
FACE_FEN = 1_000_000_00
PACKAGES_A_SLOT = 100  # about 900 operations a block
BLOCK_EVERY_MS = 1000  # on the clock of the blocks, which is proposed here
KEEP_MS = 24 * 3_600_000  # so that a state 100 blocks back can be proved, filling blocks counted
AHEAD_MS = 3_600_000  # so far after the filling, whose blocks have the real time
FILL_ISSUER, FILL_HOLDER, FILL_BANK = (make_uscc(number) for number in (900, 901, 902))

Block = tuple[int, list[bytes]]
"""Its proposed time (ms), and its transactions."""


class Ledger:
    """A state machine over a database of its own, driven without an engine."""

    def __init__(self, path: Path, stack: ExitStack, is_filling: bool = False) -> None:
        self.path = path
        engine = open_engine(f"sqlite:///{path}")
        stack.callback(engine.dispose)
        self.connection = stack.enter_context(engine.connect())
        self.store = SqlStore(self.connection, build_views(), KEEP_MS)
        self.sums = Sums()
        self.network = compute_network(read_genesis(self.store))
        if is_filling:
            self.application = _open_filling(self.store, self.network)
        else:
            self.application = open_application(self.store, ORIGIN, LOG_SEED, self.sums.measure)

    def run_block(self, time_ms: int, transactions: Sequence[bytes]) -> int:
        """Decide and keep one block; returns nanoseconds. RuntimeError where anything is refused."""
        application = self.application
        for signed in transactions:
            application.verified.remember(sha256(signed).digest())
        began = time.perf_counter_ns()
        result = application.finalize_block(application.head.height + 1, time_ms, transactions)
        application.commit()
        spent = time.perf_counter_ns() - began
        refused = [decision for decision in result.decisions if decision.code]
        if refused:
            raise RuntimeError(f"{len(refused)} of {len(result.decisions)} refused, first: code {refused[0].code}")
        return spent

    def empty_log(self) -> None:
        """Copy SQLite's write-ahead log into the database."""
        self.connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all()
        self.connection.rollback()

    def count_records(self) -> int:
        """How many records the state holds."""
        return self.application.tree.count


@dataclass(slots=True)
class SizeCost:
    """What was measured at one size: nanoseconds of each block and the operations in it; `records` before them."""

    records: int
    fill_seconds: float
    nanoseconds: list[int] = field(default_factory=list)
    operations: list[int] = field(default_factory=list)
    copy_nanoseconds: int = 0
    phases: dict[str, float] = field(default_factory=dict)

    def add(self, nanoseconds: int, operations: int) -> None:
        """Count one block."""
        self.nanoseconds.append(nanoseconds)
        self.operations.append(operations)

    def compute_turns(self, blocks: int) -> list[float]:
        """Microseconds an operation in each turn of so many blocks."""
        starts = range(0, len(self.operations), blocks)
        return [
            sum(self.nanoseconds[at : at + blocks]) / sum(self.operations[at : at + blocks]) / 1000 for at in starts
        ]

    def compute_copy_microseconds(self) -> float:
        """Microseconds an operation that copying the write-ahead log took beside the clock."""
        return self.copy_nanoseconds / sum(self.operations) / 1000


@dataclass(frozen=True, slots=True)
class GrowthScale:
    """Sizes (records, the smallest first), turns, blocks of a turn, packages that begin in each block."""

    sizes: tuple[int, ...]
    turns: int
    blocks_a_turn: int
    packages: int = PACKAGES_A_SLOT


@dataclass(frozen=True, slots=True)
class GrowthFigures:
    """All sizes, the smallest first; and where the database of the largest lies."""

    sizes: list[SizeCost]
    blocks_a_turn: int
    largest: Path


def begin(path: Path, world: World) -> None:
    """A database with block 0."""
    engine = open_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        prepare_database(connection)
        begin_ledger(SqlStore(connection, build_views()), world.genesis, ORIGIN, LOG_SEED)
        connection.commit()
    engine.dispose()


def fill(path: Path, up_to: int) -> float:
    """Write filling packages until the state holds `up_to` records; returns seconds."""
    began = time.perf_counter()
    with ExitStack() as stack:
        ledger = Ledger(path, stack, is_filling=True)
        while ledger.count_records() < up_to:
            wanted = min(FILLS_A_BLOCK, -(-(up_to - ledger.count_records()) // RECORDS_A_FILL))
            now_ms, first = time.time_ns() // 1_000_000, ledger.count_records()  # rises by more than it numbers
            numbers = range(first, first + wanted * PACKAGES_A_FILL, PACKAGES_A_FILL)
            ledger.run_block(now_ms, [_make_fill(ledger.network, number, now_ms) for number in numbers])
            ledger.empty_log()
    return time.perf_counter() - began


def measure_growth(directory: Path, world: World, signer: Signer, scale: GrowthScale) -> GrowthFigures:
    """Fill a ledger to each size, then run the mixed load at all of them in alternation."""
    paths, seconds = _prepare(directory, world, scale.sizes)
    ramp = count_ramp(world)
    signed = sign_blocks(world, signer, ramp + scale.turns * scale.blocks_a_turn, scale.packages)
    with ExitStack() as stack:
        ledgers = [Ledger(path, stack) for path in paths]
        costs = [SizeCost(ledger.count_records(), spent) for ledger, spent in zip(ledgers, seconds, strict=True)]
        calm_collector(stack)
        say(f"growth: {len(signed)} blocks at each size, the first {ramp} not counted")
        _run_blocks(ledgers, costs, signed[:ramp])
        for ledger, cost in zip(ledgers, costs, strict=True):
            ledger.sums.clear()
            cost.nanoseconds, cost.operations, cost.copy_nanoseconds = [], [], 0
        _run_blocks(ledgers, costs, signed[ramp:])
        for ledger, cost in zip(ledgers, costs, strict=True):
            cost.phases = ledger.sums.compute_microseconds(sum(cost.operations))
    return GrowthFigures(costs, scale.blocks_a_turn, paths[-1])


def _run_blocks(ledgers: Sequence[Ledger], costs: Sequence[SizeCost], blocks: Sequence[Block]) -> None:
    for time_ms, transactions in blocks:
        for ledger, cost in zip(ledgers, costs, strict=True):
            cost.add(ledger.run_block(time_ms, transactions), len(transactions))
            began = time.perf_counter_ns()
            ledger.empty_log()
            cost.copy_nanoseconds += time.perf_counter_ns() - began


def _prepare(directory: Path, world: World, sizes: Sequence[int]) -> tuple[list[Path], list[float]]:
    """A database of each size, and how long filling up to it took from the size before."""
    filling = directory / "filling.db"
    begin(filling, world)
    paths, seconds = [], []
    for size in sizes:
        seconds.append(fill(filling, size))
        say(f"growth: {size:,} records after {seconds[-1]:.0f} s")
        paths.append(directory / f"{size}.db")
        shutil.copyfile(filling, paths[-1])
    return paths, seconds


def calm_collector(stack: ExitStack) -> None:
    """As a kernel process does it."""
    gc.collect()
    gc.freeze()
    gc.disable()
    stack.callback(gc.enable)
    stack.callback(gc.unfreeze)


def sign_blocks(world: World, signer: Signer, slots: int, packages: int) -> list[Block]:
    """Blocks of the mixed load, one a slot."""
    first_ms = time.time_ns() // 1_000_000 + AHEAD_MS
    planned = plan_mixed(world, slots, packages, first_ms, "G")
    signed = signer.sign_slots(planned)
    times = [first_ms + number * BLOCK_EVERY_MS for number in range(slots)]
    return list(zip(times, signer.finish(signed, times), strict=True))


# ---------------------------------------------------------------- filling


def process_fill(context: Context, command: pb.VoucherRef) -> None:
    """Packages as they lie after their acceptance, numbered from `start`."""
    for number in range(command.start, command.start + PACKAGES_A_FILL):
        name = f"{FILL_ISSUER}.F{number}"
        fingerprint = sha256(name.encode()).digest()
        package = pb.Package(
            issuer=FILL_ISSUER,
            payee=FILL_HOLDER,
            face_fen=FACE_FEN,
            due_on=command.end,
            stage=pb.PACKAGE_LIVE,
            paying_bank=FILL_BANK,
            invoices=[pledges_pb2.InvoiceUse(fingerprint=fingerprint, amount_fen=FACE_FEN, occupied_fen=FACE_FEN)],
            contract_commitment=fingerprint,
            accept_by_ms=context.time_ms,
        )
        put_package(context, name, package)
        ref = pb.VoucherRef(package=name, start=1, end=FACE_FEN)
        put_voucher(context, ref, pb.Voucher(holder=FILL_HOLDER, stage=pb.LIVE, circulation=pb.CIRCULATING))
        occupation = pledges_pb2.InvoiceOccupation(amount_fen=FACE_FEN, occupied_fen=FACE_FEN)
        put_occupation(context, fingerprint, occupation)


def _make_fill(network: ledger_pb2.NetworkId, number: int, now_ms: int) -> bytes:
    payload = pb.VoucherRef(package="fill", start=number, end=now_ms // DAY_MS + 60)
    body = ledger_pb2.TransactionBody(
        network=network, nonce=secrets.token_bytes(16), valid_until_ms=now_ms + DAY_MS // 2
    )
    body.commands.add(
        organisations=[FILL_ISSUER], kind=FILL_KIND, payload=payload.SerializeToString(deterministic=True)
    )
    return sign(body.SerializeToString(deterministic=True), [LOG_SEED])


def _open_filling(store: SqlStore, network: ledger_pb2.NetworkId) -> Application:
    commands = {FILL_KIND: CommandSpec("bench.fill", pb.VoucherRef, process_fill)}
    return Application(store, Rules(network, commands, _authorise_all), ORIGIN, NoteSigner(ORIGIN, LOG_SEED).sign)


def _authorise_all(context: Context, commands: Sequence[ParsedCommand], signers: Sequence[bytes]) -> None:
    """Filling is not judged."""
