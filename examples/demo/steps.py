"""What a plan's commands are made of: days and their three parts, commitments, references, who signs.

A day has three parts, and within a part the order in which the commands stand here: what is due is paid and what was
pledged is released; then the offers; then the answers to them, and what follows from the answers. The clock stands at
nine in the morning all day; what a bank filed, it filed half an hour before.

Terms and contracts never stand on the ledger: only SHA-256 over a random salt and them. A real member keeps the salt
beside the document; the demo forgets it.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from google.protobuf.message import Message

from examples.demo.cast import Cast, Member
from examples.demo.plan import PPM, SECURED_PPM, Financing, Piece, Plan
from examples.demo.sample import EPOCH
from hefu.v1 import receivables_pb2 as pb
from nodes.client import Draft
from receivables.days import Calendar, compute_start_ms
from receivables.discount import compute_financing_terms

PAY, OFFER, ANSWER = range(3)
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
CLOCK_MS = 9 * HOUR_MS
FILED_MS = CLOCK_MS - HOUR_MS // 2
YEAR_BASIS_DAYS = 360


@dataclass(frozen=True, slots=True)
class Step:
    """One command of one day; `package` is what it belongs to, `kind` its name in the contract."""

    day: int
    part: int
    package: str
    kind: str
    drafts: tuple[Draft, ...]
    seeds: tuple[bytes, ...]


class World:
    """What all writers of steps know: who takes part, the business days, the members' key, the numbers given out."""

    def __init__(self, cast: Cast, calendar: Calendar, members_key: bytes) -> None:
        self.cast = cast
        self.calendar = calendar
        self.members_key = members_key
        self._registrations = 0

    def next_registration(self) -> str:
        """A fresh 20-digit number of the registration system 中登网, invented."""
        self._registrations += 1
        return f"99{self._registrations:018d}"


def compute_clock_ms(day: int) -> int:
    """What the clock shows on a civil day: nine in the morning in Shanghai."""
    return compute_start_ms(day) + CLOCK_MS


def commit(text: str) -> bytes:
    """A salted commitment to a document that stays with its readers."""
    return sha256(secrets.token_bytes(32) + text.encode()).digest()


def compute_invoice_number(number: str, day: int, is_corrected: bool = False) -> str:
    """The sample's number as that of a 数电 invoice: year, region 99 (there is none), zeros, the ten digits.

    The invoice that takes the place of one that was red-lettered has a one before the ten digits.
    """
    return f"{date.fromordinal(day + EPOCH).year % 100:02d}9900000{int(is_corrected)}{number}"


def compute_terms(financing: Financing, rate_ppm: int, plan: Plan) -> pb.FinancingTerms:
    """The terms that holder and bank compute at a rate, each for itself."""
    advance_ppm = SECURED_PPM if financing.form == pb.PLEDGE else PPM
    length_fen, paid_on = financing.piece.length_fen, financing.paid_on
    return compute_financing_terms(length_fen, advance_ppm, rate_ppm, paid_on, plan.rolled_due_on, YEAR_BASIS_DAYS)


def build_ref(plan: Plan, piece: Piece) -> pb.VoucherRef:
    """A piece as the contract names it."""
    return pb.VoucherRef(package=plan.package, start=piece.start, end=piece.end)


def build_step(day: int, part: int, package: str, members: Sequence[Member], payload: Message) -> Step:
    """A command of the first member to which the others consent, signed by all of them."""
    draft = Draft(tuple(member.id for member in members), payload)
    seeds = tuple(seed for member in members for seed in member.seeds)
    return Step(day, part, package, payload.DESCRIPTOR.name, (draft,), seeds)
