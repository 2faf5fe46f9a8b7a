"""Whether certificates (X.509) and revocation lists are good enough, by what the transaction says of them and by state.

1. An organisation with one of the rulebook's certificate roles takes no key without a certificate, but for a SERVICE
   key, which is good for housekeeping alone.
2. The chain has 1 to 3 certificates within their bounds, each described by its issuer and serial number.
3. The authority at its end is trusted at this moment.
4. The key is valid no earlier and no longer than the whole chain.
5. No certificate of the chain has been revoked; where the authority needs lists, a fresh one of the key's issuer has
   been entered.

Not here: that the certificates verify and say what is said of them (identity/certificates, at a node's door). No rule
reads a certificate, so two releases of an X.509 library can never give two states.
"""

import hashlib
from collections.abc import Sequence

from hefu.v1 import identity_pb2 as pb
from identity import rejections as because
from identity.records import get_authority, get_revocation_list, get_rules, is_revoked
from identity.rules import FINGERPRINT_BYTES, MAX_TIME_MS, PUBLIC_KEY_BYTES
from ledger.context import Context
from ledger.errors import Rejection

MAX_CHAIN = 3
MAX_CHAIN_BYTES = 8192
MAX_SERIAL_BYTES = 20
MAX_ISSUER_CHAIN = 2
MAX_LIST_BYTES = 24_576
MAX_REVOKED = 32
CHAIN_TAG = b"hefu/v1/chain\x00"
_LENGTH_BYTES = 4


def refuse_uncertified(context: Context, roles: Sequence[int], key: pb.NewKey, field: int) -> None:
    """Refuse CERTIFICATE_NEEDED, _INVALID, AUTHORITY_NOT_TRUSTED, CERTIFICATE_TOO_SHORT, CERTIFICATE_REVOKED and
    REVOCATIONS_STALE, for a key of an organisation with these roles.
    """
    if not key.HasField("certificate"):
        if is_certificate_needed(get_rules(context), roles, key.roles):
            raise Rejection(because.CERTIFICATE_NEEDED, field)
        return
    evidence = key.certificate
    if not is_evidence_sound(evidence):
        raise Rejection(because.CERTIFICATE_INVALID, field)
    authority = get_trusted(context, evidence.authority, field)
    if key.valid_from_ms < evidence.not_before_ms or key.valid_until_ms > evidence.not_after_ms:
        raise Rejection(because.CERTIFICATE_TOO_SHORT, field)
    if any(is_revoked(context, link) for link in evidence.links):
        raise Rejection(because.CERTIFICATE_REVOKED, field)
    if authority.lists_required and not _is_list_fresh(context, evidence.links[0].issuer):
        raise Rejection(because.REVOCATIONS_STALE, field)


def get_trusted(context: Context, fingerprint: bytes, field: int) -> pb.Authority:
    """The authority, trusted at this moment. Refuses AUTHORITY_NOT_TRUSTED."""
    authority = get_authority(context, fingerprint)
    if authority is None or authority.distrusted_at_ms:
        raise Rejection(because.AUTHORITY_NOT_TRUSTED, field)
    return authority


def is_certificate_needed(rulebook: pb.IdentityRules, roles: Sequence[int], key_roles: Sequence[int]) -> bool:
    """Whether a key with these roles, of an organisation with those, needs a certificate."""
    return list(key_roles) != [pb.SERVICE] and any(role in rulebook.certificate_roles for role in roles)


def is_evidence_sound(evidence: pb.CertificateEvidence) -> bool:
    """Whether chain, links and times are within their bounds and fit each other."""
    if len(evidence.authority) != FINGERPRINT_BYTES or not 1 <= len(evidence.chain) <= MAX_CHAIN:
        return False
    if sum(map(len, evidence.chain)) > MAX_CHAIN_BYTES or not all(evidence.chain):
        return False
    if len(evidence.links) != len(evidence.chain) or not all(map(is_link, evidence.links)):
        return False
    issuers = [*map(compute_fingerprint, evidence.chain[1:]), evidence.authority]
    if any(link.issuer != issuer for link, issuer in zip(evidence.links, issuers, strict=True)):
        return False
    return 0 <= evidence.not_before_ms < evidence.not_after_ms < MAX_TIME_MS


def is_list_sound(command: pb.EnterRevocations) -> bool:
    """Whether a list, its issuer's chain, its times and its entries are within their bounds and fit each other."""
    chain = command.issuer_chain
    if len(chain) > MAX_ISSUER_CHAIN or sum(map(len, chain)) > MAX_CHAIN_BYTES or not all(chain):
        return False
    if command.issuer != (compute_fingerprint(chain[0]) if chain else command.authority):
        return False
    if not 1 <= len(command.list) <= MAX_LIST_BYTES or len(command.revoked) > MAX_REVOKED:
        return False
    named = [(entry.serial, entry.public_key) for entry in command.revoked]
    if named != sorted(frozenset(named)) or not all(map(_is_entry, command.revoked)):
        return False
    return 0 <= command.this_update_ms < command.next_update_ms < MAX_TIME_MS


def _is_entry(entry: pb.RevokedCertificate) -> bool:
    if not is_serial(entry.serial) or len(entry.public_key) not in (0, PUBLIC_KEY_BYTES):
        return False
    return 0 <= entry.revoked_at_ms < MAX_TIME_MS


def is_link(link: pb.CertificateLink) -> bool:
    """Whether a certificate is named by 32 bytes and by a serial number in its one form."""
    return len(link.issuer) == FINGERPRINT_BYTES and is_serial(link.serial)


def is_serial(serial: bytes) -> bool:
    """1–20 bytes without a leading zero."""
    return 1 <= len(serial) <= MAX_SERIAL_BYTES and serial[0] != 0


def build_key_certificate(evidence: pb.CertificateEvidence) -> pb.KeyCertificate:
    """What the key's record keeps of its certificates."""
    return pb.KeyCertificate(
        authority=evidence.authority,
        links=evidence.links,
        chain_digest=compute_chain_digest(evidence.chain),
        not_after_ms=evidence.not_after_ms,
    )


def compute_fingerprint(certificate: bytes) -> bytes:
    """By what a certificate (DER) is named: its SHA-256 (32 bytes)."""
    return hashlib.sha256(certificate).digest()


def compute_chain_digest(chain: Sequence[bytes]) -> bytes:
    """SHA-256 over a tag and each certificate (DER) behind its length (32 bytes)."""
    parts = [CHAIN_TAG]
    for certificate in chain:
        parts += (len(certificate).to_bytes(_LENGTH_BYTES, "big"), certificate)
    return hashlib.sha256(b"".join(parts)).digest()


def _is_list_fresh(context: Context, issuer: bytes) -> bool:
    found = get_revocation_list(context, issuer)
    return found is not None and context.time_ms < found.next_update_ms
