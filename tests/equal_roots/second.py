"""`python -m tests.equal_roots.second --operations N --seed S`: the same lives on a second version of Python.

1. A version other than ours, 3.11 or later, is looked for: the one that is named, those on the path, those of pyenv.
   Where there is none that is said, with the status 2; nothing is compared then.
2. It gets an environment of its own from the lock files, once.
3. The lives are played here and recorded, and played again there: the roots must be the same, block by block.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCKS = (ROOT / "requirements" / "runtime.txt", ROOT / "requirements" / "dev.txt")
FOLDER = ROOT / ".venv-second"
OLDEST, NEWEST = 11, 19
NONE_FOUND = """\
No second Python, and nothing was compared: beside {ours} none from 3.{oldest} on is on the path
or among pyenv's versions.
A release of Debian has one version, and PyPI carries none. Install another, or name it:
make second-python SECOND_PYTHON=…
"""
Version = tuple[int, int]


def list_candidates() -> list[str]:
    """Where a Python may be."""
    names = [shutil.which(f"python3.{minor}") for minor in range(NEWEST, OLDEST - 1, -1)]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    return [*filter(None, names), *map(str, sorted(pyenv.glob("versions/3.*/bin/python3")))]


def read_version(python: str) -> Version | None:
    """The version of an interpreter; None where it does not run, as a launcher of pyenv's that is not switched on."""
    asked = [python, "-c", "import sys; print(*sys.version_info[:2])"]
    try:
        told = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()
    except (OSError, subprocess.CalledProcessError):
        return None
    return int(told[0]), int(told[1])


def find_python(candidates: Iterable[str]) -> tuple[str, Version] | None:
    """The newest that is not of our version."""
    found = [(version, python) for python in candidates if (version := read_version(python)) is not None]
    others = [one for one in found if one[0] != sys.version_info[:2] and one[0] >= (3, OLDEST)]
    if not others:
        return None
    version, python = max(others)
    return python, version


def build_environment(python: str, version: Version, folder: Path = FOLDER) -> str:
    """An environment with what is locked; its interpreter. One that is there and fits stays."""
    locked = hashlib.sha256(b"".join(path.read_bytes() for path in LOCKS)).hexdigest()
    stamp, wanted = folder / "stamp", f"{version} {locked}\n"
    inside = str(folder / "bin" / "python")
    if not stamp.exists() or stamp.read_text(encoding="ascii") != wanted:
        print(f"Building {folder.name} with {python} (once)", flush=True)
        subprocess.run([python, "-m", "venv", "--clear", str(folder)], check=True)
        files = [part for path in LOCKS for part in ("-r", str(path))]
        options = ["--quiet", "--disable-pip-version-check", "--require-hashes"]
        subprocess.run([inside, "-m", "pip", "install", *options, *files], check=True)
        stamp.write_text(wanted, encoding="ascii")
    return inside


def play(python: str, *arguments: str) -> int:
    """Play lives on an interpreter; the status."""
    return subprocess.run([python, "-m", "tests.equal_roots", *arguments], cwd=ROOT, check=False).returncode


def main(arguments: Sequence[str]) -> int:
    """Find, build, play twice; 1 where something differs, 2 where there is no second Python."""
    parser = argparse.ArgumentParser(prog="python -m tests.equal_roots.second", description=__doc__)
    parser.add_argument("--operations", default="100000", help="how many")
    parser.add_argument("--seed", default="1", help="other lives")
    parser.add_argument("--python", default="", help="the second Python; else one is looked for")
    asked = parser.parse_args(arguments)
    found = find_python([asked.python] if asked.python else list_candidates())
    if found is None:
        print(NONE_FOUND.format(ours=sys.version.split()[0], oldest=OLDEST), end="", file=sys.stderr)
        return 2
    second = build_environment(*found)
    with tempfile.TemporaryDirectory() as folder:
        recording = str(Path(folder) / "lives.gz")
        status = play(sys.executable, "--operations", asked.operations, "--seed", asked.seed, "--record", recording)
        return status or play(second, "--replay", recording)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
