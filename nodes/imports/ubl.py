"""One UBL 2.1 invoice as one payable. Whatever the document says, only what stands here is read.

| payable | UBL |
|---|---|
| number of a fully digital invoice | `cbc:ID`, 20 digits |
| its day; due day | `cbc:IssueDate`; `cbc:DueDate`, else `cac:PaymentMeans/cbc:PaymentDueDate` |
| payee, who is its seller | the one `cbc:CompanyID` below `cac:AccountingSupplierParty` |
| whose payable it is | the one `cbc:CompanyID` below `cac:AccountingCustomerParty`: the issuer |
| amount, in CNY | `cac:LegalMonetaryTotal/cbc:PayableAmount` |
| the whole invoice | `cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount`, else the payable amount |
| contract | `cac:ContractDocumentReference/cbc:ID` |

1. No document type, so no entity, is taken; at most 1 MB, at most 100 deep. Names are compared with their namespaces.
2. What stands twice and differs is refused, and so are a credit note and an invoice to be paid to a third party.
"""

import re
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from nodes.imports.payables import CURRENCY, Payable, Terms, parse_payable
from nodes.sheets.cells import Cell
from nodes.sheets.faults import AMOUNT_FORM, DAY_FORM, MISSING, BadCell, Fault

INVOICE = "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice"
SPACES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
INVOICE_TYPES = ("", "380", "388")  # UN/CEFACT 1001: commercial invoice, tax invoice
MAX_BYTES = 1 << 20
MAX_DEPTH = 100
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_AMOUNT = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)

NOT_XML = Fault(
    "NOT_XML",
    "Not XML, or with a document type, or too large or deep.",
    "不是合规的 XML, 或含文档类型声明, 或过大、过深。",
)
NOT_AN_INVOICE = Fault(
    "NOT_AN_INVOICE", "Not a UBL 2.1 invoice of type 380 or 388.", "不是 UBL 2.1 发票 (类型 380 或 388)。"
)
NOT_OURS = Fault("NOT_OURS", "The invoice is addressed to another organisation.", "该发票的购买方不是本机构。")
OTHER_PAYEE = Fault(
    "OTHER_PAYEE",
    "The invoice is to be paid to a third party; import it from a sheet.",
    "发票指定了第三方收款人, 请用表格导入。",
)
AMBIGUOUS = Fault("AMBIGUOUS", "The document says this twice, and not the same.", "文件中该项出现多次且不一致。")

FAULTS = (NOT_XML, NOT_AN_INVOICE, NOT_OURS, OTHER_PAYEE, AMBIGUOUS)


def parse_invoice(name: str, data: bytes, terms: Terms) -> Payable:
    """The payable that an invoice document says. Raises BadCell."""
    root = _parse_xml(data)
    if root.tag != INVOICE or _find_text(root, "cbc:InvoiceTypeCode") not in INVOICE_TYPES:
        raise BadCell(NOT_AN_INVOICE)
    if root.find("cac:PayeeParty", SPACES) is not None:
        raise BadCell(OTHER_PAYEE, "payee")
    customer = _find_text(root, "cac:AccountingCustomerParty//cbc:CompanyID")
    if customer.upper() != terms.issuer:
        raise BadCell(NOT_OURS if customer else MISSING, "customer")
    due = _find_text(root, "cbc:DueDate") or _find_text(root, "cac:PaymentMeans/cbc:PaymentDueDate")
    total = "cac:LegalMonetaryTotal/cbc:"
    cells: dict[str, Cell] = {
        "payee": _find_text(root, "cac:AccountingSupplierParty//cbc:CompanyID"),
        "invoice_number": _find_text(root, "cbc:ID"),
        "issued_on": _check_form(_DAY, DAY_FORM, _find_text(root, "cbc:IssueDate"), "issued_on"),
        "due_on": _check_form(_DAY, DAY_FORM, due, "due_on"),
        "amount": _find_amount(root, f"{total}PayableAmount", "amount"),
        "invoice_amount": _find_amount(root, f"{total}TaxInclusiveAmount", "invoice_amount"),
        "contract": _find_text(root, "cac:ContractDocumentReference/cbc:ID"),
    }
    return parse_payable(name, cells, terms)


def _parse_xml(data: bytes) -> Element:
    if len(data) > MAX_BYTES:
        raise BadCell(NOT_XML)
    parser = DefusedXMLParser(target=_ShallowBuilder(), forbid_dtd=True)
    try:
        parser.feed(data)
        root: Element = parser.close()
    except (ParseError, DefusedXmlException, LookupError, ValueError):
        # LookupError, ValueError: an encoding that there is not, or that expat cannot take.
        raise BadCell(NOT_XML) from None
    return root


class _ShallowBuilder(TreeBuilder):
    """A tree that is not so deep that somebody who walks it runs out of stack."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def start(self, tag: Any, attrs: Any) -> Element:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise BadCell(NOT_XML)
        return super().start(tag, attrs)

    def end(self, tag: Any) -> Element:
        self._depth -= 1
        return super().end(tag)


def _find_text(root: Element, path: str) -> str:
    """The one text at a path; empty where there is none."""
    found = {(element.text or "").strip() for element in root.iterfind(path, SPACES)}
    if len(found) > 1:
        raise BadCell(AMBIGUOUS, path.rpartition(":")[2])
    return next(iter(found), "")


def _find_amount(root: Element, path: str, column: str) -> str:
    for element in root.iterfind(path, SPACES):
        if element.get("currencyID") != "CNY":
            raise BadCell(CURRENCY, "currency")
    return _check_form(_AMOUNT, AMOUNT_FORM, _find_text(root, path), column)


def _check_form(form: re.Pattern[str], fault: Fault, text: str, column: str) -> str:
    """The document's own notation, which is narrower than a sheet's."""
    if text and form.fullmatch(text) is None:
        raise BadCell(fault, column)
    return text
