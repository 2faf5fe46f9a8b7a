"""What X.509 certificates say, and whether they verify. At a node's door, and afterwards by anybody.

A chain is walked from the trusted authority down to the key's own certificate, so that no key is used before somebody
trusted has signed it. Of each certificate:

1. It is signed by the one above it, and names it as its issuer.
2. One that issues says so (basicConstraints, keyUsage), and the path below it is no longer than it allows.
3. Nothing critical is left unread, no issuer is held to names or policies, and the purposes, where any are named, let a
   client or a document be signed for.
4. The key's own certificate issues nothing, may sign, carries the Ed25519 key itself, and names the organisation: its
   organizationIdentifier or serialNumber is the id, plain, or as `NTRCN-` and a USCC or `LEIXG-` and an LEI. It has no
   field that is made for a person.

Validity is read, not judged: nothing here knows a clock, and each answer is a function of the bytes and of the
authority's certificate alone. An authority is trusted by vote, so its own signature is not asked for. The verifier of
`cryptography` is made for the web's servers and clients and takes no Ed25519 keys; so the path is walked here.

Not here: which authority is trusted, what was revoked, whether a key is valid long enough (certification). All raise
MalformedInput and nothing else.
"""

from collections.abc import Sequence
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID, ObjectIdentifier

from hefu.v1 import identity_pb2 as pb
from identity.certification import compute_fingerprint
from identity.rules import USCC_LENGTH
from identity.x509_reading import (
    PEM_MARK,
    compute_ms,
    encode_serial,
    get_signing_key,
    load_certificate,
    reading,
    refuse_unread,
    refuse_weak_hash,
)
from ledger.errors import MalformedInput

SECOND_MS = 1000
_READ = frozenset({
    ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE, ExtensionOID.EXTENDED_KEY_USAGE,
    ExtensionOID.CERTIFICATE_POLICIES, ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
})  # fmt: skip
_CONSTRAINING = frozenset({
    ExtensionOID.NAME_CONSTRAINTS, ExtensionOID.POLICY_CONSTRAINTS, ExtensionOID.INHIBIT_ANY_POLICY,
})  # fmt: skip
# Of the key's own certificate no others: there are extensions for a citizen's number (GM/T 0015), birth and address.
_IMPERSONAL = _READ | {
    ExtensionOID.SUBJECT_KEY_IDENTIFIER, ExtensionOID.AUTHORITY_KEY_IDENTIFIER, ExtensionOID.CRL_DISTRIBUTION_POINTS,
    ExtensionOID.FRESHEST_CRL, ExtensionOID.AUTHORITY_INFORMATION_ACCESS,
    ExtensionOID.PRECERT_SIGNED_CERTIFICATE_TIMESTAMPS,
}  # fmt: skip
_IDS = (NameOID.ORGANIZATION_IDENTIFIER, NameOID.SERIAL_NUMBER)
_SINGLE = (*_IDS, NameOID.COUNTRY_NAME, NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)
_SUBJECT = frozenset({*_SINGLE, NameOID.ORGANIZATIONAL_UNIT_NAME})
_DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336
_PURPOSES = frozenset({
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE, ExtendedKeyUsageOID.CLIENT_AUTH, _DOCUMENT_SIGNING,
})  # fmt: skip

E = TypeVar("E", bound=x509.ExtensionType)


@reading("a certificate of the chain")
def verify_evidence(organisation: str, key: pb.NewKey, authority: bytes) -> None:
    """Raise MalformedInput unless the key's certificates verify under the authority's (DER), bind this key to this
    organisation, and say what the evidence says of them.
    """
    chain = key.certificate.chain
    if not chain:
        raise MalformedInput("there is no certificate", "chain")
    issuer = verify_issuers(chain[1:], authority)
    leaf = load_certificate(chain[0])
    _verify_signed(leaf, issuer)
    _verify_leaf(leaf, organisation, key.public_key)
    if read_evidence(chain, authority) != key.certificate:
        raise MalformedInput("the certificates say something else than what is said of them", "certificate")


@reading("the authority's certificate")
def verify_authority(authority: bytes) -> None:
    """Raise MalformedInput unless this is the certificate (DER) of a CA whose signatures can be verified."""
    _verify_issuing(load_certificate(authority), 0)


@reading("an issuer's certificate")
def verify_issuers(chain: Sequence[bytes], authority: bytes) -> x509.Certificate:
    """The first certificate of a chain of issuers (DER) under the authority, or without any the authority's own.
    MalformedInput unless each may issue and is signed by the next.
    """
    issuer = load_certificate(authority)
    _verify_issuing(issuer, len(chain))
    for below in reversed(range(len(chain))):
        certificate = load_certificate(chain[below])
        _verify_signed(certificate, issuer)
        _verify_issuing(certificate, below)
        issuer = certificate
    return issuer


@reading("a certificate of the chain")
def read_evidence(chain: Sequence[bytes], authority: bytes) -> pb.CertificateEvidence:
    """What certificates (DER, the key's own first) say; verifies nothing. The end of the validity is exclusive."""
    issuers = (*chain[1:], authority)
    loaded = [load_certificate(certificate) for certificate in (*chain, authority)]
    links = [
        pb.CertificateLink(issuer=compute_fingerprint(issuer), serial=encode_serial(certificate.serial_number))
        for certificate, issuer in zip(loaded, issuers, strict=False)  # the authority's own is no link
    ]
    return pb.CertificateEvidence(
        authority=compute_fingerprint(authority),
        chain=chain,
        links=links,
        not_before_ms=max(compute_ms(certificate.not_valid_before_utc) for certificate in loaded),
        # A certificate is good through its last second.
        not_after_ms=min(compute_ms(certificate.not_valid_after_utc) for certificate in loaded) + SECOND_MS,
    )


@reading("the file of certificates")
def read_certificates(data: bytes) -> list[bytes]:
    """The certificates (DER) of a PEM file, in its order, or the one of a DER file."""
    found = x509.load_pem_x509_certificates(data) if PEM_MARK in data else [x509.load_der_x509_certificate(data)]
    return [certificate.public_bytes(Encoding.DER) for certificate in found]


@reading("a certificate")
def describe_subject(certificate: bytes) -> str:
    """Whom a certificate (DER) is for, as RFC 4514 writes names."""
    return load_certificate(certificate).subject.rfc4514_string()


# ---------------------------------------------------------------- one certificate


def _verify_signed(certificate: x509.Certificate, issuer: x509.Certificate) -> None:
    """MalformedInput unless `issuer`, which has been found to be one, has signed the certificate."""
    refuse_weak_hash(certificate.signature_hash_algorithm)
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        raise MalformedInput("a certificate is not signed by the one above it", "chain") from None


def _verify_issuing(certificate: x509.Certificate, below: int) -> None:
    """MalformedInput unless it is a CA that may have so many CAs below it on a path."""
    get_signing_key(certificate)
    extensions = certificate.extensions
    constraints = extensions.get_extension_for_class(x509.BasicConstraints).value
    if not constraints.ca or not extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign:
        raise MalformedInput("a certificate of the chain may not issue others", "chain")
    if constraints.path_length is not None and constraints.path_length < below:
        raise MalformedInput("the chain is longer than an issuer allows", "chain")
    if any(extension.oid in _CONSTRAINING for extension in extensions):
        raise MalformedInput("an issuer is held to names or policies, which are not read here", "chain")
    refuse_unread(extensions, _READ)
    _verify_purpose(extensions)


def _verify_leaf(certificate: x509.Certificate, organisation: str, public_key: bytes) -> None:
    key = certificate.public_key()
    if not isinstance(key, Ed25519PublicKey) or key.public_bytes_raw() != public_key:
        raise MalformedInput("the certificate is one of another key", "public_key")
    extensions = certificate.extensions
    refuse_unread(extensions, _READ)
    if any(extension.oid not in _IMPERSONAL for extension in extensions):
        raise MalformedInput("the certificate has an extension that may speak of a person", "chain")
    for constraints in _list_values(extensions, x509.BasicConstraints):
        if constraints.ca:
            raise MalformedInput("the key's own certificate is one of a CA", "chain")
    if not extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature:
        raise MalformedInput("the certificate is not made for signing", "chain")
    _verify_purpose(extensions)
    for names in _list_values(extensions, x509.SubjectAlternativeName):
        if not all(isinstance(name, x509.UniformResourceIdentifier | x509.DNSName) for name in names):
            raise MalformedInput("the certificate has another name than those of hosts and services", "chain")
    _verify_subject(certificate.subject, organisation)


def _verify_purpose(extensions: x509.Extensions) -> None:
    for purposes in _list_values(extensions, x509.ExtendedKeyUsage):
        if _PURPOSES.isdisjoint(purposes):
            raise MalformedInput("a certificate is made for another purpose", "chain")


def _verify_subject(subject: x509.Name, organisation: str) -> None:
    """MalformedInput unless it is the organisation's, by its id, and has no field in which a person could stand."""
    if any(attribute.oid not in _SUBJECT for attribute in subject):
        raise MalformedInput("the subject has a field that may speak of a person", "chain")
    values = {oid: [attribute.value for attribute in subject.get_attributes_for_oid(oid)] for oid in _SINGLE}
    if any(len(found) > 1 for found in values.values()):
        raise MalformedInput("a field of the subject stands there twice", "chain")
    scheme = "NTRCN-" if len(organisation) == USCC_LENGTH else "LEIXG-"
    ids = (organisation, scheme + organisation)
    named = [value for oid in _IDS for value in values[oid]]
    if not named or any(value not in ids for value in named):
        raise MalformedInput("the subject is not this organisation", "organisation")
    if any(name not in (*values[NameOID.ORGANIZATION_NAME], *ids) for name in values[NameOID.COMMON_NAME]):
        raise MalformedInput("the subject's common name is not its organisation", "chain")


def _list_values(extensions: x509.Extensions, kind: type[E]) -> list[E]:
    """What an extension says, once or not at all."""
    return [extension.value for extension in extensions if isinstance(extension.value, kind)]
