"""Which nodes a network has, where each listens, and where its data directory lies: network.json.

- The door of a node listens on loopback, since callers are not authenticated. The engines find one another by host
  and port. Nodes of one machine get ports of their own; a node with a host of its own gets the first three.
- A port is given for good: what is not named is looked for once, when the network is made.

Readers raise MalformedInput and nothing else.
"""

import ipaddress
import json
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.errors import MalformedInput

NETWORK_FILE, FORMAT = "network.json", "hefu-network-1"
LOOPBACK, ANY_HOST = "127.0.0.1", "0.0.0.0"
DEFAULT_BASE_PORT, LAST_PORT = 7310, 32_767
"""Above them the system gives ports to whoever connects, and could give away a stopped node's."""
PORTS_EACH = 3
MAX_NODES = 100


@dataclass(frozen=True, slots=True)
class NodePlan:
    """One node. `host` and `p2p_port`: where the engines of the others find its own. `http_port`: of its public log."""

    name: str
    host: str
    listen_port: int
    p2p_port: int
    http_port: int
    is_validator: bool

    @property
    def target(self) -> str:
        """Where its door listens, on its own machine."""
        return f"{LOOPBACK}:{self.listen_port}"

    @property
    def http_target(self) -> str:
        """Where it serves its log to everybody, on its own machine."""
        return f"{LOOPBACK}:{self.http_port}"

    @property
    def is_local(self) -> bool:
        """Whether it is on the machine on which the network is made."""
        return is_loopback(self.host)

    @property
    def p2p_listen(self) -> str:
        """Where its engine listens; on a machine of its own, on every address."""
        return join_address(self.host if self.is_local else ANY_HOST, self.p2p_port)

    @property
    def p2p_address(self) -> str:
        """Where the engines of the others find it."""
        return join_address(self.host, self.p2p_port)


def build_plan(
    validators: int, observers: int = 0, hosts: Sequence[str] = (), base_port: int | None = None
) -> list[NodePlan]:
    """The nodes of a new network: validators first. `hosts`: none, or one for each node.

    Raises MalformedInput: no validator, too many nodes, hosts that do not fit, ports that are taken or do not exist.
    """
    count = validators + observers
    if validators < 1 or observers < 0:
        raise MalformedInput("a network has at least one validator", "validators")
    if count > MAX_NODES:
        raise MalformedInput(f"at most {MAX_NODES} nodes are made at once", "validators")
    places = list(hosts) or [LOOPBACK] * count
    if len(places) != count or not all(map(_is_host, places)):
        raise MalformedInput(f"one name or address for each of the {count} nodes", "hosts")
    names = [f"node{i}" for i in range(validators)] + [f"observer{i}" for i in range(observers)]
    offsets = _choose_offsets(places)
    base = _choose_base(base_port, max(offsets) + PORTS_EACH)
    return [
        NodePlan(name, host, base + offset, base + offset + 1, base + offset + 2, i < validators)
        for i, (name, host, offset) in enumerate(zip(names, places, offsets, strict=True))
    ]


def render_plan(nodes: Sequence[NodePlan]) -> bytes:
    """network.json. A node's directory has the node's name, and lies beside the file."""
    plain = [
        {
            "name": node.name, "host": node.host, "listen_port": node.listen_port, "p2p_port": node.p2p_port,
            "http_port": node.http_port, "is_validator": node.is_validator,
        }
        for node in nodes
    ]  # fmt: skip
    return (json.dumps({"format": FORMAT, "nodes": plain}, indent=2) + "\n").encode()


def read_plan(directory: Path) -> list[NodePlan]:
    """The nodes of a network that was made in this directory. Raises MalformedInput."""
    path = directory / NETWORK_FILE
    try:
        given = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise MalformedInput("there is no such file; `hefu network init` makes a network", str(path)) from None
    except (OSError, ValueError, RecursionError) as failure:
        raise MalformedInput(f"cannot be read: {failure}", str(path)) from None
    if not isinstance(given, dict) or given.get("format") != FORMAT or not isinstance(given.get("nodes"), list):
        raise MalformedInput(f"not a {FORMAT} file", str(path))
    nodes = [_read_node(plain, path) for plain in given["nodes"]]
    if not nodes or len({node.name for node in nodes}) != len(nodes):
        raise MalformedInput("each node is named once", str(path))
    return nodes


def choose_nodes(nodes: Sequence[NodePlan], only: Sequence[str]) -> list[NodePlan]:
    """The nodes that are named, or those of this machine. MalformedInput: a name that no node has, or no node here."""
    unknown = sorted(set(only) - {node.name for node in nodes})
    if unknown:
        raise MalformedInput(f"there is no node {unknown[0]!r}", NETWORK_FILE)
    chosen = [node for node in nodes if (node.name in only if only else node.is_local)]
    if not chosen:
        raise MalformedInput("its nodes have machines of their own: `hefu node start` there", NETWORK_FILE)
    return chosen


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the host."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_port(port: int) -> bool:
    """Whether a port is one that can be named."""
    return 0 < port < 65_536


def join_address(host: str, port: int) -> str:
    """host:port, a numeric IPv6 host in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _read_node(plain: Any, path: Path) -> NodePlan:
    types = {"name": str, "host": str, "listen_port": int, "p2p_port": int, "http_port": int, "is_validator": bool}
    if not isinstance(plain, dict) or {name: type(value) for name, value in plain.items()} != types:
        raise MalformedInput(f"a node has {', '.join(types)}", str(path))
    node = NodePlan(**plain)
    if not _is_name(node.name) or not _is_host(node.host):
        raise MalformedInput("a node's name is one of letters, digits, - and _", str(path))
    if not all(is_port(port) for port in (node.listen_port, node.p2p_port, node.http_port)):
        raise MalformedInput("a port is 1 to 65535", str(path))
    return node


def _is_name(name: str) -> bool:
    return name.isascii() and name.replace("-", "").replace("_", "").isalnum()


def _is_host(host: str) -> bool:
    return bool(host) and host.isascii() and all(c.isalnum() or c in "-._:" for c in host)


def _choose_offsets(hosts: Sequence[str]) -> list[int]:
    """How far a node's first port is from the base: nodes of one host stand behind one another."""
    taken: dict[str, int] = {}
    offsets = []
    for host in hosts:
        place = LOOPBACK if is_loopback(host) else host
        offsets.append(PORTS_EACH * taken.get(place, 0))
        taken[place] = taken.get(place, 0) + 1
    return offsets


def _choose_base(base_port: int | None, count: int) -> int:
    if base_port is not None:
        if not 0 < base_port <= 65_536 - count:
            raise MalformedInput(f"{count} ports from it on must be below 65536", "base_port")
        taken = next((port for port in range(base_port, base_port + count) if not _is_free(port)), None)
        if taken is not None:
            raise MalformedInput(f"port {taken} is taken", "base_port")
        return base_port
    for base in range(DEFAULT_BASE_PORT, LAST_PORT - count, count):
        if all(_is_free(port) for port in range(base, base + count)):
            return base
    raise MalformedInput(f"no {count} free ports behind one another", "base_port")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the listeners do, after a stop
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
