from functools import partial

import pytest

from hefu.v1 import ledger_pb2
from hefu.v1 import receivables_pb2 as pb
from ledger.context import Record
from pledges import rejections as pledged
from receivables import rejections as because
from receivables.days import compute_start_ms
from receivables.records import RULES_KEY
from receivables.rules import UNKNOWN_AMOUNT_FEN
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
    PAYER,
    SECOND,
    SECRET,
    STRANGER,
    TODAY,
    World,
    expect_refusal,
    make_class,
    make_issue,
    make_rules,
    use,
)

ISSUE = pb.Issue


@pytest.fixture
def world():
    return World()


def expect_issue_refused(world, reason, field, **changes):
    expect_refusal(world, reason, field, pb.ISSUE, make_issue(world, **changes), CORE)


def accept(package, *prints):
    return pb.AcceptIssue(package=package, fingerprints=prints)


def test_an_issue_is_pending_occupies_its_invoices_and_leaves_a_hold(world):
    events = world.say(pb.ISSUE, make_issue(world), CORE)
    package = world.package(f"{CORE}.A-1")
    assert (package.issuer, package.payee, package.face_fen, package.stage) == (CORE, PAYEE, FACE, pb.PENDING)
    assert world.occupation(use("A-1").fingerprint).occupied_fen == FACE
    hold = world.get(ledger_pb2.Hold, f"holds/{CORE}.A-1")
    assert hold == ledger_pb2.Hold(at_ms=NOW_MS + DAY_MS, what=f"package/{CORE}.A-1")
    assert world.totals() is None
    assert [(event.actor, event.counterparty, event.amount_fen) for event in events] == [(CORE, PAYEE, FACE)]
    assert events[0].voucher == pb.VoucherRef(package=f"{CORE}.A-1")


def test_acceptance_makes_the_whole_range_live_and_counts_it(world):
    package = world.issue()
    ref = world.accept(package)
    assert world.voucher(ref) == pb.Voucher(holder=PAYEE, stage=pb.LIVE, circulation=pb.CIRCULATING)
    assert world.package(package).stage == pb.PACKAGE_LIVE
    assert world.source.read(f"holds/{package}") is None
    calendar = [pb.DueDay(due_on=DUE, unpaid_fen=FACE)]
    assert world.totals() == pb.IssuerTotals(packages=1, face_fen=FACE, unpaid_fen=FACE, calendar=calendar)
    world.time_ms += 2 * DAY_MS
    assert world.package(package).stage == pb.PACKAGE_LIVE


@pytest.mark.parametrize(
    ("kind", "message", "who", "stage"),
    [
        (pb.REFUSE_ISSUE, pb.RefuseIssue, PAYEE, pb.REFUSED),
        (pb.WITHDRAW_ISSUE, pb.WithdrawIssue, CORE, pb.WITHDRAWN),
    ],
)
def test_refusal_and_withdrawal_free_the_invoices(world, kind, message, who, stage):
    package = world.issue()
    world.say(kind, message(package=package), who)
    assert world.package(package).stage == stage
    assert world.occupation(use("A-1").fingerprint) is None
    assert world.source.read(f"holds/{package}") is None


@pytest.mark.parametrize(
    ("kind", "message", "who", "other"),
    [
        (pb.ACCEPT_ISSUE, partial(pb.AcceptIssue, fingerprints=[use("A-1").fingerprint]), PAYEE, CORE),
        (pb.REFUSE_ISSUE, pb.RefuseIssue, PAYEE, CORE),
        (pb.WITHDRAW_ISSUE, pb.WithdrawIssue, CORE, PAYEE),
    ],
)
def test_each_answer_to_an_issue_tells_the_other_side(world, kind, message, who, other):
    package = world.issue()
    (event,) = world.say(kind, message(package=package), who)
    ref = pb.VoucherRef(package=package)
    assert event == pb.VoucherEvent(voucher=ref, actor=who, counterparty=other, amount_fen=FACE)


def test_a_lapsed_issue_keeps_its_invoices_until_somebody_says_so(world):
    package = world.issue()
    world.time_ms += DAY_MS
    assert world.package(package).stage == pb.LAPSED
    assert world.occupation(use("A-1").fingerprint).occupied_fen == FACE
    world.say(pb.LAPSE_ISSUE, pb.LapseIssue(package=package), SECOND)
    assert world.occupation(use("A-1").fingerprint) is None
    assert world.package(package).stage == pb.LAPSED
    assert COMMANDS[pb.LAPSE_ISSUE].is_housekeeping


def test_a_package_keeps_its_class_and_the_day_of_delivery():
    world = World(make_rules(classes=[make_class(7)]))
    package = world.package(world.issue(voucher_class=7, delivered_on=TODAY - 3))
    assert (package.voucher_class, package.delivered_on, package.line) == (7, TODAY - 3, "")


def test_a_share_of_an_invoice_is_left_for_another_package(world):
    world.issue("A-1", invoices=[use("I", 2 * FACE)])
    world.issue("A-2", invoices=[use("I", 2 * FACE)])
    assert world.occupation(use("I").fingerprint).occupied_fen == 2 * FACE
    world.say(pb.REFUSE_ISSUE, pb.RefuseIssue(package=f"{CORE}.A-1"), PAYEE)
    assert world.occupation(use("I").fingerprint).occupied_fen == FACE


def test_a_long_term_keeps_its_reason(world):
    package = world.issue(due_on=TODAY + 184, long_term_reason="船舶建造")
    assert world.package(package).long_term_reason == "船舶建造"


def test_signers_approve_the_face_and_the_largest_of_what_they_cannot_read(world):
    context = world.context(CORE)
    assert COMMANDS[pb.ISSUE].amount(context, make_issue(world)) == FACE
    assert COMMANDS[pb.ISSUE].amount(context, make_issue(world, face_fen=-5)) == 0
    assert COMMANDS[pb.ACCEPT_ISSUE].amount(context, accept(f"{CORE}.A-1")) == UNKNOWN_AMOUNT_FEN
    package = world.issue()
    assert COMMANDS[pb.ACCEPT_ISSUE].amount(world.context(PAYEE), accept(package)) == FACE


def test_rejects_organisations_wrong(world):
    wrong = because.ORGANISATIONS_WRONG
    expect_refusal(world, wrong, 0, pb.ISSUE, make_issue(world), CORE, PAYEE)
    package = world.issue()
    expect_refusal(world, wrong, 0, pb.ACCEPT_ISSUE, accept(package), PAYEE, CORE)
    expect_refusal(world, wrong, 0, pb.LAPSE_ISSUE, pb.LapseIssue(package=package), PAYEE, CORE)


@pytest.mark.parametrize("number", ["", "a", "A 1", "A.1", "A/1", "Ａ", "A" * 25, "A\n"])
def test_rejects_number_invalid(world, number):
    expect_issue_refused(world, because.NUMBER_INVALID, ISSUE.NUMBER_FIELD_NUMBER, number=number)


@pytest.mark.parametrize("face", [0, -1, -(2**63), 10**11 + 1, 2**63 - 1])
def test_rejects_face_out_of_range(world, face):
    expect_issue_refused(world, because.FACE_OUT_OF_RANGE, ISSUE.FACE_FEN_FIELD_NUMBER, face_fen=face)


def test_a_class_has_caps_of_its_own():
    voucher_class = make_class(2, min_face_fen=FACE, max_face_fen=2 * FACE, max_term_days=10, long_term_days=5)
    world = World(make_rules(min_face_fen=FACE // 2, classes=[make_class(1), voucher_class]))
    face, term, reason = ISSUE.FACE_FEN_FIELD_NUMBER, ISSUE.DUE_ON_FIELD_NUMBER, ISSUE.LONG_TERM_REASON_FIELD_NUMBER
    for amount in (FACE - 1, 2 * FACE + 1):
        expect_issue_refused(world, because.FACE_OUT_OF_RANGE, face, voucher_class=2, face_fen=amount)
    expect_issue_refused(world, because.FACE_OUT_OF_RANGE, face, face_fen=FACE // 2 - 1)
    expect_issue_refused(world, because.DUE_DAY_OUT_OF_RANGE, term, voucher_class=2, due_on=TODAY + 11)
    expect_issue_refused(world, because.LONG_TERM_REASON_WRONG, reason, voucher_class=2, due_on=TODAY + 6)
    world.issue(voucher_class=2, due_on=TODAY + 5)


@pytest.mark.parametrize("code", [2, 2**32 - 1])
def test_rejects_voucher_class_unknown(code):
    world = World(make_rules(classes=[make_class(1), make_class(3)]))
    field = ISSUE.VOUCHER_CLASS_FIELD_NUMBER
    expect_issue_refused(world, because.VOUCHER_CLASS_UNKNOWN, field, voucher_class=code, number="?")
    for known in (0, 1, 3):
        world.issue(f"A-{known}", voucher_class=known)


def test_pieces_are_those_of_the_class_and_of_one_voted_away_the_rulebooks():
    world = World(make_rules(max_pieces=9, classes=[make_class(1, max_pieces=5)]))
    packages = [world.issue(f"A-{code}", voucher_class=code) for code in (0, 1)]
    assert [world.voucher(world.accept(package)).pieces for package in packages] == [9, 5]
    late = world.issue("A-2", voucher_class=1)
    rulebook = make_rules(max_pieces=9).SerializeToString(deterministic=True)
    world.source.records[RULES_KEY] = Record(rulebook, bytes(16))
    assert world.voucher(world.accept(late)).pieces == 9


@pytest.mark.parametrize("day", [TODAY + 1, -1, 2**31 - 1, -(2**31)])
def test_rejects_delivery_day_out_of_range(world, day):
    expect_issue_refused(world, because.DELIVERY_DAY_OUT_OF_RANGE, ISSUE.DELIVERED_ON_FIELD_NUMBER, delivered_on=day)
    world.issue(delivered_on=TODAY)


def test_rejects_sme_term_exceeded():
    world, field = World(make_rules(sme_term_days=60)), ISSUE.DUE_ON_FIELD_NUMBER
    expect_issue_refused(world, because.SME_TERM_EXCEEDED, field, due_on=TODAY + 61)
    expect_issue_refused(world, because.SME_TERM_EXCEEDED, field, due_on=TODAY + 31, delivered_on=TODAY - 30)
    world.issue("A-1", due_on=TODAY + 60)
    world.issue("A-2", due_on=TODAY + 30, delivered_on=TODAY - 30)
    # The rule protects suppliers; a bank waits as long as it likes.
    world.issue("A-3", due_on=TODAY + 61, payee=BANK)


def test_the_sixty_days_are_a_cap_of_the_class():
    classes = [make_class(1, sme_term_days=30), make_class(2)]
    world, field = World(make_rules(sme_term_days=60, classes=classes)), ISSUE.DUE_ON_FIELD_NUMBER
    expect_issue_refused(world, because.SME_TERM_EXCEEDED, field, due_on=TODAY + 31, voucher_class=1)
    world.issue("A-2", due_on=TODAY + 180, voucher_class=2)


@pytest.mark.parametrize("commitment", [b"", b"c" * 31, b"c" * 33])
def test_rejects_commitment_invalid(world, commitment):
    field = ISSUE.CONTRACT_COMMITMENT_FIELD_NUMBER
    expect_issue_refused(world, because.COMMITMENT_INVALID, field, contract_commitment=commitment)


@pytest.mark.parametrize(
    "invoices",
    [
        [],
        [use(f"{n:02d}") for n in range(17)],
        [use("B"), use("A")],
        [use("A"), use("A")],
        [use("A", FACE - 1)],
        [use("A", FACE, 0)],
        [use("A", -1, -1)],
        [pb.Issue().invoices.add()],
    ],
)
def test_rejects_invoices_invalid(world, invoices):
    expect_issue_refused(world, because.INVOICES_INVALID, ISSUE.INVOICES_FIELD_NUMBER, invoices=invoices)


@pytest.mark.parametrize("invoices", [[use("A", FACE, FACE - 1)], [use("A"), use("B", 5, 1)]])
def test_rejects_invoices_not_the_face(world, invoices):
    expect_issue_refused(world, because.INVOICES_NOT_THE_FACE, ISSUE.INVOICES_FIELD_NUMBER, invoices=invoices)


@pytest.mark.parametrize("who", [PAYEE, BANK, STRANGER])
def test_rejects_not_a_core_enterprise(world, who):
    expect_refusal(world, because.NOT_A_CORE_ENTERPRISE, 0, pb.ISSUE, make_issue(world), who)


def test_rejects_package_exists(world):
    package = world.issue()
    expect_issue_refused(world, because.PACKAGE_EXISTS, ISSUE.NUMBER_FIELD_NUMBER)
    world.say(pb.REFUSE_ISSUE, pb.RefuseIssue(package=package), PAYEE)
    expect_issue_refused(world, because.PACKAGE_EXISTS, ISSUE.NUMBER_FIELD_NUMBER)


def test_rejects_counterparty_is_self(world):
    expect_issue_refused(world, because.COUNTERPARTY_IS_SELF, ISSUE.PAYEE_FIELD_NUMBER, payee=CORE)
    expect_issue_refused(world, because.COUNTERPARTY_IS_SELF, ISSUE.PAYING_BANK_FIELD_NUMBER, paying_bank=CORE)


@pytest.mark.parametrize("who", ["", STRANGER, "..", "\x00", "a" * 1000, "合符"])
def test_rejects_counterparty_unknown(world, who):
    expect_issue_refused(world, because.COUNTERPARTY_UNKNOWN, ISSUE.PAYEE_FIELD_NUMBER, payee=who)
    expect_issue_refused(world, because.COUNTERPARTY_UNKNOWN, ISSUE.PAYING_BANK_FIELD_NUMBER, paying_bank=who)


def test_rejects_counterparty_suspended(world):
    expect_issue_refused(world, because.COUNTERPARTY_SUSPENDED, ISSUE.PAYEE_FIELD_NUMBER, payee=IDLE)
    expect_issue_refused(world, because.COUNTERPARTY_SUSPENDED, ISSUE.PAYING_BANK_FIELD_NUMBER, paying_bank=IDLE)


def test_rejects_not_a_bank(world):
    expect_issue_refused(world, because.NOT_A_BANK, ISSUE.PAYING_BANK_FIELD_NUMBER, paying_bank=SECOND)


@pytest.mark.parametrize("due_on", [0, TODAY, TODAY - 1, TODAY + 366, 2**31 - 1, -(2**31)])
def test_rejects_due_day_out_of_range(world, due_on):
    expect_issue_refused(world, because.DUE_DAY_OUT_OF_RANGE, ISSUE.DUE_ON_FIELD_NUMBER, due_on=due_on)


@pytest.mark.parametrize(("term", "reason"), [(183, "why"), (184, ""), (184, "字" * 121)])
def test_rejects_long_term_reason_wrong(world, term, reason):
    field = ISSUE.LONG_TERM_REASON_FIELD_NUMBER
    expect_issue_refused(world, because.LONG_TERM_REASON_WRONG, field, due_on=TODAY + term, long_term_reason=reason)


@pytest.mark.parametrize("at_ms", [0, -1, NOW_MS, CUT_OFF_MS + 1, 2**63 - 1, -(2**63)])
def test_rejects_deadline_out_of_range(world, at_ms):
    expect_issue_refused(world, because.DEADLINE_OUT_OF_RANGE, ISSUE.ACCEPT_BY_MS_FIELD_NUMBER, accept_by_ms=at_ms)


def test_a_deadline_lies_within_the_longest_time_to_answer(world):
    last_ms = NOW_MS + 40 * DAY_MS
    field = ISSUE.ACCEPT_BY_MS_FIELD_NUMBER
    changes = {"due_on": TODAY + 100, "accept_by_ms": last_ms + 1}
    expect_issue_refused(world, because.DEADLINE_OUT_OF_RANGE, field, **changes)
    world.issue(due_on=TODAY + 100, accept_by_ms=last_ms)
    world.issue("A-2", accept_by_ms=CUT_OFF_MS)


def test_rejects_issuer_blocked(world):
    ref = world.live()
    world.time_ms = compute_start_ms(DUE + 4) - 1
    changes = {"due_on": DUE + 40, "invoices": [use("B")]}
    world.issue("A-2", **changes, accept_by_ms=world.time_ms + DAY_MS)
    world.time_ms += 1
    expect_refusal(
        world, because.ISSUER_BLOCKED, 0, pb.ISSUE, make_issue(world, "A-3", **changes | {"invoices": [use("C")]}), CORE
    )
    world.pay(ref, FACE - 1, (PAYEE, FACE - 1))
    expect_refusal(world, because.ISSUER_BLOCKED, 0, pb.ISSUE, make_issue(world, "A-3", **changes), CORE)
    world.pay(ref, 1, (PAYEE, 1))
    world.issue("A-3", **changes | {"invoices": [use("C")]})


def test_an_issue_is_refused_for_its_invoices_last(world):
    world.issue("A-1", invoices=[use("I")])
    field = ISSUE.INVOICES_FIELD_NUMBER
    over = make_issue(world, "A-2", invoices=[use("I")])
    expect_refusal(world, pledged.INVOICE_OVEROCCUPIED, field, pb.ISSUE, over, CORE)
    other = make_issue(world, "A-2", invoices=[use("I", FACE + 1)])
    expect_refusal(world, pledged.INVOICE_AMOUNT_DIFFERS, field, pb.ISSUE, other, CORE)


@pytest.mark.parametrize("package", ["", "A-1", f"{CORE}.A-2", f"{CORE}.", f"{CORE}.A-1/1-2", "\x00", f"{CORE}A-1"])
def test_rejects_no_such_package(world, package):
    world.issue()
    for kind, message, who in (
        (pb.ACCEPT_ISSUE, pb.AcceptIssue, PAYEE),
        (pb.REFUSE_ISSUE, pb.RefuseIssue, PAYEE),
        (pb.WITHDRAW_ISSUE, pb.WithdrawIssue, CORE),
        (pb.LAPSE_ISSUE, pb.LapseIssue, SECOND),
    ):
        expect_refusal(world, because.NO_SUCH_PACKAGE, 1, kind, message(package=package), who)
    payment = pb.PayPackage(package=package, amount_fen=1, payment_commitment=SECRET)
    expect_refusal(world, because.NO_SUCH_PACKAGE, 1, pb.PAY_PACKAGE, payment, PAYER)


def test_rejects_not_the_payee(world):
    package = world.issue()
    expect_refusal(world, because.NOT_THE_PAYEE, 0, pb.ACCEPT_ISSUE, accept(package), SECOND)
    expect_refusal(world, because.NOT_THE_PAYEE, 0, pb.REFUSE_ISSUE, pb.RefuseIssue(package=package), CORE)


def test_rejects_not_the_issuer(world):
    package = world.issue()
    expect_refusal(world, because.NOT_THE_ISSUER, 0, pb.WITHDRAW_ISSUE, pb.WithdrawIssue(package=package), PAYEE)


def test_rejects_issue_lapsed(world):
    package = world.issue()
    world.time_ms += DAY_MS
    expect_refusal(world, because.ISSUE_LAPSED, 1, pb.ACCEPT_ISSUE, accept(package), PAYEE)
    expect_refusal(world, because.ISSUE_LAPSED, 1, pb.REFUSE_ISSUE, pb.RefuseIssue(package=package), PAYEE)
    expect_refusal(world, because.ISSUE_LAPSED, 1, pb.WITHDRAW_ISSUE, pb.WithdrawIssue(package=package), CORE)


def test_rejects_not_pending(world):
    package = world.live().package
    expect_refusal(world, because.NOT_PENDING, 1, pb.ACCEPT_ISSUE, accept(package), PAYEE)
    expect_refusal(world, because.NOT_PENDING, 1, pb.WITHDRAW_ISSUE, pb.WithdrawIssue(package=package), CORE)


def test_rejects_fingerprints_differ(world):
    invoices = [use("A", FACE, 1), use("B", FACE, FACE - 1)]
    package = world.issue(invoices=invoices)
    a, b = (invoice.fingerprint for invoice in invoices)
    field = pb.AcceptIssue.FINGERPRINTS_FIELD_NUMBER
    for prints in ((), (a,), (b, a), (a, b, b), (a, b"c" * 32)):
        expect_refusal(world, because.FINGERPRINTS_DIFFER, field, pb.ACCEPT_ISSUE, accept(package, *prints), PAYEE)
    world.say(pb.ACCEPT_ISSUE, accept(package, a, b), PAYEE)


def test_rejects_lapse_too_early(world):
    package = world.issue()
    world.time_ms += DAY_MS - 1
    expect_refusal(world, because.LAPSE_TOO_EARLY, 1, pb.LAPSE_ISSUE, pb.LapseIssue(package=package), SECOND)


def test_rejects_nothing_to_lapse(world):
    answered = world.live().package
    lapsed = world.issue("A-2")
    world.time_ms += DAY_MS
    expect_refusal(world, because.NOTHING_TO_LAPSE, 1, pb.LAPSE_ISSUE, pb.LapseIssue(package=answered), SECOND)
    world.say(pb.LAPSE_ISSUE, pb.LapseIssue(package=lapsed), SECOND)
    expect_refusal(world, because.NOTHING_TO_LAPSE, 1, pb.LAPSE_ISSUE, pb.LapseIssue(package=lapsed), SECOND)
