"""One row as one payable: what it may leave out, and by which name each fault is found."""

from dataclasses import replace

import pytest

from nodes.imports.payables import compute_number, parse_payable
from nodes.sheets.faults import BadCell
from pledges.fingerprints import FULLY_DIGITAL, VAT, compute_fingerprint
from tests.support.payables import BANK, DUE, ISSUER, MEMBERS_KEY, PAYEE, TERMS, TODAY, make_row

LEI = "2594007XIACKNMUAW223"
VAT_INVOICE = {"invoice_code": "044031900111", "invoice_number": "01234567"}


def parse(terms=TERMS, **changes):
    return parse_payable("7", make_row(5, **changes), terms)


def fault_of(terms=TERMS, **changes):
    with pytest.raises(BadCell) as caught:
        parse(terms, **changes)
    return caught.value.fault.name, caught.value.column


def test_a_row_needs_payee_invoice_amount_and_due_day():
    payable = parse()
    fingerprint = compute_fingerprint(MEMBERS_KEY, FULLY_DIGITAL, PAYEE, "", f"{5:020d}")
    assert payable.fingerprint == fingerprint
    assert (payable.row, payable.payee, payable.due_on, payable.paying_bank) == ("7", PAYEE, TODAY + 60, BANK)
    assert (payable.amount_fen, payable.invoice_fen) == (123_450, 123_450)
    assert (payable.number, payable.contract) == (compute_number(fingerprint), "HT-5")
    assert len(payable.number) == 23


@pytest.mark.parametrize("name", ["payee", "invoice_number", "amount", "due_on"])
@pytest.mark.parametrize("empty", [None, "", " "])
def test_what_is_needed_is_missed(name, empty):
    assert fault_of(**{name: empty}) == ("MISSING", name)


def test_a_bank_or_a_contract_may_be_said_for_all_rows():
    assert fault_of(replace(TERMS, paying_bank="")) == ("MISSING", "paying_bank")
    assert fault_of(contract="") == ("MISSING", "contract")
    assert parse(replace(TERMS, has_contract=True), contract=None).contract == ""
    assert parse(replace(TERMS, paying_bank=""), paying_bank=PAYEE).paying_bank == PAYEE


def test_one_invoice_has_one_number_in_every_spelling():
    numbers = {
        parse(invoice_number=text).number for text in (f"{5:020d}", "0000 0000 0000 0000 0005", "０" * 19 + "５")
    }
    assert len(numbers) == 1
    assert parse(number="A-1").number == "A-1"


def test_a_vat_invoice_is_known_by_its_code():
    expected = compute_fingerprint(MEMBERS_KEY, VAT, PAYEE, "044031900111", "01234567")
    assert parse(**VAT_INVOICE).fingerprint == expected


def test_the_seller_may_be_another_than_the_payee():
    expected = compute_fingerprint(MEMBERS_KEY, FULLY_DIGITAL, BANK, "", f"{5:020d}")
    assert parse(seller=BANK).fingerprint == expected
    assert fault_of(seller=LEI) == ("SELLER_FORM", "seller")
    assert fault_of(payee=LEI) == ("SELLER_FORM", "payee")
    assert parse(payee=LEI, seller=PAYEE).payee == LEI


def test_a_voucher_may_take_a_share_of_an_invoice():
    assert parse(invoice_amount="2000").invoice_fen == 200_000
    assert fault_of(invoice_amount="1000") == ("SHARE_OVER_INVOICE", "amount")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"invoice_number": "123"}, ("INVOICE_FORM", "invoice_number")),
        ({"invoice_number": 5}, ("NOT_TEXT", "invoice_number")),
        ({**VAT_INVOICE, "invoice_code": "44031900111"}, ("INVOICE_FORM", "invoice_code")),
        ({**VAT_INVOICE, "invoice_number": "1234567"}, ("INVOICE_FORM", "invoice_number")),
        ({"number": "a-1"}, ("NUMBER_FORM", "number")),
        ({"number": "A" * 25}, ("NUMBER_FORM", "number")),
        ({"currency": "USD"}, ("CURRENCY", "currency")),
        ({"payee": ISSUER}, ("PAYEE_IS_ISSUER", "payee")),
        ({"payee": "x"}, ("ORGANISATION_FORM", "payee")),
        ({"issued_on": "2199-01-01"}, ("DUE_BEFORE_INVOICE", "due_on")),
        ({"issued_on": "30 February"}, ("DAY_FORM", "issued_on")),
        ({"due_on": "2026-01-31"}, ("DUE_PASSED", "due_on")),
        ({"long_term_reason": "x" * 121}, ("TOO_LONG", "long_term_reason")),
        ({"contract": "x\x00"}, ("CONTROL_CHARACTER", "contract")),
        ({"contract": 17}, ("NOT_TEXT", "contract")),
    ],
)
def test_faults_have_names_and_columns(changes, fault):
    assert fault_of(**changes) == fault


@pytest.mark.parametrize("text", ["CNY", "cny", "RMB", "人民币", "", None])
def test_only_one_currency_is_known(text):
    assert parse(currency=text, issued_on=DUE).amount_fen == 123_450
