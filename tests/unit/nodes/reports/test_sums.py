"""A list sums to totals of the ledger's own form; each way to differ is named."""

from hefu.v1 import pledges_pb2, reports_pb2
from hefu.v1 import receivables_pb2 as pb
from nodes.reports.sums import (
    Difference,
    compute_issuer_sums,
    compute_lender_sums,
    list_issuer_differences,
    list_lender_differences,
)

ROWS = [
    reports_pb2.IssuedPackage(face_fen=100, owed_fen=60, due_on=7),
    reports_pb2.IssuedPackage(face_fen=50, owed_fen=0, due_on=9),
    reports_pb2.IssuedPackage(face_fen=30, owed_fen=30, due_on=5),
    reports_pb2.IssuedPackage(face_fen=5, owed_fen=5, due_on=7),
]
TOTALS = pb.IssuerTotals(
    packages=4, face_fen=185, unpaid_fen=95,
    calendar=[pb.DueDay(due_on=5, unpaid_fen=30), pb.DueDay(due_on=7, unpaid_fen=65)],
)  # fmt: skip


def claims(*secured):
    return [reports_pb2.ClaimedVoucher(claim=pledges_pb2.Claim(secured_fen=fen)) for fen in secured]


def test_an_issuers_list_sums_to_its_totals():
    assert compute_issuer_sums(ROWS) == TOTALS
    assert compute_issuer_sums([]) == pb.IssuerTotals()
    assert list(list_issuer_differences(compute_issuer_sums(ROWS), TOTALS)) == []


def test_what_was_taken_over_is_unpaid_and_no_package():
    taken = reports_pb2.IssuedPackage(face_fen=70, owed_fen=40, due_on=5, taken_from="X")
    totals = compute_issuer_sums([*ROWS, taken])
    assert (totals.packages, totals.face_fen, totals.unpaid_fen) == (4, 185, 135)
    assert totals.calendar[0] == pb.DueDay(due_on=5, unpaid_fen=70)


def test_what_was_left_out_or_added_shows():
    assert list(list_issuer_differences(compute_issuer_sums(ROWS[1:]), TOTALS)) == [
        Difference("packages", 3, 4), Difference("face_fen", 85, 185), Difference("unpaid_fen", 35, 95),
        Difference("calendar", 5, 65, 7),
    ]  # fmt: skip
    assert [found.name for found in list_issuer_differences(compute_issuer_sums([*ROWS, ROWS[1]]), TOTALS)] == [
        "packages", "face_fen",
    ]  # fmt: skip


def test_two_faults_that_cancel_out_show_in_the_calendar():
    moved = [*ROWS[:2], reports_pb2.IssuedPackage(face_fen=30, owed_fen=30, due_on=6), ROWS[3]]
    assert list(list_issuer_differences(compute_issuer_sums(moved), TOTALS)) == [
        Difference("calendar", 0, 30, 5), Difference("calendar", 30, 0, 6),
    ]  # fmt: skip


def test_a_lenders_claims_sum_to_its_totals():
    totals = pledges_pb2.LenderTotals(claims=2, secured_fen=30)
    assert compute_lender_sums(claims(10, 20)) == totals
    assert list(list_lender_differences(compute_lender_sums(claims(10, 20)), totals)) == []
    assert list(list_lender_differences(compute_lender_sums(claims(10, 19)), totals)) == [
        Difference("secured_fen", 29, 30)
    ]
    assert [found.name for found in list_lender_differences(compute_lender_sums([]), totals)] == [
        "claims",
        "secured_fen",
    ]
