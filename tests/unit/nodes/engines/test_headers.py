"""The engine's JSON becomes its own encoding; which signed header a proof gets."""

import copy
from typing import Any

import pytest

from hefu.v1 import consensus_pb2 as engine
from hefu.v1 import ledger_pb2 as pb
from ledger.errors import MalformedInput
from ledger.finality import compute_chain_id
from ledger.light_client import open_basis
from ledger.trust import MAX_LIGHT_BLOCKS, ProofRefused, check_finality, open_trust
from nodes.engines.cometbft.headers import FinalitySource, build_light_block, fetch_light_block
from nodes.engines.cometbft.rpc import EngineUnavailable
from tests.support.fake_engine import FakeEngine
from tests.support.light_blocks import SEEDS, make_light_block, make_network_trust, read_vector, read_vectors
from tests.support.proof_world import NETWORK, START_MS

APP, OLD_APP = bytes([9]) * 32, bytes([8]) * 32
RPC = read_vectors("rpc")


@pytest.mark.parametrize("vector", RPC, ids=["the first height", "a later one"])
def test_what_the_engine_answers_becomes_its_own_encoding(vector):
    made = build_light_block(vector["commit"]["signed_header"], vector["validators"])
    assert made == read_vector(vector["light"])


@pytest.mark.parametrize(
    "change",
    [
        lambda header, validators: header.pop("commit"),
        lambda header, validators: header["header"].update(height="ten"),
        lambda header, validators: header["header"].update(height=float("inf")),
        lambda header, validators: header["header"].update(app_hash="xyz"),
        lambda header, validators: header["header"].update(time="yesterday"),
        lambda header, validators: header["header"].update(time=None),
        lambda header, validators: header["commit"]["signatures"][0].update(signature="?"),
        lambda header, validators: validators[0]["pub_key"].update(type="tendermint/PubKeySecp256k1"),
    ],
)
def test_another_answer_is_malformed(change):
    vector = copy.deepcopy(RPC[1])
    change(vector["commit"]["signed_header"], vector["validators"])
    with pytest.raises(MalformedInput):
        build_light_block(vector["commit"]["signed_header"], vector["validators"])


class EndlessEngine:
    """Says of every page that there is more."""

    async def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        if method == "commit":
            return dict(RPC[1]["commit"])
        return {"validators": RPC[1]["validators"][:1], "total": "999999999"}


async def test_validators_without_end_are_malformed():
    with pytest.raises(MalformedInput, match="1000 validators"):
        await fetch_light_block(EndlessEngine())


class NoEngine:
    """Nothing answers."""

    async def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        raise EngineUnavailable(method)


TRUST = make_network_trust()


def make_source(rpc: Any, wait_s: float = 30.0) -> FinalitySource:
    return FinalitySource(rpc, compute_chain_id(NETWORK), open_basis(TRUST), wait_s)


def at(height: int, app: bytes = APP, **more: Any) -> pb.LightBlock:
    return make_light_block(app, height=height, time_ms=START_MS + height * 1000, **more)


async def find(rpc: Any, height: int = 4, app: bytes = APP) -> list[int] | None:
    """The heights of the light blocks that are found; they hold for a reader who trusts genesis."""
    finality = await make_source(rpc).find_finality(app, height)
    if finality is None:
        return None
    assert check_finality(finality, open_trust(TRUST), START_MS + 500_000).app_hash == app
    return [engine.Header.FromString(block.header).height for block in finality.light_blocks]


async def test_the_newest_header_with_the_app_hash_is_taken():
    assert await find(FakeEngine(at(4, OLD_APP), at(5), at(6), at(7))) == [7]


async def test_where_the_ledger_has_moved_on_the_header_right_after_is_taken():
    moved = FakeEngine(at(4, OLD_APP), at(5), at(6, bytes(32)), at(7, bytes(32)))
    assert await find(moved) == [5]
    assert await find(moved, app=bytes([1]) * 32) is None


async def test_a_header_that_has_not_come_is_waited_for():
    assert await find(FakeEngine(at(4, OLD_APP), coming=(at(5),))) == [5]


async def test_waiting_ends():
    assert await make_source(FakeEngine(at(4, OLD_APP)), wait_s=0).find_finality(APP, 4) is None


async def test_no_engine_is_no_finality():
    assert await find(NoEngine()) is None
    assert await find(FakeEngine(at(4, bytes(32)), at(6, bytes(32)))) is None  # height 5 is not kept any more


async def test_votes_that_do_not_hold_are_not_handed_out():
    assert await find(FakeEngine(at(5, absent=SEEDS[:2]))) is None


async def test_light_blocks_between_are_found_and_kept():
    blocks = [at(height, seeds=SEEDS[(height - 1) // 4 : (height - 1) // 4 + 4]) for height in range(1, 17)]
    rpc = FakeEngine(*blocks[:15], at(16, seeds=SEEDS[3:7]))
    source = make_source(rpc)
    found = await source.find_finality(APP, 4)
    assert found is not None
    assert check_finality(found, open_trust(TRUST), START_MS + 500_000).height == 16
    assert 1 < len(found.light_blocks) <= MAX_LIGHT_BLOCKS
    rpc.asked.clear()
    assert await source.find_finality(APP, 4) == found
    assert rpc.asked == [("commit", 16), ("validators", 16)]


@pytest.mark.parametrize("height", [2, 40])
async def test_a_header_to_which_no_way_is_found_stands_alone(height):
    block = at(height, seeds=SEEDS[4:8])
    found = await make_source(FakeEngine(at(1), block)).find_finality(APP, 1)
    assert found == pb.Finality(light_blocks=[block])
    with pytest.raises(ProofRefused):
        check_finality(found, open_trust(TRUST), START_MS + 500_000)


async def test_validators_come_in_pages(monkeypatch):
    monkeypatch.setattr("nodes.engines.cometbft.headers.PAGE", 3)
    rpc = FakeEngine(at(5), page=3)
    assert await find(rpc) == [5]
    assert [method for method, _ in rpc.asked] == ["commit", "validators", "validators"]
