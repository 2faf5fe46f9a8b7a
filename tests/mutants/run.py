"""One run over a seed's ranking: what is known is kept, the rest is tried."""

import hashlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.mutants.changes import Mutant, list_mutants
from tests.mutants.kept import STILLBORN, Kept, Outcome
from tests.mutants.modules import get_file, list_modules, read_module
from tests.mutants.reach import measure_reach
from tests.mutants.trial import Trial, Trials, build_trial, build_trial_of_hint
from tests.support.core import ROOT


def rank_mutants(seed: int) -> list[Mutant]:
    """All mutants of the rules in the seed's order; a sample is the first of them.

    Each has its place by itself, so an edit of the rules changes the sample only by the mutants that it concerns.
    """
    everything = [mutant for path in list_modules() for mutant in list_mutants(path, read_module(path))]
    return sorted(everything, key=lambda mutant: hashlib.sha256(f"{seed} {mutant.name}".encode()).digest())


class Run:
    """Tries a sample until a time is over. `hints` are the tests that killed mutants once, by the mutants' names."""

    def __init__(self, ranking: Sequence[Mutant], count: int, hints: Mapping[str, str], kept: Kept) -> None:
        self._ranking = ranking
        self._count = count
        self._kept = kept
        self._hints = {**hints, **kept.hints}
        self._by_name = {mutant.name: mutant for mutant in ranking}

    def list_sample(self) -> list[Mutant]:
        """The first of the ranking that are not known to be stillborn."""
        return [one for one in self._ranking if not self._is_stillborn(one)][: self._count]

    def list_open(self) -> list[Mutant]:
        """Those of the sample of which nothing is known yet."""
        return [one for one in self.list_sample() if one.name not in self._kept.outcomes]

    def list_outcomes(self) -> list[tuple[Mutant, Outcome]]:
        """The sample and what became of it, as far as it is known, in the order of modules and lines."""
        known = [one for one in self.list_sample() if one.name in self._kept.outcomes]
        known.sort(key=lambda mutant: (mutant.path, mutant.number))
        return [(one, self._kept.outcomes[one.name]) for one in known]

    def list_stillborn(self) -> list[Mutant]:
        """Those that were drawn for nothing."""
        last = self._ranking.index(self.list_sample()[-1])
        return [one for one in self._ranking[:last] if self._is_stillborn(one)]

    def process_sample(self, workers: int, is_time_left: Callable[[], bool]) -> None:
        """Try all that is open, first against the test that killed it last time."""
        hinted = [(one, self._hints[one.name]) for one in self.list_open() if one.name in self._hints]
        trials = [build_trial_of_hint(*pair) for pair in hinted if (ROOT / get_file(pair[1])).exists()]
        self._run(trials, workers, is_time_left, lambda tests: float(len(tests)))
        while self.list_open() and is_time_left():
            reach = measure_reach(self._kept, workers, is_time_left)
            if reach is None:
                return
            useless = reach.failed | self._kept.fail_alone
            trials = [build_trial(one, reach, useless) for one in self.list_open()]
            self._run(trials, workers, is_time_left, reach.compute_seconds)

    def _run(
        self,
        trials: Sequence[Trial],
        workers: int,
        is_time_left: Callable[[], bool],
        compute_seconds: Callable[[Sequence[str]], float],
    ) -> None:
        with tempfile.TemporaryDirectory() as folder:
            Trials(self._kept, compute_seconds, Path(folder)).run(trials, workers, is_time_left, self._tell)

    def _tell(self, outcome: Outcome) -> None:
        by = f"  [{outcome.test}]" if outcome.test else ""
        print(f"{outcome.kind:9} {self._by_name[outcome.mutant].describe()}{by}", flush=True)

    def _is_stillborn(self, mutant: Mutant) -> bool:
        outcome = self._kept.outcomes.get(mutant.name)
        return outcome is not None and outcome.kind == STILLBORN
