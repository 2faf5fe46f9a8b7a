"""Rows as vouchers: what repeats, exceeds or contradicts an earlier row is found before anything is signed."""

import pytest

from nodes.imports.reading import read_payables
from nodes.sheets.opening import SheetOptions
from receivables.rules import MAX_INVOICES
from tests.support.payables import (
    BANK,
    ISSUER,
    PAYEE,
    TERMS,
    list_findings,
    make_row,
    read,
    write_csv,
    write_rows,
)


@pytest.fixture
def plan(tmp_path):
    return lambda *rows: read(write_rows(tmp_path / "p.csv", *rows))


def faces(source):
    return {voucher.number: voucher.face_fen for voucher in source.plan.vouchers}


def test_rows_with_one_number_are_one_voucher(plan):
    source = plan(make_row(1, number="A-1"), make_row(2, number="B-1"), make_row(3, number="A-1", contract="HT-1"))
    assert faces(source) == {"A-1": 246_900, "B-1": 123_450}
    assert [voucher.row for voucher in source.plan.vouchers] == ["2", "3"]
    assert source.plan.findings == []


def test_a_row_twice_is_bad_and_its_voucher_is_issued_once(plan):
    source = plan(make_row(1), make_row(2), make_row(1))
    assert len(source.plan.vouchers) == 2
    assert list_findings(source) == [("4", "invoice number", "ROW_REPEATED")]
    again = plan(make_row(1, number="A-1"), make_row(1, number="A-1"))
    assert faces(again) == {"A-1": 123_450}


def test_an_invoice_is_used_up_over_the_whole_file(plan):
    half = {"amount": "500", "invoice_amount": "1000"}
    source = plan(*(make_row(1, number=f"A-{place}", **half) for place in range(3)))
    assert faces(source) == {"A-0": 50_000, "A-1": 50_000}
    assert list_findings(source) == [("4", "amount", "INVOICE_USED_UP")]
    source = plan(make_row(1, number="A-1", **half), make_row(1, number="A-2", amount="1", invoice_amount="999"))
    assert list_findings(source) == [("3", "invoice amount", "INVOICE_DIFFERS")]


@pytest.mark.parametrize(
    "changes", [{"payee": BANK}, {"due_on": "2199-01-01"}, {"paying_bank": PAYEE}, {"contract": "other"},
                {"long_term_reason": "why"}],
)  # fmt: skip
def test_rows_of_one_voucher_agree_or_none_of_them_counts(plan, changes):
    first = make_row(1, number="A-1", paying_bank=BANK, long_term_reason="")
    source = plan(first, make_row(9), make_row(2, **(first | {"invoice_number": f"{2:020d}"} | changes)))
    assert [voucher.uses[0].row for voucher in source.plan.vouchers] == ["3"]
    assert list_findings(source) == [
        ("4", "voucher number", "VOUCHER_DIFFERS"), ("2", "voucher number", "VOUCHER_SPOILT"),
    ]  # fmt: skip


def test_one_invoice_with_two_shares_in_one_voucher_is_a_contradiction(plan):
    whole = {"number": "A-1", "invoice_amount": "1000"}
    source = plan(make_row(1, **whole, amount="100"), make_row(1, **whole, amount="200"))
    assert source.plan.vouchers == []
    assert list_findings(source)[0] == ("3", "invoice number", "VOUCHER_DIFFERS")


def test_any_bad_row_of_a_voucher_spoils_it(plan):
    bad = make_row(2, number="A-1", amount="-1")
    for rows in ((make_row(1, number="A-1"), bad), (bad, make_row(1, number="A-1"))):
        source = plan(*rows, make_row(3))
        assert len(source.plan.vouchers) == 1
        assert sorted(found.name for found in source.plan.findings) == ["AMOUNT_NEGATIVE", "VOUCHER_SPOILT"]


def test_a_voucher_stands_on_so_many_invoices(plan):
    source = plan(*(make_row(number, number="A-1", contract="HT") for number in range(MAX_INVOICES + 1)))
    assert source.plan.vouchers == []
    assert list_findings(source)[0] == (str(MAX_INVOICES + 2), "voucher number", "TOO_MANY_INVOICES")


def test_findings_name_the_column_as_the_sheet_does(tmp_path):
    path = write_csv(tmp_path / "p.csv", [["x", f"{1:020d}", "0", "2026-02-30", ""]])
    (found,) = read(path).plan.findings
    assert (found.row, found.column, found.name) == ("2", "供应商", "ORGANISATION_FORM")
    assert found.english
    assert found.chinese


def test_the_same_vouchers_come_out_of_every_encoding_and_form(tmp_path):
    path = write_csv(tmp_path / "p.csv", [[PAYEE, f"{1:020d}", "1,000.50", "2030年1月2日", "合同"]])
    text, found = path.read_text(encoding="utf-8"), []
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        path.write_bytes(text.encode(encoding))
        source = read(path)
        assert source.form == encoding
        found.append(source.plan.vouchers)
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == 1


def test_what_is_told_while_reading_is_the_number_of_rows(tmp_path):
    path = write_rows(tmp_path / "p.csv", make_row(1), make_row(2, amount="x"))
    told: list[int] = []
    source = read_payables(path, TERMS, SheetOptions(), told.append)
    assert told == [1, 2]
    assert (source.plan.rows, list(source.plan.list_rows())) == (2, ["2"])
    assert TERMS.issuer == ISSUER
