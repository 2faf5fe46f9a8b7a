"""What money costs: computed once per application by the clients of both parties, never by the ledger.

    half_up(n, d)  = (2n + d) // (2d)
    principal      = face_fen × advance_ppm // 10^6
    interest_fen   = half_up(principal × days × rate_ppm, basis × 10^6)      days = rolled due day − value day
    net_fen        = principal − interest_fen − Σ fee_fen
    all_in_ppm     = half_up((principal − net_fen) × basis × 10^6, net_fen × days)

Amounts are 分, rates parts per million a year; intermediates pass 2^63. Both parties hash the same FinancingTerms
with the same salt; the ledger keeps the commitment in the request, and the bank's consent repeats it. Whoever has
terms and salt can show what was agreed.
"""

import hashlib
from collections.abc import Sequence

from hefu.v1 import receivables_pb2 as pb
from ledger.errors import MalformedInput, Rejection
from receivables.rejections import TERMS_OUT_OF_RANGE

PPM = 10**6
YEAR_BASES = (360, 365)
MAX_RATE_PPM = 10 * PPM
MAX_FACE_FEN = 10**15
MAX_FEES = 16
SALT_BYTES = 32
TERMS_TAG = b"hefu/v1/financing-terms\x00"
_FIELDS = pb.FinancingTerms


def compute_half_up(numerator: int, denominator: int) -> int:
    """The quotient of non-negative integers, rounded to the nearest, halves upwards."""
    return (2 * numerator + denominator) // (2 * denominator)


def compute_interest_fen(principal_fen: int, days: int, rate_ppm: int, year_basis_days: int) -> int:
    """Simple interest, 分: the first day counts, the last does not."""
    return compute_half_up(principal_fen * days * rate_ppm, year_basis_days * PPM)


def compute_financing_terms(
    face_fen: int,
    advance_ppm: int,
    rate_ppm: int,
    value_on: int,
    rolled_due_on: int,
    year_basis_days: int,
    fees_fen: Sequence[int] = (),
) -> pb.FinancingTerms:
    """The whole calculation. Refuses TERMS_OUT_OF_RANGE with the number of the FinancingTerms field at fault."""
    _refuse_unless(1 <= face_fen <= MAX_FACE_FEN, _FIELDS.FACE_FEN_FIELD_NUMBER)
    _refuse_unless(1 <= advance_ppm <= PPM, _FIELDS.ADVANCE_PPM_FIELD_NUMBER)
    _refuse_unless(0 <= rate_ppm <= MAX_RATE_PPM, _FIELDS.RATE_PPM_FIELD_NUMBER)
    _refuse_unless(year_basis_days in YEAR_BASES, _FIELDS.YEAR_BASIS_DAYS_FIELD_NUMBER)
    fees_are_sane = len(fees_fen) <= MAX_FEES and all(0 <= fee <= face_fen for fee in fees_fen)
    _refuse_unless(fees_are_sane, _FIELDS.FEE_FEN_FIELD_NUMBER)
    days = rolled_due_on - value_on
    _refuse_unless(days > 0, _FIELDS.VALUE_ON_FIELD_NUMBER)
    principal = face_fen * advance_ppm // PPM
    interest = compute_interest_fen(principal, days, rate_ppm, year_basis_days)
    net = principal - interest - sum(fees_fen)
    _refuse_unless(net > 0, _FIELDS.NET_FEN_FIELD_NUMBER)
    return pb.FinancingTerms(
        face_fen=face_fen,
        advance_ppm=advance_ppm,
        rate_ppm=rate_ppm,
        value_on=value_on,
        due_on=rolled_due_on,
        year_basis_days=year_basis_days,
        fee_fen=fees_fen,
        principal_fen=principal,
        interest_fen=interest,
        net_fen=net,
        all_in_ppm=compute_half_up((principal - net) * year_basis_days * PPM, net * days),
    )


def compute_terms_commitment(salt: bytes, terms: pb.FinancingTerms) -> bytes:
    """What stands on the ledger instead of the terms: SHA-256 over a tag, a secret salt of 32 bytes, and the terms."""
    if len(salt) != SALT_BYTES:
        raise MalformedInput(f"{SALT_BYTES} random bytes", "salt")
    return hashlib.sha256(TERMS_TAG + salt + terms.SerializeToString(deterministic=True)).digest()


def _refuse_unless(is_right: bool, field: int) -> None:
    if not is_right:
        raise Rejection(TERMS_OUT_OF_RANGE, field)
