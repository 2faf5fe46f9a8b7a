"""`hefu voucher finance`, after the pay-out: repurchase, reassign, enforce. Each is said by two.

Who consents follows from what the node says of the range, or is named: its holder, the bank that takes over, a court.
"""

from typing import Annotated

import typer

from hefu.v1 import node_pb2
from hefu.v1 import receivables_pb2 as pb
from nodes.cli import options
from nodes.cli.commitments import commit
from nodes.cli.finance import FiledAt, RegistrationNumber, compute_filed_at_ms
from nodes.cli.session import Session
from nodes.cli.values import parse_organisation, parse_voucher
from nodes.cli.voucher import RANGE
from nodes.cli.writing import writes
from nodes.client.builder import Draft

Notice = Annotated[str, typer.Option("--notice", metavar="FILE|HEX", help="The notice, or a commitment to it.")]


@writes
def repurchase(
    session: Session,
    voucher: options.VoucherArgument,
    payment: Annotated[
        str, typer.Option("--payment", metavar="FILE|HEX", help="The payment's document, or a commitment to it.")
    ],
) -> Draft:
    """Buy back 回购 a range that was sold. The seller acts, the bank that holds it consents: both sign."""
    ref = parse_voucher(voucher)
    payload = pb.Repurchase(voucher=ref, payment_commitment=commit(payment))
    return session.draft(payload, (_find_holder(session, ref),))


@writes
def reassign(
    session: Session,
    voucher: options.VoucherArgument,
    to: Annotated[str, typer.Option("--to", metavar="ORG", help="The bank that takes over.")],
    number: RegistrationNumber,
    notice: Notice,
    filed_at: FiledAt = None,
) -> Draft:
    """Hand a bank's position 再转让, its pledge or its bought range, to another bank, which filed anew: both sign."""
    payload = pb.Reassign(
        voucher=parse_voucher(voucher),
        registration_number=number,
        filed_at_ms=compute_filed_at_ms(session, filed_at),
        notice_commitment=commit(notice),
    )
    return session.draft(payload, (parse_organisation(to),))


@writes
def enforce(
    session: Session,
    voucher: options.VoucherArgument,
    notice: Notice,
    court: Annotated[
        str | None, typer.Option("--court", metavar="ORG", help="The court that consents in the holder's place.")
    ] = None,
) -> Draft:
    """Take what is secured 实现质权 after default. The pledgee acts, the holder or a court consents: both sign."""
    ref = parse_voucher(voucher)
    payload = pb.Enforce(voucher=ref, notice_commitment=commit(notice))
    return session.draft(payload, (_find_holder(session, ref) if court is None else parse_organisation(court),))


def _find_holder(session: Session, ref: pb.VoucherRef) -> str:
    view = session.client.ask(session.client.vouchers.GetVoucher, node_pb2.GetVoucherRequest(voucher=ref))
    return view.state.holder


def add_to(group: typer.Typer) -> None:
    """Hang the commands into `hefu voucher finance`."""
    then = "then the other: hefu tx sign FILE --key other.json; hefu tx submit FILE"
    example = f"Example: hefu voucher finance repurchase {RANGE} --payment payment.pdf --key k.json --sign-only FILE"
    group.command("repurchase", epilog=f"{example}, {then}")(repurchase)
    group.command(
        "reassign",
        epilog=f"Example: hefu voucher finance reassign {RANGE} --to 9131… --number 01234567890123456789 "
        f"--notice notice.pdf --key bank.json --sign-only FILE, {then}",
    )(reassign)
    group.command(
        "enforce",
        epilog=f"Example: hefu voucher finance enforce {RANGE} --notice notice.pdf --key bank.json --sign-only FILE, "
        f"{then}",
    )(enforce)
