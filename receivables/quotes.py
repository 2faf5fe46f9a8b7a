"""Quotes 询价: a holder asks several banks; each seals its terms as a salted commitment.

1. Nothing locks. The documents travel off the ledger; their commitments stand here, so that all banks saw the same.
2. Until quote_by_ms a bank may seal another quote; from then on the holder, who was shown the terms, may request.
3. The range names the ask that is open. A request, a cut, a transfer or a newer ask ends it, and with it every quote.
4. A request may rest on a quote only for what was asked: same amount, same form, and the terms that the bank sealed and
   still stands by. Whether an ask is open is judged first, since without one there is no quote to compare.

A dispute does not stop asking: it stops the request. Not here: the request itself (financing).
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hefu.v1 import receivables_pb2 as pb
from ledger.context import Context
from ledger.errors import Rejection
from ledger.seam import CommandSpec, CommandTable
from pledges.transitions import refuse_claimed
from receivables import checks, payments, records, rules, side_records
from receivables.checks import Side
from receivables.events import emit_voucher
from receivables.rejections import (
    AMOUNT_OUT_OF_RANGE,
    DEADLINE_OUT_OF_RANGE,
    FORM_INVALID,
    NOT_ASKED_TO_QUOTE,
    QUOTE_DIFFERS,
    QUOTE_REQUEST_INVALID,
    QUOTES_CLOSED,
    QUOTES_NOT_YET_OPEN,
)

MAX_BANKS = 8
MAX_DOCUMENTS = 16


def process_ask_quotes(context: Context, command: pb.AskQuotes) -> None:
    """询价: the holder asks banks what they would pay. Refuses 306, 309, 313–340, 350–354, 362, 400, then 210."""
    checks.refuse_organisations(context)
    _refuse_ask_form(command)
    ref = command.voucher
    voucher, package, cut_off_ms = checks.get_movable(context, ref)
    if not 1 <= command.amount_fen <= payments.compute_length(ref):
        raise Rejection(AMOUNT_OUT_OF_RANGE, pb.AskQuotes.AMOUNT_FEN_FIELD_NUMBER)
    banks = [Side(bank, pb.AskQuotes.BANKS_FIELD_NUMBER, checks.FINANCING_ROLES) for bank in command.banks]
    checks.refuse_counterparties(context, banks, rules.compute_debtor(package))
    checks.refuse_deadline(context, command.quote_by_ms, cut_off_ms, pb.AskQuotes.QUOTE_BY_MS_FIELD_NUMBER)
    checks.refuse_partly_paid(package, voucher)
    refuse_claimed(context, records.compute_asset_key(ref), checks.VOUCHER_FIELD)
    asked = pb.QuoteRound(
        holder=context.actor,
        asked_at_ms=context.time_ms,
        quote_by_ms=command.quote_by_ms,
        quotes=[pb.Quote(bank=bank) for bank in command.banks],
        documents=command.documents,
        form=command.form,
        amount_fen=command.amount_fen,
    )
    voucher.asked_at_ms = context.time_ms
    records.put_voucher(context, ref, voucher)
    side_records.put_quotes(context, ref, asked)
    emit_voucher(context, ref, amount_fen=command.amount_fen, form=command.form)


def _refuse_ask_form(command: pb.AskQuotes) -> None:
    if command.form not in rules.FINANCING_FORMS:
        raise Rejection(FORM_INVALID, pb.AskQuotes.FORM_FIELD_NUMBER)
    if not _is_list(command.banks, MAX_BANKS):
        raise Rejection(QUOTE_REQUEST_INVALID, pb.AskQuotes.BANKS_FIELD_NUMBER)
    are_commitments = all(len(document) == rules.COMMITMENT_BYTES for document in command.documents)
    if not are_commitments or not _is_list(command.documents, MAX_DOCUMENTS):
        raise Rejection(QUOTE_REQUEST_INVALID, pb.AskQuotes.DOCUMENTS_FIELD_NUMBER)


def _is_list(values: Sequence[Any], longest: int) -> bool:
    """Whether there are 1…longest values, texts or bytes, sorted, none twice."""
    return 1 <= len(values) <= longest and all(first < second for first, second in pairwise(values))


def process_give_quote(context: Context, command: pb.GiveQuote) -> None:
    """报价: a bank that was asked seals its terms. Refuses 303, 313, 327, 362, QUOTES_CLOSED."""
    checks.refuse_organisations(context)
    checks.refuse_commitment(command.terms_commitment, pb.GiveQuote.TERMS_COMMITMENT_FIELD_NUMBER)
    ref = command.voucher
    voucher = checks.get_voucher(context, ref)
    asked = side_records.get_quotes(context, ref)
    quote = None if asked is None else _find_quote(asked, context.actor)
    if asked is None or quote is None:
        raise Rejection(NOT_ASKED_TO_QUOTE)
    if command.firm_until_ms <= asked.quote_by_ms:
        raise Rejection(DEADLINE_OUT_OF_RANGE, pb.GiveQuote.FIRM_UNTIL_MS_FIELD_NUMBER)
    if not _is_open(voucher, asked) or context.time_ms >= asked.quote_by_ms:
        raise Rejection(QUOTES_CLOSED, checks.VOUCHER_FIELD)
    quote.terms_commitment = command.terms_commitment
    quote.firm_until_ms = command.firm_until_ms
    side_records.put_quotes(context, ref, asked)
    emit_voucher(context, ref, asked.holder, asked.amount_fen, form=asked.form, commitment=command.terms_commitment)


def get_quoted(context: Context, command: pb.RequestFinancing, voucher: pb.Voucher) -> pb.QuoteRound:
    """The open ask whose sealed quote a request says again. Refuses QUOTES_CLOSED, then QUOTE_DIFFERS."""
    asked = side_records.get_quotes(context, command.voucher)
    if asked is None or not _is_open(voucher, asked):
        raise Rejection(QUOTES_CLOSED, checks.VOUCHER_FIELD)
    quote = _find_quote(asked, command.bank)
    is_same = (
        quote is not None
        and quote.terms_commitment == command.terms_commitment
        and context.time_ms < quote.firm_until_ms
        and (asked.amount_fen, asked.form) == (command.amount_fen, command.form)
    )
    if not is_same:
        raise Rejection(QUOTE_DIFFERS, pb.RequestFinancing.TERMS_COMMITMENT_FIELD_NUMBER)
    return asked


def refuse_before_quotes(context: Context, asked: pb.QuoteRound) -> None:
    """Refuse to choose a quote while banks may still seal theirs (QUOTES_NOT_YET_OPEN)."""
    if context.time_ms < asked.quote_by_ms:
        raise Rejection(QUOTES_NOT_YET_OPEN, pb.RequestFinancing.IS_QUOTED_FIELD_NUMBER)


def _is_open(voucher: pb.Voucher, asked: pb.QuoteRound) -> bool:
    return voucher.stage == pb.LIVE and voucher.asked_at_ms == asked.asked_at_ms


def _find_quote(asked: pb.QuoteRound, bank: str) -> pb.Quote | None:
    return next((quote for quote in asked.quotes if quote.bank == bank), None)


# ---------------------------------------------------------------- what signers approve, and the table


def compute_ask_amount(context: Context, command: pb.AskQuotes) -> int:
    """Ask: the amount that is asked for (分)."""
    return max(command.amount_fen, 0)


def compute_quote_amount(context: Context, command: pb.GiveQuote) -> int:
    """Quote: the range's length (分), which the command itself names; what is asked for is no more."""
    return rules.compute_approved_length(command.voucher)


COMMANDS: CommandTable = {
    pb.ASK_QUOTES: CommandSpec("voucher.ask_quotes", pb.AskQuotes, process_ask_quotes, compute_ask_amount),
    pb.GIVE_QUOTE: CommandSpec("voucher.give_quote", pb.GiveQuote, process_give_quote, compute_quote_amount),
}
