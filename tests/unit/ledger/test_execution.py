"""A block in, decisions and changed records out."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import pytest

from hefu.v1 import ledger_pb2 as pb
from ledger import rejections
from ledger.context import Context, Record
from ledger.errors import InvariantViolation, Reason, Rejection
from ledger.execution import Decision, Execution, Rules, collect_reasons, execute_block
from ledger.rejections import (
    EXPIRED,
    INTERNAL,
    MALFORMED_PAYLOAD,
    MALFORMED_TRANSACTION,
    QUOTA_EXCEEDED,
    TRANSACTION_TOO_LARGE,
    UNKNOWN_KIND,
    VALID_TOO_LONG,
    WRONG_NETWORK,
)
from ledger.seam import CommandSpec, compute_no_amount
from ledger.state_keys import LIMITS_KEY
from ledger.transaction import compute_events_hash, decode, sign
from tests.support import toy
from tests.support.toy import make_command, make_signed

NOW_MS = toy.GENESIS_MS + 1
FIRST_INDEX = 40
HEIGHT = 3


class Records(dict[str, Record]):
    """Committed state in a dict; it counts what is read."""

    def read(self, key: str) -> Record | None:
        return self.get(key)


def execute(
    *signed: bytes | Rejection,
    rules: Rules = toy.RULES,
    records: dict[str, Record] | None = None,
    earlier: dict[bytes, Decision] | None = None,
    time_ms: int = NOW_MS,
) -> Execution:
    candidates = [one if isinstance(one, Rejection) else decode(one) for one in signed]
    source = Records(records or toy.make_records())
    return execute_block(rules, source, (earlier or {}).get, HEIGHT, time_ms, FIRST_INDEX, candidates)


def decide(signed: bytes, **changes) -> Decision:
    execution = execute(signed, **changes)
    (decision,) = execution.decisions
    return decision


def assert_no_leaf(decision: Decision, reason: Reason, field: int = 0, command_index: int = 0) -> None:
    assert (decision.code, decision.field, decision.command_index) == (reason.code, field, command_index)
    assert (decision.index, decision.has_leaf, decision.events) == (-1, False, b"")


GOOD = make_signed(1, make_command(toy.PUT, "note/1", 7))


def test_a_good_transaction_is_done_and_leaves_records_events_and_a_leaf():
    execution = execute(GOOD)
    (decision,) = execution.decisions
    transaction = decode(GOOD)
    assert (decision.code, decision.index, decision.height, decision.has_leaf) == (0, FIRST_INDEX, HEIGHT, True)
    assert decision.id == transaction.id
    events = pb.Events(events=[pb.Event(kind=toy.PUT, payload=pb.Hold(what="note/1", at_ms=7).SerializeToString())])
    assert pb.Events.FromString(decision.events) == events
    assert sorted(execution.changes) == ["note/1", "sums/ALICE"]
    (entry,) = execution.entries
    assert pb.LogEntry.FromString(entry).transaction == pb.TransactionEntry(
        id=transaction.id,
        valid_until_ms=transaction.body.valid_until_ms,
        signed_hash=hashlib.sha256(GOOD).digest(),
        events_hash=compute_events_hash(transaction.body.nonce, decision.events),
    )


def test_what_could_not_be_decoded_is_a_result_code():
    assert_no_leaf(execute(Rejection(MALFORMED_TRANSACTION)).decisions[0], MALFORMED_TRANSACTION)


def test_rejects_transaction_too_large():
    records = toy.make_records(toy.make_limits(transaction_bytes=len(GOOD) - 1))
    assert_no_leaf(decide(GOOD, records=records), TRANSACTION_TOO_LARGE)
    assert decide(GOOD, records=toy.make_records(toy.make_limits(transaction_bytes=len(GOOD)))).code == 0


def test_more_signatures_than_the_limits_allow_are_too_large():
    body = pb.SignedTransaction.FromString(GOOD).body
    signed = sign(body, [bytes([number]) * 32 for number in range(1, 6)])
    assert_no_leaf(decide(signed), TRANSACTION_TOO_LARGE, 2)
    assert decide(signed, records=toy.make_records(toy.make_limits(signatures=5))).code == 0


@pytest.mark.parametrize("network", [pb.NetworkId(name="toy", genesis_hash=b"x" * 32), pb.NetworkId(name="tox")])
def test_networks_differ_by_name_and_by_genesis(network):
    assert decide(GOOD, rules=replace(toy.RULES, network=network)).code == WRONG_NETWORK.code


def test_rejects_wrong_network():
    other = replace(toy.RULES, network=pb.NetworkId(name="toy"))
    assert_no_leaf(decide(GOOD, rules=other), WRONG_NETWORK, pb.TransactionBody.NETWORK_FIELD_NUMBER)


def test_rejects_expired():
    signed = make_signed(1, make_command(toy.PUT, "a"), valid_until_ms=NOW_MS)
    assert_no_leaf(decide(signed), EXPIRED, pb.TransactionBody.VALID_UNTIL_MS_FIELD_NUMBER)
    assert decide(signed, time_ms=NOW_MS - 1).code == 0


def test_rejects_valid_too_long():
    signed = make_signed(1, make_command(toy.PUT, "a"), valid_until_ms=NOW_MS + toy.HORIZON_MS + 1)
    assert_no_leaf(decide(signed), VALID_TOO_LONG, pb.TransactionBody.VALID_UNTIL_MS_FIELD_NUMBER)
    assert decide(signed, time_ms=NOW_MS + 1).code == 0


def test_rejects_unknown_kind():
    signed = make_signed(1, make_command(toy.PUT, "a"), make_command(999, "b"))
    execution = execute(signed)
    assert_no_leaf(execution.decisions[0], UNKNOWN_KIND, command_index=1)
    assert (execution.entries, execution.changes) == ([], {})


def test_rejects_malformed_payload():
    command = make_command(toy.PUT, "b")
    command.payload += b"\x18\x01"
    execution = execute(make_signed(1, make_command(toy.PUT, "a"), command))
    assert_no_leaf(execution.decisions[0], MALFORMED_PAYLOAD, command_index=1)
    assert (execution.entries, execution.changes) == ([], {})


def test_rejects_quota_exceeded():
    records = toy.make_records(toy.make_limits(transactions_per_organisation_block=2))
    alice = [make_signed(number, make_command(toy.PUT, f"a/{number}")) for number in range(4)]
    bob = make_signed(9, make_command(toy.PUT, "b", organisations=(toy.BOB, toy.ALICE)))
    execution = execute(*alice, bob, records=records)
    assert [decision.code for decision in execution.decisions] == [0, 0, QUOTA_EXCEEDED.code, QUOTA_EXCEEDED.code, 0]
    assert_no_leaf(execution.decisions[2], QUOTA_EXCEEDED)
    assert "a/2" not in execution.changes
    assert len(execution.entries) == 3
    again = execute(alice[2], records=records)  # the id is not used up: in the next block it happens
    assert again.decisions[0].code == 0


def test_a_quota_counts_each_actor_of_a_transaction_once():
    records = toy.make_records(toy.make_limits(transactions_per_organisation_block=1))
    both = make_signed(1, *(make_command(toy.PUT, f"{who}/{n}", organisations=(who,)) for n in (1, 2) for who in "AB"))
    one = make_signed(
        2, make_command(toy.PUT, "x", organisations=("C",)), make_command(toy.PUT, "y", organisations="A")
    )
    execution = execute(both, one, records=records)
    assert execution.decisions[0].code == 0
    assert (execution.decisions[1].code, execution.decisions[1].command_index) == (QUOTA_EXCEEDED.code, 1)
    assert execute(one, records=records).decisions[0].code == 0


def test_the_quota_of_an_agent_is_its_own_and_not_its_principals():
    by_agent = make_command(toy.PUT, "note/1")
    by_agent.agent = toy.BOB
    commands = [by_agent, by_agent, make_command(toy.PUT, "note/2"), make_command(toy.PUT, "note/3", 0, [toy.BOB])]
    records = toy.make_records(toy.make_limits(transactions_per_organisation_block=1))
    execution = execute(*(make_signed(number, one) for number, one in enumerate(commands)), records=records)
    assert [decision.code for decision in execution.decisions] == [0, QUOTA_EXCEEDED.code, 0, QUOTA_EXCEEDED.code]


def test_the_transition_sees_the_acting_organisation_and_authorise_the_agent():
    seen = []

    def authorise(context, commands, signers):
        seen.extend(commands)

    command = make_command(toy.CONSENT, "", 0, [toy.ALICE, toy.BOB])
    command.agent = "CAROL"
    decision = decide(make_signed(1, command), rules=replace(toy.RULES, authorise=authorise))
    assert [(one.organisations, one.agent) for one in seen] == [((toy.ALICE, toy.BOB), "CAROL")]
    (event,) = pb.Events.FromString(decision.events).events
    assert pb.Hold.FromString(event.payload).what == f"ALICE 0 {toy.CONSENT} ALICE,BOB"


def test_the_quota_names_the_command_whose_actor_is_over_it():
    records = toy.make_records(toy.make_limits(transactions_per_organisation_block=1))
    first = make_signed(1, make_command(toy.PUT, "a", organisations=("B",)))
    second = make_signed(2, *(make_command(toy.PUT, f"k{at}", organisations=(who,)) for at, who in enumerate("AAB")))
    refused = execute(first, second, records=records).decisions[1]
    assert (refused.code, refused.command_index) == (QUOTA_EXCEEDED.code, 2)


@pytest.mark.parametrize("number", range(7))
def test_rejects_internal(number):
    execution = execute(make_signed(1, make_command(toy.PUT, "a"), make_command(toy.BREAK, "note", number)))
    (decision,) = execution.decisions
    assert (decision.code, decision.command_index, decision.index) == (INTERNAL.code, 1, FIRST_INDEX)
    names = (
        "InvariantViolation",
        "KeyError",
        "ZeroDivision",
        "TypeError",
        "ValueError",
        "AttributeError",
        "IndexError",
    )
    assert decision.alarm.startswith(names[number])
    assert execution.changes == {}
    assert pb.LogEntry.FromString(execution.entries[0]).transaction.outcome == pb.Outcome(code=99, command_index=1)


def test_a_defect_in_authorise_is_internal_and_leaves_no_leaf():
    def authorise(context, commands, signers):
        context.put("half", b"x")
        raise KeyError("policy")

    execution = execute(GOOD, rules=replace(toy.RULES, authorise=authorise))
    assert_no_leaf(execution.decisions[0], INTERNAL)
    assert execution.decisions[0].alarm == "KeyError: 'policy'"
    assert (execution.entries, execution.changes) == ([], {})


@pytest.mark.parametrize("failure", [MemoryError, RuntimeError, OSError, KeyboardInterrupt])
def test_what_is_no_defect_of_a_transition_stops_the_node(failure):
    def transition(context, command):
        raise failure

    rules = replace(toy.RULES, commands={toy.PUT: CommandSpec("toy.put", pb.Hold, transition)})
    with pytest.raises(failure):
        execute(GOOD, rules=rules)


def test_one_bad_transaction_never_costs_its_neighbours():
    good = [make_signed(number, make_command(toy.PUT, f"a/{number}")) for number in range(5)]
    bad: list[bytes | Rejection] = [
        Rejection(MALFORMED_TRANSACTION),
        make_signed(11, make_command(toy.BREAK, "a/0")),
        make_signed(12, make_command(toy.REFUSE, "a/1")),
        make_signed(13, make_command(999)),
        make_signed(14, make_command(toy.PUT, "a/3", organisations=(toy.STRANGER,))),
    ]
    mixed = execute(*(one for pair in zip(bad, good, strict=True) for one in pair))
    alone = execute(*good)
    assert [decision.code for decision in mixed.decisions[1::2]] == [0] * 5
    assert [decision.code for decision in mixed.decisions[::2]] == [1, 99, toy.UNWANTED.code, 8, toy.UNKNOWN_ACTOR.code]
    encoded = [{k: r.encode() for k, r in one.changes.items() if r is not None} for one in (mixed, alone)]
    assert encoded[0] == encoded[1]
    assert len(mixed.entries) == len(good) + 2


def test_an_authorised_refusal_is_a_leaf_and_changes_no_record():
    execution = execute(make_signed(1, make_command(toy.PUT, "a"), make_command(toy.REFUSE, "b")))
    (decision,) = execution.decisions
    assert (decision.code, decision.command_index, decision.field) == (toy.UNWANTED.code, 1, toy.AT)
    assert (decision.events, decision.alarm, decision.index) == (b"", "", FIRST_INDEX)
    assert execution.changes == {}
    outcome = pb.LogEntry.FromString(execution.entries[0]).transaction.outcome
    assert outcome == pb.Outcome(code=toy.UNWANTED.code, command_index=1, field=toy.AT)


def test_all_commands_happen_or_none():
    commands = [make_command(toy.POUR, "0>1", 10), make_command(toy.POUR, "1>2", 1010)]
    done = execute(make_signed(1, *commands))
    assert done.decisions[0].code == 0
    assert {key: done.changes[key].body for key in ("account/0", "account/1", "account/2")} == {  # type: ignore[union-attr]  # written
        "account/0": b"990", "account/1": b"0", "account/2": b"2010",
    }  # fmt: skip
    refused = execute(make_signed(1, *commands, make_command(toy.POUR, "1>2", 1)))
    assert (refused.decisions[0].code, refused.decisions[0].command_index) == (toy.SHORT.code, 2)
    assert refused.changes == {}


def test_a_transaction_sees_what_its_forerunners_in_the_block_did():
    execution = execute(
        make_signed(1, make_command(toy.POUR, "0>1", 1000)),
        make_signed(2, make_command(toy.POUR, "0>1", 1)),
        make_signed(3, make_command(toy.POUR, "1>0", 2000)),
    )
    assert [decision.code for decision in execution.decisions] == [0, toy.SHORT.code, 0]


def test_an_id_is_decided_once_in_a_block():
    refused = make_signed(2, make_command(toy.REFUSE, "x"))
    execution = execute(GOOD, refused, GOOD, refused)
    first, second, third, fourth = execution.decisions
    assert (third.is_duplicate, third.has_leaf, third.index, third.height) == (True, False, first.index, HEIGHT)
    assert (third.code, third.events, third.id) == (0, first.events, first.id)
    assert (fourth.code, fourth.field, fourth.index) == (toy.UNWANTED.code, toy.AT, second.index)
    assert len(execution.entries) == 2


def test_an_id_decided_earlier_returns_its_first_decision():
    identity = decode(GOOD).id
    before = Decision(identity, 9004, 1, 2, 17, 1, events=b"e")
    execution = execute(GOOD, earlier={identity: before})
    assert execution.decisions == [replace(before, is_duplicate=True)]
    assert (execution.entries, execution.changes) == ([], {})
    expired = execute(GOOD, earlier={identity: before}, time_ms=toy.GENESIS_MS + toy.HORIZON_MS)
    assert_no_leaf(expired.decisions[0], EXPIRED, pb.TransactionBody.VALID_UNTIL_MS_FIELD_NUMBER)


def test_an_unauthorised_copy_does_not_use_up_the_id():
    def authorise(context, commands, signers):
        if len(signers) < 2:
            raise Rejection(toy.UNKNOWN_ACTOR, 0, 0)

    body = pb.SignedTransaction.FromString(GOOD).body
    stripped, whole = sign(body, [b"\x01" * 32]), sign(body, [b"\x01" * 32, b"\x02" * 32])
    execution = execute(stripped, whole, stripped, rules=replace(toy.RULES, authorise=authorise))
    first, second, third = execution.decisions
    assert_no_leaf(first, toy.UNKNOWN_ACTOR)
    assert (second.code, second.index) == (0, FIRST_INDEX)
    assert (third.is_duplicate, third.id) == (True, first.id)


def test_authorise_sees_the_state_before_the_first_command_and_all_commands():
    seen: list[tuple[object, ...]] = []

    def authorise(context, commands, signers):
        seen.append((context.get("account/0"), context.get("note"), tuple(commands), tuple(signers)))

    def compute_amount(context: Context, command: pb.Hold) -> int:
        return int(context.get("account/0") or b"0") + command.at_ms

    spec = replace(toy.COMMANDS[toy.POUR], amount=compute_amount, is_housekeeping=True, is_open_to_suspended=True)
    spec = replace(spec, is_beyond_amounts=True)
    rules = Rules(toy.NETWORK, {**toy.COMMANDS, toy.POUR: spec}, authorise)
    pour = make_command(toy.POUR, "0>1", 5, (toy.ALICE, toy.BOB))
    signed = make_signed(1, pour, make_command(toy.PUT, "note"), pour)
    assert execute(signed, rules=rules).decisions[0].code == 0
    ((account, note, commands, signers),) = seen
    assert (account, note) == (b"1000", None)
    assert [command.amount_fen for command in commands] == [1005, 0, 1005]  # type: ignore[attr-defined]  # a tuple of them
    first = commands[0]  # type: ignore[index]  # as above
    assert (first.organisations, first.kind, first.payload) == (
        (toy.ALICE, toy.BOB),
        toy.POUR,
        pb.Hold(what="0>1", at_ms=5),
    )
    assert (first.is_housekeeping, first.is_open_to_suspended, first.is_beyond_amounts) == (True, True, True)
    assert signers == (pb.SignedTransaction.FromString(signed).signatures[0].public_key,)


def test_what_authorise_writes_stays_with_what_was_done_only():
    done = execute(make_signed(1, make_command(toy.CONSENT)), make_signed(2, make_command(toy.REFUSE)))
    assert done.changes["sums/ALICE"].body == b"1"  # type: ignore[union-attr]  # written


def test_a_transition_knows_its_command():
    commands = [make_command(toy.CONSENT, organisations=(toy.ALICE, toy.BOB)), make_command(toy.CONSENT, "", 0, ("C",))]
    decision = decide(make_signed(1, *commands))
    said = [pb.Hold.FromString(event.payload).what for event in pb.Events.FromString(decision.events).events]
    assert said == [f"ALICE 0 {toy.CONSENT} ALICE,BOB", f"C 1 {toy.CONSENT} C"]
    assert compute_no_amount(None, pb.Hold()) == 0  # type: ignore[arg-type]  # it looks at nothing


def test_limits_may_lapse_and_must_be_there():
    tight = toy.make_limits(transaction_bytes=10).SerializeToString(deterministic=True)
    wide = toy.make_limits().SerializeToString(deterministic=True)
    records = {LIMITS_KEY: Record(tight, b"s" * 16, NOW_MS + 1, wide)}
    assert decide(GOOD, records=records).code == TRANSACTION_TOO_LARGE.code
    assert decide(GOOD, records=records, time_ms=NOW_MS + 1).code == 0
    with pytest.raises(InvariantViolation, match="limits"):
        execute(GOOD, records={"other": records[LIMITS_KEY]})


def run_notes(steps: Sequence[tuple[int, pb.Command]]) -> list[tuple[int, bytes | None]]:
    """Codes and what `note` means after each step at its time."""
    records = toy.make_records()
    found: list[tuple[int, bytes | None]] = []
    for number, (time_ms, command) in enumerate(steps):
        execution = execute(make_signed(number, command), records=records, time_ms=time_ms)
        for key, record in execution.changes.items():
            assert record is not None
            records[key] = record
        found.append((execution.decisions[0].code, records["note"].get_meant(time_ms)))
    return found


def test_locks_lapse_are_answered_and_changed_through_whole_blocks():
    steps = [
        (1_001, make_command(toy.PUT, "note", 1)),
        (1_002, make_command(toy.LOCK, "note", 10)),
        (1_003, make_command(toy.PUT, "note", 2)),
        (1_004, make_command(toy.CHANGE, "note")),
        (1_011, make_command(toy.LOCK, "note", 10)),
        (1_012, make_command(toy.ANSWER, "note")),  # the lapse came in this very millisecond
        (1_013, make_command(toy.LOCK, "note", 10)),
        (1_014, make_command(toy.ANSWER, "note", 20)),
        (1_015, make_command(toy.RESTORE, "note")),
    ]
    assert run_notes(steps) == [
        (0, b"note 1"),
        (0, b"note 1 locked"),
        (toy.TAKEN.code, b"note 1 locked"),
        (0, b"note 1 locked+"),
        (toy.MISSING.code, b"note 1 locked+"),
        (toy.MISSING.code, b"note 1+"),
        (0, b"note 1+ locked"),
        (0, b"answered"),
        (0, b"note 1+"),
    ]


def test_reasons_are_collected_by_number_and_a_number_is_not_used_twice():
    reasons = collect_reasons(vars(rejections), vars(toy), vars(rejections))
    assert reasons[INTERNAL.code] is INTERNAL
    assert reasons[toy.SHORT.code] is toy.SHORT
    assert set(reasons) >= {*range(1, 11), 99}
    with pytest.raises(InvariantViolation, match="number 99"):
        collect_reasons(vars(rejections), {"OTHER": Reason(99, "OTHER", "", "")})
