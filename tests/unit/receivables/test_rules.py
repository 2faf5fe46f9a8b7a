import pytest

from hefu.v1 import receivables_pb2 as pb
from receivables import rules
from tests.unit.receivables.world import CORE, RULES


@pytest.mark.parametrize("number", ["A", "0-9", "-", "Z" * 24])
def test_numbers_of_packages(number):
    assert rules.is_number(number)
    assert rules.is_package_id(rules.compute_package_id(CORE, number))


@pytest.mark.parametrize("text", ["", ".", f"{CORE}.", f".{CORE}", f"{CORE}.a", f"{CORE[:-1]}0.A", f"{CORE}.A.B"])
def test_what_is_no_package_id(text):
    assert not rules.is_package_id(text)


def test_a_cut_leaves_two_fine_pieces_that_meet():
    ref = pb.VoucherRef(package="p", start=11, end=20)
    first, second = rules.compute_pieces(ref, 4)
    assert (first.start, first.end, second.start, second.end) == (11, 14, 15, 20)
    assert rules.is_cut_fine(200, 100, RULES)
    assert not rules.is_cut_fine(199, 100, RULES)


def test_layers():
    assert rules.is_layer_left(pb.Voucher(layer=2), RULES)
    assert not rules.is_layer_left(pb.Voucher(layer=3), RULES)
