import pytest

from hefu.v1 import receivables_pb2 as pb
from ledger.errors import InvariantViolation, MalformedInput
from nodes.genesis_file import build_calendar, build_voucher_rules
from receivables.genesis import check_calendar, check_rules, genesis_records
from receivables.records import CALENDAR_KEY, RULES_KEY, get_calendar, get_rules
from tests.unit.receivables.world import RULES, TODAY, World, make_class, make_rules

CALENDAR = pb.BusinessCalendar(holidays=[TODAY, TODAY + 1], workdays=[TODAY - 1])


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
        ("min_face_fen", -1), ("min_face_fen", 10**11 + 1), ("max_pieces", 10**6 + 1), ("sme_term_days", -1),
        ("sme_term_days", 3661), ("objection_days", -1), ("objection_days", 367), ("account_delay_ms", -1),
        ("account_delay_ms", 366 * 86_400_000 + 1), ("confirmation_days", -1), ("confirmation_days", 367),
    ],
)  # fmt: skip
def test_a_rulebook_out_of_bounds_is_refused(name, value):
    with pytest.raises(MalformedInput) as caught:
        genesis_records(make_rules(**{name: value}), CALENDAR)
    assert caught.value.field == f"rules.{name}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_face_fen", 0), ("max_face_fen", -(2**63)), ("max_face_fen", 3 * 10**12 + 1), ("min_face_fen", -1),
        ("min_face_fen", 10**11 + 1), ("min_piece_fen", 0), ("max_layers", 65), ("max_pieces", 2**32 - 1),
        ("max_term_days", 0), ("max_term_days", -1), ("long_term_days", 366), ("sme_term_days", 3661),
    ],
)  # fmt: skip
def test_a_class_out_of_bounds_is_refused(name, value):
    with pytest.raises(MalformedInput) as caught:
        check_rules(make_rules(classes=[make_class(1), make_class(2, **{name: value})]))
    assert caught.value.field == f"rules.classes[1].{name}"


@pytest.mark.parametrize("codes", [(0,), (1, 1), (2, 1)])
def test_codes_of_classes_are_sorted_from_1(codes):
    with pytest.raises(MalformedInput) as caught:
        check_rules(make_rules(classes=[make_class(code) for code in codes]))
    assert caught.value.field == f"rules.classes[{len(codes) - 1}].code"


def test_classes_are_few():
    classes = [make_class(code) for code in range(1, 66)]
    check_rules(make_rules(classes=classes[:64]))
    with pytest.raises(MalformedInput) as caught:
        check_rules(make_rules(classes=classes))
    assert caught.value.field == "rules.classes"


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


def test_the_default_rulebook_and_calendar_are_within_their_bounds():
    rules = build_voucher_rules()
    check_rules(rules)
    check_calendar(build_calendar())
    assert (rules.max_pieces, rules.confirmation_days, rules.objection_days) == (1000, 30, 30)


def test_the_largest_face_is_admitted_and_the_default_is_a_billion_yuan():
    assert genesis_records(make_rules(max_face_fen=3 * 10**12), CALENDAR)
    assert build_voucher_rules().max_face_fen == 1_000_000_000 * 100


def test_a_network_without_its_rulebook_is_our_bug():
    world = World()
    del world.source.records[RULES_KEY], world.source.records[CALENDAR_KEY]
    for read in (get_rules, get_calendar):
        with pytest.raises(InvariantViolation):
            read(world.context())
