"""What only the kernel can answer: status, state proofs and old records, which need the tree in its memory, and notes
with a cosignature made now.

A cosignature says what time it is, and that nothing newer is known. Where block-making stopped, since the clock is in
doubt or others may go on with another software version, none is made.

Each answer is given between two blocks, so everything in it is of one commit.
"""

import time

from sqlalchemy import Connection

from hefu.v1 import ledger_pb2
from hefu.v1 import node_pb2 as pb
from identity.rules import compute_civil_day
from ledger.application import Application
from ledger.errors import MalformedInput
from ledger.merkle.state_history import HeightNotKept
from ledger.merkle.verify_state import hash_key
from ledger.notes import COSIGNATURE_V1, ED25519, Note, NoteSignature, parse_note, sign_cosignature
from ledger.proofs import NotFound, build_state_proof, cosign_proof, renew_state_proof
from ledger.store.day_proofs import read_day_proof
from ledger.store.paging import refuse_history_before_snapshot
from ledger.store.port import HistoryNotKept
from ledger.store.sql import SqlStore
from nodes.directory import render_key
from nodes.engines.port import Ordering
from nodes.stopwatch import Stopwatch
from nodes.wiring import SOFTWARE, TOTALS_PREFIXES, compute_network, read_genesis
from receivables.days import compute_start_ms


class Failed(Exception):
    """There is no answer; `status` is the name of a gRPC status."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status


class Answers:
    """Answers by method name, from and to serialised messages."""

    def __init__(
        self,
        application: Application,
        store: SqlStore,
        connection: Connection,
        engine: Ordering,
        origin: str,
        seeds: tuple[bytes, bytes],
        stopwatch: Stopwatch,
    ) -> None:
        self._application = application
        self._store = store
        self._connection = connection
        self._engine = engine
        self._origin = origin
        self._seed, self._cosignature_seed = seeds
        self._stopwatch = stopwatch
        self._genesis = read_genesis(store)
        self._network = compute_network(self._genesis)
        self.decided = 0

    def answer(self, method: str, request: bytes) -> bytes:
        """The serialised answer. Raises Failed."""
        try:
            if method == "GetStatus":
                return self._get_status().SerializeToString()
            if method == "GetRecord":
                return self._get_record(pb.GetRecordRequest.FromString(request)).SerializeToString()
            if method == "GetCheckpoint":
                return self._get_checkpoint(pb.GetCheckpointRequest.FromString(request)).SerializeToString()
            if method == "ProveState":
                return self._prove_state(pb.ProveStateRequest.FromString(request)).SerializeToString()
            if method == "ProveTotals":
                return self._prove_totals(pb.ProveTotalsRequest.FromString(request)).SerializeToString()
            if method == "Cosign":
                return self._cosign_newest(ledger_pb2.Proof.FromString(request)).SerializeToString()
            raise Failed("UNIMPLEMENTED", method)
        except NotFound as failure:
            raise Failed("NOT_FOUND", str(failure)) from None
        except (HeightNotKept, HistoryNotKept) as failure:
            raise Failed("OUT_OF_RANGE", str(failure)) from None
        except MalformedInput as failure:
            raise Failed("INVALID_ARGUMENT", str(failure)) from None
        finally:
            self._connection.rollback()  # PostgreSQL holds a transaction open from the first question on

    def _get_status(self) -> pb.NodeStatus:
        head = self._application.head
        return pb.NodeStatus(
            network=self._network,
            height=head.height,
            size=head.size,
            root=head.root,
            block_time_ms=head.time_ms,
            now_ms=self._application.compute_block_time(_read_now_ms()),
            simulated_clock=self._genesis.simulated_clock,
            origin=self._origin,
            log_key=render_key(self._origin, self._seed, ED25519),
            cosignature_key=render_key(self._origin, self._cosignature_seed, COSIGNATURE_V1),
            software=SOFTWARE,
            transactions=self.decided,
            pending=self._engine.waiting,
            stopped_because=self._engine.stopped_because,
            times=self._stopwatch.render("kernel"),
        )

    def _get_record(self, request: pb.GetRecordRequest) -> pb.RecordView:
        tree = self._application.tree
        view = tree.view(request.height or None)
        (record,) = view.read([hash_key(request.key.encode())])
        answer = pb.RecordView(exists=record is not None, height=request.height or tree.height)
        if record is not None:
            answer.record.CopyFrom(ledger_pb2.StateRecord.FromString(record))
        return answer

    def _get_checkpoint(self, request: pb.GetCheckpointRequest) -> pb.CheckpointView:
        head = self._application.head
        note = parse_note(head.checkpoint)
        if request.fresh:
            if self._engine.stopped_because:
                raise Failed("FAILED_PRECONDITION", f"no time is vouched for: {self._engine.stopped_because}")
            note = Note(note.text, (*note.signatures, self._cosign(note.text)))
        return pb.CheckpointView(note=note.render(), height=head.height)

    def _prove_state(self, request: pb.ProveStateRequest) -> ledger_pb2.Proof:
        proof = build_state_proof(
            self._store, self._application.tree, self._network, request.keys, request.height or None
        )
        return self._cosign_now(proof)

    def _prove_totals(self, request: pb.ProveTotalsRequest) -> ledger_pb2.Proof:
        """The proof kept of the last day, up to the one asked for, on which they changed; or of the newest state."""
        prefix = TOTALS_PREFIXES.get(request.side)
        if prefix is None:
            raise MalformedInput("the issuer's or the lender's", "side")
        key = prefix + request.organisation
        if request.on and request.on < compute_civil_day(self._application.head.time_ms):
            kept = read_day_proof(self._connection, key, request.on)
            if kept is None:
                # On the snapshot's own day all totals count as changed; of the days before, no proof is here.
                refuse_history_before_snapshot(self._connection, compute_start_ms(request.on + 1))
            proof = None if kept is None else renew_state_proof(self._store, ledger_pb2.Proof.FromString(kept.proof))
        else:
            proof = build_state_proof(self._store, self._application.tree, self._network, [key])
        if proof is None or not proof.state.items[0].record:
            raise NotFound("these totals had never changed by then")
        return self._cosign_now(proof)

    def _cosign_newest(self, proof: ledger_pb2.Proof) -> ledger_pb2.Proof:
        """With a cosignature, unless a block has come since: it would say that no larger log was seen."""
        note = proof.consistency.second_checkpoint if proof.HasField("consistency") else proof.transaction.checkpoint
        return self._cosign_now(proof) if note == self._application.head.checkpoint else proof

    def _cosign_now(self, proof: ledger_pb2.Proof) -> ledger_pb2.Proof:
        return proof if self._engine.stopped_because else cosign_proof(proof, self._cosign)

    def _cosign(self, text: bytes) -> NoteSignature:
        return sign_cosignature(text, self._origin, self._cosignature_seed, _read_now_ms() // 1000)


def _read_now_ms() -> int:
    return time.time_ns() // 1_000_000
