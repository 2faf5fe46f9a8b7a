"""Which records of the rulebook a vote may change, and what may stand in them.

1. Each domain says for its own keys what a body must be; `nodes/` puts the tables together. What no table names is not
   changed by vote.
2. A body is its message in the one encoding, within the same bounds as in genesis.
3. No vote shuts out the next one. By vote the limits leave room for the signatures and the time that a vote takes, a
   proposal may stay open for an hour at least, and the electorate is of active organisations that can reach its
   threshold. Genesis may be narrower, and a network without an electorate is closed to votes.

Not here: who votes (governance), what a change of a member or an authority must be (changes), the rulebooks of other
domains.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

from google.protobuf.message import Message

from hefu.v1 import identity_pb2 as pb
from hefu.v1 import ledger_pb2
from identity.records import ELECTORATE_KEY, RULES_KEY, is_active
from identity.rules import DAY_MS, HOUR_MS, is_rising
from ledger.context import Context
from ledger.errors import MalformedInput
from ledger.state_keys import LIMITS_KEY
from ledger.transaction import MAX_HORIZON_MS, parse_canonical

M = TypeVar("M", bound=Message)
Check = Callable[[Context, bytes], None]
"""Raises MalformedInput where the body may not stand in the record."""
GovernedTable = Mapping[str, Check]

MIN_TRANSACTION_BYTES = 4096  # less than one command of every kind would fit
MAX_TRANSACTION_BYTES = 65536
MAX_SIGNATURES = 16
MAX_TRANSACTIONS = 1_000_000
MIN_VOTED_SIGNATURES = 4  # two persons of a voter and two to spare
MIN_VOTED_HORIZON_MS = 60_000  # a signature must live until it has travelled
MAX_PROPOSAL_MS = 90 * DAY_MS
MIN_REENROLMENT_MS = HOUR_MS
MAX_REENROLMENT_MS = 90 * DAY_MS
MAX_VOTERS = 64
_ROLE_LISTS = ("two_person_roles", "voted_roles", "certificate_roles", "attesting_roles")


def check_limits(limits: ledger_pb2.Limits, least_signatures: int = 1, least_horizon_ms: int = 1) -> None:
    """Raise MalformedInput, whose field names the limit that is out of its bounds."""
    bounds = (
        ("transaction_bytes", limits.transaction_bytes, MIN_TRANSACTION_BYTES, MAX_TRANSACTION_BYTES),
        ("signatures", limits.signatures, least_signatures, MAX_SIGNATURES),
        ("transactions_per_organisation_block", limits.transactions_per_organisation_block, 1, MAX_TRANSACTIONS),
        ("horizon_ms", limits.horizon_ms, least_horizon_ms, MAX_HORIZON_MS),
    )
    for name, value, least, most in bounds:
        if not least <= value <= most:
            raise MalformedInput(f"{least} to {most}", f"limits.{name}")


def check_identity_rules(rulebook: pb.IdentityRules, least_proposal_ms: int = 0) -> None:
    """Raise MalformedInput, whose field names the part of the rulebook that is out of its bounds."""
    for name in _ROLE_LISTS:
        if not is_rising(getattr(rulebook, name)):
            raise MalformedInput("sorted, none twice", f"identity_rules.{name}")
    if pb.REGISTRAR in rulebook.voted_roles:
        raise MalformedInput("the role of registrar is not granted: it moves", "identity_rules.voted_roles")
    if not least_proposal_ms <= rulebook.max_proposal_ms <= MAX_PROPOSAL_MS:
        raise MalformedInput(f"{least_proposal_ms} to {MAX_PROPOSAL_MS}", "identity_rules.max_proposal_ms")
    wait_ms = rulebook.reenrolment_wait_ms
    if wait_ms and not MIN_REENROLMENT_MS <= wait_ms <= MAX_REENROLMENT_MS:
        bounds = f"0, or {MIN_REENROLMENT_MS} to {MAX_REENROLMENT_MS}"
        raise MalformedInput(bounds, "identity_rules.reenrolment_wait_ms")


def check_electorate(electorate: pb.Electorate, may_vote: Callable[[str], bool]) -> None:
    """Raise MalformedInput unless the voters are some who may, and the threshold is more than 2/3 of them."""
    voters = list(electorate.voters)
    if not 1 <= len(voters) <= MAX_VOTERS or voters != sorted(frozenset(voters)):
        raise MalformedInput(f"1 to {MAX_VOTERS}, sorted, none twice", "electorate.voters")
    if not all(map(may_vote, voters)):
        raise MalformedInput("active organisations", "electorate.voters")
    if not 2 * len(voters) < 3 * electorate.threshold <= 3 * len(voters):
        raise MalformedInput("more than 2/3 of the voters, at most all", "electorate.threshold")


def build_check(message_type: type[M], check: Callable[[M], None]) -> Check:
    """A check of bodies from one of messages, which needs no state."""

    def check_body(context: Context, body: bytes) -> None:
        check(parse_canonical(message_type, body, "record"))

    return check_body


def _check_voted_limits(limits: ledger_pb2.Limits) -> None:
    check_limits(limits, MIN_VOTED_SIGNATURES, MIN_VOTED_HORIZON_MS)


def _check_voted_rules(rulebook: pb.IdentityRules) -> None:
    check_identity_rules(rulebook, HOUR_MS)


def _check_voted_electorate(context: Context, body: bytes) -> None:
    electorate = parse_canonical(pb.Electorate, body, "record")
    check_electorate(electorate, lambda voter: is_active(context, voter))


GOVERNED: GovernedTable = {
    LIMITS_KEY: build_check(ledger_pb2.Limits, _check_voted_limits),
    RULES_KEY: build_check(pb.IdentityRules, _check_voted_rules),
    ELECTORATE_KEY: _check_voted_electorate,
}
"""The records of the kernel and of identity."""
