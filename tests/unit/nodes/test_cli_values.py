"""What people type and read."""

import importlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hefu.v1 import identity_pb2
from hefu.v1 import receivables_pb2 as pb
from nodes.cli import values
from nodes.cli.output import SPANS, describe
from nodes.cli.values import BadValue

ISSUER = "91350100M000100Y43"
FILES = ("governance", "identity", "inbox", "ledger", "node", "pledges", "receivables", "reports")
INSTANT = r"(.*_)?(at|by|from|until|after|before|update|time|now)_ms"


@pytest.mark.parametrize(
    ("text", "fen"),
    [("0", 0), ("1", 100), ("0.01", 1), ("0.1", 10), ("1000000.00", 100_000_000), ("92233720368547758.07", 2**63 - 1)],
)
def test_amounts_are_yuan(text, fen):
    assert values.parse_fen(text) == fen


@pytest.mark.parametrize(
    "text",
    [
        "", " 1", "1 ", "1.", ".5", "1.234", "-1", "+1", "1e3", "1E3", "1,000", "1_000", "01", "00", "0x10", "١", "１",
        "1.0.0", "inf", "nan", "1\n", "92233720368547758.08", "1" * 60,
    ],
)  # fmt: skip
def test_other_spellings_of_an_amount_are_refused(text):
    with pytest.raises(BadValue):
        values.parse_fen(text)


@given(st.integers(0, 2**63 - 1))
def test_an_amount_that_is_shown_reads_back(fen):
    assert values.parse_fen(values.show_fen(fen).replace(",", "")) == fen


def test_amounts_are_shown_with_separators():
    assert values.show_fen(123_456_789_00) == "123,456,789.00"
    assert values.show_fen(-5) == "-0.05"


@given(st.integers(-719_162, 2_932_896))
def test_a_day_that_is_shown_reads_back(day):
    assert values.parse_day(values.show_day(day)) == day


def test_days_are_iso_dates_alone():
    assert values.parse_day("1970-01-02") == 1
    assert values.show_day(2**31) == "day 2147483648"
    for text in ("2026-02-30", "20260101", "2026-1-1", "2026-W01-1", "01.02.2026", "tomorrow", "", "2026-01-01T00:00"):
        with pytest.raises(BadValue):
            values.parse_day(text)


def test_instants_are_shanghai_time_unless_they_say_otherwise():
    assert values.parse_instant_ms("1970-01-01T08:00:01") == 1000
    assert values.parse_instant_ms("1970-01-01T00:00:01Z") == 1000
    assert values.parse_instant_ms("1970-01-01T01:00:01+01:00") == 1000
    assert values.show_ms(1000) == "1970-01-01 08:00:01 +08:00"
    assert values.show_ms(2**62) == f"{2**62} ms"
    for text in ("1970-01-01T08:00", "1969-01-01T00:00", "2026-01-01", "now", "", "0001-01-01T00:00+14:00"):
        with pytest.raises(BadValue):
            values.parse_instant_ms(text)


def test_spans_are_shown_as_they_are_typed():
    spans = [values.show_span_ms(ms) for ms in (1000, 90_000, 7_200_000, 259_200_000, 1500, 0)]
    assert spans == ["1s", "90s", "2h", "3d", "1500 ms", "0 ms"]


def test_the_rulebooks_spans_are_no_instants():
    rules = identity_pb2.IdentityRules(max_proposal_ms=30 * 86_400_000, reenrolment_wait_ms=72 * 3_600_000)
    assert list(describe(rules)) == ["max_proposal: 30d", "reenrolment_wait: 3d"]
    assert list(describe(pb.Package(accept_by_ms=1000))) == ["accept_by: 1970-01-01 08:00:01 +08:00"]


def test_each_field_in_milliseconds_is_a_span_or_named_like_an_instant():
    files = [importlib.import_module(f"hefu.v1.{name}_pb2").DESCRIPTOR for name in FILES]
    messages = [message for file in files for message in file.message_types_by_name.values()]
    names = {field.name for message in messages for field in message.fields if field.name.endswith("_ms")}
    assert {name for name in names if not re.fullmatch(INSTANT, name)} == set(SPANS)


def test_deadlines_are_spans_or_instants():
    assert values.parse_deadline_ms("72h", 1000) == 1000 + 72 * 3_600_000
    assert values.parse_deadline_ms("1970-01-01T08:00:01", 5) == 1000
    assert [values.parse_span_ms(text) for text in ("1s", "2m", "3h", "4d")] == [1000, 120_000, 10_800_000, 345_600_000]
    for text in ("0h", "-1h", "1w", "h", "1.5h", "1h30m", ""):
        with pytest.raises(BadValue):
            values.parse_deadline_ms(text, 0)
        with pytest.raises(BadValue):
            values.parse_span_ms(text)


def test_rates_are_percent():
    assert values.parse_ppm("2.62%") == 26_200
    assert values.parse_ppm("100%") == 1_000_000
    for text in ("2.62", "-1%", "1.00001%", "1e1%", "%", ""):
        with pytest.raises(BadValue):
            values.parse_ppm(text)


def test_a_voucher_is_a_range_of_a_package():
    ref = pb.VoucherRef(package=f"{ISSUER}.A-1", start=1, end=100)
    assert values.parse_voucher(f"{ISSUER}.A-1/1-100") == ref
    assert values.parse_voucher(f"voucher:{ISSUER}.A-1/1-100") == ref
    assert values.show_voucher(ref) == f"{ISSUER}.A-1/1-100"
    assert values.show_voucher(pb.VoucherRef(package="p")) == "p"
    assert values.parse_issuer(f"{ISSUER}.A-1") == ISSUER


@pytest.mark.parametrize(
    "end", ["", "/", "/1", "/1-", "/0-5", "/5-1", "/01-5", "/1-9223372036854775808", "/1-2/3", "/1-2\n"]
)
def test_other_spellings_of_a_voucher_are_refused(end):
    with pytest.raises(BadValue):
        values.parse_voucher(f"{ISSUER}.A-1{end}")


@pytest.mark.parametrize(
    "text", ["", "A-1", f"{ISSUER}", f"{ISSUER}.", f"{ISSUER}.a", f"{ISSUER}.{'A' * 25}", "../../x.A"]
)
def test_other_spellings_of_a_package_are_refused(text):
    with pytest.raises(BadValue):
        values.parse_package(text)


def test_an_organisation_has_right_check_digits():
    assert values.parse_organisation(ISSUER) == ISSUER
    assert values.parse_organisation("2594007XIACKNMUAW223") == "2594007XIACKNMUAW223"
    with pytest.raises(BadValue):
        values.parse_organisation("91350100M000100Y44")


def test_hex_has_its_length():
    assert values.parse_hex("0a0B", 2, "thing") == b"\x0a\x0b"
    for text in ("0a", "zzzz", "0a 0b", "", "0a0b0c"):
        with pytest.raises(BadValue):
            values.parse_hex(text, 2, "thing")
