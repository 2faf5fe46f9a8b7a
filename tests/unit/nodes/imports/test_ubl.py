"""A UBL 2.1 invoice as a payable; everything that an XML parser could be made to do is refused."""

import pytest

from nodes.imports import ubl
from nodes.imports.ubl import parse_invoice
from nodes.sheets.faults import BadCell
from pledges.fingerprints import FULLY_DIGITAL, compute_fingerprint
from tests.support.payables import BANK, ISSUER, MEMBERS_KEY, PAYEE, TERMS, TODAY, make_ubl

ENTITIES = '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">'


def parse(text):
    return parse_invoice("a.xml", text.encode() if isinstance(text, str) else text, TERMS)


def fault_of(text):
    with pytest.raises(BadCell) as caught:
        parse(text)
    return caught.value.fault.name, caught.value.column


def party(role, identity):
    return f"<cac:{role}><cac:Party><cbc:CompanyID>{identity}</cbc:CompanyID></cac:Party></cac:{role}>"


def total(amount, currency="CNY", more=""):
    payable = f'<cbc:PayableAmount currencyID="{currency}">{amount}</cbc:PayableAmount>'
    return f"<cac:LegalMonetaryTotal>{more}{payable}</cac:LegalMonetaryTotal>"


def test_an_invoice_says_what_a_row_says():
    payable = parse(make_ubl(7))
    assert payable.fingerprint == compute_fingerprint(MEMBERS_KEY, FULLY_DIGITAL, PAYEE, "", f"{7:020d}")
    assert (payable.row, payable.payee, payable.due_on) == ("a.xml", PAYEE, TODAY + 60)
    assert (payable.amount_fen, payable.invoice_fen, payable.contract) == (90_050, 100_000, "HT-9")


def test_prefixes_and_encodings_do_not_matter():
    text = make_ubl().replace("cbc:", "x:").replace("xmlns:cbc", "xmlns:x")
    assert parse(text) == parse(make_ubl()) == parse(make_ubl().replace("UTF-8", "UTF-16").encode("utf-16"))


def test_the_due_day_may_stand_with_the_means_of_payment():
    means = "<cac:PaymentMeans><cbc:PaymentDueDate>2199-01-31</cbc:PaymentDueDate></cac:PaymentMeans>"
    assert parse(make_ubl(due=means)).due_on > TODAY
    assert fault_of(make_ubl(due="")) == ("MISSING", "due_on")


@pytest.mark.parametrize(
    ("pieces", "fault"),
    [
        ({"customer": party("AccountingCustomerParty", BANK)}, ("NOT_OURS", "customer")),
        ({"customer": ""}, ("MISSING", "customer")), ({"supplier": ""}, ("MISSING", "payee")),
        ({"supplier": party("AccountingSupplierParty", ISSUER)}, ("PAYEE_IS_ISSUER", "payee")),
        ({"id": "<cbc:ID>17</cbc:ID>"}, ("INVOICE_FORM", "invoice_number")),
        ({"id": ""}, ("MISSING", "invoice_number")),
        ({"id": "<cbc:ID>1</cbc:ID><cbc:ID>2</cbc:ID>"}, ("AMBIGUOUS", "ID")), ({"total": ""}, ("MISSING", "amount")),
        ({"total": total("1", "USD")}, ("CURRENCY", "currency")),
        ({"total": total("-1")}, ("AMOUNT_NEGATIVE", "amount")),
        ({"total": total("1,000")}, ("AMOUNT_FORM", "amount")),
        ({"total": total("1.001")}, ("AMOUNT_FRACTION", "amount")),
        ({"total": total("1e3")}, ("AMOUNT_FORM", "amount")),
        ({"due": "<cbc:DueDate>2030-02-30</cbc:DueDate>"}, ("DAY_NOT_IN_CALENDAR", "due_on")),
        ({"due": "<cbc:DueDate>2030/01/31</cbc:DueDate>"}, ("DAY_FORM", "due_on")),
        ({"due": "<cbc:DueDate>2030-01-31Z</cbc:DueDate>"}, ("DAY_FORM", "due_on")),
        ({"type": "<cbc:InvoiceTypeCode>381</cbc:InvoiceTypeCode>"}, ("NOT_AN_INVOICE", "")),
        ({"payee": "<cac:PayeeParty/>"}, ("OTHER_PAYEE", "payee")), ({"contract": ""}, ("MISSING", "contract")),
    ],
)  # fmt: skip
def test_what_an_invoice_lacks_or_says_wrongly_is_named(pieces, fault):
    assert fault_of(make_ubl(**pieces)) == fault


def test_a_party_with_two_numbers_is_in_doubt_unless_they_agree():
    twice = party("AccountingSupplierParty", PAYEE) + party("AccountingSupplierParty", PAYEE)
    assert parse(make_ubl(supplier=twice)).payee == PAYEE
    two = party("AccountingSupplierParty", PAYEE) + party("AccountingSupplierParty", BANK)
    assert fault_of(make_ubl(supplier=two)) == ("AMBIGUOUS", "CompanyID")


def test_the_payable_amount_alone_is_the_invoice():
    assert parse(make_ubl(total=total("12.5"))).invoice_fen == 1250


@pytest.mark.parametrize("name", ["CreditNote", "Order"])
def test_other_documents_are_refused(name):
    text = (
        make_ubl()
        .replace("Invoice-2", f"{name}-2")
        .replace("<Invoice ", f"<{name} ")
        .replace("</Invoice>", f"</{name}>")
    )
    assert fault_of(text) == ("NOT_AN_INVOICE", "")


@pytest.mark.parametrize(
    "text",
    [
        "", "hello", "<a>", "<a></b>", "\x00", make_ubl()[:-5], make_ubl() + "x", "<a>" * 100_000,
        "<a>" * 100 + "<a>" + "</a>" * 101, f"<!DOCTYPE a [{ENTITIES}]><a>&c;</a>",
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', '<!DOCTYPE a SYSTEM "a.dtd"><a/>',
        '<?xml version="1.0" encoding="no-such"?><a/>', '<?xml version="1.0" encoding="utf-7"?><a/>',
        "<a>&undefined;</a>",
    ],
)  # fmt: skip
def test_hostile_xml_is_refused(text):
    assert fault_of(text) == ("NOT_XML", "")


def test_a_long_document_is_refused(monkeypatch):
    monkeypatch.setattr(ubl, "MAX_BYTES", 100)
    assert fault_of(make_ubl()) == ("NOT_XML", "")
