"""A model of CometBFT over the real adapter: what an engine keeps durably, in which order, and how it starts again.

1. A height: broadcast what waits; rounds that fail; a proposal of this node or of another; the block is kept, computed,
   its response kept, committed, and the engine's state kept. Between any two of these the process may end.
2. A start is the engine's handshake: InitChain at height 0, replay of what the application lacks, of the last block
   against the kept response where only the engine's state is behind. An application ahead of the blocks is fatal.
3. Every app hash and every result must be what this height gave before, on whatever replica.
4. The engine may end alone: then its mempool is gone, and the application goes on from where it stood. An application
   that ends takes the engine with it.

After the sources of v0.38 (consensus/replay.go, state/execution.go). Not here: votes, which decide between proposals.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from hefu.v1 import abci_pb2 as pb
from ledger.application import Application, SignatureMemory
from nodes.config import MAX_BATCH
from nodes.engines.cometbft.adapter import ACCEPT, AbciAdapter, Chain
from nodes.engines.cometbft.bundler import Bundler
from nodes.engines.cometbft.bundles import Examiner, encode_bundle
from nodes.engines.port import Answer, Submission
from tests.simulator.clock import SimulatedClock
from tests.simulator.faults import DatabaseGone
from tests.simulator.worlds import JUNK, World, make_unsigned
from tests.support import toy
from tests.support.replay import Divergence

CHAIN = Chain("hefu-simulated", {b"\x05" * 32: 10})
MAX_TX_BYTES = 1 << 20
IN_FLIGHT = 12
"""Transactions in the engine's hands: so few that submissions queue up."""
Hear = Callable[[Sequence[Answer]], None]


@dataclass(frozen=True)
class Block:
    """What the validators have decided."""

    height: int
    time_ms: int
    txs: Sequence[bytes]
    misbehaviour: Sequence[pb.Misbehavior] = ()

    def build_request(self) -> pb.RequestFinalizeBlock:
        """As the engine asks for it."""
        return pb.RequestFinalizeBlock(
            height=self.height, time=build_time(self.time_ms), txs=self.txs, misbehavior=self.misbehaviour
        )


@dataclass
class Agreed:
    """What a height gave on the replica that computed it first; headers carry it, so all must agree."""

    responses: dict[int, bytes] = field(default_factory=dict)

    def hold_against(self, height: int, response: bytes) -> None:
        """Divergence where it is not what it was."""
        if self.responses.setdefault(height, response) != response:
            raise Divergence(f"block {height} gave another response than before")


@dataclass
class Disk:
    """Block store, responses and state of one engine: each call is durable when it returns."""

    blocks: list[Block] = field(default_factory=list)
    responses: dict[int, bytes] = field(default_factory=dict)
    state: tuple[int, bytes] = (0, b"")  # height and app hash of the block that is done with

    def save_block(self, block: Block) -> None:
        self.blocks.append(block)

    def save_response(self, height: int, response: bytes) -> None:
        self.responses[height] = response

    def save_state(self, height: int, app_hash: bytes) -> None:
        self.state = height, app_hash


DISK_CALLS = frozenset({"save_block", "save_response", "save_state"})


class Front:
    """What the kernel's loop is around the adapter: the ABCI calls, and whoever waits is told what a commit decided."""

    def __init__(self, application: Application, adapter: AbciAdapter, bundler: Bundler, hear: Hear) -> None:
        self._application = application
        self._adapter = adapter
        self._bundler = bundler
        self._hear = hear
        self.info = adapter.info
        self.init_chain = adapter.init_chain
        self.check_tx = adapter.check_tx
        self.prepare_proposal = adapter.prepare_proposal
        self.process_proposal = adapter.process_proposal
        self.finalize_block = adapter.finalize_block

    def commit(self) -> pb.ResponseCommit:
        before = self._application.info()
        try:
            decided = self._adapter.commit()
        except DatabaseGone:
            # Kept or not, nobody can tell: the process ends, and until then its memory stands where it stood.
            if self._application.info() != before:
                raise Divergence("a failed commit moved the memory") from None
            raise
        for one in decided:
            self._hear(self._bundler.settle(one.bundle, one.decisions, one.time_ms))
        return pb.ResponseCommit()


ABCI_CALLS = frozenset(
    {"info", "init_chain", "check_tx", "prepare_proposal", "process_proposal", "finalize_block", "commit"}
)


class Engine:
    """One engine's process: handshake, then block after block. `abci` and `disk` may end it at any call."""

    def __init__(self, abci: Any, disk: Any, agreed: Agreed) -> None:
        self._abci = abci
        self._disk = disk
        self._agreed = agreed

    def shake_hands(self) -> None:
        """Bring the application, and the engine's own state, to the last block that is kept."""
        info = self._abci.info()
        app, app_hash = info.last_block_height, info.last_block_app_hash
        blocks, (state, _) = self._disk.blocks, self._disk.state
        if app == 0:
            app_hash = self._init_chain(app_hash, state)
        if app > len(blocks):
            raise Divergence(f"the application stands at {app}, the blocks end at {len(blocks)}: fatal")
        if len(blocks) > state + 1:
            raise Divergence("the model is wrong: the engine's state is behind its blocks")
        if app:
            self._judge_app_hash(app, app_hash)
        for block in blocks[app:state]:
            self._execute(block)
        if len(blocks) == state + 1:
            self._finish(blocks[-1], is_committed=app == len(blocks))
        elif app == state and app_hash != self._disk.state[1]:
            raise Divergence(f"the application reports another app hash at {app} than the engine has kept")

    def decide(self, block: Block) -> None:
        """Keep a block that was decided, then all that follows from it."""
        self._disk.save_block(block)
        self._finish(block, is_committed=False)

    def _init_chain(self, app_hash: bytes, state: int) -> bytes:
        validators = [
            pb.ValidatorUpdate(pub_key={"ed25519": key}, power=power) for key, power in CHAIN.validators.items()
        ]
        request = pb.RequestInitChain(chain_id=CHAIN.chain_id, validators=validators, initial_height=1)
        found: bytes = self._abci.init_chain(request).app_hash
        if found != app_hash:
            raise Divergence("InitChain gives another app hash than Info")
        self._agreed.hold_against(0, found)
        if state == 0:
            self._disk.save_state(0, found)
        return found

    def _finish(self, block: Block, is_committed: bool) -> None:
        """What ApplyBlock does; an application that has committed already is not asked again."""
        if is_committed:
            response = self._disk.responses.get(block.height)
            if response is None:
                raise Divergence(f"block {block.height} is committed, and its response was not kept")
        else:
            response = self._compute(block)
            self._disk.save_response(block.height, response)
            self._abci.commit()
        self._disk.save_state(block.height, pb.ResponseFinalizeBlock.FromString(response).app_hash)

    def _execute(self, block: Block) -> None:
        self._compute(block)
        self._abci.commit()

    def _compute(self, block: Block) -> bytes:
        response = self._abci.finalize_block(block.build_request())
        if len(response.tx_results) != len(block.txs):
            raise Divergence(f"block {block.height}: {len(response.tx_results)} results of {len(block.txs)}")
        encoded: bytes = response.SerializeToString(deterministic=True)
        self._agreed.hold_against(block.height, encoded)
        return encoded

    def _judge_app_hash(self, height: int, app_hash: bytes) -> None:
        agreed = self._agreed.responses.get(height)
        if agreed is None or pb.ResponseFinalizeBlock.FromString(agreed).app_hash != app_hash:
            raise Divergence(f"Info reports another app hash at {height} than was computed")


def build_time(ms: int) -> Timestamp:
    """As the engine writes it."""
    return Timestamp(seconds=ms // 1000, nanos=ms % 1000 * 1_000_000)


class NetworkNode:
    """A validator: its door's end is `offer`, its other end a network that decides, and sometimes lies.

    As the schedule asks a solo engine, but what is decided is told to `hear` as soon as it is committed.
    """

    stopped_because = ""

    def __init__(
        self,
        bundler: Bundler,
        engine: Engine,
        abci: Any,
        disk: Disk,
        world: World,
        application: Application,
        clock: SimulatedClock,
        chance: random.Random,
    ) -> None:
        self._bundler = bundler
        self._engine = engine
        self._abci = abci
        self._disk = disk
        self._world = world
        self._application = application
        self._clock = clock
        self._chance = chance
        self._mempool: list[bytes] = []
        self._taken: set[bytes] = set()  # the mempool's memory of what it took
        self._good: list[bytes] = []  # whatever was proposed or waited and is good, decided or not
        self._is_up = False
        self.is_honest = False  # everybody, once the schedule ends

    def recover(self) -> None:
        """A new start of the engine."""
        self._engine.shake_hands()
        self._is_up = True

    def end_engine(self) -> None:
        """The engine ends alone."""
        self._mempool, self._taken, self._is_up = [], set(), False

    def offer(self, submission: Submission) -> None:
        self._bundler.offer(submission)

    def compute_wait_ms(self) -> int | None:
        return 0

    def settle(self) -> list[Answer]:
        """Nothing: a commit is whole, and told of at once."""
        return []

    def withdraw(self) -> list[Submission]:
        return self._bundler.withdraw()

    @property
    def waiting(self) -> int:
        return self._bundler.waiting

    def make_block(self) -> list[Answer]:
        """One height; empty where nothing waits."""
        if not self._is_up:
            self.recover()
        now_ms = self._clock.read_monotonic_ms()
        for sent in (*iter(lambda: self._bundler.take(now_ms), None), *self._bundler.take_overdue(now_ms)):
            self._broadcast(sent)
        height, time_ms = len(self._disk.blocks) + 1, self._clock.wall_ms
        while not self.is_honest and self._chance.random() < 0.2:  # rounds that fail
            self._propose(height, time_ms + self._chance.randint(0, 9))
        if not self.is_honest and self._chance.random() < 0.2:
            txs = self._propose_as_another(height, time_ms)
        else:
            txs = self._propose(height, time_ms)
        found = [self._make_evidence(height)] if self._chance.random() < 0.05 else []
        decided = frozenset(txs)
        self._mempool = [one for one in self._mempool if one not in decided]
        self._taken |= decided
        self._engine.decide(Block(height, time_ms, txs, found))
        return []

    def _broadcast(self, sent: Any) -> None:
        while sent.encoded in self._taken:  # "tx already exists in cache"
            self._bundler.renew(sent, self._clock.read_monotonic_ms())
        if self._abci.check_tx(pb.RequestCheckTx(tx=sent.encoded)).code:
            raise Divergence("CheckTx refuses a bundle of this node's own")
        self._taken.add(sent.encoded)
        self._good.append(sent.encoded)
        if self.is_honest or self._chance.random() < 0.9:  # else it is lost on the way
            self._mempool.append(sent.encoded)

    def _propose(self, height: int, time_ms: int) -> list[bytes]:
        limit = MAX_TX_BYTES if self.is_honest else self._chance.choice((MAX_TX_BYTES, 3000, 400))
        time = build_time(time_ms)
        asked = pb.RequestPrepareProposal(max_tx_bytes=limit, txs=self._mempool, height=height, time=time)
        txs = list(self._abci.prepare_proposal(asked).txs)
        if not frozenset(txs) <= frozenset(self._mempool) or sum(map(len, txs)) > limit:
            raise Divergence("a proposal holds what nobody gave, or too much")
        if not self._is_accepted(height, time_ms, txs):
            raise Divergence("a proposal of this node's own is rejected")
        return txs

    def _is_accepted(self, height: int, time_ms: int, txs: Sequence[bytes]) -> bool:
        request = pb.RequestProcessProposal(txs=txs, height=height, time=build_time(time_ms))
        return bool(self._abci.process_proposal(request).status == ACCEPT)

    def _propose_as_another(self, height: int, time_ms: int) -> list[bytes]:
        """A proposal of another validator: honest, or of a liar, which is decided where too many lie."""
        shown = self._chance.sample(self._mempool, self._chance.randint(0, len(self._mempool)))
        block_ms = self._application.compute_block_time(time_ms)
        others = [self._make_good(block_ms) for _ in range(self._chance.randint(0, 2))]
        again = self._chance.sample(self._good, min(len(self._good), self._chance.randint(0, 2)))
        good = [*shown, *(bundle for bundle in others if bundle is not None), *again]
        if not self._is_accepted(height, time_ms, good):
            raise Divergence("an honest proposal is rejected")
        if self._chance.random() < 0.5:
            return good
        bad = self._make_bad(block_ms)
        lied = [*good, *bad] if self._chance.random() < 0.5 else [*bad, *good]
        if self._is_accepted(height, time_ms, lied):
            raise Divergence("a liar's proposal is accepted")
        return lied if self._chance.random() < 0.5 else good

    def _make_good(self, time_ms: int) -> bytes | None:
        made = [self._world.make_transaction(time_ms) for _ in range(self._chance.randint(1, 3))]
        good = [signed for signed in made if is_known(self._world, signed)]
        if not good:
            return None
        self._good.append(encode_bundle(good, self._chance.randint(0, 2)))
        return self._good[-1]

    def _make_bad(self, time_ms: int) -> list[bytes]:
        good = self._make_good(time_ms) or b""
        signed = make_unsigned(toy.make_body(b"n" * 16, [toy.make_command(toy.PUT)]), b"\x01" * 32)
        flood = self._world.make_flood(time_ms) if self._chance.random() < 0.15 else []
        bad = [
            [self._chance.choice((b"", b"\x0a", b"\xff" * 9, b"\x0a\x00"))],
            [encode_bundle([signed] * (MAX_BATCH + 1))],
            [encode_bundle([signed])],
            [encode_bundle([self._chance.choice(JUNK[1:])])],
            [good + b"\x10\x00"],
            [good + b"\x1a\x01x"],
        ]
        return flood or self._chance.choice(bad)

    def _make_evidence(self, height: int) -> pb.Misbehavior:
        validator = pb.MisbehavingValidator(address=b"\x07" * 20, power=10)
        return pb.Misbehavior(type=pb.DUPLICATE_VOTE, validator=validator, height=height, total_voting_power=40)


def is_known(world: World, signed: bytes) -> bool:
    """Whether a door would let it in: it is signed well."""
    return sha256(signed).digest() in world.known


def build_adapter(machine: Any, verified: SignatureMemory, tell: Callable[[pb.Misbehavior], None]) -> AbciAdapter:
    """The adapter as a kernel process builds it; no command of these worlds brings certificates that are not true."""
    return AbciAdapter(machine, Examiner(verified, lambda transaction: None), CHAIN, tell)
