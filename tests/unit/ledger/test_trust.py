"""Whom a trust file names, and which checkpoints it vouches for."""

import pytest

from hefu.v1 import ledger_pb2 as pb
from ledger.errors import MalformedInput
from ledger.notes import COSIGNATURE_V1, Checkpoint, Note, NoteSignature, sign_note
from ledger.trust import ProofRefused, check_note, open_trust
from tests.support.proof_world import (
    LOG_SEED,
    ORIGIN,
    OTHER_SEED,
    START_MS,
    WITNESS_SEED,
    cosign_as_operator,
    cosign_as_witness,
    make_trust,
    render_key,
)

TEXT = Checkpoint(ORIGIN, 10, bytes(32)).body()
PLAIN = sign_note(TEXT, ORIGIN, LOG_SEED)
STAMP = cosign_as_operator(TEXT, START_MS)
WITNESS = cosign_as_witness(TEXT, START_MS + 5000)


def render(*lines: NoteSignature, text: bytes = TEXT) -> bytes:
    return Note(text, lines).render()


def is_refused(data: bytes, trust: pb.TrustFile) -> bool:
    with pytest.raises(ProofRefused) as caught:
        check_note(data, open_trust(trust))
    return caught.value.reason == "UNTRUSTED_CHECKPOINT"


def test_the_operator_attests():
    note = check_note(render(PLAIN), open_trust(make_trust()))
    assert (note.checkpoint.size, note.assurance, note.newest_ms) == (10, "ATTESTED BY OPERATOR", None)
    stamped = check_note(render(PLAIN, STAMP), open_trust(make_trust()))
    assert (stamped.assurance, stamped.newest_ms) == ("ATTESTED BY OPERATOR", START_MS)


def test_a_quorum_of_witnesses_witnesses():
    note = check_note(render(PLAIN, STAMP, WITNESS), open_trust(make_trust(witness_quorum=1)))
    assert (note.assurance, note.newest_ms) == ("WITNESSED 1 of 1", START_MS + 5000)
    without = check_note(render(PLAIN, WITNESS), open_trust(make_trust()))
    assert (without.assurance, without.newest_ms) == ("ATTESTED BY OPERATOR", None)


def test_a_note_stands_in_one_form_only():
    assert is_refused(render(STAMP, PLAIN), make_trust())
    assert is_refused(render(PLAIN, sign_note(TEXT, "stranger.example", OTHER_SEED)), make_trust())
    # A plain signature of a witness's key is by a key that the file does not name.
    assert is_refused(render(PLAIN, sign_note(TEXT, "witness.example", WITNESS_SEED)), make_trust())


def test_every_signature_verifies():
    for line in (PLAIN, STAMP, WITNESS):
        broken = NoteSignature(line.name, line.key_id, line.signature[:-1] + bytes([line.signature[-1] ^ 1]))
        lines = [broken if other is line else other for other in (PLAIN, STAMP, WITNESS)]
        assert is_refused(render(*lines), make_trust())
    moved = NoteSignature(STAMP.name, STAMP.key_id, (START_MS // 1000 + 1).to_bytes(8, "big") + STAMP.signature[8:])
    assert is_refused(render(PLAIN, moved), make_trust())


def test_the_operator_has_signed():
    assert is_refused(render(STAMP), make_trust())
    assert is_refused(render(WITNESS), make_trust(witness_quorum=1))


def test_another_logs_checkpoint_and_another_text_are_refused():
    other = Checkpoint("log.example/other", 10, bytes(32)).body()
    assert is_refused(render(sign_note(other, ORIGIN, LOG_SEED), text=other), make_trust())
    larger = Checkpoint(ORIGIN, 11, bytes(32)).body()
    assert is_refused(render(PLAIN, text=larger), make_trust())


@pytest.mark.parametrize(("first", "last", "holds"), [(0, 0, True), (10, 10, True), (11, 0, False), (0, 9, False)])
def test_a_key_is_good_for_its_sizes(first, last, holds):
    trust = make_trust()
    trust.log_keys[0].first_size, trust.log_keys[0].last_size = first, last
    if holds:
        assert check_note(render(PLAIN), open_trust(trust)).checkpoint.size == 10
    else:
        assert is_refused(render(PLAIN), trust)


def clear(trust: pb.TrustFile, name: str) -> None:
    trust.ClearField(name)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda trust: clear(trust, "network"),
        lambda trust: setattr(trust.network, "name", "Proofs"),
        lambda trust: setattr(trust.network, "name", "a" * 65),
        lambda trust: setattr(trust.network, "genesis_hash", bytes(31)),
        lambda trust: clear(trust, "origin"),
        lambda trust: clear(trust, "log_keys"),
        lambda trust: trust.log_keys.pop(0),
        lambda trust: setattr(trust.log_keys[0], "key", "no key"),
        lambda trust: setattr(trust.log_keys[0], "first_size", -1),
        lambda trust: setattr(trust.log_keys[0], "last_size", -1),
        lambda trust: trust.log_keys[0].MergeFrom(pb.TrustedKey(first_size=5, last_size=4)),
        lambda trust: trust.log_keys.append(trust.log_keys[0]),
        lambda trust: trust.witnesses.append("no key"),
        lambda trust: trust.witnesses.append(trust.witnesses[0]),
        lambda trust: trust.witnesses.append(render_key("plain.example", OTHER_SEED)),
        lambda trust: trust.witnesses.append(render_key("second.example", WITNESS_SEED, COSIGNATURE_V1)),
        lambda trust: trust.witnesses.append(render_key("second.example", LOG_SEED, COSIGNATURE_V1)),
        lambda trust: setattr(trust, "witness_quorum", 2),
        lambda trust: setattr(trust, "expires_at_ms", -1),
    ],
)
def test_a_trust_file_that_says_nothing_is_malformed(spoil):
    trust = make_trust()
    spoil(trust)
    with pytest.raises(MalformedInput):
        open_trust(trust)
