"""What happened, in numbers: counted from the plans and the receipts, and held against the ledger's proven totals.

| number | comes from |
|---|---|
| offered, refused | what was submitted and what the receipts said |
| split, quoted, sold, pledged, disputed, frozen, prepaid, on time, late | the plans of those vouchers whose offer was not refused: every one of their commands was accepted, or the demo has failed |
| net | what holder and bank computed; the ledger holds only a salted commitment |
| blocked | days after the rolled due day on which something of an issuer was unpaid; overlapping ones are one time |
| wrongly judged | offers of which the receipt does not say what the file alone makes of them (lines) |
| face, live, paid; in use of the lines | the proven totals of all issuers; the proven lines of the sample's enterprises |
"""  # noqa: E501 - the rows of a table cannot be broken

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from examples.demo.drive import Record
from examples.demo.lines import forecast_refusals
from examples.demo.plan import CUT, LATE, ON_TIME, PREPAID, THREE_TIERS, TWO_TIERS, Financing, Plan
from examples.demo.steps import compute_terms
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
    lines: Sum = field(default_factory=Sum)
    lines_in_use_fen: int = 0  # proven, when everything is paid: reserved and used
    one_holder: Sum = field(default_factory=Sum)
    cut: Sum = field(default_factory=Sum)
    two_tiers: Sum = field(default_factory=Sum)
    three_tiers: Sum = field(default_factory=Sum)
    quoted: Sum = field(default_factory=Sum)  # rounds, of which each ended with a request
    quotes_sealed: int = 0
    quotes_void: int = 0
    quotes_gain_fen: int = 0  # net of the best quote over the dearest
    sold: Sum = field(default_factory=Sum)
    sold_with_recourse: int = 0
    sold_net_fen: int = 0
    pledged: Sum = field(default_factory=Sum)
    pledged_secured_fen: int = 0
    pledged_net_fen: int = 0
    disputed: Sum = field(default_factory=Sum)
    corrected: Sum = field(default_factory=Sum)
    frozen_pieces: Sum = field(default_factory=Sum)
    frozen_packages: Sum = field(default_factory=Sum)
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
    scenes_paid_fen: int = 0  # of what is paid; what is live belongs to the scenes altogether
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
        is_summed = self.face_fen == self.live_fen + self.paid_fen + self.ended_fen
        return is_counted and is_summed and not self.wrongly_judged and not self.lines_in_use_fen

    def to_plain(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def build_tally(plans: Sequence[Plan], record: Record) -> Tally:
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
            _count_life(tally, plan)
    _count_blocks(tally, issued)
    forecast = forecast_refusals(plans)
    refused = {package: found.reason for package, found in record.refused_packages.items()}
    tally.wrongly_judged = sum(forecast.get(plan.package) != refused.get(plan.package) for plan in plans)
    return tally


def add_totals(
    tally: Tally,
    totals: Sequence[pb.IssuerTotals],
    lines: Sequence[pb.Line],
    scenes_paid_fen: int,
    today: int,
    calendar: Calendar,
) -> None:
    """Take face, unpaid, lines and who is blocked still from the ledger's records. What scenes paid is paid too."""
    still_blocked = sum(is_blocked(found, today, GRACE_DAYS, calendar) for found in totals)
    tally.issuers_unblocked = tally.issuers_blocked - still_blocked
    tally.packages = sum(found.packages for found in totals)
    tally.face_fen = sum(found.face_fen for found in totals)
    tally.live_fen = sum(found.unpaid_fen for found in totals)
    tally.paid_fen += scenes_paid_fen
    tally.scenes_paid_fen = scenes_paid_fen
    for line in lines:
        tally.lines.add(line.limit_fen)
        tally.lines_in_use_fen += line.reserved_fen + line.used_fen


def _count_life(tally: Tally, plan: Plan) -> None:
    face = plan.receivable.amount_fen
    tally.issued.add(face)
    by_path = {CUT: tally.cut, TWO_TIERS: tally.two_tiers, THREE_TIERS: tally.three_tiers}
    by_path.get(plan.path, tally.one_holder).add(face)
    {PREPAID: tally.prepaid, ON_TIME: tally.on_time, LATE: tally.late}[plan.settlement].add(face)
    tally.in_two_parts += plan.half_paid_on > 0
    tally.paid_fen += face
    for financing in plan.financings:
        _count_financing(tally, plan, financing)
    if plan.dispute is not None:
        tally.disputed.add(face)
        if plan.dispute.is_corrected:
            tally.corrected.add(face)
    if plan.freeze is not None and plan.unsold is not None:
        if plan.freeze.is_of_package:
            tally.frozen_packages.add(face)
        else:
            tally.frozen_pieces.add(plan.unsold.length_fen)


def _count_financing(tally: Tally, plan: Plan, financing: Financing) -> None:
    length, net = financing.piece.length_fen, compute_terms(financing, financing.rate_ppm, plan).net_fen
    if financing.form == pb.PLEDGE:
        tally.pledged.add(length)
        tally.pledged_secured_fen += financing.secured_fen
        tally.pledged_net_fen += net
    else:
        tally.sold.add(length)
        tally.sold_with_recourse += financing.form == pb.SALE_WITH_RECOURSE
        tally.sold_net_fen += net
    if financing.quotes:
        tally.quoted.add(length)
        tally.quotes_sealed += len(financing.quotes)
        tally.quotes_void += len(financing.quotes) - 1
        dearest_ppm = max(quote.rate_ppm for quote in financing.quotes)
        tally.quotes_gain_fen += net - compute_terms(financing, dearest_ppm, plan).net_fen


def _count_blocks(tally: Tally, issued: Sequence[Plan]) -> None:
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
