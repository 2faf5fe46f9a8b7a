"""Who votes on blocks: the validators of the engine, as genesis names them and votes change them.

1. One record holds the set, sorted by public key: 1 to 64 validators with a total power of 4 to 10^9. With a total
   below 4 rule 3 would allow no change ever again.
2. A change names one validator, its power as the proposer saw it, and its power then. So a vote on one does not undo
   a vote on another, nor an earlier one on itself unseen.
3. In one block less than a third of the total power that was there before it changes. The differences of all its
   changes are added, also where one takes back another. So who trusts one block's validators can trust the next ones.
4. Power is apart from membership: the organisation is an active member when its validator joins, and whoever is
   suspended later keeps its power until a vote takes it.
5. Nobody shows that the engine's key is held: one that nobody holds is a validator that is down, and a newcomer has
   less than a quarter of the power.

Not here: votes (governance), when an engine goes by a change (nodes), the hash of the set (ledger/validators.py).
"""

from collections.abc import Callable, Sequence

from hefu.v1 import identity_pb2 as pb
from identity import rejections as because
from identity.members import refuse_bound
from identity.records import get_organisation, get_validator_set, put_validator_set
from identity.rules import is_name, is_public_key
from ledger.context import Context
from ledger.errors import InvariantViolation, MalformedInput, Rejection
from ledger.state_keys import VALIDATORS_KEY
from ledger.validators import Powers

MAX_VALIDATORS = 64
MIN_TOTAL_POWER = 4
MAX_TOTAL_POWER = 10**9  # CometBFT's own bound is 2^63 // 8; powers are weights, not money


def read_validators(body: bytes) -> Powers:
    """Public keys and powers of a ValidatorSet's bytes, sorted by key."""
    return [(one.public_key, one.power) for one in pb.ValidatorSet.FromString(body).validators]


def compute_total_power(validators: Sequence[pb.Validator]) -> int:
    """The sum of their powers."""
    return sum(one.power for one in validators)


def is_within_bounds(validators: Sequence[pb.Validator]) -> bool:
    """Whether they are so many, and so mighty together, as a set may be."""
    is_count = 1 <= len(validators) <= MAX_VALIDATORS
    return is_count and MIN_TOTAL_POWER <= compute_total_power(validators) <= MAX_TOTAL_POWER


def check_validators(validators: Sequence[pb.Validator], may_run: Callable[[str], bool]) -> None:
    """Raise MalformedInput unless these can begin a network; `may_run` says who is one of its organisations."""
    keys = [one.public_key for one in validators]
    if keys != sorted(frozenset(keys)):
        raise MalformedInput("sorted by public key, none twice", "validators")
    for one in validators:
        if not is_public_key(one.public_key):
            raise MalformedInput("32 bytes, a point of the curve's main subgroup", "validators.public_key")
        if one.power < 1:
            raise MalformedInput("from 1", "validators.power")
        if not may_run(one.organisation):
            raise MalformedInput("a founder", "validators.organisation")
        if not is_name(one.name):
            raise MalformedInput(because.NAME_INVALID.english, "validators.name")
    if not is_within_bounds(validators):
        bounds = f"1 to {MAX_VALIDATORS} with a total power of {MIN_TOTAL_POWER} to {MAX_TOTAL_POWER}"
        raise MalformedInput(bounds, "validators")


def refuse_unfit_validator(context: Context, change: pb.ValidatorChange) -> None:
    """Refuse NO_VALIDATORS, VALIDATOR_CHANGED, of a newcomer what `_refuse_unfit_newcomer` does,
    VALIDATOR_POWER_INVALID, VALIDATORS_OUT_OF_BOUNDS, POWER_CHANGES_TOO_MUCH.
    """
    present = get_validator_set(context)
    if present is None:
        raise Rejection(because.NO_VALIDATORS)
    found = _find_validator(present, change.public_key)
    if found is None:
        if change.present_power:
            raise Rejection(because.VALIDATOR_CHANGED, change.PRESENT_POWER_FIELD_NUMBER)
        _refuse_unfit_newcomer(context, change)
    else:
        _refuse_unseen(found, change)
    if not 0 <= change.power <= MAX_TOTAL_POWER or change.power == change.present_power:
        raise Rejection(because.VALIDATOR_POWER_INVALID, change.POWER_FIELD_NUMBER)
    if not is_within_bounds(_replace(present, change)):
        raise Rejection(because.VALIDATORS_OUT_OF_BOUNDS, change.POWER_FIELD_NUMBER)
    changed, before = _compute_changed_power(present, change, context.time_ms)
    if 3 * changed >= before:
        raise Rejection(because.POWER_CHANGES_TOO_MUCH, change.POWER_FIELD_NUMBER)


def put_validator(context: Context, change: pb.ValidatorChange) -> None:
    """Write a fit change."""
    present = get_validator_set(context)
    if present is None:
        raise InvariantViolation("there are no validators to change")
    changed, before = _compute_changed_power(present, change, context.time_ms)
    validators = _replace(present, change)
    put_validator_set(
        context,
        pb.ValidatorSet(
            validators=validators, changed_at_ms=context.time_ms, changed_power=changed, power_before=before
        ),
    )
    context.emit(pb.IdentityEvent(organisation=context.actor, record=VALIDATORS_KEY))


def _find_validator(present: pb.ValidatorSet, public_key: bytes) -> pb.Validator | None:
    return next((one for one in present.validators if one.public_key == public_key), None)


def _refuse_unseen(found: pb.Validator, change: pb.ValidatorChange) -> None:
    """Refuse VALIDATOR_CHANGED: the proposer has not seen the validator as it stands."""
    if change.present_power != found.power:
        raise Rejection(because.VALIDATOR_CHANGED, change.PRESENT_POWER_FIELD_NUMBER)
    if change.organisation != found.organisation:
        raise Rejection(because.VALIDATOR_CHANGED, change.ORGANISATION_FIELD_NUMBER)
    if change.name != found.name:
        raise Rejection(because.VALIDATOR_CHANGED, change.NAME_FIELD_NUMBER)


def _refuse_unfit_newcomer(context: Context, change: pb.ValidatorChange) -> None:
    """Refuse PUBLIC_KEY_INVALID, KEY_ALREADY_BOUND, ORGANISATION_UNKNOWN, ORGANISATION_SUSPENDED, NAME_INVALID."""
    if not is_public_key(change.public_key):
        raise Rejection(because.PUBLIC_KEY_INVALID, change.PUBLIC_KEY_FIELD_NUMBER)
    refuse_bound(context, change.public_key, change.PUBLIC_KEY_FIELD_NUMBER)
    organisation = get_organisation(context, change.organisation)
    if organisation is None:
        raise Rejection(because.ORGANISATION_UNKNOWN, change.ORGANISATION_FIELD_NUMBER)
    if organisation.status != pb.ACTIVE:
        raise Rejection(because.ORGANISATION_SUSPENDED, change.ORGANISATION_FIELD_NUMBER)
    if not is_name(change.name):
        raise Rejection(because.NAME_INVALID, change.NAME_FIELD_NUMBER)


def _replace(present: pb.ValidatorSet, change: pb.ValidatorChange) -> list[pb.Validator]:
    """The validators with this one as the change leaves it, sorted by key."""
    others = [one for one in present.validators if one.public_key != change.public_key]
    if change.power:
        others.append(
            pb.Validator(
                public_key=change.public_key, power=change.power, organisation=change.organisation, name=change.name
            )
        )
    return sorted(others, key=lambda one: one.public_key)


def _compute_changed_power(present: pb.ValidatorSet, change: pb.ValidatorChange, time_ms: int) -> tuple[int, int]:
    """How much power this block has changed once the change is made, and the total before the block.

    Block time tells blocks apart: it is the same for a block's transactions and rises strictly.
    """
    difference = abs(change.power - change.present_power)
    if present.changed_at_ms == time_ms:
        return present.changed_power + difference, present.power_before
    return difference, compute_total_power(present.validators)
