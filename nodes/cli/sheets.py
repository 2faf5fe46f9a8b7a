"""What commands that read or write sheets share: their options, and tables on a terminal, in a CSV or in a workbook."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from nodes.cli.files import write_bytes
from nodes.cli.output import print_lines, print_table
from nodes.cli.values import BadValue, show_fen
from nodes.sheets.faults import Finding
from nodes.sheets.opening import SheetOptions
from nodes.sheets.writing import Fen, Table, Value, render_csv, render_xlsx

RENDERERS = {".csv": render_csv, ".xlsx": render_xlsx}
FINDING_HEADINGS = ("row 行", "column 列", "code 代码", "message", "说明")


class Encoding(StrEnum):
    """How the characters of a CSV are written, where it is not to be found out."""

    UTF_8 = "utf-8"
    UTF_8_SIG = "utf-8-sig"
    GB18030 = "gb18030"


class DayOrder(StrEnum):
    """Which comes first in a day whose year is last."""

    MDY = "mdy"
    DMY = "dmy"


EncodingOption = Annotated[
    Encoding | None, typer.Option("--encoding", help="Of a CSV; else UTF-8 if it is UTF-8, else GB18030.")
]
SheetOption = Annotated[str | None, typer.Option("--sheet", metavar="NAME", help="Of a workbook; else its first.")]
DayOrderOption = Annotated[
    DayOrder | None, typer.Option("--day-order", help="What 3/4/2026 means; else such days are refused.")
]


def build_options(encoding: Encoding | None, sheet: str | None, day_order: DayOrder | None) -> SheetOptions:
    """What was said about a sheet."""
    return SheetOptions(None if encoding is None else encoding.value, sheet, "" if day_order is None else day_order)


def check_out(path: Path | None, source: Path | None = None) -> None:
    """BadValue where a sheet cannot have this name, or would be written over the one that is read."""
    if path is not None and path.suffix.lower() not in RENDERERS:
        raise BadValue(f"{path}: a sheet is named .csv or .xlsx")
    if path is not None and source is not None and path.resolve() == source.resolve():
        raise BadValue(f"{path} is what is read; name another file")


def write_tables(path: Path, tables: Sequence[Table]) -> None:
    """Write tables to a .csv or .xlsx file, over an older one."""
    check_out(path)
    write_bytes(path, RENDERERS[path.suffix.lower()](tables), may_replace=True)


def print_tables(tables: Sequence[Table]) -> None:
    """Tables on stdout, numbers flush right."""
    for table in tables:
        rows = [tuple(map(_show, row)) for row in table.rows]
        print_table(table.headings, rows, right=table.numbers)
        if not rows:
            print_lines(["(none 无)"])


def _show(value: Value) -> str:
    return show_fen(value.value) if isinstance(value, Fen) else str(value)


def build_findings_table(findings: Sequence[Finding]) -> Table:
    """Bad rows, each with its reason."""
    rows = [(found.row, found.column, found.name, found.english, found.chinese) for found in findings]
    return Table("bad rows", FINDING_HEADINGS, rows)
