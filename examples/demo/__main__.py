"""`python -m examples.demo [--network] [--rows N] [--output FOLDER] [--data FILE]`: exit code 0 where all is right."""

import argparse
import json
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from examples.demo import scenes, story
from examples.demo.banks import NETWORK_FOLDER, VALIDATORS, Position, RunningBanks, make_banks, make_other_banks_trust
from examples.demo.calendar import build_business_calendar
from examples.demo.cast import Cast, build_cast
from examples.demo.checks import Check, Checked, expect, run_checks
from examples.demo.drive import Driver
from examples.demo.evidence import Evidence
from examples.demo.life import write_life
from examples.demo.lines import compute_line, write_grants
from examples.demo.network import (
    NODE_FOLDER,
    RunningNode,
    make_network,
    make_other_trust,
    new_members_key,
)
from examples.demo.plan import Plan, build_plans
from examples.demo.replay import Replay, replay
from examples.demo.running import NodeFailed
from examples.demo.sample import Receivable, read_receivables
from examples.demo.scenes import Scene, SceneFailed, Stage
from examples.demo.screen import FIRST_LINE, Screen, Watch
from examples.demo.steps import World, compute_clock_ms
from examples.demo.tally import Tally, add_totals, build_tally
from ledger.errors import MalformedInput
from nodes.client import CallFailed, Client, Refused, Unreachable
from nodes.client.stream import DEFAULT_WINDOW
from receivables.days import Calendar, compute_calendar

DATA = Path(__file__).parent.parent / "data" / "ibm-accounts-receivable.csv"
OUTPUT = Path("demo-output")
REPORT = "report.json"
FIRST_BANK = f"{NETWORK_FOLDER}/node0"
EXPECTED, UNEXPECTED, UNUSABLE = 0, 1, 2


@dataclass(slots=True)
class Findings:
    """Everything that decides about the exit code, and stands in report.json."""

    tally: Tally = field(default_factory=Tally)
    scenes: list[Scene] = field(default_factory=list)
    checks: list[Checked] = field(default_factory=list)
    replay: Replay | None = None
    positions: list[Position] = field(default_factory=list)  # of the nodes of a network
    node_status: int = -1
    unexpected: list[str] = field(default_factory=list)


class Demo:
    """The demo from genesis to the last check."""

    def __init__(self, receivables: Sequence[Receivable], output: Path, screen: Screen, is_network: bool) -> None:
        self._receivables = receivables
        self._output = output
        self._is_network = is_network
        self._screen = screen
        self._watch = Watch()
        self._findings = Findings()
        self._calendar: Calendar = compute_calendar(build_business_calendar())
        self._cast: Cast = build_cast(row.customer for row in receivables)
        self._plans: list[Plan] = build_plans(receivables, self._cast, self._calendar)
        self._world = World(self._cast, self._calendar, new_members_key())
        self._to_check: list[Check] = []
        self._first_day = min(row.issued_on for row in receivables)
        self._last_day = max(row.settled_on for row in receivables)

    def run(self) -> int:
        """Play everything; the exit code."""
        genesis_ms = compute_clock_ms(self._first_day) - 1000
        if self._is_network:
            make_banks(self._output, self._cast, genesis_ms)
            self._run_banks(genesis_ms)
            make_other_banks_trust(self._output, self._cast, genesis_ms)
        else:
            make_network(self._output, self._cast, genesis_ms)
            self._run_node(genesis_ms)
            make_other_trust(self._output, self._cast, genesis_ms)
        with ThreadPoolExecutor(1) as pool:  # beside the checks, which are processes of their own
            replaying = pool.submit(replay, self._output / (FIRST_BANK if self._is_network else NODE_FOLDER))
            self._check()
            self._show_replay(replaying)
        return self._conclude()

    def _run_node(self, genesis_ms: int) -> None:
        with RunningNode(self._output) as running:
            with Client(running.target) as client:
                self._live(client, genesis_ms, running.target)
            self._findings.node_status = running.stop()

    def _run_banks(self, genesis_ms: int) -> None:
        with RunningBanks(self._output) as running:
            with Client(running.target) as client:
                self._live(client, genesis_ms, running.target)
            positions = self._findings.positions = running.list_positions()
            self._screen.head("What each node says", "各节点的高度与根")
            for one in positions:
                self._screen.say(f"{one.name}: height 高度 {one.height}, root 根 {one.root.hex()}")
            if len(positions) < VALIDATORS or len({one.root for one in positions}) != 1:
                self._findings.unexpected.append("the nodes of the network do not agree")
            self._findings.node_status = running.stop()

    def _live(self, client: Client, genesis_ms: int, target: str) -> None:
        """All that needs the node."""
        window = 1 if self._is_network else DEFAULT_WINDOW
        driver = Driver(client, self._cast, self._first_day, window)
        driver.admit(self._cast.joiners, genesis_ms)
        first_size = client.status().size
        founders, joined = len(self._cast.founders), len(self._cast.joiners)
        self._screen.say(
            f"A node of the network demo.hefu answers at {target}. {founders} founders, {joined} members admitted.",
            f"节点已启动, {founders} 家创始机构, {joined} 家成员准入。",
        )
        self._live_the_days(driver)
        proofs = Evidence(client, self._output)
        stage = Stage(driver, proofs, self._world)
        self._play(stage, first_size)
        self._sum_up(stage)
        self._tell_stories(client, driver)

    def _live_the_days(self, driver: Driver) -> None:
        self._screen.head("Day after day", "逐日推进")
        driver.submit(write_grants(self._cast, self._first_day, self._last_day))
        steps = [step for plan in self._plans for step in write_life(self._world, plan)]
        with self._screen.follow(self._first_day, self._last_day) as on_day:
            driver.run(steps, self._last_day, on_day)
        self._findings.unexpected += driver.record.unexpected

    def _play(self, stage: Stage, first_size: int) -> None:
        found, checks = scenes.play(stage, list(self._cast.enterprises.values()))
        self._findings.scenes = found
        self._screen.explain_scenes()
        for scene in found:
            self._screen.show_scene(scene)
        stage.evidence.prove_growth("consistency", first_size)
        grown = expect("the log only grew since the members joined", "成员加入以来日志只增不改", "consistency.bin")
        self._to_check = [*checks, grown]

    def _sum_up(self, stage: Stage) -> None:
        driver, members = stage.driver, list(self._cast.enterprises.values())
        tally = self._findings.tally = build_tally(self._plans, driver.record)
        totals = stage.evidence.prove_totals([member.id for member in members])
        lines = stage.evidence.prove_lines([compute_line(self._cast, member) for member in members])
        add_totals(tally, totals, lines, stage.paid_fen, driver.day, self._calendar)
        self._screen.head("What happened", "结果")
        self._screen.show_tally(tally)

    def _tell_stories(self, client: Client, driver: Driver) -> None:
        self._screen.head("Two vouchers' stories: who got which part when", "两张凭证的经历")
        for plan in story.choose(self._plans, driver.record.refused_packages):
            told = story.tell(client, plan, self._cast)
            self._screen.show_story(told)
            if told.sum_fen != plan.receivable.amount_fen:
                self._findings.unexpected.append(f"the parts of {plan.package} do not sum to its face")

    def _check(self) -> None:
        self._screen.head("The node has stopped. Proofs, checked offline", "节点已停止, 离线验证")
        self._findings.checks = run_checks(self._output, self._to_check)
        self._screen.show_checks(self._findings.checks, self._output)

    def _show_replay(self, replaying: Future[Replay]) -> None:
        self._screen.head("The log, replayed from genesis", "自创世块重放日志")
        self._findings.replay = replaying.result()
        self._screen.show_replay(self._findings.replay)

    def _conclude(self) -> int:
        found = self._findings
        if found.node_status:
            found.unexpected.append(f"the node ended with status {found.node_status}")
        if not found.tally.is_balanced:
            found.unexpected.append("the sums do not agree with the ledger's totals")
        moments = [moment for scene in found.scenes for moment in scene.moments]
        found.unexpected += [f"{m.english}: {m.answer}, not {m.wanted}" for m in moments if not m.is_right]
        found.unexpected += [f"check: {c.check.english}: exit {c.exit_code}" for c in found.checks if not c.is_right]
        if found.replay is None or not found.replay.is_same:
            found.unexpected.append("the replay gives another root")
        seconds = self._watch.read()
        (self._output / REPORT).write_text(render_report(found, seconds), encoding="utf-8")
        self._screen.conclude(found.unexpected, self._output, seconds, self._is_network)
        return UNEXPECTED if found.unexpected else EXPECTED


def render_report(found: Findings, seconds: float) -> str:
    """report.json: figures in 分, scenes, checks, roots. Nothing in it is about a real business."""
    report = {
        "note": FIRST_LINE,
        "as_expected": not found.unexpected,
        "unexpected": found.unexpected,
        "seconds": round(seconds, 1),
        "nodes": [{"name": one.name, "height": one.height, "root": one.root.hex()} for one in found.positions],
        "tally": found.tally.to_plain(),
        "scenes": [scene.to_plain() for scene in found.scenes],
        "checks": [checked.to_plain() for checked in found.checks],
        "replay": None if found.replay is None else found.replay.to_plain(),
    }
    return json.dumps(report, ensure_ascii=False, indent=2) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo."""
    parser = argparse.ArgumentParser(prog="python -m examples.demo", description=__doc__)
    parser.add_argument("--rows", type=int, default=0, metavar="N", help="only the N earliest receivables")
    parser.add_argument("--output", type=Path, default=OUTPUT, metavar="FOLDER", help="where it leaves its files")
    parser.add_argument("--data", type=Path, default=DATA, metavar="FILE", help="another file of the same columns")
    parser.add_argument("--network", action="store_true", help="on four validators instead of a single node")
    options = parser.parse_args(arguments)
    screen = Screen()
    screen.say(FIRST_LINE)
    try:
        everything = read_receivables(options.data.read_bytes())
        receivables = everything[: options.rows] if options.rows > 0 else everything
        screen.introduce(receivables, len(everything), options.output)
        return Demo(receivables, options.output, screen, options.network).run()
    except (MalformedInput, NodeFailed, OSError) as error:
        print(f"The demo cannot run 无法运行: {error}", file=sys.stderr)
        return UNUSABLE
    except (SceneFailed, CallFailed, Refused, Unreachable) as error:
        print(f"The demo failed 运行失败: {error}", file=sys.stderr)
        return UNEXPECTED


if __name__ == "__main__":
    sys.exit(main())
