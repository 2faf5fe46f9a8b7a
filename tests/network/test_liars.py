"""Validators that lie: one that votes twice, one that computes otherwise, proposers of bad blocks, bad bundles."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from nodes.engines.cometbft.bundles import encode_bundle
from nodes.engines.cometbft.evidence import EVIDENCE_FILE
from nodes.engines.cometbft.rpc import EngineRefused, EngineRpc
from nodes.engines.cometbft.settings import RPC_SOCKET, get_socket
from tests.network.audit import audit
from tests.network.cluster import Cluster, Shape
from tests.network.load import UNDER_LOAD, under_load
from tests.network.waiting import SETTLE_S, wait_until
from tests.network.world import World, spoil_signature

HONEST = ("node0", "node1", "node2")
FEW = 100
"""Transactions of one organisation in a block, so that a flood is soon one."""
BATCH = 64


async def wait_for_deeds(switch: Path, wanted: Sequence[str]) -> None:
    """Wait until a disturbed unit has done each of these."""

    async def look() -> bool:
        done = switch.with_name("done")
        return done.exists() and set(wanted) <= set(done.read_text(encoding="utf-8").split("\n"))

    await wait_until(f"it has done {', '.join(wanted)}", look, SETTLE_S)


async def test_a_validator_whose_application_computes_otherwise_stops_and_the_rest_go_on():
    switches = []
    async with under_load(prepare=lambda made: switches.append(made.disturb("node3", "another-root"))) as scene:
        cluster, load = scene
        switches[0].touch()

        async def look() -> bool:
            status = await cluster.read_status("node3", is_trusted=False)
            return status is not None and "consensus failure" in status.engine.last_fault

        await wait_until("node3 tells of its consensus failure", look, SETTLE_S)
        assert cluster.find("node3", "engine") is None
        await cluster.wait_until_moving(*HONEST)
        await load.wait_for_more(UNDER_LOAD)
        stopped = await cluster.read_status("node3", is_trusted=False)
        honest = await cluster.read_status("node0")
        assert stopped is not None
        assert honest is not None
        assert stopped.height < honest.height
        assert await audit(cluster, load, *HONEST) >= 2 * UNDER_LOAD


@pytest.mark.thorough
async def test_a_validator_that_votes_twice_is_told_of_by_every_node():
    """A twin with the same validator key, under another name among its peers, votes for no block at all."""

    def add_twin(cluster: Cluster) -> None:
        keys = [
            cluster.get_directory(name) / "engine/config/priv_validator_key.json" for name in ("node3", "observer0")
        ]
        shutil.copyfile(*keys)
        cluster.disturb("observer0", "refuses-everything").touch()

    async with under_load(Shape(observers=1), prepare=add_twin) as (cluster, load):

        async def look() -> bool:
            return all((cluster.get_directory(name) / EVIDENCE_FILE).exists() for name in HONEST)

        await wait_until("evidence is in a block", look, SETTLE_S)
        noted = json.loads((cluster.get_directory("node0") / EVIDENCE_FILE).read_text(encoding="utf-8").split("\n")[0])
        key = json.loads((cluster.get_directory("node3") / "engine/config/priv_validator_key.json").read_bytes())
        assert noted["kind"] == "DUPLICATE_VOTE"
        assert noted["validator"] == key["address"].lower()
        for status in await cluster.list_statuses(*HONEST):
            assert any(noted["validator"] in line for line in status.engine.misbehaviour)
        await cluster.stop("observer0")
        await load.wait_for_more(UNDER_LOAD)
        assert await audit(cluster, load, *HONEST) >= 2 * UNDER_LOAD


def lay_lies(switch: Path, world: World) -> list[str]:
    """Bundles that are none, bad signatures, one organisation's flood, many of each kind; their names."""
    good = [world.issue(50_000 + number) for number in range(FEW + 2 * BATCH)]
    lies = {
        "malformed": [b"\xff" * 40, b"", encode_bundle([b"no transaction"]), encode_bundle(good[:2]) + b"\x00"],
        "signatures": [encode_bundle([good[0], spoil_signature(good[1])])],
        "flood": [encode_bundle(good[at : at + BATCH]) for at in range(0, len(good), BATCH)],
        "twice": [encode_bundle(good[:4]), encode_bundle(good[:4])],
    }
    folder = switch.with_name("lies")
    folder.mkdir()
    for name, bundles in lies.items():
        (folder / f"{name}.hex").write_text("\n".join(one.hex() for one in bundles if one), encoding="ascii")
    return list(lies)


async def test_a_proposer_that_fills_blocks_with_rubbish_stops_nobody():
    switches = []
    async with under_load(
        Shape(organisation_block=FEW), lambda made: switches.append(made.disturb("node3", "bad-proposals"))
    ) as (cluster, load):
        before = {name: cluster.list_processes(name) for name in cluster.names}
        kinds = lay_lies(switches[0], cluster.world)
        switches[0].touch()
        await wait_for_deeds(switches[0], kinds)
        await cluster.wait_until_moving()
        await load.wait_for_more(UNDER_LOAD)
        switches[0].unlink()
        assert await audit(cluster, load) >= 2 * UNDER_LOAD
        assert {name: cluster.list_processes(name) for name in cluster.names} == before


@pytest.mark.thorough
async def test_where_all_agree_to_rubbish_each_is_a_result_code_and_nobody_stops():
    """More than a third of the power lies, so that the blocks are decided: FinalizeBlock is total all the same."""
    switches: list[Path] = []

    def disturb_all(cluster: Cluster) -> None:
        switches.extend(cluster.disturb(name, "agrees-to-everything") for name in cluster.names)

    async with under_load(Shape(organisation_block=FEW), disturb_all) as (cluster, load):
        before = {name: cluster.list_processes(name) for name in cluster.names}
        for switch in switches:
            kinds = lay_lies(switch, cluster.world)
        for switch in switches:
            switch.touch()
        for switch in switches:
            await wait_for_deeds(switch, kinds)
        await cluster.wait_until_moving()
        for switch in switches:
            switch.unlink()
        await load.wait_for_more(UNDER_LOAD)
        assert await audit(cluster, load) >= 2 * UNDER_LOAD
        assert {name: cluster.list_processes(name) for name in cluster.names} == before


@pytest.mark.thorough
async def test_bundles_that_are_none_are_refused_by_the_engine_that_is_given_them():
    async with under_load(Shape(organisation_block=FEW)) as (cluster, load):
        world = cluster.world
        bad = [
            b"\x00", b"\xff" * 1000, encode_bundle([]), encode_bundle([b"x"]), encode_bundle([b""]),
            encode_bundle([spoil_signature(world.issue(60_000))]), encode_bundle([world.issue(60_001)]) + b"\x01",
            encode_bundle([world.issue(60_002)] * 65),
        ]  # fmt: skip
        rpc = EngineRpc(get_socket(cluster.get_directory("node1"), RPC_SOCKET))
        try:
            for bundle in bad:
                with pytest.raises(EngineRefused, match="code 1"):
                    await rpc.broadcast(bundle)
            await rpc.broadcast(encode_bundle([world.issue(60_003)]))
        finally:
            await rpc.close()
        await load.wait_for_more(UNDER_LOAD)
        assert await audit(cluster, load) >= 2 * UNDER_LOAD
