from datetime import date, timedelta

import pytest

from hefu.v1 import pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from receivables.registration_text import build_registration_text, compute_civil_date, list_parties, render_yuan

REF = pb.VoucherRef(package="P", start=1, end=200)
PACKAGE = pb.Package(issuer="ISSUER", face_fen=200, due_on=20_000, voucher_class=3, origin=pb.CONFIRMED_DEBT)
NAMES = {name: name.lower() for name in ("HOLDER", "BANK", "ISSUER", "HEIR")}


@pytest.mark.parametrize("day", [-1, 0, 58, 59, 60, 789, 11_016, 11_017, 20_000, 47_540, 47_541])
def test_a_civil_day_is_its_date(day):
    expected = date(1970, 1, 1) + timedelta(days=day)
    assert compute_civil_date(day) == (expected.year, expected.month, expected.day)


@pytest.mark.parametrize(("fen", "text"), [(0, "0.00"), (5, "0.05"), (123456, "1234.56")])
def test_yuan_have_two_digits(fen, text):
    assert render_yuan(fen) == text


@pytest.mark.parametrize(
    ("form", "claim", "kind", "amount"),
    [
        (pb.PLEDGE, None, "A00100", "担保金额: 0.70元"),
        (pb.SALE_WITHOUT_RECOURSE, None, "A00200", "转让金额: 2.00元"),
        (0, pledges_pb2.Claim(pledgee="BANK", secured_fen=50), "A00100", "担保金额: 0.50元"),
    ],
)
def test_a_request_and_a_claim_are_filed(form, claim, kind, amount):
    voucher = pb.Voucher(holder="HOLDER", stage=pb.LIVE, circulation=pb.CIRCULATING)
    if form:
        voucher.circulation = pb.LOCKED
        lock = pb.Lock(kind=pb.FINANCING_TAKEN, counterparty="BANK", form=form)
        lock.secured_fen = 70 if form == pb.PLEDGE else 0
        voucher.lock.CopyFrom(lock)
    answer = build_registration_text(REF, PACKAGE, voucher, claim, NAMES)
    assert answer is not None
    assert answer.type == kind
    assert amount in answer.text
    assert "凭证类别3, 到货确权" in answer.text
    assert "holder (HOLDER)" in answer.text
    assert "bank (BANK)" in answer.text


def test_the_debtor_is_who_owes_it_now():
    package = pb.Package(issuer="ISSUER", debtor="HEIR")
    claim = pledges_pb2.Claim(pledgee="BANK", secured_fen=1)
    assert list_parties(package, pb.Voucher(holder="HOLDER"), claim) == ("HOLDER", "BANK", "HEIR")


def test_what_nobody_finances_is_not_filed():
    voucher = pb.Voucher(holder="HOLDER", circulation=pb.LOCKED, lock=pb.Lock(kind=pb.TRANSFER_REQUESTED))
    assert list_parties(PACKAGE, voucher, None) == ()
    assert build_registration_text(REF, PACKAGE, voucher, None, NAMES) is None
