"""The forms of proofs and trust files: each file has one spelling, and readers raise MalformedInput only."""

import json

import pytest
from google.protobuf.descriptor import FieldDescriptor

from hefu.v1 import ledger_pb2 as pb
from ledger import verify_forms
from ledger.errors import MalformedInput
from ledger.verify_forms import (
    MAX_FILE_BYTES,
    parse_proof,
    parse_trust,
    read_canonical,
    render_binary,
    render_json,
    render_trust_json,
)
from tests.support.proof_world import NETWORK, make_trust

PROOF = pb.Proof(
    state=pb.StateProof(
        network=NETWORK,
        items=[pb.StateItem(key="a"), pb.StateItem(key="b", path=pb.StatePath(depth=3))],
        block_index=9,
        checkpoint=b"\x00\xff",
    )
)
TEXT = render_json(PROOF).decode()


def test_the_json_is_that_of_the_design():
    network = f'{{"genesis_hash":"{NETWORK.genesis_hash.hex()}","name":"proofs.test"}}'
    items = '[{"key":"a"},{"key":"b","path":{"depth":3}}]'
    expected = f'{{"state":{{"block_index":"9","checkpoint":"00ff","items":{items},"network":{network}}}}}\n'
    assert expected == TEXT


def test_both_forms_read_back():
    assert parse_proof(render_json(PROOF)) == parse_proof(render_binary(PROOF)) == PROOF
    trust = make_trust(witness_quorum=1, simulated_clock=True, expires_at_ms=2**63 - 1)
    assert parse_trust(render_trust_json(trust)) == trust


def change(old: str, new: str) -> bytes:
    assert TEXT.count(old) == 1
    return TEXT.replace(old, new).encode()


@pytest.mark.parametrize(
    "data",
    [
        b'{"\\ud800":1}\n',
        change('"9"', "9"),
        change('"9"', '"09"'),
        change('"9"', '" 9"'),
        change('"9"', '"9_0"'),
        change('"9"', r'"\uff19"'),
        change('"9"', '"9.0"'),
        change('"9"', '"0"'),
        change('"9"', '""'),
        change('"9"', "null"),
        change('"9"', '"9223372036854775808"'),
        change('"9"', f'"{"9" * 5000}"'),
        change('"depth":3', '"depth":"3"'),
        change('"depth":3', '"depth":3.0'),
        change('"depth":3', '"depth":true'),
        change('"depth":3', '"depth":0'),
        change('"depth":3', '"depth":-1'),
        change('"depth":3', '"depth":4294967296'),
        change('"depth":3', '"depth":NaN'),
        change('"depth":3', f'"depth":{"9" * 5000}'),
        change('"depth":3', ""),
        change("00ff", "00FF"),
        change("00ff", "00 ff"),
        change("00ff", "00f"),
        change("00ff", "zz"),
        change('"00ff"', '""'),
        change('"00ff"', "[]"),
        change('"key":"a"', '"key":""'),
        change('"key":"a"', r'"key":"\u0061"'),
        change('"key":"a"', r'"key":"\ud800"'),
        change('"key":"a"', '"key":"ä"'),
        change('"key":"a"', '"key":"a","key":"a"'),
        change('"key":"a"', '"key":"a","strange":1'),
        change('"key":"a"', '"key": "a"'),
        change('{"key":"a"}', "{}"),
        change('{"key":"a"}', "[]"),
        change('[{"key":"a"},', "[3,"),
        change('[{"key":"a"},{"key":"b","path":{"depth":3}}]', "{}"),
        change('{"state":', '{"consistency":{"path":"00"},"state":'),
        TEXT[:-1].encode(),
        TEXT.encode() + b"\n",
        b" " + TEXT.encode(),
        b"{}\n",
        b"{",
        b'{"state":{}}\n',
        b'{"state":null}\n',
        b'{"state":[' + b"[" * 100_000,
    ],
)
def test_any_other_json_is_malformed(data):
    with pytest.raises(MalformedInput):
        parse_proof(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x12\x00",
        b"\xff",
        render_binary(PROOF) + b"\x7a\x00",
        render_binary(PROOF)[:-1],
        bytes(MAX_FILE_BYTES + 1),
        b"{" + bytes(MAX_FILE_BYTES),
    ],
)
def test_any_other_binary_is_malformed(data):
    with pytest.raises(MalformedInput):
        parse_proof(data)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"simulated_clock":true', '"simulated_clock":false'),
        ('"simulated_clock":true', '"simulated_clock":1'),
        ('"simulated_clock":true', '"simulated_clock":"true"'),
        ('"witnesses":["', '"witnesses":["","'),
        ('"witnesses":["', '"witnesses":[1,"'),
    ],
)
def test_a_trust_file_has_one_spelling(old, new):
    text = render_trust_json(make_trust(simulated_clock=True)).decode()
    assert text.count(old) == 1
    with pytest.raises(MalformedInput):
        parse_trust(text.replace(old, new).encode())


def test_a_trust_file_is_json():
    with pytest.raises(MalformedInput):
        parse_trust(render_binary(make_trust()))


def test_an_empty_message_at_any_depth_is_malformed():
    body = pb.TransactionBody(nonce=b"x")
    body.network.SetInParent()
    with pytest.raises(MalformedInput) as caught:
        read_canonical(pb.TransactionBody(), render_binary(body), "body")
    assert caught.value.field == "body"


def test_the_files_hold_only_the_kinds_of_scalars_that_the_form_knows():
    known = {
        FieldDescriptor.TYPE_BYTES,
        FieldDescriptor.TYPE_STRING,
        FieldDescriptor.TYPE_INT64,
        FieldDescriptor.TYPE_UINT32,
        FieldDescriptor.TYPE_BOOL,
    }
    waiting, seen = [pb.Proof.DESCRIPTOR, pb.TrustFile.DESCRIPTOR], set()
    while waiting:
        message = waiting.pop()
        for field in message.fields:
            if field.message_type is not None:
                waiting.append(field.message_type)
            else:
                seen.add(field.type)
    assert seen == known


def test_a_rendered_file_is_ascii_and_sorted():
    value = json.loads(TEXT)
    assert json.dumps(value, sort_keys=True, separators=(",", ":")) + "\n" == TEXT
    assert verify_forms.render_json(PROOF).isascii()
