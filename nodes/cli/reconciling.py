"""`hefu reconcile`: a bank's statement against the payments that the ledger was told of.

Exit codes: 0 every payment is on both; 1 one is on one side only, or differs, or a row is bad; 2 unusable.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hefu.v1 import node_pb2
from nodes.cli import options
from nodes.cli.failures import REFUSED
from nodes.cli.output import print_json, print_pairs
from nodes.cli.reading import _gather, _pages
from nodes.cli.session import connect
from nodes.cli.sheets import (
    DayOrderOption,
    EncodingOption,
    SheetOption,
    build_findings_table,
    build_options,
    check_out,
    print_tables,
    write_tables,
)
from nodes.cli.values import BadValue, parse_day, parse_organisation, show_day
from nodes.sheets.writing import Fen, Table

if TYPE_CHECKING:
    from nodes.client.blocking import Client
    from nodes.reconciliation.matching import Match
    from nodes.reconciliation.payments import Line
    from nodes.reconciliation.statement import Entry, Statement

MAX_NEAR_DAYS = 31
EPILOG = (
    "Examples: hefu reconcile statement.csv --for 9135…; "
    "hefu reconcile statement.xlsx --for 9135… --from 2026-03-31 --to 2026-03-31 --out reconciled.xlsx"
)
HEADINGS = (
    "result 结果", "package 凭证包", "range 区间", "payee 收款人", "ledger 账本金额", "statement 流水金额",
    "on ledger 账本日", "value day 起息日", "rows 行", "bank reference 流水号", "transaction 交易",
)  # fmt: skip


def reconcile(
    statement: Annotated[Path, typer.Argument(metavar="FILE", help="The statement, CSV or XLSX.")],
    owner: Annotated[str, typer.Option("--for", metavar="ORG", help="Whose account it is: payee, issuer or bank.")],
    day_from: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="First day that it covers; else its first value day.")
    ] = None,
    day_to: Annotated[
        str | None, typer.Option("--to", metavar="DAY", help="Last day that it covers; else its last value day.")
    ] = None,
    near: Annotated[
        int, typer.Option("--near", metavar="DAYS", min=0, max=MAX_NEAR_DAYS, help="How far a report may lie apart.")
    ] = 1,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write everything to a .csv or .xlsx file.")
    ] = None,
    encoding: EncodingOption = None,
    sheet: SheetOption = None,
    day_order: DayOrderOption = None,
    node: options.Node = options.DEFAULT_NODE,
    as_json: options.Json = False,
) -> None:
    """Compare a bank's statement with the ledger 对账: what was paid and reported, and what only one of them has."""
    from nodes.reconciliation.matching import GOOD, match
    from nodes.reconciliation.statement import read_statement

    check_out(out, statement)
    account = parse_organisation(owner)
    with connect(node) as client:
        read = read_statement(statement, build_options(encoding, sheet, day_order), _read_names(client))
        days = _choose_days(read, day_from, day_to)
        lines, others = _read_lines(client, account, days, near)
    matches = match(read.entries, lines, others)
    bad = [found for found in matches if found.kind not in GOOD]
    if out is not None:
        write_tables(out, [_build_table(matches), build_findings_table(read.findings)])
    if as_json:
        print_json(_plain(read, days, matches))
    else:
        _show(read, days, matches, bad)
    if bad or read.findings:
        raise typer.Exit(REFUSED)


def _read_names(client: "Client") -> dict[str, str]:
    request = node_pb2.ListOrganisationsRequest()
    _, members = _gather(_pages(client, client.identity.ListOrganisations, request, "organisations", 0))
    return {member.id: member.organisation.name for member in members}


def _choose_days(read: "Statement", day_from: str | None, day_to: str | None) -> tuple[int, int]:
    if read.days is None and (day_from is None or day_to is None):
        raise BadValue("no row names a voucher, so its days are unknown: say --from and --to")
    first, last = read.days or (0, 0)
    first = first if day_from is None else parse_day(day_from)
    last = last if day_to is None else parse_day(day_to)
    if first > last:
        raise BadValue("--from lies after --to")
    return first, last


def _read_lines(client: "Client", account: str, days: tuple[int, int], near: int) -> "tuple[list[Line], list[Line]]":
    """The lines of the statement's days, and of the days near by."""
    from nodes.reconciliation.payments import read_lines

    lines = read_lines(client, account, max(0, days[0] - near), days[1] + near)
    inside = [line for line in lines if days[0] <= line.on <= days[1]]
    return inside, [line for line in lines if not days[0] <= line.on <= days[1]]


def _build_table(matches: "Sequence[Match]") -> Table:
    return Table("reconciliation", HEADINGS, [_build_row(found) for found in matches], numbers=(4, 5))


def _build_row(found: "Match") -> tuple[str | Fen, ...]:
    from nodes.reconciliation.matching import MEANINGS

    entries, lines = found.entries, found.lines
    both: tuple[Entry | Line, ...] = (*lines, *entries)
    ranges = {(one.start, one.end) for one in both if one.end}
    payees = {one.payee for one in both if one.payee}
    return (
        MEANINGS[found.kind],
        found.package,
        ", ".join(f"{start}-{end}" for start, end in sorted(ranges)),
        ", ".join(sorted(payees)),
        Fen(sum(line.amount_fen for line in lines)) if lines else "",
        Fen(sum(entry.amount_fen for entry in entries)) if entries else "",
        ", ".join(sorted({show_day(line.on) for line in lines})),
        ", ".join(sorted({show_day(entry.value_on) for entry in entries})),
        ", ".join(entry.row for entry in entries),
        ", ".join(entry.bank_reference for entry in entries if entry.bank_reference),
        ", ".join(sorted({line.transaction_id.hex() for line in lines})),
    )


def _show(read: "Statement", days: tuple[int, int], matches: "Sequence[Match]", bad: "Sequence[Match]") -> None:
    print_pairs((
        ("days 日期", f"{show_day(days[0])} … {show_day(days[1])}"),
        ("rows of vouchers 凭证相关", str(len(read.entries))),
        ("other rows 其他", str(read.others)),
        ("agree 相符", str(len(matches) - len(bad))),
        ("do not 不符", str(len(bad))),
        ("bad rows 有误", str(len(read.findings))),
    ))  # fmt: skip
    if bad:
        print_tables([_build_table(bad)])
    if read.findings:
        print_tables([build_findings_table(read.findings)])


def _plain(read: "Statement", days: tuple[int, int], matches: "Sequence[Match]") -> dict[str, Any]:
    return {
        "from": days[0], "to": days[1], "other_rows": read.others,
        "matches": [
            {
                "result": found.kind, "package": found.package,
                "entries": [
                    {"row": entry.row, "start": str(entry.start), "end": str(entry.end),
                     "amount_fen": str(entry.amount_fen), "value_on": entry.value_on, "payer": entry.payer,
                     "payee": entry.payee, "bank_reference": entry.bank_reference} for entry in found.entries
                ],
                "lines": [
                    {"start": str(line.start), "end": str(line.end), "amount_fen": str(line.amount_fen),
                     "on": line.on, "payee": line.payee, "height": str(line.height),
                     "transaction_id": line.transaction_id.hex()} for line in found.lines
                ],
            } for found in matches
        ],
        "bad_rows": [
            {"row": one.row, "column": one.column, "code": one.name, "english": one.english, "chinese": one.chinese}
            for one in read.findings
        ],
    }  # fmt: skip
