"""The door: gRPC on loopback, with health and reflection, before a kernel in a process or thread of its own.

1. Start: configuration, then the kernel, which recovers; when it is ready, the server. What listens is healthy
   as long as blocks are made (nodes/health.py).
2. Stop (SIGTERM, SIGINT): nothing more comes in, what was submitted is decided and answered, then the kernel ends. For
   decisions that do not come, as in a network that has halted, it waits `stop_seconds`.
3. A kernel that ends by itself ends the door too, with status 1: an operator or a supervisor starts both again.

Not here: who calls, which only the inbox asks (nodes/inbox). So only loopback addresses are served (nodes/config.py).
"""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import grpc
import uvloop
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from hefu.v1 import governance_pb2, inbox_pb2, reports_pb2
from hefu.v1 import node_pb2 as pb
from identity.governance_service import GovernanceService
from identity.service import IdentityService
from ledger.store.sql import SqlStore
from nodes.backfill import run_backfill
from nodes.config import NodeConfig, load_config, parse_listen
from nodes.cosigners.address import parse_addresses
from nodes.cosigners.rounds import Cosigners
from nodes.directory import INBOX_FILE, OTHERS, NodeDirectory
from nodes.engines.cometbft.beside import EngineBeside
from nodes.evidence import EvidenceDoor, build_finder
from nodes.faces import build_handlers
from nodes.gate import Gate
from nodes.health import HealthWatch
from nodes.housekeeper import Chore, Housekeeper, free_lapsed, keep_house, read_service_key
from nodes.inbox.calls import CallGuard
from nodes.inbox.service import InboxService
from nodes.inbox.store import InboxStore
from nodes.kernel import run_and_tell
from nodes.ledger_service import LedgerService
from nodes.link import LinkFailure, open_pair
from nodes.logs import get_log, raise_alarm, set_up_logs
from nodes.pipe import Pipe
from nodes.public.server import PublicServer
from nodes.readers import Readers
from nodes.reports.service import ReportService
from nodes.stopwatch import Stopwatch
from nodes.wiring import build_rules, read_genesis
from receivables.service import VoucherService

MAX_RECEIVED_BYTES = 64 * 65_536 + 65_536
"""A full batch of the largest transactions any network allows."""
MAX_SENT_BYTES = 64 << 20
SWITCH_INTERVAL_S = 50e-6
"""A thread that returns from libsodium waits so long for the interpreter; Python's default of 5 ms costs throughput."""
KERNEL_ENVIRONMENT = {"MALLOC_ARENA_MAX": "1"}
"""The C library else gives each thread a heap of its own, and what one frees no other takes. The kernel's threads hold
the interpreter where they allocate, so that one heap holds none of them up."""
SERVICES = (
    (pb.DESCRIPTOR, "LedgerService"),
    (pb.DESCRIPTOR, "IdentityService"),
    (pb.DESCRIPTOR, "VoucherService"),
    (governance_pb2.DESCRIPTOR, "GovernanceService"),
    (reports_pb2.DESCRIPTOR, "ReportService"),
)
"""In the order in which `Door.start` makes those who answer."""


class KernelProcess:
    """A kernel in a process of its own, joined by a socket pair that no other process holds."""

    def __init__(self, directory: Path, is_clock_accepted: bool) -> None:
        self.socket, theirs = open_pair()
        # -P: what lies in the working directory is not run. A session of its own: a terminal's interrupt reaches the
        # door alone, and not a kernel that has just begun.
        arguments = [sys.executable, "-P", "-m", "nodes.kernel", str(directory), str(theirs.fileno())]
        arguments.append(str(int(is_clock_accepted)))
        environment = {**os.environ, **KERNEL_ENVIRONMENT}
        self._process = subprocess.Popen(
            arguments, pass_fds=(theirs.fileno(),), start_new_session=True, env=environment
        )
        theirs.close()

    def join(self) -> int:
        """Wait for its end; its exit status."""
        return self._process.wait()


class KernelThread:
    """A kernel in a thread of this process."""

    def __init__(self, directory: Path, config: NodeConfig, is_clock_accepted: bool) -> None:
        self.socket, self._theirs = open_pair()
        self._status = 1
        arguments = (directory, config, is_clock_accepted)
        self._thread = threading.Thread(target=self._run, args=arguments, name="kernel", daemon=True)
        self._thread.start()

    def join(self) -> int:
        """Wait for its end; 0 if it was told to stop."""
        self._thread.join()
        return self._status

    def _run(self, directory: Path, config: NodeConfig, is_clock_accepted: bool) -> None:
        self._status = run_and_tell(directory, config, self._theirs, is_clock_accepted)


class Door:
    """The server and everything behind it in this process."""

    def __init__(self, directory: Path, config: NodeConfig, is_clock_accepted: bool) -> None:
        self._config = config
        self._service_key = read_service_key(directory, config)
        self._inbox_store = open_inbox_store(directory, config)
        self._inbox: InboxService | None = None
        self._housekeeping: asyncio.Task[None] | None = None
        self._stopwatch = Stopwatch()
        self._pipe = Pipe()
        self._readers = Readers(NodeDirectory(directory).get_url(config), config.read_threads)
        threads = config.count_verify_threads()
        examine = EvidenceDoor(build_finder(self._readers)).examine
        addresses = parse_addresses(config.witnesses)
        self._cosigners = Cosigners(
            addresses, directory, self._readers, config.witness_patience_ms, is_alone=config.engine == "solo"
        )
        self._public = PublicServer(self._readers, self._cosigners.get_note) if config.http_listen else None
        self._cosigning: asyncio.Task[None] | None = None
        self._gate = Gate(self._pipe, examine, threads, config.node_batches, self._stopwatch)
        self._directory = directory
        self._beside: EngineBeside | None = None
        self._backfilling: asyncio.Task[None] | None = None
        self._health = health.aio.HealthServicer()
        self._watching: asyncio.Task[None] | None = None
        self._server = build_server(config.calls)
        if config.processes == 2:
            self._kernel: KernelProcess | KernelThread = KernelProcess(directory, is_clock_accepted)
        else:
            self._kernel = KernelThread(directory, config, is_clock_accepted)

    async def start(self) -> int:
        """Wait for the kernel's recovery, then listen; returns the port. Raises LinkFailure, OSError."""
        await self._pipe.open(self._kernel.socket)
        status = pb.NodeStatus.FromString(await self._pipe.ask("GetStatus", b""))
        await self._cosigners.open()
        if self._config.engine == "cometbft":
            genesis = await self._readers.read(lambda connection: read_genesis(SqlStore(connection)))
            self._beside = EngineBeside(self._directory, genesis, status.network)
            if self._public is not None:
                self._public.add_engine(self._beside)
        ledger = LedgerService(
            self._gate,
            self._pipe,
            self._readers,
            status.network,
            self._config.stream_batches,
            self._stopwatch,
            self._cosigners,
            None if self._beside is None else self._beside.watch,
            None if self._beside is None else self._beside.finality,
        )
        read = self._readers.read
        servicers: list[object] = [
            ledger, IdentityService(read), VoucherService(read), GovernanceService(read), ReportService(read),
        ]  # fmt: skip
        descriptors = [file.services_by_name[name] for file, name in SERVICES]
        if self._inbox_store is not None:
            self._inbox = self._build_inbox(self._inbox_store, status)
            servicers.append(self._inbox)
            descriptors.append(inbox_pb2.DESCRIPTOR.services_by_name["InboxService"])
        handlers = [build_handlers(found, servicer) for found, servicer in zip(descriptors, servicers, strict=True)]
        self._server.add_generic_rpc_handlers(tuple(handlers))
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = [found.full_name for found in descriptors]
        reflection.enable_server_reflection((*names, health.SERVICE_NAME, reflection.SERVICE_NAME), self._server)
        parse_listen(self._config.listen)  # loopback only, whoever built the configuration
        port = bind(self._server, self._config.listen)
        ledger.http_address = await self._publish()
        watch = HealthWatch(self._pipe, self._health)
        await watch.begin(names, status)
        await self._server.start()
        self._watching = asyncio.create_task(watch.run())
        rounds = keep_house(self._list_chores(status), self._config.housekeeping_seconds, self._gate.stopping)
        self._housekeeping = asyncio.create_task(rounds)
        if self._config.backfill_from:
            url = NodeDirectory(self._directory).get_url(self._config)
            self._backfilling = asyncio.create_task(run_backfill(url, self._config.backfill_from.split()))
        addresses = {"listen": self._config.listen, "port": port, "http": ledger.http_address}
        get_log().info("door open", **addresses, network=status.network.name)
        return port

    async def _publish(self) -> str:
        """Serve the log to everybody and show it to the witnesses, where wanted; the address, or nothing."""
        if self._config.witnesses:
            rounds = keep_house([self._cosigners.do_round], self._config.witness_seconds, self._gate.stopping)
            self._cosigning = asyncio.create_task(rounds)
        if self._public is None:
            return ""
        host = parse_listen(self._config.http_listen)[0]
        return f"{host}:{await self._public.start(self._config.http_listen)}"

    def _build_inbox(self, store: InboxStore, status: pb.NodeStatus) -> InboxService:
        # Whoever called the process before did so before this moment, or is noted in the store.
        now_ms = read_wall_clock_ms()
        guard = CallGuard(status.network, status.origin, read_wall_clock_ms, now_ms - 1, store.read_calls_ahead(now_ms))
        return InboxService(store, guard, build_rules(status.network), self._gate, self._pipe, self._readers)

    def _list_chores(self, status: pb.NodeStatus) -> list[Chore]:
        chores: list[Chore] = []
        if self._service_key is not None:
            keeper = Housekeeper(status.network, self._service_key)
            chores.append(partial(free_lapsed, keeper, self._gate, self._pipe, self._readers))
        if self._inbox is not None:
            chores.append(self._inbox.sweep)
        return chores

    async def wait_for_end(self, stopping: asyncio.Event) -> bool:
        """Until somebody wants a stop (True) or the kernel has ended by itself (False)."""
        ends = [asyncio.create_task(event.wait()) for event in (stopping, self._pipe.closed)]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.cancel()
        return not self._pipe.closed.is_set()

    async def stop(self) -> int:
        """Answer what was submitted, then end everything. Returns the kernel's exit status."""
        await self._health.enter_graceful_shutdown()
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        server_stopped = asyncio.create_task(self._server.stop(self._config.stop_seconds))
        await self._gate.begin_stop(self._config.stop_seconds)
        await server_stopped
        await self._stop_publishing()
        if self._housekeeping is not None:
            await self._housekeeping  # the gate has stopped it
        await self._pipe.stop()
        await self._pipe.close()
        if self._beside is not None:
            await self._beside.close()
        self._gate.close()
        self._readers.close()
        if self._inbox is not None:
            self._inbox.close()
        if self._inbox_store is not None:
            self._inbox_store.close()
        return await asyncio.get_running_loop().run_in_executor(None, self._kernel.join)

    async def _stop_publishing(self) -> None:
        """End what goes on beside the calls."""
        if self._cosigning is not None:  # no stop waits for a witness
            self._cosigning.cancel()
            await asyncio.gather(self._cosigning, return_exceptions=True)
        if self._backfilling is not None:
            self._backfilling.cancel()
            await asyncio.gather(self._backfilling, return_exceptions=True)
        if self._public is not None:
            await self._public.stop()
        await self._cosigners.close()


def open_inbox_store(directory: Path, config: NodeConfig) -> InboxStore | None:
    """The inbox beside the ledger; None where none is wanted. MalformedInput: its file is something else."""
    if not config.inbox:
        return None
    return InboxStore(directory / INBOX_FILE, config.inbox_items, config.inbox_items_each)


def read_wall_clock_ms() -> int:
    """What the inbox compares a caller's clock with."""
    return time.time_ns() // 1_000_000


def build_server(calls: int | None = None) -> grpc.aio.Server:
    """A server that shares its port with nobody, reads no message longer than a full batch, and has so many calls."""
    options = (
        ("grpc.max_receive_message_length", MAX_RECEIVED_BYTES),
        ("grpc.max_send_message_length", MAX_SENT_BYTES),
        ("grpc.so_reuseport", 0),
    )
    return grpc.aio.server(options=options, maximum_concurrent_rpcs=calls)


def bind(server: grpc.aio.Server, listen: str) -> int:
    """Bind to an address; OSError with its name where that fails."""
    try:
        port = server.add_insecure_port(listen)
    except RuntimeError:
        port = 0
    if not port:
        raise OSError(f"cannot listen on {listen}: is another program there?")
    return port


async def serve(
    directory: Path,
    config: NodeConfig,
    is_clock_accepted: bool = False,
    stopping: asyncio.Event | None = None,
    on_ready: Callable[[int], None] = lambda port: None,
) -> int:
    """Run a node until `stopping` is set or its kernel ends; the exit status. `on_ready` is told the port."""
    door = Door(directory, config, is_clock_accepted)
    stop_wanted = stopping or asyncio.Event()
    try:
        on_ready(await door.start())
        is_wanted = await door.wait_for_end(stop_wanted)
    except (LinkFailure, OSError) as failure:
        raise_alarm("the node does not start", cause=str(failure))
        await door.stop()
        return 1
    if not is_wanted:
        raise_alarm("the kernel has ended by itself; the node stops")
    status = await door.stop()
    get_log().info("door closed", kernel_status=status)
    return status if is_wanted else 1


def run_node(directory: Path, is_clock_accepted: bool = False, on_ready: Callable[[int], None] | None = None) -> int:
    """What `hefu node start` does: run until SIGTERM or SIGINT; the exit status. MalformedInput: the configuration."""
    config = load_config(directory)
    set_up_logs(config.log_format, config.log_level, "door")
    os.umask(OTHERS)
    sys.setswitchinterval(SWITCH_INTERVAL_S)

    async def run() -> int:
        stopping = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        return await serve(directory, config, is_clock_accepted, stopping, on_ready or (lambda port: None))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run())
