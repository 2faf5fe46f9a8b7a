"""One voucher's life as the ledger tells it: the Trace service's steps, in the words of people."""

from collections.abc import Sequence
from dataclasses import dataclass

from examples.demo.cast import Cast
from examples.demo.plan import HELD, LATE, THREE_TIERS, Plan
from hefu.v1 import node_pb2 as node
from hefu.v1 import receivables_pb2 as pb
from identity.rules import compute_civil_day
from nodes.client import Client

DEEDS = {
    pb.ISSUE: ("offers to", "开立"),
    pb.ACCEPT_ISSUE: ("accepts from", "签收"),
    pb.SPLIT: ("cuts off", "拆分"),
    pb.TRANSFER: ("hands to", "转让"),
    pb.ACCEPT_TRANSFER: ("receives from", "转让签收"),
    pb.REQUEST_FINANCING: ("asks for money", "融资申请"),
    pb.TAKE_FINANCING: ("agrees with", "受理"),
    pb.REGISTER_FINANCING: ("registers for", "中登网登记"),
    pb.PAY_OUT: ("pays out to", "放款"),
    pb.RELEASE: ("releases to", "解押"),
    pb.PREPAY: ("prepays", "提前兑付"),
    pb.PAY_VOUCHER: ("pays", "兑付"),
    pb.PAY_PACKAGE: ("pays, for", "整包兑付"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One step: civil day, who did what to whom, with which part."""

    day: int
    actor: str
    english: str
    chinese: str
    other: str
    fen: int
    part: str


def choose(plans: Sequence[Plan], refused: Sequence[str]) -> Plan:
    """The liveliest: over three tiers and late if there is one, else the one with the most pieces and money."""
    alive = [plan for plan in plans if plan.package not in refused]
    return max(alive, key=_rate)


def _rate(plan: Plan) -> tuple[bool, bool, bool, int, str]:
    is_best = plan.path == THREE_TIERS and plan.settlement == LATE
    return is_best, plan.path != HELD, bool(plan.half_paid_on), len(plan.pieces), plan.package


def tell(client: Client, package: str, cast: Cast) -> tuple[list[Line], node.PackageTrace]:
    """The steps of a package, oldest first, and the trace they come from."""
    trace = client.ask(client.vouchers.TracePackage, node.TracePackageRequest(package=package))
    return [_describe(step, trace.package.package.face_fen, cast) for step in trace.steps], trace


def _describe(step: node.TraceStep, face_fen: int, cast: Cast) -> Line:
    event = step.event
    english, chinese = DEEDS.get(step.kind, ("", ""))
    whole = not event.voucher.end or (event.voucher.start, event.voucher.end) == (1, face_fen)
    return Line(
        day=compute_civil_day(step.time_ms),
        actor=_name(event.actor, cast),
        english=english,
        chinese=chinese,
        other=_name(event.counterparty, cast),
        fen=event.amount_fen,
        part="whole 整张" if whole else f"{event.voucher.start:,}–{event.voucher.end:,}",
    )


def _name(organisation: str, cast: Cast) -> str:
    found = cast.by_id.get(organisation)
    return found.english if found is not None else organisation
