import hmac

import pytest

from ledger.errors import MalformedInput
from pledges.fingerprints import FULLY_DIGITAL, VAT, compute_fingerprint, normalise

KEY = bytes(range(32))
SELLER = "91350100M000100Y43"
NUMBER = "01234567890123456789"
CODE = "0123456789"


def test_the_fingerprint_is_a_keyed_hash_of_version_kind_and_fields():
    message = b"\x01\x01" + b"\x12" + SELLER.encode() + b"\x00" + b"\x14" + NUMBER.encode()
    assert compute_fingerprint(KEY, FULLY_DIGITAL, SELLER, "", NUMBER) == hmac.digest(KEY, message, "sha256")


@pytest.mark.parametrize(
    ("seller", "number"),
    [
        (SELLER.lower(), NUMBER),
        (f" {SELLER} ", "0123 4567 8901 2345 6789"),
        (SELLER, "０１２３４５６７８９０１２３４５６７８９"),
        (SELLER, "0123-4567\u20118901\u200b2345\u30006789\n"),
        ("９１３５０１００Ｍ０００１００Ｙ４３", NUMBER),
    ],
)
def test_another_spelling_is_the_same_invoice(seller, number):
    assert compute_fingerprint(KEY, FULLY_DIGITAL, seller, "", number) == compute_fingerprint(
        KEY, FULLY_DIGITAL, SELLER, "", NUMBER
    )


def test_leading_zeros_kind_key_and_each_field_count():
    prints = {
        compute_fingerprint(KEY, VAT, SELLER, CODE, "00000001"),
        compute_fingerprint(KEY, VAT, SELLER, CODE, "00000010"),
        compute_fingerprint(KEY, VAT, SELLER, "00" + CODE, "00000001"),
        compute_fingerprint(KEY, VAT, "91350100M000100Y44", CODE, "00000001"),
        compute_fingerprint(bytes(32), VAT, SELLER, CODE, "00000001"),
        compute_fingerprint(KEY, FULLY_DIGITAL, SELLER, "", NUMBER),
    }
    assert len(prints) == 6
    assert {len(one) for one in prints} == {32}


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ((b"short", VAT, SELLER, CODE, "00000001"), "members_key"),
        ((KEY, "paper", SELLER, CODE, "00000001"), "kind"),
        ((KEY, VAT, SELLER[:-1], CODE, "00000001"), "seller"),
        ((KEY, VAT, "O" * 18, CODE, "00000001"), "seller"),
        ((KEY, VAT, SELLER, "123", "00000001"), "code"),
        ((KEY, VAT, SELLER, CODE, "1"), "number"),
        ((KEY, VAT, SELLER, CODE, "0000000a"), "number"),
        ((KEY, FULLY_DIGITAL, SELLER, CODE, NUMBER), "code"),
        ((KEY, FULLY_DIGITAL, SELLER, "", NUMBER[:-1]), "number"),
        ((KEY, FULLY_DIGITAL, SELLER, "", "٠" * 20), "number"),
    ],
)
def test_another_form_is_malformed(arguments, field):
    with pytest.raises(MalformedInput) as caught:
        compute_fingerprint(*arguments)
    assert caught.value.field == field


def test_normal_form_has_no_spaces_marks_or_dashes():
    assert normalise(" ａ1\u200d—–-\tß ") == "A1SS"
