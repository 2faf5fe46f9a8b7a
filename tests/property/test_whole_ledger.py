"""Any sequence of valid and invalid transactions keeps what the ledger promises.

The machine speaks for all members, rightly and wrongly, with every command of the table, several commands in a
transaction and several transactions in a block, over kernel, authority, rules, store and views, on SQLite and on
PostgreSQL. After each block it scans all records. A twin that never hears what was refused must stay in the same state;
the log, replayed from genesis, must give the same roots.
"""

import random
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from google.protobuf.message import Message
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hefu.v1 import identity_pb2, node_pb2, pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.rules import compute_civil_day
from ledger.rejections import EXPIRED, INTERNAL, MALFORMED_TRANSACTION
from ledger.transaction import decode
from nodes.client.builder import Draft
from nodes.wiring import COMMANDS, REASONS
from receivables.payments import compute_owed, compute_payees, compute_pledgee_part
from receivables.records import compute_asset_key
from tests.exploration.memo import Attempt
from tests.exploration.places import Moment
from tests.simulator.worlds import is_well_formed
from tests.support import view_checks, whole_ledger
from tests.support.databases import POSTGRESQL, make_database
from tests.support.topics import draw_identity_attempt, draw_voucher_attempt, find_agents, find_signers
from tests.support.whole_ledger import (
    CIRCLE,
    CORE2,
    DAILY_LIMIT_FEN,
    HORIZON_MS,
    REGISTRAR,
    STRANGER,
    SUPPLIER,
    SUPPLIER2,
    WholeLedger,
    parse_refs,
)
from tests.unit.receivables.world import BANK, BANK2, CORE, DAY_MS, DUE, PAYER, make_line

COMMITMENT = b"c" * 32
INVOICE_FEN = 4_000
STRANGE_NUMBERS = (0, -1, 1, 99, 2**31 - 1, 2**63 - 1, -(2**63))
STRANGE_TEXTS = ("", "x", STRANGER, CORE, f"{CORE}.NONE", "../", "\u200b", "9" * 20)
STRANGE_BYTES = (b"", b"\x00", b"x" * 31, b"x" * 32, b"x" * 200)
numbers = st.integers(0, 2**16)
seeds = st.integers(0, 2**32)
hows = st.sampled_from(("alone", "alone", "alone", "later", "together"))
# Mostly nothing is spoiled: a machine that only says nonsense never gets anywhere.
spoils = st.one_of(st.just(0), st.just(0), st.just(0), st.just(0), numbers)
answers = st.sampled_from(("accept", "accept", "accept", "refuse", "withdraw", "lapse"))
moves = st.sampled_from(("split", "transfer", "request", "request"))
disturbances = st.sampled_from(("wait", "wait", "wait", "status", "repeat", "junk"))
LIVES, STEPS = 12, 80
KINDS_DONE = 50  # at least, of the command table, in all these lives
FORMS = (pb.PLEDGE, pb.PLEDGE, pb.SALE_WITH_RECOURSE, pb.SALE_WITHOUT_RECOURSE)


def spoil_payload(payload: Any, spoil: int) -> None:
    """Put something strange into one field, perhaps of a message inside."""
    fields = payload.DESCRIPTOR.fields
    field = fields[spoil % len(fields)]
    rest = spoil // len(fields)
    if field.is_repeated:
        if rest % 2 or not getattr(payload, field.name):
            payload.ClearField(field.name)
        else:
            getattr(payload, field.name).append(getattr(payload, field.name)[0])
    elif field.message_type is not None:
        spoil_payload(getattr(payload, field.name), rest)
    else:
        values: dict[int, tuple[Any, ...]] = {field.TYPE_STRING: STRANGE_TEXTS, field.TYPE_BYTES: STRANGE_BYTES}
        found = values.get(field.type, STRANGE_NUMBERS)
        value = found[rest % len(found)]
        small = {field.TYPE_INT32: (-(2**31), 2**31 - 1), field.TYPE_ENUM: (-(2**31), 2**31 - 1)}
        bounds = (small | {field.TYPE_UINT32: (0, 2**32 - 1)}).get(field.type)
        setattr(payload, field.name, value if bounds is None else min(max(value, bounds[0]), bounds[1]))


class Market(RuleBasedStateMachine):
    """The members, and what must hold after each block."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = self.open_ledger()
        self.said: list[Draft] = []  # commands that wait for others of their transaction
        self.waiting: list[bytes] = []  # transactions that wait for others of their block
        self.submitted: list[bytes] = []
        self.done = Counter[int]()  # by command kind
        self.issued = 0
        self.checked = (-1, -1)

    def open_ledger(self) -> WholeLedger:
        return WholeLedger()

    def teardown(self) -> None:
        try:
            self.make_block()
            self.ledger.check_replay()
        finally:
            self.ledger.close()

    # ------------------------------------------------------------ saying

    def say(self, organisations: tuple[str, ...], payload: Message, how: str, spoil: int, agent: str = "") -> None:
        """Say a command alone, or let it wait for others. What is spoiled: payload, actor, signers, validity, bytes."""
        kind = spoil % 8 if spoil else 0
        if kind in (1, 2, 3):
            spoil_payload(payload, spoil // 8)
        elif kind == 4:
            others = (STRANGER, REGISTRAR, BANK, BANK2, CORE, CORE2, SUPPLIER, SUPPLIER2)
            organisations = (others[spoil // 8 % len(others)], *organisations[1 + spoil % 2 :])
        self.said.append(Draft(organisations, payload, agent))
        if how == "together" and len(self.said) < 3:
            return
        named = dict.fromkeys(
            one for said in self.said for one in (said.agent or said.organisations[0], *said.organisations[1:])
        )
        signers = self.find_signers(*named)
        if kind == 5:
            signers = signers[: max(1, len(signers) // 2)]
        elif kind == 6:
            signers += self.find_signers(STRANGER if spoil % 2 else BANK2)
        ahead_ms = (-1, HORIZON_MS * 2)[spoil % 2] if kind == 7 and spoil % 3 else HORIZON_MS // 2
        is_forged = kind == 7 and spoil % 3 == 0
        self.waiting.append(self.ledger.sign(self.said, signers, is_forged, ahead_ms))
        self.said = []
        if how != "later":
            self.make_block()

    def find_signers(self, *organisations: str) -> list[bytes]:
        """The keys of those who sign for these now."""
        meant, time_ms = self.ledger.get_meant(), self.ledger.now_ms + 1
        return [key for organisation in organisations for key in find_signers(meant, organisation, time_ms)]

    def make_block(self) -> None:
        waiting, self.waiting = self.waiting, []
        for signed, decision in zip(waiting, self.ledger.play(waiting) if waiting else (), strict=True):
            assert decision.code != INTERNAL.code
            assert decision.code == 0 or decision.code in REASONS
            if decision.has_leaf and not decision.code:
                self.done.update(command.kind for command in decode(signed).body.commands)
        self.submitted += filter(is_well_formed, waiting)

    def pick(self, n: int, *kinds: int) -> tuple[pb.VoucherRef, Any]:
        """A range, of those with such a lock if there are any."""
        vouchers = self.ledger.list("voucher/", pb.Voucher)
        fitting = {name: voucher for name, voucher in vouchers.items() if voucher.lock.kind in kinds} or vouchers
        name = sorted(fitting)[n % len(fitting)]
        return parse_refs([name])[0], fitting[name]

    def has_vouchers(self) -> bool:
        return any(key.startswith("voucher/") for key in self.ledger.records)

    def has_locks(self) -> bool:
        return any(voucher.HasField("lock") for voucher in self.ledger.list("voucher/", pb.Voucher).values())

    def has_pending(self) -> bool:
        return any(package.stage == pb.PENDING for package in self.ledger.list("package/", pb.Package).values())

    # ------------------------------------------------------------ commands

    @initialize(n=numbers)
    def begin(self, n: int) -> None:
        """Three packages are live, one of them is pledged: else the machine would seldom get beyond an issue."""
        grant = make_line("F-1", purpose=pb.FINANCING, limit_fen=5_000, last_on=DUE)
        self.say((BANK,), grant, "alone", 0)
        for step in range(3):
            self.issue_package(n + 3 + 13 * step, "alone", 0)
            self.answer_pending(0, "accept", "alone", 0)
        self.move_range(4 * (n % 2), "request", 1, "alone", 0)
        for _ in range(3):
            self.answer_request(n, True, "alone", 0)

    @rule(n=numbers, how=hows, spoil=spoils)
    def issue(self, n: int, how: str, spoil: int) -> None:
        self.issue_package(n, how, spoil)

    def issue_package(self, n: int, how: str, spoil: int) -> None:
        self.issued += n % 11 > 0  # a number is used again now and then
        core = (CORE, CORE2)[n % 2]
        uses = [
            pledges_pb2.InvoiceUse(
                fingerprint=bytes([which]) * 32, amount_fen=INVOICE_FEN, occupied_fen=(500, 1000, 2000)[n % 3]
            )
            for which in sorted({n % 7, n // 7 % 7})
        ]
        today = compute_civil_day(self.ledger.now_ms)
        issue = pb.Issue(
            number=f"N-{self.issued}",
            payee=(SUPPLIER, SUPPLIER2)[n // 2 % 2],
            face_fen=sum(use.occupied_fen for use in uses),
            due_on=today + (4, 4, 10, 200)[n // 4 % 4],
            paying_bank=PAYER,
            invoices=uses,
            contract_commitment=COMMITMENT,
            accept_by_ms=self.ledger.now_ms + (HORIZON_MS, DAY_MS)[n % 2],
            long_term_reason="造船" if n // 4 % 4 == 3 else "",
        )
        self.say((core,), issue, how, spoil)

    @precondition(lambda self: self.has_pending() or self.issued % 5 == 0)
    @rule(
        n=numbers,
        answer=answers,
        how=hows,
        spoil=spoils,
    )
    def answer_issue(self, n: int, answer: str, how: str, spoil: int) -> None:
        self.answer_pending(n, answer, how, spoil)

    def answer_pending(self, n: int, answer: str, how: str, spoil: int) -> None:
        packages = self.ledger.list("package/", pb.Package)
        pending = {name: found for name, found in packages.items() if found.stage == pb.PENDING} or packages
        name = sorted(pending)[n % len(pending)]
        package = pending[name]
        prints = [use.fingerprint for use in package.invoices]
        said: dict[str, tuple[str, Message]] = {
            "accept": (package.payee, pb.AcceptIssue(package=name, fingerprints=prints)),
            "refuse": (package.payee, pb.RefuseIssue(package=name)),
            "withdraw": (package.issuer, pb.WithdrawIssue(package=name)),
            "lapse": (BANK2, pb.LapseIssue(package=sorted(packages)[n % len(packages)])),
        }
        actor, payload = said[answer]
        self.say((actor,), payload, how, spoil)

    @precondition(has_vouchers)
    @rule(n=numbers, what=moves, part=st.integers(1, 4), how=hows, spoil=spoils)
    def move(self, n: int, what: str, part: int, how: str, spoil: int) -> None:
        self.move_range(n, what, part, how, spoil)

    def move_range(self, n: int, what: str, part: int, how: str, spoil: int) -> None:
        ref, voucher = self.pick(n, pb.LOCK_KIND_UNSPECIFIED)
        length = ref.end - ref.start + 1
        amount, form = max(1, length // part), FORMS[n % 4]
        until_ms = self.ledger.now_ms + (HORIZON_MS, DAY_MS)[n % 2]
        receiver = SUPPLIER2 if voucher.holder == SUPPLIER else SUPPLIER
        bank = BANK2 if voucher.holder == BANK or n % 2 else BANK
        said: dict[str, Message] = {
            "split": pb.Split(voucher=ref, first_fen=amount),
            "transfer": pb.Transfer(
                voucher=ref, amount_fen=amount, receiver=receiver, trade_commitment=COMMITMENT, answer_by_ms=until_ms
            ),
            "request": pb.RequestFinancing(
                voucher=ref, amount_fen=amount, bank=bank, form=form, terms_commitment=COMMITMENT,
                secured_fen=1 + n % amount if form == pb.PLEDGE else 0, answer_by_ms=until_ms,
            ),
        }  # fmt: skip
        self.say((voucher.holder,), said[what], how, spoil)

    @precondition(has_locks)
    @rule(n=numbers, is_right=st.sampled_from((True, True, True, False)), how=hows, spoil=spoils)
    def answer(self, n: int, is_right: bool, how: str, spoil: int) -> None:
        self.answer_request(n, is_right, how, spoil)

    def answer_request(self, n: int, is_right: bool, how: str, spoil: int) -> None:
        locks = (pb.TRANSFER_REQUESTED, pb.FINANCING_REQUESTED, pb.FINANCING_TAKEN, pb.FINANCING_REGISTERED)
        ref, voucher = self.pick(n, *locks)
        until_ms, today = self.ledger.now_ms + (HORIZON_MS, DAY_MS)[n % 2], compute_civil_day(self.ledger.now_ms)
        other = voucher.lock.counterparty or BANK
        answers: list[tuple[str, Message]] = [
            (other, pb.AcceptTransfer(voucher=ref)),
            (other, pb.TakeFinancing(voucher=ref, terms_commitment=COMMITMENT, register_by_ms=until_ms)),
            (
                other,
                pb.RegisterFinancing(
                    voucher=ref,
                    registration_number=f"{n % 50:020d}",
                    filed_at_ms=self.ledger.now_ms,
                    pay_by_ms=until_ms,
                ),
            ),
            (other, pb.PayOut(voucher=ref, payment_commitment=COMMITMENT, value_on=today)),
            (other, pb.RefuseTransfer(voucher=ref)),
            (voucher.holder, pb.WithdrawTransfer(voucher=ref)),
            (other, pb.RefuseFinancing(voucher=ref)),
            (voucher.holder, pb.WithdrawFinancing(voucher=ref)),
        ]
        due = max(0, voucher.lock.kind - 1)
        actor, payload = answers[due if is_right else n % len(answers)]
        self.say((actor,), payload, how, spoil)

    @precondition(lambda self: any(key.startswith("claim/") for key in self.ledger.records))
    @rule(n=numbers, how=hows, spoil=spoils)
    def release(self, n: int, how: str, spoil: int) -> None:
        claims = self.ledger.list("claim/", pledges_pb2.Claim)
        asset = sorted(claims)[n % len(claims)]
        ref = parse_refs([asset.removeprefix("voucher:")])[0]
        self.say((claims[asset].pledgee,), pb.Release(voucher=ref), how, spoil)

    @precondition(has_vouchers)
    @rule(n=numbers, part=st.integers(1, 3), is_early=st.sampled_from((False, False, True)), how=hows, spoil=spoils)
    def pay_range(self, n: int, part: int, is_early: bool, how: str, spoil: int) -> None:
        ref, voucher = self.pick(n, pb.LOCK_KIND_UNSPECIFIED)
        package = self.ledger.get(pb.Package, f"package/{ref.package}")
        claim = self.ledger.get(pledges_pb2.Claim, f"claim/{compute_asset_key(ref)}")
        owed = compute_owed(package, voucher, ref)
        amount = owed if is_early else max(1, owed // part)
        pledgee_fen = compute_pledgee_part(package, voucher, ref, claim, amount)
        payees = compute_payees(voucher, claim, pledgee_fen, amount)
        for payee in payees:
            account = self.ledger.get(pb.PayeeAccount, f"account/{payee.organisation}")
            payee.account_commitment = account.account_commitment if account else b""
        if is_early:
            prepay = pb.Prepay(voucher=ref, payees=payees, payment_commitment=COMMITMENT)
            self.say((package.issuer, package.paying_bank), prepay, how, spoil)
        else:
            pay = pb.PayVoucher(voucher=ref, amount_fen=amount, payees=payees, payment_commitment=COMMITMENT)
            self.say((package.paying_bank,), pay, how, spoil)

    @precondition(has_vouchers)
    @rule(n=numbers, part=st.integers(1, 3), how=hows, spoil=spoils)
    def pay_package(self, n: int, part: int, how: str, spoil: int) -> None:
        name = self.pick(n)[0].package
        package = self.ledger.get(pb.Package, f"package/{name}")
        amount = max(1, (package.face_fen - package.paid_fen) // part)
        pay = pb.PayPackage(package=name, amount_fen=amount, payment_commitment=COMMITMENT)
        self.say((package.paying_bank,), pay, how, spoil)

    # ------------------------------------------------------------ every command of the table

    @rule(seed=seeds, spoil=spoils)
    def speak(self, seed: int, spoil: int) -> None:
        """Some things about vouchers in one block, now and then by somebody who has a mandate, or had one."""
        chance, now_ms, meant = random.Random(seed), self.ledger.now_ms, self.ledger.get_meant()
        for _ in range(5):
            moment = Moment(
                people=(SUPPLIER, SUPPLIER2), banks=(BANK, BANK2), numbers=("A-1", "A-2"), face_fen=1_000,
                now_ms=now_ms, next_ms=now_ms + chance.choice((HORIZON_MS, DAY_MS)), financing_line=f"{BANK}.F-1",
                issuing_line=chance.choice(("", f"{BANK}.L-1")),
            )  # fmt: skip
            attempt = draw_voucher_attempt(meant, moment, chance)
            if attempt is not None:
                agents = ["", "", *find_agents(meant, attempt.organisations[0])]
                self.say(attempt.organisations, attempt.command, "later", 0, chance.choice(agents))
        self.spoil_one(draw_voucher_attempt(meant, moment, chance), spoil)

    @rule(seed=seeds, spoil=spoils)
    def govern(self, seed: int, spoil: int) -> None:
        """Some things about members, keys, votes, mandates and credentials in one block."""
        chance, now_ms, meant = random.Random(seed), self.ledger.now_ms, self.ledger.get_meant()
        for _ in range(4):
            attempt = draw_identity_attempt(meant, CIRCLE, now_ms, chance)
            if attempt is not None:
                self.say(attempt.organisations, attempt.command, "later", 0)
        self.spoil_one(draw_identity_attempt(meant, CIRCLE, now_ms, chance), spoil)

    def spoil_one(self, attempt: Attempt | None, spoil: int) -> None:
        """Something strange of the same sort, and the block is made."""
        if attempt is not None and spoil:
            self.say(attempt.organisations, attempt.command, "later", spoil)
        self.make_block()

    # ------------------------------------------------------------ time, the registrar, strangers, and once more

    @rule(n=numbers, what=disturbances)
    def disturb(self, n: int, what: str) -> None:
        if what == "wait":
            self.make_block()
            self.ledger.now_ms += (1, HORIZON_MS, HORIZON_MS, DAY_MS, 2 * DAY_MS, 9 * DAY_MS)[n % 6]
        elif what == "status":
            status = identity_pb2.SUSPENDED if n % 4 == 0 else identity_pb2.ACTIVE
            member = (SUPPLIER, SUPPLIER2, BANK2, CORE2)[n // 4 % 4]
            said = identity_pb2.SetOrganisationStatus(organisation=member, status=status)
            self.say((REGISTRAR if n % 7 else BANK,), said, "alone", 0)
        elif what == "repeat" and self.submitted:
            self.repeat(self.submitted[-1 - n % len(self.submitted)])
        else:
            junk = (b"", b"junk", b"\x0a\x00", b"\xff" * n)[n % 4]
            (decision,) = self.ledger.play([junk])
            assert decision.code == MALFORMED_TRANSACTION.code

    def repeat(self, signed: bytes) -> None:
        """What was decided keeps its decision, and nothing happens; what was not may be decided now."""
        stored = self.ledger.store.read_transaction(decode(signed).id)
        before = self.ledger.application.head
        (decision,) = self.ledger.play([signed])
        if stored is not None:
            assert self.ledger.application.head == before
            assert decision.code in (stored.decision.code, EXPIRED.code)

    # ------------------------------------------------------------ what holds

    @invariant()
    def a_scan_of_all_records_agrees(self) -> None:
        if self.checked == (self.ledger.application.head.height, self.ledger.now_ms):
            return
        self.checked = (self.ledger.application.head.height, self.ledger.now_ms)
        whole_ledger.check_all_records(self.ledger)
        holder = (SUPPLIER, SUPPLIER2, BANK, BANK2)[self.ledger.now_ms % 4]
        requests = (
            node_pb2.ListVouchersRequest(holder=holder, page_size=500),
            node_pb2.ListVouchersRequest(issuer=CORE, stage=pb.LIVE, page_size=500),
            node_pb2.ListVouchersRequest(circulation=pb.LOCKED, counterparty=BANK, page_size=500),
        )
        checks = (view_checks.check_books, view_checks.check_one_by_one, view_checks.check_members)
        turn = self.ledger.application.head.height % 4
        if turn == len(checks):
            view_checks.check_vouchers(self.ledger, requests[self.ledger.application.head.height // 4 % 3])
        else:
            checks[turn](self.ledger)

    @invariant()
    def nobody_passes_a_daily_limit(self) -> None:
        for name, body in self.ledger.list("daily/", identity_pb2.DailySum).items():
            assert not name.startswith(SUPPLIER2) or body.sum_fen <= DAILY_LIMIT_FEN


class MarketOnPostgresql(Market):
    """The same market, whose ledger lies on the other database."""

    def open_ledger(self) -> WholeLedger:
        self.database = ExitStack()
        return WholeLedger(self.database.enter_context(make_database(POSTGRESQL, Path())))

    def teardown(self) -> None:
        with self.database:
            super().teardown()


def live(seed: int) -> Counter[int]:
    """One long life by dice alone, in which everybody says much; what was done, by command kind."""
    market, chance = Market(), random.Random(seed)
    try:
        market.begin(seed)
        for _ in range(STEPS):
            n = chance.randrange(2**16)
            said = chance.random()
            if said < 0.65:
                market.speak(n, 0)
            elif said < 0.75:
                market.govern(n, 0)
            elif said < 0.85:
                market.issue_package(n, "alone", 0)
                market.answer_pending(n, "accept", "alone", 0)
            elif said < 0.95:
                market.answer_request(n, True, "alone", 0)
            else:
                market.disturb(n, "wait")
            market.a_scan_of_all_records_agrees()
            market.nobody_passes_a_daily_limit()
    finally:
        market.teardown()
    return market.done


def test_long_lives_in_which_most_commands_are_done_keep_it_too():
    done = sum(map(live, range(LIVES)), Counter[int]())
    assert len(COMMANDS.keys() & done.keys()) >= KINDS_DONE


TestMarket = Market.TestCase
TestMarket.settings = settings(max_examples=24, stateful_step_count=45, deadline=None)
TestMarketOnPostgresql = MarketOnPostgresql.TestCase
TestMarketOnPostgresql.settings = settings(max_examples=5, stateful_step_count=25, deadline=None)
