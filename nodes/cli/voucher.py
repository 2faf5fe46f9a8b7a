"""`hefu voucher`: issue, accept, refuse, withdraw, lapse, split, transfer.

Accept, refuse and withdraw mean the issue where a package is named, and the transfer where a range is.
"""

from pathlib import Path
from typing import Annotated

import typer

from hefu.v1 import pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from nodes.cli import options
from nodes.cli.commitments import commit
from nodes.cli.invoices import parse_fingerprint, parse_use, read_fingerprints, read_members_key, read_uses
from nodes.cli.session import Session
from nodes.cli.values import BadValue, parse_day, parse_fen, parse_organisation, parse_package, parse_voucher
from nodes.cli.writing import writes
from nodes.client.builder import Draft

app = typer.Typer(
    no_args_is_help=True, help="Vouchers 凭证: issue, accept, split, transfer, finance, pay, show, list, trace."
)

PACKAGE = "91350100M000100Y43.A-1"
RANGE = f"{PACKAGE}/1-100000000"
LINE = "91350100M000100Y43.L-1"
MAX_CLASS = 2**32 - 1

Invoices = Annotated[
    Path | None, typer.Option("--invoices", metavar="CSV", help="kind,seller,code,number,amount,share")
]
MembersKey = Annotated[
    Path | None,
    typer.Option("--members-key", metavar="FILE", envvar="HEFU_MEMBERS_KEY", help="The members' key for fingerprints."),
]
Thing = Annotated[str, typer.Argument(metavar="PACKAGE|VOUCHER", help="ISSUER.NUMBER, or ISSUER.NUMBER/START-END")]


@app.command(
    "issue",
    epilog="Example: hefu voucher issue A-1 --to 9135… --amount 1000000.00 --due-on 2026-06-30 --paying-bank 9131… "
    "--invoices invoices.csv --members-key members.key --contract contract.pdf --key maker.json --key checker.json",
)
@writes
def issue(
    session: Session,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="New for this issuer: A–Z 0–9 -, at most 24.")],
    payee: Annotated[str, typer.Option("--to", "--payee", metavar="ORG", help="The first holder.")],
    amount: Annotated[str, typer.Option("--amount", "--face", metavar="YUAN", help="The face, like 1000000.00.")],
    due_on: Annotated[str, typer.Option("--due-on", metavar="DAY", help="Due day, like 2026-06-30.")],
    paying_bank: Annotated[str, typer.Option("--paying-bank", metavar="ORG", help="The issuer's bank.")],
    contract: Annotated[
        str, typer.Option("--contract", metavar="FILE|HEX", help="The contract's file, or a commitment to it.")
    ],
    invoices: Invoices = None,
    members_key: MembersKey = None,
    invoice: Annotated[
        list[str] | None, typer.Option("--invoice", metavar="FINGERPRINT:AMOUNT:SHARE", help="Instead of --invoices.")
    ] = None,
    accept_by: Annotated[
        str, typer.Option("--accept-by", metavar="WHEN", help="Then it lapses: 72h, 5d, a time.")
    ] = "5d",
    long_term_reason: Annotated[str, typer.Option("--long-term-reason", help="Needed above the long term.")] = "",
    line: Annotated[str, typer.Option("--line", metavar="LINE", help="The line 额度 it is issued under.")] = "",
    voucher_class: Annotated[
        int, typer.Option("--class", metavar="CODE", min=0, max=MAX_CLASS, help="Its class 凭证类别; 0 = none.")
    ] = 0,
    delivered_on: Annotated[
        str | None, typer.Option("--delivered-on", metavar="DAY", help="Day of delivery; without it, today counts.")
    ] = None,
) -> Draft:
    """Issue a voucher 开立 to a payee, who must accept it. The issuer acts: maker and checker sign."""
    uses: list[pledges_pb2.InvoiceUse] = [parse_use(text) for text in invoice or ()]
    if invoices is not None:
        uses += read_uses(invoices, read_members_key(members_key))
    if not uses:
        raise BadValue("a voucher stands on invoices: --invoices CSV, or --invoice FINGERPRINT:AMOUNT:SHARE")
    payload = pb.Issue(
        number=number,
        payee=parse_organisation(payee),
        face_fen=parse_fen(amount),
        due_on=parse_day(due_on),
        paying_bank=parse_organisation(paying_bank),
        invoices=_sort(uses),
        contract_commitment=commit(contract),
        accept_by_ms=session.deadline(accept_by),
        long_term_reason=long_term_reason,
        voucher_class=voucher_class,
        line=parse_line(line) if line else "",
        delivered_on=0 if delivered_on is None else parse_day(delivered_on),
    )
    return session.draft(payload)


@app.command(
    "accept",
    epilog=f"Examples: hefu voucher accept {PACKAGE} --invoices mine.csv --members-key members.key --key k.json; "
    f"hefu voucher accept {RANGE} --key k.json",
)
@writes
def accept(
    session: Session,
    thing: Thing,
    invoices: Invoices = None,
    members_key: MembersKey = None,
    fingerprint: Annotated[
        list[str] | None, typer.Option("--fingerprint", metavar="HEX", help="Instead of --invoices.")
    ] = None,
) -> Draft:
    """Accept 签收 an issue (the payee, with the invoices of its own copies) or a transfer (the receiver)."""
    prints = [parse_fingerprint(text) for text in fingerprint or ()]
    if is_range(thing):
        if prints or invoices is not None:
            raise BadValue("invoices are repeated when an issue is accepted, not a transfer")
        return session.draft(pb.AcceptTransfer(voucher=parse_voucher(thing)))
    if invoices is not None:
        prints += read_fingerprints(invoices, read_members_key(members_key))
    if not prints:
        raise BadValue("repeat the invoices from your own copies: --invoices CSV, or --fingerprint HEX")
    return session.draft(pb.AcceptIssue(package=parse_package(thing), fingerprints=sorted(prints)))


@app.command("refuse", epilog=f"Example: hefu voucher refuse {PACKAGE} --key k.json")
@writes
def refuse(session: Session, thing: Thing) -> Draft:
    """Refuse 拒收 an issue (the payee) or a transfer (the receiver)."""
    if is_range(thing):
        return session.draft(pb.RefuseTransfer(voucher=parse_voucher(thing)))
    return session.draft(pb.RefuseIssue(package=parse_package(thing)))


@app.command("withdraw", epilog=f"Example: hefu voucher withdraw {RANGE} --key k.json")
@writes
def withdraw(session: Session, thing: Thing) -> Draft:
    """Withdraw 撤回 an issue that waits (the issuer) or a transfer that waits (the holder)."""
    if is_range(thing):
        return session.draft(pb.WithdrawTransfer(voucher=parse_voucher(thing)))
    return session.draft(pb.WithdrawIssue(package=parse_package(thing)))


@app.command("lapse", epilog=f"Example: hefu voucher lapse {PACKAGE} --key service.json")
@writes
def lapse(session: Session, package: options.PackageArgument) -> Draft:
    """Free the invoices 逾期未签收 of an issue that nobody accepted in time. Any member may say it."""
    return session.draft(pb.LapseIssue(package=parse_package(package)))


@app.command("split", epilog=f"Example: hefu voucher split {RANGE} --first 400000.00 --key k.json")
@writes
def split(
    session: Session,
    voucher: options.VoucherArgument,
    first: Annotated[str, typer.Option("--first", metavar="YUAN", help="Length of the first piece.")],
) -> Draft:
    """Cut 拆分 a range in two. The holder acts; nothing is created, the sum stays."""
    return session.draft(pb.Split(voucher=parse_voucher(voucher), first_fen=parse_fen(first)))


@app.command(
    "transfer",
    epilog=f"Example: hefu voucher transfer {RANGE} --amount 250000.00 --to 9133… --trade delivery.pdf --key k.json",
)
@writes
def transfer(
    session: Session,
    voucher: options.VoucherArgument,
    receiver: Annotated[str, typer.Option("--to", "--receiver", metavar="ORG", help="Who receives it.")],
    trade: Annotated[
        str, typer.Option("--trade", metavar="FILE|HEX", help="The trade behind it: a document, or a commitment.")
    ],
    amount: options.OptionalAmount = None,
    answer_by: options.AnswerBy = "72h",
) -> Draft:
    """Offer 转让 a range, or the first part of it, to another, who must accept it. The holder acts."""
    ref = parse_voucher(voucher)
    payload = pb.Transfer(
        voucher=ref,
        amount_fen=amount_of(ref, amount),
        receiver=parse_organisation(receiver),
        trade_commitment=commit(trade),
        answer_by_ms=session.deadline(answer_by),
    )
    return session.draft(payload)


def _sort(uses: list[pledges_pb2.InvoiceUse]) -> list[pledges_pb2.InvoiceUse]:
    return sorted(uses, key=lambda use: use.fingerprint)


def parse_line(text: str) -> str:
    """A line's id, GRANTOR.NUMBER."""
    try:
        return parse_package(text)
    except BadValue:
        raise BadValue(f"“{text}” is no line: GRANTOR.NUMBER, like {LINE}") from None


def is_range(text: str) -> bool:
    """Whether a range is named, not a package."""
    return "/" in text


def amount_of(ref: pb.VoucherRef, amount: str | None) -> int:
    """The part (分) that was asked for, or the whole range."""
    return ref.end - ref.start + 1 if amount is None else parse_fen(amount)
