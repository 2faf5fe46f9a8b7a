"""Validators on PostgreSQL: the database server of one, then that of the three others, killed with -9 under load."""

import pytest

from tests.network.audit import audit
from tests.network.cluster import Shape
from tests.network.load import UNDER_LOAD, under_load
from tests.network.processes import kill
from tests.network.waiting import SETTLE_S, wait_until
from tests.support.postgres import NOT_DURABLE, PostgresServer


@pytest.mark.thorough
async def test_a_killed_database_server_comes_back_and_nothing_is_lost(tell_healing):
    with PostgresServer(NOT_DURABLE) as many, PostgresServer(NOT_DURABLE) as one:
        for number in range(3):
            many.execute(f"CREATE DATABASE node{number}")
        one.execute("CREATE DATABASE node3")
        urls = [*(many.get_url(f"node{number}") for number in range(3)), one.get_url("node3")]
        async with under_load(Shape(databases=urls)) as (cluster, load):
            kill(one.read_process())

            async def look() -> bool:
                return await cluster.read_status("node3") is None

            await wait_until("node3 has lost its database", look, SETTLE_S)
            await cluster.wait_until_moving("node0", "node1", "node2")
            await load.wait_for_more(UNDER_LOAD)
            one.start(NOT_DURABLE)
            tell_healing("the database of one", await cluster.wait_until_healed())
            kill(many.read_process())
            await cluster.wait_until_halted("node3")
            many.start(NOT_DURABLE)
            tell_healing("the databases of three", await cluster.wait_until_healed())
            await load.wait_for_more(UNDER_LOAD)
            assert await audit(cluster, load) >= 3 * UNDER_LOAD
