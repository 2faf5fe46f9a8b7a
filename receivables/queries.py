"""Questions to the read side of vouchers: one package, one range, and their lists.

1. Everything is read as of a position (a block and its time); a list keeps its own over all its pages.
2. *Paid* through the package's P is read, not written: a range on which nothing is owed any more is shown, listed and
   counted as paid and closed, whatever its record says.
3. A filter that cannot name anything (no id, an unknown stage) is MalformedInput with the request's field.

A list runs over (package, start), which no two ranges share at one position, so a page begins where the last one ended.
Not here: who may see what. Every function reads for a viewer who may see everything it answers.
"""

from collections.abc import Sequence
from functools import lru_cache
from struct import Struct
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Select,
    and_,
    func,
    literal_column,
    not_,
    or_,
    select,
    tuple_,
)

from hefu.v1 import node_pb2, pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.rules import compute_civil_day, is_organisation_id
from ledger.context import Record
from ledger.errors import InvariantViolation, MalformedInput
from ledger.merkle.verify_state import hash_key
from ledger.store.paging import Position, begin_page, encode_cursor, read_position
from ledger.store.state_rows import read_record
from receivables.days import Calendar, compute_calendar, is_overdue
from receivables.payments import compute_owed, compute_package_owed
from receivables.records import CALENDAR_KEY, RULES_KEY
from receivables.rules import is_package_id
from receivables.view_tables import claim_rows, holds_at, holds_at_height, package_rows, voucher_rows

OWING_STAGES = (pb.PACKAGE_LIVE, pb.SETTLED)
AnyRow = Row[*tuple[Any, ...]]
AnySelect = Select[*tuple[Any, ...]]

_START = Struct(">Q")
_SHARE_STEP = 1_000_000

_V, _P, _C = voucher_rows, package_rows, claim_rows
_LENGTH = _V.c.range_end - _V.c.range_start + 1
_VOUCHER_COLUMNS = (
    _V.c.package, _V.c.range_start, _V.c.range_end, _V.c.body,
    _P.c.due_on, _P.c.face_fen, _P.c.paid_fen, _C.c.body.label("claim"),
)  # fmt: skip


def _paid_up_to(end: ColumnElement[int]) -> ColumnElement[int]:
    """⌊P·end/N⌋ in two steps, since P·end passes 2^63 where N > 3·10^9. Good for N up to 3·10^12 分."""
    high, low = end // _SHARE_STEP, end % _SHARE_STEP
    product = _P.c.paid_fen * high
    rest = (product % _P.c.face_fen) * _SHARE_STEP + _P.c.paid_fen * low
    return product // _P.c.face_fen * _SHARE_STEP + rest // _P.c.face_fen


_IS_PAID = or_(
    _V.c.stage == pb.PAID,
    _LENGTH - _V.c.paid_fen <= _paid_up_to(_V.c.range_end) - _paid_up_to(_V.c.range_start - 1),
)


def get_package(connection: Connection, request: node_pb2.GetPackageRequest) -> node_pb2.PackageView | None:
    """What the package means now, None where there is none."""
    return read_package(connection, request.package, read_position(connection))


def read_package(connection: Connection, package: str, position: Position) -> node_pb2.PackageView | None:
    """What the package meant at a position, None where there was none."""
    if not is_package_id(package):
        return None
    query = select(_P.c.package, _P.c.body).where(_P.c.package == package, holds_at(_P, position))
    return next(iter(_render_packages(connection, connection.execute(query).all(), position)), None)


def get_voucher(connection: Connection, request: node_pb2.GetVoucherRequest) -> node_pb2.VoucherView | None:
    """What the range means now, None where there is none: never cut so, or cut since."""
    position = read_position(connection)
    ref = request.voucher
    if not is_package_id(ref.package):
        return None
    same = and_(_V.c.package == ref.package, _V.c.range_start == ref.start, _V.c.range_end == ref.end)
    row = connection.execute(_select_vouchers(position).where(same)).one_or_none()
    return None if row is None else _render_voucher(row, position)


def read_ranges(connection: Connection, package: str, position: Position, limit: int) -> list[node_pb2.VoucherView]:
    """At most `limit` ranges of a package at a position, sorted by start."""
    query = _select_vouchers(position).where(_V.c.package == package).order_by(_V.c.range_start).limit(limit)
    return [_render_voucher(row, position) for row in connection.execute(query)]


def list_vouchers(connection: Connection, request: node_pb2.ListVouchersRequest) -> node_pb2.VoucherPage:
    """A page of the ranges that fit, sorted by package and start; totals (count, 分) on the first page."""
    filters = _filter_vouchers(request)
    page = begin_page(connection, request, request.page_size, request.cursor)
    position = page.position
    query = _select_vouchers(position).where(*filters).order_by(_V.c.package, _V.c.range_start)
    if page.place is not None:
        query = query.where(tuple_(_V.c.package, _V.c.range_start) > tuple_(*_decode_place(page.place)))
    rows = connection.execute(query.limit(page.size + 1)).all()
    answer = node_pb2.VoucherPage(height=position.height)
    answer.vouchers.extend(_render_voucher(row, position) for row in rows[: page.size])
    if len(rows) > page.size:
        last = rows[page.size - 1]
        answer.next_cursor = encode_cursor(request, position, last.package.encode() + _START.pack(last.range_start))
    if page.place is None:
        totals = select(func.count(), func.sum(_LENGTH)).select_from(_join_package(position)).where(*filters)
        answer.total, answer.total_fen = _read_totals(connection, totals.where(holds_at(_V, position)))
    return answer


def list_packages(connection: Connection, request: node_pb2.ListPackagesRequest) -> node_pb2.PackagePage:
    """A page of the packages that fit, sorted by id; totals (count, face in 分) on the first page."""
    filters = _filter_packages(request)
    page = begin_page(connection, request, request.page_size, request.cursor)
    position = page.position
    filters.append(holds_at(_P, position))
    query = select(_P.c.package, _P.c.body).where(*filters).order_by(_P.c.package)
    if page.place is not None:
        query = query.where(_P.c.package > _decode_package(page.place))
    rows = connection.execute(query.limit(page.size + 1)).all()
    answer = node_pb2.PackagePage(height=position.height)
    answer.packages.extend(_render_packages(connection, rows[: page.size], position))
    if len(rows) > page.size:
        answer.next_cursor = encode_cursor(request, position, rows[page.size - 1].package.encode())
    if page.place is None:
        totals = select(func.count(), func.sum(_P.c.face_fen)).where(*filters)
        answer.total, answer.total_fen = _read_totals(connection, totals)
    return answer


# ---------------------------------------------------------------- filters and places


def _filter_vouchers(request: node_pb2.ListVouchersRequest) -> list[ColumnElement[bool]]:
    filters = _filter_issuer(_V, request.issuer)
    if request.holder:
        filters.append(_V.c.holder == _check_organisation(request.holder, "holder"))
    if request.counterparty:
        # The index holds locked ranges only; the second term tells the database that it will do.
        filters.append(_V.c.counterparty == _check_organisation(request.counterparty, "counterparty"))
        filters.append(_V.c.counterparty != literal_column("''"))
    if request.package:
        if not is_package_id(request.package):
            raise MalformedInput("not a package id", "package")
        filters.append(_V.c.package == request.package)
    if request.stage:
        _check_enum(request.stage, pb.VoucherStage.values(), "stage")
        filters.append(_IS_PAID if request.stage == pb.PAID else not_(_IS_PAID))
    if request.circulation:
        _check_enum(request.circulation, pb.Circulation.values(), "circulation")
        is_so = _V.c.circulation == request.circulation
        filters.append(or_(is_so, _IS_PAID) if request.circulation == pb.CLOSED else and_(is_so, not_(_IS_PAID)))
    return filters + _filter_due(request.due_from, request.due_to)


def _filter_packages(request: node_pb2.ListPackagesRequest) -> list[ColumnElement[bool]]:
    filters = _filter_issuer(_P, request.issuer)
    if request.payee:
        filters.append(_P.c.payee == _check_organisation(request.payee, "payee"))
    if request.stage:
        _check_enum(request.stage, pb.PackageStage.values(), "stage")
        filters.append(_P.c.stage == request.stage)
    return filters + _filter_due(request.due_from, request.due_to)


def _filter_issuer(table: FromClause, issuer: str) -> list[ColumnElement[bool]]:
    """A package id is `<issuer>.<number>`; the character after the dot ends the issuer's ids."""
    if not issuer:
        return []
    prefix = _check_organisation(issuer, "issuer")
    return [table.c.package > f"{prefix}.", table.c.package < f"{prefix}/"]


def _filter_due(due_from: int, due_to: int) -> list[ColumnElement[bool]]:
    filters = [_P.c.due_on >= due_from] if due_from else []
    return [*filters, _P.c.due_on <= due_to] if due_to else filters


def _check_organisation(organisation: str, field: str) -> str:
    if not is_organisation_id(organisation):
        raise MalformedInput("not an organisation id", field)
    return organisation


def _check_enum(value: int, known: Sequence[int], field: str) -> None:
    if value not in known:
        raise MalformedInput("unknown value", field)


def _decode_package(place: bytes) -> str:
    package = place.decode("ascii", "replace")
    if not is_package_id(package):
        raise MalformedInput("names no place in this list", "cursor")
    return package


def _decode_place(place: bytes) -> tuple[str, int]:
    package, start = _decode_package(place[: -_START.size]), place[-_START.size :]
    (number,) = _START.unpack(start)
    if number >= 2**63:
        raise MalformedInput("names no place in this list", "cursor")
    return package, number


# ---------------------------------------------------------------- rows to views


def _join_package(position: Position) -> FromClause:
    return _V.join(_P, and_(_P.c.package == _V.c.package, holds_at(_P, position)))


def _select_vouchers(position: Position) -> AnySelect:
    same = and_(_C.c.package == _V.c.package, _C.c.range_start == _V.c.range_start, _C.c.range_end == _V.c.range_end)
    tables = _join_package(position).outerjoin(_C, and_(same, holds_at_height(_C, position.height)))
    return select(*_VOUCHER_COLUMNS).select_from(tables).where(holds_at(_V, position))


def _read_totals(connection: Connection, query: AnySelect) -> tuple[int, int]:
    count, total = connection.execute(query).one()
    return count, int(total or 0)  # PostgreSQL sums into a decimal


def _render_voucher(row: AnyRow, position: Position) -> node_pb2.VoucherView:
    view = node_pb2.VoucherView(
        issuer=row.package.partition(".")[0], due_on=row.due_on, height=position.height, time_ms=position.time_ms
    )
    ref, state = view.voucher, view.state
    ref.package, ref.start, ref.end = row.package, row.range_start, row.range_end
    state.MergeFromString(row.body)
    view.owed_fen = compute_owed(pb.Package(face_fen=row.face_fen, paid_fen=row.paid_fen), state, ref)
    if not view.owed_fen:
        state.stage, state.circulation = pb.PAID, pb.CLOSED
    if row.claim is not None:
        view.claim.CopyFrom(pledges_pb2.Claim.FromString(row.claim))
    return view


def _render_packages(connection: Connection, rows: Sequence[AnyRow], position: Position) -> list[node_pb2.PackageView]:
    if not rows:
        return []
    rules = pb.VoucherRules.FromString(_read_rule(connection, RULES_KEY, position))
    calendar = _decode_calendar(_read_rule(connection, CALENDAR_KEY, position))
    today = compute_civil_day(position.time_ms)
    views = []
    for row in rows:
        view = node_pb2.PackageView(id=row.package, height=position.height, time_ms=position.time_ms)
        view.package.MergeFromString(row.body)
        if view.package.stage in OWING_STAGES:
            view.owed_fen = compute_package_owed(view.package)
            view.overdue = view.owed_fen > 0 and is_overdue(view.package.due_on, today, rules.grace_days, calendar)
        views.append(view)
    return views


@lru_cache(maxsize=8)
def _decode_calendar(body: bytes) -> Calendar:
    return compute_calendar(pb.BusinessCalendar.FromString(body))


def _read_rule(connection: Connection, key: str, position: Position) -> bytes:
    """The rulebook as it is today: genesis sets it, and no command changes it yet."""
    encoded = read_record(connection, hash_key(key.encode()))
    if encoded is None:
        raise InvariantViolation(f"the genesis holds no {key}")
    return Record.decode(encoded).get_meant(position.time_ms)
