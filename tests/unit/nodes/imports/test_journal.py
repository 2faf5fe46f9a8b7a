"""The journal of an import: what it knows after any end, and whose it is."""

import json
from dataclasses import replace

import pytest

from ledger.errors import MalformedInput
from nodes.imports.journal import Heading, Signed, compute_journal_path, open_journal

HEADING = Heading(bytes(32), "test.hefu", bytes(range(32)), "ISSUER")
FIRST, SECOND = Signed("A-1", "2", b"\x01\x02", b"\x03"), Signed("A-2", "3", b"\x04")


@pytest.fixture
def path(tmp_path):
    made = tmp_path / "p.csv.hefu-import"
    with open_journal(made, HEADING) as journal:
        journal.keep_signed([FIRST, SECOND])
        journal.keep_decided([("A-1", 0)])
    return made


def read(path, heading=HEADING):
    with open_journal(path, heading) as journal:
        return journal.done, journal.pending


def test_what_was_signed_and_decided_is_known_again(path):
    assert read(path) == ({"A-1"}, {"A-2": SECOND})
    with open_journal(path, HEADING) as journal:
        journal.keep_decided([("A-2", 201)])
    assert read(path) == ({"A-1"}, {})
    with open_journal(path, HEADING) as journal:
        journal.keep_signed([replace(SECOND, transaction=b"\x05")])
    assert read(path)[1]["A-2"].transaction == b"\x05"


def test_a_line_without_its_end_is_dropped_at_every_length(path):
    whole = path.read_bytes()
    ends = [0] + [place + 1 for place, byte in enumerate(whole) if byte == 0x0A]
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        lines = max(place for place, end in enumerate(ends) if end <= length)
        assert read(path) == {0: (set(), {}), 1: (set(), {}), 2: (set(), {"A-1": FIRST, "A-2": SECOND}),
                              3: ({"A-1"}, {"A-2": SECOND})}[lines]  # fmt: skip
        assert path.read_bytes().startswith(whole[: ends[max(lines, 1)]])
        assert path.read_bytes().count(b"\n") == max(lines, 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [("format", "x"), ("source_sha256", "00"), ("network", "other"), ("genesis_hash", "00"), ("issuer", "OTHER")],
)
def test_a_journal_of_another_import_is_refused(path, name, value):
    first, _, rest = path.read_text().partition("\n")
    path.write_text(json.dumps(json.loads(first) | {name: value}) + "\n" + rest)
    with pytest.raises(MalformedInput, match=f"its {name} differs"):
        read(path)


@pytest.mark.parametrize("line", ["x", "[]", '{"signed": 1}', '{"signed": [["a"]]}', '{"decided": [[1]]}',
                                  '{"signed": [["a", "2", "zz", ""]]}', "[" * 5000])  # fmt: skip
def test_a_damaged_journal_is_refused(path, line):
    with path.open("a") as file:
        file.write(line + "\n")
    with pytest.raises(MalformedInput, match="damaged"):
        read(path)


def test_a_line_without_any_end_is_refused(path, monkeypatch):
    monkeypatch.setattr("nodes.imports.journal.MAX_LINE_BYTES", 100)
    with path.open("a") as file:
        file.write("x" * 200)
    with pytest.raises(MalformedInput, match="without an end"):
        read(path)


def test_one_import_at_a_time(path):
    with open_journal(path, HEADING), pytest.raises(MalformedInput, match="in use"):
        read(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_link_is_not_followed(path, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(path)
    with pytest.raises(OSError, match="link"):
        read(link)


def test_its_name_is_the_sources_and_the_digests(tmp_path):
    source = tmp_path / "p.csv"
    assert compute_journal_path(source, bytes.fromhex("ab" * 32)) == tmp_path / f"p.csv.{'ab' * 8}.hefu-import"
    folder = tmp_path / "invoices"
    folder.mkdir()
    (tmp_path / "link").symlink_to(folder)
    assert compute_journal_path(tmp_path / "link", bytes(32)).name.startswith("invoices.00")
