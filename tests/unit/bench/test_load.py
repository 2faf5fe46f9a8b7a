from typing import Any

import pytest

from bench.load import Outcome, Refused, Run, make_batches
from bench.machine import describe_load, describe_machine, measure_verification, read_commit
from bench.readme import BEGIN, END, replace_section
from hefu.v1 import node_pb2 as pb


class Answers:
    """A stream that takes everything and answers what it was told to, whatever was written."""

    def __init__(self, receipt):
        self._receipt = receipt
        self._answers = []
        self._is_cancelled = False

    def stream_stream(self, path, *_):
        return lambda: self

    async def write(self, message):
        count = len(pb.SubmitBatch.FromString(message).transactions)
        self._answers.append(pb.ReceiptBatch(receipts=[self._receipt] * count).SerializeToString())

    async def done_writing(self):
        pass

    def cancel(self):
        self._is_cancelled = True

    def __aiter__(self):
        return self

    async def __anext__(self):
        if not self._answers:
            raise StopAsyncIteration
        return self._answers.pop(0)


def test_batches_keep_order_and_slots():
    batches = make_batches([[b"a", b"b", b"c"], [b"d"]], 2)
    assert [(batch.slot, batch.count) for batch in batches] == [(0, 2), (0, 1), (1, 1)]
    sent = [signed for batch in batches for signed in pb.SubmitBatch.FromString(batch.message).transactions]
    assert sent == [b"a", b"b", b"c", b"d"]


async def test_a_refusal_ends_the_run_instead_of_letting_it_wait():
    refused = pb.Receipt(has_leaf=True, refusal=pb.Refusal(code=334, name="VOUCHER_LOCKED"))
    channel: Any = Answers(refused)
    run = Run(make_batches([[b"a"], [b"b"], [b"c"]], 1))
    with pytest.raises(BaseExceptionGroup) as failure:
        await run.run(channel)
    assert failure.group_contains(Refused)
    assert run.outcome == Outcome()


def test_one_thread_verifies_signatures():
    assert measure_verification(0.0) > 0


def test_the_machine_is_told_without_its_paths_and_names():
    told = describe_machine()
    assert {"processor", "cores", "memory_mb", "python", "sqlite", "pynacl"} <= told.keys()
    assert read_commit()
    load, warnings = describe_load()
    assert load >= 0
    assert len(warnings) <= 1


def test_a_readme_without_its_marks_is_refused():
    with pytest.raises(ValueError, match="there is no section"):
        replace_section("no marks", BEGIN, END, "")
