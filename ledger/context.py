"""What a transition may see and do: one overlay of state, the block's time and height, and nothing of the outside.

1. A key is a readable path of ASCII; a body is the domain's message in its deterministic encoding.
2. Time acts without ticks: from `lapse.at_ms` on a record means its lapse body, and `get` returns what is meant.
3. A record whose lapse is still to come changes only by `update` (both bodies change alike), by `resolve` (the lock is
   answered) or by `restore` (the lapse body comes back early). `put` and `delete` on it are our bug.
4. Nothing here is kept until the kernel commits the overlay; a refused transaction drops it.

Not here: who may do what (identity), what a command means (the domains), hashing of the tree (ledger/merkle).
"""

import hashlib
from collections.abc import Callable
from typing import Protocol

from google.protobuf.message import Message

from hefu.v1 import ledger_pb2 as pb
from ledger.errors import InvariantViolation, Rejection
from ledger.rejections import TOO_MANY_RECORDS

SALT_TAG = b"hefu/v1/salt\x00"
SALT_BYTES = 16
MAX_RECORDS_TOUCHED = 256  # distinct keys that one transaction may leave changed


class Record:
    """A state record in memory: body, salt, and what it will mean from `lapse_at_ms` on (0 = nothing lapses)."""

    __slots__ = ("_encoded", "body", "lapse_at_ms", "lapse_body", "salt")

    def __init__(
        self, body: bytes, salt: bytes, lapse_at_ms: int = 0, lapse_body: bytes = b"", encoded: bytes = b""
    ) -> None:
        self.body = body
        self.salt = salt
        self.lapse_at_ms = lapse_at_ms
        self.lapse_body = lapse_body
        self._encoded = encoded

    def is_pending(self, time_ms: int) -> bool:
        """Whether a lapse of this record is still to come at `time_ms`."""
        return self.lapse_at_ms > time_ms

    def get_meant(self, time_ms: int) -> bytes:
        """The body that the record means at `time_ms`."""
        return self.lapse_body if 0 < self.lapse_at_ms <= time_ms else self.body

    def encode(self) -> bytes:
        """The StateRecord bytes that the state tree commits to, encoded once."""
        if self._encoded:
            return self._encoded
        record = pb.StateRecord()
        record.body = self.body
        record.salt = self.salt
        if self.lapse_at_ms:
            lapse = record.lapse
            lapse.at_ms = self.lapse_at_ms
            lapse.body = self.lapse_body
        self._encoded = record.SerializeToString(deterministic=True)
        return self._encoded

    @staticmethod
    def decode(encoded: bytes) -> "Record":
        """Read what `encode` wrote; the bytes come from our own store."""
        record = pb.StateRecord.FromString(encoded)
        return Record(record.body, record.salt, record.lapse.at_ms, record.lapse.body, encoded)


def compute_salt(nonce: bytes, key: str) -> bytes:
    """The salt of the record that a transaction with this nonce writes under `key` (16 bytes)."""
    return hashlib.sha256(SALT_TAG + nonce + key.encode()).digest()[:SALT_BYTES]


UNKNOWN = Record(b"", b"")
"""What a mapping of records gives where it has no word on a key, since None is the word that there is no record."""


class RecordSource(Protocol):
    """Whatever lies under an overlay: another overlay, or the committed state."""

    def read(self, key: str) -> Record | None:
        """The record under `key`, or None."""
        ...


class Overlay:
    """Changes on top of a source or of one other overlay: read through, written apart. None = a deleted key.

    One on which others stand changes by `merge` alone.
    """

    __slots__ = ("_known", "_source", "changes")

    def __init__(self, source: "RecordSource | Overlay") -> None:
        # What the lowest overlay changed or read; looking into it here, not calling, as this is the most frequent read.
        self._known: dict[str, Record | None] = source._known if isinstance(source, Overlay) else {}
        self._source: RecordSource = source._source if isinstance(source, Overlay) else source
        self.changes: dict[str, Record | None] = {}

    def read(self, key: str) -> Record | None:
        """The changed record if there is one, else the source's, which is asked once for each key."""
        found = self.changes.get(key, UNKNOWN)
        if found is UNKNOWN:
            found = self._known.get(key, UNKNOWN)
            if found is UNKNOWN:
                found = self._known[key] = self._source.read(key)
        return found

    def merge(self, upper: "Overlay") -> None:
        """Take over the changes of an overlay that stands on this one, the lowest."""
        self.changes.update(upper.changes)
        self._known.update(upper.changes)


class Context:
    """The world of one transaction. `organisations`, `kind` and `command_index` are those of the command at hand.

    `height` is that of the block; 0 where it is only asked who may sign.
    """

    __slots__ = ("_nonce", "_overlay", "command_index", "events", "height", "kind", "organisations", "time_ms")

    def __init__(self, overlay: Overlay, time_ms: int, nonce: bytes, height: int = 0) -> None:
        self._overlay = overlay
        self._nonce = nonce
        self.time_ms = time_ms
        self.height = height
        self.command_index = 0
        self.kind = 0
        self.organisations: tuple[str, ...] = ()
        self.events: list[tuple[int, bytes]] = []

    @property
    def actor(self) -> str:
        """The organisation that acts; the others of the command consent."""
        return self.organisations[0]

    def get(self, key: str) -> bytes | None:
        """The body that `key` means now, or None where there is no record."""
        record = self._overlay.read(key)
        if record is None:
            return None
        return record.lapse_body if 0 < record.lapse_at_ms <= self.time_ms else record.body

    def get_prior(self, key: str) -> bytes | None:
        """What a locked `key` will mean once its lapse comes; None where no lapse is pending."""
        record = self._overlay.read(key)
        return record.lapse_body if record is not None and record.is_pending(self.time_ms) else None

    def put(self, key: str, body: bytes, lapse_at_ms: int = 0, lapse_body: bytes = b"") -> None:
        """Write a record. From `lapse_at_ms` on (after block time) it means `lapse_body`; 0 = it never lapses."""
        self._refuse_pending(key)
        self._write(key, body, lapse_at_ms, lapse_body)

    def delete(self, key: str) -> None:
        """Remove a record that exists."""
        self._refuse_pending(key)
        if self._overlay.read(key) is None:
            raise InvariantViolation(f"delete of an absent record: {key}")
        self._change(key, None)

    def update(self, key: str, change: Callable[[bytes], bytes]) -> None:
        """Change what a record means, and what it will mean after a pending lapse, in the same way."""
        record = self._overlay.read(key)
        if record is None:
            raise InvariantViolation(f"update of an absent record: {key}")
        if record.is_pending(self.time_ms):
            self._write(key, change(record.body), record.lapse_at_ms, change(record.lapse_body))
        else:
            self._write(key, change(record.get_meant(self.time_ms)), 0, b"")

    def resolve(self, key: str, body: bytes, lapse_at_ms: int = 0) -> None:
        """Answer a lock: the record now is `body`. With `lapse_at_ms` the same prior body waits for a new deadline."""
        record = self._get_locked(key)
        self._write(key, body, lapse_at_ms, record.lapse_body if lapse_at_ms else b"")

    def restore(self, key: str) -> bytes:
        """End a lock as its lapse would, before it comes; returns the body that came back."""
        record = self._get_locked(key)
        self._write(key, record.lapse_body, 0, b"")
        return record.lapse_body

    def emit(self, event: Message) -> None:
        """Tell the read side what the command did."""
        self.events.append((self.kind, event.SerializeToString(deterministic=True)))

    def _get_locked(self, key: str) -> Record:
        record = self._overlay.read(key)
        if record is None or not record.is_pending(self.time_ms):
            raise InvariantViolation(f"no lock to resolve: {key}")
        return record

    def _refuse_pending(self, key: str) -> None:
        record = self._overlay.read(key)
        if record is not None and record.is_pending(self.time_ms):
            raise InvariantViolation(f"a pending lapse would be lost: {key}")

    def _write(self, key: str, body: bytes, lapse_at_ms: int, lapse_body: bytes) -> None:
        if lapse_at_ms and lapse_at_ms <= self.time_ms:
            raise InvariantViolation(f"a lapse must lie ahead: {key}")
        self._change(key, Record(body, compute_salt(self._nonce, key), lapse_at_ms, lapse_body))

    def _change(self, key: str, record: Record | None) -> None:
        changes = self._overlay.changes
        changes[key] = record
        if len(changes) > MAX_RECORDS_TOUCHED:
            raise Rejection(TOO_MANY_RECORDS, 0, self.command_index)
