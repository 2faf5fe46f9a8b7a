"""Validators as the kernel sees them: what a block changes of them, and what its entry says of them."""

import hashlib
from dataclasses import replace

import pytest

from hefu.v1 import ledger_pb2 as pb
from ledger.application import Application
from ledger.context import Record
from ledger.execution import Rules
from ledger.merkle.log import split_bundle
from ledger.state_keys import VALIDATORS_KEY
from ledger.validators import compute_updates, compute_validator_set_hash, read_no_validators
from tests.support import toy
from tests.support.memory_store import MemoryStore
from tests.support.replay import replay
from tests.support.toy import make_command, make_signed

A, B, C = (bytes([number]) * 32 for number in (1, 2, 3))


def read_note(body: bytes) -> list[tuple[bytes, int]]:
    """Of the toy's note with the number 123: A has 1, B has 2, C has 3; who has 0 is none."""
    number = int(body.split()[1])
    powers = ((A, number // 100), (B, number // 10 % 10), (C, number % 10))
    return [(key, power) for key, power in powers if power]


RULES: Rules = replace(toy.RULES, read_validators=read_note)


def put(number: int, powers: int) -> bytes:
    return make_signed(number, make_command(toy.PUT, VALIDATORS_KEY, powers))


def begin(powers: int) -> MemoryStore:
    store = MemoryStore()
    records = {**toy.make_records(), VALIDATORS_KEY: Record(b"note %d" % powers, b"s" * 16)}
    toy.begin(store, records, read_note(b"note %d" % powers))
    return store


@pytest.fixture
def store() -> MemoryStore:
    return begin(110)


@pytest.fixture
def application(store) -> Application:
    return toy.open_application(store, RULES)


def read_block_entry(store: MemoryStore) -> pb.BlockEntry:
    """The last leaf of the log."""
    leaves = [entry for number in sorted(store.bundles) for entry in split_bundle(store.bundles[number])]
    return pb.LogEntry.FromString(leaves[-1]).block


def test_the_hash_is_over_a_tag_and_each_key_and_power():
    expected = hashlib.sha256(b"hefu/v1/validators\x00" + A + (7).to_bytes(8, "big") + C + (9).to_bytes(8, "big"))
    assert compute_validator_set_hash([(A, 7), (C, 9)]) == expected.digest()
    assert compute_validator_set_hash([(A, 7), (B, 9)]) != expected.digest() != compute_validator_set_hash([(A, 7)])


def test_without_validators_there_is_no_hash():
    assert compute_validator_set_hash(read_no_validators(b"any")) == b""


@pytest.mark.parametrize(
    ("before", "after", "updates"),
    [
        ([], [], []),
        ([(A, 1), (B, 2)], [(A, 1), (B, 2)], []),
        ([(A, 1), (B, 2)], [(A, 3), (B, 2)], [(A, 3)]),
        ([(A, 1), (B, 2)], [(B, 2)], [(A, 0)]),
        ([(B, 2)], [(A, 4), (C, 5)], [(A, 4), (B, 0), (C, 5)]),
    ],
)
def test_updates_are_the_keys_whose_power_is_another(before, after, updates):
    assert compute_updates(before, after) == updates


def test_a_network_that_a_single_node_serves_has_none():
    store = MemoryStore()
    toy.begin(store)
    application = toy.open_application(store, RULES)
    assert application.list_validators() == ()
    result = application.finalize_block(1, 2_000, [make_signed(1, make_command(toy.PUT, "note/1"))])
    application.commit()
    assert (list(result.validators), read_block_entry(store).validator_set_hash) == ([], b"")


def test_genesis_says_who_is_there(store, application):
    assert application.list_validators() == [(A, 1), (B, 1)]
    assert read_block_entry(store).validator_set_hash == compute_validator_set_hash([(A, 1), (B, 1)])


def test_a_block_tells_what_it_has_changed_and_its_entry_who_is_there_after_it(store, application):
    result = application.finalize_block(1, 2_000, [put(1, 113), put(2, 23)])
    assert result.validators == [(A, 0), (B, 2), (C, 3)]
    assert application.list_validators() == [(A, 1), (B, 1)]  # nothing is committed yet
    application.commit()
    assert application.list_validators() == [(B, 2), (C, 3)]
    assert read_block_entry(store).validator_set_hash == compute_validator_set_hash([(B, 2), (C, 3)])
    assert toy.open_application(store, RULES).list_validators() == [(B, 2), (C, 3)]


def test_a_block_that_leaves_them_says_so_with_the_same_hash(store, application):
    before = read_block_entry(store).validator_set_hash
    result = application.finalize_block(1, 2_000, [make_signed(1, make_command(toy.PUT, "note/1")), put(2, 110)])
    application.commit()
    assert list(result.validators) == []
    assert read_block_entry(store).validator_set_hash == before
    application.finalize_rotation(2, 3_000, "new key")
    application.commit()
    assert read_block_entry(store).validator_set_hash == before


def test_a_change_of_the_block_under_way_is_not_told_twice(application):
    assert application.finalize_block(1, 2_000, [put(1, 120)]).validators == [(B, 2)]
    application.begin_commit()
    assert application.list_validators() == [(A, 1), (B, 2)]
    assert application.finalize_block(2, 2_001, [put(2, 121)]).validators == [(C, 1)]
    assert list(application.finalize_block(2, 2_001, []).validators) == []


def test_a_record_that_goes_takes_all_with_it(application):
    gone = make_signed(1, make_command(toy.DELETE, VALIDATORS_KEY))
    assert application.finalize_block(1, 2_000, [gone]).validators == [(A, 0), (B, 0)]


def test_a_replay_gives_the_same_entries(store, application):
    for height, powers in ((1, 120), (2, 121)):
        application.finalize_block(height, 2_000, [put(height, powers)])
        application.commit()
    assert replay(store, toy.open_application(begin(110), RULES), is_verified=False) == 2
