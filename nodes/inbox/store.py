"""The items of an inbox, kept until they expire. Used by one thread; each write is one durable database transaction.

1. An item is seen by the organisations that its transaction names, and from its expiry on by nobody. Each write deletes
   what has expired.
2. Signatures are only added. A decided item stays decided; a rejected one is only ever decided after all.
3. An organisation leaves so many items at once, and all together so many. Where there is no room, items that are
   decided or rejected give way, those that expire first.

Not here: who may do what (service), whether a signature is good (judge).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Row, Select, delete, func, insert, select, tuple_, update
from sqlalchemy.dialects.sqlite import insert as upsert

from hefu.v1 import inbox_pb2 as pb
from hefu.v1 import ledger_pb2, node_pb2
from ledger.errors import MalformedInput, Rejection
from nodes.client.builder import merge_signatures
from nodes.inbox.rejections import INBOX_FULL, ITEM_CLOSED, NO_SUCH_ITEM, SIGNATURES_TOO_MANY
from nodes.inbox.schema import calls, items, open_inbox, parties

_ID_BYTES, _TIME_BYTES = 32, 8


@dataclass(frozen=True, slots=True)
class Arrival:
    """A transaction that is put: its parties are the organisations that it names."""

    id: bytes
    signed: bytes
    expires_at_ms: int
    parties: Sequence[str]


class InboxStore:
    """The items of one node."""

    def __init__(self, path: Path, most: int, most_of_one: int) -> None:
        """MalformedInput where the file is no inbox of this version."""
        self._engine, self._connection = open_inbox(path)
        self._most, self._most_of_one = most, most_of_one

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
        self._engine.dispose()

    # ------------------------------------------------------------ reading

    def list_items(
        self, organisation: str, now_ms: int, state: int, after: bytes, limit: int
    ) -> tuple[list[pb.InboxItem], bytes]:
        """What an organisation sees, the first to expire first, and a cursor behind it, empty at the end."""
        found = self._see(organisation, now_ms).order_by(items.c.expires_at_ms, items.c.id).limit(limit + 1)
        if state:
            found = found.where(items.c.state == state)
        if after:
            found = found.where(tuple_(items.c.expires_at_ms, items.c.id) > tuple_(*_parse_cursor(after)))
        rows = self._fetch(found)
        page = [_build_item(row) for row in rows[:limit]]
        return page, _render_cursor(page[-1]) if len(rows) > limit else b""

    def get_items(self, organisation: str, now_ms: int, ids: Sequence[bytes]) -> dict[bytes, pb.InboxItem]:
        """Those of these items that the organisation sees."""
        rows = self._fetch(self._see(organisation, now_ms).where(items.c.id.in_(ids)))
        return {row.id: _build_item(row) for row in rows}

    def list_undecided(self, organisation: str, now_ms: int) -> list[bytes]:
        """The ids of what an organisation sees and the ledger is not known to have decided."""
        found = self._see(organisation, now_ms).with_only_columns(items.c.id)
        return [row.id for row in self._fetch(found.where(items.c.state != pb.INBOX_DECIDED))]

    # ------------------------------------------------------------ writing

    def put(self, arrival: Arrival, put_by: str, now_ms: int, limits: ledger_pb2.Limits) -> None:
        """Keep a new item, or add its signatures to the one of its id. Refuses ITEM_CLOSED, SIGNATURES_TOO_MANY,
        INBOX_FULL.
        """
        with self._writing(now_ms):
            if self._fetch(select(items.c.id).where(items.c.id == arrival.id)):
                signatures = ledger_pb2.SignedTransaction.FromString(arrival.signed).signatures
                self._add_signatures(arrival.id, signatures, limits)
                return
            self._make_room(put_by)
            values = {"id": arrival.id, "signed": arrival.signed, "state": pb.INBOX_WAITING, "put_by": put_by}
            values |= {"put_at_ms": now_ms, "expires_at_ms": arrival.expires_at_ms}
            self._connection.execute(insert(items).values(**values, receipt=b"", rejected_by="", reason=""))
            rows = [
                {"organisation": name, "expires_at_ms": arrival.expires_at_ms, "id": arrival.id}
                for name in arrival.parties
            ]
            self._connection.execute(insert(parties), rows)

    def add_signatures(
        self, identity: bytes, signatures: Sequence[ledger_pb2.Signature], now_ms: int, limits: ledger_pb2.Limits
    ) -> bytes:
        """The signed bytes with these signatures added. Refuses NO_SUCH_ITEM, ITEM_CLOSED, SIGNATURES_TOO_MANY."""
        with self._writing(now_ms):
            return self._add_signatures(identity, signatures, limits)

    def decide(self, receipts: Sequence[node_pb2.Receipt], now_ms: int) -> None:
        """Note what the ledger has decided; the first receipt stays."""
        with self._writing(now_ms):
            for receipt in receipts:
                values = {"state": pb.INBOX_DECIDED, "receipt": receipt.SerializeToString(deterministic=True)}
                undecided = update(items).where(items.c.id == receipt.id, items.c.state != pb.INBOX_DECIDED)
                self._connection.execute(undecided.values(**values))

    def reject(self, identity: bytes, organisation: str, reason: str, now_ms: int) -> None:
        """Close a waiting item. Refuses NO_SUCH_ITEM; ITEM_CLOSED, unless the same organisation has rejected it."""
        with self._writing(now_ms):
            row = self._get_row(identity)
            if row.state == pb.INBOX_REJECTED and row.rejected_by == organisation:
                return
            _refuse_closed(row)
            values = {"state": pb.INBOX_REJECTED, "rejected_by": organisation, "reason": reason}
            self._connection.execute(update(items).where(items.c.id == identity).values(**values))

    def sweep(self, now_ms: int) -> None:
        """Delete what has expired."""
        with self._writing(now_ms):
            pass

    # ------------------------------------------------------------ calls ahead of the clock

    def read_calls_ahead(self, now_ms: int) -> dict[bytes, int]:
        """The latest at_ms of each key that was noted, where it is still to come; the others are forgotten."""
        self._connection.execute(delete(calls).where(calls.c.latest_ms < now_ms))
        self._connection.commit()
        return {row.public_key: row.latest_ms for row in self._fetch(select(calls))}

    def note_call_ahead(self, public_key: bytes, at_ms: int) -> None:
        """Remember over a restart that the key made a call of this at_ms."""
        values = upsert(calls).values(public_key=public_key, latest_ms=at_ms)
        latest = {"latest_ms": func.max(calls.c.latest_ms, at_ms)}
        self._connection.execute(values.on_conflict_do_update(index_elements=["public_key"], set_=latest))
        self._connection.commit()

    # ------------------------------------------------------------ inside

    def _see(self, organisation: str, now_ms: int) -> Select[Any]:
        joined = items.join(parties, items.c.id == parties.c.id)
        return (
            select(items)
            .select_from(joined)
            .where(parties.c.organisation == organisation, parties.c.expires_at_ms > now_ms)
        )

    def _fetch(self, query: Select[Any]) -> Sequence[Row[Any]]:
        return self._connection.execute(query).all()

    @contextmanager
    def _writing(self, now_ms: int) -> Iterator[None]:
        try:
            self._delete_where(items.c.expires_at_ms <= now_ms)
            yield
        except Rejection:
            self._connection.commit()  # what has expired is gone all the same
            raise
        except BaseException:
            self._connection.rollback()
            raise
        self._connection.commit()

    def _delete_where(self, condition: Any) -> None:
        gone = select(items.c.id).where(condition)
        self._connection.execute(delete(parties).where(parties.c.id.in_(gone)))
        self._connection.execute(delete(items).where(condition))

    def _make_room(self, put_by: str) -> None:
        self._give_way(self._most_of_one, items.c.put_by == put_by)
        self._give_way(self._most, items.c.id.is_not(None))

    def _give_way(self, most: int, among: Any) -> None:
        if self._count(among) < most:
            return
        closed = select(items.c.id).where(among, items.c.state != pb.INBOX_WAITING)
        first = self._fetch(closed.order_by(items.c.expires_at_ms, items.c.id).limit(1))
        if not first:
            raise Rejection(INBOX_FULL)
        self._delete_where(items.c.id == first[0].id)

    def _count(self, among: Any) -> int:
        return int(self._connection.execute(select(func.count()).select_from(items).where(among)).scalar_one())

    def _get_row(self, identity: bytes) -> Row[Any]:
        rows = self._fetch(select(items).where(items.c.id == identity))
        if not rows:
            raise Rejection(NO_SUCH_ITEM)
        return rows[0]

    def _add_signatures(
        self, identity: bytes, signatures: Sequence[ledger_pb2.Signature], limits: ledger_pb2.Limits
    ) -> bytes:
        row = self._get_row(identity)
        _refuse_closed(row)
        try:
            signed = merge_signatures(row.signed, signatures)
        except MalformedInput:
            raise Rejection(SIGNATURES_TOO_MANY) from None
        count = len(ledger_pb2.SignedTransaction.FromString(signed).signatures)
        if count > limits.signatures or len(signed) > limits.transaction_bytes:
            raise Rejection(SIGNATURES_TOO_MANY)
        self._connection.execute(update(items).where(items.c.id == identity).values(signed=signed))
        return signed


def _refuse_closed(row: Row[Any]) -> None:
    if row.state != pb.INBOX_WAITING:
        raise Rejection(ITEM_CLOSED)


def _build_item(row: Row[Any]) -> pb.InboxItem:
    item = pb.InboxItem(
        id=row.id,
        transaction=row.signed,
        state=row.state,
        put_by=row.put_by,
        put_at_ms=row.put_at_ms,
        expires_at_ms=row.expires_at_ms,
        rejected_by=row.rejected_by,
        reason=row.reason,
    )
    if row.receipt:
        item.receipt.CopyFrom(node_pb2.Receipt.FromString(row.receipt))
    return item


def _render_cursor(item: pb.InboxItem) -> bytes:
    return item.expires_at_ms.to_bytes(_TIME_BYTES, "big") + item.id


def _parse_cursor(cursor: bytes) -> tuple[int, bytes]:
    if len(cursor) != _TIME_BYTES + _ID_BYTES:
        raise MalformedInput("not a cursor that was given", "cursor")
    return int.from_bytes(cursor[:_TIME_BYTES], "big", signed=True), cursor[_TIME_BYTES:]
