import pytest

from hefu.v1 import receivables_pb2 as pb
from ledger.errors import MalformedInput, Rejection
from receivables import receivable_questions
from receivables.rejections import (
    CONFIRMATION_NOT_OFFERED,
    COUNTERPARTY_IS_SELF,
    DELIVERY_DAY_OUT_OF_RANGE,
    DUE_DAY_OUT_OF_RANGE,
    FACE_OUT_OF_RANGE,
    FINGERPRINTS_DIFFER,
    INVOICES_INVALID,
    INVOICES_NOT_THE_FACE,
    NO_SUCH_RECEIVABLE,
    NOT_A_BANK,
    NOT_THE_COUNTERPARTY,
    NOT_THE_HOLDER,
    NUMBER_INVALID,
    ORGANISATIONS_WRONG,
    PACKAGE_EXISTS,
    RECEIVABLE_ANSWERED,
    RECEIVABLE_EXISTS,
)
from receivables.rules import MAX_INVOICES
from receivables.side_records import compute_receivable_key
from receivables.transitions import COMMANDS
from tests.unit.receivables.world import (
    BANK,
    CORE,
    DAY_MS,
    DUE,
    FACE,
    NOW_MS,
    PAYEE,
    PAYER,
    SECOND,
    SECRET,
    TODAY,
    World,
    changed,
    expect_refusal,
    make_class,
    make_rules,
    use,
)

NAME = f"{PAYEE}.R-1"
PACKAGE = f"{CORE}.C-1"
REF = pb.VoucherRef(package=PACKAGE, start=1, end=FACE)


@pytest.fixture
def world():
    return World(make_rules(confirmation_days=30))


def make_ask(**changes):
    command = pb.AskConfirmation(
        number="R-1",
        debtor=CORE,
        amount_fen=FACE,
        due_on=DUE,
        delivered_on=TODAY - 5,
        invoices=[use("R-1")],
        delivery_commitment=SECRET,
    )
    return changed(command, changes)


def make_confirm(**changes):
    command = pb.ConfirmReceivable(
        receivable=NAME, fingerprints=[use("R-1").fingerprint], number="C-1", paying_bank=PAYER
    )
    return changed(command, changes)


def ask(world, **changes):
    return world.say(pb.ASK_CONFIRMATION, make_ask(**changes), PAYEE)


def confirm(world, **changes):
    return world.say(pb.CONFIRM_RECEIVABLE, make_confirm(**changes), CORE)


def contest(world):
    return world.say(pb.CONTEST_RECEIVABLE, pb.ContestReceivable(receivable=NAME, objection=SECRET), CORE)


def get(world):
    return world.get(pb.Receivable, compute_receivable_key(NAME))


def amount(world, kind, command):
    return COMMANDS[kind].amount(world.context(CORE), command)


# ---------------------------------------------------------------- asked


def test_asked_it_waits_and_occupies_nothing(world):
    (event,) = ask(world)
    found = get(world)
    assert (found.stage, found.answer_by_ms, found.debtor) == (pb.ASKED, NOW_MS + 30 * DAY_MS, CORE)
    assert world.occupation(use("R-1").fingerprint) is None
    assert event == pb.VoucherEvent(actor=PAYEE, counterparty=CORE, amount_fen=FACE, commitment=SECRET, receivable=NAME)


def test_it_becomes_unanswered_by_itself(world):
    ask(world)
    world.time_ms = NOW_MS + 30 * DAY_MS - 1
    assert get(world).stage == pb.ASKED
    world.time_ms += 1
    assert get(world).stage == pb.UNANSWERED


@pytest.mark.parametrize("due_on", [TODAY - 365, TODAY + 365])
def test_a_debt_may_be_due_already(world, due_on):
    ask(world, due_on=due_on)
    assert get(world).due_on == due_on


@pytest.mark.parametrize("delivered_on", [1, TODAY])
def test_delivery_may_be_of_today(world, delivered_on):
    ask(world, delivered_on=delivered_on)
    assert get(world).delivered_on == delivered_on


def test_as_many_invoices_may_be_named_as_in_an_issue(world):
    uses = [use(f"R-{number:02d}", FACE, 1) for number in range(MAX_INVOICES + 1)]
    more = make_ask(invoices=uses, amount_fen=len(uses))
    expect_refusal(world, INVOICES_INVALID, 6, pb.ASK_CONFIRMATION, more, PAYEE)
    ask(world, invoices=uses[:-1], amount_fen=MAX_INVOICES)
    assert len(get(world).invoices) == MAX_INVOICES


def test_rejects_receivable_exists(world):
    ask(world)
    expect_refusal(world, RECEIVABLE_EXISTS, 1, pb.ASK_CONFIRMATION, make_ask(), PAYEE)


def test_rejects_confirmation_not_offered():
    world = World()
    expect_refusal(world, CONFIRMATION_NOT_OFFERED, 0, pb.ASK_CONFIRMATION, make_ask(), PAYEE)


@pytest.mark.parametrize(
    ("reason", "field", "changes"),
    [
        (NUMBER_INVALID, 1, {"number": "r"}),
        (FACE_OUT_OF_RANGE, 3, {"amount_fen": 0}),
        (INVOICES_INVALID, 6, {"invoices": []}),
        (INVOICES_INVALID, 6, {"invoices": [use("R-1"), use("R-1")]}),
        (INVOICES_NOT_THE_FACE, 6, {"amount_fen": FACE - 1}),
        (COUNTERPARTY_IS_SELF, 2, {"debtor": PAYEE}),
        (DUE_DAY_OUT_OF_RANGE, 4, {"due_on": TODAY - 366}),
        (DUE_DAY_OUT_OF_RANGE, 4, {"due_on": TODAY + 366}),
        (DELIVERY_DAY_OUT_OF_RANGE, 5, {"delivered_on": TODAY + 1}),
        (DELIVERY_DAY_OUT_OF_RANGE, 5, {"delivered_on": 0}),
    ],
)
def test_an_ask_that_is_wrong_is_refused(world, reason, field, changes):
    expect_refusal(world, reason, field, pb.ASK_CONFIRMATION, make_ask(**changes), PAYEE)


# ---------------------------------------------------------------- answered


@pytest.mark.parametrize("before", ["asked", "contested", "unanswered"])
def test_confirmed_it_is_a_package_whose_invoices_are_used(world, before):
    ask(world)
    if before == "contested":
        contest(world)
    if before == "unanswered":
        world.time_ms = NOW_MS + 31 * DAY_MS
    (event,) = confirm(world)
    assert (get(world).stage, get(world).package) == (pb.CONFIRMED, PACKAGE)
    package = world.package(PACKAGE)
    assert (package.origin, package.stage, package.payee) == (pb.CONFIRMED_DEBT, pb.PACKAGE_LIVE, PAYEE)
    assert (package.delivered_on, package.line, package.issuer) == (TODAY - 5, "", CORE)
    assert world.voucher(REF) == pb.Voucher(holder=PAYEE, stage=pb.LIVE, circulation=pb.CIRCULATING)
    assert world.occupation(use("R-1").fingerprint).occupied_fen == FACE
    assert (world.totals().packages, world.totals().unpaid_fen) == (1, FACE)
    assert (event.voucher.package, event.voucher.end, event.receivable) == (PACKAGE, 0, NAME)
    assert (event.actor, event.counterparty, event.amount_fen) == (CORE, PAYEE, FACE)


def test_of_no_class_it_may_be_cut_as_often_as_the_rulebook_says():
    world = World(make_rules(confirmation_days=30, max_pieces=9, classes=[make_class(1, max_pieces=5)]))
    ask(world)
    confirm(world)
    assert world.voucher(REF).pieces == 9


def test_it_stays_confirmed_after_its_time(world):
    ask(world)
    confirm(world)
    world.time_ms = NOW_MS + 60 * DAY_MS
    assert get(world).stage == pb.CONFIRMED


def test_an_invoice_that_is_used_up_is_not_confirmed(world):
    ask(world)
    world.live("A-1", invoices=[use("R-1")])
    with pytest.raises(Rejection) as caught:
        confirm(world)
    assert (caught.value.reason.code // 100, caught.value.field, get(world).stage) == (2, 1, pb.ASKED)


def test_contested_it_says_why(world):
    ask(world)
    (event,) = contest(world)
    assert (get(world).stage, get(world).objection) == (pb.CONTESTED, SECRET)
    assert (event.counterparty, event.commitment, event.receivable) == (PAYEE, SECRET, NAME)
    world.time_ms = NOW_MS + 60 * DAY_MS
    assert get(world).stage == pb.CONTESTED


@pytest.mark.parametrize("is_contested", [False, True])
def test_a_late_answer_does_not_pass_for_one_in_time(world, is_contested):
    ask(world)
    world.time_ms = NOW_MS + 30 * DAY_MS
    if is_contested:
        contest(world)
    else:
        world.say(pb.CONFIRM_RECEIVABLE, make_confirm(), CORE)
    assert get(world).answered_at_ms == get(world).answer_by_ms == world.time_ms


def test_withdrawn_it_is_confirmed_no_more(world):
    ask(world)
    world.say(pb.WITHDRAW_CONFIRMATION, pb.WithdrawConfirmation(receivable=NAME), PAYEE)
    assert get(world).stage == pb.ASK_WITHDRAWN
    expect_refusal(world, RECEIVABLE_ANSWERED, 1, pb.CONFIRM_RECEIVABLE, make_confirm(), CORE)


def test_rejects_receivable_answered(world):
    ask(world)
    contest(world)
    command = pb.ContestReceivable(receivable=NAME, objection=SECRET)
    expect_refusal(world, RECEIVABLE_ANSWERED, 1, pb.CONTEST_RECEIVABLE, command, CORE)
    confirm(world)
    expect_refusal(world, RECEIVABLE_ANSWERED, 1, pb.CONFIRM_RECEIVABLE, make_confirm(number="C-2"), CORE)
    withdraw = pb.WithdrawConfirmation(receivable=NAME)
    expect_refusal(world, RECEIVABLE_ANSWERED, 1, pb.WITHDRAW_CONFIRMATION, withdraw, PAYEE)


@pytest.mark.parametrize("name", ["no id", f"{PAYEE}.R-2"])
def test_rejects_no_such_receivable(world, name):
    ask(world)
    expect_refusal(world, NO_SUCH_RECEIVABLE, 1, pb.CONFIRM_RECEIVABLE, make_confirm(receivable=name), CORE)
    withdraw = pb.WithdrawConfirmation(receivable=name)
    expect_refusal(world, NO_SUCH_RECEIVABLE, 1, pb.WITHDRAW_CONFIRMATION, withdraw, PAYEE)


@pytest.mark.parametrize(
    ("reason", "field", "changes"),
    [
        (NUMBER_INVALID, 3, {"number": ""}),
        (NOT_A_BANK, 4, {"paying_bank": SECOND}),
        (FINGERPRINTS_DIFFER, 2, {"fingerprints": []}),
    ],
)
def test_a_confirmation_that_is_wrong_is_refused(world, reason, field, changes):
    ask(world)
    expect_refusal(world, reason, field, pb.CONFIRM_RECEIVABLE, make_confirm(**changes), CORE)


def test_a_number_in_use_is_refused(world):
    ask(world)
    world.issue("C-1")
    expect_refusal(world, PACKAGE_EXISTS, 3, pb.CONFIRM_RECEIVABLE, make_confirm(), CORE)


def test_only_the_debtor_answers_and_only_the_creditor_withdraws(world):
    ask(world)
    expect_refusal(world, NOT_THE_COUNTERPARTY, 0, pb.CONFIRM_RECEIVABLE, make_confirm(), BANK)
    withdraw = pb.WithdrawConfirmation(receivable=NAME)
    expect_refusal(world, NOT_THE_HOLDER, 0, pb.WITHDRAW_CONFIRMATION, withdraw, CORE)
    expect_refusal(world, ORGANISATIONS_WRONG, 0, pb.WITHDRAW_CONFIRMATION, withdraw, PAYEE, CORE)


def test_its_amount_is_approved(world):
    assert COMMANDS[pb.ASK_CONFIRMATION].amount(world.context(PAYEE), make_ask(amount_fen=-1)) == 0
    assert amount(world, pb.CONFIRM_RECEIVABLE, make_confirm()) == 2**63 - 1
    ask(world)
    assert amount(world, pb.CONFIRM_RECEIVABLE, make_confirm()) == FACE


# ---------------------------------------------------------------- what can be asked of it


def answer(world, statement, time_ms=NOW_MS):
    question = receivable_questions.compute_question(f"receivable:{NAME}", statement)
    record = world.source.read(question.keys[0])
    return question.check({question.keys[0]: None if record is None else record.get_meant(time_ms)})


def test_a_receivable_proves_what_its_debtor_said(world):
    assert answer(world, "absent") is None
    assert answer(world, "confirmed") == "nobody was asked to confirm it"
    ask(world)
    assert answer(world, "absent") == "there is such a record"
    assert answer(world, "unanswered") == "its debtor has still time to answer"
    assert answer(world, "unanswered", NOW_MS + 30 * DAY_MS) is None
    contest(world)
    assert answer(world, "contested") is None
    confirm(world)
    assert answer(world, "confirmed") is None
    assert answer(world, "contested") == "it has been confirmed"


@pytest.mark.parametrize(
    ("asset", "statement", "field"),
    [(NAME, "confirmed", "asset"), ("receivable:x", "confirmed", "asset"), (f"receivable:{NAME}", "paid", "is")],
)
def test_a_question_that_asks_nothing_is_malformed(asset, statement, field):
    with pytest.raises(MalformedInput) as caught:
        receivable_questions.compute_question(asset, statement)
    assert caught.value.field == field


def test_a_body_that_is_no_receivable_is_malformed():
    question = receivable_questions.compute_question(f"receivable:{NAME}", "confirmed")
    with pytest.raises(MalformedInput):
        question.check({question.keys[0]: b"\xff"})
