"""Many covered lines do not hide bare branches."""

import pytest

from tests.coverage_gate import shortfalls


def totals(lines: int, branches: int) -> dict[str, int]:
    return {"covered_lines": lines, "num_statements": 1000, "covered_branches": branches, "num_branches": 100}


@pytest.mark.parametrize(
    ("lines", "branches", "short"),
    [(970, 97, []), (969, 97, ["lines"]), (1000, 96, ["branches"]), (0, 0, ["lines", "branches"])],
)
def test_lines_and_branches_are_held_apart(lines, branches, short):
    assert [line.partition(":")[0] for line in shortfalls(totals(lines, branches))] == short


def test_branches_that_nobody_measured_fall_short():
    assert shortfalls({"covered_lines": 1000, "num_statements": 1000}) != []
