import asyncio

from nodes.bounded_log import READ_BYTES, BoundedLog


def feed(log: BoundedLog, *pieces: bytes) -> None:
    async def run() -> None:
        source = asyncio.StreamReader()
        for piece in pieces:
            source.feed_data(piece)
        source.feed_eof()
        await log.follow(source)

    asyncio.run(run())


def test_it_keeps_every_byte_and_tells_each_line(tmp_path):
    lines: list[bytes] = []
    feed(BoundedLog(tmp_path / "log", lines.append), b"one\ntw", b"o\nrest")
    assert (tmp_path / "log").read_bytes() == b"one\ntwo\nrest"
    assert lines == [b"one", b"two"]


def test_it_is_turned_over_and_keeps_one_older(tmp_path):
    path = tmp_path / "log"
    for text in (b"aaaa\n", b"bbbb\n", b"cccc\n"):
        feed(BoundedLog(path, max_bytes=9), text)
    assert path.read_bytes() == b"cccc\n"
    assert path.with_name("log.1").read_bytes() == b"bbbb\n"


def test_a_line_without_an_end_does_not_fill_the_memory(tmp_path):
    lines: list[bytes] = []
    feed(BoundedLog(tmp_path / "log", lines.append), b"x" * (3 * READ_BYTES))
    assert max(map(len, lines)) <= 2 * READ_BYTES


def test_what_cannot_be_written_is_read_all_the_same(tmp_path):
    lines: list[bytes] = []
    feed(BoundedLog(tmp_path / "nowhere" / "log", lines.append), b"one\n")
    assert lines == [b"one"]
