"""The toy under the adapter: a store in memory, an examiner, and transactions with true signatures."""

from collections.abc import Callable

from google.protobuf.timestamp_pb2 import Timestamp
from nacl.signing import SigningKey

from hefu.v1 import abci_pb2 as pb
from hefu.v1 import identity_pb2
from identity.records import compute_key_key
from ledger.application import Application, SignatureMemory
from ledger.context import Record
from ledger.transaction import Transaction, sign
from nodes.engines.cometbft.adapter import AbciAdapter, Chain
from nodes.engines.cometbft.bundles import Examiner
from tests.support import toy
from tests.support.memory_store import MemoryStore

CHAIN = Chain("hefu-test", {b"\x05" * 32: 10})
SEEDS = {toy.ALICE: b"\x01" * 32, toy.BOB: b"\x02" * 32}
STRANGERS = b"\x03" * 32


def list_keys() -> dict[str, Record]:
    """Whose the keys of `SEEDS` are."""
    found = {}
    for owner, seed in SEEDS.items():
        body = identity_pb2.KeyRecord(organisation=owner).SerializeToString(deterministic=True)
        found[compute_key_key(bytes(SigningKey(seed).verify_key))] = Record(body, b"s" * 16)
    return found


def put(number: int, actor: str = toy.ALICE, seed: bytes = b"", valid_until_ms: int = 0) -> bytes:
    """A transaction that writes a note."""
    body = toy.make_body(
        b"%016d" % number,
        [toy.make_command(toy.PUT, f"note/{number}", organisations=(actor,))],
        valid_until_ms or toy.GENESIS_MS + toy.HORIZON_MS // 2,
    )
    return sign(body, [seed or SEEDS[actor]])


def make_bad(number: int) -> bytes:
    """One whose signature does not verify."""
    good = put(number)
    return good[:-1] + bytes([good[-1] ^ 1])


class Bench:
    """Store, application and adapter."""

    def __init__(self, allowed: int = 100, examine: Callable[[Transaction], None] = lambda one: None) -> None:
        self.store = MemoryStore()
        limits = toy.make_limits(transactions_per_organisation_block=allowed)
        toy.begin(self.store, {**toy.make_records(limits), **list_keys()})
        self.told: list[pb.Misbehavior] = []
        self.open(examine)

    def open(self, examine: Callable[[Transaction], None] = lambda one: None) -> None:
        """Start anew on the same store."""
        self.application: Application = toy.open_application(self.store, numbers_all=True)
        self.verified: SignatureMemory = self.application.verified
        self.examiner = Examiner(self.verified, examine)
        self.adapter = AbciAdapter(self.application, self.examiner, CHAIN, self.told.append)

    def finalize(self, height: int, *bundles: bytes, **more: object) -> pb.ResponseFinalizeBlock:
        """A block a second after the last."""
        request = pb.RequestFinalizeBlock(height=height, time=at(1_000 + height), txs=bundles, **more)  # type: ignore[arg-type]
        return self.adapter.finalize_block(request)

    def prepare(self, *bundles: bytes, room: int = 1 << 20) -> list[bytes]:
        """What this node proposes of them."""
        request = pb.RequestPrepareProposal(max_tx_bytes=room, txs=bundles, height=1, time=at(2_000))
        return list(self.adapter.prepare_proposal(request).txs)

    def is_accepted(self, *bundles: bytes) -> bool:
        """Whether this node votes for them."""
        request = pb.RequestProcessProposal(txs=bundles, height=1, time=at(2_000))
        return self.adapter.process_proposal(request).status == pb.ResponseProcessProposal.ACCEPT


def at(ms: int) -> Timestamp:
    """The engine's time."""
    return Timestamp(seconds=ms // 1000, nanos=ms % 1000 * 1_000_000)
