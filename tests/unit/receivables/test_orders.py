import pytest

from hefu.v1 import receivables_pb2 as pb
from ledger.errors import Rejection
from pledges import rejections as pledged
from receivables import rejections as because
from receivables.transitions import COMMANDS
from tests.unit.receivables.court import (
    LIFTED,
    ORDER,
    OTHER,
    change_package,
    change_voucher,
    dispute,
    freeze,
    freeze_package,
    lock_trade,
    make_succession,
    order,
    pay_package,
    suspend,
    unfreeze,
    unfreeze_package,
)
from tests.unit.receivables.world import (
    BANK,
    BANK2,
    CORE,
    COURT,
    COURT2,
    CUT_OFF_MS,
    DAY_MS,
    DUE,
    FACE,
    IDLE,
    NOW_MS,
    OPERATOR,
    OPERATOR2,
    PAYEE,
    PAYER,
    SECOND,
    SECRET,
    STRANGER,
    THIRD,
    TODAY,
    World,
    expect_refusal,
    make_prepayment,
    make_request,
    make_transfer,
    part,
)


@pytest.fixture
def world():
    return World()


@pytest.fixture
def ref(world):
    return world.live()


def make_order(kind, ref, order=ORDER):
    """A right command of each kind about the range or its package."""
    commands = {
        pb.FREEZE: pb.FreezeVoucher(voucher=ref, order=order),
        pb.UNFREEZE: pb.UnfreezeVoucher(voucher=ref, order=order, ending_order=LIFTED),
        pb.FREEZE_PACKAGE: pb.FreezePackage(package=ref.package, order=order),
        pb.UNFREEZE_PACKAGE: pb.UnfreezePackage(package=ref.package, order=order, ending_order=LIFTED),
        pb.SUCCEED: pb.Succeed(voucher=ref, predecessor=PAYEE, successor=THIRD, order=order),
        pb.SUCCEED_DEBTOR: pb.SucceedDebtor(package=ref.package, successor=THIRD, order=order),
        pb.ACCELERATE: pb.Accelerate(package=ref.package, order=order),
    }
    return commands[kind]


KINDS = (pb.FREEZE, pb.UNFREEZE, pb.FREEZE_PACKAGE, pb.UNFREEZE_PACKAGE, pb.SUCCEED, pb.SUCCEED_DEBTOR, pb.ACCELERATE)
ABOUT_A_PACKAGE = (pb.FREEZE_PACKAGE, pb.UNFREEZE_PACKAGE, pb.SUCCEED_DEBTOR, pb.ACCELERATE)
ORDER_FIELD = {pb.SUCCEED: 4, pb.SUCCEED_DEBTOR: 3}


# ---------------------------------------------------------------- who, and which order


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "organisations", [(CORE,), (BANK,), (OPERATOR,), (OPERATOR, COURT), (COURT, OPERATOR), (OPERATOR, BANK)]
)
def test_rejects_not_a_court(world, ref, kind, organisations):
    expect_refusal(world, because.NOT_A_COURT, 0, kind, make_order(kind, ref), *organisations)
    nowhere = make_order(kind, pb.VoucherRef(package=f"{CORE}.X", start=1, end=2))
    expect_refusal(world, because.NOT_A_COURT, 0, kind, nowhere, *organisations)


@pytest.mark.parametrize("kind", KINDS)
def test_an_order_has_a_digest_and_at_most_two_who_enter_it(world, ref, kind):
    short = make_order(kind, ref, b"x")
    expect_refusal(world, because.COMMITMENT_INVALID, ORDER_FIELD.get(kind, 2), kind, short, CORE)
    three = (OPERATOR, OPERATOR2, COURT)
    expect_refusal(world, because.ORGANISATIONS_WRONG, 0, kind, make_order(kind, ref), *three)
    nowhere = make_order(kind, pb.VoucherRef(package=f"{CORE}.X", start=1, end=2))
    missing = because.NO_SUCH_PACKAGE if kind in ABOUT_A_PACKAGE else because.NO_SUCH_VOUCHER
    expect_refusal(world, missing, 1, kind, nowhere, COURT)


@pytest.mark.parametrize("kind", [pb.UNFREEZE, pb.UNFREEZE_PACKAGE])
def test_an_end_cites_the_order_that_ends_it(world, ref, kind):
    command = make_order(kind, ref)
    command.ending_order = b"x"
    expect_refusal(world, because.COMMITMENT_INVALID, 3, kind, command, CORE)


@pytest.mark.parametrize("kind", KINDS)
def test_a_suspended_operator_lends_its_word_to_no_order(world, ref, kind):
    """Who acts is judged by `authorise`, who consents only here."""
    suspend(world, OPERATOR2)
    expect_refusal(world, because.NOT_A_COURT, 0, kind, make_order(kind, ref), OPERATOR, OPERATOR2)


def test_two_operators_enter_the_order_of_a_court_that_keeps_no_key(world, ref):
    (event,) = freeze(world, ref, ORDER, OPERATOR, OPERATOR2)
    assert world.voucher(ref).freezes == [pb.Freeze(order=ORDER, entered_by=[OPERATOR, OPERATOR2], at_ms=NOW_MS)]
    assert (event.actor, event.order) == (OPERATOR, ORDER)


# ---------------------------------------------------------------- freezes of a range


def test_a_freeze_rests_until_an_order_that_names_it_ends_it(world, ref):
    before = world.voucher(ref)
    (event,) = freeze(world, ref)
    assert (event.voucher, event.actor, event.counterparty) == (ref, COURT, PAYEE)
    assert (event.amount_fen, event.order) == (FACE, ORDER)
    freeze(world, ref, OTHER, COURT2)
    world.time_ms += DAY_MS
    (event,) = unfreeze(world, ref)
    assert (event.order, event.commitment) == (ORDER, LIFTED)
    assert [found.order for found in world.voucher(ref).freezes] == [OTHER]
    unfreeze(world, ref, OTHER)
    assert world.voucher(ref) == before


def test_rejects_voucher_frozen(world, ref):
    freeze(world, ref)
    split = pb.Split(voucher=ref, first_fen=400)
    for kind, command in (
        (pb.SPLIT, split),
        (pb.TRANSFER, make_transfer(world, ref)),
        (pb.REQUEST_FINANCING, make_request(world, ref)),
    ):
        expect_refusal(world, because.VOUCHER_FROZEN, 1, kind, command, PAYEE)
    unfreeze(world, ref)
    freeze_package(world, ref.package)
    expect_refusal(world, because.VOUCHER_FROZEN, 1, pb.SPLIT, split, PAYEE)
    unfreeze_package(world, ref.package)
    world.say(pb.SPLIT, split, PAYEE)


def test_a_freeze_outlives_a_lapse_and_an_answer(world, ref):
    world.say(pb.TRANSFER, make_transfer(world, ref), PAYEE)
    freeze(world, ref)
    locked = world.voucher(ref)
    assert (locked.circulation, len(locked.freezes)) == (pb.LOCKED, 1)
    world.time_ms += DAY_MS
    lapsed = world.voucher(ref)
    assert (lapsed.circulation, len(lapsed.freezes)) == (pb.CIRCULATING, 1)
    unfreeze(world, ref)
    world.say(pb.TRANSFER, make_transfer(world, ref), PAYEE)
    freeze(world, ref)
    world.say(pb.REFUSE_TRANSFER, pb.RefuseTransfer(voucher=ref), SECOND)
    assert len(world.voucher(ref).freezes) == 1


def test_a_freeze_that_is_lifted_while_a_request_waits_does_not_come_back_with_the_lapse(world, ref):
    before = world.voucher(ref)
    world.say(pb.TRANSFER, make_transfer(world, ref), PAYEE)
    freeze(world, ref)
    unfreeze(world, ref)
    world.time_ms += DAY_MS
    assert world.voucher(ref) == before


def test_a_pledged_and_disputed_range_is_frozen_and_nothing_is_lost_by_unfreezing(world, ref):
    world.finance_to(pb.PAY_OUT, ref)
    dispute(world, ref)
    before, claim = world.voucher(ref), world.claim(ref)
    freeze(world, ref)
    unfreeze(world, ref)
    assert (world.voucher(ref), world.claim(ref)) == (before, claim)


def test_what_fell_to_a_frozen_range_through_its_package_is_kept(world, ref):
    world.say(pb.SPLIT, pb.Split(voucher=ref, first_fen=FACE // 4), PAYEE)
    first, second = part(ref, 1, FACE // 4), part(ref, FACE // 4 + 1, FACE)
    world.time_ms = CUT_OFF_MS
    pay_package(world, ref.package, 400)
    freeze(world, first)
    assert (world.voucher(first).frozen_share_fen, world.voucher(first).kept_fen) == (100, 0)
    pay_package(world, ref.package, 200)
    freeze(world, first, OTHER)
    pay_package(world, ref.package, 200)
    unfreeze(world, first)
    assert (world.voucher(first).frozen_share_fen, world.voucher(first).kept_fen) == (100, 0)
    unfreeze(world, first, OTHER)
    kept = world.voucher(first)
    assert (kept.frozen_share_fen, kept.kept_fen, kept.held_back_fen) == (0, 100, 100)
    assert world.voucher(second).kept_fen == 0

    # A second time it begins from what had fallen by then.
    pay_package(world, ref.package, 400)
    freeze(world, first)
    pay_package(world, ref.package, 40)
    unfreeze(world, first)
    assert (world.voucher(first).kept_fen, world.voucher(first).held_back_fen) == (110, 110)


def test_a_paid_range_is_frozen_only_while_money_is_kept_for_it(world, ref):
    world.say(pb.SPLIT, pb.Split(voucher=ref, first_fen=400), PAYEE)
    first, second = part(ref, 1, 400), part(ref, 401, FACE)
    for piece in (first, second):
        world.say(pb.PREPAY, make_prepayment(piece, (PAYEE, piece.end - piece.start + 1)), CORE, PAYER)
    command = pb.FreezeVoucher(voucher=first, order=ORDER)
    expect_refusal(world, because.VOUCHER_CLOSED, 1, pb.FREEZE, command, COURT)
    change_voucher(world, first, kept_fen=400)
    freeze(world, first)
    change_voucher(world, first, kept_fen=0)
    freeze(world, first, OTHER)
    unfreeze(world, first)
    unfreeze(world, first, OTHER)
    expect_refusal(world, because.VOUCHER_CLOSED, 1, pb.FREEZE, command, COURT)


def test_what_was_paid_through_the_package_is_frozen_no_more(world, ref):
    world.time_ms = CUT_OFF_MS
    pay_package(world, ref.package, FACE)
    command = pb.FreezeVoucher(voucher=ref, order=ORDER)
    expect_refusal(world, because.VOUCHER_CLOSED, 1, pb.FREEZE, command, COURT)


def test_rejects_no_such_freeze(world, ref):
    for kind in (pb.UNFREEZE, pb.UNFREEZE_PACKAGE):
        expect_refusal(world, because.NO_SUCH_FREEZE, 2, kind, make_order(kind, ref), COURT)
    freeze(world, ref)
    freeze_package(world, ref.package)
    for kind in (pb.UNFREEZE, pb.UNFREEZE_PACKAGE):
        expect_refusal(world, because.NO_SUCH_FREEZE, 2, kind, make_order(kind, ref, OTHER), COURT)
    # That of the range is not that of the package.
    unfreeze(world, ref)
    expect_refusal(world, because.NO_SUCH_FREEZE, 2, pb.UNFREEZE, make_order(pb.UNFREEZE, ref), COURT)


@pytest.mark.parametrize("kind", [pb.FREEZE, pb.FREEZE_PACKAGE])
def test_rejects_freeze_exists(world, ref, kind):
    for number in range(1, 9):
        world.say(kind, make_order(kind, ref, order(number)), COURT)
        expect_refusal(world, because.FREEZE_EXISTS, 2, kind, make_order(kind, ref, order(number)), COURT2)


@pytest.mark.parametrize("kind", [pb.FREEZE, pb.FREEZE_PACKAGE])
def test_rejects_freezes_too_many(world, ref, kind):
    for number in range(1, 9):
        world.say(kind, make_order(kind, ref, order(number)), COURT)
    expect_refusal(world, because.FREEZES_TOO_MANY, 2, kind, make_order(kind, ref, order(9)), COURT)


# ---------------------------------------------------------------- freezes of a package


def test_a_whole_package_is_frozen_by_one_record(world, ref):
    before = dict(world.source.records)
    (event,) = freeze_package(world, ref.package)
    after = world.source.records
    assert {key for key in after if before.get(key) is not after[key]} == {f"package/{ref.package}"}
    expected = [pb.Freeze(order=ORDER, entered_by=[COURT], at_ms=NOW_MS)]
    assert list(world.package(ref.package).freezes) == expected
    assert (event.voucher, event.amount_fen, event.order) == (pb.VoucherRef(package=ref.package), FACE, ORDER)
    freeze_package(world, ref.package, OTHER)
    (event,) = unfreeze_package(world, ref.package)
    assert (event.order, event.commitment) == (ORDER, LIFTED)
    assert [found.order for found in world.package(ref.package).freezes] == [OTHER]
    unfreeze_package(world, ref.package, OTHER)
    assert not world.package(ref.package).freezes


def test_a_package_that_is_not_live_is_frozen_only_while_it_is_frozen(world, ref):
    package = world.issue("A-2")
    pending = pb.FreezePackage(package=package, order=ORDER)
    expect_refusal(world, because.PACKAGE_NOT_LIVE, 1, pb.FREEZE_PACKAGE, pending, COURT)
    freeze_package(world, ref.package)
    change_package(world, ref.package, stage=pb.SETTLED)
    freeze_package(world, ref.package, OTHER)
    for by in (ORDER, OTHER):
        unfreeze_package(world, ref.package, by)
    again = pb.FreezePackage(package=ref.package, order=ORDER)
    expect_refusal(world, because.PACKAGE_NOT_LIVE, 1, pb.FREEZE_PACKAGE, again, COURT)


# ---------------------------------------------------------------- succession of a right


def succeed(world, ref, predecessor, successor):
    return world.say(pb.SUCCEED, make_succession(ref, predecessor, successor), COURT)


def test_a_holder_is_succeeded_through_a_lapse_too(world, ref):
    world.say(pb.TRANSFER, make_transfer(world, ref), PAYEE)
    (event,) = succeed(world, ref, PAYEE, THIRD)
    assert (event.voucher, event.actor, event.counterparty) == (ref, COURT, THIRD)
    assert (event.amount_fen, event.order) == (FACE, ORDER)
    locked = world.voucher(ref)
    assert (locked.holder, locked.circulation, locked.lock.counterparty) == (THIRD, pb.LOCKED, SECOND)
    world.time_ms += DAY_MS
    assert (world.voucher(ref).holder, world.voucher(ref).circulation) == (THIRD, pb.CIRCULATING)


def test_who_is_asked_is_succeeded_and_answers(world, ref):
    world.say(pb.TRANSFER, make_transfer(world, ref), PAYEE)
    succeed(world, ref, SECOND, THIRD)
    world.say(pb.ACCEPT_TRANSFER, pb.AcceptTransfer(voucher=ref), THIRD)
    assert world.voucher(ref).holder == THIRD


def test_a_pledgee_is_succeeded_with_its_totals(world, ref):
    world.finance_to(pb.PAY_OUT, ref)
    before, claim = world.voucher(ref), world.claim(ref)
    succeed(world, ref, BANK, BANK2)
    claim.pledgee = BANK2
    assert (world.voucher(ref), world.claim(ref)) == (before, claim)
    assert (world.lender(BANK).claims, world.lender(BANK).secured_fen) == (0, 0)
    assert (world.lender(BANK2).claims, world.lender(BANK2).secured_fen) == (1, FACE // 2)
    world.say(pb.RELEASE, pb.Release(voucher=ref), BANK2)


def test_whoever_is_several_things_is_succeeded_in_all_of_them(world, ref):
    world.finance_to(pb.PAY_OUT, ref)
    sale = pb.Sale(seller=BANK, registration_number="1" * 20)
    opened = pb.Dispute(opened_by=BANK, evidence=SECRET)
    objection = pb.Objection(objector=BANK, amount_fen=1)
    change_voucher(world, ref, holder=BANK, sale=sale, dispute=opened, objection=objection)
    succeed(world, ref, BANK, BANK2)
    found = world.voucher(ref)
    places = (found.holder, found.sale.seller, found.dispute.opened_by, found.objection.objector)
    assert (*places, world.claim(ref).pledgee) == (BANK2,) * 5


@pytest.mark.parametrize("who", [SECOND, THIRD])
def test_a_side_of_a_trade_is_succeeded(world, ref, who):
    lock_trade(world, ref)
    succeed(world, ref, who, BANK)
    lock = world.voucher(ref).lock
    assert (lock.counterparty, lock.buyer) == ((BANK, THIRD) if who == SECOND else (SECOND, BANK))
    world.time_ms += DAY_MS
    assert world.voucher(ref).holder == PAYEE


def test_the_debtor_may_succeed_and_then_merges(world, ref):
    succeed(world, ref, PAYEE, CORE)
    assert world.voucher(ref).stage == pb.LIVE
    world.say(pb.MERGE, pb.Merge(voucher=ref), CORE)
    assert (world.voucher(ref).stage, world.package(ref.package).stage) == (pb.MERGED, pb.SETTLED)


@pytest.mark.parametrize("predecessor", [SECOND, BANK, CORE, STRANGER, "", "\x00"])
def test_rejects_predecessor_has_nothing(world, ref, predecessor):
    command = make_succession(ref, predecessor, THIRD)
    expect_refusal(world, because.PREDECESSOR_HAS_NOTHING, 2, pb.SUCCEED, command, COURT)


def test_a_successor_is_another_admitted_organisation(world, ref):
    same = make_succession(ref, PAYEE, PAYEE)
    expect_refusal(world, because.COUNTERPARTY_IS_SELF, 3, pb.SUCCEED, same, COURT)
    for who in (STRANGER, "", "\x00"):
        unknown = make_succession(ref, PAYEE, who)
        expect_refusal(world, because.COUNTERPARTY_UNKNOWN, 3, pb.SUCCEED, unknown, COURT)
    succeed(world, ref, PAYEE, IDLE)
    assert world.voucher(ref).holder == IDLE


def test_signers_approve_the_range_or_the_package_that_is_succeeded_and_no_amount_else(world, ref):
    context = world.context(COURT)
    for kind in KINDS:
        amount = COMMANDS[kind].amount(context, make_order(kind, ref))
        assert amount == (FACE if kind in (pb.SUCCEED, pb.SUCCEED_DEBTOR) else 0)
    nowhere = pb.SucceedDebtor(package=f"{CORE}.X", successor=SECOND, order=ORDER)
    assert COMMANDS[pb.SUCCEED_DEBTOR].amount(context, nowhere) == 2**63 - 1


# ---------------------------------------------------------------- succession of a debt, acceleration


def test_a_debtor_is_succeeded_with_what_is_unpaid(world, ref):
    other = world.live("A-2")
    world.say(pb.SPLIT, pb.Split(voucher=ref, first_fen=400), PAYEE)
    world.say(pb.PREPAY, make_prepayment(part(ref, 1, 400), (PAYEE, 400)), CORE, PAYER)
    command = pb.SucceedDebtor(package=ref.package, successor=THIRD, order=ORDER)
    (event,) = world.say(pb.SUCCEED_DEBTOR, command, COURT)
    assert (event.voucher, event.counterparty) == (pb.VoucherRef(package=ref.package), THIRD)
    assert (event.amount_fen, event.order) == (FACE - 400, ORDER)
    assert world.package(ref.package).debtor == THIRD
    own = [pb.DueDay(due_on=DUE, unpaid_fen=FACE)]
    assert world.totals() == pb.IssuerTotals(packages=2, face_fen=2 * FACE, unpaid_fen=FACE, calendar=own)
    taken = [pb.DueDay(due_on=DUE, unpaid_fen=FACE - 400)]
    assert world.totals(THIRD) == pb.IssuerTotals(unpaid_fen=FACE - 400, calendar=taken)
    assert world.package(other.package).debtor == ""

    # And back again: the issuer is no successor of its own.
    command.successor = CORE
    world.say(pb.SUCCEED_DEBTOR, command, OPERATOR, OPERATOR2)
    assert world.package(ref.package).debtor == ""
    assert (world.totals().unpaid_fen, world.totals(THIRD).unpaid_fen) == (2 * FACE - 400, 0)


def test_a_debtors_successor_is_another_admitted_organisation_and_the_package_lives(world, ref):
    for successor, reason in ((CORE, because.COUNTERPARTY_IS_SELF), (STRANGER, because.COUNTERPARTY_UNKNOWN)):
        command = pb.SucceedDebtor(package=ref.package, successor=successor, order=ORDER)
        expect_refusal(world, reason, 2, pb.SUCCEED_DEBTOR, command, COURT)
    for kind in (pb.SUCCEED_DEBTOR, pb.ACCELERATE):
        pending = make_order(kind, pb.VoucherRef(package=world.issue(f"A-{kind}")))
        expect_refusal(world, because.PACKAGE_NOT_LIVE, 1, kind, pending, COURT)


def test_who_holds_what_it_owes_since_a_succession_merges_it(world, ref):
    command = pb.SucceedDebtor(package=ref.package, successor=PAYEE, order=ORDER)
    world.say(pb.SUCCEED_DEBTOR, command, COURT)
    world.say(pb.MERGE, pb.Merge(voucher=ref), PAYEE)
    assert (world.totals().unpaid_fen, world.totals(PAYEE).unpaid_fen) == (0, 0)


def test_an_accelerated_package_is_due_today_and_paid_at_once(world, ref):
    world.say(pb.SPLIT, pb.Split(voucher=ref, first_fen=400), PAYEE)
    first = part(ref, 1, 400)
    world.say(pb.TRANSFER, make_transfer(world, first), PAYEE)
    (event,) = world.say(pb.ACCELERATE, pb.Accelerate(package=ref.package, order=ORDER), COURT)
    assert (event.voucher, event.counterparty) == (pb.VoucherRef(package=ref.package), CORE)
    assert (event.amount_fen, event.order) == (FACE, ORDER)
    package = world.package(ref.package)
    assert (package.due_on, package.accelerated_from_on) == (TODAY, DUE)
    assert list(world.totals().calendar) == [pb.DueDay(due_on=TODAY, unpaid_fen=FACE)]
    rest = part(ref, 401, FACE)
    expect_refusal(world, because.PAST_CUT_OFF, 1, pb.TRANSFER, make_transfer(world, rest), PAYEE)
    pay_package(world, ref.package, FACE)
    assert world.package(ref.package).stage == pb.SETTLED


def test_what_was_accelerated_is_overdue_after_its_new_day_and_blocks_its_issuer(world, ref):
    world.say(pb.ACCELERATE, pb.Accelerate(package=ref.package, order=ORDER), COURT)
    world.issue("A-2")
    world.time_ms += 4 * DAY_MS  # Monday and three days of grace
    with pytest.raises(Rejection) as caught:
        world.issue("A-3")
    assert caught.value.reason is because.ISSUER_BLOCKED


@pytest.mark.parametrize("days", [0, 1, 100])
def test_rejects_already_due(world, ref, days):
    world.time_ms = (DUE - TODAY + days) * DAY_MS + NOW_MS
    command = pb.Accelerate(package=ref.package, order=ORDER)
    expect_refusal(world, because.ALREADY_DUE, 1, pb.ACCELERATE, command, COURT)


def test_an_acceleration_comes_once(world, ref):
    command = pb.Accelerate(package=ref.package, order=ORDER)
    world.say(pb.ACCELERATE, command, COURT)
    expect_refusal(world, because.ALREADY_DUE, 1, pb.ACCELERATE, command, COURT)


def test_a_claim_stays_where_it_is_when_somebody_else_is_succeeded(world, ref):
    world.finance_to(pb.PAY_OUT, ref)
    succeed(world, ref, PAYEE, THIRD)
    assert world.claim(ref).pledgee == BANK
    split = pb.Split(voucher=ref, first_fen=400)
    expect_refusal(world, pledged.ASSET_CLAIMED, 1, pb.SPLIT, split, THIRD)
