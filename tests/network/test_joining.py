"""Nodes that join a running network: by its blocks, by a snapshot, as observers and as validators."""

import asyncio
import json

import pytest

from hefu.v1.network_pb2 import SnapshotChunk, SnapshotManifest
from ledger.snapshots import encode_manifest, list_chunk_hashes, parse_manifest
from nodes.client import AsyncClient
from nodes.engines.cometbft.snapshots import MANIFEST_FILE, SNAPSHOT_FOLDER
from tests.network.audit import audit, read_ledger
from tests.network.cluster import Cluster, Shape
from tests.network.joining import build_change, get_peer, join, prove_final, run_hefu, set_peers, wait_for_power
from tests.network.load import UNDER_LOAD, Load, submit_at, under_load
from tests.network.waiting import START_S, wait_until
from tests.support.snapshot_world import forge

SNAPSHOTS = Shape(validators=4, settings={"snapshot_blocks": 100})
HONEST = ("node0", "node1")


def list_snapshots(cluster: Cluster, name: str) -> list[int]:
    """The heights of the snapshots that a node keeps."""
    folder = cluster.get_directory(name) / SNAPSHOT_FOLDER
    found = folder.iterdir() if folder.exists() else ()
    return sorted(int(path.name) for path in found if path.name.isdecimal())


async def wait_for_snapshot(cluster: Cluster, *names: str) -> None:
    """Wait until these nodes keep one of one height."""

    async def look() -> bool:
        return bool(set.intersection(*(set(list_snapshots(cluster, name)) for name in names)))

    await wait_until(f"{names} keep a snapshot", look, START_S)


async def wait_until_restored(cluster: Cluster, name: str) -> int:
    """Wait until a node says that it began with a snapshot; of which height."""

    async def look() -> int:
        status = await cluster.read_status(name)
        return 0 if status is None else status.restored_height

    return await wait_until(f"{name} has begun with a snapshot", look, START_S)


async def test_a_node_joins_by_the_blocks_while_the_network_works():
    async with under_load() as (cluster, load):
        old = next(iter(load.book.outcomes))
        await join(cluster, "joiner", HONEST)
        cluster.start("joiner")
        await cluster.wait_until_moving("joiner")
        await load.wait_for_more(UNDER_LOAD)
        await audit(cluster, load)
        new = list(load.book.outcomes)[-1]
        status = await cluster.read_status("joiner")
        assert status is not None
        assert (status.restored_height, status.engine.power) == (0, 0)
        assert await prove_final(cluster, "joiner", old)
        assert await prove_final(cluster, "joiner", new)


async def test_a_node_joins_by_a_snapshot_while_the_network_works():
    async with under_load(SNAPSHOTS) as (cluster, load):
        await wait_for_snapshot(cluster, *HONEST)
        old = next(iter(load.book.outcomes))
        await join(cluster, "joiner", HONEST, HONEST)
        cluster.start("joiner")
        height = await wait_until_restored(cluster, "joiner")
        await cluster.wait_until_moving("joiner")
        await load.wait_for_more(UNDER_LOAD)
        await load.settle("node0")
        await cluster.wait_until_equal()
        new = list(load.book.outcomes)[-1]
        late, early = read_ledger(cluster, "joiner"), read_ledger(cluster, "node0")
        assert 0 < height < early[new][1]
        assert late == early  # within the window of ids, a snapshot holds every transaction
        assert await prove_final(cluster, "joiner", old)
        assert await prove_final(cluster, "joiner", new)


@pytest.mark.parametrize("moment", ["dies-amid-a-restore", "dies-after-a-restore"])
async def test_a_node_that_is_killed_while_it_begins_with_a_snapshot_begins_anew(moment):
    async with under_load(SNAPSHOTS) as (cluster, load):
        await wait_for_snapshot(cluster, *HONEST)
        await join(cluster, "joiner", HONEST, HONEST)
        switch = cluster.disturb("joiner", moment)
        switch.touch()
        cluster.start("joiner")

        async def look() -> bool:
            return (switch.parent / "done").exists()

        await wait_until("the kernel died", look, START_S)
        switch.unlink()
        assert await wait_until_restored(cluster, "joiner")
        await cluster.wait_until_moving("joiner")
        await load.wait_for_more(UNDER_LOAD)
        await load.settle("node0")
        await cluster.wait_until_equal()


async def test_a_snapshot_that_lies_is_refused_and_an_honest_one_taken():
    async with under_load(SNAPSHOTS) as (cluster, load):
        await wait_for_snapshot(cluster, "node0", "node1", "node3")
        await cluster.stop("node3")
        forge_snapshots(cluster, "node3")
        cluster.add_environment("node3", {"HEFU_NODE_SNAPSHOT_BLOCKS": "0"})
        cluster.start("node3")
        await cluster.wait_until_moving("node3")
        await join(cluster, "joiner", ["node3"], HONEST)
        cluster.start("joiner")

        async def look() -> bool:
            return "a snapshot was refused" in (cluster.place / "joiner.log").read_text(encoding="utf-8")

        await wait_until("the lie is refused", look, START_S)
        status = await cluster.read_status("joiner")
        assert status is not None
        assert (status.restored_height, status.height) == (0, 0)
        await cluster.stop("joiner")
        set_peers(cluster, "joiner", [await get_peer(cluster, name) for name in HONEST])
        cluster.start("joiner")
        assert await wait_until_restored(cluster, "joiner")
        await load.settle("node0")
        await cluster.wait_until_equal()


def forge_snapshots(cluster: Cluster, name: str) -> None:
    """Leave a record out of each of a node's snapshots, with hashes that fit."""

    def leave_out(manifest: SnapshotManifest, opened: list[SnapshotChunk]) -> None:
        del next(chunk for chunk in opened if chunk.records).records[0]

    for height in list_snapshots(cluster, name):
        folder = cluster.get_directory(name) / SNAPSHOT_FOLDER / str(height)
        manifest = parse_manifest((folder / MANIFEST_FILE).read_bytes())
        files = [folder / f"{index:06}" for index in range(len(list_chunk_hashes(manifest)))]
        forged, chunks = forge(manifest, [path.read_bytes() for path in files], leave_out)
        (folder / MANIFEST_FILE).write_bytes(encode_manifest(forged))
        for path, chunk in zip(files, chunks, strict=True):
            path.write_bytes(chunk)


async def test_an_observer_reads_proves_and_passes_on_what_is_submitted_to_it():
    async with Cluster(Shape(observers=1)) as cluster:
        cluster.start()
        await cluster.wait_until_moving()
        async with Load(cluster, ["observer0"], workers=2) as load:
            await load.wait_for_more(10)
            await load.settle()
            assert await audit(cluster, load) >= 10
        assert await prove_final(cluster, "observer0", next(iter(load.book.outcomes)))


async def test_a_client_goes_on_with_an_observer_when_its_node_is_killed():
    async with Cluster(Shape(observers=1)) as cluster:
        cluster.start()
        await cluster.wait_until_moving()
        targets = ",".join(cluster.get_target(name) for name in ("node3", "observer0"))
        async with AsyncClient(targets, patience_s=60) as client:
            load = Load(cluster, workers=0)
            assert await submit_at(client, load.book, cluster.world.issue(1)) is not None
            await cluster.kill("node3", "supervisor")
            await cluster.wait_until_gone("node3")
            receipts = await asyncio.gather(
                *(submit_at(client, load.book, cluster.world.issue(number)) for number in range(2, 6))
            )
            assert all(receipt is not None and receipt.has_leaf for receipt in receipts)


async def test_a_joiner_becomes_a_validator_by_vote_and_its_vote_counts():
    async with under_load(Shape(validators=3)) as (cluster, load):
        joined = await join(cluster, "joiner", HONEST)
        cluster.start("joiner")
        await cluster.wait_until_moving("joiner")
        entering = build_change(cluster, joined.validator_key, 9, "joiner")
        async with AsyncClient(cluster.get_target("node0")) as client:
            assert not (await client.submit(cluster.world.vote_validator("2026-1", entering))).HasField("refusal")
        await wait_for_power(cluster, "joiner", 9, 4)
        await cluster.stop("node2")  # two of three would not be more than two thirds
        await cluster.wait_until_moving("node0", "node1", "joiner")
        await load.wait_for_more(UNDER_LOAD)
        listed = await run_hefu("gov", "validators", "--node", cluster.get_target("node0"), "--json")
        (key,) = (one["public_key"] for one in json.loads(listed)["validators"] if one["name"] == "node2")
        leaving = build_change(cluster, bytes.fromhex(key), 0, "node2", present_power=10)
        async with AsyncClient(cluster.get_target("node0")) as client:
            assert not (await client.submit(cluster.world.vote_validator("2026-2", leaving))).HasField("refusal")
        await wait_for_power(cluster, "joiner", 9, 3)
        cluster.start("node2")
        await wait_for_power(cluster, "node2", 0, 3)
        await load.wait_for_more(UNDER_LOAD)
        await load.settle("node0")
        await cluster.wait_until_equal()
