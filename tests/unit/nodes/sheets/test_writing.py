"""What we write into a sheet: text stays text, whoever wrote it."""

import csv
import io

import openpyxl
import pytest

from nodes.sheets.writing import Fen, Table, clean_text, is_formula_like, render_csv, render_xlsx
from tests.support.workbooks import read_part

HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "＝1+1",
    "\u00a0@x",
    "=cmd|' /C calc'!A0",
    "#N/A",
]


def read_csv(data):
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def read_xlsx(data):
    return openpyxl.load_workbook(io.BytesIO(data))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_a_formula(text):
    table = Table("list", ("name", text), [(text, "plain")])
    cells = [cell for row in read_csv(render_csv([table])) for cell in row]
    assert not any(cell[:1] in {"=", "+", "-", "@", "\t", "\r", "\n", "＝"} for cell in cells)
    assert not any(is_formula_like(cell) for cell in cells)
    data = render_xlsx([table])
    assert "<f>" not in read_part(data, "xl/worksheets/sheet1.xml")
    (sheet,) = read_xlsx(data).worksheets
    for row in sheet.iter_rows():
        for cell in row:
            assert (cell.data_type, cell.number_format) == ("s", "@")
            assert cell.quotePrefix == is_formula_like(cell.value)
    assert sheet["A2"].value == clean_text(text)


def test_a_plain_text_is_left_as_it_is():
    for text in ("中文 abc", "a=b", "1-2", "O'Neil", "", "a\u3000b"):
        assert read_csv(render_csv([Table("t", ("h",), [(text, "x")])]))[1][0] == text
        assert (read_xlsx(render_xlsx([Table("t", ("h",), [(text,)])])).active["A2"].value or "") == text


def test_controls_become_spaces_and_long_text_is_cut():
    assert clean_text("a\x00b\nc\u2028d\x1b[0m") == "a b c d [0m"
    assert len(clean_text("x" * 40_000)) == 32_000
    assert read_xlsx(render_xlsx([Table("t", ("h",), [("\x00\x01",)])])).active["A2"].value == "  "


def test_amounts_are_numbers_in_yuan_and_exact():
    rows = [(Fen(123_456), Fen(-5), Fen(0), 7), (Fen(99_999_999_999_999), Fen(2**63 - 1), Fen(10), 8)]
    shown = read_csv(render_csv([Table("t", ("a", "b", "c", "d"), rows)]))[1:]
    assert shown == [["1234.56", "-0.05", "0.00", "7"], ["999999999999.99", "92233720368547758.07", "0.10", "8"]]
    sheet = read_xlsx(render_xlsx([Table("t", ("a", "b", "c", "d"), rows)])).active
    assert [cell.value for cell in sheet[2]] == [1234.56, -0.05, 0, 7]
    assert [cell.value for cell in sheet[3]] == [999999999999.99, "92233720368547758.07", 0.1, 8]
    assert sheet["A2"].number_format == "#,##0.00"


def test_tables_stand_one_below_the_other_or_in_sheets_of_their_own():
    tables = [Table("one", ("a",), [("x",)]), Table("two", ("b",), [])]
    assert render_csv(tables) == "\ufeffa\r\nx\r\n\r\nb\r\n".encode()
    assert read_xlsx(render_xlsx(tables)).sheetnames == ["one", "two"]
