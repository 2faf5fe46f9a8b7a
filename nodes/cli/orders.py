"""`hefu voucher`: freeze, unfreeze, succeed, accelerate, by order of a court.

A court acts with its own key. Two service operators may enter the order of a court that keeps none: the first acts, the
second is named by `--with`, and both sign. An order is cited by the SHA-256 of its document, so that whoever ends a
freeze names the same order from the same document.
"""

import hashlib
import re
from pathlib import Path
from typing import Annotated

import typer

from hefu.v1 import receivables_pb2 as pb
from nodes.cli import options
from nodes.cli.files import read_bytes
from nodes.cli.session import Session
from nodes.cli.values import BadValue, parse_organisation, parse_package, parse_voucher
from nodes.cli.voucher import PACKAGE, RANGE, Thing, is_range
from nodes.cli.writing import writes
from nodes.client.builder import Draft

Order = Annotated[
    str, typer.Option("--order", metavar="FILE|HEX", help="The order's document, or the SHA-256 of it, which is cited.")
]
EndingOrder = Annotated[
    str,
    typer.Option("--ending-order", metavar="FILE|HEX", help="The order that ends it: its document, or the SHA-256."),
]
With = Annotated[
    str | None,
    typer.Option("--with", metavar="ORG", help="The second service operator, where no court's key signs."),
]
Successor = Annotated[str, typer.Option("--successor", "--to", metavar="ORG", help="Who succeeds.")]


def compute_digest(text: str) -> bytes:
    """The digest of an order from what was typed: 64 hexadecimal digits are one; anything else is the document."""
    if re.fullmatch(r"[0-9a-f]{64}", text, re.ASCII):
        return bytes.fromhex(text)
    return hashlib.sha256(read_bytes(Path(text), "order")).digest()


@writes
def freeze(session: Session, thing: Thing, order: Order, operator: With = None) -> Draft:
    """Freeze 冻结 a range, or a whole package at once. A court acts, or two service operators."""
    digest = compute_digest(order)
    if is_range(thing):
        return _draft(session, pb.FreezeVoucher(voucher=parse_voucher(thing), order=digest), operator)
    return _draft(session, pb.FreezePackage(package=parse_package(thing), order=digest), operator)


@writes
def unfreeze(session: Session, thing: Thing, order: Order, ending_order: EndingOrder, operator: With = None) -> Draft:
    """End the freeze 解冻 by one order; others stay. What the bank kept meanwhile it then hands over."""
    digests = {"order": compute_digest(order), "ending_order": compute_digest(ending_order)}
    if is_range(thing):
        return _draft(session, pb.UnfreezeVoucher(voucher=parse_voucher(thing), **digests), operator)
    return _draft(session, pb.UnfreezePackage(package=parse_package(thing), **digests), operator)


@writes
def succeed(
    session: Session,
    thing: Thing,
    successor: Successor,
    order: Order,
    predecessor: Annotated[
        str | None, typer.Option("--predecessor", metavar="ORG", help="Of a range: whose place the successor takes.")
    ] = None,
    operator: With = None,
) -> Draft:
    """Succeed 承继 whatever another is in a range, or the debtor of a package: merger, bankruptcy, inheritance."""
    digest, heir = compute_digest(order), parse_organisation(successor)
    if not is_range(thing):
        if predecessor is not None:
            raise BadValue("the predecessor of a package is its debtor: leave --predecessor out, or name a range")
        package = parse_package(thing)
        return _draft(session, pb.SucceedDebtor(package=package, successor=heir, order=digest), operator)
    if predecessor is None:
        raise BadValue("--predecessor ORG is needed for a range: holder, pledgee, or whoever is asked by a request")
    payload = pb.Succeed(
        voucher=parse_voucher(thing), predecessor=parse_organisation(predecessor), successor=heir, order=digest
    )
    return _draft(session, payload, operator)


@writes
def accelerate(session: Session, package: options.PackageArgument, order: Order, operator: With = None) -> Draft:
    """Make a package due today 加速到期. Nothing moves any more, its paying bank pays."""
    return _draft(session, pb.Accelerate(package=parse_package(package), order=compute_digest(order)), operator)


Command = (
    pb.FreezeVoucher | pb.FreezePackage | pb.UnfreezeVoucher | pb.UnfreezePackage
    | pb.Succeed | pb.SucceedDebtor | pb.Accelerate
)  # fmt: skip


def _draft(session: Session, payload: Command, operator: str | None) -> Draft:
    if operator is None:
        return session.draft(payload)
    second = parse_organisation(operator)
    if second == session.actor:
        raise BadValue("--with names the other of the two service operators, not the one that acts")
    return session.draft(payload, (second,))


def add_to(group: typer.Typer) -> None:
    """Hang the commands into `hefu voucher`."""
    group.command(
        "freeze",
        epilog=f"Examples: hefu voucher freeze {RANGE} --order order.pdf --key court.json; "
        f"hefu voucher freeze {PACKAGE} --order order.pdf --with 9133… --key one.json --key other.json",
    )(freeze)
    group.command(
        "unfreeze",
        epilog=f"Example: hefu voucher unfreeze {RANGE} --order order.pdf --ending-order lifted.pdf --key court.json",
    )(unfreeze)
    group.command(
        "succeed",
        epilog=f"Examples: hefu voucher succeed {RANGE} --predecessor 9133… --to 9131… --order order.pdf --key c.json; "
        f"hefu voucher succeed {PACKAGE} --to 9131… --order order.pdf --key court.json",
    )(succeed)
    group.command(
        "accelerate", epilog=f"Example: hefu voucher accelerate {PACKAGE} --order order.pdf --key court.json"
    )(accelerate)
