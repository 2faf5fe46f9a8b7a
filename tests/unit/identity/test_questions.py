import hashlib

import pytest

from hefu.v1 import identity_pb2 as pb
from identity.questions import (
    ask_authority_trusted,
    ask_credential_valid,
    ask_electorate_voter,
    ask_key_valid,
    ask_organisation_absent,
    ask_organisation_active,
    ask_organisation_role,
    ask_proposal_passed,
)
from identity.records import ELECTORATE_KEY
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


def test_voter(world):
    assert answer(world, ask_electorate_voter(CORE)) is None
    assert "does not vote" in answer(world, ask_electorate_voter(STRANGER))
    del world.source.records[ELECTORATE_KEY]
    assert "no electorate" in answer(world, ask_electorate_voter(CORE))


def test_proposal_passed(world):
    change = pb.GovernedChange(status=pb.SetOrganisationStatus(organisation=CORE, status=pb.SUSPENDED))
    digest = hashlib.sha256(change.SerializeToString(deterministic=True)).digest()
    question = ask_proposal_passed(f"{BANK}.1", digest)
    assert "no proposal" in answer(world, question)
    world.said(BANK, pb.PROPOSE, pb.Propose(number="1", change=change, expires_at_ms=NOW_MS + 1))
    assert "not passed" in answer(world, question)
    for voter in (CORE, REGISTRAR):
        vote = pb.Vote(proposal=f"{BANK}.1", ballot=pb.BALLOT_YES, change_digest=digest)
        world.said(voter, pb.VOTE, vote)
    assert answer(world, question) is None
    assert digest.hex() in answer(world, ask_proposal_passed(f"{BANK}.1", bytes(32)))


def test_authority_trusted(world):
    certificate = b"certificate"
    fingerprint = hashlib.sha256(certificate).digest()
    question = ask_authority_trusted(fingerprint)
    assert "never" in answer(world, question)
    world.let_decide(BANK)
    for number, change, expected in (
        ("1", pb.AuthorityChange(certificate=certificate, name="CA"), None),
        ("2", pb.AuthorityChange(fingerprint=fingerprint), f"the authority is distrusted since {NOW_MS}"),
    ):
        proposal = pb.Propose(number=number, change=pb.GovernedChange(authority=change), expires_at_ms=NOW_MS + 1)
        world.said(BANK, pb.PROPOSE, proposal)
        assert answer(world, question) == expected


def test_credential_valid(world):
    ref = pb.CredentialRef(subject=CORE, kind=pb.KYB, issuer=BANK)
    question = ask_credential_valid(ref)
    assert BANK in answer(world, question)
    issued = pb.IssueCredential(credential=ref, document_digest=bytes(32), expires_at_ms=NOW_MS + 10)
    world.said(BANK, pb.ISSUE_CREDENTIAL, issued)
    assert answer(world, question) is None
    suspended = pb.SetCredentialStatus(credential=ref, status=pb.CREDENTIAL_SUSPENDED)
    world.said(BANK, pb.SET_CREDENTIAL_STATUS, suspended)
    assert answer(world, question) == "the credential is CREDENTIAL_SUSPENDED"
    world.time_ms = NOW_MS + 10
    assert answer(world, question) == "the credential is CREDENTIAL_EXPIRED"
