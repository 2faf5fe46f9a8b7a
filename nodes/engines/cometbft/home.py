"""The home of an engine: its keys, its genesis, its settings, and the note of what it signed last.

    engine/config/config.toml                settings of the engine (`settings`)
    engine/config/genesis.json               derived from the genesis of the network: nobody may choose another
    engine/config/node_key.json              names the node among its peers
    engine/config/priv_validator_key.json    signs votes; that of an observer is in no validator set
    engine/data/priv_validator_state.json    what was signed last; never delete it, never restore it from a backup
    engine/abci.sock, engine/rpc.sock        there while node and engine run

Keys are Ed25519; the engine's address of one is the first 20 bytes of its SHA-256. Seeds are made by us, so that a
genesis can name the validators before any engine has run.
"""

import base64
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nacl.signing import SigningKey

from hefu.v1 import identity_pb2
from ledger.finality import compute_address
from nodes.engines.cometbft.settings import ENGINE_FOLDER, MAX_BLOCK_BYTES, EngineSettings, render_settings
from nodes.files import PRIVATE, sync_folder, write_whole

EVIDENCE_BLOCKS, EVIDENCE_S = 1_000_000, 14 * 24 * 3600
"""A vote given twice may be told for two weeks, and so many blocks: at ten blocks a second a day's worth."""
FOLDER_MODE = 0o700


@dataclass(frozen=True, slots=True)
class NamedValidator:
    """A validator as the engine's genesis names it."""

    public_key: bytes
    power: int
    name: str

    def build_entry(self, organisation: str) -> identity_pb2.Validator:
        """As the genesis of our network names it: run by this organisation (USCC)."""
        return identity_pb2.Validator(
            public_key=self.public_key, power=self.power, organisation=organisation, name=self.name
        )


@dataclass(frozen=True, slots=True)
class EngineKeys:
    """The two seeds of an engine, 32 bytes each."""

    node_seed: bytes
    validator_seed: bytes

    @property
    def node_id(self) -> str:
        """The name by which peers know the node."""
        return compute_address(compute_public_key(self.node_seed)).hex()

    @property
    def validator_key(self) -> bytes:
        """The public key under which its votes are counted."""
        return compute_public_key(self.validator_seed)


def make_engine_keys() -> EngineKeys:
    """New random keys."""
    return EngineKeys(secrets.token_bytes(32), secrets.token_bytes(32))


def compute_public_key(seed: bytes) -> bytes:
    """The Ed25519 public key of a seed."""
    return bytes(SigningKey(seed).verify_key)


def write_home(directory: Path, keys: EngineKeys, genesis: bytes, settings: EngineSettings) -> None:
    """Write engine/ into a node's directory, durably. FileExistsError: there is one."""
    home = directory / ENGINE_FOLDER
    for folder in (home, home / "config", home / "data"):
        folder.mkdir(mode=FOLDER_MODE)
    files = {
        "config/config.toml": render_settings(settings).encode(),
        "config/genesis.json": genesis,
        "config/node_key.json": _dump({"priv_key": _private(keys.node_seed)}),
        "config/priv_validator_key.json": render_validator_key(keys.validator_seed),
        "data/priv_validator_state.json": _dump({"height": "0", "round": 0, "step": 0}),
    }
    for name, data in files.items():
        write_whole(home / name, data, PRIVATE)
    for folder in (home / "config", home / "data", home):
        sync_folder(folder)


def render_genesis(chain_id: str, time_ms: int, validators: Sequence[NamedValidator]) -> bytes:
    """genesis.json. The first block has exactly this time; limits are as wide as the node's own need."""
    return _dump(
        {
            "genesis_time": _render_time(time_ms),
            "chain_id": chain_id,
            "initial_height": "1",
            "consensus_params": {
                "block": {"max_bytes": str(MAX_BLOCK_BYTES), "max_gas": "-1"},
                "evidence": {
                    "max_age_num_blocks": str(EVIDENCE_BLOCKS),
                    "max_age_duration": str(EVIDENCE_S * 1_000_000_000),
                    "max_bytes": str(MAX_BLOCK_BYTES // 8),
                },
                "validator": {"pub_key_types": ["ed25519"]},
                "version": {"app": "0"},
                "abci": {"vote_extensions_enable_height": "0"},
            },
            "validators": [_to_plain(validator) for validator in validators],
            "app_hash": "",
        }
    )


def render_validator_key(seed: bytes) -> bytes:
    """priv_validator_key.json of a seed."""
    public_key = compute_public_key(seed)
    return _dump(
        {
            "address": compute_address(public_key).hex().upper(),
            "pub_key": _public(public_key),
            "priv_key": _private(seed),
        }
    )


def _to_plain(validator: NamedValidator) -> dict[str, Any]:
    return {
        "address": compute_address(validator.public_key).hex().upper(),
        "pub_key": _public(validator.public_key),
        "power": str(validator.power),
        "name": validator.name,
    }


def _render_time(time_ms: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=time_ms)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + f".{time_ms % 1000:03d}Z"


def _public(public_key: bytes) -> dict[str, str]:
    return {"type": "tendermint/PubKeyEd25519", "value": base64.b64encode(public_key).decode()}


def _private(seed: bytes) -> dict[str, str]:
    both = seed + compute_public_key(seed)
    return {"type": "tendermint/PrivKeyEd25519", "value": base64.b64encode(both).decode()}


def _dump(value: Any) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
