import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from nodes.children import LAST_PAUSE_S, STEADY_S, Child, Patience, wait_or_stop

LEASH = Path(__file__).parents[3] / "nodes" / "leash.py"


def test_pauses_double_up_to_the_longest():
    patience = Patience()
    pauses = [patience.compute_pause_s(0) for _ in range(8)]
    assert pauses == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0])
    assert pauses[-1] == LAST_PAUSE_S


def test_a_good_run_makes_the_next_pause_short_again():
    patience = Patience()
    for _ in range(5):
        patience.compute_pause_s(0)
    assert patience.compute_pause_s(STEADY_S) == pytest.approx(0.2)
    assert patience.compute_pause_s(0) == pytest.approx(0.4)


async def test_a_child_gives_its_status_and_can_be_stopped_after_its_end():
    child = await Child.start("c", [sys.executable, "-c", "raise SystemExit(7)"])
    assert await child.ending == 7
    assert not child.is_running
    assert await child.stop(0) == 7


async def test_waiting_ends_with_the_time_too():
    stopping = asyncio.Event()
    await wait_or_stop(stopping, timeout_s=0)
    assert not stopping.is_set()


def test_a_leash_without_its_parent_starts_nothing(tmp_path):
    told = tmp_path / "told"
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(LEASH), "1", "touch", str(told)], check=False, capture_output=True
    )
    assert done.returncode == 1
    assert not told.exists()
