"""Builds proofs from the store: the other half of `verify.py`, which needs nothing but their bytes.

- Every proof stands under the newest checkpoint, so an earlier state shows itself as one: its block entry is not the
  last leaf. A transaction or a consistency needs the store alone; a state needs the state tree as well, whose memory is
  the kernel's, between two blocks.
- What the store keeps is signed by the log key alone. `cosign_proof` adds a fresh timestamp; `filter_proof` makes the
  form for one reader, whose trust file names the signatures that a note may carry, and their order. What the network's
  validators voted for comes from the engine, and is put in by whoever asks it.

Not here: who may ask for a proof.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from hefu.v1 import ledger_pb2 as pb
from ledger.errors import InvariantViolation, MalformedInput
from ledger.finality import read_header
from ledger.merkle.log import TileReader, build_consistency, build_inclusion, get_entry
from ledger.merkle.state import StatePath, StateTree
from ledger.merkle.verify_state import hash_key
from ledger.notes import Note, NoteSignature, parse_checkpoint, parse_note
from ledger.store.port import BlockHead, HistoryNotKept, Restored, StoredTransaction
from ledger.trust import Trust, open_note, open_trust
from ledger.verify import MAX_ITEMS, is_readable

Cosign = Callable[[bytes], NoteSignature]
"""Signs the text of a checkpoint, with the time."""


class ProofSource(TileReader, Protocol):
    """What proofs read of the store, all of it as of one commit."""

    def read_head(self) -> BlockHead | None:
        """The last committed block, None before genesis."""
        ...

    def read_head_at(self, height: int) -> BlockHead | None:
        """The block at a height, or the last before it where an engine left heights out."""
        ...

    def read_head_of_size(self, size: int) -> BlockHead | None:
        """The block that ended with the log at `size`, None where no block did."""
        ...

    def read_transaction(self, identity: bytes) -> StoredTransaction | None:
        """A decided transaction with its signed bytes."""
        ...

    def read_restored(self) -> Restored | None:
        """The snapshot with which the node began, None where it has been there from genesis on."""
        ...


class NotFound(Exception):
    """Nothing to prove: no such transaction, block or checkpoint in this log."""


def build_transaction_proof(source: ProofSource, network: pb.NetworkId, identity: bytes) -> pb.Proof:
    """The proof that this transaction was decided. Raises NotFound; HistoryNotKept where it may be an older one."""
    stored = source.read_transaction(identity)
    if stored is None:
        raise _explain_unknown(source)
    head, block = _read_newest(source), source.read_head_at(stored.decision.height)
    if block is None:
        raise InvariantViolation("a decided transaction stands in no block")
    proof = pb.Proof()
    made = proof.transaction
    made.network.CopyFrom(network)
    made.signed_transaction, made.events = stored.signed, stored.decision.events
    made.index, made.block_index = stored.decision.index, block.size - 1
    made.entry = get_entry(source, made.index, head.size)
    made.path = b"".join(build_inclusion(source, made.index, head.size))
    made.block_entry = get_entry(source, made.block_index, head.size)
    made.block_path = b"".join(build_inclusion(source, made.block_index, head.size))
    made.checkpoint = head.checkpoint
    return proof


def build_state_proof(
    source: ProofSource, tree: StateTree, network: pb.NetworkId, keys: Sequence[str], height: int | None = None
) -> pb.Proof:
    """The proof of what these keys held, now or at a kept `height`. Raises NotFound, HeightNotKept, MalformedInput."""
    wanted = sorted(frozenset(keys))
    if not 1 <= len(wanted) <= MAX_ITEMS or not all(is_readable(key) for key in wanted):
        raise MalformedInput(f"1 to {MAX_ITEMS} keys of printable ASCII", "keys")
    head = _read_newest(source)
    block = head if height is None or height == head.height else source.read_head_at(height)
    if block is None or (height is not None and height > head.height):
        raise NotFound(f"there is no block at height {height}")
    key_hashes = [hash_key(key.encode()) for key in wanted]
    view = tree.view(block.height)
    proof = pb.Proof()
    made = proof.state
    made.network.CopyFrom(network)
    for key, record, path in zip(wanted, view.read(key_hashes), view.prove(key_hashes), strict=True):
        item = made.items.add(key=key, record=record or b"")
        _write_path(item, path)
    made.block_index = block.size - 1
    made.block_entry = get_entry(source, made.block_index, head.size)
    made.block_path = b"".join(build_inclusion(source, made.block_index, head.size))
    made.checkpoint = head.checkpoint
    return proof


def renew_state_proof(source: ProofSource, proof: pb.Proof) -> pb.Proof:
    """A copy of a kept state proof under the newest checkpoint: its block entry stays in the log for ever."""
    head = _read_newest(source)
    copy = pb.Proof()
    copy.CopyFrom(proof)
    copy.state.block_path = b"".join(build_inclusion(source, proof.state.block_index, head.size))
    copy.state.checkpoint = head.checkpoint
    return copy


def build_consistency_proof(source: ProofSource, network: pb.NetworkId, first_size: int, second_size: int) -> pb.Proof:
    """The proof that the log only grew between two sizes at which blocks ended; second 0: the newest.

    Raises NotFound; HistoryNotKept where a size is one of before our snapshot, or the log there is not here yet.
    """
    first = _read_of_size(source, first_size)
    second = _read_of_size(source, second_size) if second_size else _read_newest(source)
    if first.size > second.size:
        raise NotFound("the sizes are not in order")
    proof = pb.Proof()
    made = proof.consistency
    made.network.CopyFrom(network)
    made.first_checkpoint, made.second_checkpoint = first.checkpoint, second.checkpoint
    made.path = b"".join(build_consistency(source, first.size, second.size))
    return proof


def cosign_proof(proof: pb.Proof, cosign: Cosign) -> pb.Proof:
    """A copy with a fresh cosignature on its newest checkpoint, which must be the log's newest: it says just that."""
    return add_signatures(proof, (cosign(parse_note(read_checkpoint(proof)).text),))


def add_signatures(proof: pb.Proof, lines: Sequence[NoteSignature]) -> pb.Proof:
    """A copy with these lines on its newest checkpoint, in place of older ones by the same keys."""
    copy, name, data = _open_checkpoint(proof)
    note = add_lines(parse_note(data), lines)
    setattr(getattr(copy, str(copy.WhichOneof("proof"))), name, note.render())
    return copy


def add_lines(note: Note, lines: Sequence[NoteSignature]) -> Note:
    """A note with these lines behind its own, in place of older ones by the same keys."""
    new = {(line.name, line.key_id) for line in lines}
    return Note(note.text, (*(old for old in note.signatures if (old.name, old.key_id) not in new), *lines))


def read_checkpoint(proof: pb.Proof) -> bytes:
    """The note of its newest checkpoint. Raises MalformedInput where it holds no proof."""
    return _open_checkpoint(proof)[2]


def filter_proof(proof: pb.Proof, trust: pb.TrustFile) -> pb.Proof:
    """A copy with only the signatures and light blocks that this trust file can judge, in its order.

    Raises MalformedInput where nothing is left, or the trust file says nothing.
    """
    opened = open_trust(trust)
    copy, name, _ = _open_checkpoint(proof)
    _filter_finality(copy, opened)
    is_final = copy.HasField("finality")
    holder = getattr(copy, str(copy.WhichOneof("proof")))
    for field in ("first_checkpoint", name) if copy.HasField("consistency") else (name,):
        setattr(holder, field, _filter_note(getattr(holder, field), opened, is_final))
    return copy


def _filter_finality(copy: pb.Proof, trust: Trust) -> None:
    """Keep the light blocks from the trusted header on; what came before it is no step from it."""
    basis = trust.basis
    kept = [
        block
        for block in copy.finality.light_blocks
        if basis is not None and read_header(block.header).height >= basis.height
    ]
    copy.ClearField("finality")
    if kept:
        copy.finality.light_blocks.extend(kept)


def _filter_note(data: bytes, trust: Trust, is_final: bool) -> bytes:
    """A note with the signatures of this trust file's keys that are good for its size, in the trust file's order."""
    note = open_note(data, may_be_bare=True)
    size = parse_checkpoint(note.text).size
    found = [note.find_signature(signer.key) for signer in trust.signers if signer.is_good_for(size)]
    lines = tuple(line for line in found if line is not None)
    if lines:
        return Note(note.text, lines).render()
    if not is_final:
        raise MalformedInput("carries nothing that the trust file can judge", "checkpoint")
    return note.text


def get_newest_checkpoint(proof: pb.Proof) -> bytes:
    """The note of a proof's newest checkpoint; MalformedInput where it holds no proof."""
    return _open_checkpoint(proof)[2]


def _open_checkpoint(proof: pb.Proof) -> tuple[pb.Proof, str, bytes]:
    """A copy of the proof, and the name and bytes of its newest checkpoint."""
    copy = pb.Proof()
    copy.CopyFrom(proof)
    kind = copy.WhichOneof("proof")
    if kind is None:
        raise MalformedInput("holds no proof", "proof")
    name = "second_checkpoint" if kind == "consistency" else "checkpoint"
    return copy, name, getattr(getattr(copy, kind), name)


def _read_newest(source: ProofSource) -> BlockHead:
    head = source.read_head()
    if head is None:
        raise NotFound("the store has no genesis")
    return head


def _explain_unknown(source: ProofSource) -> NotFound | HistoryNotKept:
    """Why there is no such transaction here."""
    restored = source.read_restored()
    if restored is None:
        return NotFound("no transaction with this id has been decided")
    return HistoryNotKept(
        f"not decided since block {restored.height}, with which this node began, nor repeatable then;"
        " ask a node that has been there longer"
    )


def _read_of_size(source: ProofSource, size: int) -> BlockHead:
    head = source.read_head_of_size(size)
    if head is not None:
        return head
    restored = source.read_restored()
    # Of the leaves from `first_index` on, each block entry has its row; filling in older ones brings no rows.
    if restored is not None and 0 < size <= restored.first_index:
        raise HistoryNotKept(
            f"this node began with a snapshot of block {restored.height}: it does not know at which sizes up to"
            f" {restored.first_index} a block ended; ask a node that has been there longer"
        )
    raise NotFound(f"no block ended at size {size}")


def _write_path(item: pb.StateItem, path: StatePath) -> None:
    """An empty path (a tree of one leaf or none) stays absent: the encoding knows no empty message."""
    made = pb.StatePath(depth=path.depth, bitmap=path.bitmap, siblings=b"".join(path.siblings))
    if path.other_leaf is not None:
        made.other_key_hash, made.other_value_hash = path.other_leaf
    if made.ByteSize():
        item.path.CopyFrom(made)
