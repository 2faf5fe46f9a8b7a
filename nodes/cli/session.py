"""One command's keys and node: opened when first asked for, closed at the end."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from nodes.cli.files import read_bytes
from nodes.cli.keyring import open_keys
from nodes.cli.values import BadValue, parse_deadline_ms, parse_organisation
from nodes.client.builder import Draft
from nodes.keys import Key

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from hefu.v1 import ledger_pb2, node_pb2
    from nodes.client.blocking import Client

TRUST = "HEFU_TRUST"
"""Names the trust file of the network that is signed for."""


class Session:
    """What a command that writes may ask: who acts, what time it is at the node, and the node itself."""

    def __init__(
        self,
        client: "Client",
        paths: Sequence[Path] = (),
        passphrase_file: Path | None = None,
        actor: str | None = None,
        principal: str | None = None,
    ) -> None:
        self.client = client
        self._paths = paths
        self._passphrase_file = passphrase_file
        self._signing = None if actor is None else parse_organisation(actor)
        self._principal = None if principal is None else parse_organisation(principal)

    @cached_property
    def keys(self) -> list[Key]:
        """The keys that sign, opened."""
        return open_keys(self._paths, self._passphrase_file)

    @cached_property
    def status(self) -> "node_pb2.NodeStatus":
        """What the node says of itself, to sign by; asked once."""
        return self.client.signing_status()

    @property
    def actor(self) -> str:
        """The organisation that acts: whom an agent acts for (--for), else --as, else that of the first key."""
        return self._principal or self._signing or self.keys[0].organisation

    @property
    def agent(self) -> str:
        """The organisation that signs for the acting one under its mandate: --as, else that of the first key.

        Empty without --for. BadValue where it is the acting one itself.
        """
        if self._principal is None:
            return ""
        agent = self._signing or self.keys[0].organisation
        if agent == self._principal:
            raise BadValue("--for names another organisation, which has given yours a mandate")
        return agent

    def deadline(self, text: str) -> int:
        """A deadline (ms) from what was typed; spans count from the node's time."""
        return parse_deadline_ms(text, self.status.now_ms)

    def draft(self, payload: "Message", consenting: Sequence[str] = ()) -> Draft:
        """One command of the acting organisation, to which the others consent, each once."""
        return Draft(tuple(dict.fromkeys((self.actor, *consenting))), payload, self.agent)


@contextmanager
def connect(target: str) -> Iterator["Client"]:
    """A client of the node at host:port, or of several with commas between."""
    # gRPC's own lines on stderr would stand beside our one.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    from nodes.client.blocking import Client
    from nodes.client.peers import split_targets

    nodes = split_targets(target)
    for node in nodes:
        _refuse_no_node(node)
    if len(set(nodes)) < len(nodes):
        raise BadValue(f"“{target}” names a node twice")
    with Client(target, trust=_read_trust(os.environ.get(TRUST, ""))) as client:
        yield client


def _refuse_no_node(node: str) -> None:
    host, colon, port = node.rpartition(":")
    if not (colon and host and node.isascii() and port.isdigit() and 0 < int(port[:6]) < 65_536):
        raise BadValue(f"“{node}” is no node: HOST:PORT, like 127.0.0.1:7310")


def _read_trust(name: str) -> "ledger_pb2.TrustFile | None":
    """The trust file that the environment names, if it names one."""
    from ledger.verify_forms import MAX_FILE_BYTES, parse_trust

    return parse_trust(read_bytes(Path(name), "trust file", MAX_FILE_BYTES)) if name else None
