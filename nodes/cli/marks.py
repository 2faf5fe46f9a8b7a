"""`hefu voucher`: dispute, resolve, red-letter, substitute. Marks that stop new financing, never a payment."""

from pathlib import Path
from typing import Annotated

import typer

from hefu.v1 import node_pb2
from hefu.v1 import receivables_pb2 as pb
from nodes.cli import options
from nodes.cli.commitments import commit
from nodes.cli.invoices import parse_fingerprint, parse_use, read_fingerprints, read_members_key, read_uses
from nodes.cli.session import Session
from nodes.cli.values import BadValue, parse_fen, parse_package, parse_voucher
from nodes.cli.voucher import PACKAGE, RANGE, Invoices, MembersKey
from nodes.cli.writing import writes
from nodes.client.builder import Draft

Evidence = Annotated[
    str, typer.Option("--evidence", metavar="FILE|HEX", help="The evidence: a document, or a commitment to it.")
]
Fingerprint = Annotated[
    str | None, typer.Option("--fingerprint", metavar="HEX", help="The invoice at issue, one of the package's.")
]


@writes
def dispute(session: Session, voucher: options.VoucherArgument, evidence: Evidence) -> Draft:
    """Mark a range as disputed 争议: no new financing. Holder or debtor acts; of a trade that waits either side."""
    return session.draft(pb.OpenDispute(voucher=parse_voucher(voucher), evidence=commit(evidence)))


@writes
def resolve(session: Session, voucher: options.VoucherArgument, evidence: Evidence) -> Draft:
    """End a dispute 争议解除. Whoever opened it acts."""
    return session.draft(pb.ResolveDispute(voucher=parse_voucher(voucher), evidence=commit(evidence)))


@writes
def red_letter(
    session: Session,
    voucher: options.VoucherArgument,
    amount: Annotated[
        str, typer.Option("--red-lettered", "--amount", metavar="YUAN", help="How much of the invoice was taken back.")
    ],
    evidence: Evidence,
    fingerprint: Fingerprint = None,
    invoices: Invoices = None,
    members_key: MembersKey = None,
) -> Draft:
    """Say that an invoice of the package was red-lettered 红冲. Debtor, payee or the range's holder acts."""
    if (fingerprint is None) == (invoices is None):
        raise BadValue("name the invoice: --fingerprint HEX, or --invoices CSV with its one row")
    payload = pb.RedLetter(
        voucher=parse_voucher(voucher),
        fingerprint=_read_one(invoices, members_key) if fingerprint is None else parse_fingerprint(fingerprint),
        red_lettered_fen=parse_fen(amount),
        evidence=commit(evidence),
    )
    return session.draft(payload)


def _read_one(invoices: Path | None, members_key: Path | None) -> bytes:
    prints = [] if invoices is None else read_fingerprints(invoices, read_members_key(members_key))
    if len(prints) != 1:
        raise BadValue("one invoice is red-lettered at a time: a CSV with one row")
    return prints[0]


@writes
def substitute(
    session: Session,
    package: options.PackageArgument,
    fingerprint: Annotated[str, typer.Option("--fingerprint", metavar="HEX", help="The invoice that goes.")],
    evidence: Evidence,
    replacements: Annotated[
        Path | None,
        typer.Option(
            "--replacements", "--invoices", metavar="CSV", help="Those that come: kind,seller,code,number,amount,share"
        ),
    ] = None,
    members_key: MembersKey = None,
    replacement: Annotated[
        list[str] | None,
        typer.Option("--replacement", metavar="FINGERPRINT:AMOUNT:SHARE", help="Instead of --replacements."),
    ] = None,
) -> Draft:
    """Put other invoices in the place of one 贸易背景替换. The debtor acts, the payee consents: both sign."""
    uses = [parse_use(text) for text in replacement or ()]
    if replacements is not None:
        uses += read_uses(replacements, read_members_key(members_key))
    if not uses:
        raise BadValue("name what takes its place: --replacements CSV, or --replacement FINGERPRINT:AMOUNT:SHARE")
    name = parse_package(package)
    payload = pb.SubstituteEvidence(
        package=name,
        fingerprint=parse_fingerprint(fingerprint),
        replacements=sorted(uses, key=lambda use: use.fingerprint),
        evidence=commit(evidence),
    )
    view = session.client.ask(session.client.vouchers.GetPackage, node_pb2.GetPackageRequest(package=name))
    return session.draft(payload, (view.package.payee,))


def add_to(group: typer.Typer) -> None:
    """Hang the commands into `hefu voucher`."""
    group.command("dispute", epilog=f"Example: hefu voucher dispute {RANGE} --evidence letter.pdf --key k.json")(
        dispute
    )
    group.command("resolve", epilog=f"Example: hefu voucher resolve {RANGE} --evidence agreed.pdf --key k.json")(
        resolve
    )
    group.command(
        "red-letter",
        epilog=f"Example: hefu voucher red-letter {RANGE} --invoices one.csv --members-key members.key "
        "--amount 30000.00 --evidence red-letter.pdf --key k.json",
    )(red_letter)
    group.command(
        "substitute",
        epilog=f"Example: hefu voucher substitute {PACKAGE} --fingerprint 3f9a… --replacements new.csv "
        "--members-key members.key --evidence agreed.pdf --key issuer.json --sign-only swap.tx, "
        "then the payee: hefu tx sign swap.tx --key payee.json; hefu tx submit swap.tx",
    )(substitute)
