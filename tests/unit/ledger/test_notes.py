"""Signed notes against published ones (the specification's, Go's, a live log's) and what is refused."""

import ast
import base64
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from ledger import notes
from ledger.errors import MalformedInput
from ledger.notes import (
    COSIGNATURE_V1,
    ED25519,
    MAX_NOTE_BYTES,
    MAX_SIZE,
    Checkpoint,
    Note,
    NoteSignature,
    VerifierKey,
    app_hash,
    parse_checkpoint,
    parse_note,
    parse_verifier_key,
    sign_cosignature,
    sign_note,
    verify_cosignature,
    verify_signature,
)

# The example of c2sp.org/signed-note, with its key.
SPEC_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()

# The example of golang.org/x/mod/sumdb/note, whose seed is published with it.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
GO_TEXT = b"If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_NOTE = (
    GO_TEXT
    + (
        "\n— PeterNeumann "
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    ).encode()
)

# A checkpoint of a live certificate transparency log of 2026, with two of its witnesses.
LIVE_LOG_KEY = "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
LIVE_WITNESS_KEY = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
LIVE_NOTE = """\
arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIp\
wtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59R\
A23oHP7Ry1k3ZFWwQ=
— witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWV\
uE0tgh0XwzdZsDsUAQ==
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrA\
WfBw==
""".encode()

# The example of c2sp.org/tlog-cosignature; its keys are not published.
SPEC_CHECKPOINT = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcT\
OAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIU\
BkBIfZ+qnA==
""".encode()

# Our own, fixed for ever: the seed is the bytes 0 to 31.
SEED = bytes(range(32))
CHECKPOINT = Checkpoint("hefu.example/solo", 1234, sha256(b"root").digest())
LOG_KEY = "hefu.example/solo+b34574d0+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
RENEWAL_KEY = "hefu.example/solo+eea5d73d+BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
APP_HASH = "a6c8cf7c40fdf7e3ff69065a864ea566dac9df4cb1d523e7702fa04635e4e4b3"
OWN_NOTE = """\
hefu.example/solo
1234
SBNJTRN+FjG7owHVrKtue7eqdM4RhdRWVl71HXN2d7I=

— hefu.example/solo s0V00E+lCq0iXX2oVtLc4mkuKZlIXH6RnrpeDboZzuFMSYzk2vklhd4j0hVfDR00gRgS1DN7HjMUTekqkqaCYFDqhAw=
— hefu.example/solo 7qXXPQAAAABlU/EASDvfO9PUp76xs8L248Wa6gHoi3iboHg3480LaNnJMIc+yUo4HEmV3eTzL8OQouSLL/eOxXwu3YoWqS\
gQvJRKBQ==
""".encode()


def make_note() -> Note:
    body = CHECKPOINT.body()
    log, renewal = (
        sign_note(body, CHECKPOINT.origin, SEED),
        sign_cosignature(body, CHECKPOINT.origin, SEED, 1_700_000_000),
    )
    return Note(body, (log, renewal))


def refuse(function, *arguments) -> str:
    with pytest.raises(MalformedInput) as refusal:
        function(*arguments)
    return refusal.value.field


def test_our_note_is_fixed():
    assert make_note().render() == OWN_NOTE
    assert parse_note(OWN_NOTE) == make_note()
    assert parse_checkpoint(make_note().text) == CHECKPOINT
    assert app_hash(CHECKPOINT.body()).hex() == APP_HASH


def test_both_our_signatures_hold_for_their_own_type_only():
    note, log_key, renewal_key = make_note(), parse_verifier_key(LOG_KEY), parse_verifier_key(RENEWAL_KEY)
    assert verify_signature(note, log_key)
    assert not verify_signature(note, renewal_key)
    assert verify_cosignature(note, renewal_key) == 1_700_000_000
    assert verify_cosignature(note, log_key) is None
    assert (log_key.algorithm, renewal_key.algorithm) == (ED25519, COSIGNATURE_V1)


def test_verifies_the_note_of_the_specification():
    note, key = parse_note(SPEC_NOTE), parse_verifier_key(SPEC_KEY)
    assert note.text == b"This is an example message.\n"
    assert verify_signature(note, key)
    assert note.render() == SPEC_NOTE
    assert key.render() == SPEC_KEY


def test_signs_as_go_does():
    note = Note(GO_TEXT, (sign_note(GO_TEXT, "PeterNeumann", GO_SEED),))
    assert note.render() == GO_NOTE
    assert verify_signature(parse_note(GO_NOTE), parse_verifier_key(GO_KEY))


def test_verifies_a_live_checkpoint_and_its_witness():
    note = parse_note(LIVE_NOTE)
    assert note.render() == LIVE_NOTE
    assert parse_checkpoint(note.text).size == 1_432_088_532
    assert verify_signature(note, parse_verifier_key(LIVE_LOG_KEY))
    assert verify_cosignature(note, parse_verifier_key(LIVE_WITNESS_KEY)) == 0x6A122120


def test_reads_the_checkpoint_of_the_specification():
    note = parse_note(SPEC_CHECKPOINT)
    assert note.render() == SPEC_CHECKPOINT
    checkpoint = parse_checkpoint(note.text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert checkpoint.body() == note.text
    assert int.from_bytes(note.signatures[1].signature[:8], "big") == 1_679_315_147 == 0x6418_50CB


def test_a_signature_by_another_key_or_name_says_nothing():
    note = make_note()
    assert not verify_signature(note, parse_verifier_key(SPEC_KEY))
    assert verify_cosignature(note, parse_verifier_key(LIVE_WITNESS_KEY)) is None
    key = parse_verifier_key(LOG_KEY)
    assert not verify_signature(note, VerifierKey("hefu.example/other", ED25519, key.public_key))


def test_a_changed_text_time_or_signature_does_not_verify():
    note, log_key, renewal_key = make_note(), parse_verifier_key(LOG_KEY), parse_verifier_key(RENEWAL_KEY)
    other = Note(Checkpoint(CHECKPOINT.origin, 1235, CHECKPOINT.root).body(), note.signatures)
    assert not verify_signature(other, log_key)
    assert verify_cosignature(other, renewal_key) is None
    for at in range(72):
        changed = [change_bit(line, at % len(line.signature)) for line in note.signatures]
        assert not verify_signature(Note(note.text, (changed[0],)), log_key)
        assert verify_cosignature(Note(note.text, (changed[1],)), renewal_key) is None


def change_bit(line: NoteSignature, at: int) -> NoteSignature:
    signature = bytearray(line.signature)
    signature[at] ^= 1
    return NoteSignature(line.name, line.key_id, bytes(signature))


@pytest.mark.parametrize("length", [1, 7, 8, 63, 65, 71, 73, 200])
def test_a_signature_of_a_wrong_length_does_not_verify(length):
    log_key, renewal_key = parse_verifier_key(LOG_KEY), parse_verifier_key(RENEWAL_KEY)
    lines = tuple(NoteSignature(key.name, key.key_id, b"\x01" * length) for key in (log_key, renewal_key))
    note = Note(CHECKPOINT.body(), lines)
    assert not verify_signature(note, log_key)
    assert verify_cosignature(note, renewal_key) is None


def test_a_time_beyond_63_bits_does_not_verify():
    signer = SigningKey(SEED)
    time_s = MAX_SIZE + 1
    signature = signer.sign(b"cosignature/v1\ntime %d\n" % time_s + CHECKPOINT.body()).signature
    key = parse_verifier_key(RENEWAL_KEY)
    line = NoteSignature(key.name, key.key_id, time_s.to_bytes(8, "big") + signature)
    assert verify_cosignature(Note(CHECKPOINT.body(), (line,)), key) is None
    assert refuse(sign_cosignature, CHECKPOINT.body(), "n", SEED, time_s) == "timestamp_s"
    assert refuse(sign_cosignature, CHECKPOINT.body(), "n", SEED, -1) == "timestamp_s"


@pytest.mark.parametrize("time_s", [0, 1, MAX_SIZE])
def test_a_cosignature_carries_its_time(time_s):
    line = sign_cosignature(CHECKPOINT.body(), CHECKPOINT.origin, SEED, time_s)
    assert verify_cosignature(Note(CHECKPOINT.body(), (line,)), parse_verifier_key(RENEWAL_KEY)) == time_s


def test_signing_refuses_a_bad_seed_name_or_text():
    assert refuse(sign_note, b"x\n", "n", b"short") == "seed"
    assert refuse(sign_cosignature, b"x\n", "n", SEED + b"x", 1) == "seed"
    assert refuse(sign_note, b"x\n", "two words", SEED) == "name"
    assert refuse(sign_note, b"cosignature/v1\ntime 1\n" + CHECKPOINT.body(), "n", SEED) == "text"


@pytest.mark.parametrize(
    "public_key",
    [
        bytes(32),
        b"\x01" + bytes(31),
        b"\xec" + b"\xff" * 30 + b"\x7f",
        b"\xff" * 32,
        bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
        SEED[:31],
        b"",
        SEED + b"\x00",
    ],
)
def test_refuses_a_public_key_of_small_order_or_wrong_form(public_key):
    assert refuse(VerifierKey, "n", ED25519, public_key) == "public_key"


@pytest.mark.parametrize("algorithm", [0, 2, 5, 6, 255, 256, -1])
def test_refuses_an_unknown_signature_type(algorithm):
    assert refuse(VerifierKey, "n", algorithm, parse_verifier_key(LOG_KEY).public_key) == "algorithm"


@pytest.mark.parametrize(
    "name", ["", "a b", "a+b", "a\u00a0b", "a\u3000b", "a\u2009", "a\nb", "\x1f", "x" * 256, "\ud800"]
)
def test_refuses_a_bad_key_name(name):
    assert refuse(VerifierKey, name, ED25519, parse_verifier_key(LOG_KEY).public_key) == "name"


def test_a_chinese_name_is_a_name():
    line = sign_note(CHECKPOINT.body(), "合符.example", SEED)
    note = Note(CHECKPOINT.body(), (line,))
    assert parse_note(note.render()) == note


def test_a_verifier_key_has_one_spelling():
    for key in (SPEC_KEY, GO_KEY, LIVE_LOG_KEY, LIVE_WITNESS_KEY, LOG_KEY, RENEWAL_KEY):
        assert parse_verifier_key(key).render() == key
        for start in range(len(key)):
            refuse(parse_verifier_key, key[:start])
            refuse(parse_verifier_key, key[:start] + chr(ord(key[start]) ^ 1) + key[start + 1 :])
    assert refuse(parse_verifier_key, LOG_KEY.replace("b34574d0", "B34574D0")) == "key_id"
    assert refuse(parse_verifier_key, LOG_KEY + "\n") == "public_key"
    assert refuse(parse_verifier_key, "a+b+") == "algorithm"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"origin": ""}, "origin"),
        ({"origin": "a\nb"}, "origin"),
        ({"origin": "\t"}, "origin"),
        ({"origin": "x" * 256}, "origin"),
        ({"origin": "\udfff"}, "origin"),
        ({"size": -1}, "size"),
        ({"size": MAX_SIZE + 1}, "size"),
        ({"root": b""}, "root"),
        ({"root": bytes(33)}, "root"),
    ],
)
def test_refuses_a_checkpoint_that_cannot_be_written(change, field):
    values = {"origin": "o", "size": 1, "root": bytes(32)} | change
    assert refuse(Checkpoint, *values.values()) == field


ROOT_LINE = base64.b64encode(CHECKPOINT.root).decode()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("", "checkpoint"),
        (f"o\n1\n{ROOT_LINE}", "checkpoint"),
        (f"o\n1\n{ROOT_LINE}\nextension\n", "checkpoint"),
        (f"o\n1\n{ROOT_LINE}\n\n", "checkpoint"),
        (f"o\r\n1\n{ROOT_LINE}\n", "checkpoint"),
        (f"\n1\n{ROOT_LINE}\n", "origin"),
        (f"o\n\n{ROOT_LINE}\n", "size"),
        (f"o\n01\n{ROOT_LINE}\n", "size"),
        (f"o\n00\n{ROOT_LINE}\n", "size"),
        (f"o\n+1\n{ROOT_LINE}\n", "size"),
        (f"o\n1_0\n{ROOT_LINE}\n", "size"),
        (f"o\n-1\n{ROOT_LINE}\n", "size"),
        (f"o\n١\n{ROOT_LINE}\n", "size"),
        (f"o\n{MAX_SIZE + 1}\n{ROOT_LINE}\n", "size"),
        (f"o\n{'9' * 100_000}\n{ROOT_LINE}\n", "size"),
        ("o\n1\n\n", "root"),
        (f"o\n1\n{ROOT_LINE[:-1]}\n", "root"),
        (f"o\n1\n{ROOT_LINE[:-2]}J=\n", "root"),
        (f"o\n1\n{ROOT_LINE[:4]} {ROOT_LINE[4:]}\n", "root"),
        (f"o\n1\n{ROOT_LINE[:-4]}\n", "root"),
        ("o\n1\n合\n", "root"),
    ],
)
def test_refuses_a_text_that_is_no_checkpoint(body, field):
    assert refuse(parse_checkpoint, body.encode()) == field


@pytest.mark.parametrize("size", [0, 1, MAX_SIZE])
def test_a_checkpoint_of_any_size_comes_back(size):
    checkpoint = Checkpoint("an origin + a space", size, bytes(32))
    assert parse_checkpoint(checkpoint.body()) == checkpoint


LINE = "— n AAAAAQI=\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "\n\n",
        "text\n",
        "text\n\n",
        f"text\n{LINE}",
        f"text\n\n{LINE}x",
        f"text\n\n{LINE[:-1]}",
        f"text\n\n{LINE}\n",
        f"text\n\n{LINE}{LINE}",
        f"text\n\n{LINE}— n AAAAAQM=\n",
        f"te\txt\n\n{LINE}",
        f"text\r\n\n{LINE}",
        "text\n\n- n AAAAAQI=\n",
        "text\n\n—  n AAAAAQI=\n",
        "text\n\n— n  AAAAAQI=\n",
        "text\n\n— n AAAAAQI= \n",
        "text\n\n— nAAAAAQI=\n",
        "text\n\n— n+m AAAAAQI=\n",
        "text\n\n— n AAAAAQ==\n",
        "text\n\n— n AAAA\n",
        "text\n\n— n AAAAAQJ=\n",
        "text\n\n— n AAAAAQI\n",
        "text\n\n— n \n",
    ],
)
def test_refuses_what_is_no_note(text):
    refuse(parse_note, text.encode())
    assert parse_note(f"text\n\n{LINE}".encode()).render() == f"text\n\n{LINE}".encode()


def test_refuses_what_is_not_utf_8_or_too_much():
    assert refuse(parse_note, b"\xff\n\n" + LINE.encode()) == "note"
    assert refuse(parse_checkpoint, b"\xff") == "checkpoint"
    assert refuse(parse_note, b"x" * MAX_NOTE_BYTES + LINE.encode()) == "note"
    lines = [NoteSignature(f"n{number}", b"abcd", b"x") for number in range(65)]
    assert len(parse_note(Note(b"x\n", tuple(lines[:64])).render()).signatures) == 64
    assert refuse(parse_note, Note(b"x\n", tuple(lines)).render()) == "note"


def test_refuses_a_signature_without_key_id_or_bytes():
    assert refuse(NoteSignature, "n", b"abc", b"x") == "key_id"
    assert refuse(NoteSignature, "n", b"abcd", b"") == "signature"


def test_a_text_may_hold_empty_lines():
    for text in (b"\n", b"a\n\n", b"a\n\n\n", b"a\n\nb\n", "— n AAAAAQI=\n\nb\n".encode()):
        note = Note(text, (sign_note(text, "n", SEED),))
        assert parse_note(note.render()) == note


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_random_bytes_are_malformed_or_come_back(data):
    check_reader(lambda: parse_note(data).render(), data)
    check_reader(lambda: parse_checkpoint(data).body(), data)
    check_reader(lambda: parse_verifier_key(data.decode("latin-1")).render().encode("latin-1"), data)


@example(0, 1, b"")
@given(st.integers(0, len(OWN_NOTE)), st.integers(0, 3), st.binary(max_size=3))
def test_mutated_notes_are_malformed_or_do_not_verify(at, cut, put):
    changed = OWN_NOTE[:at] + put + OWN_NOTE[at + cut :]
    check_reader(lambda: parse_note(changed).render(), changed)
    if changed == OWN_NOTE:
        return
    try:
        note = parse_note(changed)
    except MalformedInput:
        return
    held = verify_signature(note, parse_verifier_key(LOG_KEY))
    renewed = verify_cosignature(note, parse_verifier_key(RENEWAL_KEY)) is not None
    assert not (held and renewed and len(note.signatures) == 2)


def check_reader(read_back, data: bytes) -> None:
    try:
        rendered = read_back()
    except MalformedInput:
        return
    assert rendered == data


def test_imports_what_an_auditor_can_vendor():
    tree = ast.parse(Path(notes.__file__).read_text())
    names = [node.names[0].name for node in ast.walk(tree) if isinstance(node, ast.Import)]
    names += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    allowed = {"base64", "dataclasses", "hashlib", "ledger.errors"}
    assert {name for name in names if not name.startswith("nacl.")} == allowed
