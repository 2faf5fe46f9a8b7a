import pytest

from hefu.v1 import receivables_pb2 as pb
from pledges import rejections as pledged
from receivables import rejections as because
from receivables.baskets import compute_basket_digest
from receivables.days import compute_start_ms
from receivables.transitions import COMMANDS
from tests.unit.receivables.world import (
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
    World,
    expect_refusal,
    make_basket,
    make_transfer,
    part,
)

ANSWERS = (
    (pb.ACCEPT_BASKET, pb.AcceptBasket, SECOND),
    (pb.REFUSE_BASKET, pb.RefuseBasket, SECOND),
    (pb.WITHDRAW_BASKET, pb.WithdrawBasket, PAYEE),
)


@pytest.fixture
def world():
    return World()


@pytest.fixture
def refs(world):
    return [world.live(f"A-{number}") for number in (1, 2, 3)]


def say_basket(world, refs, **changes):
    return world.say(pb.TRANSFER_BASKET, make_basket(world, refs, **changes), PAYEE)


def item(ref, amount):
    return pb.BasketItem(voucher=ref, amount_fen=amount)


def expect_basket_refused(world, refs, reason, field, who=PAYEE, **changes):
    expect_refusal(world, reason, field, pb.TRANSFER_BASKET, make_basket(world, refs, **changes), who)


def expect_answers_refused(world, refs, reason, field, kinds=ANSWERS):
    for kind, message, who in kinds:
        expect_refusal(world, reason, field, kind, message(vouchers=refs), who)


def freeze(voucher):
    voucher.freezes.add(order=SECRET, entered_by=[CORE], at_ms=NOW_MS)


def test_a_basket_locks_whole_ranges_and_first_pieces_for_one_receiver(world, refs):
    items = [item(refs[0], FACE), item(refs[1], 400)]
    events = say_basket(world, refs, items=items)
    pieces = [refs[0], part(refs[1], 1, 400)]
    locks = [world.voucher(piece).lock for piece in pieces]
    expected = pb.Lock(
        kind=pb.BASKET_REQUESTED, counterparty=SECOND, answer_by_ms=NOW_MS + DAY_MS, commitment=SECRET,
        locked_at_ms=NOW_MS, basket=compute_basket_digest(pieces),
    )  # fmt: skip
    assert locks == [expected, expected]
    assert world.voucher(part(refs[1], 401, FACE)).circulation == pb.CIRCULATING
    assert [(event.voucher, event.counterparty, event.amount_fen) for event in events] == [
        (pieces[0], SECOND, FACE),
        (pieces[1], SECOND, 400),
    ]
    assert [event.HasField("parent") for event in events] == [False, True]


def test_the_digest_says_which_ranges_and_in_which_order(refs):
    first, second, _ = refs
    digests = {
        compute_basket_digest(chosen)
        for chosen in ([first, second], [second, first], [first], [first, second, refs[2]], [first, part(second, 1, 9)])
    }
    assert len(digests) == 5
    assert all(len(digest) == 32 for digest in digests)


def test_two_ranges_of_one_package_and_a_full_basket(world, refs):
    world.say(pb.SPLIT, pb.Split(voucher=refs[0], first_fen=400), PAYEE)
    halves = [part(refs[0], 1, 400), part(refs[0], 401, FACE)]
    say_basket(world, halves)
    world.say(pb.ACCEPT_BASKET, pb.AcceptBasket(vouchers=halves), SECOND)
    assert [world.voucher(half).holder for half in halves] == [SECOND, SECOND]

    many = sorted((world.live(f"M-{number}") for number in range(16)), key=lambda ref: ref.package)
    before = dict(world.source.records)
    say_basket(world, many, items=[item(ref, FACE // 2) for ref in many])
    after = world.source.records
    changed = [key for key in before.keys() | after.keys() if before.get(key) is not after.get(key)]
    assert len(changed) == 48
    pieces = [part(ref, 1, FACE // 2) for ref in many]
    world.say(pb.ACCEPT_BASKET, pb.AcceptBasket(vouchers=pieces), SECOND)
    assert all(world.voucher(piece).holder == SECOND for piece in pieces)


def test_acceptance_moves_all_of_them(world, refs):
    before = [world.voucher(ref) for ref in refs]
    say_basket(world, refs)
    events = world.say(pb.ACCEPT_BASKET, pb.AcceptBasket(vouchers=refs), SECOND)
    for ref, voucher in zip(refs, before, strict=True):
        voucher.holder = SECOND
        assert world.voucher(ref) == voucher
    assert [(event.voucher, event.actor, event.counterparty, event.amount_fen) for event in events] == [
        (ref, SECOND, PAYEE, FACE) for ref in refs
    ]
    assert [event.commitment for event in events] == [SECRET] * 3


@pytest.mark.parametrize("how", [pb.REFUSE_BASKET, pb.WITHDRAW_BASKET, None])
def test_refusal_withdrawal_and_lapse_restore_every_prior_pair(world, refs, how):
    before = [world.voucher(ref) for ref in refs]
    say_basket(world, refs)
    if how is None:
        world.time_ms += DAY_MS
    else:
        message, who, other = next(
            (message, who, PAYEE if who == SECOND else SECOND) for kind, message, who in ANSWERS if kind == how
        )
        events = world.say(how, message(vouchers=refs), who)
        assert [(event.voucher, event.counterparty, event.amount_fen) for event in events] == [
            (ref, other, FACE) for ref in refs
        ]
    assert [world.voucher(ref) for ref in refs] == before
    say_basket(world, refs, receiver=THIRD)


def test_what_stops_one_stops_the_acceptance_of_all_and_not_their_refusal(world, refs):
    say_basket(world, refs)
    world.mark(refs[1], freeze)
    expect_answers_refused(world, refs, because.VOUCHER_FROZEN, 1, ANSWERS[:1])
    world.say(pb.REFUSE_BASKET, pb.RefuseBasket(vouchers=refs), SECOND)
    assert [world.voucher(ref).circulation for ref in refs] == [pb.CIRCULATING] * 3
    assert len(world.voucher(refs[1]).freezes) == 1


def test_a_receiver_that_became_debtor_merges_what_it_owes(world, refs):
    world.say(pb.SPLIT, pb.Split(voucher=refs[0], first_fen=400), PAYEE)
    owed = [part(refs[0], 1, 400), part(refs[0], 401, FACE)]
    basket = [*owed, refs[1]]
    say_basket(world, basket)
    world.mark_package(refs[0].package, debtor=SECOND)
    context = world.context()
    totals = pb.IssuerTotals(unpaid_fen=FACE, calendar=[pb.DueDay(due_on=DUE, unpaid_fen=FACE)])
    context.put(f"totals/issuer/{SECOND}", totals.SerializeToString(deterministic=True))
    world.keep(context)
    world.say(pb.ACCEPT_BASKET, pb.AcceptBasket(vouchers=basket), SECOND)
    assert [world.voucher(ref).stage for ref in basket] == [pb.MERGED, pb.MERGED, pb.LIVE]
    package = world.package(refs[0].package)
    assert (package.merged_fen, package.stage) == (FACE, pb.SETTLED)
    assert world.totals(SECOND).unpaid_fen == 0


def test_signers_approve_the_sum(world, refs):
    context = world.context(PAYEE)
    basket = make_basket(world, refs, items=[item(refs[0], 5), item(refs[1], -9), item(refs[2], 7)])
    assert COMMANDS[pb.TRANSFER_BASKET].amount(context, basket) == 12
    accept = pb.AcceptBasket(vouchers=[part(refs[0], 5, 9), part(refs[1], 9, -5), part(refs[2], 1, 1)])
    assert COMMANDS[pb.ACCEPT_BASKET].amount(context, accept) == 6


def test_rejects_basket_invalid(world, refs):
    first, second, third = refs
    lists: tuple[list[pb.VoucherRef], ...] = (
        [], [first], [second, first], [first, first], [part(first, 1, 9), part(first, 1, 8)],
        [first, third, second], [pb.VoucherRef(), pb.VoucherRef()],
        [part(first, n, n) for n in range(1, 18)],
    )  # fmt: skip
    for wrong in lists:
        expect_basket_refused(world, wrong, because.BASKET_INVALID, 1)
        expect_answers_refused(world, wrong, because.BASKET_INVALID, 1)


def test_rejects_basket_differs(world, refs):
    others = [world.live(f"B-{number}") for number in (1, 2)]
    say_basket(world, refs)
    say_basket(world, others)
    for wrong in (refs[:2], refs[1:], [refs[0], refs[2]], [*refs, others[0]], [refs[0], others[0]]):
        expect_answers_refused(world, wrong, because.BASKET_DIFFERS, 1)


def test_the_first_range_at_fault_gives_the_ground(world, refs):
    world.say(pb.TRANSFER, make_transfer(world, refs[1], receiver=THIRD), PAYEE)
    expect_basket_refused(world, refs, because.VOUCHER_LOCKED, 1, receiver=PAYEE)
    gone = part(refs[0], 1, 9)
    expect_basket_refused(world, [gone, *refs[1:]], because.NO_SUCH_VOUCHER, 1)
    expect_basket_refused(world, [refs[0], refs[2]], because.NOT_THE_HOLDER, 0, who=SECOND)
    small = [item(refs[0], FACE), item(refs[2], 99)]
    expect_basket_refused(world, refs, because.PIECE_TOO_SMALL, 1, items=small)
    none = [item(refs[0], 0), item(refs[2], FACE)]
    expect_basket_refused(world, refs, because.AMOUNT_OUT_OF_RANGE, 1, items=none)


def test_a_basket_needs_a_trade_and_another_active_organisation_that_owes_none_of_it(world, refs):
    expect_refusal(world, because.ORGANISATIONS_WRONG, 0, pb.TRANSFER_BASKET, make_basket(world, refs), PAYEE, SECOND)
    expect_basket_refused(world, refs, because.COMMITMENT_INVALID, 3, trade_commitment=b"")
    for reason, receiver in (
        (because.COUNTERPARTY_IS_SELF, PAYEE), (because.COUNTERPARTY_UNKNOWN, STRANGER),
        (because.COUNTERPARTY_UNKNOWN, ""), (because.COUNTERPARTY_SUSPENDED, IDLE),
        (because.COUNTERPARTY_IS_ISSUER, CORE),
    ):  # fmt: skip
        expect_basket_refused(world, refs, reason, 2, receiver=receiver)
    world.mark_package(refs[2].package, debtor=SECOND)
    expect_basket_refused(world, refs, because.COUNTERPARTY_IS_ISSUER, 2)
    say_basket(world, refs[:2])


def test_the_deadline_is_that_of_the_range_that_is_due_first(world, refs):
    early = world.live("B-1", due_on=DUE - 7)
    basket = [refs[0], early]
    first_cut_off_ms = compute_start_ms(DUE - 8)
    expect_basket_refused(world, basket, because.DEADLINE_OUT_OF_RANGE, 4, answer_by_ms=first_cut_off_ms + 1)
    say_basket(world, refs[:2], answer_by_ms=CUT_OFF_MS)
    world.say(pb.WITHDRAW_BASKET, pb.WithdrawBasket(vouchers=refs[:2]), PAYEE)
    say_basket(world, basket, answer_by_ms=first_cut_off_ms)
    world.time_ms = first_cut_off_ms
    expect_answers_refused(world, basket, because.NO_REQUEST_PENDING, 1)


def test_what_was_paid_on_is_not_offered_and_what_is_claimed_comes_last(world, refs):
    world.finance_to(pb.PAY_OUT, refs[0])
    expect_basket_refused(world, refs, pledged.ASSET_CLAIMED, 1)
    world.mark_package(refs[2].package, paid_fen=1)
    expect_basket_refused(world, refs, because.VOUCHER_PARTLY_PAID, 1)


def test_an_answer_is_the_receivers_or_the_holders_and_to_a_basket(world, refs):
    expect_answers_refused(world, refs, because.NO_REQUEST_PENDING, 1)
    say_basket(world, refs)
    others = [(pb.ACCEPT_BASKET, pb.AcceptBasket, THIRD), (pb.REFUSE_BASKET, pb.RefuseBasket, PAYEE)]
    expect_answers_refused(world, refs, because.NOT_THE_COUNTERPARTY, 0, others)
    holder = [(pb.WITHDRAW_BASKET, pb.WithdrawBasket, SECOND)]
    expect_answers_refused(world, refs, because.NOT_THE_HOLDER, 0, holder)
    for kind, message, who in ANSWERS:
        expect_refusal(world, because.ORGANISATIONS_WRONG, 0, kind, message(vouchers=refs), who, THIRD)
    # Nor is one range of it accepted alone.
    alone = pb.AcceptTransfer(voucher=refs[0])
    expect_refusal(world, because.NO_REQUEST_PENDING, 1, pb.ACCEPT_TRANSFER, alone, SECOND)
