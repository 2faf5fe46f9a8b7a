"""What strangers send that is nothing, or nearly something, to any port."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from hefu.v1 import abci_pb2
from nodes.engines.cometbft.framing import encode_frame

SEED, RANDOM_PIECES, PIECE = 5, 12, 20_000
HANG_UP_S = 1.0

OpenConnection = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


def list_garbage() -> list[bytes]:
    """Noise, and what is nearly right for gRPC, HTTP, ABCI and the engines' peers."""
    chance = random.Random(SEED)
    http2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    return [
        *(chance.randbytes(chance.randrange(1, PIECE)) for _ in range(RANDOM_PIECES)),
        b"", b"\x00" * PIECE, b"\xff" * PIECE,
        http2, http2 + chance.randbytes(PIECE), http2 + b"\xff\xff\xff\x04\xff" * 1000,
        b"GET /../../etc/passwd HTTP/1.1\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n{",
        b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffff\r\n",
        b"GET / HTTP/1.1\r\nHost: " + b"a" * PIECE,
        encode_frame(b""), encode_frame(chance.randbytes(500)), b"\xff\xff\xff\xff\x7f", b"\x80\x80\x80\x80\x80\x80",
        encode_frame(abci_pb2.Request().SerializeToString()), encode_frame(b"\x0a\x00")[:-1],
    ]  # fmt: skip


async def throw_garbage(open_connection: OpenConnection) -> None:
    """All of it, each piece on a connection of its own, at once."""
    await asyncio.gather(*(_throw(open_connection, garbage) for garbage in list_garbage()))


async def _throw(open_connection: OpenConnection, garbage: bytes) -> None:
    """Send it, hear what comes for a moment, and hang up."""
    try:
        reader, writer = await open_connection()
    except OSError:
        return
    try:
        writer.write(garbage)
        await writer.drain()
        await asyncio.wait_for(reader.read(PIECE), HANG_UP_S)
    except (OSError, TimeoutError):
        return
    finally:
        writer.transport.abort()
