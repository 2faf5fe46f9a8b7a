"""A store in dicts that honours the port: a block is kept whole or refused, and what was written is read back.

A block is kept at `finish_block` and not read before, or, where `is_eager`, when it is begun: a database may do either.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence

from ledger.execution import Decision
from ledger.merkle.state import UndoIndex, UndoRow
from ledger.store.port import BlockHead, BlockWrite, StoredTransaction

Leaf = tuple[bytes, bytes]


class BlockRefused(Exception):
    """The block does not follow what is stored, as a database says by a key that exists already."""


class MemoryStore:
    """The port `Store`, and the few readings beyond it that a replay needs."""

    def __init__(self) -> None:
        self.genesis: bytes | None = None
        self.heads: list[BlockHead] = []
        self.records: dict[bytes, tuple[bytes, bytes, bytes]] = {}  # by key hash: value hash, key, record
        self.transactions: dict[bytes, StoredTransaction] = {}
        self.tiles: dict[tuple[int, int], bytes] = {}
        self.bundles: dict[int, bytes] = {}
        self.undo: dict[int, tuple[UndoRow, list[bytes | None]]] = {}
        self._ordered: list[bytes] = []
        self.is_eager = False
        self.kept_height = 0
        self._begun: BlockWrite | None = None

    def read_head(self) -> BlockHead | None:
        return self.heads[-1] if self.heads else None

    def read_kept_height(self) -> int:
        return self.kept_height

    def keep_height(self, height: int) -> None:
        if height <= self.heads[-1].height:
            raise BlockRefused(f"height {height} after {self.heads[-1].height}")
        self.kept_height = height

    def read_genesis(self) -> bytes | None:
        return self.genesis

    def read_record(self, key_hash: bytes) -> bytes | None:
        row = self.records.get(key_hash)
        return None if row is None else row[2]

    def read_records(self, key_hashes: Sequence[bytes]) -> list[bytes | None]:
        return [self.read_record(key_hash) for key_hash in key_hashes]

    def read_decisions(self, ids: Sequence[bytes]) -> dict[bytes, Decision]:
        return {identity: self.transactions[identity].decision for identity in ids if identity in self.transactions}

    def read_tiles(self, tile_ids: Sequence[tuple[int, int]]) -> Mapping[tuple[int, int], bytes]:
        return {tile_id: self.tiles[tile_id] for tile_id in tile_ids if tile_id in self.tiles}

    def read_bundle(self, index: int) -> bytes:
        return self.bundles.get(index, b"")

    def count_leaves(self) -> int:
        return len(self.records)

    def scan_leaves(self) -> Iterator[Sequence[Leaf]]:
        for start in range(0, len(self._ordered), 7):  # several pieces, as a large table gives
            yield [(key_hash, self.records[key_hash][0]) for key_hash in self._ordered[start : start + 7]]

    def read_leaves(self, ranges: Sequence[tuple[bytes, bytes]]) -> list[Sequence[Leaf]]:
        found: list[Sequence[Leaf]] = []
        for low, high in ranges:
            keys = self._ordered[bisect_left(self._ordered, low) : bisect_right(self._ordered, high)]
            found.append([(key_hash, self.records[key_hash][0]) for key_hash in keys])
        return found

    def read_undo_floor(self) -> int | None:
        return min(self.undo, default=None)

    def read_undo_indices(self, after: int, up_to: int) -> list[UndoIndex]:
        rows = [self.undo[height][0] for height in sorted(self.undo) if after < height <= up_to]
        return [UndoIndex(row.height, row.level, row.old_root, row.prefixes) for row in rows]

    def read_undo_leaves(self, height: int) -> tuple[bytes, bytes]:
        row = self.undo[height][0]
        return row.key_hashes, row.old_value_hashes

    def read_undo_nodes(self, height: int) -> bytes:
        return self.undo[height][0].old_nodes

    def read_undo_records(self, height: int) -> list[bytes | None]:
        return self.undo[height][1]

    def read_day_changes(self) -> list[str]:
        return []  # a view's table, and here are none

    def read_transaction(self, identity: bytes) -> StoredTransaction | None:
        return self.transactions.get(identity)

    def read_blocks(self, after: int, limit: int) -> list[tuple[BlockHead, list[bytes]]]:
        """Blocks above a height with their logged transactions in order, for a replay."""
        by_height: dict[int, list[StoredTransaction]] = {}
        for stored in self.transactions.values():
            by_height.setdefault(stored.decision.height, []).append(stored)
        blocks = []
        for head in [head for head in self.heads if head.height > after][:limit]:
            found = sorted(by_height.get(head.height, []), key=lambda stored: stored.decision.index)
            blocks.append((head, [stored.signed for stored in found]))
        return blocks

    def write_genesis(self, genesis: bytes, block: BlockWrite) -> None:
        if self.genesis is not None:
            raise BlockRefused("the store has a genesis")
        self.genesis = genesis
        self._keep(block)

    def write_block(self, block: BlockWrite) -> None:
        last = self.heads[-1]
        if self._begun is not None:
            raise BlockRefused(f"block {self._begun.head.height} is under way")
        if block.head.height <= last.height or block.first_index != last.size:
            raise BlockRefused(f"block {block.head.height} at {block.first_index} after {last.height} at {last.size}")
        if any(decision.id in self.transactions for decision in block.decisions):
            raise BlockRefused("an id is stored already")
        self._begun = block
        if self.is_eager:
            self._keep(block)

    def finish_block(self) -> None:
        if self._begun is None:
            raise BlockRefused("no block was begun")
        self.end_process(is_kept=True)

    def end_process(self, is_kept: bool) -> None:
        """Nobody waits any more for a block that was begun: it is kept, or it is not."""
        block, self._begun = self._begun, None
        if block is not None and is_kept and block.head != self.heads[-1]:
            self._keep(block)

    def prune(self, oldest: int) -> None:
        """Forget the states before the height `oldest`."""
        self.undo = {height: row for height, row in self.undo.items() if height > oldest}

    def _keep(self, block: BlockWrite) -> None:
        keys = [block.undo.key_hashes[at : at + 32] for at in range(0, len(block.undo.key_hashes), 32)]
        replaced = [block.replaced.get(key) for key in keys]
        encoded = [None if record is None else record.encode() for record in replaced]
        self.undo[block.head.height] = (block.undo, encoded)
        for change in block.changes:
            self._keep_record(change.key_hash, change.value_hash, change.key.encode(), change.encoded)
        for d in block.decisions:
            if d.transaction is not None:
                plain = Decision(d.id, d.code, d.command_index, d.field, d.index, d.height, events=d.events)
                self.transactions[d.id] = StoredTransaction(d.transaction.signed, plain)
        self.tiles.update(block.tiles)
        self.bundles.update(block.bundles)
        self.heads.append(block.head)

    def _keep_record(self, key_hash: bytes, value_hash: bytes | None, key: bytes, encoded: bytes) -> None:
        if value_hash is None:
            if self.records.pop(key_hash, None) is not None:
                del self._ordered[bisect_left(self._ordered, key_hash)]
            return
        if key_hash not in self.records:
            insort(self._ordered, key_hash)
        self.records[key_hash] = (value_hash, key, encoded)
