"""One call's way through the list of nodes: whom to ask next, and when to stop asking.

1. A list of one is asked again until patience is used up.
2. Of several, the current one is asked first, then each other once; then there is a pause, and they are asked anew.
3. A submission goes only to a node that says that it takes transactions. It is tried until its validity is past on the
   ledger (Peers.compute_left_ms), or as long as its caller said.
4. A read goes only to a node that has shown the height that this client has seen before: so one reads what one wrote. A
   node that is behind is waited for, `LEVEL_S` at most; then the next is asked.
5. A node is given up for this attempt where the connection is lost, where it says that it cannot, and where it has not
   answered within the time for one attempt.
"""

import asyncio
import time
from collections.abc import Callable

import grpc

from nodes.client.errors import Unreachable, find_refusal, is_lost
from nodes.client.patience import Patience
from nodes.client.peers import Peer, Peers

LEVEL_S = 2.0
LEVEL_PAUSE_S = 0.05
# A node that makes no blocks withdraws what it was given; one that hangs lets the time run out.
UNABLE = (grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.FAILED_PRECONDITION)

ValidUntil = Callable[[], int]
"""The end of validity (ms) of the oldest that is not answered."""


class Search:
    """Begun for each call or stream. `has_lost`: something was handed to a node that did not answer."""

    def __init__(self, peers: Peers, patience: Patience, valid_until: ValidUntil | None = None) -> None:
        self._peers = peers
        self._patience = patience
        self._valid_until = valid_until
        self._tried: set[int] = set()
        self._detail = "it does not answer"
        self.has_lost = False

    async def find(self) -> Peer:
        """The node to ask now. Raises Unreachable where it is no use any more; OtherNetwork."""
        await self._peers.open()
        if not self.has_lost:
            self._peers.refuse_strangers()
        while True:
            for peer in self._peers.list_in_turn():
                if peer.place not in self._tried:
                    self._tried.add(peer.place)
                    if await self._is_good(peer):
                        self._peers.current = peer.place
                        return peer
            self._tried.clear()
            if self._is_past() or not await self._patience.pause():
                raise Unreachable(self._peers.targets, self._detail)

    def is_over_at(self, error: grpc.aio.AioRpcError) -> bool:
        """Whether this node is of no use for the call: nothing is known of what was sent, or it says that it cannot."""
        if is_lost(error):
            return True
        return not self._peers.is_single and error.code() in UNABLE and find_refusal(error) is None

    def drop(self, peer: Peer, detail: str | None) -> None:
        """The call at this node came to nothing."""
        self._detail = detail or "the connection was lost"
        self.has_lost = True
        self._peers.lose(peer)

    def renew(self) -> None:
        """There was an answer: patience begins anew."""
        self._patience.renew()
        self._tried.clear()

    def _is_past(self) -> bool:
        if self._peers.is_single or self._valid_until is None:
            return False
        return self._peers.compute_left_ms(self._valid_until()) <= 0

    async def _is_good(self, peer: Peer) -> bool:
        if self._peers.is_single:
            return True
        if not peer.is_met:
            await self._peers.meet(peer)
        if not peer.is_met:
            return False
        if self._valid_until is None:
            return await self._is_level(peer)
        if not peer.is_serving:
            self._detail = "it takes no transactions now"
            peer.is_met = False  # asked again when its turn comes again
        return peer.is_serving

    async def _is_level(self, peer: Peer) -> bool:
        """Whether it has what this client has seen, now or soon."""
        wanted, until = self._peers.seen, time.monotonic() + LEVEL_S
        while peer.is_met and peer.height < wanted:
            self._detail = f"at height {peer.height}, behind {wanted}, which was seen before"
            if time.monotonic() > until:
                return False
            await asyncio.sleep(LEVEL_PAUSE_S)
            peer.is_met = False
            await self._peers.meet(peer)
        return peer.is_met
