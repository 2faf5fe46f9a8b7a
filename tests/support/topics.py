"""Every command of the table as somebody might say it of the records that are there, for tests that draw at random.

What is said of packages, ranges and claims is what the exploration of small universes tries. What is said of members,
keys, votes, mandates and credentials stands here. A draw is good, or wrong in a way that somebody might try.
"""

import hashlib
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from hefu.v1 import identity_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.rules import DAY_MS, HOUR_MS, compute_civil_day
from ledger.context import Record
from tests.exploration import attempts_lines as lines
from tests.exploration import attempts_money as money
from tests.exploration import attempts_moves as moves
from tests.exploration import attempts_orders as orders
from tests.exploration import attempts_payments as payments
from tests.exploration.invariants import Source, parse_ref
from tests.exploration.memo import Attempt
from tests.exploration.places import Attempts, Moment, Pair, Parcel, Place, say
from tests.exploration.space import MESSAGES
from tests.unit.identity.world import make_admission, make_key, make_rule, public

MOST = 60  # attempts of one topic that are looked at
RECORDS: dict[str, type[Any]] = {
    **MESSAGES,
    "key": identity_pb2.KeyRecord,
    "proposal": identity_pb2.Proposal,
    "change": identity_pb2.GovernedChange,
    "mandate": identity_pb2.Mandate,
    "credential": identity_pb2.Credential,
    "reenrolment": identity_pb2.Reenrolment,
    "authority": identity_pb2.Authority,
}
"""Which message lies under which prefix."""

AT_MOMENTS = (
    moves.list_issues, lines.list_lines, lines.list_confirmations, lines.list_relations, money.list_blankets,
    payments.list_accounts,
)  # fmt: skip
AT_PARCELS = (
    moves.list_answers_to_issues, orders.list_package_freezes, orders.list_debtor_successions,
    orders.list_accelerations, orders.list_substitutes, orders.list_offers, payments.list_package_payments,
)  # fmt: skip
AT_PLACES = (
    moves.list_cuts, moves.list_transfers, moves.list_trades, money.list_requests, money.list_steps, money.list_quotes,
    money.list_aftercare, orders.list_freezes, orders.list_successions, orders.list_disputes, orders.list_red_letters,
    orders.list_consents, orders.list_merger, payments.list_payments, payments.list_prepayments,
    payments.list_words_of_holders, payments.list_words_of_banks,
)  # fmt: skip
ANSWERS = (moves.list_transfers, moves.list_trades, money.list_steps)
AUTHORITY = b"the certificate of an authority"
FINGERPRINT = hashlib.sha256(AUTHORITY).digest()
LEAF = b"the certificate of a key"
COMMITMENT = b"c" * 32
FAR_MS = 10**12
CREDENTIAL_STATUSES = (
    identity_pb2.CREDENTIAL_VALID, identity_pb2.CREDENTIAL_SUSPENDED, identity_pb2.CREDENTIAL_REVOKED,
)  # fmt: skip
MANDATED = (pb.ISSUE, pb.SPLIT, pb.TRANSFER, pb.ACCEPT_TRANSFER)


class Meant:
    """Records as they are meant at one time; each is decoded when it is asked for."""

    def __init__(self, records: Mapping[str, Record | bytes], time_ms: int) -> None:
        self._records = records
        self._time_ms = time_ms

    def get(self, key: str) -> Any:
        """What lies under a key, or None."""
        found = self._records.get(key)
        if found is None:
            return None
        record = Record.decode(found) if isinstance(found, bytes) else found
        return _find_message(key).FromString(record.get_meant(self._time_ms))

    def list_under(self, prefix: str) -> list[tuple[str, Any]]:
        """Keys without their prefix, and what lies there, sorted."""
        beginning = f"{prefix}/"
        keys = sorted(key for key in self._records if key.startswith(beginning))
        return [(key.removeprefix(beginning), self.get(key)) for key in keys]


def _find_message(key: str) -> type[Any]:
    head, _, rest = key.partition("/")
    return RECORDS.get(key) or RECORDS.get(head) or RECORDS[f"{head}/{rest.partition('/')[0]}"]


@dataclass(frozen=True, slots=True)
class Circle:
    """Who governs, and of whom: `members` are small enough to be changed, `newcomer` is none yet.

    The keys that are `kept` are never replaced or ended.
    """

    registrar: str
    voters: tuple[str, ...]
    members: tuple[str, ...]
    attesting: str
    court: str
    newcomer: str
    kept: frozenset[bytes] = frozenset()


# ---------------------------------------------------------------- packages, ranges, claims


def draw_voucher_attempt(source: Source, moment: Moment, chance: random.Random) -> Attempt | None:
    """Something about a range mostly, a package, two ranges, or nothing that is there yet; None where nothing fits."""
    vouchers = source.list_under("voucher")
    what = chance.random()
    if what < 0.15:
        return _draw(chance.choice(AT_MOMENTS)(moment), chance)
    if what < 0.35:
        packages = source.list_under("package")
        if not packages:
            return None
        return _draw(chance.choice(AT_PARCELS)(Parcel(moment, *chance.choice(packages))), chance)
    if what < 0.45:
        return _draw_pair(vouchers, moment, chance)
    place = _draw_place(source, vouchers, moment, chance)
    if place is None:
        return None
    is_answered = place.voucher.circulation == pb.LOCKED and chance.random() < 0.6
    return _draw(chance.choice(ANSWERS if is_answered else AT_PLACES)(place), chance)


def _draw(attempts: Attempts, chance: random.Random) -> Attempt | None:
    found = list(islice(attempts, MOST))
    return chance.choice(found) if found else None


def _draw_pair(vouchers: Sequence[tuple[str, pb.Voucher]], moment: Moment, chance: random.Random) -> Attempt | None:
    """Two ranges, mostly of one holder or in one basket."""
    if len(vouchers) < 2:
        return None
    _, first = chance.choice(vouchers)
    alike = [one for one in vouchers if (one[1].holder, one[1].lock.basket) == (first.holder, first.lock.basket)]
    both = chance.sample(alike if len(alike) > 1 else list(vouchers), 2)
    found = sorted(
        ((parse_ref(name), voucher) for name, voucher in both), key=lambda one: (one[0].package, one[0].start)
    )
    (one, one_state), (other, other_state) = found
    return _draw(moves.list_baskets(Pair(moment, (one, other), (one_state, other_state))), chance)


def _draw_place(
    source: Source, vouchers: Sequence[tuple[str, pb.Voucher]], moment: Moment, chance: random.Random
) -> Place | None:
    if not vouchers:
        return None
    live = [one for one in vouchers if one[1].stage == pb.LIVE and chance.random() < 0.95]
    name, voucher = chance.choice(live or vouchers)
    package = source.get(f"package/{name.rpartition('/')[0]}")
    accounts = {who: account.account_commitment for who, account in source.list_under("account")}
    claim = source.get(f"claim/voucher:{name}")
    return None if package is None else Place(moment, parse_ref(name), voucher, package, claim, accounts)


# ---------------------------------------------------------------- members, keys, votes, mandates, credentials


def draw_identity_attempt(source: Source, circle: Circle, now_ms: int, chance: random.Random) -> Attempt | None:
    """Something about who is who and who may do what."""
    topics: tuple[Callable[[Source, Circle, int, random.Random], Attempts], ...] = (
        list_proposals, list_votes, list_votes, list_members, list_keys, list_lost_keys, list_mandates,
        list_credentials,
    )  # fmt: skip
    return _draw(chance.choice(topics)(source, circle, now_ms, chance), chance)


def list_proposals(source: Source, circle: Circle, now_ms: int, chance: random.Random) -> Attempts:
    """Each kind of change, by a voter."""
    voter, member = chance.choice(circle.voters), chance.choice(circle.members)
    status = chance.choice((identity_pb2.SUSPENDED, identity_pb2.ACTIVE, identity_pb2.ACTIVE))
    distrust = identity_pb2.AuthorityChange(fingerprint=FINGERPRINT)
    trust = identity_pb2.AuthorityChange(certificate=AUTHORITY, name="authority")
    changes = (
        identity_pb2.GovernedChange(admission=make_newcomer(circle)),
        identity_pb2.GovernedChange(status=identity_pb2.SetOrganisationStatus(organisation=member, status=status)),
        identity_pb2.GovernedChange(roles=_make_roles(member, chance)),
        identity_pb2.GovernedChange(authority=chance.choice((trust, distrust))),
        *(_make_calendar_change(source, now_ms, chance),) * 3,
    )
    expires_at_ms = now_ms + chance.choice((HOUR_MS, 5 * DAY_MS, 20 * DAY_MS))
    for change in changes:
        number = f"P-{chance.randrange(100)}"
        propose = identity_pb2.Propose(number=number, change=change, expires_at_ms=expires_at_ms)
        yield say(identity_pb2.PROPOSE, propose, voter)


def _make_calendar_change(source: Source, now_ms: int, chance: random.Random) -> identity_pb2.GovernedChange:
    """Another holiday; sometimes from a later time on."""
    present = source.get("rules/calendar") or pb.BusinessCalendar()
    holidays = sorted({*present.holidays, compute_civil_day(now_ms) + chance.randrange(1, 40)})
    body = pb.BusinessCalendar(holidays=holidays).SerializeToString(deterministic=True)
    change = identity_pb2.RecordChange(key="rules/calendar", body=body)
    change.replaces = hashlib.sha256(present.SerializeToString(deterministic=True)).digest()
    change.effective_at_ms = chance.choice((0, 0, now_ms + DAY_MS))
    return identity_pb2.GovernedChange(record=change)


def list_votes(source: Source, circle: Circle, now_ms: int, chance: random.Random) -> Attempts:
    """Everybody on everything that is open, mostly yes."""
    for name, proposal in source.list_under("proposal"):
        change = source.get(f"change/{name}")
        if proposal.status == identity_pb2.PROPOSAL_OPEN and change is not None:  # a short sight may have lost it
            digest = hashlib.sha256(change.SerializeToString(deterministic=True)).digest()
            ballots = (identity_pb2.BALLOT_YES, identity_pb2.BALLOT_YES, identity_pb2.BALLOT_NO)
            for voter in circle.voters:
                vote = identity_pb2.Vote(proposal=name, ballot=chance.choice(ballots), change_digest=digest)
                yield say(identity_pb2.VOTE, vote, voter)


def make_newcomer(circle: Circle) -> identity_pb2.AdmitOrganisation:
    """A supplier who joins."""
    key = make_key(circle.newcomer, f"{circle.newcomer} 1", "newcomer", [identity_pb2.OWNER])
    return make_admission(circle.newcomer, [identity_pb2.SUPPLIER], [key], [make_rule(1)])


def _make_roles(member: str, chance: random.Random) -> identity_pb2.GrantRoles:
    """A supplier it stays, so that what it holds goes on."""
    also = chance.choice(([], [identity_pb2.GUARANTOR], [identity_pb2.PARK_OPERATOR]))
    return identity_pb2.GrantRoles(organisation=member, roles=sorted([identity_pb2.SUPPLIER, *also]))


def list_members(source: Source, circle: Circle, now_ms: int, chance: random.Random) -> Attempts:
    """The registrar admits, and gives roles; a member takes another policy."""
    member = chance.choice(circle.members)
    yield say(identity_pb2.ADMIT_ORGANISATION, make_newcomer(circle), circle.registrar)
    yield say(identity_pb2.GRANT_ROLES, _make_roles(member, chance), circle.registrar)
    policy = identity_pb2.Policy(rules=[make_rule(1)], daily_limit_fen=chance.choice((0, 10**12)))
    yield say(identity_pb2.SET_POLICY, identity_pb2.SetPolicy(policy=policy), circle.members[0])


def list_keys(source: Source, circle: Circle, now_ms: int, chance: random.Random) -> Attempts:
    """A key more, another in the place of one, and the end of one."""
    member = chance.choice(circle.members)
    name, roles = f"{member} {chance.randrange(50)}", [chance.choice((identity_pb2.MAKER, identity_pb2.CHECKER))]
    admit = identity_pb2.AdmitKey(organisation=member, key=make_key(member, name, name, roles))
    yield say(identity_pb2.ADMIT_KEY, admit, circle.registrar, member)
    for hexadecimal, key in source.list_under("key"):
        old = bytes.fromhex(hexadecimal)
        if key.organisation == member and not key.revoked_at_ms and old not in circle.kept:
            new = make_key(member, f"{name} rotated", name, key.roles, person=key.person)
            yield say(identity_pb2.ROTATE_KEY, identity_pb2.RotateKey(old_key=old, key=new), member)
            if hexadecimal[-1] in "0123":  # else a member soon has none
                yield say(identity_pb2.REVOKE_KEY, identity_pb2.RevokeKey(public_key=old), member)


def list_lost_keys(source: Source, circle: Circle, now_ms: int, chance: random.Random) -> Attempts:
    """The registrar gives notice, somebody objects, and a revocation list ends a key."""
    member, number = chance.choice(circle.members), chance.randrange(1, 200)
    key = make_key(
        member, f"{member} certified {number}", f"{member} {number}", [identity_pb2.MAKER],
        valid_from_ms=now_ms + 20 * DAY_MS, valid_until_ms=now_ms + FAR_MS,
    )  # fmt: skip
    evidence = key.certificate
    evidence.authority, evidence.not_before_ms, evidence.not_after_ms = FINGERPRINT, 1, now_ms + 2 * FAR_MS
    evidence.chain.append(LEAF)
    evidence.links.add(issuer=FINGERPRINT, serial=bytes([number]))
    notice = identity_pb2.OpenReenrolment(organisation=member, keys=[key], reason_digest=COMMITMENT)
    yield say(identity_pb2.OPEN_REENROLMENT, notice, circle.registrar)
    for objector in (circle.court, member):
        yield say(identity_pb2.OBJECT_REENROLMENT, identity_pb2.ObjectReenrolment(organisation=member), objector)
    enter = identity_pb2.EnterRevocations(
        authority=FINGERPRINT, issuer=FINGERPRINT, list=b"a list", this_update_ms=now_ms, next_update_ms=now_ms + DAY_MS
    )
    enter.revoked.add(serial=bytes([number]), revoked_at_ms=1)
    yield say(identity_pb2.ENTER_REVOCATIONS, enter, circle.registrar)


def list_mandates(source: Source, circle: Circle, now_ms: int, chance: random.Random) -> Attempts:
    """A member lets another act for it, and one of both ends that."""
    principal, agent = chance.sample(circle.members, 2)
    until_on, up_to_fen = compute_civil_day(now_ms) + chance.randrange(20), chance.choice((500, 10**9))
    grant = identity_pb2.GrantMandate(agent=agent, kinds=sorted(MANDATED), up_to_fen=up_to_fen, until_on=until_on)
    yield from [say(identity_pb2.GRANT_MANDATE, grant, principal)] * 3
    for name, _ in source.list_under("mandate"):
        principal, _, agent = name.partition("/")
        end = identity_pb2.EndMandate(principal=principal, agent=agent)
        yield say(identity_pb2.END_MANDATE, end, chance.choice((principal, agent)))


def list_credentials(source: Source, circle: Circle, now_ms: int, chance: random.Random) -> Attempts:
    """A bank attests of a member, or of a person of it; then suspends, reinstates or revokes."""
    subject, attesting = chance.choice(circle.members), circle.attesting
    for kind, person in ((identity_pb2.KYB, b""), (identity_pb2.KYC, COMMITMENT)):
        ref = identity_pb2.CredentialRef(subject=subject, kind=kind, issuer=attesting, person=person)
        issue = identity_pb2.IssueCredential(credential=ref, document_digest=COMMITMENT)
        issue.expires_at_ms = now_ms + chance.choice((HOUR_MS, 9 * DAY_MS))
        yield say(identity_pb2.ISSUE_CREDENTIAL, issue, attesting)
        status = chance.choice(CREDENTIAL_STATUSES)
        yield say(
            identity_pb2.SET_CREDENTIAL_STATUS,
            identity_pb2.SetCredentialStatus(credential=ref, status=status),
            attesting,
        )


def find_agents(source: Source, principal: str) -> Iterator[str]:
    """Who was ever given a mandate by the organisation."""
    for name, _ in source.list_under("mandate"):
        if name.startswith(f"{principal}/"):
            yield name.partition("/")[2]


def find_signers(source: Source, organisation: str, time_ms: int) -> list[bytes]:
    """A maker's key and a checker's that are good at the time, else any one that is."""
    good = [
        (bytes.fromhex(name), key)
        for name, key in source.list_under("key")
        if key.organisation == organisation
        and not key.revoked_at_ms
        and key.valid_from_ms <= time_ms < key.valid_until_ms
    ]
    by_role = [
        next((public_key for public_key, key in good if role in key.roles), b"")
        for role in (identity_pb2.MAKER, identity_pb2.CHECKER)
    ]
    found = sorted({public_key for public_key in by_role if public_key})
    return found or [public_key for public_key, _ in good[:1]] or [public(organisation)]
