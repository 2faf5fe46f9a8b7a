"""`hefu blanket`: register, end, show. A secured party's registration 概括登记 over all receivables of a pledgor.

Who finances a voucher of such a pledgor needs the consent of each secured party: `voucher finance register --consent`.
"""

from typing import Annotated

import typer

from hefu.v1 import node_pb2, pledges_pb2
from nodes.cli import options
from nodes.cli.finance import FiledAt, RegistrationNumber, compute_filed_at_ms
from nodes.cli.output import print_json, print_lines, print_table, to_plain
from nodes.cli.session import Session, connect
from nodes.cli.values import parse_organisation, show_ms
from nodes.cli.writing import writes
from nodes.client.builder import Draft
from pledges.records import compute_blanket_key

app = typer.Typer(no_args_is_help=True, help="Blanket registrations 概括登记: register, end, show.")

Pledgor = Annotated[str, typer.Argument(metavar="ORG", help="Whose receivables, present and future.")]


@app.command(
    "register",
    epilog="Example: hefu blanket register 9135… --number 01234567890123456789 --key bank.json --sign-only "
    "blanket.tx, then the pledgor: hefu tx sign blanket.tx --key k.json; hefu tx submit blanket.tx",
)
@writes
def register(session: Session, pledgor: Pledgor, number: RegistrationNumber, filed_at: FiledAt = None) -> Draft:
    """Say that all receivables of a pledgor were registered. The secured party acts, the pledgor signs too."""
    payload = pledges_pb2.RegisterBlanket(
        registration_number=number, filed_at_ms=compute_filed_at_ms(session, filed_at)
    )
    return session.draft(payload, (parse_organisation(pledgor),))


@app.command("end", epilog="Example: hefu blanket end 91350100M000100Y43 --number 01234567890123456789 --key bank.json")
@writes
def end(session: Session, pledgor: Pledgor, number: RegistrationNumber) -> Draft:
    """End a blanket registration 注销; its number stays used. The secured party acts."""
    return session.draft(pledges_pb2.EndBlanket(pledgor=parse_organisation(pledgor), registration_number=number))


@app.command("show", epilog="Example: hefu blanket show 91350100M000100Y43")
def show(pledgor: Pledgor, node: options.Node = options.DEFAULT_NODE, as_json: options.Json = False) -> None:
    """Show who registered all receivables of an organisation, and must consent to their financing."""
    key = compute_blanket_key(parse_organisation(pledgor))
    with connect(node) as client:
        view = client.ask(client.ledger.GetRecord, node_pb2.GetRecordRequest(key=key))
    blankets = pledges_pb2.Blankets.FromString(view.record.body)
    if as_json:
        print_json({**to_plain(blankets), "height": str(view.height)})
        return
    rows = (
        (blanket.secured_party, blanket.registration_number, show_ms(blanket.filed_at_ms))
        for blanket in blankets.blankets
    )
    print_table(("secured party 担保权人", "number 登记编号", "filed 登记时间"), rows)
    print_lines([f"{len(blankets.blankets)}, as of height {view.height}"])
