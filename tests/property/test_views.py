"""Lists as of any height and time say what a scan of the records of then says, and cursors stay while blocks go on."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from hefu.v1 import node_pb2, pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.rules import compute_civil_day
from ledger.context import Record
from ledger.store.paging import Position, encode_cursor
from receivables.days import compute_calendar, is_overdue
from receivables.payments import compute_owed, compute_package_owed
from receivables.queries import list_packages, list_vouchers
from receivables.trace import trace_package
from receivables.views import ReceivablesView
from tests.support.databases import POSTGRESQL, SQLITE, make_database
from tests.support.view_world import ViewWorld, make_record, make_uscc

ORGANISATIONS = sorted(make_uscc(number) for number in range(1, 5))
BEGINNING = f"{ORGANISATIONS[0]}.-".encode()
DAY_MS = 86_400_000
FIRST_DUE = 19_676

Snapshot = tuple[Position, dict[str, Record]]


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
        package = pb.Package(issuer=issuer, payee=payee, face_fen=amount, due_on=FIRST_DUE + pick % 5, stage=pb.PENDING)
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
        if found := self.pick_voucher(pick, lambda _, v: v.circulation == pb.CIRCULATING):
            ref, voucher = found
            locked = pb.Voucher()
            locked.CopyFrom(voucher)
            locked.circulation = pb.LOCKED
            locked.lock.counterparty = ORGANISATIONS[amount % 4]
            self.put(show(ref), make_record(locked, self.time_ms + 1 + amount % 4, voucher))

    def answer(self, pick: int, amount: int) -> None:
        if found := self.pick_voucher(pick, lambda _, v: v.circulation == pb.LOCKED):
            ref, voucher = found
            moved = pb.Voucher(holder=voucher.lock.counterparty, stage=pb.LIVE, circulation=pb.CIRCULATING)
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
            package.own_paid_fen += part
            self.put(show(ref), make_record(voucher))
            self.put(f"package/{ref.package}", make_record(package))

    def pay_package(self, pick: int, amount: int) -> None:
        if found := self.pick_package(pick, lambda p: p.stage == pb.PACKAGE_LIVE and not p.own_paid_fen):
            name, package = found
            package.paid_fen = min(package.face_fen, package.paid_fen + amount)
            if package.paid_fen == package.face_fen:
                package.stage = pb.SETTLED
            self.put(f"package/{name}", make_record(package))

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


def is_divisible(ref: pb.VoucherRef, voucher: pb.Voucher) -> bool:
    """Nothing is cut any more once it was paid on."""
    return voucher.circulation == pb.CIRCULATING and ref.end > ref.start and not voucher.paid_fen


def show(ref: pb.VoucherRef) -> str:
    return f"voucher/{ref.package}/{ref.start}-{ref.end}"


def scan_vouchers(records: dict[str, Record], time_ms: int) -> Iterator[tuple[pb.VoucherRef, pb.Voucher]]:
    """Each range with what it means, sorted by package and start."""
    found = []
    for key, record in records.items():
        if key.startswith("voucher/"):
            _, package, ends = key.split("/")
            start, end = map(int, ends.split("-"))
            ref = pb.VoucherRef(package=package, start=start, end=end)
            found.append((package, start, ref, pb.Voucher.FromString(record.get_meant(time_ms))))
    yield from ((ref, voucher) for _, _, ref, voucher in sorted(found, key=lambda item: item[:2]))


def expect_vouchers(snapshot: Snapshot, request: node_pb2.ListVouchersRequest) -> list[node_pb2.VoucherView]:
    """The naive list."""
    position, records = snapshot
    expected = []
    for ref, state in scan_vouchers(records, position.time_ms):
        package = pb.Package.FromString(records[f"package/{ref.package}"].get_meant(position.time_ms))
        owed = compute_owed(package, state, ref)
        if not owed:
            state.stage, state.circulation = pb.PAID, pb.CLOSED
        if (
            request.holder in ("", state.holder)
            and request.issuer in ("", package.issuer)
            and request.stage in (0, state.stage)
            and request.circulation in (0, state.circulation)
            and request.package in ("", ref.package)
            and request.counterparty in ("", state.lock.counterparty)
            and (not request.due_from or package.due_on >= request.due_from)
            and (not request.due_to or package.due_on <= request.due_to)
        ):
            view = node_pb2.VoucherView(
                voucher=ref, state=state, issuer=package.issuer, due_on=package.due_on, owed_fen=owed,
                height=position.height, time_ms=position.time_ms,
            )  # fmt: skip
            if claim := records.get(show(ref).replace("voucher/", "claim/voucher:", 1)):
                view.claim.MergeFromString(claim.body)
            expected.append(view)
    return expected


def expect_packages(snapshot: Snapshot, request: node_pb2.ListPackagesRequest) -> list[node_pb2.PackageView]:
    """The naive list."""
    position, records = snapshot
    expected = []
    for key in sorted(key for key in records if key.startswith("package/")):
        package = pb.Package.FromString(records[key].get_meant(position.time_ms))
        owed = compute_package_owed(package) if package.stage in (pb.PACKAGE_LIVE, pb.SETTLED) else 0
        late = is_overdue(
            package.due_on, compute_civil_day(position.time_ms), 1, compute_calendar(pb.BusinessCalendar())
        )
        if (
            request.issuer in ("", package.issuer)
            and request.payee in ("", package.payee)
            and request.stage in (0, package.stage)
            and (not request.due_from or package.due_on >= request.due_from)
            and (not request.due_to or package.due_on <= request.due_to)
        ):
            expected.append(
                node_pb2.PackageView(
                    id=key.removeprefix("package/"), package=package, height=position.height, time_ms=position.time_ms,
                    owed_fen=owed, overdue=owed > 0 and late,
                )
            )  # fmt: skip
    return expected


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
    ["issue", "accept", "accept", "cut", "cut", "lock", "answer", "pay", "pay_package", "pay_package", "claim", "issue"]
)
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
    stage=st.sampled_from([0, 0, pb.LIVE, pb.PAID]), due_from=days, due_to=days,
    circulation=st.sampled_from([0, 0, pb.CIRCULATING, pb.LOCKED, pb.CLOSED]), page_size=st.integers(1, 4),
)  # fmt: skip
package_requests = st.builds(
    node_pb2.ListPackagesRequest, issuer=organisations, payee=organisations, due_from=days, due_to=days,
    stage=st.sampled_from([0, 0, *pb.PackageStage.values()]), page_size=st.sampled_from([1, 2, 500]),
)  # fmt: skip
early_requests = st.builds(node_pb2.ListVouchersRequest, holder=organisations, page_size=st.just(1))


questions_of_all_kinds = st.lists(
    st.tuples(st.integers(0), st.integers(0), voucher_requests, package_requests), min_size=4, max_size=8
)


@settings(max_examples=40)
@given(blocks, early_requests, questions_of_all_kinds)
def test_a_list_is_a_scan_of_its_height_and_time(plan, early, questions):
    check_lists_on(SQLITE, plan, early, questions)


@settings(max_examples=8)
@given(blocks, early_requests, questions_of_all_kinds)
def test_on_postgresql_too(plan, early, questions):
    check_lists_on(POSTGRESQL, plan, early, questions)


def check_lists_on(kind, plan, early, questions):
    with tempfile.TemporaryDirectory() as folder, make_database(kind, Path(folder)) as url:
        world = ViewWorld(url, [ReceivablesView()])
        try:
            check_lists(world, plan, early, questions)
        finally:
            world.close()


def check_lists(world, plan, early, questions):
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
    """Each package's ranges partition its face."""
    for view in expect_packages(snapshot, node_pb2.ListPackagesRequest()):
        trace = trace_package(world.connection, node_pb2.TracePackageRequest(package=view.id))
        assert trace is not None
        assert trace.package == view
        is_accepted = view.package.stage in (pb.PACKAGE_LIVE, pb.SETTLED)
        assert trace.sum_fen == (view.package.face_fen if is_accepted else 0)
