"""Which holds are due: what a request that nobody answered still occupies, and may now be freed.

Only issues leave such holds, so a due one names its package. The rows are kept by views.
"""

from typing import Any

from sqlalchemy import Connection, Select, select

from receivables.records import PACKAGE_PREFIX
from receivables.view_tables import hold_rows


def list_due_packages(connection: Connection, now_ms: int, limit: int) -> list[str]:
    """The packages, longest due first, that a LapseIssue in a block of time `now_ms` (ms) frees; at most `limit`."""
    query = _select_due(now_ms, limit)
    return [what.removeprefix(PACKAGE_PREFIX) for what in connection.execute(query).scalars()]


def _select_due(now_ms: int, limit: int) -> Select[tuple[Any]]:
    return (
        select(hold_rows.c.what)
        .where(hold_rows.c.at_ms <= now_ms, hold_rows.c.what.startswith(PACKAGE_PREFIX, autoescape=True))
        .order_by(hold_rows.c.at_ms, hold_rows.c.hold)
        .limit(limit)
    )
