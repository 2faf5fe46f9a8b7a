"""Each mutant against its tests, some at a time: first what killed it last time, then the unit tests that reach it, its
own module's first, and then the property tests.

1. A mutant that survives a step waits until the others have had theirs, so the dear steps come last.
2. A test that fails after others is asked again alone. It kills if it fails alone with the mutant, and passes alone
   without; else it says nothing about this mutant.
3. A mutant whose module cannot be imported, or with which a module of tests cannot and no test of the others fails, is
   stillborn: whoever starts the program would see it, which proves nothing of the tests. Another is drawn in its place.
4. What uses up its time is killed, and so recorded.
"""

import json
import math
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.changes import Mutant, build_mutated_tree
from tests.mutants.kept import KILLED, OUT_OF_TIME, STILLBORN, SURVIVED, Kept, Outcome
from tests.mutants.modules import get_file, is_own_test, read_module
from tests.mutants.reach import Reach
from tests.mutants.session import Chosen, MutantFinder, Watch, put_in_place, run_tests
from tests.mutants.work import Ended, Work, run_work

ALL_PASSED = 0
NOT_THERE = 5  # pytest's: a test that killed last time and was renamed since
ONE_FAILED, CANNOT_IMPORT, CANNOT_COLLECT = 10, 11, 12  # ours: cannot import the mutant, or a module of tests
START_SECONDS, SLOWER_AT_MOST = 10, 10


@dataclass(frozen=True, slots=True)
class _Step:
    """Tests to survive. Without the mutant it is asked whether the only test passes alone, since it fails with it."""

    tests: tuple[str, ...]
    has_mutant: bool = True


@dataclass
class Trial:
    """A mutant and the steps that it has yet to survive; where they are all there are, it has survived then."""

    mutant: Mutant
    steps: deque[_Step]
    is_whole: bool
    is_stunted: bool = False  # a module of tests could not be imported


def build_trial_of_hint(mutant: Mutant, test: str) -> Trial:
    """Only the test that killed it last time."""
    return Trial(mutant, deque([_Step((test,))]), is_whole=False)


def build_trial(mutant: Mutant, reach: Reach, useless: Collection[str] = ()) -> Trial:
    """All that a mutant has to pass, but for tests that are no use."""
    near = [test for test in reach.list_tests(mutant) if test not in useless]
    own = [test for test in near if is_own_test(test, mutant.path)]
    far = [test for test in reach.list_far_tests(mutant) if test not in useless]
    steps = deque(_Step(tuple(tests)) for tests in (own, near[len(own) :], far) if tests)
    return Trial(mutant, steps, is_whole=True)


class Trials:
    """The trials of one run. Every outcome is kept as soon as it is known, and `tell` hears of it."""

    def __init__(self, kept: Kept, compute_seconds: Callable[[Sequence[str]], float], folder: Path) -> None:
        self._kept = kept
        self._compute_seconds = compute_seconds
        self._folder = folder
        self._queue: deque[Work] = deque()

    def run(
        self, trials: Sequence[Trial], workers: int, is_time_left: Callable[[], bool], tell: Callable[[Outcome], None]
    ) -> None:
        """Run them until their time is over."""
        self._queue = deque(self._build_work(trial) for trial in trials)
        for ended in run_work(self._queue, workers, is_time_left):
            outcome = self._decide(ended.work.name, ended)
            if outcome is not None:
                self._kept.add_outcome(outcome)
                tell(outcome)

    def _decide(self, trial: Trial, ended: Ended) -> Outcome | None:
        """What became of the mutant, now that a step has ended; None while another is in the queue."""
        outcome = self._judge(trial, trial.steps.popleft(), ended)
        if outcome is not None:
            return outcome
        if not trial.steps:
            return Outcome(trial.mutant.name, STILLBORN if trial.is_stunted else SURVIVED) if trial.is_whole else None
        is_urgent = len(trial.steps[0].tests) == 1
        (self._queue.appendleft if is_urgent else self._queue.append)(self._build_work(trial))
        return None

    def _judge(self, trial: Trial, step: _Step, ended: Ended) -> Outcome | None:
        """What a step that has ended decides; if nothing, the trial has the steps that follow from it."""
        name = trial.mutant.name
        if ended.is_out_of_time and step.has_mutant:
            return Outcome(name, KILLED, OUT_OF_TIME)
        if ended.code == CANNOT_IMPORT:
            return Outcome(name, STILLBORN)
        if ended.code == CANNOT_COLLECT:
            trial.is_stunted = True
        elif ended.code not in (ALL_PASSED, ONE_FAILED, *(() if trial.is_whole else (NOT_THERE,))):
            raise RuntimeError(f"{trial.mutant.describe()}: ended with {ended.code}\n{ended.output}")
        if not step.has_mutant:
            self._kept.add_alone(step.tests[0], ended.code == ALL_PASSED)
            return Outcome(name, KILLED, step.tests[0]) if ended.code == ALL_PASSED else None
        if ended.code != ONE_FAILED:
            return None
        test, is_first = json.loads(self._get_answer(trial).read_text(encoding="utf-8"))
        if is_first and test in self._kept.pass_alone:
            return Outcome(name, KILLED, test)
        others = tuple(one for one in step.tests if one != test)
        if others:
            trial.steps.appendleft(_Step(others))
        if test not in self._kept.fail_alone:
            trial.steps.appendleft(_Step((test,), has_mutant=not is_first))
        return None

    def _build_work(self, trial: Trial) -> Work:
        step = trial.steps[0]
        seconds = START_SECONDS + SLOWER_AT_MOST * math.ceil(self._compute_seconds(step.tests))
        mutant = trial.mutant if step.has_mutant else None
        return Work(_run_step, (mutant, step.tests, self._get_answer(trial)), seconds, name=trial)

    def _get_answer(self, trial: Trial) -> Path:
        return self._folder / f"{trial.mutant.path.replace('/', '.')}-{trial.mutant.number}.json"


def _run_step(mutant: Mutant | None, tests: Sequence[str], answer: Path) -> int:
    if mutant is not None:
        finder = MutantFinder(mutant.path, build_mutated_tree(read_module(mutant.path), mutant.number))
        try:
            put_in_place(finder)
        except Exception as fault:  # noqa: BLE001 - whatever a changed module raises when it is imported
            print(fault)
            return CANNOT_IMPORT
    watch = Watch(is_one_failure_enough=True)
    code = run_tests(sorted({get_file(test) for test in tests}), [Chosen(tests), watch])
    if watch.failed:
        failed = watch.failed[0]
        answer.write_text(json.dumps([failed, next(iter(watch.seconds)) == failed]), encoding="utf-8")
        return ONE_FAILED
    return CANNOT_COLLECT if watch.uncollected else code
