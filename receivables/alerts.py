"""Alerts: what the read side knows of patterns that somebody should look at. They prove nothing and stop nothing.

1. A list is of the flows of at most 400 days, and at most 100 000 of them; more is MalformedInput.
2. Its later pages are of the same flows as its first; related parties and holdings are those of the newest block.
3. Related are two who hold lines under one group line, its holder counted, and two of whom one declared the other.

Not here: the patterns and their thresholds (alert_patterns).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from struct import Struct
from typing import Any

from sqlalchemy import Connection, Select, select

from hefu.v1 import node_pb2, pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from ledger.context import Record
from ledger.errors import InvariantViolation, MalformedInput
from ledger.merkle.verify_state import hash_key
from ledger.store.paging import Page, begin_page, encode_cursor, refuse_history_before_snapshot
from ledger.store.schema import blocks
from ledger.store.state_rows import read_records
from receivables import alert_patterns as patterns
from receivables.alert_patterns import PastFlow
from receivables.book_queries import read_meant
from receivables.days import compute_start_ms
from receivables.queries import check_enum, check_organisation
from receivables.records import RULES_KEY, compute_package_key
from receivables.rules import find_caps
from receivables.side_records import compute_related_key
from receivables.view_tables import OPEN, claim_rows, flow_rows, line_rows, voucher_rows

MAX_DAYS = 400
MAX_FLOWS = 100_000
MAX_POSITIONS = 100_000
MAX_STEPS = 2_000_000
_PLACE = Struct(">I")
_F, _V, _C, _L = flow_rows, voucher_rows, claim_rows, line_rows


def list_alerts(connection: Connection, request: node_pb2.ListAlertsRequest) -> node_pb2.AlertPage:
    """A page of alerts, by kind, then the largest first. MalformedInput: a period too long, or with too much in it."""
    _check_filters(request)
    page = begin_page(connection, request, request.page_size, request.cursor)
    refuse_history_before_snapshot(connection, compute_start_ms(request.from_on))
    start = _decode_place(page)
    found = sorted(_find(connection, request, page), key=_compute_order)
    wanted = [alert for alert in found if request.organisation in ("", *alert.organisations)]
    end = start + page.size
    answer = node_pb2.AlertPage(alerts=wanted[start:end], height=page.position.height)
    if len(wanted) > end:
        answer.next_cursor = encode_cursor(request, page.position, _PLACE.pack(end))
    return answer


def _check_filters(request: node_pb2.ListAlertsRequest) -> None:
    if request.kind:
        check_enum(request.kind, node_pb2.AlertKind.values(), "kind")
    if request.organisation:
        check_organisation(request.organisation, "organisation")
    if not 0 <= request.to_on - request.from_on < MAX_DAYS:
        raise MalformedInput(f"1 to {MAX_DAYS} civil days", "to_on")


def _decode_place(page: Page) -> int:
    if page.place is None:
        return 0
    if len(page.place) != _PLACE.size:
        raise MalformedInput("names no place in this list", "cursor")
    return int(_PLACE.unpack(page.place)[0])


def _compute_order(alert: node_pb2.Alert) -> tuple[Any, ...]:
    return alert.kind, -alert.amount_fen, list(alert.organisations), list(alert.packages)


def _find(connection: Connection, request: node_pb2.ListAlertsRequest, page: Page) -> Iterable[node_pb2.Alert]:
    """The alerts of the kinds asked for."""
    flows = _read_flows(connection, request, page)
    finders: dict[int, Callable[[], list[node_pb2.Alert]]] = {
        node_pb2.ABNORMAL_SPLITTING: lambda: patterns.find_splitting(
            flows, lambda package: _read_min_piece_fen(connection, package, page)
        ),
        node_pb2.CIRCULAR_TRADE: lambda: _find_circles(flows),
        node_pb2.RELATED_PARTIES: lambda: patterns.find_related(flows, _read_relations(connection, flows, page)),
        node_pb2.CONCENTRATION: lambda: [
            *patterns.find_supplier_concentration(flows),
            *patterns.find_concentration(_read_positions(connection, flows), patterns.MAX_ISSUER_PPM),
        ],
        node_pb2.PASS_THROUGH: lambda: patterns.find_pass_through(flows),
    }
    for kind, find in finders.items():
        if request.kind in (0, kind):
            yield from find()


def _find_circles(flows: Sequence[PastFlow]) -> list[node_pb2.Alert]:
    try:
        return patterns.CircleFinder(flows, MAX_STEPS).find()
    except patterns.TooMuch:
        raise MalformedInput("too many paths in this period: ask for a shorter one", "to_on") from None


# ---------------------------------------------------------------- what is read


def _read_flows(connection: Connection, request: node_pb2.ListAlertsRequest, page: Page) -> list[PastFlow]:
    """The flows of the period, oldest first, of the blocks up to the list's height."""
    size = connection.execute(select(blocks.c.size).where(blocks.c.height == page.position.height)).scalar_one()
    columns = (_F.c.leaf_index, _F.c.place, _F.c.day, _F.c.kind, _F.c.package, _F.c.giver, _F.c.receiver)
    # What came after the list's height, and the order, are not asked of the database: it would read all flows by them.
    query = select(*columns, _F.c.amount_fen).where(_F.c.day.between(request.from_on, request.to_on))
    rows = sorted(tuple(row) for row in _read_bounded(connection, query, MAX_FLOWS))
    return [PastFlow(*row[2:]) for row in rows if row[0] < size]


def _read_bounded(connection: Connection, query: Select[*tuple[Any, ...]], limit: int) -> Sequence[Any]:
    rows = connection.execute(query.limit(limit + 1)).all()
    if len(rows) > limit:
        raise MalformedInput(f"more than {limit} rows: ask for a shorter period", "to_on")
    return rows


def _read_min_piece_fen(connection: Connection, package: str, page: Page) -> int:
    found = read_meant(connection, compute_package_key(package), pb.Package, page.position)
    rulebook = read_meant(connection, RULES_KEY, pb.VoucherRules, page.position)
    if found is None or rulebook is None:
        raise InvariantViolation("a flow without its package, or no rulebook")
    return (find_caps(rulebook, found.voucher_class) or rulebook).min_piece_fen


def _read_relations(connection: Connection, flows: Sequence[PastFlow], page: Page) -> Callable[[str, str], bool]:
    """Whether two of those who take part are related."""
    parties = sorted({party for flow in flows for party in (flow.giver, flow.receiver)})
    hashes = [hash_key(compute_related_key(party).encode()) for party in parties]
    declared: set[tuple[str, str]] = set()
    for party, encoded in zip(parties, read_records(connection, hashes), strict=True):
        if encoded is not None:
            body = Record.decode(encoded).get_meant(page.position.time_ms)
            declared.update((party, other) for other in pb.RelatedParties.FromString(body).organisations)
    groups = _read_groups(connection)

    def is_related(one: str, other: str) -> bool:
        return (one, other) in declared or (other, one) in declared or not groups[one].isdisjoint(groups[other])

    return is_related


def _read_groups(connection: Connection) -> dict[str, set[str]]:
    """The group lines under which each organisation stands; the holder of a group line stands under its own."""
    groups: dict[str, set[str]] = defaultdict(set)
    members = select(_L.c.holder, _L.c.group_line).where(_L.c.group_line != "")
    heads = select(_L.c.holder, _L.c.line).where(_L.c.line.in_(select(_L.c.group_line)))
    for query in (members, heads):
        for holder, group in connection.execute(query):
            groups[holder].add(group)
    return groups


def _read_positions(connection: Connection, flows: Sequence[PastFlow]) -> list[patterns.Position]:
    """What lenders are pledged, and what those who bought in the period hold: lender, issuer, amount."""
    buyers = sorted({flow.receiver for flow in flows if flow.kind == pb.PAY_OUT})
    claims = select(_C.c.package, _C.c.body).where(_C.c.to_height == OPEN)
    length = _V.c.range_end - _V.c.range_start + 1
    held = select(_V.c.holder, _V.c.package, length).where(_V.c.holder.in_(buyers), _V.c.stage == pb.LIVE)
    positions = []
    for package, body in _read_bounded(connection, claims, MAX_POSITIONS):
        claim = pledges_pb2.Claim.FromString(body)
        positions.append((claim.pledgee, package.partition(".")[0], claim.secured_fen))
    for holder, package, amount_fen in _read_bounded(connection, held, MAX_POSITIONS):
        positions.append((holder, package.partition(".")[0], amount_fen))
    return positions
