"""Links between engines, one for each direction in which one may call another: TCP proxies that can be cut.

- `hush` holds every byte back, as a cable does that is pulled: nobody is told, and what was sent comes after `mend`.
- `sever` ends the connections and answers no new ones, as a firewall does.
"""

import asyncio
from contextlib import suppress

CHUNK = 1 << 16


class Link:
    """A proxy on a free port of loopback, towards another port."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._open = asyncio.Event()
        self._open.set()
        self._is_severed = False
        self._server: asyncio.Server | None = None
        self._relays: set[asyncio.Task[None]] = set()
        self._ended = 0
        self.port = 0

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """End everything."""
        if self._server is not None:
            self._server.close()
        await self._end_relays()

    def hush(self) -> None:
        """Hold back what comes from now on."""
        self._open.clear()

    async def sever(self) -> None:
        """End what is open; nothing new gets through."""
        self._is_severed = True
        await self._end_relays()

    def mend(self) -> None:
        """Let through again."""
        self._is_severed = False
        self._open.set()

    async def _end_relays(self) -> None:
        for task in self._relays:
            task.cancel()
        await asyncio.gather(*self._relays, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or self._is_severed:
            writer.transport.abort()
            return
        self._relays.add(task)
        try:
            await self._open.wait()
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        except (OSError, asyncio.CancelledError):
            writer.transport.abort()
            return
        finally:
            self._relays.discard(task)
        self._relays.add(task)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._relay(reader, there_writer))
                group.create_task(self._relay(there_reader, writer))
        except* (OSError, EOFError):
            self._ended += 1
        finally:
            self._relays.discard(task)
            writer.transport.abort()
            there_writer.transport.abort()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            await self._open.wait()
            writer.write(data)
            await writer.drain()
        raise EOFError


class Mesh:
    """The links of all pairs: `links[a, b]` is where `a` calls `b`."""

    def __init__(self) -> None:
        self.links: dict[tuple[str, str], Link] = {}

    async def open(self, ports: dict[str, int]) -> None:
        """A link for each pair of those who listen on these ports."""
        for caller in ports:
            for called, port in ports.items():
                if caller != called:
                    link = self.links[caller, called] = Link(port)
                    await link.start()

    def list_between(self, some: set[str]) -> list[Link]:
        """The links between these and all others."""
        return [link for (a, b), link in self.links.items() if (a in some) != (b in some)]

    def mend(self) -> None:
        """All links let through."""
        for link in self.links.values():
            link.mend()

    async def close(self) -> None:
        """End all."""
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*(link.stop() for link in self.links.values()))
