"""What several commands refuse alike. These functions read and refuse; none of them writes.

Each keeps the precedence of rejections.py, and a transition calls them in that order.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hefu.v1 import identity_pb2, receivables_pb2
from identity.records import get_organisation, is_active, is_role
from identity.rules import compute_civil_day
from ledger.context import Context
from ledger.errors import InvariantViolation, Reason, Rejection
from receivables import days, payments, records, rules
from receivables.rejections import (
    AMOUNT_OUT_OF_RANGE,
    COMMITMENT_INVALID,
    COUNTERPARTY_IS_ISSUER,
    COUNTERPARTY_IS_SELF,
    COUNTERPARTY_SUSPENDED,
    COUNTERPARTY_UNKNOWN,
    DEADLINE_OUT_OF_RANGE,
    EVIDENCE_RED_LETTERED,
    LAYERS_EXHAUSTED,
    NO_REQUEST_PENDING,
    NO_SUCH_PACKAGE,
    NO_SUCH_VOUCHER,
    NOT_A_BANK,
    NOT_A_COURT,
    NOT_THE_COUNTERPARTY,
    NOT_THE_HOLDER,
    ORGANISATIONS_WRONG,
    PAST_CUT_OFF,
    PIECE_TOO_SMALL,
    VOUCHER_CLASS_UNKNOWN,
    VOUCHER_CLOSED,
    VOUCHER_DISPUTED,
    VOUCHER_FROZEN,
    VOUCHER_LOCKED,
    VOUCHER_PARTLY_PAID,
)

VOUCHER_FIELD = 1  # every command about a range names it in its field 1, every later one about a package too
PAYING_ROLES = (identity_pb2.BANK, identity_pb2.CLEARING_BANK)
FINANCING_ROLES = (identity_pb2.BANK, identity_pb2.FACTOR)
NOBODY = identity_pb2.Organisation()  # stands for an organisation that was never admitted


def refuse_organisations(context: Context, count: int = 1) -> None:
    """Refuse a command that names more or fewer organisations than its rule needs."""
    if len(context.organisations) != count:
        raise Rejection(ORGANISATIONS_WRONG)


def refuse_commitment(commitment: bytes, field: int) -> None:
    """Refuse what is no commitment of 32 bytes."""
    if len(commitment) != rules.COMMITMENT_BYTES:
        raise Rejection(COMMITMENT_INVALID, field)


def get_package(context: Context, package: str) -> receivables_pb2.Package:
    """The package that a command names, or NO_SUCH_PACKAGE."""
    found = records.get_package(context, package)
    if found is None:
        raise Rejection(NO_SUCH_PACKAGE, VOUCHER_FIELD)
    return found


def get_voucher(context: Context, ref: receivables_pb2.VoucherRef) -> receivables_pb2.Voucher:
    """The range that a command names, or NO_SUCH_VOUCHER."""
    found = records.get_voucher(context, ref)
    if found is None:
        raise Rejection(NO_SUCH_VOUCHER, VOUCHER_FIELD)
    return found


def get_package_of(context: Context, ref: receivables_pb2.VoucherRef) -> receivables_pb2.Package:
    """The package of a range that exists."""
    found = records.get_package(context, ref.package)
    if found is None:
        raise InvariantViolation("a range without its package")
    return found


def compute_cut_off_ms(context: Context, due_on: int) -> int:
    """The instant from which on nothing moves any more."""
    business_days = records.get_rules(context).cut_off_business_days
    day = days.compute_cut_off_day(due_on, business_days, records.get_calendar(context))
    return days.compute_start_ms(day)


def refuse_not_payable(
    package: receivables_pb2.Package, voucher: receivables_pb2.Voucher, ref: receivables_pb2.VoucherRef
) -> int:
    """Refuse a range on which nothing is owed, then a locked one; returns what is owed (分)."""
    owed = payments.compute_owed(package, voucher, ref)
    if voucher.stage != receivables_pb2.LIVE or owed == 0:
        raise Rejection(VOUCHER_CLOSED, VOUCHER_FIELD)
    if voucher.circulation != receivables_pb2.CIRCULATING:
        raise Rejection(VOUCHER_LOCKED, VOUCHER_FIELD)
    return owed


def get_movable(
    context: Context, ref: receivables_pb2.VoucherRef
) -> tuple[receivables_pb2.Voucher, receivables_pb2.Package, int]:
    """A range that its holder, who acts, may still move; with its package and cut-off. A claim is asked for last."""
    voucher = get_voucher(context, ref)
    if voucher.holder != context.actor:
        raise Rejection(NOT_THE_HOLDER)
    package = get_package_of(context, ref)
    refuse_not_payable(package, voucher, ref)
    cut_off_ms = compute_cut_off_ms(context, package.due_on)
    if context.time_ms >= cut_off_ms:
        raise Rejection(PAST_CUT_OFF, VOUCHER_FIELD)
    refuse_frozen(package, voucher)
    return voucher, package, cut_off_ms


def refuse_frozen(package: receivables_pb2.Package, voucher: receivables_pb2.Voucher) -> None:
    """Refuse what may not happen while an order of a court rests on the range or its package."""
    if rules.is_frozen(package, voucher):
        raise Rejection(VOUCHER_FROZEN, VOUCHER_FIELD)


def refuse_disputed(voucher: receivables_pb2.Voucher) -> None:
    """Refuse new financing of a range that is disputed."""
    if voucher.HasField("dispute"):
        raise Rejection(VOUCHER_DISPUTED, VOUCHER_FIELD)


def refuse_partly_paid(package: receivables_pb2.Package, voucher: receivables_pb2.Voucher) -> None:
    """Refuse to move a range on which something was paid; one whose payment came back whole has none."""
    if voucher.paid_fen or package.paid_fen:
        raise Rejection(VOUCHER_PARTLY_PAID, VOUCHER_FIELD)


def refuse_red_lettered(package: receivables_pb2.Package) -> None:
    """Refuse new financing of a package one of whose invoices was red-lettered and not replaced."""
    if package.red_lettered:
        raise Rejection(EVIDENCE_RED_LETTERED, VOUCHER_FIELD)


def refuse_order(context: Context, order: bytes, field: int, *others: tuple[bytes, int]) -> None:
    """Refuse orders without a digest; then whoever is neither a court nor two service operators entering them.

    The second of them is not suspended; of the first `authorise` has judged that.
    """
    is_by_court = len(context.organisations) == 1
    refuse_organisations(context, 1 if is_by_court else 2)
    for digest, place in ((order, field), *others):
        refuse_commitment(digest, place)
    role = identity_pb2.COURT if is_by_court else identity_pb2.SERVICE_OPERATOR
    are_fit = all(is_role(context, organisation, role) for organisation in context.organisations)
    if not are_fit or not all(is_active(context, organisation) for organisation in context.organisations[1:]):
        raise Rejection(NOT_A_COURT)


def get_caps(context: Context, voucher_class: int, field: int = VOUCHER_FIELD) -> rules.Caps:
    """The rulebook's caps for a class of vouchers, or VOUCHER_CLASS_UNKNOWN."""
    caps = rules.find_caps(records.get_rules(context), voucher_class)
    if caps is None:
        raise Rejection(VOUCHER_CLASS_UNKNOWN, field)
    return caps


def refuse_cut(
    context: Context,
    ref: receivables_pb2.VoucherRef,
    voucher: receivables_pb2.Voucher,
    package: receivables_pb2.Package,
    first_fen: int,
    field: int,
) -> None:
    """Refuse a cut after `first_fen`: outside the range, a piece too small, a layer too deep."""
    length = payments.compute_length(ref)
    if not 1 <= first_fen < length:
        raise Rejection(AMOUNT_OUT_OF_RANGE, field)
    rulebook = records.get_rules(context)
    caps = rules.find_caps(rulebook, package.voucher_class) or rulebook  # a class may be voted away while it circulates
    if not rules.is_cut_fine(length, first_fen, caps):
        raise Rejection(PIECE_TOO_SMALL, field)
    if not rules.is_layer_left(voucher, caps):
        raise Rejection(LAYERS_EXHAUSTED, VOUCHER_FIELD)


def refuse_piece(
    context: Context,
    ref: receivables_pb2.VoucherRef,
    voucher: receivables_pb2.Voucher,
    package: receivables_pb2.Package,
    amount_fen: int,
    field: int,
) -> None:
    """Refuse to take `amount_fen` off a range; the whole of it needs no cut."""
    if amount_fen != payments.compute_length(ref):
        refuse_cut(context, ref, voucher, package, amount_fen, field)


@dataclass(frozen=True, slots=True)
class Side:
    """Another organisation that a command names, in which field, and the roles of which it needs one (empty: none)."""

    organisation: str
    field: int
    roles: tuple[int, ...] = ()


def refuse_counterparties(context: Context, sides: Sequence[Side], issuer: str = "") -> None:
    """Refuse sides that are the actor, the issuer, unknown, suspended, or without the role: ground by ground."""
    found = [get_organisation(context, side.organisation) or NOBODY for side in sides]
    _refuse_first(COUNTERPARTY_IS_SELF, sides, [side.organisation == context.actor for side in sides])
    if issuer:
        _refuse_first(COUNTERPARTY_IS_ISSUER, sides, [side.organisation == issuer for side in sides])
    _refuse_first(COUNTERPARTY_UNKNOWN, sides, [who is NOBODY for who in found])
    _refuse_first(COUNTERPARTY_SUSPENDED, sides, [who.status != identity_pb2.ACTIVE for who in found])
    lacking = [bool(side.roles) and not is_one_of(who, side.roles) for side, who in zip(sides, found, strict=True)]
    _refuse_first(NOT_A_BANK, sides, lacking)


def is_one_of(organisation: identity_pb2.Organisation, roles: Sequence[int]) -> bool:
    """Whether the organisation has one of the roles."""
    return any(role in organisation.roles for role in roles)


def _refuse_first(reason: Reason, sides: Sequence[Side], faults: Sequence[bool]) -> None:
    for side, is_fault in zip(sides, faults, strict=True):
        if is_fault:
            raise Rejection(reason, side.field)


def refuse_deadline(context: Context, at_ms: int, cut_off_ms: int, field: int) -> None:
    """Refuse a deadline that is past, after cut-off, or further ahead than the rulebook lets a request wait."""
    last_ms = min(cut_off_ms, context.time_ms + records.get_rules(context).max_answer_ms)
    if not context.time_ms < at_ms <= last_ms:
        raise Rejection(DEADLINE_OUT_OF_RANGE, field)


def get_requested(
    context: Context, ref: receivables_pb2.VoucherRef, kinds: Sequence[int], by_holder: bool = False
) -> receivables_pb2.Voucher:
    """A range on which a request of one of these kinds waits; the actor is its holder, or else the one asked."""
    voucher = get_voucher(context, ref)
    if voucher.circulation != receivables_pb2.LOCKED or voucher.lock.kind not in kinds:
        raise Rejection(NO_REQUEST_PENDING, VOUCHER_FIELD)
    asked, reason = _get_answerer(voucher, by_holder)
    if asked != context.actor:
        raise Rejection(reason)
    return voucher


def get_answerable(
    context: Context, ref: receivables_pb2.VoucherRef, kinds: Sequence[int]
) -> tuple[receivables_pb2.Voucher, receivables_pb2.Package, int]:
    """A range whose request the one asked, who acts, may still carry on; with its package and cut-off.

    Refusing and withdrawing ask for less: `get_requested`.
    """
    voucher = get_requested(context, ref, kinds)
    package, cut_off_ms = get_package_in_time(context, ref, voucher)
    return voucher, package, cut_off_ms


def get_package_in_time(
    context: Context, ref: receivables_pb2.VoucherRef, voucher: receivables_pb2.Voucher
) -> tuple[receivables_pb2.Package, int]:
    """The package of a range before cut-off, and its cut-off (ms). Refuses PAST_CUT_OFF, VOUCHER_FROZEN.

    From cut-off on a request is over, even where an acceleration or a new calendar brought it forward; a freeze holds
    it until its own deadline.
    """
    package = get_package_of(context, ref)
    cut_off_ms = compute_cut_off_ms(context, package.due_on)
    if context.time_ms >= cut_off_ms:
        raise Rejection(PAST_CUT_OFF, VOUCHER_FIELD)
    refuse_frozen(package, voucher)
    return package, cut_off_ms


def _get_answerer(voucher: receivables_pb2.Voucher, by_holder: bool) -> tuple[str, Reason]:
    if by_holder:
        return voucher.holder, NOT_THE_HOLDER
    return voucher.lock.counterparty, NOT_THE_COUNTERPARTY


def compute_today(context: Context) -> int:
    """The civil day of block time in Asia/Shanghai."""
    return compute_civil_day(context.time_ms)
