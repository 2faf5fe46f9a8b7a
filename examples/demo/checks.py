"""What `hefu verify` is asked about the demo's proofs when the node has stopped, and what it must answer.

Exit code 0 for what holds; for the rest the reason. The checks are processes of their own, which talk to nobody; two
run at a time.
"""

import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from examples.demo.evidence import PROOFS
from examples.demo.network import TRUST
from examples.demo.running import get_hefu

WORKERS = 2
LIMIT_S = 60.0
HOLDS, DOES_NOT, UNREADABLE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Check:
    """One run of `hefu verify`: its arguments, the exit codes that are right, and a word that its reason must hold."""

    english: str
    chinese: str
    arguments: tuple[str, ...]
    exit_codes: tuple[int, ...] = (HOLDS,)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a check; `line` is the first line that the program wrote."""

    check: Check
    exit_code: int
    line: str

    @property
    def is_right(self) -> bool:
        """Whether exit code and reason are those expected."""
        return self.exit_code in self.check.exit_codes and self.check.reason in self.line

    def to_plain(self) -> dict[str, Any]:
        """As JSON."""
        check = self.check
        return {
            "english": check.english,
            "chinese": check.chinese,
            "command": ["hefu", "verify", *check.arguments],
            "wanted_exit_codes": list(check.exit_codes),
            "exit_code": self.exit_code,
            "line": self.line,
        }


def expect(english: str, chinese: str, name: str, *question: str, trust: str = TRUST) -> Check:
    """A proof that must hold, and answer what is asked with yes."""
    return Check(english, chinese, (f"{PROOFS}/{name}", "--trust", trust, *question))


def refuse(
    english: str, chinese: str, name: str, *question: str, reason: str = "", is_broken: bool = False, trust: str = TRUST
) -> Check:
    """A proof that must not; a broken file may be unreadable too."""
    codes = (DOES_NOT, UNREADABLE) if is_broken else (DOES_NOT,)
    arguments = (f"{PROOFS}/{name}", "--trust", trust, *question)
    return Check(f"REFUSED: {english}", f"拒绝: {chinese}", arguments, codes, reason)


def ask(asset: str, statement: str) -> tuple[str, ...]:
    """The verifier's question about a thing."""
    return "--asset", asset, "--is", statement


def run_checks(output: Path, checks: Sequence[Check]) -> list[Checked]:
    """Run `hefu verify` for each, in the folder of the demo's output."""
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(lambda check: _run(output, check), checks))


def _run(output: Path, check: Check) -> Checked:
    command = [get_hefu(), "verify", *check.arguments]
    done = subprocess.run(
        command, cwd=output, capture_output=True, text=True, encoding="utf-8", timeout=LIMIT_S, check=False
    )
    written = (done.stdout + done.stderr).strip().splitlines()
    return Checked(check, done.returncode, written[0] if written else "")
