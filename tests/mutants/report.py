"""What came of a run: the reasons why survivors cannot be killed, and the result file."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.mutants.changes import Mutant

FOLDER = Path(__file__).parent
REASONS = FOLDER / "equivalent.toml"
FLOOR_PERCENT = 95
Key = tuple[str, str, str, str, int]


def get_key(mutant: Mutant) -> Key:
    """What a reason names a mutant by: not its line, which moves with every edit."""
    return mutant.path, mutant.function, mutant.before, mutant.after, mutant.occurrence


def read_reasons(text: str) -> dict[Key, str]:
    """The reasons by mutant."""
    listed = tomllib.loads(text).get("mutant", [])
    return {
        (one["path"], one["function"], one["before"], one["after"], one.get("occurrence", 1)): one["reason"]
        for one in listed
    }


def build_result(seed: int, sampled: int, survivors: Sequence[Mutant], reasons: Mapping[Key, str]) -> dict[str, Any]:
    """The result as it is written: counts, and each survivor with its reason, empty where there is none."""
    return {
        "seed": seed,
        "sampled": sampled,
        "killed": sampled - len(survivors),
        "survivors": [
            {"where": f"{one.path}:{one.first_line}", "function": one.function, "before": one.before,
             "after": one.after, "reason": reasons.get(get_key(one), "")}
            for one in survivors
        ],
    }  # fmt: skip


def list_faults(result: Mapping[str, Any]) -> list[str]:
    """Why a result is not good enough, a sentence each."""
    faults = []
    if result["killed"] * 100 < result["sampled"] * FLOOR_PERCENT:
        faults.append(f"{result['killed']} of {result['sampled']} killed, less than {FLOOR_PERCENT} %")
    nameless = sum(not one["reason"] for one in result["survivors"])
    if nameless:
        faults.append(f"{nameless} survivors without a reason in {REASONS.name}")
    return faults


def get_result_file(seed: int) -> Path:
    """The file of a seed's result."""
    return FOLDER / f"result-{seed}.json"


def write_result(result: Mapping[str, Any]) -> None:
    """Write the file of its seed anew."""
    get_result_file(result["seed"]).write_text(
        json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
