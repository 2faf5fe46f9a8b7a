"""Random lives of the whole ledger, cut by a snapshot: the restored one goes on as the one that was always there."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from hefu.v1 import ledger_pb2, node_pb2
from identity.rules import compute_civil_day
from ledger.application import Application
from ledger.errors import MalformedInput
from ledger.store.snapshot_source import SnapshotSource
from ledger.store.sql import SqlStore
from nodes.answers import Answers, Failed
from nodes.stopwatch import Stopwatch
from nodes.wiring import TOTALS_PREFIXES, build_views, prepare_database, restore_ledger
from tests.equal_roots.lives import Life, LifePlan
from tests.simulator.market import MEMBERS, Market
from tests.simulator.worlds import Known

ORIGIN, LOG_SEED = "simulated/log", b"\x03" * 32  # the market's
EQUAL = ("records", "hold_rows", "line_rows", "receivable_rows")
HISTORY = ("package_transactions", "flow_rows")
"""What only those know who were there."""
SINCE = {
    "organisation_rows": "organisation, roles, body",
    "key_rows": "public_key, organisation, body",
    "register_rows": "key, mark, lapse_at_ms, body, lapse_body",
    "package_rows": "package, lapse_at_ms, payee, stage, lapsed_stage, due_on, face_fen, paid_fen, body, lapse_body",
    "voucher_rows": "package, range_start, range_end, lapse_at_ms, holder, counterparty, stage, circulation,"
    " lapsed_circulation, paid_fen, body, lapse_body",
    "claim_rows": "package, range_start, range_end, body",
}
"""Tables of which a restored node knows what holds, but not since when."""
HOLDING = " WHERE to_height = 9223372036854775807"
OF_RANGES = ("organisation_rows", "key_rows", "claim_rows")


class Ledger:
    """A market's ledger in memory."""

    def __init__(self, market: Market, watching: tuple[object, ...] = ()) -> None:
        self._engine = create_engine("sqlite://", poolclass=StaticPool)
        self.connection = self._engine.connect()
        prepare_database(self.connection)
        self._market = market
        self._watching = watching
        market.begin(self.open_store())
        self.open()

    def open_store(self) -> SqlStore:
        return SqlStore(self.connection, [*build_views(), *self._watching])  # type: ignore[list-item]  # a view's shape

    def open(self) -> None:
        self.store = self.open_store()
        self.application: Application = self._market.open(self.store)
        self.network = self.application._rules.network
        self.application.verified = Known(self._market.known)  # type: ignore[assignment]  # a fake of the same methods

    def play(self, block):
        result = self.application.finalize_block(self.application.head.height + 1, block.time_ms, block.transactions)
        self.application.commit()
        return [(d.id, d.code, d.command_index, d.field, d.index, d.height, d.events) for d in result.decisions]

    def read(self, table: str, columns: str = "*", where: str = "") -> list[str]:
        rows = self.connection.exec_driver_sql(f"SELECT {columns} FROM {table}{where}").all()
        return sorted(repr(tuple(row)) for row in rows)

    def read_totals(self, days: range) -> dict[Any, bytes]:
        """By organisation, side and day what is proved of totals at the day's end, or the status of the answer."""
        engine: Any = SimpleNamespace(stopped_because="nothing is cosigned")
        seeds = (LOG_SEED, LOG_SEED)
        answers = Answers(self.application, self.store, self.connection, engine, ORIGIN, seeds, Stopwatch())
        found = {}
        for organisation, side, on in product(MEMBERS, TOTALS_PREFIXES, days):
            request = node_pb2.ProveTotalsRequest(organisation=organisation, side=side, on=on)
            try:
                proof = ledger_pb2.Proof.FromString(answers.answer("ProveTotals", request.SerializeToString()))
                found[organisation, side, on] = proof.state.items[0].record
            except Failed as failure:
                found[organisation, side, on] = failure.status.encode()
        return found

    def close(self) -> None:
        self.connection.close()
        self._engine.dispose()


@contextmanager
def open_ledger(market: Market, *watching: object) -> Iterator[Ledger]:
    ledger = Ledger(market, watching)
    try:
        yield ledger
    finally:
        ledger.close()


def restore(source: Ledger, target: Ledger, times: int) -> None:
    snapshot = SnapshotSource(source.connection, source.network)
    chunks = list(snapshot.iterate_chunks())
    for _ in range(times):
        head = restore_ledger(target.connection, ORIGIN, LOG_SEED, snapshot.build_manifest(bytes(32)), chunks)
        assert head == source.application.head
    target.open()


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from([100, 60_000, 20_000_000]), st.integers(1, 8), st.integers(1, 2))
def test_a_restored_ledger_goes_on_alike(seed, pace_ms, blocks_before, times):
    life = Life(LifePlan(seed, 240, pace_ms))
    assume(not life.market.is_simulated)  # its clock stands still here
    with open_ledger(life.market, life.sight) as source, open_ledger(life.market) as target:
        size = snapshot_day = 0
        for number, block in enumerate(life.make_blocks()):
            if number == blocks_before:
                restore(source, target, times)
                size = source.application.head.size
                snapshot_day = compute_civil_day(source.application.head.time_ms)
            told = source.play(block)
            if size:
                assert target.play(block) == told
                assert target.application.info() == source.application.info()
        assume(0 < size < source.application.head.size)
        with pytest.raises(MalformedInput, match="has begun"):
            restore(source, target, times)
        for table in EQUAL:
            assert target.read(table) == source.read(table)
        for table, columns in SINCE.items():
            where = HOLDING if table in OF_RANGES else ""
            assert target.read(table, columns, where) == source.read(table, columns, where)
        for table in HISTORY:
            assert target.read(table) == source.read(table, where=f" WHERE leaf_index >= {size}")
        last_day = compute_civil_day(source.application.head.time_ms)
        from_day = compute_civil_day(life.market.start_ms) - 1
        wanted, totals = (ledger.read_totals(range(from_day, last_day + 1)) for ledger in (source, target))
        assert totals == {at: body if at[2] >= snapshot_day else b"OUT_OF_RANGE" for at, body in wanted.items()}
        debtors = set(source.read("succession_rows", "debtor, package"))
        assert set(target.read("succession_rows", "debtor, package")) <= debtors
