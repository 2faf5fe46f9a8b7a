"""The generated modules are those of proto/ as it stands."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*_pb2*.py*")) if path.is_file()}


def test_generated_modules_are_not_stale(tmp_path):
    subprocess.run([sys.executable, ROOT / "proto" / "generate.py", tmp_path], check=True)
    fresh = contents(tmp_path / "hefu" / "v1")
    committed = contents(ROOT / "hefu" / "v1")
    assert fresh.keys() == committed.keys(), "run `make proto`"
    assert [name for name in fresh if fresh[name] != committed[name]] == [], "run `make proto`"
