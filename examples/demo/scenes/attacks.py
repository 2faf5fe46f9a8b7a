"""What a thief or a careless clerk would really submit: replayed, forged, twice, past whom it is owed to.

An enterprise owes 1 000 000 yuan to the supplier, who cuts off 400 000, pledges the first piece to a bank and hands the
second to tier two. What the attacks leave behind is what the proofs are about, as of the newest block.
"""

from collections.abc import Sequence
from dataclasses import replace

from examples.demo.cast import Member
from examples.demo.checks import Check, ask, expect, refuse
from examples.demo.evidence import write_tampered
from examples.demo.network import OTHER_TRUST
from examples.demo.scenes.stage import FACE_FEN, TERM_DAYS, SceneFailed, Stage, cut
from examples.demo.steps import Step, commit
from hefu.v1 import ledger_pb2, pledges_pb2
from hefu.v1 import node_pb2 as node
from hefu.v1 import receivables_pb2 as pb
from identity import rejections as identity
from ledger import rejections as ledger
from nodes.keys import Key
from pledges import rejections as pledges
from pledges.fingerprints import FULLY_DIGITAL, compute_fingerprint
from receivables import rejections as vouchers
from receivables.records import compute_asset_key

CUT_FEN = FACE_FEN * 2 // 5
SECURED_FEN = CUT_FEN * 4 // 5
NUMBER, SECOND_NUMBER = "SCENE-1", "SCENE-2"
FULL_WIDTH = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})


class Attackers:
    """Plays the attacks. They come last, so that what is proved here is the newest state."""

    def __init__(self, stage: Stage, issuer: Member) -> None:
        self._stage = stage
        self._issuer = issuer
        self._supplier = stage.cast.supplier
        self._holder, self._thief = stage.cast.tier_two[0], stage.cast.tier_three[0]
        self._first_bank, self._second_bank, *_ = stage.cast.banks
        self._line = f"{self._first_bank.id}.{NUMBER}"
        self._invoice = stage.new_invoice()
        self._fingerprint = stage.fingerprint(self._invoice)
        whole = pb.VoucherRef(package=f"{issuer.id}.{NUMBER}", start=1, end=FACE_FEN)
        self._whole = whole
        self._pledged, self._moved = cut(whole, CUT_FEN)

    def play(self) -> list[Check]:
        """All attacks, in order; then what is proved of them."""
        self._stage.open("Attacks", "攻击")
        self._stage.do([self._first_bank], self._stage.grant(self._first_bank, self._issuer, NUMBER, 3 * FACE_FEN))
        self._replay()
        self._forge()
        self._issue_twice()
        pay_out = self._pledge_twice()
        self._sell_while_moving()
        earlier_height = self._stage.client.status().height
        self._swap_payee()
        return self._prove(pay_out.id, earlier_height)

    # ------------------------------------------------------------ the attacks

    def _replay(self) -> None:
        stage = self._stage
        signed = stage.sign([self._issuer], self._issue(NUMBER, self._use(FACE_FEN)))
        if stage.submit(signed).HasField("refusal"):
            raise SceneFailed("the issue was refused")
        size = stage.client.status().size
        again = stage.submit(signed)
        if stage.client.status().size != size:
            raise SceneFailed("a replay added a leaf")
        stage.note("a transaction replayed: the same bytes again", "重放: 同一字节再次提交", again, is_again=True)
        stage.do([self._supplier], pb.AcceptIssue(package=self._whole.package, fingerprints=[self._fingerprint]))
        stage.wait_a_day()
        stage.note("… and replayed the next day", "……次日再次重放", stage.submit(signed), ledger.EXPIRED)

    def _forge(self) -> None:
        stage = self._stage
        step = stage.step([self._issuer], self._issue("FORGED", self._use(FACE_FEN)))
        envelope = ledger_pb2.SignedTransaction.FromString(stage.driver.sign(step))
        forged = bytearray(envelope.signatures[0].signature)
        forged[0] ^= 1
        envelope.signatures[0].signature = bytes(forged)
        receipt = stage.submit(envelope.SerializeToString(deterministic=True))
        stage.note("a forged signature", "伪造签名", receipt, ledger.BAD_SIGNATURE)
        maker, _, second_key_of_maker = self._issuer.keys
        receipt = self._submit_signed_by(step, [maker])
        stage.note("an offer by a maker without a checker", "仅经办、无复核的开立", receipt, identity.ROLE_MISSING)
        receipt = self._submit_signed_by(step, [maker, second_key_of_maker])
        text = "maker and checker are one person with two keys", "经办与复核为同一人"
        stage.note(*text, receipt, identity.SAME_PERSON)

    def _issue_twice(self) -> None:
        stage, beyond = self._stage, pledges.INVOICE_OVEROCCUPIED
        seller, number = self._supplier.id.translate(FULL_WIDTH), _space_out(self._invoice.translate(FULL_WIDTH))
        spelled = compute_fingerprint(stage.world.members_key, FULLY_DIGITAL, seller, "", number)
        if spelled != self._fingerprint:
            raise SceneFailed("another spelling gave another fingerprint")
        again = self._issue(SECOND_NUMBER, self._use(FACE_FEN))
        text = "a second voucher on one invoice, beyond its amount", "一张发票再次开立, 超过其金额"
        stage.refuse([self._issuer], again, beyond, *text)
        again.invoices[0].fingerprint = spelled
        text = "… the invoice spelled ９１９９ ９９９… with spaces", "……发票改用全角与空格拼写"
        stage.refuse([self._issuer], again, beyond, *text)
        larger = self._issue(SECOND_NUMBER, self._use(2 * FACE_FEN))
        text = "… the invoice said to be twice as large", "……虚报发票金额"
        stage.refuse([self._issuer], larger, pledges.INVOICE_AMOUNT_DIFFERS, *text)
        late = self._issue(SECOND_NUMBER, stage.new_use())
        late.due_on = stage.driver.day + TERM_DAYS + 30
        text = "a small supplier to be paid in 90 days, not in 60", "拖欠中小企业: 账期 90 天, 超过 60 天"
        stage.refuse([self._issuer], late, vouchers.SME_TERM_EXCEEDED, *text)

    def _pledge_twice(self) -> node.Receipt:
        stage, supplier, pledged = self._stage, self._supplier, self._pledged
        stage.do([supplier], pb.Split(voucher=self._whole, first_fen=CUT_FEN))
        request = stage.request(pledged, self._first_bank, pb.PLEDGE, commit("terms"), SECURED_FEN)
        other = stage.request(pledged, self._second_bank, pb.PLEDGE, commit("terms"), SECURED_FEN)
        asked_ms = stage.do([supplier], request).time_ms
        text = "one range pledged to two banks: one is busy with it", "同一凭证质押给两家银行: 首家办理中"
        stage.refuse([supplier], other, vouchers.VOUCHER_LOCKED, *text)
        pay_out = stage.pay_out(request, self._first_bank, asked_ms)
        stage.refuse([supplier], other, pledges.ASSET_CLAIMED, "… the first bank has paid", "……首家已放款")
        return pay_out

    def _sell_while_moving(self) -> None:
        stage, moved = self._stage, self._moved
        stage.do([self._supplier], stage.transfer(moved, self._holder))
        sale = stage.request(moved, self._second_bank, pb.SALE_WITHOUT_RECOURSE, commit("terms"))
        text = "a range sold to a bank while it is being transferred", "转让签收期间又卖给银行"
        stage.refuse([self._supplier], sale, vouchers.VOUCHER_LOCKED, *text)
        stage.do([self._holder], pb.AcceptTransfer(voucher=moved))

    def _swap_payee(self) -> None:
        stage, payers = self._stage, [self._issuer, self._stage.cast.clearing_bank]
        payee = pb.Payee(organisation=self._thief.id, amount_fen=FACE_FEN - CUT_FEN)
        prepay = pb.Prepay(voucher=self._moved, payees=[payee], payment_commitment=commit("payment"))
        text = "a payment to somebody else than the holder", "收款人被调换"
        stage.refuse(payers, prepay, vouchers.PAYEE_NOT_OF_RECORD, *text)
        payee = pb.Payee(organisation=self._supplier.id, amount_fen=CUT_FEN)
        prepay = pb.Prepay(voucher=self._pledged, payees=[payee], payment_commitment=commit("payment"))
        text = "a payment past the pledgee, to the pledgor alone", "绕过质权人, 全额付给出质人"
        stage.refuse(payers, prepay, vouchers.PAYEE_NOT_OF_RECORD, *text)

    # ------------------------------------------------------------ what is proved

    def _prove(self, pay_out_id: bytes, earlier_height: int) -> list[Check]:
        """The five kinds of proof, and one of what was so a moment ago."""
        proofs, pledgee = self._stage.evidence, f"claimed-by {self._first_bank.id}"
        pledged, moved = compute_asset_key(self._pledged), compute_asset_key(self._moved)
        used, other = (f"invoice:{found.hex()}" for found in (self._fingerprint, self._stage.new_use().fingerprint))
        proofs.prove_transaction("transaction", pay_out_id)
        proofs.prove_asset("held", moved, "unclaimed")
        proofs.prove_asset("claim", pledged, pledgee, "unclaimed")
        proofs.prove_asset("absence", other, "absent")
        proofs.prove_asset("historical", moved, "unclaimed", height=earlier_height)
        write_tampered(self._stage.evidence.output, "held")
        return [*self._list_held(pledged, moved, pledgee), *_list_refused(pledged, moved, used, other)]

    def _list_held(self, pledged: str, moved: str, pledgee: str) -> list[Check]:
        held, free = ask(moved, f"held-by {self._holder.id}"), ask(moved, "unclaimed")
        fresh = ("--now", self._stage.now, "--not-older-than", "1h")
        return [
            expect("a transaction: the bank paid out", "一笔交易: 银行放款", "transaction.json"),
            expect("… the same, in binary", "……同一证明的二进制形式", "transaction.bin"),
            expect("tier two holds this range", "二级供应商持有该凭证", "held.json", *held),
            expect("… and nothing is claimed on it, an hour ago or less", "……且无质押", "held.bin", *free, *fresh),
            expect(
                "a bank has a claim on the other range", "另一凭证已质押给银行", "claim.json", *ask(pledged, pledgee)
            ),
        ]

    # ------------------------------------------------------------ what they are made of

    def _issue(self, number: str, use: pledges_pb2.InvoiceUse) -> pb.Issue:
        return self._stage.issue(number, use, self._line)

    def _use(self, amount_fen: int) -> pledges_pb2.InvoiceUse:
        """The scene's invoice, said to be of this amount, used for one face."""
        return pledges_pb2.InvoiceUse(fingerprint=self._fingerprint, amount_fen=amount_fen, occupied_fen=FACE_FEN)

    def _submit_signed_by(self, step: Step, keys: Sequence[Key]) -> node.Receipt:
        signed = replace(step, seeds=tuple(key.seed for key in keys))
        return self._stage.submit(self._stage.driver.sign(signed))


def _list_refused(pledged: str, moved: str, used: str, other: str) -> list[Check]:
    free, broken = ask(moved, "unclaimed"), "STATE_NOT_PROVED"
    return [
        expect("no voucher uses this invoice", "该发票未被任何凭证占用", "absence.json", *ask(other, "absent")),
        refuse("a claimed range called unclaimed", "已质押却称未质押", "claim.json",
               *ask(pledged, "unclaimed"), reason="ANSWER_IS_NO"),
        refuse("one byte changed, binary", "二进制文件改动一字节", "held-tampered.bin", *free, is_broken=True),
        refuse("one byte changed, JSON", "JSON 文件改动一字节", "held-tampered.json", *free, reason=broken),
        refuse("what was so, where what is so is asked", "以历史状态充当现状", "historical.json",
               *free, reason="HISTORICAL"),
        refuse("the absence of another invoice than asked", "证明的是另一张发票", "absence.json",
               *ask(used, "absent"), reason="NOT_ASKED"),
        refuse("by the trust file of another network", "另一网络的信任文件", "held.json",
               *free, reason="OTHER_NETWORK", trust=OTHER_TRUST),
    ]  # fmt: skip


def _space_out(text: str) -> str:
    return " ".join(text[place : place + 4] for place in range(0, len(text), 4))
