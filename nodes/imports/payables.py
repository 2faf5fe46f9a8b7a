"""One payable: what is owed on one invoice, as a row of a sheet or an invoice document says it.

Rows with one voucher number are one voucher. Without a number a row is a voucher of its own, and its number is `P` and
the first 22 hexadecimal digits of the invoice's fingerprint: whoever imports this invoice again means this voucher.
The invoice itself goes no further than here: what is kept of it is the fingerprint.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from ledger.errors import MalformedInput
from nodes.sheets.cells import Cell, is_empty, parse_amount, parse_day, parse_organisation, parse_text
from nodes.sheets.faults import MISSING, BadCell, Fault
from nodes.sheets.headings import Column
from pledges.fingerprints import FULLY_DIGITAL, VAT, compute_fingerprint, normalise
from receivables.rules import MAX_REASON_CHARACTERS, is_number

V = TypeVar("V")

COLUMNS = (
    Column(
        "payee",
        ("payee", "payee uscc", "supplier", "supplier uscc", "supplier id", "vendor", "vendor uscc"),
        ("收款人", "收款人统一社会信用代码", "供应商", "供应商统一社会信用代码", "供应商代码", "收款方"),
        is_needed=True,
    ),
    Column(
        "invoice_number",
        ("invoice number", "invoice no", "invoice", "fapiao number"),
        ("发票号码", "发票号", "数电票号码", "数电发票号码"),
        is_needed=True,
    ),
    Column(
        "amount",
        ("amount", "payable", "payable amount", "amount due", "share"),
        ("金额", "应付金额", "应付账款", "凭证金额", "本次金额"),
        is_needed=True,
    ),
    Column(
        "due_on",
        ("due date", "due day", "due on", "due", "maturity"),
        ("到期日", "到期日期", "付款到期日", "应付日期"),
        is_needed=True,
    ),
    Column(
        "seller",
        ("seller", "seller uscc", "invoice seller"),
        ("销售方", "销方", "销售方统一社会信用代码", "销方税号", "销售方纳税人识别号"),
    ),
    Column("invoice_code", ("invoice code", "fapiao code"), ("发票代码",)),
    Column(
        "invoice_amount",
        ("invoice amount", "invoice total", "total with tax"),
        ("发票金额", "价税合计", "发票总额"),
    ),
    Column("issued_on", ("invoice date", "issue date", "invoice day"), ("开票日期", "发票日期")),
    Column(
        "paying_bank",
        ("paying bank", "paying bank uscc", "bank"),
        ("付款行", "兑付行", "付款银行", "付款行统一社会信用代码"),
    ),
    Column("contract", ("contract", "contract number", "contract no"), ("合同", "合同编号", "合同号")),
    Column("number", ("voucher number", "voucher no", "voucher"), ("凭证编号", "凭证号", "凭证号码")),
    Column("currency", ("currency",), ("币种", "货币")),
    Column("long_term_reason", ("long term reason", "reason"), ("长期限原因", "超期原因")),
)
CURRENCIES = ("CNY", "RMB", "人民币", "元")
DERIVED_PREFIX, DERIVED_BYTES = "P", 11

CURRENCY = Fault("CURRENCY", "Only CNY is taken.", "仅支持人民币。")
INVOICE_FORM = Fault(
    "INVOICE_FORM",
    "Not an invoice number: 20 digits (fully digital), or 8 digits with a code of 10 or 12.",
    "发票号码格式不正确: 数电发票为 20 位数字; 增值税发票为 8 位号码加 10 或 12 位代码。",
)
SELLER_FORM = Fault("SELLER_FORM", "The invoice's seller is not a USCC.", "发票销售方不是统一社会信用代码。")
NUMBER_FORM = Fault(
    "NUMBER_FORM",
    "A voucher number has 1 to 24 characters of A-Z 0-9 -.",
    "凭证编号须为 1 至 24 位大写字母、数字或短横。",
)
SHARE_OVER_INVOICE = Fault("SHARE_OVER_INVOICE", "The amount is more than the invoice's.", "金额超过发票金额。")
DUE_BEFORE_INVOICE = Fault("DUE_BEFORE_INVOICE", "The due day lies before the invoice's day.", "到期日早于开票日期。")
DUE_PASSED = Fault("DUE_PASSED", "The due day is not after today.", "到期日不晚于今天。")
PAYEE_IS_ISSUER = Fault("PAYEE_IS_ISSUER", "The payee is the issuer itself.", "收款人与开立人相同。")

FAULTS = (
    CURRENCY, INVOICE_FORM, SELLER_FORM, NUMBER_FORM, SHARE_OVER_INVOICE, DUE_BEFORE_INVOICE, DUE_PASSED,
    PAYEE_IS_ISSUER,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for all rows: who issues, on which day, and what a row may leave out."""

    issuer: str
    today: int
    members_key: bytes
    paying_bank: str = ""
    has_contract: bool = False
    day_order: str = ""


@dataclass(frozen=True, slots=True)
class Payable:
    """One row. Amounts are 分, days civil days; `contract` is its number in clear, empty where all have one."""

    row: str
    number: str
    payee: str
    amount_fen: int
    due_on: int
    paying_bank: str
    fingerprint: bytes
    invoice_fen: int
    contract: str
    long_term_reason: str


def parse_payable(row: str, cells: Mapping[str, Cell], terms: Terms) -> Payable:
    """The payable that a row's cells say, by meaning. Raises BadCell with the meaning at fault."""
    payee = _read(cells, "payee", parse_organisation)
    if payee == terms.issuer:
        raise BadCell(PAYEE_IS_ISSUER, "payee")
    amount_fen = _read(cells, "amount", parse_amount)
    invoice_fen = _read(cells, "invoice_amount", parse_amount) if _has(cells, "invoice_amount") else amount_fen
    if amount_fen > invoice_fen:
        raise BadCell(SHARE_OVER_INVOICE, "amount")
    _check_currency(_read(cells, "currency", parse_text))
    due_on = _read_due_day(cells, terms)
    fingerprint = _compute_fingerprint(cells, payee, terms)
    number = _read(cells, "number", parse_text)
    if number and not is_number(number):
        raise BadCell(NUMBER_FORM, "number")
    return Payable(
        row,
        number or compute_number(fingerprint),
        payee,
        amount_fen,
        due_on,
        _read_paying_bank(cells, terms),
        fingerprint,
        invoice_fen,
        _read_contract(cells, terms),
        _read(cells, "long_term_reason", lambda cell: parse_text(cell, MAX_REASON_CHARACTERS)),
    )


def compute_number(fingerprint: bytes) -> str:
    """The voucher number of an invoice that stands alone: 23 characters, one number for one invoice."""
    return DERIVED_PREFIX + fingerprint[:DERIVED_BYTES].hex().upper()


def _has(cells: Mapping[str, Cell], name: str) -> bool:
    return not is_empty(cells.get(name))


def _read(cells: Mapping[str, Cell], name: str, parse: Callable[[Cell], V]) -> V:
    try:
        return parse(cells.get(name))
    except BadCell as bad:
        raise BadCell(bad.fault, name) from None


def _check_currency(text: str) -> None:
    if text and normalise(text) not in CURRENCIES:
        raise BadCell(CURRENCY, "currency")


def _read_due_day(cells: Mapping[str, Cell], terms: Terms) -> int:
    due_on = _read(cells, "due_on", lambda cell: parse_day(cell, terms.day_order))
    if _has(cells, "issued_on") and due_on < _read(cells, "issued_on", lambda cell: parse_day(cell, terms.day_order)):
        raise BadCell(DUE_BEFORE_INVOICE, "due_on")
    if due_on <= terms.today:
        raise BadCell(DUE_PASSED, "due_on")
    return due_on


def _read_paying_bank(cells: Mapping[str, Cell], terms: Terms) -> str:
    if _has(cells, "paying_bank"):
        return _read(cells, "paying_bank", parse_organisation)
    if not terms.paying_bank:
        raise BadCell(MISSING, "paying_bank")
    return terms.paying_bank


def _read_contract(cells: Mapping[str, Cell], terms: Terms) -> str:
    contract = _read(cells, "contract", parse_text)
    if not contract and not terms.has_contract:
        raise BadCell(MISSING, "contract")
    return contract


def _compute_fingerprint(cells: Mapping[str, Cell], payee: str, terms: Terms) -> bytes:
    """Fully digital where there is no code; the form of number and code decides whether that is so."""
    number, code = _read(cells, "invoice_number", parse_text), _read(cells, "invoice_code", parse_text)
    if not number:
        raise BadCell(MISSING, "invoice_number")
    seller = _read(cells, "seller", parse_organisation) if _has(cells, "seller") else payee
    try:
        return compute_fingerprint(terms.members_key, VAT if code else FULLY_DIGITAL, seller, code, number)
    except MalformedInput as error:
        if error.field == "seller":
            raise BadCell(SELLER_FORM, "seller" if _has(cells, "seller") else "payee") from None
        raise BadCell(INVOICE_FORM, "invoice_code" if error.field == "code" else "invoice_number") from None
