"""`hefu voucher basket`: transfer, accept, refuse, withdraw: one amount out of several ranges, all of them or none."""

from typing import Annotated

import typer

from hefu.v1 import receivables_pb2 as pb
from nodes.cli import options
from nodes.cli.commitments import commit
from nodes.cli.session import Session
from nodes.cli.values import parse_organisation, parse_voucher
from nodes.cli.voucher import PACKAGE, RANGE, amount_of
from nodes.cli.writing import writes
from nodes.client.builder import Draft

app = typer.Typer(no_args_is_help=True, help="Baskets 组合转让: transfer, accept, refuse, withdraw several at once.")
SECOND_RANGE = f"{PACKAGE[:-1]}2/1-50000000"

Items = Annotated[
    list[str], typer.Argument(metavar="VOUCHER[:YUAN]…", help="2 to 16 ranges; with :YUAN a first part of one.")
]
Pieces = Annotated[list[str], typer.Argument(metavar="VOUCHER…", help="All ranges of the basket, as they are locked.")]


@app.command(
    "transfer",
    epilog=f"Example: hefu voucher basket transfer {RANGE} {SECOND_RANGE}:250000.00 --to 9133… --trade delivery.pdf "
    "--key k.json",
)
@writes
def transfer(
    session: Session,
    items: Items,
    receiver: Annotated[str, typer.Option("--to", "--receiver", metavar="ORG", help="Who receives them.")],
    trade: Annotated[
        str, typer.Option("--trade", metavar="FILE|HEX", help="The trade behind it: a document, or a commitment.")
    ],
    answer_by: options.AnswerBy = "72h",
) -> Draft:
    """Offer 组合转让 several ranges, or first parts of them, to one receiver. The holder acts."""
    found = sorted(map(_parse_item, items), key=lambda item: _place(item.voucher))
    payload = pb.TransferBasket(
        items=found,
        receiver=parse_organisation(receiver),
        trade_commitment=commit(trade),
        answer_by_ms=session.deadline(answer_by),
    )
    return session.draft(payload)


@app.command("accept", epilog=f"Example: hefu voucher basket accept {RANGE} {SECOND_RANGE} --key k.json")
@writes
def accept(session: Session, vouchers: Pieces) -> Draft:
    """Accept 组合签收 a basket. The receiver acts, and names all ranges of it."""
    return session.draft(pb.AcceptBasket(vouchers=_parse_pieces(vouchers)))


@app.command("refuse", epilog=f"Example: hefu voucher basket refuse {RANGE} {SECOND_RANGE} --key k.json")
@writes
def refuse(session: Session, vouchers: Pieces) -> Draft:
    """Refuse 组合拒收 a basket; each range is what it was before. The receiver acts."""
    return session.draft(pb.RefuseBasket(vouchers=_parse_pieces(vouchers)))


@app.command("withdraw", epilog=f"Example: hefu voucher basket withdraw {RANGE} {SECOND_RANGE} --key k.json")
@writes
def withdraw(session: Session, vouchers: Pieces) -> Draft:
    """Withdraw 组合撤回 a basket that waits. The holder acts."""
    return session.draft(pb.WithdrawBasket(vouchers=_parse_pieces(vouchers)))


def _parse_item(text: str) -> pb.BasketItem:
    asset = text.removeprefix("voucher:")
    voucher, colon, amount = asset.partition(":")
    ref = parse_voucher(voucher)
    return pb.BasketItem(voucher=ref, amount_fen=amount_of(ref, amount if colon else None))


def _parse_pieces(texts: list[str]) -> list[pb.VoucherRef]:
    return sorted(map(parse_voucher, texts), key=_place)


def _place(ref: pb.VoucherRef) -> tuple[str, int]:
    return ref.package, ref.start
