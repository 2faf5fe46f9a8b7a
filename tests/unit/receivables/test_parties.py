import pytest

from hefu.v1 import receivables_pb2 as pb
from receivables import rejections as because
from receivables.side_records import compute_account_key, compute_related_key
from receivables.transitions import COMMANDS
from tests.unit.receivables.world import (
    BANK,
    CORE,
    DAY_MS,
    PAYEE,
    SECOND,
    THIRD,
    World,
    expect_refusal,
    make_rules,
)

FIRST, LATER, LAST = (bytes([number]) * 32 for number in (1, 2, 3))


@pytest.fixture
def world():
    return World(make_rules(account_delay_ms=DAY_MS))


def set_account(world, commitment, who=PAYEE):
    return world.say(pb.SET_ACCOUNT, pb.SetAccount(account_commitment=commitment), who)


def account(world):
    return world.get(pb.PayeeAccount, compute_account_key(PAYEE)).account_commitment


def test_the_first_account_is_good_at_once_a_later_one_after_the_delay(world):
    events = set_account(world, FIRST)
    assert [(event.actor, event.commitment) for event in events] == [(PAYEE, FIRST)]
    assert account(world) == FIRST
    set_account(world, LATER)
    assert account(world) == FIRST
    world.time_ms += DAY_MS
    assert account(world) == LATER


def test_a_change_that_waits_is_called_back(world):
    set_account(world, FIRST)
    set_account(world, LATER)
    world.time_ms += DAY_MS - 1
    set_account(world, FIRST)
    world.time_ms += 2 * DAY_MS
    assert account(world) == FIRST


def test_without_a_delay_a_change_is_good_at_once():
    world = World()
    set_account(world, FIRST)
    set_account(world, LATER)
    assert account(world) == LATER


def test_who_signs_up_to_an_amount_changes_no_account():
    assert [kind for kind, spec in sorted(COMMANDS.items()) if spec.is_beyond_amounts] == [pb.SET_ACCOUNT]


def test_an_account_is_a_commitment_of_one_organisation(world):
    short = pb.SetAccount(account_commitment=b"x")
    expect_refusal(world, because.COMMITMENT_INVALID, 1, pb.SET_ACCOUNT, short, PAYEE)
    two = pb.SetAccount(account_commitment=FIRST)
    expect_refusal(world, because.ORGANISATIONS_WRONG, 0, pb.SET_ACCOUNT, two, PAYEE, BANK)


def test_related_parties_take_the_place_of_those_declared_before(world):
    for others in ([SECOND, THIRD], [BANK], []):
        world.say(pb.DECLARE_RELATED, pb.DeclareRelated(organisations=sorted(others)), CORE)
        assert list(world.get(pb.RelatedParties, compute_related_key(CORE)).organisations) == sorted(others)


@pytest.mark.parametrize("others", [[CORE], [THIRD, SECOND], [SECOND, SECOND], ["nobody"], [SECOND] * 65])
def test_rejects_related_invalid(world, others):
    command = pb.DeclareRelated(organisations=others)
    expect_refusal(world, because.RELATED_INVALID, 1, pb.DECLARE_RELATED, command, CORE)
    expect_refusal(world, because.ORGANISATIONS_WRONG, 0, pb.DECLARE_RELATED, command, CORE, PAYEE)
