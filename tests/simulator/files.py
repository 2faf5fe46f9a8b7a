"""A schedule on a real SQLite file: the write-ahead log is cut, or garbled, at a seeded byte; then the normal start.

1. Blocks are committed by the store's thread, some while the next is executed; the log is sometimes copied into the
   database, the process sometimes starts anew.
2. The database and its write-ahead log are copied, the copy of the log cut at a seeded byte of what was written since
   it was last copied into the database (what lies before was on the disk, and had been copied). There is no -shm file.
3. The copy is opened by the normal path. It must stand at exactly the last block whose last byte was kept, agree with a
   clean replay up to there, and go on: what was lost is submitted again.
"""

import random
import shutil
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from ledger.application import Application
from ledger.context import Record
from ledger.execution import Decision
from ledger.store.database import migrate, open_engine
from ledger.store.sql import SqlStore
from tests.simulator.audit import Acknowledged
from tests.simulator.worlds import Known, ToyWorld, World
from tests.support.memory_store import MemoryStore
from tests.support.replay import Divergence, replay

KEEP_MS = 400  # undo rows are pruned within a schedule
WAL_HEADER_BYTES = 32
WAL_FRAME_HEADER_BYTES = 24


@dataclass
class Opened:
    """A node on a file."""

    connection: Connection
    store: SqlStore
    application: Application


@contextmanager
def open_node(path: Path, world: World) -> Iterator[Opened]:
    """The normal path: migrate, begin if there is nothing, open."""
    engine = open_engine(f"sqlite:///{path}")
    try:
        with engine.connect() as connection, engine.connect() as aside:
            migrate(connection, [])
            aside.execution_options(isolation_level="AUTOCOMMIT")
            store = SqlStore(connection, keep_ms=KEEP_MS, aside=aside)
            if store.read_head() is None:
                world.begin(store)
            application = world.open(store)
            application.verified = Known(world.known)  # type: ignore[assignment]  # a fake of the same two methods
            yield Opened(connection, store, application)
    finally:
        engine.dispose()


def measure_log(path: Path, connection: Connection) -> int:
    """Where the valid part of the write-ahead log ends, in bytes: SQLite's own index of it says how many frames."""
    (frames,) = struct.unpack_from("=I", Path(f"{path}-shm").read_bytes(), 16)
    page_bytes = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
    return WAL_HEADER_BYTES + int(frames) * (WAL_FRAME_HEADER_BYTES + int(page_bytes))


def audit_file(path: Path, world: World, acknowledged: Acknowledged, up_to: int) -> int:
    """Open a file by the normal path and compare it with a clean replay; returns its height."""
    with open_node(path, world) as node:
        if node.connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() != "ok":
            raise Divergence("SQLite finds its file damaged")
        fresh_store = MemoryStore()
        world.begin(fresh_store)
        fresh = world.open(fresh_store)
        fresh.verified = Known(world.known)  # type: ignore[assignment]  # a fake of the same two methods
        height = replay(node.store, fresh)
        if node.application.head != fresh.head:
            raise Divergence(f"the file stands at {node.application.head}, its replay at {fresh.head}")
        rows = node.connection.exec_driver_sql("SELECT key_hash, value_hash, key, record FROM records").all()
        if {row[0]: tuple(row[1:]) for row in rows} != fresh_store.records:
            raise Divergence("the records differ from a clean replay")
        world.check({row[2].decode(): Record.decode(row[3]) for row in rows})
        (ids, distinct) = node.connection.exec_driver_sql("SELECT count(*), count(DISTINCT id) FROM transactions").one()
        if ids != distinct or ids != len(fresh_store.transactions):
            raise Divergence("a transaction is there twice, or too many are")
        for identity, answer in acknowledged.items():
            stored = node.store.read_transaction(identity)
            if answer[4] <= up_to and (stored is None or stored.decision.index != answer[3]):
                raise Divergence(f"acknowledged and gone: {identity.hex()}")
    return height


class FileSchedule:
    """One seed's life on a file, its end, and what comes after."""

    def __init__(self, seed: int, folder: Path) -> None:
        self._random = random.Random(f"files {seed}")
        self._folder = folder
        self._live = folder / "live.db"
        self.world = ToyWorld(seed)
        self.acknowledged: Acknowledged = {}
        self._time_ms = self.world.start_ms
        self._base = 0  # the last block that is in the database itself
        self._ends: dict[int, int] = {}  # by height: where its commit ends in the write-ahead log
        self._blocks: dict[int, list[bytes]] = {}
        self._under_way: tuple[int, list[bytes], Sequence[Decision]] | None = None

    def run(self) -> tuple[int, int]:
        """The height before the cut and after it."""
        lives = self._random.randint(1, 3)
        for life in range(lives):
            with open_node(self._live, self.world) as node:
                if life == 0:
                    self._checkpoint(node, "TRUNCATE")
                self._work(node, self._random.randint(3, 9))
                if life == lives - 1:
                    before = node.application.head.height
                    after = self._cut(node)
            # A connection that is closed in order copies the log and removes it.
            self._base, self._ends = node.application.head.height, {}
        self._go_on(after)
        return before, after

    def _work(self, node: Opened, blocks: int) -> None:
        for _ in range(blocks):
            if self._random.random() < 0.15:
                self._checkpoint(node, self._random.choice(("PASSIVE", "FULL", "TRUNCATE")))
            self._make_block(node, [self._make_transaction(node) for _ in range(self._random.randint(1, 6))])
        self._settle(node)

    def _make_transaction(self, node: Opened) -> bytes:
        return self.world.make_transaction(node.application.head.time_ms if self.world.is_simulated else self._time_ms)

    def _make_block(self, node: Opened, transactions: list[bytes]) -> None:
        self._time_ms += self._random.choice((1, 30, 200))
        height = (self._under_way[0] if self._under_way else node.application.head.height) + 1
        result = node.application.finalize_block(height, self._time_ms, transactions)
        self._note(node)
        if result.height != height:
            return
        self._under_way = height, transactions, result.decisions
        node.application.begin_commit()
        if self._random.random() < 0.5:
            self._settle(node)

    def _settle(self, node: Opened) -> None:
        node.application.end_commit()
        self._note(node)

    def _note(self, node: Opened) -> None:
        """The block that was under way is durable."""
        if self._under_way is None:
            return
        (height, transactions, decisions), self._under_way = self._under_way, None
        if node.application.head.height != height:
            raise Divergence(f"block {height} is not the last commit")
        self._blocks[height] = transactions
        self._ends[height] = measure_log(self._live, node.connection)
        for d in decisions:
            if d.has_leaf:
                self.acknowledged[d.id] = (d.code, d.command_index, d.field, d.index, d.height)

    def _checkpoint(self, node: Opened, mode: str) -> None:
        self._settle(node)
        node.connection.exec_driver_sql(f"PRAGMA wal_checkpoint({mode})").all()
        node.connection.rollback()
        self._base, self._ends = node.application.head.height, {}

    def _cut(self, node: Opened) -> int:
        """Copy, cut, and open the copy; the height that it stands at."""
        while not self._ends:  # until something was written since the last checkpoint
            self._make_block(node, [self._make_transaction(node) for _ in range(4)])
            self._settle(node)
        cut = self._random.randint(0, max(self._ends.values()))
        copy = self._folder / "cut.db"
        shutil.copyfile(self._live, copy)
        log = bytearray(Path(f"{self._live}-wal").read_bytes())
        if self._random.random() < 0.5:
            del log[cut:]
        else:
            length = self._random.randint(1, 5000)
            log[cut : cut + length] = bytes(byte ^ self._random.randint(1, 255) for byte in log[cut : cut + length])
        Path(f"{copy}-wal").write_bytes(log)
        expected = max((height for height, end in self._ends.items() if end <= cut), default=self._base)
        height = audit_file(copy, self.world, self.acknowledged, expected)
        if height != expected:
            raise Divergence(f"cut at byte {cut}: block {height} is the last, {expected} was expected")
        return height

    def _go_on(self, height: int) -> None:
        """Submit what was lost again, and something new; the copy must still agree with a replay."""
        copy = self._folder / "cut.db"
        with open_node(copy, self.world) as node:
            for lost in sorted(number for number in self._blocks if number > height):
                application = node.application
                application.finalize_block(application.head.height + 1, self._time_ms, self._blocks[lost])
                application.commit()
        kept = {identity: answer for identity, answer in self.acknowledged.items() if answer[4] <= height}
        audit_file(copy, self.world, kept, height)
