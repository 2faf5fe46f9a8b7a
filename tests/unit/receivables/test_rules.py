import pytest

from hefu.v1 import receivables_pb2 as pb
from receivables import rules
from tests.unit.receivables.world import CORE, RULES, make_class, make_rules


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
    assert rules.is_layer_left(pb.Voucher(layer=2, pieces=2), RULES)
    assert not rules.is_layer_left(pb.Voucher(layer=2, pieces=1), RULES)


def test_a_class_has_its_own_caps_and_class_0_the_rulebooks():
    rulebook: pb.VoucherRules = make_rules(max_pieces=9, classes=[make_class(1, max_pieces=5), make_class(4)])
    assert rules.find_caps(rulebook, 0) is rulebook
    assert rules.find_caps(rulebook, 1) == rulebook.classes[0]
    assert rules.find_caps(rulebook, 2) is None
    assert [rules.compute_piece_cap(rulebook, code) for code in (0, 1, 2, 4)] == [9, 5, 9, 0]


@pytest.mark.parametrize(
    ("lowest", "face", "is_right"),
    [(0, 0, False), (0, 1, True), (5, 4, False), (5, 5, True), (5, 10**11, True), (5, 10**11 + 1, False)],
)
def test_faces(lowest, face, is_right):
    assert rules.is_face(face, make_rules(min_face_fen=lowest)) is is_right


def test_a_term_beyond_the_sme_term_needs_a_rule_for_it():
    assert not rules.is_beyond_sme_term(1000, RULES)
    assert not rules.is_beyond_sme_term(60, make_rules(sme_term_days=60))
    assert rules.is_beyond_sme_term(61, make_rules(sme_term_days=60))


@pytest.mark.parametrize(
    ("pieces", "first", "length", "shares"),
    [(0, 1, 2, (0, 0)), (2, 1, 100, (1, 1)), (10, 1, 100, (1, 9)), (10, 50, 100, (5, 5)), (10, 99, 100, (9, 1))],
)
def test_pieces_are_shared_out_by_length_at_least_one_each(pieces, first, length, shares):
    assert rules.compute_shared_pieces(pieces, first, length) == shares
