"""What the registrar and an organisation say of policies, roles and the simulated clock, by the command line."""

import json

import pytest
from typer.testing import CliRunner

from nodes.cli.app import app
from nodes.genesis_file import build_genesis, build_registrar, make_uscc
from nodes.keys import write_key
from tests.integration.test_cli_life import World, started

SUPPLIER = make_uscc(12)
GENESIS_MS = 1_800_000_000_000
HOUR_MS = 3_600_000
TWO = {"persons": 2, "roles": ["CHECKER", "MAKER"]}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A network with a simulated clock, and one supplier."""
    folder = tmp_path_factory.mktemp("registrar")
    registrar = build_registrar()
    (folder / "genesis.bin").write_bytes(build_genesis("dev.hefu", GENESIS_MS, [registrar], simulated_clock=True))
    (folder / "data").mkdir()
    init = ["node", "init", str(folder / "data"), "--genesis", str(folder / "genesis.bin"), "--listen", "127.0.0.1:0"]
    made = CliRunner().invoke(app, init)
    assert made.exit_code == 0, made.output
    for key, name in zip(registrar.keys, ("maker", "checker"), strict=True):
        write_key(folder / "data" / "keys" / f"registrar-{name}.json", key)
    with started(folder / "data") as node:
        world = World(folder, node)
        world.admit(SUPPLIER, "sup", "supplier")
        yield world


def registrar(world: World) -> list[str]:
    return world.keys("data/keys/registrar-maker", "data/keys/registrar-checker")


def organisation_of(world: World):
    return world.ask("org", "show", SUPPLIER)["organisation"]


def write_policy(world: World, *rules) -> str:
    (world.folder / "policy.json").write_text(json.dumps({"rules": rules, "daily_limit_fen": "500000"}))
    return world.file("policy.json")


def test_the_registrar_sets_a_simulated_clock_forward(world):
    world.run("node", "advance-clock", "72h", *registrar(world))
    assert 72 <= (int(world.ask("node", "status")["now_ms"]) - GENESIS_MS) / HOUR_MS < 73
    assert "CLOCK_NOT_AHEAD" in world.run("node", "advance-clock", "2027-01-01T00:00", *registrar(world), code=1).stderr
    assert len(world.run("node", "advance-clock", "soon", *registrar(world), code=2).stderr.splitlines()) == 1


def test_the_registrar_grants_all_roles_at_once(world):
    world.run("org", "grant-roles", SUPPLIER, "--role", "core-enterprise", "--role", "supplier", *registrar(world))
    assert organisation_of(world)["roles"] == ["CORE_ENTERPRISE", "SUPPLIER"]
    world.run("org", "grant-roles", SUPPLIER, "--role", "supplier", *registrar(world))
    assert organisation_of(world)["roles"] == ["SUPPLIER"]


def test_an_organisation_sets_its_policy(world):
    small = {"kinds": [320, 310], "up_to_fen": "100000", "persons": 1}
    world.run("org", "set-policy", "--policy", write_policy(world, TWO, small), *world.both("sup"))
    policy = organisation_of(world)["policy"]
    assert policy["rules"][0]["roles"] == ["MAKER", "CHECKER"]
    assert policy["rules"][1] == {"kinds": [310, 320], "up_to_fen": "100000", "persons": 1, "roles": []}
    (world.folder / "shown.json").write_text(json.dumps(policy))
    world.run("org", "set-policy", "--policy", world.file("shown.json"), *world.both("sup"))
    assert organisation_of(world)["policy"] == policy
    world.run("org", "set-policy", "--persons", "2", "--daily-limit", "1.00", *world.both("sup"))
    assert organisation_of(world)["policy"]["daily_limit_fen"] == "100"


def test_a_policy_that_could_not_be_changed_again_is_refused(world):
    refused = world.run(
        "org", "set-policy", "--policy", write_policy(world, {"up_to_fen": "1", "persons": 2}), *world.both("sup"),
        code=1,
    )  # fmt: skip
    assert "143 POLICY_UNCHANGEABLE" in refused.stderr
    assert "--policy" in refused.stderr


def test_what_is_no_policy_is_one_line(world):
    (world.folder / "unknown").write_text('{"rule": []}')
    (world.folder / "range").write_text('{"rules": [{"persons": -1}]}')
    (world.folder / "role").write_text('{"rules": [{"persons": 1, "roles": ["boss"]}]}')
    policy = write_policy(world, TWO)
    for wrong in (
        ("--policy", world.file("unknown")), ("--policy", world.file("range")), ("--policy", world.file("role")),
        ("--policy", world.file("none")), ("--policy", policy, "--persons", "2"), ("--daily-limit", "1.00"), (),
    ):  # fmt: skip
        assert len(world.run("org", "set-policy", *wrong, *world.both("sup"), code=2).stderr.splitlines()) == 1
