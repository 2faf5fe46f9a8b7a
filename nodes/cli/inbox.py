"""`hefu inbox`: what waits for signatures; list, show, approve, reject.

Each of them is said with a key, by which the node knows whose items it may show. What is signed is the id computed from
the bytes that were shown here, and where requests are expected, nothing that does not equal one.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from hefu.v1 import inbox_pb2 as pb
from nodes.cli import options
from nodes.cli.envelope import describe_transaction, plain_transaction
from nodes.cli.failures import one_line
from nodes.cli.keyring import open_keys
from nodes.cli.output import describe, enum_name, print_json, print_lines, print_pairs, print_table, to_plain
from nodes.cli.session import connect
from nodes.cli.streams import is_terminal
from nodes.cli.tx import read_requests
from nodes.cli.values import BadValue, parse_hex, show_ms
from nodes.cli.writing import describe_missing
from nodes.client.builder import kind_name
from nodes.client.consent import NotYourRequest, match_requests, open_item
from nodes.inbox.rejections import NO_SUCH_ITEM
from nodes.keys import Key

if TYPE_CHECKING:
    from hefu.v1 import ledger_pb2, node_pb2
    from ledger.transaction import Transaction
    from nodes.client.inbox import Inbox

app = typer.Typer(no_args_is_help=True, help="The approval inbox 待复核事项: list, show, approve, reject.")
Ids = Annotated[
    list[str] | None, typer.Argument(metavar="[ID]...", help="Transaction ids, 64 hexadecimal digits each.")
]
ID_BYTES = 32


class State(StrEnum):
    """How an item stands."""

    WAITING = "waiting"
    DECIDED = "decided"
    REJECTED = "rejected"


@app.command("list", epilog="Example: hefu inbox list --state waiting --key checker.json")
def list_items(
    key: options.Keys,
    state: Annotated[State | None, typer.Option("--state", help="Else in any state.")] = None,
    passphrase_file: options.PassphraseFile = None,
    node: options.Node = options.DEFAULT_NODE,
    as_json: options.Json = False,
) -> None:
    """List what waits for, or was left by, the organisation of a key; the first to expire is first."""
    from nodes.client.inbox import Inbox

    wanted = pb.INBOX_STATE_UNSPECIFIED if state is None else pb.InboxState.Value(f"INBOX_{state.name}")
    keys = open_keys(key, passphrase_file)
    with connect(node) as client:
        found = list(Inbox(client, keys[0].seed).list_items(wanted))
    if as_json:
        print_json([_plain_item(item) for item in found])
        return
    rows = (
        (item.id.hex(), _name_commands(item), item.put_by, show_ms(item.expires_at_ms), _name_state(item))
        for item in found
    )
    print_table(("id 编号", "commands 指令", "left by 提交方", "until 截止", "state 状态"), rows)


@app.command("show", epilog="Example: hefu inbox show 5ff6… --key checker.json")
def show(
    transaction_id: Annotated[str, typer.Argument(metavar="ID", help="64 hexadecimal digits.")],
    key: options.Keys,
    passphrase_file: options.PassphraseFile = None,
    node: options.Node = options.DEFAULT_NODE,
    as_json: options.Json = False,
) -> None:
    """Show one item: what would be signed, who has signed, what is missing."""
    from nodes.client.inbox import Inbox

    identity = parse_hex(transaction_id, ID_BYTES, "transaction id")
    keys = open_keys(key, passphrase_file)
    with connect(node) as client:
        item = Inbox(client, keys[0].seed).get(identity)
    if as_json:
        print_json(_plain_item(item))
        return
    print_lines(describe_transaction(open_item(item)))
    _show_standing(item)


@app.command(
    "approve",
    epilog="Examples: hefu inbox approve --key checker.json (shows each and asks); hefu inbox approve 5ff6… 77ab… "
    "--key checker.json; hefu inbox approve --expect mine.json --key checker.json",
)
def approve(
    key: options.Keys,
    ids: Ids = None,
    expect: options.Expect = None,
    passphrase_file: options.PassphraseFile = None,
    node: options.Node = options.DEFAULT_NODE,
    as_json: options.Json = False,
) -> None:
    """Sign 复核通过 what waits, in one action; what is then complete is submitted. Each item has its own outcome.

    Without ids and without --expect each is shown and asked about. With --expect, what equals a request is signed.
    """
    from nodes.client.inbox import Inbox

    wanted = [parse_hex(one, ID_BYTES, "transaction id") for one in ids or ()]
    requests = read_requests(expect)
    must_ask = not (wanted or requests)
    if must_ask and (as_json or not is_terminal()):
        raise BadValue("nobody can be asked here: name the items, or --expect what you want")
    keys = open_keys(key, passphrase_file)
    if len({one.organisation for one in keys}) > 1:
        raise BadValue("in one action one organisation approves; its keys alone")
    seeds = list(dict.fromkeys(one.seed for one in keys))
    with connect(node) as client:
        inbox = Inbox(client, seeds[0])
        absent: list[pb.InboxOutcome] = []
        chosen = _choose_named(inbox, wanted, absent) if wanted else _choose_waiting(inbox, keys)
        if requests:
            chosen = _choose_expected(chosen, requests, is_each_named=bool(wanted))
        if not as_json:
            chosen = _show_and_ask(chosen, must_ask)
        outcomes = inbox.approve(chosen, seeds) if chosen else []
    _report([*outcomes, *absent], as_json)


@app.command("reject", epilog="Example: hefu inbox reject 5ff6… --reason 'wrong payee' --key checker.json")
def reject(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Transaction ids, 64 hexadecimal digits each.")],
    key: options.Keys,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="For the other signers, 200 characters.")
    ] = "",
    passphrase_file: options.PassphraseFile = None,
    node: options.Node = options.DEFAULT_NODE,
    as_json: options.Json = False,
) -> None:
    """Send back 退回 what waits. What was signed stays valid until it expires: this takes no signature away."""
    from nodes.client.inbox import Inbox

    wanted = list(dict.fromkeys(parse_hex(one, ID_BYTES, "transaction id") for one in ids))
    keys = open_keys(key, passphrase_file)
    with connect(node) as client:
        outcomes = Inbox(client, keys[0].seed).reject(wanted, reason)
    _report(outcomes, as_json)


# ---------------------------------------------------------------- what is to be signed


def _choose_named(inbox: "Inbox", wanted: Sequence[bytes], absent: list[pb.InboxOutcome]) -> list["Transaction"]:
    """The transactions of these ids; for one that the node does not show, an outcome is added to `absent`."""
    from nodes.client.errors import Refused

    chosen = []
    for identity in dict.fromkeys(wanted):
        try:
            transaction = open_item(inbox.get(identity))
        except Refused as refused:
            if refused.code != NO_SUCH_ITEM.code:
                raise
            absent.append(pb.InboxOutcome(id=identity, refusal=refused.refusal))
            continue
        if transaction.id != identity:
            raise NotYourRequest("the node shows another transaction than the one that was named")
        chosen.append(transaction)
    return chosen


def _choose_waiting(inbox: "Inbox", keys: Sequence[Key]) -> list["Transaction"]:
    """What waits and these keys can further: their organisation lacks something, or only the submission is missing."""
    own = {key.public_key for key in keys}
    chosen = []
    for item in inbox.list_items(pb.INBOX_WAITING):
        transaction = open_item(item)
        signed = {signature.public_key for signature in transaction.signatures}
        is_lacking = any(shortfall.organisation == keys[0].organisation for shortfall in item.missing)
        if not item.missing or (is_lacking and not own <= signed):
            chosen.append(transaction)
    return chosen


def _choose_expected(
    found: list["Transaction"], requests: Sequence["ledger_pb2.TransactionBody"], is_each_named: bool
) -> list["Transaction"]:
    """What equals a request, one item for each. NotYourRequest where a request, or an item that was named, has none."""
    pairs = match_requests([transaction.body for transaction in found], requests)
    if len(pairs) < len(requests):
        raise NotYourRequest("nothing that waits equals one of the requests")
    if is_each_named and len(pairs) < len(found):
        raise NotYourRequest("an item that was named equals none of the requests")
    return [found[place] for place, _ in pairs]


def _show_and_ask(found: list["Transaction"], must_ask: bool) -> list["Transaction"]:
    chosen = []
    for transaction in found:
        print_lines(describe_transaction(transaction))
        if not must_ask or typer.confirm("sign it 复核通过?", default=False, err=True):
            chosen.append(transaction)
    if not chosen:
        print_lines(["nothing was signed 未签名"])
    return chosen


# ---------------------------------------------------------------- what is said


def _report(outcomes: Sequence[pb.InboxOutcome], as_json: bool) -> None:
    """Each item's outcome; exit code 1 where the inbox or the ledger refused one."""
    if as_json:
        print_json([_plain_outcome(outcome) for outcome in outcomes])
    else:
        print_lines(f"{outcome.id.hex()}  {_name_outcome(outcome)}" for outcome in outcomes)
    if any(outcome.HasField("refusal") or outcome.item.receipt.HasField("refusal") for outcome in outcomes):
        raise typer.Exit(1)


def _name_outcome(outcome: pb.InboxOutcome) -> str:
    words = []
    if outcome.HasField("refusal"):
        words.append(_name_refusal(outcome.refusal))
    if outcome.HasField("item"):
        words.append(_name_state(outcome.item))
    return "; ".join(words)


def _name_state(item: pb.InboxItem) -> str:
    receipt = item.receipt
    if receipt.HasField("refusal"):
        waits = "" if receipt.has_leaf else "still waiting 待复核; "
        return waits + _name_refusal(receipt.refusal)
    if item.state == pb.INBOX_DECIDED:
        return f"done 完成, height {receipt.height}"
    if item.state == pb.INBOX_REJECTED:
        return f"rejected 已退回 by {item.rejected_by}" + (f": {one_line(item.reason)}" if item.reason else "")
    lacks = ", ".join(f"{one.organisation} {one.refusal.name}".strip() for one in item.missing)
    return f"waiting 待复核: {lacks}" if lacks else "waiting 待复核, nothing missing"


def _name_refusal(refusal: "node_pb2.Refusal") -> str:
    return f"refused 拒绝 {refusal.code} {refusal.name}: {refusal.english} {refusal.chinese}"


def _name_commands(item: pb.InboxItem) -> str:
    return ", ".join(kind_name(command.kind) for command in open_item(item).body.commands)


def _show_standing(item: pb.InboxItem) -> None:
    print_pairs((
        ("left by 提交方", f"{item.put_by}, {show_ms(item.put_at_ms)}"),
        ("until 截止", show_ms(item.expires_at_ms)),
        ("state 状态", _name_state(item)),
    ))  # fmt: skip
    print_lines(describe_missing(item.missing))
    if item.HasField("receipt"):
        print_lines(["receipt 回执:", *describe(item.receipt, "  ")])


def _plain_item(item: pb.InboxItem) -> dict[str, object]:
    transaction = plain_transaction(open_item(item))
    return {**to_plain(item), "state": enum_name(pb.InboxState, item.state), "transaction": transaction}


def _plain_outcome(outcome: pb.InboxOutcome) -> dict[str, object]:
    plain: dict[str, object] = to_plain(outcome)
    return {**plain, "item": _plain_item(outcome.item)} if outcome.HasField("item") else plain
