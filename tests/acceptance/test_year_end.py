"""Confirmation at the year's end (函证): totals as they stood at the end of a day, long after that day."""

import asyncio
import json

import grpc
import pytest
from typer.testing import CliRunner

from hefu.v1 import node_pb2 as node
from hefu.v1 import receivables_pb2 as pb
from ledger.verify import CURRENT, HISTORICAL, parse_trust, verify
from nodes.cli.app import app
from nodes.directory import TRUST_FILE
from receivables.records import compute_issuer_totals_key
from tests.support.running import running
from tests.support.town import FACE_FEN, MONDAY, open_town


async def test_totals_are_proved_as_of_the_end_of_each_day(tmp_path):
    async with open_town(tmp_path) as town:
        await town.live("Y-1")
        await town.wait_for_morning(MONDAY + 1)
        await town.live("Y-2")
        await town.live("Y-3")
        await town.wait_for_morning(MONDAY + 3)
        await town.live("Y-4")
        core, bank = town.core.id, town.bank.id
    trust = parse_trust((tmp_path / "data" / TRUST_FILE).read_bytes())
    async with running(tmp_path / "data") as served:

        async def prove(on: int, organisation: str = core, side: node.TotalsSide = node.ISSUER_SIDE):
            request = node.ProveTotalsRequest(organisation=organisation, side=side, on=on)
            verdict = verify(await served.ledger.ProveTotals(request), trust)
            body = verdict.bodies[compute_issuer_totals_key(core)]
            return pb.IssuerTotals.FromString(body or b"").packages, verdict.standing

        assert await prove(MONDAY) == (1, HISTORICAL)
        assert await prove(MONDAY + 1) == (3, HISTORICAL)
        assert await prove(MONDAY + 2) == (3, HISTORICAL)
        assert await prove(MONDAY + 3) == (4, CURRENT)
        assert await prove(0) == (4, CURRENT)
        for refused, status in (
            (prove(MONDAY - 1), grpc.StatusCode.NOT_FOUND),
            (prove(MONDAY, bank, node.LENDER_SIDE), grpc.StatusCode.NOT_FOUND),
            (prove(0, bank, node.LENDER_SIDE), grpc.StatusCode.NOT_FOUND),
            (prove(0, side=node.TOTALS_SIDE_UNSPECIFIED), grpc.StatusCode.INVALID_ARGUMENT),
            (prove(0, "not\nprintable"), grpc.StatusCode.INVALID_ARGUMENT),
        ):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await refused
            assert caught.value.code() is status
        await asyncio.to_thread(confirm, tmp_path, served.port, core)


def confirm(folder, port: int, core: str) -> None:
    """By the command line: the proof of the second day, checked against the node's trust file."""
    trust, out = str(folder / "data" / TRUST_FILE), str(folder / "totals.json")
    asked = ["proof", "totals", core, "--side", "issuer", "--on", "2026-03-03", "--out", out, "--trust", trust]
    result = CliRunner().invoke(app, asked, env={"HEFU_NODE": f"127.0.0.1:{port}"})
    assert result.exit_code == 0, result.output
    result = CliRunner().invoke(app, ["verify", out, "--trust", trust, "--json"])
    assert result.exit_code == 0, result.output
    verdict = json.loads(result.stdout)
    assert verdict["standing"] == HISTORICAL
    (totals,) = verdict["records"].values()
    assert int(totals["face_fen"]) == 3 * FACE_FEN
