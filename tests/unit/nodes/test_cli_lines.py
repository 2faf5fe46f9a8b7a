"""What `hefu line`, `voucher basket`, `voucher trade` and `voucher issue` sign, and what they say of a line."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
import pytest
import typer
from typer.testing import CliRunner

from hefu.v1 import node_pb2
from hefu.v1 import receivables_pb2 as pb
from ledger.transaction import decode
from nodes.cli import basket, keys, line, trade, voucher
from nodes.cli.app import Root
from nodes.cli.values import parse_voucher
from nodes.client.builder import MESSAGES
from nodes.genesis_file import make_uscc
from tests.support.fake_node import NOW_MS, FakeLedger, handler

ORG, OTHER, THIRD = make_uscc(7), make_uscc(8), make_uscc(9)
LINE, PACKAGE = f"{ORG}.L-1", f"{OTHER}.A-1"
FIRST, SECOND = f"{PACKAGE}/1-100", f"{PACKAGE}/101-900"
HASH = "ab" * 32
RECORD = pb.Line(
    grantor=ORG, holder=OTHER, purpose=pb.ISSUING, limit_fen=500_000, reserved_fen=10_000, used_fen=20_000,
    revolving=True, last_on=20_454, status=pb.LINE_OPEN, group=f"{ORG}.G-1",
)  # fmt: skip

app = typer.Typer(cls=Root)
for name, group in (("line", line), ("basket", basket), ("trade", trade), ("voucher", voucher), ("keys", keys)):
    app.add_typer(group.app, name=name)


class Book:
    """The lines of a node: 1001 views in pages, of which the first is of RECORD."""

    views = tuple(node_pb2.LineView(id=f"{ORG}.L-{n}", line=RECORD, free_fen=n) for n in range(1, 1002))

    def __init__(self) -> None:
        self.asked: list[node_pb2.ListLinesRequest] = []

    def get_line(self, request, context):
        if request.line != LINE:
            context.abort(grpc.StatusCode.NOT_FOUND, "there is nothing of this name")
        return node_pb2.LineView(id=LINE, line=RECORD, free_fen=470_000, height=9)

    def list_lines(self, request, context):
        self.asked.append(request)
        start = int(request.cursor or b"0")
        end = start + request.page_size
        cursor = str(end).encode() if end < len(self.views) else b""
        return node_pb2.LinePage(lines=self.views[start:end], next_cursor=cursor, height=9)


@contextmanager
def serving(book: Book) -> Iterator[str]:
    """The address of a node that knows the time and the lines."""

    def method(call, request):
        return grpc.unary_unary_rpc_method_handler(call, request.FromString, lambda answer: answer.SerializeToString())

    lines = {
        "GetLine": method(book.get_line, node_pb2.GetLineRequest),
        "ListLines": method(book.list_lines, node_pb2.ListLinesRequest),
    }
    server = grpc.server(ThreadPoolExecutor(4))
    handlers = handler(FakeLedger()), grpc.method_handlers_generic_handler("hefu.v1.VoucherService", lines)
    server.add_generic_rpc_handlers(handlers)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(0).wait()


class Desk:
    """A clerk with a key, at a node."""

    def __init__(self, folder, address, book):
        self.folder, self.address, self.book = folder, address, book
        self.key = folder / "k.json"
        self.run("keys", "new", self.key, "--org", ORG, "--person", "p", "--role", "maker")

    def run(self, *arguments, code=0):
        found = CliRunner().invoke(app, [str(argument) for argument in arguments], env={"HEFU_NODE": self.address})
        assert found.exit_code == code, found.output
        return found

    def sign(self, *arguments):
        """The payload that was signed."""
        out = self.folder / "out.tx"
        out.unlink(missing_ok=True)
        self.run(*arguments, "--key", self.key, "--sign-only", out)
        (command,) = decode(out.read_bytes()).body.commands
        assert list(command.organisations) == [ORG]
        return MESSAGES[command.kind].FromString(command.payload)

    def bad(self, *arguments, code=2):
        """What was complained of, in one line."""
        found = self.run(*arguments, code=code)
        assert isinstance(found.exception, SystemExit)
        (line,) = found.stderr.splitlines()
        return line


@pytest.fixture
def desk(tmp_path):
    book = Book()
    with serving(book) as address:
        yield Desk(tmp_path, address, book)


def refs(*texts):
    return [parse_voucher(text) for text in texts]


def test_a_line_is_granted(desk):
    arguments = ("line", "grant", "L-1", "--to", OTHER, "--limit", "5000.00", "--last-on", "2026-01-01")
    plain = pb.GrantLine(number="L-1", holder=OTHER, purpose=pb.ISSUING, limit_fen=500_000, last_on=20_454)
    assert desk.sign(*arguments, "--purpose", "issuing") == plain
    plain.purpose, plain.revolving, plain.group = pb.FINANCING, True, LINE
    assert desk.sign(*arguments, "--purpose", "financing", "--revolving", "--group", LINE) == plain


def test_a_change_keeps_what_is_not_given(desk):
    change = pb.ChangeLine(line=LINE, limit_fen=500_000, last_on=20_454, status=pb.LINE_OPEN)
    change.limit_fen = 100
    assert desk.sign("line", "change", LINE, "--limit", "1.00") == change
    change.limit_fen, change.last_on = 500_000, 20_455
    assert desk.sign("line", "change", LINE, "--last-on", "2026-01-02") == change
    change.last_on, change.status = 20_454, pb.LINE_CLOSED
    assert desk.sign("line", "change", LINE, "--status", "closed") == change


def test_a_line_is_shown(desk):
    shown = desk.run("line", "show", LINE).stdout
    for part in (LINE, OTHER, "ISSUING", "5,000.00", "100.00", "200.00", "4,700.00", "2026-01-01", "yes", "LINE_OPEN"):
        assert part in shown
    plain = json.loads(desk.run("line", "show", LINE, "--json").stdout)
    assert (plain["line"]["limit_fen"], plain["free_fen"], plain["height"]) == ("500000", "470000", "9")
    assert "not found" in desk.bad("line", "show", f"{ORG}.L-9", code=1)


def test_lines_are_listed_in_pages(desk):
    plain = json.loads(desk.run("line", "list", "--grantor", ORG, "--limit", "0", "--json").stdout)
    assert (len(plain["lines"]), plain["height"]) == (1001, "9")
    assert [request.grantor for request in desk.book.asked] == [ORG] * 3
    shown = desk.run("line", "list", "--holder", OTHER, "--group", LINE, "--limit", "2").stdout
    assert (f"{ORG}.L-2" in shown, f"{ORG}.L-3" in shown) == (True, False)
    assert "300.00" in shown  # reserved and used together
    assert "2 as of height 9" in shown
    assert (desk.book.asked[-1].holder, desk.book.asked[-1].group) == (OTHER, LINE)


def test_a_basket_is_sorted_and_names_parts(desk):
    arguments = ("basket", "transfer", SECOND, f"voucher:{FIRST}:0.40", "--to", THIRD, "--trade", HASH)
    first, second = refs(FIRST, SECOND)
    assert desk.sign(*arguments, "--answer-by", "1h") == pb.TransferBasket(
        items=[pb.BasketItem(voucher=first, amount_fen=40), pb.BasketItem(voucher=second, amount_fen=800)],
        receiver=THIRD,
        trade_commitment=bytes.fromhex(HASH),
        answer_by_ms=NOW_MS + 3_600_000,
    )


@pytest.mark.parametrize(
    ("word", "message"), [("accept", pb.AcceptBasket), ("refuse", pb.RefuseBasket), ("withdraw", pb.WithdrawBasket)]
)
def test_a_basket_is_answered_in_its_order(desk, word, message):
    assert desk.sign("basket", word, SECOND, FIRST) == message(vouchers=refs(FIRST, SECOND))


def test_a_trade_is_offered_for_oneself_or_for_another(desk):
    (ref,) = refs(SECOND)
    expected = pb.ConditionalTransfer(
        voucher=ref, amount_fen=800, buyer=ORG, seller=THIRD, trade_commitment=bytes.fromhex(HASH),
        answer_by_ms=NOW_MS + 72 * 3_600_000,
    )  # fmt: skip
    arguments = ("trade", "offer", SECOND, "--seller", THIRD, "--trade", HASH)
    assert desk.sign(*arguments) == expected
    expected.buyer, expected.amount_fen = OTHER, 500
    assert desk.sign(*arguments, "--buyer", OTHER, "--amount", "5.00") == expected


def test_a_trade_is_confirmed_or_given_up(desk):
    (ref,) = refs(SECOND)
    confirmed = pb.ConfirmTrade(voucher=ref, trade_commitment=bytes.fromhex(HASH))
    assert desk.sign("trade", "confirm", SECOND, "--trade", HASH) == confirmed
    assert desk.sign("trade", "refuse", SECOND) == pb.RefuseTrade(voucher=ref)


def test_an_issue_names_its_line_its_class_and_the_day_of_delivery(desk):
    arguments = (
        "voucher", "issue", "A-1", "--to", OTHER, "--amount", "1.00", "--due-on", "2026-02-01", "--paying-bank", THIRD,
        "--contract", HASH, "--invoice", f"{HASH}:1.00:1.00",
    )  # fmt: skip
    plain = desk.sign(*arguments)
    assert (plain.line, plain.voucher_class, plain.delivered_on) == ("", 0, 0)
    under = desk.sign(*arguments, "--line", LINE, "--class", "7", "--delivered-on", "2026-01-01")
    assert (under.line, under.voucher_class, under.delivered_on) == (LINE, 7, 20_454)
    wrong = desk.bad(*arguments, "--line", "L-1", "--key", desk.key)
    assert "is no line" in wrong


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["line", "change", LINE], "nothing to change"),
        (["line", "change", "L-1", "--limit", "1.00"], "is no line"),
        (["line", "change", LINE, "--status", "broken"], "broken"),
        (
            ["line", "grant", "L-1", "--to", OTHER, "--purpose", "issuing", "--limit", "x", "--last-on", "2026-01-01"],
            "x",
        ),
        (["basket", "transfer", FIRST, "nonsense", "--to", THIRD, "--trade", HASH], "is no voucher"),
        (["basket", "transfer", FIRST, f"{SECOND}:", "--to", THIRD, "--trade", HASH], "is no amount"),
        (["basket", "accept", FIRST, "1-2"], "is no voucher"),
        (["trade", "offer", FIRST, "--seller", "me", "--trade", HASH], "is no organisation"),
    ],
)
def test_bad_values_are_one_line(desk, arguments, said):
    assert said in desk.bad(*arguments, "--key", desk.key)


@pytest.mark.parametrize(
    "arguments", [["line", "show", "L-1"], ["line", "list", "--group", "L-1"], ["line", "list", "--grantor", "me"]]
)
def test_bad_values_of_what_is_read_are_one_line(desk, arguments):
    assert desk.bad(*arguments)
