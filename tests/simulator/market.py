"""The domains' own commands in the simulator: a core enterprise, its suppliers, banks, a court, and their vouchers.

The members look at the store, as their own node would show it, so most of what they say is right; which command falls
on which voucher is left to chance, so much is not. Most of the time they lead vouchers through an ordinary life; the
rest is drawn from all that the command table knows.
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
from nodes.client.builder import Draft, find_kind
from nodes.wiring import begin_ledger, open_application
from receivables.genesis import genesis_records
from receivables.records import PACKAGE_PREFIX, VOUCHER_PREFIX
from tests.exploration.memo import Attempt
from tests.exploration.places import Moment
from tests.simulator.worlds import is_well_formed
from tests.support.memory_store import MemoryStore
from tests.support.replay import Divergence
from tests.support.topics import (
    AUTHORITY,
    Circle,
    Meant,
    draw_identity_attempt,
    draw_voucher_attempt,
    find_agents,
)
from tests.unit.identity.world import make_admission, make_key, make_rule, make_uscc, public
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
REGISTRAR, NEWCOMER = make_uscc(21), make_uscc(22)
SUPPLIER, SUPPLIER2 = PAYEE, SECOND
MEMBERS: dict[str, tuple[Any, ...]] = {
    REGISTRAR: (identity_pb2.REGISTRAR,),
    BANK: (identity_pb2.BANK,),
    BANK2: (identity_pb2.BANK,),
    PAYER: (identity_pb2.CLEARING_BANK,),
    CORE: (identity_pb2.CORE_ENTERPRISE,),
    COURT: (identity_pb2.COURT,),
    SUPPLIER: (identity_pb2.SUPPLIER,),
    SUPPLIER2: (identity_pb2.SUPPLIER,),
    THIRD: (identity_pb2.SUPPLIER,),
}
PERSONS = {SUPPLIER: 1, SUPPLIER2: 1, THIRD: 1}  # the others need two
KEY_ROLES = (identity_pb2.MAKER, identity_pb2.CHECKER)
KEYS = {organisation: tuple(public(f"sim {organisation} {role}") for role in KEY_ROLES) for organisation in MEMBERS}
CIRCLE = Circle(
    registrar=REGISTRAR,
    voters=tuple(sorted((REGISTRAR, BANK, CORE))),
    members=(SUPPLIER, SUPPLIER2, THIRD),
    attesting=BANK,
    court=COURT,
    newcomer=NEWCOMER,
    kept=frozenset(key for keys in KEYS.values() for key in keys),
)
COMMITMENT = b"c" * 32
RULEBOOK = make_rules(
    max_face_fen=10**9,
    max_layers=4,
    long_term_days=180,
    grace_days=0,
    max_answer_ms=7 * DAY_MS,
    objection_days=5,
    account_delay_ms=DAY_MS,
    confirmation_days=1,
)
Said = tuple[str, Message]
"""Who says what in an ordinary life."""


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
                for role in KEY_ROLES
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
        identity_rules=identity_pb2.IdentityRules(
            two_person_roles=[identity_pb2.BANK, identity_pb2.CORE_ENTERPRISE],
            attesting_roles=[identity_pb2.BANK],
            max_proposal_ms=30 * DAY_MS,
            reenrolment_wait_ms=3 * DAY_MS,
        ),
        electorate=identity_pb2.Electorate(voters=CIRCLE.voters, threshold=3),
        authorities=[identity_pb2.AuthorityChange(certificate=AUTHORITY, name="authority")],
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

    def open(self, store: Store, numbers_all: bool = False) -> Application:
        any_store: Any = store  # as above
        application = open_application(any_store, "simulated/log", b"\x03" * 32, numbers_all=numbers_all)
        self._network = application._rules.network
        return application

    def watch(self, store: MemoryStore) -> None:
        """Where the members look."""
        self._store = store

    def make_transaction(self, time_ms: int) -> bytes:
        said = self._choose_any(time_ms) if self._random.random() < 0.4 else self._choose(time_ms)
        if self._random.random() < 0.1:
            said += self._choose(time_ms)
        ahead_ms = self._random.choice((HORIZON_MS // 2,) * 14 + (HORIZON_MS * 2, -5))
        self._made += 1
        body = ledger_pb2.TransactionBody(
            network=self._network, nonce=b"%016d" % self._made, valid_until_ms=time_ms + ahead_ms
        )
        for draft in said:
            body.commands.add(
                organisations=draft.organisations,
                kind=find_kind(draft.payload),
                payload=draft.payload.SerializeToString(deterministic=True),
                agent=draft.agent,
            )
        return self._sign(body)

    def make_flood(self, time_ms: int) -> list[bytes]:
        return []  # the toy's members have lower limits

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
        named = {one for command in body.commands for one in (command.agent, *command.organisations)}
        count = len(KEY_ROLES) if self._random.random() < 0.96 else 1
        keys = sorted(key for organisation in named & set(KEYS) for key in KEYS[organisation][:count])
        envelope = ledger_pb2.SignedTransaction(body=body.SerializeToString(deterministic=True))
        for key in keys:
            envelope.signatures.add(algorithm=1, public_key=key, signature=bytes(64))
        signed = envelope.SerializeToString(deterministic=True)
        if is_well_formed(signed):
            self.known.add(hashlib.sha256(signed).digest())
        return signed

    def _choose_any(self, time_ms: int) -> list[Draft]:
        """One of all commands, sometimes by somebody who was given a mandate; else an ordinary one."""
        chance = self._random
        meant = Meant({key.decode(): record for _, key, record in self._store.records.values()}, time_ms)
        attempt: Attempt | None
        if chance.random() < 0.3:
            attempt = draw_identity_attempt(meant, CIRCLE, time_ms, chance)
        else:
            moment = Moment(
                people=(SUPPLIER, SUPPLIER2), banks=(BANK, BANK2), numbers=("A-1", "A-2"), face_fen=1_000,
                now_ms=time_ms, next_ms=time_ms + chance.choice((HORIZON_MS, DAY_MS)), financing_line=f"{BANK}.F-1",
                issuing_line=chance.choice(("", f"{BANK}.L-1")),
            )  # fmt: skip
            attempt = draw_voucher_attempt(meant, moment, chance)
        if attempt is None:
            return self._choose(time_ms)
        agents = ["", *find_agents(meant, attempt.organisations[0])]
        return [Draft(attempt.organisations, attempt.command, chance.choice(agents))]

    def _choose(self, time_ms: int) -> list[Draft]:
        """A step in the ordinary life of a voucher; the debtor's bank consents to a prepayment."""
        return [
            Draft((actor, PAYER) if isinstance(payload, pb.Prepay) else (actor,), payload)
            for actor, payload in self._choose_step(time_ms)
        ]

    def _choose_step(self, time_ms: int) -> list[Said]:
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
            paying_bank=PAYER,
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
        names = _FITTING.get(voucher.lock.kind, ()) if self._random.random() < 0.9 else ()
        return said[self._random.choice(names or sorted(said))]

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
            "pay": (PAYER, pay),
            "share": (PAYER, share),
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
