"""The gRPC face of governance and of the registers: what members read. Commands go through the ledger's face."""

from hefu.v1 import governance_pb2 as pb
from identity import register_views as views
from identity.service import Read


class GovernanceService:
    """The methods of GovernanceService. None = there is no such thing; MalformedInput names a field of the request."""

    def __init__(self, read: Read) -> None:
        self._read = read

    async def get_electorate(self, request: pb.GetElectorateRequest, call: object) -> pb.ElectorateView:
        """Who votes, and the rulebook of identity."""
        return await self._read(views.get_electorate)

    async def get_proposal(self, request: pb.GetProposalRequest, call: object) -> pb.ProposalView | None:
        """One proposal with its change."""
        return await self._read(lambda connection: views.get_proposal(connection, request))

    async def list_proposals(self, request: pb.ListProposalsRequest, call: object) -> pb.ProposalPage:
        """A page of proposals, sorted by id."""
        return await self._read(lambda connection: views.list_proposals(connection, request))

    async def list_authorities(self, request: pb.ListAuthoritiesRequest, call: object) -> pb.AuthorityPage:
        """A page of certificate authorities, sorted by fingerprint."""
        return await self._read(lambda connection: views.list_authorities(connection, request))

    async def list_mandates(self, request: pb.ListMandatesRequest, call: object) -> pb.MandatePage:
        """A page of mandates, sorted by principal and agent."""
        return await self._read(lambda connection: views.list_mandates(connection, request))

    async def list_credentials(self, request: pb.ListCredentialsRequest, call: object) -> pb.CredentialPage:
        """A page of credentials, sorted by subject, kind, issuer and person."""
        return await self._read(lambda connection: views.list_credentials(connection, request))

    async def list_reenrolments(self, request: pb.ListReenrolmentsRequest, call: object) -> pb.ReenrolmentPage:
        """A page of the last re-enrolments, sorted by organisation."""
        return await self._read(lambda connection: views.list_reenrolments(connection, request))
