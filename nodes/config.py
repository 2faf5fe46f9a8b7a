"""A node's configuration: config.toml in its data directory, overridden by the environment (HEFU_NODE_<FIELD>).

Everything is checked before anything starts. An unknown field, in the file or in the environment, is refused: a typing
error must not silently mean the default. The only exception raised is MalformedInput; it names file and field.
"""

import ipaddress
import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from ledger.errors import MalformedInput
from nodes.cosigners.address import parse_addresses

CONFIG_FILE = "config.toml"
PREFIX = "HEFU_NODE_"
MAX_BATCH = 64
"""Transactions in one stream message."""
MAX_VERIFY_THREADS = 8


class NodeConfig(BaseSettings):
    """What an operator decides. Keys and genesis are files of their own beside it."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True)

    origin: str = Field(default="", max_length=255, description="Origin line of the checkpoints; must never change.")
    listen: str = Field(
        default="127.0.0.1:7310", description="Loopback address and port of the gRPC door; port 0 = any free."
    )
    database: str = Field(
        default="", description="sqlite:/// or postgresql+psycopg:// URL; empty = ledger.db in the data directory."
    )
    engine: Literal["solo", "cometbft"] = Field(
        default="solo", description="Who orders transactions: this node alone, or validators with CometBFT (engine/)."
    )
    engine_program: str = Field(default="cometbft", description="The program of CometBFT: a path, or a name on PATH.")
    snapshot_blocks: int = Field(
        default=0,
        ge=0,
        le=1_000_000_000,
        description="With CometBFT: heights between two state-sync snapshots (snapshots/); 0 = none are taken.",
    )
    backfill_from: str = Field(
        default="",
        description="After a start from a snapshot: http addresses of logs (tlog-tiles) to fill ours from.",
    )
    processes: int = Field(
        default=2, ge=1, le=2, description="2 = the kernel in a process of its own; 1 = in a thread."
    )
    block_transactions: int = Field(default=1000, ge=1, le=20_000, description="A block is made when so many wait.")
    block_gather_ms: int = Field(default=10, ge=0, le=10_000, description="Or so long after the last one began.")
    cached_records: int = Field(
        default=100_000,
        ge=1000,
        le=10_000_000,
        description="Records, buckets and digests kept in memory, of each: some 5 kB with the database's pages.",
    )
    expected_records: int = Field(
        default=0,
        ge=0,
        le=1_000_000_000,
        description="Records for which the state tree takes its memory at the start: 22 to 44 bytes each.",
    )
    keep_states_ms: int = Field(default=3_600_000, ge=0, description="How long old states stay provable.")
    verify_threads: int = Field(
        default=0, ge=0, le=256, description="Threads that verify signatures; 0 = one per core, ≤ 8."
    )
    read_threads: int = Field(
        default=2, ge=1, le=64, description="Threads, each with a connection, that answer questions."
    )
    stream_batches: int = Field(
        default=64, ge=1, le=4096, description="Undecided batches of one stream; then it must wait."
    )
    node_batches: int = Field(default=256, ge=1, le=65_536, description="Undecided batches of all callers together.")
    calls: int = Field(
        default=256, ge=8, le=65_536, description="Calls and streams at once, each of which may hold a full message."
    )
    stop_seconds: int = Field(
        default=10, ge=0, le=600, description="How long a stop waits for callers to take their answers."
    )
    service_key: str = Field(
        default="", description="File of a SERVICE key, with which the node frees what has lapsed; empty = it does not."
    )
    housekeeping_seconds: int = Field(
        default=30, ge=1, le=86_400, description="How often it looks for what has lapsed, here and in the inbox."
    )
    inbox: bool = Field(default=True, description="Whether partly signed transactions may wait here for their signers.")
    inbox_items: int = Field(default=20_000, ge=1, le=1_000_000, description="Items in the inbox, of all together.")
    inbox_items_each: int = Field(
        default=1000, ge=1, le=1_000_000, description="Items in the inbox that one organisation has left."
    )
    http_listen: str = Field(
        default="", description="Loopback address and port where anybody reads the log over HTTP; empty = nowhere."
    )
    witnesses: tuple[str, ...] = Field(
        default=(), description="Who cosigns checkpoints: of each its verifier key, a space, its URL."
    )
    witness_seconds: int = Field(
        default=10, ge=1, le=86_400, description="How often a new checkpoint is shown to the witnesses."
    )
    witness_patience_ms: int = Field(
        default=3000, ge=10, le=60_000, description="How long a witness's answer is waited for."
    )
    log_format: Literal["json", "console"] = Field(
        default="json", description="JSON lines, or text for a person; to stderr."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least that is logged."
    )

    def count_verify_threads(self) -> int:
        """How many threads verify signatures."""
        return self.verify_threads or min(MAX_VERIFY_THREADS, os.cpu_count() or 1)

    @field_validator("listen")
    @classmethod
    def _check_listen(cls, value: str) -> str:
        parse_listen(value)
        return value

    @field_validator("backfill_from")
    @classmethod
    def _check_backfill_from(cls, value: str) -> str:
        for address in value.split():
            if not address.startswith(("http://", "https://")):
                raise ValueError("addresses begin with http:// or https://, and blanks lie between them")
        return value

    @field_validator("http_listen")
    @classmethod
    def _check_http_listen(cls, value: str) -> str:
        if value:
            parse_listen(value)
        return value

    @field_validator("witnesses", mode="before")
    @classmethod
    def _split_witnesses(cls, value: object) -> object:
        # A variable of the environment holds them all, with commas between: no key and no URL of ours has one.
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("witnesses")
    @classmethod
    def _check_witnesses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        parse_addresses(value)
        return value

    @field_validator("database")
    @classmethod
    def _check_database(cls, value: str) -> str:
        if value:
            check_database(value)
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load_config` gathered: the library's own reading of the environment ignores typing errors."""
        return (init_settings,)


def parse_listen(value: str) -> tuple[str, int]:
    """Host and port. ValueError unless the host is loopback: callers are not authenticated yet."""
    host, colon, port = value.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or not 0 <= int(port) <= 65_535:
        raise ValueError("an address is host:port, such as 127.0.0.1:7310")
    if host == "localhost":
        return host, int(port)
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        raise ValueError("the host must be localhost, 127.0.0.1 or [::1]") from None
    if not address.is_loopback:
        raise ValueError("only a loopback address, since callers are not authenticated yet")
    return host, int(port)


def check_database(value: str) -> None:
    """Refuse, with ValueError, the URL of a database that no node runs on. What it says holds no password."""
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        raise ValueError("not a database URL") from None
    if url.drivername == "sqlite":
        if url.database in (None, "", ":memory:") or str(url.database).startswith("file:") or url.query:
            raise ValueError("sqlite:/// and the path of a file")
    elif url.drivername != "postgresql+psycopg":
        raise ValueError("begins with sqlite:/// or postgresql+psycopg://")


def load_config(directory: Path, environment: Mapping[str, str] | None = None) -> NodeConfig:
    """The configuration of a data directory. Raises MalformedInput, which names the file or variable and the field."""
    path = directory / CONFIG_FILE
    return build_config(_read_file(path), path, os.environ if environment is None else environment)


def build_config(given: Mapping[str, Any], path: Path, environment: Mapping[str, str]) -> NodeConfig:
    """The configuration of these values, which are or will be those of `path`, and of the environment."""
    values = dict(given)
    sources = dict.fromkeys(values, str(path))
    for name, value in environment.items():
        if name.startswith(PREFIX):
            field = name.removeprefix(PREFIX).lower()
            values[field] = value
            sources[field] = name
    for field in values:  # here, since the library takes names of its own, such as _env_file, beside the fields
        if field not in NodeConfig.model_fields:
            raise MalformedInput("there is no such field", f"{sources[field]}: {field}")
    try:
        return NodeConfig(**values)
    except ValidationError as failure:
        first = failure.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else ""
        raise MalformedInput(_explain(first), f"{sources.get(field, path)}: {field}") from None


def render_config(values: Mapping[str, Any]) -> str:
    """A config.toml: each field with its meaning, those not given as comments with their defaults."""
    lines = ["# A node of Hefu. Each field can be overridden by the environment: " + PREFIX + "<FIELD>."]
    for name, field in NodeConfig.model_fields.items():
        mark = "" if name in values else "# "
        lines += ["", f"# {field.description}", f"{mark}{name} = {_quote(values.get(name, field.default))}"]
    return "\n".join(lines) + "\n"


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MalformedInput("there is no such file; `hefu node init` makes one", str(path)) from None
    except (OSError, UnicodeDecodeError) as failure:
        raise MalformedInput(f"cannot be read: {failure}", str(path)) from None
    except (tomllib.TOMLDecodeError, RecursionError) as failure:
        raise MalformedInput(f"not TOML: {failure}", str(path)) from None


def _explain(error: Any) -> str:
    if error["loc"] == ("database",):  # it may hold a password
        return str(error["msg"].removeprefix("Value error, "))
    return f"{error['msg'].removeprefix('Value error, ')} (given: {str(error.get('input'))[:100]!r})"


def _quote(value: object) -> str:
    # What JSON escapes in a string, TOML escapes alike; true, false and lists are written alike.
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str | bool | list | tuple) else str(value)
