import pytest

from hefu.v1 import receivables_pb2 as pb
from ledger.errors import InvariantViolation
from receivables import rejections as because
from receivables.genesis import genesis_records
from receivables.records import CALENDAR_KEY
from receivables.transitions import COMMANDS
from tests.unit.receivables.court import freeze, freeze_package
from tests.unit.receivables.money import change_voucher, grant, used
from tests.unit.receivables.world import (
    BANK,
    CORE,
    COURT,
    CUT_OFF_MS,
    DAY_MS,
    DUE,
    FACE,
    PAYEE,
    PAYER,
    RULES,
    SECOND,
    SECRET,
    World,
    expect_refusal,
    make_pay_out,
    make_payment,
    make_prepayment,
    make_registration,
    make_request,
    make_take,
    make_transfer,
    part,
)

HALF = FACE // 2


@pytest.fixture
def world():
    return World()


@pytest.fixture
def ref(world):
    return world.live()


@pytest.fixture
def closing(world, ref):
    """The world at cut-off, with one whole range."""
    world.time_ms = CUT_OFF_MS
    return world


def pay_package(package, amount, commitment=SECRET):
    return pb.PayPackage(package=package, amount_fen=amount, payment_commitment=commitment)


def test_a_range_is_prepaid_at_all_that_is_owed(world, ref):
    events = world.say(pb.PREPAY, make_prepayment(ref, (PAYEE, FACE)), CORE, PAYER)
    voucher = world.voucher(ref)
    assert (voucher.stage, voucher.circulation, voucher.paid_fen) == (pb.PAID, pb.CLOSED, FACE)
    assert world.package(ref.package).stage == pb.SETTLED
    assert world.totals() == pb.IssuerTotals(packages=1, face_fen=FACE)
    assert [(event.actor, event.counterparty, event.amount_fen) for event in events] == [(CORE, PAYEE, FACE)]


def test_a_prepaid_piece_closes_the_package_for_common_payments(world, ref):
    world.say(pb.SPLIT, pb.Split(voucher=ref, first_fen=1000), PAYEE)
    world.say(pb.PREPAY, make_prepayment(part(ref, 1, 1000), (PAYEE, 1000)), CORE, PAYER)
    world.time_ms = CUT_OFF_MS
    command = pay_package(ref.package, 1)
    expect_refusal(world, because.PAID_BY_RANGES, 1, pb.PAY_PACKAGE, command, PAYER)
    world.pay(part(ref, 1001, FACE), FACE - 1000, (PAYEE, FACE - 1000))
    assert world.package(ref.package).stage == pb.SETTLED


def test_a_range_is_paid_in_parts(closing, ref):
    closing.pay(ref, 1, (PAYEE, 1))
    assert closing.voucher(ref).stage == pb.LIVE
    assert closing.totals().calendar[0] == pb.DueDay(due_on=DUE, unpaid_fen=FACE - 1)
    closing.pay(ref, FACE - 1, (PAYEE, FACE - 1))
    assert closing.voucher(ref).stage == pb.PAID
    assert not closing.totals().calendar


def test_the_package_is_paid_and_settled_without_touching_its_ranges(closing, ref):
    before = closing.voucher(ref)
    closing.say(pb.PAY_PACKAGE, pay_package(ref.package, HALF), PAYER)
    assert (closing.package(ref.package).paid_fen, closing.package(ref.package).stage) == (HALF, pb.PACKAGE_LIVE)
    events = closing.say(pb.PAY_PACKAGE, pay_package(ref.package, HALF), PAYER)
    assert closing.package(ref.package).stage == pb.SETTLED
    assert closing.voucher(ref) == before
    assert [(event.counterparty, event.amount_fen) for event in events] == [(CORE, HALF)]
    wrong = make_payment(ref, 1, (PAYEE, 1))
    expect_refusal(closing, because.VOUCHER_CLOSED, 1, pb.PAY_VOUCHER, wrong, PAYER)


def test_shares_first_and_ranges_after(world, ref):
    world.say(pb.SPLIT, pb.Split(voucher=ref, first_fen=333_333), PAYEE)
    first, second = part(ref, 1, 333_333), part(ref, 333_334, FACE)
    world.time_ms = CUT_OFF_MS
    world.say(pb.PAY_PACKAGE, pay_package(ref.package, 1000), PAYER)
    world.pay(first, 333_333 - 333, (PAYEE, 333_333 - 333))
    assert world.voucher(first).stage == pb.PAID
    expect_refusal(
        world, because.AMOUNT_OUT_OF_RANGE, 2, pb.PAY_VOUCHER, make_payment(second, 666_001, (PAYEE, 666_001)), PAYER
    )
    world.pay(second, 666_000, (PAYEE, 666_000))
    assert world.package(ref.package).stage == pb.SETTLED


def test_the_pledgee_is_paid_first_up_to_what_is_secured_and_keeps_its_claim(world, ref):
    world.finance_to(pb.PAY_OUT, ref, secured_fen=1000)
    world.time_ms = CUT_OFF_MS
    world.pay(ref, 400, (BANK, 400))
    events = world.pay(ref, 1000, (BANK, 600), (PAYEE, 400))
    assert [(event.counterparty, event.amount_fen) for event in events] == [(BANK, 600), (PAYEE, 400)]
    world.pay(ref, FACE - 1400, (PAYEE, FACE - 1400))
    assert world.voucher(ref).paid_to_pledgee_fen == 1000
    assert world.claim(ref).secured_fen == 1000
    world.say(pb.RELEASE, pb.Release(voucher=ref), BANK)
    assert world.claim(ref) is None


def test_what_the_pledgee_had_of_a_share_counts_towards_what_is_secured(world, ref):
    world.finance_to(pb.PAY_OUT, ref, secured_fen=1000)
    world.time_ms = CUT_OFF_MS
    world.say(pb.PAY_PACKAGE, pay_package(ref.package, 700), PAYER)
    world.pay(ref, 500, (BANK, 300), (PAYEE, 200))
    assert world.voucher(ref).paid_to_pledgee_fen == 300


def test_after_release_the_holder_is_paid(world, ref):
    world.finance_to(pb.PAY_OUT, ref, secured_fen=1000)
    world.say(pb.RELEASE, pb.Release(voucher=ref), BANK)
    world.say(pb.PREPAY, make_prepayment(ref, (PAYEE, FACE)), CORE, PAYER)
    assert world.voucher(ref).paid_to_pledgee_fen == 0


def test_a_buying_bank_is_paid(world, ref):
    world.finance_to(pb.PAY_OUT, ref, pb.SALE_WITH_RECOURSE)
    world.time_ms = CUT_OFF_MS
    events = world.pay(ref, FACE, (BANK, FACE))
    assert [event.counterparty for event in events] == [BANK]


def test_signers_approve_what_is_paid(world, ref):
    context = world.context(CORE, PAYER)
    prepay = make_prepayment(ref, (PAYEE, 5), (SECOND, -3))
    assert COMMANDS[pb.PREPAY].amount(context, prepay) == FACE
    more = make_prepayment(part(ref, 1, 1), (PAYEE, 5), (SECOND, -3))
    more.forgiven_fen = 2
    assert COMMANDS[pb.PREPAY].amount(context, more) == 7
    assert COMMANDS[pb.PAY_VOUCHER].amount(context, make_payment(ref, 7)) == 7
    assert COMMANDS[pb.PAY_PACKAGE].amount(context, pay_package(ref.package, -7)) == 0


@pytest.mark.parametrize(
    "payees",
    [(), ((SECOND, FACE),), ((PAYEE, FACE - 1),), ((PAYEE, FACE), (SECOND, 0)), ((PAYEE, 1), (PAYEE, FACE - 1))],
)
def test_rejects_payee_not_of_record(world, ref, payees):
    wrong = because.PAYEE_NOT_OF_RECORD
    expect_refusal(world, wrong, 2, pb.PREPAY, make_prepayment(ref, *payees), CORE, PAYER)
    world.time_ms = CUT_OFF_MS
    expect_refusal(world, wrong, 3, pb.PAY_VOUCHER, make_payment(ref, FACE, *payees), PAYER)


def test_the_holder_is_not_paid_what_is_the_pledgees(world, ref):
    world.finance_to(pb.PAY_OUT, ref)
    wrong = because.PAYEE_NOT_OF_RECORD
    for payees in (((PAYEE, FACE),), ((PAYEE, HALF), (BANK, HALF))):
        expect_refusal(world, wrong, 2, pb.PREPAY, make_prepayment(ref, *payees), CORE, PAYER)
    world.say(pb.PREPAY, make_prepayment(ref, (BANK, HALF), (PAYEE, HALF)), CORE, PAYER)


def test_rejects_not_the_paying_bank(closing, ref):
    wrong = because.NOT_THE_PAYING_BANK
    expect_refusal(closing, wrong, 0, pb.PREPAY, make_prepayment(ref, (PAYEE, FACE)), CORE, BANK)
    expect_refusal(closing, wrong, 0, pb.PAY_VOUCHER, make_payment(ref, FACE, (PAYEE, FACE)), BANK)
    expect_refusal(closing, wrong, 0, pb.PAY_PACKAGE, pay_package(ref.package, 1), CORE)


def test_a_prepayment_names_issuer_and_bank(world, ref):
    command = make_prepayment(ref, (PAYEE, FACE))
    expect_refusal(world, because.NOT_THE_PAYING_BANK, 0, pb.PREPAY, command, CORE)
    expect_refusal(world, because.ORGANISATIONS_WRONG, 0, pb.PREPAY, command, CORE, PAYER, PAYEE)
    expect_refusal(world, because.NOT_THE_ISSUER, 0, pb.PREPAY, command, PAYER, CORE)


def test_rejects_before_cut_off(world, ref):
    world.time_ms = CUT_OFF_MS - 1
    wrong = because.BEFORE_CUT_OFF
    expect_refusal(world, wrong, 1, pb.PAY_VOUCHER, make_payment(ref, FACE, (PAYEE, FACE)), PAYER)
    expect_refusal(world, wrong, 1, pb.PAY_PACKAGE, pay_package(ref.package, 1), PAYER)


@pytest.mark.parametrize("amount", [0, -1, FACE + 1, 2**63 - 1, -(2**63)])
def test_a_payment_is_positive_and_within_what_is_owed(closing, ref, amount):
    wrong = because.AMOUNT_OUT_OF_RANGE
    expect_refusal(closing, wrong, 2, pb.PAY_VOUCHER, make_payment(ref, amount), PAYER)
    expect_refusal(closing, wrong, 2, pb.PAY_PACKAGE, pay_package(ref.package, amount), PAYER)


def test_a_payment_needs_its_commitment(closing, ref):
    wrong = because.COMMITMENT_INVALID
    payment = pb.PayVoucher(voucher=ref, amount_fen=1)
    expect_refusal(closing, wrong, 4, pb.PAY_VOUCHER, payment, PAYER)
    expect_refusal(closing, wrong, 3, pb.PREPAY, pb.Prepay(voucher=ref), CORE, PAYER)
    expect_refusal(closing, wrong, 3, pb.PAY_PACKAGE, pay_package(ref.package, 1, b""), PAYER)


def test_rejects_voucher_closed(closing, ref):
    closing.pay(ref, FACE, (PAYEE, FACE))
    wrong = because.VOUCHER_CLOSED
    expect_refusal(closing, wrong, 1, pb.PAY_VOUCHER, make_payment(ref, 1, (PAYEE, 1)), PAYER)
    expect_refusal(closing, wrong, 1, pb.PREPAY, make_prepayment(ref), CORE, PAYER)
    expect_refusal(closing, wrong, 1, pb.SPLIT, pb.Split(voucher=ref, first_fen=100), PAYEE)


def test_rejects_package_not_live(world):
    package = world.issue()
    wrong = because.PACKAGE_NOT_LIVE
    world.time_ms = CUT_OFF_MS
    expect_refusal(world, wrong, 1, pb.PAY_PACKAGE, pay_package(package, 1), PAYER)


def test_rejects_paid_by_ranges(closing, ref):
    closing.pay(ref, 1, (PAYEE, 1))
    expect_refusal(closing, because.PAID_BY_RANGES, 1, pb.PAY_PACKAGE, pay_package(ref.package, 1), PAYER)


def test_a_locked_range_is_not_paid(world, ref):
    world.say(pb.TRANSFER, make_transfer(world, ref), PAYEE)
    expect_refusal(world, because.VOUCHER_LOCKED, 1, pb.PREPAY, make_prepayment(ref, (PAYEE, FACE)), CORE, PAYER)


def test_a_lock_that_a_new_calendar_left_past_cut_off_is_void(world, ref):
    world.time_ms = CUT_OFF_MS - DAY_MS
    world.say(pb.TRANSFER, make_transfer(world, ref, answer_by_ms=CUT_OFF_MS), PAYEE)
    calendar = pb.BusinessCalendar(holidays=[DUE - 1])
    world.source.records[CALENDAR_KEY].body = dict(genesis_records(RULES, calendar))[CALENDAR_KEY]
    world.pay(ref, 1000, (PAYEE, 1000))
    voucher = world.voucher(ref)
    assert (voucher.circulation, voucher.paid_fen, voucher.HasField("lock")) == (pb.CIRCULATING, 1000, False)
    world.time_ms += 2 * DAY_MS
    assert world.voucher(ref).paid_fen == 1000


def test_a_prepayment_below_face_is_the_holders_to_grant(world, ref):
    world.finance_to(pb.PAY_OUT, ref)
    command = make_prepayment(ref, (BANK, HALF), (PAYEE, HALF - 1000))
    command.forgiven_fen = 1000
    expect_refusal(world, because.CONSENT_MISSING, 0, pb.PREPAY, command, CORE, PAYER)
    expect_refusal(world, because.CONSENT_MISSING, 0, pb.PREPAY, command, CORE, PAYER, BANK)
    expect_refusal(world, because.NOT_THE_PAYING_BANK, 0, pb.PREPAY, command, CORE, PAYEE, PAYER)
    world.say(pb.PREPAY, command, CORE, PAYER, PAYEE)
    voucher = world.voucher(ref)
    assert (voucher.stage, voucher.paid_fen, voucher.forgiven_fen) == (pb.PAID, FACE, 1000)
    assert (world.totals().unpaid_fen, world.package(ref.package).stage) == (0, pb.SETTLED)


@pytest.mark.parametrize("debtor", [CORE, PAYER])
def test_a_paying_bank_that_bought_the_range_grants_a_prepayment_below_face(world, ref, debtor):
    """Nobody can be named twice, so that who is two parties consents once."""
    change_voucher(world, ref, lambda voucher: setattr(voucher, "holder", PAYER))
    if debtor != CORE:
        world.say(pb.SUCCEED_DEBTOR, pb.SucceedDebtor(package=ref.package, successor=debtor, order=SECRET), COURT)
    command = make_prepayment(ref, (PAYER, FACE - 1000))
    command.forgiven_fen = 1000
    expect_refusal(world, because.ORGANISATIONS_WRONG, 0, pb.PREPAY, command, CORE, PAYER, PAYEE)
    world.say(pb.PREPAY, command, *dict.fromkeys((debtor, PAYER)))
    assert (world.voucher(ref).stage, world.totals(debtor).unpaid_fen) == (pb.PAID, 0)


def test_a_single_fen_may_be_let_off(world, ref):
    command = make_prepayment(ref, (PAYEE, FACE - 1))
    command.forgiven_fen = 1
    world.say(pb.PREPAY, command, CORE, PAYER, PAYEE)
    assert world.voucher(ref).forgiven_fen == 1


def test_all_of_the_holders_part_may_be_let_off(world, ref):
    command = make_prepayment(ref)
    command.forgiven_fen = FACE
    events = world.say(pb.PREPAY, command, CORE, PAYER, PAYEE)
    assert [(event.counterparty, event.amount_fen) for event in events] == [("", 0)]
    assert world.voucher(ref).stage == pb.PAID


def test_rejects_forgiven_out_of_range(world, ref):
    world.finance_to(pb.PAY_OUT, ref)
    for forgiven in (-1, HALF + 1, 2**63 - 1):
        command = make_prepayment(ref, (BANK, HALF))
        command.forgiven_fen = forgiven
        expect_refusal(world, because.FORGIVEN_OUT_OF_RANGE, 4, pb.PREPAY, command, CORE, PAYER, PAYEE)
    freeze(world, ref)
    expect_refusal(world, because.VOUCHER_FROZEN, 1, pb.PREPAY, command, CORE, PAYER, PAYEE)


def test_while_frozen_nobody_is_payee(world, ref):
    line = grant(world)
    world.finance_to(pb.PAY_OUT, ref)
    freeze(world, ref)
    wrong = make_prepayment(ref, (BANK, HALF), (PAYEE, HALF))
    expect_refusal(world, because.PAYEE_NOT_OF_RECORD, 2, pb.PREPAY, wrong, CORE, PAYER)
    events = world.say(pb.PREPAY, make_prepayment(ref), CORE, PAYER)
    assert [(event.counterparty, event.amount_fen) for event in events] == [("", FACE)]
    voucher = world.voucher(ref)
    assert (voucher.stage, voucher.kept_fen, voucher.paid_to_pledgee_fen) == (pb.PAID, FACE, 0)
    assert used(world, line) == 0


def test_a_frozen_package_is_paid_range_by_range(closing, ref):
    freeze_package(closing, ref.package)
    expect_refusal(closing, because.VOUCHER_FROZEN, 1, pb.PAY_PACKAGE, pay_package(ref.package, 1), PAYER)
    closing.pay(ref, 10)
    assert closing.voucher(ref).kept_fen == 10


@pytest.mark.parametrize("name", ["merged_fen", "cancelled_fen", "returned_fen"])
def test_after_an_end_or_a_return_the_package_is_paid_range_by_range(closing, ref, name):
    closing.mark_package(ref.package, **{name: 1})
    expect_refusal(closing, because.PAID_BY_RANGES, 1, pb.PAY_PACKAGE, pay_package(ref.package, 1), PAYER)


def test_rejects_account_not_of_record(world, ref):
    world.say(pb.SET_ACCOUNT, pb.SetAccount(account_commitment=SECRET), PAYEE)
    command = make_prepayment(ref, (PAYEE, FACE))
    wrong = because.ACCOUNT_NOT_OF_RECORD
    expect_refusal(world, wrong, 2, pb.PREPAY, command, CORE, PAYER)
    command.payees[0].account_commitment = b"x" * 32
    expect_refusal(world, wrong, 2, pb.PREPAY, command, CORE, PAYER)
    command.payees[0].account_commitment = SECRET
    world.say(pb.PREPAY, command, CORE, PAYER)


def test_a_payment_gives_back_to_the_lines_what_it_repaid(world):
    issuing = world.grant()
    ref = world.live(line=issuing)
    financing = grant(world, "F-1")
    asked = make_request(world, ref)
    world.say(pb.REQUEST_FINANCING, asked, PAYEE)
    world.say(pb.TAKE_FINANCING, make_take(world, ref, line=financing), BANK)
    world.say(pb.REGISTER_FINANCING, make_registration(world, ref), BANK)
    world.say(pb.PAY_OUT, make_pay_out(ref), BANK)
    assert (world.use_of(issuing), used(world, financing)) == ((0, FACE), HALF)
    world.time_ms = CUT_OFF_MS
    world.pay(ref, 1000, (BANK, 1000))
    assert (world.use_of(issuing), used(world, financing)) == ((0, FACE - 1000), HALF - 1000)
    world.pay(ref, FACE - 1000, (BANK, HALF - 1000), (PAYEE, HALF))
    assert (world.use_of(issuing), used(world, financing), world.voucher(ref).line) == ((0, 0), 0, "")


def test_a_range_without_its_package_is_our_bug(closing, ref):
    del closing.source.records[f"package/{ref.package}"]
    with pytest.raises(InvariantViolation):
        closing.pay(ref, 1, (PAYEE, 1))
