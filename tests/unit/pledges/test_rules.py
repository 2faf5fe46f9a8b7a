import pytest

from hefu.v1 import pledges_pb2 as pb
from ledger.errors import InvariantViolation
from pledges import rules

NUMBER = "01234567890123456789"


def use(first, amount=10, occupied=10, length=rules.FINGERPRINT_BYTES):
    return pb.InvoiceUse(fingerprint=first.ljust(length, b"."), amount_fen=amount, occupied_fen=occupied)


def test_a_registration_number_is_twenty_ascii_digits():
    assert rules.is_registration_number(NUMBER)
    for text in ("", NUMBER[1:], NUMBER + "0", NUMBER[1:] + "x", NUMBER[1:] + "٣", NUMBER[1:] + " "):
        assert not rules.is_registration_number(text)


def test_uses_are_sorted_none_twice_and_each_within_its_invoice():
    assert rules.are_invoice_uses([])
    assert rules.are_invoice_uses([use(b"a", 10, 1), use(b"b", 10, 10)])


@pytest.mark.parametrize(
    "uses",
    [
        [use(b"b"), use(b"a")],
        [use(b"a"), use(b"a")],
        [use(b"a", 10, 0)],
        [use(b"a", 10, 11)],
        [use(b"a", length=31)],
        [use(b"a"), use(b"b", length=33)],
    ],
)
def test_what_are_no_uses(uses):
    assert not rules.are_invoice_uses(uses)


def test_only_an_invoice_that_is_occupied_has_an_amount_to_differ_from():
    assert not rules.is_amount_different(None, use(b"a"))
    assert not rules.is_amount_different(pb.InvoiceOccupation(amount_fen=10), use(b"a"))
    assert rules.is_amount_different(pb.InvoiceOccupation(amount_fen=9), use(b"a"))


def test_occupying_and_freeing_add_and_take_and_keep_what_was_red_lettered():
    before = pb.InvoiceOccupation(amount_fen=10, occupied_fen=3, red_lettered_fen=2)
    after = rules.compute_occupied(before, use(b"a", 10, 4))
    assert after == pb.InvoiceOccupation(amount_fen=10, occupied_fen=7, red_lettered_fen=2)
    assert rules.compute_freed(after, use(b"a", 10, 4)) == before
    assert rules.compute_occupied(None, use(b"a", 10, 4)) == pb.InvoiceOccupation(amount_fen=10, occupied_fen=4)


@pytest.mark.parametrize(
    "before", [None, pb.InvoiceOccupation(amount_fen=9, occupied_fen=9), pb.InvoiceOccupation(amount_fen=10)]
)
def test_freeing_more_than_was_occupied_is_our_bug(before):
    with pytest.raises(InvariantViolation):
        rules.compute_freed(before, use(b"a", 10, 1))


def test_a_lenders_totals_are_a_count_and_a_sum():
    one = rules.compute_lender_totals(pb.LenderTotals(), 1, 5)
    assert one == pb.LenderTotals(claims=1, secured_fen=5)
    assert rules.compute_lender_totals(one, -1, -5) == pb.LenderTotals()


@pytest.mark.parametrize(("claims", "secured_fen"), [(-1, -4), (-1, -6), (-2, -5), (0, -5), (-2, -6)])
def test_totals_that_do_not_match_the_claims_are_our_bug(claims, secured_fen):
    with pytest.raises(InvariantViolation):
        rules.compute_lender_totals(pb.LenderTotals(claims=1, secured_fen=5), claims, secured_fen)
