import hashlib
from typing import Any

import pytest

from hefu.v1 import receivables_pb2 as pb
from ledger.errors import MalformedInput, Rejection
from receivables import rejections as because
from receivables.discount import (
    MAX_FACE_FEN,
    MAX_FEES,
    MAX_RATE_PPM,
    TERMS_TAG,
    compute_financing_terms,
    compute_half_up,
    compute_interest_fen,
    compute_terms_commitment,
)

MILLION_YUAN = 100_000_000
VALUE_ON = 20_003
SALT = bytes(range(32))


def terms(**changes):
    arguments: dict[str, Any] = {
        "face_fen": MILLION_YUAN,
        "advance_ppm": 1_000_000,
        "rate_ppm": 26_200,
        "value_on": VALUE_ON,
        "rolled_due_on": VALUE_ON + 75,
        "year_basis_days": 360,
        "fees_fen": (),
    }
    return compute_financing_terms(**(arguments | changes))


def test_the_vector_of_the_rulebook():
    computed = terms()
    assert computed.interest_fen == 545_833
    assert computed.net_fen == MILLION_YUAN - 545_833
    assert computed.all_in_ppm == 26_344


@pytest.mark.parametrize(
    "edge",
    [
        {"advance_ppm": 1},
        {"face_fen": 1, "rate_ppm": 0},
        {"face_fen": 2, "rate_ppm": 0, "fees_fen": (1,)},
        {"face_fen": MAX_FACE_FEN},
        {"rate_ppm": MAX_RATE_PPM, "rolled_due_on": VALUE_ON + 1},
        {"fees_fen": (0,) * MAX_FEES},
    ],
)
def test_what_stands_on_the_edge_is_within(edge):
    assert terms(**edge).net_fen > 0


def test_part_advance_and_fees():
    computed = terms(advance_ppm=800_000, fees_fen=(1_000, 2_500), year_basis_days=365)
    assert computed.principal_fen == 80_000_000
    assert computed.interest_fen == compute_interest_fen(80_000_000, 75, 26_200, 365) == 430_685
    assert computed.net_fen == 80_000_000 - 430_685 - 3_500
    assert list(computed.fee_fen) == [1_000, 2_500]


def test_half_up_rounds_halves_upwards():
    assert [compute_half_up(n, 4) for n in range(7)] == [0, 0, 1, 1, 1, 1, 2]


def test_intermediates_may_pass_63_bits():
    computed = terms(face_fen=10**15, rolled_due_on=VALUE_ON + 365)
    assert computed.interest_fen == compute_half_up(10**15 * 365 * 26_200, 360 * 10**6)


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("face_fen", 0, "FACE_FEN"),
        ("face_fen", 10**15 + 1, "FACE_FEN"),
        ("advance_ppm", 0, "ADVANCE_PPM"),
        ("advance_ppm", 1_000_001, "ADVANCE_PPM"),
        ("rate_ppm", -1, "RATE_PPM"),
        ("year_basis_days", 364, "YEAR_BASIS_DAYS"),
        ("fees_fen", (-1,), "FEE_FEN"),
        ("fees_fen", (1,) * 17, "FEE_FEN"),
        ("rolled_due_on", VALUE_ON, "VALUE_ON"),
        ("rolled_due_on", VALUE_ON - 1, "VALUE_ON"),
        ("fees_fen", (MILLION_YUAN,), "NET_FEN"),
    ],
)
def test_rejects_terms_out_of_range(name, value, field):
    with pytest.raises(Rejection) as caught:
        terms(**{name: value})
    assert caught.value.reason is because.TERMS_OUT_OF_RANGE
    assert caught.value.field == getattr(pb.FinancingTerms, f"{field}_FIELD_NUMBER")


def test_the_commitment_binds_salt_and_terms():
    commitment = compute_terms_commitment(SALT, terms())
    encoded = terms().SerializeToString(deterministic=True)
    assert commitment == hashlib.sha256(TERMS_TAG + SALT + encoded).digest()
    assert commitment != compute_terms_commitment(SALT, terms(rate_ppm=26_201))
    assert commitment != compute_terms_commitment(bytes(32), terms())


@pytest.mark.parametrize("salt", [b"", bytes(31), bytes(33)])
def test_a_salt_has_32_bytes(salt):
    with pytest.raises(MalformedInput) as caught:
        compute_terms_commitment(salt, terms())
    assert caught.value.field == "salt"
