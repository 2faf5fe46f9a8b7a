"""The read side of vouchers, written with each block in its database transaction.

1. What a changed record of a package or a range meant goes to the closed rows, with the block's height as its end. Then
   its open row is written over, or deleted with the record; a new record begins a new row.
2. A claim on a range closes its row in place, and begins a new one.
3. Each transaction that tells of a package is noted under it; what it told lies in its events.
4. A hold has a row as long as it is there.
5. Lines and receivables have one row each, which is written over.
6. What went from one to another becomes a row of its own, once.

What a block replaced tells which keys have rows to close, and whether what the indexes hold has changed, so that
nothing is read. The tables are view_tables; who asks them is queries and trace.
"""

from typing import Any

from sqlalchemy import Connection

from hefu.v1 import ledger_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.rules import compute_civil_day
from ledger.context import Record
from ledger.errors import InvariantViolation
from ledger.merkle.verify_state import hash_key
from ledger.store.dialect import Statement, build_close, build_delete, build_end, build_insert, build_update
from ledger.store.port import BlockWrite
from receivables.flows import FlowReader
from receivables.records import compute_voucher_key
from receivables.view_tables import (
    OPEN,
    claim_rows,
    closed_package_rows,
    closed_voucher_rows,
    flow_rows,
    hold_rows,
    line_rows,
    package_rows,
    package_transactions,
    receivable_rows,
    succession_rows,
    voucher_rows,
)

ASSET_PREFIX = "voucher:"  # what asset keys of ranges begin with
KINDS = range(300, 400)
"""The commands of this domain; what they emit are VoucherEvents."""

Key = tuple[str, int, int]
Row = tuple[Any, ...]

_PACKAGE_KEY = ("package",)
_RANGE_KEY = ("package", "range_start", "range_end")
_NEVER_CHANGED = ("payee", "face_fen")  # of a package
_NEVER_CHANGED_LINE = ("grantor", "holder", "group_line")
_NEVER_CHANGED_RECEIVABLE = ("creditor", "debtor")

_CLOSE_PACKAGE = build_close(package_rows, closed_package_rows, _PACKAGE_KEY)
_UPDATE_PACKAGE = build_update(package_rows, _PACKAGE_KEY, (*_NEVER_CHANGED, "due_on"))
_UPDATE_DUE = build_update(package_rows, _PACKAGE_KEY, _NEVER_CHANGED)
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
_UPDATE_LINE = build_update(line_rows, ("line",), _NEVER_CHANGED_LINE)
_INSERT_LINE = build_insert(line_rows)
_UPDATE_RECEIVABLE = build_update(receivable_rows, ("receivable",), _NEVER_CHANGED_RECEIVABLE)
_INSERT_RECEIVABLE = build_insert(receivable_rows)
_INSERT_FLOW = build_insert(flow_rows)
_INSERT_SUCCESSION = build_insert(succession_rows)
_STATEMENTS = (
    _CLOSE_PACKAGE, _UPDATE_PACKAGE, _UPDATE_DUE, _INSERT_PACKAGE,
    _CLOSE_VOUCHER, _DELETE_VOUCHER, _UPDATE_VOUCHER, _UPDATE_LOCK, _UPDATE_HOLDER, _INSERT_VOUCHER,
    _END_CLAIM, _INSERT_CLAIM, _INSERT_TRANSACTION, _DELETE_HOLD, _INSERT_HOLD,
    _UPDATE_LINE, _INSERT_LINE, _UPDATE_RECEIVABLE, _INSERT_RECEIVABLE, _INSERT_FLOW, _INSERT_SUCCESSION,
)  # fmt: skip


class ReceivablesView:
    """The view of this domain. It keeps nothing between blocks."""

    def write(self, connection: Connection, block: BlockWrite) -> None:
        """Bring the tables to the state after `block`, inside its database transaction."""
        rows = _BlockRows(block)
        for change in block.changes:
            rows.add_change(change.key, change.record, block.replaced.get(change.key_hash))
        for decision in block.decisions:
            if decision.events and decision.has_leaf:
                rows.add_transaction(decision.index, decision.events)
        rows.write(connection)


class _BlockRows:
    """The rows that one block closes, writes over and begins: parameters by statement, in the order of execution."""

    def __init__(self, block: BlockWrite) -> None:
        self._height = block.head.height
        self._today = compute_civil_day(block.head.time_ms)
        self._replaced = block.replaced
        self._flows = FlowReader(self._get_replaced)
        self._statements: dict[Statement, list[Row]] = {statement: [] for statement in _STATEMENTS}

    def add_change(self, key: str, record: Record | None, replaced: Record | None) -> None:
        """One changed record; those of other domains are passed over."""
        kind, _, name = key.partition("/")
        if kind == "voucher":
            self._add_voucher(_parse_range(name), record, replaced)
        elif kind == "package":
            self._add_package(name, record, replaced)
        elif kind == "holds":
            self._add_hold(name, record, replaced)
        elif kind == "line":
            self._add_line(name, record, replaced)
        elif kind == "receivable":
            self._add_receivable(name, record, replaced)
        elif kind == "claim" and name.startswith(ASSET_PREFIX):
            self._add_claim(_parse_range(name.removeprefix(ASSET_PREFIX)), record, replaced)

    def add_transaction(self, index: int, events: bytes) -> None:
        """The packages that one transaction tells of, and what it moved."""
        told = decode_events(events)
        packages = {event.voucher.package for _, event in told}
        self._statements[_INSERT_TRANSACTION].extend([(package, index) for package in packages])
        flows = [flow for kind, event in told if (flow := self._flows.read(kind, event)) is not None]
        for place, flow in enumerate(flows):
            ref = flow.voucher
            what = (flow.kind, ref.package, ref.start, ref.end, flow.giver, flow.receiver, flow.amount_fen)
            self._statements[_INSERT_FLOW].append((index, place, self._today, *what))

    def write(self, connection: Connection) -> None:
        """Execute. The rows of a statement lie in the order of the changes."""
        for statement, rows in self._statements.items():
            statement.execute(connection, rows)

    def _add_package(self, package: str, record: Record | None, replaced: Record | None) -> None:
        if record is None:
            raise InvariantViolation("a package is never deleted")
        p, lapse_at_ms, lapsed_stage = pb.Package.FromString(record.body), OPEN, 0
        if record.lapse_at_ms:
            lapse_at_ms, lapsed_stage = record.lapse_at_ms, pb.Package.FromString(record.lapse_body).stage
        state = (p.paid_fen, record.body, record.lapse_body)
        old = pb.Package() if replaced is None else pb.Package.FromString(replaced.body)
        if p.debtor and p.debtor != old.debtor:  # of a new row where a snapshot is restored
            self._statements[_INSERT_SUCCESSION].append((p.debtor, package, self._height))
        if replaced is None:
            whole = (package, self._height, lapse_at_ms, p.payee, p.stage, lapsed_stage, p.due_on, p.face_fen, *state)
            self._statements[_INSERT_PACKAGE].append(whole)
            return
        self._statements[_CLOSE_PACKAGE].append((self._height, package))
        if old.due_on == p.due_on:
            changed = (self._height, lapse_at_ms, p.stage, lapsed_stage, *state, package)
            self._statements[_UPDATE_PACKAGE].append(changed)
        else:
            accelerated = (self._height, lapse_at_ms, p.stage, lapsed_stage, p.due_on, *state, package)
            self._statements[_UPDATE_DUE].append(accelerated)

    def _add_voucher(self, key: Key, record: Record | None, replaced: Record | None) -> None:
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
        state = (v.stage, v.circulation, lapsed, v.paid_fen - v.returned_fen, record.body, record.lapse_body)
        if replaced is None:
            statements[_INSERT_VOUCHER].append((*key, height, lapse_at_ms, holder, counterparty, *state))
            return
        old = pb.Voucher.FromString(replaced.body)
        if old.holder != holder:
            statements[_UPDATE_HOLDER].append((height, lapse_at_ms, holder, counterparty, *state, *key))
        elif old.lock.counterparty != counterparty:
            statements[_UPDATE_LOCK].append((height, lapse_at_ms, counterparty, *state, *key))
        else:
            statements[_UPDATE_VOUCHER].append((height, lapse_at_ms, *state, *key))

    def _add_claim(self, key: Key, record: Record | None, replaced: Record | None) -> None:
        if replaced is not None:
            self._statements[_END_CLAIM].append((self._height, *key))
        if record is not None:  # a claim never lapses
            self._statements[_INSERT_CLAIM].append((*key, self._height, OPEN, record.body))

    def _add_hold(self, name: str, record: Record | None, replaced: Record | None) -> None:
        if replaced is not None:
            old = ledger_pb2.Hold.FromString(replaced.body)
            self._statements[_DELETE_HOLD].append((old.at_ms, name))
        if record is not None:
            hold = ledger_pb2.Hold.FromString(record.body)
            self._statements[_INSERT_HOLD].append((hold.at_ms, name, hold.what))

    def _add_line(self, name: str, record: Record | None, replaced: Record | None) -> None:
        if record is None:
            raise InvariantViolation("a line is never deleted")
        if replaced is not None:
            self._statements[_UPDATE_LINE].append((record.body, name))
            return
        line = pb.Line.FromString(record.body)
        self._statements[_INSERT_LINE].append((name, line.grantor, line.holder, line.group, record.body))

    def _add_receivable(self, name: str, record: Record | None, replaced: Record | None) -> None:
        if record is None:
            raise InvariantViolation("a receivable is never deleted")
        r, lapse_at_ms, lapsed_stage = pb.Receivable.FromString(record.body), OPEN, 0
        if record.lapse_at_ms:
            lapse_at_ms, lapsed_stage = record.lapse_at_ms, pb.Receivable.FromString(record.lapse_body).stage
        state = (r.stage, lapse_at_ms, lapsed_stage, record.body)
        if replaced is None:
            self._statements[_INSERT_RECEIVABLE].append((name, r.creditor, r.debtor, *state))
        else:
            self._statements[_UPDATE_RECEIVABLE].append((*state, name))

    def _get_replaced(self, ref: pb.VoucherRef) -> pb.Voucher | None:
        replaced = self._replaced.get(hash_key(compute_voucher_key(ref).encode()))
        return None if replaced is None else pb.Voucher.FromString(replaced.body)


def decode_events(encoded: bytes) -> list[tuple[int, pb.VoucherEvent]]:
    """The events about packages and ranges, with their kinds, among all of a transaction (Events bytes).

    Those about lines, accounts and receivables that are not packages yet name no package, and stand nowhere here.
    """
    events = ledger_pb2.Events.FromString(encoded).events
    told = [(event.kind, pb.VoucherEvent.FromString(event.payload)) for event in events if event.kind in KINDS]
    return [(kind, event) for kind, event in told if event.voucher.package]


def _read_lapsed_circulation(voucher: pb.Voucher, lapse_body: bytes) -> int:
    """What becomes of a range's circulation when its lock lapses; nothing else that a list asks for may change."""
    lapsed = pb.Voucher.FromString(lapse_body)
    is_same = (voucher.holder, voucher.stage) == (lapsed.holder, lapsed.stage)
    is_paid_same = (voucher.paid_fen, voucher.returned_fen) == (lapsed.paid_fen, lapsed.returned_fen)
    if not (is_same and is_paid_same) or lapsed.HasField("lock"):
        raise InvariantViolation("the lapse of a range changes more than its lock")
    return lapsed.circulation


def _parse_range(text: str) -> Key:
    package, _, ends = text.rpartition("/")
    start, _, end = ends.partition("-")
    return package, int(start), int(end)
