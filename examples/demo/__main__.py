"""`python -m examples.demo [--rows N] [--output FOLDER] [--data FILE]`: exit code 0 where all was as expected."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from examples.demo import evidence, story
from examples.demo.attacks import Attackers, Scene, SceneFailed
from examples.demo.calendar import build_business_calendar
from examples.demo.cast import Cast, build_cast
from examples.demo.drive import Driver
from examples.demo.evidence import Checked, Evidence
from examples.demo.network import NodeFailed, RunningNode, make_network, make_other_trust, new_members_key
from examples.demo.plan import Plan, build_plans
from examples.demo.replay import Replay, replay
from examples.demo.sample import Receivable, read_receivables
from examples.demo.screen import FIRST_LINE, Screen, Watch
from examples.demo.steps import StepWriter, compute_clock_ms
from examples.demo.tally import Tally, add_totals, build_tally
from ledger.errors import MalformedInput
from nodes.cli.values import show_day
from nodes.client import CallFailed, Client, Refused, Unreachable
from receivables.days import Calendar, compute_calendar

DATA = Path(__file__).parent.parent / "data" / "ibm-accounts-receivable.csv"
OUTPUT = Path("demo-output")
REPORT = "report.json"
EXPECTED, UNEXPECTED, UNUSABLE = 0, 1, 2


@dataclass(slots=True)
class Findings:
    """Everything that decides about the exit code, and stands in report.json."""

    tally: Tally = field(default_factory=Tally)
    scene: Scene = field(default_factory=Scene)
    checks: list[Checked] = field(default_factory=list)
    replay: Replay | None = None
    node_status: int = -1
    unexpected: list[str] = field(default_factory=list)


class Demo:
    """The demo from genesis to the last check."""

    def __init__(self, receivables: Sequence[Receivable], output: Path, screen: Screen) -> None:
        self._receivables = receivables
        self._output = output
        self._screen = screen
        self._watch = Watch()
        self._findings = Findings()
        self._calendar: Calendar = compute_calendar(build_business_calendar())
        self._cast: Cast = build_cast(row.customer for row in receivables)
        self._plans: list[Plan] = build_plans(receivables, self._cast, self._calendar)
        self._members_key = new_members_key()
        self._writer = StepWriter(self._cast, self._calendar, self._members_key)
        self._first_day = min(row.issued_on for row in receivables)
        self._last_day = max(row.settled_on for row in receivables)

    def run(self) -> int:
        """Play everything; the exit code."""
        genesis_ms = compute_clock_ms(self._first_day) - 1000
        make_network(self._output, self._cast, genesis_ms)
        with RunningNode(self._output) as running:
            with Client(running.target) as client:
                now = self._live(client, genesis_ms, running.target)
            self._findings.node_status = running.stop()
        make_other_trust(self._output, self._cast, genesis_ms)
        self._check(now)
        self._replay()
        return self._conclude()

    def _live(self, client: Client, genesis_ms: int, target: str) -> str:
        """All that needs the node; what the clock shows at the end."""
        screen, driver = self._screen, Driver(client, self._cast, self._first_day)
        driver.admit(self._cast.joiners, genesis_ms)
        first_size = client.status().size
        founders, joined = len(self._cast.founders), len(self._cast.joiners)
        screen.say(
            f"A node of the network demo.hefu answers at {target}. {founders} founders, {joined} members admitted.",
            f"节点已启动, {founders} 家创始机构, {joined} 家成员准入。",
        )
        screen.head("Day after day", "逐日推进")
        steps = [step for plan in self._plans for step in self._writer.write(plan)]
        with screen.follow(self._first_day, self._last_day) as on_day:
            driver.run(steps, self._last_day, on_day)
        self._findings.unexpected += driver.record.unexpected
        screen.head("Attacks", "攻击")
        issuer = next(iter(self._cast.enterprises.values()))
        attackers = Attackers(driver, self._members_key, issuer, self._writer.next_registration())
        self._findings.scene = attackers.play()
        screen.show_attacks(self._findings.scene.attacks)
        self._sum_up(client, driver, first_size)
        self._tell_story(client, driver)
        return f"{show_day(driver.day)}T10:00"

    def _sum_up(self, client: Client, driver: Driver, first_size: int) -> None:
        proofs = Evidence(client, self._output)
        proofs.write_all(self._findings.scene, first_size)
        tally = self._findings.tally = build_tally(self._plans, driver.record, self._cast)
        totals = proofs.prove_totals([member.id for member in self._cast.enterprises.values()])
        add_totals(tally, totals, driver.day, self._calendar)
        self._screen.head("What happened", "结果")
        self._screen.show_tally(tally)

    def _tell_story(self, client: Client, driver: Driver) -> None:
        chosen = story.choose(self._plans, driver.record.refused_packages)
        told = story.tell(client, chosen, self._cast)
        self._screen.head("One voucher's story: who got which part when", "一张凭证的经历")
        self._screen.show_story(told)
        if told.sum_fen != chosen.receivable.amount_fen:
            self._findings.unexpected.append("the parts of the story's voucher do not sum to its face")

    def _check(self, now: str) -> None:
        self._screen.head("The node has stopped. Proofs, checked offline", "节点已停止, 离线验证")
        evidence.write_tampered(self._output)
        checks = evidence.list_checks(self._findings.scene, now)
        self._findings.checks = evidence.run_checks(self._output, checks)
        self._screen.show_checks(self._findings.checks, self._output)

    def _replay(self) -> None:
        self._screen.head("The log, replayed from genesis", "自创世块重放日志")
        self._findings.replay = replay(self._output)
        self._screen.show_replay(self._findings.replay)

    def _conclude(self) -> int:
        found = self._findings
        if found.node_status:
            found.unexpected.append(f"the node ended with status {found.node_status}")
        if not found.tally.is_balanced:
            found.unexpected.append("the sums do not agree with the ledger's totals")
        found.unexpected += [f"attack: {a.english}" for a in found.scene.attacks if not a.is_refused_as_wanted]
        found.unexpected += [f"check: {c.check.english}: exit {c.exit_code}" for c in found.checks if not c.is_right]
        if found.replay is None or not found.replay.is_same:
            found.unexpected.append("the replay gives another root")
        seconds = self._watch.read()
        (self._output / REPORT).write_text(render_report(found, seconds), encoding="utf-8")
        self._screen.conclude(found.unexpected, self._output, seconds)
        return UNEXPECTED if found.unexpected else EXPECTED


def render_report(found: Findings, seconds: float) -> str:
    """report.json: figures in 分, attacks, checks, roots. Nothing in it is about a real business."""
    report = {
        "note": FIRST_LINE,
        "as_expected": not found.unexpected,
        "unexpected": found.unexpected,
        "seconds": round(seconds, 1),
        "tally": found.tally.to_plain(),
        "attacks": [attack.to_plain() for attack in found.scene.attacks],
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
    options = parser.parse_args(arguments)
    screen = Screen()
    screen.say(FIRST_LINE)
    try:
        everything = read_receivables(options.data.read_bytes())
        receivables = everything[: options.rows] if options.rows > 0 else everything
        screen.introduce(receivables, len(everything), options.output)
        return Demo(receivables, options.output, screen).run()
    except (MalformedInput, NodeFailed, OSError) as error:
        print(f"The demo cannot run 无法运行: {error}", file=sys.stderr)
        return UNUSABLE
    except (SceneFailed, CallFailed, Refused, Unreachable) as error:
        print(f"The demo failed 运行失败: {error}", file=sys.stderr)
        return UNEXPECTED


if __name__ == "__main__":
    sys.exit(main())
