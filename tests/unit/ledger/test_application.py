"""The state machine as an engine drives it."""

import hashlib
from contextlib import contextmanager
from functools import partial

import pytest

from hefu.v1 import ledger_pb2 as pb
from ledger.application import (
    SOFTWARE_VERSION,
    Application,
    CommittedState,
    SignatureMemory,
    StoreFailure,
    compute_changes,
    encode_block_entry,
)
from ledger.context import Record
from ledger.errors import InvariantViolation, Rejection
from ledger.merkle.log import split_bundle
from ledger.merkle.verify_state import hash_key, hash_record
from ledger.notes import Checkpoint, app_hash
from ledger.rejections import BAD_SIGNATURE, MALFORMED_TRANSACTION
from ledger.state_keys import CLOCK_KEY, LIMITS_KEY
from ledger.store.port import RecordChange
from tests.support import toy
from tests.support.memory_store import BlockRefused, MemoryStore
from tests.support.replay import replay
from tests.support.toy import make_command, make_signed


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    toy.begin(store)
    return store


@pytest.fixture
def application(store) -> Application:
    return toy.open_application(store)


def put(number: int, what: str = "", at_ms: int = 0) -> bytes:
    return make_signed(number, make_command(toy.PUT, what or f"note/{number}", at_ms))


def test_genesis_is_leaf_nought_and_its_block_entry_the_next(store):
    head = store.heads[0]
    assert (head.height, head.time_ms, head.size) == (0, toy.GENESIS_MS, 2)
    first, second = (pb.LogEntry.FromString(entry) for entry in split(store))
    assert first.genesis == pb.GenesisEntry(network_name="toy", genesis_hash=toy.NETWORK.genesis_hash)
    assert (second.block.first_index, second.block.size, second.block.state_root) == (0, 2, head.state_root)
    assert store.read_genesis() == toy.GENESIS
    assert store.read_record(hash_key(LIMITS_KEY.encode())) == toy.make_records()[LIMITS_KEY].encode()
    assert head.checkpoint.startswith(Checkpoint(toy.ORIGIN, 2, head.root).body())


def split(store: MemoryStore) -> list[bytes]:
    return [entry for number in sorted(store.bundles) for entry in split_bundle(store.bundles[number])]


def test_a_rotation_of_the_log_key_is_a_block_of_its_own(application, store):
    application.finalize_block(1, 2_000, [put(1)])
    head = application.finalize_rotation(3, 1_500, "new key")
    assert (head.height, head.time_ms, head.size, head.state_root) == (3, 1_500, 4, store.heads[0].state_root)
    application.commit()
    rotation, block = (pb.LogEntry.FromString(entry) for entry in split(store)[2:])
    assert rotation.key_rotation.new_key == "new key"
    assert (block.block.height, block.block.first_index, block.block.size) == (3, 2, 2)
    assert store.transactions == {}
    with pytest.raises(InvariantViolation, match="after 3"):
        application.finalize_rotation(3, 5_000, "another")
    application.finalize_block(4, 0, [put(1)])
    application.commit()
    fresh = MemoryStore()
    toy.begin(fresh)
    assert replay(store, toy.open_application(fresh), is_verified=False) == 4


def test_a_store_without_genesis_is_refused():
    with pytest.raises(InvariantViolation, match="no genesis"):
        toy.open_application(MemoryStore())


def test_info_reports_the_last_commit(application, store):
    info = application.info()
    head = store.heads[0]
    assert (info.height, info.time_ms, info.size) == (0, toy.GENESIS_MS, 2)
    assert info.app_hash == app_hash(Checkpoint(toy.ORIGIN, 2, head.root).body())


def test_finalize_writes_nothing_and_commit_writes_all(application, store):
    before = application.info()
    result = application.finalize_block(1, 2_000, [put(1)])
    assert (result.height, result.time_ms) == (1, 2_000)
    assert (application.info(), len(store.heads), store.transactions) == (before, 1, {})
    committed = application.commit()
    assert committed == application.info()
    assert (committed.height, committed.size, committed.app_hash) == (1, 4, result.app_hash)
    head = store.heads[1]
    assert (head.root, head.state_root) == (application.log.root, application.tree.root)
    assert store.read_transaction(toy.get_id(put(1))).signed == put(1)
    block = pb.LogEntry.FromString(split(store)[-1]).block
    assert (block.height, block.time_ms, block.first_index, block.size) == (1, 2_000, 2, 2)
    assert (block.state_root, block.software_version) == (head.state_root, SOFTWARE_VERSION)
    assert toy.open_application(store).info() == committed


def test_a_block_that_decides_nothing_leaves_the_app_hash_and_the_log(application, store):
    application.finalize_block(1, 2_000, [put(1)])
    before = application.commit()
    for height, transactions in ((2, []), (3, [b"junk"]), (4, [put(1)])):
        result = application.finalize_block(height, 3_000, transactions)
        assert (result.height, result.time_ms, result.app_hash) == (1, 2_000, before.app_hash)
        assert application.commit() == before
    assert len(store.heads) == 2


def test_a_block_that_is_not_committed_is_forgotten_by_the_next(application, store):
    application.finalize_block(1, 2_000, [put(1)])
    result = application.finalize_block(1, 2_500, [put(2)])
    assert application.commit().app_hash == result.app_hash
    assert list(store.transactions) == [toy.get_id(put(2))]
    application.finalize_block(2, 2_600, [put(3)])
    application.finalize_block(3, 2_700, [])
    assert application.commit().height == 1


def test_heights_rise_and_may_be_left_out(application):
    for height in (0, -1):
        with pytest.raises(InvariantViolation, match="after 0"):
            application.finalize_block(height, 2_000, [])
    application.finalize_block(5, 2_000, [put(1)])
    assert application.commit().height == 5
    with pytest.raises(InvariantViolation):
        application.finalize_block(5, 2_000, [put(2)])


def test_block_time_rises_strictly(application):
    for height, proposed, expected in ((1, 900, 1_001), (2, 1_001, 1_002), (3, 5_000, 5_000), (4, 1, 5_001)):
        assert application.finalize_block(height, proposed, [put(height)]).time_ms == expected
        application.commit()


def test_a_simulated_clock_is_the_time_where_genesis_has_one():
    store = MemoryStore()
    toy.begin(store, toy.make_records(clock_ms=toy.GENESIS_MS))
    application = toy.open_application(store)
    tick = make_signed(1, make_command(toy.TICK, CLOCK_KEY, 9_000))
    assert application.finalize_block(1, 777_777, [tick]).time_ms == toy.GENESIS_MS + 1
    application.commit()
    result = application.finalize_block(2, 1, [put(2)])
    assert (result.time_ms, result.decisions[0].code) == (9_000, 0)
    application.commit()
    assert application.finalize_block(3, 1, [put(3)]).time_ms == 9_001


def test_finalize_is_total(application):
    envelope = pb.SignedTransaction.FromString(put(2))
    envelope.signatures[0].signature = bytes(64)
    forged = envelope.SerializeToString(deterministic=True)
    result = application.finalize_block(1, 2_000, [b"", put(1), b"\xff" * 9, forged, put(2), bytes(70_000)])
    codes = [decision.code for decision in result.decisions]
    assert codes == [1, 0, 1, BAD_SIGNATURE.code, 0, 1]
    # The forged copy did not use up the id.
    assert result.decisions[4].index == 3
    application.commit()
    again = application.finalize_block(2, 2_001, [forged, put(2)])
    assert [(decision.code, decision.is_duplicate) for decision in again.decisions] == [(5, False), (0, True)]
    assert again.decisions[1].events == result.decisions[4].events != b""


def test_an_id_in_two_blocks_is_decided_once(application, store):
    first = application.finalize_block(1, 2_000, [put(1), put(1)]).decisions
    application.commit()
    second = application.finalize_block(2, 2_500, [put(1), put(2)]).decisions
    application.commit()
    answers = [(d.code, d.index, d.height, d.is_duplicate) for d in (*first, *second)]
    assert answers == [(0, 2, 1, False), (0, 2, 1, True), (0, 2, 1, True), (0, 4, 2, False)]
    assert len(store.transactions) == 2
    reopened = toy.open_application(store).finalize_block(3, 2_600, [put(2)])
    assert reopened.decisions[0].is_duplicate


def test_check_verifies_once_and_remembers_all_signed_bytes(application):
    signed = put(1)
    transaction = application.check(signed)
    assert application.verified.is_known(hashlib.sha256(signed).digest())
    assert application.check(signed) == transaction
    other = pb.SignedTransaction.FromString(signed)
    other.signatures[0].signature = bytes(64)
    with pytest.raises(Rejection) as caught:
        application.check(other.SerializeToString(deterministic=True))
    assert caught.value.reason is BAD_SIGNATURE
    with pytest.raises(Rejection) as caught:
        application.check(b"junk")
    assert caught.value.reason is MALFORMED_TRANSACTION


def test_the_memory_of_signatures_is_bounded():
    memory = SignatureMemory(2)
    for digest in (b"a", b"b", b"b", b"c"):
        memory.remember(digest)
    assert [memory.is_known(digest) for digest in (b"a", b"b", b"c")] == [False, True, True]


def read_body(state: CommittedState, key: str) -> bytes | None:
    record = state.read(key)
    return None if record is None else record.body


def test_the_cache_of_records_is_bounded_and_follows_commits(store):
    state = CommittedState(store, capacity=2)
    assert read_body(state, "account/0") == b"1000"
    assert state.read("none") is None
    kept = state._cache["account/0"]
    changed = RecordChange("account/0", hash_key(b"account/0"), b"v", b"", Record(b"7", b"s" * 16))
    state.begin([changed])
    assert read_body(state, "account/0") == b"7"
    assert state._cache["account/0"] is kept  # what is not durable stays beside the cache
    state.end()
    assert read_body(state, "account/0") == b"7"
    assert read_body(state, "account/1") == b"1000"
    assert len(state._cache) == 2
    gone = RecordChange("account/1", hash_key(b"account/1"), None, b"", None)
    new = RecordChange("new", hash_key(b"new"), b"v", b"", Record(b"", b""))
    replaced = state.read_replaced([gone, new])
    assert list(replaced) == [hash_key(b"account/1")]
    assert replaced[hash_key(b"account/1")].encode() == toy.make_records()["account/1"].encode()
    state.begin([gone])
    assert state.read("account/1") is None
    state.end()
    assert state.read("account/1") is None


@pytest.mark.parametrize("failure", [OSError, KeyError, ValueError])
def test_a_store_that_does_not_answer_stops_the_node_even_inside_a_transition(application, store, failure):
    answer = store.read_record

    def fail(key_hash):
        if key_hash == hash_key(b"account/0"):
            raise failure("gone")
        return answer(key_hash)

    store.read_record = fail
    with pytest.raises(StoreFailure, match="account/0"):
        application.finalize_block(1, 2_000, [make_signed(1, make_command(toy.POUR, "0>1", 1))])
    store.read_record = answer
    result = application.finalize_block(1, 2_000, [make_signed(1, make_command(toy.POUR, "0>1", 1))])
    assert result.decisions[0].code == 0


def test_a_block_that_is_refused_by_the_store_leaves_memory_at_the_last_commit(application, store):
    before = application.info()
    result = application.finalize_block(1, 2_000, [put(1)])
    write, store.write_block = store.write_block, refuse_block
    with pytest.raises(BlockRefused):
        application.commit()
    assert (application.info(), application.head, application.tree.height) == (before, store.heads[0], 0)
    store.write_block = write
    assert application.commit() == before
    assert application.finalize_block(1, 2_000, [put(1)]).app_hash == result.app_hash
    assert application.commit().app_hash == result.app_hash


def refuse_block(*_):
    raise BlockRefused("not kept")


@pytest.mark.parametrize("is_kept", [False, True])
@pytest.mark.parametrize("is_found_by_the_next", [False, True])
def test_a_commit_that_fails_ends_the_work_of_this_application(application, store, is_kept, is_found_by_the_next):
    """Kept or not, it cannot know: it reports the last commit and computes nothing more. A new start can."""
    before = application.info()
    signed = put(1)
    application.finalize_block(1, 2_000, [signed])
    application.begin_commit()
    finish, store.finish_block = store.finish_block, refuse_block
    go_on = partial(application.finalize_block, 2, 2_100, [put(2)]) if is_found_by_the_next else application.end_commit
    with pytest.raises(BlockRefused):
        go_on()
    store.finish_block = finish
    for height in (1, 2, 3):
        with pytest.raises(StoreFailure, match="new start"):
            application.finalize_block(height, 2_200, [signed])
    assert application.commit() == before
    assert (application.head, application.log.size, application.tree.height) == (store.heads[0], 2, 0)
    store.end_process(is_kept)
    (decision,) = toy.open_application(store).finalize_block(2, 2_300, [signed]).decisions
    assert (decision.is_duplicate, decision.index) == (is_kept, 2)


@pytest.mark.parametrize("is_eager", [False, True])
def test_a_block_is_computed_on_the_one_that_is_under_way(application, store, is_eager):
    """Whether the database answers as before that block or as after it."""
    store.is_eager = is_eager
    twin_store = MemoryStore()
    toy.begin(twin_store)
    twin = toy.open_application(twin_store)
    before = application.info()
    blocks = [
        [put(1, "note/1", 5), make_signed(2, make_command(toy.POUR, "0>1", 10))],
        [put(1, "note/1", 5), make_signed(3, make_command(toy.POUR, "1>0", 1_005)), put(4, "note/4")],
        [make_signed(5, make_command(toy.DELETE, "note/1")), put(6, "note/4", 9)],
        [put(7, "note/1", 6)],
    ]
    for height, transactions in enumerate(blocks, 1):
        result = application.finalize_block(height, 2_000, transactions)
        expected = twin.finalize_block(height, 2_000, transactions)
        assert (result.app_hash, result.time_ms) == (expected.app_hash, expected.time_ms)
        assert result.decisions == expected.decisions
        assert application.info() == before
        application.begin_commit()
        assert application.info() == before  # it is not durable yet
        before = twin.commit()
    assert application.end_commit() == before
    assert application.end_commit() == before
    for name in ("heads", "records", "transactions", "tiles", "bundles"):
        assert getattr(store, name) == getattr(twin_store, name)


def test_a_block_that_decides_nothing_waits_for_the_one_under_way_all_the_same(application, store):
    application.finalize_block(1, 2_000, [put(1)])
    application.begin_commit()
    assert len(store.heads) == 1
    result = application.finalize_block(2, 3_000, [put(1)])
    assert (result.height, result.time_ms, result.decisions[0].is_duplicate) == (1, 2_000, True)
    assert application.info().app_hash == result.app_hash
    assert len(store.heads) == 2
    application.begin_commit()
    assert application.end_commit().height == 1


def test_heights_and_times_follow_the_block_under_way(application):
    application.finalize_block(4, 2_000, [put(1)])
    application.begin_commit()
    with pytest.raises(InvariantViolation, match="after 4"):
        application.finalize_block(4, 2_500, [put(2)])
    assert application.finalize_block(5, 1, [put(2)]).time_ms == 2_001


def test_a_clock_that_is_set_by_the_block_under_way_is_the_time_of_the_next():
    store = MemoryStore()
    toy.begin(store, toy.make_records(clock_ms=toy.GENESIS_MS))
    application = toy.open_application(store)
    application.finalize_block(1, 1, [make_signed(1, make_command(toy.TICK, CLOCK_KEY, 9_000))])
    application.begin_commit()
    assert application.finalize_block(2, 1, [put(2)]).time_ms == 9_000


def test_roots_and_rows_are_those_of_a_replay(application, store):
    for height in range(1, 6):
        transactions = [put(10 * height + at, f"note/{at}", height) for at in range(4)]
        gone = make_signed(10 * height + 9, make_command(toy.DELETE, f"note/{height % 4}"))
        application.finalize_block(height, 2_000 + height, [*transactions, gone])
        application.commit()
    fresh = MemoryStore()
    toy.begin(fresh)
    assert replay(store, toy.open_application(fresh), is_verified=False) == 5
    assert (fresh.records, fresh.tiles, fresh.bundles) == (store.records, store.tiles, store.bundles)


@pytest.mark.parametrize("part", ["records", "tiles", "heads"])
def test_a_damaged_store_is_not_opened(application, store, part):
    application.finalize_block(1, 2_000, [put(1)])
    application.commit()
    if part == "records":
        key_hash, (value_hash, *rest) = next(iter(store.records.items()))
        store.records[key_hash] = (bytes([value_hash[0] ^ 1]) + value_hash[1:], *rest)
    elif part == "tiles":
        store.tiles[0, 0] = bytes([store.tiles[0, 0][0] ^ 1]) + store.tiles[0, 0][1:]
    else:
        del store.heads[1]
    with pytest.raises(InvariantViolation, match="do not give the roots"):
        toy.open_application(store)


def test_changes_are_sorted_by_key_and_hashed():
    record = Record(b"x", b"s" * 16)
    first, second = compute_changes({"b": None, "a": record})
    assert (first.key, first.key_hash, first.value_hash) == ("a", hash_key(b"a"), hash_record(record.encode()))
    assert (first.encoded, first.record) == (record.encode(), record)
    assert (second.key, second.value_hash, second.encoded, second.record) == ("b", None, b"", None)


def test_a_block_entry_counts_itself():
    entry = pb.LogEntry.FromString(encode_block_entry(7, 8, 9, 10, b"r" * 32)).block
    assert entry == pb.BlockEntry(
        height=7, time_ms=8, first_index=9, size=10, state_root=b"r" * 32, software_version=SOFTWARE_VERSION
    )


def test_the_parts_of_a_block_are_measured(store):
    measured = []

    @contextmanager
    def measure(name):
        measured.append(name)
        yield

    application = Application(store, toy.RULES, toy.ORIGIN, toy.sign_checkpoint, measure)
    application.finalize_block(1, 2_000, [put(1)])
    application.commit()
    assert measured == ["decode and verify", "rules", "tree", "log", "database", "database"]
