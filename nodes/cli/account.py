"""`hefu account`: set, show, related. Where an organisation wants to be paid, and who is related to it."""

from typing import TYPE_CHECKING, Annotated

import typer

from hefu.v1 import node_pb2
from hefu.v1 import receivables_pb2 as pb
from nodes.cli import options
from nodes.cli.commitments import commit
from nodes.cli.output import print_json, print_lines
from nodes.cli.session import Session, connect
from nodes.cli.values import parse_organisation, show_ms
from nodes.cli.writing import writes
from nodes.client.builder import Draft
from receivables.side_records import compute_account_key

if TYPE_CHECKING:
    from nodes.client.blocking import Client

app = typer.Typer(no_args_is_help=True, help="Accounts 收款账户: set, show; and related parties 关联方.")


@app.command("set", epilog="Example: hefu account set --account account.json --key k.json")
@writes
def set_account(
    session: Session,
    account: Annotated[
        str, typer.Option("--account", metavar="FILE|HEX", help="The account's document, or a commitment to it.")
    ],
) -> Draft:
    """Say where you want to be paid 收款账户登记. The first is good at once, a later one after the rulebook's delay."""
    return session.draft(pb.SetAccount(account_commitment=commit(account)))


@app.command("show", epilog="Example: hefu account show 91350100M000100Y43")
def show(
    organisation: Annotated[str, typer.Argument(metavar="ORG", help="Whose account.")],
    node: options.Node = options.DEFAULT_NODE,
    as_json: options.Json = False,
) -> None:
    """Show the commitment to the account of an organisation, and to one that waits for its delay."""
    with connect(node) as client:
        view = _get_record(client, parse_organisation(organisation))
        now_ms = client.status().block_time_ms
    good, lapse = read_account(view, now_ms), view.record.lapse
    later = pb.PayeeAccount.FromString(lapse.body).account_commitment if lapse.at_ms > now_ms else b""
    if as_json:
        told = {"account_commitment": good.hex(), "from_ms": str(lapse.at_ms) if later else "0", "later": later.hex()}
        print_json({**told, "height": str(view.height)})
        return
    lines = [f"account 收款账户: {good.hex() or 'none 未登记'}"]
    print_lines([*lines, f"from {show_ms(lapse.at_ms)}: {later.hex()}"] if later else lines)


@app.command("related", epilog="Example: hefu account related 9131… 9132… --key k.json")
@writes
def related(
    session: Session,
    organisations: Annotated[
        list[str] | None, typer.Argument(metavar="ORG…", help="All of them; without any, nobody is related.")
    ] = None,
) -> Draft:
    """Declare related parties 关联方申报, in place of those declared before."""
    return session.draft(
        pb.DeclareRelated(organisations=sorted({parse_organisation(one) for one in organisations or ()}))
    )


def add_accounts(client: "Client", payees: list[pb.Payee], now_ms: int) -> list[pb.Payee]:
    """Payees with their accounts of record, as a payment names them."""
    for payee in payees:
        payee.account_commitment = read_account(_get_record(client, payee.organisation), now_ms)
    return payees


def read_account(view: node_pb2.RecordView, now_ms: int) -> bytes:
    """The commitment that a record of an account means at a time (ms); empty without one."""
    record = view.record
    body = record.lapse.body if 0 < record.lapse.at_ms <= now_ms else record.body
    return pb.PayeeAccount.FromString(body).account_commitment


def _get_record(client: "Client", organisation: str) -> node_pb2.RecordView:
    request = node_pb2.GetRecordRequest(key=compute_account_key(organisation))
    return client.ask(client.ledger.GetRecord, request)
