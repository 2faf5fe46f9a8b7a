"""What must be refused, and by which number. Each attack is what a thief or a careless clerk would really submit.

They run on one day after the last payment, on a voucher of their own: an enterprise owes 1 000 000 yuan to the
supplier, who cuts off 400 000, pledges the first piece to a bank and hands the second to tier two. What the attacks
leave behind is what the proofs are about.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import Message

from examples.demo.cast import Cast, Member
from examples.demo.drive import Driver
from examples.demo.steps import ANSWER, DAY_MS, Step, build_step, commit, compute_clock_ms, compute_invoice_number
from hefu.v1 import ledger_pb2, pledges_pb2
from hefu.v1 import node_pb2 as node
from hefu.v1 import receivables_pb2 as pb
from identity import rejections as identity
from ledger import rejections as ledger
from ledger.errors import Reason
from nodes.keys import Key
from pledges import rejections as pledges
from pledges.fingerprints import FULLY_DIGITAL, compute_fingerprint
from receivables import rejections as vouchers

FACE_FEN = 100_000_000
CUT_FEN = 40_000_000
SECURED_FEN = 32_000_000
TERM_DAYS = 90
WAIT_MS = 5 * DAY_MS
NUMBER, SECOND_NUMBER = "SCENE-1", "SCENE-2"
INVOICE, OTHER_INVOICE = "9999999901", "9999999902"
FULL_WIDTH = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})


class SceneFailed(Exception):
    """What prepares an attack was itself refused."""


@dataclass(frozen=True, slots=True)
class Attack:
    """One attempt. `wanted` is None where the same bytes must get their first outcome again."""

    english: str
    chinese: str
    wanted: Reason | None
    receipt: node.Receipt

    @property
    def is_refused_as_wanted(self) -> bool:
        """Whether the ledger answered as it must."""
        if self.wanted is None:
            return self.receipt.is_duplicate and not self.receipt.HasField("refusal")
        return self.receipt.refusal.code == self.wanted.code

    def to_plain(self) -> dict[str, Any]:
        """As JSON."""
        wanted = {"code": self.wanted.code, "name": self.wanted.name} if self.wanted else {"code": 0, "name": ""}
        refusal = self.receipt.refusal
        return {
            "english": self.english,
            "chinese": self.chinese,
            "wanted": wanted,
            "got": {"code": refusal.code, "name": refusal.name},
            "is_duplicate": self.receipt.is_duplicate,
            "has_leaf": self.receipt.has_leaf,
        }


@dataclass(slots=True)
class Scene:
    """What the attacks leave behind, for the proofs."""

    package: str = ""
    pledged: pb.VoucherRef = field(default_factory=pb.VoucherRef)
    moved: pb.VoucherRef = field(default_factory=pb.VoucherRef)
    holder: str = ""
    pledgee: str = ""
    fingerprint: bytes = b""
    other_fingerprint: bytes = b""
    pay_out_id: bytes = b""
    earlier_height: int = 0
    attacks: list[Attack] = field(default_factory=list)


class Attackers:
    """Plays the scene on a driver that stands on a day of its own."""

    def __init__(self, driver: Driver, members_key: bytes, issuer: Member, registration: str) -> None:
        self._driver = driver
        self._cast: Cast = driver.cast
        self._members_key = members_key
        self._issuer = issuer
        self._registration = registration
        self._invoice = compute_invoice_number(INVOICE, driver.day)
        self.scene = Scene(
            holder=self._cast.tier_two[0].id,
            pledgee=self._cast.banks[0].id,
            fingerprint=self._fingerprint(self._invoice),
            other_fingerprint=self._fingerprint(compute_invoice_number(OTHER_INVOICE, driver.day)),
        )

    def play(self) -> Scene:
        """All attacks, in order."""
        self._replay()
        self._forge()
        self._issue_twice()
        self._pledge_twice()
        self._sell_while_moving()
        self._swap_payee()
        return self.scene

    # ------------------------------------------------------------ the attacks

    def _replay(self) -> None:
        issue = self._step([self._issuer], self._build_issue(NUMBER, [self._use(FACE_FEN)]))
        signed = self._driver.sign(issue)
        self._expect_done(self._submit(signed), "the issue")
        size = self._driver.client.status().size
        again = self._submit(signed)
        if self._driver.client.status().size != size:
            raise SceneFailed("a replay added a leaf")
        self._note("a transaction replayed: the same bytes again", "重放: 同一字节再次提交", None, again)
        self.scene.package = f"{self._issuer.id}.{NUMBER}"
        accept = pb.AcceptIssue(package=self.scene.package, fingerprints=[self.scene.fingerprint])
        self._do([self._cast.supplier], accept)
        self._driver.advance(self._driver.day + 1)
        self._note("… and replayed the next day", "……次日再次重放", ledger.EXPIRED, self._submit(signed))

    def _forge(self) -> None:
        step = self._step([self._issuer], self._build_issue("FORGED", [self._use(FACE_FEN)]))
        envelope = ledger_pb2.SignedTransaction.FromString(self._driver.sign(step))
        forged = bytearray(envelope.signatures[0].signature)
        forged[0] ^= 1
        envelope.signatures[0].signature = bytes(forged)
        receipt = self._submit(envelope.SerializeToString(deterministic=True))
        self._note("a forged signature", "伪造签名", ledger.BAD_SIGNATURE, receipt)
        maker, _, second_key_of_maker = self._issuer.keys
        receipt = self._submit_signed_by(step, [maker])
        self._note("an offer by a maker without a checker", "仅经办、无复核的开立", identity.ROLE_MISSING, receipt)
        receipt = self._submit_signed_by(step, [maker, second_key_of_maker])
        self._note(
            "maker and checker are one person with two keys", "经办与复核为同一人", identity.SAME_PERSON, receipt
        )

    def _issue_twice(self) -> None:
        beyond = pledges.INVOICE_OVEROCCUPIED
        seller, number = self._cast.supplier.id.translate(FULL_WIDTH), _space_out(self._invoice.translate(FULL_WIDTH))
        spelled = compute_fingerprint(self._members_key, FULLY_DIGITAL, seller, "", number)
        if spelled != self.scene.fingerprint:
            raise SceneFailed("another spelling gave another fingerprint")
        use = self._use(FACE_FEN)
        receipt = self._try([self._issuer], self._build_issue(SECOND_NUMBER, [use]))
        self._note(
            "a second voucher on one invoice, beyond its amount", "一张发票再次开立, 超过其金额", beyond, receipt
        )
        use.fingerprint = spelled
        receipt = self._try([self._issuer], self._build_issue(SECOND_NUMBER, [use]))
        self._note("… the invoice spelled ９１９９ ９９９… with spaces", "……发票改用全角与空格拼写", beyond, receipt)
        receipt = self._try([self._issuer], self._build_issue(SECOND_NUMBER, [self._use(2 * FACE_FEN)]))
        self._note("… the invoice said to be twice as large", "……虚报发票金额", pledges.INVOICE_AMOUNT_DIFFERS, receipt)

    def _pledge_twice(self) -> None:
        supplier, (first, second, *_) = self._cast.supplier, self._cast.banks
        whole = self._ref(1, FACE_FEN)
        self._do([supplier], pb.Split(voucher=whole, first_fen=CUT_FEN))
        ref = self.scene.pledged = self._ref(1, CUT_FEN)
        self.scene.moved = self._ref(CUT_FEN + 1, FACE_FEN)
        request = self._build_request(ref, first, pb.PLEDGE)
        asked_ms = self._do([supplier], request).time_ms
        receipt = self._try([supplier], self._build_request(ref, second, pb.PLEDGE))
        text = "one range pledged to two banks: one is busy with it", "同一凭证质押给两家银行: 首家办理中"
        self._note(*text, vouchers.VOUCHER_LOCKED, receipt)
        self._pay_out(request, first, asked_ms)
        receipt = self._try([supplier], self._build_request(ref, second, pb.PLEDGE))
        self._note("… the first bank has paid", "……首家已放款", pledges.ASSET_CLAIMED, receipt)

    def _sell_while_moving(self) -> None:
        supplier, bank, ref = self._cast.supplier, self._cast.banks[1], self.scene.moved
        transfer = pb.Transfer(
            voucher=ref,
            amount_fen=FACE_FEN - CUT_FEN,
            receiver=self.scene.holder,
            trade_commitment=commit("order, invoice and delivery"),
            answer_by_ms=self._deadline(),
        )
        self._do([supplier], transfer)
        receipt = self._try([supplier], self._build_request(ref, bank, pb.SALE_WITHOUT_RECOURSE))
        text = "a range sold to a bank while it is being transferred", "转让签收期间又卖给银行"
        self._note(*text, vouchers.VOUCHER_LOCKED, receipt)
        self._do([self._cast.by_id[self.scene.holder]], pb.AcceptTransfer(voucher=ref))
        self.scene.earlier_height = self._driver.client.status().height

    def _swap_payee(self) -> None:
        ref, thief = self.scene.moved, self._cast.tier_three[0].id
        amount = FACE_FEN - CUT_FEN
        prepay = pb.Prepay(
            voucher=ref,
            payees=[pb.Payee(organisation=thief, amount_fen=amount)],
            payment_commitment=commit("payment"),
        )
        receipt = self._try([self._issuer, self._cast.clearing_bank], prepay)
        self._note("a payment to somebody else than the holder", "收款人被调换", vouchers.PAYEE_NOT_OF_RECORD, receipt)
        prepay.voucher.CopyFrom(self.scene.pledged)
        prepay.payees[0].organisation, prepay.payees[0].amount_fen = self._cast.supplier.id, CUT_FEN
        receipt = self._try([self._issuer, self._cast.clearing_bank], prepay)
        text = "a payment past the pledgee, to the pledgor alone", "绕过质权人, 全额付给出质人"
        self._note(*text, vouchers.PAYEE_NOT_OF_RECORD, receipt)

    # ------------------------------------------------------------ what they are made of

    def _pay_out(self, request: pb.RequestFinancing, bank: Member, asked_ms: int) -> None:
        ref, deadline_ms = request.voucher, self._deadline()
        take = pb.TakeFinancing(voucher=ref, terms_commitment=request.terms_commitment, register_by_ms=deadline_ms)
        self._do([bank], take)
        register = pb.RegisterFinancing(
            voucher=ref,
            registration_number=self._registration,
            filed_at_ms=asked_ms,
            pay_by_ms=deadline_ms,
        )
        self._do([bank], register)
        paid = pb.PayOut(voucher=ref, payment_commitment=commit("reference, account, net"), value_on=self._driver.day)
        self.scene.pay_out_id = self._do([bank], paid).id

    def _build_issue(self, number: str, uses: Sequence[pledges_pb2.InvoiceUse]) -> pb.Issue:
        return pb.Issue(
            number=number,
            payee=self._cast.supplier.id,
            face_fen=FACE_FEN,
            due_on=self._driver.day + TERM_DAYS,
            paying_bank=self._cast.clearing_bank.id,
            invoices=uses,
            contract_commitment=commit(f"contract {number}"),
            accept_by_ms=self._deadline(),
        )

    def _build_request(self, ref: pb.VoucherRef, bank: Member, form: pb.FinancingForm) -> pb.RequestFinancing:
        return pb.RequestFinancing(
            voucher=ref,
            amount_fen=ref.end - ref.start + 1,
            bank=bank.id,
            form=form,
            secured_fen=SECURED_FEN if form == pb.PLEDGE else 0,
            terms_commitment=commit("terms"),
            answer_by_ms=self._deadline(),
        )

    def _use(self, amount_fen: int) -> pledges_pb2.InvoiceUse:
        """The scene's invoice, said to be of this amount, used for one face."""
        return pledges_pb2.InvoiceUse(fingerprint=self.scene.fingerprint, amount_fen=amount_fen, occupied_fen=FACE_FEN)

    def _fingerprint(self, number: str) -> bytes:
        return compute_fingerprint(self._members_key, FULLY_DIGITAL, self._cast.supplier.id, "", number)

    def _deadline(self) -> int:
        return compute_clock_ms(self._driver.day) + WAIT_MS

    def _ref(self, start: int, end: int) -> pb.VoucherRef:
        return pb.VoucherRef(package=self.scene.package, start=start, end=end)

    def _step(self, members: Sequence[Member], payload: Message) -> Step:
        return build_step(self._driver.day, ANSWER, self.scene.package, members, payload)

    def _submit(self, signed: bytes) -> node.Receipt:
        return self._driver.client.submit_all([[signed]])[0]

    def _submit_signed_by(self, step: Step, keys: Sequence[Key]) -> node.Receipt:
        seeds = tuple(key.seed for key in keys)
        return self._submit(self._driver.sign(Step(step.day, step.part, step.package, step.kind, step.drafts, seeds)))

    def _try(self, members: Sequence[Member], payload: Message) -> node.Receipt:
        return self._submit(self._driver.sign(self._step(members, payload)))

    def _do(self, members: Sequence[Member], payload: Message) -> node.Receipt:
        receipt = self._try(members, payload)
        self._expect_done(receipt, payload.DESCRIPTOR.name)
        return receipt

    def _expect_done(self, receipt: node.Receipt, what: str) -> None:
        if receipt.HasField("refusal"):
            raise SceneFailed(f"{what} was refused: {receipt.refusal.code} {receipt.refusal.name}")

    def _note(self, english: str, chinese: str, wanted: Reason | None, receipt: node.Receipt) -> None:
        self.scene.attacks.append(Attack(english, chinese, wanted, receipt))


def _space_out(text: str) -> str:
    return " ".join(text[place : place + 4] for place in range(0, len(text), 4))
