"""Signing outside the clock, in processes of their own: a load generator must not share its time with it."""

import secrets
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from multiprocessing import get_context

from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from bench.plan import Slot, Step
from hefu.v1 import ledger_pb2 as pb
from ledger.transaction import ED25519, NONCE_BYTES, SIGNATURE_BYTES, compute_id
from nodes.client.builder import find_kind

VALIDITY_MS = 6 * 3_600_000
CHUNK = 2000

Unsigned = tuple[tuple[str, ...], int, bytes, tuple[bytes, ...]]
"""Organisations, kind, payload, and the seeds that sign."""


@dataclass(frozen=True, slots=True)
class SignedSlot:
    """A slot's transactions; None where a command is signed late."""

    transactions: list[bytes | None]
    slot: Slot


class Signer:
    """Signs for one network, in `processes` processes. `seconds` and `signed` add up what it did."""

    def __init__(self, network: bytes, processes: int) -> None:
        self._network = network
        self._pool = ProcessPoolExecutor(processes, get_context("spawn"))
        self.seconds = 0.0
        self.signatures = 0

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown()

    def sign_slots(self, slots: Sequence[Slot]) -> list[SignedSlot]:
        """All commands that can be signed at any time."""
        early = [describe(step, 0) for slot in slots for step in slot.steps if not step.is_late]
        signed = iter(self._sign(early))
        return [SignedSlot([None if step.is_late else next(signed) for step in slot.steps], slot) for slot in slots]

    def finish(self, slots: Sequence[SignedSlot], times: Sequence[int] = ()) -> list[list[bytes]]:
        """The slots' transactions. What is signed late is signed now, and says so; or the time given for its slot."""
        now_ms = read_now_ms()
        late = [
            describe(step, times[number] if times else now_ms)
            for number, slot in enumerate(slots)
            for step, done in zip(slot.slot.steps, slot.transactions, strict=True)
            if done is None
        ]
        signed = iter(self._sign(late))
        return [[next(signed) if done is None else done for done in slot.transactions] for slot in slots]

    def _sign(self, unsigned: Sequence[Unsigned]) -> Iterable[bytes]:
        began = time.perf_counter()
        chunks = [unsigned[start : start + CHUNK] for start in range(0, len(unsigned), CHUNK)]
        work = [(self._network, read_now_ms() + VALIDITY_MS, chunk) for chunk in chunks]
        signed = list(chain.from_iterable(self._pool.map(sign_chunk, work)))
        self.seconds += time.perf_counter() - began
        self.signatures += sum(len(seeds) for *_, seeds in unsigned)
        return signed


def read_now_ms() -> int:
    """The wall clock."""
    return time.time_ns() // 1_000_000


def describe(step: Step, now_ms: int) -> Unsigned:
    """What a command is made of, ready for another process."""
    message = step.payload(now_ms)
    organisations = tuple(member.organisation for member in step.members)
    seeds = tuple(seed for member in step.members for seed in member.seeds)
    return organisations, find_kind(message), message.SerializeToString(deterministic=True), seeds


def sign_chunk(work: tuple[bytes, int, Sequence[Unsigned]]) -> list[bytes]:
    """SignedTransaction bytes of one command each, good until a time, for a serialised NetworkId."""
    network, valid_until_ms, chunk = work
    network_id = pb.NetworkId.FromString(network)
    signed = []
    for organisations, kind, payload, seeds in chunk:
        body = pb.TransactionBody(
            network=network_id, nonce=secrets.token_bytes(NONCE_BYTES), valid_until_ms=valid_until_ms
        )
        body.commands.add(organisations=organisations, kind=kind, payload=payload)
        signed.append(sign_body(body.SerializeToString(deterministic=True), seeds))
    return signed


def sign_body(body: bytes, seeds: Sequence[bytes]) -> bytes:
    """As ledger.transaction.sign, with the keys' public halves computed once a process."""
    identity = compute_id(body)
    envelope = pb.SignedTransaction(body=body)
    for public, secret in sorted(_expand(seed) for seed in seeds):
        signature = crypto_sign(identity, secret)[:SIGNATURE_BYTES]
        envelope.signatures.add(algorithm=ED25519, public_key=public, signature=signature)
    return envelope.SerializeToString(deterministic=True)


@lru_cache(maxsize=4096)
def _expand(seed: bytes) -> tuple[bytes, bytes]:
    public, secret = crypto_sign_seed_keypair(seed)
    return public, secret
