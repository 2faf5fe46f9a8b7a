"""Garbage to the ABCI socket, to the engine's RPC and to every public port, under load: nobody stops."""

import asyncio
import random

from hefu.v1 import abci_pb2
from nodes.engines.cometbft.framing import encode_frame
from nodes.engines.cometbft.settings import ABCI_SOCKET, RPC_SOCKET, get_socket
from tests.network.audit import audit
from tests.network.load import UNDER_LOAD, under_load

SEED, RANDOM_PIECES, PIECE = 5, 12, 20_000
HANG_UP_S = 1.0


def list_garbage() -> list[bytes]:
    """Noise, and what is nearly right for gRPC, HTTP, ABCI and the engines' peers."""
    chance = random.Random(SEED)
    http2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    return [
        *(chance.randbytes(chance.randrange(1, PIECE)) for _ in range(RANDOM_PIECES)),
        b"", b"\x00" * PIECE, b"\xff" * PIECE,
        http2, http2 + chance.randbytes(PIECE), http2 + b"\xff\xff\xff\x04\xff" * 1000,
        b"GET /../../etc/passwd HTTP/1.1\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n{",
        b"GET / HTTP/1.1\r\nHost: " + b"a" * PIECE,
        encode_frame(b""), encode_frame(chance.randbytes(500)), b"\xff\xff\xff\xff\x7f", b"\x80\x80\x80\x80\x80\x80",
        encode_frame(abci_pb2.Request().SerializeToString()), encode_frame(b"\x0a\x00")[:-1],
    ]  # fmt: skip


async def throw(open_connection, garbage: bytes) -> int:
    """Send garbage, hear what comes for a moment, and hang up; how many bytes came."""
    try:
        reader, writer = await open_connection()
    except OSError:
        return 0
    try:
        writer.write(garbage)
        await writer.drain()
        return len(await asyncio.wait_for(reader.read(PIECE), HANG_UP_S))
    except (OSError, TimeoutError):
        return 0
    finally:
        writer.transport.abort()


async def test_garbage_at_every_door_stops_nobody():
    async with under_load() as (cluster, load):
        before = {name: cluster.list_processes(name) for name in cluster.names}
        node = cluster.nodes["node1"]
        directory = cluster.get_directory("node1")
        doors = [
            lambda: asyncio.open_connection("127.0.0.1", node.listen_port),
            lambda: asyncio.open_connection("127.0.0.1", node.p2p_port),
            lambda: asyncio.open_unix_connection(str(get_socket(directory, ABCI_SOCKET))),
            lambda: asyncio.open_unix_connection(str(get_socket(directory, RPC_SOCKET))),
        ]
        for door in doors:
            await asyncio.gather(*(throw(door, garbage) for garbage in list_garbage()))
        await cluster.wait_until_moving()
        await load.wait_for_more(UNDER_LOAD)
        assert await audit(cluster, load) >= 2 * UNDER_LOAD
        assert {name: cluster.list_processes(name) for name in cluster.names} == before
