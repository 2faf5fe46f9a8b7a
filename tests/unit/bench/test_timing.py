import pytest

from bench.growth import SizeCost
from bench.timing import Sums, find_median, find_percentile


@pytest.mark.parametrize(("percent", "value"), [(0, 1), (50, 51), (99, 100), (100, 100)])
def test_a_percentile_is_one_of_the_values(percent, value):
    assert find_percentile(range(100, 0, -1), percent) == value


def test_of_no_values_it_is_nothing():
    assert find_percentile([], 99) == 0
    assert find_median([]) == 0


def test_the_median_does_not_mind_an_outlier():
    assert find_median([3, 1, 1000]) == 3


def test_sums_add_up_by_phase():
    sums = Sums()
    for _ in range(2):
        with sums.measure("tree"):
            pass
    assert set(sums.nanoseconds) == {"tree"}
    assert sums.nanoseconds["tree"] > 0
    sums.nanoseconds["tree"] = 5_000_000
    assert sums.compute_microseconds(1000) == {"tree": 5.0}
    sums.clear()
    assert sums.nanoseconds == {}


def test_a_turn_costs_what_all_of_its_blocks_cost():
    cost = SizeCost(10, 0.0, [1_000_000, 3_000_000, 2_000_000], [1000, 1000, 500], 250_000)
    assert cost.compute_turns(2) == [2.0, 4.0]
    assert cost.compute_copy_microseconds() == pytest.approx(0.1)
