"""A network without its quorum stops, says so, and resumes; an idle one has fresh time; an observer reads."""

import asyncio
import sys
import time

import pytest

from hefu.v1 import node_pb2 as pb
from nodes.client import AsyncClient
from nodes.client.errors import Refused
from tests.network.audit import audit, read_ledger
from tests.network.cluster import Cluster, Shape
from tests.network.load import ANSWER_LIMIT_S, UNDER_LOAD, submit_at, under_load
from tests.network.waiting import SETTLE_S, wait_until
from tests.network.world import compute_tx_id

DEADLINE_S, IDLE_S = 4, 10


async def run_cli(*arguments: str) -> tuple[int, str]:
    """Exit status and output of `hefu`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "nodes.cli", *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def test_with_two_of_four_gone_it_stops_says_so_and_resumes(tell_healing):
    async with under_load() as (cluster, load):
        for name in ("node2", "node3"):
            await cluster.kill(name, "supervisor")
            await cluster.wait_until_gone(name)
        await cluster.wait_until_halted("node0", "node1")

        async def look() -> bool:
            status, told = await run_cli("network", "status", str(cluster.place))
            return status == 1 and "halted: 2 of 4 validators answer" in told

        await wait_until("`hefu network status` says so", look, SETTLE_S)
        signed = [cluster.world.issue(10_000 + number) for number in range(6)]
        async with AsyncClient(cluster.get_target("node0"), patience_s=0, timeout_s=ANSWER_LIMIT_S) as client:
            pending = [asyncio.create_task(submit_at(client, load.book, one)) for one in signed]
            cluster.start("node2", "node3")
            tell_healing("two of four started again", await cluster.wait_until_healed())
            assert all(receipt is not None for receipt in await asyncio.gather(*pending))
        await load.wait_for_more(UNDER_LOAD)
        await audit(cluster, load)
        status, _ = await run_cli("network", "status", str(cluster.place))
        assert status == 0


@pytest.mark.thorough
async def test_a_node_of_a_halted_network_stops_when_it_is_told_to():
    """Though what was submitted to it cannot be decided: it is given back, and decided once elsewhere."""
    async with under_load() as (cluster, load):
        for name in ("node2", "node3"):
            await cluster.kill(name, "supervisor")
            await cluster.wait_until_gone(name)
        await cluster.wait_until_halted("node0", "node1")
        assert await cluster.stop("node0") == 0
        cluster.start("node0", "node2", "node3")
        await cluster.wait_until_moving()
        assert await audit(cluster, load) >= UNDER_LOAD


async def test_an_acceptance_after_its_deadline_is_refused_though_the_network_was_idle():
    async with Cluster() as cluster:
        cluster.start()
        await cluster.wait_until_moving()
        deadline_ms = time.time_ns() // 1_000_000 + DEADLINE_S * 1000
        async with AsyncClient(cluster.get_target("node0")) as client:
            issued = await client.submit(cluster.world.issue(1, accept_by_ms=deadline_ms))
            idle_until_s = time.monotonic() + IDLE_S

            async def look() -> bool:
                return time.monotonic() >= idle_until_s

            await wait_until("it was idle", look, IDLE_S + 1)
            assert (await client.status()).size == issued.index + 2  # the issue and its block entry: nothing came after
            with pytest.raises(Refused) as refused:
                await client.submit(cluster.world.accept(1))
        assert issued.time_ms < deadline_ms
        assert refused.value.receipt is not None
        assert refused.value.receipt.time_ms >= deadline_ms
        assert refused.value.name == "ISSUE_LAPSED"


@pytest.mark.thorough
async def test_an_observer_without_a_vote_serves_reads_and_proofs():
    async with under_load(Shape(observers=1)) as (cluster, load):
        await audit(cluster, load)
        observer, validator = await cluster.list_statuses("observer0", "node0")
        assert (observer.engine.power, validator.engine.power) == (0, 10)
        assert observer.root == validator.root
        identity, outcome = next(iter(load.book.outcomes.items()))
        async with AsyncClient(cluster.get_target("observer0")) as client:
            found = await client.ask(client.ledger.GetTransaction, pb.GetTransactionRequest(id=identity))
            proof = await client.ask(client.ledger.ProveTransaction, pb.ProveTransactionRequest(id=identity))
        assert found.receipt.index == outcome[0]
        assert proof.ByteSize()
        for name in cluster.names:
            if name not in ("observer0", "node0"):
                await cluster.stop(name)
        await cluster.wait_until_halted("observer0")
        assert await cluster.read_status("observer0") is not None


@pytest.mark.thorough
async def test_a_wallet_with_three_nodes_loses_and_doubles_nothing_while_two_are_killed_in_turn():
    async with under_load() as (cluster, load):
        targets = ",".join(cluster.get_target(name) for name in ("node0", "node1", "node2"))
        async with AsyncClient(targets) as wallet:
            for victim in ("node0", "node1"):
                issues = [cluster.world.issue(20_000 + 100 * int(victim[-1]) + number) for number in range(20)]
                under_way = [asyncio.create_task(wallet.submit(signed)) for signed in issues]
                await cluster.kill(victim, "supervisor")
                for signed, receipt in zip(issues, await asyncio.gather(*under_way), strict=True):
                    load.book.submit(signed)
                    load.book.hear(compute_tx_id(signed), receipt)
                cluster.start(victim)
                await cluster.wait_until_healed()
        await audit(cluster, load)
        assert len(read_ledger(cluster, "node2")) >= 40 + UNDER_LOAD
