"""The slice of state that holds vouchers.

| key | record |
|---|---|
| `package/<issuer>.<number>` | Package; pending, it lapses at `accept_by_ms`; never deleted |
| `holds/<issuer>.<number>` | Hold: what a lapsed issue still occupies; deleted by every answer and by LapseIssue |
| `voucher/<package>/<start>-<end>` | Voucher: a range; locked, it lapses to what it was; deleted only by a cut |
| `totals/issuer/<organisation>` | IssuerTotals |
| `rules/vouchers`, `rules/calendar` | the rulebook, from genesis |

Lines, quotes, accounts and receivables lie beside these: side_records.

The asset key of a range, under which pledges/ keeps its claim, is `voucher:<package>/<start>-<end>`.
"""

from collections.abc import Callable
from functools import lru_cache

from hefu.v1 import ledger_pb2, receivables_pb2
from ledger.context import Context
from ledger.errors import InvariantViolation
from receivables.days import Calendar, compute_calendar
from receivables.payments import compute_length
from receivables.rules import compute_pieces, compute_shared_pieces, is_package_id

RULES_KEY = "rules/vouchers"
CALENDAR_KEY = "rules/calendar"
PACKAGE_PREFIX = "package/"
VOUCHER_PREFIX = "voucher/"
HOLD_PREFIX = "holds/"
ISSUER_TOTALS_PREFIX = "totals/issuer/"

# Decoded once and never changed afterwards: whoever gets one only reads it.
_decode_rules = lru_cache(maxsize=8)(receivables_pb2.VoucherRules.FromString)


@lru_cache(maxsize=8)
def decode_calendar(body: bytes) -> Calendar:
    """The business calendar that the record `rules/calendar` holds, ready to be asked."""
    return compute_calendar(receivables_pb2.BusinessCalendar.FromString(body))


def compute_package_key(package: str) -> str:
    """Where a package lies."""
    return PACKAGE_PREFIX + package


def compute_hold_key(package: str) -> str:
    """Where what a pending issue occupies is remembered."""
    return HOLD_PREFIX + package


def compute_voucher_key(ref: receivables_pb2.VoucherRef) -> str:
    """Where a range lies."""
    return f"{VOUCHER_PREFIX}{ref.package}/{ref.start}-{ref.end}"


def compute_asset_key(ref: receivables_pb2.VoucherRef) -> str:
    """The name under which pledges/ knows a range."""
    return f"voucher:{ref.package}/{ref.start}-{ref.end}"


def compute_issuer_totals_key(organisation: str) -> str:
    """Where an issuer's totals lie."""
    return ISSUER_TOTALS_PREFIX + organisation


def get_rules(context: Context) -> receivables_pb2.VoucherRules:
    """The rulebook; never changed by whoever reads it."""
    body = context.get(RULES_KEY)
    if body is None:
        raise InvariantViolation("the genesis holds no rules/vouchers")
    return _decode_rules(body)


def get_calendar(context: Context) -> Calendar:
    """The business calendar; one without entries knows weekends only."""
    body = context.get(CALENDAR_KEY)
    if body is None:
        raise InvariantViolation("the genesis holds no rules/calendar")
    return decode_calendar(body)


def get_package(context: Context, package: str) -> receivables_pb2.Package | None:
    """What the package means now: a pending one after its deadline is lapsed."""
    if not is_package_id(package):
        return None
    body = context.get(PACKAGE_PREFIX + package)
    return None if body is None else receivables_pb2.Package.FromString(body)


def put_package(context: Context, package: str, record: receivables_pb2.Package) -> None:
    """Write a package that nothing lapses."""
    context.put(PACKAGE_PREFIX + package, record.SerializeToString(deterministic=True))


def put_pending_package(context: Context, package: str, record: receivables_pb2.Package) -> None:
    """Write a pending package, which lapses at its `accept_by_ms`, and the hold on what it occupies."""
    lapsed = receivables_pb2.Package()
    lapsed.CopyFrom(record)
    lapsed.stage = receivables_pb2.LAPSED
    key = PACKAGE_PREFIX + package
    context.put(
        key,
        record.SerializeToString(deterministic=True),
        record.accept_by_ms,
        lapsed.SerializeToString(deterministic=True),
    )
    hold = ledger_pb2.Hold(at_ms=record.accept_by_ms, what=key)
    context.put(HOLD_PREFIX + package, hold.SerializeToString(deterministic=True))


def resolve_package(context: Context, package: str, record: receivables_pb2.Package) -> None:
    """Answer a pending package: write what it is now, and let go of its hold."""
    context.resolve(PACKAGE_PREFIX + package, record.SerializeToString(deterministic=True))
    delete_hold(context, package)


def get_hold(context: Context, package: str) -> ledger_pb2.Hold | None:
    """What a pending or lapsed issue still occupies, until it is answered or freed."""
    body = context.get(HOLD_PREFIX + package)
    return None if body is None else ledger_pb2.Hold.FromString(body)


def delete_hold(context: Context, package: str) -> None:
    """Let go of a hold."""
    context.delete(HOLD_PREFIX + package)


def get_voucher(context: Context, ref: receivables_pb2.VoucherRef) -> receivables_pb2.Voucher | None:
    """What the range means now: a lock that has lapsed is none."""
    if not is_package_id(ref.package):
        return None
    body = context.get(compute_voucher_key(ref))
    return None if body is None else receivables_pb2.Voucher.FromString(body)


def put_voucher(context: Context, ref: receivables_pb2.VoucherRef, voucher: receivables_pb2.Voucher) -> None:
    """Write a range that nothing lapses."""
    context.put(compute_voucher_key(ref), voucher.SerializeToString(deterministic=True))


def put_locked_voucher(
    context: Context, ref: receivables_pb2.VoucherRef, voucher: receivables_pb2.Voucher, lock: receivables_pb2.Lock
) -> None:
    """Lock a circulating range; from `lock.answer_by_ms` on it means what it is now."""
    locked = receivables_pb2.Voucher()
    locked.CopyFrom(voucher)
    locked.circulation = receivables_pb2.LOCKED
    locked.lock.CopyFrom(lock)
    context.put(
        compute_voucher_key(ref),
        locked.SerializeToString(deterministic=True),
        lock.answer_by_ms,
        voucher.SerializeToString(deterministic=True),
    )


def put_cut(
    context: Context, ref: receivables_pb2.VoucherRef, voucher: receivables_pb2.Voucher, first_fen: int
) -> tuple[receivables_pb2.VoucherRef, receivables_pb2.VoucherRef]:
    """Cut an unpaid range in two, one layer deeper; returns the pieces."""
    first, second = compute_pieces(ref, first_fen)
    one, other = _compute_cut(voucher, first_fen, compute_length(ref))
    context.delete(compute_voucher_key(ref))
    put_voucher(context, first, one)
    put_voucher(context, second, other)
    return first, second


def put_locked_piece(
    context: Context,
    ref: receivables_pb2.VoucherRef,
    voucher: receivables_pb2.Voucher,
    amount_fen: int,
    lock: receivables_pb2.Lock,
) -> receivables_pb2.VoucherRef:
    """Lock the range, or the first piece of a cut after `amount_fen`; returns what is locked (uncut: `ref`).

    An ask for quotes on the range is over, however the lock ends.
    """
    first, second = compute_pieces(ref, amount_fen)
    if first.end == ref.end:
        voucher.asked_at_ms = 0
        put_locked_voucher(context, ref, voucher, lock)
        return ref
    one, other = _compute_cut(voucher, amount_fen, compute_length(ref))
    context.delete(compute_voucher_key(ref))
    put_locked_voucher(context, first, one, lock)
    put_voucher(context, second, other)
    return first


def _compute_cut(
    voucher: receivables_pb2.Voucher, first_fen: int, length_fen: int
) -> tuple[receivables_pb2.Voucher, receivables_pb2.Voucher]:
    """What the pieces are: of a line in use the second keeps as much as its length, the first has the rest.

    All of it was in use when the range was bought, but what a payment gave back that came back since is not used again.
    """
    if voucher.paid_fen or voucher.circulation != receivables_pb2.CIRCULATING:
        raise InvariantViolation("only an unpaid, circulating range is cut")
    first_pieces, second_pieces = compute_shared_pieces(voucher.pieces, first_fen, length_fen)
    kept_fen = min(voucher.line_used_fen, length_fen - first_fen)
    first = _compute_piece(voucher, first_pieces, voucher.line_used_fen - kept_fen)
    return first, _compute_piece(voucher, second_pieces, kept_fen)


def _compute_piece(voucher: receivables_pb2.Voucher, pieces: int, line_used_fen: int) -> receivables_pb2.Voucher:
    """A piece takes marks and sale with it, its part of a line in use, and no ask for quotes."""
    piece = receivables_pb2.Voucher()
    piece.CopyFrom(voucher)
    piece.layer += 1
    piece.pieces = pieces
    piece.asked_at_ms = 0
    piece.line_used_fen = line_used_fen
    if not line_used_fen:
        piece.line = ""
    return piece


def update_voucher(
    context: Context, ref: receivables_pb2.VoucherRef, change: Callable[[receivables_pb2.Voucher], None]
) -> None:
    """Change a range, and what it will mean when its lock lapses, alike: a freeze and a mark survive the lapse."""

    def change_body(body: bytes) -> bytes:
        voucher = receivables_pb2.Voucher.FromString(body)
        change(voucher)
        return voucher.SerializeToString(deterministic=True)

    context.update(compute_voucher_key(ref), change_body)


def resolve_voucher(context: Context, ref: receivables_pb2.VoucherRef, voucher: receivables_pb2.Voucher) -> None:
    """Answer a lock: the range is what is given; still locked, it waits for a new deadline."""
    body = voucher.SerializeToString(deterministic=True)
    context.resolve(compute_voucher_key(ref), body, voucher.lock.answer_by_ms)


def restore_voucher(context: Context, ref: receivables_pb2.VoucherRef) -> None:
    """End a lock as its deadline would: the range is what it was."""
    context.restore(compute_voucher_key(ref))


def get_issuer_totals(context: Context, organisation: str) -> receivables_pb2.IssuerTotals:
    """An issuer's totals; zeros where nothing of it was ever accepted."""
    body = context.get(ISSUER_TOTALS_PREFIX + organisation)
    return receivables_pb2.IssuerTotals() if body is None else receivables_pb2.IssuerTotals.FromString(body)


def put_issuer_totals(context: Context, organisation: str, totals: receivables_pb2.IssuerTotals) -> None:
    """Write an issuer's totals."""
    context.put(ISSUER_TOTALS_PREFIX + organisation, totals.SerializeToString(deterministic=True))
