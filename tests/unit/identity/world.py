"""A small consortium in a dict: a registrar, a bank, a core enterprise and a supplier, with persons and keys."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest
from google.protobuf.message import Message
from nacl.signing import SigningKey

from hefu.v1 import identity_pb2 as pb
from hefu.v1 import ledger_pb2
from identity import commands, rules
from identity.authorise import authorise
from identity.genesis import build_records
from identity.governance import build_commands
from identity.governed import GOVERNED, GovernedTable
from identity.records import ELECTORATE_KEY, get_key, get_organisation
from ledger.context import Context, Overlay, Record
from ledger.errors import MalformedInput, Reason, Rejection
from ledger.seam import CommandTable, ParsedCommand

NOW_MS = 1_700_000_000_000
FAR_MS = NOW_MS + 10**12
SALT = bytes(16)
FOREIGN_KEY, FOREIGN_BODY = "rules/vouchers", b"\x08\x01"
"""A rulebook of another domain, which takes any body that is not empty."""


def make_uscc(number: int) -> str:
    """A fictitious USCC of the region 999999, which does not exist."""
    first = f"91999999{number:09d}"
    return first + rules.compute_uscc_check(first)


REGISTRAR, BANK, CORE, SUPPLIER, STRANGER = sorted(make_uscc(number) for number in range(1, 6))


def make_seed(name: str) -> SigningKey:
    """The signing key that goes by this name."""
    return SigningKey(hashlib.sha256(name.encode()).digest())


def public(name: str) -> bytes:
    """The public key that goes by this name."""
    return bytes(make_seed(name).verify_key)


def person(name: str) -> bytes:
    """The commitment to a person."""
    return hashlib.sha256(b"person" + name.encode()).digest()


def make_key(organisation: str, name: str, of: str, roles: Iterable[Any], **changes: Any) -> pb.NewKey:
    """A new key with its proof of possession, made after the changes unless they give one."""
    key = pb.NewKey(algorithm=1, public_key=public(name), person=person(of), roles=list(roles), valid_until_ms=FAR_MS)
    for field, value in changes.items():
        if field == "roles":
            del key.roles[:]
            key.roles.extend(value)
        else:
            setattr(key, field, value)
    if "possession" not in changes:
        message = rules.compute_possession_message(organisation, key.public_key, key.person)
        key.possession = make_seed(name).sign(message).signature
    return key


def make_rule(persons: int, roles: Sequence[Any] = (), kinds: Sequence[int] = (), up_to_fen: int = 0) -> pb.PolicyRule:
    """A rule of a policy."""
    return pb.PolicyRule(persons=persons, roles=list(roles), kinds=kinds, up_to_fen=up_to_fen)


TWO = make_rule(2, [pb.MAKER, pb.CHECKER])
ONE = make_rule(1)


def make_admission(
    organisation: str,
    roles: Sequence[Any],
    keys: Sequence[pb.NewKey],
    policy: Sequence[pb.PolicyRule] = (TWO,),
    name: str = "某某有限公司",
    daily_limit_fen: int = 0,
) -> pb.AdmitOrganisation:
    """An admission of an organisation."""
    return pb.AdmitOrganisation(
        organisation=organisation,
        name=name,
        roles=list(roles),
        policy=pb.Policy(rules=policy, daily_limit_fen=daily_limit_fen),
        keys=keys,
    )


def make_team(organisation: str, prefix: str) -> list[pb.NewKey]:
    """Maker, checker, a second maker, one person's second key with both roles, and a machine."""
    return [
        make_key(organisation, f"{prefix}-maker", f"{prefix}-anna", [pb.MAKER]),
        make_key(organisation, f"{prefix}-checker", f"{prefix}-bo", [pb.CHECKER]),
        make_key(organisation, f"{prefix}-maker2", f"{prefix}-chen", [pb.MAKER]),
        make_key(organisation, f"{prefix}-checker-of-anna", f"{prefix}-anna", [pb.CHECKER]),
        make_key(organisation, f"{prefix}-service", f"{prefix}-machine", [pb.SERVICE]),
    ]


def make_genesis() -> pb.Genesis:
    """A genesis with four founders who vote, and a simulated clock; only a vote makes a core enterprise."""
    founders = [
        make_admission(REGISTRAR, [pb.REGISTRAR], make_team(REGISTRAR, "registrar")),
        make_admission(BANK, [pb.BANK, pb.CLEARING_BANK], make_team(BANK, "bank")),
        make_admission(CORE, [pb.CORE_ENTERPRISE], make_team(CORE, "core")),
        make_admission(SUPPLIER, [pb.SUPPLIER], make_team(SUPPLIER, "supplier"), [ONE], daily_limit_fen=1000),
    ]
    limits = ledger_pb2.Limits(
        transaction_bytes=32768, signatures=16, transactions_per_organisation_block=100, horizon_ms=3_600_000
    )
    return pb.Genesis(
        network_name="test.hefu-1",
        salt=bytes(range(32)),
        time_ms=NOW_MS - 1,
        simulated_clock=True,
        limits=limits,
        founders=founders,
        identity_rules=pb.IdentityRules(
            two_person_roles=[pb.BANK, pb.CORE_ENTERPRISE],
            voted_roles=[pb.CORE_ENTERPRISE],
            attesting_roles=[pb.BANK],
            max_proposal_ms=30 * rules.DAY_MS,
            reenrolment_wait_ms=72 * rules.HOUR_MS,
        ),
        records=[pb.GenesisRecord(key=FOREIGN_KEY, body=FOREIGN_BODY)],
        electorate=pb.Electorate(voters=[REGISTRAR, BANK, CORE, SUPPLIER], threshold=3),
    )


def check_foreign(context: Context, body: bytes) -> None:
    """What another domain says of its rulebook."""
    if not body:
        raise MalformedInput("not empty", FOREIGN_KEY)


IN_TESTS: GovernedTable = {**GOVERNED, FOREIGN_KEY: check_foreign}
COMMANDS: CommandTable = {**commands.COMMANDS, **build_commands(IN_TESTS)}
"""All commands of identity."""


class Source:
    """The committed state."""

    def __init__(self, records: Iterable[tuple[str, bytes]]) -> None:
        self.records = {key: Record(body, SALT) for key, body in records}

    def read(self, key: str) -> Record | None:
        """The record under a key."""
        return self.records.get(key)


_GENESIS_RECORDS = build_records(make_genesis())


def found_organisation(context: Context, organisation: str) -> pb.Organisation:
    """A copy of an organisation that is there."""
    found = get_organisation(context, organisation)
    assert found is not None
    return pb.Organisation.FromString(found.SerializeToString())


def found_key(context: Context, name: str) -> pb.KeyRecord:
    """A copy of the record of a key that is there."""
    found = get_key(context, public(name))
    assert found is not None
    return pb.KeyRecord.FromString(found.SerializeToString())


class World:
    """The state after genesis; `said` and `authorised` act on it, refusals leave it as it is."""

    def __init__(self, time_ms: int = NOW_MS) -> None:
        self.source = Source(_GENESIS_RECORDS)
        self.time_ms = time_ms
        self.height = 100

    def context(self) -> Context:
        """A context on the committed state."""
        return Context(Overlay(self.source), self.time_ms, bytes(16), self.height)

    def said(self, organisations: str | Sequence[str], kind: int, command: Message) -> list[pb.IdentityEvent]:
        """Run a command without asking who signed; keeps what it changed."""
        overlay = Overlay(self.source)
        context = Context(overlay, self.time_ms, bytes(16), self.height)
        context.organisations = (organisations,) if isinstance(organisations, str) else tuple(organisations)
        context.kind = kind
        spec = COMMANDS[kind]
        assert isinstance(command, spec.message)
        spec.transition(context, command)
        self.keep(overlay)
        assert all(event_kind == kind for event_kind, _ in context.events)
        return [pb.IdentityEvent.FromString(body) for _, body in context.events]

    def authorised(self, commands: Sequence[ParsedCommand], *signers: str) -> dict[str, Record | None]:
        """Ask `authorise` for these signers; returns (and keeps) what it wrote."""
        overlay = Overlay(self.source)
        authorise(Context(overlay, self.time_ms, bytes(16)), commands, [public(name) for name in signers])
        self.keep(overlay)
        return overlay.changes

    def let_decide(self, *voters: str) -> None:
        """From now on these vote, and more than two thirds of them decide."""
        electorate = pb.Electorate(voters=sorted(voters), threshold=2 * len(voters) // 3 + 1)
        self.source.records[ELECTORATE_KEY] = Record(electorate.SerializeToString(deterministic=True), SALT)

    def keep(self, overlay: Overlay) -> None:
        """Commit an overlay."""
        for key, record in overlay.changes.items():
            assert record is not None
            self.source.records[key] = record


def command(
    organisations: str | Sequence[str],
    kind: int = 300,
    amount_fen: int = 0,
    housekeeping: bool = False,
    open_: bool = False,
) -> ParsedCommand:
    """A command as `authorise` sees it."""
    names = (organisations,) if isinstance(organisations, str) else tuple(organisations)
    return ParsedCommand(names, kind, pb.SetPolicy(), amount_fen, housekeeping, open_)


def expect_refusal(reason: Reason, field: int, act: Callable[..., Any], *arguments: Any) -> Rejection:
    """The act is refused for exactly this reason at this field."""
    with pytest.raises(Rejection) as caught:
        act(*arguments)
    assert (caught.value.reason.name, caught.value.field) == (reason.name, field)
    return caught.value
