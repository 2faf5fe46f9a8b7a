"""`hefu voucher finance`: quote, request, take, refuse, withdraw, register, pay-out; and `hefu voucher pledge`.

The order is the law's: the holder's request locks the range for one bank, the bank takes it, files it in 中登网,
registers the number, and only then pays out. A sale makes the bank the holder, a pledge leaves the holder and claims.
Sealed quotes of several banks come before it (quotes), repurchase, reassignment and enforcement after (aftercare).
"""

import secrets
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hefu.v1 import receivables_pb2 as pb
from ledger.errors import Rejection
from nodes.cli import options
from nodes.cli.commitments import commit, commit_terms, read_terms, render_terms
from nodes.cli.files import write_bytes
from nodes.cli.output import describe, print_json, print_lines, to_plain
from nodes.cli.session import Session
from nodes.cli.values import (
    BadValue,
    parse_day,
    parse_fen,
    parse_instant_ms,
    parse_organisation,
    parse_ppm,
    parse_voucher,
)
from nodes.cli.voucher import RANGE, amount_of
from nodes.cli.writing import writes
from nodes.client.builder import Draft
from nodes.files import PRIVATE
from receivables.discount import SALT_BYTES, compute_financing_terms, compute_terms_commitment

app = typer.Typer(no_args_is_help=True, help="Financing 融资: quote, request, take, register, pay out.")


class Form(StrEnum):
    """How a range is financed."""

    SALE_WITH_RECOURSE = "sale-with-recourse"
    SALE_WITHOUT_RECOURSE = "sale-without-recourse"
    PLEDGE = "pledge"


Terms = Annotated[
    str, typer.Option("--terms", metavar="FILE|HEX", help="The terms file (finance quote), or the commitment to it.")
]
Bank = Annotated[str, typer.Option("--to", "--bank", metavar="ORG", help="The bank.")]
RegistrationNumber = Annotated[
    str, typer.Option("--number", metavar="DIGITS", help="中登网 certificate number, 20 digits.")
]
FiledAt = Annotated[str | None, typer.Option("--filed-at", metavar="TIME", help="When it was filed; without it, now.")]
Secured = Annotated[str | None, typer.Option("--secured", metavar="YUAN", help="Of a pledge; without it, the amount.")]


@app.command(
    "quote",
    epilog="Example: hefu voucher finance quote --amount 1000000.00 --rate 2.62% --value-on 2026-04-16 "
    "--due-on 2026-06-30 --out terms.json",
)
def quote(
    amount: options.Amount,
    rate: Annotated[str, typer.Option("--rate", metavar="PERCENT", help="A year, like 2.62%.")],
    value_on: Annotated[str, typer.Option("--value-on", metavar="DAY", help="First day that bears interest.")],
    due_on: Annotated[str, typer.Option("--due-on", metavar="DAY", help="Due day, rolled to a business day.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the terms and their salt are kept.")],
    advance: Annotated[str, typer.Option("--advance", metavar="PERCENT", help="Share of the face.")] = "100%",
    basis: Annotated[int, typer.Option("--basis", metavar="DAYS", help="Days of a year: 360 or 365.")] = 360,
    fee: Annotated[list[str] | None, typer.Option("--fee", metavar="YUAN", help="A fee; may be repeated.")] = None,
    as_json: options.Json = False,
) -> None:
    """Compute terms once 测算 for both parties, and write them with a salt. Talks to no node."""
    fees = [parse_fen(text) for text in fee or ()]
    try:
        terms = compute_financing_terms(
            parse_fen(amount), parse_ppm(advance), parse_ppm(rate), parse_day(value_on), parse_day(due_on), basis, fees
        )
    except Rejection as error:
        field = pb.FinancingTerms.DESCRIPTOR.fields_by_number.get(error.field)
        name = field.name if field else "terms"
        raise BadValue(f"{error.reason.english} {error.reason.chinese} ({name})") from None
    salt = secrets.token_bytes(SALT_BYTES)
    write_bytes(out, render_terms(salt, terms), mode=PRIVATE)
    commitment = compute_terms_commitment(salt, terms).hex()
    if as_json:
        print_json({"terms": to_plain(terms), "commitment": commitment, "file": str(out)})
    else:
        print_lines(
            [*describe(terms), f"commitment: {commitment}", f"Kept in {out}; hand it to the bank and nobody else."]
        )


@app.command(
    "request",
    epilog=f"Example: hefu voucher finance request {RANGE} --to 9131… --form sale-without-recourse --terms terms.json "
    "--key k.json",
)
@writes
def request(
    session: Session,
    voucher: options.VoucherArgument,
    bank: Bank,
    form: Annotated[Form, typer.Option("--form", help="By sale or by pledge.")],
    terms: Terms,
    amount: options.OptionalAmount = None,
    secured: Secured = None,
    quoted: Annotated[
        bool, typer.Option("--quoted", help="The terms are the bank's sealed quote (voucher quotes); others lapse.")
    ] = False,
    answer_by: options.AnswerBy = "72h",
) -> Draft:
    """Ask one bank 融资申请 for money on a range, or on its first part, which locks. The holder acts."""
    payload = _build_request(session, voucher, bank, form, terms, amount, secured, answer_by)
    payload.is_quoted = quoted
    return session.draft(payload)


def _build_request(
    session: Session,
    voucher: str,
    bank: str,
    form: Form,
    terms: str,
    amount: str | None,
    secured: str | None,
    answer_by: str,
) -> pb.RequestFinancing:
    ref = parse_voucher(voucher)
    amount_fen = amount_of(ref, amount)
    if secured is not None and form is not Form.PLEDGE:
        raise BadValue("--secured belongs to a pledge")
    payload = pb.RequestFinancing(
        voucher=ref,
        amount_fen=amount_fen,
        bank=parse_organisation(bank),
        form=form.name,
        terms_commitment=commit_terms(terms),
        answer_by_ms=session.deadline(answer_by),
    )
    if form is Form.PLEDGE:
        payload.secured_fen = amount_fen if secured is None else parse_fen(secured)
    return payload


@app.command("take", epilog=f"Example: hefu voucher finance take {RANGE} --terms terms.json --key bank.json")
@writes
def take(
    session: Session,
    voucher: options.VoucherArgument,
    terms: Terms,
    line: Annotated[
        str, typer.Option("--line", metavar="LINE", help="Your financing line on the debtor 融资额度, BANK.NUMBER.")
    ] = "",
    register_by: Annotated[str, typer.Option("--register-by", metavar="WHEN", help="Then it lapses.")] = "72h",
) -> Draft:
    """Consent 受理 to exactly these terms. The bank acts."""
    payload = pb.TakeFinancing(
        voucher=parse_voucher(voucher),
        terms_commitment=commit_terms(terms),
        register_by_ms=session.deadline(register_by),
        line=line,
    )
    return session.draft(payload)


@app.command("refuse", epilog=f"Example: hefu voucher finance refuse {RANGE} --key bank.json")
@writes
def refuse(session: Session, voucher: options.VoucherArgument) -> Draft:
    """Refuse 拒绝, at any step before the pay-out; the range is what it was before. The bank acts."""
    return session.draft(pb.RefuseFinancing(voucher=parse_voucher(voucher)))


@app.command("withdraw", epilog=f"Example: hefu voucher finance withdraw {RANGE} --key k.json")
@writes
def withdraw(session: Session, voucher: options.VoucherArgument) -> Draft:
    """Withdraw 撤销申请 a request that the bank has not taken. The holder acts."""
    return session.draft(pb.WithdrawFinancing(voucher=parse_voucher(voucher)))


@app.command(
    "register",
    epilog=f"Example: hefu voucher finance register {RANGE} --number 01234567890123456789 --filed-at 2026-04-16T10:30 "
    "--key bank.json",
)
@writes
def register(
    session: Session,
    voucher: options.VoucherArgument,
    number: RegistrationNumber,
    filed_at: FiledAt = None,
    searched_at: Annotated[
        str | None, typer.Option("--searched-at", metavar="TIME", help="When the bank searched 中登网, before filing.")
    ] = None,
    consent: Annotated[
        list[str] | None,
        typer.Option("--consent", metavar="ORG", help="Who registered all of the holder's receivables, and signs too."),
    ] = None,
    pay_by: Annotated[str, typer.Option("--pay-by", metavar="WHEN", help="Then it lapses.")] = "72h",
) -> Draft:
    """Say under which number the bank filed 中登网登记, after it locked. The bank acts.

    Whoever has a blanket registration on the holder (hefu blanket show) consents: name it, and let it sign too.
    """
    payload = pb.RegisterFinancing(
        voucher=parse_voucher(voucher),
        registration_number=number,
        filed_at_ms=compute_filed_at_ms(session, filed_at),
        searched_at_ms=0 if searched_at is None else parse_instant_ms(searched_at),
        pay_by_ms=session.deadline(pay_by),
    )
    return session.draft(payload, [parse_organisation(text) for text in consent or ()])


def compute_filed_at_ms(session: Session, filed_at: str | None) -> int:
    """When it was filed (ms): as typed, else the time of the node's newest block."""
    return session.status.block_time_ms if filed_at is None else parse_instant_ms(filed_at)


@app.command(
    "pay-out",
    epilog=f"Example: hefu voucher finance pay-out {RANGE} --payment payment.pdf --value-on 2026-04-16 --key bank.json",
)
@writes
def pay_out(
    session: Session,
    voucher: options.VoucherArgument,
    payment: Annotated[
        str, typer.Option("--payment", metavar="FILE|HEX", help="The payment's document, or a commitment to it.")
    ],
    value_on: Annotated[str, typer.Option("--value-on", metavar="DAY", help="Value day of the money.")],
) -> Draft:
    """Say that the money was paid 放款: the sale or the claim stands from here on. The bank acts."""
    payload = pb.PayOut(
        voucher=parse_voucher(voucher), payment_commitment=commit(payment), value_on=parse_day(value_on)
    )
    return session.draft(payload)


@app.command("terms", epilog="Example: hefu voucher finance terms terms.json")
def show_terms(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A terms file.")], as_json: options.Json = False
) -> None:
    """Show a terms file and its commitment, as the other party hashed it."""
    terms, commitment = read_terms(file)
    if as_json:
        print_json({"terms": to_plain(terms), "commitment": commitment.hex()})
    else:
        print_lines([*describe(terms), f"commitment: {commitment.hex()}"])


@writes
def pledge(
    session: Session,
    voucher: options.VoucherArgument,
    bank: Bank,
    terms: Terms,
    amount: options.OptionalAmount = None,
    secured: Secured = None,
    answer_by: options.AnswerBy = "72h",
) -> Draft:
    """Offer a range 质押 to a bank as a pledge: the same as `finance request --form pledge`. The holder acts."""
    return session.draft(_build_request(session, voucher, bank, Form.PLEDGE, terms, amount, secured, answer_by))


def add_pledge_to(group: typer.Typer) -> None:
    """Hang `pledge` beside `finance`."""
    example = f"Example: hefu voucher pledge {RANGE} --to 9131… --secured 800000.00 --terms terms.json --key k.json"
    group.command("pledge", epilog=example)(pledge)
