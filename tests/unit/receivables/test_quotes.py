import pytest

from hefu.v1 import receivables_pb2 as pb
from pledges import rejections as pledged
from receivables import rejections as because
from receivables.transitions import COMMANDS
from tests.unit.receivables.money import (
    QUOTE_BY_MS,
    change_voucher,
    dispute,
    freeze,
    make_ask,
    make_quote,
    red_letter,
)
from tests.unit.receivables.world import (
    BANK,
    BANK2,
    CORE,
    CUT_OFF_MS,
    DAY_MS,
    FACE,
    FACTOR,
    IDLE,
    NOW_MS,
    PAYEE,
    PAYER,
    SECOND,
    SECRET,
    STRANGER,
    World,
    expect_refusal,
    make_request,
    make_transfer,
    part,
)

OTHER_TERMS = b"d" * 32
BANKS = sorted((BANK, BANK2))


@pytest.fixture
def world():
    return World()


@pytest.fixture
def ref(world):
    return world.live()


def get_round(world, ref):
    return world.get(pb.QuoteRound, f"quotes/{ref.package}/{ref.start}-{ref.end}")


def ask(world, ref, **changes):
    return world.say(pb.ASK_QUOTES, make_ask(world, ref, **changes), PAYEE)


def give(world, ref, bank=BANK, **changes):
    return world.say(pb.GIVE_QUOTE, make_quote(world, ref, **changes), bank)


def ask_and_wait(world, ref):
    """Both banks have quoted, and the time to quote is over."""
    ask(world, ref)
    give(world, ref)
    give(world, ref, BANK2, terms_commitment=OTHER_TERMS)
    world.time_ms += QUOTE_BY_MS


def expect_ask_refused(world, ref, reason, field, **changes):
    expect_refusal(world, reason, field, pb.ASK_QUOTES, make_ask(world, ref, **changes), PAYEE)


def expect_quote_refused(world, ref, reason, field, bank=BANK, **changes):
    expect_refusal(world, reason, field, pb.GIVE_QUOTE, make_quote(world, ref, **changes), bank)


def expect_request_refused(world, ref, reason, field, **changes):
    command = make_request(world, ref, is_quoted=True, **changes)
    expect_refusal(world, reason, field, pb.REQUEST_FINANCING, command, PAYEE)


def test_an_ask_locks_nothing_and_names_who_was_asked(world, ref):
    events = ask(world, ref)
    voucher = pb.Voucher(holder=PAYEE, stage=pb.LIVE, circulation=pb.CIRCULATING, asked_at_ms=NOW_MS)
    assert world.voucher(ref) == voucher
    assert get_round(world, ref) == pb.QuoteRound(
        holder=PAYEE,
        asked_at_ms=NOW_MS,
        quote_by_ms=NOW_MS + QUOTE_BY_MS,
        quotes=[pb.Quote(bank=bank) for bank in BANKS],
        documents=[SECRET],
        form=pb.PLEDGE,
        amount_fen=FACE,
    )
    assert [(event.actor, event.amount_fen, event.form) for event in events] == [(PAYEE, FACE, pb.PLEDGE)]


def test_a_bank_seals_another_quote_until_the_time_is_over(world, ref):
    ask(world, ref)
    give(world, ref, terms_commitment=OTHER_TERMS)
    world.time_ms += QUOTE_BY_MS - 1
    events = give(world, ref)
    assert [(event.counterparty, event.commitment) for event in events] == [(PAYEE, SECRET)]
    quotes = {quote.bank: quote for quote in get_round(world, ref).quotes}
    assert quotes[BANK] == pb.Quote(bank=BANK, terms_commitment=SECRET, firm_until_ms=world.time_ms + 2 * DAY_MS)
    assert quotes[BANK2] == pb.Quote(bank=BANK2)


def test_a_request_rests_on_a_sealed_quote_and_the_others_lapse(world, ref):
    ask_and_wait(world, ref)
    world.finance_to(pb.REQUEST_FINANCING, ref, is_quoted=True)
    assert world.voucher(ref).lock.commitment == SECRET
    # However the lock ends, the ask stays over.
    world.say(pb.REFUSE_FINANCING, pb.RefuseFinancing(voucher=ref), BANK)
    assert world.voucher(ref).asked_at_ms == 0
    expect_request_refused(world, ref, because.QUOTES_CLOSED, 1, bank=BANK2, terms_commitment=OTHER_TERMS)
    expect_quote_refused(world, ref, because.QUOTES_CLOSED, 1, BANK2, firm_until_ms=NOW_MS + 9 * DAY_MS)


def test_a_first_piece_is_asked_for_and_requested(world, ref):
    ask(world, ref, amount_fen=5000)
    give(world, ref)
    world.time_ms += QUOTE_BY_MS
    piece = world.finance_to(pb.PAY_OUT, ref, amount_fen=5000, is_quoted=True)
    assert world.claim(piece).pledgee == BANK
    assert world.voucher(part(ref, 5001, FACE)).asked_at_ms == 0


def test_terms_that_were_agreed_without_a_quote_need_no_round(world, ref):
    ask(world, ref)
    world.finance_to(pb.PAY_OUT, ref, terms_commitment=SECRET)
    assert world.claim(ref).pledgee == BANK


def test_a_newer_ask_ends_the_one_before(world, ref):
    ask_and_wait(world, ref)
    ask(world, ref, banks=[BANK2])
    expect_quote_refused(world, ref, because.NOT_ASKED_TO_QUOTE, 0)
    expect_request_refused(world, ref, because.QUOTE_DIFFERS, 6, bank=BANK2, terms_commitment=OTHER_TERMS)
    give(world, ref, BANK2)
    world.time_ms += QUOTE_BY_MS
    world.finance_to(pb.REQUEST_FINANCING, ref, bank=BANK2, is_quoted=True)


def test_rejects_quotes_closed(world, ref):
    expect_request_refused(world, ref, because.QUOTES_CLOSED, 1)
    ask(world, ref)
    give(world, ref)
    world.time_ms += QUOTE_BY_MS
    expect_quote_refused(world, ref, because.QUOTES_CLOSED, 1)
    world.say(pb.TRANSFER, make_transfer(world, ref), PAYEE)
    expect_quote_refused(world, ref, because.QUOTES_CLOSED, 1, firm_until_ms=NOW_MS + 9 * DAY_MS)
    world.say(pb.WITHDRAW_TRANSFER, pb.WithdrawTransfer(voucher=ref), PAYEE)
    expect_request_refused(world, ref, because.QUOTES_CLOSED, 1)


def test_no_quote_is_given_for_a_range_that_was_paid(world, ref):
    ask(world, ref)
    change_voucher(world, ref, lambda voucher: setattr(voucher, "stage", pb.PAID))
    expect_quote_refused(world, ref, because.QUOTES_CLOSED, 1)


def test_rejects_quotes_not_yet_open(world, ref):
    ask(world, ref)
    give(world, ref)
    world.time_ms += QUOTE_BY_MS - 1
    expect_request_refused(world, ref, because.QUOTES_NOT_YET_OPEN, 8)


@pytest.mark.parametrize(
    "changes",
    [
        {"terms_commitment": OTHER_TERMS},
        {"bank": FACTOR},
        {"amount_fen": FACE - 200, "secured_fen": 5},
        {"form": pb.SALE_WITH_RECOURSE, "secured_fen": 0},
    ],
)
def test_rejects_quote_differs(world, ref, changes):
    ask_and_wait(world, ref)
    expect_request_refused(world, ref, because.QUOTE_DIFFERS, 6, **changes)


def test_a_quote_is_stood_by_until_it_says(world, ref):
    ask_and_wait(world, ref)
    world.time_ms = NOW_MS + 2 * DAY_MS
    expect_request_refused(world, ref, because.QUOTE_DIFFERS, 6)


def test_grounds_of_a_quoted_request_come_in_order(world, ref):
    ask_and_wait(world, ref)
    red_letter(world, ref)
    expect_request_refused(world, ref, because.QUOTE_DIFFERS, 6, terms_commitment=OTHER_TERMS)
    expect_request_refused(world, ref, because.EVIDENCE_RED_LETTERED, 1)
    change_voucher(world, ref, lambda voucher: setattr(voucher, "paid_fen", 1))
    expect_request_refused(world, ref, because.VOUCHER_PARTLY_PAID, 1)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        (4, {"banks": []}),
        (4, {"banks": BANKS[::-1]}),
        (4, {"banks": [BANK, BANK]}),
        (4, {"banks": [f"{n}" for n in range(9)]}),
        (5, {"documents": []}),
        (5, {"documents": [b"short"]}),
        (5, {"documents": [SECRET, SECRET]}),
        (5, {"documents": [SECRET, b"b" * 32]}),
        (5, {"documents": [bytes([n]) * 32 for n in range(17)]}),
    ],
)
def test_rejects_quote_request_invalid(world, ref, field, changes):
    expect_ask_refused(world, ref, because.QUOTE_REQUEST_INVALID, field, **changes)


def test_an_ask_is_refused_for_its_form(world, ref):
    expect_ask_refused(world, ref, because.FORM_INVALID, 3, form=pb.FINANCING_FORM_UNSPECIFIED)
    expect_refusal(world, because.ORGANISATIONS_WRONG, 0, pb.ASK_QUOTES, make_ask(world, ref), PAYEE, BANK)
    for amount in (0, -1, FACE + 1):
        expect_ask_refused(world, ref, because.AMOUNT_OUT_OF_RANGE, 2, amount_fen=amount)
    for at_ms in (0, NOW_MS, CUT_OFF_MS + 1):
        expect_ask_refused(world, ref, because.DEADLINE_OUT_OF_RANGE, 6, quote_by_ms=at_ms)


@pytest.mark.parametrize(
    ("bank", "reason"),
    [
        (PAYEE, because.COUNTERPARTY_IS_SELF),
        (CORE, because.COUNTERPARTY_IS_ISSUER),
        (STRANGER, because.COUNTERPARTY_UNKNOWN),
        (IDLE, because.COUNTERPARTY_SUSPENDED),
        (SECOND, because.NOT_A_BANK),
        (PAYER, because.NOT_A_BANK),
    ],
)
def test_only_active_banks_are_asked(world, ref, bank, reason):
    expect_ask_refused(world, ref, reason, 4, banks=sorted((BANK, bank)))


def test_only_what_could_be_financed_is_asked_about(world, ref):
    expect_refusal(world, because.NOT_THE_HOLDER, 0, pb.ASK_QUOTES, make_ask(world, ref), SECOND)
    change_voucher(world, ref, lambda voucher: setattr(voucher, "paid_fen", 1))
    expect_ask_refused(world, ref, because.VOUCHER_PARTLY_PAID, 1)
    other = world.live("A-2")
    freeze(world, other)
    expect_ask_refused(world, other, because.VOUCHER_FROZEN, 1)
    third = world.live("A-3")
    world.finance_to(pb.PAY_OUT, third)
    expect_ask_refused(world, third, pledged.ASSET_CLAIMED, 1)
    world.time_ms = CUT_OFF_MS
    expect_ask_refused(world, ref, because.PAST_CUT_OFF, 1)


def test_a_dispute_stops_the_request_and_not_the_ask(world, ref):
    dispute(world, ref)
    ask_and_wait(world, ref)
    expect_request_refused(world, ref, because.VOUCHER_DISPUTED, 1)


def test_rejects_not_asked_to_quote(world, ref):
    expect_quote_refused(world, ref, because.NOT_ASKED_TO_QUOTE, 0)
    ask(world, ref)
    expect_quote_refused(world, ref, because.NOT_ASKED_TO_QUOTE, 0, FACTOR)


def test_a_quote_is_refused_for_its_form(world, ref):
    ask(world, ref)
    expect_quote_refused(world, ref, because.COMMITMENT_INVALID, 2, terms_commitment=b"")
    expect_quote_refused(world, ref, because.DEADLINE_OUT_OF_RANGE, 3, firm_until_ms=NOW_MS + QUOTE_BY_MS)
    expect_quote_refused(world, part(ref, 1, 2), because.NO_SUCH_VOUCHER, 1)
    no_package = pb.VoucherRef(package="nothing", start=1, end=2)
    expect_quote_refused(world, no_package, because.NO_SUCH_VOUCHER, 1)
    command = make_quote(world, ref)
    expect_refusal(world, because.ORGANISATIONS_WRONG, 0, pb.GIVE_QUOTE, command, BANK, PAYEE)


def test_a_successor_may_choose_among_the_quotes(world, ref):
    ask_and_wait(world, ref)
    change_voucher(world, ref, lambda voucher: setattr(voucher, "holder", SECOND))
    world.finance_to(pb.REQUEST_FINANCING, ref, is_quoted=True)
    assert world.voucher(ref).lock.counterparty == BANK


def test_signers_approve_what_is_asked_for(world, ref):
    context = world.context(PAYEE)
    assert COMMANDS[pb.ASK_QUOTES].amount(context, make_ask(world, ref, amount_fen=9)) == 9
    assert COMMANDS[pb.ASK_QUOTES].amount(context, make_ask(world, ref, amount_fen=-9)) == 0
    assert COMMANDS[pb.GIVE_QUOTE].amount(context, make_quote(world, ref)) == FACE


def test_nobody_who_is_suspended_asks_or_quotes():
    assert not COMMANDS[pb.ASK_QUOTES].is_open_to_suspended
    assert not COMMANDS[pb.GIVE_QUOTE].is_open_to_suspended
