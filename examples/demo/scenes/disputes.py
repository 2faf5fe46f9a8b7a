"""A quarrel about goods 争议: what a dispute stops, what it does not, and how a wrong invoice is put right.

An enterprise owes 1 000 000 yuan and disputes the delivery. From then on no bank lends on it, whoever holds it; it may
still be handed on, with its mark, and its due day and its payment stay. Then the supplier takes the invoice back with a
red letter 红冲; before another has taken its place, no bank lends on any part of the package.
"""

from examples.demo.cast import Member
from examples.demo.checks import Check, ask, expect, refuse
from examples.demo.scenes.stage import FACE_FEN, Stage, cut
from examples.demo.steps import commit
from hefu.v1 import receivables_pb2 as pb
from pledges import rejections as pledges
from receivables import rejections as vouchers
from receivables.records import compute_asset_key

NUMBER, AGAIN = "DISPUTE-1", "DISPUTE-2"
FIRST_FEN = FACE_FEN * 3 // 5


class Quarrel:
    """Plays the dispute of one package between its enterprise and its supplier."""

    def __init__(self, stage: Stage, issuer: Member) -> None:
        self._stage, self._issuer = stage, issuer
        self._supplier, self._second = stage.cast.supplier, stage.cast.tier_two[0]
        self._bank = stage.cast.banks[1]
        stage.open("A dispute: nothing new is lent, what is owed is paid", "争议: 停止新增融资, 照常兑付")
        self._use = stage.new_use()
        self._whole = stage.live(issuer, NUMBER, self._use)
        self._first, self._rest = cut(self._whole, FIRST_FEN)

    def play(self) -> list[Check]:
        """Opened, handed on with its mark, paid all the same, put right, resolved."""
        self._open()
        self._hand_on()
        self._correct()
        self._resolve()
        asset = compute_asset_key(self._first)
        self._stage.evidence.prove_asset("undisputed", asset, "undisputed")
        undisputed = ask(asset, "undisputed")
        no = "ANSWER_IS_NO"
        return [
            refuse("a disputed range called undisputed", "有争议却称无争议", "disputed.json", *undisputed, reason=no),
            expect(
                "undisputed: resolved, and the invoice replaced",
                "争议已解除, 发票已替换",
                "undisputed.json",
                *undisputed,
            ),
        ]

    def _open(self) -> None:
        stage, opened = self._stage, pb.OpenDispute(voucher=self._whole, evidence=commit("wrong goods"))
        text = "a stranger disputes what is not its own", "与凭证无关者提出争议"
        stage.refuse([stage.cast.tier_three[0]], opened, vouchers.NOT_A_PARTY, *text)
        stage.do([self._issuer], opened, "the enterprise disputes the delivery", "核心企业对交货提出争议")
        text = "the supplier sells it to a bank quickly", "供应商抢先卖给银行"
        stage.refuse([self._supplier], self._sell(self._whole), vouchers.VOUCHER_DISPUTED, *text)
        ended = pb.ResolveDispute(voucher=self._whole, evidence=commit("nothing"))
        text = "… and declares the dispute over itself", "……自行宣布争议解除"
        stage.refuse([self._supplier], ended, vouchers.NOT_A_PARTY, *text)

    def _hand_on(self) -> None:
        stage, second, rest = self._stage, self._second, self._rest
        stage.do([self._supplier], pb.Split(voucher=self._whole, first_fen=FIRST_FEN))
        text = "the supplier hands 400,000 of it to tier two", "供应商将 400,000 转让给二级供应商"
        stage.do([self._supplier], stage.transfer(rest, second), *text)
        stage.do([second], pb.AcceptTransfer(voucher=rest))
        text = "tier two sells its part: the mark came with it", "二级供应商融资: 争议标记随凭证转移"
        stage.refuse([second], self._sell(rest), vouchers.VOUCHER_DISPUTED, *text)
        stage.evidence.prove_asset("disputed", compute_asset_key(self._first), "undisputed")
        payee = pb.Payee(organisation=second.id, amount_fen=FACE_FEN - FIRST_FEN)
        prepay = pb.Prepay(voucher=rest, payees=[payee], payment_commitment=commit("payment"))
        text = (
            "the enterprise pays tier two's part: no dispute stops that",
            "核心企业付清二级供应商部分: 争议不阻止付款",
        )
        stage.do([self._issuer, stage.cast.clearing_bank], prepay, *text)

    def _sell(self, ref: pb.VoucherRef) -> pb.RequestFinancing:
        return self._stage.request(ref, self._bank, pb.SALE_WITHOUT_RECOURSE, commit("terms"))

    def _correct(self) -> None:
        stage = self._stage
        told = pb.RedLetter(
            voucher=self._first,
            fingerprint=self._use.fingerprint,
            red_lettered_fen=FACE_FEN,
            evidence=commit("red letter"),
        )
        stage.do([self._supplier], told, "the supplier takes the wrong invoice back", "供应商将错误发票红冲")
        ended = pb.ResolveDispute(voucher=self._first, evidence=commit("agreement"))
        stage.do([self._issuer], ended, "the enterprise declares the dispute over", "核心企业解除争议")
        text = "the supplier sells it, on an invoice that is no more", "供应商凭已红冲的发票融资"
        stage.refuse([self._supplier], self._sell(self._first), vouchers.EVIDENCE_RED_LETTERED, *text)

    def _resolve(self) -> None:
        stage, parties = self._stage, [self._issuer, self._supplier]
        replaced = pb.SubstituteEvidence(
            package=self._whole.package,
            fingerprint=self._use.fingerprint,
            replacements=[stage.new_use(FACE_FEN // 2)],
            evidence=commit("the invoice that was issued anew"),
        )
        text = "an invoice of half the amount in its place", "以半额发票替换"
        stage.refuse(parties, replaced, vouchers.SUBSTITUTE_DIFFERS, *text)
        replaced.replacements[0].CopyFrom(stage.new_use())
        text = "an invoice of the same amount, and both sign", "以等额发票替换, 双方签署"
        stage.do(parties, replaced, *text)
        text = "now the supplier asks a bank, and may", "供应商现可向银行申请融资"
        stage.do([self._supplier], self._sell(self._first), *text)
        stage.do([self._supplier], pb.WithdrawFinancing(voucher=self._first))
        again = stage.issue(AGAIN, self._use, self._grant_anew())
        text = "a new voucher on the invoice that was taken back", "凭已红冲的发票再次开立"
        stage.refuse([self._issuer], again, pledges.INVOICE_RED_LETTERED, *text)

    def _grant_anew(self) -> str:
        bank = self._stage.cast.banks[0]
        self._stage.do([bank], self._stage.grant(bank, self._issuer, AGAIN, FACE_FEN))
        return f"{bank.id}.{AGAIN}"
