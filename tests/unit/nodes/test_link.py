import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InvariantViolation
from nodes.link import (
    HEADER,
    MAX_PAYLOAD,
    FrameReader,
    Kind,
    decode_failure,
    encode_failure,
    encode_frame,
    pack_batch,
    unpack_batch,
)


@given(st.lists(st.binary(max_size=50), max_size=8))
def test_a_batch_comes_out_as_it_went_in(transactions):
    assert unpack_batch(pack_batch(transactions)) == transactions


@given(
    st.lists(st.tuples(st.sampled_from(Kind), st.integers(0, 2**64 - 1), st.binary(max_size=40))), st.integers(1, 60)
)
def test_frames_survive_any_cutting(frames, step):
    stream = b"".join(encode_frame(kind, tag, payload) for kind, tag, payload in frames)
    reader = FrameReader()
    found = [frame for start in range(0, len(stream), step) for frame in reader.feed(stream[start : start + step])]
    assert [(frame.kind, frame.tag, frame.payload) for frame in found] == frames


def test_a_batch_that_does_not_fill_its_frame_is_our_defect():
    with pytest.raises(InvariantViolation):
        unpack_batch(pack_batch([b"abc"]) + b"x")


def test_a_frame_too_long_is_our_defect():
    with pytest.raises(InvariantViolation):
        FrameReader().feed(HEADER.pack(MAX_PAYLOAD + 1, Kind.ASK, 1))


def test_a_failure_keeps_status_and_text():
    (frame,) = FrameReader().feed(encode_failure(3, "NOT_FOUND", "没有"))
    failure = decode_failure(frame.payload)
    assert (frame.kind, frame.tag, failure.status, failure.message) == (Kind.FAILURE, 3, "NOT_FOUND", "没有")
