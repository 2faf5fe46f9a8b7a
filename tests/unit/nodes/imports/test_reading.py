"""Files and folders into plans; what is hostile is refused row by row, or whole, as docs/import.md says."""

import os

import pytest

from ledger.errors import MalformedInput
from tests.support.payables import (
    DUE,
    HEADINGS,
    PAYEE,
    list_findings,
    make_row,
    make_ubl,
    read,
    write_csv,
    write_rows,
)
from tests.support.workbooks import write_workbook

GOOD = [PAYEE, f"{1:020d}", "12.50", DUE, "HT"]


def test_the_digest_is_that_of_the_file(tmp_path):
    path = write_rows(tmp_path / "p.csv", make_row(1))
    digest = read(path).digest
    assert digest == read(path).digest
    path.write_bytes(path.read_bytes() + b"\n")
    assert read(path).digest != digest


def test_a_workbook_gives_the_same_vouchers_as_a_csv(tmp_path):
    csv = write_csv(tmp_path / "p.csv", [GOOD])
    xlsx = write_workbook(tmp_path / "p.xlsx", [HEADINGS, [*GOOD[:2], 12.5, *GOOD[3:]]])
    assert read(csv).plan.vouchers == read(xlsx).plan.vouchers
    assert read(xlsx).form == "xlsx"


def test_a_number_where_text_is_needed_is_found(tmp_path):
    rows = [[PAYEE, 26312000000000000017, 12.5, DUE, "HT"], [PAYEE, "26312000000000000018", 12.5, DUE, 17]]
    source = read(write_workbook(tmp_path / "p.xlsx", [HEADINGS, *rows]))
    assert list_findings(source) == [("2", "发票号码", "NOT_TEXT"), ("3", "合同编号", "NOT_TEXT")]


@pytest.mark.parametrize(
    ("place", "cell", "name"),
    [
        (2, "-1.00", "AMOUNT_NEGATIVE"), (2, "0.001", "AMOUNT_FRACTION"), (2, str(2**63), "AMOUNT_TOO_LARGE"),
        (2, "92233720368547758.08", "AMOUNT_TOO_LARGE"), (3, "2030-02-30", "DAY_NOT_IN_CALENDAR"),
        (2, "=1+1", "AMOUNT_FORM"), (2, "@SUM(A1)", "AMOUNT_FORM"), (1, "=cmd|'/C calc'!A0", "INVOICE_FORM"),
        (4, "HT\x00", "CONTROL_CHARACTER"), (0, "\x00", "CONTROL_CHARACTER"), (4, "x" * 201, "TOO_LONG"),
    ],
)  # fmt: skip
def test_hostile_cells_refuse_their_row_and_no_other(tmp_path, place, cell, name):
    bad = list(GOOD)
    bad[place] = cell
    other = [PAYEE, f"{2:020d}", *GOOD[2:]]
    source = read(write_csv(tmp_path / "p.csv", [bad, other]))
    assert list_findings(source) == [("2", HEADINGS[place], name)]
    assert len(source.plan.vouchers) == 1


def test_a_contract_that_looks_like_a_formula_is_text(tmp_path):
    source = read(write_csv(tmp_path / "p.csv", [[*GOOD[:4], "=HT(1)"]]))
    assert [voucher.contract for voucher in source.plan.vouchers] == ["=HT(1)"]


def test_a_row_with_more_cells_than_headings_is_bad(tmp_path):
    source = read(write_csv(tmp_path / "p.csv", [[*GOOD, "more"], [*GOOD, "", ""]]))
    assert list_findings(source) == [("2", "", "TOO_MANY_CELLS")]
    assert len(source.plan.vouchers) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\x00" * 64, b"," * 100_000 + b"\n", ",".join(HEADINGS).encode("utf-16"), b"a,b\n1,2\n",
        "供应商,发票号码,金额,到期日,到期日期\n".encode(), "供应商,金额,到期日\n".encode(), b'"' * 3,
        "供应商,发票号码,金额,到期日\n".encode() + b"\xff\xfe\n", b"\x89PNG\r\n\x1a\n", b"PK\x03\x04junk",
    ],
)  # fmt: skip
def test_files_that_are_no_payables_are_refused_whole(tmp_path, data):
    path = tmp_path / "p.csv"
    path.write_bytes(data)
    with pytest.raises(MalformedInput):
        read(path)


def test_half_utf8_and_half_gb18030_is_refused(tmp_path):
    path = tmp_path / "p.csv"
    path.write_bytes((",".join(HEADINGS) + "\n").encode() + "甲,乙".encode("gb18030"))
    with pytest.raises(MalformedInput):
        read(path)


def test_a_pipe_is_no_source(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(MalformedInput, match="neither a file nor a folder"):
        read(tmp_path / "pipe")


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path, monkeypatch):
    path, digests = write_rows(tmp_path / "p.csv", make_row(1)), iter([b"a", b"b"])
    monkeypatch.setattr("nodes.imports.reading.compute_digest", lambda _: next(digests))
    with pytest.raises(MalformedInput, match="changed while it was read"):
        read(path)


# ---------------------------------------------------------------- folders of invoices


def test_a_folder_of_invoices_is_read_in_the_order_of_their_names(tmp_path):
    for name, number in (("b.xml", 2), ("a.XML", 1)):
        (tmp_path / name).write_text(make_ubl(number))
    (tmp_path / "note.txt").write_text("hello")
    (tmp_path / "link.xml").symlink_to(tmp_path / "b.xml")
    (tmp_path / "folder.xml").mkdir()
    source = read(tmp_path)
    assert [voucher.row for voucher in source.plan.vouchers] == ["a.XML", "b.xml"]
    assert source.unread == ("folder.xml", "link.xml", "note.txt")
    assert (source.form, source.plan.findings) == ("ubl", [])
    before = source.digest
    (tmp_path / "b.xml").rename(tmp_path / "c.xml")
    assert read(tmp_path).digest != before


def test_a_bad_invoice_is_found_by_its_name(tmp_path):
    (tmp_path / "a.xml").write_text(make_ubl())
    (tmp_path / "b.xml").write_text("<x/>")
    (tmp_path / "c.xml").write_text(make_ubl())
    source = read(tmp_path)
    assert list_findings(source) == [("b.xml", "", "NOT_AN_INVOICE"), ("c.xml", "invoice_number", "ROW_REPEATED")]
    assert len(source.plan.vouchers) == 1


def test_a_file_name_of_any_bytes_can_be_shown(tmp_path):
    (tmp_path / os.fsdecode(b"\xff.xml")).write_text("<x/>")
    assert list_findings(read(tmp_path)) == [("\\xff.xml", "", "NOT_AN_INVOICE")]


def test_a_folder_without_invoices_is_refused(tmp_path, monkeypatch):
    with pytest.raises(MalformedInput, match="no invoices"):
        read(tmp_path)
    monkeypatch.setattr("nodes.imports.reading.MAX_INVOICES", 1)
    for name in ("a.xml", "b.xml"):
        (tmp_path / name).write_text(make_ubl())
    with pytest.raises(MalformedInput, match="more than 1 invoices"):
        read(tmp_path)
