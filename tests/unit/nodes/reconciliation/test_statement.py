"""A statement's rows: those that name a voucher count, whatever else the bank wrote there."""

import pytest

from nodes.genesis_file import make_uscc
from nodes.reconciliation.statement import find_voucher, read_statement
from nodes.sheets.faults import BadCell
from nodes.sheets.opening import SheetOptions
from tests.support.payables import write_csv

ISSUER, PAYEE = make_uscc(31), make_uscc(32)
PACKAGE = f"{ISSUER}.A-1"
HEADINGS = ("流水号", "付款人", "收款人", "金额", "起息日", "附言")
DAY = 20_513  # 2026-03-01


def read(tmp_path, *rows, headings=HEADINGS, names=None):
    path = write_csv(tmp_path / "s.csv", rows, headings)
    return read_statement(path, SheetOptions(), names if names is not None else {PAYEE: "示例（虚构）零件 有限公司"})


def test_an_entry_says_voucher_amount_day_and_parties(tmp_path):
    found = read(
        tmp_path, ["T1", ISSUER, "示例(虚构)零件有限公司", "1,000.00", "2026-03-01", f"兑付 {PACKAGE}/1-100 款"]
    )
    (entry,) = found.entries
    assert (entry.row, entry.package, entry.start, entry.end) == ("2", PACKAGE, 1, 100)
    assert (entry.amount_fen, entry.value_on) == (100_000, DAY)
    assert (entry.payer, entry.payee, entry.bank_reference) == (ISSUER, PAYEE, "T1")
    assert found.days == (DAY, DAY)


def test_rows_about_something_else_are_counted(tmp_path):
    found = read(tmp_path, ["T1", "x", "y", "no amount", "no day", "salary"], ["T2", "", "", "", "", ""])
    assert (found.entries, found.others, found.findings, found.days) == ([], 2, [], None)


def test_unknown_parties_are_left_open(tmp_path):
    (entry,) = read(tmp_path, ["", "somebody", "91999999", "1", "2026-03-01", PACKAGE]).entries
    assert (entry.payer, entry.payee, entry.start, entry.end) == ("", "", 0, 0)


def test_a_name_that_is_nobodys_alone_is_unknown(tmp_path):
    names = {ISSUER: "Parts Ltd.", PAYEE: "PARTS LTD", make_uscc(33): "---", make_uscc(34): "Bolts Ltd"}
    rows = [["", "Parts Ltd", "", "1", "2026-03-01", PACKAGE], ["", "bolts ltd.", "---", "1", "2026-03-01", PACKAGE]]
    found = read(tmp_path, *rows, names=names).entries
    assert [(entry.payer, entry.payee) for entry in found] == [("", ""), (make_uscc(34), "")]


def test_english_headings_and_fewer_columns_will_do(tmp_path):
    found = read(tmp_path, ["1.00", "2026-03-01", PACKAGE], headings=("amount", "value date", "remark"))
    assert len(found.entries) == 1


def test_bad_rows_are_found_at_their_place(tmp_path):
    other = f"{make_uscc(33)}.A-1"
    found = read(
        tmp_path,
        ["", "", "", "-1", "2026-03-01", PACKAGE], ["", "", "", "1", "2026-02-30", PACKAGE],
        ["", "", "", "1", "2026-03-01", f"{PACKAGE} {other}"], ["", "", "", "1", "2026-03-01", f"{PACKAGE}/9-1"],
        ["", "", "", "1", "2026-03-01", PACKAGE, "more"],
    )  # fmt: skip
    assert [(one.row, one.column, one.name) for one in found.findings] == [
        ("2", "金额", "AMOUNT_NEGATIVE"), ("3", "起息日", "DAY_NOT_IN_CALENDAR"), ("4", "附言", "TWO_VOUCHERS"),
        ("5", "附言", "RANGE_FORM"), ("6", "", "TOO_MANY_CELLS"),
    ]  # fmt: skip
    assert found.entries == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PACKAGE, (PACKAGE, 0, 0)), (f"x {PACKAGE}/1-5 y {PACKAGE}/1-5", (PACKAGE, 1, 5)), ("", None), (None, None),
        (17, None), ("91999999.A-1", None), (f"{ISSUER[:-1]}?.A-1", None), (f"voucher:{PACKAGE}/7-7", (PACKAGE, 7, 7)),
        (PACKAGE.replace(".", "．"), (PACKAGE, 0, 0)), (f"NO{PACKAGE}/1-5", (PACKAGE, 1, 5)),
        (f"REF9{PACKAGE}", (PACKAGE, 0, 0)),
    ],
)  # fmt: skip
def test_a_voucher_is_found_anywhere_in_the_text(text, expected):
    assert find_voucher(text) == expected


def test_a_package_and_a_range_of_it_are_two_things():
    with pytest.raises(BadCell):
        find_voucher(f"{PACKAGE} {PACKAGE}/1-5")
