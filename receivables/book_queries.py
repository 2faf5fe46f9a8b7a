"""Questions to the read side of what lies beside vouchers: lines, rounds of quotes, receivables, a range's filing.

1. A list is sorted by id and each of its pages is of the newest block: nothing in it is ever deleted, and the parties
   by which it is asked for never change, so no page repeats what an earlier one showed.
2. What is free of a line is what may be used of it today: of one in a group, at most what is free of the group line.
3. A filter that cannot name anything (no id, an unknown stage) is MalformedInput with the request's field.

Not here: who may see what. Every function reads for a viewer who may see everything it answers.
"""

from typing import TypeVar

from google.protobuf.message import Message
from sqlalchemy import ColumnElement, Connection, Table, case, select

from hefu.v1 import identity_pb2, node_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.records import compute_organisation_key
from identity.rules import compute_civil_day
from ledger.context import Record
from ledger.errors import InvariantViolation, MalformedInput
from ledger.merkle.verify_state import hash_key
from ledger.store.paging import Page, Position, begin_page, encode_cursor, read_position
from ledger.store.state_rows import read_record
from receivables.line_use import compute_free
from receivables.queries import AnyRow, check_enum, check_organisation, decode_id, get_voucher, read_package
from receivables.registration_text import build_registration_text, list_parties
from receivables.rules import is_package_id
from receivables.side_records import compute_line_key, compute_quotes_key
from receivables.view_tables import line_rows, receivable_rows

M = TypeVar("M", bound=Message)
_L, _R = line_rows, receivable_rows


def read_meant(connection: Connection, key: str, message: type[M], position: Position) -> M | None:
    """What the newest record under a key means at the time of `position`; None where there is none."""
    encoded = read_record(connection, hash_key(key.encode()))
    return None if encoded is None else message.FromString(Record.decode(encoded).get_meant(position.time_ms))


# ---------------------------------------------------------------- lines


def get_line(connection: Connection, request: node_pb2.GetLineRequest) -> node_pb2.LineView | None:
    """A line as it is now, None where there is none."""
    if not is_package_id(request.line):
        return None
    newest = read_position(connection)
    line = read_meant(connection, compute_line_key(request.line), pb.Line, newest)
    return None if line is None else _render_line(connection, request.line, line, newest)


def list_lines(connection: Connection, request: node_pb2.ListLinesRequest) -> node_pb2.LinePage:
    """A page of the lines that fit, sorted by id."""
    filters = []
    if request.grantor:
        filters.append(_L.c.grantor == check_organisation(request.grantor, "grantor"))
    if request.holder:
        filters.append(_L.c.holder == check_organisation(request.holder, "holder"))
    if request.group:
        if not is_package_id(request.group):
            raise MalformedInput("not the id of a line", "group")
        filters.append(_L.c.group_line == request.group)
    page = begin_page(connection, request, request.page_size, request.cursor)
    newest = read_position(connection)
    rows, next_cursor = _read_page(connection, request, page, _L, filters)
    lines = [_render_line(connection, row.line, pb.Line.FromString(row.body), newest) for row in rows]
    return node_pb2.LinePage(lines=lines, next_cursor=next_cursor, height=newest.height)


def _render_line(connection: Connection, name: str, line: pb.Line, newest: Position) -> node_pb2.LineView:
    above = [line]
    if line.group:
        group = read_meant(connection, compute_line_key(line.group), pb.Line, newest)
        if group is None:
            raise InvariantViolation("a line without its group line")
        above.append(group)
    today = compute_civil_day(newest.time_ms)
    is_open = all(one.status == pb.LINE_OPEN and today <= one.last_on for one in above)
    free = min(compute_free(one) for one in above) if is_open else 0
    return node_pb2.LineView(id=name, line=line, free_fen=free, height=newest.height)


def _read_page(
    connection: Connection, request: Message, page: Page, table: Table, filters: list[ColumnElement[bool]]
) -> tuple[list[AnyRow], bytes]:
    """The rows of a page of a table whose key is an id, and the cursor of the next page (empty: none)."""
    (key,) = table.primary_key.columns
    query = select(table).where(*filters).order_by(key).limit(page.size + 1)
    if page.place is not None:
        query = query.where(key > decode_id(page.place))
    rows = list(connection.execute(query).all())
    if len(rows) <= page.size:
        return rows, b""
    place: str = rows[page.size - 1][0]
    return rows[: page.size], encode_cursor(request, page.position, place.encode())


# ---------------------------------------------------------------- quotes


def get_quotes(connection: Connection, request: node_pb2.GetQuotesRequest) -> node_pb2.QuotesView | None:
    """The newest ask on a range, and whether it is still open; None where nobody ever asked."""
    ref = request.voucher
    if not is_package_id(ref.package):
        return None
    newest = read_position(connection)
    found = read_meant(connection, compute_quotes_key(ref), pb.QuoteRound, newest)
    if found is None:
        return None
    view = get_voucher(connection, node_pb2.GetVoucherRequest(voucher=ref))
    is_open = view is not None and view.state.stage == pb.LIVE and view.state.asked_at_ms == found.asked_at_ms
    return node_pb2.QuotesView(round=found, is_open=is_open, height=newest.height, time_ms=newest.time_ms)


# ---------------------------------------------------------------- receivables


def list_receivables(connection: Connection, request: node_pb2.ListReceivablesRequest) -> node_pb2.ReceivablePage:
    """A page of the receivables that fit, sorted by id; one asked and not answered in time is UNANSWERED."""
    page = begin_page(connection, request, request.page_size, request.cursor)
    newest = read_position(connection)
    stage = case((_R.c.lapse_at_ms <= newest.time_ms, _R.c.lapsed_stage), else_=_R.c.stage)
    filters: list[ColumnElement[bool]] = []
    if request.creditor:
        filters.append(_R.c.creditor == check_organisation(request.creditor, "creditor"))
    if request.debtor:
        filters.append(_R.c.debtor == check_organisation(request.debtor, "debtor"))
    if request.stage:
        check_enum(request.stage, pb.ReceivableStage.values(), "stage")
        filters.append(stage == request.stage)
    rows, next_cursor = _read_page(connection, request, page, _R, filters)
    views = [_render_receivable(row, newest) for row in rows]
    return node_pb2.ReceivablePage(
        receivables=views, next_cursor=next_cursor, height=newest.height, time_ms=newest.time_ms
    )


def _render_receivable(row: AnyRow, newest: Position) -> node_pb2.ReceivableView:
    receivable = pb.Receivable.FromString(row.body)
    if row.lapse_at_ms <= newest.time_ms:
        receivable.stage = row.lapsed_stage
    return node_pb2.ReceivableView(id=row.receivable, receivable=receivable)


# ---------------------------------------------------------------- what a bank files


def get_registration_text(
    connection: Connection, request: node_pb2.GetRegistrationTextRequest
) -> node_pb2.RegistrationText | None:
    """What is to be filed for a range; None where nobody finances it, or there is no such range."""
    newest = read_position(connection)
    view = get_voucher(connection, node_pb2.GetVoucherRequest(voucher=request.voucher))
    if view is None:
        return None
    found = read_package(connection, request.voucher.package, newest)
    if found is None:
        raise InvariantViolation("a range without its package")
    claim = view.claim if view.HasField("claim") else None
    names = {}
    for party in list_parties(found.package, view.state, claim):
        organisation = read_meant(connection, compute_organisation_key(party), identity_pb2.Organisation, newest)
        if organisation is None:
            raise InvariantViolation(f"{party} takes part and was never admitted")
        names[party] = organisation.name
    return build_registration_text(view.voucher, found.package, view.state, claim, names)
