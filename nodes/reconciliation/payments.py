"""The ledger's payments in which an account's owner has a part, as a bank would book them.

1. A payment of a range names its payees: one line for each.
2. A payment of a package names none. For its issuer, for who succeeded it as debtor, and for its paying bank it is one
   line, to several payees. For anybody else it is a line for each range of which the owner is a payee of record: the
   share of this range, or its part of it.
3. What is paid on a frozen range the bank keeps: that is a line of those who pay. What it hands over afterwards is a
   line of the payees alone.
4. The shares of a payment follow from what was paid on the package before it, so all payments of the package are read.
   Shares are of the whole sum so far: by rounding one may shrink by a fen as the sum grows, and then has no line.
   Holders and claims are those of now: from cut-off on nothing moves, but a pledgee may have released its claim since,
   and what it was paid then looks like the holder's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hefu.v1 import node_pb2, reports_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.rules import compute_civil_day
from receivables.payments import compute_payees, compute_pledgee_part, compute_share

if TYPE_CHECKING:
    from nodes.client.blocking import Client


@dataclass(frozen=True, slots=True)
class Line:
    """A payment on the ledger. `start` and `end` are 0 for a package, `payee` is then empty. Amounts are 分."""

    package: str
    start: int
    end: int
    amount_fen: int
    on: int  # civil day of block time
    payee: str
    height: int
    transaction_id: bytes


def read_lines(client: "Client", owner: str, day_from: int, day_to: int) -> list[Line]:
    """All lines of some civil days, both included. Raises Refused, Unreachable, CallFailed."""
    lines: list[Line] = []
    shares = _Shares(client, owner)
    for payment in _read_payments(client, owner, day_from, day_to):
        pays = owner in (payment.issuer, payment.debtor, payment.paying_bank)
        if payment.kind == pb.HAND_OVER and owner != payment.payee:
            continue
        if payment.payee or pays:
            lines.append(_make_line(payment, payment.voucher, payment.payee, payment.amount_fen))
        elif not payment.voucher.end:
            lines.extend(shares.list_lines(payment))
    return lines


def _read_payments(client: "Client", owner: str, day_from: int, day_to: int) -> Iterator[reports_pb2.PaymentView]:
    request = reports_pb2.ListPaymentsRequest(organisation=owner, day_from=day_from, day_to=day_to)
    while True:
        page = client.ask(client.reports.ListPayments, request)
        yield from page.payments
        if not page.next_index:
            return
        request.after_index = page.next_index


def _make_line(payment: reports_pb2.PaymentView, ref: pb.VoucherRef, payee: str, amount_fen: int) -> Line:
    on = compute_civil_day(payment.time_ms)
    return Line(
        payment.voucher.package, ref.start, ref.end, amount_fen, on, payee, payment.height, payment.transaction_id
    )


class _Shares:
    """The owner's part of payments that name no payee; each package is read once."""

    def __init__(self, client: "Client", owner: str) -> None:
        self._client = client
        self._owner = owner
        self._traces: dict[str, node_pb2.PackageTrace] = {}

    def list_lines(self, payment: reports_pb2.PaymentView) -> Iterator[Line]:
        """The owner's lines of a payment of a package."""
        trace = self._read_trace(payment.voucher.package)
        package = trace.package.package
        before_fen = sum(step.event.amount_fen for step in _list_payments(trace) if step.index < payment.index)
        for view in trace.vouchers:
            for payee in _list_payees(package, view, before_fen, before_fen + payment.amount_fen):
                if payee.organisation == self._owner:
                    yield _make_line(payment, view.voucher, payee.organisation, payee.amount_fen)

    def _read_trace(self, package: str) -> node_pb2.PackageTrace:
        if package not in self._traces:
            request = node_pb2.TracePackageRequest(package=package)
            trace = page = self._client.ask(self._client.vouchers.TracePackage, request)
            while page.next_index > request.after_index:
                request.after_index = page.next_index
                page = self._client.ask(self._client.vouchers.TracePackage, request)
                trace.steps.extend(page.steps)
            self._traces[package] = trace
        return self._traces[package]


def _list_payments(trace: node_pb2.PackageTrace) -> Sequence[node_pb2.TraceStep]:
    return [step for step in trace.steps if step.kind == pb.PAY_PACKAGE]


def _list_payees(package: pb.Package, view: node_pb2.VoucherView, before_fen: int, after_fen: int) -> list[pb.Payee]:
    """Who of a range was to have what of the step of P from `before_fen` to `after_fen`; shares come first of all."""
    share = compute_share(after_fen, package.face_fen, view.voucher) - compute_share(
        before_fen, package.face_fen, view.voucher
    )
    if share <= 0:
        return []
    then = pb.Package(face_fen=package.face_fen, paid_fen=before_fen)
    claim = view.claim if view.HasField("claim") else None
    pledgee_fen = compute_pledgee_part(then, pb.Voucher(), view.voucher, claim, share)
    return compute_payees(view.state, claim, pledgee_fen, share)
