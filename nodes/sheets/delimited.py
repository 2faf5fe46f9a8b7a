"""CSV: the encoding, found in one way and no other, and the rows, each of bounded size.

1. A byte order mark of UTF-8 says UTF-8; one of UTF-16 is refused.
2. Else, if the whole file is UTF-8 it is read as UTF-8; else, if the whole of it is GB18030 (which holds GBK and
   GB2312), as GB18030; else it is refused with the first byte that is neither. No statistics, no locale.
3. Fields are separated by commas and quoted by double quotes. Broken quoting refuses the file: after it nobody knows
   which cell is which. NUL and other controls refuse their row, where a cell of it is read.
4. A line has at most 65 536 characters and a row at most 64 lines, so that no row grows without end.
"""

import codecs
import csv
from collections.abc import Callable, Iterator
from pathlib import Path

from ledger.errors import MalformedInput

UTF8, UTF8_WITH_MARK, GB18030 = "utf-8", "utf-8-sig", "gb18030"
ENCODINGS = (UTF8, UTF8_WITH_MARK, GB18030)
MAX_LINE = 65_536
MAX_LINES_A_ROW = 64
CHUNK_BYTES = 1 << 20
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def detect_encoding(path: Path) -> str:
    """UTF8, UTF8_WITH_MARK or GB18030, by the rules above. Raises MalformedInput, OSError."""
    with path.open("rb") as file:
        beginning = file.read(3)
    if beginning.startswith(_UTF16_MARKS):
        raise MalformedInput("UTF-16; save it as CSV UTF-8", "encoding")
    is_marked = beginning == codecs.BOM_UTF8
    fault = _find_fault(path, UTF8)
    if fault is None:
        return UTF8_WITH_MARK if is_marked else UTF8
    if is_marked:
        raise MalformedInput(f"marked as UTF-8, but byte {fault} is not", "encoding")
    other = _find_fault(path, GB18030)
    if other is not None:
        raise MalformedInput(f"neither UTF-8 (byte {fault}) nor GB18030 (byte {other})", "encoding")
    return GB18030


def _find_fault(path: Path, encoding: str) -> int | None:
    """Where, within a few bytes, the file stops being of this encoding; None where it never does."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    place = 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(CHUNK_BYTES)
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                # What the decoder held back from the chunk before stands in front of this one.
                return max(0, place + error.start - (len(error.object) - len(chunk)))
            if not chunk:
                return None
            place += len(chunk)


def read_rows(path: Path, encoding: str) -> Iterator[tuple[int, list[str]]]:
    """Number, from 1, and cells of each row that is not blank. Raises MalformedInput, OSError."""
    with path.open(encoding=encoding, newline="") as file:
        lines = _Lines(file.readline)
        reader = csv.reader(lines, strict=True)
        number = 0
        try:
            for row in reader:
                number += 1
                lines.count = 0
                if any(cell.strip() for cell in row):
                    yield number, row
        except csv.Error as error:
            raise MalformedInput(f"row {number + 1} is not CSV: {error}", "rows") from None
        except UnicodeDecodeError:
            raise MalformedInput(f"not {encoding} behind row {number}", "encoding") from None


class _Lines:
    """The lines of a file, none too long, and not too many for one row. `count` is that of the row being read."""

    def __init__(self, readline: Callable[[int], str]) -> None:
        self._readline = readline
        self.count = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._readline(MAX_LINE + 1)
        if not line:
            raise StopIteration
        self.count += 1
        if len(line) > MAX_LINE:
            raise MalformedInput(f"a line of more than {MAX_LINE} characters", "rows")
        if self.count > MAX_LINES_A_ROW:
            raise MalformedInput(f"a row of more than {MAX_LINES_A_ROW} lines: a quote is not closed", "rows")
        return line
