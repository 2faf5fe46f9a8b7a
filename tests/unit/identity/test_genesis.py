import hashlib
from typing import Any

import pytest

from hefu.v1 import identity_pb2 as pb
from hefu.v1 import ledger_pb2
from identity.genesis import build_records, compute_genesis_hash, parse_genesis
from identity.records import ELECTORATE_KEY, RULES_KEY, compute_authority_key, compute_key_key, compute_organisation_key
from ledger.errors import MalformedInput
from ledger.state_keys import CLOCK_KEY, LIMITS_KEY, VALIDATORS_KEY
from tests.unit.identity.world import BANK, CORE, NOW_MS, REGISTRAR, STRANGER, SUPPLIER, make_genesis, make_team, public


def expect_malformed(field, genesis):
    with pytest.raises(MalformedInput) as caught:
        build_records(genesis)
    assert caught.value.field == field


def test_records_of_a_genesis():
    genesis = make_genesis()
    records = build_records(genesis)
    keys = [key for key, _ in records]
    assert keys == sorted(set(keys))
    found = dict(records)
    assert set(keys) == {
        "rules/vouchers", RULES_KEY, LIMITS_KEY, CLOCK_KEY, ELECTORATE_KEY,
        *(compute_organisation_key(name) for name in (REGISTRAR, BANK, CORE, SUPPLIER)),
        *(compute_key_key(key.public_key) for founder in genesis.founders for key in founder.keys),
    }  # fmt: skip
    assert found["rules/vouchers"] == b"\x08\x01"
    assert ledger_pb2.Limits.FromString(found[LIMITS_KEY]) == genesis.limits
    assert ledger_pb2.SimulatedClock.FromString(found[CLOCK_KEY]).now_ms == NOW_MS - 1
    assert pb.IdentityRules.FromString(found[RULES_KEY]) == genesis.identity_rules
    assert pb.Electorate.FromString(found[ELECTORATE_KEY]) == genesis.electorate
    assert pb.KeyRecord.FromString(found[compute_key_key(public("core-maker"))]).organisation == CORE


def test_without_a_simulated_clock_there_is_no_clock_record():
    genesis = make_genesis()
    genesis.simulated_clock = False
    assert CLOCK_KEY not in dict(build_records(genesis))


def test_the_hash_is_that_of_the_file():
    encoded = make_genesis().SerializeToString(deterministic=True)
    assert compute_genesis_hash(parse_genesis(encoded)) == hashlib.sha256(encoded).digest()


def test_another_salt_is_another_network():
    other = make_genesis()
    other.salt = bytes(32)
    assert compute_genesis_hash(other) != compute_genesis_hash(make_genesis())


@pytest.mark.parametrize("encoded", [b"\xff", b"\x08\x01", make_genesis().SerializeToString() + b"\x18\x00"])
def test_a_file_in_another_encoding_is_malformed(encoded):
    with pytest.raises(MalformedInput):
        parse_genesis(encoded)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("network_name", ""), ("network_name", "a" * 65), ("network_name", "Test"), ("network_name", "a b"),
        ("salt", b""), ("salt", bytes(31)), ("time_ms", 0), ("time_ms", -1), ("time_ms", 2**53),
    ],
)  # fmt: skip
def test_headers_that_are_refused(field, value):
    genesis = make_genesis()
    setattr(genesis, field, value)
    expect_malformed(field, genesis)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("transaction_bytes", 4095), ("transaction_bytes", 65537), ("signatures", 0), ("signatures", 17),
        ("transactions_per_organisation_block", 0), ("transactions_per_organisation_block", 2**32 - 1),
        ("horizon_ms", 0), ("horizon_ms", 86_400_001), ("horizon_ms", -1),
    ],
)  # fmt: skip
def test_limits_that_are_refused(field, value):
    genesis = make_genesis()
    setattr(genesis.limits, field, value)
    expect_malformed(f"limits.{field}", genesis)


def test_founders_are_sorted_and_none_stands_twice():
    genesis = make_genesis()
    genesis.founders.append(genesis.founders[0])
    expect_malformed("founders", genesis)


def test_a_founder_is_judged_as_an_admission_is():
    genesis = make_genesis()
    genesis.founders[0].name = ""
    expect_malformed(f"founders[{REGISTRAR}].name", genesis)
    genesis = make_genesis()
    genesis.founders[1].policy.rules[0].CopyFrom(pb.PolicyRule(persons=1))
    expect_malformed(f"founders[{BANK}].policy", genesis)
    genesis = make_genesis()
    genesis.founders[1].organisation = BANK[:-1] + "I"
    expect_malformed("founders" + f"[{BANK[:-1]}I].organisation", genesis)


@pytest.mark.parametrize("registrars", [0, 2])
def test_exactly_one_founder_is_the_registrar(registrars):
    genesis = make_genesis()
    for place in range(2):
        del genesis.founders[place].roles[:]
        genesis.founders[place].roles.append(pb.REGISTRAR if place < registrars else pb.COURT)
    expect_malformed("founders.roles", genesis)


def test_no_key_stands_under_two_founders():
    genesis = make_genesis()
    del genesis.founders[1].keys[:]
    genesis.founders[1].keys.extend(make_team(BANK, "core"))
    expect_malformed("founders.keys", genesis)


def test_the_rulebook_is_judged_as_a_vote_on_it_is():
    genesis = make_genesis()
    genesis.identity_rules.two_person_roles.append(pb.BANK)
    expect_malformed("identity_rules.two_person_roles", genesis)


def test_a_genesis_of_before_there_were_votes_is_one_without_them():
    genesis = make_genesis()
    genesis.ClearField("electorate")
    genesis.ClearField("identity_rules")
    found = dict(build_records(genesis))
    assert ELECTORATE_KEY not in found
    assert found[RULES_KEY] == b""


@pytest.mark.parametrize(("voters", "field"), [([STRANGER], "voters"), ([CORE, BANK], "voters"), ([BANK], "threshold")])
def test_voters_are_founders_of_whom_more_than_two_thirds_decide(voters, field):
    genesis = make_genesis()
    genesis.electorate.CopyFrom(pb.Electorate(voters=voters, threshold=2))
    expect_malformed(f"electorate.{field}", genesis)


def test_founders_carry_no_certificates():
    genesis = make_genesis()
    genesis.founders[1].keys[0].certificate.authority = bytes(32)
    expect_malformed("founders.keys", genesis)


def test_authorities_are_trusted_from_the_beginning():
    genesis = make_genesis()
    for certificate, operator in ((b"a", ""), (b"b", BANK)):
        genesis.authorities.add(certificate=certificate, name="CA", lists_required=True, operator=operator)
    found = dict(build_records(genesis))
    for certificate, operator in ((b"a", ""), (b"b", BANK)):
        body = found[compute_authority_key(hashlib.sha256(certificate).digest())]
        expected = pb.Authority(
            certificate=certificate, name="CA", lists_required=True, operator=operator, trusted_at_ms=NOW_MS - 1
        )
        assert pb.Authority.FromString(body) == expected


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "authorities"),
        ({"certificate": b""}, "authorities"),
        ({"certificate": b"", "name": "", "fingerprint": bytes(32)}, "authorities"),
        ({"certificate": bytes(4097)}, "authorities"),
        ({"certificate": b"a"}, "authorities"),
        ({"certificate": b"0"}, "authorities"),
        ({"operator": STRANGER}, "authorities.operator"),
    ],
)
def test_authorities_that_are_refused(fields, field):
    genesis = make_genesis()
    genesis.authorities.add(certificate=b"a", name="CA")
    genesis.authorities.add(**{"certificate": b"b", "name": "CA"} | fields)
    expect_malformed(field, genesis)


@pytest.mark.parametrize(
    "key",
    ["", "a" * 201, "rules/ vouchers", "rules/某", "rules/vouchers", "rules/aaa", RULES_KEY, LIMITS_KEY, CLOCK_KEY,
     compute_organisation_key(STRANGER), "key/00", "daily/x", "holds/x", ELECTORATE_KEY, "proposal/x", "change/x",
     "software", "governance/validators",
     "authority/00", "revocations/00", "revoked/00/00", "reenrolment/x", "mandate/x/y", "credential/x/1/y"],
)  # fmt: skip
def test_rulebook_keys_that_are_refused(key):
    genesis = make_genesis()
    if key in ("rules/vouchers", "rules/aaa"):
        genesis.records.add(key=key)
    else:
        genesis.records[0].key = key
    expect_malformed("records.key", genesis)


def make_validators(**fields):
    first, second = sorted((public("engine-1"), public("engine-2")))
    last: dict[str, Any] = {"public_key": second, "power": 10, "organisation": BANK, "name": "某银行"} | fields
    return [pb.Validator(public_key=first, power=10, organisation=REGISTRAR, name="登记处"), pb.Validator(**last)]


def test_validators_are_a_record_where_there_are_any():
    genesis = make_genesis()
    assert VALIDATORS_KEY not in dict(build_records(genesis))
    genesis.validators.extend(make_validators())
    body = dict(build_records(genesis))[VALIDATORS_KEY]
    assert pb.ValidatorSet.FromString(body) == pb.ValidatorSet(validators=make_validators())


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"public_key": bytes(32)}, "validators"),
        ({"public_key": b"\xff" * 32}, "validators.public_key"),
        ({"power": 0}, "validators.power"),
        ({"power": 10**9}, "validators"),
        ({"organisation": STRANGER}, "validators.organisation"),
        ({"name": ""}, "validators.name"),
    ],
)
def test_validators_that_are_refused(fields, field):
    genesis = make_genesis()
    genesis.validators.extend(make_validators(**fields))
    expect_malformed(field, genesis)


def test_a_validator_has_no_key_of_an_organisation():
    genesis = make_genesis()
    genesis.validators.add(public_key=public("bank-maker"), power=10, organisation=BANK, name="某银行")
    expect_malformed("validators.public_key", genesis)


def test_rulebook_bodies_are_bounded():
    genesis = make_genesis()
    genesis.records[0].body = bytes(65537)
    expect_malformed("records.body", genesis)
