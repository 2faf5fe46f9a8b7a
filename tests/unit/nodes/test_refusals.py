import pytest

from hefu.v1 import identity_pb2, ledger_pb2, receivables_pb2
from identity.rejections import CERTIFICATE_NOT_VERIFIED
from ledger.errors import Rejection
from ledger.execution import Decision
from ledger.rejections import BAD_SIGNATURE, EXPIRED, MALFORMED_TRANSACTION, UNKNOWN_KIND
from ledger.transaction import decode, sign
from nodes.client.builder import NAMES, OTHERWISE_NAMED
from nodes.refusals import build_early_receipt, build_receipt, build_refusal
from nodes.wiring import COMMANDS, REASONS

NETWORK = ledger_pb2.NetworkId(name="n", genesis_hash=bytes(32))


def signed_commands(*kinds: int) -> bytes:
    commands = [ledger_pb2.Command(organisations=["A"], kind=kind, payload=b"x") for kind in kinds]
    body = ledger_pb2.TransactionBody(network=NETWORK, nonce=bytes(16), valid_until_ms=1, commands=commands)
    return sign(body.SerializeToString(deterministic=True), [bytes(32)])


def test_a_done_transaction_has_no_refusal():
    receipt = build_receipt(Decision(b"i", index=5, height=3, events=b"e"), b"", 99)
    assert not receipt.HasField("refusal")
    assert (receipt.id, receipt.has_leaf, receipt.index, receipt.height, receipt.time_ms) == (b"i", True, 5, 3, 99)
    assert (receipt.is_duplicate, receipt.events) == (False, b"e")


def test_a_field_is_named_by_the_command_at_fault():
    signed = signed_commands(identity_pb2.SET_POLICY, receivables_pb2.ISSUE)
    decision = Decision(b"i", UNKNOWN_KIND.code, 1, receivables_pb2.Issue.FACE_FEN_FIELD_NUMBER, index=9)
    refusal = build_receipt(decision, signed, 1).refusal
    assert (refusal.command_index, refusal.field_name) == (1, "face_fen")


def test_a_field_of_the_envelope_is_named():
    assert build_refusal(EXPIRED.code, 0, 3, 0).field_name == "valid_until_ms"
    assert build_refusal(BAD_SIGNATURE.code, 0, 2, 0).field_name == "signatures"


def test_what_cannot_be_named_is_left_empty():
    assert build_refusal(UNKNOWN_KIND.code, 0, 77, receivables_pb2.ISSUE).field_name == ""
    assert build_refusal(UNKNOWN_KIND.code, 0, 1, 999_999).field_name == ""
    decision = Decision(b"i", UNKNOWN_KIND.code, 15, 1)
    assert build_receipt(decision, signed_commands(300), 1).refusal.field_name == ""


@pytest.mark.parametrize("reason", REASONS.values(), ids=lambda reason: reason.name)
def test_each_reason_speaks_both_languages(reason):
    refusal = build_refusal(reason.code, 0, 0, 0)
    assert (refusal.name, refusal.english, refusal.chinese) == (reason.name, reason.english, reason.chinese)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in refusal.chinese)


def test_an_early_refusal_has_the_id_where_there_is_one():
    signed = signed_commands(300)
    assert build_early_receipt(Rejection(MALFORMED_TRANSACTION), b"junk").id == b""
    assert build_early_receipt(Rejection(BAD_SIGNATURE, 2), signed).id == decode(signed).id


def test_an_early_refusal_names_the_field_of_the_command_at_fault():
    signed = signed_commands(receivables_pb2.ISSUE, identity_pb2.ADMIT_KEY)
    rejection = Rejection(CERTIFICATE_NOT_VERIFIED, identity_pb2.AdmitKey.KEY_FIELD_NUMBER, 1)
    refusal = build_early_receipt(rejection, signed).refusal
    assert (refusal.name, refusal.command_index, refusal.field_name) == ("CERTIFICATE_NOT_VERIFIED", 1, "key")
    assert build_early_receipt(Rejection(BAD_SIGNATURE, 2), signed).refusal.field_name == "signatures"


def test_every_command_of_the_contract_is_wired_with_its_own_message():
    assert sorted(COMMANDS) == sorted(NAMES)
    for kind, spec in COMMANDS.items():
        said = OTHERWISE_NAMED.get(NAMES[kind], NAMES[kind].title().replace("_", ""))
        assert spec.message.DESCRIPTOR.name == said
