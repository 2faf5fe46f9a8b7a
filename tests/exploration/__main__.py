"""`python -m tests.exploration [UNIVERSE…]`: explore to the fixed points; exit 1 if something does not hold."""

import sys
import time

from tests.exploration.search import Search
from tests.exploration.tables import COMMANDS
from tests.exploration.universes import UNIVERSES

SENTENCE = (
    "{name}: {states} states, {transitions} transitions, {refusals} refusals, {ends} ends, "
    "{runs} runs of a transition; {seconds:.0f} s"
)


def main(names: list[str]) -> int:
    """Explore the universes of these names, or all; print what was met."""
    failures, sums = 0, [0, 0]
    for universe in UNIVERSES:
        if names and universe.name not in names:
            continue
        begin = time.monotonic()
        report = Search(universe, COMMANDS).run()
        print(SENTENCE.format(
            name=universe.name, states=report.states, transitions=report.transitions, refusals=report.refusals,
            ends=report.ends, runs=report.runs, seconds=time.monotonic() - begin,
        ), flush=True)  # fmt: skip
        if report.failure:
            failures += 1
            print(f"FAILED {universe.name}: {report.failure}")
        sums = [sums[0] + report.states, sums[1] + report.transitions]
    print(
        f"{sums[0]} states and {sums[1]} transitions in all; everything holds in {len(UNIVERSES) - failures} universes"
    )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
