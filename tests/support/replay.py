"""A clean replay: the committed blocks from genesis on, executed anew on a fresh store, must give what is stored."""

import hashlib
from typing import Protocol

from ledger.application import Application
from ledger.merkle.log import TileReader
from ledger.rotation import read_rotation
from ledger.store.port import BlockHead


class BlockReader(TileReader, Protocol):
    """The reading that a replay needs of a store."""

    def read_blocks(self, after: int, limit: int) -> list[tuple[BlockHead, list[bytes]]]:
        """Blocks above a height with their logged transactions in order."""
        ...


class Divergence(AssertionError):
    """A replay, a store or a memory does not agree with another."""


def replay(source: BlockReader, fresh: Application, is_verified: bool = True) -> int:
    """Bring `fresh` to the last block of `source`, comparing each; returns its height. Signatures count as verified."""
    while blocks := source.read_blocks(fresh.head.height, 200):
        for head, signed in blocks:
            if head.height == 0:
                continue
            for one in signed if is_verified else ():
                fresh.verified.remember(hashlib.sha256(one).digest())
            new_key = None if signed else read_rotation(source, head)
            if new_key is not None:
                fresh.finalize_rotation(head.height, head.time_ms, new_key)
            elif not all(d.has_leaf for d in fresh.finalize_block(head.height, head.time_ms, signed).decisions):
                raise Divergence(f"block {head.height}: a logged transaction was not logged again")
            fresh.commit()
            if fresh.head != head:
                raise Divergence(f"block {head.height}: {fresh.head} replayed, {head} stored")
    return fresh.head.height
