"""Validators and the software version by the command line, on a network whose registrar votes alone."""

import time
from base64 import b64encode

import pytest
from nacl.signing import SigningKey
from typer.testing import CliRunner

from hefu.v1 import identity_pb2
from nodes.cli.app import app
from nodes.genesis_file import build_electorate, build_genesis, build_registrar, make_uscc
from nodes.keys import write_key
from tests.integration.test_cli_life import World, started

REGISTRAR, STRANGER = make_uscc(1), make_uscc(9)
KEYS = sorted(bytes(SigningKey(bytes([number]) * 32).verify_key) for number in range(5))
NEWCOMER = KEYS[-1]


def init(folder, *arguments: str) -> None:
    made = CliRunner().invoke(app, ["node", "init", str(folder / "data"), "--listen", "127.0.0.1:0", *arguments])
    assert made.exit_code == 0, made.output


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Four validators of ten each, all of the registrar's; its keys lie where a development network's do."""
    folder = tmp_path_factory.mktemp("validators")
    founder = build_registrar()
    validators = [
        identity_pb2.Validator(public_key=key, power=10, organisation=REGISTRAR, name=f"节点 {number}")
        for number, key in enumerate(KEYS[:4], 1)
    ]
    genesis = build_genesis(
        "test.hefu", time.time_ns() // 1_000_000 - 60_000, [founder],
        electorate=build_electorate([REGISTRAR]), validators=validators,
    )  # fmt: skip
    (folder / "genesis.bin").write_bytes(genesis)
    for key, name in zip(founder.keys, ("maker", "checker"), strict=True):
        write_key(folder / f"{name}.json", key, None)
    init(folder, "--genesis", str(folder / "genesis.bin"))
    with started(folder / "data") as node:
        yield World(folder, node)


def propose(world: World, *arguments: str, code: int = 0):
    return world.run("gov", "propose", *arguments, *world.keys("maker", "checker"), code=code)


def list_powers(world: World) -> dict[str, str]:
    return {one["public_key"]: one["power"] for one in world.ask("gov", "validators")["validators"]}


def test_validators_are_listed_with_their_share(world):
    shown = world.run("gov", "validators").stdout
    assert "节点 1" in shown
    assert shown.count("25.0000 %") == 4


def test_a_validator_joins_changes_power_and_leaves(world):
    joining = (b64encode(NEWCOMER).decode(), "--power", "8", "--run-by", REGISTRAR, "--name", "节点 5")
    propose(world, "validator", "J-1", *joining)
    assert list_powers(world)[NEWCOMER.hex()] == "8"
    shown = world.run("gov", "show", f"{REGISTRAR}.J-1").stdout
    for line in ("joins 加入", NEWCOMER.hex(), "节点 5", "power 权重: 8, now 现为 0"):
        assert line in shown
    propose(world, "validator", "P-1", NEWCOMER.hex(), "--power", "9")
    assert "changes 变更" in world.run("gov", "show", f"{REGISTRAR}.P-1").stdout
    propose(world, "validator", "L-1", NEWCOMER.hex(), "--power", "0")
    assert NEWCOMER.hex() not in list_powers(world)
    shown = world.run("gov", "show", f"{REGISTRAR}.L-1").stdout
    assert "leaves 退出" in shown
    assert "power 权重: 0, now 现为 9" in shown
    assert "validator" in world.run("gov", "list").stdout


def test_what_is_refused_says_why(world):
    assert (
        "196 POWER_CHANGES_TOO_MUCH"
        in propose(world, "validator", "M-1", KEYS[0].hex(), "--power", "24", code=1).stderr
    )
    assert (
        "194 VALIDATOR_POWER_INVALID"
        in propose(world, "validator", "M-2", KEYS[0].hex(), "--power", "10", code=1).stderr
    )
    stranger = (NEWCOMER.hex(), "--power", "1", "--run-by", STRANGER, "--name", "n")
    assert "100 ORGANISATION_UNKNOWN" in propose(world, "validator", "M-3", *stranger, code=1).stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((NEWCOMER.hex(), "--power", "1"), "needs --run-by"),
        ((KEYS[0].hex(), "--power", "1", "--name", "n"), "for one that joins"),
        ((NEWCOMER.hex()[2:], "--power", "1"), "public key"),
        (("?" * 43 + "=", "--power", "1"), "public key"),
        ((b64encode(bytes(31)).decode(), "--power", "1"), "public key"),
        ((NEWCOMER.hex(), "--power", "-1"), "--power"),
    ],
)
def test_what_cannot_be_meant_is_not_signed(world, arguments, said):
    assert said in propose(world, "validator", "W-1", *arguments, code=2).stderr


def test_a_software_version_is_voted_put_off_and_withdrawn(world):
    propose(world, "software", "V-1", "--to", "2", "--from-height", "900000")
    propose(world, "software", "V-2", "--to", "2", "--from-height", "950000")
    record = world.ask("gov", "record", "software")["record"]
    assert record == {"version": 1, "next_version": 2, "next_height": "950000"}
    assert "version 版本: 2, from height 起始高度 900000 on" in world.run("gov", "show", f"{REGISTRAR}.V-1").stdout
    propose(world, "software", "V-3", "--withdraw")
    assert world.ask("gov", "record", "software")["record"]["next_version"] == 0
    assert "撤销" in world.run("gov", "show", f"{REGISTRAR}.V-3").stdout
    assert (
        "198 SOFTWARE_HEIGHT_INVALID"
        in propose(world, "software", "V-4", "--to", "2", "--from-height", "1", code=1).stderr
    )
    assert "197 SOFTWARE_VERSION_INVALID" in propose(world, "software", "V-5", "--withdraw", code=1).stderr
    for wrong in ((), ("--to", "2"), ("--from-height", "9"), ("--to", "2", "--from-height", "9", "--withdraw"),
                  ("--withdraw", "--from-height", "9")):  # fmt: skip
        assert "--withdraw" in propose(world, "software", "V-6", *wrong, code=2).stderr


def test_a_network_without_validators_says_so(tmp_path):
    init(tmp_path)
    with started(tmp_path / "data") as node:
        world = World(tmp_path, node)
        assert "a single node makes its blocks" in world.run("gov", "validators").stdout
        assert world.ask("gov", "validators")["validators"] == []
        registrar = world.keys("data/keys/registrar-maker", "data/keys/registrar-checker")
        joining = (NEWCOMER.hex(), "--power", "8", "--run-by", REGISTRAR, "--name", "n")
        refused = world.run("gov", "propose", "validator", "J-1", *joining, *registrar, code=2)
        assert "no record governance/validators" in refused.stderr
