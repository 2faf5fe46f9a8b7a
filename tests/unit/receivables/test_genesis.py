import pytest

from hefu.v1 import receivables_pb2 as pb
from ledger.errors import InvariantViolation, MalformedInput
from nodes.genesis_file import build_voucher_rules
from receivables.genesis import genesis_records
from receivables.records import CALENDAR_KEY, RULES_KEY, get_calendar, get_rules
from tests.unit.receivables.world import RULES, TODAY, World

CALENDAR = pb.BusinessCalendar(holidays=[TODAY, TODAY + 1], workdays=[TODAY - 1])


def changed(**changes):
    rules = pb.VoucherRules()
    rules.CopyFrom(RULES)
    for name, value in changes.items():
        setattr(rules, name, value)
    return rules


def test_the_records_are_sorted_and_read_back():
    assert [key for key, _ in genesis_records(RULES, CALENDAR)] == [CALENDAR_KEY, RULES_KEY]
    context = World(RULES, CALENDAR).context()
    assert get_rules(context) == RULES
    assert get_calendar(context).holidays == {TODAY, TODAY + 1}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_face_fen", 0), ("max_face_fen", 3 * 10**12 + 1), ("min_piece_fen", 0), ("min_piece_fen", 10**12),
        ("max_layers", 65), ("max_term_days", 0), ("long_term_days", 366), ("grace_days", -1),
        ("cut_off_business_days", 31), ("max_answer_ms", 0), ("year_basis_days", 364),
    ],
)  # fmt: skip
def test_a_rulebook_out_of_bounds_is_refused(name, value):
    with pytest.raises(MalformedInput) as caught:
        genesis_records(changed(**{name: value}), CALENDAR)
    assert caught.value.field == f"rules.{name}"


@pytest.mark.parametrize(
    ("name", "days"),
    [
        ("holidays", [TODAY + 1, TODAY]), ("holidays", [TODAY, TODAY]), ("holidays", [TODAY - 1]),
        ("workdays", [TODAY]), ("holidays", range(5000)),
    ],
)  # fmt: skip
def test_a_calendar_is_sorted_and_says_nothing_twice(name, days):
    with pytest.raises(MalformedInput) as caught:
        genesis_records(RULES, pb.BusinessCalendar(**{name: days}))
    assert caught.value.field == f"calendar.{name}"


def test_the_largest_face_is_admitted_and_the_default_is_a_billion_yuan():
    assert genesis_records(changed(max_face_fen=3 * 10**12), CALENDAR)
    assert build_voucher_rules().max_face_fen == 1_000_000_000 * 100


def test_a_network_without_its_rulebook_is_our_bug():
    world = World()
    del world.source.records[RULES_KEY], world.source.records[CALENDAR_KEY]
    for read in (get_rules, get_calendar):
        with pytest.raises(InvariantViolation):
            read(world.context())
