import pytest

from hefu.v1 import node_pb2
from ledger.errors import InvariantViolation, MalformedInput
from ledger.store.database import open_engine
from ledger.store.paging import Position, _compute_digest, begin_page, encode_cursor, read_position

AT = Position(7, 1000)


@pytest.fixture
def connection(database_url):
    engine = open_engine(database_url)
    with engine.connect() as found:
        found.exec_driver_sql("CREATE TABLE blocks (height INTEGER, time_ms INTEGER)")
        found.exec_driver_sql("CREATE TABLE restored (height INTEGER, first_index INTEGER)")
        yield found
    engine.dispose()


@pytest.fixture
def started(connection):
    connection.exec_driver_sql("INSERT INTO blocks VALUES (6, 900), (7, 1000)")
    return connection


def begin(connection, request):
    return begin_page(connection, request, request.page_size, request.cursor)


def fault(connection, request):
    with pytest.raises(MalformedInput) as caught:
        begin(connection, request)
    return caught.value.field


def test_a_position_is_the_newest_block(started):
    assert read_position(started) == AT


def test_a_store_without_a_block_has_no_position(connection):
    with pytest.raises(InvariantViolation):
        read_position(connection)


def test_a_page_has_100_rows_unless_asked_otherwise(started):
    assert begin(started, node_pb2.ListVouchersRequest()).size == 100
    assert begin(started, node_pb2.ListVouchersRequest(page_size=500)).size == 500


@pytest.mark.parametrize("size", [-1, 501, 2**31 - 1, -(2**31)])
def test_other_sizes_are_malformed(started, size):
    assert fault(started, node_pb2.ListVouchersRequest(page_size=size)) == "page_size"


def test_a_cursor_keeps_position_and_place_whatever_the_page_size(started):
    request = node_pb2.ListVouchersRequest(page_size=3, holder="h")
    request.cursor = encode_cursor(request, Position(6, 950), b"place")
    request.page_size = 9
    page = begin(started, request)
    assert (page.position, page.size, page.place) == (Position(6, 950), 9, b"place")


def test_a_cursor_fits_its_filters_and_its_list_only(started):
    cursor = encode_cursor(node_pb2.ListVouchersRequest(issuer="i"), AT, b"p")
    assert fault(started, node_pb2.ListVouchersRequest(holder="i", cursor=cursor)) == "cursor"
    assert fault(started, node_pb2.ListPackagesRequest(issuer="i", cursor=cursor)) == "cursor"


def test_each_changed_byte_and_each_cut_of_a_cursor_is_found(started):
    cursor = encode_cursor(node_pb2.ListVouchersRequest(), AT, b"place")
    changed = [cursor[:at] + bytes((cursor[at] ^ 1,)) + cursor[at + 1 :] for at in range(len(cursor))]
    cut = [cursor[:at] for at in range(1, len(cursor))]
    for bad in [*changed, *cut, cursor + b"\x00", bytes(400)]:
        assert fault(started, node_pb2.ListVouchersRequest(cursor=bad)) == "cursor"


@pytest.mark.parametrize("position", [Position(8, 1000), Position(7, 1001), Position(2**64 - 1, 2**64 - 1)])
def test_a_forged_cursor_of_the_future_is_malformed(started, position):
    request = node_pb2.ListVouchersRequest()
    request.cursor = encode_cursor(request, position, b"p")
    assert fault(started, request) == "cursor"


def test_a_place_too_long_for_a_cursor_is_our_bug():
    with pytest.raises(InvariantViolation):
        encode_cursor(node_pb2.ListVouchersRequest(), AT, bytes(256))


def test_the_digest_leaves_the_request_as_it_is():
    request = node_pb2.ListVouchersRequest(page_size=3, cursor=b"c", holder="h")
    _compute_digest(request, b"")
    assert (request.page_size, request.cursor, request.holder) == (3, b"c", "h")
