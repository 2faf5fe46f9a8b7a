"""A node's data directory: what lies in it, and making one.

    config.toml            configuration (nodes/config.py)
    genesis.bin            the network's Genesis bytes
    trust.json             what an auditor needs to check this node's proofs; to be handed out by a way of trust
    ledger.db              the database, unless config.toml names another
    inbox.db               the approval inbox (nodes/inbox): what waits for signatures, until it expires
    keys/log.key           seed of the log key, which signs checkpoints
    keys/log.key.next      there while the log key is being changed (nodes/rotation.py)
    keys/cosignature.key   seed of the key that says how new a checkpoint is
    keys/registrar-*.json  in a development network, the registrar's key files (nodes/keys.py)
    keys/service.json      there too, the registrar's SERVICE key, with which the node does its housekeeping
    clock-stopped          there once the wall clock jumped, until an operator accepts it
    block-0-begun          there while block 0 is written to a database that lies elsewhere
    lock                   held by the kernel as long as it runs (nodes/lock.py)

All of it is its owner's alone. Seeds are 32 bytes in hex; one that others may read is refused.

A directory is made beside its place and renamed, so it is there whole or not at all. What a killed init left, the next
one clears; but once a database that lies elsewhere may hold block 0, its keys are only here, and so the next init, if
it is asked for the same, goes on with them.
"""

import contextlib
import os
import secrets
import shutil
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nacl.signing import SigningKey
from sqlalchemy import URL, make_url

from hefu.v1 import ledger_pb2 as pb
from hefu.v1.identity_pb2 import SERVICE, Genesis
from identity.genesis import build_records, parse_genesis
from ledger.errors import MalformedInput
from ledger.notes import COSIGNATURE_V1, ED25519, VerifierKey, parse_checkpoint, parse_note, verify_signature
from ledger.rotation import read_rotation
from ledger.store.database import connect, open_engine
from ledger.store.postgres import hold_database
from ledger.store.sql import SqlStore
from ledger.verify_forms import render_trust_json
from nodes.config import CONFIG_FILE, NodeConfig, build_config, render_config
from nodes.files import sync_folder
from nodes.genesis_file import build_electorate, build_genesis, build_registrar
from nodes.keys import make_key, write_key, write_private
from nodes.lock import LOCK_FILE, hold_lock
from nodes.wiring import begin_ledger, build_views, check_engine, compute_network, prepare_database

GENESIS_FILE, TRUST_FILE, CLOCK_FILE, BEGUN_FILE = "genesis.bin", "trust.json", "clock-stopped", "block-0-begun"
DATABASE_FILE = "ledger.db"
LOG_KEY, COSIGNATURE_KEY = "keys/log.key", "keys/cosignature.key"
INBOX_FILE = "inbox.db"
REGISTRAR_KEYS = ("keys/registrar-maker.json", "keys/registrar-checker.json")
SERVICE_KEY = "keys/service.json"
DEVELOPMENT_NETWORK = "dev.hefu"
OTHERS = stat.S_IRWXG | stat.S_IRWXO
"""The permissions of everybody but the owner."""


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
        path = str(self.path.resolve() / DATABASE_FILE)
        return config.database or URL.create("sqlite", database=path).render_as_string()

    def read_seed(self, name: str) -> bytes:
        """The 32 bytes of a seed file. Raises MalformedInput."""
        return read_seed(self.path / name)

    def check_ledger(self, store: SqlStore, origin: str) -> None:
        """Refuse a database that is not this directory's, with MalformedInput: genesis, origin and log key must fit.

        A node that went on would sign, as one log, two histories that contradict each other.
        """
        genesis = store.read_genesis()
        head = store.read_head()
        if genesis is None or head is None:
            raise MalformedInput("the database holds no ledger; `hefu node init` makes a node", str(self.path))
        if _read_file(self.path / GENESIS_FILE) != genesis:
            raise MalformedInput("not the genesis of the database", str(self.path / GENESIS_FILE))
        key = VerifierKey(origin, ED25519, bytes(SigningKey(self.read_seed(LOG_KEY)).verify_key))
        if read_rotation(store, head) == key.render():  # the last that the old key signed, and it names this one
            return
        note = parse_note(head.checkpoint)
        found = parse_checkpoint(note.text).origin
        if found != origin:
            raise MalformedInput(f"the checkpoints in the database are of {found!r}, not of {origin!r}", "origin")
        if not verify_signature(note, key):
            raise MalformedInput("not the key that signed the newest checkpoint", str(self.path / LOG_KEY))


def init_node(directory: Path, genesis: bytes | None = None, settings: Mapping[str, Any] | None = None) -> NodeConfig:
    """Make a data directory and block 0. Without a genesis, a development network's is made, with its registrar's keys.

    `settings` are fields of config.toml. Raises MalformedInput: a directory or a database in use, a genesis or a
    setting at fault, an earlier init that was cut short and asked for something else.
    """
    if directory.resolve() == Path.cwd():
        raise MalformedInput("name a directory, and not the current one", "directory")
    _check_free(directory)
    given = dict(settings or {})
    build_config(given, directory / CONFIG_FILE, os.environ)
    building = directory.resolve().with_name(f".{directory.resolve().name}.new")
    with _owner_only():
        building.mkdir(parents=True, exist_ok=True)
        with hold_lock(building, wait_s=0):
            try:
                config = _go_on(building, genesis, given) or _build(building, genesis, given)
                _check_free(directory)
                building.rename(directory.resolve())
            except BaseException:
                if not (building / BEGUN_FILE).exists():
                    shutil.rmtree(building, ignore_errors=True)
                raise
    sync_folder(directory.resolve().parent)
    (directory / BEGUN_FILE).unlink(missing_ok=True)
    return config


def _build(directory: Path, genesis: bytes | None, settings: Mapping[str, Any]) -> NodeConfig:
    """All files of a data directory, and block 0."""
    _clear(directory)
    (directory / "keys").mkdir()
    encoded = _make_development_genesis(directory) if genesis is None else genesis
    parsed = parse_genesis(encoded)
    build_records(parsed)  # judges the genesis before anything depends on it
    _verify_authorities(parsed)
    write_private(directory / GENESIS_FILE, encoded)
    seed, cosignature_seed = (make_seed_file(directory / name) for name in (LOG_KEY, COSIGNATURE_KEY))
    values = _choose_values(parsed.network_name, genesis is None, settings)
    config = build_config(values, directory / CONFIG_FILE, os.environ)
    check_engine(parsed, config.engine)
    write_private(directory / CONFIG_FILE, render_config(values).encode())
    trust = build_trust(encoded, config.origin, seed, cosignature_seed)
    write_private(directory / TRUST_FILE, render_trust_json(trust))
    if config.database:
        write_private(directory / BEGUN_FILE, _name_database(config).encode())
    _sync_all(directory)
    try:
        write_block_0(NodeDirectory(directory), config, was_begun=False)
    except MalformedInput:  # and so it holds nothing of ours
        (directory / BEGUN_FILE).unlink(missing_ok=True)
        raise
    _sync_all(directory)
    return config


def _go_on(directory: Path, genesis: bytes | None, settings: Mapping[str, Any]) -> NodeConfig | None:
    """Finish what was begun elsewhere, if it is asked for again; None where nothing was."""
    if not (directory / BEGUN_FILE).exists():
        return None
    encoded = _read_file(directory / GENESIS_FILE)
    values = _choose_values(parse_genesis(encoded).network_name, genesis is None, settings)
    config = build_config(values, directory / CONFIG_FILE, os.environ)
    left = [_read_file(directory / name) for name in (GENESIS_FILE, CONFIG_FILE, BEGUN_FILE)]
    if left != [genesis or encoded, render_config(values).encode(), _name_database(config).encode()]:
        raise MalformedInput(
            f"an init was cut short here that asked for something else, on {left[2].decode()}; ask for that again, or"
            " empty that database and remove this folder",
            str(directory),
        )
    write_block_0(NodeDirectory(directory), config, was_begun=True)
    return config


def _choose_values(network_name: str, is_development: bool, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of config.toml."""
    usual = {"service_key": SERVICE_KEY} if is_development else {}
    return {"origin": f"{network_name}/log", **usual, **settings}


def _name_database(config: NodeConfig) -> str:
    return make_url(config.database).render_as_string(hide_password=True) if config.database else DATABASE_FILE


def _verify_authorities(genesis: Genesis) -> None:
    """Refuse, with MalformedInput, a genesis that trusts what is no CA: no key could ever be certified under it."""
    from identity.certificates import verify_authority  # here, so that a kernel loads no X.509 library

    for change in genesis.authorities:
        verify_authority(change.certificate)


def _check_free(directory: Path) -> None:
    """Refuse, with MalformedInput, what init could overwrite: anything but an absent or an empty directory."""
    if (directory / CONFIG_FILE).exists():
        raise MalformedInput("there is a node already", str(directory))
    if directory.exists() and not (directory.is_dir() and not any(directory.iterdir())):
        raise MalformedInput("a node is made in an absent or an empty directory, and this is neither", str(directory))


@contextlib.contextmanager
def _owner_only() -> Iterator[None]:
    """What is made meanwhile, also by the database's driver, is its owner's alone."""
    before = os.umask(OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def _clear(directory: Path) -> None:
    """Remove what is in a directory that only init makes, but for the lock that we hold."""
    for path in directory.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != LOCK_FILE:
            path.unlink()


def _sync_all(directory: Path) -> None:
    for folder in (directory / "keys", directory):
        sync_folder(folder)


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
    """The 32 bytes of a seed file. Raises MalformedInput: unreadable, readable by others, not 64 hex digits."""
    data = _read_file(path)
    if path.stat().st_mode & OTHERS:
        raise MalformedInput("others may read or write it; make it yours alone: chmod 600", str(path))
    try:
        seed = bytes.fromhex(data.decode("ascii"))
    except ValueError:
        raise MalformedInput("not 64 hex digits", str(path)) from None
    if len(seed) != 32:
        raise MalformedInput("not 64 hex digits", str(path))
    return seed


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as failure:
        raise MalformedInput(f"cannot be read: {failure.strerror}", str(path)) from None


def _make_development_genesis(directory: Path) -> bytes:
    registrar = build_registrar()
    service = make_key(registrar.organisation, "node", [SERVICE])
    founder = replace(registrar, keys=(*registrar.keys, service))
    for name, key in zip((*REGISTRAR_KEYS, SERVICE_KEY), founder.keys, strict=True):
        write_key(directory / name, key)
    electorate = build_electorate([founder.organisation])
    return build_genesis(DEVELOPMENT_NETWORK, time.time_ns() // 1_000_000, [founder], electorate=electorate)


def write_block_0(node: NodeDirectory, config: NodeConfig, was_begun: bool) -> None:
    """Begin the ledger. Where that was begun before, the database may hold it already."""
    engine = open_engine(node.get_url(config))
    try:
        with connect(engine) as connection, hold_database(engine, wait_s=0):
            prepare_database(connection)
            store = SqlStore(connection, build_views())
            if store.read_head() is None:
                begin_ledger(store, _read_file(node.path / GENESIS_FILE), config.origin, node.read_seed(LOG_KEY))
            elif was_begun:
                node.check_ledger(store, config.origin)
            else:
                raise MalformedInput("it holds a ledger already", engine.url.render_as_string(hide_password=True))
            connection.commit()
    finally:
        engine.dispose()
