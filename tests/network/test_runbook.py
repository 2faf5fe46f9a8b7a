"""What docs/operations.md tells an operator to do when something happens, done on four validators."""

import asyncio
import hashlib
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hefu.v1 import identity_pb2
from nodes.client import AsyncClient
from tests.network.audit import audit
from tests.network.cluster import Cluster
from tests.network.joining import run_hefu
from tests.network.load import UNDER_LOAD, under_load
from tests.network.restoring import wait_until_it_votes
from tests.network.waiting import SETTLE_S, wait_until

MARGIN_S = 2
LEFT = ("node0", "node1")


async def back_up(cluster: Cluster, name: str) -> Path:
    """A backup of a running node."""
    backup = cluster.directory / f"backup-{name}"
    await run_hefu("node", "backup", str(cluster.get_directory(name)), str(backup))
    return backup


async def lose(cluster: Cluster, name: str) -> None:
    """Machine and disk are gone."""
    await cluster.kill(name, "supervisor")
    await cluster.wait_until_gone(name)
    shutil.rmtree(cluster.get_directory(name))


async def restore(cluster: Cluster, name: str, backup: Path, stopped: datetime, margin_s: int) -> None:
    """A node anew, which starts."""
    more = ("--stopped-at", stopped.isoformat(), "--clock-margin", f"{margin_s}s")
    await run_hefu("node", "restore", str(backup), str(cluster.get_directory(name)), *more)
    cluster.start(name)


async def wait_for_blocks_after(cluster: Cluster, moment: datetime) -> None:
    """Wait until those who are left have a block that is so late."""

    async def look() -> bool:
        statuses = await cluster.list_statuses(*LEFT)
        return bool(statuses) and all(
            status.engine.block_time_ms > moment.timestamp() * 1000 + MARGIN_S * 1000 for status in statuses
        )

    await wait_until(f"{LEFT} have blocks after {moment}", look, SETTLE_S)


@pytest.mark.thorough
async def test_two_disks_lost_one_after_the_other_the_first_comes_back_and_the_network_goes_on():
    async with under_load(names=LEFT) as (cluster, load):
        backup = await back_up(cluster, "node3")
        await lose(cluster, "node3")
        stopped = datetime.now(UTC)
        await wait_for_blocks_after(cluster, stopped)
        await lose(cluster, "node2")
        await cluster.wait_until_halted(*LEFT)
        await restore(cluster, "node3", backup, stopped, MARGIN_S)
        await wait_until_it_votes(cluster, "node3")
        await load.wait_for_more(UNDER_LOAD)
        assert await audit(cluster, load, *LEFT, "node3") >= 2 * UNDER_LOAD
        statuses = await cluster.list_statuses(*LEFT, "node3")
        assert [list(status.engine.misbehaviour) for status in statuses] == [[]] * 3


@pytest.mark.thorough
async def test_two_disks_lost_at_one_moment_one_comes_back_when_the_members_decide_so():
    async with under_load(names=LEFT) as (cluster, load):
        backup = await back_up(cluster, "node3")
        await wait_for_blocks_after(cluster, datetime.now(UTC) + timedelta(seconds=1))
        await asyncio.gather(lose(cluster, "node2"), lose(cluster, "node3"))
        await cluster.wait_until_halted(*LEFT)
        last_ms = max(status.engine.block_time_ms for status in await cluster.list_statuses(*LEFT))
        await restore(cluster, "node3", backup, datetime.fromtimestamp(last_ms // 1000 - 2, UTC), 1)
        await wait_until_it_votes(cluster, "node3")
        await load.wait_for_more(UNDER_LOAD)
        assert await audit(cluster, load, *LEFT, "node3") >= 2 * UNDER_LOAD


@pytest.mark.thorough
async def test_nodes_without_the_version_in_force_stop_and_say_so_and_go_on_when_they_have_it():
    async with under_load() as (cluster, load):
        (status,) = await cluster.list_statuses("node0")
        change = identity_pb2.SoftwareChange(
            version=2, from_height=status.engine.height + 15, replaces=hashlib.sha256(b"").digest()
        )
        async with AsyncClient(cluster.get_target("node0")) as client:
            vote = cluster.world.vote("2026-1", identity_pb2.GovernedChange(software=change))
            assert not (await client.submit(vote)).HasField("refusal")

        async def look() -> bool:
            """One may lack the last block, which nobody gives it before the others go on."""
            statuses = await cluster.list_statuses()
            return sum("install version 2" in status.stopped_because for status in statuses) >= 3

        await wait_until("the nodes want version 2", look, SETTLE_S)
        for name in cluster.names:
            shown = await run_hefu("gov", "record", "software", "--node", cluster.get_target(name), "--json")
            assert json.loads(shown)["record"]["next_version"] == 2
        for name in cluster.names:
            await cluster.stop(name)
            cluster.disturb(name, "has-version-2")
            cluster.start(name)
        await cluster.wait_until_moving()
        await load.wait_for_more(UNDER_LOAD)
        assert await audit(cluster, load) >= 2 * UNDER_LOAD
