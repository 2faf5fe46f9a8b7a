"""The loop between door and engine, with a door and an engine of the test's own on real sockets."""

import asyncio
import base64
import gc
import os
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, cast

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from hefu.v1 import abci_pb2, identity_pb2, node_pb2
from identity.rejections import AUTHORITY_NOT_TRUSTED
from ledger.errors import Rejection
from ledger.rejections import INTERNAL
from ledger.store.postgres import Hold
from ledger.transaction import Transaction
from nodes import decided
from nodes.answers import Answers, Failed
from nodes.config import NodeConfig
from nodes.engines.cometbft import kernel
from nodes.engines.cometbft.adapter import ACCEPT, AbciAdapter
from nodes.engines.cometbft.bundler import RESEND_MS, Bundler
from nodes.engines.cometbft.bundles import decode_bundle, encode_bundle
from nodes.engines.cometbft.framing import FrameReader as AbciReader
from nodes.engines.cometbft.framing import encode_frame as encode_abci
from nodes.engines.cometbft.kernel import HALT_MS, ConsensusKernel, Orders, compute_chain
from nodes.engines.cometbft.settings import ABCI_SOCKET, RPC_SOCKET, get_socket
from nodes.link import Frame, FrameReader, Kind, decode_failure, encode_frame, pack_batch
from nodes.stopwatch import Stopwatch
from tests.support import toy
from tests.unit.nodes.engines.cometbft.toys import CHAIN, Bench, at, put

PATIENCE_S = 20
TAKEN: dict[str, Any] = {"result": {"code": 0}}


class FakeAnswers(Answers):
    def __init__(self) -> None:
        self.decided = 0

    def answer(self, method, request):
        if method == "Fail":
            raise Failed("NOT_FOUND", "没有")
        return method.encode() + request


class FakeEngine:
    """Takes bundles, answering as `says` tells and then well; decides when it is told to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.says: list[Any] = []
        self.taken: asyncio.Queue[bytes] = asyncio.Queue()
        self._frames = AbciReader()
        self._runner: web.AppRunner | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def listen(self) -> None:
        app = web.Application()
        app.router.add_post("/", self._take)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.UnixSite(self._runner, str(get_socket(self._folder, RPC_SOCKET))).start()

    async def connect(self) -> None:
        self._reader, self._writer = await asyncio.open_unix_connection(str(get_socket(self._folder, ABCI_SOCKET)))

    async def stop(self) -> None:
        if self._writer is not None:
            self._writer.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def ask(self, **request: Any) -> abci_pb2.Response:
        """One ABCI call; ConnectionError where the node has gone."""
        assert self._writer is not None
        self._writer.write(encode_abci(abci_pb2.Request(**request).SerializeToString()))
        async with asyncio.timeout(PATIENCE_S):
            while not (found := self._frames.feed(data := await self._reader.read(1 << 16))):
                if not data:
                    raise ConnectionError
        return abci_pb2.Response.FromString(found[0])

    async def decide(self, height: int, *bundles: bytes) -> None:
        """One block."""
        asked = abci_pb2.RequestProcessProposal(txs=bundles, height=height, time=at(1_000 + height))
        assert (await self.ask(process_proposal=asked)).process_proposal.status == ACCEPT
        block = abci_pb2.RequestFinalizeBlock(txs=bundles, height=height, time=at(1_000 + height))
        response = await self.ask(finalize_block=block)
        assert [result.code for result in response.finalize_block.tx_results] == [0] * len(bundles)
        assert (await self.ask(commit=abci_pb2.RequestCommit())).WhichOneof("value") == "commit"

    async def take(self) -> bytes:
        """The next bundle that was handed over."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.taken.get()

    async def _take(self, request: web.Request) -> web.Response:
        asked = await request.json()
        self.taken.put_nowait(base64.b64decode(asked["params"]["tx"]))
        return web.json_response(self.says.pop(0) if self.says else TAKEN)


class FakeSnapshots:
    """No snapshot is kept or wanted."""

    def __init__(self) -> None:
        self.keeper = self.restorer = self
        self.commits = 0

    def consider(self) -> None:
        self.commits += 1

    def list(self) -> list[abci_pb2.Snapshot]:
        return [abci_pb2.Snapshot(height=7, format=1)]

    def load(self, height: int, form: int, index: int) -> bytes:
        return b"%d %d %d" % (height, form, index)

    def offer(self, snapshot: abci_pb2.Snapshot, app_hash: bytes) -> abci_pb2.ResponseOfferSnapshot:
        return abci_pb2.ResponseOfferSnapshot(result=abci_pb2.ResponseOfferSnapshot.ABORT)

    def apply(self, request: abci_pb2.RequestApplySnapshotChunk) -> abci_pb2.ResponseApplySnapshotChunk:
        return abci_pb2.ResponseApplySnapshotChunk(result=abci_pb2.ResponseApplySnapshotChunk.ABORT)


class Stage:
    """Kernel, door and engine."""

    def __init__(self, folder: Path, stop_seconds: int = 0, hold: Hold | None = None) -> None:
        (folder / "engine").mkdir()
        self.bench = Bench()
        self.now_ms = 5_000_000
        self.engine = FakeEngine(folder)
        self.answers = FakeAnswers()
        self.orders = Orders(Bundler(100))
        self.ours, theirs = socket.socketpair()
        self.snapshots = cast(Any, FakeSnapshots())
        config = NodeConfig(engine="cometbft", block_gather_ms=0, verify_threads=1, stop_seconds=stop_seconds)
        self.kernel = ConsensusKernel(
            theirs,
            folder,
            self.bench.adapter,
            self.bench.examiner,
            self.answers,
            self.orders,
            self.snapshots,
            Stopwatch(),
            config,
            hold,
        )
        self._frames = FrameReader()
        self._found: list[Frame] = []

    def say(self, kind: Kind, tag: int = 0, payload: bytes = b"") -> None:
        self._writer.write(encode_frame(kind, tag, payload))

    def submit(self, tag: int, *transactions: bytes) -> None:
        self.say(Kind.SUBMIT, tag, pack_batch(transactions))

    async def hear(self) -> Frame:
        """The next frame for the door; ConnectionError at its end."""
        async with asyncio.timeout(PATIENCE_S):
            while not self._found:
                data = await self._reader.read(1 << 16)
                if not data:
                    raise ConnectionError
                self._found += self._frames.feed(data)
        return self._found.pop(0)

    async def hear_receipts(self) -> tuple[int, Sequence[node_pb2.Receipt]]:
        frame = await self.hear()
        assert frame.kind is Kind.ANSWER
        return frame.tag, node_pb2.ReceiptBatch.FromString(frame.payload).receipts

    async def hear_end(self) -> None:
        with pytest.raises(ConnectionError):
            await self.hear()

    async def wait_until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not is_so():  # noqa: ASYNC110 - the kernel tells nobody of it
                await asyncio.sleep(0)

    async def begin(self) -> "asyncio.Task[None]":
        self._reader, self._writer = await asyncio.open_unix_connection(sock=self.ours)
        running = asyncio.create_task(self.kernel.run())
        await self.engine.listen()
        self.say(Kind.ASK, 77, b"Ready\n")
        assert (await self.hear()).tag == 77
        await self.engine.connect()
        return running

    async def end(self, running: "asyncio.Task[None]") -> None:
        self._writer.close()
        with suppress(Exception):  # the test has looked
            await running
        await self.engine.stop()


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(kernel, "RETRY_S", (0.0,))
    monkeypatch.setattr(kernel, "WATCH_S", 0.0)


@asynccontextmanager
async def play(folder: Path, monkeypatch: pytest.MonkeyPatch, **more: Any) -> AsyncIterator[tuple[Stage, Any]]:
    stage = Stage(folder, **more)
    monkeypatch.setattr(kernel, "_read_ms", lambda: stage.now_ms)
    stage.kernel._committed_ms = stage.now_ms
    running = await stage.begin()
    try:
        yield stage, running
    finally:
        await stage.end(running)


async def test_a_submission_is_answered_when_its_block_is_committed(tmp_path, monkeypatch):
    async with play(tmp_path, monkeypatch) as (stage, _):
        stage.submit(1, put(1), put(2))
        bundle = await stage.engine.take()
        assert list(decode_bundle(bundle)) == [put(1), put(2)]
        await stage.engine.decide(1)
        stage.say(Kind.ASK, 9, b"Height\n")
        assert (await stage.hear()).tag == 9  # and nothing before it
        await stage.engine.decide(2, encode_bundle([put(3)]), bundle)
        tag, receipts = await stage.hear_receipts()
        assert tag == 1
        assert [receipt.id for receipt in receipts] == [toy.get_id(put(1)), toy.get_id(put(2))]
        assert [receipt.refusal.code for receipt in receipts] == [0, 0]
        assert stage.answers.decided == 3
        assert stage.orders.waiting == 0


async def test_what_is_more_than_the_engine_may_hold_goes_when_there_is_room(tmp_path, monkeypatch):
    async with play(tmp_path, monkeypatch) as (stage, _):
        for tag in range(3):
            stage.submit(tag, *[put(100 * tag + number) for number in range(64)])
        first, second = await stage.engine.take(), await stage.engine.take()
        assert stage.orders.bundler.queued == 64
        await stage.engine.decide(1, first)
        assert list(decode_bundle(await stage.engine.take())) == [put(200 + number) for number in range(64)]
        await stage.engine.decide(2, second)
        assert [(await stage.hear_receipts())[0] for _ in range(2)] == [0, 1]


async def test_bytes_that_the_engine_knows_go_out_in_others_at_once(tmp_path, monkeypatch):
    async with play(tmp_path, monkeypatch) as (stage, _):
        stage.engine.says = [{"error": {"data": "tx already exists in cache"}}] * 2
        stage.submit(1, put(1))
        sent = [await stage.engine.take() for _ in range(3)]
        assert len(set(sent)) == 3
        await stage.engine.decide(1, sent[0])  # it was under way after all
        assert (await stage.hear_receipts())[0] == 1
        await stage.engine.decide(2, sent[2])
        stage.say(Kind.ASK, 9, b"Height\n")
        assert (await stage.hear()).tag == 9


async def test_an_engine_that_is_full_is_asked_again(tmp_path, monkeypatch):
    async with play(tmp_path, monkeypatch) as (stage, _):
        stage.engine.says = [{"error": {"data": "mempool is full"}}]
        with capture_logs() as logs:
            stage.submit(1, put(1))
            sent = [await stage.engine.take() for _ in range(2)]
        assert len(set(sent)) == 1
        assert ["mempool is full" in line["cause"] for line in logs] == [True]


async def test_what_our_own_check_refuses_by_now_is_given_back_and_holds_up_nobody(tmp_path, monkeypatch):
    distrusted: set[bytes] = set()

    def examine(transaction: Transaction) -> None:
        if transaction.id in distrusted:
            raise Rejection(AUTHORITY_NOT_TRUSTED)

    async with play(tmp_path, monkeypatch) as (stage, _):
        monkeypatch.setattr(stage.bench.examiner, "_examine", examine)
        stage.engine.says += [{"error": {"data": "mempool is full"}}, {"result": {"code": 3, "log": "not trusted"}}]
        with capture_logs() as logs:
            stage.submit(1, put(1))
            stage.submit(2, put(2), put(3))
            stage.submit(3, put(4))
            await stage.engine.take()
            distrusted.add(toy.get_id(put(3)))
            refused = await stage.engine.take()
            frame = await stage.hear()
        assert len(decode_bundle(refused)) == 4
        failure = decode_failure(frame.payload)
        assert (frame.kind, frame.tag, failure.status) == (Kind.FAILURE, 2, "UNAVAILABLE")
        assert "submit the same again" in str(failure)
        assert "code 3: not trusted" in [line["cause"] for line in logs]
        rest = await stage.engine.take()
        assert list(decode_bundle(rest)) == [put(1), put(4)]
        await stage.engine.decide(1, rest)
        assert [(await stage.hear_receipts())[0] for _ in range(2)] == [1, 3]


async def test_where_our_own_check_finds_no_fault_any_more_the_bundle_is_sent_again(tmp_path, monkeypatch):
    async with play(tmp_path, monkeypatch) as (stage, _):
        stage.engine.says.append({"result": {"code": 3, "log": "not trusted"}})
        stage.submit(1, put(1))
        refused, again = await stage.engine.take(), await stage.engine.take()
        assert refused == again
        await stage.engine.decide(1, again)
        assert (await stage.hear_receipts())[0] == 1


async def test_where_all_of_a_bundle_is_given_back_nothing_waits(tmp_path, monkeypatch):
    def examine(transaction: Transaction) -> None:
        raise Rejection(AUTHORITY_NOT_TRUSTED)

    async with play(tmp_path, monkeypatch, stop_seconds=PATIENCE_S) as (stage, running):
        monkeypatch.setattr(stage.bench.examiner, "_examine", examine)
        stage.engine.says.append({"result": {"code": 3, "log": "not trusted"}})
        stage.submit(1, put(1))
        assert (await stage.hear()).kind is Kind.FAILURE
        assert stage.orders.waiting == 0
        stage.say(Kind.STOP)
        await stage.hear_end()
        await running


async def test_an_engine_that_is_not_there_is_waited_for(tmp_path, monkeypatch):
    async with play(tmp_path, monkeypatch) as (stage, _):
        await stage.engine.stop()
        with capture_logs() as logs:
            stage.submit(1, put(1))
            await stage.wait_until(lambda: any("does not answer" in line["event"] for line in logs))
            await stage.engine.listen()
            bundle = await stage.engine.take()
        await stage.engine.connect()
        await stage.engine.decide(1, bundle)
        assert (await stage.hear_receipts())[0] == 1


async def test_what_the_engine_lost_is_sent_again_once_blocks_are_made(tmp_path, monkeypatch):
    async with play(tmp_path, monkeypatch) as (stage, _):
        stage.submit(1, put(1))
        first = await stage.engine.take()
        stage.now_ms += RESEND_MS
        for _ in range(50):
            await asyncio.sleep(0)
        assert stage.engine.taken.empty()  # no block: the network has halted, not lost it
        await stage.engine.decide(1)
        second = await stage.engine.take()
        assert (decode_bundle(first), first == second) == (decode_bundle(second), False)
        await stage.engine.decide(2, second)
        assert (await stage.hear_receipts())[0] == 1


async def test_a_halt_is_said_once_and_its_end_too(tmp_path, monkeypatch):
    async with play(tmp_path, monkeypatch) as (stage, _):
        with capture_logs() as logs:
            stage.now_ms += HALT_MS - 1
            for _ in range(20):
                await asyncio.sleep(0)
            assert stage.orders.stopped_because == ""
            stage.now_ms += 1
            await stage.wait_until(lambda: "still fetches what it lacks" in stage.orders.stopped_because)
            stage.now_ms += 5_000
            stage.submit(1, put(1))
            bundle = await stage.engine.take()
            await stage.engine.decide(1, bundle)
            await stage.wait_until(lambda: stage.orders.stopped_because == "")
            stage.now_ms += HALT_MS
            await stage.wait_until(lambda: "the network has halted: no block" in stage.orders.stopped_because)
        assert [line["event"] for line in logs] == ["no blocks come", "blocks come again", "no blocks come"]
        assert (await stage.hear_receipts())[0] == 1


async def test_stop_ends_it_where_nothing_waits(tmp_path, monkeypatch):
    async with play(tmp_path, monkeypatch) as (stage, running):
        stage.say(Kind.STOP)
        await stage.hear_end()
        await running
        assert not get_socket(tmp_path, ABCI_SOCKET).exists()


async def test_stop_waits_for_what_was_submitted(tmp_path, monkeypatch):
    async with play(tmp_path, monkeypatch, stop_seconds=PATIENCE_S) as (stage, running):
        stage.submit(1, put(1))
        bundle = await stage.engine.take()
        stage.say(Kind.STOP)
        await stage.engine.decide(1, bundle)
        assert (await stage.hear_receipts())[0] == 1
        await stage.hear_end()
        await running


async def test_what_is_not_decided_in_time_is_given_back(tmp_path, monkeypatch):
    async with play(tmp_path, monkeypatch, stop_seconds=0) as (stage, running):
        stage.submit(5, put(1))
        await stage.engine.take()
        stage.say(Kind.STOP)
        frame = await stage.hear()
        assert (frame.kind, frame.tag) == (Kind.FAILURE, 5)
        failure = decode_failure(frame.payload)
        assert (failure.status, "may still be" in str(failure)) == ("UNAVAILABLE", True)
        await stage.hear_end()
        await running


async def test_the_end_of_the_door_ends_it(tmp_path, monkeypatch):
    async with play(tmp_path, monkeypatch) as (stage, running):
        stage._writer.close()
        await running
        assert not get_socket(tmp_path, ABCI_SOCKET).exists()


async def test_questions_are_answered_or_refused(tmp_path, monkeypatch):
    async with play(tmp_path, monkeypatch) as (stage, _):
        stage.say(Kind.ASK, 3, b"Echo\nhello")
        stage.say(Kind.ASK, 4, b"Fail\n")
        stage.say(Kind.ANSWER, 5)  # not for a kernel: passed over
        frames = {frame.tag: frame for frame in (await stage.hear(), await stage.hear())}
        assert (frames[3].kind, frames[3].payload) == (Kind.ANSWER, b"Echohello")
        failure = decode_failure(frames[4].payload)
        assert (failure.status, str(failure)) == ("NOT_FOUND", "没有")


async def test_a_failure_of_the_machine_ends_engine_and_process(tmp_path, monkeypatch):
    async with play(tmp_path, monkeypatch) as (stage, running):

        def fail():
            raise OSError("the disk is full")

        stage.bench.store.finish_block = fail  # type: ignore[method-assign]  # the fault
        bundle = encode_bundle([put(1)])
        block = abci_pb2.RequestFinalizeBlock(txs=[bundle], height=1, time=at(2_000))
        await stage.engine.ask(finalize_block=block)
        with suppress(ConnectionError):
            reply = await stage.engine.ask(commit=abci_pb2.RequestCommit())
            assert reply.exception.error == "OSError: the disk is full"
        with pytest.raises(OSError, match="the disk is full"):
            await running
        await stage.hear_end()


async def test_an_engine_of_another_network_ends_it(tmp_path, monkeypatch):
    async with play(tmp_path, monkeypatch) as (stage, running):
        with suppress(ConnectionError):
            await stage.engine.ask(init_chain=abci_pb2.RequestInitChain(chain_id="hefu-other", initial_height=1))
        with pytest.raises(Exception, match="hefu-other"):
            await running


async def test_a_defect_met_raises_an_alarm_whoever_submitted_it(tmp_path, monkeypatch):
    async with play(tmp_path, monkeypatch) as (stage, _):
        broken = toy.make_signed(1, toy.make_command(toy.BREAK, "note/1"))
        with capture_logs() as logs:
            await stage.engine.decide(1, encode_bundle([broken]))
        assert [(line["alarm"], line["id"]) for line in logs] == [(True, toy.get_id(broken).hex())]
        stage.submit(1, broken)
        await stage.engine.decide(2, await stage.engine.take())
        _, receipts = await stage.hear_receipts()
        assert [receipt.refusal.code for receipt in receipts] == [INTERNAL.code]


@pytest.mark.parametrize("is_left_to_python", [False, True])
async def test_the_collector_is_asked_once_in_so_many_transactions(tmp_path, monkeypatch, is_left_to_python):
    asked: list[int] = []
    monkeypatch.setattr(decided, "TRANSACTIONS_A_COLLECTION", 3)
    async with play(tmp_path, monkeypatch) as (stage, _):
        monkeypatch.setattr(gc, "isenabled", lambda: is_left_to_python)
        monkeypatch.setattr(gc, "collect", asked.append)
        for height in (1, 2, 3):
            await stage.engine.decide(height, encode_bundle([put(10 * height), put(10 * height + 1)]))
        monkeypatch.undo()
    assert asked == ([] if is_left_to_python else [1])


class FakeHold:
    """A session of which one hears through a pipe."""

    def __init__(self) -> None:
        self.theirs, self.ours = os.pipe()

    def fileno(self) -> int:
        return self.theirs

    def check(self) -> None:
        raise OSError("the session is over")

    def close(self) -> None:
        os.close(self.theirs)
        os.close(self.ours)


async def test_a_database_that_ends_the_session_ends_it(tmp_path, monkeypatch):
    hold = FakeHold()
    try:
        async with play(tmp_path, monkeypatch, hold=cast(Hold, hold)) as (_, running):
            os.write(hold.ours, b"x")
            with pytest.raises(OSError, match="session is over"):
                await running
    finally:
        hold.close()


@pytest.mark.parametrize(
    ("kind", "request_"),
    [
        ("echo", abci_pb2.Echo(message="x")),
        ("flush", abci_pb2.Flush()),
        ("info", abci_pb2.RequestInfo()),
        ("query", abci_pb2.RequestQuery(path="/record", data=b"limits")),
        ("check_tx", abci_pb2.RequestCheckTx(tx=b"junk")),
        ("prepare_proposal", abci_pb2.RequestPrepareProposal(txs=[b"junk"], time=at(2_000))),
        ("list_snapshots", abci_pb2.RequestListSnapshots()),
        ("offer_snapshot", abci_pb2.RequestOfferSnapshot()),
        ("load_snapshot_chunk", abci_pb2.RequestLoadSnapshotChunk()),
        ("apply_snapshot_chunk", abci_pb2.RequestApplySnapshotChunk()),
        ("extend_vote", abci_pb2.RequestExtendVote()),
        ("verify_vote_extension", abci_pb2.RequestVerifyVoteExtension()),
    ],
)
async def test_a_reply_has_the_kind_of_its_request(tmp_path, monkeypatch, kind, request_):
    async with play(tmp_path, monkeypatch) as (stage, _):
        reply = await stage.engine.ask(**{kind: request_})
        assert reply.WhichOneof("value") == kind


async def test_a_handshake_begins_the_chain(tmp_path, monkeypatch):
    async with play(tmp_path, monkeypatch) as (stage, _):
        validators = [{"pub_key": {"ed25519": key}, "power": power} for key, power in CHAIN.validators.items()]
        asked = {"chain_id": CHAIN.chain_id, "initial_height": 1, "validators": validators}
        reply = await stage.engine.ask(init_chain=asked)
        info = await stage.engine.ask(info=abci_pb2.RequestInfo())
        assert reply.init_chain.app_hash == info.info.last_block_app_hash


async def test_before_a_block_of_other_software_the_engine_is_hung_up_on(tmp_path, monkeypatch):
    needed = "block 2 needs software version 2, and this node runs 1: install version 2"
    async with play(tmp_path, monkeypatch) as (stage, _):
        stage.submit(1, put(1))
        bundle = await stage.engine.take()
        monkeypatch.setattr(stage.bench.adapter, "find_needed_software", lambda: needed)
        await stage.engine.decide(1, bundle)
        assert (await stage.hear_receipts())[0] == 1
        with pytest.raises(ConnectionError):
            await stage.engine.ask(echo=abci_pb2.Echo(message="still there?"))
        assert not get_socket(tmp_path, ABCI_SOCKET).exists()
        assert stage.orders.stopped_because == needed
        stage.submit(2, put(2))
        failure = decode_failure((await stage.hear()).payload)
        assert (failure.status, failure.message) == ("FAILED_PRECONDITION", f"no blocks are made: {needed}")
        stage.say(Kind.ASK, 9, b"Height\n")
        assert (await stage.hear()).tag == 9  # questions are answered


async def test_a_stop_does_not_wait_for_what_other_software_gave_back(tmp_path, monkeypatch):
    needed = "block 2 needs software version 2, and this node runs 1: install version 2"
    async with play(tmp_path, monkeypatch, stop_seconds=2 * PATIENCE_S) as (stage, running):
        stage.submit(1, put(1))
        bundle = await stage.engine.take()
        stage.submit(2, put(2))
        stage.say(Kind.STOP)
        monkeypatch.setattr(stage.bench.adapter, "find_needed_software", lambda: needed)
        await stage.engine.decide(1, bundle)
        assert (await stage.hear_receipts())[0] == 1
        assert decode_failure((await stage.hear()).payload).status == "FAILED_PRECONDITION"
        await stage.hear_end()
        await running


async def test_a_node_of_other_software_listens_for_no_engine(tmp_path, monkeypatch):
    monkeypatch.setattr(AbciAdapter, "find_needed_software", lambda self: "block 1 needs software version 2")
    stage = Stage(tmp_path)
    running = asyncio.create_task(stage.kernel.run())
    reader, writer = await asyncio.open_unix_connection(sock=stage.ours)
    writer.write(encode_frame(Kind.SUBMIT, 5, pack_batch([put(1)])))
    frame = FrameReader().feed(await reader.read(1 << 16))[0]
    assert (frame.kind, decode_failure(frame.payload).status) == (Kind.FAILURE, "FAILED_PRECONDITION")
    assert not get_socket(tmp_path, ABCI_SOCKET).exists()
    writer.write(encode_frame(Kind.STOP, 0))
    await running
    writer.close()


def test_the_chain_is_derived_from_the_network():
    one = compute_chain(identity_pb2.Genesis(network_name="one", salt=b"s" * 32))
    two = compute_chain(identity_pb2.Genesis(network_name="one", salt=b"t" * 32))
    assert one.chain_id.startswith("hefu-")
    assert one.chain_id != two.chain_id
    assert one.validators == {}
