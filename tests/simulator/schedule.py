"""One life of a node in memory: it starts, works, is ended at a port, starts again; at the end everything must agree.

1. While steps are left: start (genesis if there is none, open, let the engine recover), then step after step. What the
   solo engine made is settled or not before its next block, so that many are executed while one is under way.
2. A crash, or a database that does not answer, ends the process: only the store and the engine's own disk remain. A
   block that was under way may have been kept. On a network the engine sometimes ends alone, and a second replica
   follows with crashes of its own.
3. What was offered is answered once while the process lives. At the end of a network's life everything must be.
4. After the last step the node starts once more without faults, and `audit` compares it with a clean replay; on a
   network the replica must hold the same.
"""

import random
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import Any
from unittest import mock

from hefu.v1 import abci_pb2
from ledger import application
from ledger.application import Application, StoreFailure
from ledger.execution import Decision
from ledger.merkle.state import StateTree
from ledger.merkle.verify_state import hash_key
from ledger.store.port import Store
from ledger.transaction import decode
from nodes.engines.cometbft.adapter import Machine
from nodes.engines.cometbft.bundler import RESEND_MS, Bundler
from nodes.engines.port import Answer, Engine, StateMachine, Submission
from nodes.engines.solo import SoloEngine
from tests.simulator.audit import Acknowledged, audit, check_memory
from tests.simulator.clock import SimulatedClock
from tests.simulator.cometbft import (
    ABCI_CALLS,
    DISK_CALLS,
    IN_FLIGHT,
    Agreed,
    Disk,
    Front,
    NetworkNode,
    build_adapter,
    is_known,
)
from tests.simulator.cometbft import Engine as CometEngine
from tests.simulator.faults import CRASHES, STORE_FAULTS, Crash, DatabaseGone, Dice, Faulty, Layer, Plan, list_calls
from tests.simulator.market import Market
from tests.simulator.replica import Replica
from tests.simulator.worlds import Known, ToyWorld, World
from tests.support.memory_store import MemoryStore
from tests.support.replay import Divergence

STORE_CALLS = list_calls(Store)
MACHINE_CALLS = list_calls(StateMachine, Machine)
ENGINE_CALLS = list_calls(Engine) | {"recover"}
NETWORK_ONLY = frozenset(
    {"store.keep_height", "store.read_kept_height", "engine.recover"}
    | {f"machine.{name}" for name in list_calls(Machine) - list_calls(StateMachine)}
    | {f"abci.{name}" for name in ABCI_CALLS}
    | {f"disk.{name}" for name in DISK_CALLS}
)
SOLO_ONLY = frozenset(f"machine.{name}" for name in list_calls(StateMachine) - list_calls(Machine))
ENDS = (Crash, DatabaseGone, StoreFailure)
MARKET_EVERY = 5  # so often a seed plays the domains' own commands
FLOOR_DEPTH = 3  # a tree of eight buckets: some of them split even in a short life

AIMS = tuple(
    (f"{port}.{name}", kind)
    for port, names, kinds in (
        ("store", STORE_CALLS, STORE_FAULTS),
        ("machine", MACHINE_CALLS, CRASHES),
        ("engine", ENGINE_CALLS, CRASHES),
        ("abci", ABCI_CALLS, CRASHES),
        ("disk", DISK_CALLS, CRASHES),
    )
    for name in sorted(names)
    for kind in kinds
)
"""Every call through a port, with everything that may befall it."""


def is_network(seed: int) -> bool:
    """Whether the seed's node is one of a network: every other is, and each that aims at what only those have."""
    aim, _ = AIMS[seed % len(AIMS)]
    return aim not in SOLO_ONLY and (aim in NETWORK_ONLY or random.Random(f"engine {seed}").random() < 0.5)


def make_world(seed: int) -> World:
    """The world of a seed: mostly the toy, sometimes vouchers."""
    return Market(seed) if seed % MARKET_EVERY == 0 else ToyWorld(seed)


def small_trees() -> AbstractContextManager[Any]:
    """While it lasts, the state machine opens trees as they are, on fewer buckets."""
    small = SimpleNamespace(open=partial(StateTree.open, floor_depth=FLOOR_DEPTH))
    return mock.patch.object(application, "StateTree", small)


@dataclass
class Report:
    """What one schedule did."""

    seed: int
    fired: Plan
    seen: Counter[tuple[str, str]]
    restarts: int = 0
    blocks: int = 0
    overlapped: int = 0  # asked for while another was under way
    heights: int = 0  # of a network, the empty ones too
    acknowledged: int = 0
    codes: Counter[int] = field(default_factory=Counter)
    done: Counter[int] = field(default_factory=Counter)  # by kind, what happened
    failure: str = ""


@dataclass
class Node:
    """What a crash takes away. `network` is the engine itself where there is one."""

    application: Application
    engine: Any
    network: NetworkNode | None = None


class Schedule:
    """One seed's life. With `plan` the faults are those, else the seed's own."""

    def __init__(self, seed: int, plan: Plan | None = None) -> None:
        self._random = random.Random(f"schedule {seed}")
        self.layer = Layer(Dice(seed, AIMS) if plan is None else None, plan)
        self.world = make_world(seed)
        self.store = MemoryStore()
        self.world.watch(self.store)
        self.acknowledged: Acknowledged = {}
        self.report = Report(seed, self.layer.fired, self.layer.seen)
        self._clock = SimulatedClock(self.world.start_ms)
        self._is_network = is_network(seed)
        self._disk, self._agreed = Disk(), Agreed()
        self.replica = Replica(self.layer, self.world, self._agreed, self._random)
        self._told: list[bytes] = []  # evidence
        self._offered: list[bytes] = []
        self._tags = 0
        self._open: set[int] = set()

    def run(self) -> Report:
        """Live, start once more, audit. A failure is in the report."""
        try:
            with small_trees():
                self._finish(self._live(self._random.randint(6, 24)))
        except Exception as failure:  # noqa: BLE001 - whatever fails is what the schedule looks for
            self.report.failure = f"{type(failure).__name__}: {failure}"
        return self.report

    def _live(self, steps: int) -> Node | None:
        """The node that lives in the end, if any."""
        node: Node | None = None
        while steps:
            if self._is_network and self._random.random() < 0.5:
                self.replica.follow(self._disk.blocks)
            try:
                node = node or self._start()
                steps -= 1
                if not self._step(node):
                    node = None
            except ENDS as end:
                if isinstance(end, DatabaseGone) and str(end) in ("store.finish_block", "store.keep_height"):
                    self._expect_refusal(node)
                self.report.restarts += 1
                if node is None or not self._goes_on(node, end):
                    node = None
        return node

    def _goes_on(self, node: Node, end: BaseException) -> bool:
        """Whether it was the engine of a network that ended, and it alone."""
        port, _, _ = str(end).partition(".")
        if node.network is None or port not in ("abci", "disk") or self._random.random() < 0.5:
            return False
        node.network.end_engine()
        return True

    def _expect_refusal(self, node: Node | None) -> None:
        """Nobody knows whether the block was kept: what is in memory must not go on."""
        if node is None:  # it failed while the engine recovered
            return
        self.layer.is_calm = True
        try:
            node.application.finalize_block(1 << 40, self._clock.wall_ms, [])
        except StoreFailure:
            return
        finally:
            self.layer.is_calm = False
        raise Divergence("a block was computed after a commit that failed")

    def _finish(self, living: Node | None) -> None:
        self.layer.is_calm = True
        if self._is_network:
            self._drain(living or self._start())
        node = self._start()
        check_memory(node.application, self.store)
        audit(self.store, self.world, self.acknowledged)
        self.report.blocks = len(self.store.heads) - 1
        self.report.acknowledged = len(self.acknowledged)
        for stored in self.store.transactions.values():
            self.report.codes[stored.decision.code] += 1
            if stored.decision.code == 0:
                self.report.done.update(command.kind for command in decode(stored.signed).body.commands)

    def _drain(self, node: Node) -> None:
        """Whatever was offered is decided, resent where it was lost; the replica catches up."""
        network = node.network
        assert network is not None
        network.is_honest = True
        made = [self.world.make_transaction(self._clock.wall_ms) for _ in range(9)]
        network.offer(self._make_submission([signed for signed in made if is_known(self.world, signed)]))
        for _ in range(4):
            self._clock.advance(RESEND_MS)
            network.make_block()
        if network.waiting or self._open:
            raise Divergence(f"{len(self._open)} submissions were never answered")
        for block in self._disk.blocks:
            if any(found.SerializeToString() not in self._told for found in block.misbehaviour):
                raise Divergence("nobody was told of evidence in a block")
        self.replica.follow(self._disk.blocks)
        self.replica.compare(self.store)
        self.report.heights = len(self._disk.blocks)
        self.report.restarts += self.replica.restarts

    def _start(self) -> Node:
        self._open.clear()
        self.store.end_process(is_kept=self._random.random() < 0.5)
        self.store.is_eager = self._random.random() < 0.2
        store: Any = Faulty(self.layer, self.store, "store", STORE_CALLS, STORE_FAULTS)
        if store.read_head() is None:
            self.world.begin(store)
        if not store.read_genesis():
            raise Divergence("a store with a head has no genesis")
        state_machine = self.world.open(store, numbers_all=self._is_network)
        state_machine.verified = Known(self.world.known)  # type: ignore[assignment]  # a fake of the same two methods
        machine: Any = Faulty(self.layer, state_machine, "machine", MACHINE_CALLS)
        if self._is_network:
            network = self._make_network(state_machine, machine)
            node = Node(state_machine, Faulty(self.layer, network, "engine", ENGINE_CALLS), network)
            node.engine.recover()
            return node
        # An operator who starts a stopped node again has acknowledged the clock.
        solo = SoloEngine(machine, self._clock, 6, 5, self.world.is_simulated, is_clock_accepted=True)
        return Node(state_machine, Faulty(self.layer, solo, "engine", ENGINE_CALLS))

    def _make_network(self, application: Application, machine: Any) -> NetworkNode:
        bundler = Bundler(IN_FLIGHT)
        verified: Any = application.verified
        adapter = build_adapter(machine, verified, self._note_evidence)
        abci = Faulty(self.layer, Front(application, adapter, bundler, self._hear), "abci", ABCI_CALLS)
        disk = Faulty(self.layer, self._disk, "disk", DISK_CALLS)
        engine = CometEngine(abci, disk, self._agreed)
        return NetworkNode(bundler, engine, abci, self._disk, self.world, application, self._clock, self._random)

    def _note_evidence(self, found: abci_pb2.Misbehavior) -> None:
        self._told.append(found.SerializeToString())

    def _step(self, node: Node) -> bool:
        """One step; False if the node is to be started anew."""
        roll = self._random.randrange(100)
        if roll < 70:
            self._make_block(node)
        elif roll < 80:
            self._prove_the_past(node)
        elif roll < 88:
            self._clock.jump(self._random.choice((-3_600_000, -40, 900, 50_000, 86_400_000)))
        elif roll < 92:
            self._offer(node)
            for submission in node.engine.withdraw():
                self._open.remove(submission.tag)
        elif roll < 95:
            self.store.prune(self._random.choice(self.store.heads).height)
        else:
            return False
        if node.engine.stopped_because:
            self._hear(node.engine.settle())
        check_memory(node.application, self.store)
        return not node.engine.stopped_because

    def _offer(self, node: Node) -> None:
        last_ms = node.application.head.time_ms
        time_ms = last_ms if self.world.is_simulated else max(self._clock.wall_ms, last_ms)
        for _ in range(self._random.randint(0, 2)):
            taken = [self._choose(time_ms) for _ in range(self._random.randint(1, 4))]
            self._offered += taken
            if self._is_network:  # its door lets nothing in that is not signed well
                taken = [signed for signed in taken if is_known(self.world, signed)]
            if taken:
                node.engine.offer(self._make_submission(taken))

    def _make_submission(self, transactions: Sequence[bytes]) -> Submission:
        self._tags += 1
        self._open.add(self._tags)
        return Submission(self._tags, transactions)

    def _choose(self, time_ms: int) -> bytes:
        """Something new, or something again: clients repeat what they heard no answer to, and some what they heard."""
        if self._offered and self._random.random() < 0.25:
            return self._random.choice(self._offered)
        return self.world.make_transaction(time_ms)

    def _make_block(self, node: Node) -> None:
        self._offer(node)
        self._clock.advance(self._random.choice((1, 20, 700)))
        if self._is_network and self._random.random() < 0.2:
            self._clock.advance(RESEND_MS)
        self._clock.advance(node.engine.compute_wait_ms() or 0)
        self.report.overlapped += node.application._under_way is not None
        self._hear(node.engine.make_block())
        if self._random.random() < 0.4:
            self._hear(node.engine.settle())

    def _hear(self, answers: Sequence[Answer]) -> None:
        for answer in answers:
            if answer.submission.tag not in self._open:
                raise Divergence("a submission was answered twice, or after it was given back")
            self._open.remove(answer.submission.tag)
            if len(answer.decisions) != len(answer.submission.transactions):
                raise Divergence("a submission was not answered whole")
            for decision in answer.decisions:
                self._acknowledge(decision)

    def _acknowledge(self, decision: Decision) -> None:
        if decision.index < 0:
            self.report.codes[decision.code] += 1
            return
        answer = (decision.code, decision.command_index, decision.field, decision.index, decision.height)
        if self.acknowledged.setdefault(decision.id, answer) != answer:
            raise Divergence(f"a transaction was answered {self.acknowledged[decision.id]}, then {answer}")
        if self.store.read_transaction(decision.id) is None:
            raise Divergence(f"answered before it was durable: {decision.id.hex()}")

    def _prove_the_past(self, node: Node) -> None:
        """Read and prove some records as of an earlier block. What is asked about are whole commits."""
        self._hear(node.engine.settle())
        floor = node.application.tree.view().height if not self.store.undo else min(self.store.undo) - 1
        head = self._random.choice([head for head in self.store.heads if head.height >= floor])
        keys = sorted(row[1] for row in self.store.records.values())
        hashes = [hash_key(key) for key in (*self._random.sample(keys, min(3, len(keys))), b"nothing")]
        view = node.application.tree.view(head.height)
        found = view.read(hashes)
        paths = view.prove(hashes)
        if view.root != head.state_root or any(path.compute_root() != head.state_root for path in paths):
            raise Divergence(f"the state of block {head.height} is not what it was")
        if [record is None for record in found] != [path.value_hash is None for path in paths]:
            raise Divergence("a record was read that is not proved")
