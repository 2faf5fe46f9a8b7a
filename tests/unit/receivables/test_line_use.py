"""What an issue and its answers, and a range's end, do to the line that it was issued under."""

from typing import Any

import pytest

from hefu.v1 import receivables_pb2 as pb
from ledger.errors import InvariantViolation
from receivables import rejections as because
from receivables.line_use import compute_free, process_change_of_use, process_repayment
from receivables.side_records import compute_line_key
from tests.unit.receivables.world import (
    BANK,
    CORE,
    DAY_MS,
    FACE,
    FACTOR,
    IDLE,
    PAYEE,
    SECOND,
    TODAY,
    World,
    expect_refusal,
    make_change,
    make_class,
    make_issue,
    make_rules,
    make_transfer,
)

LINE_FIELD = pb.Issue.LINE_FIELD_NUMBER


@pytest.fixture
def world():
    return World()


def expect_issue_refused(world, reason, **changes):
    expect_refusal(world, reason, LINE_FIELD, pb.ISSUE, make_issue(world, "A-9", **changes), CORE)


def test_an_issue_reserves_and_its_acceptance_uses(world):
    line = world.grant()
    package = world.issue(line=line)
    assert (world.package(package).line, world.use_of(line)) == (line, (FACE, 0))
    world.accept(package)
    assert world.use_of(line) == (0, FACE)


@pytest.mark.parametrize(
    ("kind", "message", "who"),
    [
        (pb.REFUSE_ISSUE, pb.RefuseIssue, PAYEE),
        (pb.WITHDRAW_ISSUE, pb.WithdrawIssue, CORE),
        (pb.LAPSE_ISSUE, pb.LapseIssue, SECOND),
    ],
)
def test_what_was_reserved_and_not_accepted_is_free_again(world, kind, message, who):
    group = world.grant("G-1")
    line = world.grant(group=group)
    package = world.issue(line=line)
    if kind == pb.LAPSE_ISSUE:
        world.time_ms += DAY_MS
        assert world.use_of(line) == world.use_of(group) == (FACE, 0)
    world.say(kind, message(package=package), who)
    assert world.use_of(line) == world.use_of(group) == (0, 0)


def test_an_issue_writes_its_line_and_the_group_line_above_it_and_no_more(world):
    line = world.grant(group=world.grant("G-1"))
    plain, before = len(world.source.records), dict(world.source.records)
    world.issue(line=line)
    changed = [key for key, record in world.source.records.items() if before.get(key) is not record]
    assert sorted(key.partition("/")[0] for key in changed) == ["holds", "invoice", "line", "line", "package"]
    assert len(world.source.records) == plain + 3


def test_lines_of_one_group_share_its_limit(world):
    group = world.grant("G-1", limit_fen=2 * FACE, holder=PAYEE)
    lines = [world.grant(f"L-{number}", group=group) for number in (1, 2)]
    world.live("A-1", line=lines[0])
    world.issue("A-2", line=lines[1])
    assert [world.use_of(line) for line in (*lines, group)] == [(0, FACE), (FACE, 0), (FACE, FACE)]
    for line in lines:
        expect_issue_refused(world, because.LINE_EXHAUSTED, line=line)
    world.say(pb.WITHDRAW_ISSUE, pb.WithdrawIssue(package=f"{CORE}.A-2"), CORE)
    world.issue("A-3", line=lines[0])


def test_rejects_line_exhausted(world):
    line = world.grant(limit_fen=2 * FACE - 1)
    world.issue(line=line)
    expect_issue_refused(world, because.LINE_EXHAUSTED, line=line)
    world.say(pb.CHANGE_LINE, make_change(line, limit_fen=FACE // 2), BANK)
    assert compute_free(world.line(line)) == 0
    expect_issue_refused(world, because.LINE_EXHAUSTED, line=line)
    world.say(pb.CHANGE_LINE, make_change(line, limit_fen=2 * FACE), BANK)
    world.issue("A-2", line=line)


@pytest.mark.parametrize("how", ["holder", "purpose", "suspended", "closed", "day", "group closed", "group day"])
def test_rejects_line_not_open(world, how):
    group = world.grant("G-1", last_on=TODAY if how == "group day" else TODAY + 30)
    terms: dict[str, dict[str, Any]] = {
        "holder": {"holder": PAYEE},
        "purpose": {"purpose": pb.FINANCING, "group": ""},
        "day": {"last_on": TODAY},
    }
    line = world.grant(**({"group": group} | terms.get(how, {})))
    statuses = {"suspended": (line, pb.LINE_SUSPENDED), "closed": (line, pb.LINE_CLOSED)}
    statuses["group closed"] = (group, pb.LINE_CLOSED)
    if how in statuses:
        which, status = statuses[how]
        world.say(pb.CHANGE_LINE, make_change(which, status=status), BANK)
    world.time_ms += DAY_MS
    expect_issue_refused(world, because.LINE_NOT_OPEN, line=line)


def test_a_line_that_is_not_open_any_more_still_serves_what_was_issued_under_it(world):
    line = world.grant()
    package = world.issue(line=line)
    world.say(pb.CHANGE_LINE, make_change(line, limit_fen=1, status=pb.LINE_CLOSED), BANK)
    world.accept(package)
    assert world.use_of(line) == (0, FACE)


def test_rejects_line_required():
    world = World(make_rules(line_required=True, classes=[make_class(1)]))
    expect_issue_refused(world, because.LINE_REQUIRED)
    world.issue("A-1", line=world.grant())
    world.issue("A-2", voucher_class=1)


def test_an_issue_under_a_line_that_never_was_is_refused_before_its_parties_are_looked_at(world):
    expect_issue_refused(world, because.NO_SUCH_LINE, line=f"{BANK}.L-1", payee=IDLE)


def test_an_overdue_issuer_is_blocked_before_its_line_is_looked_at():
    world = World(make_rules(line_required=True))
    world.live(line=world.grant(last_on=TODAY + 90))
    world.time_ms += 60 * DAY_MS
    command = make_issue(world, "A-2", due_on=TODAY + 90)
    expect_refusal(world, because.ISSUER_BLOCKED, 0, pb.ISSUE, command, CORE)


@pytest.mark.parametrize("revolving", [True, False])
def test_a_range_that_merges_gives_back_its_length(world, revolving):
    line = world.grant(revolving=revolving, grantor=FACTOR)
    ref = world.live(line=line)
    world.say(pb.TRANSFER, make_transfer(world, ref, amount_fen=FACE // 4, receiver=CORE), PAYEE)
    piece = pb.VoucherRef(package=ref.package, start=1, end=FACE // 4)
    world.say(pb.ACCEPT_TRANSFER, pb.AcceptTransfer(voucher=piece), CORE)
    assert world.use_of(line) == (0, FACE - FACE // 4)


@pytest.mark.parametrize(("revolving", "left"), [(True, FACE - 7), (False, FACE)])
def test_a_payment_gives_back_what_revolves(world, revolving, left):
    group = world.grant("G-1")
    line = world.grant(group=group, revolving=revolving)
    world.live(line=line)
    context = world.context()
    process_repayment(context, line, 7)
    world.keep(context)
    assert world.use_of(line) == world.use_of(group) == (0, left)
    context = world.context()
    process_repayment(context, line, -7)
    world.keep(context)
    assert world.use_of(line) == world.use_of(group) == (0, FACE)


def test_no_line_is_no_use(world):
    context = world.context()
    process_repayment(context, "", 7)
    process_change_of_use(context, "", 7, 7)
    assert context._overlay.changes == {}


def test_more_given_back_than_taken_and_a_line_that_never_was_are_our_bug(world):
    line = world.grant()
    for call in (
        lambda: process_change_of_use(world.context(), line, -1, 0),
        lambda: process_repayment(world.context(), line, 1),
        lambda: process_change_of_use(world.context(), f"{BANK}.L-2", 1, 0),
        lambda: process_repayment(world.context(), f"{BANK}.L-2", 1),
    ):
        with pytest.raises(InvariantViolation):
            call()
    under = world.grant("L-3", group=line)
    del world.source.records[compute_line_key(line)]
    with pytest.raises(InvariantViolation):
        world.issue(line=under)
