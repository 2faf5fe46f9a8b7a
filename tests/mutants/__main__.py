"""`python -m tests.mutants --seed S --mutants N`: exit 1 if too few were killed, or a survivor has no reason.

With `--minutes` it stops after so long, exit 2. Whenever it was stopped, the next run goes on from there.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence

from tests.mutants.kept import Kept
from tests.mutants.report import REASONS, build_result, list_faults, read_hints, read_reasons, write_result
from tests.mutants.run import Run, rank_mutants
from tests.mutants.session import import_foreign_modules


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="another sample")
    parser.add_argument("--mutants", type=int, default=300, help="how many")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="how many at a time")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so long")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Draw, try, and say what survived; 1 if that is too much, 2 if not all were tried."""
    asked = parse_arguments(arguments)
    ends_at = time.monotonic() + asked.minutes * 60
    import_foreign_modules()
    run = Run(rank_mutants(asked.seed), asked.mutants, read_hints(asked.seed), Kept())
    run.process_sample(asked.workers, lambda: time.monotonic() < ends_at)
    left = run.list_open()
    if left:
        print(f"{len(left)} of {asked.mutants} mutants are still to be tried; run it again")
        return 2
    reasons = read_reasons(REASONS.read_text(encoding="utf-8"))
    result = build_result(asked.seed, run.list_outcomes(), run.list_stillborn(), reasons)
    write_result(result)
    print(
        f"{result['sampled']} mutants of seed {asked.seed}: {len(result['killed'])} killed, "
        f"{len(result['survivors'])} survived; {len(result['stillborn'])} more could not be imported"
    )
    faults = list_faults(result)
    for fault in faults:
        print(f"mutants: {fault}", file=sys.stderr)
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
