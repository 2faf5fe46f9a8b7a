"""What a small network begins with is what its voters could vote for."""

import pytest

from hefu.v1 import identity_pb2 as pb
from identity.genesis import build_records, parse_genesis
from identity.governed import check_electorate
from identity.records import ELECTORATE_KEY, RULES_KEY
from ledger.context import Context, Overlay, Record, RecordSource
from nodes.cli.records import decode_body
from nodes.genesis_file import build_electorate, build_genesis, build_identity_rules, build_registrar, make_uscc
from nodes.wiring import GOVERNED

GENESIS_MS = 1_800_000_000_000


class Source(RecordSource):
    """The state of block 0."""

    def __init__(self, records: dict[str, bytes]) -> None:
        self._records = records

    def read(self, key: str) -> Record | None:
        """The record under a key."""
        body = self._records.get(key)
        return None if body is None else Record(body, bytes(16))


@pytest.fixture(scope="module")
def records():
    registrar = build_registrar()
    electorate = build_electorate([registrar.organisation])
    genesis = parse_genesis(build_genesis("test.hefu", GENESIS_MS, [registrar], electorate=electorate))
    return dict(build_records(genesis))


@pytest.mark.parametrize("key", list(GOVERNED))
def test_each_record_of_the_rulebook_is_there_and_fit_for_a_vote(records, key):
    """So a change of one field of it is fit too, and the command line knows its message."""
    GOVERNED[key](Context(Overlay(Source(records)), GENESIS_MS, bytes(16)), records[key])
    message = decode_body(key, records[key])
    assert message is not None
    assert message.SerializeToString(deterministic=True) == records[key]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 64])
def test_an_electorate_decides_by_the_least_that_is_more_than_two_thirds(count):
    electorate = build_electorate([make_uscc(number) for number in range(count, 0, -1)])
    check_electorate(electorate, lambda voter: True)
    assert 3 * (electorate.threshold - 1) <= 2 * count < 3 * electorate.threshold


def test_without_an_electorate_nobody_votes():
    genesis = parse_genesis(build_genesis("test.hefu", GENESIS_MS, [build_registrar()]))
    assert ELECTORATE_KEY not in dict(build_records(genesis))
    rulebook = pb.IdentityRules.FromString(dict(build_records(genesis))[RULES_KEY])
    assert (list(rulebook.voted_roles), rulebook.max_proposal_ms) == ([], 30 * 86_400_000)


def test_rules_and_authorities_may_be_given_in_any_order():
    rules = build_identity_rules([pb.CORE_ENTERPRISE, pb.BANK], [pb.COURT, pb.BANK])
    authorities = [pb.AuthorityChange(certificate=certificate, name="CA") for certificate in (b"b", b"a")]
    genesis = parse_genesis(
        build_genesis("test.hefu", GENESIS_MS, [build_registrar()], identity_rules=rules, authorities=authorities)
    )
    build_records(genesis)
    assert [change.certificate for change in genesis.authorities] == [b"a", b"b"]
    assert list(genesis.identity_rules.voted_roles) == [pb.BANK, pb.CORE_ENTERPRISE]
    assert list(genesis.identity_rules.certificate_roles) == [pb.BANK, pb.COURT]
