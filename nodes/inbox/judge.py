"""What the ledger would say of a transaction now: its own rules, on the newest committed state, nothing kept.

1. Who puts a transaction: it is one, its signatures verify, it is for this network and still valid (the kernel's own
   reasons); its organisation has signed, NOT_SIGNED_BY_CALLER; each signature is by a valid key of an organisation that
   it names, SIGNER_UNFIT. So nobody can make an item unfit for the others by a signature that the ledger refuses.
2. Who adds signatures: each verifies and is by a valid key of its organisation, SIGNER_UNFIT.
3. What is missing: `authorise` over the whole transaction. Where a policy is not satisfied, each organisation is asked
   for its own part, so that one sees all that is missing and not only the first.

Not here: what is kept (store), a decision (the ledger).
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from hefu.v1 import inbox_pb2 as pb
from hefu.v1 import ledger_pb2
from identity import rejections as because
from identity.authorise import put_agents_first, refuse_invalid_key
from identity.records import get_key
from ledger.application import CommittedState, check_transaction
from ledger.context import Context, Overlay, RecordSource
from ledger.errors import Rejection
from ledger.execution import DEFECTS, Rules, check_envelope, parse_commands, read_limits
from ledger.rejections import INTERNAL, UNKNOWN_ALGORITHM
from ledger.seam import ParsedCommand
from ledger.store.sql import SqlStore
from ledger.transaction import ED25519, Transaction, decode
from nodes.inbox.calls import is_signed
from nodes.inbox.rejections import NOT_SIGNED_BY_CALLER, SIGNER_UNFIT
from nodes.logs import get_log
from nodes.refusals import build_refusal

POLICY_CODES = frozenset(range(because.ORGANISATION_NOT_SIGNED.code, because.DAILY_LIMIT_EXCEEDED.code + 1))
MANDATE_CODES = frozenset(range(because.AGENT_IS_PARTY.code, because.MANDATE_TOO_WEAK.code + 1))


class Judge:
    """Judges by one state, at one time of the node's (block time)."""

    def __init__(self, rules: Rules, state: RecordSource, time_ms: int) -> None:
        self._rules = rules
        self._state = state
        self._time_ms = time_ms

    @property
    def context(self) -> Context:
        """The state, to read; what is written is dropped."""
        return Context(Overlay(self._state), self._time_ms, b"")

    @property
    def limits(self) -> ledger_pb2.Limits:
        """The limits in force."""
        return read_limits(Overlay(self._state), self._time_ms)

    def examine(self, signed: bytes, organisation: str) -> Transaction:
        """What an organisation may put. Refuses with the kernel's reasons, NOT_SIGNED_BY_CALLER, SIGNER_UNFIT."""
        transaction = check_transaction(signed)
        check_envelope(transaction, self._rules.network, self.limits, self._time_ms)
        context = self.context
        found = [get_key(context, public_key) for public_key in _list_keys(transaction)]
        if not any(key is not None and key.organisation == organisation for key in found):
            raise Rejection(NOT_SIGNED_BY_CALLER)
        parties = list_parties(transaction.body)
        if any(self._get_signer(context, signature) not in parties for signature in transaction.signatures):
            raise Rejection(SIGNER_UNFIT)
        return transaction

    def refuse_unfit(self, identity: bytes, signatures: Sequence[ledger_pb2.Signature], organisation: str) -> None:
        """Refuse signatures over a transaction's id: UNKNOWN_ALGORITHM, SIGNER_UNFIT."""
        context = self.context
        for signature in signatures:
            if signature.algorithm != ED25519:
                raise Rejection(UNKNOWN_ALGORITHM)
            if not is_signed(signature, identity) or self._get_signer(context, signature) != organisation:
                raise Rejection(SIGNER_UNFIT)

    def list_missing(self, signed: bytes) -> list[pb.InboxShortfall]:
        """Why the ledger would not take the transaction now; empty = it would decide it."""
        transaction = decode(signed)
        context = Context(Overlay(self._state), self._time_ms, transaction.body.nonce)
        commands: list[ParsedCommand] = []
        try:
            check_envelope(transaction, self._rules.network, self.limits, self._time_ms)
            commands = [command for _, command in parse_commands(context, self._rules.commands, transaction)]
            self._rules.authorise(context, commands, _list_keys(transaction))
        except Rejection as rejection:
            return self._explain(transaction, commands, rejection)
        except DEFECTS as defect:  # as in a block: one transaction that meets a defect hides no other
            get_log().error("the inbox met a defect", alarm=True, id=transaction.id.hex(), exc_info=defect)
            return [_build_shortfall("", Rejection(INTERNAL), 0)]
        return []

    def _explain(
        self, transaction: Transaction, commands: Sequence[ParsedCommand], rejection: Rejection
    ) -> list[pb.InboxShortfall]:
        code, index = rejection.reason.code, rejection.command_index
        if code in MANDATE_CODES:
            return [_build_shortfall(commands[index].organisations[0], rejection, index)]
        if code not in POLICY_CODES:
            return [_build_shortfall("", rejection, index)]
        signed = put_agents_first(commands)
        names = dict.fromkeys(name for command in signed for name in command.organisations)
        found = (self._find_shortfall(transaction, signed, name) for name in names)
        return [shortfall for shortfall in found if shortfall is not None]

    def _find_shortfall(
        self, transaction: Transaction, signed: Sequence[ParsedCommand], organisation: str
    ) -> pb.InboxShortfall | None:
        """What one organisation still lacks, as if all commands that name it were its own alone."""
        places = [index for index, command in enumerate(signed) if organisation in command.organisations]
        own = [
            replace(
                signed[index],
                organisations=(organisation,),
                is_housekeeping=all(command.is_housekeeping for command in signed),
                is_open_to_suspended=True,  # who merely consents may be suspended; who acts was asked before
            )
            for index in places
        ]
        context = Context(Overlay(self._state), self._time_ms, transaction.body.nonce)
        keys = [
            signature.public_key
            for signature in transaction.signatures
            if self._get_signer(context, signature) == organisation
        ]
        try:
            self._rules.authorise(context, own, keys)
        except Rejection as rejection:
            return _build_shortfall(organisation, rejection, places[rejection.command_index])
        return None

    def _get_signer(self, context: Context, signature: ledger_pb2.Signature) -> str:
        """Whose valid key it is. Refuses SIGNER_UNFIT."""
        key = get_key(context, signature.public_key)
        if key is None:
            raise Rejection(SIGNER_UNFIT)
        try:
            refuse_invalid_key(key, self._time_ms)
        except Rejection:
            raise Rejection(SIGNER_UNFIT) from None
        return key.organisation


def open_state(connection: Connection) -> RecordSource:
    """The newest committed state, by a connection that reads one snapshot."""
    return CommittedState(SqlStore(connection))


def list_parties(body: ledger_pb2.TransactionBody) -> list[str]:
    """The organisations that a transaction names, agents among them, each once."""
    names = (name for command in body.commands for name in (*command.organisations, command.agent))
    return list(dict.fromkeys(name for name in names if name))


def _list_keys(transaction: Transaction) -> list[bytes]:
    return [signature.public_key for signature in transaction.signatures]


def _build_shortfall(organisation: str, rejection: Rejection, index: int) -> pb.InboxShortfall:
    refusal = build_refusal(rejection.reason.code, index, rejection.field, 0)
    return pb.InboxShortfall(organisation=organisation, refusal=refusal)
