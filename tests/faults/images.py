"""What a disk holds if the process ends at this instant: the database file and its write-ahead log, copied."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event


@dataclass(frozen=True)
class Image:
    """A copy; `side` and `statement` say when it was made, `height` what had been committed for certain."""

    path: Path
    side: str
    statement: str
    height: int


class Camera:
    """Copies the file before and after each statement and commit of an engine, while it is on."""

    def __init__(self, engine: Engine, live: Path, folder: Path) -> None:
        self._live = live
        self._folder = folder
        self.images: list[Image] = []
        self.height = -1
        self.is_on = False
        event.listen(engine, "before_cursor_execute", self._before)
        event.listen(engine, "after_cursor_execute", self._after)
        event.listen(engine, "commit", lambda _: self.take("before", "COMMIT"))

    def take(self, side: str, statement: str) -> None:
        """Copy now."""
        if not self.is_on:
            return
        folder = self._folder / f"image{len(self.images)}"
        folder.mkdir()
        for suffix in ("", "-wal"):
            if (part := Path(f"{self._live}{suffix}")).exists():
                shutil.copyfile(part, folder / f"image.db{suffix}")
        self.images.append(Image(folder / "image.db", side, " ".join(statement.split()), self.height))

    def _before(self, _: Any, __: Any, statement: str, *rest: Any) -> None:
        self.take("before", statement)

    def _after(self, _: Any, __: Any, statement: str, *rest: Any) -> None:
        self.take("after", statement)
