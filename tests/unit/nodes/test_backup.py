"""Backing nodes up, and making them anew."""

import time
from dataclasses import replace

import pytest

from identity.genesis import parse_genesis
from ledger.errors import MalformedInput
from ledger.store.database import connect, open_engine
from ledger.store.sql import SqlStore
from nodes.backup import SECRET, Restoring, backup_node, restore_node
from nodes.config import load_config
from nodes.directory import NodeDirectory, init_node
from nodes.engines.cometbft.evidence import EVIDENCE_FILE
from nodes.engines.cometbft.vote_hold import NEVER_HEIGHT, STATE_FILE, read_hold
from nodes.network.making import NetworkRequest, init_development_network
from nodes.network.plan import build_plan
from tests.support.cometbft import find_base_port

STOPPED_MS, MARGIN_MS = time.time_ns() // 1_000_000 + 3_600_000, 5_000
RESTORING = Restoring(STOPPED_MS, MARGIN_MS)


def read_head(directory):
    config = load_config(directory, {})
    engine = open_engine(NodeDirectory(directory).get_url(config), must_exist=True)
    try:
        with connect(engine) as connection:
            store = SqlStore(connection)
            NodeDirectory(directory).check_ledger(store, config.origin)
            return store.read_head()
    finally:
        engine.dispose()


@pytest.fixture
def member(tmp_path):
    request = NetworkRequest(build_plan(1, base_port=find_base_port(3)), "/opt/cometbft")
    init_development_network(tmp_path / "net", request)
    return tmp_path / "net/node0"


def test_a_node_alone_comes_back_with_its_ledger(tmp_path):
    init_node(tmp_path / "data", None, {"listen": "127.0.0.1:0"})
    assert backup_node(tmp_path / "data", tmp_path / "out") == ""
    config = restore_node(tmp_path / "out", tmp_path / "again", RESTORING)
    assert config == load_config(tmp_path / "data", {})
    assert read_head(tmp_path / "again") == read_head(tmp_path / "data")
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "again").rglob("*")} == {0}


def test_keys_lie_apart_and_what_was_signed_last_is_in_no_backup(member, tmp_path):
    backup_node(member, tmp_path / "out")
    found = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*") if path.is_file()}
    open_files = {"config.toml", "genesis.bin", "trust.json", "ledger.db", "engine/config/config.toml"}
    assert {name for name in found if not name.startswith(SECRET)} == open_files
    assert f"{SECRET}/engine/config/priv_validator_key.json" in found
    assert f"{SECRET}/keys/log.key" in found
    assert not any("priv_validator_state" in name for name in found)


def test_a_member_comes_back_without_blocks_and_with_its_vote_held(member, tmp_path):
    backup_node(member, tmp_path / "out")
    restore_node(tmp_path / "out", tmp_path / "again", RESTORING)
    again = tmp_path / "again"
    for name in (
        "config.toml",
        "genesis.bin",
        "keys/log.key",
        "engine/config/genesis.json",
        "engine/config/config.toml",
        "engine/config/node_key.json",
        "engine/config/priv_validator_key.json",
    ):
        if name == "config.toml":
            assert load_config(again, {}) == load_config(member, {})
        else:
            assert (again / name).read_bytes() == (member / name).read_bytes()
    assert read_head(again).height == 0
    assert read_hold(again) == STOPPED_MS + MARGIN_MS
    assert str(NEVER_HEIGHT) in (again / STATE_FILE).read_text(encoding="utf-8")
    assert sorted(path.name for path in (again / "engine/data").iterdir()) == ["priv_validator_state.json"]


def test_what_is_no_backup_and_places_in_use_are_refused(member, tmp_path):
    backup_node(member, tmp_path / "out")
    for work in (
        lambda: backup_node(tmp_path / "nothing", tmp_path / "more"),
        lambda: backup_node(member, tmp_path / "out"),
        lambda: restore_node(tmp_path / "nothing", tmp_path / "more", RESTORING),
        lambda: restore_node(tmp_path / "out", member, RESTORING),
        lambda: restore_node(tmp_path / "out", tmp_path / ("d" * 100), RESTORING),
    ):
        with pytest.raises(MalformedInput):
            work()
    assert not (tmp_path / "more").exists()


def test_a_member_had_not_stopped_before_the_last_block_of_its_backup(member, tmp_path):
    backup_node(member, tmp_path / "out")
    newest_ms = read_head(member).time_ms
    with pytest.raises(MalformedInput, match=r"--stopped-at.*had not stopped yet"):
        restore_node(tmp_path / "out", tmp_path / "again", Restoring(newest_ms - 1, MARGIN_MS))
    assert not (tmp_path / "again").exists()
    restore_node(tmp_path / "out", tmp_path / "again", Restoring(newest_ms, MARGIN_MS))
    genesis = parse_genesis((tmp_path / "out/genesis.bin").read_bytes())
    genesis.simulated_clock = True  # whose blocks have no time of ours
    (tmp_path / "out/genesis.bin").write_bytes(genesis.SerializeToString(deterministic=True))
    restore_node(tmp_path / "out", tmp_path / "simulated", Restoring(newest_ms - 1, MARGIN_MS))


def test_what_is_no_ledger_is_none(member, tmp_path):
    backup_node(member, tmp_path / "out")
    newest_ms = read_head(member).time_ms
    (tmp_path / "out/ledger.db").write_bytes(b"no ledger" * 1000)
    with pytest.raises(MalformedInput, match="is no ledger"):
        restore_node(tmp_path / "out", tmp_path / "more", Restoring(newest_ms, MARGIN_MS))


def test_evidence_against_validators_comes_along(member, tmp_path):
    (member / EVIDENCE_FILE).write_bytes(b"{}\n")
    backup_node(member, tmp_path / "out")
    restore_node(tmp_path / "out", tmp_path / "again", RESTORING)
    assert (tmp_path / "again" / EVIDENCE_FILE).read_bytes() == b"{}\n"


def test_a_members_ledger_in_another_file_comes_back_into_the_directory(member, tmp_path):
    elsewhere = tmp_path / "big.db"
    (member / "ledger.db").rename(elsewhere)
    config = member / "config.toml"
    lines = [line for line in config.read_text(encoding="utf-8").splitlines() if not line.startswith("database")]
    config.write_text("\n".join([*lines, f'database = "sqlite:///{elsewhere}"', ""]), encoding="utf-8")
    assert backup_node(member, tmp_path / "out") == ""
    assert restore_node(tmp_path / "out", tmp_path / "again", RESTORING).database == ""
    assert read_head(tmp_path / "again").height == 0


def test_a_ledger_in_another_file_comes_back_into_the_directory(tmp_path, monkeypatch):
    elsewhere = tmp_path / "big disk.db"
    init_node(tmp_path / "data", None, {"listen": "127.0.0.1:0", "database": f"sqlite:///{elsewhere}"})
    assert backup_node(tmp_path / "data", tmp_path / "out") == ""
    assert restore_node(tmp_path / "out", tmp_path / "again", RESTORING).database == ""
    assert read_head(tmp_path / "again") == read_head(tmp_path / "data")
    monkeypatch.setenv("HEFU_NODE_DATABASE", f"sqlite:///{tmp_path / 'absent.db'}")
    with pytest.raises(MalformedInput, match="no such file"):  # not the ledger that the configuration alone names
        backup_node(tmp_path / "data", tmp_path / "more")
    with pytest.raises(MalformedInput, match="elsewhere"):
        restore_node(tmp_path / "out", tmp_path / "third", replace(RESTORING, database=f"sqlite:///{elsewhere}"))


def test_a_ledger_on_postgresql_is_dumped_apart(tmp_path, postgres_url):
    init_node(tmp_path / "data", None, {"listen": "127.0.0.1:0", "database": postgres_url})
    assert backup_node(tmp_path / "data", tmp_path / "out").startswith("postgresql")
    assert not (tmp_path / "out/ledger.db").exists()
    with pytest.raises(MalformedInput, match="elsewhere"):
        restore_node(tmp_path / "out", tmp_path / "again", RESTORING)
