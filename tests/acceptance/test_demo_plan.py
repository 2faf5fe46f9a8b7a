"""What the demo decides before anything runs: quotes, disputes, freezes, and which offers the ledger must refuse."""

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from examples.demo.calendar import build_business_calendar, to_day
from examples.demo.cast import LEAST_ENTERPRISES, build_cast
from examples.demo.lines import LINE_FEN, compute_line, forecast_refusals, write_grants
from examples.demo.plan import QUOTED, Plan, build_plans
from examples.demo.sample import EPOCH, Receivable, read_receivables
from examples.demo.steps import compute_terms
from hefu.v1 import receivables_pb2 as pb
from receivables.days import compute_calendar
from receivables.rules import is_number

SAMPLE = Path(__file__).parents[2] / "examples" / "data" / "ibm-accounts-receivable.csv"
MONDAY = to_day("2013-03-04")
BLOCKED, EXHAUSTED = "380 ISSUER_BLOCKED", "383 LINE_EXHAUSTED"


@cache
def list_plans() -> list[Plan]:
    """The plans of the published sample."""
    rows = read_receivables(SAMPLE.read_bytes())
    return build_plans(rows, build_cast(row.customer for row in rows), compute_calendar(build_business_calendar()))


def make_row(number: int, issued_on: int, settled_on: int, amount_fen: int, customer: str = "A") -> Receivable:
    return Receivable(customer, f"{number:010d}", issued_on, issued_on + 30, settled_on, amount_fen, is_disputed=False)


def forecast(*rows: Receivable) -> list[str]:
    """Of each row, in their order, what its offer is refused for; "" where it is taken."""
    cast = build_cast(row.customer for row in rows)
    plans = build_plans(rows, cast, compute_calendar(build_business_calendar()))
    refused = forecast_refusals(plans)
    return [refused.get(plan.package, "") for plan in plans]


def test_whoever_asks_for_quotes_has_two_or_three_and_takes_the_cheapest() -> None:
    asked = [(plan, financing) for plan in list_plans() for financing in plan.financings if financing.quotes]
    assert len(asked) > 100
    assert {len(financing.quotes) for _, financing in asked} == {2, 3}
    for plan, financing in asked:
        nets = {q.bank.id: compute_terms(financing, q.rate_ppm, plan).net_fen for q in financing.quotes}
        assert len(nets) == len(financing.quotes)
        assert nets[financing.bank.id] == max(nets.values())
        assert (plan.path, financing.asked_on) == (QUOTED, plan.receivable.issued_on + 1)


def test_what_the_sample_calls_disputed_is_disputed_when_nothing_moves_any_more() -> None:
    disputed = [(plan, plan.dispute) for plan in list_plans() if plan.dispute is not None]
    assert all(plan.receivable.is_disputed for plan, _ in disputed)
    assert len(disputed) > 0.9 * sum(plan.receivable.is_disputed for plan in list_plans())
    for plan, dispute in disputed:
        last = max([f.paid_on for f in plan.financings] + [m.on + 1 for m in plan.moves] + [plan.receivable.issued_on])
        assert last < dispute.opened_on < dispute.ended_on <= plan.receivable.settled_on
        assert dispute.is_corrected == (dispute.ended_on < plan.receivable.settled_on)
    assert {dispute.is_corrected for _, dispute in disputed} == {False, True}


def test_only_what_is_long_overdue_is_frozen_and_free_again_when_it_is_paid() -> None:
    frozen = [(plan, plan.freeze) for plan in list_plans() if plan.freeze is not None]
    assert {freeze.is_of_package for _, freeze in frozen} == {False, True}
    for plan, freeze in frozen:
        assert plan.receivable.settled_on - plan.rolled_due_on >= 20
        assert max(plan.rolled_due_on, plan.half_paid_on) < freeze.frozen_on < freeze.lifted_on
        assert freeze.lifted_on == plan.receivable.settled_on
        assert plan.unsold is not None


@pytest.mark.parametrize(
    ("days", "refused"),
    [
        ((0, 9), ["", "", EXHAUSTED]),  # the first is unpaid when the third is offered
        ((0, 8), ["", "", ""]),  # what is paid on a day is paid before its offers
    ],
)
def test_an_offer_beyond_the_line_is_foreseen(days: tuple[int, int], refused: list[str]) -> None:
    first, paid = days
    part = LINE_FEN // 2
    rows = [
        make_row(1, MONDAY + first, MONDAY + paid, part),
        make_row(2, MONDAY + 1, MONDAY + 20, part),
        make_row(3, MONDAY + 8, MONDAY + 20, 1),
    ]
    assert forecast(*rows) == refused


def test_what_is_paid_at_once_is_owed_while_the_offers_of_the_day_are_made() -> None:
    at_once = make_row(1, MONDAY, MONDAY, LINE_FEN)
    assert forecast(at_once, make_row(2, MONDAY, MONDAY + 9, 1), make_row(3, MONDAY + 1, MONDAY + 9, 1)) == [
        "", EXHAUSTED, "",
    ]  # fmt: skip


def test_half_a_payment_gives_half_of_the_line_back() -> None:
    due_on = MONDAY + 30
    assert date.fromordinal(due_on + EPOCH).weekday() == 2  # a Wednesday: it does not roll
    late = Receivable("A", "0000000001", MONDAY, due_on, due_on + 9, LINE_FEN, is_disputed=True)
    part, more = LINE_FEN // 2, make_row(3, due_on, due_on + 5, 1)
    assert forecast(late, make_row(2, due_on, due_on + 5, part), more) == ["", "", EXHAUSTED]


def test_what_is_overdue_comes_before_what_is_beyond_the_line_and_never_happened_if_refused() -> None:
    late = make_row(1, MONDAY, MONDAY + 50, LINE_FEN)
    assert forecast(
        late,
        make_row(2, MONDAY + 30, MONDAY + 60, 1),  # on the due day nothing is overdue yet
        make_row(3, MONDAY + 31, MONDAY + 60, 1),
        make_row(4, MONDAY + 31, MONDAY + 60, LINE_FEN, customer="B"),
        make_row(5, MONDAY + 50, MONDAY + 60, LINE_FEN),
    ) == ["", EXHAUSTED, BLOCKED, "", ""]


def test_every_enterprise_has_a_line_of_a_bank() -> None:
    cast = build_cast(("A", "B"))
    assert len(cast.enterprises) == LEAST_ENTERPRISES
    grants = write_grants(cast, MONDAY, MONDAY + 100)
    granted = set()
    for draft in (step.drafts[0] for step in grants):
        assert isinstance(draft.payload, pb.GrantLine)
        assert is_number(draft.payload.number)
        assert draft.payload.limit_fen == LINE_FEN
        granted.add(f"{draft.organisations[0]}.{draft.payload.number}")
    assert granted == {compute_line(cast, member) for member in cast.enterprises.values()}
