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
    make_class,
    make_request,
    make_rules,
    make_transfer,
    part,
)

TRANSFER = pb.Transfer
ANSWERS = (
    (pb.ACCEPT_TRANSFER, pb.AcceptTransfer, SECOND),
    (pb.REFUSE_TRANSFER, pb.RefuseTransfer, SECOND),
    (pb.WITHDRAW_TRANSFER, pb.WithdrawTransfer, PAYEE),
)


@pytest.fixture
def world():
    return World()


@pytest.fixture
def ref(world):
    return world.live()


def split(ref, first):
    return pb.Split(voucher=ref, first_fen=first)


def expect_transfer_refused(world, ref, reason, field, who=PAYEE, **changes):
    expect_refusal(world, reason, field, pb.TRANSFER, make_transfer(world, ref, **changes), who)


def test_a_split_leaves_two_ranges_one_layer_deeper(world, ref):
    events = world.say(pb.SPLIT, split(ref, 300), PAYEE)
    first, second = part(ref, 1, 300), part(ref, 301, FACE)
    expected = pb.Voucher(holder=PAYEE, stage=pb.LIVE, circulation=pb.CIRCULATING, layer=1)
    assert (world.voucher(ref), world.voucher(first), world.voucher(second)) == (None, expected, expected)
    assert [(event.voucher, event.parent, event.amount_fen) for event in events] == [
        (first, ref, 300),
        (second, ref, FACE - 300),
    ]


def test_a_transfer_locks_and_acceptance_moves(world, ref):
    before = world.voucher(ref)
    events = world.say(pb.TRANSFER, make_transfer(world, ref), PAYEE)
    locked = world.voucher(ref)
    assert (locked.circulation, locked.lock.kind, locked.lock.counterparty) == (
        pb.LOCKED,
        pb.TRANSFER_REQUESTED,
        SECOND,
    )
    assert (locked.lock.answer_by_ms, locked.lock.locked_at_ms) == (NOW_MS + DAY_MS, NOW_MS)
    assert [(event.counterparty, event.HasField("parent")) for event in events] == [(SECOND, False)]
    world.say(pb.ACCEPT_TRANSFER, pb.AcceptTransfer(voucher=ref), SECOND)
    before.holder = SECOND
    assert world.voucher(ref) == before
    world.time_ms += 2 * DAY_MS
    assert world.voucher(ref) == before


def test_a_part_transfer_writes_three_records_and_only_reads_the_package(world, ref):
    before = dict(world.source.records)
    events = world.say(pb.TRANSFER, make_transfer(world, ref, amount_fen=400), PAYEE)
    after = world.source.records
    changed = {key for key in before.keys() | after.keys() if before.get(key) is not after.get(key)}
    assert len(changed) == 3
    assert not any(key.startswith("package/") for key in changed)
    piece, rest = part(ref, 1, 400), part(ref, 401, FACE)
    assert (world.voucher(piece).circulation, world.voucher(rest).circulation) == (pb.LOCKED, pb.CIRCULATING)
    assert (events[0].voucher, events[0].parent, events[0].amount_fen) == (piece, ref, 400)


@pytest.mark.parametrize("how", [pb.REFUSE_TRANSFER, pb.WITHDRAW_TRANSFER, None])
def test_refusal_withdrawal_and_lapse_restore_exactly_the_prior_pair(world, ref, how):
    world.say(pb.TRANSFER, make_transfer(world, ref, amount_fen=400), PAYEE)
    piece, rest = part(ref, 1, 400), part(ref, 401, FACE)
    if how is None:
        world.time_ms += DAY_MS
    else:
        message, who = next((message, who) for kind, message, who in ANSWERS if kind == how)
        world.say(how, message(voucher=piece), who)
    expected = pb.Voucher(holder=PAYEE, stage=pb.LIVE, circulation=pb.CIRCULATING, layer=1)
    assert world.voucher(piece) == world.voucher(rest) == expected
    world.say(pb.TRANSFER, make_transfer(world, piece, receiver=THIRD), PAYEE)
    assert world.voucher(piece).lock.counterparty == THIRD


def test_signers_approve_what_moves(world, ref):
    context = world.context(PAYEE)
    assert COMMANDS[pb.TRANSFER].amount(context, make_transfer(world, ref, amount_fen=7)) == 7
    assert COMMANDS[pb.TRANSFER].amount(context, make_transfer(world, ref, amount_fen=-7)) == 0
    assert COMMANDS[pb.ACCEPT_TRANSFER].amount(context, pb.AcceptTransfer(voucher=part(ref, 5, 9))) == 5
    assert COMMANDS[pb.ACCEPT_TRANSFER].amount(context, pb.AcceptTransfer(voucher=part(ref, 9, -5))) == 0


@pytest.mark.parametrize("numbers", [(1, FACE - 1), (0, 0), (2, 1), (-(2**62), 2**61)])
def test_rejects_no_such_voucher(world, ref, numbers):
    wrong = part(ref, *numbers)
    expect_refusal(world, because.NO_SUCH_VOUCHER, 1, pb.SPLIT, split(wrong, 100), PAYEE)
    expect_transfer_refused(world, wrong, because.NO_SUCH_VOUCHER, 1, amount_fen=1)
    for kind, message, who in ANSWERS:
        expect_refusal(world, because.NO_SUCH_VOUCHER, 1, kind, message(voucher=wrong), who)
    nameless = pb.VoucherRef(package="\x00", start=1, end=FACE)
    expect_refusal(world, because.NO_SUCH_VOUCHER, 1, pb.SPLIT, split(nameless, 100), PAYEE)
    expect_refusal(world, because.NO_SUCH_VOUCHER, 1, pb.SPLIT, pb.Split(first_fen=1), PAYEE)


def test_rejects_not_the_holder(world, ref):
    expect_refusal(world, because.NOT_THE_HOLDER, 0, pb.SPLIT, split(ref, 100), SECOND)
    expect_transfer_refused(world, ref, because.NOT_THE_HOLDER, 0, who=CORE)
    world.say(pb.TRANSFER, make_transfer(world, ref), PAYEE)
    withdraw = pb.WithdrawTransfer(voucher=ref)
    expect_refusal(world, because.NOT_THE_HOLDER, 0, pb.WITHDRAW_TRANSFER, withdraw, SECOND)


def test_rejects_not_the_counterparty(world, ref):
    world.say(pb.TRANSFER, make_transfer(world, ref), PAYEE)
    for kind, message, _ in ANSWERS[:2]:
        expect_refusal(world, because.NOT_THE_COUNTERPARTY, 0, kind, message(voucher=ref), THIRD)


def test_rejects_no_request_pending(world, ref):
    for kind, message, who in ANSWERS:
        expect_refusal(world, because.NO_REQUEST_PENDING, 1, kind, message(voucher=ref), who)
    world.say(pb.TRANSFER, make_transfer(world, ref), PAYEE)
    world.time_ms += DAY_MS
    for kind, message, who in ANSWERS:
        expect_refusal(world, because.NO_REQUEST_PENDING, 1, kind, message(voucher=ref), who)
    world.say(pb.REQUEST_FINANCING, make_request(world, ref, bank=BANK), PAYEE)
    for kind, message, who in ANSWERS:
        expect_refusal(world, because.NO_REQUEST_PENDING, 1, kind, message(voucher=ref), who)


def test_rejects_voucher_locked(world, ref):
    world.say(pb.TRANSFER, make_transfer(world, ref), PAYEE)
    expect_refusal(world, because.VOUCHER_LOCKED, 1, pb.SPLIT, split(ref, 100), PAYEE)
    expect_transfer_refused(world, ref, because.VOUCHER_LOCKED, 1)
    expect_refusal(world, because.VOUCHER_LOCKED, 1, pb.REQUEST_FINANCING, make_request(world, ref), PAYEE)


def test_rejects_past_cut_off(world, ref):
    world.time_ms = CUT_OFF_MS - 1
    world.say(pb.SPLIT, split(ref, 500), PAYEE)
    first = part(ref, 1, 500)
    world.say(pb.TRANSFER, make_transfer(world, first, answer_by_ms=CUT_OFF_MS), PAYEE)
    world.time_ms = CUT_OFF_MS
    expect_refusal(world, because.PAST_CUT_OFF, 1, pb.SPLIT, split(first, 100), PAYEE)
    expect_transfer_refused(world, first, because.PAST_CUT_OFF, 1)
    expect_refusal(world, because.PAST_CUT_OFF, 1, pb.REQUEST_FINANCING, make_request(world, first), PAYEE)


@pytest.mark.parametrize("amount", [0, -1, FACE + 1, 2**63 - 1, -(2**63)])
def test_rejects_amount_out_of_range(world, ref, amount):
    expect_refusal(world, because.AMOUNT_OUT_OF_RANGE, 2, pb.SPLIT, split(ref, amount), PAYEE)
    expect_transfer_refused(world, ref, because.AMOUNT_OUT_OF_RANGE, 2, amount_fen=amount)


def test_a_split_of_the_whole_is_none(world, ref):
    expect_refusal(world, because.AMOUNT_OUT_OF_RANGE, 2, pb.SPLIT, split(ref, FACE), PAYEE)


@pytest.mark.parametrize("first", [1, 99, FACE - 99])
def test_rejects_piece_too_small(world, ref, first):
    expect_refusal(world, because.PIECE_TOO_SMALL, 2, pb.SPLIT, split(ref, first), PAYEE)
    expect_transfer_refused(world, ref, because.PIECE_TOO_SMALL, 2, amount_fen=first)
    world.say(pb.SPLIT, split(ref, 100), PAYEE)


def test_rejects_layers_exhausted(world, ref):
    for first in (FACE // 2, FACE // 4, FACE // 8):
        world.say(pb.SPLIT, split(ref, first), PAYEE)
        ref = part(ref, 1, first)
    assert world.voucher(ref).layer == 3
    expect_refusal(world, because.LAYERS_EXHAUSTED, 1, pb.SPLIT, split(ref, 1000), PAYEE)
    expect_transfer_refused(world, ref, because.LAYERS_EXHAUSTED, 1, amount_fen=1000)
    world.say(pb.TRANSFER, make_transfer(world, ref), PAYEE)


def test_a_class_caps_cuts_and_what_is_shared_out_cannot_be_used_up():
    world = World(make_rules(max_pieces=5, classes=[make_class(1, min_piece_fen=1000, max_layers=1, max_pieces=9)]))
    ref = world.live("A-1", voucher_class=1)
    expect_refusal(world, because.PIECE_TOO_SMALL, 2, pb.SPLIT, split(ref, 999), PAYEE)
    world.say(pb.SPLIT, split(ref, 1000), PAYEE)
    rest = part(ref, 1001, FACE)
    expect_refusal(world, because.LAYERS_EXHAUSTED, 1, pb.SPLIT, split(rest, FACE // 2), PAYEE)

    # Five pieces: the second holder's part of them is its own, however often the first one cuts.
    ref = world.live("A-2")
    world.say(pb.SPLIT, split(ref, FACE // 2), PAYEE)
    first, second = part(ref, 1, FACE // 2), part(ref, FACE // 2 + 1, FACE)
    assert (world.voucher(first).pieces, world.voucher(second).pieces) == (2, 3)
    world.say(pb.SPLIT, split(first, 1000), PAYEE)
    for piece in (part(ref, 1, 1000), part(ref, 1001, FACE // 2)):
        assert world.voucher(piece).pieces == 1
        expect_refusal(world, because.LAYERS_EXHAUSTED, 1, pb.SPLIT, split(piece, 100), PAYEE)
    world.say(pb.SPLIT, split(second, 1000), PAYEE)


def test_what_was_paid_on_is_neither_cut_nor_moved(world, ref):
    world.mark_package(ref.package, paid_fen=1)
    expect_refusal(world, because.VOUCHER_PARTLY_PAID, 1, pb.SPLIT, split(ref, 100), PAYEE)
    expect_transfer_refused(world, ref, because.VOUCHER_PARTLY_PAID, 1)
    # A piece too small, or a deadline out of range, is the lower ground.
    expect_refusal(world, because.PIECE_TOO_SMALL, 2, pb.SPLIT, split(ref, 1), PAYEE)
    expect_transfer_refused(world, ref, because.DEADLINE_OUT_OF_RANGE, 5, answer_by_ms=0)


def test_what_a_court_froze_does_not_move_and_may_still_be_refused(world, ref):
    freeze = pb.Freeze(order=SECRET, entered_by=[BANK], at_ms=NOW_MS)
    world.say(pb.TRANSFER, make_transfer(world, ref), PAYEE)
    world.mark(ref, lambda voucher: voucher.freezes.append(freeze))
    accept = pb.AcceptTransfer(voucher=ref)
    expect_refusal(world, because.VOUCHER_FROZEN, 1, pb.ACCEPT_TRANSFER, accept, SECOND)
    world.say(pb.REFUSE_TRANSFER, pb.RefuseTransfer(voucher=ref), SECOND)
    assert list(world.voucher(ref).freezes) == [freeze]
    expect_refusal(world, because.VOUCHER_FROZEN, 1, pb.SPLIT, split(ref, 100), PAYEE)
    expect_transfer_refused(world, ref, because.VOUCHER_FROZEN, 1)


def test_an_acceptance_after_a_cut_off_that_was_brought_forward_is_refused(world, ref):
    world.say(pb.TRANSFER, make_transfer(world, ref), PAYEE)
    world.mark_package(ref.package, due_on=TODAY, accelerated_from_on=DUE)
    accept = pb.AcceptTransfer(voucher=ref)
    expect_refusal(world, because.PAST_CUT_OFF, 1, pb.ACCEPT_TRANSFER, accept, SECOND)
    world.say(pb.WITHDRAW_TRANSFER, pb.WithdrawTransfer(voucher=ref), PAYEE)


def test_rejects_counterparty_is_issuer(world, ref):
    """A transfer to the debtor merges; what it may not do is finance its own debt."""
    request = make_request(world, ref, bank=CORE)
    expect_refusal(world, because.COUNTERPARTY_IS_ISSUER, 3, pb.REQUEST_FINANCING, request, PAYEE)
    world.say(pb.TRANSFER, make_transfer(world, ref, receiver=CORE), PAYEE)


def test_a_transfer_needs_another_active_organisation_and_a_trade(world, ref):
    expect_transfer_refused(world, ref, because.COUNTERPARTY_IS_SELF, 3, receiver=PAYEE)
    expect_transfer_refused(world, ref, because.COUNTERPARTY_UNKNOWN, 3, receiver=STRANGER)
    expect_transfer_refused(world, ref, because.COUNTERPARTY_SUSPENDED, 3, receiver=IDLE)
    expect_transfer_refused(world, ref, because.COMMITMENT_INVALID, 4, trade_commitment=b"x")
    expect_refusal(world, because.ORGANISATIONS_WRONG, 0, pb.SPLIT, split(ref, 100), PAYEE, SECOND)


@pytest.mark.parametrize("at_ms", [0, NOW_MS, CUT_OFF_MS + 1])
def test_a_deadline_lies_between_now_and_cut_off(world, ref, at_ms):
    expect_transfer_refused(world, ref, because.DEADLINE_OUT_OF_RANGE, 5, answer_by_ms=at_ms)


def test_what_is_claimed_is_neither_split_nor_moved_nor_financed(world, ref):
    world.finance_to(pb.PAY_OUT, ref)
    expect_refusal(world, pledged.ASSET_CLAIMED, 1, pb.SPLIT, split(ref, 100), PAYEE)
    expect_transfer_refused(world, ref, pledged.ASSET_CLAIMED, 1)
    expect_refusal(world, pledged.ASSET_CLAIMED, 1, pb.REQUEST_FINANCING, make_request(world, ref), PAYEE)


def test_the_trade_reference_stays_with_the_lock_and_the_event(world, ref):
    world.say(pb.TRANSFER, make_transfer(world, ref), PAYEE)
    assert world.voucher(ref).lock.commitment == SECRET
    events = world.say(pb.ACCEPT_TRANSFER, pb.AcceptTransfer(voucher=ref), SECOND)
    assert [(event.actor, event.counterparty, event.commitment) for event in events] == [(SECOND, PAYEE, SECRET)]
