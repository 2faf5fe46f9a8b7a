"""A core enterprise's treasury beside a running node: key files, payables, and the command line."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from nodes.cli.app import app
from nodes.directory import TRUST_FILE
from nodes.keys import Key, write_key
from tests.support.running import BANK, CORE, SUPPLIER, TODAY, Network, init

ROOT = Path(__file__).parents[2]
HEFU = (sys.executable, "-m", "nodes.cli")
DUE = (date(1970, 1, 1) + timedelta(TODAY + 60)).isoformat()
HEADINGS = "收款人,发票号码,金额,到期日,合同编号,凭证编号"


class Treasury:
    """Files of the core enterprise, its supplier and its bank, and commands to one node."""

    def __init__(self, folder: Path, network: Network, target: str) -> None:
        self.folder = folder
        self.target = target
        self.trust = str(folder / "data" / TRUST_FILE)
        self._write_keys("core", network.core)
        self._write_keys("supplier", network.supplier)
        self._write_keys("bank", network.bank)
        self.members_key = folder / "members.key"
        self.members_key.write_text("5a" * 32)

    def _write_keys(self, name: str, keys: Sequence[Key]) -> None:
        for role, key in zip(("maker", "checker"), keys, strict=True):
            path = self.folder / f"{name}-{role}.json"
            if not path.exists():
                write_key(path, key)

    def keys(self, name: str) -> list[str]:
        """Options that sign for an organisation."""
        return [part for role in ("maker", "checker") for part in ("--key", str(self.folder / f"{name}-{role}.json"))]

    def run(self, *arguments: str, code: int = 0) -> Result:
        """A command that ends with this code."""
        result = CliRunner().invoke(app, list(arguments), env={"HEFU_NODE": self.target})
        assert result.exit_code == code, (arguments, result.output, result.stderr)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    def ask(self, *arguments: str, code: int = 0) -> Any:
        """What a command says to a machine."""
        return json.loads(self.run(*arguments, "--json", code=code).stdout)

    def list_import(self, source: Path, *more: str) -> list[str]:
        """An import as words."""
        common = ("--paying-bank", BANK, "--members-key", str(self.members_key))
        return ["import", "payables", str(source), *common, *self.keys("core"), *more]

    def bring(self, source: Path, *more: str, code: int = 0) -> Any:
        """An import, and what it says to a machine."""
        return self.ask(*self.list_import(source, *more), code=code)

    def start_import(self, source: Path, *more: str) -> "subprocess.Popen[str]":
        """An import in a process of its own."""
        words = [*HEFU, *self.list_import(source, "--yes", "--json", *more)]
        environment = {**os.environ, "HEFU_NODE": self.target}
        return subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)

    def list_packages(self) -> list[Any]:
        """The core enterprise's packages."""
        found: list[Any] = self.ask("voucher", "packages", "--issuer", CORE, "--limit", "0")["packages"]
        return found

    def write(self, name: str, *rows: str) -> Path:
        """A CSV of payables to the supplier."""
        path = self.folder / name
        path.write_text("\n".join((HEADINGS, *rows)) + "\n", encoding="utf-8")
        return path


def make_row(invoice: int, amount: str = "100.00", number: str = "", contract: str = "HT-1") -> str:
    """A row on an invoice of the supplier's."""
    return f"{SUPPLIER},{invoice:020d},{amount},{DUE},{contract},{number}"


@contextmanager
def open_treasury(folder: Path) -> Iterator[Treasury]:
    """A treasury whose node runs as a process of its own and is stopped at the end."""
    network = Network()
    init(folder / "data", network)
    command = [*HEFU, "node", "start", str(folder / "data")]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        port = process.stdout.readline().split()[-1]
        yield Treasury(folder, network, f"127.0.0.1:{port}")
    finally:
        process.terminate()
        status = process.wait(30)
        process.stdout.close()
    assert status == 0
