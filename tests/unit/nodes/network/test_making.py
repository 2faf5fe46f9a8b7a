import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from hefu.v1.identity_pb2 import Validator
from identity.genesis import parse_genesis
from ledger.errors import MalformedInput
from ledger.finality import compute_chain_id
from ledger.notes import app_hash, parse_note
from ledger.store.database import connect, open_engine
from ledger.store.sql import SqlStore
from ledger.trust import open_trust
from ledger.verify_forms import parse_trust
from nodes.config import load_config
from nodes.directory import GENESIS_FILE, REGISTRAR_KEYS, SERVICE_KEY, TRUST_FILE, NodeDirectory
from nodes.genesis_file import build_genesis, build_registrar
from nodes.housekeeper import read_service_key
from nodes.keys import read_key
from nodes.network.making import MEMORY, POWER, NetworkRequest, init_development_network, init_network
from nodes.network.plan import build_plan, read_plan
from nodes.wiring import build_views, compute_network
from tests.support.cometbft import find_base_port, run_engine

PROGRAM = "/opt/cometbft"


def request(validators: int = 1, observers: int = 0, **given) -> NetworkRequest:
    base = find_base_port(3 * (validators + observers))
    return NetworkRequest(build_plan(validators, observers, base_port=base), PROGRAM, **given)


def read_settings(node: Path) -> dict[str, Any]:
    return tomllib.loads((node / "engine" / "config" / "config.toml").read_text(encoding="utf-8"))


def read_app_hash(node: Path) -> bytes:
    engine = open_engine(NodeDirectory(node).get_url(load_config(node)))
    try:
        with connect(engine) as connection:
            head = SqlStore(connection, build_views()).read_head()
    finally:
        engine.dispose()
    assert head is not None
    return app_hash(parse_note(head.checkpoint).text)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("made") / "district"
    init_development_network(place, request(4, 1))
    return place


def test_all_nodes_begin_with_the_same_statement(made):
    nodes = [made / node.name for node in read_plan(made)]
    assert {(node / GENESIS_FILE).read_bytes() for node in nodes} == {(made / GENESIS_FILE).read_bytes()}
    assert len({(node / "engine" / "config" / "genesis.json").read_bytes() for node in nodes}) == 1
    assert {load_config(node).origin for node in nodes} == {"dev.hefu/log"}
    assert len({read_app_hash(node) for node in nodes}) == 1
    assert len({(node / "keys" / "log.key").read_bytes() for node in nodes}) == 5


def test_the_engines_genesis_follows_from_ours(made):
    genesis = parse_genesis((made / GENESIS_FILE).read_bytes())
    theirs = json.loads((made / "node0" / "engine" / "config" / "genesis.json").read_bytes())
    assert theirs["chain_id"] == compute_chain_id(compute_network(genesis))
    assert sorted(validator["name"] for validator in theirs["validators"]) == ["node0", "node1", "node2", "node3"]
    assert {validator["power"] for validator in theirs["validators"]} == {str(POWER)}


def test_each_engine_knows_the_validators_and_not_itself(made):
    plan = {node.name: node for node in read_plan(made)}
    ids = {name: run_engine(made / name / "engine", "show-node-id") for name in plan}
    for name in plan:
        others = [f"{ids[other]}@{node.p2p_address}" for other, node in plan.items()
                  if node.is_validator and other != name]  # fmt: skip
        assert read_settings(made / name)["p2p"]["persistent_peers"].split(",") == others
        assert read_settings(made / name)["p2p"]["laddr"] == f"tcp://{plan[name].p2p_listen}"


def test_a_node_knows_its_engine_and_where_it_listens(made):
    for node in read_plan(made):
        config = load_config(made / node.name)
        assert (config.engine, config.engine_program, config.listen) == ("cometbft", PROGRAM, node.target)
        assert {name: getattr(config, name) for name in MEMORY} == MEMORY


def test_one_node_keeps_house(made):
    keepers = [node.name for node in read_plan(made) if load_config(made / node.name).service_key]
    assert keepers == ["node0"]
    assert read_service_key(made / "node0", load_config(made / "node0")) is not None
    assert not (made / "node1" / SERVICE_KEY).exists()


def test_the_registrars_keys_are_there_once(made):
    found = [read_key(made / name).open(None).public_key for name in REGISTRAR_KEYS]
    (founder,) = parse_genesis((made / GENESIS_FILE).read_bytes()).founders
    assert set(found) < {key.public_key for key in founder.keys}
    assert not any((made / "node0" / name).exists() for name in REGISTRAR_KEYS)


def test_the_trust_file_holds_the_keys_of_all_operators(made):
    trust = parse_trust((made / TRUST_FILE).read_bytes())
    open_trust(trust)
    of_nodes = [parse_trust((made / node.name / TRUST_FILE).read_bytes()) for node in read_plan(made)]
    assert {key.key for key in trust.log_keys} == {key.key for one in of_nodes for key in one.log_keys}


def test_secrets_are_their_owners_alone(made):
    assert {path.stat().st_mode & 0o077 for path in made.rglob("*")} == {0}
    assert made.stat().st_mode & 0o077 == 0


def test_another_genesis_may_be_brought_and_settings_for_all(tmp_path):
    registrar = build_registrar()
    seen: list[str] = []

    def build(validators) -> bytes:
        seen.extend(validator.name for validator in validators)
        run = [
            Validator(public_key=one.public_key, power=one.power, organisation=registrar.organisation, name=one.name)
            for one in validators
        ]
        return build_genesis("own.hefu", 1_767_225_600_000, [registrar], simulated_clock=True, validators=run)

    init_network(tmp_path / "o", request(1, 1, settings={"block_gather_ms": 1}), build)
    assert seen == ["node0"]
    for name in ("node0", "observer0"):
        config = load_config(tmp_path / "o" / name)
        assert (config.origin, config.block_gather_ms, config.service_key) == ("own.hefu/log", 1, "")
    assert not (tmp_path / "o" / "keys").exists()


def test_a_genesis_that_does_not_name_the_validators_is_refused(tmp_path):
    def forget(validators) -> bytes:
        return build_genesis("own.hefu", 1_767_225_600_000, [build_registrar()])

    with pytest.raises(MalformedInput, match="other validators"):
        init_network(tmp_path / "net", request(), forget)
    assert list(tmp_path.iterdir()) == []


def test_each_node_may_have_a_database_of_its_own(tmp_path, database_url):
    init_development_network(tmp_path / "net", request(1, databases=[database_url]))
    assert load_config(tmp_path / "net" / "node0").database == database_url
    assert not (tmp_path / "net" / "node0" / "ledger.db").exists()
    with pytest.raises(MalformedInput, match="holds a ledger already"):
        init_development_network(tmp_path / "other", request(1, databases=[database_url]))
    assert [path.name for path in tmp_path.iterdir() if "other" in path.name] == []


def test_a_place_in_use_is_refused_and_left_as_it_was(tmp_path, made):
    (tmp_path / "mine").write_text("mine", encoding="utf-8")
    before = sorted(made.rglob("*"))
    for place, said in ((tmp_path, "absent or an empty"), (made, "there is a network"), (Path(), "the current one")):
        with pytest.raises(MalformedInput, match=said):
            init_development_network(place, request())
    assert sorted(made.rglob("*")) == before
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_databases_that_do_not_fit_and_too_long_a_path_are_refused(tmp_path):
    with pytest.raises(MalformedInput, match="each of the 2 nodes"):
        init_development_network(tmp_path / "net", request(2, databases=["sqlite:////x"]))
    with pytest.raises(MalformedInput, match="107 bytes"):
        init_development_network(tmp_path / ("d" * 100), request())
    assert list(tmp_path.iterdir()) == []


def test_what_fails_half_way_leaves_nothing_and_what_was_killed_is_cleared(tmp_path):
    def fail(validators) -> bytes:
        raise MalformedInput("no such thing", "genesis")

    with pytest.raises(MalformedInput, match="no such thing"):
        init_network(tmp_path / "net", request(), fail)
    assert list(tmp_path.iterdir()) == []
    left = tmp_path / ".net.new"
    (left / "node0").mkdir(parents=True)
    (left / "genesis.bin").write_bytes(b"half")
    init_development_network(tmp_path / "net", request())
    assert [path.name for path in tmp_path.iterdir()] == ["net"]
