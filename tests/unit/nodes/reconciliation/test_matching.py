"""Which entry and which line are one payment: exact first, sums then, and nothing twice."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.reconciliation.matching import (
    DIFFERS,
    GOOD,
    MATCHED,
    MATCHED_IN_SUM,
    MEANINGS,
    NOT_ON_LEDGER,
    NOT_ON_STATEMENT,
    match,
)
from nodes.reconciliation.payments import Line
from nodes.reconciliation.statement import Entry

A, B = "P.A", "P.B"


def entry(amount, start=0, end=0, payee="", package=A, row="2"):
    return Entry(row, package, start, end, amount, 10, "", payee, "")


def line(amount, start=0, end=0, payee="", package=A, identity=b""):
    return Line(package, start, end, amount, 10, payee, 1, identity)


def kinds(entries, lines, near=()):
    return [found.kind for found in match(entries, lines, near)]


def test_equal_sides_match():
    assert kinds([entry(5, 1, 9, "X")], [line(5, 1, 9, "X")]) == [MATCHED]
    assert kinds([entry(5, 1, 9)], [line(5, 1, 9, "X")]) == [MATCHED]
    assert kinds([entry(5)], [line(5, 1, 9, "X")]) == [MATCHED]
    assert kinds([entry(5, 1, 9, "X")], [line(5)]) == [MATCHED]
    assert kinds([], []) == []


def test_a_payment_never_received_and_one_never_reported():
    assert kinds([], [line(5, 1, 9, "X")]) == [NOT_ON_STATEMENT]
    assert kinds([entry(5, 1, 9, "X")], []) == [NOT_ON_LEDGER]
    assert kinds([entry(5, package=A)], [line(5, package=B)]) == [NOT_ON_LEDGER, NOT_ON_STATEMENT]
    assert kinds([entry(5, 1, 9, "X")], [line(5, 1, 9, "Y")]) == [NOT_ON_LEDGER, NOT_ON_STATEMENT]


def test_other_amounts_differ():
    assert kinds([entry(4, 1, 9, "X")], [line(5, 1, 9, "X")]) == [DIFFERS]
    assert kinds([entry(4)], [line(5, 1, 9, "X")]) == [DIFFERS]
    assert kinds([entry(4, 1, 9)], [line(5, 10, 19, "X")]) == [NOT_ON_LEDGER, NOT_ON_STATEMENT]


def test_a_payment_twice_on_one_side_is_left_over_once():
    assert kinds([entry(5, 1, 9), entry(5, 1, 9, row="3")], [line(5, 1, 9)]) == [MATCHED, NOT_ON_LEDGER]
    assert kinds([entry(5, 1, 9)], [line(5, 1, 9), line(5, 1, 9)]) == [MATCHED, NOT_ON_STATEMENT]


def test_the_narrowest_match_is_taken_first():
    entries = [entry(5, row="2"), entry(5, 1, 9, row="3")]
    lines = [line(5, 1, 9, "X"), line(5, 10, 19, "X")]
    found = match(entries, lines)
    assert [one.kind for one in found] == [MATCHED, MATCHED]
    assert {(one.entries[0].row, one.lines[0].start) for one in found} == {("3", 1), ("2", 10)}


def test_one_transfer_may_pay_several_ranges():
    assert kinds([entry(12, payee="X")], [line(5, 1, 9, "X"), line(7, 10, 19, "X")]) == [MATCHED_IN_SUM]
    assert kinds([entry(5), entry(7, row="3")], [line(12)]) == [MATCHED_IN_SUM]
    assert kinds([entry(5), entry(7, row="3")], [line(4, 1, 9, "X"), line(8, 10, 19, "Y")]) == [MATCHED_IN_SUM]
    assert kinds([entry(12, payee="Y")], [line(5, 1, 9, "X"), line(7, 10, 19, "X")]).count(MATCHED_IN_SUM) == 0
    assert MATCHED_IN_SUM in GOOD


def test_equal_lines_are_taken_one_at_a_time():
    twins = [line(6), line(6)]
    assert kinds([entry(2), entry(4, row="3")], twins) == [MATCHED_IN_SUM, NOT_ON_STATEMENT]


def test_days_near_by_help_and_never_harm():
    assert kinds([entry(5)], [], [line(5)]) == [MATCHED]
    assert kinds([], [], [line(5)]) == []
    assert kinds([entry(4)], [], [line(5)]) == [NOT_ON_LEDGER]
    assert kinds([entry(5)], [line(6)], [line(5)]) == [MATCHED, NOT_ON_STATEMENT]
    assert kinds([entry(5)], [line(5)], [line(5)]) == [MATCHED]


entries = st.lists(
    st.builds(entry, st.integers(1, 4), st.sampled_from([0, 1]), st.sampled_from([0, 9]), st.sampled_from(["", "X",
    "Y"]),
              st.sampled_from([A, B])), max_size=5,
)  # fmt: skip
lines = st.lists(
    st.builds(line, st.integers(1, 4), st.sampled_from([0, 1]), st.sampled_from([0, 9]), st.sampled_from(["", "X",
    "Y"]),
              st.sampled_from([A, B])), max_size=5,
)  # fmt: skip


@given(entries, lines, lines)
def test_everything_is_said_once_and_only_good_matches_balance(told, booked, near):
    told = [entry(one.amount_fen, one.start, one.end, one.payee, one.package, str(row)) for row, one in enumerate(told)]
    found = match(told, booked, near)
    assert sorted(one.row for group in found for one in group.entries) == sorted(one.row for one in told)
    assert {group.kind for group in found} <= set(MEANINGS)
    said = [one for group in found for one in group.lines]
    assert all(said.count(one) >= booked.count(one) for one in booked)
    for group in found:
        sums = sum(one.amount_fen for one in group.entries), sum(one.amount_fen for one in group.lines)
        assert (sums[0] == sums[1]) == (group.kind in GOOD)
        assert {one.package for one in group.entries} | {one.package for one in group.lines} == {group.package}
        payees = [{one.payee for one in side if one.payee} for side in (group.entries, group.lines)]
        assert not all(payees) or payees[0] <= payees[1] or any(not one.payee for one in group.lines)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_of_rows_decides_nothing(order):
    told = [entry(5, row="2"), entry(7, 1, 9, "X", row="3"), entry(12, payee="Y", row="4")]
    booked = [line(5, 1, 9, "X"), line(7, 1, 9, "X"), line(12, 10, 19, "Y")]
    expected = match(told, booked)
    assert match([told[place] for place in order], [booked[place] for place in order]) == expected
