import pytest

from hefu.v1 import receivables_pb2 as pb
from pledges import rejections as pledged
from receivables import rejections as because
from receivables.transitions import COMMANDS
from tests.unit.receivables.court import (
    change_package,
    change_voucher,
    dispute,
    freeze,
    freeze_package,
    keep,
    make_offer,
    pay_package,
    use_line,
    used,
)
from tests.unit.receivables.world import (
    BANK,
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
    World,
    expect_refusal,
    make_issue,
    make_prepayment,
    make_transfer,
    part,
    use,
)

ISSUING, FINANCING = f"{BANK}.L-1", f"{BANK}.L-2"
PRINT = use("A-1").fingerprint


@pytest.fixture
def world():
    return World()


@pytest.fixture
def ref(world):
    return world.live()


def offer(world, ref, **changes):
    return world.say(pb.OFFER_CANCEL, make_offer(world, ref.package, **changes), CORE)


def consent(world, ref, who=PAYEE):
    return world.say(pb.CONSENT_CANCEL, pb.ConsentCancel(voucher=ref), who)


def merge(world, ref, who=CORE):
    return world.say(pb.MERGE, pb.Merge(voucher=ref), who)


def split(world, ref, first):
    world.say(pb.SPLIT, pb.Split(voucher=ref, first_fen=first), PAYEE)
    return part(ref, 1, first), part(ref, first + 1, ref.end)


def expect_consent_refused(world, ref, reason, field=1, who=PAYEE):
    expect_refusal(world, reason, field, pb.CONSENT_CANCEL, pb.ConsentCancel(voucher=ref), who)


def expect_merge_refused(world, ref, reason, field=1, who=CORE):
    expect_refusal(world, reason, field, pb.MERGE, pb.Merge(voucher=ref), who)


def expect_offer_refused(world, ref, reason, field, who=CORE, **changes):
    expect_refusal(world, reason, field, pb.OFFER_CANCEL, make_offer(world, ref.package, **changes), who)


# ---------------------------------------------------------------- cancellation


def test_an_offer_opens_the_package_and_changes_nothing_else(world, ref):
    before = world.voucher(ref)
    (event,) = offer(world, ref)
    assert world.package(ref.package).cancel_by_ms == NOW_MS + DAY_MS
    assert world.voucher(ref) == before
    assert (event.voucher.package, event.actor, event.amount_fen, event.commitment) == (ref.package, CORE, FACE, SECRET)
    offer(world, ref, cancel_by_ms=NOW_MS + 1)
    assert world.package(ref.package).cancel_by_ms == NOW_MS + 1


def test_with_the_last_consent_the_package_is_cancelled_and_its_invoices_are_free(world, ref):
    first, second = split(world, ref, 400)
    offer(world, ref)
    (event,) = consent(world, first)
    assert (event.voucher, event.actor, event.counterparty, event.amount_fen) == (first, PAYEE, CORE, 400)
    ended = world.voucher(first)
    assert (ended.stage, ended.circulation, ended.holder) == (pb.CANCELLED, pb.CLOSED, PAYEE)
    package = world.package(ref.package)
    assert (package.stage, package.cancelled_fen) == (pb.PACKAGE_LIVE, 400)
    assert (world.totals().unpaid_fen, world.occupation(PRINT).occupied_fen) == (FACE - 400, FACE)

    consent(world, second)
    package = world.package(ref.package)
    assert (package.stage, package.cancelled_fen) == (pb.PACKAGE_CANCELLED, FACE)
    assert world.totals() == pb.IssuerTotals(packages=1, face_fen=FACE)
    assert world.occupation(PRINT) is None
    world.issue("A-2", invoices=[use("A-1")])


def test_a_package_of_which_a_part_was_cancelled_is_settled_by_paying_the_rest(world, ref):
    first, second = split(world, ref, 400)
    offer(world, ref)
    consent(world, first)
    world.say(pb.PREPAY, make_prepayment(second, (PAYEE, FACE - 400)), CORE, PAYER)
    assert world.package(ref.package).stage == pb.SETTLED
    assert world.occupation(PRINT).occupied_fen == FACE


def test_the_last_range_that_is_cancelled_after_others_were_paid_settles(world, ref):
    first, second = split(world, ref, 400)
    world.say(pb.PREPAY, make_prepayment(second, (PAYEE, FACE - 400)), CORE, PAYER)
    offer(world, ref)
    consent(world, first)
    assert world.package(ref.package).stage == pb.SETTLED
    assert (world.totals().unpaid_fen, world.occupation(PRINT).occupied_fen) == (0, FACE)


def test_a_cancelled_range_gives_both_lines_back_and_its_marks_end_with_it(world, ref):
    first, second = split(world, ref, 400)
    use_line(world, ISSUING, FACE)
    use_line(world, FINANCING, 400)
    change_package(world, ref.package, line=ISSUING)
    sale = pb.Sale(seller=PAYEE, registration_number="1" * 20, value_on=1)
    change_voucher(world, first, line=FINANCING, line_used_fen=400, sale=sale, asked_at_ms=7, failure=pb.Failure(on=1))
    dispute(world, first)
    offer(world, ref)
    consent(world, first)
    assert (used(world, ISSUING), used(world, FINANCING)) == (FACE - 400, 0)
    expected = pb.Voucher(holder=PAYEE, stage=pb.CANCELLED, circulation=pb.CLOSED, layer=1, sale=sale)
    assert world.voucher(first) == expected
    assert world.voucher(second).stage == pb.LIVE


def test_a_withdrawn_offer_takes_no_consent(world, ref):
    offer(world, ref)
    (event,) = world.say(pb.WITHDRAW_CANCEL, pb.WithdrawCancel(package=ref.package), CORE)
    assert (event.voucher.package, event.actor) == (ref.package, CORE)
    assert world.package(ref.package).cancel_by_ms == 0
    expect_consent_refused(world, ref, because.NO_CANCEL_OFFERED)


def test_rejects_no_cancel_offered(world, ref):
    withdraw = pb.WithdrawCancel(package=ref.package)
    expect_consent_refused(world, ref, because.NO_CANCEL_OFFERED)
    expect_refusal(world, because.NO_CANCEL_OFFERED, 1, pb.WITHDRAW_CANCEL, withdraw, CORE)
    offer(world, ref)
    world.time_ms += DAY_MS - 1
    first, second = split(world, ref, 400)
    consent(world, first)
    world.time_ms += 1
    expect_consent_refused(world, second, because.NO_CANCEL_OFFERED)
    expect_refusal(world, because.NO_CANCEL_OFFERED, 1, pb.WITHDRAW_CANCEL, withdraw, CORE)


def test_of_a_package_that_is_over_no_offer_is_left(world, ref):
    offer(world, ref)
    consent(world, ref)
    withdraw = pb.WithdrawCancel(package=ref.package)
    expect_refusal(world, because.NO_CANCEL_OFFERED, 1, pb.WITHDRAW_CANCEL, withdraw, CORE)
    expect_offer_refused(world, ref, because.PACKAGE_NOT_LIVE, 1)
    expect_consent_refused(world, ref, because.VOUCHER_CLOSED)


def test_only_the_debtor_offers_and_withdraws(world, ref):
    withdraw = pb.WithdrawCancel(package=ref.package)
    expect_offer_refused(world, ref, because.NOT_THE_ISSUER, 0, who=PAYEE)
    expect_refusal(world, because.NOT_THE_ISSUER, 0, pb.WITHDRAW_CANCEL, withdraw, PAYEE)
    change_package(world, ref.package, debtor=SECOND)
    expect_offer_refused(world, ref, because.NOT_THE_ISSUER, 0)
    world.say(pb.OFFER_CANCEL, make_offer(world, ref.package), SECOND)
    world.say(pb.WITHDRAW_CANCEL, withdraw, SECOND)


def test_an_offer_has_an_agreement_a_package_and_a_day_before_cut_off(world, ref):
    expect_offer_refused(world, ref, because.COMMITMENT_INVALID, 3, agreement_commitment=b"x")
    nowhere = pb.VoucherRef(package=f"{CORE}.X")
    expect_offer_refused(world, nowhere, because.NO_SUCH_PACKAGE, 1)
    expect_refusal(world, because.NO_SUCH_PACKAGE, 1, pb.WITHDRAW_CANCEL, pb.WithdrawCancel(package="x"), CORE)
    for at_ms in (0, NOW_MS, CUT_OFF_MS + 1):
        expect_offer_refused(world, ref, because.DEADLINE_OUT_OF_RANGE, 2, cancel_by_ms=at_ms)
    world.issue("A-2")
    pending = part(ref, 1, FACE)
    pending.package = f"{CORE}.A-2"
    expect_offer_refused(world, pending, because.PACKAGE_NOT_LIVE, 1)
    offer(world, ref, cancel_by_ms=CUT_OFF_MS)
    world.time_ms = CUT_OFF_MS
    expect_offer_refused(world, ref, because.PAST_CUT_OFF, 1)
    expect_consent_refused(world, ref, because.PAST_CUT_OFF)


def test_a_holder_consents_for_a_range_of_its_own_that_nobody_has_a_right_in(world, ref):
    first, second = split(world, ref, 400)
    offer(world, ref)
    expect_consent_refused(world, ref, because.NO_SUCH_VOUCHER)
    expect_consent_refused(world, first, because.NOT_THE_HOLDER, 0, who=CORE)
    world.say(pb.TRANSFER, make_transfer(world, first), PAYEE)
    expect_consent_refused(world, first, because.VOUCHER_LOCKED)
    world.finance_to(pb.PAY_OUT, second)
    expect_consent_refused(world, second, pledged.ASSET_CLAIMED)
    world.say(pb.WITHDRAW_TRANSFER, pb.WithdrawTransfer(voucher=first), PAYEE)
    freeze(world, first)
    expect_consent_refused(world, first, because.VOUCHER_FROZEN)
    change_voucher(world, first, freezes=[])
    freeze_package(world, ref.package)
    expect_consent_refused(world, first, because.VOUCHER_FROZEN)


def test_what_was_paid_on_is_not_cancelled(world, ref):
    offer(world, ref)
    change_voucher(world, ref, paid_fen=1)
    expect_consent_refused(world, ref, because.VOUCHER_PARTLY_PAID)


def test_what_is_disputed_may_be_cancelled(world, ref):
    offer(world, ref)
    dispute(world, ref, CORE)
    consent(world, ref)
    assert not world.voucher(ref).HasField("dispute")


# ---------------------------------------------------------------- merger


def held_by_debtor(world, ref):
    change_voucher(world, ref, holder=CORE)
    return ref


def test_who_holds_and_owes_a_range_ends_it(world, ref):
    use_line(world, ISSUING, FACE)
    change_package(world, ref.package, line=ISSUING)
    first, second = split(world, ref, 400)
    (event,) = merge(world, held_by_debtor(world, first))
    assert (event.voucher, event.actor, event.counterparty, event.amount_fen) == (first, CORE, CORE, 400)
    ended, package = world.voucher(first), world.package(ref.package)
    assert (ended.stage, ended.circulation) == (pb.MERGED, pb.CLOSED)
    assert (package.stage, package.merged_fen) == (pb.PACKAGE_LIVE, 400)
    assert world.totals().calendar == [pb.DueDay(due_on=DUE, unpaid_fen=FACE - 400)]
    assert used(world, ISSUING) == FACE - 400

    merge(world, held_by_debtor(world, second))
    assert (world.package(ref.package).stage, world.totals().unpaid_fen) == (pb.SETTLED, 0)
    assert world.occupation(PRINT).occupied_fen == FACE
    expect_merge_refused(world, second, because.VOUCHER_CLOSED)


def test_a_mixture_of_cancelled_and_merged_is_settled_and_keeps_its_invoices(world, ref):
    first, second = split(world, ref, 400)
    offer(world, ref)
    consent(world, first)
    merge(world, held_by_debtor(world, second))
    package = world.package(ref.package)
    assert (package.stage, package.cancelled_fen, package.merged_fen) == (pb.SETTLED, 400, FACE - 400)
    assert world.occupation(PRINT).occupied_fen == FACE


def test_merging_is_good_on_any_day(world, ref):
    world.time_ms = CUT_OFF_MS + 9 * DAY_MS
    merge(world, held_by_debtor(world, ref))
    assert world.voucher(ref).stage == pb.MERGED


def test_only_who_holds_and_owes_merges(world, ref):
    expect_merge_refused(world, part(ref, 1, 2), because.NO_SUCH_VOUCHER)
    expect_merge_refused(world, ref, because.NOT_THE_ISSUER, 0, who=PAYEE)
    expect_merge_refused(world, ref, because.NOT_THE_HOLDER, 0)
    expect_refusal(world, because.ORGANISATIONS_WRONG, 0, pb.MERGE, pb.Merge(voucher=ref), CORE, PAYEE)
    change_package(world, ref.package, debtor=PAYEE)
    keep(world, lambda context: context.put(f"totals/issuer/{PAYEE}", world.totals().SerializeToString()))
    merge(world, ref, PAYEE)
    assert world.totals(PAYEE).unpaid_fen == 0


def test_others_rights_keep_a_range_from_merging(world, ref):
    first, second = split(world, ref, 400)
    world.say(pb.TRANSFER, make_transfer(world, first), PAYEE)
    expect_merge_refused(world, held_by_debtor(world, first), because.VOUCHER_LOCKED)
    world.finance_to(pb.PAY_OUT, second)
    expect_merge_refused(world, held_by_debtor(world, second), pledged.ASSET_CLAIMED)
    freeze_package(world, ref.package)
    expect_merge_refused(world, second, because.VOUCHER_FROZEN)


def test_what_was_paid_on_does_not_merge(world, ref):
    world.time_ms = CUT_OFF_MS
    pay_package(world, ref.package, 1)
    expect_merge_refused(world, held_by_debtor(world, ref), because.VOUCHER_PARTLY_PAID)


def test_signers_approve_what_ends(world, ref):
    context = world.context(PAYEE)
    assert COMMANDS[pb.CONSENT_CANCEL].amount(context, pb.ConsentCancel(voucher=ref)) == FACE
    assert COMMANDS[pb.MERGE].amount(context, pb.Merge(voucher=part(ref, 5, 9))) == 5
    assert COMMANDS[pb.OFFER_CANCEL].amount(context, make_offer(world, ref.package)) == 0


@pytest.mark.parametrize("kind", [pb.OFFER_CANCEL, pb.WITHDRAW_CANCEL, pb.CONSENT_CANCEL])
def test_each_has_one_organisation(world, ref, kind):
    command = COMMANDS[kind].message()
    expect_refusal(world, because.ORGANISATIONS_WRONG, 0, kind, command, CORE, PAYEE)


def test_an_end_writes_few_records_however_many_pieces_there_are(world, ref):
    world.say(pb.ISSUE, make_issue(world, "A-2"), CORE)
    first, _ = split(world, ref, 400)
    offer(world, ref)
    before = dict(world.source.records)
    consent(world, first)
    after = world.source.records
    written = {key for key in after if before.get(key) is not after[key]}
    assert written == {f"voucher/{ref.package}/1-400", f"package/{ref.package}", f"totals/issuer/{CORE}"}
