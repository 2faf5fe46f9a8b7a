"""The log's verifier against 98 + 98 published cases, most of them wrong on purpose, and against its own edge rules."""

import ast
import base64
import json
from hashlib import sha256
from pathlib import Path

import pytest

from ledger.merkle import verify_log
from ledger.merkle.verify_log import EMPTY_ROOT, hash_children, hash_leaf, is_consistent, is_included

VECTORS = Path(__file__).parents[3] / "vectors" / "merkle"


def load_cases(name: str):
    lines = (VECTORS / f"rfc6962-{name}.jsonl").read_text().splitlines()
    return [pytest.param(case, id=case["case"]) for case in map(json.loads, lines)]


def decode(text: str) -> bytes:
    return base64.b64decode(text)


def decode_path(case) -> list[bytes]:
    return [decode(sibling) for sibling in case["proof"] or []]


@pytest.mark.parametrize("case", load_cases("inclusion"))
def test_answers_inclusion_vector(case):
    held = is_included(
        decode(case["leafHash"]), case["leafIdx"], case["treeSize"], decode_path(case), decode(case["root"])
    )
    assert held is not case["wantErr"]


@pytest.mark.parametrize("case", load_cases("consistency"))
def test_answers_consistency_vector(case):
    held = is_consistent(case["size1"], case["size2"], decode(case["root1"]), decode(case["root2"]), decode_path(case))
    assert held is not case["wantErr"]


def test_vectors_are_complete():
    assert len(load_cases("inclusion")) == len(load_cases("consistency")) == 98


def test_hashes_are_separated_by_domain():
    left, right = hash_leaf(b"a"), hash_leaf(b"b")
    assert left == sha256(b"\x00a").digest()
    assert hash_children(left, right) == sha256(b"\x01" + left + right).digest()
    assert hash_leaf(left + right) != hash_children(left, right)
    assert sha256().digest() == EMPTY_ROOT


A, B, C = (hash_leaf(entry) for entry in (b"a", b"b", b"c"))
ROOT_2 = hash_children(A, B)
ROOT_3 = hash_children(ROOT_2, C)


def test_accepts_a_tree_of_three():
    assert is_included(A, 0, 3, [B, C], ROOT_3)
    assert is_included(C, 2, 3, (ROOT_2,), ROOT_3)
    assert is_consistent(2, 3, ROOT_2, ROOT_3, (C,))
    assert is_consistent(1, 3, A, ROOT_3, [B, C])


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0), (0, -3), (1 << 70, 3), (1, 3), (0, 1 << 70)])
def test_refuses_an_index_or_size_that_is_not_the_leafs(index, size):
    assert not is_included(A, index, size, [B, C], ROOT_3)


def test_refuses_hashes_of_a_wrong_length():
    # Joined again, the pieces would hash as the right ones do.
    assert not is_included(A[:31], 0, 2, [A[31:] + B], ROOT_2)
    assert not is_included(A, 0, 2, [B + b"\x00"], ROOT_2)
    assert not is_included(A, 0, 2, [B], ROOT_2[:31])
    assert not is_consistent(2, 3, ROOT_2[:31], ROOT_3, [ROOT_2[31:] + C])
    assert not is_consistent(3, 4, ROOT_3, ROOT_3, [C[:31], A, ROOT_2])
    assert not is_consistent(2, 3, ROOT_2, ROOT_3, [C + b"\x00"])


def test_refuses_a_path_that_is_too_long_or_too_short():
    assert not is_included(A, 0, 3, [B], ROOT_2)
    assert not is_included(A, 0, 3, [B, C, C], hash_children(ROOT_3, C))
    assert not is_included(A, 0, 3, [B] * 100_000, ROOT_3)
    assert not is_consistent(2, 3, ROOT_2, ROOT_3, [])
    assert not is_consistent(2, 3, ROOT_2, hash_children(ROOT_3, C), [C, C])


def test_consistency_from_no_leaves_says_nothing():
    assert is_consistent(0, 0, EMPTY_ROOT, EMPTY_ROOT, [])
    assert not is_consistent(0, 0, A, A, [])
    assert not is_consistent(0, 3, EMPTY_ROOT, ROOT_3, [])
    assert not is_consistent(0, 3, EMPTY_ROOT, ROOT_3, [ROOT_3])


def test_refuses_a_log_that_shrank_or_has_a_negative_size():
    assert not is_consistent(3, 2, ROOT_3, ROOT_2, [C])
    assert not is_consistent(-1, 2, ROOT_3, ROOT_2, [C])
    assert not is_consistent(-2, -1, ROOT_3, ROOT_2, [C])
    assert not is_consistent(-1, -1, EMPTY_ROOT, EMPTY_ROOT, [])


def test_equal_sizes_need_equal_roots_and_no_path():
    assert is_consistent(3, 3, ROOT_3, ROOT_3, [])
    assert not is_consistent(3, 3, ROOT_3, ROOT_2, [])
    assert not is_consistent(3, 3, ROOT_3, ROOT_3, [C])


def test_imports_hashlib_and_nothing_else():
    tree = ast.parse(Path(verify_log.__file__).read_text())
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in imports] == ["from hashlib import sha256"]
