"""What our HTTP servers share: a bound on calls, on bodies and on silence, and errors that a reader understands.

- So many connections and so many calls at once; one more is answered 503, so that readers from outside cost a node a
  bounded amount.
- An error of the caller has its status and a line of text, and is never cached. A defect of ours is 500 and an alarm.
- A body is taken as it was sent: what a caller says is packed is not unpacked, which would cost us much and it little.
- Only a loopback address is listened on (nodes/config.py): a proxy before it speaks TLS and counts callers.
"""

import asyncio
import logging
from typing import cast

from aiohttp import ClientError, web
from aiohttp.typedefs import Handler, Middleware

from nodes.config import parse_listen
from nodes.logs import get_log

KEEP_ALIVE_S = 30.0
MAX_CONNECTIONS = 256
"""Those that say nothing too; a proxy before the node counts each caller's."""
STOP_S = 2.0
"""How long a stop waits for answers under way."""
CROWDED = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
NO_STORE = {"Cache-Control": "no-store"}


def build_app(calls: int, body_bytes: int) -> web.Application:
    """An application for so many calls at once, none with a longer body."""
    return web.Application(middlewares=[_build_guard(calls)], client_max_size=body_bytes)


class Served:
    """An application that listens on `port`."""

    def __init__(self, runner: web.AppRunner, server: asyncio.Server) -> None:
        self._runner = runner
        self._server = server
        self.port = int(server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Answer what is under way, then stop."""
        self._server.close()
        await self._runner.cleanup()


class _Refusal(asyncio.Protocol):
    """A connection beyond the bound."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        writing = cast(asyncio.WriteTransport, transport)
        writing.write(CROWDED)
        writing.close()


async def serve_app(app: web.Application, listen: str) -> Served:
    """Listen on host:port. OSError where that fails."""
    host, port = parse_listen(listen)
    # The library's own lines are about callers' errors, in another form than ours.
    silent = logging.getLogger("hefu.web")
    silent.disabled = True
    runner = web.AppRunner(
        app,
        access_log=None,
        logger=silent,
        keepalive_timeout=KEEP_ALIVE_S,
        shutdown_timeout=STOP_S,
        auto_decompress=False,
    )
    await runner.setup()
    handlers = cast(web.Server, runner.server)  # it is there after the setup

    def take() -> asyncio.Protocol:
        return handlers() if len(handlers.connections) < MAX_CONNECTIONS else _Refusal()

    try:
        server = await asyncio.get_running_loop().create_server(take, host.removeprefix("[").removesuffix("]"), port)
    except OSError as failure:
        await runner.cleanup()
        raise OSError(f"cannot listen on {listen}: {failure.strerror or failure}") from None
    return Served(runner, server)


def _build_guard(calls: int) -> Middleware:
    inside = 0

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        nonlocal inside
        if inside >= calls:
            return web.Response(status=503, text="too many calls at once\n", headers={**NO_STORE, "Retry-After": "1"})
        inside += 1
        try:
            return await handler(request)
        except web.HTTPException as failure:
            failure.headers.update(NO_STORE)
            raise
        except (ClientError, ConnectionError, web.RequestPayloadError):
            return web.Response(status=400, text="the request was not received whole\n", headers=NO_STORE)
        except Exception as failure:  # noqa: BLE001 - a defect in one answer must not end the process
            get_log().error("an answer over HTTP met a defect", alarm=True, exc_info=failure)
            return web.Response(status=500, text="a defect; the operator finds it in the log\n", headers=NO_STORE)
        finally:
            inside -= 1

    return guard
