"""What must hold after every schedule, found without the machinery that is under test where that is possible."""

from hefu.v1 import ledger_pb2 as pb
from ledger.application import Application
from ledger.context import Record
from ledger.merkle.log import split_bundle
from tests.simulator.worlds import Known, World
from tests.support.memory_store import MemoryStore
from tests.support.replay import Divergence, replay
from tests.unit.ledger.merkle.state_support import hash_naively

Acknowledged = dict[bytes, tuple[int, int, int, int, int]]
"""By id, what a client was told: code, command index, field, leaf, height."""


def check_memory(application: Application, store: MemoryStore) -> None:
    """What the process holds in memory is what the store keeps, but for a block under way that it may keep already."""
    if store.is_eager and application._under_way is not None:
        return
    head = store.read_head()
    if application.head != head or head is None:
        raise Divergence(f"memory stands at {application.head}, the store at {head}")
    if (application.tree.root, application.log.root) != (head.state_root, head.root):
        raise Divergence("the trees in memory are not those of the last block")
    by_key = {row[1].decode(): row[2] for row in store.records.values()}
    for key, record in application._state._cache.items():
        if by_key.get(key) != (None if record is None else record.encode()):
            raise Divergence(f"the cached record {key} is not the stored one")


def audit(store: MemoryStore, world: World, acknowledged: Acknowledged) -> None:
    """Root and rows equal to a clean replay; every acknowledged transaction there; none twice; time rises."""
    fresh_store = MemoryStore()
    world.begin(fresh_store)
    fresh = world.open(fresh_store)
    fresh.verified = Known(world.known)  # type: ignore[assignment]  # a fake of the same two methods
    replay(store, fresh)
    for name in ("heads", "genesis", "records", "transactions", "tiles", "bundles"):
        if getattr(store, name) != getattr(fresh_store, name):
            raise Divergence(f"{name} differ from a clean replay")
    leaves = {key_hash: row[0] for key_hash, row in store.records.items()}
    if hash_naively(leaves) != store.heads[-1].state_root:
        raise Divergence("the state root is not that of the stored records")
    _check_acknowledged(store, acknowledged)
    _check_log(store)
    world.check({row[1].decode(): Record.decode(row[2]) for row in store.records.values()})


def _check_acknowledged(store: MemoryStore, acknowledged: Acknowledged) -> None:
    for identity, answer in acknowledged.items():
        stored = store.read_transaction(identity)
        if stored is None:
            raise Divergence(f"acknowledged and gone: {identity.hex()}")
        decision = stored.decision
        if (decision.code, decision.command_index, decision.field, decision.index, decision.height) != answer:
            raise Divergence(f"acknowledged {answer}, stored {decision}")


def _check_log(store: MemoryStore) -> None:
    """The log itself, entry by entry: each transaction once, each block once, nothing else."""
    entries = [entry for number in range(len(store.bundles)) for entry in split_bundle(store.bundles[number])]
    leaves = [pb.LogEntry.FromString(entry) for entry in entries]
    ids = [leaf.transaction.id for leaf in leaves if leaf.WhichOneof("entry") == "transaction"]
    if len(frozenset(ids)) != len(ids) or frozenset(ids) != frozenset(store.transactions):
        raise Divergence("the log holds a transaction twice, or another one than the store")
    blocks = [leaf.block for leaf in leaves if leaf.WhichOneof("entry") == "block"]
    if [(block.height, block.time_ms, block.state_root) for block in blocks] != [
        (head.height, head.time_ms, head.state_root) for head in store.heads
    ]:
        raise Divergence("the blocks of the log are not those of the store")
    if [head.size for head in store.heads] != [block.first_index + block.size for block in blocks]:
        raise Divergence("the blocks of the log do not follow one another")
    times = [head.time_ms for head in store.heads]
    if times != sorted(frozenset(times)):
        raise Divergence("block time did not rise")
