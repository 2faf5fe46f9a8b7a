"""Words on a terminal, and JSON for machines.

The unit is in a field's name: `_fen` is shown in yuan, `_on` as a date, `_ms` as Shanghai time or as a span, `_ppm` in
percent. JSON keeps the contract's names and numbers: bytes in hex, 64-bit integers as decimal strings, enums by name.
"""

import json
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, cast

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from hefu.v1 import identity_pb2
from hefu.v1 import receivables_pb2 as pb
from nodes.cli.failures import one_line
from nodes.cli.streams import needs_ascii, say
from nodes.cli.values import show_day, show_fen, show_ms, show_span_ms, show_voucher

SPANS = (
    "account_delay_ms",
    "horizon_ms",
    "max_answer_ms",
    "max_proposal_ms",
    "reenrolment_wait_ms",
    "trusting_period_ms",
)
"""What is so many milliseconds long; every other `_ms` is an instant."""
_LONG = (FieldDescriptor.TYPE_INT64, FieldDescriptor.TYPE_UINT64)


def to_plain(message: Message) -> dict[str, Any]:
    """A message as JSON would hold it; every scalar is there, an absent message is left out."""
    plain: dict[str, Any] = {}
    for field in cast("Sequence[FieldDescriptor]", message.DESCRIPTOR.fields):
        value = getattr(message, field.name)
        if field.is_repeated:
            plain[field.name] = [_to_plain_value(field, one) for one in value]
        elif field.message_type is None or message.HasField(field.name):
            plain[field.name] = _to_plain_value(field, value)
    return plain


def _to_plain_value(field: FieldDescriptor, value: Any) -> Any:
    if field.message_type is not None:
        return to_plain(value)
    if field.enum_type is not None:
        return _enum_name(field, value)
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if field.type in _LONG else value


def _enum_name(field: FieldDescriptor, number: int) -> str:
    known = field.enum_type.values_by_number.get(number) if field.enum_type else None
    return known.name if known else str(number)


def describe(message: Message, indent: str = "") -> Iterator[str]:
    """The fields that are set, a line for each, with units as people read them."""
    for field, value in message.ListFields():
        for one in value if field.is_repeated else (value,):
            if field.message_type is None or isinstance(one, pb.VoucherRef):
                yield f"{indent}{strip_unit(field.name)}: {show_value(field, one)}"
            else:
                yield f"{indent}{field.name}:"
                yield from _OWN_WORDS.get(type(one), describe)(one, indent + "  ")


def _describe_record(change: identity_pb2.RecordChange, indent: str) -> Iterator[str]:
    """With the record's message in place of its bytes, which nobody could read before signing."""
    from nodes.cli.records import describe_body

    terms = identity_pb2.RecordChange(replaces=change.replaces, effective_at_ms=change.effective_at_ms)
    yield from describe(terms, indent)
    yield from (f"{indent}{line}" for line in describe_body(change.key, change.body))


def _describe_validator(change: identity_pb2.ValidatorChange, indent: str) -> Iterator[str]:
    """With a power of 0, which says that it joins or leaves."""
    yield f"{indent}{'leaves 退出' if not change.power else 'changes 变更' if change.present_power else 'joins 加入'}:"
    fixed = identity_pb2.Validator(public_key=change.public_key, organisation=change.organisation, name=change.name)
    yield from describe(fixed, indent)
    yield f"{indent}power 权重: {change.power}, now 现为 {change.present_power}"


def _describe_software(change: identity_pb2.SoftwareChange, indent: str) -> Iterator[str]:
    """With a version of 0, which says that nothing follows."""
    if change.version:
        yield f"{indent}version 版本: {change.version}, from height 起始高度 {change.from_height} on"
    else:
        yield f"{indent}the version that was to follow does not 撤销待生效版本"
    yield f"{indent}replaces: {change.replaces.hex()}"


_OWN_WORDS: dict[type[Message], Callable[[Any, str], Iterator[str]]] = {
    identity_pb2.RecordChange: _describe_record,
    identity_pb2.ValidatorChange: _describe_validator,
    identity_pb2.SoftwareChange: _describe_software,
}
"""What its fields alone would not tell."""


def show_value(field: FieldDescriptor, value: Any) -> str:
    """One value as people read it."""
    if isinstance(value, pb.VoucherRef):
        return one_line(show_voucher(value))
    if isinstance(value, bytes):
        return value.hex()
    if field.enum_type is not None:
        return _enum_name(field, value)
    for suffix, show in SHOWN_UNITS:
        if field.name.endswith(suffix) and isinstance(value, int):
            return show(value)
    return one_line(str(value))


def strip_unit(name: str) -> str:
    """A field's name without the unit in which the contract counts, where people read it in another."""
    for unit in ("_fen", "_ms", "_ppm"):
        name = name.removesuffix(unit)
    return name


def show_ppm(ppm: int) -> str:
    """Parts per million as percent."""
    return f"{ppm // 10_000}.{ppm % 10_000:04d} %"


SHOWN_UNITS: tuple[tuple[str, Callable[[int], str]], ...] = (
    ("_fen", lambda fen: f"{show_fen(fen)} yuan 元"),
    ("_on", show_day),
    ("holidays", show_day),
    ("workdays", show_day),
    *((span, show_span_ms) for span in SPANS),
    ("_ms", show_ms),
    ("_ppm", show_ppm),
)


def enum_name(enum: Any, number: int) -> str:
    """The name of an enum's value; the number itself where this version knows no such value."""
    return str(enum.Name(number)) if number in enum.values() else str(number)


def print_json(value: Any) -> None:
    """One JSON value and a newline on stdout."""
    say(json.dumps(value, ensure_ascii=needs_ascii(sys.stdout), indent=2) + "\n")


def print_lines(lines: Iterable[str]) -> None:
    """Lines on stdout."""
    say("".join(f"{line}\n" for line in lines))


def print_pairs(pairs: Iterable[tuple[str, str]]) -> None:
    """Names and values in two columns."""
    rows = [(name, value) for name, value in pairs if value]
    width = max((measure(name) for name, _ in rows), default=0)
    print_lines(f"{name}{' ' * (width - measure(name))}  {value}" for name, value in rows)


def measure(text: str) -> int:
    """How many columns of a terminal the text takes: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> None:
    """A table; the columns numbered in `right` are set flush right."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number in right else "left", overflow="fold", no_wrap=False)
    for row in rows:
        table.add_row(*map(one_line, row))
    # Into a file or a pipe nothing is folded: a line of the table is a line.
    console = Console(markup=False, highlight=False, width=None if sys.stdout.isatty() else 400)
    with console.capture() as drawn:  # written by us: rich ends with 1 where a reader has gone
        console.print(table)
    say(drawn.get())
