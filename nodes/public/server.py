"""The log over HTTP, for every client of C2SP tlog-tiles.

1. `GET /checkpoint`: the newest checkpoint that was shown to the witnesses, with their cosignatures; where there are no
   witnesses, the newest. It changes, so nothing keeps it.
2. `GET /tile/…` (paths.py): hashes or entries. What is there never changes, so it may be kept for ever. A partial tile
   is served as long as the log has those leaves, also when the tile has grown since.
3. What is not there is 404, which nothing keeps; other methods than these are 405.
4. On a network, `POST /engine` passes on what a joining node's light client asks; what it may not ask is 403
   (nodes/engines/cometbft/passage.py).
5. Entries are compressed for a caller that takes gzip.
"""

from collections.abc import Callable

from aiohttp import web
from sqlalchemy import Connection

from ledger.errors import MalformedInput
from ledger.merkle.log import TILE_WIDTH, split_bundle
from ledger.merkle.verify_log import HASH_BYTES
from ledger.store.port import HistoryNotKept
from ledger.store.sql import SqlStore
from nodes.engines.cometbft.passage import MAX_QUESTION_BYTES, AsksEngine, pass_on
from nodes.public.paths import TilePath, parse_path
from nodes.readers import Readers
from nodes.web import NO_STORE, Served, build_app, serve_app

MAX_CALLS = 64
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
ENGINE_PATH = "engine"
FRESH = {"Cache-Control": "no-cache"}


class PublicServer:
    """Serves a log from a node's read-only connections. `get_note` gives the published checkpoint, if there is one."""

    def __init__(self, readers: Readers, get_note: Callable[[], bytes | None]) -> None:
        self._readers = readers
        self._get_note = get_note
        self._app = build_app(MAX_CALLS, MAX_QUESTION_BYTES)
        self._app.router.add_get("/checkpoint", self._get_checkpoint)
        self._app.router.add_get("/{path:tile/.*}", self._get_tile)
        self._served: Served | None = None

    def add_engine(self, engine: AsksEngine) -> None:
        """Also pass questions on to an engine; to be called before the start."""

        async def answer(request: web.Request) -> web.Response:
            try:
                body = await pass_on(engine, await request.read())
            except MalformedInput as failure:
                raise web.HTTPForbidden(text=f"{failure}\n") from None
            return web.Response(body=body, content_type="application/json", headers=NO_STORE)

        self._app.router.add_post(f"/{ENGINE_PATH}", answer)

    async def start(self, listen: str) -> int:
        """Listen on host:port; the port. OSError where that fails."""
        self._served = await serve_app(self._app, listen)
        return self._served.port

    async def stop(self) -> None:
        """Answer what is under way, then stop."""
        if self._served is not None:
            await self._served.stop()

    async def _get_checkpoint(self, request: web.Request) -> web.Response:
        note = self._get_note() or await self._readers.read(read_newest_note)
        return web.Response(body=note, content_type="text/plain", charset="utf-8", headers=FRESH)

    async def _get_tile(self, request: web.Request) -> web.Response:
        # As it was sent: an escaped path is another spelling, which would be kept beside the first.
        path = parse_path(request.rel_url.raw_path.removeprefix("/"))
        if path is None or request.rel_url.raw_query_string:
            raise web.HTTPNotFound(text="no path of a tile\n")
        data = await self._readers.read(lambda connection: read_tile(connection, path))
        if data is None:
            raise web.HTTPNotFound(text="not in the log\n")
        response = web.Response(body=data, content_type="application/octet-stream", headers=FOREVER)
        if path.level is None:
            response.headers["Vary"] = "Accept-Encoding"
            if "gzip" in request.headers.get("Accept-Encoding", "").lower():
                response.enable_compression(web.ContentCoding.gzip)
        return response


def read_newest_note(connection: Connection) -> bytes:
    """The checkpoint of the last block, as the log key signed it."""
    head = SqlStore(connection).read_head()
    return b"" if head is None else head.checkpoint


def read_tile(connection: Connection, path: TilePath) -> bytes | None:
    """The hashes or entries that a path names; None where the log is not so long, or not filled so far back yet."""
    try:
        return _read_stored(SqlStore(connection), path)
    except HistoryNotKept:
        return None


def _read_stored(store: SqlStore, path: TilePath) -> bytes | None:
    if path.level is None:
        entries = store.read_bundle(path.index)
        if path.width == TILE_WIDTH or not entries:
            return entries if len(split_bundle(entries)) == TILE_WIDTH else None
        return _cut_bundle(entries, path.width)
    tile_id = (path.level, path.index)
    hashes = store.read_tiles([tile_id]).get(tile_id, b"")[: path.width * HASH_BYTES]
    return hashes if len(hashes) == path.width * HASH_BYTES else None


def _cut_bundle(bundle: bytes, width: int) -> bytes | None:
    """Its first entries, each behind its length."""
    entries = split_bundle(bundle)
    if len(entries) < width:
        return None
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries[:width])
