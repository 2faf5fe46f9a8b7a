"""Which modules hold the rules, and which tests may kill their mutants."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOMAINS = ("identity", "pledges", "receivables")
BY_NAME = ("rules", "transitions", "days", "discount", "payments", "totals")
# A module that decides or writes for a command does so through its context.
ACTS_IN_A_CONTEXT = re.compile(r"^def _?(process|refuse)_\w+\(\s*context\b", re.MULTILINE)
NEAR_TESTS = ("tests/unit/ledger", "tests/unit/identity", "tests/unit/pledges", "tests/unit/receivables")
# Dear ones: of the property tests those whose steps are commands.
FAR_TESTS = tuple(
    f"tests/property/test_{name}.py"
    for name in ("governance", "identity", "lines", "receivables_core", "money", "execution", "marks", "whole_ledger")
)


def list_modules() -> list[str]:
    """The paths of all modules of rules, sorted."""
    found = [path for domain in DOMAINS for path in (ROOT / domain).glob("*.py") if _is_of_rules(path)]
    return sorted(str(path.relative_to(ROOT)) for path in [*found, ROOT / "ledger" / "execution.py"])


def read_module(path: str) -> str:
    """The source of a module."""
    return (ROOT / path).read_text(encoding="utf-8")


def is_own_test(test: str, path: str) -> bool:
    """Whether a test stands in the file that mirrors the module."""
    module = Path(path)
    return test.startswith(f"tests/unit/{module.parent}/test_{module.stem}.py::")


def _is_of_rules(path: Path) -> bool:
    return path.stem in BY_NAME or bool(ACTS_IN_A_CONTEXT.search(path.read_text(encoding="utf-8")))
