"""`hefu proof`: get a proof from a node and write it to a file, fit for one reader's trust file."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hefu.v1 import ledger_pb2 as pb
from hefu.v1 import node_pb2
from nodes.cli import options
from nodes.cli.files import read_bytes, write_bytes
from nodes.cli.output import print_json, print_lines
from nodes.cli.session import connect
from nodes.cli.values import MAX_INT64, BadValue, parse_day, parse_hex, parse_organisation

app = typer.Typer(no_args_is_help=True, help="Proofs 证明: of a transaction, of state, of the log's growth.")


class Form(StrEnum):
    """The two canonical forms of a proof file."""

    JSON = "json"
    BINARY = "binary"


class Side(StrEnum):
    """Whose totals: what an issuer owes, or what is pledged to a lender."""

    ISSUER = "issuer"
    LENDER = "lender"


Out = Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write it.")]
Trust = Annotated[
    Path | None,
    typer.Option(
        "--trust", metavar="TRUST", help="The reader's trust file: only signatures that it can judge are kept."
    ),
]
Witnessed = Annotated[
    bool, typer.Option("--witnessed", help="Have the node's witnesses cosign its checkpoint now; it waits for them.")
]
FormOption = Annotated[Form, typer.Option("--form", help="json, or the smaller binary.")]


@app.command("tx", epilog="Example: hefu proof tx 5ff6… --out tx.json --trust trust.json")
def prove_transaction(
    transaction_id: Annotated[str, typer.Argument(metavar="ID", help="64 hexadecimal digits.")],
    out: Out,
    trust: Trust = None,
    form: FormOption = Form.JSON,
    witnessed: Witnessed = False,
    node: options.Node = options.DEFAULT_NODE,
    as_json: options.Json = False,
) -> None:
    """Prove that a transaction was decided, and how 交易证明."""
    request = node_pb2.ProveTransactionRequest(id=parse_hex(transaction_id, 32, "transaction id"), witnessed=witnessed)
    trusted = _read_trust(trust)
    with connect(node) as client:
        proof = client.ask(client.ledger.ProveTransaction, request)
    _write(proof, out, trusted, form, as_json)


@app.command(
    "state",
    epilog="Examples: hefu proof state --asset voucher:91350100M000100Y43.A-1/1-100000000 --is unclaimed --out p.json "
    "--trust trust.json; hefu proof state totals/issuer/91350100M000100Y43 --out p.json",
)
def prove_state(
    out: Out,
    keys: Annotated[list[str] | None, typer.Argument(metavar="[KEY]…", help="Keys of state.")] = None,
    asset: Annotated[str | None, typer.Option("--asset", metavar="ASSET", help="As `hefu verify` asks.")] = None,
    statement: Annotated[str | None, typer.Option("--is", metavar="STATEMENT", help="As `hefu verify` asks.")] = None,
    height: Annotated[int, typer.Option("--height", metavar="N", min=0, max=MAX_INT64, help="0 = the newest.")] = 0,
    trust: Trust = None,
    form: FormOption = Form.JSON,
    witnessed: Witnessed = False,
    node: options.Node = options.DEFAULT_NODE,
    as_json: options.Json = False,
) -> None:
    """Prove what keys hold, or that they hold nothing 状态证明: the keys of a question, or keys by name."""
    if (asset is None) != (statement is None):
        raise BadValue("--asset and --is go together: what the reader asks about, and what must hold of it")
    wanted = list(keys or ())
    if asset is not None and statement is not None:
        from nodes.questions import parse_question

        wanted += parse_question(asset, statement).keys
    if not wanted:
        raise BadValue("name keys, or what the reader asks: --asset voucher:… --is unclaimed")
    trusted = _read_trust(trust)
    request = node_pb2.ProveStateRequest(keys=sorted(set(wanted)), height=height, witnessed=witnessed)
    with connect(node) as client:
        proof = client.ask(client.ledger.ProveState, request)
    _write(proof, out, trusted, form, as_json)


@app.command(
    "totals",
    epilog="Example, for a year-end confirmation: hefu proof totals 91350100M000100Y43 --side issuer --on 2026-12-31 "
    "--out totals.json --trust trust.json",
)
def prove_totals(
    organisation: Annotated[str, typer.Argument(metavar="ORG", help="Whose totals.")],
    side: Annotated[Side, typer.Option("--side", help="issuer: what it owes; lender: what is pledged to it.")],
    on: Annotated[str, typer.Option("--on", metavar="DAY", help="At whose end, like 2026-12-31.")],
    out: Out,
    trust: Trust = None,
    form: FormOption = Form.JSON,
    witnessed: Witnessed = False,
    node: options.Node = options.DEFAULT_NODE,
    as_json: options.Json = False,
) -> None:
    """Prove an organisation's totals at the end of a day 函证: as the last day on which they changed left them."""
    request = node_pb2.ProveTotalsRequest(
        organisation=parse_organisation(organisation), on=parse_day(on), witnessed=witnessed
    )
    request.side = node_pb2.ISSUER_SIDE if side is Side.ISSUER else node_pb2.LENDER_SIDE
    trusted = _read_trust(trust)
    with connect(node) as client:
        proof = client.ask(client.ledger.ProveTotals, request)
    _write(proof, out, trusted, form, as_json)


@app.command("consistency", epilog="Example: hefu proof consistency 120 --out growth.json --trust trust.json")
def prove_consistency(
    first_size: Annotated[
        int, typer.Argument(metavar="FIRST_SIZE", min=1, max=MAX_INT64, help="A size at a block's end.")
    ],
    out: Out,
    second_size: Annotated[
        int, typer.Argument(metavar="[SECOND_SIZE]", min=0, max=MAX_INT64, help="0 = the newest.")
    ] = 0,
    trust: Trust = None,
    form: FormOption = Form.JSON,
    witnessed: Witnessed = False,
    node: options.Node = options.DEFAULT_NODE,
    as_json: options.Json = False,
) -> None:
    """Prove that the log only grew 一致性证明 between two sizes."""
    trusted = _read_trust(trust)
    request = node_pb2.ProveConsistencyRequest(first_size=first_size, second_size=second_size, witnessed=witnessed)
    with connect(node) as client:
        proof = client.ask(client.ledger.ProveConsistency, request)
    _write(proof, out, trusted, form, as_json)


def _read_trust(path: Path | None) -> pb.TrustFile | None:
    from ledger.verify_forms import MAX_FILE_BYTES, parse_trust

    return None if path is None else parse_trust(read_bytes(path, "trust file", MAX_FILE_BYTES))


def _write(proof: pb.Proof, out: Path, trust: pb.TrustFile | None, form: Form, as_json: bool) -> None:
    from ledger.proofs import filter_proof
    from ledger.verify_forms import render_binary, render_json

    fitted = proof if trust is None else filter_proof(proof, trust)
    data = render_json(fitted) if form is Form.JSON else render_binary(fitted)
    write_bytes(out, data, may_replace=True)
    if as_json:
        print_json({"file": str(out), "bytes": len(data), "statement": proof.WhichOneof("proof")})
    else:
        check = f"Check it: hefu verify {out} --trust TRUST"
        print_lines([f"proof 证明 of a {proof.WhichOneof('proof')}, {len(data)} bytes, in {out}", check])
