"""`python -m tests.simulator --seed S --runs N [--files N] [--faults PLAN]`: exit 1 if a schedule failed."""

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.simulator.faults import Plan, parse_plan, render_plan
from tests.simulator.files import FileSchedule
from tests.simulator.schedule import Report, Schedule
from tests.simulator.shrink import shrink


def run_schedules(seed: int, runs: int) -> tuple[list[Report], Counter[tuple[str, str]]]:
    """Run the schedules of `runs` seeds from `seed` on; the reports, and all faults that happened."""
    reports, seen = [], Counter[tuple[str, str]]()
    for one in range(seed, seed + runs):
        report = Schedule(one).run()
        reports.append(report)
        seen.update(report.seen)
    return reports, seen


def describe_failure(report: Report) -> str:
    """What failed, the command that repeats it, and the faults that suffice."""

    def is_failing(plan: Plan) -> bool:
        return bool(Schedule(report.seed, plan).run().failure)

    fewer = shrink(dict(report.fired), is_failing)
    repeat = f"python -m tests.simulator --seed {report.seed} --runs 1"
    return (
        f"seed {report.seed}: {report.failure}\n"
        f"  repeat:  {repeat}\n"
        f"  shrunk:  {repeat} --faults '{render_plan(fewer)}'"
    )


def run_files(seed: int, runs: int) -> list[str]:
    """Run schedules on SQLite files; a sentence with the command that repeats it for each that failed."""
    failures = []
    for one in range(seed, seed + runs):
        with tempfile.TemporaryDirectory() as folder:
            try:
                FileSchedule(one, Path(folder)).run()
            except Exception as failure:  # noqa: BLE001 - whatever fails is what the schedule looks for
                repeat = f"python -m tests.simulator --seed {one} --runs 0 --files 1"
                failures.append(f"file seed {one}: {type(failure).__name__}: {failure}\n  repeat:  {repeat}")
    return failures


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulator", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--runs", type=int, default=2000, help="how many schedules in memory, a seed each")
    parser.add_argument("--files", type=int, default=0, help="how many schedules on SQLite files")
    parser.add_argument("--faults", default=None, help="instead of the seed's, e.g. 12:crash-before,40:lost")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Run and print a summary; 1 if a schedule failed."""
    chosen = parse_arguments(arguments)
    if chosen.faults is not None:
        reports = [Schedule(chosen.seed, parse_plan(chosen.faults)).run()]
        seen = Counter(reports[0].seen)
    else:
        reports, seen = run_schedules(chosen.seed, chosen.runs)
    failed = [report for report in reports if report.failure]
    for report in failed[:5]:
        print(describe_failure(report) if chosen.faults is None else f"seed {report.seed}: {report.failure}")
    print(
        f"{len(reports)} schedules, {sum(report.heights > 0 for report in reports)} of them of a network, "
        f"{sum(report.blocks for report in reports)} blocks, "
        f"{sum(report.acknowledged for report in reports)} acknowledged, {sum(seen.values())} faults, "
        f"{sum(report.restarts for report in reports)} restarts, {len(failed)} failed"
    )
    broken = run_files(chosen.seed, chosen.files)
    for line in broken:
        print(line)
    print(f"{chosen.files} schedules on files, {len(broken)} failed")
    return int(bool(failed or broken))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
