"""Files that the command line reads and writes: no secret of them is repeated, nothing but a file is replaced."""

import json
import os
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nodes.cli.app import app
from nodes.cli.files import write_bytes
from nodes.cli.values import BadValue
from nodes.genesis_file import make_uscc

ORG = make_uscc(7)
RANGE = f"{ORG}.A-1/1-100"
NOBODY = ("--node", "127.0.0.1:1")


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a key, a members' key and an opening, and the command line in it."""
    monkeypatch.chdir(tmp_path)
    assert run("keys", "new", "key.json", "--org", ORG, "--person", "p", "--role", "maker").exit_code == 0
    assert run("keys", "members", "members.key").exit_code == 0
    (tmp_path / "invoices.csv").write_text("kind,seller,code,number,amount,share\nvat,1,2,3,1.00,1.00\n")
    salt = "ab" * 15
    (tmp_path / "terms.json").write_text(json.dumps({"format": "hefu-terms-1", "terms": {}, "salt": salt}))
    (tmp_path / "document").write_text("contract")
    (tmp_path / "document.opening.json").write_text(json.dumps({"salt": salt, "sha256": "00" * 32}))
    return tmp_path


ISSUE = ("voucher", "issue", "A-1", "--to", ORG, "--amount", "1.00", "--due-on", "2026-06-30", "--paying-bank", ORG)


@pytest.mark.parametrize(
    "reading",
    [
        (*ISSUE, "--contract", "00" * 32, "--invoices", "invoices.csv", "--members-key", "SECRET"),
        (*ISSUE, "--contract", "00" * 32, "--invoices", "SECRET", "--members-key", "members.key"),
        ("voucher", "transfer", RANGE, "--to", ORG, "--trade", "document"),
        ("voucher", "finance", "take", RANGE, "--terms", "SECRET"),
        ("org", "set-policy", "--policy", "SECRET"),
        ("org", "admit-key", ORG, "--registration", "SECRET"),
        ("keys", "show", "SECRET"), ("tx", "show", "SECRET"), ("tx", "submit", "SECRET"), ("trust", "show", "SECRET"),
        ("verify", "SECRET", "--trust", "SECRET"), ("node", "init", "data", "--genesis", "SECRET"),
        ("voucher", "refuse", RANGE, "--key", "SECRET"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("secret", ["key.json", "members.key", "terms.json"])
def test_a_secret_that_is_taken_for_another_file_is_not_repeated(folder, reading, secret):
    more = (
        () if reading[0] not in ("voucher", "org") else NOBODY if "--key" in reading else (*NOBODY, "--key", "key.json")
    )
    shown = run(*(secret if word == "SECRET" else word for word in reading), *more)
    parts = json.loads((folder / "key.json").read_text())
    for hidden in (parts["seed"], parts["person_salt"], (folder / "members.key").read_text().strip(), "ab" * 15):
        assert hidden not in shown.output
    assert shown.exit_code == 2 or reading[:2] == ("keys", "show")
    assert "Traceback" not in shown.output


@pytest.fixture
def kinds(tmp_path):
    """What is no regular file, by its kind."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "target").write_bytes(b"kept")
    (tmp_path / "link").symlink_to("target")
    (tmp_path / "dangling").symlink_to("nothing")
    (tmp_path / "device").symlink_to("/dev/null")
    return {path.name: path for path in tmp_path.iterdir() if path.name != "target"}


def test_only_a_regular_file_is_replaced(tmp_path, kinds):
    for name, path in kinds.items():
        before = stat.S_IFMT(path.lstat().st_mode)
        for may_replace in (True, False):
            with pytest.raises(BadValue, match="there already"):
                write_bytes(path, b"new", may_replace)
        assert stat.S_IFMT(path.lstat().st_mode) == before, name
    assert (tmp_path / "target").read_bytes() == b"kept"
    write_bytes(tmp_path / "target", b"new", may_replace=True)
    assert (tmp_path / "target").read_bytes() == b"new"
    assert {path.name for path in tmp_path.iterdir()} == {*kinds, "target"}


@pytest.mark.parametrize("name", ["", ".", "/", ".."])
def test_folders_are_not_written_over(name):
    for may_replace in (True, False):
        with pytest.raises(BadValue):
            write_bytes(Path(name), b"new", may_replace)
