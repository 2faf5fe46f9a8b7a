import tomllib
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import MalformedInput
from nodes.engines.cometbft.settings import (
    ABCI_SOCKET,
    ENGINE_VERSION,
    MAX_BLOCK_BYTES,
    MAX_SOCKET_PATH,
    EngineSettings,
    StateSync,
    get_socket,
    render_settings,
)
from tests.support.cometbft import run_engine

PLAIN = EngineSettings(moniker='bank "one"', p2p_listen="127.0.0.1:7311", persistent_peers=("a@h:1", "b@h:2"))


def read(settings: EngineSettings) -> dict[str, Any]:
    return tomllib.loads(render_settings(settings))


def list_fields(values: dict[str, Any], prefix: str = "") -> set[str]:
    found: set[str] = set()
    for name, value in values.items():
        found |= list_fields(value, f"{name}.") if isinstance(value, dict) else {prefix + name}
    return found


def test_the_file_has_every_field_that_the_program_knows_and_no_other(tmp_path):
    run_engine(tmp_path, "init")
    theirs = tomllib.loads((tmp_path / "config" / "config.toml").read_text(encoding="utf-8"))
    assert list_fields(read(PLAIN)) == list_fields(theirs)
    assert theirs["version"] == ENGINE_VERSION


def test_what_an_operator_decides_stands_in_it():
    found = read(PLAIN)
    assert found["moniker"] == 'bank "one"'
    assert found["p2p"]["laddr"] == "tcp://127.0.0.1:7311"
    assert found["p2p"]["persistent_peers"] == "a@h:1,b@h:2"
    assert found["statesync"]["enable"] is False


def test_only_p2p_is_reached_from_outside():
    found = read(PLAIN)
    assert (found["proxy_app"], found["rpc"]["laddr"]) == ("unix://abci.sock", "unix://rpc.sock")
    assert [found["rpc"]["grpc_laddr"], found["rpc"]["pprof_laddr"], found["priv_validator_laddr"]] == [""] * 3
    assert (found["rpc"]["unsafe"], found["instrumentation"]["prometheus"]) == (False, False)


def test_nothing_of_the_engine_grows_without_bound_or_is_kept_twice():
    found = read(PLAIN)
    assert found["mempool"]["max_txs_bytes"] <= 8 * MAX_BLOCK_BYTES
    assert found["tx_index"]["indexer"] == "null"
    assert found["storage"]["discard_abci_responses"] is True


def test_a_new_node_may_begin_with_a_snapshot():
    sync = StateSync(("unix:///a", "unix:///b"), 7, "AB", 60)
    found = read(EngineSettings(moniker="n", p2p_listen="127.0.0.1:1", state_sync=sync))["statesync"]
    assert found["enable"] is True
    assert [found[name] for name in ("rpc_servers", "trust_height", "trust_hash", "trust_period")] == [
        "unix:///a,unix:///b", 7, "AB", "60s",
    ]  # fmt: skip


def test_a_socket_that_the_system_cannot_name_is_refused():
    room = MAX_SOCKET_PATH - len("/engine/abci.sock") - 1
    assert len(str(get_socket(Path("/" + "d" * room), ABCI_SOCKET))) == MAX_SOCKET_PATH
    with pytest.raises(MalformedInput) as refusal:
        get_socket(Path("/" + "d" * (room + 1)), ABCI_SOCKET)
    assert "107 bytes" in str(refusal.value)
