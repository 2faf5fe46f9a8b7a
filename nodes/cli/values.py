"""What people type and read: yuan, days, instants, durations, ranges, commitments.

- Amounts are yuan with at most two decimals, nothing but digits and one point: `1000000.00`. Shown as `1,000,000.00`.
- Days are ISO dates, civil days of Asia/Shanghai. Instants are ISO with an offset, or Shanghai time without one; a
  deadline may also be a span from the node's present time: `30m`, `72h`, `5d`.
- A voucher is `PACKAGE/START-END`, a package `ISSUER.NUMBER`.

A parser here raises BadValue, which the command line turns into one line and exit code 2.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone

from hefu.v1 import receivables_pb2 as pb
from identity.rules import is_organisation_id

EPOCH = date(1970, 1, 1).toordinal()
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
MAX_INT64 = 2**63 - 1
MAX_FEN = MAX_INT64
MAX_MS = 2**53 - 1
UNITS_MS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,16})(?:\.([0-9]{1,2}))?", re.ASCII)
_SPAN = re.compile(r"([1-9][0-9]{0,8})([smhd])", re.ASCII)
_VOUCHER = re.compile(
    r"(?:voucher:)?([0-9A-Z]{18,20}\.[A-Z0-9-]{1,24})/([1-9][0-9]{0,18})-([1-9][0-9]{0,18})", re.ASCII
)
_PACKAGE = re.compile(r"([0-9A-Z]{18,20})\.[A-Z0-9-]{1,24}", re.ASCII)
_PERCENT = re.compile(r"(0|[1-9][0-9]{0,3})(?:\.([0-9]{1,4}))?%", re.ASCII)


class BadValue(Exception):
    """A value or a file that a person gave is not of the form asked for. Exit code 2."""


def parse_fen(text: str) -> int:
    """Yuan, such as 1000000.00, as 分."""
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise BadValue(
            f"“{text}” is no amount: yuan with at most two decimals, digits and a point only, like 1000000.00"
        )
    fen = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))
    if fen > MAX_FEN:
        raise BadValue(f"“{text}” is more than the ledger can hold")
    return fen


def show_fen(fen: int) -> str:
    """分 as yuan with thousands separators: 1,000,000.00."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def parse_ppm(text: str) -> int:
    """A percentage, such as 2.62%, as parts per million."""
    match = _PERCENT.fullmatch(text)
    if match is None:
        raise BadValue(f"“{text}” is no rate: percent with at most four decimals, like 2.62%")
    return int(match[1]) * 10_000 + int((match[2] or "").ljust(4, "0"))


def parse_day(text: str) -> int:
    """An ISO date as a civil day: days since 1970-01-01."""
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII) is None:
            raise ValueError
        return date.fromisoformat(text).toordinal() - EPOCH
    except ValueError:
        raise BadValue(f"“{text}” is no day: an ISO date, like 2026-03-31") from None


def show_day(day: int) -> str:
    """A civil day as an ISO date; the number itself where no calendar has it."""
    try:
        return date.fromordinal(day + EPOCH).isoformat()
    except (ValueError, OverflowError):
        return f"day {day}"


def parse_span_ms(text: str) -> int:
    """A span such as 90s, 30m, 72h or 5d in milliseconds."""
    match = _SPAN.fullmatch(text)
    if match is None:
        raise BadValue(f"“{text}” is no span: a number and s, m, h or d, like 10m or 72h")
    return int(match[1]) * UNITS_MS[match[2]]


def show_span_ms(ms: int) -> str:
    """A span in the largest unit that counts it whole, as it may be typed."""
    for unit in ("d", "h", "m", "s"):
        if ms and ms % UNITS_MS[unit] == 0:
            return f"{ms // UNITS_MS[unit]}{unit}"
    return f"{ms} ms"


def parse_instant_ms(text: str) -> int:
    """An ISO date and time in ms since 1970; Shanghai time where no offset is given."""
    try:
        if "T" not in text:
            raise ValueError
        instant = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise BadValue(f"“{text}” is no time: like 2026-03-31T17:00 (Shanghai) or 2026-03-31T09:00Z") from None
    instant = instant if instant.tzinfo else instant.replace(tzinfo=SHANGHAI)
    ms = (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    if not 0 < ms <= MAX_MS:
        raise BadValue(f"“{text}” is not a time after 1970")
    return ms


def parse_deadline_ms(text: str, now_ms: int) -> int:
    """An instant, or a span from now on."""
    if _SPAN.fullmatch(text):
        return now_ms + parse_span_ms(text)
    try:
        return parse_instant_ms(text)
    except BadValue:
        raise BadValue(f"“{text}” is no deadline: a span like 72h or 5d, or a time like 2026-03-31T17:00") from None


def show_ms(ms: int) -> str:
    """An instant in Shanghai time, to the second."""
    try:
        return (
            (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms))
            .astimezone(SHANGHAI)
            .strftime("%Y-%m-%d %H:%M:%S +08:00")
        )
    except OverflowError:
        return f"{ms} ms"


def parse_organisation(text: str) -> str:
    """An organisation id, USCC or LEI, with right check digits."""
    if not is_organisation_id(text):
        raise BadValue(
            f"“{text}” is no organisation id: neither a USCC (18 characters) nor an LEI (20) with right check digits"
        )
    return text


def parse_package(text: str) -> str:
    """A package id, ISSUER.NUMBER."""
    if _PACKAGE.fullmatch(text) is None:
        raise BadValue(f"“{text}” is no package: ISSUER.NUMBER, like 91350100M000100Y43.A-1")
    return text


def parse_issuer(package: str) -> str:
    """The issuer that a package id names."""
    return parse_package(package).partition(".")[0]


def parse_voucher(text: str) -> pb.VoucherRef:
    """A range of a package, PACKAGE/START-END."""
    match = _VOUCHER.fullmatch(text)
    if match is None or not int(match[2]) <= int(match[3]) <= MAX_FEN:
        raise BadValue(f"“{text}” is no voucher: PACKAGE/START-END, like 91350100M000100Y43.A-1/1-100000000")
    return pb.VoucherRef(package=match[1], start=int(match[2]), end=int(match[3]))


def show_voucher(ref: pb.VoucherRef) -> str:
    """PACKAGE/START-END, or the package alone where no range is meant."""
    return f"{ref.package}/{ref.start}-{ref.end}" if ref.end else ref.package


def parse_hex(text: str, length: int, what: str) -> bytes:
    """So many bytes in hex. What was given is not repeated: some of it is secret, or another secret's file."""
    try:
        value = bytes.fromhex(text) if " " not in text else b""
    except ValueError:
        value = b""
    if len(value) != length:
        raise BadValue(f"no {what}: {2 * length} hexadecimal digits")
    return value
