"""`hefu mandate`: grant, end, list. To act under one, any command that writes takes `--for ORG`."""

from typing import Annotated

import typer

from hefu.v1 import governance_pb2
from hefu.v1 import identity_pb2 as pb
from nodes.cli import options
from nodes.cli.output import print_json, print_table, to_plain
from nodes.cli.reading import Limit, _gather, _pages
from nodes.cli.session import Session, connect
from nodes.cli.values import BadValue, parse_day, parse_fen, parse_organisation, show_day, show_fen, show_ms
from nodes.cli.writing import writes
from nodes.client.builder import NAMES, Draft, kind_name

app = typer.Typer(no_args_is_help=True, help="Mandates 授权委托: grant, end, list. Act under one with --for ORG.")
ORG = "91350100M000100Y43"
Principal = Annotated[str, typer.Argument(metavar="PRINCIPAL", help="Who gave the mandate: USCC or LEI.")]
Agent = Annotated[str, typer.Argument(metavar="AGENT", help="Who may act: USCC or LEI.")]


@app.command(
    "grant",
    epilog=f"Example: hefu mandate grant {ORG} --command issue --command withdraw-issue --up-to 5000000.00 "
    "--until 2026-12-31 --key maker.json --key checker.json",
)
@writes
def grant(
    session: Session,
    agent: Agent,
    command: Annotated[
        list[str], typer.Option("--command", metavar="NAME", help="What it may say, like issue. May be repeated.")
    ],
    until: Annotated[str, typer.Option("--until", metavar="DAY", help="The last day, like 2026-12-31.")],
    up_to: Annotated[
        str, typer.Option("--up-to", metavar="YUAN", help="For all of it together; 0 = what moves no amount only.")
    ] = "0",
) -> Draft:
    """Let another organisation act 授权委托 for yours. One that it had is replaced, and counts anew."""
    kinds = sorted({parse_kind(name) for name in command})
    payload = pb.GrantMandate(
        agent=parse_organisation(agent), kinds=kinds, up_to_fen=parse_fen(up_to), until_on=parse_day(until)
    )
    return session.draft(payload)


@app.command("end", epilog=f"Example: hefu mandate end {ORG} 9131… --key maker.json --key checker.json")
@writes
def end(session: Session, principal: Principal, agent: Agent) -> Draft:
    """End a mandate 终止委托 at once. Its principal or its agent acts. What was done under it stands."""
    return session.draft(pb.EndMandate(principal=parse_organisation(principal), agent=parse_organisation(agent)))


@app.command("list", epilog=f"Examples: hefu mandate list --principal {ORG}; hefu mandate list --agent {ORG}")
def list_mandates(
    principal: Annotated[str | None, typer.Option("--principal", metavar="ORG", help="Given by.")] = None,
    agent: Annotated[str | None, typer.Option("--agent", metavar="ORG", help="Given to.")] = None,
    limit: Limit = 0,
    node: options.Node = options.DEFAULT_NODE,
    as_json: options.Json = False,
) -> None:
    """List mandates 委托, ended ones too, with what was moved under each."""
    request = governance_pb2.ListMandatesRequest(
        principal="" if principal is None else parse_organisation(principal),
        agent="" if agent is None else parse_organisation(agent),
    )
    with connect(node) as client:
        _, found = _gather(_pages(client, client.governance.ListMandates, request, "mandates", limit))
    if as_json:
        print_json([to_plain(view) for view in found])
        return
    headings = (
        "principal 委托方",
        "agent 代理机构",
        "commands 指令",
        "up to 上限",
        "used 已用",
        "until 至",
        "ended 终止",
    )
    print_table(headings, (_build_row(view) for view in found), right=(3, 4))


def parse_kind(text: str) -> int:
    """A command's number from its name in the contract: issue, accept-issue, ACCEPT_ISSUE."""
    wanted = text.upper().replace("-", "_")
    for kind, name in NAMES.items():
        if name == wanted:
            return kind
    raise BadValue(f"“{text}” is no command: a name of the contract, like issue or accept-issue")


def _build_row(view: governance_pb2.MandateView) -> tuple[str, ...]:
    mandate = view.mandate
    return (
        view.principal,
        view.agent,
        ", ".join(kind_name(kind) for kind in mandate.kinds),
        show_fen(mandate.up_to_fen),
        show_fen(mandate.used_fen),
        show_day(mandate.until_on),
        show_ms(mandate.ended_at_ms) if mandate.ended_at_ms else "",
    )
