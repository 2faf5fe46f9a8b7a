"""The tool's own parts; `make mutants` is the run itself."""

import ast
import subprocess
import sys

import pytest

from tests.mutants.__main__ import draw_sample
from tests.mutants.changes import build_mutated_tree, list_mutants
from tests.mutants.modules import ROOT, list_modules, read_module
from tests.mutants.reach import COLLECTING, Reach
from tests.mutants.report import (
    REASONS,
    build_result,
    get_key,
    list_faults,
    read_reasons,
)

TWO_MUTANTS = """
from tests.mutants.changes import list_mutants
from tests.mutants.modules import read_module
from tests.mutants.trial import Trial, run_trials

PATH, TEST = "receivables/rules.py", "tests/unit/receivables/test_rules.py::test_layers"
mutants = [one for one in list_mutants(PATH, read_module(PATH)) if one.function in ("is_layer_left", "is_frozen")]
run_trials([Trial(one, [([TEST], 60.0)]) for one in mutants], 2, lambda one, is_killed: print(one.function, is_killed))
"""


def afters(source: str) -> list[str]:
    """What the mutants of a source make of the line that they change."""
    return [mutant.after for mutant in list_mutants("x.py", source)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = a < b", ["x = a <= b"]),
        ("x = a >= b", ["x = a > b"]),
        ("x = a == b", ["x = a != b"]),
        ("x = a not in b", ["x = a in b"]),
        ("x = a is None", ["x = a is not None"]),
        ("x = a + b * c", ["x = a - b * c", "x = a + b // c"]),
        ("x = -a", ["x = a"]),
        ("x = a and not b", ["x = a or not b", "x = a and b"]),
        ("x = 1, True, 'a', b'a'", ["x = (2, True, 'a', b'a')", "x = (1, False, 'a', b'a')",
                                    "x = (1, True, 'ax', b'a')", "x = (1, True, 'a', b'ax')"]),
        ("if a(): b = c", ["if not a():"]),
        ("if a == b: c = d", ["if a != b:"]),
        ("x = a if b else c", ["x = a if not b else c"]),
        ("x = [a for a in b if a]", ["x = [a for a in b if not a]"]),
        ("f(a)", ["pass"]),
        ("a.b = c", ["pass"]),
        ("a.b += c", ["pass", "a.b -= c"]),
        ("raise a", ["pass"]),
        ("for a in b: continue", ["pass"]),
    ],
)  # fmt: skip
def test_each_kind_of_change(source, expected):
    assert sorted(afters(source)) == sorted(expected)


@pytest.mark.parametrize(
    "source",
    ["'''A docstring.'''", "a: b[1]", "@a(b=True)\ndef c(): d = e", "def a() -> b[1]: c = d", "a = b",
     "def a(): return b", "a = InvariantViolation(f'{b + 1}')"],
)  # fmt: skip
def test_what_decides_nothing_is_not_changed(source):
    assert afters(source) == []


def test_only_a_return_that_ends_a_function_early_is_dropped():
    assert afters("def f():\n  if a:\n    return b\n  return c") == ["if not a:", "pass"]


@pytest.mark.parametrize("path", list_modules())
def test_a_number_finds_its_mutant_and_nothing_else_changes(path):
    source = read_module(path)
    whole = ast.unparse(ast.parse(source)).splitlines()
    for mutant in list_mutants(path, source)[::7]:
        changed = ast.unparse(build_mutated_tree(source, mutant.number)).splitlines()
        assert changed != whole
        assert len(changed) == len(whole)
        assert sum(one != other for one, other in zip(changed, whole, strict=True)) <= 1 + mutant.before.count("\n")


def test_an_unknown_number_finds_nothing():
    with pytest.raises(LookupError):
        build_mutated_tree("a = b", 0)


def test_the_rules_are_where_the_sample_looks_for_them():
    expected = {"identity/rules.py", "identity/transitions.py", "ledger/execution.py", "pledges/rules.py",
                "pledges/transitions.py", "receivables/rules.py", "receivables/transitions.py",
                "receivables/settlement.py", "receivables/checks.py", "receivables/discount.py"}  # fmt: skip
    assert expected <= set(list_modules())


def test_a_seed_draws_its_sample():
    assert draw_sample(1, 50) == draw_sample(1, 50) != draw_sample(2, 50)
    assert len(set(draw_sample(1, 50))) == 50


def test_a_mutant_meets_its_own_tests_first_and_none_that_fails_anyway():
    mutant = list_mutants("pledges/rules.py", "def f():\n  return a + b")[0]
    own, other, slow, broken, apart = (
        "tests/unit/pledges/test_rules.py::t", "tests/unit/pledges/test_blankets.py::t",
        "tests/unit/pledges/test_blankets.py::slow", "tests/unit/pledges/test_blankets.py::broken",
        "tests/unit/pledges/test_blankets.py::apart",
    )  # fmt: skip
    reach = Reach()
    lines = {"pledges/rules.py": {"1": [apart], "2": [slow, other, own, broken]}}
    reach.add({"seconds": {own: 3, slow: 2, other: 1, broken: 0, apart: 0}, "failed": [broken], "lines": lines})
    assert reach.list_tests(mutant) == [own, other, slow]
    reach.add({"seconds": {}, "failed": [], "lines": {"pledges/rules.py": {"2": [COLLECTING]}}})
    assert reach.list_tests(mutant) == [own, apart, other, slow]


def test_a_test_that_notices_kills_and_one_that_does_not_look_lets_live():
    told = subprocess.run([sys.executable, "-c", TWO_MUTANTS], cwd=ROOT, capture_output=True, text=True, check=True)
    outcomes = set(told.stdout.split("\n")) - {""}
    assert outcomes == {"is_layer_left True", "is_frozen False"}


def test_too_few_killed_and_a_survivor_without_a_reason_are_faults():
    survivors = list_mutants("x.py", "x = a + b * c")
    reasons = {get_key(survivors[0]): "a is always 0"}
    assert len(list_faults(build_result(1, 40, survivors, reasons))) == 1
    assert len(list_faults(build_result(1, 39, survivors, reasons))) == 2
    assert list_faults(build_result(1, 20, survivors[:1], reasons)) == []


def test_each_reason_is_about_a_mutant_that_there_is():
    known = {get_key(mutant) for path in list_modules() for mutant in list_mutants(path, read_module(path))}
    assert set(read_reasons(REASONS.read_text(encoding="utf-8"))) - known == set()
