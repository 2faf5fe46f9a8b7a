"""Fails when lines or branches of ledger/ and the domains are covered below the floor, each counted by itself.

coverage's own `fail_under` mixes lines and branches into one figure, in which many lines can hide bare branches.
"""

import json
import sys
from pathlib import Path
from typing import Any

FLOOR_PERCENT = 97


def shortfalls(totals: dict[str, Any]) -> list[str]:
    """One sentence for each kind, lines or branches, of which less than the floor was run; not measured is not run."""
    kinds = {
        "lines": (totals["covered_lines"], totals["num_statements"]),
        "branches": (totals.get("covered_branches", 0), totals.get("num_branches", 1)),
    }
    return [
        f"{kind}: {covered} of {total} covered, less than {FLOOR_PERCENT} %"
        for kind, (covered, total) in kinds.items()
        if covered * 100 < total * FLOOR_PERCENT
    ]


def main() -> int:
    """Reads the coverage report that the argument names; 1 when anything falls short."""
    totals = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["totals"]
    missing = shortfalls(totals)
    for line in missing:
        print(f"coverage gate: {line}", file=sys.stderr)
    return int(bool(missing))


if __name__ == "__main__":
    sys.exit(main())
