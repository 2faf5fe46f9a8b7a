"""Check digits, the assignment of roles to persons against a search of all assignments, and commands of strangers."""

import itertools

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from hypothesis import assume, example, given
from hypothesis import strategies as st

from hefu.v1 import identity_pb2 as pb
from identity import rules
from identity.rejections import PERSONS_TOO_FEW, ROLE_MISSING, SAME_PERSON
from ledger.errors import Rejection
from tests.unit.identity.world import COMMANDS, CORE, REGISTRAR, STRANGER, World, make_key, public

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


# ---------------------------------------------------------------- what strangers send

SCALARS = {
    FieldDescriptor.CPPTYPE_STRING: st.sampled_from(["", CORE, STRANGER, "\x00", "某"]) | st.text(max_size=5),
    FieldDescriptor.CPPTYPE_BOOL: st.booleans(),
    FieldDescriptor.CPPTYPE_INT32: st.sampled_from([0, 1, -1, -(2**31), 2**31 - 1]),
    FieldDescriptor.CPPTYPE_INT64: st.sampled_from([0, 1, -1, -(2**63), 2**63 - 1, 2**53 - 1]),
    FieldDescriptor.CPPTYPE_UINT32: st.sampled_from([0, 1, 2, 2**32 - 1]),
    FieldDescriptor.CPPTYPE_ENUM: st.integers(0, 12),
}
BYTES = st.sampled_from([b"", bytes(32), public("core-maker"), public("new")]) | st.binary(max_size=70)
FIT_KEYS = st.sampled_from([make_key(STRANGER, "new", "x", [pb.MAKER]), make_key(CORE, "new", "core-anna", [pb.MAKER])])


def values_of(field):
    if field.message_type is pb.NewKey.DESCRIPTOR:
        return FIT_KEYS | messages(pb.NewKey)
    if field.message_type is not None:
        return messages(field.message_type._concrete_class)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return BYTES
    return SCALARS[field.cpp_type]


@st.composite
def messages(draw, message_type):
    """A message of which any field may be absent or strange."""
    message: Message = message_type()
    for field in message_type.DESCRIPTOR.fields:
        values = draw(st.lists(values_of(field), max_size=3 if field.is_repeated else 1))
        if field.is_repeated:
            getattr(message, field.name).extend(values)
        elif values and field.message_type is not None:
            getattr(message, field.name).CopyFrom(values[0])
        elif values:
            setattr(message, field.name, values[0])
    return message


COMMAND = st.sampled_from(sorted(COMMANDS)).flatmap(
    lambda kind: st.tuples(st.just(kind), messages(COMMANDS[kind].message))
)


@given(COMMAND, st.sampled_from([REGISTRAR, CORE]))
@example((pb.ROTATE_KEY, pb.RotateKey(old_key=public("core-maker"), key=make_key(CORE, "n", "core-anna", [1]))), CORE)
def test_whatever_a_member_says_is_done_or_refused_by_number(said, actor):
    world = World()
    before = dict(world.source.records)
    kind, message = said
    refused = None
    try:
        world.said(actor, kind, message)
    except Rejection as rejection:
        refused = rejection
    assert (world.source.records == before) == (refused is not None)
    if refused is not None:
        assert 100 <= refused.reason.code < 200
        assert refused.field in (0, *message.DESCRIPTOR.fields_by_number)
