"""The universes that are explored; together they take every command of the table. Amounts are 分.

| universe | what moves in it |
|---|---|
| issues | two packages under a line and its group line, on one invoice; a receivable that is confirmed |
| cuts | a package that is cut to single fen and moves, singly and in baskets |
| trades | a package that moves, singly, in baskets and for a trade, disputed and frozen |
| quotes | a package that two banks are asked to finance, and a blanket registration |
| money | a package that two banks finance under a line, and pass on |
| orders | a package under every order of a court, disputed, cancelled and merged |
| marks | a package that is disputed, red-lettered, substituted, and cancelled by agreement |
| payments | a package that is cut, frozen and paid in every way, and what is said of its payments |
| repayments | a package that is pledged or sold under a line, frozen and paid |
| accounts | the same of a single fen, while its payee changes its account |

`build_small` leaves people, banks, times or the second fen out, for `make test`.
"""

from dataclasses import replace

from tests.exploration import attempts_lines as lines
from tests.exploration import attempts_money as money
from tests.exploration import attempts_moves as moves
from tests.exploration import attempts_orders as orders
from tests.exploration import attempts_payments as payments
from tests.exploration.universe import DUE_MS, LATER_MS, OVERDUE_MS, Universe
from tests.unit.receivables.money import grant
from tests.unit.receivables.world import BANK, CUT_OFF_MS, DAY_MS, NOW_MS, PAYEE, SECOND, World, make_rules, use

MAX_LAYERS = 4
RULES = make_rules(
    max_face_fen=10,
    min_piece_fen=1,
    max_layers=MAX_LAYERS,
    max_answer_ms=60 * DAY_MS,
    objection_days=5,
    account_delay_ms=DAY_MS,
    confirmation_days=1,
)
LINE = f"{BANK}.L-1"


def begin(world: World, face_fen: int) -> None:
    """An accepted package against one invoice."""
    invoice = use("I", face_fen + 1, face_fen)
    world.live("A-1", face_fen=face_fen, invoices=[invoice], accept_by_ms=NOW_MS + DAY_MS)


def begin_with_line(world: World, face_fen: int) -> None:
    """An accepted package, and a bank's financing line of two fen on its debtor."""
    begin(world, face_fen)
    grant(world, limit_fen=2)


ISSUES = Universe(
    name="issues",
    rules=RULES,
    numbers=("A-1", "A-2"),
    at_moments=(moves.list_issues, lines.list_lines, lines.list_confirmations, lines.list_relations),
    at_parcels=(moves.list_answers_to_issues, payments.list_package_payments),
    issuing_line=LINE,
)
CUTS = Universe(
    name="cuts",
    rules=RULES,
    face_fen=4,
    people=(PAYEE, SECOND),
    times_ms=(NOW_MS, CUT_OFF_MS),
    at_places=(moves.list_cuts, moves.list_transfers, payments.list_payments),
    at_pairs=(moves.list_baskets,),
    prepare=begin,
)
TRADES = Universe(
    name="trades",
    rules=RULES,
    times_ms=(NOW_MS, LATER_MS, CUT_OFF_MS),
    at_parcels=(orders.list_package_freezes, payments.list_package_payments),
    at_places=(
        moves.list_cuts,
        moves.list_transfers,
        moves.list_trades,
        orders.list_disputes,
        payments.list_payments,
    ),
    at_pairs=(moves.list_baskets,),
    prepare=begin,
)
QUOTES = Universe(
    name="quotes",
    rules=RULES,
    people=(PAYEE, SECOND),
    times_ms=(NOW_MS, LATER_MS, CUT_OFF_MS),
    at_moments=(money.list_blankets,),
    at_parcels=(payments.list_package_payments,),
    at_places=(
        moves.list_transfers,
        money.list_requests,
        money.list_steps,
        money.list_quotes,
        payments.list_payments,
    ),
    prepare=begin,
)
MONEY = Universe(
    name="money",
    rules=RULES,
    people=(PAYEE,),
    times_ms=(NOW_MS, CUT_OFF_MS),
    at_parcels=(payments.list_package_payments,),
    at_places=(money.list_requests, money.list_steps, money.list_aftercare, payments.list_payments),
    financing_line=LINE,
    prepare=begin_with_line,
)
ORDERS = Universe(
    name="orders",
    rules=RULES,
    face_fen=1,
    people=(PAYEE, SECOND),
    times_ms=(NOW_MS, LATER_MS, CUT_OFF_MS, OVERDUE_MS),
    at_parcels=(
        orders.list_package_freezes,
        orders.list_debtor_successions,
        orders.list_accelerations,
        orders.list_offers,
        payments.list_package_payments,
    ),
    at_places=(
        moves.list_transfers,
        orders.list_freezes,
        orders.list_successions,
        orders.list_disputes,
        orders.list_consents,
        orders.list_merger,
        payments.list_payments,
    ),
    prepare=begin,
)
MARKS = Universe(
    name="marks",
    rules=RULES,
    people=(PAYEE, SECOND),
    times_ms=(NOW_MS, LATER_MS, CUT_OFF_MS),
    at_parcels=(orders.list_substitutes, orders.list_offers, payments.list_package_payments),
    at_places=(
        moves.list_cuts,
        moves.list_transfers,
        orders.list_disputes,
        orders.list_red_letters,
        orders.list_consents,
        payments.list_payments,
    ),
    prepare=begin,
)
PAYMENTS = Universe(
    name="payments",
    rules=RULES,
    people=(PAYEE,),
    banks=(BANK,),
    times_ms=(NOW_MS, CUT_OFF_MS, OVERDUE_MS),
    at_parcels=(payments.list_package_payments, orders.list_package_freezes),
    at_places=(
        moves.list_cuts,
        orders.list_freezes,
        payments.list_payments,
        payments.list_prepayments,
        payments.list_words_of_holders,
        payments.list_words_of_banks,
    ),
    prepare=begin,
)
REPAYMENTS = Universe(
    name="repayments",
    rules=RULES,
    people=(PAYEE,),
    banks=(BANK,),
    times_ms=(NOW_MS, CUT_OFF_MS, DUE_MS),
    at_parcels=(payments.list_package_payments,),
    at_places=(
        money.list_requests,
        money.list_steps,
        money.list_aftercare,
        orders.list_freezes,
        payments.list_payments,
        payments.list_prepayments,
        payments.list_words_of_holders,
        payments.list_words_of_banks,
    ),
    financing_line=LINE,
    prepare=begin_with_line,
)
ACCOUNTS = replace(REPAYMENTS, name="accounts", face_fen=1, at_moments=(payments.list_accounts,))
UNIVERSES = (ISSUES, CUTS, TRADES, QUOTES, MONEY, ORDERS, MARKS, PAYMENTS, REPAYMENTS, ACCOUNTS)


def build_small() -> tuple[Universe, ...]:
    """The same with less in each: smaller packages, fewer people and times."""
    return (
        replace(ISSUES, numbers=("A-1",), times_ms=(NOW_MS, LATER_MS, CUT_OFF_MS)),
        replace(CUTS, face_fen=2),
        replace(TRADES, people=(PAYEE, SECOND), times_ms=(NOW_MS, CUT_OFF_MS)),
        replace(QUOTES, face_fen=1),
        replace(MONEY, face_fen=1),
        replace(ORDERS, times_ms=(NOW_MS, CUT_OFF_MS)),
        replace(MARKS, face_fen=1, times_ms=(NOW_MS, CUT_OFF_MS)),
        replace(PAYMENTS, face_fen=1, times_ms=(NOW_MS, CUT_OFF_MS)),
        replace(REPAYMENTS, face_fen=1),
        replace(ACCOUNTS, times_ms=(NOW_MS, CUT_OFF_MS)),
    )
