"""The read side of organisations and their keys, written with each block in its database transaction.

1. Each changed organisation or key closes its row at the block's height and begins a new one; nothing here lapses and
   nothing is ever deleted. A row holds for heights from_height ≤ h < to_height; the newest end at OPEN.
2. The roles of an organisation stand in its row as bits, 2^role, so that a list by role is one comparison.
3. A list is sorted by id and read as of the height of its first page.

Not here: what a key may do (authorise).
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    String,
    Table,
    and_,
    select,
)

from hefu.v1 import identity_pb2 as pb
from hefu.v1 import node_pb2
from identity.records import KEY_PREFIX, ORGANISATION_PREFIX
from identity.rules import is_organisation_id
from ledger.errors import MalformedInput
from ledger.store.dialect import Statement, build_end, build_insert
from ledger.store.paging import begin_page, encode_cursor, read_position
from ledger.store.port import BlockWrite

OPEN = 2**63 - 1
"""The end of what has not ended."""

metadata = MetaData()

_Int = BigInteger().with_variant(Integer, "sqlite")
# Ordered by bytes on every database, so that a cursor means the same place.
_Text = String().with_variant(String(collation="C"), "postgresql")

organisation_rows = Table(
    "organisation_rows",
    metadata,
    Column("organisation", _Text, primary_key=True, autoincrement=False, nullable=False),
    Column("from_height", _Int, primary_key=True, autoincrement=False, nullable=False),
    Column("to_height", _Int, nullable=False),
    Column("roles", Integer, nullable=False),  # sum of 2^role
    Column("body", LargeBinary, nullable=False),  # Organisation bytes
    sqlite_with_rowid=False,
)

key_rows = Table(
    "key_rows",
    metadata,
    Column("public_key", LargeBinary, primary_key=True, autoincrement=False, nullable=False),
    Column("from_height", _Int, primary_key=True, autoincrement=False, nullable=False),
    Column("to_height", _Int, nullable=False),
    Column("organisation", _Text, nullable=False),
    Column("body", LargeBinary, nullable=False),  # KeyRecord bytes
    Index("key_rows_organisation", "organisation", "public_key"),
    sqlite_with_rowid=False,
)

_O, _K = organisation_rows, key_rows
_END_ORGANISATION = build_end(_O, ("organisation",), "from_height", "to_height")
_END_KEY = build_end(_K, ("public_key",), "from_height", "to_height")
_INSERT_ORGANISATION, _INSERT_KEY = build_insert(_O), build_insert(_K)


class IdentityView:
    """The view of this domain. It keeps nothing between blocks."""

    def write(self, connection: Connection, block: BlockWrite) -> None:
        """Bring the tables to the state after `block`, inside its database transaction."""
        height = block.head.height
        organisations: list[tuple[Any, ...]] = []
        keys: list[tuple[Any, ...]] = []
        for change in block.changes:
            if change.record is None:
                continue
            body = change.record.body
            if change.key.startswith(ORGANISATION_PREFIX):
                roles = sum(1 << role for role in pb.Organisation.FromString(body).roles)
                organisations.append((change.key.removeprefix(ORGANISATION_PREFIX), height, OPEN, roles, body))
            elif change.key.startswith(KEY_PREFIX):
                public_key = bytes.fromhex(change.key.removeprefix(KEY_PREFIX))
                keys.append((public_key, height, OPEN, pb.KeyRecord.FromString(body).organisation, body))
        _replace(connection, height, organisations, _END_ORGANISATION, _INSERT_ORGANISATION)
        _replace(connection, height, keys, _END_KEY, _INSERT_KEY)


def get_organisation(
    connection: Connection, request: node_pb2.GetOrganisationRequest
) -> node_pb2.OrganisationView | None:
    """An organisation with its keys, revoked ones too, as they are now; None where it was never admitted."""
    if not is_organisation_id(request.id):
        return None
    height = read_position(connection).height
    query = select(_O.c.organisation, _O.c.body).where(_O.c.organisation == request.id, _holds_at(_O, height))
    return next(iter(_render(connection, connection.execute(query).all(), height)), None)


def list_organisations(connection: Connection, request: node_pb2.ListOrganisationsRequest) -> node_pb2.OrganisationPage:
    """A page of the organisations that have the role, sorted by id, each with its keys."""
    if request.role not in pb.Role.values():
        raise MalformedInput("unknown value", "role")
    page = begin_page(connection, request, request.page_size, request.cursor)
    height = page.position.height
    query = select(_O.c.organisation, _O.c.body).where(_holds_at(_O, height)).order_by(_O.c.organisation)
    if request.role:
        query = query.where(_O.c.roles.bitwise_and(1 << request.role) != 0)
    if page.place is not None:
        query = query.where(_O.c.organisation > _decode_place(page.place))
    rows = connection.execute(query.limit(page.size + 1)).all()
    answer = node_pb2.OrganisationPage(organisations=_render(connection, rows[: page.size], height))
    if len(rows) > page.size:
        place = rows[page.size - 1].organisation.encode()
        answer.next_cursor = encode_cursor(request, page.position, place)
    return answer


def _replace(
    connection: Connection, height: int, rows: list[tuple[Any, ...]], end: Statement, insert: Statement
) -> None:
    rows.sort()
    end.execute(connection, [(height, row[0]) for row in rows])
    insert.execute(connection, rows)


def _holds_at(table: Table, height: int) -> ColumnElement[bool]:
    return and_(table.c.from_height <= height, table.c.to_height > height)


def _decode_place(place: bytes) -> str:
    organisation = place.decode("ascii", "replace")
    if not is_organisation_id(organisation):
        raise MalformedInput("names no place in this list", "cursor")
    return organisation


def _render(
    connection: Connection, rows: Sequence[Row[*tuple[Any, ...]]], height: int
) -> list[node_pb2.OrganisationView]:
    views = {
        row.organisation: node_pb2.OrganisationView(
            id=row.organisation, organisation=pb.Organisation.FromString(row.body)
        )
        for row in rows
    }
    of_these = _K.c.organisation.in_(list(views))
    query = select(_K).where(of_these, _holds_at(_K, height)).order_by(_K.c.organisation, _K.c.public_key)
    for row in connection.execute(query) if views else ():
        key = pb.KeyRecord.FromString(row.body)
        views[row.organisation].keys.append(node_pb2.KeyView(public_key=row.public_key, key=key))
    return list(views.values())
