"""Votes on validators in any order and in any blocks: in each less than a third of the total power changes."""

from hypothesis import given
from hypothesis import strategies as st

from hefu.v1 import identity_pb2 as pb
from identity import rejections as because
from identity.rules import DAY_MS
from identity.validators import MAX_TOTAL_POWER, MIN_TOTAL_POWER, read_validators
from ledger.context import Record
from ledger.errors import Reason, Rejection
from ledger.state_keys import VALIDATORS_KEY
from ledger.validators import compute_updates
from tests.unit.identity.world import BANK, SALT, World, public

KEYS = sorted(public(f"engine-{number}") for number in range(6))

EXPECTED = (
    None,
    because.VALIDATOR_POWER_INVALID,
    because.VALIDATORS_OUT_OF_BOUNDS,
    because.POWER_CHANGES_TOO_MUCH,
)

powers = st.one_of(st.integers(1, 30), st.integers(1, MAX_TOTAL_POWER // 6))
sets = st.dictionaries(st.sampled_from(KEYS), powers, min_size=1).filter(
    lambda found: sum(found.values()) >= MIN_TOTAL_POWER
)
wishes = st.tuples(st.sampled_from(KEYS), st.integers(-40, 40), st.booleans())
blocks = st.lists(st.lists(wishes, max_size=8), max_size=6)


def begin(found: dict[bytes, int]) -> World:
    """A bank that decides alone, and these validators."""
    world = World()
    world.let_decide(BANK)
    validators = [pb.Validator(public_key=key, power=found[key], organisation=BANK, name="n") for key in sorted(found)]
    body = pb.ValidatorSet(validators=validators).SerializeToString(deterministic=True)
    world.source.records[VALIDATORS_KEY] = Record(body, SALT)
    return world


def read(world: World) -> dict[bytes, int]:
    return dict(read_validators(world.source.records[VALIDATORS_KEY].body))


def decide(world: World, number: str, key: bytes, power: int) -> Reason | None:
    """None where the bank's vote changed the power of this key, else why it did not."""
    change = pb.ValidatorChange(
        public_key=key, organisation=BANK, name="n", present_power=read(world).get(key, 0), power=power
    )
    proposal = pb.Propose(
        number=number, change=pb.GovernedChange(validator=change), expires_at_ms=world.time_ms + DAY_MS
    )
    try:
        world.said(BANK, pb.PROPOSE, proposal)
    except Rejection as rejection:
        return rejection.reason
    return None


@given(sets, blocks)
def test_whatever_is_voted_less_than_a_third_changes_in_a_block(first, votes):
    world, count = begin(first), 0
    for block in votes:
        world.time_ms += 1
        before, changed = read(world), 0
        for key, wish, is_share in block:
            present = read(world).get(key, 0)
            power = present + (sum(before.values()) * wish // 100 if is_share else wish)
            count += 1
            reason = decide(world, f"N-{count}", key, power)
            assert reason in EXPECTED
            if reason is None:
                changed += abs(power - present)
                assert read(world).get(key, 0) == power
        after = read(world)
        total = sum(before.values())
        assert 3 * changed < total or not changed
        differences = [abs(power - before.get(key, 0)) for key, power in compute_updates(
            sorted(before.items()), sorted(after.items())
        )]  # fmt: skip
        assert 3 * sum(differences) < total
        assert MIN_TOTAL_POWER <= sum(after.values()) <= MAX_TOTAL_POWER
        assert list(after) == sorted(after)
        assert all(power > 0 for power in after.values())


@given(sets)
def test_a_step_of_one_is_never_too_much(first):
    """Unless it would leave the bounds: so no set is one that votes could not change any more."""
    world = begin(first)
    key = sorted(first)[0]
    is_full = sum(first.values()) == MAX_TOTAL_POWER
    assert decide(world, "N-1", key, first[key] + 1) == (because.VALIDATORS_OUT_OF_BOUNDS if is_full else None)
    assert read(world)[key] == first[key] + (not is_full)
