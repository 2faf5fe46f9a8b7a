"""The read side of vouchers, written with each block in its database transaction.

1. Each changed record of a package, a range or a claim on a range closes its rows at the block's height and, unless it
   was deleted, begins new ones: two where it lapses.
2. Each VoucherEvent becomes a step in the history of its package.

What a block replaced tells which keys have rows to close, so nothing is read. The tables are view_tables; who asks them
is queries and trace.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection

from hefu.v1 import ledger_pb2
from hefu.v1 import receivables_pb2 as pb
from ledger.context import Record
from ledger.execution import Decision
from ledger.store.port import BlockHead, BlockWrite
from ledger.store.state_rows import adapt
from receivables.records import PACKAGE_PREFIX, VOUCHER_PREFIX
from receivables.view_tables import OPEN

CLAIM_PREFIX = "claim/voucher:"  # claim/<asset key of a range>
KINDS = range(300, 400)
"""The commands of this domain; what they emit are VoucherEvents."""

Key = tuple[str, int, int]
Row = tuple[Any, ...]

_INSERT_PACKAGE = (
    "INSERT INTO package_rows (package, from_height, from_ms, to_height, to_ms,"
    " payee, stage, due_on, face_fen, paid_fen, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_INSERT_VOUCHER = (
    "INSERT INTO voucher_rows (package, range_start, range_end, from_height, from_ms, to_height, to_ms,"
    " holder, stage, circulation, counterparty, paid_fen, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_INSERT_CLAIM = (
    "INSERT INTO claim_rows (package, range_start, range_end, from_height, to_height, body) VALUES (?, ?, ?, ?, ?, ?)"
)
_INSERT_EVENT = (
    "INSERT INTO voucher_events (package, leaf_index, ordinal, height, time_ms, transaction_id, kind,"
    " range_start, range_end, parent_start, parent_end, event) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_OF_PACKAGE = "package = ?"
_OF_RANGE = "package = ? AND range_start = ? AND range_end = ?"


def _close_statement(table: str, of_key: str) -> str:
    # The newest rows of a key are the last of its primary key: one step to them, however many older ones there are.
    newest = f"(SELECT max(from_height) FROM {table} WHERE {of_key})"
    return f"UPDATE {table} SET to_height = ? WHERE {of_key} AND from_height = {newest} AND to_height = {OPEN}"


_CLOSE_PACKAGE = _close_statement("package_rows", _OF_PACKAGE)
_CLOSE_VOUCHER = _close_statement("voucher_rows", _OF_RANGE)
_CLOSE_CLAIM = _close_statement("claim_rows", _OF_RANGE)


class ReceivablesView:
    """The view of this domain. It keeps nothing between blocks."""

    def write(self, connection: Connection, block: BlockWrite) -> None:
        """Bring the tables to the state after `block`, inside its database transaction."""
        rows = _BlockRows(block.head)
        for change in block.changes:
            rows.add_change(change.key, change.record, change.key_hash in block.replaced)
        for decision in block.decisions:
            if decision.events and decision.has_leaf:
                rows.add_events(decision)
        rows.write(connection)


class _BlockRows:
    """The rows that one block closes and begins, table by table."""

    def __init__(self, head: BlockHead) -> None:
        self._head = head
        self._height = head.height
        self._closed_packages: list[Row] = []
        self._closed_vouchers: list[Row] = []
        self._closed_claims: list[Row] = []
        self._packages: list[Row] = []
        self._vouchers: list[Row] = []
        self._claims: list[Row] = []
        self._events: list[Row] = []

    def add_change(self, key: str, record: Record | None, existed: bool) -> None:
        """One changed record; those of other domains are passed over."""
        if key.startswith(VOUCHER_PREFIX):
            self._add_voucher(_parse_range(key.removeprefix(VOUCHER_PREFIX)), record, existed)
        elif key.startswith(PACKAGE_PREFIX):
            self._add_package(key.removeprefix(PACKAGE_PREFIX), record, existed)
        elif key.startswith(CLAIM_PREFIX):
            self._add_claim(_parse_range(key.removeprefix(CLAIM_PREFIX)), record, existed)

    def add_events(self, decision: Decision) -> None:
        """The steps that one transaction did."""
        head = self._head
        for ordinal, event in enumerate(ledger_pb2.Events.FromString(decision.events).events):
            if event.kind in KINDS:
                step = pb.VoucherEvent.FromString(event.payload)
                ref, parent = step.voucher, step.parent
                place = (ref.package, decision.index, ordinal, head.height, head.time_ms, decision.id, event.kind)
                self._events.append((*place, ref.start, ref.end, parent.start, parent.end, event.payload))

    def write(self, connection: Connection) -> None:
        """Close, then insert, in the order of the primary keys."""
        _execute(connection, _CLOSE_PACKAGE, self._closed_packages)
        _execute(connection, _CLOSE_VOUCHER, self._closed_vouchers)
        _execute(connection, _CLOSE_CLAIM, self._closed_claims)
        _execute(connection, _INSERT_PACKAGE, self._packages)
        _execute(connection, _INSERT_VOUCHER, self._vouchers)
        _execute(connection, _INSERT_CLAIM, self._claims)
        _execute(connection, _INSERT_EVENT, self._events)

    def _add_package(self, package: str, record: Record | None, existed: bool) -> None:
        if existed:
            self._closed_packages.append((self._height, package, package))
        for from_ms, to_ms, body in self._meanings(record):
            p = pb.Package.FromString(body)
            times = (self._height, from_ms, OPEN, to_ms)
            self._packages.append((package, *times, p.payee, p.stage, p.due_on, p.face_fen, p.paid_fen, body))

    def _add_voucher(self, key: Key, record: Record | None, existed: bool) -> None:
        if existed:
            self._closed_vouchers.append((self._height, *key, *key))
        for from_ms, to_ms, body in self._meanings(record):
            v = pb.Voucher.FromString(body)
            times = (self._height, from_ms, OPEN, to_ms)
            self._vouchers.append(
                (*key, *times, v.holder, v.stage, v.circulation, v.lock.counterparty, v.paid_fen, body)
            )

    def _add_claim(self, key: Key, record: Record | None, existed: bool) -> None:
        if existed:
            self._closed_claims.append((self._height, *key, *key))
        if record is not None:  # a claim never lapses
            self._claims.append((*key, self._height, OPEN, record.body))

    def _meanings(self, record: Record | None) -> Iterable[tuple[int, int, bytes]]:
        """From when until when (ms) a record means which body."""
        if record is None:
            return ()
        now = self._head.time_ms
        if not record.lapse_at_ms:
            return ((now, OPEN, record.body),)
        return ((now, record.lapse_at_ms, record.body), (record.lapse_at_ms, OPEN, record.lapse_body))


def _parse_range(text: str) -> Key:
    package, _, ends = text.rpartition("/")
    start, _, end = ends.partition("-")
    return package, int(start), int(end)


def _execute(connection: Connection, sql: str, rows: Sequence[Row]) -> None:
    if rows:
        connection.exec_driver_sql(adapt(connection, sql), sorted(rows))
