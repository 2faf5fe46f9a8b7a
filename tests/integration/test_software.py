"""A software version that changes at a height: a node without it stops there and says so; one that has it goes on."""

import hashlib

import grpc
import pytest

from hefu.v1 import identity_pb2, ledger_pb2
from hefu.v1 import node_pb2 as pb
from ledger.errors import MalformedInput
from ledger.proofs import filter_proof
from ledger.verify import parse_trust, verify
from nodes import wiring
from nodes.config import load_config
from nodes.directory import TRUST_FILE, NodeDirectory
from nodes.genesis_file import build_electorate, make_uscc
from nodes.rotation import rotate_log_key
from tests.support.running import NOW_MS, Network, Running, init, running

REGISTRAR = make_uscc(1)
STOPPED = "block 3 needs software version 2, and this node runs 1: install version 2"


@pytest.fixture
def network():
    return Network(electorate=build_electorate([REGISTRAR]))


@pytest.fixture
def directory(network, tmp_path):
    return init(tmp_path / "data", network, processes=1)


def propose(network: Network, version: int, from_height: int) -> bytes:
    """The registrar, who votes alone, decides which version follows."""
    change = identity_pb2.SoftwareChange(
        version=version, from_height=from_height, replaces=hashlib.sha256(b"").digest()
    )
    proposal = identity_pb2.Propose(
        number="V-2", change=identity_pb2.GovernedChange(software=change), expires_at_ms=NOW_MS + 3_600_000
    )
    return network.sign(REGISTRAR, proposal, *network.registrar.keys)


async def submit(node: Running, signed: bytes) -> pb.Receipt:
    receipt: pb.Receipt = await node.ledger.Submit(pb.SubmitRequest(transaction=signed))
    return receipt


async def expect_refused(node: Running, signed: bytes) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as stopped:
        await submit(node, signed)
    assert stopped.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert stopped.value.details() == f"no blocks are made: {STOPPED}"


async def read_answers(node: Running) -> pb.NodeStatus:
    """What a stopped node still answers; the status."""
    status: pb.NodeStatus = await node.ledger.GetStatus(pb.GetStatusRequest())
    proof = await node.ledger.ProveState(pb.ProveStateRequest(keys=["software"]))
    assert proof.state.checkpoint.count("—".encode()) == 1  # signed, and no time said
    record = ledger_pb2.StateRecord.FromString(proof.state.items[0].record)
    assert ledger_pb2.Software.FromString(record.body).next_version == 2
    return status


async def test_a_node_stops_before_the_height_and_one_with_the_version_goes_on(directory, network, monkeypatch):
    async with running(directory) as node:
        assert (await submit(node, propose(network, 2, 3))).height == 1
        assert (await node.ledger.GetStatus(pb.GetStatusRequest())).stopped_because == ""
        assert (await submit(node, network.issue(1))).height == 2
        assert (await read_answers(node)).stopped_because == STOPPED
        await expect_refused(node, network.issue(2))
    async with running(directory) as node:
        status = await read_answers(node)
        assert (status.height, status.stopped_because) == (2, STOPPED)
        await expect_refused(node, network.issue(2))
    assert not NodeDirectory(directory).clock_file.exists()
    with pytest.raises(MalformedInput, match="install version 2"):
        rotate_log_key(directory, load_config(directory, {}))
    monkeypatch.setattr(wiring, "SUPPORTED_VERSIONS", (1, 2))
    async with running(directory) as node:
        receipt = await submit(node, network.issue(2))
        assert (receipt.height, receipt.has_leaf) == (3, True)
        proof = await node.ledger.ProveTransaction(pb.ProveTransactionRequest(id=receipt.id))
        assert (await node.ledger.GetStatus(pb.GetStatusRequest())).stopped_because == ""
    assert ledger_pb2.LogEntry.FromString(proof.transaction.block_entry).block.software_version == 2
    trust = parse_trust((directory / TRUST_FILE).read_bytes())
    assert verify(filter_proof(proof, trust), trust).height == 3


async def test_a_node_that_has_the_version_before_it_is_due_does_not_stop(directory, network, monkeypatch):
    monkeypatch.setattr(wiring, "SUPPORTED_VERSIONS", (1, 2))
    async with running(directory) as node:
        heights = [(await submit(node, signed)).height for signed in (propose(network, 2, 2), network.issue(1))]
        assert heights == [1, 2]
