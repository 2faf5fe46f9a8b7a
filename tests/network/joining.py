"""A node that joins a running cluster, as an operator lets it join; and what it can prove."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from hefu.v1 import identity_pb2
from nodes.network.joining import Joined, JoinRequest, join_network, plan_joiner
from nodes.network.plan import LOOPBACK, PORTS_EACH
from tests.network.cluster import ROOT, SETTINGS, Cluster, find_engine
from tests.network.waiting import SETTLE_S, wait_until

COMMAND_LIMIT_S = 60


async def join(cluster: Cluster, name: str, peers: Sequence[str], state_sync: Sequence[str] = ()) -> Joined:
    """Make a node that joins, with these peers; it is one of the cluster's from now on, not started."""
    base_port = min(node.listen_port for node in cluster.nodes.values()) + PORTS_EACH * len(cluster.nodes)
    plan = plan_joiner(cluster.get_directory(name), LOOPBACK, base_port)
    request = JoinRequest(
        genesis=cluster.world.genesis,
        peers=[await get_peer(cluster, peer) for peer in peers],
        plan=plan,
        engine_program=find_engine(),
        state_sync=[f"http://{cluster.nodes[peer].http_target}" for peer in state_sync],
        settings={**SETTINGS, **cluster.shape.settings},
    )
    joined = await asyncio.to_thread(join_network, cluster.get_directory(name), request)
    cluster.nodes[name] = plan
    return joined


async def get_peer(cluster: Cluster, name: str) -> str:
    """A node as the engines of others call it."""

    async def look() -> str:
        status = await cluster.read_status(name)
        return status.engine.node_id if status is not None else ""

    return f"{await wait_until(f'{name} tells its id', look, SETTLE_S)}@{cluster.nodes[name].p2p_address}"


def set_peers(cluster: Cluster, name: str, peers: Sequence[str]) -> None:
    """Give a stopped node's engine other peers."""
    path = cluster.get_directory(name) / "engine/config/config.toml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    changed = [
        f'persistent_peers = "{",".join(peers)}"\n' if line.startswith("persistent_peers =") else line for line in lines
    ]
    path.write_text("".join(changed), encoding="utf-8")


async def prove_final(cluster: Cluster, name: str, identity: bytes) -> bool:
    """Whether a node proves a transaction, and the proof is FINAL by the network's trust file."""
    proof, trust = cluster.directory / f"{name}-{identity.hex()[:8]}.json", str(cluster.place / "trust.json")
    proof.unlink(missing_ok=True)
    target = cluster.get_target(name)
    await run_hefu("proof", "tx", identity.hex(), "--out", str(proof), "--trust", trust, "--node", target)
    said = await run_hefu("verify", str(proof), "--trust", trust, "--json")
    return bool(json.loads(said)["assurance"] == "FINAL")


async def run_hefu(*arguments: str, folder: Path = ROOT) -> str:
    """What a command of ours prints. AssertionError where it fails."""
    command = [sys.executable, "-P", "-m", "nodes.cli", *arguments]
    done = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, timeout=COMMAND_LIMIT_S, cwd=folder, check=False
    )
    assert not done.returncode, f"{arguments}: {done.stdout}{done.stderr}"
    return done.stdout


def build_change(
    cluster: Cluster, key: bytes, power: int, name: str, present_power: int = 0
) -> identity_pb2.ValidatorChange:
    """The change that a vote makes: a validator of the registrar's joins, leaves, or changes power."""
    return identity_pb2.ValidatorChange(
        public_key=key,
        power=power,
        organisation=cluster.world.registrar.organisation,
        name=name,
        present_power=present_power,
    )


async def wait_for_power(cluster: Cluster, name: str, power: int, validators: int) -> None:
    """Wait until a node's engine says so of its own vote, and how many there are."""

    async def look() -> bool:
        status = await cluster.read_status(name)
        return status is not None and (status.engine.power, status.engine.validators) == (power, validators)

    await wait_until(f"{name} has power {power} among {validators}", look, SETTLE_S)
