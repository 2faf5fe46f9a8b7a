"""What a command brings of certificates, and whether it is true: looked into here, before the ledger sees it.

1. The rules judge what a command *says* of its certificates, by state. Here the bytes are held against what it says,
   and against the certificate of the authority, as the last block left it. So no library's verdict is part of state.
2. Most transactions bring none: one look at each kind, and they pass.
3. An authority of which nothing is known here is refused as the rules would, CERTIFICATE_NOT_VERIFIED and
   REVOCATIONS_NOT_VERIFIED are said by this door alone; none of these leaves a leaf. Whatever the rules refuse by its
   form they are left to refuse.
4. The verdict is a function of the transaction's bytes and of the authority's certificate, without a clock. So anybody
   who has both comes to the same, at any time.

Not here: signatures over transactions (gate), how certificates are verified (identity/certificates, revocation_lists).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from google.protobuf.message import DecodeError, Message
from sqlalchemy import Connection

from hefu.v1 import identity_pb2 as pb
from hefu.v1 import ledger_pb2
from identity.certificates import verify_authority, verify_evidence
from identity.certification import compute_fingerprint, is_evidence_sound, is_list_sound
from identity.records import compute_authority_key
from identity.rejections import AUTHORITY_NOT_TRUSTED, CERTIFICATE_NOT_VERIFIED, REVOCATIONS_NOT_VERIFIED
from identity.revocation_lists import verify_list
from ledger.context import Record
from ledger.errors import MalformedInput, Reason, Rejection
from ledger.merkle.verify_state import hash_key
from ledger.store.sql import SqlStore
from ledger.transaction import Transaction
from nodes.readers import Readers

MESSAGES: dict[int, type[Message]] = {
    pb.ADMIT_ORGANISATION: pb.AdmitOrganisation,
    pb.ADMIT_KEY: pb.AdmitKey,
    pb.ROTATE_KEY: pb.RotateKey,
    pb.OPEN_REENROLMENT: pb.OpenReenrolment,
    pb.ENTER_REVOCATIONS: pb.EnterRevocations,
    pb.PROPOSE: pb.Propose,
}
"""The commands that may bring certificates."""

FindAuthority = Callable[[bytes], bytes | None]
"""The certificate (DER) of an authority by its fingerprint, or None where nothing is known of it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that a command says of certificates. `verify` takes the authority's certificate (DER)."""

    what: str  # for people
    field: int  # of the command's payload
    authority: bytes  # its fingerprint
    reason: Reason  # for which it is refused where it is not true
    verify: Callable[[bytes], None]
    is_formed: bool = True  # else the rules refuse the command by its form
    brought: bytes = b""  # the authority's certificate, where the command brings it: it is not trusted yet
    evidence: pb.CertificateEvidence | None = None  # of a key


class EvidenceDoor:
    """Holds what commands say of certificates against the certificates."""

    def __init__(self, find_authority: FindAuthority) -> None:
        self._find_authority = find_authority

    def examine(self, transaction: Transaction) -> None:
        """Refuse AUTHORITY_NOT_TRUSTED, CERTIFICATE_NOT_VERIFIED, REVOCATIONS_NOT_VERIFIED. Called in any thread."""
        for index, command in enumerate(transaction.body.commands):
            if command.kind in MESSAGES:
                self._examine(index, command)

    def _examine(self, index: int, command: ledger_pb2.Command) -> None:
        for claim in list_claims(command):
            if not claim.is_formed:
                continue
            authority = claim.brought or self._find_authority(claim.authority)
            if authority is None:
                raise Rejection(AUTHORITY_NOT_TRUSTED, claim.field, index)
            try:
                claim.verify(authority)
            except MalformedInput:
                raise Rejection(claim.reason, claim.field, index) from None


def build_finder(readers: Readers) -> FindAuthority:
    """What the last block left of authorities, read from the database by the thread that asks."""

    def find(fingerprint: bytes) -> bytes | None:
        key_hash = hash_key(compute_authority_key(fingerprint).encode())

        def read(connection: Connection) -> bytes | None:
            return SqlStore(connection).read_record(key_hash)

        encoded = readers.read_now(read)
        return None if encoded is None else pb.Authority.FromString(Record.decode(encoded).body).certificate

    return find


# ---------------------------------------------------------------- what a command says


def list_claims(command: ledger_pb2.Command) -> Iterator[Claim]:
    """What the command says of certificates; nothing where its payload is none, which the kernel will say."""
    message = MESSAGES.get(command.kind)
    try:
        payload = None if message is None else message.FromString(command.payload)
    except DecodeError:
        return
    match payload:
        case pb.AdmitOrganisation():
            yield from _list_keys(payload.organisation, payload.keys, payload.KEYS_FIELD_NUMBER)
        case pb.AdmitKey():
            yield from _list_keys(payload.organisation, [payload.key], payload.KEY_FIELD_NUMBER)
        case pb.RotateKey():
            yield from _list_keys(command.organisations[0], [payload.key], payload.KEY_FIELD_NUMBER)
        case pb.OpenReenrolment():
            yield from _list_keys(payload.organisation, payload.keys, payload.KEYS_FIELD_NUMBER)
        case pb.EnterRevocations():
            yield _build_list_claim(payload)
        case pb.Propose():
            yield from _list_proposed(payload)


def _list_keys(organisation: str, keys: Iterable[pb.NewKey], field: int) -> Iterator[Claim]:
    for key in keys:
        if key.HasField("certificate"):
            evidence = key.certificate
            yield Claim(
                f"key {key.public_key.hex()} of {organisation}",
                field,
                evidence.authority,
                CERTIFICATE_NOT_VERIFIED,
                partial(verify_evidence, organisation, key),
                is_formed=is_evidence_sound(evidence),
                evidence=evidence,
            )


def _build_list_claim(payload: pb.EnterRevocations) -> Claim:
    return Claim(
        f"revocation list of issuer {payload.issuer.hex()}",
        payload.LIST_FIELD_NUMBER,
        payload.authority,
        REVOCATIONS_NOT_VERIFIED,
        partial(verify_list, payload),
        is_formed=is_list_sound(payload),
    )


def _list_proposed(payload: pb.Propose) -> Iterator[Claim]:
    field, change = payload.CHANGE_FIELD_NUMBER, payload.change
    if change.HasField("admission"):
        yield from _list_keys(change.admission.organisation, change.admission.keys, field)
    if change.HasField("authority") and change.authority.certificate:
        certificate = change.authority.certificate
        fingerprint = compute_fingerprint(certificate)
        what = f"certificate of the authority {fingerprint.hex()}"
        yield Claim(what, field, fingerprint, CERTIFICATE_NOT_VERIFIED, verify_authority, brought=certificate)
