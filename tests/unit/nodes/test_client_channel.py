"""The client against a server that refuses, fails and drops connections."""

import subprocess
import sys
from pathlib import Path

import grpc
import pytest

import nodes.client
import nodes.config
from hefu.v1 import ledger_pb2, receivables_pb2
from hefu.v1 import node_pb2 as pb
from nodes.client import AsyncClient, CallFailed, Client, Draft, Refused, Unreachable, sign_drafts
from nodes.client.consent import NotYourRequest
from nodes.client.stream import MAX_BATCH
from tests.support.fake_node import NETWORK, NOW_MS, FakeLedger, serving

SEED = bytes([7]) * 32
SPLIT = receivables_pb2.Split(voucher=receivables_pb2.VoucherRef(package="p", start=1, end=9), first_fen=4)
REFUSAL = pb.Refusal(
    code=302, name="WRONG", command_index=1, field=3, field_name="face_fen", english="It is wrong.", chinese="错误。"
)


def make(count: int) -> list[bytes]:
    """So many signed transactions, all different."""
    return [sign_drafts(NETWORK, NOW_MS, [Draft(("A",), SPLIT)], [SEED]) for _ in range(count)]


def in_batches(signed: list[bytes], size: int) -> list[list[bytes]]:
    return [signed[start : start + size] for start in range(0, len(signed), size)]


@pytest.fixture
def fake():
    return FakeLedger()


@pytest.fixture
def target(fake):
    with serving(fake) as address:
        yield address


def test_a_transaction_is_signed_for_the_nodes_network_and_time(fake, target):
    with Client(target) as client:
        signed = client.sign([Draft(("A",), SPLIT)], [SEED], 5000)
        receipt = client.submit(signed)
    body = ledger_pb2.TransactionBody.FromString(ledger_pb2.SignedTransaction.FromString(signed).body)
    assert body.network == NETWORK
    assert body.valid_until_ms == NOW_MS + 5000
    assert (receipt.index, fake.arrived) == (0, [signed])


def test_an_answer_that_is_no_message_is_said_to_be_none(fake, target):
    fake.is_garbled = True
    with Client(target) as client, pytest.raises(CallFailed, match="not a message of this version"):
        client.status()


def test_nothing_is_signed_for_a_node_that_lies_of_its_time_or_its_network(fake, target):
    trust = ledger_pb2.TrustFile(network=ledger_pb2.NetworkId(name="another", genesis_hash=bytes(32)))
    with Client(target, trust=trust) as client, pytest.raises(NotYourRequest, match="trust file"):
        client.sign([Draft(("A",), SPLIT)], [SEED])
    fake.is_simulated = False
    with Client(target) as client, pytest.raises(NotYourRequest, match="clock"):
        client.sign([Draft(("A",), SPLIT)], [SEED])


@pytest.mark.parametrize("status", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED])
def test_a_lost_answer_is_asked_for_again_with_the_same_bytes(fake, target, status):
    (signed,) = make(1)
    fake.failures = 2
    fake.status_code = status
    with Client(target) as client:
        receipt = client.submit(signed)
    assert fake.arrived == [signed] * 3
    assert receipt.is_duplicate
    assert len(fake.decided) == 1


def test_a_refusal_carries_everything(fake, target):
    fake.refuse_with = REFUSAL
    with Client(target) as client, pytest.raises(Refused) as caught:
        client.submit(make(1)[0])
    error = caught.value
    assert (error.code, error.name, error.command_index, error.field, error.field_name) == (
        302,
        "WRONG",
        1,
        3,
        "face_fen",
    )
    assert (error.english, error.chinese) == ("It is wrong.", "错误。")
    assert error.receipt is not None
    assert error.receipt.has_leaf
    assert len(fake.arrived) == 1


def test_a_status_without_a_refusal_is_a_failed_call(target):
    with Client(target) as client, pytest.raises(CallFailed) as caught:
        client.ask(client.ledger.GetTransaction, pb.GetTransactionRequest())
    assert caught.value.status == "NOT_FOUND"


def test_nobody_at_the_address():
    with Client("127.0.0.1:1", patience_s=0) as client:
        with pytest.raises(Unreachable):
            client.status()
        with pytest.raises(Unreachable):
            client.wait_until_ready(0.01)
        with pytest.raises(Unreachable):
            client.submit_all([make(1)])


def test_a_server_is_waited_for(target):
    with Client(target) as client:
        client.wait_until_ready(10)
        assert client.status().now_ms == NOW_MS


def test_a_stream_answers_in_order(fake, target):
    signed = make(50)
    with Client(target) as client:
        receipts = client.submit_all(in_batches(signed, 7), window=2)
    assert [receipt.index for receipt in receipts] == list(range(50))
    assert fake.arrived == signed


def test_a_stream_carries_refusals_in_receipts(fake, target):
    fake.refuse_with = REFUSAL
    with Client(target) as client:
        receipts = client.submit_all([make(2)])
    assert [receipt.refusal.code for receipt in receipts] == [302, 302]


@pytest.mark.parametrize("status", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED])
@pytest.mark.parametrize("drops", [[0], [3], [0, 0, 1], [2, 2, 2]])
def test_a_dropped_stream_goes_on_where_it_was(fake, target, drops, status):
    signed = make(40)
    fake.status_code = status
    fake.drop_after = list(drops)
    with Client(target) as client:
        receipts = client.submit_all(in_batches(signed, 4), window=3)
    assert [receipt.index for receipt in receipts] == list(range(40))
    assert list(fake.decided) == signed
    assert not fake.drop_after


def test_a_node_that_keeps_stopping_is_unreachable(fake, target):
    fake.failures = 1000
    fake.status_code = grpc.StatusCode.CANCELLED
    with Client(target, patience_s=0.2) as client, pytest.raises(Unreachable):
        client.submit(make(1)[0])
    assert len(set(fake.arrived)) == 1


def test_no_proxy_stands_between_a_client_and_its_node(target, monkeypatch):
    for name in ("grpc_proxy", "https_proxy", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("no_grpc_proxy", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with Client(target, patience_s=0.2) as client:
        assert client.status().now_ms == NOW_MS


def test_a_stream_that_stays_lost_is_given_up(fake, target):
    fake.failures = 1000
    with Client(target, patience_s=0.2) as client, pytest.raises(Unreachable):
        client.submit_all([make(1)])


def test_a_stream_that_is_refused_as_such_is_a_failed_call(fake, target):
    fake.failures = 1000
    fake.status_code = grpc.StatusCode.INVALID_ARGUMENT
    with Client(target, patience_s=10) as client, pytest.raises(CallFailed) as caught:
        client.submit_all([make(1)])
    assert caught.value.status == "INVALID_ARGUMENT"


def test_answers_of_another_number_are_not_taken_for_answers(fake, target):
    fake.missing = 1
    with Client(target) as client, pytest.raises(CallFailed):
        client.submit_all([make(2)])


def test_client_and_node_agree_on_the_size_of_a_batch():
    assert MAX_BATCH == nodes.config.MAX_BATCH


@pytest.mark.parametrize("size", [0, MAX_BATCH + 1])
def test_a_batch_has_its_bounds(target, size):
    with Client(target) as client, pytest.raises(ValueError, match="batch"):
        client.submit_all([make(1) * size])


def test_what_the_callers_source_raises_comes_out(target):
    def source():
        yield make(1)
        raise KeyError("the caller's own")

    with Client(target) as client, pytest.raises(KeyError):
        client.submit_all(source())


async def test_the_asynchronous_face_takes_an_asynchronous_source(fake, target):
    signed = make(6)

    async def source():
        for batch in in_batches(signed, 2):
            yield batch

    async with AsyncClient(target) as client:
        answered = [list(receipts) async for receipts in client.submit_stream(source())]
        assert (await client.submit(signed[0])).is_duplicate
    assert [[receipt.index for receipt in receipts] for receipts in answered] == [[0, 1], [2, 3], [4, 5]]


async def test_a_reader_that_leaves_early_leaves_nothing_behind(target):
    async with AsyncClient(target) as client:
        stream = client.submit_stream(in_batches(make(20), 1), window=1)
        first = await anext(stream)
        await stream.aclose()
    assert first[0].index == 0


def test_building_transactions_loads_no_grpc():
    program = "import sys; from nodes.client import Draft, sign_drafts; print('grpc' in sys.modules)"
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_package_names_what_it_has():
    assert all(getattr(nodes.client, name) for name in nodes.client.__all__)
    with pytest.raises(AttributeError):
        _ = nodes.client.Nothing
