"""The read side of a whole ledger against a scan of its records: every list of vouchers and of members."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from sqlalchemy import select

from hefu.v1 import governance_pb2, identity_pb2, node_pb2, pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from identity import register_views
from identity.views import list_organisations
from ledger.store.paging import Position
from receivables.book_queries import (
    get_quotes,
    get_registration_text,
    list_lines,
    list_receivables,
    read_meant,
)
from receivables.clearing_list import list_clearing
from receivables.queries import list_packages, list_vouchers
from receivables.trace import trace_package
from receivables.view_tables import flow_rows
from tests.support.scans import (
    OWED_STAGES,
    Snapshot,
    expect_clearing,
    expect_lines,
    expect_packages,
    expect_quotes,
    expect_receivables,
    expect_registration_text,
    expect_vouchers,
    parse_range,
    scan,
    scan_vouchers,
)
from tests.support.whole_ledger import WholeLedger
from tests.unit.receivables.world import PAYER

NO_TRADES = {pb.REPURCHASE, pb.REASSIGN, pb.ENFORCE, pb.SUCCEED}
"""What moves a range and is no trade, so no flow."""


def take_snapshot(ledger: WholeLedger) -> Snapshot:
    """The records of the newest block, at its time."""
    head = ledger.application.head
    return Position(head.height, head.time_ms), ledger.records


def check_vouchers(ledger: WholeLedger, *requests: node_pb2.ListVouchersRequest) -> None:
    """Ranges and packages."""
    connection, snapshot = ledger.connection, take_snapshot(ledger)
    for request in (node_pb2.ListVouchersRequest(page_size=500), *requests):
        assert list(list_vouchers(connection, request).vouchers) == expect_vouchers(snapshot, request)
    packages = node_pb2.ListPackagesRequest(page_size=500)
    assert list(list_packages(connection, packages).packages) == expect_packages(snapshot, packages)


def check_books(ledger: WholeLedger) -> None:
    """Lines, receivables, quotes and the clearing lists of all banks and packages."""
    connection, snapshot = ledger.connection, take_snapshot(ledger)
    lines = node_pb2.ListLinesRequest(page_size=500)
    assert list(list_lines(connection, lines).lines) == expect_lines(snapshot, lines)
    receivables = node_pb2.ListReceivablesRequest(page_size=500)
    assert list(list_receivables(connection, receivables).receivables) == expect_receivables(snapshot, receivables)
    for name, expected in expect_quotes(snapshot).items():
        assert get_quotes(connection, node_pb2.GetQuotesRequest(voucher=parse_range(name))) == expected
    packages = scan(snapshot, pb.Package, "package/")
    asked = [node_pb2.ListClearingRequest(package=name, page_size=500) for name in packages]
    for day in sorted({package.due_on for package in packages.values()})[:3]:
        asked.append(node_pb2.ListClearingRequest(paying_bank=PAYER, on=day, page_size=500))
    for clearing in asked:
        assert list(list_clearing(connection, clearing).lines) == expect_clearing(snapshot, clearing)


def check_one_by_one(ledger: WholeLedger) -> None:
    """What is asked of one package, or of one range."""
    connection, snapshot = ledger.connection, take_snapshot(ledger)
    for view in expect_packages(snapshot, node_pb2.ListPackagesRequest()):
        trace = trace_package(connection, node_pb2.TracePackageRequest(package=view.id))
        assert trace is not None
        assert trace.package == view
        assert trace.sum_fen == (view.package.face_fen if view.package.stage in OWED_STAGES else 0)
        if NO_TRADES.isdisjoint(step.kind for step in trace.steps):
            _check_flows(ledger, view.id, [(found.voucher, found.state.holder) for found in trace.vouchers])
    for ref, state in scan_vouchers(snapshot[1], snapshot[0].time_ms):
        text = get_registration_text(connection, node_pb2.GetRegistrationTextRequest(voucher=ref))
        assert text == expect_registration_text(snapshot, ref, state)
    for prefix, message in (("totals/issuer/", pb.IssuerTotals), ("totals/lender/", pledges_pb2.LenderTotals)):
        for name, expected in scan(snapshot, message, prefix).items():
            assert read_meant(connection, prefix + name, message, snapshot[0]) == expected


def _check_flows(ledger: WholeLedger, package: str, holders: list[tuple[pb.VoucherRef, str]]) -> None:
    """The last flow of each range of a package brought it to its holder."""
    query = select(flow_rows).where(flow_rows.c.package == package, flow_rows.c.kind != pb.SPLIT)
    flows = ledger.connection.execute(query.order_by(flow_rows.c.leaf_index, flow_rows.c.place)).all()
    for ref, holder in holders:
        over = [row for row in flows if not row.range_start or row.range_start <= ref.start <= row.range_end]
        assert over[-1].receiver == holder
        assert all(left.receiver == right.giver for left, right in pairwise(over))


def check_members(ledger: WholeLedger) -> None:
    """Organisations, proposals, authorities, re-enrolments, mandates and credentials."""
    connection, snapshot = ledger.connection, take_snapshot(ledger)
    page = list_organisations(connection, node_pb2.ListOrganisationsRequest(page_size=500))
    found = {view.id: view.organisation for view in page.organisations}
    assert found == scan(snapshot, identity_pb2.Organisation, "organisation/")
    for prefix, message, told in _list_registers(ledger):
        assert told == scan(snapshot, message, prefix)


def _list_registers(ledger: WholeLedger) -> Iterator[tuple[str, type[Any], dict[str, Any]]]:
    connection, api = ledger.connection, governance_pb2
    proposals = register_views.list_proposals(connection, api.ListProposalsRequest(page_size=500)).proposals
    yield "proposal/", identity_pb2.Proposal, {view.id: view.proposal for view in proposals}
    yield "change/", identity_pb2.GovernedChange, {view.id: view.change for view in proposals}
    authorities = register_views.list_authorities(connection, api.ListAuthoritiesRequest(page_size=500)).authorities
    yield "authority/", identity_pb2.Authority, {view.fingerprint.hex(): view.authority for view in authorities}
    noticed = register_views.list_reenrolments(connection, api.ListReenrolmentsRequest(page_size=500)).reenrolments
    yield "reenrolment/", identity_pb2.Reenrolment, {view.organisation: view.reenrolment for view in noticed}
    mandates = register_views.list_mandates(connection, api.ListMandatesRequest(page_size=500)).mandates
    yield "mandate/", identity_pb2.Mandate, {f"{view.principal}/{view.agent}": view.mandate for view in mandates}
    credentials = register_views.list_credentials(connection, api.ListCredentialsRequest(page_size=500)).credentials
    yield "credential/", identity_pb2.Credential, {_name(view.credential): view.state for view in credentials}


def _name(ref: identity_pb2.CredentialRef) -> str:
    parts = [ref.subject, str(ref.kind), ref.issuer]
    return "/".join([*parts, ref.person.hex()] if ref.person else parts)
