"""`hefu import payables`: look at a treasurer's payables, then issue vouchers from them.

1. Everything is read and judged, and the ledger is asked which of the vouchers it knows. All of it is shown.
2. With a bad row it ends here, unless `--skip-bad` says that the good ones may go; `--preview` always ends here.
3. A person at a terminal is asked; elsewhere `--yes` says it beforehand. Only then anything is signed.

Exit codes: 0 all of it is issued, or looks good; 1 a row is bad, or the ledger refused one; 2 unusable.
"""

import hashlib
import secrets
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from identity.rules import compute_civil_day
from nodes.cli import options
from nodes.cli.commitments import commit, compute_document_commitment
from nodes.cli.failures import REFUSED, one_line
from nodes.cli.invoices import read_members_key
from nodes.cli.output import print_json, print_lines, print_pairs, print_table
from nodes.cli.progress import show_progress
from nodes.cli.session import Session, connect
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
from nodes.cli.streams import complain
from nodes.cli.values import BadValue, parse_deadline_ms, parse_organisation, parse_span_ms, show_fen
from nodes.cli.voucher import MembersKey
from receivables.discount import SALT_BYTES

if TYPE_CHECKING:
    from nodes.imports.issuing import Outcome
    from nodes.imports.payables import Terms
    from nodes.imports.plan import PlannedVoucher
    from nodes.imports.reading import Source
    from nodes.sheets.faults import Finding

app = typer.Typer(no_args_is_help=True, help="Import 导入: issue vouchers from a treasurer's payables.")
SHOWN = 20
EPILOG = (
    "Examples: hefu import payables payables.xlsx --paying-bank 9131… --members-key members.key --as 9135… --preview; "
    "hefu import payables payables.csv --paying-bank 9131… --members-key members.key --report bad.xlsx "
    "-k maker.json -k checker.json"
)


@app.callback()
def importing() -> None:
    """Import 导入: issue vouchers from a treasurer's payables."""


@app.command("payables", epilog=EPILOG)
def payables(
    source: Annotated[Path, typer.Argument(metavar="FILE|FOLDER", help="CSV, XLSX, or a folder of UBL invoices.")],
    members_key: MembersKey = None,
    paying_bank: Annotated[str, typer.Option("--paying-bank", metavar="ORG", help="Of rows that name none.")] = "",
    contract: Annotated[
        str, typer.Option("--contract", metavar="FILE|HEX", help="Of rows that name none: the file, or a commitment.")
    ] = "",
    accept_by: Annotated[str, typer.Option("--accept-by", metavar="WHEN", help="Then it lapses: 72h, 5d, a time.")] = (
        "5d"
    ),
    preview: Annotated[bool, typer.Option("--preview", help="Look only: sign nothing.")] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Issue the good rows beside bad ones.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write all bad rows to a .csv or .xlsx file.")
    ] = None,
    encoding: EncodingOption = None,
    sheet: SheetOption = None,
    day_order: DayOrderOption = None,
    key: options.Keys = None,  # type: ignore[assignment]  # typer gives an empty list; a preview needs none
    actor: options.Actor = None,
    passphrase_file: options.PassphraseFile = None,
    node: options.Node = options.DEFAULT_NODE,
    valid_for: options.ValidFor = "10m",
    as_json: options.Json = False,
) -> None:
    """Issue vouchers from payables 应付账款: read and judged first, nothing half done, nothing twice."""
    from nodes.imports.payables import Terms
    from nodes.imports.reading import read_payables

    check_out(report, source)
    validity_ms = parse_span_ms(valid_for)
    parse_deadline_ms(accept_by, 0)
    with connect(node) as client:
        session = Session(client, key or (), passphrase_file, actor)
        terms = Terms(
            issuer=session.actor,
            today=compute_civil_day(session.status.now_ms),
            members_key=read_members_key(members_key),
            paying_bank=parse_organisation(paying_bank) if paying_bank else "",
            has_contract=bool(contract),
            day_order="" if day_order is None else day_order.value,
        )
        with show_progress("reading 读取", is_wanted=not as_json) as on_row:
            read = read_payables(source, terms, build_options(encoding, sheet, day_order), on_row)
        command = _Import(session, read, terms, report, as_json)
        command.look()
        if command.may_issue(preview, skip_bad):
            if not yes:
                command.ask()
            command.issue(_Contracts(contract), validity_ms, lambda now_ms: parse_deadline_ms(accept_by, now_ms))
        command.end()


class _Contracts:
    """Commitments to contracts: one for all rows that name none, a new one for each row that names its own."""

    def __init__(self, common: str) -> None:
        self._common = commit(common) if common else b""

    def commit(self, contract: str) -> tuple[bytes, bytes]:
        """The commitment to a contract's number, and the salt that opens it; that of the common one lies elsewhere."""
        if not contract:
            return self._common, b""
        salt = secrets.token_bytes(SALT_BYTES)
        return compute_document_commitment(salt, hashlib.sha256(contract.encode()).digest()), salt


class _Import:
    """One import as a person sees it."""

    def __init__(self, session: Session, read: "Source", terms: "Terms", report: Path | None, as_json: bool) -> None:
        from nodes.imports.issuing import Outcome

        self._session = session
        self._read = read
        self._terms = terms
        self._report = report
        self._as_json = as_json
        self._findings: list[Finding] = list(read.plan.findings)
        self._fresh: list[PlannedVoucher] = []
        self._outcome: Outcome = Outcome()
        self._journal = ""

    def look(self) -> None:
        """Ask the ledger what it knows of it, and show everything."""
        from nodes.imports.issuing import compare_with_ledger

        client, vouchers = self._session.client, self._read.plan.vouchers
        self._fresh, self._outcome = client.run(compare_with_ledger(client.aio, self._terms.issuer, vouchers))
        self._take_findings(self._outcome)
        if not self._as_json:
            self._show()

    def may_issue(self, preview: bool, skip_bad: bool) -> bool:
        """Whether anything is to be signed."""
        if self._findings and not skip_bad and not preview and not self._as_json:
            print_lines(["Nothing was issued 未开立: correct the bad rows, or say --skip-bad."])
        return bool(self._fresh) and not preview and (skip_bad or not self._findings)

    def ask(self) -> None:
        """Ask a person; BadValue where there is none."""
        if self._as_json or not sys.stdin.isatty():
            raise BadValue("nobody can be asked here: say --yes to issue, or --preview to look only")
        typer.confirm(f"Issue {len(self._fresh)} vouchers 开立凭证?", abort=True, err=True)

    def issue(self, contracts: _Contracts, validity_ms: int, compute_deadline_ms: Callable[[int], int]) -> None:
        """Sign, submit, and follow to the end, beside the journal."""
        from nodes.imports.issuing import Issuing, Signing
        from nodes.imports.journal import Heading, compute_journal_path, open_journal

        client, issuer = self._session.client, self._terms.issuer
        network = self._session.status.network
        seeds = tuple(dict.fromkeys(one.seed for one in self._session.keys))
        signing = Signing(issuer, seeds, validity_ms, compute_deadline_ms, contracts.commit)
        path = compute_journal_path(self._read.path, self._read.digest)
        heading = Heading(self._read.digest, network.name, network.genesis_hash, issuer)
        with (
            open_journal(path, heading) as journal,
            show_progress("issuing 开立", len(self._fresh), not self._as_json) as on_decided,
        ):
            self._journal = str(path)
            issuing = Issuing(client.aio, journal, signing, on_decided)
            try:
                client.run(issuing.run(self._fresh))
            except BaseException:
                complain(f"issued so far 已开立: {issuing.outcome.issued}; import the same source again to go on\n")
                raise
        self._take_outcome(issuing.outcome)

    def _take_outcome(self, outcome: "Outcome") -> None:
        self._outcome.issued, self._outcome.issued_fen = outcome.issued, outcome.issued_fen
        self._outcome.known += outcome.known
        self._outcome.known_fen += outcome.known_fen
        self._take_findings(outcome)
        if not self._as_json:
            print_pairs((
                ("issued 已开立", _count(outcome.issued, outcome.issued_fen)),
                ("refused 被拒", str(len(outcome.findings)) if outcome.findings else ""),
                ("journal 日志", self._journal),
            ))  # fmt: skip
            self._show_findings(outcome.findings)

    def _take_findings(self, outcome: "Outcome") -> None:
        shown = self._read.shown
        outcome.findings = [replace(one, column=shown.get(one.column, one.column)) for one in outcome.findings]
        self._findings += outcome.findings

    def end(self) -> None:
        """Write the report, say everything to a machine, and end with 1 where a row is bad."""
        if self._report is not None:
            write_tables(self._report, [build_findings_table(self._findings)])
        if self._as_json:
            print_json(self._plain())
        if self._findings:
            raise typer.Exit(REFUSED)

    def _show(self) -> None:
        read, planned = self._read, self._fresh
        print_pairs((
            ("source 来源", f"{read.path} ({read.form})"),
            ("sha-256", read.digest.hex()),
            ("rows 行数", f"{read.plan.rows}"),
            ("not read 未读列", one_line(", ".join(read.unread[:SHOWN]))),
            ("to be issued 待开立", _count(len(planned), sum(voucher.face_fen for voucher in planned))),
            ("issued before 此前已开立", _count(self._outcome.known, self._outcome.known_fen)),
            ("bad rows 有误", f"{len(self._findings)}"),
        ))  # fmt: skip
        self._show_payees()
        self._show_findings(self._findings)

    def _show_payees(self) -> None:
        """The sums by payee, largest first."""
        sums: dict[str, tuple[int, int]] = {}
        for voucher in self._fresh:
            count, fen = sums.get(voucher.payee, (0, 0))
            sums[voucher.payee] = (count + 1, fen + voucher.face_fen)
        largest = sorted(sums.items(), key=lambda item: (-item[1][1], item[0]))
        rows = [(payee, str(count), show_fen(fen)) for payee, (count, fen) in largest[:SHOWN]]
        if rows:
            print_table(("payee 收款人", "vouchers 张数", "sum 金额"), rows, right=(1, 2))
        if len(largest) > SHOWN:
            print_lines([f"… and {len(largest) - SHOWN} more payees 另有收款人"])

    def _show_findings(self, findings: "Sequence[Finding]") -> None:
        if findings:
            print_tables([build_findings_table(findings[:SHOWN])])
        if len(findings) > SHOWN:
            print_lines([f"… and {len(findings) - SHOWN} more; --report FILE.csv has all 其余见报告"])

    def _plain(self) -> dict[str, Any]:
        read, outcome = self._read, self._outcome
        left = len(self._fresh) - outcome.issued
        return {
            "source": str(read.path), "form": read.form, "sha256": read.digest.hex(), "rows": read.plan.rows,
            "not_read": list(read.unread), "issuer": self._terms.issuer,
            "to_be_issued": left, "issued": outcome.issued, "issued_fen": str(outcome.issued_fen),
            "issued_before": outcome.known, "issued_before_fen": str(outcome.known_fen), "journal": self._journal,
            "to_be_issued_fen": str(sum(voucher.face_fen for voucher in self._fresh) - outcome.issued_fen),
            "bad_rows": [
                {"row": one.row, "column": one.column, "code": one.name, "english": one.english,
                 "chinese": one.chinese} for one in self._findings
            ],
        }  # fmt: skip


def _count(number: int, fen: int) -> str:
    return f"{number} vouchers, {show_fen(fen)} yuan 元"
