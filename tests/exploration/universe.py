"""A universe: who is in it, what it begins with, the times that matter in it, and what is tried there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import combinations

from hefu.v1 import receivables_pb2 as pb
from tests.exploration.invariants import parse_ref
from tests.exploration.places import (
    Attempts,
    Moment,
    MomentTopic,
    Pair,
    PairTopic,
    Parcel,
    ParcelTopic,
    Place,
    PlaceTopic,
)
from tests.exploration.projection import get_projected
from tests.exploration.space import Space, State, compute_changed, get_at
from tests.unit.receivables.world import BANK, BANK2, CUT_OFF_MS, DAY_MS, NOW_MS, PAYEE, SECOND, THIRD, World

LATER_MS = NOW_MS + DAY_MS
DUE_MS = CUT_OFF_MS + DAY_MS
OVERDUE_MS = DUE_MS + 5 * DAY_MS  # after the due day and the rulebook's days of grace
Key = tuple[int, ...]
_AT_MOMENT, _AT_PARCEL, _AT_PLACE, _AT_PAIR = range(4)


@dataclass(frozen=True)
class Universe:
    """Each topic lists attempts at a moment, on a package, on a range, or on two ranges."""

    name: str
    rules: pb.VoucherRules
    face_fen: int = 2
    numbers: tuple[str, ...] = ("A-1",)
    people: tuple[str, ...] = (PAYEE, SECOND, THIRD)
    banks: tuple[str, ...] = (BANK, BANK2)
    times_ms: tuple[int, ...] = (NOW_MS, LATER_MS, CUT_OFF_MS, DUE_MS, OVERDUE_MS)
    at_moments: tuple[MomentTopic, ...] = ()
    at_parcels: tuple[ParcelTopic, ...] = ()
    at_places: tuple[PlaceTopic, ...] = ()
    at_pairs: tuple[PairTopic, ...] = ()
    issuing_line: str = ""
    financing_line: str = ""
    prepare: Callable[[World, int], None] | None = None

    def build_state(self, space: Space) -> State:
        """The state in which it begins."""
        world = World(self.rules)
        if self.prepare is not None:
            self.prepare(world, self.face_fen)
        changes = []
        for key, record in sorted(world.source.records.items()):
            place = space.get_place(key)
            changes.append((place, get_projected(space, place, space.get_number(record.body), self.times_ms[0])))
        return compute_changed((), tuple(changes))

    def build_moment(self, at: int) -> Moment:
        """One of its times, with those who act then."""
        return Moment(
            people=self.people,
            banks=self.banks,
            numbers=self.numbers,
            face_fen=self.face_fen,
            now_ms=self.times_ms[at],
            next_ms=self.times_ms[at + 1] if at + 1 < len(self.times_ms) else 0,
            issuing_line=self.issuing_line,
            financing_line=self.financing_line,
        )

    def list_topics(self, space: Space, at: int, state: State) -> Iterator[tuple[Key, Callable[[], Attempts]]]:
        """What may be tried in a state: a key of all that the attempts depend on, and how they are listed."""
        moment = self.build_moment(at)
        yield (_AT_MOMENT, at), partial(self._list_at_moment, moment)
        for place in space.places_of["package"]:
            number = get_at(state, place)
            if number:
                parcel = Parcel(moment, space.keys[place].partition("/")[2], space.decode(place, number))
                yield (_AT_PARCEL, at, place, number), partial(self._list_at_parcel, parcel)
        ranges = [(place, get_at(state, place)) for place in space.places_of["voucher"] if get_at(state, place)]
        accounts = tuple(get_at(state, place) for place in space.places_of["account"])
        for place, number in ranges:
            key = (_AT_PLACE, at, place, number, *self._list_beside(space, state, place), *accounts)
            yield key, partial(self._list_at_place, space, moment, state, place)
        if self.at_pairs:
            for one, other in combinations(ranges, 2):
                yield (_AT_PAIR, at, *one, *other), partial(self._list_at_pair, space, moment, one, other)

    def _list_beside(self, space: Space, state: State, place: int) -> tuple[int, int]:
        name = space.keys[place].partition("/")[2]
        package = get_at(state, space.get_place("package/" + name.rpartition("/")[0]))
        return package, get_at(state, space.get_place("claim/voucher:" + name))

    def _list_at_moment(self, moment: Moment) -> Attempts:
        for topic in self.at_moments:
            yield from topic(moment)

    def _list_at_parcel(self, parcel: Parcel) -> Attempts:
        for topic in self.at_parcels:
            yield from topic(parcel)

    def _list_at_place(self, space: Space, moment: Moment, state: State, place: int) -> Attempts:
        name = space.keys[place].partition("/")[2]
        accounts = {who: account.account_commitment for who, account in space.list_under(state, "account")}
        found = Place(
            moment=moment,
            ref=parse_ref(name),
            voucher=space.decode(place, get_at(state, place)),
            package=space.get(state, "package/" + name.rpartition("/")[0]),
            claim=space.get(state, "claim/voucher:" + name),
            accounts=accounts,
        )
        for topic in self.at_places:
            yield from topic(found)

    def _list_at_pair(self, space: Space, moment: Moment, one: tuple[int, int], other: tuple[int, int]) -> Attempts:
        both = sorted((one, other), key=lambda found: _get_order(space, found[0]))
        refs = tuple(parse_ref(space.keys[place].partition("/")[2]) for place, _ in both)
        vouchers = tuple(space.decode(place, number) for place, number in both)
        for topic in self.at_pairs:
            yield from topic(Pair(moment, (refs[0], refs[1]), (vouchers[0], vouchers[1])))


def _get_order(space: Space, place: int) -> tuple[str, int]:
    ref = parse_ref(space.keys[place].partition("/")[2])
    return ref.package, ref.start
