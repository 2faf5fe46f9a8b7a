"""Invoices as people list them: a CSV file, from whose rows and the members' key fingerprints are computed.

Columns: kind (fully-digital 数电 or vat), seller (USCC), code, number, amount (yuan), share (yuan; what of the invoice
this voucher uses). To accept, kind, seller, code and number are enough: the payee repeats them from its own copies.
"""

import csv
import io
import re
from pathlib import Path

from hefu.v1 import pledges_pb2
from ledger.errors import MalformedInput
from nodes.cli.files import read_bytes
from nodes.cli.values import BadValue, parse_fen, parse_hex
from pledges.fingerprints import KEY_BYTES, compute_fingerprint

FINGERPRINT_BYTES = 32
IDENTIFYING = ("kind", "seller", "code", "number")
MAX_ROWS = 64


def read_members_key(path: Path | None) -> bytes:
    """The key that the members share, from its file (64 hexadecimal digits)."""
    if path is None:
        raise BadValue("--members-key FILE is needed to compute fingerprints")
    text = read_bytes(path, "members' key", 4096).decode(errors="replace").strip()
    return parse_hex(text, KEY_BYTES, f"members' key in {path}")


def read_rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """The rows of a CSV file that has these columns, UTF-8 with or without a byte order mark."""
    try:
        reader = csv.DictReader(io.StringIO(read_bytes(path, "invoices").decode("utf-8-sig"), newline=""), strict=True)
        missing = [name for name in columns if name not in (reader.fieldnames or ())]
        if missing:
            raise BadValue(f"invoices {path}: no column {', '.join(missing)}")
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error):
        raise BadValue(f"invoices {path}: not a CSV file in UTF-8") from None
    if not 1 <= len(rows) <= MAX_ROWS or any(row[name] is None for row in rows for name in columns):
        raise BadValue(f"invoices {path}: 1 to {MAX_ROWS} rows, each with every column")
    return rows


def read_uses(path: Path, members_key: bytes) -> list[pledges_pb2.InvoiceUse]:
    """What an issue says of its invoices."""
    rows = read_rows(path, (*IDENTIFYING, "amount", "share"))
    return [
        pledges_pb2.InvoiceUse(
            fingerprint=_fingerprint(path, number, row, members_key),
            amount_fen=parse_fen(row["amount"].strip()),
            occupied_fen=parse_fen(row["share"].strip()),
        )
        for number, row in enumerate(rows, 2)
    ]


def read_fingerprints(path: Path, members_key: bytes) -> list[bytes]:
    """What an acceptance says of its invoices."""
    rows = read_rows(path, IDENTIFYING)
    return [_fingerprint(path, number, row, members_key) for number, row in enumerate(rows, 2)]


def parse_use(text: str) -> pledges_pb2.InvoiceUse:
    """FINGERPRINT:AMOUNT:SHARE, amounts in yuan."""
    parts = text.split(":")
    if len(parts) != 3:
        raise BadValue(f"“{text}” is no invoice: FINGERPRINT:AMOUNT:SHARE")
    return pledges_pb2.InvoiceUse(
        fingerprint=parse_hex(parts[0], FINGERPRINT_BYTES, "fingerprint"),
        amount_fen=parse_fen(parts[1]),
        occupied_fen=parse_fen(parts[2]),
    )


def parse_fingerprint(text: str) -> bytes:
    """A fingerprint in hex."""
    if re.fullmatch(r"[0-9a-f]{64}", text, re.ASCII) is None:
        raise BadValue(f"“{text}” is no fingerprint: 64 hexadecimal digits")
    return bytes.fromhex(text)


def _fingerprint(path: Path, line: int, row: dict[str, str], members_key: bytes) -> bytes:
    try:
        return compute_fingerprint(members_key, row["kind"].strip(), row["seller"], row["code"], row["number"])
    except MalformedInput as error:
        raise BadValue(f"invoices {path}, line {line}: {error}") from None
