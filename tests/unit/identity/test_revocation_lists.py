import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from hefu.v1 import identity_pb2 as pb
from hefu.v1 import ledger_pb2
from identity import rejections as because
from identity.revocation_lists import find_revoked, read_list, read_list_file, verify_list
from identity.x509_reading import encode_serial
from ledger.errors import MalformedInput, Rejection
from ledger.transaction import Transaction
from nodes.evidence import EvidenceDoor
from tests.support.authority import (
    CertificateAuthority,
    build_revocations,
    make_name,
    make_usage,
    read_serial,
    unwrap_der,
    wrap_der,
)
from tests.unit.identity.certified_world import BEGINS_MS, DAY_MS, FOREIGN, ISSUER, ROOT, make_certified_key
from tests.unit.identity.world import BANK, NOW_MS, public

SERIALS = [5, 7 << 100]
UTC_TIME, UTC_TIME_BYTES = b"\x17\x0d", 15
"""DER: how a time begins, and how long it is."""


def make_list(issuer=ISSUER, serials=SERIALS, **changes):
    return issuer.revoke(serials, NOW_MS, **changes)


def enter(encoded, issuer=ISSUER):
    return build_revocations(issuer, encoded, [(5, public("core-maker"))])


def expect_refused(text, command, authority=ROOT):
    with pytest.raises(MalformedInput, match=text):
        verify_list(command, authority.certificate)


def distribution(**changes):
    fields = {
        "full_name": None, "relative_name": None, "only_contains_user_certs": False, "only_contains_ca_certs": False,
        "only_some_reasons": None, "indirect_crl": False, "only_contains_attribute_certs": False,
    }  # fmt: skip
    return x509.IssuingDistributionPoint(**{**fields, **changes})


def test_a_list_of_the_authority_or_of_an_issuer_below_it_verifies():
    for issuer in (ROOT, ISSUER):
        verify_list(enter(make_list(issuer), issuer), ROOT.certificate)


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_it_may_be_signed_by_any_kind_of_key(kind):
    issuer = CertificateAuthority("List", BEGINS_MS, kind=kind)
    verify_list(enter(make_list(issuer), issuer), issuer.certificate)


def test_it_says_its_times_and_what_it_revokes():
    contents = read_list(make_list(next_ms=NOW_MS + DAY_MS), [ISSUER.certificate], ROOT.certificate)
    assert (contents.this_update_ms, contents.next_update_ms) == (NOW_MS, NOW_MS + DAY_MS)
    assert contents.revoked == {encode_serial(serial): NOW_MS for serial in SERIALS}


@pytest.mark.parametrize(
    "extensions",
    [
        [(x509.CRLNumber(3), False)],
        [(x509.DeltaCRLIndicator(2), True)],
        [(distribution(only_contains_user_certs=True), True)],
    ],
)
def test_a_list_of_changes_or_of_a_part_is_one_too(extensions):
    verify_list(enter(make_list(extensions=extensions)), ROOT.certificate)


def test_a_command_need_not_name_everything_on_the_list():
    command = enter(make_list())
    del command.revoked[:]
    verify_list(command, ROOT.certificate)


def test_a_list_of_another_ca_does_not_verify():
    expect_refused("not signed by its issuer", enter(make_list(ROOT, signer=FOREIGN.key), ROOT))
    renamed = ISSUER.revoke(SERIALS, NOW_MS, issuer=make_name(common_name="Somebody else"))
    expect_refused("not signed by its issuer", enter(renamed))
    expect_refused("not signed by the one above", enter(make_list()), FOREIGN)


def test_who_may_not_sign_lists_does_not():
    mute = CertificateAuthority("Mute", BEGINS_MS, parent=ROOT, usage=make_usage(key_cert_sign=True))
    expect_refused("may sign no revocation lists", enter(make_list(mute), mute))
    member = CertificateAuthority("Member", BEGINS_MS, parent=ROOT, usage=make_usage(crl_sign=True), is_ca=False)
    expect_refused("may not issue", enter(make_list(member), member))


def test_a_weak_hash_is_refused():
    expect_refused("other than SHA-256", enter(make_list(hash_=hashes.SHA224())))


@pytest.mark.parametrize(
    "extensions",
    [
        [(distribution(indirect_crl=True), True)],
        [(distribution(only_contains_attribute_certs=True), True)],
    ],
)
def test_a_list_of_other_issuers_or_of_other_certificates_is_refused(extensions):
    expect_refused("other issuers, or of other kinds", enter(make_list(extensions=extensions)))


def test_what_is_critical_and_not_known_is_refused_of_the_list_and_of_an_entry():
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    expect_refused("critical extension", enter(make_list(extensions=[(unknown, True)])))
    other = x509.CertificateIssuer([x509.DirectoryName(make_name(common_name="x"))])
    expect_refused("critical extension", enter(make_list(entry=[(other, True)])))
    verify_list(enter(make_list(extensions=[(unknown, False)])), ROOT.certificate)


@pytest.mark.parametrize("reason", [x509.ReasonFlags.key_compromise, x509.ReasonFlags.certificate_hold])
def test_a_reason_changes_nothing_but_for_one(reason):
    verify_list(enter(make_list(entry=[(x509.CRLReason(reason), False)])), ROOT.certificate)
    removed = x509.CRLReason(x509.ReasonFlags.remove_from_crl)
    expect_refused("does not revoke", enter(make_list(entry=[(removed, False)])))


def test_a_list_that_names_no_next_one_is_refused():
    """No builder makes one: the field is cut out, and the list signed anew."""
    issuer = CertificateAuthority("List", BEGINS_MS, kind="ed25519")
    encoded = make_list(issuer)
    loaded = x509.load_der_x509_crl(encoded)
    body = loaded.tbs_certlist_bytes
    begins = body.rindex(UTC_TIME, 0, body.index(UTC_TIME) + UTC_TIME_BYTES + 2)
    contents = unwrap_der(body[:begins] + body[begins + UTC_TIME_BYTES :])
    assert body[begins + 2 : begins + 8] == f"{loaded.next_update_utc:%y%m%d}".encode()
    tbs = wrap_der(0x30, contents)
    algorithm = unwrap_der(encoded)[len(body) :][:7]
    command = enter(encoded, issuer)
    command.list = wrap_der(0x30, tbs + algorithm + wrap_der(0x03, b"\x00" + issuer.key.sign(tbs)))
    assert x509.load_der_x509_crl(command.list).is_signature_valid(issuer.key.public_key())
    expect_refused("does not say when the next one comes", command, issuer)


@pytest.mark.parametrize(
    "change",
    [
        {"this_update_ms": NOW_MS + 1000}, {"next_update_ms": NOW_MS + 1000},
    ],
)  # fmt: skip
def test_its_times_are_what_is_said_of_it(change):
    command = enter(make_list())
    for field, value in change.items():
        setattr(command, field, value)
    expect_refused("other times", command)


def test_what_is_named_stands_there_with_this_time():
    command = enter(make_list())
    command.revoked[0].serial = b"\x06"
    expect_refused("does not revoke", command)
    command = enter(make_list())
    command.revoked[0].revoked_at_ms += 1000
    expect_refused("does not revoke", command)


def test_a_chain_is_looked_for_on_a_list():
    evidence = make_certified_key().certificate
    leaf, issuer = (read_serial(certificate) for certificate in evidence.chain)
    for of, serials, found in (
        (ISSUER, [leaf], True), (ISSUER, [issuer], False), (ROOT, [issuer], True), (ROOT, [leaf], False),
        (FOREIGN, [leaf, issuer], None),
    ):  # fmt: skip
        assert find_revoked(evidence, make_list(of, serials), ROOT.certificate) is found


def test_a_file_is_read_in_both_forms():
    encoded = make_list()
    pem = x509.load_der_x509_crl(encoded).public_bytes(Encoding.PEM)
    assert read_list_file(pem) == read_list_file(encoded) == encoded
    for data in (b"", pem[:-40], b"-----BEGIN X509 CRL-----", encoded + b"x", ROOT.certificate):
        with pytest.raises(MalformedInput):
            read_list_file(data)


GOOD = enter(make_list())


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(GOOD.list) - 1), st.integers(1, 255))
def test_no_changed_byte_gets_through_and_none_breaks_the_reader(place, difference):
    command = pb.EnterRevocations()
    command.CopyFrom(GOOD)
    encoded = bytearray(command.list)
    encoded[place] ^= difference
    command.list = bytes(encoded)
    with pytest.raises(MalformedInput):
        verify_list(command, ROOT.certificate)


def test_rejects_revocations_not_verified():
    """Another CA's list under this one's name, and a key ended by a list that does not speak of it."""
    forged = enter(make_list(ROOT, signer=FOREIGN.key), ROOT)
    invented = enter(make_list())
    invented.revoked[0].serial = b"\x06"
    for command in (forged, invented):
        with pytest.raises(Rejection) as caught:
            examine(command)
        assert caught.value.reason is because.REVOCATIONS_NOT_VERIFIED
        assert caught.value.field == command.LIST_FIELD_NUMBER
    examine(enter(make_list()))


def examine(payload):
    command = ledger_pb2.Command(
        organisations=[BANK], kind=pb.ENTER_REVOCATIONS, payload=payload.SerializeToString(deterministic=True)
    )
    body = ledger_pb2.TransactionBody(commands=[command])
    EvidenceDoor(lambda fingerprint: ROOT.certificate).examine(Transaction(b"", b"", b"", body, []))
