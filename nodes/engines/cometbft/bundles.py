"""What travels in blocks of the engine: bundles of transactions, each of which keeps its own outcome.

A bundle is good if

1. its bytes are the one encoding of a Bundle with 1 to 64 transactions, none empty, and at most `MAX_BUNDLE_BYTES`;
2. each of its transactions decodes, and every signature verifies;
3. what a transaction says of certificates is true (nodes/evidence.py).

A node's own bundles are always good. So CheckTx refuses another, and ProcessProposal a block that holds one. In a block
that was decided all the same (more than a third of the power lied) a bundle without 1 is one result code and no leaf,
and of any other each transaction has its own outcome.

`Examiner` finds out, once for each transaction on this node. Bytes that it has found good it remembers decoded, until
they are decided; so CheckTx does the work, and the block that follows costs a look.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from threading import Lock

from hefu.v1 import network_pb2 as pb
from ledger.application import SignatureMemory, check_transaction
from ledger.errors import MalformedInput, Rejection
from ledger.execution import Candidate
from ledger.transaction import Transaction, decode_checked, parse_canonical
from nodes.config import MAX_BATCH
from nodes.engines.cometbft.settings import MAX_BUNDLE_BYTES

REMEMBERED_BYTES = 32 << 20
"""Good bundles kept decoded: some blocks' worth."""


def encode_bundle(transactions: Sequence[bytes], attempt: int = 0) -> bytes:
    """The one encoding of a bundle. `attempt` makes other bytes of what an engine has taken once."""
    return pb.Bundle(transactions=transactions, attempt=attempt).SerializeToString(deterministic=True)


def decode_bundle(encoded: bytes) -> Sequence[bytes]:
    """The transactions of a bundle, by rule 1. Raises MalformedInput."""
    if len(encoded) > MAX_BUNDLE_BYTES:
        raise MalformedInput(f"more than {MAX_BUNDLE_BYTES} bytes", "bundle")
    transactions = parse_canonical(pb.Bundle, encoded, "bundle").transactions
    if not 1 <= len(transactions) <= MAX_BATCH or not all(transactions):
        raise MalformedInput(f"1 to {MAX_BATCH} transactions, none empty", "bundle.transactions")
    return transactions


class Examiner:
    """Judges bundles by the rules above. Called in any thread."""

    def __init__(self, verified: SignatureMemory, examine: Callable[[Transaction], None]) -> None:
        self._verified = verified
        self._examine = examine
        self._good: OrderedDict[bytes, tuple[int, Sequence[Transaction]]] = OrderedDict()
        self._good_bytes = 0
        self._lock = Lock()

    def judge(self, encoded: bytes) -> Sequence[Transaction]:
        """The transactions of a good bundle. Raises MalformedInput, or Rejection by the first that is not good."""
        digest = sha256(encoded).digest()
        _, known = self._good.get(digest, (0, None))
        if known is None:
            known = [self._check(signed) for signed in decode_bundle(encoded)]
            self._keep(digest, len(encoded), known)
        for transaction in known:
            self._examine(transaction)  # not remembered: authorities may change between two blocks
        return known

    def list_candidates(self, encoded: bytes) -> Sequence[Candidate] | None:
        """What a decided block executes, good or not: None without rule 1. Rule 3 was the proposal's to keep."""
        known = self._take(sha256(encoded).digest())
        if known is not None:
            return known
        try:
            return [self._check_leniently(signed) for signed in decode_bundle(encoded)]
        except MalformedInput:
            return None

    def list_refused(self, encoded: bytes) -> set[bytes]:
        """Those transactions of a bundle of ours that are not good, or not any more."""
        refused = set()
        for signed in decode_bundle(encoded):
            try:
                self._examine(self._check(signed))
            except Rejection:
                refused.add(signed)
        return refused

    def is_known(self, encoded: bytes) -> bool:
        """Whether these bytes were found good and are kept decoded."""
        return sha256(encoded).digest() in self._good

    def warm(self, encoded: bytes) -> None:
        """Do what `judge` would have to, so that it finds it done; what is not good it finds out anew."""
        with suppress(MalformedInput, Rejection):
            self.judge(encoded)

    def remember_verified(self, signed: bytes) -> None:
        """Note what the door of this node has verified."""
        self._verified.remember(sha256(signed).digest())

    def _check(self, signed: bytes) -> Transaction:
        digest = sha256(signed).digest()
        if self._verified.is_known(digest):
            return decode_checked(signed, digest)
        transaction = check_transaction(signed)
        self._verified.remember(digest)
        return transaction

    def _check_leniently(self, signed: bytes) -> Candidate:
        try:
            return self._check(signed)
        except Rejection as rejection:
            return rejection

    def _keep(self, digest: bytes, size: int, found: Sequence[Transaction]) -> None:
        with self._lock:
            if digest not in self._good:
                self._good[digest] = size, found
                self._good_bytes += size
            while self._good_bytes > REMEMBERED_BYTES:
                _, (gone, _) = self._good.popitem(last=False)
                self._good_bytes -= gone

    def _take(self, digest: bytes) -> Sequence[Transaction] | None:
        with self._lock:
            size, found = self._good.pop(digest, (0, None))
            self._good_bytes -= size
        return found
