"""Joining a network: the data directory of one new node, from the genesis that its members hand over.

1. Everything the engine must know of the network follows from genesis. Peers are named by hand: node id, host and port.
2. All keys are new and made here. The node has no vote: it is an observer, whose key the members may vote in.
3. It runs every block since genesis, or with `state_sync` begins with a snapshot (`state_sync`), and then fills the log
   before it from the same addresses (nodes/backfill.py).
4. The directory is made beside its place and renamed. A database elsewhere that was begun must be emptied by hand.
"""

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hefu.v1 import ledger_pb2 as pb
from identity.genesis import parse_genesis
from ledger.errors import MalformedInput
from ledger.finality import ADDRESS_BYTES
from nodes.config import CONFIG_FILE
from nodes.directory import init_node
from nodes.engines.cometbft.home import make_engine_keys, write_home
from nodes.engines.cometbft.settings import EngineSettings, StateSync, check_sockets
from nodes.network.building import building_beside, check_empty
from nodes.network.making import MEMORY, render_engine_genesis
from nodes.network.plan import NodePlan, build_plan, is_port
from nodes.network.state_sync import build_genesis_trust, find_state_sync
from nodes.trust_files import TRUSTING_PERIOD_MS
from nodes.wiring import compute_network

MAX_PEERS = 64
BUILT = "node"
_PEER = re.compile(
    rf"(?P<id>[0-9a-f]{{{2 * ADDRESS_BYTES}}})@(?P<host>[A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\]):(?P<port>[0-9]{{1,5}})"
)


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """What is asked for. `trust`: whom the joiner trusts; None = the validators of genesis.

    `state_sync`: addresses of other nodes' public servers; none = run every block. `settings`: for config.toml.
    """

    genesis: bytes
    peers: Sequence[str]
    plan: NodePlan
    engine_program: str
    trust: pb.TrustFile | None = None
    state_sync: Sequence[str] = ()
    settings: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Joined:
    """What others need to know: the node's id among peers, and the key that a vote may let in."""

    node_id: str
    validator_key: bytes


def plan_joiner(directory: Path, host: str, base_port: int | None) -> NodePlan:
    """Where a joiner listens: as a network's nodes do, with ports that are free here."""
    (plan,) = build_plan(1, hosts=[host], base_port=base_port)
    return replace(plan, name=directory.resolve().name, is_validator=False)


def join_network(directory: Path, request: JoinRequest) -> Joined:
    """Make the data directory of a node that joins.

    Raises MalformedInput: a directory or database in use, genesis, peers, trust or a setting at fault.
    """
    peers = parse_peers(request.peers)
    engine_genesis = render_engine_genesis(request.genesis)
    check_sockets(directory.resolve())
    sync = choose_state_sync(request.genesis, request.trust, request.state_sync)
    keys = make_engine_keys()
    settings = EngineSettings(
        moniker=request.plan.name,
        p2p_listen=request.plan.p2p_listen,
        external_address="" if request.plan.is_local else request.plan.p2p_address,
        persistent_peers=peers,
        state_sync=sync,
    )
    with building_beside(directory, _check_free, BUILT) as building:
        init_node(building / BUILT, request.genesis, _choose_settings(request))
        write_home(building / BUILT, keys, engine_genesis, settings)
    return Joined(keys.node_id, keys.validator_key)


def parse_peers(peers: Sequence[str]) -> tuple[str, ...]:
    """Peers as ID@HOST:PORT, each once. Raises MalformedInput."""
    if not 1 <= len(peers) <= MAX_PEERS:
        raise MalformedInput(f"1 to {MAX_PEERS} nodes that are there already", "peers")
    ids = set()
    for peer in peers:
        found = _PEER.fullmatch(peer)
        if found is None or not is_port(int(found["port"])):
            raise MalformedInput(f"{peer!r} is not ID@HOST:PORT, with the 40 hex digits of the node's id", "peers")
        ids.add(found["id"])
    if len(ids) != len(peers):
        raise MalformedInput("a node is named twice", "peers")
    return tuple(peers)


def choose_state_sync(encoded: bytes, trust: pb.TrustFile | None, addresses: Sequence[str]) -> StateSync | None:
    """Where a node of the network of these Genesis bytes begins; None = at genesis. Raises MalformedInput."""
    genesis = parse_genesis(encoded)
    network = compute_network(genesis)
    if trust is not None and trust.network != network:
        raise MalformedInput("is of another network than the genesis", "trust")
    if not addresses:
        return None
    trust = trust or build_genesis_trust(genesis, f"{network.name}/log", TRUSTING_PERIOD_MS)
    return asyncio.run(find_state_sync(addresses, trust, time.time_ns() // 1_000_000))


def _choose_settings(request: JoinRequest) -> dict[str, Any]:
    """The fields of config.toml."""
    origin = {} if request.trust is None else {"origin": request.trust.origin}
    return {
        "listen": request.plan.target,
        "http_listen": request.plan.http_target,
        "engine": "cometbft",
        "engine_program": request.engine_program,
        "backfill_from": " ".join(request.state_sync),
        **origin,
        **MEMORY,
        **(request.settings or {}),
    }


def _check_free(directory: Path) -> None:
    if (directory / CONFIG_FILE).exists():
        raise MalformedInput("there is a node already", str(directory))
    check_empty(directory, "a node")
