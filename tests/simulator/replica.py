"""A second node of the network: it is told the blocks that were decided, ends and starts by itself, and must agree."""

import random
from collections.abc import Sequence
from typing import Any

from ledger.application import StoreFailure
from ledger.store.port import Store
from nodes.engines.cometbft.adapter import Machine
from nodes.engines.cometbft.bundler import Bundler
from tests.simulator.cometbft import (
    ABCI_CALLS,
    DISK_CALLS,
    IN_FLIGHT,
    Agreed,
    Block,
    Disk,
    Engine,
    Front,
    build_adapter,
)
from tests.simulator.faults import STORE_FAULTS, Crash, DatabaseGone, Faulty, Layer, list_calls
from tests.simulator.worlds import Known, World
from tests.support.memory_store import MemoryStore
from tests.support.replay import Divergence

STORE_CALLS = list_calls(Store)
MACHINE_CALLS = list_calls(Machine)
SAME = ("heads", "genesis", "records", "transactions", "tiles", "bundles", "kept_height")


class Replica:
    """Store and engine of its own; what falls on its calls is drawn from the same plan."""

    def __init__(self, layer: Layer, world: World, agreed: Agreed, chance: random.Random) -> None:
        self._layer = layer
        self._world = world
        self._agreed = agreed
        self._chance = chance
        self._disk = Disk()
        self._engine: Engine | None = None
        self.store = MemoryStore()
        self.restarts = 0

    def follow(self, blocks: Sequence[Block]) -> None:
        """Take what was decided, until the end of the blocks or of the process."""
        try:
            if self._engine is None:
                self._engine = self._start()
                self._engine.shake_hands()
            for block in blocks[len(self._disk.blocks) :]:
                self._engine.decide(block)
        except (Crash, DatabaseGone, StoreFailure):
            self._engine = None
            self.restarts += 1

    def compare(self, other: MemoryStore) -> None:
        """Divergence where the two do not hold the same."""
        for name in SAME:
            if getattr(self.store, name) != getattr(other, name):
                raise Divergence(f"{name} of two replicas differ")

    def _start(self) -> Engine:
        self.store.end_process(is_kept=self._chance.random() < 0.5)
        store: Any = Faulty(self._layer, self.store, "store", STORE_CALLS, STORE_FAULTS)
        if store.read_head() is None:
            self._world.begin(store)
        application = self._world.open(store, numbers_all=True)
        verified: Any = Known(self._world.known)
        application.verified = verified
        adapter = build_adapter(
            Faulty(self._layer, application, "machine", MACHINE_CALLS), verified, lambda found: None
        )
        front = Front(application, adapter, Bundler(IN_FLIGHT), lambda answers: None)
        abci = Faulty(self._layer, front, "abci", ABCI_CALLS)
        return Engine(abci, Faulty(self._layer, self._disk, "disk", DISK_CALLS), self._agreed)
