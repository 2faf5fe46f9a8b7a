"""Lists for reports, read from the views of receivables as of a day's last block.

1. A day is a civil day of block time. Its last block is found by halving, since block time rises with the height.
2. A package counts from its acceptance on, for ever: whatever was pending, refused, withdrawn or lapsed does not. What
   a court's order has made another's debt is listed on both sides: the issuer's package, the successor's to pay.
3. Claims lie by range, not by lender: a page looks at so many of them, and the cursor names the last one looked at.
4. Payments are read from what their transactions told, in the log's order. One of a frozen range names nobody: the bank
   keeps it, and what it hands over afterwards is told again, with the payees.
"""

from struct import Struct
from typing import Any

from sqlalchemy import Connection, Select, and_, case, or_, select, tuple_, union_all

from hefu.v1 import pledges_pb2, reports_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.rules import compute_civil_day, is_organisation_id
from ledger.errors import MalformedInput
from ledger.store.paging import (
    Page,
    Position,
    begin_page,
    encode_cursor,
    read_position,
    refuse_before_snapshot,
    refuse_history_before_snapshot,
)
from ledger.store.schema import blocks, transactions
from receivables.days import compute_start_ms
from receivables.payments import compute_package_owed
from receivables.rules import compute_debtor, is_package_id
from receivables.view_tables import claim_rows, closed_package_rows, holds_at_height, package_rows, succession_rows
from receivables.views import decode_events

MAX_FOUND = 500
CLAIMS_A_PAGE = 20_000
TRANSACTIONS_A_PAGE = 5_000
MAX_DAY = 100_000  # in the year 2243
NEVER_ACCEPTED = (pb.PENDING, pb.REFUSED, pb.WITHDRAWN, pb.LAPSED)
PAYMENT_KINDS = (pb.PREPAY, pb.PAY_VOUCHER, pb.PAY_PACKAGE, pb.HAND_OVER)
AnySelect = Select[*tuple[Any, ...]]
_START = Struct(">Q")
_P, _C, _S = package_rows, claim_rows, succession_rows


def find_packages(connection: Connection, request: reports_pb2.FindPackagesRequest) -> reports_pb2.FindPackagesAnswer:
    """Those of these packages that there are, as they are meant as of the newest block."""
    wanted = list(request.packages)
    if not 1 <= len(wanted) <= MAX_FOUND or not all(map(is_package_id, wanted)):
        raise MalformedInput(f"1 to {MAX_FOUND} package ids", "packages")
    is_lapsed = _P.c.lapse_at_ms <= read_position(connection).time_ms
    body = case((is_lapsed, _P.c.lapse_body), else_=_P.c.body)
    rows = connection.execute(select(_P.c.package, body.label("body")).where(_P.c.package.in_(wanted)))
    found = {row.package: row.body for row in rows}
    answer = reports_pb2.FindPackagesAnswer()
    for package in wanted:
        if package in found:
            answer.packages.add(id=package).package.MergeFromString(found[package])
    return answer


def list_issued(connection: Connection, request: reports_pb2.ListIssuedRequest) -> reports_pb2.IssuedPage:
    """A page of an issuer's accepted packages, and of those that it owes as successor, sorted by id."""
    issuer = _check_organisation(request.issuer, "issuer")
    page = _begin_day_page(connection, request)
    after = "" if page.place is None else _decode_text(page.place)
    taken = select(_S.c.package).where(_S.c.debtor == issuer)
    queries = []
    for rows in (package_rows, closed_package_rows):
        of_issuer = and_(rows.c.package > f"{issuer}.", rows.c.package < f"{issuer}/")  # the character behind the dot
        is_counted = rows.c.stage.not_in(NEVER_ACCEPTED)
        queries.append(
            select(rows.c.package.label("package"), rows.c.body.label("body")).where(
                holds_at_height(rows, page.position.height),
                rows.c.package > after,
                or_(of_issuer, rows.c.package.in_(taken)),
                is_counted,
            )
        )
    found = connection.execute(union_all(*queries).order_by("package").limit(page.size + 1)).all()
    answer = reports_pb2.IssuedPage(position=_render_position(connection, page.position))
    for row in found[: page.size]:
        package = pb.Package.FromString(row.body)
        if issuer in (package.issuer, package.debtor):
            answer.packages.append(_render_issued(row.package, package, issuer))
    if len(found) > page.size:
        answer.next_cursor = encode_cursor(request, page.position, found[page.size - 1].package.encode())
    return answer


def _render_issued(identity: str, package: pb.Package, organisation: str) -> reports_pb2.IssuedPackage:
    is_debtor = compute_debtor(package) == organisation
    return reports_pb2.IssuedPackage(
        id=identity,
        payee=package.payee,
        stage=package.stage,
        face_fen=package.face_fen,
        owed_fen=compute_package_owed(package) if is_debtor else 0,
        due_on=package.due_on,
        paying_bank=package.paying_bank,
        taken_from="" if package.issuer == organisation else package.issuer,
        taken_by="" if is_debtor else package.debtor,
    )


def list_claims(connection: Connection, request: reports_pb2.ListClaimsRequest) -> reports_pb2.ClaimPage:
    """A page of the claims of a lender, sorted by package and start."""
    pledgee = _check_organisation(request.pledgee, "pledgee")
    page = _begin_day_page(connection, request)
    answer = reports_pb2.ClaimPage(position=_render_position(connection, page.position))
    rows = connection.execute(_select_claims(page)).all()
    last = None
    for row in rows:
        claim = pledges_pb2.Claim.FromString(row.body)
        if claim.pledgee == pledgee:
            if len(answer.claims) == page.size:
                break
            due_on = _compute_due_on(pb.Package.FromString(row.package_body), page.position)
            made = answer.claims.add(claim=claim, issuer=row.package.partition(".")[0], due_on=due_on)
            made.voucher.package, made.voucher.start, made.voucher.end = row.package, row.range_start, row.range_end
        last = row
    else:
        last = last if len(rows) == CLAIMS_A_PAGE else None
    if last is not None:
        place = last.package.encode() + _START.pack(last.range_start)
        answer.next_cursor = encode_cursor(request, page.position, place)
    return answer


def _select_claims(page: Page) -> AnySelect:
    columns = (_C.c.package, _C.c.range_start, _C.c.range_end, _C.c.body, _P.c.body.label("package_body"))
    query = select(*columns).join_from(_C, _P, _P.c.package == _C.c.package)
    query = query.where(holds_at_height(_C, page.position.height))
    if page.place is not None:
        after = (_decode_text(page.place[: -_START.size]), _decode_start(page.place))
        query = query.where(tuple_(_C.c.package, _C.c.range_start) > tuple_(*after))
    return query.order_by(_C.c.package, _C.c.range_start).limit(CLAIMS_A_PAGE)


def _compute_due_on(package: pb.Package, position: Position) -> int:
    """The nominal due day as of a block, from the package of now: acceleration alone changes it, to its own day."""
    is_later = compute_civil_day(position.time_ms) < package.due_on
    return package.accelerated_from_on if package.accelerated_from_on and is_later else package.due_on


def list_payments(connection: Connection, request: reports_pb2.ListPaymentsRequest) -> reports_pb2.PaymentPage:
    """A page of the payments in which an organisation has a part, over some civil days."""
    organisation = _check_organisation(request.organisation, "organisation")
    if not 0 <= request.day_from <= request.day_to <= MAX_DAY:
        raise MalformedInput("civil days, the first not after the last", "day_from")
    refuse_history_before_snapshot(connection, compute_start_ms(request.day_from))
    first = _find_size(connection, request.day_from - 1)
    query = (
        select(transactions.c.leaf_index, transactions.c.id, transactions.c.events, blocks.c.height, blocks.c.time_ms)
        .join_from(transactions, blocks, blocks.c.height == transactions.c.height)
        .where(transactions.c.leaf_index >= max(first, request.after_index + 1))
        .where(transactions.c.leaf_index < _find_size(connection, request.day_to))
        .order_by(transactions.c.leaf_index)
        .limit(TRANSACTIONS_A_PAGE)
    )
    rows = connection.execute(query).all()
    made = [payment for row in rows for payment in _render_payments(row)]
    packages = _read_packages(connection, {payment.voucher.package for payment in made})
    answer = reports_pb2.PaymentPage(next_index=rows[-1].leaf_index if len(rows) == TRANSACTIONS_A_PAGE else 0)
    for payment in made:
        package = packages[payment.voucher.package]
        payment.paying_bank, payment.debtor = package.paying_bank, package.debtor
        sides = (payment.issuer, payment.debtor, payment.paying_bank, payment.payee)
        if not payment.voucher.end or organisation in sides:
            answer.payments.append(payment)
    return answer


def _render_payments(row: Any) -> list[reports_pb2.PaymentView]:
    return [
        reports_pb2.PaymentView(
            voucher=event.voucher,
            issuer=event.voucher.package.partition(".")[0],
            payee=event.counterparty if event.voucher.end else "",
            amount_fen=event.amount_fen,
            time_ms=row.time_ms,
            height=row.height,
            index=row.leaf_index,
            transaction_id=row.id,
            kind=kind,
        )
        for kind, event in decode_events(row.events)
        if kind in PAYMENT_KINDS
    ]


def _read_packages(connection: Connection, packages: set[str]) -> dict[str, pb.Package]:
    wanted = sorted(packages)
    found: dict[str, pb.Package] = {}
    for start in range(0, len(wanted), MAX_FOUND):
        part = wanted[start : start + MAX_FOUND]
        rows = connection.execute(select(_P.c.package, _P.c.body).where(_P.c.package.in_(part)))
        found.update((row.package, pb.Package.FromString(row.body)) for row in rows)
    return found


# ---------------------------------------------------------------- days and pages


def _begin_day_page(
    connection: Connection, request: reports_pb2.ListIssuedRequest | reports_pb2.ListClaimsRequest
) -> Page:
    """The page that is asked for; the first one as of the day's last block, the others as of the first one's."""
    page = begin_page(connection, request, request.page_size, request.cursor)
    if request.cursor or not request.on:
        return page
    if not 0 < request.on <= MAX_DAY:
        raise MalformedInput("a civil day", "on")
    position = _find_day_end(connection, request.on, page.position)
    if position is None:
        raise MalformedInput("the ledger had not begun by then", "on")
    refuse_before_snapshot(connection, position.height)
    return Page(position, page.size, None)


def _find_day_end(connection: Connection, day: int, newest: Position) -> Position | None:
    """The last block of the civil day or of one before it; None before the ledger began."""
    end_ms = compute_start_ms(day + 1)
    if newest.time_ms < end_ms:
        return newest
    found, low, high = None, 0, newest.height
    while low < high:
        middle = (low + high) // 2
        block = _read_block(connection, middle)
        if block.time_ms < end_ms:
            found, low = block, middle + 1
        else:
            high = middle
    return found


def _read_block(connection: Connection, height: int) -> Position:
    """The block at a height, or the last before it where an engine left heights out; block 0 is the genesis."""
    query = select(blocks.c.height, blocks.c.time_ms).where(blocks.c.height <= height)
    row = connection.execute(query.order_by(blocks.c.height.desc()).limit(1)).one()
    return Position(row.height, row.time_ms)


def _find_size(connection: Connection, day: int) -> int:
    """Leaves of the log at the end of a civil day."""
    position = _find_day_end(connection, day, read_position(connection))
    if position is None:
        return 0
    return int(connection.execute(select(blocks.c.size).where(blocks.c.height == position.height)).scalar_one())


def _render_position(connection: Connection, position: Position) -> reports_pb2.ListPosition:
    newest = read_position(connection)
    return reports_pb2.ListPosition(
        height=position.height,
        time_ms=position.time_ms,
        day_is_over=compute_civil_day(newest.time_ms) > compute_civil_day(position.time_ms),
    )


def _check_organisation(organisation: str, field: str) -> str:
    if not is_organisation_id(organisation):
        raise MalformedInput("a USCC or an LEI", field)
    return organisation


def _decode_text(place: bytes) -> str:
    package = place.decode("ascii", "replace")
    if not is_package_id(package):
        raise MalformedInput("names no place in this list", "cursor")
    return package


def _decode_start(place: bytes) -> int:
    (start,) = _START.unpack(place[-_START.size :])
    if start >= 2**63:
        raise MalformedInput("names no place in this list", "cursor")
    return int(start)
