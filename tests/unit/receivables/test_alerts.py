from typing import Any

import pytest

from hefu.v1 import node_pb2, pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.rules import compute_civil_day
from ledger.errors import InvariantViolation, MalformedInput
from ledger.store.paging import Position, encode_cursor
from receivables import alerts
from receivables.records import RULES_KEY
from receivables.views import ReceivablesView
from tests.support.view_world import NOW_MS, RULEBOOK, ViewWorld, make_record, make_uscc

A, B, C, D, LENDER, *MANY = (make_uscc(number) for number in range(1, 16))
TODAY = compute_civil_day(NOW_MS)
GROUP = f"{LENDER}.G"


@pytest.fixture
def world(database_url):
    rulebook = RULEBOOK | {RULES_KEY: make_record(pb.VoucherRules(min_piece_fen=100))}
    made = ViewWorld(database_url, [ReceivablesView()], rulebook)
    yield made
    made.close()


def flow(giver, receiver, amount=1000, package="P", kind=pb.ACCEPT_TRANSFER, form=0):
    name = f"{A}.{package}"
    ref = pb.VoucherRef(package=name, start=1, end=amount)
    actor, other = (giver, receiver) if kind == pb.SPLIT else (receiver, giver)
    return kind, pb.VoucherEvent(voucher=ref, actor=actor, counterparty=other, amount_fen=amount, form=form)


def put(world, *steps):
    packages = {f"package/{event.voucher.package}" for _, event in steps}
    record = make_record(pb.Package(issuer=A, payee=B, face_fen=10**6, due_on=TODAY, stage=pb.PACKAGE_LIVE))
    world.write_block(dict.fromkeys(packages, record), steps)


def ask(world, **filters):
    return alerts.list_alerts(
        world.connection, node_pb2.ListAlertsRequest(**({"from_on": TODAY - 5, "to_on": TODAY + 5} | filters))
    )


def find(world, kind, **filters):
    return list(ask(world, kind=kind, **filters).alerts)


@pytest.mark.parametrize(
    "steps",
    [
        [flow(B, B, 10_000, kind=pb.SPLIT)] * 41,
        [flow(B, who, 10_000) for who in MANY[:8]],
        [flow(B, C, 105)] * 8,
    ],
)
def test_a_package_in_many_pieces_is_told(world, steps):
    put(world, *steps)
    (alert,) = find(world, node_pb2.ABNORMAL_SPLITTING)
    assert (list(alert.organisations), list(alert.packages), alert.count) == ([B], [f"{A}.P"], len(steps))
    assert alert.amount_fen == sum(event.amount_fen for _, event in steps)


def test_a_package_in_few_pieces_is_not(world):
    put(world, *[flow(B, B, 10_000, kind=pb.SPLIT)] * 40, *[flow(B, C, 106)] * 8, *[flow(B, D, 105)] * 7)
    assert find(world, node_pb2.ABNORMAL_SPLITTING) == []


def test_a_circle_is_told_once_and_double_in_one_package(world):
    put(world, flow(B, C), flow(C, D, 600), flow(D, B, 500), flow(B, C, 900, "Q"))
    (alert,) = find(world, node_pb2.CIRCULAR_TRADE)
    assert (list(alert.organisations), alert.amount_fen, alert.count) == ([B, C, D], 500, 2)
    assert find(world, node_pb2.CIRCULAR_TRADE, organisation=LENDER) == []
    assert find(world, node_pb2.CIRCULAR_TRADE, organisation=C) == [alert]


@pytest.mark.parametrize(
    "steps",
    [
        [flow(C, B), flow(B, C)][:1],
        [flow(B, C), flow(C, B, 499)],
        [flow(B, C), flow(C, D), flow(D, LENDER), flow(LENDER, MANY[0]), flow(MANY[0], B)],
    ],
)
def test_what_does_not_come_back_is_no_circle(world, steps):
    put(world, *steps)
    assert find(world, node_pb2.CIRCULAR_TRADE) == []


def test_too_many_paths_are_refused_and_not_cut_short(world, monkeypatch):
    put(world, flow(B, C), flow(C, B))
    monkeypatch.setattr(alerts, "MAX_STEPS", 0)
    with pytest.raises(MalformedInput):
        find(world, node_pb2.CIRCULAR_TRADE)


def test_too_many_flows_are_refused_and_not_cut_short(world, monkeypatch):
    put(world, flow(B, C), flow(C, B))
    monkeypatch.setattr(alerts, "MAX_FLOWS", 1)
    with pytest.raises(MalformedInput):
        ask(world)


@pytest.mark.parametrize("how", ["declared", "declared back", "one group", "its head"])
def test_what_goes_between_related_parties_is_told(world, how):
    put(world, flow(B, C), flow(C, B, 10), flow(C, D))
    line = pb.Line(grantor=LENDER, holder=B, group=GROUP)
    head = pb.Line(grantor=LENDER, holder=C if how == "its head" else LENDER)
    other = pb.Line(grantor=LENDER, holder=C, group=GROUP)
    declared = [(f"related/{B}", pb.RelatedParties(organisations=[C]))]
    said: dict[str, list[tuple[str, Any]]] = {
        "declared": declared,
        "declared back": [(f"related/{C}", pb.RelatedParties(organisations=[B]))],
        "one group": [(f"line/{GROUP}", head), (f"line/{LENDER}.1", line), (f"line/{LENDER}.2", other)],
        "its head": [(f"line/{GROUP}", head), (f"line/{LENDER}.1", line)],
    }
    world.write_block({key: make_record(message) for key, message in said[how]})
    (alert,) = find(world, node_pb2.RELATED_PARTIES)
    assert (set(alert.organisations), alert.amount_fen, alert.count) == ({B, C}, 1010, 2)


def test_an_issuer_with_one_supplier_is_told(world):
    first = [flow(A, B, 100, f"P{number}", pb.ACCEPT_ISSUE) for number in range(4)]
    put(world, *first)
    assert find(world, node_pb2.CONCENTRATION) == []
    put(world, flow(A, C, 100, "Q", pb.ACCEPT_ISSUE))
    (alert,) = find(world, node_pb2.CONCENTRATION)
    assert (list(alert.organisations), alert.share_ppm, alert.count) == ([A, B], 800_000, 4)


def test_a_lender_with_one_issuer_is_told(world):
    claim = make_record(pledges_pb2.Claim(pledgee=LENDER, secured_fen=100))
    held = make_record(pb.Voucher(holder=LENDER, stage=pb.LIVE, circulation=pb.CIRCULATING))
    put(world, flow(B, LENDER, 1, "P4", pb.PAY_OUT, pb.SALE_WITH_RECOURSE))
    world.write_block(
        {f"claim/voucher:{A}.P{number}/1-100": claim for number in range(4)} | {f"voucher/{A}.P4/1-100": held}
    )
    (alert,) = find(world, node_pb2.CONCENTRATION)
    assert (list(alert.organisations), alert.amount_fen, alert.share_ppm) == ([LENDER, A], 500, 1_000_000)


def test_who_passes_on_at_once_is_told(world):
    for number in range(5):
        put(world, flow(A, B, 1000, f"P{number}", pb.ACCEPT_ISSUE), flow(B, C, 900, f"P{number}"))
    (alert,) = find(world, node_pb2.PASS_THROUGH)
    assert (list(alert.organisations), alert.amount_fen, alert.count) == ([B], 5000, 5)


def test_who_sells_to_a_bank_passes_nothing_on(world):
    for number in range(5):
        put(world, flow(A, B, 1000, f"P{number}", pb.ACCEPT_ISSUE), flow(B, LENDER, 1000, f"P{number}", pb.PAY_OUT, 1))
    assert find(world, node_pb2.PASS_THROUGH) == []


def test_alerts_come_by_pages_of_the_same_flows(world):
    put(world, flow(B, C), flow(C, B), flow(C, D), flow(D, C))
    request = node_pb2.ListAlertsRequest(from_on=TODAY, to_on=TODAY, kind=node_pb2.CIRCULAR_TRADE, page_size=1)
    seen = []
    for _ in range(3):
        page = alerts.list_alerts(world.connection, request)
        seen.append([list(alert.organisations) for alert in page.alerts])
        if not page.next_cursor:
            break
        request.cursor = page.next_cursor
        put(world, flow(B, D, 10**6), flow(D, B, 10**6))
    assert seen == [[[B, C]], [[C, D]]]


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        ({"from_on": TODAY, "to_on": TODAY - 1}, "to_on"), ({"from_on": TODAY, "to_on": TODAY + 400}, "to_on"),
        ({"kind": 9}, "kind"), ({"organisation": "x"}, "organisation"), ({"page_size": 501}, "page_size"),
    ],
)  # fmt: skip
def test_a_filter_that_can_name_nothing_is_malformed(world, filters, field):
    with pytest.raises(MalformedInput) as caught:
        ask(world, **filters)
    assert caught.value.field == field


def test_a_forged_place_is_malformed(world):
    request = node_pb2.ListAlertsRequest(from_on=TODAY, to_on=TODAY)
    request.cursor = encode_cursor(request, Position(0, NOW_MS), b"x")
    with pytest.raises(MalformedInput):
        alerts.list_alerts(world.connection, request)


def test_a_flow_without_its_package_is_our_bug(world):
    world.write_block({}, [flow(B, C, 105)] * 8)
    with pytest.raises(InvariantViolation):
        find(world, node_pb2.ABNORMAL_SPLITTING)
