"""The rulebook that a network begins with, as genesis records, and the bounds that genesis and votes keep.

`nodes/` puts what this returns into `Genesis.records`, and the checks into the table of what a vote may change. A
rulebook out of its bounds is MalformedInput, never a network and never a vote's outcome.
"""

from collections.abc import Sequence
from itertools import pairwise

from hefu.v1 import receivables_pb2 as pb
from ledger.errors import MalformedInput
from receivables.days import is_weekend
from receivables.discount import YEAR_BASES
from receivables.records import CALENDAR_KEY, RULES_KEY

MAX_FACE_FEN = 3 * 10**12  # thirty billion yuan, thirty times the default: to there the views' SQL is exact
MAX_LAYERS = 64
MAX_TERM_DAYS = 3660
MAX_GRACE_DAYS = 365
MAX_CUT_OFF_DAYS = 30
MAX_ANSWER_MS = 366 * 86_400_000
MAX_CALENDAR_DAYS = 4096


def genesis_records(rules: pb.VoucherRules, calendar: pb.BusinessCalendar) -> list[tuple[str, bytes]]:
    """The records of rulebook and calendar, sorted by key. Raises MalformedInput naming the field out of bounds."""
    check_rules(rules)
    check_calendar(calendar)
    bodies = {RULES_KEY: rules, CALENDAR_KEY: calendar}
    return [(key, bodies[key].SerializeToString(deterministic=True)) for key in sorted(bodies)]


def check_rules(rules: pb.VoucherRules) -> None:
    """Raise MalformedInput, whose field names the rule that is out of its bounds."""
    bounds = {
        "max_face_fen": (1, MAX_FACE_FEN),
        "min_piece_fen": (1, max(rules.max_face_fen, 1)),
        "max_layers": (0, MAX_LAYERS),
        "max_term_days": (1, MAX_TERM_DAYS),
        "long_term_days": (1, max(rules.max_term_days, 1)),
        "grace_days": (0, MAX_GRACE_DAYS),
        "cut_off_business_days": (0, MAX_CUT_OFF_DAYS),
        "max_answer_ms": (1, MAX_ANSWER_MS),
    }
    for name, (lowest, highest) in bounds.items():
        if not lowest <= getattr(rules, name) <= highest:
            raise MalformedInput(f"between {lowest} and {highest}", f"rules.{name}")
    if rules.year_basis_days not in YEAR_BASES:
        raise MalformedInput("360 or 365", "rules.year_basis_days")


def check_calendar(calendar: pb.BusinessCalendar) -> None:
    """Raise MalformedInput unless holidays are weekdays and workdays weekend days, each sorted, none twice."""
    _check_days(calendar.holidays, "calendar.holidays", is_weekend_day=False)
    _check_days(calendar.workdays, "calendar.workdays", is_weekend_day=True)


def _check_days(days: Sequence[int], field: str, is_weekend_day: bool) -> None:
    if len(days) > MAX_CALENDAR_DAYS:
        raise MalformedInput(f"at most {MAX_CALENDAR_DAYS} days", field)
    if any(later <= earlier for earlier, later in pairwise(days)):
        raise MalformedInput("sorted, none twice", field)
    if any(is_weekend(day) != is_weekend_day for day in days):
        raise MalformedInput("weekend days only" if is_weekend_day else "weekdays only", field)
