"""`python -m tests.exploration [UNIVERSE…]`: explore to the fixed points; exit 1 if something does not hold."""

import sys
import time

from tests.exploration.search import Report, Search
from tests.exploration.tables import COMMANDS
from tests.exploration.universes import UNIVERSES


def main(names: list[str]) -> int:
    """Explore the universes of these names, or all; print what was met."""
    chosen = [universe for universe in UNIVERSES if not names or universe.name in names]
    reports = []
    for universe in chosen:
        begin = time.monotonic()
        reports.append(Search(universe, COMMANDS).run())
        print(describe(universe.name, reports[-1], time.monotonic() - begin), flush=True)
    taken = {kind for report in reports for kind in report.taken}
    never = [spec.name for kind, spec in COMMANDS.items() if kind not in taken]
    states, transitions = sum(one.states for one in reports), sum(one.transitions for one in reports)
    print(f"in all: {states} states, {transitions} transitions; never taken: {', '.join(never) or 'no command'}")
    return 1 if any(report.failure for report in reports) else 0


def describe(name: str, report: Report, seconds: float) -> str:
    """What was met in one universe, and the way to what does not hold."""
    met = (
        f"{name}: {report.states} states, {report.transitions} transitions, {report.refusals} refusals, "
        f"{report.ends} ends, in {seconds:.0f} s"
    )
    return f"{met}\nFAILED: {report.failure}" if report.failure else f"{met}; all holds"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
