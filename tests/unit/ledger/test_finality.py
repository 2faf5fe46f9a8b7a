"""Headers, validator sets and commits, against what CometBFT itself says; and what is no light block."""

from typing import Any

import pytest
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from hefu.v1 import consensus_pb2 as engine
from hefu.v1 import ledger_pb2 as pb
from ledger.errors import MalformedInput
from ledger.finality import (
    MAX_TOTAL_POWER,
    MAX_VALIDATORS,
    Validator,
    check_validators,
    compute_address,
    compute_chain_id,
    compute_header_hash,
    compute_validators_hash,
    encode_sign_bytes,
    find_fault,
    read_header,
    read_light_block,
    sort_validators,
)
from ledger.verify_forms import render_binary
from tests.support.light_blocks import (
    NIL,
    SEEDS,
    encode_validators,
    list_validators,
    make_commit,
    make_header,
    make_light_block,
    read_vector,
    read_vectors,
)
from tests.support.proof_world import NETWORK

CHAIN = compute_chain_id(NETWORK)
APP = bytes([9]) * 32
COMMITS = read_vectors("commits")


def named(vectors):
    return pytest.mark.parametrize("vector", vectors, ids=lambda vector: vector["name"])


def test_a_chain_id_is_derived_from_the_network_alone():
    assert "hefu-" + NETWORK.genesis_hash.hex()[:40] == CHAIN
    assert len(CHAIN) == 45


@named(read_vectors("headers"))
def test_the_hash_of_a_header_is_the_engines(vector):
    encoded = bytes.fromhex(vector["header"])
    header = engine.Header.FromString(encoded)
    assert render_binary(header) == encoded
    assert compute_header_hash(header).hex() == vector["hash"]
    if header.next_validators_hash:
        assert read_header(encoded) == header


@named(read_vectors("validators"))
def test_the_hash_of_a_validator_set_is_the_engines(vector):
    message = engine.ValidatorSet.FromString(bytes.fromhex(vector["validators"]))
    validators = [Validator(one.pub_key.ed25519, one.voting_power) for one in message.validators]
    check_validators(validators, "validators")
    assert compute_validators_hash(validators).hex() == vector["hash"]
    assert list(sort_validators(reversed(validators))) == validators
    assert encode_validators(validators).hex() == vector["validators"]
    assert [compute_address(one.public_key) for one in validators] == [one.address for one in message.validators]


@named(COMMITS)
def test_each_vote_signs_what_the_engine_says(vector):
    block = read_light_block(read_vector(vector))
    for at, expected in enumerate(vector["sign_bytes"]):
        if expected:
            assert encode_sign_bytes(block.commit, at, vector["chain_id"]).hex() == expected
    assert len(vector["sign_bytes"]) == len(block.commit.signatures)


@named(COMMITS)
def test_a_commit_holds_where_the_engine_says_so(vector):
    fault = find_fault(read_light_block(read_vector(vector)), vector["chain_id"])
    assert (fault is None) == vector["holds"], fault


@named([vector for vector in COMMITS if vector["name"].startswith(("a vote with", "a key of"))])
def test_a_vote_that_only_zip215_accepts_counts(vector):
    block = read_light_block(read_vector(vector))
    refused = []
    for at, (one, place) in enumerate(zip(block.validators, block.commit.signatures, strict=True)):
        if place.signature:
            message = encode_sign_bytes(block.commit, at, vector["chain_id"])
            try:
                VerifyKey(one.public_key).verify(message, place.signature)
            except BadSignatureError:
                refused.append(one)
    # libsodium refuses one, without which two of four are left.
    assert len(refused) == 1
    assert len(block.list_voters()) == 3
    assert find_fault(block, vector["chain_id"]) is None


def test_an_empty_set_has_the_root_of_the_empty_tree():
    assert compute_validators_hash([]).hex().startswith("e3b0c442")


def test_a_commit_for_another_chain_header_or_set_is_none():
    block = read_light_block(make_light_block(APP))
    assert find_fault(block, CHAIN) is None
    assert "another chain" in str(find_fault(block, "hefu-" + "0" * 40))
    other = read_light_block(make_light_block(bytes(32)))
    assert "another header" in str(find_fault(type(block)(other.header, block.commit, block.validators), CHAIN))
    fewer = make_header(APP)
    fewer.validators_hash = bytes(32)
    assert "not those of the header" in str(find_fault(type(block)(fewer, block.commit, block.validators), CHAIN))
    higher = engine.Commit()
    higher.CopyFrom(block.commit)
    higher.height += 1
    assert "another header" in str(find_fault(type(block)(block.header, higher, block.validators), CHAIN))


@pytest.mark.parametrize("length", [0, 63, 65])
def test_a_vote_of_a_wrong_length_does_not_verify(length):
    block = read_light_block(make_light_block(APP))
    place = block.commit.signatures[3]
    place.signature = (place.signature + bytes(1))[:length]
    assert find_fault(block, CHAIN) == "vote 3 does not verify"


def test_a_vote_counts_in_its_validators_place_only():
    header, members = make_header(APP), list_validators()
    block = read_light_block(make_light_block(APP))
    first, second = block.commit.signatures[0], block.commit.signatures[1]
    first.CopyFrom(second)
    assert find_fault(block, CHAIN) == "vote 0 is not in its validator's place"
    first.validator_address = compute_address(members[0].public_key)
    assert find_fault(type(block)(header, block.commit, members), CHAIN) == "vote 0 does not verify"


def test_a_vote_for_none_is_checked_as_well():
    block = read_light_block(make_light_block(APP))
    block.commit.signatures[2].block_id_flag = NIL
    assert find_fault(block, CHAIN) == "vote 2 does not verify"


def refused_validators(validators) -> str:
    with pytest.raises(MalformedInput) as caught:
        check_validators(validators, "validators")
    return str(caught.value)


def test_what_is_no_validator_set():
    key = bytes(range(32))
    assert "1 to" in refused_validators([])
    many = [Validator(number.to_bytes(32, "big"), 1) for number in range(MAX_VALIDATORS + 1)]
    assert "1 to" in refused_validators(many)
    check_validators(many[1:], "validators")
    assert "positive" in refused_validators([Validator(key, 0)])
    assert "positive" in refused_validators([Validator(key, -1)])
    assert "32 bytes" in refused_validators([Validator(key[1:], 1)])
    assert "twice" in refused_validators([Validator(key, 1), Validator(key, 2)])
    check_validators([Validator(key, MAX_TOTAL_POWER)], "validators")
    assert "power" in refused_validators([Validator(key, MAX_TOTAL_POWER), Validator(bytes(32), 1)])


def rewrite(field: str, change) -> pb.LightBlock:
    """A good light block, one of its messages changed."""
    kinds: dict[str, Any] = {"header": engine.Header, "commit": engine.Commit, "validators": engine.ValidatorSet}
    block = make_light_block(APP, absent=SEEDS[:1])
    message = kinds[field].FromString(getattr(block, field))
    change(message)
    setattr(block, field, render_binary(message))
    return block


def find_absent(commit: engine.Commit) -> engine.CommitSig:
    return next(place for place in commit.signatures if not place.signature)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("header", lambda header: header.ClearField("version")),
        ("header", lambda header: header.ClearField("time")),
        ("header", lambda header: header.ClearField("last_block_id")),
        ("header", lambda header: header.last_block_id.ClearField("part_set_header")),
        ("header", lambda header: setattr(header.version, "block", 12)),
        ("header", lambda header: setattr(header, "height", 0)),
        ("header", lambda header: setattr(header.time, "nanos", -1)),
        ("header", lambda header: setattr(header.time, "nanos", 1_000_000_000)),
        ("header", lambda header: setattr(header, "next_validators_hash", b"short")),
        ("commit", lambda commit: commit.ClearField("block_id")),
        ("commit", lambda commit: commit.block_id.ClearField("part_set_header")),
        ("commit", lambda commit: setattr(commit.block_id, "hash", b"short")),
        ("commit", lambda commit: setattr(commit, "round", -1)),
        ("commit", lambda commit: commit.signatures.pop()),
        ("commit", lambda commit: setattr(commit.signatures[3], "block_id_flag", 4)),
        ("commit", lambda commit: setattr(commit.signatures[3], "block_id_flag", 0)),
        ("commit", lambda commit: commit.signatures[3].ClearField("timestamp")),
        ("commit", lambda commit: setattr(commit.signatures[3].timestamp, "nanos", -1)),
        ("commit", lambda commit: setattr(find_absent(commit), "validator_address", bytes(20))),
        ("commit", lambda commit: setattr(find_absent(commit), "signature", bytes(64))),
        ("commit", lambda commit: setattr(find_absent(commit).timestamp, "nanos", 1)),
        ("commit", lambda commit: setattr(find_absent(commit).timestamp, "seconds", 0)),
        ("validators", lambda validators: validators.validators.pop()),
        ("validators", lambda validators: setattr(validators.validators[0], "address", bytes(20))),
        ("validators", lambda validators: setattr(validators.validators[0], "proposer_priority", 1)),
        ("validators", lambda validators: validators.validators[0].ClearField("pub_key")),
    ],
)
def test_what_the_engine_does_not_write_is_malformed(field, change):
    read_light_block(make_light_block(APP, absent=SEEDS[:1]))
    with pytest.raises(MalformedInput):
        read_light_block(rewrite(field, change))


@pytest.mark.parametrize("field", ["header", "commit", "validators"])
@pytest.mark.parametrize("tail", [b"\xff", b"\x08", bytes.fromhex("fa3f0100")])
def test_only_the_engines_one_encoding_is_read(field, tail):
    block = make_light_block(APP)
    setattr(block, field, getattr(block, field) + tail)
    with pytest.raises(MalformedInput):
        read_light_block(block)


def test_the_time_of_a_header_is_in_nanoseconds():
    header = make_header(APP)
    header.time.seconds, header.time.nanos = 1_700_000_000, 123_456_789
    block = pb.LightBlock(
        header=render_binary(header),
        commit=render_binary(make_commit(header)),
        validators=encode_validators(list_validators()),
    )
    assert read_light_block(block).time_ns == 1_700_000_000_123_456_789
