"""The process ends before or after any statement that writes: the file holds the block before or this one, whole."""

import inspect
import re
from collections.abc import Sequence

import pytest

from ledger.application import Application, StoreFailure
from ledger.execution import Decision
from ledger.store import sql, state_rows
from ledger.store.database import migrate, open_engine
from ledger.store.dialect import Statement
from ledger.store.port import Store
from ledger.store.sql import SqlStore
from tests.faults.images import Camera, Image
from tests.simulator.files import audit_file, open_node
from tests.simulator.worlds import ToyWorld
from tests.support import toy

WRITE = re.compile(r"^(INSERT INTO|DELETE FROM|UPDATE|CREATE TABLE) (\w+)")


class OneWorld(ToyWorld):
    """The toy without a simulated clock, whatever the seed."""

    def __init__(self) -> None:
        super().__init__(1)
        self.is_simulated = False

    def begin(self, store: Store) -> None:
        toy.begin(store)


class LineView:
    """A view of one table: the block's height."""

    def write(self, connection, block):
        connection.exec_driver_sql("INSERT INTO lines (height) VALUES (?)", (block.head.height,))


def make_blocks() -> list[list[bytes]]:
    """Blocks that write each kind of row and delete some."""
    return [
        [toy.make_signed(1, toy.make_command(toy.PUT, "note/1", 1)), toy.make_signed(2, toy.make_command(toy.BREAK))],
        [toy.make_signed(3, toy.make_command(toy.DELETE, "note/1")), toy.make_signed(4, toy.make_command(toy.REFUSE))],
        [toy.make_signed(5, toy.make_command(toy.POUR, "0>1", 7)), toy.make_signed(6, toy.make_command(toy.PUT, "n"))],
    ]


def make_block(application: Application, transactions: list[bytes], step_ms: int = 300) -> Sequence[Decision]:
    head = application.head
    result = application.finalize_block(head.height + 1, head.time_ms + step_ms, transactions)
    application.commit()
    return result.decisions


@pytest.fixture(scope="module", params=[False, True], ids=["one thread", "commits in a thread"])
def photographed(request, tmp_path_factory) -> tuple[list[Image], dict[int, bytes]]:
    """Three blocks with an image at each instant, and the root after each height.

    With a thread for the commits, each block is executed while the last one's commit is under way.
    """
    folder = tmp_path_factory.mktemp("images")
    live = folder / "live.db"
    engine = open_engine(f"sqlite:///{live}")
    camera = Camera(engine, live, folder)
    with engine.connect() as connection, engine.connect() as other:
        migrate(connection, [])
        connection.exec_driver_sql("CREATE TABLE lines (height INTEGER NOT NULL)")
        other.execution_options(isolation_level="AUTOCOMMIT")
        aside = other if request.param else None
        store = SqlStore(
            connection,
            [LineView()],
            keep_ms=400,
            aside=aside,
            after_commit=lambda _: camera.end_commit(camera.height + 1),
        )
        camera.is_on = True
        toy.begin(store)
        camera.end_commit(0)
        application = toy.open_application(store, numbers_all=True)
        for height, transactions in enumerate(make_blocks(), 1):
            application.finalize_block(height, toy.GENESIS_MS + 300 * height, transactions)
            application.begin_commit()
            camera.take("after", "the commit began")
        application.end_commit()
        application.finalize_block(9, toy.GENESIS_MS + 9_000, [])
        application.commit()  # nothing but its height
        camera.is_on = False
        roots = {head.height: head.root for head, _ in store.read_blocks(-1, 9)}
    engine.dispose()
    return camera.images, roots


def test_each_image_is_one_whole_block(photographed):
    images, roots = photographed
    for image in images:
        world = OneWorld()
        if image.height < 0:  # before genesis was committed: the normal start begins
            with open_node(image.path, world) as node:
                assert node.application.head.height == 0, image.statement
            continue
        height = audit_file(image.path, world, {}, image.height)
        assert image.height <= height <= image.height + image.is_under_way, f"{image.side} {image.statement}"
        with open_node(image.path, world) as node:
            assert node.application.head.root == roots[height]
            assert node.connection.exec_driver_sql("SELECT max(height) FROM lines").scalar_one() == height


def test_no_write_point_lacks_a_crash(photographed):
    images, _ = photographed
    crashed = {(image.side, " ".join(found.groups())) for image in images if (found := WRITE.match(image.statement))}
    modules = (sql, state_rows)
    built = [one._each for module in modules for one in vars(module).values() if isinstance(one, Statement)]
    sources = "".join([*built, *map(inspect.getsource, modules)])
    written = {" ".join(found) for found in re.findall(r"(INSERT INTO|DELETE FROM|UPDATE) (?!SET)(\w+)", sources)}
    assert {"INSERT INTO blocks", "INSERT INTO records", "DELETE FROM records", "DELETE FROM state_undo"} <= written
    points = written | {"INSERT INTO lines"}
    assert sorted(crashed) == sorted((side, point) for point in points for side in ("before", "after"))
    commits = {image.side for image in images if image.statement == "COMMIT"}
    assert commits == {"before", "after"}


def test_a_crash_while_the_schema_is_made_leaves_a_file_that_opens(tmp_path):
    live = tmp_path / "live.db"
    engine = open_engine(f"sqlite:///{live}")
    camera = Camera(engine, live, tmp_path)
    with engine.connect() as connection:
        camera.is_on = True
        migrate(connection, [])
        camera.is_on = False
    engine.dispose()
    assert any(image.statement.startswith("CREATE TABLE state_undo") for image in camera.images)
    for image in camera.images:
        with open_node(image.path, OneWorld()) as node:
            assert node.application.head.height == 0, f"{image.side} {image.statement}"


class Refusing:
    """A view that fails, for a block that must then leave nothing."""

    def __init__(self) -> None:
        self.is_failing = True

    def write(self, connection, block):
        connection.exec_driver_sql("DELETE FROM tiles")
        if self.is_failing:
            raise OSError("the disk is full")


def test_a_block_that_is_not_kept_leaves_memory_and_store_as_they_were(tmp_path):
    view = Refusing()
    engine = open_engine(f"sqlite:///{tmp_path / 'live.db'}")
    with engine.connect() as connection:
        migrate(connection, [])
        toy.begin(SqlStore(connection))
        application = toy.open_application(SqlStore(connection, [view]))
        before = application.info()
        (first, *_) = make_blocks()
        with pytest.raises(OSError, match="full"):
            make_block(application, first)
        assert application.info() == before
        assert connection.exec_driver_sql("SELECT count(*) FROM tiles").scalar_one() == 1
        assert toy.open_application(SqlStore(connection)).info() == before
        assert application.commit() == before  # nothing is staged any more
        view.is_failing = False
        assert [decision.code for decision in make_block(application, first)] == [0, 99]
        assert SqlStore(connection).read_head() == application.head
    engine.dispose()


def test_a_commit_that_is_kept_but_reported_lost_is_found_at_the_next_start(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'live.db'}")
    (first, second, *_) = make_blocks()
    with engine.connect() as connection:
        migrate(connection, [])
        store = SqlStore(connection)
        toy.begin(store)
        application = toy.open_application(store)
        keep = store.finish_block

        def keep_and_fail():
            keep()
            raise OSError("no answer")

        store.finish_block = keep_and_fail  # type: ignore[method-assign]  # the fault
        with pytest.raises(OSError, match="answer"):
            make_block(application, first)
        with pytest.raises(StoreFailure):
            make_block(application, second)
        stale = application.head
        assert stale.height == 0
        started_again = toy.open_application(SqlStore(connection))
        assert started_again.head.height == 1
        decisions = make_block(started_again, [*first, *second])
        assert [(d.is_duplicate, d.index) for d in decisions] == [(True, 2), (True, 3), (False, 5), (False, 6)]
    engine.dispose()
