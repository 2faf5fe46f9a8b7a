"""Garbage to the ABCI socket, to the engine's RPC and to every public port, under load: nobody stops."""

import asyncio

from nodes.engines.cometbft.settings import ABCI_SOCKET, RPC_SOCKET, get_socket
from tests.network.audit import audit
from tests.network.cluster import Shape
from tests.network.load import UNDER_LOAD, under_load
from tests.support.garbage import throw_garbage


async def test_garbage_at_every_door_stops_nobody():
    async with under_load(Shape(settings={"http_listen": "127.0.0.1:0"})) as (cluster, load):
        before = {name: cluster.list_processes(name) for name in cluster.names}
        (status,) = await cluster.list_statuses("node1")
        http_port = int(status.http_address.rpartition(":")[2])
        node = cluster.nodes["node1"]
        directory = cluster.get_directory("node1")
        doors = [
            lambda: asyncio.open_connection("127.0.0.1", node.listen_port),
            lambda: asyncio.open_connection("127.0.0.1", node.p2p_port),
            lambda: asyncio.open_connection("127.0.0.1", http_port),
            lambda: asyncio.open_unix_connection(str(get_socket(directory, ABCI_SOCKET))),
            lambda: asyncio.open_unix_connection(str(get_socket(directory, RPC_SOCKET))),
        ]
        for door in doors:
            await throw_garbage(door)
        await cluster.wait_until_moving()
        await load.wait_for_more(UNDER_LOAD)
        assert await audit(cluster, load) >= 2 * UNDER_LOAD
        assert {name: cluster.list_processes(name) for name in cluster.names} == before
