"""Civil days and the business-day calendar, in integers: days since 1970-01-01 in Asia/Shanghai.

1. A business day is a weekday that is no holiday, or a weekend day that 调休 made a workday.
2. A due day rolls forward to the next business day (Civil Code 203).
3. Cut-off is the beginning of the day that lies so many business days before the rolled due day.
4. Overdue begins after the rolled due day and the days of grace.
"""

from dataclasses import dataclass
from functools import lru_cache

from hefu.v1 import receivables_pb2 as pb
from identity.rules import DAY_MS, SHANGHAI_OFFSET_MS

MONDAY_OFFSET = 3  # 1970-01-01 was a Thursday: (day + 3) % 7 is 0 on a Monday
FIRST_WEEKEND_DAY = 5


@dataclass(frozen=True, slots=True)
class Calendar:
    """The business calendar, ready to be asked."""

    holidays: frozenset[int]
    workdays: frozenset[int]


def compute_calendar(message: pb.BusinessCalendar) -> Calendar:
    """The calendar that a record holds."""
    return Calendar(frozenset(message.holidays), frozenset(message.workdays))


def is_weekend(day: int) -> bool:
    """Whether the civil day is a Saturday or a Sunday."""
    return (day + MONDAY_OFFSET) % 7 >= FIRST_WEEKEND_DAY


def is_business_day(day: int, calendar: Calendar) -> bool:
    """Whether banks work on the civil day."""
    return day in calendar.workdays if is_weekend(day) else day not in calendar.holidays


def compute_rolled_day(day: int, calendar: Calendar) -> int:
    """The day itself if it is a business day, else the next one."""
    while not is_business_day(day, calendar):
        day += 1
    return day


@lru_cache(maxsize=4096)
def compute_cut_off_day(due_on: int, business_days: int, calendar: Calendar) -> int:
    """The civil day from whose beginning on nothing moves: so many business days before the rolled due day."""
    day = compute_rolled_day(due_on, calendar)
    for _ in range(business_days):
        day -= 1
        while not is_business_day(day, calendar):
            day -= 1
    return day


def compute_start_ms(day: int) -> int:
    """The instant at which a civil day begins in Asia/Shanghai, ms since 1970-01-01 UTC."""
    return day * DAY_MS - SHANGHAI_OFFSET_MS


def is_overdue(due_on: int, today: int, grace_days: int, calendar: Calendar) -> bool:
    """Whether what was due on the nominal day is overdue today, if it is unpaid."""
    return today > compute_rolled_day(due_on, calendar) + grace_days
