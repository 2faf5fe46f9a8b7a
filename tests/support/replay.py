"""A clean replay: the committed blocks from genesis on, executed anew on a fresh store, must give what is stored."""

import hashlib
from typing import Protocol

from ledger.application import Application
from ledger.store.port import BlockHead


class BlockReader(Protocol):
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
            result = fresh.finalize_block(head.height, head.time_ms, signed)
            if not all(decision.has_leaf for decision in result.decisions):
                raise Divergence(f"block {head.height}: a logged transaction was not logged again")
            fresh.commit()
            if fresh.head != head:
                raise Divergence(f"block {head.height}: {fresh.head} replayed, {head} stored")
    return fresh.head.height
