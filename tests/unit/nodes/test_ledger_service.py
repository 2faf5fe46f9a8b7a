import asyncio
import threading
from typing import Any

import pytest

from hefu.v1 import ledger_pb2
from hefu.v1 import node_pb2 as pb
from ledger.errors import MalformedInput
from ledger.proofs import build_state_proof
from nodes.gate import Gate
from nodes.ledger_service import LedgerService
from nodes.stopwatch import Stopwatch
from tests.support.light_blocks import compute_app_hash
from tests.support.proof_world import NETWORK, PUT, ProofWorld
from tests.unit.nodes.test_gate import FakePipe, transaction, until


class SlowGate(Gate):
    """Verifies when the test lets it."""

    def __init__(self, pipe: Any, node_batches: int) -> None:
        super().__init__(pipe, lambda transaction: None, threads=2, node_batches=node_batches, stopwatch=Stopwatch())
        self.may_verify = threading.Event()

    def _verify(self, transactions):
        self.may_verify.wait(10)
        return super()._verify(transactions)


class Stream:
    """A stream of one transaction a batch, read by the service."""

    def __init__(self, batches: int, node_batches: int = 8) -> None:
        self.pipe = FakePipe()
        self.gate = SlowGate(self.pipe, node_batches)
        self.read = 0
        self._batches = batches
        fake: Any = self.pipe
        service = LedgerService(self.gate, fake, fake, ledger_pb2.NetworkId(), 8, Stopwatch(), fake)
        self.answers = service.submit_stream(self._send(), None)

    async def _send(self):
        for number in range(self._batches):
            self.read += 1
            yield pb.SubmitBatch(transactions=[transaction(number)]).SerializeToString()


async def test_a_stream_that_is_cut_while_it_is_verified_is_still_decided_in_its_order():
    stream = Stream(2)
    answering = asyncio.ensure_future(anext(stream.answers))
    await until(lambda: len(stream.gate._inside) == 2)
    answering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answering
    stream.gate.may_verify.set()
    await until(lambda: len(stream.pipe.sent) == 2)
    assert [sent for sent, _ in stream.pipe.sent] == [[transaction(0)], [transaction(1)]]
    stream.pipe.answer(0)
    stream.pipe.answer(1)
    await stream.gate.begin_stop(60)
    stream.gate.close()


async def test_a_stream_reads_on_only_when_what_it_read_has_found_room():
    stream = Stream(5, node_batches=1)
    stream.gate.may_verify.set()
    for answered in range(5):
        answering = asyncio.ensure_future(anext(stream.answers))
        await until(lambda: len(stream.pipe.sent) == answered + 1)  # noqa: B023 - awaited in this round
        assert stream.read <= answered + 2
        stream.pipe.answer(answered)
        assert pb.ReceiptBatch.FromString(await answering).receipts[0].index == answered
    assert await anext(stream.answers, None) is None
    stream.gate.close()


@pytest.mark.parametrize("key", ["x" * 256, "合" * 86])
async def test_a_key_that_no_record_can_have_is_not_sent_on(key):
    fake: Any = None
    service = LedgerService(fake, fake, fake, ledger_pb2.NetworkId(), 8, Stopwatch(), fake)
    with pytest.raises(MalformedInput, match="255 bytes"):
        await service.get_record(pb.GetRecordRequest(key=key), None)
    with pytest.raises(MalformedInput, match="255 bytes"):
        await service.prove_state(pb.ProveStateRequest(keys=["limits", key]), None)


class World:
    """A service before a real ledger, whose kernel answers with this proof or checkpoint."""

    def __init__(self, proof: ledger_pb2.Proof, store: Any, has_engine: bool = True) -> None:
        self.proof = proof
        self.store = store
        self.wanted: list[tuple[bytes, int]] = []
        self.found: ledger_pb2.Finality | None = ledger_pb2.Finality(light_blocks=[ledger_pb2.LightBlock(header=b"x")])
        fake: Any = self
        self.service = LedgerService(
            fake, fake, fake, NETWORK, 8, Stopwatch(), fake, None, fake if has_engine else None
        )

    async def ask(self, method: str, request: bytes) -> bytes:
        if method == "GetCheckpoint":
            return pb.CheckpointView(note=self.proof.state.checkpoint, height=2).SerializeToString()
        return request if method == "Cosign" else self.proof.SerializeToString()

    async def finish_proof(self, is_asked: bool, build: Any) -> bytes:
        built: bytes = await build()
        return built

    async def finish_view(self, is_asked: bool, build: Any) -> bytes:
        built: bytes = await build()
        return built

    async def read(self, answer: Any) -> Any:
        return answer(self.store.connection)

    async def find_finality(self, wanted_hash: bytes, height: int) -> ledger_pb2.Finality | None:
        self.wanted.append((wanted_hash, height))
        return self.found


@pytest.fixture(scope="module")
def ledger():
    world = ProofWorld()
    world.run((PUT, "a/1", 0))
    world.run((PUT, "b/1", 0))
    yield world
    world.close()


@pytest.fixture
def world(ledger):
    return World(build_state_proof(ledger.store, ledger.tree, NETWORK, ["a/1"]), ledger)


def list_calls(service, ledger):
    return (
        service.prove_state(pb.ProveStateRequest(keys=["a/1"]), None),
        service.prove_totals(pb.ProveTotalsRequest(), None),
        service.prove_transaction(pb.ProveTransactionRequest(id=ledger.ids[0]), None),
        service.prove_consistency(pb.ProveConsistencyRequest(first_size=2), None),
    )


async def test_each_proof_gets_what_validators_signed_of_its_checkpoint(world, ledger):
    for call in list_calls(world.service, ledger):
        assert ledger_pb2.Proof.FromString(await call).finality == world.found
    fresh = await world.service.get_checkpoint(pb.GetCheckpointRequest(fresh=True), None)
    assert pb.CheckpointView.FromString(fresh).finality == world.found
    assert world.wanted == [(compute_app_hash(world.proof), 2)] * 5


async def test_a_checkpoint_that_was_signed_before_is_answered_at_once(world):
    plain = await world.service.get_checkpoint(pb.GetCheckpointRequest(), None)
    assert not pb.CheckpointView.FromString(plain).HasField("finality")
    assert world.wanted == []


async def test_where_nothing_is_found_the_proof_is_the_kernels(world, ledger):
    world.found = None
    alone = World(world.proof, ledger, has_engine=False)
    for call in (*list_calls(world.service, ledger), *list_calls(alone.service, ledger)):
        assert not ledger_pb2.Proof.FromString(await call).HasField("finality")
    for one in (world, alone):
        fresh = await one.service.get_checkpoint(pb.GetCheckpointRequest(fresh=True), None)
        assert not pb.CheckpointView.FromString(fresh).HasField("finality")
    assert alone.wanted == []
