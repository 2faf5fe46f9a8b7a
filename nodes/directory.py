"""A node's data directory: what lies in it, and making one.

    config.toml            configuration (nodes/config.py)
    genesis.bin            the network's Genesis bytes
    trust.json             what an auditor needs to check this node's proofs; to be handed out by a way of trust
    ledger.db              the database, unless config.toml names another
    keys/log.key           seed of the log key, which signs checkpoints
    keys/log.key.next      there while the log key is being changed (nodes/rotation.py)
    keys/cosignature.key   seed of the key that says how new a checkpoint is
    keys/registrar-*.json  in a development network, the registrar's key files (nodes/keys.py)
    keys/service.json      there too, the registrar's SERVICE key, with which the node does its housekeeping
    clock-stopped          there once the wall clock jumped, until an operator accepts it

Seeds are 32 bytes in hex, readable by the owner only.
"""

import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nacl.signing import SigningKey

from hefu.v1 import ledger_pb2 as pb
from hefu.v1.identity_pb2 import SERVICE
from identity.genesis import build_records, parse_genesis
from ledger.errors import MalformedInput
from ledger.notes import COSIGNATURE_V1, ED25519, VerifierKey
from ledger.store.database import open_engine
from ledger.store.sql import SqlStore
from ledger.verify_forms import render_trust_json
from nodes.config import CONFIG_FILE, NodeConfig, build_config, render_config
from nodes.genesis_file import build_genesis, build_registrar
from nodes.keys import make_key, write_key, write_private
from nodes.wiring import begin_ledger, build_views, compute_network, prepare_database

GENESIS_FILE, TRUST_FILE, CLOCK_FILE = "genesis.bin", "trust.json", "clock-stopped"
LOG_KEY, COSIGNATURE_KEY = "keys/log.key", "keys/cosignature.key"
REGISTRAR_KEYS = ("keys/registrar-maker.json", "keys/registrar-checker.json")
SERVICE_KEY = "keys/service.json"
DEVELOPMENT_NETWORK = "dev.hefu"


@dataclass(frozen=True, slots=True)
class NodeDirectory:
    """The paths of a data directory."""

    path: Path

    @property
    def clock_file(self) -> Path:
        """There once the wall clock jumped."""
        return self.path / CLOCK_FILE

    def get_url(self, config: NodeConfig) -> str:
        """The database's URL."""
        return config.database or f"sqlite:///{self.path.resolve() / 'ledger.db'}"

    def read_seed(self, name: str) -> bytes:
        """The 32 bytes of a seed file. Raises MalformedInput."""
        return read_seed(self.path / name)


def init_node(directory: Path, genesis: bytes | None = None, settings: Mapping[str, Any] | None = None) -> NodeConfig:
    """Make a data directory and block 0. Without a genesis, a development network's is made, with its registrar's keys.

    `settings` are fields of config.toml. Raises MalformedInput: a directory in use, a genesis or a setting at fault.
    """
    if (directory / CONFIG_FILE).exists():
        raise MalformedInput("there is a node already", str(directory))
    build_config(settings or {}, directory / CONFIG_FILE, os.environ)
    (directory / "keys").mkdir(mode=0o700, parents=True, exist_ok=True)
    encoded = _make_development_genesis(directory) if genesis is None else genesis
    parsed = parse_genesis(encoded)
    build_records(parsed)  # judges the genesis before anything depends on it
    (directory / GENESIS_FILE).write_bytes(encoded)
    seed, cosignature_seed = (make_seed_file(directory / name) for name in (LOG_KEY, COSIGNATURE_KEY))
    values = {"origin": f"{parsed.network_name}/log", **(settings or {})}
    if genesis is None:
        values.setdefault("service_key", SERVICE_KEY)
    config = build_config(values, directory / CONFIG_FILE, os.environ)
    trust = build_trust(encoded, config.origin, seed, cosignature_seed)
    (directory / TRUST_FILE).write_bytes(render_trust_json(trust))
    _write_block_0(NodeDirectory(directory).get_url(config), encoded, config.origin, seed)
    (directory / CONFIG_FILE).write_text(render_config(values), encoding="utf-8")  # last: now there is a node
    return config


def build_trust(genesis: bytes, origin: str, seed: bytes, cosignature_seed: bytes) -> pb.TrustFile:
    """What an auditor trusts of this node: its log key and its cosignature key, from the first entry on."""
    parsed = parse_genesis(genesis)
    keys = ((seed, ED25519), (cosignature_seed, COSIGNATURE_V1))
    return pb.TrustFile(
        network=compute_network(parsed),
        origin=origin,
        log_keys=[pb.TrustedKey(key=render_key(origin, seed, kind)) for seed, kind in keys],
        simulated_clock=parsed.simulated_clock,
    )


def render_key(origin: str, seed: bytes, kind: int) -> str:
    """The C2SP verifier key of a seed, under the origin's name."""
    return VerifierKey(origin, kind, bytes(SigningKey(seed).verify_key)).render()


def make_seed_file(path: Path) -> bytes:
    """A new random seed, written so that only its owner reads it. Never replaces a file."""
    seed = secrets.token_bytes(32)
    try:
        write_private(path, seed.hex().encode() + b"\n")
    except FileExistsError:
        raise MalformedInput("a key is there already", str(path)) from None
    return seed


def read_seed(path: Path) -> bytes:
    """The 32 bytes of a seed file. Raises MalformedInput: missing, unreadable, not 64 hex digits."""
    try:
        text = path.read_text(encoding="ascii")
        seed = bytes.fromhex(text)
    except OSError as failure:
        raise MalformedInput(f"cannot be read: {failure.strerror}", str(path)) from None
    except ValueError:
        raise MalformedInput("not 64 hex digits", str(path)) from None
    if len(seed) != 32:
        raise MalformedInput("not 64 hex digits", str(path))
    return seed


def _make_development_genesis(directory: Path) -> bytes:
    registrar = build_registrar()
    service = make_key(registrar.organisation, "node", [SERVICE])
    founder = replace(registrar, keys=(*registrar.keys, service))
    for name, key in zip((*REGISTRAR_KEYS, SERVICE_KEY), founder.keys, strict=True):
        write_key(directory / name, key)
    return build_genesis(DEVELOPMENT_NETWORK, time.time_ns() // 1_000_000, [founder])


def _write_block_0(url: str, encoded: bytes, origin: str, seed: bytes) -> None:
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            prepare_database(connection)
            store = SqlStore(connection, build_views())
            if store.read_head() is not None:
                raise MalformedInput("the database holds a ledger already", url)
            begin_ledger(store, encoded, origin, seed)
            connection.commit()
    finally:
        engine.dispose()
