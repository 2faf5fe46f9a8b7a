"""What `make test` runs of the comparison: a short form of it, and proofs that it would notice."""

import sys
from dataclasses import replace

import pytest

from tests.equal_roots import __main__ as comparison
from tests.equal_roots import second
from tests.equal_roots.__main__ import Tally, main, play_life, replay
from tests.equal_roots.ledgers import Ledger
from tests.equal_roots.lives import PACES_MS, SHORT_LIFE, LifePlan, plan_lives
from tests.equal_roots.recording import Recording, read_recording, record
from tests.support.databases import KINDS, SQLITE
from tests.support.replay import Divergence

OPERATIONS = 300
PLANS = [LifePlan(9, OPERATIONS, PACES_MS[0]), LifePlan(10, OPERATIONS, PACES_MS[-1])]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A file of two lives, and the digest of what came of them."""
    path = tmp_path_factory.mktemp("lives") / "lives.gz"
    with record(path) as recording:
        for plan in PLANS:
            play_life(plan, (SQLITE,), recording, Tally())
    return path, recording.digest


def test_both_databases_give_the_same_roots_and_rows(recorded):
    tally, recording = Tally(), Recording()
    for plan in PLANS:
        play_life(plan, KINDS, recording, tally)
    assert recording.digest == recorded[1]
    assert tally.codes.total() == 2 * OPERATIONS
    assert tally.codes[0] > OPERATIONS // 4
    assert len(tally.codes) > 15
    assert tally.rows > 2 * OPERATIONS


def test_a_recording_is_played_again_to_the_same_digest(recorded, capsys):
    path, digest = recorded
    assert replay(path, Tally()) == digest
    assert main(["--replay", str(path)]) == 0
    assert capsys.readouterr().out.endswith(f"digest {digest}\n")


def test_the_command_line_compares_both(capsys):
    assert main(["--operations", "40", "--seed", "3"]) == 0
    assert "40 operations in 2 lives" in capsys.readouterr().out


def test_another_root_is_a_divergence(recorded, tmp_path, monkeypatch, capsys):
    path, _ = recorded
    other = tmp_path / "other.gz"
    with record(other) as recording:
        for found in read_recording(path):
            if isinstance(found, LifePlan):
                recording.begin_life(found)
            else:
                recording.add(found[0], replace(found[1], root="00" * 32))
    assert main(["--replay", str(other)]) == 1
    assert "they differ: life 9: on the recording" in capsys.readouterr().out


def test_another_row_is_a_divergence(monkeypatch):
    digest_tables = Ledger.digest_tables

    def lose_a_row(self):
        if self._connection.dialect.name != SQLITE:
            self._connection.exec_driver_sql(
                "DELETE FROM package_rows WHERE package = (SELECT max(package) FROM package_rows)"
            )
        return digest_tables(self)

    monkeypatch.setattr(Ledger, "digest_tables", lose_a_row)
    with pytest.raises(Divergence, match="life 9"):
        play_life(replace(PLANS[0], operations=60), KINDS, Recording(), Tally())


def test_what_is_opened_anew_elsewhere_is_a_divergence(monkeypatch):
    play = Ledger.play

    def forget(self, block):
        outcome = play(self, block)
        self._application.head = replace(self._application.head, time_ms=1)
        return outcome

    monkeypatch.setattr(Ledger, "play", forget)
    with pytest.raises(Divergence, match="opened at"):
        play_life(replace(PLANS[0], operations=1), (SQLITE,), Recording(), Tally())


@pytest.mark.parametrize("operations", [1, 40, 10_000, 100_000])
def test_lives_have_as_many_operations_as_are_asked_for(operations):
    lives = plan_lives(2, operations)
    assert sum(plan.operations for plan in lives) == operations
    assert lives[0].operations >= operations * 7 // 10
    assert max((plan.operations for plan in lives[1:]), default=0) <= SHORT_LIFE
    assert len({plan.seed for plan in lives}) == len(lives)


def test_the_newest_other_version_is_the_second(monkeypatch):
    ours = sys.version_info[:2]
    versions = {"a": ours, "b": (3, 10), "c": (3, 98), "d": (3, 99), "e": None}
    monkeypatch.setattr(second, "read_version", versions.get)
    assert second.find_python(versions) == ("d", (3, 99))
    assert second.find_python("abe") is None


def test_what_does_not_run_has_no_version(tmp_path):
    broken = tmp_path / "python3.99"
    broken.write_text("#!/bin/sh\nexit 127\n", encoding="ascii")
    broken.chmod(0o755)
    assert second.read_version(str(broken)) is None
    assert second.read_version(str(tmp_path / "absent")) is None
    assert second.read_version(sys.executable) == sys.version_info[:2]
    assert all(second.list_candidates())


def test_without_a_second_python_nothing_is_compared_and_that_is_said(monkeypatch, capsys):
    monkeypatch.setattr(second, "list_candidates", lambda: [sys.executable])
    monkeypatch.setattr(second, "play", comparison.main)  # and is not reached
    assert second.main([]) == 2
    assert "nothing was compared" in capsys.readouterr().err


def test_an_environment_that_fits_is_kept(tmp_path, monkeypatch):
    calls: list[list[str]] = []
    monkeypatch.setattr("subprocess.run", lambda command, **_: calls.append(command))
    tmp_path.joinpath("bin").mkdir()
    for version in ((3, 98), (3, 98), (3, 99)):
        assert second.build_environment("python3", version, tmp_path) == str(tmp_path / "bin" / "python")
    assert [call[1:3] for call in calls] == [["-m", "venv"], ["-m", "pip"]] * 2
