"""From commands to signed bytes."""

import pytest

from hefu.v1 import identity_pb2, ledger_pb2, receivables_pb2
from ledger.errors import MalformedInput
from ledger.transaction import MAX_SIGNATURES, decode, verify_signatures
from nodes.client import Draft, add_signatures, build_body, find_kind, find_message, kind_name, sign_drafts
from nodes.wiring import COMMANDS

NETWORK = ledger_pb2.NetworkId(name="test", genesis_hash=bytes(range(32)))
SPLIT = receivables_pb2.Split(voucher=receivables_pb2.VoucherRef(package="p", start=1, end=9), first_fen=4)
DRAFT = Draft(("ACTOR", "OTHER"), SPLIT)
SEEDS = [bytes([number]) * 32 for number in range(1, 20)]


def test_each_kind_of_the_table_is_said_with_its_message():
    assert {kind: find_message(kind) for kind in COMMANDS} == {kind: spec.message for kind, spec in COMMANDS.items()}
    assert all(find_kind(spec.message()) == kind for kind, spec in COMMANDS.items())


def test_kinds_have_the_contracts_names():
    assert kind_name(receivables_pb2.ACCEPT_ISSUE) == "ACCEPT_ISSUE"
    assert kind_name(identity_pb2.ADMIT_KEY) == "ADMIT_KEY"
    assert (kind_name(9999), find_message(9999)) == ("KIND_9999", None)


def test_a_message_that_is_no_command_has_no_kind():
    with pytest.raises(ValueError, match="not a command"):
        find_kind(receivables_pb2.VoucherRef())


def test_a_signed_draft_decodes_to_what_was_meant():
    signed = sign_drafts(NETWORK, 1000, [DRAFT, DRAFT], SEEDS[:2])
    transaction = decode(signed)
    verify_signatures(transaction)
    assert transaction.body.network == NETWORK
    assert transaction.body.valid_until_ms == 1000
    assert len(transaction.body.nonce) == 16
    assert [list(command.organisations) for command in transaction.body.commands] == [["ACTOR", "OTHER"]] * 2
    assert transaction.body.commands[1].kind == receivables_pb2.SPLIT
    assert receivables_pb2.Split.FromString(transaction.body.commands[0].payload) == SPLIT


def test_no_two_bodies_share_a_nonce():
    assert build_body(NETWORK, 1000, [DRAFT]) != build_body(NETWORK, 1000, [DRAFT])


def test_signatures_are_added_to_the_same_body():
    first = sign_drafts(NETWORK, 1000, [DRAFT], SEEDS[:1])
    both = add_signatures(first, SEEDS[:2])
    verify_signatures(decode(both))
    assert decode(both).id == decode(first).id
    assert len(decode(both).signatures) == 2
    assert add_signatures(both, SEEDS[:1]) == both


def test_no_more_signatures_than_an_envelope_holds():
    full = sign_drafts(NETWORK, 1000, [DRAFT], SEEDS[:MAX_SIGNATURES])
    with pytest.raises(MalformedInput):
        add_signatures(full, SEEDS[MAX_SIGNATURES:])


def test_bytes_that_are_no_transaction_take_no_signature():
    with pytest.raises(MalformedInput):
        add_signatures(b"\x00\x01", SEEDS[:1])
