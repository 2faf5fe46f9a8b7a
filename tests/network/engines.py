"""The engine with another clock: the pinned sources, but for the one function from which votes have their time."""

import json
import os
import shutil
import stat
import subprocess
from pathlib import Path

from nodes.engines.cometbft.settings import ENGINE_VERSION

MODULE = "github.com/cometbft/cometbft"
CLOCK = "types/time/time.go"
OURS = Path(__file__).parent / "disturbed/now.go"
BUILD_LIMIT_S = 900


def find_go() -> str:
    """The Go toolchain: HEFU_GO, the one that `make cometbft` installed, or the one on PATH."""
    local = Path(__file__).parents[2] / ".tools/go/bin/go"
    found = os.environ.get("HEFU_GO") or (str(local) if local.exists() else shutil.which("go"))
    if not found:
        raise RuntimeError("no Go toolchain: `make cometbft` finds or installs one; name it in HEFU_GO")
    return found


def build_engine_with_offset(folder: Path) -> str:
    """Build it in a folder; its path. Its clock is off by HEFU_CLOCK_OFFSET_S."""
    sources, program = folder / "sources", folder / "cometbft"
    told = _run_go(["mod", "download", "-json", f"{MODULE}@v{ENGINE_VERSION}"], folder)
    shutil.copytree(json.loads(told)["Dir"], sources, copy_function=shutil.copyfile)
    for path in (sources, *sources.rglob("*")):
        path.chmod(path.stat().st_mode | stat.S_IWUSR)
    clock = sources / CLOCK
    text = clock.read_text(encoding="utf-8")
    begin = text.index("// Now returns")
    end = text.index("// Canonical returns")
    text = text[:begin] + OURS.read_text(encoding="utf-8") + "\n" + text[end:]
    clock.write_text(text.replace('"sort"', '"os"\n\t"sort"\n\t"strconv"', 1), encoding="utf-8")
    _run_go(["build", "-o", str(program), "./cmd/cometbft"], sources)
    shutil.rmtree(sources)
    return str(program)


def _run_go(arguments: list[str], folder: Path) -> str:
    done = subprocess.run(
        [find_go(), *arguments],
        cwd=folder,
        env={**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local"},
        capture_output=True,
        text=True,
        timeout=BUILD_LIMIT_S,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"go {arguments[0]}: {done.stderr[-2000:]}")
    return done.stdout
