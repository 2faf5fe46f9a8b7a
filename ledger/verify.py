"""Checks a proof, from its bytes and a trust file alone. It talks to nobody and reads no clock.

Of every proof:

1. The trust file is good (`trust.py`); where it expires, the reader's clock is known and has not come so far.
2. The proof is for the network of the trust file.
3. A checkpoint is trusted (`trust.py`): of the right log, every signature verified. A signed header of the network's
   validators carries the checkpoint's app hash, or, where the trust file names none, one signature is the operator's.

Of a transaction and of a state, which stand under a block:

4. The block entry is a LogEntry in its one encoding, of the kind block, and included at its index. It ends its block:
   index = first index + size - 1.

Of a transaction:

5. The entry is a LogEntry of the kind transaction, included at its index, which is one of its block's before the last.
6. The signed bytes are one transaction in its one encoding and shape; their hash, their id and `valid_until_ms` are the
   entry's, the network is the trusted one, the block's time is before `valid_until_ms`.
7. Every signature is Ed25519 over the id and verifies (libsodium decides, as on the nodes).
8. The outcome is one that the kernel writes, and the events are those that the entry commits to.

Of a state:

9. The keys are readable, sorted, none twice; each path leads from its key, and from the record or its absence, to
   the state root of that one block entry. Records are in their one encoding.
10. What a record means is read at block time: from its lapse on, the lapse's body.
11. It is CURRENT if the block entry is the last leaf under the checkpoint and no lapse has come between block time and
    now: the reader's clock, or at least the newest statement over this root. Otherwise it is HISTORICAL.

Of a consistency:

12. Both checkpoints are trusted, and the second log begins with the first (RFC 9162). Where the second is final, so is
    its beginning, and nobody need have signed the first.

Of what the reader asks:

13. The newest statement over the root is a signed header, a timestamped cosignature (`trust.py`) or the block's time,
    the latest. Where genesis allows a simulated clock only block time counts, and the reader may say what time it is.
    A statement more than five minutes ahead of the reader's clock is refused; so is one older than asked, or of unknown
    age. Headers are of the real clock always, and so is the period in which their validators are trusted.
14. The keys come from the question, never from the proof: each must be proved. A HISTORICAL state answers a question
    only where the reader names its height. Then the question judges the bodies.

`MalformedInput`: unreadable, or wrongly used. `ProofRefused`: readable, and does not hold or is not what was asked.
Not here: what commands and records mean, so not whether the operator applied the rules (that takes a replay).
"""

from dataclasses import dataclass, field, replace
from hashlib import sha256

from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

from hefu.v1 import consensus_pb2
from hefu.v1 import ledger_pb2 as pb
from ledger.errors import MalformedInput
from ledger.merkle import verify_log, verify_state
from ledger.notes import Checkpoint
from ledger.trust import (
    CLOCK_TOLERANCE_MS,
    HASH_BYTES,
    ProofRefused,
    Trust,
    TrustedNote,
    check_finality,
    check_network,
    check_note,
    open_trust,
)
from ledger.verify_forms import parse_proof, parse_trust, read_canonical, render_binary, render_json, render_trust_json

__all__ = [
    "CLOCK_TOLERANCE_MS",
    "Asked",
    "MalformedInput",
    "ProofRefused",
    "Trust",
    "Verdict",
    "open_trust",
    "parse_proof",
    "parse_trust",
    "render_binary",
    "render_json",
    "render_trust_json",
    "verify",
]

CURRENT, HISTORICAL = "CURRENT", "HISTORICAL"
MAX_ITEMS = 64
"""Most keys in one state proof."""
# As in ledger/transaction.py and ledger/context.py, which an auditor need not have; a test holds them together.
ID_TAG = b"hefu/v1/transaction\x00"
EVENTS_TAG = b"hefu/v1/events\x00"
ED25519 = 1
NONCE_BYTES = SALT_BYTES = 16
SIGNATURE_BYTES = 64
MAX_SIGNATURES = MAX_COMMANDS = 16
MAX_ORGANISATIONS = 4
MAX_TRANSACTION_BYTES = 65_536


class Asked:
    """What the reader asks: keys that must be proved. `check` says why their bodies answer no, or None for yes."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        self.keys = keys

    def check(self, bodies: dict[str, bytes | None]) -> str | None:
        """Here any answer is yes: the keys were proved. Questions of the domains look at the bodies."""
        return None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a proof says that holds. Times are ms since 1970; what its kind of statement does not have is None."""

    statement: str  # transaction, state or consistency
    network: str
    genesis_hash: bytes
    assurance: str
    size: int  # of the log under the (second) checkpoint
    is_simulated: bool = False  # times are those of a clock that the registrar sets
    height: int | None = None
    time_ms: int | None = None  # of the block
    newest_ms: int | None = None  # of the newest statement over the same root
    age_ms: int | None = None  # of that statement, by the reader's clock
    standing: str = ""  # CURRENT or HISTORICAL, of a state
    transaction_id: bytes = b""
    transaction: pb.TransactionBody | None = None
    signers: tuple[bytes, ...] = ()  # public keys whose signatures were verified
    outcome: pb.Outcome | None = None  # code 0 = done
    events: pb.Events | None = None
    bodies: dict[str, bytes | None] = field(default_factory=dict)  # by key, as of block time; None = absent
    lapses: dict[str, int] = field(default_factory=dict)  # by key, when it will mean something else
    first_size: int | None = None  # of the first log, of a consistency


@dataclass(frozen=True, slots=True)
class _Reader:
    """The trust file, and what the reader's clock shows: `now_ms` on the clock that the ledger's times are of.

    `header`: the trusted one of the proof's finality, where it has one.
    """

    trust: Trust
    now_ms: int | None
    header: consensus_pb2.Header | None

    @property
    def file(self) -> pb.TrustFile:
        return self.trust.file


def verify(
    proof: pb.Proof,
    trust: pb.TrustFile | Trust,
    question: Asked | None = None,
    now_ms: int | None = None,
    not_older_than_ms: int | None = None,
    at_height: int | None = None,
    simulated_now_ms: int | None = None,
) -> Verdict:
    """Check by the algorithm above. `now_ms` is the reader's clock, `simulated_now_ms` what a reader says it shows.

    Without a question any statement that holds gives a verdict. `open_trust` reads the keys once for many proofs.
    Raises ProofRefused or MalformedInput.
    """
    opened = trust if isinstance(trust, Trust) else open_trust(trust)  # 1
    _check_expiry(opened.file, now_ms)
    is_simulated = opened.file.simulated_clock
    if simulated_now_ms is not None and not is_simulated:
        raise MalformedInput("a time may be named only where the trust file allows a simulated clock", "now")
    kind = proof.WhichOneof("proof")
    if kind is None:
        raise MalformedInput("holds no proof", "proof")
    _check_network(getattr(proof, kind).network, opened.file)  # 2
    header = check_finality(proof.finality, opened, now_ms) if proof.HasField("finality") else None  # 3
    reader = _Reader(opened, simulated_now_ms if is_simulated else now_ms, header)
    if kind == "transaction":
        verdict = _verify_transaction(proof.transaction, reader)
    elif kind == "state":
        verdict = _verify_state(proof.state, reader)
    else:
        verdict = _verify_consistency(proof.consistency, reader)
    _check_age(verdict, not_older_than_ms)  # 13
    _check_answer(verdict, question, at_height)  # 14
    return verdict


def is_readable(key: str) -> bool:
    """Whether a key is printable ASCII without spaces: any absent key can be proved, and a terminal will show it."""
    return key != "" and all("!" <= character <= "~" for character in key)


def _check_expiry(trust: pb.TrustFile, now_ms: int | None) -> None:
    if not trust.expires_at_ms:
        return
    if now_ms is None:
        raise ProofRefused("CLOCK_NEEDED", "the trust file expires; without a clock nobody knows whether it has")
    if now_ms >= trust.expires_at_ms:
        raise ProofRefused("TRUST_EXPIRED", f"the trust file was good until {trust.expires_at_ms}; get a new one")


def _check_network(network: pb.NetworkId, trust: pb.TrustFile) -> None:  # 2
    check_network(network, "network")
    if network != trust.network:
        raise ProofRefused("OTHER_NETWORK", f"a proof of {network.name} {network.genesis_hash.hex()}")


def _verify_transaction(proof: pb.TransactionProof, reader: _Reader) -> Verdict:
    note = check_note(proof.checkpoint, reader.trust, reader.header)  # 3
    block = _read_block(proof.block_entry, proof.block_index, proof.block_path, note.checkpoint)  # 4
    # 5
    entry = _read_entry(proof.entry, "transaction", "entry").transaction
    _check_included(proof.entry, proof.index, proof.path, note.checkpoint, "entry")
    if not block.first_index <= proof.index < proof.block_index:
        raise ProofRefused("OTHER_BLOCK", "the entry does not stand in the block that the proof names")
    # 6, 7
    envelope, body = _read_signed(proof.signed_transaction)
    _check_entry(entry, proof.signed_transaction, envelope.body, body)
    if body.network != reader.file.network:
        raise ProofRefused("OTHER_NETWORK", "the transaction was signed for another network")
    if block.time_ms >= entry.valid_until_ms:
        raise ProofRefused("ENTRY_MISMATCH", "the transaction was decided after it had expired")
    _check_signatures(envelope, entry.id)
    # 8
    outcome = _read_outcome(entry, len(body.commands))
    return replace(
        _begin_verdict("transaction", reader, note, block),
        transaction_id=entry.id,
        transaction=body,
        signers=tuple(signature.public_key for signature in envelope.signatures),
        outcome=outcome,
        events=_read_events(proof.events, entry, body.nonce, outcome),
    )


def _verify_state(proof: pb.StateProof, reader: _Reader) -> Verdict:
    note = check_note(proof.checkpoint, reader.trust, reader.header)  # 3
    block = _read_block(proof.block_entry, proof.block_index, proof.block_path, note.checkpoint)  # 4
    records = _read_items(proof, block.state_root)  # 9
    # 10
    bodies: dict[str, bytes | None] = dict.fromkeys(records)
    lapses = {}
    for key, record in records.items():
        if record is not None:
            has_lapsed = record.HasField("lapse") and record.lapse.at_ms <= block.time_ms
            bodies[key] = record.lapse.body if has_lapsed else record.body
            if record.HasField("lapse") and not has_lapsed:
                lapses[key] = record.lapse.at_ms
    # 11
    verdict = _begin_verdict("state", reader, note, block)
    now_ms = max(time_ms for time_ms in (verdict.newest_ms, reader.now_ms) if time_ms is not None)
    is_last = proof.block_index == note.checkpoint.size - 1
    is_current = is_last and all(at_ms > now_ms for at_ms in lapses.values())
    return replace(verdict, standing=CURRENT if is_current else HISTORICAL, bodies=bodies, lapses=lapses)


def _verify_consistency(proof: pb.ConsistencyProof, reader: _Reader) -> Verdict:
    # 3, 12
    second = check_note(proof.second_checkpoint, reader.trust, reader.header)
    first = check_note(proof.first_checkpoint, reader.trust, is_prefix=reader.header is not None)
    old, new = first.checkpoint, second.checkpoint
    if not verify_log.is_consistent(old.size, new.size, old.root, new.root, _split_hashes(proof.path, "path")):
        raise ProofRefused("NOT_CONSISTENT", f"size {new.size} is not shown to continue size {old.size}")
    return replace(_begin_verdict("consistency", reader, second, None), first_size=old.size)


def _begin_verdict(statement: str, reader: _Reader, note: TrustedNote, block: pb.BlockEntry | None) -> Verdict:
    """What every verdict says, with the age of the newest statement (13)."""
    is_simulated = reader.file.simulated_clock
    times = [] if block is None else [block.time_ms]
    if note.newest_ms is not None and not is_simulated:
        times.append(note.newest_ms)
    newest_ms = max(times, default=None)
    age_ms = None
    if newest_ms is not None and reader.now_ms is not None:
        if newest_ms > reader.now_ms + CLOCK_TOLERANCE_MS:
            raise ProofRefused("FROM_THE_FUTURE", f"stated at {newest_ms}, but the clock shows {reader.now_ms}")
        age_ms = max(0, reader.now_ms - newest_ms)
    return Verdict(
        statement,
        reader.file.network.name,
        reader.file.network.genesis_hash,
        note.assurance,
        note.checkpoint.size,
        is_simulated,
        None if block is None else block.height,
        None if block is None else block.time_ms,
        newest_ms,
        age_ms,
    )


def _check_age(verdict: Verdict, not_older_than_ms: int | None) -> None:  # 13
    if not_older_than_ms is None:
        return
    if verdict.age_ms is None:
        raise ProofRefused("AGE_UNKNOWN", "the age was asked, but the proof has no time or the reader no clock")
    if verdict.age_ms > not_older_than_ms:
        raise ProofRefused("TOO_OLD", f"{verdict.age_ms} ms old, at most {not_older_than_ms} were asked")


def _check_answer(verdict: Verdict, question: Asked | None, at_height: int | None) -> None:  # 14
    if at_height is not None and verdict.height != at_height:
        raise ProofRefused("OTHER_HEIGHT", f"speaks of height {verdict.height}, height {at_height} was asked")
    if question is None:
        return
    if verdict.statement != "state":
        raise ProofRefused("OTHER_STATEMENT", f"a proof of a {verdict.statement} answers no question about state")
    for key in question.keys:
        if key not in verdict.bodies:
            raise ProofRefused("NOT_ASKED", f"says nothing of {key}")
    if verdict.standing == HISTORICAL and at_height is None:
        raise ProofRefused("HISTORICAL", f"was so at height {verdict.height}; what holds now was asked")
    answer = question.check({key: verdict.bodies[key] for key in question.keys})
    if answer is not None:
        raise ProofRefused("ANSWER_IS_NO", answer)


def _read_block(encoded: bytes, index: int, path: bytes, checkpoint: Checkpoint) -> pb.BlockEntry:  # 4
    block = _read_entry(encoded, "block", "block_entry").block
    if len(block.state_root) != HASH_BYTES or min(block.height, block.time_ms, block.first_index) < 0:
        raise MalformedInput("not an entry that the kernel writes", "block_entry")
    _check_included(encoded, index, path, checkpoint, "block_entry")
    if block.size < 1 or index != block.first_index + block.size - 1:
        raise ProofRefused("OTHER_BLOCK", "the block entry does not end its block")
    return block


def _read_entry(encoded: bytes, kind: str, place: str) -> pb.LogEntry:
    entry = pb.LogEntry()
    read_canonical(entry, encoded, place)
    if entry.WhichOneof("entry") != kind:
        raise ProofRefused("ENTRY_MISMATCH", f"{place} is not the entry of a {kind}")
    return entry


def _check_included(encoded: bytes, index: int, path: bytes, checkpoint: Checkpoint, place: str) -> None:
    leaf, hashes = verify_log.hash_leaf(encoded), _split_hashes(path, f"path of {place}")
    if not verify_log.is_included(leaf, index, checkpoint.size, hashes, checkpoint.root):
        raise ProofRefused("NOT_INCLUDED", f"{place} is not shown to stand at {index} of {checkpoint.size}")


def _split_hashes(path: bytes, place: str) -> list[bytes]:
    if len(path) % HASH_BYTES:
        raise MalformedInput("not whole hashes", place)
    return [path[at : at + HASH_BYTES] for at in range(0, len(path), HASH_BYTES)]


def _read_signed(signed: bytes) -> tuple[pb.SignedTransaction, pb.TransactionBody]:  # 6
    """Decode by the rules of ledger/transaction.py, without its modules."""
    if len(signed) > MAX_TRANSACTION_BYTES:
        raise MalformedInput(f"more than {MAX_TRANSACTION_BYTES} bytes", "signed_transaction")
    envelope, body = pb.SignedTransaction(), pb.TransactionBody()
    read_canonical(envelope, signed, "signed_transaction")
    read_canonical(body, envelope.body, "signed_transaction.body")
    keys = [signature.public_key for signature in envelope.signatures]
    if not 1 <= len(keys) <= MAX_SIGNATURES or keys != sorted(frozenset(keys)) or not all(keys):
        raise MalformedInput("1 to 16 signatures, sorted by key, none twice", "signed_transaction.signatures")
    if len(body.nonce) != NONCE_BYTES or body.valid_until_ms <= 0 or not 1 <= len(body.commands) <= MAX_COMMANDS:
        raise MalformedInput("not the shape of a transaction", "signed_transaction.body")
    for command in body.commands:
        named = command.organisations
        if not 1 <= len(named) <= MAX_ORGANISATIONS or len(frozenset(named)) != len(named) or "" in named:
            raise MalformedInput("1 to 4 organisations, each once", "signed_transaction.body.commands")
    return envelope, body


def _check_entry(entry: pb.TransactionEntry, signed: bytes, encoded: bytes, body: pb.TransactionBody) -> None:  # 6
    if entry.signed_hash != sha256(signed).digest() or entry.id != sha256(ID_TAG + encoded).digest():
        raise ProofRefused("ENTRY_MISMATCH", "the entry is that of another transaction")
    if entry.valid_until_ms != body.valid_until_ms:
        raise ProofRefused("ENTRY_MISMATCH", "the entry repeats another time of validity")


def _check_signatures(envelope: pb.SignedTransaction, identity: bytes) -> None:  # 7
    for signature in envelope.signatures:
        # A signature of another length would move the start of the message that libsodium sees.
        if signature.algorithm != ED25519 or len(signature.signature) != SIGNATURE_BYTES:
            raise ProofRefused("BAD_SIGNATURE", "a signature is not an Ed25519 signature")
        try:
            crypto_sign_open(signature.signature + identity, signature.public_key)
        except (BadSignatureError, ValueError):
            # ValueError: PyNaCl's answer to a key of a wrong length.
            raise ProofRefused("BAD_SIGNATURE", "a signature of the transaction does not verify") from None


def _read_outcome(entry: pb.TransactionEntry, commands: int) -> pb.Outcome:  # 8
    outcome = entry.outcome
    if entry.HasField("outcome") and (not outcome.code or outcome.command_index >= commands):
        raise ProofRefused("ENTRY_MISMATCH", "the entry has an outcome that the kernel does not write")
    return outcome


def _read_events(encoded: bytes, entry: pb.TransactionEntry, nonce: bytes, outcome: pb.Outcome) -> pb.Events:  # 8
    events = pb.Events()
    read_canonical(events, encoded, "events")
    if entry.events_hash != sha256(EVENTS_TAG + nonce + encoded).digest() or (outcome.code and encoded):
        raise ProofRefused("ENTRY_MISMATCH", "the events are not those of the entry")
    return events


def _read_items(proof: pb.StateProof, state_root: bytes) -> dict[str, pb.StateRecord | None]:  # 9
    keys = [item.key for item in proof.items]
    if not 1 <= len(keys) <= MAX_ITEMS or keys != sorted(frozenset(keys)):
        raise MalformedInput(f"1 to {MAX_ITEMS} keys, sorted, none twice", "items")
    if not all(is_readable(key) for key in keys):
        raise MalformedInput("must be readable ASCII", "items.key")
    return {item.key: _read_item(item, state_root) for item in proof.items}


def _read_item(item: pb.StateItem, state_root: bytes) -> pb.StateRecord | None:  # 9
    path = item.path
    other = (path.other_key_hash, path.other_value_hash) if path.other_key_hash or path.other_value_hash else None
    computed = verify_state.compute_root(
        verify_state.hash_key(item.key.encode()),
        verify_state.hash_record(item.record) if item.record else None,
        path.depth,
        path.bitmap,
        _split_hashes(path.siblings, "items.path.siblings"),
        other,
    )
    if computed != state_root:
        raise ProofRefused("STATE_NOT_PROVED", f"{item.key} is not shown under the state root of the block")
    return _read_record(item.record) if item.record else None


def _read_record(encoded: bytes) -> pb.StateRecord:  # 9
    record = pb.StateRecord()
    read_canonical(record, encoded, "items.record")
    if len(record.salt) != SALT_BYTES or (record.HasField("lapse") and record.lapse.at_ms <= 0):
        raise MalformedInput("not a record that the kernel writes", "items.record")
    return record
