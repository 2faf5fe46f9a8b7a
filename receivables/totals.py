"""An issuer's totals: what it accepted ever, what is unpaid, and on which nominal due days. Amounts are 分.

1. They change only when a package is accepted, when something is paid or ends, when a payment is admitted not to have
   arrived, and when a court moves a debt to another debtor or day; never at issue, split or transfer.
2. The calendar is sorted by day and holds no day on which nothing is unpaid; its sum is `unpaid_fen`.
3. Days are rolled when read. Rolling keeps their order, so the first day alone says whether the issuer is blocked.
"""

from bisect import bisect_left

from hefu.v1 import receivables_pb2 as pb
from ledger.errors import InvariantViolation
from receivables.days import Calendar, is_overdue


def compute_accepted(before: pb.IssuerTotals, due_on: int, face_fen: int) -> pb.IssuerTotals:
    """The totals with one more package."""
    if face_fen <= 0:
        raise InvariantViolation("a package without an amount was accepted")
    after = pb.IssuerTotals()
    after.CopyFrom(before)
    after.packages += 1
    after.face_fen += face_fen
    _add_unpaid(after, due_on, face_fen)
    return after


def compute_owed_again(before: pb.IssuerTotals, due_on: int, amount_fen: int) -> pb.IssuerTotals:
    """The totals with more unpaid on a nominal day and no package more: what came back, or was taken over."""
    if amount_fen <= 0:
        raise InvariantViolation("nothing is owed again")
    after = pb.IssuerTotals()
    after.CopyFrom(before)
    _add_unpaid(after, due_on, amount_fen)
    return after


def _add_unpaid(totals: pb.IssuerTotals, due_on: int, amount_fen: int) -> None:
    totals.unpaid_fen += amount_fen
    place = _find_place(totals, due_on)
    if _is_day_at(totals, place, due_on):
        totals.calendar[place].unpaid_fen += amount_fen
    else:
        totals.calendar.insert(place, pb.DueDay(due_on=due_on, unpaid_fen=amount_fen))


def compute_paid(before: pb.IssuerTotals, due_on: int, amount_fen: int) -> pb.IssuerTotals:
    """The totals after a payment, or another end, of what was due on the nominal day."""
    place = _find_place(before, due_on)
    if amount_fen <= 0 or not _is_day_at(before, place, due_on) or before.calendar[place].unpaid_fen < amount_fen:
        raise InvariantViolation("an issuer's calendar does not hold what was paid")
    after = pb.IssuerTotals()
    after.CopyFrom(before)
    after.unpaid_fen -= amount_fen
    after.calendar[place].unpaid_fen -= amount_fen
    if not after.calendar[place].unpaid_fen:
        del after.calendar[place]
    return after


def is_blocked(totals: pb.IssuerTotals, today: int, grace_days: int, calendar: Calendar) -> bool:
    """Whether anything of the issuer is overdue today (银发〔2025〕77号): then it issues no more."""
    return bool(totals.calendar) and is_overdue(totals.calendar[0].due_on, today, grace_days, calendar)


def _find_place(totals: pb.IssuerTotals, due_on: int) -> int:
    return bisect_left(totals.calendar, due_on, key=lambda day: day.due_on)


def _is_day_at(totals: pb.IssuerTotals, place: int, due_on: int) -> bool:
    return place < len(totals.calendar) and totals.calendar[place].due_on == due_on
