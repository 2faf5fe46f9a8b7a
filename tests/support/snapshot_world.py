"""A toy ledger whose log is longer than the window of a snapshot, and what a forger makes of its snapshots."""

import hashlib
from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from hefu.v1.network_pb2 import SnapshotChunk, SnapshotManifest
from ledger.application import Application
from ledger.snapshots import parse_chunk
from ledger.store.port import BlockHead
from ledger.store.restoring import restore_snapshot
from ledger.store.snapshot_source import SnapshotSource
from ledger.store.sql import SqlStore, View
from ledger.transaction import MAX_HORIZON_MS
from tests.support import toy
from tests.support.toy import make_command, make_signed

BLOCK_TRANSACTIONS = 40
Change = Callable[[SnapshotManifest, list[SnapshotChunk]], None]


class World:
    """A toy ledger on a database; `put` makes a block at a time of its own."""

    def __init__(self, connection: Connection, views: Sequence[View] = ()) -> None:
        self.connection = connection
        self.views = views
        self.made = 0
        self.now_ms = toy.GENESIS_MS
        self.open()

    def open(self) -> None:
        """Begin, or start again from what the database holds."""
        self.store = SqlStore(self.connection, self.views)
        if self.store.read_head() is None:
            toy.begin(self.store)
        self.application: Application = toy.open_application(self.store)

    def put(self, count: int, later_ms: int = 1, lasts_ms: int = 1) -> list[bytes]:
        """A block of so many notes, so much later, each valid for so long behind it."""
        self.now_ms += later_ms
        made = range(self.made, self.made + count)
        valid_until_ms = self.now_ms + lasts_ms
        signed = [make_signed(n, make_command(toy.PUT, f"note/{n}", n), valid_until_ms=valid_until_ms) for n in made]
        self.made += count
        self.play(signed)
        return signed

    def play(self, signed: Sequence[bytes]) -> Sequence[object]:
        """A block of these, now."""
        result = self.application.finalize_block(self.application.head.height + 2, self.now_ms, signed)
        self.application.commit()
        return result.decisions

    def live(self) -> list[bytes]:
        """A log of some bundles, of which the oldest are out of the window; the transactions that may come again."""
        for _ in range(9):
            self.put(BLOCK_TRANSACTIONS)
        self.put(1, MAX_HORIZON_MS)
        for _ in range(9):
            self.put(BLOCK_TRANSACTIONS)
        return [*self.put(3, 1, 50_000), *self.put(2, 1, 40_000)]


def take(connection: Connection) -> tuple[SnapshotManifest, list[bytes]]:
    """A snapshot of what the connection sees."""
    source = SnapshotSource(connection, toy.NETWORK)
    chunks = list(source.iterate_chunks())
    manifest = source.build_manifest(b"".join(hashlib.sha256(chunk).digest() for chunk in chunks))
    connection.rollback()
    return manifest, chunks


def forge(manifest: SnapshotManifest, chunks: Sequence[bytes], change: Change) -> tuple[SnapshotManifest, list[bytes]]:
    """A snapshot in which something is changed, with hashes that fit."""
    forged, opened = SnapshotManifest(), [parse_chunk(chunk) for chunk in chunks]
    forged.CopyFrom(manifest)
    change(forged, opened)
    encoded = [chunk.SerializeToString(deterministic=True) for chunk in opened]
    forged.chunk_hashes = b"".join(hashlib.sha256(chunk).digest() for chunk in encoded)
    return forged, encoded


def restore(
    connection: Connection, manifest: SnapshotManifest, chunks: Sequence[bytes], views: Sequence[View] = ()
) -> BlockHead:
    """Over genesis of the toy."""
    return restore_snapshot(connection, views, toy.ORIGIN, toy.sign_checkpoint, manifest, iter(chunks))


def dump(connection: Connection, *tables: str) -> dict[str, list[str]]:
    """All rows of these tables."""
    rows = {name: connection.exec_driver_sql(f"SELECT * FROM {name}").all() for name in tables}
    connection.rollback()
    return {name: sorted(repr(tuple(row)) for row in found) for name, found in rows.items()}
