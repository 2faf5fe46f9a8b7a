"""Which column of a sheet means what, by its heading, in English and in Chinese.

1. A heading is compared without case, spaces, punctuation and width, and without a unit in brackets at its end:
   `Invoice No.`, `invoice_no` and `ＩＮＶＯＩＣＥ ＮＯ` are one, and so are `金额` and `金额（元）`.
2. Two columns with one meaning are refused: nobody could say which counts. A needed one that is missing is refused.
3. Headings that mean nothing here are left alone, and named, so that a person sees what was not read.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.errors import MalformedInput
from nodes.sheets.cells import Cell, is_empty

MAX_COLUMNS = 256
MAX_HEADING = 100
_UNIT = re.compile(r"\((?:元|人民币|人民币元|yuan|cny|rmb)\)$")


@dataclass(frozen=True, slots=True)
class Column:
    """A meaning, the headings that have it, and whether a sheet must have one of them."""

    name: str
    english: tuple[str, ...]
    chinese: tuple[str, ...]
    is_needed: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each meaning stands, what the sheet calls it, which headings were not read, how many columns there are."""

    places: dict[str, int]
    shown: dict[str, str]
    unread: tuple[str, ...]
    width: int


def normalise_heading(text: str) -> str:
    """A heading as it is compared."""
    folded = unicodedata.normalize("NFKC", text).casefold().strip()
    return "".join(character for character in _UNIT.sub("", folded) if character.isalnum())


def find_layout(cells: Sequence[Cell], columns: Sequence[Column]) -> Layout:
    """Where the meanings stand in a heading row. MalformedInput: too many, one twice, one missing, none known."""
    if len(cells) > MAX_COLUMNS:
        raise MalformedInput(f"more than {MAX_COLUMNS} columns", "headings")
    meanings = {normalise_heading(text): column for column in columns for text in (*column.english, *column.chinese)}
    places: dict[str, int] = {}
    shown: dict[str, str] = {}
    unread: list[str] = []
    for place, cell in enumerate(cells):
        text = "" if is_empty(cell) else " ".join(str(cell).split())[:MAX_HEADING]
        column = meanings.get(normalise_heading(text)) if text else None
        if column is None:
            unread.extend([text] if text else [])
        elif column.name in places:
            raise MalformedInput(f"“{shown[column.name]}” and “{text}” mean the same; leave one", "headings")
        else:
            places[column.name], shown[column.name] = place, text
    if not places:
        raise MalformedInput("row 1 has no heading that is known; docs/import.md lists them", "headings")
    missing = [column for column in columns if column.is_needed and column.name not in places]
    if missing:
        names = ", ".join(f"{column.english[0]} {column.chinese[0]}" for column in missing)
        raise MalformedInput(f"no column for {names}", "headings")
    return Layout(places, shown, tuple(unread), len(cells))
