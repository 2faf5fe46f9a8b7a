import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier
from hypothesis import given, settings
from hypothesis import strategies as st

from hefu.v1 import identity_pb2 as pb
from hefu.v1 import ledger_pb2
from identity import rejections as because
from identity.certificates import (
    describe_subject,
    read_certificates,
    read_evidence,
    verify_authority,
    verify_evidence,
)
from identity.x509_reading import encode_serial
from ledger.errors import MalformedInput, Rejection
from ledger.transaction import Transaction
from nodes.evidence import EvidenceDoor
from tests.support.authority import (
    CA_USAGE,
    LEAF_USAGE,
    CertificateAuthority,
    make_name,
    make_private_key,
    make_usage,
    read_serial,
    unwrap_der,
    wrap_der,
)
from tests.unit.identity.certified_world import BEGINS_MS, FOREIGN, ISSUER, ROOT, make_certified_key
from tests.unit.identity.world import BANK, CORE, NOW_MS, make_key, public

LEI = "2594007XIACKNMUAW223"
BASIC = x509.BasicConstraints(False, None)
LIST_URI = x509.UniformResourceIdentifier("http://ca.example/ca.crl")
UNKNOWN = x509.UnrecognizedExtension(ObjectIdentifier("1.2.156.10260.4.1.1"), b"\x0c\x01x")
"""The extension of GM/T 0015 for a citizen's number."""


def key_of(organisation=CORE, name="another", issuer=ISSUER, **changes):
    """A key with a chain that was signed as told; what is said of it is true."""
    key = make_key(organisation, name, "core-anna", [pb.MAKER])
    return issuer.certify_key(organisation, key, NOW_MS, **changes)


def verify(key, organisation=CORE, authority=ROOT):
    verify_evidence(organisation, key, authority.certificate)


def expect_refused(text, key, organisation=CORE, authority=ROOT):
    with pytest.raises(MalformedInput, match=text):
        verify(key, organisation, authority)


def below(parent=ROOT, **changes):
    """A CA below another."""
    return CertificateAuthority("Issuer", BEGINS_MS, parent=parent, **{"kind": "ed25519", **changes})


# ---------------------------------------------------------------- what verifies


@pytest.mark.parametrize("kind", ["ec", "rsa", "ed25519"])
def test_an_ed25519_key_is_certified_by_a_ca_of_another_kind(kind):
    root = CertificateAuthority("Root", BEGINS_MS, kind=kind)
    verify(key_of(issuer=root), authority=root)
    verify(key_of(issuer=below(root)), authority=root)
    verify_authority(root.certificate)


def test_a_chain_has_up_to_three_certificates_and_the_authority_above():
    key = key_of(issuer=below(below(ROOT)))
    assert len(key.certificate.chain) == 3
    verify(key)


def test_what_is_trusted_may_itself_stand_below_another():
    key = make_key(CORE, "another", "core-anna", [pb.MAKER])
    leaf = ISSUER.certify(CORE, key.public_key, NOW_MS)
    key.certificate.CopyFrom(read_evidence([leaf], ISSUER.certificate))
    verify(key, authority=ISSUER)


def test_the_evidence_says_who_issued_what_and_for_how_long():
    brief = below(days=200)
    key = key_of(issuer=brief)
    evidence = key.certificate
    assert [link.issuer for link in evidence.links] == [brief.fingerprint, ROOT.fingerprint]
    assert int.from_bytes(evidence.links[1].serial, "big") == read_serial(brief.certificate)
    # The beginning of the last and the end of the first of them, through its last second.
    assert evidence.not_before_ms == NOW_MS
    assert evidence.not_after_ms == BEGINS_MS + 200 * 86_400_000 + 1000


@pytest.mark.parametrize(
    ("organisation", "subject"),
    [
        (CORE, make_name(organization_identifier=CORE)),
        (CORE, make_name(organization_identifier=f"NTRCN-{CORE}")),
        (CORE, make_name(serial_number=CORE)),
        (CORE, make_name(serial_number=CORE, organization_identifier=f"NTRCN-{CORE}")),
        (LEI, make_name(organization_identifier=f"LEIXG-{LEI}")),
        (LEI, make_name(serial_number=LEI)),
        (CORE, make_name(serial_number=CORE, organization_name="某公司", common_name="某公司")),
        (CORE, make_name(serial_number=CORE, organization_name="某公司", common_name=CORE)),
        (CORE, make_name(serial_number=CORE, country_name="CN", organizational_unit_name="财务部")),
    ],
)
def test_the_subject_is_the_organisation(organisation, subject):
    verify(key_of(organisation, subject=subject), organisation)


@pytest.mark.parametrize(
    "more",
    [
        [(BASIC, True)],
        [(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]), False)],
        [(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]), True)],
        [(x509.ExtendedKeyUsage([ObjectIdentifier("1.3.6.1.5.5.7.3.36")]), True)],
        [(x509.SubjectAlternativeName([x509.UniformResourceIdentifier("did:bid:ef"), x509.DNSName("a.cn")]), False)],
        [(x509.AuthorityKeyIdentifier(bytes(20), None, None), False)],
        [(x509.CRLDistributionPoints([x509.DistributionPoint([LIST_URI], None, None, None)]), False)],
    ],
)
def test_what_a_certificate_may_say_beside(more):
    verify(key_of(extensions=[(LEAF_USAGE, True), *more]))


# ---------------------------------------------------------------- what does not


def test_a_chain_of_an_authority_that_only_has_the_name_does_not_verify():
    expect_refused("not signed by the one above", key_of(issuer=FOREIGN))
    mixed = key_of(issuer=below(FOREIGN))
    expect_refused("not signed by the one above", mixed)


def test_a_certificate_that_was_changed_does_not_verify():
    key = key_of()
    leaf = bytearray(key.certificate.chain[0])
    leaf[-1] ^= 1
    key.certificate.chain[0] = bytes(leaf)
    expect_refused("not signed by the one above", key)


def test_an_issuer_that_is_named_is_the_one_that_signed():
    key = make_key(CORE, "another", "core-anna", [pb.MAKER])
    leaf = ROOT.certify(CORE, key.public_key, NOW_MS, issuer=make_name(common_name="Somebody else"))
    key.certificate.CopyFrom(read_evidence([leaf], ROOT.certificate))
    expect_refused("not signed by the one above", key)


def test_the_key_is_the_one_in_the_certificate():
    key = key_of()
    key.public_key = public("core-maker")
    expect_refused("another key", key)
    expect_refused("another key", key_of(key=make_private_key("ec").public_key()))


@pytest.mark.parametrize(
    "change",
    [
        {"not_before_ms": 1}, {"not_after_ms": 2**52}, {"authority": bytes(32)},
    ],
)  # fmt: skip
def test_what_is_said_of_the_certificates_is_what_they_say(change):
    key = key_of()
    for field, value in change.items():
        setattr(key.certificate, field, value)
    expect_refused("something else", key)


def test_the_serial_numbers_are_theirs():
    key = key_of()
    key.certificate.links[0].serial = b"\x01"
    expect_refused("something else", key)
    key = key_of()
    key.certificate.links[1].issuer = bytes(32)
    expect_refused("something else", key)


@pytest.mark.parametrize(
    ("text", "issuer"),
    [
        ("may not issue", below(is_ca=False)),
        ("may not issue", below(usage=make_usage(digital_signature=True, crl_sign=True))),
        ("too weak", below(kind="rsa1024")),
        ("too weak", below(kind="ec192")),
        ("of a kind that is not verified", below(certified=make_private_key("x25519").public_key())),
        ("names or policies", below(more=[(x509.NameConstraints([x509.DNSName("cn")], None), True)])),
        ("names or policies", below(more=[(x509.NameConstraints([x509.DNSName("cn")], None), False)])),
        ("names or policies", below(more=[(x509.PolicyConstraints(0, None), True)])),
        ("names or policies", below(more=[(x509.InhibitAnyPolicy(0), True)])),
        ("critical extension", below(more=[(UNKNOWN, True)])),
        ("another purpose", below(more=[(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), False)])),
    ],
)
def test_who_issues_must_be_allowed_to(text, issuer):
    """Also as an authority itself, by whoever would have it trusted."""
    expect_refused(text, key_of(issuer=issuer))
    with pytest.raises(MalformedInput, match=text):
        verify_authority(issuer.certificate)


def test_an_issuer_may_have_extensions_that_need_not_be_read():
    verify(key_of(issuer=below(more=[(UNKNOWN, False)])))


def test_no_path_is_longer_than_an_issuer_allows():
    narrow = CertificateAuthority("Root", BEGINS_MS, path_length=0)
    verify(key_of(issuer=narrow), authority=narrow)
    expect_refused("longer than", key_of(issuer=below(narrow)), authority=narrow)
    within = below(path_length=0)
    verify(key_of(issuer=within))
    expect_refused("longer than", key_of(issuer=below(within)))


def test_a_leaf_of_a_member_does_not_issue_for_another():
    """A member that signs a certificate with the key of its own."""
    member = below(is_ca=False, usage=LEAF_USAGE)
    expect_refused("may not issue", key_of(issuer=member))


@pytest.mark.parametrize(
    ("text", "extensions"),
    [
        ("of a CA", [(x509.BasicConstraints(True, None), True), (LEAF_USAGE, True)]),
        ("cannot be read", []),
        ("not made for signing", [(CA_USAGE, True)]),
        ("critical extension", [(LEAF_USAGE, True), (UNKNOWN, True)]),
        ("speak of a person", [(LEAF_USAGE, True), (UNKNOWN, False)]),
        ("another purpose", [(LEAF_USAGE, True), (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)]),
        ("another name", [(LEAF_USAGE, True), (x509.SubjectAlternativeName([x509.RFC822Name("a@b.cn")]), False)]),
        ("another name", [(LEAF_USAGE, True), (x509.SubjectAlternativeName([x509.DirectoryName(make_name())]), False)]),
    ],
)  # fmt: skip
def test_a_members_certificate_signs_and_speaks_of_no_person(text, extensions):
    expect_refused(text, key_of(extensions=extensions))


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("not this organisation", make_name(country_name="CN")),
        ("not this organisation", make_name(common_name=CORE)),
        ("not this organisation", make_name(serial_number=BANK)),
        ("not this organisation", make_name(serial_number=f"LEIXG-{CORE}")),
        ("not this organisation", make_name(serial_number=f" {CORE}")),
        ("not this organisation", make_name(serial_number="0017", organization_identifier=CORE)),
        ("common name", make_name(serial_number=CORE, common_name="Zhang San")),
        ("common name", make_name(serial_number=CORE, organization_name="某公司", common_name="张三")),
        ("speak of a person", make_name(serial_number=CORE, given_name="三")),
        ("speak of a person", make_name(serial_number=CORE, email_address="a@b.cn")),
        ("speak of a person", make_name(serial_number=CORE, locality_name="宁德")),
        (
            "stands there twice",
            x509.Name([x509.NameAttribute(NameOID.SERIAL_NUMBER, text) for text in (CORE, f"NTRCN-{CORE}")]),
        ),
    ],
)
def test_a_subject_that_is_not_the_organisation_alone(text, subject):
    expect_refused(text, key_of(subject=subject))


def test_a_certificate_of_one_member_is_not_one_of_another():
    expect_refused("not this organisation", key_of(), BANK)


def test_a_weak_hash_is_refused():
    for hash_ in (hashes.SHA3_256(), hashes.SHA224()):
        expect_refused("other than SHA-256", key_of(issuer=ROOT, hash_=hash_))


def test_no_certificate_is_none():
    expect_refused("no certificate", make_key(CORE, "another", "core-anna", [pb.MAKER]))


def test_an_authority_may_be_distrusted_or_over_and_verify_all_the_same():
    """Whether it is trusted now is the rules' to say; nothing here knows a clock."""
    over = CertificateAuthority("Over", 1_000_000_000_000, days=1)
    verify(key_of(issuer=over), authority=over)


# ---------------------------------------------------------------- hostile bytes


GOOD = make_certified_key()


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(GOOD.certificate.chain[0]) - 1), st.integers(1, 255))
def test_no_changed_byte_gets_through_and_none_breaks_the_reader(place, difference):
    key = pb.NewKey()
    key.CopyFrom(GOOD)
    leaf = bytearray(key.certificate.chain[0])
    leaf[place] ^= difference
    key.certificate.chain[0] = bytes(leaf)
    with pytest.raises(MalformedInput):
        verify(key)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_what_is_no_certificate_is_malformed(data):
    for read in (verify_authority, read_certificates, describe_subject):
        with pytest.raises(MalformedInput):
            read(data)
    with pytest.raises(MalformedInput):
        read_evidence([data], ROOT.certificate)


def test_what_the_library_is_about_to_refuse_is_refused_now():
    """A serial number that is not above 0: the library warns, and its next releases will not read it."""
    encoded = bytearray(ROOT.certificate)
    encoded[15] |= 0x80  # the first byte of the serial number, which follows 0x02 0x14
    with pytest.raises(MalformedInput, match="cannot be read"):
        verify_authority(bytes(encoded))


def test_a_certificate_of_an_older_version_is_refused():
    loaded = x509.load_der_x509_certificate(ROOT.certificate)
    body, version = loaded.tbs_certificate_bytes, bytes.fromhex("a003020102")
    assert unwrap_der(body).startswith(version)
    older = wrap_der(0x30, unwrap_der(body)[len(version) :])
    rest = unwrap_der(ROOT.certificate)[len(body) :]
    with pytest.raises(MalformedInput, match="not of version 3"):
        verify_authority(wrap_der(0x30, older + rest))


def test_a_file_is_read_in_both_forms():
    certificates = [ISSUER.certificate, ROOT.certificate]
    pem = b"".join(x509.load_der_x509_certificate(one).public_bytes(Encoding.PEM) for one in certificates)
    assert read_certificates(b"Bag Attributes\n" + pem) == certificates
    assert read_certificates(ROOT.certificate) == [ROOT.certificate]
    for data in (b"", b"-----BEGIN CERTIFICATE-----\n", pem[:100], ROOT.certificate + b"x"):
        with pytest.raises(MalformedInput):
            read_certificates(data)


def test_a_subject_is_shown():
    assert describe_subject(ROOT.certificate) == "CN=Root,C=CN"


# ---------------------------------------------------------------- said by the door


def examine(key, known=ROOT):
    """What the door says of the admission of a key of the core enterprise."""
    payload = pb.AdmitKey(organisation=CORE, key=key).SerializeToString()
    command = ledger_pb2.Command(organisations=["A", CORE], kind=pb.ADMIT_KEY, payload=payload)
    body = ledger_pb2.TransactionBody(commands=[command])
    EvidenceDoor(lambda fingerprint: known.certificate).examine(Transaction(b"", b"", b"", body, []))


def test_rejects_certificate_not_verified():
    """A forged chain, facts that differ, another member's certificate."""
    examine(make_certified_key())
    forged = make_certified_key(issuer=FOREIGN)
    forged.certificate.authority = forged.certificate.links[-1].issuer = ROOT.fingerprint
    longer = make_certified_key()
    longer.certificate.not_after_ms += 1
    theirs = make_certified_key(organisation=BANK)
    for key in (forged, longer, theirs):
        with pytest.raises(Rejection) as caught:
            examine(key)
        assert caught.value.reason is because.CERTIFICATE_NOT_VERIFIED
        assert caught.value.field == pb.AdmitKey.KEY_FIELD_NUMBER


def test_no_serial_number_is_below_1():
    assert encode_serial(255) == b"\xff"
    for number in (0, -1):
        with pytest.raises(MalformedInput):
            encode_serial(number)
