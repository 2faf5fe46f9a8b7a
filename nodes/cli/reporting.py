"""`hefu report`: lists as of the end of a day, each with the proven totals that it must sum to.

Exit codes: 0 every list sums to its proven totals; 1 one does not, or a proof does not hold; 2 unusable.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hefu.v1 import node_pb2
from nodes.cli import options
from nodes.cli.failures import REFUSED
from nodes.cli.files import read_bytes, write_bytes
from nodes.cli.output import print_json, print_lines, to_plain
from nodes.cli.progress import show_progress
from nodes.cli.reading import _gather, _pages
from nodes.cli.session import connect
from nodes.cli.sheets import check_out, print_tables, write_tables
from nodes.cli.values import BadValue, parse_day, parse_organisation

if TYPE_CHECKING:
    from hefu.v1 import ledger_pb2
    from nodes.client.blocking import Client
    from nodes.reports.reading import Report, Side
    from nodes.sheets.writing import Table

app = typer.Typer(
    no_args_is_help=True, help="Reports 报表: issuer, lender, regulator, with the totals that are proved."
)
ORG = "91350100M000100Y43"

Org = Annotated[str, typer.Argument(metavar="ORG", help="USCC or LEI.")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="DAY", help="At whose end, like 2026-12-31; without it, now.")
]
Trust = Annotated[Path, typer.Option("--trust", metavar="TRUST", help="Whom you trust; the totals are proved to it.")]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Write it to a .csv or .xlsx file instead of the terminal.")
]
Proofs = Annotated[
    Path | None, typer.Option("--proofs", metavar="FOLDER", help="Also keep each proof here, for `hefu verify`.")
]


@app.command("issuer", epilog=f"Example: hefu report issuer {ORG} --as-of 2026-12-31 --trust trust.json --out i.xlsx")
def issuer(
    organisation: Org,
    trust: Trust,
    as_of: AsOf = None,
    out: Out = None,
    proofs: Proofs = None,
    node: options.Node = options.DEFAULT_NODE,
    as_json: options.Json = False,
) -> None:
    """List what an issuer's vouchers are and what is unpaid 开立人报表; it must sum to its proven totals."""
    from nodes.reports.reading import ISSUER

    _report_one(ISSUER, organisation, trust, as_of, out, proofs, node, as_json)


@app.command("lender", epilog=f"Example: hefu report lender {ORG} --as-of 2026-12-31 --trust trust.json --out l.csv")
def lender(
    organisation: Org,
    trust: Trust,
    as_of: AsOf = None,
    out: Out = None,
    proofs: Proofs = None,
    node: options.Node = options.DEFAULT_NODE,
    as_json: options.Json = False,
) -> None:
    """List the claims that rest on vouchers for a lender 质权人报表; they must sum to its proven totals."""
    from nodes.reports.reading import LENDER

    _report_one(LENDER, organisation, trust, as_of, out, proofs, node, as_json)


@app.command("regulator", epilog="Example: hefu report regulator --as-of 2026-12-31 --trust trust.json --out all.xlsx")
def regulator(
    trust: Trust,
    as_of: AsOf = None,
    out: Out = None,
    proofs: Proofs = None,
    node: options.Node = options.DEFAULT_NODE,
    as_json: options.Json = False,
) -> None:
    """Sum up all issuers and lenders 监管报表; each of them must sum to its own proven totals."""
    from nodes.cli.report_tables import build_overview
    from nodes.reports.reading import ISSUER, LENDER

    asked = _Asked(trust, as_of, out, proofs, as_json)
    found: list[tuple[str, Report]] = []
    with connect(node) as client:
        request = node_pb2.ListOrganisationsRequest()
        _, members = _gather(_pages(client, client.identity.ListOrganisations, request, "organisations", 0))
        with show_progress("reading 读取", len(members), not as_json) as on_member:
            for member in members:
                for side in (ISSUER, LENDER):
                    report = asked.read(client, side, member.id)
                    if report.rows or report.differences:
                        found.append((member.organisation.name, report))
                on_member(1)
    reports = [report for _, report in found]
    asked.give([build_overview(found)], [_plain(report) for report in reports], reports)


def _report_one(
    side: "Side", organisation: str, trust: Path, as_of: str | None, out: Path | None, proofs: Path | None,
    node: str, as_json: bool,
) -> None:  # fmt: skip
    from nodes.cli.report_tables import build_about, build_list

    asked = _Asked(trust, as_of, out, proofs, as_json)
    with connect(node) as client:
        report = asked.read(client, side, parse_organisation(organisation))
    about = build_about(report, asked.trust.network.name)
    rows = [to_plain(row) for row in report.rows]
    asked.give([about, build_list(report)], _plain(report) | {"list": rows}, [report])


class _Asked:
    """What was asked for, and where it goes."""

    def __init__(self, trust: Path, as_of: str | None, out: Path | None, proofs: Path | None, as_json: bool) -> None:
        from ledger.verify_forms import MAX_FILE_BYTES, parse_trust

        check_out(out)
        self.trust: ledger_pb2.TrustFile = parse_trust(read_bytes(trust, "trust file", MAX_FILE_BYTES))
        self._on = 0 if as_of is None else parse_day(as_of)
        self._out = out
        self._proofs = proofs
        self._as_json = as_json
        if proofs is not None and not proofs.is_dir():
            raise BadValue(f"{proofs}: no folder")

    def read(self, client: "Client", side: "Side", organisation: str) -> "Report":
        """One report. BadValue's kin as they come; a proof that does not hold ends with 1."""
        from ledger.verify import ProofRefused
        from nodes.reports.reading import read_report

        now_ms = time.time_ns() // 1_000_000
        try:
            report = read_report(client, side, organisation, self._on, self.trust, now_ms)
        except ProofRefused as refused:
            print_lines([f"DOES NOT HOLD 不成立  {side.name} {organisation}: {refused.reason}: {refused.message}"])
            raise typer.Exit(REFUSED) from None
        if self._proofs is not None:
            self._keep(report, self._proofs)
        return report

    def _keep(self, report: "Report", folder: Path) -> None:
        from ledger.verify_forms import render_json

        if report.proven.proof is not None:
            path = folder / f"{report.side.name}-{report.organisation}.json"
            write_bytes(path, render_json(report.proven.proof), may_replace=True)

    def give(self, tables: "Sequence[Table]", plain: Any, reports: "Sequence[Report]") -> None:
        """Write or show it, say what does not sum up, and end with 1 if anything does not."""
        from nodes.cli.report_tables import show_difference, show_quantity

        if self._out is not None:
            write_tables(self._out, tables)
        if self._as_json:
            print_json(plain)
        elif self._out is None:
            print_tables(tables)
        wrong = [
            f"{report.side.name} {report.organisation}: {show_quantity(found)}: {show_difference(found)}"
            for report in reports
            for found in report.differences
        ]
        if not self._as_json:
            print_lines([f"does not sum up 合计不符  {line}" for line in wrong])
        if wrong:
            raise typer.Exit(REFUSED)


def _plain(report: "Report") -> dict[str, Any]:
    proven = report.proven
    return {
        "report": report.side.name, "organisation": report.organisation,
        "height": str(report.position.height), "time_ms": str(report.position.time_ms),
        "listed": to_plain(report.listed), "proven": to_plain(proven.totals), "has_proof": proven.proof is not None,
        "proved_height": str(proven.height), "proved_time_ms": str(proven.time_ms),
        "state_root": proven.state_root.hex(), "log_size": str(proven.size), "assurance": proven.assurance,
        "differences": [
            {"name": one.name, "due_on": one.due_on, "listed": str(one.listed), "proven": str(one.proven)}
            for one in report.differences
        ],
    }  # fmt: skip
