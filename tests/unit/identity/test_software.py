"""The software version that follows: from a height that lies ahead, until it is voted away."""

import hashlib

import pytest

from hefu.v1 import identity_pb2 as pb
from hefu.v1 import ledger_pb2
from identity import rejections as because
from identity.software import MAX_HEIGHTS_AHEAD, MAX_VERSION
from ledger.state_keys import SOFTWARE_KEY
from tests.unit.identity.test_changes import decide, expect_refused
from tests.unit.identity.world import BANK, World

HEIGHT = 100


@pytest.fixture
def world():
    made = World()
    made.let_decide(BANK)
    made.height = HEIGHT
    return made


def change(world, version, from_height, replaces=None):
    voted_last = world.context().get(SOFTWARE_KEY) or b"" if replaces is None else replaces
    return pb.SoftwareChange(version=version, from_height=from_height, replaces=hashlib.sha256(voted_last).digest())


def found(world):
    return ledger_pb2.Software.FromString(world.context().get(SOFTWARE_KEY))


def test_a_version_follows_from_a_height_on(world):
    (_, event) = decide(world, software=change(world, 2, HEIGHT + 1))
    assert event == pb.IdentityEvent(organisation=BANK, record=SOFTWARE_KEY)
    assert found(world) == ledger_pb2.Software(version=1, next_version=2, next_height=HEIGHT + 1)


def test_another_takes_its_place_before_its_height(world):
    decide(world, software=change(world, 2, HEIGHT + 5))
    world.height += 4
    decide(world, software=change(world, 3, HEIGHT + 50))
    assert found(world) == ledger_pb2.Software(version=1, next_version=3, next_height=HEIGHT + 50)


def test_from_its_height_on_the_next_follows_upon_it(world):
    decide(world, software=change(world, 2, HEIGHT + 5))
    world.height += 5
    expect_refused(world, because.SOFTWARE_VERSION_INVALID, software=change(world, 2, HEIGHT + 50))
    decide(world, software=change(world, 3, HEIGHT + 50))
    assert found(world) == ledger_pb2.Software(version=2, next_version=3, next_height=HEIGHT + 50)


def test_what_was_to_follow_is_voted_away_until_its_height(world):
    decide(world, software=change(world, 2, HEIGHT + 5))
    world.height += 4
    decide(world, software=change(world, 0, 0))
    assert found(world) == ledger_pb2.Software(version=1)
    decide(world, software=change(world, 2, HEIGHT + 5))
    world.height += 1
    expect_refused(world, because.SOFTWARE_VERSION_INVALID, software=change(world, 0, 0))


def test_whoever_changes_it_has_seen_what_was_voted_last(world):
    seen = world.context().get(SOFTWARE_KEY) or b""
    expect_refused(world, because.RECORD_CHANGED, software=change(world, 2, HEIGHT + 5, replaces=b"something"))
    decide(world, software=change(world, 2, HEIGHT + 5, replaces=seen))
    expect_refused(world, because.RECORD_CHANGED, software=change(world, 3, HEIGHT + 5, replaces=seen))


@pytest.mark.parametrize(("version", "from_height"), [(1, 105), (MAX_VERSION + 1, 105), (0, 0)])
def test_rejects_software_version_invalid(world, version, from_height):
    expect_refused(world, because.SOFTWARE_VERSION_INVALID, software=change(world, version, from_height))


@pytest.mark.parametrize("from_height", [-1, 0, HEIGHT - 1, HEIGHT, HEIGHT + MAX_HEIGHTS_AHEAD + 1])
def test_rejects_software_height_invalid(world, from_height):
    expect_refused(world, because.SOFTWARE_HEIGHT_INVALID, software=change(world, 2, from_height))


def test_a_height_goes_only_with_a_version(world):
    decide(world, software=change(world, MAX_VERSION, HEIGHT + MAX_HEIGHTS_AHEAD))
    expect_refused(world, because.SOFTWARE_HEIGHT_INVALID, software=change(world, 0, HEIGHT + 1))
