import pytest

from hefu.v1 import pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from ledger.errors import InvariantViolation
from pledges import rejections as pledged
from receivables import rejections as because
from receivables.transitions import COMMANDS
from tests.unit.receivables.world import (
    BANK,
    BANK2,
    CORE,
    CUT_OFF_MS,
    DAY_MS,
    FACE,
    FACTOR,
    IDLE,
    NOW_MS,
    PAYEE,
    PAYER,
    SECOND,
    SECRET,
    STRANGER,
    TODAY,
    World,
    expect_refusal,
    make_pay_out,
    make_registration,
    make_request,
    make_take,
    make_transfer,
    part,
)

NUMBER = f"{1:020d}"
CIRCULATING = pb.Voucher(holder=PAYEE, stage=pb.LIVE, circulation=pb.CIRCULATING)


@pytest.fixture
def world():
    return World()


@pytest.fixture
def ref(world):
    return world.live()


def expect_request_refused(world, ref, reason, field, form=pb.PLEDGE, **changes):
    expect_refusal(world, reason, field, pb.REQUEST_FINANCING, make_request(world, ref, form, **changes), PAYEE)


def test_a_pledge_leaves_the_holder_and_puts_a_claim(world, ref):
    world.finance_to(pb.PAY_OUT, ref)
    assert world.voucher(ref) == CIRCULATING
    claim = pledges_pb2.Claim(pledgee=BANK, secured_fen=FACE // 2, registration_number=NUMBER, value_on=TODAY)
    assert world.claim(ref) == claim
    assert world.lender(BANK) == pledges_pb2.LenderTotals(claims=1, secured_fen=FACE // 2)
    registration = world.get(pledges_pb2.Registration, f"registration/{NUMBER}")
    asset = f"voucher:{ref.package}/1-{FACE}"
    assert registration == pledges_pb2.Registration(secured_party=BANK, filed_at_ms=NOW_MS, asset=asset)


@pytest.mark.parametrize(("form", "recourse"), [(pb.SALE_WITH_RECOURSE, True), (pb.SALE_WITHOUT_RECOURSE, False)])
def test_a_sale_makes_the_bank_holder_without_a_claim(world, ref, form, recourse):
    world.finance_to(pb.PAY_OUT, ref, form)
    sale = pb.Sale(seller=PAYEE, with_recourse=recourse, registration_number=NUMBER, value_on=TODAY)
    assert world.voucher(ref) == pb.Voucher(holder=BANK, stage=pb.LIVE, circulation=pb.CIRCULATING, sale=sale)
    assert world.claim(ref) is None
    assert world.lender(BANK) is None
    world.time_ms += 10 * DAY_MS
    assert world.voucher(ref).holder == BANK


def test_a_cut_keeps_the_sale_and_a_transfer_onward_ends_it(world, ref):
    world.finance_to(pb.PAY_OUT, ref, pb.SALE_WITH_RECOURSE)
    world.say(pb.TRANSFER, make_transfer(world, ref, amount_fen=500), BANK)
    piece, rest = part(ref, 1, 500), part(ref, 501, FACE)
    world.say(pb.ACCEPT_TRANSFER, pb.AcceptTransfer(voucher=piece), SECOND)
    assert not world.voucher(piece).HasField("sale")
    assert world.voucher(rest).sale.seller == PAYEE


def test_a_factor_may_finance_a_first_piece(world, ref):
    piece = world.finance_to(pb.PAY_OUT, ref, pb.SALE_WITHOUT_RECOURSE, bank=FACTOR, amount_fen=5000)
    assert world.voucher(piece).holder == FACTOR
    assert world.voucher(part(ref, 5001, FACE)).holder == PAYEE


@pytest.mark.parametrize("step", [pb.REQUEST_FINANCING, pb.TAKE_FINANCING, pb.REGISTER_FINANCING])
def test_a_deadline_missed_at_any_step_restores_what_was(world, ref, step):
    world.finance_to(step, ref)
    assert world.voucher(ref).circulation == pb.LOCKED
    world.time_ms += DAY_MS
    assert world.voucher(ref) == CIRCULATING


@pytest.mark.parametrize("step", [pb.REQUEST_FINANCING, pb.TAKE_FINANCING, pb.REGISTER_FINANCING])
def test_the_bank_may_step_back_before_the_pay_out(world, ref, step):
    world.finance_to(step, ref)
    events = world.say(pb.REFUSE_FINANCING, pb.RefuseFinancing(voucher=ref), BANK)
    assert world.voucher(ref) == CIRCULATING
    assert [(event.counterparty, event.amount_fen, event.form) for event in events] == [(PAYEE, FACE // 2, pb.PLEDGE)]


def test_each_step_has_a_deadline_of_its_own(world, ref):
    world.finance_to(pb.REQUEST_FINANCING, ref)
    world.time_ms += DAY_MS - 1
    world.say(pb.TAKE_FINANCING, make_take(world, ref), BANK)
    world.time_ms += DAY_MS - 1
    assert world.voucher(ref).lock.kind == pb.FINANCING_TAKEN
    world.say(pb.REGISTER_FINANCING, make_registration(world, ref), BANK)
    world.time_ms += DAY_MS - 1
    assert world.voucher(ref).lock.kind == pb.FINANCING_REGISTERED
    world.say(pb.PAY_OUT, make_pay_out(ref, value_on=TODAY + 2), BANK)
    assert world.claim(ref).pledgee == BANK


def test_the_holder_withdraws_only_before_the_bank_takes(world, ref):
    world.finance_to(pb.REQUEST_FINANCING, ref)
    world.say(pb.WITHDRAW_FINANCING, pb.WithdrawFinancing(voucher=ref), PAYEE)
    assert world.voucher(ref) == CIRCULATING
    world.finance_to(pb.TAKE_FINANCING, ref)
    command = pb.WithdrawFinancing(voucher=ref)
    expect_refusal(world, because.NO_REQUEST_PENDING, 1, pb.WITHDRAW_FINANCING, command, PAYEE)


def test_release_frees_the_range_and_the_lender(world, ref):
    world.finance_to(pb.PAY_OUT, ref)
    events = world.say(pb.RELEASE, pb.Release(voucher=ref), BANK)
    assert world.claim(ref) is None
    assert world.lender(BANK) == pledges_pb2.LenderTotals()
    assert [(event.counterparty, event.amount_fen) for event in events] == [(PAYEE, FACE // 2)]
    world.say(pb.TRANSFER, make_transfer(world, ref), PAYEE)


def test_what_is_financed_again_after_a_failure_is_filed_again(world, ref):
    world.finance_to(pb.REGISTER_FINANCING, ref)
    world.time_ms += DAY_MS
    world.finance_to(pb.PAY_OUT, ref)
    assert world.get(pledges_pb2.Registration, f"registration/{NUMBER}").filed_at_ms == NOW_MS
    assert world.claim(ref).registration_number == f"{2:020d}"


def test_signers_approve_the_range(world, ref):
    context = world.context(BANK)
    assert COMMANDS[pb.REQUEST_FINANCING].amount(context, make_request(world, ref, amount_fen=9)) == 9
    assert COMMANDS[pb.REQUEST_FINANCING].amount(context, make_request(world, ref, amount_fen=-9)) == 0
    assert COMMANDS[pb.PAY_OUT].amount(context, make_pay_out(part(ref, 3, 5))) == 3
    assert COMMANDS[pb.RELEASE].amount(context, pb.Release()) == 1


@pytest.mark.parametrize("form", [pb.FINANCING_FORM_UNSPECIFIED])
def test_rejects_form_invalid(world, ref, form):
    expect_request_refused(world, ref, because.FORM_INVALID, 4, form)


@pytest.mark.parametrize(
    ("form", "secured"),
    [
        (pb.PLEDGE, 0),
        (pb.PLEDGE, FACE + 1),
        (pb.PLEDGE, -1),
        (pb.SALE_WITH_RECOURSE, 1),
        (pb.SALE_WITHOUT_RECOURSE, -1),
    ],
)
def test_rejects_secured_out_of_range(world, ref, form, secured):
    expect_request_refused(world, ref, because.SECURED_OUT_OF_RANGE, 5, form, secured_fen=secured)


def test_a_request_needs_another_active_bank(world, ref):
    expect_request_refused(world, ref, because.COUNTERPARTY_IS_SELF, 3, bank=PAYEE)
    expect_request_refused(world, ref, because.COUNTERPARTY_IS_ISSUER, 3, bank=CORE)
    expect_request_refused(world, ref, because.COUNTERPARTY_UNKNOWN, 3, bank=STRANGER)
    expect_request_refused(world, ref, because.COUNTERPARTY_SUSPENDED, 3, bank=IDLE)
    expect_request_refused(world, ref, because.NOT_A_BANK, 3, bank=SECOND)
    expect_request_refused(world, ref, because.NOT_A_BANK, 3, bank=PAYER)


def test_a_request_is_refused_for_its_form(world, ref):
    expect_request_refused(world, ref, because.COMMITMENT_INVALID, 6, terms_commitment=b"")
    expect_request_refused(world, ref, because.AMOUNT_OUT_OF_RANGE, 2, amount_fen=FACE + 1)
    expect_request_refused(world, ref, because.DEADLINE_OUT_OF_RANGE, 7, answer_by_ms=CUT_OFF_MS + 1)
    expect_refusal(world, because.ORGANISATIONS_WRONG, 0, pb.REQUEST_FINANCING, make_request(world, ref), PAYEE, BANK)


def test_one_range_is_asked_of_one_bank(world, ref):
    world.finance_to(pb.REQUEST_FINANCING, ref)
    expect_request_refused(world, ref, because.VOUCHER_LOCKED, 1, bank=BANK2)
    expect_refusal(world, because.NOT_THE_COUNTERPARTY, 0, pb.TAKE_FINANCING, make_take(world, ref), BANK2)


def test_rejects_terms_differ(world, ref):
    world.finance_to(pb.REQUEST_FINANCING, ref)
    for terms in (b"", b"d" * 32):
        command = make_take(world, ref, terms_commitment=terms)
        expect_refusal(world, because.TERMS_DIFFER, 2, pb.TAKE_FINANCING, command, BANK)


@pytest.mark.parametrize("at_ms", [0, NOW_MS, CUT_OFF_MS + 1, 2**63 - 1])
def test_no_step_has_a_deadline_after_cut_off(world, ref, at_ms):
    world.finance_to(pb.REQUEST_FINANCING, ref)
    wrong = because.DEADLINE_OUT_OF_RANGE
    expect_refusal(world, wrong, 3, pb.TAKE_FINANCING, make_take(world, ref, register_by_ms=at_ms), BANK)
    world.say(pb.TAKE_FINANCING, make_take(world, ref, register_by_ms=CUT_OFF_MS), BANK)
    expect_refusal(world, wrong, 4, pb.REGISTER_FINANCING, make_registration(world, ref, pay_by_ms=at_ms), BANK)


def test_the_steps_have_one_order(world, ref):
    pending = because.NO_REQUEST_PENDING
    expect_refusal(world, pending, 1, pb.TAKE_FINANCING, make_take(world, ref), BANK)
    world.finance_to(pb.REQUEST_FINANCING, ref)
    expect_refusal(world, pending, 1, pb.REGISTER_FINANCING, make_registration(world, ref), BANK)
    expect_refusal(world, pending, 1, pb.PAY_OUT, make_pay_out(ref), BANK)
    world.say(pb.TAKE_FINANCING, make_take(world, ref), BANK)
    expect_refusal(world, pending, 1, pb.TAKE_FINANCING, make_take(world, ref), BANK)
    expect_refusal(world, pending, 1, pb.PAY_OUT, make_pay_out(ref), BANK)


@pytest.mark.parametrize("number", ["", "1" * 19, "1" * 21, "A" * 20, "１" * 20, "1" * 19 + "\n"])
def test_rejects_registration_number_invalid(world, ref, number):
    world.finance_to(pb.TAKE_FINANCING, ref)
    command = make_registration(world, ref, registration_number=number)
    expect_refusal(world, because.REGISTRATION_NUMBER_INVALID, 2, pb.REGISTER_FINANCING, command, BANK)


@pytest.mark.parametrize("filed_at_ms", [NOW_MS - 1, NOW_MS + 1, 0, 2**63 - 1, -(2**63)])
def test_rejects_filing_time_out_of_range(world, ref, filed_at_ms):
    world.finance_to(pb.TAKE_FINANCING, ref)
    command = make_registration(world, ref, filed_at_ms=filed_at_ms)
    expect_refusal(world, because.FILING_TIME_OUT_OF_RANGE, 3, pb.REGISTER_FINANCING, command, BANK)


def expect_number_used(world, ref, bank=BANK):
    command = make_registration(world, ref, registration_number=NUMBER)
    expect_refusal(world, pledged.REGISTRATION_USED, 2, pb.REGISTER_FINANCING, command, bank)


def test_a_registration_number_is_used_once_by_whatever_bank_for_whatever_range(world, ref):
    world.finance_to(pb.REGISTER_FINANCING, ref)
    other = world.live("A-2")
    world.finance_to(pb.TAKE_FINANCING, other)
    expect_number_used(world, other)
    world.say(pb.REFUSE_FINANCING, pb.RefuseFinancing(voucher=ref), BANK)
    world.finance_to(pb.TAKE_FINANCING, ref, bank=BANK2)
    expect_number_used(world, ref, BANK2)


def test_a_number_is_not_used_again_after_release(world, ref):
    """It was cancelled in 中登网: a claim under it would be registered nowhere."""
    world.finance_to(pb.PAY_OUT, ref)
    world.say(pb.RELEASE, pb.Release(voucher=ref), BANK)
    world.finance_to(pb.TAKE_FINANCING, ref)
    expect_number_used(world, ref)


def test_a_number_that_was_filed_against_one_holder_does_not_serve_against_the_next(world, ref):
    world.finance_to(pb.REGISTER_FINANCING, ref)
    world.say(pb.REFUSE_FINANCING, pb.RefuseFinancing(voucher=ref), BANK)
    world.say(pb.TRANSFER, make_transfer(world, ref), PAYEE)
    world.say(pb.ACCEPT_TRANSFER, pb.AcceptTransfer(voucher=ref), SECOND)
    world.finance_to(pb.TAKE_FINANCING, ref)
    expect_number_used(world, ref)


@pytest.mark.parametrize("value_on", [TODAY - 1, TODAY + 1, 2**31 - 1, -(2**31)])
def test_rejects_value_day_out_of_range(world, ref, value_on):
    world.finance_to(pb.REGISTER_FINANCING, ref)
    command = make_pay_out(ref, value_on=value_on)
    expect_refusal(world, because.VALUE_DAY_OUT_OF_RANGE, 3, pb.PAY_OUT, command, BANK)


def test_a_pay_out_is_not_valued_before_the_filing(world, ref):
    world.say(pb.REQUEST_FINANCING, make_request(world, ref), PAYEE)
    world.say(pb.TAKE_FINANCING, make_take(world, ref, register_by_ms=NOW_MS + 10 * DAY_MS), BANK)
    world.time_ms += 5 * DAY_MS
    world.say(pb.REGISTER_FINANCING, make_registration(world, ref), BANK)
    command = make_pay_out(ref, value_on=TODAY + 4)
    expect_refusal(world, because.VALUE_DAY_OUT_OF_RANGE, 3, pb.PAY_OUT, command, BANK)
    world.say(pb.PAY_OUT, make_pay_out(ref, value_on=TODAY + 5), BANK)
    assert world.claim(ref).value_on == TODAY + 5


def test_a_registered_range_without_its_registration_is_our_bug(world, ref):
    world.finance_to(pb.REGISTER_FINANCING, ref)
    del world.source.records[f"registration/{NUMBER}"]
    with pytest.raises(InvariantViolation):
        world.say(pb.PAY_OUT, make_pay_out(ref), BANK)


def test_a_pay_out_is_the_banks_and_commits_to_a_payment(world, ref):
    world.finance_to(pb.REGISTER_FINANCING, ref)
    command = make_pay_out(ref, payment_commitment=b"")
    expect_refusal(world, because.COMMITMENT_INVALID, 2, pb.PAY_OUT, command, BANK)
    expect_refusal(world, because.NOT_THE_COUNTERPARTY, 0, pb.PAY_OUT, make_pay_out(ref), BANK2)
    events = world.say(pb.PAY_OUT, make_pay_out(ref), BANK)
    assert [(event.registration_number, event.commitment) for event in events] == [(NUMBER, SECRET)]


def test_only_the_pledgee_releases_a_claim_that_exists(world, ref):
    expect_refusal(world, pledged.NO_SUCH_CLAIM, 1, pb.RELEASE, pb.Release(voucher=ref), BANK)
    world.finance_to(pb.PAY_OUT, ref)
    expect_refusal(world, pledged.NOT_THE_PLEDGEE, 0, pb.RELEASE, pb.Release(voucher=ref), PAYEE)
    expect_refusal(world, because.NO_SUCH_VOUCHER, 1, pb.RELEASE, pb.Release(voucher=part(ref, 1, 2)), BANK)
