"""Mandates 委托: who may act for whom, for which commands, up to how much, until when.

1. The principal grants, by its own policy; granting anew replaces and counts anew. Principal or agent ends it at once.
2. An agent signs a command in the place of its principal, which still acts: what is recorded is the principal's. It
   signs by its own policy, and its own daily limit counts; the principal's policy is not asked, since the mandate is
   its word. Consent is never given by mandate.
3. A mandate names commands outside identity alone: who may act for a little must not change who acts for everything.
4. Where the principal's role asks for two persons in every rule, the agent signs with two persons too.
5. What was done under a mandate stands when it ends.

Not here: whether the agent itself has signed well enough, and is not suspended (authorise).
"""

from collections.abc import Mapping, Sequence

from hefu.v1 import identity_pb2 as pb
from identity import rejections as because
from identity.actors import require_alone
from identity.records import Member, compute_mandate_key, get_mandate, get_organisation, get_rules, put_mandate
from identity.rules import PlainPolicy, compute_civil_day, find_rule, is_organisation_id, is_rising
from ledger.context import Context
from ledger.errors import Rejection
from ledger.seam import CommandSpec, CommandTable, ParsedCommand

MAX_KINDS = 64
FIRST_IDENTITY_KIND, LAST_IDENTITY_KIND = 100, 199  # identity.proto: all kinds of identity, also those still to come
TWO_PERSONS = 2

_Numbered = tuple[int, ParsedCommand]  # a command and its place in the transaction


# ---------------------------------------------------------------- granting and ending


def process_grant_mandate(context: Context, command: pb.GrantMandate) -> None:
    """The principal lets an agent act for it 授权委托. Refuses NOT_ALONE, MANDATE_INVALID, MANDATE_TO_ITSELF,
    ORGANISATION_UNKNOWN.
    """
    require_alone(context)
    _refuse_unfit_mandate(command, compute_civil_day(context.time_ms))
    if command.agent == context.actor:
        raise Rejection(because.MANDATE_TO_ITSELF, command.AGENT_FIELD_NUMBER)
    if get_organisation(context, command.agent) is None:
        raise Rejection(because.ORGANISATION_UNKNOWN, command.AGENT_FIELD_NUMBER)
    granted = pb.Mandate(kinds=command.kinds, up_to_fen=command.up_to_fen, until_on=command.until_on)
    put_mandate(context, context.actor, command.agent, granted)
    _emit(context, context.actor, command.agent)


def process_end_mandate(context: Context, command: pb.EndMandate) -> None:
    """The principal or the agent ends a mandate at once 终止委托. Refuses NOT_ALONE, NOT_YOUR_MANDATE,
    NO_SUCH_MANDATE.
    """
    require_alone(context)
    if context.actor not in (command.principal, command.agent):
        raise Rejection(because.NOT_YOUR_MANDATE)
    found = None
    if is_organisation_id(command.principal) and is_organisation_id(command.agent):
        found = get_mandate(context, command.principal, command.agent)
    if found is None or not is_in_force(found, context.time_ms):
        raise Rejection(because.NO_SUCH_MANDATE)
    ended = _copy(found)
    ended.ended_at_ms = context.time_ms
    put_mandate(context, command.principal, command.agent, ended)
    _emit(context, command.principal, command.agent)


def is_in_force(mandate: pb.Mandate, time_ms: int) -> bool:
    """Whether it has neither been ended nor passed its last civil day."""
    return not mandate.ended_at_ms and compute_civil_day(time_ms) <= mandate.until_on


def _refuse_unfit_mandate(command: pb.GrantMandate, today: int) -> None:
    kinds = command.kinds
    is_of_identity = any(FIRST_IDENTITY_KIND <= kind <= LAST_IDENTITY_KIND for kind in kinds)
    if not 1 <= len(kinds) <= MAX_KINDS or not is_rising(kinds) or is_of_identity:
        raise Rejection(because.MANDATE_INVALID, command.KINDS_FIELD_NUMBER)
    if command.up_to_fen < 0:
        raise Rejection(because.MANDATE_INVALID, command.UP_TO_FEN_FIELD_NUMBER)
    if command.until_on < today:
        raise Rejection(because.MANDATE_INVALID, command.UNTIL_ON_FIELD_NUMBER)


def _copy(mandate: pb.Mandate) -> pb.Mandate:
    copy = pb.Mandate()
    copy.CopyFrom(mandate)
    return copy


def _emit(context: Context, principal: str, agent: str) -> None:
    record = compute_mandate_key(principal, agent)
    context.emit(pb.IdentityEvent(organisation=context.actor, record=record))


# ---------------------------------------------------------------- acting under a mandate


def use_mandates(
    context: Context,
    commands: Sequence[ParsedCommand],
    agents: Mapping[str, Member],
    sums_fen: Mapping[str, int],
) -> None:
    """Refuse commands of agents whose mandates do not allow them (113–118), and count what they move.

    The agents have signed well enough for their sums (分) over the transaction; the principals are admitted.
    """
    by_mandate: dict[tuple[str, str], list[_Numbered]] = {}
    for index, command in enumerate(commands):
        if command.agent:
            by_mandate.setdefault((command.organisations[0], command.agent), []).append((index, command))
    for (principal, agent), said in by_mandate.items():
        for index, command in said:
            if agent in command.organisations:
                raise Rejection(because.AGENT_IS_PARTY, 0, index)
        moved_fen = sum(max(0, command.amount_fen) for _, command in said)
        mandate = _get_fitting(context, principal, agent, said, moved_fen)
        _refuse_too_weak(context, principal, agents[agent].policy, sums_fen[agent], said)
        if moved_fen:
            used = _copy(mandate)
            used.used_fen += moved_fen
            put_mandate(context, principal, agent, used)


def _get_fitting(context: Context, principal: str, agent: str, said: Sequence[_Numbered], moved_fen: int) -> pb.Mandate:
    """The mandate, which allows all that is said under it."""
    first = said[0][0]
    mandate = get_mandate(context, principal, agent)
    if mandate is None:
        raise Rejection(because.MANDATE_UNKNOWN, 0, first)
    if not is_in_force(mandate, context.time_ms):
        raise Rejection(because.MANDATE_ENDED, 0, first)
    for index, command in said:
        if command.kind not in mandate.kinds:
            raise Rejection(because.MANDATE_KIND, 0, index)
    if mandate.used_fen + moved_fen > mandate.up_to_fen:
        raise Rejection(because.MANDATE_EXCEEDED, 0, first)
    return mandate


def _refuse_too_weak(
    context: Context, principal: str, policy: PlainPolicy, sum_fen: int, said: Sequence[_Numbered]
) -> None:
    """Who must itself sign with two persons is not signed for by one."""
    found = get_organisation(context, principal)
    strict = get_rules(context).two_person_roles
    if found is None or not any(role in strict for role in found.roles):
        return
    for index, command in said:
        rule = find_rule(policy, command.kind, sum_fen, command.is_beyond_amounts)
        if rule is None or rule.persons < TWO_PERSONS:
            raise Rejection(because.MANDATE_TOO_WEAK, 0, index)


COMMANDS: CommandTable = {
    pb.GRANT_MANDATE: CommandSpec("mandate.grant", pb.GrantMandate, process_grant_mandate),
    pb.END_MANDATE: CommandSpec("mandate.end", pb.EndMandate, process_end_mandate, is_open_to_suspended=True),
}
