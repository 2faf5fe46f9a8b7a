"""What the light clients of others may ask of our engine."""

import json

import pytest

from ledger.errors import MalformedInput
from nodes.engines.cometbft.passage import MAX_QUESTION_BYTES, UNAVAILABLE, parse_question, pass_on
from nodes.engines.cometbft.rpc import EngineRefused, EngineUnavailable


def ask(method="commit", params=None, identity=0, **more):
    return json.dumps({"jsonrpc": "2.0", "id": identity, "method": method, "params": params or {}, **more}).encode()


class Engine:
    def __init__(self, found):
        self.found = found
        self.asked = []

    async def ask(self, method, **parameters):
        self.asked.append((method, parameters))
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


async def test_what_may_be_asked_is_asked_anew_and_its_answer_goes_back():
    engine = Engine({"total": "4"})
    answer = await pass_on(engine, ask("validators", {"height": "7", "page": 1, "per_page": "100"}, 5, more="x"))
    assert engine.asked == [("validators", {"height": 7, "page": 1, "per_page": 100})]
    assert json.loads(answer) == {"jsonrpc": "2.0", "id": 5, "result": {"total": "4"}}


async def test_errors_of_the_engine_go_back_in_its_words():
    error = {"code": -32603, "data": "height 9 must be less than or equal to the current blockchain height 3"}
    assert json.loads(await pass_on(Engine(EngineRefused("commit", error)), ask()))["error"] == error
    assert json.loads(await pass_on(Engine(EngineUnavailable("no")), ask()))["error"] == UNAVAILABLE


@pytest.mark.parametrize(
    "question",
    [
        b"", b"{", b"[]", b"[" * 2000, ask() + b" " * MAX_QUESTION_BYTES, b"[" + ask() + b"]",
        ask("broadcast_tx_sync", {"tx": "aa"}), ask("broadcast_evidence"), ask("subscribe"), ask("net_info"), ask([]),
        ask(params={"height": "-1"}), ask(params={"height": "1" * 19}), ask(params={"height": True}),
        ask(params={"height": 1.0}), ask(params={"height": "\u0661"}), ask(params={"prove": 1}), ask(params=[1]),
        ask("status", {"height": "1"}), ask(identity=None), ask(identity=True), ask(identity="x" * 65),
    ],
)  # fmt: skip
def test_whatever_else_is_refused(question):
    with pytest.raises(MalformedInput):
        parse_question(question)
