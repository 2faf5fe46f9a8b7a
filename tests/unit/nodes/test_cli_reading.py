"""What the command line reads in pages."""

from types import SimpleNamespace
from typing import Any

import pytest

from hefu.v1 import node_pb2
from nodes.cli.reading import read_trace
from nodes.genesis_file import make_uscc

PACKAGE = f"{make_uscc(7)}.A-1"


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
