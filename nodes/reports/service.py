"""The gRPC face of the lists for reports."""

from hefu.v1 import reports_pb2 as pb
from identity.service import Read
from nodes.reports import queries


class ReportService:
    """The methods of ReportService. MalformedInput names a field of the request."""

    def __init__(self, read: Read) -> None:
        self._read = read

    async def find_packages(self, request: pb.FindPackagesRequest, call: object) -> pb.FindPackagesAnswer:
        """Which of some packages there are."""
        return await self._read(lambda connection: queries.find_packages(connection, request))

    async def list_issued(self, request: pb.ListIssuedRequest, call: object) -> pb.IssuedPage:
        """A page of an issuer's accepted packages."""
        return await self._read(lambda connection: queries.list_issued(connection, request))

    async def list_claims(self, request: pb.ListClaimsRequest, call: object) -> pb.ClaimPage:
        """A page of a lender's claims."""
        return await self._read(lambda connection: queries.list_claims(connection, request))

    async def list_payments(self, request: pb.ListPaymentsRequest, call: object) -> pb.PaymentPage:
        """A page of the payments of some days."""
        return await self._read(lambda connection: queries.list_payments(connection, request))
