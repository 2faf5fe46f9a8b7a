"""Who is owed how much: shares of a payment on the whole package, and the payees of record. Amounts are 分.

1. P paid on a package of face N gives the range start…end the share ⌊P·end/N⌋ − ⌊P·(start−1)/N⌋, so that any
   partition sums to P; a range owes length − share − what it was paid by itself.
2. P grows only while no range has a payment of its own, from which moment on the package is paid range by range. So
   every share is older than every own payment, and a range paid early (prepay) closes P for its package.
3. Payee of record is the holder (a buying bank is the holder). While a claim rests on the range, the pledgee is paid
   first, up to `secured_fen` over all payments, the holder the rest. The pledgee's part of the share of P is read,
   never written: min(share, secured), because shares came first. What single payments gave it is
   `paid_to_pledgee_fen`; the sum of both counts towards `secured_fen`.
4. No claim begins after a payment: both begin on different sides of cut-off, and a range on which something was paid
   takes no new one. So (3) never counts what an earlier pledgee was paid.
5. What came back after an objection is owed again: own payments are taken off `paid_fen`, shares of P are counted in
   `returned_fen` of range and package. What a holder let off, `forgiven_fen`, nobody received.
6. Nobody is payee while an order of a court rests on range or package; the paying bank keeps the money. What was kept
   so of shares of P is `held_back_fen`, and never counts as paid to a pledgee before it is handed over. While the
   range is frozen its share since the first freeze is read: the last unfreezing writes it.
7. A range uses of its financing line at most what its financier has not had: secured of a pledge, all of a sale.
"""

from dataclasses import dataclass

from hefu.v1 import pledges_pb2, receivables_pb2
from ledger.errors import InvariantViolation


def compute_length(ref: receivables_pb2.VoucherRef) -> int:
    """The amount of a range."""
    return ref.end - ref.start + 1


def compute_share(paid_fen: int, face_fen: int, ref: receivables_pb2.VoucherRef) -> int:
    """What of `paid_fen` on the whole package fell to the range."""
    return paid_fen * ref.end // face_fen - paid_fen * (ref.start - 1) // face_fen


def compute_owed(
    package: receivables_pb2.Package, voucher: receivables_pb2.Voucher, ref: receivables_pb2.VoucherRef
) -> int:
    """What is still owed on the range."""
    owed = compute_length(ref) - voucher.paid_fen + voucher.returned_fen
    if package.paid_fen:
        owed -= compute_share(package.paid_fen, package.face_fen, ref)
    if owed < 0:
        raise InvariantViolation("a range was paid more than its amount")
    return owed


def compute_package_owed(package: receivables_pb2.Package) -> int:
    """What is still owed on all ranges of the package."""
    ended = package.merged_fen + package.cancelled_fen
    owed = package.face_fen - ended - package.paid_fen - package.own_paid_fen + package.returned_fen
    if owed < 0:
        raise InvariantViolation("a package was paid more than its face")
    return owed


def compute_handed_share(
    package: receivables_pb2.Package, voucher: receivables_pb2.Voucher, ref: receivables_pb2.VoucherRef
) -> int:
    """What of the range's share of P went to payees at once: all that was not kept for a freeze."""
    if voucher.freezes:
        return voucher.frozen_share_fen - voucher.held_back_fen
    return compute_share(package.paid_fen, package.face_fen, ref) - voucher.held_back_fen


def compute_pledgee_part(
    package: receivables_pb2.Package,
    voucher: receivables_pb2.Voucher,
    ref: receivables_pb2.VoucherRef,
    claim: pledges_pb2.Claim | None,
    amount_fen: int,
) -> int:
    """What of a payment of `amount_fen` on the range goes to the pledgee; 0 without a claim."""
    if claim is None:
        return 0
    open_fen = claim.secured_fen - compute_received(package, voucher, ref, claim).pledgee_fen
    return min(amount_fen, max(open_fen, 0))


@dataclass(frozen=True, slots=True)
class Received:
    """What the sides of a range have had of its payments so far, less what came back."""

    holder_fen: int
    pledgee_fen: int


def compute_received(
    package: receivables_pb2.Package,
    voucher: receivables_pb2.Voucher,
    ref: receivables_pb2.VoucherRef,
    claim: pledges_pb2.Claim | None,
) -> Received:
    """What holder and pledgee have had. Once a claim has ended, what its pledgee had of own payments stays its."""
    handed = compute_handed_share(package, voucher, ref)
    if claim is None:
        pledgee_fen = max(voucher.paid_to_pledgee_fen, 0)
    else:
        pledgee_fen = min(handed, claim.secured_fen) + voucher.paid_to_pledgee_fen
    kept_of_share = voucher.held_back_fen - voucher.kept_fen
    paid_fen = voucher.paid_fen - voucher.forgiven_fen - voucher.returned_fen
    return Received(handed + kept_of_share + paid_fen - pledgee_fen, pledgee_fen)


def compute_line_left(
    package: receivables_pb2.Package,
    voucher: receivables_pb2.Voucher,
    ref: receivables_pb2.VoucherRef,
    claim: pledges_pb2.Claim | None,
) -> int:
    """How much of its financing line a range still needs: what the buyer, else the pledgee, has not had."""
    received = compute_received(package, voucher, ref, claim)
    if voucher.HasField("sale"):
        financed_fen, had_fen = compute_length(ref), received.holder_fen + voucher.forgiven_fen
    else:
        financed_fen, had_fen = 0 if claim is None else claim.secured_fen, received.pledgee_fen
    return min(voucher.line_used_fen, max(financed_fen - had_fen, 0))


def compute_payees(
    voucher: receivables_pb2.Voucher, claim: pledges_pb2.Claim | None, pledgee_fen: int, amount_fen: int
) -> list[receivables_pb2.Payee]:
    """The payees of record of a payment, pledgee first, nobody with nothing."""
    payees = []
    if claim is not None and pledgee_fen:
        payees.append(receivables_pb2.Payee(organisation=claim.pledgee, amount_fen=pledgee_fen))
    if amount_fen > pledgee_fen:
        payees.append(receivables_pb2.Payee(organisation=voucher.holder, amount_fen=amount_fen - pledgee_fen))
    return payees
