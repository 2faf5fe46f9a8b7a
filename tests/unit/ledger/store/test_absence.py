import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.merkle.verify_state import hash_key
from ledger.store import absence
from ledger.store.absence import KeyFilter
from ledger.store.database import migrate, open_engine
from ledger.store.sql import SqlStore
from tests.support import toy
from tests.support.toy import make_command, make_signed


def hash_number(number: int) -> bytes:
    return hashlib.sha256(b"%d" % number).digest()


hashes = st.one_of(st.binary(min_size=32, max_size=32), st.integers(0, 50).map(hash_number))


@settings(max_examples=50)
@given(st.lists(hashes), st.lists(hashes), st.sampled_from([1, 7, 100]))
def test_what_was_added_is_never_called_absent(one_by_one, together, least):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(absence, "LEAST_KEYS", least)  # so small that it is soon full
        keys = KeyFilter(0)
    keys.add(one_by_one)
    keys.add_leaves([(key_hash, b"") for key_hash in together])
    assert not any(keys.is_absent(key_hash) for key_hash in one_by_one + together)


def test_both_ways_of_adding_fill_alike():
    one, other = KeyFilter(0), KeyFilter(0)
    added = [hash_number(number) for number in range(3000)]
    one.add(added)
    other.add_leaves([(key_hash, b"") for key_hash in added])
    assert one._bits == other._bits


def test_most_absences_are_known_even_of_a_full_filter(monkeypatch):
    monkeypatch.setattr(absence, "LEAST_KEYS", 1)
    keys = KeyFilter(5_000)
    keys.add(hash_number(number) for number in range(10_000))
    unknown = sum(not keys.is_absent(hash_number(number)) for number in range(10_000, 30_000))
    assert unknown < 20_000 // 40


def test_the_store_asks_the_database_only_for_what_may_be_there(database_url):
    engine = open_engine(database_url)
    with engine.connect() as connection:
        migrate(connection, [])
        toy.begin(SqlStore(connection))
        store = SqlStore(connection)
        assert store.read_record(hash_key(b"account/0")) is not None
        assert store.read_record(hash_key(b"note/a")) is None  # nothing was scanned: the database says so
        application = toy.open_application(store)
        application.finalize_block(1, 2_000, [make_signed(1, make_command(toy.PUT, "note/a"))])
        application.commit()
        assert store.read_record(hash_key(b"note/a")) is not None
        connection.exec_driver_sql("ALTER TABLE records RENAME TO moved")
        assert store.read_record(hash_key(b"note/b")) is None
        with pytest.raises(Exception, match="records"):
            store.read_record(hash_key(b"note/a"))
        connection.rollback()
    engine.dispose()
