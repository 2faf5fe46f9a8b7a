from dataclasses import dataclass, field

import pytest

from ledger.application import BlockResult, LastCommit
from ledger.execution import Decision
from ledger.software import WrongSoftware
from nodes.engines.clock import SystemClock
from nodes.engines.port import Answer, Submission
from nodes.engines.solo import MAX_JUMP_MS, SoloEngine

START_MS = 1_700_000_000_000


@dataclass
class FakeClock:
    wall_ms: int = START_MS
    monotonic_ms: int = 5_000

    def read_wall_ms(self) -> int:
        return self.wall_ms

    def read_monotonic_ms(self) -> int:
        return self.monotonic_ms

    def pass_ms(self, ms: int) -> None:
        self.wall_ms += ms
        self.monotonic_ms += ms


@dataclass
class FakeMachine:
    """Decides each transaction by its own bytes, and tells in which order it was asked what."""

    height: int = 7
    time_ms: int = START_MS - 1000
    calls: list[tuple[object, ...]] = field(default_factory=list)
    staged: int = 0
    last_height: int = 1_000_000

    def info(self) -> LastCommit:
        return LastCommit(self.height, self.time_ms, 0, b"")

    def check_software(self, height) -> None:
        if height > self.last_height:
            raise WrongSoftware(height, 2, (1,))

    def finalize_block(self, height, proposed_ms, transactions) -> BlockResult:
        self.calls.append(("finalize", height, proposed_ms, len(transactions)))
        self.staged = height
        return BlockResult([Decision(signed) for signed in transactions], height, proposed_ms, b"")

    def commit(self) -> LastCommit:
        raise AssertionError("this engine divides its commits")

    def begin_commit(self) -> None:
        self.calls.append(("begin", self.staged))

    def end_commit(self) -> LastCommit:
        self.calls.append(("end", self.staged))
        self.height = self.staged
        return self.info()


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def machine():
    return FakeMachine()


@pytest.fixture
def engine(machine, clock):
    return SoloEngine(machine, clock, block_transactions=4, gather_ms=10)


def make_durable(engine: SoloEngine) -> list[Answer]:
    """Make one block, and wait for it."""
    return [*engine.make_block(), *engine.settle()]


def submission(tag: int, count: int) -> Submission:
    return Submission(tag, [b"%d/%d" % (tag, number) for number in range(count)])


def test_without_work_no_block_is_due_and_none_is_made(engine, machine):
    assert engine.compute_wait_ms() is None
    assert engine.make_block() == engine.settle() == []
    assert machine.calls == []


def test_a_block_is_due_at_once_when_none_was_begun_lately(engine, clock):
    engine.offer(submission(1, 1))
    assert engine.compute_wait_ms() == 0
    engine.make_block()
    clock.pass_ms(10)
    engine.offer(submission(2, 1))
    assert engine.compute_wait_ms() == 0


def test_the_next_block_gathers_for_some_time_after_the_last_began(engine, clock):
    engine.offer(submission(1, 1))
    engine.make_block()
    assert engine.compute_wait_ms() is None
    engine.offer(submission(2, 1))
    assert engine.compute_wait_ms() == 10
    clock.pass_ms(4)
    engine.offer(submission(3, 1))
    assert engine.compute_wait_ms() == 6
    engine.offer(submission(4, 2))
    assert engine.compute_wait_ms() == 0


def test_before_a_block_that_needs_another_version_it_stops_with_the_block_before(engine, machine):
    machine.last_height = 9
    engine.offer(submission(1, 4))
    engine.make_block()
    assert (engine.stopped_because, engine.needs_version) == ("", 0)
    engine.offer(submission(2, 4))
    engine.offer(submission(3, 4))
    (answer,) = engine.make_block()
    assert answer.submission.tag == 1
    assert engine.stopped_because == "block 10 needs software version 2, and this node runs 1: install version 2"
    assert engine.needs_version == 2
    assert engine.compute_wait_ms() is None
    assert engine.make_block() == []
    (answer,) = engine.settle()
    assert answer.submission.tag == 2
    assert [given.tag for given in engine.withdraw()] == [3]


def test_at_start_it_stops_before_such_a_block_too(machine, clock):
    machine.last_height = machine.height
    assert SoloEngine(machine, clock, is_clock_accepted=True).needs_version == 2
    assert SoloEngine(machine, clock, is_simulated=True).needs_version == 2


def test_a_stop_for_the_clock_is_mended_first(machine, clock):
    machine.last_height = machine.height
    engine = SoloEngine(machine, clock, stopped_because="the wall clock jumped")
    assert (engine.stopped_because, engine.needs_version) == ("the wall clock jumped", 0)


def test_a_block_is_due_at_once_when_enough_waits(engine):
    engine.offer(submission(1, 4))
    assert engine.compute_wait_ms() == 0


def test_a_block_computes_then_commits_and_answers_each_submission_in_order(engine, machine):
    engine.offer(submission(1, 2))
    engine.offer(submission(2, 1))
    assert engine.make_block() == []  # it is not durable yet
    assert machine.calls == [("finalize", 8, START_MS, 3), ("begin", 8)]
    answers = engine.settle()
    assert machine.calls[2:] == [("end", 8)]
    assert [(answer.submission.tag, [d.id for d in answer.decisions]) for answer in answers] == [
        (1, [b"1/0", b"1/1"]),
        (2, [b"2/0"]),
    ]
    assert {answer.time_ms for answer in answers} == {START_MS}
    assert engine.waiting == 0
    assert engine.settle() == []
    assert machine.calls[3:] == []


def test_a_block_that_follows_at_once_brings_the_answers_of_the_one_before(engine, machine, clock):
    for tag in (1, 2, 3):
        engine.offer(submission(tag, 4))
    assert engine.make_block() == []
    clock.pass_ms(3)
    assert [(answer.submission.tag, answer.time_ms) for answer in engine.make_block()] == [(1, START_MS)]
    assert [(answer.submission.tag, answer.time_ms) for answer in engine.make_block()] == [(2, START_MS + 3)]
    assert [answer.submission.tag for answer in engine.settle()] == [3]
    assert [call[:2] for call in machine.calls] == [
        ("finalize", 8), ("begin", 8), ("finalize", 9), ("begin", 9), ("finalize", 10), ("begin", 10), ("end", 10),
    ]  # fmt: skip


def test_what_is_not_durable_is_answered_by_nobody(engine, machine, monkeypatch):
    def fail():
        raise OSError("the disk")

    engine.offer(submission(1, 4))
    engine.make_block()
    monkeypatch.setattr(machine, "end_commit", fail)
    with pytest.raises(OSError, match="disk"):
        engine.settle()


def test_a_block_under_way_is_answered_after_the_clock_has_jumped(engine, clock):
    engine.offer(submission(1, 4))
    engine.make_block()
    clock.wall_ms += 2 * MAX_JUMP_MS
    engine.offer(submission(2, 4))
    assert engine.make_block() == []
    assert engine.stopped_because
    assert [answer.submission.tag for answer in engine.settle()] == [1]
    assert [given.tag for given in engine.withdraw()] == [2]


def test_a_submission_stays_whole_and_the_rest_is_due_next(engine, machine, clock):
    for tag, count in ((1, 3), (2, 3), (3, 1)):
        engine.offer(submission(tag, count))
    assert [answer.submission.tag for answer in make_durable(engine)] == [1, 2]
    clock.pass_ms(10)
    assert engine.waiting == 1
    assert engine.compute_wait_ms() == 0
    assert [answer.submission.tag for answer in make_durable(engine)] == [3]
    assert machine.height == 9


@pytest.mark.parametrize("jump_ms", [MAX_JUMP_MS + 1, -MAX_JUMP_MS - 1])
def test_a_jump_of_the_wall_clock_alone_stops_block_making(engine, machine, clock, jump_ms):
    clock.wall_ms += jump_ms
    engine.offer(submission(1, 4))
    assert engine.make_block() == []
    assert "jumped" in engine.stopped_because
    assert engine.compute_wait_ms() is None
    assert [given.tag for given in engine.withdraw()] == [1]
    assert engine.waiting == 0
    clock.wall_ms -= jump_ms
    engine.offer(submission(2, 4))
    assert engine.make_block() == []
    assert machine.calls == []


@pytest.mark.parametrize("jump_ms", [MAX_JUMP_MS, -MAX_JUMP_MS])
def test_a_smaller_jump_is_a_clock_that_was_set(engine, clock, jump_ms):
    clock.wall_ms += jump_ms
    engine.offer(submission(1, 1))
    assert len(make_durable(engine)) == 1


def test_a_long_idle_time_is_confirmed_by_the_monotonic_clock(engine, clock):
    clock.pass_ms(86_400_000)
    engine.offer(submission(1, 1))
    assert len(make_durable(engine)) == 1


def test_a_clock_far_before_the_last_block_stops_from_the_start(clock):
    machine = FakeMachine(time_ms=START_MS + MAX_JUMP_MS + 1)
    assert "before the last block" in SoloEngine(machine, clock).stopped_because
    assert SoloEngine(machine, clock, is_clock_accepted=True).stopped_because == ""
    assert SoloEngine(machine, clock, is_simulated=True).stopped_because == ""


def test_what_stopped_an_earlier_process_stops_this_one(machine, clock):
    engine = SoloEngine(machine, clock, stopped_because="the wall clock jumped")
    engine.offer(submission(1, 1))
    assert engine.make_block() == []
    assert engine.stopped_because == "the wall clock jumped"


def test_under_a_simulated_clock_the_machines_clock_may_jump(machine, clock):
    engine = SoloEngine(machine, clock, is_simulated=True)
    clock.wall_ms += 10 * MAX_JUMP_MS
    engine.offer(submission(1, 1))
    assert len(make_durable(engine)) == 1


def test_the_systems_clocks_advance():
    clock = SystemClock()
    wall_ms, monotonic_ms = clock.read_wall_ms(), clock.read_monotonic_ms()
    assert wall_ms > START_MS
    assert clock.read_monotonic_ms() >= monotonic_ms > 0
