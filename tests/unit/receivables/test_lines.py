import pytest

from hefu.v1 import receivables_pb2 as pb
from receivables import rejections as because
from receivables.transitions import COMMANDS
from tests.unit.receivables.world import (
    BANK,
    BANK2,
    CORE,
    DAY_MS,
    FACE,
    FACTOR,
    IDLE,
    OPERATOR,
    PAYEE,
    PAYER,
    STRANGER,
    TODAY,
    World,
    expect_refusal,
    make_change,
    make_line,
)

GRANT, CHANGE = pb.GrantLine, pb.ChangeLine
LIMIT = 10 * FACE


@pytest.fixture
def world():
    return World()


def expect_grant_refused(world, reason, field, who=BANK, **changes):
    expect_refusal(world, reason, field, pb.GRANT_LINE, make_line(**changes), who)


def expect_change_refused(world, reason, field, line, who=BANK, **changes):
    expect_refusal(world, reason, field, pb.CHANGE_LINE, make_change(line, **changes), who)


def test_a_grant_makes_an_open_line_of_which_nothing_is_used(world):
    events = world.say(pb.GRANT_LINE, make_line(), BANK)
    line = f"{BANK}.L-1"
    expected = pb.Line(
        grantor=BANK, holder=CORE, purpose=pb.ISSUING, limit_fen=LIMIT, revolving=True, last_on=TODAY + 30,
        status=pb.LINE_OPEN,
    )  # fmt: skip
    assert world.line(line) == expected
    assert events == [pb.VoucherEvent(actor=BANK, counterparty=CORE, amount_fen=LIMIT, line=line)]
    spec = COMMANDS[pb.GRANT_LINE]
    assert spec.amount(world.context(BANK), make_line()) == LIMIT
    assert spec.amount(world.context(BANK), make_line(limit_fen=-1)) == 0
    assert not spec.is_open_to_suspended


@pytest.mark.parametrize(
    ("who", "purpose"),
    [
        (BANK, pb.ISSUING), (FACTOR, pb.ISSUING), (OPERATOR, pb.ISSUING), (BANK, pb.FINANCING), (FACTOR, pb.FINANCING),
    ],
)  # fmt: skip
def test_who_may_grant_which_line(world, who, purpose):
    line = world.grant(grantor=who, purpose=purpose)
    assert (world.line(line).grantor, world.line(line).purpose) == (who, purpose)


@pytest.mark.parametrize(
    ("who", "purpose"),
    [
        (PAYER, pb.ISSUING), (PAYEE, pb.ISSUING), (PAYEE, pb.LINE_PURPOSE_UNSPECIFIED), (STRANGER, pb.ISSUING),
        (OPERATOR, pb.FINANCING), (PAYER, pb.FINANCING),
    ],
)  # fmt: skip
def test_rejects_may_not_grant(world, who, purpose):
    expect_grant_refused(world, because.MAY_NOT_GRANT, 0, who, purpose=purpose)


def test_rejects_line_exists(world):
    line = world.grant()
    expect_grant_refused(world, because.LINE_EXISTS, GRANT.NUMBER_FIELD_NUMBER)
    world.say(pb.CHANGE_LINE, make_change(line, status=pb.LINE_CLOSED), BANK)
    expect_grant_refused(world, because.LINE_EXISTS, GRANT.NUMBER_FIELD_NUMBER)
    world.grant(grantor=BANK2)


@pytest.mark.parametrize("line", ["", f"{BANK}.L-2", "L-1", f"{STRANGER}.L-1", "\x00"])
def test_rejects_no_such_line(world, line):
    world.grant()
    expect_change_refused(world, because.NO_SUCH_LINE, 1, line)
    if line:
        expect_grant_refused(world, because.NO_SUCH_LINE, GRANT.GROUP_FIELD_NUMBER, group=line)


def test_a_grant_needs_a_number_and_another_active_organisation(world):
    expect_refusal(world, because.ORGANISATIONS_WRONG, 0, pb.GRANT_LINE, make_line(), BANK, CORE)
    expect_grant_refused(world, because.NUMBER_INVALID, 1, number="l-1")
    field = GRANT.HOLDER_FIELD_NUMBER
    expect_grant_refused(world, because.COUNTERPARTY_IS_SELF, field, holder=BANK)
    expect_grant_refused(world, because.COUNTERPARTY_UNKNOWN, field, holder=STRANGER)
    expect_grant_refused(world, because.COUNTERPARTY_SUSPENDED, field, holder=IDLE)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        (GRANT.PURPOSE_FIELD_NUMBER, {"purpose": pb.LINE_PURPOSE_UNSPECIFIED}),
        (GRANT.LIMIT_FEN_FIELD_NUMBER, {"limit_fen": 0}),
        (GRANT.LIMIT_FEN_FIELD_NUMBER, {"limit_fen": -(2**63)}),
        (GRANT.LAST_ON_FIELD_NUMBER, {"last_on": TODAY - 1}),
        (GRANT.GROUP_FIELD_NUMBER, {"group": f"{BANK2}.G-1"}),
        (GRANT.GROUP_FIELD_NUMBER, {"group": f"{BANK}.F-1"}),
        (GRANT.GROUP_FIELD_NUMBER, {"group": f"{BANK}.UNDER"}),
    ],
)
def test_rejects_line_terms_invalid(world, field, changes):
    world.grant("G-1", BANK2)
    world.grant("F-1", purpose=pb.FINANCING)
    world.grant("UNDER", group=world.grant("G-1"))
    expect_grant_refused(world, because.LINE_TERMS_INVALID, field, **changes)
    world.grant(last_on=TODAY, limit_fen=1)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        (CHANGE.LIMIT_FEN_FIELD_NUMBER, {"limit_fen": 0}),
        (CHANGE.LIMIT_FEN_FIELD_NUMBER, {"limit_fen": -1}),
        (CHANGE.LAST_ON_FIELD_NUMBER, {"last_on": TODAY - 1}),
        (CHANGE.STATUS_FIELD_NUMBER, {"status": pb.LINE_STATUS_UNSPECIFIED}),
    ],
)
def test_a_change_needs_right_terms(world, field, changes):
    expect_change_refused(world, because.LINE_TERMS_INVALID, field, world.grant(), **changes)


def test_a_change_replaces_limit_last_day_and_status_and_nothing_else(world):
    line = world.grant()
    world.issue(line=line)
    before = world.line(line)
    change = make_change(line, limit_fen=1, last_on=TODAY + 1, status=pb.LINE_SUSPENDED)
    events = world.say(pb.CHANGE_LINE, change, BANK)
    before.limit_fen, before.last_on, before.status = 1, TODAY + 1, pb.LINE_SUSPENDED
    assert world.line(line) == before
    assert world.use_of(line) == (FACE, 0)
    assert events == [pb.VoucherEvent(actor=BANK, counterparty=CORE, amount_fen=1, line=line)]
    spec = COMMANDS[pb.CHANGE_LINE]
    assert (spec.amount(world.context(BANK), change), spec.is_open_to_suspended) == (1, True)


def test_closed_is_for_ever(world):
    line = world.grant()
    world.say(pb.CHANGE_LINE, make_change(line, status=pb.LINE_CLOSED), BANK)
    for status in (pb.LINE_OPEN, pb.LINE_CLOSED):
        expect_change_refused(world, because.LINE_TERMS_INVALID, 1, line, status=status)


def test_a_line_past_its_last_day_is_closed_or_prolonged(world):
    line = world.grant(last_on=TODAY)
    world.time_ms += DAY_MS
    expect_change_refused(world, because.LINE_TERMS_INVALID, CHANGE.LAST_ON_FIELD_NUMBER, line, last_on=TODAY - 1)
    world.say(pb.CHANGE_LINE, make_change(line, last_on=TODAY, status=pb.LINE_SUSPENDED), BANK)
    world.say(pb.CHANGE_LINE, make_change(line, last_on=TODAY + 1), BANK)
    world.issue(line=line)


def test_rejects_not_the_grantor(world):
    line = world.grant()
    for who in (BANK2, CORE):
        expect_change_refused(world, because.NOT_THE_GRANTOR, 0, line, who)
    expect_refusal(world, because.ORGANISATIONS_WRONG, 0, pb.CHANGE_LINE, make_change(line), BANK, CORE)


def test_the_lowest_ground_of_a_grant_is_given(world):
    group = {"group": f"{BANK}.NONE", "number": "L-1"}
    world.grant()
    expect_grant_refused(world, because.NO_SUCH_LINE, GRANT.GROUP_FIELD_NUMBER, **group)
    expect_grant_refused(world, because.LINE_EXISTS, GRANT.NUMBER_FIELD_NUMBER, holder=BANK, limit_fen=0)
    expect_grant_refused(world, because.MAY_NOT_GRANT, 0, PAYEE, holder=PAYEE, limit_fen=0)
    expect_grant_refused(world, because.COUNTERPARTY_IS_SELF, 2, number="L-2", holder=BANK, limit_fen=0)
