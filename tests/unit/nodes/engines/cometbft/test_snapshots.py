"""Taking, keeping and restoring snapshots as the engine asks for it."""

import hashlib
import threading
from contextlib import contextmanager
from typing import Any

import pytest

from hefu.v1 import abci_pb2 as abci
from hefu.v1 import ledger_pb2 as pb
from ledger import snapshots as form
from ledger.errors import MalformedInput
from ledger.snapshots import encode_manifest, parse_manifest
from ledger.store.database import migrate, open_engine
from ledger.store.restoring import clear_restored
from ledger.store.sql import SqlStore
from nodes.engines.cometbft.snapshots import KEPT, SnapshotKeeper, SnapshotRestorer, Snapshots
from tests.support import toy
from tests.support.databases import SQLITE, make_database
from tests.support.snapshot_world import World, dump, forge, restore, take

OFFERED, APPLIED = abci.ResponseOfferSnapshot, abci.ResponseApplySnapshotChunk


@contextmanager
def open_world(url):
    engine = open_engine(url)
    with engine.connect() as connection:
        migrate(connection, [])
        yield World(connection)
    engine.dispose()


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(form, "CHUNK_BYTES", 4_000)


@pytest.fixture
def world(database_url):
    with open_world(database_url) as world:
        world.live()
        yield world


@pytest.fixture
def keeper(world, tmp_path):
    keeper = make_keeper(world, tmp_path / "snapshots")
    yield keeper
    keeper.close()


def make_keeper(world, folder, every=10):
    url = world.connection.engine.url.render_as_string(hide_password=False)
    return SnapshotKeeper(url, toy.NETWORK, folder, every)


def keep(keeper, world):
    height = world.application.head.height
    keeper.consider(height - 10, height)
    keeper.wait()


@pytest.fixture
def joiner(tmp_path):
    folder = tmp_path / "joiner"
    folder.mkdir()
    with make_database(SQLITE, folder) as url, open_world(url) as world:
        yield world


def make_restorer(joiner, folder, network=toy.NETWORK, restore_snapshot=restore):
    return SnapshotRestorer(
        folder,
        network,
        toy.ORIGIN,
        lambda manifest, chunks: restore_snapshot(joiner.connection, manifest, list(chunks)),
    )


def restore_anew(connection, manifest, chunks):
    """As a node does: over what was restored, too, where nothing has been decided since."""
    if clear_restored(connection) is not None:
        toy.begin(SqlStore(connection))
    return restore(connection, manifest, chunks)


def test_a_snapshot_is_taken_where_a_multiple_was_passed(keeper, world, tmp_path):
    height = world.application.head.height
    keeper.consider(height - 1, height)
    keeper.wait()
    assert (height % 10 != 0, keeper.list()) == (True, [])
    keep(keeper, world)
    (snapshot,) = keeper.list()
    manifest, chunks = take(world.connection)
    assert snapshot == abci.Snapshot(
        height=height, format=1, chunks=len(chunks), metadata=encode_manifest(manifest),
        hash=hashlib.sha256(encode_manifest(manifest)).digest(),
    )  # fmt: skip
    assert len(chunks) > 10
    assert [keeper.load(height, 1, index) for index in range(len(chunks))] == chunks
    assert [keeper.load(height, 2, 0), keeper.load(height + 1, 1, 0), keeper.load(height, 1, 9999)] == [b""] * 3
    assert {path.name for path in (tmp_path / "snapshots").iterdir()} == {str(height)}


def test_the_newest_are_kept_and_found_again(keeper, world, tmp_path):
    heights = []
    for _ in range(KEPT + 1):
        world.put(1)
        heights.append(world.application.head.height)
        keep(keeper, world)
    assert [snapshot.height for snapshot in keeper.list()] == heights[:0:-1]
    folder = tmp_path / "snapshots"
    (folder / ".taking").mkdir()
    (folder / "99999").mkdir()
    (folder / str(heights[1]) / "manifest").write_bytes(b"damaged")
    again = make_keeper(world, folder)
    assert [snapshot.height for snapshot in again.list()] == heights[:1:-1]
    assert {path.name for path in folder.iterdir()} == {str(height) for height in heights[2:]}
    again.close()


def test_blocks_go_on_while_a_snapshot_is_taken(keeper, world, monkeypatch):
    made = []

    def pace(self, chunks):
        for chunk in chunks:
            made.append(world.put(1))
            yield chunk

    manifest, chunks = take(world.connection)
    monkeypatch.setattr(SnapshotKeeper, "_pace", pace)
    keeper._take(manifest.height, threading.Event())
    assert len(made) == len(chunks)
    assert parse_manifest(keeper.list()[0].metadata) == manifest


def test_none_is_taken_where_none_is_wanted(world, tmp_path):
    keeper = make_keeper(world, tmp_path / "none", every=0)
    keep(keeper, world)
    assert keeper.list() == []
    assert not (tmp_path / "none").exists()
    keeper.close()


def test_what_cannot_be_written_ends_nothing(keeper, world, tmp_path, capsys):
    (tmp_path / "snapshots").write_bytes(b"no folder")
    keep(keeper, world)
    assert keeper.list() == []
    assert "no snapshot could be taken" in capsys.readouterr().out
    (tmp_path / "snapshots").unlink()
    keeper.consider(0, 5_000)  # the kernel says another height than the database
    keeper.wait()
    assert "the database stands at" in capsys.readouterr().out
    assert list((tmp_path / "snapshots").glob("*")) == []


def test_a_stop_drops_what_is_being_taken(world, tmp_path):
    keeper = make_keeper(world, tmp_path / "snapshots")
    keeper._stop.set()
    keep(keeper, world)
    assert keeper.list() == []
    assert list((tmp_path / "snapshots").glob("*")) == []
    keeper.close()


# ---------------------------------------------------------------- restoring


def offer_of(manifest, chunks):
    encoded = encode_manifest(manifest)
    return abci.Snapshot(
        height=manifest.height, format=1, chunks=len(chunks), hash=hashlib.sha256(encoded).digest(), metadata=encoded
    )


def send(restorer, index, chunk, sender="peer"):
    return restorer.apply(abci.RequestApplySnapshotChunk(index=index, chunk=chunk, sender=sender))


def test_what_one_node_keeps_another_restores(keeper, world, joiner, tmp_path):
    keep(keeper, world)
    (offer,) = keeper.list()
    restorer = make_restorer(joiner, tmp_path)
    assert restorer.offer(offer, world.application.info().app_hash).result == OFFERED.ACCEPT
    for index in reversed(range(1, offer.chunks)):
        assert send(restorer, index, keeper.load(offer.height, 1, index)).result == APPLIED.ACCEPT
    assert restorer.head is None
    false = send(restorer, 0, keeper.load(offer.height, 1, 1), "liar")
    assert (false.result, list(false.refetch_chunks), list(false.reject_senders)) == (APPLIED.RETRY, [0], ["liar"])
    assert send(restorer, 0, keeper.load(offer.height, 1, 0)).result == APPLIED.ACCEPT
    joiner.open()
    assert restorer.head == joiner.application.head == world.application.head
    assert not (tmp_path / ".incoming").exists()
    assert send(restorer, 0, keeper.load(offer.height, 1, 0)).result == APPLIED.ABORT


def test_an_engine_that_was_killed_before_it_knew_is_offered_one_again(keeper, world, joiner, tmp_path):
    keep(keeper, world)
    (offer,) = keeper.list()
    restorer = make_restorer(joiner, tmp_path, restore_snapshot=restore_anew)
    snapshots = Snapshots(keeper, restorer, joiner.application)
    for _ in range(2):
        assert restorer.offer(offer, world.application.info().app_hash).result == OFFERED.ACCEPT
        for index in range(offer.chunks):
            request = abci.RequestApplySnapshotChunk(index=index, chunk=keeper.load(offer.height, 1, index))
            assert snapshots.apply(request).result == APPLIED.ACCEPT
        assert joiner.application.head == world.application.head


def test_after_a_second_snapshot_that_lies_the_state_machine_stands_where_the_database_does(
    keeper, world, joiner, tmp_path
):
    manifest, chunks = take(world.connection)

    def leave_out(manifest, opened):
        del next(chunk for chunk in opened if chunk.records).records[0]

    restorer = make_restorer(joiner, tmp_path, restore_snapshot=restore_anew)
    snapshots = Snapshots(keeper, restorer, joiner.application)
    for (offered, pieces), last in (
        ((manifest, chunks), APPLIED.ACCEPT),
        (forge(manifest, chunks, leave_out), APPLIED.REJECT_SNAPSHOT),
    ):
        restorer.offer(offer_of(offered, pieces), world.application.info().app_hash)
        for index, chunk in enumerate(pieces):
            result = snapshots.apply(abci.RequestApplySnapshotChunk(index=index, chunk=chunk)).result
        assert result == last
        head = SqlStore(joiner.connection).read_head()
        assert head is not None
        assert joiner.application.info().height == head.height


def test_an_offer_that_does_not_fit_is_rejected(world, joiner, tmp_path):
    manifest, chunks = take(world.connection)
    expected = world.application.info().app_hash
    restorer = make_restorer(joiner, tmp_path)
    offer = offer_of(manifest, chunks)
    other = make_restorer(joiner, tmp_path, pb.NetworkId(name="toy", genesis_hash=b"h" * 32))
    assert other.offer(offer, expected).result == OFFERED.REJECT
    assert restorer.offer(offer, bytes(32)).result == OFFERED.REJECT
    changes: list[dict[str, Any]] = [
        {"format": 2}, {"hash": bytes(32)}, {"height": offer.height + 1}, {"chunks": offer.chunks + 1},
        {"metadata": b"\xff", "hash": hashlib.sha256(b"\xff").digest()},
    ]  # fmt: skip
    results = []
    for change in changes:
        changed = abci.Snapshot()
        changed.CopyFrom(offer)
        for name, value in change.items():
            setattr(changed, name, value)
        results.append(restorer.offer(changed, expected).result)
    assert results == [OFFERED.REJECT_FORMAT] + [OFFERED.REJECT] * 4
    assert send(restorer, 0, chunks[0]).result == APPLIED.ABORT


def test_a_snapshot_that_lies_is_rejected_and_the_next_one_restored(world, joiner, tmp_path):
    true = take(world.connection)

    def leave_out(manifest, opened):
        del next(chunk for chunk in opened if chunk.records).records[0]

    forged = forge(true[0], true[1], leave_out)
    restorer = make_restorer(joiner, tmp_path)
    before = dump(joiner.connection, "records", "blocks", "tiles", "restored")
    for (manifest, chunks), last in ((forged, APPLIED.REJECT_SNAPSHOT), (true, APPLIED.ACCEPT)):
        assert restorer.offer(offer_of(manifest, chunks), world.application.info().app_hash).result == OFFERED.ACCEPT
        replies = [send(restorer, index, chunk, f"peer {index % 2}") for index, chunk in enumerate(chunks)]
        assert [reply.result for reply in replies] == [APPLIED.ACCEPT] * (len(chunks) - 1) + [last]
        if restorer.head is None:
            assert list(replies[-1].reject_senders) == [f"peer {number}" for number in range(min(2, len(chunks)))]
            assert dump(joiner.connection, "records", "blocks", "tiles", "restored") == before
    assert restorer.head == world.application.head


def test_after_a_crash_it_begins_anew(world, joiner, tmp_path):
    manifest, chunks = take(world.connection)
    restorer = make_restorer(joiner, tmp_path)
    expected = world.application.info().app_hash
    restorer.offer(offer_of(manifest, chunks), expected)
    send(restorer, 0, chunks[0])
    restorer = make_restorer(joiner, tmp_path)
    assert not (tmp_path / ".incoming").exists()
    restorer.offer(offer_of(manifest, chunks), expected)
    for index, chunk in enumerate(chunks):
        assert restorer.head is None
        send(restorer, index, chunk)
    assert restorer.head == world.application.head


BAD_MANIFESTS: list[dict[str, Any]] = [
    {"height": 0}, {"time_ms": 0}, {"root": b"short"}, {"first_index": 100}, {"first_index": -256},
    {"first_index": 1 << 20}, {"size": 0}, {"frontier": []}, {"frontier": [b"", bytes(31)]},
    {"frontier": [b"", bytes(64)]}, {"chunk_hashes": b""}, {"chunk_hashes": bytes(33)},
    {"chunk_hashes": bytes(32 * 65_537)}, {"chunk_hashes": bytes(4 << 20)},
]  # fmt: skip


@pytest.mark.parametrize("change", BAD_MANIFESTS, ids=lambda change: next(iter(change)))
def test_a_manifest_out_of_bounds_is_malformed(world, change):
    manifest, _ = take(world.connection)
    for name, value in change.items():
        if isinstance(value, list):
            del manifest.frontier[:]
            manifest.frontier.extend(value)
        else:
            setattr(manifest, name, value)
    with pytest.raises(MalformedInput, match="manifest"):
        parse_manifest(encode_manifest(manifest))
