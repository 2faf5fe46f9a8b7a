"""A file as a heading row and rows, whichever of the two formats it has."""

import pytest

from ledger.errors import MalformedInput
from nodes.sheets import opening
from nodes.sheets.faults import BadCell
from nodes.sheets.headings import Column
from nodes.sheets.opening import SheetOptions, compute_digest, get_cells, open_sheet
from tests.support.workbooks import write_workbook

COLUMNS = (Column("due_on", ("due",), ("到期日",), is_needed=True), Column("amount", ("amount",), ("金额",)))


def test_the_form_follows_from_the_bytes_and_not_from_the_name(tmp_path):
    path = write_workbook(tmp_path / "a.csv", [["到期日", "金额"], ["x", 1]])
    sheet = open_sheet(path, COLUMNS, SheetOptions())
    assert (sheet.form, list(sheet.rows)) == ("xlsx", [(2, ("x", 1))])
    path = tmp_path / "a.xlsx"
    path.write_bytes("\n到期日,金额\nx,1\n".encode("gb18030"))
    sheet = open_sheet(path, COLUMNS, SheetOptions())
    assert (sheet.form, sheet.layout.places, list(sheet.rows)) == (
        "gb18030", {"due_on": 0, "amount": 1}, [(3, ["x", "1"])],
    )  # fmt: skip


def test_an_encoding_that_is_said_is_used(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("到期日\nx\n".encode())
    with pytest.raises(MalformedInput, match="gb18030"):
        open_sheet(path, COLUMNS, SheetOptions(encoding="gb18030"))
    with pytest.raises(MalformedInput, match="one of utf-8"):
        open_sheet(path, COLUMNS, SheetOptions(encoding="latin-1"))


@pytest.mark.parametrize("data", [b"", b"\n , \n", "到期日".encode("utf-16-be"), "到期日".encode("big5")])
def test_files_without_headings_are_refused(tmp_path, data):
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    with pytest.raises(MalformedInput):
        open_sheet(path, COLUMNS, SheetOptions())


def test_too_many_rows_and_too_large_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "MAX_ROWS", 2)
    path = tmp_path / "a.csv"
    path.write_text("due\n1\n2\n")
    with pytest.raises(MalformedInput, match="rows"):
        list(open_sheet(path, COLUMNS, SheetOptions()).rows)
    assert len(compute_digest(path)) == 32
    monkeypatch.setattr(opening, "MAX_FILE_BYTES", 3)
    with pytest.raises(MalformedInput, match="bytes"):
        compute_digest(path)


def test_a_short_row_has_empty_cells_and_a_long_one_is_bad(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("due,amount\n1\n1,2,,\n1,2,3\n")
    sheet = open_sheet(path, COLUMNS, SheetOptions())
    rows = [row for _, row in sheet.rows]
    assert get_cells(rows[0], sheet.layout) == {"due_on": "1", "amount": None}
    assert get_cells(rows[1], sheet.layout) == {"due_on": "1", "amount": "2"}
    with pytest.raises(BadCell) as caught:
        get_cells(rows[2], sheet.layout)
    assert caught.value.fault.name == "TOO_MANY_CELLS"
