import pytest

from hefu.v1 import pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from ledger.errors import InvariantViolation, Rejection
from pledges import rejections as pledged
from pledges.transitions import process_red_letter
from receivables import checks
from receivables import rejections as because
from tests.unit.receivables.court import (
    change_package,
    change_voucher,
    dispute,
    freeze,
    keep,
    lock_trade,
    make_red_letter,
    make_substitute,
    resolve,
)
from tests.unit.receivables.world import (
    CORE,
    CUT_OFF_MS,
    DAY_MS,
    DUE,
    FACE,
    NOW_MS,
    PAYEE,
    PAYER,
    SECOND,
    SECRET,
    THIRD,
    TODAY,
    World,
    expect_refusal,
    make_prepayment,
    make_request,
    make_trade,
    make_transfer,
    part,
    use,
)

PRINT = use("A-1").fingerprint


@pytest.fixture
def world():
    return World()


@pytest.fixture
def ref(world):
    return world.live()


def expect_dispute_refused(world, ref, reason, field=1, who=PAYEE, evidence=SECRET):
    expect_refusal(world, reason, field, pb.DISPUTE, pb.OpenDispute(voucher=ref, evidence=evidence), who)


def expect_resolution_refused(world, ref, reason, field=1, who=PAYEE, evidence=SECRET):
    expect_refusal(world, reason, field, pb.RESOLVE_DISPUTE, pb.ResolveDispute(voucher=ref, evidence=evidence), who)


def expect_red_letter_refused(world, ref, reason, field, amount=FACE, who=PAYEE, **changes):
    command = make_red_letter(ref, changes.pop("fingerprint", PRINT), amount, **changes)
    expect_refusal(world, reason, field, pb.RED_LETTER, command, who)


def expect_substitute_refused(world, command, reason, field, *organisations):
    expect_refusal(world, reason, field, pb.SUBSTITUTE_EVIDENCE, command, *(organisations or (CORE, PAYEE)))


def red_letter(world, ref, amount=FACE, who=PAYEE, fingerprint=PRINT):
    return world.say(pb.RED_LETTER, make_red_letter(ref, fingerprint, amount), who)


def substitute(world, ref, fingerprint, *replacements):
    return world.say(pb.SUBSTITUTE_EVIDENCE, make_substitute(ref.package, fingerprint, *replacements), CORE, PAYEE)


def record_of(world, ref):
    return world.source.records[f"voucher/{ref.package}/{ref.start}-{ref.end}"]


# ---------------------------------------------------------------- disputes


@pytest.mark.parametrize("who", [PAYEE, CORE])
def test_holder_or_debtor_marks_a_range_and_ends_the_mark(world, ref, who):
    before = world.voucher(ref)
    (event,) = dispute(world, ref, who)
    assert (event.voucher, event.actor, event.commitment) == (ref, who, SECRET)
    assert world.voucher(ref).dispute == pb.Dispute(opened_by=who, evidence=SECRET, at_ms=NOW_MS)
    (event,) = resolve(world, ref, who)
    assert (event.voucher, event.actor, event.commitment) == (ref, who, SECRET)
    assert world.voucher(ref) == before


def test_who_succeeded_the_issuer_disputes_as_debtor(world, ref):
    change_package(world, ref.package, debtor=THIRD)
    expect_dispute_refused(world, ref, because.NOT_A_PARTY, 0, who=CORE)
    dispute(world, ref, THIRD)


def test_a_dispute_survives_lapse_cut_and_transfer(world, ref):
    world.say(pb.TRANSFER, make_transfer(world, ref), PAYEE)
    dispute(world, ref, CORE)
    assert (world.voucher(ref).circulation, world.voucher(ref).lock.counterparty) == (pb.LOCKED, SECOND)
    world.time_ms += DAY_MS
    assert (world.voucher(ref).circulation, world.voucher(ref).dispute.opened_by) == (pb.CIRCULATING, CORE)
    world.say(pb.SPLIT, pb.Split(voucher=ref, first_fen=400), PAYEE)
    first, second = part(ref, 1, 400), part(ref, 401, FACE)
    world.say(pb.TRANSFER, make_transfer(world, first), PAYEE)
    world.say(pb.ACCEPT_TRANSFER, pb.AcceptTransfer(voucher=first), SECOND)
    assert (world.voucher(first).holder, world.voucher(first).dispute.opened_by) == (SECOND, CORE)
    resolve(world, first, CORE)
    assert world.voucher(second).dispute.opened_by == CORE


def test_a_dispute_stops_no_payment(world, ref):
    dispute(world, ref)
    world.say(pb.PREPAY, make_prepayment(ref, (PAYEE, FACE)), CORE, PAYER)
    assert world.voucher(ref).stage == pb.PAID
    resolve(world, ref)


def test_rejects_voucher_disputed(world, ref):
    dispute(world, ref)
    for who in (PAYEE, CORE):
        expect_dispute_refused(world, ref, because.VOUCHER_DISPUTED, who=who)
    with pytest.raises(Rejection) as caught:
        checks.refuse_disputed(world.voucher(ref))
    assert caught.value.reason is because.VOUCHER_DISPUTED


def test_rejects_not_disputed(world, ref):
    for who in (PAYEE, THIRD):
        expect_resolution_refused(world, ref, because.NOT_DISPUTED, who=who)


def test_rejects_not_a_party(world, ref):
    for who in (SECOND, THIRD, PAYER):
        expect_dispute_refused(world, ref, because.NOT_A_PARTY, 0, who=who)
        expect_red_letter_refused(world, ref, because.NOT_A_PARTY, 0, who=who)
    dispute(world, ref)
    for who in (CORE, SECOND):
        expect_resolution_refused(world, ref, because.NOT_A_PARTY, 0, who=who)


def test_a_dispute_names_evidence_and_a_range_on_which_something_is_owed(world, ref):
    for expect in (expect_dispute_refused, expect_resolution_refused):
        expect(world, ref, because.COMMITMENT_INVALID, 2, evidence=b"x")
        expect(world, part(ref, 1, 2), because.NO_SUCH_VOUCHER)
    command = pb.OpenDispute(voucher=ref, evidence=SECRET)
    expect_refusal(world, because.ORGANISATIONS_WRONG, 0, pb.DISPUTE, command, PAYEE, CORE)
    ended = pb.ResolveDispute(voucher=ref, evidence=SECRET)
    expect_refusal(world, because.ORGANISATIONS_WRONG, 0, pb.RESOLVE_DISPUTE, ended, PAYEE, CORE)
    world.say(pb.PREPAY, make_prepayment(ref, (PAYEE, FACE)), CORE, PAYER)
    expect_dispute_refused(world, ref, because.VOUCHER_CLOSED)


# ---------------------------------------------------------------- disputes of a trade that waits


@pytest.mark.parametrize(("who", "is_marked_after"), [(PAYEE, True), (SECOND, False), (THIRD, False)])
def test_a_dispute_stops_the_timeout_of_a_trade_until_cut_off(world, ref, who, is_marked_after):
    before = world.voucher(ref)
    lock_trade(world, ref)
    dispute(world, ref, who)
    record = record_of(world, ref)
    assert (record.lapse_at_ms, world.voucher(ref).lock.answer_by_ms) == (CUT_OFF_MS, NOW_MS + DAY_MS)
    assert world.voucher(ref).dispute.opened_by == who
    world.time_ms = CUT_OFF_MS - 1
    assert world.voucher(ref).circulation == pb.LOCKED
    world.time_ms = CUT_OFF_MS
    ended = world.voucher(ref)
    assert (ended.circulation, ended.holder, ended.HasField("dispute")) == (pb.CIRCULATING, PAYEE, is_marked_after)
    ended.ClearField("dispute")
    assert ended == before


def test_the_debtor_of_a_range_keeps_no_trade_waiting(world, ref):
    lock_trade(world, ref)
    dispute(world, ref, CORE)
    assert record_of(world, ref).lapse_at_ms == NOW_MS + DAY_MS
    world.time_ms += DAY_MS
    assert (world.voucher(ref).circulation, world.voucher(ref).dispute.opened_by) == (pb.CIRCULATING, CORE)


def test_a_trader_whose_trade_is_over_keeps_nobody_from_financing(world, ref):
    before = world.voucher(ref)
    world.say(pb.CONDITIONAL_TRANSFER, make_trade(world, ref), PAYEE)
    dispute(world, ref, SECOND)
    world.say(pb.REFUSE_TRADE, pb.RefuseTrade(voucher=ref), SECOND)
    assert world.voucher(ref) == before
    world.say(pb.REQUEST_FINANCING, make_request(world, ref), PAYEE)


def test_a_debtor_that_buys_disputes_as_debtor_too(world, ref):
    lock_trade(world, ref, buyer=CORE)
    dispute(world, ref, CORE)
    world.time_ms = CUT_OFF_MS
    assert world.voucher(ref).dispute.opened_by == CORE


def test_resolved_in_time_a_trade_has_its_own_deadline_again(world, ref):
    before = world.voucher(ref)
    lock_trade(world, ref)
    locked = world.voucher(ref)
    dispute(world, ref, SECOND)
    resolve(world, ref, SECOND)
    assert (world.voucher(ref), record_of(world, ref).lapse_at_ms) == (locked, NOW_MS + DAY_MS)
    world.time_ms += DAY_MS
    assert world.voucher(ref) == before


def test_resolved_too_late_a_trade_ends_at_once(world, ref):
    before = world.voucher(ref)
    lock_trade(world, ref)
    dispute(world, ref, THIRD)
    world.time_ms += DAY_MS
    resolve(world, ref, THIRD)
    assert (world.voucher(ref), record_of(world, ref).lapse_at_ms) == (before, 0)


def test_a_trade_that_outlasts_an_earlier_cut_off_is_not_kept_waiting(world, ref):
    lock_trade(world, ref, answer_by_ms=NOW_MS + 20 * DAY_MS)
    change_package(world, ref.package, due_on=TODAY)
    dispute(world, ref, SECOND)
    assert record_of(world, ref).lapse_at_ms == NOW_MS + 20 * DAY_MS
    resolve(world, ref, SECOND)
    assert (world.voucher(ref).circulation, record_of(world, ref).lapse_at_ms) == (pb.CIRCULATING, 0)


def test_resolved_a_trade_ends_by_a_cut_off_that_came_forward(world, ref):
    lock_trade(world, ref, answer_by_ms=NOW_MS + 20 * DAY_MS)
    dispute(world, ref, SECOND)
    change_package(world, ref.package, due_on=DUE - 20)
    resolve(world, ref, SECOND)
    assert NOW_MS < record_of(world, ref).lapse_at_ms < NOW_MS + 20 * DAY_MS


def test_buyer_and_seller_are_parties_only_while_their_trade_waits(world, ref):
    lock_trade(world, ref)
    world.time_ms += DAY_MS
    for who in (SECOND, THIRD):
        expect_dispute_refused(world, ref, because.NOT_A_PARTY, 0, who=who)
    world.say(pb.TRANSFER, make_transfer(world, ref), PAYEE)
    expect_dispute_refused(world, ref, because.NOT_A_PARTY, 0, who=SECOND)


def test_a_freeze_stays_when_the_timeout_is_stopped(world, ref):
    lock_trade(world, ref)
    freeze(world, ref)
    dispute(world, ref, SECOND)
    world.time_ms = CUT_OFF_MS
    assert len(world.voucher(ref).freezes) == 1


# ---------------------------------------------------------------- red letters


@pytest.mark.parametrize("who", [CORE, PAYEE])
def test_a_red_letter_is_told_to_package_and_invoice(world, ref, who):
    (event,) = red_letter(world, ref, 300, who)
    assert list(world.package(ref.package).red_lettered) == [PRINT]
    expected = pledges_pb2.InvoiceOccupation(amount_fen=FACE, occupied_fen=FACE, red_lettered_fen=300)
    assert world.occupation(PRINT) == expected
    assert (event.voucher, event.actor) == (pb.VoucherRef(package=ref.package), who)
    assert (event.amount_fen, event.commitment) == (300, SECRET)


def test_a_later_holder_tells_of_a_red_letter_too(world, ref):
    change_voucher(world, ref, holder=THIRD)
    red_letter(world, ref, 300, THIRD)
    assert list(world.package(ref.package).red_lettered) == [PRINT]


def test_rejects_evidence_red_lettered(world, ref):
    red_letter(world, ref, 1)
    with pytest.raises(Rejection) as caught:
        checks.refuse_red_lettered(world.package(ref.package))
    assert (caught.value.reason, caught.value.field) == (because.EVIDENCE_RED_LETTERED, 1)


def test_rejects_invoice_red_lettered(world):
    """What was taken back of an invoice is not there to be occupied, wherever else the invoice is used."""
    ref = world.live(invoices=[use("I", 3 * FACE, FACE)])
    red_letter(world, ref, FACE, fingerprint=use("I").fingerprint)
    more = {"invoices": [use("I", 3 * FACE, FACE + 1)], "face_fen": FACE + 1}
    with pytest.raises(Rejection) as caught:
        world.issue("A-2", **more)
    assert (caught.value.reason, caught.value.field) == (pledged.INVOICE_RED_LETTERED, 6)
    world.issue("A-3", invoices=[use("I", 3 * FACE, FACE)])
    with pytest.raises(Rejection) as caught:
        world.issue("A-4", face_fen=1, invoices=[use("I", 3 * FACE, 1)])
    assert caught.value.reason is pledged.INVOICE_RED_LETTERED
    with pytest.raises(Rejection) as caught:
        world.issue("A-5", invoices=[use("I", 3 * FACE, FACE + 1), use("J", FACE, 1)], face_fen=FACE + 2)
    assert caught.value.reason is pledged.INVOICE_OVEROCCUPIED


def test_a_red_letter_outlives_the_occupation(world):
    package = world.issue(invoices=[use("I", 2 * FACE, FACE)])
    ref = world.accept(package)
    red_letter(world, ref, 2 * FACE, fingerprint=use("I").fingerprint)
    substitute(world, ref, use("I").fingerprint, use("J"))
    left = world.occupation(use("I").fingerprint)
    assert (left.occupied_fen, left.red_lettered_fen) == (0, 2 * FACE)
    with pytest.raises(Rejection) as caught:
        world.issue("A-2", invoices=[use("I", 2 * FACE, 1)], face_fen=1)
    assert caught.value.reason is pledged.INVOICE_RED_LETTERED


def test_more_of_the_same_invoice_may_be_told_later_and_never_less(world, ref):
    red_letter(world, ref, 300)
    red_letter(world, ref, 301, CORE)
    assert world.occupation(PRINT).red_lettered_fen == 301
    assert list(world.package(ref.package).red_lettered) == [PRINT]
    other = world.live("A-2", invoices=[use("A-2"), use("B-2", 2 * FACE, FACE)], face_fen=2 * FACE)
    red_letter(world, other, FACE, fingerprint=use("B-2").fingerprint)
    red_letter(world, other, FACE, fingerprint=use("A-2").fingerprint)
    assert list(world.package(other.package).red_lettered) == [use("A-2").fingerprint, use("B-2").fingerprint]


def test_a_second_package_tells_less_of_the_same_invoice_and_the_invoice_keeps_the_larger(world):
    first = world.live("A-1", invoices=[use("I", 3 * FACE, FACE)])
    second = world.live("A-2", invoices=[use("I", 3 * FACE, FACE)])
    red_letter(world, first, 900, fingerprint=use("I").fingerprint)
    red_letter(world, second, 500, fingerprint=use("I").fingerprint)
    assert world.occupation(use("I").fingerprint).red_lettered_fen == 900
    assert list(world.package(second.package).red_lettered) == [use("I").fingerprint]


@pytest.mark.parametrize("amount", [300, 299, 1])
def test_rejects_red_letter_exists(world, ref, amount):
    red_letter(world, ref, 300)
    expect_red_letter_refused(world, ref, because.RED_LETTER_EXISTS, 2, amount)


def test_rejects_not_an_invoice_of_it(world, ref):
    other = use("B").fingerprint
    expect_red_letter_refused(world, ref, because.NOT_AN_INVOICE_OF_IT, 2, 2**63 - 1, fingerprint=other)
    command = make_substitute(ref.package, other, use("C"))
    expect_substitute_refused(world, command, because.NOT_AN_INVOICE_OF_IT, 2)


@pytest.mark.parametrize("amount", [0, -1, FACE + 1, 2**63 - 1])
def test_a_red_letter_takes_back_at_most_the_invoice(world, ref, amount):
    expect_red_letter_refused(world, ref, because.AMOUNT_OUT_OF_RANGE, 3, amount)


def test_a_red_letter_names_evidence_and_a_range_of_a_live_package(world, ref):
    expect_red_letter_refused(world, ref, because.COMMITMENT_INVALID, 2, fingerprint=b"x")
    expect_red_letter_refused(world, ref, because.COMMITMENT_INVALID, 4, evidence=b"x")
    expect_red_letter_refused(world, part(ref, 1, 2), because.NO_SUCH_VOUCHER, 1)
    command = make_red_letter(ref, PRINT, 1)
    expect_refusal(world, because.ORGANISATIONS_WRONG, 0, pb.RED_LETTER, command, PAYEE, CORE)
    world.say(pb.PREPAY, make_prepayment(ref, (PAYEE, FACE)), CORE, PAYER)
    expect_red_letter_refused(world, ref, because.PACKAGE_NOT_LIVE, 1)


def test_whose_range_was_paid_stops_nobodys_financing(world, ref):
    world.say(pb.SPLIT, pb.Split(voucher=ref, first_fen=400), PAYEE)
    gone = part(ref, 1, 400)
    change_voucher(world, gone, holder=THIRD)
    world.say(pb.PREPAY, make_prepayment(gone, (THIRD, 400)), CORE, PAYER)
    for who in (THIRD, CORE):
        expect_red_letter_refused(world, gone, because.VOUCHER_CLOSED, 1, who=who)
    red_letter(world, part(ref, 401, FACE), who=CORE)


def test_an_invoice_that_nobody_occupies_cannot_be_red_lettered(world):
    with pytest.raises(InvariantViolation):
        process_red_letter(world.context(CORE), PRINT, 1)


# ---------------------------------------------------------------- substitution


def test_other_invoices_take_the_place_of_one_and_lift_the_mark(world):
    ref = world.live(invoices=[use("K", FACE, 400), use("M", FACE, FACE - 400)])
    red_letter(world, ref, FACE, fingerprint=use("K").fingerprint)
    (event,) = substitute(world, ref, use("K").fingerprint, use("A", 900, 100), use("Z", FACE, 300))
    package = world.package(ref.package)
    assert list(package.invoices) == [use("A", 900, 100), use("M", FACE, FACE - 400), use("Z", FACE, 300)]
    assert list(package.red_lettered) == []
    shares = [world.occupation(use(name).fingerprint).occupied_fen for name in ("K", "A", "M", "Z")]
    assert shares == [0, 100, FACE - 400, 300]
    assert (event.voucher, event.counterparty) == (pb.VoucherRef(package=ref.package), PAYEE)
    assert (event.amount_fen, event.commitment) == (400, SECRET)


def test_an_invoice_without_a_red_letter_is_replaced_and_free(world, ref):
    substitute(world, ref, PRINT, use("B", 2 * FACE, FACE))
    assert world.occupation(PRINT) is None
    world.issue("A-2", invoices=[use("A-1")])


def test_the_red_letter_of_another_invoice_stays(world):
    ref = world.live(invoices=[use("K", FACE, 400), use("M", FACE, FACE - 400)])
    red_letter(world, ref, FACE, fingerprint=use("K").fingerprint)
    substitute(world, ref, use("M").fingerprint, use("N", FACE, FACE - 400))
    assert list(world.package(ref.package).red_lettered) == [use("K").fingerprint]


@pytest.mark.parametrize(
    "replacements",
    [
        [use("B", FACE, FACE - 1)],
        [use("B", 2 * FACE, FACE + 1)],
        [use("A-1")],
        [use("A-1", FACE, 1), use("B", FACE, FACE - 1)],
    ],
)
def test_rejects_substitute_differs(world, ref, replacements):
    command = make_substitute(ref.package, PRINT, *replacements)
    expect_substitute_refused(world, command, because.SUBSTITUTE_DIFFERS, 3)


@pytest.mark.parametrize(
    "replacements",
    [
        [],
        [use("B", FACE, 0)],
        [use("C", FACE, 1), use("B", FACE, FACE - 1)],
        [use("B", FACE, 1), use("B", FACE, FACE - 1)],
        [use(f"{number:02}", FACE, 1) for number in range(17)],
    ],
)
def test_replacements_have_the_form_of_invoices(world, ref, replacements):
    command = make_substitute(ref.package, PRINT, *replacements)
    expect_substitute_refused(world, command, because.INVOICES_INVALID, 3)


def test_a_package_never_rests_on_more_than_sixteen(world):
    invoices = [use(f"{number:02}", FACE, 1000) for number in range(16)]
    ref = world.live(invoices=invoices, face_fen=16_000)
    two = make_substitute(ref.package, invoices[0].fingerprint, use("A", FACE, 400), use("B", FACE, 600))
    expect_substitute_refused(world, two, because.INVOICES_INVALID, 3)
    substitute(world, ref, invoices[0].fingerprint, use("A", FACE, 1000))
    assert len(world.package(ref.package).invoices) == 16


def test_sixteen_invoices_take_the_place_of_one(world, ref):
    many = [use(f"{number:02}", FACE, FACE // 16) for number in range(16)]
    substitute(world, ref, PRINT, *many)
    assert len(world.package(ref.package).invoices) == 16


def test_debtor_and_payee_agree_on_a_live_package(world, ref):
    right = make_substitute(ref.package, PRINT, use("B"))
    expect_substitute_refused(world, right, because.ORGANISATIONS_WRONG, 0, CORE)
    expect_substitute_refused(world, right, because.NOT_THE_ISSUER, 0, PAYEE, CORE)
    expect_substitute_refused(world, right, because.NOT_THE_PAYEE, 0, CORE, SECOND)
    missing = make_substitute(f"{CORE}.X", PRINT, use("B"))
    expect_substitute_refused(world, missing, because.NO_SUCH_PACKAGE, 1)
    short = make_substitute(ref.package, b"x", use("B"))
    expect_substitute_refused(world, short, because.COMMITMENT_INVALID, 2)
    bare = make_substitute(ref.package, PRINT, use("B"), evidence=b"x")
    expect_substitute_refused(world, bare, because.COMMITMENT_INVALID, 4)
    world.issue("A-2")
    pending = make_substitute(f"{CORE}.A-2", use("A-2").fingerprint, use("B"))
    expect_substitute_refused(world, pending, because.PACKAGE_NOT_LIVE, 1)


def test_replacements_are_occupied_as_any_invoice(world, ref):
    world.live("A-2", invoices=[use("B", 2 * FACE, FACE)])
    other_amount = make_substitute(ref.package, PRINT, use("B", 3 * FACE, FACE))
    expect_substitute_refused(world, other_amount, pledged.INVOICE_AMOUNT_DIFFERS, 3)
    world.live("A-3", invoices=[use("B", 2 * FACE, 1)], face_fen=1)
    too_much = make_substitute(ref.package, PRINT, use("B", 2 * FACE, FACE))
    expect_substitute_refused(world, too_much, pledged.INVOICE_OVEROCCUPIED, 3)
    keep(world, lambda context: process_red_letter(context, use("B").fingerprint, 2 * FACE))
    red = make_substitute(ref.package, PRINT, use("B", 2 * FACE, FACE - 1), use("C", FACE, 1))
    expect_substitute_refused(world, red, pledged.INVOICE_RED_LETTERED, 3)
