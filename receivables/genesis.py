"""The rulebook that a network begins with, as genesis records, and the bounds of every rulebook.

`nodes/` puts what this returns into `Genesis.records`. A rulebook out of its bounds is MalformedInput, never a network;
one that is voted later is held to the same bounds.
"""

from collections.abc import Sequence
from itertools import pairwise

from hefu.v1 import receivables_pb2 as pb
from ledger.errors import MalformedInput
from receivables.days import is_weekend
from receivables.discount import YEAR_BASES
from receivables.records import CALENDAR_KEY, RULES_KEY
from receivables.rules import Caps

MAX_FACE_FEN = 3 * 10**12  # thirty billion yuan, thirty times the default: to there the views' SQL is exact
MAX_LAYERS = 64
MAX_TERM_DAYS = 3660
MAX_GRACE_DAYS = 365
MAX_CUT_OFF_DAYS = 30
MAX_ANSWER_MS = 366 * 86_400_000
MAX_CALENDAR_DAYS = 4096
MAX_PIECES = 1_000_000
MAX_OBJECTION_DAYS = 366
MAX_CONFIRMATION_DAYS = 366
MAX_CLASSES = 64


def genesis_records(rules: pb.VoucherRules, calendar: pb.BusinessCalendar) -> list[tuple[str, bytes]]:
    """The records of rulebook and calendar, sorted by key. Raises MalformedInput naming the field out of bounds."""
    check_rules(rules)
    check_calendar(calendar)
    bodies = {RULES_KEY: rules, CALENDAR_KEY: calendar}
    return [(key, bodies[key].SerializeToString(deterministic=True)) for key in sorted(bodies)]


def check_rules(rules: pb.VoucherRules) -> None:
    """Raise MalformedInput at the first field of a rulebook, or of one of its classes, that is out of bounds."""
    bounds = {
        "grace_days": (0, MAX_GRACE_DAYS),
        "cut_off_business_days": (0, MAX_CUT_OFF_DAYS),
        "max_answer_ms": (1, MAX_ANSWER_MS),
        "objection_days": (0, MAX_OBJECTION_DAYS),
        "account_delay_ms": (0, MAX_ANSWER_MS),
        "confirmation_days": (0, MAX_CONFIRMATION_DAYS),
    }
    _check_bounds(rules, _compute_bounds_of_caps(rules) | bounds, "rules")
    if rules.year_basis_days not in YEAR_BASES:
        raise MalformedInput("360 or 365", "rules.year_basis_days")
    if len(rules.classes) > MAX_CLASSES:
        raise MalformedInput(f"at most {MAX_CLASSES}", "rules.classes")
    last = 0  # class 0 is the rulebook's own caps
    for place, voucher_class in enumerate(rules.classes):
        if voucher_class.code <= last:
            raise MalformedInput("codes from 1, sorted, none twice", f"rules.classes[{place}].code")
        _check_bounds(voucher_class, _compute_bounds_of_caps(voucher_class), f"rules.classes[{place}]")
        last = voucher_class.code


def check_calendar(calendar: pb.BusinessCalendar) -> None:
    """Raise MalformedInput where days are not sorted, too many, or holidays at a weekend, or workdays at none."""
    _check_days(calendar.holidays, "calendar.holidays", is_weekend_day=False)
    _check_days(calendar.workdays, "calendar.workdays", is_weekend_day=True)


def _compute_bounds_of_caps(caps: Caps) -> dict[str, tuple[int, int]]:
    return {
        "max_face_fen": (1, MAX_FACE_FEN),
        "min_face_fen": (0, max(caps.max_face_fen, 0)),
        "min_piece_fen": (1, max(caps.max_face_fen, 1)),
        "max_layers": (0, MAX_LAYERS),
        "max_pieces": (0, MAX_PIECES),
        "max_term_days": (1, MAX_TERM_DAYS),
        "long_term_days": (1, max(caps.max_term_days, 1)),
        "sme_term_days": (0, MAX_TERM_DAYS),
    }


def _check_bounds(caps: Caps, bounds: dict[str, tuple[int, int]], place: str) -> None:
    for name, (lowest, highest) in bounds.items():
        if not lowest <= getattr(caps, name) <= highest:
            raise MalformedInput(f"between {lowest} and {highest}", f"{place}.{name}")


def _check_days(days: Sequence[int], field: str, is_weekend_day: bool) -> None:
    if len(days) > MAX_CALENDAR_DAYS:
        raise MalformedInput(f"at most {MAX_CALENDAR_DAYS} days", field)
    if any(later <= earlier for earlier, later in pairwise(days)):
        raise MalformedInput("sorted, none twice", field)
    if any(is_weekend(day) != is_weekend_day for day in days):
        raise MalformedInput("weekend days only" if is_weekend_day else "weekdays only", field)
