"""The ledger's payments as a bank would book them; of a whole package each has its share, a pledgee first."""

from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hefu.v1 import node_pb2, pledges_pb2, reports_pb2
from hefu.v1 import receivables_pb2 as pb
from nodes.reconciliation.payments import read_lines

ISSUER, BANK, PAYING = "ISSUER", "BANK", "PAYING"
PACKAGE = f"{ISSUER}.A"
DAY_MS = 86_400_000


def view(start, end, holder, pledgee="", secured_fen=0):
    made = node_pb2.VoucherView(
        voucher=pb.VoucherRef(package=PACKAGE, start=start, end=end), state=pb.Voucher(holder=holder)
    )
    if pledgee:
        made.claim.CopyFrom(pledges_pb2.Claim(pledgee=pledgee, secured_fen=secured_fen))
    return made


def payment(amount_fen, index, payee="", start=0, end=0):
    ref = pb.VoucherRef(package=PACKAGE, start=start, end=end)
    return reports_pb2.PaymentView(
        voucher=ref, issuer=ISSUER, paying_bank=PAYING, payee=payee, amount_fen=amount_fen, index=index,
        time_ms=index * DAY_MS, height=index, transaction_id=bytes([index]),
    )  # fmt: skip


class Node:
    """A package of these ranges, paid by these payments, of which a page holds one."""

    def __init__(self, views, payments):
        self._views = views
        self.payments = payments
        self.reports = SimpleNamespace(ListPayments="ListPayments")
        self.vouchers = SimpleNamespace(TracePackage="TracePackage")
        self.traced = 0

    def ask(self, method, request):
        if method == "TracePackage":
            self.traced += 1
            return self._trace(request)
        left = [one for one in self.payments if one.index > request.after_index]
        return reports_pb2.PaymentPage(payments=left[:1], next_index=left[0].index if len(left) > 1 else 0)

    def _trace(self, request):
        steps = [
            node_pb2.TraceStep(index=one.index, kind=pb.PAY_PACKAGE, event=pb.VoucherEvent(amount_fen=one.amount_fen))
            for one in self.payments
            if not one.payee and one.index > request.after_index
        ]
        face = sum(one.voucher.end - one.voucher.start + 1 for one in self._views)
        package = node_pb2.PackageView(package=pb.Package(face_fen=face, paid_fen=face))
        next_index = steps[0].index if len(steps) > 1 else 0
        return node_pb2.PackageTrace(package=package, vouchers=self._views, steps=steps[:1], next_index=next_index)


def shown(node: Any, owner):
    return [(line.start, line.end, line.payee, line.amount_fen, line.on) for line in read_lines(node, owner, 0, 9)]


def test_a_payment_of_a_range_is_a_line_for_its_payee():
    node = Node([view(1, 100, "X")], [payment(30, 1, "X", 1, 100), payment(20, 2, BANK, 1, 100)])
    assert shown(node, ISSUER) == [(1, 100, "X", 30, 1), (1, 100, BANK, 20, 2)]
    assert node.traced == 0


def test_what_is_kept_for_a_freeze_is_its_payees_only_once_it_is_handed_over():
    views = [view(1, 60, "X"), view(61, 100, "Y")]
    handed = payment(40, 3, "X", 1, 60)
    handed.kind = pb.HAND_OVER
    node = Node(views, [payment(40, 1, "", 1, 60), handed])
    assert shown(node, "X") == [(1, 60, "X", 40, 3)]
    assert shown(node, "Y") == []
    assert shown(node, ISSUER) == shown(node, PAYING) == [(1, 60, "", 40, 1)]


def test_a_payment_of_a_package_is_one_line_for_those_who_pay_and_shares_for_those_who_are_paid():
    views = [view(1, 60, "X"), view(61, 90, "Y", BANK, 5), view(91, 100, "X")]
    node = Node(views, [payment(50, 1), payment(30, 2)])
    for one in node.payments:
        one.debtor = "HEIR"
    assert shown(node, "HEIR") == shown(node, PAYING) == shown(node, ISSUER) == [(0, 0, "", 50, 1), (0, 0, "", 30, 2)]
    assert node.traced == 0
    assert shown(node, "X") == [(1, 60, "X", 30, 1), (91, 100, "X", 5, 1), (1, 60, "X", 18, 2), (91, 100, "X", 3, 2)]
    assert shown(node, "Y") == [(61, 90, "Y", 10, 1), (61, 90, "Y", 9, 2)]
    assert shown(node, BANK) == [(61, 90, BANK, 5, 1)]
    assert shown(node, "Z") == []


@given(
    cuts=st.lists(st.integers(2, 99), max_size=4, unique=True),
    steps=st.lists(st.integers(1, 30), min_size=1, max_size=3),
    secured=st.integers(1, 99),
)
def test_shares_of_all_holders_sum_to_what_was_paid_but_for_a_fen_of_rounding_a_range(cuts, steps, secured):
    starts = [1, *sorted(cuts)]
    ends = [*(start - 1 for start in starts[1:]), 100]
    views = [
        view(start, end, "XY"[place % 2], BANK if place == 1 else "", secured)
        for place, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]
    payments = [payment(amount, index) for index, amount in enumerate(steps, 1)]
    node: Any = Node(views, payments)
    lines = [line for owner in ("X", "Y", BANK) for line in read_lines(node, owner, 0, 9)]
    for index, amount in enumerate(steps, 1):
        parts = [line.amount_fen for line in lines if line.height == index]
        assert amount <= sum(parts) <= amount + len(views)
        assert min(parts) > 0
    assert sum(line.amount_fen for line in lines if line.payee == BANK) <= secured
