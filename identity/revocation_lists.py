"""What an X.509 revocation list (CRL) says, and whether it verifies. At a node's door, and afterwards by anybody.

1. It is signed by the trusted authority, or by an issuer whose chain ends at it, which may sign lists.
2. It says when it was made and when the next one comes.
3. It is of its issuer alone (no indirect list) and not of attribute certificates; a list of changes (delta) or of a
   part of the certificates is one like any other, since whatever it names is revoked.
4. A certificate on hold is revoked: keys of this ledger do not come back. One that is removed from the list is not.

Nothing here knows a clock. Not here: whether a list is newer than the last, and what it ends (enrolment). All raise
MalformedInput and nothing else.
"""

from collections.abc import Sequence
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtensionOID

from hefu.v1 import identity_pb2 as pb
from identity.certificates import verify_issuers
from identity.x509_reading import (
    PEM_MARK,
    compute_ms,
    encode_serial,
    get_signing_key,
    reading,
    refuse_unread,
    refuse_weak_hash,
)
from ledger.errors import MalformedInput

_READ = frozenset({ExtensionOID.ISSUING_DISTRIBUTION_POINT, ExtensionOID.DELTA_CRL_INDICATOR, ExtensionOID.CRL_NUMBER})


class ListContents(NamedTuple):
    """What a list says: its times (ms), and of each serial number when it was revoked (ms)."""

    this_update_ms: int
    next_update_ms: int
    revoked: dict[bytes, int]


@reading("the revocation list")
def verify_list(command: pb.EnterRevocations, authority: bytes) -> None:
    """Raise MalformedInput unless the list verifies under the authority's certificate (DER), or an issuer's below it,
    and says what the command says of it. What the command leaves out is not looked for.
    """
    contents = read_list(command.list, command.issuer_chain, authority)
    if (contents.this_update_ms, contents.next_update_ms) != (command.this_update_ms, command.next_update_ms):
        raise MalformedInput("the list has other times", "this_update_ms")
    for entry in command.revoked:
        if contents.revoked.get(entry.serial) != entry.revoked_at_ms:
            raise MalformedInput("the list does not revoke this certificate, or at another time", "revoked")


@reading("the revocation list")
def read_list(encoded: bytes, issuer_chain: Sequence[bytes], authority: bytes) -> ListContents:
    """What a list (DER) says that verifies under its issuer, the first of a chain (DER) that ends at the authority."""
    issuer, found = verify_issuers(issuer_chain, authority), x509.load_der_x509_crl(encoded)
    if not issuer.extensions.get_extension_for_class(x509.KeyUsage).value.crl_sign:
        raise MalformedInput("the issuer may sign no revocation lists", "issuer")
    refuse_weak_hash(found.signature_hash_algorithm)
    if found.issuer != issuer.subject or not found.is_signature_valid(get_signing_key(issuer)):
        raise MalformedInput("the list is not signed by its issuer", "list")
    _verify_scope(found)
    if found.next_update_utc is None:
        raise MalformedInput("the list does not say when the next one comes", "list")
    revoked = {
        encode_serial(entry.serial_number): compute_ms(entry.revocation_date_utc)
        for entry in found
        if entry.serial_number > 0 and _is_revoked(entry)  # nothing of ours has another
    }
    return ListContents(compute_ms(found.last_update_utc), compute_ms(found.next_update_utc), revoked)


def find_revoked(evidence: pb.CertificateEvidence, encoded: bytes, authority: bytes) -> bool | None:
    """Whether a list (DER) names a certificate of the chain; None where none of the chain's issuers has signed it."""
    for place, link in enumerate(evidence.links):
        try:
            contents = read_list(encoded, evidence.chain[place + 1 :], authority)
        except MalformedInput:
            continue  # it may be the next issuer's
        return link.serial in contents.revoked
    return None


@reading("the revocation list")
def read_list_file(data: bytes) -> bytes:
    """The list (DER) of a PEM or a DER file."""
    found = x509.load_pem_x509_crl(data) if PEM_MARK in data else x509.load_der_x509_crl(data)
    return found.public_bytes(Encoding.DER)


def _verify_scope(found: x509.CertificateRevocationList) -> None:
    refuse_unread(found.extensions, _READ)
    for extension in found.extensions:
        point = extension.value
        if isinstance(point, x509.IssuingDistributionPoint) and (
            point.indirect_crl or point.only_contains_attribute_certs
        ):
            raise MalformedInput("the list speaks of certificates of other issuers, or of other kinds", "list")


def _is_revoked(entry: x509.RevokedCertificate) -> bool:
    refuse_unread(entry.extensions, frozenset())
    reasons = [extension.value.reason for extension in entry.extensions if isinstance(extension.value, x509.CRLReason)]
    return x509.ReasonFlags.remove_from_crl not in reasons
