"""Validators: what genesis may name, what a vote may change, and how much of it in one block."""

import hashlib

import pytest

from hefu.v1 import identity_pb2 as pb
from identity import rejections as because
from identity.records import get_validator_set
from identity.validators import MAX_TOTAL_POWER, MAX_VALIDATORS, check_validators, read_validators
from ledger.context import Record
from ledger.errors import MalformedInput
from ledger.state_keys import VALIDATORS_KEY
from tests.unit.identity.test_changes import decide, expect_refused
from tests.unit.identity.world import (
    BANK,
    CORE,
    NOW_MS,
    REGISTRAR,
    SALT,
    STRANGER,
    SUPPLIER,
    World,
    expect_refusal,
    public,
)

A, B, C, D, NEW = sorted(public(f"engine-{number}") for number in range(5))
RUN_BY = {A: REGISTRAR, B: BANK, C: CORE, D: SUPPLIER, NEW: BANK}


def make_validator(key, power=10, **fields):
    return pb.Validator(**{"public_key": key, "power": power, "organisation": RUN_BY[key], "name": "节点"} | fields)


def begin(world, **powers):
    """A to D with ten each, or with these powers; 0 = not there."""
    found = {"A": 10, "B": 10, "C": 10, "D": 10} | powers
    keys = {"A": A, "B": B, "C": C, "D": D}
    validators = pb.ValidatorSet(validators=[make_validator(keys[k], power) for k, power in found.items() if power])
    world.source.records[VALIDATORS_KEY] = Record(validators.SerializeToString(deterministic=True), SALT)


@pytest.fixture
def world():
    made = World()
    made.let_decide(BANK)
    begin(made)
    return made


def change(key, present, power, **fields):
    made = {"public_key": key, "present_power": present, "power": power, "organisation": RUN_BY[key], "name": "节点"}
    return pb.ValidatorChange(**made | fields)


def vote(proposed, number):
    digest = hashlib.sha256(proposed.SerializeToString(deterministic=True)).digest()
    return pb.Vote(proposal=f"{BANK}.{number}", ballot=pb.BALLOT_YES, change_digest=digest)


def found(world):
    record = get_validator_set(world.context())
    assert record is not None
    return record


def powers(world):
    return {one.public_key: one.power for one in found(world).validators}


# ---------------------------------------------------------------- what is changed


def test_a_validator_joins_at_its_place_in_the_order(world):
    begin(world, B=0)
    (_, event) = decide(world, validator=change(B, 0, 9, organisation=CORE, name="某核心企业"))
    assert event == pb.IdentityEvent(organisation=BANK, record=VALIDATORS_KEY)
    assert found(world) == pb.ValidatorSet(
        validators=[make_validator(A), make_validator(B, 9, organisation=CORE, name="某核心企业"), make_validator(C),
                    make_validator(D)],
        changed_at_ms=NOW_MS, changed_power=9, power_before=30,
    )  # fmt: skip


def test_a_validator_changes_power_and_stays_what_it_was(world):
    decide(world, validator=change(C, 10, 23))
    assert found(world) == pb.ValidatorSet(
        validators=[make_validator(A), make_validator(B), make_validator(C, 23), make_validator(D)],
        changed_at_ms=NOW_MS, changed_power=13, power_before=40,
    )  # fmt: skip


def test_a_validator_leaves(world):
    decide(world, validator=change(A, 10, 0))
    assert powers(world) == {B: 10, C: 10, D: 10}
    assert read_validators(world.source.records[VALIDATORS_KEY].body) == [(B, 10), (C, 10), (D, 10)]


def test_power_is_apart_from_membership(world):
    """Whoever is suspended keeps its power, and a vote may still change it."""
    decide(world, status=pb.SetOrganisationStatus(organisation=CORE, status=pb.SUSPENDED))
    assert powers(world)[C] == 10
    decide(world, validator=change(C, 10, 11))
    assert powers(world)[C] == 11


def test_an_organisation_may_run_several(world):
    decide(world, validator=change(NEW, 0, 1, organisation=BANK))
    assert [one.public_key for one in found(world).validators if one.organisation == BANK] == sorted([B, NEW])


# ---------------------------------------------------------------- how much in one block


def test_what_one_block_changes_is_added_up(world):
    """Thirteen of forty are less than a third, fourteen are not; the next block counts anew."""
    decide(world, validator=change(A, 10, 17))
    decide(world, validator=change(B, 10, 4))
    expect_refused(world, because.POWER_CHANGES_TOO_MUCH, validator=change(C, 10, 11))
    assert (found(world).changed_power, found(world).power_before) == (13, 40)
    world.time_ms += 1
    decide(world, validator=change(C, 10, 11))
    assert (found(world).changed_at_ms, found(world).changed_power, found(world).power_before) == (NOW_MS + 1, 1, 41)


def test_going_there_and_back_counts_twice(world):
    decide(world, validator=change(A, 10, 17))
    expect_refused(world, because.POWER_CHANGES_TOO_MUCH, validator=change(A, 17, 10))
    decide(world, validator=change(A, 17, 11))


def test_the_third_is_of_what_was_there_before_the_block(world):
    begin(world, D=0)
    decide(world, validator=change(D, 0, 9))
    expect_refused(world, because.POWER_CHANGES_TOO_MUCH, validator=change(A, 10, 11))


# ---------------------------------------------------------------- refusals


def test_rejects_no_validators(world):
    del world.source.records[VALIDATORS_KEY]
    expect_refused(world, because.NO_VALIDATORS, validator=change(NEW, 0, 1))


@pytest.mark.parametrize(
    ("key", "present", "fields"),
    [(A, 9, {}), (A, 0, {}), (NEW, 1, {}), (A, 10, {"organisation": BANK}), (A, 10, {"name": "别的"})],
)
def test_rejects_validator_changed(world, key, present, fields):
    expect_refused(world, because.VALIDATOR_CHANGED, validator=change(key, present, 2, **fields))


def test_a_vote_that_others_have_overtaken_is_not_counted(world):
    """Two were open on the same validator: what the second started from is no longer so."""
    world.let_decide(BANK, CORE, REGISTRAR)
    for number, power in (("X-1", 12), ("X-2", 8)):
        proposal = pb.GovernedChange(validator=change(A, 10, power))
        world.said(BANK, pb.PROPOSE, pb.Propose(number=number, change=proposal, expires_at_ms=NOW_MS + 10**6))
        world.said(CORE, pb.VOTE, vote(proposal, number))
    world.said(REGISTRAR, pb.VOTE, vote(pb.GovernedChange(validator=change(A, 10, 12)), "X-1"))
    overtaken = vote(pb.GovernedChange(validator=change(A, 10, 8)), "X-2")
    field = pb.Vote.PROPOSAL_FIELD_NUMBER
    expect_refusal(because.VALIDATOR_CHANGED, field, lambda: world.said(REGISTRAR, pb.VOTE, overtaken))
    assert powers(world)[A] == 12


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(32), b"\x01" + bytes(31), b"\xff" * 32, A + b"\x00"])
def test_a_key_that_no_engine_can_have_does_not_join(world, key):
    joining = pb.ValidatorChange(public_key=key, power=1, organisation=BANK, name="节点")
    expect_refused(world, because.PUBLIC_KEY_INVALID, validator=joining)


def test_a_key_of_an_organisation_does_not_join(world):
    joining = pb.ValidatorChange(public_key=public("bank-maker"), power=1, organisation=BANK, name="节点")
    expect_refused(world, because.KEY_ALREADY_BOUND, validator=joining)


def test_only_a_member_runs_one_that_joins(world):
    expect_refused(world, because.ORGANISATION_UNKNOWN, validator=change(NEW, 0, 1, organisation=STRANGER))
    decide(world, status=pb.SetOrganisationStatus(organisation=CORE, status=pb.SUSPENDED))
    expect_refused(world, because.ORGANISATION_SUSPENDED, validator=change(NEW, 0, 1, organisation=CORE))


@pytest.mark.parametrize("name", ["", "a" * 121, "a\nb"])
def test_one_that_joins_has_a_name(world, name):
    expect_refused(world, because.NAME_INVALID, validator=change(NEW, 0, 1, name=name))


@pytest.mark.parametrize(
    ("key", "present", "power"), [(A, 10, 10), (NEW, 0, 0), (A, 10, -1), (NEW, 0, -1), (A, 10, MAX_TOTAL_POWER + 1)]
)
def test_rejects_validator_power_invalid(world, key, present, power):
    expect_refused(world, because.VALIDATOR_POWER_INVALID, validator=change(key, present, power))


def test_rejects_validators_out_of_bounds(world):
    """Not below 4, where no step would be small enough; not above what the engine can count; not too many."""
    begin(world, A=1, B=1, C=1, D=1)
    expect_refused(world, because.VALIDATORS_OUT_OF_BOUNDS, validator=change(A, 1, 0))
    begin(world, A=MAX_TOTAL_POWER - 30)
    expect_refused(world, because.VALIDATORS_OUT_OF_BOUNDS, validator=change(B, 10, 11))
    decide(world, validator=change(B, 10, 9))
    decide(world, validator=change(NEW, 0, 1))
    begin(world, A=4, B=0, C=0, D=0)
    expect_refused(world, because.VALIDATORS_OUT_OF_BOUNDS, validator=change(A, 4, 0))


def test_there_are_so_many_and_no_more(world):
    keys = sorted(public(f"many-{number}") for number in range(MAX_VALIDATORS))
    many = [pb.Validator(public_key=key, power=1, organisation=BANK, name="n") for key in keys]
    for count, is_fit in ((MAX_VALIDATORS - 1, True), (MAX_VALIDATORS, False)):
        body = pb.ValidatorSet(validators=many[:count]).SerializeToString(deterministic=True)
        world.source.records[VALIDATORS_KEY] = Record(body, SALT)
        if is_fit:
            decide(world, validator=change(NEW, 0, 1))
            assert len(found(world).validators) == MAX_VALIDATORS
        else:
            expect_refused(world, because.VALIDATORS_OUT_OF_BOUNDS, validator=change(NEW, 0, 1))


def test_rejects_power_changes_too_much(world):
    for powers_, before, power in (({}, 10, 24), ({"D": 0}, 10, 0), ({"D": 11}, 11, 25), ({"D": 12}, 12, 26)):
        begin(world, **powers_)
        key = D if powers_.get("D") else A
        expect_refused(world, because.POWER_CHANGES_TOO_MUCH, validator=change(key, before, power))
    begin(world, D=12)
    decide(world, validator=change(D, 12, 25))


# ---------------------------------------------------------------- genesis


def refuse_in_genesis(field, *validators):
    with pytest.raises(MalformedInput) as caught:
        check_validators(validators, {REGISTRAR, BANK, CORE, SUPPLIER}.__contains__)
    assert caught.value.field == field


def test_a_genesis_names_its_validators_as_votes_would():
    check_validators([make_validator(A), make_validator(B)], {REGISTRAR, BANK}.__contains__)
    check_validators([make_validator(A, 4)], {REGISTRAR}.__contains__)
    check_validators(
        [make_validator(A, MAX_TOTAL_POWER - 1), make_validator(B, 1)], frozenset(RUN_BY.values()).__contains__
    )
    refuse_in_genesis("validators", make_validator(B), make_validator(A))
    refuse_in_genesis("validators", make_validator(A), make_validator(A))
    refuse_in_genesis("validators.public_key", make_validator(A, public_key=bytes(32)))
    for power in (0, -1):
        refuse_in_genesis("validators.power", make_validator(A, 10), make_validator(B, power))
    refuse_in_genesis("validators.organisation", make_validator(A, organisation=STRANGER))
    refuse_in_genesis("validators.name", make_validator(A, name=""))
    refuse_in_genesis("validators", make_validator(A, 3))
    refuse_in_genesis("validators", make_validator(A, MAX_TOTAL_POWER), make_validator(B, 1))
    refuse_in_genesis("validators")
