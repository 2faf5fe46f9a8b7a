"""Importing payables: how fast a sheet is read and judged, and how fast vouchers are issued from it at a real node.

The sheet is the demo's sample of receivables in the form that `hefu import payables` documents. Issuing is timed from
the command's start to its end: Python, reading, asking the ledger, signing with two keys, and every block durable.
"""

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bench.machine import read_memory
from bench.node import Node, make_node
from bench.progress import say
from bench.world import Member, World
from examples.payables import list_rows, write_csv, write_xlsx
from identity.rules import compute_civil_day
from nodes.imports.payables import Terms
from nodes.imports.reading import read_payables
from nodes.keys import write_key
from nodes.sheets.opening import SheetOptions

MEMBERS_KEY = bytes(range(32))
WATCH_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class ImportScale:
    """How many rows are read from each form, and how many of the CSV are issued."""

    csv_rows: int
    xlsx_rows: int
    issued_rows: int


@dataclass(frozen=True, slots=True)
class ImportFigures:
    """Rows a second, and the most memory (MB) that the issuing process had."""

    csv_rows_per_s: int
    xlsx_rows_per_s: int
    issued_per_s: int
    issuing_peak_mb: int
    rows: ImportScale


def measure_imports(directory: Path, world: World, scale: ImportScale) -> ImportFigures:
    """Read a CSV and a workbook, then issue a CSV at a node of its own."""
    directory.mkdir(exist_ok=True)
    issuer, payee, bank = world.cores[0], world.suppliers[0].organisation, world.banks[0].organisation
    terms = Terms(issuer.organisation, compute_civil_day(time.time_ns() // 1_000_000), MEMBERS_KEY, paying_bank=bank)
    say("imports: reading sheets")
    sheet, workbook = directory / "payables.csv", directory / "payables.xlsx"
    write_csv(sheet, list_rows(scale.csv_rows, payee, date.today()))
    write_xlsx(workbook, list_rows(scale.xlsx_rows, payee, date.today()))
    rates = [_measure_reading(path, terms) for path in (sheet, workbook)]
    say("imports: issuing at a node of its own")
    write_csv(sheet, list_rows(scale.issued_rows, payee, date.today()))
    make_node(directory / "node", world.genesis)
    with Node(directory / "node") as node:
        issued = _measure_issuing(sheet, issuer, bank, node.target, scale.issued_rows)
    return ImportFigures(rates[0], rates[1], *issued, scale)


def _measure_reading(path: Path, terms: Terms) -> int:
    began = time.perf_counter()
    plan = read_payables(path, terms, SheetOptions()).plan
    if plan.findings or not plan.rows:
        raise RuntimeError(f"{path.name} was planned to be good: {plan.findings[:1]}")
    return round(plan.rows / (time.perf_counter() - began))


def _measure_issuing(sheet: Path, issuer: Member, bank: str, target: str, rows: int) -> tuple[int, int]:
    """Vouchers a second from the command's start to its end, and its peak memory in MB."""
    folder = sheet.parent
    members_key = folder / "members.key"
    members_key.write_text(MEMBERS_KEY.hex())
    keys = []
    for place, key in enumerate(issuer.keys):
        path = folder / f"key-{place}.json"
        write_key(path, key)
        keys += ["--key", str(path)]
    command = [str(Path(sys.executable).with_name("hefu")), "import", "payables", str(sheet), "--paying-bank", bank]
    command += ["--members-key", str(members_key), *keys, "--yes", "--json"]
    began = time.perf_counter()
    with (folder / "import.json").open("wb") as out:
        process = subprocess.Popen(command, env=os.environ | {"HEFU_NODE": target}, stdout=out)
        peak_mb = _watch_memory(process)
    seconds = time.perf_counter() - began
    said = json.loads((folder / "import.json").read_text(encoding="utf-8") or "{}")
    if process.returncode or said["issued"] != rows:
        raise RuntimeError(f"the import ended with {process.returncode}: {said.get('bad_rows', [])[:1]}")
    return round(rows / seconds), peak_mb


def _watch_memory(process: "subprocess.Popen[bytes]") -> int:
    """Wait for its end; its peak memory in MB. What the system tells afterwards would count the bench's own."""
    peak_mb = 0
    while process.poll() is None:
        with suppress(ValueError, OSError):  # it ends while it is looked at
            peak_mb = max(peak_mb, read_memory(process.pid).peak_mb)
        time.sleep(WATCH_SECONDS)
    return peak_mb
