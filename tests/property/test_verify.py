"""Bytes of strangers: readers and the verifier answer with MalformedInput or a refusal; nothing false ever holds."""

import contextlib
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hefu.v1 import ledger_pb2 as pb
from ledger.errors import MalformedInput
from ledger.proofs import build_consistency_proof, build_state_proof, build_transaction_proof, cosign_proof
from ledger.trust import open_trust
from ledger.verify import ProofRefused, parse_proof, parse_trust, render_binary, render_json, render_trust_json, verify
from tests.support.proof_world import NETWORK, PUT, REFUSE, ProofWorld, cosign_as_operator, make_trust


def make_proofs() -> list[pb.Proof]:
    world = ProofWorld()
    world.run((PUT, "a/1", 0), (PUT, "locked/1", world.time_ms + 30_000), (REFUSE, "x", 0))
    world.run((PUT, "b/1", 0))
    proofs = [
        build_transaction_proof(world.store, NETWORK, world.ids[0]),
        build_transaction_proof(world.store, NETWORK, world.ids[2]),
        build_state_proof(world.store, world.tree, NETWORK, ["a/1", "locked/1", "never/1"]),
        build_state_proof(world.store, world.tree, NETWORK, ["b/1"], 1),
        build_consistency_proof(world.store, NETWORK, 2, 0),
    ]
    proofs.append(cosign_proof(proofs[2], lambda text: cosign_as_operator(text, world.time_ms)))
    world.close()
    return proofs


PROOFS = make_proofs()
TRUST = make_trust()
TRUST_FILE = render_trust_json(TRUST)
FORMS = [render(proof) for proof in PROOFS for render in (render_binary, render_json)]


def may_be_read(data: bytes) -> pb.Proof | None:
    """The proof, unless the bytes are none; any other exception fails the test."""
    with contextlib.suppress(MalformedInput):
        return parse_proof(data)
    return None


def is_accepted(data: bytes) -> bool:
    with contextlib.suppress(MalformedInput, ProofRefused):
        verify(parse_proof(data), TRUST)
        return True
    return False


@given(st.binary(max_size=400))
def test_random_bytes_are_no_proof_and_no_trust_file(data):
    proof = may_be_read(data)
    assert proof is None or render_binary(proof) == data
    assert not is_accepted(data)
    with contextlib.suppress(MalformedInput):
        assert render_trust_json(parse_trust(data)) == data


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["state", "consistency", "transaction", "items", "network", "name", "path", "key", "depth"]
                ),
                inner,
                max_size=3,
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_is_read_in_its_one_form_or_not_at_all(value):
    data = json.dumps(value, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    proof = may_be_read(data)
    assert proof is None or render_json(proof) == data


@given(st.sampled_from(FORMS), st.data())
def test_what_is_spliced_out_of_true_proofs_does_not_hold(data, draw):
    other = draw.draw(st.sampled_from(FORMS))
    start = draw.draw(st.integers(0, len(data)))
    end = draw.draw(st.integers(start, min(len(data), start + 80)))
    from_other = draw.draw(st.integers(0, len(other)))
    middle = draw.draw(st.binary(max_size=8) | st.just(other[from_other : from_other + end - start]))
    changed = data[:start] + middle + data[end:]
    # A splice may put back what it took away, or give another of the true proofs.
    assert changed in FORMS or not is_accepted(changed)


def walk(message, found: list[tuple[Any, str]]) -> list[tuple[Any, str]]:
    """Every scalar of a proof, as the message that holds it and its name."""
    for field, value in message.ListFields():
        if field.message_type is None:
            found.append((message, field.name))
        elif field.is_repeated:
            for inner in value:
                walk(inner, found)
        else:
            walk(value, found)
    return found


@given(st.integers(0, len(PROOFS) - 1), st.data())
def test_no_field_of_a_true_proof_can_say_something_else(number, draw):
    proof = pb.Proof()
    proof.CopyFrom(PROOFS[number])
    places = walk(proof, [])
    message, name = places[draw.draw(st.integers(0, len(places) - 1))]
    old = getattr(message, name)
    if isinstance(old, bytes):
        at = draw.draw(st.integers(0, len(old)))
        new: object = draw.draw(
            st.sampled_from([b"", old[:at], old[at:], old + b"\x00", old + old[-32:]])
            | st.binary(min_size=1, max_size=3).map(lambda part: old[:at] + part + old[at + len(part) :])
        )
    elif isinstance(old, str):
        new = draw.draw(st.sampled_from(["", old + "x", old[:-1], "a/1", "never/2"]) | st.text(max_size=4))
    else:
        new = draw.draw(st.integers(-2, 12) | st.sampled_from([2**31, old + 1, old * 2]).map(lambda n: min(n, 2**31)))
    with contextlib.suppress(ValueError):  # a negative depth, a text that is not Unicode: no such message
        setattr(message, name, new)
    assert proof in PROOFS or not is_accepted(render_binary(proof))


@given(st.integers(0, len(TRUST_FILE)), st.binary(max_size=3), st.integers(0, 4))
@settings(max_examples=200)
def test_a_changed_trust_file_is_malformed_or_says_another_thing(at, part, cut):
    data = TRUST_FILE[:at] + part + TRUST_FILE[at + cut :]
    with contextlib.suppress(MalformedInput):
        trust = parse_trust(data)
        assert render_trust_json(trust) == data
        open_trust(trust)
        for proof in PROOFS:
            with contextlib.suppress(ProofRefused, MalformedInput):
                verify(proof, trust, now_ms=2**62)
                # Only what loosens nothing about keys may still hold: the flag, the bounds, the expiry, the quorum.
                assert trust.network == TRUST.network
                assert trust.origin == TRUST.origin
