"""The clearing list 清算清单: what a paying bank has to pay on a day, on which range and to whom.

1. A line is a live range on which something is owed, of a package whose due day, rolled to a business day, is the day
   asked for; asked by package, every such range of it, on any day.
2. Payees are those of record, pledgee first, each with the commitment to the account it has registered; a change of an
   account counts from the day it is good. While an order of a court rests on the range nobody is payee.
3. A list keeps its position over all its pages; accounts, calendar and rulebook are read as the newest block has them.

The due days that roll to one business day lie directly before it. One day's packages are found by their due day and
read in one stroke; the bank is found among them, since few banks share a day and no index would be worth its cost at
issue.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Connection, select, union_all

from hefu.v1 import node_pb2, pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from ledger.errors import MalformedInput
from ledger.store.paging import Page, begin_page, encode_cursor
from receivables.book_queries import read_meant
from receivables.days import Calendar, compute_rolled_day, is_business_day
from receivables.payments import compute_payees, compute_pledgee_part
from receivables.queries import (
    AnyRow,
    VoucherReading,
    check_organisation,
    encode_place,
    read_rule,
    render_voucher,
    select_ranges,
)
from receivables.records import CALENDAR_KEY, decode_calendar
from receivables.rules import compute_debtor, is_frozen, is_package_id
from receivables.side_records import compute_account_key
from receivables.view_tables import closed_package_rows, package_rows

_P, _THEN = package_rows, closed_package_rows


def list_clearing(connection: Connection, request: node_pb2.ListClearingRequest) -> node_pb2.ClearingPage:
    """A page of the clearing list, sorted by package and start; totals (count, 分) on the first page.

    MalformedInput: neither bank nor package, or a bank without a day.
    """
    _check_filters(request)
    page = begin_page(connection, request, request.page_size, request.cursor)
    calendar = decode_calendar(read_rule(connection, CALENDAR_KEY, page.position))
    answer = node_pb2.ClearingPage(height=page.position.height)
    last: AnyRow | None = None
    accounts: dict[str, bytes] = {}
    for row in _iterate_rows(connection, request, page, calendar):
        if len(answer.lines) == page.size:
            if not answer.next_cursor and last is not None:
                answer.next_cursor = encode_cursor(request, page.position, encode_place(last))
            if page.place is not None:
                break
        line = _render_line(row, page, calendar)
        answer.total += 1
        answer.total_owed_fen += line.owed_fen
        if len(answer.lines) < page.size:
            _add_accounts(connection, line, page, accounts)
            answer.lines.append(line)
            last = row
    if page.place is not None:
        answer.total = answer.total_owed_fen = 0
    return answer


def _check_filters(request: node_pb2.ListClearingRequest) -> None:
    if request.paying_bank:
        check_organisation(request.paying_bank, "paying_bank")
    if request.package and not is_package_id(request.package):
        raise MalformedInput("not a package id", "package")
    if not (request.paying_bank or request.package):
        raise MalformedInput("a paying bank or a package", "paying_bank")
    if not (request.on or request.package):
        raise MalformedInput("the civil day of a bank's list", "on")


def list_days_that_roll(on: int, calendar: Calendar) -> list[int]:
    """The nominal due days that roll to the civil day `on`, ascending; none where it is no business day."""
    if not is_business_day(on, calendar):
        return []
    first = on
    while not is_business_day(first - 1, calendar):
        first -= 1
    return list(range(first, on + 1))


def _iterate_rows(
    connection: Connection, request: node_pb2.ListClearingRequest, page: Page, calendar: Calendar
) -> Iterator[AnyRow]:
    days = list_days_that_roll(request.on, calendar) if request.on else []
    if request.on and not days:
        return

    def list_filters(reading: VoucherReading) -> list[ColumnElement[bool]]:
        filters = [reading.is_live()]
        if days:
            # The second term says nothing more. It names the packages, else every range there is would be read.
            filters.append(reading.due_on.between(days[0], days[-1]))
            filters.append(reading.columns.package.in_(_select_due(page, days[0], days[-1])))
        if request.package:
            filters.append(reading.columns.package == request.package)
        return filters

    for row in connection.execute(select_ranges(page, list_filters)):
        if request.paying_bank in ("", pb.Package.FromString(row.package_body).paying_bank):
            yield row


def _select_due(page: Page, first_on: int, last_on: int) -> CompoundSelect[Any]:
    """The packages that are due on one of the days, or were at a height after the list's."""
    now = select(_P.c.package).where(_P.c.due_on.between(first_on, last_on))
    then = select(_THEN.c.package).where(
        _THEN.c.to_height > page.position.height, _THEN.c.due_on.between(first_on, last_on)
    )
    return union_all(now, then)


def _render_line(row: AnyRow, page: Page, calendar: Calendar) -> node_pb2.ClearingLine:
    view, package = render_voucher(row, page.position), pb.Package.FromString(row.package_body)
    ref, state = view.voucher, view.state
    line = node_pb2.ClearingLine(
        voucher=ref,
        debtor=compute_debtor(package),
        due_on=compute_rolled_day(package.due_on, calendar),
        owed_fen=view.owed_fen,
        kept_fen=state.kept_fen,
        failure=state.failure if state.HasField("failure") else None,
        objection=state.objection if state.HasField("objection") else None,
        frozen=is_frozen(package, state),
    )
    if not line.frozen:
        claim: pledges_pb2.Claim | None = view.claim if view.HasField("claim") else None
        pledgee_fen = compute_pledgee_part(package, state, ref, claim, view.owed_fen)
        line.payees.extend(compute_payees(state, claim, pledgee_fen, view.owed_fen))
    return line


def _add_accounts(connection: Connection, line: node_pb2.ClearingLine, page: Page, accounts: dict[str, bytes]) -> None:
    """Write each payee's account of record; every organisation is read once for a page."""
    for payee in line.payees:
        if payee.organisation not in accounts:
            key = compute_account_key(payee.organisation)
            account = read_meant(connection, key, pb.PayeeAccount, page.position)
            accounts[payee.organisation] = b"" if account is None else account.account_commitment
        payee.account_commitment = accounts[payee.organisation]
