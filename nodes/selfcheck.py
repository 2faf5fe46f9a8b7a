"""Vectors that a node checks on itself before it starts: encoding, ids and signatures.

A protobuf runtime that encodes otherwise, or a libsodium that accepts other signatures, would decide other blocks than
the rest of the network. Such a node does not start.
"""

from hefu.v1 import ledger_pb2 as pb
from ledger.errors import InvariantViolation, MalformedInput, Rejection
from ledger.rejections import BAD_SIGNATURE
from ledger.transaction import decode, sign, verify_signatures

SEED = bytes(range(32))
ID = "64c583c05278bd0ebb64ae37e913e23514ac53829cf87b7221453450c1019c5d"
SIGNED = (
    "0aff020a2f0a0b766563746f722e686566751220202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d"
    "3e3f1210000102030405060708090a0b0c0d0e0f1880f0cc86a63722240a123931393939393939303030303030303031580a"
    "06e59088e7aca610ac021a030a0141228c020a014210ffffffff0f1a8002000102030405060708090a0b0c0d0e0f10111213"
    "1415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445"
    "464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f606162636465666768696a6b6c6d6e6f7071727374757677"
    "78797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9"
    "aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadb"
    "dcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff12660801122003a107bff3ce10be"
    "1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b81a4079f917b34df5ebbdf9237ede8d9502a70054890dd0cc8291"
    "7a47f3edc8162db132b67d7489cb74544c433709756a887ae23c4bd4e8fa7025f09d16860f166f04"
)
SMALL_ORDER_KEYS = (
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
)
"""Points whose signatures are cheap: with one of them, one signature can be good for many messages."""


def build_vector() -> bytes:
    """The body of a transaction that uses every field of the envelope."""
    body = pb.TransactionBody(nonce=bytes(range(16)), valid_until_ms=1_900_000_000_000)
    body.network.name = "vector.hefu"
    body.network.genesis_hash = bytes(range(32, 64))
    body.commands.add(organisations=["91999999000000001X", "合符"], kind=300, payload=b"\x0a\x01A")
    body.commands.add(organisations=["B"], kind=2**32 - 1, payload=bytes(range(256)))
    return body.SerializeToString(deterministic=True)


def check_self() -> None:
    """Run all vectors. Raises InvariantViolation, which names the one that failed."""
    signed = bytes.fromhex(SIGNED)
    _check(sign(build_vector(), [SEED]) == signed, "the encoding of a signed transaction")
    transaction = decode(signed)
    _check(transaction.id == bytes.fromhex(ID), "the id of a transaction")
    _check(_is_verified(signed), "a good signature is accepted")
    envelope = pb.SignedTransaction.FromString(signed)
    envelope.signatures[0].signature = _flip(envelope.signatures[0].signature)
    _check(not _is_verified(_encode(envelope)), "a bad signature is refused")
    for key in SMALL_ORDER_KEYS:
        _check(not _is_verified(_forge(bytes.fromhex(key))), f"the small-order key {key} is refused")
    _check(not _is_decoded(signed + b"\x1a\x00"), "an unknown field is refused")
    _check(not _is_decoded(b"\x12\x00" + signed), "another encoding is refused")


def _forge(key: bytes) -> bytes:
    """A signature that a cofactored verifier accepts from this key for every message: R = the identity, S = 0."""
    envelope = pb.SignedTransaction(body=build_vector())
    envelope.signatures.add(algorithm=1, public_key=key, signature=b"\x01" + bytes(63))
    return _encode(envelope)


def _encode(envelope: pb.SignedTransaction) -> bytes:
    return envelope.SerializeToString(deterministic=True)


def _flip(signature: bytes) -> bytes:
    return bytes([signature[0] ^ 1]) + signature[1:]


def _is_verified(signed: bytes) -> bool:
    try:
        verify_signatures(decode(signed))
    except Rejection as rejection:
        _check(rejection.reason is BAD_SIGNATURE, "the reason for a bad signature")
        return False
    return True


def _is_decoded(signed: bytes) -> bool:
    try:
        decode(signed)
    except MalformedInput:
        return False
    return True


def _check(holds: bool, vector: str) -> None:
    if not holds:
        raise InvariantViolation(f"self-check failed: {vector}")
