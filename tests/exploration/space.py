"""States as tuples: one place per key, in it the number of a record (0 = none). Equal records have one number."""

from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message

from hefu.v1 import identity_pb2, ledger_pb2, pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from ledger.context import Record

State = tuple[int, ...]
SALT = bytes(16)  # of every record: salts are left out
MESSAGES: dict[str, type[Message]] = {
    "voucher": pb.Voucher,
    "package": pb.Package,
    "holds": ledger_pb2.Hold,
    "totals/issuer": pb.IssuerTotals,
    "totals/lender": pledges_pb2.LenderTotals,
    "claim": pledges_pb2.Claim,
    "invoice": pledges_pb2.InvoiceOccupation,
    "registration": pledges_pb2.Registration,
    "blanket": pledges_pb2.Blankets,
    "line": pb.Line,
    "quotes": pb.QuoteRound,
    "account": pb.PayeeAccount,
    "receivable": pb.Receivable,
    "related": pb.RelatedParties,
    "organisation": identity_pb2.Organisation,
    "rules/vouchers": pb.VoucherRules,
    "rules/calendar": pb.BusinessCalendar,
}


class Space:
    """All keys and all different records that an exploration met."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.places: dict[str, int] = {}
        self.places_of: dict[str, list[int]] = {prefix: [] for prefix in MESSAGES}
        self.records: list[Record | None] = [None]
        self._numbers: dict[tuple[bytes, int, bytes], int] = {}
        self._decoded: dict[tuple[int, str], Any] = {}

    def get_place(self, key: str) -> int:
        """The place of a key; a new one for a key that nobody asked for before."""
        place = self.places.get(key)
        if place is None:
            place = self.places[key] = len(self.keys)
            self.keys.append(key)
            self.places_of[get_prefix(key)].append(place)
        return place

    def get_number(self, body: bytes, lapse_at_ms: int = 0, lapse_body: bytes = b"") -> int:
        """The number of a record that is so."""
        content = (body, lapse_at_ms, lapse_body)
        number = self._numbers.get(content)
        if number is None:
            number = self._numbers[content] = len(self.records)
            self.records.append(Record(body, SALT, lapse_at_ms, lapse_body))
        return number

    def decode(self, place: int, number: int) -> Any:
        """What the record says now, as a message that nobody changes; None where there is none."""
        record = self.records[number]
        if record is None:
            return None
        prefix = get_prefix(self.keys[place])
        message = self._decoded.get((number, prefix))
        if message is None:
            message = self._decoded[number, prefix] = MESSAGES[prefix].FromString(record.body)
        return message

    def get(self, state: State, key: str) -> Any:
        """What the state holds under a key, decoded, or None."""
        place = self.get_place(key)
        return self.decode(place, get_at(state, place))

    def list_under(self, state: State, prefix: str) -> list[tuple[str, Any]]:
        """Keys without their prefix, and what lies there."""
        cut = len(prefix) + 1
        found = ((place, get_at(state, place)) for place in self.places_of[prefix])
        return [(self.keys[place][cut:], self.decode(place, number)) for place, number in found if number]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One state of a space."""

    space: Space
    state: State

    def get(self, key: str) -> Any:
        """What the state holds under a key, decoded, or None."""
        return self.space.get(self.state, key)

    def list_under(self, prefix: str) -> list[tuple[str, Any]]:
        """Keys without their prefix, and what lies there."""
        return self.space.list_under(self.state, prefix)


def get_prefix(key: str) -> str:
    """The kind of record that a key names."""
    if key in MESSAGES:
        return key
    head, _, rest = key.partition("/")
    return head if head in MESSAGES else f"{head}/{rest.partition('/')[0]}"


def get_at(state: State, place: int) -> int:
    """The number at a place; a state ends with its last record."""
    return state[place] if place < len(state) else 0


def compute_changed(state: State, changes: tuple[tuple[int, int], ...]) -> State:
    """The state with other numbers at these places."""
    after = list(state)
    for place, number in changes:
        if place >= len(after):
            after.extend([0] * (place + 1 - len(after)))
        after[place] = number
    while after and not after[-1]:
        after.pop()
    return tuple(after)
