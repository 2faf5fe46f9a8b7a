"""What a court orders 冻结: a range or a whole package stands still, nobody is paid, and only that order's end ends it.

An enterprise owes 1 000 000 yuan, in two parts: the supplier has one, tier two the other. A court freezes the
supplier's part; then two service operators enter its order for the whole package, all parts at once. What is paid
meanwhile the bank keeps, and hands over afterwards.
"""

from hashlib import sha256

from examples.demo.cast import Member
from examples.demo.checks import Check, ask, expect, refuse
from examples.demo.scenes.stage import FACE_FEN, Stage, cut
from examples.demo.steps import commit
from hefu.v1 import receivables_pb2 as pb
from receivables import rejections as vouchers
from receivables.records import compute_asset_key

NUMBER = "FREEZE-1"
FIRST_FEN = FACE_FEN * 3 // 5
ORDER, WHOLE_ORDER, ENDING, FORGED = (
    sha256(text.encode()).digest() for text in ("order 17", "order 18", "orders 17 and 18 end", "no order")
)


class Orders:
    """Plays what happens to one package while orders rest on it."""

    def __init__(self, stage: Stage, issuer: Member) -> None:
        self._stage, self._issuer = stage, issuer
        cast = stage.cast
        self._court, self._operators = cast.court, cast.operators
        self._supplier, self._second, self._third = cast.supplier, cast.tier_two[0], cast.tier_three[0]
        stage.open("A freeze: an order of a court", "冻结: 法院文书")
        whole = stage.live(issuer, NUMBER, stage.new_use())
        self._package = whole.package
        self._first, self._rest = cut(whole, FIRST_FEN)
        stage.do([self._supplier], pb.Split(voucher=whole, first_fen=FIRST_FEN))
        stage.do([self._supplier], stage.transfer(self._rest, self._second))
        stage.do([self._second], pb.AcceptTransfer(voucher=self._rest))

    def play(self) -> list[Check]:
        """Free, a part frozen, all frozen, paid meanwhile, lifted."""
        stage, first, rest = self._stage, compute_asset_key(self._first), compute_asset_key(self._rest)
        stage.evidence.prove_asset("free", first, "free")
        self._freeze_part()
        self._freeze_all()
        stage.evidence.prove_asset("frozen", first, "frozen", "unclaimed")
        stage.evidence.prove_asset("frozen-package", rest, "frozen")
        self._pay()
        stage.wait_a_day()
        self._lift()
        stage.evidence.prove_asset("lifted", rest, "free", "frozen")
        return self._list_checks(first, rest)

    def _freeze_part(self) -> None:
        stage, freeze = self._stage, pb.FreezeVoucher(voucher=self._first, order=FORGED)
        text = "the enterprise freezes what it owes, by an order of its own", "核心企业自称法院冻结"
        stage.refuse([self._issuer], freeze, vouchers.NOT_A_COURT, *text)
        text = "one service operator enters an order alone", "仅一家信息服务机构办理冻结"
        stage.refuse([self._operators[0]], freeze, vouchers.NOT_A_COURT, *text)
        freeze.order = ORDER
        stage.do([self._court], freeze, "the court freezes the supplier's 600,000", "法院冻结供应商的 600,000")
        text = "the supplier hands it to a friend", "供应商转让给关系人"
        stage.refuse([self._supplier], stage.transfer(self._first, self._third), vouchers.VOUCHER_FROZEN, *text)
        text = "… and cuts it, to try with a piece", "……拆分后再试"
        halves = pb.Split(voucher=self._first, first_fen=FIRST_FEN // 2)
        stage.refuse([self._supplier], halves, vouchers.VOUCHER_FROZEN, *text)
        text = "tier two's 400,000 still move: an offer to tier three", "二级供应商的 400,000 仍可转让"
        stage.do([self._second], stage.transfer(self._rest, self._third), *text)

    def _freeze_all(self) -> None:
        stage, freeze = self._stage, pb.FreezePackage(package=self._package, order=WHOLE_ORDER)
        text = "two service operators freeze the whole package for it", "两家信息服务机构凭文书整包冻结"
        stage.do(self._operators, freeze, *text)
        text = "tier three accepts what was offered before", "三级供应商签收此前的转让"
        stage.refuse([self._third], pb.AcceptTransfer(voucher=self._rest), vouchers.VOUCHER_FROZEN, *text)
        stage.do([self._second], pb.WithdrawTransfer(voucher=self._rest))
        sale = stage.request(self._rest, stage.cast.banks[0], pb.SALE_WITHOUT_RECOURSE, commit("terms"))
        text = "tier two sells its part to a bank", "二级供应商融资"
        stage.refuse([self._second], sale, vouchers.VOUCHER_FROZEN, *text)

    def _pay(self) -> None:
        stage, payers = self._stage, [self._issuer, self._stage.cast.clearing_bank]
        prepay = pb.Prepay(voucher=self._first, payees=[self._payee()], payment_commitment=commit("payment"))
        text = "the enterprise pays the supplier, past the court", "绕过法院直接付给供应商"
        stage.refuse(payers, prepay, vouchers.PAYEE_NOT_OF_RECORD, *text)
        del prepay.payees[:]
        stage.do(payers, prepay, "it pays, and the bank keeps the money", "核心企业付款, 款项由银行留存")

    def _payee(self) -> pb.Payee:
        return pb.Payee(organisation=self._supplier.id, amount_fen=FIRST_FEN)

    def _lift(self) -> None:
        stage, bank = self._stage, self._stage.cast.clearing_bank
        whole = pb.UnfreezePackage(package=self._package, order=FORGED, ending_order=ENDING)
        text = "next day: an order that never was is lifted", "次日: 解除并不存在的文书"
        stage.refuse([self._court], whole, vouchers.NO_SUCH_FREEZE, *text)
        whole.order = WHOLE_ORDER
        stage.do(self._operators, whole, "the operators lift the order on the package", "信息服务机构解除整包冻结")
        paid = pb.HandOver(voucher=self._first, payees=[self._payee()], payment_commitment=commit("payment"))
        text = "the bank hands over early: the other order still rests", "银行提前划付: 另一文书仍有效"
        stage.refuse([bank], paid, vouchers.VOUCHER_FROZEN, *text)
        part = pb.UnfreezeVoucher(voucher=self._first, order=ORDER, ending_order=ENDING)
        stage.do([self._court], part, "the court lifts its order", "法院解除冻结")
        stage.do([bank], paid, "the bank hands 600,000 over to the supplier", "银行将 600,000 划付供应商")
        text = "tier two hands its part to tier three", "二级供应商转让给三级供应商"
        stage.do([self._second], stage.transfer(self._rest, self._third), *text)
        stage.do([self._third], pb.AcceptTransfer(voucher=self._rest), "… which accepts", "……三级供应商签收")

    def _list_checks(self, first: str, rest: str) -> list[Check]:
        fresh, no = ("--now", self._stage.now, "--not-older-than", "1h"), "ANSWER_IS_NO"
        return [
            expect("frozen, by an order on the range", "凭证已冻结", "frozen.json", *ask(first, "frozen")),
            expect("frozen, by an order on its whole package", "整包冻结及于该凭证", "frozen-package.json",
                   *ask(rest, "frozen")),
            refuse("a frozen range offered to a bank as unclaimed", "已冻结却称可融资", "frozen.json",
                   *ask(first, "unclaimed"), reason=no),
            refuse("a proof from before the freeze, a day later", "以冻结前的证明蒙混", "free.json",
                   *ask(first, "free"), *fresh, reason="TOO_OLD"),
            expect("free again, once the orders were lifted", "解除冻结后可流转", "lifted.json",
                   *ask(rest, "free"), *fresh),
            refuse("called frozen when it no longer is", "已解冻却称冻结", "lifted.json",
                   *ask(rest, "frozen"), reason=no),
        ]  # fmt: skip
