"""Evidence against validators that a block brought: kept beside the ledger, and shown to operators.

The engine puts it into blocks (two votes of one validator for one height and round); every node is told with the block.
A line of JSON for each, in `misbehaviour.jsonl` of the data directory, is noted before the block is committed; a block
that is replayed adds none again.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from hefu.v1 import abci_pb2 as pb
from nodes.logs import raise_alarm

EVIDENCE_FILE = "misbehaviour.jsonl"


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """What one validator did: `validator` is its address in hex, `height` that at which it did so."""

    kind: str
    validator: str
    height: int
    power: int
    total_power: int


class EvidenceFile:
    """The file of one node."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / EVIDENCE_FILE

    def note(self, found: pb.Misbehavior) -> None:
        """Keep it and raise an alarm, unless it is known."""
        power = found.validator.power
        kind = pb.MisbehaviorType.Name(found.type)
        noted = Misbehaviour(kind, found.validator.address.hex(), found.height, power, found.total_voting_power)
        if noted in self.read():
            return
        raise_alarm("a validator has misbehaved", **asdict(noted))
        with self._path.open("a", encoding="utf-8") as file:
            file.write(("" if self._is_whole() else "\n") + json.dumps(asdict(noted)) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> list[Misbehaviour]:
        """All that is known, oldest first; a line that a crash cut short is passed over."""
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        found = []
        for line in lines:
            try:
                found.append(Misbehaviour(**json.loads(line)))
            except (ValueError, TypeError):
                continue
        return found

    def _is_whole(self) -> bool:
        """Whether the last line is whole, so that another may follow it."""
        return not self._path.exists() or self._path.read_bytes()[-1:] in (b"", b"\n")
