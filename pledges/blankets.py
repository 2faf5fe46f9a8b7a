"""Blanket registrations 概括登记: a secured party registers all receivables of a pledgor, present and future.

1. The pledgor, who is not suspended, consents; at most three rest on one organisation; their numbers are used up like
   any other.
2. Whoever registers a financing of one of its receivables needs the consent of every such secured party.
3. Both concern all that the pledgor will ever have to claim, so a policy's rule up to an amount is not enough.
4. The form of a command and what rests on its pledgor are judged before whether a number was used (REGISTRATION_USED).

Priority follows registration (Civil Code 768), not the order of records here.
"""

from hefu.v1 import pledges_pb2 as pb
from identity.records import is_active
from identity.rules import is_organisation_id
from ledger.context import Context
from ledger.errors import Rejection
from ledger.seam import CommandSpec, CommandTable
from pledges import records
from pledges.rejections import (
    BLANKET_NUMBER_INVALID,
    BLANKET_PARTIES_WRONG,
    BLANKET_TIME_OUT_OF_RANGE,
    BLANKETS_TOO_MANY,
    NO_SUCH_BLANKET,
    PLEDGOR_SUSPENDED,
)
from pledges.rules import is_registration_number
from pledges.transitions import process_registration

MAX_BLANKETS = 3  # so that one command can name all who must consent
ALL_PREFIX = "all:"


def compute_blanket_asset(pledgor: str) -> str:
    """The asset key that a blanket registration was filed for: all receivables of the pledgor."""
    return ALL_PREFIX + pledgor


def process_register_blanket(context: Context, command: pb.RegisterBlanket) -> None:
    """概括登记: the secured party acts, the pledgor consents. Refuses 230–233, 235, then REGISTRATION_USED."""
    number_field = pb.RegisterBlanket.REGISTRATION_NUMBER_FIELD_NUMBER
    _refuse_form(context, 2, command.registration_number, number_field)
    if not 0 < command.filed_at_ms <= context.time_ms:
        raise Rejection(BLANKET_TIME_OUT_OF_RANGE, pb.RegisterBlanket.FILED_AT_MS_FIELD_NUMBER)
    pledgor = context.organisations[1]
    after = records.get_blankets(context, pledgor)
    if len(after.blankets) >= MAX_BLANKETS:
        raise Rejection(BLANKETS_TOO_MANY)
    if not is_active(context, pledgor):
        raise Rejection(PLEDGOR_SUSPENDED)
    number, filed_at_ms = command.registration_number, command.filed_at_ms
    asset = compute_blanket_asset(pledgor)
    process_registration(context, number, context.actor, asset, filed_at_ms, number_field)
    after.blankets.add(secured_party=context.actor, registration_number=number, filed_at_ms=filed_at_ms)
    records.put_blankets(context, pledgor, after)
    context.emit(pb.PledgeEvent(actor=context.actor, pledgor=pledgor, registration_number=number))


def process_end_blanket(context: Context, command: pb.EndBlanket) -> None:
    """概括登记注销: the secured party ends its own; the number stays used. Refuses 230, 231, NO_SUCH_BLANKET."""
    number_field = pb.EndBlanket.REGISTRATION_NUMBER_FIELD_NUMBER
    _refuse_form(context, 1, command.registration_number, number_field)
    if not is_organisation_id(command.pledgor):  # of any other text no key of the state is made
        raise Rejection(NO_SUCH_BLANKET, pb.EndBlanket.PLEDGOR_FIELD_NUMBER)
    before = records.get_blankets(context, command.pledgor)
    sought = (context.actor, command.registration_number)
    left = [blanket for blanket in before.blankets if (blanket.secured_party, blanket.registration_number) != sought]
    if len(left) == len(before.blankets):
        raise Rejection(NO_SUCH_BLANKET, number_field)
    records.put_blankets(context, command.pledgor, pb.Blankets(blankets=left))
    event = pb.PledgeEvent(
        actor=context.actor, pledgor=command.pledgor, registration_number=command.registration_number
    )
    context.emit(event)


def _refuse_form(context: Context, count: int, number: str, number_field: int) -> None:
    if len(context.organisations) != count:
        raise Rejection(BLANKET_PARTIES_WRONG)
    if not is_registration_number(number):
        raise Rejection(BLANKET_NUMBER_INVALID, number_field)


COMMANDS: CommandTable = {
    pb.REGISTER_BLANKET: CommandSpec(
        "blanket.register", pb.RegisterBlanket, process_register_blanket, is_beyond_amounts=True
    ),
    pb.END_BLANKET: CommandSpec(
        "blanket.end", pb.EndBlanket, process_end_blanket, is_open_to_suspended=True, is_beyond_amounts=True
    ),
}
