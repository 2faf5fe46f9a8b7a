"""A voucher from issue to transfer, in lifecycle order; financing and settlement continue it in modules of their own.

1. Issue: the core enterprise acts. The package is pending until `accept_by_ms`, occupies its invoices, reserves its
   line where it names one, and means LAPSED from then on; a hold remembers what LapseIssue has to free.
2. Its class of vouchers caps face, term and cuts. What a core enterprise owes a supplier is due within the rulebook's
   days after delivery (保障中小企业款项支付条例).
3. The payee accepts with the fingerprints of its own copies, and the range 1…face lives; or refuses; or the issuer
   withdraws. Each frees or settles everything at once: what was reserved of the line is used now, or free.
4. A cut deletes a range and writes two, one layer deeper. A range that is locked, claimed or past cut-off is not cut.
5. A transfer locks the range, or the first piece of a cut, for one receiver until its deadline. Acceptance changes the
   holder, and the range of its own debtor merges; refusal, withdrawal and the deadline restore what was. A cut stays.

Who is suspended may still refuse, withdraw, pay and release, which starts nothing; accepting does.

A term counts to the nominal due day: that the day rolls is the law's doing, not the parties'. The class is judged
before all that its caps decide.
"""

from hefu.v1 import receivables_pb2 as pb
from hefu.v1.identity_pb2 import CORE_ENTERPRISE, SUPPLIER
from identity.records import is_role
from ledger.context import Context
from ledger.errors import Rejection
from ledger.seam import CommandSpec, CommandTable
from pledges.rules import are_invoice_uses
from pledges.transitions import process_freeing, process_occupation, refuse_claimed
from receivables import (
    aftercare,
    baskets,
    checks,
    clearing,
    confirmation,
    disputes,
    endings,
    financing,
    handover,
    line_use,
    lines,
    orders,
    parties,
    payments,
    quotes,
    records,
    rules,
    settlement,
    totals,
    trades,
)
from receivables.checks import Side
from receivables.events import emit_package, emit_voucher
from receivables.rejections import (
    DELIVERY_DAY_OUT_OF_RANGE,
    DUE_DAY_OUT_OF_RANGE,
    FACE_OUT_OF_RANGE,
    FINGERPRINTS_DIFFER,
    INVOICES_INVALID,
    INVOICES_NOT_THE_FACE,
    ISSUE_LAPSED,
    ISSUER_BLOCKED,
    LAPSE_TOO_EARLY,
    LINE_REQUIRED,
    LONG_TERM_REASON_WRONG,
    NOT_A_CORE_ENTERPRISE,
    NOT_PENDING,
    NOT_THE_ISSUER,
    NOT_THE_PAYEE,
    NOTHING_TO_LAPSE,
    NUMBER_INVALID,
    PACKAGE_EXISTS,
    SME_TERM_EXCEEDED,
)

# ---------------------------------------------------------------- issue


def process_issue(context: Context, command: pb.Issue) -> None:
    """开立: a pending package that occupies its invoices. Refuses 300–305, 310–311, 323, 350–366, 376, 380–383, 2xx."""
    checks.refuse_organisations(context)
    caps = checks.get_caps(context, command.voucher_class, pb.Issue.VOUCHER_CLASS_FIELD_NUMBER)
    _refuse_issue_form(command, caps)
    if not is_role(context, context.actor, CORE_ENTERPRISE):
        raise Rejection(NOT_A_CORE_ENTERPRISE)
    package = rules.compute_package_id(context.actor, command.number)
    if records.get_package(context, package) is not None:
        raise Rejection(PACKAGE_EXISTS, pb.Issue.NUMBER_FIELD_NUMBER)
    line = line_use.get_line(context, command.line, pb.Issue.LINE_FIELD_NUMBER) if command.line else None
    sides = (
        Side(command.payee, pb.Issue.PAYEE_FIELD_NUMBER),
        Side(command.paying_bank, pb.Issue.PAYING_BANK_FIELD_NUMBER, checks.PAYING_ROLES),
    )
    checks.refuse_counterparties(context, sides)
    _refuse_issue_days(context, command, caps)
    _refuse_issuer(context, command, caps, line)
    process_occupation(context, command.invoices, pb.Issue.INVOICES_FIELD_NUMBER)
    line_use.process_change_of_use(context, command.line, command.face_fen, 0)
    records.put_pending_package(context, package, _build_package(context.actor, command))
    emit_package(context, package, command.payee, command.face_fen, command.contract_commitment)


def _refuse_issue_form(command: pb.Issue, caps: rules.Caps) -> None:
    if not rules.is_number(command.number):
        raise Rejection(NUMBER_INVALID, pb.Issue.NUMBER_FIELD_NUMBER)
    if not rules.is_face(command.face_fen, caps):
        raise Rejection(FACE_OUT_OF_RANGE, pb.Issue.FACE_FEN_FIELD_NUMBER)
    checks.refuse_commitment(command.contract_commitment, pb.Issue.CONTRACT_COMMITMENT_FIELD_NUMBER)
    if not 1 <= len(command.invoices) <= rules.MAX_INVOICES or not are_invoice_uses(command.invoices):
        raise Rejection(INVOICES_INVALID, pb.Issue.INVOICES_FIELD_NUMBER)
    if sum(use.occupied_fen for use in command.invoices) != command.face_fen:
        raise Rejection(INVOICES_NOT_THE_FACE, pb.Issue.INVOICES_FIELD_NUMBER)


def _refuse_issue_days(context: Context, command: pb.Issue, caps: rules.Caps) -> None:
    today = checks.compute_today(context)
    term = command.due_on - today
    if not 1 <= term <= caps.max_term_days:
        raise Rejection(DUE_DAY_OUT_OF_RANGE, pb.Issue.DUE_ON_FIELD_NUMBER)
    if not rules.is_long_term_reason(command.long_term_reason, term, caps):
        raise Rejection(LONG_TERM_REASON_WRONG, pb.Issue.LONG_TERM_REASON_FIELD_NUMBER)
    cut_off_ms = checks.compute_cut_off_ms(context, command.due_on)
    checks.refuse_deadline(context, command.accept_by_ms, cut_off_ms, pb.Issue.ACCEPT_BY_MS_FIELD_NUMBER)
    if not 0 <= command.delivered_on <= today:
        raise Rejection(DELIVERY_DAY_OUT_OF_RANGE, pb.Issue.DELIVERED_ON_FIELD_NUMBER)
    days_to_pay = command.due_on - (command.delivered_on or today)
    if rules.is_beyond_sme_term(days_to_pay, caps) and is_role(context, command.payee, SUPPLIER):
        raise Rejection(SME_TERM_EXCEEDED, pb.Issue.DUE_ON_FIELD_NUMBER)


def _refuse_issuer(context: Context, command: pb.Issue, caps: rules.Caps, line: pb.Line | None) -> None:
    """Refuse an issuer with anything overdue, then one without a line where one is needed, or with too little of it."""
    today, grace_days = checks.compute_today(context), records.get_rules(context).grace_days
    issued = records.get_issuer_totals(context, context.actor)
    if totals.is_blocked(issued, today, grace_days, records.get_calendar(context)):
        raise Rejection(ISSUER_BLOCKED)
    if line is not None:
        field = pb.Issue.LINE_FIELD_NUMBER
        line_use.refuse_line(context, line, context.actor, pb.ISSUING, command.face_fen, field)
    elif caps.line_required:
        raise Rejection(LINE_REQUIRED, pb.Issue.LINE_FIELD_NUMBER)


def _build_package(issuer: str, command: pb.Issue) -> pb.Package:
    return pb.Package(
        issuer=issuer,
        payee=command.payee,
        face_fen=command.face_fen,
        due_on=command.due_on,
        stage=pb.PENDING,
        paying_bank=command.paying_bank,
        invoices=command.invoices,
        contract_commitment=command.contract_commitment,
        accept_by_ms=command.accept_by_ms,
        long_term_reason=command.long_term_reason,
        voucher_class=command.voucher_class,
        line=command.line,
        delivered_on=command.delivered_on,
    )


def process_accept_issue(context: Context, command: pb.AcceptIssue) -> None:
    """签收: the payee accepts; its range lives. Refuses 312, 317, 330–331, FINGERPRINTS_DIFFER."""
    package = _get_pending(context, command.package, is_payee=True)
    if list(command.fingerprints) != [use.fingerprint for use in package.invoices]:
        raise Rejection(FINGERPRINTS_DIFFER, pb.AcceptIssue.FINGERPRINTS_FIELD_NUMBER)
    issued = records.get_issuer_totals(context, package.issuer)
    after = totals.compute_accepted(issued, package.due_on, package.face_fen)
    package.stage = pb.PACKAGE_LIVE
    records.resolve_package(context, command.package, package)
    ref = pb.VoucherRef(package=command.package, start=1, end=package.face_fen)
    pieces = rules.compute_piece_cap(records.get_rules(context), package.voucher_class)
    whole = pb.Voucher(holder=package.payee, stage=pb.LIVE, circulation=pb.CIRCULATING, pieces=pieces)
    records.put_voucher(context, ref, whole)
    records.put_issuer_totals(context, package.issuer, after)
    line_use.process_change_of_use(context, package.line, -package.face_fen, package.face_fen)
    emit_package(context, command.package, package.issuer, package.face_fen)


def process_refuse_issue(context: Context, command: pb.RefuseIssue) -> None:
    """拒收: the payee refuses; invoices and line are free. Refuses 312, 317, ISSUE_LAPSED, NOT_PENDING."""
    package = _get_pending(context, command.package, is_payee=True)
    _end_pending(context, command.package, package, pb.REFUSED)
    emit_package(context, command.package, package.issuer, package.face_fen)


def process_withdraw_issue(context: Context, command: pb.WithdrawIssue) -> None:
    """撤回: the issuer withdraws; invoices and line are free. Refuses 312, 316, ISSUE_LAPSED, NOT_PENDING."""
    package = _get_pending(context, command.package, is_payee=False)
    _end_pending(context, command.package, package, pb.WITHDRAWN)
    emit_package(context, command.package, package.payee, package.face_fen)


def process_lapse_issue(context: Context, command: pb.LapseIssue) -> None:
    """Any member frees invoices and line of an issue that nobody answered in time. Refuses 312, 315, 337."""
    checks.refuse_organisations(context)
    package = checks.get_package(context, command.package)
    hold = records.get_hold(context, command.package)
    if hold is None:
        raise Rejection(NOTHING_TO_LAPSE, checks.VOUCHER_FIELD)
    if context.time_ms < hold.at_ms:
        raise Rejection(LAPSE_TOO_EARLY, checks.VOUCHER_FIELD)
    _process_end_of_issue(context, package)
    records.delete_hold(context, command.package)
    emit_package(context, command.package, package.issuer, package.face_fen)


def _get_pending(context: Context, package: str, is_payee: bool) -> pb.Package:
    checks.refuse_organisations(context)
    found = checks.get_package(context, package)
    if is_payee and found.payee != context.actor:
        raise Rejection(NOT_THE_PAYEE)
    if not is_payee and found.issuer != context.actor:
        raise Rejection(NOT_THE_ISSUER)
    if found.stage == pb.LAPSED:
        raise Rejection(ISSUE_LAPSED, checks.VOUCHER_FIELD)
    if found.stage != pb.PENDING:
        raise Rejection(NOT_PENDING, checks.VOUCHER_FIELD)
    return found


def _end_pending(context: Context, package: str, record: pb.Package, stage: pb.PackageStage) -> None:
    record.stage = stage
    records.resolve_package(context, package, record)
    _process_end_of_issue(context, record)


def _process_end_of_issue(context: Context, package: pb.Package) -> None:
    """Give back what an issue occupied and reserved that was not accepted."""
    process_freeing(context, package.invoices)
    line_use.process_change_of_use(context, package.line, -package.face_fen, 0)


# ---------------------------------------------------------------- split, transfer


def process_split(context: Context, command: pb.Split) -> None:
    """拆分: the holder cuts its range in two. Refuses 313, 318, 333–338, 340–342, 400, then ASSET_CLAIMED."""
    checks.refuse_organisations(context)
    ref = command.voucher
    voucher, package, _ = checks.get_movable(context, ref)
    checks.refuse_cut(context, ref, voucher, package, command.first_fen, pb.Split.FIRST_FEN_FIELD_NUMBER)
    checks.refuse_partly_paid(package, voucher)
    refuse_claimed(context, records.compute_asset_key(ref), checks.VOUCHER_FIELD)
    for piece in records.put_cut(context, ref, voucher, command.first_fen):
        emit_voucher(context, piece, amount_fen=payments.compute_length(piece), parent=ref)


def process_transfer(context: Context, command: pb.Transfer) -> None:
    """转让: the holder offers its range, or a first piece, to a receiver. Refuses 303, 313–362, 400, then 210."""
    checks.refuse_organisations(context)
    checks.refuse_commitment(command.trade_commitment, pb.Transfer.TRADE_COMMITMENT_FIELD_NUMBER)
    ref = command.voucher
    voucher, package, cut_off_ms = checks.get_movable(context, ref)
    checks.refuse_piece(context, ref, voucher, package, command.amount_fen, pb.Transfer.AMOUNT_FEN_FIELD_NUMBER)
    receiver = Side(command.receiver, pb.Transfer.RECEIVER_FIELD_NUMBER)
    checks.refuse_counterparties(context, (receiver,))
    checks.refuse_deadline(context, command.answer_by_ms, cut_off_ms, pb.Transfer.ANSWER_BY_MS_FIELD_NUMBER)
    checks.refuse_partly_paid(package, voucher)
    refuse_claimed(context, records.compute_asset_key(ref), checks.VOUCHER_FIELD)
    lock = pb.Lock(
        kind=pb.TRANSFER_REQUESTED,
        counterparty=command.receiver,
        answer_by_ms=command.answer_by_ms,
        commitment=command.trade_commitment,
        locked_at_ms=context.time_ms,
    )
    piece = records.put_locked_piece(context, ref, voucher, command.amount_fen, lock)
    parent = None if piece is ref else ref
    emit_voucher(context, piece, command.receiver, command.amount_fen, parent, commitment=command.trade_commitment)


def process_accept_transfer(context: Context, command: pb.AcceptTransfer) -> None:
    """转让签收: the receiver becomes holder, the debtor's range merges. Refuses 313–314, 319, 335, 338, 400."""
    checks.refuse_organisations(context)
    ref = command.voucher
    voucher, package, _ = checks.get_answerable(context, ref, (pb.TRANSFER_REQUESTED,))
    giver, commitment = voucher.holder, voucher.lock.commitment
    handover.process_new_holder(context, ref, voucher, package, context.actor)
    emit_voucher(context, ref, giver, payments.compute_length(ref), commitment=commitment)


def process_refuse_transfer(context: Context, command: pb.RefuseTransfer) -> None:
    """转让拒收: the receiver refuses; the prior pair returns. Refuses 313, 314, NOT_THE_COUNTERPARTY."""
    checks.refuse_organisations(context)
    voucher = checks.get_requested(context, command.voucher, (pb.TRANSFER_REQUESTED,))
    records.restore_voucher(context, command.voucher)
    emit_voucher(context, command.voucher, voucher.holder, payments.compute_length(command.voucher))


def process_withdraw_transfer(context: Context, command: pb.WithdrawTransfer) -> None:
    """转让撤回: the holder withdraws; the prior pair returns. Refuses 313, 314, NOT_THE_HOLDER."""
    checks.refuse_organisations(context)
    voucher = checks.get_requested(context, command.voucher, (pb.TRANSFER_REQUESTED,), by_holder=True)
    records.restore_voucher(context, command.voucher)
    emit_voucher(context, command.voucher, voucher.lock.counterparty, payments.compute_length(command.voucher))


# ---------------------------------------------------------------- what signers approve, and the table


def compute_issue_amount(context: Context, command: pb.Issue) -> int:
    """Issue: the face (分)."""
    return max(command.face_fen, 0)


def compute_accept_issue_amount(context: Context, command: pb.AcceptIssue) -> int:
    """Acceptance: the face; of a package that is issued in the same transaction the largest there is."""
    package = records.get_package(context, command.package)
    return rules.UNKNOWN_AMOUNT_FEN if package is None else package.face_fen


def compute_transfer_amount(context: Context, command: pb.Transfer) -> int:
    """Transfer: the amount that moves (分)."""
    return max(command.amount_fen, 0)


def compute_accept_transfer_amount(context: Context, command: pb.AcceptTransfer) -> int:
    """Acceptance of a transfer: the range's length (分), which the command itself names."""
    return rules.compute_approved_length(command.voucher)


COMMANDS: CommandTable = {
    pb.ISSUE: CommandSpec("voucher.issue", pb.Issue, process_issue, compute_issue_amount),
    pb.ACCEPT_ISSUE: CommandSpec(
        "voucher.accept_issue", pb.AcceptIssue, process_accept_issue, compute_accept_issue_amount
    ),
    pb.REFUSE_ISSUE: CommandSpec(
        "voucher.refuse_issue", pb.RefuseIssue, process_refuse_issue, is_open_to_suspended=True
    ),
    pb.WITHDRAW_ISSUE: CommandSpec(
        "voucher.withdraw_issue", pb.WithdrawIssue, process_withdraw_issue, is_open_to_suspended=True
    ),
    pb.LAPSE_ISSUE: CommandSpec("voucher.lapse_issue", pb.LapseIssue, process_lapse_issue, is_housekeeping=True),
    pb.SPLIT: CommandSpec("voucher.split", pb.Split, process_split),
    pb.TRANSFER: CommandSpec("voucher.transfer", pb.Transfer, process_transfer, compute_transfer_amount),
    pb.ACCEPT_TRANSFER: CommandSpec(
        "voucher.accept_transfer", pb.AcceptTransfer, process_accept_transfer, compute_accept_transfer_amount
    ),
    pb.REFUSE_TRANSFER: CommandSpec(
        "voucher.refuse_transfer", pb.RefuseTransfer, process_refuse_transfer, is_open_to_suspended=True
    ),
    pb.WITHDRAW_TRANSFER: CommandSpec(
        "voucher.withdraw_transfer", pb.WithdrawTransfer, process_withdraw_transfer, is_open_to_suspended=True
    ),
    **baskets.COMMANDS,
    **trades.COMMANDS,
    **quotes.COMMANDS,
    **financing.COMMANDS,
    **aftercare.COMMANDS,
    **settlement.COMMANDS,
    **clearing.COMMANDS,
    **lines.COMMANDS,
    **endings.COMMANDS,
    **disputes.COMMANDS,
    **orders.COMMANDS,
    **confirmation.COMMANDS,
    **parties.COMMANDS,
}
