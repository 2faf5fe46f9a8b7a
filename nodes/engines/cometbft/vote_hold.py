"""Holding back the vote of a validator that was restored: nobody knows what it signed before its disk was lost.

    engine/vote-hold.json                    there while the vote is held: {"after_ms": …}
    engine/data/priv_validator_state.json    meanwhile says that everything was signed, so the key signs nothing

1. A validator votes at a height only when it has committed the one before. Let L be the last that it committed before
   it stopped: it signed nothing above L + 1. The time of block L is that of votes which were given before the stop. A
   block whose time is after the stop is therefore L + 1 or later.
2. So the restored validator follows the network like an observer until it has itself a block H whose time is after
   `after_ms`: the stop, and a margin for clocks that differ. Then its state says that all of H was signed, and it votes
   from H + 1 on: nothing at or below L + 1 can be signed again.
3. A hold ends in one place, the supervisor, while the engine is stopped. A kill in between leaves the hold, and the
   next start holds again.

`after_ms` must not lie before the moment when the old node stopped for good; that is the operator's word. Where so many
were lost at once that no block comes without this vote, nothing can prove what they signed, and the hold does not end.
"""

import asyncio
import json
from pathlib import Path

from nodes.engines.cometbft.rpc import EngineRefused, EngineRpc, EngineUnavailable, parse_time_ms
from nodes.engines.cometbft.settings import ENGINE_FOLDER, RPC_SOCKET, get_socket
from nodes.files import PRIVATE, write_whole

HOLD_FILE = f"{ENGINE_FOLDER}/vote-hold.json"
STATE_FILE = f"{ENGINE_FOLDER}/data/priv_validator_state.json"
NEVER_HEIGHT = 1 << 62
FOREVER_MS = 253_402_214_400_000
"""The end of the year 9999."""
LAST_ROUND, PRECOMMIT = (1 << 31) - 1, 3
CLOCK_MARGIN_MS = 300_000
"""How far clocks may differ: what the engine tolerates of the time of a block."""
POLL_S = 1.0


def write_hold(directory: Path, after_ms: int) -> None:
    """Hold the vote until there is a block of a later time."""
    data = (json.dumps({"after_ms": after_ms}) + "\n").encode()
    write_whole(directory / HOLD_FILE, data, PRIVATE, may_replace=True)
    write_signed(directory, NEVER_HEIGHT)


def read_hold(directory: Path) -> int | None:
    """Until when the vote is held; None where it is not. A file that cannot be read holds it for ever."""
    try:
        return int(json.loads((directory / HOLD_FILE).read_bytes())["after_ms"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        return FOREVER_MS


def end_hold(directory: Path, height: int) -> None:
    """Let it vote above a height. To be called while the engine is stopped."""
    write_signed(directory, height)
    (directory / HOLD_FILE).unlink()


def write_signed(directory: Path, height: int) -> None:
    """Tell the engine that everything up to a height was signed."""
    state = {"height": str(height), "round": LAST_ROUND, "step": PRECOMMIT}
    write_whole(directory / STATE_FILE, (json.dumps(state, indent=2) + "\n").encode(), PRIVATE, may_replace=True)


async def wait_until_safe(directory: Path, after_ms: int) -> int:
    """Wait until the running engine is level with its peers and has a block of a later time; its height."""
    rpc = EngineRpc(get_socket(directory, RPC_SOCKET))
    try:
        while True:
            await asyncio.sleep(POLL_S)
            try:
                sync = (await rpc.ask("status"))["sync_info"]
            except (EngineUnavailable, EngineRefused):
                continue
            if not sync["catching_up"] and parse_time_ms(sync["latest_block_time"]) > after_ms:
                return int(sync["latest_block_height"])
    finally:
        await rpc.close()
