"""Asking the engine over its Unix socket, with an engine of the test's own."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from nodes.engines.cometbft import rpc
from nodes.engines.cometbft.rpc import EngineRefused, EngineRpc, EngineUnavailable


@asynccontextmanager
async def answer_with(path: Path, body: Any, asked: list[Any]) -> AsyncIterator[EngineRpc]:
    async def handle(request: web.Request) -> web.Response:
        asked.append(await request.json())
        return web.Response(text=body) if isinstance(body, str) else web.json_response(body)

    app = web.Application()
    app.router.add_post("/", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    rpc = EngineRpc(path)
    try:
        await web.UnixSite(runner, str(path)).start()
        yield rpc
    finally:
        await rpc.close()
        await runner.cleanup()


async def test_integers_travel_as_strings_and_the_result_comes_back(tmp_path):
    asked: list[Any] = []
    async with answer_with(tmp_path / "rpc", {"result": {"height": "7"}}, asked) as rpc:
        assert await rpc.ask("commit", height=7, prove=True, path="x") == {"height": "7"}
    assert asked[0]["method"] == "commit"
    assert asked[0]["params"] == {"height": "7", "prove": True, "path": "x"}


async def test_a_bundle_is_handed_over_in_base64(tmp_path):
    asked: list[Any] = []
    async with answer_with(tmp_path / "rpc", {"result": {"code": 0}}, asked) as rpc:
        await rpc.broadcast(b"\x00bundle")
    assert (asked[0]["method"], base64.b64decode(asked[0]["params"]["tx"])) == ("broadcast_tx_sync", b"\x00bundle")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"result": {"code": 1, "log": "not good"}}, "code 1: not good"),
        ({"error": {"data": "tx already exists in cache"}}, "already exists"),
        ({"result": None}, "None"),
        ([1], "None"),
    ],
)
async def test_what_the_engine_refuses_is_told_in_its_words(tmp_path, body, said):
    async with answer_with(tmp_path / "rpc", body, []) as rpc:
        with pytest.raises(EngineRefused, match=said):
            await rpc.broadcast(b"x")


async def test_an_engine_that_is_not_there_or_no_engine_is_unavailable(tmp_path):
    async with answer_with(tmp_path / "rpc", "not json", []) as rpc:
        with pytest.raises(EngineUnavailable, match="status"):
            await rpc.ask("status")
    rpc = EngineRpc(tmp_path / "nobody")
    try:
        with pytest.raises(EngineUnavailable):
            await rpc.ask("status")
    finally:
        await rpc.close()


async def test_an_answer_that_never_ends_is_no_answer(tmp_path, monkeypatch):
    monkeypatch.setattr(rpc, "MAX_ANSWER_BYTES", 100)
    async with answer_with(tmp_path / "rpc", {"result": {"x": "y" * 100}}, []) as engine:
        with pytest.raises(EngineUnavailable, match="more than 100 bytes"):
            await engine.ask("status")


async def test_an_answer_that_is_too_deep_is_no_answer(tmp_path):
    async with answer_with(tmp_path / "rpc", "[" * 100_000, []) as engine:
        with pytest.raises(EngineUnavailable, match="RecursionError"):
            await engine.ask("status")


async def test_the_error_of_an_engine_is_kept_as_it_came(tmp_path):
    error = {"code": -32603, "message": "Internal error", "data": "height 9 is not available"}
    async with answer_with(tmp_path / "rpc", {"error": error}, []) as engine:
        with pytest.raises(EngineRefused) as refused:
            await engine.ask("commit", height=9)
    assert refused.value.error == error
