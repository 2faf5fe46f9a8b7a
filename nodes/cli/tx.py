"""`hefu tx`: what a file of signed bytes says, adding a signature, submitting, what became of it."""

from pathlib import Path
from typing import Annotated

import typer

from hefu.v1 import ledger_pb2, node_pb2
from ledger.errors import MalformedInput
from ledger.transaction import decode, verify_signatures
from ledger.verify_forms import parse_proof
from nodes.cli import options
from nodes.cli.envelope import describe_body, describe_transaction, plain_commands, plain_transaction
from nodes.cli.files import read_bytes
from nodes.cli.keyring import open_keys
from nodes.cli.output import describe, print_json, print_lines, to_plain
from nodes.cli.records import describe_body as describe_record
from nodes.cli.records import plain_body
from nodes.cli.session import connect
from nodes.cli.values import BadValue, parse_hex
from nodes.cli.writing import keep, plain_receipt, show_receipt, submit
from nodes.client.builder import add_signatures

app = typer.Typer(no_args_is_help=True, help="Signed transactions 交易: show, sign, submit, get.")
File = Annotated[Path, typer.Argument(metavar="FILE", help="Signed bytes, as --sign-only writes them.")]
MAX_BYTES = 8 << 20


@app.command("show", epilog="Examples: hefu tx show issue.tx; hefu tx show proof.json")
def show(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A signed transaction, a request, or a proof of either form.")
    ],
    as_json: options.Json = False,
) -> None:
    """Say what a signed transaction, a request or a proof holds. This judges nothing: `hefu verify` does."""
    data = read_bytes(file, "file", MAX_BYTES)
    try:
        transaction = decode(data)
    except MalformedInput as not_a_transaction:
        if not _show_request(data, as_json):
            _show_proof(file, data, not_a_transaction, as_json)
        return
    if as_json:
        print_json(plain_transaction(transaction))
    else:
        print_lines(describe_transaction(transaction))


def _show_request(data: bytes, as_json: bool) -> bool:
    """Whether it is a request, which then has been shown."""
    from nodes.client.consent import parse_request

    try:
        request = parse_request(data)
    except MalformedInput:
        return False
    if as_json:
        print_json(plain_commands(request))
    else:
        print_lines(["request 请求, signed by nobody", *describe_body(request)])
    return True


def _show_proof(file: Path, data: bytes, not_a_transaction: MalformedInput, as_json: bool) -> None:
    try:
        proof = parse_proof(data)
    except MalformedInput as not_a_proof:
        raise BadValue(
            f"{file} is neither a signed transaction ({not_a_transaction}) nor a proof ({not_a_proof})"
        ) from None
    kind = proof.WhichOneof("proof")
    if as_json:
        plain = to_plain(proof)
        for item, shown in zip(proof.state.items, plain.get("state", {}).get("items", ()), strict=True):
            shown["body"] = plain_body(item.key, _body_of(item))
        if kind == "transaction":
            plain["transaction"]["signed_transaction"] = plain_transaction(decode(proof.transaction.signed_transaction))
        print_json(plain)
        return
    print_lines([f"proof 证明 of a {kind}; nothing of it has been checked here: hefu verify {file} --trust TRUST"])
    if kind == "transaction":
        print_lines(describe_transaction(decode(proof.transaction.signed_transaction)))
    elif kind == "state":
        for item in proof.state.items:
            print_lines(describe_record(item.key, _body_of(item)))
    else:
        print_lines(describe(proof.consistency, "  "))


def _body_of(item: ledger_pb2.StateItem) -> bytes | None:
    return ledger_pb2.StateRecord.FromString(item.record).body if item.record else None


@app.command(
    "sign",
    epilog="Examples: hefu tx sign issue.tx --key checker.json; "
    "hefu tx sign issue.tx --expect mine.json --key checker.json",
)
def sign(
    file: File,
    key: options.Keys,
    passphrase_file: options.PassphraseFile = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Else the same file.")] = None,
    expect: options.Expect = None,
    as_json: options.Json = False,
) -> None:
    """Add signatures 加签 to a file; what was signed stays as it is. Look first: hefu tx show FILE."""
    from nodes.client.consent import match_requests, refuse_other_request

    signed = read_signed(file)
    requests, body = read_requests(expect), decode(signed).body
    if requests and not match_requests([body], requests):
        refuse_other_request(body, requests[0])
    seeds = list(dict.fromkeys(one.seed for one in open_keys(key, passphrase_file)))
    keep(out or file, add_signatures(signed, seeds), as_json, may_replace=out is None)


@app.command("submit", epilog="Example: hefu tx submit issue.tx")
def submit_file(file: File, node: options.Node = options.DEFAULT_NODE, as_json: options.Json = False) -> None:
    """Submit 提交 a file. Saying it twice happens once: the node answers with the first outcome."""
    signed = read_signed(file)
    with connect(node) as client:
        submit(client, signed, as_json)


@app.command("get", epilog="Example: hefu tx get 5ff6…")
def get(
    transaction_id: Annotated[str, typer.Argument(metavar="ID", help="64 hexadecimal digits.")],
    node: options.Node = options.DEFAULT_NODE,
    as_json: options.Json = False,
) -> None:
    """Show a decided transaction 查询交易 and its outcome."""
    request = node_pb2.GetTransactionRequest(id=parse_hex(transaction_id, 32, "transaction id"))
    with connect(node) as client:
        view = client.ask(client.ledger.GetTransaction, request)
    transaction = decode(view.signed_transaction)
    if as_json:
        print_json({"transaction": plain_transaction(transaction), "receipt": plain_receipt(view.receipt)})
        return
    print_lines(describe_transaction(transaction))
    if view.receipt.HasField("refusal"):
        print_lines(["refused 拒绝:", *describe(view.receipt.refusal, "  ")])
    else:
        show_receipt(view.receipt)


def read_signed(path: Path) -> bytes:
    """Signed bytes from a file; BadValue where it holds none, or a signature does not verify."""
    from ledger.errors import Rejection

    data = read_bytes(path, "transaction", MAX_BYTES)
    try:
        verify_signatures(decode(data))
    except MalformedInput as error:
        raise BadValue(f"{path} holds no signed transaction: {error}") from None
    except Rejection as error:
        raise BadValue(f"{path}: {error.reason.english} {error.reason.chinese}") from None
    return data


def read_requests(paths: list[Path] | None) -> list[ledger_pb2.TransactionBody]:
    """What was asked for, from the files of --expect. BadValue where one holds no request."""
    from nodes.client.consent import parse_request

    requests = []
    for path in paths or ():
        try:
            requests.append(parse_request(read_bytes(path, "request", MAX_BYTES)))
        except MalformedInput as error:
            raise BadValue(f"{path}: {error}; --print-request and --sign-only write what is expected") from None
    return requests
