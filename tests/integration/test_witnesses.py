"""A solo node and its witnesses: proofs that are WITNESSED, a witness that dies, a node that was set back."""

import asyncio
import json
import shutil
import signal
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hefu.v1 import node_pb2 as pb
from ledger.proofs import filter_proof
from ledger.verify import parse_trust, verify
from nodes.cli.app import app
from nodes.cosigners.rounds import KEPT_FILE
from nodes.directory import TRUST_FILE
from tests.support.running import Network, init, running

NUMBERS = count(1)
ORIGIN = "test.hefu/log"
LIMIT_S = 60


async def hefu(*arguments, code=0):
    """A command of the line; in a thread, since it has a loop of its own."""
    result = await asyncio.to_thread(CliRunner().invoke, app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result.output


class WitnessProcess:
    """A witness in a process of its own."""

    def __init__(self, directory: Path, port: int = 0) -> None:
        self.directory = directory
        arguments = [sys.executable, "-m", "nodes.cli", "witness", "start", str(directory)]
        self._process = subprocess.Popen(
            [*arguments, "--listen", f"127.0.0.1:{port}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.startswith("ready"), line
        self.port = int(line.split()[-1])

    def end(self, number: int) -> int:
        self._process.send_signal(number)
        status = self._process.wait(LIMIT_S)
        if self._process.stdout is not None:
            self._process.stdout.close()
        return status


class Setting:
    """A node's directory, two witnesses that know its log, and a trust file that names them."""

    def __init__(self, folder: Path) -> None:
        self.network = Network()
        self.directory = init(folder / "data", self.network, processes=1, witness_seconds=1)
        self.trust_file = folder / "trust.json"
        self.trust_file.write_bytes((self.directory / TRUST_FILE).read_bytes())
        self.witnesses = [folder / "w1", folder / "w2"]
        self.processes: list[WitnessProcess] = []
        self.keys: list[str] = []

    async def begin(self) -> None:
        log_key = parse_trust(self.trust_file.read_bytes()).log_keys[0].key
        for path in self.witnesses:
            made = json.loads(await hefu("witness", "init", path, "--name", f"{path.name}.example", "--json"))
            await hefu("witness", "add-log", path, "--origin", ORIGIN, "--key", log_key)
            self.keys.append(made["key"])
            self.processes.append(WitnessProcess(path))
        await self.trust(2)

    async def trust(self, quorum: int) -> None:
        keys = [argument for key in self.keys for argument in ("--key", key)]
        await hefu("trust", "witnesses", self.trust_file, *keys, "--quorum", quorum)

    @property
    def addresses(self) -> str:
        pairs = zip(self.keys, self.processes, strict=True)
        return ",".join(f"{key} http://127.0.0.1:{process.port}" for key, process in pairs)

    def running(self, directory: Path | None = None):
        return running(directory or self.directory, witnesses=self.addresses)

    async def issue(self, node):
        transaction = self.network.issue(next(NUMBERS))
        return (await node.ledger.Submit(pb.SubmitRequest(transaction=transaction))).id

    async def is_refused(self, node) -> bool:
        """Whether both witnesses say that this node has another history."""
        status = await node.ledger.GetStatus(pb.GetStatusRequest())
        return all("has cosigned another history" in witness.fault for witness in status.witnesses)

    def assurance(self, proof) -> str:
        trust = parse_trust(self.trust_file.read_bytes())
        return verify(filter_proof(proof, trust), trust).assurance

    def end(self) -> None:
        for process in self.processes:
            process.end(signal.SIGKILL)


@pytest.fixture
async def setting(tmp_path):
    made = Setting(tmp_path)
    await made.begin()
    yield made
    made.end()


async def test_a_proof_is_witnessed_from_the_node_to_the_verifier(setting, tmp_path):
    async with setting.running() as node:
        identity = await setting.issue(node)
        at = ["--node", f"127.0.0.1:{node.port}", "--trust", setting.trust_file, "--out", tmp_path / "p.json"]
        for arguments in (["tx", identity.hex()], ["state", "limits"], ["consistency", "2"]):
            await hefu("proof", *arguments, *at, "--witnessed")
            verdict = json.loads(await hefu("verify", tmp_path / "p.json", "--trust", setting.trust_file, "--json"))
            assert verdict["assurance"] == "WITNESSED 2 of 2"
            assert verdict["age_ms"] < 3_600_000
        status = await node.ledger.GetStatus(pb.GetStatusRequest())
        assert [(witness.name, witness.size, witness.fault) for witness in status.witnesses] == [
            ("w1.example", status.size, ""),
            ("w2.example", status.size, ""),
        ]
        request = pb.GetCheckpointRequest(witnessed=True)
        view = await node.ledger.GetCheckpoint(request)
        assert all(key.partition("+")[0].encode() in view.note for key in setting.keys)
    assert b"w1.example" in (setting.directory / KEPT_FILE).read_bytes()
    async with setting.running() as node:
        unasked = await node.ledger.ProveState(pb.ProveStateRequest(keys=["limits"]))
        assert setting.assurance(unasked) == "WITNESSED 2 of 2"


async def test_a_witness_that_is_killed_is_missed_and_comes_back(setting):
    async with setting.running() as node:
        request = pb.ProveTransactionRequest(id=await setting.issue(node), witnessed=True)
        assert setting.assurance(await node.ledger.ProveTransaction(request)) == "WITNESSED 2 of 2"
        port = setting.processes[1].port
        setting.processes[1].end(signal.SIGKILL)
        await setting.issue(node)
        proof = await node.ledger.ProveTransaction(request)
        assert setting.assurance(proof) == "ATTESTED BY OPERATOR"
        await setting.trust(1)
        assert setting.assurance(proof) == "WITNESSED 1 of 2"
        status = await node.ledger.GetStatus(pb.GetStatusRequest())
        assert "does not answer" in status.witnesses[1].fault
        assert status.witnesses[1].size < status.witnesses[0].size
        setting.processes[1] = WitnessProcess(setting.witnesses[1], port)
        async with asyncio.timeout(LIMIT_S):  # the next round asks it again
            while (await node.ledger.GetStatus(pb.GetStatusRequest())).witnesses[1].fault:
                pass
        assert setting.assurance(await node.ledger.ProveTransaction(request)) == "WITNESSED 2 of 2"


async def test_a_node_that_was_set_back_gets_no_cosignature_for_its_second_history(setting, tmp_path):
    async with setting.running() as node:
        await setting.issue(node)
    shutil.copytree(setting.directory, tmp_path / "old")
    async with setting.running() as node:
        await setting.issue(node)
        proof = await node.ledger.ProveState(pb.ProveStateRequest(keys=["limits"], witnessed=True))
        assert setting.assurance(proof) == "WITNESSED 2 of 2"
    async with setting.running(tmp_path / "old") as node:
        await setting.issue(node)
        request = pb.ProveStateRequest(keys=["limits"], witnessed=True)
        assert setting.assurance(await node.ledger.ProveState(request)) == "ATTESTED BY OPERATOR"
        async with asyncio.timeout(LIMIT_S):  # before it decided anything, its log was only smaller than theirs
            while not await setting.is_refused(node):
                pass
        assert setting.assurance(await node.ledger.ProveState(request)) == "ATTESTED BY OPERATOR"
    shown = json.loads(await hefu("witness", "show", setting.witnesses[0], "--json"))
    assert [(log["origin"], log["splits"]) for log in shown["logs"]] == [(ORIGIN, 1)]


async def test_a_witness_stops_when_it_is_told(setting):
    process = setting.processes.pop()
    assert process.end(signal.SIGTERM) == 0


async def test_a_node_without_witnesses_says_so(tmp_path):
    directory = init(tmp_path / "data", Network(), processes=1)
    async with running(directory) as node:
        at = ["--node", f"127.0.0.1:{node.port}", "--out", tmp_path / "p.json"]
        assert "no witnesses" in await hefu("proof", "state", "limits", *at, "--witnessed", code=2)
        await hefu("proof", "state", "limits", *at)
