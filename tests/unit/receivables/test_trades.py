import pytest

from hefu.v1 import receivables_pb2 as pb
from pledges import rejections as pledged
from receivables import rejections as because
from receivables.transitions import COMMANDS
from tests.unit.receivables.world import (
    BANK,
    CORE,
    CUT_OFF_MS,
    DAY_MS,
    DUE,
    FACE,
    IDLE,
    NOW_MS,
    PAYEE,
    SECOND,
    SECRET,
    STRANGER,
    THIRD,
    TODAY,
    World,
    expect_refusal,
    make_trade,
    make_transfer,
    part,
)

BUYER, SELLER = THIRD, SECOND
OFFER = pb.ConditionalTransfer


@pytest.fixture
def world():
    return World()


@pytest.fixture
def ref(world):
    return world.live()


def offer(world, ref, **changes):
    return world.say(pb.CONDITIONAL_TRANSFER, make_trade(world, ref, **changes), PAYEE)


def confirm(world, ref, who):
    return world.say(pb.CONFIRM_TRADE, pb.ConfirmTrade(voucher=ref, trade_commitment=SECRET), who)


def refuse(world, ref, who):
    return world.say(pb.REFUSE_TRADE, pb.RefuseTrade(voucher=ref), who)


def expect_offer_refused(world, ref, reason, field, who=PAYEE, **changes):
    expect_refusal(world, reason, field, pb.CONDITIONAL_TRANSFER, make_trade(world, ref, **changes), who)


def expect_confirmation_refused(world, ref, reason, field, who, trade=SECRET):
    command = pb.ConfirmTrade(voucher=ref, trade_commitment=trade)
    expect_refusal(world, reason, field, pb.CONFIRM_TRADE, command, who)


def expect_end_refused(world, ref, reason, field, who):
    expect_refusal(world, reason, field, pb.REFUSE_TRADE, pb.RefuseTrade(voucher=ref), who)


def dispute(world, ref, who):
    world.say(pb.DISPUTE, pb.OpenDispute(voucher=ref, evidence=SECRET), who)


def test_an_offer_locks_the_first_piece_for_the_trade(world, ref):
    events = offer(world, ref, amount_fen=400)
    piece = part(ref, 1, 400)
    expected = pb.Lock(
        kind=pb.TRADE_WAITING, counterparty=SELLER, answer_by_ms=NOW_MS + DAY_MS, commitment=SECRET,
        locked_at_ms=NOW_MS, buyer=BUYER,
    )  # fmt: skip
    assert world.voucher(piece).lock == expected
    assert world.voucher(piece).holder == PAYEE
    assert world.voucher(part(ref, 401, FACE)).circulation == pb.CIRCULATING
    assert [(e.voucher, e.parent, e.counterparty, e.amount_fen) for e in events] == [(piece, ref, SELLER, 400)]


@pytest.mark.parametrize("order", [(BUYER, SELLER), (SELLER, BUYER)])
def test_the_second_confirmation_makes_the_seller_holder(world, ref, order):
    before = world.voucher(ref)
    assert not offer(world, ref)[0].HasField("parent")
    (first,) = confirm(world, ref, order[0])
    assert (first.actor, first.counterparty, first.amount_fen) == (*order, 0)
    voucher = world.voucher(ref)
    assert (voucher.holder, voucher.circulation) == (PAYEE, pb.LOCKED)
    assert (voucher.lock.buyer_confirmed, voucher.lock.seller_confirmed) == (order[0] == BUYER, order[0] == SELLER)
    (second,) = confirm(world, ref, order[1])
    other = PAYEE if order[1] == SELLER else SELLER
    assert (second.actor, second.counterparty, second.amount_fen) == (order[1], other, FACE)
    assert (first.commitment, second.commitment) == (SECRET, SECRET)
    before.holder = SELLER
    assert world.voucher(ref) == before


def test_a_holder_that_buys_for_itself_confirms_too(world, ref):
    offer(world, ref, buyer=PAYEE)
    confirm(world, ref, SELLER)
    assert world.voucher(ref).holder == PAYEE
    confirm(world, ref, PAYEE)
    assert world.voucher(ref).holder == SELLER


def test_the_debtor_may_be_the_buyer(world, ref):
    offer(world, ref, buyer=CORE)
    confirm(world, ref, CORE)
    confirm(world, ref, SELLER)
    assert (world.voucher(ref).holder, world.voucher(ref).stage) == (SELLER, pb.LIVE)


@pytest.mark.parametrize("confirmed", [(), (BUYER,), (SELLER,)])
def test_the_deadline_ends_it_for_all(world, ref, confirmed):
    before = world.voucher(ref)
    offer(world, ref)
    for side in confirmed:
        confirm(world, ref, side)
    world.time_ms += DAY_MS
    assert world.voucher(ref) == before
    expect_confirmation_refused(world, ref, because.NO_REQUEST_PENDING, 1, BUYER)
    expect_end_refused(world, ref, because.NO_REQUEST_PENDING, 1, SELLER)


@pytest.mark.parametrize(
    ("who", "confirmed", "told"), [(SELLER, (), PAYEE), (SELLER, (SELLER,), PAYEE), (PAYEE, (BUYER,), SELLER)]
)
def test_seller_or_holder_gives_it_up(world, ref, who, confirmed, told):
    before = world.voucher(ref)
    offer(world, ref)
    for side in confirmed:
        confirm(world, ref, side)
    (event,) = refuse(world, ref, who)
    assert (event.actor, event.counterparty, event.amount_fen) == (who, told, FACE)
    assert world.voucher(ref) == before


def test_a_confirmation_leaves_the_deadline_where_a_dispute_has_moved_it(world, ref):
    offer(world, ref)
    dispute(world, ref, PAYEE)
    world.time_ms += 2 * DAY_MS  # behind the deadline that the lock still names
    confirm(world, ref, BUYER)
    voucher = world.voucher(ref)
    assert (voucher.lock.buyer_confirmed, voucher.lock.answer_by_ms) == (True, NOW_MS + DAY_MS)
    record = world.source.records[f"voucher/{ref.package}/1-{FACE}"]
    assert record.lapse_at_ms == CUT_OFF_MS
    prior = pb.Voucher.FromString(record.lapse_body)
    assert prior.HasField("dispute")
    assert not prior.HasField("lock")
    confirm(world, ref, SELLER)
    assert (world.voucher(ref).holder, world.voucher(ref).dispute.opened_by) == (SELLER, PAYEE)


@pytest.mark.parametrize(
    ("buyer", "who", "is_over"),
    [(BUYER, BUYER, True), (BUYER, SELLER, True), (PAYEE, PAYEE, True), (BUYER, CORE, False), (CORE, CORE, False)],
)
def test_with_both_confirmations_the_dispute_of_a_side_is_over(world, ref, buyer, who, is_over):
    """Else a buyer who has left could keep the seller from financing what it was given."""
    offer(world, ref, buyer=buyer)
    dispute(world, ref, who)
    for side in (buyer, SELLER):
        confirm(world, ref, side)
    assert (world.voucher(ref).holder, world.voucher(ref).HasField("dispute")) == (SELLER, not is_over)


def test_what_a_side_disputed_before_the_trade_stays(world, ref):
    dispute(world, ref, PAYEE)
    world.time_ms += 1
    offer(world, ref, buyer=PAYEE)
    for side in (PAYEE, SELLER):
        confirm(world, ref, side)
    assert (world.voucher(ref).holder, world.voucher(ref).dispute.opened_by) == (SELLER, PAYEE)


def test_who_succeeded_both_sides_confirms_for_both(world, ref):
    offer(world, ref)

    def succeed(voucher):
        if voucher.HasField("lock"):
            voucher.lock.buyer = SELLER

    world.mark(ref, succeed)
    confirm(world, ref, SELLER)
    assert world.voucher(ref).holder == SELLER


def test_a_seller_that_became_debtor_merges_what_it_owes(world, ref):
    offer(world, ref)
    confirm(world, ref, BUYER)
    world.mark_package(ref.package, debtor=SELLER)
    context = world.context()
    totals = pb.IssuerTotals(unpaid_fen=FACE, calendar=[pb.DueDay(due_on=DUE, unpaid_fen=FACE)])
    context.put(f"totals/issuer/{SELLER}", totals.SerializeToString(deterministic=True))
    world.keep(context)
    confirm(world, ref, SELLER)
    assert (world.voucher(ref).stage, world.package(ref.package).stage) == (pb.MERGED, pb.SETTLED)


def test_signers_approve_what_moves(world, ref):
    context = world.context(PAYEE)
    spec = COMMANDS[pb.CONDITIONAL_TRANSFER]
    assert spec.amount(context, make_trade(world, ref, amount_fen=7)) == 7
    assert spec.amount(context, make_trade(world, ref, amount_fen=-7)) == 0
    assert COMMANDS[pb.CONFIRM_TRADE].amount(context, pb.ConfirmTrade(voucher=part(ref, 5, 9))) == 5


def test_rejects_trade_confirmed(world, ref):
    offer(world, ref)
    confirm(world, ref, BUYER)
    expect_confirmation_refused(world, ref, because.TRADE_CONFIRMED, 1, BUYER)
    confirm(world, ref, SELLER)

    other = world.live("A-2")
    offer(world, other)
    confirm(world, other, SELLER)
    expect_confirmation_refused(world, other, because.TRADE_CONFIRMED, 1, SELLER)
    expect_end_refused(world, other, because.TRADE_CONFIRMED, 1, PAYEE)


def test_only_the_sides_confirm_and_only_seller_or_holder_give_it_up(world, ref):
    offer(world, ref)
    for who in (PAYEE, CORE, BANK):
        expect_confirmation_refused(world, ref, because.NOT_A_PARTY, 0, who)
    for who in (BUYER, CORE, BANK):
        expect_end_refused(world, ref, because.NOT_A_PARTY, 0, who)


def test_both_sides_confirm_the_same_trade(world, ref):
    expect_confirmation_refused(world, ref, because.NO_REQUEST_PENDING, 1, BUYER)
    expect_confirmation_refused(world, part(ref, 1, 9), because.NO_SUCH_VOUCHER, 1, BUYER)
    expect_end_refused(world, part(ref, 1, 9), because.NO_SUCH_VOUCHER, 1, SELLER)
    world.say(pb.TRANSFER, make_transfer(world, ref), PAYEE)
    expect_confirmation_refused(world, ref, because.NO_REQUEST_PENDING, 1, SELLER)
    expect_end_refused(world, ref, because.NO_REQUEST_PENDING, 1, SELLER)
    world.say(pb.WITHDRAW_TRANSFER, pb.WithdrawTransfer(voucher=ref), PAYEE)
    offer(world, ref)
    expect_confirmation_refused(world, ref, because.TERMS_DIFFER, 2, BUYER, b"d" * 32)
    expect_confirmation_refused(world, ref, because.COMMITMENT_INVALID, 2, BUYER, b"d")
    command = pb.ConfirmTrade(voucher=ref, trade_commitment=SECRET)
    expect_refusal(world, because.ORGANISATIONS_WRONG, 0, pb.CONFIRM_TRADE, command, BUYER, SELLER)
    end = pb.RefuseTrade(voucher=ref)
    expect_refusal(world, because.ORGANISATIONS_WRONG, 0, pb.REFUSE_TRADE, end, PAYEE, SELLER)


@pytest.mark.parametrize("where", ["range", "package"])
def test_a_freeze_holds_it_until_its_deadline(world, ref, where):
    offer(world, ref)
    freezes = [pb.Freeze(order=SECRET, entered_by=[BANK], at_ms=NOW_MS)]
    if where == "range":
        world.mark(ref, lambda voucher: voucher.freezes.extend(freezes))
    else:
        world.mark_package(ref.package, freezes=freezes)
    expect_confirmation_refused(world, ref, because.VOUCHER_FROZEN, 1, SELLER)
    refuse(world, ref, SELLER)
    assert world.voucher(ref).circulation == pb.CIRCULATING


def test_from_cut_off_on_nothing_is_confirmed_even_where_it_was_brought_forward(world, ref):
    offer(world, ref)
    world.mark_package(ref.package, due_on=TODAY, accelerated_from_on=DUE)
    expect_confirmation_refused(world, ref, because.PAST_CUT_OFF, 1, SELLER)
    refuse(world, ref, PAYEE)


def test_an_offer_needs_two_other_sides_and_a_trade(world, ref):
    expect_refusal(world, because.ORGANISATIONS_WRONG, 0, pb.CONDITIONAL_TRANSFER, make_trade(world, ref), PAYEE, BANK)
    expect_offer_refused(
        world, ref, because.COMMITMENT_INVALID, OFFER.TRADE_COMMITMENT_FIELD_NUMBER, trade_commitment=b""
    )
    seller, buyer = OFFER.SELLER_FIELD_NUMBER, OFFER.BUYER_FIELD_NUMBER
    expect_offer_refused(world, ref, because.COUNTERPARTY_IS_SELF, seller, seller=PAYEE)
    expect_offer_refused(world, ref, because.COUNTERPARTY_IS_SELF, buyer, buyer=SELLER)
    expect_offer_refused(world, ref, because.COUNTERPARTY_IS_ISSUER, seller, seller=CORE)
    for reason, who in ((because.COUNTERPARTY_UNKNOWN, STRANGER), (because.COUNTERPARTY_SUSPENDED, IDLE)):
        expect_offer_refused(world, ref, reason, seller, seller=who)
        expect_offer_refused(world, ref, reason, buyer, buyer=who)
    expect_offer_refused(world, ref, because.COUNTERPARTY_UNKNOWN, buyer, buyer="")


def test_an_offer_is_held_to_what_every_move_is(world, ref):
    expect_offer_refused(world, ref, because.NOT_THE_HOLDER, 0, who=SECOND)
    expect_offer_refused(world, ref, because.AMOUNT_OUT_OF_RANGE, OFFER.AMOUNT_FEN_FIELD_NUMBER, amount_fen=0)
    expect_offer_refused(world, ref, because.PIECE_TOO_SMALL, OFFER.AMOUNT_FEN_FIELD_NUMBER, amount_fen=99)
    late = {"answer_by_ms": CUT_OFF_MS + 1}
    expect_offer_refused(world, ref, because.DEADLINE_OUT_OF_RANGE, OFFER.ANSWER_BY_MS_FIELD_NUMBER, **late)
    world.finance_to(pb.PAY_OUT, ref)
    expect_offer_refused(world, ref, pledged.ASSET_CLAIMED, 1)
    world.mark_package(ref.package, paid_fen=1)
    expect_offer_refused(world, ref, because.VOUCHER_PARTLY_PAID, 1)
