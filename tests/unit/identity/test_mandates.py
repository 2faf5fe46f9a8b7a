"""Granting and ending mandates, and acting under one."""

from dataclasses import replace

import pytest

from hefu.v1 import identity_pb2 as pb
from identity import rejections as because
from identity.authorise import authorise
from identity.mandates import COMMANDS
from identity.records import (
    compute_daily_key,
    compute_key_key,
    compute_mandate_key,
    compute_organisation_key,
    get_mandate,
    put_organisation,
)
from identity.rules import DAY_MS, compute_civil_day
from ledger.context import Context, Overlay
from tests.unit.identity.world import (
    BANK,
    CORE,
    NOW_MS,
    REGISTRAR,
    STRANGER,
    SUPPLIER,
    World,
    command,
    expect_refusal,
    found_organisation,
    make_rule,
    public,
)

TODAY = compute_civil_day(NOW_MS)
ISSUE, WITHDRAW = 300, 303
CORE_SIGNS = ("core-maker", "core-checker")
BANK_SIGNS = ("bank-maker", "bank-checker")


@pytest.fixture
def world():
    return World()


def grant(agent=CORE, kinds=(ISSUE, WITHDRAW), up_to_fen=1000, until_on=TODAY):
    return pb.GrantMandate(agent=agent, kinds=kinds, up_to_fen=up_to_fen, until_on=until_on)


def end(principal=SUPPLIER, agent=CORE):
    return pb.EndMandate(principal=principal, agent=agent)


def granted(world, principal=SUPPLIER, **fields):
    """The supplier lets the core enterprise act, unless told otherwise."""
    return world.said(principal, pb.GRANT_MANDATE, grant(**fields))


def ended(world, actor=SUPPLIER, **fields):
    return world.said(actor, pb.END_MANDATE, end(**fields))


def found(world, principal=SUPPLIER, agent=CORE):
    mandate = get_mandate(world.context(), principal, agent)
    assert mandate is not None
    return mandate


def acting(agent=CORE, principal=SUPPLIER, kind=ISSUE, amount_fen=0, consenting=(), **flags):
    """A command that an agent signs for its principal."""
    return replace(command((principal, *consenting), kind, amount_fen, **flags), agent=agent)


def change(world, organisation, **fields):
    context = world.context()
    changed = found_organisation(context, organisation)
    for name, value in fields.items():
        if name == "policy":
            changed.policy.CopyFrom(value)
        else:
            setattr(changed, name, value)
    put_organisation(context, organisation, changed)
    world.keep(context._overlay)


# ---------------------------------------------------------------- granting


def test_a_mandate_is_granted_and_the_event_names_its_record(world):
    (event,) = granted(world)
    assert found(world) == pb.Mandate(kinds=[ISSUE, WITHDRAW], up_to_fen=1000, until_on=TODAY)
    assert event == pb.IdentityEvent(organisation=SUPPLIER, record=compute_mandate_key(SUPPLIER, CORE))


def test_granting_anew_replaces_and_counts_anew(world):
    granted(world)
    world.authorised([acting(amount_fen=400)], *CORE_SIGNS)
    granted(world, kinds=[WITHDRAW], up_to_fen=0)
    assert found(world) == pb.Mandate(kinds=[WITHDRAW], until_on=TODAY)


def test_one_that_has_ended_may_be_granted_again(world):
    granted(world)
    ended(world)
    granted(world)
    assert found(world).ended_at_ms == 0


def test_a_grant_is_said_alone(world):
    for kind, payload in ((pb.GRANT_MANDATE, grant()), (pb.END_MANDATE, end())):
        expect_refusal(because.NOT_ALONE, 0, world.said, (SUPPLIER, CORE), kind, payload)


@pytest.mark.parametrize(
    "kinds", [[], [300, 300], [301, 300], [0, 300], list(range(200, 265)), [100], [150, 300], [199]]
)
def test_rejects_mandate_invalid(world, kinds):
    """None, twice, unsorted, none at all, too many, or of identity."""
    place = pb.GrantMandate.KINDS_FIELD_NUMBER
    expect_refusal(because.MANDATE_INVALID, place, world.said, SUPPLIER, pb.GRANT_MANDATE, grant(kinds=kinds))
    assert compute_mandate_key(SUPPLIER, CORE) not in world.source.records


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"up_to_fen": -1}, pb.GrantMandate.UP_TO_FEN_FIELD_NUMBER),
        ({"until_on": TODAY - 1}, pb.GrantMandate.UNTIL_ON_FIELD_NUMBER),
    ],
)
def test_a_limit_below_nothing_and_a_day_that_has_passed_are_refused(world, fields, place):
    expect_refusal(because.MANDATE_INVALID, place, world.said, SUPPLIER, pb.GRANT_MANDATE, grant(**fields))


def test_the_ends_of_the_ranges_are_allowed(world):
    granted(world, kinds=[99, *range(200, 263)], up_to_fen=2**63 - 1, until_on=2**31 - 1)
    assert len(found(world).kinds) == 64


def test_rejects_mandate_to_itself(world):
    place = pb.GrantMandate.AGENT_FIELD_NUMBER
    itself = grant(agent=SUPPLIER)
    expect_refusal(because.MANDATE_TO_ITSELF, place, world.said, SUPPLIER, pb.GRANT_MANDATE, itself)


@pytest.mark.parametrize("agent", [STRANGER, "", "nobody/at/all", "某"])
def test_an_agent_is_admitted(world, agent):
    place = pb.GrantMandate.AGENT_FIELD_NUMBER
    stranger = grant(agent=agent)
    expect_refusal(because.ORGANISATION_UNKNOWN, place, world.said, SUPPLIER, pb.GRANT_MANDATE, stranger)


# ---------------------------------------------------------------- ending


@pytest.mark.parametrize("actor", [SUPPLIER, CORE])
def test_principal_and_agent_may_end_it(world, actor):
    granted(world)
    (event,) = ended(world, actor)
    assert found(world).ended_at_ms == NOW_MS
    assert event == pb.IdentityEvent(organisation=actor, record=compute_mandate_key(SUPPLIER, CORE))


def test_a_suspended_organisation_may_end_but_not_grant():
    assert COMMANDS[pb.END_MANDATE].is_open_to_suspended
    assert not COMMANDS[pb.GRANT_MANDATE].is_open_to_suspended


@pytest.mark.parametrize("actor", [BANK, REGISTRAR])
def test_rejects_not_your_mandate(world, actor):
    granted(world)
    expect_refusal(because.NOT_YOUR_MANDATE, 0, ended, world, actor)


def test_rejects_no_such_mandate(world):
    expect_refusal(because.NO_SUCH_MANDATE, 0, ended, world)
    granted(world)
    expect_refusal(because.NO_SUCH_MANDATE, 0, world.said, SUPPLIER, pb.END_MANDATE, end(agent="某/x"))
    expect_refusal(because.NO_SUCH_MANDATE, 0, world.said, SUPPLIER, pb.END_MANDATE, end(principal="x", agent=SUPPLIER))
    ended(world)
    expect_refusal(because.NO_SUCH_MANDATE, 0, ended, world)


@pytest.mark.parametrize("strange", [end(agent="某/x"), end(principal="某/x", agent=SUPPLIER)])
def test_of_a_text_that_names_no_organisation_no_key_is_made(world, monkeypatch, strange):
    asked, read = [], world.source.read

    def listen(key):
        asked.append(key)
        return read(key)

    monkeypatch.setattr(world.source, "read", listen)
    expect_refusal(because.NO_SUCH_MANDATE, 0, world.said, SUPPLIER, pb.END_MANDATE, strange)
    assert not any("x" in key for key in asked)


def test_one_that_has_passed_its_day_needs_no_end(world):
    granted(world)
    world.time_ms += DAY_MS
    expect_refusal(because.NO_SUCH_MANDATE, 0, ended, world)


# ---------------------------------------------------------------- acting under one


def test_the_agent_signs_in_the_principals_place(world):
    granted(world)
    changes = world.authorised([acting(amount_fen=400)], *CORE_SIGNS)
    assert list(changes) == [compute_mandate_key(SUPPLIER, CORE)]
    assert found(world).used_fen == 400


def test_what_moves_nothing_writes_nothing(world):
    granted(world, up_to_fen=0)
    assert world.authorised([acting(), acting(kind=WITHDRAW)], *CORE_SIGNS) == {}


def test_without_an_agent_nothing_more_is_read(world):
    granted(world)
    read: list[str] = []
    source = world.source

    class Watched:
        def read(self, key):
            read.append(key)
            return source.read(key)

    signers = [public("core-maker"), public("core-checker")]
    authorise(Context(Overlay(Watched()), NOW_MS, bytes(16)), [command(CORE)], signers)
    assert read == [compute_organisation_key(CORE), *(compute_key_key(signer) for signer in signers)]


def test_the_principal_may_sign_as_well(world):
    """Or it could spoil a transaction that waits for others by adding its signature."""
    granted(world)
    assert world.authorised([acting()], *CORE_SIGNS, "supplier-maker") == {}


def test_consent_is_never_given_by_mandate(world):
    granted(world, principal=BANK, agent=CORE)
    granted(world)
    both = [acting(consenting=(BANK,))]
    refused = expect_refusal(because.ORGANISATION_NOT_SIGNED, 0, world.authorised, both, *CORE_SIGNS)
    assert refused.command_index == 0
    assert world.authorised(both, *CORE_SIGNS, *BANK_SIGNS) == {}


def test_the_agents_own_policy_and_daily_limit_count_all_that_it_signs(world):
    granted(world)
    change(world, CORE, policy=pb.Policy(rules=[make_rule(2, up_to_fen=500)], daily_limit_fen=600))
    own = command(CORE, 310, 200)
    expect_refusal(because.NO_RULE_FITS, 0, world.authorised, [own, acting(amount_fen=301)], *CORE_SIGNS)
    changes = world.authorised([own, acting(amount_fen=300)], *CORE_SIGNS)
    assert sorted(changes) == sorted([compute_daily_key(CORE), compute_mandate_key(SUPPLIER, CORE)])
    expect_refusal(because.DAILY_LIMIT_EXCEEDED, 0, world.authorised, [acting(amount_fen=101)], *CORE_SIGNS)
    assert found(world).used_fen == 300


def test_the_principals_own_policy_and_daily_limit_are_not_asked(world):
    granted(world, up_to_fen=10**9)
    change(world, SUPPLIER, policy=pb.Policy(rules=[make_rule(1, kinds=[pb.SET_POLICY])], daily_limit_fen=1))
    world.authorised([acting(amount_fen=10**9)], *CORE_SIGNS)
    assert compute_daily_key(SUPPLIER) not in world.source.records


def test_commands_under_one_mandate_are_counted_together_and_a_negative_one_makes_no_room(world):
    granted(world)
    commands = [acting(amount_fen=-(2**63)), acting(amount_fen=600), acting(kind=WITHDRAW, amount_fen=401)]
    assert expect_refusal(because.MANDATE_EXCEEDED, 0, world.authorised, commands, *CORE_SIGNS).command_index == 0
    world.authorised([acting(amount_fen=600), acting(kind=WITHDRAW, amount_fen=400)], *CORE_SIGNS)
    assert found(world).used_fen == 1000


def test_an_agent_of_two_principals_uses_each_mandate(world):
    granted(world)
    granted(world, principal=BANK)
    world.authorised([acting(amount_fen=10), acting(principal=BANK, amount_fen=20)], *CORE_SIGNS)
    assert (found(world).used_fen, found(world, BANK).used_fen) == (10, 20)


def test_housekeeping_by_an_agent_needs_its_policy(world):
    granted(world)
    lapse = [acting(housekeeping=True)]
    expect_refusal(because.ROLE_MISSING, 0, world.authorised, lapse, "core-service")
    assert world.authorised(lapse, *CORE_SIGNS) == {}


@pytest.mark.parametrize("suspended", [SUPPLIER, CORE])
def test_neither_principal_nor_agent_may_be_suspended_unless_the_command_starts_nothing(world, suspended):
    granted(world)
    change(world, suspended, status=pb.SUSPENDED)
    refused = expect_refusal(
        because.ORGANISATION_SUSPENDED, 0, world.authorised, [acting(open_=True), acting()], *CORE_SIGNS
    )
    assert refused.command_index == 1
    assert world.authorised([acting(open_=True)], *CORE_SIGNS) == {}


@pytest.mark.parametrize("agent", [STRANGER, "某某", "x" * 1000])
def test_principal_and_agent_are_admitted(world, agent):
    for unknown in (acting(agent=agent), acting(principal=agent)):
        refused = expect_refusal(
            because.ORGANISATION_UNKNOWN, 0, world.authorised, [command(CORE), unknown], *CORE_SIGNS
        )
        assert refused.command_index == 1


def test_rejects_agent_is_party(world):
    granted(world)
    party = [acting(), acting(consenting=(CORE,))]
    refused = expect_refusal(because.AGENT_IS_PARTY, 0, world.authorised, party, *CORE_SIGNS)
    assert refused.command_index == 1
    itself = [acting(principal=CORE)]
    expect_refusal(because.AGENT_IS_PARTY, 0, world.authorised, itself, *CORE_SIGNS)


def test_rejects_mandate_unknown(world):
    granted(world, agent=BANK)
    both = [command(CORE), acting()]
    assert expect_refusal(because.MANDATE_UNKNOWN, 0, world.authorised, both, *CORE_SIGNS).command_index == 1


def test_rejects_mandate_ended(world):
    granted(world)
    world.time_ms += DAY_MS
    expect_refusal(because.MANDATE_ENDED, 0, world.authorised, [acting()], *CORE_SIGNS)
    world.time_ms -= DAY_MS
    world.authorised([acting()], *CORE_SIGNS)
    ended(world, CORE)
    expect_refusal(because.MANDATE_ENDED, 0, world.authorised, [acting()], *CORE_SIGNS)


def test_rejects_mandate_kind(world):
    granted(world)
    both = [acting(), acting(kind=301)]
    assert expect_refusal(because.MANDATE_KIND, 0, world.authorised, both, *CORE_SIGNS).command_index == 1
    for kind in (pb.SET_POLICY, pb.REVOKE_KEY, pb.GRANT_MANDATE):
        expect_refusal(because.MANDATE_KIND, 0, world.authorised, [acting(kind=kind)], *CORE_SIGNS)


def test_rejects_mandate_exceeded(world):
    granted(world)
    world.authorised([acting(amount_fen=999)], *CORE_SIGNS)
    expect_refusal(because.MANDATE_EXCEEDED, 0, world.authorised, [acting(amount_fen=2)], *CORE_SIGNS)
    world.authorised([acting(amount_fen=1)], *CORE_SIGNS)
    assert found(world).used_fen == 1000


def test_rejects_mandate_too_weak(world):
    """A supplier of one person does not sign for a bank that must sign with two; a core enterprise does."""
    granted(world, principal=BANK, agent=SUPPLIER)
    granted(world, principal=BANK, agent=CORE)
    world.authorised([acting(agent=CORE, principal=BANK, amount_fen=1)], *CORE_SIGNS)
    weak = [acting(agent=SUPPLIER, principal=BANK, amount_fen=1)]
    expect_refusal(because.MANDATE_TOO_WEAK, 0, world.authorised, weak, "supplier-maker")
    expect_refusal(because.MANDATE_TOO_WEAK, 0, world.authorised, weak, "supplier-maker", "supplier-checker")
    assert found(world, BANK, SUPPLIER).used_fen == 0


def test_beyond_amounts_the_agents_rule_without_one_must_be_strong_too(world):
    granted(world, principal=BANK, agent=SUPPLIER)
    change(world, SUPPLIER, policy=pb.Policy(rules=[make_rule(2, up_to_fen=100), make_rule(1)]))
    limited = acting(agent=SUPPLIER, principal=BANK)
    world.authorised([limited], "supplier-maker", "supplier-checker")
    beyond = [replace(limited, is_beyond_amounts=True)]
    expect_refusal(because.MANDATE_TOO_WEAK, 0, world.authorised, beyond, "supplier-maker", "supplier-checker")


def test_one_person_may_sign_for_a_principal_of_one_person(world):
    granted(world, principal=SUPPLIER, agent=CORE)
    change(world, CORE, policy=pb.Policy(rules=[make_rule(1)]))
    world.authorised([acting(amount_fen=1)], "core-maker")
    assert found(world).used_fen == 1


def test_maker_and_checker_of_the_agent_are_two_persons(world):
    granted(world)
    one_person = ("core-maker", "core-checker-of-anna")
    expect_refusal(because.SAME_PERSON, 0, world.authorised, [acting()], *one_person)
