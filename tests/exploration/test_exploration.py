"""The small universes, to their fixed points, on every run of the tests; and that a planted defect is found."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hefu.v1 import receivables_pb2 as pb
from ledger.context import Context
from ledger.seam import CommandTable
from receivables import line_use, records
from tests.exploration.memo import Memo
from tests.exploration.search import Report, Search
from tests.exploration.tables import COMMANDS
from tests.exploration.universes import build_small

SMALL = {universe.name: universe for universe in build_small()}


def explore(name: str, commands: CommandTable = COMMANDS) -> Report:
    return Search(SMALL[name], commands).run()


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    return {name: explore(name) for name in SMALL}


def test_everything_holds_in_every_state_of_the_small_universes(reports):
    for name, report in reports.items():
        assert not report.failure, f"{name}: {report.failure}"
        assert report.is_fixed_point
        assert report.ends
    assert sum(report.transitions for report in reports.values()) > 100_000


def test_every_command_of_the_table_is_taken_and_refused_somewhere(reports):
    taken: Counter[int] = Counter()
    refused: set[int] = set()
    for report in reports.values():
        taken.update(report.taken)
        refused.update(report.refused)
    assert [spec.name for kind, spec in COMMANDS.items() if not taken[kind]] == []
    assert [spec.name for kind, spec in COMMANDS.items() if kind not in refused] == []


def test_an_exploration_is_the_same_each_time(reports):
    again = explore("payments")
    assert (again.states, again.transitions) == (reports["payments"].states, reports["payments"].transitions)


# ---------------------------------------------------------------- planted defects


def plant(kind: int, transition: Callable[[Context, Any], None]) -> CommandTable:
    """The table with another transition for one kind."""
    return {**COMMANDS, kind: replace(COMMANDS[kind], transition=transition)}


def refuse_issue_and_keep_its_line(context: Context, command: pb.RefuseIssue) -> None:
    COMMANDS[pb.REFUSE_ISSUE].transition(context, command)
    package = records.get_package(context, command.package)
    if package is not None:
        line_use.process_change_of_use(context, package.line, package.face_fen, 0)


def withdraw_transfer_to_the_receiver(context: Context, command: pb.WithdrawTransfer) -> None:
    found = records.get_voucher(context, command.voucher)
    COMMANDS[pb.WITHDRAW_TRANSFER].transition(context, command)
    if found is not None:
        receiver = found.lock.counterparty
        records.update_voucher(context, command.voucher, lambda voucher: setattr(voucher, "holder", receiver))


def release_and_forget_the_totals(context: Context, command: pb.Release) -> None:
    before = context.get("totals/lender/" + context.actor)
    COMMANDS[pb.RELEASE].transition(context, command)
    context.put("totals/lender/" + context.actor, before or b"")


def merge_twice_the_amount(context: Context, command: pb.Merge) -> None:
    COMMANDS[pb.MERGE].transition(context, command)
    package = records.get_package(context, command.voucher.package)
    if package is not None:
        package.merged_fen += 1
        records.put_package(context, command.voucher.package, package)


@pytest.mark.parametrize(
    ("universe", "kind", "transition", "said"),
    [
        ("issues", pb.REFUSE_ISSUE, refuse_issue_and_keep_its_line, "reserved of a line"),
        ("trades", pb.WITHDRAW_TRANSFER, withdraw_transfer_to_the_receiver, "does not restore the prior pair"),
        ("money", pb.RELEASE, release_and_forget_the_totals, "lender's totals"),
        ("orders", pb.MERGE, merge_twice_the_amount, "sums"),
    ],
)
def test_a_planted_defect_is_found_with_the_way_to_it(universe, kind, transition, said):
    report = explore(universe, plant(kind, transition))
    assert said in report.failure
    assert COMMANDS[kind].name in report.failure
    assert not report.is_fixed_point


def test_a_state_from_which_no_end_is_reached_is_found():
    payments = (pb.PAY_VOUCHER, pb.PAY_PACKAGE, pb.CONFIRM_PAID, pb.PREPAY)
    report = explore("payments", {kind: spec for kind, spec in COMMANDS.items() if kind not in payments})
    assert report.failure.startswith("no end can be reached any more")
    assert report.is_fixed_point


def test_what_is_remembered_of_an_attempt_is_what_it_does():
    search = Search(SMALL["payments"], COMMANDS)
    search.run()
    seen = 0
    for moment, state in search._states:
        for number in search._list_attempts(moment, state):
            known = search._memos[number].find(state)
            attempt, time_ms = search._memos[number].attempt, SMALL["payments"].times_ms[moment]
            assert known == Memo(search._space, COMMANDS, attempt, time_ms).run(state)
            seen += 1
    assert seen > 1000
