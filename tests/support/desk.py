"""Somebody at an inbox: a key, and the calls that it signs."""

from collections.abc import Sequence
from typing import Any

from hefu.v1 import inbox_pb2 as pb
from hefu.v1 import ledger_pb2
from ledger.transaction import compute_id
from nodes.client import AsyncClient
from nodes.client.inbox import sign_call, sign_with
from nodes.keys import Key

METHODS = {"put": "PutItem", "list": "ListItems", "get": "GetItem", "approve": "ApproveItems", "reject": "RejectItems"}


def get_id(signed: bytes) -> bytes:
    """The id of signed bytes."""
    return compute_id(ledger_pb2.SignedTransaction.FromString(signed).body)


class Desk:
    """The calls of one key. Every call is signed anew."""

    def __init__(self, client: AsyncClient, key: Key) -> None:
        self.client = client
        self.key = key

    async def sign(self, **action: Any) -> pb.SignedInboxCall:
        """A signed call with this action."""
        return sign_call(await self.client.status(), self.key.seed, pb.InboxCall(**action))

    async def call(self, **action: Any) -> Any:
        """The answer to one call."""
        return await self.send(await self.sign(**action), next(iter(action)))

    async def send(self, signed: pb.SignedInboxCall, action: str) -> Any:
        """The answer to a call that is signed."""
        return await self.client.ask(getattr(self.client.inbox, METHODS[action]), signed)

    async def put(self, signed: bytes) -> pb.InboxItem:
        """Leave a transaction."""
        item: pb.InboxItem = await self.call(put=pb.PutInboxItem(transaction=signed))
        return item

    async def list_items(self, **asked: Any) -> list[pb.InboxItem]:
        """The items that are seen, over all pages."""
        found: list[pb.InboxItem] = []
        cursor = b""
        while True:
            page = await self.call(list=pb.ListInboxItems(**{"page_size": 200, **asked, "cursor": cursor}))
            found += page.items
            cursor = page.next_cursor
            if not cursor:
                return found

    async def get(self, identity: bytes) -> pb.InboxItem:
        """One item."""
        item: pb.InboxItem = await self.call(get=pb.GetInboxItem(id=identity))
        return item

    async def approve(self, *signed: bytes, keys: Sequence[Key] = ()) -> list[pb.InboxOutcome]:
        """Sign these with this key, or with others."""
        approvals = [self.make_approval(get_id(one), *(keys or (self.key,))) for one in signed]
        answer = await self.call(approve=pb.ApproveInboxItems(approvals=approvals))
        return list(answer.outcomes)

    def make_approval(self, identity: bytes, *keys: Key) -> pb.InboxApproval:
        """Signatures over an id."""
        return pb.InboxApproval(id=identity, signatures=[sign_with(key.seed, identity) for key in keys])

    async def reject(self, *signed: bytes, reason: str = "") -> list[pb.InboxOutcome]:
        """Send these back."""
        answer = await self.call(reject=pb.RejectInboxItems(ids=[get_id(one) for one in signed], reason=reason))
        return list(answer.outcomes)
