"""`hefu voucher`: confirm-paid, fail, object, answer, withdraw-objection, hand-over, restore-line.

What is said of a payment after it, and of a line of the clearing list that was not paid. The list itself: reading.
"""

from enum import StrEnum
from typing import Annotated

import typer

from hefu.v1 import receivables_pb2 as pb
from nodes.cli import options
from nodes.cli.commitments import commit
from nodes.cli.payment import Payees, Payment, find_payees, get_package, get_voucher
from nodes.cli.session import Session
from nodes.cli.values import parse_fen, parse_voucher
from nodes.cli.voucher import RANGE
from nodes.cli.writing import writes
from nodes.client.builder import Draft


class Why(StrEnum):
    """Why a line failed."""

    FUNDS_LACKING = "funds-lacking"
    ACCOUNT_REFUSED = "account-refused"
    OTHER_FAILURE = "other"


Evidence = Annotated[
    str, typer.Option("--evidence", metavar="FILE|HEX", help="The evidence: a document, or a commitment to it.")
]


@writes
def confirm_paid(
    session: Session, voucher: options.VoucherArgument, payment: Payment, amount: options.OptionalAmount = None
) -> Draft:
    """Confirm a payment made outside 线下兑付确认; without --amount of all that is owed. The holder acts.

    A pledgee signs too.
    """
    ref = parse_voucher(voucher)
    view = get_voucher(session, ref)
    payload = pb.ConfirmPaid(
        voucher=ref,
        amount_fen=view.owed_fen if amount is None else parse_fen(amount),
        payment_commitment=commit(payment),
    )
    pledgee = view.claim.pledgee
    return session.draft(payload, (pledgee,) if pledgee and pledgee != session.actor else ())


@writes
def fail(
    session: Session,
    voucher: options.VoucherArgument,
    reason: Annotated[Why, typer.Option("--reason", help="Why it failed.")],
) -> Draft:
    """Say that a line of the clearing list failed 清算失败; it stays owed. The paying bank acts."""
    return session.draft(pb.FailLine(voucher=parse_voucher(voucher), reason=reason.name))


@writes
def object_payment(
    session: Session, voucher: options.VoucherArgument, amount: options.Amount, evidence: Evidence
) -> Draft:
    """Object 未收款异议 that a payment has not arrived. Holder or pledgee acts, within the rulebook's days."""
    payload = pb.ObjectPayment(voucher=parse_voucher(voucher), amount_fen=parse_fen(amount), evidence=commit(evidence))
    return session.draft(payload)


@writes
def answer(
    session: Session,
    voucher: options.VoucherArgument,
    evidence: Annotated[
        str | None, typer.Option("--evidence", metavar="FILE|HEX", help="That it was paid; without it, you admit.")
    ] = None,
) -> Draft:
    """Answer an objection 异议答复: with evidence, or admit, and the amount is owed again. The paying bank acts."""
    return session.draft(
        pb.AnswerObjection(voucher=parse_voucher(voucher), answer=b"" if evidence is None else commit(evidence))
    )


@writes
def withdraw_objection(session: Session, voucher: options.VoucherArgument) -> Draft:
    """Withdraw an objection 异议撤回. Whoever objected acts."""
    return session.draft(pb.WithdrawObjection(voucher=parse_voucher(voucher)))


@writes
def hand_over(session: Session, voucher: options.VoucherArgument, payment: Payment, payee: Payees = None) -> Draft:
    """Pay out 解冻后划付 all that was kept while a range was frozen. The paying bank acts."""
    ref = parse_voucher(voucher)
    view, package = get_voucher(session, ref), get_package(session, ref.package)
    payload = pb.HandOver(
        voucher=ref,
        payees=find_payees(session, package, view, view.state.kept_fen, payee),
        payment_commitment=commit(payment),
    )
    return session.draft(payload)


@writes
def restore_line(session: Session, voucher: options.VoucherArgument) -> Draft:
    """Take back of your line 额度恢复 what payments of the whole package repaid. The bank whose line it is acts."""
    return session.draft(pb.RestoreLine(voucher=parse_voucher(voucher)))


def add_to(group: typer.Typer) -> None:
    """Hang the commands into `hefu voucher`."""
    group.command("confirm-paid", epilog=f"Example: hefu voucher confirm-paid {RANGE} --payment paid.pdf --key k.json")(
        confirm_paid
    )
    group.command("fail", epilog=f"Example: hefu voucher fail {RANGE} --reason funds-lacking --key bank.json")(fail)
    group.command(
        "object",
        epilog=f"Example: hefu voucher object {RANGE} --amount 500000.00 --evidence statement.pdf --key k.json",
    )(object_payment)
    group.command(
        "answer", epilog=f"Example: hefu voucher answer {RANGE} --evidence receipt.pdf --key bank.json; to admit: none"
    )(answer)
    group.command("withdraw-objection", epilog=f"Example: hefu voucher withdraw-objection {RANGE} --key k.json")(
        withdraw_objection
    )
    group.command("hand-over", epilog=f"Example: hefu voucher hand-over {RANGE} --payment paid.pdf --key bank.json")(
        hand_over
    )
    group.command("restore-line", epilog=f"Example: hefu voucher restore-line {RANGE} --key bank.json")(restore_line)
