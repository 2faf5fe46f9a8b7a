"""`python -m tests.mutants --seed S --mutants N`: exit 1 if too few were killed, or a survivor has no reason."""

import argparse
import os
import random
import sys
from collections.abc import Sequence

from tests.mutants.changes import Mutant, list_mutants
from tests.mutants.modules import list_modules, read_module
from tests.mutants.reach import measure_reach
from tests.mutants.report import REASONS, build_result, list_faults, read_reasons, write_result
from tests.mutants.trial import build_trial, run_trials


def draw_sample(seed: int, count: int) -> list[Mutant]:
    """The seed's sample of all mutants of the rules, in the order of modules and lines."""
    everything = [mutant for path in list_modules() for mutant in list_mutants(path, read_module(path))]
    drawn = random.Random(seed).sample(everything, min(count, len(everything)))
    return sorted(drawn, key=lambda mutant: (mutant.path, mutant.number))


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="another sample")
    parser.add_argument("--mutants", type=int, default=300, help="how many")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="how many at a time")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Draw, try, and say what survived; 1 if that is too much."""
    asked = parse_arguments(arguments)
    sample = draw_sample(asked.seed, asked.mutants)
    reach = measure_reach(list_modules())
    for test in sorted(reach.failed):
        print(f"fails without a mutant, left out: {test}", flush=True)

    def tell(mutant: Mutant, is_killed: bool) -> None:
        print(f"{'killed  ' if is_killed else 'SURVIVED'} {mutant.describe()}", flush=True)

    survivors = run_trials([build_trial(mutant, reach) for mutant in sample], asked.workers, tell)
    result = build_result(asked.seed, len(sample), survivors, read_reasons(REASONS.read_text(encoding="utf-8")))
    write_result(result)
    print(f"{len(sample)} mutants of seed {asked.seed}: {result['killed']} killed, {len(survivors)} survived")
    faults = list_faults(result)
    for fault in faults:
        print(f"mutants: {fault}", file=sys.stderr)
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
