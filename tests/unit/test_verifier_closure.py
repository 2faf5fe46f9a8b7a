"""An auditor can vendor the verifier: what it imports, directly or not, is short and known."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIBRARY = {"base64", "collections", "collections.abc", "dataclasses", "hashlib", "json"}
PACKAGES = {"ed25519_zebra", "google", "nacl"}
OWN = {
    "ledger", "ledger.errors", "ledger.finality", "ledger.light_client", "ledger.notes", "ledger.trust",
    "ledger.verify", "ledger.verify_forms",
    "ledger.merkle", "ledger.merkle.verify_log", "ledger.merkle.verify_state",
}  # fmt: skip
NEVER_LOADED = {
    "aiohttp",
    "alembic",
    "grpc",
    "numpy",
    "psycopg",
    "rich",
    "sqlalchemy",
    "sqlite3",
    "structlog",
    "typer",
    "uvloop",
}


def source_of(module: str) -> Path | None:
    """The file of a module or package of this project, if it is one."""
    base = ROOT.joinpath(*module.split("."))
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


def imports_of(path: Path) -> Iterator[str]:
    """The modules that a file names in its imports, each with the packages around it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [str(node.module), *(name for name in inner if source_of(name))]
        for name in names:
            parts = name.split(".")
            yield from (".".join(parts[: end + 1]) for end in range(len(parts)))


def closure(module: str) -> set[str]:
    """Every module that `module` brings with it; those of other projects are named, not entered."""
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        path = source_of(name)
        # The generated messages are not entered: they import the protobuf runtime and one another.
        if path is not None and name.partition(".")[0] != "hefu":
            waiting.extend(imports_of(path))
    return seen


def test_the_verifier_brings_only_what_an_auditor_expects():
    allowed = LIBRARY | OWN
    brought = closure("ledger.verify")
    strange = [name for name in brought if name not in allowed and name.partition(".")[0] not in PACKAGES | {"hefu"}]
    assert sorted(strange) == []
    assert source_of("ledger.verify") is not None


def test_the_generated_messages_bring_only_protobuf():
    files = sorted((ROOT / "hefu" / "v1").glob("*_pb2.py"))
    strange = [name for path in files for name in imports_of(path) if name.partition(".")[0] not in {"google", "hefu"}]
    assert strange == []


def test_a_process_that_verifies_loads_no_store_and_no_server():
    program = "import sys, ledger.verify; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert NEVER_LOADED.isdisjoint(done.stdout.split())
