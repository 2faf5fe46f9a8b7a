"""Fewer faults that fail too: what is left tells where to look."""

from collections.abc import Callable

from tests.simulator.faults import Plan


def shrink(plan: Plan, is_failing: Callable[[Plan], bool]) -> Plan:
    """Leave out one fault after another as long as the schedule still fails."""
    if not is_failing(plan):
        return plan
    for number in sorted(plan, reverse=True):
        smaller = {other: kind for other, kind in plan.items() if other != number}
        if is_failing(smaller):
            plan = smaller
    return plan
