"""What goes wrong with a receivable on its way: the sample says who disputed, and who was kept waiting how long.

1. What the sample calls disputed, its enterprise disputes some days after the last bank was paid, on every piece. That
   stops new financing; due day and payment stay.
2. Of these, one in four ends early: the seller takes the invoice back with a red letter 红冲, another invoice takes its
   place, and the dispute is over. The others are settled on the day of payment.
3. Who waits for twenty days after the due day has creditors of its own, and they go to court, which freezes the piece
   that no bank has. One order in three is on the whole package, entered by two service operators for the court. It is
   lifted on the morning on which the enterprise pays.

Days are drawn from the hash of the invoice's number, of which other bytes draw the path (plan).
"""

from dataclasses import dataclass

from examples.demo.sample import Receivable

FIRST_DAYS, SPREAD_DAYS = 3, 12
CORRECTED_IN, CORRECTED_AFTER_DAYS = 4, 5
LONG_OVERDUE_DAYS = 20
FROZEN_AFTER_DAYS = 12
PACKAGE_IN = 3


@dataclass(frozen=True, slots=True)
class Dispute:
    """Opened on one day and ended on another; `is_corrected`: by a red letter and another invoice in its place."""

    opened_on: int
    ended_on: int
    is_corrected: bool


@dataclass(frozen=True, slots=True)
class Freeze:
    """From one day to another an order of a court rests on the whole package, or on one piece that no bank has."""

    frozen_on: int
    lifted_on: int
    is_of_package: bool


def draw_dispute(row: Receivable, quiet_from: int, draws: bytes) -> Dispute | None:
    """The dispute of a receivable; none where it is paid too soon. `quiet_from`: nothing moves any more."""
    opened_on = max(quiet_from, row.issued_on + FIRST_DAYS + draws[14] % SPREAD_DAYS)
    if not row.is_disputed or opened_on >= row.settled_on:
        return None
    corrected_on = opened_on + CORRECTED_AFTER_DAYS
    is_corrected = draws[15] % CORRECTED_IN == 0 and corrected_on < row.settled_on
    return Dispute(opened_on, corrected_on if is_corrected else row.settled_on, is_corrected)


def draw_freeze(row: Receivable, rolled_due_on: int, has_unsold: bool, draws: bytes) -> Freeze | None:
    """The freeze of a receivable that was overdue for long, and of which somebody else than a bank holds a piece."""
    if not has_unsold or row.settled_on - rolled_due_on < LONG_OVERDUE_DAYS:
        return None
    return Freeze(rolled_due_on + FROZEN_AFTER_DAYS, row.settled_on, draws[16] % PACKAGE_IN == 0)
