"""Disputes, red letters and freezes of a plan, as commands.

What ends one stands in the part of the day in which payments are made, before them.
"""

from collections.abc import Iterator, Sequence

from examples.demo.cast import Cast, Member
from examples.demo.plan import Plan
from examples.demo.steps import ANSWER, PAY, Step, build_ref, build_step, commit
from hefu.v1 import pledges_pb2
from hefu.v1 import receivables_pb2 as pb


def write_dispute(
    plan: Plan, supplier: Member, use: pledges_pb2.InvoiceUse, corrected: pledges_pb2.InvoiceUse
) -> Iterator[Step]:
    """The enterprise disputes every piece; where the invoice was wrong, another takes its place; then it is over."""
    dispute = plan.dispute
    if dispute is None:
        return
    refs = [build_ref(plan, piece) for piece in plan.pieces]
    for ref in refs:
        opened = pb.OpenDispute(voucher=ref, evidence=commit("what the enterprise complains of"))
        yield build_step(dispute.opened_on, ANSWER, plan.package, [plan.issuer], opened)
    if dispute.is_corrected:
        yield from _correct(plan, dispute.ended_on, supplier, use, corrected)
    for ref in refs:
        resolved = pb.ResolveDispute(voucher=ref, evidence=commit("what was agreed"))
        part = ANSWER if dispute.is_corrected else PAY
        yield build_step(dispute.ended_on, part, plan.package, [plan.issuer], resolved)


def _correct(
    plan: Plan, day: int, supplier: Member, use: pledges_pb2.InvoiceUse, corrected: pledges_pb2.InvoiceUse
) -> Iterator[Step]:
    told = pb.RedLetter(
        voucher=build_ref(plan, plan.pieces[0]),
        fingerprint=use.fingerprint,
        red_lettered_fen=use.amount_fen,
        evidence=commit("red letter"),
    )
    yield build_step(day, ANSWER, plan.package, [supplier], told)
    replaced = pb.SubstituteEvidence(
        package=plan.package,
        fingerprint=use.fingerprint,
        replacements=[corrected],
        evidence=commit("the invoice that was issued anew"),
    )
    yield build_step(day, ANSWER, plan.package, [plan.issuer, supplier], replaced)


def write_freeze(cast: Cast, plan: Plan) -> Iterator[Step]:
    """The court freezes the unsold piece, or two service operators the package for it; and lifts it again."""
    freeze, piece = plan.freeze, plan.unsold
    if freeze is None or piece is None:
        return
    order, ending = commit("order of the court"), commit("order that lifts it")
    ref = build_ref(plan, piece)
    if freeze.is_of_package:
        who: Sequence[Member] = cast.operators
        frozen = pb.FreezePackage(package=plan.package, order=order)
        lifted = pb.UnfreezePackage(package=plan.package, order=order, ending_order=ending)
        yield build_step(freeze.frozen_on, ANSWER, plan.package, who, frozen)
        yield build_step(freeze.lifted_on, PAY, plan.package, who, lifted)
    else:
        resting = pb.FreezeVoucher(voucher=ref, order=order)
        ended = pb.UnfreezeVoucher(voucher=ref, order=order, ending_order=ending)
        yield build_step(freeze.frozen_on, ANSWER, plan.package, [cast.court], resting)
        yield build_step(freeze.lifted_on, PAY, plan.package, [cast.court], ended)
