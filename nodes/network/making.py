"""Making a network: the data directories of its first nodes, from one genesis.

    DIR/network.json      the nodes (`plan`)
    DIR/genesis.bin       the genesis, to be given to whoever joins
    DIR/trust.json        for auditors: the keys of all operators; to be handed out by a way of trust
    DIR/keys/             in a development network, the registrar's key files
    DIR/node0 …           a data directory each (nodes/directory.py), with the engine's home in it
    DIR/observer0 …       the same, of nodes that have no vote

1. The engines' keys are made first, since the genesis names the validators.
2. All nodes have one origin, so that they sign one statement; each has a log key of its own.
3. Everything is made beside its place and renamed, so it is there whole or not at all. What a killed init left, the
   next one clears; a database that lies elsewhere and was begun then must be emptied by hand.

Here all keys are made in one place. That suits one operator, a test or a demonstration; banks that found a network
exchange their public keys, agree on a genesis, and each makes its own node.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hefu.v1 import identity_pb2
from hefu.v1 import ledger_pb2 as pb
from hefu.v1.identity_pb2 import SERVICE
from identity.genesis import parse_genesis
from ledger.errors import MalformedInput
from ledger.finality import Validator, compute_chain_id
from ledger.verify_forms import parse_trust, render_trust_json
from nodes.directory import (
    DEVELOPMENT_NETWORK,
    GENESIS_FILE,
    REGISTRAR_KEYS,
    SERVICE_KEY,
    TRUST_FILE,
    init_node,
)
from nodes.engines.cometbft.home import (
    EngineKeys,
    NamedValidator,
    make_engine_keys,
    render_genesis,
    write_home,
)
from nodes.engines.cometbft.settings import EngineSettings, check_sockets
from nodes.files import write_whole
from nodes.genesis_file import build_electorate, build_genesis, build_registrar
from nodes.keys import Key, make_key, write_key, write_private
from nodes.network.building import building_beside, check_empty
from nodes.network.plan import NETWORK_FILE, NodePlan, render_plan
from nodes.trust_files import TRUSTING_PERIOD_MS, build_network_trust
from nodes.wiring import compute_network

MEMORY = {"cached_records": 20_000, "expected_records": 750_000}
"""A fifth of the usual caches: four validators decide a quarter of what one node does, and often share a machine. And
17 MB for the state tree at once, so that what a kernel needs does not rise for its first million operations."""
POWER = 10
"""Of each validator at the beginning. A vote can change it in steps of less than a third of all power."""

GenesisBuilder = Callable[[Sequence[NamedValidator]], bytes]
"""Genesis bytes that name these validators."""


@dataclass(frozen=True, slots=True)
class NetworkRequest:
    """What is asked for. `databases`: none, or for each node its URL, or "". `settings`: for every config.toml."""

    nodes: Sequence[NodePlan]
    engine_program: str
    databases: Sequence[str] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


def init_network(
    directory: Path, request: NetworkRequest, build_genesis: GenesisBuilder, service_key: Key | None = None
) -> None:
    """Make a network in an absent or an empty directory.

    `service_key` goes to the first node, which then frees what has lapsed: one is enough. Raises MalformedInput: a
    directory or a database in use, a genesis or a setting at fault, too long a path.
    """
    _make_network(directory, request, build_genesis, service_key, registrar_keys=())


def init_development_network(directory: Path, request: NetworkRequest) -> list[Path]:
    """Make a network with a genesis of its own, in which the registrar alone votes on changes; its key files."""
    registrar = build_registrar()
    service = make_key(registrar.organisation, "node", [SERVICE])
    founder = replace(registrar, keys=(*registrar.keys, service))

    def build(validators: Sequence[NamedValidator]) -> bytes:
        electorate = build_electorate([founder.organisation])
        run = [one.build_entry(founder.organisation) for one in validators]
        return build_genesis(
            DEVELOPMENT_NETWORK, time.time_ns() // 1_000_000, [founder], electorate=electorate, validators=run
        )

    _make_network(directory, request, build, service, registrar.keys)
    return [directory / name for name in REGISTRAR_KEYS]


def _make_network(
    directory: Path,
    request: NetworkRequest,
    build: GenesisBuilder,
    service_key: Key | None,
    registrar_keys: Sequence[Key],
) -> None:
    place = directory.resolve()
    with building_beside(directory, _check_free) as building:
        if request.databases and len(request.databases) != len(request.nodes):
            raise MalformedInput(f"one for each of the {len(request.nodes)} nodes", "databases")
        for node in request.nodes:
            check_sockets(place / node.name)
        _build(building, request, build, service_key)
        _write_registrar(building, registrar_keys)


def _build(building: Path, request: NetworkRequest, build: GenesisBuilder, service_key: Key | None) -> None:
    keys = [make_engine_keys() for _ in request.nodes]
    validators = [
        NamedValidator(key.validator_key, POWER, node.name)
        for node, key in zip(request.nodes, keys, strict=True)
        if node.is_validator
    ]
    genesis = build(validators)
    write_private(building / GENESIS_FILE, genesis)
    _check_validators(genesis, validators)
    engine_genesis = render_engine_genesis(genesis)
    for number, node in enumerate(request.nodes):
        holds_house = service_key is not None and number == 0
        init_node(building / node.name, genesis, _choose_settings(request, number, holds_house))
        write_home(building / node.name, keys[number], engine_genesis, _choose_engine_settings(request, keys, number))
    if service_key is not None:
        write_key(building / request.nodes[0].name / SERVICE_KEY, service_key)
    write_whole(building / TRUST_FILE, render_trust_json(_build_trust(building, request.nodes, parse_genesis(genesis))))
    write_whole(building / NETWORK_FILE, render_plan(request.nodes))


def _write_registrar(building: Path, keys: Sequence[Key]) -> None:
    if keys:
        (building / "keys").mkdir()
    for name, key in zip(REGISTRAR_KEYS, keys, strict=False):
        write_key(building / name, key)


def _choose_settings(request: NetworkRequest, number: int, holds_house: bool) -> dict[str, Any]:
    """The fields of one node's config.toml."""
    node = request.nodes[number]
    return {
        **MEMORY,
        **request.settings,
        "listen": node.target,
        "http_listen": node.http_target,
        "engine": "cometbft",
        "engine_program": request.engine_program,
        "database": request.databases[number] if request.databases else "",
        **({"service_key": SERVICE_KEY} if holds_house else {}),
    }


def _choose_engine_settings(request: NetworkRequest, keys: Sequence[EngineKeys], number: int) -> EngineSettings:
    """A node's peers are the validators: of an observer, too, and nobody looks for an observer."""
    node = request.nodes[number]
    peers = [
        f"{key.node_id}@{other.p2p_address}"
        for other, key in zip(request.nodes, keys, strict=True)
        if other.is_validator and other != node
    ]
    return EngineSettings(
        moniker=node.name,
        p2p_listen=node.p2p_listen,
        external_address="" if node.is_local else node.p2p_address,
        persistent_peers=tuple(peers),
    )


def _check_validators(genesis: bytes, validators: Sequence[NamedValidator]) -> None:
    """Refuse, with MalformedInput, a genesis that names others."""
    if {one.public_key: one.power for one in parse_genesis(genesis).validators} != {
        one.public_key: one.power for one in validators
    }:
        raise MalformedInput("the genesis names other validators than the network has", "validators")


def render_engine_genesis(genesis: bytes) -> bytes:
    """The engine's genesis: everything in it follows from ours. MalformedInput: ours names no validators."""
    parsed = parse_genesis(genesis)
    if not parsed.validators:
        raise MalformedInput("names no validators: it is that of a node alone", "genesis")
    validators = [NamedValidator(one.public_key, one.power, one.name) for one in parsed.validators]
    return render_genesis(compute_chain_id(compute_network(parsed)), parsed.time_ms, validators)


def _build_trust(building: Path, nodes: Sequence[NodePlan], genesis: identity_pb2.Genesis) -> pb.TrustFile:
    """The validators of genesis, and the keys of all nodes' operators. On a simulated clock trust begins now."""
    files = [parse_trust((building / node.name / TRUST_FILE).read_bytes()) for node in nodes]
    return build_network_trust(
        compute_network(genesis),
        files[0].origin,
        [Validator(one.public_key, one.power) for one in genesis.validators],
        [trusted.key for file in files for trusted in file.log_keys],
        time.time_ns() // 1_000_000 if genesis.simulated_clock else genesis.time_ms,
        TRUSTING_PERIOD_MS,
        genesis.simulated_clock,
    )


def _check_free(directory: Path) -> None:
    """Refuse, with MalformedInput, what init could overwrite: anything but an absent or an empty directory."""
    if (directory / NETWORK_FILE).exists():
        raise MalformedInput("there is a network already", str(directory))
    check_empty(directory, "a network")
