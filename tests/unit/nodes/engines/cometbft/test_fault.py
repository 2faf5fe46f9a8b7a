import pytest

from nodes.engines.cometbft.fault import FAULT_FILE, MAX_TEXT, Fault, read_fault, write_fault


def test_the_last_fault_takes_the_place_of_the_one_before(tmp_path):
    assert read_fault(tmp_path) is None
    write_fault(tmp_path, Fault(1, "the first"))
    write_fault(tmp_path, Fault(2, "根不同"))
    assert read_fault(tmp_path) == Fault(2, "根不同")


def test_a_long_story_is_cut(tmp_path):
    write_fault(tmp_path, Fault(1, "x" * 10_000))
    fault = read_fault(tmp_path)
    assert fault is not None
    assert len(fault.what) == MAX_TEXT


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"at_ms": "x", "what": ""}', b"\xff"])
def test_a_file_that_is_not_as_it_should_be_is_passed_over(tmp_path, data):
    (tmp_path / FAULT_FILE).write_bytes(data)
    assert read_fault(tmp_path) is None
