"""What all scenes share: say something and expect it done, or refused by its number; both stand in the scene's table.

A scene prepares what it needs without a word, and what prepares it must be done. What it shows is a *moment*: done, or
refused, or the first outcome of the same bytes again. Another outcome than the wanted one makes the demo fail.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import Message

from examples.demo.cast import Cast, Member
from examples.demo.drive import Driver
from examples.demo.evidence import Evidence
from examples.demo.steps import (
    ANSWER,
    DAY_MS,
    Step,
    World,
    build_step,
    commit,
    compute_clock_ms,
    compute_invoice_number,
)
from hefu.v1 import node_pb2 as node
from hefu.v1 import pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from ledger.errors import Reason
from nodes.cli.values import show_day
from nodes.client import Client
from pledges.fingerprints import FULLY_DIGITAL, compute_fingerprint

YUAN = 100
FACE_FEN = 1_000_000 * YUAN
TERM_DAYS = 60  # as much as the rulebook gives an enterprise that owes a small one
WAIT_MS = 5 * DAY_MS
LINE_DAYS = 90
DONE = "done 完成"
AGAIN = "first outcome 首次结果, no new leaf"


class SceneFailed(Exception):
    """What prepares a scene was itself refused."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that was tried. `answer` is shown; `is_right`: it is the wanted one; `leaf` None: it left no trace."""

    english: str
    chinese: str
    answer: str
    wanted: str
    is_right: bool
    is_attack: bool
    leaf: int | None = None

    def to_plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "english": self.english,
            "chinese": self.chinese,
            "wanted": self.wanted,
            "got": self.answer,
            "is_attack": self.is_attack,
            "leaf": self.leaf,
        }


@dataclass(slots=True)
class Scene:
    """A title, what happened, and what is worth saying below it: in both languages; `figures`: rows, heads first."""

    english: str
    chinese: str
    moments: list[Moment] = field(default_factory=list)
    remarks: list[tuple[str, str]] = field(default_factory=list)
    figures: list[tuple[str, ...]] = field(default_factory=list)

    def to_plain(self) -> dict[str, Any]:
        """As JSON."""
        moments = [moment.to_plain() for moment in self.moments]
        return {"english": self.english, "chinese": self.chinese, "moments": moments}


class Stage:
    """Where scenes play: members speak through a driver, on days after the last payment of the sample."""

    def __init__(self, driver: Driver, evidence: Evidence, world: World) -> None:
        self.driver = driver
        self.evidence = evidence
        self.world = world
        self._invoices = 0
        self.scene = Scene("", "")
        self.paid_fen = 0  # by all scenes, prepaying whole ranges at face

    @property
    def cast(self) -> Cast:
        """Who takes part."""
        return self.world.cast

    @property
    def client(self) -> Client:
        """The connection to the node."""
        return self.driver.client

    @property
    def deadline_ms(self) -> int:
        """Five days from now."""
        return compute_clock_ms(self.driver.day) + WAIT_MS

    @property
    def now(self) -> str:
        """An hour after the clock of the day, as a verifier says it."""
        return f"{show_day(self.driver.day)}T10:00"

    def open(self, english: str, chinese: str) -> Scene:
        """Begin a scene; what follows belongs to it."""
        self.scene = Scene(english, chinese)
        return self.scene

    def wait_a_day(self) -> None:
        """The registrar sets the clock to the next morning."""
        self.driver.advance(self.driver.day + 1)

    # ------------------------------------------------------------ saying something

    def do(self, members: Sequence[Member], payload: Message, english: str = "", chinese: str = "") -> node.Receipt:
        """Must be done; shown where there are words for it."""
        receipt = self.submit(self.sign(members, payload))
        if receipt.HasField("refusal") and not english:
            refusal = receipt.refusal
            raise SceneFailed(f"{payload.DESCRIPTOR.name} was refused: {refusal.code} {refusal.name}")
        if english:
            self.note(english, chinese, receipt)
        if isinstance(payload, pb.Prepay):
            self.paid_fen += payload.voucher.end - payload.voucher.start + 1
        return receipt

    def refuse(self, members: Sequence[Member], payload: Message, wanted: Reason, english: str, chinese: str) -> None:
        """Must be refused, for this reason."""
        self.note(english, chinese, self.submit(self.sign(members, payload)), wanted)

    def note(
        self, english: str, chinese: str, receipt: node.Receipt, wanted: Reason | None = None, is_again: bool = False
    ) -> None:
        """Show how the ledger answered. `is_again`: the same bytes must get their first outcome."""
        text = f"{wanted.code} {wanted.name}" if wanted else AGAIN if is_again else DONE
        refusal, leaf = receipt.refusal, receipt.index if receipt.has_leaf else None
        answer = f"{refusal.code} {refusal.name}" if refusal.code else AGAIN if receipt.is_duplicate else DONE
        is_attack = wanted is not None or is_again
        self.scene.moments.append(Moment(english, chinese, answer, text, answer == text, is_attack, leaf))

    def note_try(self, english: str, chinese: str, answer: str, is_right: bool) -> None:
        """Show an attack that never reached the ledger, and what came of it."""
        self.scene.moments.append(Moment(english, chinese, answer, answer, is_right, is_attack=True))

    def remark(self, english: str, chinese: str) -> None:
        """Worth saying below the table."""
        self.scene.remarks.append((english, chinese))

    def sign(self, members: Sequence[Member], payload: Message) -> bytes:
        """Signed bytes of a command of the first member to which the others consent."""
        return self.driver.sign(self.step(members, payload))

    def step(self, members: Sequence[Member], payload: Message) -> Step:
        """The command before it is signed."""
        return build_step(self.driver.day, ANSWER, "", members, payload)

    def submit(self, signed: bytes) -> node.Receipt:
        """One transaction, as it is."""
        return self.client.submit_all([[signed]])[0]

    # ------------------------------------------------------------ what scenes are made of

    def grant(self, grantor: Member, holder: Member, number: str, limit_fen: int, group: str = "") -> pb.GrantLine:
        """A revolving line to issue under, for three months."""
        last_on = self.driver.day + LINE_DAYS
        return pb.GrantLine(
            number=number,
            holder=holder.id,
            purpose=pb.ISSUING,
            limit_fen=limit_fen,
            revolving=True,
            last_on=last_on,
            group=group,
        )

    def issue(self, number: str, use: pledges_pb2.InvoiceUse, line: str, term_days: int = TERM_DAYS) -> pb.Issue:
        """An offer to the supplier, for what is used of an invoice."""
        return pb.Issue(
            number=number,
            payee=self.cast.supplier.id,
            face_fen=use.occupied_fen,
            due_on=self.driver.day + term_days,
            paying_bank=self.cast.clearing_bank.id,
            invoices=[use],
            contract_commitment=commit(f"contract {number}"),
            accept_by_ms=self.deadline_ms,
            line=line,
        )

    def new_use(self, amount_fen: int = FACE_FEN) -> pledges_pb2.InvoiceUse:
        """The use of the whole of an invoice that nobody has seen yet."""
        fingerprint = self.fingerprint(self.new_invoice())
        return pledges_pb2.InvoiceUse(fingerprint=fingerprint, amount_fen=amount_fen, occupied_fen=amount_fen)

    def new_invoice(self) -> str:
        """The number of an invoice that nobody has seen yet; the sample has none of these."""
        self._invoices += 1
        return compute_invoice_number(f"{9_999_999_900 + self._invoices}", self.driver.day)

    def fingerprint(self, number: str) -> bytes:
        """What stands on the ledger in place of an invoice of the supplier."""
        return compute_fingerprint(self.world.members_key, FULLY_DIGITAL, self.cast.supplier.id, "", number)

    def live(self, issuer: Member, number: str, use: pledges_pb2.InvoiceUse) -> pb.VoucherRef:
        """Without a word: a line, an offer under it, and its acceptance; the whole package."""
        bank = self.cast.banks[0]
        self.do([bank], self.grant(bank, issuer, number, use.occupied_fen))
        self.do([issuer], self.issue(number, use, f"{bank.id}.{number}"))
        package = f"{issuer.id}.{number}"
        self.do([self.cast.supplier], pb.AcceptIssue(package=package, fingerprints=[use.fingerprint]))
        return pb.VoucherRef(package=package, start=1, end=use.occupied_fen)

    def request(
        self, ref: pb.VoucherRef, bank: Member, form: pb.FinancingForm, terms: bytes, secured_fen: int = 0
    ) -> pb.RequestFinancing:
        """The holder asks one bank for money on a whole range."""
        return pb.RequestFinancing(
            voucher=ref,
            amount_fen=ref.end - ref.start + 1,
            bank=bank.id,
            form=form,
            secured_fen=secured_fen,
            terms_commitment=terms,
            answer_by_ms=self.deadline_ms,
        )

    def pay_out(self, request: pb.RequestFinancing, bank: Member, asked_ms: int) -> node.Receipt:
        """Without a word: the bank takes, registers and pays what was requested."""
        ref = request.voucher
        take = pb.TakeFinancing(voucher=ref, register_by_ms=self.deadline_ms)
        take.terms_commitment = request.terms_commitment
        self.do([bank], take)
        register = pb.RegisterFinancing(voucher=ref, filed_at_ms=asked_ms, pay_by_ms=self.deadline_ms)
        register.registration_number = self.world.next_registration()
        self.do([bank], register)
        paid = pb.PayOut(voucher=ref, payment_commitment=commit("reference, account, net"), value_on=self.driver.day)
        return self.do([bank], paid)

    def transfer(self, ref: pb.VoucherRef, receiver: Member) -> pb.Transfer:
        """The holder hands a whole range on."""
        return pb.Transfer(
            voucher=ref,
            amount_fen=ref.end - ref.start + 1,
            receiver=receiver.id,
            trade_commitment=commit("order, invoice and delivery"),
            answer_by_ms=self.deadline_ms,
        )


def cut(whole: pb.VoucherRef, first_fen: int) -> tuple[pb.VoucherRef, pb.VoucherRef]:
    """The two ranges that a cut leaves."""
    middle = whole.start + first_fen - 1
    first = pb.VoucherRef(package=whole.package, start=whole.start, end=middle)
    return first, pb.VoucherRef(package=whole.package, start=middle + 1, end=whole.end)


def new_salt() -> bytes:
    """What only the two who agree on terms know."""
    return secrets.token_bytes(32)
