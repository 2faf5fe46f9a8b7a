"""A real node is killed with −9 under load, thirty times; after each start it must agree with a clean replay.

Each round: start, which is recovery; compare with a replay of the whole log, kept up from genesis on; submit what was
acknowledged before and what was in flight, then new work over the gRPC stream; kill after a seeded number of answers
and a seeded amount of work of our own.
"""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ledger.application import Application
from ledger.store.database import open_engine
from ledger.store.sql import SqlStore
from ledger.transaction import decode
from nodes.config import load_config
from nodes.directory import LOG_KEY, NodeDirectory
from nodes.wiring import begin_ledger, open_application
from tests.faults.node_process import NodeProcess
from tests.support.memory_store import MemoryStore
from tests.support.replay import replay
from tests.support.running import Network, init

KILLS = 30
BATCHES, BATCH = 24, 12


@dataclass
class Told:
    """What the clients know: what was answered, and what was not."""

    answers: dict[bytes, tuple[int, int, int]] = field(default_factory=dict)  # by id: leaf, height, code
    signed: dict[bytes, bytes] = field(default_factory=dict)
    duplicates: int = 0

    def hear(self, batch: Sequence[bytes], receipts: Sequence[Any]) -> None:
        """Compare with what was answered before."""
        assert len(batch) == len(receipts)
        for signed, receipt in zip(batch, receipts, strict=True):
            assert receipt.has_leaf, receipt
            answer = (receipt.index, receipt.height, receipt.refusal.code)
            assert self.answers.setdefault(receipt.id, answer) == answer
            self.signed[receipt.id] = signed
            self.duplicates += receipt.is_duplicate


class Load:
    """Batches without end: packages are issued and accepted, some accepted twice."""

    def __init__(self, network: Network, seed: int) -> None:
        self._network = network
        self._random = random.Random(seed)
        self._issued = 0

    def make_batches(self) -> list[list[bytes]]:
        """The batches of one round."""
        return [[self._make() for _ in range(BATCH)] for _ in range(BATCHES)]

    def _make(self) -> bytes:
        if self._issued and self._random.random() < 0.4:
            return self._network.accept(self._random.randint(1, self._issued))
        self._issued += 1
        return self._network.issue(self._issued)


class Replica:
    """A clean replay from genesis on a fresh store, brought up to date after each start."""

    def __init__(self, directory: Path) -> None:
        node = NodeDirectory(directory)
        config = load_config(directory, {})
        store: Any = MemoryStore()
        begin_ledger(store, (directory / "genesis.bin").read_bytes(), config.origin, node.read_seed(LOG_KEY))
        self._url = node.get_url(config)
        self.application: Application = open_application(store, config.origin, node.read_seed(LOG_KEY))

    def compare(self, told: Told) -> None:
        """The node's file against the replay, and against what its clients were told."""
        engine = open_engine(self._url, read_only=True)
        with engine.connect() as connection:
            store = SqlStore(connection)
            replay(store, self.application)
            assert store.read_head() == self.application.head
            rows = connection.exec_driver_sql("SELECT id, leaf_index, height, code FROM transactions").all()
            state = hashlib.sha256()
            for row in connection.exec_driver_sql("SELECT key_hash, value_hash FROM records ORDER BY key_hash"):
                state.update(row[0] + row[1])
        engine.dispose()
        ours = hashlib.sha256()
        for piece in self.application._store.scan_leaves():
            for leaf in piece:
                ours.update(leaf[0] + leaf[1])
        assert state.digest() == ours.digest()
        stored = {row[0]: tuple(row[1:]) for row in rows}
        assert len(stored) == len(rows)
        missing = [identity.hex() for identity, answer in told.answers.items() if stored.get(identity) != answer]
        assert missing == []


def work_for(rounds: int) -> bytes:
    """Some time that depends on nothing but the seed and the machine."""
    found = b""
    for _ in range(rounds):
        found = hashlib.sha256(found).digest()
    return found


@pytest.mark.parametrize("processes", [1, 2])
def test_a_node_that_is_killed_under_load_loses_and_doubles_nothing(tmp_path, processes):
    chance = random.Random(processes)
    network = Network()
    directory = init(tmp_path / "node", network, block_gather_ms=0, block_transactions=24)
    replica, told, load = Replica(directory), Told(), Load(network, processes)
    in_flight: list[list[bytes]] = []
    kills = interrupted = 0
    for number in range(KILLS // 2 + 1):
        with NodeProcess(directory, processes) as node:
            replica.compare(told)
            known = list(told.signed.values())
            again = [known[at : at + BATCH] for at in range(max(0, len(known) - 4 * BATCH), len(known), BATCH)]
            for batch, receipts in zip(again + in_flight, node.submit(again + in_flight), strict=True):
                told.hear(batch, receipts)
            if number == KILLS // 2:
                break  # the last start only shows that all is well
            batches = load.make_batches()
            patience, answered = chance.randint(1, BATCHES // 2), 0
            for batch, receipts in zip(batches, node.submit(batches), strict=False):
                told.hear(batch, receipts)
                answered += 1
                if answered == patience:
                    work_for(chance.randrange(20_000))
                    node.kill_kernel() if processes == 2 and number % 2 else node.kill_all()
                    kills += 1
            in_flight = batches[answered:]
            interrupted += bool(in_flight)
    assert kills == KILLS // 2
    assert interrupted > kills // 2  # the others had done all their work before the signal came
    assert told.duplicates > 0
    replica.compare(told)
    ids = [decode(signed).id for batch in in_flight for signed in batch]
    assert all(identity in told.answers for identity in ids)
