"""Importing payables with the command as a person gives it: how fast, and in how much memory.

The sheet is the demo's sample of receivables in the form that `hefu import payables` documents. A preview reads and
judges every row and asks the ledger for each voucher; an import issues them, signed with two keys, every block durable.
Both are timed from the command's start to its end, Python's own start included, beside the node on the same cores.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bench.machine import read_memory
from bench.node import Node, make_node
from bench.progress import say
from bench.timing import find_median
from bench.world import Member, World
from examples.payables import list_rows, write_csv, write_xlsx
from nodes.keys import write_key

MEMBERS_KEY = bytes(range(32))
WATCH_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class ImportScale:
    """How many rows of each form are previewed, how many of the CSV are issued, and how often each is done."""

    csv_rows: int
    xlsx_rows: int
    issued_rows: int
    runs: int


@dataclass(frozen=True, slots=True)
class ImportRuns:
    """Rows a second: the median, and each run; and the most memory (MB) that the command had in any."""

    rows: int
    rows_per_s: int
    runs_rows_per_s: list[int]
    peak_mb: int


@dataclass(frozen=True, slots=True)
class ImportFigures:
    """Both forms previewed, and a CSV issued."""

    csv: ImportRuns
    workbook: ImportRuns
    issued: ImportRuns


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the treasurer has beside the sheet: options of the command."""

    folder: Path
    options: Sequence[str]
    payee: str


def measure_imports(directory: Path, world: World, scale: ImportScale) -> ImportFigures:
    """Preview a CSV and a workbook at one node, then issue a CSV at a node of its own for each run."""
    directory.mkdir(exist_ok=True)
    desk = _lay_out(directory, world.cores[0], world.suppliers[0].organisation, world.banks[0].organisation)
    say("imports: previewing sheets")
    make_node(directory / "looking", world.genesis)
    with Node(directory / "looking") as node:
        sheets = (_write(desk, "payables.csv", scale.csv_rows), _write(desk, "payables.xlsx", scale.xlsx_rows))
        csv, workbook = (
            _collect(rows, [_import(desk, sheet, node.target, rows, "--preview") for _ in range(scale.runs)])
            for sheet, rows in zip(sheets, (scale.csv_rows, scale.xlsx_rows), strict=True)
        )
    say("imports: issuing, each time at a node of its own")
    issued = [_measure_issuing(desk, world, scale.issued_rows, run) for run in range(scale.runs)]
    return ImportFigures(csv, workbook, _collect(scale.issued_rows, issued))


def _lay_out(folder: Path, issuer: Member, payee: str, bank: str) -> _Desk:
    """Key files of the issuer's, and the members' key."""
    members_key = folder / "members.key"
    members_key.write_text(MEMBERS_KEY.hex())
    options = ["--paying-bank", bank, "--members-key", str(members_key)]
    for place, key in enumerate(issuer.keys):
        path = folder / f"key-{place}.json"
        write_key(path, key)
        options += ["--key", str(path)]
    return _Desk(folder, options, payee)


def _write(desk: _Desk, name: str, rows: int) -> Path:
    path = desk.folder / name
    write = write_xlsx if path.suffix == ".xlsx" else write_csv
    write(path, list_rows(rows, desk.payee, date.today()))
    return path


def _measure_issuing(desk: _Desk, world: World, rows: int, run: int) -> tuple[float, int]:
    directory = desk.folder / f"issuing-{run}"
    make_node(directory, world.genesis)
    with Node(directory) as node:
        return _import(desk, _write(desk, f"issued-{run}.csv", rows), node.target, rows, "--yes")


def _import(desk: _Desk, sheet: Path, target: str, rows: int, how: str) -> tuple[float, int]:
    """Seconds of the command from start to end, and its peak memory in MB. RuntimeError where a row was not good."""
    command = [str(Path(sys.executable).with_name("hefu")), "import", "payables", str(sheet), *desk.options]
    answer = desk.folder / "import.json"
    began = time.perf_counter()
    with answer.open("wb") as out:
        process = subprocess.Popen([*command, how, "--json"], env=os.environ | {"HEFU_NODE": target}, stdout=out)
        peak_mb = _watch_memory(process)
    seconds = time.perf_counter() - began
    said = json.loads(answer.read_text(encoding="utf-8") or "{}")
    if process.returncode or said["to_be_issued" if how == "--preview" else "issued"] != rows:
        raise RuntimeError(f"the import ended with {process.returncode}: {said.get('bad_rows', [])[:1]}")
    return seconds, peak_mb


def _watch_memory(process: "subprocess.Popen[bytes]") -> int:
    """Wait for its end; its peak memory in MB. What the system tells afterwards would count the bench's own."""
    peak_mb = 0
    while process.poll() is None:
        with suppress(ValueError, OSError):  # it ends while it is looked at
            peak_mb = max(peak_mb, read_memory(process.pid).peak_mb)
        time.sleep(WATCH_SECONDS)
    return peak_mb


def _collect(rows: int, runs: Sequence[tuple[float, int]]) -> ImportRuns:
    rates = [round(rows / seconds) for seconds, _ in runs]
    return ImportRuns(rows, round(find_median(rates)), rates, max(peak_mb for _, peak_mb in runs))
