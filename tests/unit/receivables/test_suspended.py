"""Who is suspended may start nothing, is still paid and still owes: by the table and by `authorise`."""

import pytest

from hefu.v1 import identity_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.authorise import authorise
from identity.records import put_key, put_organisation
from identity.rejections import ORGANISATION_SUSPENDED
from ledger.errors import Rejection
from ledger.seam import ParsedCommand
from receivables.transitions import COMMANDS
from tests.unit.receivables.world import (
    BANK,
    CORE,
    CUT_OFF_MS,
    FACE,
    PAYEE,
    PAYER,
    SECOND,
    SECRET,
    World,
    make_basket,
    make_change,
    make_issue,
    make_payment,
    make_prepayment,
    make_trade,
    make_transfer,
)

OWED = (PAYEE, FACE)


@pytest.fixture
def world():
    return World()


def suspend(world, organisation):
    """Suspend an organisation, whose one key is enough."""
    roles = [identity_pb2.CORE_ENTERPRISE, identity_pb2.SUPPLIER, identity_pb2.BANK, identity_pb2.CLEARING_BANK]
    policy = identity_pb2.Policy(rules=[identity_pb2.PolicyRule(persons=1)])
    record = identity_pb2.Organisation(name="某公司", roles=roles, status=identity_pb2.SUSPENDED, policy=policy)
    key = identity_pb2.KeyRecord(organisation=organisation, person=SECRET, roles=[identity_pb2.MAKER])
    key.valid_until_ms = 2**50
    context = world.context()
    put_organisation(context, organisation, record)
    put_key(context, organisation.encode().ljust(32), key)
    world.source.records.update(context._overlay.changes)


def say_suspended(world, kind, command, *organisations):
    """The actor is suspended and signs, and whoever consents does; then the command runs."""
    for organisation in organisations:
        suspend(world, organisation)
    spec, context = COMMANDS[kind], world.context(*organisations, kind=kind)
    parsed = ParsedCommand(
        organisations,
        kind,
        command,
        spec.amount(context, command),
        spec.is_housekeeping,
        spec.is_open_to_suspended,
    )
    authorise(context, [parsed], [organisation.encode().ljust(32) for organisation in organisations])
    return world.say(kind, command, *organisations)


def test_a_suspended_issuer_prepays_with_its_suspended_bank(world):
    ref = world.live()
    say_suspended(world, pb.PREPAY, make_prepayment(ref, OWED), CORE, PAYER)
    assert world.voucher(ref).stage == pb.PAID


def test_a_suspended_bank_pays_a_range_to_a_suspended_holder(world):
    ref = world.live()
    suspend(world, PAYEE)
    world.time_ms = CUT_OFF_MS
    say_suspended(world, pb.PAY_VOUCHER, make_payment(ref, FACE, OWED), PAYER)
    assert world.voucher(ref).stage == pb.PAID


def test_a_suspended_bank_pays_a_package(world):
    ref = world.live()
    world.time_ms = CUT_OFF_MS
    command = pb.PayPackage(package=ref.package, amount_fen=FACE, payment_commitment=SECRET)
    say_suspended(world, pb.PAY_PACKAGE, command, PAYER)
    assert world.package(ref.package).stage == pb.SETTLED


def test_a_suspended_pledgee_releases(world):
    ref = world.live()
    world.finance_to(pb.PAY_OUT, ref)
    say_suspended(world, pb.RELEASE, pb.Release(voucher=ref), BANK)
    assert world.claim(ref) is None


def test_a_suspended_payee_refuses_an_issue(world):
    package = world.issue()
    say_suspended(world, pb.REFUSE_ISSUE, pb.RefuseIssue(package=package), PAYEE)
    assert world.package(package).stage == pb.REFUSED


def test_a_suspended_issuer_withdraws_an_issue(world):
    package = world.issue()
    say_suspended(world, pb.WITHDRAW_ISSUE, pb.WithdrawIssue(package=package), CORE)
    assert world.package(package).stage == pb.WITHDRAWN


@pytest.mark.parametrize(
    ("kind", "message", "actor"),
    [(pb.REFUSE_TRANSFER, pb.RefuseTransfer, SECOND), (pb.WITHDRAW_TRANSFER, pb.WithdrawTransfer, PAYEE)],
)
def test_a_suspended_side_ends_a_transfer(world, kind, message, actor):
    ref = world.live()
    world.say(pb.TRANSFER, make_transfer(world, ref), PAYEE)
    say_suspended(world, kind, message(voucher=ref), actor)
    assert world.voucher(ref).circulation == pb.CIRCULATING


@pytest.mark.parametrize(
    ("kind", "message", "actor"),
    [(pb.REFUSE_FINANCING, pb.RefuseFinancing, BANK), (pb.WITHDRAW_FINANCING, pb.WithdrawFinancing, PAYEE)],
)
def test_a_suspended_side_ends_a_request_for_money(world, kind, message, actor):
    ref = world.live()
    world.finance_to(pb.REQUEST_FINANCING, ref)
    say_suspended(world, kind, message(voucher=ref), actor)
    assert world.voucher(ref).circulation == pb.CIRCULATING


def test_a_suspended_member_frees_what_lapsed(world):
    package = world.issue()
    world.time_ms = CUT_OFF_MS
    say_suspended(world, pb.LAPSE_ISSUE, pb.LapseIssue(package=package), SECOND)
    assert world.occupation(make_issue(world).invoices[0].fingerprint) is None


@pytest.mark.parametrize(
    ("kind", "message", "actor"),
    [(pb.REFUSE_BASKET, pb.RefuseBasket, SECOND), (pb.WITHDRAW_BASKET, pb.WithdrawBasket, PAYEE)],
)
def test_a_suspended_side_ends_a_basket(world, kind, message, actor):
    refs = [world.live("A-1"), world.live("A-2")]
    world.say(pb.TRANSFER_BASKET, make_basket(world, refs), PAYEE)
    say_suspended(world, kind, message(vouchers=refs), actor)
    assert [world.voucher(ref).circulation for ref in refs] == [pb.CIRCULATING, pb.CIRCULATING]


@pytest.mark.parametrize("actor", [SECOND, PAYEE])
def test_a_suspended_side_gives_a_trade_up(world, actor):
    ref = world.live()
    world.say(pb.CONDITIONAL_TRANSFER, make_trade(world, ref), PAYEE)
    say_suspended(world, pb.REFUSE_TRADE, pb.RefuseTrade(voucher=ref), actor)
    assert world.voucher(ref).circulation == pb.CIRCULATING


def test_a_suspended_bank_closes_its_line(world):
    line = world.grant()
    say_suspended(world, pb.CHANGE_LINE, make_change(line, status=pb.LINE_CLOSED), BANK)
    assert world.line(line).status == pb.LINE_CLOSED


ENDING = {
    pb.REFUSE_ISSUE, pb.WITHDRAW_ISSUE, pb.REFUSE_TRANSFER, pb.WITHDRAW_TRANSFER, pb.REFUSE_BASKET, pb.WITHDRAW_BASKET,
    pb.REFUSE_FINANCING, pb.WITHDRAW_FINANCING, pb.RELEASE, pb.PREPAY, pb.PAY_VOUCHER, pb.PAY_PACKAGE, pb.CONFIRM_PAID,
    pb.FAIL_LINE, pb.OBJECT_PAYMENT, pb.ANSWER_OBJECTION, pb.WITHDRAW_OBJECTION, pb.HAND_OVER, pb.CHANGE_LINE,
    pb.RESTORE_LINE, pb.REFUSE_TRADE, pb.WITHDRAW_CANCEL, pb.RESOLVE_DISPUTE, pb.UNFREEZE, pb.UNFREEZE_PACKAGE,
    pb.CONFIRM_RECEIVABLE, pb.CONTEST_RECEIVABLE, pb.WITHDRAW_CONFIRMATION,
}  # fmt: skip
"""What only ends, answers no, pays, confirms what is owed, or restores."""


@pytest.mark.parametrize("kind", sorted(COMMANDS))
def test_a_suspended_organisation_starts_nothing(world, kind):
    spec = COMMANDS[kind]
    assert spec.is_open_to_suspended == (kind in ENDING)
    suspend(world, PAYEE)
    command = ParsedCommand((PAYEE,), kind, spec.message(), 0, spec.is_housekeeping, spec.is_open_to_suspended)
    signers = [PAYEE.encode().ljust(32)]
    if kind in ENDING or spec.is_housekeeping:
        authorise(world.context(PAYEE, kind=kind), [command], signers)
    else:
        with pytest.raises(Rejection) as caught:
            authorise(world.context(PAYEE, kind=kind), [command], signers)
        assert caught.value.reason is ORGANISATION_SUSPENDED
