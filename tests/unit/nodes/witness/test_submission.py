"""The body of add-checkpoint: one form, and a refusal for everything else."""

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import MalformedInput
from ledger.notes import Checkpoint, Note, sign_note
from nodes.witness.submission import MAX_SUBMISSION_BYTES, parse_size, parse_submission, render_submission

TEXT = Checkpoint("example.com/behind-the-sofa", 20_852_163, bytes(32)).body()
NOTE = Note(TEXT, (sign_note(TEXT, "example.com/behind-the-sofa", bytes(32)),)).render()


def test_the_form_is_that_of_the_specification():
    body = render_submission(20_852_014, [bytes(32), bytes([255]) * 32], NOTE)
    assert body.startswith(
        b"old 20852014\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n//////////////////////////////////////////8=\n"
        b"\nexample.com/behind-the-sofa\n20852163\n"
    )
    found = parse_submission(body)
    assert (found.old_size, found.path) == (20_852_014, (bytes(32), bytes([255]) * 32))
    assert (found.note.render(), found.checkpoint.size) == (NOTE, 20_852_163)


@given(st.integers(0, (1 << 63) - 1), st.lists(st.binary(min_size=32, max_size=32), max_size=63))
def test_what_is_rendered_is_read_back(old_size, path):
    found = parse_submission(render_submission(old_size, path, NOTE))
    assert (found.old_size, list(found.path)) == (old_size, path)


@pytest.mark.parametrize(
    "head",
    [
        b"", b"old\n", b"old \n", b"old -1\n", b"old 01\n", b"old +1\n", b"old 1 \n", b"Old 1\n", b"old 1_0\n",
        b"old 9223372036854775808\n", b"old 99999999999999999999\n", "old ٣\n".encode(), b"old 1\r\n",
        b"old 1\nAAAA\n", b"old 1\n" + base64.b64encode(bytes(31)) + b"\n", b"old 1\n" + b"A" * 43 + b"B=\n",
        b"old 1\n" + b" " + base64.b64encode(bytes(32)) + b"\n",
        b"old 1\n" + (base64.b64encode(bytes(32)) + b"\n") * 64,
    ],
)  # fmt: skip
def test_another_head_is_refused(head):
    with pytest.raises(MalformedInput):
        parse_submission(head + b"\n" + NOTE)


@pytest.mark.parametrize("tail", [b"", b"\n", b"\n" + NOTE[:-1], NOTE, b"\n" + TEXT, b"\n\n" + NOTE])
def test_another_tail_is_refused(tail):
    with pytest.raises(MalformedInput):
        parse_submission(b"old 1\n" + tail)


def test_a_checkpoint_with_more_lines_is_refused():
    text = TEXT + b"extension\n"
    note = Note(text, (sign_note(text, "example.com/behind-the-sofa", bytes(32)),)).render()
    with pytest.raises(MalformedInput, match="three lines"):
        parse_submission(b"old 1\n\n" + note)


def test_length_is_bounded():
    with pytest.raises(MalformedInput, match="longer"):
        parse_submission(b"x" * (MAX_SUBMISSION_BYTES + 1))


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(data):
    for body in (data, b"old 0\n\n" + data, b"old " + data + b"\n\n" + NOTE):
        with contextlib.suppress(MalformedInput):
            found = parse_submission(body)
            assert render_submission(found.old_size, found.path, found.note.render()) == body


def test_a_size_has_one_spelling():
    assert [parse_size(b"0"), parse_size(b"9223372036854775807")] == [0, (1 << 63) - 1]
