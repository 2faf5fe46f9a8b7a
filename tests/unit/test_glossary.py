"""Each Chinese term in a comment of the contract stands in the glossary, with its English and its name there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GLOSSARY = ROOT / "docs" / "glossary.md"
PROTOS = sorted((ROOT / "proto" / "hefu" / "v1").glob("*.proto"))
RUN = re.compile(r"[\u4e00-\u9fff]+")
PHRASE = re.compile(r"[\u4e00-\u9fff]+(?:[,、] ?[\u4e00-\u9fff]+)*")
VALUE = re.compile(r"\s*([A-Z][A-Z0-9_]*) = [0-9]+;\s*// (.*)")


def read_glossary():
    """English and names in the contract, by Chinese term."""
    found: dict[str, tuple[str, set[str]]] = {}
    for line in GLOSSARY.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 3 and RUN.search(cells[0]) and cells[0] != "中文":
            assert cells[0] not in found, f"{cells[0]} stands there twice"
            found[cells[0]] = (cells[1], set(re.findall(r"`([^`]+)`", cells[2])))
    return found


def list_terms(path):
    """Chinese terms of a contract's comments, each with the enum value that it names, or nothing."""
    for line in path.read_text(encoding="utf-8").splitlines():
        value = VALUE.match(line)
        if value is not None:
            phrase = PHRASE.match(value[2])
            if phrase is not None:
                yield phrase[0], value[1]
        elif "//" in line:
            yield from ((term, "") for term in RUN.findall(line.partition("//")[2]))


@pytest.mark.parametrize("path", PROTOS, ids=lambda path: path.name)
def test_each_chinese_term_of_the_contract_is_in_the_glossary(path):
    glossary = read_glossary()
    missing = [
        (term, name)
        for term, name in list_terms(path)
        if term not in glossary or (name and name not in glossary[term][1])
    ]
    assert missing == [], "add them to docs/glossary.md"


def test_each_term_has_its_english():
    glossary = read_glossary()
    assert [
        term for term, (english, _) in glossary.items() if not re.search("[a-z]", english) or RUN.search(english)
    ] == []
    assert len(glossary) > 100


def test_the_walk_sees_terms_of_both_kinds(tmp_path):
    path = tmp_path / "a.proto"
    path.write_text(
        "// About 术语.\nenum A {\n  A_UNSPECIFIED = 0;\n  DONE = 1;   // 已受理, 待登记: or 中文\n  B = 2; // no\n}\n"
        "message M {\n  string a = 1;  // 收款人 and 付款行\n}\n",
        encoding="utf-8",
    )
    assert list(list_terms(path)) == [("术语", ""), ("已受理, 待登记", "DONE"), ("收款人", ""), ("付款行", "")]
