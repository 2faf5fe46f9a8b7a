"""Proofs at the largest state that was filled: how long they take to build and to verify, and how large they are.

1. Building is what a kernel does when it is asked: read, prove, cosign the checkpoint.
2. Verifying is what an auditor's program does with a file: parse its bytes and check everything, with the trust file
   opened once before. Its signature checks are timed beside it, on the same bytes, and taken off for the figure
   without them.
3. The size "beside signed" leaves out what others signed: the checkpoints, and a transaction's signed bytes.

Then: what the two trees do on that database, durably. After that the ledger is of no more use.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from nacl.bindings import crypto_sign_open

from bench.growth import LOG_SEED, ORIGIN, Ledger, calm_collector
from bench.timing import find_median, find_percentile
from hefu.v1 import ledger_pb2 as pb
from ledger.merkle.log import build_inclusion
from ledger.merkle.verify_state import hash_record
from ledger.notes import (
    COSIGNATURE_V1,
    ED25519,
    NoteSignature,
    parse_note,
    parse_verifier_key,
    sign_cosignature,
    verify_cosignature,
    verify_signature,
)
from ledger.proofs import build_consistency_proof, build_state_proof, build_transaction_proof, cosign_proof
from ledger.state_keys import CLOCK_KEY
from ledger.store.sql import SqlStore
from ledger.store.state_rows import write_records, write_undo
from ledger.transaction import decode
from ledger.trust import open_trust
from ledger.verify import parse_proof, render_binary, verify
from nodes.directory import render_key

COSIGNATURE_SEED = sha256(b"hefu bench cosignature key").digest()
SEVERAL = 8
BACK = 100
UPDATES, ENTRIES, ENTRY_BYTES = 1000, 1000, 150

T = TypeVar("T")
Build = Callable[[], pb.Proof]


@dataclass(slots=True)
class ProofFigures:
    """Proofs of one kind: milliseconds and bytes of each that was made."""

    build_ms: list[float] = field(default_factory=list)
    verify_ms: list[float] = field(default_factory=list)
    signatures_ms: list[float] = field(default_factory=list)
    whole_bytes: list[int] = field(default_factory=list)
    beside_bytes: list[int] = field(default_factory=list)

    def render(self) -> dict[str, float]:
        """Medians, and 99th percentiles of building and of the size that we answer for."""
        verified, signatures = find_median(self.verify_ms), find_median(self.signatures_ms)
        return {
            "build_ms": round(find_median(self.build_ms), 3),
            "build_p99_ms": round(find_percentile(self.build_ms, 99), 3),
            "verify_ms": round(verified, 3),
            "verify_without_signatures_ms": round(verified - signatures, 3),
            "bytes": find_median(self.whole_bytes),
            "bytes_beside_signed": find_median(self.beside_bytes),
            "bytes_beside_signed_p99": find_percentile(self.beside_bytes, 99),
        }


@dataclass(frozen=True, slots=True)
class TreeFigures:
    """What was measured at the largest state. Rates count what is durable."""

    records: int
    log_size: int
    blocks_back: int
    tree_memory_mb: int
    proofs: dict[str, dict[str, float]]
    state_updates_per_s: int
    state_updates_in_memory_per_s: int
    log_append_1000_ms: float
    log_inclusion_ms: float
    log_inclusion_bytes: int


class Prover:
    """A ledger that is asked for proofs, and an auditor beside it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        keys = [render_key(ORIGIN, LOG_SEED, ED25519), render_key(ORIGIN, COSIGNATURE_SEED, COSIGNATURE_V1)]
        trusted = [pb.TrustedKey(key=key) for key in keys]
        self._keys = [parse_verifier_key(key) for key in keys]
        self._trust = open_trust(pb.TrustFile(network=ledger.network, origin=ORIGIN, log_keys=trusted))
        self._now_ms = ledger.application.head.time_ms

    def prove_state(self, keys: Sequence[str], height: int | None = None) -> pb.Proof:
        """What these keys hold, or held."""
        ledger = self._ledger
        return build_state_proof(ledger.store, ledger.application.tree, ledger.network, keys, height)

    def prove_transaction(self, identity: bytes) -> pb.Proof:
        """That it was decided."""
        return build_transaction_proof(self._ledger.store, self._ledger.network, identity)

    def prove_consistency(self, size: int) -> pb.Proof:
        """That the log has only grown since."""
        return build_consistency_proof(self._ledger.store, self._ledger.network, size, 0)

    def measure(self, builds: Sequence[Build]) -> dict[str, float]:
        """Build, cosign, verify and weigh each."""
        figures = ProofFigures()
        for build in builds:
            spent, proof = time_ms(partial(self._build, build))
            figures.build_ms.append(spent)
            data = render_binary(proof)
            figures.verify_ms.append(time_ms(partial(self._verify, data))[0])
            figures.signatures_ms.append(time_ms(partial(self._check_signatures, proof))[0])
            figures.whole_bytes.append(len(data))
            figures.beside_bytes.append(len(data) - sum(map(len, list_signed_bytes(proof))))
        return figures.render()

    def _build(self, build: Build) -> pb.Proof:
        return cosign_proof(build(), self._cosign)

    def _cosign(self, text: bytes) -> NoteSignature:
        return sign_cosignature(text, ORIGIN, COSIGNATURE_SEED, self._now_ms // 1000)

    def _verify(self, data: bytes) -> None:
        verify(parse_proof(data), self._trust, now_ms=self._now_ms)

    def _check_signatures(self, proof: pb.Proof) -> None:
        for signed in list_signed_bytes(proof):
            if signed == proof.transaction.signed_transaction:
                envelope = pb.SignedTransaction.FromString(signed)
                identity = decode(signed).id
                for signature in envelope.signatures:
                    crypto_sign_open(signature.signature + identity, signature.public_key)
            else:
                note = parse_note(signed)
                verify_signature(note, self._keys[0])
                verify_cosignature(note, self._keys[1])


def time_ms(work: Callable[[], T]) -> tuple[float, T]:
    """Milliseconds, and the result."""
    began = time.perf_counter_ns()
    result = work()
    return (time.perf_counter_ns() - began) / 1e6, result


def list_signed_bytes(proof: pb.Proof) -> Iterator[bytes]:
    """What others signed, their signatures included, as it lies in a proof."""
    if proof.HasField("transaction"):
        yield from (proof.transaction.signed_transaction, proof.transaction.checkpoint)
    elif proof.HasField("state"):
        yield proof.state.checkpoint
    else:
        yield from (proof.consistency.first_checkpoint, proof.consistency.second_checkpoint)


def measure_proofs(path: Path, count: int) -> TreeFigures:
    """Proofs of each kind, `count` of them, then the trees' own rates; the ledger at `path` is spoilt."""
    with ExitStack() as stack:
        ledger = Ledger(path, stack)
        calm_collector(stack)
        chance = random.Random(1)  # a choice, not a secret
        application = ledger.application
        records, log_size = application.tree.count, application.log.size
        memory_mb = application.tree.memory_bytes >> 20
        back = min(BACK, application.head.height - 1)
        proofs = {name: Prover(ledger).measure(builds) for name, builds in list_proofs(ledger, chance, count, back)}
        inclusion_ms, inclusion_bytes = _measure_inclusion(ledger.store, log_size, chance, count)
        append_ms = _measure_append(ledger, max(3, count // 20))
        in_memory, durable = _measure_updates(ledger, chance, max(3, count // 20))
        return TreeFigures(
            records, log_size, back, memory_mb, proofs, durable, in_memory, append_ms, inclusion_ms, inclusion_bytes
        )


def list_proofs(ledger: Ledger, chance: random.Random, count: int, back: int) -> Iterator[tuple[str, list[Build]]]:
    """What is asked, by kind."""
    prover = Prover(ledger)
    head = ledger.application.head
    keys = [pick_record(ledger, chance)[2].decode() for _ in range(count)]
    absent = [f"claim/{key.replace('/', ':', 1)}" for key in keys]
    yield "state, one key", [partial(prover.prove_state, [key]) for key in keys]
    yield (
        f"state, {SEVERAL} keys",
        [partial(prover.prove_state, [chance.choice(keys) for _ in range(SEVERAL)]) for _ in keys],
    )
    yield "absence, one key", [partial(prover.prove_state, [key]) for key in absent]
    yield f"state, {back} blocks back", [partial(prover.prove_state, [key], head.height - back) for key in keys]
    yield "transaction", [partial(prover.prove_transaction, pick_transaction(ledger, chance)) for _ in range(count)]
    first = ledger.store.read_head_at(max(1, head.height - back))
    sizes = [first.size] if first is not None else []
    yield "consistency", [partial(prover.prove_consistency, size) for size in sizes * count]


def pick_record(ledger: Ledger, chance: random.Random) -> tuple[bytes, bytes, bytes, bytes]:
    """A row of `records`, but for the clock's."""
    sql = "SELECT key_hash, value_hash, key, record FROM records WHERE key_hash >= ? ORDER BY key_hash LIMIT 1"
    while True:
        row = ledger.connection.exec_driver_sql(sql, (chance.randbytes(32),)).one_or_none()
        if row is not None and row[2] != CLOCK_KEY.encode():
            return (row[0], row[1], row[2], row[3])


def pick_transaction(ledger: Ledger, chance: random.Random) -> bytes:
    """The id of a decided transaction."""
    sql = "SELECT id FROM transactions WHERE leaf_index >= ? ORDER BY leaf_index LIMIT 1"
    index = chance.randrange(2, ledger.application.log.size - 1)
    row = ledger.connection.exec_driver_sql(sql, (index,)).one_or_none()
    return pick_transaction(ledger, chance) if row is None else bytes(row[0])


def _measure_inclusion(store: SqlStore, size: int, chance: random.Random, count: int) -> tuple[float, int]:
    """Milliseconds and bytes of a path in the log."""
    times, lengths = [], []
    for _ in range(count):
        spent, path = time_ms(partial(build_inclusion, store, chance.randrange(size), size))
        times.append(spent)
        lengths.append(sum(map(len, path)))
    return round(find_median(times), 3), int(find_median(lengths))


def _measure_append(ledger: Ledger, rounds: int) -> float:
    """Milliseconds in which 1000 entries are appended durably."""
    times = [time_ms(partial(_append, ledger, number))[0] for number in range(rounds)]
    return round(find_median(times), 2)


def _append(ledger: Ledger, number: int) -> None:
    log = ledger.application.log
    entries = [f"{number} {place}".encode().ljust(ENTRY_BYTES) for place in range(ENTRIES)]
    append = log.append(entries)
    rows = [(*tile_id, hashes) for tile_id, hashes in append.tiles.items()]
    ledger.connection.exec_driver_sql("INSERT OR REPLACE INTO tiles (level, tile_index, hashes) VALUES (?, ?, ?)", rows)
    ledger.connection.exec_driver_sql(
        "INSERT OR REPLACE INTO bundles (bundle_index, entries) VALUES (?, ?)", list(append.bundles.items())
    )
    ledger.connection.commit()
    log.adopt(append)


def _measure_updates(ledger: Ledger, chance: random.Random, rounds: int) -> tuple[int, int]:
    """Records a second: only staged, and staged and written durably with their undo row."""
    staged_ms, whole_ms = [], []
    tree = ledger.application.tree
    for _ in range(rounds):
        rows = {row[0]: row for row in (pick_record(ledger, chance) for _ in range(UPDATES))}
        old = {key_hash: row[3] for key_hash, row in rows.items()}
        new = [(row[0], hash_record(row[3] + b"\x00"), row[2], row[3]) for row in rows.values()]
        began = time.perf_counter_ns()
        spent, staged = time_ms(partial(tree.stage, [(row[0], row[1]) for row in new], tree.height + 1))
        write_undo(ledger.connection, staged.undo, old)
        write_records(ledger.connection, new)
        ledger.connection.commit()
        tree.adopt(staged)
        whole_ms.append((time.perf_counter_ns() - began) / 1e6 / len(rows))
        staged_ms.append(spent / len(rows))
        ledger.empty_log()
    return round(1000 / find_median(staged_ms)), round(1000 / find_median(whole_ms))
