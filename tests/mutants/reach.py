"""Which unit tests reach which lines of the rules, how long each takes, and which fail without any mutant.

Each file of tests runs once, in a process of its own. What runs while it is collected belongs to no test: a constant, a
table, a world that a test module builds. For such a line every test of a file that imports its module is asked, for a
test that reads a table reaches no line of it.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from coverage import Coverage

from tests.mutants.changes import Mutant
from tests.mutants.kept import Kept
from tests.mutants.modules import is_far_test, is_own_test, list_far_test_files, list_modules, list_near_test_files
from tests.mutants.session import Chosen, Watch, run_tests
from tests.mutants.work import Work, run_work
from tests.support.core import ROOT

COLLECTING = ""
MEASURE_SECONDS = 600


@dataclass
class Reach:
    """What was learned from one run of all tests without a mutant."""

    seconds: dict[str, float] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    lines: dict[str, dict[int, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    importing: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, found: dict[str, Any]) -> None:
        """Take in what one process learned of one file of tests."""
        self.seconds |= found["seconds"]
        self.failed |= set(found["failed"])
        for path, lines in found["lines"].items():
            if lines:
                self.importing[path] |= set(found["seconds"])
            for line, tests in lines.items():
                self.lines[path][int(line)] |= set(tests)

    def list_tests(self, mutant: Mutant) -> list[str]:
        """The unit tests that reach a mutant, its module's own first, and of these the quick ones.

        A line that no test is known to reach may be one that the compiler made none of: it is taken as one of a table.
        """
        lines = self.lines[mutant.path]
        tests = {test for line in range(mutant.first_line, mutant.last_line + 1) for test in lines.get(line, ())}
        if not tests or COLLECTING in tests or mutant.function == "module":
            tests = self.importing[mutant.path]
        known = tests - self.failed
        return sorted(known, key=lambda test: (not is_own_test(test, mutant.path), self.seconds[test], test))

    def list_far_tests(self, mutant: Mutant) -> list[str]:
        """The property tests for a mutant, the quick ones first."""
        far = [test for test in self.seconds if is_far_test(test, mutant.path) and test not in self.failed]
        return sorted(far, key=lambda test: (self.seconds[test], test))

    def compute_seconds(self, tests: Iterable[str]) -> float:
        """How long the tests took together."""
        return sum(self.seconds.get(test, 0.0) for test in tests)


def measure_reach(kept: Kept, workers: int, is_time_left: Callable[[], bool]) -> Reach | None:
    """Run each file of tests whose reach is not known; None if the time was over before all were."""
    modules = {path: list_modules() for path in list_near_test_files()} | {path: [] for path in list_far_test_files()}
    files = sorted(modules)
    unknown = [path for path in files if kept.read_reach(path) is None]
    work = deque(Work(_measure, (kept, path, modules[path]), MEASURE_SECONDS, name=path) for path in unknown)
    for ended in run_work(work, workers, is_time_left):
        if ended.code:
            raise RuntimeError(f"{ended.work.name}: {ended.output}")
    reach = Reach()
    for path in files:
        found = kept.read_reach(path)
        if found is None:
            return None
        reach.add(found)
    return reach


def _measure(kept: Kept, path: str, modules: Sequence[str]) -> int:
    """Without modules no line is noted, which would make the property tests three times as slow."""
    coverage = Coverage(data_file=None, include=[str(ROOT / path) for path in modules]) if modules else None
    watch = Watch(coverage)
    if coverage:
        coverage.start()
    code = run_tests([path], [Chosen(None), watch])
    if watch.uncollected or code not in (0, 1):
        return code or 1
    lines = {}
    if coverage:
        coverage.stop()
        data = coverage.get_data()
        lines = {path: data.contexts_by_lineno(str(ROOT / path)) for path in modules}
    found = {"seconds": watch.seconds, "failed": watch.failed, "lines": lines}
    kept.write_reach(path, found)
    return 0
