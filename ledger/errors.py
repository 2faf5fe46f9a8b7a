"""The three kinds of error, and nothing else.

- `Rejection`: a numbered business refusal; caught in one place, where it becomes the outcome.
- `MalformedInput`: the only thing that a parser raises.
- `InvariantViolation`: our bug; inside a transition the outcome INTERNAL and an alarm, in the kernel a stop.
"""

from dataclasses import dataclass


class MalformedInput(Exception):
    """Bytes, text or a file that is not in the form its reader demands. `field` names the place, where one is known."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(f"{field}: {message}" if field else message)
        self.field = field


class InvariantViolation(Exception):
    """A state that our own rules exclude was met: never the user's fault."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A numbered ground of refusal. `code` is never reused; messages are functions of the code alone."""

    code: int
    name: str
    english: str
    chinese: str


class Rejection(Exception):
    """A command is refused. `field` is the number of the payload's field that is at fault, 0 for the whole command."""

    def __init__(self, reason: Reason, field: int = 0, command_index: int = 0) -> None:
        super().__init__(f"{reason.name} ({reason.code}): {reason.english}")
        self.reason = reason
        self.field = field
        self.command_index = command_index
