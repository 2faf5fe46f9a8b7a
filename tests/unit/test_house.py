"""The rules of the house, found by reading the code: the purity of the deterministic core, and size."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.core import DOMAINS, KERNEL_CORE, ROOT, list_core

PROJECT = {"hefu", "ledger", *DOMAINS}
PURE_LIBRARY = {
    "__future__", "abc", "base64", "binascii", "bisect", "collections", "dataclasses", "enum", "functools", "hashlib",
    "heapq", "hmac", "itertools", "json", "operator", "struct", "types", "typing",
}  # fmt: skip
PURE_PACKAGES = {"ed25519_zebra", "google", "nacl"}
# Their answers depend on the Unicode tables of the Python that runs, or are easily used where they do.
UNICODE_METHODS = {
    "capitalize", "casefold", "isalnum", "isalpha", "isdecimal", "isdigit", "isidentifier", "islower", "isnumeric",
    "isprintable", "isspace", "istitle", "isupper", "lower", "normalize", "swapcase", "title", "upper",
}  # fmt: skip
IMPURE_BUILTINS = {"eval", "exec", "float", "hash", "id", "input", "open", "print"}
MAX_FUNCTION_LINES, MAX_FILE_LINES = 70, 500


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.AST) -> Iterator[str]:
    """The dotted names that a module imports; of `from a import b` both a and a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_set(node: ast.AST) -> bool:
    """Whether the expression is, on the face of it, a set."""
    if isinstance(node, ast.BinOp):
        return is_set(node.left) or is_set(node.right)
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in {"set", "frozenset"}
    return isinstance(node, ast.Set | ast.SetComp)


def impurities(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and fault of whatever could make two machines differ, or judge validity by `assert`."""
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            yield line, "a float"
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            yield line, "true division makes a float"
        elif isinstance(node, ast.Assert):
            yield line, "assert decides validity"
        elif isinstance(node, ast.For | ast.comprehension) and is_set(node.iter):
            yield getattr(node.iter, "lineno", line), "the order of a set is not determined"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in IMPURE_BUILTINS:
            yield line, f"{node.func.id}() is not pure"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in UNICODE_METHODS:
            yield line, f".{node.func.attr}() depends on Unicode tables"


def test_the_core_imports_nothing_impure():
    allowed = PROJECT | PURE_LIBRARY | PURE_PACKAGES
    found = [
        f"{shown(path)} imports {name}"
        for path in list_core()
        for name in imported(parse(path))
        if name.partition(".")[0] not in allowed
    ]
    assert found == []


def test_the_core_computes_in_integers_and_in_a_determined_order():
    found = [f"{shown(path)}:{line}: {fault}" for path in list_core() for line, fault in impurities(parse(path))]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "x = 0.5", "x = 1 / 2", "x /= 2", "assert x", "for i in {1, 2}: x()", "[i for i in set(x)]",
        "[i for i in {1} | y]", "float(x)", "hash(x)", "open(x)", "x.isdigit()", "x.upper()",
    ],
)  # fmt: skip
def test_the_walk_sees_each_impurity(source):
    assert len(list(impurities(ast.parse(source)))) == 1


def test_the_core_is_where_this_test_looks_for_it():
    present = {shown(path) for path in list_core()}
    kernel = {f"ledger/{name}.py" for name in KERNEL_CORE}
    domains = {
        f"{domain}/{name}.py" for domain in DOMAINS for name in ("records", "rules", "transitions", "rejections")
    }
    assert sorted((kernel | domains) - present) == []


def test_functions_and_files_are_of_readable_size():
    found = []
    for folder in ("ledger", *DOMAINS, "nodes", "bench", "examples"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            source = path.read_text(encoding="utf-8")
            if source.count("\n") > MAX_FILE_LINES:
                found.append(f"{shown(path)} is too long")
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    lines = (node.end_lineno or node.lineno) - node.lineno
                    if lines > MAX_FUNCTION_LINES:
                        found.append(f"{shown(path)}: {node.name} has {lines} lines")
    assert found == []
