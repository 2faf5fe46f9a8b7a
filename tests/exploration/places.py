"""Where and when something is tried: a moment of a universe, a range of it, a package of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message

from hefu.v1 import pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from receivables.payments import compute_length
from receivables.rules import compute_debtor
from tests.exploration.memo import Attempt
from tests.unit.receivables.world import CORE, DAY_MS


@dataclass(frozen=True, slots=True)
class Moment:
    """A time of a universe. Whatever gets a deadline gets the next time, or tomorrow after the last."""

    people: tuple[str, ...]
    banks: tuple[str, ...]
    numbers: tuple[str, ...]
    face_fen: int
    now_ms: int
    next_ms: int = 0
    issuing_line: str = ""
    financing_line: str = ""

    @property
    def deadline_ms(self) -> int:
        """The deadline of what is asked now."""
        return self.next_ms or self.now_ms + DAY_MS


@dataclass(frozen=True, slots=True)
class Place:
    """A range, its package and the claim on it, as they are at a moment; `accounts` are those of record."""

    moment: Moment
    ref: pb.VoucherRef
    voucher: pb.Voucher
    package: pb.Package
    claim: pledges_pb2.Claim | None
    accounts: dict[str, bytes]

    @property
    def holder(self) -> str:
        """Who holds the range."""
        return self.voucher.holder

    @property
    def debtor(self) -> str:
        """Who owes it."""
        return compute_debtor(self.package)

    @property
    def length(self) -> int:
        """Its amount."""
        return compute_length(self.ref)

    @property
    def asked(self) -> str:
        """Who is asked by its lock; without one the issuer, who is not."""
        return self.voucher.lock.counterparty or CORE


@dataclass(frozen=True, slots=True)
class Parcel:
    """A package as it is at a moment."""

    moment: Moment
    id: str
    package: pb.Package

    @property
    def debtor(self) -> str:
        """Who owes it."""
        return compute_debtor(self.package)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two ranges at a moment, the first of them before the other."""

    moment: Moment
    refs: tuple[pb.VoucherRef, pb.VoucherRef]
    vouchers: tuple[pb.Voucher, pb.Voucher]


Attempts = Iterator[Attempt]
PlaceTopic = Callable[[Place], Attempts]
ParcelTopic = Callable[[Parcel], Attempts]
PairTopic = Callable[[Pair], Attempts]
MomentTopic = Callable[[Moment], Attempts]


def say(kind: int, command: Message, *organisations: str) -> Attempt:
    """An attempt of this kind."""
    return Attempt(kind, command, organisations)


def say_all(kind: int, command: Message, *actors: str) -> Attempts:
    """The same command by each of these, once."""
    return (Attempt(kind, command, (actor,)) for actor in dict.fromkeys(actors))


def make(message: type[Any], ref: pb.VoucherRef, **fields: Any) -> Any:
    """A command about a range."""
    return message(voucher=ref, **fields)
