"""Sheets that are safe to open: no text of a stranger's becomes a formula, in a workbook or in a CSV.

- In a workbook a text is a typed string in a cell of the format text. One that would be a formula if somebody edited
  the cell also carries the mark that a spreadsheet sets for a leading apostrophe.
- A CSV has no types. A text that begins, behind white space, with one of `= + - @` in any width gets an apostrophe in
  front; tabs, line ends and other controls become spaces, so that no cell begins with one.
- Amounts are numbers of ours, in yuan with two decimals; in a workbook one that a spreadsheet could not keep exactly
  (more than 15 digits) is text. A CSV begins with a byte order mark, by which spreadsheets know UTF-8.

A file is written whole or not at all.
"""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from nodes.sheets.cells import EXACT_DIGITS

FORMULA_BEGINNINGS = frozenset("=+-@")
TEXT_FORMAT, AMOUNT_FORMAT = "@", "#,##0.00"
MAX_CELL_TEXT = 32_000


@dataclass(frozen=True, slots=True)
class Fen:
    """An amount in 分, which a sheet shows in yuan."""

    value: int


Value = str | int | Fen


@dataclass(frozen=True, slots=True)
class Table:
    """A named table: headings and rows of texts, whole numbers and amounts. `numbers`: columns set flush right."""

    name: str
    headings: Sequence[str]
    rows: Iterable[Sequence[Value]]
    numbers: Sequence[int] = ()


def clean_text(text: str) -> str:
    """The text on one line: what is no character for paper becomes a space."""
    kept = text if text.isprintable() else "".join(c if c.isprintable() or c == "\u3000" else " " for c in text)
    return kept[:MAX_CELL_TEXT]


def is_formula_like(text: str) -> bool:
    """Whether a spreadsheet might take the text for a formula."""
    return unicodedata.normalize("NFKC", text).lstrip()[:1] in FORMULA_BEGINNINGS


def render_csv(tables: Sequence[Table]) -> bytes:
    """The tables one below the other, a blank line between, in UTF-8 with a byte order mark."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    for place, table in enumerate(tables):
        if place:
            writer.writerow(())
        writer.writerow([_show_plain(heading) for heading in table.headings])
        writer.writerows([_show_plain(value) for value in row] for row in table.rows)
    return text.getvalue().encode("utf-8-sig", "replace")


def _show_plain(value: Value) -> str:
    if isinstance(value, Fen):
        return _show_yuan(value)
    if isinstance(value, int):
        return str(value)
    text = clean_text(value)
    return f"'{text}" if is_formula_like(text) else text


def _show_yuan(amount: Fen) -> str:
    sign = "-" if amount.value < 0 else ""
    return f"{sign}{abs(amount.value) // 100}.{abs(amount.value) % 100:02d}"


def render_xlsx(tables: Sequence[Table]) -> bytes:
    """A workbook with a sheet for each table."""
    from openpyxl import Workbook

    workbook = Workbook(write_only=True)
    for table in tables:
        sheet = workbook.create_sheet(table.name)
        sheet.append([_make_cell(sheet, heading) for heading in table.headings])
        for row in table.rows:
            sheet.append([_make_cell(sheet, value) for value in row])
    data = io.BytesIO()
    workbook.save(data)
    return data.getvalue()


def _make_cell(sheet: Any, value: Value) -> Any:
    from openpyxl.cell import WriteOnlyCell

    if value == "":
        return None
    cell = WriteOnlyCell(sheet)
    if isinstance(value, Fen) and len(str(abs(value.value))) <= EXACT_DIGITS:
        cell.value = Decimal(value.value).scaleb(-2)
        cell.number_format = AMOUNT_FORMAT
    elif isinstance(value, int):
        cell.value = value
    else:
        text = _show_yuan(value) if isinstance(value, Fen) else clean_text(value)
        cell.value = text
        cell.data_type = "s"  # the library takes a beginning “=” for a formula, and “#N/A” for an error
        cell.number_format = TEXT_FORMAT
        cell.quotePrefix = is_formula_like(text)
    return cell
