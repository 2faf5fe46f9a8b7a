from collections import Counter
from itertools import pairwise

import pytest

from bench.plan import (
    LIVES,
    Life,
    count_kinds,
    count_ramp,
    count_signatures,
    count_transfer_slots,
    plan_mixed,
    plan_transfers,
)
from bench.throughput import RUN_SLOTS
from bench.world import make_world

NOW_MS = 1_780_000_000_000


@pytest.fixture(scope="module")
def world():
    return make_world()


def list_packages(slot):
    messages = [step.payload(NOW_MS) for step in slot.steps]
    fields = [{field.name: value for field, value in message.ListFields()} for message in messages]
    return [found["voucher"].package if "voucher" in found else found.get("package") for found in fields]


def test_after_the_ramp_each_slot_holds_the_same_mix(world):
    ramp = count_ramp(world)
    slots = plan_mixed(world, ramp + 3, 10, NOW_MS)
    kinds = [count_kinds([slot]) for slot in slots[ramp:]]
    assert kinds[0] == kinds[1] == kinds[2]
    assert count_kinds([slots[0]]) == {"ISSUE": 10}


def test_two_commands_of_one_package_never_stand_in_neighbouring_slots(world):
    """So while a slot is decided the next one can be sent already."""
    slots = plan_mixed(world, count_ramp(world) + 2, 10, NOW_MS)
    seen = [Counter(list_packages(slot)) for slot in slots]
    for earlier, later in pairwise(seen):
        assert [name for name, count in later.items() if name is not None and (count > 1 or name in earlier)] == []


def test_what_is_signed_late_stands_a_whole_run_after_the_request(world):
    slots = plan_mixed(world, count_ramp(world) + 2, 10, NOW_MS)
    requested, late = {}, 0
    for number, slot in enumerate(slots):
        for name, step in zip(list_packages(slot), slot.steps, strict=True):
            kind = step.payload(NOW_MS).DESCRIPTOR.name
            if kind == "RequestFinancing":
                requested[name] = number
            if step.is_late:
                late += 1
                assert number - requested[name] >= RUN_SLOTS
    assert late > 0


def test_transfers_alone_alternate_between_two_halves(world):
    slots = plan_transfers(world, 10, 2, NOW_MS)
    assert len(slots) == count_transfer_slots(3)
    assert [len(slot.steps) for slot in slots] == [5] * len(slots)
    assert count_kinds(slots[count_transfer_slots(1) :]) == {"TRANSFER": 20, "ACCEPT_TRANSFER": 20}
    assert not set(list_packages(slots[-1])) & set(list_packages(slots[-2]))


def test_signatures_are_those_of_all_persons_who_must_sign(world):
    slots = plan_transfers(world, 10, 1, NOW_MS)
    issues, acceptances = count_signatures(slots[:2]), count_signatures(slots[2:4])
    assert (issues, acceptances) == (20, 10)  # a core enterprise signs with two persons, a supplier with one


@pytest.mark.parametrize("live", LIVES, ids=lambda live: live.__name__)
def test_a_life_begins_with_issue_and_acceptance(world, live):
    life = Life(world, 0, "X", 20_000)
    live(life, NOW_MS)
    names = [step.payload(NOW_MS).DESCRIPTOR.name for step in life.steps]
    assert names[:2] == ["Issue", "AcceptIssue"]
    assert 6 <= len(names) <= 13
