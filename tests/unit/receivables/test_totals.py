import pytest

from hefu.v1 import receivables_pb2 as pb
from ledger.errors import InvariantViolation
from receivables import totals
from receivables.days import compute_calendar

CALENDAR = compute_calendar(pb.BusinessCalendar())


def days_of(record):
    return [(day.due_on, day.unpaid_fen) for day in record.calendar]


def accepted(*pairs):
    record = pb.IssuerTotals()
    for due_on, face in pairs:
        record = totals.compute_accepted(record, due_on, face)
    return record


def test_the_calendar_is_sorted_whatever_the_order_of_acceptance():
    record = accepted((30, 5), (10, 7), (20, 1), (10, 2))
    assert days_of(record) == [(10, 9), (20, 1), (30, 5)]
    assert (record.packages, record.face_fen, record.unpaid_fen) == (4, 15, 15)


def test_a_day_that_is_paid_leaves_the_calendar():
    record = totals.compute_paid(accepted((10, 7), (20, 1)), 10, 3)
    assert days_of(record) == [(10, 4), (20, 1)]
    record = totals.compute_paid(record, 10, 4)
    assert (days_of(record), record.unpaid_fen, record.face_fen) == ([(20, 1)], 1, 8)


def test_what_is_given_is_not_changed():
    before = accepted((10, 7))
    totals.compute_accepted(before, 10, 1)
    totals.compute_paid(before, 10, 1)
    assert before == accepted((10, 7))


@pytest.mark.parametrize(("due_on", "amount"), [(10, 8), (10, 0), (10, -1), (11, 1), (9, 1)])
def test_a_payment_that_the_calendar_does_not_hold_is_our_bug(due_on, amount):
    with pytest.raises(InvariantViolation):
        totals.compute_paid(accepted((10, 7)), due_on, amount)


def test_a_package_without_an_amount_is_our_bug():
    with pytest.raises(InvariantViolation):
        totals.compute_accepted(pb.IssuerTotals(), 10, 0)


def test_the_earliest_unpaid_day_blocks():
    record = accepted((20_003, 1), (20_030, 1))
    assert not totals.is_blocked(record, 20_006, 3, CALENDAR)
    assert totals.is_blocked(record, 20_007, 3, CALENDAR)
    assert not totals.is_blocked(pb.IssuerTotals(), 10**6, 3, CALENDAR)


@pytest.mark.parametrize("amount_fen", [0, -1])
def test_of_no_amount_nothing_is_accepted_owed_again_or_paid(amount_fen):
    record = accepted((10, 7))
    for compute in (totals.compute_accepted, totals.compute_owed_again, totals.compute_paid):
        with pytest.raises(InvariantViolation):
            compute(record, 10, amount_fen)
