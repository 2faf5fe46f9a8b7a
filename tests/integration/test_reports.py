"""Reports and reconciliation by the command line: lists as of a day, proven totals, and what a bank did not pay."""

import asyncio
import csv
import json
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from hefu.v1 import reports_pb2
from ledger.verify import parse_trust
from nodes.cli.app import app
from nodes.directory import TRUST_FILE
from nodes.reports import queries
from tests.support.payables import write_csv
from tests.support.running import running
from tests.support.town import CUT_OFF_DAY, FACE_FEN, MONDAY, open_town

MONDAY_SHOWN, TUESDAY_SHOWN, CUT_OFF_SHOWN = "2026-03-02", "2026-03-03", "2026-03-31"


class Office:
    """Commands to one node, and the trust file of its operator."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.trust = ("--trust", str(folder / "data" / TRUST_FILE))
        self._environment = {"HEFU_NODE": f"127.0.0.1:{port}"}

    def run(self, *arguments: str, code: int = 0):
        result = CliRunner().invoke(app, arguments, env=self._environment)
        assert result.exit_code == code, (arguments, result.output, result.stderr)
        return result

    def ask(self, *arguments: str, code: int = 0):
        return json.loads(self.run(*arguments, "--json", code=code).stdout)


async def tell(town):
    """Monday: two vouchers, one of them pledged in part. Tuesday: a third. Cut-off day: payments."""
    first, second = await town.live("Y-1"), await town.live("Y-2")
    await town.finance_up_to("pay out", town.request(first, town.bank), town.supplier, town.bank)
    await town.wait_for_morning(MONDAY + 1)
    await town.live("Y-3")
    await town.wait_for_morning(CUT_OFF_DAY)
    pledged, rest = (town.bank, 80_000_000), (town.supplier, FACE_FEN - 80_000_000)
    await town.say(town.paying_bank, town.pay(first, pledged, rest))
    await town.say(town.paying_bank, town.pay_package(second.package, 60_000_000))
    await town.wait_for_morning(CUT_OFF_DAY + 1)
    await town.say(town.paying_bank, town.pay_package(second.package, 40_000_000))
    return first, second


async def test_lists_sum_to_what_is_proved_and_a_payment_that_never_came_is_found(tmp_path, monkeypatch):
    async with open_town(tmp_path) as town:
        first, second = await tell(town)
    async with running(tmp_path / "data") as served:
        office = Office(tmp_path, served.port)
        await asyncio.to_thread(check_issuer, office, town)
        await asyncio.to_thread(check_lender, office, town)
        await asyncio.to_thread(check_regulator, office, town)
        await asyncio.to_thread(check_misuse, office, town)
        await asyncio.to_thread(check_statement, office, town, first, second)
        hide_a_package(monkeypatch)
        assert "does not sum up" in await asyncio.to_thread(show_what_is_hidden, office, town)


def check_issuer(office, town):
    monday = office.ask("report", "issuer", town.core.id, "--as-of", MONDAY_SHOWN, *office.trust)
    assert [one["id"][-3:] for one in monday["list"]] == ["Y-1", "Y-2"]
    assert (monday["listed"], monday["differences"]) == (monday["proven"], [])
    assert monday["proven"]["unpaid_fen"] == str(2 * FACE_FEN)
    assert monday["has_proof"] is True
    assert len(monday["state_root"]) == 64
    tuesday = office.ask("report", "issuer", town.core.id, "--as-of", "2026-03-20", *office.trust)
    assert tuesday["proven"]["packages"] == "3"
    assert int(tuesday["proved_height"]) <= int(tuesday["height"])
    paid = office.ask("report", "issuer", town.core.id, "--as-of", CUT_OFF_SHOWN, *office.trust)
    assert [one["owed_fen"] for one in paid["list"]] == ["0", "40000000", str(FACE_FEN)]
    now = office.ask("report", "issuer", town.core.id, *office.trust)
    assert [one["owed_fen"] for one in now["list"]] == ["0", "0", str(FACE_FEN)]
    assert now["proved_height"] == now["height"]
    out, proofs = office.folder / "issuer.xlsx", office.folder / "proofs"
    proofs.mkdir()
    office.run("report", "issuer", town.core.id, "--as-of", MONDAY_SHOWN, *office.trust, "--out", str(out),
               "--proofs", str(proofs))  # fmt: skip
    about, listed = openpyxl.load_workbook(out).worksheets
    assert {row[0].value: row[1].value for row in about.iter_rows()}["the list sums to it 清单合计"] == "yes 相符"
    assert [row[3].value for row in listed.iter_rows(min_row=2)] == [FACE_FEN // 100] * 2
    proof = str(proofs / f"issuer-{town.core.id}.json")
    verdict = office.ask("verify", proof, *office.trust)
    assert verdict["records"][f"totals/issuer/{town.core.id}"]["packages"] == "2"
    shown = office.run("report", "issuer", town.core.id, *office.trust).stdout
    assert "1,000,000.00" in shown
    assert "ATTESTED BY OPERATOR" in shown


def check_lender(office, town):
    monday = office.ask("report", "lender", town.bank.id, "--as-of", MONDAY_SHOWN, *office.trust)
    (claimed,) = monday["list"]
    assert (claimed["claim"]["secured_fen"], monday["proven"]["claims"]) == ("80000000", "1")
    nothing = office.ask("report", "lender", town.other_bank.id, "--as-of", MONDAY_SHOWN, *office.trust)
    assert (nothing["list"], nothing["has_proof"], nothing["differences"]) == ([], False, [])
    absent = office.ask("report", "lender", town.other_bank.id, *office.trust)
    assert (absent["list"], absent["has_proof"], absent["proven"]["claims"]) == ([], True, "0")
    assert "none: nothing had changed" in office.run(
        "report", "lender", town.other_bank.id, "--as-of", MONDAY_SHOWN, *office.trust
    ).stdout  # fmt: skip
    out = office.folder / "lender.csv"
    office.run("report", "lender", town.bank.id, "--as-of", MONDAY_SHOWN, *office.trust, "--out", str(out))
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[-1][1] == "800000.00"


def check_regulator(office, town):
    found = office.ask("report", "regulator", "--as-of", CUT_OFF_SHOWN, *office.trust)
    assert {(one["report"], one["organisation"]) for one in found} == {
        ("issuer", town.core.id),
        ("lender", town.bank.id),
    }
    assert all(one["listed"] == one["proven"] for one in found)
    shown = office.run("report", "regulator", "--as-of", CUT_OFF_SHOWN, *office.trust).stdout
    assert "核心企业" in shown
    assert "Σ packages" in shown
    out = office.folder / "all.csv"
    office.run("report", "regulator", *office.trust, "--out", str(out))
    assert "Σ claims" in out.read_text(encoding="utf-8-sig")


def check_misuse(office, town):
    before = ("--as-of", "2026-03-01")
    for words, code in (
        ((town.core.id, *before, *office.trust), 2), ((town.core.id, "--as-of", "soon", *office.trust), 2),
        (("me", *office.trust), 2), ((town.core.id, "--trust", str(office.folder / "none")), 2),
        ((town.core.id, *office.trust, "--out", "x.txt"), 2),
        ((town.core.id, *office.trust, "--proofs", "/nowhere"), 2),
    ):  # fmt: skip
        assert len(office.run("report", "issuer", *words, code=code).stderr.splitlines()) == 1
    trust = json.loads((office.folder / "data" / TRUST_FILE).read_text())
    parse_trust((office.folder / "data" / TRUST_FILE).read_bytes())
    trust["network"]["genesis_hash"] = "00" * 32
    other = office.folder / "other-trust.json"
    other.write_text(json.dumps(trust, sort_keys=True, separators=(",", ":")) + "\n")
    refused = office.run("report", "issuer", town.core.id, "--trust", str(other), code=1)
    assert "OTHER_NETWORK" in refused.stdout


def hide_a_package(monkeypatch):
    """A node that leaves one of an issuer's packages out of its list."""
    honest = queries.list_issued

    def lie(connection, request):
        page = honest(connection, request)
        kept = [one for one in page.packages if not one.id.endswith("Y-2")]
        return reports_pb2.IssuedPage(packages=kept, next_cursor=page.next_cursor, position=page.position)

    monkeypatch.setattr(queries, "list_issued", lie)


def show_what_is_hidden(office, town):
    found = office.ask("report", "issuer", town.core.id, "--as-of", MONDAY_SHOWN, *office.trust, code=1)
    assert [(one["name"], one["listed"], one["proven"]) for one in found["differences"]] == [
        ("packages", "1", "2"), ("face_fen", str(FACE_FEN), str(2 * FACE_FEN)),
        ("unpaid_fen", str(FACE_FEN), str(2 * FACE_FEN)), ("calendar", str(FACE_FEN), str(2 * FACE_FEN)),
    ]  # fmt: skip
    shown = office.run("report", "issuer", town.core.id, "--as-of", MONDAY_SHOWN, *office.trust, code=1).stdout
    assert "unpaid 未付: list 清单 1000000.00, proof 证明 2000000.00" in shown
    assert "no 不符" in office.run("report", "regulator", "--as-of", MONDAY_SHOWN, *office.trust, code=1).stdout
    return shown


# ---------------------------------------------------------------- reconciliation

HEADINGS = ("附言", "金额", "起息日", "收款人", "流水号")


def check_statement(office, town, first, second):
    def reconcile(owner, *rows, code=0, more=()):
        path = write_csv(office.folder / "statement.csv", rows, HEADINGS)
        said = office.ask("reconcile", str(path), "--for", owner.id, *more, code=code)
        return sorted((one["result"], one["package"][-3:]) for one in said["matches"])

    day = ("--from", CUT_OFF_SHOWN, "--to", CUT_OFF_SHOWN)
    whole = f"{first.package}/{first.start}-{first.end}"
    rest, part = str(FACE_FEN // 100 - 800_000), "600000.00"
    received = [[f"兑付 {whole}", rest, CUT_OFF_SHOWN, "", "T1"], [second.package, part, CUT_OFF_SHOWN, "", "T2"]]
    assert reconcile(town.supplier, *received) == [("MATCHED", "Y-1"), ("MATCHED", "Y-2")]
    # The bank reported it, and the money never came.
    assert reconcile(town.supplier, received[1], code=1) == [("MATCHED", "Y-2"), ("NOT_ON_STATEMENT", "Y-1")]
    assert reconcile(town.supplier, code=1, more=day) == [("NOT_ON_STATEMENT", "Y-1"), ("NOT_ON_STATEMENT", "Y-2")]
    short = [[*received[0][:1], "1.00", *received[0][2:]], received[1]]
    assert reconcile(town.supplier, *short, code=1) == [("DIFFERS", "Y-1"), ("MATCHED", "Y-2")]
    unknown = [*received, [f"{town.core.id}.X-9", "5.00", CUT_OFF_SHOWN, "", ""]]
    assert ("NOT_ON_LEDGER", "X-9") in reconcile(town.supplier, *unknown, code=1)
    # The paying bank's own statement: one debit for each payee.
    paid = [[whole, "800000.00", CUT_OFF_SHOWN, "甲银行", "D1"], [whole, rest, CUT_OFF_SHOWN, town.supplier.id, "D2"],
            [second.package, part, CUT_OFF_SHOWN, "一级供应商", "D3"], ["salaries", "7", "x", "", ""]]  # fmt: skip
    assert reconcile(town.paying_bank, *paid) == [("MATCHED", "Y-1"), ("MATCHED", "Y-1"), ("MATCHED", "Y-2")]
    assert reconcile(town.bank, paid[0]) == [("MATCHED", "Y-1")]
    assert reconcile(town.thief, more=day) == []
    check_how_it_looks(office, town, received, short)


def check_how_it_looks(office, town, received, short):
    path = write_csv(office.folder / "statement.csv", received, HEADINGS)
    shown = office.run("reconcile", str(path), "--for", town.supplier.id).stdout
    assert "agree" in shown
    path = write_csv(path, [*short, ["", "", "", "", ""], [received[0][0], "-1", CUT_OFF_SHOWN, "", ""]], HEADINGS)
    out = office.folder / "reconciled.xlsx"
    shown = office.run("reconcile", str(path), "--for", town.supplier.id, "--out", str(out), code=1).stdout
    assert "the amounts differ" in shown
    assert "AMOUNT_NEGATIVE" in shown
    results, bad = openpyxl.load_workbook(out).worksheets
    assert (results.max_row, bad.max_row) == (3, 2)
    for words in (
        ("--from", TUESDAY_SHOWN, "--to", MONDAY_SHOWN),
        ("--near", "32"),
        ("--out", "x.doc"),
        ("--for", "me"),
    ):
        office.run("reconcile", str(path), "--for", town.supplier.id, *words, code=2)
    empty = write_csv(office.folder / "empty.csv", [], HEADINGS)
    assert "--from and --to" in office.run("reconcile", str(empty), "--for", town.supplier.id, code=2).stderr


@pytest.mark.parametrize("words", [("import",), ("report",), ("import", "payables", "--help"), ("reconcile", "--help")])
def test_the_commands_explain_themselves(words):
    result = CliRunner().invoke(app, words)
    assert "payables" in result.output or "statement" in result.output or "issuer" in result.output
