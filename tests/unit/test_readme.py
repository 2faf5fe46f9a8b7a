"""What README and docs name exists: make targets, `hefu` commands with their options, links, the measured ratios."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from sqlalchemy import inspect

import nodes.cli
from bench.network_report import render_section
from ledger.store.database import open_engine
from nodes.cli.app import app
from nodes.config import NodeConfig
from nodes.wiring import prepare_database

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "bench" / "results" / "latest.json"
README = ROOT / "README.md"
CHINESE_README = ROOT / "README.zh-CN.md"
DOCS = [
    ROOT / "docs" / f"{name}.md" for name in ("guide", "proofs", "operations", "import", "glossary", "architecture")
]
PAGES = [README, CHINESE_README, *DOCS]
PAGES_WITH_COMMANDS = PAGES[:-2]
QUOTED_RATIOS = ("mixed_signatures_over_single_thread_verify", "cost_per_operation_1e6_over_1e4")
WORD = re.compile(r"[a-z][a-z-]*")


def list_shell_lines(text: str) -> Iterator[str]:
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        yield from block.replace("\\\n", " ").splitlines()


def list_commands(text: str) -> Iterator[list[str]]:
    """Each `hefu …` of a shell block, and each in backticks, as words."""
    yield from (shlex.split(line, comments=True)[1:] for line in list_shell_lines(text) if line.startswith("hefu "))
    yield from (found.split() for found in re.findall(r"`hefu ([^`]+)`", text))


def find_fault(words: list[str]) -> str:
    """Why the command line does not know this command; empty where it does."""
    command: Any = typer.main.get_command(app)
    for place, word in enumerate(words):
        if not hasattr(command, "commands"):
            break
        for name in word.split("|") if WORD.match(word) else ():
            if name not in command.commands:
                return f"there is no `{name}`"
        if not WORD.fullmatch(word):
            return "" if place else f"{word} is no command"
        command = command.commands[word]
    options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    unknown = [word for word in words if re.match(r"-{1,2}[a-z]", word) and word not in {*options, "--help"}]
    return f"there is no option {unknown[0]}" if unknown else ""


@pytest.mark.parametrize("page", PAGES_WITH_COMMANDS, ids=lambda page: page.name)
def test_each_hefu_command_shown_exists_with_its_options(page):
    commands = list(list_commands(page.read_text(encoding="utf-8")))
    faults = [(" ".join(words), find_fault(words)) for words in commands]
    assert [fault for fault in faults if fault[1]] == []
    assert commands


def list_names(command: Any, name: str = "hefu") -> Iterator[str]:
    """The full name of each command that does something."""
    children = getattr(command, "commands", {})
    for child in children:
        yield from list_names(children[child], f"{name} {child}")
    if not children:
        yield name


def test_each_command_stands_on_a_page():
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES_WITH_COMMANDS)
    names = list(list_names(typer.main.get_command(app)))
    assert [name for name in names if not re.search(rf"{name}(?![\w-])", text)] == []
    assert len(names) > 100


def test_each_module_of_the_command_line_stands_in_its_table():
    rows = re.findall(r"^\| ([a-z_, ]+) \|", nodes.cli.__doc__ or "", re.MULTILINE)
    listed = [name for row in rows[1:] for name in row.split(", ")]
    assert sorted(listed) == sorted(path.stem for path in (ROOT / "nodes" / "cli").glob("[!_]*.py"))


def test_a_command_that_does_not_exist_would_be_found():
    assert find_fault(["voucher", "isue"]) == "there is no `isue`"
    assert find_fault(["voucher", "issue", "A-1", "--due", "x"]) == "there is no option --due"
    assert find_fault(["node", "init|stop"]) == "there is no `stop`"
    assert find_fault(["voucher", "finance", "take", "X", "--terms", "t", "-k", "k"]) == ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_make_target_named_exists(page):
    text = page.read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = set(re.findall(r"`make ([a-z-]+)", text))
    named |= {line.split()[1] for line in list_shell_lines(text) if line.startswith("make ")}
    assert named - targets == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_link_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


def list_heading_levels(text: str) -> list[int]:
    """How deep each heading stands, code blocks aside."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return [len(marks) for marks in re.findall(r"^(#+) ", prose, re.MULTILINE)]


def test_the_chinese_readme_has_the_same_parts_and_commands():
    english, chinese = (path.read_text(encoding="utf-8") for path in (README, CHINESE_README))
    assert list_heading_levels(chinese) == list_heading_levels(english)
    said = [[shlex.split(line, comments=True) for line in list_shell_lines(text)] for text in (english, chinese)]
    assert said[0] == said[1]


def test_readme_quotes_the_measured_network():
    (section,) = re.findall(r"<!-- bench-network -->(.*?)<!-- /bench-network -->", README.read_text("utf-8"), re.DOTALL)
    measured = json.loads((RESULTS.parent / "network.json").read_text(encoding="utf-8"))
    assert render_section(measured).strip() == section.strip()


def test_readme_quotes_the_measured_ratios():
    (section,) = re.findall(r"<!-- bench -->(.*?)<!-- /bench -->", README.read_text(encoding="utf-8"), re.DOTALL)
    quoted = {name: float(value) for name, value in re.findall(r"`([a-z0-9_]+)` \| ([0-9.]+) \|", section)}
    if RESULTS.exists():
        measured = json.loads(RESULTS.read_text(encoding="utf-8"))["ratios"]
        assert quoted == {name: measured.get(name) for name in quoted}
        assert set(QUOTED_RATIOS) <= set(quoted)
    else:
        assert quoted == {}


def test_each_table_of_a_ledger_is_described_and_no_other(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'ledger.db'}")
    with engine.connect() as connection:
        prepare_database(connection)
        found = {name for name in inspect(connection).get_table_names() if not name.startswith("alembic")}
    engine.dispose()
    (_, storage) = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").split("\n## Storage\n")
    rows = re.findall(r"^\| (`.*?`) \|", storage.partition("\n## ")[0], re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == found


def test_each_setting_of_a_node_is_documented():
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    missing = [name for name in NodeConfig.model_fields if f"| `{name}` | `HEFU_NODE_{name.upper()}` |" not in page]
    assert missing == []


def test_each_reason_of_the_verifier_is_documented():
    code = "".join((ROOT / "ledger" / f"{name}.py").read_text(encoding="utf-8") for name in ("verify", "trust"))
    reasons = set(re.findall(r'ProofRefused\(\s*"([A-Z_]+)"', code))
    page = (ROOT / "docs" / "proofs.md").read_text(encoding="utf-8")
    assert [reason for reason in sorted(reasons) if f"`{reason}`" not in page] == []
    assert "ANSWER_IS_NO" in reasons


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_merge_was_left_half_done(page):
    marks = ("<<<<<<< ", "=======", ">>>>>>> ")
    assert [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith(marks)] == []


def test_each_decision_stands_in_their_table():
    folder = ROOT / "docs" / "decisions"
    table = (folder / "README.md").read_text(encoding="utf-8")
    records = sorted(path.name for path in folder.glob("0*.md"))
    assert [name for name in records if f"[{name[:4]}]({name})" not in table] == []
    assert len({name[:4] for name in records}) == len(records)
