"""How the nodes of a network fare: each is asked, all at once, and what they say is put beside one another.

The network stands still when the newest block that anybody knows is older than `STILL_MS`: a healthy one makes a block
every two seconds. It goes on while more than two thirds of the voting power answer. These are this machine's clock
against the engines'; the verdict is for a person, and nothing depends on it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from hefu.v1 import node_pb2 as pb
from nodes.client.channel import AsyncClient
from nodes.client.errors import CallFailed, Unreachable

ANSWER_LIMIT_S = 5.0
STILL_MS = 15_000


@dataclass(frozen=True, slots=True)
class NodeReport:
    """What one node said; `status` is None where it did not answer, and `problem` says why."""

    name: str
    target: str
    status: pb.NodeStatus | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class NetworkReport:
    """What all of them said. `verdict` is empty where the network moves; `evidence`: of validators that misbehaved."""

    nodes: Sequence[NodeReport]
    best_height: int
    best_engine_height: int
    verdict: str
    evidence: Sequence[str] = ()


async def ask_nodes(targets: Sequence[tuple[str, str]]) -> list[NodeReport]:
    """Ask each (name, host:port) for its status."""
    return list(await asyncio.gather(*(_ask_node(name, target) for name, target in targets)))


async def _ask_node(name: str, target: str) -> NodeReport:
    async with AsyncClient(target, patience_s=0, timeout_s=ANSWER_LIMIT_S) as client:
        try:
            return NodeReport(name, target, await client.status())
        except Unreachable:
            return NodeReport(name, target, None, "does not answer")
        except CallFailed as failure:
            return NodeReport(name, target, None, str(failure))


def build_report(nodes: Sequence[NodeReport], now_ms: int, founding_validators: int = 0) -> NetworkReport:
    """Put the answers together. `founding_validators`: how many there were, where no engine answers that knows."""
    answers = [node.status for node in nodes if node.status is not None]
    best = max((answer.height for answer in answers), default=0)
    best_engine = max((answer.engine.height for answer in answers), default=0)
    evidence = dict.fromkeys(line for answer in answers for line in answer.engine.misbehaviour)
    verdict = _judge([answer.engine for answer in answers], now_ms, founding_validators)
    return NetworkReport(nodes, best, best_engine, verdict, tuple(evidence))


def compute_lag(report: NetworkReport, status: pb.NodeStatus) -> int:
    """How many blocks a node is behind the best: of the engine's, which go on in an idle network, where it answers."""
    if status.engine.name:
        return report.best_engine_height - status.engine.height
    return report.best_height - status.height


def describe_kind(status: pb.NodeStatus) -> str:
    """What a node is in its network."""
    if not status.HasField("engine"):
        return "solo"
    if not status.engine.name:
        return "no engine"
    return "validator" if status.engine.power else "observer"


def _judge(engines: Sequence[pb.EngineStatus], now_ms: int, founding_validators: int) -> str:
    newest_ms = max((engine.block_time_ms for engine in engines), default=0)
    if now_ms - newest_ms <= STILL_MS:
        return ""
    validators = max((engine.validators for engine in engines), default=0) or founding_validators
    total = max((engine.total_power for engine in engines), default=0)
    answering = [engine for engine in engines if engine.power]
    power = sum(engine.power for engine in answering)
    if total and 3 * power > 2 * total:
        return f"halted: no new block for {(now_ms - newest_ms) // 1000} s, though {len(answering)} validators answer"
    return f"halted: {len(answering)} of {validators} validators answer, more than two thirds are needed"
