"""A validator that was restored, until it votes."""

from nodes.engines.cometbft.vote_hold import HOLD_FILE
from tests.network.cluster import Cluster
from tests.network.waiting import SETTLE_S, START_S, wait_until


async def wait_until_it_votes(cluster: Cluster, name: str) -> None:
    """Wait until a restored validator's vote is held no longer, and its node answers again."""
    hold = cluster.get_directory(name) / HOLD_FILE

    async def look() -> bool:
        return not hold.exists()

    await wait_until(f"{name} may vote", look, 2 * START_S)
    await cluster.wait_until_moving(name, limit_s=SETTLE_S)
