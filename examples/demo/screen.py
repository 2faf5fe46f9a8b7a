"""How the demo looks: at most 100 columns, English and Chinese, plain text where there is no terminal."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from examples.demo.attacks import Attack
from examples.demo.drive import Record
from examples.demo.evidence import Checked
from examples.demo.replay import Replay
from examples.demo.sample import Receivable
from examples.demo.story import Line
from examples.demo.tally import Sum, Tally
from hefu.v1 import node_pb2 as node
from nodes.cli.values import show_day, show_fen

FIRST_LINE = "Amounts ×1000, relabelled yuan, names invented. 金额放大千倍, 改记为人民币元, 名称均为虚构。"
WIDTH = 100
PLAIN_DAYS = 61
MAX_CHECK_LINE = 88


class OnDay(Protocol):
    """Told after each simulated day."""

    def __call__(self, day: int, record: Record) -> None:
        """`day` is over."""
        ...


class Screen:
    """Everything that the demo prints."""

    def __init__(self) -> None:
        self._console = Console(markup=False, highlight=False, soft_wrap=False)
        self._console.width = min(WIDTH, self._console.width) if self._console.is_terminal else WIDTH

    def say(self, english: str, chinese: str = "") -> None:
        """A line in each language."""
        self._console.print(english)
        if chinese:
            self._console.print(chinese)

    def head(self, english: str, chinese: str) -> None:
        """The heading of a part."""
        self._console.print(f"\n── {english}  {chinese} ".ljust(WIDTH - 20, "─"), style="bold")

    @contextmanager
    def follow(self, first_day: int, last_day: int) -> Iterator[OnDay]:
        """A bar on a terminal, else a line every two months."""
        if not self._console.is_terminal:
            yield self._follow_plainly(first_day, last_day)
            return
        columns = (
            TextColumn("{task.fields[day]}"),
            BarColumn(24),
            TextColumn("{task.percentage:>3.0f} %  {task.fields[text]}"),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self._console) as progress:
            task = progress.add_task("", total=last_day - first_day + 1, day=show_day(first_day), text="")

            def on_day(day: int, record: Record) -> None:
                progress.update(task, completed=day - first_day + 1, day=show_day(day), text=_describe_progress(record))

            yield on_day

    def _follow_plainly(self, first_day: int, last_day: int) -> OnDay:
        told_on = first_day

        def on_day(day: int, record: Record) -> None:
            nonlocal told_on
            if day - told_on >= PLAIN_DAYS or day == last_day:
                told_on = day
                self.say(f"  {show_day(day)}  {_describe_progress(record)}")

        return on_day

    # ------------------------------------------------------------ tables

    def show_attacks(self, attacks: Sequence[Attack]) -> None:
        """What was tried, and how the ledger answered."""
        table = self._table(("attack 攻击", ""), ("answer 答复", ""), ("leaf", "right"))
        for attack in attacks:
            refusal = attack.receipt.refusal
            answer = f"{refusal.code} {refusal.name}" if refusal.code else "first outcome 首次结果, no new leaf"
            mark = "" if attack.is_refused_as_wanted else "  ✗ UNEXPECTED"
            leaf = str(attack.receipt.index) if attack.receipt.has_leaf else "–"
            table.add_row(f"{attack.english}\n{attack.chinese}", answer + mark, leaf)
        self._console.print(table)
        self.say(
            "leaf: where the refusal stands in the log for ever; –: it was not even authorised, and left no trace.",
            "leaf 为该拒绝在日志中的位置; “–”表示未获授权, 不留记录。",
        )

    def show_tally(self, tally: Tally) -> None:
        """The closing table."""
        table = self._table(("", ""), ("", ""), ("number 笔数", "right"), ("yuan 金额（元）", "right"))
        for english, chinese, count, fen in _list_rows(tally):
            if english == "-":
                table.add_section()
                continue
            table.add_row(english, chinese, "" if count is None else f"{count:,}", "" if fen is None else show_fen(fen))
        self._console.print(table)
        rate = tally.operations / max(tally.seconds, 0.001)
        signed = tally.signatures / max(tally.seconds, 0.001)
        self.say(
            f"{tally.operations:,} operations with {tally.signatures:,} signatures in {tally.seconds:.1f} s: "
            f"{rate:,.0f} operations/s, {signed:,.0f} signatures/s,",
            f"signed and submitted by this one process, day by day. {tally.operations:,} 笔操作, "
            f"每秒 {rate:,.0f} 笔（make bench measures the node alone 单测节点性能）.",
        )

    def show_story(self, lines: Sequence[Line], trace: node.PackageTrace, rolled_due_on: int) -> None:
        """One voucher's life, and what its parts sum to."""
        package = trace.package.package
        self.say(f"{trace.package.id}: {show_fen(package.face_fen)} yuan, numbered in fen 分 1–{package.face_fen:,};")
        self.say(
            f"due {show_day(package.due_on)}, which rolls to the business day {show_day(rolled_due_on)} 到期日顺延。"
        )
        table = self._table(
            ("day 日期", ""), ("who 谁", ""), ("does 做什么", ""), ("to whom 对谁", ""), ("yuan 元", "right")
        )
        last = ""
        for line in lines:
            day = show_day(line.day)
            what = f"{line.english} {line.chinese}"
            table.add_row(
                "" if day == last else day, line.actor, f"{what}\n{line.part}", line.other, show_fen(line.fen)
            )
            last = day
        self._console.print(table)
        parts = " + ".join(show_fen(view.voucher.end - view.voucher.start + 1) for view in trace.vouchers)
        self.say(f"Its parts 各部分之和: {parts} = {show_fen(trace.sum_fen)} = face 面额")

    def show_checks(self, checks: Sequence[Checked]) -> None:
        """Each command, its exit code and its reason."""
        self.say("cd demo-output, then 在 demo-output 目录中执行:")
        for found in checks:
            check = found.check
            expected = "" if found.is_right else "  ✗ UNEXPECTED"
            self.say(f"\n{check.english}  {check.chinese}")
            for line in _fold(["hefu", "verify", *check.arguments]):
                self.say(f"  {line}")
            self.say(f"  → exit {found.exit_code}  {_shorten(found.line)}{expected}")

    def show_replay(self, replay: Replay) -> None:
        """Whether the replay came to the same root."""
        self.say(f"{replay.blocks:,} blocks, {replay.size:,} leaves, from genesis into a fresh database 自创世块重放:")
        self.say(f"  log root    日志根  node 节点    {replay.root.hex()}")
        self.say(f"                      replay 重放  {replay.replayed_root.hex()}")
        self.say(f"  state root  状态根  node 节点    {replay.state_root.hex()}")
        self.say(f"                      replay 重放  {replay.replayed_state_root.hex()}")
        self.say("  the same 一致" if replay.is_same else "  ✗ NOT THE SAME 不一致")

    def introduce(self, receivables: Sequence[Receivable], output: Path) -> None:
        """What is about to happen."""
        first, last = min(row.issued_on for row in receivables), max(row.settled_on for row in receivables)
        total = sum(row.amount_fen for row in receivables)
        self.say(
            f"{len(receivables):,} receivables of IBM's published sample, {show_day(first)} to {show_day(last)}, "
            f"{show_fen(total)} yuan.",
            f"IBM 公开样例中的 {len(receivables):,} 笔应收账款。 All files go to 输出目录: {output}/",
        )

    def conclude(self, unexpected: Sequence[str], output: Path, seconds: float) -> None:
        """Whether everything was as expected, and where the rest lies."""
        self.head("Conclusion", "结论")
        for text in unexpected:
            self.say(f"  ✗ {text}")
        if unexpected:
            self.say(f"Not as expected 与预期不符, {seconds:.0f} s. See {output}/report.json and {output}/node.log.")
            return
        self.say(f"Everything was as expected 全部符合预期, {seconds:.0f} s.")
        self.say(f"{output}/ holds 包含: report.json, trust.json, proofs/*.json, proofs/*.bin, node/ (the ledger 账本)")

    def _table(self, *columns: tuple[str, str]) -> Table:
        table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_header=any(name for name, _ in columns))
        for name, justify in columns:
            table.add_column(name, justify="right" if justify else "left", overflow="fold")
        return table


class Watch:
    """Seconds since the demo began."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def read(self) -> float:
        """Seconds."""
        return time.monotonic() - self._started


def _describe_progress(record: Record) -> str:
    offered = record.done["Issue"] + len(record.refused_packages)
    return f"offered {offered:>5,}  refused {len(record.refused_packages):>4,}  operations {record.operations:>7,}"


def _list_rows(tally: Tally) -> Iterator[tuple[str, str, int | None, int | None]]:
    def row(english: str, chinese: str, found: Sum) -> tuple[str, str, int | None, int | None]:
        return english, chinese, found.count, found.fen

    line = ("-", "", None, None)
    yield row("offered by the enterprises", "核心企业开立", tally.offered)
    for reason, found in tally.refused.items():
        yield row(f"  refused: {reason}", "  拒绝: 开立人有逾期", found)
    yield row("issued and accepted", "已签收", tally.issued)
    yield line
    yield row("of these: with one holder, whole", "其中: 未拆分", tally.one_holder)
    yield row("  cut in two by the supplier", "  供应商自行拆分", tally.cut)
    yield row("  split over two tiers", "  拆分流转至二级", tally.two_tiers)
    yield row("  split over three tiers", "  拆分流转至三级", tally.three_tiers)
    yield line
    yield row("sold to a bank (parts), face", "卖给银行（笔）, 面额", tally.sold)
    yield "  net paid out", "  实付净额", None, tally.sold_net_fen
    yield "  of these with recourse", "  其中有追索权", tally.sold_with_recourse, None
    yield row("pledged to a bank (parts), face", "质押给银行（笔）, 面额", tally.pledged)
    yield "  secured", "  担保金额", None, tally.pledged_secured_fen
    yield "  net paid out", "  实付净额", None, tally.pledged_net_fen
    yield line
    yield row("prepaid before the due day", "到期前提前兑付", tally.prepaid)
    yield row("paid on time (the due day rolls)", "按期兑付（到期日顺延）", tally.on_time)
    yield row("paid late", "逾期兑付", tally.late)
    yield "  of these in two parts", "  其中分两次付清", tally.in_two_parts, None
    yield line
    yield "enterprises blocked for being late", "因逾期被限制开立的企业", tally.issuers_blocked, None
    yield "  how often, all together", "  累计次数", tally.times_blocked, None
    yield "  unblocked by paying", "  付清后解除", tally.issuers_unblocked, None
    yield line
    yield "Σ face of all vouchers *", "面额合计 *", tally.packages, tally.face_fen
    yield "  = live *", "  = 未兑付 *", None, tally.live_fen
    yield "  + paid", "  + 已兑付", None, tally.paid_fen
    yield "  + ended otherwise", "  + 其他终止", None, tally.ended_fen


def _fold(words: Sequence[str]) -> Iterator[str]:
    line = ""
    for word in (f'"{word}"' if " " in word else word for word in words):
        if line and len(line) + len(word) + 3 > WIDTH - 4:
            yield line + " \\"
            line = "   "
        line = f"{line} {word}".removeprefix(" ") if line != "   " else f"    {word}"
    yield line


def _shorten(line: str) -> str:
    return line if len(line) <= MAX_CHECK_LINE else line[: MAX_CHECK_LINE - 1] + "…"
