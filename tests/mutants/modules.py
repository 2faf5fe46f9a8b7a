"""Which modules hold the rules, and which tests may kill their mutants."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOMAINS = ("identity", "pledges", "receivables")
BY_NAME = ("rules", "transitions", "days", "discount", "payments", "totals")
# A module that decides or writes for a command does so through its context.
ACTS_IN_A_CONTEXT = re.compile(r"^def _?(process|refuse)_\w+\(\s*context\b", re.MULTILINE)
NEAR_TESTS = ("tests/unit/ledger", "tests/unit/identity", "tests/unit/pledges", "tests/unit/receivables")
# Dear ones: the property tests whose steps are the commands of a package.
FAR_TESTS = {
    "ledger": ("tests/property/test_execution.py",),
    "identity": ("tests/property/test_identity.py", "tests/property/test_governance.py"),
    "pledges": ("tests/property/test_receivables_core.py", "tests/property/test_marks.py"),
    "receivables": (
        "tests/property/test_receivables_core.py",
        "tests/property/test_lines.py",
        "tests/property/test_money.py",
        "tests/property/test_marks.py",
    ),
}
ALL_FAR_TESTS = tuple(sorted({path for paths in FAR_TESTS.values() for path in paths}))


def list_modules() -> list[str]:
    """The paths of all modules of rules, sorted."""
    found = [path for domain in DOMAINS for path in (ROOT / domain).glob("*.py") if _is_of_rules(path)]
    return sorted(str(path.relative_to(ROOT)) for path in [*found, ROOT / "ledger" / "execution.py"])


def read_module(path: str) -> str:
    """The source of a module."""
    return (ROOT / path).read_text(encoding="utf-8")


def is_far_test(test: str, path: str) -> bool:
    """Whether a test is one of the property tests for the module's package."""
    return test.startswith(FAR_TESTS[str(Path(path).parent)])


def is_own_test(test: str, path: str) -> bool:
    """Whether a test stands in the file that mirrors the module."""
    module = Path(path)
    return test.startswith(f"tests/unit/{module.parent}/test_{module.stem}.py::")


def _is_of_rules(path: Path) -> bool:
    return path.stem in BY_NAME or bool(ACTS_IN_A_CONTEXT.search(path.read_text(encoding="utf-8")))
