"""Pages of a list that do not shift while blocks go on.

1. A list is read as of a position: the newest block, and its time, when the first page is asked for.
2. A cursor keeps this position and the place after which the next page begins, and is good only for the filters with
   which it began. It is opaque; its digest finds accidents, not forgery, and whoever forges one reads nothing more than
   a list of their own would show.

| bytes | of a cursor |
|---|---|
| 1 | version, 1 |
| 16 | SHA-256, cut, over a tag, the filters and what follows |
| 8 + 8 | height and time (ms) |
| 0–255 | the place, in a form of the list's own |

Not here: what a list filters, and who may read it (the domains).
"""

import hashlib
from dataclasses import dataclass
from struct import Struct

from google.protobuf.message import Message
from sqlalchemy import Connection

from ledger.errors import InvariantViolation, MalformedInput
from ledger.store.port import HistoryNotKept, Restored

CURSOR_VERSION = 1
CURSOR_TAG = b"hefu/v1/cursor\x00"
DIGEST_BYTES = 16
MAX_PLACE_BYTES = 255
DEFAULT_PAGE_SIZE = 100
MAX_PAGE_SIZE = 500
_POSITION = Struct(">QQ")
_RESTORED = (
    "SELECT restored.height, blocks.time_ms, restored.first_index FROM restored"
    " JOIN blocks ON blocks.height = restored.height"
)
_PLACE_AT = 1 + DIGEST_BYTES + _POSITION.size


@dataclass(frozen=True, slots=True)
class Position:
    """The block as of which something is read, and its time."""

    height: int
    time_ms: int


@dataclass(frozen=True, slots=True)
class Page:
    """What to read: so many rows as of a position, after a place (None: from the beginning)."""

    position: Position
    size: int
    place: bytes | None


def read_position(connection: Connection) -> Position:
    """The newest block."""
    row = connection.exec_driver_sql("SELECT height, time_ms FROM blocks ORDER BY height DESC LIMIT 1").one_or_none()
    if row is None:
        raise InvariantViolation("the store holds no block")
    return Position(row[0], row[1])


def read_restored(connection: Connection) -> Restored | None:
    """The snapshot with which the node began, None where it has been there from genesis on."""
    row = connection.exec_driver_sql(_RESTORED).one_or_none()
    return None if row is None else Restored(*row)


def refuse_before_snapshot(connection: Connection, height: int) -> None:
    """Refuse, with HistoryNotKept, a list as of a block before the snapshot with which the node began."""
    found = read_restored(connection)
    if found is not None and height < found.height:
        raise HistoryNotKept(
            f"this node began with a snapshot of block {found.height}: it lists nothing as of earlier ones"
        )


def refuse_history_before_snapshot(connection: Connection, time_ms: int) -> None:
    """Refuse, with HistoryNotKept, a list of what happened from a time on that is not after the snapshot."""
    found = read_restored(connection)
    if found is not None and time_ms <= found.time_ms:
        raise HistoryNotKept(
            f"this node began with a snapshot of block {found.height}: it does not know all that happened until then"
        )


def begin_page(connection: Connection, request: Message, page_size: int, cursor: bytes) -> Page:
    """The page that a list request asks for. Sizes are 1–500, 0 = 100.

    MalformedInput: another size, or a cursor that is not of this list. HistoryNotKept: one from before our snapshot.
    """
    if not 0 <= page_size <= MAX_PAGE_SIZE:
        raise MalformedInput(f"1 to {MAX_PAGE_SIZE}", "page_size")
    size = page_size or DEFAULT_PAGE_SIZE
    newest = read_position(connection)
    if not cursor:
        return Page(newest, size, None)
    position, place = _decode_cursor(request, cursor)
    if position.height > newest.height or position.time_ms > newest.time_ms:
        raise MalformedInput("of a block that this node has not seen", "cursor")
    refuse_before_snapshot(connection, position.height)
    return Page(position, size, place)


def encode_cursor(request: Message, position: Position, place: bytes) -> bytes:
    """The cursor that continues this request after `place` (at most 255 bytes)."""
    if len(place) > MAX_PLACE_BYTES:
        raise InvariantViolation("a place in a list is too long for a cursor")
    rest = _POSITION.pack(position.height, position.time_ms) + place
    return bytes((CURSOR_VERSION,)) + _compute_digest(request, rest) + rest


def _decode_cursor(request: Message, cursor: bytes) -> tuple[Position, bytes]:
    if not _PLACE_AT <= len(cursor) <= _PLACE_AT + MAX_PLACE_BYTES or cursor[0] != CURSOR_VERSION:
        raise MalformedInput("not a cursor of this version", "cursor")
    digest, rest = cursor[1 : 1 + DIGEST_BYTES], cursor[1 + DIGEST_BYTES :]
    if digest != _compute_digest(request, rest):
        raise MalformedInput("damaged, or of a list with other filters", "cursor")
    return Position(*_POSITION.unpack_from(rest)), rest[_POSITION.size :]


def _compute_digest(request: Message, rest: bytes) -> bytes:
    filters = type(request)()
    filters.CopyFrom(request)
    filters.ClearField("cursor")
    filters.ClearField("page_size")
    name = request.DESCRIPTOR.full_name.encode()
    encoded = filters.SerializeToString(deterministic=True)
    header = b"%d %d " % (len(name), len(encoded))
    return hashlib.sha256(CURSOR_TAG + header + name + encoded + rest).digest()[:DIGEST_BYTES]
