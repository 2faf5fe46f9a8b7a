"""The envelope: one encoding, one id, signatures that verify."""

import hashlib

import pytest
from nacl.signing import SigningKey

from hefu.v1 import identity_pb2
from hefu.v1 import ledger_pb2 as pb
from ledger.application import check_transaction
from ledger.errors import MalformedInput, Rejection
from ledger.rejections import BAD_SIGNATURE, MALFORMED_TRANSACTION, UNKNOWN_ALGORITHM
from ledger.transaction import (
    EVENTS_TAG,
    ID_TAG,
    MAX_BYTES,
    compute_events_hash,
    compute_id,
    decode,
    decode_checked,
    parse_canonical,
    sign,
    verify_signatures,
)
from tests.support import toy

GOOD = toy.make_signed(1, toy.make_command(toy.PUT, "a"))
SEEDS = [bytes([number]) * 32 for number in range(1, 18)]


def envelope_of(signed: bytes) -> pb.SignedTransaction:
    return pb.SignedTransaction.FromString(signed)


def encode(message: pb.SignedTransaction) -> bytes:
    return message.SerializeToString(deterministic=True)


def make_body(**changes) -> pb.TransactionBody:
    fields = {"network": toy.NETWORK, "nonce": b"n" * 16, "valid_until_ms": 5, "commands": [toy.make_command(toy.PUT)]}
    return pb.TransactionBody(**{**fields, **changes})


def sign_body(body: pb.TransactionBody) -> bytes:
    return sign(body.SerializeToString(deterministic=True), SEEDS[:1])


def refuse(signed: bytes) -> Rejection:
    with pytest.raises(Rejection) as caught:
        check_transaction(signed)
    return caught.value


def test_a_good_transaction_is_decoded_with_its_id():
    transaction = decode(GOOD)
    body = envelope_of(GOOD).body
    assert transaction.id == compute_id(body) == hashlib.sha256(ID_TAG + body).digest()
    assert transaction.digest == hashlib.sha256(GOOD).digest()
    assert transaction.signed == GOOD
    assert transaction.body.SerializeToString(deterministic=True) == body
    verify_signatures(transaction)
    again = decode_checked(GOOD, hashlib.sha256(GOOD).digest())
    assert (again.id, again.digest, again.signed, again.body) == (
        transaction.id, transaction.digest, transaction.signed, transaction.body,
    )  # fmt: skip
    assert check_transaction(GOOD).id == transaction.id


def test_signing_puts_the_signatures_into_their_order():
    body = make_body().SerializeToString(deterministic=True)
    signed = sign(body, SEEDS[:5])
    assert signed == sign(body, reversed(SEEDS[:5]))
    keys = [signature.public_key for signature in check_transaction(signed).signatures]
    assert keys == sorted(bytes(SigningKey(seed).verify_key) for seed in SEEDS[:5])


def test_the_hash_of_events_is_salted():
    assert compute_events_hash(b"n" * 16, b"e") == hashlib.sha256(EVENTS_TAG + b"n" * 16 + b"e").digest()
    assert compute_events_hash(b"n" * 16, b"") != compute_events_hash(b"m" * 16, b"")


def test_rejects_malformed_transaction():
    for junk in (b"", b"junk", b"\xff" * 50, GOOD + b"\x00", GOOD[:-1]):
        assert refuse(junk).reason is MALFORMED_TRANSACTION


@pytest.mark.parametrize(
    "encoded",
    [
        GOOD + b"\x18\x01",  # an unknown field
        b"\x12\x00" + GOOD,  # fields out of order
        GOOD[: len(GOOD) // 2] + b"\x80",
        encode(
            pb.SignedTransaction(body=envelope_of(GOOD).body + b"\x28\x01", signatures=envelope_of(GOOD).signatures)
        ),
        encode(pb.SignedTransaction(body=b"\xff", signatures=envelope_of(GOOD).signatures)),
    ],
)
def test_another_encoding_is_malformed(encoded):
    with pytest.raises(MalformedInput):
        decode(encoded)


def test_more_bytes_than_any_network_allows_are_not_even_parsed():
    big = sign_body(make_body(commands=[pb.Command(organisations=["A"], kind=1, payload=bytes(MAX_BYTES))]))
    with pytest.raises(MalformedInput, match="65536 bytes"):
        decode(big)
    just = sign_body(make_body(commands=[pb.Command(organisations=["A"], kind=1, payload=bytes(MAX_BYTES - 300))]))
    assert len(decode(just).signed) <= MAX_BYTES


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"nonce": b"n" * 15}, "nonce"),
        ({"nonce": b"n" * 17}, "nonce"),
        ({"valid_until_ms": 0}, "valid_until_ms"),
        ({"valid_until_ms": -1}, "valid_until_ms"),
        ({"commands": []}, "commands"),
        ({"commands": [toy.make_command(toy.PUT)] * 17}, "commands"),
        ({"commands": [pb.Command(kind=1)]}, "organisations"),
        ({"commands": [pb.Command(kind=1, organisations=["A", "B", "C", "D", "E"])]}, "organisations"),
        ({"commands": [pb.Command(kind=1, organisations=["A", "A"])]}, "organisations"),
        ({"commands": [pb.Command(kind=1, organisations=["A", ""])]}, "organisations"),
        ({"commands": [pb.Command()]}, "commands"),
        ({"network": pb.NetworkId()}, "network"),
    ],
)
def test_a_body_of_another_shape_is_malformed(changes, field):
    with pytest.raises(MalformedInput) as caught:
        decode(sign_body(make_body(**changes)))
    assert field in caught.value.field


def test_shapes_at_their_bounds_are_good():
    commands = [pb.Command(kind=1, organisations=["A", "B", "C", "D"])] * 16
    body = make_body(commands=commands, valid_until_ms=1).SerializeToString(deterministic=True)
    assert len(check_transaction(sign(body, SEEDS[:16])).signatures) == 16


def test_signatures_are_one_to_sixteen_sorted_and_none_twice():
    body = envelope_of(GOOD).body
    five = envelope_of(sign(body, SEEDS[:5])).signatures
    for signatures in ([], envelope_of(sign(body, SEEDS)).signatures, five[::-1], [five[0], five[0]]):
        with pytest.raises(MalformedInput) as caught:
            decode(encode(pb.SignedTransaction(body=body, signatures=signatures)))
        assert caught.value.field.startswith("signatures")


def test_an_unknown_enum_value_is_malformed_at_any_depth():
    key = identity_pb2.NewKey(public_key=b"k", roles=[identity_pb2.MAKER])
    admit = identity_pb2.AdmitOrganisation(keys=[key])
    encoded = admit.SerializeToString(deterministic=True)
    assert parse_canonical(identity_pb2.AdmitOrganisation, encoded, "payload") == admit
    key.roles.append(99)  # type: ignore[arg-type]  # a number that the contract does not name
    strange = identity_pb2.AdmitOrganisation(keys=[key]).SerializeToString(deterministic=True)
    with pytest.raises(MalformedInput) as caught:
        parse_canonical(identity_pb2.AdmitOrganisation, strange, "payload")
    assert caught.value.field == "payload.keys.roles"


def test_a_single_enum_is_checked_too():
    known = identity_pb2.Organisation(name="a", status=identity_pb2.ACTIVE)
    encoded = known.SerializeToString(deterministic=True)
    assert parse_canonical(identity_pb2.Organisation, encoded, "x") == known
    known.status = 99  # type: ignore[assignment]  # a number that the contract does not name
    with pytest.raises(MalformedInput, match="enum"):
        parse_canonical(identity_pb2.Organisation, known.SerializeToString(deterministic=True), "x")


def test_an_empty_message_within_is_malformed():
    encoded = pb.LogEntry(block=pb.BlockEntry()).SerializeToString(deterministic=True)
    with pytest.raises(MalformedInput, match="empty message"):
        parse_canonical(pb.LogEntry, encoded, "x")


def test_rejects_unknown_algorithm():
    envelope = envelope_of(sign(envelope_of(GOOD).body, SEEDS[:2]))
    envelope.signatures[1].algorithm = 2
    refused = refuse(encode(envelope))
    assert (refused.reason, refused.field) == (UNKNOWN_ALGORITHM, 2)


def test_rejects_bad_signature():
    envelope = envelope_of(GOOD)
    envelope.signatures[0].signature = bytes(64)
    refused = refuse(encode(envelope))
    assert (refused.reason, refused.field) == (BAD_SIGNATURE, 2)


@pytest.mark.parametrize("length", [0, 63, 65, 200])
def test_a_signature_of_another_length_is_bad(length):
    envelope = envelope_of(GOOD)
    envelope.signatures[0].signature = (envelope.signatures[0].signature * 4)[:length]
    assert refuse(encode(envelope)).reason is BAD_SIGNATURE


@pytest.mark.parametrize("key", [b"\x01", b"\x01" * 31, b"\x01" * 33, bytes(32), b"\xff" * 32])
def test_a_key_that_is_none_is_a_bad_signature(key):
    envelope = envelope_of(GOOD)
    envelope.signatures[0].public_key = key
    assert refuse(encode(envelope)).reason is BAD_SIGNATURE


def test_a_signature_of_another_body_is_bad():
    other = envelope_of(toy.make_signed(2, toy.make_command(toy.PUT, "a")))
    other.signatures[0].signature = envelope_of(GOOD).signatures[0].signature
    assert refuse(encode(other)).reason is BAD_SIGNATURE


def test_any_changed_byte_of_a_transaction_is_refused():
    for at in range(len(GOOD)):
        changed = GOOD[:at] + bytes([GOOD[at] ^ 1]) + GOOD[at + 1 :]
        assert refuse(changed).reason in (MALFORMED_TRANSACTION, BAD_SIGNATURE, UNKNOWN_ALGORITHM), at
