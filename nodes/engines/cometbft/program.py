"""The engine's program: where it is, and that it is the version that is pinned.

`make cometbft` puts it into .tools beside the code; elsewhere it is looked for on PATH. Another version is refused:
validators that run different ones may disagree about what a block means.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from ledger.errors import MalformedInput
from nodes.engines.cometbft.settings import ENGINE_VERSION

PROGRAM = "cometbft"
BUILT = Path(__file__).parents[3] / ".tools" / f"cometbft-{ENGINE_VERSION}" / PROGRAM
ANSWER_LIMIT_S = 10.0


def find_program(name: str = "") -> str:
    """The path of the engine's program: the one that is named, else that of `make cometbft`, else on PATH.

    Raises MalformedInput: none is there, or it is of another version.
    """
    wanted = [name] if name else [str(BUILT), PROGRAM]
    for candidate in wanted:
        found = shutil.which(candidate)
        if found is not None:
            check_version(found)
            return str(Path(found).resolve())
    raise MalformedInput(
        f"no program of CometBFT {ENGINE_VERSION} at {' or '.join(wanted)}; `make cometbft` builds it", "engine_program"
    )


def check_version(program: str) -> None:
    """Refuse, with MalformedInput, a program that is not the engine of the pinned version."""
    try:
        told = subprocess.run([program, "version"], capture_output=True, timeout=ANSWER_LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as failure:
        raise MalformedInput(f"{program} does not run: {failure}", "engine_program") from None
    version = told.stdout.decode(errors="replace").strip().removeprefix("v")
    if told.returncode or version.partition("+")[0] != ENGINE_VERSION:
        said = version[:40] or f"status {told.returncode}"
        raise MalformedInput(f"{program} is not CometBFT {ENGINE_VERSION} (it says {said!r})", "engine_program")


def main(arguments: list[str]) -> int:
    """`python -m nodes.engines.cometbft.program [FILE]`: print the path of a good program; 1 where there is none."""
    try:
        print(find_program(*arguments[:1]))
    except MalformedInput as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
