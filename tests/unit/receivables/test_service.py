"""The gRPC face of vouchers answers each call with its query, read on the connection that it is given."""

from typing import Any

import pytest

from hefu.v1 import identity_pb2, node_pb2, pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.rules import compute_civil_day
from ledger.errors import MalformedInput
from receivables import alerts, book_queries, clearing_list, queries, trace
from receivables.service import VoucherService
from receivables.views import ReceivablesView
from tests.support.view_world import NOW_MS, RULEBOOK, ViewWorld, make_organisation, make_record, make_uscc

ISSUER, PAYEE, BANK = (make_uscc(number) for number in range(1, 4))
TODAY = compute_civil_day(NOW_MS)
PACKAGE, LINE = f"{ISSUER}.A", f"{BANK}.L-1"
REF = pb.VoucherRef(package=PACKAGE, start=1, end=100)
VOUCHER = pb.Voucher(holder=PAYEE, stage=pb.LIVE, circulation=pb.CIRCULATING, asked_at_ms=1)
RECORDS = {
    f"package/{PACKAGE}": pb.Package(issuer=ISSUER, payee=PAYEE, face_fen=100, due_on=TODAY, stage=pb.PACKAGE_LIVE),
    f"voucher/{PACKAGE}/1-100": VOUCHER,
    f"claim/voucher:{PACKAGE}/1-100": pledges_pb2.Claim(pledgee=BANK, secured_fen=9),
    f"quotes/{PACKAGE}/1-100": pb.QuoteRound(holder=PAYEE, asked_at_ms=1),
    f"line/{LINE}": pb.Line(grantor=BANK, holder=ISSUER, limit_fen=7),
    f"receivable/{PAYEE}.R": pb.Receivable(creditor=PAYEE, debtor=ISSUER, stage=pb.ASKED),
    f"totals/issuer/{ISSUER}": pb.IssuerTotals(packages=1, face_fen=100, unpaid_fen=100),
    f"totals/lender/{BANK}": pledges_pb2.LenderTotals(claims=1, secured_fen=9),
    **{f"organisation/{one}": make_organisation(one, identity_pb2.BANK) for one in (ISSUER, PAYEE, BANK)},
}
CALLS: dict[str, tuple[Any, Any]] = {
    "get_package": (queries.get_package, node_pb2.GetPackageRequest(package=PACKAGE)),
    "get_voucher": (queries.get_voucher, node_pb2.GetVoucherRequest(voucher=REF)),
    "list_vouchers": (queries.list_vouchers, node_pb2.ListVouchersRequest(holder=PAYEE)),
    "list_packages": (queries.list_packages, node_pb2.ListPackagesRequest(issuer=ISSUER)),
    "trace_voucher": (trace.trace_voucher, node_pb2.TraceVoucherRequest(voucher=REF)),
    "trace_package": (trace.trace_package, node_pb2.TracePackageRequest(package=PACKAGE)),
    "get_line": (book_queries.get_line, node_pb2.GetLineRequest(line=LINE)),
    "list_lines": (book_queries.list_lines, node_pb2.ListLinesRequest(grantor=BANK)),
    "get_quotes": (book_queries.get_quotes, node_pb2.GetQuotesRequest(voucher=REF)),
    "list_clearing": (clearing_list.list_clearing, node_pb2.ListClearingRequest(package=PACKAGE)),
    "list_receivables": (book_queries.list_receivables, node_pb2.ListReceivablesRequest(creditor=PAYEE)),
    "get_registration_text": (
        book_queries.get_registration_text, node_pb2.GetRegistrationTextRequest(voucher=REF),
    ),
    "list_alerts": (alerts.list_alerts, node_pb2.ListAlertsRequest(from_on=TODAY, to_on=TODAY)),
}  # fmt: skip
NOTHING = {
    "get_package": node_pb2.GetPackageRequest(package=f"{ISSUER}.NONE"),
    "get_voucher": node_pb2.GetVoucherRequest(voucher=pb.VoucherRef(package=PACKAGE, start=1, end=9)),
    "trace_voucher": node_pb2.TraceVoucherRequest(voucher=pb.VoucherRef(package=f"{ISSUER}.NONE", start=1, end=9)),
    "trace_package": node_pb2.TracePackageRequest(package=f"{ISSUER}.NONE"),
    "get_line": node_pb2.GetLineRequest(line=f"{BANK}.NONE"),
    "get_quotes": node_pb2.GetQuotesRequest(voucher=pb.VoucherRef(package=PACKAGE, start=1, end=9)),
    "get_registration_text": node_pb2.GetRegistrationTextRequest(voucher=pb.VoucherRef(package=PACKAGE, start=1)),
}


@pytest.fixture
def world(tmp_path):
    made = ViewWorld(f"sqlite:///{tmp_path / 'ledger.db'}", [ReceivablesView()], RULEBOOK)
    made.write_block({key: make_record(message) for key, message in RECORDS.items()})
    yield made
    made.close()


@pytest.fixture
def service(world):
    async def read(query):
        return query(world.connection)

    return VoucherService(read)


@pytest.mark.parametrize("name", CALLS)
async def test_a_call_is_answered_by_its_query(world, service, name):
    query, request = CALLS[name]
    expected = query(world.connection, request)
    assert expected.ByteSize()
    assert await getattr(service, name)(request, None) == expected


@pytest.mark.parametrize("name", NOTHING)
async def test_of_what_there_is_not_nothing_is_answered(service, name):
    assert await getattr(service, name)(NOTHING[name], None) is None


async def test_totals_are_those_of_record_and_zeroes_where_there_is_none(service):
    async def ask(organisation):
        request = node_pb2.GetTotalsRequest(organisation=organisation)
        return await service.get_issuer_totals(request, None), await service.get_lender_totals(request, None)

    assert (await ask(ISSUER))[0] == RECORDS[f"totals/issuer/{ISSUER}"]
    assert (await ask(BANK))[1] == RECORDS[f"totals/lender/{BANK}"]
    assert await ask(PAYEE) == (pb.IssuerTotals(), pledges_pb2.LenderTotals())
    with pytest.raises(MalformedInput) as caught:
        await ask("x")
    assert caught.value.field == "organisation"
