"""Filling the log before a snapshot from other nodes' logs, as they serve them to everybody (c2sp.org/tlog-tiles).

1. Whatever comes is checked against the root before it is kept (ledger/store/older_log.py), so any peer will do.
2. Peers are asked in turn. One that does not answer, or has not got it, is passed over for this time; one whose answer
   is false is not asked again.
3. It works half of the time at most, some tiles at once, and writes them in a transaction of its own between the
   kernel's. Until it is done, what lies before is refused with HistoryNotKept.
4. A node that is to begin with a snapshot may not have it yet: that is waited for.
5. What the database holds says what is missing, so a stop at any time costs nothing.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import aiohttp
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from ledger.errors import MalformedInput
from ledger.merkle.log import MAX_ENTRY_BYTES, TILE_BYTES, TILE_WIDTH, TileId
from ledger.store.database import READER_CACHE_KIB, open_engine
from ledger.store.dialect import is_postgresql
from ledger.store.older_log import ENTRIES, list_missing, write_missing
from ledger.store.port import HistoryNotKept
from nodes.logs import get_log, raise_alarm
from nodes.public.paths import TilePath

TOGETHER = 16
"""Tiles that are asked for at once, and written in one transaction."""
ANSWER_LIMIT_S = 30.0
MAX_BUNDLE_BYTES = TILE_WIDTH * (2 + MAX_ENTRY_BYTES)
RETRY_S = 60.0
"""So long it rests when no peer answers."""
WAIT_S = 5.0
"""So often it looks whether the snapshot is there."""


class FetchFailed(Exception):
    """A peer does not answer, or has not got what it was asked for."""


class Peer(Protocol):
    """Whoever serves a log. `name` is for an operator."""

    name: str

    async def fetch(self, path: str, limit: int) -> bytes:
        """What lies under a path of tlog-tiles, at most so many bytes. Raises FetchFailed."""
        ...


class HttpPeer:
    """A log on an HTTP address."""

    def __init__(self, session: aiohttp.ClientSession, address: str) -> None:
        self._session = session
        self.name = address.rstrip("/")

    async def fetch(self, path: str, limit: int) -> bytes:
        """As `Peer` says."""
        timeout = aiohttp.ClientTimeout(total=ANSWER_LIMIT_S)
        try:
            async with self._session.get(f"{self.name}/{path}", timeout=timeout) as answer:
                if answer.status != 200:
                    raise FetchFailed(f"{path}: status {answer.status}")
                data = bytearray()
                while part := await answer.content.read(limit + 1 - len(data)):
                    data += part
        except (aiohttp.ClientError, TimeoutError, OSError) as failure:
            raise FetchFailed(f"{path}: {type(failure).__name__} {failure}") from None
        if len(data) > limit:
            raise FetchFailed(f"{path}: more than {limit} bytes")
        return bytes(data)


async def run_backfill(url: str, addresses: Sequence[str]) -> None:
    """Fill the log of the node's database from the logs on these addresses; returns when it is whole."""
    async with aiohttp.ClientSession() as session:
        await Backfiller(url, [HttpPeer(session, address) for address in addresses]).run()


class Backfiller:
    """Fills one database from peers."""

    def __init__(
        self, url: str, peers: Sequence[Peer], rest: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        self._url = url
        self._peers = list(peers)
        self._rest = rest

    async def run(self) -> None:
        """Until nothing is missing, or no peer is left that has not lied."""
        engine = open_engine(self._url, must_exist=True, connections=1)
        try:
            with engine.connect() as connection:
                if not is_postgresql(connection):
                    connection.exec_driver_sql(f"PRAGMA cache_size=-{READER_CACHE_KIB}")
                await self._fill(connection)
        finally:
            engine.dispose()

    async def _fill(self, connection: Connection) -> None:
        while (wanted := await asyncio.to_thread(_list_missing, connection)) != []:
            began = time.monotonic()
            if wanted is None:
                await self._rest(WAIT_S)
            elif await self._fill_some(connection, wanted):
                await self._rest(time.monotonic() - began)
            elif self._peers:
                await self._rest(RETRY_S)
            else:
                raise_alarm("the log before the snapshot is missing, and no peer is left to fetch it from")
                return
        get_log().info("the log is whole")

    async def _fill_some(self, connection: Connection, wanted: Sequence[TileId]) -> bool:
        """Whether some peer had all of these."""
        for peer in list(self._peers):
            try:
                data = await asyncio.gather(*(peer.fetch(*_locate(tile_id)) for tile_id in wanted))
                await asyncio.to_thread(_write_missing, connection, dict(zip(wanted, data, strict=True)))
            except FetchFailed as failure:
                get_log().warning("a peer did not give its log", peer=peer.name, reason=str(failure))
            except (OperationalError, HistoryNotKept) as failure:  # locked for long, or restored again meanwhile
                get_log().warning("the database takes no older log now", reason=str(failure))
                return False
            except MalformedInput as failure:
                raise_alarm("a peer gave what is not our log: not asked again", peer=peer.name, reason=str(failure))
                self._peers.remove(peer)
            else:
                return True
        return False


def _list_missing(connection: Connection) -> list[TileId] | None:
    """What is missing; None where nobody can tell yet."""
    try:
        return list_missing(connection, TOGETHER)
    except OperationalError as failure:
        get_log().warning("the database does not tell what of the older log is missing", reason=str(failure))
        return None
    finally:
        connection.rollback()


def _write_missing(connection: Connection, found: dict[TileId, bytes]) -> None:
    try:
        write_missing(connection, found)
    finally:
        connection.rollback()


def _locate(tile_id: TileId) -> tuple[str, int]:
    """The path of a tile, or for `ENTRIES` of a bundle, and how long it may be."""
    level, index = tile_id
    if level == ENTRIES:
        return TilePath(None, index).render(), MAX_BUNDLE_BYTES
    return TilePath(level, index).render(), TILE_BYTES
