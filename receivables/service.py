"""The gRPC face of vouchers: what members read of them. Commands go through the ledger's face."""

from typing import TypeVar

from google.protobuf.message import Message
from sqlalchemy import Connection

from hefu.v1 import node_pb2 as pb
from hefu.v1 import pledges_pb2, receivables_pb2
from identity.rules import is_organisation_id
from identity.service import Read
from ledger.errors import MalformedInput
from ledger.store.paging import read_position
from pledges.records import compute_lender_totals_key
from receivables import alerts, book_queries, clearing_list, queries, trace
from receivables.records import compute_issuer_totals_key

M = TypeVar("M", bound=Message)


class VoucherService:
    """The methods of VoucherService. None = there is no such thing; MalformedInput names a field of the request."""

    def __init__(self, read: Read) -> None:
        self._read = read

    async def get_package(self, request: pb.GetPackageRequest, call: object) -> pb.PackageView | None:
        """A package as it is meant now."""
        return await self._read(lambda connection: queries.get_package(connection, request))

    async def get_voucher(self, request: pb.GetVoucherRequest, call: object) -> pb.VoucherView | None:
        """A range as it is meant now, with its claim."""
        return await self._read(lambda connection: queries.get_voucher(connection, request))

    async def list_vouchers(self, request: pb.ListVouchersRequest, call: object) -> pb.VoucherPage:
        """A page of ranges; the cursor keeps the height of the first one."""
        return await self._read(lambda connection: queries.list_vouchers(connection, request))

    async def list_packages(self, request: pb.ListPackagesRequest, call: object) -> pb.PackagePage:
        """A page of packages; the cursor keeps the height of the first one."""
        return await self._read(lambda connection: queries.list_packages(connection, request))

    async def trace_voucher(self, request: pb.TraceVoucherRequest, call: object) -> pb.VoucherTrace | None:
        """From a range back to its package."""
        return await self._read(lambda connection: trace.trace_voucher(connection, request))

    async def trace_package(self, request: pb.TracePackageRequest, call: object) -> pb.PackageTrace | None:
        """The ranges of a package and everything that happened to it."""
        return await self._read(lambda connection: trace.trace_package(connection, request))

    async def get_issuer_totals(self, request: pb.GetTotalsRequest, call: object) -> receivables_pb2.IssuerTotals:
        """What an issuer accepted and owes; zeroes where it never issued."""
        key = compute_issuer_totals_key(_check_organisation(request))
        return await self._read(lambda connection: _read_meant(connection, key, receivables_pb2.IssuerTotals))

    async def get_lender_totals(self, request: pb.GetTotalsRequest, call: object) -> pledges_pb2.LenderTotals:
        """What claims a lender holds; zeroes where it holds none."""
        key = compute_lender_totals_key(_check_organisation(request))
        return await self._read(lambda connection: _read_meant(connection, key, pledges_pb2.LenderTotals))

    async def get_line(self, request: pb.GetLineRequest, call: object) -> pb.LineView | None:
        """A line, and what is free of it."""
        return await self._read(lambda connection: book_queries.get_line(connection, request))

    async def list_lines(self, request: pb.ListLinesRequest, call: object) -> pb.LinePage:
        """A page of lines."""
        return await self._read(lambda connection: book_queries.list_lines(connection, request))

    async def get_quotes(self, request: pb.GetQuotesRequest, call: object) -> pb.QuotesView | None:
        """The newest ask for quotes on a range."""
        return await self._read(lambda connection: book_queries.get_quotes(connection, request))

    async def list_clearing(self, request: pb.ListClearingRequest, call: object) -> pb.ClearingPage:
        """A page of the clearing list; the cursor keeps the height of the first one."""
        return await self._read(lambda connection: clearing_list.list_clearing(connection, request))

    async def list_receivables(self, request: pb.ListReceivablesRequest, call: object) -> pb.ReceivablePage:
        """A page of receivables that were to be confirmed."""
        return await self._read(lambda connection: book_queries.list_receivables(connection, request))

    async def get_registration_text(
        self, request: pb.GetRegistrationTextRequest, call: object
    ) -> pb.RegistrationText | None:
        """What a bank files for a range."""
        return await self._read(lambda connection: book_queries.get_registration_text(connection, request))

    async def list_alerts(self, request: pb.ListAlertsRequest, call: object) -> pb.AlertPage:
        """A page of patterns that somebody should look at."""
        return await self._read(lambda connection: alerts.list_alerts(connection, request))


def _check_organisation(request: pb.GetTotalsRequest) -> str:
    if not is_organisation_id(request.organisation):
        raise MalformedInput("a USCC or an LEI", "organisation")
    return request.organisation


def _read_meant(connection: Connection, key: str, message: type[M]) -> M:
    return book_queries.read_meant(connection, key, message, read_position(connection)) or message()
