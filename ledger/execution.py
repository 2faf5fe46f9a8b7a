"""A block in; decisions and changed records out. Pure: it reads state through a port and writes nothing.

For each transaction, in block order:

1. One that could not be decoded, or whose signatures do not verify, is a result code.
2. Size, network and validity are checked against limits and block time.
3. An id decided before returns its first decision and adds no leaf.
4. Every kind must be in the command table, every payload in its one encoding.
5. `authorise` judges all commands against the state before the first, then the quota of each acting organisation, or of
   the agent that signs for it.
   Until here a refusal leaves no leaf and does not use up the id.
6. The commands run on one overlay: all happen or none. A refusal, or INTERNAL for our own defect, is a leaf too.

Not here: signatures and hashing of trees (ledger/application.py), what commands mean, who may sign (the seam).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hefu.v1 import ledger_pb2 as pb
from ledger.context import Context, Overlay, Record, RecordSource
from ledger.errors import InvariantViolation, MalformedInput, Reason, Rejection
from ledger.rejections import (
    EXPIRED,
    INTERNAL,
    MALFORMED_PAYLOAD,
    QUOTA_EXCEEDED,
    TRANSACTION_TOO_LARGE,
    UNKNOWN_KIND,
    VALID_TOO_LONG,
    WRONG_NETWORK,
)
from ledger.seam import Authorise, CommandSpec, CommandTable, ParsedCommand
from ledger.state_keys import LIMITS_KEY
from ledger.transaction import Transaction, compute_events_hash, parse_canonical
from ledger.validators import ReadValidators, read_no_validators

# What a defect of ours may raise inside a transition. Errors of store and memory are none of these: they stop the node.
DEFECTS = (InvariantViolation, LookupError, ArithmeticError, TypeError, ValueError, AttributeError)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a network executes by: its id, the command table, `authorise`, and how its record of validators is read."""

    network: pb.NetworkId
    commands: CommandTable
    authorise: Authorise
    read_validators: ReadValidators = read_no_validators


@dataclass(slots=True)
class Decision:
    """How one transaction ended. `index` is its leaf in the log, −1 where it has none."""

    id: bytes
    code: int = 0
    command_index: int = 0
    field: int = 0
    index: int = -1
    height: int = 0
    is_duplicate: bool = False
    events: bytes = b""
    transaction: Transaction | None = None
    alarm: str = ""

    @property
    def has_leaf(self) -> bool:
        """Whether this decision is new and becomes a leaf."""
        return self.index >= 0 and not self.is_duplicate


@dataclass(frozen=True, slots=True)
class Execution:
    """What a block decides: one decision for each transaction, the new leaves, the changed records."""

    decisions: Sequence[Decision]
    entries: list[bytes]
    changes: dict[str, Record | None]


Candidate = Transaction | Rejection
Earlier = Callable[[bytes], Decision | None]


def execute_block(
    rules: Rules,
    source: RecordSource,
    earlier: Earlier,
    height: int,
    time_ms: int,
    first_index: int,
    candidates: Sequence[Candidate],
) -> Execution:
    """Decide the candidates in order. `earlier` finds a decision by id; new leaves count from `first_index`."""
    block = _Block(rules, source, earlier, height, time_ms, first_index)
    decisions = [block.decide(candidate) for candidate in candidates]
    return Execution(decisions, block.entries, block.overlay.changes)


class _Block:
    """The state of a block that is being executed."""

    def __init__(
        self, rules: Rules, source: RecordSource, earlier: Earlier, height: int, time_ms: int, first_index: int
    ) -> None:
        self._rules = rules
        self._earlier = earlier
        self._height = height
        self._time_ms = time_ms
        self._next_index = first_index
        self._decided: dict[bytes, Decision] = {}
        self._used: dict[str, int] = {}
        self.overlay = Overlay(source)
        self.entries: list[bytes] = []
        self._limits = read_limits(self.overlay, time_ms)

    def decide(self, candidate: Candidate) -> Decision:
        """Steps 1 to 6 for one candidate."""
        if isinstance(candidate, Rejection):
            return _refused(b"", candidate)
        transaction = candidate
        try:
            check_envelope(transaction, self._rules.network, self._limits, self._time_ms)
            before = self._decided.get(transaction.id) or self._earlier(transaction.id)
            if before is not None:
                return Decision(
                    before.id,
                    before.code,
                    before.command_index,
                    before.field,
                    before.index,
                    before.height,
                    True,
                    before.events,
                )
            overlay = Overlay(self.overlay)
            context = Context(overlay, self._time_ms, transaction.body.nonce, self._height)
            parsed = self._authorise(context, transaction)
        except Rejection as rejection:
            return _refused(transaction.id, rejection)
        except DEFECTS as defect:
            return Decision(transaction.id, INTERNAL.code, alarm=_describe(defect))
        decision = self._run(context, transaction, parsed)
        if decision.code == 0:
            self.overlay.merge(overlay)
        return self._log(transaction, decision)

    def _authorise(self, context: Context, transaction: Transaction) -> list[tuple[CommandSpec, ParsedCommand]]:
        parsed = parse_commands(context, self._rules.commands, transaction)
        signers = [signature.public_key for signature in transaction.signatures]
        self._rules.authorise(context, [command for _, command in parsed], signers)
        self._count_quota(parsed)
        return parsed

    def _count_quota(self, parsed: Sequence[tuple[CommandSpec, ParsedCommand]]) -> None:
        allowed = self._limits.transactions_per_organisation_block
        actors = [command.agent or command.organisations[0] for _, command in parsed]
        for index, actor in enumerate(actors):
            if self._used.get(actor, 0) >= allowed:
                raise Rejection(QUOTA_EXCEEDED, 0, index)
        for actor in dict.fromkeys(actors):
            self._used[actor] = self._used.get(actor, 0) + 1

    def _run(
        self, context: Context, transaction: Transaction, parsed: Sequence[tuple[CommandSpec, ParsedCommand]]
    ) -> Decision:
        try:
            for index, (spec, command) in enumerate(parsed):
                context.organisations, context.kind, context.command_index = command.organisations, command.kind, index
                spec.transition(context, command.payload)
        except Rejection as rejection:
            rejection.command_index = context.command_index
            return _refused(transaction.id, rejection)
        except DEFECTS as defect:
            return Decision(transaction.id, INTERNAL.code, context.command_index, alarm=_describe(defect))
        return Decision(transaction.id, events=_encode_events(context.events))

    def _log(self, transaction: Transaction, decision: Decision) -> Decision:
        decision.transaction = transaction
        decision.height = self._height
        decision.index = self._next_index
        self._next_index += 1
        self._decided[decision.id] = decision
        self.entries.append(encode_entry(transaction, decision))
        return decision


def check_envelope(transaction: Transaction, network: pb.NetworkId, limits: pb.Limits, time_ms: int) -> None:
    """Step 2: refuse what is too large, for another network, or not valid at `time_ms`."""
    body = transaction.body
    if len(transaction.signed) > limits.transaction_bytes:
        raise Rejection(TRANSACTION_TOO_LARGE)
    if len(transaction.signatures) > limits.signatures:
        raise Rejection(TRANSACTION_TOO_LARGE, pb.SignedTransaction.SIGNATURES_FIELD_NUMBER)
    if body.network != network:
        raise Rejection(WRONG_NETWORK, pb.TransactionBody.NETWORK_FIELD_NUMBER)
    if body.valid_until_ms <= time_ms:
        raise Rejection(EXPIRED, pb.TransactionBody.VALID_UNTIL_MS_FIELD_NUMBER)
    if body.valid_until_ms > time_ms + limits.horizon_ms:
        raise Rejection(VALID_TOO_LONG, pb.TransactionBody.VALID_UNTIL_MS_FIELD_NUMBER)


def parse_commands(
    context: Context, table: CommandTable, transaction: Transaction
) -> list[tuple[CommandSpec, ParsedCommand]]:
    """Step 4, with what each command's signers approve. Refuses UNKNOWN_KIND, MALFORMED_PAYLOAD."""
    return [_parse_command(context, table, index, command) for index, command in enumerate(transaction.body.commands)]


def _parse_command(
    context: Context, table: CommandTable, index: int, command: pb.Command
) -> tuple[CommandSpec, ParsedCommand]:
    spec = table.get(command.kind)
    if spec is None:
        raise Rejection(UNKNOWN_KIND, 0, index)
    try:
        payload = parse_canonical(spec.message, command.payload, spec.name)
    except MalformedInput:
        raise Rejection(MALFORMED_PAYLOAD, 0, index) from None
    organisations = tuple(command.organisations)
    context.organisations, context.kind, context.command_index = organisations, command.kind, index
    return spec, ParsedCommand(
        organisations,
        command.kind,
        payload,
        spec.amount(context, payload),
        spec.is_housekeeping,
        spec.is_open_to_suspended,
        command.agent,
        spec.is_beyond_amounts,
    )


def encode_entry(transaction: Transaction, decision: Decision) -> bytes:
    """The leaf of a decided transaction, without its contents."""
    leaf = pb.LogEntry()
    entry = leaf.transaction
    entry.id = transaction.id
    entry.valid_until_ms = transaction.body.valid_until_ms
    entry.signed_hash = transaction.digest
    if decision.code:
        entry.outcome.code = decision.code
        entry.outcome.command_index = decision.command_index
        entry.outcome.field = decision.field
    entry.events_hash = compute_events_hash(transaction.body.nonce, decision.events)
    return leaf.SerializeToString(deterministic=True)


def _encode_events(events: Sequence[tuple[int, bytes]]) -> bytes:
    message = pb.Events()
    for kind, payload in events:
        event = message.events.add()
        event.kind = kind
        event.payload = payload
    return message.SerializeToString(deterministic=True)


def _refused(identity: bytes, rejection: Rejection) -> Decision:
    return Decision(identity, rejection.reason.code, rejection.command_index, rejection.field)


def _describe(defect: Exception) -> str:
    return f"{type(defect).__name__}: {defect}"


def read_limits(overlay: Overlay, time_ms: int) -> pb.Limits:
    """The limits in force."""
    record = overlay.read(LIMITS_KEY)
    if record is None:
        raise InvariantViolation("the state holds no limits")
    return pb.Limits.FromString(record.get_meant(time_ms))


def collect_reasons(*groups: Mapping[str, object]) -> dict[int, Reason]:
    """Reasons by code, from the namespaces of rejection modules; a number used twice is our bug."""
    found: dict[int, Reason] = {}
    for group in groups:
        for value in group.values():
            if isinstance(value, Reason) and found.setdefault(value.code, value) != value:
                raise InvariantViolation(f"two reasons have the number {value.code}")
    return found
