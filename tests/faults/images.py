"""What a disk holds if the process ends at this instant: the database file and its write-ahead log, copied."""

import shutil
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event


@dataclass(frozen=True)
class Image:
    """A copy; `side` and `statement` say when it was made, `height` what had been committed for certain.

    Where a commit was under way, the next height may be there already.
    """

    path: Path
    side: str
    statement: str
    height: int
    is_under_way: bool


class Camera:
    """Copies the file before and after each statement and commit of an engine, while it is on, in whatever thread."""

    def __init__(self, engine: Engine, live: Path, folder: Path) -> None:
        self._live = live
        self._folder = folder
        self.images: list[Image] = []
        self.height = -1
        self.is_on = False
        self._is_under_way = False
        self._lock = threading.RLock()
        event.listen(engine, "before_cursor_execute", self._before)
        event.listen(engine, "after_cursor_execute", self._after)
        event.listen(engine, "commit", self._begin_commit)

    def take(self, side: str, statement: str) -> None:
        """Copy now."""
        with self._lock:
            if self.is_on:
                self._copy(side, " ".join(statement.split()))

    def end_commit(self, height: int) -> None:
        """The commit has returned, and left this height."""
        with self._lock:
            self.height, self._is_under_way = height, False
            self.take("after", "COMMIT")

    def _begin_commit(self, _: Any) -> None:
        """Called before the database is told; it waits for copies that another thread makes."""
        with self._lock:
            self.take("before", "COMMIT")
            self._is_under_way = True

    def _copy(self, side: str, statement: str) -> None:
        folder = self._folder / f"image{len(self.images)}"
        folder.mkdir()
        for suffix in ("", "-wal"):
            if (part := Path(f"{self._live}{suffix}")).exists():
                shutil.copyfile(part, folder / f"image.db{suffix}")
        self.images.append(Image(folder / "image.db", side, statement, self.height, self._is_under_way))

    def _before(self, _: Any, __: Any, statement: str, *rest: Any) -> None:
        self.take("before", statement)

    def _after(self, _: Any, __: Any, statement: str, *rest: Any) -> None:
        self.take("after", statement)
