"""Validators and the software version by the command line, on a network whose registrar votes alone."""

import shutil
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from nacl.signing import SigningKey
from typer.testing import CliRunner

from ledger.finality import compute_address
from nodes.cli.app import app
from nodes.genesis_file import build_registrar, make_uscc
from nodes.network.plan import read_plan
from tests.integration.test_cli_life import World
from tests.support.cometbft import find_base_port, get_program

REGISTRAR, STRANGER = build_registrar().organisation, make_uscc(9)
NEWCOMER = bytes(SigningKey(bytes(range(32))).verify_key)


@pytest.fixture(scope="module")
def world():
    """Four validators of ten each, run by the registrar, whose keys lie beside the network."""
    with TemporaryDirectory(prefix="hefu-vote-") as temporary:
        folder, network = Path(temporary), Path(temporary) / "net"
        made = CliRunner().invoke(app, ["network", "init", str(network), "--engine-program", get_program(),
                                        "--base-port", str(find_base_port(12))])  # fmt: skip
        assert made.exit_code == 0, made.output
        for key in (network / "keys").iterdir():
            shutil.copyfile(key, folder / key.name.removeprefix("registrar-"))
        command = [sys.executable, "-P", "-m", "nodes.cli", "network", "up", str(network)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                assert all("height" in process.stdout.readline() for _ in range(4))
                yield World(folder, read_plan(network)[0].target)
            finally:
                process.terminate()
                process.communicate(timeout=60)
        assert process.returncode == 0


@pytest.fixture(scope="module")
def keys(world):
    return sorted(list_powers(world))


def propose(world: World, *arguments: str, code: int = 0):
    return world.run("gov", "propose", *arguments, *world.keys("maker", "checker"), code=code)


def list_powers(world: World) -> dict[str, str]:
    return {one["public_key"]: one["power"] for one in world.ask("gov", "validators")["validators"]}


def test_validators_are_listed_with_their_share_and_the_address_that_evidence_names(world, keys):
    shown = world.run("gov", "validators").stdout
    assert "node1" in shown
    assert shown.count("25.0000 %") == 4
    assert all(compute_address(bytes.fromhex(key)).hex() in shown for key in keys)


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


def test_what_is_refused_says_why(world, keys):
    assert "196 POWER_CHANGES_TOO_MUCH" in propose(world, "validator", "M-1", keys[0], "--power", "24", code=1).stderr
    assert "194 VALIDATOR_POWER_INVALID" in propose(world, "validator", "M-2", keys[0], "--power", "10", code=1).stderr
    stranger = (NEWCOMER.hex(), "--power", "1", "--run-by", STRANGER, "--name", "n")
    assert "100 ORGANISATION_UNKNOWN" in propose(world, "validator", "M-3", *stranger, code=1).stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((NEWCOMER.hex(), "--power", "1"), "needs --run-by"),
        ((NEWCOMER.hex()[2:], "--power", "1"), "public key"),
        (("?" * 43 + "=", "--power", "1"), "public key"),
        ((b64encode(bytes(31)).decode(), "--power", "1"), "public key"),
        ((NEWCOMER.hex(), "--power", "-1"), "--power"),
    ],
)
def test_what_cannot_be_meant_is_not_signed(world, arguments, said):
    assert said in propose(world, "validator", "W-1", *arguments, code=2).stderr


def test_one_that_is_there_already_is_given_no_name(world, keys):
    said = propose(world, "validator", "W-1", keys[0], "--power", "1", "--name", "n", code=2).stderr
    assert "for one that joins" in said


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
