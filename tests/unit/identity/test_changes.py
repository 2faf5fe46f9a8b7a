"""Each change that a vote can make, decided at once by a single voter."""

import hashlib

import pytest

from hefu.v1 import identity_pb2 as pb
from hefu.v1 import ledger_pb2
from identity import rejections as because
from identity.changes import MAX_AHEAD_MS
from identity.governance import process_propose
from identity.records import ELECTORATE_KEY, RULES_KEY, get_authority, get_electorate, get_rules, is_active, is_role
from identity.rules import DAY_MS
from ledger.state_keys import CLOCK_KEY, LIMITS_KEY
from tests.unit.identity.world import (
    BANK,
    CORE,
    FOREIGN_BODY,
    FOREIGN_KEY,
    IN_TESTS,
    NOW_MS,
    REGISTRAR,
    STRANGER,
    SUPPLIER,
    World,
    command,
    expect_refusal,
    found_organisation,
    make_admission,
    make_team,
)

CERTIFICATE = b"a certificate"
FINGERPRINT = hashlib.sha256(CERTIFICATE).digest()
LATER_MS = NOW_MS + DAY_MS


@pytest.fixture
def world():
    made = World()
    made.let_decide(BANK)
    return made


class Proposals:
    """Numbers that were not used before."""

    count = 0

    @classmethod
    def make(cls, change, time_ms):
        cls.count += 1
        return pb.Propose(number=f"N-{cls.count}", change=change, expires_at_ms=time_ms + DAY_MS)


def decide(world, **change):
    """The bank proposes a change, and with that decides it."""
    return world.said(BANK, pb.PROPOSE, Proposals.make(pb.GovernedChange(**change), world.time_ms))


def expect_refused(world, reason, **change):
    before = dict(world.source.records)
    expect_refusal(reason, pb.Propose.CHANGE_FIELD_NUMBER, lambda: decide(world, **change))
    assert world.source.records == before


def replace(world, key, body, effective_at_ms=0, replaces=None):
    """A change of a record whose proposer has seen what was voted last."""
    record = world.source.records.get(key)
    if replaces is None:
        replaces = b"" if record is None else record.lapse_body if record.is_pending(world.time_ms) else record.body
    return pb.RecordChange(
        key=key, body=body, replaces=hashlib.sha256(replaces).digest(), effective_at_ms=effective_at_ms
    )


def get(world, key=FOREIGN_KEY):
    return world.context().get(key)


# ---------------------------------------------------------------- members


def test_an_admission(world):
    """Of a core enterprise, which the registrar cannot admit alone; it signs from then on."""
    command_ = make_admission(STRANGER, [pb.CORE_ENTERPRISE], make_team(STRANGER, "new"))
    first, second, *keys = decide(world, admission=command_)
    assert (first.organisation, first.record.partition("/")[0]) == (BANK, "proposal")
    assert (second.organisation, second.public_key, second.record) == (STRANGER, b"", "")
    assert [event.public_key for event in keys] == [key.public_key for key in command_.keys]
    assert world.authorised([command(STRANGER)], "new-maker", "new-checker") == {}
    expect_refused(world, because.ORGANISATION_EXISTS, admission=command_)


def test_a_status(world):
    for to in (pb.SUSPENDED, pb.ACTIVE):
        decide(world, status=pb.SetOrganisationStatus(organisation=CORE, status=to))
        found = found_organisation(world.context(), CORE)
        assert (found.status, found.status_by_vote) == (to, True)
    unknown = pb.SetOrganisationStatus(organisation=STRANGER, status=pb.ACTIVE)
    expect_refused(world, because.ORGANISATION_UNKNOWN, status=unknown)


def test_roles(world):
    _, event = decide(world, roles=pb.GrantRoles(organisation=BANK, roles=[pb.BANK, pb.CORE_ENTERPRISE]))
    assert event.organisation == BANK
    assert list(found_organisation(world.context(), BANK).roles) == [pb.BANK, pb.CORE_ENTERPRISE]
    expect_refused(world, because.ROLES_INVALID, roles=pb.GrantRoles(organisation=BANK))


def test_the_registrar_is_replaced(world):
    """It keeps its other role, and from then on says nothing that a registrar says."""
    decide(world, roles=pb.GrantRoles(organisation=REGISTRAR, roles=[pb.SERVICE_OPERATOR, pb.REGISTRAR]))
    events = decide(world, registrar=pb.RegistrarChange(outgoing=REGISTRAR, incoming=BANK))
    assert [event.organisation for event in events] == [BANK, REGISTRAR, BANK]
    context = world.context()
    assert list(found_organisation(context, REGISTRAR).roles) == [pb.SERVICE_OPERATOR]
    assert list(found_organisation(context, BANK).roles) == [pb.BANK, pb.CLEARING_BANK, pb.REGISTRAR]
    suspension = pb.SetOrganisationStatus(organisation=SUPPLIER, status=pb.SUSPENDED)
    expect_refusal(because.NOT_REGISTRAR, 0, world.said, REGISTRAR, pb.SET_ORGANISATION_STATUS, suspension)
    world.said(BANK, pb.SET_ORGANISATION_STATUS, suspension)
    assert not is_active(world.context(), SUPPLIER)


def test_a_move_of_the_registrar_that_is_unfit(world):
    """In the order of their numbers, each mended before the next is looked for."""
    move = pb.RegistrarChange(outgoing=STRANGER, incoming=STRANGER)
    expect_refused(world, because.ORGANISATION_UNKNOWN, registrar=move)
    move.outgoing = SUPPLIER
    expect_refused(world, because.ORGANISATION_UNKNOWN, registrar=move)
    move.incoming = CORE
    world.said(REGISTRAR, pb.SET_ORGANISATION_STATUS, pb.SetOrganisationStatus(organisation=CORE, status=pb.SUSPENDED))
    expect_refused(world, because.ORGANISATION_SUSPENDED, registrar=move)
    world.said(REGISTRAR, pb.SET_ORGANISATION_STATUS, pb.SetOrganisationStatus(organisation=CORE, status=pb.ACTIVE))
    expect_refused(world, because.NOT_REGISTRAR, registrar=move)
    move.outgoing = REGISTRAR
    expect_refused(world, because.ROLES_INVALID, registrar=move)
    decide(world, roles=pb.GrantRoles(organisation=REGISTRAR, roles=[pb.REGISTRAR, pb.COURT]))
    expect_refused(
        world, because.REGISTRAR_IS_FIXED, registrar=pb.RegistrarChange(outgoing=REGISTRAR, incoming=REGISTRAR)
    )
    strict = pb.IdentityRules(two_person_roles=[pb.REGISTRAR], max_proposal_ms=30 * DAY_MS)
    decide(world, record=replace(world, RULES_KEY, strict.SerializeToString(deterministic=True)))
    move.incoming = SUPPLIER
    expect_refused(world, because.POLICY_TOO_WEAK, registrar=move)
    assert is_role(world.context(), REGISTRAR, pb.REGISTRAR)


# ---------------------------------------------------------------- authorities


def test_an_authority_is_trusted_changed_distrusted_and_trusted_again(world):
    """It keeps the time at which it was trusted first."""
    trust = pb.AuthorityChange(certificate=CERTIFICATE, name="CA", lists_required=True, operator=CORE)
    _, event = decide(world, authority=trust)
    assert (event.organisation, event.record) == (BANK, f"authority/{FINGERPRINT.hex()}")
    found = get_authority(world.context(), FINGERPRINT)
    assert found == pb.Authority(
        certificate=CERTIFICATE, name="CA", lists_required=True, operator=CORE, trusted_at_ms=NOW_MS
    )
    world.time_ms += 10
    decide(world, authority=pb.AuthorityChange(certificate=CERTIFICATE, name="CA 2"))
    found = get_authority(world.context(), FINGERPRINT)
    assert found == pb.Authority(certificate=CERTIFICATE, name="CA 2", trusted_at_ms=NOW_MS)
    world.time_ms += 10
    decide(world, authority=pb.AuthorityChange(fingerprint=FINGERPRINT))
    found = get_authority(world.context(), FINGERPRINT)
    assert found == pb.Authority(
        certificate=CERTIFICATE, name="CA 2", trusted_at_ms=NOW_MS, distrusted_at_ms=NOW_MS + 20
    )
    decide(world, authority=trust)
    found = get_authority(world.context(), FINGERPRINT)
    assert found is not None
    assert (found.trusted_at_ms, found.distrusted_at_ms) == (NOW_MS, 0)


@pytest.mark.parametrize(
    "fields",
    [
        {"certificate": bytes(4097), "name": "CA"},
        {"certificate": CERTIFICATE},
        {"certificate": CERTIFICATE, "name": "a\nb"},
        {"certificate": CERTIFICATE, "name": "CA", "fingerprint": FINGERPRINT},
        {"certificate": CERTIFICATE, "name": "CA", "operator": STRANGER},
        {"certificate": CERTIFICATE, "name": "CA", "operator": "nobody"},
        {"name": "CA"},
        {"fingerprint": bytes(31)},
        {"fingerprint": bytes(32), "name": "CA"},
        {"fingerprint": bytes(32), "lists_required": True},
        {"fingerprint": bytes(32), "operator": CORE},
    ],
)
def test_rejects_authority_invalid(world, fields):
    expect_refused(world, because.AUTHORITY_INVALID, authority=pb.AuthorityChange(**fields))


def test_the_largest_certificate_is_taken(world):
    decide(world, authority=pb.AuthorityChange(certificate=bytes(4096), name="CA"))
    assert get_authority(world.context(), hashlib.sha256(bytes(4096)).digest()) is not None


def test_rejects_authority_not_trusted(world):
    """Nothing to distrust: never trusted, and distrusted already."""
    distrust = pb.AuthorityChange(fingerprint=FINGERPRINT)
    expect_refused(world, because.AUTHORITY_NOT_TRUSTED, authority=distrust)
    decide(world, authority=pb.AuthorityChange(certificate=CERTIFICATE, name="CA"))
    decide(world, authority=distrust)
    expect_refused(world, because.AUTHORITY_NOT_TRUSTED, authority=distrust)


# ---------------------------------------------------------------- records of the rulebook


def test_a_record_changes_at_once(world):
    _, event = decide(world, record=replace(world, FOREIGN_KEY, b"new"))
    assert (event.organisation, event.record) == (BANK, FOREIGN_KEY)
    assert get(world) == b"new"
    assert world.source.records[FOREIGN_KEY].lapse_at_ms == 0


def test_a_record_changes_by_itself_when_its_time_comes(world):
    decide(world, record=replace(world, FOREIGN_KEY, b"new", LATER_MS))
    world.time_ms = LATER_MS - 1
    assert get(world) == FOREIGN_BODY
    world.time_ms = LATER_MS
    assert get(world) == b"new"
    decide(world, record=replace(world, FOREIGN_KEY, b"newest", replaces=b"new"))
    assert get(world) == b"newest"


@pytest.mark.parametrize("effective_at_ms", [0, LATER_MS + 5])
def test_a_change_takes_the_place_of_one_that_waits(world, effective_at_ms):
    decide(world, record=replace(world, FOREIGN_KEY, b"new", LATER_MS))
    decide(world, record=replace(world, FOREIGN_KEY, b"better", effective_at_ms))
    assert get(world) == (FOREIGN_BODY if effective_at_ms else b"better")
    world.time_ms = LATER_MS + 5
    assert get(world) == b"better"


def test_a_record_that_is_not_there_yet_replaces_nothing(world):
    del world.source.records[FOREIGN_KEY]
    decide(world, record=replace(world, FOREIGN_KEY, b"first", LATER_MS))
    assert get(world) == b""
    world.time_ms = LATER_MS
    assert get(world) == b"first"


def test_the_electorate_the_limits_and_the_rules_of_members(world):
    limits = ledger_pb2.Limits(
        transaction_bytes=8192, signatures=8, transactions_per_organisation_block=7, horizon_ms=60_000
    )
    electorate = pb.Electorate(voters=[REGISTRAR, BANK], threshold=2)
    rulebook = pb.IdentityRules(voted_roles=[pb.BANK], max_proposal_ms=DAY_MS)
    for key, message in ((LIMITS_KEY, limits), (RULES_KEY, rulebook), (ELECTORATE_KEY, electorate)):
        decide(world, record=replace(world, key, message.SerializeToString(deterministic=True)))
    context = world.context()
    assert ledger_pb2.Limits.FromString(context.get(LIMITS_KEY) or b"") == limits
    assert (get_rules(context), get_electorate(context)) == (rulebook, electorate)


@pytest.mark.parametrize("key", ["", CLOCK_KEY, f"organisation/{BANK}", "rules/other", "governance/electorate/"])
def test_rejects_record_not_governed(world, key):
    expect_refused(world, because.RECORD_NOT_GOVERNED, record=replace(world, key, b"x"))


def test_rejects_record_unfit(world):
    expect_refused(world, because.RECORD_UNFIT, record=replace(world, FOREIGN_KEY, b""))
    expect_refused(world, because.RECORD_UNFIT, record=replace(world, LIMITS_KEY, b"\xff"))


def test_rejects_record_changed(world):
    """The proposer saw another body: an older one, none, or not the one that waits for its time."""
    for replaces in (b"", b"another"):
        record = replace(world, FOREIGN_KEY, b"new", replaces=replaces)
        expect_refused(world, because.RECORD_CHANGED, record=record)
    blind = replace(world, FOREIGN_KEY, b"new")
    blind.replaces = b""
    expect_refused(world, because.RECORD_CHANGED, record=blind)
    decide(world, record=replace(world, FOREIGN_KEY, b"new", LATER_MS))
    unaware = replace(world, FOREIGN_KEY, b"other", replaces=FOREIGN_BODY)
    expect_refused(world, because.RECORD_CHANGED, record=unaware)
    world.time_ms = LATER_MS
    expect_refused(world, because.RECORD_CHANGED, record=unaware)


@pytest.mark.parametrize("at_ms", [-1, 1, NOW_MS - 1, NOW_MS, NOW_MS + MAX_AHEAD_MS + 1, 2**63 - 1])
def test_rejects_effect_time_invalid(world, at_ms):
    expect_refused(world, because.EFFECT_TIME_INVALID, record=replace(world, FOREIGN_KEY, b"new", at_ms))


@pytest.mark.parametrize("at_ms", [NOW_MS + 1, NOW_MS + MAX_AHEAD_MS])
def test_an_effect_at_its_bounds(world, at_ms):
    decide(world, record=replace(world, FOREIGN_KEY, b"new", at_ms))
    assert world.source.records[FOREIGN_KEY].lapse_at_ms == at_ms


def test_rejects_change_missing(world):
    expect_refused(world, because.CHANGE_MISSING)


def test_a_change_is_judged_by_the_table_that_the_node_was_given(world):
    context = world.context()
    context.organisations = (BANK,)
    change = pb.GovernedChange(record=replace(world, FOREIGN_KEY, b"new"))
    message = Proposals.make(change, NOW_MS)
    narrower = {key: check for key, check in IN_TESTS.items() if key != FOREIGN_KEY}
    expect_refusal(because.RECORD_NOT_GOVERNED, 2, process_propose, context, message, narrower)
    process_propose(context, message, IN_TESTS)
    assert context.get(FOREIGN_KEY) == b"new"
