import socket
import threading

import pytest
from structlog.testing import capture_logs

from hefu.v1 import node_pb2 as pb
from ledger.execution import Decision
from ledger.rejections import INTERNAL
from nodes.answers import Failed
from nodes.engines.port import Answer, Submission
from nodes.kernel import Kernel
from nodes.link import FrameReader, Kind, decode_failure, encode_frame, pack_batch
from nodes.stopwatch import Stopwatch


class FakeEngine:
    """Decides what it holds in one block, when asked."""

    def __init__(self, code: int = 0, stopped_because: str = "", fault: Exception | None = None) -> None:
        self.held: list[Submission] = []
        self.code = code
        self.stopped_because = stopped_because
        self.fault = fault
        self.blocks = 0

    @property
    def waiting(self) -> int:
        return len(self.held)

    def offer(self, submission):
        self.held.append(submission)

    def compute_wait_ms(self):
        return 0 if self.held and not self.stopped_because else None

    def make_block(self):
        if self.fault is not None:
            raise self.fault
        given, self.held = self.held, []
        self.blocks += bool(given)
        alarm = "KeyError: 'x'" if self.code else ""
        return [Answer(s, [Decision(t, self.code, index=1, alarm=alarm) for t in s.transactions], 5) for s in given]

    def withdraw(self):
        given, self.held = self.held, []
        return given


class FakeAnswers:
    def __init__(self) -> None:
        self.decided = 0
        self.reasons: list[str] = []

    def answer(self, method, request):
        if method == "Fail":
            raise Failed("NOT_FOUND", "没有")
        return method.encode() + request

    def note_stopped(self, reason):
        self.reasons.append(reason)


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def run(pair, engine, *frames, answers=None):
    """What the kernel answers to these frames, followed by the door's end."""
    ours, theirs = pair
    remembered: list[bytes] = []
    kernel = Kernel(theirs, engine, answers or FakeAnswers(), remembered.append, lambda: None, Stopwatch())
    ours.sendall(b"".join(frames))
    ours.shutdown(socket.SHUT_WR)
    kernel.run()
    theirs.close()
    received = b"".join(iter(lambda: ours.recv(1 << 16), b""))
    return FrameReader().feed(received), remembered


def submit(tag, *transactions):
    return encode_frame(Kind.SUBMIT, tag, pack_batch(transactions))


def test_it_answers_each_submission_with_its_receipts(pair):
    engine = FakeEngine()
    frames, remembered = run(pair, engine, submit(1, b"a", b"b"), submit(2, b"c"), encode_frame(Kind.STOP, 0))
    found = {frame.tag: [r.id for r in pb.ReceiptBatch.FromString(frame.payload).receipts] for frame in frames}
    assert found == {1: [b"a", b"b"], 2: [b"c"]}
    assert remembered == [b"a", b"b", b"c"]
    assert engine.blocks == 1


def test_it_answers_questions_and_says_why_there_is_no_answer(pair):
    asked = (encode_frame(Kind.ASK, 7, b"Echo\nabc"), encode_frame(Kind.ASK, 8, b"Fail\n"))
    frames, _ = run(pair, FakeEngine(), *asked)
    assert [(frame.kind, frame.tag) for frame in frames] == [(Kind.ANSWER, 7), (Kind.FAILURE, 8)]
    assert frames[0].payload == b"Echoabc"
    assert decode_failure(frames[1].payload).status == "NOT_FOUND"


def test_a_defect_inside_a_command_is_an_outcome_and_an_alarm(pair):
    with capture_logs() as lines:
        ((frame,), _) = run(pair, FakeEngine(INTERNAL.code), submit(1, b"a"), encode_frame(Kind.STOP, 0))
    (receipt,) = pb.ReceiptBatch.FromString(frame.payload).receipts
    assert receipt.refusal.name == "INTERNAL"
    assert [(line["alarm"], line["cause"]) for line in lines] == [(True, "KeyError: 'x'")]


def test_a_stopped_engine_gives_everything_back(pair):
    answers = FakeAnswers()
    ((frame,), _) = run(pair, FakeEngine(stopped_because="the clock"), submit(1, b"a"), answers=answers)
    assert frame.kind is Kind.FAILURE
    assert decode_failure(frame.payload).status == "FAILED_PRECONDITION"
    assert set(answers.reasons) == {"the clock"}


def test_what_the_engine_cannot_survive_ends_the_kernel(pair):
    with pytest.raises(OSError, match="disk"):
        run(pair, FakeEngine(fault=OSError("the disk")), submit(1, b"a"))


def test_a_door_that_hangs_up_while_answers_are_written_ends_the_kernel():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(encode_frame(Kind.ASK, 1, b"Echo\nx"))
        ours.close()
        kernel = Kernel(theirs, FakeEngine(), FakeAnswers(), lambda _: None, lambda: None, Stopwatch())
        runner = threading.Thread(target=kernel.run)
        runner.start()
        runner.join(10)
        assert not runner.is_alive()
