"""A running node frees by itself what has lapsed, and says nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from hefu.v1 import identity_pb2
from hefu.v1 import node_pb2 as node
from hefu.v1 import receivables_pb2 as pb
from ledger.errors import MalformedInput
from ledger.verify import parse_trust, verify
from nodes.client import AsyncClient
from nodes.directory import SERVICE_KEY, TRUST_FILE, init_node
from nodes.genesis_file import build_genesis
from nodes.keys import make_key, write_key
from tests.support.running import running
from tests.support.town import DAY_MS, Town

INVOICE = "26990000000000000002"


def init_town(folder: Path) -> Town:
    """A town whose node holds a SERVICE key of the registrar's."""
    town = Town()
    service = make_key(town.registrar.id, "node", [identity_pb2.SERVICE])
    town.registrar = replace(town.registrar, other_keys=(*town.registrar.other_keys, service))
    founders = [town.registrar.founder, *(member.founder for member in town.members[1:])]
    genesis = build_genesis("town.hefu", town.now_ms, founders, simulated_clock=True)
    settings = {"listen": "127.0.0.1:0", "processes": 1, "block_gather_ms": 1, "service_key": SERVICE_KEY}
    init_node(folder, genesis, settings | {"housekeeping_seconds": 86_400})
    write_key(folder / SERVICE_KEY, service)
    return town


@asynccontextmanager
async def served(town: Town, folder: Path) -> AsyncIterator[AsyncClient]:
    """The town's node, running; its first round of housekeeping begins with it."""
    async with running(folder) as started, AsyncClient(f"127.0.0.1:{started.port}") as client:
        town.client = client
        yield client


async def get_size(client: AsyncClient) -> int:
    return (await client.ask(client.ledger.GetStatus, node.GetStatusRequest())).size


async def test_a_node_frees_what_has_lapsed_and_says_nothing_else(tmp_path):
    town = init_town(tmp_path)
    lapsing, answered = town.issue("A-1", uses=[town.use(INVOICE)]), town.issue("A-2")
    package = f"{town.core.id}.A-1"
    async with served(town, tmp_path) as client:
        await town.say(town.core, lapsing)
        await town.say(town.core, answered)
        await town.say(town.supplier, town.accept(answered))
        await town.wait_until(town.now_ms + 2 * DAY_MS)
        await town.say(town.core, town.issue("A-3"))  # its own deadline is still to come
        before = await get_size(client)

    invoice = f"invoice/{lapsing.invoices[0].fingerprint.hex()}"
    keys = [f"holds/{package}", invoice, f"holds/{town.core.id}.A-3"]
    trust = parse_trust((tmp_path / TRUST_FILE).read_bytes())
    async with served(town, tmp_path) as client:
        async with asyncio.timeout(30):
            while await get_size(client) == before:  # each question is an answer of the kernel
                pass
        proof = await client.ask(client.ledger.ProveState, node.ProveStateRequest(keys=sorted(keys)))
        bodies = verify(proof, trust).bodies
        assert [bodies[key] is None for key in keys] == [True, True, False]
        trace = await town.trace(package)
        assert [step.kind for step in trace.steps] == [pb.ISSUE, pb.LAPSE_ISSUE]
        assert trace.steps[-1].event.actor == town.registrar.id
        await town.say(town.core, town.issue("A-4", uses=[town.use(INVOICE)]))
        after = await get_size(client)
    async with served(town, tmp_path) as client:
        assert await get_size(client) == after
    assert trace.package.package.stage == pb.LAPSED


async def test_a_node_does_not_start_with_a_key_that_can_do_more(tmp_path):
    town = init_town(tmp_path)
    (tmp_path / SERVICE_KEY).unlink()
    write_key(tmp_path / SERVICE_KEY, town.registrar.keys[0])
    with pytest.raises(MalformedInput, match="service_key"):
        async with running(tmp_path):
            pass
