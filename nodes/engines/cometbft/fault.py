"""The last fault of a unit of node and engine, kept in a file beside the ledger: last-fault.json.

It stands there until the next one, over restarts: an operator wants to know why the node came back in the night.
Nothing depends on it; a file that is not as it should be is passed over.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from nodes.files import PRIVATE, write_whole

FAULT_FILE = "last-fault.json"
MAX_TEXT = 500


@dataclass(frozen=True, slots=True)
class Fault:
    """What went wrong, and when (Unix time in milliseconds, of this machine's clock)."""

    at_ms: int
    what: str


def write_fault(directory: Path, fault: Fault) -> None:
    """Note a fault in place of the last one."""
    plain = {"at_ms": fault.at_ms, "what": fault.what[:MAX_TEXT]}
    data = (json.dumps(plain, ensure_ascii=False) + "\n").encode()
    write_whole(directory / FAULT_FILE, data, PRIVATE, may_replace=True)


def read_fault(directory: Path) -> Fault | None:
    """The last fault, if there was one."""
    try:
        plain = json.loads((directory / FAULT_FILE).read_bytes())
        return Fault(int(plain["at_ms"]), str(plain["what"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
