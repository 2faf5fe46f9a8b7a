"""`hefu verify`: does a proof hold, and is it an answer to what was asked? It talks to nobody.

Exit codes: 0 it holds; 1 it does not, with the reason, and nothing else; 2 unreadable, wrongly asked, a full disk, or a
defect of ours. Where nobody reads the words (a closed pipe) the exit code is the verdict's all the same.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nodes.cli import options
from nodes.cli.files import read_bytes
from nodes.cli.values import MAX_INT64, BadValue, parse_instant_ms, parse_span_ms, show_ms

if TYPE_CHECKING:
    from ledger.verify import Verdict

EPILOG = (
    "Examples: hefu verify p.json --trust trust.json; "
    "hefu verify p.json --trust trust.json --asset voucher:91350100M000100Y43.A-1/1-100000000 --is unclaimed "
    "--not-older-than 10m. "
    "Assets: voucher:PACKAGE/START-END (held-by ORG, unclaimed, free, claimed-by ORG, undisputed, frozen, absent), "
    "invoice:FINGERPRINT (absent, occupied), receivable:ORG.NUMBER (confirmed, unanswered, contested, absent), "
    "organisation:ID (active, absent, has-role ROLE, voter), "
    "proposal:ORG.NUMBER (passed DIGEST), authority:FINGERPRINT (trusted), "
    "credential:SUBJECT/kyb/ISSUER or credential:SUBJECT/kyc/ISSUER/PERSON (valid)."
)


def verify(
    proof: Annotated[Path, typer.Argument(metavar="PROOF", help="A proof file, binary or JSON.")],
    trust: Annotated[Path, typer.Option("--trust", metavar="TRUST", help="Whom you trust; not from the prover.")],
    asset: Annotated[
        str | None, typer.Option("--asset", metavar="ASSET", help="What you ask about, like voucher:…")
    ] = None,
    statement: Annotated[
        str | None, typer.Option("--is", metavar="STATEMENT", help="What must hold of it, like unclaimed.")
    ] = None,
    not_older_than: Annotated[
        str | None, typer.Option("--not-older-than", metavar="SPAN", help="The newest statement's age, like 10m.")
    ] = None,
    now: Annotated[
        str | None,
        typer.Option("--now", metavar="TIME", help="What a simulated clock shows; only where trust allows one."),
    ] = None,
    at_height: Annotated[
        int | None,
        typer.Option(
            "--at-height", metavar="N", min=0, max=MAX_INT64, help="Ask what held at this height, not what holds now."
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Check a proof 验证 against a trust file, offline: 0 holds, 1 does not, 2 unreadable or wrongly asked."""
    from ledger import verify as verifier
    from ledger.verify_forms import MAX_FILE_BYTES, parse_proof, parse_trust

    if (asset is None) != (statement is None):
        raise BadValue("--asset and --is go together: what you ask about, and what must hold of it")
    question = None
    if asset is not None and statement is not None:
        from nodes.questions import parse_question

        question = parse_question(asset, statement)
    parsed_trust = parse_trust(read_bytes(trust, "trust file", MAX_FILE_BYTES))
    parsed_proof = parse_proof(read_bytes(proof, "proof", MAX_FILE_BYTES))
    try:
        verdict = verifier.verify(
            parsed_proof,
            parsed_trust,
            question,
            now_ms=time.time_ns() // 1_000_000,
            not_older_than_ms=None if not_older_than is None else parse_span_ms(not_older_than),
            at_height=at_height,
            simulated_now_ms=None if now is None else parse_instant_ms(now),
        )
    except verifier.ProofRefused as error:
        _refuse(error.reason, error.message, as_json)
        raise typer.Exit(1) from None
    _show(verdict, f"{asset} is {statement}" if asset else "", as_json)


def _refuse(reason: str, message: str, as_json: bool) -> None:
    from nodes.cli.failures import one_line
    from nodes.cli.output import print_json, print_lines

    if as_json:
        print_json({"holds": False, "reason": reason, "message": message})
    else:
        print_lines([f"DOES NOT HOLD 不成立  {reason}: {one_line(message)}"])


def _show(verdict: "Verdict", answer: str, as_json: bool) -> None:
    from nodes.cli.output import print_json, print_lines, print_pairs

    if as_json:
        print_json(_plain(verdict, answer))
        return
    print_lines([f"HOLDS 成立  {answer or 'a proof of a ' + verdict.statement}"])
    clock = "  (a simulated clock 模拟时钟: the registrar sets it)" if verdict.is_simulated else ""
    is_block = verdict.time_ms is not None
    print_pairs((
        ("network 网络", f"{verdict.network} {verdict.genesis_hash.hex()}"),
        ("assurance 保证", verdict.assurance),
        ("log size", str(verdict.size) if verdict.first_size is None else f"{verdict.first_size} → {verdict.size}"),
        ("height 高度", str(verdict.height) if is_block else ""),
        ("time 时间", show_ms(verdict.time_ms) + clock if verdict.time_ms is not None else clock.strip()),
        ("age 时效", f"{_span(verdict.age_ms)}" if verdict.age_ms is not None else "unknown"),
        ("standing", verdict.standing),
    ))  # fmt: skip
    print_lines(_describe_statement(verdict))


def _describe_statement(verdict: "Verdict") -> Iterator[str]:
    if verdict.transaction is not None:
        from nodes.cli.envelope import describe_body as describe_transaction_body

        yield f"transaction 交易  {verdict.transaction_id.hex()}"
        yield f"outcome 结果  {_outcome(verdict)}"
        yield from describe_transaction_body(verdict.transaction)
        yield from (f"signed by 签名  {key.hex()}" for key in verdict.signers)
    from nodes.cli.records import describe_body

    for key, body in verdict.bodies.items():
        yield from describe_body(key, body)
        if key in verdict.lapses:
            yield f"  until {show_ms(verdict.lapses[key])}, then it means something else"


def _outcome(verdict: "Verdict") -> str:
    outcome = verdict.outcome
    if outcome is None or not outcome.code:
        return "done 完成"
    return (
        f"refused 拒绝 {outcome.code} {_reason(outcome.code)} (command {outcome.command_index}, field {outcome.field})"
    )


def _reason(code: int) -> str:
    from nodes.rejections_page import DOMAINS, list_reasons

    names = {reason.code: f"{reason.name}: {reason.english}" for domain in DOMAINS for reason in list_reasons(domain)}
    return names.get(code, "")


def _span(ms: int) -> str:
    seconds = ms // 1000
    for unit, length in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def _plain(verdict: "Verdict", answer: str) -> dict[str, Any]:
    from nodes.cli.envelope import plain_commands
    from nodes.cli.records import plain_body

    plain: dict[str, Any] = {
        "holds": True,
        "answer": answer,
        "statement": verdict.statement,
        "network": {"name": verdict.network, "genesis_hash": verdict.genesis_hash.hex()},
        "assurance": verdict.assurance,
        "simulated_clock": verdict.is_simulated,
        "size": verdict.size,
        "height": verdict.height,
        "time_ms": verdict.time_ms,
        "age_ms": verdict.age_ms,
    }
    if verdict.statement == "consistency":
        plain["first_size"] = verdict.first_size
    if verdict.statement == "state":
        plain["standing"] = verdict.standing
        plain["records"] = {key: plain_body(key, body) for key, body in verdict.bodies.items()}
        plain["lapses"] = verdict.lapses
    if verdict.transaction is not None:
        plain["id"] = verdict.transaction_id.hex()
        plain["transaction"] = plain_commands(verdict.transaction)
        plain["code"] = verdict.outcome.code if verdict.outcome is not None else 0
        plain["signers"] = [key.hex() for key in verdict.signers]
    return plain
