"""Which version makes a block, and an application that runs it or does not."""

import hashlib
from dataclasses import replace

import pytest

from hefu.v1 import ledger_pb2 as pb
from ledger.application import Application
from ledger.context import Context, Record
from ledger.execution import Rules
from ledger.merkle.log import split_bundle
from ledger.seam import CommandSpec
from ledger.software import FIRST_VERSION, WrongSoftware, compute_version, read_software
from ledger.state_keys import SOFTWARE_KEY
from tests.support import toy
from tests.support.memory_store import MemoryStore
from tests.support.toy import make_command, make_signed

SCHEDULE = 950


def process_schedule(context: Context, command: pb.Hold) -> None:
    """Version 2 follows from the height `at_ms` on."""
    software = pb.Software(version=1, next_version=2, next_height=command.at_ms)
    context.put(SOFTWARE_KEY, software.SerializeToString(deterministic=True))


RULES: Rules = replace(
    toy.RULES, commands={**toy.COMMANDS, SCHEDULE: CommandSpec("toy.schedule", pb.Hold, process_schedule)}
)


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    toy.begin(store)
    return store


@pytest.fixture
def application(store) -> Application:
    return toy.open_application(store, RULES)


def schedule(number: int, height: int) -> bytes:
    return make_signed(number, make_command(SCHEDULE, "", height))


def put(number: int) -> bytes:
    return make_signed(number, make_command(toy.PUT, f"note/{number}"))


def list_versions(store: MemoryStore) -> list[int]:
    """What the block entries say, from block 0 on."""
    leaves = [entry for number in sorted(store.bundles) for entry in split_bundle(store.bundles[number])]
    entries = [pb.LogEntry.FromString(leaf) for leaf in leaves]
    return [entry.block.software_version for entry in entries if entry.HasField("block")]


def test_without_a_record_the_first_version_holds():
    software = read_software(None)
    assert [compute_version(software, height) for height in (0, 1, 10**12)] == [FIRST_VERSION] * 3


def test_the_version_that_follows_holds_from_its_height_on():
    body = pb.Software(version=3, next_version=5, next_height=10).SerializeToString(deterministic=True)
    software = read_software(body)
    assert [compute_version(software, height) for height in (9, 10, 11)] == [3, 5, 5]
    assert compute_version(pb.Software(version=3), 11) == 3


def test_it_names_the_height_and_both_versions():
    wrong = WrongSoftware(17, 3, (1, 2))
    assert (wrong.height, wrong.needed, wrong.supported) == (17, 3, (1, 2))
    assert str(wrong) == "block 17 needs software version 3, and this node runs 1, 2: install version 3"


def test_an_application_makes_no_block_of_a_version_that_it_does_not_run(application, store):
    application.finalize_block(1, 2_000, [schedule(1, 3)])
    application.commit()
    application.check_software(2)
    with pytest.raises(WrongSoftware, match="block 3 needs"):
        application.check_software(3)
    application.finalize_block(2, 2_100, [put(2)])
    before = application.commit()
    for act in (
        lambda: application.finalize_block(3, 2_200, [put(3)]),
        lambda: application.finalize_block(9, 2_200, []),
        lambda: application.finalize_rotation(3, 2_200, "new key"),
    ):
        with pytest.raises(WrongSoftware) as caught:
            act()
        assert (caught.value.needed, caught.value.supported) == (2, (1,))
    assert application.commit() == before == toy.open_application(store, RULES).info()
    assert store.read_transaction(toy.get_id(put(3))) is None


def test_it_executes_nothing_of_such_a_block(store):
    """It is not even decoded."""
    application = toy.open_application(store, RULES)
    application.finalize_block(1, 2_000, [schedule(1, 2)])
    application.commit()
    signed = make_signed(2, make_command(toy.PUT, "note/2"))
    with pytest.raises(WrongSoftware):
        application.finalize_block(2, 2_100, [signed])
    assert not application.verified.is_known(hashlib.sha256(signed).digest())


def test_the_version_is_asked_of_the_block_under_way_too(application):
    application.finalize_block(1, 2_000, [schedule(1, 2)])
    application.begin_commit()
    with pytest.raises(WrongSoftware):
        application.check_software(2)
    application.end_commit()
    with pytest.raises(WrongSoftware):
        application.check_software(2)


def test_an_application_that_runs_both_goes_on_and_says_which_made_the_block(application, store):
    application.finalize_block(1, 2_000, [schedule(1, 3)])
    application.commit()
    upgraded = toy.open_application(store, RULES, (1, 2))
    for height in (2, 3, 7):
        upgraded.finalize_block(height, 2_000, [put(height)])
        upgraded.commit()
    assert list_versions(store) == [1, 1, 1, 2, 2]


def test_an_application_of_the_next_version_alone_waits_for_its_height(application, store):
    application.finalize_block(1, 2_000, [schedule(1, 3)])
    application.commit()
    too_new = toy.open_application(store, RULES, (2,))
    with pytest.raises(WrongSoftware, match="block 2 needs software version 1, and this node runs 2"):
        too_new.finalize_block(2, 2_000, [put(2)])
    too_new.check_software(3)


def test_a_command_knows_the_height_of_its_block(store):
    def process_tell(context: Context, command: pb.Hold) -> None:
        context.emit(pb.Hold(at_ms=context.height))

    rules = replace(toy.RULES, commands={SCHEDULE: CommandSpec("toy.tell", pb.Hold, process_tell)})
    (decision,) = toy.open_application(store, rules).finalize_block(7, 2_000, [schedule(1, 0)]).decisions
    (event,) = pb.Events.FromString(decision.events).events
    assert pb.Hold.FromString(event.payload).at_ms == 7


def test_a_genesis_may_begin_before_a_change():
    store = MemoryStore()
    body = pb.Software(version=1, next_version=2, next_height=1).SerializeToString(deterministic=True)
    toy.begin(store, {**toy.make_records(), SOFTWARE_KEY: Record(body, b"s" * 16)})
    with pytest.raises(WrongSoftware):
        toy.open_application(store).finalize_block(1, 2_000, [])
