import pytest

from hefu.v1 import identity_pb2 as pb
from hefu.v1 import ledger_pb2
from identity.governed import GOVERNED, build_check, check_electorate, check_identity_rules, check_limits
from identity.records import ELECTORATE_KEY, RULES_KEY
from identity.rules import DAY_MS, HOUR_MS
from ledger.errors import MalformedInput
from ledger.state_keys import LIMITS_KEY
from tests.unit.identity.world import BANK, CORE, REGISTRAR, STRANGER, SUPPLIER, World

FIT = {
    LIMITS_KEY: ledger_pb2.Limits(
        transaction_bytes=4096, signatures=4, transactions_per_organisation_block=1, horizon_ms=60_000
    ),
    RULES_KEY: pb.IdentityRules(max_proposal_ms=HOUR_MS),
    ELECTORATE_KEY: pb.Electorate(voters=[REGISTRAR, BANK, CORE], threshold=3),
}


def check(key, body, world=None):
    GOVERNED[key]((world or World()).context(), body)


def changed(key, **fields):
    message = type(FIT[key])()
    message.CopyFrom(FIT[key])
    for field, value in fields.items():
        message.ClearField(field)
        if isinstance(value, list):
            getattr(message, field).extend(value)
        else:
            setattr(message, field, value)
    return message.SerializeToString(deterministic=True)


@pytest.mark.parametrize("key", list(FIT))
def test_the_narrowest_that_a_vote_may_set_is_fit(key):
    check(key, changed(key))


@pytest.mark.parametrize("key", list(FIT))
@pytest.mark.parametrize("body", [b"\xff", b"\xf8\x07\x01"])
def test_a_body_in_another_encoding_is_unfit(key, body):
    with pytest.raises(MalformedInput):
        check(key, changed(key) + body)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("transaction_bytes", [4095, 65_537]),
        ("signatures", [3, 17]),
        ("transactions_per_organisation_block", [0, 1_000_001]),
        ("horizon_ms", [0, 59_999, DAY_MS + 1]),
    ],
)
def test_no_vote_makes_limits_under_which_nobody_could_vote(field, values):
    for value in values:
        with pytest.raises(MalformedInput) as caught:
            check(LIMITS_KEY, changed(LIMITS_KEY, **{field: value}))
        assert caught.value.field == f"limits.{field}"


def test_the_widest_limits_are_fit():
    check(
        LIMITS_KEY,
        changed(
            LIMITS_KEY,
            transaction_bytes=65_536,
            signatures=16,
            transactions_per_organisation_block=1_000_000,
            horizon_ms=DAY_MS,
        ),
    )


def test_genesis_may_have_narrower_limits():
    check_limits(
        ledger_pb2.Limits(transaction_bytes=4096, signatures=1, transactions_per_organisation_block=1, horizon_ms=1)
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *((name, [pb.CORE_ENTERPRISE, pb.BANK]) for name in ("two_person_roles", "voted_roles")),
        *((name, [pb.BANK, pb.BANK]) for name in ("certificate_roles", "attesting_roles")),
        ("attesting_roles", [pb.ROLE_UNSPECIFIED]),
        ("voted_roles", [pb.REGISTRAR]),
        ("max_proposal_ms", 0),
        ("max_proposal_ms", HOUR_MS - 1),
        ("max_proposal_ms", 90 * DAY_MS + 1),
        ("reenrolment_wait_ms", -1),
        ("reenrolment_wait_ms", HOUR_MS - 1),
        ("reenrolment_wait_ms", 90 * DAY_MS + 1),
    ],
)
def test_a_rulebook_out_of_its_bounds_is_unfit(field, value):
    with pytest.raises(MalformedInput) as caught:
        check(RULES_KEY, changed(RULES_KEY, **{field: value}))
    assert caught.value.field == f"identity_rules.{field}"


def test_a_rulebook_at_its_bounds_is_fit():
    every_role = [name for name, number in pb.Role.items() if number]
    voted = [name for name in every_role if name != "REGISTRAR"]
    for wait_ms in (HOUR_MS, 90 * DAY_MS):
        rulebook = pb.IdentityRules(
            two_person_roles=every_role,
            voted_roles=voted,
            certificate_roles=every_role,
            attesting_roles=every_role,
            max_proposal_ms=90 * DAY_MS,
            reenrolment_wait_ms=wait_ms,
        )
        check(RULES_KEY, rulebook.SerializeToString(deterministic=True))


def test_genesis_may_close_a_network_to_proposals():
    check_identity_rules(pb.IdentityRules())
    with pytest.raises(MalformedInput):
        check_identity_rules(pb.IdentityRules(max_proposal_ms=-1))


@pytest.mark.parametrize(
    ("voters", "threshold", "field"),
    [
        ([], 0, "voters"),
        ([BANK, REGISTRAR], 2, "voters"),
        ([BANK, BANK], 2, "voters"),
        ([BANK, STRANGER], 2, "voters"),
        ([BANK, "x"], 2, "voters"),
        ([BANK], 0, "threshold"),
        ([BANK], 2, "threshold"),
        ([REGISTRAR, BANK, CORE], 2, "threshold"),
        ([REGISTRAR, BANK, CORE], 4, "threshold"),
        ([REGISTRAR, BANK, CORE, SUPPLIER], 2, "threshold"),
        ([REGISTRAR, BANK, CORE, SUPPLIER], 2**32 - 1, "threshold"),
    ],
)
def test_an_electorate_that_could_not_decide_rightly_is_unfit(voters, threshold, field):
    with pytest.raises(MalformedInput) as caught:
        check(ELECTORATE_KEY, changed(ELECTORATE_KEY, voters=voters, threshold=threshold))
    assert caught.value.field == f"electorate.{field}"


@pytest.mark.parametrize("count", range(1, 65))
def test_the_least_threshold_is_more_than_two_thirds(count):
    electorate = pb.Electorate(voters=[f"{number:02d}" for number in range(count)], threshold=2 * count // 3 + 1)
    check_electorate(electorate, lambda voter: True)
    assert 3 * (electorate.threshold - 1) <= 2 * count
    electorate.threshold -= 1
    with pytest.raises(MalformedInput):
        check_electorate(electorate, lambda voter: True)


def test_more_voters_than_64_are_too_many():
    electorate = pb.Electorate(voters=[f"{number:02d}" for number in range(65)], threshold=65)
    with pytest.raises(MalformedInput) as caught:
        check_electorate(electorate, lambda voter: True)
    assert caught.value.field == "electorate.voters"


def test_a_suspended_organisation_cannot_become_a_voter():
    world = World()
    suspension = pb.SetOrganisationStatus(organisation=CORE, status=pb.SUSPENDED)
    world.said(REGISTRAR, pb.SET_ORGANISATION_STATUS, suspension)
    with pytest.raises(MalformedInput) as caught:
        check(ELECTORATE_KEY, changed(ELECTORATE_KEY), world)
    assert caught.value.field == "electorate.voters"


def test_a_check_of_messages_is_given_the_message():
    seen: list[pb.Electorate] = []
    body = FIT[ELECTORATE_KEY].SerializeToString(deterministic=True)
    build_check(pb.Electorate, seen.append)(World().context(), body)
    assert seen == [FIT[ELECTORATE_KEY]]
