"""The demo's reader of the file of receivables: the published sample, and whatever else is put in its place."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples.demo.calendar import build_business_calendar, to_day
from examples.demo.cast import build_cast
from examples.demo.folding import fold_command, wrap
from examples.demo.plan import LATE, ON_TIME, PREPAID, build_plans
from examples.demo.sample import COLUMNS, read_receivables
from identity.rules import is_uscc
from ledger.errors import MalformedInput
from receivables.days import Calendar, compute_calendar

SAMPLE = Path(__file__).parents[2] / "examples" / "data" / "ibm-accounts-receivable.csv"
HEAD = ",".join(COLUMNS)
ROW = "391,0379-NEVHP,4/6/2013,0000611365,1/2/2013,2/1/2013,55.94,No,1/15/2013,Paper,13,0"


def make_file(*rows: str) -> bytes:
    return "\n".join((HEAD, *rows)).encode()


def make_calendar() -> Calendar:
    return compute_calendar(build_business_calendar())


def test_reads_the_published_sample() -> None:
    found = read_receivables(SAMPLE.read_bytes())
    assert len(found) == 2466
    assert len({row.customer for row in found}) == 100
    assert sum(row.settled_on < row.due_on for row in found) == 1505
    assert [row.issued_on for row in found] == sorted(row.issued_on for row in found)
    assert all(row.due_on - row.issued_on == 30 for row in found)
    assert (min(row.amount_fen for row in found), max(row.amount_fen for row in found)) == (526_000, 12_828_000)


def test_an_amount_is_a_thousandfold_in_yuan() -> None:
    (row,) = read_receivables(make_file(ROW))
    assert row.amount_fen == 55_940_00
    assert row.settled_on == to_day("2013-01-15")


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("55.94", "-55.94", "line 2, InvoiceAmount"),
        ("55.94", "0.00", "line 2, InvoiceAmount"),
        ("55.94", "1e3", "line 2, InvoiceAmount"),
        ("55.94", "５５.94", "line 2, InvoiceAmount"),
        ("1/2/2013", "13/2/2013", "line 2, InvoiceDate"),
        ("1/2/2013", "2013-01-02", "line 2, InvoiceDate"),
        ("2/1/2013", "1/1/2013", "line 2, DueDate"),
        ("1/15/2013", "1/1/2013", "line 2, SettledDate"),
        ("0000611365", "611365", "line 2, invoiceNumber"),
        ("0379-NEVHP", "", "line 2, customerID"),
        (",No,", ",maybe,", "line 2, Disputed"),
        (",13,0", ",13", "line 2"),
        ("countryCode", "country", "line 1"),
    ],
)
def test_a_bad_field_is_named(old: str, new: str, field: str) -> None:
    text = make_file(ROW).decode()
    assert old in text
    with pytest.raises(MalformedInput) as caught:
        read_receivables(text.replace(old, new, 1).encode())
    assert caught.value.field == field


@pytest.mark.parametrize("data", [b"", b"\xff", HEAD.encode(), make_file(ROW, ROW), make_file('"'), b"\0" * 10])
def test_a_file_that_is_none_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedInput):
        read_receivables(data)


@settings(max_examples=300, deadline=None)
@given(place=st.integers(0, 10**6), replaced=st.binary(max_size=4), cut=st.integers(0, 3))
def test_mutated_bytes_are_read_or_malformed(place: int, replaced: bytes, cut: int) -> None:
    data = make_file(ROW, ROW.replace("0000611365", "0000611366"))
    at = place % len(data)
    try:
        found = read_receivables(data[:at] + replaced + data[at + cut :])
    except MalformedInput:
        return
    assert all(row.amount_fen > 0 for row in found)


def test_everybody_is_invented_and_has_a_valid_number_of_no_region() -> None:
    rows = read_receivables(SAMPLE.read_bytes())
    cast = build_cast(row.customer for row in rows)
    members = cast.by_id.values()
    assert len(cast.enterprises) == 100
    assert len({member.chinese for member in members}) == len({member.english for member in members}) == len(members)
    assert all("（虚构）" in member.chinese for member in members)
    assert all(is_uscc(member.id) and member.id[2:8] == "999999" for member in members)
    assert {len(member.seeds) for member in cast.enterprises.values()} == {2}
    assert {len(member.seeds) for member in (cast.supplier, *cast.tier_two, *cast.tier_three)} == {1}


def test_plans_are_the_same_each_time_and_keep_the_face() -> None:
    rows = read_receivables(SAMPLE.read_bytes())
    cast, calendar = build_cast(row.customer for row in rows), make_calendar()
    plans = build_plans(rows, cast, calendar)
    assert plans == build_plans(rows, cast, calendar)
    for plan in plans:
        assert sum(piece.length_fen for piece in plan.pieces) == plan.receivable.amount_fen
        assert all(f.paid_on < plan.receivable.settled_on for f in plan.financings)
    counts = {name: sum(plan.settlement == name for plan in plans) for name in (PREPAID, ON_TIME, LATE)}
    # 84 are settled on the due day; 34 more on a business day to which a weekend or a holiday made it roll.
    assert counts == {PREPAID: 1505, ON_TIME: 118, LATE: 843}


def test_a_command_is_folded_with_each_option_beside_its_value() -> None:
    words = ("hefu", "verify", "p.json", "--asset", "v" * 60, "--is", "held-by X")
    lines = list(fold_command(words))
    assert lines == ["hefu verify p.json --asset " + "v" * 60 + " \\", '  --is "held-by X"']


def test_long_words_are_cut_and_nothing_is_lost() -> None:
    lines = wrap("成立 " + "f" * 30 + " end", 10)
    assert max(map(len, lines)) <= 10
    assert "".join(lines).replace(" ", "") == "成立" + "f" * 30 + "end"
