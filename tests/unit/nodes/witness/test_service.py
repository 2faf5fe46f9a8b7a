"""What a witness cosigns: each status, in its order of precedence, under load, and cut short at any point."""

import asyncio
import gzip
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import aiohttp
import pytest
from structlog.testing import capture_logs

from ledger.errors import MalformedInput
from ledger.notes import Checkpoint, Note, NoteSignature, parse_note, sign_note, verify_cosignature
from ledger.notes import parse_verifier_key as parse_key
from nodes.witness import service
from nodes.witness.directory import open_state, read_identity
from nodes.witness.service import Witness
from nodes.witness.store import MAX_SPLITS
from nodes.witness.submission import MAX_SUBMISSION_BYTES, SIZE_TYPE, render_submission
from tests.support.garbage import throw_garbage
from tests.support.witnesses import (
    KEY,
    ORIGIN,
    OTHER_KEY,
    OTHER_SEED,
    SEED,
    ShownLog,
    add_log,
    make_witness,
    serving_witness,
)

NOW_S = 1_700_000_000
LOG = ShownLog(40)
FORK = ShownLog(40, fork="other")


class Desk:
    """A witness with a clock of its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.identity = read_identity(directory)
        self.store = open_state(directory, self.identity)
        self.now_s = NOW_S
        self.witness = Witness(self.identity, self.store, lambda: self.now_s)

    def show(self, old_size: int, size: int, log: ShownLog = LOG, *seeds: bytes):
        return self.witness.add_checkpoint(log.submission(old_size, size, *seeds))

    @property
    def newest(self) -> tuple[int, bytes, int]:
        log = self.store.list_logs()[ORIGIN]
        return log.size, log.root, log.cosigned_at_s


@pytest.fixture
def directory(tmp_path):
    make_witness(tmp_path / "w", ORIGIN, [KEY])
    return tmp_path / "w"


@pytest.fixture
def desk(directory):
    made = Desk(directory)
    yield made
    made.store.close()


def read_time(desk, answer, size, log=LOG):
    note = parse_note(log.note(size).text + b"\n" + answer.body)
    return verify_cosignature(note, parse_key(desk.identity.render_key()))


def test_what_continues_is_cosigned_with_the_time_and_kept(desk):
    for old_size, size in ((0, 5), (5, 5), (5, 40)):
        desk.now_s += 1
        answer = desk.show(old_size, size)
        assert (answer.status, read_time(desk, answer, size)) == (200, desk.now_s)
        assert desk.newest == (size, LOG.checkpoint(size).root, desk.now_s)


def test_refuses_400_what_is_malformed(desk):
    assert desk.witness.add_checkpoint(b"old 0\n\nno note").status == 400
    assert desk.newest[0] == 0


def test_refuses_404_a_log_that_it_does_not_know(desk):
    text = Checkpoint("another.example/log", 1, bytes(32)).body()
    note = Note(text, (sign_note(text, ORIGIN, SEED),))
    assert desk.witness.add_checkpoint(render_submission(0, [], note.render())).status == 404


def test_refuses_403_without_a_trusted_signature(desk):
    assert desk.show(0, 5, LOG, OTHER_SEED).status == 403
    note = LOG.note(5)
    broken = NoteSignature(ORIGIN, note.signatures[0].key_id, bytes(64))
    body = render_submission(0, [], Note(note.text, (broken,)).render())
    assert desk.witness.add_checkpoint(body).status == 403
    assert desk.newest[0] == 0


def test_refuses_403_a_note_with_one_bad_line_of_a_trusted_key(directory):
    add_log(directory, ORIGIN, [OTHER_KEY])
    desk = Desk(directory)
    good, other = LOG.note(5, SEED, OTHER_SEED).signatures
    broken = NoteSignature(ORIGIN, other.key_id, bytes(64))
    body = render_submission(0, [], Note(LOG.note(5).text, (good, broken)).render())
    assert desk.witness.add_checkpoint(body).status == 403
    desk.store.close()


def test_one_of_several_trusted_keys_is_enough(directory):
    add_log(directory, ORIGIN, [OTHER_KEY])
    desk = Desk(directory)
    assert desk.show(0, 5, LOG, OTHER_SEED).status == 200
    assert desk.show(5, 6, LOG, SEED).status == 200
    assert desk.show(6, 7, LOG, SEED, bytes([99]) * 32).status == 200  # a stranger's line is passed over
    desk.store.remove_key(ORIGIN, OTHER_KEY)
    assert desk.show(7, 8, LOG, OTHER_SEED).status == 403
    with pytest.raises(MalformedInput, match="not trusted"):
        desk.store.remove_key(ORIGIN, OTHER_KEY)
    assert desk.newest[0] == 7
    desk.store.close()


def test_refuses_400_an_old_size_above_the_checkpoints(desk):
    desk.show(0, 5)
    body = render_submission(6, [], LOG.note(5).render())
    assert desk.witness.add_checkpoint(body).status == 400


def test_refuses_409_another_old_size_and_names_its_own(desk):
    desk.show(0, 5)
    for old_size, size in ((0, 9), (4, 9), (9, 9), (0, 3), (3, 4)):
        answer = desk.show(old_size, size)
        assert (answer.status, answer.body, answer.content_type) == (409, b"5\n", SIZE_TYPE)
    assert desk.newest[0] == 5


def test_refuses_409_a_second_root_and_keeps_the_evidence(desk):
    desk.show(0, 5)
    with capture_logs() as lines:
        answer = desk.show(5, 5, FORK)
    assert (answer.status, answer.body, answer.content_type) == (409, b"5\n", SIZE_TYPE)
    assert [line["event"] for line in lines if line.get("alarm")] == ["a log has signed two roots for one size"]
    assert desk.newest[1] == LOG.checkpoint(5).root
    desk.show(5, 5, FORK)
    assert desk.store.list_splits(ORIGIN) == [FORK.note(5).render()]


def test_evidence_is_bounded(desk):
    for number in range(MAX_SPLITS + 3):
        desk.store.note_split(ORIGIN, Checkpoint(ORIGIN, number, bytes(32)), b"note")
    assert len(desk.store.list_splits(ORIGIN)) == MAX_SPLITS


def test_refuses_422_what_does_not_continue(desk):
    desk.show(0, 5)
    assert desk.show(5, 9, FORK).status == 422
    for path in ([], LOG.tree.build_consistency(4, 9), [*LOG.tree.build_consistency(5, 9), bytes(32)]):
        assert desk.witness.add_checkpoint(render_submission(5, path, LOG.note(9).render())).status == 422
    assert desk.witness.add_checkpoint(render_submission(5, [bytes(32)], LOG.note(5).render())).status == 422
    assert desk.newest[0] == 5


def test_refuses_422_a_path_from_nothing(desk):
    assert desk.witness.add_checkpoint(render_submission(0, [bytes(32)], LOG.note(5).render())).status == 422


def test_an_empty_log_has_one_root(desk):
    assert desk.show(0, 0).status == 200
    text = Checkpoint(ORIGIN, 0, bytes(32)).body()
    note = Note(text, (sign_note(text, ORIGIN, SEED),))
    assert desk.witness.add_checkpoint(render_submission(0, [], note.render())).status == 409


def test_time_never_goes_back(desk):
    desk.show(0, 5)
    desk.now_s = NOW_S - service.CLOCK_TOLERANCE_S
    assert read_time(desk, desk.show(5, 6), 6) == NOW_S
    desk.now_s -= 1
    assert desk.show(6, 7).status == 503
    assert desk.newest == (6, LOG.checkpoint(6).root, NOW_S)
    desk.now_s = NOW_S + 1
    assert read_time(desk, desk.show(6, 7), 7) == NOW_S + 1


def test_of_many_at_once_one_advances(desk):
    bodies = [log.submission(0, size) for size in range(1, 30) for log in (LOG, FORK)]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(desk.witness.add_checkpoint, bodies))
    won = [number for number, answer in enumerate(answers) if answer.status == 200]
    assert len(won) == 1
    size = won[0] // 2 + 1
    assert desk.newest[:2] == (size, (LOG, FORK)[won[0] % 2].checkpoint(size).root)
    assert all(answer.body == b"%d\n" % size for answer in answers if answer.status == 409)


def test_two_processes_on_one_state_are_as_one(directory):
    first, second = Desk(directory), Desk(directory)
    assert first.show(0, 5).status == 200
    assert second.show(0, 9, FORK).status == 409
    assert second.show(5, 5, FORK).status == 409
    assert second.show(5, 9).status == 200
    assert first.show(5, 7).body == b"9\n"
    first.store.close()
    second.store.close()


def test_a_write_that_fails_cosigns_nothing(desk, monkeypatch):
    class NoDisk(Exception):
        pass

    real = type(desk.store._connection).commit

    def lose(connection):
        raise NoDisk

    def keep_and_say_lost(connection):
        real(connection)
        raise NoDisk

    monkeypatch.setattr(type(desk.store._connection), "commit", lose)
    with pytest.raises(NoDisk):
        desk.show(0, 5)
    monkeypatch.setattr(type(desk.store._connection), "commit", real)
    assert desk.newest[0] == 0
    monkeypatch.setattr(type(desk.store._connection), "commit", keep_and_say_lost)
    with pytest.raises(NoDisk):
        desk.show(0, 5)
    monkeypatch.setattr(type(desk.store._connection), "commit", real)
    assert desk.newest[0] == 5
    assert desk.show(0, 5, FORK).status == 409
    assert desk.show(5, 5, FORK).status == 409
    assert desk.show(5, 5).status == 200


KILLED = """
import os, signal, sys
from pathlib import Path
from nodes.witness import service, store
from tests.unit.nodes.witness.test_service import Desk
def end(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
{patch}
Desk(Path(sys.argv[1])).show(0, 5)
"""


@pytest.mark.parametrize(
    ("patch", "size"),
    [
        ("service.judge = end", 0),
        ("Desk.now_s = property(end, lambda self, value: None)", 0),
        ("store.update = end", 0),
        ("service.sign_cosignature = end", 5),
    ],
)
def test_killed_at_any_step_it_never_signs_two_roots(directory, patch, size):
    ended = subprocess.run(
        [sys.executable, "-c", KILLED.format(patch=patch), str(directory)], env=os.environ, timeout=60
    )
    assert ended.returncode == -signal.SIGKILL
    desk = Desk(directory)
    assert desk.newest[0] == size
    if size:
        assert desk.show(0, size, FORK).status == 409
        assert desk.show(size, size, FORK).status == 409
        assert desk.show(size, size).status == 200
    else:
        assert desk.show(0, 5, FORK).status == 200
    desk.store.close()


def test_key_and_state_belong_together(directory, tmp_path):
    make_witness(tmp_path / "other", ORIGIN, [KEY], "w2.example/hefu")
    for name in ("witness.key", "name"):
        (directory / name).write_bytes((tmp_path / "other" / name).read_bytes())
    with pytest.raises(MalformedInput, match="state of the witness"):
        Desk(directory)
    (directory / "witness.db").unlink()
    with pytest.raises(MalformedInput, match="no such file"):
        Desk(directory)
    (directory / "witness.db").write_bytes(b"something else, longer than nothing" * 100)
    with pytest.raises(MalformedInput, match="no state of a witness"):
        Desk(directory)


def test_a_witness_is_made_once_and_with_a_name(tmp_path):
    for name in ("", "with space", "with+plus"):
        with pytest.raises(MalformedInput, match="name"):
            make_witness(tmp_path / "w", ORIGIN, [KEY], name)
    assert not (tmp_path / "w").exists()
    make_witness(tmp_path / "w", ORIGIN, [KEY])
    with pytest.raises(MalformedInput, match="neither"):
        make_witness(tmp_path / "w", ORIGIN, [KEY])
    assert "seed" not in repr(read_identity(tmp_path / "w"))


async def post(session, port, body, path="add-checkpoint", method="POST"):
    async with session.request(method, f"http://127.0.0.1:{port}/{path}", data=body) as response:
        return response.status, response.content_type, await response.read()


async def test_over_http(directory):
    async with serving_witness(directory) as port, aiohttp.ClientSession() as session:
        status, kind, body = await post(session, port, LOG.submission(0, 5))
        assert (status, kind) == (200, "text/plain")
        assert body.startswith("— w1.example/hefu ".encode())
        assert await post(session, port, LOG.submission(0, 9)) == (409, SIZE_TYPE, b"5\n")
        assert (await post(session, port, b"x" * (MAX_SUBMISSION_BYTES + 1)))[0] == 413
        assert (await post(session, port, None, method="GET"))[0] == 405
        assert (await post(session, port, b"", "elsewhere"))[0] == 404
        with pytest.raises(MalformedInput, match="held by another process"):
            async with serving_witness(directory):
                pass


async def test_garbage_stops_no_witness(directory):
    async with serving_witness(directory) as port, aiohttp.ClientSession() as session:
        with capture_logs() as lines:
            await throw_garbage(lambda: asyncio.open_connection("127.0.0.1", port))
        assert not [line for line in lines if line.get("alarm")]
        assert (await post(session, port, LOG.submission(0, 5)))[0] == 200


async def test_a_packed_body_is_not_unpacked(directory):
    packed = gzip.compress(LOG.submission(0, 5))
    async with (
        serving_witness(directory) as port,
        aiohttp.ClientSession(headers={"Content-Encoding": "gzip"}) as session,
    ):
        assert (await post(session, port, packed))[0] == 400


async def test_a_slow_caller_is_answered_408(directory, monkeypatch):
    monkeypatch.setattr(service, "READ_S", 0.01)
    async with serving_witness(directory) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 10\r\n\r\nold")
        assert b" 408 " in await reader.readline()
        writer.close()


async def test_a_defect_is_an_alarm_and_no_end(directory, monkeypatch):
    def break_down(*_):
        raise ZeroDivisionError

    async with serving_witness(directory) as port, aiohttp.ClientSession() as session:
        with monkeypatch.context() as patch, capture_logs() as lines:
            patch.setattr(Witness, "add_checkpoint", break_down)
            assert (await post(session, port, b""))[0] == 500
        assert [line["event"] for line in lines if line.get("alarm")] == ["an answer over HTTP met a defect"]
        assert (await post(session, port, LOG.submission(0, 5)))[0] == 200


async def test_a_port_that_is_taken_is_said(directory, tmp_path):
    make_witness(tmp_path / "other", ORIGIN, [KEY])
    async with serving_witness(directory) as port:
        with pytest.raises(RuntimeError, match="ended with 1"):
            async with serving_witness(tmp_path / "other", port):
                pass
