"""What a bundle is, and who finds out."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ledger.application import SignatureMemory
from ledger.errors import MalformedInput, Rejection
from ledger.rejections import BAD_SIGNATURE, MALFORMED_TRANSACTION, UNKNOWN_KIND
from ledger.transaction import Transaction
from nodes.config import MAX_BATCH
from nodes.engines.cometbft import bundles
from nodes.engines.cometbft.bundles import Examiner, decode_bundle, encode_bundle
from nodes.engines.cometbft.settings import MAX_BUNDLE_BYTES
from tests.unit.nodes.engines.cometbft.toys import make_bad, put


@pytest.fixture
def examiner() -> Examiner:
    return Examiner(SignatureMemory(), lambda transaction: None)


def test_a_bundle_is_read_as_it_was_put_together():
    assert list(decode_bundle(encode_bundle([b"a", b"b"]))) == [b"a", b"b"]
    assert encode_bundle([b"a"], 1) != encode_bundle([b"a"]) != encode_bundle([b"b"])
    assert list(decode_bundle(encode_bundle([b"a"] * MAX_BATCH, 7))) == [b"a"] * MAX_BATCH


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"\xff",
        b"\x0a\x00",
        encode_bundle([b"a", b""]),
        encode_bundle([b"a"] * (MAX_BATCH + 1)),
        encode_bundle([b"a"]) + b"\x10\x00",
        encode_bundle([b"a"]) + b"\x1a\x01x",
        encode_bundle([b"a" * MAX_BUNDLE_BYTES]),
    ],
)
def test_what_is_not_the_one_encoding_of_a_bundle_is_refused(encoded, examiner):
    with pytest.raises(MalformedInput):
        decode_bundle(encoded)
    with pytest.raises(MalformedInput):
        examiner.judge(encoded)
    assert examiner.list_candidates(encoded) is None


def test_a_good_bundle_is_remembered_until_it_is_decided(examiner):
    bundle = encode_bundle([put(1), put(2)])
    assert not examiner.is_known(bundle)
    found = examiner.judge(bundle)
    assert [one.signed for one in found] == [put(1), put(2)]
    assert examiner.is_known(bundle)
    assert examiner.judge(bundle) is found
    assert examiner.list_candidates(bundle) is found
    assert not examiner.is_known(bundle)
    again = examiner.list_candidates(bundle)
    assert again is not None
    assert [one.signed for one in again if isinstance(one, Transaction)] == [put(1), put(2)]


@pytest.mark.parametrize(("bad", "reason"), [(make_bad(2), BAD_SIGNATURE), (b"junk", MALFORMED_TRANSACTION)])
def test_one_bad_transaction_makes_a_bundle_bad_and_costs_its_neighbours_nothing_once_decided(examiner, bad, reason):
    bundle = encode_bundle([put(1), bad])
    with pytest.raises(Rejection) as refused:
        examiner.judge(bundle)
    assert refused.value.reason == reason
    examiner.warm(bundle)  # as silent as can be
    assert not examiner.is_known(bundle)
    candidates = examiner.list_candidates(bundle)
    assert candidates is not None
    first, second = candidates
    assert isinstance(first, Transaction)
    assert isinstance(second, Rejection)
    assert second.reason == reason


def test_what_is_said_of_certificates_is_looked_into_each_time_and_never_once_decided():
    asked: list[bytes] = []
    refused = [False]

    def examine(transaction):
        asked.append(transaction.signed)
        if refused[0]:
            raise Rejection(UNKNOWN_KIND)

    examiner = Examiner(SignatureMemory(), examine)
    bundle = encode_bundle([put(1)])
    examiner.judge(bundle)
    refused[0] = True
    with pytest.raises(Rejection):
        examiner.judge(bundle)
    assert asked == [put(1)] * 2
    assert len(examiner.list_candidates(bundle) or ()) == 1
    assert len(asked) == 2


def test_a_signature_is_verified_once(examiner, monkeypatch):
    examiner.remember_verified(put(1))
    examiner.judge(encode_bundle([put(2)]))
    monkeypatch.setattr(bundles, "check_transaction", lambda signed: pytest.fail("verified again"))
    assert len(examiner.judge(encode_bundle([put(1), put(2)], 1))) == 2


def test_what_is_remembered_is_bounded_by_its_bytes_and_the_oldest_go(examiner, monkeypatch):
    made = [encode_bundle([put(1)], attempt) for attempt in range(1, 5)]
    monkeypatch.setattr(bundles, "REMEMBERED_BYTES", 2 * len(made[0]))
    for bundle in made[:3]:
        examiner.judge(bundle)
    assert [examiner.is_known(bundle) for bundle in made] == [False, True, True, False]
    examiner.list_candidates(made[1])
    examiner.judge(made[3])
    assert [examiner.is_known(bundle) for bundle in made] == [False, False, True, True]


def test_threads_that_judge_the_same_agree_and_the_bound_holds(examiner, monkeypatch):
    made = [encode_bundle([put(1)], attempt) for attempt in range(1, 9)]
    monkeypatch.setattr(bundles, "REMEMBERED_BYTES", 3 * len(made[0]))
    barrier = threading.Barrier(4)

    def judge_all():
        barrier.wait()
        return [[one.id for one in examiner.judge(bundle)] for _ in range(30) for bundle in made]

    with ThreadPoolExecutor(4) as threads:
        found = [running.result() for running in [threads.submit(judge_all) for _ in range(4)]]
    assert found[1:] == found[:1] * 3
    assert sum(map(examiner.is_known, made)) == 3
    for bundle in made:
        examiner.list_candidates(bundle)
    assert examiner._good_bytes == 0
