import pytest

from hefu.v1 import pledges_pb2 as pb
from ledger.errors import Rejection
from pledges import records
from pledges import rejections as because
from pledges.blankets import COMMANDS
from tests.unit.receivables.money import make_blanket, register_blanket, say_blanket
from tests.unit.receivables.world import BANK, BANK2, FACTOR, IDLE, NOW_MS, PAYEE, SECOND, World

FIRST, OTHER = "1" * 20, "2" * 20


@pytest.fixture
def world():
    return World()


def blankets(world, pledgor=PAYEE):
    return world.get(pb.Blankets, records.compute_blanket_key(pledgor))


def expect_refused(world, reason, field, command, *organisations):
    kind = pb.REGISTER_BLANKET if isinstance(command, pb.RegisterBlanket) else pb.END_BLANKET
    before = dict(world.source.records)
    with pytest.raises(Rejection) as caught:
        say_blanket(world, kind, command, *organisations)
    assert (caught.value.reason.name, caught.value.field) == (reason.name, field)
    assert world.source.records == before


def make_end(number=FIRST, pledgor=PAYEE):
    return pb.EndBlanket(pledgor=pledgor, registration_number=number)


def test_a_secured_party_registers_all_receivables_of_a_pledgor(world):
    events = say_blanket(world, pb.REGISTER_BLANKET, make_blanket(world, FIRST), BANK, PAYEE)
    register_blanket(world, OTHER, BANK2)
    entered = [
        pb.Blanket(secured_party=BANK, registration_number=FIRST, filed_at_ms=NOW_MS),
        pb.Blanket(secured_party=BANK2, registration_number=OTHER, filed_at_ms=NOW_MS),
    ]
    assert blankets(world) == pb.Blankets(blankets=entered)
    registration = world.get(pb.Registration, records.compute_registration_key(FIRST))
    assert registration == pb.Registration(secured_party=BANK, filed_at_ms=NOW_MS, asset=f"all:{PAYEE}")
    assert events == [pb.PledgeEvent(actor=BANK, pledgor=PAYEE, registration_number=FIRST)]


def test_the_last_one_that_ends_leaves_no_record_and_its_number_stays_used(world):
    register_blanket(world, FIRST, BANK)
    register_blanket(world, OTHER, BANK2)
    events = say_blanket(world, pb.END_BLANKET, make_end(), BANK)
    assert events == [pb.PledgeEvent(actor=BANK, pledgor=PAYEE, registration_number=FIRST)]
    assert [blanket.secured_party for blanket in blankets(world).blankets] == [BANK2]
    say_blanket(world, pb.END_BLANKET, make_end(OTHER), BANK2)
    assert blankets(world) is None
    expect_refused(world, because.REGISTRATION_USED, 1, make_blanket(world, FIRST), BANK, PAYEE)


def test_who_signs_up_to_an_amount_registers_and_ends_nothing_of_all():
    assert all(spec.is_beyond_amounts for spec in COMMANDS.values())


def test_rejects_pledgor_suspended(world):
    expect_refused(world, because.PLEDGOR_SUSPENDED, 0, make_blanket(world, FIRST), BANK, IDLE)


def test_rejects_blanket_parties_wrong(world):
    command = make_blanket(world, FIRST)
    expect_refused(world, because.BLANKET_PARTIES_WRONG, 0, command, BANK)
    expect_refused(world, because.BLANKET_PARTIES_WRONG, 0, command, BANK, PAYEE, SECOND)
    register_blanket(world, FIRST)
    expect_refused(world, because.BLANKET_PARTIES_WRONG, 0, make_end(), BANK2, PAYEE)


@pytest.mark.parametrize("number", ["", "1" * 19, "1" * 21, "A" * 20])
def test_rejects_blanket_number_invalid(world, number):
    expect_refused(world, because.BLANKET_NUMBER_INVALID, 1, make_blanket(world, number), BANK, PAYEE)
    expect_refused(world, because.BLANKET_NUMBER_INVALID, 2, make_end(number), BANK)


@pytest.mark.parametrize("filed_at_ms", [NOW_MS + 1, 0, -1, 2**63 - 1])
def test_rejects_blanket_time_out_of_range(world, filed_at_ms):
    command = make_blanket(world, FIRST, filed_at_ms=filed_at_ms)
    expect_refused(world, because.BLANKET_TIME_OUT_OF_RANGE, 2, command, BANK, PAYEE)


def test_rejects_blankets_too_many(world):
    for number in "345":
        register_blanket(world, number * 20)
    expect_refused(world, because.BLANKETS_TOO_MANY, 0, make_blanket(world, "3" * 20), FACTOR, PAYEE)
    say_blanket(world, pb.END_BLANKET, make_end("4" * 20), BANK2)
    register_blanket(world, FIRST, FACTOR)
    assert [blanket.registration_number[0] for blanket in blankets(world).blankets] == ["3", "5", "1"]


def test_rejects_no_such_blanket(world):
    register_blanket(world, FIRST, BANK)
    for command, actor in ((make_end(OTHER), BANK), (make_end(), BANK2), (make_end(pledgor=SECOND), BANK)):
        expect_refused(world, because.NO_SUCH_BLANKET, 2, command, actor)


@pytest.mark.parametrize("pledgor", ["", "nobody", "合符"])
def test_what_is_no_organisation_has_no_blanket(world, pledgor):
    expect_refused(world, because.NO_SUCH_BLANKET, 1, make_end(pledgor=pledgor), BANK)


def test_ending_is_open_to_the_suspended_and_beginning_is_not():
    assert [kind for kind, spec in COMMANDS.items() if spec.is_open_to_suspended] == [pb.END_BLANKET]
