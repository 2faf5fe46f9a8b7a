"""Running a witness: one process, which holds its directory's lock until SIGTERM or SIGINT."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from nodes.directory import OTHERS
from nodes.lock import hold_lock
from nodes.logs import get_log, raise_alarm, set_up_logs
from nodes.witness.directory import open_state, read_identity
from nodes.witness.service import Witness, WitnessServer

LOCK_WAIT_S = 2.0
"""A witness that was killed is gone at once; one that is told to stop answers first."""


async def serve_witness(
    directory: Path, listen: str, stopping: asyncio.Event, on_ready: Callable[[int], None] = lambda port: None
) -> int:
    """Serve until `stopping` is set; the exit status. MalformedInput: no witness, or one that runs already."""
    with ExitStack() as stack:
        identity = read_identity(directory)
        stack.enter_context(hold_lock(directory, LOCK_WAIT_S))
        store = open_state(directory, identity)
        stack.callback(store.close)
        server = WitnessServer(Witness(identity, store, lambda: int(time.time())))
        try:
            port = await server.start(listen)
        except OSError as failure:
            raise_alarm("the witness does not start", cause=str(failure))
            return 1
        get_log().info("witness ready", listen=listen, port=port, key=identity.render_key())
        on_ready(port)
        await stopping.wait()
        await server.stop()
        get_log().info("witness stopped")
    return 0


def run_witness(directory: Path, listen: str, on_ready: Callable[[int], None]) -> int:
    """What `hefu witness start` does; the exit status. MalformedInput."""
    set_up_logs("json", "info", "witness")
    os.umask(OTHERS)

    async def run() -> int:
        stopping = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        return await serve_witness(directory, listen, stopping, on_ready)

    return asyncio.run(run())
