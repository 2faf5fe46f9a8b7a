from typing import Any

import pytest

from hefu.v1 import node_pb2
from hefu.v1 import receivables_pb2 as pb
from ledger.errors import InvariantViolation, MalformedInput
from receivables import book_queries
from receivables.views import ReceivablesView
from tests.support.view_world import NOW_MS, ViewWorld, make_organisation, make_record, make_uscc

ISSUER, PAYEE, BANK, OTHER = (make_uscc(number) for number in range(1, 5))
TODAY = 19_675
ONE, TWO, GROUP = f"{BANK}.L-1", f"{BANK}.L-2", f"{BANK}.G"
REF = pb.VoucherRef(package=f"{ISSUER}.A", start=1, end=100)
RANGE = f"voucher/{ISSUER}.A/1-100"


@pytest.fixture
def world(database_url):
    made = ViewWorld(database_url, [ReceivablesView()])
    yield made
    made.close()


def line(name, holder=ISSUER, **fields):
    values = {"grantor": BANK, "holder": holder, "limit_fen": 100, "last_on": TODAY + 9, "status": pb.LINE_OPEN}
    return {f"line/{name}": make_record(pb.Line(**(values | fields)))}


def free(world, name):
    found = book_queries.get_line(world.connection, node_pb2.GetLineRequest(line=name))
    assert found is not None
    return found.free_fen


def receivable(name, stage=pb.ASKED, lapse_at_ms=0):
    record = pb.Receivable(creditor=PAYEE, debtor=ISSUER, stage=stage)
    late = pb.Receivable(creditor=PAYEE, debtor=ISSUER, stage=pb.UNANSWERED)
    return {f"receivable/{PAYEE}.{name}": make_record(record, lapse_at_ms, late if lapse_at_ms else None)}


def find(world, **filters):
    page = book_queries.list_receivables(world.connection, node_pb2.ListReceivablesRequest(**filters))
    return "".join(view.id[-1] for view in page.receivables)


def test_a_line_in_a_group_is_as_free_as_the_group(world):
    world.write_block(line(GROUP, used_fen=70) | line(ONE, group=GROUP, reserved_fen=20, used_fen=30) | line(TWO))
    assert (free(world, ONE), free(world, TWO), free(world, GROUP)) == (30, 100, 30)
    world.write_block(line(GROUP, status=pb.LINE_SUSPENDED) | line(TWO, last_on=TODAY - 1))
    assert (free(world, ONE), free(world, TWO)) == (0, 0)


@pytest.mark.parametrize("name", ["", "x", ONE])
def test_what_is_no_line_is_not_found(world, name):
    assert book_queries.get_line(world.connection, node_pb2.GetLineRequest(line=name)) is None


def test_a_line_without_its_group_line_is_our_bug(world):
    world.write_block(line(ONE, group=GROUP))
    with pytest.raises(InvariantViolation):
        free(world, ONE)


def test_lines_are_listed_by_pages(world):
    world.write_block(line(GROUP) | line(ONE, group=GROUP) | line(TWO, OTHER))
    request = node_pb2.ListLinesRequest(page_size=2)
    first = book_queries.list_lines(world.connection, request)
    request.cursor = first.next_cursor
    last = book_queries.list_lines(world.connection, request)
    assert [view.id for view in first.lines] == [GROUP, ONE]
    assert ([view.id for view in last.lines], last.next_cursor) == ([TWO], b"")


@pytest.mark.parametrize(
    ("filters", "found"),
    [({"grantor": BANK}, 3), ({"grantor": OTHER}, 0), ({"holder": OTHER}, 1), ({"group": GROUP}, 1)],
)
def test_each_filter_narrows_the_lines(world, filters, found):
    world.write_block(line(GROUP) | line(ONE, group=GROUP) | line(TWO, OTHER))
    assert len(book_queries.list_lines(world.connection, node_pb2.ListLinesRequest(**filters)).lines) == found


@pytest.mark.parametrize("filters", [{"grantor": "x"}, {"holder": "x"}, {"group": "x"}])
def test_a_line_filter_that_can_name_nothing_is_malformed(world, filters):
    with pytest.raises(MalformedInput):
        book_queries.list_lines(world.connection, node_pb2.ListLinesRequest(**filters))


@pytest.mark.parametrize("kind", ["line", "receivable"])
def test_what_is_deleted_is_our_bug(world, kind):
    with pytest.raises(InvariantViolation):
        world.write_block({f"{kind}/{ONE}": None})


def test_a_receivable_that_nobody_answers_is_listed_for_the_regulator(world):
    world.write_block(receivable("A", lapse_at_ms=NOW_MS + 50) | receivable("B", pb.CONTESTED))
    assert (find(world, stage=pb.ASKED), find(world, stage=pb.UNANSWERED)) == ("A", "")
    world.write_block({}, time_ms=NOW_MS + 50)
    assert (find(world, stage=pb.ASKED), find(world, stage=pb.UNANSWERED)) == ("", "A")
    page = book_queries.list_receivables(world.connection, node_pb2.ListReceivablesRequest())
    assert [view.receivable.stage for view in page.receivables] == [pb.UNANSWERED, pb.CONTESTED]
    world.write_block(receivable("A", pb.CONFIRMED))
    assert find(world, stage=pb.CONFIRMED, creditor=PAYEE, debtor=ISSUER) == "A"
    with pytest.raises(MalformedInput):
        find(world, stage=99)


def test_quotes_are_open_while_the_range_names_the_same_ask(world):
    free_range: dict[str, Any] = {"holder": PAYEE, "stage": pb.LIVE, "circulation": pb.CIRCULATING}
    package = pb.Package(issuer=ISSUER, payee=PAYEE, face_fen=100, stage=pb.PACKAGE_LIVE)
    asked = pb.QuoteRound(holder=PAYEE, asked_at_ms=7)
    request = node_pb2.GetQuotesRequest(voucher=REF)
    assert book_queries.get_quotes(world.connection, request) is None
    assert book_queries.get_quotes(world.connection, node_pb2.GetQuotesRequest()) is None
    world.write_block({
        f"package/{ISSUER}.A": make_record(package),
        RANGE: make_record(pb.Voucher(asked_at_ms=7, **free_range)),
        f"quotes/{ISSUER}.A/1-100": make_record(asked),
    })  # fmt: skip
    asked_for = book_queries.get_quotes(world.connection, request)
    assert asked_for is not None
    assert asked_for.is_open
    world.write_block({RANGE: make_record(pb.Voucher(**free_range))})
    lapsed = book_queries.get_quotes(world.connection, request)
    assert lapsed is not None
    assert not lapsed.is_open


def test_a_bank_is_told_what_to_file(world):
    request = node_pb2.GetRegistrationTextRequest(voucher=REF)
    assert book_queries.get_registration_text(world.connection, request) is None
    package = pb.Package(issuer=ISSUER, payee=PAYEE, face_fen=12345, due_on=TODAY, stage=pb.PACKAGE_LIVE)
    package.invoices.add(fingerprint=b"f" * 32)
    sale = pb.Sale(seller=PAYEE, with_recourse=True)
    bought = pb.Voucher(holder=BANK, stage=pb.LIVE, circulation=pb.CIRCULATING, sale=sale)
    people = {
        f"organisation/{who}": make_record(make_organisation(name)) for who, name in ((BANK, "甲行"), (ISSUER, "丙厂"))
    }
    world.write_block({f"package/{ISSUER}.A": make_record(package), RANGE: make_record(bought)} | people)
    with pytest.raises(InvariantViolation):
        book_queries.get_registration_text(world.connection, request)
    world.write_block({f"organisation/{PAYEE}": make_record(make_organisation("乙商"))})
    answer = book_queries.get_registration_text(world.connection, request)
    assert answer is not None
    assert answer.type == "A00200"
    assert answer.text.splitlines() == [
        f"出让人: 乙商 ({PAYEE})",
        f"受让人: 甲行 ({BANK})",
        f"债务人: 丙厂 ({ISSUER})",
        "合同承诺值: ",
        "币种: 人民币",
        "转让金额: 1.00元",
        f"财产描述: 应收账款电子凭证 {ISSUER}.A 第 1 至 100 分, 面额123.45元, 到期日2023-11-14, "
        f"发票指纹 {(b'f' * 32).hex()}, 无条件付款承诺",
    ]
    world.write_block({RANGE: make_record(pb.Voucher(holder=PAYEE, stage=pb.LIVE, circulation=pb.CIRCULATING))})
    assert book_queries.get_registration_text(world.connection, request) is None
