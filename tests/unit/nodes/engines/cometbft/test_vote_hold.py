"""A vote that is held back, and when it is given again."""

import asyncio
import json

import pytest

from nodes.cli.values import show_ms
from nodes.engines.cometbft import vote_hold
from nodes.engines.cometbft.rpc import EngineUnavailable
from nodes.engines.cometbft.vote_hold import (
    FOREVER_MS,
    HOLD_FILE,
    NEVER_HEIGHT,
    STATE_FILE,
    end_hold,
    read_hold,
    wait_until_safe,
    write_hold,
)


def read_state(directory):
    return json.loads((directory / STATE_FILE).read_bytes())


@pytest.fixture
def directory(tmp_path):
    (tmp_path / "engine/data").mkdir(parents=True)
    return tmp_path


def test_a_held_vote_has_signed_everything_and_a_released_one_all_up_to_a_height(directory):
    assert read_hold(directory) is None
    write_hold(directory, 1_000)
    assert read_hold(directory) == 1_000
    assert int(read_state(directory)["height"]) == NEVER_HEIGHT
    end_hold(directory, 70)
    assert read_hold(directory) is None
    assert read_state(directory) == {"height": "70", "round": 2**31 - 1, "step": 3}


@pytest.mark.parametrize("content", [b"", b"{}", b'{"after_ms": null}', b"[1]", b'{"after_ms": "soon"}'])
def test_a_note_that_cannot_be_read_holds_for_ever(directory, content):
    (directory / HOLD_FILE).write_bytes(content)
    assert read_hold(directory) == FOREVER_MS
    assert show_ms(FOREVER_MS).startswith("9999-")


async def test_the_vote_waits_for_a_block_after_the_stop_of_a_node_that_is_level(directory, monkeypatch):
    def tell(height, seconds, is_behind=False):
        time = f"1970-01-01T00:00:{seconds:02}.5Z"
        return {"sync_info": {"latest_block_height": str(height), "latest_block_time": time, "catching_up": is_behind}}

    answers = [EngineUnavailable("starts"), tell(3, 9), tell(5, 11, is_behind=True), tell(6, 10), tell(7, 11)]

    class Rpc:
        def __init__(self, path):
            pass

        async def ask(self, method):
            found = answers.pop(0)
            if isinstance(found, Exception):
                raise found
            return found

        async def close(self):
            pass

    monkeypatch.setattr(vote_hold, "EngineRpc", Rpc)
    monkeypatch.setattr(vote_hold, "POLL_S", 0)
    assert await asyncio.wait_for(wait_until_safe(directory, 10_500), 5) == 7
    assert answers == []
