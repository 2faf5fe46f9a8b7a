"""A tiny real ledger for tests of proofs: the kernel's Application on a database, with three own commands."""

from dataclasses import dataclass, field

from nacl.signing import SigningKey
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from hefu.v1 import ledger_pb2 as pb
from ledger.application import Application, write_genesis
from ledger.context import Context, Record
from ledger.errors import Reason, Rejection
from ledger.execution import Rules
from ledger.notes import COSIGNATURE_V1, ED25519, Note, NoteSignature, VerifierKey, sign_cosignature, sign_note
from ledger.seam import CommandSpec
from ledger.state_keys import LIMITS_KEY
from ledger.store.database import migrate, open_engine
from ledger.store.sql import SqlStore
from ledger.transaction import sign
from ledger.verify_forms import render_binary

NETWORK = pb.NetworkId(name="proofs.test", genesis_hash=bytes(range(32)))
ORIGIN = "log.example/proofs"
LOG_SEED, WITNESS_SEED, OTHER_SEED = bytes([1]) * 32, bytes([2]) * 32, bytes([3]) * 32
MEMBER_SEEDS = (bytes([7]) * 32, bytes([8]) * 32)
START_MS = 1_700_000_000_000
PUT, DELETE, REFUSE = 1, 2, 3
NO = Reason(9_999, "NO", "No.", "否。")


def _put(context: Context, hold: pb.Hold) -> None:
    if hold.at_ms:
        context.put(hold.what, b"locked", hold.at_ms, b"free")
    else:
        context.put(hold.what, b"here")
    context.emit(pb.Hold(what=hold.what))


def _delete(context: Context, hold: pb.Hold) -> None:
    context.delete(hold.what)


def _refuse(context: Context, hold: pb.Hold) -> None:
    raise Rejection(NO, pb.Hold.WHAT_FIELD_NUMBER)


COMMANDS = {
    PUT: CommandSpec("put", pb.Hold, _put),
    DELETE: CommandSpec("delete", pb.Hold, _delete),
    REFUSE: CommandSpec("refuse", pb.Hold, _refuse),
}


def render_key(name: str, seed: bytes, algorithm: int = ED25519) -> str:
    """The verifier key of a seed."""
    return VerifierKey(name, algorithm, bytes(SigningKey(seed).verify_key)).render()


def sign_checkpoint(text: bytes) -> bytes:
    """A note with the operator's plain signature, as the kernel writes it."""
    return Note(text, (sign_note(text, ORIGIN, LOG_SEED),)).render()


def cosign_as_operator(text: bytes, time_ms: int) -> NoteSignature:
    """The operator's timestamp."""
    return sign_cosignature(text, ORIGIN, LOG_SEED, time_ms // 1000)


def cosign_as_witness(text: bytes, time_ms: int, name: str = "witness.example", seed: bytes = WITNESS_SEED):
    """A witness's timestamp."""
    return sign_cosignature(text, name, seed, time_ms // 1000)


def make_trust(**changes) -> pb.TrustFile:
    """A trust file with the operator's two keys and one witness."""
    trust = pb.TrustFile(network=NETWORK, origin=ORIGIN, witnesses=[render_key("witness.example", WITNESS_SEED, 4)])
    trust.log_keys.add(key=render_key(ORIGIN, LOG_SEED))
    trust.log_keys.add(key=render_key(ORIGIN, LOG_SEED, COSIGNATURE_V1))
    for name, value in changes.items():
        setattr(trust, name, value)
    return trust


@dataclass
class ProofWorld:
    """The ledger, and the ids of what was decided on it; without a URL it lies in memory, on SQLite."""

    records: int = 40
    url: str = ""
    ids: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        engine = open_engine(self.url) if self.url else create_engine("sqlite://", poolclass=StaticPool)
        self.connection = engine.connect()
        migrate(self.connection, ())
        self.store = SqlStore(self.connection)
        limits = pb.Limits(
            transaction_bytes=32_768, signatures=16, transactions_per_organisation_block=10_000, horizon_ms=86_400_000
        )
        records = {LIMITS_KEY: Record(render_binary(limits), bytes(16))}
        records |= {f"thing/{number}": Record(b"%d" % number, bytes(16)) for number in range(self.records)}
        write_genesis(self.store, b"genesis", NETWORK, START_MS, records, ORIGIN, sign_checkpoint)
        rules = Rules(NETWORK, COMMANDS, lambda context, commands, signers: None)
        self.application = Application(self.store, rules, ORIGIN, sign_checkpoint)
        self.engine = engine

    @property
    def time_ms(self) -> int:
        """Time of the last block."""
        return self.application.head.time_ms

    @property
    def tree(self):
        """The state tree."""
        return self.application.tree

    def run(self, *commands: tuple[int, str, int], time_ms: int | None = None) -> None:
        """One block with one transaction for each command (kind, key, lapse time)."""
        signed = [self.sign(*command) for command in commands]
        height = self.application.head.height + 1
        proposed_ms = self.time_ms + 1000 if time_ms is None else time_ms
        result = self.application.finalize_block(height, proposed_ms, signed)
        self.application.commit()
        self.ids += [decision.id for decision in result.decisions]

    def sign(self, kind: int, key: str, at_ms: int = 0, network: pb.NetworkId = NETWORK) -> bytes:
        """A transaction of two signers with one command."""
        self.nonces = getattr(self, "nonces", 0) + 1
        body = pb.TransactionBody(network=network, nonce=b"%016d" % self.nonces, valid_until_ms=self.time_ms + 60_000)
        payload = render_binary(pb.Hold(at_ms=at_ms, what=key))
        body.commands.add(organisations=["MEMBER"], kind=kind, payload=payload)
        return sign(render_binary(body), MEMBER_SEEDS)

    def close(self) -> None:
        """Close the database."""
        self.connection.close()
        self.engine.dispose()
