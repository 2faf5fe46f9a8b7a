"""Lists as of any height and time say what a scan of the records of then says, and cursors stay while blocks go on.

Random but lawful records in a small database, read back by every query of vouchers: packages and ranges in all stages,
marks and orders on them, payments that came back, lines, receivables, quotes, the clearing list, what a bank files.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hefu.v1 import identity_pb2, node_pb2, pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from ledger.context import Record
from ledger.store.paging import Position, encode_cursor
from receivables.book_queries import get_line, get_quotes, get_registration_text, list_lines, list_receivables
from receivables.clearing_list import list_clearing
from receivables.payments import compute_owed, compute_package_owed, compute_share
from receivables.queries import get_package, get_voucher, list_packages, list_vouchers
from receivables.trace import trace_package
from receivables.views import ReceivablesView
from tests.support.databases import POSTGRESQL, SQLITE, make_database
from tests.support.scans import (
    OWED_STAGES,
    build_voucher,
    expect_clearing,
    expect_lines,
    expect_packages,
    expect_quotes,
    expect_receivables,
    expect_registration_text,
    expect_vouchers,
    scan_vouchers,
    show,
)
from tests.support.view_world import RULEBOOK, ViewWorld, make_organisation, make_record, make_uscc

ORGANISATIONS = sorted(make_uscc(number) for number in range(1, 5))
GENESIS = RULEBOOK | {
    f"organisation/{one}": make_record(make_organisation(f"公司 {one[-2:]}", identity_pb2.BANK))
    for one in ORGANISATIONS
}
BEGINNING = f"{ORGANISATIONS[0]}.-".encode()
DAY_MS = 86_400_000
FIRST_DUE = 19_676

Snapshot = tuple[Position, dict[str, Record]]
ENDED = (pb.MERGED, pb.CANCELLED)


class Play:
    """Random but lawful changes of records, as the transitions of this domain make them."""

    def __init__(self, records: dict[str, Record], time_ms: int) -> None:
        self.time_ms = time_ms
        self.records = dict(records)
        self.changes: dict[str, Record | None] = {}

    def put(self, key: str, record: Record | None) -> None:
        self.changes[key] = record
        if record is None:
            del self.records[key]
        else:
            self.records[key] = record

    def pick_package(self, pick: int, fits: Callable[[pb.Package], bool]) -> tuple[str, pb.Package] | None:
        found = [
            (key, pb.Package.FromString(self.records[key].get_meant(self.time_ms)))
            for key in sorted(self.records)
            if key.startswith("package/")
        ]
        fitting = [(key.removeprefix("package/"), package) for key, package in found if fits(package)]
        return fitting[pick % len(fitting)] if fitting else None

    def pick_voucher(
        self, pick: int, fits: Callable[[pb.VoucherRef, pb.Voucher], bool]
    ) -> tuple[pb.VoucherRef, pb.Voucher] | None:
        found = [item for item in scan_vouchers(self.records, self.time_ms) if fits(*item)]
        return found[pick % len(found)] if found else None

    def issue(self, pick: int, amount: int) -> None:
        issuer, payee = ORGANISATIONS[pick % 2], ORGANISATIONS[amount % 4]
        package = pb.Package(
            issuer=issuer, payee=payee, face_fen=amount, due_on=FIRST_DUE + pick % 5, stage=pb.PENDING,
            paying_bank=ORGANISATIONS[2 + amount % 2],
        )  # fmt: skip
        lapsed = pb.Package()
        lapsed.CopyFrom(package)
        lapsed.stage = pb.LAPSED
        self.put(
            f"package/{issuer}.N-{len(self.records):03d}", make_record(package, self.time_ms + 1 + pick % 4, lapsed)
        )

    def accept(self, pick: int, amount: int) -> None:
        if found := self.pick_package(pick, lambda package: package.stage == pb.PENDING):
            name, package = found
            package.stage = pb.PACKAGE_LIVE
            self.put(f"package/{name}", make_record(package))
            voucher = pb.Voucher(holder=package.payee, stage=pb.LIVE, circulation=pb.CIRCULATING)
            self.put(f"voucher/{name}/1-{package.face_fen}", make_record(voucher))

    def cut(self, pick: int, amount: int) -> None:
        if found := self.pick_voucher(pick, is_divisible):
            ref, voucher = found
            middle = ref.start + amount % (ref.end - ref.start)
            voucher.layer += 1
            self.put(show(ref), None)
            self.put(f"voucher/{ref.package}/{ref.start}-{middle}", make_record(voucher))
            self.put(f"voucher/{ref.package}/{middle + 1}-{ref.end}", make_record(voucher))

    def lock(self, pick: int, amount: int) -> None:
        if found := self.pick_voucher(pick, is_untouched):
            ref, voucher = found
            locked = pb.Voucher()
            locked.CopyFrom(voucher)
            locked.circulation = pb.LOCKED
            locked.lock.counterparty = ORGANISATIONS[amount % 4]
            locked.lock.kind = (pb.TRANSFER_REQUESTED, pb.FINANCING_REQUESTED)[amount % 2]
            if amount % 2:
                locked.lock.form = (pb.PLEDGE, pb.SALE_WITH_RECOURSE)[pick % 2]
            self.put(show(ref), make_record(locked, self.time_ms + 1 + amount % 4, voucher))

    def answer(self, pick: int, amount: int) -> None:
        if found := self.pick_voucher(pick, lambda _, v: v.circulation == pb.LOCKED):
            ref, voucher = found
            moved = pb.Voucher(holder=voucher.lock.counterparty, stage=pb.LIVE, circulation=pb.CIRCULATING)
            moved.freezes.extend(voucher.freezes)
            if voucher.lock.form:
                moved.sale.seller = voucher.holder
            self.put(show(ref), make_record(moved))

    def pay(self, pick: int, amount: int) -> None:
        if found := self.pick_voucher(pick, lambda _, v: v.circulation == pb.CIRCULATING):
            ref, voucher = found
            package = self.read_package(ref.package)
            owed = compute_owed(package, voucher, ref)
            part = amount % (owed + 1)
            voucher.paid_fen += part
            if part == owed:
                voucher.stage, voucher.circulation = pb.PAID, pb.CLOSED
            elif voucher.freezes:
                voucher.kept_fen += part
            package.own_paid_fen += part
            self.put(show(ref), make_record(voucher))
            self.put_package(ref.package, package)

    def pay_package(self, pick: int, amount: int) -> None:
        if found := self.pick_package(pick, is_paid_whole):
            name, package = found
            package.paid_fen = min(package.face_fen, package.paid_fen + amount)
            self.put_package(name, package)

    def give_back(self, pick: int, amount: int) -> None:
        """An objection was admitted: of the range's own payments, or of its share of P, something is owed again."""
        if found := self.pick_voucher(pick, lambda _, v: v.stage not in ENDED and v.circulation != pb.LOCKED):
            ref, voucher = found
            package = self.read_package(ref.package)
            own_fen = min(voucher.paid_fen, amount)
            came_fen = compute_share(package.paid_fen, package.face_fen, ref) - voucher.returned_fen
            share_fen = min(came_fen, amount) if not own_fen else 0
            voucher.paid_fen -= own_fen
            package.own_paid_fen -= own_fen
            voucher.returned_fen += share_fen
            package.returned_fen += share_fen
            if own_fen or share_fen:
                voucher.stage, voucher.circulation = pb.LIVE, pb.CIRCULATING
                voucher.objection.amount_fen = own_fen or share_fen
                self.put(show(ref), make_record(voucher))
                self.put_package(ref.package, package)

    def end(self, pick: int, amount: int) -> None:
        """The range merges, or is cancelled by agreement."""
        if found := self.pick_voucher(pick, is_untouched):
            ref, voucher = found
            package = self.read_package(ref.package)
            if not package.paid_fen:
                voucher.stage, voucher.circulation = ENDED[amount % 2], pb.CLOSED
                ended = ("merged_fen", "cancelled_fen")[amount % 2]
                setattr(package, ended, getattr(package, ended) + ref.end - ref.start + 1)
                self.put(show(ref), make_record(voucher))
                self.put_package(ref.package, package)

    def mark(self, pick: int, amount: int) -> None:
        """An order of a court, a dispute, or a failed line; also on what is locked, and what a lapse will leave."""
        if found := self.pick_voucher(pick, lambda _, v: v.stage == pb.LIVE):
            key = show(found[0])
            record = self.records[key]
            bodies = [pb.Voucher.FromString(record.body), pb.Voucher.FromString(record.lapse_body)]
            for voucher in bodies:
                if amount % 3 == 0:
                    voucher.dispute.opened_by = ORGANISATIONS[amount % 4]
                elif amount % 3 == 1:
                    voucher.failure.reason = pb.FUNDS_LACKING
                elif voucher.freezes:
                    del voucher.freezes[:]
                else:
                    voucher.freezes.add(order=b"o" * 32, at_ms=self.time_ms)
            self.put(key, make_record(bodies[0], record.lapse_at_ms, bodies[1] if record.lapse_at_ms else None))

    def mark_package(self, pick: int, amount: int) -> None:
        """The package is frozen or free again, an invoice is red-lettered, or it is due at once."""
        if found := self.pick_package(pick, lambda package: package.stage == pb.PACKAGE_LIVE):
            name, package = found
            if amount % 3 == 0:
                package.red_lettered.append(b"i" * 32)
            elif amount % 3 == 1:
                package.due_on = FIRST_DUE + amount % 5
            elif package.freezes:
                del package.freezes[:]
            else:
                package.freezes.add(order=b"o" * 32)
            self.put(f"package/{name}", make_record(package))

    def put_package(self, name: str, package: pb.Package) -> None:
        """Write an accepted package in the stage that follows from what is owed on it."""
        if package.cancelled_fen == package.face_fen:
            package.stage = pb.PACKAGE_CANCELLED
        else:
            package.stage = pb.PACKAGE_LIVE if compute_package_owed(package) else pb.SETTLED
        self.put(f"package/{name}", make_record(package))

    # ------------------------------------------------------------ what lies beside

    def grant(self, pick: int, amount: int) -> None:
        """A line, or a line under the first one of the same grantor."""
        grantor = ORGANISATIONS[pick % 2]
        line = pb.Line(
            grantor=grantor, holder=ORGANISATIONS[amount % 4], limit_fen=amount, used_fen=pick,
            last_on=FIRST_DUE + pick % 3, status=pb.LINE_OPEN,
        )  # fmt: skip
        group = f"{grantor}.L-000"
        line.group = group if f"line/{group}" in self.records and pick % 3 else ""
        count = sum(key.startswith(f"line/{grantor}.") for key in self.records)
        self.put(f"line/{grantor}.L-{count:03d}", make_record(line))

    def change_line(self, pick: int, amount: int) -> None:
        names = sorted(key for key in self.records if key.startswith("line/"))
        if names:
            key = names[pick % len(names)]
            line = pb.Line.FromString(self.records[key].body)
            line.reserved_fen, line.status = amount, (pb.LINE_OPEN, pb.LINE_OPEN, pb.LINE_SUSPENDED)[amount % 3]
            self.put(key, make_record(line))

    def ask(self, pick: int, amount: int) -> None:
        """A creditor asks its debtor, who lets the time pass unless it answers."""
        creditor, debtor = ORGANISATIONS[pick % 4], ORGANISATIONS[amount % 2]
        asked = pb.Receivable(creditor=creditor, debtor=debtor, amount_fen=amount, stage=pb.ASKED)
        late = pb.Receivable()
        late.CopyFrom(asked)
        late.stage = pb.UNANSWERED
        count = sum(key.startswith("receivable/") for key in self.records)
        record = make_record(asked, self.time_ms + 1 + amount % 4, late)
        self.put(f"receivable/{creditor}.R-{count:03d}", record)

    def respond(self, pick: int, amount: int) -> None:
        names = sorted(key for key in self.records if key.startswith("receivable/"))
        if names:
            key = names[pick % len(names)]
            found = pb.Receivable.FromString(self.records[key].get_meant(self.time_ms))
            if found.stage in (pb.ASKED, pb.UNANSWERED):
                found.stage = (pb.CONFIRMED, pb.CONTESTED, pb.ASK_WITHDRAWN)[amount % 3]
                self.put(key, make_record(found))

    def quote(self, pick: int, amount: int) -> None:
        """The holder asks for quotes; what was asked before is good no more."""
        if found := self.pick_voucher(pick, is_untouched):
            ref, voucher = found
            voucher.asked_at_ms = self.time_ms
            bank = pb.Quote(bank=ORGANISATIONS[amount % 4], terms_commitment=b"t" * 32)
            asked = pb.QuoteRound(holder=voucher.holder, asked_at_ms=self.time_ms, quotes=[bank])
            self.put(show(ref), make_record(voucher))
            self.put(show(ref).replace("voucher/", "quotes/", 1), make_record(asked))

    def set_account(self, pick: int, amount: int) -> None:
        """An account that is good at once, or after a delay."""
        key, new = f"account/{ORGANISATIONS[pick % 4]}", pb.PayeeAccount(account_commitment=bytes([amount]) * 32)
        before = self.records.get(key)
        if before is None:
            self.put(key, make_record(new))
        else:
            old = pb.PayeeAccount.FromString(before.get_meant(self.time_ms))
            self.put(key, make_record(old, self.time_ms + 1 + pick % 4, new))

    def claim(self, pick: int, amount: int) -> None:
        if found := self.pick_voucher(pick, lambda _, v: v.stage == pb.LIVE):
            key = show(found[0]).replace("voucher/", "claim/voucher:", 1)
            is_claimed = key in self.records
            self.put(
                key,
                None if is_claimed else make_record(pledges_pb2.Claim(pledgee=ORGANISATIONS[0], secured_fen=amount)),
            )

    def read_package(self, package: str) -> pb.Package:
        return pb.Package.FromString(self.records[f"package/{package}"].get_meant(self.time_ms))


def is_untouched(ref: pb.VoucherRef, voucher: pb.Voucher) -> bool:
    """It circulates, and nothing was paid on it, nor came back."""
    return voucher.circulation == pb.CIRCULATING and not (voucher.paid_fen or voucher.returned_fen)


def is_divisible(ref: pb.VoucherRef, voucher: pb.Voucher) -> bool:
    """Nothing is cut any more once it was paid on."""
    return is_untouched(ref, voucher) and ref.end > ref.start


def is_paid_whole(package: pb.Package) -> bool:
    """P grows only while no range was paid or ended by itself."""
    by_ranges = package.own_paid_fen, package.returned_fen, package.merged_fen, package.cancelled_fen
    return package.stage == pb.PACKAGE_LIVE and not any(by_ranges)


def read_vouchers(
    world: ViewWorld, request: node_pb2.ListVouchersRequest, position: Position
) -> list[node_pb2.VoucherView]:
    """The whole list as of an earlier position, by pages."""
    views: list[node_pb2.VoucherView] = []
    cursor = encode_cursor(request, position, BEGINNING + bytes(8))
    while cursor:
        request.cursor = cursor
        page = list_vouchers(world.connection, request)
        views.extend(page.vouchers)
        cursor = page.next_cursor
    return views


kinds = st.sampled_from(
    ["issue", "accept", "accept", "cut", "cut", "lock", "answer", "pay", "pay_package", "pay_package", "claim", "issue",
     "give_back", "end", "mark", "mark", "mark_package", "grant", "grant", "change_line", "ask", "respond", "quote",
     "set_account"]
)  # fmt: skip
blocks = st.lists(
    st.tuples(
        st.sampled_from([1, 1, 2, 3, 10, 2 * DAY_MS]),
        st.lists(st.tuples(kinds, st.integers(0, 20), st.integers(1, 60)), min_size=1, max_size=5),
    ),
    min_size=1,
    max_size=12,
)
organisations = st.sampled_from(["", "", "", *ORGANISATIONS])
days = st.sampled_from([0, 0, 0, *range(FIRST_DUE, FIRST_DUE + 5)])
voucher_requests = st.builds(
    node_pb2.ListVouchersRequest, holder=organisations, issuer=organisations, counterparty=organisations,
    stage=st.sampled_from([0, 0, 0, *pb.VoucherStage.values()]), due_from=days, due_to=days,
    circulation=st.sampled_from([0, 0, pb.CIRCULATING, pb.LOCKED, pb.CLOSED]), page_size=st.integers(1, 4),
)  # fmt: skip
package_requests = st.builds(
    node_pb2.ListPackagesRequest, issuer=organisations, payee=organisations, due_from=days, due_to=days,
    stage=st.sampled_from([0, 0, *pb.PackageStage.values()]), page_size=st.sampled_from([1, 2, 500]),
)  # fmt: skip
line_requests = st.builds(
    node_pb2.ListLinesRequest, grantor=organisations, holder=organisations, page_size=st.integers(1, 3),
    group=st.sampled_from(["", "", f"{ORGANISATIONS[0]}.L-000", f"{ORGANISATIONS[1]}.L-000"]),
)  # fmt: skip
receivable_requests = st.builds(
    node_pb2.ListReceivablesRequest, creditor=organisations, debtor=organisations, page_size=st.integers(1, 3),
    stage=st.sampled_from([0, 0, *pb.ReceivableStage.values()]),
)  # fmt: skip
clearing_requests = st.builds(
    node_pb2.ListClearingRequest, paying_bank=st.sampled_from(ORGANISATIONS[2:]), page_size=st.integers(1, 3),
    on=st.integers(FIRST_DUE, FIRST_DUE + 8),
)  # fmt: skip
early_requests = st.builds(node_pb2.ListVouchersRequest, holder=organisations, page_size=st.just(1))


questions_of_all_kinds = st.lists(
    st.tuples(st.integers(0), st.integers(0), voucher_requests, package_requests), min_size=4, max_size=8
)
questions_of_today = st.tuples(line_requests, receivable_requests, clearing_requests)


@settings(max_examples=40)
@given(blocks, early_requests, questions_of_all_kinds, questions_of_today)
def test_a_list_is_a_scan_of_its_height_and_time(plan, early, questions, today):
    check_lists_on(SQLITE, plan, early, questions, today)


@settings(max_examples=8)
@given(blocks, early_requests, questions_of_all_kinds, questions_of_today)
def test_on_postgresql_too(plan, early, questions, today):
    check_lists_on(POSTGRESQL, plan, early, questions, today)


def check_lists_on(kind, plan, early, questions, today):
    with tempfile.TemporaryDirectory() as folder, make_database(kind, Path(folder)) as url:
        world = ViewWorld(url, [ReceivablesView()], GENESIS)
        try:
            check_lists(world, plan, early, questions, today)
        finally:
            world.close()


def check_lists(world, plan, early, questions, today):
    snapshots: list[Snapshot] = []
    read: list[node_pb2.VoucherView] = []  # by the early list, which gets a page after each block
    for pause_ms, commands in plan:
        play = Play(world.records, world.heads[-1][1] + pause_ms)
        for name, pick, amount in commands:
            getattr(play, name)(pick, amount)
        changes = {key: change for key, change in play.changes.items() if change or key in world.records}
        world.write_block(changes, time_ms=play.time_ms)
        snapshots.append((Position(*world.heads[-1]), dict(world.records)))
        if early.cursor or not read:
            read_page(world, early, read)
    while early.cursor:
        read_page(world, early, read)
    for position, records in snapshots:
        if read and position.height == read[0].height:
            assert read == expect_vouchers((position, records), early)
    for which, later, vouchers, packages in questions:
        check_question(world, snapshots, which % len(snapshots), later, vouchers, packages)
    check_newest(world, snapshots[-1])
    check_today(world, snapshots[-1], *today)


def read_page(world, request, into):
    page = list_vouchers(world.connection, request)
    into.extend(page.vouchers)
    request.cursor = page.next_cursor


def check_question(world, snapshots, which, later, vouchers, packages):
    position, records = snapshots[which]
    if which + 1 < len(snapshots):  # any time at which this block was the newest
        position = Position(
            position.height, position.time_ms + later % (snapshots[which + 1][0].time_ms - position.time_ms)
        )
    then = (position, records)
    vouchers.ClearField("cursor")
    assert read_vouchers(world, vouchers, position) == expect_vouchers(then, vouchers)
    packages.cursor = encode_cursor(packages, position, BEGINNING)
    page = list_packages(world.connection, packages)
    assert list(page.packages) == expect_packages(then, packages)[: packages.page_size]
    vouchers.ClearField("cursor")
    first, expected = list_vouchers(world.connection, vouchers), expect_vouchers(snapshots[-1], vouchers)
    assert (first.total, list(first.vouchers)) == (len(expected), expected[: vouchers.page_size])
    assert first.total_fen == sum(view.voucher.end - view.voucher.start + 1 for view in expected)
    packages.ClearField("cursor")
    faces, answer = expect_packages(snapshots[-1], packages), list_packages(world.connection, packages)
    assert (answer.total, answer.total_fen) == (len(faces), sum(view.package.face_fen for view in faces))


def check_newest(world, snapshot):
    """Each package's ranges partition its face; one by one they are what the lists say."""
    for view in expect_packages(snapshot, node_pb2.ListPackagesRequest()):
        assert get_package(world.connection, node_pb2.GetPackageRequest(package=view.id)) == view
        trace = trace_package(world.connection, node_pb2.TracePackageRequest(package=view.id))
        assert trace is not None
        assert trace.package == view
        assert trace.sum_fen == (view.package.face_fen if view.package.stage in OWED_STAGES else 0)
    for ref, state in scan_vouchers(snapshot[1], snapshot[0].time_ms):
        expected = expect_registration_text(snapshot, ref, state)
        assert get_voucher(world.connection, node_pb2.GetVoucherRequest(voucher=ref)) == build_voucher(
            snapshot, ref, state
        )
        text = get_registration_text(world.connection, node_pb2.GetRegistrationTextRequest(voucher=ref))
        assert text == expected
        quotes = get_quotes(world.connection, node_pb2.GetQuotesRequest(voucher=ref))
        assert quotes == expect_quotes(snapshot).get(show(ref).removeprefix("voucher/"))


def check_today(world, snapshot, lines, receivables, clearing):
    """What is read as of the newest block alone, by pages."""
    found = read_all(world, list_lines, lines, "lines")
    assert found == expect_lines(snapshot, lines)
    for view in found:
        assert get_line(world.connection, node_pb2.GetLineRequest(line=view.id)) == view
    assert read_all(world, list_receivables, receivables, "receivables") == expect_receivables(snapshot, receivables)
    by_package = [
        node_pb2.ListClearingRequest(package=view.id, page_size=2)
        for view in expect_packages(snapshot, node_pb2.ListPackagesRequest())
    ]
    for request in (clearing, *by_package):
        first, expected = list_clearing(world.connection, request), expect_clearing(snapshot, request)
        assert (first.total, first.total_owed_fen) == (len(expected), sum(line.owed_fen for line in expected))
        assert read_all(world, list_clearing, request, "lines") == expected


def read_all(world, ask: Callable[..., Any], request, field: str) -> list[Any]:
    """A list over all its pages."""
    found: list[Any] = []
    request.ClearField("cursor")
    while True:
        page = ask(world.connection, request)
        found.extend(getattr(page, field))
        if not page.next_cursor:
            return found
        request.cursor = page.next_cursor
