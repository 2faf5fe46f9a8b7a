"""The rows of the closing table: what is counted, in both languages, how many and how much (分)."""

from collections.abc import Iterator

from examples.demo.tally import Sum, Tally

Row = tuple[str, str, int | None, int | None]
LINE: Row = ("", "", None, None)
REASONS = {"380 ISSUER_BLOCKED": "拒绝: 开立人有逾期", "383 LINE_EXHAUSTED": "拒绝: 额度不足"}


def list_rows(tally: Tally) -> Iterator[Row]:
    """All rows; LINE stands between groups of them."""
    for group in (_list_offers, _list_paths, _list_financings, _list_quarrels, _list_payments, _list_blocks):
        yield from group(tally)
        yield LINE
    yield "Σ face of all vouchers *", "面额合计 *", tally.packages, tally.face_fen
    yield "  = live *", "  = 未兑付 *", None, tally.live_fen
    yield "  + paid", "  + 已兑付", None, tally.paid_fen
    yield "  + ended otherwise", "  + 其他终止", None, tally.ended_fen


def _list_offers(tally: Tally) -> Iterator[Row]:
    yield _row("lines granted to enterprises", "企业开立额度", tally.lines)
    yield _row("offered by the enterprises", "核心企业开立", tally.offered)
    for reason, found in sorted(tally.refused.items()):
        yield _row(f"  refused: {reason}", f"  {REASONS[reason]}", found)
    yield _row("issued and accepted", "已签收", tally.issued)
    yield "lines in use when all is paid *", "全部付清后额度占用 *", None, tally.lines_in_use_fen


def _list_paths(tally: Tally) -> Iterator[Row]:
    yield _row("of these: with one holder, whole", "其中: 未拆分", tally.one_holder)
    yield _row("  cut in two by the supplier", "  供应商自行拆分", tally.cut)
    yield _row("  split over two tiers", "  拆分流转至二级", tally.two_tiers)
    yield _row("  split over three tiers", "  拆分流转至三级", tally.three_tiers)


def _list_financings(tally: Tally) -> Iterator[Row]:
    yield _row("sold to a bank (parts), face", "卖给银行（笔）, 面额", tally.sold)
    yield "  net paid out", "  实付净额", None, tally.sold_net_fen
    yield "  of these with recourse", "  其中有追索权", tally.sold_with_recourse, None
    yield _row("  of these after sealed quotes", "  其中经密封询价", tally.quoted)
    yield "    quotes sealed by banks", "    银行密封报价", tally.quotes_sealed, None
    yield "    void, another was chosen", "    未选中, 失效", tally.quotes_void, None
    yield "    net, best over dearest", "    最优与最高报价净额差", None, tally.quotes_gain_fen
    yield _row("pledged to a bank (parts), face", "质押给银行（笔）, 面额", tally.pledged)
    yield "  secured", "  担保金额", None, tally.pledged_secured_fen
    yield "  net paid out", "  实付净额", None, tally.pledged_net_fen


def _list_quarrels(tally: Tally) -> Iterator[Row]:
    yield _row("disputed, and resolved", "有争议, 已解除", tally.disputed)
    yield _row("  with the invoice replaced", "  其中红冲后换票", tally.corrected)
    yield _row("frozen by the court, and freed (parts)", "法院冻结后解冻（笔）", tally.frozen_pieces)
    yield _row("frozen as whole packages, and freed", "整包冻结后解冻", tally.frozen_packages)


def _list_payments(tally: Tally) -> Iterator[Row]:
    yield _row("prepaid before the due day", "到期前提前兑付", tally.prepaid)
    yield _row("paid on time (the due day rolls)", "按期兑付（到期日顺延）", tally.on_time)
    yield _row("paid late", "逾期兑付", tally.late)
    yield "  of these in two parts", "  其中分两次付清", tally.in_two_parts, None


def _list_blocks(tally: Tally) -> Iterator[Row]:
    yield "enterprises blocked for being late", "因逾期被限制开立的企业", tally.issuers_blocked, None
    yield "  how often, all together", "  累计次数", tally.times_blocked, None
    yield "  unblocked by paying", "  付清后解除", tally.issuers_unblocked, None


def _row(english: str, chinese: str, found: Sum) -> Row:
    return english, chinese, found.count, found.fen
