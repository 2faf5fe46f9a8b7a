"""How much of one block an organisation may fill: a bound on what is proposed, beside the quota of the rules.

1. A transaction counts for the organisation that acts, or for the agent that signs for it, if one of its signatures is
   by a key that is that organisation's in the committed state.
2. It counts once in a block, and only where the block would decide it anew: what is expired, was decided, or is meant
   for another network anybody could send again. So nobody uses up another's share.
3. A block may hold so many as the limits allow (docs/operations.md), and a bundle's worth more: a bundle is proposed
   whole or not. What is above the limit is a result code, as on a solo node.

A function of the block's bytes and the committed state, so all honest nodes agree.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from hefu.v1 import identity_pb2, ledger_pb2
from identity.records import compute_key_key
from ledger.context import Record
from ledger.errors import InvariantViolation
from ledger.state_keys import LIMITS_KEY
from ledger.transaction import Transaction
from nodes.config import MAX_BATCH


class Committed(Protocol):
    """What is asked of the state machine, as of the last commit."""

    def read_committed(self, key: str) -> Record | None:
        """A record."""
        ...

    def list_open(self, transactions: Sequence[Transaction], time_ms: int) -> Sequence[Transaction]:
        """Those that a block at `time_ms` would decide anew."""
        ...


class BlockQuota:
    """Counts the bundles of one block; `time_ms` is the block's."""

    def __init__(self, committed: Committed, time_ms: int) -> None:
        limits = committed.read_committed(LIMITS_KEY)
        if limits is None:
            raise InvariantViolation("the state holds no limits")
        allowed = ledger_pb2.Limits.FromString(limits.get_meant(time_ms)).transactions_per_organisation_block
        self._allowed = allowed + MAX_BATCH
        self._committed = committed
        self._time_ms = time_ms
        self._used: Counter[str] = Counter()
        self._counted: set[bytes] = set()
        self._owners: dict[bytes, str] = {}

    def admit(self, bundle: Sequence[Transaction]) -> bool:
        """Whether the block may hold this bundle too; if so it is counted."""
        others = {one.id: one for one in bundle if one.id not in self._counted}
        fresh = self._committed.list_open(list(others.values()), self._time_ms)
        used = Counter(actor for transaction in fresh for actor in self._list_actors(transaction))
        if any(self._used[actor] + count > self._allowed for actor, count in used.items()):
            return False
        self._used.update(used)
        self._counted.update(others)
        return True

    def _list_actors(self, transaction: Transaction) -> list[str]:
        owners = [self._find_owner(signature.public_key) for signature in transaction.signatures]
        actors = (command.agent or command.organisations[0] for command in transaction.body.commands)
        return [actor for actor in dict.fromkeys(actors) if actor in owners]

    def _find_owner(self, public_key: bytes) -> str:
        if public_key not in self._owners:
            record = self._committed.read_committed(compute_key_key(public_key))
            body = b"" if record is None else record.get_meant(self._time_ms)
            self._owners[public_key] = identity_pb2.KeyRecord.FromString(body or b"").organisation
        return self._owners[public_key]
