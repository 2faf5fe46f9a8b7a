"""Which submissions travel together, and that each is answered once."""

import pytest

from ledger.errors import InvariantViolation
from ledger.execution import Decision
from nodes.config import MAX_BATCH
from nodes.engines.cometbft.bundler import FRAME_BYTES, RESEND_MS, Bundler, Sent
from nodes.engines.cometbft.bundles import decode_bundle
from nodes.engines.cometbft.settings import MAX_BUNDLE_BYTES
from nodes.engines.port import Submission


@pytest.fixture
def bundler() -> Bundler:
    return Bundler(1000)


def take(bundler: Bundler, now_ms: int) -> list[Sent]:
    """All that goes out now."""
    return list(iter(lambda: bundler.take(now_ms), None))


def offer(bundler, tag, *transactions):
    bundler.offer(Submission(tag, transactions))


def decide(bundler, encoded):
    """As a block does: each transaction's decision has its bytes for an id."""
    answers = bundler.settle(encoded, [Decision(one) for one in decode_bundle(encoded)], 5)
    for answer in answers:
        assert [decision.id for decision in answer.decisions] == list(answer.submission.transactions)
        assert answer.time_ms == 5
    return [answer.submission.tag for answer in answers]


def test_what_waits_travels_together_whole_and_in_its_order(bundler):
    offer(bundler, 1, b"a", b"b")
    offer(bundler, 2, b"c")
    assert (bundler.waiting, bundler.queued) == (3, 3)
    (sent,) = take(bundler, 0)
    assert list(decode_bundle(sent.encoded)) == [b"a", b"b", b"c"]
    assert (bundler.waiting, bundler.queued, sent.count) == (3, 0, 3)
    assert take(bundler, 0) == []
    assert bundler.is_open(sent.encoded)
    assert decide(bundler, sent.encoded) == [1, 2]
    assert not bundler.is_open(sent.encoded)
    assert (bundler.waiting, bundler.queued) == (0, 0)


def test_a_submission_that_no_more_fits_begins_the_next_bundle(bundler):
    offer(bundler, 1, *[b"a"] * (MAX_BATCH - 1))
    offer(bundler, 2, b"b", b"c")
    assert [sent.count for sent in take(bundler, 0)] == [MAX_BATCH - 1, 2]
    big = b"x" * (MAX_BUNDLE_BYTES // 2)
    offer(bundler, 3, big)
    offer(bundler, 4, big)
    assert [sent.count for sent in take(bundler, 0)] == [1, 1]


def test_one_that_is_too_long_is_cut_and_answered_with_its_last_part(bundler):
    quarter = MAX_BUNDLE_BYTES // 4
    transactions = [bytes([number]) * quarter for number in range(7)]
    offer(bundler, 1, *transactions)
    offer(bundler, 2, *[b"y%d" % number for number in range(MAX_BATCH + 6)])
    sent = take(bundler, 0)
    assert [one.count for one in sent] == [3, 3, 1, MAX_BATCH, 6]
    assert [one for part in sent[:3] for one in decode_bundle(part.encoded)] == transactions
    assert decide(bundler, sent[2].encoded) == []
    assert decide(bundler, sent[0].encoded) == []
    assert decide(bundler, sent[4].encoded) == []
    assert decide(bundler, sent[1].encoded) == [1]
    assert decide(bundler, sent[3].encoded) == [2]
    assert bundler.waiting == 0


def test_the_fullest_bundle_is_not_too_large(bundler):
    exact = MAX_BUNDLE_BYTES - FRAME_BYTES - MAX_BATCH * FRAME_BYTES
    offer(bundler, 1, *[bytes(exact // MAX_BATCH)] * MAX_BATCH)
    (sent,) = take(bundler, 0)
    bundler._attempts = (1 << 32) - 2
    bundler.renew(sent, 0)
    assert len(decode_bundle(sent.encoded)) == MAX_BATCH


def test_only_so_many_are_in_the_engines_hands():
    bundler = Bundler(MAX_BATCH + 1)
    for tag in range(4):
        offer(bundler, tag, *[b"%d" % tag] * MAX_BATCH)
    first, second = take(bundler, 0)
    assert take(bundler, 0) == []
    assert bundler.queued == 2 * MAX_BATCH
    assert decide(bundler, first.encoded) == [0]
    assert [sent.count for sent in take(bundler, 0)] == [MAX_BATCH]
    assert decide(bundler, second.encoded) == [1]


def test_what_is_not_decided_goes_out_again_in_other_bytes_and_either_counts_once(bundler):
    offer(bundler, 1, b"a")
    (sent,) = take(bundler, 100)
    first = sent.encoded
    assert bundler.take_overdue(100 + RESEND_MS - 1) == []
    assert bundler.take_overdue(100 + RESEND_MS) == [sent]
    second = sent.encoded
    assert bundler.take_overdue(100 + RESEND_MS) == []
    assert bundler.take_overdue(100 + 2 * RESEND_MS) == [sent]
    assert len({first, second, sent.encoded}) == 3
    assert all(map(bundler.is_open, (first, second, sent.encoded)))
    assert decide(bundler, second) == [1]
    assert decide(bundler, first) == decide(bundler, sent.encoded) == []
    assert (bundler.waiting, bundler._sent) == (0, {})


def test_equal_submissions_of_many_callers_are_each_answered(bundler):
    sent = []
    for tag in range(900):
        offer(bundler, tag, b"a")
        sent += take(bundler, 0)
    assert len({one.encoded for one in sent}) == 900
    assert [decide(bundler, one.encoded) for one in sent] == [[tag] for tag in range(900)]


def test_bytes_of_other_nodes_answer_nobody(bundler):
    offer(bundler, 1, b"a")
    take(bundler, 0)
    assert bundler.settle(b"others", [], 5) == []
    assert bundler.waiting == 1


def test_what_is_given_back_is_not_answered_though_it_may_be_decided(bundler):
    offer(bundler, 1, b"a")
    (sent,) = take(bundler, 0)
    bundler.take_overdue(RESEND_MS)
    offer(bundler, 2, b"b", b"c")
    assert [submission.tag for submission in bundler.withdraw()] == [1, 2]
    assert (bundler.waiting, bundler.queued) == (0, 0)
    assert bundler.withdraw() == []
    assert decide(bundler, sent.encoded) == []
    offer(bundler, 3, b"d")
    assert bundler.waiting == 1


def test_of_a_refused_bundle_the_faulty_submissions_are_given_back_and_the_rest_goes_on(bundler):
    big = b"x" * (MAX_BUNDLE_BYTES // 2)
    offer(bundler, 1, b"a")
    offer(bundler, 2, b"bad", big, big, b"c")  # cut: it travels in two bundles
    offer(bundler, 3, b"d")
    first = bundler.take(0)
    given, rest = bundler.part(first, {b"bad"})
    assert [one.tag for one in given] == [2]
    assert list(decode_bundle(rest.encoded)) == [b"a"]
    assert (bundler.waiting, bundler.queued, bundler.is_open(first.encoded)) == (2, 1, False)
    assert decide(bundler, first.encoded) == []  # as it went out before: its engine had it after all
    assert decide(bundler, rest.encoded) == [1]
    (last,) = take(bundler, 0)
    assert decide(bundler, last.encoded) == [3]
    assert (bundler.waiting, bundler.queued) == (0, 0)


def test_where_no_transaction_is_at_fault_the_bundle_stays_as_it_is(bundler):
    offer(bundler, 1, b"a")
    (sent,) = take(bundler, 0)
    assert bundler.part(sent, {b"b"}) == ([], sent)
    assert decide(bundler, sent.encoded) == [1]


def test_a_submission_in_two_refused_bundles_is_given_back_once(bundler):
    """Its caller would be answered twice."""
    big = b"x" * (MAX_BUNDLE_BYTES // 2)
    offer(bundler, 1, big, big, b"bad")
    first, second = bundler.take(0), bundler.take(0)
    given, rest = bundler.part(second, {b"bad"})
    assert ([one.tag for one in given], rest) == ([1], None)
    assert bundler.part(first, {big}) == ([], None)
    assert bundler.withdraw() == []
    assert (bundler.waiting, bundler.queued) == (0, 0)


def test_a_part_that_is_decided_after_another_was_refused_answers_nobody(bundler):
    big = b"x" * (MAX_BUNDLE_BYTES // 2)
    offer(bundler, 1, big, big, b"bad")
    first, second = bundler.take(0), bundler.take(0)
    assert [one.tag for one in bundler.part(second, {b"bad"})[0]] == [1]
    assert bundler.withdraw() == []
    offer(bundler, 2, big, big, b"bad")
    first, second = bundler.take(0), bundler.take(0)
    assert [one.tag for one in bundler.part(second, {b"bad"})[0]] == [2]
    assert decide(bundler, first.encoded) == []
    assert (bundler.waiting, bundler.queued) == (0, 0)


def test_decisions_that_are_not_of_this_bundle_are_our_bug(bundler):
    offer(bundler, 1, b"a", b"b")
    (sent,) = take(bundler, 0)
    with pytest.raises(InvariantViolation):
        bundler.settle(sent.encoded, [Decision(b"a")], 5)
