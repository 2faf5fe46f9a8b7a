"""Which entries of a statement and which lines of the ledger are one payment. Pure, and the same in whatever order.

Within one package, and in this order, what is taken once is taken:

1. One entry and one line of the same range, payee and amount.
2. One entry and one line of the same payee and amount, where the entry names the package alone, or another range of it.
3. All entries and all lines left of one payee, if their sums agree: a bank may pay several ranges with one transfer, or
   one line to several payees with many. Entries of a known payee are never set against lines of another.
4. As 1 and 2, with a line of a day near by: a bank may report on the next day what it paid on this one.
5. What is left of one range and payee on both sides, one with one: the amounts differ.
6. The rest is on one side only. What is left of the days near by belongs to another statement.

An entry whose payee is unknown fits every payee, and a line without one (a package's payment) fits every entry. Days
decide nothing here: what is compared was chosen by its days before.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from nodes.reconciliation.payments import Line
from nodes.reconciliation.statement import Entry

MATCHED, MATCHED_IN_SUM, DIFFERS = "MATCHED", "MATCHED_IN_SUM", "DIFFERS"
NOT_ON_STATEMENT, NOT_ON_LEDGER = "NOT_ON_STATEMENT", "NOT_ON_LEDGER"
MEANINGS = {
    MATCHED: "on both 两边相符",
    MATCHED_IN_SUM: "on both, in one sum 合计相符",
    DIFFERS: "the amounts differ 金额不符",
    NOT_ON_STATEMENT: "on the ledger, not on the statement 账本有、流水无",
    NOT_ON_LEDGER: "on the statement, not on the ledger 流水有、账本无",
}
GOOD = (MATCHED, MATCHED_IN_SUM)
Fits = Callable[[Entry, Line], bool]


@dataclass(frozen=True, slots=True)
class Match:
    """What belongs together, and as what; one of the sides may be empty."""

    kind: str
    entries: tuple[Entry, ...]
    lines: tuple[Line, ...]

    @property
    def package(self) -> str:
        """The package that it is about."""
        return (self.entries or self.lines)[0].package


def match(entries: Iterable[Entry], lines: Iterable[Line], near: Iterable[Line] = ()) -> list[Match]:
    """Every entry and every line, each once, by package; of the lines of days near by those that an entry needs."""
    by_package: dict[str, _Group] = {}
    for entry in sorted(entries, key=_order_entry):
        by_package.setdefault(entry.package, _Group()).entries.append(entry)
    for line in sorted(lines, key=_order_line):
        by_package.setdefault(line.package, _Group()).lines.append(line)
    for line in sorted(near, key=_order_line):
        by_package.setdefault(line.package, _Group()).near.append(line)
    return [found for _, group in sorted(by_package.items()) for found in group.match()]


def _order_entry(entry: Entry) -> tuple[int, int, str, int, str]:
    return entry.start, entry.end, entry.payee, entry.amount_fen, entry.row


def _order_line(line: Line) -> tuple[int, int, str, int, int, bytes]:
    return line.start, line.end, line.payee, line.amount_fen, line.height, line.transaction_id


def _is_payee(entry: Entry, line: Line) -> bool:
    return not entry.payee or not line.payee or entry.payee == line.payee


def _is_range(entry: Entry, line: Line) -> bool:
    return (entry.start, entry.end) == (line.start, line.end)


def _is_amount(entry: Entry, line: Line) -> bool:
    return entry.amount_fen == line.amount_fen and _is_payee(entry, line)


EXACT: tuple[Fits, ...] = (
    lambda entry, line: _is_range(entry, line) and _is_amount(entry, line) and entry.payee == line.payee,
    lambda entry, line: _is_range(entry, line) and _is_amount(entry, line),
    _is_amount,
)
"""What makes one entry and one line a payment, the narrowest first."""
UNEQUAL: tuple[Fits, ...] = (
    lambda entry, line: _is_range(entry, line) and _is_payee(entry, line),
    lambda entry, line: not (entry.start and line.start) and _is_payee(entry, line),
)
"""What makes them one whose amounts differ."""


class _Group:
    """What is left of one package."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.lines: list[Line] = []
        self.near: list[Line] = []

    def match(self) -> Iterator[Match]:
        for fits in EXACT:  # 1, 2
            yield from self._pair(MATCHED, fits, self.lines)
        yield from self._match_sums()  # 3
        for fits in EXACT:  # 4
            yield from self._pair(MATCHED, fits, self.near)
        for fits in UNEQUAL:  # 5
            yield from self._pair(DIFFERS, fits, self.lines)
        yield from (Match(NOT_ON_LEDGER, (entry,), ()) for entry in self.entries)  # 6
        yield from (Match(NOT_ON_STATEMENT, (), (line,)) for line in self.lines)

    def _pair(self, kind: str, fits: Fits, lines: list[Line]) -> Iterator[Match]:
        """One entry and one line that fit, as long as there are such."""
        for entry in tuple(self.entries):
            line = next((line for line in lines if fits(entry, line)), None)
            if line is not None:
                self.entries.remove(entry)
                lines.remove(line)
                yield Match(kind, (entry,), (line,))

    def _match_sums(self) -> Iterator[Match]:
        """All that is left of one payee; then one line to several payees; then all entries whose payee is unknown."""
        for payee in sorted({line.payee for line in self.lines if line.payee}):
            entries = [entry for entry in self.entries if entry.payee in ("", payee)]
            yield from self._take_sum(entries, [line for line in self.lines if line.payee == payee])
        for line in tuple(line for line in self.lines if not line.payee):
            yield from self._take_sum(list(self.entries), [line])
        yield from self._take_sum([entry for entry in self.entries if not entry.payee], list(self.lines))

    def _take_sum(self, entries: Sequence[Entry], lines: Sequence[Line]) -> Iterator[Match]:
        told, booked = sum(entry.amount_fen for entry in entries), sum(line.amount_fen for line in lines)
        if told == booked > 0:
            for entry in entries:
                self.entries.remove(entry)
            for line in lines:
                self.lines.remove(line)
            yield Match(MATCHED_IN_SUM, tuple(entries), tuple(lines))
