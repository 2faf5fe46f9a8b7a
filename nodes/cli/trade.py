"""`hefu voucher trade`: offer, confirm, refuse: a range passes when buyer and seller have both confirmed a trade."""

from typing import Annotated

import typer

from hefu.v1 import receivables_pb2 as pb
from nodes.cli import options
from nodes.cli.commitments import commit
from nodes.cli.session import Session
from nodes.cli.values import parse_organisation, parse_voucher
from nodes.cli.voucher import RANGE, amount_of
from nodes.cli.writing import writes
from nodes.client.builder import Draft

app = typer.Typer(no_args_is_help=True, help="Conditional transfer 见证支付: offer, confirm, refuse.")

Trade = Annotated[
    str, typer.Option("--trade", metavar="FILE|HEX", help="The trade: its document with its opening, or a commitment.")
]


@app.command(
    "offer",
    epilog=f"Example: hefu voucher trade offer {RANGE} --amount 2500.00 --seller 9133… --trade order.pdf --key k.json",
)
@writes
def offer(
    session: Session,
    voucher: options.VoucherArgument,
    seller: Annotated[str, typer.Option("--seller", metavar="ORG", help="Who holds it once both have confirmed.")],
    trade: Trade,
    buyer: Annotated[str | None, typer.Option("--buyer", metavar="ORG", help="Without it, the holder.")] = None,
    amount: options.OptionalAmount = None,
    answer_by: options.AnswerBy = "72h",
) -> Draft:
    """Lock 见证支付 a range, or the first part of it, until buyer and seller confirm. The holder acts."""
    ref = parse_voucher(voucher)
    payload = pb.ConditionalTransfer(
        voucher=ref,
        amount_fen=amount_of(ref, amount),
        buyer=session.actor if buyer is None else parse_organisation(buyer),
        seller=parse_organisation(seller),
        trade_commitment=commit(trade),
        answer_by_ms=session.deadline(answer_by),
    )
    return session.draft(payload)


@app.command("confirm", epilog=f"Example: hefu voucher trade confirm {RANGE} --trade order.pdf --key k.json")
@writes
def confirm(session: Session, voucher: options.VoucherArgument, trade: Trade) -> Draft:
    """Confirm 交易确认 the trade. Buyer and seller each say it once; the holder too, where it is the buyer."""
    return session.draft(pb.ConfirmTrade(voucher=parse_voucher(voucher), trade_commitment=commit(trade)))


@app.command("refuse", epilog=f"Example: hefu voucher trade refuse {RANGE} --key k.json")
@writes
def refuse(session: Session, voucher: options.VoucherArgument) -> Draft:
    """Give the trade up 交易终止: the seller at any time, the holder until the seller has confirmed."""
    return session.draft(pb.RefuseTrade(voucher=parse_voucher(voucher)))
