"""What the registrar may do alone and what needs a vote; both by the same rules."""

import pytest

from hefu.v1 import identity_pb2 as pb
from identity import rejections as because
from identity.members import (
    put_member,
    put_roles,
    put_status,
    refuse_unfit_admission,
    refuse_unfit_grant,
    refuse_unfit_status,
)
from identity.records import RULES_KEY, is_role
from ledger.context import Record
from tests.unit.identity.world import (
    BANK,
    CORE,
    ONE,
    REGISTRAR,
    SALT,
    STRANGER,
    SUPPLIER,
    World,
    expect_refusal,
    found_key,
    found_organisation,
    make_admission,
    make_team,
)


@pytest.fixture
def world():
    return World()


def admission(*roles):
    return make_admission(STRANGER, roles, make_team(STRANGER, "new"))


def grant(organisation, *roles):
    return pb.GrantRoles(organisation=organisation, roles=roles)


def status(organisation, to):
    return pb.SetOrganisationStatus(organisation=organisation, status=to)


def test_rejects_vote_needed(world):
    """A registrar admits no core enterprise, makes none, and unmakes none; beside other roles neither."""
    message = admission(pb.CORE_ENTERPRISE, pb.SUPPLIER)
    field = message.ROLES_FIELD_NUMBER
    expect_refusal(because.VOTE_NEEDED, field, world.said, REGISTRAR, pb.ADMIT_ORGANISATION, message)
    for message in (grant(BANK, pb.BANK, pb.CORE_ENTERPRISE), grant(CORE, pb.SUPPLIER)):
        field = message.ROLES_FIELD_NUMBER
        expect_refusal(because.VOTE_NEEDED, field, world.said, REGISTRAR, pb.GRANT_ROLES, message)


def test_the_registrar_moves_other_roles_beside_a_voted_one(world):
    world.said(REGISTRAR, pb.GRANT_ROLES, grant(CORE, pb.CORE_ENTERPRISE, pb.SUPPLIER))
    assert is_role(world.context(), CORE, pb.SUPPLIER)
    world.said(REGISTRAR, pb.GRANT_ROLES, grant(CORE, pb.CORE_ENTERPRISE))
    assert not is_role(world.context(), CORE, pb.SUPPLIER)


def test_rejects_status_by_vote(world):
    """What a vote has suspended or reinstated, the registrar does not change."""
    for to, back in ((pb.SUSPENDED, pb.ACTIVE), (pb.ACTIVE, pb.SUSPENDED)):
        context = world.context()
        put_status(context, status(BANK, to), is_by_vote=True)
        world.keep(context._overlay)
        message = status(BANK, back)
        field = message.ORGANISATION_FIELD_NUMBER
        expect_refusal(because.STATUS_BY_VOTE, field, world.said, REGISTRAR, pb.SET_ORGANISATION_STATUS, message)


def test_what_the_registrar_suspended_both_may_reinstate(world):
    world.said(REGISTRAR, pb.SET_ORGANISATION_STATUS, status(BANK, pb.SUSPENDED))
    assert not found_organisation(world.context(), BANK).status_by_vote
    refuse_unfit_status(world.context(), status(BANK, pb.ACTIVE), is_by_vote=True)
    world.said(REGISTRAR, pb.SET_ORGANISATION_STATUS, status(BANK, pb.ACTIVE))
    assert found_organisation(world.context(), BANK).status == pb.ACTIVE


def test_a_vote_admits_with_voted_roles(world):
    context, command = world.context(), admission(pb.CORE_ENTERPRISE)
    refuse_unfit_admission(context, command, is_by_vote=True)
    put_member(context, command)
    found = found_organisation(context, STRANGER)
    assert (found.status, found.status_by_vote, list(found.roles)) == (pb.ACTIVE, False, [pb.CORE_ENTERPRISE])
    assert found_key(context, "new-maker").organisation == STRANGER
    assert len(context.events) == 1 + len(command.keys)


def test_a_vote_does_not_admit_a_registrar_either(world):
    command = admission(pb.REGISTRAR)
    expect_refusal(because.REGISTRAR_IS_FIXED, 3, refuse_unfit_admission, world.context(), command, True)
    move = grant(REGISTRAR, pb.BANK)
    expect_refusal(because.REGISTRAR_IS_FIXED, 2, refuse_unfit_grant, world.context(), move, True)
    suspension = status(REGISTRAR, pb.SUSPENDED)
    expect_refusal(because.REGISTRAR_IS_FIXED, 1, refuse_unfit_status, world.context(), suspension, True)


def test_a_vote_gives_and_takes_voted_roles(world):
    for message in (grant(BANK, pb.BANK, pb.CORE_ENTERPRISE), grant(BANK, pb.BANK)):
        context = world.context()
        refuse_unfit_grant(context, message, is_by_vote=True)
        put_roles(context, message.organisation, message.roles)
        assert list(found_organisation(context, BANK).roles) == list(message.roles)
        world.keep(context._overlay)


def test_a_vote_keeps_to_the_rulebook_too(world):
    expect_refusal(
        because.POLICY_TOO_WEAK, 2, refuse_unfit_grant, world.context(), grant(SUPPLIER, pb.CORE_ENTERPRISE), True
    )
    weak = make_admission(STRANGER, [pb.BANK], make_team(STRANGER, "new"), [ONE])
    expect_refusal(because.POLICY_TOO_WEAK, 4, refuse_unfit_admission, world.context(), weak, True)


@pytest.mark.parametrize("is_by_vote", [True, False])
def test_keys_need_certificates_where_the_rulebook_says_so(world, is_by_vote):
    """SERVICE keys do not; and of what is otherwise unfit nothing is said of certificates."""
    rulebook = pb.IdentityRules(certificate_roles=[pb.BANK])
    world.source.records[RULES_KEY] = Record(rulebook.SerializeToString(deterministic=True), SALT)
    context = world.context()
    expect_refusal(because.CERTIFICATE_NEEDED, 5, refuse_unfit_admission, context, admission(pb.BANK), is_by_vote)
    refuse_unfit_admission(context, admission(pb.SUPPLIER), is_by_vote)
    bound = make_admission(STRANGER, [pb.BANK], make_team(STRANGER, "core"))
    expect_refusal(because.KEY_ALREADY_BOUND, 5, refuse_unfit_admission, context, bound, is_by_vote)
