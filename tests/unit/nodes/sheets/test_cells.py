"""One cell at a time: what is taken, as what, and by which name the rest is refused."""

from datetime import date, datetime, time, timedelta

import pytest

from nodes.genesis_file import make_uscc
from nodes.sheets.cells import DMY, MDY, is_empty, parse_amount, parse_day, parse_organisation, parse_text
from nodes.sheets.faults import BadCell

DAY = (date(2026, 3, 31) - date(1970, 1, 1)).days


def fault_of(parse, *arguments):
    with pytest.raises(BadCell) as caught:
        parse(*arguments)
    return caught.value.fault.name


@pytest.mark.parametrize(
    ("cell", "fen"),
    [
        ("1234.5", 123_450), ("1,234.50", 123_450), ("0.01", 1), (" 12 ", 1200), ("１２．５０", 1250),
        ("¥1,000", 100_000),
        ("￥ 8.00", 800), ("100元", 10_000), ("007.10", 710), ("1,234,567.89", 123_456_789), (12, 1200), (0.1, 10),
        (1234.56, 123_456), (1e3, 100_000), (4.35, 435), (1.1, 110), (99_999_999_999.99, 9_999_999_999_999),
        ("92233720368547758.07", 2**63 - 1),
    ],
)  # fmt: skip
def test_amounts_are_exact_fen(cell, fen):
    assert parse_amount(cell) == fen


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("", "MISSING"), (None, "MISSING"), ("   ", "MISSING"), ("abc", "AMOUNT_FORM"), ("1.234,56", "AMOUNT_FORM"),
        ("1,5", "AMOUNT_FORM"), ("12,34.5", "AMOUNT_FORM"), ("1e3", "AMOUNT_FORM"), ("0x10", "AMOUNT_FORM"),
        ("=1+1", "AMOUNT_FORM"), ("(5.00)", "AMOUNT_FORM"), ("+5", "AMOUNT_FORM"), ("1 000.00", "AMOUNT_FORM"),
        ("٣", "AMOUNT_FORM"), ("NaN", "AMOUNT_FORM"), (True, "AMOUNT_FORM"), (float("nan"), "AMOUNT_FORM"),
        (float("inf"), "AMOUNT_FORM"), (date(2026, 1, 1), "AMOUNT_FORM"), (timedelta(1), "AMOUNT_FORM"),
        ("-5.00", "AMOUNT_NEGATIVE"), (-5, "AMOUNT_NEGATIVE"), (-0.01, "AMOUNT_NEGATIVE"), ("0", "AMOUNT_ZERO"),
        ("0.00", "AMOUNT_ZERO"), (0, "AMOUNT_ZERO"), (0.0, "AMOUNT_ZERO"), ("0.001", "AMOUNT_FRACTION"),
        ("1.100", "AMOUNT_FRACTION"), (0.001, "AMOUNT_FRACTION"), (1e-320, "AMOUNT_FRACTION"),
        ("92233720368547758.08", "AMOUNT_TOO_LARGE"), ("9" * 190, "AMOUNT_TOO_LARGE"), (2**63, "AMOUNT_INEXACT"),
        (1e30, "AMOUNT_TOO_LARGE"), (1e300, "AMOUNT_TOO_LARGE"), (1234567890123.456, "AMOUNT_INEXACT"),
        ("1" * 201, "TOO_LONG"), ("1\x0000", "CONTROL_CHARACTER"),
    ],
)  # fmt: skip
def test_amounts_that_are_none_are_refused_by_name(cell, name):
    assert fault_of(parse_amount, cell) == name


@pytest.mark.parametrize(
    "cell",
    [
        "2026-03-31", "2026-3-31", "2026/3/31", "2026.03.31", "20260331", "2026年3月31日", "2026 年 3 月 31 日",
        "２０２６－０３－３１", date(2026, 3, 31), datetime(2026, 3, 31), 20260331,
    ],
)  # fmt: skip
def test_days_with_the_year_first_need_no_order(cell):
    assert parse_day(cell) == DAY
    assert parse_day(cell, DMY) == DAY


def test_days_with_the_year_last_need_an_order():
    assert fault_of(parse_day, "3/4/2026") == "DAY_AMBIGUOUS"
    assert fault_of(parse_day, "31/3/2026") == "DAY_AMBIGUOUS"
    assert parse_day("3/31/2026", MDY) == parse_day("31.3.2026", DMY) == parse_day("31-03-2026", DMY) == DAY
    assert fault_of(parse_day, "31/3/2026", MDY) == "DAY_NOT_IN_CALENDAR"


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("2026-02-30", "DAY_NOT_IN_CALENDAR"), ("20260230", "DAY_NOT_IN_CALENDAR"),
        ("2026-13-01", "DAY_NOT_IN_CALENDAR"),
        ("2025-02-29", "DAY_NOT_IN_CALENDAR"), ("1969-12-31", "DAY_NOT_IN_CALENDAR"),
        ("9999-01-01", "DAY_NOT_IN_CALENDAR"),
        (datetime(1900, 1, 1), "DAY_NOT_IN_CALENDAR"), ("26-03-31", "DAY_FORM"), ("31 March 2026", "DAY_FORM"),
        ("2026-03-31T00:00", "DAY_FORM"), ("2026-3/31", "DAY_FORM"), (datetime(2026, 3, 31, 9), "DAY_FORM"),
        (46000, "DAY_FORM"),
        (46000.5, "DAY_FORM"), (True, "DAY_FORM"), (time(9), "DAY_FORM"), (timedelta(1), "DAY_FORM"), ("", "MISSING"),
        (None, "MISSING"),
    ],
)  # fmt: skip
def test_days_that_are_none_are_refused_by_name(cell, name):
    assert fault_of(parse_day, cell) == name


def test_an_organisation_is_an_id_with_right_check_digits():
    organisation = make_uscc(7)
    assert parse_organisation(f" {organisation.lower()[:9]} {organisation[9:]}") == organisation
    assert parse_organisation("2594007XIACKNMUAW223") == "2594007XIACKNMUAW223"
    assert fault_of(parse_organisation, organisation[:-1] + "?") == "ORGANISATION_FORM"
    assert fault_of(parse_organisation, 913501000) == "NOT_TEXT"
    assert fault_of(parse_organisation, "") == "MISSING"


def test_text_is_what_stands_there_and_never_a_number():
    assert parse_text("  HT-1　") == "HT-1"
    assert parse_text("合同 1") == "合同 1"
    assert parse_text("=cmd()") == "=cmd()"
    assert parse_text(None) == parse_text("") == ""
    for cell in (1, 1.0, True, date(2026, 1, 1)):
        assert fault_of(parse_text, cell) == "NOT_TEXT"
    for text in ("a\x00b", "a\nb", "a\tb", "a\u2028b", "\ud800", "a\x7fb"):
        assert fault_of(parse_text, text) == "CONTROL_CHARACTER"
    assert fault_of(parse_text, "x" * 9, 8) == "TOO_LONG"


def test_white_space_is_empty():
    assert is_empty(None)
    assert is_empty(" \u3000")
    assert not is_empty(0)
