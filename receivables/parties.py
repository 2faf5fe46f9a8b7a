"""What an organisation says of itself: where it wants to be paid, and who is related to it.

1. The first account is good at once, a later one after the rulebook's delay, so that a stolen key cannot redirect the
   payments of tomorrow. Every payment names the payee's account of record.
2. Another change while one waits takes its place, and waits anew; so whoever still has a key can call a thief's back.
3. It decides where everything is paid, so a policy's rule up to an amount is not enough for it.
4. Related parties are declared, never judged; alerts read them. They need not be members.

Not here: who may be paid (payments), what an account is: only its salted commitment stands on the ledger.
"""

from hefu.v1 import receivables_pb2 as pb
from identity.rules import is_organisation_id
from ledger.context import Context
from ledger.errors import Rejection
from ledger.seam import CommandSpec, CommandTable
from receivables import checks, records, side_records
from receivables.rejections import RELATED_INVALID

MAX_RELATED = 64


def process_set_account(context: Context, command: pb.SetAccount) -> None:
    """收款账户登记: where the actor is paid from now, or from the end of the delay on. Refuses COMMITMENT_INVALID."""
    checks.refuse_organisations(context)
    commitment = command.account_commitment
    checks.refuse_commitment(commitment, pb.SetAccount.ACCOUNT_COMMITMENT_FIELD_NUMBER)
    from_ms = context.time_ms + records.get_rules(context).account_delay_ms
    side_records.put_account(context, context.actor, commitment, from_ms)
    context.emit(pb.VoucherEvent(actor=context.actor, commitment=commitment))


def process_declare_related(context: Context, command: pb.DeclareRelated) -> None:
    """关联方申报: in place of what the actor declared before; nobody is declared too. Refuses RELATED_INVALID."""
    checks.refuse_organisations(context)
    if not _are_others(context.actor, list(command.organisations)):
        raise Rejection(RELATED_INVALID, pb.DeclareRelated.ORGANISATIONS_FIELD_NUMBER)
    related = pb.RelatedParties(organisations=command.organisations)
    side_records.put_related(context, context.actor, related)
    context.emit(pb.VoucherEvent(actor=context.actor))


def _are_others(actor: str, organisations: list[str]) -> bool:
    """Whether these are at most 64 ids of other organisations, sorted, none twice."""
    return (
        len(organisations) <= MAX_RELATED
        and organisations == sorted(set(organisations))
        and actor not in organisations
        and all(map(is_organisation_id, organisations))
    )


COMMANDS: CommandTable = {
    pb.SET_ACCOUNT: CommandSpec("voucher.set_account", pb.SetAccount, process_set_account, is_beyond_amounts=True),
    pb.DECLARE_RELATED: CommandSpec("voucher.declare_related", pb.DeclareRelated, process_declare_related),
}
