"""Which submissions travel together, and what became of them: the engine port's two ends, without a clock or a task.

1. Submissions that wait are put together whole, in their order, up to 64 transactions and `MAX_BUNDLE_BYTES`. One that
   alone is longer is cut; it is answered when its last part is.
2. So many transactions at most are in the engine's hands: a long queue there makes it slower, so the rest waits here,
   where the door's bound on undecided batches holds it back.
3. An engine takes the same bytes once, and forgets late what was decided. So what was submitted before, and a bundle
   that was not decided for `RESEND_MS` though blocks were, goes out in other bytes (`attempt`). Whichever is decided
   first counts; the ledger decides no id twice.
4. Where a transaction is refused that was good before, the submissions that hold one are given back, and the rest of
   the bundle goes on in their place.
5. A submission is answered once, with the decisions of its transactions in their order.
"""

from collections import deque
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from ledger.errors import InvariantViolation
from ledger.execution import Decision
from nodes.config import MAX_BATCH
from nodes.engines.cometbft.bundles import encode_bundle
from nodes.engines.cometbft.settings import MAX_BUNDLE_BYTES
from nodes.engines.port import Answer, Submission

RESEND_MS = 10_000
FRAME_BYTES = 8
"""More than stands around a transaction in a bundle."""


@dataclass(slots=True)
class _Open:
    """A submission that is not answered. `decisions` are filled part by part. `is_given`: it was given back."""

    submission: Submission
    decisions: list[Decision | None]
    missing: int
    is_given: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    """Transactions `start` to `end` of a submission."""

    opened: _Open
    start: int
    end: int

    @property
    def count(self) -> int:
        return self.end - self.start

    @property
    def transactions(self) -> Sequence[bytes]:
        return self.opened.submission.transactions[self.start : self.end]


@dataclass(slots=True)
class Sent:
    """A bundle in the engine's hands. `names` are the digests of all bytes in which it went out."""

    encoded: bytes
    parts: Sequence[_Part]
    sent_ms: int
    attempt: int = 0
    names: list[bytes] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many transactions travel in it."""
        return sum(part.count for part in self.parts)


class Bundler:
    """Puts together, hands out, and finds who waits. Times are milliseconds of a monotonic clock."""

    def __init__(self, max_in_flight: int) -> None:
        self._max_in_flight = max_in_flight
        self._queue: deque[_Part] = deque()
        self._sent: dict[bytes, Sent] = {}
        self._in_flight = 0
        self._waiting = 0
        self._attempts = 0

    @property
    def waiting(self) -> int:
        """How many transactions are not decided yet."""
        return self._waiting

    @property
    def queued(self) -> int:
        """How many of them are not in the engine's hands."""
        return self._waiting - self._in_flight

    def offer(self, submission: Submission) -> None:
        """Take a submission."""
        count = len(submission.transactions)
        opened = _Open(submission, [None] * count, count)
        self._queue.extend(_cut(opened))
        self._waiting += count

    def take(self, now_ms: int) -> Sent | None:
        """The bundle that goes to the engine next; None where nothing waits, or the engine has enough."""
        if not self._queue or self._in_flight >= self._max_in_flight:
            return None
        sent = Sent(b"", self._gather(), now_ms)
        self._encode(sent)
        self._in_flight += sent.count
        return sent

    def take_overdue(self, now_ms: int) -> list[Sent]:
        """Those to be sent again, in other bytes. To be asked only where blocks have been decided meanwhile."""
        overdue = [sent for sent in self._list_sent() if now_ms - sent.sent_ms >= RESEND_MS]
        for sent in overdue:
            self.renew(sent, now_ms)
        return overdue

    def renew(self, sent: Sent, now_ms: int) -> None:
        """Other bytes for what is not decided; it still is where the former are."""
        self._attempts += 1
        sent.attempt, sent.sent_ms = self._attempts, now_ms
        self._encode(sent)

    def settle(self, encoded: bytes, decisions: Sequence[Decision], time_ms: int) -> list[Answer]:
        """A block has decided these bytes: the answers that are whole now. Bytes of other nodes give none."""
        sent = self._sent.get(sha256(encoded).digest())
        if sent is None:
            return []
        for name in sent.names:
            del self._sent[name]
        if len(decisions) != sent.count:
            raise InvariantViolation("a bundle of ours was decided as another")
        self._in_flight -= sent.count
        self._waiting -= sent.count
        answers, at = [], 0
        for part in sent.parts:
            opened, size = part.opened, part.count
            opened.decisions[part.start : part.end] = decisions[at : at + size]
            opened.missing -= size
            at += size
            if not opened.missing:
                whole = [decision for decision in opened.decisions if decision is not None]
                answers.append(Answer(opened.submission, whole, time_ms))
        return answers

    def is_open(self, encoded: bytes) -> bool:
        """Whether these bytes are not decided yet."""
        return sha256(encoded).digest() in self._sent

    def part(self, sent: Sent, refused: Container[bytes]) -> tuple[list[Submission], Sent | None]:
        """Give back the submissions that travel in a bundle with one of these transactions.

        The rest is a bundle of its own, in the same order; None where nothing is left, the same where nothing is given.
        """
        faults = {id(part.opened) for part in sent.parts if any(signed in refused for signed in part.transactions)}
        if not faults:
            return [], sent
        for name in sent.names:
            del self._sent[name]
        given = self._give([part for part in sent.parts if id(part.opened) in faults])
        queued = sum(part.count for part in self._queue)
        self._queue = deque(part for part in self._queue if id(part.opened) not in faults)
        rest = Sent(b"", [part for part in sent.parts if id(part.opened) not in faults], sent.sent_ms)
        self._waiting -= sent.count - rest.count + queued - sum(part.count for part in self._queue)
        self._in_flight -= sent.count - rest.count
        if not rest.parts:
            return given, None
        self.renew(rest, sent.sent_ms)  # its own names: what went out with the others may still be decided
        return given, rest

    def withdraw(self) -> list[Submission]:
        """Give back what is not answered; what is in the engine's hands may still be decided."""
        given = self._give([part for sent in self._list_sent() for part in sent.parts] + list(self._queue))
        self._queue.clear()
        self._sent.clear()
        self._waiting = self._in_flight = 0
        return given

    def _give(self, parts: Sequence[_Part]) -> list[Submission]:
        """Their submissions, each once for good: a caller is answered once."""
        given = []
        for opened in {id(part.opened): part.opened for part in parts}.values():
            if not opened.is_given:
                opened.is_given = True
                given.append(opened.submission)
        return given

    def _gather(self) -> list[_Part]:
        parts: list[_Part] = []
        count = size = 0
        while self._queue:
            part = self._queue[0]
            count += part.count
            size += sum(map(len, part.transactions)) + FRAME_BYTES * part.count
            if parts and (count > MAX_BATCH or size > MAX_BUNDLE_BYTES - FRAME_BYTES):
                break
            parts.append(self._queue.popleft())
        return parts

    def _encode(self, sent: Sent) -> None:
        transactions = [signed for part in sent.parts for signed in part.transactions]
        sent.encoded = encode_bundle(transactions, sent.attempt)
        name = sha256(sent.encoded).digest()
        if name in self._sent:  # another caller submitted the very same
            self.renew(sent, sent.sent_ms)
            return
        sent.names.append(name)
        self._sent[name] = sent

    def _list_sent(self) -> list[Sent]:
        return list({id(sent): sent for sent in self._sent.values()}.values())


def _cut(opened: _Open) -> list[_Part]:
    """Parts that each fit into a bundle: nearly always one."""
    parts, start, size = [], 0, 0
    transactions = opened.submission.transactions
    for at, signed in enumerate(transactions):
        size += len(signed) + FRAME_BYTES
        if at > start and (size > MAX_BUNDLE_BYTES - FRAME_BYTES or at - start == MAX_BATCH):
            parts.append(_Part(opened, start, at))
            start, size = at, len(signed) + FRAME_BYTES
    parts.append(_Part(opened, start, len(transactions)))
    return parts
