"""Proofs kept at the ends of civil days: what a chosen key held after the last block of a day on which it changed.

1. A view writes down which of the chosen keys the blocks of the running day changed.
2. Before the first block of another day changes the tree, the tree still stands at the end of the day before: a state
   proof of each of these keys is built, some 0.3 ms a key, and written with that block, in its database transaction.
3. A proof is kept as of its day. Given out later, it stands under the newest checkpoint (`renew_state_proof`).

What is chosen, and when a day begins, is told by whoever wires the node.
"""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from hefu.v1 import ledger_pb2 as pb
from ledger.merkle.state import StateTree
from ledger.proofs import build_state_proof
from ledger.store.dialect import adapt, build_insert, build_upsert
from ledger.store.port import BlockHead, BlockWrite, KeptProof
from ledger.store.schema import day_changes, day_proofs
from ledger.store.sql import SqlStore

_NOTE_CHANGE, _INSERT_PROOF = build_upsert(day_changes), build_insert(day_proofs)
_NEWEST_PROOF = "SELECT day, proof FROM day_proofs WHERE key = ? AND day <= ? ORDER BY day DESC LIMIT 1"


class DayChanges:
    """The view: keys that begin with one of `prefixes`, and the proofs that the kernel has collected of them."""

    def __init__(self, prefixes: tuple[str, ...]) -> None:
        self._prefixes = prefixes

    def write(self, connection: Connection, block: BlockWrite) -> None:
        """Keep the proofs of the day that has ended, and note the keys that this block changed."""
        if block.day_ends:
            rows = [(kept.key.encode(), kept.day, kept.proof) for kept in block.day_ends]
            _INSERT_PROOF.execute(connection, rows)
            connection.exec_driver_sql("DELETE FROM day_changes")
        changed = [(change.key.encode(),) for change in block.changes if change.key.startswith(self._prefixes)]
        _NOTE_CHANGE.execute(connection, changed)


class DayProofs:
    """What the kernel asks at each block (`DayEnds`). `compute_day`: the civil day of a time in ms."""

    def __init__(self, store: SqlStore, network: pb.NetworkId, compute_day: Callable[[int], int]) -> None:
        self._store = store
        self._network = network
        self._compute_day = compute_day

    def collect(self, tree: StateTree, last: BlockHead, time_ms: int) -> Sequence[KeptProof]:
        """At the first block of another day, a proof of each key that the day of `last` changed; else none."""
        day = self._compute_day(last.time_ms)
        if self._compute_day(time_ms) == day:
            return ()
        return [KeptProof(day, key, self._prove(tree, key)) for key in self._store.read_day_changes()]

    def _prove(self, tree: StateTree, key: str) -> bytes:
        return build_state_proof(self._store, tree, self._network, [key]).SerializeToString(deterministic=True)


def read_day_proof(connection: Connection, key: str, day: int) -> KeptProof | None:
    """The kept proof of the newest day, up to `day`, on which the key changed; None where there is none."""
    row = connection.exec_driver_sql(adapt(connection, _NEWEST_PROOF), (key.encode(), day)).one_or_none()
    return None if row is None else KeptProof(row[0], key, row[1])
