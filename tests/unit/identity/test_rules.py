import pytest

from hefu.v1 import identity_pb2 as pb
from identity import rules
from tests.unit.identity.world import ONE, TWO, make_rule, public


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


@pytest.mark.parametrize("kind", [kind for kind in pb.IdentityCommand.values() if kind])
def test_a_rule_with_an_upper_amount_fits_no_command_of_identity(kind):
    small, named = make_rule(1, up_to_fen=10), make_rule(1, kinds=[kind], up_to_fen=10)
    assert rules.find_rule(pb.Policy(rules=[small, named]), kind, 0) is None
    assert rules.find_rule(pb.Policy(rules=[small, named, TWO]), kind, 0) == TWO
    assert rules.find_rule(pb.Policy(rules=[small, TWO]), 300, 0) == small


def test_a_rule_with_an_upper_amount_fits_nothing_beyond_amounts():
    small, named = make_rule(1, up_to_fen=10), make_rule(1, kinds=[300], up_to_fen=2**63 - 1)
    assert rules.find_rule(pb.Policy(rules=[small, named]), 300, 0, is_beyond_amounts=True) is None
    assert rules.find_rule(pb.Policy(rules=[small, named, TWO]), 300, 0, is_beyond_amounts=True) == TWO


def test_a_policy_is_changeable_by_a_rule_without_an_upper_amount():
    assert rules.is_changeable(pb.Policy(rules=[make_rule(1, kinds=[300]), make_rule(2, kinds=[pb.SET_POLICY])]))
    assert rules.is_changeable(pb.Policy(rules=[make_rule(1, up_to_fen=10), ONE]))
    assert not rules.is_changeable(pb.Policy(rules=[make_rule(1, kinds=[300]), make_rule(2, up_to_fen=2**63 - 1)]))


def test_no_text_or_bytes_of_a_stranger_stay_in_memory():
    """Of 18 or 20 ASCII characters, or of 32 bytes, some may: that much is bounded."""
    ids, points = rules._is_checked.cache_info().currsize, rules._is_point.cache_info().currsize
    for text in ("A" * 30_000, "A" * 19, "\U0001f600" * 18, "é" * 20, ""):
        assert not rules.is_organisation_id(text)
    for size in (0, 31, 33, 30_000):
        assert not rules.is_public_key(bytes(size))
    assert (rules._is_checked.cache_info().currsize, rules._is_point.cache_info().currsize) == (ids, points)
    assert rules.is_public_key(public("core-maker"))


def test_a_proposal_is_named_by_an_organisation_and_a_number():
    proposer = "91350100M000100Y43"
    assert rules.is_proposal_id(f"{proposer}.P-1")
    for text in ("", ".", proposer, f"{proposer}.", ".P-1", f"x.{proposer}", f"{proposer}.p", "x.P-1"):
        assert not rules.is_proposal_id(text)
