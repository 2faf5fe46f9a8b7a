"""Asking an engine: JSON-RPC over HTTP, of ours on a Unix socket, of another node's where that passes questions on.

Answers are the engine's JSON as it is: integers of 64 bits as decimal strings, bytes in base64, hashes in upper-case
hex. An engine that does not answer, or answers with an error, raises EngineUnavailable or EngineRefused. What is longer
than any answer to us is no answer.
"""

import base64
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp

ANSWER_LIMIT_S = 10.0
MAX_ANSWER_BYTES = 4 << 20
"""A hundred validators, or a header with the votes of ten thousand."""


class EngineUnavailable(Exception):
    """Nothing answers: the engine starts, has ended, or hangs."""


class EngineRefused(Exception):
    """The engine answered with an error; the text is its own. `error`: the JSON-RPC error that it sent, if any."""

    def __init__(self, text: str, error: object = None) -> None:
        super().__init__(text)
        self.error = error


class BundleRefused(EngineRefused):
    """CheckTx has refused a bundle: our own check, by what the last block left."""


class EngineRpc:
    """A client of one engine: of ours by its socket, of another node's by an address. Close it."""

    def __init__(self, engine: Path | str) -> None:
        is_ours = isinstance(engine, Path)
        self._url = "http://engine/" if is_ours else str(engine)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.UnixConnector(path=str(engine)) if is_ours else None,
            timeout=aiohttp.ClientTimeout(total=ANSWER_LIMIT_S),
        )

    async def ask(self, method: str, **parameters: str | int | bool) -> dict[str, Any]:
        """The `result` of a call. Integers travel as strings. Raises EngineUnavailable, EngineRefused."""
        given = {
            name: str(value) if isinstance(value, int) and not isinstance(value, bool) else value
            for name, value in parameters.items()
        }
        request = {"jsonrpc": "2.0", "id": 0, "method": method, "params": given}
        try:
            async with self._session.post(self._url, json=request, allow_redirects=False) as answer:
                body = json.loads(await _read_bounded(answer.content))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, RecursionError) as failure:
            raise EngineUnavailable(f"{method}: {type(failure).__name__} {failure}") from None
        if not isinstance(body, dict) or not isinstance(body.get("result"), dict):
            error = body.get("error") if isinstance(body, dict) else None
            raise EngineRefused(f"{method}: {error}", error)
        result: dict[str, Any] = body["result"]
        return result

    async def broadcast(self, transaction: bytes) -> None:
        """Hand a transaction to the engine's mempool. Raises EngineUnavailable, EngineRefused, BundleRefused."""
        result = await self.ask("broadcast_tx_sync", tx=base64.b64encode(transaction).decode())
        if result.get("code"):
            raise BundleRefused(f"code {result['code']}: {result.get('log', '')}")

    async def close(self) -> None:
        """End the connection."""
        await self._session.close()


async def _read_bounded(content: aiohttp.StreamReader) -> bytes:
    data = bytearray()
    while part := await content.read(MAX_ANSWER_BYTES + 1 - len(data)):
        data += part
    if len(data) > MAX_ANSWER_BYTES:
        raise ValueError(f"an answer of more than {MAX_ANSWER_BYTES} bytes")
    return bytes(data)


def parse_time_ms(text: str) -> int:
    """The engine's time, which has nanoseconds, in milliseconds since 1970; 0 for the year 1, its word for none."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    seconds = int(datetime.fromisoformat(whole + "+00:00").timestamp())
    return max(0, seconds * 1000 + int((fraction + "000")[:3]))
