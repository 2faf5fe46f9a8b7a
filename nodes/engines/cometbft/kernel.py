"""The kernel's loop where CometBFT orders: the door on one side, the engine on the other, the state machine between.

1. One thread drives the state machine, as on a solo node; the loop only passes on. Signatures are verified in threads.
2. What the door submits waits a few milliseconds for company, travels as a bundle to the engine (`bundler`), and is
   answered when the block that decided it is committed here, or given back where CheckTx refuses it by then. Bundles go
   one after another, and mempools keep the order in which they come: so what one caller submits is decided in its
   order, unless an engine was lost meanwhile, or some of it was given back.
3. ABCI requests go to the adapter: CheckTx in a verifying thread, everything else in the thread of the state machine.
4. Where the engine commits no block for `HALT_MS` although it makes one every two seconds, the network has halted: the
   status says so, no time is vouched for, and what was submitted goes on waiting. It goes on by itself.
5. Where the next block needs another software version, the engine is hung up on, and none is listened for: reads are
   answered, submissions refused, until a node that runs that version starts.
6. A failure of the state machine ends the engine (it is told) and this process, with another status than 0: recovery
   is a new start. STOP from the door: what was submitted is waited for, for a while; the rest is given back.
"""

import asyncio
import socket
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from hefu.v1 import abci_pb2, identity_pb2
from ledger.finality import compute_chain_id
from ledger.store.postgres import Hold
from nodes.answers import Answers, Failed
from nodes.config import NodeConfig
from nodes.decided import Tally, encode_answer, encode_refusals
from nodes.engines.cometbft.adapter import AbciAdapter, Chain, Decided
from nodes.engines.cometbft.bundler import Bundler, Sent
from nodes.engines.cometbft.bundles import Examiner
from nodes.engines.cometbft.rpc import BundleRefused, EngineRefused, EngineRpc, EngineUnavailable
from nodes.engines.cometbft.server import AbciServer
from nodes.engines.cometbft.settings import ABCI_SOCKET, RPC_SOCKET, get_socket
from nodes.engines.cometbft.snapshots import Snapshots
from nodes.engines.port import Submission
from nodes.link import Frame, FrameReader, Kind, encode_failure, encode_frame, unpack_batch
from nodes.logs import get_log, raise_alarm
from nodes.stopwatch import Stopwatch
from nodes.wiring import compute_network

P = ParamSpec("P")
A = TypeVar("A")
RECEIVE_BYTES = 4 << 20
HALT_MS = 12_000
WATCH_S = 1.0
RETRY_S = (0.05, 0.2, 0.5, 1.0, 2.0)
"""Waits between attempts to hand a bundle to an engine that starts, or whose mempool is full; the last repeats."""
HALTED = (
    f"the network has halted: no block for more than {HALT_MS // 1000} s; more than two thirds of the power must answer"
)
NOT_BEGUN = (
    f"no block for more than {HALT_MS // 1000} s since the start: this node still fetches what it lacks, finds no"
    " peers, or the network has halted"
)


@dataclass(slots=True)
class Orders:
    """What others ask of any engine: how many wait, and why no blocks are made."""

    bundler: Bundler
    stopped_because: str = ""

    @property
    def waiting(self) -> int:
        """How many transactions are not decided yet."""
        return self.bundler.waiting


class ConsensusKernel:
    """The loop; `run` it in an event loop of its own."""

    def __init__(
        self,
        door: socket.socket,
        directory: Path,
        adapter: AbciAdapter,
        examiner: Examiner,
        answers: Answers,
        orders: Orders,
        snapshots: Snapshots,
        stopwatch: Stopwatch,
        config: NodeConfig,
        hold: Hold | None,
    ) -> None:
        self._door = door
        self._adapter = adapter
        self._examiner = examiner
        self._answers = answers
        self._tally = Tally(answers)
        self._orders = orders
        self._bundler = orders.bundler
        self._snapshots = snapshots
        self._stopwatch = stopwatch
        self._gather_s = config.block_gather_ms / 1000
        self._stop_seconds = config.stop_seconds
        self._hold = hold
        self._machine = ThreadPoolExecutor(1, thread_name_prefix="machine")
        self._verifiers = ThreadPoolExecutor(config.count_verify_threads(), thread_name_prefix="verify")
        self._server = AbciServer(get_socket(directory, ABCI_SOCKET), self._handle, self._fail)
        self._rpc_path = get_socket(directory, RPC_SOCKET)
        self._work, self._idle = asyncio.Event(), asyncio.Event()
        self._failure: BaseException | None = None
        self._ended = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._committed_ms = _read_ms()
        self._commits_seen = 0
        self._commits = 0
        self._needs_software = ""

    async def run(self) -> None:
        """Until STOP, the door's end or a failure, which is raised."""
        reader, self._writer = await asyncio.open_unix_connection(sock=self._door, limit=RECEIVE_BYTES)
        self._rpc = EngineRpc(self._rpc_path)
        await self._check_software()
        if not self._needs_software:
            await self._server.start()
        if self._hold is not None:
            asyncio.get_running_loop().add_reader(self._hold, self._check_hold)
        loops = [self._hear(reader), self._send_bundles(), self._watch()]
        for loop in loops:
            self._begin(loop)
        try:
            await self._ended.wait()
        finally:
            if self._hold is not None:
                asyncio.get_running_loop().remove_reader(self._hold)
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._server.stop()
            await self._rpc.close()
            self._verifiers.shutdown()
            self._machine.shutdown()
            self._writer.close()
        if self._failure is not None:
            raise self._failure

    def _check_hold(self) -> None:
        """The database's server has said something: most likely that the session is over."""
        try:
            if self._hold is not None:
                self._hold.check()
        except Exception as failure:  # noqa: BLE001 - whatever it is ends the process
            self._fail(failure)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._fail(task.exception())

    def _fail(self, failure: BaseException | None) -> None:
        """Nothing can be trusted but a new start."""
        self._failure = self._failure or failure
        self._ended.set()

    # ------------------------------------------------------------------ the door

    async def _hear(self, reader: asyncio.StreamReader) -> None:
        frames = FrameReader()
        try:
            while data := await reader.read(RECEIVE_BYTES):
                for frame in frames.feed(data):
                    self._take(frame)
        except ConnectionError:
            get_log().info("the door has hung up")
        self._ended.set()

    def _take(self, frame: Frame) -> None:
        if frame.kind is Kind.SUBMIT:
            transactions = unpack_batch(frame.payload)
            for signed in transactions:
                self._examiner.remember_verified(signed)
            self._bundler.offer(Submission(frame.tag, transactions))
            self._idle.clear()
            self._work.set()
            if self._needs_software:
                self._refuse_all()
        elif frame.kind is Kind.ASK:
            self._begin(self._answer(frame))
        elif frame.kind is Kind.STOP:
            self._begin(self._stop())

    async def _answer(self, frame: Frame) -> None:
        method, _, request = frame.payload.partition(b"\n")
        try:
            found = await self._in_machine(self._answers.answer, method.decode(), request)
            self._writer.write(encode_frame(Kind.ANSWER, frame.tag, found))
        except Failed as failure:
            self._writer.write(encode_failure(frame.tag, failure.status, str(failure)))

    async def _stop(self) -> None:
        if self._bundler.waiting:
            try:
                await asyncio.wait_for(self._idle.wait(), self._stop_seconds)
            except TimeoutError:
                self._give_back()
        await self._writer.drain()
        self._ended.set()

    def _give_back(self) -> None:
        text = "the node stops before this was decided; it may still be: submit the same again"
        self._writer.write(encode_refusals(self._bundler.withdraw(), "UNAVAILABLE", text))

    # ------------------------------------------------------------------ bundles

    async def _send_bundles(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            await asyncio.sleep(self._gather_s)
            while (sent := self._bundler.take(_read_ms())) is not None:
                await self._send(sent)

    async def _send(self, sent: Sent) -> None:
        """Until the engine has it, or it is decided all the same, or it went out in other bytes."""
        encoded, attempt = sent.encoded, 0
        while sent.encoded is encoded and self._bundler.is_open(encoded):
            try:
                await self._rpc.broadcast(encoded)
                return
            except BundleRefused as refusal:
                rest = await self._part(sent, refusal)
                if rest is not sent:
                    if rest is not None:
                        await self._send(rest)
                    return
            except EngineRefused as refusal:
                if "already exists" in str(refusal):
                    if sent.encoded is encoded and self._bundler.is_open(encoded):
                        self._bundler.renew(sent, _read_ms())
                        encoded = sent.encoded
                    continue
                get_log().warning("the engine takes no bundle", cause=str(refusal))
            except EngineUnavailable as failure:
                get_log().info("the engine does not answer", cause=str(failure))
            await asyncio.sleep(RETRY_S[min(attempt, len(RETRY_S) - 1)])
            attempt += 1

    async def _part(self, sent: Sent, refusal: BundleRefused) -> Sent | None:
        """What is left of a bundle when those are given back who are not good any more; all, where nobody is at fault.

        They were good at the door; an authority was distrusted meanwhile, say.
        """
        get_log().warning("a bundle was refused", cause=str(refusal))
        encoded = sent.encoded
        refused = await self._in_verifier(self._examiner.list_refused, encoded)
        if sent.encoded is not encoded or not self._bundler.is_open(encoded):
            return sent
        given, rest = self._bundler.part(sent, refused)
        text = "this, or what was submitted with it, is not acceptable any more: submit the same again"
        self._writer.write(encode_refusals(given, "UNAVAILABLE", text))
        self._note_room()
        return rest

    async def _watch(self) -> None:
        """Say when the network halts and goes on; send again what the engine has lost."""
        while True:
            await asyncio.sleep(WATCH_S)
            if self._needs_software:
                return
            silent_ms = _read_ms() - self._committed_ms
            if silent_ms < HALT_MS:
                self._tell_halt("")
            else:
                self._tell_halt(HALTED if self._commits else NOT_BEGUN)
            if self._commits > self._commits_seen:
                self._commits_seen = self._commits
                for sent in self._bundler.take_overdue(_read_ms()):
                    self._begin(self._send(sent))

    def _tell_halt(self, reason: str) -> None:
        if bool(reason) != bool(self._orders.stopped_because):
            if reason:
                raise_alarm("no blocks come", reason=reason)
            else:
                get_log().warning("blocks come again")
        self._orders.stopped_because = reason

    # ------------------------------------------------------------------ the engine

    async def _handle(self, request: abci_pb2.Request) -> abci_pb2.Response:
        """The reply to one ABCI request."""
        kind = request.WhichOneof("value")
        reply = abci_pb2.Response()
        if kind == "echo":
            reply.echo.message = request.echo.message
        elif kind == "flush":
            reply.flush.SetInParent()
        elif kind == "check_tx":
            reply.check_tx.CopyFrom(await self._in_verifier(self._adapter.check_tx, request.check_tx))
        elif kind == "prepare_proposal":
            await self._warm(request.prepare_proposal.txs)
            found = await self._in_machine(self._adapter.prepare_proposal, request.prepare_proposal)
            reply.prepare_proposal.CopyFrom(found)
        elif kind == "process_proposal":
            await self._warm(request.process_proposal.txs)
            verdict = await self._in_machine(self._adapter.process_proposal, request.process_proposal)
            reply.process_proposal.CopyFrom(verdict)
        elif kind == "finalize_block":
            await self._warm(request.finalize_block.txs)
            block = await self._in_machine(self._adapter.finalize_block, request.finalize_block)
            reply.finalize_block.CopyFrom(block)
        elif kind == "commit":
            self._tell(await self._in_machine(self._commit))
            reply.commit.SetInParent()
            await self._check_software()
        else:
            await self._handle_rare(kind or "", request, reply)
        return reply

    def _commit(self) -> list[Decided]:
        decided = self._adapter.commit()
        self._snapshots.consider()
        return decided

    async def _check_software(self) -> None:
        needed = await self._in_machine(self._adapter.find_needed_software)
        if not needed:
            return
        self._needs_software = self._orders.stopped_because = needed
        raise_alarm("block-making stopped", reason=needed)
        self._refuse_all()
        self._begin(self._server.stop())

    def _refuse_all(self) -> None:
        text = f"no blocks are made: {self._needs_software}"
        self._writer.write(encode_refusals(self._bundler.withdraw(), "FAILED_PRECONDITION", text))
        self._note_room()

    async def _handle_rare(self, kind: str, request: abci_pb2.Request, reply: abci_pb2.Response) -> None:
        if kind == "info":
            reply.info.CopyFrom(await self._in_machine(self._adapter.info))
        elif kind == "init_chain":
            reply.init_chain.CopyFrom(await self._in_machine(self._adapter.init_chain, request.init_chain))
        elif kind == "query":
            reply.query.CopyFrom(await self._in_machine(self._adapter.query, request.query))
        elif kind == "list_snapshots":
            reply.list_snapshots.snapshots.extend(self._snapshots.keeper.list())
        elif kind == "load_snapshot_chunk":
            asked = request.load_snapshot_chunk
            chunk = await self._in_verifier(self._snapshots.keeper.load, asked.height, asked.format, asked.chunk)
            reply.load_snapshot_chunk.chunk = chunk
        elif kind == "offer_snapshot":
            offered = request.offer_snapshot
            offer = await self._in_machine(self._snapshots.restorer.offer, offered.snapshot, offered.app_hash)
            reply.offer_snapshot.CopyFrom(offer)
        elif kind == "apply_snapshot_chunk":
            applied = await self._in_machine(self._snapshots.apply, request.apply_snapshot_chunk)
            reply.apply_snapshot_chunk.CopyFrom(applied)
        elif kind == "extend_vote":
            reply.extend_vote.SetInParent()
        else:
            reply.verify_vote_extension.status = abci_pb2.ResponseVerifyVoteExtension.ACCEPT

    async def _warm(self, bundles: Sequence[bytes]) -> None:
        """Verify side by side what is not known; whoever asks next finds it remembered."""
        unknown = [encoded for encoded in bundles if not self._examiner.is_known(encoded)]
        await asyncio.gather(*(self._in_verifier(self._examiner.warm, encoded) for encoded in unknown))

    def _tell(self, decided: Sequence[Decided]) -> None:
        """Answer whoever waits here for what a block decided."""
        self._commits += 1
        self._committed_ms = _read_ms()
        found = [
            answer
            for bundle in decided
            for answer in self._bundler.settle(bundle.bundle, bundle.decisions, bundle.time_ms)
        ]
        for bundle in decided:
            self._tally.note(bundle.decisions)
        if found:
            with self._stopwatch.measure("answer"):
                self._writer.write(b"".join(map(encode_answer, found)))
        self._tally.collect()
        self._note_room()

    def _note_room(self) -> None:
        """Something left the bundler: it may be empty, or have room in the engine's hands for what is queued."""
        if not self._bundler.waiting:
            self._idle.set()
        if self._bundler.queued:
            self._work.set()

    async def _in_machine(self, work: Callable[P, A], *arguments: P.args, **named: P.kwargs) -> A:
        return await asyncio.get_running_loop().run_in_executor(self._machine, partial(work, *arguments, **named))

    async def _in_verifier(self, work: Callable[P, A], *arguments: P.args, **named: P.kwargs) -> A:
        return await asyncio.get_running_loop().run_in_executor(self._verifiers, partial(work, *arguments, **named))


def compute_chain(genesis: identity_pb2.Genesis) -> Chain:
    """What the engine's genesis must say of this network."""
    network = compute_network(genesis)
    return Chain(compute_chain_id(network), {one.public_key: one.power for one in genesis.validators})


def _read_ms() -> int:
    return time.monotonic_ns() // 1_000_000
