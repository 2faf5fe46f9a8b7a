"""A node over real sockets: door and kernel in one process and in two."""

import asyncio
from itertools import count
from typing import Any

import grpc
import pytest
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped] # published without types
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from hefu.v1 import node_pb2 as pb
from hefu.v1 import receivables_pb2
from ledger.errors import MalformedInput
from ledger.transaction import decode
from ledger.verify import parse_trust, verify
from nodes.config import NodeConfig
from nodes.directory import COSIGNATURE_KEY, LOG_KEY, TRUST_FILE, init_node
from nodes.door import bind, build_server
from tests.support.databases import POSTGRESQL, SQLITE, make_database
from tests.support.running import BANK, CORE, SUPPLIER, Network, init, running

NUMBERS = count(1)


@pytest.fixture(scope="module")
def network():
    return Network()


@pytest.fixture(
    scope="module",
    params=[(1, SQLITE), (2, SQLITE), (1, POSTGRESQL)],
    ids=["one process", "two processes", "one process, PostgreSQL"],
)
def directory(request, network, tmp_path_factory):
    processes, kind = request.param
    folder = tmp_path_factory.mktemp("node")
    with make_database(kind, folder) as url:
        settings = {} if kind == SQLITE else {"database": url}
        yield init(folder / "data", network, processes=processes, **settings)


def details(error: grpc.aio.AioRpcError) -> pb.Refusal:
    status = Status.FromString(dict(error.trailing_metadata())["grpc-status-details-bin"])
    refusal = pb.Refusal()
    assert any(detail.Unpack(refusal) for detail in status.details)
    assert status.code == error.code().value[0]
    return refusal


async def stream(node, *batches: list[bytes]) -> list[list[pb.Receipt]]:
    requests = (pb.SubmitBatch(transactions=batch) for batch in batches)
    return [list(answer.receipts) async for answer in node.ledger.SubmitStream(iter(requests))]


async def read_to_the_end(call) -> tuple[list[pb.ReceiptBatch], grpc.aio.AioRpcError]:
    """The answers of a stream that ends with an error, and that error."""
    answers: list[pb.ReceiptBatch] = []
    while True:
        try:
            answer = await call.read()
        except grpc.aio.AioRpcError as error:
            return answers, error
        assert answer is not grpc.aio.EOF, "the stream ended well"
        answers.append(answer)


def test_secrets_are_their_owners_alone(directory):
    for name in (LOG_KEY, COSIGNATURE_KEY):
        assert (directory / name).stat().st_mode & 0o777 == 0o600


def test_a_second_node_in_the_same_place_is_refused(directory, network):
    with pytest.raises(MalformedInput, match="there is a node already"):
        init_node(directory, network.genesis)


async def test_one_is_submitted_and_read_everywhere(directory, network):
    number = next(NUMBERS)
    async with running(directory) as node:
        receipt = await node.ledger.Submit(pb.SubmitRequest(transaction=network.issue(number)))
        assert receipt.has_leaf
        assert not receipt.HasField("refusal")
        status = await node.ledger.GetStatus(pb.GetStatusRequest())
        assert (status.network, status.height) == (network.id, receipt.height)
        trusted = parse_trust((directory / TRUST_FILE).read_bytes())
        assert [key.key for key in trusted.log_keys] == [status.log_key, status.cosignature_key]
        assert {"kernel: rules", "door: decode and verify"} <= {time.phase for time in status.times}
        found = await node.ledger.GetTransaction(pb.GetTransactionRequest(id=receipt.id))
        assert decode(found.signed_transaction).id == found.receipt.id == receipt.id
        package = await node.vouchers.GetPackage(pb.GetPackageRequest(package=f"{CORE}.N{number}"))
        assert package.package.face_fen == 100_000
        record = await node.ledger.GetRecord(pb.GetRecordRequest(key=f"package/{CORE}.N{number}"))
        assert receivables_pb2.Package.FromString(record.record.body).payee == SUPPLIER
        before = pb.GetRecordRequest(key=f"package/{CORE}.N{number}", height=receipt.height - 1)
        if receipt.height > 1:
            assert not (await node.ledger.GetRecord(before)).exists
        organisation = await node.identity.GetOrganisation(pb.GetOrganisationRequest(id=BANK))
        assert len(organisation.keys) == 2
        totals = await node.vouchers.GetIssuerTotals(pb.GetTotalsRequest(organisation=CORE))
        assert totals.unpaid_fen % 100_000 == 0


async def test_a_stream_executes_and_answers_in_order(directory, network):
    numbers = [next(NUMBERS) for _ in range(40)]
    async with running(directory) as node:
        issues, accepts = [network.issue(n) for n in numbers], [network.accept(n) for n in numbers]
        answers = await stream(node, issues[:25], issues[25:], accepts[:1], accepts[1:])
    assert [len(answer) for answer in answers] == [25, 15, 1, 39]
    receipts = [receipt for answer in answers for receipt in answer]
    assert [receipt.id for receipt in receipts] == [decode(signed).id for signed in issues + accepts]
    assert [receipt.refusal.name for receipt in receipts] == [""] * 80
    assert [receipt.index for receipt in receipts] == sorted(receipt.index for receipt in receipts)


async def test_the_same_again_gives_the_first_outcome(directory, network):
    signed, unknown = network.issue(next(NUMBERS)), network.accept(999_999)
    async with running(directory) as node:
        ((first, second),) = await stream(node, [signed, signed])
        assert (first.is_duplicate, second.is_duplicate) == (False, True)
        again = await node.ledger.Submit(pb.SubmitRequest(transaction=signed))
        assert (again.index, again.height, again.is_duplicate) == (first.index, first.height, True)
        ((refused,), (repeated,)) = await stream(node, [unknown], [unknown])
        assert repeated.refusal == refused.refusal
        assert refused.has_leaf
        assert repeated.index == refused.index


async def test_bad_bytes_in_a_batch_cost_their_neighbours_nothing(directory, network):
    good, other = network.issue(next(NUMBERS)), network.issue(next(NUMBERS))
    forged = bytearray(network.issue(next(NUMBERS)))
    forged[-1] ^= 1
    async with running(directory) as node:
        ((one, malformed, two, bad),) = await stream(node, [good, b"\xffjunk", other, bytes(forged)])
        (only_bad,) = await stream(node, [b""])
    assert [r.refusal.name for r in (one, malformed, two, bad)] == ["", "MALFORMED_TRANSACTION", "", "BAD_SIGNATURE"]
    assert one.index < two.index
    assert (malformed.id, malformed.has_leaf, bad.has_leaf) == (b"", False, False)
    assert (bad.id, bad.refusal.field_name) == (decode(bytes(forged)).id, "signatures")
    assert only_bad[0].refusal.name == "MALFORMED_TRANSACTION"


@pytest.mark.parametrize("size", [0, 65])
async def test_a_batch_of_a_wrong_size_ends_the_stream_after_what_was_due(directory, network, size):
    async with running(directory) as node:
        call = node.ledger.SubmitStream()
        await call.write(pb.SubmitBatch(transactions=[network.issue(next(NUMBERS))]))
        await call.write(pb.SubmitBatch(transactions=[b"x"] * size))
        answers, ended = await read_to_the_end(call)
    assert [len(answer.receipts) for answer in answers] == [1]
    assert ended.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert f"not {size}" in str(ended.details())


async def test_what_does_not_decode_is_an_invalid_argument(directory, network):
    good = pb.SubmitBatch(transactions=[network.issue(next(NUMBERS))]).SerializeToString()
    async with running(directory) as node:
        for method in ("LedgerService/Submit", "LedgerService/GetRecord", "VoucherService/GetPackage"):
            unary: Any = node.channel.unary_unary(f"/hefu.v1.{method}")
            with pytest.raises(grpc.aio.AioRpcError) as failed:
                await unary(b"\xff\xff")
            assert failed.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        call: Any = node.channel.stream_stream("/hefu.v1.LedgerService/SubmitStream")()
        await call.write(good)
        await call.write(b"\xff\xff")
        answers, ended = await read_to_the_end(call)
    assert len(answers) == 1
    assert ended.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_refusal_carries_code_field_and_both_languages(directory, network):
    signed = network.sign(CORE, receivables_pb2.Issue(number="Z", payee=SUPPLIER, face_fen=-5), *network.core)
    async with running(directory) as node:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await node.ledger.Submit(pb.SubmitRequest(transaction=signed))
        refusal = details(refused.value)
        assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert refusal.code >= 300
        assert refusal.field_name in receivables_pb2.Issue.DESCRIPTOR.fields_by_name
        assert refusal.english
        assert any("\u4e00" <= letter <= "\u9fff" for letter in refusal.chinese)
        with pytest.raises(grpc.aio.AioRpcError) as malformed:
            await node.ledger.Submit(pb.SubmitRequest(transaction=b"junk"))
        assert malformed.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert details(malformed.value).name == "MALFORMED_TRANSACTION"


async def test_questions_without_an_answer_have_their_status(directory):
    async with running(directory) as node:
        for call, status in (
            (node.vouchers.GetPackage(pb.GetPackageRequest(package=f"{CORE}.NONE")), "NOT_FOUND"),
            (node.ledger.GetTransaction(pb.GetTransactionRequest(id=b"x")), "NOT_FOUND"),
            (node.ledger.ProveTransaction(pb.ProveTransactionRequest(id=b"x")), "NOT_FOUND"),
            (node.ledger.ProveState(pb.ProveStateRequest()), "INVALID_ARGUMENT"),
            (node.ledger.GetRecord(pb.GetRecordRequest(key="limits", height=10**9)), "OUT_OF_RANGE"),
            (node.ledger.ProveConsistency(pb.ProveConsistencyRequest(first_size=3)), "NOT_FOUND"),
            (node.vouchers.GetIssuerTotals(pb.GetTotalsRequest(organisation="x")), "INVALID_ARGUMENT"),
            (node.vouchers.ListVouchers(pb.ListVouchersRequest(cursor=b"x")), "INVALID_ARGUMENT"),
        ):
            with pytest.raises(grpc.aio.AioRpcError) as failed:
                await call
            assert failed.value.code().name == status


async def test_proofs_hold_for_whoever_has_the_trust_file(directory, network):
    trust = parse_trust((directory / TRUST_FILE).read_bytes())
    async with running(directory) as node:
        receipt = await node.ledger.Submit(pb.SubmitRequest(transaction=network.issue(next(NUMBERS))))
        now_ms = receipt.time_ms + 1000
        proofs = [
            await node.ledger.ProveTransaction(pb.ProveTransactionRequest(id=receipt.id)),
            await node.ledger.ProveState(pb.ProveStateRequest(keys=["limits", "no/such/key"])),
            await node.ledger.ProveConsistency(pb.ProveConsistencyRequest(first_size=2)),
        ]
        checkpoint = await node.ledger.GetCheckpoint(pb.GetCheckpointRequest(fresh=True))
    verdicts = [verify(proof, trust, now_ms=now_ms) for proof in proofs]
    assert [verdict.statement for verdict in verdicts] == ["transaction", "state", "consistency"]
    assert verdicts[0].transaction_id == receipt.id
    assert verdicts[1].bodies["no/such/key"] is None
    assert all(verdict.newest_ms is not None for verdict in verdicts)
    assert checkpoint.note.count("—".encode()) == 2


async def test_a_restart_stands_where_the_node_stopped(directory, network):
    async with running(directory) as node:
        receipt = await node.ledger.Submit(pb.SubmitRequest(transaction=network.issue(next(NUMBERS))))
        before = await node.ledger.GetStatus(pb.GetStatusRequest())
    async with running(directory) as node:
        after = await node.ledger.GetStatus(pb.GetStatusRequest())
        again = await node.ledger.GetTransaction(pb.GetTransactionRequest(id=receipt.id))
    assert (after.height, after.size, after.root) == (before.height, before.size, before.root)
    assert again.receipt == receipt


async def test_a_stop_answers_what_was_submitted(directory, network):
    async with running(directory) as node:
        call = node.ledger.SubmitStream()
        batches = [[network.issue(next(NUMBERS)) for _ in range(20)] for _ in range(5)]
        for batch in batches:
            await call.write(pb.SubmitBatch(transactions=batch))
        first = await call.read()
        node.stopping.set()
        rest, ended = await read_to_the_end(call)
        answers = [first, *rest]
        assert ended.code() is grpc.StatusCode.UNAVAILABLE
        assert await node.task == 0
    async with running(directory) as node:
        for answer, batch in zip(answers, batches, strict=False):
            assert [receipt.has_leaf for receipt in answer.receipts] == [True] * 20
            repeated = (await stream(node, batch))[0]
            assert [receipt.index for receipt in repeated] == [receipt.index for receipt in answer.receipts]


async def test_health_and_reflection_answer(directory):
    async with running(directory) as node:
        health: Any = health_pb2_grpc.HealthStub(node.channel)
        answer = await health.Check(health_pb2.HealthCheckRequest(service="hefu.v1.LedgerService"))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
        request = reflection_pb2.ServerReflectionRequest(list_services="")
        make_stub: Any = reflection_pb2_grpc.ServerReflectionStub  # its types know no aio channel
        reflection = make_stub(node.channel)
        call = reflection.ServerReflectionInfo(iter([request]))
        names = {service.name async for reply in call for service in reply.list_services_response.service}
        assert {"hefu.v1.LedgerService", "hefu.v1.VoucherService", "grpc.health.v1.Health"} <= names


async def test_a_node_has_only_so_many_calls_at_once(directory, network):
    async with running(directory, calls="8") as node:
        streams = [node.ledger.SubmitStream() for _ in range(8)]
        for call in streams:
            await call.write(pb.SubmitBatch(transactions=[network.issue(next(NUMBERS))]))
            await call.read()
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await node.ledger.GetStatus(pb.GetStatusRequest())
        assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        for call in streams:
            await call.done_writing()
            assert await call.read() is grpc.aio.EOF
        assert (await node.ledger.GetStatus(pb.GetStatusRequest())).height > 0


async def test_only_loopback_is_served_whoever_built_the_configuration():
    with pytest.raises(ValueError, match="loopback"):
        NodeConfig(listen="0.0.0.0:0")


async def test_an_address_in_use_is_named():
    first, second = build_server(), build_server()
    port = bind(first, "127.0.0.1:0")
    with pytest.raises(OSError, match=str(port)):
        bind(second, f"127.0.0.1:{port}")
    await asyncio.gather(first.stop(0), second.stop(0))
