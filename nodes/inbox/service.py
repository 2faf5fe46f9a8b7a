"""The gRPC face of the inbox.

1. Each call is judged first (calls); what it may see are the items of its organisation, and all else is NO_SUCH_ITEM,
   as if it were not there.
2. Before items are shown or changed, the ledger is asked which of them it has decided: after a crash, or where somebody
   submitted one by another way, the inbox learns of it at the next look.
3. What approvals complete is submitted by the gate, all of a call in one batch, in their order. What then has a leaf is
   decided, done or refused; what has none still waits, and its receipt says why.
4. An approval or a rejection said again has the outcome that it had. The ledger decides once, and of two checkers at
   once each is shown that outcome.
5. The items are read and written in one thread of their own, the state in the readers' threads; the loop never waits.

A refusal of a whole call ends it with a status that holds the number; in a batch each item has its own outcome.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Connection

from hefu.v1 import inbox_pb2 as pb
from hefu.v1 import node_pb2
from ledger.errors import MalformedInput, Rejection
from ledger.execution import Rules
from ledger.store.sql import SqlStore
from ledger.transaction import MAX_SIGNATURES, decode
from nodes.config import MAX_BATCH
from nodes.faces import abort_refused
from nodes.gate import Gate, Turn
from nodes.inbox.calls import Call, CallGuard
from nodes.inbox.judge import Judge, list_parties, open_state
from nodes.inbox.rejections import ITEM_CLOSED, NO_SUCH_ITEM
from nodes.inbox.store import Arrival, InboxStore
from nodes.pipe import Pipe
from nodes.readers import Readers
from nodes.refusals import build_receipt, build_refusal

A = TypeVar("A")
MAX_PAGE = 200
MAX_REASON = 200
ID_BYTES = 32

_Items = dict[bytes, pb.InboxItem]


class InboxService:
    """The methods of InboxService."""

    def __init__(
        self, store: InboxStore, guard: CallGuard, rules: Rules, gate: Gate, pipe: Pipe, readers: Readers
    ) -> None:
        self._store = store
        self._guard = guard
        self._rules = rules
        self._gate = gate
        self._pipe = pipe
        self._readers = readers
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="inbox")

    async def put_item(self, request: pb.SignedInboxCall, call: Any) -> pb.InboxItem:
        """Leave a transaction for its other signers, or add its signatures to the item of its id."""
        return await _refusing(call, self._put(request))

    async def list_items(self, request: pb.SignedInboxCall, call: Any) -> pb.InboxPage:
        """What the caller's organisation sees, the first to expire first."""
        return await _refusing(call, self._list(request))

    async def get_item(self, request: pb.SignedInboxCall, call: Any) -> pb.InboxItem:
        """One item."""
        return await _refusing(call, self._get(request))

    async def approve_items(self, request: pb.SignedInboxCall, call: Any) -> pb.InboxOutcomes:
        """Add the caller's signatures, and submit what is complete."""
        return await _refusing(call, self._approve(request))

    async def reject_items(self, request: pb.SignedInboxCall, call: Any) -> pb.InboxOutcomes:
        """Say that the caller's organisation does not want them."""
        return await _refusing(call, self._reject(request))

    async def sweep(self) -> None:
        """Delete what has expired by the node's time. Raises LinkFailure."""
        now_ms = await self._get_now_ms()
        await self._keep(self._store.sweep, now_ms)

    def close(self) -> None:
        """Wait for what is being written. The store stays open."""
        self._thread.shutdown()

    # ------------------------------------------------------------ what each call does

    async def _put(self, request: pb.SignedInboxCall) -> pb.InboxItem:
        call, now_ms = await self._admit(request, "put")
        signed, organisation = call.content.put.transaction, call.organisation

        def examine(judge: Judge) -> tuple[Arrival, Any]:
            transaction = judge.examine(signed, organisation)
            parties = list_parties(transaction.body)
            return Arrival(transaction.id, signed, transaction.body.valid_until_ms, parties), judge.limits

        arrival, limits = await self._judge(now_ms, examine)
        await self._keep(self._store.put, arrival, organisation, now_ms, limits)
        return await self._get_one(organisation, arrival.id, now_ms)

    async def _list(self, request: pb.SignedInboxCall) -> pb.InboxPage:
        call, now_ms = await self._admit(request, "list")
        asked, organisation = call.content.list, call.organisation
        if not 1 <= asked.page_size <= MAX_PAGE:
            raise MalformedInput(f"1 to {MAX_PAGE}", "page_size")
        await self._learn(await self._keep(self._store.list_undecided, organisation, now_ms), now_ms)
        found, cursor = await self._keep(
            self._store.list_items, organisation, now_ms, asked.state, asked.cursor, asked.page_size
        )
        return pb.InboxPage(items=await self._complete(found, now_ms), next_cursor=cursor)

    async def _get(self, request: pb.SignedInboxCall) -> pb.InboxItem:
        call, now_ms = await self._admit(request, "get")
        _check_ids([call.content.get.id])
        return await self._get_one(call.organisation, call.content.get.id, now_ms)

    async def _approve(self, request: pb.SignedInboxCall) -> pb.InboxOutcomes:
        call, now_ms = await self._admit(request, "approve")
        approvals = call.content.approve.approvals
        ids = [approval.id for approval in approvals]
        _check_ids(ids)
        if not all(1 <= len(approval.signatures) <= MAX_SIGNATURES for approval in approvals):
            raise MalformedInput(f"1 to {MAX_SIGNATURES} signatures", "approvals.signatures")
        found = await self._look_up(call.organisation, ids, now_ms)
        refused, limits = await self._judge(
            now_ms, lambda judge: (_judge_approvals(judge, found, approvals, call.organisation), judge.limits)
        )
        taken = [approval for approval in approvals if approval.id not in refused]
        open_ = [approval for approval in taken if found[approval.id].state == pb.INBOX_WAITING]
        signed: dict[bytes, bytes] = {}
        for approval in open_:
            try:
                signed[approval.id] = await self._keep(
                    self._store.add_signatures, approval.id, approval.signatures, now_ms, limits
                )
            except Rejection as rejection:
                refused[approval.id] = rejection
        receipts = await self._submit(signed, now_ms)
        return await self._report(call.organisation, ids, now_ms, refused, receipts)

    async def _reject(self, request: pb.SignedInboxCall) -> pb.InboxOutcomes:
        call, now_ms = await self._admit(request, "reject")
        asked, organisation = call.content.reject, call.organisation
        _check_ids(asked.ids)
        if len(asked.reason) > MAX_REASON:
            raise MalformedInput(f"at most {MAX_REASON} characters", "reason")
        found = await self._look_up(organisation, asked.ids, now_ms)
        refused: dict[bytes, Rejection] = {}
        for identity in asked.ids:
            if identity not in found:
                refused[identity] = Rejection(NO_SUCH_ITEM)
                continue
            try:
                await self._keep(self._store.reject, identity, organisation, asked.reason, now_ms)
            except Rejection as rejection:
                refused[identity] = rejection
        return await self._report(organisation, asked.ids, now_ms, refused, {})

    # ------------------------------------------------------------ steps

    async def _admit(self, request: pb.SignedInboxCall, action: str) -> tuple[Call, int]:
        """The call, once only, and the node's time (ms)."""
        now_ms = await self._get_now_ms()
        call = await self._judge(now_ms, lambda judge: self._guard.examine(request, action, judge.context))
        if self._guard.remember(call):
            await self._keep(self._store.note_call_ahead, call.public_key, call.content.at_ms)
        return call, now_ms

    async def _get_now_ms(self) -> int:
        return node_pb2.NodeStatus.FromString(await self._pipe.ask("GetStatus", b"")).now_ms

    async def _keep(self, act: Callable[..., A], *arguments: Any) -> A:
        """Use the store, in its thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, act, *arguments)

    async def _judge(self, now_ms: int, question: Callable[[Judge], A]) -> A:
        """Ask a judge by the newest state, in a reader's thread."""
        return await self._readers.read(lambda connection: question(Judge(self._rules, open_state(connection), now_ms)))

    async def _learn(self, ids: Sequence[bytes], now_ms: int) -> None:
        """Note which of these the ledger has decided."""
        if not ids:
            return
        receipts = await self._readers.read(lambda connection: _read_receipts(connection, ids))
        if receipts:
            await self._keep(self._store.decide, receipts, now_ms)

    async def _look_up(self, organisation: str, ids: Sequence[bytes], now_ms: int) -> _Items:
        """Those of these items that the organisation sees, as they stand by the ledger."""
        found = await self._keep(self._store.get_items, organisation, now_ms, ids)
        await self._learn([item.id for item in found.values() if item.state != pb.INBOX_DECIDED], now_ms)
        return await self._keep(self._store.get_items, organisation, now_ms, ids)

    async def _get_one(self, organisation: str, identity: bytes, now_ms: int) -> pb.InboxItem:
        found = await self._look_up(organisation, [identity], now_ms)
        if identity not in found:
            raise Rejection(NO_SUCH_ITEM)
        return (await self._complete([found[identity]], now_ms))[0]

    async def _complete(self, found: Sequence[pb.InboxItem], now_ms: int) -> Sequence[pb.InboxItem]:
        """With what each of the waiting ones still misses."""

        def list_missing(judge: Judge) -> None:
            for item in found:
                if item.state == pb.INBOX_WAITING:
                    item.missing.extend(judge.list_missing(item.transaction))

        await self._judge(now_ms, list_missing)
        return found

    async def _submit(self, signed: dict[bytes, bytes], now_ms: int) -> dict[bytes, node_pb2.Receipt]:
        """Submit what misses nothing; the receipts by id. What has a leaf is decided."""

        def list_complete(judge: Judge) -> list[bytes]:
            return [identity for identity, bytes_ in signed.items() if not judge.list_missing(bytes_)]

        ids = await self._judge(now_ms, list_complete)
        if not ids:
            return {}
        answer = await self._gate.submit([signed[identity] for identity in ids], Turn())
        receipts = node_pb2.ReceiptBatch.FromString(answer).receipts
        await self._keep(self._store.decide, [one for one in receipts if one.has_leaf], now_ms)
        return dict(zip(ids, receipts, strict=True))

    async def _report(
        self,
        organisation: str,
        ids: Sequence[bytes],
        now_ms: int,
        refused: dict[bytes, Rejection],
        receipts: dict[bytes, node_pb2.Receipt],
    ) -> pb.InboxOutcomes:
        """An outcome for each id, in order, with its item as it stands now."""
        found = await self._keep(self._store.get_items, organisation, now_ms, ids)
        await self._complete(list(found.values()), now_ms)
        outcomes = pb.InboxOutcomes()
        for identity in ids:
            outcome = outcomes.outcomes.add(id=identity)
            if identity in found:
                outcome.item.CopyFrom(found[identity])
                if identity in receipts:
                    outcome.item.receipt.CopyFrom(receipts[identity])
            if identity in refused:
                outcome.refusal.CopyFrom(_build_refusal(refused[identity]))
        return outcomes


def _judge_approvals(
    judge: Judge, found: _Items, approvals: Iterable[pb.InboxApproval], organisation: str
) -> dict[bytes, Rejection]:
    """Which approvals are refused, and why; one that was made before is not."""
    refused = {}
    for approval in approvals:
        try:
            if approval.id not in found:
                raise Rejection(NO_SUCH_ITEM)
            item = found[approval.id]
            if item.state != pb.INBOX_WAITING and not _is_said_again(item, approval):
                raise Rejection(ITEM_CLOSED)
            judge.refuse_unfit(approval.id, approval.signatures, organisation)
        except Rejection as rejection:
            refused[approval.id] = rejection
    return refused


def _is_said_again(item: pb.InboxItem, approval: pb.InboxApproval) -> bool:
    """Whether a decided item has these signatures already: the answer to the approval was lost."""
    keys = {signature.public_key for signature in decode(item.transaction).signatures}
    return item.state == pb.INBOX_DECIDED and all(one.public_key in keys for one in approval.signatures)


def _check_ids(ids: Sequence[bytes]) -> None:
    if not 1 <= len(ids) <= MAX_BATCH:
        raise MalformedInput(f"1 to {MAX_BATCH} items", "ids")
    if len(frozenset(ids)) != len(ids) or any(len(identity) != ID_BYTES for identity in ids):
        raise MalformedInput(f"{ID_BYTES} bytes each, none twice", "ids")


def _read_receipts(connection: Connection, ids: Sequence[bytes]) -> list[node_pb2.Receipt]:
    """The first outcomes of those that the ledger has decided."""
    store = SqlStore(connection)
    receipts = []
    for decision in store.read_decisions(ids).values():
        stored, head = store.read_transaction(decision.id), store.read_head_at(decision.height)
        if stored is not None and head is not None:
            receipts.append(build_receipt(decision, stored.signed, head.time_ms))
    return receipts


def _build_refusal(rejection: Rejection) -> node_pb2.Refusal:
    return build_refusal(rejection.reason.code, rejection.command_index, rejection.field, 0)


async def _refusing(call: Any, answer: Awaitable[A]) -> A:
    """The answer, or the end of the call with a numbered refusal."""
    try:
        return await answer
    except Rejection as rejection:
        return await abort_refused(call, node_pb2.Receipt(refusal=_build_refusal(rejection)))
