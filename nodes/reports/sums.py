"""What a list sums to, in the message in which the ledger keeps and proves the totals; and where the two differ.

What an organisation owes as another's successor counts among what is unpaid, and among its packages nowhere. Totals
that were never written mean zeros; a calendar leaves out the days on which nothing is unpaid. Amounts are 分.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hefu.v1 import pledges_pb2, receivables_pb2, reports_pb2


@dataclass(frozen=True, slots=True)
class Difference:
    """A quantity of which the list gives another value than the proof. `due_on`: of what is due on this day, else 0."""

    name: str
    listed: int
    proven: int
    due_on: int = 0


def compute_issuer_sums(packages: Iterable[reports_pb2.IssuedPackage]) -> receivables_pb2.IssuerTotals:
    """The totals that these packages make."""
    totals = receivables_pb2.IssuerTotals()
    unpaid: dict[int, int] = {}
    for package in packages:
        if not package.taken_from:
            totals.packages += 1
            totals.face_fen += package.face_fen
        totals.unpaid_fen += package.owed_fen
        unpaid[package.due_on] = unpaid.get(package.due_on, 0) + package.owed_fen
    for due_on, fen in sorted(unpaid.items()):
        if fen:
            totals.calendar.add(due_on=due_on, unpaid_fen=fen)
    return totals


def compute_lender_sums(claims: Iterable[reports_pb2.ClaimedVoucher]) -> pledges_pb2.LenderTotals:
    """The totals that these claims make."""
    totals = pledges_pb2.LenderTotals()
    for claimed in claims:
        totals.claims += 1
        totals.secured_fen += claimed.claim.secured_fen
    return totals


def list_issuer_differences(
    listed: receivables_pb2.IssuerTotals, proven: receivables_pb2.IssuerTotals
) -> Iterator[Difference]:
    """Where an issuer's list and its proven totals differ, the calendar day by day."""
    for name in ("packages", "face_fen", "unpaid_fen"):
        yield from _compare(name, getattr(listed, name), getattr(proven, name))
    told = {day.due_on: day.unpaid_fen for day in listed.calendar}
    shown = {day.due_on: day.unpaid_fen for day in proven.calendar}
    for due_on in sorted(told.keys() | shown.keys()):
        yield from _compare("calendar", told.get(due_on, 0), shown.get(due_on, 0), due_on)


def list_lender_differences(listed: pledges_pb2.LenderTotals, proven: pledges_pb2.LenderTotals) -> Iterator[Difference]:
    """Where a lender's list and its proven totals differ."""
    for name in ("claims", "secured_fen"):
        yield from _compare(name, getattr(listed, name), getattr(proven, name))


def _compare(name: str, listed: int, proven: int, due_on: int = 0) -> Iterator[Difference]:
    if listed != proven:
        yield Difference(name, listed, proven, due_on)
