"""kill -9 under load: each process of a unit, a whole unit with its supervisor, and everything at once."""

import pytest

from tests.network.audit import audit
from tests.network.load import UNDER_LOAD, under_load
from tests.network.processes import Role

ONE_PROCESS = [
    pytest.param(("door",), marks=pytest.mark.thorough, id="door"),
    pytest.param(("kernel",), id="kernel"),
    pytest.param(("engine",), id="engine"),
    pytest.param(("door", "kernel", "engine"), marks=pytest.mark.thorough, id="all-three"),
]
IN_TURN: tuple[Role, ...] = ("kernel", "engine", "door", "kernel")


@pytest.mark.parametrize("roles", ONE_PROCESS)
async def test_a_killed_process_comes_back_and_nothing_is_lost(roles, tell_healing):
    async with under_load() as (cluster, load):
        await cluster.kill("node1", *roles)
        tell_healing("node1 of four", await cluster.wait_until_healed())
        await load.wait_for_more(UNDER_LOAD)
        assert await audit(cluster, load) >= 2 * UNDER_LOAD


async def test_all_nodes_and_engines_killed_at_once_come_back(tell_healing):
    async with under_load() as (cluster, load):
        for name in cluster.names:
            await cluster.kill(name, "door", "kernel", "engine")
        tell_healing("all eight", await cluster.wait_until_healed())
        await load.wait_for_more(UNDER_LOAD)
        assert await audit(cluster, load) >= 2 * UNDER_LOAD


@pytest.mark.thorough
async def test_a_killed_supervisor_takes_node_and_engine_with_it_and_the_next_one_goes_on(tell_healing):
    async with under_load() as (cluster, load):
        await cluster.kill("node2", "supervisor")
        await cluster.wait_until_gone("node2")
        await cluster.wait_until_moving("node0", "node1", "node3")
        cluster.start("node2")
        tell_healing("node2 of four", await cluster.wait_until_healed())
        await load.wait_for_more(UNDER_LOAD)
        assert await audit(cluster, load) >= 2 * UNDER_LOAD


@pytest.mark.thorough
async def test_each_node_killed_in_turn_while_the_others_go_on(tell_healing):
    async with under_load() as (cluster, load):
        for name, role in zip(cluster.names, IN_TURN, strict=True):
            await cluster.kill(name, role)
            tell_healing(f"{role} of {name}", await cluster.wait_until_healed())
            await load.wait_for_more(UNDER_LOAD)
        assert await audit(cluster, load) >= 5 * UNDER_LOAD
