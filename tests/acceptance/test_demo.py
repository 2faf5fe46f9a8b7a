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
PROOFS = (
    "transaction", "held", "claim", "absence", "consistency", "historical", "line", "quotes", "sold", "disputed",
    "undisputed", "free", "frozen", "frozen-package", "lifted",
)  # fmt: skip
SCENES = ("A line", "Quotes", "A dispute", "A freeze", "Attacks")
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


def test_every_offer_is_issued_or_refused_for_what_its_issuer_owes(run: Run) -> None:
    tally = run.report["tally"]
    refused = tally["refused"]
    assert tally["offered"]["count"] == ROWS
    assert set(refused) == {"380 ISSUER_BLOCKED", "383 LINE_EXHAUSTED"}
    for name in ("count", "fen"):
        assert tally["offered"][name] == tally["issued"][name] + sum(found[name] for found in refused.values())
    assert tally["issuers_blocked"] == tally["issuers_unblocked"] > 0
    assert tally["wrongly_judged"] == 0


def test_who_pays_has_its_line_back(run: Run) -> None:
    tally = run.report["tally"]
    assert tally["lines"]["fen"] == tally["lines"]["count"] * 30_000_000 > 0
    assert tally["lines_in_use_fen"] == 0


def test_face_is_live_paid_and_ended(run: Run) -> None:
    tally = run.report["tally"]
    assert tally["face_fen"] == tally["live_fen"] + tally["paid_fen"] + tally["ended_fen"]
    assert tally["paid_fen"] == tally["issued"]["fen"] + tally["scenes_paid_fen"]
    assert tally["packages"] == tally["issued"]["count"] + len(SCENES)  # each scene has one of its own


def test_something_of_everything_happens(run: Run) -> None:
    tally = run.report["tally"]
    kinds = ("one_holder", "cut", "two_tiers", "three_tiers", "sold", "pledged", "prepaid", "on_time", "late")
    assert all(tally[kind]["count"] > 0 for kind in kinds)
    assert sum(tally[kind]["count"] for kind in kinds[:4]) == tally["issued"]["count"]
    assert sum(tally[kind]["count"] for kind in kinds[6:]) == tally["issued"]["count"]
    assert 0 < tally["sold_net_fen"] < tally["sold"]["fen"]
    assert 0 < tally["pledged_net_fen"] < tally["pledged_secured_fen"] < tally["pledged"]["fen"]


def test_of_each_round_of_quotes_one_is_chosen_and_the_others_are_void(run: Run) -> None:
    tally = run.report["tally"]
    assert tally["quotes_sealed"] >= 2 * tally["quoted"]["count"] > 0
    assert tally["quotes_void"] == tally["quotes_sealed"] - tally["quoted"]["count"]
    assert tally["quotes_gain_fen"] > 0
    assert 0 < tally["quoted"]["fen"] < tally["sold"]["fen"]


def test_disputes_and_freezes_come_from_the_sample(run: Run) -> None:
    tally = run.report["tally"]
    assert 0 < tally["corrected"]["count"] < tally["disputed"]["count"]
    assert tally["frozen_pieces"]["count"] > 0
    assert tally["frozen_packages"]["count"] > 0


def test_each_scene_goes_as_it_must(run: Run) -> None:
    scenes = run.report["scenes"]
    assert [scene["english"].partition(":")[0] for scene in scenes] == list(SCENES)
    moments = [moment for scene in scenes for moment in scene["moments"]]
    assert [moment["got"] for moment in moments] == [moment["wanted"] for moment in moments]
    assert all((moment["got"] == "done 完成") != moment["is_attack"] for moment in moments)


def list_refusals(run: Run, place: int) -> list[str]:
    """The names under which a scene's attacks were refused."""
    attacks = [moment for moment in run.report["scenes"][place]["moments"] if moment["is_attack"]]
    return [attack["got"].split(" ")[1] for attack in attacks]


def test_nothing_is_offered_beyond_a_line(run: Run) -> None:
    assert list_refusals(run, 0) == [
        "MAY_NOT_GRANT", "LINE_REQUIRED", "LINE_EXHAUSTED", "LINE_EXHAUSTED", "LINE_NOT_OPEN",
    ]  # fmt: skip


def test_a_sealed_quote_is_neither_read_nor_forged_and_the_others_are_void(run: Run) -> None:
    assert list_refusals(run, 1) == [
        "NOT_ASKED_TO_QUOTE", "open", "QUOTES_NOT_YET_OPEN", "QUOTES_CLOSED", "QUOTE_DIFFERS", "QUOTES_CLOSED",
        "TERMS_DIFFER", "NOT_THE_COUNTERPARTY",
    ]  # fmt: skip


def test_a_dispute_stops_new_financing_and_no_payment(run: Run) -> None:
    assert list_refusals(run, 2) == [
        "NOT_A_PARTY", "VOUCHER_DISPUTED", "NOT_A_PARTY", "VOUCHER_DISPUTED", "EVIDENCE_RED_LETTERED",
        "SUBSTITUTE_DIFFERS", "INVOICE_RED_LETTERED",
    ]  # fmt: skip
    done = [moment["english"] for moment in run.report["scenes"][2]["moments"] if not moment["is_attack"]]
    assert any(text.startswith("the enterprise pays") for text in done)


def test_what_is_frozen_stands_still_until_its_own_order_is_lifted(run: Run) -> None:
    assert list_refusals(run, 3) == [
        "NOT_A_COURT", "NOT_A_COURT", "VOUCHER_FROZEN", "VOUCHER_FROZEN", "VOUCHER_FROZEN", "VOUCHER_FROZEN",
        "PAYEE_NOT_OF_RECORD", "NO_SUCH_FREEZE", "VOUCHER_FROZEN",
    ]  # fmt: skip


def test_each_attack_gets_its_number(run: Run) -> None:
    first, *others = list_refusals(run, 4)
    assert first == "outcome"  # the first outcome again
    assert others == [
        "EXPIRED", "BAD_SIGNATURE", "ROLE_MISSING", "SAME_PERSON",
        "INVOICE_OVEROCCUPIED", "INVOICE_OVEROCCUPIED", "INVOICE_AMOUNT_DIFFERS", "SME_TERM_EXCEEDED",
        "VOUCHER_LOCKED", "ASSET_CLAIMED", "VOUCHER_LOCKED", "PAYEE_NOT_OF_RECORD", "PAYEE_NOT_OF_RECORD",
    ]  # fmt: skip


def test_proofs_lie_there_in_both_forms_and_were_checked_offline(run: Run) -> None:
    folder = run.output / "proofs"
    assert all((folder / f"{name}.{form}").stat().st_size > 0 for name in PROOFS for form in ("json", "bin"))
    assert (run.output / "trust.json").exists()
    checks = run.report["checks"]
    assert all(check["exit_code"] in check["wanted_exit_codes"] for check in checks)
    assert [check["exit_code"] for check in checks].count(0) == 14
    reasons = " ".join(check["line"] for check in checks)
    wanted = ("ANSWER_IS_NO", "HISTORICAL", "NOT_ASKED", "OTHER_NETWORK", "STATE_NOT_PROVED", "TOO_OLD")
    assert all(reason in reasons for reason in wanted)


def test_a_replay_from_genesis_gives_the_same_root(run: Run) -> None:
    replay = run.report["replay"]
    assert replay["is_same"]
    assert (replay["root"], replay["size"]) == (replay["replayed_root"], replay["replayed_size"])
    assert replay["blocks"] > 100


def test_two_stories_are_told_with_who_got_what(run: Run) -> None:
    story = run.text.partition("Two vouchers' stories")[2].partition("The node has stopped")[0]
    deeds = ("offers to", "accepts from", "hands to", "pays out to", "pays 兑付", "freezes that of", "frees that of")
    quarrel = ("disputes 争议", "takes back invoice", "new invoice with", "ends dispute")
    assert [deed for deed in (*deeds, *quarrel) if deed not in story] == []


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    command = [sys.executable, "-m", "examples.demo", "--rows", "1", "--output", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=LIMIT_S, check=False)
    assert done.returncode == 2
    assert (tmp_path / "precious.txt").read_text() == "mine"
