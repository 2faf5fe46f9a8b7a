import pytest

from hefu.v1 import identity_pb2 as pb
from identity import rejections as because
from identity.credentials import COMMANDS
from identity.records import compute_credential_key, get_credential
from tests.unit.identity.certified_world import DAY_MS, make_world, set_rules
from tests.unit.identity.world import (
    BANK,
    CORE,
    NOW_MS,
    REGISTRAR,
    STRANGER,
    SUPPLIER,
    command,
    expect_refusal,
    person,
)

ISSUE, SET = pb.IssueCredential, pb.SetCredentialStatus
ENDS_MS = NOW_MS + 365 * DAY_MS
DIGEST = bytes(range(32))


@pytest.fixture
def world():
    return make_world()


def ref(**changes):
    return pb.CredentialRef(**{"subject": CORE, "kind": pb.KYB, "issuer": BANK, **changes})


OF_ANNA = ref(kind=pb.KYC, person=person("core-anna"))


def attested(of=None, **changes):
    fields = {"credential": of or ref(), "document_digest": DIGEST, "expires_at_ms": ENDS_MS}
    return pb.IssueCredential(**{**fields, **changes})


def issue(world, message=None, actor=BANK):
    return world.said(actor, pb.ISSUE_CREDENTIAL, message or attested())


def say(world, status, of=None, actor=BANK):
    message = pb.SetCredentialStatus(credential=of or ref(), status=status)
    return world.said(actor, pb.SET_CREDENTIAL_STATUS, message)


def credential_of(context, of=None):
    found = get_credential(context, of or ref())
    assert found is not None
    return found


def status_of(world, of=None):
    return credential_of(world.context(), of).status


def expect_issue_refused(world, reason, field, message=None, actor=BANK):
    before = dict(world.source.records)
    expect_refusal(reason, field, issue, world, message, actor)
    assert world.source.records == before


@pytest.mark.parametrize("of", [ref(), OF_ANNA])
def test_what_is_attested_stands_until_it_expires(world, of):
    (event,) = issue(world, attested(of))
    assert (event.organisation, event.record) == (CORE, compute_credential_key(of))
    found = credential_of(world.context(), of)
    assert found == pb.Credential(
        status=pb.CREDENTIAL_VALID,
        document_digest=DIGEST,
        issued_at_ms=NOW_MS,
        expires_at_ms=ENDS_MS,
        status_at_ms=NOW_MS,
    )
    world.time_ms = ENDS_MS - 1
    assert status_of(world, of) == pb.CREDENTIAL_VALID
    world.time_ms = ENDS_MS
    assert status_of(world, of) == pb.CREDENTIAL_EXPIRED


def test_issuers_kinds_and_persons_are_apart(world):
    set_rules(world, attesting_roles=[pb.BANK, pb.REGISTRAR])
    issue(world)
    issue(world, attested(OF_ANNA))
    issue(world, attested(ref(kind=pb.KYC, person=person("core-bo"))))
    issue(world, attested(ref(issuer=REGISTRAR)), REGISTRAR)
    say(world, pb.CREDENTIAL_REVOKED)
    assert status_of(world, OF_ANNA) == status_of(world, ref(issuer=REGISTRAR)) == pb.CREDENTIAL_VALID


def test_it_is_suspended_and_reinstated_and_expires_all_the_same(world):
    issue(world)
    for status in (pb.CREDENTIAL_SUSPENDED, pb.CREDENTIAL_VALID, pb.CREDENTIAL_SUSPENDED):
        world.time_ms += 1
        (event,) = say(world, status)
        assert (event.organisation, event.record) == (CORE, compute_credential_key(ref()))
        found = credential_of(world.context())
        assert (found.status, found.status_at_ms, found.issued_at_ms) == (status, world.time_ms, NOW_MS)
    world.time_ms = ENDS_MS
    assert status_of(world) == pb.CREDENTIAL_EXPIRED


def test_what_is_revoked_stays_so_and_may_be_attested_anew(world):
    issue(world)
    say(world, pb.CREDENTIAL_REVOKED)
    world.time_ms = ENDS_MS
    assert status_of(world) == pb.CREDENTIAL_REVOKED
    issue(world, attested(expires_at_ms=ENDS_MS + 1))
    assert status_of(world) == pb.CREDENTIAL_VALID


def test_a_suspended_one_is_revoked_too(world):
    issue(world)
    say(world, pb.CREDENTIAL_SUSPENDED)
    say(world, pb.CREDENTIAL_REVOKED)
    assert status_of(world) == pb.CREDENTIAL_REVOKED


def test_one_that_has_expired_is_attested_anew(world):
    issue(world)
    world.time_ms = ENDS_MS
    issue(world, attested(expires_at_ms=ENDS_MS + 1))
    assert credential_of(world.context()).issued_at_ms == ENDS_MS


def test_renewal_leaves_no_gap_when_both_are_in_one_transaction(world):
    issue(world)
    context = world.context()
    context.organisations = (BANK,)
    for kind, message in (
        (pb.SET_CREDENTIAL_STATUS, pb.SetCredentialStatus(credential=ref(), status=pb.CREDENTIAL_REVOKED)),
        (pb.ISSUE_CREDENTIAL, attested(expires_at_ms=ENDS_MS + DAY_MS)),
    ):
        COMMANDS[kind].transition(context, message)
    assert credential_of(context).status == pb.CREDENTIAL_VALID
    assert credential_of(context).expires_at_ms == ENDS_MS + DAY_MS


def test_an_issuer_without_the_role_takes_back_what_it_attested(world):
    issue(world)
    set_rules(world)
    say(world, pb.CREDENTIAL_SUSPENDED)
    say(world, pb.CREDENTIAL_REVOKED)
    expect_issue_refused(world, because.MAY_NOT_ATTEST, 0)
    assert {kind for kind, spec in COMMANDS.items() if spec.is_open_to_suspended} == {pb.SET_CREDENTIAL_STATUS}
    assert world.authorised([command(BANK, pb.SET_CREDENTIAL_STATUS)], "bank-maker", "bank-checker") == {}


def test_each_is_said_by_the_issuer_alone(world):
    expect_issue_refused(world, because.NOT_ALONE, 0, actor=[BANK, CORE])
    expect_refusal(because.NOT_ALONE, 0, say, world, pb.CREDENTIAL_REVOKED, None, [BANK, CORE])


def test_rejects_may_not_attest(world):
    """Without such a role, and of itself."""
    for actor in (SUPPLIER, REGISTRAR):
        expect_issue_refused(world, because.MAY_NOT_ATTEST, 0, attested(ref(issuer=actor)), actor)
    expect_issue_refused(world, because.MAY_NOT_ATTEST, 0, attested(ref(subject=BANK)))


@pytest.mark.parametrize(
    "of",
    [
        pb.CredentialRef(subject=CORE), ref(issuer=""), ref(issuer=SUPPLIER), ref(kind=0), ref(kind=77),
        ref(person=person("core-anna")), ref(kind=pb.KYC), ref(kind=pb.KYC, person=bytes(31)),
    ],
)  # fmt: skip
def test_rejects_credential_invalid(world, of):
    expect_issue_refused(world, because.CREDENTIAL_INVALID, ISSUE.CREDENTIAL_FIELD_NUMBER, attested(of))
    expect_refusal(because.CREDENTIAL_INVALID, SET.CREDENTIAL_FIELD_NUMBER, say, world, pb.CREDENTIAL_REVOKED, of)


def test_a_document_and_an_expiry_have_their_bounds(world):
    for digest in (b"", bytes(31), bytes(33)):
        message = attested(document_digest=digest)
        expect_issue_refused(world, because.CREDENTIAL_INVALID, ISSUE.DOCUMENT_DIGEST_FIELD_NUMBER, message)
    for expires_at_ms in (0, NOW_MS, NOW_MS + 3660 * DAY_MS + 1, 2**63 - 1, -(2**63)):
        message = attested(expires_at_ms=expires_at_ms)
        expect_issue_refused(world, because.CREDENTIAL_INVALID, ISSUE.EXPIRES_AT_MS_FIELD_NUMBER, message)
    issue(world, attested(expires_at_ms=NOW_MS + 3660 * DAY_MS))


@pytest.mark.parametrize("subject", [STRANGER, "", "\x00", f"{CORE}/1"])
def test_nobody_attests_of_what_is_no_member(world, subject):
    message = attested(ref(subject=subject))
    expect_issue_refused(world, because.ORGANISATION_UNKNOWN, ISSUE.CREDENTIAL_FIELD_NUMBER, message)
    field = SET.CREDENTIAL_FIELD_NUMBER
    expect_refusal(because.NO_SUCH_CREDENTIAL, field, say, world, pb.CREDENTIAL_REVOKED, ref(subject=subject))


def test_rejects_credential_exists(world):
    issue(world)
    expect_issue_refused(world, because.CREDENTIAL_EXISTS, ISSUE.CREDENTIAL_FIELD_NUMBER)
    say(world, pb.CREDENTIAL_SUSPENDED)
    expect_issue_refused(world, because.CREDENTIAL_EXISTS, ISSUE.CREDENTIAL_FIELD_NUMBER)


def test_rejects_no_such_credential(world):
    """None, one of another issuer, one that was revoked, one that has expired."""
    field = SET.CREDENTIAL_FIELD_NUMBER
    expect_refusal(because.NO_SUCH_CREDENTIAL, field, say, world, pb.CREDENTIAL_SUSPENDED)
    issue(world)
    theirs = ref(issuer=REGISTRAR)
    expect_refusal(because.NO_SUCH_CREDENTIAL, field, say, world, pb.CREDENTIAL_SUSPENDED, theirs, REGISTRAR)
    world.time_ms = ENDS_MS
    expect_refusal(because.NO_SUCH_CREDENTIAL, field, say, world, pb.CREDENTIAL_VALID)
    world.time_ms = NOW_MS
    say(world, pb.CREDENTIAL_REVOKED)
    for status in (pb.CREDENTIAL_VALID, pb.CREDENTIAL_SUSPENDED, pb.CREDENTIAL_REVOKED):
        expect_refusal(because.NO_SUCH_CREDENTIAL, field, say, world, status)


def test_rejects_credential_status_invalid(world):
    issue(world)
    for status in (0, pb.CREDENTIAL_VALID, pb.CREDENTIAL_EXPIRED, 77):
        expect_refusal(because.CREDENTIAL_STATUS_INVALID, SET.STATUS_FIELD_NUMBER, say, world, status)
