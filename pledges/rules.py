"""Predicates and arithmetic on claims, occupations and registrations. Amounts are 分."""

from collections.abc import Sequence

from hefu.v1 import pledges_pb2 as pb
from ledger.errors import InvariantViolation

FINGERPRINT_BYTES = 32
REGISTRATION_NUMBER_DIGITS = 20
DIGITS = frozenset("0123456789")


def is_registration_number(number: str) -> bool:
    """Whether the text is a certificate number of 中登网: 20 ASCII digits."""
    return len(number) == REGISTRATION_NUMBER_DIGITS and DIGITS.issuperset(number)


def are_invoice_uses(uses: Sequence[pb.InvoiceUse]) -> bool:
    """Whether fingerprints are sorted, none twice, and each share is 1…amount of its invoice."""
    last = b""
    for use in uses:
        if len(use.fingerprint) != FINGERPRINT_BYTES or use.fingerprint <= last:
            return False
        if not 1 <= use.occupied_fen <= use.amount_fen:
            return False
        last = use.fingerprint
    return True


def is_amount_different(before: pb.InvoiceOccupation | None, use: pb.InvoiceUse) -> bool:
    """Whether the invoice is occupied already, under another amount than this use says."""
    return before is not None and before.amount_fen != use.amount_fen


def compute_occupied(before: pb.InvoiceOccupation | None, use: pb.InvoiceUse) -> pb.InvoiceOccupation:
    """The occupation with this share added; it may exceed the amount, which the caller then refuses."""
    earlier, red = (0, 0) if before is None else (before.occupied_fen, before.red_lettered_fen)
    return pb.InvoiceOccupation(
        amount_fen=use.amount_fen, occupied_fen=earlier + use.occupied_fen, red_lettered_fen=red
    )


def compute_freed(before: pb.InvoiceOccupation | None, use: pb.InvoiceUse) -> pb.InvoiceOccupation:
    """The occupation with this share given back."""
    if before is None or before.amount_fen != use.amount_fen or before.occupied_fen < use.occupied_fen:
        raise InvariantViolation("an invoice is freed of more than it was occupied with")
    return pb.InvoiceOccupation(
        amount_fen=before.amount_fen,
        occupied_fen=before.occupied_fen - use.occupied_fen,
        red_lettered_fen=before.red_lettered_fen,
    )


def compute_lender_totals(before: pb.LenderTotals, claims: int, secured_fen: int) -> pb.LenderTotals:
    """A lender's totals after `claims` more (or fewer) claims of `secured_fen` in sum; never below zero."""
    after_claims, after_fen = before.claims + claims, before.secured_fen + secured_fen
    if after_claims < 0 or after_fen < 0 or (after_claims == 0) != (after_fen == 0):
        raise InvariantViolation("a lender's totals do not match its claims")
    return pb.LenderTotals(claims=after_claims, secured_fen=after_fen)
