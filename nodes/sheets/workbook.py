"""XLSX: looked through by a parser that builds nothing, then read row by row by openpyxl.

1. The archive: at most 2000 members, no name twice, none encrypted. What is unpacked is counted as it comes, not as the
   archive says: at most 256 MB of sheets and strings together, at most 4 MB of any other part. A part may have any
   name, so whatever begins as XML is looked through; a picture or a macro stops being XML within its first bytes.
2. Every XML part is well formed, without a document type (so without entities), at most 64 deep; no tag, text or
   comment is longer than 1 MB, no text longer than 100 000 characters.
3. A sheet has at most 200 000 rows in their order, of at most 256 cells, in places up to column 256; a string table at
   most 1 000 000 strings. What openpyxl then keeps in memory is bounded by these numbers.
4. Only then openpyxl reads, without formulas: of a formula cell the value that was last computed counts. The sheet is
   the first one, or the one that is named.

Whatever the library makes of a file that passed and is broken all the same is MalformedInput.
"""

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from xml.parsers import expat

from ledger.errors import InvariantViolation, MalformedInput
from nodes.sheets.cells import Cell, is_empty
from nodes.sheets.headings import MAX_COLUMNS

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

MAX_MEMBERS = 2000
MAX_ROWS = 200_000
MAX_STRINGS = 1_000_000
MAX_LARGE_BYTES = 256 << 20
MAX_PART_BYTES = 4 << 20
MAX_DEPTH = 64
MAX_OTHER_ELEMENTS = 200_000
MAX_TOKEN_BYTES = 1 << 20
MAX_CHARACTERS = 100_000
CHUNK_BYTES = 1 << 16
MAX_IN_CELL = 1000
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main "
LARGE_PARTS = ("xl/worksheets/", "xl/sharedstrings.xml")
XML_SUFFIXES = (".xml", ".rels", ".vml")
IN_CELLS = frozenset({"v", "f", "is", "t", "r", "rPr"})
"""What a cell or a string may hold."""


def inspect_workbook(path: Path) -> None:
    """Look through every XML part. Raises MalformedInput, OSError."""
    with path.open("rb") as file, _reading("not a workbook (.xlsx)"), zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        if len(members) > MAX_MEMBERS or len({member.filename for member in members}) != len(members):
            raise MalformedInput(f"more than {MAX_MEMBERS} members, or one twice", "workbook")
        left = MAX_LARGE_BYTES
        for member in members:
            name = member.filename.lower()
            is_large = name.startswith(LARGE_PARTS)
            with archive.open(member) as part:
                size = _PartReader(name, is_large).read(part, left if is_large else MAX_PART_BYTES)
            left -= size if is_large else 0


@contextmanager
def _reading(what: str) -> Iterator[None]:
    """Whatever a library meets in an open file that is not what it says is MalformedInput, an impossible seek too."""
    try:
        yield
    except MalformedInput:
        raise
    except Exception as error:  # noqa: BLE001  # zipfile and openpyxl promise no kind of error
        raise MalformedInput(f"{what}: {type(error).__name__}", "workbook") from None


class _PartReader:
    """Counts what a part holds, and refuses what would make its reader grow."""

    def __init__(self, name: str, is_large: bool) -> None:
        self._name = name
        self._is_large = is_large
        self._depth = self._characters = self._others = 0
        self._row = self._cells = self._strings = self._in_cell = 0
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._count_characters

    def read(self, part: IO[bytes], limit: int) -> int:
        """Parse to the end, or to where a part that need not be XML stops being it; how many bytes were unpacked."""
        size = 0
        try:
            while chunk := part.read(CHUNK_BYTES):
                size += len(chunk)
                if size > limit:
                    self._refuse(f"unpacks to more than {limit} bytes")
                self._parser.Parse(chunk, False)
                if size - self._parser.CurrentByteIndex > MAX_TOKEN_BYTES:
                    self._refuse(f"a tag or a comment of more than {MAX_TOKEN_BYTES} bytes")
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            if self._name.endswith(XML_SUFFIXES):
                self._refuse(f"not XML: {error}")
        return size

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._characters = 0
        if self._depth > MAX_DEPTH:
            self._refuse(f"more than {MAX_DEPTH} deep")
        name = tag.removeprefix(MAIN) if self._is_large else ""
        if name == "row":
            self._begin_row(attributes.get("r", str(self._row + 1)))
        elif name == "c":
            self._begin_cell(attributes.get("r", ""))
        elif name == "si":
            self._begin_string()
        elif name in IN_CELLS:
            self._count_in_cell()
        else:
            self._count_other()

    def _end(self, tag: str) -> None:
        self._depth -= 1
        self._characters = 0

    def _begin_row(self, number: str) -> None:
        if not _is_number(number) or int(number) <= self._row:
            self._refuse(f"row “{number[:20]}” does not follow row {self._row}")  # its reader would leave it out
        self._row, self._cells = int(number), 0
        if self._row > MAX_ROWS:
            self._refuse(f"more than {MAX_ROWS} rows")

    def _begin_cell(self, place: str) -> None:
        self._cells += 1
        self._in_cell = 0
        column = place.rstrip("0123456789")
        # Columns A to IV are 256.
        is_far = len(column) > 2 or (len(column) == 2 and column > "IV")
        if self._cells > MAX_COLUMNS or is_far:
            self._refuse(f"more than {MAX_COLUMNS} columns")

    def _begin_string(self) -> None:
        self._strings += 1
        self._in_cell = 0
        if self._strings > MAX_STRINGS:
            self._refuse(f"more than {MAX_STRINGS} strings")

    def _count_in_cell(self) -> None:
        self._in_cell += 1
        if self._in_cell > MAX_IN_CELL:
            self._refuse(f"a cell of more than {MAX_IN_CELL} parts")

    def _count_other(self) -> None:
        self._others += 1
        if self._others > MAX_OTHER_ELEMENTS:
            self._refuse(f"more than {MAX_OTHER_ELEMENTS} elements")

    def _count_characters(self, text: str) -> None:
        self._characters += len(text)
        if self._characters > MAX_CHARACTERS:
            self._refuse(f"a text of more than {MAX_CHARACTERS} characters")

    def _refuse_doctype(self, *_: Any) -> None:
        self._refuse("a document type, which may hide entities")

    def _refuse(self, what: str) -> None:
        raise MalformedInput(what, self._name)


def _is_number(text: str) -> bool:
    return len(text) <= 9 and text.isascii() and text.isdecimal()


def read_workbook_rows(path: Path, sheet: str | None = None) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    """Number, from 1, and cells of each row that is not blank, of the first sheet or the named one.

    The file must have passed `inspect_workbook`. Raises MalformedInput, OSError.
    """
    with path.open("rb") as file:  # by its name the library would judge the suffix
        workbook = _open(file)
        try:
            yield from _iterate(_find_sheet(workbook, sheet))
        finally:
            workbook.close()


def _open(file: IO[bytes]) -> "Workbook":
    import openpyxl

    if not openpyxl.DEFUSEDXML:
        raise InvariantViolation("openpyxl reads XML without defusedxml")
    warnings.filterwarnings("ignore", module="openpyxl")  # about styles; nothing that a reader of rows must know
    with _reading("not a workbook (.xlsx)"):
        return openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)


def _find_sheet(workbook: "Workbook", name: str | None) -> Any:
    sheets: list[Any] = [sheet for sheet in workbook.worksheets if name in (None, sheet.title)]
    if not sheets:
        raise MalformedInput("there is no such sheet" if name else "there is no sheet", "workbook")
    # Rows and cells were counted only where sheets belong; the library goes wherever the workbook says.
    if not sheets[0]._worksheet_path.lower().startswith(LARGE_PARTS):
        raise MalformedInput(f"a sheet outside {LARGE_PARTS[0]}", "workbook")
    return sheets[0]


def _iterate(sheet: Any) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    """The sheet's own claim about its size is forgotten: rows are what is there."""
    sheet.reset_dimensions()
    rows = sheet.iter_rows(values_only=True)
    number = 0
    while True:
        with _reading(f"cannot be read behind row {number}"):
            row = next(rows, None)
        if row is None:
            return
        number += 1
        if number > MAX_ROWS:
            raise MalformedInput(f"more than {MAX_ROWS} rows", "workbook")
        if not all(is_empty(cell) for cell in row):
            yield number, row
