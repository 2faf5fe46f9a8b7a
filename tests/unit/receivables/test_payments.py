import pytest
from hypothesis import given
from hypothesis import strategies as st

from hefu.v1 import pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from ledger.errors import InvariantViolation
from receivables import payments


def ref(start, end):
    return pb.VoucherRef(package="p", start=start, end=end)


@given(face=st.integers(1, 10**11), data=st.data())
def test_shares_of_any_partition_sum_to_what_was_paid_and_no_range_gets_more_than_its_length(face, data):
    paid = data.draw(st.integers(0, face))
    cuts = sorted(data.draw(st.sets(st.integers(1, face), max_size=8)) | {face})
    starts = [1] + [cut + 1 for cut in cuts[:-1]]
    ranges = [ref(start, end) for start, end in zip(starts, cuts, strict=True)]
    shares = [payments.compute_share(paid, face, one) for one in ranges]
    assert sum(shares) == paid
    assert all(0 <= share <= payments.compute_length(one) for share, one in zip(shares, ranges, strict=True))


def test_owed_is_length_less_share_less_own_payments():
    package = pb.Package(face_fen=3, paid_fen=2)
    assert [payments.compute_owed(package, pb.Voucher(), ref(n, n)) for n in (1, 2, 3)] == [1, 0, 0]
    assert payments.compute_owed(pb.Package(face_fen=9), pb.Voucher(paid_fen=4), ref(1, 9)) == 5


def test_more_paid_than_there_is_is_our_bug():
    with pytest.raises(InvariantViolation):
        payments.compute_owed(pb.Package(face_fen=9), pb.Voucher(paid_fen=10), ref(1, 9))
    with pytest.raises(InvariantViolation):
        payments.compute_package_owed(pb.Package(face_fen=9, paid_fen=5, own_paid_fen=5))


@pytest.mark.parametrize(
    ("paid", "own_to_pledgee", "amount", "part"),
    [(0, 0, 100, 60), (0, 0, 50, 50), (40, 0, 100, 20), (80, 0, 20, 0), (0, 55, 10, 5), (30, 30, 10, 0)],
)
def test_the_pledgee_gets_what_is_left_of_what_is_secured(paid, own_to_pledgee, amount, part):
    package = pb.Package(face_fen=100, paid_fen=paid)
    voucher = pb.Voucher(holder="H", paid_to_pledgee_fen=own_to_pledgee)
    claim = pledges_pb2.Claim(pledgee="B", secured_fen=60)
    assert payments.compute_pledgee_part(package, voucher, ref(1, 100), claim, amount) == part
    payees = payments.compute_payees(voucher, claim, part, amount)
    assert sum(payee.amount_fen for payee in payees) == amount
    assert all(payee.amount_fen > 0 for payee in payees)


def test_without_a_claim_the_holder_gets_all():
    voucher = pb.Voucher(holder="H")
    assert payments.compute_pledgee_part(pb.Package(face_fen=9), voucher, ref(1, 9), None, 9) == 0
    assert payments.compute_payees(voucher, None, 0, 9) == [pb.Payee(organisation="H", amount_fen=9)]


@pytest.mark.parametrize(
    ("voucher", "handed"),
    [
        (pb.Voucher(), 20),
        (pb.Voucher(held_back_fen=5), 15),
        (pb.Voucher(freezes=[pb.Freeze()], frozen_share_fen=12, held_back_fen=5), 7),
    ],
)
def test_what_a_freeze_held_back_of_a_share_went_to_nobody(voucher, handed):
    package = pb.Package(face_fen=100, paid_fen=40)
    assert payments.compute_handed_share(package, voucher, ref(1, 50)) == handed
