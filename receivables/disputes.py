"""Disputes, red letters, and evidence put in place of other evidence.

1. A dispute 争议 is a mark of holder or debtor: no new financing, but the due day and every payment stay. Who opened
   it ends it. It survives a lapse, a cut and a transfer; the ledger judges nothing.
2. Where a conditional transfer 见证支付 waits, buyer or seller may open one too. A dispute of holder, buyer or seller
   stops the timeout: the lock ends at cut-off, while its own deadline stays in it. Resolved, it ends by that deadline;
   where that has passed, at once. The debtor's is a mark alone: it is no side of the trade, and keeps nobody waiting.
   One of a buyer or seller who neither holds nor owes the range ends with the trade, however that ends: else a
   stranger could keep the range from being financed for ever.
3. A red letter 红冲 is told of a range on which something is owed: whose range was paid, or has ended, is no party any
   more. It is told to the package and to the invoice: the package takes no new financing, the invoice no new occupation
   beyond what is left of it. More of the same invoice may be told later, never less.
4. Other invoices may take the place of one, for exactly its share of the package; debtor and payee agree. A
   red-lettered invoice is never whole again, wherever it is used.
"""

from bisect import insort

from hefu.v1 import pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from ledger.context import Context
from ledger.errors import Rejection
from ledger.seam import CommandSpec, CommandTable
from pledges.records import get_occupation
from pledges.rules import are_invoice_uses
from pledges.transitions import process_freeing, process_occupation, process_red_letter
from receivables import checks, endings, records, rules
from receivables.events import emit_package, emit_voucher
from receivables.rejections import (
    AMOUNT_OUT_OF_RANGE,
    INVOICES_INVALID,
    NOT_A_PARTY,
    NOT_AN_INVOICE_OF_IT,
    NOT_DISPUTED,
    NOT_THE_ISSUER,
    NOT_THE_PAYEE,
    PACKAGE_NOT_LIVE,
    RED_LETTER_EXISTS,
    SUBSTITUTE_DIFFERS,
)

# ---------------------------------------------------------------- disputes


def process_dispute(context: Context, command: pb.OpenDispute) -> None:
    """争议标记: no new financing until it is resolved. Refuses 303, 313, 322, 333, VOUCHER_DISPUTED."""
    checks.refuse_organisations(context)
    checks.refuse_commitment(command.evidence, pb.OpenDispute.EVIDENCE_FIELD_NUMBER)
    ref = command.voucher
    voucher = checks.get_voucher(context, ref)
    package = checks.get_package_of(context, ref)
    if context.actor not in (voucher.holder, rules.compute_debtor(package), *_list_traders(voucher)):
        raise Rejection(NOT_A_PARTY)
    endings.refuse_ended(package, voucher, ref)
    checks.refuse_disputed(voucher)
    dispute = pb.Dispute(opened_by=context.actor, evidence=command.evidence, at_ms=context.time_ms)
    is_party = context.actor in (voucher.holder, rules.compute_debtor(package))

    def mark(changed: pb.Voucher) -> None:
        if is_party or changed.HasField("lock"):  # of a mere trader what the range will mean after the lock keeps none
            changed.dispute.CopyFrom(dispute)

    records.update_voucher(context, ref, mark)
    cut_off_ms = checks.compute_cut_off_ms(context, package.due_on)
    traders = _list_traders(voucher)
    if traders and context.actor in (voucher.holder, *traders) and cut_off_ms > context.time_ms:
        voucher.dispute.CopyFrom(dispute)
        records.resolve_voucher(context, ref, voucher, cut_off_ms)
    emit_voucher(context, ref, commitment=command.evidence)


def process_resolve_dispute(context: Context, command: pb.ResolveDispute) -> None:
    """争议解除: by whoever opened it. Refuses 303, 313, then 405 before 322: without a dispute nobody opened it."""
    checks.refuse_organisations(context)
    checks.refuse_commitment(command.evidence, pb.ResolveDispute.EVIDENCE_FIELD_NUMBER)
    ref = command.voucher
    voucher = checks.get_voucher(context, ref)
    if not voucher.HasField("dispute"):
        raise Rejection(NOT_DISPUTED, checks.VOUCHER_FIELD)
    if voucher.dispute.opened_by != context.actor:
        raise Rejection(NOT_A_PARTY)
    records.update_voucher(context, ref, lambda changed: changed.ClearField("dispute"))
    if _list_traders(voucher):
        voucher.ClearField("dispute")
        _process_end_of_pause(context, ref, voucher)
    emit_voucher(context, ref, commitment=command.evidence)


def _list_traders(voucher: pb.Voucher) -> tuple[str, ...]:
    """Buyer and seller of the conditional transfer that waits on the range; empty where none does."""
    lock = voucher.lock
    return (lock.buyer, lock.counterparty) if lock.kind == pb.TRADE_WAITING else ()


def _process_end_of_pause(context: Context, ref: pb.VoucherRef, voucher: pb.Voucher) -> None:
    """Give a trade the deadline that it had before the dispute, or end it where that, or cut-off, has passed."""
    package = checks.get_package_of(context, ref)
    deadline_ms = min(voucher.lock.answer_by_ms, checks.compute_cut_off_ms(context, package.due_on))
    if deadline_ms > context.time_ms:
        records.resolve_voucher(context, ref, voucher, deadline_ms)
    else:
        records.restore_voucher(context, ref)


# ---------------------------------------------------------------- red letters, substitution


def process_red_letter_of_package(context: Context, command: pb.RedLetter) -> None:
    """红冲: no new financing of the package, less to occupy of the invoice. Refuses 303, 313–333, 340, 417–418."""
    checks.refuse_organisations(context)
    fingerprint, amount_fen = command.fingerprint, command.red_lettered_fen
    checks.refuse_commitment(fingerprint, pb.RedLetter.FINGERPRINT_FIELD_NUMBER)
    checks.refuse_commitment(command.evidence, pb.RedLetter.EVIDENCE_FIELD_NUMBER)
    voucher = checks.get_voucher(context, command.voucher)
    package = checks.get_package_of(context, command.voucher)
    if context.actor not in (voucher.holder, package.payee, rules.compute_debtor(package)):
        raise Rejection(NOT_A_PARTY)
    if package.stage != pb.PACKAGE_LIVE:
        raise Rejection(PACKAGE_NOT_LIVE, checks.VOUCHER_FIELD)
    endings.refuse_ended(package, voucher, command.voucher)
    use = _find_use(package, fingerprint)
    if amount_fen < 1 or (use is not None and amount_fen > use.amount_fen):
        raise Rejection(AMOUNT_OUT_OF_RANGE, pb.RedLetter.RED_LETTERED_FEN_FIELD_NUMBER)
    if use is None:
        raise Rejection(NOT_AN_INVOICE_OF_IT, pb.RedLetter.FINGERPRINT_FIELD_NUMBER)
    if fingerprint not in package.red_lettered:
        insort(package.red_lettered, fingerprint)
        records.put_package(context, command.voucher.package, package)
    elif amount_fen <= _get_red_lettered_fen(context, fingerprint):
        raise Rejection(RED_LETTER_EXISTS, pb.RedLetter.FINGERPRINT_FIELD_NUMBER)
    process_red_letter(context, fingerprint, amount_fen)
    emit_package(context, command.voucher.package, amount_fen=amount_fen, commitment=command.evidence)


def _find_use(package: pb.Package, fingerprint: bytes) -> pledges_pb2.InvoiceUse | None:
    return next((use for use in package.invoices if use.fingerprint == fingerprint), None)


def _get_red_lettered_fen(context: Context, fingerprint: bytes) -> int:
    occupation = get_occupation(context, fingerprint)
    return 0 if occupation is None else occupation.red_lettered_fen


def process_substitute_evidence(context: Context, command: pb.SubstituteEvidence) -> None:
    """贸易背景替换: other invoices take the place of one. Refuses 303–304, 312–317, 332, 379, 417, 304, then 200–202.

    INVOICES_INVALID comes twice: last where the package would rest on too many, which only its record tells.
    """
    checks.refuse_organisations(context, 2)
    field = pb.SubstituteEvidence.REPLACEMENTS_FIELD_NUMBER
    checks.refuse_commitment(command.fingerprint, pb.SubstituteEvidence.FINGERPRINT_FIELD_NUMBER)
    checks.refuse_commitment(command.evidence, pb.SubstituteEvidence.EVIDENCE_FIELD_NUMBER)
    if not 1 <= len(command.replacements) <= rules.MAX_INVOICES or not are_invoice_uses(command.replacements):
        raise Rejection(INVOICES_INVALID, field)
    package = _get_agreed_package(context, command.package)
    use = _find_use(package, command.fingerprint)
    _refuse_substitute(package, command, use)
    if use is None:
        raise Rejection(NOT_AN_INVOICE_OF_IT, pb.SubstituteEvidence.FINGERPRINT_FIELD_NUMBER)
    if len(package.invoices) - 1 + len(command.replacements) > rules.MAX_INVOICES:
        raise Rejection(INVOICES_INVALID, field)
    process_freeing(context, [use])
    process_occupation(context, command.replacements, field)
    _put_substituted(context, command, package)
    emit_package(context, command.package, package.payee, use.occupied_fen, command.evidence)


def _get_agreed_package(context: Context, package: str) -> pb.Package:
    """A live package whose debtor acts and whose payee consents."""
    found = checks.get_package(context, package)
    if rules.compute_debtor(found) != context.actor:
        raise Rejection(NOT_THE_ISSUER)
    if found.payee != context.organisations[1]:
        raise Rejection(NOT_THE_PAYEE)
    if found.stage != pb.PACKAGE_LIVE:
        raise Rejection(PACKAGE_NOT_LIVE, pb.SubstituteEvidence.PACKAGE_FIELD_NUMBER)
    return found


def _refuse_substitute(package: pb.Package, command: pb.SubstituteEvidence, use: pledges_pb2.InvoiceUse | None) -> None:
    """Refuse invoices that the package rests on already, and a sum that is not the share of the one that goes."""
    used = [invoice.fingerprint for invoice in package.invoices]
    sum_fen = sum(replacement.occupied_fen for replacement in command.replacements)
    is_known = any(replacement.fingerprint in used for replacement in command.replacements)
    if is_known or (use is not None and sum_fen != use.occupied_fen):
        raise Rejection(SUBSTITUTE_DIFFERS, pb.SubstituteEvidence.REPLACEMENTS_FIELD_NUMBER)


def _put_substituted(context: Context, command: pb.SubstituteEvidence, package: pb.Package) -> None:
    after = pb.Package()
    after.CopyFrom(package)
    kept = [use for use in package.invoices if use.fingerprint != command.fingerprint]
    del after.invoices[:]
    after.invoices.extend(sorted([*kept, *command.replacements], key=lambda use: use.fingerprint))
    after.red_lettered[:] = [told for told in package.red_lettered if told != command.fingerprint]
    records.put_package(context, command.package, after)


COMMANDS: CommandTable = {
    pb.DISPUTE: CommandSpec("voucher.dispute", pb.OpenDispute, process_dispute),
    pb.RESOLVE_DISPUTE: CommandSpec(
        "voucher.resolve_dispute", pb.ResolveDispute, process_resolve_dispute, is_open_to_suspended=True
    ),
    pb.RED_LETTER: CommandSpec("voucher.red_letter", pb.RedLetter, process_red_letter_of_package),
    pb.SUBSTITUTE_EVIDENCE: CommandSpec(
        "voucher.substitute_evidence", pb.SubstituteEvidence, process_substitute_evidence
    ),
}
