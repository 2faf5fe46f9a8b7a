"""The demo, whole, on its earliest receivables: what a newcomer sees, what it leaves, and that it tells the truth."""

import json
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest

ROWS = 300
LIMIT_S = 240
COLUMNS = 100
PROOFS = ("transaction", "held", "claim", "absence", "consistency", "historical")
ROOT = Path(__file__).parents[2]


class Run:
    """One run of the demo."""

    def __init__(self, output: Path) -> None:
        command = [sys.executable, "-m", "examples.demo", "--rows", str(ROWS), "--output", str(output)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=LIMIT_S, check=False)
        self.output = output
        self.exit_code = done.returncode
        self.text = done.stdout.decode()
        self.errors = done.stderr.decode()
        self.report: dict[str, Any] = json.loads((output / "report.json").read_bytes())


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return Run(tmp_path_factory.mktemp("demo") / "demo-output")


def test_everything_is_as_expected(run: Run) -> None:
    assert (run.exit_code, run.errors, run.report["unexpected"]) == (0, "", [])


def test_the_first_line_says_what_is_invented(run: Run) -> None:
    first = run.text.splitlines()[0]
    assert first.startswith("Amounts ×1000, relabelled yuan, names invented.")
    assert "名称虚构" in first


def test_no_line_is_wider_than_a_narrow_terminal(run: Run) -> None:
    def width(line: str) -> int:
        return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)

    assert [line for line in run.text.splitlines() if width(line) > COLUMNS] == []


def test_every_offer_is_issued_or_refused_because_its_issuer_is_blocked(run: Run) -> None:
    tally = run.report["tally"]
    refused = tally["refused"]["380 ISSUER_BLOCKED"]
    assert tally["offered"]["count"] == ROWS
    assert tally["offered"]["count"] == tally["issued"]["count"] + refused["count"]
    assert tally["offered"]["fen"] == tally["issued"]["fen"] + refused["fen"]
    assert tally["issuers_blocked"] == tally["issuers_unblocked"] > 0
    assert tally["wrongly_judged"] == 0


def test_face_is_live_paid_and_ended(run: Run) -> None:
    tally = run.report["tally"]
    assert tally["face_fen"] == tally["live_fen"] + tally["paid_fen"] + tally["ended_fen"]
    assert tally["paid_fen"] == tally["issued"]["fen"]
    assert tally["packages"] == tally["issued"]["count"] + 1  # the attacks' own


def test_something_of_everything_happens(run: Run) -> None:
    tally = run.report["tally"]
    kinds = ("one_holder", "cut", "two_tiers", "three_tiers", "sold", "pledged", "prepaid", "on_time", "late")
    assert all(tally[kind]["count"] > 0 for kind in kinds)
    assert sum(tally[kind]["count"] for kind in kinds[:4]) == tally["issued"]["count"]
    assert sum(tally[kind]["count"] for kind in kinds[6:]) == tally["issued"]["count"]
    assert 0 < tally["sold_net_fen"] < tally["sold"]["fen"]
    assert 0 < tally["pledged_net_fen"] < tally["pledged_secured_fen"] < tally["pledged"]["fen"]


def test_each_attack_gets_its_number(run: Run) -> None:
    attacks = run.report["attacks"]
    assert [attack["got"] for attack in attacks] == [attack["wanted"] for attack in attacks]
    names = [attack["got"]["name"] for attack in attacks]
    assert names == [
        "", "EXPIRED", "BAD_SIGNATURE", "ROLE_MISSING", "SAME_PERSON",
        "INVOICE_OVEROCCUPIED", "INVOICE_OVEROCCUPIED", "INVOICE_AMOUNT_DIFFERS",
        "VOUCHER_LOCKED", "ASSET_CLAIMED", "VOUCHER_LOCKED", "PAYEE_NOT_OF_RECORD", "PAYEE_NOT_OF_RECORD",
    ]  # fmt: skip
    assert attacks[0]["is_duplicate"]


def test_proofs_lie_there_in_both_forms_and_were_checked_offline(run: Run) -> None:
    folder = run.output / "proofs"
    assert all((folder / f"{name}.{form}").stat().st_size > 0 for name in PROOFS for form in ("json", "bin"))
    assert (run.output / "trust.json").exists()
    checks = run.report["checks"]
    assert all(check["exit_code"] in check["wanted_exit_codes"] for check in checks)
    assert [check["exit_code"] for check in checks].count(0) == 7
    reasons = " ".join(check["line"] for check in checks)
    assert all(reason in reasons for reason in ("ANSWER_IS_NO", "HISTORICAL", "NOT_ASKED", "OTHER_NETWORK"))


def test_a_replay_from_genesis_gives_the_same_root(run: Run) -> None:
    replay = run.report["replay"]
    assert replay["is_same"]
    assert (replay["root"], replay["size"]) == (replay["replayed_root"], replay["replayed_size"])
    assert replay["blocks"] > 100


def test_one_story_is_told_with_who_got_what(run: Run) -> None:
    story = run.text.partition("One voucher's story")[2].partition("The node has stopped")[0]
    assert all(word in story for word in ("offers to", "accepts from", "hands to", "pays out to", "pays 兑付"))


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    command = [sys.executable, "-m", "examples.demo", "--rows", "1", "--output", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=LIMIT_S, check=False)
    assert done.returncode == 2
    assert (tmp_path / "precious.txt").read_text() == "mine"
