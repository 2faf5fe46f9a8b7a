import pytest

from hefu.v1 import receivables_pb2 as pb
from ledger.errors import InvariantViolation, Rejection
from receivables import checks
from receivables import rejections as because
from receivables.days import compute_start_ms
from receivables.records import compute_package_key
from tests.unit.receivables.money import change_package, freeze
from tests.unit.receivables.world import (
    BANK,
    COURT,
    COURT2,
    FACE,
    OPERATOR,
    OPERATOR2,
    PAYEE,
    RULES,
    SECOND,
    SECRET,
    TODAY,
    World,
    make_transfer,
)


@pytest.fixture
def world():
    return World()


@pytest.fixture
def ref(world):
    return world.live()


def expect(reason, field, check, *arguments):
    with pytest.raises(Rejection) as caught:
        check(*arguments)
    assert (caught.value.reason.name, caught.value.field) == (reason.name, field)


def is_refused(check, *arguments):
    try:
        check(*arguments)
    except Rejection:
        return True
    return False


@pytest.mark.parametrize("organisations", [(COURT,), (COURT2,), (OPERATOR, OPERATOR2)])
def test_a_court_or_two_operators_enter_an_order(world, organisations):
    assert not is_refused(checks.refuse_order, world.context(*organisations), SECRET, 2, (SECRET, 3))


@pytest.mark.parametrize(
    ("organisations", "reason"),
    [
        ((OPERATOR,), because.NOT_A_COURT),
        ((COURT, COURT2), because.NOT_A_COURT),
        ((OPERATOR, COURT), because.NOT_A_COURT),
        ((BANK,), because.NOT_A_COURT),
        ((COURT, OPERATOR, OPERATOR2), because.ORGANISATIONS_WRONG),
    ],
)
def test_nobody_else_enters_an_order(world, organisations, reason):
    expect(reason, 0, checks.refuse_order, world.context(*organisations), SECRET, 2)


def test_an_order_has_a_digest(world):
    for orders in ((b"short", 2), (SECRET, 3, (b"", 2))):
        expect(because.COMMITMENT_INVALID, 2, checks.refuse_order, world.context(COURT), *orders)


def test_caps_are_those_of_a_class_that_the_rulebook_knows():
    rules = pb.VoucherRules()
    rules.CopyFrom(RULES)
    caps = ("max_face_fen", "max_layers", "max_term_days", "long_term_days")
    rules.classes.add(code=3, min_piece_fen=7, **{name: getattr(RULES, name) for name in caps})
    context = World(rules).context(PAYEE)
    assert checks.get_caps(context, 0).min_piece_fen == RULES.min_piece_fen
    assert checks.get_caps(context, 3).min_piece_fen == 7
    expect(because.VOUCHER_CLASS_UNKNOWN, 9, checks.get_caps, context, 4, 9)


def test_a_request_is_answered_before_cut_off_and_while_nothing_is_frozen(world, ref):
    world.say(pb.TRANSFER, make_transfer(world, ref), PAYEE)
    kinds = (pb.TRANSFER_REQUESTED,)
    voucher, package, cut_off_ms = checks.get_answerable(world.context(SECOND), ref, kinds)
    assert (voucher.holder, package.face_fen) == (PAYEE, FACE)
    assert cut_off_ms > world.time_ms
    expect(because.NOT_THE_COUNTERPARTY, 0, checks.get_answerable, world.context(PAYEE), ref, kinds)
    expect(because.NO_REQUEST_PENDING, 1, checks.get_answerable, world.context(SECOND), ref, (pb.BASKET_REQUESTED,))
    freeze(world, ref)
    expect(because.VOUCHER_FROZEN, 1, checks.get_answerable, world.context(SECOND), ref, kinds)
    change_package(world, ref.package, lambda package: setattr(package, "due_on", TODAY))
    expect(because.PAST_CUT_OFF, 1, checks.get_answerable, world.context(SECOND), ref, kinds)
    # Whoever only ends it asks for neither.
    assert checks.get_requested(world.context(PAYEE), ref, kinds, by_holder=True).holder == PAYEE


def test_a_request_is_over_from_the_instant_of_cut_off(world, ref):
    world.say(pb.TRANSFER, make_transfer(world, ref), PAYEE)
    change_package(world, ref.package, lambda package: setattr(package, "due_on", TODAY + 2))
    cut_off_ms = compute_start_ms(TODAY + 1)
    world.time_ms = cut_off_ms - 1
    kinds = (pb.TRANSFER_REQUESTED,)
    assert checks.get_answerable(world.context(SECOND), ref, kinds)[2] == cut_off_ms
    world.time_ms = cut_off_ms
    expect(because.PAST_CUT_OFF, 1, checks.get_answerable, world.context(SECOND), ref, kinds)


def test_a_class_that_was_voted_away_leaves_the_rulebooks_own_caps(world, ref):
    change_package(world, ref.package, lambda package: setattr(package, "voucher_class", 8))
    context = world.context(PAYEE)
    voucher, package, _ = checks.get_movable(context, ref)
    expect(because.PIECE_TOO_SMALL, 2, checks.refuse_piece, context, ref, voucher, package, 99, 2)
    assert not is_refused(checks.refuse_piece, context, ref, voucher, package, 100, 2)


def test_a_range_without_its_package_is_our_bug(world, ref):
    del world.source.records[compute_package_key(ref.package)]
    with pytest.raises(InvariantViolation):
        checks.get_movable(world.context(PAYEE), ref)
