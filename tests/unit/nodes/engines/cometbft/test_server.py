"""The ABCI socket: a row of requests, answered in its order."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hefu.v1 import abci_pb2 as pb
from nodes.engines.cometbft import server
from nodes.engines.cometbft.framing import MAX_MESSAGE, FrameReader, encode_frame
from nodes.engines.cometbft.server import AbciServer

PATIENCE_S = 20


class Handler:
    """Answers an echo when it is let through; `fail` fails, all else is answered at once."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.doors: dict[str, asyncio.Event] = {}
        self.changed = asyncio.Event()

    def hold(self, *names: str) -> None:
        self.doors.update({name: asyncio.Event() for name in names})

    async def __call__(self, request: pb.Request) -> pb.Response:
        if request.WhichOneof("value") == "flush":
            return pb.Response(flush=pb.Flush())
        name = request.echo.message
        self.begun.append(name)
        self.changed.set()
        if name == "fail":
            raise ValueError("as asked")
        if name in self.doors:
            await self.doors[name].wait()
        self.ended.append(name)
        self.changed.set()
        return pb.Response(echo=pb.Echo(message=name))

    async def wait_until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not is_so():
                self.changed.clear()
                await self.changed.wait()


class Peer:
    """An engine's end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._frames = FrameReader()
        self._found: list[bytes] = []

    def send(self, *requests: pb.Request) -> None:
        self.writer.write(b"".join(encode_frame(request.SerializeToString()) for request in requests))

    async def receive(self) -> pb.Response | None:
        """The next reply; None at the end of the connection."""
        async with asyncio.timeout(PATIENCE_S):
            while not self._found:
                data = await self.reader.read(1 << 16)
                if not data:
                    return None
                self._found += self._frames.feed(data)
        return pb.Response.FromString(self._found.pop(0))

    async def hear(self) -> str:
        reply = await self.receive()
        assert reply is not None
        return reply.echo.message or str(reply.WhichOneof("value"))


def echo(name: str) -> pb.Request:
    return pb.Request(echo=pb.Echo(message=name))


FLUSH = pb.Request(flush=pb.Flush())


@asynccontextmanager
async def serve(tmp_path: Path, handler: Handler, failures: list[BaseException]) -> AsyncIterator[AbciServer]:
    abci = AbciServer(tmp_path / "abci.sock", handler, failures.append)
    await abci.start()
    try:
        yield abci
    finally:
        async with asyncio.timeout(PATIENCE_S):
            await abci.stop()


@asynccontextmanager
async def connect(tmp_path: Path) -> AsyncIterator[Peer]:
    reader, writer = await asyncio.open_unix_connection(str(tmp_path / "abci.sock"))
    try:
        yield Peer(reader, writer)
    finally:
        writer.close()


async def test_replies_keep_their_order_whatever_is_ready_first(tmp_path):
    handler = Handler()
    handler.hold("1", "2")
    async with serve(tmp_path, handler, []), connect(tmp_path) as peer:
        peer.send(echo("1"), echo("2"), FLUSH, echo("3"))
        await handler.wait_until(lambda: "3" in handler.ended)  # begun beside the others, and ready first
        handler.doors["2"].set()
        await handler.wait_until(lambda: "2" in handler.ended)
        handler.doors["1"].set()
        assert [await peer.hear() for _ in range(4)] == ["1", "2", "flush", "3"]


async def test_connections_do_not_wait_for_one_another(tmp_path):
    handler = Handler()
    handler.hold("slow")
    async with serve(tmp_path, handler, []) as abci, connect(tmp_path) as first, connect(tmp_path) as second:
        first.send(echo("slow"))
        await handler.wait_until(lambda: "slow" in handler.begun)
        second.send(echo("quick"))
        assert await second.hear() == "quick"
        assert abci.connections == 2
        handler.doors["slow"].set()
        assert await first.hear() == "slow"


async def test_a_request_that_fails_is_told_to_the_engine_and_to_the_node(tmp_path):
    failures: list[BaseException] = []
    async with serve(tmp_path, Handler(), failures), connect(tmp_path) as peer:
        peer.send(echo("fail"))
        reply = await peer.receive()
        assert reply is not None
        assert reply.exception.error == "ValueError: as asked"
        assert [str(failure) for failure in failures] == ["as asked"]


@pytest.mark.parametrize(
    "garbage",
    [b"GET / HTTP/1.1\r\n\r\n" * 9, b"\xff" * 40, b"\x80\x00", b"\x00", b"\x03\xff\xff\xff", b"\x02\xf8\x01"],
    ids=["http", "long", "padded", "no kind", "no message", "cut field"],
)
async def test_garbage_ends_its_connection_and_nothing_else(tmp_path, garbage):
    failures: list[BaseException] = []
    async with serve(tmp_path, Handler(), failures), connect(tmp_path) as good, connect(tmp_path) as bad:
        bad.writer.write(garbage)
        assert await bad.receive() is None
        good.send(echo("still here"))
        assert await good.hear() == "still here"
    assert failures == []


async def test_a_message_that_would_be_too_long_ends_its_connection(tmp_path):
    async with serve(tmp_path, Handler(), []), connect(tmp_path) as peer:
        peer.writer.write(encode_frame(bytes(MAX_MESSAGE + 1))[:4])
        assert await peer.receive() is None


async def test_only_so_many_requests_are_under_way(tmp_path, monkeypatch):
    monkeypatch.setattr(server, "MAX_PENDING", 3)
    handler = Handler()
    names = [str(number) for number in range(10)]
    handler.hold(*names)
    async with serve(tmp_path, handler, []), connect(tmp_path) as peer:
        peer.send(*map(echo, names))
        # One is being answered, three stand in the row, one waits to stand there.
        await handler.wait_until(lambda: len(handler.begun) == 5)
        handler.doors["0"].set()
        assert await peer.hear() == "0"
        await handler.wait_until(lambda: len(handler.begun) == 6)
        assert handler.begun == names[:6]
        for name in names:
            handler.doors[name].set()
        assert [await peer.hear() for _ in names[1:]] == names[1:]


async def test_only_so_many_bytes_are_under_way(tmp_path, monkeypatch):
    monkeypatch.setattr(server, "MAX_PENDING_BYTES", 1000)
    handler = Handler()
    names = [letter * 600 for letter in "abcd"]
    handler.hold(*names)
    async with serve(tmp_path, handler, []), connect(tmp_path) as peer:
        peer.send(*map(echo, names))
        await handler.wait_until(lambda: len(handler.begun) == 2)
        handler.doors[names[0]].set()
        assert await peer.hear() == names[0]
        await handler.wait_until(lambda: len(handler.begun) == 3)
        assert handler.begun == names[:3]
        for name in names:
            handler.doors[name].set()
        assert [await peer.hear() for _ in names[1:]] == names[1:]


async def test_a_peer_that_never_reads_is_not_written_to_without_bound(tmp_path, monkeypatch):
    monkeypatch.setattr(server, "MAX_PENDING", 4)
    handler = Handler()
    names = [f"{number:03}" + "x" * 100_000 for number in range(200)]
    async with serve(tmp_path, handler, []), connect(tmp_path) as deaf, connect(tmp_path) as other:
        deaf.send(*map(echo, names))
        await handler.wait_until(lambda: len(handler.ended) >= 4)
        for number in range(300):  # turns of the loop, in which all would long be answered
            other.send(echo(str(number)))
            assert await other.hear() == str(number)
        assert len([name for name in handler.begun if len(name) > 9]) < len(names)
        assert [(await deaf.hear())[:3] for _ in names] == [name[:3] for name in names]


async def test_more_connections_than_an_engine_opens_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(server, "MAX_CONNECTIONS", 1)
    async with serve(tmp_path, Handler(), []) as abci, connect(tmp_path) as first:
        first.send(echo("1"))
        assert await first.hear() == "1"
        async with connect(tmp_path) as second:
            assert await second.receive() is None
        assert abci.connections == 1
        first.send(echo("2"))
        assert await first.hear() == "2"


async def test_what_was_begun_is_ended_though_the_peer_has_gone(tmp_path):
    handler = Handler()
    handler.hold("commit", "next")
    async with serve(tmp_path, handler, []) as abci:
        async with connect(tmp_path) as peer:
            peer.send(echo("commit"), echo("next"))
            await handler.wait_until(lambda: len(handler.begun) == 2)
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*abci._open, return_exceptions=True)
        assert not handler.ended
        for door in handler.doors.values():
            door.set()
        await handler.wait_until(lambda: handler.ended == ["commit", "next"])


async def test_the_socket_that_a_killed_process_left_is_replaced_and_gone_in_the_end(tmp_path):
    path = tmp_path / "abci.sock"
    path.write_text("left behind")
    async with serve(tmp_path, Handler(), []), connect(tmp_path) as peer:
        peer.send(echo("1"))
        assert await peer.hear() == "1"
    assert not path.exists()
