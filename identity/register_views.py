"""The read side of the registers: proposals, authorities, re-enrolments, mandates, credentials.

1. A row is what a record means from a height on. What holds now and what held before lie apart: a change copies the row
   of its key to the closed ones, with the height that ended it, and then writes over it. So a list of now steps over no
   history, however often a mandate was used.
2. From `lapse_at_ms` on a row means its `lapse_body`.
3. `mark` is what a record is looked for by, beside the beginning of its key: the agent of a mandate, the issuer of a
   credential, the status (a number) of a proposal or of a re-enrolment before its lapse.
4. A list is sorted by key and read as of the height and time of its first page.

Not here: organisations and keys (views). What has one place alone, such as the electorate, is read from state.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from google.protobuf.message import Message
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    and_,
    case,
    select,
    union_all,
)

from hefu.v1 import governance_pb2 as pb
from hefu.v1 import identity_pb2
from identity import records
from identity.rules import is_organisation_id, is_proposal_id
from identity.views import OPEN, metadata
from ledger.context import Record
from ledger.errors import MalformedInput
from ledger.merkle.verify_state import hash_key
from ledger.store.dialect import build_close, build_upsert
from ledger.store.paging import Page, Position, begin_page, encode_cursor, read_position
from ledger.store.port import BlockWrite
from ledger.store.state_rows import read_record

M = TypeVar("M", bound=Message)
Condition = Callable[[Table], list[ColumnElement[bool]]]
"""What the rows of a list must satisfy, beside their keys."""

_Int = BigInteger().with_variant(Integer, "sqlite")
# Ordered by bytes on every database, so that a cursor means the same place.
_Text = String().with_variant(String(collation="C"), "postgresql")


def _columns() -> tuple[Column[Any], ...]:
    return (
        Column("key", _Text, primary_key=True, autoincrement=False, nullable=False),
        Column("from_height", _Int, nullable=False),
        Column("mark", _Text, nullable=False),
        Column("lapse_at_ms", _Int, nullable=False),  # OPEN: never
        Column("body", LargeBinary, nullable=False),
        Column("lapse_body", LargeBinary, nullable=False),
    )


register_rows = Table(
    "register_rows", metadata, *_columns(), Index("register_rows_mark", "mark", "key"), sqlite_with_rowid=False
)
closed_register_rows = Table(
    "closed_register_rows",
    metadata,
    Column("to_height", _Int, primary_key=True, autoincrement=False, nullable=False),
    *_columns(),
    sqlite_with_rowid=False,
)

_CLOSE = build_close(register_rows, closed_register_rows, ("key",))
_WRITE = build_upsert(register_rows)
_MARKS: dict[str, Callable[[str, bytes], str]] = {
    records.PROPOSAL_PREFIX: lambda key, body: str(identity_pb2.Proposal.FromString(body).status),
    records.AUTHORITY_PREFIX: lambda key, body: "",
    records.REENROLMENT_PREFIX: lambda key, body: str(identity_pb2.Reenrolment.FromString(body).status),
    records.MANDATE_PREFIX: lambda key, body: key.split("/")[2],
    records.CREDENTIAL_PREFIX: lambda key, body: key.split("/")[3],
}
_PREFIXES = tuple(_MARKS)


class RegisterView:
    """The view of the registers. It keeps nothing between blocks."""

    def write(self, connection: Connection, block: BlockWrite) -> None:
        """Bring the table to the state after `block`, inside its database transaction."""
        height = block.head.height
        closed: list[tuple[Any, ...]] = []
        written: list[tuple[Any, ...]] = []
        for change in block.changes:
            record = change.record
            if record is None or not change.key.startswith(_PREFIXES):
                continue  # none of these is ever deleted
            if change.key_hash in block.replaced:
                closed.append((height, change.key))
            mark = _MARKS[change.key.partition("/")[0] + "/"](change.key, record.body)
            written.append((change.key, height, mark, record.lapse_at_ms or OPEN, record.body, record.lapse_body))
        _CLOSE.execute(connection, closed)
        _WRITE.execute(connection, written)


# ---------------------------------------------------------------- governance


def get_electorate(connection: Connection) -> pb.ElectorateView:
    """Who votes, and the rulebook of identity, as they are meant at the newest block."""
    position = read_position(connection)
    answer = pb.ElectorateView(height=position.height)
    rulebook = _read_meant(connection, position, records.RULES_KEY, identity_pb2.IdentityRules)
    electorate = _read_meant(connection, position, records.ELECTORATE_KEY, identity_pb2.Electorate)
    answer.rules.CopyFrom(rulebook or identity_pb2.IdentityRules())
    if electorate is not None:
        answer.electorate.CopyFrom(electorate)
    return answer


def get_proposal(connection: Connection, request: pb.GetProposalRequest) -> pb.ProposalView | None:
    """A proposal as it is meant at the newest block, with its change; None where there is none of this id."""
    if not is_proposal_id(request.id):
        return None
    position = read_position(connection)
    found = _read_meant(connection, position, records.compute_proposal_key(request.id), identity_pb2.Proposal)
    return None if found is None else _render_proposal(connection, position, request.id, found)


def list_proposals(connection: Connection, request: pb.ListProposalsRequest) -> pb.ProposalPage:
    """A page of proposals by status and proposer, sorted by id."""
    if request.status not in identity_pb2.ProposalStatus.values():
        raise MalformedInput("unknown value", "status")
    proposer = _check_organisation(request.proposer, "proposer")
    beginning = f"{records.PROPOSAL_PREFIX}{proposer}." if proposer else records.PROPOSAL_PREFIX
    page = begin_page(connection, request, request.page_size, request.cursor)
    status = _has_status(request.status, identity_pb2.PROPOSAL_EXPIRED, page.position)
    answer = pb.ProposalPage()
    for key, body in _read_page(connection, request, page, beginning, status, answer):
        found = identity_pb2.Proposal.FromString(body)
        name = key.removeprefix(records.PROPOSAL_PREFIX)
        answer.proposals.append(_render_proposal(connection, page.position, name, found))
    return answer


def list_authorities(connection: Connection, request: pb.ListAuthoritiesRequest) -> pb.AuthorityPage:
    """A page of certificate authorities, trusted or no longer, sorted by fingerprint."""
    page = begin_page(connection, request, request.page_size, request.cursor)
    answer = pb.AuthorityPage()
    for key, body in _read_page(connection, request, page, records.AUTHORITY_PREFIX, _has_mark(""), answer):
        fingerprint = bytes.fromhex(key.removeprefix(records.AUTHORITY_PREFIX))
        view = answer.authorities.add(fingerprint=fingerprint, authority=identity_pb2.Authority.FromString(body))
        list_key = records.compute_revocations_key(fingerprint)
        newest = _read_meant(connection, page.position, list_key, identity_pb2.RevocationList)
        if newest is not None:
            view.list.CopyFrom(newest)
    return answer


# ---------------------------------------------------------------- re-enrolments, mandates, credentials


def list_reenrolments(connection: Connection, request: pb.ListReenrolmentsRequest) -> pb.ReenrolmentPage:
    """A page of the last re-enrolments by status, sorted by organisation."""
    if request.status not in identity_pb2.ReenrolmentStatus.values():
        raise MalformedInput("unknown value", "status")
    page = begin_page(connection, request, request.page_size, request.cursor)
    status = _has_status(request.status, identity_pb2.REENROLMENT_DONE, page.position)
    answer = pb.ReenrolmentPage()
    for key, body in _read_page(connection, request, page, records.REENROLMENT_PREFIX, status, answer):
        organisation = key.removeprefix(records.REENROLMENT_PREFIX)
        answer.reenrolments.add(organisation=organisation, reenrolment=identity_pb2.Reenrolment.FromString(body))
    return answer


def list_mandates(connection: Connection, request: pb.ListMandatesRequest) -> pb.MandatePage:
    """A page of mandates by principal and agent, sorted by both."""
    principal = _check_organisation(request.principal, "principal")
    agent = _check_organisation(request.agent, "agent")
    beginning = f"{records.MANDATE_PREFIX}{principal}/" if principal else records.MANDATE_PREFIX
    page = begin_page(connection, request, request.page_size, request.cursor)
    answer = pb.MandatePage()
    for key, body in _read_page(connection, request, page, beginning, _has_mark(agent), answer):
        _, name, to = key.split("/")
        answer.mandates.add(principal=name, agent=to, mandate=identity_pb2.Mandate.FromString(body))
    return answer


def list_credentials(connection: Connection, request: pb.ListCredentialsRequest) -> pb.CredentialPage:
    """A page of credentials by subject and issuer, sorted by subject, kind, issuer and person."""
    subject = _check_organisation(request.subject, "subject")
    issuer = _check_organisation(request.issuer, "issuer")
    beginning = f"{records.CREDENTIAL_PREFIX}{subject}/" if subject else records.CREDENTIAL_PREFIX
    page = begin_page(connection, request, request.page_size, request.cursor)
    answer = pb.CredentialPage()
    for key, body in _read_page(connection, request, page, beginning, _has_mark(issuer), answer):
        _, name, kind, by, *person = key.split("/")
        view = answer.credentials.add(state=identity_pb2.Credential.FromString(body))
        view.credential.subject, view.credential.issuer = name, by
        view.credential.kind = cast(identity_pb2.CredentialKind, int(kind))
        view.credential.person = bytes.fromhex("".join(person))
    return answer


# ---------------------------------------------------------------- rows


def _check_organisation(organisation: str, field: str) -> str:
    if organisation and not is_organisation_id(organisation):
        raise MalformedInput("a USCC or an LEI, or empty", field)
    return organisation


def _has_mark(mark: str) -> Condition:
    return lambda rows: [rows.c.mark == mark] if mark else []


def _has_status(status: int, lapsed: int, position: Position) -> Condition:
    """Rows that mean this status; after its lapse a row of the register means `lapsed`."""

    def build(rows: Table) -> list[ColumnElement[bool]]:
        if not status:
            return []
        if status == lapsed:
            return [rows.c.lapse_at_ms <= position.time_ms]
        return [rows.c.mark == str(status), rows.c.lapse_at_ms > position.time_ms]

    return build


def _read_page(
    connection: Connection, request: Any, page: Page, beginning: str, condition: Condition, answer: Any
) -> list[tuple[str, bytes]]:
    """Keys and what they mean, from the page's place on; gives the answer its cursor where there are more."""
    after = beginning if page.place is None else _decode_place(page.place, beginning)
    query = _select_page(beginning, after, condition, page)
    rows = connection.execute(query.limit(page.size + 1)).all()
    if len(rows) > page.size:
        answer.next_cursor = encode_cursor(request, page.position, rows[page.size - 1].key.encode())
    return [(row.key, row.body) for row in rows[: page.size]]


def _select_page(beginning: str, after: str, condition: Condition, page: Page) -> Any:
    """The rows of a register as of a position. As of the newest block those of now are all; later pages unite two
    readings, of the rows of now and of those that were closed since.
    """
    height = page.position.height
    now = _select(register_rows, beginning, after, condition, page.position)
    if page.place is None:
        return now.order_by("key")
    then = _select(closed_register_rows, beginning, after, condition, page.position)
    return union_all(now, then.where(closed_register_rows.c.to_height > height)).order_by("key")


def _select(rows: Table, beginning: str, after: str, condition: Condition, position: Position) -> Any:
    end = beginning[:-1] + chr(ord(beginning[-1]) + 1)
    body = case((rows.c.lapse_at_ms <= position.time_ms, rows.c.lapse_body), else_=rows.c.body)
    holds = and_(rows.c.key > after, rows.c.key < end, rows.c.from_height <= position.height, *condition(rows))
    return select(rows.c.key.label("key"), body.label("body")).where(holds)


def _decode_place(place: bytes, beginning: str) -> str:
    key = place.decode("ascii", "replace")
    if not key.startswith(beginning):
        raise MalformedInput("names no place in this list", "cursor")
    return key


def _render_proposal(
    connection: Connection, position: Position, name: str, found: identity_pb2.Proposal
) -> pb.ProposalView:
    change = _read_meant(connection, position, records.compute_change_key(name), identity_pb2.GovernedChange)
    return pb.ProposalView(id=name, proposal=found, change=change)


def _read_meant(connection: Connection, position: Position, key: str, message: type[M]) -> M | None:
    encoded = read_record(connection, hash_key(key.encode()))
    return None if encoded is None else message.FromString(Record.decode(encoded).get_meant(position.time_ms))
