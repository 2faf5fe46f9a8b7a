"""A treasurer's payables as tests say them: a sheet, a UBL invoice, and what holds for all rows."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from nodes.genesis_file import make_uscc
from nodes.imports.payables import Terms
from nodes.imports.reading import Source, read_payables
from nodes.sheets.opening import SheetOptions

ISSUER, PAYEE, BANK = make_uscc(21), make_uscc(22), make_uscc(23)
TODAY = 20_500
MEMBERS_KEY = bytes(range(32))
HEADINGS = ("供应商", "发票号码", "金额", "到期日", "合同编号")
TERMS = Terms(ISSUER, TODAY, MEMBERS_KEY, paying_bank=BANK)
DUE = (date(1970, 1, 1) + timedelta(TODAY + 60)).isoformat()


def make_row(invoice: int, /, **changes: Any) -> dict[str, Any]:
    """A good row, by meaning, on this invoice."""
    return {"payee": PAYEE, "invoice_number": f"{invoice:020d}", "amount": "1,234.50", "due_on": DUE,
            "contract": f"HT-{invoice}"} | changes  # fmt: skip


def write_csv(path: Path, rows: Sequence[Sequence[str]], headings: Sequence[str] = HEADINGS) -> Path:
    """A CSV in UTF-8."""
    lines = [",".join(f'"{cell}"' if "," in cell else cell for cell in row) for row in (headings, *rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_rows(path: Path, *rows: dict[str, Any]) -> Path:
    """A CSV whose headings are the meanings themselves, in English."""
    headings = list(dict.fromkeys(name for row in rows for name in row))
    shown = [
        name.replace("_", " ").replace("due on", "due date").replace("issued on", "invoice date") for name in headings
    ]
    shown = ["voucher number" if name == "number" else name for name in shown]
    return write_csv(path, [[str(row.get(name, "")) for name in headings] for row in rows], shown)


def read(path: Path, terms: Terms = TERMS, **options: Any) -> Source:
    """The plan of a file or a folder."""
    return read_payables(path, terms, SheetOptions(**options))


def list_findings(source: Source) -> list[tuple[str, str, str]]:
    """Row, column and name of what was found."""
    return [(found.row, found.column, found.name) for found in source.plan.findings]


def make_ubl(number: int = 1, **changes: str) -> str:
    """A UBL 2.1 invoice. `changes` replace pieces of it by name; an empty one leaves the piece out."""
    entity = "<cac:PartyLegalEntity><cbc:CompanyID>{1}</cbc:CompanyID></cac:PartyLegalEntity>"
    party = f"<cac:{{0}}><cac:Party>{entity}</cac:Party></cac:{{0}}>"
    pieces = {
        "id": f"<cbc:ID>{number:020d}</cbc:ID>",
        "issue": "<cbc:IssueDate>2026-01-31</cbc:IssueDate>",
        "due": f"<cbc:DueDate>{DUE}</cbc:DueDate>",
        "type": "<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>",
        "contract": "<cac:ContractDocumentReference><cbc:ID>HT-9</cbc:ID></cac:ContractDocumentReference>",
        "supplier": party.format("AccountingSupplierParty", PAYEE),
        "customer": party.format("AccountingCustomerParty", ISSUER),
        "total": '<cac:LegalMonetaryTotal><cbc:TaxInclusiveAmount currencyID="CNY">1000.00</cbc:TaxInclusiveAmount>'
        '<cbc:PayableAmount currencyID="CNY">900.5</cbc:PayableAmount></cac:LegalMonetaryTotal>',
    }  # fmt: skip
    names = "urn:oasis:names:specification:ubl:schema:xsd:"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<Invoice xmlns="{names}Invoice-2" xmlns:cac="{names}CommonAggregateComponents-2" '
        f'xmlns:cbc="{names}CommonBasicComponents-2">{"".join((pieces | changes).values())}</Invoice>'
    )
