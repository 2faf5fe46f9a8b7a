"""The client library: what the command line, the demo and the bench use to talk to a node.

- `builder`: commands into a body, a body into signed bytes. Pure but for the nonce; no network, no gRPC.
- `channel.AsyncClient`, over grpc.aio; `blocking.Client`, the same one call after the other.
- `peers`: the nodes of its list, and what each has shown; `search`: one call's way through them.
- `stream`: many transactions, in batches, answered in their order, across lost connections.
- `consent`: what a signer asked for, and whether what lies before it is that.
- `inbox.Inbox`: the approval inbox of a node, in the name of a key.
- `errors`: `Refused` (numbered), `Unreachable`, `Undecided`, `OtherNetwork`, `CallFailed`.

A transaction is signed once. What is sent again after a lost connection, to the same node or to another of the list,
are the same bytes, so it happens at most once: a node answers an id that the ledger knows with the first outcome. Not
here: key files (nodes.keys), the terminal (nodes.cli).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nodes.client.blocking import Client
    from nodes.client.builder import Draft, add_signatures, build_body, find_kind, find_message, kind_name, sign_drafts
    from nodes.client.channel import AsyncClient
    from nodes.client.errors import CallFailed, OtherNetwork, Refused, Undecided, Unreachable

__all__ = [
    "AsyncClient",
    "CallFailed",
    "Client",
    "Draft",
    "OtherNetwork",
    "Refused",
    "Undecided",
    "Unreachable",
    "add_signatures",
    "build_body",
    "find_kind",
    "find_message",
    "kind_name",
    "sign_drafts",
]
_PLACES = {"AsyncClient": "channel", "Client": "blocking"}
_PLACES |= dict.fromkeys(("CallFailed", "OtherNetwork", "Refused", "Undecided", "Unreachable"), "errors")


def __getattr__(name: str) -> Any:
    """A name of this package, imported when it is first used: whoever only builds transactions loads no gRPC."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES.get(name, 'builder')}"), name)
