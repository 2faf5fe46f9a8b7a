"""The gRPC face of vouchers: what members read of them. Commands go through the ledger's face."""

from typing import TypeVar

from google.protobuf.message import Message
from sqlalchemy import Connection

from hefu.v1 import node_pb2 as pb
from hefu.v1 import pledges_pb2, receivables_pb2
from identity.rules import is_organisation_id
from identity.service import Read
from ledger.context import Record
from ledger.errors import MalformedInput
from ledger.merkle.verify_state import hash_key
from ledger.store.paging import read_position
from ledger.store.state_rows import read_record
from pledges.records import compute_lender_totals_key
from receivables import queries, trace
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


def _check_organisation(request: pb.GetTotalsRequest) -> str:
    if not is_organisation_id(request.organisation):
        raise MalformedInput("a USCC or an LEI", "organisation")
    return request.organisation


def _read_meant(connection: Connection, key: str, message: type[M]) -> M:
    time_ms = read_position(connection).time_ms
    encoded = read_record(connection, hash_key(key.encode()))
    return message() if encoded is None else message.FromString(Record.decode(encoded).get_meant(time_ms))
