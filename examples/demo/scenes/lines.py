"""How much an enterprise may owe: a bank's line 额度, and the line of its whole group above it.

Two enterprises of one group have a line of 1 000 000 yuan each, and the group one of 1 500 000. What is offered is
reserved, what is accepted is used, what is paid or refused is free again; nothing beyond either line is offered.
"""

from examples.demo.cast import Member
from examples.demo.checks import Check, expect
from examples.demo.scenes.stage import FACE_FEN, Scene, Stage
from examples.demo.steps import commit
from hefu.v1 import node_pb2 as node
from hefu.v1 import receivables_pb2 as pb
from nodes.cli.values import show_fen
from receivables import rejections as vouchers
from receivables.side_records import compute_line_key

GROUP_FEN = FACE_FEN * 3 // 2
OFFER_FEN = FACE_FEN * 4 // 5
MORE_FEN = FACE_FEN * 2 // 5
HEADS = ("yuan 元", "", "limit 限额", "reserved 占用", "used 已用", "free 可用")


class Borrowers:
    """Plays the scene with a bank and two enterprises, of which the first stands for the group."""

    def __init__(self, stage: Stage, first: Member, second: Member) -> None:
        self._stage = stage
        self._bank = stage.cast.banks[0]
        self._first, self._second = first, second
        self._group, self._line, self._other = (
            f"{self._bank.id}.{number}" for number in ("GROUP", "GROUP-1", "GROUP-2")
        )
        self._scene: Scene = stage.open("A line: how much may be owed", "额度: 可以欠多少")

    def play(self) -> list[Check]:
        """Granted, reserved, used, restored; and what is beyond it."""
        self._scene.figures.append(HEADS)
        self._grant()
        offered = self._offer()
        self._show("offered 开立")
        ref = self._accept(offered)
        self._show("accepted 签收")
        self._restore(ref)
        self._show("paid, refused 兑付, 拒收")
        self._stage.evidence.prove_records("line", [compute_line_key(self._group), compute_line_key(self._line)])
        return [expect("the lines of group and enterprise: all free again", "集团与企业额度均已恢复", "line.json")]

    def _grant(self) -> None:
        stage, bank, first = self._stage, self._bank, self._first
        own = stage.grant(first, self._second, "OWN", FACE_FEN)
        text = "an enterprise grants a line itself, and is no bank", "企业自行授信, 并非银行"
        stage.refuse([first], own, vouchers.MAY_NOT_GRANT, *text)
        group = stage.grant(bank, first, "GROUP", GROUP_FEN)
        stage.do([bank], group, f"{bank.english} grants a group 1,500,000 yuan", "银行授予集团额度")
        of_first = stage.grant(bank, first, "GROUP-1", FACE_FEN, self._group)
        stage.do([bank], of_first, "… under it 1,000,000 to one of the group", "……其项下, 成员甲额度")
        of_second = stage.grant(bank, self._second, "GROUP-2", FACE_FEN, self._group)
        stage.do([bank], of_second, "… and 1,000,000 to another", "……成员乙额度")

    def _offer(self) -> pb.Issue:
        stage, first, second = self._stage, self._first, self._second
        offer = stage.issue("LINE-1", stage.new_use(OFFER_FEN), self._line)
        stage.do([first], offer, "the first offers 800,000: reserved", "甲开立 800,000: 占用额度")
        without = stage.issue("LINE-2", stage.new_use(MORE_FEN), "")
        stage.refuse([first], without, vouchers.LINE_REQUIRED, "an offer under no line at all", "不在额度项下开立")
        more = stage.issue("LINE-2", stage.new_use(MORE_FEN), self._line)
        text = "an offer of 400,000 more: beyond its line", "甲再开立 400,000: 超出本企业额度"
        stage.refuse([first], more, vouchers.LINE_EXHAUSTED, *text)
        beyond = stage.issue("LINE-1", stage.new_use(OFFER_FEN), self._other)
        text = "the second offers 800,000: beyond the group's line", "乙开立 800,000: 超出集团额度"
        stage.refuse([second], beyond, vouchers.LINE_EXHAUSTED, *text)
        borrowed = stage.issue("LINE-1", stage.new_use(MORE_FEN), self._line)
        text = "… and under the first one's line", "……改用甲的额度"
        stage.refuse([second], borrowed, vouchers.LINE_NOT_OPEN, *text)
        return offer

    def _accept(self, offer: pb.Issue) -> pb.VoucherRef:
        package = f"{self._first.id}.{offer.number}"
        accept = pb.AcceptIssue(package=package, fingerprints=[use.fingerprint for use in offer.invoices])
        text = "the supplier accepts the first offer: used", "供应商签收: 额度已用"
        self._stage.do([self._stage.cast.supplier], accept, *text)
        return pb.VoucherRef(package=package, start=1, end=offer.face_fen)

    def _restore(self, ref: pb.VoucherRef) -> None:
        stage, supplier, second = self._stage, self._stage.cast.supplier, self._second
        payee = pb.Payee(organisation=supplier.id, amount_fen=OFFER_FEN)
        prepay = pb.Prepay(voucher=ref, payees=[payee], payment_commitment=commit("payment"))
        payers = [self._first, stage.cast.clearing_bank]
        stage.do(payers, prepay, "the first pays 800,000: free again", "甲付清 800,000: 额度恢复")
        offer = stage.issue("LINE-1", stage.new_use(OFFER_FEN), self._other)
        stage.do([second], offer, "the second's 800,000 is taken now", "乙的 800,000 现可开立")
        refuse = pb.RefuseIssue(package=f"{second.id}.{offer.number}")
        text = "the supplier does not want it: nothing stays reserved", "供应商拒收: 占用释放"
        stage.do([supplier], refuse, *text)

    def _show(self, when: str) -> None:
        """How the lines stand now, as the node says it."""
        client = self._stage.client
        for name, line in (("group 集团", self._group), ("first 甲", self._line)):
            found = client.ask(client.vouchers.GetLine, node.GetLineRequest(line=line))
            sums = (found.line.limit_fen, found.line.reserved_fen, found.line.used_fen, found.free_fen)
            self._scene.figures.append((when, name, *(show_fen(fen) for fen in sums)))
