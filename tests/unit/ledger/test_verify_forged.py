"""Proofs that an attacker, or an operator with the log's key, put together: each true in its parts, none accepted.

The log here is made by hand and its checkpoint truly signed, so a refusal is that of the rule and not of the signature.
"""

from hashlib import sha256

import pytest

from hefu.v1 import ledger_pb2 as pb
from ledger import verify
from ledger.errors import MalformedInput
from ledger.execution import Decision, encode_entry
from ledger.merkle.verify_state import EMPTY, hash_children, hash_key, hash_leaf, hash_record
from ledger.notes import Checkpoint
from ledger.transaction import EVENTS_TAG, compute_id, decode, sign
from ledger.verify import ProofRefused, render_binary
from tests.support.memory_tiles import make_log
from tests.support.proof_world import MEMBER_SEEDS, NETWORK, ORIGIN, START_MS, make_trust, sign_checkpoint

SALT = bytes(16)


def make_body(**changes) -> pb.TransactionBody:
    """A good body, then changed."""
    body = pb.TransactionBody(network=NETWORK, nonce=SALT, valid_until_ms=START_MS + 60_000)
    body.commands.add(organisations=["A"], kind=1, payload=b"x")
    for name, value in changes.items():
        setattr(body, name, value)
    return body


def make_block_entry(first: int, count: int, **changes) -> pb.LogEntry:
    """A good block entry, then changed."""
    entry = pb.LogEntry()
    block = entry.block
    block.height, block.time_ms, block.first_index, block.size = 7, START_MS, first, count
    block.state_root, block.software_version = bytes([5]) * 32, 1
    for name, value in changes.items():
        setattr(block, name, value)
    return entry


def forge(
    signed: bytes, entry: bytes, block: bytes, events: bytes = b"", index: int = 1, block_index: int = 3
) -> pb.Proof:
    """A transaction proof in a log of six leaves, with the entry at 1 and the block entry at 3."""
    tree, _ = make_log([b"genesis", entry, b"other", block, b"next", b"last"])
    proof = pb.Proof()
    made = proof.transaction
    made.network.CopyFrom(NETWORK)
    made.signed_transaction, made.events, made.entry, made.block_entry = signed, events, entry, block
    made.index, made.block_index = index, block_index
    made.path = b"".join(tree.build_inclusion(index, 6))
    made.block_path = b"".join(tree.build_inclusion(block_index, 6))
    made.checkpoint = sign_checkpoint(Checkpoint(ORIGIN, 6, tree.root).body())
    return proof


def make_entry(signed: bytes, **changes) -> pb.LogEntry:
    """The kernel's entry for a transaction that was done, then changed."""
    entry = pb.LogEntry.FromString(encode_entry(decode(signed), Decision(b"")))
    for name, value in changes.items():
        setattr(entry.transaction, name, value)
    return entry


def forge_signed(signed: bytes, **changes) -> pb.Proof:
    """A proof of these signed bytes, whatever they are, with the entry that an accomplice would write."""
    envelope = pb.SignedTransaction.FromString(signed)
    body = pb.TransactionBody.FromString(envelope.body)
    entry = make_entry(sign(render_binary(make_body()), MEMBER_SEEDS), **changes)
    leaf = entry.transaction
    leaf.id, leaf.signed_hash = compute_id(envelope.body), sha256(signed).digest()
    leaf.valid_until_ms = body.valid_until_ms
    leaf.events_hash = sha256(EVENTS_TAG + body.nonce).digest()
    return forge(signed, render_binary(entry), render_binary(make_block_entry(1, 3)))


def refusal(proof: pb.Proof) -> str:
    """Why the proof is not accepted: the name of the reason, or the field of malformed input."""
    with pytest.raises((ProofRefused, MalformedInput)) as caught:
        verify.verify(proof, make_trust())
    refused = caught.value
    return refused.reason if isinstance(refused, ProofRefused) else str(getattr(refused, "field", ""))


SIGNED = sign(render_binary(make_body()), MEMBER_SEEDS)
ENTRY = render_binary(make_entry(SIGNED))
BLOCK = render_binary(make_block_entry(1, 3))


def test_what_is_forged_here_holds_before_it_is_changed():
    assert verify.verify(forge(SIGNED, ENTRY, BLOCK), make_trust()).height == 7
    assert verify.verify(forge_signed(SIGNED), make_trust()).height == 7


def test_a_block_of_a_later_version_and_of_validators_is_a_block_too():
    later = render_binary(make_block_entry(1, 3, software_version=7, validator_set_hash=bytes(32)))
    assert verify.verify(forge(SIGNED, ENTRY, later), make_trust()).height == 7


def test_an_entry_of_another_kind_is_no_transaction_and_no_block():
    assert refusal(forge(SIGNED, BLOCK, BLOCK)) == "ENTRY_MISMATCH"
    assert refusal(forge(SIGNED, ENTRY, ENTRY)) == "ENTRY_MISMATCH"


@pytest.mark.parametrize("strange", [ENTRY + b"\x48\x01", b"", b"\xff", ENTRY + ENTRY])
def test_an_entry_has_one_encoding(strange):
    assert refusal(forge(SIGNED, strange, BLOCK)) in {"entry", "ENTRY_MISMATCH"}


def test_an_entry_with_an_unknown_field_inside_is_malformed():
    entry = pb.LogEntry.FromString(ENTRY)
    entry.transaction.MergeFromString(b"\x7a\x01x")
    assert refusal(forge(SIGNED, entry.SerializeToString(deterministic=True), BLOCK)) == "entry"


def test_an_outcome_of_zero_is_not_written():
    with_empty = pb.LogEntry.FromString(ENTRY)
    with_empty.transaction.outcome.SetInParent()
    assert refusal(forge(SIGNED, render_binary(with_empty), BLOCK)) == "entry"
    with_field = pb.LogEntry.FromString(ENTRY)
    with_field.transaction.outcome.field = 3
    assert refusal(forge(SIGNED, render_binary(with_field), BLOCK)) == "ENTRY_MISMATCH"


def test_an_outcome_names_a_command_of_the_transaction():
    entry = pb.LogEntry.FromString(ENTRY)
    entry.transaction.outcome.code, entry.transaction.outcome.command_index = 99, 1
    assert refusal(forge(SIGNED, render_binary(entry), BLOCK)) == "ENTRY_MISMATCH"


def test_events_are_those_of_the_entry_and_a_refusal_has_none():
    events = render_binary(pb.Events(events=[pb.Event(kind=1, payload=b"x")]))
    assert refusal(forge(SIGNED, ENTRY, BLOCK, events)) == "ENTRY_MISMATCH"
    digest = sha256(EVENTS_TAG + SALT + events).digest()
    with_events = make_entry(SIGNED, events_hash=digest)
    assert verify.verify(forge(SIGNED, render_binary(with_events), BLOCK, events), make_trust()).events is not None
    with_events.transaction.outcome.code = 99
    assert refusal(forge(SIGNED, render_binary(with_events), BLOCK, events)) == "ENTRY_MISMATCH"
    assert refusal(forge(SIGNED, ENTRY, BLOCK, b"\xff")) == "events"


@pytest.mark.parametrize("change", [{"id": bytes(32)}, {"signed_hash": bytes(32)}, {"valid_until_ms": START_MS + 1}])
def test_the_entry_is_that_of_these_signed_bytes(change):
    assert refusal(forge(SIGNED, render_binary(make_entry(SIGNED, **change)), BLOCK)) == "ENTRY_MISMATCH"


@pytest.mark.parametrize(("first_index", "size"), [(0, 3), (1, 2), (1, 4), (4, 0), (5, -1), (3, 1), (2, 2)])
def test_a_block_ends_with_its_entry_and_holds_the_transaction(first_index, size):
    assert refusal(forge(SIGNED, ENTRY, render_binary(make_block_entry(first_index, size)))) == "OTHER_BLOCK"


@pytest.mark.parametrize(
    "change", [{"first_index": -1}, {"height": -1}, {"time_ms": -1}, {"state_root": bytes(31)}, {"state_root": b""}]
)
def test_a_block_entry_that_no_kernel_writes_is_malformed(change):
    assert refusal(forge(SIGNED, ENTRY, render_binary(make_block_entry(1, 3, **change)))) == "block_entry"


@pytest.mark.parametrize(("index", "block_index"), [(0, 3), (2, 3), (1, 4), (1, 2), (3, 1), (-1, 3), (6, 3), (1, 6)])
def test_an_entry_stands_at_its_own_index_only(index, block_index):
    proof = forge(SIGNED, ENTRY, BLOCK)
    proof.transaction.index, proof.transaction.block_index = index, block_index
    assert refusal(proof) == "NOT_INCLUDED"


@pytest.mark.parametrize("field", ["path", "block_path"])
def test_a_path_is_whole_hashes_from_the_leaf_to_the_root(field):
    for change, reason in ((lambda path: path[:-1], True), (lambda path: path[32:], False), (lambda path: b"", False)):
        proof = forge(SIGNED, ENTRY, BLOCK)
        setattr(proof.transaction, field, change(getattr(proof.transaction, field)))
        assert (refusal(proof) != "NOT_INCLUDED") is reason


def test_an_inner_node_is_no_leaf():
    tree, _ = make_log([b"genesis", ENTRY, b"other", BLOCK])
    path = tree.build_inclusion(1, 4)
    proof = forge(SIGNED, ENTRY, BLOCK)
    # Leave out a level: the leaf's own hash stands where an inner node does.
    proof.transaction.path = b"".join(path[1:])
    proof.transaction.index = 0
    assert refusal(proof) == "NOT_INCLUDED"


def test_a_transaction_was_decided_before_it_expired():
    late = render_binary(make_block_entry(1, 3, time_ms=START_MS + 60_000))
    assert refusal(forge(SIGNED, ENTRY, late)) == "ENTRY_MISMATCH"


def test_a_transaction_of_another_network_is_refused():
    body = make_body()
    body.network.genesis_hash = bytes(32)
    assert refusal(forge_signed(sign(render_binary(body), MEMBER_SEEDS))) == "OTHER_NETWORK"


def change_signature(at: int = 0, **changes) -> bytes:
    envelope = pb.SignedTransaction.FromString(SIGNED)
    for name, value in changes.items():
        setattr(envelope.signatures[at], name, value)
    return render_binary(envelope)


@pytest.mark.parametrize(
    "change",
    [
        {"algorithm": 2},
        {"algorithm": 0},
        {"signature": bytes(64)},
        {"signature": b""},
        {"signature": bytes(65)},
        {"public_key": b"\x01"},
        {"public_key": b"\x01" + bytes(31)},
    ],
)
def test_every_signature_verifies(change):
    assert refusal(forge_signed(change_signature(**change))) == "BAD_SIGNATURE"


def test_signatures_are_sorted_and_none_stands_twice_or_without_a_key():
    envelope = pb.SignedTransaction.FromString(SIGNED)
    first, second = envelope.signatures
    for signatures in ([second, first], [first, first], []):
        changed = pb.SignedTransaction(body=envelope.body, signatures=signatures)
        assert refusal(forge_signed(render_binary(changed))) == "signed_transaction.signatures"
    assert refusal(forge_signed(change_signature(public_key=b""))) == "signed_transaction.signatures"
    many = pb.SignedTransaction(body=envelope.body)
    for number in range(17):
        many.signatures.add(algorithm=1, public_key=bytes([number + 1]), signature=bytes(64))
    assert refusal(forge_signed(render_binary(many))) == "signed_transaction.signatures"


@pytest.mark.parametrize("change", [{"nonce": bytes(15)}, {"valid_until_ms": 0}, {"valid_until_ms": -1}])
def test_a_body_has_its_shape(change):
    assert refusal(forge_signed(sign(render_binary(make_body(**change)), MEMBER_SEEDS))) == "signed_transaction.body"


@pytest.mark.parametrize("commands", [0, 17])
def test_a_body_has_one_to_sixteen_commands(commands):
    body = make_body()
    command = body.commands.pop()
    body.commands.extend([command] * commands)
    assert refusal(forge_signed(sign(render_binary(body), MEMBER_SEEDS))) == "signed_transaction.body"


@pytest.mark.parametrize("organisations", [[], ["A", "A"], [""], ["A", "B", "C", "D", "E"]])
def test_a_command_names_its_organisations(organisations):
    body = make_body()
    body.commands[0].organisations[:] = organisations
    signed = sign(render_binary(body), MEMBER_SEEDS)
    assert refusal(forge_signed(signed)) == "signed_transaction.body.commands"


def test_signed_bytes_have_one_encoding_and_an_end():
    assert refusal(forge_signed(SIGNED + b"\x7a\x00")) == "signed_transaction"
    strange = sign(render_binary(make_body()) + b"\x7a\x00", MEMBER_SEEDS)
    assert refusal(forge_signed(strange)) == "signed_transaction.body"
    body = make_body()
    body.commands[0].payload = bytes(65_536)
    assert refusal(forge_signed(sign(render_binary(body), MEMBER_SEEDS))) == "signed_transaction"


# ---------------------------------------------------------------- states

RECORD = render_binary(pb.StateRecord(body=b"x", salt=SALT))


def forge_state(root: bytes, *items: pb.StateItem) -> pb.Proof:
    """A state proof under a block entry with this state root."""
    block = render_binary(make_block_entry(1, 1, state_root=root))
    tree, _ = make_log([b"genesis", block])
    proof = pb.Proof()
    made = proof.state
    made.network.CopyFrom(NETWORK)
    made.items.extend(items)
    made.block_entry, made.block_index = block, 1
    made.block_path = b"".join(tree.build_inclusion(1, 2))
    made.checkpoint = sign_checkpoint(Checkpoint(ORIGIN, 2, tree.root).body())
    return proof


def hash_item(key: str, record: bytes) -> bytes:
    return hash_leaf(hash_key(key.encode()), hash_record(record))


def forge_record(record: bytes, key: str = "key") -> pb.Proof:
    """A tree of one leaf, whose path is empty."""
    return forge_state(hash_item(key, record), pb.StateItem(key=key, record=record))


def test_a_state_of_one_record_holds_and_of_none_too():
    assert verify.verify(forge_record(RECORD), make_trust()).bodies == {"key": b"x"}
    assert verify.verify(forge_state(EMPTY, pb.StateItem(key="key")), make_trust()).bodies == {"key": None}


@pytest.mark.parametrize(
    "record",
    [
        RECORD + b"\x7a\x00",
        RECORD + b"\x1a\x00",
        b"\xff",
        render_binary(pb.StateRecord(body=b"x")),
        render_binary(pb.StateRecord(body=b"x", salt=SALT + b"x")),
        render_binary(pb.StateRecord(body=b"x", salt=SALT, lapse=pb.Lapse(body=b"y"))),
        render_binary(pb.StateRecord(body=b"x", salt=SALT, lapse=pb.Lapse(at_ms=-1, body=b"y"))),
        b"\x0a\x81\x00x" + RECORD[3:],
    ],
)
def test_a_record_that_no_kernel_writes_is_malformed(record):
    assert refusal(forge_record(record)) == "items.record"


def test_keys_are_readable_sorted_and_stand_there_once():
    item, other = pb.StateItem(key="key", record=RECORD), pb.StateItem(key="kez", record=RECORD)
    root = hash_item("key", RECORD)
    assert refusal(forge_state(root, item, item)) == "items"
    assert refusal(forge_state(root, other, item)) == "items"
    assert refusal(forge_state(root)) == "items"
    assert refusal(forge_state(root, *(pb.StateItem(key=f"{n:03}", record=RECORD) for n in range(65)))) == "items"
    assert refusal(forge_record(RECORD, "kéy")) == "items.key"
    assert refusal(forge_record(RECORD, "")) == "items.key"
    assert refusal(forge_state(EMPTY, pb.StateItem(key="\x1b[2J"))) == "items.key"
    assert refusal(forge_state(EMPTY, pb.StateItem(key="a key"))) == "items.key"


def test_a_record_is_that_of_its_key_and_absence_is_that_of_the_key():
    root = hash_item("key", RECORD)
    assert refusal(forge_state(root, pb.StateItem(key="other", record=RECORD))) == "STATE_NOT_PROVED"
    assert refusal(forge_state(root, pb.StateItem(key="key", record=RECORD + b"x"))) == "STATE_NOT_PROVED"
    assert refusal(forge_state(root, pb.StateItem(key="key"))) == "STATE_NOT_PROVED"
    assert refusal(forge_state(EMPTY, pb.StateItem(key="key", record=RECORD))) == "STATE_NOT_PROVED"


def test_another_leaf_shows_absence_and_nothing_else():
    root, other = hash_item("key", RECORD), pb.StateItem(key="other")
    other.path.other_key_hash, other.path.other_value_hash = hash_key(b"key"), hash_record(RECORD)
    assert verify.verify(forge_state(root, other), make_trust()).bodies == {"other": None}
    for field in ("other_key_hash", "other_value_hash"):
        half = pb.StateItem()
        half.CopyFrom(other)
        half.path.ClearField(field)
        assert refusal(forge_state(root, half)) == "STATE_NOT_PROVED"
    other.key = "key"
    assert refusal(forge_state(root, other)) == "STATE_NOT_PROVED"
    other.record = RECORD
    assert refusal(forge_state(root, other)) == "STATE_NOT_PROVED"


def test_a_path_of_the_state_is_whole_hashes():
    item = pb.StateItem(key="key", record=RECORD)
    item.path.depth, item.path.bitmap, item.path.siblings = 1, b"\x80", bytes([9]) * 32
    way = hash_key(b"key")[0] >> 7
    leaf, beside = hash_item("key", RECORD), bytes([9]) * 32
    root = hash_children(beside, leaf) if way else hash_children(leaf, beside)
    assert verify.verify(forge_state(root, item), make_trust()).bodies == {"key": b"x"}
    item.path.siblings = bytes([9]) * 33
    assert refusal(forge_state(root, item)) == "items.path.siblings"


def test_a_block_transplanted_from_another_log_is_not_included():
    proof = forge_record(RECORD)
    proof.state.block_entry = forge_record(RECORD, "other").state.block_entry
    assert refusal(proof) == "NOT_INCLUDED"


# ---------------------------------------------------------------- consistency


def forge_consistency(first: int, second: int, path: list[bytes] | None = None) -> pb.Proof:
    """A consistency proof of a log of eight leaves between two sizes."""
    tree, _ = make_log([b"%d" % number for number in range(8)])
    proof = pb.Proof()
    made = proof.consistency
    made.network.CopyFrom(NETWORK)
    made.first_checkpoint = sign_checkpoint(Checkpoint(ORIGIN, first, tree.compute_root(first)).body())
    made.second_checkpoint = sign_checkpoint(Checkpoint(ORIGIN, second, tree.compute_root(second)).body())
    made.path = b"".join(tree.build_consistency(first, second) if path is None else path)
    return proof


def test_only_a_log_that_grew_is_consistent():
    assert verify.verify(forge_consistency(3, 8), make_trust()).first_size == 3
    assert verify.verify(forge_consistency(5, 5), make_trust()).size == 5
    swapped = forge_consistency(3, 8)
    holder = swapped.consistency
    holder.first_checkpoint, holder.second_checkpoint = holder.second_checkpoint, holder.first_checkpoint
    assert refusal(swapped) == "NOT_CONSISTENT"
    assert refusal(forge_consistency(3, 8, [])) == "NOT_CONSISTENT"
    assert refusal(forge_consistency(0, 8, [])) == "NOT_CONSISTENT"
    assert refusal(forge_consistency(3, 8, [b"x"])) == "path"
