"""Where a voucher comes from, and what became of a package.

1. What concerns a range: what happened to its package as a whole, to the range itself, and to each range that held it
   before a cut; also the cuts that left it over. Ranges never overlap, so "holds it" is a comparison of ends.
2. The live and ended ranges of a package partition its face from acceptance on. That this does not hold is our bug.

The work is bounded: a trace that would pass the limits is MalformedInput; the lists have pages.
Not here: who may see what (the full chain is for the bank it is offered to, auditor, regulator and court).
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select

from hefu.v1 import node_pb2
from hefu.v1 import receivables_pb2 as pb
from ledger.errors import InvariantViolation, MalformedInput
from ledger.store.paging import Position, read_position
from receivables.payments import compute_length
from receivables.queries import OWING_STAGES, read_package, read_ranges
from receivables.view_tables import voucher_events, voucher_rows

MAX_STEPS = 10_000
MAX_RANGES = 10_000

_E, _V = voucher_events, voucher_rows


def trace_voucher(connection: Connection, request: node_pb2.TraceVoucherRequest) -> node_pb2.VoucherTrace | None:
    """Every step that concerns a live, ended or cut range, oldest first; None where there never was such a range."""
    position = read_position(connection)
    ref = request.voucher
    package = read_package(connection, ref.package, position)
    if package is None:
        return None
    whole = and_(_E.c.range_start == 0, _E.c.range_end == 0)
    concerned = or_(
        whole, _holds(_E.c.range_start, _E.c.range_end, ref), _holds(_E.c.parent_start, _E.c.parent_end, ref)
    )
    steps = _read_steps(connection, ref.package, position, concerned)
    if not _is_known(connection, ref, steps):
        return None
    return node_pb2.VoucherTrace(steps=steps, package=package)


def trace_package(connection: Connection, request: node_pb2.TracePackageRequest) -> node_pb2.PackageTrace | None:
    """All ranges of a package, sorted by start, and its steps, oldest first; None where there is no such package."""
    position = read_position(connection)
    package = read_package(connection, request.package, position)
    if package is None:
        return None
    vouchers = read_ranges(connection, request.package, position, MAX_RANGES + 1)
    if len(vouchers) > MAX_RANGES:
        raise MalformedInput(f"more than {MAX_RANGES} ranges: list them", "package")
    answer = node_pb2.PackageTrace(package=package, vouchers=vouchers)
    answer.steps.extend(_read_steps(connection, request.package, position))
    answer.sum_fen = sum(compute_length(view.voucher) for view in vouchers)
    if package.package.stage in OWING_STAGES:
        _check_partition(package.package.face_fen, vouchers)
    return answer


def _holds(start: ColumnElement[int], end: ColumnElement[int], ref: pb.VoucherRef) -> ColumnElement[bool]:
    return and_(start <= ref.start, end >= ref.end, start > 0)


def _is_known(connection: Connection, ref: pb.VoucherRef, steps: Sequence[node_pb2.TraceStep]) -> bool:
    """Whether the range ever was; one that was made and cut within a block stands in the steps alone."""
    if any(ref in (step.event.voucher, step.event.parent) for step in steps):
        return True
    same = and_(_V.c.package == ref.package, _V.c.range_start == ref.start, _V.c.range_end == ref.end)
    return connection.execute(select(_V.c.from_height).where(same).limit(1)).first() is not None


def _read_steps(
    connection: Connection, package: str, position: Position, *filters: ColumnElement[bool]
) -> list[node_pb2.TraceStep]:
    query = select(_E).where(_E.c.package == package, _E.c.height <= position.height, *filters)
    rows = connection.execute(query.order_by(_E.c.leaf_index, _E.c.ordinal).limit(MAX_STEPS + 1)).all()
    if len(rows) > MAX_STEPS:
        raise MalformedInput(f"more than {MAX_STEPS} steps", "package")
    return [_render_step(row) for row in rows]


def _render_step(row: Row[Any]) -> node_pb2.TraceStep:
    step = node_pb2.TraceStep(
        height=row.height, time_ms=row.time_ms, transaction_id=row.transaction_id, index=row.leaf_index, kind=row.kind
    )
    step.event.MergeFromString(row.event)
    return step


def _check_partition(face_fen: int, vouchers: Sequence[node_pb2.VoucherView]) -> None:
    """Each range begins where the one before it ended, the first at 1, and the last ends at the face."""
    next_start = 1
    for view in vouchers:
        if view.voucher.start != next_start:
            raise InvariantViolation(f"the ranges of {view.voucher.package} are no partition at {next_start}")
        next_start = view.voucher.end + 1
    if next_start != face_fen + 1:
        raise InvariantViolation(f"the ranges sum to {next_start - 1}, not to the face {face_fen}")
