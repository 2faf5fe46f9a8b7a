"""This domain's slice of state: key layout, get and put.

What is decoded is remembered by its bytes, since organisations and keys are read by every transaction and change
rarely. So nobody may change a message that a `get_…` returned: copy it first. Only bodies of the state are remembered,
which identity's own rules bound (an organisation to some 12 kB, nearly always far less), never what a stranger sent.
"""

from functools import lru_cache

from hefu.v1 import identity_pb2 as pb
from identity.rules import PUBLIC_KEY_BYTES, is_organisation_id
from ledger.context import Context

ORGANISATION_PREFIX = "organisation/"
KEY_PREFIX = "key/"
DAILY_PREFIX = "daily/"
RULES_KEY = "rules/identity"

_decode_organisation = lru_cache(maxsize=4096)(pb.Organisation.FromString)
_decode_key = lru_cache(maxsize=32768)(pb.KeyRecord.FromString)
_decode_rules = lru_cache(maxsize=8)(pb.IdentityRules.FromString)


def compute_organisation_key(organisation: str) -> str:
    """Where an organisation's record lies."""
    return ORGANISATION_PREFIX + organisation


def compute_key_key(public_key: bytes) -> str:
    """Where the record of a public key lies."""
    return KEY_PREFIX + public_key.hex()


def compute_daily_key(organisation: str) -> str:
    """Where the sum of an organisation's day lies, if its policy has a daily limit."""
    return DAILY_PREFIX + organisation


def get_organisation(context: Context, organisation: str) -> pb.Organisation | None:
    """The organisation, or None: never admitted, or no id at all. Do not change what this returns."""
    if not is_organisation_id(organisation):
        return None
    body = context.get(ORGANISATION_PREFIX + organisation)
    return None if body is None else _decode_organisation(body)


def is_active(context: Context, organisation: str) -> bool:
    """Whether the organisation is admitted and not suspended."""
    found = get_organisation(context, organisation)
    return found is not None and found.status == pb.ACTIVE


def is_role(context: Context, organisation: str, role: pb.Role) -> bool:
    """Whether the organisation is admitted, active or suspended, and the consortium has granted it this role."""
    found = get_organisation(context, organisation)
    return found is not None and role in found.roles


def put_organisation(context: Context, organisation: str, record: pb.Organisation) -> None:
    """Write an organisation."""
    context.put(ORGANISATION_PREFIX + organisation, record.SerializeToString(deterministic=True))


def get_key(context: Context, public_key: bytes) -> pb.KeyRecord | None:
    """What is recorded of a public key, or None: never admitted, or no 32 bytes. Do not change what this returns."""
    if len(public_key) != PUBLIC_KEY_BYTES:
        return None
    body = context.get(KEY_PREFIX + public_key.hex())
    return None if body is None else _decode_key(body)


def put_key(context: Context, public_key: bytes, record: pb.KeyRecord) -> None:
    """Write what is known of a public key; it is never deleted."""
    context.put(KEY_PREFIX + public_key.hex(), record.SerializeToString(deterministic=True))


def get_rules(context: Context) -> pb.IdentityRules:
    """The rulebook of identity; without one there is no minimum. Do not change what this returns."""
    return _decode_rules(context.get(RULES_KEY) or b"")


def get_daily_sum_fen(context: Context, organisation: str, day: int) -> int:
    """What the organisation has approved so far (分) on this civil day."""
    body = context.get(DAILY_PREFIX + organisation)
    if body is None:
        return 0
    daily = pb.DailySum.FromString(body)
    return daily.sum_fen if daily.on == day else 0


def put_daily_sum(context: Context, organisation: str, day: int, sum_fen: int) -> None:
    """Write what the organisation has approved (分) on this civil day."""
    body = pb.DailySum(on=day, sum_fen=sum_fen).SerializeToString(deterministic=True)
    context.put(DAILY_PREFIX + organisation, body)
