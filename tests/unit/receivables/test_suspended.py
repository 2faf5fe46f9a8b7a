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
    DUE,
    FACE,
    PAYEE,
    PAYER,
    SECOND,
    SECRET,
    World,
    make_issue,
    make_pay_out,
    make_payment,
    make_prepayment,
    make_registration,
    make_request,
    make_take,
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


def starting_commands(world):
    ref = pb.VoucherRef(package=f"{CORE}.A-1", start=1, end=FACE)
    return {
        pb.ISSUE: (CORE, make_issue(world, due_on=DUE)),
        pb.ACCEPT_ISSUE: (PAYEE, pb.AcceptIssue(package=ref.package)),
        pb.SPLIT: (PAYEE, pb.Split(voucher=ref, first_fen=500)),
        pb.TRANSFER: (PAYEE, make_transfer(world, ref)),
        pb.ACCEPT_TRANSFER: (SECOND, pb.AcceptTransfer(voucher=ref)),
        pb.REQUEST_FINANCING: (PAYEE, make_request(world, ref)),
        pb.TAKE_FINANCING: (BANK, make_take(world, ref)),
        pb.REGISTER_FINANCING: (BANK, make_registration(world, ref)),
        pb.PAY_OUT: (BANK, make_pay_out(ref)),
    }


def test_a_suspended_organisation_starts_nothing(world):
    starting = starting_commands(world)
    assert set(starting) == {
        kind for kind, spec in COMMANDS.items() if not spec.is_open_to_suspended and not spec.is_housekeeping
    }
    for kind, (actor, command) in starting.items():
        with pytest.raises(Rejection) as caught:
            say_suspended(world, kind, command, actor)
        assert caught.value.reason is ORGANISATION_SUSPENDED
