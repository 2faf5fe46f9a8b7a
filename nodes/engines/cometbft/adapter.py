"""What an ABCI 2.0 application must do, over the state machine that the solo engine drives too.

1. Info reports the last commit exactly; the engine replays what it has beyond it. InitChain, at height 0 only, holds
   the engine's genesis against ours: chain id and validators. It answers with the app hash of block 0.
2. CheckTx lets good bundles in (`bundles`) and says why it refuses another.
3. PrepareProposal takes good bundles in their order, as many as fit and as the quotas allow (`quotas`).
4. ProcessProposal accepts a block of good bundles within the quotas, and no other: a function of the block's bytes and
   the committed state.
5. FinalizeBlock computes and writes nothing. It is total: bundles that are not good become result codes.
6. Commit persists what was finalized last, in one database transaction. What was decided is handed out after it;
   evidence against validators is told before it, and so again where the block is replayed.
7. Before a block that needs another software version `find_needed_software` says so: no engine may run on this node.
8. Anything else that goes wrong is an exception of these calls: the engine is told, and ends.

It knows no socket, clock or thread: the server calls it from one thread, the simulator step by step.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from google.protobuf.timestamp_pb2 import Timestamp

from hefu.v1 import abci_pb2 as pb
from hefu.v1 import consensus_pb2
from ledger.application import BlockResult, LastCommit
from ledger.context import Record
from ledger.errors import InvariantViolation, MalformedInput, Rejection
from ledger.execution import Candidate, Decision
from ledger.software import WrongSoftware
from ledger.transaction import Transaction
from nodes.engines.cometbft.bundles import Examiner
from nodes.engines.cometbft.quotas import BlockQuota

MALFORMED_BUNDLE = 1
"""The result code of a bundle that cannot be read, and CheckTx's of one that is not good."""
NOT_FOUND = 1
ACCEPT = pb.ResponseProcessProposal.ACCEPT
REJECT = pb.ResponseProcessProposal.REJECT


class Machine(Protocol):
    """What is driven: ledger.application.Application, or a fake."""

    def info(self) -> LastCommit:
        """The last commit."""
        ...

    def read_committed(self, key: str) -> Record | None:
        """A record as of the last commit."""
        ...

    def compute_block_time(self, proposed_ms: int) -> int:
        """The time of the next block."""
        ...

    def check_software(self, height: int) -> None:
        """Raise WrongSoftware where the block at `height` cannot be made by this node."""
        ...

    def list_open(self, transactions: Sequence[Transaction], time_ms: int) -> Sequence[Transaction]:
        """Those that a block at `time_ms` would decide anew."""
        ...

    def finalize_candidates(self, height: int, proposed_ms: int, candidates: Sequence[Candidate]) -> BlockResult:
        """Compute a block; nothing is written."""
        ...

    def commit(self) -> LastCommit:
        """Persist what was finalized last."""
        ...


@dataclass(frozen=True, slots=True)
class Decided:
    """What a committed block decided of one bundle; empty where the bundle could not be read."""

    bundle: bytes
    decisions: Sequence[Decision]
    time_ms: int


@dataclass(frozen=True, slots=True)
class Chain:
    """What the engine's genesis must say: the chain id, and each validator's key (32 bytes) and power."""

    chain_id: str
    validators: dict[bytes, int]


class AbciAdapter:
    """The application's half of ABCI. `tell_misbehaviour` is told of evidence in a block that is being committed."""

    def __init__(
        self,
        machine: Machine,
        examiner: Examiner,
        chain: Chain,
        tell_misbehaviour: Callable[[pb.Misbehavior], None] = lambda found: None,
    ) -> None:
        self._machine = machine
        self._examiner = examiner
        self._chain = chain
        self._tell_misbehaviour = tell_misbehaviour
        self._finalized: list[Decided] = []
        self._misbehaviour: Sequence[pb.Misbehavior] = ()

    def info(self) -> pb.ResponseInfo:
        """Where the engine goes on from."""
        last = self._machine.info()
        return pb.ResponseInfo(data="hefu", last_block_height=last.height, last_block_app_hash=last.app_hash)

    def init_chain(self, request: pb.RequestInitChain) -> pb.ResponseInitChain:
        """Begin above block 0. InvariantViolation where the engine's genesis is not this network's."""
        last = self._machine.info()
        if last.height or request.initial_height != 1:
            raise InvariantViolation(f"a chain cannot begin at {request.initial_height} over height {last.height}")
        if request.chain_id != self._chain.chain_id:
            raise InvariantViolation(f"the engine's chain is {request.chain_id}, not {self._chain.chain_id}")
        named = {update.pub_key.ed25519: update.power for update in request.validators}
        if named != self._chain.validators:
            raise InvariantViolation("the engine's genesis names other validators than the network's")
        return pb.ResponseInitChain(app_hash=last.app_hash)

    def check_tx(self, request: pb.RequestCheckTx) -> pb.ResponseCheckTx:
        """Whether a bundle may wait for a block. Called in any thread: it reads no state but what `examine` does."""
        try:
            self._examiner.judge(request.tx)
        except (MalformedInput, Rejection) as fault:
            return pb.ResponseCheckTx(code=MALFORMED_BUNDLE, log=str(fault))
        return pb.ResponseCheckTx()

    def prepare_proposal(self, request: pb.RequestPrepareProposal) -> pb.ResponsePrepareProposal:
        """The block that this node proposes."""
        quota = self._begin_quota(request.time)
        taken, room = [], request.max_tx_bytes
        for encoded in request.txs:
            size = len(encoded) + _count_frame_bytes(len(encoded))
            if size > room:  # what waits behind it does not overtake it
                break
            if self._is_admitted(encoded, quota):
                taken.append(encoded)
                room -= size
        return pb.ResponsePrepareProposal(txs=taken)

    def process_proposal(self, request: pb.RequestProcessProposal) -> pb.ResponseProcessProposal:
        """Whether this node votes for a block."""
        quota = self._begin_quota(request.time)
        is_good = all(self._is_admitted(encoded, quota) for encoded in request.txs)
        return pb.ResponseProcessProposal(status=ACCEPT if is_good else REJECT)

    def finalize_block(self, request: pb.RequestFinalizeBlock) -> pb.ResponseFinalizeBlock:
        """Compute the block that was decided: one result for each bundle, and the app hash that follows."""
        found = [self._examiner.list_candidates(encoded) for encoded in request.txs]
        candidates = [candidate for bundle in found if bundle is not None for candidate in bundle]
        result = self._machine.finalize_candidates(request.height, compute_ms(request.time), candidates)
        self._finalized, start = [], 0
        for encoded, bundle in zip(request.txs, found, strict=True):
            end = start + len(bundle or ())
            self._finalized.append(Decided(encoded, result.decisions[start:end], result.time_ms))
            start = end
        self._misbehaviour = request.misbehavior
        results = [pb.ExecTxResult(code=MALFORMED_BUNDLE if bundle is None else 0) for bundle in found]
        updates = [build_update(public_key, power) for public_key, power in result.validators]
        return pb.ResponseFinalizeBlock(tx_results=results, validator_updates=updates, app_hash=result.app_hash)

    def commit(self) -> list[Decided]:
        """Persist; returns what may now be told. The reply to the engine is an empty ResponseCommit."""
        for found in self._misbehaviour:  # first: of a block that is committed nobody would tell again
            self._tell_misbehaviour(found)
        self._machine.commit()
        decided, self._finalized, self._misbehaviour = self._finalized, [], ()
        return decided

    def find_needed_software(self) -> str:
        """Why this node cannot make the next block, for want of another software version; empty if it can."""
        try:
            self._machine.check_software(self._machine.info().height + 1)
        except WrongSoftware as wrong:
            return str(wrong)
        return ""

    def query(self, request: pb.RequestQuery) -> pb.ResponseQuery:
        """`/record`: the record under the key in `data`, as of the last commit, without a proof."""
        height = self._machine.info().height
        if request.path != "/record" or request.height not in (0, height):
            return pb.ResponseQuery(code=NOT_FOUND, log="only /record of the newest height", height=height)
        try:
            record = self._machine.read_committed(request.data.decode("ascii"))
        except UnicodeDecodeError:
            return pb.ResponseQuery(code=NOT_FOUND, log="a key is ASCII", height=height)
        return pb.ResponseQuery(key=request.data, value=b"" if record is None else record.encode(), height=height)

    def _begin_quota(self, time: Timestamp) -> BlockQuota:
        return BlockQuota(self._machine, self._machine.compute_block_time(compute_ms(time)))

    def _is_admitted(self, encoded: bytes, quota: BlockQuota) -> bool:
        try:
            return quota.admit(self._examiner.judge(encoded))
        except (MalformedInput, Rejection):
            return False


def compute_ms(time: Timestamp) -> int:
    """Milliseconds since 1970 of the engine's time, rounded down."""
    return time.seconds * 1000 + time.nanos // 1_000_000


def build_update(public_key: bytes, power: int) -> pb.ValidatorUpdate:
    """A validator's new power, as the engine takes it; 0 removes it."""
    return pb.ValidatorUpdate(pub_key=consensus_pb2.PublicKey(ed25519=public_key), power=power)


def _count_frame_bytes(size: int) -> int:
    """Bytes of tag and length around a transaction in a block, which count against its limit."""
    return 1 + max(1, (size.bit_length() + 6) // 7)
