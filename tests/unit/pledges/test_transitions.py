import pytest

from hefu.v1 import pledges_pb2 as pb
from ledger.context import Context, Overlay
from ledger.errors import InvariantViolation, Rejection
from pledges import records, rules, transitions
from pledges import rejections as because

PRINT = b"p" * 32
ASSET = "voucher:I.A/1-9"


class Empty:
    """A state without records."""

    def read(self, key):
        return None


@pytest.fixture
def context():
    context = Context(Overlay(Empty()), 1000, bytes(16))
    context.organisations = ("BANK",)
    return context


def use(occupied, amount=100, fingerprint=PRINT):
    return pb.InvoiceUse(fingerprint=fingerprint, amount_fen=amount, occupied_fen=occupied)


def claim(pledgee="BANK", secured=60):
    return pb.Claim(pledgee=pledgee, secured_fen=secured, registration_number="1" * 20, value_on=1)


def expect_refusal(reason, field, action, *arguments):
    with pytest.raises(Rejection) as caught:
        action(*arguments)
    assert (caught.value.reason, caught.value.field) == (reason, field)


def test_occupations_add_up_and_go_when_they_return_to_zero(context):
    transitions.process_occupation(context, [use(60)], 6)
    transitions.process_occupation(context, [use(40)], 6)
    assert records.get_occupation(context, PRINT) == pb.InvoiceOccupation(amount_fen=100, occupied_fen=100)
    transitions.process_freeing(context, [use(60)])
    assert records.get_occupation(context, PRINT) == pb.InvoiceOccupation(amount_fen=100, occupied_fen=40)
    transitions.process_freeing(context, [use(40)])
    assert records.get_occupation(context, PRINT) is None
    transitions.process_occupation(context, [use(7, 70)], 6)


def test_rejects_invoice_amount_differs(context):
    transitions.process_occupation(context, [use(60)], 6)
    uses = [use(1, 1, b"a" * 32), use(1, 101)]
    expect_refusal(because.INVOICE_AMOUNT_DIFFERS, 6, transitions.process_occupation, context, uses, 6)
    assert records.get_occupation(context, b"a" * 32) is None


def test_rejects_invoice_overoccupied(context):
    transitions.process_occupation(context, [use(60)], 6)
    expect_refusal(because.INVOICE_OVEROCCUPIED, 6, transitions.process_occupation, context, [use(41)], 6)


@pytest.mark.parametrize("wrong", [use(61), use(1, 99), use(1, 100, b"z" * 32)])
def test_freeing_more_than_was_occupied_is_our_bug(context, wrong):
    transitions.process_occupation(context, [use(60)], 6)
    with pytest.raises(InvariantViolation):
        transitions.process_freeing(context, [wrong])


def test_a_claim_and_its_release_move_the_lenders_totals(context):
    transitions.process_claim(context, ASSET, claim(), 1)
    transitions.process_claim(context, "voucher:I.A/10-19", claim(secured=5), 1)
    assert records.get_lender_totals(context, "BANK") == pb.LenderTotals(claims=2, secured_fen=65)
    assert transitions.process_release(context, ASSET, 1) == claim()
    assert records.get_lender_totals(context, "BANK") == pb.LenderTotals(claims=1, secured_fen=5)
    assert not records.is_claimed(context, ASSET)


def test_a_claim_moves_to_another_pledgee_and_so_do_the_totals(context):
    transitions.process_claim(context, ASSET, claim(), 1)
    transitions.process_move_of_claim(context, ASSET, claim(), "OTHER", "2" * 20)
    moved = claim("OTHER")
    moved.registration_number = "2" * 20
    assert records.get_claim(context, ASSET) == moved
    assert records.get_lender_totals(context, "BANK") == pb.LenderTotals()
    assert records.get_lender_totals(context, "OTHER") == pb.LenderTotals(claims=1, secured_fen=60)


def test_rejects_asset_claimed(context):
    transitions.process_claim(context, ASSET, claim(), 1)
    expect_refusal(because.ASSET_CLAIMED, 1, transitions.process_claim, context, ASSET, claim("OTHER"), 1)
    expect_refusal(because.ASSET_CLAIMED, 1, transitions.refuse_claimed, context, ASSET, 1)


def test_rejects_no_such_claim(context):
    expect_refusal(because.NO_SUCH_CLAIM, 1, transitions.process_release, context, ASSET, 1)


def test_rejects_not_the_pledgee(context):
    transitions.process_claim(context, ASSET, claim("OTHER"), 1)
    expect_refusal(because.NOT_THE_PLEDGEE, 0, transitions.process_release, context, ASSET, 1)


def test_a_registration_says_whom_and_what_it_serves_and_when_it_was_filed(context):
    transitions.process_registration(context, "1" * 20, "BANK", ASSET, 5, 2)
    expected = pb.Registration(secured_party="BANK", filed_at_ms=5, asset=ASSET)
    assert records.get_registration(context, "1" * 20) == expected


def test_rejects_registration_used(context):
    """By anybody, for anything: the same bank and range too, since what was filed may have been cancelled."""
    transitions.process_registration(context, "1" * 20, "BANK", ASSET, 5, 2)
    for party, asset in (("BANK", ASSET), ("OTHER", ASSET), ("BANK", "voucher:I.A/1-8")):
        arguments = (context, "1" * 20, party, asset, 9, 2)
        expect_refusal(because.REGISTRATION_USED, 2, transitions.process_registration, *arguments)
    expected = pb.Registration(secured_party="BANK", filed_at_ms=5, asset=ASSET)
    assert records.get_registration(context, "1" * 20) == expected


@pytest.mark.parametrize(("claims", "secured"), [(-1, 0), (0, -1), (1, 0), (0, 1)])
def test_totals_that_match_no_claims_are_our_bug(claims, secured):
    with pytest.raises(InvariantViolation):
        rules.compute_lender_totals(pb.LenderTotals(), claims, secured)


def test_registration_numbers_are_20_ascii_digits():
    assert rules.is_registration_number("01234567890123456789")
    assert not any(map(rules.is_registration_number, ("", "1" * 19, "1" * 21, "１" * 20, "1" * 19 + "a")))
