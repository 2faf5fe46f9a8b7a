"""`hefu witness` and `hefu trust witnesses`: what is made and shown, and one line for each thing that is wrong."""

import json

import pytest
from typer.testing import CliRunner

from ledger.notes import COSIGNATURE_V1
from ledger.verify import parse_trust, render_trust_json
from nodes.cli.app import app
from nodes.witness.directory import open_state, read_identity
from nodes.witness.service import Witness
from tests.support.proof_world import OTHER_SEED, make_trust, render_key
from tests.support.witnesses import KEY, ORIGIN, OTHER_KEY, ShownLog

W1, W2 = (render_key(f"w{number}.example", bytes([number]) * 32, COSIGNATURE_V1) for number in (51, 52))


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def good(*arguments):
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def bad(*arguments):
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert len(result.stderr.splitlines()) == 1, result.stderr
    return result.stderr


@pytest.fixture
def directory(tmp_path):
    good("witness", "init", tmp_path / "w", "--name", "w.example/1")
    return tmp_path / "w"


def test_a_witness_is_made_knows_logs_and_shows_them(directory):
    assert "w.example/1+" in good("witness", "show", directory)
    good("witness", "add-log", directory, "--origin", ORIGIN, "--key", KEY, "--key", OTHER_KEY)
    shown = json.loads(good("witness", "show", directory, "--json"))
    assert shown["logs"] == [
        {
            "origin": ORIGIN, "keys": sorted([KEY, OTHER_KEY]), "size": 0, "cosigned_at_ms": 0, "splits": 0,
            "root": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        }
    ]  # fmt: skip
    text = good("witness", "remove-key", directory, "--origin", ORIGIN, "--key", OTHER_KEY)
    assert KEY in text
    assert OTHER_KEY not in text
    assert "nothing cosigned yet" in text
    assert (directory / "witness.key").stat().st_mode & 0o077 == 0


def test_two_histories_are_shown(directory):
    good("witness", "add-log", directory, "--origin", ORIGIN, "--key", KEY)
    identity = read_identity(directory)
    store = open_state(directory, identity)
    witness = Witness(identity, store, lambda: 1_700_000_000)
    for log, old_size in ((ShownLog(3), 0), (ShownLog(3, "other"), 3)):
        witness.add_checkpoint(log.submission(old_size, 3))
    store.close()
    text = good("witness", "show", directory)
    assert "size 3, cosigned 2023-11-15" in text
    assert "TWO HISTORIES" in text


def test_what_is_wrong_is_said_in_a_line(directory, tmp_path):
    assert "neither" in bad("witness", "init", directory, "--name", "w.example/2")
    assert "name" in bad("witness", "init", tmp_path / "x", "--name", "with space")
    add = ("witness", "add-log", directory, "--origin")
    assert "plain key" in bad(*add, ORIGIN, "--key", W1)
    assert "algorithm" in bad(*add, ORIGIN, "--key", "nonsense")
    assert "origin" in bad(*add, "", "--key", KEY)
    assert "not trusted" in bad("witness", "remove-key", directory, "--origin", ORIGIN, "--key", KEY)
    assert "witness.key" in bad("witness", "show", tmp_path / "nowhere")
    assert "--listen" in bad("witness", "start", directory, "--listen", "0.0.0.0:1")
    (directory / "name").unlink()
    assert "name" in bad("witness", "show", directory)
    (tmp_path / "file").write_bytes(b"")
    assert "file" in bad("witness", "init", tmp_path / "file" / "below", "--name", "w.example/2")


def test_a_trust_file_is_given_witnesses(tmp_path):
    path = tmp_path / "trust.json"
    path.write_bytes(render_trust_json(make_trust()))
    good("trust", "witnesses", path, "--key", W1, "--key", W2, "--quorum", 2)
    trust = parse_trust(path.read_bytes())
    assert (list(trust.witnesses), trust.witness_quorum) == ([W1, W2], 2)
    shown = good("trust", "witnesses", path, "--quorum", 0, "--out", tmp_path / "none.json", "--json")
    assert json.loads(shown)["witnesses"] == []
    assert parse_trust(path.read_bytes()) == trust
    assert "Written to" in good("trust", "witnesses", path, "--key", W1, "--quorum", 1)


def test_a_trust_file_is_given_nothing_that_could_not_be_relied_on(tmp_path):
    path = tmp_path / "trust.json"
    path.write_bytes(render_trust_json(make_trust()))
    assert "witness_quorum" in bad("trust", "witnesses", path, "--key", W1, "--quorum", 2)
    assert "twice" in bad("trust", "witnesses", path, "--key", W1, "--key", W1, "--quorum", 1)
    plain = render_key("w3.example", OTHER_SEED)
    assert "timestamp" in bad("trust", "witnesses", path, "--key", plain, "--quorum", 1)
    assert parse_trust(path.read_bytes()) == make_trust()
