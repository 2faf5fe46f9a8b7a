"""Which unit tests reach which lines of the rules, how long each takes, and which fail without any mutant.

What runs while tests are collected belongs to no test: a constant, a table, a world that a test module builds. For such
a line every test that reaches its module is asked.
"""

import json
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coverage import Coverage

from tests.mutants.changes import Mutant
from tests.mutants.modules import ALL_FAR_TESTS, NEAR_TESTS, ROOT, is_far_test, is_own_test
from tests.mutants.session import (
    Chosen,
    Watch,
    import_foreign_modules,
    list_foreign_modules,
    run_tests,
    start_process,
)

COLLECTING = ""


@dataclass
class Reach:
    """What was learned from one run of all tests without a mutant."""

    seconds: dict[str, float] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    lines: dict[str, dict[int, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))

    def add(self, found: dict[str, Any]) -> None:
        """Take in what one process learned."""
        self.seconds |= found["seconds"]
        self.failed |= set(found["failed"])
        for path, lines in found["lines"].items():
            for line, tests in lines.items():
                self.lines[path][int(line)] |= set(tests)

    def list_tests(self, mutant: Mutant) -> list[str]:
        """The unit tests that reach a mutant, its module's own first, and of these the quick ones."""
        lines = self.lines[mutant.path]
        tests = {test for line in range(mutant.first_line, mutant.last_line + 1) for test in lines.get(line, ())}
        if COLLECTING in tests or mutant.function == "module":
            tests = {test for found in lines.values() for test in found}
        known = [test for test in tests - self.failed if test != COLLECTING]
        return sorted(known, key=lambda test: (not is_own_test(test, mutant.path), self.seconds[test], test))

    def list_far_tests(self, mutant: Mutant) -> list[str]:
        """The property tests for a mutant, the quick ones first."""
        far = [test for test in self.seconds if is_far_test(test, mutant.path) and test not in self.failed]
        return sorted(far, key=lambda test: (self.seconds[test], test))

    def compute_seconds(self, tests: Iterable[str]) -> float:
        """How long the tests took together."""
        return sum(self.seconds[test] for test in tests)


def measure_reach(modules: Sequence[str]) -> Reach:
    """Run all tests once; afterwards this process has imported the packages that they need."""
    reach = Reach()
    with tempfile.TemporaryDirectory() as folder:
        runs = [(ALL_FAR_TESTS, ()), *(((paths,), modules) for paths in NEAR_TESTS)]
        answers = [Path(folder) / f"{at}.json" for at in range(len(runs))]
        running = [
            (start_process(_measure, answer.with_suffix(".log"), *run, answer), answer)
            for run, answer in zip(runs, answers, strict=True)
        ]
        for process, answer in running:
            process.join()
            if not answer.exists():
                raise RuntimeError(answer.with_suffix(".log").read_text(encoding="utf-8"))
            learned = json.loads(answer.read_text(encoding="utf-8"))
            reach.add(learned)
            import_foreign_modules(learned["foreign"])
    return reach


def _measure(paths: Sequence[str], modules: Sequence[str], answer: Path) -> None:
    """Without modules no line is noted, which would make the property tests three times as slow."""
    coverage = Coverage(data_file=None, include=[str(ROOT / path) for path in modules]) if modules else None
    watch = Watch(coverage)
    if coverage:
        coverage.start()
    code = run_tests(paths, [Chosen(None), watch])
    if code > 1:
        raise RuntimeError(f"pytest ended with {code}")
    lines = {}
    if coverage:
        coverage.stop()
        data = coverage.get_data()
        lines = {path: data.contexts_by_lineno(str(ROOT / path)) for path in modules}
    found = {
        "seconds": watch.seconds,
        "failed": sorted(watch.failed),
        "lines": lines,
        "foreign": list_foreign_modules(),
    }
    answer.write_text(json.dumps(found), encoding="utf-8")
