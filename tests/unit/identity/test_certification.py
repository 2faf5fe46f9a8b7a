from typing import Any

import pytest

from hefu.v1 import identity_pb2 as pb
from identity import rejections as because
from identity.certification import compute_chain_digest, is_evidence_sound, is_list_sound, is_serial
from identity.records import compute_authority_key, compute_revocation_key, compute_revocations_key
from tests.unit.identity.certified_world import (
    DAY_MS,
    FOREIGN,
    ISSUER,
    ROOT,
    SOON_MS,
    make_certified_key,
    make_world,
    put,
    trust,
)
from tests.unit.identity.world import BANK, CORE, NOW_MS, REGISTRAR, expect_refusal, found_key, make_key, public

KEY = pb.AdmitKey.KEY_FIELD_NUMBER
YEAR_MS = 365 * DAY_MS


@pytest.fixture
def world():
    return make_world(certificate_roles=[pb.CORE_ENTERPRISE])


def admit(world, key, organisation=CORE):
    return world.said([REGISTRAR, organisation], pb.ADMIT_KEY, pb.AdmitKey(organisation=organisation, key=key))


def expect_refused(world, reason, key):
    before = dict(world.source.records)
    expect_refusal(reason, KEY, admit, world, key)
    assert world.source.records == before


def changed(**changes):
    """A certified key whose evidence says something else."""
    key = make_certified_key()
    for field, value in changes.items():
        key.certificate.ClearField(field)
        if isinstance(value, list):
            getattr(key.certificate, field).extend(value)
        else:
            setattr(key.certificate, field, value)
    return key


def test_a_key_is_admitted_with_its_certificates_and_the_record_names_them(world):
    key = make_certified_key()
    admit(world, key)
    found = found_key(world.context(), "another").certificate
    assert found.authority == ROOT.fingerprint
    assert list(found.links) == list(key.certificate.links)
    assert [link.issuer for link in found.links] == [ISSUER.fingerprint, ROOT.fingerprint]
    assert found.chain_digest == compute_chain_digest(key.certificate.chain)
    assert found.not_after_ms == NOW_MS + YEAR_MS + 1000


def test_the_digest_of_a_chain_depends_on_where_its_certificates_end():
    assert compute_chain_digest([b"ab", b"c"]) != compute_chain_digest([b"a", b"bc"])
    assert compute_chain_digest([b"abc"]) != compute_chain_digest([b"ab", b"c"])


def test_rotation_asks_for_a_certificate_too(world):
    bare = make_key(CORE, "another", "core-anna", [pb.MAKER])
    rotation = pb.RotateKey(old_key=public("core-maker"), key=bare)
    expect_refusal(because.CERTIFICATE_NEEDED, rotation.KEY_FIELD_NUMBER, world.said, CORE, pb.ROTATE_KEY, rotation)
    world.said(CORE, pb.ROTATE_KEY, pb.RotateKey(old_key=public("core-maker"), key=make_certified_key()))
    assert found_key(world.context(), "another").HasField("certificate")


def test_a_machine_and_an_organisation_of_another_role_need_none(world):
    admit(world, make_key(CORE, "machine", "m", [pb.SERVICE]))
    admit(world, make_key(BANK, "clerk", "c", [pb.MAKER]), BANK)
    assert not found_key(world.context(), "machine").HasField("certificate")


def test_a_certificate_that_nobody_asked_for_is_judged_all_the_same(world):
    key = FOREIGN.certify_key(BANK, make_key(BANK, "clerk", "c", [pb.MAKER], valid_until_ms=SOON_MS), NOW_MS)
    expect_refusal(because.AUTHORITY_NOT_TRUSTED, KEY, admit, world, key, BANK)


def test_rejects_certificate_needed(world):
    for roles in ([pb.MAKER], [pb.CHECKER], [pb.OWNER]):
        expect_refused(world, because.CERTIFICATE_NEEDED, make_key(CORE, "another", "core-anna", roles))


GOOD = make_certified_key().certificate
LEAF, ABOVE = GOOD.chain
LINK = GOOD.links[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"authority": b""}, {"authority": bytes(31)}, {"authority": bytes(33)}, {"authority": bytes(32)},
        {"chain": []}, {"chain": [LEAF]}, {"chain": [LEAF, b""]}, {"chain": [LEAF, LEAF]},
        {"chain": [LEAF, ABOVE, ABOVE, ABOVE]}, {"chain": [bytes(8192), ABOVE]},
        {"links": []}, {"links": [LINK]}, {"links": [LINK] * 3}, {"links": [LINK, LINK]},
        {"links": [pb.CertificateLink(issuer=LINK.issuer), GOOD.links[1]]},
        {"links": [pb.CertificateLink(issuer=LINK.issuer, serial=b"\x00\x01"), GOOD.links[1]]},
        {"links": [pb.CertificateLink(issuer=LINK.issuer, serial=bytes([1] * 21)), GOOD.links[1]]},
        {"links": [pb.CertificateLink(issuer=b"x", serial=b"\x01"), GOOD.links[1]]},
        {"not_before_ms": -1}, {"not_before_ms": GOOD.not_after_ms}, {"not_after_ms": 2**53},
    ],
)  # fmt: skip
def test_rejects_certificate_invalid(world, changes):
    """Lengths and numbers out of bounds, links that do not follow each other, times that do not."""
    expect_refused(world, because.CERTIFICATE_INVALID, changed(**changes))


def test_what_is_just_within_bounds_is_sound():
    assert is_evidence_sound(GOOD)
    assert is_evidence_sound(changed(not_before_ms=0, not_after_ms=2**53 - 1).certificate)
    assert [is_serial(bytes(serial)) for serial in ([], [0], [0, 1], [1], [1] * 20, [1] * 21)] == [
        False, False, False, True, True, False,
    ]  # fmt: skip


def test_rejects_authority_not_trusted(world):
    """One that was never trusted, one that is distrusted, and what was trusted under another fingerprint."""
    stranger = make_certified_key(issuer=FOREIGN)
    expect_refused(world, because.AUTHORITY_NOT_TRUSTED, stranger)
    trust(world, distrusted_at_ms=NOW_MS - 1)
    expect_refused(world, because.AUTHORITY_NOT_TRUSTED, make_certified_key())
    trust(world, FOREIGN)
    admit(world, stranger)


@pytest.mark.parametrize(
    ("from_ms", "until_ms"),
    [(NOW_MS - 1, SOON_MS), (0, SOON_MS), (NOW_MS, NOW_MS + YEAR_MS + 1001), (NOW_MS, 2**53 - 1)],
)
def test_rejects_certificate_too_short(world, from_ms, until_ms):
    key = make_certified_key(valid_from_ms=from_ms, valid_until_ms=until_ms)
    expect_refused(world, because.CERTIFICATE_TOO_SHORT, key)


def test_a_key_may_be_good_for_the_whole_of_its_chain(world):
    admit(world, make_certified_key(valid_from_ms=NOW_MS, valid_until_ms=NOW_MS + YEAR_MS + 1000))
    found = found_key(world.context(), "another")
    assert found.valid_until_ms == found.certificate.not_after_ms


@pytest.mark.parametrize("place", [0, 1])
def test_rejects_certificate_revoked(world, place):
    """The key's own, and that of the issuer above it."""
    key = make_certified_key()
    put(world, compute_revocation_key(key.certificate.links[place]), pb.Revocation(revoked_at_ms=1))
    expect_refused(world, because.CERTIFICATE_REVOKED, key)


def test_rejects_revocations_stale(world):
    """No list of the key's issuer, one of another issuer, one that has had its time; a fresh one will do."""
    trust(world, lists_required=True)
    key = make_certified_key()
    expect_refused(world, because.REVOCATIONS_STALE, key)
    put(world, compute_revocations_key(ROOT.fingerprint), pb.RevocationList(next_update_ms=SOON_MS))
    expect_refused(world, because.REVOCATIONS_STALE, key)
    put(world, compute_revocations_key(ISSUER.fingerprint), pb.RevocationList(next_update_ms=NOW_MS))
    expect_refused(world, because.REVOCATIONS_STALE, key)
    put(world, compute_revocations_key(ISSUER.fingerprint), pb.RevocationList(next_update_ms=NOW_MS + 1))
    admit(world, key)


def test_faults_are_named_in_the_order_of_their_numbers(world):
    """With everything wrong at once, mending one shows the next."""
    key = make_certified_key(valid_until_ms=2**53 - 1)
    evidence = pb.CertificateEvidence()
    evidence.CopyFrom(key.certificate)
    put(world, compute_revocation_key(key.certificate.links[0]), pb.Revocation(revoked_at_ms=1))
    del world.source.records[compute_authority_key(ROOT.fingerprint)]
    key.certificate.links[0].serial = b""
    expect_refused(world, because.CERTIFICATE_INVALID, key)
    key.certificate.CopyFrom(evidence)
    expect_refused(world, because.AUTHORITY_NOT_TRUSTED, key)
    trust(world, lists_required=True)
    expect_refused(world, because.CERTIFICATE_TOO_SHORT, key)
    key.valid_until_ms = SOON_MS
    expect_refused(world, because.CERTIFICATE_REVOKED, key)
    del world.source.records[compute_revocation_key(evidence.links[0])]
    expect_refused(world, because.REVOCATIONS_STALE, key)


def test_a_list_has_its_bounds():
    def command(**changes):
        fields = {
            "authority": ROOT.fingerprint, "issuer": ISSUER.fingerprint, "issuer_chain": [ISSUER.certificate],
            "list": b"list", "this_update_ms": 0, "next_update_ms": 1,
        }  # fmt: skip
        return pb.EnterRevocations(**{**fields, **changes})

    def entry(serial=b"\x01", **changes):
        return pb.RevokedCertificate(serial=serial, **changes)

    of_the_authority = {"issuer_chain": [], "issuer": ROOT.fingerprint}
    rising = [entry(bytes([1, number])) for number in range(32)]
    two_keys = [entry(public_key=bytes(32)), entry(public_key=bytes([1] * 32))]
    sounds: tuple[dict[str, Any], ...] = (
        {}, of_the_authority, {"list": b"l"}, {"list": bytes(24_576)}, {"revoked": rising}, {"revoked": two_keys},
        {"next_update_ms": 2**53 - 1},
    )  # fmt: skip
    for sound in sounds:
        assert is_list_sound(command(**sound)), sound
    unsounds: tuple[dict[str, Any], ...] = (
        {"issuer_chain": []}, {"issuer": ROOT.fingerprint}, {"issuer_chain": [ISSUER.certificate] * 3},
        {"issuer_chain": [ISSUER.certificate, b""]}, {"issuer_chain": [ISSUER.certificate, bytes(8192)]},
        {"list": b""}, {"list": bytes(24_577)}, {"revoked": [*rising, entry(b"\x02")]},
        {"revoked": [entry(), entry()]}, {"revoked": [entry(b"\x02"), entry(b"\x01")]}, {"revoked": two_keys[::-1]},
        {"revoked": [entry(b"")]}, {"revoked": [entry(b"\x00")]}, {"revoked": [entry(public_key=bytes(31))]},
        {"revoked": [entry(revoked_at_ms=-1)]}, {"revoked": [entry(revoked_at_ms=2**53)]},
        {"this_update_ms": -1}, {"this_update_ms": 1}, {"next_update_ms": 2**53},
    )  # fmt: skip
    for unsound in unsounds:
        assert not is_list_sound(command(**unsound)), unsound
