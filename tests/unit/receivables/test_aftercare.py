import pytest

from hefu.v1 import pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from pledges import rejections as pledged
from receivables import rejections as because
from receivables.transitions import COMMANDS
from tests.unit.receivables.court import suspend
from tests.unit.receivables.money import (
    change_package,
    change_voucher,
    dispute,
    freeze,
    freeze_package,
    grant,
    make_ask,
    used,
)
from tests.unit.receivables.world import (
    BANK,
    BANK2,
    CORE,
    COURT,
    CUT_OFF_MS,
    DAY_MS,
    FACE,
    FACTOR,
    HOUR_MS,
    IDLE,
    NOW_MS,
    OPERATOR,
    PAYEE,
    PAYER,
    SECOND,
    SECRET,
    STRANGER,
    TODAY,
    World,
    changed,
    expect_refusal,
    make_pay_out,
    make_registration,
    make_request,
    make_take,
    make_transfer,
    part,
)

NUMBER, NEW_NUMBER = f"{1:020d}", "7" * 20
SECURED = FACE // 2


@pytest.fixture
def world():
    return World()


@pytest.fixture
def ref(world):
    return world.live()


@pytest.fixture
def sold(world, ref):
    return world.finance_to(pb.PAY_OUT, ref, pb.SALE_WITH_RECOURSE)


@pytest.fixture
def pledge(world, ref):
    return world.finance_to(pb.PAY_OUT, ref)


def use_line(world, ref, line, form=pb.PLEDGE, **changes):
    """BANK finances with a line."""
    world.say(pb.REQUEST_FINANCING, make_request(world, ref, form, **changes), PAYEE)
    world.say(pb.TAKE_FINANCING, make_take(world, ref, line=line), BANK)
    world.say(pb.REGISTER_FINANCING, make_registration(world, ref), BANK)
    world.say(pb.PAY_OUT, make_pay_out(ref), BANK)


def make_repurchase(ref, **changes):
    return changed(pb.Repurchase(voucher=ref, payment_commitment=SECRET), changes)


def make_reassign(world, ref, **changes):
    command = pb.Reassign(
        voucher=ref, registration_number=NEW_NUMBER, filed_at_ms=world.time_ms, notice_commitment=SECRET
    )
    return changed(command, changes)


def make_enforce(ref, **changes):
    return changed(pb.Enforce(voucher=ref, notice_commitment=SECRET), changes)


def expect_repurchase_refused(world, ref, reason, field, *organisations, **changes):
    command = make_repurchase(ref, **changes)
    expect_refusal(world, reason, field, pb.REPURCHASE, command, *(organisations or (PAYEE, BANK)))


def expect_reassign_refused(world, ref, reason, field, *organisations, **changes):
    command = make_reassign(world, ref, **changes)
    expect_refusal(world, reason, field, pb.REASSIGN, command, *(organisations or (BANK, BANK2)))


def expect_enforce_refused(world, ref, reason, field, *organisations, **changes):
    command = make_enforce(ref, **changes)
    expect_refusal(world, reason, field, pb.ENFORCE, command, *(organisations or (BANK, PAYEE)))


# ---------------------------------------------------------------- repurchase


def test_the_seller_buys_back_and_holds_again(world, sold):
    events = world.say(pb.REPURCHASE, make_repurchase(sold), PAYEE, BANK)
    assert world.voucher(sold) == pb.Voucher(holder=PAYEE, stage=pb.LIVE, circulation=pb.CIRCULATING)
    told = [(event.actor, event.counterparty, event.amount_fen, event.registration_number) for event in events]
    assert told == [(PAYEE, BANK, FACE, NUMBER)]
    world.say(pb.TRANSFER, make_transfer(world, sold), PAYEE)


@pytest.mark.parametrize("revolving", [True, False])
def test_a_repurchase_gives_the_whole_line_back_after_a_part_payment_too(world, ref, revolving):
    line = grant(world, revolving=revolving)
    use_line(world, ref, line, pb.SALE_WITH_RECOURSE)
    world.time_ms = CUT_OFF_MS
    change_voucher(world, ref, lambda voucher: setattr(voucher, "paid_fen", 10))
    change_package(world, ref.package, lambda package: setattr(package, "own_paid_fen", 10))
    world.say(pb.REPURCHASE, make_repurchase(ref), PAYEE, BANK)
    assert used(world, line) == 0
    voucher = world.voucher(ref)
    assert (voucher.holder, voucher.paid_fen, voucher.line, voucher.line_used_fen) == (PAYEE, 10, "", 0)


def test_a_piece_of_what_was_sold_is_bought_back(world, ref):
    line = grant(world)
    use_line(world, ref, line, pb.SALE_WITH_RECOURSE)
    world.say(pb.SPLIT, pb.Split(voucher=ref, first_fen=1000), BANK)
    piece, rest = part(ref, 1, 1000), part(ref, 1001, FACE)
    world.say(pb.REPURCHASE, make_repurchase(piece), PAYEE, BANK)
    assert (world.voucher(piece).holder, world.voucher(rest).holder) == (PAYEE, BANK)
    assert used(world, line) == world.voucher(rest).line_used_fen == FACE - 1000


def test_a_disputed_range_is_bought_back_and_an_ask_of_the_bank_is_over(world, sold):
    dispute(world, sold)
    world.say(pb.ASK_QUOTES, make_ask(world, sold, banks=[BANK2]), BANK)
    world.say(pb.REPURCHASE, make_repurchase(sold), PAYEE, BANK)
    assert world.voucher(sold).HasField("dispute")
    assert world.voucher(sold).asked_at_ms == 0


def test_a_repurchase_is_the_sellers_with_the_bank_that_holds(world, sold):
    expect_repurchase_refused(world, sold, because.ORGANISATIONS_WRONG, 0, PAYEE)
    expect_repurchase_refused(world, sold, because.COMMITMENT_INVALID, 2, payment_commitment=b"")
    expect_repurchase_refused(world, part(sold, 1, 2), because.NO_SUCH_VOUCHER, 1)
    expect_repurchase_refused(world, sold, because.NOT_A_PARTY, 0, SECOND, BANK)
    expect_repurchase_refused(world, sold, because.NOT_A_PARTY, 0, BANK, PAYEE)


def test_rejects_consent_missing(world, sold):
    expect_repurchase_refused(world, sold, because.CONSENT_MISSING, 0, PAYEE, BANK2)
    other = world.live("A-2")
    world.finance_to(pb.PAY_OUT, other)
    for nobody in (SECOND, BANK2, OPERATOR):
        expect_enforce_refused(world, other, because.CONSENT_MISSING, 0, BANK, nobody)


def test_a_suspended_court_consents_to_no_enforcement(world, ref):
    world.finance_to(pb.PAY_OUT, ref)
    suspend(world, COURT)
    expect_enforce_refused(world, ref, because.CONSENT_MISSING, 0, BANK, COURT)


def test_rejects_not_sold(world, ref):
    expect_repurchase_refused(world, ref, because.NOT_SOLD, 1, SECOND, PAYEE)


def test_what_is_closed_locked_frozen_or_pledged_is_not_bought_back(world, sold):
    world.finance_to(pb.REQUEST_FINANCING, sold, bank=BANK2)
    expect_repurchase_refused(world, sold, because.VOUCHER_LOCKED, 1)
    world.time_ms += DAY_MS
    freeze(world, sold)
    expect_repurchase_refused(world, sold, because.VOUCHER_FROZEN, 1)
    change_voucher(world, sold, lambda voucher: voucher.ClearField("freezes"))
    world.finance_to(pb.PAY_OUT, sold, bank=BANK2)
    expect_repurchase_refused(world, sold, pledged.ASSET_CLAIMED, 1)
    change_voucher(world, sold, lambda voucher: setattr(voucher, "stage", pb.PAID))
    expect_repurchase_refused(world, sold, because.VOUCHER_CLOSED, 1)


# ---------------------------------------------------------------- reassignment


def test_a_claim_passes_to_another_bank_under_a_number_of_its_own(world, ref):
    line = grant(world)
    use_line(world, ref, line)
    world.time_ms += DAY_MS
    events = world.say(pb.REASSIGN, make_reassign(world, ref), BANK, BANK2)
    claim = pledges_pb2.Claim(pledgee=BANK2, secured_fen=SECURED, registration_number=NEW_NUMBER, value_on=TODAY)
    assert world.claim(ref) == claim
    assert world.lender(BANK) == pledges_pb2.LenderTotals()
    assert world.lender(BANK2) == pledges_pb2.LenderTotals(claims=1, secured_fen=SECURED)
    assert used(world, line) == 0
    assert world.voucher(ref) == pb.Voucher(holder=PAYEE, stage=pb.LIVE, circulation=pb.CIRCULATING)
    told = [(event.counterparty, event.amount_fen, event.form, event.registration_number) for event in events]
    assert told == [(BANK2, SECURED, pb.PLEDGE, NEW_NUMBER)]
    filed = world.get(pledges_pb2.Registration, f"registration/{NEW_NUMBER}")
    asset = f"voucher:{ref.package}/1-{FACE}"
    assert filed == pledges_pb2.Registration(secured_party=BANK2, filed_at_ms=world.time_ms, asset=asset)
    world.say(pb.RELEASE, pb.Release(voucher=ref), BANK2)


@pytest.mark.parametrize("form", [pb.SALE_WITH_RECOURSE, pb.SALE_WITHOUT_RECOURSE])
def test_a_bought_range_passes_on_and_its_seller_stays_bound(world, ref, form):
    line = grant(world)
    use_line(world, ref, line, form)
    world.say(pb.ASK_QUOTES, make_ask(world, ref, banks=[FACTOR]), BANK)
    events = world.say(pb.REASSIGN, make_reassign(world, ref), BANK, BANK2)
    recourse = form == pb.SALE_WITH_RECOURSE
    sale = pb.Sale(seller=PAYEE, with_recourse=recourse, registration_number=NEW_NUMBER, value_on=TODAY)
    assert world.voucher(ref) == pb.Voucher(holder=BANK2, stage=pb.LIVE, circulation=pb.CIRCULATING, sale=sale)
    assert used(world, line) == 0
    assert [(event.counterparty, event.amount_fen, event.form) for event in events] == [(BANK2, FACE, form)]
    world.say(pb.REPURCHASE, make_repurchase(ref), PAYEE, BANK2)


def test_a_claim_on_a_bought_range_passes_on_without_the_buyers_line(world, ref):
    line = grant(world)
    use_line(world, ref, line, pb.SALE_WITH_RECOURSE)
    world.finance_to(pb.PAY_OUT, ref, bank=BANK2)
    # The buyer hands nothing on past its pledgee.
    expect_reassign_refused(world, ref, pledged.ASSET_CLAIMED, 1, BANK, FACTOR)
    world.say(pb.REASSIGN, make_reassign(world, ref), BANK2, FACTOR)
    assert (world.claim(ref).pledgee, world.voucher(ref).holder) == (FACTOR, BANK)
    assert used(world, line) == world.voucher(ref).line_used_fen == FACE


def test_a_position_passes_on_after_a_part_payment_and_in_dispute(world, pledge):
    world.time_ms = CUT_OFF_MS
    change_voucher(world, pledge, lambda voucher: setattr(voucher, "paid_fen", 10))
    dispute(world, pledge)
    world.say(pb.REASSIGN, make_reassign(world, pledge), BANK, BANK2)
    assert world.claim(pledge).pledgee == BANK2


def test_a_position_is_passed_on_by_whoever_has_it(world, pledge):
    expect_reassign_refused(world, pledge, because.ORGANISATIONS_WRONG, 0, BANK)
    expect_reassign_refused(world, pledge, because.COMMITMENT_INVALID, 4, notice_commitment=b"")
    expect_reassign_refused(world, pledge, because.REGISTRATION_NUMBER_INVALID, 2, registration_number="1")
    expect_reassign_refused(world, part(pledge, 1, 2), because.NO_SUCH_VOUCHER, 1)
    # The holder of a pledged range never bought it; another bank has nothing in it.
    for nobody in (PAYEE, FACTOR):
        expect_reassign_refused(world, pledge, because.NOT_A_PARTY, 0, nobody, BANK2)
    other = world.live("A-2")
    world.finance_to(pb.PAY_OUT, other, pb.SALE_WITH_RECOURSE)
    expect_reassign_refused(world, other, because.NOT_A_PARTY, 0, PAYEE, BANK2)


@pytest.mark.parametrize(
    ("taker", "reason"),
    [
        (CORE, because.COUNTERPARTY_IS_ISSUER),
        (STRANGER, because.COUNTERPARTY_UNKNOWN),
        (IDLE, because.COUNTERPARTY_SUSPENDED),
        (SECOND, because.NOT_A_BANK),
        (PAYER, because.NOT_A_BANK),
    ],
)
def test_an_active_bank_takes_over(world, pledge, taker, reason):
    expect_reassign_refused(world, pledge, reason, 0, BANK, taker)


def test_no_bank_takes_over_a_claim_on_what_it_holds_nor_what_it_sold_itself(world, ref, sold):
    world.finance_to(pb.PAY_OUT, ref, bank=BANK2)
    expect_reassign_refused(world, ref, because.COUNTERPARTY_IS_SELF, 0, BANK2, BANK)
    world.say(pb.RELEASE, pb.Release(voucher=ref), BANK2)
    expect_reassign_refused(world, ref, because.COUNTERPARTY_IS_SELF, 0, BANK, PAYEE)


def test_the_new_bank_files_after_the_money_went_and_under_an_unused_number(world, pledge):
    world.time_ms += HOUR_MS
    for filed_at_ms in (world.time_ms + 1, NOW_MS - 10 * HOUR_MS - 1, 0):
        expect_reassign_refused(world, pledge, because.FILING_TIME_OUT_OF_RANGE, 3, filed_at_ms=filed_at_ms)
    expect_reassign_refused(world, pledge, pledged.REGISTRATION_USED, 2, registration_number=NUMBER)


def test_what_is_closed_locked_or_frozen_is_not_passed_on(world, sold):
    world.say(pb.TRANSFER, make_transfer(world, sold), BANK)
    expect_reassign_refused(world, sold, because.VOUCHER_LOCKED, 1)
    world.time_ms += DAY_MS
    freeze_package(world, sold)
    expect_reassign_refused(world, sold, because.VOUCHER_FROZEN, 1)
    change_voucher(world, sold, lambda voucher: setattr(voucher, "stage", pb.PAID))
    expect_reassign_refused(world, sold, because.VOUCHER_CLOSED, 1)


# ---------------------------------------------------------------- enforcement


def test_what_is_secured_passes_to_the_pledgee_and_the_rest_stays(world, ref):
    line = grant(world)
    use_line(world, ref, line)
    world.say(pb.ENFORCE, make_enforce(ref), BANK, PAYEE)
    passed, rest = part(ref, 1, SECURED), part(ref, SECURED + 1, FACE)
    assert world.voucher(ref) is None
    for piece, holder in ((passed, BANK), (rest, PAYEE)):
        expected = pb.Voucher(holder=holder, stage=pb.LIVE, circulation=pb.CIRCULATING, layer=1)
        assert world.voucher(piece) == expected
        assert world.claim(piece) is None
    assert world.claim(ref) is None
    assert world.lender(BANK) == pledges_pb2.LenderTotals()
    assert used(world, line) == 0
    # Both move like any other range.
    world.say(pb.TRANSFER, make_transfer(world, rest), PAYEE)
    world.say(pb.TRANSFER, make_transfer(world, passed), BANK)


def test_an_enforcement_tells_of_both_pieces(world, pledge):
    events = world.say(pb.ENFORCE, make_enforce(pledge), BANK, PAYEE)
    told = [
        (event.voucher, event.parent, event.counterparty, event.amount_fen, event.registration_number)
        for event in events
    ]
    passed, rest = part(pledge, 1, SECURED), part(pledge, SECURED + 1, FACE)
    assert told == [
        (passed, pledge, PAYEE, SECURED, NUMBER),
        (rest, pledge, "", FACE - SECURED, ""),
    ]


def test_a_claim_over_the_whole_range_passes_it_uncut(world, ref):
    line = grant(world)
    use_line(world, ref, line, secured_fen=FACE)
    events = world.say(pb.ENFORCE, make_enforce(ref), BANK, PAYEE)
    assert world.voucher(ref) == pb.Voucher(holder=BANK, stage=pb.LIVE, circulation=pb.CIRCULATING)
    assert used(world, line) == 0
    assert [(event.voucher, event.HasField("parent")) for event in events] == [(ref, False)]


@pytest.mark.parametrize("secured", [1, FACE - 1])
def test_no_cut_by_enforcement_is_too_small_or_too_deep(world, ref, secured):
    world.finance_to(pb.PAY_OUT, ref, secured_fen=secured)
    change_voucher(world, ref, lambda voucher: setattr(voucher, "layer", 3))
    change_voucher(world, ref, lambda voucher: setattr(voucher, "pieces", 1))
    world.say(pb.ENFORCE, make_enforce(ref), BANK, PAYEE)
    for piece in (part(ref, 1, secured), part(ref, secured + 1, FACE)):
        assert (world.voucher(piece).layer, world.voucher(piece).pieces) == (4, 1)


def test_marks_stay_on_both_pieces_and_a_court_consents_through_its_freeze(world, pledge):
    freeze(world, pledge)
    dispute(world, pledge)
    expect_enforce_refused(world, pledge, because.VOUCHER_FROZEN, 1)
    world.say(pb.ENFORCE, make_enforce(pledge), BANK, COURT)
    for piece in (part(pledge, 1, SECURED), part(pledge, SECURED + 1, FACE)):
        assert world.voucher(piece).freezes
        assert world.voucher(piece).HasField("dispute")


@pytest.mark.parametrize(("line_used", "kept"), [(FACE, FACE - SECURED), (SECURED // 2, SECURED // 2), (0, 0)])
def test_enforcing_against_a_bank_that_bought_leaves_it_the_rest_with_its_line(world, ref, line_used, kept):
    line = grant(world)
    use_line(world, ref, line, pb.SALE_WITH_RECOURSE)
    world.finance_to(pb.PAY_OUT, ref, bank=BANK2)
    change_voucher(world, ref, lambda voucher: setattr(voucher, "line_used_fen", line_used))
    change_voucher(world, ref, lambda voucher: setattr(voucher, "line", line if line_used else ""))
    world.say(pb.ENFORCE, make_enforce(ref), BANK2, BANK)
    passed, rest = world.voucher(part(ref, 1, SECURED)), world.voucher(part(ref, SECURED + 1, FACE))
    assert (passed.holder, passed.HasField("sale"), passed.line, passed.line_used_fen) == (BANK2, False, "", 0)
    assert (rest.holder, rest.sale.seller, rest.line_used_fen) == (BANK, PAYEE, kept)
    assert rest.line == (line if kept else "")
    assert used(world, line) == FACE - (line_used - kept)


def test_enforcing_all_of_what_was_bought_gives_the_buyers_line_back(world, ref):
    line = grant(world)
    use_line(world, ref, line, pb.SALE_WITH_RECOURSE)
    world.finance_to(pb.PAY_OUT, ref, bank=BANK2, secured_fen=FACE)
    world.say(pb.ENFORCE, make_enforce(ref), BANK2, BANK)
    assert used(world, line) == 0
    assert world.voucher(ref) == pb.Voucher(holder=BANK2, stage=pb.LIVE, circulation=pb.CIRCULATING)


def test_only_the_pledgee_of_an_unpaid_claim_enforces(world, ref):
    expect_enforce_refused(world, ref, because.ORGANISATIONS_WRONG, 0, BANK)
    expect_enforce_refused(world, ref, because.COMMITMENT_INVALID, 2, notice_commitment=b"")
    expect_enforce_refused(world, part(ref, 1, 2), because.NO_SUCH_VOUCHER, 1)
    expect_enforce_refused(world, ref, pledged.NO_SUCH_CLAIM, 1)
    world.finance_to(pb.PAY_OUT, ref)
    expect_enforce_refused(world, ref, pledged.NOT_THE_PLEDGEE, 0, BANK2, PAYEE)
    expect_enforce_refused(world, ref, pledged.NOT_THE_PLEDGEE, 0, BANK2, COURT)
    change_voucher(world, ref, lambda voucher: setattr(voucher, "paid_fen", 1))
    expect_enforce_refused(world, ref, because.VOUCHER_PARTLY_PAID, 1)
    change_voucher(world, ref, lambda voucher: setattr(voucher, "stage", pb.PAID))
    expect_enforce_refused(world, ref, because.VOUCHER_CLOSED, 1)


def test_nothing_is_enforced_while_a_request_waits(world, ref):
    world.finance_to(pb.REQUEST_FINANCING, ref)
    expect_enforce_refused(world, ref, because.VOUCHER_LOCKED, 1)


# ---------------------------------------------------------------- the table


def test_signers_approve_the_whole_range(world, ref):
    context = world.context(BANK)
    assert COMMANDS[pb.REPURCHASE].amount(context, make_repurchase(ref)) == FACE
    assert COMMANDS[pb.REASSIGN].amount(context, make_reassign(world, part(ref, 3, 5))) == 3
    assert COMMANDS[pb.ENFORCE].amount(context, make_enforce(part(ref, 5, 3))) == 0


def test_only_a_release_is_open_to_the_suspended():
    kinds = (pb.RELEASE, pb.REPURCHASE, pb.REASSIGN, pb.ENFORCE)
    assert [kind for kind in kinds if COMMANDS[kind].is_open_to_suspended] == [pb.RELEASE]
