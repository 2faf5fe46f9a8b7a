"""What the commands about money sign, and how they show what a node answers; beside them bad values."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
import pytest
import typer
from typer.testing import CliRunner

from hefu.v1 import identity_pb2, ledger_pb2, pledges_pb2
from hefu.v1 import node_pb2 as node
from hefu.v1 import receivables_pb2 as pb
from ledger.transaction import decode
from nodes.cli import aftercare, blanket, finance, quotes
from nodes.cli.values import BadValue
from nodes.cli.writing import decode_events
from nodes.client import find_message
from nodes.genesis_file import make_uscc
from nodes.keys import make_key, write_key
from tests.support.fake_node import NETWORK, NOW_MS, FakeLedger, handler

ORG, BANK, OTHER_BANK, COURT = (make_uscc(number) for number in (7, 8, 9, 10))
RANGE = f"{ORG}.A-1/1-100000"
REF = pb.VoucherRef(package=f"{ORG}.A-1", start=1, end=100_000)
HEX = "5a" * 32
NUMBER = "01234567890123456789"
BLOCK_TIME_MS = NOW_MS - 5
ASKED = pb.QuoteRound(
    holder=ORG,
    asked_at_ms=NOW_MS,
    quote_by_ms=NOW_MS + 1,
    quotes=[pb.Quote(bank=BANK, terms_commitment=bytes(32), firm_until_ms=NOW_MS), pb.Quote(bank=OTHER_BANK)],
    documents=[b"d" * 32],
    form=pb.PLEDGE,
    amount_fen=100_000,
)
BLANKETS = pledges_pb2.Blankets(
    blankets=[pledges_pb2.Blanket(secured_party=BANK, registration_number=NUMBER, filed_at_ms=NOW_MS)]
)
after = typer.Typer()
aftercare.add_to(after)


class FakeNode(FakeLedger):
    """It also has a block time, a range that BANK holds, a round of quotes and a blanket registration."""

    def get_status(self, request, context):
        return node.NodeStatus(simulated_clock=True, network=NETWORK, now_ms=NOW_MS, block_time_ms=BLOCK_TIME_MS)

    def get_record(self, request, context):
        body = BLANKETS.SerializeToString() if request.key == f"blanket/{ORG}" else b""
        return node.RecordView(exists=bool(body), record=ledger_pb2.StateRecord(body=body), height=3)

    def get_voucher(self, request, context):
        return node.VoucherView(voucher=request.voucher, state=pb.Voucher(holder=BANK))

    def get_quotes(self, request, context):
        return node.QuotesView(round=ASKED, is_open=request.voucher.end == REF.end, height=3, time_ms=NOW_MS)


@contextmanager
def serving(fake):
    """The address at which the fake answers for ledger and vouchers."""

    def method(answer, message):
        return grpc.unary_unary_rpc_method_handler(answer, message.FromString, lambda found: found.SerializeToString())

    server = grpc.server(ThreadPoolExecutor(2))
    record = {"GetRecord": method(fake.get_record, node.GetRecordRequest)}
    vouchers = {
        "GetVoucher": method(fake.get_voucher, node.GetVoucherRequest),
        "GetQuotes": method(fake.get_quotes, node.GetQuotesRequest),
    }
    server.add_generic_rpc_handlers((
        grpc.method_handlers_generic_handler("hefu.v1.VoucherService", vouchers),
        Both(handler(fake), grpc.method_handlers_generic_handler("hefu.v1.LedgerService", record)),
    ))  # fmt: skip
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(0).wait()


class Both(grpc.GenericRpcHandler):
    """Whoever of two knows the call."""

    def __init__(self, first, second):
        self._both = first, second

    def service(self, handler_call_details):
        return next((found for one in self._both if (found := one.service(handler_call_details))), None)


@pytest.fixture(scope="module")
def address():
    with serving(FakeNode()) as found:
        yield found


@pytest.fixture
def key(tmp_path):
    path = tmp_path / "owner.json"
    write_key(path, make_key(ORG, "owner", [identity_pb2.OWNER]), None)
    return path


def run(group, address, *arguments):
    return CliRunner().invoke(group, [*map(str, arguments), "--node", address])


def sign(tmp_path, group, address, key, *arguments):
    """What a command would submit: organisations and payload."""
    path = tmp_path / "said.tx"
    result = run(group, address, *arguments, "--key", key, "--sign-only", path)
    assert result.exit_code == 0, (result.output, result.exception)
    (command,) = decode(path.read_bytes()).body.commands
    message = find_message(command.kind)
    assert message is not None
    return list(command.organisations), message.FromString(command.payload)


def test_an_ask_sorts_banks_and_documents(tmp_path, address, key):
    arguments = ("ask", RANGE, "--bank", OTHER_BANK, "--bank", BANK, "--form", "pledge", "--document", HEX,
                 "--document", "00" * 32, "--amount", "500.00", "--quote-by", "1h")  # fmt: skip
    said = sign(tmp_path, quotes.app, address, key, *arguments)
    expected = pb.AskQuotes(
        voucher=REF, amount_fen=50_000, form=pb.PLEDGE, banks=sorted((BANK, OTHER_BANK)),
        documents=[bytes(32), bytes.fromhex(HEX)], quote_by_ms=NOW_MS + 3_600_000,
    )  # fmt: skip
    assert said == ([ORG], expected)


def test_a_quote_is_a_commitment_for_a_time(tmp_path, address, key):
    said = sign(tmp_path, quotes.app, address, key, "give", RANGE, "--terms", HEX, "--firm-until", "2d")
    firm_until_ms = NOW_MS + 2 * 86_400_000
    expected = pb.GiveQuote(voucher=REF, terms_commitment=bytes.fromhex(HEX), firm_until_ms=firm_until_ms)
    assert said == ([ORG], expected)


def test_a_round_is_shown_with_who_has_quoted(address):
    shown = run(quotes.app, address, "show", RANGE).stdout
    for part in (RANGE, BANK, OTHER_BANK, "00" * 32, "1,000.00", "PLEDGE", "open 有效", b"d".hex() * 32):
        assert part in shown
    assert "over 已终止" in run(quotes.app, address, "show", f"{ORG}.A-1/1-5").stdout
    plain = json.loads(run(quotes.app, address, "show", RANGE, "--json").stdout)
    assert [quote["bank"] for quote in plain["round"]["quotes"]] == [BANK, OTHER_BANK]


def test_a_request_may_say_that_it_was_quoted(tmp_path, address, key):
    arguments = ("request", RANGE, "--to", BANK, "--form", "sale-with-recourse", "--terms", HEX)
    _, plain = sign(tmp_path, finance.app, address, key, *arguments)
    (tmp_path / "said.tx").unlink()
    _, quoted = sign(tmp_path, finance.app, address, key, *arguments, "--quoted")
    assert (plain.is_quoted, quoted.is_quoted) == (False, True)
    assert (quoted.form, quoted.amount_fen, quoted.secured_fen) == (pb.SALE_WITH_RECOURSE, 100_000, 0)


def test_a_pledge_is_a_request(tmp_path, address, key):
    group = typer.Typer()
    finance.add_pledge_to(group)
    group.command("other")(lambda: None)
    said = sign(tmp_path, group, address, key, "pledge", RANGE, "--to", BANK, "--terms", HEX, "--secured", "1.00")
    assert (said[1].form, said[1].secured_fen, said[1].amount_fen) == (pb.PLEDGE, 100, 100_000)


def test_a_bank_names_its_line_when_it_takes(tmp_path, address, key):
    line = f"{BANK}.L-1"
    _, plain = sign(tmp_path, finance.app, address, key, "take", RANGE, "--terms", HEX)
    (tmp_path / "said.tx").unlink()
    _, said = sign(tmp_path, finance.app, address, key, "take", RANGE, "--terms", HEX, "--line", line)
    assert (plain.line, said.line) == ("", line)


def test_a_registration_tells_of_search_and_consents(tmp_path, address, key):
    arguments = ("register", RANGE, "--number", NUMBER, "--filed-at", "2027-01-15T16:00",
                 "--searched-at", "2027-01-15T15:00", "--consent", BANK, "--consent", OTHER_BANK)  # fmt: skip
    organisations, said = sign(tmp_path, finance.app, address, key, *arguments)
    assert organisations == [ORG, BANK, OTHER_BANK]
    assert said.filed_at_ms - said.searched_at_ms == 3_600_000
    (tmp_path / "said.tx").unlink()
    organisations, said = sign(tmp_path, finance.app, address, key, "register", RANGE, "--number", NUMBER)
    assert (organisations, said.filed_at_ms, said.searched_at_ms) == ([ORG], BLOCK_TIME_MS, 0)


def test_a_repurchase_asks_the_bank_that_holds(tmp_path, address, key):
    said = sign(tmp_path, after, address, key, "repurchase", RANGE, "--payment", HEX)
    assert said == ([ORG, BANK], pb.Repurchase(voucher=REF, payment_commitment=bytes.fromhex(HEX)))


def test_a_reassignment_names_who_takes_over(tmp_path, address, key):
    arguments = ("reassign", RANGE, "--to", OTHER_BANK, "--number", NUMBER, "--notice", HEX)
    said = sign(tmp_path, after, address, key, *arguments)
    notice = bytes.fromhex(HEX)
    expected = pb.Reassign(voucher=REF, registration_number=NUMBER, filed_at_ms=BLOCK_TIME_MS, notice_commitment=notice)
    assert said == ([ORG, OTHER_BANK], expected)


@pytest.mark.parametrize(("more", "consenting"), [((), BANK), (("--court", COURT), COURT)])
def test_an_enforcement_asks_the_holder_or_a_court(tmp_path, address, key, more, consenting):
    said = sign(tmp_path, after, address, key, "enforce", RANGE, "--notice", HEX, *more)
    assert said == ([ORG, consenting], pb.Enforce(voucher=REF, notice_commitment=bytes.fromhex(HEX)))


def test_a_blanket_is_registered_ended_and_shown(tmp_path, address, key):
    said = sign(tmp_path, blanket.app, address, key, "register", BANK, "--number", NUMBER)
    registered = pledges_pb2.RegisterBlanket(registration_number=NUMBER, filed_at_ms=BLOCK_TIME_MS)
    assert said == ([ORG, BANK], registered)
    (tmp_path / "said.tx").unlink()
    said = sign(tmp_path, blanket.app, address, key, "end", BANK, "--number", NUMBER)
    assert said == ([ORG], pledges_pb2.EndBlanket(pledgor=BANK, registration_number=NUMBER))
    shown = run(blanket.app, address, "show", ORG).stdout
    assert (NUMBER in shown, BANK in shown, "1, as of height 3" in shown) == (True, True, True)
    assert "0, as of height 3" in run(blanket.app, address, "show", BANK).stdout
    plain = json.loads(run(blanket.app, address, "show", ORG, "--json").stdout)
    assert (plain["blankets"][0]["secured_party"], plain["height"]) == (BANK, "3")


@pytest.mark.parametrize(
    ("group", "arguments"),
    [
        (quotes.app, ("ask", RANGE, "--bank", "nonsense", "--form", "pledge", "--document", HEX)),
        (quotes.app, ("ask", RANGE, "--bank", BANK, "--form", "pledge", "--document", "nothing-there")),
        (quotes.app, ("ask", RANGE, "--bank", BANK, "--form", "pledge", "--document", HEX, "--amount", "1.234")),
        (quotes.app, ("ask", RANGE, "--bank", BANK, "--form", "pledge", "--document", HEX, "--quote-by", "soon")),
        (quotes.app, ("give", RANGE, "--terms", HEX, "--firm-until", "soon")),
        (finance.app, ("request", RANGE, "--to", BANK, "--form", "sale-with-recourse", "--terms", HEX,
                       "--secured", "1.00")),
        (finance.app, ("register", RANGE, "--number", NUMBER, "--searched-at", "yesterday")),
        (finance.app, ("register", RANGE, "--number", NUMBER, "--consent", "nonsense")),
        (after, ("reassign", RANGE, "--to", "nonsense", "--number", NUMBER, "--notice", HEX)),
        (after, ("enforce", RANGE, "--notice", HEX, "--court", "nonsense")),
        (after, ("repurchase", "nonsense", "--payment", HEX)),
        (blanket.app, ("register", "nonsense", "--number", NUMBER)),
        (blanket.app, ("end", "nonsense", "--number", NUMBER)),
    ],
)  # fmt: skip
def test_bad_values_are_said_before_anything_is_signed(address, key, group, arguments):
    result = run(group, address, *arguments, "--key", key)
    assert isinstance(result.exception, BadValue)


def test_events_of_each_domain_are_read_by_their_own_message():
    blanket_event = pledges_pb2.PledgeEvent(actor=BANK, pledgor=ORG, registration_number=NUMBER)
    voucher_event = pb.VoucherEvent(actor=BANK)
    events = ledger_pb2.Events()
    events.events.add(kind=pledges_pb2.REGISTER_BLANKET, payload=blanket_event.SerializeToString())
    events.events.add(kind=pb.RELEASE, payload=voucher_event.SerializeToString())
    events.events.add(kind=9999, payload=b"")
    assert decode_events(events.SerializeToString()) == [
        ("REGISTER_BLANKET", blanket_event),
        ("RELEASE", voucher_event),
        ("KIND_9999", None),
    ]
