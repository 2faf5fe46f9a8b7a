"""Attempts with lines, with receivables that are to be confirmed, and with what somebody says of itself."""

from hefu.v1 import receivables_pb2 as pb
from tests.exploration.attempts_moves import make_invoice
from tests.exploration.places import Attempts, Moment, say, say_all
from tests.unit.receivables.world import BANK, CORE, DUE, PAYEE, PAYER, SECRET, THIRD, TODAY, make_change, make_line


def list_lines(moment: Moment) -> Attempts:
    """A group line, a line under it for one package or two, its suspension and its end."""
    face_fen = moment.face_fen
    group = make_line("G-1", limit_fen=2 * face_fen, last_on=DUE)
    yield from say_all(pb.GRANT_LINE, group, BANK, PAYEE)
    yield say(pb.GRANT_LINE, make_line("L-1", limit_fen=face_fen, group=f"{BANK}.G-1", last_on=DUE), BANK)
    for limit_fen, status in ((2 * face_fen, pb.LINE_OPEN), (face_fen, pb.LINE_SUSPENDED), (1, pb.LINE_CLOSED)):
        for line in (f"{BANK}.L-1", f"{BANK}.G-1"):
            command = make_change(line, limit_fen=limit_fen, status=status, last_on=DUE)
            yield from say_all(pb.CHANGE_LINE, command, BANK, CORE)


def list_confirmations(moment: Moment) -> Attempts:
    """A creditor asks its debtor, who answers in every way."""
    receivable = f"{PAYEE}.R-1"
    invoice = make_invoice(moment, "I", moment.face_fen)
    ask = pb.AskConfirmation(
        number="R-1",
        debtor=CORE,
        amount_fen=moment.face_fen,
        due_on=DUE,
        delivered_on=TODAY,
        invoices=[invoice],
        delivery_commitment=SECRET,
    )
    yield from say_all(pb.ASK_CONFIRMATION, ask, PAYEE, CORE)
    confirm = pb.ConfirmReceivable(
        receivable=receivable, fingerprints=[invoice.fingerprint], number="C-1", paying_bank=PAYER
    )
    yield from say_all(pb.CONFIRM_RECEIVABLE, confirm, CORE, PAYEE)
    contest = pb.ContestReceivable(receivable=receivable, objection=SECRET)
    yield from say_all(pb.CONTEST_RECEIVABLE, contest, CORE, PAYEE)
    yield from say_all(pb.WITHDRAW_CONFIRMATION, pb.WithdrawConfirmation(receivable=receivable), PAYEE, CORE)


def list_relations(moment: Moment) -> Attempts:
    """The issuer declares a related party, takes it back, and names itself."""
    for others in ([THIRD], [], [CORE]):
        yield say(pb.DECLARE_RELATED, pb.DeclareRelated(organisations=others), CORE)
