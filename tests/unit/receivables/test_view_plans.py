"""Whatever a query of vouchers asks of the database is found by an index, on both kinds of database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import ClauseElement, Connection, event

from hefu.v1 import identity_pb2, node_pb2, pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.rules import compute_civil_day
from ledger.store.dialect import is_postgresql
from ledger.store.paging import Position, encode_cursor
from receivables import alerts, book_queries, clearing_list, queries, trace
from receivables.views import ReceivablesView
from tests.support.databases import explain
from tests.support.view_world import NOW_MS, RULEBOOK, ViewWorld, make_organisation, make_record, make_uscc

ISSUER, PAYEE, BANK = (make_uscc(number) for number in range(1, 4))
TODAY = compute_civil_day(NOW_MS)
PACKAGE, LINE = f"{ISSUER}.A", f"{BANK}.L-1"
REF = pb.VoucherRef(package=PACKAGE, start=1, end=100)
MONDAY = TODAY + (4 - TODAY) % 7  # day 0 was a Thursday


@pytest.fixture
def world(database_url):
    made = ViewWorld(database_url, [ReceivablesView()], RULEBOOK)
    voucher = pb.Voucher(holder=PAYEE, stage=pb.LIVE, circulation=pb.CIRCULATING, asked_at_ms=1)
    package = pb.Package(
        issuer=ISSUER, payee=PAYEE, face_fen=100, due_on=MONDAY, stage=pb.PACKAGE_LIVE, paying_bank=BANK
    )
    accepted = pb.VoucherEvent(voucher=REF, actor=PAYEE, counterparty=ISSUER, amount_fen=100)
    made.write_block(
        {
            f"package/{PACKAGE}": make_record(package),
            f"voucher/{PACKAGE}/1-100": make_record(voucher),
            f"claim/voucher:{PACKAGE}/1-100": make_record(pledges_pb2.Claim(pledgee=BANK, secured_fen=9)),
            f"quotes/{PACKAGE}/1-100": make_record(pb.QuoteRound(asked_at_ms=1)),
            f"line/{LINE}": make_record(pb.Line(grantor=BANK, holder=ISSUER)),
            f"receivable/{PAYEE}.R": make_record(pb.Receivable(creditor=PAYEE, debtor=ISSUER, stage=pb.ASKED)),
            **{f"organisation/{one}": make_record(make_organisation(one, identity_pb2.BANK)) for one in MEMBERS},
        },
        [(pb.ACCEPT_ISSUE, accepted)],
    )
    yield made
    made.close()


MEMBERS = (ISSUER, PAYEE, BANK)


@contextmanager
def listening(connection: Connection) -> Iterator[list[ClauseElement]]:
    """The queries that are asked meanwhile."""
    asked: list[ClauseElement] = []

    def note(_: Connection, query: Any, *others: object) -> None:
        if isinstance(query, ClauseElement):
            asked.append(query)

    event.listen(connection, "before_execute", note)
    try:
        yield asked
    finally:
        event.remove(connection, "before_execute", note)


def find_plans(connection: Connection, ask: Any, request: Any) -> str:
    """How all that is asked is found. AssertionError where a table is read whole."""
    with listening(connection) as asked:
        assert ask(connection, request)
    plans = [line for query in asked for line in explain(connection, query)]
    connection.rollback()
    return "\n".join(plans)


def ask_one(message: Any, **fields: Any) -> Any:
    return message(page_size=1, **fields)


LISTS = [
    (book_queries.list_lines, ask_one(node_pb2.ListLinesRequest, grantor=BANK), "line_rows_grantor"),
    (book_queries.list_lines, ask_one(node_pb2.ListLinesRequest, holder=ISSUER), "line_rows_holder"),
    (book_queries.list_lines, ask_one(node_pb2.ListLinesRequest, group=LINE), "line_rows_group"),
    (
        book_queries.list_receivables,
        ask_one(node_pb2.ListReceivablesRequest, creditor=PAYEE),
        "receivable_rows_creditor",
    ),
    (book_queries.list_receivables, ask_one(node_pb2.ListReceivablesRequest, debtor=ISSUER), "receivable_rows_debtor"),
    (
        clearing_list.list_clearing,
        ask_one(node_pb2.ListClearingRequest, paying_bank=BANK, on=MONDAY),
        "package_rows_due_on",
    ),
    (queries.list_packages, ask_one(node_pb2.ListPackagesRequest, payee=PAYEE), "package_rows_payee"),
    (queries.list_packages, ask_one(node_pb2.ListPackagesRequest, due_from=MONDAY, due_to=MONDAY), "due_on"),
]


@pytest.mark.parametrize(("ask", "request_", "index"), LISTS)
def test_a_list_uses_the_index_of_its_filter(world, ask, request_, index):
    assert index in find_plans(world.connection, ask, request_)


@pytest.mark.parametrize(
    ("ask", "request_"),
    [
        (clearing_list.list_clearing, node_pb2.ListClearingRequest(package=PACKAGE)),
        (queries.get_package, node_pb2.GetPackageRequest(package=PACKAGE)),
        (queries.get_voucher, node_pb2.GetVoucherRequest(voucher=REF)),
        (queries.list_vouchers, node_pb2.ListVouchersRequest(package=PACKAGE)),
        (trace.trace_package, node_pb2.TracePackageRequest(package=PACKAGE)),
        (trace.trace_voucher, node_pb2.TraceVoucherRequest(voucher=REF)),
        (book_queries.get_quotes, node_pb2.GetQuotesRequest(voucher=REF)),
        (book_queries.get_registration_text, node_pb2.GetRegistrationTextRequest(voucher=REF)),
    ],
)
def test_what_is_asked_of_one_thing_is_found_without_a_scan(world, ask, request_):
    assert find_plans(world.connection, ask, request_)


def test_a_list_of_an_older_height_is_found_without_a_scan(world):
    older = Position(*world.heads[-1])
    world.write_block({f"package/{PACKAGE}": make_record(pb.Package(issuer=ISSUER, payee=PAYEE, face_fen=100))})
    place = f"{ISSUER}.-".encode()
    requests: list[tuple[Any, Any, bytes]] = [
        (queries.list_packages, node_pb2.ListPackagesRequest(payee=PAYEE), place),
        (queries.list_vouchers, node_pb2.ListVouchersRequest(holder=PAYEE), place + bytes(8)),
        (clearing_list.list_clearing, node_pb2.ListClearingRequest(package=PACKAGE), place + bytes(8)),
    ]
    for ask, request, after in requests:
        request.cursor = encode_cursor(request, older, after)
        assert find_plans(world.connection, ask, request)


def test_the_flows_of_a_period_are_found_by_their_day(world):
    """Claims and groups of lines are read whole beside them, since a share is one of everything."""
    period = node_pb2.ListAlertsRequest(from_on=TODAY, to_on=TODAY, kind=node_pb2.PASS_THROUGH)
    plans = find_plans(world.connection, alerts.list_alerts, period)
    where = "flow_rows_day" if is_postgresql(world.connection) else "INDEX flow_rows_day"
    assert where in plans
