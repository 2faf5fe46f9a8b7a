"""Backing up a node, and making one anew from a backup so that it contradicts nobody, itself included.

    OUT/config.toml, genesis.bin, trust.json    as in the data directory, and misbehaviour.jsonl where there is one
    OUT/ledger.db                               a copy as of one block, where the ledger is on SQLite
    OUT/engine/config.toml                      on a network: the engine's settings
    OUT/secret/…                                keys of the log, of the engine, of the house: to be kept apart, sealed

1. A backup is taken while the node runs: SQLite copies a ledger as of one commit. What the engine signed last is in
   none: it is old as soon as it is copied.
2. A node of its own gets its ledger back. Restoring an older state forks history (docs/operations.md).
3. A node of a network gets keys and settings back, and its ledger from the others, by blocks or by a snapshot: its
   engine begins without blocks, and can go on from nothing but genesis or a snapshot. Until that is safe its vote is
   held back (engines/cometbft/vote_hold.py).
"""

import shutil
import sqlite3
import tomllib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import make_url

from identity.genesis import parse_genesis
from ledger.errors import MalformedInput
from nodes.config import CONFIG_FILE, NodeConfig, build_config, load_config, render_config
from nodes.directory import (
    DATABASE_FILE,
    GENESIS_FILE,
    OTHERS,
    TRUST_FILE,
    NodeDirectory,
    write_block_0,
)
from nodes.engines.cometbft.evidence import EVIDENCE_FILE
from nodes.engines.cometbft.settings import ENGINE_FOLDER, StateSync, check_sockets, replace_state_sync
from nodes.engines.cometbft.vote_hold import write_hold
from nodes.files import PRIVATE, write_whole
from nodes.keys import write_private
from nodes.network.building import building_beside, check_empty
from nodes.network.making import render_engine_genesis

SECRET = "secret"
BUILT = "node"
OPEN_FILES = (CONFIG_FILE, GENESIS_FILE, TRUST_FILE)
ENGINE_SETTINGS = f"{ENGINE_FOLDER}/config/config.toml"
ENGINE_KEYS = (f"{ENGINE_FOLDER}/config/node_key.json", f"{ENGINE_FOLDER}/config/priv_validator_key.json")


@dataclass(frozen=True, slots=True)
class Restoring:
    """How a node of a network comes back. `stopped_ms`: when the old one had stopped; `margin_ms`: clocks differ."""

    stopped_ms: int
    margin_ms: int
    sync: StateSync | None = None
    backfill_from: str = ""
    database: str | None = None

    @property
    def held_until_ms(self) -> int:
        """Of a later block it may vote: the old one had stopped, by anybody's clock."""
        return self.stopped_ms + self.margin_ms


def backup_node(directory: Path, out: Path) -> str:
    """Copy what a node needs to come back; the URL, without a password, of a ledger that must be dumped apart, or "".

    Raises MalformedInput: no node, or a place in use.
    """
    config = load_config(directory)
    with building_beside(out, lambda place: check_empty(place, "a backup"), BUILT) as building:
        copy = building / BUILT
        copy.mkdir()
        for name in OPEN_FILES:
            _copy(directory / name, copy / name)
        if (directory / EVIDENCE_FILE).exists():
            _copy(directory / EVIDENCE_FILE, copy / EVIDENCE_FILE)
        for path in _list_secrets(directory, config):
            _copy(path, copy / SECRET / path.relative_to(directory))
        if config.engine == "cometbft":
            _copy(directory / ENGINE_SETTINGS, copy / ENGINE_SETTINGS)
        return _copy_ledger(NodeDirectory(directory).get_url(config), copy / DATABASE_FILE)


def restore_node(backup: Path, directory: Path, restoring: Restoring) -> NodeConfig:
    """Make a node anew from a backup.

    A ledger that was on SQLite comes to lie in the directory, wherever the old node had it.

    Raises MalformedInput: no backup, a place or database in use, for a node alone no ledger or one elsewhere, for a
    member a block that was made after it had stopped.
    """
    values = _read_values(backup / CONFIG_FILE)
    is_member = values.get("engine") == "cometbft"
    if restoring.database is not None:
        values["database"] = restoring.database
    elif (backup / DATABASE_FILE).exists():  # it lay on SQLite
        values["database"] = ""
    if is_member:
        check_sockets(directory.resolve())
        if not parse_genesis((backup / GENESIS_FILE).read_bytes()).simulated_clock:
            _check_stop(backup / DATABASE_FILE, restoring.stopped_ms)
        values["backfill_from"] = restoring.backfill_from
    config = build_config(values, backup / CONFIG_FILE, {})
    with building_beside(directory, lambda place: check_empty(place, "a node"), BUILT) as building:
        node = building / BUILT
        shutil.copytree(backup / SECRET, node)
        for name in (GENESIS_FILE, TRUST_FILE):
            _copy(backup / name, node / name)
        if (backup / EVIDENCE_FILE).exists():
            _copy(backup / EVIDENCE_FILE, node / EVIDENCE_FILE)
        write_private(node / CONFIG_FILE, render_config(values).encode())
        if is_member:
            _write_engine(backup, node, restoring)
            write_block_0(NodeDirectory(node), config, was_begun=False)
        else:
            _put_back_ledger(backup, node, config)
        for path in (node, *node.rglob("*")):
            path.chmod(path.stat().st_mode & ~OTHERS)
    return config


def _list_secrets(directory: Path, config: NodeConfig) -> Iterator[Path]:
    yield from sorted(path for path in (directory / "keys").iterdir() if path.is_file())
    if config.engine == "cometbft":
        yield from (directory / name for name in ENGINE_KEYS)


def _copy(source: Path, target: Path) -> None:
    try:
        data = source.read_bytes()
    except OSError as failure:
        raise MalformedInput(f"cannot be read: {failure.strerror}", str(source)) from None
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, data, PRIVATE)


def _copy_ledger(url: str, target: Path) -> str:
    parsed = make_url(url)
    if parsed.drivername != "sqlite":
        return parsed.render_as_string(hide_password=True)
    if not Path(str(parsed.database)).is_file():
        raise MalformedInput("there is no such file", str(parsed.database))
    with closing(sqlite3.connect(str(parsed.database))) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, and none beside it
    return ""


def _read_values(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as failure:
        raise MalformedInput(f"cannot be read: {failure}", str(path)) from None


def _check_stop(ledger: Path, stopped_ms: int) -> None:
    """A node that had stopped has no later block in its backup."""
    if not ledger.exists():
        return
    try:
        # Neither lock nor log beside it: the backup may lie on a medium that is only read.
        with closing(sqlite3.connect(f"file:{quote(str(ledger.resolve()))}?immutable=1", uri=True)) as connection:
            (newest_ms,) = connection.execute("SELECT coalesce(max(time_ms), 0) FROM blocks").fetchone()
    except sqlite3.DatabaseError:
        raise MalformedInput("is no ledger", str(ledger)) from None
    if stopped_ms < newest_ms:
        raise MalformedInput(
            "the backup has a later block: it had not stopped yet, or our clock is slow", "--stopped-at"
        )


def _write_engine(backup: Path, node: Path, restoring: Restoring) -> None:
    """The engine's home without a block, and with its vote held back."""
    home = node / ENGINE_FOLDER
    settings = (backup / ENGINE_SETTINGS).read_text(encoding="utf-8")
    write_whole(home / "config/config.toml", replace_state_sync(settings, restoring.sync).encode(), PRIVATE)
    write_whole(home / "config/genesis.json", render_engine_genesis((node / GENESIS_FILE).read_bytes()), PRIVATE)
    (home / "data").mkdir()
    write_hold(node, restoring.held_until_ms)


def _put_back_ledger(backup: Path, node: Path, config: NodeConfig) -> None:
    if config.database:
        raise MalformedInput(
            "the ledger lies elsewhere: restore its dump there, and copy the files by hand", "database"
        )
    _copy(backup / DATABASE_FILE, node / DATABASE_FILE)
