"""A command that writes: a function from options to one command, wrapped into sign, submit and show.

The wrapped function takes a Session first, which the person at the terminal never sees; its other parameters are its
own options, beside which every such command has the same ones: keys, whom it acts for, node, validity, JSON, and what
becomes of what is signed: submitted, kept in a file, left in the inbox, or only printed as a request.
"""

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hefu.v1 import identity_pb2, ledger_pb2, pledges_pb2, receivables_pb2
from nodes.cli import options
from nodes.cli.files import write_bytes
from nodes.cli.output import describe, print_json, print_lines, print_pairs, to_plain
from nodes.cli.session import Session, connect
from nodes.cli.streams import say
from nodes.cli.values import BadValue, parse_span_ms, show_ms
from nodes.client.builder import Draft, find_message, kind_name

if TYPE_CHECKING:
    from hefu.v1 import inbox_pb2, node_pb2
    from nodes.client.blocking import Client

EVENTS: dict[str, Any] = {
    identity_pb2.DESCRIPTOR.name: identity_pb2.IdentityEvent,
    pledges_pb2.DESCRIPTOR.name: pledges_pb2.PledgeEvent,
    receivables_pb2.DESCRIPTOR.name: receivables_pb2.VoucherEvent,
}
"""What a command emits, by the file of the contract that holds it."""

_COMMON: tuple[tuple[str, Any, Any], ...] = (
    ("key", options.Keys, None),
    ("actor", options.Actor, None),
    ("acting_for", options.ActingFor, None),
    ("passphrase_file", options.PassphraseFile, None),
    ("node", options.Node, options.DEFAULT_NODE),
    ("valid_for", options.ValidFor, "10m"),
    ("sign_only", options.SignOnly, None),
    ("to_inbox", options.ToInbox, False),
    ("print_request", options.PrintRequest, False),
    ("as_json", options.Json, False),
)


def writes(build: Callable[..., Draft]) -> Callable[..., None]:
    """Turn `build(session, …) -> Draft` into a command that signs it, and submits it or does with it as it is told."""

    def run(**given: Any) -> None:
        common = {name: given.pop(name) for name, _, _ in _COMMON}
        validity_ms = parse_span_ms(common["valid_for"])
        _refuse_two_ends(common)
        with connect(common["node"]) as client:
            session = Session(
                client, common["key"] or (), common["passphrase_file"], common["actor"], common["acting_for"]
            )
            if common["print_request"]:
                print_request(session, build(session, **given), validity_ms)
                return
            keys = session.keys
            draft = build(session, **given)
            signed = client.sign([draft], _distinct([key.seed for key in keys]), validity_ms)
            if common["to_inbox"]:
                leave(client, keys[0].seed, signed, common["as_json"])
            elif common["sign_only"] is None:
                submit(client, signed, common["as_json"])
            else:
                keep(common["sign_only"], signed, common["as_json"])

    own = list(inspect.signature(build, eval_str=True).parameters.values())[1:]
    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, annotation, default in _COMMON
    ]
    parameters = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own] + shared
    run.__name__, run.__doc__ = build.__name__, build.__doc__
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    # What typer reads to make options of parameters.
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # a function takes it, its stub not
    return run


def _refuse_two_ends(common: dict[str, Any]) -> None:
    ends = [name for name in ("sign_only", "to_inbox", "print_request") if common[name]]
    if len(ends) > 1:
        raise BadValue("--sign-only, --to-inbox and --print-request exclude each other")


def print_request(session: Session, draft: Draft, validity_ms: int) -> None:
    """Print what would be signed, in the form that --expect reads."""
    from nodes.client.consent import build_request, render_request

    request = build_request(session.status.network, session.status.now_ms + validity_ms, [draft])
    say(render_request(request).decode())


def leave(client: "Client", seed: bytes, signed: bytes, as_json: bool) -> None:
    """Leave signed bytes in the node's inbox, and say who is to sign yet. Raises Refused."""
    from nodes.client.inbox import Inbox

    item = Inbox(client, seed).put(signed)
    if as_json:
        print_json(to_plain(item))
        return
    print_lines([f"left 已提交复核  {item.id.hex()}, until {show_ms(item.expires_at_ms)}"])
    print_lines(describe_missing(item.missing) or ["nothing is missing: hefu inbox approve submits it"])


def describe_missing(missing: Sequence["inbox_pb2.InboxShortfall"]) -> list[str]:
    """What a transaction in the inbox still lacks, a line for each."""
    return [
        f"missing 尚缺  {shortfall.organisation} {shortfall.refusal.name} ({shortfall.refusal.code}): "
        f"{shortfall.refusal.english} {shortfall.refusal.chinese}"
        for shortfall in missing
    ]


def submit(client: "Client", signed: bytes, as_json: bool) -> None:
    """Submit, wait until it is durable, and say what came of it. Raises Refused."""
    receipt = client.submit(signed)
    if as_json:
        print_json(plain_receipt(receipt))
    else:
        show_receipt(receipt)


def keep(path: Path, signed: bytes, as_json: bool, may_replace: bool = False) -> None:
    """Write signed bytes to a file for others to add their signatures."""
    from ledger.transaction import decode

    write_bytes(path, signed, may_replace)
    transaction = decode(signed)
    if as_json:
        print_json({"id": transaction.id.hex(), "file": str(path), "signatures": len(transaction.signatures)})
    else:
        print_lines([
            f"signed 已签名  {transaction.id.hex()}  by {len(transaction.signatures)}, "
            f"good until {show_ms(transaction.body.valid_until_ms)}",
            f"Next: hefu tx sign {path} --key FILE, then hefu tx submit {path}",
        ])  # fmt: skip


def plain_receipt(receipt: "node_pb2.Receipt") -> dict[str, Any]:
    """A receipt with its events decoded."""
    plain = to_plain(receipt)
    plain["events"] = [
        {"kind": kind, **({} if event is None else to_plain(event))} for kind, event in decode_events(receipt.events)
    ]
    return plain


def show_receipt(receipt: "node_pb2.Receipt") -> None:
    """What was done, where it stands, and what happened."""
    print_pairs((
        ("done 完成", receipt.id.hex() + ("  (decided before, this is its outcome)" if receipt.is_duplicate else "")),
        ("height 高度", str(receipt.height)),
        ("leaf 序号", str(receipt.index)),
        ("time 时间", show_ms(receipt.time_ms) if receipt.time_ms else ""),
    ))  # fmt: skip
    for kind, event in decode_events(receipt.events):
        print_lines([f"  {kind}", *(() if event is None else describe(event, "    "))])


def decode_events(encoded: bytes) -> list[tuple[str, Any]]:
    """Kind name and message of each event; None for a kind of which this version knows nothing."""

    events = []
    for event in ledger_pb2.Events.FromString(encoded).events:
        command = find_message(event.kind)
        message: Any = None
        if command is not None:
            message = EVENTS[command.DESCRIPTOR.file.name].FromString(event.payload)
        events.append((kind_name(event.kind), message))
    return events


def _distinct(seeds: Sequence[bytes]) -> list[bytes]:
    return list(dict.fromkeys(seeds))  # a file named twice signs once
