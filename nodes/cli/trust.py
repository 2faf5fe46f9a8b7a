"""`hefu trust`: export a trust file from a node, add witnesses to one, show one, renew one by a proof."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from hefu.v1 import ledger_pb2 as pb
from hefu.v1 import node_pb2
from nodes.cli import options
from nodes.cli.failures import one_line
from nodes.cli.files import read_bytes, write_bytes
from nodes.cli.output import describe, print_json, print_lines, to_plain
from nodes.cli.session import connect
from nodes.cli.values import parse_instant_ms

MAX_WITNESSES = 64
OWN_WORD = "This is what the node said of itself: compare it with what its operator and others say."
FIRST_USE = (
    "Trust on first use 首次信任: these validators are what this node showed. Before you rely on them, compare their "
    "keys with those that other members' nodes show."
)
app = typer.Typer(no_args_is_help=True, help="Trust files 信任文件: whom a verifier trusts.")


@app.command("export", epilog="Example: hefu trust export --out trust.json, then compare it by a way of your own.")
def export(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write it.")],
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="TIME", help="After this it is not trusted any more.")
    ] = None,
    node: options.Node = options.DEFAULT_NODE,
    as_json: options.Json = False,
) -> None:
    """Write what a node says of itself as a trust file. A node's own trust.json, handed over in person, is better.

    Of a network it names the validators of the newest signed header that the node shows (trust on first use): the node
    could show validators of its own making, so compare their keys with those that other members' nodes show.
    """
    from ledger.trust import open_trust
    from ledger.verify_forms import render_trust_json
    from nodes.trust_files import begin_trust

    with connect(node) as client:
        status = client.status()
        is_network = status.HasField("engine")
        view = (
            client.ask(client.ledger.GetCheckpoint, node_pb2.GetCheckpointRequest(fresh=True)) if is_network else None
        )
    trust = pb.TrustFile(
        network=status.network,
        origin=status.origin,
        log_keys=[pb.TrustedKey(key=status.log_key)],
        simulated_clock=status.simulated_clock,
        expires_at_ms=parse_instant_ms(expires) if expires else 0,
    )
    open_trust(trust)
    if view is not None:
        with _telling_refusals():
            trust = begin_trust(trust, view.note, view.finality, _read_clock_ms())
    write_bytes(out, render_trust_json(trust))
    if as_json:
        print_json(to_plain(trust))
    else:
        print_lines([*describe(trust), *_describe_header(trust), f"Written to {out}.", FIRST_USE if view else OWN_WORD])


@app.command(
    "witnesses",
    epilog="Example: hefu trust witnesses trust.json --key VKEY --key VKEY --quorum 2; ask the witnesses for them.",
)
def set_witnesses(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A trust file, which is written anew.")],
    quorum: Annotated[
        int, typer.Option("--quorum", metavar="N", min=0, max=MAX_WITNESSES, help="How many make WITNESSED; 0 = none.")
    ],
    key: Annotated[
        list[str] | None, typer.Option("--key", metavar="VKEY", help="A witness that you trust; repeat it.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write here, and leave FILE alone.")] = None,
    as_json: options.Json = False,
) -> None:
    """Say which witnesses you trust, in place of those before, and how many of them are enough 见证方."""
    from ledger.trust import open_trust
    from ledger.verify_forms import MAX_FILE_BYTES, parse_trust, render_trust_json

    trust = parse_trust(read_bytes(file, "trust file", MAX_FILE_BYTES))
    del trust.witnesses[:]
    trust.witnesses.extend(key or ())
    trust.witness_quorum = quorum
    open_trust(trust)
    write_bytes(out or file, render_trust_json(trust), may_replace=True)
    if as_json:
        print_json(to_plain(trust))
    else:
        print_lines([*describe(trust), f"Written to {out or file}."])


@app.command("show", epilog="Example: hefu trust show trust.json")
def show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A trust file.")], as_json: options.Json = False
) -> None:
    """Show a trust file, to compare it with what others say."""
    trust = _read(file)
    if as_json:
        print_json(to_plain(trust))
    else:
        print_lines([*describe(trust), *_describe_header(trust)])


@app.command("renew", epilog="Example: hefu trust renew trust.json --proof p.json --out trust-2027.json")
def renew(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The trust file, with validators.")],
    proof: Annotated[Path, typer.Option("--proof", metavar="PROOF", help="A proof that is FINAL by it.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write the new one.")],
    as_json: options.Json = False,
) -> None:
    """Let the trusting period begin anew 续期 with the newest header of a proof; it talks to nobody."""
    from ledger.verify_forms import MAX_FILE_BYTES, parse_proof, render_trust_json
    from nodes.trust_files import renew_trust

    trust = _read(file)
    finality = parse_proof(read_bytes(proof, "proof", MAX_FILE_BYTES)).finality
    with _telling_refusals():
        renewed = renew_trust(trust, finality, _read_clock_ms())
    write_bytes(out, render_trust_json(renewed))
    if as_json:
        print_json(to_plain(renewed))
    else:
        print_lines([*describe(renewed), *_describe_header(renewed), f"Written to {out}."])


@contextmanager
def _telling_refusals() -> Iterator[None]:
    """A refusal in a line, and exit code 1, as `hefu verify` has it."""
    from ledger.trust import ProofRefused

    try:
        yield
    except ProofRefused as refused:
        print_lines([f"DOES NOT HOLD 不成立  {refused.reason}: {one_line(refused.message)}"])
        raise typer.Exit(1) from None


def _read_clock_ms() -> int:
    return time.time_ns() // 1_000_000


def _read(file: Path) -> pb.TrustFile:
    from ledger.trust import open_trust
    from ledger.verify_forms import MAX_FILE_BYTES, parse_trust

    trust = parse_trust(read_bytes(file, "trust file", MAX_FILE_BYTES))
    open_trust(trust)
    return trust


def _describe_header(trust: pb.TrustFile) -> list[str]:
    """The trusted header by what others can compare it with."""
    from ledger.light_client import open_basis

    if not trust.trusted_header:
        return []
    basis = open_basis(trust)
    return [f"trusted header: height {basis.height}, hash {basis.header_hash.hex()}"]
