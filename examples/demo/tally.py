"""What happened, in numbers: counted from the plans and the receipts, and held against the ledger's proven totals.

| number | comes from |
|---|---|
| offered, refused | what was submitted and what the receipts said |
| split, sold, pledged, prepaid, on time, late | the plans of those vouchers whose offer was not refused: every one of their commands was accepted, or the demo has failed |
| net | what holder and bank computed; the ledger holds only a salted commitment |
| blocked | days after the rolled due day on which something of an issuer was unpaid; overlapping ones are one time |
| face, live, paid | the proven totals of all issuers |
"""  # noqa: E501 - the rows of a table cannot be broken

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from examples.demo.cast import Cast
from examples.demo.drive import Record
from examples.demo.plan import CUT, LATE, ON_TIME, PREPAID, THREE_TIERS, TWO_TIERS, Plan
from examples.demo.steps import compute_net_fen
from hefu.v1 import receivables_pb2 as pb
from receivables.days import Calendar
from receivables.totals import is_blocked

GRACE_DAYS = 0


@dataclass(slots=True)
class Sum:
    """How many, and how much (分)."""

    count: int = 0
    fen: int = 0

    def add(self, fen: int) -> None:
        """One more."""
        self.count += 1
        self.fen += fen


@dataclass(slots=True)
class Tally:
    """The closing figures. Amounts are 分."""

    offered: Sum = field(default_factory=Sum)
    issued: Sum = field(default_factory=Sum)
    refused: dict[str, Sum] = field(default_factory=dict)  # "380 ISSUER_BLOCKED" → how many
    one_holder: Sum = field(default_factory=Sum)
    cut: Sum = field(default_factory=Sum)
    two_tiers: Sum = field(default_factory=Sum)
    three_tiers: Sum = field(default_factory=Sum)
    sold: Sum = field(default_factory=Sum)
    sold_with_recourse: int = 0
    sold_net_fen: int = 0
    pledged: Sum = field(default_factory=Sum)
    pledged_secured_fen: int = 0
    pledged_net_fen: int = 0
    prepaid: Sum = field(default_factory=Sum)
    on_time: Sum = field(default_factory=Sum)
    late: Sum = field(default_factory=Sum)
    in_two_parts: int = 0
    early_in_file: int = 0
    issuers_blocked: int = 0
    times_blocked: int = 0
    issuers_unblocked: int = 0
    wrongly_judged: int = 0  # offers refused while nothing was overdue, or taken while something was
    face_fen: int = 0  # of all packages that were ever accepted, from here on: proven totals
    live_fen: int = 0
    paid_fen: int = 0
    ended_fen: int = 0
    packages: int = 0
    operations: int = 0
    signatures: int = 0
    seconds: float = 0.0  # from the first command submitted to the last answered

    @property
    def is_balanced(self) -> bool:
        """Whether what the demo paid and the ledger's proven totals agree, and every offer has one end."""
        ends = self.prepaid.count + self.on_time.count + self.late.count
        refused = sum(found.count for found in self.refused.values())
        is_counted = self.offered.count == self.issued.count + refused and self.issued.count == ends
        return (
            is_counted and not self.wrongly_judged and self.face_fen == self.live_fen + self.paid_fen + self.ended_fen
        )

    def to_plain(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def build_tally(plans: Sequence[Plan], record: Record, cast: Cast) -> Tally:
    """Count everything but the totals, which `add_totals` takes from the ledger."""
    tally = Tally(operations=record.operations, signatures=record.signatures, seconds=record.seconds)
    issued = []
    for plan in plans:
        face = plan.receivable.amount_fen
        tally.offered.add(face)
        tally.early_in_file += plan.receivable.settled_on < plan.receivable.due_on
        if plan.package in record.refused_packages:
            reason = record.refused_packages[plan.package].reason
            tally.refused.setdefault(reason, Sum()).add(face)
        else:
            issued.append(plan)
            _count_life(tally, plan, cast)
    _count_blocks(tally, issued, plans, record)
    return tally


def add_totals(tally: Tally, totals: Sequence[pb.IssuerTotals], today: int, calendar: Calendar) -> None:
    """Take face, unpaid and who is blocked still from the ledger's records. Nothing but payment ends a range yet."""
    still_blocked = sum(is_blocked(found, today, GRACE_DAYS, calendar) for found in totals)
    tally.issuers_unblocked = tally.issuers_blocked - still_blocked
    tally.packages = sum(found.packages for found in totals)
    tally.face_fen = sum(found.face_fen for found in totals)
    tally.live_fen = sum(found.unpaid_fen for found in totals)


def _count_life(tally: Tally, plan: Plan, cast: Cast) -> None:
    face = plan.receivable.amount_fen
    tally.issued.add(face)
    by_path = {CUT: tally.cut, TWO_TIERS: tally.two_tiers, THREE_TIERS: tally.three_tiers}
    by_path.get(plan.path, tally.one_holder).add(face)
    {PREPAID: tally.prepaid, ON_TIME: tally.on_time, LATE: tally.late}[plan.settlement].add(face)
    tally.in_two_parts += plan.half_paid_on > 0
    tally.paid_fen += face
    for financing in plan.financings:
        length, net = financing.piece.length_fen, compute_net_fen(financing, plan, cast)
        if financing.form == pb.PLEDGE:
            tally.pledged.add(length)
            tally.pledged_secured_fen += financing.secured_fen
            tally.pledged_net_fen += net
        else:
            tally.sold.add(length)
            tally.sold_with_recourse += financing.form == pb.SALE_WITH_RECOURSE
            tally.sold_net_fen += net


def _count_blocks(tally: Tally, issued: Sequence[Plan], plans: Sequence[Plan], record: Record) -> None:
    """An issuer is blocked from the day after the rolled due day until the morning on which the last of it is paid."""
    spans: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for plan in issued:
        if plan.settlement == LATE:
            spans[plan.issuer.id].append((plan.rolled_due_on + 1, plan.receivable.settled_on))
    for found in spans.values():
        free_on = -1
        for first, last in sorted(found):
            tally.times_blocked += first > free_on
            free_on = max(free_on, last)
    tally.issuers_blocked = len(spans)
    for plan in plans:
        day = plan.receivable.issued_on
        is_blocked_then = any(first <= day < last for first, last in spans[plan.issuer.id])
        tally.wrongly_judged += is_blocked_then != (plan.package in record.refused_packages)
