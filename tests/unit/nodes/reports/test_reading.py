"""A report believes a proof, not a node: one of another key, a later block or another network is refused."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from hefu.v1 import pledges_pb2, reports_pb2
from identity.rules import compute_civil_day
from ledger.proofs import build_state_proof
from ledger.verify import ProofRefused
from nodes.client.errors import CallFailed
from nodes.reports.reading import LENDER, read_report
from tests.support.proof_world import NETWORK, PUT, ProofWorld, make_trust

NOW_MS = 1_700_000_100_000
TODAY = compute_civil_day(NOW_MS)
# What lies under a key of this small ledger: the bytes `here`, which are no totals, or nothing.
ABSENT, NUMBER = "totals/lender/none", "thing/1"
SIDE = replace(LENDER, compute_key=lambda organisation: ABSENT)


@pytest.fixture
def world():
    made = ProofWorld(records=3)
    made.run((PUT, "a/1", 0))
    yield made
    made.close()


class Node:
    """Answers with one page of claims and one proof."""

    def __init__(self, proof, height=1, day_is_over=False, claims=(), failure=None):
        position = reports_pb2.ListPosition(height=height, time_ms=5, day_is_over=day_is_over)
        self._page = reports_pb2.ClaimPage(position=position, claims=claims)
        self._proof = proof
        self._failure = failure
        self.asked = []
        self.reports = SimpleNamespace(ListClaims="ListClaims")
        self.ledger = SimpleNamespace(ProveTotals="ProveTotals", ProveState="ProveState")

    def ask(self, method, request):
        self.asked.append(method)
        if method == "ListClaims":
            return self._page
        if self._failure is not None:
            raise self._failure
        return self._proof


def read(node, on=0):
    return read_report(node, SIDE, "X", on, make_trust(), NOW_MS)


def prove(world, key=ABSENT):
    return build_state_proof(world.store, world.tree, NETWORK, [key])


def test_absence_is_zeros_and_an_empty_list_sums_to_them(world):
    report = read(Node(prove(world)))
    assert (report.differences, report.proven.totals) == ((), pledges_pb2.LenderTotals())
    assert (report.proven.height, len(report.proven.state_root)) == (1, 32)


def test_a_list_against_absence_differs(world):
    claimed = reports_pb2.ClaimedVoucher(claim=pledges_pb2.Claim(secured_fen=7))
    assert [found.name for found in read(Node(prove(world), claims=[claimed])).differences] == ["claims", "secured_fen"]


def test_the_day_decides_which_proof_is_asked_for(world):
    for on, is_over, method in ((0, False, "ProveState"), (0, True, "ProveState"), (TODAY, False, "ProveState"),
                                (TODAY, True, "ProveTotals")):  # fmt: skip
        node = Node(prove(world), day_is_over=is_over)
        read(node, on)
        assert node.asked == ["ListClaims", method]


def test_a_proof_of_another_key_a_later_block_or_another_log_is_refused(world):
    with pytest.raises(ProofRefused, match="says nothing of"):
        read(Node(prove(world, NUMBER)))
    with pytest.raises(ProofRefused, match="the list of height 0"):
        read(Node(prove(world), height=0))
    forged = prove(world)
    forged.state.items[0].record = b"\x0a\x01x"
    with pytest.raises(ProofRefused):
        read(Node(forged))


def test_what_a_later_day_left_is_no_answer(world):
    for is_over in (False, True):
        with pytest.raises(ProofRefused, match="after the day asked for"):
            read(Node(prove(world), day_is_over=is_over), TODAY - 1)


def test_only_of_a_day_long_past_an_answer_that_there_is_nothing_means_nothing(world):
    nothing = CallFailed("NOT_FOUND", "")
    report = read(Node(None, day_is_over=True, failure=nothing), TODAY)
    assert (report.proven.proof, report.differences) == (None, ())
    for node, on in (
        (Node(None, failure=nothing), TODAY),
        (Node(None, day_is_over=True, failure=nothing), 0),
        (Node(None, day_is_over=True, failure=CallFailed("OUT_OF_RANGE", "")), TODAY),
    ):
        with pytest.raises(CallFailed):
            read(node, on)
