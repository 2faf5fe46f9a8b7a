import pytest

from hefu.v1 import identity_pb2 as pb
from identity.questions import ask_key_valid, ask_organisation_absent, ask_organisation_active, ask_organisation_role
from ledger.errors import MalformedInput
from tests.unit.identity.world import BANK, CORE, FAR_MS, NOW_MS, REGISTRAR, STRANGER, World, public


@pytest.fixture
def world():
    return World()


def answer(world, question):
    context = world.context()
    return question.check({key: context.get(key) for key in question.keys})


def test_active(world):
    assert answer(world, ask_organisation_active(CORE)) is None
    assert "not admitted" in answer(world, ask_organisation_active(STRANGER))
    suspension = pb.SetOrganisationStatus(organisation=CORE, status=pb.SUSPENDED)
    world.said(REGISTRAR, pb.SET_ORGANISATION_STATUS, suspension)
    assert "suspended" in answer(world, ask_organisation_active(CORE))


def test_role(world):
    assert answer(world, ask_organisation_role(BANK, pb.BANK)) is None
    assert "FACTOR" in answer(world, ask_organisation_role(BANK, pb.FACTOR))
    assert "not admitted" in answer(world, ask_organisation_role(STRANGER, pb.BANK))


def test_absent(world):
    assert answer(world, ask_organisation_absent(STRANGER)) is None
    assert "is admitted" in answer(world, ask_organisation_absent(CORE))


def test_key(world):
    key = public("core-maker")
    assert answer(world, ask_key_valid(key, CORE, NOW_MS)) is None
    assert CORE in answer(world, ask_key_valid(key, BANK, NOW_MS))
    assert "not admitted" in answer(world, ask_key_valid(public("nobody"), CORE, NOW_MS))
    assert "valid from" in answer(world, ask_key_valid(key, CORE, FAR_MS))
    world.said(CORE, pb.REVOKE_KEY, pb.RevokeKey(public_key=key))
    assert "revoked" in answer(world, ask_key_valid(key, CORE, NOW_MS))
    assert answer(world, ask_key_valid(key, CORE, NOW_MS - 1)) is None


def test_a_body_that_is_no_organisation_is_malformed():
    question = ask_organisation_active(CORE)
    with pytest.raises(MalformedInput) as caught:
        question.check({question.keys[0]: b"\xff"})
    assert caught.value.field == "record.body"
