"""`hefu voucher quotes`: ask, give, show. A holder asks several banks; each seals its terms for the time to quote.

What a bank seals is the commitment to a terms file (voucher finance quote), which it hands to the holder and to nobody
else. After the time to quote the holder requests with `voucher finance request --quoted`, and the other quotes lapse.
"""

from typing import Annotated

import typer

from hefu.v1 import node_pb2
from hefu.v1 import receivables_pb2 as pb
from nodes.cli import options
from nodes.cli.commitments import commit, commit_terms
from nodes.cli.finance import Form, Terms
from nodes.cli.output import enum_name, print_json, print_lines, print_pairs, print_table, to_plain
from nodes.cli.session import Session, connect
from nodes.cli.values import parse_organisation, parse_voucher, show_fen, show_ms, show_voucher
from nodes.cli.voucher import RANGE, amount_of
from nodes.cli.writing import writes
from nodes.client.builder import Draft

app = typer.Typer(no_args_is_help=True, help="Quotes 询价: ask several banks, seal a quote, show the round.")


@app.command(
    "ask",
    epilog=f"Example: hefu voucher quotes ask {RANGE} --bank 9131… --bank 9132… --form pledge --document contract.pdf "
    "--quote-by 24h --key k.json",
)
@writes
def ask(
    session: Session,
    voucher: options.VoucherArgument,
    bank: Annotated[list[str], typer.Option("--bank", metavar="ORG", help="A bank to ask; 1 to 8 of them.")],
    form: Annotated[Form, typer.Option("--form", help="By sale or by pledge.")],
    document: Annotated[
        list[str],
        typer.Option("--document", metavar="FILE|HEX", help="What they are shown, or a commitment to it; 1 to 16."),
    ],
    amount: options.OptionalAmount = None,
    quote_by: Annotated[str, typer.Option("--quote-by", metavar="WHEN", help="Until then they may quote.")] = "24h",
) -> Draft:
    """Ask banks for quotes 询价 on a range, or on its first part. Nothing locks. The holder acts."""
    ref = parse_voucher(voucher)
    payload = pb.AskQuotes(
        voucher=ref,
        amount_fen=amount_of(ref, amount),
        form=form.name,
        banks=sorted(parse_organisation(text) for text in bank),
        documents=sorted(commit(text) for text in document),
        quote_by_ms=session.deadline(quote_by),
    )
    return session.draft(payload)


@app.command(
    "give", epilog=f"Example: hefu voucher quotes give {RANGE} --terms terms.json --firm-until 72h --key bank.json"
)
@writes
def give(
    session: Session,
    voucher: options.VoucherArgument,
    terms: Terms,
    firm_until: Annotated[
        str, typer.Option("--firm-until", metavar="WHEN", help="How long you stand by it, beyond the time to quote.")
    ] = "72h",
) -> Draft:
    """Seal a quote 报价, in place of an earlier one of yours. A bank that was asked acts."""
    payload = pb.GiveQuote(
        voucher=parse_voucher(voucher),
        terms_commitment=commit_terms(terms),
        firm_until_ms=session.deadline(firm_until),
    )
    return session.draft(payload)


@app.command("show", epilog=f"Example: hefu voucher quotes show {RANGE}")
def show(
    voucher: options.VoucherArgument, node: options.Node = options.DEFAULT_NODE, as_json: options.Json = False
) -> None:
    """Show the newest ask on a range, and who has sealed a quote."""
    ref = parse_voucher(voucher)
    with connect(node) as client:
        view = client.ask(client.vouchers.GetQuotes, node_pb2.GetQuotesRequest(voucher=ref))
    if as_json:
        print_json(to_plain(view))
    else:
        show_round(ref, view)


def show_round(ref: pb.VoucherRef, view: node_pb2.QuotesView) -> None:
    """An ask in words: what was asked, until when, and each bank's commitment."""
    asked = view.round
    print_pairs((
        ("voucher 凭证", show_voucher(ref)),
        ("holder 持有人", asked.holder),
        ("amount 金额", show_fen(asked.amount_fen)),
        ("form 方式", enum_name(pb.FinancingForm, asked.form)),
        ("asked 询价", show_ms(asked.asked_at_ms)),
        ("quote by 截止", show_ms(asked.quote_by_ms)),
        ("state 状态", "open 有效" if view.is_open else "over 已终止"),
        ("as of 截至", f"{show_ms(view.time_ms)}, height {view.height}"),
    ))  # fmt: skip
    rows = (
        (quote.bank, quote.terms_commitment.hex(), show_ms(quote.firm_until_ms) if quote.firm_until_ms else "")
        for quote in asked.quotes
    )
    print_table(("bank 银行", "terms 条件承诺值", "firm until 有效至"), rows)
    print_lines(f"document 文件 {document.hex()}" for document in asked.documents)
