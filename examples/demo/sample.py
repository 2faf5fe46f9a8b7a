"""The file of receivables: read strictly, and relabelled. Raises MalformedInput, which names the line, and no more.

An amount such as 55.94 becomes 55,940.00 yuan: ×1000, relabelled. Nothing else is changed.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ledger.errors import MalformedInput

COLUMNS = (
    "countryCode", "customerID", "PaperlessDate", "invoiceNumber", "InvoiceDate", "DueDate", "InvoiceAmount",
    "Disputed", "SettledDate", "PaperlessBill", "DaysToSettle", "DaysLate",
)  # fmt: skip
EPOCH = date(1970, 1, 1).toordinal()
CENTS_TO_FEN = 1000
MAX_BYTES = 16 * 1024 * 1024
MAX_DAYS = 366
_CUSTOMER = re.compile(r"[0-9A-Z-]{1,24}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{10}", re.ASCII)
_AMOUNT = re.compile(r"([0-9]{1,6})\.([0-9]{1,2})|([0-9]{1,6})", re.ASCII)
_DATE = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Receivable:
    """One line of the file. Days are civil days, the amount is 分, already ×1000."""

    customer: str
    number: str
    issued_on: int
    due_on: int
    settled_on: int
    amount_fen: int
    is_disputed: bool


def read_receivables(data: bytes) -> list[Receivable]:
    """All receivables, sorted by day of issue and number. Raises MalformedInput."""
    if len(data) > MAX_BYTES:
        raise MalformedInput(f"more than {MAX_BYTES} bytes", "file")
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8"), newline=""), strict=True))
    except UnicodeDecodeError:
        raise MalformedInput("not UTF-8", "file") from None
    except csv.Error as error:
        raise MalformedInput(f"not CSV: {error}", "file") from None
    if not rows or tuple(rows[0]) != COLUMNS:
        raise MalformedInput(f"the columns must be {', '.join(COLUMNS)}", "line 1")
    found = [_read_row(row, f"line {line}") for line, row in enumerate(rows[1:], 2)]
    if not found:
        raise MalformedInput("no receivables", "file")
    _refuse_repeated(found)
    return sorted(found, key=lambda receivable: (receivable.issued_on, receivable.number))


def _read_row(row: Sequence[str], line: str) -> Receivable:
    if len(row) != len(COLUMNS):
        raise MalformedInput(f"{len(COLUMNS)} columns, not {len(row)}", line)
    fields = dict(zip(COLUMNS, row, strict=True))
    receivable = Receivable(
        customer=_read_text(fields, "customerID", _CUSTOMER, line),
        number=_read_text(fields, "invoiceNumber", _NUMBER, line),
        issued_on=_read_day(fields, "InvoiceDate", line),
        due_on=_read_day(fields, "DueDate", line),
        settled_on=_read_day(fields, "SettledDate", line),
        amount_fen=_read_amount(fields, line),
        is_disputed=_read_flag(fields, "Disputed", line),
    )
    if not receivable.issued_on < receivable.due_on <= receivable.issued_on + MAX_DAYS:
        raise MalformedInput(f"due 1 to {MAX_DAYS} days after the invoice", f"{line}, DueDate")
    if not receivable.issued_on <= receivable.settled_on <= receivable.issued_on + MAX_DAYS:
        raise MalformedInput(f"settled 0 to {MAX_DAYS} days after the invoice", f"{line}, SettledDate")
    return receivable


def _read_text(fields: dict[str, str], name: str, pattern: re.Pattern[str], line: str) -> str:
    if pattern.fullmatch(fields[name]) is None:
        raise MalformedInput(f"not of the form {pattern.pattern}", f"{line}, {name}")
    return fields[name]


def _read_day(fields: dict[str, str], name: str, line: str) -> int:
    match = _DATE.fullmatch(fields[name])
    try:
        if match is None:
            raise ValueError
        return date(int(match[3]), int(match[1]), int(match[2])).toordinal() - EPOCH
    except ValueError:
        raise MalformedInput("not a date like 1/31/2012", f"{line}, {name}") from None


def _read_amount(fields: dict[str, str], line: str) -> int:
    match = _AMOUNT.fullmatch(fields["InvoiceAmount"])
    cents = 0 if match is None else int(match[1] or match[3]) * 100 + int((match[2] or "").ljust(2, "0"))
    if not cents:
        raise MalformedInput("not a positive amount like 55.94", f"{line}, InvoiceAmount")
    return cents * CENTS_TO_FEN


def _read_flag(fields: dict[str, str], name: str, line: str) -> bool:
    if fields[name] not in ("Yes", "No"):
        raise MalformedInput("Yes or No", f"{line}, {name}")
    return fields[name] == "Yes"


def _refuse_repeated(receivables: Sequence[Receivable]) -> None:
    numbers: set[str] = set()
    for receivable in receivables:
        if receivable.number in numbers:
            raise MalformedInput(f"invoice {receivable.number} stands there twice", "invoiceNumber")
        numbers.add(receivable.number)
