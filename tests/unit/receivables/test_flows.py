from typing import Any

import pytest

from hefu.v1 import receivables_pb2 as pb
from receivables.flows import FlowReader

REF = pb.VoucherRef(package="P", start=1, end=100)


def read(kind, replaced=None, **fields):
    values: dict[str, Any] = {"voucher": REF, "actor": "ACTOR", "counterparty": "OTHER", "amount_fen": 9}
    event = pb.VoucherEvent(**(values | fields))
    found = FlowReader(lambda _: replaced).read(kind, event)
    return None if found is None else (found.giver, found.receiver, found.amount_fen)


@pytest.mark.parametrize(
    ("kind", "fields", "flow"),
    [
        (pb.ACCEPT_ISSUE, {}, ("OTHER", "ACTOR", 9)),
        (pb.ACCEPT_TRANSFER, {}, ("OTHER", "ACTOR", 9)),
        (pb.ACCEPT_BASKET, {}, ("OTHER", "ACTOR", 9)),
        (pb.CONFIRM_RECEIVABLE, {}, ("ACTOR", "OTHER", 9)),
        (pb.PAY_OUT, {"form": pb.SALE_WITH_RECOURSE}, ("OTHER", "ACTOR", 9)),
        (pb.PAY_OUT, {"form": pb.PLEDGE}, None),
        (pb.SPLIT, {}, ("ACTOR", "ACTOR", 9)),
        (pb.TRANSFER, {}, None),
        (pb.CONFIRM_TRADE, {"amount_fen": 0}, None),
    ],
)
def test_each_event_tells_its_flow(kind, fields, flow):
    assert read(kind, **fields) == flow


def test_a_trade_is_told_by_the_lock_that_the_block_replaced():
    locked = pb.Voucher(holder="HOLDER", lock=pb.Lock(counterparty="SELLER"))
    assert read(pb.CONFIRM_TRADE, locked) == ("HOLDER", "SELLER", 9)


def test_a_trade_of_one_block_is_told_by_its_request():
    reader = FlowReader(lambda _: None)
    assert reader.read(pb.CONDITIONAL_TRANSFER, pb.VoucherEvent(voucher=REF, actor="H", counterparty="S")) is None
    flow = reader.read(pb.CONFIRM_TRADE, pb.VoucherEvent(voucher=REF, actor="B", counterparty="S", amount_fen=9))
    assert flow is not None
    assert (flow.giver, flow.receiver) == ("H", "S")
