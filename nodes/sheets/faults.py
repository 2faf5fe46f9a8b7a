"""Why a cell or a row is not taken: a name that never changes its meaning, and a sentence in both languages.

These are not the ledger's refusals, which have numbers: nothing of such a row ever reaches the ledger.
"""

from dataclasses import dataclass

from ledger.errors import MalformedInput


@dataclass(frozen=True, slots=True)
class Fault:
    """A ground on which a cell or a row is not taken."""

    name: str
    english: str
    chinese: str


class BadCell(MalformedInput):
    """One cell, or one row, is not taken; the others may be."""

    def __init__(self, fault: Fault, column: str = "") -> None:
        super().__init__(f"{fault.name}: {fault.english}", column)
        self.fault = fault
        self.column = column


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault at its place. `row` is the row's number in the sheet, from 1, or a file's name in a folder."""

    row: str
    column: str
    name: str
    english: str
    chinese: str


def make_finding(row: str, bad: BadCell) -> Finding:
    """A bad cell of a row as it is reported."""
    return Finding(row, bad.column, bad.fault.name, bad.fault.english, bad.fault.chinese)


MISSING = Fault("MISSING", "The cell is empty, and must not be.", "必填单元格为空。")
TOO_MANY_CELLS = Fault("TOO_MANY_CELLS", "The row has more cells than there are headings.", "该行单元格多于表头列数。")
CONTROL_CHARACTER = Fault(
    "CONTROL_CHARACTER", "The text holds a control character, such as NUL or a line break.", "文本含控制字符。"
)
TOO_LONG = Fault("TOO_LONG", "The text is longer than this column takes.", "文本超过本列允许的长度。")
NOT_TEXT = Fault(
    "NOT_TEXT",
    "The cell is a number or a date; a spreadsheet drops leading zeros, so format the column as text.",
    "单元格为数字或日期格式, 前导零可能丢失, 请将该列设为文本格式。",
)
AMOUNT_FORM = Fault(
    "AMOUNT_FORM",
    "Not an amount: digits, perhaps thousands commas, perhaps a point and two decimals, like 1,234.50.",
    "金额格式不正确, 应如 1,234.50。",
)
AMOUNT_NEGATIVE = Fault("AMOUNT_NEGATIVE", "The amount is negative.", "金额为负数。")
AMOUNT_ZERO = Fault("AMOUNT_ZERO", "The amount is zero.", "金额为零。")
AMOUNT_FRACTION = Fault("AMOUNT_FRACTION", "The amount has more than two decimals.", "金额小数超过两位。")
AMOUNT_TOO_LARGE = Fault(
    "AMOUNT_TOO_LARGE", "The amount in fen does not stay below 2^63.", "金额过大, 超出系统可表示的范围。"
)
AMOUNT_INEXACT = Fault(
    "AMOUNT_INEXACT",
    "The number cell has more than 15 digits, which a spreadsheet does not keep; write the amount as text.",
    "数字单元格超过 15 位有效数字, 电子表格无法精确保存, 请以文本填写。",
)
DAY_FORM = Fault(
    "DAY_FORM",
    "Not a day: 2026-03-31, 2026/3/31, 2026.3.31, 20260331, 2026年3月31日, or a date cell without a time.",
    "日期格式不正确, 应如 2026-03-31、2026/3/31、20260331 或 2026年3月31日。",
)
DAY_AMBIGUOUS = Fault(
    "DAY_AMBIGUOUS",
    "Day and month could be either way round; say --day-order mdy or dmy, or write the year first.",
    "日月顺序不明, 请用 --day-order 指定, 或将年份写在前面。",
)
DAY_NOT_IN_CALENDAR = Fault(
    "DAY_NOT_IN_CALENDAR", "No calendar has this day, or it lies outside 1970 to 2199.", "日历中没有这一天。"
)
ORGANISATION_FORM = Fault(
    "ORGANISATION_FORM",
    "Neither a USCC (18 characters) nor an LEI (20) with right check digits.",
    "不是校验正确的统一社会信用代码 (18 位) 或 LEI (20 位)。",
)
