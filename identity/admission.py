"""What an organisation, a key and a policy must look like, whoever admits them: genesis or the registrar.

Reads no state. `field` is the number of the payload's field that holds the part, for the refusal.
"""

from collections.abc import Sequence

from hefu.v1 import identity_pb2 as pb
from identity import rejections as because
from identity import rules
from identity.certification import build_key_certificate
from ledger.errors import Rejection

MAX_KEYS = 16
MAX_RULES = 32
MAX_KINDS = 64
MAX_PERSONS = 16
_ROLES = frozenset(pb.Role.values())
_KEY_ROLES = frozenset(pb.KeyRole.values())


def refuse_unfit_organisation(command: pb.AdmitOrganisation, rulebook: pb.IdentityRules, time_ms: int) -> None:
    """Refuse an admission by its own contents; `time_ms` is when the keys must still be valid.

    Refuses ID_INVALID, NAME_INVALID, ROLES_INVALID, KEYS_TOO_MANY_OR_FEW, and as for a key and a policy,
    KEY_ALREADY_BOUND (twice in the command), POLICY_OUT_OF_REACH, POLICY_UNCHANGEABLE.
    """
    if not rules.is_organisation_id(command.organisation):
        raise Rejection(because.ID_INVALID, command.ORGANISATION_FIELD_NUMBER)
    if not rules.is_name(command.name):
        raise Rejection(because.NAME_INVALID, command.NAME_FIELD_NUMBER)
    refuse_unfit_roles(command.roles, command.ROLES_FIELD_NUMBER)
    if not 1 <= len(command.keys) <= MAX_KEYS:
        raise Rejection(because.KEYS_TOO_MANY_OR_FEW, command.KEYS_FIELD_NUMBER)
    for key in command.keys:
        refuse_unfit_key(key, command.organisation, time_ms, command.KEYS_FIELD_NUMBER)
    if len({key.public_key for key in command.keys}) < len(command.keys):
        raise Rejection(because.KEY_ALREADY_BOUND, command.KEYS_FIELD_NUMBER)
    refuse_unfit_policy(command.policy, command.roles, rulebook, command.POLICY_FIELD_NUMBER)
    refuse_policy_out_of_reach(command)
    refuse_unchangeable_policy(command.policy, command.POLICY_FIELD_NUMBER)


def refuse_unfit_roles(roles: Sequence[int], field: int) -> None:
    """Refuse ROLES_INVALID."""
    if not roles or not rules.is_rising(roles) or not _ROLES.issuperset(roles):
        raise Rejection(because.ROLES_INVALID, field)


def refuse_unfit_key(key: pb.NewKey, organisation: str, time_ms: int, field: int) -> None:
    """Refuse ALGORITHM_NOT_ADMITTED, PUBLIC_KEY_, PERSON_, KEY_ROLES_, VALIDITY_INVALID, POSSESSION_NOT_PROVED."""
    if key.algorithm != rules.ED25519:
        raise Rejection(because.ALGORITHM_NOT_ADMITTED, field)
    if not rules.is_public_key(key.public_key):
        raise Rejection(because.PUBLIC_KEY_INVALID, field)
    if len(key.person) != rules.PERSON_BYTES:
        raise Rejection(because.PERSON_INVALID, field)
    if not key.roles or not rules.is_rising(key.roles) or not _KEY_ROLES.issuperset(key.roles):
        raise Rejection(because.KEY_ROLES_INVALID, field)
    if pb.SERVICE in key.roles and len(key.roles) > 1:
        raise Rejection(because.KEY_ROLES_INVALID, field)
    if not 0 <= key.valid_from_ms < key.valid_until_ms < rules.MAX_TIME_MS or key.valid_until_ms <= time_ms:
        raise Rejection(because.VALIDITY_INVALID, field)
    if not rules.is_possession_proved(organisation, key):
        raise Rejection(because.POSSESSION_NOT_PROVED, field)


def refuse_unfit_policy(policy: pb.Policy, roles: Sequence[int], rulebook: pb.IdentityRules, field: int) -> None:
    """Refuse POLICY_INVALID, and POLICY_TOO_WEAK for an organisation with these roles under this rulebook."""
    if not 1 <= len(policy.rules) <= MAX_RULES or policy.daily_limit_fen < 0:
        raise Rejection(because.POLICY_INVALID, field)
    if not all(_is_rule_sound(rule) for rule in policy.rules):
        raise Rejection(because.POLICY_INVALID, field)
    refuse_weak_policy(policy, roles, rulebook, field)


def refuse_weak_policy(policy: pb.Policy, roles: Sequence[int], rulebook: pb.IdentityRules, field: int) -> None:
    """Refuse POLICY_TOO_WEAK: one of the roles needs two persons in every rule, and a rule asks for one."""
    if any(role in rulebook.two_person_roles for role in roles) and any(rule.persons < 2 for rule in policy.rules):
        raise Rejection(because.POLICY_TOO_WEAK, field)


def _is_rule_sound(rule: pb.PolicyRule) -> bool:
    if len(rule.kinds) > MAX_KINDS or not rules.is_rising(rule.kinds) or rule.up_to_fen < 0:
        return False
    # A role may be asked for twice, of two persons; so this is sorted, not rising. SERVICE counts as no person.
    if list(rule.roles) != sorted(rule.roles) or pb.SERVICE in rule.roles:
        return False
    if pb.KEY_ROLE_UNSPECIFIED in rule.roles or not _KEY_ROLES.issuperset(rule.roles):
        return False
    return 1 <= rule.persons <= MAX_PERSONS and len(rule.roles) <= rule.persons


def refuse_policy_out_of_reach(command: pb.AdmitOrganisation) -> None:
    """Refuse POLICY_OUT_OF_REACH: not even with all its keys could the organisation satisfy each of its rules."""
    persons: dict[bytes, set[int]] = {}
    for key in command.keys:
        if pb.SERVICE not in key.roles:
            persons.setdefault(key.person, set()).update(key.roles)
    if any(rules.find_shortfall(rule, persons) is not None for rule in command.policy.rules):
        raise Rejection(because.POLICY_OUT_OF_REACH, command.POLICY_FIELD_NUMBER)


def refuse_unchangeable_policy(policy: pb.Policy, field: int) -> None:
    """Refuse POLICY_UNCHANGEABLE: by none of its rules could the organisation ever change this policy."""
    if not rules.is_changeable(policy):
        raise Rejection(because.POLICY_UNCHANGEABLE, field)


def build_organisation(command: pb.AdmitOrganisation) -> pb.Organisation:
    """The record of an organisation that is admitted, active from the start."""
    return pb.Organisation(name=command.name, roles=command.roles, status=pb.ACTIVE, policy=command.policy)


def build_key(organisation: str, key: pb.NewKey, replaces: bytes = b"") -> pb.KeyRecord:
    """The record of a key that is admitted; `replaces` is the public key that was rotated out, if any."""
    return pb.KeyRecord(
        organisation=organisation,
        person=key.person,
        roles=key.roles,
        valid_from_ms=key.valid_from_ms,
        valid_until_ms=key.valid_until_ms,
        algorithm=key.algorithm,
        replaces=replaces,
        certificate=build_key_certificate(key.certificate) if key.HasField("certificate") else None,
    )
