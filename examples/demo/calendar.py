"""The business days of mainland China from 2012 to 2014, as the genesis rulebook of the demo's network holds them.

Weekends are computed by the ledger. The public holidays and the weekend days that were worked instead (调休) are those
of the State Council's yearly notices, written down here by hand for a demonstration: check them before relying on them.
"""

from datetime import date

from hefu.v1 import receivables_pb2 as pb
from receivables.days import is_weekend

EPOCH = date(1970, 1, 1).toordinal()

# First and last day of each holiday; weekend days among them are left out when the calendar is built.
HOLIDAYS = (
    ("2012-01-01", "2012-01-03"), ("2012-01-22", "2012-01-28"), ("2012-04-02", "2012-04-04"),
    ("2012-04-29", "2012-05-01"), ("2012-06-22", "2012-06-24"), ("2012-09-30", "2012-10-07"),
    ("2013-01-01", "2013-01-03"), ("2013-02-09", "2013-02-15"), ("2013-04-04", "2013-04-06"),
    ("2013-04-29", "2013-05-01"), ("2013-06-10", "2013-06-12"), ("2013-09-19", "2013-09-21"),
    ("2013-10-01", "2013-10-07"), ("2014-01-01", "2014-01-01"), ("2014-01-31", "2014-02-06"),
    ("2014-04-05", "2014-04-07"), ("2014-05-01", "2014-05-03"), ("2014-05-31", "2014-06-02"),
    ("2014-09-06", "2014-09-08"), ("2014-10-01", "2014-10-07"),
)  # fmt: skip
WORKDAYS = (
    "2012-01-21", "2012-01-29", "2012-03-31", "2012-04-01", "2012-04-28", "2012-09-29",
    "2013-01-05", "2013-01-06", "2013-02-16", "2013-02-17", "2013-04-07", "2013-04-27", "2013-04-28",
    "2013-06-08", "2013-06-09", "2013-09-22", "2013-09-29", "2013-10-12",
    "2014-01-26", "2014-02-08", "2014-05-04", "2014-09-28", "2014-10-11",
)  # fmt: skip


def to_day(text: str) -> int:
    """An ISO date as a civil day."""
    return date.fromisoformat(text).toordinal() - EPOCH


def build_business_calendar() -> pb.BusinessCalendar:
    """The calendar record of the genesis."""
    days = [day for first, last in HOLIDAYS for day in range(to_day(first), to_day(last) + 1)]
    return pb.BusinessCalendar(
        holidays=sorted(day for day in days if not is_weekend(day)), workdays=sorted(map(to_day, WORKDAYS))
    )
