from dataclasses import replace

import pytest

from hefu.v1 import identity_pb2 as pb
from identity import rejections as because
from identity.records import compute_daily_key, get_daily_sum_fen, put_key, put_organisation
from identity.rules import DAY_MS, compute_civil_day
from tests.unit.identity.world import (
    BANK,
    CORE,
    FAR_MS,
    NOW_MS,
    STRANGER,
    SUPPLIER,
    World,
    command,
    expect_refusal,
    found_key,
    found_organisation,
    make_rule,
    public,
)


@pytest.fixture
def world():
    return World()


def change_policy(world, organisation, rules, daily_limit_fen=0):
    context = world.context()
    changed = found_organisation(context, organisation)
    changed.policy.CopyFrom(pb.Policy(rules=rules, daily_limit_fen=daily_limit_fen))
    put_organisation(context, organisation, changed)
    world.keep(context._overlay)


def change_key(world, name, **changes):
    context = world.context()
    changed = found_key(context, name)
    for field, value in changes.items():
        setattr(changed, field, value)
    put_key(context, public(name), changed)
    world.keep(context._overlay)


def suspend(world, organisation):
    context = world.context()
    changed = found_organisation(context, organisation)
    changed.status = pb.SUSPENDED
    put_organisation(context, organisation, changed)
    world.keep(context._overlay)


# ---------------------------------------------------------------- what is allowed


def test_maker_and_checker_may_act(world):
    assert world.authorised([command(CORE)], "core-maker", "core-checker") == {}


def test_one_person_is_enough_where_the_policy_says_so(world):
    assert world.authorised([command(SUPPLIER)], "supplier-maker") == {}


def test_each_organisation_of_a_command_signs_by_its_own_policy(world):
    assert world.authorised([command([SUPPLIER, BANK])], "supplier-maker", "bank-maker", "bank-checker") == {}
    refused = expect_refusal(
        because.ROLE_MISSING, 0, world.authorised, [command([SUPPLIER, BANK])], "supplier-maker", "bank-checker"
    )
    assert refused.command_index == 0


def test_a_signature_more_than_needed_harms_nothing(world):
    assert world.authorised([command(CORE)], "core-maker", "core-checker", "core-maker2", "core-service") == {}


def test_a_service_key_alone_may_say_housekeeping(world):
    assert world.authorised([command(CORE, housekeeping=True)] * 2, "core-service") == {}


def test_a_suspended_organisation_may_still_say_housekeeping(world):
    suspend(world, CORE)
    assert world.authorised([command(CORE, housekeeping=True)], "core-service") == {}


def test_housekeeping_beside_another_command_needs_the_policy(world):
    both = [command(CORE, housekeeping=True), command(CORE, 301)]
    expect_refusal(because.ROLE_MISSING, 0, world.authorised, both, "core-service")


def test_a_suspended_organisation_may_consent_and_may_end_things(world):
    suspend(world, SUPPLIER)
    world.authorised([command([CORE, SUPPLIER])], "core-maker", "core-checker", "supplier-maker")
    assert world.authorised([command(SUPPLIER, open_=True)], "supplier-maker") == {}


def test_first_rule_that_fits_kind_and_amount_decides(world):
    small, large = make_rule(1, kinds=[310, 311], up_to_fen=100), make_rule(3, kinds=[311])
    change_policy(world, CORE, [small, large])
    world.authorised([command(CORE, 311, 100)], "core-maker")
    expect_refusal(because.PERSONS_TOO_FEW, 0, world.authorised, [command(CORE, 311, 101)], "core-maker")
    expect_refusal(because.NO_RULE_FITS, 0, world.authorised, [command(CORE, 310, 101)], "core-maker")


@pytest.mark.parametrize("kind", [pb.SET_POLICY, pb.ROTATE_KEY, pb.REVOKE_KEY])
def test_who_may_sign_for_a_little_cannot_change_who_signs_for_everything(world, kind):
    change_policy(world, CORE, [make_rule(1, up_to_fen=100), make_rule(2, [pb.MAKER, pb.CHECKER])])
    world.authorised([command(CORE, 311, 100)], "core-maker")
    expect_refusal(because.ROLE_MISSING, 0, world.authorised, [command(CORE, kind)], "core-maker")
    beside = [command(CORE, 311, 100), command(CORE, kind)]
    assert expect_refusal(because.ROLE_MISSING, 0, world.authorised, beside, "core-maker").command_index == 1
    assert world.authorised([command(CORE, kind)], "core-maker", "core-checker") == {}


def test_amounts_of_one_transaction_are_summed(world):
    change_policy(world, CORE, [make_rule(1, up_to_fen=100)])
    world.authorised([command(CORE, 311, 50), command(CORE, 310, 50)], "core-maker")
    halves = [command(CORE, 311, 50), command(CORE, 310, 51)]
    assert expect_refusal(because.NO_RULE_FITS, 0, world.authorised, halves, "core-maker").command_index == 0


def test_a_negative_amount_makes_no_room(world):
    change_policy(world, CORE, [make_rule(1, up_to_fen=100)], daily_limit_fen=100)
    commands = [command(CORE, 311, -(2**63)), command(CORE, 311, 101)]
    expect_refusal(because.NO_RULE_FITS, 0, world.authorised, commands, "core-maker")


def test_amounts_beyond_64_bits_are_added_up(world):
    commands = [command(SUPPLIER, 311, 2**63 - 1)] * 16
    expect_refusal(because.DAILY_LIMIT_EXCEEDED, 0, world.authorised, commands, "supplier-maker")


def test_who_may_sign_for_a_little_decides_nothing_that_no_amount_limits(world):
    """Where everything is paid, say: a clerk's limit would be none."""
    change_policy(world, CORE, [make_rule(1, up_to_fen=100), make_rule(2, [pb.MAKER, pb.CHECKER])])
    beyond = replace(command(CORE, 349), is_beyond_amounts=True)
    world.authorised([command(CORE, 349)], "core-maker")
    expect_refusal(because.ROLE_MISSING, 0, world.authorised, [beyond], "core-maker")
    assert world.authorised([beyond], "core-maker", "core-checker") == {}


def test_each_kind_of_the_transaction_needs_its_own_rule(world):
    change_policy(world, CORE, [make_rule(1, kinds=[310]), make_rule(2, kinds=[311])])
    world.authorised([command(CORE, 310)], "core-maker")
    refused = expect_refusal(
        because.PERSONS_TOO_FEW, 0, world.authorised, [command(CORE, 310), command(CORE, 311)], "core-maker"
    )
    assert refused.command_index == 1


# ---------------------------------------------------------------- the daily sum


def test_daily_sum_is_kept_only_where_the_policy_has_a_limit_and_money_moves(world):
    world.authorised([command(CORE, 300, 10**12)], "core-maker", "core-checker")
    world.authorised([command(SUPPLIER, 310, 0)], "supplier-maker")
    assert compute_daily_key(CORE) not in world.source.records
    assert compute_daily_key(SUPPLIER) not in world.source.records


def test_daily_sum_counts_up_and_begins_anew_each_civil_day(world):
    day = compute_civil_day(world.time_ms)
    changes = world.authorised([command(SUPPLIER, 310, 600), command(SUPPLIER, 311, 100)], "supplier-maker")
    assert list(changes) == [compute_daily_key(SUPPLIER)]
    world.authorised([command(SUPPLIER, 310, 300)], "supplier-maker")
    assert get_daily_sum_fen(world.context(), SUPPLIER, day) == 1000
    expect_refusal(because.DAILY_LIMIT_EXCEEDED, 0, world.authorised, [command(SUPPLIER, 310, 1)], "supplier-maker")
    assert get_daily_sum_fen(world.context(), SUPPLIER, day) == 1000
    world.time_ms += DAY_MS
    world.authorised([command(SUPPLIER, 310, 1)], "supplier-maker")
    assert get_daily_sum_fen(world.context(), SUPPLIER, day + 1) == 1


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize("name", [STRANGER, "", "organisation", "\x00" * 18, "某" * 18])
def test_rejects_organisation_unknown(world, name):
    refused = expect_refusal(
        because.ORGANISATION_UNKNOWN, 0, world.authorised, [command(CORE), command([CORE, name])], "core-maker"
    )
    assert refused.command_index == 1


def test_rejects_key_unknown(world):
    expect_refusal(because.KEY_UNKNOWN, 0, world.authorised, [command(CORE)], "core-maker", "core-checker", "nobody")


def test_rejects_key_of_stranger(world):
    signers = ("core-maker", "core-checker", "bank-maker")
    expect_refusal(because.KEY_OF_STRANGER, 0, world.authorised, [command(CORE)], *signers)


def test_rejects_key_revoked(world):
    change_key(world, "core-maker", revoked_at_ms=NOW_MS)
    expect_refusal(because.KEY_REVOKED, 0, world.authorised, [command(CORE)], "core-maker", "core-checker")


def test_rejects_key_not_yet_valid(world):
    change_key(world, "core-maker", valid_from_ms=NOW_MS)
    world.authorised([command(CORE)], "core-maker", "core-checker")
    change_key(world, "core-maker", valid_from_ms=NOW_MS + 1)
    expect_refusal(because.KEY_NOT_YET_VALID, 0, world.authorised, [command(CORE)], "core-maker", "core-checker")


def test_rejects_key_expired(world):
    world.time_ms = FAR_MS - 1
    world.authorised([command(CORE)], "core-maker", "core-checker")
    world.time_ms = FAR_MS
    expect_refusal(because.KEY_EXPIRED, 0, world.authorised, [command(CORE)], "core-maker", "core-checker")


def test_rejects_organisation_suspended(world):
    suspend(world, SUPPLIER)
    both = [command(SUPPLIER, open_=True), command(SUPPLIER)]
    refused = expect_refusal(because.ORGANISATION_SUSPENDED, 0, world.authorised, both, "supplier-maker")
    assert refused.command_index == 1


def test_rejects_organisation_not_signed(world):
    signers = ("core-maker", "core-checker")
    both = [command(CORE), command([CORE, BANK])]
    refused = expect_refusal(because.ORGANISATION_NOT_SIGNED, 0, world.authorised, both, *signers)
    assert refused.command_index == 1


def test_rejects_no_rule_fits(world):
    change_policy(world, CORE, [make_rule(1, kinds=[300])])
    expect_refusal(because.NO_RULE_FITS, 0, world.authorised, [command(CORE, 301)], "core-maker")


def test_rejects_role_missing(world):
    """A maker without a checker, even if there are two makers."""
    expect_refusal(because.ROLE_MISSING, 0, world.authorised, [command(CORE)], "core-maker")
    expect_refusal(because.ROLE_MISSING, 0, world.authorised, [command(CORE)], "core-maker", "core-maker2")
    expect_refusal(because.ROLE_MISSING, 0, world.authorised, [command(CORE)], "core-maker", "core-service")


def test_rejects_same_person(world):
    """Maker and checker are two keys of one person."""
    signers = ("core-maker", "core-checker-of-anna")
    expect_refusal(because.SAME_PERSON, 0, world.authorised, [command(CORE)], *signers)


def test_rejects_persons_too_few(world):
    change_policy(world, CORE, [make_rule(2)])
    world.authorised([command(CORE)], "core-maker", "core-maker2")
    for second in ("core-checker-of-anna", "core-service"):
        expect_refusal(because.PERSONS_TOO_FEW, 0, world.authorised, [command(CORE)], "core-maker", second)


def test_rejects_daily_limit_exceeded(world):
    world.authorised([command(SUPPLIER, 310, 999)], "supplier-maker")
    both = [command(CORE), command(SUPPLIER, 310, 2)]
    signers = ("core-maker", "core-checker", "supplier-maker")
    refused = expect_refusal(because.DAILY_LIMIT_EXCEEDED, 0, world.authorised, both, *signers)
    assert refused.command_index == 1
