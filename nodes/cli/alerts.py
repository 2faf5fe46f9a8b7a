"""`hefu alerts`: patterns that a regulator or an auditor should look at. It signs nothing."""

from enum import StrEnum
from typing import Annotated

import typer

from hefu.v1 import node_pb2
from nodes.cli import options
from nodes.cli.output import enum_name, print_json, print_lines, print_table, to_plain
from nodes.cli.reading import Limit, _gather, _pages
from nodes.cli.session import connect
from nodes.cli.values import parse_day, parse_organisation, show_day, show_fen

EPILOG = "Example: hefu alerts --from 2026-01-01 --to 2026-06-30 --kind circular-trade"


class Kind(StrEnum):
    """What to look for."""

    ABNORMAL_SPLITTING = "abnormal-splitting"
    CIRCULAR_TRADE = "circular-trade"
    RELATED_PARTIES = "related-parties"
    CONCENTRATION = "concentration"
    PASS_THROUGH = "pass-through"


def list_alerts(
    from_on: Annotated[str, typer.Option("--from", metavar="DAY", help="First day of the flows.")],
    to_on: Annotated[str, typer.Option("--to", metavar="DAY", help="Last day; at most 400 days in all.")],
    kind: Annotated[Kind | None, typer.Option("--kind", help="One kind only.")] = None,
    organisation: Annotated[str, typer.Option("--org", metavar="ORG", help="That takes part.")] = "",
    limit: Limit = 100,
    node: options.Node = options.DEFAULT_NODE,
    as_json: options.Json = False,
) -> None:
    """List alerts 预警: splitting, circles, related parties, concentration, pass-through. They prove nothing."""
    request = node_pb2.ListAlertsRequest(
        kind=None if kind is None else kind.name,
        from_on=parse_day(from_on),
        to_on=parse_day(to_on),
        organisation=parse_organisation(organisation) if organisation else "",
    )
    with connect(node) as client:
        first, found = _gather(_pages(client, client.vouchers.ListAlerts, request, "alerts", limit))
    if as_json:
        print_json({"alerts": [to_plain(alert) for alert in found], "height": str(first.height)})
        return
    headings = ("kind 类型", "organisations 机构", "amount 金额", "count 次数", "from 自", "to 至", "packages 凭证包")
    print_table(headings, map(_row, found), right=(2, 3))
    print_lines([f"{len(found)} as of height {first.height}"])


def _row(alert: node_pb2.Alert) -> tuple[str, ...]:
    days = (show_day(day) if day else "" for day in (alert.first_on, alert.last_on))
    parties = " → ".join(alert.organisations)
    kind = enum_name(node_pb2.AlertKind, alert.kind)
    return (kind, parties, show_fen(alert.amount_fen), str(alert.count), *days, " ".join(alert.packages))
