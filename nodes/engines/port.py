"""The engine port: who orders transactions, and what is asked of the state machine, of the clock and of the engine.

The state machine is asked as CometBFT asks an application, so that both engines drive the same one:

1. `finalize_block` computes a block without persisting anything; it is total.
2. `commit` persists in one step. An engine that orders its own blocks may divide it into `begin_commit` and
   `end_commit`, and compute the next block meanwhile: finalizing it ends the commit that is under way.
3. `info` reports the last commit exactly, and the engine goes on from there.
4. `check_software` says, before a block is begun, whether this node runs the version that it is of.

Everything here is driven from outside, by one thread, without waiting: a kernel process does it in real time, the
simulator step by step. Time comes through the port `Clock` alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ledger.application import BlockResult, LastCommit
from ledger.execution import Decision


class StateMachine(Protocol):
    """What an engine drives: ledger.application.Application, or a fake."""

    def info(self) -> LastCommit:
        """The last commit."""
        ...

    def check_software(self, height: int) -> None:
        """Raise WrongSoftware where the block at `height` cannot be made by this node."""
        ...

    def finalize_block(self, height: int, proposed_ms: int, transactions: Sequence[bytes]) -> BlockResult:
        """Compute a block; nothing is written. WrongSoftware as `check_software`."""
        ...

    def commit(self) -> LastCommit:
        """Persist what was finalized last, in one step."""
        ...

    def begin_commit(self) -> None:
        """Begin to persist what was finalized last."""
        ...

    def end_commit(self) -> LastCommit:
        """Wait until what was begun is durable."""
        ...


class Clock(Protocol):
    """Two clocks in milliseconds."""

    def read_wall_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC; an operator or a time server may set it."""
        ...

    def read_monotonic_ms(self) -> int:
        """Milliseconds since some moment; nobody sets it."""
        ...


@dataclass(frozen=True, slots=True)
class Submission:
    """Transactions that travel together and are answered together, in their order. `tag` is the submitter's own."""

    tag: int
    transactions: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a submission: durable when it is handed out. `time_ms` is the time of the block."""

    submission: Submission
    decisions: Sequence[Decision]
    time_ms: int


class Ordering(Protocol):
    """What can be said of any engine, wherever it runs."""

    @property
    def stopped_because(self) -> str:
        """Why no blocks are made; empty while they are."""
        ...

    @property
    def waiting(self) -> int:
        """How many transactions are not decided yet."""
        ...


class Engine(Ordering, Protocol):
    """An engine that runs inside the kernel process. An exception of any of these calls ends the process."""

    @property
    def needs_version(self) -> int:
        """The software version for want of which no more blocks are made; 0 = there is no such want."""
        ...

    def offer(self, submission: Submission) -> None:
        """Take a submission; it will be answered by one of the next blocks."""
        ...

    def compute_wait_ms(self) -> int | None:
        """Milliseconds until a block is due: 0 = now, None = not before something is offered."""
        ...

    def make_block(self) -> list[Answer]:
        """Make one block of what waits; answers of whatever has become durable since the last answers."""
        ...

    def settle(self) -> list[Answer]:
        """Wait until every block that was made is durable; the answers that this frees."""
        ...

    def withdraw(self) -> list[Submission]:
        """Give back what waits, undecided."""
        ...
