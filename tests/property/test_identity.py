"""Check digits, and the assignment of roles to persons against a search of all assignments."""

import itertools

from hypothesis import assume, example, given
from hypothesis import strategies as st

from hefu.v1 import identity_pb2 as pb
from identity import rules
from identity.rejections import PERSONS_TOO_FEW, ROLE_MISSING, SAME_PERSON

uscc = st.text(rules.USCC_ALPHABET, min_size=17, max_size=17).map(lambda first: first + rules.compute_uscc_check(first))
lei = st.text(rules.LEI_ALPHABET, min_size=18, max_size=18).map(lambda first: first + rules.compute_lei_check(first))
roles = st.sets(st.sampled_from([pb.MAKER, pb.CHECKER, pb.OWNER]), min_size=1)
persons = st.dictionaries(st.binary(min_size=1, max_size=2), roles, max_size=5)


@given(uscc, st.integers(0, 17), st.sampled_from(rules.USCC_ALPHABET))
def test_uscc_finds_every_single_substitution(text, place, character):
    assert rules.is_uscc(text)
    assume(character != text[place])
    assert not rules.is_uscc(text[:place] + character + text[place + 1 :])


@given(lei, st.integers(0, 19), st.sampled_from(rules.LEI_ALPHABET))
def test_lei_finds_every_substitution_of_a_digit_by_a_digit_or_a_letter_by_a_letter(text, place, character):
    assert rules.is_lei(text)
    assume(character != text[place])
    assume((character in rules.DIGITS) == (text[place] in rules.DIGITS))
    assert not rules.is_lei(text[:place] + character + text[place + 1 :])


@given(lei)
def test_lei_is_the_whole_number_modulo_97(text):
    assert int("".join(str(int(character, 36)) for character in text)) % 97 == 1


@given(st.text(max_size=24))
def test_any_text_is_decided_without_an_error(text):
    assert not rules.is_organisation_id(text) or text.isascii()


@given(st.lists(st.sampled_from([pb.MAKER, pb.CHECKER, pb.OWNER]), max_size=5), persons)
@example([pb.MAKER, pb.CHECKER], {b"a": {pb.MAKER, pb.CHECKER}, b"b": {pb.MAKER}})
@example([pb.MAKER, pb.CHECKER, pb.OWNER], {b"a": {1, 2, 3}, b"b": {1, 2}, b"c": {1}})
def test_roles_are_assigned_exactly_where_some_assignment_exists(wanted, held):
    people = list(held.values())
    exists = any(
        all(role in person for role, person in zip(wanted, order, strict=True))
        for order in itertools.permutations(people, len(wanted))
    )
    assert rules.is_assignable(wanted, people) == exists


@given(st.lists(st.sampled_from([pb.MAKER, pb.CHECKER, pb.OWNER]), max_size=4), st.integers(1, 5), persons)
def test_shortfall_names_the_first_thing_that_is_missing(wanted, count, held):
    rule = pb.PolicyRule(persons=count, roles=sorted(wanted))
    shortfall = rules.find_shortfall(rule, held)
    nobody_has = set(wanted) - set().union(*held.values())
    assert (shortfall is ROLE_MISSING) == bool(nobody_has)
    if not nobody_has:
        assignable = rules.is_assignable(wanted, list(held.values()))
        assert (shortfall is SAME_PERSON) == (not assignable)
        if assignable:
            assert (shortfall is PERSONS_TOO_FEW) == (len(held) < count)
