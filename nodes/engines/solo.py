"""The solo engine: one node orders its own submissions.

1. A block is made when there is work, at once where the last one was begun `gather_ms` ago, else when it was, or as
   soon as `block_transactions` wait. So an idle node makes none and answers a single caller without delay, and a busy
   one, whose submissions arrive while a block is made, makes large ones and never waits.
2. A submission stays whole and in one block.
3. The proposed time is the wall clock; the state machine lifts it to last + 1 where it did not advance.
4. While the database makes a block durable the next may be executed; what is answered is durable.
5. A jump of the wall clock of more than five minutes that the monotonic clock does not confirm, or at start a wall
   clock more than five minutes before the last block, stops block-making until an operator acknowledges the clock.
6. Before the first block that needs another software version, block-making stops: at once when the block before it was
   made, and at start. It goes on when a node that runs that version opens the ledger.

No thread and no waiting here: a kernel process or the simulator drives it through the engine port.
"""

from collections import deque
from collections.abc import Sequence

from ledger.execution import Decision
from ledger.software import WrongSoftware
from nodes.engines.port import Answer, Clock, StateMachine, Submission

MAX_JUMP_MS = 5 * 60_000


class SoloEngine:
    """The engine port on one node. `is_simulated`: block time is the registrar's, so the machine's clock is not judged.

    `stopped_because`: why an earlier process stopped, where nobody has accepted the clock since.
    """

    def __init__(
        self,
        machine: StateMachine,
        clock: Clock,
        block_transactions: int = 1000,
        gather_ms: int = 10,
        is_simulated: bool = False,
        is_clock_accepted: bool = False,
        stopped_because: str = "",
    ) -> None:
        self._machine = machine
        self._clock = clock
        self._block_transactions = block_transactions
        self._gather_ms = gather_ms
        self._is_simulated = is_simulated
        self._queue: deque[Submission] = deque()
        self._due_ms = 0  # monotonic: the next block is not due before, unless enough wait
        self._last_wall_ms, self._last_monotonic_ms = clock.read_wall_ms(), clock.read_monotonic_ms()
        self._waiting = 0
        self._unsettled: list[Answer] = []
        self._height = machine.info().height
        self._stopped_because = stopped_because
        self._needs_version = 0
        if not is_clock_accepted and not stopped_because:
            self._check_start(machine.info().time_ms)
        self._check_software()

    @property
    def stopped_because(self) -> str:
        """Why no more blocks are made until an operator acts; empty while they are."""
        return self._stopped_because

    @property
    def needs_version(self) -> int:
        """The software version for want of which no more blocks are made; 0 = there is no such want."""
        return self._needs_version

    @property
    def waiting(self) -> int:
        """How many transactions are not decided yet."""
        return self._waiting

    def offer(self, submission: Submission) -> None:
        """Take a submission; it will be answered by one of the next blocks."""
        self._queue.append(submission)
        self._waiting += len(submission.transactions)

    def compute_wait_ms(self) -> int | None:
        """Milliseconds until a block is due: 0 = now, None = not before something is offered."""
        if not self._queue or self._stopped_because:
            return None
        if self._waiting >= self._block_transactions:
            return 0
        return max(0, self._due_ms - self._clock.read_monotonic_ms())

    def make_block(self) -> list[Answer]:
        """Make one block of what waits; gives the answers of the block before. Empty if the clock has jumped."""
        wall_ms = self._read_clock()
        if self._stopped_because:
            return []
        taken = self._take()
        if not taken:
            return []
        self._due_ms = self._clock.read_monotonic_ms() + self._gather_ms
        transactions = [signed for submission in taken for signed in submission.transactions]
        result = self._machine.finalize_block(self._height + 1, wall_ms, transactions)
        durable, self._unsettled = self._unsettled, self._divide(taken, result.decisions, result.time_ms)
        self._height = result.height
        self._machine.begin_commit()
        self._check_software()
        return durable

    def settle(self) -> list[Answer]:
        """Wait until every block that was made is durable; the answers that this frees."""
        if self._unsettled:
            self._machine.end_commit()
        durable, self._unsettled = self._unsettled, []
        return durable

    def withdraw(self) -> list[Submission]:
        """Give back what waits, undecided."""
        given = list(self._queue)
        self._queue.clear()
        self._waiting = 0
        return given

    def _take(self) -> list[Submission]:
        taken: list[Submission] = []
        count = 0
        while self._queue and count < self._block_transactions:
            taken.append(self._queue.popleft())
            count += len(taken[-1].transactions)
        self._waiting -= count
        return taken

    @staticmethod
    def _divide(taken: list[Submission], decisions: Sequence[Decision], time_ms: int) -> list[Answer]:
        answers, start = [], 0
        for submission in taken:
            end = start + len(submission.transactions)
            answers.append(Answer(submission, decisions[start:end], time_ms))
            start = end
        return answers

    def _check_start(self, last_block_ms: int) -> None:
        behind_ms = last_block_ms - self._last_wall_ms
        if not self._is_simulated and behind_ms > MAX_JUMP_MS:
            self._stopped_because = f"the wall clock stands {behind_ms // 1000} s before the last block"

    def _check_software(self) -> None:
        """Stop before a block that this node cannot make; a stop for the clock comes first, and is mended first."""
        if self._stopped_because:
            return
        try:
            self._machine.check_software(self._height + 1)
        except WrongSoftware as wrong:
            self._stopped_because, self._needs_version = str(wrong), wrong.needed

    def _read_clock(self) -> int:
        """The wall clock; stops the engine where it jumped and the monotonic clock did not."""
        wall_ms, monotonic_ms = self._clock.read_wall_ms(), self._clock.read_monotonic_ms()
        jump_ms = (wall_ms - self._last_wall_ms) - (monotonic_ms - self._last_monotonic_ms)
        if not self._is_simulated and not self._stopped_because and abs(jump_ms) > MAX_JUMP_MS:
            self._stopped_because = f"the wall clock jumped by {jump_ms // 1000} s and the monotonic clock did not"
        self._last_wall_ms, self._last_monotonic_ms = wall_ms, monotonic_ms
        return wall_ms
