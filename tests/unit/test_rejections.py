"""Each numbered ground of refusal has one number, both languages, a test of its own and a heading in the docs."""

import ast
from pathlib import Path

from ledger.errors import Reason
from nodes.rejections_page import DOMAINS, list_reasons, render

ROOT = Path(__file__).parents[2]


def all_reasons() -> list[Reason]:
    return [reason for domain in DOMAINS for reason in list_reasons(domain)]


def test_a_number_and_a_name_mean_one_thing():
    distinct = set(all_reasons())
    assert len({reason.code for reason in distinct}) == len(distinct)
    assert len({reason.name for reason in distinct}) == len(distinct)
    assert all(reason.code > 0 for reason in distinct)


def test_a_reason_is_bound_to_its_own_name():
    wrong = [
        f"{domain.__name__}.{name}"
        for domain in DOMAINS
        for name, value in vars(domain).items()
        if isinstance(value, Reason) and name != value.name
    ]
    assert wrong == []


def test_a_reason_speaks_english_and_chinese():
    mute = [reason.name for reason in all_reasons() if not reason.english.isascii() or reason.chinese.isascii()]
    assert mute == []


def test_each_reason_has_its_test():
    written = {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    missing = [name for reason in all_reasons() if (name := f"test_rejects_{reason.name.lower()}") not in written]
    assert missing == []


def test_the_page_is_not_stale():
    assert (ROOT / "docs" / "rejections.md").read_text(encoding="utf-8") == render(), "run `make docs`"
