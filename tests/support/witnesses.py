"""A log in memory that wants cosignatures, witnesses that serve, and strangers that answer like none."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from ledger.notes import Checkpoint, Note, sign_note
from nodes.readers import Readers
from nodes.witness.directory import init_witness, open_state, read_identity
from nodes.witness.running import serve_witness
from nodes.witness.submission import render_submission
from tests.support.memory_tiles import make_log
from tests.support.proof_world import ProofWorld, render_key

ORIGIN = "log.example/shown"
SEED, OTHER_SEED = bytes([21]) * 32, bytes([22]) * 32
KEY, OTHER_KEY = render_key(ORIGIN, SEED), render_key(ORIGIN, OTHER_SEED)


class ShownLog:
    """A log of numbered entries; `fork` gives each of them another content."""

    def __init__(self, size: int, fork: str = "") -> None:
        self.tree, _ = make_log([f"{fork}{number}".encode() for number in range(size)])

    def checkpoint(self, size: int) -> Checkpoint:
        return Checkpoint(ORIGIN, size, self.tree.compute_root(size))

    def note(self, size: int, *seeds: bytes) -> Note:
        text = self.checkpoint(size).body()
        return Note(text, tuple(sign_note(text, ORIGIN, seed) for seed in seeds or (SEED,)))

    def submission(self, old_size: int, size: int, *seeds: bytes) -> bytes:
        """A whole body, honest where the log is."""
        path = self.tree.build_consistency(old_size, size) if 0 < old_size < size else []
        return render_submission(old_size, path, self.note(size, *seeds).render())


def make_witness(directory: Path, origin: str, keys: Sequence[str], name: str = "w1.example/hefu") -> str:
    """A witness of this log; its key."""
    key = init_witness(directory, name).render_key()
    add_log(directory, origin, keys)
    return key


def add_log(directory: Path, origin: str, keys: Sequence[str]) -> None:
    """The witness knows this log."""
    store = open_state(directory, read_identity(directory))
    store.add_log(origin, keys)
    store.close()


class WorldReaders(Readers):
    """Asks the one connection of a world, without a thread."""

    def __init__(self, world: ProofWorld) -> None:
        self._world = world

    async def read(self, question):
        return question(self._world.connection)


@asynccontextmanager
async def serving_witness(directory: Path, port: int = 0) -> AsyncIterator[int]:
    """A witness on a port, stopped at the end."""
    stopping, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve_witness(directory, f"127.0.0.1:{port}", stopping, ready.set_result))
    await asyncio.wait((task, ready), return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        raise RuntimeError(f"the witness ended with {task.result()}")
    try:
        yield ready.result()
    finally:
        stopping.set()
        await task


@asynccontextmanager
async def serving_stranger(*answers: web.Response | None) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that gives these answers in turn, the last for ever (None: none at all); its URL, what it was sent."""
    sent: list[bytes] = []
    closing = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        sent.append(await request.read())
        given = answers[min(len(sent), len(answers)) - 1]
        if given is None:
            await closing.wait()
            return web.Response(status=500)
        return web.Response(status=given.status, body=given.body, headers=given.headers)

    app = web.Application()
    app.router.add_post("/add-checkpoint", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", sent
    finally:
        closing.set()
        await runner.cleanup()
