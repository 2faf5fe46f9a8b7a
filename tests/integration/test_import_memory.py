"""A workbook of 10^5 rows is read, judged and planned within 300 MB; the hostile ones are refused within it as well."""

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.payables import DUE, HEADINGS, ISSUER, PAYEE, make_ubl
from tests.support.workbooks import MAIN, write_parts

ROOT = Path(__file__).parents[2]
ROWS = 100_000
LIMIT_MB = 300
# The process reads, then says what it found and the most memory that it ever had. `ru_maxrss` would count what its
# parent had at the fork; this mark is the new program's own.
PROGRAM = """
import sys
from pathlib import Path
from ledger.errors import MalformedInput
from tests.support.payables import read
try:
    plan = read(Path(sys.argv[1])).plan
    found = f"{len(plan.vouchers)} {len(plan.findings)}"
except MalformedInput as error:
    found = "refused"
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(found, int(status["VmHWM"].split()[0]) // 1024)
"""


def measure(path: Path) -> tuple[str, int]:
    """What a process of its own found, and its peak memory in MB."""
    command = [sys.executable, "-c", PROGRAM, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    *found, peak = done.stdout.split()
    return " ".join(found), int(peak)


def make_cells(row: int, texts: tuple[str, ...]) -> str:
    return "".join(f'<c r="{chr(65 + place)}{row}" t="str"><v>{text}</v></c>' for place, text in enumerate(texts))


def make_rows() -> Iterator[str]:
    yield f'<row r="1">{make_cells(1, HEADINGS)}</row>'
    for row in range(2, ROWS + 2):
        yield f'<row r="{row}">{make_cells(row, (PAYEE, f"{row:020d}", "1,234.56", DUE, f"HT-{row}"))}</row>'


def test_a_workbook_of_a_hundred_thousand_rows(tmp_path):
    found, peak = measure(write_parts(tmp_path / "large.xlsx", "".join(make_rows())))
    assert found == f"{ROWS} 0"
    assert peak < LIMIT_MB


def write_bomb(path: Path, name: str, opening: bytes, filling: bytes, count: int) -> Path:
    """A workbook with one part that unpacks to `count` times some bytes, of which little is on the disk."""
    write_parts(path)
    with zipfile.ZipFile(path) as honest:
        parts = {part: honest.read(part) for part in honest.namelist() if part != name}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
        with archive.open(name, "w", force_zip64=True) as bomb:
            bomb.write(opening)
            for _ in range(count):
                bomb.write(filling)
    return path


SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
BEGIN = f'<worksheet xmlns="{MAIN}"><sheetData>'.encode()


@pytest.mark.parametrize(
    ("name", "opening", "filling"),
    [
        (SHEET, BEGIN, b" " * (1 << 20)),
        (SHEET, BEGIN, b"<x/>" * (1 << 18)),
        (SHEET, BEGIN + b'<row r="1"><c r="A1"><v>', b"1" * (1 << 20)),
        (SHEET, BEGIN + b'<row r="', b"1" * (1 << 20)),
        (SHEET, BEGIN + b"<row>", b"<c/>" * (1 << 18)),
        (SHEET, BEGIN + b"<row><c>", b"<v/>" * (1 << 18)),
        (SHEET, BEGIN + b"<row><c>", b"<f>" * (1 << 18)),
        (STRINGS, f'<sst xmlns="{MAIN}">'.encode(), b"<si/>" * (1 << 18)),
        (STRINGS, f'<sst xmlns="{MAIN}"><si><t>'.encode(), b"x" * (1 << 20)),
        ("xl/styles.xml", f'<styleSheet xmlns="{MAIN}">'.encode(), b"<a/>" * (1 << 18)),
    ],
    ids=[
        "white space",
        "elements",
        "a number",
        "an attribute",
        "cells",
        "parts",
        "depth",
        "strings",
        "a string",
        "styles",
    ],
)
def test_a_bomb_is_refused_before_it_is_large(tmp_path, name, opening, filling):
    path = write_bomb(tmp_path / "bomb.xlsx", name, opening, filling, 400)
    assert path.stat().st_size < 4 << 20
    found, peak = measure(path)
    assert found == "refused"
    assert peak < LIMIT_MB


def test_an_invoice_of_entities_costs_nothing(tmp_path):
    levels = "".join(f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, 10))
    text = make_ubl().replace("<Invoice ", f'<!DOCTYPE Invoice [<!ENTITY a0 "{"x" * 100}">{levels}]><Invoice ', 1)
    (tmp_path / "laughs.xml").write_text(text.replace(ISSUER, "&a9;"))
    found, peak = measure(tmp_path)
    assert found == "0 1"
    assert peak < LIMIT_MB
