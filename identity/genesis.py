"""The agreed beginning: a Genesis message checked, and the records that it puts into the state of block 0.

Pure: a message in, records out. The kernel salts and writes them. The founders are judged by the same rules as those
whom the registrar admits later, but for certificates: nobody has trusted an authority yet, so they carry none.
"""

import hashlib

from hefu.v1 import identity_pb2 as pb
from hefu.v1 import ledger_pb2
from identity.admission import build_key, build_organisation, refuse_unfit_organisation
from identity.certification import compute_fingerprint
from identity.changes import build_authority, is_authority_sound
from identity.governed import check_electorate, check_identity_rules, check_limits
from identity.records import (
    AUTHORITY_PREFIX,
    CHANGE_PREFIX,
    CREDENTIAL_PREFIX,
    DAILY_PREFIX,
    ELECTORATE_KEY,
    KEY_PREFIX,
    MANDATE_PREFIX,
    ORGANISATION_PREFIX,
    PROPOSAL_PREFIX,
    REENROLMENT_PREFIX,
    REVOCATIONS_PREFIX,
    REVOKED_PREFIX,
    RULES_KEY,
    compute_authority_key,
    compute_key_key,
    compute_organisation_key,
)
from identity.rules import MAX_TIME_MS
from identity.validators import check_validators
from ledger.errors import MalformedInput, Rejection
from ledger.state_keys import CLOCK_KEY, LIMITS_KEY, SOFTWARE_KEY, VALIDATORS_KEY
from ledger.transaction import parse_canonical

MAX_NAME_CHARACTERS = 64
NAME_ALPHABET = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-")
SALT_BYTES = 32
MAX_KEY_CHARACTERS = 200
MAX_BODY_BYTES = 65536
_HOLDS_PREFIX = "holds/"
_OWN_PREFIXES = (
    ORGANISATION_PREFIX,
    KEY_PREFIX,
    DAILY_PREFIX,
    PROPOSAL_PREFIX,
    CHANGE_PREFIX,
    AUTHORITY_PREFIX,
    REVOCATIONS_PREFIX,
    REVOKED_PREFIX,
    REENROLMENT_PREFIX,
    MANDATE_PREFIX,
    CREDENTIAL_PREFIX,
    _HOLDS_PREFIX,
)
_OWN_KEYS = frozenset({RULES_KEY, ELECTORATE_KEY, CLOCK_KEY, LIMITS_KEY, SOFTWARE_KEY, VALIDATORS_KEY})


def parse_genesis(encoded: bytes) -> pb.Genesis:
    """Read a genesis file, which must be in its one encoding; raises MalformedInput."""
    return parse_canonical(pb.Genesis, encoded, "genesis")


def compute_genesis_hash(genesis: pb.Genesis) -> bytes:
    """SHA-256 of the genesis file (32 bytes): leaf 0, and half of the network id."""
    return hashlib.sha256(genesis.SerializeToString(deterministic=True)).digest()


def build_records(genesis: pb.Genesis) -> list[tuple[str, bytes]]:
    """The records of block 0, sorted by key. Raises MalformedInput, whose field names the place."""
    _check_header(genesis)
    check_limits(genesis.limits)
    check_identity_rules(genesis.identity_rules)
    _check_founders(genesis)
    _check_governance(genesis)
    _check_engine(genesis)
    _check_rulebook(genesis)
    records = {record.key: record.body for record in genesis.records}
    records[RULES_KEY] = genesis.identity_rules.SerializeToString(deterministic=True)
    records[LIMITS_KEY] = genesis.limits.SerializeToString(deterministic=True)
    if genesis.simulated_clock:
        clock = ledger_pb2.SimulatedClock(now_ms=genesis.time_ms)
        records[CLOCK_KEY] = clock.SerializeToString(deterministic=True)
    if genesis.HasField("electorate"):
        records[ELECTORATE_KEY] = genesis.electorate.SerializeToString(deterministic=True)
    if genesis.validators:
        validators = pb.ValidatorSet(validators=genesis.validators)
        records[VALIDATORS_KEY] = validators.SerializeToString(deterministic=True)
    for change in genesis.authorities:
        authority = build_authority(change, genesis.time_ms)
        place = compute_authority_key(compute_fingerprint(change.certificate))
        records[place] = authority.SerializeToString(deterministic=True)
    for founder in genesis.founders:
        organisation = build_organisation(founder)
        records[compute_organisation_key(founder.organisation)] = organisation.SerializeToString(deterministic=True)
        for key in founder.keys:
            record = build_key(founder.organisation, key)
            records[compute_key_key(key.public_key)] = record.SerializeToString(deterministic=True)
    return sorted(records.items())


def _check_header(genesis: pb.Genesis) -> None:
    if not 1 <= len(genesis.network_name) <= MAX_NAME_CHARACTERS or not NAME_ALPHABET.issuperset(genesis.network_name):
        raise MalformedInput("1 to 64 characters of a-z 0-9 . -", "network_name")
    if len(genesis.salt) != SALT_BYTES:
        raise MalformedInput(f"{SALT_BYTES} bytes", "salt")
    if not 0 < genesis.time_ms < MAX_TIME_MS:
        raise MalformedInput("ms since 1970, below 2^53", "time_ms")


def _check_founders(genesis: pb.Genesis) -> None:
    names = [founder.organisation for founder in genesis.founders]
    if names != sorted(set(names)):
        raise MalformedInput("sorted by organisation, none twice", "founders")
    for founder in genesis.founders:
        try:
            refuse_unfit_organisation(founder, genesis.identity_rules, genesis.time_ms)
        except Rejection as rejection:
            place = founder.DESCRIPTOR.fields_by_number[rejection.field].name
            raise MalformedInput(rejection.reason.english, f"founders[{founder.organisation}].{place}") from None
    if sum(pb.REGISTRAR in founder.roles for founder in genesis.founders) != 1:
        raise MalformedInput("exactly one has the role REGISTRAR", "founders.roles")
    keys = [key for founder in genesis.founders for key in founder.keys]
    if len(frozenset(key.public_key for key in keys)) != len(keys):
        raise MalformedInput("a key belongs to one organisation", "founders.keys")
    if any(key.HasField("certificate") for key in keys):
        raise MalformedInput("founders carry no certificates", "founders.keys")


def _check_governance(genesis: pb.Genesis) -> None:
    """Who votes, and which authorities are trusted from the beginning."""
    founders = frozenset(founder.organisation for founder in genesis.founders)
    if genesis.HasField("electorate"):
        check_electorate(genesis.electorate, founders.__contains__)
    last = b""
    for change in genesis.authorities:
        if not change.certificate or not is_authority_sound(change):
            raise MalformedInput("a certificate of at most 4096 bytes, and a name", "authorities")
        if change.operator and change.operator not in founders:
            raise MalformedInput("the operator is a founder, or nobody", "authorities.operator")
        if change.certificate <= last:
            raise MalformedInput("sorted by certificate, none twice", "authorities")
        last = change.certificate


def _check_engine(genesis: pb.Genesis) -> None:
    """Who votes on blocks, if the engine has several nodes."""
    if not genesis.validators:
        return
    check_validators(genesis.validators, frozenset(founder.organisation for founder in genesis.founders).__contains__)
    members_keys = frozenset(key.public_key for founder in genesis.founders for key in founder.keys)
    if any(one.public_key in members_keys for one in genesis.validators):
        raise MalformedInput("no key of an organisation", "validators.public_key")


def _check_rulebook(genesis: pb.Genesis) -> None:
    """The records of other domains: what their bodies mean is theirs to read."""
    last = ""
    for record in genesis.records:
        if not 1 <= len(record.key) <= MAX_KEY_CHARACTERS or any(not "!" <= c <= "~" for c in record.key):
            raise MalformedInput(f"1 to {MAX_KEY_CHARACTERS} characters of visible ASCII", "records.key")
        if record.key <= last:
            raise MalformedInput("sorted, none twice", "records.key")
        if record.key in _OWN_KEYS or record.key.startswith(_OWN_PREFIXES):
            raise MalformedInput(f"{record.key} is written by genesis itself", "records.key")
        if len(record.body) > MAX_BODY_BYTES:
            raise MalformedInput(f"at most {MAX_BODY_BYTES} bytes", "records.body")
        last = record.key
