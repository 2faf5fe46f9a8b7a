"""docs/import.md names every heading, every fault and every limit as the code has them."""

import re
from pathlib import Path

import pytest

from nodes.imports import issuing, payables, plan, reading, ubl
from nodes.reconciliation import matching, statement
from nodes.sheets import delimited, faults, headings, opening, workbook
from nodes.sheets.faults import Fault

PAGE = (Path(__file__).parents[3] / "docs" / "import.md").read_text(encoding="utf-8")
FAULTS = [value for value in vars(faults).values() if isinstance(value, Fault)]
FAULTS += [*payables.FAULTS, *plan.FAULTS, *issuing.FAULTS, *ubl.FAULTS, *statement.FAULTS]


def list_rows(columns):
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines()]
    return [row for row in cells if len(row) == columns]


@pytest.mark.parametrize("column", [*payables.COLUMNS, *statement.COLUMNS], ids=lambda column: column.name)
def test_each_heading_is_listed(column):
    english, chinese = ", ".join(column.english), ", ".join(column.chinese)
    rows = [row for row in list_rows(4) + list_rows(3) if row[1:3] == [english, chinese]]
    assert len(rows) == 1, f"| … | {english} | {chinese} |"
    if column in payables.COLUMNS:
        assert (rows[0][3] == "refused") == column.is_needed


def test_each_fault_is_listed_once_and_no_other():
    (table,) = re.findall(r"### Faults of a row\n(.*?)\n###", PAGE, re.DOTALL)
    listed = re.findall(r"`([A-Z_]+)`", table)
    assert sorted(listed) == sorted(fault.name for fault in FAULTS)
    assert len(set(listed)) == len(listed)


def test_each_fault_speaks_both_languages():
    assert [fault for fault in FAULTS if not fault.english.endswith(".") or not fault.chinese.endswith("。")] == []


def test_each_result_is_listed():
    assert [kind for kind in matching.MEANINGS if f"| `{kind}` |" not in PAGE] == []


def test_the_limits_are_those_of_the_code():
    assert f"| {workbook.MAX_ROWS:,}; {headings.MAX_COLUMNS} |".replace(",", " ") in PAGE
    assert opening.MAX_FILE_BYTES == workbook.MAX_LARGE_BYTES == 256 << 20
    assert f"| {delimited.MAX_LINE:,} characters; {delimited.MAX_LINES_A_ROW}; 131,072 |".replace(",", " ") in PAGE
    assert (ubl.MAX_BYTES, ubl.MAX_DEPTH, reading.MAX_INVOICES) == (1 << 20, 100, 100_000)
