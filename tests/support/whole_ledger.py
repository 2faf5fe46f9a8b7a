"""The whole state machine for property tests: real commands, authority, store and views; signatures are only noted.

A transaction that its members would sign is remembered as verified, so no signature need be computed; one that is not
remembered is verified as ever, and fails.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from google.protobuf.message import Message
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

from hefu.v1 import identity_pb2, ledger_pb2, node_pb2, pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.views import list_organisations
from ledger.application import Application
from ledger.context import Record
from ledger.execution import Decision
from ledger.store.database import open_engine
from ledger.store.paging import Position
from ledger.store.port import Store
from ledger.store.sql import SqlStore
from nodes.client.builder import find_kind
from nodes.wiring import begin_ledger, build_views, open_application, prepare_database
from receivables.genesis import genesis_records
from receivables.payments import compute_owed
from receivables.queries import list_packages, list_vouchers
from receivables.questions import parse_asset
from receivables.records import compute_voucher_key
from tests.simulator.worlds import Known, make_unsigned
from tests.support.memory_store import MemoryStore
from tests.support.replay import replay
from tests.support.scans import expect_packages, expect_vouchers
from tests.unit.identity.world import make_admission, make_key, make_rule, make_uscc, public

NOW_MS = 1_700_000_000_000
DAY_MS = 86_400_000
HORIZON_MS = 3_600_000
DAILY_LIMIT_FEN = 12_000
ORIGIN, LOG_SEED = "whole.ledger/log", b"\x04" * 32
REGISTRAR, BANK, BANK2, CORE, CORE2, SUPPLIER, SUPPLIER2 = sorted(make_uscc(number) for number in range(31, 38))
STRANGER = make_uscc(99)
ROLES = {
    REGISTRAR: (identity_pb2.REGISTRAR,),
    BANK: (identity_pb2.BANK, identity_pb2.CLEARING_BANK),
    BANK2: (identity_pb2.BANK,),
    CORE: (identity_pb2.CORE_ENTERPRISE,),
    CORE2: (identity_pb2.CORE_ENTERPRISE,),
    SUPPLIER: (identity_pb2.SUPPLIER,),
    SUPPLIER2: (identity_pb2.SUPPLIER,),
}
RULEBOOK = pb.VoucherRules(
    max_face_fen=10_000, min_piece_fen=100, max_layers=4, max_term_days=365, long_term_days=180, grace_days=1,
    cut_off_business_days=1, max_answer_ms=7 * DAY_MS, year_basis_days=360,
)  # fmt: skip
KEY_ROLES = (identity_pb2.MAKER, identity_pb2.CHECKER)
Said = tuple[tuple[str, ...], Message]
"""Which organisations say what."""


@lru_cache(maxsize=1)
def make_genesis() -> bytes:
    """Suppliers sign with one person, the second of them up to a daily limit; all others with two."""
    founders = []
    for organisation in sorted(ROLES):
        keys = [
            make_key(organisation, f"{organisation} {role}", f"{organisation} {role}", [role]) for role in KEY_ROLES
        ]
        is_small = organisation in (SUPPLIER, SUPPLIER2)
        policy = [make_rule(1)] if is_small else [make_rule(2, KEY_ROLES)]
        limit_fen = DAILY_LIMIT_FEN if organisation == SUPPLIER2 else 0
        founders.append(make_admission(organisation, ROLES[organisation], keys, policy, daily_limit_fen=limit_fen))
    limits = ledger_pb2.Limits(
        transaction_bytes=8192, signatures=8, transactions_per_organisation_block=4, horizon_ms=HORIZON_MS
    )
    genesis = identity_pb2.Genesis(
        network_name="whole.ledger", salt=bytes(range(32)), time_ms=NOW_MS, limits=limits, founders=founders,
        identity_rules=identity_pb2.IdentityRules(
            two_person_roles=[identity_pb2.BANK, identity_pb2.CORE_ENTERPRISE], attesting_roles=[identity_pb2.BANK],
            max_proposal_ms=30 * DAY_MS, reenrolment_wait_ms=3 * DAY_MS,
        ),
        electorate=identity_pb2.Electorate(voters=[REGISTRAR, BANK, CORE], threshold=3),
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

    def sign(self, said: Sequence[Said], signers: Sequence[bytes], is_forged: bool, ahead_ms: int) -> bytes:
        """An envelope with keys and without signatures, which counts as verified unless it is forged."""
        self.made += 1
        body = ledger_pb2.TransactionBody(
            network=self.network, nonce=b"%016d" % self.made, valid_until_ms=max(1, self.now_ms + ahead_ms)
        )
        for organisations, payload in said:
            encoded = payload.SerializeToString(deterministic=True)
            body.commands.add(organisations=organisations, kind=find_kind(payload), payload=encoded)
        envelope = ledger_pb2.SignedTransaction.FromString(
            make_unsigned(body.SerializeToString(deterministic=True), signers[0])
        )
        del envelope.signatures[:]
        for key in sorted(frozenset(signers)):
            envelope.signatures.add(algorithm=1, public_key=key, signature=bytes(64))
        signed = envelope.SerializeToString(deterministic=True)
        if not is_forged:
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


def get_signers(organisations: Sequence[str]) -> list[bytes]:
    """The keys of those who usually sign for these organisations."""
    return [public(f"{organisation} {role}") for organisation in organisations for role in KEY_ROLES]


def parse_refs(names: Iterable[str]) -> list[pb.VoucherRef]:
    """Ranges from the ends of their keys."""
    return [parse_asset(f"voucher:{name}") for name in names]


# ---------------------------------------------------------------- what a scan of all records must find


def check_packages(ledger: WholeLedger) -> None:
    """The ranges of an accepted package partition its face; what was paid and is owed adds up."""
    ranges: dict[str, list[pb.VoucherRef]] = {}
    for ref in parse_refs(ledger.list("voucher/", pb.Voucher)):
        ranges.setdefault(ref.package, []).append(ref)
    for name, package in ledger.list("package/", pb.Package).items():
        found = sorted(ranges.pop(name, []), key=lambda ref: ref.start)
        if package.stage not in (pb.PACKAGE_LIVE, pb.SETTLED):
            assert found == []
            continue
        assert (found[0].start, found[-1].end) == (1, package.face_fen)
        assert all(left.end + 1 == right.start for left, right in pairwise(found))
        vouchers = [ledger.get(pb.Voucher, compute_voucher_key(ref)) for ref in found]
        owed = sum(compute_owed(package, voucher, ref) for voucher, ref in zip(vouchers, found, strict=True))
        assert owed == package.face_fen - package.paid_fen - package.own_paid_fen
        assert sum(voucher.paid_fen for voucher in vouchers) == package.own_paid_fen
        assert (owed == 0) == (package.stage == pb.SETTLED)
    assert ranges == {}


def check_issuers(ledger: WholeLedger) -> None:
    """Each issuer's totals and calendar equal the scan."""
    expected: dict[str, pb.IssuerTotals] = {}
    unpaid: dict[str, dict[int, int]] = {}
    for package in ledger.list("package/", pb.Package).values():
        if package.stage in (pb.PACKAGE_LIVE, pb.SETTLED):
            totals, days = expected.setdefault(package.issuer, pb.IssuerTotals()), unpaid.setdefault(package.issuer, {})
            owed = package.face_fen - package.paid_fen - package.own_paid_fen
            totals.packages += 1
            totals.face_fen += package.face_fen
            totals.unpaid_fen += owed
            days[package.due_on] = days.get(package.due_on, 0) + owed
    for issuer, totals in expected.items():
        days = unpaid[issuer]
        totals.calendar.extend(pb.DueDay(due_on=day, unpaid_fen=days[day]) for day in sorted(days) if days[day])
    assert ledger.list("totals/issuer/", pb.IssuerTotals) == expected


def check_invoices(ledger: WholeLedger) -> None:
    """No invoice is occupied beyond its amount, and its occupation is that of the vouchers on it."""
    held: dict[str, int] = {}
    holds = ledger.list("holds/", ledger_pb2.Hold)
    for name, package in ledger.list("package/", pb.Package).items():
        assert name in holds or package.stage != pb.PENDING
        if package.stage in (pb.PENDING, pb.PACKAGE_LIVE, pb.SETTLED) or name in holds:
            for use in package.invoices:
                held[use.fingerprint.hex()] = held.get(use.fingerprint.hex(), 0) + use.occupied_fen
    occupations = ledger.list("invoice/", pledges_pb2.InvoiceOccupation)
    assert all(1 <= one.occupied_fen <= one.amount_fen for one in occupations.values())
    assert {name: one.occupied_fen for name, one in occupations.items()} == held


def check_claims(ledger: WholeLedger) -> None:
    """At most one live claim over any unit, each on a range that is there; lenders' totals equal the scan."""
    claims = ledger.list("claim/", pledges_pb2.Claim)
    refs = sorted(((r.package, r.start, r.end) for r in map(parse_asset, claims)), key=lambda ref: ref[:2])
    assert all(a[0] != b[0] or a[2] < b[1] for a, b in pairwise(refs))
    lent: dict[str, list[int]] = {}
    for asset, claim in claims.items():
        voucher = ledger.get(pb.Voucher, compute_voucher_key(parse_asset(asset)))
        assert voucher.circulation != pb.LOCKED
        registration = ledger.get(pledges_pb2.Registration, f"registration/{claim.registration_number}")
        assert (registration.secured_party, registration.asset) == (claim.pledgee, asset)
        lent.setdefault(claim.pledgee, []).append(claim.secured_fen)
    for name, totals in ledger.list("totals/lender/", pledges_pb2.LenderTotals).items():
        secured = lent.pop(name, [])
        assert (totals.claims, totals.secured_fen) == (len(secured), sum(secured))
    assert lent == {}


def check_views(ledger: WholeLedger, *requests: node_pb2.ListVouchersRequest) -> None:
    """The lists say what the records say."""
    head = ledger.application.head
    snapshot = (Position(head.height, head.time_ms), ledger.records)
    for request in (node_pb2.ListVouchersRequest(page_size=500), *requests):
        assert list(list_vouchers(ledger.connection, request).vouchers) == expect_vouchers(snapshot, request)
    packages = node_pb2.ListPackagesRequest(page_size=500)
    assert list(list_packages(ledger.connection, packages).packages) == expect_packages(snapshot, packages)
    page = list_organisations(ledger.connection, node_pb2.ListOrganisationsRequest(page_size=500))
    found = {view.id: view.organisation for view in page.organisations}
    assert found == ledger.list("organisation/", identity_pb2.Organisation)
