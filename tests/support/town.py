"""A small town on a running node with a simulated clock, for stories that are told through the client library.

A core enterprise owes, three suppliers hold, two banks lend, a third bank pays, a registrar sets the clock. Every story
begins on Monday 2 March 2026 at nine in the morning in Shanghai; what is due on 1 April is paid from 31 March on.
"""

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message

from hefu.v1 import identity_pb2, pledges_pb2, reports_pb2
from hefu.v1 import node_pb2 as node
from hefu.v1 import receivables_pb2 as pb
from ledger.errors import Reason
from nodes.client import AsyncClient, Draft, Refused
from nodes.directory import init_node
from nodes.genesis_file import Founder, build_electorate, build_genesis, build_identity_rules, build_policy, make_uscc
from nodes.keys import Key, make_key
from nodes.reports.sums import compute_issuer_sums
from nodes.wiring import REASONS
from pledges.fingerprints import FULLY_DIGITAL, compute_fingerprint
from receivables.days import compute_start_ms
from tests.support.running import running

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
FACE_FEN = 100_000_000
MEMBERS_KEY = bytes(range(32))


def to_day(text: str) -> int:
    """An ISO date as a civil day."""
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


MONDAY, DUE_DAY, CUT_OFF_DAY = to_day("2026-03-02"), to_day("2026-04-01"), to_day("2026-03-31")


def compute_morning_ms(day: int) -> int:
    """Nine o'clock in Shanghai on a civil day."""
    return compute_start_ms(day) + 9 * HOUR_MS


def commit(text: str) -> bytes:
    """A salted commitment to a document that stays with its readers."""
    return sha256(secrets.token_bytes(32) + text.encode()).digest()


@dataclass(frozen=True)
class Member:
    """An organisation: its id, what it may do, the keys of those who usually sign, and one key more."""

    id: str
    name: str
    roles: tuple[identity_pb2.Role, ...]
    keys: tuple[Key, ...]
    other_keys: tuple[Key, ...] = ()

    @property
    def founder(self) -> Founder:
        """As genesis admits it."""
        return Founder(self.id, self.name, self.roles, (*self.keys, *self.other_keys), build_policy(len(self.keys)))


def make_pair(number: int, name: str, *roles: identity_pb2.Role) -> Member:
    """An organisation of maker and checker; the maker has a second key, with the role of checker."""
    organisation = make_uscc(number)
    maker = make_key(organisation, "maker", [identity_pb2.MAKER])
    checker = make_key(organisation, "checker", [identity_pb2.CHECKER])
    second = make_key(organisation, "maker", [identity_pb2.CHECKER], maker.person_salt)
    return Member(organisation, name, roles, (maker, checker), (second,))


def make_small(number: int, name: str, clerks: int = 1) -> Member:
    """A small enterprise of which any one person may sign."""
    organisation = make_uscc(number)
    keys = [make_key(organisation, f"owner {place}", [identity_pb2.OWNER]) for place in range(clerks)]
    return Member(organisation, name, (identity_pb2.SUPPLIER,), (keys[0],), tuple(keys[1:]))


class Town:
    """Members, and what they say to their node."""

    def __init__(self) -> None:
        roles = identity_pb2
        self.registrar = make_pair(1, "登记处", roles.REGISTRAR)
        self.core = make_pair(2, "核心企业", roles.CORE_ENTERPRISE)
        self.supplier = make_small(3, "一级供应商", clerks=4)
        self.second_supplier = make_small(4, "二级供应商")
        self.thief = make_small(5, "路人")
        self.bank = make_pair(6, "甲银行", roles.BANK)
        self.other_bank = make_pair(7, "乙银行", roles.BANK)
        self.paying_bank = make_pair(8, "清算银行", roles.CLEARING_BANK)
        self.members = (
            self.registrar, self.core, self.supplier, self.second_supplier, self.thief,
            self.bank, self.other_bank, self.paying_bank,
        )  # fmt: skip
        self.voters = (self.registrar, self.core, self.bank, self.other_bank)
        self.now_ms = compute_morning_ms(MONDAY)
        self.registrations = 0
        self.proposals = 0
        self.client: AsyncClient = None  # type: ignore[assignment]  # set while the node runs

    # ------------------------------------------------------------ saying

    async def sign(self, actor: Member, payload: Message, *consenting: Member, keys: Sequence[Key] = ()) -> bytes:
        """Signed bytes of one command, by these keys or by those who usually sign."""
        members = (actor, *consenting)
        chosen = keys or [key for member in members for key in member.keys]
        draft = Draft(tuple(member.id for member in members), payload)
        return await self.client.sign([draft], [key.seed for key in chosen])

    async def say(self, actor: Member, payload: Message, *consenting: Member) -> node.Receipt:
        """What is said is done; the receipt."""
        return await self.client.submit(await self.sign(actor, payload, *consenting))

    async def refusal(
        self, actor: Member, payload: Message, *consenting: Member, keys: Sequence[Key] = ()
    ) -> tuple[Reason, str]:
        """What is said is refused: why, and the field at fault."""
        return await self.refusal_of(await self.sign(actor, payload, *consenting, keys=keys))

    async def refusal_of(self, signed: bytes) -> tuple[Reason, str]:
        """These bytes are refused, in both languages: why, and the field at fault."""
        with pytest.raises(Refused) as caught:
            await self.client.submit(signed)
        refused = caught.value
        reason = REASONS[refused.code]
        assert (refused.name, refused.english, refused.chinese) == (reason.name, reason.english, reason.chinese)
        assert (refused.field == 0) == (refused.field_name == "")
        return reason, refused.field_name

    async def wait_until(self, now_ms: int) -> None:
        """The registrar sets the clock."""
        await self.say(self.registrar, identity_pb2.AdvanceClock(now_ms=now_ms))
        self.now_ms = now_ms

    async def wait_for_morning(self, day: int) -> None:
        """It is nine o'clock on this civil day."""
        await self.wait_until(compute_morning_ms(day))

    # ------------------------------------------------------------ voting

    def propose(self, **change: Any) -> identity_pb2.Propose:
        """A proposal of one change, open for a day."""
        self.proposals += 1
        governed = identity_pb2.GovernedChange(**change)
        return identity_pb2.Propose(number=f"P-{self.proposals}", change=governed, expires_at_ms=self.now_ms + DAY_MS)

    def vote(self, proposer: Member, proposal: identity_pb2.Propose, is_yes: bool = True) -> identity_pb2.Vote:
        """A vote on what a member has proposed."""
        ballot = identity_pb2.BALLOT_YES if is_yes else identity_pb2.BALLOT_NO
        digest = sha256(proposal.change.SerializeToString(deterministic=True)).digest()
        return identity_pb2.Vote(proposal=f"{proposer.id}.{proposal.number}", ballot=ballot, change_digest=digest)

    async def decide(self, *voters: Member, **change: Any) -> node.Receipt:
        """The first proposes a change, and the others vote for it, until it has happened."""
        proposer, *others = voters
        proposal = self.propose(**change)
        receipt = await self.say(proposer, proposal)
        for voter in others:
            receipt = await self.say(voter, self.vote(proposer, proposal))
        return receipt

    async def record(self, key: str) -> bytes:
        """The body of a record that nothing lapses."""
        view = await self.client.ask(self.client.ledger.GetRecord, node.GetRecordRequest(key=key))
        return view.record.body

    # ------------------------------------------------------------ what they say

    def use(self, invoice: str, amount_fen: int = FACE_FEN, share_fen: int = 0, seller: str = "") -> Any:
        """The use of an invoice of the supplier's, by its 20 digits."""
        fingerprint = compute_fingerprint(MEMBERS_KEY, FULLY_DIGITAL, seller or self.supplier.id, "", invoice)
        return pledges_pb2.InvoiceUse(
            fingerprint=fingerprint, amount_fen=amount_fen, occupied_fen=share_fen or amount_fen
        )

    def issue(self, number: str, due_on: int = DUE_DAY, uses: Sequence[Any] = (), **changes: Any) -> pb.Issue:
        """The core enterprise's undertaking to the supplier."""
        found = list(uses) or [self.use(sha256(number.encode()).hexdigest()[:20].translate(LETTERS_TO_DIGITS))]
        command = pb.Issue(
            number=number,
            payee=self.supplier.id,
            face_fen=sum(use.occupied_fen for use in found),
            due_on=due_on,
            paying_bank=self.paying_bank.id,
            invoices=found,
            contract_commitment=commit("contract"),
            accept_by_ms=self.now_ms + DAY_MS,
        )
        command.MergeFrom(pb.Issue(**changes))
        return command

    def accept(self, issue: pb.Issue) -> pb.AcceptIssue:
        """The payee's answer, with the fingerprints of its own copies."""
        prints = [use.fingerprint for use in issue.invoices]
        return pb.AcceptIssue(package=f"{self.core.id}.{issue.number}", fingerprints=prints)

    async def live(self, number: str, due_on: int = DUE_DAY, uses: Sequence[Any] = ()) -> pb.VoucherRef:
        """A voucher that was issued and accepted: its whole range."""
        issue = self.issue(number, due_on, uses)
        await self.say(self.core, issue)
        await self.say(self.supplier, self.accept(issue))
        return pb.VoucherRef(package=f"{self.core.id}.{number}", start=1, end=issue.face_fen)

    def transfer(self, ref: pb.VoucherRef, receiver: Member, amount_fen: int = 0) -> pb.Transfer:
        """The whole range, or a first piece, is offered to a receiver."""
        return pb.Transfer(
            voucher=ref,
            amount_fen=amount_fen or ref.end - ref.start + 1,
            receiver=receiver.id,
            trade_commitment=commit("order, invoice and delivery"),
            answer_by_ms=self.now_ms + DAY_MS,
        )

    def request(
        self, ref: pb.VoucherRef, bank: Member, form: pb.FinancingForm = pb.PLEDGE, secured_fen: int = 80_000_000
    ) -> pb.RequestFinancing:
        """The whole range is offered to a bank."""
        return pb.RequestFinancing(
            voucher=ref,
            amount_fen=ref.end - ref.start + 1,
            bank=bank.id,
            form=form,
            secured_fen=secured_fen if form == pb.PLEDGE else 0,
            terms_commitment=commit("terms"),
            answer_by_ms=self.now_ms + DAY_MS,
        )

    def take(self, request: pb.RequestFinancing) -> pb.TakeFinancing:
        """The bank's consent to the terms."""
        return pb.TakeFinancing(
            voucher=request.voucher, terms_commitment=request.terms_commitment, register_by_ms=self.now_ms + DAY_MS
        )

    def register(self, ref: pb.VoucherRef, filed_at_ms: int, number: str = "") -> pb.RegisterFinancing:
        """The bank's filing in 中登网."""
        self.registrations += 1
        return pb.RegisterFinancing(
            voucher=ref,
            registration_number=number or f"{self.registrations:020d}",
            filed_at_ms=filed_at_ms,
            pay_by_ms=self.now_ms + DAY_MS,
        )

    def pay_out(self, ref: pb.VoucherRef, value_on: int = MONDAY) -> pb.PayOut:
        """The bank's payment to the holder."""
        return pb.PayOut(voucher=ref, payment_commitment=commit("reference, account, net"), value_on=value_on)

    async def finance_up_to(self, step: str, request: pb.RequestFinancing, holder: Member, bank: Member) -> None:
        """Request, take, register and pay out, up to a step."""
        asked = await self.say(holder, request)
        if step == "request":
            return
        await self.say(bank, self.take(request))
        if step == "take":
            return
        await self.say(bank, self.register(request.voucher, asked.time_ms))
        if step == "pay out":
            await self.say(bank, self.pay_out(request.voucher))

    def pay(self, ref: pb.VoucherRef, *payees: tuple[Member, int]) -> pb.PayVoucher:
        """The paying bank pays on a range."""
        named = [pb.Payee(organisation=payee.id, amount_fen=amount_fen) for payee, amount_fen in payees]
        total = sum(amount_fen for _, amount_fen in payees)
        return pb.PayVoucher(voucher=ref, amount_fen=total, payees=named, payment_commitment=commit("payment"))

    def pay_package(self, package: str, amount_fen: int) -> pb.PayPackage:
        """The paying bank pays on the whole package."""
        return pb.PayPackage(package=package, amount_fen=amount_fen, payment_commitment=commit("payment"))

    def prepay(self, ref: pb.VoucherRef, *payees: tuple[Member, int]) -> pb.Prepay:
        """The issuer pays a range early."""
        named = [pb.Payee(organisation=payee.id, amount_fen=amount_fen) for payee, amount_fen in payees]
        return pb.Prepay(voucher=ref, payees=named, payment_commitment=commit("payment"))

    # ------------------------------------------------------------ seeing

    async def voucher(self, ref: pb.VoucherRef) -> node.VoucherView:
        """A range as the node shows it."""
        return await self.client.ask(self.client.vouchers.GetVoucher, node.GetVoucherRequest(voucher=ref))

    async def package(self, package: str) -> node.PackageView:
        """A package as the node shows it."""
        return await self.client.ask(self.client.vouchers.GetPackage, node.GetPackageRequest(package=package))

    async def trace(self, package: str) -> node.PackageTrace:
        """All ranges of a package and its history."""
        return await self.client.ask(self.client.vouchers.TracePackage, node.TracePackageRequest(package=package))

    async def lent_by(self, bank: Member) -> tuple[int, int]:
        """How many live claims a bank has, and what they secure together (分)."""
        request = node.GetTotalsRequest(organisation=bank.id)
        totals = await self.client.ask(self.client.vouchers.GetLenderTotals, request)
        return totals.claims, totals.secured_fen

    async def owed_by(self, issuer: Member) -> int:
        """What an issuer has not paid yet (分); its report sums to it."""
        request = node.GetTotalsRequest(organisation=issuer.id)
        totals = await self.client.ask(self.client.vouchers.GetIssuerTotals, request)
        listed = reports_pb2.ListIssuedRequest(issuer=issuer.id)
        assert compute_issuer_sums((await self.client.ask(self.client.reports.ListIssued, listed)).packages) == totals
        return totals.unpaid_fen


LETTERS_TO_DIGITS = str.maketrans("abcdef", "012345")


@asynccontextmanager
async def open_town(
    folder: Path,
    rules: identity_pb2.IdentityRules | None = None,
    authorities: Sequence[identity_pb2.AuthorityChange] = (),
    **settings: Any,
) -> AsyncIterator[Town]:
    """A town whose node runs. The registrar, the core enterprise and two banks vote; three of them decide."""
    town = Town()
    founders = [member.founder for member in town.members]
    genesis = build_genesis(
        "town.hefu",
        town.now_ms,
        founders,
        simulated_clock=True,
        identity_rules=rules or build_identity_rules(),
        electorate=build_electorate([voter.id for voter in town.voters]),
        authorities=authorities,
    )
    init_node(folder / "data", genesis, {"listen": "127.0.0.1:0", "processes": 1, "block_gather_ms": 1, **settings})
    async with running(folder / "data") as served, AsyncClient(f"127.0.0.1:{served.port}") as client:
        town.client = client
        yield town
