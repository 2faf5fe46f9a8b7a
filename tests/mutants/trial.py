"""Each mutant against its tests, some at a time: first the unit tests that reach it, then the property tests.

The next step of a survivor comes after the first of all others. A process of its own for each, so that no mutant can
harm the next. pytest's exit code says how it went: 0 survived; 1 a test failed; 2 a test module could not be imported.
What does not end in its time is killed too.
"""

import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.mutants.changes import Mutant, build_mutated_tree
from tests.mutants.modules import is_own_test, read_module
from tests.mutants.reach import Reach
from tests.mutants.session import Chosen, MutantFinder, run_tests, start_process

SURVIVED, KILLED_BY = 0, (1, 2)
START_SECONDS, SLOWER_AT_MOST = 20.0, 10


@dataclass
class Trial:
    """A mutant, the steps that it has yet to survive, and how many seconds each may take."""

    mutant: Mutant
    steps: list[tuple[Sequence[str], float]]


@dataclass
class _Running:
    trial: Trial
    process: BaseProcess
    output: Path
    ends_at: float


def build_trial(mutant: Mutant, reach: Reach) -> Trial:
    """What a mutant has to pass: its module's own tests, all others that reach it, then the property tests."""
    near = reach.list_tests(mutant)
    own = [test for test in near if is_own_test(test, mutant.path)]
    steps = (own, near[len(own) :], reach.list_far_tests(mutant))
    return Trial(
        mutant, [(step, START_SECONDS + SLOWER_AT_MOST * reach.compute_seconds(step)) for step in steps if step]
    )


def run_trials(trials: Sequence[Trial], workers: int, tell: Callable[[Mutant, bool], None]) -> list[Mutant]:
    """Run all; the mutants that no test killed, in the given order. `tell` hears of each at its end."""
    waiting, running, survivors = deque(trials), list[_Running](), list[Mutant]()
    with tempfile.TemporaryDirectory() as folder:
        while waiting or running:
            while waiting and len(running) < workers:
                running.append(_start(waiting.popleft(), Path(folder)))
            for ended in _wait(running):
                running.remove(ended)
                mutant = ended.trial.mutant
                if not _has_survived(ended):
                    tell(mutant, True)
                elif ended.trial.steps:
                    waiting.append(ended.trial)
                else:
                    survivors.append(mutant)
                    tell(mutant, False)
    return sorted(survivors, key=lambda mutant: (mutant.path, mutant.number))


def _start(trial: Trial, folder: Path) -> _Running:
    tests, seconds = trial.steps.pop(0)
    output = folder / f"{trial.mutant.path.replace('/', '.')}-{trial.mutant.number}-{len(trial.steps)}.log"
    process = start_process(_run_step, output, trial.mutant, tests)
    return _Running(trial, process, output, time.monotonic() + seconds)


def _run_step(mutant: Mutant, tests: Sequence[str]) -> None:
    finder = MutantFinder(mutant.path, build_mutated_tree(read_module(mutant.path), mutant.number))
    paths = sorted({test.partition("::")[0] for test in tests})
    raise SystemExit(run_tests(paths, [Chosen(tests)], finder))


def _wait(running: Sequence[_Running]) -> list[_Running]:
    """Those that have ended or used up their time; at least one."""
    while True:
        wait([one.process.sentinel for one in running], timeout=1)
        now = time.monotonic()
        ended = [one for one in running if not one.process.is_alive() or now >= one.ends_at]
        if ended:
            return ended


def _has_survived(ended: _Running) -> bool:
    if ended.process.is_alive():
        ended.process.kill()
        ended.process.join()
        return False
    code = ended.process.exitcode
    if code in (SURVIVED, *KILLED_BY):
        return code == SURVIVED
    raise RuntimeError(f"{ended.trial.mutant.describe()}: pytest ended with {code}\n{ended.output.read_text()}")
