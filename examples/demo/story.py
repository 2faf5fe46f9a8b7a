"""One voucher's life as the ledger tells it: the Trace service's steps, in the words of people."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from examples.demo.cast import Cast
from examples.demo.plan import CUT, LATE, THREE_TIERS, TWO_TIERS, Plan
from hefu.v1 import node_pb2 as node
from hefu.v1 import receivables_pb2 as pb
from identity.rules import compute_civil_day
from nodes.client import Client

TIERS = (TWO_TIERS, THREE_TIERS)
DEEDS: dict[int, tuple[str, str]] = {
    pb.ISSUE: ("offers to", "开立"),
    pb.ACCEPT_ISSUE: ("accepts from", "签收"),
    pb.SPLIT: ("cuts", "拆分"),
    pb.TRANSFER: ("hands to", "转让"),
    pb.ACCEPT_TRANSFER: ("receives from", "签收"),
    pb.ASK_QUOTES: ("asks banks about", "询价"),
    pb.GIVE_QUOTE: ("seals terms for", "密封报价"),
    pb.REQUEST_FINANCING: ("asks money of", "申请"),
    pb.TAKE_FINANCING: ("agrees with", "受理"),
    pb.REGISTER_FINANCING: ("registers for", "登记"),
    pb.PAY_OUT: ("pays out to", "放款"),
    pb.RELEASE: ("releases to", "解押"),
    pb.DISPUTE: ("disputes", "争议"),
    pb.RESOLVE_DISPUTE: ("ends dispute", "争议解除"),
    pb.RED_LETTER: ("takes back invoice", "红冲"),
    pb.SUBSTITUTE_EVIDENCE: ("new invoice with", "换票"),
    pb.FREEZE: ("freezes that of", "冻结"),
    pb.UNFREEZE: ("frees that of", "解冻"),
    pb.FREEZE_PACKAGE: ("freezes all", "整包冻结"),
    pb.UNFREEZE_PACKAGE: ("frees all", "整包解冻"),
    pb.PREPAY: ("prepays", "提前兑付"),
    pb.PAY_VOUCHER: ("pays", "兑付"),
    pb.PAY_PACKAGE: ("pays for", "整包兑付"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One step: civil day, who did what to whom, with how much of which parts."""

    day: int
    actor: str
    english: str
    chinese: str
    other: str
    fen: int
    parts: str


@dataclass(frozen=True, slots=True)
class Part:
    """A range as it is at the end: its letter, its ends, and who holds it."""

    letter: str
    start: int
    end: int
    holder: str


@dataclass(frozen=True, slots=True)
class Story:
    """A package's life."""

    package: str
    face_fen: int
    due_on: int
    rolled_due_on: int
    parts: tuple[Part, ...]
    lines: tuple[Line, ...]
    sum_fen: int


def choose(plans: Sequence[Plan], refused: Collection[str]) -> list[Plan]:
    """The liveliest of what was issued: one that a court froze while it was late, one whose invoice was replaced."""
    issued = [plan for plan in plans if plan.package not in refused]
    best = {max(issued, key=rate).package for rate in (_rate_freeze, _rate_dispute)}
    return [plan for plan in issued if plan.package in best]


def _rate_freeze(plan: Plan) -> tuple[bool, bool, bool, bool, bool, int, str]:
    """Over tiers, paid part by part, a part of it frozen, late, on a due day that rolls."""
    is_frozen = plan.freeze is not None and not plan.freeze.is_of_package
    is_rolled = plan.rolled_due_on > plan.receivable.due_on
    is_late = plan.settlement == LATE
    parts = len(plan.pieces)
    return plan.path in TIERS, not plan.half_paid_on, is_frozen, is_late, is_rolled, parts, plan.package


def _rate_dispute(plan: Plan) -> tuple[bool, bool, bool, int, str]:
    """Disputed until its invoice was replaced, paid part by part; rather after a bank has lent on a part of it."""
    is_corrected = plan.dispute is not None and plan.dispute.is_corrected
    is_lent_on = plan.path == CUT
    return is_corrected, not plan.half_paid_on, is_lent_on, len(plan.pieces), plan.package


def tell(client: Client, plan: Plan, cast: Cast) -> Story:
    """A package's steps, oldest first, as the node's Trace service has them."""
    trace = client.ask(client.vouchers.TracePackage, node.TracePackageRequest(package=plan.package))
    parts = tuple(
        Part(chr(ord("A") + place), view.voucher.start, view.voucher.end, _name(view.state.holder, cast))
        for place, view in enumerate(trace.vouchers)
    )
    package = trace.package.package
    lines = tuple(_describe(step, parts, cast) for step in trace.steps)
    return Story(plan.package, package.face_fen, package.due_on, plan.rolled_due_on, parts, lines, trace.sum_fen)


def _describe(step: node.TraceStep, parts: Sequence[Part], cast: Cast) -> Line:
    event = step.event
    english, chinese = DEEDS.get(step.kind, (f"kind {step.kind}", ""))
    start, end = event.voucher.start, event.voucher.end or parts[-1].end
    inside = [part.letter for part in parts if start <= part.start and part.end <= end]
    return Line(
        day=compute_civil_day(step.time_ms),
        actor=_name(event.actor, cast),
        english=english,
        chinese=chinese,
        other=_name(event.counterparty, cast),
        fen=event.amount_fen,
        parts="+".join(inside),
    )


def _name(organisation: str, cast: Cast) -> str:
    found = cast.by_id.get(organisation)
    return found.english if found is not None else organisation
