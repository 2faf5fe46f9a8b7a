"""Where a voucher comes from, and what became of a package.

1. What concerns a range: what happened to its package as a whole, to the range itself, and to each range that held it
   before a cut; also the cuts that left it over. Ranges never overlap, so "holds it" is a comparison of ends.
2. The live and ended ranges of a package partition its face from acceptance on. That this does not hold is our bug.
3. A range that ever was is one of today, or was cut: then the cut names it.

The steps are the events of the transactions that told of the package, as the ledger keeps them. They come in pages, so
that a holder who moves a range to and fro ten thousand times hides nothing from those who hold it later. A package of
more ranges than the limit is listed, not traced: MalformedInput.
A node that began with a snapshot has the steps since, and the answer says so (`history_after_height`); of a range that
it does not know it cannot say that it never was (HistoryNotKept).
Not here: who may see what (the full chain is for the bank it is offered to, auditor, regulator and court).
"""

from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import Connection, select

from hefu.v1 import node_pb2
from hefu.v1 import receivables_pb2 as pb
from ledger.errors import InvariantViolation, MalformedInput
from ledger.store.paging import read_position, read_restored
from ledger.store.port import HistoryNotKept
from ledger.store.schema import blocks, transactions
from receivables.payments import compute_length
from receivables.queries import ACCEPTED_STAGES, is_range, read_package, read_ranges
from receivables.view_tables import package_transactions, voucher_rows
from receivables.views import decode_events

MAX_STEPS = 10_000
MAX_RANGES = 10_000
ROWS_AT_ONCE = 500

_P, _T, _B = package_transactions, transactions, blocks


def trace_voucher(connection: Connection, request: node_pb2.TraceVoucherRequest) -> node_pb2.VoucherTrace | None:
    """Every step that concerns a live, ended or cut range, oldest first; None where there never was such a range."""
    position = read_position(connection)
    ref = request.voucher
    package = read_package(connection, ref.package, position)
    if package is None:
        return None
    steps, next_index = _read_steps(
        connection, ref.package, request.after_index, lambda event: _is_concerned(ref, event)
    )
    history_after = _read_history_after(connection)
    if not (request.after_index or next_index or _is_known(connection, ref, steps)):
        if history_after:
            raise HistoryNotKept(
                f"there is no such range, and none was cut after block {history_after}, with which this node began"
            )
        return None
    return node_pb2.VoucherTrace(
        steps=steps, package=package, next_index=next_index, history_after_height=history_after
    )


def trace_package(connection: Connection, request: node_pb2.TracePackageRequest) -> node_pb2.PackageTrace | None:
    """All ranges of a package, sorted by start, and its steps, oldest first; None where there is no such package."""
    position = read_position(connection)
    package = read_package(connection, request.package, position)
    if package is None:
        return None
    vouchers = read_ranges(connection, request.package, position, MAX_RANGES + 1)
    if len(vouchers) > MAX_RANGES:
        raise MalformedInput(f"more than {MAX_RANGES} ranges: list them", "package")
    history_after = _read_history_after(connection)
    answer = node_pb2.PackageTrace(package=package, vouchers=vouchers, history_after_height=history_after)
    steps, answer.next_index = _read_steps(connection, request.package, request.after_index, lambda _: True)
    answer.steps.extend(steps)
    answer.sum_fen = sum(compute_length(view.voucher) for view in vouchers)
    if package.package.stage in ACCEPTED_STAGES:
        _check_partition(package.package.face_fen, vouchers)
    return answer


def _read_history_after(connection: Connection) -> int:
    """The block up to which no steps are here, 0 where all are."""
    restored = read_restored(connection)
    return 0 if restored is None else restored.height


def _is_concerned(ref: pb.VoucherRef, event: pb.VoucherEvent) -> bool:
    is_whole_package = event.voucher.start == event.voucher.end == 0
    return is_whole_package or _holds(event.voucher, ref) or _holds(event.parent, ref)


def _holds(holder: pb.VoucherRef, ref: pb.VoucherRef) -> bool:
    return 0 < holder.start <= ref.start and holder.end >= ref.end


def _is_known(connection: Connection, ref: pb.VoucherRef, steps: Sequence[node_pb2.TraceStep]) -> bool:
    """Whether the range ever was."""
    if any(ref in (step.event.voucher, step.event.parent) for step in steps):
        return True
    return connection.execute(select(voucher_rows.c.from_height).where(is_range(ref))).first() is not None


def _read_steps(
    connection: Connection, package: str, after: int, is_wanted: Callable[[pb.VoucherEvent], bool]
) -> tuple[list[node_pb2.TraceStep], int]:
    """A page of steps behind a log index, and the index to go on from; whole transactions, so a page may be longer."""
    steps: list[node_pb2.TraceStep] = []
    for step in _iterate_steps(connection, package, after):
        if len(steps) >= MAX_STEPS and step.index != steps[-1].index:
            return steps, steps[-1].index
        if is_wanted(step.event):
            steps.append(step)
    return steps, 0


def _iterate_steps(connection: Connection, package: str, after: int) -> Iterator[node_pb2.TraceStep]:
    """All steps of a package behind a log index, oldest first, some transactions at a time."""
    tables = _P.join(_T, _T.c.leaf_index == _P.c.leaf_index).join(_B, _B.c.height == _T.c.height)
    columns = (_T.c.leaf_index, _T.c.id, _T.c.height, _B.c.time_ms, _T.c.events)
    query = select(*columns).select_from(tables).where(_P.c.package == package).order_by(_P.c.leaf_index)
    last, is_more = after, True
    while is_more:
        rows = connection.execute(query.where(_P.c.leaf_index > last).limit(ROWS_AT_ONCE)).all()
        for last, identity, height, time_ms, events in rows:
            for kind, event in decode_events(events):
                if event.voucher.package == package:
                    place = {"height": height, "time_ms": time_ms, "transaction_id": identity, "index": last}
                    yield node_pb2.TraceStep(**place, kind=kind, event=event)
        is_more = len(rows) == ROWS_AT_ONCE


def _check_partition(face_fen: int, vouchers: Sequence[node_pb2.VoucherView]) -> None:
    """Each range begins where the one before it ended, the first at 1, and the last ends at the face."""
    next_start = 1
    for view in vouchers:
        if view.voucher.start != next_start:
            raise InvariantViolation(f"the ranges of {view.voucher.package} are no partition at {next_start}")
        next_start = view.voucher.end + 1
    if next_start != face_fen + 1:
        raise InvariantViolation(f"the ranges sum to {next_start - 1}, not to the face {face_fen}")
