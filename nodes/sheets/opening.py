"""A file as a heading row and rows, whichever of the two formats it has, and its digest.

The first row that is not blank holds the headings. A file is CSV unless it begins as a ZIP archive does; the suffix is
a name, and decides nothing.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ledger.errors import MalformedInput
from nodes.sheets.cells import Cell, is_empty
from nodes.sheets.delimited import ENCODINGS, detect_encoding, read_rows
from nodes.sheets.faults import TOO_MANY_CELLS, BadCell
from nodes.sheets.headings import Column, Layout, find_layout
from nodes.sheets.workbook import MAX_ROWS, inspect_workbook, read_workbook_rows

MAX_FILE_BYTES = 256 << 20
CHUNK_BYTES = 1 << 20
ZIP_MARK = b"PK\x03\x04"
XLSX = "xlsx"
Row = tuple[int, Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class SheetOptions:
    """What a person said about a sheet. None and empty: found, or refused where it is in doubt."""

    encoding: str | None = None
    sheet: str | None = None
    day_order: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet that is being read; `rows` may be gone through once."""

    form: str  # the encoding of a CSV, or XLSX
    layout: Layout
    rows: Iterator[Row]


def compute_digest(path: Path) -> bytes:
    """SHA-256 of the file (32 bytes). MalformedInput where it is longer than any sheet may be; OSError."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            size += len(chunk)
            if size > MAX_FILE_BYTES:
                raise MalformedInput(f"more than {MAX_FILE_BYTES} bytes", path.name)
            digest.update(chunk)
    return digest.digest()


def open_sheet(path: Path, columns: Sequence[Column], options: SheetOptions) -> Sheet:
    """Open a CSV or an XLSX file whose headings are among `columns`. Raises MalformedInput, OSError."""
    form, rows = _open_rows(path, options)
    first = next(rows, None)
    if first is None:
        raise MalformedInput("nothing is in it", path.name)
    return Sheet(form, find_layout(first[1], columns), _bound(rows))


def _open_rows(path: Path, options: SheetOptions) -> tuple[str, Iterator[Row]]:
    with path.open("rb") as file:
        is_workbook = file.read(len(ZIP_MARK)) == ZIP_MARK
    if is_workbook:
        inspect_workbook(path)
        return XLSX, iter(read_workbook_rows(path, options.sheet))
    encoding = options.encoding or detect_encoding(path)
    if encoding not in ENCODINGS:
        raise MalformedInput(f"one of {', '.join(ENCODINGS)}", "encoding")
    return encoding, iter(read_rows(path, encoding))


def _bound(rows: Iterator[Row]) -> Iterator[Row]:
    for number, row in rows:
        if number > MAX_ROWS:
            raise MalformedInput(f"more than {MAX_ROWS} rows", "rows")
        yield number, row


def get_cells(row: Sequence[Cell], layout: Layout) -> dict[str, Cell]:
    """The cells of a row by their meaning; what is behind its end is empty. Raises BadCell: cells without a heading."""
    if len(row) > layout.width and not all(is_empty(cell) for cell in row[layout.width :]):
        raise BadCell(TOO_MANY_CELLS)
    return {name: row[place] if place < len(row) else None for name, place in layout.places.items()}
