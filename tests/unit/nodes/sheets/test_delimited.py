"""CSV: one encoding is found, or none; rows are bounded, and what is broken is refused whole."""

import pytest

from ledger.errors import MalformedInput
from nodes.sheets.delimited import (
    GB18030,
    MAX_LINE,
    MAX_LINES_A_ROW,
    UTF8,
    UTF8_WITH_MARK,
    detect_encoding,
    read_rows,
)

TEXT = "供应商,金额\n甲,1\n"


@pytest.fixture
def put(tmp_path):
    def write(data: bytes):
        path = tmp_path / "sheet.csv"
        path.write_bytes(data)
        return path

    return write


def read(path):
    return list(read_rows(path, detect_encoding(path)))


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode(), UTF8), (TEXT.encode("utf-8-sig"), UTF8_WITH_MARK), (TEXT.encode("gb18030"), GB18030),
        (TEXT.encode("gbk"), GB18030), (TEXT.encode("gb2312"), GB18030), (b"a,b\n", UTF8),
        ("𠮷,1\n".encode("gb18030"), GB18030),
        ("联通,1\n".encode("gbk"), GB18030),
    ],
)  # fmt: skip
def test_the_encoding_follows_from_the_bytes_alone(put, data, encoding):
    path = put(data)
    assert detect_encoding(path) == encoding
    assert "\ufeff" not in read(path)[0][1][0]


def test_all_encodings_give_the_same_rows(put):
    found = [read(put(TEXT.encode(encoding))) for encoding in ("utf-8", "utf-8-sig", "gb18030")]
    assert found[0] == found[1] == found[2] == [(1, ["供应商", "金额"]), (2, ["甲", "1"])]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (TEXT.encode("utf-16"), "UTF-16"), (b"\xef\xbb\xbf\xff", "marked as UTF-8"),
        (b"ok,\xff\xff\n", r"neither UTF-8 \(byte 3\) nor GB18030 \(byte 3\)"),
        (b"a" * (1 << 20) + b"\xff", "byte 1048576"),
    ],
)  # fmt: skip
def test_what_is_neither_is_refused_with_its_place(put, data, said):
    with pytest.raises(MalformedInput, match=said):
        detect_encoding(put(data))


def test_a_character_across_two_chunks_is_no_fault(put):
    assert detect_encoding(put(b"a" * ((1 << 20) - 1) + "中".encode() + b"\n")) == UTF8


def test_a_fault_behind_a_character_across_two_chunks_has_its_place(put):
    with pytest.raises(MalformedInput, match="byte 1048575"):
        detect_encoding(put(b"a" * ((1 << 20) - 1) + b"\xe4\xff\xff\xff\xff"))


def test_rows_are_numbered_as_a_spreadsheet_does(put):
    path = put(b'a,b\n\n"x\ny",1\r\n , \n2,"q""q"\n')
    assert read(path) == [(1, ["a", "b"]), (3, ["x\ny", "1"]), (5, ["2", 'q"q'])]


def test_nul_stays_in_its_cell(put):
    assert read(put(b"a,b\nx\x00y,1\n")) == [(1, ["a", "b"]), (2, ["x\x00y", "1"])]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'a\n"b"c\n', "row 2 is not CSV"), (b'a\n"b', "row 2 is not CSV"),
        (b"x" * (MAX_LINE + 1), "line of more than"),
        (b'a\n"' + b"\n" * (MAX_LINES_A_ROW + 1), "quote is not closed"), (b"," * 100_000, "line of more than"),
        (b'"' + (b"x" * 60_000 + b"\n") * 4 + b'"', "not CSV"),
    ],
)  # fmt: skip
def test_broken_quoting_and_endless_rows_refuse_the_file(put, data, said):
    path = put(data)
    with pytest.raises(MalformedInput, match=said):
        read(path)


def test_a_file_of_another_encoding_than_said_is_refused(put):
    path = put(b"a\n" + "中".encode("gb18030"))
    with pytest.raises(MalformedInput, match="not utf-8"):
        list(read_rows(path, UTF8))
