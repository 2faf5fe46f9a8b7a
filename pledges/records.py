"""The slice of state that says what is encumbered.

| key | record |
|---|---|
| `claim/<asset key>` | Claim; deleted by release |
| `invoice/<hex fingerprint>` | InvoiceOccupation; deleted when nothing is occupied any more, unless red-lettered |
| `registration/<number>` | Registration; never deleted |
| `totals/lender/<organisation>` | LenderTotals; changes only with a claim |
| `blanket/<pledgor>` | Blankets; deleted when none is left |
"""

from hefu.v1 import pledges_pb2 as pb
from ledger.context import Context

LENDER_TOTALS_PREFIX = "totals/lender/"


def compute_claim_key(asset: str) -> str:
    """Where the claim on an asset key lies."""
    return f"claim/{asset}"


def compute_invoice_key(fingerprint: bytes) -> str:
    """Where the occupation of an invoice lies."""
    return f"invoice/{fingerprint.hex()}"


def compute_registration_key(number: str) -> str:
    """Where a registration number lies."""
    return f"registration/{number}"


def compute_lender_totals_key(organisation: str) -> str:
    """Where the totals of a lender lie."""
    return LENDER_TOTALS_PREFIX + organisation


def is_claimed(context: Context, asset: str) -> bool:
    """Whether a claim rests on the asset."""
    return context.get(compute_claim_key(asset)) is not None


def get_claim(context: Context, asset: str) -> pb.Claim | None:
    """The live claim on the asset, if any."""
    body = context.get(compute_claim_key(asset))
    return None if body is None else pb.Claim.FromString(body)


def put_claim(context: Context, asset: str, claim: pb.Claim) -> None:
    """Write the claim on an asset."""
    context.put(compute_claim_key(asset), claim.SerializeToString(deterministic=True))


def delete_claim(context: Context, asset: str) -> None:
    """Remove the claim on an asset."""
    context.delete(compute_claim_key(asset))


def get_occupation(context: Context, fingerprint: bytes) -> pb.InvoiceOccupation | None:
    """How much of the invoice is occupied; None where nothing is."""
    body = context.get(compute_invoice_key(fingerprint))
    return None if body is None else pb.InvoiceOccupation.FromString(body)


def put_occupation(context: Context, fingerprint: bytes, occupation: pb.InvoiceOccupation) -> None:
    """Write the occupation of an invoice; one of nothing is deleted, unless the invoice was red-lettered."""
    key = compute_invoice_key(fingerprint)
    if occupation.occupied_fen or occupation.red_lettered_fen:
        context.put(key, occupation.SerializeToString(deterministic=True))
    else:
        context.delete(key)


def get_registration(context: Context, number: str) -> pb.Registration | None:
    """Whom and what a registration number serves, if it was used."""
    body = context.get(compute_registration_key(number))
    return None if body is None else pb.Registration.FromString(body)


def put_registration(context: Context, number: str, registration: pb.Registration) -> None:
    """Write a registration."""
    context.put(compute_registration_key(number), registration.SerializeToString(deterministic=True))


def compute_blanket_key(pledgor: str) -> str:
    """Where the blanket registrations on an organisation lie."""
    return f"blanket/{pledgor}"


def get_blankets(context: Context, pledgor: str) -> pb.Blankets:
    """The blanket registrations on an organisation's receivables; none where nobody registered one."""
    body = context.get(compute_blanket_key(pledgor))
    return pb.Blankets() if body is None else pb.Blankets.FromString(body)


def put_blankets(context: Context, pledgor: str, blankets: pb.Blankets) -> None:
    """Write the blanket registrations on an organisation; without any the record is deleted."""
    key = compute_blanket_key(pledgor)
    if blankets.blankets:
        context.put(key, blankets.SerializeToString(deterministic=True))
    else:
        context.delete(key)


def get_lender_totals(context: Context, organisation: str) -> pb.LenderTotals:
    """Count and sum (分) of a lender's live claims; zeros where it never had one."""
    body = context.get(compute_lender_totals_key(organisation))
    return pb.LenderTotals() if body is None else pb.LenderTotals.FromString(body)


def put_lender_totals(context: Context, organisation: str, totals: pb.LenderTotals) -> None:
    """Write a lender's totals; they stay, as zeros, when its last claim is released."""
    context.put(compute_lender_totals_key(organisation), totals.SerializeToString(deterministic=True))
