"""What the commands of other domains do to claims, occupations and registrations, in lifecycle order.

1. Occupying all invoices of a voucher reads and judges them all before the first is written; freeing gives them back.
2. A registration number is used once, for ever, whoever used it and whatever became of the financing: it was filed
   against one pledgor for one debt, and may have been cancelled since. What is financed again is filed again. That the
   filing exists is the bank's word: who takes the number of another's filing forces that bank to file anew, and the
   record shows who took it.
3. How much of an invoice was red-lettered 红冲 stays for ever, and what is occupied newly must leave it out.
4. A claim needs an asset without one, and moves the lender's totals; release deletes it and moves them back. A
   payment of the asset does neither.

The commands of kinds 200–299, about blanket registrations, stand in blankets.
"""

from collections.abc import Sequence

from hefu.v1 import pledges_pb2 as pb
from ledger.context import Context
from ledger.errors import InvariantViolation, Rejection
from pledges import records, rules
from pledges.rejections import (
    ASSET_CLAIMED,
    INVOICE_AMOUNT_DIFFERS,
    INVOICE_OVEROCCUPIED,
    INVOICE_RED_LETTERED,
    NO_SUCH_CLAIM,
    NOT_THE_PLEDGEE,
    REGISTRATION_USED,
)


def process_occupation(context: Context, uses: Sequence[pb.InvoiceUse], field: int) -> None:
    """Occupy these shares. Refuses INVOICE_AMOUNT_DIFFERS for any of them, then 201, then 202."""
    before = [records.get_occupation(context, use.fingerprint) for use in uses]
    if any(map(rules.is_amount_different, before, uses)):
        raise Rejection(INVOICE_AMOUNT_DIFFERS, field)
    after = list(map(rules.compute_occupied, before, uses))
    if any(occupation.occupied_fen > occupation.amount_fen for occupation in after):
        raise Rejection(INVOICE_OVEROCCUPIED, field)
    if any(occupation.occupied_fen > occupation.amount_fen - occupation.red_lettered_fen for occupation in after):
        raise Rejection(INVOICE_RED_LETTERED, field)
    for use, occupation in zip(uses, after, strict=True):
        records.put_occupation(context, use.fingerprint, occupation)


def process_freeing(context: Context, uses: Sequence[pb.InvoiceUse]) -> None:
    """Give back the shares of these invoices: after refusal, withdrawal or lapse, never after payment."""
    for use in uses:
        before = records.get_occupation(context, use.fingerprint)
        records.put_occupation(context, use.fingerprint, rules.compute_freed(before, use))


def process_red_letter(context: Context, fingerprint: bytes, red_lettered_fen: int) -> None:
    """Remember how much (分) of an occupied invoice was taken back; it never falls, and frees nothing."""
    occupation = records.get_occupation(context, fingerprint)
    if occupation is None:
        raise InvariantViolation("an invoice of a live voucher is not occupied")
    occupation.red_lettered_fen = max(occupation.red_lettered_fen, red_lettered_fen)
    records.put_occupation(context, fingerprint, occupation)


def refuse_claimed(context: Context, asset: str, field: int) -> None:
    """Refuse what may not happen to an asset while a claim rests on it (ASSET_CLAIMED). Reads only."""
    if records.is_claimed(context, asset):
        raise Rejection(ASSET_CLAIMED, field)


def process_registration(
    context: Context, number: str, secured_party: str, asset: str, filed_at_ms: int, field: int
) -> None:
    """Use up a registration number for this secured party and asset. Refuses REGISTRATION_USED."""
    if records.get_registration(context, number) is not None:
        raise Rejection(REGISTRATION_USED, field)
    registration = pb.Registration(secured_party=secured_party, filed_at_ms=filed_at_ms, asset=asset)
    records.put_registration(context, number, registration)


def process_claim(context: Context, asset: str, claim: pb.Claim, field: int) -> None:
    """Put a claim on an asset without one, and into the lender's totals. Refuses ASSET_CLAIMED."""
    refuse_claimed(context, asset, field)
    totals = records.get_lender_totals(context, claim.pledgee)
    after = rules.compute_lender_totals(totals, 1, claim.secured_fen)
    records.put_claim(context, asset, claim)
    records.put_lender_totals(context, claim.pledgee, after)


def process_release(context: Context, asset: str, field: int) -> pb.Claim:
    """End the claim on an asset by its pledgee, who acts. Refuses NO_SUCH_CLAIM, then NOT_THE_PLEDGEE."""
    claim = records.get_claim(context, asset)
    if claim is None:
        raise Rejection(NO_SUCH_CLAIM, field)
    if claim.pledgee != context.actor:
        raise Rejection(NOT_THE_PLEDGEE)
    process_end_of_claim(context, asset, claim)
    return claim


def process_end_of_claim(context: Context, asset: str, claim: pb.Claim) -> None:
    """Delete a claim and take it out of its pledgee's totals; the caller has judged that it may end."""
    totals = records.get_lender_totals(context, claim.pledgee)
    after = rules.compute_lender_totals(totals, -1, -claim.secured_fen)
    records.delete_claim(context, asset)
    records.put_lender_totals(context, claim.pledgee, after)


def process_move_of_claim(context: Context, asset: str, claim: pb.Claim, pledgee: str, number: str) -> None:
    """Give a claim to another pledgee, under its registration number; both totals move."""
    process_end_of_claim(context, asset, claim)
    moved = pb.Claim()
    moved.CopyFrom(claim)
    moved.pledgee, moved.registration_number = pledgee, number
    totals = records.get_lender_totals(context, pledgee)
    records.put_claim(context, asset, moved)
    records.put_lender_totals(context, pledgee, rules.compute_lender_totals(totals, 1, claim.secured_fen))
