import pytest

from hefu.v1 import receivables_pb2 as pb
from receivables import days

MONDAY = 20_003
EMPTY = days.compute_calendar(pb.BusinessCalendar())
# A week off from Monday to Wednesday, worked in on the Sunday before.
HOLIDAY = days.compute_calendar(pb.BusinessCalendar(holidays=[MONDAY, MONDAY + 1, MONDAY + 2], workdays=[MONDAY - 1]))


def test_the_first_day_of_1970_was_a_thursday():
    assert [days.is_weekend(day) for day in range(-4, 4)] == [True, False, False, False, False, False, True, True]


def test_business_days_follow_weekend_holiday_and_worked_in_day():
    assert [days.is_business_day(MONDAY + n, HOLIDAY) for n in (-2, -1, 0, 1, 2, 3)] == [
        False, True, False, False, False, True,
    ]  # fmt: skip


@pytest.mark.parametrize(("day", "calendar", "rolled"), [
    (MONDAY, EMPTY, MONDAY),
    (MONDAY - 1, EMPTY, MONDAY),
    (MONDAY - 2, EMPTY, MONDAY),
    (MONDAY - 2, HOLIDAY, MONDAY - 1),
    (MONDAY, HOLIDAY, MONDAY + 3),
])  # fmt: skip
def test_a_due_day_rolls_to_the_next_business_day(day, calendar, rolled):
    assert days.compute_rolled_day(day, calendar) == rolled


@pytest.mark.parametrize(("due_on", "count", "calendar", "cut_off"), [
    (MONDAY + 2, 0, EMPTY, MONDAY + 2),
    (MONDAY + 2, 1, EMPTY, MONDAY + 1),
    (MONDAY, 1, EMPTY, MONDAY - 3),
    (MONDAY - 1, 2, EMPTY, MONDAY - 4),
    (MONDAY, 1, HOLIDAY, MONDAY - 1),
])  # fmt: skip
def test_cut_off_lies_business_days_before_the_rolled_due_day(due_on, count, calendar, cut_off):
    assert days.compute_cut_off_day(due_on, count, calendar) == cut_off


def test_a_civil_day_begins_at_midnight_in_shanghai():
    assert days.compute_start_ms(1) == 16 * 3_600_000


def test_overdue_begins_after_the_rolled_day_and_grace():
    assert not days.is_overdue(MONDAY - 2, MONDAY + 3, 3, EMPTY)
    assert days.is_overdue(MONDAY - 2, MONDAY + 4, 3, EMPTY)
