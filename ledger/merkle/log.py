"""The append-only log: an RFC 9162 tree, kept as C2SP tiles (c2sp.org/tlog-tiles).

- A tile of level L holds up to 256 hashes of complete subtrees of height 8·L; level 0 holds leaf hashes.
- An entry bundle holds up to 256 entries, each a big-endian uint16 length and that many bytes.
- Stored is only the widest version of a tile or bundle: what it was at an earlier size is a prefix of it. So every
  root and path is computable at every size that the log ever had.
- `append` computes and changes nothing; the caller writes the dirty tiles and bundles and calls `adopt` once the commit
  is known to be kept. A commit that failed is forgotten by dropping its `LogAppend`.
- Proofs read complete subtrees only: a few tiles, all in one call of the port.

Not here: the database (it implements `TileReader`), the names under which tiles are served, checking (`verify_log.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from ledger.errors import InvariantViolation, MalformedInput
from ledger.merkle.verify_log import EMPTY_ROOT, HASH_BYTES, hash_children

TILE_HEIGHT = 8
"""Levels of the tree in one tile (tlog-tiles)."""

TILE_WIDTH = 1 << TILE_HEIGHT
"""Hashes in a full tile, entries in a full bundle."""

TILE_BYTES = TILE_WIDTH * HASH_BYTES
"""Length of a full tile, in bytes."""

MAX_ENTRY_BYTES = 65_535
"""Longest entry that a bundle's length prefix can express."""

_LENGTH_BYTES = 2

TileId = tuple[int, int]
"""Level and index of a tile."""

_Range = tuple[int, int]


class TileReader(Protocol):
    """What the log asks of a store: the widest version it holds of each tile and bundle."""

    def read_tiles(self, tile_ids: Sequence[TileId]) -> Mapping[TileId, bytes]:
        """The tiles asked for; one that does not exist is left out."""

    def read_bundle(self, index: int) -> bytes:
        """The bundle of entries 256·index and after; empty if it does not exist."""


@dataclass(frozen=True, slots=True)
class _Edge:
    """The right edge of the tree: all that an append needs to know of what went before."""

    size: int
    """Number of leaves."""
    peaks: tuple[bytes, ...]
    """By height, the complete subtree that still waits for its right sibling; empty where none does."""
    tiles: tuple[bytes, ...]
    """By level, the partial tile; empty where the last tile is full."""
    bundle: bytes
    """The partial bundle; empty where the last one is full."""


@dataclass(frozen=True, slots=True)
class LogAppend:
    """What one append would make of the tree: to be written in one step, then adopted, or else dropped."""

    first_index: int
    """Index of the first new entry; the others follow it."""
    size: int
    """Number of leaves afterwards."""
    root: bytes
    """Root afterwards, 32 bytes."""
    tiles: dict[TileId, bytes]
    """Tiles that are new or wider, whole."""
    bundles: dict[int, bytes]
    """Bundles that are new or longer, whole, by index."""
    _before: _Edge
    _after: _Edge

    @property
    def indexes(self) -> range:
        """The indexes given to the entries, in their order."""
        return range(self.first_index, self.size)


class LogTree:
    """The log at its newest committed size."""

    def __init__(self, reader: TileReader, edge: _Edge) -> None:
        self._reader = reader
        self._edge = edge

    @classmethod
    def open(cls, size: int, reader: TileReader) -> "LogTree":
        """The tree of `size` leaves, its right edge read back. Too little stored is an InvariantViolation."""
        if size < 0:
            raise MalformedInput("a log has no negative size", "size")
        return cls(reader, _read_edge(reader, size))

    @property
    def size(self) -> int:
        """Number of leaves."""
        return self._edge.size

    @property
    def root(self) -> bytes:
        """Root of all leaves, 32 bytes, from memory."""
        return _fold_peaks(self._edge.peaks)

    def append(self, entries: Sequence[bytes]) -> LogAppend:
        """What the tree becomes with these entries, each at most 65535 bytes. Nothing changes until `adopt`."""
        before = self._edge
        bundles, bundle = _extend_bundle(before, entries)
        peaks, risen = _raise_peaks(before.peaks, [sha256(b"\x00" + entry).digest() for entry in entries])
        tiles, edge_tiles = _extend_tiles(before, risen)
        after = _Edge(before.size + len(entries), peaks, edge_tiles, bundle)
        return LogAppend(before.size, after.size, _fold_peaks(peaks), tiles, bundles, before, after)

    def adopt(self, append: LogAppend) -> None:
        """Make an append current, after it was committed. One computed on another state is an InvariantViolation."""
        if append._before is not self._edge:
            raise InvariantViolation(f"an append at {append.first_index} was not computed on this tree of {self.size}")
        self._edge = append._after

    def compute_root(self, size: int) -> bytes:
        """Root at this or an earlier size, 32 bytes."""
        return compute_root(self._reader, self._check_size(size, "size"))

    def build_inclusion(self, index: int, size: int) -> list[bytes]:
        """Inclusion path of a leaf in the tree of `size` leaves."""
        return build_inclusion(self._reader, index, self._check_size(size, "size"))

    def build_consistency(self, first: int, second: int) -> list[bytes]:
        """Consistency path between two sizes of this log."""
        return build_consistency(self._reader, first, self._check_size(second, "second"))

    def get_entry(self, index: int) -> bytes:
        """The entry at an index below the size."""
        return get_entry(self._reader, index, self.size)

    def _check_size(self, size: int, field: str) -> int:
        if size > self.size:
            raise MalformedInput(f"the log has {self.size} entries, {size} were asked for", field)
        return size


def compute_root(reader: TileReader, size: int) -> bytes:
    """Root of the first `size` leaves, 32 bytes. The caller knows that the log is as long."""
    if size < 0:
        raise MalformedInput("a log has no negative size", "size")
    return _hash_ranges(reader, [(0, size)])[0] if size else EMPTY_ROOT


def build_inclusion(reader: TileReader, index: int, size: int) -> list[bytes]:
    """Inclusion path of a leaf, lowest sibling first (RFC 9162 §2.1.3.1). Refuses an index outside the tree."""
    if not 0 <= index < size:
        raise MalformedInput(f"a tree of {size} leaves has no leaf {index}", "index")
    siblings: list[_Range] = []
    start, end = 0, size
    while end - start > 1:
        middle = _split(start, end)
        if index < middle:
            siblings.append((middle, end))
            end = middle
        else:
            siblings.append((start, middle))
            start = middle
    return _hash_ranges(reader, siblings[::-1])


def build_consistency(reader: TileReader, first: int, second: int) -> list[bytes]:
    """Consistency path, lowest first (RFC 9162 §2.1.4.1). Refuses a shrinking log, and the empty log as the first."""
    if not (0 < first <= second or first == second == 0):
        raise MalformedInput(f"no path leads from {first} to {second} leaves", "first")
    siblings: list[_Range] = []
    start, end = 0, second
    while end != first:
        middle = _split(start, end)
        if first <= middle:
            siblings.append((middle, end))
            end = middle
        else:
            siblings.append((start, middle))
            start = middle
    if start:  # the verifier knows the first root, but not this part of it
        siblings.append((start, end))
    return _hash_ranges(reader, siblings[::-1])


def get_entry(reader: TileReader, index: int, size: int) -> bytes:
    """The entry at an index of a log of `size` entries. Refuses an index outside it."""
    if not 0 <= index < size:
        raise MalformedInput(f"a log of {size} entries has no entry {index}", "index")
    entries = split_bundle(reader.read_bundle(index // TILE_WIDTH))
    if index % TILE_WIDTH >= len(entries):
        raise InvariantViolation(f"entry {index} is not in its bundle")
    return entries[index % TILE_WIDTH]


def compute_tile_root(tile: bytes) -> bytes:
    """The hash that the parent of a full tile, of 8192 bytes, has of it."""
    return _hash_subtree(tile, 0, TILE_WIDTH)


def split_bundle(bundle: bytes) -> list[bytes]:
    """The entries of a bundle. One that is cut short or holds more than 256 is malformed."""
    entries: list[bytes] = []
    at = 0
    while at < len(bundle):
        begin = at + _LENGTH_BYTES
        at = begin + int.from_bytes(bundle[at:begin], "big")
        entries.append(bundle[begin:at])
    if at != len(bundle) or len(entries) > TILE_WIDTH:
        raise MalformedInput("cut short, or of more than 256 entries", "bundle")
    return entries


def _split(start: int, end: int) -> int:
    """Where RFC 9162 divides a range of two leaves or more: its left part is the largest power of two below it."""
    return start + (1 << ((end - start - 1).bit_length() - 1))


def _hash_level(hashes: Sequence[bytes]) -> list[bytes]:
    """The parents of hashes taken in pairs; a last one without a partner is left out."""
    pairs = zip(hashes[::2], hashes[1::2], strict=False)
    return [sha256(b"\x01" + left + right).digest() for left, right in pairs]


def _fold_peaks(peaks: Sequence[bytes]) -> bytes:
    root = b""
    for peak in peaks:
        if peak:
            root = hash_children(peak, root) if root else peak
    return root or EMPTY_ROOT


def _raise_peaks(before: tuple[bytes, ...], leaves: list[bytes]) -> tuple[tuple[bytes, ...], list[list[bytes]]]:
    """The peaks after new leaves, and by tile level the hashes of subtrees that became complete."""
    peaks = list(before)
    risen: list[list[bytes]] = []
    rising, height = leaves, 0
    while rising:
        if height % TILE_HEIGHT == 0:
            risen.append(rising)
        if height == len(peaks):
            peaks.append(b"")
        if peaks[height]:
            rising = [peaks[height], *rising]
        peaks[height] = rising[-1] if len(rising) % 2 else b""
        rising, height = _hash_level(rising), height + 1
    return tuple(peaks), risen


def _extend_tiles(before: _Edge, risen: list[list[bytes]]) -> tuple[dict[TileId, bytes], tuple[bytes, ...]]:
    """The tiles that new hashes change, and the partial tile of each level afterwards."""
    tiles: dict[TileId, bytes] = {}
    edge = list(before.tiles)
    for level, hashes in enumerate(risen):
        if level == len(edge):
            edge.append(b"")
        data = edge[level] + b"".join(hashes)
        first = before.size >> TILE_HEIGHT * (level + 1)
        for number, start in enumerate(range(0, len(data), TILE_BYTES), first):
            tiles[level, number] = data[start : start + TILE_BYTES]
        edge[level] = data[len(data) - len(data) % TILE_BYTES :]
    return tiles, tuple(edge)


def _extend_bundle(before: _Edge, entries: Sequence[bytes]) -> tuple[dict[int, bytes], bytes]:
    """The bundles that new entries change, and the partial bundle afterwards."""
    if any(len(entry) > MAX_ENTRY_BYTES for entry in entries):
        raise InvariantViolation(f"an entry of the log is longer than {MAX_ENTRY_BYTES} bytes")
    bundles: dict[int, bytes] = {}
    framed = [len(entry).to_bytes(_LENGTH_BYTES, "big") + entry for entry in entries]
    number, width = divmod(before.size, TILE_WIDTH)
    bundle, start = before.bundle, 0
    while start < len(framed):
        taken = framed[start : start + TILE_WIDTH - width]
        bundle = bundles[number] = bundle + b"".join(taken)
        start += len(taken)
        width += len(taken)
        if width == TILE_WIDTH:
            number, width, bundle = number + 1, 0, b""
    return bundles, bundle


def _read_edge(reader: TileReader, size: int) -> _Edge:
    widths: list[int] = []
    while size >> TILE_HEIGHT * len(widths):
        widths.append((size >> TILE_HEIGHT * len(widths)) % TILE_WIDTH)
    tile_ids = [(level, size >> TILE_HEIGHT * (level + 1)) for level in range(len(widths))]
    stored = reader.read_tiles([tile_id for tile_id, width in zip(tile_ids, widths, strict=True) if width])
    tiles: list[bytes] = []
    peaks: list[bytes] = []
    for tile_id, width in zip(tile_ids, widths, strict=True):
        tiles.append(_cut(stored, tile_id, 0, width))
        for rise in range(TILE_HEIGHT):
            # Below the bits that are set above it, a subtree of 2^rise hashes ends where this bit ends.
            end = width >> rise << rise
            begin = end - (1 << rise)
            peaks.append(_hash_subtree(tiles[-1], begin, end) if width >> rise & 1 else b"")
    return _Edge(size, tuple(peaks[: size.bit_length()]), tuple(tiles), _read_partial_bundle(reader, size))


def _read_partial_bundle(reader: TileReader, size: int) -> bytes:
    number, width = divmod(size, TILE_WIDTH)
    entries = split_bundle(reader.read_bundle(number))[:width] if width else []
    if len(entries) != width:
        raise InvariantViolation(f"bundle {number} holds {len(entries)} entries of {width}")
    return b"".join(len(entry).to_bytes(_LENGTH_BYTES, "big") + entry for entry in entries)


def _cut(tiles: Mapping[TileId, bytes], tile_id: TileId, begin: int, end: int) -> bytes:
    """Hashes begin…end of a tile that was read."""
    part = tiles.get(tile_id, b"")[begin * HASH_BYTES : end * HASH_BYTES]
    if len(part) != (end - begin) * HASH_BYTES:
        raise InvariantViolation(f"tile {tile_id} holds too little: hash {end - 1} is missing")
    return part


def _hash_subtree(tile: bytes, begin: int, end: int) -> bytes:
    hashes = [tile[at * HASH_BYTES : (at + 1) * HASH_BYTES] for at in range(begin, end)]
    while len(hashes) > 1:
        hashes = _hash_level(hashes)
    return hashes[0]


def _hash_ranges(reader: TileReader, ranges: Sequence[_Range]) -> list[bytes]:
    """The hash of each range of leaves, all tiles read at once."""
    subtrees = [_list_subtrees(start, end) for start, end in ranges]
    wanted = {_find_tile(height, index) for parts in subtrees for height, index in parts}
    tiles = reader.read_tiles(sorted(wanted))
    return [_fold_peaks([_get_subtree(tiles, height, index) for height, index in parts]) for parts in subtrees]


def _list_subtrees(start: int, end: int) -> list[tuple[int, int]]:
    """The complete subtrees (height, index) that make up a range, smallest first: ranges of RFC 9162 start aligned."""
    subtrees: list[tuple[int, int]] = []
    while start < end:
        height = (end - start).bit_length() - 1
        subtrees.append((height, start >> height))
        start += 1 << height
    return subtrees[::-1]


def _find_tile(height: int, index: int) -> TileId:
    level, rise = divmod(height, TILE_HEIGHT)
    return level, (index << rise) // TILE_WIDTH


def _get_subtree(tiles: Mapping[TileId, bytes], height: int, index: int) -> bytes:
    rise = height % TILE_HEIGHT
    begin = (index << rise) % TILE_WIDTH
    return _hash_subtree(_cut(tiles, _find_tile(height, index), begin, begin + (1 << rise)), 0, 1 << rise)
