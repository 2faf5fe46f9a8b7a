"""Sheets of strangers: whatever the bytes, rows or MalformedInput; and what we write reads back as text."""

import csv
import io
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import MalformedInput
from nodes.imports.journal import Heading, Signed, open_journal
from nodes.imports.ubl import parse_invoice
from nodes.sheets.cells import MAX_FEN, parse_amount, parse_day, parse_organisation, parse_text
from nodes.sheets.faults import BadCell
from nodes.sheets.writing import Fen, Table, is_formula_like, render_csv, render_xlsx
from tests.property.test_parsers import mutate, mutations
from tests.support.payables import HEADINGS, PAYEE, TERMS, make_row, make_ubl, read, write_csv, write_rows
from tests.support.workbooks import write_workbook

texts = st.text(max_size=30)
cells = (
    st.none() | texts | st.integers() | st.floats() | st.booleans() | st.dates() | st.datetimes() | st.times()
    | st.timedeltas() | st.from_regex(r"-?[0-9,]{1,20}(\.[0-9]{0,4})?") | st.from_regex(r"[0-9]{1,4}[-/.年][0-9]{1,2}")
)  # fmt: skip


@pytest.mark.parametrize("parse", [parse_text, parse_amount, parse_day, parse_organisation])
@given(cell=cells)
@settings(max_examples=300)
def test_a_cell_is_taken_or_bad(parse, cell):
    try:
        found = parse(cell)
    except BadCell as bad:
        found = bad.fault.chinese
    assert isinstance(found, int | str)


@given(fen=st.integers(1, MAX_FEN), is_grouped=st.booleans())
def test_each_amount_is_read_as_it_was_written(fen, is_grouped):
    yuan, rest = divmod(fen, 100)
    assert parse_amount(f"{yuan:,}.{rest:02d}" if is_grouped else f"{yuan}.{rest:02d}") == fen


@given(fen=st.integers(1, 10**15 - 1))
def test_each_amount_that_a_spreadsheet_keeps_is_read_exactly(fen):
    assert parse_amount(float(Decimal(fen).scaleb(-2))) == fen


@given(day=st.dates(date(1970, 1, 1), date(2199, 12, 31)))
def test_each_day_is_read_as_it_was_written(day):
    number = (day - date(1970, 1, 1)).days
    forms = (day, datetime.combine(day, time(0)), f"{day:%Y-%m-%d}", f"{day:%Y/%m/%d}", f"{day:%Y%m%d}")
    assert {parse_day(form) for form in forms} == {number}
    assert parse_day(f"{day:%m/%d/%Y}", "mdy") == parse_day(f"{day:%d.%m.%Y}", "dmy") == number


@given(rest=st.timedeltas(timedelta(microseconds=1), timedelta(days=1) - timedelta(microseconds=1)))
def test_a_time_of_day_is_no_day(rest):
    with pytest.raises(BadCell):
        parse_day(datetime(2026, 3, 31) + rest)


# ---------------------------------------------------------------- whole files


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    folder = tmp_path_factory.mktemp("samples")
    rows = [[PAYEE, f"{number:020d}", "12.50", "2030-01-31", "HT"] for number in range(3)]
    plain = write_csv(folder / "a.csv", rows).read_bytes()
    encoded = plain.decode().encode("gb18030")
    workbook = write_workbook(folder / "a.xlsx", [HEADINGS, *rows]).read_bytes()
    return [plain, b"\xef\xbb\xbf" + plain, encoded, workbook], folder / "fed"


def feed(path, data):
    path.write_bytes(data)
    try:
        source = read(path)
    except MalformedInput:
        return False
    plan = source.plan
    assert len(list(plan.list_rows())) + len({found.row for found in plan.findings}) == plan.rows
    return True


def test_the_samples_are_good(samples):
    assert all(feed(samples[1], data) for data in samples[0])


@given(data=st.binary(max_size=300) | texts.map(lambda text: f"供应商,发票号码,金额,到期日\n{text}".encode()))
def test_random_bytes_are_rows_or_malformed(samples, data):
    assert feed(samples[1], data) in (True, False)


@settings(max_examples=150)
@given(which=st.integers(0, 3), changes=mutations)
def test_mutated_files_are_rows_or_malformed(samples, which, changes):
    assert feed(samples[1], mutate(samples[0][which], changes)) in (True, False)


@given(rows=st.lists(st.lists(texts, max_size=7), max_size=4))
def test_any_text_in_any_cell_is_a_row_or_a_finding(samples, rows):
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([HEADINGS, *rows])
    assert feed(samples[1], buffer.getvalue().encode("utf-8", "replace")) in (True, False)


@settings(max_examples=300)
@given(data=st.binary(max_size=200) | mutations.map(lambda changes: mutate(make_ubl().encode(), changes)))
def test_an_invoice_is_a_payable_or_bad(data):
    try:
        found = parse_invoice("a.xml", data, TERMS).payee
    except BadCell:
        found = PAYEE
    assert found == PAYEE


# ---------------------------------------------------------------- order and repetition


@settings(max_examples=60)
@given(numbers=st.lists(st.integers(1, 6), min_size=1, max_size=12))
def test_however_often_an_invoice_is_repeated_it_is_issued_once(samples, numbers):
    source = read(write_rows(samples[1], *(make_row(number) for number in numbers)))
    assert len(source.plan.vouchers) == len(set(numbers))
    assert [found.name for found in source.plan.findings] == ["ROW_REPEATED"] * (len(numbers) - len(set(numbers)))


# ---------------------------------------------------------------- what we write


@settings(max_examples=60)
@given(rows=st.lists(st.tuples(texts, texts), min_size=1, max_size=4))
def test_no_written_cell_is_a_formula(rows):
    table = Table("t", ("a", "b"), rows)
    for row in csv.reader(io.StringIO(render_csv([table]).decode("utf-8-sig"), newline="")):
        assert not any(is_formula_like(cell) for cell in row)
    (sheet,) = openpyxl.load_workbook(io.BytesIO(render_xlsx([table]))).worksheets
    for cells in sheet.iter_rows():
        assert {cell.data_type for cell in cells} <= {"s", "n"}
        assert all(cell.value is None or isinstance(cell.value, str) for cell in cells)


@given(fen=st.integers(-MAX_FEN, MAX_FEN))
def test_a_written_amount_is_exact(fen):
    shown = render_csv([Table("t", ("a",), [(Fen(fen),)])]).decode("utf-8-sig").split()[1]
    assert Decimal(shown).scaleb(2) == fen


# ---------------------------------------------------------------- the journal

HEADING = Heading(bytes(32), "test", bytes(32), PAYEE)


def write_journal(path):
    path.unlink(missing_ok=True)
    with open_journal(path, HEADING) as journal:
        journal.keep_signed([Signed("A-1", "2", b"\x01\x02", b"\x03"), Signed("A-2", "3", b"\x04")])
        journal.keep_decided([("A-1", 0)])
    return path.read_bytes()


@given(cut=st.integers(0), changes=mutations)
def test_a_journal_that_was_cut_or_changed_is_read_or_malformed(tmp_path_factory, cut, changes):
    path = tmp_path_factory.mktemp("journal") / "j"
    whole = write_journal(path)
    path.write_bytes(whole[: cut % (len(whole) + 1)])
    with open_journal(path, HEADING) as journal:
        assert journal.done <= {"A-1"}
        assert set(journal.pending) <= {"A-1", "A-2"}
    path.write_bytes(mutate(whole, changes))
    try:
        with open_journal(path, HEADING):
            is_whole = path.read_bytes().endswith(b"\n")
    except MalformedInput:
        is_whole = True
    assert is_whole
