"""What drives the state machine: the solo adapter itself, and a stand-in for an engine that has a log of its own."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from ledger.application import BlockResult, StoreFailure
from nodes.engines.port import Answer, StateMachine, Submission
from tests.simulator.faults import DatabaseGone
from tests.support.replay import Divergence


@dataclass
class SimulatedClock:
    """Both clocks of the machine, moved by the schedule alone."""

    wall_ms: int
    monotonic_ms: int = 0

    def read_wall_ms(self) -> int:
        return self.wall_ms

    def read_monotonic_ms(self) -> int:
        return self.monotonic_ms

    def advance(self, ms: int) -> None:
        """Time passes."""
        self.wall_ms += ms
        self.monotonic_ms += ms

    def jump(self, ms: int) -> None:
        """Somebody sets the wall clock."""
        self.wall_ms = max(1, self.wall_ms + ms)


@dataclass
class Chain:
    """What the other engine keeps durably: the blocks that were decided, and the app hash that followed from each."""

    blocks: list[tuple[int, int, Sequence[bytes]]] = field(default_factory=list)
    app_hashes: dict[int, bytes] = field(default_factory=dict)


class ReplayingEngine:
    """As CometBFT does: a block is decided and kept, then executed; after a start all above the last commit again."""

    def __init__(self, machine: StateMachine, clock: SimulatedClock, chain: Chain, chance: random.Random) -> None:
        self._machine = machine
        self._clock = clock
        self._chain = chain
        self._chance = chance
        self._queue: list[Submission] = []
        self.stopped_because = ""
        self.needs_version = 0

    def recover(self) -> None:
        """Replay what the state machine has not committed."""
        last = self._machine.info()
        for height, time_ms, transactions in self._chain.blocks:
            if height > last.height:
                self._execute(height, time_ms, transactions)

    def offer(self, submission: Submission) -> None:
        self._queue.append(submission)

    def compute_wait_ms(self) -> int | None:
        return 0 if self._queue else None

    def withdraw(self) -> list[Submission]:
        given, self._queue = self._queue, []
        return given

    def make_block(self) -> list[Answer]:
        """Decide a block of what waits (an empty one if nothing does), keep it, execute it, answer."""
        height = self._chain.blocks[-1][0] + 1 if self._chain.blocks else 1
        taken, self._queue = self._queue, []
        transactions = [signed for submission in taken for signed in submission.transactions]
        if self._chance.random() < 0.2:  # a round that is not decided: computed, and forgotten
            others = self._chance.sample(transactions, self._chance.randint(0, len(transactions)))
            self._machine.finalize_block(height, self._clock.wall_ms + 7, others)
        self._chain.blocks.append((height, self._clock.wall_ms, transactions))
        result = self._execute(height, self._clock.wall_ms, transactions)
        answers, start = [], 0
        for submission in taken:
            end = start + len(submission.transactions)
            answers.append(Answer(submission, result.decisions[start:end], result.time_ms))
            start = end
        return answers

    def settle(self) -> list[Answer]:
        """Nothing: this engine asks for whole commits, and answers them."""
        return []

    def _execute(self, height: int, time_ms: int, transactions: Sequence[bytes]) -> BlockResult:
        before = self._machine.info()
        try:
            result = self._machine.finalize_block(height, time_ms, transactions)
        except (DatabaseGone, StoreFailure):
            result = self._machine.finalize_block(height, time_ms, transactions)  # nothing was written: try again
        if self._chain.app_hashes.setdefault(height, result.app_hash) != result.app_hash:
            raise Divergence(f"block {height} gave another app hash when it was replayed")
        try:
            last = self._machine.commit()
        except DatabaseGone:
            # Kept or not, nobody can tell: the process ends, and until then its memory stands where it stood.
            if self._machine.info() != before:
                raise Divergence("a failed commit moved the memory") from None
            raise
        if last.app_hash != result.app_hash:
            raise Divergence(f"block {height}: the commit reports another app hash than was computed")
        return result
