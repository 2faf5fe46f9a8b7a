"""What is kept between runs in `.mutants/`, so that a run that was stopped goes on, and one after an edit is short.

1. What a file of tests reaches holds while that file and all code but other files of tests are the same.
2. A kill, and that a test passes alone, hold while the same is true of the test's file.
3. A survival holds while nothing changed, for any test may be the one that kills.
4. Which test killed a mutant last is a hint for ever: it is tried first.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.mutants.modules import get_file, read_module
from tests.support.core import ROOT

FOLDER = ROOT / ".mutants"
CODE = ("hefu", "ledger", "identity", "pledges", "receivables", "nodes", "examples", "tests")
KILLED, SURVIVED, STILLBORN = "killed", "survived", "stillborn"
OUT_OF_TIME = "time"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mutant; `test` killed it, or its time ran out."""

    mutant: str
    kind: str
    test: str = ""


@cache
def compute_state(test_file: str | None) -> str:
    """The digest of all code with one file of tests; with all of them for None."""
    code, tests = _read_code()
    read = tests if test_file is None else [path for path in tests if path == test_file]
    return _compute_digest([code, *(_compute_digest([path, read_module(path)]) for path in read)])


@cache
def _read_code() -> tuple[str, list[str]]:
    """The digest of all code but the files of tests, and the paths of those. This tool itself is not asked."""
    found = sorted(str(path.relative_to(ROOT)) for folder in CODE for path in (ROOT / folder).rglob("*.py"))
    paths = [path for path in found if not path.startswith("tests/mutants/")]
    tests = [path for path in paths if Path(path).name.startswith("test_")]
    code = [_compute_digest([path, read_module(path)]) for path in paths if path not in tests]
    return _compute_digest(code), tests


def _compute_digest(parts: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


class Kept:
    """The outcomes and the tests that pass alone; each is on disk as soon as it is known."""

    def __init__(self, folder: Path = FOLDER) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._journal = folder / "journal.jsonl"
        self.outcomes: dict[str, Outcome] = {}
        self.hints: dict[str, str] = {}
        self.pass_alone: set[str] = set()
        self.fail_alone: set[str] = set()
        lines = self._journal.read_text(encoding="utf-8").splitlines() if self._journal.exists() else []
        for line in lines:
            self._take(json.loads(line))

    def add_outcome(self, outcome: Outcome) -> None:
        """Keep what became of a mutant."""
        self._append({"outcome": asdict(outcome), "state": _compute_state_of_outcome(outcome)})

    def add_alone(self, test: str, has_passed: bool) -> None:
        """Keep whether a test passes without a mutant and without other tests."""
        self._append({"alone": test, "has_passed": has_passed, "state": compute_state(get_file(test))})

    def read_reach(self, test_file: str) -> dict[str, Any] | None:
        """What a file of tests reaches, if it is known."""
        path = self._get_reach_file(test_file)
        if not path.exists():
            return None
        kept = json.loads(path.read_text(encoding="utf-8"))
        return dict(kept["found"]) if kept["state"] == compute_state(test_file) else None

    def write_reach(self, test_file: str, found: Mapping[str, Any]) -> None:
        """Keep what a file of tests reaches."""
        text = json.dumps({"state": compute_state(test_file), "found": found})
        self._get_reach_file(test_file).write_text(text, encoding="utf-8")

    def _get_reach_file(self, test_file: str) -> Path:
        return self._folder / f"{test_file.removesuffix('.py').replace('/', '.')}.json"

    def _append(self, line: Mapping[str, Any]) -> None:
        with self._journal.open("a", encoding="utf-8") as journal:
            journal.write(json.dumps(line) + "\n")
        self._take(line)

    def _take(self, line: Mapping[str, Any]) -> None:
        if "alone" in line:
            if line["state"] == compute_state(get_file(line["alone"])):
                (self.pass_alone if line["has_passed"] else self.fail_alone).add(line["alone"])
            return
        outcome = Outcome(**line["outcome"])
        if outcome.kind == KILLED and outcome.test != OUT_OF_TIME:
            self.hints[outcome.mutant] = outcome.test
        self.outcomes.pop(outcome.mutant, None)
        if line["state"] == _compute_state_of_outcome(outcome):
            self.outcomes[outcome.mutant] = outcome


def _compute_state_of_outcome(outcome: Outcome) -> str:
    is_by_one_test = outcome.kind == KILLED and outcome.test != OUT_OF_TIME
    return compute_state(get_file(outcome.test) if is_by_one_test else None)
