"""Evidence against validators is kept once, whatever a crash leaves of the file."""

from structlog.testing import capture_logs

from hefu.v1 import abci_pb2 as pb
from nodes.engines.cometbft.evidence import EVIDENCE_FILE, EvidenceFile, Misbehaviour

FIRST = Misbehaviour("DUPLICATE_VOTE", "07" * 20, 5, 10, 40)


def build(height=5):
    validator = pb.MisbehavingValidator(address=b"\x07" * 20, power=10)
    return pb.Misbehavior(type=pb.DUPLICATE_VOTE, validator=validator, height=height, total_voting_power=40)


def test_it_is_kept_in_its_order_and_raises_an_alarm(tmp_path):
    file = EvidenceFile(tmp_path)
    assert file.read() == []
    with capture_logs() as logs:
        file.note(build(5))
        file.note(build(6))
    assert [one.height for one in EvidenceFile(tmp_path).read()] == [5, 6]
    assert file.read()[0] == FIRST
    assert [(line["alarm"], line["height"]) for line in logs] == [(True, 5), (True, 6)]


def test_what_a_replayed_block_tells_again_is_not_noted_again(tmp_path):
    with capture_logs() as logs:
        for _ in range(2):
            EvidenceFile(tmp_path).note(build())
    assert EvidenceFile(tmp_path).read() == [FIRST]
    assert len(logs) == 1


def test_a_line_that_was_cut_short_costs_no_other(tmp_path):
    file, path = EvidenceFile(tmp_path), tmp_path / EVIDENCE_FILE
    file.note(build(5))
    file.note(build(6))
    path.write_bytes(path.read_bytes()[:-9])
    assert file.read() == [FIRST]
    file.note(build(6))
    file.note(build(7))
    assert [one.height for one in file.read()] == [5, 6, 7]


def test_lines_that_are_none_of_ours_are_passed_over(tmp_path):
    (tmp_path / EVIDENCE_FILE).write_text('{"kind": 1}\n7\n\n', encoding="utf-8")
    assert EvidenceFile(tmp_path).read() == []
