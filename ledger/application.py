"""The state machine as an engine drives it: compute a block, persist it in one step, report the last commit.

1. `finalize_block` decodes, verifies what this node has not verified yet, executes, and computes the new roots. It is
   total: malformed bytes that a lying proposer put in become result codes. Nothing is written.
2. `commit` writes leaves, tree, records, ids, views and height in one database transaction, then adopts the new state
   in memory. If the write fails, memory still stands at the last commit; whether the database does, nobody can tell, so
   the application refuses to go on, and the process starts anew.
3. An engine that orders its own blocks may divide that step: between `begin_commit` and `end_commit` the database makes
   the block durable, and the next one may be decoded and executed on it. Before its tree is computed the commit has
   ended, so no more than one block is ever under way, and nothing is answered before it is durable.
4. `info` reports the last commit. Normal start-up is the recovery path: everything is read back from the store.
5. A block of a software version that this node does not run is not begun: WrongSoftware. `check_software` asks ahead.

The app hash is the SHA-256 of the checkpoint body. A block that decides nothing new leaves it and the log as they are;
of one that an engine with blocks of its own numbered all the same, `commit` keeps the height (`numbers_all`).
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from hefu.v1 import ledger_pb2 as pb
from ledger.context import UNKNOWN, Overlay, Record
from ledger.errors import InvariantViolation, MalformedInput, Rejection
from ledger.execution import Candidate, Decision, Execution, Rules, check_envelope, execute_block, read_limits
from ledger.merkle.log import LogAppend, LogTree
from ledger.merkle.state import StagedUpdate, StateTree
from ledger.merkle.verify_state import hash_key, hash_record
from ledger.notes import Checkpoint, app_hash
from ledger.rejections import MALFORMED_TRANSACTION
from ledger.software import FIRST_VERSION, WrongSoftware, compute_version, read_software
from ledger.state_keys import CLOCK_KEY, SOFTWARE_KEY, VALIDATORS_KEY
from ledger.store.port import BlockHead, BlockWrite, KeptProof, RecordChange, Store
from ledger.transaction import Transaction, decode, decode_checked, verify_signatures
from ledger.validators import Powers, compute_updates, compute_validator_set_hash

SOFTWARE_VERSION = 1
"""Of this state machine: how it executes a block, not how a node is packaged."""
CACHED = 100_000
"""Of each: records as they were read, buckets of the state tree, digests of verified bytes. Some 300 MB in all."""
SECONDS = Callable[[str], AbstractContextManager[None]]
SignNote = Callable[[bytes], bytes]


class StoreFailure(Exception):
    """The database did not answer a read: the node stops, since no decision can be trusted."""


@dataclass(frozen=True, slots=True)
class LastCommit:
    """What `info` reports: the engine replays every block after this height."""

    height: int
    time_ms: int
    size: int
    app_hash: bytes


@dataclass(frozen=True, slots=True)
class BlockResult:
    """One decision for each transaction of the block, in order, and the app hash that follows from it.

    `validators`: the public keys whose power this block has changed, sorted, with what it is now; 0 = it has left.
    """

    decisions: Sequence[Decision]
    height: int
    time_ms: int
    app_hash: bytes
    validators: Powers = ()


class DayEnds(Protocol):
    """What is kept of a day that has ended; which days and which keys, the kernel does not know."""

    def collect(self, tree: StateTree, last: BlockHead, time_ms: int) -> Sequence[KeptProof]:
        """Called before the block at `time_ms` changes the tree, which stands at `last`."""
        ...


@dataclass(frozen=True, slots=True)
class Memory:
    """What a node spends. `cached`: records, buckets of the state tree, and digests, of each.

    `expected_records`: the state tree's memory is taken for so many at the start, 22 to 44 bytes each.
    """

    cached: int = CACHED
    expected_records: int = 0


class SignatureMemory:
    """Digests of signed bytes that this node has decoded and verified already. Bounded; the oldest go first."""

    def __init__(self, capacity: int = CACHED) -> None:
        self._capacity = capacity
        self._digests: OrderedDict[bytes, None] = OrderedDict()  # a plain dict grows slow when its head is deleted

    def remember(self, digest: bytes) -> None:
        """Note that the bytes with this digest were accepted."""
        self._digests[digest] = None
        if len(self._digests) > self._capacity:
            self._digests.popitem(last=False)

    def is_known(self, digest: bytes) -> bool:
        """Whether the bytes with this digest were accepted before."""
        return digest in self._digests


class CommittedState:
    """The records of the last commit, read through a bounded cache."""

    def __init__(self, store: Store, capacity: int = CACHED) -> None:
        self._store = store
        self._capacity = capacity
        self._cache: OrderedDict[str, Record | None] = OrderedDict()
        self._under_way: dict[str, Record | None] = {}

    def read(self, key: str) -> Record | None:
        """The record under `key`; StoreFailure where the database does not answer."""
        found = self._under_way.get(key, UNKNOWN)
        if found is UNKNOWN:
            found = self._cache.get(key, UNKNOWN)
        if found is not UNKNOWN:
            return found
        try:
            encoded = self._store.read_record(hash_key(key.encode()))
            record = None if encoded is None else Record.decode(encoded)
        except Exception as failure:
            raise StoreFailure(key) from failure
        self._remember(key, record)
        return record

    def read_replaced(self, changes: Sequence[RecordChange]) -> dict[bytes, Record]:
        """By key hash, the records that these changes replace."""
        found = ((change.key_hash, self.read(change.key)) for change in changes)
        return {key_hash: record for key_hash, record in found if record is not None}

    def begin(self, changes: Sequence[RecordChange]) -> None:
        """Take over what a commit writes; until `end` the store may still answer as before it."""
        self._under_way = {change.key: change.record for change in changes}

    def end(self) -> None:
        """The commit is in the store."""
        for key, record in self._under_way.items():
            self._remember(key, record)
        self._under_way = {}

    def _remember(self, key: str, record: Record | None) -> None:
        self._cache[key] = record
        if len(self._cache) > self._capacity:
            self._cache.popitem(last=False)


@dataclass(frozen=True, slots=True)
class _Staged:
    block: BlockWrite
    log: LogAppend
    state: StagedUpdate


def encode_block_entry(
    height: int,
    time_ms: int,
    first_index: int,
    size: int,
    state_root: bytes,
    validators: Powers = (),
    software_version: int = FIRST_VERSION,
) -> bytes:
    """The leaf that ends a block; `size` counts it, `validators` are those after it."""
    leaf = pb.LogEntry()
    entry = leaf.block
    entry.height, entry.time_ms, entry.first_index, entry.size = height, time_ms, first_index, size
    entry.state_root, entry.software_version = state_root, software_version
    entry.validator_set_hash = compute_validator_set_hash(validators)
    return leaf.SerializeToString(deterministic=True)


def compute_changes(changes: dict[str, Record | None]) -> list[RecordChange]:
    """Changed records with their hashes, sorted by key."""
    rows = []
    for key in sorted(changes):
        record = changes[key]
        encoded = b"" if record is None else record.encode()
        value_hash = None if record is None else hash_record(encoded)
        rows.append(RecordChange(key, hash_key(key.encode()), value_hash, encoded, record))
    return rows


class Application:
    """The replicated state machine of one node."""

    def __init__(
        self,
        store: Store,
        rules: Rules,
        origin: str,
        sign_note: SignNote,
        measure: SECONDS | None = None,
        day_ends: DayEnds | None = None,
        numbers_all: bool = False,
        supported_versions: Sequence[int] = (SOFTWARE_VERSION,),
        memory: Memory = Memory(),
    ) -> None:
        self._store = store
        self._rules = rules
        self._origin = origin
        self._sign_note = sign_note
        self._measure: SECONDS = measure or (lambda _: nullcontext())
        self._day_ends = day_ends
        self._numbers_all = numbers_all
        self._memory = memory
        self._supported_versions = supported_versions
        self.verified = SignatureMemory(memory.cached)
        self.open()

    def open(self) -> None:
        """Read everything back from the store: the start, and what follows when a snapshot was written there."""
        store, head = self._store, self._store.read_head()
        if head is None:
            raise InvariantViolation("the store has no genesis")
        self._staged: _Staged | None = None
        self._under_way: _Staged | None = None
        self._is_lost = False
        self._empty_height = 0  # of the block finalized last, where it decided nothing
        self._kept_height = store.read_kept_height() if self._numbers_all else 0
        self.head = head
        self.log = LogTree.open(head.size, store)
        memory = self._memory
        self.tree = StateTree.open(
            store, head.height, cached_buckets=memory.cached, expected_records=memory.expected_records
        )
        self._state = CommittedState(store, memory.cached)
        if self.tree.root != head.state_root or self.log.root != head.root:
            raise InvariantViolation("the trees do not give the roots of the last commit")

    def info(self) -> LastCommit:
        """The last commit, from which an engine replays."""
        head = self.head
        return LastCommit(
            max(head.height, self._kept_height), head.time_ms, head.size, self._compute_app_hash(head.size, head.root)
        )

    def list_validators(self) -> Powers:
        """The validators by our record after the newest block; empty on a network without."""
        return self._read_validators(self._state.read(VALIDATORS_KEY))

    def check_software(self, height: int) -> None:
        """Raise WrongSoftware where this node does not run the version in force at `height`, above the newest."""
        needed = self._compute_version(height)
        if needed not in self._supported_versions:
            raise WrongSoftware(height, needed, self._supported_versions)

    def check(self, signed: bytes) -> Transaction:
        """Decode and verify, once for this node. Raises Rejection: malformed, unknown algorithm, bad signature."""
        digest = hashlib.sha256(signed).digest()
        if self.verified.is_known(digest):
            return decode_checked(signed, digest)
        transaction = check_transaction(signed)
        self.verified.remember(digest)
        return transaction

    def read_committed(self, key: str) -> Record | None:
        """The record under a key as of the last commit. StoreFailure where the database does not answer."""
        return self._state.read(key)

    def list_open(self, transactions: Sequence[Transaction], time_ms: int) -> list[Transaction]:
        """Those that a block at `time_ms` above the last commit would decide anew, as far as their envelopes tell."""
        limits = read_limits(Overlay(self._state), time_ms)
        decided = self._store.read_decisions([transaction.id for transaction in transactions])
        return [one for one in transactions if one.id not in decided and self._is_acceptable(one, limits, time_ms)]

    def compute_block_time(self, proposed_ms: int) -> int:
        """Block time: what the engine proposes, or the simulated clock where there is one; it rises strictly."""
        clock = self._state.read(CLOCK_KEY)
        now_ms = proposed_ms if clock is None else pb.SimulatedClock.FromString(clock.body).now_ms
        return max(self._get_newest().time_ms + 1, now_ms)

    def finalize_block(self, height: int, proposed_ms: int, transactions: Sequence[bytes]) -> BlockResult:
        """Compute the block at `height`, above the last commit (empty heights may be left out). Writes nothing.

        WrongSoftware, before anything is executed, where this node does not run the version of that height.
        """
        newest = self._begin_block(height)
        with self._measure("decode and verify"):
            candidates = [self.examine(signed) for signed in transactions]
        return self._execute(newest, height, proposed_ms, candidates)

    def finalize_candidates(self, height: int, proposed_ms: int, candidates: Sequence[Candidate]) -> BlockResult:
        """The same for what this node has decoded and verified already."""
        return self._execute(self._begin_block(height), height, proposed_ms, candidates)

    def finalize_rotation(self, height: int, proposed_ms: int, new_key: str) -> BlockHead:
        """Compute the block at `height` that hands the log to `new_key` (C2SP verifier key); the old key signs it.

        Writes nothing; WrongSoftware as `finalize_block`. Whoever commits it opens the ledger anew with the new key.
        """
        self._begin_block(height)
        self.end_commit()
        leaf = pb.LogEntry()
        leaf.key_rotation.new_key = new_key
        execution = Execution((), [leaf.SerializeToString(deterministic=True)], {})
        return self._stage(height, self.compute_block_time(proposed_ms), execution)

    def commit(self) -> LastCommit:
        """Persist the block that was finalized last, in one step; of one that decided nothing at most its height."""
        self.begin_commit()
        self._keep_empty_height()
        return self.end_commit()

    def begin_commit(self) -> None:
        """Begin to persist the block that was finalized last, if it decided anything. It is not durable yet."""
        staged, self._staged = self._staged, None
        if staged is None:
            return
        with self._measure("database"):
            self._store.write_block(staged.block)
        self._under_way = staged
        self._state.begin(staged.block.changes)

    def end_commit(self) -> LastCommit:
        """Wait until the commit that has begun is durable, and adopt it; without one do nothing."""
        staged, self._under_way = self._under_way, None
        if staged is not None:
            self._is_lost = True
            with self._measure("database"):
                self._store.finish_block()
            self._is_lost = False
            self.log.adopt(staged.log)
            self.tree.adopt(staged.state)
            self._state.end()
            self.head = staged.block.head
        return self.info()

    def _begin_block(self, height: int) -> BlockHead:
        """Forget what was staged; the block on which the one at `height` follows."""
        newest = self._get_newest()
        if height <= max(newest.height, self._kept_height):
            raise InvariantViolation(f"block {height} after {max(newest.height, self._kept_height)}")
        if self._is_lost:
            raise StoreFailure("a commit failed, and may have been kept: only a new start can tell")
        self.check_software(height)
        self._staged, self._empty_height = None, 0
        return newest

    def _execute(
        self, newest: BlockHead, height: int, proposed_ms: int, candidates: Sequence[Candidate]
    ) -> BlockResult:
        time_ms = self.compute_block_time(proposed_ms)
        with self._measure("rules"):
            earlier = self._read_decisions(candidates)
            execution = execute_block(self._rules, self._state, earlier.get, height, time_ms, newest.size, candidates)
        self.end_commit()
        if not execution.entries:
            self._empty_height = height if self._numbers_all else 0
            return BlockResult(execution.decisions, newest.height, newest.time_ms, self.info().app_hash)
        before, after = self.list_validators(), self._list_validators_after(execution)
        head = self._stage(height, time_ms, execution)
        app_hash_after = self._compute_app_hash(head.size, head.root)
        return BlockResult(execution.decisions, height, time_ms, app_hash_after, compute_updates(before, after))

    def _keep_empty_height(self) -> None:
        height, self._empty_height = self._empty_height, 0
        if height:
            self._is_lost = True
            self._store.keep_height(height)
            self._is_lost = False
            self._kept_height = height

    def _get_newest(self) -> BlockHead:
        return self.head if self._under_way is None else self._under_way.block.head

    def _compute_version(self, height: int) -> int:
        record = self._state.read(SOFTWARE_KEY)
        return compute_version(read_software(None if record is None else record.body), height)

    def _read_validators(self, record: Record | None) -> Powers:
        return () if record is None else self._rules.read_validators(record.body)

    def _list_validators_after(self, execution: Execution) -> Powers:
        changed = execution.changes.get(VALIDATORS_KEY, UNKNOWN)
        return self.list_validators() if changed is UNKNOWN else self._read_validators(changed)

    def _read_decisions(self, candidates: Sequence[Candidate]) -> dict[bytes, Decision]:
        """Earlier decisions of these transactions; of a block under way the store may not know."""
        found = self._store.read_decisions([c.id for c in candidates if isinstance(c, Transaction)])
        if self._under_way is not None:
            found.update((decision.id, decision) for decision in self._under_way.block.decisions)
        return found

    def examine(self, signed: bytes) -> Candidate:
        """What `check` gives or refuses."""
        try:
            return self.check(signed)
        except Rejection as rejection:
            return rejection

    def _is_acceptable(self, transaction: Transaction, limits: pb.Limits, time_ms: int) -> bool:
        try:
            check_envelope(transaction, self._rules.network, limits, time_ms)
        except Rejection:
            return False
        return True

    def _stage(self, height: int, time_ms: int, execution: Execution) -> BlockHead:
        with self._measure("tree"):
            kept = () if self._day_ends is None else self._day_ends.collect(self.tree, self.head, time_ms)
            changes = compute_changes(execution.changes)
            replaced = self._state.read_replaced(changes)
            update = self.tree.stage([(change.key_hash, change.value_hash) for change in changes], height)
        with self._measure("log"):
            first, count = self.head.size, len(execution.entries) + 1
            validators, version = self._list_validators_after(execution), self._compute_version(height)
            block_entry = encode_block_entry(height, time_ms, first, count, update.root, validators, version)
            append = self.log.append([*execution.entries, block_entry])
            note = self._sign_note(Checkpoint(self._origin, append.size, append.root).body())
        head = BlockHead(height, time_ms, append.size, append.root, update.root, note)
        decided = [decision for decision in execution.decisions if decision.has_leaf]
        block = BlockWrite(
            head, first, block_entry, decided, changes, append.tiles, append.bundles, update.undo, replaced, kept
        )
        self._staged = _Staged(block, append, update)
        return head

    def _compute_app_hash(self, size: int, root: bytes) -> bytes:
        return app_hash(Checkpoint(self._origin, size, root).body())


def check_transaction(signed: bytes) -> Transaction:
    """Decode and verify without memory. Raises Rejection: malformed, unknown algorithm, bad signature."""
    try:
        transaction = decode(signed)
    except MalformedInput:
        raise Rejection(MALFORMED_TRANSACTION) from None
    verify_signatures(transaction)
    return transaction


def write_genesis(
    store: Store,
    genesis: bytes,
    network: pb.NetworkId,
    time_ms: int,
    records: dict[str, Record],
    origin: str,
    sign: SignNote,
    validators: Powers = (),
) -> BlockHead:
    """Begin a ledger: leaf 0 is the genesis hash, its block entry ends block 0. Returns the head of block 0.

    `validators`: those that the records name.
    """
    leaf = pb.LogEntry()
    leaf.genesis.network_name, leaf.genesis.genesis_hash = network.name, network.genesis_hash
    changes = compute_changes(dict(records))
    tree = StateTree.open(store, -1)
    update = tree.stage([(change.key_hash, change.value_hash) for change in changes], 0)
    block_entry = encode_block_entry(0, time_ms, 0, 2, update.root, validators)
    append = LogTree.open(0, store).append([leaf.SerializeToString(deterministic=True), block_entry])
    head = BlockHead(
        0, time_ms, append.size, append.root, update.root, sign(Checkpoint(origin, append.size, append.root).body())
    )
    store.write_genesis(
        genesis, BlockWrite(head, 0, block_entry, (), changes, append.tiles, append.bundles, update.undo, {})
    )
    return head
