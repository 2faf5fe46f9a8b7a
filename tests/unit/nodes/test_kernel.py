import gc
import socket
import threading
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import Connection
from structlog.testing import capture_logs

from hefu.v1 import node_pb2 as pb
from ledger.execution import Decision
from ledger.rejections import INTERNAL
from ledger.store.postgres import Hold, SessionEnded
from nodes import decided
from nodes.answers import Answers, Failed
from nodes.engines.port import Answer, Submission
from nodes.kernel import Kernel
from nodes.link import FrameReader, Kind, decode_failure, encode_frame, pack_batch
from nodes.stopwatch import Stopwatch

STOP = encode_frame(Kind.STOP, 0)
STOP_FILE = Path("/nowhere/clock-stopped")
"""Only a kernel that is stopped writes it."""


class FakeEngine:
    """Decides one submission a block, and answers it when the next was made, or when it is settled."""

    def __init__(
        self, code: int = 0, stopped_because: str = "", fault: Exception | None = None, needs_version: int = 0
    ) -> None:
        self.under_way: list[Answer] = []
        self.calls: list[str] = []
        self.held: list[Submission] = []
        self.code = code
        self.stopped_because = stopped_because
        self.needs_version = needs_version
        self.fault = fault

    @property
    def waiting(self) -> int:
        return sum(len(submission.transactions) for submission in self.held)

    def offer(self, submission):
        self.held.append(submission)

    def compute_wait_ms(self):
        return 0 if self.held and not self.stopped_because else None

    def make_block(self):
        if self.fault is not None:
            raise self.fault
        if not self.held:
            return []
        submission = self.held.pop(0)
        alarm = "KeyError: 'x'" if self.code else ""
        decisions = [Decision(signed, self.code, index=1, alarm=alarm) for signed in submission.transactions]
        durable, self.under_way = self.under_way, [Answer(submission, decisions, 5)]
        self.calls.append("make")
        return durable

    def settle(self):
        durable, self.under_way = self.under_way, []
        if durable:
            self.calls.append("settle")
        return durable

    def withdraw(self):
        given, self.held = self.held, []
        return given


class FakeAnswers(Answers):
    def __init__(self) -> None:
        self.decided = 0

    def answer(self, method, request):
        if method == "Fail":
            raise Failed("NOT_FOUND", "没有")
        return method.encode() + request


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def run(pair, engine, *frames, answers=None, stop_file=STOP_FILE):
    """What the kernel answers to these frames, followed by the door's end where they do not stop it."""
    ours, theirs = pair
    remembered: list[bytes] = []
    kernel = Kernel(theirs, engine, answers or FakeAnswers(), remembered.append, Stopwatch(), stop_file)
    ours.sendall(b"".join(frames))
    if STOP not in frames:
        ours.shutdown(socket.SHUT_WR)
    kernel.run()
    theirs.close()
    received = b"".join(iter(lambda: ours.recv(1 << 16), b""))
    return FrameReader().feed(received), remembered


def submit(tag, *transactions):
    return encode_frame(Kind.SUBMIT, tag, pack_batch(transactions))


def test_it_answers_each_submission_with_its_receipts(pair):
    engine = FakeEngine()
    frames, remembered = run(pair, engine, submit(1, b"a", b"b"), submit(2, b"c"), STOP)
    found = {frame.tag: [r.id for r in pb.ReceiptBatch.FromString(frame.payload).receipts] for frame in frames}
    assert found == {1: [b"a", b"b"], 2: [b"c"]}
    assert remembered == [b"a", b"b", b"c"]
    assert engine.calls == ["make", "make", "settle"]  # the second is made while the first is under way


def test_what_is_not_followed_at_once_is_waited_for_and_answered(pair):
    ours, theirs = pair
    engine = FakeEngine()
    runner = threading.Thread(target=Kernel(theirs, engine, FakeAnswers(), lambda _: None, Stopwatch(), STOP_FILE).run)
    runner.start()
    frames = FrameReader()
    for tag in (1, 2):
        ours.sendall(submit(tag, b"a"))
        (frame,) = frames.feed(ours.recv(1 << 16))
        assert (frame.kind, frame.tag) == (Kind.ANSWER, tag)
    ours.shutdown(socket.SHUT_WR)
    runner.join(10)
    assert not runner.is_alive()
    assert engine.calls == ["make", "settle"] * 2


def test_what_comes_while_a_block_is_made_is_read_before_its_end_is_waited_for(pair):
    ours, theirs = pair
    engine = FakeEngine()
    make = engine.make_block

    def make_and_hear_more():
        if not engine.calls:
            ours.sendall(submit(2, b"b") + STOP)
        return make()

    engine.make_block = make_and_hear_more  # type: ignore[method-assign]  # to speak in that moment
    engine.offer(Submission(1, [b"a"]))
    ours.sendall(encode_frame(Kind.ANSWER, 9))  # not for a kernel: passed over
    Kernel(theirs, engine, FakeAnswers(), lambda _: None, Stopwatch(), STOP_FILE).run()
    assert [frame.tag for frame in FrameReader().feed(ours.recv(1 << 16))] == [1, 2]
    assert engine.calls == ["make", "make", "settle"]


@pytest.mark.parametrize("is_left_to_python", [False, True])
def test_the_collector_is_asked_once_in_so_many_transactions(pair, monkeypatch, is_left_to_python):
    asked: list[int] = []
    monkeypatch.setattr(decided, "TRANSACTIONS_A_COLLECTION", 3)
    monkeypatch.setattr(gc, "collect", asked.append)
    monkeypatch.setattr(gc, "isenabled", lambda: is_left_to_python)
    frames = [submit(tag, b"a", b"b") for tag in range(5)]
    run(pair, FakeEngine(), *frames, STOP)
    assert asked == ([] if is_left_to_python else [1, 1])


def test_a_door_that_ends_without_reading_ends_the_kernel(pair):
    """A socket that is closed with something unread is reset, and does not simply end."""
    ours, theirs = pair
    theirs.sendall(b"unread")
    ours.close()
    engine = FakeEngine()
    Kernel(theirs, engine, FakeAnswers(), lambda _: None, Stopwatch(), STOP_FILE).run()
    assert engine.calls == []


def test_a_question_is_asked_about_whole_commits(pair):
    """Nothing is under way when it is answered, and what was decided before it is told before it."""
    engine = FakeEngine()
    answers = FakeAnswers()
    answer, seen = answers.answer, []

    def look(method, request):
        seen.append((list(engine.under_way), answers.decided))
        return answer(method, request)

    answers.answer = look  # type: ignore[method-assign]  # to look at the engine in that moment
    engine.offer(Submission(1, [b"a"]))
    engine.make_block()
    frames, _ = run(pair, engine, encode_frame(Kind.ASK, 7, b"Echo\n"), answers=answers)
    assert seen == [([], 1)]
    assert [frame.tag for frame in frames] == [1, 7]


def test_it_answers_questions_and_says_why_there_is_no_answer(pair):
    asked = (encode_frame(Kind.ASK, 7, b"Echo\nabc"), encode_frame(Kind.ASK, 8, b"Fail\n"))
    frames, _ = run(pair, FakeEngine(), *asked)
    assert [(frame.kind, frame.tag) for frame in frames] == [(Kind.ANSWER, 7), (Kind.FAILURE, 8)]
    assert frames[0].payload == b"Echoabc"
    assert decode_failure(frames[1].payload).status == "NOT_FOUND"


def test_a_defect_inside_a_command_is_an_outcome_and_an_alarm(pair):
    with capture_logs() as lines:
        ((frame,), _) = run(pair, FakeEngine(INTERNAL.code), submit(1, b"a"), STOP)
    (receipt,) = pb.ReceiptBatch.FromString(frame.payload).receipts
    assert receipt.refusal.name == "INTERNAL"
    assert [(line["alarm"], line["cause"]) for line in lines] == [(True, "KeyError: 'x'")]


def test_a_stopped_engine_gives_everything_back_and_leaves_a_note_once(pair, tmp_path):
    note = tmp_path / "clock-stopped"
    with capture_logs() as lines:
        frames, _ = run(pair, FakeEngine(stopped_because="the clock"), submit(1, b"a"), submit(2, b"b"), stop_file=note)
    assert [(frame.kind, frame.tag) for frame in frames] == [(Kind.FAILURE, 1), (Kind.FAILURE, 2)]
    assert decode_failure(frames[0].payload).status == "FAILED_PRECONDITION"
    assert note.read_text(encoding="utf-8") == "the clock\n"
    assert [(line["alarm"], line["reason"]) for line in lines] == [(True, "the clock")]


def test_an_engine_that_needs_another_version_leaves_no_note(pair, tmp_path):
    note = tmp_path / "clock-stopped"
    engine = FakeEngine(stopped_because="block 9 needs software version 2", needs_version=2)
    with capture_logs() as lines:
        frames, _ = run(pair, engine, submit(1, b"a"), encode_frame(Kind.ASK, 2, b"Echo\nx"), stop_file=note)
    assert [(frame.kind, frame.tag) for frame in frames] == [(Kind.FAILURE, 1), (Kind.ANSWER, 2)]
    failure = decode_failure(frames[0].payload)
    assert failure.message == "no blocks are made: block 9 needs software version 2"
    assert failure.status == "FAILED_PRECONDITION"
    assert not note.exists()
    assert [(line["alarm"], line["reason"]) for line in lines] == [(True, "block 9 needs software version 2")]


def test_at_start_the_alarm_waits_for_nobody(pair):
    with capture_logs() as lines:
        run(pair, FakeEngine(stopped_because="block 9 needs software version 2", needs_version=2))
    assert [line["event"] for line in lines] == ["block-making stopped"]


def test_what_the_engine_cannot_survive_ends_the_kernel(pair):
    with pytest.raises(OSError, match="disk"):
        run(pair, FakeEngine(fault=OSError("the disk")), submit(1, b"a"))


def test_a_hold_that_ends_ends_the_kernel_even_when_it_is_idle(pair):
    ours, theirs = pair
    held, server = socket.socketpair()
    checked: list[str] = []

    class FakeHold(Hold):
        def fileno(self) -> int:
            return held.fileno()

        def check(self) -> None:
            checked.append(held.recv(9).decode())
            if not checked[-1]:
                raise SessionEnded

    hold = FakeHold(cast(Connection, None))
    kernel = Kernel(theirs, FakeEngine(), FakeAnswers(), lambda _: None, Stopwatch(), STOP_FILE, hold)
    with held, server:
        server.sendall(b"a notice")
        server.shutdown(socket.SHUT_WR)
        ours.sendall(encode_frame(Kind.ASK, 1, b"Echo\nx"))
        with pytest.raises(SessionEnded):
            kernel.run()
    assert checked == ["a notice", ""]
    assert [frame.tag for frame in FrameReader().feed(ours.recv(1 << 16))] == [1]


def test_a_door_that_hangs_up_while_answers_are_written_ends_the_kernel():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(encode_frame(Kind.ASK, 1, b"Echo\nx"))
        ours.close()
        kernel = Kernel(theirs, FakeEngine(), FakeAnswers(), lambda _: None, Stopwatch(), STOP_FILE)
        runner = threading.Thread(target=kernel.run)
        runner.start()
        runner.join(10)
        assert not runner.is_alive()
