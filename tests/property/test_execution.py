"""Execution depends on the blocks alone: not on the process, its hash seed, nor on what left no leaf."""

import json
import os
import subprocess
import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from hefu.v1 import ledger_pb2 as pb
from ledger.context import Record
from tests.simulator.schedule import MARKET_EVERY, Schedule
from tests.support import toy
from tests.support.memory_store import MemoryStore
from tests.support.roots import Block, play

ROOT = Path(__file__).parents[2]
LIVES = 40

keys = st.sampled_from(["note/0", "note/1", "note/2", "0>1", "1>0", "2>3", ""])
commands = st.builds(
    toy.make_command,
    st.sampled_from([*toy.COMMANDS, 999]),
    keys,
    st.integers(-3, 1200),
    st.sampled_from([(toy.ALICE,), (toy.BOB,), (toy.STRANGER,), (toy.BOB, toy.ALICE)]),
)
transactions = st.lists(commands, min_size=1, max_size=4)
blocks = st.lists(st.lists(transactions, max_size=6), min_size=1, max_size=5)


def collect_life(seed: int) -> list[Block]:
    """The blocks that a node of this seed had committed at its end."""
    schedule = Schedule(seed, {})
    assert schedule.run().failure == ""
    return [
        (head.height, head.time_ms, [one.hex() for one in signed])
        for head, signed in schedule.store.read_blocks(0, 10_000)
    ]


def test_the_same_blocks_give_the_same_roots_under_another_hash_seed():
    seeds = [*range(1, LIVES), *range(100 * MARKET_EVERY, (100 + LIVES) * MARKET_EVERY, MARKET_EVERY)]
    lives = [(seed, collect_life(seed)) for seed in seeds]
    here = [play(seed, life) for seed, life in lives]
    assert sum(len(life) for _, life in lives) > 3 * LIVES
    for hash_seed in ("1", "4242"):
        found = subprocess.run(
            [sys.executable, "-m", "tests.support.roots"],
            input=json.dumps(lives),
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
        )
        assert json.loads(found.stdout) == here


def run_blocks(chosen: list[list[list[pb.Command]]], is_pruned: bool) -> tuple[bytes, bytes, list[list[int]]]:
    """Roots and codes; when pruned, without the transactions that left no leaf the first time."""
    store = MemoryStore()
    toy.begin(store)
    application = toy.open_application(store)
    number, codes = 0, []
    for height, block in enumerate(chosen, 1):
        signed = []
        for transaction in block:
            number += 1
            signed.append(toy.make_signed(number, *transaction))
        if is_pruned:
            first = application.finalize_block(height, 2_000 + height, signed)
            signed = [one for one, d in zip(signed, first.decisions, strict=True) if d.has_leaf]
        result = application.finalize_block(height, 2_000 + height, signed)
        application.commit()
        codes.append([decision.code for decision in result.decisions if decision.has_leaf])
    assert store.heads[-1].root == application.log.root
    return application.log.root, application.tree.root, codes


@settings(max_examples=60)
@given(blocks)
def test_what_leaves_no_leaf_changes_nothing(chosen):
    assert run_blocks(chosen, is_pruned=True) == run_blocks(chosen, is_pruned=False)


@settings(max_examples=60)
@given(blocks)
def test_amounts_are_kept_and_refusals_leave_no_record(chosen):
    store = MemoryStore()
    toy.begin(store)
    application = toy.open_application(store)
    number = 0
    for height, block in enumerate(chosen, 1):
        before = dict(store.records)
        signed = []
        for transaction in block:
            number += 1
            signed.append(toy.make_signed(number, *transaction))
        result = application.finalize_block(height, 2_000 + height, signed)
        application.commit()
        if all(decision.code for decision in result.decisions):
            assert store.records == before
        records = {row[1].decode(): row[2] for row in store.records.values()}
        assert not [key for key in records if key.startswith("ghost/")]
        held = [Record.decode(body).body for key, body in records.items() if key.startswith("account/")]
        assert sum(map(int, held)) == toy.ACCOUNTS * toy.OPENING
