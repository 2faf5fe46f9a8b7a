import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from hefu.v1 import ledger_pb2, node_pb2, pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from ledger.errors import InvariantViolation, MalformedInput
from ledger.store.database import open_engine
from ledger.store.dialect import is_postgresql
from ledger.store.paging import Page, Position, encode_cursor
from receivables import holds, queries
from receivables.holds import list_due_packages
from receivables.view_tables import metadata
from receivables.views import ReceivablesView
from tests.support.databases import explain
from tests.support.view_world import NOW_MS, ROOT, ViewWorld, make_record, make_uscc

ISSUER, PAYEE, BANK, OTHER = (make_uscc(number) for number in range(1, 5))
DUE = 19_700
DAY_MS = 86_400_000
List = node_pb2.ListVouchersRequest


@pytest.fixture
def world(database_url):
    made = ViewWorld(database_url, [ReceivablesView()])
    yield made
    made.close()


def make_package(number: str, issuer: str = ISSUER, **fields):
    values = {"issuer": issuer, "payee": PAYEE, "face_fen": 100, "due_on": DUE, "stage": pb.PACKAGE_LIVE, **fields}
    return {f"package/{issuer}.{number}": make_record(pb.Package(**values))}


def make_voucher(name: str, **fields):
    values = {"holder": PAYEE, "stage": pb.LIVE, "circulation": pb.CIRCULATING, **fields}
    return {f"voucher/{name}": make_record(pb.Voucher(**values))}


def key(number: str, ends: str = "1-100", issuer: str = ISSUER) -> str:
    return f"{issuer}.{number}/{ends}"


def names(page) -> list[str]:
    shown = (view.voucher for view in page.vouchers)
    return [f"{ref.package.partition('.')[2]}/{ref.start}-{ref.end}" for ref in shown]


def find(world, **filters):
    return names(queries.list_vouchers(world.connection, List(**filters)))


def find_packages(world, **filters):
    page = queries.list_packages(world.connection, node_pb2.ListPackagesRequest(**filters))
    return "".join(view.id[-1] for view in page.packages)


def get(world, number, start, end):
    ref = pb.VoucherRef(package=f"{ISSUER}.{number}", start=start, end=end)
    return queries.get_voucher(world.connection, node_pb2.GetVoucherRequest(voucher=ref))


def get_package(world, number):
    return queries.get_package(world.connection, node_pb2.GetPackageRequest(package=f"{ISSUER}.{number}"))


def lock(world, number="A", answer_by_ms=NOW_MS + 50):
    """A package with one range, locked for the bank."""
    free = pb.Voucher(holder=PAYEE, stage=pb.LIVE, circulation=pb.CIRCULATING)
    locked = pb.Voucher(holder=PAYEE, stage=pb.LIVE, circulation=pb.LOCKED)
    locked.lock.counterparty, locked.lock.answer_by_ms = BANK, answer_by_ms
    record = make_record(locked, answer_by_ms, free)
    world.write_block(make_package(number) | {f"voucher/{key(number)}": record})


# ---------------------------------------------------------------- the schema


def test_the_migrations_make_the_tables_of_the_code(world):
    context = MigrationContext.configure(world.connection)
    own = {table.name for table in metadata.tables.values()}
    found = compare_metadata(context, metadata)
    assert [change for change in found if not (change[0].startswith("remove") and change[1].name not in own)] == []


@pytest.mark.parametrize("domain", ["receivables", "identity"])
def test_a_migration_can_be_undone(database_url, tmp_path, domain):
    engine = open_engine(database_url)
    scripts = ScriptDirectory(str(tmp_path), version_locations=[str(ROOT / domain / "migrations" / "versions")])
    (revision,) = scripts.walk_revisions()
    assert revision.branch_labels == {domain}
    with engine.connect() as connection, Operations.context(MigrationContext.configure(connection)):
        revision.module.upgrade()
        assert inspect(connection).get_table_names() != []
        revision.module.downgrade()
        inspect(connection).clear_cache()
        assert inspect(connection).get_table_names() == []
    engine.dispose()


# ---------------------------------------------------------------- one package, one range


def test_a_range_is_shown_with_package_and_claim(world):
    claim = pledges_pb2.Claim(pledgee=BANK, secured_fen=70)
    world.write_block(
        make_package("A", paid_fen=50) | make_voucher(key("A")) | {f"claim/voucher:{key('A')}": make_record(claim)}
    )
    view = get(world, "A", 1, 100)
    assert view == node_pb2.VoucherView(
        voucher=pb.VoucherRef(package=f"{ISSUER}.A", start=1, end=100),
        state=pb.Voucher(holder=PAYEE, stage=pb.LIVE, circulation=pb.CIRCULATING),
        claim=claim,
        issuer=ISSUER,
        due_on=DUE,
        owed_fen=50,
        height=1,
        time_ms=NOW_MS + 2,
    )


def test_a_released_claim_is_gone(world):
    asset = f"claim/voucher:{key('A')}"
    world.write_block(
        make_package("A") | make_voucher(key("A")) | {asset: make_record(pledges_pb2.Claim(pledgee=BANK))}
    )
    world.write_block({asset: None})
    assert not get(world, "A", 1, 100).HasField("claim")


def test_a_cut_range_is_gone_and_its_pieces_are_there(world):
    world.write_block(make_package("A") | make_voucher(key("A")))
    world.write_block(
        {f"voucher/{key('A')}": None, **make_voucher(key("A", "1-30")), **make_voucher(key("A", "31-100"))}
    )
    assert get(world, "A", 1, 100) is None
    assert find(world) == ["A/1-30", "A/31-100"]


@pytest.mark.parametrize("package", ["", "no id", f"{ISSUER}.", f"{ISSUER}.\x00", f"{ISSUER}.Z"])
def test_what_is_no_package_is_not_found(world, package):
    ref = pb.VoucherRef(package=package, start=-(2**63), end=2**63 - 1)
    assert queries.get_voucher(world.connection, node_pb2.GetVoucherRequest(voucher=ref)) is None
    assert queries.get_package(world.connection, node_pb2.GetPackageRequest(package=package)) is None


def test_a_lock_lapses_at_its_time_without_a_change(world):
    lock(world, answer_by_ms=NOW_MS + 50)
    assert get(world, "A", 1, 100).state.lock.counterparty == BANK
    world.write_block({}, time_ms=NOW_MS + 49)
    assert find(world, circulation=pb.LOCKED, counterparty=BANK) == ["A/1-100"]
    world.write_block({}, time_ms=NOW_MS + 50)
    assert find(world, circulation=pb.LOCKED) == find(world, counterparty=BANK) == []
    assert get(world, "A", 1, 100).state.circulation == pb.CIRCULATING


def test_an_answer_ends_both_meanings_of_a_lock(world):
    lock(world, answer_by_ms=NOW_MS + 50)
    world.write_block(make_voucher(key("A"), holder=BANK))
    world.write_block({}, time_ms=NOW_MS + 60)
    assert find(world, holder=PAYEE) == []
    assert find(world, holder=BANK) == ["A/1-100"]


@pytest.mark.parametrize(
    "lapsed",
    [
        pb.Voucher(holder=BANK, stage=pb.LIVE), pb.Voucher(holder=PAYEE, stage=pb.PAID),
        pb.Voucher(holder=PAYEE, stage=pb.LIVE, paid_fen=1),
        pb.Voucher(holder=PAYEE, stage=pb.LIVE, lock=pb.Lock(counterparty=BANK)),
    ],
)  # fmt: skip
def test_a_lapse_that_changes_more_than_the_lock_is_our_bug(world, lapsed):
    locked = pb.Voucher(holder=PAYEE, stage=pb.LIVE, circulation=pb.LOCKED)
    with pytest.raises(InvariantViolation):
        world.write_block({f"voucher/{key('A')}": make_record(locked, NOW_MS + 50, lapsed)})


def test_a_deleted_package_is_our_bug(world):
    world.write_block(make_package("A"))
    with pytest.raises(InvariantViolation):
        world.write_block({f"package/{ISSUER}.A": None})


def test_a_pending_package_lapses_and_owes_nothing(world):
    pending = pb.Package(issuer=ISSUER, payee=PAYEE, face_fen=100, due_on=DUE, stage=pb.PENDING)
    lapsed = pb.Package(issuer=ISSUER, payee=PAYEE, face_fen=100, due_on=DUE, stage=pb.LAPSED)
    world.write_block({f"package/{ISSUER}.A": make_record(pending, NOW_MS + 50, lapsed)})
    assert (get_package(world, "A").package.stage, get_package(world, "A").owed_fen) == (pb.PENDING, 0)
    world.write_block({}, time_ms=NOW_MS + 50)
    assert get_package(world, "A").package.stage == pb.LAPSED


def test_a_package_is_overdue_after_the_rolled_day_and_grace(world):
    # 1970-01-01 + 19 700 days is Saturday 2023-12-09: it rolls to Monday, and one day of grace follows.
    world.write_block(make_package("A") | make_package("B", paid_fen=100, stage=pb.SETTLED))
    start_ms = (DUE + 4) * DAY_MS - 8 * 3_600_000
    world.write_block({}, time_ms=start_ms - 1)
    assert not get_package(world, "A").overdue
    world.write_block({}, time_ms=start_ms)
    assert (get_package(world, "A").overdue, get_package(world, "A").owed_fen) == (True, 100)
    assert (get_package(world, "B").overdue, get_package(world, "B").owed_fen) == (False, 0)


def test_a_store_without_a_rulebook_is_our_bug(database_url):
    world = ViewWorld(database_url, [ReceivablesView()], {})
    world.write_block(make_package("A"))
    with pytest.raises(InvariantViolation):
        get_package(world, "A")
    world.close()


# ---------------------------------------------------------------- lists


def test_what_is_paid_through_the_package_is_listed_as_paid(world):
    face = 10**11  # ¥1 000 000 000.00, the largest: P·end passes 2^63
    third = 33_333_333_333
    world.write_block(
        make_package("A", face_fen=face, paid_fen=face, stage=pb.SETTLED)
        | make_voucher(key("A", f"1-{third}"))
        | make_voucher(key("A", f"{third + 1}-{face}"))
        | make_package("B", face_fen=face, paid_fen=face - 1)
        | make_voucher(key("B", f"1-{face - 1}"))
        | make_voucher(key("B", f"{face}-{face}"))
        | make_package("C")
        | make_voucher(key("C"), stage=pb.PAID, circulation=pb.CLOSED, paid_fen=100)
    )
    paid = [f"A/1-{third}", f"A/{third + 1}-{face}", "C/1-100"]
    # All but one 分 of B is paid: ⌊(N−1)²/N⌋ = N−2, so its first range owes one 分, and its last 分 is paid.
    assert find(world, stage=pb.PAID) == find(world, circulation=pb.CLOSED) == sorted([*paid, f"B/{face}-{face}"])
    assert find(world, stage=pb.LIVE) == find(world, circulation=pb.CIRCULATING) == [f"B/1-{face - 1}"]
    state = get(world, "A", 1, third).state
    assert (state.stage, state.circulation) == (pb.PAID, pb.CLOSED)
    assert get(world, "B", 1, face - 1).owed_fen == 1


def test_each_filter_narrows_the_list(world):
    lock(world, "L")
    world.write_block(
        make_package("A")
        | make_voucher(key("A", "1-40"), holder=OTHER)
        | make_voucher(key("A", "41-100"))
        | make_package("B", issuer=OTHER, due_on=DUE + 9)
        | make_voucher(key("B", issuer=OTHER))
    )
    assert find(world, holder=OTHER) == ["A/1-40"]
    assert find(world, issuer=OTHER) == ["B/1-100"]
    assert find(world, package=f"{ISSUER}.A") == ["A/1-40", "A/41-100"]
    assert find(world, counterparty=BANK) == find(world, circulation=pb.LOCKED) == ["L/1-100"]
    assert find(world, due_from=DUE + 1) == find(world, due_to=DUE + 9, due_from=DUE + 9) == ["B/1-100"]
    assert find(world, due_to=DUE, holder=PAYEE) == ["A/41-100", "L/1-100"]
    assert find(world, due_from=DUE + 1, due_to=DUE) == []


def test_totals_stand_on_the_first_page_only(world):
    world.write_block(make_package("A") | make_voucher(key("A", "1-40")) | make_voucher(key("A", "41-100")))
    first = queries.list_vouchers(world.connection, List(page_size=1))
    assert (first.total, first.total_fen, first.height, names(first)) == (2, 100, 1, ["A/1-40"])
    last = queries.list_vouchers(world.connection, List(page_size=1, cursor=first.next_cursor))
    assert (last.total, last.total_fen, last.next_cursor, names(last)) == (0, 0, b"", ["A/41-100"])


def test_an_empty_list_has_no_more_pages(world):
    page = queries.list_vouchers(world.connection, List())
    assert page == node_pb2.VoucherPage(height=0)
    assert queries.list_packages(world.connection, node_pb2.ListPackagesRequest()) == node_pb2.PackagePage(height=0)


def test_a_cursor_stays_while_blocks_go_on(world):
    lock(world, "L", answer_by_ms=NOW_MS + 50)
    world.write_block(make_package("A") | make_voucher(key("A", "1-40")) | make_voucher(key("A", "41-100")))
    request = List(page_size=1, holder=PAYEE)
    seen = []
    for height in range(3, 7):
        page = queries.list_vouchers(world.connection, request)
        seen += [
            (name, view.state.circulation, page.height) for name, view in zip(names(page), page.vouchers, strict=True)
        ]
        request.cursor = page.next_cursor
        pieces = {f"voucher/{key('A', '41-100')}": None} if height == 3 else {}
        world.write_block(
            make_package(f"N{height}") | make_voucher(key(f"N{height}")) | pieces, time_ms=NOW_MS + 100 * height
        )
        if not request.cursor:
            break
    assert seen == [("A/1-40", pb.CIRCULATING, 2), ("A/41-100", pb.CIRCULATING, 2), ("L/1-100", pb.LOCKED, 2)]


def test_packages_are_listed_by_pages(world):
    world.write_block(
        make_package("A") | make_package("B", payee=BANK) | make_package("C", issuer=OTHER, due_on=DUE + 1)
    )
    request = node_pb2.ListPackagesRequest(page_size=2)
    first = queries.list_packages(world.connection, request)
    assert ([view.id for view in first.packages], first.total, first.total_fen) == (
        [f"{ISSUER}.A", f"{ISSUER}.B"],
        3,
        300,
    )
    world.write_block(make_package("D", issuer=OTHER))
    request.cursor = first.next_cursor
    last = queries.list_packages(world.connection, request)
    assert ([view.id for view in last.packages], last.total, last.next_cursor) == ([f"{OTHER}.C"], 0, b"")


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"issuer": OTHER}, "C"), ({"payee": BANK}, "B"), ({"stage": pb.PENDING}, "D"), ({"due_from": DUE + 1}, "C"),
        ({"due_to": DUE - 1}, ""), ({"issuer": ISSUER}, "ABD"),
    ],
)  # fmt: skip
def test_each_filter_narrows_the_packages(world, filters, found):
    world.write_block(
        make_package("A") | make_package("B", payee=BANK) | make_package("C", issuer=OTHER, due_on=DUE + 1)
    )
    world.write_block(make_package("D", stage=pb.PENDING))
    assert find_packages(world, **filters) == found


@pytest.mark.parametrize(
    ("ask", "filters"),
    [
        (find, {"holder": "x"}), (find, {"issuer": "x"}), (find, {"counterparty": "\x00"}), (find, {"package": "x"}),
        (find, {"stage": 9}), (find, {"circulation": -1}), (find, {"page_size": 501}), (find, {"cursor": b"x"}),
        (find_packages, {"payee": "x"}), (find_packages, {"issuer": "x"}), (find_packages, {"stage": 99}),
        (find_packages, {"page_size": -1}), (find_packages, {"cursor": bytes(40)}),
    ],
)  # fmt: skip
def test_a_filter_that_can_name_nothing_is_malformed(world, ask, filters):
    with pytest.raises(MalformedInput) as caught:
        ask(world, **filters)
    assert caught.value.field == next(iter(filters))


@pytest.mark.parametrize(
    "place", [b"", b"short", bytes(8), b"\xff" * 20, f"{ISSUER}.A".encode() + b"\xff" * 8, f"{ISSUER}.A".encode()]
)
def test_a_forged_place_is_malformed(world, place):
    request = List()
    request.cursor = encode_cursor(request, Position(0, NOW_MS), place)
    with pytest.raises(MalformedInput):
        queries.list_vouchers(world.connection, request)


@pytest.mark.parametrize("is_newest", [True, False])
def test_the_lists_use_their_indexes(world, is_newest):
    wanted = {
        ("voucher_rows_holder", "voucher_rows_holder"): List(holder=BANK),
        ("voucher_rows_counterparty", "voucher_rows_counterparty"): List(counterparty=BANK),
        ("PRIMARY KEY (package>? AND package<?)", "voucher_rows_pkey"): List(issuer=BANK),
    }
    for (on_sqlite, on_postgresql), request in wanted.items():
        place = None if is_newest else f"{ISSUER}.A".encode() + bytes(8)
        plan = explain(world.connection, queries._select_page(request, Page(Position(0, 0), 1, place)))
        index = on_postgresql if is_postgresql(world.connection) else on_sqlite
        assert any(index in line and " voucher_rows " in line for line in plan), plan


# ---------------------------------------------------------------- holds


def hold(number: str, at_ms: int):
    name = f"{ISSUER}.{number}"
    return {f"holds/{name}": make_record(ledger_pb2.Hold(at_ms=at_ms, what=f"package/{name}"))}


def due(world, now_ms: int, limit: int = 64) -> str:
    return "".join(package[-1] for package in list_due_packages(world.connection, now_ms, limit))


def test_a_hold_is_due_from_its_time_on_until_it_is_freed(world):
    world.write_block(hold("A", NOW_MS + 20) | hold("B", NOW_MS + 10) | hold("C", NOW_MS + 30))
    assert [due(world, NOW_MS + ms) for ms in (9, 10, 20, 99)] == ["", "B", "BA", "BAC"]
    assert due(world, NOW_MS + 99, limit=2) == "BA"
    world.write_block({f"holds/{ISSUER}.A": None} | hold("B", NOW_MS + 50))
    assert [due(world, NOW_MS + ms) for ms in (49, 99)] == ["C", "CB"]


def test_a_hold_that_came_and_went_within_a_block_leaves_no_row(world):
    world.write_block({f"holds/{ISSUER}.A": None})
    assert due(world, 2**63 - 1) == ""


def test_what_is_due_is_found_without_a_scan(world):
    plan = explain(world.connection, holds._select_due(NOW_MS, 64))
    searched = ("Index Scan using hold_rows_pkey", "SEARCH hold_rows USING PRIMARY KEY (at_ms<?)")
    assert any(line.strip(" ->").startswith(searched) for line in plan), plan
