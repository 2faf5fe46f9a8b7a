"""The door's end of the link: many callers at once, each waiting for the answer with its tag."""

import asyncio
import socket
from collections.abc import Awaitable

from nodes.link import Frame, FrameReader, Kind, LinkFailure, decode_failure, encode_frame, pack_batch

READ_BYTES = 1 << 20


class Pipe:
    """To one kernel. When the kernel is gone, every call fails with UNAVAILABLE and `closed` is set."""

    def __init__(self) -> None:
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._next_tag = 0
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None
        self.closed = asyncio.Event()

    async def open(self, kernel: socket.socket) -> None:
        """Begin to read from the kernel."""
        reader, self._writer = await asyncio.open_unix_connection(sock=kernel, limit=READ_BYTES)
        self._task = asyncio.create_task(self._read(reader))

    def submit(self, transactions: list[bytes]) -> Awaitable[bytes]:
        """Send verified transactions at once; the awaited answer is ReceiptBatch bytes. It raises LinkFailure."""
        return self._send(Kind.SUBMIT, pack_batch(transactions))

    def ask(self, method: str, request: bytes) -> Awaitable[bytes]:
        """Send a question of nodes/answers.py. The awaited answer raises LinkFailure."""
        return self._send(Kind.ASK, method.encode() + b"\n" + request)

    async def stop(self) -> None:
        """Tell the kernel to decide what it has and to end, and wait until it has."""
        if self._writer is not None and not self.closed.is_set():
            self._writer.write(encode_frame(Kind.STOP, 0))
            await self.closed.wait()

    async def close(self) -> None:
        """Hang up; the kernel ends if it has not."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._writer is not None:
            self._writer.close()

    def _send(self, kind: Kind, payload: bytes) -> asyncio.Future[bytes]:
        """What is written waits in memory if the kernel is slow: callers bound how much that can be."""
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        if self._writer is None or self.closed.is_set():
            answer.set_exception(_lost())
            return answer
        self._next_tag += 1
        self._waiting[self._next_tag] = answer
        self._writer.write(encode_frame(kind, self._next_tag, payload))
        return answer

    async def _read(self, reader: asyncio.StreamReader) -> None:
        frames = FrameReader()
        try:
            while data := await reader.read(READ_BYTES):
                for frame in frames.feed(data):
                    self._resolve(frame)
        except ConnectionError:
            pass  # the same as its end: everybody who waits is told below
        finally:
            self.closed.set()
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(_lost())

    def _resolve(self, frame: Frame) -> None:
        answer = self._waiting.pop(frame.tag)
        if answer.done():  # its caller has gone
            return
        if frame.kind is Kind.FAILURE:
            answer.set_exception(decode_failure(frame.payload))
        else:
            answer.set_result(frame.payload)


def _lost() -> LinkFailure:
    return LinkFailure("UNAVAILABLE", "the kernel has ended; what was not answered may be submitted again")
