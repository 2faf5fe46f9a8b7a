"""The gRPC face of the ledger: submitting, and what every domain shares of reading and proving.

A stream answers its batches in their order, however they were decided. It takes the next message only while fewer than
`stream_batches` of it are undecided, and when the one before has found room in the node. A batch that does not decode,
or of a wrong size, ends it with INVALID_ARGUMENT, after the answers that were due before. When the node stops, what was
taken is still answered, then the stream ends with UNAVAILABLE. When the caller goes, what was taken is still decided.

Where validators decide, each proof gets what they signed (nodes/engines/cometbft/headers.py), as far as it is found.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Protocol

import grpc
from sqlalchemy import Connection

from hefu.v1 import ledger_pb2
from hefu.v1 import node_pb2 as pb
from ledger.errors import MalformedInput
from ledger.notes import app_hash, parse_checkpoint, parse_note
from ledger.proofs import NotFound, build_consistency_proof, build_transaction_proof, get_newest_checkpoint
from ledger.store.paging import read_restored
from ledger.store.sql import SqlStore
from nodes.cosigners.rounds import Cosigners
from nodes.engines.cometbft.watch import EngineWatch
from nodes.faces import abort_refused, parse_request
from nodes.gate import Gate, Turn, check_size, wait_for
from nodes.link import LinkFailure
from nodes.pipe import Pipe
from nodes.readers import Readers
from nodes.refusals import build_receipt
from nodes.stopwatch import Stopwatch

MAX_KEY_BYTES = 255
"""Longest key of a record that a question may name; the keys of all domains are shorter."""


class FindsFinality(Protocol):
    """Where a proof gets what validators signed."""

    async def find_finality(self, wanted_hash: bytes, height: int) -> ledger_pb2.Finality | None:
        """The signed headers for the app hash that block `height` left, None where none is found."""
        ...


class LedgerService:
    """The methods of LedgerService. `finality`: None where no validators decide."""

    def __init__(
        self,
        gate: Gate,
        pipe: Pipe,
        readers: Readers,
        network: ledger_pb2.NetworkId,
        stream_batches: int,
        stopwatch: Stopwatch,
        cosigners: Cosigners,
        watch: EngineWatch | None = None,
        finality: FindsFinality | None = None,
    ) -> None:
        self._gate = gate
        self._pipe = pipe
        self._readers = readers
        self._network = network
        self._stream_batches = stream_batches
        self._stopwatch = stopwatch
        self._watch = watch
        self._cosigners = cosigners
        self.http_address = ""
        self._finality = finality

    async def submit(self, request: pb.SubmitRequest, call: Any) -> pb.Receipt:
        """One transaction; answers when it is durable. A refusal ends the call with a status that holds it."""
        batch = pb.ReceiptBatch.FromString(await self._gate.submit([request.transaction], Turn()))
        receipt = batch.receipts[0]
        if receipt.HasField("refusal"):
            await abort_refused(call, receipt)
        return receipt

    async def submit_stream(self, requests: AsyncIterator[bytes], call: Any) -> AsyncIterator[bytes]:
        """Batches of 1 to 64; their receipts, refusals in them, in the order of the batches."""
        taken: asyncio.Queue[asyncio.Task[bytes] | None] = asyncio.Queue()
        room = asyncio.Semaphore(self._stream_batches)
        taker = asyncio.create_task(self._take(requests, taken, room))
        try:
            while (deciding := await taken.get()) is not None:
                yield await wait_for(deciding)
                room.release()
            await taker
        except MalformedInput as failure:
            await call.abort(grpc.StatusCode.INVALID_ARGUMENT, str(failure))
        except LinkFailure as failure:
            await call.abort(grpc.StatusCode[failure.status], failure.message)
        finally:
            taker.cancel()
            await asyncio.gather(taker, return_exceptions=True)

    async def get_status(self, request: pb.GetStatusRequest, call: object) -> pb.NodeStatus:
        """Network, height, time, and how the node fares."""
        status = pb.NodeStatus.FromString(await self._pipe.ask("GetStatus", b""))
        status.times.extend(self._stopwatch.render("door"))
        if self._watch is not None:
            status.engine.CopyFrom(await self._watch.read())
        status.witnesses.extend(self._cosigners.list_status())
        status.http_address = self.http_address
        restored = await self._readers.read(read_restored)
        status.restored_height = 0 if restored is None else restored.height
        return status

    async def get_transaction(self, request: pb.GetTransactionRequest, call: object) -> pb.TransactionView | None:
        """A decided transaction with its first outcome."""
        return await self._readers.read(lambda connection: _read_transaction(connection, request.id))

    async def get_record(self, request: pb.GetRecordRequest, call: object) -> bytes:
        """A record now or at a kept height."""
        _check_keys([request.key], "key")
        return await self._pipe.ask("GetRecord", request.SerializeToString())

    async def get_checkpoint(self, request: pb.GetCheckpointRequest, call: object) -> bytes:
        """The newest checkpoint, where wanted with cosignatures made now, and what validators signed."""
        answer = await self._cosigners.finish_view(request.witnessed, self._build_asker("GetCheckpoint", request))
        if not request.fresh or self._finality is None:
            return answer
        view = pb.CheckpointView.FromString(answer)
        finality = await self._finality.find_finality(app_hash(parse_note(view.note).text), view.height)
        if finality is not None:
            view.finality.CopyFrom(finality)
        return view.SerializeToString()

    async def prove_state(self, request: pb.ProveStateRequest, call: object) -> bytes:
        """What keys hold or do not hold, now or at a kept height."""
        _check_keys(request.keys, "keys")
        ask = self._build_asker("ProveState", request)
        return await self._finalise(await self._cosigners.finish_proof(request.witnessed, ask))

    async def prove_totals(self, request: pb.ProveTotalsRequest, call: object) -> bytes:
        """Totals as they stood at the end of a civil day."""
        ask = self._build_asker("ProveTotals", request)
        return await self._finalise(await self._cosigners.finish_proof(request.witnessed, ask))

    async def prove_transaction(self, request: pb.ProveTransactionRequest, call: object) -> bytes:
        """That a transaction was decided."""
        return await self._prove(
            request.witnessed, lambda store: build_transaction_proof(store, self._network, request.id)
        )

    async def prove_consistency(self, request: pb.ProveConsistencyRequest, call: object) -> bytes:
        """That the log only grew between two sizes."""
        first, second = request.first_size, request.second_size
        return await self._prove(
            request.witnessed, lambda store: build_consistency_proof(store, self._network, first, second)
        )

    async def _prove(self, is_witnessed: bool, build: Any) -> bytes:
        """A proof of the database alone, cosigned by the kernel, which knows whether its checkpoint is still new."""

        async def read_and_cosign() -> bytes:
            proof = await self._readers.read(lambda connection: build(SqlStore(connection)))
            return await self._pipe.ask("Cosign", proof.SerializeToString())

        return await self._finalise(await self._cosigners.finish_proof(is_witnessed, read_and_cosign))

    def _build_asker(self, method: str, request: Any) -> Callable[[], Awaitable[bytes]]:
        """Asks the kernel; each call is answered anew."""
        return partial(self._pipe.ask, method, request.SerializeToString())

    async def _finalise(self, answer: bytes) -> bytes:
        """A proof of the kernel's, with what validators signed of its newest checkpoint where it is found."""
        if self._finality is None:
            return answer
        proof = ledger_pb2.Proof.FromString(answer)
        text = parse_note(get_newest_checkpoint(proof)).text
        size = parse_checkpoint(text).size
        head = await self._readers.read(lambda connection: SqlStore(connection).read_head_of_size(size))
        finality = None if head is None else await self._finality.find_finality(app_hash(text), head.height)
        if finality is not None:
            proof.finality.CopyFrom(finality)
        return proof.SerializeToString(deterministic=True)

    async def _take(self, requests: AsyncIterator[bytes], taken: "asyncio.Queue[Any]", room: asyncio.Semaphore) -> None:
        """Read while there is room; ends with what ended the reading."""
        stopping = asyncio.create_task(self._gate.stopping.wait())
        reading: asyncio.Future[Any] | None = None
        turn = Turn()
        turn.pass_on()
        try:
            while True:
                await room.acquire()
                reading = asyncio.ensure_future(anext(requests, None))
                await asyncio.wait((reading, stopping), return_when=asyncio.FIRST_COMPLETED)
                if not reading.done():
                    raise LinkFailure("UNAVAILABLE", "the node is stopping")
                message = reading.result()
                if message is None:
                    return
                batch = parse_request(pb.SubmitBatch, message)
                check_size(batch.transactions)
                await self._gate.enter()
                turn = Turn(turn)
                taken.put_nowait(self._gate.decide(batch.transactions, turn))
        finally:
            taken.put_nowait(None)
            stopping.cancel()
            if reading is not None:
                reading.cancel()


def _check_keys(keys: Sequence[str], field: str) -> None:
    """Refuse keys that no record can have, with MalformedInput, before they are sent on."""
    if any(len(key.encode()) > MAX_KEY_BYTES for key in keys):
        raise MalformedInput(f"a key has at most {MAX_KEY_BYTES} bytes", field)


def _read_transaction(connection: Connection, identity: bytes) -> pb.TransactionView | None:
    store = SqlStore(connection)
    stored = store.read_transaction(identity)
    if stored is None:
        restored = read_restored(connection)
        if restored is not None:
            raise NotFound(
                f"not decided since block {restored.height}, with which this node began, nor repeatable then"
            )
        return None
    head = store.read_head_at(stored.decision.height)
    receipt = build_receipt(stored.decision, stored.signed, head.time_ms if head is not None else 0)
    return pb.TransactionView(signed_transaction=stored.signed, receipt=receipt)
