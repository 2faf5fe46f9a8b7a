"""This process and all that it has started, by the part that each plays, and what they use, as /proc tells it.

- A node is four: its supervisor, its door, the kernel below the door, and the engine. Whoever runs the nodes is a
  supervisor too. Everything else that we started is ours: the load.
- Processor seconds are those of user mode and of the system; memory is what is resident.
- A process that ends while it is looked at is passed over.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TICKS_A_SECOND, PAGE_BYTES = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
ENGINE, DOOR, KERNEL, SUPERVISOR, LOAD = "engine", "door", "kernel", "supervisor", "load"
ENGINE_PROGRAM, NODE_PROGRAM, WITHOUT_ENGINE = "cometbft", "nodes.cli", "--without-engine"


@dataclass(frozen=True, slots=True)
class Process:
    """A process, the part that it plays, and the node that it belongs to (empty: none)."""

    number: int
    part: str
    node: str = ""

    @property
    def name(self) -> str:
        """As a reader knows it."""
        return f"{self.node} {self.part}".strip()


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process has used so far (processor seconds), and uses (resident bytes)."""

    processor_s: float
    resident_bytes: int


def describe_process(number: int, arguments: Sequence[str], parent: Process) -> Process:
    """A process, from its command line and its parent."""
    if arguments and Path(arguments[0]).name == ENGINE_PROGRAM:
        return Process(number, ENGINE, parent.node)
    if WITHOUT_ENGINE in arguments:
        return Process(number, DOOR, parent.node)
    if parent.part in (DOOR, KERNEL):
        return Process(number, KERNEL, parent.node)
    if NODE_PROGRAM in arguments:
        node = Path(arguments[-1]).name if list(arguments[-3:-1]) == ["node", "start"] else ""
        return Process(number, SUPERVISOR, node)
    return Process(number, parent.part, parent.node)


def parse_usage(stat: str) -> Usage:
    """From /proc/N/stat: the name in parentheses may hold anything."""
    fields = stat.rpartition(")")[2].split()
    return Usage((int(fields[11]) + int(fields[12])) / TICKS_A_SECOND, int(fields[21]) * PAGE_BYTES)


def read_usages() -> dict[Process, Usage]:
    """What this process and all that descend from it use."""
    found = ((process, _read_usage(process.number)) for process in _walk(Process(os.getpid(), LOAD)))
    return {process: usage for process, usage in found if usage is not None}


def sum_processor(usages: Mapping[Process, Usage]) -> dict[str, float]:
    """Processor seconds by part."""
    sums: dict[str, float] = {}
    for process, usage in usages.items():
        sums[process.part] = sums.get(process.part, 0.0) + usage.processor_s
    return sums


def compute_processor_us(before: Mapping[str, float], after: Mapping[str, float], operations: int) -> dict[str, float]:
    """Microseconds of processor time an operation, by part: what was used in between."""
    return {part: round((used - before.get(part, 0.0)) * 1e6 / operations, 1) for part, used in sorted(after.items())}


def _walk(process: Process) -> Iterator[Process]:
    yield process
    for number in _list_children(process.number):
        yield from _walk(describe_process(number, _read_arguments(number), process))


def _read_usage(process: int) -> Usage | None:
    try:
        return parse_usage(Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace"))
    except (FileNotFoundError, ProcessLookupError):
        return None


def _list_children(process: int) -> list[int]:
    try:
        threads = list(Path(f"/proc/{process}/task").iterdir())
        return [int(child) for thread in threads for child in (thread / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def _read_arguments(process: int) -> list[str]:
    try:
        data = Path(f"/proc/{process}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [argument.decode(errors="replace") for argument in data.split(b"\0")[:-1]]
