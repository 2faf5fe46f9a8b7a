"""The kernel process: one thread that executes blocks, and answers what needs the trees in its memory.

1. It reads frames from the door, offers their transactions to the engine, and makes a block when one is due.
2. While a block becomes durable it reads on and, if the next block is due already, executes it; otherwise it waits.
   What is durable is answered with finished ReceiptBatch bytes, one for each submission.
3. Between blocks it answers questions (nodes/answers.py). SQLite's write-ahead log is copied by a thread of its own.
4. STOP: it decides what was submitted, answers, and ends with status 0. The door's end (EOF) ends it too. Whatever
   else goes wrong ends it with another status: nothing can be trusted but a restart, which is recovery.
5. Where block-making stops, for the clock or for want of another software version, it raises an alarm, refuses what is
   submitted, and answers questions as before.
6. A database of PostgreSQL's is held as long as the kernel runs; a server that ends the session ends the kernel, idle
   or not.

The same loop runs in a thread of the door's process where the configuration says `processes = 1`.
"""

import asyncio
import selectors
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

import uvloop
from sqlalchemy import Connection

from ledger.application import Application, Memory
from ledger.errors import MalformedInput
from ledger.store.database import Checkpointer, connect, open_engine
from ledger.store.dialect import is_postgresql
from ledger.store.postgres import Hold, hold_database, is_flushed
from ledger.store.sql import SqlStore
from nodes.answers import Answers, Failed
from nodes.config import NodeConfig, load_config
from nodes.decided import Tally, calm_collector, encode_answer, encode_refusals
from nodes.directory import COSIGNATURE_KEY, LOG_KEY, NodeDirectory
from nodes.engines.clock import SystemClock
from nodes.engines.cometbft.adapter import AbciAdapter
from nodes.engines.cometbft.bundler import Bundler
from nodes.engines.cometbft.bundles import Examiner
from nodes.engines.cometbft.evidence import EvidenceFile
from nodes.engines.cometbft.kernel import ConsensusKernel, Orders, compute_chain
from nodes.engines.cometbft.snapshots import SNAPSHOT_FOLDER, SnapshotKeeper, SnapshotRestorer, Snapshots
from nodes.engines.port import Answer, Engine, Ordering, Submission
from nodes.engines.solo import SoloEngine
from nodes.evidence import EvidenceDoor, build_finder
from nodes.link import Frame, FrameReader, Kind, encode_failure, encode_frame, unpack_batch
from nodes.lock import hold_lock
from nodes.logs import get_log, raise_alarm, set_up_logs
from nodes.readers import Readers
from nodes.rotation import finish_rotation
from nodes.selfcheck import check_self
from nodes.stopwatch import Stopwatch
from nodes.wiring import (
    build_views,
    check_engine,
    compute_network,
    open_application,
    prepare_database,
    read_genesis,
    restore_ledger,
)

RECEIVE_BYTES = 4 << 20
CACHE_KIB_EACH = 1
"""Of the database's pages, for each record that is kept in memory."""
LOCK_WAIT_S = 10.0
"""A kernel whose door was killed ends by itself, once its block is durable; so long the next one waits for it."""


class Kernel:
    """The loop. `remember` is told the transactions of each SUBMIT, which the door has verified; `hold` is watched.

    Where block-making stops for the clock, `stop_file` is written, so that no restart makes blocks until an operator
    has agreed. Where it stops for another software version, the ledger says so itself.
    """

    def __init__(
        self,
        door: socket.socket,
        engine: Engine,
        answers: Answers,
        remember: Callable[[bytes], None],
        stopwatch: Stopwatch,
        stop_file: Path,
        hold: Hold | None = None,
    ) -> None:
        self._door = door
        self._engine = engine
        self._answers = answers
        self._tally = Tally(answers)
        self._remember = remember
        self._stopwatch = stopwatch
        self._stop_file = stop_file
        self._hold = hold
        self._is_stop_noted = False
        self._frames = FrameReader()
        self._is_open = True
        self._is_stopping = False

    def run(self) -> None:
        """Until STOP or the door's end."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._door, selectors.EVENT_READ, self._receive)
            if self._hold is not None:
                selector.register(self._hold, selectors.EVENT_READ, self._hold.check)
            if self._engine.needs_version:
                self._tell_stop()
            while self._is_open and not (self._is_stopping and not self._engine.waiting):
                wait_ms = 0 if self._is_stopping else self._engine.compute_wait_ms()
                _hear(selector, None if wait_ms is None else wait_ms / 1000)
                if self._is_stopping or self._engine.compute_wait_ms() == 0:
                    self._make_block()
                    _hear(selector, 0)
                if self._engine.compute_wait_ms() != 0:
                    self._settle()
            self._settle()

    def _receive(self) -> None:
        try:
            data = self._door.recv(RECEIVE_BYTES)
        except ConnectionResetError:
            data = b""
        if not data:
            self._is_open = False
        for frame in self._frames.feed(data):
            self._take(frame)

    def _take(self, frame: Frame) -> None:
        if frame.kind is Kind.SUBMIT:
            transactions = unpack_batch(frame.payload)
            for signed in transactions:
                self._remember(signed)
            self._engine.offer(Submission(frame.tag, transactions))
            self._refuse_where_stopped()
        elif frame.kind is Kind.ASK:
            self._settle()  # what is asked about are whole commits
            self._answer(frame)
        elif frame.kind is Kind.STOP:
            self._is_stopping = True

    def _make_block(self) -> None:
        self._give(self._engine.make_block())
        self._refuse_where_stopped()

    def _settle(self) -> None:
        self._give(self._engine.settle())

    def _give(self, answers: Sequence[Answer]) -> None:
        if not answers:
            return
        for answer in answers:
            self._tally.note(answer.decisions)
        with self._stopwatch.measure("answer"):
            self._send(b"".join(map(encode_answer, answers)))
        self._tally.collect()

    def _refuse_where_stopped(self) -> None:
        reason = self._engine.stopped_because
        if not reason:
            return
        self._tell_stop()
        text = f"no blocks are made: {reason}"
        if not self._engine.needs_version:
            text += "; after checking it, restart with --accept-clock"
        self._send(encode_refusals(self._engine.withdraw(), "FAILED_PRECONDITION", text))

    def _tell_stop(self) -> None:
        if self._is_stop_noted:
            return
        self._is_stop_noted = True
        raise_alarm("block-making stopped", reason=self._engine.stopped_because)
        if not self._engine.needs_version:
            self._stop_file.write_text(self._engine.stopped_because + "\n", encoding="utf-8")

    def _answer(self, frame: Frame) -> None:
        method, _, request = frame.payload.partition(b"\n")
        try:
            reply = encode_frame(Kind.ANSWER, frame.tag, self._answers.answer(method.decode(), request))
        except Failed as failure:
            reply = encode_failure(frame.tag, failure.status, str(failure))
        self._send(reply)

    def _send(self, data: bytes) -> None:
        try:
            self._door.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            self._is_open = False


def run_kernel(
    directory: Path, config: NodeConfig, door: socket.socket, is_clock_accepted: bool, is_alone: bool
) -> None:
    """Recover from the database, then run until stopped. Closes everything it opened. `is_alone`: in its own process.

    MalformedInput where the directory is at fault: held by another kernel, without a database, or with one not its own.
    """
    with ExitStack() as stack:
        stack.callback(door.close)
        check_self()
        node = NodeDirectory(directory)
        stack.enter_context(hold_lock(directory, LOCK_WAIT_S))
        engine = open_engine(
            node.get_url(config), must_exist=True, writer_cache_kib=config.cached_records * CACHE_KIB_EACH
        )
        stack.callback(engine.dispose)
        connection = stack.enter_context(connect(engine))
        hold = stack.enter_context(hold_database(engine, LOCK_WAIT_S))
        aside = stack.enter_context(engine.connect().execution_options(isolation_level="AUTOCOMMIT"))
        prepare_database(connection)
        if is_postgresql(connection) and not is_flushed(connection):
            raise_alarm("the database server does not flush: a power cut loses blocks that were acknowledged")
        checkpointer = Checkpointer(engine, _tell_held_log)
        store = SqlStore(connection, build_views(), config.keep_states_ms, aside, checkpointer.limit)
        if finish_rotation(node, config.origin, store) is not None:
            get_log().warning("finished a rotation of the log key that was cut short")
        seed, cosignature_seed = node.read_seed(LOG_KEY), node.read_seed(COSIGNATURE_KEY)
        node.check_ledger(store, config.origin)
        stopwatch = Stopwatch()
        numbers_all = config.engine == "cometbft"
        memory = Memory(config.cached_records, config.expected_records)
        application = open_application(store, config.origin, seed, stopwatch.measure, numbers_all, memory)
        checkpointer.start()
        stack.callback(checkpointer.stop)
        head = application.head
        get_log().info("kernel ready", height=head.height, size=head.size, root=head.root.hex())
        if is_alone:
            calm_collector()
        opened = Opened(node, config, application, store, connection, (seed, cosignature_seed), stopwatch, hold)
        if config.engine == "cometbft":
            _run_consensus(opened, door)
        else:
            _run_solo(opened, door, is_clock_accepted)
        get_log().info("kernel stopped", height=application.head.height, size=application.head.size)


@dataclass(frozen=True, slots=True)
class Opened:
    """A ledger that has recovered. `seeds`: of the log key and of the cosignature key."""

    node: NodeDirectory
    config: NodeConfig
    application: Application
    store: SqlStore
    connection: Connection
    seeds: tuple[bytes, bytes]
    stopwatch: Stopwatch
    hold: Hold | None

    def build_answers(self, engine: Ordering) -> Answers:
        """What only this process can answer."""
        return Answers(
            self.application, self.store, self.connection, engine, self.config.origin, self.seeds, self.stopwatch
        )


def _run_solo(opened: Opened, door: socket.socket, is_clock_accepted: bool) -> None:
    node, config = opened.node, opened.config
    genesis = read_genesis(opened.store)
    check_engine(genesis, config.engine)
    if is_clock_accepted:
        node.clock_file.unlink(missing_ok=True)
    solo = SoloEngine(
        opened.application,
        SystemClock(),
        config.block_transactions,
        config.block_gather_ms,
        is_simulated=genesis.simulated_clock,
        is_clock_accepted=is_clock_accepted,
        stopped_because=_read_note(node.clock_file),
    )
    remember = opened.application.verified.remember
    kernel = Kernel(
        door,
        solo,
        opened.build_answers(solo),
        lambda signed: remember(sha256(signed).digest()),
        opened.stopwatch,
        node.clock_file,
        opened.hold,
    )
    opened.connection.rollback()  # PostgreSQL holds a transaction open from the first read on
    kernel.run()


def _run_consensus(opened: Opened, door: socket.socket) -> None:
    with ExitStack() as stack:
        readers = Readers(opened.node.get_url(opened.config), opened.config.read_threads)
        stack.callback(readers.close)
        examiner = Examiner(opened.application.verified, EvidenceDoor(build_finder(readers)).examine)
        chain = compute_chain(read_genesis(opened.store))
        orders = Orders(Bundler(opened.config.block_transactions))
        kernel = ConsensusKernel(
            door,
            opened.node.path,
            AbciAdapter(opened.application, examiner, chain, EvidenceFile(opened.node.path).note),
            examiner,
            opened.build_answers(orders),
            orders,
            _build_snapshots(opened, stack),
            opened.stopwatch,
            opened.config,
            opened.hold,
        )
        opened.connection.rollback()  # PostgreSQL holds a transaction open from the first read on
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(kernel.run())


def _build_snapshots(opened: Opened, stack: ExitStack) -> Snapshots:
    node, config = opened.node, opened.config
    network, folder = compute_network(read_genesis(opened.store)), node.path / SNAPSHOT_FOLDER
    keeper = SnapshotKeeper(node.get_url(config), network, folder, config.snapshot_blocks)
    stack.callback(keeper.close)
    restore = partial(restore_ledger, opened.connection, config.origin, opened.seeds[0])
    return Snapshots(keeper, SnapshotRestorer(folder, network, config.origin, restore), opened.application)


def _hear(selector: selectors.BaseSelector, timeout_s: float | None) -> None:
    for key, _ in selector.select(timeout_s):
        key.data()


def _read_note(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""


def _tell_held_log(size: int) -> None:
    raise_alarm("the write-ahead log grows: another program has the database open, reading an old state", bytes=size)


def run_and_tell(
    directory: Path, config: NodeConfig, door: socket.socket, is_clock_accepted: bool, is_alone: bool = False
) -> int:
    """`run_kernel` for whoever has nobody above: the log and the exit status tell."""
    try:
        run_kernel(directory, config, door, is_clock_accepted, is_alone)
    except MalformedInput as failure:
        get_log().critical("the kernel does not start", alarm=True, cause=str(failure))
        return 1
    except BaseException as failure:  # noqa: BLE001 - the docstring says who is told
        get_log().critical("kernel failed", alarm=True, exc_info=failure)
        return 1
    return 0


def main(arguments: list[str]) -> int:
    """`python -m nodes.kernel DIRECTORY FD ACCEPT`: started by the door, which holds the other end of the socket."""
    directory, descriptor, accept = Path(arguments[0]), int(arguments[1]), arguments[2] == "1"
    # A supervisor may signal every process of a node; the door decides when the kernel stops.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    config = load_config(directory)
    set_up_logs(config.log_format, config.log_level, "kernel")
    return run_and_tell(directory, config, socket.socket(fileno=descriptor), accept, is_alone=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
