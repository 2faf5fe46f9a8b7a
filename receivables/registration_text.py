"""What a bank files in the unified registration system 中登网 for a range: a function of records. Amounts are 分.

1. A pledge is filed as A00100 应收账款质押, a sale as A00200 应收账款转让.
2. Parties are pledgor or seller, pledgee or buyer, and debtor, by name and id; then the contract by its commitment, the
   amount in yuan with two digits, and the property: package, range, face, due day, invoices, class and origin.
3. A request counts from the moment it is made, since the bank files before it pays out; then the claim or the sale.

Who files it says no more than the records do; what the parties agreed beside it stays with them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hefu.v1 import node_pb2, pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from receivables.payments import compute_length
from receivables.rules import FINANCING_LOCKS, compute_debtor

EPOCH_DAYS = 719_468  # from 0000-03-01 to 1970-01-01
ERA_DAYS = 146_097  # of 400 years
PLEDGE_TYPE = "A00100"
SALE_TYPE = "A00200"


@dataclass(frozen=True, slots=True)
class _Financing:
    """Who gives what to whom: by pledge, or by sale."""

    is_pledge: bool
    giver: str
    taker: str
    amount_fen: int


def list_parties(package: pb.Package, voucher: pb.Voucher, claim: pledges_pb2.Claim | None) -> Sequence[str]:
    """The organisations whose names a text needs; none where nothing is to be filed."""
    financing = _find_financing(voucher, claim, 0)
    return () if financing is None else (financing.giver, financing.taker, compute_debtor(package))


def build_registration_text(
    ref: pb.VoucherRef,
    package: pb.Package,
    voucher: pb.Voucher,
    claim: pledges_pb2.Claim | None,
    names: Mapping[str, str],
) -> node_pb2.RegistrationText | None:
    """Type and text for a range; None where nobody finances it. `names`: of all that `list_parties` lists."""
    financing = _find_financing(voucher, claim, compute_length(ref))
    if financing is None:
        return None
    giver, taker = ("出质人", "质权人") if financing.is_pledge else ("出让人", "受让人")
    debtor = compute_debtor(package)
    lines = (
        f"{giver}: {names[financing.giver]} ({financing.giver})",
        f"{taker}: {names[financing.taker]} ({financing.taker})",
        f"债务人: {names[debtor]} ({debtor})",
        f"合同承诺值: {package.contract_commitment.hex()}",
        "币种: 人民币",
        f"{'担保' if financing.is_pledge else '转让'}金额: {render_yuan(financing.amount_fen)}元",
        f"财产描述: {_render_property(ref, package)}",
    )
    return node_pb2.RegistrationText(
        type=PLEDGE_TYPE if financing.is_pledge else SALE_TYPE, text="".join(f"{line}\n" for line in lines)
    )


def _find_financing(voucher: pb.Voucher, claim: pledges_pb2.Claim | None, length_fen: int) -> _Financing | None:
    lock = voucher.lock
    if claim is not None:
        return _Financing(True, voucher.holder, claim.pledgee, claim.secured_fen)
    if voucher.circulation == pb.LOCKED and lock.kind in FINANCING_LOCKS:
        is_pledge = lock.form == pb.PLEDGE
        amount_fen = lock.secured_fen if is_pledge else length_fen
        return _Financing(is_pledge, voucher.holder, lock.counterparty, amount_fen)
    if voucher.HasField("sale"):
        return _Financing(False, voucher.sale.seller, voucher.holder, length_fen)
    return None


def _render_property(ref: pb.VoucherRef, package: pb.Package) -> str:
    year, month, day = compute_civil_date(package.due_on)
    parts = [
        f"应收账款电子凭证 {ref.package} 第 {ref.start} 至 {ref.end} 分",
        f"面额{render_yuan(package.face_fen)}元",
        f"到期日{year:04d}-{month:02d}-{day:02d}",
        f"发票指纹 {' '.join(use.fingerprint.hex() for use in package.invoices)}",
    ]
    if package.voucher_class:
        parts.append(f"凭证类别{package.voucher_class}")
    parts.append("到货确权" if package.origin == pb.CONFIRMED_DEBT else "无条件付款承诺")
    return ", ".join(parts)


def compute_civil_date(day: int) -> tuple[int, int, int]:
    """Year, month and day of a civil day (days since 1970-01-01) of the Gregorian calendar."""
    era, of_era = divmod(day + EPOCH_DAYS, ERA_DAYS)
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    place = (5 * of_year + 2) // 153  # months from March on, whose lengths repeat each 153 days
    month = place + 3 if place < 10 else place - 9
    return year + era * 400 + (month <= 2), month, of_year - (153 * place + 2) // 5 + 1


def render_yuan(amount_fen: int) -> str:
    """分 as yuan with two digits, by integers alone."""
    return f"{amount_fen // 100}.{amount_fen % 100:02d}"
