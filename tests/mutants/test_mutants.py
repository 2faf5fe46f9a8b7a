"""The tool's own parts; `make mutants` is the run itself."""

import ast
import subprocess
import sys
from typing import Any

import pytest

from tests.mutants.changes import build_mutated_tree, list_mutants
from tests.mutants.kept import KILLED, OUT_OF_TIME, SURVIVED, Kept, Outcome, compute_state
from tests.mutants.modules import FAR_TESTS, NOT_RULES, list_modules, read_module
from tests.mutants.reach import COLLECTING, Reach
from tests.mutants.report import (
    FLOOR_PERCENT,
    REASONS,
    build_result,
    compute_known,
    get_key,
    list_faults,
    read_reasons,
    read_result,
)
from tests.mutants.run import rank_mutants
from tests.support.core import ROOT, list_core_of_domains

OWN = "tests/unit/receivables/test_rules.py::test_layers"
# Mutants of functions against one test.
MUTANTS_OF = f"""
import sys
from pathlib import Path
from tests.mutants.changes import list_mutants
from tests.mutants.kept import Kept
from tests.mutants.modules import read_module
from tests.mutants.reach import Reach
from tests.mutants.trial import Trials, build_trial

PATH, FOLDER = "receivables/rules.py", Path(sys.argv[1])
mutants = [one for one in list_mutants(PATH, read_module(PATH)) if one.function in sys.argv[2:]]
lines = {{PATH: {{line: ["{OWN}"] for one in mutants for line in range(one.first_line, one.last_line + 1)}}}}
reach = Reach()
reach.add({{"seconds": {{"{OWN}": 0.1}}, "failed": [], "lines": lines}})
told = []
trials = [build_trial(one, reach) for one in mutants]
Trials(Kept(FOLDER), reach.compute_seconds, FOLDER).run(trials, 2, lambda: True, told.append)
for outcome in told:
    print(outcome.mutant.split()[1], outcome.kind, outcome.test)
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
        ("x = a + 'b'", ["x = a + 'bx'"]),
        ("x = CommandSpec('a', b, c=True)", ["x = CommandSpec('a', b, c=False)"]),
        ("for a in b: continue", ["pass"]),
    ],
)  # fmt: skip
def test_each_kind_of_change(source, expected):
    assert sorted(afters(source)) == sorted(expected)


@pytest.mark.parametrize(
    "source",
    ["'''A docstring.'''", "a: b[1]", "@a(b=True)\ndef c(): d = e", "def a() -> b[1]: c = d", "a = b",
     "def a(): return b", "a = b + [c]", "a = InvariantViolation(f'{b + 1}')"],
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
    expected = {"identity/rules.py", "identity/transitions.py", "identity/admission.py", "identity/authorise.py",
                "ledger/execution.py", "pledges/rules.py", "pledges/transitions.py", "receivables/rules.py",
                "receivables/transitions.py", "receivables/settlement.py", "receivables/checks.py"}  # fmt: skip
    assert expected <= set(list_modules())


def test_each_module_and_test_that_is_named_is_there():
    assert {path.stem for path in list_core_of_domains()} >= NOT_RULES
    assert all((ROOT / path).exists() for paths in FAR_TESTS.values() for path in paths)


def test_a_seed_has_its_order_and_each_mutant_its_own_name():
    ranking = rank_mutants(1)
    assert ranking == rank_mutants(1) != rank_mutants(2)
    assert len({mutant.name for mutant in ranking}) == len(ranking)


def test_a_mutant_meets_its_own_tests_first_and_none_that_fails_anyway():
    mutant = list_mutants("pledges/rules.py", "def f():\n  return a + b")[0]
    own, other, slow, broken, apart = (
        "tests/unit/pledges/test_rules.py::t", "tests/unit/pledges/test_blankets.py::t",
        "tests/unit/pledges/test_blankets.py::slow", "tests/unit/pledges/test_blankets.py::broken",
        "tests/unit/pledges/test_blankets.py::apart",
    )  # fmt: skip
    reach = Reach()
    lines = {"pledges/rules.py": {"1": [COLLECTING], "2": [slow, other, broken]}}
    reach.add({"seconds": {slow: 2, other: 1, broken: 0, apart: 0}, "failed": [broken], "lines": lines})
    reach.add({"seconds": {own: 3}, "failed": [], "lines": {"pledges/rules.py": {"2": [own]}}})
    reach.add({"seconds": {"tests/unit/pledges/test_x.py::t": 0}, "failed": [], "lines": {"pledges/rules.py": {}}})
    assert reach.list_tests(mutant) == [own, other, slow]
    # A line that runs while tests are collected is asked of all who import it, for they may read what it made.
    reach.lines["pledges/rules.py"][2].add(COLLECTING)
    assert reach.list_tests(mutant) == [own, apart, other, slow]


def run_mutants_of(folder, *functions):
    command = [sys.executable, "-c", MUTANTS_OF, str(folder), *functions]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(told.stdout.splitlines())


def test_a_test_that_notices_kills_and_one_that_does_not_look_lets_live(tmp_path):
    told = run_mutants_of(tmp_path, "is_layer_left", "is_frozen")
    assert told == {f"is_layer_left {KILLED} {OWN}", f"is_frozen {SURVIVED} "}
    kept = Kept(tmp_path)
    assert {outcome.kind for outcome in kept.outcomes.values()} == {KILLED, SURVIVED}
    assert set(kept.hints.values()) == kept.pass_alone == {OWN}


def build_outcomes(survivors, killed):
    kills = [mutant for at in range(killed) for mutant in list_mutants(f"{at}.py", "x = a < b")]
    return [(one, Outcome(one.name, SURVIVED)) for one in survivors] + [
        (one, Outcome(one.name, KILLED, OWN)) for one in kills
    ]


def test_too_few_killed_and_a_survivor_without_a_reason_are_faults():
    survivors = list_mutants("x.py", "x = a + b * c")
    reasons = {get_key(survivors[0]): "a is always 0"}
    assert len(list_faults(build_result(1, build_outcomes(survivors, 38), [], reasons))) == 1
    assert len(list_faults(build_result(1, build_outcomes(survivors, 37), [], reasons))) == 2
    good = build_result(1, build_outcomes(survivors[:1], 19), [], reasons)
    assert list_faults(good) == []
    assert len(list_faults(good | {"sampled": 21})) == 2


def test_a_kill_counts_while_its_test_is_there_and_the_mutant_is_drawn():
    ranking = list_mutants("x.py", "x = a + b * c < d")
    tests = [OWN, OWN.replace("test_layers", "test_gone"), OUT_OF_TIME]
    killed = {mutant.name: test for mutant, test in zip(ranking, tests, strict=True)}
    result: dict[str, Any] = {"sampled": 3, "killed": killed, "stillborn": []}
    assert compute_known(result, ranking) == 2
    of_a_machine = dict.fromkeys(killed, "tests/property/test_money.py::TestMoney::runTest")
    assert compute_known(result | {"killed": of_a_machine}, ranking) == 3
    assert compute_known(result | {"sampled": 2}, ranking) == 1
    assert compute_known(result | {"sampled": 2, "stillborn": [ranking[1].name]}, ranking) == 2


def test_the_result_that_is_kept_is_good_enough():
    result = read_result(1)
    assert result is not None
    assert result["sampled"] >= 300
    assert list_faults(result) == []
    assert compute_known(result, rank_mutants(1)) * 100 >= result["sampled"] * FLOOR_PERCENT, "run `make mutants`"


def test_each_reason_is_about_a_mutant_that_there_is():
    known = {get_key(mutant) for path in list_modules() for mutant in list_mutants(path, read_module(path))}
    assert set(read_reasons(REASONS.read_text(encoding="utf-8"))) - known == set()


def test_what_is_kept_holds_while_what_it_rests_on_is_the_same(tmp_path):
    kept = Kept(tmp_path)
    for outcome in (Outcome("a", KILLED, OWN), Outcome("b", SURVIVED), Outcome("c", KILLED, OUT_OF_TIME)):
        kept.add_outcome(outcome)
    kept.write_reach("tests/unit/test_rejections.py", {"seconds": {}})
    assert Kept(tmp_path).outcomes == kept.outcomes
    journal = tmp_path / "journal.jsonl"
    text = journal.read_text(encoding="utf-8").replace(compute_state(None), "of another day")
    journal.write_text(text, encoding="utf-8")
    assert set(Kept(tmp_path).outcomes) == {"a"}
    journal.write_text(text.replace(compute_state(OWN.partition("::")[0]), "of another day"), encoding="utf-8")
    later = Kept(tmp_path)
    assert later.outcomes == {}
    assert later.hints == {"a": OWN}
    assert later.read_reach("tests/unit/test_rejections.py") == {"seconds": {}}
    assert later.read_reach("tests/unit/test_house.py") is None


def test_the_state_of_a_file_of_tests_is_its_own():
    first, second = "tests/unit/test_rejections.py", "tests/unit/test_house.py"
    assert len({compute_state(first), compute_state(second), compute_state(None)}) == 3
