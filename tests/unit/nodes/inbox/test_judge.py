"""What the ledger would say of a transaction that waits."""

import pytest
from structlog.testing import capture_logs

from hefu.v1 import identity_pb2, ledger_pb2
from identity import rejections as identity
from identity.rules import compute_civil_day
from ledger import rejections as kernel
from ledger.errors import Rejection
from ledger.transaction import decode
from nodes.inbox import rejections as because
from nodes.inbox.judge import list_parties
from tests.unit.identity.test_authorise import change_key, change_policy, suspend
from tests.unit.identity.world import BANK, CORE, NOW_MS, STRANGER, SUPPLIER, World, make_rule
from tests.unit.nodes.inbox.world import BROKEN, HOUSEKEEPING, make_judge, make_signed, say, set_limits, sign_for

CORE_SIGNS = ("core-maker", "core-checker")


@pytest.fixture
def world():
    return World()


def expect(reason, act, *arguments):
    with pytest.raises(Rejection) as caught:
        act(*arguments)
    assert caught.value.reason is reason


def missing(world, *names, **fields):
    found = make_judge(world).list_missing(make_signed(*names, **fields))
    return [(one.organisation, one.refusal.name, one.refusal.command_index) for one in found]


# ---------------------------------------------------------------- who may leave a transaction


def test_who_has_signed_may_leave_it(world):
    signed = make_signed("core-maker", commands=[say(CORE, SUPPLIER)])
    assert make_judge(world).examine(signed, CORE) == decode(signed)


def test_the_parties_are_all_that_a_transaction_names(world):
    commands = [say(CORE, SUPPLIER), say(SUPPLIER, agent=BANK), say(CORE)]
    assert list_parties(decode(make_signed("core-maker", commands=commands)).body) == [CORE, SUPPLIER, BANK]


def test_what_the_kernel_would_refuse_at_once_is_not_kept(world):
    judge = make_judge(world)
    good = make_signed("core-maker")
    expect(kernel.MALFORMED_TRANSACTION, judge.examine, good + b"\x00", CORE)
    broken = ledger_pb2.SignedTransaction.FromString(good)
    broken.signatures[0].algorithm = 2
    expect(kernel.UNKNOWN_ALGORITHM, judge.examine, broken.SerializeToString(deterministic=True), CORE)
    broken.signatures[0].algorithm = 1
    broken.signatures[0].signature = bytes(64)
    expect(kernel.BAD_SIGNATURE, judge.examine, broken.SerializeToString(deterministic=True), CORE)
    other = ledger_pb2.NetworkId(name="other", genesis_hash=bytes(32))
    expect(kernel.WRONG_NETWORK, judge.examine, make_signed("core-maker", network=other), CORE)
    expect(kernel.EXPIRED, judge.examine, make_signed("core-maker", valid_ms=0), CORE)
    expect(kernel.VALID_TOO_LONG, judge.examine, make_signed("core-maker", valid_ms=3_600_001), CORE)
    set_limits(world, transaction_bytes=len(good) - 1)
    expect(kernel.TRANSACTION_TOO_LARGE, judge.examine, good, CORE)


def test_rejects_not_signed_by_caller(world):
    signed = make_signed("core-maker", commands=[say(CORE, SUPPLIER)])
    for organisation in (SUPPLIER, BANK):
        expect(because.NOT_SIGNED_BY_CALLER, make_judge(world).examine, signed, organisation)
    strange = make_signed("core-maker", "nobody")
    expect(because.NOT_SIGNED_BY_CALLER, make_judge(world).examine, strange, SUPPLIER)


def test_rejects_signer_unfit(world):
    """By no key of the network, by a key of an organisation that is not named, by a key that has been revoked."""
    judge = make_judge(world)
    for name in ("nobody", "bank-maker"):
        expect(because.SIGNER_UNFIT, judge.examine, make_signed("core-maker", name), CORE)
    expect(because.SIGNER_UNFIT, judge.examine, make_signed("bank-maker"), BANK)
    change_key(world, "core-checker", revoked_at_ms=NOW_MS)
    expect(because.SIGNER_UNFIT, judge.examine, make_signed(*CORE_SIGNS), CORE)


def test_who_adds_a_signature_adds_its_own_good_one(world):
    judge, signed = make_judge(world), make_signed("core-maker")
    identity_, good = decode(signed).id, sign_for(signed, "core-checker", "core-service")
    judge.refuse_unfit(identity_, good, CORE)
    expect(because.SIGNER_UNFIT, judge.refuse_unfit, identity_, good, BANK)
    expect(because.SIGNER_UNFIT, judge.refuse_unfit, identity_, sign_for(signed, "nobody"), CORE)
    expect(because.SIGNER_UNFIT, judge.refuse_unfit, bytes(32), good, CORE)
    change_key(world, "core-checker", valid_until_ms=NOW_MS)
    expect(because.SIGNER_UNFIT, judge.refuse_unfit, identity_, good, CORE)
    good[0].algorithm = 2
    expect(kernel.UNKNOWN_ALGORITHM, judge.refuse_unfit, identity_, good, CORE)


# ---------------------------------------------------------------- what is missing


def test_what_satisfies_every_policy_misses_nothing(world):
    assert missing(world, *CORE_SIGNS) == []
    assert missing(world, "core-service", commands=[say(kind=HOUSEKEEPING)]) == []


def test_each_organisation_that_lacks_something_is_named(world):
    commands = [say(CORE), say(SUPPLIER, BANK)]
    assert missing(world, "core-maker", "bank-maker", commands=commands) == [
        (CORE, "ROLE_MISSING", 0),
        (SUPPLIER, "ORGANISATION_NOT_SIGNED", 1),
        (BANK, "ROLE_MISSING", 1),
    ]
    assert missing(world, "bank-maker", "bank-checker", "supplier-maker", commands=commands) == [
        (CORE, "ORGANISATION_NOT_SIGNED", 0)
    ]


def test_one_person_with_two_keys_is_one_person(world):
    assert missing(world, "core-maker", "core-checker-of-anna") == [(CORE, "SAME_PERSON", 0)]


def test_housekeeping_beside_another_command_is_asked_as_the_ledger_asks(world):
    commands = [say(CORE, kind=HOUSEKEEPING), say(SUPPLIER)]
    assert missing(world, "core-service", "supplier-maker", commands=commands) == [(CORE, "ROLE_MISSING", 0)]
    both = [say(CORE, kind=HOUSEKEEPING), say(SUPPLIER, kind=HOUSEKEEPING)]
    assert missing(world, "core-service", commands=both) == [(SUPPLIER, "ORGANISATION_NOT_SIGNED", 1)]


def test_amounts_and_days_count_as_they_will(world):
    change_policy(world, CORE, [make_rule(1, up_to_fen=100), make_rule(2, [])], daily_limit_fen=1000)
    assert missing(world, "core-maker", commands=[say(amount_fen=100)]) == []
    assert missing(world, "core-maker", commands=[say(amount_fen=60), say(amount_fen=60)]) == [
        (CORE, "PERSONS_TOO_FEW", 0)
    ]
    assert missing(world, *CORE_SIGNS, commands=[say(amount_fen=1001)]) == [(CORE, "DAILY_LIMIT_EXCEEDED", 0)]
    assert missing(world, *CORE_SIGNS, commands=[say(amount_fen=1000)]) == []  # nothing that was judged is kept


def test_a_suspended_organisation_may_still_consent(world):
    suspend(world, SUPPLIER)
    assert missing(world, *CORE_SIGNS, commands=[say(CORE, SUPPLIER)]) == [(SUPPLIER, "ORGANISATION_NOT_SIGNED", 0)]
    assert missing(world, "supplier-maker", commands=[say(SUPPLIER)]) == [("", "ORGANISATION_SUSPENDED", 0)]


def test_a_mandate_that_does_not_fit_is_its_principals(world):
    by_agent = [say(BANK), say(SUPPLIER, agent=CORE)]
    signers = (*CORE_SIGNS, "bank-maker", "bank-checker")
    assert missing(world, *CORE_SIGNS, commands=by_agent) == [(BANK, "ORGANISATION_NOT_SIGNED", 0)]
    assert missing(world, "core-maker", commands=[by_agent[1]]) == [(CORE, "ROLE_MISSING", 0)]
    assert missing(world, *signers, commands=by_agent) == [(SUPPLIER, "MANDATE_UNKNOWN", 1)]
    mandate = identity_pb2.GrantMandate(agent=CORE, kinds=[300], up_to_fen=5, until_on=compute_civil_day(NOW_MS))
    world.said(SUPPLIER, identity_pb2.GRANT_MANDATE, mandate)
    assert missing(world, *signers, commands=by_agent) == []


def test_what_no_signature_can_mend_is_said_too(world):
    assert missing(world, *CORE_SIGNS, commands=[say(), say(STRANGER)]) == [("", "ORGANISATION_UNKNOWN", 1)]
    assert missing(world, *CORE_SIGNS, commands=[say(kind=999)]) == [("", "UNKNOWN_KIND", 0)]
    change_key(world, "core-maker", revoked_at_ms=NOW_MS)
    assert missing(world, *CORE_SIGNS) == [("", identity.KEY_REVOKED.name, 0)]
    world.time_ms += 600_000
    assert missing(world, *CORE_SIGNS) == [("", "EXPIRED", 0)]


def test_a_defect_hides_no_other_item(world):
    with capture_logs() as logged:
        assert missing(world, *CORE_SIGNS, commands=[say(kind=BROKEN)]) == [("", "INTERNAL", 0)]
    assert [line["alarm"] for line in logged] == [True]
