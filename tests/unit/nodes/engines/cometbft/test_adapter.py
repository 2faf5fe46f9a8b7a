"""Each request of an engine, and what must hold of the answers."""

import pytest

from hefu.v1 import abci_pb2 as pb
from ledger.application import StoreFailure
from ledger.errors import InvariantViolation, Rejection
from ledger.notes import Checkpoint, app_hash
from ledger.rejections import BAD_SIGNATURE, MALFORMED_TRANSACTION, QUOTA_EXCEEDED, UNKNOWN_KIND
from ledger.state_keys import LIMITS_KEY
from nodes.config import MAX_BATCH
from nodes.engines.cometbft.adapter import MALFORMED_BUNDLE, build_update, compute_ms
from nodes.engines.cometbft.bundles import encode_bundle
from tests.support import toy
from tests.unit.nodes.engines.cometbft.toys import CHAIN, Bench, at, make_bad, put


@pytest.fixture
def bench() -> Bench:
    return Bench()


def compute_app_hash(bench):
    head = bench.store.heads[-1]
    return app_hash(Checkpoint(toy.ORIGIN, head.size, head.root).body())


def build_init(**changes):
    given = {
        "chain_id": CHAIN.chain_id,
        "initial_height": 1,
        "validators": [build_update(key, power) for key, power in CHAIN.validators.items()],
    }
    return pb.RequestInitChain(**{**given, **changes})


def test_a_chain_begins_above_block_nought(bench):
    assert bench.adapter.info() == pb.ResponseInfo(data="hefu", last_block_app_hash=compute_app_hash(bench))
    assert bench.adapter.init_chain(build_init()) == pb.ResponseInitChain(app_hash=compute_app_hash(bench))
    assert bench.adapter.init_chain(build_init()).app_hash == compute_app_hash(bench)  # until a block is committed


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"chain_id": "hefu-other"}, "hefu-other"),
        ({"initial_height": 2}, "cannot begin at 2"),
        ({"validators": []}, "other validators"),
        ({"validators": [build_update(b"\x05" * 32, 11)]}, "other validators"),
        ({"validators": [build_update(b"\x06" * 32, 10)]}, "other validators"),
    ],
)
def test_an_engine_of_another_network_is_refused(bench, changes, said):
    with pytest.raises(InvariantViolation, match=said):
        bench.adapter.init_chain(build_init(**changes))


def test_a_chain_does_not_begin_twice(bench):
    bench.finalize(1)
    bench.adapter.commit()
    with pytest.raises(InvariantViolation, match="over height 1"):
        bench.adapter.init_chain(build_init())


def test_check_tx_says_why_it_refuses(bench):
    assert bench.adapter.check_tx(pb.RequestCheckTx(tx=encode_bundle([put(1)]))) == pb.ResponseCheckTx()
    refused = bench.adapter.check_tx(pb.RequestCheckTx(tx=encode_bundle([make_bad(1)])))
    assert (refused.code, bool(refused.log)) == (MALFORMED_BUNDLE, True)
    assert bench.adapter.check_tx(pb.RequestCheckTx(tx=b"\xff")).code == MALFORMED_BUNDLE


def test_a_proposal_is_what_is_good_and_fits_in_its_order(bench):
    good = [encode_bundle([put(number)]) for number in range(4)]
    bad = encode_bundle([make_bad(9)])
    assert bench.prepare(good[0], bad, b"\xff", *good[1:]) == good
    framed = len(good[0]) + 3  # a tag, and a length of two bytes
    assert len(good[0]) > 127
    assert bench.prepare(*good, room=2 * framed) == good[:2]
    assert bench.prepare(*good, room=2 * framed - 1) == good[:1]
    longer = encode_bundle([put(n) for n in range(3)])
    assert bench.prepare(longer, good[3], room=framed) == []  # nothing overtakes
    assert bench.prepare() == []


@pytest.mark.parametrize("bad", [b"", b"\xff", encode_bundle([make_bad(1)]), encode_bundle([b"junk"])])
def test_a_block_with_one_bad_bundle_gets_no_vote(bench, bad):
    good = encode_bundle([put(1)])
    assert bench.is_accepted(good)
    assert bench.is_accepted()
    assert not bench.is_accepted(good, bad)
    assert not bench.is_accepted(bad, good)


def test_a_flood_is_proposed_in_part_and_gets_no_vote_whole():
    bench = Bench(allowed=3)
    flood = [encode_bundle([put(n) for n in range(first, first + MAX_BATCH)]) for first in (0, 100, 200)]
    mine = encode_bundle([put(1000, toy.BOB)])
    assert bench.prepare(*flood, mine) == [flood[0], mine]
    assert bench.is_accepted(flood[0], mine)
    assert not bench.is_accepted(*flood, mine)
    response = bench.finalize(1, *flood, mine)  # decided all the same
    assert [result.code for result in response.tx_results] == [0] * 4
    codes = [decision.code for one in bench.adapter.commit() for decision in one.decisions]
    assert codes == [0] * 3 + [QUOTA_EXCEEDED.code] * (3 * MAX_BATCH - 3) + [0]


def test_a_vote_is_a_function_of_the_block_and_of_what_is_committed(bench):
    """A node that has seen everything, rejected much and computed a round that failed votes as a fresh one does."""
    blocks = [
        [encode_bundle([put(1)]), encode_bundle([put(1), put(2)])],
        [encode_bundle([put(1)]), encode_bundle([make_bad(1)])],
        [encode_bundle([put(3)])] * 2,
        [b"junk"],
    ]
    for block in blocks:
        for one in block:
            bench.adapter.check_tx(pb.RequestCheckTx(tx=one))
        bench.prepare(*block)
        bench.is_accepted(*block)
        bench.finalize(1, *block)
    votes = [bench.is_accepted(*block) for block in blocks]
    assert votes == [True, False, True, False]
    for block, vote in zip(blocks, votes, strict=True):
        fresh = Bench()
        assert fresh.is_accepted(*block) == vote
        again, first = bench.finalize(1, *block), fresh.finalize(1, *block)
        assert again == first
    assert bench.store.heads == Bench().store.heads


def test_finalize_is_total_and_gives_each_bundle_a_result(bench):
    mixed = encode_bundle([put(2), make_bad(3), b"junk", put(4)])
    response = bench.finalize(1, b"", encode_bundle([put(1)]), b"\xff\xff", mixed, encode_bundle([put(1)]))
    assert [result.code for result in response.tx_results] == [MALFORMED_BUNDLE, 0, MALFORMED_BUNDLE, 0, 0]
    assert len(bench.store.heads) == 1
    found = bench.adapter.commit()
    assert [[decision.code for decision in one.decisions] for one in found] == [
        [],
        [0],
        [],
        [0, BAD_SIGNATURE.code, MALFORMED_TRANSACTION.code, 0],
        [0],
    ]
    assert found[4].decisions[0].is_duplicate
    assert found[1].bundle == encode_bundle([put(1)])
    assert response.app_hash == compute_app_hash(bench) == bench.adapter.info().last_block_app_hash
    assert bench.adapter.info().last_block_height == 1


def test_what_is_finalized_twice_gives_the_same_and_is_told_once(bench):
    first = bench.finalize(1, encode_bundle([put(1)]))
    bench.finalize(1, encode_bundle([put(2)]))
    assert bench.finalize(1, encode_bundle([put(1)])) == first
    assert len(bench.adapter.commit()) == 1
    assert bench.adapter.commit() == []
    assert bench.adapter.info().last_block_height == 1


def test_a_block_of_nothing_leaves_the_app_hash_and_its_height_is_kept(bench):
    before = compute_app_hash(bench)
    for height in (1, 2):
        assert bench.finalize(height).app_hash == before
        bench.adapter.commit()
    bench.open()
    info = bench.adapter.info()
    assert (info.last_block_height, info.last_block_app_hash) == (2, before)
    bench.finalize(3, encode_bundle([put(1)]))
    bench.adapter.commit()
    bench.open()
    assert bench.adapter.info().last_block_height == 3
    with pytest.raises(InvariantViolation):
        bench.finalize(3)


def test_a_store_that_fails_is_no_result_code(bench, monkeypatch):
    def fail(ids):
        raise StoreFailure("ids")

    monkeypatch.setattr(bench.store, "read_decisions", fail)
    for call in (bench.finalize, lambda height, one: bench.prepare(one)):
        with pytest.raises(StoreFailure):
            call(1, encode_bundle([put(1)]))


def test_a_bundle_whose_certificates_are_no_more_true_is_not_proposed():
    def refuse(transaction):
        raise Rejection(UNKNOWN_KIND)

    bench = Bench(examine=refuse)
    bundle = encode_bundle([put(1)])
    assert bench.prepare(bundle) == []
    assert not bench.is_accepted(bundle)
    assert [result.code for result in bench.finalize(1, bundle).tx_results] == [0]


def test_evidence_is_told_before_its_block_is_committed_and_again_with_a_replay(bench, monkeypatch):
    found = pb.Misbehavior(type=pb.DUPLICATE_VOTE, height=1)

    def end():
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(bench.store, "finish_block", end)
        bench.finalize(1, encode_bundle([put(1)]), misbehavior=[found])
        with pytest.raises(OSError, match="full"):
            bench.adapter.commit()
    assert bench.told == [found]
    bench.store.end_process(is_kept=False)
    bench.open()
    bench.finalize(1, encode_bundle([put(1)]), misbehavior=[found])
    bench.adapter.commit()
    bench.finalize(2)
    bench.adapter.commit()
    assert bench.told == [found] * 2


def test_a_query_reads_a_record_of_the_last_commit(bench):
    found = bench.adapter.query(pb.RequestQuery(path="/record", data=LIMITS_KEY.encode()))
    record = bench.application.read_committed(LIMITS_KEY)
    assert record is not None
    assert (found.code, found.value, found.height) == (0, record.encode(), 0)
    assert bench.adapter.query(pb.RequestQuery(path="/record", data=b"nothing")).value == b""


@pytest.mark.parametrize(
    "request_",
    [
        pb.RequestQuery(path="/other", data=b"limits"),
        pb.RequestQuery(path="/record", data=b"limits", height=7),
        pb.RequestQuery(path="/record", data=b"\xff"),
    ],
)
def test_other_queries_are_refused(bench, request_):
    found = bench.adapter.query(request_)
    assert (found.code, found.value, bool(found.log)) == (1, b"", True)


def test_the_engines_time_is_rounded_down():
    time = at(1_999)
    time.nanos += 999_999
    assert compute_ms(time) == 1_999
