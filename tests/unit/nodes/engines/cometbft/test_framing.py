import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import MalformedInput
from nodes.engines.cometbft.framing import MAX_MESSAGE, FrameReader, encode_frame


@given(st.lists(st.binary(max_size=300), max_size=8), st.integers(1, 50))
def test_what_was_framed_is_cut_again_wherever_the_socket_cuts(messages, step):
    data = b"".join(map(encode_frame, messages))
    reader = FrameReader()
    found = [message for at in range(0, len(data), step) for message in reader.feed(data[at : at + step])]
    assert found == messages
    assert reader.feed(b"") == []


def test_a_length_is_written_as_the_engine_writes_it():
    assert encode_frame(b"") == b"\x00"
    assert encode_frame(b"x" * 127)[:1] == b"\x7f"
    assert encode_frame(b"x" * 300)[:3] == b"\xac\x02x"


def test_the_longest_message_is_taken_and_no_longer_one():
    assert FrameReader().feed(encode_frame(bytes(MAX_MESSAGE))) == [bytes(MAX_MESSAGE)]
    with pytest.raises(MalformedInput, match=str(MAX_MESSAGE + 1)):
        FrameReader().feed(encode_frame(bytes(MAX_MESSAGE + 1))[:4])


@pytest.mark.parametrize("length", [b"\x80\x00", b"\x85\x80\x00", b"\xff\xff\xff\xff\x00"])
def test_a_length_that_is_not_in_its_shortest_form_is_refused(length):
    with pytest.raises(MalformedInput, match="shortest"):
        FrameReader().feed(length)


@pytest.mark.parametrize("length", [b"\xff" * 5, b"\x80" * 10, b"\xff" * 4 + b"\x80"])
def test_a_length_that_does_not_end_is_refused(length):
    with pytest.raises(MalformedInput, match="not the length"):
        FrameReader().feed(length)


def test_whole_messages_before_garbage_are_lost_with_their_connection():
    with pytest.raises(MalformedInput):
        FrameReader().feed(encode_frame(b"good") + b"\xff" * 9)
