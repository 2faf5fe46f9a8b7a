"""kill -9 under load: each process of a unit, whole units, and everything at once."""

import pytest

from tests.network.audit import audit
from tests.network.cluster import Cluster
from tests.network.load import Load

UNDER_LOAD = 40
"""Answers between two faults, so that each meets work."""


@pytest.mark.parametrize("roles", [("door",), ("kernel",), ("engine",), ("door", "kernel", "engine")], ids="+".join)
async def test_a_killed_process_comes_back_and_nothing_is_lost(roles, tell_healing):
    async with Cluster() as cluster, Load(cluster) as load:
        cluster.start()
        await cluster.wait_until_moving()
        await load.wait_for_more(UNDER_LOAD)
        await cluster.kill("node1", *roles)
        tell_healing("node1 of four", await cluster.wait_until_healed())
        await load.wait_for_more(UNDER_LOAD)
        assert await audit(cluster, load) >= 2 * UNDER_LOAD


async def test_all_eight_processes_killed_at_once_come_back(tell_healing):
    async with Cluster() as cluster, Load(cluster) as load:
        cluster.start()
        await cluster.wait_until_moving()
        await load.wait_for_more(UNDER_LOAD)
        for name in cluster.names:
            await cluster.kill(name, "door", "kernel", "engine")
        tell_healing("all nodes and engines", await cluster.wait_until_healed())
        await load.wait_for_more(UNDER_LOAD)
        assert await audit(cluster, load) >= 2 * UNDER_LOAD
