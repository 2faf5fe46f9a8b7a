"""`hefu voucher`: release, prepay, pay.

A payment of a range names its payees of record and their accounts, as the node tells them.
"""

from typing import Annotated

import typer

from hefu.v1 import node_pb2
from hefu.v1 import receivables_pb2 as pb
from nodes.cli import options
from nodes.cli.account import add_accounts
from nodes.cli.commitments import commit
from nodes.cli.session import Session
from nodes.cli.values import BadValue, parse_fen, parse_organisation, parse_package, parse_voucher
from nodes.cli.voucher import PACKAGE, RANGE, Thing, is_range
from nodes.cli.writing import writes
from nodes.client.builder import Draft
from receivables.payments import compute_payees, compute_pledgee_part
from receivables.rules import compute_debtor, is_frozen

Payment = Annotated[
    str, typer.Option("--payment", metavar="FILE|HEX", help="The payment's document, or a commitment to it.")
]
Payees = Annotated[
    list[str] | None,
    typer.Option("--payee", metavar="ORG:YUAN", help="Who receives how much, pledgee first; else as the node records."),
]


@writes
def release(session: Session, voucher: options.VoucherArgument) -> Draft:
    """End a claim 解押. The pledgee acts."""
    return session.draft(pb.Release(voucher=parse_voucher(voucher)))


@writes
def prepay(
    session: Session,
    voucher: options.VoucherArgument,
    payment: Payment,
    payee: Payees = None,
    forgiven: Annotated[
        str | None, typer.Option("--forgiven", metavar="YUAN", help="What the holder lets off, who then signs too.")
    ] = None,
) -> Draft:
    """Pay early 提前兑付 all that is owed on a range. The debtor acts, its paying bank consents: both sign."""
    ref, forgiven_fen = parse_voucher(voucher), 0 if forgiven is None else parse_fen(forgiven)
    package, view = get_package(session, ref.package), get_voucher(session, ref)
    debtor = compute_debtor(package)
    if session.actor != debtor:
        raise BadValue(f"the debtor, {debtor}, acts: its key first, or --as {debtor}")
    payload = pb.Prepay(
        voucher=ref,
        payees=find_payees(session, package, view, view.owed_fen - forgiven_fen, payee),
        payment_commitment=commit(payment),
        forgiven_fen=forgiven_fen,
    )
    return session.draft(payload, (package.paying_bank, view.state.holder)[: 2 if forgiven_fen else 1])


@writes
def pay(
    session: Session,
    thing: Thing,
    payment: Payment,
    amount: Annotated[
        str | None, typer.Option("--amount", metavar="YUAN", help="A part; without it, all that is owed.")
    ] = None,
    payee: Payees = None,
) -> Draft:
    """Pay 兑付 a range, or a whole package by shares, from cut-off on. The paying bank acts; frozen, it keeps it."""
    if not is_range(thing):
        return _pay_package(session, parse_package(thing), payment, amount, payee)
    ref = parse_voucher(thing)
    package, view = get_package(session, ref.package), get_voucher(session, ref)
    amount_fen = view.owed_fen if amount is None else parse_fen(amount)
    payload = pb.PayVoucher(
        voucher=ref,
        amount_fen=amount_fen,
        payees=find_payees(session, package, view, amount_fen, payee),
        payment_commitment=commit(payment),
    )
    return session.draft(payload)


def _pay_package(session: Session, package: str, payment: str, amount: str | None, payee: list[str] | None) -> Draft:
    if payee:
        raise BadValue("a payment of a whole package names no payee: every range receives its share")
    if amount is None:
        view = session.client.ask(session.client.vouchers.GetPackage, node_pb2.GetPackageRequest(package=package))
        amount_fen = view.owed_fen
    else:
        amount_fen = parse_fen(amount)
    return session.draft(pb.PayPackage(package=package, amount_fen=amount_fen, payment_commitment=commit(payment)))


def get_package(session: Session, package: str) -> pb.Package:
    """The package as the node has it."""
    request = node_pb2.GetPackageRequest(package=package)
    return session.client.ask(session.client.vouchers.GetPackage, request).package


def get_voucher(session: Session, ref: pb.VoucherRef) -> node_pb2.VoucherView:
    """The range as the node has it, with what is owed on it."""
    return session.client.ask(session.client.vouchers.GetVoucher, node_pb2.GetVoucherRequest(voucher=ref))


def find_payees(
    session: Session, package: pb.Package, view: node_pb2.VoucherView, amount_fen: int, given: list[str] | None
) -> list[pb.Payee]:
    """Those named at the terminal, or the payees of record, nobody while frozen; with their accounts of record."""
    if given:
        payees = [_parse_payee(text) for text in given]
    elif is_frozen(package, view.state):
        payees = []
    else:
        claim = view.claim if view.HasField("claim") else None
        pledgee_fen = compute_pledgee_part(package, view.state, view.voucher, claim, amount_fen)
        payees = compute_payees(view.state, claim, pledgee_fen, amount_fen)
    return add_accounts(session.client, payees, session.status.block_time_ms)


def _parse_payee(text: str) -> pb.Payee:
    organisation, colon, amount = text.partition(":")
    if not colon:
        raise BadValue(f"“{text}” is no payee: ORG:YUAN, like 91350100M000100Y43:1000.00")
    return pb.Payee(organisation=parse_organisation(organisation), amount_fen=parse_fen(amount))


def add_to(group: typer.Typer) -> None:
    """Hang the commands into `hefu voucher`."""
    group.command("release", epilog=f"Example: hefu voucher release {RANGE} --key bank.json")(release)
    group.command(
        "prepay",
        epilog=f"Example: hefu voucher prepay {RANGE} --payment payment.pdf --key issuer.json --sign-only prepay.tx, "
        "then the bank: hefu tx sign prepay.tx --key bank.json; hefu tx submit prepay.tx",
    )(prepay)
    group.command(
        "pay",
        epilog=f"Examples: hefu voucher pay {RANGE} --payment payment.pdf --key bank.json; "
        f"hefu voucher pay {PACKAGE} --amount 500000.00 --payment payment.pdf --key bank.json",
    )(pay)
