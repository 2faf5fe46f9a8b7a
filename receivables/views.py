"""The read side of vouchers, written with each block in its database transaction.

1. What a changed record of a package or a range meant goes to the closed rows, with the block's height as its end. Then
   its open row is written over, or deleted with the record; a new record begins a new row.
2. A claim on a range closes its row in place, and begins a new one.
3. Each transaction that tells of a package is noted under it; what it told lies in its events.
4. A hold has a row as long as it is there.

What a block replaced tells which keys have rows to close, and whether what the indexes hold has changed, so that
nothing is read. The tables are view_tables; who asks them is queries and trace.
"""

from typing import Any

from sqlalchemy import Connection

from hefu.v1 import ledger_pb2
from hefu.v1 import receivables_pb2 as pb
from ledger.context import Record
from ledger.errors import InvariantViolation
from ledger.store.dialect import Statement, build_close, build_delete, build_end, build_insert, build_update
from ledger.store.port import BlockWrite
from receivables.view_tables import (
    OPEN,
    claim_rows,
    closed_package_rows,
    closed_voucher_rows,
    hold_rows,
    package_rows,
    package_transactions,
    voucher_rows,
)

ASSET_PREFIX = "voucher:"  # what asset keys of ranges begin with
KINDS = range(300, 400)
"""The commands of this domain; what they emit are VoucherEvents."""

Key = tuple[str, int, int]
Row = tuple[Any, ...]

_PACKAGE_KEY = ("package",)
_RANGE_KEY = ("package", "range_start", "range_end")
_NEVER_CHANGED = ("payee", "due_on", "face_fen")  # of a package

_CLOSE_PACKAGE = build_close(package_rows, closed_package_rows, _PACKAGE_KEY)
_UPDATE_PACKAGE = build_update(package_rows, _PACKAGE_KEY, _NEVER_CHANGED)
_INSERT_PACKAGE = build_insert(package_rows)
_CLOSE_VOUCHER = build_close(voucher_rows, closed_voucher_rows, _RANGE_KEY)
_DELETE_VOUCHER = build_delete(voucher_rows, _RANGE_KEY)
# An index is written wherever one of its columns is assigned, changed or not.
_UPDATE_VOUCHER = build_update(voucher_rows, _RANGE_KEY, ("holder", "counterparty"))
_UPDATE_LOCK = build_update(voucher_rows, _RANGE_KEY, ("holder",))
_UPDATE_HOLDER = build_update(voucher_rows, _RANGE_KEY)
_INSERT_VOUCHER = build_insert(voucher_rows)
_END_CLAIM = build_end(claim_rows, _RANGE_KEY, "from_height", "to_height")
_INSERT_CLAIM = build_insert(claim_rows)
_INSERT_TRANSACTION = build_insert(package_transactions)
_DELETE_HOLD = build_delete(hold_rows, ("at_ms", "hold"))
_INSERT_HOLD = build_insert(hold_rows)
_STATEMENTS = (
    _CLOSE_PACKAGE, _UPDATE_PACKAGE, _INSERT_PACKAGE,
    _CLOSE_VOUCHER, _DELETE_VOUCHER, _UPDATE_VOUCHER, _UPDATE_LOCK, _UPDATE_HOLDER, _INSERT_VOUCHER,
    _END_CLAIM, _INSERT_CLAIM, _INSERT_TRANSACTION, _DELETE_HOLD, _INSERT_HOLD,
)  # fmt: skip


class ReceivablesView:
    """The view of this domain. It keeps nothing between blocks."""

    def write(self, connection: Connection, block: BlockWrite) -> None:
        """Bring the tables to the state after `block`, inside its database transaction."""
        rows = _BlockRows(block.head.height)
        for change in block.changes:
            rows.add_change(change.key, change.record, block.replaced.get(change.key_hash))
        for decision in block.decisions:
            if decision.events and decision.has_leaf:
                rows.add_transaction(decision.index, decision.events)
        rows.write(connection)


class _BlockRows:
    """The rows that one block closes, writes over and begins: parameters by statement, in the order of execution."""

    def __init__(self, height: int) -> None:
        self._height = height
        self._statements: dict[Statement, list[Row]] = {statement: [] for statement in _STATEMENTS}

    def add_change(self, key: str, record: Record | None, replaced: bytes | None) -> None:
        """One changed record; those of other domains are passed over."""
        kind, _, name = key.partition("/")
        if kind == "voucher":
            self._add_voucher(_parse_range(name), record, replaced)
        elif kind == "package":
            self._add_package(name, record, replaced)
        elif kind == "holds":
            self._add_hold(name, record, replaced)
        elif kind == "claim" and name.startswith(ASSET_PREFIX):
            self._add_claim(_parse_range(name.removeprefix(ASSET_PREFIX)), record, replaced)

    def add_transaction(self, index: int, events: bytes) -> None:
        """The packages that one transaction tells of."""
        packages = {event.voucher.package for _, event in decode_events(events)}
        self._statements[_INSERT_TRANSACTION].extend([(package, index) for package in packages])

    def write(self, connection: Connection) -> None:
        """Execute. The rows of a statement lie in the order of the changes."""
        for statement, rows in self._statements.items():
            statement.execute(connection, rows)

    def _add_package(self, package: str, record: Record | None, replaced: bytes | None) -> None:
        if record is None:
            raise InvariantViolation("a package is never deleted")
        p, lapse_at_ms, lapsed_stage = pb.Package.FromString(record.body), OPEN, 0
        if record.lapse_at_ms:
            lapse_at_ms, lapsed_stage = record.lapse_at_ms, pb.Package.FromString(record.lapse_body).stage
        state = (p.paid_fen, record.body, record.lapse_body)
        if replaced is None:
            whole = (package, self._height, lapse_at_ms, p.payee, p.stage, lapsed_stage, p.due_on, p.face_fen, *state)
            self._statements[_INSERT_PACKAGE].append(whole)
        else:
            self._statements[_CLOSE_PACKAGE].append((self._height, package))
            changed = (self._height, lapse_at_ms, p.stage, lapsed_stage, *state, package)
            self._statements[_UPDATE_PACKAGE].append(changed)

    def _add_voucher(self, key: Key, record: Record | None, replaced: bytes | None) -> None:
        statements, height = self._statements, self._height
        if replaced is not None:
            statements[_CLOSE_VOUCHER].append((height, *key))
        if record is None:
            statements[_DELETE_VOUCHER].append(key)
            return
        v, lapse_at_ms, lapsed = pb.Voucher.FromString(record.body), OPEN, 0
        if record.lapse_at_ms:
            lapse_at_ms, lapsed = record.lapse_at_ms, _read_lapsed_circulation(v, record.lapse_body)
        holder, counterparty = v.holder, v.lock.counterparty
        state = (v.stage, v.circulation, lapsed, v.paid_fen, record.body, record.lapse_body)
        if replaced is None:
            statements[_INSERT_VOUCHER].append((*key, height, lapse_at_ms, holder, counterparty, *state))
            return
        old = pb.Voucher.FromString(Record.decode(replaced).body)
        if old.holder != holder:
            statements[_UPDATE_HOLDER].append((height, lapse_at_ms, holder, counterparty, *state, *key))
        elif old.lock.counterparty != counterparty:
            statements[_UPDATE_LOCK].append((height, lapse_at_ms, counterparty, *state, *key))
        else:
            statements[_UPDATE_VOUCHER].append((height, lapse_at_ms, *state, *key))

    def _add_claim(self, key: Key, record: Record | None, replaced: bytes | None) -> None:
        if replaced is not None:
            self._statements[_END_CLAIM].append((self._height, *key))
        if record is not None:  # a claim never lapses
            self._statements[_INSERT_CLAIM].append((*key, self._height, OPEN, record.body))

    def _add_hold(self, name: str, record: Record | None, replaced: bytes | None) -> None:
        if replaced is not None:
            old = ledger_pb2.Hold.FromString(Record.decode(replaced).body)
            self._statements[_DELETE_HOLD].append((old.at_ms, name))
        if record is not None:
            hold = ledger_pb2.Hold.FromString(record.body)
            self._statements[_INSERT_HOLD].append((hold.at_ms, name, hold.what))


def decode_events(encoded: bytes) -> list[tuple[int, pb.VoucherEvent]]:
    """The events of this domain, with their kinds, among all of a transaction (Events bytes)."""
    events = ledger_pb2.Events.FromString(encoded).events
    return [(event.kind, pb.VoucherEvent.FromString(event.payload)) for event in events if event.kind in KINDS]


def _read_lapsed_circulation(voucher: pb.Voucher, lapse_body: bytes) -> int:
    """What becomes of a range's circulation when its lock lapses; nothing else that a list asks for may change."""
    lapsed = pb.Voucher.FromString(lapse_body)
    before, after = (voucher.holder, voucher.stage, voucher.paid_fen), (lapsed.holder, lapsed.stage, lapsed.paid_fen)
    if before != after or lapsed.HasField("lock"):
        raise InvariantViolation("the lapse of a range changes more than its lock")
    return lapsed.circulation


def _parse_range(text: str) -> Key:
    package, _, ends = text.rpartition("/")
    start, _, end = ends.partition("-")
    return package, int(start), int(end)
