"""Confirmation of a receivable without a voucher 到货确权.

1. A creditor asks its debtor to confirm a delivered, invoiced debt. The debtor has the rulebook's days to answer.
   Asked, the receivable occupies nothing, so that nobody can block another's invoice by asking.
2. Confirmed with the fingerprints of the debtor's own copies, it is a package like others, whose invoices are occupied
   and whose range the creditor holds; but no undertaking: the debtor's defences remain. It uses no line.
3. Unanswered it means so by itself, and is listed for the regulator; contested it stays as it is. Both may still be
   confirmed. When it was answered stays with it, so that a late answer does not pass for one in time. The creditor may
   withdraw what is neither confirmed nor withdrawn.

The debt is owed already, whoever is blocked or suspended: so both may confirm or contest.
Not here: what becomes of the package (transitions, settlement).
"""

from hefu.v1 import receivables_pb2 as pb
from identity.rules import DAY_MS
from ledger.context import Context
from ledger.errors import Rejection
from ledger.seam import CommandSpec, CommandTable
from pledges.rules import are_invoice_uses
from pledges.transitions import process_occupation
from receivables import checks, records, rules, side_records, totals
from receivables.checks import Side
from receivables.rejections import (
    CONFIRMATION_NOT_OFFERED,
    DELIVERY_DAY_OUT_OF_RANGE,
    DUE_DAY_OUT_OF_RANGE,
    FACE_OUT_OF_RANGE,
    FINGERPRINTS_DIFFER,
    INVOICES_INVALID,
    INVOICES_NOT_THE_FACE,
    NO_SUCH_RECEIVABLE,
    NOT_THE_COUNTERPARTY,
    NOT_THE_HOLDER,
    NUMBER_INVALID,
    PACKAGE_EXISTS,
    RECEIVABLE_ANSWERED,
    RECEIVABLE_EXISTS,
)

RECEIVABLE_FIELD = 1  # of every command about a receivable that was asked about
CONFIRMABLE = (pb.ASKED, pb.UNANSWERED, pb.CONTESTED)
CONTESTABLE = (pb.ASKED, pb.UNANSWERED)


def process_ask(context: Context, command: pb.AskConfirmation) -> None:
    """确权申请: a receivable that its debtor is to confirm. Refuses 300–305, 350–353, 360, 365, 415, then 422."""
    checks.refuse_organisations(context)
    rulebook = records.get_rules(context)
    _refuse_ask_form(command, rulebook)
    debtor = Side(command.debtor, pb.AskConfirmation.DEBTOR_FIELD_NUMBER)
    checks.refuse_counterparties(context, (debtor,))
    today = checks.compute_today(context)
    if not -rulebook.max_term_days <= command.due_on - today <= rulebook.max_term_days:
        raise Rejection(DUE_DAY_OUT_OF_RANGE, pb.AskConfirmation.DUE_ON_FIELD_NUMBER)
    if not 1 <= command.delivered_on <= today:
        raise Rejection(DELIVERY_DAY_OUT_OF_RANGE, pb.AskConfirmation.DELIVERED_ON_FIELD_NUMBER)
    receivable = rules.compute_package_id(context.actor, command.number)
    if side_records.get_receivable(context, receivable) is not None:
        raise Rejection(RECEIVABLE_EXISTS, pb.AskConfirmation.NUMBER_FIELD_NUMBER)
    if not rulebook.confirmation_days:
        raise Rejection(CONFIRMATION_NOT_OFFERED)
    answer_by_ms = context.time_ms + rulebook.confirmation_days * DAY_MS
    record = _build_receivable(context.actor, command, answer_by_ms)
    side_records.put_asked_receivable(context, receivable, record)
    _emit(context, receivable, command.debtor, command.amount_fen, command.delivery_commitment)


def _refuse_ask_form(command: pb.AskConfirmation, rulebook: pb.VoucherRules) -> None:
    if not rules.is_number(command.number):
        raise Rejection(NUMBER_INVALID, pb.AskConfirmation.NUMBER_FIELD_NUMBER)
    if not rules.is_face(command.amount_fen, rulebook):
        raise Rejection(FACE_OUT_OF_RANGE, pb.AskConfirmation.AMOUNT_FEN_FIELD_NUMBER)
    checks.refuse_commitment(command.delivery_commitment, pb.AskConfirmation.DELIVERY_COMMITMENT_FIELD_NUMBER)
    if not 1 <= len(command.invoices) <= rules.MAX_INVOICES or not are_invoice_uses(command.invoices):
        raise Rejection(INVOICES_INVALID, pb.AskConfirmation.INVOICES_FIELD_NUMBER)
    if sum(use.occupied_fen for use in command.invoices) != command.amount_fen:
        raise Rejection(INVOICES_NOT_THE_FACE, pb.AskConfirmation.INVOICES_FIELD_NUMBER)


def _build_receivable(creditor: str, command: pb.AskConfirmation, answer_by_ms: int) -> pb.Receivable:
    return pb.Receivable(
        creditor=creditor,
        debtor=command.debtor,
        amount_fen=command.amount_fen,
        due_on=command.due_on,
        delivered_on=command.delivered_on,
        invoices=command.invoices,
        delivery_commitment=command.delivery_commitment,
        answer_by_ms=answer_by_ms,
        stage=pb.ASKED,
    )


def process_confirm(context: Context, command: pb.ConfirmReceivable) -> None:
    """到货确权: the debt becomes a live package of the debtor. Refuses 301, 311, 319, 326, 350–354, 370, 416, 2xx."""
    checks.refuse_organisations(context)
    number_field = pb.ConfirmReceivable.NUMBER_FIELD_NUMBER
    if not rules.is_number(command.number):
        raise Rejection(NUMBER_INVALID, number_field)
    package = rules.compute_package_id(context.actor, command.number)
    if records.get_package(context, package) is not None:
        raise Rejection(PACKAGE_EXISTS, number_field)
    receivable = _get_asked_of(context, command.receivable)
    bank = Side(command.paying_bank, pb.ConfirmReceivable.PAYING_BANK_FIELD_NUMBER, checks.PAYING_ROLES)
    checks.refuse_counterparties(context, (bank,))
    if list(command.fingerprints) != [use.fingerprint for use in receivable.invoices]:
        raise Rejection(FINGERPRINTS_DIFFER, pb.ConfirmReceivable.FINGERPRINTS_FIELD_NUMBER)
    _refuse_answered(receivable, CONFIRMABLE)
    process_occupation(context, receivable.invoices, RECEIVABLE_FIELD)
    _put_live(context, package, receivable, command.paying_bank)
    receivable.stage, receivable.package, receivable.answered_at_ms = pb.CONFIRMED, package, context.time_ms
    side_records.put_answered_receivable(context, command.receivable, receivable)
    context.emit(
        pb.VoucherEvent(
            voucher=pb.VoucherRef(package=package),
            actor=context.actor,
            counterparty=receivable.creditor,
            amount_fen=receivable.amount_fen,
            commitment=receivable.delivery_commitment,
            receivable=command.receivable,
        )
    )


def _put_live(context: Context, package: str, receivable: pb.Receivable, paying_bank: str) -> None:
    """The package, its one range, and the debtor's totals."""
    debtor = context.actor
    issued = records.get_issuer_totals(context, debtor)
    record = pb.Package(
        issuer=debtor,
        payee=receivable.creditor,
        face_fen=receivable.amount_fen,
        due_on=receivable.due_on,
        stage=pb.PACKAGE_LIVE,
        paying_bank=paying_bank,
        invoices=receivable.invoices,
        contract_commitment=receivable.delivery_commitment,
        origin=pb.CONFIRMED_DEBT,
        delivered_on=receivable.delivered_on,
    )
    records.put_package(context, package, record)
    ref = pb.VoucherRef(package=package, start=1, end=receivable.amount_fen)
    pieces = rules.compute_piece_cap(records.get_rules(context), 0)
    whole = pb.Voucher(holder=receivable.creditor, stage=pb.LIVE, circulation=pb.CIRCULATING, pieces=pieces)
    records.put_voucher(context, ref, whole)
    after = totals.compute_accepted(issued, receivable.due_on, receivable.amount_fen)
    records.put_issuer_totals(context, debtor, after)


def process_contest(context: Context, command: pb.ContestReceivable) -> None:
    """确权异议: the debtor says why it will not confirm. Refuses 303, 319, 326, RECEIVABLE_ANSWERED."""
    checks.refuse_organisations(context)
    checks.refuse_commitment(command.objection, pb.ContestReceivable.OBJECTION_FIELD_NUMBER)
    receivable = _get_asked_of(context, command.receivable)
    _refuse_answered(receivable, CONTESTABLE)
    receivable.stage, receivable.objection, receivable.answered_at_ms = pb.CONTESTED, command.objection, context.time_ms
    side_records.put_answered_receivable(context, command.receivable, receivable)
    _emit(context, command.receivable, receivable.creditor, receivable.amount_fen, command.objection)


def process_withdraw(context: Context, command: pb.WithdrawConfirmation) -> None:
    """确权撤回: the creditor asks no more. Refuses 318, 326, RECEIVABLE_ANSWERED."""
    checks.refuse_organisations(context)
    receivable = _get_receivable(context, command.receivable)
    if receivable.creditor != context.actor:
        raise Rejection(NOT_THE_HOLDER)
    _refuse_answered(receivable, CONFIRMABLE)
    receivable.stage = pb.ASK_WITHDRAWN
    side_records.put_answered_receivable(context, command.receivable, receivable)
    _emit(context, command.receivable, receivable.debtor, receivable.amount_fen, b"")


def _get_receivable(context: Context, receivable: str) -> pb.Receivable:
    found = side_records.get_receivable(context, receivable)
    if found is None:
        raise Rejection(NO_SUCH_RECEIVABLE, RECEIVABLE_FIELD)
    return found


def _get_asked_of(context: Context, receivable: str) -> pb.Receivable:
    """A receivable whose debtor acts. No other fact is needed to know that."""
    found = _get_receivable(context, receivable)
    if found.debtor != context.actor:
        raise Rejection(NOT_THE_COUNTERPARTY)
    return found


def _refuse_answered(receivable: pb.Receivable, stages: tuple[pb.ReceivableStage, ...]) -> None:
    if receivable.stage not in stages:
        raise Rejection(RECEIVABLE_ANSWERED, RECEIVABLE_FIELD)


def _emit(context: Context, receivable: str, counterparty: str, amount_fen: int, commitment: bytes) -> None:
    """Tell of what is no package yet."""
    context.emit(
        pb.VoucherEvent(
            actor=context.actor,
            counterparty=counterparty,
            amount_fen=amount_fen,
            commitment=commitment,
            receivable=receivable,
        )
    )


# ---------------------------------------------------------------- what signers approve, and the table


def compute_ask_amount(context: Context, command: pb.AskConfirmation) -> int:
    """Asking: the receivable's amount (分)."""
    return max(command.amount_fen, 0)


def compute_confirm_amount(context: Context, command: pb.ConfirmReceivable) -> int:
    """Confirming: the receivable's amount; of one that is asked about in the same transaction the largest there is."""
    receivable = side_records.get_receivable(context, command.receivable)
    return rules.UNKNOWN_AMOUNT_FEN if receivable is None else receivable.amount_fen


COMMANDS: CommandTable = {
    pb.ASK_CONFIRMATION: CommandSpec("receivable.ask", pb.AskConfirmation, process_ask, compute_ask_amount),
    pb.CONFIRM_RECEIVABLE: CommandSpec(
        "receivable.confirm", pb.ConfirmReceivable, process_confirm, compute_confirm_amount, is_open_to_suspended=True
    ),
    pb.CONTEST_RECEIVABLE: CommandSpec(
        "receivable.contest", pb.ContestReceivable, process_contest, is_open_to_suspended=True
    ),
    pb.WITHDRAW_CONFIRMATION: CommandSpec(
        "receivable.withdraw", pb.WithdrawConfirmation, process_withdraw, is_open_to_suspended=True
    ),
}
