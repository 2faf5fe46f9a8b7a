"""What a verifier asks: which keys must be proved, and what their records must say.

The keys come from the question, never from the proof. Each domain's questions.py builds such questions; a proof's paths
are checked by ledger/verify.py, which then hands the bodies over.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from google.protobuf.message import DecodeError, Message

from ledger.errors import MalformedInput

M = TypeVar("M", bound=Message)

# What each key of the question meant at the time in question; None = the key was absent.
Bodies = Mapping[str, bytes | None]


@dataclass(frozen=True, slots=True)
class Question:
    """`check` gets the bodies of all `keys` and returns None if the answer is yes, else why it is no (English)."""

    keys: tuple[str, ...]
    check: Callable[[Bodies], str | None]


def decode_body(message_type: type[M], body: bytes) -> M:
    """A record's body as its message; MalformedInput where it is not one."""
    try:
        return message_type.FromString(body)
    except DecodeError:
        raise MalformedInput(f"not a {message_type.DESCRIPTOR.name}", "record.body") from None
