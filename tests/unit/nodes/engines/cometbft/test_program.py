import pytest

from ledger.errors import MalformedInput
from nodes.engines.cometbft.program import find_program, main
from tests.support.cometbft import get_program


def make_program(folder, body):
    path = folder / "cometbft"
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_the_pinned_version_is_taken(tmp_path, capsys):
    path = make_program(tmp_path, "echo v0.38.25+abc")
    assert find_program(str(path)) == str(path)
    assert main([str(path)]) == 0
    assert capsys.readouterr().out == f"{path}\n"


@pytest.mark.parametrize("body", ["echo 0.38.20", "echo 0.38.251", "exit 1", "echo 0.38.25; exit 1"])
def test_another_version_is_refused(tmp_path, body, capsys):
    path = make_program(tmp_path, body)
    with pytest.raises(MalformedInput) as refusal:
        find_program(str(path))
    assert "is not CometBFT 0.38.25" in str(refusal.value)
    assert main([str(path)]) == 1
    assert "is not CometBFT" in capsys.readouterr().err


def test_a_program_that_is_not_there_or_does_not_run_is_refused(tmp_path):
    with pytest.raises(MalformedInput, match="make cometbft"):
        find_program(str(tmp_path / "nowhere"))
    broken = make_program(tmp_path, "")
    broken.write_bytes(b"\x7fELF not really")
    with pytest.raises(MalformedInput, match="does not run"):
        find_program(str(broken))


def test_the_one_that_was_built_is_found_without_a_name():
    assert get_program().endswith("cometbft")
