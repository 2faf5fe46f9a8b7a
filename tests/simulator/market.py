"""The domains' own commands in the simulator: a core enterprise, two suppliers, two banks and their vouchers.

The members look at the store, as their own node would show it, so most of what they say is right; which command falls
on which voucher is left to chance, so much is not.
"""

import hashlib
import random
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from google.protobuf.message import Message

from hefu.v1 import identity_pb2, ledger_pb2, pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.rules import compute_civil_day
from ledger.application import Application
from ledger.context import Record
from ledger.store.port import Store
from nodes.client.builder import find_kind
from nodes.wiring import begin_ledger, open_application
from receivables.genesis import genesis_records
from receivables.records import PACKAGE_PREFIX, VOUCHER_PREFIX
from tests.support.memory_store import MemoryStore
from tests.support.replay import Divergence
from tests.unit.identity.world import make_admission, make_key, make_rule, make_uscc, public

NOW_MS = 1_700_000_000_000
DAY_MS = 86_400_000
HORIZON_MS = 3_600_000
REGISTRAR, BANK, BANK2, CORE, SUPPLIER, SUPPLIER2 = (make_uscc(number) for number in range(21, 27))
MEMBERS: dict[str, tuple[Any, ...]] = {
    REGISTRAR: (identity_pb2.REGISTRAR,),
    BANK: (identity_pb2.BANK, identity_pb2.CLEARING_BANK),
    BANK2: (identity_pb2.BANK,),
    CORE: (identity_pb2.CORE_ENTERPRISE,),
    SUPPLIER: (identity_pb2.SUPPLIER,),
    SUPPLIER2: (identity_pb2.SUPPLIER,),
}
PERSONS = {SUPPLIER: 1, SUPPLIER2: 1}  # the others need two
COMMITMENT = b"c" * 32
RULEBOOK = pb.VoucherRules(
    max_face_fen=10**9,
    min_piece_fen=100,
    max_layers=4,
    max_term_days=365,
    long_term_days=180,
    grace_days=0,
    cut_off_business_days=1,
    max_answer_ms=7 * DAY_MS,
    year_basis_days=360,
)
Said = tuple[str, Message]
"""Who says what."""


@lru_cache(maxsize=2)
def make_genesis(is_simulated: bool) -> bytes:
    """The agreed beginning."""
    policies = {1: [make_rule(1)], 2: [make_rule(2, [identity_pb2.MAKER, identity_pb2.CHECKER])]}
    founders = [
        make_admission(
            organisation,
            MEMBERS[organisation],
            [
                make_key(organisation, f"sim {organisation} {role}", f"{organisation} {role}", [role])
                for role in (identity_pb2.MAKER, identity_pb2.CHECKER)
            ],
            policies[PERSONS.get(organisation, 2)],
            daily_limit_fen=10**12 if organisation == SUPPLIER else 0,
        )
        for organisation in sorted(MEMBERS)
    ]
    genesis = identity_pb2.Genesis(
        network_name="simulated",
        salt=bytes(range(32)),
        time_ms=NOW_MS,
        simulated_clock=is_simulated,
        limits=ledger_pb2.Limits(
            transaction_bytes=32768, signatures=16, transactions_per_organisation_block=100, horizon_ms=HORIZON_MS
        ),
        founders=founders,
        identity_rules=identity_pb2.IdentityRules(two_person_roles=[identity_pb2.BANK, identity_pb2.CORE_ENTERPRISE]),
        records=[
            identity_pb2.GenesisRecord(key=key, body=body)
            for key, body in genesis_records(RULEBOOK, pb.BusinessCalendar())
        ],
    )
    return genesis.SerializeToString(deterministic=True)


class Market:
    """A world of vouchers."""

    start_ms = NOW_MS + 1000

    def __init__(self, seed: int) -> None:
        self._random = random.Random(f"market {seed}")
        self.is_simulated = self._random.random() < 0.3
        self.known: set[bytes] = set()
        self._genesis = make_genesis(self.is_simulated)
        self._network = ledger_pb2.NetworkId()
        self._made = 0
        self._issued = 0
        self._store = MemoryStore()

    def begin(self, store: Store) -> None:
        any_store: Any = store  # the wiring says SqlStore, and uses the port alone
        begin_ledger(any_store, self._genesis, "simulated/log", b"\x03" * 32)

    def open(self, store: Store) -> Application:
        any_store: Any = store  # as above
        application = open_application(any_store, "simulated/log", b"\x03" * 32)
        self._network = application._rules.network
        return application

    def watch(self, store: MemoryStore) -> None:
        """Where the members look."""
        self._store = store

    def make_transaction(self, time_ms: int) -> bytes:
        said = self._choose(time_ms)
        if self._random.random() < 0.1:
            said += self._choose(time_ms)
        ahead_ms = self._random.choice((HORIZON_MS // 2,) * 14 + (HORIZON_MS * 2, -5))
        self._made += 1
        body = ledger_pb2.TransactionBody(
            network=self._network, nonce=b"%016d" % self._made, valid_until_ms=time_ms + ahead_ms
        )
        for actor, payload in said:
            organisations = [actor, BANK] if isinstance(payload, pb.Prepay) else [actor]
            body.commands.add(
                organisations=organisations,
                kind=find_kind(payload),
                payload=payload.SerializeToString(deterministic=True),
            )
        return self._sign(body)

    def check(self, records: dict[str, Record]) -> None:
        ranges: dict[str, list[tuple[int, int]]] = {}
        for key in records:
            if key.startswith(VOUCHER_PREFIX):
                package, _, bounds = key.removeprefix(VOUCHER_PREFIX).rpartition("/")
                start, _, end = bounds.partition("-")
                ranges.setdefault(package, []).append((int(start), int(end)))
        for package, found in ranges.items():
            face = pb.Package.FromString(records[PACKAGE_PREFIX + package].body).face_fen
            starts = [1, *(end + 1 for _, end in sorted(found))]
            if starts != [*(start for start, _ in sorted(found)), face + 1]:
                raise Divergence(f"the ranges of {package} are no partition of 1…{face}: {sorted(found)}")
        for key, record in records.items():
            if key.startswith("invoice/"):
                use = pledges_pb2.InvoiceOccupation.FromString(record.body)
                if not 0 <= use.occupied_fen <= use.amount_fen:
                    raise Divergence(f"{key} is occupied beyond its amount")
            elif (
                key.startswith("claim/voucher:") and VOUCHER_PREFIX + key.removeprefix("claim/voucher:") not in records
            ):
                raise Divergence(f"{key} claims a range that is not there")

    def _sign(self, body: ledger_pb2.TransactionBody) -> bytes:
        """The right keys, with signatures that nobody computes."""
        named = {organisation for command in body.commands for organisation in command.organisations}
        both = (identity_pb2.MAKER, identity_pb2.CHECKER)
        chosen = both if self._random.random() < 0.96 else both[:1]
        keys = sorted(public(f"sim {organisation} {role}") for organisation in named for role in chosen)
        envelope = ledger_pb2.SignedTransaction(body=body.SerializeToString(deterministic=True))
        for key in keys:
            envelope.signatures.add(algorithm=1, public_key=key, signature=bytes(64))
        signed = envelope.SerializeToString(deterministic=True)
        self.known.add(hashlib.sha256(signed).digest())
        return signed

    def _choose(self, time_ms: int) -> list[Said]:
        chance = self._random
        if self.is_simulated and chance.random() < 0.15:
            now_ms = time_ms + chance.choice((1000, HORIZON_MS, DAY_MS, 40 * DAY_MS))
            return [(REGISTRAR, identity_pb2.AdvanceClock(now_ms=now_ms))]
        packages = sorted(self._read(PACKAGE_PREFIX, pb.Package, time_ms))
        vouchers = sorted(self._read(VOUCHER_PREFIX, pb.Voucher, time_ms))
        if len(packages) < 2 or chance.random() < 0.06:
            return [self._issue(time_ms)]
        pending = [key for key, body in packages if pb.Package.FromString(body).stage == pb.PENDING]
        if pending and (not vouchers or chance.random() < 0.3):
            return [self._answer_issue(chance.choice(pending))]
        if not vouchers:
            return [self._issue(time_ms)]
        key, body = chance.choice(vouchers)
        package, _, bounds = key.rpartition("/")
        start, _, end = bounds.partition("-")
        ref = pb.VoucherRef(package=package, start=int(start), end=int(end))
        return [self._act(ref, pb.Voucher.FromString(body), time_ms)]

    def _read(self, prefix: str, message: type[Message], time_ms: int) -> Iterator[tuple[str, bytes]]:
        """Keys without the prefix, and what their records mean."""
        for _, key, record in self._store.records.values():
            if key.startswith(prefix.encode()):
                yield key.decode().removeprefix(prefix), Record.decode(record).get_meant(time_ms)

    def _issue(self, time_ms: int) -> Said:
        self._issued += 1
        face = self._random.choice((1_000, 50_000, 1_000_000))
        # Some invoices are used again: the second use goes beyond the amount.
        invoice = self._random.randint(max(1, self._issued - 3), self._issued)
        use = pledges_pb2.InvoiceUse(fingerprint=b"%032d" % invoice, amount_fen=1_000_000, occupied_fen=face)
        return CORE, pb.Issue(
            number=f"S-{self._issued}",
            payee=self._random.choice((SUPPLIER, SUPPLIER2)),
            face_fen=face,
            due_on=compute_civil_day(time_ms) + self._random.choice((3, 30, 90)),
            paying_bank=BANK,
            invoices=[use],
            contract_commitment=COMMITMENT,
            accept_by_ms=time_ms + self._random.choice((100, HORIZON_MS, DAY_MS)),
        )

    def _answer_issue(self, package: str) -> Said:
        stored = next(row for row in self._store.records.values() if row[1] == (PACKAGE_PREFIX + package).encode())
        found = pb.Package.FromString(Record.decode(stored[2]).body)
        accept = pb.AcceptIssue(package=package, fingerprints=[use.fingerprint for use in found.invoices])
        answers: tuple[Said, ...] = (
            *[(found.payee, accept)] * 7,
            (found.payee, pb.RefuseIssue(package=package)),
            (CORE, pb.WithdrawIssue(package=package)),
            (SUPPLIER, pb.LapseIssue(package=package)),
        )
        return self._random.choice(answers)

    def _act(self, ref: pb.VoucherRef, voucher: pb.Voucher, time_ms: int) -> Said:
        until_ms = time_ms + self._random.choice((50, HORIZON_MS, DAY_MS))
        said = {**self._move(ref, voucher, until_ms), **self._answer(ref, voucher, time_ms, until_ms)}
        names = _FITTING[voucher.lock.kind] if self._random.random() < 0.9 else sorted(said)
        return said[self._random.choice(names)]

    def _move(self, ref: pb.VoucherRef, voucher: pb.Voucher, until_ms: int) -> dict[str, Said]:
        """What begins something with a range, or pays on it."""
        chance, length, holder = self._random, ref.end - ref.start + 1, voucher.holder
        part = chance.choice((length, length, length // 2, length // 3))
        bank, receiver = chance.choice((BANK, BANK2)), chance.choice((SUPPLIER, SUPPLIER2))
        form = chance.choice((pb.SALE_WITHOUT_RECOURSE, pb.SALE_WITH_RECOURSE, pb.PLEDGE, pb.PLEDGE))
        payees = [pb.Payee(organisation=holder, amount_fen=length)]
        transfer = pb.Transfer(voucher=ref, amount_fen=part, receiver=receiver, answer_by_ms=until_ms)
        transfer.trade_commitment = COMMITMENT
        request = pb.RequestFinancing(voucher=ref, amount_fen=part, bank=bank, form=form, answer_by_ms=until_ms)
        request.terms_commitment, request.secured_fen = COMMITMENT, part // 2 if form == pb.PLEDGE else 0
        pay = pb.PayVoucher(voucher=ref, amount_fen=length, payees=payees, payment_commitment=COMMITMENT)
        share = pb.PayPackage(package=ref.package, amount_fen=part, payment_commitment=COMMITMENT)
        return {
            "split": (holder, pb.Split(voucher=ref, first_fen=part)),
            "transfer": (holder, transfer),
            "request": (holder, request),
            "release": (bank, pb.Release(voucher=ref)),
            "prepay": (CORE, pb.Prepay(voucher=ref, payees=payees, payment_commitment=COMMITMENT)),
            "pay": (BANK, pay),
            "share": (BANK, share),
        }

    def _answer(self, ref: pb.VoucherRef, voucher: pb.Voucher, time_ms: int, until_ms: int) -> dict[str, Said]:
        """What answers a request."""
        holder, other = voucher.holder, voucher.lock.counterparty or BANK
        number, today = f"{self._made:020d}", compute_civil_day(time_ms)
        take = pb.TakeFinancing(voucher=ref, terms_commitment=COMMITMENT, register_by_ms=until_ms)
        registration = pb.RegisterFinancing(voucher=ref, registration_number=number, filed_at_ms=time_ms)
        registration.pay_by_ms = until_ms
        return {
            "accept": (other, pb.AcceptTransfer(voucher=ref)),
            "refuse": (other, pb.RefuseTransfer(voucher=ref)),
            "withdraw": (holder, pb.WithdrawTransfer(voucher=ref)),
            "take": (other, take),
            "decline": (other, pb.RefuseFinancing(voucher=ref)),
            "retract": (holder, pb.WithdrawFinancing(voucher=ref)),
            "register": (other, registration),
            "pay out": (other, pb.PayOut(voucher=ref, payment_commitment=COMMITMENT, value_on=today)),
        }


_FITTING: dict[int, tuple[str, ...]] = {
    pb.LOCK_KIND_UNSPECIFIED: (
        "share",
        "release",
        "split",
        "transfer",
        "transfer",
        "request",
        "request",
        "release",
        "prepay",
        "pay",
        "share",
    ),
    pb.TRANSFER_REQUESTED: ("accept", "accept", "refuse", "withdraw"),
    pb.FINANCING_REQUESTED: ("take", "take", "take", "decline", "retract"),
    pb.FINANCING_TAKEN: ("register", "register", "register", "decline"),
    pb.FINANCING_REGISTERED: ("pay out", "pay out", "decline"),
}
"""By the kind of lock: what is sensible to say."""
