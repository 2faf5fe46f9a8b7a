"""What came of a run: the reasons why survivors cannot be killed, and the result file."""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.mutants.changes import Mutant
from tests.mutants.kept import KILLED, OUT_OF_TIME, SURVIVED, Outcome
from tests.mutants.modules import read_module
from tests.support.core import ROOT

FOLDER = Path(__file__).parent
REASONS = FOLDER / "equivalent.toml"
FLOOR_PERCENT = 95
Key = tuple[str, str, str, str, int]


def get_key(mutant: Mutant) -> Key:
    """What a reason names a mutant by, so that whoever reads it sees the change."""
    return mutant.path, mutant.function, mutant.before, mutant.after, mutant.occurrence


def read_reasons(text: str) -> dict[Key, str]:
    """The reasons by mutant."""
    listed = tomllib.loads(text).get("mutant", [])
    return {
        (one["path"], one["function"], one["before"], one["after"], one.get("occurrence", 1)): one["reason"]
        for one in listed
    }


def build_result(
    seed: int,
    outcomes: Sequence[tuple[Mutant, Outcome]],
    stillborn: Sequence[Mutant],
    reasons: Mapping[Key, str],
) -> dict[str, Any]:
    """The result as it is written: who killed each mutant, and each survivor with its reason, empty where none is."""
    return {
        "seed": seed,
        "sampled": len(outcomes),
        "killed": {mutant.name: outcome.test for mutant, outcome in outcomes if outcome.kind == KILLED},
        "survivors": [
            {"name": one.name, "where": f"{one.path}:{one.first_line}", "before": one.before, "after": one.after,
             "reason": reasons.get(get_key(one), "")}
            for one, outcome in outcomes
            if outcome.kind == SURVIVED
        ],
        "stillborn": [one.name for one in stillborn],
    }  # fmt: skip


def list_faults(result: Mapping[str, Any]) -> list[str]:
    """Why a result is not good enough, a sentence each."""
    faults = []
    killed, sampled = len(result["killed"]), result["sampled"]
    if killed * 100 < sampled * FLOOR_PERCENT:
        faults.append(f"{killed} of {sampled} killed, less than {FLOOR_PERCENT} %")
    if killed + len(result["survivors"]) != sampled:
        faults.append(f"{killed} killed and {len(result['survivors'])} survivors are not {sampled}")
    nameless = sum(not one["reason"] for one in result["survivors"])
    if nameless:
        faults.append(f"{nameless} survivors without a reason in {REASONS.name}")
    return faults


def compute_known(result: Mapping[str, Any], ranking: Sequence[Mutant]) -> int:
    """How many of the sample that would be drawn today the result knows as killed, by a test that there is today."""
    stillborn = set(result["stillborn"])
    today = [one for one in ranking if one.name not in stillborn][: result["sampled"]]
    return sum(_is_there(result["killed"][one.name]) for one in today if one.name in result["killed"])


def _is_there(test: str) -> bool:
    """Whether a test's file still defines it: a function, or a class by definition or assignment."""
    if test == OUT_OF_TIME:
        return True
    file, name = re.split(r"::|\[", test)[:2]
    return (ROOT / file).exists() and bool(re.search(rf"^(async def |def |class )?{name}\b", read_module(file), re.M))


def read_result(seed: int) -> dict[str, Any] | None:
    """The result that is kept of a seed, if one is."""
    path = FOLDER / f"result-{seed}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def read_hints(seed: int) -> dict[str, str]:
    """Which test killed each mutant of a seed's kept result."""
    result = read_result(seed)
    return {name: test for name, test in result["killed"].items() if test != OUT_OF_TIME} if result else {}


def write_result(result: Mapping[str, Any]) -> None:
    """Write the file of its seed anew."""
    (FOLDER / f"result-{result['seed']}.json").write_text(
        json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
