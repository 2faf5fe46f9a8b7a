import pytest

from hefu.v1 import identity_pb2 as pb
from identity import rules
from tests.unit.identity.world import TWO, make_rule


def test_published_uscc_and_lei_pass():
    assert rules.is_uscc("91350100M000100Y43")
    assert rules.is_lei("2594007XIACKNMUAW223")


def test_check_digits_are_those_of_the_published_numbers():
    assert rules.compute_uscc_check("91350100M000100Y4") == "3"
    assert rules.compute_lei_check("2594007XIACKNMUAW2") == "23"


@pytest.mark.parametrize(
    "text",
    ["", "91350100M000100Y4", "91350100M000100Y433", "91350100M000100Y44", "91350100m000100y43", "9135010OM000100Y43",
     "９1350100M000100Y43", "91350100M000100Y4٣", "\x00" * 18],
)  # fmt: skip
def test_what_is_no_uscc(text):
    assert not rules.is_uscc(text)
    assert not rules.is_organisation_id(text)


@pytest.mark.parametrize(
    "text",
    ["", "2594007XIACKNMUAW22", "2594007xiacknmuaw223", "2594007XIACKNMUAW224", "2594007XIACKNMUAW2٢3", "A" * 20],
)
def test_what_is_no_lei(text):
    assert not rules.is_lei(text)
    assert not rules.is_organisation_id(text)


def test_an_lei_ends_in_two_digits_even_where_letters_would_make_the_sum_right():
    first = "2594007XIACKNMUAW2"
    letters = [
        a + b for a in rules.LEI_ALPHABET for b in rules.LEI_ALPHABET if not (a in "0123456789" and b in "0123456789")
    ]
    right = [end for end in letters if rules._compute_lei_remainder(first + end) == 1]
    assert right
    assert not any(rules.is_lei(first + end) for end in right)


@pytest.mark.parametrize("first", ["", "91350100M000100Y43", "91350100M000100YI"])
def test_a_check_character_needs_the_right_beginning(first):
    with pytest.raises(ValueError):
        rules.compute_uscc_check(first)
    with pytest.raises(ValueError):
        rules.compute_lei_check(first + "*")


def test_civil_day_begins_at_sixteen_hours_utc():
    assert rules.compute_civil_day(0) == 0
    assert rules.compute_civil_day(16 * 3_600_000 - 1) == 0
    assert rules.compute_civil_day(16 * 3_600_000) == 1
    assert rules.compute_civil_day(-8 * 3_600_000 - 1) == -1


def test_a_possession_message_is_bound_to_organisation_key_and_person():
    message = rules.compute_possession_message("O", b"k" * 32, b"p" * 32)
    assert message == b"hefu/v1/possession\x00O\x00" + b"k" * 32 + b"p" * 32


def test_possession_of_a_key_of_wrong_length_is_not_proved():
    assert not rules.is_possession_proved("O", pb.NewKey(public_key=b"short", possession=bytes(64)))


def test_the_first_fitting_rule_is_found():
    policy = pb.Policy(rules=[make_rule(1, kinds=[5], up_to_fen=10), TWO])
    assert rules.find_rule(policy, 5, 10) == policy.rules[0]
    assert rules.find_rule(policy, 5, 11) == policy.rules[1]
    assert rules.find_rule(policy, 6, 0) == policy.rules[1]
    assert rules.find_rule(pb.Policy(), 6, 0) is None
