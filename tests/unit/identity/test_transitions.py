import pytest

from hefu.v1 import identity_pb2 as pb
from hefu.v1 import ledger_pb2
from identity import rejections as because
from identity.admission import refuse_unfit_organisation
from identity.records import get_key, is_active, is_role
from identity.transitions import COMMANDS as OWN_COMMANDS
from ledger.state_keys import CLOCK_KEY
from tests.unit.identity.world import (
    BANK,
    COMMANDS,
    CORE,
    FAR_MS,
    NOW_MS,
    ONE,
    REGISTRAR,
    STRANGER,
    SUPPLIER,
    TWO,
    World,
    command,
    expect_refusal,
    found_key,
    found_organisation,
    make_admission,
    make_key,
    make_rule,
    make_team,
    person,
    public,
)

ADMISSION = pb.AdmitOrganisation


@pytest.fixture
def world():
    return World()


def admission(**changes):
    """A fit admission of a newcomer, with some fields replaced."""
    message = make_admission(STRANGER, [pb.FACTOR, pb.GUARANTOR], make_team(STRANGER, "new"))
    for field, value in changes.items():
        message.ClearField(field)
        if isinstance(value, list):
            getattr(message, field).extend(value)
        elif isinstance(value, pb.Policy):
            message.policy.CopyFrom(value)
        else:
            setattr(message, field, value)
    return message


def expect_admission_refused(world, reason, field, **changes):
    before = dict(world.source.records)
    expect_refusal(reason, field, world.said, REGISTRAR, pb.ADMIT_ORGANISATION, admission(**changes))
    assert world.source.records == before


def new_key(name="another", of="core-anna", roles=(pb.MAKER,), organisation=CORE, **changes):
    return make_key(organisation, name, of, roles, **changes)


def admit(world, key, organisation=CORE, organisations=(REGISTRAR, CORE)):
    return world.said(organisations, pb.ADMIT_KEY, pb.AdmitKey(organisation=organisation, key=key))


def expect_key_refused(world, reason, key):
    expect_refusal(reason, pb.AdmitKey.KEY_FIELD_NUMBER, admit, world, key)


def policy(*rules, daily_limit_fen=0):
    return pb.Policy(rules=rules, daily_limit_fen=daily_limit_fen)


def expect_policy_refused(world, reason, new, organisation=SUPPLIER):
    message = pb.SetPolicy(policy=new)
    expect_refusal(reason, message.POLICY_FIELD_NUMBER, world.said, organisation, pb.SET_POLICY, message)


# ---------------------------------------------------------------- what the commands do


def test_admission_writes_the_organisation_and_its_keys(world):
    events = world.said(REGISTRAR, pb.ADMIT_ORGANISATION, admission())
    found = found_organisation(world.context(), STRANGER)
    assert (found.name, list(found.roles), found.status) == ("某某有限公司", [pb.FACTOR, pb.GUARANTOR], pb.ACTIVE)
    assert [event.public_key for event in events] == [b"", *(key.public_key for key in admission().keys)]
    key = found_key(world.context(), "new-checker")
    assert (key.organisation, key.person, list(key.roles)) == (STRANGER, person("new-bo"), [pb.CHECKER])
    assert (key.valid_until_ms, key.revoked_at_ms, key.algorithm, key.replaces) == (FAR_MS, 0, 1, b"")
    assert world.authorised([command(STRANGER)], "new-maker", "new-checker") == {}


def test_status_is_set_and_set_back(world):
    for status, active in ((pb.SUSPENDED, False), (pb.ACTIVE, True)):
        world.said(REGISTRAR, pb.SET_ORGANISATION_STATUS, pb.SetOrganisationStatus(organisation=CORE, status=status))
        assert is_active(world.context(), CORE) is active
        assert is_role(world.context(), CORE, pb.CORE_ENTERPRISE)


def test_roles_are_replaced(world):
    events = world.said(REGISTRAR, pb.GRANT_ROLES, pb.GrantRoles(organisation=BANK, roles=[pb.BANK, pb.FACTOR]))
    assert [event.organisation for event in events] == [BANK]
    assert is_role(world.context(), BANK, pb.FACTOR)
    assert not is_role(world.context(), BANK, pb.CLEARING_BANK)
    assert not is_role(world.context(), STRANGER, pb.BANK)
    assert not is_active(world.context(), STRANGER)


def test_the_registrar_may_get_other_roles_beside_its_own(world):
    message = pb.GrantRoles(organisation=REGISTRAR, roles=[pb.SERVICE_OPERATOR, pb.REGISTRAR])
    world.said(REGISTRAR, pb.GRANT_ROLES, message)
    assert is_role(world.context(), REGISTRAR, pb.SERVICE_OPERATOR)


def test_an_admitted_key_signs(world):
    events = admit(world, new_key(of="core-dong", roles=[pb.MAKER, pb.CHECKER]))
    assert [(event.organisation, event.public_key) for event in events] == [(CORE, public("another"))]
    assert world.authorised([command(CORE)], "another", "core-maker") == {}


def test_rotation_moves_person_and_roles_and_revokes_the_old_key(world):
    rotation = pb.RotateKey(old_key=public("core-maker"), key=new_key())
    world.said(CORE, pb.ROTATE_KEY, rotation)
    context = world.context()
    old, new = found_key(context, "core-maker"), found_key(context, "another")
    assert old.revoked_at_ms == NOW_MS
    assert (new.person, list(new.roles), new.replaces) == (old.person, list(old.roles), public("core-maker"))
    assert world.authorised([command(CORE)], "another", "core-checker") == {}
    expect_refusal(because.KEY_REVOKED, 0, world.authorised, [command(CORE)], "core-maker", "core-checker")


@pytest.mark.parametrize("actor", [CORE, REGISTRAR])
def test_a_key_is_revoked_by_its_organisation_or_the_registrar(world, actor):
    (event,) = world.said(actor, pb.REVOKE_KEY, pb.RevokeKey(public_key=public("core-maker")))
    assert event.organisation == CORE
    expect_refusal(because.KEY_REVOKED, 0, world.authorised, [command(CORE)], "core-maker", "core-checker")


def test_a_suspended_organisation_may_end_its_keys_but_not_change_its_policy():
    open_kinds = {kind for kind, spec in OWN_COMMANDS.items() if spec.is_open_to_suspended}
    assert open_kinds == {pb.ROTATE_KEY, pb.REVOKE_KEY}
    assert not any(spec.is_housekeeping for spec in COMMANDS.values())


def test_a_new_policy_is_in_force_from_the_next_transaction(world):
    world.said(SUPPLIER, pb.SET_POLICY, pb.SetPolicy(policy=policy(TWO)))
    expect_refusal(because.ROLE_MISSING, 0, world.authorised, [command(SUPPLIER)], "supplier-maker")
    assert world.authorised([command(SUPPLIER, amount_fen=5000)], "supplier-maker", "supplier-checker") == {}


def test_the_clock_goes_forward(world):
    world.said(REGISTRAR, pb.ADVANCE_CLOCK, pb.AdvanceClock(now_ms=NOW_MS + 5))
    assert ledger_pb2.SimulatedClock.FromString(world.context().get(CLOCK_KEY)).now_ms == NOW_MS + 5


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (pb.SET_POLICY, pb.SetPolicy()),
        (pb.ROTATE_KEY, pb.RotateKey()),
        (pb.REVOKE_KEY, pb.RevokeKey()),
        (pb.ADVANCE_CLOCK, pb.AdvanceClock()),
    ],
)
def test_rejects_not_alone(world, kind, message):
    expect_refusal(because.NOT_ALONE, 0, world.said, [REGISTRAR, CORE], kind, message)


@pytest.mark.parametrize(
    "kind", [pb.ADMIT_ORGANISATION, pb.SET_ORGANISATION_STATUS, pb.GRANT_ROLES, pb.ADMIT_KEY, pb.ADVANCE_CLOCK]
)
def test_rejects_not_registrar(world, kind):
    expect_refusal(because.NOT_REGISTRAR, 0, world.said, BANK, kind, COMMANDS[kind].message())


@pytest.mark.parametrize("name", ["", CORE[:-1] + "I", CORE.lower(), STRANGER[:-1], "1" * 20, "\ud7ff" * 18])
def test_rejects_id_invalid(world, name):
    expect_admission_refused(world, because.ID_INVALID, ADMISSION.ORGANISATION_FIELD_NUMBER, organisation=name)


def test_rejects_organisation_exists(world):
    message = make_admission(CORE, [pb.SUPPLIER], make_team(CORE, "again"))
    expect_refusal(
        because.ORGANISATION_EXISTS,
        message.ORGANISATION_FIELD_NUMBER,
        world.said,
        REGISTRAR,
        pb.ADMIT_ORGANISATION,
        message,
    )


@pytest.mark.parametrize("name", ["", "x" * 121, "a\nb", "a\x7fb", "a\u0085b", "a\u202eb"])
def test_rejects_name_invalid(world, name):
    expect_admission_refused(world, because.NAME_INVALID, ADMISSION.NAME_FIELD_NUMBER, name=name)


@pytest.mark.parametrize("roles", [[], [0], [pb.SUPPLIER, pb.BANK], [pb.BANK, pb.BANK]])
def test_rejects_roles_invalid(world, roles):
    expect_admission_refused(world, because.ROLES_INVALID, ADMISSION.ROLES_FIELD_NUMBER, roles=roles)
    message = pb.GrantRoles(organisation=CORE, roles=roles)
    expect_refusal(because.ROLES_INVALID, message.ROLES_FIELD_NUMBER, world.said, REGISTRAR, pb.GRANT_ROLES, message)


def test_rejects_registrar_is_fixed(world):
    expect_admission_refused(world, because.REGISTRAR_IS_FIXED, ADMISSION.ROLES_FIELD_NUMBER, roles=[pb.REGISTRAR])
    for organisation, role in ((CORE, pb.REGISTRAR), (REGISTRAR, pb.BANK)):
        message = pb.GrantRoles(organisation=organisation, roles=[role])
        expect_refusal(because.REGISTRAR_IS_FIXED, 2, world.said, REGISTRAR, pb.GRANT_ROLES, message)
    suspension = pb.SetOrganisationStatus(organisation=REGISTRAR, status=pb.SUSPENDED)
    expect_refusal(because.REGISTRAR_IS_FIXED, 1, world.said, REGISTRAR, pb.SET_ORGANISATION_STATUS, suspension)


def test_rejects_status_invalid(world):
    message = pb.SetOrganisationStatus(organisation=CORE)
    expect_refusal(
        because.STATUS_INVALID, message.STATUS_FIELD_NUMBER, world.said, REGISTRAR, pb.SET_ORGANISATION_STATUS, message
    )


@pytest.mark.parametrize("count", [0, 17])
def test_rejects_keys_too_many_or_few(world, count):
    keys = [make_key(STRANGER, f"new-{place}", "x", [pb.MAKER]) for place in range(count)]
    expect_admission_refused(world, because.KEYS_TOO_MANY_OR_FEW, ADMISSION.KEYS_FIELD_NUMBER, keys=keys)


@pytest.mark.parametrize("algorithm", [0, 2, 2**32 - 1])
def test_rejects_algorithm_not_admitted(world, algorithm):
    expect_key_refused(world, because.ALGORITHM_NOT_ADMITTED, new_key(algorithm=algorithm))


@pytest.mark.parametrize(
    "public_key", [b"", bytes(31), bytes(32), b"\x01" + bytes(31), b"\xff" * 32, public("core-maker") + b"\x00"]
)
def test_rejects_public_key_invalid(world, public_key):
    """A wrong length, points of small order, no point at all."""
    expect_key_refused(world, because.PUBLIC_KEY_INVALID, new_key(public_key=public_key))


@pytest.mark.parametrize("commitment", [b"", bytes(31), bytes(33)])
def test_rejects_person_invalid(world, commitment):
    expect_key_refused(world, because.PERSON_INVALID, new_key(person=commitment))


@pytest.mark.parametrize("roles", [[], [0], [pb.CHECKER, pb.MAKER], [pb.MAKER, pb.MAKER], [pb.MAKER, pb.SERVICE]])
def test_rejects_key_roles_invalid(world, roles):
    expect_key_refused(world, because.KEY_ROLES_INVALID, new_key(roles=roles))


@pytest.mark.parametrize(
    ("first_ms", "last_ms"), [(5, 5), (-1, FAR_MS), (0, NOW_MS), (0, 0), (0, 2**53), (2**63 - 1, -(2**63))]
)
def test_rejects_validity_invalid(world, first_ms, last_ms):
    expect_key_refused(world, because.VALIDITY_INVALID, new_key(valid_from_ms=first_ms, valid_until_ms=last_ms))


def test_rejects_possession_not_proved(world):
    """Nothing, a wrong length, another organisation's proof, another person's proof."""
    for possession in (b"", bytes(63), bytes(64), new_key().possession + b"\x00"):
        expect_key_refused(world, because.POSSESSION_NOT_PROVED, new_key(possession=possession))
    expect_key_refused(world, because.POSSESSION_NOT_PROVED, new_key(organisation=BANK))
    expect_key_refused(world, because.POSSESSION_NOT_PROVED, new_key(possession=new_key(of="core-bo").possession))


def test_rejects_key_already_bound(world):
    """To another organisation, to its own, twice in one command, by rotation onto itself; and for ever."""
    expect_key_refused(world, because.KEY_ALREADY_BOUND, new_key("core-maker"))
    expect_key_refused(world, because.KEY_ALREADY_BOUND, new_key("bank-maker"))
    stolen = make_team(STRANGER, "core")
    expect_admission_refused(world, because.KEY_ALREADY_BOUND, ADMISSION.KEYS_FIELD_NUMBER, keys=stolen)
    twice = make_team(STRANGER, "new")
    expect_admission_refused(world, because.KEY_ALREADY_BOUND, ADMISSION.KEYS_FIELD_NUMBER, keys=[*twice, twice[0]])
    onto_itself = pb.RotateKey(old_key=public("core-maker"), key=new_key("core-maker"))
    expect_refusal(because.KEY_ALREADY_BOUND, 2, world.said, CORE, pb.ROTATE_KEY, onto_itself)
    world.said(CORE, pb.REVOKE_KEY, pb.RevokeKey(public_key=public("core-maker")))
    expect_key_refused(world, because.KEY_ALREADY_BOUND, new_key("core-maker"))


@pytest.mark.parametrize(
    "unfit",
    [
        policy(),
        policy(*[ONE] * 33),
        policy(ONE, daily_limit_fen=-1),
        policy(make_rule(0)),
        policy(make_rule(17)),
        policy(make_rule(1, up_to_fen=-1)),
        policy(make_rule(1, kinds=[2, 1])),
        policy(make_rule(1, kinds=[1, 1])),
        policy(make_rule(1, kinds=[0])),
        policy(make_rule(1, kinds=list(range(1, 66)))),
        policy(make_rule(2, [pb.CHECKER, pb.MAKER])),
        policy(make_rule(1, [pb.MAKER, pb.CHECKER])),
        policy(make_rule(1, [pb.SERVICE])),
        policy(make_rule(1, [pb.KEY_ROLE_UNSPECIFIED])),
    ],
)
def test_rejects_policy_invalid(world, unfit):
    expect_policy_refused(world, because.POLICY_INVALID, unfit)


def test_rejects_policy_too_weak(world):
    """A bank's rule for one person: at admission, as a new policy, and by a role that comes later."""
    weak = policy(TWO, make_rule(1, kinds=[310], up_to_fen=1))
    expect_policy_refused(world, because.POLICY_TOO_WEAK, weak, BANK)
    expect_admission_refused(
        world, because.POLICY_TOO_WEAK, ADMISSION.POLICY_FIELD_NUMBER, roles=[pb.BANK], policy=weak
    )
    message = pb.GrantRoles(organisation=SUPPLIER, roles=[pb.CORE_ENTERPRISE, pb.SUPPLIER])
    expect_refusal(because.POLICY_TOO_WEAK, message.ROLES_FIELD_NUMBER, world.said, REGISTRAR, pb.GRANT_ROLES, message)


@pytest.mark.parametrize("rule", [make_rule(2, kinds=[300]), make_rule(2, up_to_fen=1000)])
def test_rejects_policy_unchangeable(world, rule):
    """Of a founder, at admission, and as a new policy: none of its rules fits SET_POLICY."""
    expect_policy_refused(world, because.POLICY_UNCHANGEABLE, policy(rule))
    field = ADMISSION.POLICY_FIELD_NUMBER
    expect_admission_refused(world, because.POLICY_UNCHANGEABLE, field, policy=policy(rule))
    founder = admission(policy=policy(rule))
    rulebook = pb.IdentityRules()
    expect_refusal(because.POLICY_UNCHANGEABLE, field, refuse_unfit_organisation, founder, rulebook, NOW_MS)


@pytest.mark.parametrize("length", [0, 31, 33, 30_000])
def test_what_is_no_public_key_is_of_nobody(world, length):
    """Not even where a record lies under its hex."""
    world.source.records[f"key/{bytes(length).hex()}"] = world.source.records[f"key/{public('core-maker').hex()}"]
    assert get_key(world.context(), bytes(length)) is None
    message = pb.RevokeKey(public_key=bytes(length))
    expect_refusal(because.KEY_UNKNOWN, message.PUBLIC_KEY_FIELD_NUMBER, world.said, CORE, pb.REVOKE_KEY, message)


@pytest.mark.parametrize("rule", [make_rule(4), make_rule(1, [pb.OWNER]), make_rule(3, [pb.CHECKER] * 3)])
def test_rejects_policy_out_of_reach(world, rule):
    """The newcomer's keys are those of three persons and a machine."""
    expect_admission_refused(
        world, because.POLICY_OUT_OF_REACH, ADMISSION.POLICY_FIELD_NUMBER, policy=policy(TWO, rule)
    )


def test_rejects_not_your_key(world):
    expect_refusal(
        because.NOT_YOUR_KEY, 1, world.said, BANK, pb.REVOKE_KEY, pb.RevokeKey(public_key=public("core-maker"))
    )
    for actor in (BANK, REGISTRAR):
        rotation = pb.RotateKey(old_key=public("core-maker"), key=new_key(organisation=actor))
        expect_refusal(because.NOT_YOUR_KEY, 1, world.said, actor, pb.ROTATE_KEY, rotation)


def test_rejects_person_changed(world):
    for key in (new_key(of="core-bo"), new_key(roles=[pb.MAKER, pb.CHECKER])):
        rotation = pb.RotateKey(old_key=public("core-maker"), key=key)
        expect_refusal(because.PERSON_CHANGED, rotation.KEY_FIELD_NUMBER, world.said, CORE, pb.ROTATE_KEY, rotation)


def test_rejects_clock_not_simulated(world):
    del world.source.records[CLOCK_KEY]
    message = pb.AdvanceClock(now_ms=NOW_MS + 1)
    expect_refusal(because.CLOCK_NOT_SIMULATED, 0, world.said, REGISTRAR, pb.ADVANCE_CLOCK, message)


def test_rejects_clock_not_ahead(world):
    world.said(REGISTRAR, pb.ADVANCE_CLOCK, pb.AdvanceClock(now_ms=NOW_MS + 5))
    for now_ms in (-(2**63), 0, NOW_MS, NOW_MS + 5, 2**53, 2**63 - 1):
        message = pb.AdvanceClock(now_ms=now_ms)
        expect_refusal(because.CLOCK_NOT_AHEAD, 1, world.said, REGISTRAR, pb.ADVANCE_CLOCK, message)


def test_rejects_key_consent_missing(world):
    """The registrar alone, with another organisation, or with more than the one."""
    field = pb.AdmitKey.ORGANISATION_FIELD_NUMBER
    for organisations in ([REGISTRAR], [REGISTRAR, BANK], [REGISTRAR, CORE, BANK], [REGISTRAR, BANK, CORE]):
        expect_refusal(because.KEY_CONSENT_MISSING, field, admit, world, new_key(), CORE, organisations)


def test_the_registrar_admits_its_own_key_alone(world):
    key = new_key(of="registrar-anna", organisation=REGISTRAR)
    admit(world, key, REGISTRAR, [REGISTRAR])
    assert found_key(world.context(), "another").organisation == REGISTRAR


# ---------------------------------------------------------------- reasons of authorise that commands use too


def test_commands_refuse_an_unknown_organisation(world):
    for kind, message in (
        (pb.SET_ORGANISATION_STATUS, pb.SetOrganisationStatus(organisation=STRANGER, status=pb.ACTIVE)),
        (pb.GRANT_ROLES, pb.GrantRoles(organisation="\x00", roles=[pb.BANK])),
        (pb.ADMIT_KEY, pb.AdmitKey(organisation=STRANGER, key=new_key(organisation=STRANGER))),
    ):
        expect_refusal(because.ORGANISATION_UNKNOWN, 1, world.said, REGISTRAR, kind, message)


def test_commands_refuse_an_unknown_revoked_or_expired_key(world):
    for key in (b"", public("nobody"), bytes(1000)):
        expect_refusal(because.KEY_UNKNOWN, 1, world.said, CORE, pb.REVOKE_KEY, pb.RevokeKey(public_key=key))
        expect_refusal(
            because.KEY_UNKNOWN, 1, world.said, CORE, pb.ROTATE_KEY, pb.RotateKey(old_key=key, key=new_key())
        )
    rotation = pb.RotateKey(old_key=public("core-maker"), key=new_key())
    world.time_ms = FAR_MS
    expect_refusal(because.KEY_EXPIRED, 1, world.said, CORE, pb.ROTATE_KEY, rotation)
    world.time_ms = NOW_MS
    revocation = pb.RevokeKey(public_key=public("core-maker"))
    world.said(CORE, pb.REVOKE_KEY, revocation)
    expect_refusal(because.KEY_REVOKED, 1, world.said, CORE, pb.REVOKE_KEY, revocation)
    expect_refusal(because.KEY_REVOKED, 1, world.said, CORE, pb.ROTATE_KEY, rotation)
