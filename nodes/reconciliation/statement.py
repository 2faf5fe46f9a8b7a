"""The rows of a bank's statement. Those that name no voucher are counted and otherwise left alone.

A voucher is named anywhere in the reference or the remark: `PACKAGE`, or `PACKAGE/START-END`. Two different ones in one
row are refused: nobody could say what was paid. Payer and payee are ids (USCC, LEI) or registered names; another text,
and a name that two organisations have, is kept as unknown, since a bank writes what it likes there, and then only
voucher and amount speak.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from identity.rules import is_organisation_id
from nodes.sheets.cells import MAX_FEN, Cell, is_empty, parse_amount, parse_day
from nodes.sheets.faults import BadCell, Fault, Finding, make_finding
from nodes.sheets.headings import Column
from nodes.sheets.opening import SheetOptions, get_cells, open_sheet
from receivables.rules import is_package_id

COLUMNS = (
    Column(
        "reference",
        ("reference", "voucher", "package", "voucher reference", "package reference", "remark", "purpose"),
        ("凭证编号", "凭证", "凭证包", "附言", "摘要", "用途", "备注"),
        is_needed=True,
    ),
    Column("amount", ("amount", "paid", "received"), ("金额", "交易金额", "发生额"), is_needed=True),
    Column(
        "value_on",
        ("value day", "value date", "date", "booking date"),
        ("起息日", "交易日期", "记账日期", "日期", "入账日期"),
        is_needed=True,
    ),
    Column(
        "bank_reference",
        ("bank reference", "transaction number", "serial number"),
        ("流水号", "交易流水号", "银行流水号"),
    ),
    Column("payer", ("payer", "debtor", "from"), ("付款人", "付款方", "付款人名称")),
    Column("payee", ("payee", "creditor", "to", "beneficiary"), ("收款人", "收款方", "收款人名称")),
)
MAX_REMARK = 1000
# Ahead of each place, so that letters in front of an id (`NO91…`) do not hide it.
_NAMED = re.compile(
    r"(?=([0-9A-Z]{18}(?:[0-9A-Z]{2})?\.[A-Z0-9-]{1,24})(?:/([1-9][0-9]{0,18})-([1-9][0-9]{0,18}))?)", re.ASCII
)

TWO_VOUCHERS = Fault("TWO_VOUCHERS", "The row names two vouchers.", "该行涉及两张凭证。")
RANGE_FORM = Fault("RANGE_FORM", "The range ends before it starts, or beyond 2^63.", "凭证区间不正确。")
FAULTS = (TWO_VOUCHERS, RANGE_FORM)


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that names a voucher. `start` and `end` are 0 where it names a package; unknown parties are empty."""

    row: str
    package: str
    start: int
    end: int
    amount_fen: int
    value_on: int
    payer: str
    payee: str
    bank_reference: str


@dataclass(slots=True)
class Statement:
    """What a statement says of vouchers, how many rows say nothing of them, and what is wrong with it."""

    entries: list[Entry] = field(default_factory=list)
    others: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def days(self) -> tuple[int, int] | None:
        """The first and the last value day (civil days), None without entries."""
        found = [entry.value_on for entry in self.entries]
        return (min(found), max(found)) if found else None


def read_statement(path: Path, options: SheetOptions, organisations: Mapping[str, str]) -> Statement:
    """The statement in a CSV or XLSX file. `organisations`: names by id. Raises MalformedInput, OSError."""
    sheet = open_sheet(path, COLUMNS, options)
    known = _index_names(organisations)
    statement = Statement()
    for number, row in sheet.rows:
        try:
            _take_row(statement, str(number), get_cells(row, sheet.layout), options.day_order, known)
        except BadCell as bad:
            column = sheet.layout.shown.get(bad.column, bad.column)
            statement.findings.append(make_finding(str(number), BadCell(bad.fault, column)))
    return statement


def _take_row(
    statement: Statement, row: str, cells: Mapping[str, Cell], day_order: str, known: Mapping[str, str]
) -> None:
    named = find_voucher(cells.get("reference"))
    if named is None:
        statement.others += 1
        return
    entry = Entry(
        row,
        *named,
        amount_fen=_read_amount(cells),
        value_on=_read_day(cells, day_order),
        payer=_find_party(cells.get("payer"), known),
        payee=_find_party(cells.get("payee"), known),
        bank_reference=_show(cells.get("bank_reference")),
    )
    statement.entries.append(entry)


def find_voucher(cell: Cell) -> tuple[str, int, int] | None:
    """The package and range that a text names; None where it names none. Raises BadCell."""
    if not isinstance(cell, str) or is_empty(cell):
        return None
    text = unicodedata.normalize("NFKC", cell[:MAX_REMARK])
    found = {match.groups() for match in _NAMED.finditer(text) if is_package_id(match[1])}
    if len(found) > 1:
        raise BadCell(TWO_VOUCHERS, "reference")
    if not found:
        return None
    ((package, start, end),) = found
    if start is None:
        return package, 0, 0
    if not int(start) <= int(end) <= MAX_FEN:
        raise BadCell(RANGE_FORM, "reference")
    return package, int(start), int(end)


def normalise_name(name: str) -> str:
    """A registered name as it is compared: without width, case, spaces and punctuation."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(character for character in folded if character.isalnum())


def _index_names(organisations: Mapping[str, str]) -> dict[str, str]:
    """Ids by name as it is compared; a name that is nobody's alone is left out."""
    found: dict[str, str] = {}
    for identity, name in organisations.items():
        compared = normalise_name(name)
        found[compared] = "" if not compared or compared in found else identity
    return found


def _find_party(cell: Cell, known: Mapping[str, str]) -> str:
    text = _show(cell)
    compact = unicodedata.normalize("NFKC", text).replace(" ", "").upper()
    return compact if is_organisation_id(compact) else known.get(normalise_name(text), "")


def _show(cell: Cell) -> str:
    return "" if cell is None else str(cell).strip()[:MAX_REMARK]


def _read_amount(cells: Mapping[str, Cell]) -> int:
    try:
        return parse_amount(cells.get("amount"))
    except BadCell as bad:
        raise BadCell(bad.fault, "amount") from None


def _read_day(cells: Mapping[str, Cell], day_order: str) -> int:
    try:
        return parse_day(cells.get("value_on"), day_order)
    except BadCell as bad:
        raise BadCell(bad.fault, "value_on") from None
