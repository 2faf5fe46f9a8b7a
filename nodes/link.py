"""What passes between door and kernel: frames over a Unix socket pair that no other process can open.

A frame is a header (length of the payload, kind, tag) and a payload. The door gives each question a tag; its answer
carries the same one. A SUBMIT holds transactions that the door has decoded and verified: the socket is private to the
node, so the kernel need not do it again. Its answer is a finished ReceiptBatch, which the door passes on unread.
"""

import json
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from ledger.errors import InvariantViolation

HEADER = struct.Struct("<IBQ")
MAX_PAYLOAD = 64 << 20
"""Longest payload, in bytes: a full batch of the largest transactions is 4 MiB, a proof far less."""


BUFFER_BYTES = 4 << 20
"""What may lie between door and kernel. The usual 200 kB hold some 400 transactions, and so would each block."""


def open_pair() -> tuple[socket.socket, socket.socket]:
    """Two ends with room for several blocks' transactions."""
    ends = socket.socketpair()
    for end in ends:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
    return ends


class Kind(IntEnum):
    """What a frame is."""

    SUBMIT = 1  # door → kernel: packed transactions
    ASK = 2  # door → kernel: name of a method, newline, its request
    STOP = 3  # door → kernel: answer what was submitted, then end
    ANSWER = 4  # kernel → door: a message, serialised
    FAILURE = 5  # kernel → door: why there is no answer


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame as it was read."""

    kind: Kind
    tag: int
    payload: bytes


class LinkFailure(Exception):
    """The kernel gave no answer. `is_refusal`: it will not answer this question; else it cannot answer any."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def encode_frame(kind: Kind, tag: int, payload: bytes = b"") -> bytes:
    """The bytes of a frame."""
    return HEADER.pack(len(payload), kind, tag) + payload


def encode_failure(tag: int, status: str, message: str) -> bytes:
    """A frame that says with a gRPC status name why there is no answer."""
    return encode_frame(Kind.FAILURE, tag, json.dumps([status, message]).encode())


def decode_failure(payload: bytes) -> LinkFailure:
    """What `encode_failure` wrote."""
    status, message = json.loads(payload)
    return LinkFailure(status, message)


def pack_batch(transactions: Sequence[bytes]) -> bytes:
    """Transactions behind one another: their number, their lengths, their bytes."""
    lengths = struct.pack(f"<{1 + len(transactions)}I", len(transactions), *map(len, transactions))
    return lengths + b"".join(transactions)


def unpack_batch(payload: bytes) -> list[bytes]:
    """What `pack_batch` packed."""
    (count,) = struct.unpack_from("<I", payload)
    found, start = [], 4 + 4 * count
    for length in struct.unpack_from(f"<{count}I", payload, 4):
        found.append(payload[start : start + length])
        start += length
    if start != len(payload):
        raise InvariantViolation("a batch does not fill its frame")
    return found


class FrameReader:
    """Cuts what a socket delivers into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """Add received bytes; returns the frames that are complete now, in order."""
        buffer = self._buffer
        buffer += data
        frames, start = [], 0
        while len(buffer) - start >= HEADER.size:
            length, kind, tag = HEADER.unpack_from(buffer, start)
            if length > MAX_PAYLOAD:
                raise InvariantViolation(f"a frame of {length} bytes")
            end = start + HEADER.size + length
            if end > len(buffer):
                break
            frames.append(Frame(Kind(kind), tag, bytes(buffer[start + HEADER.size : end])))
            start = end
        del buffer[:start]
        return frames
