"""Seeded lives of one market: blocks of transactions that its members say, most of them good, many of them refused.

1. The members look at the records that changed last and are not closed, and say what fits one of them, or what does
   not. A look at all records would make a long life slow.
2. Beside what they say, transactions are submitted again, some have a bad signature, some are junk.
3. Time passes at a pace of the life's own: at the slowest nothing comes due, at the fastest requests lapse, packages
   fall due, are paid or overdue, and days end.
4. The first life is long: its log passes the second level of tiles and its state tree splits many buckets. The others
   are short.
"""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from hefu.v1 import receivables_pb2 as pb
from ledger.store.port import BlockWrite
from receivables.records import VOUCHER_PREFIX
from tests.simulator.market import Market
from tests.simulator.worlds import JUNK
from tests.support.memory_store import MemoryStore
from tests.unit.receivables.world import NOW_MS

IN_SIGHT = 120
"""Records that the members look at."""

SHORT_LIFE = 1_000
BLOCK_SIZES = (2, 10, 40)
PACES_MS = (100, 2_000, 60_000, 1_200_000)
"""Milliseconds between two blocks, about."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """The transactions of a block; `known` are those whose signatures count as verified."""

    time_ms: int
    transactions: tuple[bytes, ...]
    known: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class LifePlan:
    """One life: its seed, how many operations it has, and its pace."""

    seed: int
    operations: int
    pace_ms: int


def plan_lives(seed: int, operations: int) -> list[LifePlan]:
    """Seven tenths of the operations in one long life, the others in short ones."""
    lengths = [operations - operations * 3 // 10]
    while (left := operations - sum(lengths)) > 0:
        lengths.append(min(left, SHORT_LIFE))
    return [LifePlan(1_000 * seed + at, length, PACES_MS[at % len(PACES_MS)]) for at, length in enumerate(lengths)]


class Sight(MemoryStore):
    """What the members look at: the records that changed last. It is written as a view is."""

    def write(self, connection: Connection, block: BlockWrite) -> None:
        """Take over what a block changed, and forget what changed longest ago."""
        for change in block.changes:
            self.records.pop(change.key_hash, None)
            if change.record is not None and not _is_closed(change.key, change.record.body):
                self.records[change.key_hash] = (b"", change.key.encode(), change.encoded)
        for key_hash in list(self.records)[: max(0, len(self.records) - IN_SIGHT)]:
            del self.records[key_hash]


def _is_closed(key: str, body: bytes) -> bool:
    return key.startswith(VOUCHER_PREFIX) and pb.Voucher.FromString(body).circulation == pb.CLOSED


class Life:
    """The blocks of one life. They depend on its seed, and on what became of the blocks before, which `sight` shows."""

    def __init__(self, plan: LifePlan) -> None:
        self._plan = plan
        self._random = random.Random(f"life {plan.seed}")
        self._said: list[bytes] = []
        self.market = Market(plan.seed)
        self.sight = Sight()
        self.market.watch(self.sight)

    def make_blocks(self) -> Iterator[Submitted]:
        """Each block when it is asked for, once the one before is committed."""
        time_ms, left = NOW_MS + 1_000, self._plan.operations
        while left:
            time_ms += self._random.randint(1, 2 * self._plan.pace_ms)
            transactions = [self._make(time_ms) for _ in range(min(left, self._random.choice(BLOCK_SIZES)))]
            left -= len(transactions)
            known = (hashlib.sha256(one).digest() in self.market.known for one in transactions)
            yield Submitted(time_ms, tuple(transactions), tuple(known))

    def _make(self, time_ms: int) -> bytes:
        chance = self._random.random()
        if chance < 0.005:
            return self._random.choice(JUNK)
        if chance < 0.02 and self._said:
            return self._random.choice(self._said)
        said = self.market.make_transaction(time_ms)
        if chance > 0.99:
            self.market.known.discard(hashlib.sha256(said).digest())
        self._said = [*self._said[-99:], said]
        return said
