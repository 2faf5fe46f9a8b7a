"""The frames of an ABCI socket: a uvarint length, then one message.

1. A length is a uvarint in its shortest form, and at most `MAX_MESSAGE`.
2. Whatever else stands there raises MalformedInput: the peer is no engine, and the connection ends.
"""

from ledger.errors import MalformedInput

MAX_MESSAGE = 32 << 20
"""Longest message, in bytes: a block of the engine and what stands around it are far smaller."""
MAX_LENGTH_BYTES = 5
"""Enough for the longest message."""


def encode_frame(message: bytes) -> bytes:
    """The bytes of a frame."""
    length, prefix = len(message), bytearray()
    while length > 0x7F:
        prefix.append(length & 0x7F | 0x80)
        length >>= 7
    prefix.append(length)
    return bytes(prefix) + message


class FrameReader:
    """Cuts what a socket delivers into messages. It never holds more than one message that is not whole."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Add received bytes; the messages that are whole now, in order. Raises MalformedInput."""
        self._buffer += data
        messages, start = [], 0
        while (head := _read_length(self._buffer, start)) is not None:
            length, begin = head
            if begin + length > len(self._buffer):
                break
            messages.append(bytes(self._buffer[begin : begin + length]))
            start = begin + length
        del self._buffer[:start]
        return messages


def _read_length(buffer: bytearray, start: int) -> tuple[int, int] | None:
    """The length that begins at `start` and where its message begins; None where it is not whole yet."""
    length = 0
    for at in range(MAX_LENGTH_BYTES):
        if start + at >= len(buffer):
            return None
        byte = buffer[start + at]
        length |= (byte & 0x7F) << 7 * at
        if byte < 0x80:
            if at and not byte:
                raise MalformedInput("a length that is not in its shortest form", "frame")
            if length > MAX_MESSAGE:
                raise MalformedInput(f"a message of {length} bytes", "frame")
            return length, start + at + 1
    raise MalformedInput("not the length of a message", "frame")
