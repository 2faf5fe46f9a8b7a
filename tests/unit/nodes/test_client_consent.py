"""A client signs what equals its own request, and nothing else."""

import pytest

from hefu.v1 import inbox_pb2, ledger_pb2, node_pb2, receivables_pb2
from ledger.errors import MalformedInput
from ledger.transaction import decode, sign
from nodes.client.builder import Draft, sign_drafts
from nodes.client.consent import (
    NotYourRequest,
    build_request,
    find_difference,
    match_requests,
    open_item,
    parse_request,
    refuse_other_request,
    refuse_strange_node,
    render_request,
)

NETWORK = ledger_pb2.NetworkId(name="test", genesis_hash=bytes(range(32)))
UNTIL_MS = 1_900_000_000_000
SEED = bytes(31) + b"\x01"


def draft(first_fen=5, organisations=("ACTOR", "OTHER"), agent=""):
    voucher = receivables_pb2.VoucherRef(package="P", start=1, end=9)
    return Draft(organisations, receivables_pb2.Split(voucher=voucher, first_fen=first_fen), agent)


def made(*drafts, network=NETWORK, until_ms=UNTIL_MS):
    return sign_drafts(network, until_ms, drafts or [draft()], [SEED])


REQUEST = build_request(NETWORK, UNTIL_MS, [draft()])


def test_a_request_has_no_nonce_and_a_file_of_one_spelling():
    assert REQUEST.nonce == b""
    file = render_request(REQUEST)
    assert parse_request(file) == REQUEST
    assert file.endswith(b"}\n")
    with pytest.raises(MalformedInput):
        parse_request(file.replace(b'"', b' "', 1))


def test_signed_bytes_serve_as_a_request():
    assert parse_request(made()) == REQUEST


def test_what_equals_the_request_may_be_signed_whoever_made_it():
    first, second = decode(made()), decode(made())
    assert first.id != second.id
    for transaction in (first, second):
        refuse_other_request(transaction.body, REQUEST)
    refuse_other_request(decode(made(until_ms=UNTIL_MS - 1)).body, REQUEST)


@pytest.mark.parametrize(
    ("signed", "difference"),
    [
        (made(network=ledger_pb2.NetworkId(name="test", genesis_hash=bytes(32))), "another network"),
        (made(until_ms=UNTIL_MS + 1), "valid for longer"),
        (made(draft(), draft()), "2 commands, not 1"),
        (made(Draft(("ACTOR", "OTHER"), receivables_pb2.AcceptIssue(package="P"))), "kind is another"),
        (made(draft(organisations=("ACTOR",))), "organisations is another"),
        (made(draft(organisations=("OTHER", "ACTOR"))), "organisations is another"),
        (made(draft(agent="AGENT")), "agent is another"),
        (made(draft(first_fen=6)), "payload is another"),
    ],
)
def test_each_difference_is_named(signed, difference):
    body = decode(signed).body
    assert difference in find_difference(body, REQUEST)
    with pytest.raises(NotYourRequest, match=difference):
        refuse_other_request(body, REQUEST)


def test_what_was_asked_for_once_is_signed_once():
    bodies = [decode(signed).body for signed in (made(draft(6)), made(), made())]
    assert match_requests(bodies, [REQUEST]) == [(1, 0)]
    assert match_requests(bodies, [REQUEST, REQUEST]) == [(1, 0), (2, 1)]
    assert match_requests(bodies[:1], [REQUEST]) == []


@pytest.mark.parametrize("data", [b"", b"{", b"{}", b"[]", b"no transaction", b'{"nonce":"00"}\n'])
def test_what_is_no_request_is_malformed(data):
    with pytest.raises(MalformedInput):
        parse_request(data)


def test_a_request_that_brings_a_nonce_is_malformed():
    request = ledger_pb2.TransactionBody.FromString(REQUEST.SerializeToString())
    request.nonce = bytes(16)
    with pytest.raises(MalformedInput):
        parse_request(render_request(request))


# ---------------------------------------------------------------- what an inbox shows


def test_an_item_is_opened_by_its_bytes():
    signed = made()
    assert open_item(inbox_pb2.InboxItem(id=decode(signed).id, transaction=signed)) == decode(signed)


def test_a_node_that_shows_one_and_names_another_is_not_believed():
    item = inbox_pb2.InboxItem(id=decode(made()).id, transaction=made())
    with pytest.raises(MalformedInput, match="other bytes"):
        open_item(item)


def test_signatures_that_do_not_verify_are_not_believed():
    signed = ledger_pb2.SignedTransaction.FromString(made())
    signed.signatures[0].signature = bytes(64)
    forged = signed.SerializeToString(deterministic=True)
    with pytest.raises(MalformedInput, match="does not verify"):
        open_item(inbox_pb2.InboxItem(id=decode(forged).id, transaction=forged))
    with pytest.raises(MalformedInput):
        open_item(inbox_pb2.InboxItem(id=bytes(32), transaction=sign(b"", [SEED])))


NOW_MS = UNTIL_MS - 600_000
TRUST = ledger_pb2.TrustFile(network=NETWORK, origin="test/log")


def status(now_ms=NOW_MS, network=NETWORK, origin="test/log", is_simulated=False):
    return node_pb2.NodeStatus(network=network, origin=origin, now_ms=now_ms, simulated_clock=is_simulated)


def is_signed_for(found, trust=None):
    try:
        refuse_strange_node(found, NOW_MS, trust)
    except NotYourRequest:
        return False
    return True


def test_a_node_near_ones_clock_is_signed_for():
    assert [is_signed_for(status(NOW_MS + apart_ms), TRUST) for apart_ms in (-300_000, 0, 300_000)] == [True] * 3
    assert is_signed_for(status(0, is_simulated=True))


@pytest.mark.parametrize("now_ms", [NOW_MS - 300_001, NOW_MS + 300_001, -(2**63), 2**63 - 1])
def test_nothing_is_signed_by_a_clock_far_from_ones_own(now_ms):
    assert not is_signed_for(status(now_ms))
    assert not is_signed_for(status(now_ms), TRUST)


@pytest.mark.parametrize(
    "lie",
    [
        {"network": ledger_pb2.NetworkId(name="test", genesis_hash=bytes(32))}, {"origin": "evil/log"},
        {"is_simulated": True},
    ],
)  # fmt: skip
def test_nothing_is_signed_for_another_network_than_the_trust_file_names(lie):
    with pytest.raises(NotYourRequest, match="trust file"):
        refuse_strange_node(status(**lie), NOW_MS, TRUST)
