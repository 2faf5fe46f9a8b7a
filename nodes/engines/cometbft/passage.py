"""What the engine of another node may ask of ours: the light client of one that joins by a snapshot.

1. It asks for signed headers, validators and parameters by height, and how far we are: `METHODS` and their parameters,
   and nothing else. Nothing can be submitted, subscribed to, or changed.
2. A question is one JSON-RPC request of at most `MAX_QUESTION_BYTES`; every parameter is a small number. What is asked
   of our engine is written anew from them.
3. What the engine answers, results and errors alike, goes back as it is: the asker knows its errors by their words.

Nobody need trust the answers: the light client holds them against headers that it trusts, and against other nodes.
"""

import json
from typing import Any, Protocol

from ledger.errors import MalformedInput
from nodes.engines.cometbft.rpc import EngineRefused, EngineUnavailable

METHODS: dict[str, frozenset[str]] = {
    "status": frozenset(),
    "commit": frozenset({"height"}),
    "validators": frozenset({"height", "page", "per_page"}),
    "consensus_params": frozenset({"height"}),
}
"""What may be asked, and with which parameters."""
MAX_QUESTION_BYTES = 4096
MAX_ID_CHARACTERS = 64
UNAVAILABLE = {"code": -32000, "message": "Server error", "data": "the engine does not answer"}


class AsksEngine(Protocol):
    """What is needed of nodes/engines/cometbft/rpc.py."""

    async def ask(self, method: str, **parameters: str | int | bool) -> dict[str, Any]:
        """The `result` of a call. Raises EngineUnavailable, EngineRefused."""
        ...


async def pass_on(engine: AsksEngine, question: bytes) -> bytes:
    """The answer to a question, as JSON-RPC. Raises MalformedInput where the question may not be asked."""
    identity, method, parameters = parse_question(question)
    answer: dict[str, Any] = {"jsonrpc": "2.0", "id": identity}
    try:
        answer["result"] = await engine.ask(method, **parameters)
    except EngineRefused as refusal:
        answer["error"] = refusal.error
    except EngineUnavailable:
        answer["error"] = UNAVAILABLE
    return json.dumps(answer, separators=(",", ":")).encode()


def parse_question(question: bytes) -> tuple[int | str, str, dict[str, int]]:
    """Id, method and parameters of a question. Raises MalformedInput."""
    try:
        asked = json.loads(question) if len(question) <= MAX_QUESTION_BYTES else None
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise MalformedInput(f"one JSON-RPC request of at most {MAX_QUESTION_BYTES} bytes", "question")
    identity, method, given = asked.get("id"), asked.get("method"), asked.get("params")
    if isinstance(identity, bool) or not isinstance(identity, int | str) or len(str(identity)) > MAX_ID_CHARACTERS:
        raise MalformedInput("a number or a short text", "id")
    if not isinstance(method, str) or method not in METHODS:
        raise MalformedInput(f"one of {', '.join(METHODS)}", "method")
    parameters = {} if given is None else given
    if not isinstance(parameters, dict) or not METHODS[method].issuperset(parameters):
        raise MalformedInput(f"{method} has {', '.join(sorted(METHODS[method])) or 'none'}", "params")
    return identity, method, {name: _parse_number(value, name) for name, value in parameters.items()}


def _parse_number(value: object, name: str) -> int:
    """A number of up to 18 digits, plain or as a text: the engine's clients write 64-bit integers so."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise MalformedInput("a number of up to 18 digits", name)
    return int(text)
