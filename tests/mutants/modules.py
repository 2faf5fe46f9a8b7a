"""Which modules hold the rules, and which tests may kill their mutants."""

from pathlib import Path

from tests.support.core import ROOT, list_core_of_domains

# The core of a domain is rules, but for these: what is kept and told, the numbers of the refusals, what a verifier may
# ask, what a network begins with, and what the read side makes of records.
NOT_RULES = {
    "__init__", "alert_patterns", "commands", "events", "flows", "genesis", "questions", "receivable_questions",
    "records", "registration_text", "rejections", "side_records",
}  # fmt: skip
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
        "tests/property/test_payments.py",
        "tests/property/test_marks.py",
    ),
}


def list_modules() -> list[str]:
    """The paths of all modules of rules, sorted. A new one of a domain's core is among them until it is excepted."""
    found = [path for path in list_core_of_domains() if path.stem not in NOT_RULES]
    return sorted(str(path.relative_to(ROOT)) for path in [*found, ROOT / "ledger" / "execution.py"])


def list_near_test_files() -> list[str]:
    """The files of unit tests, sorted."""
    return sorted(str(path.relative_to(ROOT)) for folder in NEAR_TESTS for path in (ROOT / folder).rglob("test_*.py"))


def list_far_test_files() -> list[str]:
    """The files of property tests, sorted."""
    return sorted({path for paths in FAR_TESTS.values() for path in paths})


def read_module(path: str) -> str:
    """The source of a module."""
    return (ROOT / path).read_text(encoding="utf-8")


def get_file(test: str) -> str:
    """The file of a test."""
    return test.partition("::")[0]


def is_far_test(test: str, path: str) -> bool:
    """Whether a test is one of the property tests for the module's package."""
    return get_file(test) in FAR_TESTS[str(Path(path).parent)]


def is_own_test(test: str, path: str) -> bool:
    """Whether a test stands in the file that mirrors the module."""
    module = Path(path)
    return get_file(test) == f"tests/unit/{module.parent}/test_{module.stem}.py"
