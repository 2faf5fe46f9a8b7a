"""Payables as vouchers. What repeats, exceeds or contradicts is found here, before anything is signed.

1. Rows with one number are one voucher: of one payee, due day, paying bank, contract and reason, on at most sixteen
   invoices.
2. A row that repeats one of its voucher says nothing new: it is bad, and its voucher may be issued without it.
3. Over the whole file an invoice has one amount, and is used for no more than that.
4. A voucher of which any other row is bad is not issued: the others of its rows are named too. What such rows used of
   an invoice stays counted, so that no good row depends on a bad one.

The first row in the file's order is right, the later one is at fault.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from nodes.imports.payables import Payable
from nodes.sheets.faults import BadCell, Fault, Finding, make_finding
from receivables.rules import MAX_INVOICES

ROW_REPEATED = Fault("ROW_REPEATED", "An earlier row says the same.", "与前面的行重复。")
VOUCHER_DIFFERS = Fault(
    "VOUCHER_DIFFERS",
    "Rows of one voucher differ in payee, due day, paying bank, contract or reason, or in an invoice's share.",
    "同一凭证各行的收款人、到期日、付款行、合同、原因或同一发票的金额不一致。",
)
TOO_MANY_INVOICES = Fault(
    "TOO_MANY_INVOICES",
    f"A voucher stands on at most {MAX_INVOICES} invoices.",
    f"一张凭证最多对应 {MAX_INVOICES} 张发票。",
)
INVOICE_DIFFERS = Fault(
    "INVOICE_DIFFERS", "An earlier row gives this invoice another amount.", "前面的行中该发票金额不同。"
)
INVOICE_USED_UP = Fault(
    "INVOICE_USED_UP",
    "With the earlier rows this is more than the invoice's amount.",
    "连同前面的行, 金额合计超过发票金额。",
)
VOUCHER_SPOILT = Fault("VOUCHER_SPOILT", "Another row of the same voucher is bad.", "同一凭证的其他行有误。")

FAULTS = (ROW_REPEATED, VOUCHER_DIFFERS, TOO_MANY_INVOICES, INVOICE_DIFFERS, INVOICE_USED_UP, VOUCHER_SPOILT)


@dataclass(frozen=True, slots=True)
class Use:
    """A share of an invoice, in 分, and the row that says it."""

    row: str
    fingerprint: bytes
    invoice_fen: int
    share_fen: int


@dataclass(slots=True)
class PlannedVoucher:
    """A voucher to be issued."""

    number: str
    payee: str
    due_on: int
    paying_bank: str
    contract: str
    long_term_reason: str
    uses: list[Use] = field(default_factory=list)

    @property
    def face_fen(self) -> int:
        """The sum of its shares."""
        return sum(use.share_fen for use in self.uses)

    @property
    def row(self) -> str:
        """The first row that says it."""
        return self.uses[0].row


class Plan:
    """What is to be issued, in the file's order, and what is not, and why."""

    def __init__(self, shown: Mapping[str, str]) -> None:
        """`shown`: what the source calls a column, by its meaning."""
        self.findings: list[Finding] = []
        self.rows = 0
        self._shown = shown
        self._vouchers: dict[str, PlannedVoucher] = {}
        self._spoilt: set[str] = set()
        self._invoices: dict[bytes, tuple[int, int]] = {}  # amount, used so far

    def add(self, payable: Payable) -> None:
        """Take in a row. Raises BadCell; the row is then to be refused."""
        voucher = self._vouchers.get(payable.number)
        self._check_voucher(payable, voucher)
        self._check_invoice(payable)
        self.rows += 1
        amount_fen, used_fen = self._invoices.get(payable.fingerprint, (payable.invoice_fen, 0))
        self._invoices[payable.fingerprint] = (amount_fen, used_fen + payable.amount_fen)
        if voucher is None:
            voucher = self._vouchers[payable.number] = _begin_voucher(payable)
        voucher.uses.append(Use(payable.row, payable.fingerprint, payable.invoice_fen, payable.amount_fen))

    def refuse(self, row: str, bad: BadCell, number: str = "") -> None:
        """A row that is bad. `number`: the voucher that it would have belonged to, where it says so."""
        self.rows += 1
        self._find(row, bad)
        if bad.fault is not ROW_REPEATED:
            self._spoilt.add(number)

    def close(self) -> None:
        """After the last row: name the other rows of the vouchers that a bad one spoils."""
        bad = BadCell(VOUCHER_SPOILT, "number")
        for number in [number for number in self._vouchers if number in self._spoilt]:
            for use in self._vouchers.pop(number).uses:
                self._find(use.row, bad)

    def _find(self, row: str, bad: BadCell) -> None:
        self.findings.append(make_finding(row, BadCell(bad.fault, self._shown.get(bad.column, bad.column))))

    @property
    def vouchers(self) -> list[PlannedVoucher]:
        """What may be issued."""
        return list(self._vouchers.values())

    def list_rows(self) -> Iterator[str]:
        """The rows of what may be issued."""
        return (use.row for voucher in self._vouchers.values() for use in voucher.uses)

    def _check_voucher(self, payable: Payable, voucher: PlannedVoucher | None) -> None:
        if voucher is None:
            return
        if _list_terms(voucher) != _list_terms(payable):
            raise BadCell(VOUCHER_DIFFERS, "number")
        said = (payable.invoice_fen, payable.amount_fen)
        for use in voucher.uses:
            if use.fingerprint == payable.fingerprint:
                is_same = (use.invoice_fen, use.share_fen) == said
                raise BadCell(ROW_REPEATED if is_same else VOUCHER_DIFFERS, "invoice_number")
        if len(voucher.uses) == MAX_INVOICES:
            raise BadCell(TOO_MANY_INVOICES, "number")

    def _check_invoice(self, payable: Payable) -> None:
        known = self._invoices.get(payable.fingerprint)
        if known is None:
            return
        amount_fen, used_fen = known
        if amount_fen != payable.invoice_fen:
            raise BadCell(INVOICE_DIFFERS, "invoice_amount")
        if used_fen + payable.amount_fen > amount_fen:
            raise BadCell(INVOICE_USED_UP, "amount")


def _begin_voucher(payable: Payable) -> PlannedVoucher:
    return PlannedVoucher(payable.number, *_list_terms(payable))


def _list_terms(said: Payable | PlannedVoucher) -> tuple[str, int, str, str, str]:
    return said.payee, said.due_on, said.paying_bank, said.contract, said.long_term_reason
