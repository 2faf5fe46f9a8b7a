import pytest

from hefu.v1 import receivables_pb2 as pb
from receivables import side_records
from tests.unit.receivables.world import PAYEE, World


@pytest.mark.parametrize("name", ["", "x", "../line", f"{PAYEE}.", f"{PAYEE}.a"])
def test_of_what_is_no_id_no_key_is_made(name):
    context = World().context(PAYEE)
    assert side_records.get_line(context, name) is None
    assert side_records.get_receivable(context, name) is None
    assert side_records.get_quotes(context, pb.VoucherRef(package=name, start=1, end=2)) is None


def test_there_is_no_ask_for_quotes_until_one_is_written():
    world, ref = World(), pb.VoucherRef(package=f"{PAYEE}.A", start=1, end=2)
    context, asked = world.context(PAYEE), pb.QuoteRound(holder=PAYEE, asked_at_ms=7)
    assert side_records.get_quotes(context, ref) is None
    side_records.put_quotes(context, ref, asked)
    assert side_records.get_quotes(context, ref) == asked
    assert side_records.get_quotes(context, pb.VoucherRef(package=ref.package, start=1, end=1)) is None
