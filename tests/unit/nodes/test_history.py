"""A node that began with a snapshot says what it does not know, and never answers with half of it."""

from types import SimpleNamespace
from typing import Any

import grpc
import pytest

from hefu.v1 import node_pb2, reports_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.rules import compute_civil_day
from ledger.proofs import NotFound
from ledger.store.paging import Position, begin_page, encode_cursor
from ledger.store.port import HistoryNotKept
from nodes.answers import Answers, Failed
from nodes.faces import answer_or_abort
from nodes.ledger_service import _read_transaction
from nodes.reports import queries
from nodes.stopwatch import Stopwatch
from receivables.alerts import list_alerts
from receivables.trace import trace_package, trace_voucher
from receivables.views import ReceivablesView
from tests.simulator.market import make_genesis
from tests.support.view_world import NOW_MS, RULEBOOK, ViewWorld, compute_transaction_id, make_record, make_uscc

ISSUER, PAYEE, SUCCESSOR = (make_uscc(number) for number in range(1, 4))
PACKAGE = f"{ISSUER}.1"
TODAY = compute_civil_day(NOW_MS)
DAY_MS = 86_400_000


@pytest.fixture
def world(database_url):
    """A package that was issued, accepted and taken over; then the node began with a snapshot of block 3."""
    made = ViewWorld(database_url, [ReceivablesView()], {})
    package = pb.Package(
        issuer=ISSUER, payee=PAYEE, face_fen=100, due_on=TODAY + 9, stage=pb.PACKAGE_LIVE, debtor=SUCCESSOR
    )
    voucher = pb.Voucher(holder=PAYEE, stage=pb.LIVE)
    made.write_block({})
    made.write_block({}, [], NOW_MS + 10)
    key = f"voucher/{PACKAGE}/1-100"
    made.write_block(RULEBOOK | {f"package/{PACKAGE}": make_record(package), key: make_record(voucher)})
    made.connection.exec_driver_sql("INSERT INTO restored VALUES (1, 3, 0)")
    told = pb.VoucherEvent(voucher=pb.VoucherRef(package=PACKAGE, start=1, end=100), actor=PAYEE)
    made.write_block({}, [(pb.SPLIT, told)], NOW_MS + 2 * DAY_MS)
    yield made
    made.close()


def test_a_trace_says_where_it_begins(world):
    found = trace_package(world.connection, node_pb2.TracePackageRequest(package=PACKAGE))
    assert found is not None
    assert (found.history_after_height, len(found.steps), found.sum_fen) == (3, 1, 100)
    request = node_pb2.TraceVoucherRequest(voucher=pb.VoucherRef(package=PACKAGE, start=1, end=100))
    traced = trace_voucher(world.connection, request)
    assert traced is not None
    assert traced.history_after_height == 3
    request.voucher.end = 99
    with pytest.raises(HistoryNotKept, match="block 3"):
        trace_voucher(world.connection, request)


def test_who_took_over_a_debt_finds_it(world):
    request = reports_pb2.ListIssuedRequest(issuer=SUCCESSOR)
    assert [issued.id for issued in queries.list_issued(world.connection, request).packages] == [PACKAGE]


def test_no_list_is_of_a_block_before(world):
    request = reports_pb2.ListIssuedRequest(issuer=ISSUER, on=TODAY)
    assert len(queries.list_issued(world.connection, request).packages) == 1
    world.connection.exec_driver_sql("UPDATE restored SET height = 4")
    with pytest.raises(HistoryNotKept, match="block 4"):
        queries.list_issued(world.connection, request)
    cursor = encode_cursor(request, Position(3, NOW_MS + 11), b"")
    with pytest.raises(HistoryNotKept, match="block 4"):
        begin_page(world.connection, request, 9, cursor)
    assert begin_page(world.connection, request, 9, b"").position.height == 4


def test_what_happened_is_listed_from_the_day_after(world):
    organisation = PAYEE
    for day_from, is_known in ((TODAY - 1, False), (TODAY, False), (TODAY + 1, True)):
        payments = reports_pb2.ListPaymentsRequest(organisation=organisation, day_from=day_from, day_to=TODAY + 3)
        alerts = node_pb2.ListAlertsRequest(from_on=day_from, to_on=TODAY + 3)
        if is_known:
            assert queries.list_payments(world.connection, payments).next_index == 0
            assert list_alerts(world.connection, alerts).height == 4
            continue
        with pytest.raises(HistoryNotKept, match="all that happened"):
            queries.list_payments(world.connection, payments)
        with pytest.raises(HistoryNotKept, match="all that happened"):
            list_alerts(world.connection, alerts)


def test_an_unknown_transaction_may_be_an_older_one(world):
    with pytest.raises(NotFound, match="block 3"):
        _read_transaction(world.connection, b"unknown")
    found = _read_transaction(world.connection, compute_transaction_id(4))
    assert found is not None
    world.connection.exec_driver_sql("DELETE FROM restored")
    assert _read_transaction(world.connection, b"unknown") is None


def test_of_a_day_before_the_snapshot_it_does_not_say_that_totals_had_never_changed(world):
    application: Any = SimpleNamespace(head=SimpleNamespace(time_ms=NOW_MS + 2 * DAY_MS))
    store: Any = SimpleNamespace(read_genesis=lambda: make_genesis(False))
    engine: Any = SimpleNamespace(stopped_because="")
    answers = Answers(application, store, world.connection, engine, "log", (b"", b""), Stopwatch())

    def find_status(on):
        request = node_pb2.ProveTotalsRequest(organisation=ISSUER, side=node_pb2.ISSUER_SIDE, on=on)
        with pytest.raises(Failed) as caught:
            answers.answer("ProveTotals", request.SerializeToString())
        return caught.value.status

    days = (TODAY - 400, TODAY - 1, TODAY, TODAY + 1)
    assert [find_status(on) for on in days] == ["OUT_OF_RANGE", "OUT_OF_RANGE", "NOT_FOUND", "NOT_FOUND"]
    world.connection.exec_driver_sql("DELETE FROM restored")
    world.connection.commit()
    assert {find_status(on) for on in days} == {"NOT_FOUND"}


async def test_a_caller_is_told_out_of_range():
    class Call:
        async def abort(self, status, text):
            raise ConnectionAbortedError(f"{status.name} {text}")

    async def ask():
        raise HistoryNotKept("of block 3")

    with pytest.raises(ConnectionAbortedError, match=f"{grpc.StatusCode.OUT_OF_RANGE.name} of block 3"):
        await answer_or_abort(Call(), ask())
