"""The ABCI socket: several connections of one engine, each a row of requests answered in their order.

1. A request is begun when it arrives, and answered in its turn; so CheckTx of many bundles is verified side by side.
2. At most `MAX_PENDING` requests of a connection, and `MAX_PENDING_BYTES`, are under way; then nothing more is read.
3. A reply has the request's kind, and goes out at once; a peer that does not read is not written to without bound.
4. What is no request ends its connection and nothing else. A request that fails is answered with an exception, which
   ends the engine; `on_failure` is told. A request that was begun is ended, though the peer may have gone.

Not here: what is answered (`adapter`), in which thread.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from google.protobuf.message import DecodeError

from hefu.v1 import abci_pb2 as pb
from ledger.errors import MalformedInput
from nodes.engines.cometbft.framing import FrameReader, encode_frame
from nodes.logs import get_log

READ_BYTES = 1 << 20
MAX_PENDING = 512
MAX_PENDING_BYTES = 64 << 20
FINISH_S = 1.0
MAX_CONNECTIONS = 16
"""An engine opens four."""

Handle = Callable[[pb.Request], Awaitable[pb.Response]]
Failed = Callable[[BaseException], None]


class AbciServer:
    """Listens on a Unix socket, which only the owner of its folder can open."""

    def __init__(self, path: Path, handle: Handle, on_failure: Failed = lambda failure: None) -> None:
        self._path = path
        self._handle = handle
        self._on_failure = on_failure
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.Task[None], _Connection] = {}

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._open)

    async def start(self) -> None:
        """Listen. A socket that a killed process left is replaced."""
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._accept, path=str(self._path), limit=READ_BYTES)

    async def stop(self) -> None:
        """Listen no more, and hang up. What is under way is answered first, if it takes no longer than a second."""
        if self._server is not None:
            self._server.close()
        answering = [asyncio.create_task(connection.finish()) for connection in self._open.values()]
        if answering:
            await asyncio.wait(answering, timeout=FINISH_S)
        for task in (*answering, *self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        self._path.unlink(missing_ok=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._open) >= MAX_CONNECTIONS:
            writer.close()
            return
        connection = self._open[task] = _Connection(reader, writer, self._handle, self._on_failure)
        try:
            await connection.run()
        except (MalformedInput, DecodeError) as fault:
            get_log().warning("not an engine: an ABCI connection was closed", cause=str(fault))
        except ConnectionError:
            get_log().info("an ABCI connection has ended")
        finally:
            del self._open[task]
            writer.close()


class _Connection:
    """One row of requests."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handle: Handle, on_failure: Failed
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._handle = handle
        self._on_failure = on_failure
        self._row: asyncio.Queue[tuple[asyncio.Task[pb.Response], int]] = asyncio.Queue(MAX_PENDING)
        self._bytes = 0
        self._is_light = asyncio.Event()
        self._is_light.set()

    async def run(self) -> None:
        """Until the peer hangs up or talks nonsense."""
        answering = asyncio.create_task(self._answer())
        try:
            reading = asyncio.create_task(self._read())
            done, _ = await asyncio.wait((reading, answering), return_when=asyncio.FIRST_COMPLETED)
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            for task in done:
                task.result()
        finally:
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)

    async def finish(self) -> None:
        """Until everything that was asked is answered."""
        await self._row.join()

    async def _read(self) -> None:
        frames = FrameReader()
        while data := await self._reader.read(READ_BYTES):
            for message in frames.feed(data):
                await self._is_light.wait()
                self._bytes += len(message)
                if self._bytes > MAX_PENDING_BYTES:
                    self._is_light.clear()
                await self._row.put((self._begin(pb.Request.FromString(message)), len(message)))

    def _begin(self, request: pb.Request) -> asyncio.Task[pb.Response]:
        if request.WhichOneof("value") is None:
            raise MalformedInput("a request of no known kind", "request")
        return asyncio.create_task(self._reply(request))

    async def _reply(self, request: pb.Request) -> pb.Response:
        try:
            return await self._handle(request)
        except asyncio.CancelledError:
            raise
        except BaseException as failure:  # noqa: BLE001 - whatever it is, the engine is told, and ends
            self._on_failure(failure)
            return pb.Response(exception=pb.ResponseException(error=f"{type(failure).__name__}: {failure}"))

    async def _answer(self) -> None:
        while True:
            task, size = await self._row.get()
            await asyncio.wait((task,))  # which leaves it alone where the peer goes
            self._bytes -= size
            if self._bytes <= MAX_PENDING_BYTES:
                self._is_light.set()
            self._writer.write(encode_frame(task.result().SerializeToString()))
            await self._writer.drain()
            self._row.task_done()
