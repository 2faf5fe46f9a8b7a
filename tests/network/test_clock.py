"""One machine whose clock is off by a minute: the time of blocks does not follow it, and the network goes on."""

import time

import pytest

from tests.network.audit import audit
from tests.network.cluster import Cluster
from tests.network.engines import build_engine_with_offset
from tests.network.load import UNDER_LOAD, under_load

OFFSET_S, NEAR_MS = 60, 20_000


@pytest.fixture(scope="module")
def shifted_engine(tmp_path_factory):
    """The pinned engine, whose clock can be set off."""
    return build_engine_with_offset(tmp_path_factory.mktemp("engine"))


@pytest.mark.thorough
@pytest.mark.parametrize("offset_s", [OFFSET_S, -OFFSET_S])
async def test_block_time_does_not_follow_one_clock_that_is_wrong(offset_s, shifted_engine):
    def shift(cluster: Cluster) -> None:
        cluster.disturb("node3", "clock")
        cluster.add_environment(
            "node3", {"HEFU_CLOCK_OFFSET_S": str(offset_s), "HEFU_NODE_ENGINE_PROGRAM": shifted_engine}
        )

    async with under_load(prepare=shift) as (cluster, load):
        for _ in cluster.names:  # each has proposed meanwhile
            await cluster.wait_until_moving()
            await load.wait_for_more(UNDER_LOAD // 2)
            now_ms = time.time_ns() // 1_000_000
            for status in await cluster.list_statuses():
                assert abs(status.engine.block_time_ms - now_ms) < NEAR_MS
        assert await audit(cluster, load) >= 2 * UNDER_LOAD
