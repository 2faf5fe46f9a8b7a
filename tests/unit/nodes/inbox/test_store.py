"""The items of an inbox in their file."""

import sqlite3

import pytest

from hefu.v1 import inbox_pb2 as pb
from hefu.v1 import node_pb2 as node
from ledger.errors import MalformedInput, Rejection
from ledger.transaction import decode
from nodes.inbox import rejections as because
from nodes.inbox.store import InboxStore
from tests.unit.identity.world import BANK, CORE, NOW_MS, SUPPLIER, World
from tests.unit.nodes.inbox.world import VALID_MS, add, get_limits, make_arrival, make_signed, sign_for

END_MS = NOW_MS + VALID_MS
LIMITS = get_limits(World())


@pytest.fixture
def path(tmp_path):
    return tmp_path / "inbox.db"


@pytest.fixture
def store(path):
    store = InboxStore(path, 6, 4)
    yield store
    store.close()


def put(store, signed, put_by=CORE, now_ms=NOW_MS):
    store.put(make_arrival(signed), put_by, now_ms, LIMITS)
    return decode(signed).id


def get(store, identity, organisation=CORE, now_ms=NOW_MS):
    return store.get_items(organisation, now_ms, [identity]).get(identity)


def page(store, organisation=CORE, now_ms=NOW_MS, state=0, after=b"", limit=10):
    found, cursor = store.list_items(organisation, now_ms, state, after, limit)
    return [item.id for item in found], cursor


def expect(reason, act, *arguments):
    with pytest.raises(Rejection) as caught:
        act(*arguments)
    assert caught.value.reason is reason


def test_an_item_is_seen_by_its_parties_alone(store):
    signed = make_signed("core-maker")
    identity = put(store, signed)
    item = pb.InboxItem(
        id=identity, transaction=signed, state="INBOX_WAITING", put_by=CORE, put_at_ms=NOW_MS, expires_at_ms=END_MS
    )
    assert get(store, identity) == get(store, identity, SUPPLIER) == item
    assert get(store, identity, BANK) is None
    assert page(store, BANK) == ([], b"")
    assert (store.list_undecided(CORE, NOW_MS), store.list_undecided(BANK, NOW_MS)) == ([identity], [])


def test_it_outlives_the_process(path):
    store = InboxStore(path, 6, 4)
    identity = put(store, make_signed("core-maker"))
    store.note_call_ahead(b"key", 77)
    store.close()
    again = InboxStore(path, 6, 4)
    assert get(again, identity).id == identity
    assert again.read_calls_ahead(77) == {b"key": 77}
    again.close()


def test_the_latest_call_of_each_key_is_kept_while_it_is_ahead(store):
    assert store.read_calls_ahead(0) == {}
    for key, at_ms in ((b"one", 5), (b"one", 9), (b"one", 7), (b"two", 6)):
        store.note_call_ahead(key, at_ms)
    assert store.read_calls_ahead(6) == {b"one": 9, b"two": 6}
    assert store.read_calls_ahead(7) == {b"one": 9}
    assert store.read_calls_ahead(0) == {b"one": 9}


def test_from_its_expiry_on_nobody_sees_it_and_the_next_write_deletes_it(store):
    identity = put(store, make_signed("core-maker"))
    assert get(store, identity, now_ms=END_MS - 1) is not None
    assert get(store, identity, now_ms=END_MS) is None
    assert page(store, now_ms=END_MS)[0] == store.list_undecided(CORE, END_MS) == []
    expect(because.NO_SUCH_ITEM, store.reject, identity, CORE, "", END_MS)
    store.sweep(NOW_MS)
    assert get(store, identity) is None


def test_a_sweep_deletes_only_what_has_expired(store):
    short, long = (make_signed("core-maker", number=n, valid_ms=ms) for n, ms in ((1, 1000), (2, 2000)))
    first, second = put(store, short), put(store, long)
    store.sweep(NOW_MS + 1000)
    assert get(store, first) is None
    assert get(store, second) is not None
    (rows,) = store._connection.exec_driver_sql("SELECT count(*) FROM inbox_parties").one()
    assert rows == 2


def test_a_list_begins_with_what_expires_first_and_goes_on_behind_its_cursor(store):
    signed = [make_signed("core-maker", number=n, valid_ms=ms) for n, ms in enumerate((3000, 1000, 2000, 1000))]
    ids = [put(store, one) for one in signed]
    first = sorted([ids[1], ids[3]])
    assert page(store)[0] == [*first, ids[2], ids[0]]
    found, cursor = page(store, limit=1)
    assert found == first[:1]
    found, cursor = page(store, limit=2, after=cursor)
    assert found == [first[1], ids[2]]
    assert page(store, limit=2, after=cursor) == ([ids[0]], b"")


@pytest.mark.parametrize("cursor", [b"x", bytes(39), bytes(41)])
def test_a_strange_cursor_is_malformed(store, cursor):
    with pytest.raises(MalformedInput, match="cursor"):
        page(store, after=cursor)


def test_a_list_may_be_of_one_state(store):
    waiting, decided, rejected = (put(store, make_signed("core-maker", number=n)) for n in range(3))
    store.decide([node.Receipt(id=decided, has_leaf=True, height=7)], NOW_MS)
    store.reject(rejected, SUPPLIER, "no", NOW_MS)
    assert page(store, state=pb.INBOX_WAITING)[0] == [waiting]
    assert page(store, state=pb.INBOX_DECIDED)[0] == [decided]
    assert page(store, state=pb.INBOX_REJECTED)[0] == [rejected]
    assert sorted(store.list_undecided(CORE, NOW_MS)) == sorted([waiting, rejected])
    assert get(store, decided).receipt == node.Receipt(id=decided, has_leaf=True, height=7)
    store.decide([node.Receipt(id=decided, has_leaf=True, height=8, is_duplicate=True)], NOW_MS)
    assert get(store, decided).receipt.height == 7
    assert (get(store, rejected).rejected_by, get(store, rejected).reason) == (SUPPLIER, "no")


def test_the_same_id_again_adds_its_signatures_and_keeps_who_was_first(store):
    signed = make_signed("core-maker")
    identity = put(store, signed)
    put(store, make_signed("core-checker"), SUPPLIER, NOW_MS + 5)
    item = get(store, identity)
    assert item.transaction == make_signed("core-maker", "core-checker")
    assert (item.put_by, item.put_at_ms) == (CORE, NOW_MS)
    put(store, signed)
    assert get(store, identity).transaction == item.transaction


def test_signatures_are_added_and_none_is_replaced(store):
    signed = make_signed("core-maker")
    identity = put(store, signed)
    (other,) = sign_for(signed, "core-maker")
    other.signature = bytes(64)
    added = store.add_signatures(identity, [other, *sign_for(signed, "core-checker")], NOW_MS, LIMITS)
    assert added == add(signed, "core-checker") == get(store, identity).transaction


def test_rejects_item_closed(store):
    signed, other = make_signed("core-maker"), make_signed("core-maker", number=2)
    decided, rejected = put(store, signed), put(store, other)
    store.decide([node.Receipt(id=decided, has_leaf=True)], NOW_MS)
    store.reject(rejected, CORE, "", NOW_MS)
    for bytes_, identity in ((signed, decided), (other, rejected)):
        expect(because.ITEM_CLOSED, put, store, bytes_)
        expect(because.ITEM_CLOSED, store.add_signatures, identity, [], NOW_MS, LIMITS)
        expect(because.ITEM_CLOSED, store.reject, identity, SUPPLIER, "", NOW_MS)
    store.reject(rejected, CORE, "said again", NOW_MS)
    assert get(store, rejected).reason == ""


def test_a_rejected_item_may_be_decided_after_all(store):
    """Whoever had all signatures could submit it by another way."""
    identity = put(store, make_signed("core-maker"))
    store.reject(identity, CORE, "no", NOW_MS)
    store.decide([node.Receipt(id=identity, has_leaf=True)], NOW_MS)
    assert get(store, identity).state == pb.INBOX_DECIDED


def test_what_is_not_there_cannot_be_signed(store):
    expect(because.NO_SUCH_ITEM, store.add_signatures, bytes(32), [], NOW_MS, LIMITS)


def test_rejects_signatures_too_many(store):
    """More than a transaction may have at all, more than the limits allow, and more bytes than they allow."""
    signed = make_signed("core-maker")
    identity = put(store, signed)
    many = sign_for(signed, *(f"key {number}" for number in range(16)))
    expect(because.SIGNATURES_TOO_MANY, store.add_signatures, identity, many, NOW_MS, LIMITS)
    tight = get_limits(World())
    tight.signatures = 2
    expect(because.SIGNATURES_TOO_MANY, store.add_signatures, identity, many[:2], NOW_MS, tight)
    tight.transaction_bytes = len(signed)
    expect(because.SIGNATURES_TOO_MANY, store.add_signatures, identity, many[:1], NOW_MS, tight)
    assert get(store, identity).transaction == signed


def test_rejects_inbox_full(store):
    """So many of one organisation, so many of all."""
    for number in range(4):
        put(store, make_signed("core-maker", number=number))
    expect(because.INBOX_FULL, put, store, make_signed("core-maker", number=4))
    put(store, make_signed("core-maker"))  # the same id again takes no room
    for number in (5, 6):
        put(store, make_signed("bank-maker", number=number), BANK)
    expect(because.INBOX_FULL, put, store, make_signed("bank-maker", number=7), BANK)


def test_what_is_closed_gives_way_before_anybody_is_refused(store):
    ids = [put(store, make_signed("core-maker", number=number, valid_ms=5000 - number)) for number in range(4)]
    store.reject(ids[0], CORE, "", NOW_MS)
    store.decide([node.Receipt(id=ids[1], has_leaf=True)], NOW_MS)
    others = [put(store, make_signed("bank-maker", number=number), BANK) for number in (5, 6)]
    fifth = put(store, make_signed("core-maker", number=7))
    assert get(store, ids[1]) is None  # it expires before the other closed one
    sixth = put(store, make_signed("bank-maker", number=8), BANK)
    assert get(store, ids[0]) is None
    assert sorted(page(store)[0]) == sorted([ids[2], ids[3], *others, fifth, sixth])
    expect(because.INBOX_FULL, put, store, make_signed("supplier-maker", number=9), SUPPLIER)


def test_a_write_that_fails_leaves_nothing(store):
    arrival = make_arrival(make_signed("core-maker"))
    with pytest.raises(Exception, match="NOT NULL"):
        store.put(arrival, None, NOW_MS, LIMITS)
    assert get(store, arrival.id) is None
    put(store, make_signed("core-maker"))


def test_a_file_that_is_no_inbox_of_this_version_is_refused(tmp_path):
    path = tmp_path / "inbox.db"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(MalformedInput, match=r"inbox\.db"):
        InboxStore(path, 1, 1)
    path.unlink()
    for statement in ("PRAGMA user_version=2", "CREATE TABLE something (id)"):
        other = sqlite3.connect(path)
        other.execute(statement)
        other.commit()
        other.close()
        with pytest.raises(MalformedInput, match="version"):
            InboxStore(path, 1, 1)
        path.unlink()


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(MalformedInput, match="nowhere"):
        InboxStore(tmp_path / "nowhere" / "inbox.db", 1, 1)
