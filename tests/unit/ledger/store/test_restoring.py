"""A snapshot makes a ledger what its source is, or nothing; on databases of both kinds."""

from contextlib import contextmanager
from itertools import pairwise

import pytest

from hefu.v1 import ledger_pb2 as pb
from hefu.v1.network_pb2 import SnapshotLeaf, SnapshotRecord
from ledger import snapshots
from ledger.errors import InvariantViolation, MalformedInput
from ledger.merkle.log import LogTree
from ledger.merkle.state import HeightNotKept
from ledger.merkle.verify_state import hash_key
from ledger.proofs import NotFound, build_consistency_proof, build_state_proof, build_transaction_proof
from ledger.snapshots import check_chunk, check_manifest, encode_manifest, parse_manifest
from ledger.store.database import migrate, open_engine
from ledger.store.day_proofs import DayChanges
from ledger.store.older_log import ENTRIES, list_missing, write_missing
from ledger.store.paging import read_restored
from ledger.store.port import HistoryNotKept
from ledger.store.sql import SqlStore
from ledger.transaction import MAX_HORIZON_MS
from tests.support import toy
from tests.support.databases import KINDS, SQLITE, make_database
from tests.support.memory_tiles import MemoryTiles
from tests.support.snapshot_world import World, dump, forge, restore, take
from tests.support.toy import make_command, make_signed

LOG_TABLES = ("tiles", "bundles", "blocks", "transactions", "records")


@contextmanager
def open_world(url, views=()):
    engine = open_engine(url)
    with engine.connect() as connection:
        migrate(connection, [])
        yield World(connection, views)
    engine.dispose()


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    with make_database(SQLITE, folder) as url, open_world(url) as world:
        yield world


@pytest.fixture
def target(database_url):
    with open_world(database_url) as world:
        yield world


def reopen(world, source):
    world.open()
    world.now_ms, world.made = source.now_ms, source.made


def play_on(*worlds):
    for step in range(3):
        for world in worlds:
            world.put(30 + step, 10)
            world.put(2, MAX_HORIZON_MS // 2)


def test_a_restored_ledger_goes_on_as_its_source_does(source, target):
    again = source.live()
    manifest, chunks = take(source.connection)
    assert manifest.first_index == 256
    assert restore(target.connection, manifest, chunks) == source.application.head
    reopen(target, source)
    assert target.application.info() == source.application.info()
    assert [(d.is_duplicate, d.index, d.events) for d in target.play(again)] == [
        (d.is_duplicate, d.index, d.events) for d in source.play(again)
    ]
    assert all(d.is_duplicate and d.events for d in target.play(again))
    play_on(source, target)
    assert target.application.head == source.application.head
    mine, theirs = dump(target.connection, *LOG_TABLES), dump(source.connection, *LOG_TABLES)
    assert mine["records"] == theirs["records"]
    for name in LOG_TABLES:
        assert set(mine[name]) <= set(theirs[name])
    assert len(mine["bundles"]) == len(theirs["bundles"]) - 1
    assert len(mine["tiles"]) == len(theirs["tiles"]) - 1
    assert dump(target.connection, "day_changes", "state_undo")["day_changes"] == []
    next_manifest, next_chunks = take(target.connection)
    assert (next_manifest, next_chunks) == take(source.connection)


def test_nothing_is_taken_of_an_empty_store(database_url):
    engine = open_engine(database_url)
    with engine.connect() as connection:
        migrate(connection, [])
        with pytest.raises(InvariantViolation, match="no genesis"):
            take(connection)
    engine.dispose()


def test_a_snapshot_depends_on_the_ledger_alone(source, target):
    source.live()
    target.live()
    assert take(source.connection) == take(target.connection)
    manifest, _ = take(source.connection)
    assert parse_manifest(encode_manifest(manifest)) == manifest
    check_manifest(manifest, toy.NETWORK, toy.ORIGIN, source.application.info().app_hash)


def test_a_young_ledger_is_restored_with_its_whole_log(source, target):
    signed = source.put(3, lasts_ms=50_000)
    source.put(2)
    source.put(1, 10)
    manifest, chunks = take(source.connection)
    assert (manifest.first_index, list(manifest.frontier)) == (0, [])
    restore(target.connection, manifest, chunks)
    reopen(target, source)
    whole = ("tiles", "bundles", "blocks", "records")
    assert dump(target.connection, *whole) == dump(source.connection, *whole)
    assert len(dump(target.connection, "transactions")["transactions"]) == 4  # two came to an end
    proofs = [build_transaction_proof(world.store, toy.NETWORK, toy.get_id(signed[0])) for world in (source, target)]
    assert proofs[0] == proofs[1]


def test_a_window_shorter_than_a_tile_keeps_the_frontier(source, target):
    for _ in range(3):
        source.put(90)
    for _ in range(2):
        source.put(1, MAX_HORIZON_MS)
    manifest, chunks = take(source.connection)
    assert (manifest.first_index, manifest.size) == (256, 279)
    restore(target.connection, manifest, chunks)
    reopen(target, source)
    play_on(source, target)
    assert target.application.head == source.application.head


def test_proofs_of_what_is_new_are_made_at_once_and_of_what_is_old_refused(source, target):
    again = source.live()
    manifest, chunks = take(source.connection)
    restore(target.connection, manifest, chunks)
    reopen(target, source)
    head = source.application.head
    for world in (source, target):
        world.put(5)
    for identity in map(toy.get_id, again):
        proofs = [build_transaction_proof(world.store, toy.NETWORK, identity) for world in (source, target)]
        assert proofs[0] == proofs[1]
    states = [
        build_state_proof(world.store, world.application.tree, toy.NETWORK, ["note/1", "note/none"])
        for world in (source, target)
    ]
    assert states[0] == states[1]
    grown = [build_consistency_proof(world.store, toy.NETWORK, head.size, 0) for world in (source, target)]
    assert grown[0] == grown[1]
    with pytest.raises(HistoryNotKept, match=f"block {manifest.height}.*before index 256"):
        target.application.log.get_entry(3)
    with pytest.raises(HistoryNotKept):
        target.application.log.build_inclusion(3, head.size)
    with pytest.raises(HeightNotKept):
        target.application.tree.view(manifest.height - 2)
    restored = read_restored(target.connection)
    assert restored is not None
    assert (restored.height, restored.time_ms, restored.first_index) == (manifest.height, manifest.time_ms, 256)


def fill_log(target, source):
    """The log before the snapshot, as the source has it."""

    def find(level, index):
        if level == ENTRIES:
            return source.store.read_bundle(index)
        return source.store.read_tiles([(level, index)])[level, index]

    while wanted := list_missing(target.connection, 9):
        write_missing(target.connection, {tile_id: find(*tile_id) for tile_id in wanted})


def test_a_transaction_that_it_does_not_know_may_be_an_older_one(source, target):
    old = toy.get_id(source.put(1)[0])
    source.live()
    manifest, chunks = take(source.connection)
    restore(target.connection, manifest, chunks)
    reopen(target, source)
    for world in (source, target):
        world.put(1)
    assert build_transaction_proof(source.store, toy.NETWORK, old).HasField("transaction")
    for identity in (old, bytes(32)):
        with pytest.raises(HistoryNotKept, match=f"not decided since block {manifest.height}"):
            build_transaction_proof(target.store, toy.NETWORK, identity)
    with pytest.raises(NotFound):
        build_transaction_proof(source.store, toy.NETWORK, bytes(32))


@pytest.mark.parametrize("is_filled", [False, True])
def test_of_sizes_before_its_leaves_it_does_not_say_that_no_block_ended_there(source, target, is_filled):
    source.live()
    genesis_size = source.store.read_head_at(0).size
    manifest, chunks = take(source.connection)
    restore(target.connection, manifest, chunks)
    reopen(target, source)
    if is_filled:
        fill_log(target, source)

    def find_growth(world, first, second=0):
        try:
            return build_consistency_proof(world.store, toy.NETWORK, first, second)
        except (NotFound, HistoryNotKept) as failure:
            return type(failure)

    unknown = {size for size in range(1, manifest.first_index + 1) if size != genesis_size or not is_filled}
    for size in range(manifest.size + 2):
        wanted = HistoryNotKept if size in unknown else find_growth(source, size)
        assert find_growth(target, size) == wanted, size
    ends = [size for size in unknown - {genesis_size} if find_growth(source, size) is not NotFound]
    assert len(ends) == 6
    for size in ends:
        assert find_growth(target, genesis_size, size) is HistoryNotKept


def test_all_chosen_keys_count_as_changed_on_the_running_day(source, database_url):
    source.put(3)
    manifest, chunks = take(source.connection)
    views = [DayChanges(("note/",))]
    with open_world(database_url, views) as target:
        restore(target.connection, manifest, chunks, views)
        reopen(target, source)
        assert target.store.read_day_changes() == ["note/0", "note/1", "note/2"]


def test_records_of_genesis_that_have_gone_are_gone(source, target):
    source.play(
        [make_signed(1, make_command(toy.DELETE, "account/3")), make_signed(2, make_command(toy.POUR, "0>1", 5))]
    )
    manifest, chunks = take(source.connection)
    seen: list[tuple[str, bytes | None, bool]] = []

    class Watching:
        def write(self, connection, block):
            seen.extend((c.key, c.record and c.record.body, c.key_hash in block.replaced) for c in block.changes)

    restore(target.connection, manifest, chunks, [Watching()])
    reopen(target, source)
    assert target.store.read_record(hash_key(b"account/3")) is None
    assert sorted(seen) == [
        ("account/0", b"995", True), ("account/1", b"1005", True), ("account/3", None, True),
        (f"sums/{toy.ALICE}", b"2", False),
    ]  # fmt: skip


def test_only_genesis_is_written_over(source, target):
    source.put(1)
    manifest, chunks = take(source.connection)
    target.put(1)
    before = dump(target.connection, *LOG_TABLES)
    with pytest.raises(MalformedInput, match="has begun"):
        restore(target.connection, manifest, chunks)
    assert dump(target.connection, *LOG_TABLES) == before


# ---------------------------------------------------------------- forgeries


def first_records(chunks):
    return next(chunk for chunk in chunks if chunk.records).records


def find_leaf(chunks, is_wanted):
    return next(leaf for chunk in chunks for leaf in chunk.leaves if is_wanted(leaf))


def change_record(manifest, chunks):
    record = first_records(chunks)[2]
    record.record = record.record.replace(record.record[2:3], b"\xff", 1)


def leave_out_record(manifest, chunks):
    del first_records(chunks)[2]


def add_record(manifest, chunks):
    records = first_records(chunks)
    added = [*records, SnapshotRecord(key="note/forged", record=records[0].record)]
    added.sort(key=lambda record: hash_key(record.key.encode()))
    del records[:]
    records.extend(added)


def repeat_record(manifest, chunks):
    records = first_records(chunks)
    records.insert(2, records[2])


def swap_records(manifest, chunks):
    records = first_records(chunks)
    swapped = [records[1], records[0], *records[2:]]
    del records[:]
    records.extend(swapped)


def rename_record(manifest, chunks):
    first_records(chunks)[-1].key += "x"


def leave_out_all_records(manifest, chunks):
    for chunk in chunks:
        del chunk.records[:]


def change_entry(manifest, chunks):
    leaf = chunks[0].leaves[10]
    entry = pb.LogEntry.FromString(leaf.entry)
    entry.transaction.valid_until_ms += 1
    leaf.entry = entry.SerializeToString(deterministic=True)


def leave_out_entry(manifest, chunks):
    del chunks[0].leaves[10]


def repeat_entry(manifest, chunks):
    chunks[0].leaves.insert(10, chunks[0].leaves[10])


def leave_out_last_block(manifest, chunks):
    del chunks[-1].leaves[-3:]
    manifest.size -= 3


def malform_entry(manifest, chunks):
    chunks[0].leaves[10].entry += b"\x00"


def lengthen_entry(manifest, chunks):
    chunks[0].leaves[10].entry = bytes(70_000)


def leave_out_transaction(manifest, chunks):
    leaf = find_leaf(chunks, lambda leaf: leaf.signed_transaction)
    leaf.signed_transaction = b""


def exchange_transactions(manifest, chunks):
    one, other = [leaf for chunk in chunks for leaf in chunk.leaves if leaf.signed_transaction][:2]
    one.signed_transaction, other.signed_transaction = other.signed_transaction, one.signed_transaction


def bring_old_transaction(manifest, chunks):
    find_leaf(chunks, lambda leaf: not leaf.signed_transaction).signed_transaction = make_signed(1)


def bring_old_events(manifest, chunks):
    find_leaf(chunks, lambda leaf: not leaf.signed_transaction).events = b"\x0a\x00"


def change_events(manifest, chunks):
    find_leaf(chunks, lambda leaf: leaf.events).events += b"\x0a\x02\x08\x01"


def leave_out_events(manifest, chunks):
    find_leaf(chunks, lambda leaf: leaf.events).events = b""


def change_outcome(manifest, chunks):
    leaf = find_leaf(chunks, lambda leaf: leaf.signed_transaction)
    entry = pb.LogEntry.FromString(leaf.entry)
    entry.transaction.outcome.code = 9001
    leaf.entry = entry.SerializeToString(deterministic=True)


def change_id(manifest, chunks):
    leaf = find_leaf(chunks, lambda leaf: leaf.signed_transaction)
    entry = pb.LogEntry.FromString(leaf.entry)
    entry.transaction.id = bytes(32)
    leaf.entry = entry.SerializeToString(deterministic=True)


def raise_code(manifest, chunks):
    leaf = find_leaf(chunks, lambda leaf: leaf.signed_transaction)
    entry = pb.LogEntry.FromString(leaf.entry)
    entry.transaction.outcome.code = 1 << 31
    leaf.entry = entry.SerializeToString(deterministic=True)


def is_block(leaf):
    return pb.LogEntry.FromString(leaf.entry).HasField("block")


def repeat_block(manifest, chunks):
    """Two rows of one height, before anything tells that the root is another."""
    leaves = chunks[0].leaves
    first, second = [at for at, leaf in enumerate(leaves) if is_block(leaf)][:2]
    leaves[second].CopyFrom(leaves[first])


def end_later_than_the_manifest(manifest, chunks):
    leaf = find_leaf(chunks, is_block)
    entry = pb.LogEntry.FromString(leaf.entry)
    entry.block.height = manifest.height + 1
    leaf.entry = entry.SerializeToString(deterministic=True)


def repeat_transaction(manifest, chunks):
    one, other = [leaf for chunk in chunks for leaf in chunk.leaves if leaf.signed_transaction][:2]
    other.CopyFrom(one)


def change_frontier(manifest, chunks):
    manifest.frontier[1] = bytes(32)


def begin_later(manifest, chunks):
    """A window that is shorter, with a frontier that fits: everything gives the root, but ids are left out."""
    whole = LogTree.open(0, MemoryTiles())
    manifest.frontier[1] += whole.append([leaf.entry for leaf in chunks[0].leaves[:256]]).root
    del chunks[0].leaves[:256]
    manifest.first_index += 256


def change_height(manifest, chunks):
    manifest.height += 1


def change_time(manifest, chunks):
    manifest.time_ms -= 1


def change_root(manifest, chunks):
    manifest.root = bytes(32)


def change_size(manifest, chunks):
    manifest.size += 1


def put_records_first(manifest, chunks):
    chunks.insert(0, type(chunks[0])(records=first_records(chunks)))


def add_leaf_at_end(manifest, chunks):
    chunks.append(type(chunks[0])(leaves=[SnapshotLeaf(entry=chunks[0].leaves[0].entry)]))


FORGERIES = [
    (change_record, "state root"), (leave_out_record, "state root"), (add_record, "state root"),
    (repeat_record, "or twice"), (swap_records, "not sorted"), (rename_record, "not sorted|state root"),
    (leave_out_all_records, "state root"),
    (change_entry, "root"), (leave_out_entry, "root"), (repeat_entry, "more leaves"), (leave_out_last_block, "root"),
    (malform_entry, "leaves.entry"), (lengthen_entry, "65535"),
    (leave_out_transaction, "signatures"), (exchange_transactions, "not of this transaction"),
    (bring_old_transaction, "nobody can submit"), (bring_old_events, "nobody can submit"),
    (change_events, "not of this transaction"), (leave_out_events, "not of this transaction"),
    (change_outcome, "root"), (change_id, "not of this transaction"),
    (change_frontier, "root"), (begin_later, "left out"),
    (change_height, "last block entry"), (change_time, "does not follow|nobody|signatures"), (change_root, "root"),
    (change_size, "root"), (put_records_first, "root"), (add_leaf_at_end, "more leaves"),
    (raise_code, "no transaction has"), (repeat_block, "does not follow"), (repeat_transaction, "no ledger has"),
    (end_later_than_the_manifest, "does not follow"),
]  # fmt: skip


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    with make_database(SQLITE, tmp_path_factory.mktemp("source")) as url, open_world(url) as world:
        world.live()
        yield take(world.connection)


@pytest.fixture(scope="module", params=KINDS)
def victim(request, tmp_path_factory):
    with make_database(request.param, tmp_path_factory.mktemp("victim")) as url, open_world(url) as world:
        yield world


@pytest.mark.parametrize(("change", "reason"), FORGERIES, ids=lambda value: getattr(value, "__name__", ""))
def test_a_forged_snapshot_is_refused(snapshot, victim, change, reason):
    manifest, chunks = forge(snapshot[0], snapshot[1], change)
    assert (manifest, chunks) != snapshot
    tables = (*LOG_TABLES, "restored", "genesis", "state_undo")
    before = dump(victim.connection, *tables)
    with pytest.raises(MalformedInput, match=reason):
        restore(victim.connection, manifest, chunks)
    assert dump(victim.connection, *tables) == before


def test_a_snapshot_that_ends_early_is_refused(snapshot, victim):
    manifest, chunks = snapshot
    with pytest.raises(MalformedInput, match=r"state root|do not give the root"):
        restore(victim.connection, manifest, chunks[:-1])


@pytest.mark.parametrize(("bound", "value"), [("MAX_BLOCK_LEAVES", 20), ("MAX_BLOCK_BYTES", 300)])
def test_a_block_without_an_end_does_not_fill_the_memory(snapshot, victim, monkeypatch, bound, value):
    monkeypatch.setattr(snapshots, bound, value)
    with pytest.raises(MalformedInput, match="more than a block holds"):
        restore(victim.connection, *snapshot)


def test_what_is_cut_short_at_any_step_leaves_genesis(snapshot, victim):
    manifest, chunks = snapshot
    before = dump(victim.connection, *LOG_TABLES, "restored")

    class Broken(Exception):
        pass

    class FailingView:
        def __init__(self, calls):
            self.calls = calls

        def write(self, connection, block):
            self.calls -= 1
            if not self.calls:
                raise Broken

    def fail_after(count):
        yield from chunks[:count]
        raise Broken

    for count in range(len(chunks) + 1):
        with pytest.raises(Broken):
            restore(victim.connection, manifest, fail_after(count))
        assert dump(victim.connection, *LOG_TABLES, "restored") == before
    for calls in (1, 2):
        with pytest.raises(Broken):
            restore(victim.connection, manifest, chunks, [FailingView(calls)])
        assert dump(victim.connection, *LOG_TABLES, "restored") == before
    assert SqlStore(victim.connection).read_head() == victim.application.head


def test_chunks_are_bounded_and_each_is_checked_alone(snapshot, monkeypatch, source):
    manifest, chunks = snapshot
    check_chunk(manifest, 0, chunks[0])
    for index, chunk in ((-1, b""), (len(chunks), b""), (0, chunks[0] + b"\x00"), (0, b"")):
        with pytest.raises(MalformedInput, match="chunk"):
            check_chunk(manifest, index, chunk)
    monkeypatch.setattr(snapshots, "CHUNK_BYTES", 2_000)
    source.live()
    small, pieces = take(source.connection)
    assert len(pieces) > 20
    assert all(len(piece) <= 2_000 for piece in pieces)
    assert all(len(one) + len(next_one) > 1_500 for one, next_one in pairwise(pieces))
    assert small.root == manifest.root
