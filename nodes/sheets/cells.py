"""One cell, read strictly and without regard to any locale. Each function raises BadCell and nothing else.

- A CSV holds only text. A workbook's number cell is a binary fraction: the decimal that is meant is the shortest one
  that reads back as that fraction, which is exact up to 15 digits; more are refused. Amounts are integers of fen from
  then on.
- Text is normalised (NFKC: full-width digits and letters become ASCII) only where it is an amount, a day or an id.
- Year first is never in doubt; `31/3/2026` and `3/31/2026` are taken only where the caller was told which comes first.
"""

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache

from identity.rules import is_organisation_id
from nodes.sheets.faults import (
    AMOUNT_FORM,
    AMOUNT_FRACTION,
    AMOUNT_INEXACT,
    AMOUNT_NEGATIVE,
    AMOUNT_TOO_LARGE,
    AMOUNT_ZERO,
    CONTROL_CHARACTER,
    DAY_AMBIGUOUS,
    DAY_FORM,
    DAY_NOT_IN_CALENDAR,
    MISSING,
    NOT_TEXT,
    ORGANISATION_FORM,
    TOO_LONG,
    BadCell,
)

Cell = str | int | float | bool | date | datetime | time | timedelta | None

MAX_FEN = 2**63 - 1
MAX_TEXT = 200
EXACT_DIGITS = 15
EPOCH = date(1970, 1, 1).toordinal()
FIRST_YEAR, LAST_YEAR = 1970, 2199
MDY, DMY = "mdy", "dmy"
CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})  # controls, halves of characters, line and paragraph separators

_AMOUNT = re.compile(r"(-?)(?:¥ ?)?([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.([0-9]+))?元?", re.ASCII)
_YEAR_FIRST = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})|([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})|([0-9]{4})\.([0-9]{1,2})\.([0-9]{1,2})"
    r"|([0-9]{4})([0-9]{2})([0-9]{2})|([0-9]{4}) ?年 ?([0-9]{1,2}) ?月 ?([0-9]{1,2}) ?日",
    re.ASCII,
)
_YEAR_LAST = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})", re.ASCII)


def is_empty(cell: Cell) -> bool:
    """Whether nothing but white space is there."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def parse_text(cell: Cell, limit: int = MAX_TEXT) -> str:
    """Text as it stands, without white space around it; empty where the cell is. Refuses numbers and dates."""
    if cell is None:
        return ""
    if not isinstance(cell, str):
        raise BadCell(NOT_TEXT)
    text = cell.strip(" \u3000\u00a0")
    if not text.isprintable() and any(unicodedata.category(character) in CONTROLS for character in text):
        raise BadCell(CONTROL_CHARACTER)
    if len(text) > limit:
        raise BadCell(TOO_LONG)
    return text


def parse_organisation(cell: Cell) -> str:
    """An organisation's id in capitals, without spaces."""
    found = _find_organisation(_refuse_empty(cell))
    if not found:
        raise BadCell(ORGANISATION_FORM)
    return found


@lru_cache(maxsize=4096)  # a sheet names few organisations in many rows
def _find_organisation(text: str) -> str:
    compact = _normalise(text).replace(" ", "").upper()
    return compact if is_organisation_id(compact) else ""


def parse_amount(cell: Cell) -> int:
    """A positive amount in yuan as fen."""
    if isinstance(cell, bool):
        raise BadCell(AMOUNT_FORM)
    if isinstance(cell, int | float):
        return _check_fen(*_split_number(cell))
    if isinstance(cell, date | time | timedelta):
        raise BadCell(AMOUNT_FORM)
    match = _AMOUNT.fullmatch(_normalise(_refuse_empty(cell)))
    if match is None:
        raise BadCell(AMOUNT_FORM)
    return _check_fen(match[1], match[2].replace(",", ""), match[3] or "")


def _split_number(number: int | float) -> tuple[str, str, str]:
    """Sign, digits before the point and behind it, of a number cell."""
    decimal = Decimal(repr(number)) if isinstance(number, float) else Decimal(number)
    if not decimal.is_finite():
        raise BadCell(AMOUNT_FORM)
    sign, digits, exponent = decimal.normalize().as_tuple() if decimal else (0, (0,), 0)
    if not isinstance(exponent, int) or abs(exponent) > 2 * EXACT_DIGITS:
        raise BadCell(AMOUNT_TOO_LARGE if isinstance(exponent, int) and exponent > 0 else AMOUNT_FRACTION)
    if len(digits) > EXACT_DIGITS:
        raise BadCell(AMOUNT_INEXACT)
    shown = "".join(map(str, digits))
    if exponent >= 0:
        return "-" * sign, shown + "0" * exponent, ""
    shown = shown.rjust(1 - exponent, "0")
    return "-" * sign, shown[:exponent], shown[exponent:]


def _check_fen(sign: str, yuan: str, decimals: str) -> int:
    if sign:
        raise BadCell(AMOUNT_NEGATIVE)
    if len(decimals) > 2:
        raise BadCell(AMOUNT_FRACTION)
    if len(yuan.lstrip("0")) > len(str(MAX_FEN)):
        raise BadCell(AMOUNT_TOO_LARGE)
    fen = int(yuan) * 100 + int(decimals.ljust(2, "0"))
    if fen > MAX_FEN:
        raise BadCell(AMOUNT_TOO_LARGE)
    if not fen:
        raise BadCell(AMOUNT_ZERO)
    return fen


def parse_day(cell: Cell, order: str = "") -> int:
    """A civil day: days since 1970-01-01. `order`: which comes first where the year is last, MDY or DMY."""
    if isinstance(cell, datetime):
        if cell.time() != time(0):
            raise BadCell(DAY_FORM)
        return _count_day(cell.year, cell.month, cell.day)
    if isinstance(cell, date):
        return _count_day(cell.year, cell.month, cell.day)
    if isinstance(cell, int) and not isinstance(cell, bool):
        cell = str(cell)  # only eight digits are a day: a spreadsheet's own count of days has five
    if isinstance(cell, float | bool | time | timedelta):
        raise BadCell(DAY_FORM)
    text = _normalise(_refuse_empty(cell))
    match = _YEAR_FIRST.fullmatch(text)
    if match is not None:
        year, month, day = (int(part) for part in match.groups() if part is not None)
        return _count_day(year, month, day)
    match = _YEAR_LAST.fullmatch(text)
    if match is None:
        raise BadCell(DAY_FORM)
    if order not in (MDY, DMY):
        raise BadCell(DAY_AMBIGUOUS)
    first, second = int(match[1]), int(match[3])
    month, day = (first, second) if order == MDY else (second, first)
    return _count_day(int(match[4]), month, day)


def _count_day(year: int, month: int, day: int) -> int:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise BadCell(DAY_NOT_IN_CALENDAR)
    try:
        return date(year, month, day).toordinal() - EPOCH
    except ValueError:
        raise BadCell(DAY_NOT_IN_CALENDAR) from None


def _refuse_empty(cell: Cell) -> str:
    text = parse_text(cell)
    if not text:
        raise BadCell(MISSING)
    return text


def _normalise(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()
