"""`hefu line`: grant, change, show, list. A bank, a factor or a service operator grants; show and list sign nothing."""

from enum import StrEnum
from typing import Annotated

import typer

from hefu.v1 import node_pb2
from hefu.v1 import receivables_pb2 as pb
from nodes.cli import options
from nodes.cli.output import enum_name, print_json, print_lines, print_pairs, print_table, to_plain
from nodes.cli.reading import Limit, _gather, _pages
from nodes.cli.session import Session, connect
from nodes.cli.values import BadValue, parse_day, parse_fen, parse_organisation, show_day, show_fen
from nodes.cli.voucher import LINE, parse_line
from nodes.cli.writing import writes
from nodes.client.builder import Draft

app = typer.Typer(no_args_is_help=True, help="Lines 额度: grant, change, show, list.")


class Purpose(StrEnum):
    """What a line is good for."""

    ISSUING = "issuing"
    FINANCING = "financing"


class Status(StrEnum):
    """Whether a line may be used."""

    LINE_OPEN = "open"
    LINE_SUSPENDED = "suspended"
    LINE_CLOSED = "closed"


LineArgument = Annotated[str, typer.Argument(metavar="LINE", help="GRANTOR.NUMBER")]
Group = Annotated[str, typer.Option("--group", metavar="LINE", help="The group line 集团额度 above it.")]


@app.command(
    "grant",
    epilog="Example: hefu line grant L-1 --to 9135… --purpose issuing --limit 50000000.00 --last-on 2026-12-31 "
    "--revolving --key maker.json --key checker.json",
)
@writes
def grant(
    session: Session,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="New for this grantor: A–Z 0–9 -, at most 24.")],
    holder: Annotated[str, typer.Option("--to", "--holder", metavar="ORG", help="Whom it is granted to.")],
    purpose: Annotated[Purpose, typer.Option("--purpose", help="For issuing, or for financing an issuer's debts.")],
    limit: Annotated[str, typer.Option("--limit", metavar="YUAN", help="Like 50000000.00.")],
    last_on: Annotated[str, typer.Option("--last-on", metavar="DAY", help="Last day on which it may be newly used.")],
    revolving: Annotated[bool, typer.Option("--revolving", help="A payment restores it 循环.")] = False,
    group: Group = "",
) -> Draft:
    """Grant 授信 a line to an issuer. The bank, factor or service operator acts."""
    payload = pb.GrantLine(
        number=number,
        holder=parse_organisation(holder),
        purpose=purpose.name,
        limit_fen=parse_fen(limit),
        revolving=revolving,
        last_on=parse_day(last_on),
        group=parse_line(group) if group else "",
    )
    return session.draft(payload)


@app.command(
    "change", epilog=f"Example: hefu line change {LINE} --status suspended --key maker.json --key checker.json"
)
@writes
def change(
    session: Session,
    line: LineArgument,
    limit: Annotated[str | None, typer.Option("--limit", metavar="YUAN", help="The new limit.")] = None,
    last_on: Annotated[str | None, typer.Option("--last-on", metavar="DAY", help="The new last day.")] = None,
    status: Annotated[Status | None, typer.Option("--status", help="Closed is for ever.")] = None,
) -> Draft:
    """Change 额度调整 limit, last day or status; what is not given stays. What is in use stays in use."""
    if limit is None and last_on is None and status is None:
        raise BadValue("nothing to change: --limit, --last-on or --status")
    name = parse_line(line)
    before = session.client.ask(session.client.vouchers.GetLine, node_pb2.GetLineRequest(line=name)).line
    payload = pb.ChangeLine(
        line=name,
        limit_fen=before.limit_fen if limit is None else parse_fen(limit),
        last_on=before.last_on if last_on is None else parse_day(last_on),
        status=before.status if status is None else status.name,
    )
    return session.draft(payload)


@app.command("show", epilog=f"Example: hefu line show {LINE}")
def show(line: LineArgument, node: options.Node = options.DEFAULT_NODE, as_json: options.Json = False) -> None:
    """Show 查询 a line: its limit, what is reserved and used, what is free."""
    request = node_pb2.GetLineRequest(line=parse_line(line))
    with connect(node) as client:
        view = client.ask(client.vouchers.GetLine, request)
    if as_json:
        print_json(to_plain(view))
        return
    found = view.line
    print_pairs((
        ("line 额度", view.id),
        ("grantor 授信人", found.grantor),
        ("holder 受信人", found.holder),
        ("purpose 用途", enum_name(pb.LinePurpose, found.purpose)),
        ("limit 限额", show_fen(found.limit_fen)),
        ("reserved 预占", show_fen(found.reserved_fen)),
        ("used 已用", show_fen(found.used_fen)),
        ("free 可用", show_fen(view.free_fen)),
        ("revolving 循环", "yes" if found.revolving else "no"),
        ("last day 截止", show_day(found.last_on)),
        ("status 状态", enum_name(pb.LineStatus, found.status)),
        ("group 集团", found.group),
        ("as of 截至", f"height {view.height}"),
    ))  # fmt: skip


@app.command("list", epilog="Example: hefu line list --grantor 91350100M000100Y43")
def list_lines(
    grantor: Annotated[str, typer.Option(metavar="ORG")] = "",
    holder: Annotated[str, typer.Option(metavar="ORG")] = "",
    group: Group = "",
    limit: Limit = 100,
    node: options.Node = options.DEFAULT_NODE,
    as_json: options.Json = False,
) -> None:
    """List 列表 lines; each filter may be left out. One list is as of one height."""
    request = node_pb2.ListLinesRequest(
        grantor=parse_organisation(grantor) if grantor else "",
        holder=parse_organisation(holder) if holder else "",
        group=parse_line(group) if group else "",
    )
    with connect(node) as client:
        first, found = _gather(_pages(client, client.vouchers.ListLines, request, "lines", limit))
    if as_json:
        print_json({"lines": [to_plain(view) for view in found], "height": str(first.height)})
        return
    headings = ("line 额度", "holder 受信人", "purpose 用途", "limit 限额", "used 已用", "free 可用", "status 状态")
    print_table(headings, map(_line_row, found), right=(3, 4, 5))
    print_lines([f"{len(found)} as of height {first.height}"])


def _line_row(view: node_pb2.LineView) -> tuple[str, ...]:
    line = view.line
    amounts = (line.limit_fen, line.reserved_fen + line.used_fen, view.free_fen)
    purpose, status = enum_name(pb.LinePurpose, line.purpose), enum_name(pb.LineStatus, line.status)
    return (view.id, line.holder, purpose, *map(show_fen, amounts), status)
