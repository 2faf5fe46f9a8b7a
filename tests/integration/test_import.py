"""`hefu import payables` on a real node: looked at first, issued once, gone on with after a kill."""

import csv

import openpyxl
import pytest

from nodes.imports.journal import SUFFIX
from tests.support import payables
from tests.support.payables import make_ubl
from tests.support.running import BANK, CORE, SUPPLIER
from tests.support.treasury import DUE, HEADINGS, make_row, open_treasury
from tests.support.workbooks import write_workbook


@pytest.fixture(scope="module")
def treasury(tmp_path_factory):
    with open_treasury(tmp_path_factory.mktemp("treasury")) as made:
        yield made


def codes(said):
    return [(one["row"], one["code"]) for one in said["bad_rows"]]


def journals(treasury, name):
    return list(treasury.folder.glob(f"{name}.*{SUFFIX}"))


def test_a_preview_signs_nothing_and_needs_no_key(treasury):
    source = treasury.write("preview.csv", make_row(1), make_row(2, "2,000.50".replace(",", "")))
    common = ("--paying-bank", BANK, "--members-key", str(treasury.members_key), "--as", CORE, "--preview")
    said = treasury.ask("import", "payables", str(source), *common)
    assert (said["rows"], said["to_be_issued"], said["to_be_issued_fen"], said["bad_rows"]) == (2, 2, "210050", [])
    assert (said["issued"], said["journal"], journals(treasury, "preview.csv")) == (0, "", [])
    shown = treasury.run("import", "payables", str(source), *common).stdout
    assert "2 vouchers, 2,100.50 yuan" in shown
    assert SUPPLIER in shown


def test_a_strangers_heading_says_nothing_to_the_terminal(treasury):
    source = treasury.folder / "escape.csv"
    source.write_text(f"{HEADINGS},\x1b]0;owned\x07\n{make_row(4)},x\n", encoding="utf-8")
    common = ("--paying-bank", BANK, "--members-key", str(treasury.members_key), "--as", CORE, "--preview")
    shown = treasury.run("import", "payables", str(source), *common).stdout
    assert "]0;owned" in shown
    assert "\x1b" not in shown


def test_what_is_read_is_not_written_over(treasury):
    source = treasury.write("itself.csv", make_row(5, "-1"))
    before = source.read_bytes()
    for words in (
        treasury.list_import(source, "--report", str(source)),
        ["reconcile", str(source), "--for", BANK, "--out", str(source)],
    ):
        assert "name another file" in treasury.run(*words, code=2).stderr
    assert source.read_bytes() == before


def test_nothing_is_issued_unasked(treasury):
    source = treasury.write("unasked.csv", make_row(3))
    refused = treasury.run(*treasury.list_import(source), code=2)
    assert "--yes" in refused.stderr
    assert journals(treasury, "unasked.csv") == []


def test_what_is_issued_once_is_not_issued_again(treasury):
    source = treasury.write("once.csv", *(make_row(number, f"{number}.25") for number in range(10, 20)))
    said = treasury.bring(source, "--yes")
    assert (said["issued"], said["issued_before"], said["to_be_issued"]) == (10, 0, 0)
    assert said["issued_fen"] == str(sum(number * 100 + 25 for number in range(10, 20)))
    again = treasury.bring(source, "--yes")
    assert (again["issued"], again["issued_before"], again["issued_before_fen"]) == (0, 10, said["issued_fen"])
    (journal,) = journals(treasury, "once.csv")
    journal.unlink()
    assert treasury.bring(source, "--yes")["issued_before"] == 10
    other = treasury.write("other.csv", make_row(19, "19.25"), make_row(20, "7.00"))
    said = treasury.bring(other, "--yes")
    assert (said["issued"], said["issued_before"]) == (1, 1)
    found = [one for one in treasury.list_packages() if int(one["package"]["face_fen"]) % 100 == 25]
    assert len(found) == 10
    assert {one["package"]["payee"] for one in found} == {SUPPLIER}


def test_with_a_bad_row_nothing_is_issued_unless_the_good_ones_may(treasury):
    source = treasury.write("bad.csv", make_row(30), make_row(31, "-1"), make_row(30), make_row(32, "0.001"))
    report = treasury.folder / "bad-report.csv"
    said = treasury.bring(source, "--yes", "--report", str(report), code=1)
    assert codes(said) == [("3", "AMOUNT_NEGATIVE"), ("4", "ROW_REPEATED"), ("5", "AMOUNT_FRACTION")]
    assert (said["issued"], said["to_be_issued"]) == (0, 1)
    with report.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[1][:3] == ["3", "金额", "AMOUNT_NEGATIVE"]
    assert len(rows) == 4
    shown = treasury.run(*treasury.list_import(source, "--yes"), code=1)
    assert "--skip-bad" in shown.stdout
    said = treasury.bring(source, "--yes", "--skip-bad", code=1)
    assert (said["issued"], len(said["bad_rows"])) == (1, 3)


def test_a_workbook_and_a_folder_of_invoices_are_issued_too(treasury):
    rows = [payables.HEADINGS, [SUPPLIER, f"{40:020d}", 12.5, DUE, "HT"], [SUPPLIER, f"{41:020d}", "13.50", DUE, "HT"]]
    assert treasury.bring(write_workbook(treasury.folder / "p.xlsx", rows), "--yes")["issued_fen"] == "2600"
    folder = treasury.folder / "invoices"
    folder.mkdir()
    for number in (42, 43):
        text = make_ubl(number).replace(payables.PAYEE, SUPPLIER).replace(payables.ISSUER, CORE)
        (folder / f"{number}.xml").write_text(text.replace(payables.DUE, DUE))
    (folder / "broken.xml").write_text("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")
    said = treasury.bring(folder, "--yes", "--skip-bad", code=1)
    assert (said["form"], said["issued"], codes(said)) == ("ubl", 2, [("broken.xml", "NOT_XML")])
    assert len(list(treasury.folder.glob(f"invoices.*{SUFFIX}"))) == 1


def test_a_voucher_may_stand_on_several_rows(treasury):
    source = treasury.write("several.csv", *(make_row(number, "10.00", "S-1") for number in range(50, 54)))
    assert treasury.bring(source, "--yes")["issued"] == 1
    assert treasury.ask("voucher", "show", f"{CORE}.S-1")["package"]["face_fen"] == "4000"


def test_refusals_of_the_ledger_stand_at_their_rows(treasury):
    first = treasury.write("first.csv", make_row(60, "10.00", "L-1"))
    treasury.bring(first, "--yes")
    over = treasury.write("over.csv", make_row(61, "5.00"), make_row(60, "10.00", "L-2"), make_row(62, "6.00"))
    said = treasury.bring(over, "--yes", code=1)
    assert (said["issued"], codes(said)) == (2, [("3", "INVOICE_OVEROCCUPIED")])
    assert (said["bad_rows"][0]["column"], bool(said["bad_rows"][0]["chinese"])) == ("发票号码", True)
    again = treasury.bring(over, "--yes", code=1)
    assert (again["issued"], again["issued_before"], codes(again)) == (0, 2, [("3", "INVOICE_OVEROCCUPIED")])
    shown = treasury.run(*treasury.list_import(over, "--yes"), code=1)
    assert "INVOICE_OVEROCCUPIED" in shown.stdout


def test_a_number_of_another_voucher_is_found_before_anything_is_signed(treasury):
    source = treasury.write("taken.csv", make_row(70, "10.00", "T-1"), make_row(71, "11.00", "T-2"))
    treasury.bring(source, "--yes")
    treasury.run("voucher", "refuse", f"{CORE}.T-2", *treasury.keys("supplier"))
    other = treasury.write("taken2.csv", make_row(70, "9.00", "T-1"), make_row(71, "11.00", "T-2"), make_row(72))
    said = treasury.bring(other, "--yes", code=1)
    assert codes(said) == [("2", "NUMBER_TAKEN"), ("3", "VOUCHER_ENDED")]
    assert (said["issued"], said["to_be_issued"]) == (0, 1)


def test_too_few_signatures_end_the_import_and_more_of_them_go_on(treasury):
    source = treasury.write("signed.csv", *(make_row(number) for number in range(1000, 1200)))
    words = [word for word in treasury.list_import(source, "--yes") if not word.endswith("core-checker.json")]
    del words[-2:-1]
    assert words.count("--key") == 1
    refused = treasury.run(*words, code=1)
    assert "ROLE_MISSING" in refused.stderr
    assert "issued so far 已开立: 0" in refused.stderr
    said = treasury.bring(source, "--yes")
    assert (said["issued"], said["bad_rows"]) == (200, [])


def test_an_import_that_is_killed_goes_on_and_issues_nothing_twice(treasury):
    count, kills = 4000, 2
    source = treasury.write("killed.csv", *(make_row(number, "3.33") for number in range(10_000, 10_000 + count)))
    before = len(treasury.list_packages())
    for kill in range(kills):
        process = treasury.start_import(source)
        while process.poll() is None:
            if sum(path.read_bytes().count(b"decided") for path in journals(treasury, "killed.csv")) > 2 * kill:
                process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
    said = treasury.bring(source, "--yes")
    assert said["issued"] > 0, "it was killed too late"
    assert said["issued"] + said["issued_before"] == count
    assert said["bad_rows"] == []
    found = treasury.list_packages()
    assert len(found) - before == count
    assert len({one["id"] for one in found}) == len(found)


def test_the_journal_is_private_and_locked(treasury):
    source = treasury.write("private.csv", make_row(95))
    said = treasury.bring(source, "--yes")
    (journal,) = journals(treasury, "private.csv")
    assert (said["journal"], journal.stat().st_mode & 0o777) == (str(journal), 0o600)


def test_findings_of_the_whole_file_can_be_a_workbook(treasury):
    source = treasury.write("book.csv", make_row(1, "=1+1"), make_row(2, "@x"))
    report = treasury.folder / "bad.xlsx"
    treasury.bring(source, "--yes", "--report", str(report), code=1)
    (sheet,) = openpyxl.load_workbook(report).worksheets
    assert [cell.value for cell in sheet[2]][:3] == ["2", "金额", "AMOUNT_FORM"]
    assert "a sheet is named" in treasury.run(*treasury.list_import(source, "--report", "x.txt"), code=2).stderr
