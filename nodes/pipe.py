"""The door's end of the link: many callers at once, each waiting for the answer with its tag."""

import asyncio
import contextlib
import socket

from nodes.link import Frame, FrameReader, Kind, LinkFailure, decode_failure, encode_frame, pack_batch

READ_BYTES = 1 << 20
MAX_ASKS = 64
"""Questions at the kernel at once; who comes then waits."""


class Pipe:
    """To one kernel. When the kernel is gone, every call fails with UNAVAILABLE and `closed` is set."""

    def __init__(self) -> None:
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._next_tag = 0
        self._asks = asyncio.Semaphore(MAX_ASKS)
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None
        self.closed = asyncio.Event()

    async def open(self, kernel: socket.socket) -> None:
        """Begin to read from the kernel."""
        reader, self._writer = await asyncio.open_unix_connection(sock=kernel, limit=READ_BYTES)
        self._task = asyncio.create_task(self._read(reader))

    def submit(self, transactions: list[bytes]) -> asyncio.Future[bytes]:
        """Send verified transactions at once; the awaited answer is ReceiptBatch bytes. It raises LinkFailure."""
        return self._send(Kind.SUBMIT, pack_batch(transactions))

    async def ask(self, method: str, request: bytes) -> bytes:
        """The answer to a question of nodes/answers.py. Raises LinkFailure."""
        await self._asks.acquire()
        answer = self._send(Kind.ASK, method.encode() + b"\n" + request)
        answer.add_done_callback(self._end_ask)  # not when the asker goes: the kernel still has the question
        await asyncio.wait((answer,))
        return answer.result()

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

    def _end_ask(self, answer: asyncio.Future[bytes]) -> None:
        self._asks.release()
        note_failure(answer)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        frames = FrameReader()
        try:
            with contextlib.suppress(ConnectionError):  # the same as the kernel's end: who waits is told below
                while data := await reader.read(READ_BYTES):
                    for frame in frames.feed(data):
                        self._resolve(frame)
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


def note_failure(answer: "asyncio.Future[bytes]") -> None:
    """To be called when it is done: asyncio complains of a failure that nobody reads, such as one whose caller left."""
    if not answer.cancelled():
        answer.exception()


def _lost() -> LinkFailure:
    return LinkFailure("UNAVAILABLE", "the kernel has ended; what was not answered may be submitted again")
