"""`hefu voucher cancel` (offer, withdraw, consent) and `hefu voucher merge`: how ranges end without a payment."""

from typing import Annotated

import typer

from hefu.v1 import receivables_pb2 as pb
from nodes.cli import options
from nodes.cli.commitments import commit
from nodes.cli.session import Session
from nodes.cli.values import parse_package, parse_voucher
from nodes.cli.voucher import PACKAGE, RANGE
from nodes.cli.writing import writes
from nodes.client.builder import Draft

app = typer.Typer(no_args_is_help=True, help="Cancellation by agreement 协议注销: offer, withdraw, consent.")


@app.command(
    "offer",
    epilog=f"Example: hefu voucher cancel offer {PACKAGE} --agreement agreement.pdf --cancel-by 5d --key issuer.json",
)
@writes
def offer(
    session: Session,
    package: options.PackageArgument,
    agreement: Annotated[
        str, typer.Option("--agreement", metavar="FILE|HEX", help="The agreement: a document, or a commitment to it.")
    ],
    cancel_by: Annotated[
        str, typer.Option("--cancel-by", metavar="WHEN", help="Until then holders may consent: 72h, 5d, a time.")
    ] = "5d",
) -> Draft:
    """Open a package for cancellation 注销要约: each holder decides for its own range. The debtor acts."""
    payload = pb.OfferCancel(
        package=parse_package(package), cancel_by_ms=session.deadline(cancel_by), agreement_commitment=commit(agreement)
    )
    return session.draft(payload)


@app.command("withdraw", epilog=f"Example: hefu voucher cancel withdraw {PACKAGE} --key issuer.json")
@writes
def withdraw(session: Session, package: options.PackageArgument) -> Draft:
    """Withdraw the offer 注销要约撤回; what was cancelled stays so. The debtor acts."""
    return session.draft(pb.WithdrawCancel(package=parse_package(package)))


@app.command("consent", epilog=f"Example: hefu voucher cancel consent {RANGE} --key holder.json")
@writes
def consent(session: Session, voucher: options.VoucherArgument) -> Draft:
    """Consent 同意注销 for a whole range, which ends unpaid and for ever. The holder acts."""
    return session.draft(pb.ConsentCancel(voucher=parse_voucher(voucher)))


@writes
def merge(session: Session, voucher: options.VoucherArgument) -> Draft:
    """Merge 混同 a range that its own debtor holds: it ends. A transfer that the debtor accepts does so by itself."""
    return session.draft(pb.Merge(voucher=parse_voucher(voucher)))


def add_to(group: typer.Typer) -> None:
    """Hang `cancel` and `merge` into `hefu voucher`."""
    group.add_typer(app, name="cancel")
    group.command("merge", epilog=f"Example: hefu voucher merge {RANGE} --key debtor.json")(merge)
