"""A node whose database is PostgreSQL's: the hold on it, what is told of it, and the end of its session."""

import asyncio
import shutil
import subprocess
import sys

import psycopg
import pytest
from sqlalchemy import make_url
from typer.testing import CliRunner

from hefu.v1 import node_pb2 as pb
from ledger.errors import MalformedInput
from ledger.notes import ED25519
from nodes.cli.app import app
from nodes.config import load_config
from nodes.directory import LOG_KEY, NodeDirectory, render_key
from nodes.door import serve
from nodes.rotation import rotate_log_key
from tests.integration.test_node_ends import read_log, started
from tests.support.running import Network, init, running

PASSWORD = "correct-horse-battery"  # asked for by nobody: the tests' server trusts whoever reaches it


@pytest.fixture(scope="module")
def network():
    return Network()


@pytest.fixture
def directory(network, tmp_path, postgres_url):
    url = make_url(postgres_url).set(password=PASSWORD).render_as_string(hide_password=False)
    return init(tmp_path / "data", network, database=url)


def end_sessions(url: str) -> None:
    """As a server does that is stopped; those that only hold and wait are among them."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    others = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = 'hefu'"
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(others)


async def test_an_idle_node_whose_session_ends_stops_and_the_next_start_recovers(directory, network, postgres_url):
    request = pb.SubmitRequest(transaction=network.issue(1))
    async with started(directory) as (process, ledger):
        receipt = await ledger.Submit(request)
        await asyncio.to_thread(end_sessions, postgres_url)
        assert await process.wait() == 1
        log = await read_log(process)
    assert PASSWORD not in str(log)
    alarms = {line["event"]: line for line in log if line.get("alarm")}
    assert set(alarms) == {
        "the database server does not flush: a power cut loses blocks that were acknowledged",
        "kernel failed",
        "the kernel has ended by itself; the node stops",
    }
    assert "SessionEnded" in alarms["kernel failed"]["exception"]
    async with running(directory, processes="1") as node:
        again = await node.ledger.Submit(request)
    assert (again.index, again.is_duplicate) == (receipt.index, True)


async def test_two_nodes_do_not_use_one_database(directory, network, tmp_path, capfd, monkeypatch):
    monkeypatch.setattr("nodes.kernel.LOCK_WAIT_S", 0)
    twin = tmp_path / "twin"
    shutil.copytree(directory, twin)
    async with running(directory, processes="1") as node:
        assert await serve(twin, load_config(twin, {"HEFU_NODE_PROCESSES": "1"})) == 1
        with pytest.raises(MalformedInput, match="held by another process"):
            rotate_log_key(twin, load_config(twin, {}))
        assert (await node.ledger.Submit(pb.SubmitRequest(transaction=network.issue(1)))).has_leaf
    told = "".join(capfd.readouterr())
    assert "held by another process: a node, or its kernel, runs on it" in told
    assert PASSWORD not in told


@pytest.mark.parametrize("processes", ["1", "2"])
async def test_a_database_that_is_not_there_is_told_without_its_password(directory, capfd, processes):
    environment = {
        "HEFU_NODE_DATABASE": f"postgresql+psycopg://me:{PASSWORD}@127.0.0.1:1/ledger", "HEFU_NODE_PROCESSES": processes
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        assert await serve(directory, load_config(directory)) == 1
    told = "".join(capfd.readouterr())
    assert "cannot be reached" in told
    assert PASSWORD not in told


def test_a_node_is_made_by_the_command_line_and_no_password_is_shown(tmp_path, postgres_url):
    made = CliRunner().invoke(app, ["node", "init", str(tmp_path / "data"), "--database", postgres_url])
    assert made.exit_code == 0, made.output
    assert load_config(tmp_path / "data", {}).database == postgres_url
    url = make_url(postgres_url).set(password=PASSWORD).render_as_string(hide_password=False)
    program = [sys.executable, "-m", "nodes.cli", "node", "init", str(tmp_path / "other"), "--database", url]
    refused = subprocess.run(program, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "it holds a ledger already" in refused.stderr
    assert PASSWORD not in refused.stdout + refused.stderr
    assert not (tmp_path / "other").exists()


async def test_the_log_key_is_changed_there_too(directory, network):
    before = NodeDirectory(directory).read_seed(LOG_KEY)
    rotation = rotate_log_key(directory, load_config(directory, {}))
    assert rotation.new_key == render_key("test.hefu/log", NodeDirectory(directory).read_seed(LOG_KEY), ED25519)
    assert NodeDirectory(directory).read_seed(LOG_KEY) != before
    async with running(directory, processes="1") as node:
        assert (await node.ledger.Submit(pb.SubmitRequest(transaction=network.issue(1)))).has_leaf
