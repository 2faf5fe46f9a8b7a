"""Patterns in flows that somebody should look at: pure arithmetic on lists. Amounts are 分, days civil days.

| kind | what it is |
|---|---|
| ABNORMAL_SPLITTING 异常拆分 | more than 20 splits of a package; or 8 pieces of it to 8 receivers within 3 days; |
| | or 8 pieces at most 5 % above the smallest that is allowed |
| CIRCULAR_TRADE 循环贸易 | 2 to 4 flows, one after another, that end where they began, none below half of the first |
| RELATED_PARTIES 关联交易 | a flow between two that declared each other, or stand under one group line |
| CONCENTRATION 集中度 | one issuer above 30 % of what a lender holds, one supplier above 50 % of an issuer's face |
| PASS_THROUGH 资金中介 | received, and 90 % of it given on within 3 days: 5 times |

A circle all of whose flows are of one package counts double. A sale to a bank is no giving on. Shares of fewer than 5
positions say nothing. Not here: where the flows come from, and who is related (alerts).
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from hefu.v1 import node_pb2
from hefu.v1 import receivables_pb2 as pb

MAX_SPLITS = 20
MANY_PIECES = 8
WINDOW_DAYS = 3
SMALL_PIECE_PPM = 50_000
MAX_CIRCLE = 4
CIRCLE_PPM = 500_000
MAX_ISSUER_PPM = 300_000
MAX_SUPPLIER_PPM = 500_000
MIN_POSITIONS = 5
PASS_ON_PPM = 900_000
PASS_ON_TIMES = 5
MAX_PACKAGES = 16  # that an alert names
PPM = 1_000_000
FIRST_FLOWS = (pb.ACCEPT_ISSUE, pb.CONFIRM_RECEIVABLE)


@dataclass(frozen=True, slots=True)
class PastFlow:
    """A row of the flows, in the order of the log."""

    on: int
    kind: int
    package: str
    giver: str
    receiver: str
    amount_fen: int


Position = tuple[str, str, int]
"""Whose, of whom, how much."""


class TooMuch(Exception):
    """The flows make more paths than are followed: a shorter period is needed."""


def _build_alert(
    kind: node_pb2.AlertKind,
    flows: Sequence[PastFlow],
    organisations: Iterable[str],
    amount_fen: int,
    count: int,
) -> node_pb2.Alert:
    days = [flow.on for flow in flows]
    return node_pb2.Alert(
        kind=kind,
        organisations=organisations,
        packages=sorted({flow.package for flow in flows})[:MAX_PACKAGES],
        amount_fen=amount_fen,
        count=count,
        first_on=min(days),
        last_on=max(days),
    )


def _list_moves(flows: Iterable[PastFlow]) -> list[PastFlow]:
    return [flow for flow in flows if flow.giver != flow.receiver]


# ---------------------------------------------------------------- splitting


def find_splitting(flows: Sequence[PastFlow], get_min_piece_fen: Callable[[str], int]) -> list[node_pb2.Alert]:
    """Packages that were cut more, or handed to more, than trade explains. `get_min_piece_fen`: of a package."""
    pieces: dict[str, list[PastFlow]] = defaultdict(list)
    for flow in flows:
        if flow.kind not in FIRST_FLOWS:
            pieces[flow.package].append(flow)
    found = []
    for package, of_package in pieces.items():
        cuts = [flow for flow in of_package if flow.kind == pb.SPLIT]
        suspects = _find_spread(_list_moves(of_package)) or _find_small(of_package, get_min_piece_fen, package)
        if len(cuts) > 2 * MAX_SPLITS:  # a split makes two pieces
            suspects = cuts
        if suspects:
            organisations = sorted({flow.giver for flow in suspects})
            amount_fen = sum(flow.amount_fen for flow in suspects)
            found.append(_build_alert(node_pb2.ABNORMAL_SPLITTING, suspects, organisations, amount_fen, len(suspects)))
    return found


def _find_spread(moves: Sequence[PastFlow]) -> Sequence[PastFlow]:
    """The first pieces that went to many receivers within few days."""
    first = 0
    for last, flow in enumerate(moves):
        while moves[first].on <= flow.on - WINDOW_DAYS:
            first += 1
        window = moves[first : last + 1]
        if len(window) >= MANY_PIECES and len({move.receiver for move in window}) >= MANY_PIECES:
            return window
    return ()


def _find_small(
    of_package: Sequence[PastFlow], get_min_piece_fen: Callable[[str], int], package: str
) -> Sequence[PastFlow]:
    """Pieces hardly above the smallest that is allowed, where there are many."""
    if len(of_package) < MANY_PIECES:
        return ()
    limit_fen = get_min_piece_fen(package) * (PPM + SMALL_PIECE_PPM) // PPM
    small = [flow for flow in of_package if flow.amount_fen <= limit_fen]
    return small if len(small) >= MANY_PIECES else ()


# ---------------------------------------------------------------- circles


class CircleFinder:
    """Follows flows in the order of time from each giver back to it; at most `budget` steps (TooMuch)."""

    def __init__(self, flows: Sequence[PastFlow], budget: int) -> None:
        self._moves = _list_moves(flows)
        self._budget = budget
        self._given: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for place, flow in enumerate(self._moves):
            self._given[flow.giver][flow.receiver].append(place)
        self._circles: dict[tuple[str, ...], list[list[PastFlow]]] = defaultdict(list)
        self._used: dict[tuple[str, ...], set[int]] = defaultdict(set)

    def find(self) -> list[node_pb2.Alert]:
        """An alert for each circle of organisations, which begins with the smallest id."""
        for place in range(len(self._moves)):
            self._follow([place])
        found = []
        for organisations, circles in sorted(self._circles.items()):
            flows = [flow for circle in circles for flow in circle]
            amount_fen = max(min(flow.amount_fen for flow in circle) for circle in circles)
            count = sum(1 + (len({flow.package for flow in circle}) == 1) for circle in circles)
            found.append(_build_alert(node_pb2.CIRCULAR_TRADE, flows, organisations, amount_fen, count))
        return found

    def _follow(self, path: list[int]) -> None:
        """Go on from the last flow of a path, to each receiver by the first flow that fits."""
        begin = self._moves[path[0]]
        passed = [self._moves[place].giver for place in path]
        for receiver, places in self._given[self._moves[path[-1]].receiver].items():
            if receiver != begin.giver and (receiver in passed or len(path) == MAX_CIRCLE - 1):
                continue
            place = self._find_next(places, path[-1], begin.amount_fen)
            if place is None:
                continue
            if receiver == begin.giver:
                self._keep([*path, place])
            else:
                self._follow([*path, place])

    def _find_next(self, places: Sequence[int], after: int, first_fen: int) -> int | None:
        for place in places[bisect_right(places, after) :]:
            self._budget -= 1
            if self._budget < 0:
                raise TooMuch
            if self._moves[place].amount_fen * PPM >= first_fen * CIRCLE_PPM:
                return place
        return None

    def _keep(self, places: list[int]) -> None:
        """A circle none of whose flows stands in another one of the same organisations."""
        circle = [self._moves[place] for place in places]
        organisations = [flow.giver for flow in circle]
        first = organisations.index(min(organisations))
        key = (*organisations[first:], *organisations[:first])
        if self._used[key].isdisjoint(places):
            self._used[key].update(places)
            self._circles[key].append(circle)


# ---------------------------------------------------------------- related, concentrated, passed through


def find_related(flows: Sequence[PastFlow], is_related: Callable[[str, str], bool]) -> list[node_pb2.Alert]:
    """Pairs of related organisations between which something went."""
    pairs: dict[tuple[str, str], list[PastFlow]] = defaultdict(list)
    for flow in _list_moves(flows):
        pair = (min(flow.giver, flow.receiver), max(flow.giver, flow.receiver))
        pairs[pair].append(flow)
    return [
        _build_alert(node_pb2.RELATED_PARTIES, between, pair, sum(flow.amount_fen for flow in between), len(between))
        for pair, between in pairs.items()
        if is_related(*pair)
    ]


def find_supplier_concentration(flows: Sequence[PastFlow]) -> list[node_pb2.Alert]:
    """Issuers most of whose face went to one supplier."""
    positions = [(flow.giver, flow.receiver, flow.amount_fen) for flow in flows if flow.kind in FIRST_FLOWS]
    return find_concentration(positions, MAX_SUPPLIER_PPM)


def find_concentration(positions: Iterable[Position], max_ppm: int) -> list[node_pb2.Alert]:
    """Whose positions are more than `max_ppm` those of one other; names both, the concentrated one first."""
    of_whose: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for whose, other, amount_fen in positions:
        of_whose[whose].append((other, amount_fen))
    found = []
    for whose, parts in of_whose.items():
        sums: dict[str, int] = defaultdict(int)
        for other, amount_fen in parts:
            sums[other] += amount_fen
        total = sum(sums.values())
        for other, amount_fen in sums.items():
            if len(parts) >= MIN_POSITIONS and amount_fen * PPM > total * max_ppm:
                share_ppm, count = amount_fen * PPM // total, sum(part[0] == other for part in parts)
                alert = node_pb2.Alert(kind=node_pb2.CONCENTRATION, organisations=(whose, other), count=count)
                alert.amount_fen, alert.share_ppm = amount_fen, share_ppm
                found.append(alert)
    return found


def find_pass_through(flows: Sequence[PastFlow]) -> list[node_pb2.Alert]:
    """Organisations that again and again give on at once, of the same package, nearly all that they received."""
    given: Mapping[tuple[str, str], list[tuple[int, PastFlow]]] = defaultdict(list)
    moves = _list_moves(flows)
    for place, flow in enumerate(moves):
        if flow.kind != pb.PAY_OUT:
            given[flow.giver, flow.package].append((place, flow))
    passed: dict[str, list[PastFlow]] = defaultdict(list)
    for place, flow in enumerate(moves):
        on_fen = sum(
            after.amount_fen
            for later, after in given.get((flow.receiver, flow.package), ())
            if later > place and after.on <= flow.on + WINDOW_DAYS
        )
        if on_fen * PPM >= flow.amount_fen * PASS_ON_PPM:
            passed[flow.receiver].append(flow)
    return [
        _build_alert(node_pb2.PASS_THROUGH, times, (who,), sum(flow.amount_fen for flow in times), len(times))
        for who, times in passed.items()
        if len(times) >= PASS_ON_TIMES
    ]
