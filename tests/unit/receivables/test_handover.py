import pytest

from hefu.v1 import receivables_pb2 as pb
from receivables import rejections as because
from receivables.records import update_voucher
from tests.unit.receivables.world import (
    BANK,
    CORE,
    DUE,
    FACE,
    NOW_MS,
    PAYEE,
    SECOND,
    SECRET,
    THIRD,
    World,
    expect_refusal,
    make_transfer,
    part,
    use,
)


@pytest.fixture
def world():
    return World()


@pytest.fixture
def ref(world):
    return world.live()


def pass_to(world, ref, receiver, giver=PAYEE):
    world.say(pb.TRANSFER, make_transfer(world, ref, receiver=receiver), giver)
    return world.say(pb.ACCEPT_TRANSFER, pb.AcceptTransfer(voucher=ref), receiver)


def test_a_range_that_passes_to_its_debtor_merges(world, ref):
    world.say(pb.SPLIT, pb.Split(voucher=ref, first_fen=400), PAYEE)
    first, second = part(ref, 1, 400), part(ref, 401, FACE)
    events = pass_to(world, first, CORE)
    merged = pb.Voucher(holder=CORE, stage=pb.MERGED, circulation=pb.CLOSED, layer=1)
    assert world.voucher(first) == merged
    assert [(event.actor, event.counterparty, event.amount_fen) for event in events] == [(CORE, PAYEE, 400)]
    package = world.package(ref.package)
    assert (package.stage, package.merged_fen) == (pb.PACKAGE_LIVE, 400)
    calendar = [pb.DueDay(due_on=DUE, unpaid_fen=FACE - 400)]
    assert world.totals() == pb.IssuerTotals(packages=1, face_fen=FACE, unpaid_fen=FACE - 400, calendar=calendar)

    pass_to(world, second, CORE)
    package = world.package(ref.package)
    assert (package.stage, package.merged_fen) == (pb.SETTLED, FACE)
    assert world.totals() == pb.IssuerTotals(packages=1, face_fen=FACE)
    assert world.occupation(use("A-1").fingerprint).occupied_fen == FACE  # a debt was behind it


def test_the_debtor_by_succession_merges_and_the_issuer_becomes_holder(world, ref):
    world.mark_package(ref.package, debtor=SECOND)
    world.say(pb.SPLIT, pb.Split(voucher=ref, first_fen=400), PAYEE)
    pass_to(world, part(ref, 1, 400), CORE)
    assert world.voucher(part(ref, 1, 400)).stage == pb.LIVE

    # The debt that the successor took over stands in its own totals.
    context = world.context()
    owed = world.totals().SerializeToString(deterministic=True)
    context.put(f"totals/issuer/{SECOND}", owed)
    world.keep(context)
    pass_to(world, part(ref, 401, FACE), SECOND)
    assert world.voucher(part(ref, 401, FACE)).stage == pb.MERGED
    assert (world.totals(SECOND).unpaid_fen, world.totals().unpaid_fen) == (400, FACE)


@pytest.mark.parametrize("receiver", [SECOND, CORE])
def test_a_sold_range_that_passes_on_gives_the_banks_line_back(world, ref, receiver):
    group = world.grant("G-1", purpose=pb.FINANCING)
    line = world.grant("L-1", purpose=pb.FINANCING, group=group, revolving=False)

    def sell(voucher):
        voucher.holder, voucher.line, voucher.line_used_fen = BANK, line, FACE
        voucher.sale.seller = PAYEE

    context = world.context()
    update_voucher(context, ref, sell)
    for name in (line, group):
        record = world.line(name)
        record.used_fen = FACE
        context.put(f"line/{name}", record.SerializeToString(deterministic=True))
    world.keep(context)
    pass_to(world, ref, receiver, BANK)
    voucher = world.voucher(ref)
    assert (voucher.holder, voucher.line, voucher.line_used_fen) == (receiver, "", 0)
    assert not voucher.HasField("sale")
    assert world.use_of(line) == world.use_of(group) == (0, 0)


def test_a_dispute_stays_with_the_range(world, ref):
    dispute = pb.Dispute(opened_by=CORE, evidence=SECRET, at_ms=NOW_MS)
    world.mark(ref, lambda voucher: voucher.dispute.CopyFrom(dispute))
    pass_to(world, ref, SECOND)
    assert world.voucher(ref).dispute == dispute


@pytest.mark.parametrize("receiver", [THIRD, CORE])
@pytest.mark.parametrize("where", ["package", "range"])
def test_what_was_paid_on_while_it_was_locked_does_not_pass(world, ref, receiver, where):
    world.say(pb.TRANSFER, make_transfer(world, ref, receiver=receiver), PAYEE)
    if where == "package":
        world.mark_package(ref.package, paid_fen=1)
    else:
        world.mark(ref, lambda voucher: setattr(voucher, "paid_fen", 1))
    accept = pb.AcceptTransfer(voucher=ref)
    expect_refusal(world, because.VOUCHER_PARTLY_PAID, 1, pb.ACCEPT_TRANSFER, accept, receiver)
