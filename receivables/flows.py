"""Who gave what to whom, as the events of a transaction tell it.

| command | from | to |
|---|---|---|
| acceptance of an issue, confirmation of a receivable | issuer, debtor | payee, creditor |
| acceptance of a transfer or of a basket | holder | receiver |
| second confirmation of a trade | holder | seller |
| pay-out of a sale | holder | bank |
| split | holder | the same, once for each piece |

A confirmation of a trade names its two sides in any order, so they are taken from the request: one of the same block,
or the lock that the block replaced. Not here: repurchase, reassignment, enforcement and succession, which are no trade.
"""

from collections.abc import Callable
from dataclasses import dataclass

from hefu.v1 import receivables_pb2 as pb

Sides = tuple[str, str]
RangeKey = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Flow:
    """A range (start and end 0: a whole package) that went from one organisation to another."""

    kind: int
    voucher: pb.VoucherRef
    giver: str
    receiver: str
    amount_fen: int


class FlowReader:
    """Reads the events of one block in their order. `get_replaced`: what a range was before the block, if it was."""

    def __init__(self, get_replaced: Callable[[pb.VoucherRef], pb.Voucher | None]) -> None:
        self._get_replaced = get_replaced
        self._trades: dict[RangeKey, Sides] = {}

    def read(self, kind: int, event: pb.VoucherEvent) -> Flow | None:
        """The flow that an event tells of, if it tells of one."""
        if kind == pb.CONDITIONAL_TRANSFER:
            self._trades[_compute_key(event.voucher)] = (event.actor, event.counterparty)
            return None
        sides = self._find_sides(kind, event)
        return None if sides is None else Flow(kind, event.voucher, *sides, event.amount_fen)

    def _find_sides(self, kind: int, event: pb.VoucherEvent) -> Sides | None:
        if kind == pb.CONFIRM_RECEIVABLE:
            return event.actor, event.counterparty
        if kind in (pb.ACCEPT_ISSUE, pb.ACCEPT_TRANSFER, pb.ACCEPT_BASKET):
            return event.counterparty, event.actor
        if kind == pb.PAY_OUT and event.form != pb.PLEDGE:
            return event.counterparty, event.actor
        if kind == pb.SPLIT:
            return event.actor, event.actor
        if kind == pb.CONFIRM_TRADE and event.amount_fen:
            return self._trades.get(_compute_key(event.voucher)) or self._read_lock(event)
        return None

    def _read_lock(self, event: pb.VoucherEvent) -> Sides | None:
        replaced = self._get_replaced(event.voucher)
        return None if replaced is None else (replaced.holder, replaced.lock.counterparty)


def _compute_key(ref: pb.VoucherRef) -> RangeKey:
    return ref.package, ref.start, ref.end
