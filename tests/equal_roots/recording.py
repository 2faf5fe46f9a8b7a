"""Lives with what came of them, in a file: one line of JSON for each life's beginning and each block, compressed."""

import gzip
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from tests.equal_roots.ledgers import Outcome
from tests.equal_roots.lives import LifePlan, Submitted


class Recording:
    """What is written, one life after another. `digest` is one of everything that came of it."""

    def __init__(self, file: TextIO | None = None) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    @property
    def digest(self) -> str:
        """Of all outcomes so far."""
        return self._digest.hexdigest()

    def begin_life(self, plan: LifePlan) -> None:
        """What follows is of this life."""
        self._write([plan.seed, plan.operations, plan.pace_ms])

    def add(self, block: Submitted, outcome: Outcome) -> None:
        """One block."""
        told = asdict(outcome)
        self._digest.update(json.dumps(told).encode())
        self._write([block.time_ms, [one.hex() for one in block.transactions], block.known, told])

    def _write(self, line: list[Any]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(line) + "\n")


@contextmanager
def record(path: Path | None) -> Iterator[Recording]:
    """A recording that is kept in a file, where one is named."""
    if path is None:
        yield Recording()
        return
    with gzip.open(path, "wt", compresslevel=1, encoding="ascii") as file:
        yield Recording(file)


def read_recording(path: Path) -> Iterator[LifePlan | tuple[Submitted, Outcome]]:
    """The beginning of each life, and its blocks with what came of them."""
    with gzip.open(path, "rt", encoding="ascii") as file:
        for line in file:
            values = json.loads(line)
            if len(values) == 3:
                yield LifePlan(*values)
            else:
                time_ms, transactions, known, told = values
                block = Submitted(time_ms, tuple(map(bytes.fromhex, transactions)), tuple(known))
                yield block, Outcome(**{**told, "codes": tuple(told["codes"])})
