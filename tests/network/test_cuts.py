"""Validators cut off from the others under load, by silence and by closed connections, and healed."""

import pytest

from tests.network.audit import audit
from tests.network.cluster import Shape
from tests.network.load import UNDER_LOAD, under_load

LINKED = Shape(has_links=True)


@pytest.mark.parametrize("by", [pytest.param("silence", marks=pytest.mark.thorough), "refusal"])
async def test_three_go_on_without_the_one_that_is_cut_off(by, tell_healing):
    async with under_load(LINKED) as (cluster, load):
        if by == "silence":
            cluster.cut("node3")
        else:
            await cluster.sever("node3")
        await cluster.wait_until_moving("node0", "node1", "node2")
        await cluster.wait_until_halted("node3")
        await load.wait_for_more(UNDER_LOAD)
        cluster.mend()
        tell_healing(f"one cut off by {by}", await cluster.wait_until_healed())
        assert await audit(cluster, load) >= 2 * UNDER_LOAD


@pytest.mark.thorough
@pytest.mark.parametrize("by", ["silence", "refusal"])
async def test_two_halves_stand_still_until_they_meet_again(by, tell_healing):
    async with under_load(LINKED) as (cluster, load):
        if by == "silence":
            cluster.cut("node2", "node3")
        else:
            await cluster.sever("node2", "node3")
        await cluster.wait_until_halted()
        heights = {status.engine.height for status in await cluster.list_statuses()}
        cluster.mend()
        tell_healing(f"two halves, cut by {by}", await cluster.wait_until_healed())
        assert max(heights) - min(heights) <= 1  # neither half had gone on alone
        await load.wait_for_more(UNDER_LOAD)
        assert await audit(cluster, load) >= 2 * UNDER_LOAD
