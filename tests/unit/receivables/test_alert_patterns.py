"""Patterns on either side of their thresholds, without a database."""

import pytest

from hefu.v1 import receivables_pb2 as pb
from receivables.alert_patterns import (
    MANY_PIECES,
    MAX_SPLITS,
    MIN_POSITIONS,
    PASS_ON_TIMES,
    WINDOW_DAYS,
    CircleFinder,
    PastFlow,
    TooMuch,
    find_concentration,
    find_pass_through,
    find_splitting,
    find_supplier_concentration,
)

MIN_PIECE_FEN = 100


def flow(giver, receiver, on=0, amount=10_000, kind=pb.ACCEPT_TRANSFER, package="P"):
    return PastFlow(on, kind, package, giver, receiver, amount)


def count_splitting(flows):
    return sum(alert.count for alert in find_splitting(flows, lambda _: MIN_PIECE_FEN))


@pytest.mark.parametrize("kind", [pb.ACCEPT_ISSUE, pb.CONFIRM_RECEIVABLE])
def test_what_begins_a_package_is_no_piece_of_it(kind):
    begun = [flow("I", f"S{n}", kind=kind, amount=MIN_PIECE_FEN) for n in range(MANY_PIECES)]
    assert count_splitting(begun) == 0
    assert count_splitting([*begun, *(flow("S", f"R{n}") for n in range(MANY_PIECES))]) == MANY_PIECES


def test_receivers_are_many_within_a_few_days_alone():
    slow = [flow("S", f"R{n}", on=n) for n in range(3 * MANY_PIECES)]
    assert count_splitting(slow) == 0
    late = [flow("S", f"Q{n}", on=100 + n % WINDOW_DAYS) for n in range(MANY_PIECES)]
    assert count_splitting([*slow, *sorted(late, key=lambda one: one.on)]) == MANY_PIECES
    assert count_splitting([flow("S", "R") for _ in range(MANY_PIECES)]) == 0  # to one alone


def test_few_pieces_are_never_too_small():
    small = [flow("S", "R", amount=MIN_PIECE_FEN) for _ in range(MANY_PIECES - 1)]
    assert count_splitting(small) == 0
    assert count_splitting([*small, flow("S", "R", amount=2 * MIN_PIECE_FEN)]) == 0
    assert count_splitting([*small, flow("S", "R", amount=MIN_PIECE_FEN)]) == MANY_PIECES


def test_so_many_cuts_are_trade_and_one_more_is_not():
    cuts = [flow("S", "S", kind=pb.SPLIT) for _ in range(2 * MAX_SPLITS)]
    assert count_splitting(cuts) == 0
    assert count_splitting([*cuts, cuts[0]]) == 2 * MAX_SPLITS + 1


def test_a_circle_counts_double_on_one_package_and_needs_half_of_its_first_flow():
    there, back = flow("A", "B"), flow("B", "A", amount=5_000)
    (circle,) = CircleFinder([there, back], 100).find()
    assert (list(circle.organisations), circle.count, circle.amount_fen) == (["A", "B"], 2, 5_000)
    (other,) = CircleFinder([there, flow("B", "A", package="Q")], 100).find()
    assert other.count == 1
    assert CircleFinder([there, flow("B", "A", amount=4_999)], 100).find() == []
    assert CircleFinder([back, there], 100).find() == CircleFinder([back, flow("A", "B")], 100).find()
    with pytest.raises(TooMuch):
        CircleFinder([there, back], 0).find()


def test_shares_of_few_positions_say_nothing():
    few = [("L", "I", 100)] * (MIN_POSITIONS - 1)
    assert find_concentration(few, 300_000) == []
    (alert,) = find_concentration([*few, ("L", "J", 100)], 300_000)
    assert (list(alert.organisations), alert.share_ppm, alert.count) == (["L", "I"], 800_000, MIN_POSITIONS - 1)
    issued = [flow("I", "S", kind=pb.ACCEPT_ISSUE)] * MIN_POSITIONS
    assert [list(one.organisations) for one in find_supplier_concentration(issued)] == [["I", "S"]]


def test_a_broker_gives_on_at_once_nearly_all_and_often():
    def passed(times, on=0, amount=9_000, kind=pb.ACCEPT_TRANSFER):
        pairs = [(flow("A", "X", package=f"P{n}"), flow("X", "B", on, amount, kind, f"P{n}")) for n in range(times)]
        return [list(alert.organisations) for alert in find_pass_through([one for pair in pairs for one in pair])]

    assert passed(PASS_ON_TIMES) == [["X"]]
    assert passed(PASS_ON_TIMES - 1) == []
    assert passed(PASS_ON_TIMES, on=WINDOW_DAYS) == [["X"]]
    assert passed(PASS_ON_TIMES, on=WINDOW_DAYS + 1) == []
    assert passed(PASS_ON_TIMES, amount=8_999) == []
    assert passed(PASS_ON_TIMES, kind=pb.PAY_OUT) == []
