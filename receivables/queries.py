"""Questions to the read side of vouchers: one package, one range, and their lists.

1. Everything is read as of a position (a block and its time); a list keeps its own over all its pages.
2. *Paid* through the package's P is read, not written: a live range on which nothing is owed any more is shown, listed
   and counted as paid and closed, whatever its record says. One that merged or was cancelled owes nothing either.
3. A filter that cannot name anything (no id, an unknown stage) is MalformedInput with the request's field.
4. As of the newest block, the open rows are all that hold. A list that goes on as of an older one unites two readings,
   one of the open rows, one of those closed since; so it costs more the more has changed meanwhile.

A list runs over (package, start), which no two ranges share at one position, so a page begins where the last one ended.
The connection sees one commit, so that what is newest stays so while it reads.
Not here: who may see what. Every function reads for a viewer who may see everything it answers.
"""

from collections.abc import Callable, Sequence
from struct import Struct
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    FromClause,
    Row,
    Select,
    and_,
    case,
    func,
    literal_column,
    not_,
    or_,
    select,
    tuple_,
    union_all,
)

from hefu.v1 import node_pb2, pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.rules import compute_civil_day, is_organisation_id
from ledger.context import Record
from ledger.errors import InvariantViolation, MalformedInput
from ledger.merkle.verify_state import hash_key
from ledger.store.paging import Page, Position, begin_page, encode_cursor, read_position
from ledger.store.state_rows import read_record
from receivables.days import is_overdue
from receivables.payments import compute_owed, compute_package_owed
from receivables.records import CALENDAR_KEY, RULES_KEY, decode_calendar
from receivables.rules import is_package_id
from receivables.view_tables import (
    claim_rows,
    closed_package_rows,
    closed_voucher_rows,
    holds_at_height,
    package_rows,
    voucher_rows,
)

ACCEPTED_STAGES = (pb.PACKAGE_LIVE, pb.SETTLED, pb.PACKAGE_CANCELLED)
OWED_STAGES = (pb.LIVE, pb.PAID)
AnyRow = Row[*tuple[Any, ...]]
AnySelect = Select[*tuple[Any, ...]]
AnyQuery = AnySelect | CompoundSelect[*tuple[Any, ...]]

_START = Struct(">Q")
_SHARE_STEP = 1_000_000

_P, _THEN, _C = package_rows, closed_package_rows, claim_rows


class _Packages:
    """The open or the closed rows of packages, read as of a position."""

    def __init__(self, rows: FromClause, position: Position) -> None:
        self.rows = rows
        self.columns = rows.c
        self.holds = holds_at_height(rows, position.height)
        self._is_lapsed = rows.c.lapse_at_ms <= position.time_ms
        self.stage = case((self._is_lapsed, rows.c.lapsed_stage), else_=rows.c.stage)

    def select(self) -> AnySelect:
        """What is rendered."""
        columns = self.columns
        body = case((self._is_lapsed, columns.lapse_body), else_=columns.body)
        return select(columns.package.label("package"), body.label("body")).where(self.holds)


class VoucherReading:
    """The open or the closed rows of ranges, read as of a position, with their packages and claims."""

    def __init__(self, rows: FromClause, position: Position, is_newest: bool = True) -> None:
        self.rows = rows
        self.columns = rows.c
        self.holds = holds_at_height(rows, position.height)
        self._height = position.height
        self._is_lapsed = rows.c.lapse_at_ms <= position.time_ms
        self._joined: FromClause = rows.join(_P, _P.c.package == rows.c.package)
        self.package_paid_fen: ColumnElement[int] = _P.c.paid_fen
        self.due_on: ColumnElement[int] = _P.c.due_on
        self._package_body: ColumnElement[bytes] = _P.c.body
        if not is_newest:
            same = and_(_THEN.c.package == rows.c.package, holds_at_height(_THEN, position.height))
            self._joined = self._joined.outerjoin(_THEN, same)
            self.package_paid_fen = func.coalesce(_THEN.c.paid_fen, _P.c.paid_fen)
            self.due_on = func.coalesce(_THEN.c.due_on, _P.c.due_on)
            self._package_body = func.coalesce(_THEN.c.body, _P.c.body)
        self.length = rows.c.range_end - rows.c.range_start + 1
        self.circulation = case((self._is_lapsed, rows.c.lapsed_circulation), else_=rows.c.circulation)

    def is_paid(self) -> ColumnElement[bool]:
        """On its own, or through the package's P; what ended without a payment is not paid."""
        start, end, stage = self.columns.range_start, self.columns.range_end, self.columns.stage
        through_package = self._pay_up_to(end) - self._pay_up_to(start - 1)
        is_nothing_owed = self.length - self.columns.paid_fen <= through_package
        return or_(stage == pb.PAID, and_(stage == pb.LIVE, is_nothing_owed))

    def is_live(self) -> ColumnElement[bool]:
        """Something is still owed on it."""
        return and_(self.columns.stage == pb.LIVE, not_(self.is_paid()))

    def is_at(self, stage: int) -> ColumnElement[bool]:
        """The range is at a stage, whatever its record says of payments through the package."""
        if stage == pb.PAID:
            return self.is_paid()
        return self.is_live() if stage == pb.LIVE else self.columns.stage == stage

    def is_answered_by(self, counterparty: str) -> ColumnElement[bool]:
        """The ranges whose lock waits for this organisation."""
        # The index holds locked ranges only; the second term tells the database that it will do.
        named = self.columns.counterparty == counterparty
        return and_(named, self.columns.counterparty != literal_column("''"), not_(self._is_lapsed))

    def select(self) -> AnySelect:
        """What is rendered."""
        v = self.columns
        same = and_(_C.c.package == v.package, _C.c.range_start == v.range_start, _C.c.range_end == v.range_end)
        tables = self._joined.outerjoin(_C, and_(same, holds_at_height(_C, self._height)))
        columns = (
            v.package.label("package"),
            v.range_start.label("range_start"),
            v.range_end,
            case((self._is_lapsed, v.lapse_body), else_=v.body).label("body"),
            self._package_body.label("package_body"),
            _C.c.body.label("claim"),
        )
        return select(*columns).select_from(tables).where(self.holds)

    def select_totals(self) -> AnySelect:
        """How many ranges, and their 分."""
        return select(func.count(), func.sum(self.length)).select_from(self._joined).where(self.holds)

    def _pay_up_to(self, end: ColumnElement[int]) -> ColumnElement[int]:
        """⌊P·end/N⌋ in two steps, since P·end passes 2^63 where N > 3·10^9. Good for N up to 3·10^12 分."""
        paid, face, high, low = self.package_paid_fen, _P.c.face_fen, end // _SHARE_STEP, end % _SHARE_STEP
        product = paid * high
        rest = (product % face) * _SHARE_STEP + paid * low
        return product // face * _SHARE_STEP + rest // face


def _read_packages(position: Position, is_newest: bool) -> list[_Packages]:
    tables = (package_rows,) if is_newest else (package_rows, closed_package_rows)
    return [_Packages(table, position) for table in tables]


def _read_vouchers(position: Position, is_newest: bool) -> list[VoucherReading]:
    tables = (voucher_rows,) if is_newest else (voucher_rows, closed_voucher_rows)
    return [VoucherReading(table, position, is_newest) for table in tables]


def get_package(connection: Connection, request: node_pb2.GetPackageRequest) -> node_pb2.PackageView | None:
    """What the package means now, None where there is none."""
    return read_package(connection, request.package, read_position(connection))


def read_package(connection: Connection, package: str, newest: Position) -> node_pb2.PackageView | None:
    """What the package means as of the newest block, None where there is none."""
    if not is_package_id(package):
        return None
    query = _Packages(package_rows, newest).select().where(_P.c.package == package)
    return next(iter(_render_packages(connection, connection.execute(query).all(), newest)), None)


def get_voucher(connection: Connection, request: node_pb2.GetVoucherRequest) -> node_pb2.VoucherView | None:
    """What the range means now, None where there is none: never cut so, or cut since."""
    newest = read_position(connection)
    ref = request.voucher
    if not is_package_id(ref.package):
        return None
    row = connection.execute(VoucherReading(voucher_rows, newest).select().where(is_range(ref))).one_or_none()
    return None if row is None else render_voucher(row, newest)


def is_range(ref: pb.VoucherRef) -> ColumnElement[bool]:
    """The open row of a range."""
    v = voucher_rows.c
    return and_(v.package == ref.package, v.range_start == ref.start, v.range_end == ref.end)


def read_ranges(connection: Connection, package: str, newest: Position, limit: int) -> list[node_pb2.VoucherView]:
    """At most `limit` ranges of a package as of the newest block, sorted by start."""
    query = VoucherReading(voucher_rows, newest).select().where(voucher_rows.c.package == package)
    rows = connection.execute(query.order_by(voucher_rows.c.range_start).limit(limit))
    return [render_voucher(row, newest) for row in rows]


def list_vouchers(connection: Connection, request: node_pb2.ListVouchersRequest) -> node_pb2.VoucherPage:
    """A page of the ranges that fit, sorted by package and start; totals (count, 分) on the first page."""
    page = begin_page(connection, request, request.page_size, request.cursor)
    position = page.position
    rows = connection.execute(_select_page(request, page)).all()
    answer = node_pb2.VoucherPage(height=position.height)
    answer.vouchers.extend(render_voucher(row, position) for row in rows[: page.size])
    if len(rows) > page.size:
        answer.next_cursor = encode_cursor(request, position, encode_place(rows[page.size - 1]))
    if page.place is None:
        reading = VoucherReading(voucher_rows, position)
        totals = reading.select_totals().where(*_filter_vouchers(request, reading))
        answer.total, answer.total_fen = _read_totals(connection, totals)
    return answer


def _select_page(request: node_pb2.ListVouchersRequest, page: Page) -> AnyQuery:
    """The rows of a page and one more, of each reading that can hold some."""
    return select_ranges(page, lambda reading: _filter_vouchers(request, reading)).limit(page.size + 1)


def select_ranges(page: Page, list_filters: Callable[[VoucherReading], list[ColumnElement[bool]]]) -> AnyQuery:
    """The ranges behind a page's place that pass the filters, of each reading that can hold some, in order."""
    queries = []
    for reading in _read_vouchers(page.position, page.place is None):
        query = reading.select().where(*list_filters(reading))
        if page.place is not None:
            place = tuple_(reading.columns.package, reading.columns.range_start)
            query = query.where(place > tuple_(*_decode_place(page.place)))
        queries.append(query)
    return _unite(queries).order_by("package", "range_start")


def encode_place(row: AnyRow) -> bytes:
    """The place in a list of ranges behind a row."""
    return bytes(row.package.encode() + _START.pack(row.range_start))


def list_packages(connection: Connection, request: node_pb2.ListPackagesRequest) -> node_pb2.PackagePage:
    """A page of the packages that fit, sorted by id; totals (count, face in 分) on the first page."""
    page = begin_page(connection, request, request.page_size, request.cursor)
    position, queries = page.position, []
    for reading in _read_packages(position, page.place is None):
        query = reading.select().where(*_filter_packages(request, reading))
        queries.append(query if page.place is None else query.where(reading.columns.package > decode_id(page.place)))
    rows = connection.execute(_unite(queries).order_by("package").limit(page.size + 1)).all()
    answer = node_pb2.PackagePage(height=position.height)
    answer.packages.extend(_render_packages(connection, rows[: page.size], position))
    if len(rows) > page.size:
        answer.next_cursor = encode_cursor(request, position, rows[page.size - 1].package.encode())
    if page.place is None:
        filters = _filter_packages(request, _Packages(_P, position))
        totals = select(func.count(), func.sum(_P.c.face_fen)).where(*filters)
        answer.total, answer.total_fen = _read_totals(connection, totals)
    return answer


def _unite(queries: list[AnySelect]) -> AnyQuery:
    return queries[0] if len(queries) == 1 else union_all(*queries)


# ---------------------------------------------------------------- filters and places


def _filter_vouchers(request: node_pb2.ListVouchersRequest, reading: VoucherReading) -> list[ColumnElement[bool]]:
    filters = _filter_issuer(reading.rows, request.issuer)
    if request.holder:
        filters.append(reading.columns.holder == check_organisation(request.holder, "holder"))
    if request.counterparty:
        filters.append(reading.is_answered_by(check_organisation(request.counterparty, "counterparty")))
    if request.package:
        if not is_package_id(request.package):
            raise MalformedInput("not a package id", "package")
        filters.append(reading.columns.package == request.package)
    if request.stage:
        check_enum(request.stage, pb.VoucherStage.values(), "stage")
        filters.append(reading.is_at(request.stage))
    if request.circulation:
        check_enum(request.circulation, pb.Circulation.values(), "circulation")
        is_so, is_paid = reading.circulation == request.circulation, reading.is_paid()
        filters.append(or_(is_so, is_paid) if request.circulation == pb.CLOSED else and_(is_so, not_(is_paid)))
    return filters + _filter_due(request.due_from, request.due_to, reading.due_on)


def _filter_packages(request: node_pb2.ListPackagesRequest, reading: _Packages) -> list[ColumnElement[bool]]:
    filters = _filter_issuer(reading.rows, request.issuer)
    if request.payee:
        filters.append(reading.columns.payee == check_organisation(request.payee, "payee"))
    if request.stage:
        check_enum(request.stage, pb.PackageStage.values(), "stage")
        filters.append(reading.stage == request.stage)
    return filters + _filter_due(request.due_from, request.due_to, reading.columns.due_on)


def _filter_issuer(table: FromClause, issuer: str) -> list[ColumnElement[bool]]:
    """A package id is `<issuer>.<number>`; the character after the dot ends the issuer's ids."""
    if not issuer:
        return []
    prefix = check_organisation(issuer, "issuer")
    return [table.c.package > f"{prefix}.", table.c.package < f"{prefix}/"]


def _filter_due(due_from: int, due_to: int, due_on: ColumnElement[int]) -> list[ColumnElement[bool]]:
    filters = [due_on >= due_from] if due_from else []
    return [*filters, due_on <= due_to] if due_to else filters


def check_organisation(organisation: str, field: str) -> str:
    """The organisation id that a filter names. Raises MalformedInput."""
    if not is_organisation_id(organisation):
        raise MalformedInput("not an organisation id", field)
    return organisation


def check_enum(value: int, known: Sequence[int], field: str) -> None:
    """Refuse a value that the enum of a filter does not have. Raises MalformedInput."""
    if value not in known:
        raise MalformedInput("unknown value", field)


def decode_id(place: bytes) -> str:
    """The package, line or receivable behind which a page begins. Raises MalformedInput."""
    package = place.decode("ascii", "replace")
    if not is_package_id(package):
        raise MalformedInput("names no place in this list", "cursor")
    return package


def _decode_place(place: bytes) -> tuple[str, int]:
    package, start = decode_id(place[: -_START.size]), place[-_START.size :]
    (number,) = _START.unpack(start)
    if number >= 2**63:
        raise MalformedInput("names no place in this list", "cursor")
    return package, number


# ---------------------------------------------------------------- rows to views


def _read_totals(connection: Connection, query: AnySelect) -> tuple[int, int]:
    count, total = connection.execute(query).one()
    return count, int(total or 0)  # PostgreSQL sums into a decimal


def render_voucher(row: AnyRow, position: Position) -> node_pb2.VoucherView:
    """A range as `VoucherReading.select` reads it, in the form in which it is answered."""
    package, issuer = pb.Package.FromString(row.package_body), row.package.partition(".")[0]
    view = node_pb2.VoucherView(
        issuer=issuer,
        due_on=package.due_on,
        height=position.height,
        time_ms=position.time_ms,
        package_frozen=bool(package.freezes),
        red_lettered=bool(package.red_lettered),
    )
    ref, state = view.voucher, view.state
    ref.package, ref.start, ref.end = row.package, row.range_start, row.range_end
    state.MergeFromString(row.body)
    if state.stage in OWED_STAGES:
        view.owed_fen = compute_owed(package, state, ref)
        if not view.owed_fen:
            state.stage, state.circulation = pb.PAID, pb.CLOSED
    if row.claim is not None:
        view.claim.CopyFrom(pledges_pb2.Claim.FromString(row.claim))
    return view


def _render_packages(connection: Connection, rows: Sequence[AnyRow], position: Position) -> list[node_pb2.PackageView]:
    if not rows:
        return []
    rules = pb.VoucherRules.FromString(read_rule(connection, RULES_KEY, position))
    calendar = decode_calendar(read_rule(connection, CALENDAR_KEY, position))
    today = compute_civil_day(position.time_ms)
    views = []
    for row in rows:
        view = node_pb2.PackageView(id=row.package, height=position.height, time_ms=position.time_ms)
        view.package.MergeFromString(row.body)
        if view.package.stage in ACCEPTED_STAGES:
            view.owed_fen = compute_package_owed(view.package)
            view.overdue = view.owed_fen > 0 and is_overdue(view.package.due_on, today, rules.grace_days, calendar)
        views.append(view)
    return views


def read_rule(connection: Connection, key: str, position: Position) -> bytes:
    """The rulebook, or the calendar, as the newest block has it."""
    encoded = read_record(connection, hash_key(key.encode()))
    if encoded is None:
        raise InvariantViolation(f"the genesis holds no {key}")
    return Record.decode(encoded).get_meant(position.time_ms)
