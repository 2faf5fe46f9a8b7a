"""What becomes of the words where nobody reads them or the terminal lacks the letters: the exit code stays."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nodes.cli.app import app
from nodes.genesis_file import make_uscc

ROOT = Path(__file__).parents[3]
HEFU = [sys.executable, "-m", "nodes.cli"]
SHELL = 'exec "$@" {}'


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    """A key whose public half a command shows, with Chinese words beside it."""
    path = tmp_path_factory.mktemp("streams") / "key.json"
    made = CliRunner().invoke(
        app, ["keys", "new", str(path), "--org", make_uscc(7), "--person", "p", "--role", "maker"]
    )
    assert made.exit_code == 0
    return str(path)


def start(redirection, *arguments, **more):
    """Run with the shell's redirection."""
    command = ["sh", "-c", SHELL.format(redirection), "sh", *HEFU, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, **more)


def gone():
    """The writing end of a pipe whose reader has gone."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_reader_who_has_gone_changes_nothing(key, more):
    writing = gone()
    command = [*HEFU, "keys", "show", key, *more]
    done = subprocess.run(command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_stream_that_was_never_there_changes_nothing(key):
    done = start(">&-", "keys", "show", key)
    assert (done.returncode, done.stderr) == (0, "")
    assert start("2>&-", "keys", "show", "nothing").returncode == 2
    assert start("<&-", "keys", "show", key).returncode == 0


def test_errors_that_nobody_reads_keep_their_exit_code():
    writing = gone()
    done = subprocess.run([*HEFU, "keys", "show", "nothing"], cwd=ROOT, stderr=writing, check=False)
    os.close(writing)
    assert done.returncode == 2


def test_words_that_do_not_fit_anywhere_are_an_error(key):
    done = start("> /dev/full", "keys", "show", key)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_letters_that_the_terminal_lacks_are_escaped(key):
    ascii_only = {**os.environ, "PYTHONIOENCODING": "ascii"}
    assert "\\u516c" in start("", "keys", "show", key, env=ascii_only).stdout
    shown = start("", "keys", "show", "\U0001f600", "--json", env=ascii_only)
    assert shown.returncode == 2
    assert "\U0001f600" in json.loads(shown.stderr)["english"]
