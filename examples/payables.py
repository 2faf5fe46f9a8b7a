"""`python -m examples.payables FILE`: a treasurer's payables as a sheet that `hefu import payables` reads.

The rows are those of the sample of receivables, seen from the other side: what its customers owe the one seller, with
its amounts ×1000, relabelled yuan. The sample's days lie in the past; here everything is due from thirty days after
today on, spread over half a year, with due days in the order of the sample's. When the sample's rows are used up they
come again under other invoice numbers. Everything is invented; see examples/data/README.md.
"""

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

from examples.demo.sample import Receivable, read_receivables
from nodes.genesis_file import make_uscc

SAMPLE = Path(__file__).parent / "data" / "ibm-accounts-receivable.csv"
HEADINGS = ("供应商统一社会信用代码", "发票号码", "金额（元）", "开票日期", "到期日", "合同编号")
FIRST_DUE_DAYS, SPREAD_DAYS = 30, 150
Row = tuple[str, ...]


def list_rows(count: int, payee: str, today: date) -> Iterator[Row]:
    """So many payables to a payee."""
    receivables = read_receivables(SAMPLE.read_bytes())
    for place in range(count):
        repeat, index = divmod(place, len(receivables))
        due = today + timedelta(FIRST_DUE_DAYS + index * SPREAD_DAYS // len(receivables))
        yield _make_row(receivables[index], repeat, payee, today, due)


def _make_row(receivable: Receivable, repeat: int, payee: str, today: date, due: date) -> Row:
    """Its number is that of a 数电 invoice: year, region 99 (there is none), repetition, the sample's ten digits."""
    number = f"{today.year % 100:02d}99{repeat:06d}{receivable.number}"
    amount = f"{receivable.amount_fen // 100:,}.{receivable.amount_fen % 100:02d}"
    return payee, number, amount, today.isoformat(), due.isoformat(), f"HT-{receivable.customer}"


def write_csv(path: Path, rows: Iterator[Row]) -> None:
    """A CSV in UTF-8 with a byte order mark."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        writer.writerows(rows)


def write_xlsx(path: Path, rows: Iterator[Row]) -> None:
    """A workbook of text cells."""
    from openpyxl import Workbook

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("应付账款")
    sheet.append(HEADINGS)
    for row in rows:
        sheet.append(row)
    workbook.save(path)


def main(arguments: Sequence[str]) -> int:
    """Write the file that was asked for."""
    parser = argparse.ArgumentParser(prog="python -m examples.payables", description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path, help="named .csv or .xlsx")
    parser.add_argument("--payee", default=make_uscc(201), help="whose receivables they are; else an invented supplier")
    parser.add_argument("--rows", type=int, default=2466)
    asked = parser.parse_args(arguments)
    write = write_xlsx if asked.file.suffix == ".xlsx" else write_csv
    write(asked.file, list_rows(asked.rows, asked.payee, date.today()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
