"""The log over HTTP: what is there, what is not, and its headers."""

import asyncio
import gzip
from contextlib import asynccontextmanager

import aiohttp
import pytest
from yarl import URL

from ledger.merkle.log import split_bundle
from nodes.public.paths import TilePath
from nodes.public.server import PublicServer, read_tile
from nodes.web import serve_app
from tests.support.proof_world import PUT, ProofWorld
from tests.support.witnesses import WorldReaders


@pytest.fixture(scope="module")
def world():
    made = ProofWorld(records=1)
    made.run(*[(PUT, f"thing/{number}", 0) for number in range(300)])
    made.run((PUT, "thing/0", 0))
    yield made
    made.close()


@asynccontextmanager
async def serving(world, note=None):
    server = PublicServer(WorldReaders(world), lambda: note)
    port = await server.start("127.0.0.1:0")
    async with aiohttp.ClientSession(
        f"http://127.0.0.1:{port}", auto_decompress=False, headers={"Accept-Encoding": "identity"}
    ) as session:
        yield session
    await server.stop()


async def get(session, path, method="GET", **headers):
    async with session.request(method, path, headers=headers) as response:
        return response.status, await response.read(), response.headers


async def test_the_checkpoint_is_the_published_one_or_the_newest(world):
    async with serving(world) as session:
        status, body, headers = await get(session, "/checkpoint")
    assert (status, body) == (200, world.application.head.checkpoint)
    assert (headers["Content-Type"], headers["Cache-Control"]) == ("text/plain; charset=utf-8", "no-cache")
    async with serving(world, b"a note\n") as session:
        assert (await get(session, "/checkpoint"))[1] == b"a note\n"


async def test_tiles_are_whole_or_as_wide_as_was_asked(world):
    size = world.application.head.size
    assert size == 305
    async with serving(world) as session:
        status, full, headers = await get(session, "/tile/0/000")
        assert (status, len(full)) == (200, 8192)
        assert headers["Content-Type"] == "application/octet-stream"
        assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
        for path, length in (("0/000.p/3", 96), ("0/001.p/49", 49 * 32), ("0/001.p/1", 32), ("1/000.p/1", 32)):
            assert len((await get(session, f"/tile/{path}"))[1]) == length
        assert (await get(session, "/tile/0/000.p/3"))[1] == full[:96]
        for path in ("0/001", "0/001.p/50", "0/002.p/1", "1/000", "1/000.p/2", "2/000.p/1", "63/000", "0/x999/000"):
            assert (await get(session, f"/tile/{path}"))[0] == 404


async def test_entries_are_those_of_the_log(world):
    async with serving(world) as session:
        status, body, headers = await get(session, "/tile/entries/000")
        assert (status, len(split_bundle(body)), headers["Vary"]) == (200, 256, "Accept-Encoding")
        part = (await get(session, "/tile/entries/001.p/49"))[1]
        assert len(split_bundle(part)) == 49
        assert split_bundle((await get(session, "/tile/entries/001.p/2"))[1]) == split_bundle(part)[:2]
        packed = await get(session, "/tile/entries/000", **{"Accept-Encoding": "gzip"})
        assert (packed[2]["Content-Encoding"], gzip.decompress(packed[1])) == ("gzip", body)
        for path in ("entries/001", "entries/001.p/50", "entries/002.p/1"):
            assert (await get(session, f"/tile/{path}"))[0] == 404


async def test_only_reading_and_only_one_spelling(world):
    async with serving(world) as session:
        status, body, headers = await get(session, "/tile/0/000", "HEAD")
        assert (status, body, headers["Content-Length"]) == (200, b"", "8192")
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            assert (await get(session, "/tile/0/000", method))[0] == 405
            assert (await get(session, "/checkpoint", method))[0] == 405
        for path in ("/", "/tile", "/tile/0/0", "/tile/0/000?x=1", "/tile/0/%3000", "/checkpoint/", "/tile/0/000/"):
            status, _, headers = await get(session, URL(path, encoded=True))
            assert (status, headers["Cache-Control"]) == (404, "no-store")


async def test_a_crowd_is_answered_503(world, monkeypatch):
    monkeypatch.setattr("nodes.public.server.MAX_CALLS", 0)
    async with serving(world) as session:
        status, _, headers = await get(session, "/checkpoint")
    assert (status, headers["Retry-After"], headers["Cache-Control"]) == (503, "1", "no-store")


async def pause():
    """The server hears of what has happened to its sockets."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_connections_are_bounded_those_that_say_nothing_too(world, monkeypatch):
    monkeypatch.setattr("nodes.web.MAX_CONNECTIONS", 1)
    server = PublicServer(WorldReaders(world), lambda: b"a note\n")
    port = await server.start("127.0.0.1:0")
    _, silent = await asyncio.open_connection("127.0.0.1", port)
    await pause()
    reader, one_more = await asyncio.open_connection("127.0.0.1", port)
    assert (await reader.read()).startswith(b"HTTP/1.1 503 ")
    silent.close()
    await pause()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        assert (await get(session, "/checkpoint"))[0] == 200
    one_more.close()
    await server.stop()


async def test_only_loopback_is_listened_on():
    with pytest.raises(ValueError, match="loopback"):
        await serve_app(aiohttp.web.Application(), "0.0.0.0:0")


def test_a_bundle_that_is_not_there_is_nothing(world):
    assert read_tile(world.connection, TilePath(None, 900, 5)) is None


class Engine:
    async def ask(self, method, **parameters):
        return {"method": method, **parameters}


async def test_what_a_joiners_light_client_asks_is_passed_on_and_nothing_else(world):
    server = PublicServer(WorldReaders(world), lambda: None)
    server.add_engine(Engine())
    port = await server.start("127.0.0.1:0")
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:

            async def ask(body):
                async with session.post("/engine", data=body) as response:
                    return response.status, await response.text(), response.headers["Cache-Control"]

            status, body, kept = await ask('{"id": 1, "method": "commit", "params": {"height": "3"}}')
            assert (status, kept) == (200, "no-store")
            assert '"result":{"method":"commit","height":3}' in body
            assert (await ask('{"id": 1, "method": "broadcast_tx_sync", "params": {"tx": "aa"}}'))[0] == 403
            assert (await ask("x" * 5000))[0] == 413
            assert (await get(session, "/engine"))[0] == 405
    finally:
        await server.stop()


async def test_a_node_alone_has_no_engine_to_ask(world):
    async with serving(world) as session, session.post("/engine", data="{}") as response:
        assert response.status == 404
