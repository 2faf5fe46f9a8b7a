"""The whole state machine for property tests: real commands, authority, store and views; signatures are only noted.

A transaction that its members would sign is remembered as verified, so no signature need be computed; one that is not
remembered is verified as ever, and fails.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

from hefu.v1 import identity_pb2, ledger_pb2, pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from ledger.application import Application
from ledger.context import Record
from ledger.execution import Decision
from ledger.store.database import open_engine
from ledger.store.port import Store
from ledger.store.sql import SqlStore
from nodes.client.builder import Draft, find_kind
from nodes.wiring import begin_ledger, build_views, open_application, prepare_database
from receivables.genesis import genesis_records
from receivables.questions import parse_asset
from receivables.records import compute_voucher_key
from tests.exploration.invariants import check_records
from tests.simulator.worlds import Known, is_well_formed, make_unsigned
from tests.support.memory_store import MemoryStore
from tests.support.replay import replay
from tests.support.topics import AUTHORITY, Circle, Meant
from tests.unit.identity.world import make_admission, make_key, make_rule, make_uscc
from tests.unit.receivables.world import (
    BANK,
    BANK2,
    CORE,
    COURT,
    DAY_MS,
    NOW_MS,
    PAYEE,
    PAYER,
    SECOND,
    THIRD,
    make_rules,
)

HORIZON_MS = 3_600_000
DAILY_LIMIT_FEN = 12_000
ORIGIN, LOG_SEED = "whole.ledger/log", b"\x04" * 32
REGISTRAR, CORE2, NEWCOMER, STRANGER = (make_uscc(number) for number in (31, 32, 33, 99))
SUPPLIER, SUPPLIER2 = PAYEE, SECOND
ROLES = {
    REGISTRAR: (identity_pb2.REGISTRAR,),
    BANK: (identity_pb2.BANK,),
    BANK2: (identity_pb2.BANK,),
    PAYER: (identity_pb2.CLEARING_BANK,),
    CORE: (identity_pb2.CORE_ENTERPRISE,),
    CORE2: (identity_pb2.CORE_ENTERPRISE,),
    COURT: (identity_pb2.COURT,),
    SUPPLIER: (identity_pb2.SUPPLIER,),
    SUPPLIER2: (identity_pb2.SUPPLIER,),
    THIRD: (identity_pb2.SUPPLIER,),
}
SMALL = (SUPPLIER, SUPPLIER2, THIRD)
CIRCLE = Circle(
    registrar=REGISTRAR, voters=tuple(sorted((REGISTRAR, BANK, CORE))), members=SMALL, attesting=BANK, court=COURT,
    newcomer=NEWCOMER,
)  # fmt: skip
RULEBOOK = make_rules(
    max_face_fen=10_000, max_layers=4, long_term_days=180, grace_days=1, max_answer_ms=7 * DAY_MS, objection_days=5,
    account_delay_ms=DAY_MS, confirmation_days=1,
)  # fmt: skip
KEY_ROLES = (identity_pb2.MAKER, identity_pb2.CHECKER)


@lru_cache(maxsize=1)
def make_genesis() -> bytes:
    """Suppliers sign with one person, the second of them up to a daily limit; all others with two."""
    founders = []
    for organisation in sorted(ROLES):
        keys = [
            make_key(organisation, f"{organisation} {role}", f"{organisation} {role}", [role]) for role in KEY_ROLES
        ]
        is_small = organisation in SMALL
        policy = [make_rule(1)] if is_small else [make_rule(2, KEY_ROLES)]
        limit_fen = DAILY_LIMIT_FEN if organisation == SUPPLIER2 else 0
        founders.append(make_admission(organisation, ROLES[organisation], keys, policy, daily_limit_fen=limit_fen))
    limits = ledger_pb2.Limits(
        transaction_bytes=16_384, signatures=8, transactions_per_organisation_block=4, horizon_ms=HORIZON_MS
    )
    genesis = identity_pb2.Genesis(
        network_name="whole.ledger", salt=bytes(range(32)), time_ms=NOW_MS, limits=limits, founders=founders,
        identity_rules=identity_pb2.IdentityRules(
            two_person_roles=[identity_pb2.BANK, identity_pb2.CORE_ENTERPRISE], attesting_roles=[identity_pb2.BANK],
            max_proposal_ms=30 * DAY_MS, reenrolment_wait_ms=3 * DAY_MS,
        ),
        electorate=identity_pb2.Electorate(voters=CIRCLE.voters, threshold=3),
        authorities=[identity_pb2.AuthorityChange(certificate=AUTHORITY, name="authority")],
        records=[
            identity_pb2.GenesisRecord(key=key, body=body)
            for key, body in genesis_records(RULEBOOK, pb.BusinessCalendar())
        ],
    )  # fmt: skip
    return genesis.SerializeToString(deterministic=True)


def begin(store: Store) -> None:
    """Write block 0."""
    any_store: Any = store  # the wiring says SqlStore, and uses the port alone
    begin_ledger(any_store, make_genesis(), ORIGIN, LOG_SEED)


@lru_cache(maxsize=1)
def make_template() -> bytes:
    """A database that holds block 0."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.connect() as connection:
        prepare_database(connection)
        begin(SqlStore(connection, build_views()))
        connection.commit()
        data: bytes = get_driver(connection).serialize()
    engine.dispose()
    return data


def get_driver(connection: Connection) -> Any:
    """The driver's own connection."""
    return connection.connection.driver_connection


class WholeLedger:
    """The state machine on a database, in memory where no URL is given; beside it a twin in dicts.

    Nothing is said to the twin that was refused.
    """

    def __init__(self, url: str = "") -> None:
        self.known: set[bytes] = set()
        self.now_ms = NOW_MS
        self.made = 0
        self._engine = open_engine(url) if url else create_engine("sqlite://", poolclass=StaticPool)
        self.connection = self._engine.connect()
        if url:
            prepare_database(self.connection)
        else:
            get_driver(self.connection).deserialize(make_template())
        self.store = SqlStore(self.connection, build_views())
        if self.store.read_head() is None:
            begin(self.store)
        self.application = self._open(self.store)
        self.twin = self.open_fresh()
        self.network = self.application._rules.network
        self.records = self._read_records()

    def close(self) -> None:
        """Let go of the database."""
        self.connection.close()
        self._engine.dispose()

    def open_fresh(self) -> Application:
        """The state machine at block 0, in memory."""
        store = MemoryStore()
        begin(store)
        return self._open(store)

    def sign(self, said: Sequence[Draft], signers: Sequence[bytes], is_forged: bool, ahead_ms: int) -> bytes:
        """An envelope with keys and without signatures, which counts as verified unless it is forged."""
        self.made += 1
        body = ledger_pb2.TransactionBody(
            network=self.network, nonce=b"%016d" % self.made, valid_until_ms=max(1, self.now_ms + ahead_ms)
        )
        for draft in said:
            encoded = draft.payload.SerializeToString(deterministic=True)
            kind = find_kind(draft.payload)
            body.commands.add(organisations=draft.organisations, kind=kind, payload=encoded, agent=draft.agent)
        envelope = ledger_pb2.SignedTransaction.FromString(
            make_unsigned(body.SerializeToString(deterministic=True), signers[0])
        )
        del envelope.signatures[:]
        for key in sorted(frozenset(signers)):
            envelope.signatures.add(algorithm=1, public_key=key, signature=bytes(64))
        signed = envelope.SerializeToString(deterministic=True)
        if not is_forged and is_well_formed(signed):
            self.known.add(hashlib.sha256(signed).digest())
        return signed

    def play(self, signed: Sequence[bytes]) -> Sequence[Decision]:
        """Make a block now. The twin hears of what was done only, and must come to the same state."""
        self.now_ms += 1
        before, root = self.application.head, self.application.tree.root
        result = self.application.finalize_block(before.height + 1, self.now_ms, signed)
        self.application.commit()
        decisions = result.decisions
        assert not [decision.alarm for decision in decisions if decision.alarm]
        if not any(decision.has_leaf for decision in decisions):
            assert self.application.head == before
        else:
            old, self.records = self.records, self._read_records()
            if all(decision.code or decision.is_duplicate for decision in decisions):
                assert (encode(self.records), self.application.tree.root) == (encode(old), root)
        self._tell_twin([one for one, d in zip(signed, decisions, strict=True) if d.has_leaf and not d.code])
        return decisions

    def check_replay(self) -> None:
        """The log from genesis on gives the same roots, block by block, and the same records."""
        fresh = self.open_fresh()
        assert replay(self.store, fresh, is_verified=False) == self.application.head.height
        assert fresh.head == self.application.head

    def get(self, message: type[Any], key: str) -> Any:
        """What a record means at the next block, None where there is none."""
        record = self.records.get(key)
        return None if record is None else message.FromString(record.get_meant(self.now_ms + 1))

    def get_meant(self) -> Meant:
        """All records as they are meant at the next block."""
        return Meant(self.records, self.now_ms + 1)

    def list(self, prefix: str, message: type[Any]) -> dict[str, Any]:
        """All records under a prefix as they are meant at the next block."""
        return {
            key.removeprefix(prefix): self.get(message, key) for key in sorted(self.records) if key.startswith(prefix)
        }

    def _tell_twin(self, done: Sequence[bytes]) -> None:
        if done:
            self.twin.finalize_block(self.twin.head.height + 1, self.now_ms, done)
            self.twin.commit()
        assert self.twin.tree.root == self.application.tree.root

    def _open(self, store: Any) -> Application:
        application = open_application(store, ORIGIN, LOG_SEED)
        application.verified = Known(self.known)  # type: ignore[assignment]  # a fake of the same two methods
        return application

    def _read_records(self) -> dict[str, Record]:
        rows = self.connection.exec_driver_sql("SELECT key, record FROM records").all()
        return {bytes(key).decode(): Record.decode(record) for key, record in rows}


def encode(records: Mapping[str, Record]) -> dict[str, bytes]:
    """Records as the state tree commits to them."""
    return {key: record.encode() for key, record in records.items()}


def parse_refs(names: Iterable[str]) -> list[pb.VoucherRef]:
    """Ranges from the ends of their keys."""
    return [parse_asset(f"voucher:{name}") for name in names]


# ---------------------------------------------------------------- what a scan of all records must find


def check_all_records(ledger: WholeLedger) -> None:
    """What must hold in every state of the explored universes; holds and registrations beside it."""
    source = ledger.get_meant()
    check_records(source)
    for name, package in source.list_under("package"):
        assert package.stage != pb.PENDING or source.get(f"holds/{name}") is not None
    for asset, claim in source.list_under("claim"):
        voucher = ledger.get(pb.Voucher, compute_voucher_key(parse_asset(asset)))
        assert voucher.circulation != pb.LOCKED
        # Its secured party is not compared: what was filed for a predecessor stays filed for it.
        assert ledger.get(pledges_pb2.Registration, f"registration/{claim.registration_number}").asset == asset
