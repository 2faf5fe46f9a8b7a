"""Whether the signers of a transaction may say its commands. All is judged by the state before the first command.

1. Every organisation of every command is admitted.
2. Every signer's key is admitted, of an organisation that a command names, not revoked, valid at block time.
3. A transaction of housekeeping alone: each organisation needs any one key, be it a SERVICE key. Nothing more is asked.
4. A suspended organisation acts only where the command starts nothing; it may consent everywhere.
5. For each organisation and each kind of command that names it, the first rule of its policy that fits the kind and the
   organisation's sum over the whole transaction: each role from a different person, and enough persons. A rule with an
   upper amount fits no kind of identity's own, and none that its command table puts beyond amounts.
6. Where a policy has a daily limit, the sum of the civil day, which is written here.
7. Where an agent signs for the acting organisation, it is the agent that must sign, by its own policy and daily limit;
   then its mandates are asked (identity/mandates). The acting one is admitted and not suspended, and need not sign.

Not here: that a signature is a signature (ledger/transaction); that the organisations are the ones that a command's
rule needs (the domains' transitions).
"""

from collections.abc import Sequence
from dataclasses import replace

from hefu.v1 import identity_pb2 as pb
from identity import rejections as because
from identity.mandates import use_mandates
from identity.records import Member, Signer, get_daily_sum_fen, get_member, get_signer, put_daily_sum
from identity.rules import PlainPolicy, compute_civil_day, find_rule, find_shortfall
from ledger.context import Context
from ledger.errors import Rejection
from ledger.seam import ParsedCommand

_Organisations = dict[str, Member]  # in the order in which the commands name them
_Signers = dict[str, dict[bytes, frozenset[int]]]  # organisation → person → roles of the keys that signed
NO_ROLES: frozenset[int] = frozenset()


def authorise(context: Context, commands: Sequence[ParsedCommand], signers: Sequence[bytes]) -> None:
    """Refuse unless `signers` (public keys whose signatures verified) satisfy every organisation's policy.

    Refuses with 100–118; `command_index` is the first command that is at fault.
    """
    signed = put_agents_first(commands)
    organisations = _get_organisations(context, signed)
    named = organisations if signed is commands else organisations | _get_organisations(context, commands)
    persons = _get_signers(context, named, signers)
    for organisation in organisations:
        if organisation not in persons:
            raise Rejection(because.ORGANISATION_NOT_SIGNED, 0, _find_first(signed, organisation))
    if all(command.is_housekeeping for command in signed):
        return
    _refuse_suspended(organisations, signed)
    if signed is not commands:
        _refuse_suspended(named, commands)
    sums = {name: _check_policy(name, found.policy, signed, persons[name]) for name, found in organisations.items()}
    for name, found in organisations.items():
        if found.policy.daily_limit_fen and sums[name]:
            _count_daily(context, name, found.policy.daily_limit_fen, sums[name], _find_first(signed, name))
    if signed is not commands:
        use_mandates(context, commands, organisations, sums)


def put_agents_first(commands: Sequence[ParsedCommand]) -> Sequence[ParsedCommand]:
    """The commands as they must be signed: an agent in the place of whom it acts for. Without one, the same object.

    What an agent says is never housekeeping alone: its own policy is asked.
    """
    for command in commands:
        if command.agent:
            return [_put_agent_first(one) if one.agent else one for one in commands]
    return commands


def _put_agent_first(command: ParsedCommand) -> ParsedCommand:
    organisations = (command.agent, *command.organisations[1:])
    return replace(command, organisations=organisations, agent="", is_housekeeping=False)


def _get_organisations(context: Context, commands: Sequence[ParsedCommand]) -> _Organisations:
    organisations: _Organisations = {}
    for index, command in enumerate(commands):
        for name in command.organisations:
            if name not in organisations:
                found = get_member(context, name)
                if found is None:
                    raise Rejection(because.ORGANISATION_UNKNOWN, 0, index)
                organisations[name] = found
    return organisations


def _get_signers(context: Context, organisations: _Organisations, signers: Sequence[bytes]) -> _Signers:
    """The persons who signed; an organisation for which only a SERVICE key signed has none, but it is there."""
    persons: _Signers = {}
    for public_key in signers:
        key = get_signer(context, public_key)
        if key is None:
            raise Rejection(because.KEY_UNKNOWN)
        if key.organisation not in organisations:
            raise Rejection(because.KEY_OF_STRANGER)
        refuse_invalid_key(key, context.time_ms)
        of_organisation = persons.setdefault(key.organisation, {})
        if key.roles:
            of_organisation[key.person] = key.roles | of_organisation.get(key.person, NO_ROLES)
    return persons


def refuse_invalid_key(key: pb.KeyRecord | Signer, time_ms: int) -> None:
    """Refuse a key that has been revoked, or is not valid at `time_ms`."""
    if key.revoked_at_ms:
        raise Rejection(because.KEY_REVOKED)
    if time_ms < key.valid_from_ms:
        raise Rejection(because.KEY_NOT_YET_VALID)
    if time_ms >= key.valid_until_ms:
        raise Rejection(because.KEY_EXPIRED)


def _refuse_suspended(organisations: _Organisations, commands: Sequence[ParsedCommand]) -> None:
    for index, command in enumerate(commands):
        if command.is_open_to_suspended or command.is_housekeeping:
            continue
        if not organisations[command.organisations[0]].is_active:
            raise Rejection(because.ORGANISATION_SUSPENDED, 0, index)


def _check_policy(
    organisation: str, policy: PlainPolicy, commands: Sequence[ParsedCommand], persons: dict[bytes, frozenset[int]]
) -> int:
    """Check every kind of command that names the organisation; returns its sum (分) over the transaction.

    A negative amount, which the transition will refuse, must not make room for another command.
    """
    sum_fen = 0
    kinds: dict[int, int] = {}  # kind → first command of it
    for index, command in enumerate(commands):
        if organisation in command.organisations:
            kinds.setdefault(command.kind, index)
            sum_fen += max(0, command.amount_fen)
    for kind, index in kinds.items():
        rule = find_rule(policy, kind, sum_fen, commands[index].is_beyond_amounts)
        if rule is None:
            raise Rejection(because.NO_RULE_FITS, 0, index)
        shortfall = find_shortfall(rule, persons)
        if shortfall is not None:
            raise Rejection(shortfall, 0, index)
    return sum_fen


def _count_daily(context: Context, organisation: str, limit_fen: int, sum_fen: int, index: int) -> None:
    day = compute_civil_day(context.time_ms)
    total_fen = get_daily_sum_fen(context, organisation, day) + sum_fen
    if total_fen > limit_fen:
        raise Rejection(because.DAILY_LIMIT_EXCEEDED, 0, index)
    put_daily_sum(context, organisation, day, total_fen)


def _find_first(commands: Sequence[ParsedCommand], organisation: str) -> int:
    return next(index for index, command in enumerate(commands) if organisation in command.organisations)
