"""What the command line reads in pages, and how it shows it."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from typer.testing import CliRunner

from hefu.v1 import node_pb2
from hefu.v1 import receivables_pb2 as pb
from nodes.cli.app import app
from nodes.cli.reading import read_trace
from nodes.genesis_file import make_uscc

PACKAGE = f"{make_uscc(7)}.A-1"
ORG, OTHER = make_uscc(8), make_uscc(9)
PAGE = 500
DAY, DAY_SHOWN = 20_634, "2026-06-30"


@pytest.mark.parametrize(
    ("thing", "answer"),
    [(PACKAGE, node_pb2.PackageTrace(sum_fen=9)), (f"{PACKAGE}/1-9", node_pb2.VoucherTrace())],
)
def test_a_trace_has_the_steps_of_all_its_pages(thing, answer):
    indices = list(range(1, 8))

    def ask(method, request):
        assert method == type(answer).__name__
        left = [index for index in indices if index > request.after_index]
        page = type(answer)(steps=[node_pb2.TraceStep(index=index) for index in left[:3]])
        page.MergeFrom(answer)
        page.next_index = left[2] if len(left) > 3 else 0
        return page

    stubs = SimpleNamespace(TraceVoucher="VoucherTrace", TracePackage="PackageTrace")
    client: Any = SimpleNamespace(ask=ask, vouchers=stubs)  # as much of a Client as is asked
    whole = read_trace(client, thing)
    assert [step.index for step in whole.steps] == indices
    assert whole.next_index == 0
    if isinstance(whole, node_pb2.PackageTrace):
        assert whole.sum_fen == 9


# ---------------------------------------------------------------- lists


def make_lines() -> list[node_pb2.ClearingLine]:
    """A frozen one, one that failed and is disputed, and so many that are paid as they should be."""
    refs = [pb.VoucherRef(package=PACKAGE, start=100 * n + 1, end=100 * n + 100) for n in range(PAGE + 2)]
    lines = [node_pb2.ClearingLine(voucher=ref, debtor=ORG, due_on=DAY, owed_fen=100) for ref in refs]
    lines[0].frozen, lines[0].kept_fen = True, 70
    lines[1].failure.reason, lines[1].objection.amount_fen = pb.FUNDS_LACKING, 30
    for line in lines[1:]:
        line.payees.add(organisation=OTHER, amount_fen=100)
    return lines


LISTS: dict[str, tuple[type[Any], type[Any], str, list[Any]]] = {
    "ListClearing": (node_pb2.ListClearingRequest, node_pb2.ClearingPage, "lines", make_lines()),
    "ListReceivables": (
        node_pb2.ListReceivablesRequest, node_pb2.ReceivablePage, "receivables",
        [
            node_pb2.ReceivableView(
                id=f"{ORG}.R-{n}", receivable=pb.Receivable(debtor=OTHER, amount_fen=n, due_on=DAY, stage=pb.UNANSWERED)
            )
            for n in range(PAGE + 1)
        ],
    ),
    "ListAlerts": (
        node_pb2.ListAlertsRequest, node_pb2.AlertPage, "alerts",
        [
            node_pb2.Alert(
                kind=node_pb2.CIRCULAR_TRADE, organisations=[ORG, OTHER], packages=[PACKAGE], amount_fen=n, count=2,
                first_on=DAY, last_on=DAY + 1,
            )
            for n in range(PAGE + 1)
        ],
    ),
}  # fmt: skip
"""Of each list: what is asked, what a page is, its field, and all that there is."""


@contextmanager
def serving(asked: list[Any]) -> Iterator[str]:
    """The address of a node that answers lists alone, and notes what it was asked."""

    def method(request_type: type[Any], page_type: type[Any], field: str, views: list[Any]) -> Any:
        def answer(request: Any, context: object) -> Any:
            asked.append(request)
            start = int(request.cursor or b"0")
            end = start + request.page_size
            cursor = str(end).encode() if end < len(views) else b""
            page = page_type(next_cursor=cursor, height=9, **{field: views[start:end]})
            if isinstance(page, node_pb2.ClearingPage):
                page.total, page.total_owed_fen = (0, 0) if start else (len(views), 100 * len(views))
            return page

        return grpc.unary_unary_rpc_method_handler(
            answer, request_type.FromString, lambda page: page.SerializeToString()
        )

    methods = {name: method(*of_list) for name, of_list in LISTS.items()}
    server = grpc.server(ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("hefu.v1.VoucherService", methods),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(0).wait()


def read(*arguments: str) -> tuple[str, list[Any]]:
    """What a command writes, and what it asked."""
    asked: list[Any] = []
    with serving(asked) as address:
        found = CliRunner().invoke(app, arguments, env={"HEFU_NODE": address})
    assert (found.exit_code, found.stderr) == (0, "")
    return found.stdout, asked


CLEARING = ("voucher", "clearing", "--bank", ORG, "--on", DAY_SHOWN)
ALERTS = ("alerts", "--from", DAY_SHOWN, "--to", "2026-07-01")


@pytest.mark.parametrize(
    ("arguments", "field", "count"),
    [
        (CLEARING, "lines", PAGE + 2),
        (("receivable", "list"), "receivables", PAGE + 1),
        (ALERTS, "alerts", PAGE + 1),
    ],
)
def test_without_a_limit_all_pages_are_read(arguments, field, count):
    written, asked = read(*arguments, "--limit", "0", "--json")
    plain = json.loads(written)
    assert (len(plain[field]), plain["height"]) == (count, "9")
    assert [(request.page_size, request.cursor) for request in asked] == [(PAGE, b""), (PAGE, b"500")]


def test_what_is_asked_for_reaches_the_node():
    _, (request,) = read(*CLEARING, "--package", PACKAGE, "--limit", "7")
    assert request == node_pb2.ListClearingRequest(paying_bank=ORG, on=DAY, package=PACKAGE, page_size=7)
    _, (request,) = read(
        "receivable", "list", "--creditor", ORG, "--debtor", OTHER, "--stage", "withdrawn", "--limit", "7"
    )
    expected = node_pb2.ListReceivablesRequest(creditor=ORG, debtor=OTHER, stage=pb.ASK_WITHDRAWN, page_size=7)
    assert request == expected
    _, (request,) = read(*ALERTS, "--kind", "pass-through", "--org", ORG, "--limit", "7")
    assert request == node_pb2.ListAlertsRequest(
        kind=node_pb2.PASS_THROUGH, from_on=DAY, to_on=DAY + 1, organisation=ORG, page_size=7
    )


def test_a_clearing_line_says_what_hinders_it():
    written, _ = read(*CLEARING, "--limit", "3")
    frozen, failed, plain = (line.split() for line in written.splitlines() if f"{PACKAGE}/" in line)
    assert frozen == [f"{PACKAGE}/1-100", DAY_SHOWN, "1.00", "0.70", "frozen", "冻结"]
    assert failed == [f"{PACKAGE}/101-200", DAY_SHOWN, "1.00", OTHER, "1.00", "FUNDS_LACKING", "objected", "异议"]
    assert plain == [f"{PACKAGE}/201-300", DAY_SHOWN, "1.00", OTHER, "1.00"]
    assert f"3 of {PAGE + 2}, together 502.00, as of height 9" in written


def test_what_nobody_answered_and_who_trades_in_a_circle_is_shown():
    written, _ = read("receivable", "list", "--limit", "1")
    (line,) = (line.split() for line in written.splitlines() if f"{ORG}.R-" in line)
    assert line == [f"{ORG}.R-0", "0.00", OTHER, DAY_SHOWN, "UNANSWERED"]
    written, _ = read(*ALERTS, "--limit", "1")
    (line,) = (line.split() for line in written.splitlines() if "CIRCULAR_TRADE" in line)
    assert line == ["CIRCULAR_TRADE", ORG, "→", OTHER, "0.00", "2", DAY_SHOWN, "2026-07-01", PACKAGE]
