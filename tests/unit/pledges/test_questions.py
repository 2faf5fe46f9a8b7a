import pytest

from hefu.v1 import pledges_pb2 as pb
from ledger.errors import MalformedInput
from pledges.questions import compute_question, parse_invoice

ASSET = "invoice:" + "ab" * 32
KEY = "invoice/" + "ab" * 32
OCCUPIED = pb.InvoiceOccupation(amount_fen=9, occupied_fen=4).SerializeToString()


def test_an_unused_invoice_is_absent():
    question = compute_question(ASSET, "absent")
    assert question.keys == (KEY,)
    assert question.check({KEY: None}) is None
    assert question.check({KEY: OCCUPIED}) == "4 fen of the invoice's 9 stand under vouchers"


def test_a_used_invoice_is_occupied():
    question = compute_question(ASSET, "occupied")
    assert question.check({KEY: OCCUPIED}) is None
    assert question.check({KEY: None}) == "nothing of the invoice stands under a voucher"


def test_a_red_lettered_invoice_is_neither_absent_nor_occupied_once_it_was_freed():
    body = pb.InvoiceOccupation(amount_fen=9, red_lettered_fen=2).SerializeToString()
    assert compute_question(ASSET, "absent").check({KEY: body}) == "2 fen of the invoice's 9 were red-lettered"
    assert compute_question(ASSET, "occupied").check({KEY: body}) == "nothing of the invoice stands under a voucher"


@pytest.mark.parametrize(
    "asset", ["", "invoice:", "ab" * 32, "invoice:" + "AB" * 32, "invoice:" + "ab" * 31, "voucher:"]
)
def test_an_invoice_has_one_spelling(asset):
    with pytest.raises(MalformedInput) as caught:
        parse_invoice(asset)
    assert caught.value.field == "asset"


@pytest.mark.parametrize("statement", ["", "unclaimed", "Absent"])
def test_a_statement_is_one_of_two(statement):
    with pytest.raises(MalformedInput) as caught:
        compute_question(ASSET, statement)
    assert caught.value.field == "is"


def test_a_body_that_no_rule_wrote_is_malformed():
    with pytest.raises(MalformedInput):
        compute_question(ASSET, "absent").check({KEY: b"\xff"})
