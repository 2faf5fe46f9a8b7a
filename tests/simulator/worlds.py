"""Who submits what: a world begins a ledger and makes transactions from a seed."""

import hashlib
import random
from typing import Protocol

from hefu.v1 import identity_pb2
from hefu.v1 import ledger_pb2 as pb
from identity.records import compute_key_key
from ledger.application import Application
from ledger.context import Record
from ledger.errors import MalformedInput
from ledger.state_keys import CLOCK_KEY
from ledger.store.port import Store
from ledger.transaction import decode
from nodes.config import MAX_BATCH
from nodes.engines.cometbft.bundles import encode_bundle
from tests.support import toy
from tests.support.memory_store import MemoryStore
from tests.support.replay import Divergence

NOTES = 5
KEYS = tuple(bytes([number]) * 32 for number in range(3))  # Alice's two, and Bob's
JUNK = (b"", b"junk", b"\x0a\x00", b"\xff" * 40)


class World(Protocol):
    """One network with its members."""

    known: set[bytes]  # digests of what is signed well, so that no signature need be computed
    is_simulated: bool
    start_ms: int  # what the wall clock shows when it begins

    def watch(self, store: MemoryStore) -> None:
        """Where the members may look before they speak."""
        ...

    def begin(self, store: Store) -> None:
        """Write the genesis."""
        ...

    def open(self, store: Store, numbers_all: bool = False) -> Application:
        """The state machine on a store that has begun."""
        ...

    def make_transaction(self, time_ms: int) -> bytes:
        """Some transaction: mostly good, sometimes not."""
        ...

    def make_flood(self, time_ms: int) -> list[bytes]:
        """Bundles of which a block at `time_ms` may hold some, not all; none where this world's limits are far."""
        ...

    def check(self, records: dict[str, Record]) -> None:
        """What holds in every state; raises Divergence."""
        ...


class Known:
    """A signature memory that knows what a world has signed."""

    def __init__(self, digests: set[bytes]) -> None:
        self._digests = digests

    def remember(self, digest: bytes) -> None:
        self._digests.add(digest)

    def is_known(self, digest: bytes) -> bool:
        return digest in self._digests


class ToyWorld:
    """Accounts that pour into one another, notes with locks, refusals and defects."""

    start_ms = 2_000

    def __init__(self, seed: int) -> None:
        self._random = random.Random(f"toy {seed}")
        self.is_simulated = self._random.random() < 0.25
        self.known: set[bytes] = set()
        self._made = 0

    def watch(self, store: MemoryStore) -> None:
        self._watched = store  # they speak without looking

    def begin(self, store: Store) -> None:
        limits = toy.make_limits(transactions_per_organisation_block=5)
        records = toy.make_records(limits, toy.GENESIS_MS if self.is_simulated else 0)
        for key, owner in zip(KEYS, (toy.ALICE, toy.ALICE, toy.BOB), strict=True):
            body = identity_pb2.KeyRecord(organisation=owner).SerializeToString(deterministic=True)
            records[compute_key_key(key)] = Record(body, b"s" * 16)
        toy.begin(store, records)

    def open(self, store: Store, numbers_all: bool = False) -> Application:
        return toy.open_application(store, numbers_all=numbers_all)

    def make_transaction(self, time_ms: int) -> bytes:
        chance = self._random
        if chance.random() < 0.04:
            return chance.choice(JUNK)
        commands = [self._make_command(time_ms) for _ in range(chance.choice((1, 1, 1, 2, 3)))]
        ahead_ms = chance.choice((toy.HORIZON_MS // 2,) * 12 + (toy.HORIZON_MS, toy.HORIZON_MS * 3, 20, -5))
        is_signed = chance.random() < 0.97  # the others' signatures are verified, and are bad
        return self._sign(commands, max(1, time_ms + ahead_ms), KEYS[(self._made + 1) % 3], is_signed)

    def make_flood(self, time_ms: int) -> list[bytes]:
        until_ms = time_ms + toy.HORIZON_MS // 2
        command = toy.make_command(toy.DELETE, "nothing")
        made = [self._sign([command], until_ms, KEYS[0]) for _ in range(2 * MAX_BATCH)]
        return [encode_bundle(made[:MAX_BATCH]), encode_bundle(made[MAX_BATCH:])]

    def _sign(self, commands: list[pb.Command], until_ms: int, key: bytes, is_signed: bool = True) -> bytes:
        self._made += 1
        signed = make_unsigned(toy.make_body(b"%016d" % self._made, commands, until_ms), key)
        if is_signed:
            self.known.add(hashlib.sha256(signed).digest())
        return signed

    def check(self, records: dict[str, Record]) -> None:
        held = sum(int(record.body) for key, record in records.items() if key.startswith("account/"))
        if held != toy.ACCOUNTS * toy.OPENING:
            raise Divergence(f"the accounts hold {held} together")
        if any(key.startswith("ghost/") for key in records):
            raise Divergence("a refused transaction left a record")

    def _make_command(self, time_ms: int) -> pb.Command:
        chance = self._random
        kind = chance.choice(
            (toy.PUT,) * 6
            + (toy.POUR,) * 7
            + (toy.LOCK,) * 3
            + (toy.DELETE, toy.DELETE, toy.ANSWER, toy.RESTORE, toy.CHANGE, toy.REFUSE, toy.BREAK, toy.TICK, 999)
        )
        what, at_ms = f"note/{chance.randrange(NOTES)}", chance.choice((0, 1, 10, 300, 5000))
        if kind == toy.POUR:
            giver, taker = chance.sample(range(toy.ACCOUNTS), 2)
            what, at_ms = f"{giver}>{taker}", chance.choice((-1, 0, 5, 70, 2000))
        elif kind == toy.TICK:
            what, at_ms = CLOCK_KEY, max(1, time_ms + chance.choice((-500, 5, 400, 20_000)))
        actor = chance.choice((toy.ALICE,) * 10 + (toy.BOB,) * 5 + (toy.STRANGER,))
        command = toy.make_command(kind, what, at_ms, (actor,))
        if chance.random() < 0.03:
            command.payload = b"\x12"
        return command


def is_well_formed(signed: bytes) -> bool:
    """Whether it can be decoded: what a node has verified, it has decoded before."""
    try:
        decode(signed)
    except MalformedInput:
        return False
    return True


def make_unsigned(body: bytes, public_key: bytes) -> bytes:
    """An envelope of the right shape whose signature is no signature."""
    envelope = pb.SignedTransaction(body=body)
    envelope.signatures.add(algorithm=1, public_key=public_key, signature=b"\x00" * 64)
    return envelope.SerializeToString(deterministic=True)
