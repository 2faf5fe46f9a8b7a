"""stdout and stderr: what is said never decides the exit code.

- A character that the terminal's encoding lacks is written as an escape.
- Where nobody reads any more (a closed pipe, no stdout at all) the words are dropped, and the exit code still speaks.
- Where stdout cannot take them (a full disk) that is an error, since somebody meant to read them.
"""

import io
import os
import sys
from typing import TextIO


def prepare() -> None:
    """Before anything is said: the streams are there, and can write every text."""
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115  # it stays open as long as the process
    sys.stdout, sys.stderr = _prepare(sys.stdout), _prepare(sys.stderr)


def _prepare(stream: TextIO | None) -> TextIO:
    if stream is None:  # it was closed by whoever started us
        return open(os.devnull, "w", encoding="utf-8")  # it stays open as long as the process
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    return stream


def needs_ascii(stream: TextIO) -> bool:
    """Whether the stream writes escapes for other characters: those of JSON must then be there before."""
    return not (stream.encoding or "").lower().startswith("utf")


def is_terminal() -> bool:
    """Whether somebody is there who can be asked."""
    return sys.stdin.isatty()


def say(text: str) -> None:
    """Write to stdout. OSError where it cannot be written, but for a reader who has gone."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        _silence(sys.stdout)
        if not isinstance(error, BrokenPipeError):
            raise


def complain(text: str) -> None:
    """Write to stderr, if that can be done."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        _silence(sys.stderr)


def finish() -> None:
    """Write out what others left in the buffers, so that the interpreter does not fail over it at the very end."""
    say("")
    complain("")


def _silence(stream: TextIO) -> None:
    # What is still in the buffer goes nowhere, too: else it would be tried again when the interpreter ends.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
