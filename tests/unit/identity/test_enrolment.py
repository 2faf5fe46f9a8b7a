import hashlib

import pytest

from hefu.v1 import identity_pb2 as pb
from identity import rejections as because
from identity.enrolment import COMMANDS
from identity.records import (
    compute_authority_key,
    compute_organisation_key,
    compute_reenrolment_key,
    compute_revocations_key,
    get_reenrolment,
    get_revocation_list,
    is_revoked,
)
from tests.support.authority import build_revocations, read_serial
from tests.unit.identity.certified_world import (
    DAY_MS,
    ISSUER,
    ROOT,
    SOON_MS,
    WAIT_MS,
    make_certified_key,
    make_world,
    put,
    set_rules,
    trust,
)
from tests.unit.identity.world import (
    BANK,
    CORE,
    FAR_MS,
    NOW_MS,
    REGISTRAR,
    STRANGER,
    SUPPLIER,
    command,
    expect_refusal,
    found_key,
    found_organisation,
    make_key,
    public,
)

OPEN = pb.OpenReenrolment
ENTER = pb.EnterRevocations
DUE_MS = NOW_MS + WAIT_MS
DIGEST = bytes(range(32))


@pytest.fixture
def world():
    return make_world()


def new_keys(**changes):
    """A maker's and a checker's key in place of those that were lost."""
    changes = {"valid_from_ms": DUE_MS, **changes}
    return [
        make_certified_key("new-maker", of="core-anna", **changes),
        make_certified_key("new-checker", of="core-bo", roles=[pb.CHECKER], **changes),
    ]


def notice(**changes):
    fields = {"organisation": CORE, "keys": new_keys(), "reason_digest": DIGEST}
    return pb.OpenReenrolment(**{**fields, **changes})


def opened(world, **changes):
    return world.said(REGISTRAR, pb.OPEN_REENROLMENT, notice(**changes))


def reenrolment_of(world):
    found = get_reenrolment(world.context(), CORE)
    assert found is not None
    return found


def expect_open_refused(world, reason, field, actor=REGISTRAR, **changes):
    before = dict(world.source.records)
    expect_refusal(reason, field, world.said, actor, pb.OPEN_REENROLMENT, notice(**changes))
    assert world.source.records == before


def objected(world, actor, organisation=CORE):
    return world.said(actor, pb.OBJECT_REENROLMENT, pb.ObjectReenrolment(organisation=organisation))


def grant(world, organisation, role):
    """An organisation gets a role beside its own."""
    found = found_organisation(world.context(), organisation)
    found.roles.append(role)
    put(world, compute_organisation_key(organisation), found)


# ---------------------------------------------------------------- re-enrolment


def test_a_notice_names_the_keys_and_when_they_are_good(world):
    events = opened(world)
    found = reenrolment_of(world)
    assert (found.status, found.opened_at_ms, found.effective_at_ms) == (pb.REENROLMENT_NOTICED, NOW_MS, DUE_MS)
    assert list(found.public_keys) == [public("new-maker"), public("new-checker")]
    assert (found.reason_digest, found.objected_by) == (DIGEST, "")
    assert [(event.organisation, event.record, event.public_key) for event in events] == [
        (CORE, compute_reenrolment_key(CORE), b""),
        (CORE, "", public("new-maker")),
        (CORE, "", public("new-checker")),
    ]


def test_the_keys_sign_when_the_waiting_period_is_over_and_not_before(world):
    opened(world)
    signers = ("new-maker", "new-checker")
    for time_ms in (NOW_MS, DUE_MS - 1):
        world.time_ms = time_ms
        expect_refusal(because.KEY_NOT_YET_VALID, 0, world.authorised, [command(CORE)], *signers)
    world.time_ms = DUE_MS
    assert reenrolment_of(world).status == pb.REENROLMENT_DONE
    assert world.authorised([command(CORE)], *signers) == {}


def test_the_old_keys_are_ended_apart_and_sign_until_then(world):
    opened(world)
    assert world.authorised([command(CORE)], "core-maker", "core-checker") == {}


@pytest.mark.parametrize("role", [None, pb.COURT, pb.REGULATOR, pb.REGISTRAR])
def test_an_objection_ends_the_keys_for_ever(world, role):
    """By the organisation itself, or by a court, a regulator or the registrar."""
    actor = {None: CORE, pb.REGISTRAR: REGISTRAR}.get(role, BANK)
    if actor == BANK:
        grant(world, BANK, role)
    opened(world)
    world.time_ms = DUE_MS - 1
    events = objected(world, actor)
    found = reenrolment_of(world)
    assert (found.status, found.objected_by) == (pb.REENROLMENT_OBJECTED, actor)
    assert [event.public_key for event in events] == [b"", public("new-maker"), public("new-checker")]
    world.time_ms = DUE_MS
    assert reenrolment_of(world).status == pb.REENROLMENT_OBJECTED
    expect_refusal(because.KEY_REVOKED, 0, world.authorised, [command(CORE)], "new-maker", "new-checker")
    assert found_key(world.context(), "new-maker").revoked_at_ms == DUE_MS - 1


def test_a_key_that_was_revoked_before_the_objection_keeps_its_time(world):
    opened(world)
    world.said(REGISTRAR, pb.REVOKE_KEY, pb.RevokeKey(public_key=public("new-maker")))
    world.time_ms += 1
    assert [event.public_key for event in objected(world, CORE)] == [b"", public("new-checker")]
    assert found_key(world.context(), "new-maker").revoked_at_ms == NOW_MS


def test_after_an_objection_and_after_the_end_there_may_be_another_notice(world):
    opened(world)
    objected(world, CORE)
    opened(world, keys=[make_certified_key("third", valid_from_ms=DUE_MS)])
    world.time_ms = DUE_MS
    late = make_certified_key("fourth", valid_from_ms=DUE_MS + WAIT_MS)
    opened(world, keys=[late])
    assert reenrolment_of(world).opened_at_ms == DUE_MS


def test_a_key_that_waits_is_not_made_good_early_by_rotation(world):
    """Else whoever waits for objections could be past them at once."""
    opened(world)
    rotation = pb.RotateKey(old_key=public("new-maker"), key=make_certified_key("early"))
    field = rotation.OLD_KEY_FIELD_NUMBER
    expect_refusal(because.KEY_NOT_YET_VALID, field, world.said, CORE, pb.ROTATE_KEY, rotation)


def test_only_an_objection_is_open_to_the_suspended():
    open_kinds = {kind for kind, spec in COMMANDS.items() if spec.is_open_to_suspended}
    assert open_kinds == {pb.OBJECT_REENROLMENT}
    assert not any(spec.is_housekeeping for spec in COMMANDS.values())


def test_the_registrar_alone_gives_notice(world):
    expect_open_refused(world, because.NOT_ALONE, 0, actor=[REGISTRAR, CORE])
    expect_open_refused(world, because.NOT_REGISTRAR, 0, actor=BANK)
    message = pb.ObjectReenrolment(organisation=CORE)
    expect_refusal(because.NOT_ALONE, 0, world.said, [CORE, BANK], pb.OBJECT_REENROLMENT, message)


def test_rejects_reenrolment_closed(world):
    set_rules(world)
    expect_open_refused(world, because.REENROLMENT_CLOSED, 0)


@pytest.mark.parametrize("organisation", [STRANGER, "", "\x00"])
def test_nobody_is_reenrolled_who_is_no_member(world, organisation):
    expect_open_refused(world, because.ORGANISATION_UNKNOWN, OPEN.ORGANISATION_FIELD_NUMBER, organisation=organisation)


def test_rejects_reenrolment_open(world):
    opened(world)
    world.time_ms = DUE_MS - 1
    expect_open_refused(world, because.REENROLMENT_OPEN, OPEN.ORGANISATION_FIELD_NUMBER)


def test_one_to_four_keys_are_new(world):
    five = [make_certified_key(f"new-{place}", valid_from_ms=DUE_MS) for place in range(5)]
    for keys in ([], five):
        expect_open_refused(world, because.KEYS_TOO_MANY_OR_FEW, OPEN.KEYS_FIELD_NUMBER, keys=keys)
    opened(world, keys=five[:4])


def test_each_new_key_is_judged_like_any_other(world):
    maker, checker = new_keys()
    stolen = make_certified_key("bank-maker", valid_from_ms=DUE_MS)
    bare = make_key(CORE, "bare", "core-anna", [pb.MAKER], valid_from_ms=DUE_MS)
    machine = make_key(CORE, "machine", "m", [pb.SERVICE], valid_from_ms=DUE_MS)
    early = make_certified_key("early", valid_from_ms=DUE_MS - 1)
    too_long = make_certified_key("long", valid_from_ms=DUE_MS, valid_until_ms=FAR_MS)
    unproved = make_certified_key("unproved", valid_from_ms=DUE_MS, possession=bytes(64))
    for reason, keys in (
        (because.POSSESSION_NOT_PROVED, [maker, unproved]),
        (because.VALIDITY_INVALID, [maker, early]),
        (because.CERTIFICATE_NEEDED, [maker, bare]),
        (because.CERTIFICATE_NEEDED, [machine]),
        (because.CERTIFICATE_TOO_SHORT, [maker, too_long]),
        (because.KEY_ALREADY_BOUND, [maker, checker, maker]),
        (because.KEY_ALREADY_BOUND, [maker, stolen]),
    ):
        expect_open_refused(world, reason, OPEN.KEYS_FIELD_NUMBER, keys=keys)


@pytest.mark.parametrize("digest", [b"", bytes(31), bytes(33)])
def test_rejects_digest_invalid(world, digest):
    expect_open_refused(world, because.DIGEST_INVALID, OPEN.REASON_DIGEST_FIELD_NUMBER, reason_digest=digest)


def test_rejects_no_reenrolment(world):
    """Of nobody, before a notice, after an objection, and when the waiting period is over."""
    field = pb.ObjectReenrolment.ORGANISATION_FIELD_NUMBER
    for organisation in ("", "\x00", CORE):
        expect_refusal(because.NO_REENROLMENT, field, objected, world, REGISTRAR, organisation)
    opened(world)
    world.time_ms = DUE_MS
    expect_refusal(because.NO_REENROLMENT, field, objected, world, CORE)
    world.time_ms = DUE_MS - 1
    objected(world, CORE)
    expect_refusal(because.NO_REENROLMENT, field, objected, world, CORE)


@pytest.mark.parametrize("actor", [BANK, SUPPLIER])
def test_rejects_may_not_object(world, actor):
    opened(world)
    expect_refusal(because.MAY_NOT_OBJECT, 0, objected, world, actor)


# ---------------------------------------------------------------- revocation lists


def admitted(world, *names, issuer=ISSUER):
    """Keys of the core enterprise; the serial number of the first one's certificate."""
    keys = [make_certified_key(name, issuer=issuer) for name in names]
    for key in keys:
        world.said([REGISTRAR, CORE], pb.ADMIT_KEY, pb.AdmitKey(organisation=CORE, key=key))
    return read_serial(keys[0].certificate.chain[0])


def entered(world, message, actor=REGISTRAR):
    return world.said(actor, pb.ENTER_REVOCATIONS, message)


def expect_enter_refused(world, reason, field, message, actor=REGISTRAR):
    before = dict(world.source.records)
    expect_refusal(reason, field, entered, world, message, actor)
    assert world.source.records == before


def make_list(*entries, issuer=ISSUER, at_ms=NOW_MS - DAY_MS):
    """The command that enters a list with these serial numbers and keys."""
    serials = sorted({serial for serial, _ in entries})
    return build_revocations(issuer, issuer.revoke(serials, at_ms), entries)


def test_a_list_ends_the_keys_that_stand_on_its_certificates(world):
    serial = admitted(world, "another", "spared")
    message = make_list((serial, public("another")))
    events = entered(world, message)
    assert found_key(world.context(), "another").revoked_at_ms == NOW_MS
    assert found_key(world.context(), "spared").revoked_at_ms == 0
    expect_refusal(because.KEY_REVOKED, 0, world.authorised, [command(CORE)], "another", "core-checker")
    link = found_key(world.context(), "another").certificate.links[0]
    assert is_revoked(world.context(), link)
    found = get_revocation_list(world.context(), ISSUER.fingerprint)
    assert found is not None
    assert found.list_digest == hashlib.sha256(message.list).digest()
    assert (found.this_update_ms, found.next_update_ms) == (NOW_MS - DAY_MS, NOW_MS + 6 * DAY_MS)
    assert [(event.organisation, event.record, event.public_key) for event in events] == [
        (REGISTRAR, compute_revocations_key(ISSUER.fingerprint), b""),
        (CORE, "", public("another")),
    ]


def test_a_revoked_issuer_ends_every_key_below_it_and_admits_none(world):
    admitted(world, "one", "two")
    issuer = read_serial(ISSUER.certificate)
    entered(world, make_list((issuer, public("one")), (issuer, public("two")), issuer=ROOT))
    for name in ("one", "two"):
        assert found_key(world.context(), name).revoked_at_ms == NOW_MS
    message = pb.AdmitKey(organisation=CORE, key=make_certified_key("three"))
    field = message.KEY_FIELD_NUMBER
    expect_refusal(because.CERTIFICATE_REVOKED, field, world.said, [REGISTRAR, CORE], pb.ADMIT_KEY, message)


def test_a_certificate_may_be_named_before_anybody_stands_on_it(world):
    key = make_certified_key()
    serial = read_serial(key.certificate.chain[0])
    events = entered(world, make_list((serial, b"")))
    assert [event.public_key for event in events] == [b""]
    message = pb.AdmitKey(organisation=CORE, key=key)
    field = message.KEY_FIELD_NUMBER
    expect_refusal(because.CERTIFICATE_REVOKED, field, world.said, [REGISTRAR, CORE], pb.ADMIT_KEY, message)


def test_a_key_that_has_ended_before_keeps_its_time(world):
    serial = admitted(world, "another")
    world.said(CORE, pb.REVOKE_KEY, pb.RevokeKey(public_key=public("another")))
    world.time_ms += 1
    entered(world, make_list((serial, public("another"))))
    assert found_key(world.context(), "another").revoked_at_ms == NOW_MS


def test_a_fresh_list_lets_keys_in_until_the_next_one_is_due(world):
    trust(world, lists_required=True)
    entered(world, make_list())
    admitted(world, "another")
    world.time_ms = NOW_MS + 6 * DAY_MS
    message = pb.AdmitKey(organisation=CORE, key=make_certified_key("late"))
    field = message.KEY_FIELD_NUMBER
    expect_refusal(because.REVOCATIONS_STALE, field, world.said, [REGISTRAR, CORE], pb.ADMIT_KEY, message)


def test_as_many_certificates_as_a_list_may_name_fit_into_a_transaction(world):
    names = [f"key-{place}" for place in range(32)]
    keys = [make_certified_key(name, issuer=ROOT) for name in names]
    entries = []
    for name, key in zip(names, keys, strict=True):
        world.said([REGISTRAR, CORE], pb.ADMIT_KEY, pb.AdmitKey(organisation=CORE, key=key))
        entries.append((read_serial(key.certificate.chain[0]), public(name)))
    assert len(entered(world, make_list(*entries, issuer=ROOT))) == 33
    assert all(found_key(world.context(), name).revoked_at_ms for name in names)


def test_a_list_is_entered_by_one_organisation_alone_of_an_authority_that_is_trusted(world):
    message = make_list()
    expect_enter_refused(world, because.NOT_ALONE, 0, message, [REGISTRAR, BANK])
    for distrusted_at_ms in (NOW_MS - 1, None):
        if distrusted_at_ms:
            trust(world, distrusted_at_ms=distrusted_at_ms)
        else:
            del world.source.records[compute_authority_key(ROOT.fingerprint)]
        expect_enter_refused(world, because.AUTHORITY_NOT_TRUSTED, ENTER.AUTHORITY_FIELD_NUMBER, message)
    message.authority = b"short"
    expect_enter_refused(world, because.AUTHORITY_NOT_TRUSTED, ENTER.AUTHORITY_FIELD_NUMBER, message)


def test_rejects_not_the_operator(world):
    for actor in (BANK, CORE):
        expect_enter_refused(world, because.NOT_THE_OPERATOR, 0, make_list(), actor)
    trust(world, operator=BANK)
    expect_enter_refused(world, because.NOT_THE_OPERATOR, 0, make_list(), CORE)
    entered(world, make_list(), BANK)


def test_rejects_revocations_invalid(world):
    """Too long, of another issuer than its chain's, entries out of order; and a list that is made tomorrow."""
    long, strange, unsorted, ahead = (make_list() for _ in range(4))
    long.list = bytes(24_577)
    strange.issuer = ROOT.fingerprint
    unsorted.revoked.extend(pb.RevokedCertificate(serial=serial) for serial in (b"\x02", b"\x01"))
    ahead.this_update_ms = NOW_MS + 1
    for message in (long, strange, unsorted, ahead):
        expect_enter_refused(world, because.REVOCATIONS_INVALID, ENTER.LIST_FIELD_NUMBER, message)
    ahead.this_update_ms = NOW_MS
    entered(world, ahead)


def test_rejects_revocations_not_newer(world):
    entered(world, make_list())
    for at_ms in (NOW_MS - DAY_MS, NOW_MS - 2 * DAY_MS):
        message = make_list(at_ms=at_ms)
        expect_enter_refused(world, because.REVOCATIONS_NOT_NEWER, ENTER.THIS_UPDATE_MS_FIELD_NUMBER, message)
    entered(world, make_list(issuer=ROOT, at_ms=NOW_MS - 2 * DAY_MS))
    entered(world, make_list(at_ms=NOW_MS - DAY_MS + 1000))


def test_a_list_ends_no_key_that_is_not_there(world):
    message = make_list((5, public("nobody")))
    expect_enter_refused(world, because.KEY_UNKNOWN, ENTER.REVOKED_FIELD_NUMBER, message)


def test_rejects_key_without_certificate(world):
    """A key without any, a key that stands on another, and the same number under another issuer: not even the first
    entry of such a list counts.
    """
    serial = admitted(world, "another")
    for message in (
        make_list((serial, public("another")), (serial, public("core-maker"))),
        make_list((serial + 1, public("another"))),
        make_list((serial, public("another")), issuer=ROOT),
    ):
        expect_enter_refused(world, because.KEY_WITHOUT_CERTIFICATE, ENTER.REVOKED_FIELD_NUMBER, message)
    assert found_key(world.context(), "another").revoked_at_ms == 0


def test_a_key_of_a_reenrolment_is_ended_by_a_list_before_it_is_good(world):
    opened(world, keys=[make_certified_key("new-maker", valid_from_ms=DUE_MS, valid_until_ms=SOON_MS)])
    serial = int.from_bytes(found_key(world.context(), "new-maker").certificate.links[0].serial, "big")
    entered(world, make_list((serial, public("new-maker"))))
    world.time_ms = DUE_MS
    expect_refusal(because.KEY_REVOKED, 0, world.authorised, [command(CORE)], "new-maker", "core-checker")
