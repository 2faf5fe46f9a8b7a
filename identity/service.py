"""The gRPC face of identity: what members read about organisations and keys. Commands go through the ledger's face."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from hefu.v1 import node_pb2 as pb
from identity import views

A = TypeVar("A")


class Read(Protocol):
    """Runs a question elsewhere than on the loop, with a connection that sees one commit."""

    def __call__(self, question: Callable[[Connection], A], /) -> Awaitable[A]:
        """The question's answer."""
        ...


class IdentityService:
    """The methods of IdentityService. None = there is no such thing; MalformedInput names a field of the request."""

    def __init__(self, read: Read) -> None:
        self._read = read

    async def get_organisation(self, request: pb.GetOrganisationRequest, call: object) -> pb.OrganisationView | None:
        """One organisation with its keys."""
        return await self._read(lambda connection: views.get_organisation(connection, request))

    async def list_organisations(self, request: pb.ListOrganisationsRequest, call: object) -> pb.OrganisationPage:
        """A page of organisations, sorted by id."""
        return await self._read(lambda connection: views.list_organisations(connection, request))
