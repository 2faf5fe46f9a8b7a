"""A file or a folder into a plan, and the digest by which an import of it is known again.

- A file is CSV or XLSX. A folder holds UBL invoices, `*.xml`, at its top; everything else in it is left alone, links
  among it. Its digest is over the names and digests of the invoices, in the order of their names.
- A row that is no payable is found and the next one read; what makes the whole file unreadable raises MalformedInput.
"""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ledger.errors import MalformedInput
from nodes.imports.payables import COLUMNS, Terms, parse_payable
from nodes.imports.plan import Plan
from nodes.imports.ubl import MAX_BYTES, parse_invoice
from nodes.sheets.cells import Cell
from nodes.sheets.faults import BadCell
from nodes.sheets.opening import SheetOptions, compute_digest, get_cells, open_sheet
from receivables.rules import is_number

FOLDER_TAG = b"hefu/v1/invoice-folder\x00"
MAX_INVOICES = 100_000
UBL = "ubl"
OnRow = Callable[[int], None]
"""Told how many rows were read."""


@dataclass(frozen=True, slots=True)
class Source:
    """What was read: of which form, what it calls the columns, and which headings or files were left alone."""

    path: Path
    digest: bytes
    form: str
    shown: Mapping[str, str]
    unread: tuple[str, ...]
    plan: Plan


def read_payables(path: Path, terms: Terms, options: SheetOptions, on_row: OnRow = lambda rows: None) -> Source:
    """Read and judge everything. Raises MalformedInput, OSError."""
    if path.is_dir():
        return _read_folder(path, terms, on_row)
    if not path.is_file():  # it is read more than once, which a pipe cannot be
        raise MalformedInput("neither a file nor a folder", path.name)
    return _read_sheet(path, terms, options, on_row)


def _read_sheet(path: Path, terms: Terms, options: SheetOptions, on_row: OnRow) -> Source:
    digest = compute_digest(path)
    sheet = open_sheet(path, COLUMNS, options)
    plan = Plan(sheet.layout.shown)
    for number, row in sheet.rows:
        cells: Mapping[str, Cell] = {}
        try:
            cells = get_cells(row, sheet.layout)
            plan.add(parse_payable(str(number), cells, terms))
        except BadCell as bad:
            plan.refuse(str(number), bad, _peek_number(cells))
        on_row(plan.rows)
    plan.close()
    if compute_digest(path) != digest:
        raise MalformedInput("changed while it was read", path.name)
    return Source(path, digest, sheet.form, sheet.layout.shown, sheet.layout.unread, plan)


def _peek_number(cells: Mapping[str, Cell]) -> str:
    """The voucher that a bad row says it belongs to."""
    number = cells.get("number")
    return number.strip() if isinstance(number, str) and is_number(number.strip()) else ""


def _read_folder(path: Path, terms: Terms, on_row: OnRow) -> Source:
    names, others = _list_invoices(path)
    plan, digest = Plan({}), hashlib.sha256(FOLDER_TAG)
    for name in names:
        with (path / name).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        encoded = os.fsencode(name)
        digest.update(len(encoded).to_bytes(4, "big") + encoded + hashlib.sha256(data).digest())
        try:
            plan.add(parse_invoice(_show_name(name), data, terms))
        except BadCell as bad:
            plan.refuse(_show_name(name), bad)
        on_row(plan.rows)
    plan.close()
    return Source(path, digest.digest(), UBL, {}, others, plan)


def _list_invoices(path: Path) -> tuple[list[str], tuple[str, ...]]:
    """The names of the invoices, sorted, and of everything else."""
    names: list[str] = []
    others: list[str] = []
    with os.scandir(path) as entries:
        for entry in entries:
            is_invoice = entry.name.lower().endswith(".xml") and entry.is_file(follow_symlinks=False)
            (names if is_invoice else others).append(entry.name)
            if len(names) > MAX_INVOICES:
                raise MalformedInput(f"more than {MAX_INVOICES} invoices", path.name)
    if not names:
        raise MalformedInput("no invoices (*.xml) are in it", path.name)
    return sorted(names), tuple(map(_show_name, sorted(others)))


def _show_name(name: str) -> str:
    """A file's name as text, whatever bytes it has."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
