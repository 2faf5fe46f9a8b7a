"""What a holder and its banks say to each other, as commands: ask for quotes, seal them, request, take, register, pay.

Each bank computes its terms once and seals them with a salt of its own; the holder, to whom it opens them off the
ledger, repeats the commitment of the cheapest. What was sealed by the others is void from then on.
"""

import secrets
from collections.abc import Iterator

from examples.demo.plan import CUT_OFF_BUSINESS_DAYS, Financing, Plan
from examples.demo.steps import (
    ANSWER,
    DAY_MS,
    FILED_MS,
    Step,
    World,
    build_ref,
    build_step,
    commit,
    compute_clock_ms,
    compute_terms,
)
from hefu.v1 import receivables_pb2 as pb
from receivables.days import compute_cut_off_day, compute_start_ms
from receivables.discount import SALT_BYTES, compute_terms_commitment

ANSWER_MS = 12 * DAY_MS
DOCUMENTS = ("contract", "invoice", "delivery note")


def compute_deadline(world: World, plan: Plan, day: int) -> int:
    """Twelve days to answer what was asked on a day, but not beyond cut-off (ms)."""
    cut_off = compute_cut_off_day(plan.receivable.due_on, CUT_OFF_BUSINESS_DAYS, world.calendar)
    return min(compute_clock_ms(day) + ANSWER_MS, compute_start_ms(cut_off))


def write_financing(world: World, plan: Plan, financing: Financing) -> Iterator[Step]:
    """From the first question to the pay-out."""
    agreed = _seal(plan, financing, financing.rate_ppm)
    if financing.quotes:
        yield from _ask(world, plan, financing, agreed)
    request = pb.RequestFinancing(
        voucher=build_ref(plan, financing.piece),
        amount_fen=financing.piece.length_fen,
        bank=financing.bank.id,
        form=financing.form,
        secured_fen=financing.secured_fen,
        terms_commitment=agreed,
        answer_by_ms=compute_deadline(world, plan, financing.asked_on),
        is_quoted=bool(financing.quotes),
    )
    yield build_step(financing.asked_on, ANSWER, plan.package, [financing.piece.holder], request)
    yield from _pay_out(world, plan, financing, agreed)


def _seal(plan: Plan, financing: Financing, rate_ppm: int) -> bytes:
    terms = compute_terms(financing, rate_ppm, plan)
    return compute_terms_commitment(secrets.token_bytes(SALT_BYTES), terms)


def _ask(world: World, plan: Plan, financing: Financing, agreed: bytes) -> Iterator[Step]:
    """On the day before the request: all banks are asked, those that will quote seal their terms."""
    day, ref = financing.asked_on - 1, build_ref(plan, financing.piece)
    opened_ms = compute_clock_ms(financing.asked_on)
    asked = pb.AskQuotes(
        voucher=ref,
        amount_fen=financing.piece.length_fen,
        form=financing.form,
        banks=sorted(bank.id for bank in world.cast.banks),
        documents=sorted(commit(document) for document in DOCUMENTS),
        quote_by_ms=opened_ms,
    )
    yield build_step(day, ANSWER, plan.package, [financing.piece.holder], asked)
    for quote in financing.quotes:
        is_best = quote.bank == financing.bank
        sealed = agreed if is_best else _seal(plan, financing, quote.rate_ppm)
        given = pb.GiveQuote(voucher=ref, terms_commitment=sealed, firm_until_ms=opened_ms + DAY_MS)
        yield build_step(day, ANSWER, plan.package, [quote.bank], given)


def _pay_out(world: World, plan: Plan, financing: Financing, agreed: bytes) -> Iterator[Step]:
    ref, bank, day = build_ref(plan, financing.piece), financing.bank, financing.paid_on
    deadline_ms = compute_deadline(world, plan, day)
    take = pb.TakeFinancing(voucher=ref, terms_commitment=agreed, register_by_ms=deadline_ms)
    yield build_step(day, ANSWER, plan.package, [bank], take)
    register = pb.RegisterFinancing(
        voucher=ref,
        registration_number=world.next_registration(),
        filed_at_ms=compute_start_ms(day) + FILED_MS,
        pay_by_ms=deadline_ms,
    )
    yield build_step(day, ANSWER, plan.package, [bank], register)
    pay_out = pb.PayOut(voucher=ref, payment_commitment=commit("reference, account, net"), value_on=day)
    yield build_step(day, ANSWER, plan.package, [bank], pay_out)
