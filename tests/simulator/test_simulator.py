"""What `make test` runs of the simulator: 2000 schedules in memory, 50 on files, and proofs that they would notice."""

from collections import Counter
from hashlib import sha256
from unittest import mock

import pytest

from hefu.v1 import identity_pb2, pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from ledger.application import Application, CommittedState
from ledger.transaction import Transaction
from nodes.engines.cometbft.adapter import AbciAdapter
from nodes.engines.cometbft.bundler import Bundler
from nodes.engines.cometbft.bundles import Examiner
from nodes.engines.cometbft.quotas import BlockQuota
from nodes.engines.solo import SoloEngine
from nodes.wiring import COMMANDS
from tests.simulator.__main__ import describe_failure, main, run_files, run_schedules
from tests.simulator.cometbft import ABCI_CALLS, DISK_CALLS
from tests.simulator.faults import Plan, parse_plan, render_plan
from tests.simulator.schedule import AIMS, ENGINE_CALLS, MACHINE_CALLS, STORE_CALLS, Report, Schedule, is_network
from tests.simulator.shrink import shrink
from tests.support import toy

SCHEDULES = 2000
FILES = 50
READ = CommittedState.read
END = Application.end_commit
SETTLE = Bundler.settle
ADAPTER_COMMIT = AbciAdapter.commit

# What the market says in most seeds of one length or another; what ends a long life happens in few. tests/exploration
# takes every command.
SAID = {
    pb.ISSUE, pb.ACCEPT_ISSUE, pb.REFUSE_ISSUE, pb.WITHDRAW_ISSUE, pb.LAPSE_ISSUE, pb.SPLIT, pb.TRANSFER,
    pb.ACCEPT_TRANSFER, pb.REFUSE_TRANSFER, pb.WITHDRAW_TRANSFER, pb.REQUEST_FINANCING, pb.TAKE_FINANCING,
    pb.REFUSE_FINANCING, pb.WITHDRAW_FINANCING, pb.REGISTER_FINANCING, pb.PREPAY, pb.SET_ACCOUNT, pb.DECLARE_RELATED,
    pb.DISPUTE, pb.RED_LETTER, pb.FREEZE, pb.FREEZE_PACKAGE, pb.SUCCEED, pb.ACCELERATE, pledges_pb2.REGISTER_BLANKET,
    identity_pb2.ADVANCE_CLOCK, identity_pb2.ADMIT_ORGANISATION, identity_pb2.GRANT_ROLES, identity_pb2.ADMIT_KEY,
    identity_pb2.OPEN_REENROLMENT, identity_pb2.ENTER_REVOCATIONS, identity_pb2.SET_POLICY, identity_pb2.PROPOSE,
    identity_pb2.VOTE, identity_pb2.GRANT_MANDATE, identity_pb2.ISSUE_CREDENTIAL,
}  # fmt: skip
KINDS_SAID = 45  # at least, of the command table


@pytest.fixture(scope="module")
def simulated() -> tuple[list[Report], Counter[tuple[str, str]]]:
    return run_schedules(1, SCHEDULES)


def test_every_schedule_in_memory_ends_as_its_replay(simulated):
    reports, _ = simulated
    failed = [report for report in reports if report.failure]
    assert not failed, f"{len(failed)} failed\n" + "\n".join(map(describe_failure, failed[:3]))
    assert len(reports) == SCHEDULES


def test_every_schedule_on_a_file_ends_at_one_whole_block():
    failed = run_files(1, FILES)
    assert not failed, "\n".join(failed)


def test_no_call_through_a_port_lacks_a_crash(simulated):
    _, seen = simulated
    assert {"store.write_block", "store.finish_block", "store.read_leaves"} <= {aim[0] for aim in AIMS}
    assert len(STORE_CALLS) == 20
    assert sorted(MACHINE_CALLS) == [
        "begin_commit", "check_software", "commit", "compute_block_time", "end_commit", "finalize_block",
        "finalize_candidates", "info",
        "list_open", "read_committed",
    ]  # fmt: skip
    assert {f"abci.{name}" for name in ABCI_CALLS} | {f"disk.{name}" for name in DISK_CALLS} <= {aim[0] for aim in AIMS}
    assert sorted(ENGINE_CALLS) == ["compute_wait_ms", "make_block", "offer", "recover", "settle", "withdraw"]
    assert [aim for aim in AIMS if not seen[aim]] == []


def test_the_schedules_reach_what_they_are_for(simulated):
    reports, seen = simulated
    codes = Counter[int]()
    done = Counter[int]()
    for report in reports:
        codes.update(report.codes)
        done.update(report.done)
    assert {0, 1, 5, 6, 7, 8, 9, 10, 99} <= set(codes)
    assert codes[0] > SCHEDULES
    assert set(toy.COMMANDS) - {toy.REFUSE, toy.BREAK, toy.CONSENT} <= set(done)
    assert set(done) >= SAID
    assert len(COMMANDS.keys() & done.keys()) >= KINDS_SAID
    assert sum(report.restarts for report in reports) > SCHEDULES // 2
    assert max(report.blocks for report in reports) > 5
    assert sum(report.overlapped for report in reports) > SCHEDULES
    assert sum(report.heights for report in reports) > 4 * SCHEDULES
    assert sum(seen.values()) > SCHEDULES // 2


def test_a_seed_repeats_itself_and_its_faults_repeat_it_without_dice():
    assert [is_network(seed) for seed in (3, 22, 77)] == [True, False, True]
    for seed in (3, 22, 77):
        first, second = Schedule(seed), Schedule(seed)
        assert first.run() == second.run()
        planned = Schedule(seed, dict(first.report.fired))
        planned.run()
        for other in (second, planned):
            assert (other.store.heads, other.acknowledged) == (first.store.heads, first.acknowledged)


def forget_to_write(self):
    """A commit that tells of a block it does not keep."""
    staged, self._staged = self._staged, None
    if staged is not None:
        self.log.adopt(staged.log)
        self.tree.adopt(staged.state)
        self.head = staged.block.head


def adopt_too_early(self):
    """A commit that moves the memory before the database has answered."""
    staged, self._under_way = self._under_way, None
    if staged is not None:
        self.head = staged.block.head
        self._store.finish_block()
        self.log.adopt(staged.log)
        self.tree.adopt(staged.state)
        self._state.end()
    return self.info()


def go_on_after_a_failure(self):
    """A commit that failed and is forgotten: the next block is computed on the one before it."""
    try:
        return END(self)
    finally:
        self._is_lost = False
        self._state._under_way = {}


def keep_the_cache_as_it_was(self):
    """A state whose cache does not follow the commits."""
    self._under_way = {}


def read_past_the_block_under_way(self, key):
    """A state that asks cache and store alone, which do not know the block under way."""
    held, self._under_way = self._under_way, {}
    try:
        return READ(self, key)
    finally:
        self._under_way = held


def forget_the_ids_under_way(self, candidates):
    """A state machine that decides again what the block under way has decided."""
    return self._store.read_decisions([c.id for c in candidates if isinstance(c, Transaction)])


def answer_too_early(self):
    """An engine that answers a block while the database has only begun to keep it."""
    taken = self._take()
    transactions = [signed for submission in taken for signed in submission.transactions]
    result = self._machine.finalize_block(self._height + 1, self._clock.read_wall_ms(), transactions)
    self._height = result.height
    self._machine.begin_commit()
    return self._divide(taken, result.decisions, result.time_ms)


def never_resend(self, now_ms):
    """A bundler that trusts the engine's memory."""
    return []


def answer_each_sending(self, encoded, decisions, time_ms):
    """A bundler that forgets that a bundle went out in other bytes too."""
    sent = self._sent[sha256(encoded).digest()] if self.is_open(encoded) else None
    answers = SETTLE(self, encoded, decisions, time_ms)
    if sent is not None:
        self._sent.update((name, sent) for name in sent.names)
    return answers


def decide_only_what_was_judged(self, encoded):
    """An adapter whose results depend on what this node has seen before."""
    return self._take(sha256(encoded).digest())


def admit_everything(self, bundle):
    """A quota that is none."""
    return True


def tell_evidence_late(self):
    """A commit after which a crash leaves evidence untold."""
    misbehaviour, self._misbehaviour = self._misbehaviour, ()
    decided = ADAPTER_COMMIT(self)
    for found in misbehaviour:
        self._tell_misbehaviour(found)
    return decided


@pytest.mark.parametrize(
    ("target", "name", "defect"),
    [
        (Application, "begin_commit", forget_to_write),
        (Application, "end_commit", adopt_too_early),
        (Application, "end_commit", go_on_after_a_failure),
        (Application, "_read_decisions", forget_the_ids_under_way),
        (CommittedState, "end", keep_the_cache_as_it_was),
        (CommittedState, "read", read_past_the_block_under_way),
        (SoloEngine, "make_block", answer_too_early),
        (Bundler, "take_overdue", never_resend),
        (Bundler, "settle", answer_each_sending),
        (Examiner, "list_candidates", decide_only_what_was_judged),
        (BlockQuota, "admit", admit_everything),
        (AbciAdapter, "commit", tell_evidence_late),
    ],
)
def test_a_planted_defect_is_found_and_its_command_repeats_it(target, name, defect, capsys):
    with mock.patch.object(target, name, defect):
        failed = next(report for seed in range(1, SCHEDULES) if (report := Schedule(seed).run()).failure)
        assert Schedule(failed.seed).run().failure == failed.failure
        told = describe_failure(failed)
        assert f"--seed {failed.seed} --runs 1" in told
        faults = told.rpartition("--faults '")[2].rstrip("'")
        assert len(parse_plan(faults)) <= len(failed.fired)
        assert main(["--seed", str(failed.seed), "--runs", "1"]) == 1
        assert told in capsys.readouterr().out
        assert main(["--seed", str(failed.seed), "--faults", faults]) == 1
    assert main(["--seed", str(failed.seed), "--runs", "1", "--files", "1"]) == 0
    assert capsys.readouterr().out.endswith("1 schedules on files, 0 failed\n")


def test_a_defect_on_files_is_told_with_its_command():
    with mock.patch("tests.simulator.files.KEEP_MS", "not a number"):
        (told,) = run_files(5, 1)
    assert told.endswith("python -m tests.simulator --seed 5 --runs 0 --files 1")


def test_shrinking_keeps_what_fails():
    plan: Plan = {1: "lost", 5: "kept", 9: "lost"}
    assert shrink(plan, lambda tried: 5 in tried) == {5: "kept"}
    assert shrink(plan, lambda tried: False) == plan
    assert parse_plan(render_plan(plan)) == plan
