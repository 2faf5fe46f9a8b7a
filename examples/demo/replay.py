"""The same blocks once more: a fresh database, a fresh state machine, and nothing but genesis and the log's blocks.

The node is stopped. Its database is only read: for each block the signed transactions, in their order. Whoever has
them, an auditor too, comes to the same root, or has found out that the node did something else.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from ledger.application import Application
from ledger.rotation import read_rotation
from ledger.store.database import open_engine
from ledger.store.sql import SqlStore
from nodes.config import load_config
from nodes.directory import LOG_KEY, NodeDirectory
from nodes.wiring import begin_ledger, open_application, prepare_database

BLOCKS_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Replay:
    """Roots of the log and of the state, of the node and of the replay."""

    blocks: int
    size: int
    root: bytes
    state_root: bytes
    replayed_size: int
    replayed_root: bytes
    replayed_state_root: bytes

    @property
    def is_same(self) -> bool:
        """Whether the replay came to the same log and the same state."""
        first = (self.size, self.root, self.state_root)
        return first == (self.replayed_size, self.replayed_root, self.replayed_state_root)

    def to_plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "blocks": self.blocks,
            "size": self.size,
            "root": self.root.hex(),
            "state_root": self.state_root.hex(),
            "replayed_size": self.replayed_size,
            "replayed_root": self.replayed_root.hex(),
            "replayed_state_root": self.replayed_state_root.hex(),
            "is_same": self.is_same,
        }


def replay(directory: Path) -> Replay:
    """Replay the log of a node's data directory from genesis."""
    config = load_config(directory, {})
    seed = NodeDirectory(directory).read_seed(LOG_KEY)
    source_engine = open_engine(NodeDirectory(directory).get_url(config), read_only=True)
    fresh_engine = open_engine("sqlite://")
    try:
        return _replay(source_engine, fresh_engine, config.origin, seed)
    finally:
        source_engine.dispose()
        fresh_engine.dispose()


def _replay(source_engine: Engine, fresh_engine: Engine, origin: str, seed: bytes) -> Replay:
    with source_engine.connect() as reading, fresh_engine.connect() as writing:
        source = SqlStore(reading)
        prepare_database(writing)
        fresh = SqlStore(writing)
        begin_ledger(fresh, source.read_genesis() or b"", origin, seed)
        application = open_application(fresh, origin, seed)
        blocks = _feed(application, source)
        head, again = source.read_head(), application.head
        if head is None:
            raise ValueError("the node's database holds no block")
        return Replay(blocks, head.size, head.root, head.state_root, again.size, again.root, again.state_root)


def _feed(application: Application, source: SqlStore) -> int:
    blocks = 0
    while True:
        found = source.read_blocks(application.head.height, BLOCKS_AT_ONCE)
        for head, transactions in found:
            new_key = None if transactions else read_rotation(source, head)
            if new_key is None:
                application.finalize_block(head.height, head.time_ms, transactions)
            else:
                application.finalize_rotation(head.height, head.time_ms, new_key)
            application.commit()
        blocks += len(found)
        if not found or application.head.height < found[-1][0].height:
            return blocks  # a block that decided nothing again would be read for ever
