import pytest

from hefu.v1 import node_pb2, pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from ledger.errors import MalformedInput
from receivables.clearing_list import list_clearing, list_days_that_roll
from receivables.days import compute_calendar
from receivables.views import ReceivablesView
from tests.support.view_world import NOW_MS, ViewWorld, make_record, make_uscc

ISSUER, PAYEE, BANK, LENDER = (make_uscc(number) for number in range(1, 5))
SATURDAY, MONDAY = 19_700, 19_702
ACCOUNT = b"a" * 32
FREEZE = pb.Freeze(order=b"o" * 32, entered_by=[BANK])


@pytest.fixture
def world(database_url):
    made = ViewWorld(database_url, [ReceivablesView()])
    yield made
    made.close()


def put(world, number, due_on=SATURDAY, bank=BANK, ends=("1-100",), package=(), **fields):
    name = f"{ISSUER}.{number}"
    whole = {"issuer": ISSUER, "payee": PAYEE, "face_fen": 100, "due_on": due_on, "stage": pb.PACKAGE_LIVE}
    changes = {f"package/{name}": make_record(pb.Package(**(whole | {"paying_bank": bank} | dict(package))))}
    values = {"holder": PAYEE, "stage": pb.LIVE, "circulation": pb.CIRCULATING, **fields}
    for part in ends:
        changes[f"voucher/{name}/{part}"] = make_record(pb.Voucher(**values))
    world.write_block(changes)


def ask(world, **filters):
    return list_clearing(world.connection, node_pb2.ListClearingRequest(**filters))


def shown(page):
    return [f"{line.voucher.package[-1]}/{line.voucher.start}-{line.voucher.end}" for line in page.lines]


def test_the_days_of_a_weekend_roll_to_monday():
    calendar = compute_calendar(pb.BusinessCalendar())
    assert list_days_that_roll(MONDAY, calendar) == [SATURDAY, SATURDAY + 1, MONDAY]
    assert list_days_that_roll(SATURDAY, calendar) == []
    assert list_days_that_roll(MONDAY + 1, calendar) == [MONDAY + 1]


def test_a_bank_sees_what_it_pays_on_a_day(world):
    put(world, "A", ends=("1-40", "41-100"))
    put(world, "B", due_on=MONDAY, package={"paid_fen": 50})
    put(world, "C", due_on=MONDAY + 1)
    put(world, "D", bank=LENDER)
    put(world, "E", stage=pb.PAID, circulation=pb.CLOSED, paid_fen=100)
    put(world, "F", stage=pb.CANCELLED, circulation=pb.CLOSED)
    page = ask(world, paying_bank=BANK, on=MONDAY)
    assert shown(page) == ["A/1-40", "A/41-100", "B/1-100"]
    assert (page.total, page.total_owed_fen) == (3, 150)
    assert {line.due_on for line in page.lines} == {MONDAY}
    assert shown(ask(world, paying_bank=BANK, on=SATURDAY)) == []
    assert shown(ask(world, package=f"{ISSUER}.C")) == ["C/1-100"]


def test_payees_are_those_of_record_with_their_accounts(world):
    put(world, "A")
    name = f"{ISSUER}.A/1-100"
    claim = pledges_pb2.Claim(pledgee=LENDER, secured_fen=70)
    later = make_record(pb.PayeeAccount(account_commitment=ACCOUNT), NOW_MS + 10**6, pb.PayeeAccount())
    world.write_block({f"claim/voucher:{name}": make_record(claim), f"account/{PAYEE}": later})
    (line,) = ask(world, paying_bank=BANK, on=MONDAY).lines
    assert [(payee.organisation, payee.amount_fen, payee.account_commitment) for payee in line.payees] == [
        (LENDER, 70, b""),
        (PAYEE, 30, ACCOUNT),
    ]


@pytest.mark.parametrize("place", ["range", "package"])
def test_nobody_is_payee_of_what_is_frozen(world, place):
    put(world, "A", package={"freezes": [FREEZE]} if place == "package" else {}, freezes=[FREEZE], kept_fen=3)
    (line,) = ask(world, package=f"{ISSUER}.A").lines
    assert (line.frozen, list(line.payees), line.kept_fen, line.debtor) == (True, [], 3, ISSUER)


def test_a_list_keeps_its_height_over_its_pages(world):
    put(world, "A", ends=("1-40", "41-100"))
    put(world, "B")
    request = node_pb2.ListClearingRequest(paying_bank=BANK, on=MONDAY, page_size=1)
    seen = []
    for number in range(3):
        page = list_clearing(world.connection, request)
        seen.append((shown(page), page.total, page.height))
        request.cursor = page.next_cursor
        # What is accelerated meanwhile stays where the first page saw it.
        put(world, "B", due_on=MONDAY + 3 + number)
    assert seen == [(["A/1-40"], 3, 2), (["A/41-100"], 0, 2), (["B/1-100"], 0, 2)]
    assert request.cursor == b""
    assert shown(ask(world, paying_bank=BANK, on=MONDAY + 7)) == ["B/1-100"]


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        ({}, "paying_bank"), ({"paying_bank": "x", "on": 1}, "paying_bank"), ({"package": "x"}, "package"),
        ({"paying_bank": BANK}, "on"),
    ],
)  # fmt: skip
def test_a_list_of_nobody_is_malformed(world, filters, field):
    with pytest.raises(MalformedInput) as caught:
        ask(world, **filters)
    assert caught.value.field == field
