"""The example's sheet of payables is what `hefu import payables` reads: every row of it good, every invoice its own."""

from dataclasses import replace
from datetime import date

import pytest

from examples.payables import list_rows, main, write_csv, write_xlsx
from nodes.imports.reading import read_payables
from nodes.sheets.opening import SheetOptions
from tests.support.payables import PAYEE, TERMS

TODAY = date(2026, 3, 2)
ON = replace(TERMS, today=(TODAY - date(1970, 1, 1)).days)


@pytest.mark.parametrize("write", [write_csv, write_xlsx])
def test_each_row_is_a_voucher_of_its_own(tmp_path, write):
    path = tmp_path / "payables"
    write(path, list_rows(2600, PAYEE, TODAY))
    source = read_payables(path, ON, SheetOptions())
    assert (source.plan.findings, source.unread) == ([], ())
    vouchers = source.plan.vouchers
    assert len(vouchers) == 2600
    assert {voucher.payee for voucher in vouchers} == {PAYEE}
    due = {voucher.due_on for voucher in vouchers}
    assert (min(due), max(due)) == (ON.today + 30, ON.today + 179)
    assert vouchers[0].face_fen > 100_000


def test_the_file_is_written_as_it_is_named(tmp_path):
    assert main([str(tmp_path / "a.xlsx"), "--rows", "3"]) == 0
    assert main([str(tmp_path / "a.csv"), "--rows", "3"]) == 0
    assert (tmp_path / "a.xlsx").read_bytes().startswith(b"PK")
    assert (tmp_path / "a.csv").read_text(encoding="utf-8-sig").count("\n") == 4
