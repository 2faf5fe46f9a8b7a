"""The form of a state-sync snapshot, and what its leaves must be. From bytes alone: no database, no file.

A snapshot is a manifest and chunks of at most 1 MiB (or of one item), in this order:

1. *Leaves* of the log from `first_index` on to its end. They reach back to the end of a block that is older than the
   longest validity of a transaction, or to the log's beginning: so no id that may still be submitted again is left out.
2. A leaf whose transaction may still be submitted again brings it, with its events; no other leaf does.
3. *Records*, all there are, by the hash of their key, which rises strictly.

What is checked, and by what:

4. Network, origin, size and root: the app hash, which the engine's light client has verified.
5. Each chunk alone: its hash in the manifest. So a chunk is asked for again before anything is built on it.
6. The frontier and all leaves: appended to the frontier, the leaves give the root.
7. Ids, outcomes, signed bytes and events: the leaf is encoded anew from the transaction and must be the same bytes.
8. Height, time and state root: the last leaf is the block entry that says them.
9. The records: they give the state root (ledger/store/restoring.py).

`MalformedInput` names what is at fault. Not here: the leaves before the frontier (nodes/backfill.py), views.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from hefu.v1 import ledger_pb2 as pb
from hefu.v1.network_pb2 import SnapshotChunk, SnapshotLeaf, SnapshotManifest, SnapshotRecord
from ledger.errors import MalformedInput
from ledger.execution import Decision, encode_entry
from ledger.merkle.log import MAX_ENTRY_BYTES, TILE_HEIGHT, TILE_WIDTH, LogTree, TileId
from ledger.merkle.verify_log import HASH_BYTES
from ledger.notes import Checkpoint, app_hash
from ledger.transaction import MAX_HORIZON_MS, decode, parse_canonical

FORMAT = 1
CHUNK_BYTES = 1 << 20
MAX_CHUNK_BYTES = 2 << 20
"""No item is so long; a chunk that is longer is refused unread."""
MAX_CHUNKS = 1 << 16
MAX_MANIFEST_BYTES = 3 << 20
"""The engine takes 4 MB of metadata."""
MAX_BLOCK_LEAVES, MAX_BLOCK_BYTES = 1 << 20, 64 << 20
"""More than a block of the engine's can hold: so much is kept in memory until its block entry comes."""
MAX_CODE = (1 << 31) - 1
"""What a database's integer holds; no outcome has such a code."""

_ITEM_OVERHEAD_BYTES = 6  # tag and length of an item in its chunk


@dataclass(frozen=True, slots=True)
class RestoredBlock:
    """A block whose entry is in the snapshot: where the log stood after it, and decisions with their transactions."""

    height: int
    time_ms: int
    size: int
    root: bytes
    state_root: bytes
    entry: bytes
    decisions: Sequence[Decision]
    tiles: Mapping[TileId, bytes]
    bundles: Mapping[int, bytes]


# ---------------------------------------------------------------- the manifest


def encode_manifest(manifest: SnapshotManifest) -> bytes:
    """The manifest's one encoding; the snapshot's hash is its SHA-256."""
    return manifest.SerializeToString(deterministic=True)


def parse_manifest(encoded: bytes) -> SnapshotManifest:
    """A manifest of the right shape and within the bounds. Raises MalformedInput."""
    if len(encoded) > MAX_MANIFEST_BYTES:
        raise MalformedInput(f"more than {MAX_MANIFEST_BYTES} bytes", "manifest")
    manifest = parse_canonical(SnapshotManifest, encoded, "manifest")
    if min(manifest.height, manifest.time_ms) <= 0 or len(manifest.root) != HASH_BYTES:
        raise MalformedInput("no block has this height, time and root", "manifest")
    if not 0 <= manifest.first_index < manifest.size or manifest.first_index % TILE_WIDTH:
        raise MalformedInput("a multiple of 256 below the size", "manifest.first_index")
    if [len(tile) for tile in manifest.frontier] != [width * HASH_BYTES for width in list_widths(manifest.first_index)]:
        raise MalformedInput("not the hashes at the edge of a log of `first_index` leaves", "manifest.frontier")
    if not 1 <= len(manifest.chunk_hashes) // HASH_BYTES <= MAX_CHUNKS or len(manifest.chunk_hashes) % HASH_BYTES:
        raise MalformedInput(f"1 to {MAX_CHUNKS} hashes of 32 bytes", "manifest.chunk_hashes")
    return manifest


def check_manifest(manifest: SnapshotManifest, network: pb.NetworkId, origin: str, expected: bytes) -> None:
    """Refuse a manifest of another network, or of another log than the one with the app hash `expected`."""
    if manifest.network != network:
        raise MalformedInput("of another network", "manifest.network")
    if app_hash(Checkpoint(origin, manifest.size, manifest.root).body()) != expected:
        raise MalformedInput("not the log of the app hash", "manifest.root")


def list_chunk_hashes(manifest: SnapshotManifest) -> list[bytes]:
    """SHA-256 of each chunk, in their order."""
    hashes = manifest.chunk_hashes
    return [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]


def list_widths(size: int) -> list[int]:
    """By level, how many hashes the last, partial tile of a log of `size` leaves holds."""
    widths: list[int] = []
    while size >> TILE_HEIGHT * len(widths):
        widths.append((size >> TILE_HEIGHT * len(widths)) % TILE_WIDTH)
    return widths


def list_edge(size: int) -> list[TileId]:
    """By level, the last tile of a log of `size` leaves that is not full."""
    return [(level, size >> TILE_HEIGHT * (level + 1)) for level in range(len(list_widths(size)))]


# ---------------------------------------------------------------- chunks


def pack_chunks(leaves: Iterable[SnapshotLeaf], records: Iterable[SnapshotRecord]) -> Iterator[bytes]:
    """The chunks of these items: each as long as may be, so that equal items make equal chunks."""
    items: Iterator[SnapshotLeaf | SnapshotRecord] = chain(leaves, records)
    chunk, size = SnapshotChunk(), 0
    for item in items:
        needed = item.ByteSize() + _ITEM_OVERHEAD_BYTES
        if size and size + needed > CHUNK_BYTES:
            yield chunk.SerializeToString(deterministic=True)
            chunk, size = SnapshotChunk(), 0
        if isinstance(item, SnapshotLeaf):
            chunk.leaves.append(item)
        else:
            chunk.records.append(item)
        size += needed
    yield chunk.SerializeToString(deterministic=True)


def check_chunk(manifest: SnapshotManifest, index: int, chunk: bytes) -> None:
    """Refuse a chunk that is not the one at this index of the manifest."""
    hashes = list_chunk_hashes(manifest)
    if not 0 <= index < len(hashes):
        raise MalformedInput(f"the snapshot has {len(hashes)} chunks", "chunk")
    if len(chunk) > MAX_CHUNK_BYTES or hashlib.sha256(chunk).digest() != hashes[index]:
        raise MalformedInput(f"chunk {index} is not the one that the manifest names", "chunk")


def parse_chunk(chunk: bytes) -> SnapshotChunk:
    """The items of a chunk. Raises MalformedInput."""
    return parse_canonical(SnapshotChunk, chunk, "chunk")


# ---------------------------------------------------------------- leaves


class _Frontier:
    """The tiles of a manifest, as the log reads them."""

    def __init__(self, manifest: SnapshotManifest) -> None:
        self._tiles = dict(zip(list_edge(manifest.first_index), manifest.frontier, strict=True))

    def read_tiles(self, tile_ids: Sequence[TileId]) -> Mapping[TileId, bytes]:
        return {tile_id: self._tiles[tile_id] for tile_id in tile_ids}

    def read_bundle(self, index: int) -> bytes:
        return b""  # the first leaf of a snapshot is the first of its bundle


class LogReplay:
    """The log from the frontier on: leaves in, blocks out. At its end `finish` says whether it is the manifest's."""

    def __init__(self, manifest: SnapshotManifest) -> None:
        self._manifest = manifest
        self._log = LogTree.open(manifest.first_index, _Frontier(manifest))
        self._entries: list[bytes] = []  # since the last block entry, as are the next two
        self._bytes = 0
        self._decisions: list[Decision] = []
        self._last: RestoredBlock | None = None

    def add(self, leaf: SnapshotLeaf) -> RestoredBlock | None:
        """The block that this leaf ends, None where it ends none. Raises MalformedInput."""
        index = self._log.size + len(self._entries)
        if index >= self._manifest.size:
            raise MalformedInput(f"more leaves than the log has, at {index}", "leaves")
        self._bytes += leaf.ByteSize()
        if len(self._entries) >= MAX_BLOCK_LEAVES or self._bytes > MAX_BLOCK_BYTES:
            raise MalformedInput(f"more than a block holds, at {index}", "leaves")
        if len(leaf.entry) > MAX_ENTRY_BYTES:
            raise MalformedInput(f"more than {MAX_ENTRY_BYTES} bytes", "leaves.entry")
        entry = parse_canonical(pb.LogEntry, leaf.entry, "leaves.entry")
        self._entries.append(leaf.entry)
        decision = self._open_transaction(leaf, entry.transaction, index)
        if decision is not None:
            self._decisions.append(decision)
        return self._end_block(leaf.entry, entry.block) if entry.HasField("block") else None

    def finish(self) -> RestoredBlock:
        """The last block, once all leaves are there. Raises MalformedInput: 6 and 8 of the module's rules."""
        manifest, last = self._manifest, self._last
        if last is None or self._entries or (self._log.size, self._log.root) != (manifest.size, manifest.root):
            raise MalformedInput("with the frontier they do not give the root", "leaves")
        if (last.height, last.time_ms) != (manifest.height, manifest.time_ms):
            raise MalformedInput("not those of the last block entry", "manifest.height")
        return last

    def _open_transaction(self, leaf: SnapshotLeaf, entry: pb.TransactionEntry, index: int) -> Decision | None:
        if entry.valid_until_ms <= self._manifest.time_ms:
            if leaf.signed_transaction or leaf.events:
                raise MalformedInput(f"leaf {index} brings what nobody can submit again", "leaves.signed_transaction")
            return None
        outcome = entry.outcome
        if max(outcome.code, outcome.command_index, outcome.field) > MAX_CODE:
            raise MalformedInput(f"leaf {index} has an outcome that no transaction has", "leaves.entry")
        decision = Decision(entry.id, outcome.code, outcome.command_index, outcome.field, index, events=leaf.events)
        decision.transaction = decode(leaf.signed_transaction)
        if encode_entry(decision.transaction, decision) != leaf.entry:
            raise MalformedInput(f"leaf {index} is not of this transaction with these events", "leaves.entry")
        return decision

    def _end_block(self, encoded: bytes, entry: pb.BlockEntry) -> RestoredBlock:
        self._check_order(entry)
        if self._last is None and self._manifest.first_index:
            self._check_window(entry)
        for decision in self._decisions:
            decision.height = entry.height
        append = self._log.append(self._entries)
        self._log.adopt(append)
        self._last = RestoredBlock(
            entry.height, entry.time_ms, append.size, append.root, entry.state_root, encoded, self._decisions,
            append.tiles, append.bundles,
        )  # fmt: skip
        self._entries, self._bytes, self._decisions = [], 0, []
        return self._last

    def _check_order(self, entry: pb.BlockEntry) -> None:
        """Heights and times rise from block to block, up to the manifest's: else rows would stand for one another."""
        height, time_ms = (-1, -1) if self._last is None else (self._last.height, self._last.time_ms)
        if not (height < entry.height <= self._manifest.height and time_ms < entry.time_ms <= self._manifest.time_ms):
            raise MalformedInput(f"block {entry.height} does not follow block {height}", "leaves.entry")

    def _check_window(self, entry: pb.BlockEntry) -> None:
        """Whatever stands before the first block entry was decided no later: nobody can submit it again."""
        if entry.time_ms > self._manifest.time_ms - MAX_HORIZON_MS:
            raise MalformedInput("leaves that may still be answered are left out", "manifest.first_index")
