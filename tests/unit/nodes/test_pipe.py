import asyncio
import socket

import pytest

from nodes.link import FrameReader, Kind, LinkFailure, encode_frame
from nodes.pipe import MAX_ASKS, Pipe


class Kernel:
    """The other end, which reads and answers when the test lets it."""

    def __init__(self, theirs: socket.socket) -> None:
        self._socket = theirs
        self._frames = FrameReader()
        self.kinds: list[Kind] = []

    async def receive(self, count: int) -> None:
        """Read until so many frames came in all."""
        async with asyncio.timeout(10):
            while len(self.kinds) < count:
                data = await asyncio.get_running_loop().sock_recv(self._socket, 1 << 16)
                self.kinds += [frame.kind for frame in self._frames.feed(data)]

    async def answer(self, tag: int) -> None:
        await asyncio.get_running_loop().sock_sendall(self._socket, encode_frame(Kind.ANSWER, tag, b"yes"))


@pytest.fixture
async def ends():
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    pipe = Pipe()
    await pipe.open(ours)
    with theirs:
        yield pipe, theirs
    await pipe.close()


async def test_only_so_many_questions_are_at_the_kernel_even_if_who_asked_has_gone(ends):
    pipe, theirs = ends
    kernel = Kernel(theirs)
    asking = [asyncio.create_task(pipe.ask("GetRecord", b"")) for _ in range(MAX_ASKS)]
    await kernel.receive(MAX_ASKS)
    for task in asking[1:]:
        task.cancel()
    await asyncio.wait(asking[1:])
    more = asyncio.create_task(pipe.ask("GetRecord", b""))
    await asyncio.get_running_loop().run_in_executor(None, lambda: None)  # it has begun
    submitted = pipe.submit([b"x"])
    await kernel.receive(MAX_ASKS + 1)
    assert kernel.kinds[MAX_ASKS:] == [Kind.SUBMIT]
    await kernel.answer(1)
    await kernel.receive(MAX_ASKS + 2)
    assert kernel.kinds[MAX_ASKS:] == [Kind.SUBMIT, Kind.ASK]
    for tag in (MAX_ASKS + 1, MAX_ASKS + 2):
        await kernel.answer(tag)
    assert [await asking[0], await submitted, await more] == [b"yes"] * 3


async def test_a_kernel_that_breaks_the_line_has_ended(ends):
    pipe, theirs = ends
    asking = asyncio.create_task(pipe.ask("GetStatus", b""))
    submitting = pipe.submit([b"x"])
    assert await asyncio.get_running_loop().sock_recv(theirs, 1)  # the rest stays unread: closing resets the connection
    theirs.close()
    with pytest.raises(LinkFailure, match="may be submitted again"):
        await submitting
    with pytest.raises(LinkFailure):
        await asking
    assert pipe.closed.is_set()
    with pytest.raises(LinkFailure):
        await pipe.ask("GetStatus", b"")
