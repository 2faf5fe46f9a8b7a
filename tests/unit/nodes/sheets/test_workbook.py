"""XLSX: rows as they stand there, and every bomb refused before a library builds anything of it."""

import zipfile
from datetime import date, datetime

import pytest

from ledger.errors import MalformedInput
from nodes.sheets import workbook as reader
from nodes.sheets.workbook import inspect_workbook, read_workbook_rows
from tests.support.workbooks import CONTENT_TYPES, MAIN, RELATIONS, SHEET_RELATION, write_parts, write_workbook

CELL = '<c r="A1" t="inlineStr"><is><t>x</t></is></c>'
DOCTYPE = '<!DOCTYPE a [<!ENTITY x "yyyyyyyyyy"><!ENTITY z "&x;&x;&x;&x;&x;&x;&x;&x;&x;&x;">]>'


def read(path, sheet=None):
    inspect_workbook(path)
    return list(read_workbook_rows(path, sheet))


def refuse(path):
    with pytest.raises(MalformedInput) as caught:
        read(path)
    return str(caught.value)


def rows_of(*numbers):
    return "".join(f'<row r="{number}"><c r="A{number}"><v>1</v></c></row>' for number in numbers)


def test_rows_keep_their_numbers_and_types(tmp_path):
    rows: list[list[object]] = [
        ["due", "amount"],
        [None, None],
        [date(2026, 3, 31), 12.5],
        ["2026-03-31", 7],
        ["", "  "],
        ["中", True],
    ]
    path = write_workbook(tmp_path / "a.xlsx", rows, {"second": [["x"]]})
    assert read(path) == [
        (1, ("due", "amount")), (3, (datetime(2026, 3, 31), 12.5)), (4, ("2026-03-31", 7)), (6, ("中", True)),
    ]  # fmt: skip
    assert read(path, "second") == [(1, ("x",))]
    with pytest.raises(MalformedInput, match="no such sheet"):
        read(path, "third")


def test_what_a_sheet_says_of_its_own_size_is_not_believed(tmp_path):
    sheet = (
        f'<worksheet xmlns="{MAIN}"><dimension ref="A1:XFD1048576"/><sheetData>{rows_of(1, 3)}</sheetData></worksheet>'
    )
    assert read(write_parts(tmp_path / "a.xlsx", **{"xl/worksheets/sheet1.xml": sheet})) == [(1, (1,)), (3, (1,))]


def test_the_value_of_a_formula_is_the_one_last_computed(tmp_path):
    cells = '<c r="A1"><f>1+1</f><v>2</v></c><c r="B1" t="str"><f>CMD()</f><v>t</v></c><c r="C1"><f>9</f></c>'
    assert read(write_parts(tmp_path / "a.xlsx", f'<row r="1">{cells}</row>')) == [(1, (2, "t", None))]


@pytest.mark.parametrize(
    ("sheet", "said"),
    [
        (rows_of(1, reader.MAX_ROWS + 1), "rows"), (rows_of(2, 1), "does not follow"),
        (rows_of(1, 1), "does not follow"),
        ('<row r="x"/>', "does not follow"), ('<row r="1e3"/>', "does not follow"),
        (f'<row r="1">{CELL * 257}</row>', "columns"),
        ('<row r="1"><c r="XFD1"><v>1</v></c></row>', "columns"),
        ('<row r="1"><c r="IW1"><v>1</v></c></row>', "columns"),
        (f'<row r="1"><c r="A1">{"<v>1</v>" * 1001}</c></row>', "parts"), ("<x/>" * 200_001, "elements"),
        ("<x>" * 70 + "</x>" * 70, "deep"), ("<row>", "not XML"), ("\x00", "not XML"),
        (f'<row r="1"><c r="A1" t="str"><v>{"x" * 100_001}</v></c></row>', "text of more than"),
        (f'<row r="1" x="{"x" * (2 << 20)}"/>', "tag or a comment"), (f"<!--{'x' * (2 << 20)}-->", "tag or a comment"),
        ('<row r="1"><c r="A1" t="s"><v>99</v></c></row>', "IndexError"),
        ('<row r="1"><c r="A1"><v>x</v></c></row>', "ValueError"),
    ],
)  # fmt: skip
def test_sheets_that_would_grow_without_end_are_refused(tmp_path, sheet, said):
    assert said in refuse(write_parts(tmp_path / "a.xlsx", sheet))


def test_entities_are_refused_in_every_part(tmp_path):
    for name in ("types", "root", "workbook", "relations", "strings", "docProps/core.xml", "xl/styles.xml"):
        path = write_parts(tmp_path / "a.xlsx", rows_of(1), **{name: f"{DOCTYPE}<a>&z;</a>"})
        assert "document type" in refuse(path), name


def test_a_bomb_is_refused_while_it_unpacks(tmp_path, monkeypatch):
    big = "<a>" + ("<b>" + " " * 90_000 + "</b>") * 60 + "</a>"
    assert "unpacks to more" in refuse(write_parts(tmp_path / "a.xlsx", **{"docProps/core.xml": big}))
    monkeypatch.setattr(reader, "MAX_LARGE_BYTES", 1 << 20)
    assert "unpacks to more" in refuse(write_parts(tmp_path / "b.xlsx", rows_of(*range(1, 40_000))))
    spread = {f"xl/worksheets/sheet{number}.xml": "<a>" + "<b/>" * 100_000 + "</a>" for number in range(2, 6)}
    assert "unpacks to more" in refuse(write_parts(tmp_path / "c.xlsx", rows_of(1), **spread))


def test_a_string_table_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(reader, "MAX_STRINGS", 10)
    strings = f'<sst xmlns="{MAIN}">{"<si><t>x</t></si>" * 11}</sst>'
    assert "strings" in refuse(write_parts(tmp_path / "a.xlsx", strings=strings))


def test_pictures_and_macros_are_left_where_they_stop_being_xml(tmp_path):
    more = {"xl/media/image1.png": b"\x00" * (8 << 20), "xl/vbaProject.bin": b"<a>" + b"\xd0\xcf" * (4 << 20)}
    assert read(write_parts(tmp_path / "a.xlsx", rows_of(1), **more)) == [(1, (1,))]


def test_a_part_is_looked_through_whatever_it_is_called(tmp_path):
    types = CONTENT_TYPES.replace("/xl/sharedStrings.xml", "/xl/strings.bin")
    big = f'<sst xmlns="{MAIN}">' + f"<si><t>{'x' * 90_000}</t></si>" * 60 + "</sst>"
    bomb = write_parts(tmp_path / "a.xlsx", rows_of(1), types=types, **{"xl/strings.bin": big})
    assert "unpacks to more" in refuse(bomb)
    entity = write_parts(tmp_path / "b.xlsx", rows_of(1), types=types, **{"xl/strings.bin": f"{DOCTYPE}<a>&z;</a>"})
    assert "document type" in refuse(entity)


@pytest.mark.parametrize(
    ("name", "said"), [("worksheets/sheet1.bin", "does not follow"), ("others/sheet1.xml", "a sheet outside")]
)
def test_a_sheet_under_another_name_hides_nothing(tmp_path, name, said):
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{rows_of(2, 1)}</sheetData></worksheet>'
    relations = RELATIONS % SHEET_RELATION.replace("worksheets/sheet1.xml", name)
    types = CONTENT_TYPES.replace("worksheets/sheet1.xml", name)
    path = write_parts(tmp_path / "a.xlsx", types=types, relations=relations, **{f"xl/{name}": sheet})
    assert said in refuse(path)


def test_archives_that_are_no_workbook_are_refused(tmp_path):
    path = tmp_path / "a.xlsx"
    honest = write_workbook(tmp_path / "b.xlsx", [["due"]]).read_bytes()
    for data in (b"", b"PK\x03\x04", b"PK\x03\x04" + bytes(100), honest[:-30], honest[: len(honest) // 2]):
        path.write_bytes(data)
        refuse(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert "not a workbook" in refuse(path)
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(2001):
            archive.writestr(f"{number}.bin", b"")
    assert "members" in refuse(path)


def test_a_member_twice_is_refused(tmp_path):
    path = write_parts(tmp_path / "a.xlsx", rows_of(1))
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("xl/worksheets/sheet1.xml", "<a/>")
    assert "one twice" in refuse(path)


def test_an_encrypted_member_is_refused(tmp_path):
    path = write_parts(tmp_path / "a.xlsx", rows_of(1))
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        place = data.index(mark)
        data[place + offset] |= 1
    path.write_bytes(data)
    assert "not a workbook" in refuse(path)


def test_a_workbook_without_sheets_is_refused(tmp_path):
    path = write_parts(tmp_path / "a.xlsx", workbook=f'<workbook xmlns="{MAIN}"><sheets/></workbook>')
    assert "no sheet" in refuse(path)


def test_a_number_that_no_calendar_has_is_no_day(tmp_path):
    styles = (
        f'<styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    )
    types = CONTENT_TYPES.replace(
        "</Types>",
        '<Override PartName="/xl/styles.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>',
    )
    sheet = '<row r="1"><c r="A1" s="1"><v>46112</v></c><c r="B1" s="1"><v>99999999</v></c></row>'
    path = write_parts(tmp_path / "a.xlsx", sheet, types=types, **{"xl/styles.xml": styles})
    assert read(path) == [(1, (datetime(2026, 3, 31), "#VALUE!"))]
