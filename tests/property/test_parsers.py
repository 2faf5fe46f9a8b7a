"""Bytes of strangers at each parser: a value, or MalformedInput, and never another exception.

Each parser is given random bytes, and true inputs with bytes changed, cut, added or taken from elsewhere in them. What
is read is in its one form where the parser promises that: rendered again, it gives the same bytes.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from examples.demo.sample import read_receivables
from hefu.v1 import identity_pb2, ledger_pb2, node_pb2
from identity.genesis import build_records, parse_genesis
from identity.views import list_organisations
from ledger.errors import InvariantViolation, MalformedInput
from ledger.notes import Note, parse_checkpoint, parse_note, parse_verifier_key
from ledger.proofs import build_consistency_proof, build_state_proof, build_transaction_proof, cosign_proof
from ledger.store.paging import Position, encode_cursor
from ledger.transaction import decode, sign
from ledger.trust import open_trust
from ledger.verify import (
    Asked,
    ProofRefused,
    parse_proof,
    parse_trust,
    render_binary,
    render_json,
    render_trust_json,
    verify,
)
from nodes.config import CONFIG_FILE, NodeConfig, load_config, render_config
from nodes.genesis_file import Founder, build_genesis, build_registrar, make_uscc
from nodes.keys import make_key, parse_key, write_key
from nodes.link import HEADER, FrameReader, Kind, encode_frame
from receivables.queries import list_packages, list_vouchers
from tests.support.proof_world import (
    NETWORK,
    ORIGIN,
    PUT,
    REFUSE,
    ProofWorld,
    cosign_as_operator,
    cosign_as_witness,
    make_trust,
    render_key,
    sign_checkpoint,
)
from tests.support.view_world import NOW_MS, ViewWorld

SAMPLE = Path(__file__).parents[2] / "examples" / "data" / "ibm-accounts-receivable.csv"
CHECKPOINT = f"{ORIGIN}\n7\n{'A' * 43}=\n".encode()
TRUST = make_trust()


class Parser(NamedTuple):
    """A reader of bytes, and true inputs. `render` gives the bytes of what was read, where there is only one form."""

    read: Callable[[bytes], Any]
    samples: Sequence[bytes]
    render: Callable[[Any], bytes] | None = None


def read_transaction(data: bytes) -> bytes:
    return decode(data).signed


def read_genesis(data: bytes) -> Any:
    genesis = parse_genesis(data)
    build_records(genesis)
    return genesis


def read_trust(data: bytes) -> Any:
    trust = parse_trust(data)
    open_trust(trust)
    return trust


def read_verifier_key(data: bytes) -> Any:
    return parse_verifier_key(data.decode(errors="surrogateescape"))


def make_proofs() -> dict[str, ledger_pb2.Proof]:
    """One of each kind, in a small ledger, and one that was cosigned."""
    world = ProofWorld(records=3)
    world.run((PUT, "a/1", 0), (REFUSE, "x", 0))
    world.run((PUT, "b/1", 0))
    state = build_state_proof(world.store, world.tree, NETWORK, ["a/1", "never/1"])
    proofs = {
        "transaction": build_transaction_proof(world.store, NETWORK, world.ids[0]),
        "refused transaction": build_transaction_proof(world.store, NETWORK, world.ids[1]),
        "state": state,
        "cosigned state": cosign_proof(state, lambda text: cosign_as_operator(text, world.time_ms)),
        "consistency": build_consistency_proof(world.store, NETWORK, 2, 0),
    }
    world.close()
    return proofs


def make_transactions() -> list[bytes]:
    body = ledger_pb2.TransactionBody(network=NETWORK, nonce=bytes(16), valid_until_ms=1)
    body.commands.add(organisations=["A", "B"], kind=300, payload=b"\x0a\x01x")
    body.commands.add(organisations=["A"], kind=1)
    return [sign(render_binary(body), [bytes([n]) * 32 for n in range(1, 1 + count)]) for count in (1, 3)]


def make_key_files(folder: Path) -> list[bytes]:
    key = make_key(make_uscc(2), "anna", [1, 2])
    write_key(folder / "open.json", key)
    write_key(folder / "sealed.json", key, "secret", 1, 8192)
    return [(folder / name).read_bytes() for name in ("open.json", "sealed.json")]


def make_genesis_file() -> bytes:
    second = make_uscc(2)
    keys = tuple(make_key(second, person, [role]) for person, role in (("a", 1), ("b", 2)))
    return build_genesis(
        "parsers.test", NOW_MS, [build_registrar(), Founder(second, "某银行", (identity_pb2.BANK,), keys)]
    )


def make_note() -> bytes:
    note = parse_note(sign_checkpoint(CHECKPOINT))
    cosigned = (cosign_as_operator(CHECKPOINT, NOW_MS), cosign_as_witness(CHECKPOINT, NOW_MS))
    return Note(note.text, (*note.signatures, *cosigned)).render()


PROOFS = make_proofs()
FORMS = {
    f"{name}, {form}": render(proof)
    for name, proof in PROOFS.items()
    for form, render in (("binary", render_binary), ("json", render_json))
}


@pytest.fixture(scope="module")
def parsers(tmp_path_factory) -> dict[str, Parser]:
    folder = tmp_path_factory.mktemp("parsers")

    def read_config(data: bytes) -> NodeConfig:
        (folder / CONFIG_FILE).write_bytes(data)
        return load_config(folder, {})

    config = render_config({"listen": "127.0.0.1:0", "processes": 1}).encode()
    csv = b"".join(SAMPLE.read_bytes().splitlines(keepends=True)[:4])
    return {
        "transaction": Parser(read_transaction, make_transactions(), lambda signed: signed),
        "proof, binary": Parser(parse_proof, [render_binary(proof) for proof in PROOFS.values()], render_binary),
        "proof, json": Parser(parse_proof, [render_json(proof) for proof in PROOFS.values()], render_json),
        "trust file": Parser(read_trust, [render_trust_json(TRUST)], render_trust_json),
        "genesis": Parser(read_genesis, [make_genesis_file()], render_binary),
        "config": Parser(read_config, [config, b'listen = "127.0.0.1:1"\n[a]\nb = [1, {c = 2020-01-01}]\n']),
        "csv": Parser(read_receivables, [csv]),
        "key file": Parser(parse_key, make_key_files(folder)),
        "note": Parser(parse_note, [make_note()], lambda note: note.render()),
        "checkpoint": Parser(parse_checkpoint, [CHECKPOINT], lambda checkpoint: checkpoint.body()),
        "verifier key": Parser(
            read_verifier_key,
            [render_key(ORIGIN, bytes([1]) * 32).encode()],
            lambda key: key.render().encode(errors="surrogateescape"),
        ),
    }


NAMES = (
    "transaction", "proof, binary", "proof, json", "trust file", "genesis", "config", "csv", "key file", "note",
    "checkpoint", "verifier key",
)  # fmt: skip


def feed(parser: Parser, data: bytes) -> bool:
    """Whether the bytes were read; any exception but MalformedInput fails the test."""
    try:
        found = parser.read(data)
    except MalformedInput:
        return False
    if parser.render is not None and not (data.startswith(b"{") and parser.render is render_binary):
        assert parser.render(found) == data
    return True


def test_every_parser_reads_its_own(parsers):
    assert sorted(parsers) == sorted(NAMES)
    for name, parser in parsers.items():
        for sample in parser.samples:
            assert feed(parser, sample) or (name, b"[a]" in sample) == ("config", True)


texts = st.text(max_size=40).map(str.encode)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["format", "sealed", "seed", "roles", "network", "state", "x"]), inner)
    ),
    max_leaves=8,
)
jsons = json_values.map(lambda value: json.dumps(value, separators=(",", ":")).encode())
nested = st.sampled_from([b"[" * 100_000, b'{"a":' * 50_000, b"\x0a" * 5000, b"a = " + b"[" * 20_000, b"9" * 10_000])


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=150)
@given(data=st.binary(max_size=300) | texts | jsons | nested)
def test_random_bytes_are_malformed_or_in_their_one_form(parsers, name, data):
    parser = parsers[name]
    assert feed(parser, data) in (True, False)


mutations = st.lists(
    st.tuples(st.integers(0), st.integers(0, 6), st.binary(max_size=6) | st.integers(0)), min_size=1, max_size=3
)


def mutate(data: bytes, changes: Sequence[tuple[int, int, bytes | int]]) -> bytes:
    """At each place so many bytes go, and others come: given ones, or a copy from elsewhere in the same bytes."""
    for at, cut, put in changes:
        place = at % (len(data) + 1)
        middle = put if isinstance(put, bytes) else data[put % (len(data) + 1) :][:12]
        data = data[:place] + middle + data[place + cut :]
    return data


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=250)
@given(which=st.integers(0), changes=mutations)
def test_mutated_bytes_are_malformed_or_in_their_one_form(parsers, name, which, changes):
    parser = parsers[name]
    data = mutate(parser.samples[which % len(parser.samples)], changes)
    assert feed(parser, data) in (True, False)


# ---------------------------------------------------------------- both forms of a proof, byte by byte


class Expected(Asked):
    """The question to which the state proof is the answer."""

    def check(self, bodies: dict[str, bytes | None]) -> str | None:
        return None if bodies == {"a/1": b"here", "never/1": None} else "another answer"


QUESTION = Expected(("a/1", "never/1"))


def is_accepted(data: bytes, question: Asked | None) -> bool:
    try:
        verify(parse_proof(data), TRUST, question)
    except (MalformedInput, ProofRefused):
        return False
    return True


def list_changes(data: bytes) -> Iterator[bytes]:
    """At each place a byte changed, cut or added, and all before or behind it cut off; at the end each byte added."""
    for at, byte in enumerate(data):
        yield from (data[:at] + bytes([byte ^ flip]) + data[at + 1 :] for flip in (1, 0x20, 0x80))
        yield from (data[:at], data[at + 1 :], data[:at] + data[at + 1 :])
        yield from (data[:at] + bytes([extra]) + data[at:] for extra in {byte, 0, 0x20})
    yield from (data + bytes([extra]) for extra in range(256))


@pytest.mark.parametrize("name", ["transaction", "refused transaction", "cosigned state", "consistency"])
@pytest.mark.parametrize("form", ["binary", "json"])
def test_a_proof_with_any_byte_changed_cut_or_added_is_refused(name, form):
    data = FORMS[f"{name}, {form}"]
    question = QUESTION if name == "cosigned state" else None
    assert is_accepted(data, question)
    changes = [changed for changed in list_changes(data) if changed != data]
    assert [changed for changed in changes if is_accepted(changed, question)] == []
    # To a reader who asks nothing a state may speak of another key, as absent as the first; of nothing else.
    for changed in changes if question else ():
        if is_accepted(changed, None):
            proof = parse_proof(changed)
            assert proof.state.items[0].key == "a/1"
            proof.state.items[1].key = "never/1"
            assert proof == PROOFS["cosigned state"]


# ---------------------------------------------------------------- cursors


@pytest.fixture(scope="module")
def views(tmp_path_factory):
    world = ViewWorld(f"sqlite:///{tmp_path_factory.mktemp('cursors') / 'views.db'}", [])
    yield world
    world.close()


LISTS: tuple[tuple[Callable[..., Any], Callable[..., Any]], ...] = (
    (list_vouchers, node_pb2.ListVouchersRequest),
    (list_packages, node_pb2.ListPackagesRequest),
    (list_organisations, node_pb2.ListOrganisationsRequest),
)
places = st.binary(max_size=60) | st.binary(max_size=12).map(lambda end: f"{make_uscc(1)}.A-1".encode() + end)


def ask(views: ViewWorld, which: int, cursor: bytes) -> bool:
    method, request = LISTS[which]
    try:
        method(views.connection, request(cursor=cursor))
    except MalformedInput:
        return False
    return True


@given(which=st.integers(0, 2), cursor=st.binary(min_size=1, max_size=80))
def test_random_bytes_are_no_cursor(views, which, cursor):
    assert not ask(views, which, cursor)


@given(which=st.integers(0, 2), place=places, height=st.integers(0, 2**64 - 1), time_ms=st.integers(0, 2**64 - 1))
def test_a_forged_cursor_is_malformed_or_a_place(views, which, place, height, time_ms):
    forged = encode_cursor(LISTS[which][1](), Position(height, time_ms), place)
    is_past = height <= views.heads[-1][0] and time_ms <= views.heads[-1][1]
    assert is_past or not ask(views, which, forged)


@given(which=st.integers(0, 2), place=places, changes=mutations)
def test_a_changed_cursor_is_malformed(views, which, place, changes):
    height, time_ms = views.heads[-1]
    cursor = encode_cursor(LISTS[which][1](), Position(height, time_ms), place)
    changed = mutate(cursor, changes)
    assume(changed not in (cursor, b""))
    assert not ask(views, which, changed)


@given(which=st.integers(0, 2), place=places)
def test_a_cursor_of_a_true_position_is_malformed_or_a_place(views, which, place):
    forged = encode_cursor(LISTS[which][1](), Position(*views.heads[-1]), place)
    assert ask(views, which, forged) in (True, False)


# ---------------------------------------------------------------- frames between door and kernel


@given(
    st.lists(st.tuples(st.sampled_from(Kind), st.integers(0, 2**64 - 1), st.binary(max_size=30)), max_size=4),
    st.binary(max_size=HEADER.size - 1),
)
def test_a_frame_that_is_cut_is_no_frame_yet(frames, rest):
    stream = b"".join(encode_frame(*frame) for frame in frames)
    reader = FrameReader()
    assert [(f.kind, f.tag, f.payload) for f in reader.feed(stream + rest)] == frames
    long = HEADER.pack(2**32 - 1, Kind.ASK, 0)
    with pytest.raises(InvariantViolation):
        FrameReader().feed(stream + long)
