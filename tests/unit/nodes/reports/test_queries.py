"""Lists as of a day: the block is found by halving, the packages and claims are those of then."""

from typing import Any

import pytest

from hefu.v1 import pledges_pb2, reports_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.rules import compute_civil_day
from ledger.errors import MalformedInput
from ledger.store.paging import Position, encode_cursor
from nodes.reports import queries
from receivables.days import compute_start_ms
from receivables.views import ReceivablesView
from tests.support.view_world import NOW_MS, ViewWorld, make_record, make_uscc

ISSUER, PAYEE, BANK, OTHER = (make_uscc(number) for number in range(1, 5))
TODAY = compute_civil_day(NOW_MS)
DUE = TODAY + 60


@pytest.fixture
def world(database_url):
    made = ViewWorld(database_url, [ReceivablesView()])
    yield made
    made.close()


def package(number, issuer=ISSUER, **fields):
    values = {"issuer": issuer, "payee": PAYEE, "face_fen": 100, "due_on": DUE, "stage": pb.PACKAGE_LIVE,
              "paying_bank": BANK, **fields}  # fmt: skip
    return {f"package/{issuer}.{number}": make_record(pb.Package(**values))}


def claim(number, pledgee=BANK, secured_fen=70, ends="1-100"):
    record = None if pledgee is None else make_record(pledges_pb2.Claim(pledgee=pledgee, secured_fen=secured_fen))
    return {f"claim/voucher:{ISSUER}.{number}/{ends}": record}


def morning(day):
    return compute_start_ms(TODAY + day) + 9 * 3_600_000


def issued(world, on=0, issuer=ISSUER, **more):
    return queries.list_issued(
        world.connection, reports_pb2.ListIssuedRequest(issuer=issuer, on=on and TODAY + on, **more)
    )


def claims(world, on=0, pledgee=BANK, **more):
    request = reports_pb2.ListClaimsRequest(pledgee=pledgee, on=on and TODAY + on, **more)
    return queries.list_claims(world.connection, request)


def pay(kind, number, amount_fen, payee="", start=0, end=0, actor=BANK):
    ref = pb.VoucherRef(package=f"{ISSUER}.{number}", start=start, end=end)
    return kind, pb.VoucherEvent(voucher=ref, actor=actor, counterparty=payee or ISSUER, amount_fen=amount_fen)


def payments(world, organisation, first=0, last=0, after=0):
    request = reports_pb2.ListPaymentsRequest(
        organisation=organisation, day_from=TODAY + first, day_to=TODAY + last, after_index=after
    )
    return queries.list_payments(world.connection, request)


def numbers(page):
    return [one.id.rpartition(".")[2] for one in page.packages]


def test_packages_are_found_by_their_ids(world):
    pending = make_record(pb.Package(issuer=ISSUER, stage=pb.PENDING), NOW_MS + 10, pb.Package(stage=pb.LAPSED))
    world.write_block(package("A") | {f"package/{ISSUER}.B": pending})
    ask = lambda *names: queries.find_packages(  # noqa: E731  # asked twice below
        world.connection, reports_pb2.FindPackagesRequest(packages=[f"{ISSUER}.{name}" for name in names])
    )
    assert [found.package.stage for found in ask("B", "NONE", "A").packages] == [pb.PENDING, pb.PACKAGE_LIVE]
    world.write_block({}, time_ms=NOW_MS + 10)
    assert ask("B").packages[0].package.stage == pb.LAPSED
    for wrong in ([], ["x"], [f"{ISSUER}.A"] * 501):
        with pytest.raises(MalformedInput, match="packages"):
            queries.find_packages(world.connection, reports_pb2.FindPackagesRequest(packages=wrong))


def test_only_what_was_accepted_is_listed_and_only_of_this_issuer(world):
    stages = {
        "A": pb.PACKAGE_LIVE,
        "B": pb.PENDING,
        "C": pb.REFUSED,
        "D": pb.WITHDRAWN,
        "E": pb.LAPSED,
        "F": pb.SETTLED,
    }
    changes = {key: record for name, stage in stages.items() for key, record in package(name, stage=stage).items()}
    world.write_block(changes | package("A", issuer=OTHER))
    page = issued(world)
    assert numbers(page) == ["A", "F"]
    assert page.packages[0] == reports_pb2.IssuedPackage(
        id=f"{ISSUER}.A", payee=PAYEE, stage=pb.PACKAGE_LIVE, face_fen=100, owed_fen=100, due_on=DUE, paying_bank=BANK
    )
    assert (page.position.height, page.position.day_is_over) == (1, False)
    assert numbers(issued(world, issuer=make_uscc(9))) == []


def test_a_debt_that_was_succeeded_to_is_listed_on_both_sides_as_of_its_day(world):
    world.write_block(package("A") | package("B") | package("Z", issuer=OTHER), time_ms=morning(1))
    world.write_block(package("B", debtor=OTHER, paid_fen=30), time_ms=morning(2))
    world.write_block(package("B", debtor=BANK, paid_fen=30), time_ms=morning(3))
    world.write_block(package("B", paid_fen=30), time_ms=morning(4))

    def owed(issuer, on):
        return [(one.id, one.owed_fen, one.taken_from, one.taken_by) for one in issued(world, on, issuer).packages]

    a, b, z = f"{ISSUER}.A", f"{ISSUER}.B", f"{OTHER}.Z"
    assert owed(ISSUER, 1) == [(a, 100, "", ""), (b, 100, "", "")]
    assert owed(ISSUER, 2) == [(a, 100, "", ""), (b, 0, "", OTHER)]
    assert owed(OTHER, 2) == [(b, 70, ISSUER, ""), (z, 100, "", "")]
    assert (owed(OTHER, 1), owed(OTHER, 3)) == ([(z, 100, "", "")], [(z, 100, "", "")])
    assert (owed(BANK, 3), owed(BANK, 4)) == ([(b, 70, ISSUER, "")], [])
    assert owed(ISSUER, 4) == [(a, 100, "", ""), (b, 70, "", "")]
    first = issued(world, 2, OTHER, page_size=1)
    assert [one.id for one in issued(world, 2, OTHER, page_size=1, cursor=first.next_cursor).packages] == [z]


def test_a_claim_is_due_as_it_was_on_its_day(world):
    world.write_block(package("A") | claim("A"), time_ms=morning(1))
    world.write_block(package("A", due_on=TODAY + 3, accelerated_from_on=DUE), time_ms=morning(3))
    assert [claims(world, on).claims[0].due_on for on in (1, 2, 3, 0)] == [DUE, DUE, TODAY + 3, TODAY + 3]


def test_a_list_is_as_of_the_last_block_of_its_day(world):
    world.write_block(package("A"), time_ms=morning(1))
    world.write_block(package("A", paid_fen=40) | package("B"), time_ms=morning(1) + 1)
    world.write_block(package("A", paid_fen=100, stage=pb.SETTLED), time_ms=morning(4))
    world.write_block(package("C"), time_ms=morning(4) + 1)
    owed = {on: {one.id[-1]: one.owed_fen for one in issued(world, on).packages} for on in (1, 2, 3, 4, 9)}
    assert owed[1] == owed[2] == owed[3] == {"A": 60, "B": 100}
    assert owed[4] == owed[9] == {"A": 0, "B": 100, "C": 100}
    heights = [issued(world, on).position.height for on in (1, 2, 3, 4, 0)]
    assert heights == [2, 2, 2, 4, 4]
    assert [issued(world, on).position.day_is_over for on in (1, 3, 4, 0)] == [True, True, False, False]
    with pytest.raises(MalformedInput, match="not begun"):
        issued(world, -1)
    with pytest.raises(MalformedInput, match="a civil day"):
        queries.list_issued(world.connection, reports_pb2.ListIssuedRequest(issuer=ISSUER, on=-1))


@pytest.mark.parametrize("blocks", range(1, 18))
def test_each_days_last_block_is_found_among_any_number(world, blocks):
    for day in range(1, blocks + 1):
        world.write_block(package(f"N{day}"), time_ms=morning(day * 2))
    for day in range(1, blocks + 1):
        assert issued(world, day * 2).position.height == issued(world, day * 2 + 1).position.height == day


def test_pages_keep_the_block_of_the_first(world):
    world.write_block(package("A") | package("B") | package("C"), time_ms=morning(1))
    first = issued(world, page_size=2)
    world.write_block(package("C", paid_fen=50) | package("D"), time_ms=morning(2))
    second = issued(world, page_size=2, cursor=first.next_cursor)
    assert (numbers(first), numbers(second)) == (["A", "B"], ["C"])
    assert (second.packages[0].owed_fen, second.next_cursor) == (100, b"")
    assert second.position.height == first.position.height == 1
    assert second.position.day_is_over


def test_a_cursor_names_no_other_issuers_packages(world):
    world.write_block(package("A") | package("A", issuer=make_uscc(0)))
    request = reports_pb2.ListIssuedRequest(issuer=ISSUER)
    cursor = encode_cursor(request, Position(*world.heads[-1]), f"{make_uscc(0)}.A".encode())
    assert numbers(issued(world, cursor=cursor)) == ["A"]
    for place in (b"", b"x", b"\xff" * 9):
        forged = encode_cursor(request, Position(*world.heads[-1]), place)
        with pytest.raises(MalformedInput, match="cursor"):
            issued(world, cursor=forged)
        request_of_claims = reports_pb2.ListClaimsRequest(pledgee=BANK)
        forged = encode_cursor(request_of_claims, Position(*world.heads[-1]), place)
        with pytest.raises(MalformedInput, match="cursor"):
            claims(world, cursor=forged)
    far = encode_cursor(request_of_claims, Position(*world.heads[-1]), f"{ISSUER}.A".encode() + b"\xff" * 8)
    with pytest.raises(MalformedInput, match="cursor"):
        claims(world, cursor=far)


def test_claims_are_those_of_the_lender_and_of_the_day(world):
    world.write_block(package("A") | package("B") | claim("A") | claim("B", OTHER), time_ms=morning(1))
    world.write_block(claim("A", None) | package("C") | claim("C", secured_fen=9, ends="5-9"), time_ms=morning(3))
    shown = {on: [(one.voucher.start, one.claim.secured_fen) for one in claims(world, on).claims] for on in (1, 2, 3)}
    assert shown == {1: [(1, 70)], 2: [(1, 70)], 3: [(5, 9)]}
    assert [one.claim.pledgee for one in claims(world, 1, OTHER).claims] == [OTHER]
    (found,) = claims(world).claims
    assert (found.voucher.package, found.issuer, found.due_on) == (f"{ISSUER}.C", ISSUER, DUE)
    with pytest.raises(MalformedInput, match="pledgee"):
        claims(world, pledgee="x")


def test_what_a_bank_keeps_is_nobodys_but_the_payers_until_it_is_handed_over(world):
    kept = pb.VoucherEvent(voucher=pb.VoucherRef(package=f"{ISSUER}.A", start=1, end=30), actor=BANK, amount_fen=30)
    world.write_block(package("A"), [(pb.PAY_VOUCHER, kept)], time_ms=morning(1))
    world.write_block({}, [pay(pb.HAND_OVER, "A", 30, PAYEE, 1, 30)], time_ms=morning(2))
    kinds = {who: [one.kind for one in payments(world, who, 1, 9).payments] for who in (ISSUER, BANK, PAYEE, OTHER)}
    both = [pb.PAY_VOUCHER, pb.HAND_OVER]
    assert kinds == {ISSUER: both, BANK: both, PAYEE: [pb.HAND_OVER], OTHER: []}


def test_payments_are_also_those_of_who_succeeded_the_issuer(world):
    world.write_block(package("A"), [pay(pb.PAY_VOUCHER, "A", 20, PAYEE, 31, 50)], time_ms=morning(1))
    assert payments(world, OTHER, 1, 9).payments == []
    world.write_block(package("A", debtor=OTHER), time_ms=morning(2))
    assert [one.debtor for who in (OTHER, ISSUER) for one in payments(world, who, 1, 9).payments] == [OTHER, OTHER]


@pytest.mark.parametrize("looked_at", [1, 2, 3, 100])
@pytest.mark.parametrize("page_size", [1, 2, 500])
def test_every_claim_is_on_one_page_however_many_are_looked_at(world, monkeypatch, looked_at, page_size):
    monkeypatch.setattr(queries, "CLAIMS_A_PAGE", looked_at)
    changes: dict[str, Any] = {}
    for place, name in enumerate("ABCDEF"):
        changes |= package(name) | claim(name, BANK if place % 2 else OTHER, secured_fen=place + 1)
    world.write_block(changes)
    for pledgee, expected in ((BANK, [2, 4, 6]), (OTHER, [1, 3, 5]), (PAYEE, [])):
        found, cursor, pages = [], b"", 0
        while pages == 0 or cursor:
            page = claims(world, pledgee=pledgee, page_size=page_size, cursor=cursor)
            found += [one.claim.secured_fen for one in page.claims]
            cursor, pages = page.next_cursor, pages + 1
        assert found == expected


def test_payments_are_those_of_the_days_and_of_the_organisation(world):
    world.write_block(package("A") | package("B"), time_ms=morning(1))
    steps = [pay(pb.PREPAY, "A", 30, PAYEE, 1, 30, ISSUER), pay(pb.TRANSFER, "A", 9, PAYEE, 31, 40, OTHER)]
    world.write_block({}, steps, time_ms=morning(2))
    world.write_block(
        {}, [pay(pb.PAY_VOUCHER, "A", 20, OTHER, 31, 50), pay(pb.PAY_PACKAGE, "B", 50)], time_ms=morning(3)
    )
    view = payments(world, PAYEE, 2, 2).payments[0]
    assert (view.voucher.package, view.voucher.end, view.payee) == (f"{ISSUER}.A", 30, PAYEE)
    assert (view.issuer, view.paying_bank, view.amount_fen, view.kind) == (ISSUER, BANK, 30, pb.PREPAY)
    shown = {
        who: [one.amount_fen for one in payments(world, who, 1, 9).payments] for who in (ISSUER, BANK, PAYEE, OTHER)
    }
    assert shown == {ISSUER: [30, 20, 50], BANK: [30, 20, 50], PAYEE: [30, 50], OTHER: [20, 50]}
    assert payments(world, ISSUER, 3, 3).payments[1].payee == ""
    assert [len(payments(world, ISSUER, day, day).payments) for day in (0, 1, 2, 3, 4)] == [0, 0, 1, 2, 0]
    with pytest.raises(MalformedInput, match="organisation"):
        payments(world, "x")
    for days in ((3, 2), (-TODAY - 1, 0)):
        with pytest.raises(MalformedInput, match="day_from"):
            payments(world, ISSUER, *days)


@pytest.mark.parametrize("looked_at", [1, 2, 3, 50])
def test_every_payment_is_on_one_page_however_many_transactions_are_looked_at(world, monkeypatch, looked_at):
    monkeypatch.setattr(queries, "TRANSACTIONS_A_PAGE", looked_at)
    world.write_block(package("A"))
    world.write_block({}, [pay(pb.PAY_VOUCHER, "A", amount, PAYEE, 1, 9) for amount in (1, 2, 3)])
    world.write_block({}, [(pb.SPLIT, None), pay(pb.PAY_VOUCHER, "A", 4, PAYEE, 1, 9)])
    found, after, pages = [], 0, 0
    while pages == 0 or after:
        page = payments(world, PAYEE, after=after)
        found += [one.amount_fen for one in page.payments]
        after, pages = page.next_index, pages + 1
    assert found == [1, 2, 3, 4]
