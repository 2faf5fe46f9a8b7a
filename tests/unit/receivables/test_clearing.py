import pytest

from hefu.v1 import receivables_pb2 as pb
from ledger.errors import InvariantViolation
from receivables import rejections as because
from receivables.transitions import COMMANDS
from tests.unit.receivables.court import freeze, pay_package, unfreeze
from tests.unit.receivables.money import grant, used
from tests.unit.receivables.world import (
    BANK,
    BANK2,
    CORE,
    CUT_OFF_MS,
    DAY_MS,
    FACE,
    PAYEE,
    PAYER,
    SECOND,
    SECRET,
    World,
    changed,
    expect_refusal,
    make_pay_out,
    make_payees,
    make_prepayment,
    make_registration,
    make_request,
    make_rules,
    make_take,
    make_transfer,
)

HALF = FACE // 2


@pytest.fixture
def world():
    return World(make_rules(objection_days=5))


@pytest.fixture
def ref(world):
    return world.live()


@pytest.fixture
def closing(world, ref):
    """The world at cut-off, with one whole range."""
    world.time_ms = CUT_OFF_MS
    return world


def make_confirmation(ref, amount, **changes):
    return changed(pb.ConfirmPaid(voucher=ref, amount_fen=amount, payment_commitment=SECRET), changes)


def make_objection(ref, amount, **changes):
    return changed(pb.ObjectPayment(voucher=ref, amount_fen=amount, evidence=SECRET), changes)


def make_hand_over(ref, *payees):
    return pb.HandOver(voucher=ref, payees=make_payees(payees), payment_commitment=SECRET)


def object_and_admit(world, ref, amount, who=PAYEE):
    world.say(pb.OBJECT_PAYMENT, make_objection(ref, amount), who)
    world.say(pb.ANSWER_OBJECTION, pb.AnswerObjection(voucher=ref), PAYER)


def finance_with_line(world, ref, line, form=pb.PLEDGE):
    world.say(pb.REQUEST_FINANCING, make_request(world, ref, form), PAYEE)
    world.say(pb.TAKE_FINANCING, make_take(world, ref, line=line), BANK)
    world.say(pb.REGISTER_FINANCING, make_registration(world, ref), BANK)
    world.say(pb.PAY_OUT, make_pay_out(ref), BANK)


# ---------------------------------------------------------------- paid outside, or not paid


def test_the_holder_confirms_what_was_paid_outside(closing, ref):
    events = closing.say(pb.CONFIRM_PAID, make_confirmation(ref, FACE), PAYEE)
    assert [(event.counterparty, event.amount_fen) for event in events] == [(PAYEE, FACE)]
    assert (closing.voucher(ref).stage, closing.totals().unpaid_fen) == (pb.PAID, 0)


def test_a_pledgee_confirms_too(world, ref):
    world.finance_to(pb.PAY_OUT, ref)
    world.time_ms = CUT_OFF_MS
    command = make_confirmation(ref, FACE)
    expect_refusal(world, because.CONSENT_MISSING, 0, pb.CONFIRM_PAID, command, PAYEE)
    expect_refusal(world, because.CONSENT_MISSING, 0, pb.CONFIRM_PAID, command, PAYEE, SECOND)
    world.say(pb.CONFIRM_PAID, command, PAYEE, BANK)
    assert world.voucher(ref).paid_to_pledgee_fen == HALF


def test_a_confirmation_is_judged_as_a_payment(world, ref):
    command = make_confirmation(ref, FACE)
    expect_refusal(world, because.BEFORE_CUT_OFF, 1, pb.CONFIRM_PAID, command, PAYEE)
    world.time_ms = CUT_OFF_MS
    expect_refusal(world, because.NOT_THE_HOLDER, 0, pb.CONFIRM_PAID, command, BANK)
    expect_refusal(world, because.ORGANISATIONS_WRONG, 0, pb.CONFIRM_PAID, command, PAYEE, BANK)
    wrong = make_confirmation(ref, 1, payment_commitment=b"")
    expect_refusal(world, because.COMMITMENT_INVALID, 3, pb.CONFIRM_PAID, wrong, PAYEE)
    for amount in (0, FACE + 1):
        wrong = make_confirmation(ref, amount)
        expect_refusal(world, because.AMOUNT_OUT_OF_RANGE, 2, pb.CONFIRM_PAID, wrong, PAYEE)
    freeze(world, ref)
    expect_refusal(world, because.VOUCHER_FROZEN, 1, pb.CONFIRM_PAID, command, PAYEE)


def test_a_failed_line_stays_owed_until_the_next_payment(closing, ref):
    closing.say(pb.FAIL_LINE, pb.FailLine(voucher=ref, reason=pb.FUNDS_LACKING), PAYER)
    assert closing.voucher(ref).failure.reason == pb.FUNDS_LACKING
    assert closing.totals().unpaid_fen == FACE
    closing.pay(ref, 1, (PAYEE, 1))
    assert not closing.voucher(ref).HasField("failure")


@pytest.mark.parametrize("reason", [0, 4, 99])
def test_rejects_fail_reason_invalid(closing, ref, reason):
    command = pb.FailLine(voucher=ref, reason=reason)
    expect_refusal(closing, because.FAIL_REASON_INVALID, 2, pb.FAIL_LINE, command, PAYER)


def test_only_the_paying_bank_fails_a_line_and_only_one_that_is_due(world, ref):
    command = pb.FailLine(voucher=ref, reason=pb.OTHER_FAILURE)
    expect_refusal(world, because.NOT_THE_PAYING_BANK, 0, pb.FAIL_LINE, command, BANK)
    expect_refusal(world, because.BEFORE_CUT_OFF, 1, pb.FAIL_LINE, command, PAYER)
    world.say(pb.PREPAY, make_prepayment(ref, (PAYEE, FACE)), CORE, PAYER)
    expect_refusal(world, because.VOUCHER_CLOSED, 1, pb.FAIL_LINE, command, PAYER)


# ---------------------------------------------------------------- objections


def test_what_the_bank_admits_is_owed_again(closing, ref):
    closing.pay(ref, FACE, (PAYEE, FACE))
    object_and_admit(closing, ref, 1000)
    voucher, package = closing.voucher(ref), closing.package(ref.package)
    assert (voucher.stage, voucher.circulation, voucher.paid_fen) == (pb.LIVE, pb.CIRCULATING, FACE - 1000)
    assert (package.stage, package.own_paid_fen) == (pb.PACKAGE_LIVE, FACE - 1000)
    assert (closing.totals().unpaid_fen, voucher.HasField("objection")) == (1000, False)
    closing.pay(ref, 1000, (PAYEE, 1000))
    assert closing.package(ref.package).stage == pb.SETTLED


def test_what_comes_back_of_a_share_is_owed_by_the_range_alone(world, ref):
    world.finance_to(pb.PAY_OUT, ref)
    world.time_ms = CUT_OFF_MS
    pay_package(world, ref.package, FACE)
    object_and_admit(world, ref, HALF, BANK)
    voucher, package = world.voucher(ref), world.package(ref.package)
    assert (voucher.returned_fen, voucher.paid_to_pledgee_fen, package.returned_fen) == (HALF, -HALF, HALF)
    assert world.totals().unpaid_fen == HALF
    world.pay(ref, HALF, (BANK, HALF))
    assert world.package(ref.package).stage == pb.SETTLED


def test_a_prepayment_that_came_back_whole_lets_the_range_move_again(world):
    line = world.grant()
    ref = world.live(line=line)
    world.say(pb.PREPAY, make_prepayment(ref, (PAYEE, FACE)), CORE, PAYER)
    assert world.use_of(line) == (0, 0)
    object_and_admit(world, ref, FACE)
    assert world.use_of(line) == (0, FACE)
    world.say(pb.TRANSFER, make_transfer(world, ref), PAYEE)
    assert world.voucher(ref).circulation == pb.LOCKED


def test_what_a_pledgee_had_stays_its_when_its_claim_ends(world, ref):
    world.finance_to(pb.PAY_OUT, ref)
    world.say(pb.PREPAY, make_prepayment(ref, (BANK, HALF), (PAYEE, HALF)), CORE, PAYER)
    world.say(pb.OBJECT_PAYMENT, make_objection(ref, 300), BANK)
    world.say(pb.RELEASE, pb.Release(voucher=ref), BANK)
    world.say(pb.ANSWER_OBJECTION, pb.AnswerObjection(voucher=ref), PAYER)
    assert world.voucher(ref).paid_to_pledgee_fen == HALF - 300
    wrong = make_objection(ref, HALF + 1)
    expect_refusal(world, because.AMOUNT_OUT_OF_RANGE, 2, pb.OBJECT_PAYMENT, wrong, PAYEE)


def test_what_was_let_off_nobody_misses(world, ref):
    command = make_prepayment(ref, (PAYEE, FACE - 1000))
    command.forgiven_fen = 1000
    world.say(pb.PREPAY, command, CORE, PAYER, PAYEE)
    wrong = make_objection(ref, FACE - 999)
    expect_refusal(world, because.AMOUNT_OUT_OF_RANGE, 2, pb.OBJECT_PAYMENT, wrong, PAYEE)
    object_and_admit(world, ref, FACE - 1000)
    assert (world.voucher(ref).paid_fen, world.totals().unpaid_fen) == (1000, FACE - 1000)


def test_evidence_leaves_the_mark_until_the_objector_withdraws_it(closing, ref):
    closing.pay(ref, FACE, (PAYEE, FACE))
    closing.say(pb.OBJECT_PAYMENT, make_objection(ref, 1), PAYEE)
    closing.say(pb.ANSWER_OBJECTION, pb.AnswerObjection(voucher=ref, answer=SECRET), PAYER)
    assert closing.voucher(ref).objection.answer == SECRET
    withdraw = pb.WithdrawObjection(voucher=ref)
    expect_refusal(closing, because.NOT_A_PARTY, 0, pb.WITHDRAW_OBJECTION, withdraw, PAYER)
    closing.say(pb.WITHDRAW_OBJECTION, withdraw, PAYEE)
    assert not closing.voucher(ref).HasField("objection")


def test_only_payees_object_and_only_to_what_they_were_paid(closing, ref):
    closing.pay(ref, 10, (PAYEE, 10))
    expect_refusal(closing, because.NOT_A_PARTY, 0, pb.OBJECT_PAYMENT, make_objection(ref, 1), SECOND)
    for amount in (0, -1, 11):
        wrong = make_objection(ref, amount)
        expect_refusal(closing, because.AMOUNT_OUT_OF_RANGE, 2, pb.OBJECT_PAYMENT, wrong, PAYEE)
    wrong = make_objection(ref, 1, evidence=b"")
    expect_refusal(closing, because.COMMITMENT_INVALID, 3, pb.OBJECT_PAYMENT, wrong, PAYEE)


def test_rejects_objection_too_late(closing, ref):
    closing.pay(ref, FACE, (PAYEE, FACE))
    closing.time_ms += 6 * DAY_MS
    command = make_objection(ref, 1)
    expect_refusal(closing, because.OBJECTION_TOO_LATE, 1, pb.OBJECT_PAYMENT, command, PAYEE)
    closing.time_ms -= DAY_MS
    closing.say(pb.OBJECT_PAYMENT, command, PAYEE)


def test_without_days_to_object_it_is_always_too_late():
    world = World()
    ref = world.live()
    world.say(pb.PREPAY, make_prepayment(ref, (PAYEE, FACE)), CORE, PAYER)
    expect_refusal(world, because.OBJECTION_TOO_LATE, 1, pb.OBJECT_PAYMENT, make_objection(ref, 1), PAYEE)


def test_rejects_objection_exists(closing, ref):
    closing.pay(ref, FACE, (PAYEE, FACE))
    closing.say(pb.OBJECT_PAYMENT, make_objection(ref, 1), PAYEE)
    expect_refusal(closing, because.OBJECTION_EXISTS, 1, pb.OBJECT_PAYMENT, make_objection(ref, 1), PAYEE)


def test_an_objection_that_was_answered_gives_way_to_another_payees_alone(world, ref):
    """Else a holder could keep its pledgee from objecting until it is too late."""
    world.finance_to(pb.PAY_OUT, ref)
    world.say(pb.PREPAY, make_prepayment(ref, (BANK, HALF), (PAYEE, HALF)), CORE, PAYER)
    own, others = make_objection(ref, 1), make_objection(ref, HALF)
    world.say(pb.OBJECT_PAYMENT, own, PAYEE)
    expect_refusal(world, because.OBJECTION_EXISTS, 1, pb.OBJECT_PAYMENT, others, BANK)
    world.say(pb.ANSWER_OBJECTION, pb.AnswerObjection(voucher=ref, answer=SECRET), PAYER)
    expect_refusal(world, because.OBJECTION_EXISTS, 1, pb.OBJECT_PAYMENT, own, PAYEE)
    world.say(pb.OBJECT_PAYMENT, others, BANK)
    assert (world.voucher(ref).objection.objector, world.voucher(ref).objection.answer) == (BANK, b"")
    world.say(pb.ANSWER_OBJECTION, pb.AnswerObjection(voucher=ref), PAYER)
    assert (world.voucher(ref).paid_fen, world.voucher(ref).paid_to_pledgee_fen) == (HALF, 0)


def test_rejects_no_objection(closing, ref):
    closing.pay(ref, FACE, (PAYEE, FACE))
    answer, withdraw = pb.AnswerObjection(voucher=ref, answer=SECRET), pb.WithdrawObjection(voucher=ref)
    expect_refusal(closing, because.NO_OBJECTION, 1, pb.ANSWER_OBJECTION, answer, PAYER)
    expect_refusal(closing, because.NO_OBJECTION, 1, pb.WITHDRAW_OBJECTION, withdraw, PAYEE)
    closing.say(pb.OBJECT_PAYMENT, make_objection(ref, 1), PAYEE)
    expect_refusal(closing, because.NOT_THE_PAYING_BANK, 0, pb.ANSWER_OBJECTION, answer, PAYEE)
    short = pb.AnswerObjection(voucher=ref, answer=b"x")
    expect_refusal(closing, because.COMMITMENT_INVALID, 2, pb.ANSWER_OBJECTION, short, PAYER)
    closing.say(pb.ANSWER_OBJECTION, answer, PAYER)
    expect_refusal(closing, because.NO_OBJECTION, 1, pb.ANSWER_OBJECTION, answer, PAYER)


# ---------------------------------------------------------------- what was kept, what is restored


def test_what_was_kept_is_handed_over_pledgee_first(world, ref):
    line = grant(world)
    finance_with_line(world, ref, line)
    world.time_ms = CUT_OFF_MS
    freeze(world, ref)
    pay_package(world, ref.package, 1000)
    world.pay(ref, HALF)
    assert used(world, line) == HALF
    expect_refusal(world, because.AMOUNT_OUT_OF_RANGE, 2, pb.OBJECT_PAYMENT, make_objection(ref, 1), PAYEE)
    right = make_hand_over(ref, (BANK, HALF), (PAYEE, 1000))
    expect_refusal(world, because.VOUCHER_FROZEN, 1, pb.HAND_OVER, right, PAYER)
    unfreeze(world, ref)
    expect_refusal(world, because.PAYEE_NOT_OF_RECORD, 2, pb.HAND_OVER, make_hand_over(ref, (PAYEE, 1)), PAYER)
    expect_refusal(world, because.NOT_THE_PAYING_BANK, 0, pb.HAND_OVER, right, BANK)
    events = world.say(pb.HAND_OVER, right, PAYER)
    assert [(event.counterparty, event.amount_fen) for event in events] == [(BANK, HALF), (PAYEE, 1000)]
    voucher = world.voucher(ref)
    assert (voucher.kept_fen, voucher.paid_to_pledgee_fen, used(world, line)) == (0, HALF, 0)


def test_rejects_nothing_kept(closing, ref):
    expect_refusal(closing, because.NOTHING_KEPT, 1, pb.HAND_OVER, make_hand_over(ref), PAYER)


@pytest.mark.parametrize(("form", "financed"), [(pb.PLEDGE, HALF), (pb.SALE_WITH_RECOURSE, FACE)])
def test_a_bank_takes_back_what_the_package_repaid_once(world, ref, form, financed):
    line = grant(world)
    finance_with_line(world, ref, line, form)
    world.time_ms = CUT_OFF_MS
    pay_package(world, ref.package, 1000)
    events = world.say(pb.RESTORE_LINE, pb.RestoreLine(voucher=ref), BANK)
    assert [(event.line, event.amount_fen) for event in events] == [(line, 1000)]
    assert (used(world, line), world.voucher(ref).line_used_fen) == (financed - 1000, financed - 1000)
    expect_refusal(world, because.NOTHING_TO_RESTORE, 1, pb.RESTORE_LINE, pb.RestoreLine(voucher=ref), BANK)


@pytest.mark.parametrize("revolving", [True, False])
def test_rejects_nothing_to_restore(world, ref, revolving):
    command = pb.RestoreLine(voucher=ref)
    expect_refusal(world, because.NO_SUCH_LINE, 1, pb.RESTORE_LINE, command, BANK)
    line = grant(world, revolving=revolving)
    finance_with_line(world, ref, line)
    expect_refusal(world, because.NOT_THE_GRANTOR, 0, pb.RESTORE_LINE, command, BANK2)
    if not revolving:
        world.time_ms = CUT_OFF_MS
        pay_package(world, ref.package, FACE)
    expect_refusal(world, because.NOTHING_TO_RESTORE, 1, pb.RESTORE_LINE, command, BANK)
    assert used(world, line) == HALF


def test_a_line_in_use_that_was_never_granted_is_our_bug(world, ref):
    line = grant(world)
    finance_with_line(world, ref, line)
    del world.source.records[f"line/{line}"]
    with pytest.raises(InvariantViolation):
        world.say(pb.RESTORE_LINE, pb.RestoreLine(voucher=ref), BANK)
    with pytest.raises(InvariantViolation):
        world.say(pb.PREPAY, make_prepayment(ref, (BANK, HALF), (PAYEE, HALF)), CORE, PAYER)


def test_signers_approve_what_is_confirmed_handed_over_and_restored(world, ref):
    context = world.context(PAYEE)
    assert COMMANDS[pb.CONFIRM_PAID].amount(context, make_confirmation(ref, 7)) == 7
    assert COMMANDS[pb.HAND_OVER].amount(context, make_hand_over(ref, (BANK, 3), (PAYEE, 4))) == 7
    assert COMMANDS[pb.RESTORE_LINE].amount(context, pb.RestoreLine(voucher=ref)) == FACE


def test_signers_approve_what_an_admission_makes_owed_again_and_what_a_withdrawal_waives(world, ref):
    context = world.context(PAYER)
    assert COMMANDS[pb.ANSWER_OBJECTION].amount(context, pb.AnswerObjection(voucher=ref)) == FACE
    assert COMMANDS[pb.ANSWER_OBJECTION].amount(context, pb.AnswerObjection(voucher=ref, answer=SECRET)) == 0
    assert COMMANDS[pb.WITHDRAW_OBJECTION].amount(context, pb.WithdrawObjection(voucher=ref)) == FACE
