"""A slow disk and a full one, of one node under load."""

import os
import shutil
import subprocess
import time
from itertools import repeat
from pathlib import Path

import pytest

from tests.network.audit import audit
from tests.network.cluster import Cluster
from tests.network.load import UNDER_LOAD, under_load
from tests.network.waiting import SETTLE_S, wait_until

DISK_MB = 64
OTHERS = ("node0", "node1", "node2")


@pytest.mark.thorough
async def test_a_slow_disk_holds_up_its_own_node_only(tell_healing):
    switches: list[Path] = []
    async with under_load(prepare=lambda made: switches.append(made.disturb("node3", "slow-disk"))) as (cluster, load):
        switches[0].touch()
        await cluster.wait_until_moving(*OTHERS)
        await load.wait_for_more(2 * UNDER_LOAD)
        assert switches[0].with_name("done").exists()
        switches[0].unlink()
        tell_healing("a slow disk is fast again", await cluster.wait_until_healed())
        assert await audit(cluster, load) >= 3 * UNDER_LOAD


class SmallDisk:
    """A node's directory on a file system of its own; this takes the right to mount (root)."""

    def __init__(self) -> None:
        self.place: Path | None = None

    def mount(self, cluster: Cluster) -> None:
        """Move node3 onto it."""
        place = cluster.get_directory("node3")
        aside = place.with_name("aside")
        place.rename(aside)
        place.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=700", "tmpfs", place], check=True)
        self.place = place
        shutil.copytree(aside, place, dirs_exist_ok=True)
        shutil.rmtree(aside)

    @property
    def filler(self) -> Path:
        """What fills it."""
        assert self.place is not None
        return self.place / "filler"

    def fill(self) -> None:
        """Write until nothing more fits."""
        with self.filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
            file.writelines(repeat(bytes(4096)))

    def unmount(self) -> None:
        """Give it back, and remove what could not be removed with a disk in it."""
        if self.place is not None:
            subprocess.run(["umount", "--lazy", self.place], check=True)
            shutil.rmtree(self.place.parents[1], ignore_errors=True)


@pytest.fixture
def small_disk():
    """A disk that is not left mounted."""
    disk = SmallDisk()
    yield disk
    disk.unmount()


async def test_a_full_disk_stops_its_node_only_and_it_comes_back_once_there_is_room(small_disk, tell_healing):
    assert os.geteuid() == 0, "a small disk is mounted for this test, which only root may do"
    async with under_load(prepare=small_disk.mount) as (cluster, load):
        full_since_ms = time.time_ns() // 1_000_000
        small_disk.fill()

        async def look() -> bool:
            return cluster.find("node3", "engine") is None

        await wait_until("node3 has met its full disk", look, SETTLE_S)
        await cluster.wait_until_moving(*OTHERS)
        await load.wait_for_more(UNDER_LOAD)
        small_disk.filler.unlink()
        assert not cluster.has_ended("node3")
        tell_healing("a full disk has room again", await cluster.wait_until_healed())

        async def look_for_fault() -> bool:
            status = await cluster.read_status("node3")
            return status is not None and status.engine.last_fault_at_ms >= full_since_ms

        await wait_until("node3 tells why it was away", look_for_fault, SETTLE_S)
        assert await audit(cluster, load) >= 2 * UNDER_LOAD
