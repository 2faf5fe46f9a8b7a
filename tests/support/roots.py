"""Executes blocks in a process of its own: `python -m tests.support.roots` reads lives as JSON and prints their roots.

A life is a list of blocks, a block [height, time, transactions in hex]; it is played in the world of its seed.
"""

import hashlib
import json
import sys
from collections.abc import Sequence
from typing import Any

from tests.simulator.schedule import make_world
from tests.simulator.worlds import Known
from tests.support.memory_store import MemoryStore

Block = tuple[int, int, Sequence[str]]


def play(seed: int, blocks: Sequence[Block]) -> list[list[Any]]:
    """After each block: height, codes, app hash, state root, a digest of all events."""
    store = MemoryStore()
    world = make_world(seed)
    world.begin(store)
    application = world.open(store)
    signed = [bytes.fromhex(one) for _, _, transactions in blocks for one in transactions]
    application.verified = Known({hashlib.sha256(one).digest() for one in signed})  # type: ignore[assignment]  # a fake
    found = []
    for height, time_ms, transactions in blocks:
        result = application.finalize_block(height, time_ms, [bytes.fromhex(one) for one in transactions])
        application.commit()
        events = hashlib.sha256(b"".join(decision.events for decision in result.decisions)).hexdigest()
        codes = [decision.code for decision in result.decisions]
        found.append([height, codes, result.app_hash.hex(), application.tree.root.hex(), events])
    return found


if __name__ == "__main__":
    print(json.dumps([play(seed, blocks) for seed, blocks in json.load(sys.stdin)]))
