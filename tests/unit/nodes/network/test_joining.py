"""The data directory of a node that joins, and what is refused."""

import tomllib
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from ledger.errors import MalformedInput
from ledger.verify_forms import parse_trust
from nodes.config import load_config
from nodes.engines.cometbft.passage import pass_on
from nodes.engines.cometbft.settings import StateSync
from nodes.genesis_file import build_genesis, build_registrar
from nodes.network.joining import JoinRequest, choose_state_sync, join_network, parse_peers, plan_joiner
from nodes.network.making import MEMORY, NetworkRequest, init_development_network
from nodes.network.plan import build_plan
from nodes.network.state_sync import find_state_sync, parse_addresses
from tests.support.cometbft import find_base_port
from tests.support.fake_engine import FakeEngine
from tests.support.light_blocks import SEEDS, make_light_block, make_network_trust
from tests.support.proof_world import START_MS

PEER = f"{'ab' * 20}@bank1.example:7311"
NOW_MS = START_MS + 3_600_000


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    place = tmp_path_factory.mktemp("n") / "net"
    init_development_network(place, NetworkRequest(build_plan(1, base_port=find_base_port(3)), "/opt/cometbft"))
    return place


def request(network, directory, **given):
    plan = plan_joiner(directory, given.pop("host", "127.0.0.1"), find_base_port(3))
    asked = {"genesis": (network / "genesis.bin").read_bytes(), "peers": [PEER], "engine_program": "/opt/cometbft"}
    return JoinRequest(plan=plan, **{**asked, **given})


def read_settings(node):
    return tomllib.loads((node / "engine/config/config.toml").read_text(encoding="utf-8"))


def test_a_joiner_has_the_networks_genesis_keys_of_its_own_and_these_peers(network, tmp_path):
    asked = request(network, tmp_path / "new", host="bank5.example", settings={"snapshot_blocks": 50})
    joined = join_network(tmp_path / "new", asked)
    node, founder = tmp_path / "new", network / "node0"
    for name in ("genesis.bin", "engine/config/genesis.json"):
        assert (node / name).read_bytes() == (founder / name).read_bytes()
    assert joined.validator_key.hex() not in (founder / "engine/config/genesis.json").read_text(encoding="utf-8")
    settings, config = read_settings(node), load_config(node, {})
    assert settings["p2p"]["persistent_peers"] == PEER
    assert settings["p2p"]["external_address"] == asked.plan.p2p_address
    assert (settings["moniker"], settings["statesync"]["enable"]) == ("new", False)
    assert (config.engine, config.origin, config.snapshot_blocks) == ("cometbft", "dev.hefu/log", 50)
    assert (config.listen, config.http_listen) == (asked.plan.target, asked.plan.http_target)
    assert {name: getattr(config, name) for name in MEMORY} == MEMORY
    assert {path.stat().st_mode & 0o077 for path in node.rglob("*")} == {0}
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_the_origin_is_that_of_the_trust_file(network, tmp_path):
    trust = parse_trust((network / "trust.json").read_bytes())
    trust.origin = "other.example/log"
    join_network(tmp_path / "new", request(network, tmp_path / "new", trust=trust))
    assert load_config(tmp_path / "new", {}).origin == "other.example/log"


def test_places_in_use_and_another_genesis_are_refused_and_nothing_is_left(network, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    alone = build_genesis("own.hefu", START_MS, [build_registrar()])
    trust = parse_trust((network / "trust.json").read_bytes())
    trust.network.genesis_hash = bytes(32)
    with pytest.raises(MalformedInput, match="a node already"):
        join_network(network / "node0", request(network, network / "node0"))
    with pytest.raises(MalformedInput, match="absent or an empty"):
        join_network(tmp_path, request(network, tmp_path))
    with pytest.raises(MalformedInput, match="a node alone"):
        join_network(tmp_path / "new", request(network, tmp_path / "new", genesis=alone))
    with pytest.raises(MalformedInput, match="another network"):
        join_network(tmp_path / "new", request(network, tmp_path / "new", trust=trust))
    with pytest.raises(MalformedInput):
        join_network(tmp_path / "new", request(network, tmp_path / "new", settings={"listen": "0.0.0.0:1"}))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    "peers",
    [
        [], [PEER] * 2, [PEER] * 65, ["bank1.example:7311"], [PEER.upper()], [PEER + "1" * 3], [PEER + ",x"],
        [PEER.replace("7311", "0")], [PEER.replace("7311", "65536")], [PEER.replace("bank1", 'ba"nk')], [PEER + "\n"],
    ],
)  # fmt: skip
def test_peers_that_are_none_are_refused(peers):
    with pytest.raises(MalformedInput):
        parse_peers(peers)


@pytest.mark.parametrize(
    "text",
    [
        "http://one", "http://one,http://one/", "http://one,two", "http://one,ftp://two", "http://one,https://",
        'http://one,http://t"wo', "http://one,http://u@two", ",".join(f"http://{n}" for n in range(9)),
    ],
)  # fmt: skip
def test_addresses_that_are_none_or_too_few_are_refused(text):
    with pytest.raises(MalformedInput):
        parse_addresses(text)


@asynccontextmanager
async def serving(engine):
    async def answer(asked: web.Request) -> web.Response:
        return web.Response(body=await pass_on(engine, await asked.read()))

    app = web.Application()
    app.router.add_post("/engine", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


FIRST = make_light_block(bytes(32), height=1, time_ms=START_MS)


async def test_trust_begins_with_the_header_that_the_validators_of_genesis_signed():
    async with serving(FakeEngine(FIRST)) as one, serving(FakeEngine(FIRST)) as two:
        found = await find_state_sync([one, two], make_network_trust(), NOW_MS)
    assert (found.rpc_servers, found.trust_height) == ((f"{one}/engine", f"{two}/engine"), 1)
    assert (len(found.trust_hash), found.trust_period_s) == (64, 24 * 3600)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (make_light_block(bytes(32), height=1, time_ms=START_MS, seeds=SEEDS[4:8]), "is not to be trusted"),
        (make_light_block(bytes(32), absent=SEEDS[:2], height=1, time_ms=START_MS), "is not to be trusted"),
        (make_light_block(bytes([1]) * 32, height=1, time_ms=START_MS), "has forked"),
        (make_light_block(bytes(32), height=9), "does not give header 1"),
    ],
)
async def test_a_server_whose_header_is_another_is_refused(other, said):
    async with serving(FakeEngine(FIRST)) as one, serving(FakeEngine(other)) as two:
        with pytest.raises(MalformedInput, match=said):
            await find_state_sync([one, two], make_network_trust(), NOW_MS)


async def test_no_server_no_validators_and_a_trust_that_has_ended_are_refused():
    async with serving(FakeEngine(FIRST)) as one:
        with pytest.raises(MalformedInput, match="does not give"):
            await find_state_sync([one, f"http://127.0.0.1:{find_base_port(1)}"], make_network_trust(), NOW_MS)
        with pytest.raises(MalformedInput, match="TRUST_EXPIRED"):
            await find_state_sync([one, one], make_network_trust(), NOW_MS + 10**9)
    operator = make_network_trust(has_log_keys=True, genesis_time_ms=0, trusting_period_ms=0)
    del operator.validators[:]
    with pytest.raises(MalformedInput, match="must name validators"):
        await find_state_sync(["http://one", "http://two"], operator, NOW_MS)


def test_without_addresses_a_joiner_begins_at_genesis(network):
    assert choose_state_sync((network / "genesis.bin").read_bytes(), None, ()) is None


def test_a_snapshots_place_is_written_into_a_config_and_out_of_it_again(network):
    from nodes.engines.cometbft.settings import replace_state_sync

    text = (network / "node0/engine/config/config.toml").read_text(encoding="utf-8")
    sync = StateSync(("http://one/engine", "http://two/engine"), 7, "AB" * 32, 3600)
    changed = replace_state_sync(text, sync)
    section = tomllib.loads(changed)["statesync"]
    assert (section["enable"], section["trust_height"], section["trust_period"]) == (True, 7, "3600s")
    assert replace_state_sync(changed, None) == text
    with pytest.raises(MalformedInput):
        replace_state_sync("[consensus]\n", None)
