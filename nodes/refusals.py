"""A decision as callers read it: a Receipt, and in it a Refusal with field name and message in both languages.

A refusal's texts are functions of its code. Its field is a number; which message the number belongs to follows from
the code (the kernel's speak of the envelope) or from the kind of the command at fault.
"""

from functools import lru_cache

from hefu.v1 import ledger_pb2
from hefu.v1 import node_pb2 as pb
from ledger.errors import Rejection
from ledger.execution import Decision
from ledger.rejections import (
    BAD_SIGNATURE,
    EXPIRED,
    MALFORMED_TRANSACTION,
    TRANSACTION_TOO_LARGE,
    UNKNOWN_ALGORITHM,
    VALID_TOO_LONG,
    WRONG_NETWORK,
)
from ledger.transaction import compute_id
from nodes.wiring import COMMANDS, REASONS

ENVELOPE = {reason.code: ledger_pb2.SignedTransaction.DESCRIPTOR for reason in (TRANSACTION_TOO_LARGE, BAD_SIGNATURE)}
ENVELOPE[UNKNOWN_ALGORITHM.code] = ledger_pb2.SignedTransaction.DESCRIPTOR
BODY = {reason.code: ledger_pb2.TransactionBody.DESCRIPTOR for reason in (WRONG_NETWORK, EXPIRED, VALID_TOO_LONG)}
MALFORMED_CODES = frozenset({MALFORMED_TRANSACTION.code, UNKNOWN_ALGORITHM.code, BAD_SIGNATURE.code})
"""Refused before any state was read: the same bytes are refused everywhere and for ever."""


def build_receipt(decision: Decision, signed: bytes, time_ms: int) -> pb.Receipt:
    """What a submitter is told. `signed` are the bytes that were decided, `time_ms` the time of the answering block."""
    receipt = pb.Receipt()
    receipt.id = decision.id
    receipt.time_ms = time_ms
    if decision.index >= 0:
        receipt.has_leaf = True
        receipt.index = decision.index
        receipt.height = decision.height
    if decision.is_duplicate:
        receipt.is_duplicate = True
    if decision.events:
        receipt.events = decision.events
    if decision.code:
        kind = _read_kind(signed, decision.command_index) if decision.field else 0
        receipt.refusal.CopyFrom(build_refusal(decision.code, decision.command_index, decision.field, kind))
    return receipt


def build_early_receipt(rejection: Rejection, signed: bytes) -> pb.Receipt:
    """For bytes that the door refused: no leaf, and no id where they are not a transaction."""
    receipt = pb.Receipt()
    code, kind = rejection.reason.code, 0
    if rejection.reason is not MALFORMED_TRANSACTION:
        receipt.id = compute_id(ledger_pb2.SignedTransaction.FromString(signed).body)
        kind = _read_kind(signed, rejection.command_index)
    receipt.refusal.CopyFrom(build_refusal(code, rejection.command_index, rejection.field, kind))
    return receipt


@lru_cache(maxsize=4096)
def build_refusal(code: int, command_index: int, field: int, kind: int) -> pb.Refusal:
    """The Refusal of a code; never change the result. `kind` is the command's, 0 where it is not needed."""
    reason = REASONS[code]
    return pb.Refusal(
        code=code,
        name=reason.name,
        command_index=command_index,
        field=field,
        field_name=_find_field_name(code, field, kind),
        english=reason.english,
        chinese=reason.chinese,
    )


def _find_field_name(code: int, field: int, kind: int) -> str:
    fields = ENVELOPE.get(code) or BODY.get(code)
    if fields is None and kind in COMMANDS:
        fields = COMMANDS[kind].message.DESCRIPTOR
    found = fields.fields_by_number.get(field) if fields is not None else None
    return found.name if found is not None else ""


def _read_kind(signed: bytes, command_index: int) -> int:
    """The kind of a command of a transaction that was decoded before."""
    envelope = ledger_pb2.SignedTransaction.FromString(signed)
    commands = ledger_pb2.TransactionBody.FromString(envelope.body).commands
    return commands[command_index].kind if command_index < len(commands) else 0
