"""The log before a snapshot, from peers that may lie, be away, or not have it."""

import asyncio

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy.exc import OperationalError

from ledger.errors import MalformedInput
from ledger.merkle.log import TILE_WIDTH, build_consistency, build_inclusion, get_entry
from ledger.snapshots import list_edge
from ledger.store.database import migrate, open_engine
from ledger.store.older_log import list_missing, write_missing
from ledger.store.port import HistoryNotKept
from ledger.store.sql import SqlStore, write_bundles, write_tiles
from nodes.backfill import RETRY_S, TOGETHER, WAIT_S, Backfiller, FetchFailed, HttpPeer, run_backfill
from tests.support.memory_tiles import make_log

FIRST, SIZE = 2 * 65_536 + 3 * 256, 2 * 65_536 + 3 * 256 + 700
"""Two full tiles of level 1, three of level 0 and more lie before the snapshot."""


@pytest.fixture(scope="module")
def log():
    return make_log([b"entry %d" % number for number in range(SIZE)], batch=50_000)


@pytest.fixture
def engine(database_url, log):
    """A database as a snapshot leaves it: the frontier, and what came since."""
    _, tiles = log
    engine = open_engine(database_url)
    with engine.connect() as connection:
        migrate(connection, [])
        write_tiles(connection, {tile: data for tile, data in tiles.tiles.items() if tile >= list_edge(FIRST)[tile[0]]})
        write_bundles(connection, {n: data for n, data in tiles.bundles.items() if n >= FIRST // TILE_WIDTH})
        connection.exec_driver_sql("INSERT INTO blocks VALUES (7, 1, 2, '', '', '')".replace("''", empty(connection)))
        connection.exec_driver_sql(f"INSERT INTO restored VALUES (1, 7, {FIRST})")
        connection.commit()
    yield engine
    engine.dispose()


def empty(connection):
    return "x''" if connection.dialect.name == "sqlite" else "''"


class FakePeer:
    """A log in memory. `change` makes of what it has what it gives."""

    def __init__(self, log, name="peer", change=lambda path, data: data):
        self.tiles = log[1]
        self.name = name
        self.asked = []
        self.change = change

    async def fetch(self, path, limit):
        self.asked.append(path)
        data = self.change(path, self.find(path))
        if data is None:
            raise FetchFailed(path)
        assert len(data) <= limit
        return data

    def find(self, path):
        _, level, *parts = path.split("/")
        index = int("".join(part.removeprefix("x") for part in parts))
        return self.tiles.bundles[index] if level == "entries" else self.tiles.tiles[int(level), index]


async def rest(seconds):
    assert seconds >= 0


def fill(engine, *peers, pause=rest):
    url = engine.url.render_as_string(hide_password=False)
    asyncio.run(Backfiller(url, peers, pause).run())


def read(engine):
    with engine.connect() as connection:
        tiles = connection.exec_driver_sql("SELECT level, tile_index, hashes FROM tiles").all()
        bundles = connection.exec_driver_sql("SELECT bundle_index, entries FROM bundles").all()
    return {(row[0], row[1]): bytes(row[2]) for row in tiles}, {row[0]: bytes(row[1]) for row in bundles}


def test_the_log_becomes_whole(engine, log):
    tree, tiles = log
    with engine.connect() as connection:
        store = SqlStore(connection)
        path = build_inclusion(store, FIRST, SIZE)
        for ask in (lambda: get_entry(store, 5, SIZE), lambda: build_inclusion(store, 70_000, SIZE)):
            with pytest.raises(HistoryNotKept, match="block 7"):
                ask()
    assert path == tree.build_inclusion(FIRST, SIZE)
    peer = FakePeer(log)
    fill(engine, peer)
    assert read(engine) == (tiles.tiles, tiles.bundles)
    assert peer.asked[:2] == ["tile/1/001", "tile/1/000"]
    assert peer.asked[2:4] == ["tile/entries/514", "tile/entries/513"]
    assert (len(peer.asked), peer.asked[-1]) == (2 + FIRST // TILE_WIDTH, "tile/entries/000")
    with engine.connect() as connection:
        store = SqlStore(connection)
        assert build_consistency(store, 12_345, SIZE) == tree.build_consistency(12_345, SIZE)
        assert get_entry(store, 5, SIZE) == b"entry 5"
        assert list_missing(connection, 9) == []


def lie_about_a_tile(path, data):
    return bytes(32) + data[32:] if path == "tile/1/001" else data


def lie_about_an_entry(path, data):
    return data.replace(b"entry 131500", b"entry 131501") if path == "tile/entries/513" else data


def shorten(path, data):
    return data[:-14] if path == "tile/entries/514" else data


def shorten_tile(path, data):
    return data[:-32]


def cut(path, data):
    return data[:-1]


@pytest.mark.parametrize("lie", [lie_about_a_tile, lie_about_an_entry, shorten, shorten_tile, cut])
def test_a_liar_is_not_believed_nor_asked_again(engine, log, lie):
    liar, honest = FakePeer(log, "liar", lie), FakePeer(log)
    fill(engine, liar, honest)
    assert read(engine) == (log[1].tiles, log[1].bundles)
    assert len(liar.asked) <= 2 + 2 * TOGETHER


def test_where_all_lie_nothing_is_kept_and_somebody_is_told(engine, log, capsys):
    before = read(engine)
    fill(engine, FakePeer(log, "one", cut), FakePeer(log, "other", shorten_tile))
    assert read(engine) == before
    assert "no peer is left" in capsys.readouterr().out


def test_it_goes_on_where_it_was_stopped(engine, log):
    class Stopped(Exception):
        pass

    rests = []

    async def stop(seconds):
        rests.append(seconds)
        if len(rests) % 3 == 0:
            raise Stopped

    peers = [FakePeer(log) for _ in range(3)]
    for peer in peers[:2]:
        with pytest.raises(Stopped):
            fill(engine, peer, pause=stop)
    fill(engine, peers[2])
    assert read(engine) == (log[1].tiles, log[1].bundles)
    asked = [path for peer in peers for path in peer.asked]
    assert len(asked) == len(set(asked)) == 2 + FIRST // TILE_WIDTH


def test_it_waits_while_nobody_answers(engine, log):
    rests = []

    async def answer_later(seconds):
        rests.append(seconds)
        if seconds == 60:
            peer.change = lambda path, data: data

    peer = FakePeer(log, change=lambda path, data: None)
    fill(engine, peer, pause=answer_later)
    assert rests.count(60) == 1
    assert read(engine) == (log[1].tiles, log[1].bundles)


def test_a_log_that_began_with_genesis_is_no_snapshots(database_url):
    engine = open_engine(database_url)
    with engine.connect() as connection:
        migrate(connection, [])
        assert list_missing(connection, 9) is None
    engine.dispose()


def test_a_batch_is_kept_whole_or_not_at_all(engine, log):
    tiles = log[1].tiles
    with engine.connect() as connection:
        assert list_missing(connection, 9) == [(1, 1), (1, 0)]
        with pytest.raises(MalformedInput, match="tile 0 of level 1"):
            write_missing(connection, {(1, 1): tiles[1, 1], (1, 0): tiles[1, 1]})
        connection.rollback()
        assert list_missing(connection, 1) == [(1, 1)]


def test_an_answer_that_comes_after_another_restoring_is_not_kept(engine, log):
    """It is true, but lies below a gap that nobody would fill."""
    tiles = log[1].tiles
    with engine.connect() as connection:
        write_missing(connection, {(1, 1): tiles[1, 1]})
        write_missing(connection, {(1, 1): tiles[1, 1]})  # not what is missing any more
        assert list_missing(connection, 9) == [(1, 0)]
        connection.exec_driver_sql("DELETE FROM tiles WHERE level = 1 AND tile_index = 1")
        connection.commit()
        write_missing(connection, {(1, 0): tiles[1, 0]})
        assert list_missing(connection, 9) == [(1, 1), (1, 0)]


def test_a_database_that_is_locked_for_long_is_tried_again(engine, log, monkeypatch):
    waits: list[float] = []

    def be_locked_once(connection, found):
        if not waits:
            raise OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))
        write_missing(connection, found)

    async def note(seconds):
        waits.append(seconds)

    monkeypatch.setattr("nodes.backfill.write_missing", be_locked_once)
    fill(engine, FakePeer(log), pause=note)
    assert waits[0] == RETRY_S
    assert read(engine) == (log[1].tiles, log[1].bundles)


async def test_over_http(engine, log):
    peer = FakePeer(log)

    async def answer(request):
        return web.Response(body=peer.find(request.path.removeprefix("/log/")))

    application = web.Application()
    application.router.add_get("/log/tile/{rest:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with aiohttp.ClientSession() as session:
            for path, limit, reason in (("tile/1/000", 8191, "more than"), ("nothing", 1, "status 404")):
                with pytest.raises(FetchFailed, match=reason):
                    await HttpPeer(session, f"{address}/log").fetch(path, limit)
            with pytest.raises(FetchFailed, match="Connect"):
                await HttpPeer(session, "http://127.0.0.1:1").fetch("tile/1/000", 1)
        await run_backfill(engine.url.render_as_string(hide_password=False), [f"{address}/log/"])
    finally:
        await runner.cleanup()
    assert read(engine) == (log[1].tiles, log[1].bundles)


def test_a_snapshot_that_has_not_come_yet_is_waited_for(engine, log):
    with engine.connect() as connection:
        row = connection.exec_driver_sql("SELECT * FROM restored").one()
        connection.exec_driver_sql("DELETE FROM restored")
        connection.commit()
    waits = []

    async def restore_while_waiting(seconds):
        waits.append(seconds)
        is_there = {2: True, 4: False, 6: True}.get(len(waits))  # the second time it is restored again
        if is_there is not None:
            with engine.connect() as connection:
                insert = f"INSERT INTO restored VALUES ({', '.join(map(str, row))})"
                connection.exec_driver_sql(insert if is_there else "DELETE FROM restored")
                connection.commit()

    fill(engine, FakePeer(log), pause=restore_while_waiting)
    assert [span == WAIT_S for span in waits[:7]] == [True, True, False, False, True, True, False]
    assert read(engine) == (log[1].tiles, log[1].bundles)
