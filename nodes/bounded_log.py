"""A log file of what a child writes, bounded: turned over at `MAX_BYTES`, one older file is kept beside it (….1).

What cannot be written, on a full disk, is dropped; reading goes on, since a child whose pipe is full would stand still.
"""

from asyncio import StreamReader
from collections.abc import Callable
from pathlib import Path

MAX_BYTES = 8 << 20
READ_BYTES = 1 << 16


class BoundedLog:
    """Writes what comes through a pipe; `on_line` is told each line, one longer than 64 KiB in parts."""

    def __init__(
        self, path: Path, on_line: Callable[[bytes], None] = lambda line: None, max_bytes: int = MAX_BYTES
    ) -> None:
        self.path = path
        self._on_line = on_line
        self._max_bytes = max_bytes
        self._rest = b""

    async def follow(self, source: StreamReader) -> None:
        """Until the pipe ends."""
        while data := await source.read(READ_BYTES):
            self._keep(data)
            *lines, self._rest = (self._rest + data).split(b"\n")
            if len(self._rest) > READ_BYTES:
                lines, self._rest = [*lines, self._rest], b""
            for line in lines:
                self._on_line(line)

    def _keep(self, data: bytes) -> None:
        try:
            with self.path.open("ab") as file:
                if file.tell() and file.tell() + len(data) > self._max_bytes:
                    self.path.replace(self.path.with_name(f"{self.path.name}.1"))
                    self.path.write_bytes(data)
                else:
                    file.write(data)
        except OSError:
            return  # the module's docstring says why nothing more is done
