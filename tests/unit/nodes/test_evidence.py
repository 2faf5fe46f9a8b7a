from dataclasses import dataclass
from typing import Any

import pytest
from google.protobuf.message import Message

from hefu.v1 import identity_pb2 as pb
from hefu.v1 import ledger_pb2
from identity.records import compute_authority_key
from identity.rejections import AUTHORITY_NOT_TRUSTED, CERTIFICATE_NOT_VERIFIED, REVOCATIONS_NOT_VERIFIED
from ledger.context import Record
from ledger.errors import Reason, Rejection
from ledger.merkle.verify_state import hash_key
from ledger.store.database import migrate, open_engine
from ledger.store.state_rows import write_records
from ledger.transaction import Transaction
from nodes.client.builder import find_kind
from nodes.evidence import MESSAGES, EvidenceDoor, build_finder, list_claims
from nodes.readers import Readers
from nodes.wiring import COMMANDS, VERSION_LOCATIONS
from tests.support.authority import CertificateAuthority, build_revocations
from tests.unit.identity.certified_world import BEGINS_MS, FOREIGN, ISSUER, ROOT, make_certified_key
from tests.unit.identity.world import BANK, CORE, NOW_MS, make_key, public

KEYS, KEY = pb.AdmitOrganisation.KEYS_FIELD_NUMBER, pb.AdmitKey.KEY_FIELD_NUMBER
CHANGE = pb.Propose.CHANGE_FIELD_NUMBER


def true_key() -> pb.NewKey:
    return make_certified_key()


def false_key() -> pb.NewKey:
    """What is said of it, and by whom it would be signed, is out of the air."""
    key = make_certified_key(issuer=FOREIGN)
    key.certificate.authority = key.certificate.links[-1].issuer = ROOT.fingerprint
    return key


def true_list() -> pb.EnterRevocations:
    return build_revocations(ISSUER, ISSUER.revoke([5], NOW_MS), [(5, public("core-maker"))])


def false_list() -> pb.EnterRevocations:
    return build_revocations(ROOT, ROOT.revoke([5], NOW_MS, signer=FOREIGN.key), [])


def propose(**change: Any) -> pb.Propose:
    return pb.Propose(number="N", change=pb.GovernedChange(**change))


def bring(key: pb.NewKey) -> list[tuple[Message, int]]:
    """Every command that may bring a key, and the field at which it is refused."""
    admission = pb.AdmitOrganisation(organisation=CORE, keys=[true_key(), key])
    return [
        (admission, KEYS),
        (pb.AdmitKey(organisation=CORE, key=key), KEY),
        (pb.RotateKey(old_key=public("core-maker"), key=key), pb.RotateKey.KEY_FIELD_NUMBER),
        (pb.OpenReenrolment(organisation=CORE, keys=[true_key(), key]), pb.OpenReenrolment.KEYS_FIELD_NUMBER),
        (propose(admission=admission), CHANGE),
    ]


@dataclass
class Known:
    """What the last block left of authorities, and what was asked of it."""

    authorities: dict[bytes, bytes]
    asked: int = 0

    def find(self, fingerprint: bytes) -> bytes | None:
        self.asked += 1
        return self.authorities.get(fingerprint)


@pytest.fixture
def known():
    return Known({ROOT.fingerprint: ROOT.certificate})


def examine(known, *payloads: Message | ledger_pb2.Command) -> None:
    commands = [
        payload
        if isinstance(payload, ledger_pb2.Command)
        else ledger_pb2.Command(
            organisations=[CORE, BANK],
            kind=find_kind(payload),
            payload=payload.SerializeToString(deterministic=True),
        )
        for payload in payloads
    ]
    body = ledger_pb2.TransactionBody(commands=commands)
    EvidenceDoor(known.find).examine(Transaction(b"", b"", b"", body, []))


def expect_refused(reason: Reason, field: int, index: int, known: Known, *payloads: Message) -> None:
    with pytest.raises(Rejection) as caught:
        examine(known, *payloads)
    assert (caught.value.reason, caught.value.field, caught.value.command_index) == (reason, field, index)


def test_every_command_that_may_bring_a_certificate_is_looked_into():
    """Found by walking the contract: whatever holds evidence, a list or an authority, at any depth."""
    bringing = {pb.CertificateEvidence.DESCRIPTOR, pb.AuthorityChange.DESCRIPTOR, pb.EnterRevocations.DESCRIPTOR}

    def brings(message) -> bool:
        inner = (field.message_type for field in message.fields if field.message_type is not None)
        return message in bringing or any(brings(found) for found in inner)

    assert {kind for kind, spec in COMMANDS.items() if brings(spec.message.DESCRIPTOR)} == set(MESSAGES)
    assert all(COMMANDS[kind].message is message for kind, message in MESSAGES.items())


def test_what_is_true_passes(known):
    for payload, _ in bring(true_key()):
        examine(known, payload)
    assert known.asked == 8  # three of the five commands bring two keys
    examine(known, true_list())
    examine(known, propose(authority=pb.AuthorityChange(certificate=FOREIGN.certificate, name="x")))
    assert known.asked == 9  # the authority that is proposed comes with its own certificate


def test_a_key_that_is_not_what_is_said_of_it_is_refused_by_command_and_field(known):
    for payload, field in bring(false_key()):
        expect_refused(CERTIFICATE_NOT_VERIFIED, field, 1, known, true_list(), payload)


def test_a_list_that_its_issuer_never_signed_is_refused(known):
    expect_refused(REVOCATIONS_NOT_VERIFIED, pb.EnterRevocations.LIST_FIELD_NUMBER, 0, known, false_list())


def test_a_key_is_held_against_the_organisation_that_acts_where_none_is_named(known):
    payload = pb.RotateKey(old_key=public("core-maker"), key=make_certified_key(organisation=BANK))
    expect_refused(CERTIFICATE_NOT_VERIFIED, payload.KEY_FIELD_NUMBER, 0, known, payload)


def test_an_authority_of_which_nothing_is_known_is_refused_as_the_rules_would(known):
    known.authorities.clear()
    for payload, field in bring(true_key()):
        expect_refused(AUTHORITY_NOT_TRUSTED, field, 0, known, payload)
    expect_refused(AUTHORITY_NOT_TRUSTED, pb.EnterRevocations.LIST_FIELD_NUMBER, 0, known, true_list())


def test_what_is_to_be_trusted_must_be_a_ca(known):
    member = CertificateAuthority("member", BEGINS_MS, is_ca=False)
    for certificate in (member.certificate, b"junk", ROOT.certificate + b"x"):
        payload = propose(authority=pb.AuthorityChange(certificate=certificate, name="x"))
        expect_refused(CERTIFICATE_NOT_VERIFIED, CHANGE, 0, known, payload)


def test_most_transactions_are_not_looked_into(known):
    bare = make_key(CORE, "another", "core-anna", [pb.MAKER])
    for payload, _ in bring(bare):
        if not isinstance(payload, pb.AdmitKey | pb.RotateKey):
            continue
        examine(known, payload)
    examine(known, pb.SetPolicy(), pb.RevokeKey(public_key=public("core-maker")))
    examine(known, propose(authority=pb.AuthorityChange(fingerprint=ROOT.fingerprint)))
    examine(known, propose(status=pb.SetOrganisationStatus(organisation=CORE, status=pb.ACTIVE)))
    assert known.asked == 0


def test_what_the_rules_refuse_by_its_form_is_left_to_them(known):
    """A payload that is none, evidence and lists out of their bounds: the kernel says what is wrong with them."""
    junk = ledger_pb2.Command(organisations=[CORE], kind=pb.ADMIT_KEY, payload=b"\xff")
    unformed = false_key()
    unformed.certificate.links[0].serial = b""
    unsound = false_list()
    unsound.next_update_ms = 0
    examine(known, junk, pb.AdmitKey(organisation=CORE, key=unformed), unsound)
    assert known.asked == 0
    command = ledger_pb2.Command(kind=pb.ENTER_REVOCATIONS, payload=unsound.SerializeToString())
    assert [claim.is_formed for claim in list_claims(command)] == [False]
    assert list(list_claims(junk)) == list(list_claims(ledger_pb2.Command(kind=pb.SET_POLICY))) == []


def test_an_authority_is_found_as_the_last_block_left_it(tmp_path):
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    engine = open_engine(url)
    record = Record(pb.Authority(certificate=ROOT.certificate, name="Root").SerializeToString(), bytes(16))
    key = compute_authority_key(ROOT.fingerprint).encode()
    with engine.connect() as connection:
        migrate(connection, VERSION_LOCATIONS)
        write_records(connection, [(hash_key(key), bytes(32), key, record.encode())])
        connection.commit()
    engine.dispose()
    readers = Readers(url, 1)
    find = build_finder(readers)
    assert find(ROOT.fingerprint) == ROOT.certificate
    assert find(FOREIGN.fingerprint) is None
    readers.close()
