import json

import pytest

from ledger.finality import compute_address
from nodes.engines.cometbft.home import (
    EngineKeys,
    NamedValidator,
    make_engine_keys,
    render_genesis,
    write_home,
)
from nodes.engines.cometbft.settings import ENGINE_FOLDER, EngineSettings
from tests.support.cometbft import find_base_port, run_engine, running_engine

KEYS = EngineKeys(bytes(range(32)), bytes(range(32, 64)))


def make_home(folder, keys=KEYS, time_ms=1_767_225_600_007):
    genesis = render_genesis("hefu-test", time_ms, [NamedValidator(keys.validator_key, 10, "某银行")])
    settings = EngineSettings(moniker="one", p2p_listen=f"127.0.0.1:{find_base_port(1)}")
    write_home(folder, keys, genesis, settings)
    return folder / ENGINE_FOLDER


def test_the_program_reads_our_keys_as_we_do(tmp_path):
    home = make_home(tmp_path)
    assert run_engine(home, "show-node-id") == KEYS.node_id
    told = json.loads(run_engine(home, "show-validator"))
    genesis = json.loads((home / "config" / "genesis.json").read_bytes())
    assert told == genesis["validators"][0]["pub_key"]
    assert genesis["validators"][0]["address"] == compute_address(KEYS.validator_key).hex().upper()


async def test_the_program_starts_from_it_and_makes_blocks(tmp_path):
    make_home(tmp_path)
    async with running_engine(tmp_path, "--proxy_app=kvstore") as rpc:
        status = await rpc.ask("status")
        assert status["node_info"]["network"] == "hefu-test"
        assert status["validator_info"]["voting_power"] == "10"
        while int((await rpc.ask("status"))["sync_info"]["latest_block_height"]) < 1:
            pass
        block = await rpc.ask("block", height=1)
        assert block["block"]["header"]["time"] == "2026-01-01T00:00:00.007Z"
        parameters = (await rpc.ask("consensus_params", height=1))["consensus_params"]
        assert parameters["block"] == {"max_bytes": "2097152", "max_gas": "-1"}
        assert parameters["abci"]["vote_extensions_enable_height"] == "0"


def test_all_of_it_is_its_owners_alone(tmp_path):
    home = make_home(tmp_path)
    assert {path.stat().st_mode & 0o077 for path in home.rglob("*")} == {0}
    assert home.stat().st_mode & 0o777 == 0o700


def test_a_home_is_never_written_over_another(tmp_path):
    make_home(tmp_path)
    with pytest.raises(FileExistsError):
        make_home(tmp_path)


def test_keys_are_new_each_time():
    assert len({make_engine_keys().node_seed for _ in range(4)} | {make_engine_keys().validator_seed}) == 5
