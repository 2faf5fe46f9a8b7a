"""Headings in either language mean their column; what is in doubt is refused."""

from pathlib import Path

import pytest

from ledger.errors import MalformedInput
from nodes.imports.payables import COLUMNS
from nodes.sheets.headings import MAX_COLUMNS, Column, find_layout, normalise_heading

ROOT = Path(__file__).parents[4]
DUE = Column("due_on", ("due date", "due"), ("到期日",), is_needed=True)
AMOUNT = Column("amount", ("amount",), ("金额",))


@pytest.mark.parametrize(
    "text", ["Due Date", "due_date", " DUE-DATE ", "ＤＵＥ　ＤＡＴＥ", "due date.", "到期日", "“到期日”"]
)
def test_a_heading_is_compared_without_case_width_and_punctuation(text):
    layout = find_layout(["x", text], [DUE, AMOUNT])
    assert layout.places == {"due_on": 1}
    assert layout.unread == ("x",)


@pytest.mark.parametrize("text", ["金额(元)", "金额（元）", "Amount (CNY)", "amount(yuan)"])
def test_a_unit_in_brackets_says_nothing_new(text):
    assert find_layout([text, "due"], [DUE, AMOUNT]).places == {"amount": 0, "due_on": 1}


def test_another_unit_is_another_heading():
    assert normalise_heading("金额(万元)") != normalise_heading("金额")


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["到期日", "due date"], "mean the same"), (["金额"], "no column for due date 到期日"),
        (["a", "b"], "no heading"),
        ([None, "", " "], "no heading"), (["due"] + ["x"] * MAX_COLUMNS, "columns"),
    ],
)  # fmt: skip
def test_headings_in_doubt_are_refused(cells, said):
    with pytest.raises(MalformedInput, match=said):
        find_layout(cells, [DUE, AMOUNT])


def test_no_heading_means_two_columns():
    named = [normalise_heading(text) for column in COLUMNS for text in (*column.english, *column.chinese)]
    assert len(named) == len(set(named))
