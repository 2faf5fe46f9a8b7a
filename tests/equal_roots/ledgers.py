"""One life's ledger on a database: it plays blocks, tells what came of them, and shows every row that it keeps."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import MetaData, select

from ledger.application import Application
from ledger.store.database import open_engine
from ledger.store.sql import SqlStore, View
from nodes.wiring import build_views, prepare_database
from tests.equal_roots.lives import Submitted
from tests.simulator.market import Market
from tests.simulator.worlds import Known
from tests.support.replay import Divergence

KEEP_MS = 600_000
"""States stay provable so long, so that in a long life undo rows are pruned."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a block: where the ledger stands after it, and a digest of all decisions with their events."""

    height: int
    size: int
    root: str
    state_root: str
    app_hash: str
    codes: tuple[int, ...]
    decisions: str


class Ledger:
    """The state machine on a database of its own, from genesis on; use it as `with`."""

    def __init__(self, url: str, market: Market, watching: Sequence[View] = ()) -> None:
        self._engine = open_engine(url)
        self._connection = self._engine.connect()
        prepare_database(self._connection)
        self._market = market
        self._store = SqlStore(self._connection, [*build_views(), *watching], KEEP_MS)
        market.begin(self._store)
        self._application = self._open()

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._engine.dispose()

    def play(self, block: Submitted) -> Outcome:
        """Make the block and commit it."""
        application = self._application
        result = application.finalize_block(application.head.height + 1, block.time_ms, block.transactions)
        application.commit()
        decisions = hashlib.sha256()
        for d in result.decisions:
            decisions.update(f"{d.id.hex()} {d.code} {d.command_index} {d.field} {d.index} {d.height} ".encode())
            decisions.update(d.events)
        head, codes = application.head, tuple(d.code for d in result.decisions)
        roots = (head.root.hex(), head.state_root.hex(), result.app_hash.hex())
        return Outcome(head.height, head.size, *roots, codes, decisions.hexdigest())

    def open_anew(self) -> None:
        """Start again from what the database holds, which must give the same roots."""
        head = self._application.head
        self._application = self._open()
        if self._application.head != head:
            raise Divergence(f"stood at {head}, opened at {self._application.head}")

    def digest_tables(self) -> dict[str, tuple[int, str]]:
        """By table, how many rows and a digest of them all, in the order of their bytes."""
        tables = MetaData()
        tables.reflect(self._connection)
        found = {}
        for name, table in sorted(tables.tables.items()):
            rows = sorted(repr(tuple(row)) for row in self._connection.execute(select(table)))
            found[name] = (len(rows), _digest(rows))
        self._connection.rollback()
        return found

    def _open(self) -> Application:
        application = self._market.open(self._store)
        application.verified = Known(self._market.known)  # type: ignore[assignment]  # a fake of the same two methods
        return application


def _digest(rows: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for row in rows:
        digest.update(row.encode())
    return digest.hexdigest()
