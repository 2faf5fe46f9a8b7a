"""A database with views on it, to which a test gives blocks of changed records and events directly."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from google.protobuf.message import Message
from sqlalchemy import Connection

from hefu.v1 import identity_pb2, ledger_pb2
from hefu.v1 import receivables_pb2 as pb
from identity import rules
from ledger.context import Record
from ledger.execution import Decision
from ledger.merkle.state import UndoRow
from ledger.merkle.verify_state import hash_key
from ledger.store.database import migrate, open_engine
from ledger.store.dialect import adapt
from ledger.store.port import BlockHead, BlockWrite, RecordChange
from ledger.store.sql import View
from ledger.store.state_rows import delete_records, write_records
from receivables.records import CALENDAR_KEY, RULES_KEY

ROOT = Path(__file__).parents[2]
VERSIONS = [ROOT / domain / "migrations" / "versions" for domain in ("identity", "receivables")]
NOW_MS = 1_700_000_000_000
SALT = bytes(16)
HASH = bytes(32)
NO_UNDO = UndoRow(0, 0, b"", b"", b"", b"", b"")
RULEBOOK = {
    RULES_KEY: Record(pb.VoucherRules(grace_days=1).SerializeToString(), SALT),
    CALENDAR_KEY: Record(pb.BusinessCalendar().SerializeToString(), SALT),
}

Step = tuple[int, Message | tuple[Message, ...] | None]
"""A command kind and what it told."""


def make_uscc(number: int) -> str:
    """A fictitious USCC of a region that does not exist."""
    first = f"91999999{number:09d}"
    return first + rules.compute_uscc_check(first)


def make_record(message: Message, lapse_at_ms: int = 0, lapse: Message | None = None) -> Record:
    """A record that means `message`, and from `lapse_at_ms` on `lapse`."""
    lapse_body = b"" if lapse is None else lapse.SerializeToString(deterministic=True)
    return Record(message.SerializeToString(deterministic=True), SALT, lapse_at_ms, lapse_body)


def compute_transaction_id(index: int) -> bytes:
    """The id of the transaction whose leaf this is."""
    return hashlib.sha256(b"transaction %d" % index).digest()


class ViewWorld:
    """The newest records in a dict, the views in a database. `heads` are the blocks so far."""

    def __init__(self, url: str, views: Sequence[View], genesis: Mapping[str, Record] = RULEBOOK) -> None:
        self.engine = open_engine(url)
        self.connection: Connection = self.engine.connect()
        migrate(self.connection, VERSIONS)
        self._views = views
        self.records: dict[str, Record] = {}
        self.heads: list[tuple[int, int]] = []
        self.next_index = 0
        self.write_block(genesis)

    def close(self) -> None:
        """Let go of the database."""
        self.connection.close()
        self.engine.dispose()

    def make_block(
        self,
        changes: Mapping[str, Record | None],
        steps: Sequence[Step] = (),
        time_ms: int = 0,
    ) -> BlockWrite:
        """The next block: one transaction for each step (kind, event or events); without an event it was refused."""
        height, last_ms = self.heads[-1] if self.heads else (-1, NOW_MS)
        head = BlockHead(height + 1, time_ms or last_ms + 1, self.next_index + len(steps) + 1, HASH, HASH, b"")
        decisions = []
        for offset, (kind, told) in enumerate(steps):
            events = ledger_pb2.Events()
            for event in told if isinstance(told, tuple) else (told,):
                if event is not None:
                    events.events.add(kind=kind, payload=event.SerializeToString())
            index = self.next_index + offset
            decisions.append(
                Decision(
                    compute_transaction_id(index), index=index, height=head.height, events=events.SerializeToString()
                )
            )
        listed = []
        for key, record in sorted(changes.items()):
            encoded = b"" if record is None else record.encode()
            value_hash = None if record is None else HASH
            listed.append(RecordChange(key, hash_key(key.encode()), value_hash, encoded, record))
        replaced = {change.key_hash: self.records[change.key] for change in listed if change.key in self.records}
        return BlockWrite(head, self.next_index, b"", decisions, listed, {}, {}, NO_UNDO, replaced)

    def write_block(
        self,
        changes: Mapping[str, Record | None],
        steps: Sequence[Step] = (),
        time_ms: int = 0,
    ) -> BlockWrite:
        """Write the next block as the store does: records, block, views."""
        block = self.make_block(changes, steps, time_ms)
        head = block.head
        for change in block.changes:
            if change.record is None:
                delete_records(self.connection, [change.key_hash])
                self.records.pop(change.key, None)
            else:
                write_records(self.connection, [(change.key_hash, HASH, change.key.encode(), change.encoded)])
                self.records[change.key] = change.record
        sql = "INSERT INTO blocks (height, time_ms, size, root, state_root, checkpoint) VALUES (?, ?, ?, ?, ?, ?)"
        values = (head.height, head.time_ms, head.size, head.root, head.state_root, head.checkpoint)
        self.connection.exec_driver_sql(adapt(self.connection, sql), values)
        sql = (
            "INSERT INTO transactions (leaf_index, id, height, code, command_index, field, signed, events)"
            " VALUES (?, ?, ?, 0, 0, 0, ?, ?)"
        )
        for made in block.decisions:
            row = (made.index, made.id, made.height, b"", made.events)
            self.connection.exec_driver_sql(adapt(self.connection, sql), row)
        for view in self._views:
            view.write(self.connection, block)
        self.connection.commit()
        self.heads.append((head.height, head.time_ms))
        self.next_index = head.size
        return block


def make_organisation(name: str, *roles: identity_pb2.Role) -> identity_pb2.Organisation:
    """An active organisation with these roles."""
    return identity_pb2.Organisation(name=name, roles=sorted(roles), status=identity_pb2.ACTIVE)
