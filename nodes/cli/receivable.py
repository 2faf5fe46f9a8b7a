"""`hefu receivable`: ask, confirm, contest, withdraw, list. A debt that its debtor confirms without a voucher."""

from enum import StrEnum
from typing import Annotated

import typer

from hefu.v1 import node_pb2, pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from nodes.cli import options
from nodes.cli.commitments import commit
from nodes.cli.invoices import parse_fingerprint, parse_use, read_fingerprints, read_members_key, read_uses
from nodes.cli.output import enum_name, print_json, print_lines, print_table, to_plain
from nodes.cli.reading import Limit, _gather, _pages
from nodes.cli.session import Session, connect
from nodes.cli.values import BadValue, parse_day, parse_fen, parse_organisation, parse_package, show_day, show_fen
from nodes.cli.voucher import Invoices, MembersKey
from nodes.cli.writing import writes
from nodes.client.builder import Draft

app = typer.Typer(no_args_is_help=True, help="Receivables 到货确权: ask, confirm, contest, withdraw, list.")

RECEIVABLE = "91350100M000100Y43.R-1"


class Stage(StrEnum):
    """What a debtor said of a receivable."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    CONTESTED = "contested"
    UNANSWERED = "unanswered"
    ASK_WITHDRAWN = "withdrawn"


ReceivableArgument = Annotated[str, typer.Argument(metavar="RECEIVABLE", help="CREDITOR.NUMBER")]
Prints = Annotated[list[str] | None, typer.Option("--fingerprint", metavar="HEX", help="Instead of --invoices.")]


@app.command(
    "ask",
    epilog="Example: hefu receivable ask R-1 --debtor 9135… --amount 500000.00 --due-on 2026-06-30 "
    "--delivered-on 2026-03-02 --invoices invoices.csv --members-key members.key --delivery receipt.pdf --key k.json",
)
@writes
def ask(
    session: Session,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="New for this creditor: A–Z 0–9 -, at most 24.")],
    debtor: Annotated[str, typer.Option("--debtor", metavar="ORG", help="Who is to confirm it.")],
    amount: options.Amount,
    due_on: Annotated[str, typer.Option("--due-on", metavar="DAY", help="Due day, like 2026-06-30; it may be past.")],
    delivered_on: Annotated[str, typer.Option("--delivered-on", metavar="DAY", help="Day of delivery.")],
    delivery: Annotated[
        str, typer.Option("--delivery", metavar="FILE|HEX", help="Contract and receipt, or a commitment to them.")
    ],
    invoices: Invoices = None,
    members_key: MembersKey = None,
    invoice: Annotated[
        list[str] | None, typer.Option("--invoice", metavar="FINGERPRINT:AMOUNT:SHARE", help="Instead of --invoices.")
    ] = None,
) -> Draft:
    """Ask a debtor to confirm 确权申请 a delivered, invoiced debt. The creditor acts."""
    uses: list[pledges_pb2.InvoiceUse] = [parse_use(text) for text in invoice or ()]
    if invoices is not None:
        uses += read_uses(invoices, read_members_key(members_key))
    if not uses:
        raise BadValue("a receivable stands on invoices: --invoices CSV, or --invoice FINGERPRINT:AMOUNT:SHARE")
    uses.sort(key=lambda use: use.fingerprint)
    payload = pb.AskConfirmation(
        number=number,
        debtor=parse_organisation(debtor),
        amount_fen=parse_fen(amount),
        due_on=parse_day(due_on),
        delivered_on=parse_day(delivered_on),
        invoices=uses,
        delivery_commitment=commit(delivery),
    )
    return session.draft(payload)


@app.command(
    "confirm",
    epilog=f"Example: hefu receivable confirm {RECEIVABLE} --as-package C-1 --paying-bank 9131… --invoices mine.csv "
    "--members-key members.key --key maker.json --key checker.json",
)
@writes
def confirm(
    session: Session,
    receivable: ReceivableArgument,
    number: Annotated[str, typer.Option("--as-package", metavar="NUMBER", help="Number of the package it becomes.")],
    paying_bank: Annotated[str, typer.Option("--paying-bank", metavar="ORG", help="The debtor's bank.")],
    invoices: Invoices = None,
    members_key: MembersKey = None,
    fingerprint: Prints = None,
) -> Draft:
    """Confirm 到货确权: the debt is owing, and becomes a package. The debtor acts, with its own copies of invoices."""
    prints = [parse_fingerprint(text) for text in fingerprint or ()]
    if invoices is not None:
        prints += read_fingerprints(invoices, read_members_key(members_key))
    if not prints:
        raise BadValue("repeat the invoices from your own copies: --invoices CSV, or --fingerprint HEX")
    payload = pb.ConfirmReceivable(
        receivable=parse_package(receivable),
        fingerprints=sorted(prints),
        number=number,
        paying_bank=parse_organisation(paying_bank),
    )
    return session.draft(payload)


@app.command("contest", epilog=f"Example: hefu receivable contest {RECEIVABLE} --reasons letter.pdf --key k.json")
@writes
def contest(
    session: Session,
    receivable: ReceivableArgument,
    reasons: Annotated[
        str, typer.Option("--reasons", metavar="FILE|HEX", help="The reasons, or a commitment to them.")
    ],
) -> Draft:
    """Contest 确权异议 a receivable. The debtor acts."""
    return session.draft(pb.ContestReceivable(receivable=parse_package(receivable), objection=commit(reasons)))


@app.command("withdraw", epilog=f"Example: hefu receivable withdraw {RECEIVABLE} --key k.json")
@writes
def withdraw(session: Session, receivable: ReceivableArgument) -> Draft:
    """Withdraw 确权撤回 what was asked. The creditor acts."""
    return session.draft(pb.WithdrawConfirmation(receivable=parse_package(receivable)))


@app.command("list", epilog="Example: hefu receivable list --stage unanswered")
def list_receivables(
    creditor: Annotated[str, typer.Option(metavar="ORG")] = "",
    debtor: Annotated[str, typer.Option(metavar="ORG")] = "",
    stage: Annotated[Stage | None, typer.Option(help="Unanswered: whose debtor let the time pass.")] = None,
    limit: Limit = 100,
    node: options.Node = options.DEFAULT_NODE,
    as_json: options.Json = False,
) -> None:
    """List 列表 receivables; each filter may be left out."""
    request = node_pb2.ListReceivablesRequest(
        creditor=parse_organisation(creditor) if creditor else "",
        debtor=parse_organisation(debtor) if debtor else "",
        stage=None if stage is None else stage.name,
    )
    with connect(node) as client:
        first, found = _gather(_pages(client, client.vouchers.ListReceivables, request, "receivables", limit))
    if as_json:
        print_json({"receivables": [to_plain(view) for view in found], "height": str(first.height)})
        return
    headings = ("receivable 应收账款", "amount 金额", "debtor 买方", "due 到期", "stage 阶段", "package 凭证包")
    print_table(headings, map(_row, found), right=(1,))
    print_lines([f"{len(found)} as of height {first.height}"])


def _row(view: node_pb2.ReceivableView) -> tuple[str, ...]:
    found = view.receivable
    stage = enum_name(pb.ReceivableStage, found.stage)
    return (view.id, show_fen(found.amount_fen), found.debtor, show_day(found.due_on), stage, found.package)
