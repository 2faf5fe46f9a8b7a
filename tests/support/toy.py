"""A small command table for tests of the kernel, which knows no domain: accounts, notes with locks, refusals, defects.

Every command's payload is a `Hold`: `what` names the record, `at_ms` is a number (an amount, a deadline).
"""

from collections.abc import Callable, Iterable, Sequence

from hefu.v1 import ledger_pb2 as pb
from ledger.application import SOFTWARE_VERSION, Application, write_genesis
from ledger.context import Context, Record
from ledger.errors import InvariantViolation, Reason, Rejection
from ledger.execution import Rules
from ledger.notes import Note, sign_note
from ledger.seam import CommandSpec, ParsedCommand
from ledger.state_keys import CLOCK_KEY, LIMITS_KEY
from ledger.store.port import BlockHead, Store
from ledger.transaction import compute_id, sign
from ledger.validators import Powers

NETWORK = pb.NetworkId(name="toy", genesis_hash=b"g" * 32)
ORIGIN = "hefu.test/toy"
GENESIS = b"the genesis of the toy"
GENESIS_MS = 1_000
HORIZON_MS = 60_000
ALICE, BOB, STRANGER = "ALICE", "BOB", "STRANGER"
SEED = b"\x01" * 32
ACCOUNTS = 4
OPENING = 1_000
WHAT = pb.Hold.WHAT_FIELD_NUMBER
AT = pb.Hold.AT_MS_FIELD_NUMBER

TAKEN = Reason(9001, "TAKEN", "The record is there, or locked.", "记录已存在或已锁定。")
MISSING = Reason(9002, "MISSING", "The record is not there, or not locked.", "记录不存在或未锁定。")
SHORT = Reason(9003, "SHORT", "The account holds less.", "账户余额不足。")
UNWANTED = Reason(9004, "UNWANTED", "Refused as asked, after it wrote.", "按要求拒绝。")
UNKNOWN_ACTOR = Reason(9005, "UNKNOWN_ACTOR", "Nobody goes by this name.", "未知机构。")

PUT, DELETE, POUR, LOCK, ANSWER, RESTORE, CHANGE, REFUSE, BREAK, TICK, CONSENT = range(901, 912)


def process_put(context: Context, command: pb.Hold) -> None:
    """Write a note."""
    if context.get_prior(command.what) is not None:
        raise Rejection(TAKEN, WHAT)
    context.put(command.what, b"note %d" % command.at_ms)
    context.emit(command)


def process_delete(context: Context, command: pb.Hold) -> None:
    """Delete a note."""
    if context.get(command.what) is None or context.get_prior(command.what) is not None:
        raise Rejection(MISSING, WHAT)
    context.delete(command.what)
    context.emit(command)


def process_pour(context: Context, command: pb.Hold) -> None:
    """Move an amount from the first account that `what` names to the second."""
    giver, taker = (f"account/{name}" for name in command.what.split(">"))
    held = int(context.get(giver) or b"0")
    if not 0 < command.at_ms <= held:
        raise Rejection(SHORT, AT)
    context.put(giver, b"%d" % (held - command.at_ms))
    context.put(taker, b"%d" % (int(context.get(taker) or b"0") + command.at_ms))
    context.emit(command)


def process_lock(context: Context, command: pb.Hold) -> None:
    """Lock a note for `at_ms` milliseconds; then it is again what it was."""
    body = context.get(command.what)
    if body is None or context.get_prior(command.what) is not None:
        raise Rejection(MISSING, WHAT)
    context.put(command.what, body + b" locked", context.time_ms + max(1, command.at_ms), body)


def process_answer(context: Context, command: pb.Hold) -> None:
    """Answer a lock; with `at_ms` the answer waits once more."""
    _refuse_unlocked(context, command)
    context.resolve(command.what, b"answered", context.time_ms + command.at_ms if command.at_ms > 0 else 0)


def process_restore(context: Context, command: pb.Hold) -> None:
    """End a lock early."""
    _refuse_unlocked(context, command)
    context.restore(command.what)


def process_change(context: Context, command: pb.Hold) -> None:
    """Change a note, through a pending lapse."""
    if context.get(command.what) is None:
        raise Rejection(MISSING, WHAT)
    context.update(command.what, lambda body: body[:40] + b"+")


def process_refuse(context: Context, command: pb.Hold) -> None:
    """Write, emit, and refuse: nothing of it may stay."""
    context.put(f"ghost/{command.what}", b"boo")
    context.emit(command)
    raise Rejection(UNWANTED, AT)


def process_break(context: Context, command: pb.Hold) -> None:
    """Write, and fail as a defect of ours would, in one of several ways."""
    context.put(f"ghost/{command.what}", b"boo")
    kinds: tuple[Callable[[str], Exception], ...] = (
        InvariantViolation, KeyError, ZeroDivisionError, TypeError, ValueError, AttributeError, IndexError,
    )  # fmt: skip
    raise kinds[command.at_ms % len(kinds)](command.what)


def process_tick(context: Context, command: pb.Hold) -> None:
    """Set the simulated clock, where genesis has one."""
    if context.get(CLOCK_KEY) is None:
        raise Rejection(MISSING, WHAT)
    context.put(CLOCK_KEY, pb.SimulatedClock(now_ms=command.at_ms).SerializeToString(deterministic=True))


def process_consent(context: Context, command: pb.Hold) -> None:
    """Do nothing but say who acts and where."""
    said = f"{context.actor} {context.command_index} {context.kind} {','.join(context.organisations)}"
    context.emit(pb.Hold(what=said))


def _refuse_unlocked(context: Context, command: pb.Hold) -> None:
    if context.get_prior(command.what) is None:
        raise Rejection(MISSING, WHAT)


COMMANDS = {
    kind: CommandSpec(f"toy.{transition.__name__.removeprefix('process_')}", pb.Hold, transition)
    for kind, transition in (
        (PUT, process_put),
        (DELETE, process_delete),
        (POUR, process_pour),
        (LOCK, process_lock),
        (ANSWER, process_answer),
        (RESTORE, process_restore),
        (CHANGE, process_change),
        (REFUSE, process_refuse),
        (BREAK, process_break),
        (TICK, process_tick),
        (CONSENT, process_consent),
    )
}


def authorise(context: Context, commands: Sequence[ParsedCommand], signers: Sequence[bytes]) -> None:
    """Everybody may do everything, but the stranger; a counter of the actor's transactions goes with it."""
    for index, command in enumerate(commands):
        if STRANGER in command.organisations:
            raise Rejection(UNKNOWN_ACTOR, 0, index)
    counter = f"sums/{commands[0].organisations[0]}"
    context.put(counter, b"%d" % (int(context.get(counter) or b"0") + 1))


RULES = Rules(NETWORK, COMMANDS, authorise)


def make_command(kind: int, what: str = "", at_ms: int = 0, organisations: Sequence[str] = (ALICE,)) -> pb.Command:
    """A command of the toy."""
    payload = pb.Hold(what=what, at_ms=at_ms).SerializeToString(deterministic=True)
    return pb.Command(organisations=organisations, kind=kind, payload=payload)


def make_body(nonce: bytes, commands: Iterable[pb.Command], valid_until_ms: int = GENESIS_MS + HORIZON_MS) -> bytes:
    """The bytes that are signed."""
    body = pb.TransactionBody(network=NETWORK, nonce=nonce, valid_until_ms=valid_until_ms, commands=commands)
    return body.SerializeToString(deterministic=True)


def make_signed(number: int, *commands: pb.Command, valid_until_ms: int = GENESIS_MS + HORIZON_MS) -> bytes:
    """A transaction with a true signature; `number` makes its nonce."""
    return sign(make_body(b"%016d" % number, commands, valid_until_ms), [SEED])


def get_id(signed: bytes) -> bytes:
    """The id of a transaction."""
    return compute_id(pb.SignedTransaction.FromString(signed).body)


def get_body(signed: bytes) -> pb.TransactionBody:
    """What was signed, decoded."""
    return pb.TransactionBody.FromString(pb.SignedTransaction.FromString(signed).body)


def sign_checkpoint(text: bytes) -> bytes:
    """A true signature by a fixed key: the same text gives the same note."""
    return Note(text, (sign_note(text, "hefu.test", b"\x02" * 32),)).render()


def make_limits(**changes: int) -> pb.Limits:
    """The limits of the toy."""
    limits = {"transaction_bytes": 4096, "signatures": 4, "transactions_per_organisation_block": 100}
    return pb.Limits(**{**limits, "horizon_ms": HORIZON_MS, **changes})


def make_records(limits: pb.Limits | None = None, clock_ms: int = 0) -> dict[str, Record]:
    """The records of genesis: limits, accounts, and a simulated clock where one is asked for."""
    salt = b"s" * 16
    records = {LIMITS_KEY: Record((limits or make_limits()).SerializeToString(deterministic=True), salt)}
    for number in range(ACCOUNTS):
        records[f"account/{number}"] = Record(b"%d" % OPENING, salt)
    if clock_ms:
        clock = pb.SimulatedClock(now_ms=clock_ms)
        records[CLOCK_KEY] = Record(clock.SerializeToString(deterministic=True), salt)
    return records


def begin(store: Store, records: dict[str, Record] | None = None, validators: Powers = ()) -> BlockHead:
    """Write the toy's genesis."""
    return write_genesis(
        store, GENESIS, NETWORK, GENESIS_MS, records or make_records(), ORIGIN, sign_checkpoint, validators
    )


def open_application(
    store: Store,
    rules: Rules = RULES,
    supported_versions: Sequence[int] = (SOFTWARE_VERSION,),
    numbers_all: bool = False,
) -> Application:
    """The state machine on a store that has begun."""
    return Application(
        store, rules, ORIGIN, sign_checkpoint, numbers_all=numbers_all, supported_versions=supported_versions
    )
