"""Proofs kept at the ends of days, on real databases; a day of this test lasts a second."""

import pytest
from nacl.signing import SigningKey
from sqlalchemy.exc import IntegrityError

from hefu.v1 import ledger_pb2 as pb
from ledger.application import Application
from ledger.notes import ED25519, VerifierKey
from ledger.proofs import filter_proof, renew_state_proof
from ledger.store.database import migrate, open_engine
from ledger.store.day_proofs import DayChanges, DayProofs, read_day_proof
from ledger.store.sql import SqlStore
from ledger.verify import CURRENT, HISTORICAL, verify
from tests.support import toy
from tests.support.toy import make_command, make_signed

KEY = VerifierKey("hefu.test", ED25519, bytes(SigningKey(b"\x02" * 32).verify_key)).render()
TRUST = pb.TrustFile(network=toy.NETWORK, origin=toy.ORIGIN, log_keys=[pb.TrustedKey(key=KEY)])


def compute_day(time_ms: int) -> int:
    return time_ms // 1000


class World:
    """A toy ledger on a database, which can be opened anew."""

    def __init__(self, connection):
        self.connection = connection
        self.store = SqlStore(connection, [DayChanges(("note/", "account/"))])
        self.number = 0
        if self.store.read_head() is None:
            toy.begin(self.store)
        self.open()

    def open(self):
        days = DayProofs(self.store, toy.NETWORK, compute_day)
        self.application = Application(self.store, toy.RULES, toy.ORIGIN, toy.sign_checkpoint, day_ends=days)

    def put(self, key: str, time_ms: int, commit: bool = True) -> None:
        self.number += 1
        signed = make_signed(self.number, make_command(toy.PUT, key))
        height = self.application.head.height + 1
        self.application.finalize_block(height, time_ms, [signed])
        if commit:
            self.application.commit()

    def find(self, key: str, day: int):
        return read_day_proof(self.connection, key, day)

    def list_proofs(self):
        rows = self.connection.exec_driver_sql("SELECT key, day FROM day_proofs ORDER BY day, key").all()
        return [(row[0].decode(), row[1]) for row in rows]


@pytest.fixture
def world(database_url):
    engine = open_engine(database_url)
    with engine.connect() as connection:
        migrate(connection, [])
        yield World(connection)
    engine.dispose()


def test_what_changed_is_proved_as_of_the_end_of_its_day(world):
    world.put("note/a", 2_000)
    world.put("note/b", 2_500)
    world.put("other/c", 2_600)
    assert world.find("note/a", 99) is None
    last = world.application.head
    world.put("note/a", 4_000)
    assert world.list_proofs()[-2:] == [("note/a", 2), ("note/b", 2)]
    kept = world.find("note/a", 3)
    assert (kept.day, kept.key) == (2, "note/a")
    proof = pb.Proof.FromString(kept.proof)
    verdict = verify(proof, TRUST)
    assert (verdict.height, verdict.time_ms, verdict.standing) == (last.height, last.time_ms, CURRENT)
    assert verdict.bodies["note/a"] is not None
    world.put("note/a", 5_000)
    assert [row for row in world.list_proofs() if row[1] > 2] == [("note/a", 4)]
    assert world.find("note/b", 99).day == 2
    assert world.find("note/a", 1) is None


def test_given_out_later_it_stands_under_the_newest_checkpoint(world):
    world.put("note/a", 2_000)
    last = world.application.head
    world.put("note/a", 3_000)
    world.put("note/a", 4_000)
    renewed = renew_state_proof(world.store, pb.Proof.FromString(world.find("note/a", 2).proof))
    assert renewed.state.checkpoint == world.application.head.checkpoint
    verdict = verify(filter_proof(renewed, TRUST), TRUST)
    assert (verdict.height, verdict.standing) == (last.height, HISTORICAL)
    assert verdict.size == world.application.head.size


def test_genesis_records_are_of_the_day_of_genesis(world):
    world.put("note/a", 2_000)
    day = compute_day(toy.GENESIS_MS)
    assert {key for key, found in world.list_proofs() if found == day} == {f"account/{n}" for n in range(toy.ACCOUNTS)}


def test_a_crash_before_the_commit_keeps_neither_block_nor_proofs(world):
    world.put("note/a", 2_000)
    before = world.list_proofs()
    world.put("note/b", 3_000, commit=False)
    world.connection.rollback()
    world.open()
    assert world.list_proofs() == before
    world.put("note/b", 3_000)
    assert world.find("note/a", 2).day == 2
    assert world.find("note/b", 2) is None


def test_a_block_whose_write_fails_leaves_the_day_as_it_was(world):
    class Broken:
        def write(self, connection, block):
            raise IntegrityError("no", None, Exception())

    world.put("note/a", 2_000)
    before = world.list_proofs()
    world.store = SqlStore(world.connection, [DayChanges(("note/",)), Broken()])
    world.open()
    with pytest.raises(IntegrityError):
        world.put("note/a", 3_000)
    assert (world.list_proofs(), world.store.read_day_changes()) == (before, ["note/a"])


def test_a_day_on_which_nothing_chosen_changed_keeps_nothing(world):
    world.put("other/a", 2_000)
    before = world.list_proofs()
    world.put("other/b", 3_000)
    assert world.list_proofs() == before
