"""Financing beside lines, searches, blanket registrations, disputes, red letters and freezes."""

from typing import Any

import pytest

from hefu.v1 import pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from pledges import rejections as pledged
from receivables import rejections as because
from tests.unit.receivables.money import (
    change_line,
    change_package,
    change_voucher,
    dispute,
    freeze,
    freeze_package,
    grant,
    red_letter,
    register_blanket,
    say_blanket,
    used,
)
from tests.unit.receivables.world import (
    BANK,
    BANK2,
    CUT_OFF_MS,
    DAY_MS,
    FACE,
    FACTOR,
    HOUR_MS,
    NOW_MS,
    PAYEE,
    RULES,
    SECOND,
    TODAY,
    World,
    expect_refusal,
    make_pay_out,
    make_registration,
    make_request,
    make_take,
)

STEPS = (pb.REQUEST_FINANCING, pb.TAKE_FINANCING, pb.REGISTER_FINANCING, pb.PAY_OUT)
BLANKET, SECOND_BLANKET = "9" * 20, "8" * 20


@pytest.fixture
def world():
    return World()


@pytest.fixture
def ref(world):
    return world.live()


def make_step(world, ref, step):
    commands = {
        pb.REQUEST_FINANCING: lambda: (make_request(world, ref), PAYEE),
        pb.TAKE_FINANCING: lambda: (make_take(world, ref), BANK),
        pb.REGISTER_FINANCING: lambda: (make_registration(world, ref), BANK),
        pb.PAY_OUT: lambda: (make_pay_out(ref), BANK),
    }
    return commands[step]()


def go_before(world, ref, step):
    """Everything before this step is done."""
    place = STEPS.index(step)
    if place:
        world.finance_to(STEPS[place - 1], ref)


def expect_step_refused(world, ref, step, reason):
    command, actor = make_step(world, ref, step)
    expect_refusal(world, reason, 1, step, command, actor)


def take_with(world, ref, line, form=pb.PLEDGE, bank=BANK, **changes):
    """A financing that uses a line, up to the pay-out."""
    holder = world.voucher(ref).holder
    world.say(pb.REQUEST_FINANCING, make_request(world, ref, form, bank=bank, **changes), holder)
    world.say(pb.TAKE_FINANCING, make_take(world, ref, line=line), bank)
    world.say(pb.REGISTER_FINANCING, make_registration(world, ref), bank)


def pay_out_with(world, ref, line, form=pb.PLEDGE, bank=BANK, **changes):
    take_with(world, ref, line, form, bank, **changes)
    world.say(pb.PAY_OUT, make_pay_out(ref), bank)


def expect_take_refused(world, ref, reason, field, **changes):
    expect_refusal(world, reason, field, pb.TAKE_FINANCING, make_take(world, ref, **changes), BANK)


# ---------------------------------------------------------------- marks


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("order", [freeze, freeze_package])
def test_a_freeze_stops_each_step_and_its_deadline_runs_on(world, ref, step, order):
    go_before(world, ref, step)
    order(world, ref)
    expect_step_refused(world, ref, step, because.VOUCHER_FROZEN)
    if step != pb.REQUEST_FINANCING:
        world.time_ms += DAY_MS
        assert world.voucher(ref).circulation == pb.CIRCULATING
    assert world.package(ref.package).freezes or world.voucher(ref).freezes


def test_the_bank_steps_back_and_the_holder_withdraws_while_frozen(world, ref):
    world.finance_to(pb.REGISTER_FINANCING, ref)
    freeze(world, ref)
    world.say(pb.REFUSE_FINANCING, pb.RefuseFinancing(voucher=ref), BANK)
    other = world.live("A-2")
    world.finance_to(pb.REQUEST_FINANCING, other)
    freeze_package(world, other)
    world.say(pb.WITHDRAW_FINANCING, pb.WithdrawFinancing(voucher=other), PAYEE)
    assert {world.voucher(one).circulation for one in (ref, other)} == {pb.CIRCULATING}


@pytest.mark.parametrize(
    ("mark", "reason"),
    [(dispute, because.VOUCHER_DISPUTED), (red_letter, because.EVIDENCE_RED_LETTERED)],
)
def test_a_mark_stops_new_financing_and_never_the_pay_out(world, ref, mark, reason):
    marked = world.live("A-2")
    mark(world, marked)
    expect_step_refused(world, marked, pb.REQUEST_FINANCING, reason)
    world.finance_to(pb.REQUEST_FINANCING, ref)
    mark(world, ref)
    expect_step_refused(world, ref, pb.TAKE_FINANCING, reason)
    late = world.live("A-3")
    world.finance_to(pb.TAKE_FINANCING, late)
    mark(world, late)
    for step in (pb.REGISTER_FINANCING, pb.PAY_OUT):
        command, bank = make_step(world, late, step)
        world.say(step, command, bank)
    assert world.claim(late).pledgee == BANK


def test_rejects_voucher_partly_paid(world, ref):
    change_voucher(world, ref, lambda voucher: setattr(voucher, "paid_fen", 1))
    expect_step_refused(world, ref, pb.REQUEST_FINANCING, because.VOUCHER_PARTLY_PAID)
    other = world.live("A-2")
    change_package(world, other.package, lambda package: setattr(package, "paid_fen", 1))
    expect_step_refused(world, other, pb.REQUEST_FINANCING, because.VOUCHER_PARTLY_PAID)


@pytest.mark.parametrize("step", STEPS[1:])
def test_what_was_paid_on_while_it_was_locked_is_not_financed(world, ref, step):
    go_before(world, ref, step)
    change_package(world, ref.package, lambda package: setattr(package, "paid_fen", 1))
    expect_step_refused(world, ref, step, because.VOUCHER_PARTLY_PAID)


@pytest.mark.parametrize("step", STEPS[1:])
def test_no_step_is_carried_on_after_a_cut_off_that_was_brought_forward(world, ref, step):
    go_before(world, ref, step)
    change_package(world, ref.package, lambda package: setattr(package, "due_on", TODAY))
    expect_step_refused(world, ref, step, because.PAST_CUT_OFF)
    world.say(pb.REFUSE_FINANCING, pb.RefuseFinancing(voucher=ref), BANK)
    assert world.voucher(ref).circulation == pb.CIRCULATING


def test_who_succeeded_the_issuer_does_not_finance_its_own_debt(world, ref):
    change_package(world, ref.package, lambda package: setattr(package, "debtor", BANK))
    command = make_request(world, ref)
    expect_refusal(world, because.COUNTERPARTY_IS_ISSUER, 3, pb.REQUEST_FINANCING, command, PAYEE)
    world.finance_to(pb.PAY_OUT, ref, bank=BANK2)
    assert world.claim(ref).pledgee == BANK2


# ---------------------------------------------------------------- lines


def test_a_pledge_uses_the_line_from_the_pay_out_to_the_release(world, ref):
    line = grant(world)
    take_with(world, ref, line)
    assert used(world, line) == 0
    world.say(pb.PAY_OUT, make_pay_out(ref), BANK)
    assert used(world, line) == FACE // 2
    assert (world.voucher(ref).line, world.voucher(ref).line_used_fen) == (line, FACE // 2)
    world.say(pb.RELEASE, pb.Release(voucher=ref), BANK)
    assert used(world, line) == 0
    assert world.voucher(ref) == pb.Voucher(holder=PAYEE, stage=pb.LIVE, circulation=pb.CIRCULATING)


def test_a_sale_uses_the_line_at_its_length_and_the_group_above(world, ref):
    group = grant(world, "G-1", limit_fen=2 * FACE)
    line = grant(world, group=group)
    pay_out_with(world, ref, line, pb.SALE_WITH_RECOURSE)
    assert (used(world, line), used(world, group)) == (FACE, FACE)
    voucher = world.voucher(ref)
    assert (voucher.holder, voucher.line, voucher.line_used_fen) == (BANK, line, FACE)


def test_a_financing_that_fails_uses_no_line(world, ref):
    line = grant(world)
    take_with(world, ref, line)
    world.time_ms += DAY_MS
    assert world.voucher(ref) == pb.Voucher(holder=PAYEE, stage=pb.LIVE, circulation=pb.CIRCULATING)
    assert used(world, line) == 0


@pytest.mark.parametrize("revolving", [True, False])
def test_release_gives_back_a_line_that_revolves_or_not_and_while_frozen(world, ref, revolving):
    line = grant(world, revolving=revolving)
    pay_out_with(world, ref, line)
    freeze(world, ref)
    dispute(world, ref)
    world.say(pb.RELEASE, pb.Release(voucher=ref), BANK)
    assert used(world, line) == 0
    assert world.voucher(ref).freezes


def test_a_bank_that_sells_on_what_it_bought_has_its_line_back(world, ref):
    first, second = grant(world), grant(world, grantor=BANK2)
    pay_out_with(world, ref, first, pb.SALE_WITH_RECOURSE)
    pay_out_with(world, ref, second, pb.SALE_WITHOUT_RECOURSE, BANK2)
    assert (used(world, first), used(world, second)) == (0, FACE)
    assert world.voucher(ref).sale.seller == BANK
    pay_out_with(world, ref, "", pb.SALE_WITH_RECOURSE, FACTOR)
    assert (used(world, second), world.voucher(ref).line) == (0, "")


def test_a_pledge_of_what_was_bought_leaves_the_buyers_line_alone(world, ref):
    line, other = grant(world), grant(world, grantor=BANK2)
    pay_out_with(world, ref, line, pb.SALE_WITH_RECOURSE)
    world.say(pb.REQUEST_FINANCING, make_request(world, ref, bank=BANK2), BANK)
    command = make_take(world, ref, line=other)
    expect_refusal(world, because.LINE_NOT_OPEN, 4, pb.TAKE_FINANCING, command, BANK2)
    world.say(pb.TAKE_FINANCING, make_take(world, ref), BANK2)
    world.say(pb.REGISTER_FINANCING, make_registration(world, ref), BANK2)
    world.say(pb.PAY_OUT, make_pay_out(ref), BANK2)
    world.say(pb.RELEASE, pb.Release(voucher=ref), BANK2)
    assert (used(world, line), used(world, other)) == (FACE, 0)
    assert world.voucher(ref).line_used_fen == FACE


def test_a_bank_takes_under_a_line_of_its_own_on_the_debtor(world, ref):
    world.finance_to(pb.REQUEST_FINANCING, ref)
    for name in ("nothing", f"{BANK}.L-9"):
        expect_take_refused(world, ref, because.NO_SUCH_LINE, 4, line=name)
    expect_take_refused(world, ref, because.NOT_THE_GRANTOR, 4, line=grant(world, grantor=BANK2))
    wrongs: list[dict[str, Any]] = [
        {"holder": SECOND},
        {"purpose": pb.ISSUING},
        {"status": pb.LINE_SUSPENDED},
        {"status": pb.LINE_CLOSED},
        {"last_on": TODAY - 1},
    ]
    for number, wrong in enumerate(wrongs):
        line = grant(world, f"W-{number}")
        change_line(world, line, **wrong)
        expect_take_refused(world, ref, because.LINE_NOT_OPEN, 4, line=line)
    small = grant(world, "S", limit_fen=FACE // 2 - 1)
    expect_take_refused(world, ref, because.LINE_EXHAUSTED, 4, line=small)
    within = grant(world, "I", group=small)
    expect_take_refused(world, ref, because.LINE_EXHAUSTED, 4, line=within)
    change_line(world, small, limit_fen=FACE // 2)
    world.say(pb.TAKE_FINANCING, make_take(world, ref, line=within), BANK)
    assert world.voucher(ref).lock.kind == pb.FINANCING_TAKEN


def test_a_line_of_the_issuer_is_none_on_its_successor(world, ref):
    line = grant(world)
    change_package(world, ref.package, lambda package: setattr(package, "debtor", SECOND))
    world.finance_to(pb.REQUEST_FINANCING, ref)
    expect_take_refused(world, ref, because.LINE_NOT_OPEN, 4, line=line)
    change_line(world, line, holder=SECOND)
    world.say(pb.TAKE_FINANCING, make_take(world, ref, line=line), BANK)
    assert world.voucher(ref).lock.line == line


def test_a_line_is_judged_again_when_the_money_goes(world, ref):
    line = grant(world)
    take_with(world, ref, line)
    change_line(world, line, status=pb.LINE_SUSPENDED)
    expect_step_refused(world, ref, pb.PAY_OUT, because.LINE_NOT_OPEN)
    change_line(world, line, status=pb.LINE_OPEN, limit_fen=FACE // 2 - 1)
    expect_step_refused(world, ref, pb.PAY_OUT, because.LINE_EXHAUSTED)
    change_line(world, line, limit_fen=FACE // 2)
    world.say(pb.PAY_OUT, make_pay_out(ref), BANK)
    assert used(world, line) == FACE // 2


def test_two_takings_do_not_use_one_line_twice(world, ref):
    line = grant(world, limit_fen=FACE // 2)
    other = world.live("A-2")
    take_with(world, ref, line)
    take_with(world, other, line)
    world.say(pb.PAY_OUT, make_pay_out(ref), BANK)
    expect_step_refused(world, other, pb.PAY_OUT, because.LINE_EXHAUSTED)


def test_grounds_of_a_taking_come_in_order(world, ref):
    world.finance_to(pb.REQUEST_FINANCING, ref)
    red_letter(world, ref)
    small = grant(world, "S", limit_fen=1)
    expect_take_refused(world, ref, because.LINE_EXHAUSTED, 4, line=small)
    expect_take_refused(world, ref, because.TERMS_DIFFER, 2, line=small, terms_commitment=b"d" * 32)
    expect_take_refused(world, ref, because.DEADLINE_OUT_OF_RANGE, 3, line=small, register_by_ms=0)
    dispute(world, ref)
    expect_take_refused(world, ref, because.VOUCHER_DISPUTED, 1, line=small, register_by_ms=0)
    freeze(world, ref)
    expect_take_refused(world, ref, because.VOUCHER_FROZEN, 1, line=small)
    expect_take_refused(world, ref, because.NO_SUCH_LINE, 4, line=f"{BANK}.L-9")
    expect_refusal(
        world, because.NOT_THE_COUNTERPARTY, 0, pb.TAKE_FINANCING, make_take(world, ref, line="nothing"), BANK2
    )


# ---------------------------------------------------------------- search


@pytest.mark.parametrize(("searched", "filed"), [(-HOUR_MS - 1, 0), (1, 0), (0, -1)])
def test_rejects_search_time_out_of_range(world, ref, searched, filed):
    world.say(pb.REQUEST_FINANCING, make_request(world, ref), PAYEE)
    world.say(pb.TAKE_FINANCING, make_take(world, ref), BANK)
    world.time_ms += HOUR_MS
    changes = {"searched_at_ms": world.time_ms + searched, "filed_at_ms": world.time_ms + filed}
    command = make_registration(world, ref, **changes)
    expect_refusal(world, because.SEARCH_TIME_OUT_OF_RANGE, 5, pb.REGISTER_FINANCING, command, BANK)


@pytest.mark.parametrize("searched_at_ms", [0, NOW_MS, NOW_MS + HOUR_MS])
def test_a_search_may_be_told(world, ref, searched_at_ms):
    world.finance_to(pb.TAKE_FINANCING, ref)
    world.time_ms += HOUR_MS
    world.say(pb.REGISTER_FINANCING, make_registration(world, ref, searched_at_ms=searched_at_ms), BANK)
    assert world.voucher(ref).lock.kind == pb.FINANCING_REGISTERED


def test_a_search_must_be_told_where_the_rulebook_says_so():
    rules = pb.VoucherRules()
    rules.CopyFrom(RULES)
    rules.search_required = True
    world = World(rules)
    ref = world.live()
    world.finance_to(pb.TAKE_FINANCING, ref)
    command = make_registration(world, ref)
    expect_refusal(world, because.SEARCH_TIME_OUT_OF_RANGE, 5, pb.REGISTER_FINANCING, command, BANK)
    world.say(pb.REGISTER_FINANCING, make_registration(world, ref, searched_at_ms=NOW_MS), BANK)
    assert world.voucher(ref).lock.kind == pb.FINANCING_REGISTERED


# ---------------------------------------------------------------- blanket registrations


def test_rejects_blanket_registered(world, ref):
    world.finance_to(pb.TAKE_FINANCING, ref)
    register_blanket(world, BLANKET, BANK2)
    register_blanket(world, SECOND_BLANKET, FACTOR)
    command = make_registration(world, ref)
    for consenting in ((), (BANK2,), (FACTOR,)):
        wrong = pledged.BLANKET_REGISTERED
        expect_refusal(world, wrong, 1, pb.REGISTER_FINANCING, command, BANK, *consenting)
    world.say(pb.REGISTER_FINANCING, command, BANK, FACTOR, BANK2)
    assert world.voucher(ref).lock.kind == pb.FINANCING_REGISTERED


def test_a_bank_needs_no_consent_of_its_own_and_none_once_a_blanket_has_ended(world, ref):
    register_blanket(world, BLANKET, BANK)
    register_blanket(world, SECOND_BLANKET, BANK2)
    world.finance_to(pb.TAKE_FINANCING, ref)
    command = make_registration(world, ref)
    expect_refusal(world, pledged.BLANKET_REGISTERED, 1, pb.REGISTER_FINANCING, command, BANK)
    end = pledges_pb2.EndBlanket(pledgor=PAYEE, registration_number=SECOND_BLANKET)
    say_blanket(world, pledges_pb2.END_BLANKET, end, BANK2)
    world.say(pb.REGISTER_FINANCING, command, BANK)
    assert world.voucher(ref).lock.kind == pb.FINANCING_REGISTERED


def test_nobody_consents_to_a_registration_without_need(world, ref):
    world.finance_to(pb.TAKE_FINANCING, ref)
    wrong = because.ORGANISATIONS_WRONG
    command = make_registration(world, ref)
    expect_refusal(world, wrong, 0, pb.REGISTER_FINANCING, command, BANK, BANK2)
    register_blanket(world, BLANKET, BANK2)
    expect_refusal(world, wrong, 0, pb.REGISTER_FINANCING, command, BANK, BANK2, FACTOR)
    expect_refusal(world, wrong, 0, pb.REGISTER_FINANCING, command)
    expect_refusal(world, wrong, 0, pb.REGISTER_FINANCING, command, BANK, BANK2, FACTOR, SECOND, PAYEE)


def test_a_blanket_is_on_the_holder_and_not_on_whoever_held_before(world, ref):
    register_blanket(world, BLANKET, BANK2, pledgor=SECOND)
    world.finance_to(pb.PAY_OUT, ref)
    assert world.claim(ref).pledgee == BANK


def test_a_deadline_of_registration_lies_before_cut_off(world, ref):
    world.finance_to(pb.TAKE_FINANCING, ref)
    command = make_registration(world, ref, pay_by_ms=CUT_OFF_MS + 1)
    expect_refusal(world, because.DEADLINE_OUT_OF_RANGE, 4, pb.REGISTER_FINANCING, command, BANK)
