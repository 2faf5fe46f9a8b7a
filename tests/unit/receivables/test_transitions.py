"""The table as a whole: every command of the contract stands in it, and strangers' values end in a numbered refusal."""

import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st

from hefu.v1 import receivables_pb2 as pb
from ledger.errors import Rejection
from receivables.rejections import ORGANISATIONS_WRONG
from receivables.transitions import COMMANDS
from tests.unit.receivables.world import BANK, CORE, FACE, PAYEE, SECOND, THIRD, World, expect_refusal

INTEGERS = {
    FieldDescriptor.TYPE_INT64: (0, 1, -1, FACE, 2**63 - 1, -(2**63)),
    FieldDescriptor.TYPE_INT32: (0, 1, -1, 2**31 - 1, -(2**31)),
    FieldDescriptor.TYPE_UINT32: (0, 1, 2**32 - 1),
    FieldDescriptor.TYPE_BOOL: (False, True),
}
TEXTS = ("", "\x00", "/", f"{CORE}.A-1", CORE, PAYEE, "合符", "a" * 500, "1" * 20)
RIGHT_BY_CHANCE = (
    pb.SPLIT, pb.TRANSFER, pb.REQUEST_FINANCING, pb.CONDITIONAL_TRANSFER, pb.DISPUTE, pb.SET_ACCOUNT, pb.DECLARE_RELATED
)  # fmt: skip
BLOBS = (b"", b"c" * 32, b"\xff" * 31, bytes(200))


def draw_value(data, field):
    if field.type in INTEGERS:
        return data.draw(st.sampled_from(INTEGERS[field.type]))
    if field.type == FieldDescriptor.TYPE_STRING:
        return data.draw(st.sampled_from(TEXTS))
    if field.type == FieldDescriptor.TYPE_ENUM:
        return data.draw(st.sampled_from(sorted(field.enum_type.values_by_number)))
    if field.type == FieldDescriptor.TYPE_BYTES:
        return data.draw(st.sampled_from(BLOBS))
    return draw_message(data, field.message_type._concrete_class)


def draw_message(data, message_type: type[Message]) -> Message:
    """A message of which each field is absent, ordinary or as strange as its type allows."""
    message = message_type()
    for field in message_type.DESCRIPTOR.fields:
        for _ in range(data.draw(st.integers(0, 2 if field.is_repeated else 1))):
            value = draw_value(data, field)
            if field.is_repeated:
                getattr(message, field.name).append(value)
            elif isinstance(value, Message):
                getattr(message, field.name).CopyFrom(value)
            else:
                setattr(message, field.name, value)
    return message


def test_every_command_of_the_contract_stands_in_the_table():
    assert sorted(COMMANDS) == sorted(number for number in pb.ReceivablesCommand.values() if number)
    assert len({spec.name for spec in COMMANDS.values()}) == len(COMMANDS)


# Whose consent these two need, only their range says; test_clearing and test_settlement ask it.
@pytest.mark.parametrize("kind", sorted(set(COMMANDS) - {pb.CONFIRM_PAID, pb.PREPAY}))
def test_who_has_no_say_in_a_command_is_not_named_in_it(kind):
    command = COMMANDS[kind].message()
    expect_refusal(World(), ORGANISATIONS_WRONG, 0, kind, command, CORE, PAYEE, SECOND, THIRD, BANK)


@pytest.mark.parametrize("kind", sorted(COMMANDS))
@settings(max_examples=25)
@given(data=st.data())
def test_whatever_a_stranger_says_is_refused_with_a_number(kind, data):
    world = World()
    ref = world.live()
    before = dict(world.source.records)
    command = draw_message(data, COMMANDS[kind].message)
    if "voucher" in command.DESCRIPTOR.fields_by_name and data.draw(st.booleans()):
        command.voucher.CopyFrom(ref)  # type: ignore[attr-defined]  # of the messages about a range
    organisations = data.draw(st.sampled_from([(CORE,), (PAYEE,), ("",), (CORE, PAYEE)]))
    code = 0
    try:
        world.say(kind, command, *organisations)
    except Rejection as rejection:
        code = rejection.reason.code
    if code:
        assert 200 <= code < 500
        assert world.source.records == before
    else:
        # Right by chance, which takes the range that lives here, or a word about oneself.
        assert kind in RIGHT_BY_CHANCE
