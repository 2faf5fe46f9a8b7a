"""What an attempt does in a state. The transition runs once for each different set of records that it reads.

It is a pure function of block time, command and records, so what it read decides what it did: the first record that it
asks for is always the same, the next one depends on what it found there, and so on to a refusal or to changes.
"""

from dataclasses import dataclass, field

from google.protobuf.message import Message

from ledger.context import Context, Overlay, Record
from ledger.errors import Reason, Rejection
from ledger.seam import CommandTable
from tests.exploration.projection import get_projected
from tests.exploration.space import Space, State, get_at


@dataclass(frozen=True, slots=True)
class Attempt:
    """A command that somebody says."""

    kind: int
    command: Message
    organisations: tuple[str, ...]


@dataclass(slots=True)
class Outcome:
    """What became of an attempt: refused for a reason, or these numbers at these places."""

    reason: Reason | None = None
    changes: tuple[tuple[int, int], ...] = ()


@dataclass(slots=True)
class _Question:
    """Which record is read next; what follows for each record found there."""

    place: int
    answers: "dict[int, _Question | Outcome]" = field(default_factory=dict)


class _Reader:
    """A state as the records under an overlay, with what was read of it, in order."""

    def __init__(self, space: Space, state: State) -> None:
        self._space, self._state = space, state
        self.read_places: list[int] = []

    def read(self, key: str) -> Record | None:
        """The record under a key."""
        place = self._space.get_place(key)
        if place not in self.read_places:
            self.read_places.append(place)
        return self._space.records[get_at(self._state, place)]


class Memo:
    """One attempt at one time."""

    def __init__(self, space: Space, commands: CommandTable, attempt: Attempt, time_ms: int) -> None:
        self.attempt = attempt
        self._space, self._commands, self._time_ms = space, commands, time_ms
        self._root: _Question | Outcome | None = None

    def find(self, state: State) -> Outcome | None:
        """What is known of the attempt in this state; None if it reads what it has not read before."""
        node = self._root
        while type(node) is _Question:
            place = node.place
            node = node.answers.get(state[place] if place < len(state) else 0)
        return node  # type: ignore[return-value]  # whatever is no question is an outcome

    def run(self, state: State) -> Outcome:
        """Run the real transition, and remember what it did. A defect of ours passes through."""
        reader = _Reader(self._space, state)
        overlay = Overlay(reader)
        context = Context(overlay, self._time_ms, bytes(16))
        context.organisations, context.kind = self.attempt.organisations, self.attempt.kind
        spec = self._commands[self.attempt.kind]
        try:
            spec.transition(context, self.attempt.command)
            outcome = Outcome(changes=tuple(self._number(key, record) for key, record in overlay.changes.items()))
        except Rejection as rejection:
            outcome = Outcome(rejection.reason)
        self._learn(state, reader.read_places, outcome)
        return outcome

    def _number(self, key: str, record: Record | None) -> tuple[int, int]:
        place = self._space.get_place(key)
        if record is None:
            return place, 0
        number = self._space.get_number(record.body, record.lapse_at_ms, record.lapse_body)
        return place, get_projected(self._space, place, number, self._time_ms)

    def _learn(self, state: State, places: list[int], outcome: Outcome) -> None:
        if self._root is None:
            self._root = _Question(places[0]) if places else outcome
        node = self._root
        for at, place in enumerate(places):
            if not isinstance(node, _Question) or node.place != place:
                raise AssertionError("a transition read another record than the same records had it read before")
            following = outcome if at + 1 == len(places) else _Question(places[at + 1])
            node = node.answers.setdefault(get_at(state, place), following)
