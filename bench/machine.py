"""What this runs on, and how fast one thread of it verifies signatures: the measure beside every figure."""

import os
import platform
import secrets
import sqlite3
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from nacl.bindings import crypto_sign, crypto_sign_keypair, crypto_sign_open

PROBES = 64
PROBE_SECONDS = 1.0
BUSY = 0.5
"""A load average from which the machine counts as busy with something else."""


@dataclass(frozen=True, slots=True)
class Memory:
    """A process's memory (MB): now, and at its highest."""

    rss_mb: int
    peak_mb: int


def describe_machine() -> dict[str, str | int]:
    """Processor, cores, memory and versions."""
    return {
        "processor": _read_field("/proc/cpuinfo", "model name"),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mb": int(_read_field("/proc/meminfo", "MemTotal").split()[0]) // 1024,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "psycopg": version("psycopg"),
        "pynacl": version("PyNaCl"),
        "protobuf": version("protobuf"),
        "grpcio": version("grpcio"),
    }


def describe_load() -> tuple[float, list[str]]:
    """The load average of the last minute, and a warning where others use the machine."""
    (load, *_) = os.getloadavg()
    busy = f"load average {load:.2f} at the start: others use this machine, and the figures are not what it can do"
    return round(load, 2), [busy] if load > BUSY else []


def read_commit() -> str:
    """The commit of the working copy, with + where tracked files differ from it."""
    root = Path(__file__).resolve().parent.parent
    head = subprocess.run(  # fixed words; git is the one of the path
        ["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=False
    ).stdout.strip()
    changed = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=no"], cwd=root, capture_output=True, text=True, check=False
    ).stdout.strip()
    return (head or "unknown") + ("+" if changed else "")


def read_date() -> str:
    """The machine's date and time (UTC, ISO 8601)."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def measure_verification(seconds: float = PROBE_SECONDS) -> int:
    """Signatures over 32-byte ids that one thread verifies in a second (PyNaCl), measured so long."""
    public, secret = crypto_sign_keypair()
    signed = [crypto_sign(secrets.token_bytes(32), secret) for _ in range(PROBES)]
    done, spent, began = 0, 0.0, time.perf_counter()
    while not done or spent < seconds:
        for one in signed:
            crypto_sign_open(one, public)
        done += PROBES
        spent = time.perf_counter() - began
    return round(done / spent)


def read_memory(process: int) -> Memory:
    """The memory of a process by its id."""
    path = f"/proc/{process}/status"
    return Memory(*(int(_read_field(path, name).split()[0]) // 1024 for name in ("VmRSS", "VmHWM")))


def _read_field(path: str, name: str) -> str:
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        field, _, value = line.partition(":")
        if field.strip() == name:
            return value.strip()
    return "unknown"
