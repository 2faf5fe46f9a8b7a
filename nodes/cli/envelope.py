"""A signed transaction in words, and as JSON."""

from collections.abc import Iterator, Sequence
from typing import Any

from google.protobuf.message import DecodeError, Message

from hefu.v1 import ledger_pb2 as pb
from ledger.transaction import Transaction
from nodes.cli.failures import one_line
from nodes.cli.output import describe, to_plain
from nodes.cli.values import show_ms
from nodes.client.builder import find_message, kind_name


def describe_transaction(transaction: Transaction) -> Iterator[str]:
    """Id, network, validity, commands, signatures."""
    yield f"transaction 交易  {transaction.id.hex()}"
    yield from describe_body(transaction.body)
    for signature in transaction.signatures:
        yield f"signed by 签名  {signature.public_key.hex()}"


def describe_body(body: pb.TransactionBody) -> Iterator[str]:
    """What was signed."""

    yield f"network 网络  {one_line(body.network.name)} {body.network.genesis_hash.hex()}"
    yield f"valid until 有效至  {show_ms(body.valid_until_ms)}"
    for index, command in enumerate(body.commands):
        acting, *consenting = map(one_line, command.organisations)
        with_ = f", with the consent of {', '.join(consenting)}" if consenting else ""
        for_ = f", for which {one_line(command.agent)} signs 代理" if command.agent else ""
        yield f"command {index} 指令  {kind_name(command.kind)} by {acting}{for_}{with_}"
        payload = decode_payload(command)
        yield from (f"  {command.payload.hex()}",) if payload is None else describe(payload, "  ")


def decode_payload(command: pb.Command) -> Message | None:
    """The command's message, or None where this version does not know it."""

    message = find_message(command.kind)
    try:
        return None if message is None else message.FromString(command.payload)
    except DecodeError:
        return None


def plain_transaction(transaction: Transaction) -> dict[str, Any]:
    """A signed transaction with its payloads decoded."""
    return {
        "id": transaction.id.hex(),
        **plain_commands(transaction.body),
        "signers": plain_signers(transaction.signatures),
    }


def plain_commands(body: pb.TransactionBody) -> dict[str, Any]:
    """What was signed, with payloads decoded."""

    plain = to_plain(body)
    for shown, command in zip(plain["commands"], body.commands, strict=True):
        payload = decode_payload(command)
        shown["kind_name"] = kind_name(command.kind)
        if payload is not None:
            shown["payload"] = to_plain(payload)
    return plain


def plain_signers(signatures: Sequence[pb.Signature]) -> list[str]:
    """Their public keys in hex."""
    return [signature.public_key.hex() for signature in signatures]
