"""A validator whose disk is lost comes back from its backup, votes again, and has signed nothing twice."""

import shutil

from tests.network.audit import audit
from tests.network.joining import run_hefu
from tests.network.load import UNDER_LOAD, under_load
from tests.network.restoring import wait_until_it_votes


async def test_a_validator_comes_back_from_its_backup_and_signs_nothing_twice():
    async with under_load() as (cluster, load):
        directory, backup = cluster.get_directory("node3"), cluster.directory / "backup"
        await run_hefu("node", "backup", str(directory), str(backup))
        await load.wait_for_more(UNDER_LOAD)
        await cluster.kill("node3", "supervisor")
        await cluster.wait_until_gone("node3")
        shutil.rmtree(directory)
        await cluster.wait_until_moving("node0", "node1", "node2")
        # Only the disk is lost: the margin is for clocks of several machines.
        await run_hefu("node", "restore", str(backup), str(directory), "--clock-margin", "3s")
        cluster.start("node3")
        await wait_until_it_votes(cluster, "node3")
        await load.wait_for_more(UNDER_LOAD)
        await cluster.stop("node2")  # without the vote of the one that came back, two of four would not go on
        await cluster.wait_until_moving("node0", "node1", "node3")
        cluster.start("node2")
        await cluster.wait_until_moving()
        assert await audit(cluster, load) >= 3 * UNDER_LOAD
        assert [list(status.engine.misbehaviour) for status in await cluster.list_statuses()] == [[]] * 4
