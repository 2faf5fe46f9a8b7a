"""Asking the engine: JSON-RPC over HTTP on a Unix socket that only this node's owner opens.

Answers are the engine's JSON as it is: integers of 64 bits as decimal strings, bytes in base64, hashes in upper-case
hex. An engine that does not answer, or answers with an error, raises EngineUnavailable or EngineRefused.
"""

import base64
from pathlib import Path
from typing import Any

import aiohttp

ANSWER_LIMIT_S = 10.0


class EngineUnavailable(Exception):
    """Nothing answers: the engine starts, has ended, or hangs."""


class EngineRefused(Exception):
    """The engine answered with an error; the text is its own."""


class EngineRpc:
    """A client of one engine. Close it."""

    def __init__(self, socket: Path) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.UnixConnector(path=str(socket)), timeout=aiohttp.ClientTimeout(total=ANSWER_LIMIT_S)
        )

    async def ask(self, method: str, **parameters: str | int | bool) -> dict[str, Any]:
        """The `result` of a call. Integers travel as strings. Raises EngineUnavailable, EngineRefused."""
        given = {
            name: str(value) if isinstance(value, int) and not isinstance(value, bool) else value
            for name, value in parameters.items()
        }
        request = {"jsonrpc": "2.0", "id": 0, "method": method, "params": given}
        try:
            async with self._session.post("http://engine/", json=request) as answer:
                body = await answer.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as failure:
            raise EngineUnavailable(f"{method}: {type(failure).__name__} {failure}") from None
        if not isinstance(body, dict) or not isinstance(body.get("result"), dict):
            error = body.get("error") if isinstance(body, dict) else None
            raise EngineRefused(f"{method}: {error}")
        result: dict[str, Any] = body["result"]
        return result

    async def broadcast(self, transaction: bytes) -> None:
        """Hand a transaction to the engine's mempool. Raises EngineRefused where CheckTx or the mempool refuses it."""
        result = await self.ask("broadcast_tx_sync", tx=base64.b64encode(transaction).decode())
        if result.get("code"):
            raise EngineRefused(f"code {result['code']}: {result.get('log', '')}")

    async def close(self) -> None:
        """End the connection."""
        await self._session.close()
