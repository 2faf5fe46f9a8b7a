"""Breadth-first from the beginning of a universe to a fixed point, then backwards from its ends.

1. Every attempt of a state that is not refused, and waiting for the next time, leads to a state; equal ones are one.
2. Each new state is checked, and each change once for all states in which it is the same.
3. A state is an end when every package in it has ended. From every state an end must stay reachable.
"""

from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from hefu.v1 import receivables_pb2 as pb
from ledger.execution import DEFECTS
from ledger.seam import CommandTable
from tests.exploration.invariants import Violation, check_outcome, check_state
from tests.exploration.memo import Attempt, Memo, Outcome
from tests.exploration.projection import compute_forgotten, get_projected
from tests.exploration.space import Space, State, compute_changed
from tests.exploration.universe import Universe

ENDS = {pb.SETTLED, pb.REFUSED, pb.WITHDRAWN, pb.LAPSED, pb.PACKAGE_CANCELLED}
WAIT = -1


@dataclass(slots=True)
class Report:
    """What an exploration met. `failure`: what does not hold, and how to get there; empty if all holds."""

    states: int = 0
    transitions: int = 0
    refusals: int = 0
    runs: int = 0
    ends: int = 0
    is_fixed_point: bool = False
    failure: str = ""
    taken: Counter[int] = field(default_factory=Counter)
    refused: dict[int, set[int]] = field(default_factory=dict)


class Search:
    """One universe, with every state that was found and the way to it."""

    def __init__(self, universe: Universe, commands: CommandTable) -> None:
        self._universe, self._commands = universe, commands
        self._space = Space()
        self._memos: list[Memo] = []
        self._numbers: dict[tuple[int, bytes, bytes, tuple[str, ...]], int] = {}
        self._lists: dict[tuple[int, ...], list[int]] = {}
        self._moved: dict[tuple[int, int, int], int] = {}
        self._found: dict[tuple[int, State], int] = {}
        self._states: list[tuple[int, State]] = []
        self._came_from, self._came_by = array("q"), array("q")
        self._edges, self._first_edge = array("q"), array("q")
        self.report = Report()

    def run(self) -> Report:
        """Explore to the fixed point, or to the first thing that does not hold."""
        begin = self._universe.build_state(self._space)
        try:
            self._reach((0, begin), -1, WAIT)
            self._explore()
        except (Violation, *DEFECTS) as failure:
            self.report.failure = self.report.failure or f"{type(failure).__name__}: {failure}"
        self.report.states = len(self._states)
        return self.report

    def _explore(self) -> None:
        at = 0
        while at < len(self._states):
            self._first_edge.append(len(self._edges))
            self._expand(at)
            at += 1
        self._first_edge.append(len(self._edges))
        self.report.is_fixed_point = True
        self._check_ends()

    def _expand(self, at: int) -> None:
        moment, state = self._states[at]
        if moment + 1 < len(self._universe.times_ms):
            self._reach((moment + 1, self._wait(moment + 1, state)), at, WAIT)
        report, memos, taken = self.report, self._memos, self.report.taken
        for number in self._list_attempts(moment, state):
            memo = memos[number]
            outcome = memo.find(state) or self._run(at, number)
            if outcome.reason is not None:
                report.refusals += 1
                continue
            taken[memo.attempt.kind] += 1
            after = compute_forgotten(self._space, compute_changed(state, outcome.changes))
            self._reach((moment, after), at, number)

    def _reach(self, found: tuple[int, State], before: int, by: int) -> None:
        number = self._found.get(found)
        if number is None:
            number = self._found[found] = len(self._states)
            self._states.append(found)
            self._came_from.append(before)
            self._came_by.append(by)
            try:
                check_state(self._space, found[1])
            except Violation as violation:
                self._fail(f"{violation}", number)
        if before >= 0:
            self._edges.append(number)
            self.report.transitions += 1

    def _run(self, at: int, number: int) -> Outcome:
        """Run a transition that reads what it has not read before."""
        memo, state = self._memos[number], self._states[at][1]
        kind = memo.attempt.kind
        self.report.runs += 1
        try:
            outcome = memo.run(state)
            if outcome.reason is None:
                check_outcome(self._space, state, memo.attempt, outcome)
            else:
                self.report.refused.setdefault(kind, set()).add(outcome.reason.code)
        except (Violation, *DEFECTS) as failure:
            said = self._describe(number)
            self._fail(f"{type(failure).__name__}: {failure}, by {said}", at)
        return outcome

    def _wait(self, moment: int, state: State) -> State:
        """What the state means at a later moment."""
        time_ms, after = self._universe.times_ms[moment], []
        for place, number in enumerate(state):
            known = self._moved.get((moment, place, number))
            if known is None:
                known = self._moved[moment, place, number] = get_projected(self._space, place, number, time_ms)
            after.append(known)
        return compute_forgotten(self._space, tuple(after))

    def _list_attempts(self, moment: int, state: State) -> Iterator[int]:
        """The numbers of all attempts in a state; each topic is asked once for the same records."""
        for key, build in self._universe.list_topics(self._space, moment, state):
            numbers = self._lists.get(key)
            if numbers is None:
                numbers = self._lists[key] = [
                    self._get_number(moment, attempt) for attempt in build() if attempt.kind in self._commands
                ]
            yield from numbers

    def _get_number(self, moment: int, attempt: Attempt) -> int:
        encoded = attempt.command.SerializeToString(deterministic=True)
        key = (moment, bytes([attempt.kind & 255, attempt.kind >> 8]), encoded, attempt.organisations)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._memos)
            time_ms = self._universe.times_ms[moment]
            self._memos.append(Memo(self._space, self._commands, attempt, time_ms))
        return number

    # ------------------------------------------------------------ ends and failures

    def _check_ends(self) -> None:
        """Mark the ends, then whatever leads to a marked state, until no more is marked."""
        marked = bytearray(len(self._states))
        for at, (_, state) in enumerate(self._states):
            packages = self._space.list_under(state, "package")
            marked[at] = all(package.stage in ENDS for _, package in packages)
        self.report.ends = sum(marked)
        edges, first, is_more = self._edges, self._first_edge, True
        while is_more:
            is_more = False
            for at in range(len(self._states) - 1, -1, -1):
                if not marked[at] and any(marked[after] for after in edges[first[at] : first[at + 1]]):
                    marked[at] = is_more = True
        lost = marked.find(0)
        if lost >= 0:
            self._fail("no end can be reached any more", lost)

    def _fail(self, what: str, at: int) -> None:
        steps = []
        while at > 0:
            steps.append(self._describe(self._came_by[at]))
            at = self._came_from[at]
        self.report.failure = "\n  ".join([what, *reversed(steps)])
        raise Violation(what)

    def _describe(self, number: int) -> str:
        if number == WAIT:
            return "wait"
        attempt = self._memos[number].attempt
        said = " ".join(str(attempt.command).split())
        return f"{self._commands[attempt.kind].name} by {', '.join(attempt.organisations)}: {said}"
