"""From commands to signed bytes.

1. A draft is one command: who acts, who consents, and the payload; its kind follows from the payload's message.
2. A body binds drafts to a network, a random nonce and an end of validity, in the one encoding.
3. Signatures are over the body's id; more may be added later, by others, without touching the body.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from hefu.v1 import identity_pb2, ledger_pb2, pledges_pb2, receivables_pb2
from ledger.errors import MalformedInput
from ledger.transaction import MAX_SIGNATURES, NONCE_BYTES, decode, sign

DEFAULT_VALIDITY_MS = 10 * 60_000
# The plain names are those of records.
OTHERWISE_NAMED = {"DISPUTE": "OpenDispute", "FREEZE": "FreezeVoucher", "UNFREEZE": "UnfreezeVoucher"}


def _list_kinds() -> dict[int, type[Message]]:
    """Kind → payload message, by name: ACCEPT_ISSUE is said with an AcceptIssue, but for those OTHERWISE_NAMED."""
    found: dict[int, type[Message]] = {}
    for file, enum in (
        (identity_pb2.DESCRIPTOR, identity_pb2.IdentityCommand.DESCRIPTOR),
        (pledges_pb2.DESCRIPTOR, pledges_pb2.PledgesCommand.DESCRIPTOR),
        (receivables_pb2.DESCRIPTOR, receivables_pb2.ReceivablesCommand.DESCRIPTOR),
    ):
        for value in enum.values:
            name = OTHERWISE_NAMED.get(value.name, value.name.title().replace("_", ""))
            message = file.message_types_by_name.get(name)
            if message is not None:
                found[value.number] = GetMessageClass(message)
    return found


def _list_names() -> dict[int, str]:
    enums = (
        identity_pb2.IdentityCommand.DESCRIPTOR,
        pledges_pb2.PledgesCommand.DESCRIPTOR,
        receivables_pb2.ReceivablesCommand.DESCRIPTOR,
    )
    return {value.number: value.name for enum in enums for value in enum.values if value.number}


MESSAGES = _list_kinds()
NAMES = _list_names()
_KINDS = {message.DESCRIPTOR.full_name: kind for kind, message in MESSAGES.items()}


@dataclass(frozen=True, slots=True)
class Draft:
    """One command before it is signed. The first organisation acts, the others consent.

    `agent` signs for the first, under its mandate; empty = it signs itself.
    """

    organisations: tuple[str, ...]
    payload: Message
    agent: str = ""


def find_kind(payload: Message) -> int:
    """The command kind that is said with this message. ValueError where it is not a command."""
    kind = _KINDS.get(payload.DESCRIPTOR.full_name)
    if kind is None:
        raise ValueError(f"{payload.DESCRIPTOR.full_name} is not a command")
    return kind


def find_message(kind: int) -> type[Message] | None:
    """The message with which a kind is said, or None where this version knows no such kind."""
    return MESSAGES.get(kind)


def kind_name(kind: int) -> str:
    """The kind's name in the contract, such as ACCEPT_ISSUE."""
    return NAMES.get(kind, f"KIND_{kind}")


def build_body(network: ledger_pb2.NetworkId, valid_until_ms: int, drafts: Iterable[Draft]) -> bytes:
    """TransactionBody bytes with a fresh nonce, in the one encoding."""
    body = ledger_pb2.TransactionBody(
        network=network, nonce=secrets.token_bytes(NONCE_BYTES), valid_until_ms=valid_until_ms
    )
    for draft in drafts:
        body.commands.add(
            organisations=draft.organisations,
            kind=find_kind(draft.payload),
            payload=draft.payload.SerializeToString(deterministic=True),
            agent=draft.agent,
        )
    return body.SerializeToString(deterministic=True)


def sign_drafts(
    network: ledger_pb2.NetworkId, valid_until_ms: int, drafts: Iterable[Draft], seeds: Iterable[bytes]
) -> bytes:
    """SignedTransaction bytes: the drafts, all or none, signed with Ed25519 seeds."""
    return sign(build_body(network, valid_until_ms, drafts), seeds)


def add_signatures(signed: bytes, seeds: Sequence[bytes]) -> bytes:
    """The same body with the signatures that it had and those of these seeds. MalformedInput where it has no room."""
    added = sign(_read_body(signed), seeds)
    return merge_signatures(signed, ledger_pb2.SignedTransaction.FromString(added).signatures)


def merge_signatures(signed: bytes, added: Iterable[ledger_pb2.Signature]) -> bytes:
    """The same body with the signatures that it had and these. A key that has signed keeps its signature.

    MalformedInput where `signed` is no transaction or has no room.
    """
    body = _read_body(signed)
    by_key = {signature.public_key: signature for signature in added}
    by_key |= {signature.public_key: signature for signature in decode(signed).signatures}
    if len(by_key) > MAX_SIGNATURES:
        raise MalformedInput(f"more than {MAX_SIGNATURES} signatures", "signatures")
    merged = ledger_pb2.SignedTransaction(body=body, signatures=[by_key[key] for key in sorted(by_key)])
    return merged.SerializeToString(deterministic=True)


def _read_body(signed: bytes) -> bytes:
    decode(signed)  # so that nothing is signed that no node would take
    return ledger_pb2.SignedTransaction.FromString(signed).body
