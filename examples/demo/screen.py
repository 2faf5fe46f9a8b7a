"""How the demo looks: at most 100 columns, English and Chinese, plain text where there is no terminal."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from examples.demo.checks import Checked
from examples.demo.drive import Record
from examples.demo.figures import LINE, list_rows
from examples.demo.folding import WIDTH, fold_command, wrap
from examples.demo.replay import Replay
from examples.demo.sample import Receivable
from examples.demo.scenes import Scene
from examples.demo.story import Story
from examples.demo.tally import Tally
from nodes.cli.values import show_day, show_fen

FIRST_LINE = "Amounts ×1000, relabelled yuan, names invented. 金额×1000, 改记为元, 名称虚构。"
PLAIN_DAYS = 61


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
        text = f"── {english}  {chinese} "
        self._console.print("\n" + text + "─" * (self._console.width - 2 - cell_len(text)), style="bold")

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

    def show_scene(self, scene: Scene) -> None:
        """What was done and what was tried, how the ledger answered, and what is worth saying about it."""
        self.head(scene.english, scene.chinese)
        table = self._table(("what 经过", ""), ("answer 答复", ""), ("leaf", "right"))
        for moment in scene.moments:
            mark = "" if moment.is_right else "  ✗ UNEXPECTED"
            leaf = "–" if moment.leaf is None else str(moment.leaf)
            table.add_row(f"{moment.english}\n{moment.chinese}", moment.answer + mark, leaf)
        self._console.print(table)
        if scene.figures:
            heads, *rows = scene.figures
            figures = self._table(*((head, "right" if place > 1 else "") for place, head in enumerate(heads)))
            for row in rows:
                figures.add_row(*row)
            self._console.print(figures)
        for english, chinese in scene.remarks:
            self.say(english, chinese)

    def explain_scenes(self) -> None:
        """How to read what follows."""
        self.say("\nScenes, on days of their own after the last payment; each on a fresh voucher of 1,000,000 yuan.")
        self.say("done: it had to be done. A number: it had to be refused, for this reason.")
        self.say("leaf: where it stands in the log for ever; –: it left no trace there, for nobody authorised it.")
        self.say("以下场景发生在末次兑付之后, 各用新开的凭证: “完成”为应当成功, 编号为应当被拒绝的原因;")
        self.say("leaf 为其在日志中的永久位置, “–”表示根本未获授权, 日志中不留记录。")

    def show_tally(self, tally: Tally) -> None:
        """The closing table."""
        table = self._table(("", ""), ("", ""), ("number 笔数", "right"), ("yuan 金额（元）", "right"))
        for row in list_rows(tally):
            if row == LINE:
                table.add_section()
                continue
            english, chinese, count, fen = row
            table.add_row(english, chinese, "" if count is None else f"{count:,}", "" if fen is None else show_fen(fen))
        self._console.print(table)
        rate = tally.operations / max(tally.seconds, 0.001)
        signed = tally.signatures / max(tally.seconds, 0.001)
        self.say("* the ledger's own totals and lines, proved (proofs/totals-*, lines-*), checked;")
        of_scenes = show_fen(tally.scenes_paid_fen)
        self.say(f"  all that is live, and {of_scenes} of what is paid, belongs to the scenes above.")
        self.say("* 取自账本自身的合计与额度记录, 附证明并已验证; 未兑付的全部及已兑付中的")
        self.say(f"  {of_scenes} 元属于上述场景。")
        self.say(
            f"\n{tally.operations:,} operations with {tally.signatures:,} signatures in {tally.seconds:.1f} s: "
            f"{rate:,.0f} operations/s, {signed:,.0f} signatures/s."
        )
        self.say("One process signs for all and waits for each half day; `make bench` measures what a node can do.")
        self.say(f"{tally.operations:,} 笔操作, 每秒 {rate:,.0f} 笔; 由一个进程代签并逐日等待, 节点性能见 make bench。")

    def show_story(self, story: Story) -> None:
        """One voucher's life, and what its parts sum to."""
        rolls = ""
        if story.rolled_due_on != story.due_on:
            rolls = f", which rolls to the business day {show_day(story.rolled_due_on)} 顺延至工作日"
        self.say(f"Voucher 凭证 {story.package}, face 面额 {show_fen(story.face_fen)} yuan,")
        self.say(f"due 到期 {show_day(story.due_on)}{rolls}.")
        self.say("Its parts at the end, and who held them 最终各部分及持有人:")
        for part in story.parts:
            numbers = f"fen 分 {part.start:,}–{part.end:,}"
            self.say(f"  {part.letter}  {show_fen(part.end - part.start + 1):>14}  {numbers:<32}  {part.holder}")
        self.say(f"  Σ  {show_fen(story.sum_fen):>14}")
        self._show_lines(story)

    def _show_lines(self, story: Story) -> None:
        heads = ("day 日期", "who 谁", "does 做什么", "to whom 对谁", "part")
        table = self._table(*((head, "") for head in heads), ("yuan 元", "right"))
        last = ""
        for line in story.lines:
            day, amount = show_day(line.day), show_fen(line.fen) if line.fen else ""
            what = f"{line.english} {line.chinese}"
            table.add_row("" if day == last else day, line.actor, what, line.other, line.parts, amount)
            last = day
        self._console.print(table)

    def show_checks(self, checks: Sequence[Checked], folder: Path) -> None:
        """Each command, its exit code and its reason."""
        self.say(f"Each is a process of its own, in the folder {folder}/ 逐条独立运行于该目录:")
        for found in checks:
            check = found.check
            self.say(f"\n{check.english}  {check.chinese}")
            for line in fold_command(("hefu", "verify", *check.arguments), self._console.width):
                self.say(f"  {line}")
            mark = "" if found.is_right else "  ✗ UNEXPECTED"
            first, *more = wrap(f"exit {found.exit_code}  {found.line}{mark}", self._console.width - 6)
            self.say(f"  → {first}")
            for line in more:
                self.say(f"    {line}")

    def show_replay(self, replay: Replay) -> None:
        """Whether the replay came to the same root."""
        self.say(f"{replay.blocks:,} blocks, {replay.size:,} leaves, from genesis into a fresh database 自创世块重放:")
        self.say(f"  log root    日志根  node 节点    {replay.root.hex()}")
        self.say(f"                      replay 重放  {replay.replayed_root.hex()}")
        self.say(f"  state root  状态根  node 节点    {replay.state_root.hex()}")
        self.say(f"                      replay 重放  {replay.replayed_state_root.hex()}")
        self.say("  the same 一致" if replay.is_same else "  ✗ NOT THE SAME 不一致")

    def introduce(self, receivables: Sequence[Receivable], of: int, output: Path) -> None:
        """What is about to happen."""
        first, last = min(row.issued_on for row in receivables), max(row.settled_on for row in receivables)
        total = sum(row.amount_fen for row in receivables)
        some = "All" if len(receivables) == of else f"The {len(receivables):,} earliest of"
        self.say(f"{some} {of:,} receivables of IBM's published sample, {show_day(first)} to {show_day(last)},")
        self.say(f"together {show_fen(total)} yuan. IBM 公开样例中的 {len(receivables):,} 笔应收账款。")
        self.say(f"Files go to 输出目录: {output}/")

    def conclude(self, unexpected: Sequence[str], output: Path, seconds: float, is_network: bool) -> None:
        """Whether everything was as expected, and where the rest lies."""
        self.head("Conclusion", "结论")
        for text in unexpected:
            self.say(f"  ✗ {text}")
        if unexpected:
            self.say(f"Not as expected 与预期不符, {seconds:.0f} s. See {output}/report.json and {output}/node.log.")
            return
        self.say(f"Everything was as expected 全部符合预期, {seconds:.0f} s.")
        self.say(f"{output}/ holds 包含:")
        self.say("  report.json   these figures 全部数据")
        self.say("  trust.json    whom an auditor trusts 信任文件")
        self.say("  proofs/       each proof as .json and .bin 证明文件")
        if is_network:
            self.say("  network/      the data directories of all nodes, each with the ledger itself 账本")
        else:
            self.say("  node/         the node's data directory: the ledger itself 账本")

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
