"""The seam between the kernel and what stands on it: one command table and one `authorise`.

`nodes/` wires both. A kind that the table does not hold is a numbered refusal; no list of commands lives in the kernel.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from google.protobuf.message import Message

from ledger.context import Context

# Any: a transition takes exactly the message type that stands beside it in the table.
Transition = Callable[[Context, Any], None]
Amount = Callable[[Context, Any], int]


def compute_no_amount(context: Context, command: Message) -> int:
    """The amount for approval of a command that moves no money: 0 分."""
    return 0


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """One row of the table: the payload's message, what it does, the amount (分) that its signers approve.

    `is_housekeeping`: anybody may say it and it can harm nobody, so a SERVICE key is enough.
    `is_open_to_suspended`: it starts nothing (pay, release, refuse), so a suspended organisation may still say it.
    `is_beyond_amounts`: it moves no amount and decides about all, so an approval up to an amount is none of it.
    """

    name: str
    message: type[Message]
    transition: Transition
    amount: Amount = compute_no_amount
    is_housekeeping: bool = False
    is_open_to_suspended: bool = False
    is_beyond_amounts: bool = False


CommandTable = Mapping[int, CommandSpec]


@dataclass(slots=True)  # not frozen, as Transaction
class ParsedCommand:
    """A command as `authorise` sees it: who, what, and for how much (分, for each of the organisations).

    `agent` signs in the place of the acting organisation, under its mandate; empty = it signs itself.
    """

    organisations: tuple[str, ...]
    kind: int
    payload: Message
    amount_fen: int
    is_housekeeping: bool
    is_open_to_suspended: bool = False
    agent: str = ""
    is_beyond_amounts: bool = False


class Authorise(Protocol):
    """Decide whether the signers satisfy every policy; may write (a sum). Raises Rejection if they do not."""

    def __call__(self, context: Context, commands: Sequence[ParsedCommand], signers: Sequence[bytes]) -> None:
        """`signers` are public keys whose signatures have verified."""
        ...
