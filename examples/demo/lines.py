"""Lines 额度: each enterprise has one of 300 000 yuan from a bank, and offers under it. It revolves.

| what happens | of the line |
|---|---|
| an offer | reserves its face |
| its acceptance | turns what is reserved into used |
| a payment, half of it or all | gives back as much |

So what the ledger must refuse follows from the file alone, and is computed here, naively, before anything runs: an
offer of an enterprise that owes something overdue, then one beyond what is left of the line. Nothing that was planned
for an offer happens when it is refused.
"""

from collections import defaultdict
from collections.abc import Sequence

from examples.demo.cast import Cast, Member
from examples.demo.plan import LATE, Plan
from examples.demo.steps import ANSWER, Step, build_step
from hefu.v1 import receivables_pb2 as pb
from receivables.rejections import ISSUER_BLOCKED, LINE_EXHAUSTED

LINE_FEN = 30_000_000
LINE_NUMBER = "OPEN-{}"
AFTERWARDS_DAYS = 60


def compute_line(cast: Cast, issuer: Member) -> str:
    """The id of an enterprise's line: `<bank>.<number>`."""
    return f"{_get_bank(cast, issuer).id}.{LINE_NUMBER.format(issuer.id)}"


def write_grants(cast: Cast, first_day: int, last_day: int) -> list[Step]:
    """The banks grant every enterprise its line on the first day, until some time after the last."""
    steps = []
    for issuer in cast.enterprises.values():
        grant = pb.GrantLine(
            number=LINE_NUMBER.format(issuer.id),
            holder=issuer.id,
            purpose=pb.ISSUING,
            limit_fen=LINE_FEN,
            revolving=True,
            last_on=last_day + AFTERWARDS_DAYS,
        )
        steps.append(build_step(first_day, ANSWER, "", [_get_bank(cast, issuer)], grant))
    return steps


def _get_bank(cast: Cast, issuer: Member) -> Member:
    place = list(cast.by_id).index(issuer.id)
    return cast.banks[place % len(cast.banks)]


def forecast_refusals(plans: Sequence[Plan]) -> dict[str, str]:
    """Package → "380 ISSUER_BLOCKED" or "383 LINE_EXHAUSTED", of every offer that the ledger must refuse."""
    issued: dict[str, list[Plan]] = defaultdict(list)
    refused = {}
    for plan in sorted(plans, key=lambda plan: plan.receivable.issued_on):  # offers of one day stay in their order
        day, others = plan.receivable.issued_on, issued[plan.issuer.id]
        if any(_is_overdue(other, day) for other in others):
            refused[plan.package] = f"{ISSUER_BLOCKED.code} {ISSUER_BLOCKED.name}"
        elif sum(_compute_unpaid(other, day) for other in others) + plan.receivable.amount_fen > LINE_FEN:
            refused[plan.package] = f"{LINE_EXHAUSTED.code} {LINE_EXHAUSTED.name}"
        else:
            others.append(plan)
    return refused


def _is_overdue(plan: Plan, day: int) -> bool:
    return plan.settlement == LATE and plan.rolled_due_on < day < plan.receivable.settled_on


def _compute_unpaid(plan: Plan, day: int) -> int:
    """What is unpaid when the offers of a day are made: a day's payments come first, but what is paid at once."""
    row = plan.receivable
    if row.settled_on < day or row.issued_on < row.settled_on == day:
        return 0
    is_half_paid = 0 < plan.half_paid_on <= day
    return row.amount_fen - row.amount_fen // 2 if is_half_paid else row.amount_fen
