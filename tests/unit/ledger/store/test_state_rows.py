"""The SQL of the state tree on real databases: blocks, earlier states, pruning, restart."""

import pytest
from sqlalchemy import Engine, inspect

from ledger.merkle.state import HeightNotKept, StateTree
from ledger.merkle.verify_state import hash_key, hash_record
from ledger.store import state_rows
from ledger.store.database import open_engine
from ledger.store.state_rows import SqlLeafRows
from tests.unit.ledger.merkle.state_support import hash_naively


@pytest.fixture
def engine(database_url):
    engine = open_engine(database_url)
    state_rows.records.create(engine)
    state_rows.state_undo.create(engine)
    yield engine
    engine.dispose()


def write_block(engine: Engine, tree: StateTree, block: dict[bytes, bytes | None], rows: SqlLeafRows, **known) -> None:
    """A block as its writer writes it: undo, records, deletions in one transaction."""
    hashed = {hash_key(key): (None if record is None else hash_record(record)) for key, record in block.items()}
    staged = tree.stage(list(hashed.items()), tree.height + 1)
    with engine.begin() as connection:
        state_rows.write_undo(connection, staged.undo, **known)
        state_rows.write_records(
            connection,
            [(hash_key(key), hash_record(record), key, record) for key, record in block.items() if record is not None],
        )
        state_rows.delete_records(connection, [hash_key(key) for key, record in block.items() if record is None])
    tree.adopt(staged)


def make_blocks() -> list[dict[bytes, bytes | None]]:
    blocks: list[dict[bytes, bytes | None]] = [{b"key/%d" % number: b"first %d" % number for number in range(700)}]
    for height in range(1, 6):
        block: dict[bytes, bytes | None] = {b"key/%d" % (number * height): b"at %d" % height for number in range(40)}
        block[b"key/%d" % (600 + height)] = None
        block[b"never"] = None
        block[b"new/%d" % height] = b""
        blocks.append(block)
    return blocks


def test_blocks_survive_a_restart_and_earlier_states_are_proved(engine):
    states: list[dict[bytes, bytes]] = []
    now: dict[bytes, bytes] = {}
    with engine.connect() as connection:
        rows = SqlLeafRows(connection)
        tree = StateTree.open(rows, -1, 4)
        connection.rollback()
        for block in make_blocks():
            write_block(engine, tree, block, rows)
            connection.rollback()
            now.update({key: record for key, record in block.items() if record is not None})
            now = {key: record for key, record in now.items() if key not in block or block[key] is not None}
            states.append(dict(now))
        root, height = tree.root, tree.height
    engine.dispose()
    with engine.connect() as connection:
        tree = StateTree.open(SqlLeafRows(connection), height, 4)
        assert (tree.root, tree.count) == (root, len(now))
        asked = [b"key/4", b"key/601", b"key/605", b"never", b"new/3", b"key/699"]
        for at, state in enumerate(states):
            view = tree.view(at)
            assert view.root == hash_naively({hash_key(k): hash_record(v) for k, v in state.items()})
            expected = [state.get(key) for key in asked]
            assert view.read([hash_key(key) for key in asked]) == expected
            found = [path.value_hash for path in view.prove([hash_key(key) for key in asked])]
            assert found == [None if record is None else hash_record(record) for record in expected]


def test_states_before_a_pruned_height_are_gone(engine):
    with engine.connect() as connection:
        rows = SqlLeafRows(connection)
        assert rows.read_undo_floor() is None
        tree = StateTree.open(rows, -1)
        connection.rollback()
        for block in make_blocks():
            write_block(engine, tree, block, rows)
            connection.rollback()
        with engine.begin() as writer:
            state_rows.prune_undo(writer, 3)
        assert tree.view(3).height == 3
        with pytest.raises(HeightNotKept):
            tree.view(2)
        connection.rollback()
        with engine.begin() as writer:
            state_rows.prune_undo(writer, 99)
        with pytest.raises(HeightNotKept):
            tree.view(4)
        assert tree.view().height == 5


def test_replaced_records_may_be_given(engine):
    with engine.connect() as connection:
        rows = SqlLeafRows(connection)
        tree = StateTree.open(rows, -1)
        connection.rollback()
        write_block(engine, tree, {b"a": b"1", b"b": b"2"}, rows, old_records={})
        connection.rollback()
        write_block(engine, tree, {b"a": b"3"}, rows, old_records={hash_key(b"a"): b"1"})
        assert tree.view(0).read([hash_key(b"a"), hash_key(b"b"), hash_key(b"c")]) == [b"1", b"2", None]
        assert tree.view(-1).read([hash_key(b"a")]) == [None]


def test_records_are_read_one_by_one_and_together(engine):
    with engine.begin() as connection:
        state_rows.write_records(connection, [])
        state_rows.delete_records(connection, [])
        state_rows.write_records(connection, [(hash_key(b"a"), hash_record(b"1"), b"a", b"1")])
        assert state_rows.read_record(connection, hash_key(b"a")) == b"1"
        assert state_rows.read_record(connection, hash_key(b"b")) is None
        assert state_rows.read_records(connection, []) == []
        assert state_rows.read_records(connection, [hash_key(b"b"), hash_key(b"a")]) == [None, b"1"]
        state_rows.delete_records(connection, [hash_key(b"a"), hash_key(b"b")])
        assert SqlLeafRows(connection).count_leaves() == 0


def test_on_sqlite_the_records_lie_in_the_order_of_their_hashes(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'state.db'}")
    state_rows.records.create(engine)
    with engine.connect() as connection:
        (sql,) = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'records'").one()
    assert "WITHOUT ROWID" in sql
    assert inspect(engine).get_pk_constraint("records")["constrained_columns"] == ["key_hash"]
    engine.dispose()
