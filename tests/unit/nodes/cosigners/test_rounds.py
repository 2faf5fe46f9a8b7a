"""A node's witnesses: who is asked, what is published, and every way in which a stranger may answer."""

import time

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from hefu.v1 import ledger_pb2
from hefu.v1 import node_pb2 as pb
from ledger.notes import COSIGNATURE_V1, Checkpoint, parse_checkpoint, parse_note, sign_cosignature, verify_cosignature
from ledger.proofs import build_consistency_proof, build_transaction_proof, read_checkpoint
from ledger.verify_forms import render_binary
from nodes.cosigners.address import parse_addresses
from nodes.cosigners.asking import MAX_ANSWER_BYTES, MAX_TRIES
from nodes.cosigners.rounds import KEPT_FILE, Cosigners
from nodes.link import LinkFailure
from nodes.witness.submission import SIZE_TYPE, parse_submission
from tests.support.proof_world import LOG_SEED, NETWORK, ORIGIN, PUT, ProofWorld, render_key
from tests.support.witnesses import WorldReaders, make_witness, serving_stranger, serving_witness

NAMES = ("w1.example/hefu", "w2.example/hefu")
STRANGER_SEED = bytes([33]) * 32
STRANGER = render_key("stranger.example", STRANGER_SEED, COSIGNATURE_V1)
LOG_KEY = render_key(ORIGIN, LOG_SEED)
SHORT_MS = 200


@pytest.fixture
def world():
    made = ProofWorld(records=1)
    made.run((PUT, "thing/1", 0))
    yield made
    made.close()


@pytest.fixture
def keys(tmp_path):
    return [make_witness(tmp_path / name[:2], ORIGIN, [LOG_KEY], name) for name in NAMES]


class Node:
    """The cosigners of a world, opened and closed as a node does."""

    def __init__(self, world, directory, *witnesses, patience_ms=5000, is_alone=True):
        readers = WorldReaders(world)
        self.world = world
        self.cosigners = Cosigners(parse_addresses(witnesses), directory, readers, patience_ms, is_alone)

    async def __aenter__(self):
        await self.cosigners.open()
        return self

    async def __aexit__(self, *_):
        await self.cosigners.close()

    async def prove(self, is_witnessed=True) -> ledger_pb2.Proof:
        async def build() -> bytes:
            return render_binary(build_transaction_proof(self.world.store, NETWORK, self.world.ids[0]))

        return ledger_pb2.Proof.FromString(await self.cosigners.finish_proof(is_witnessed, build))

    @property
    def faults(self) -> list[str]:
        return [status.fault for status in self.cosigners.list_status()]

    @property
    def published(self):
        note = self.cosigners.get_note()
        return None if note is None else parse_note(note)


def count_lines(note) -> int:
    return sum(line.name != ORIGIN for line in note.signatures)


def size_of(note) -> int:
    return parse_checkpoint(note.text).size


def at(key: str, port: int) -> str:
    return f"{key} http://127.0.0.1:{port}"


def answer(body: bytes | str, status: int = 200, kind: str = "text/plain") -> web.Response:
    return web.Response(status=status, body=body, content_type=kind)


async def test_a_round_shows_the_newest_and_publishes_what_is_signed(world, keys, tmp_path):
    async with (
        serving_witness(tmp_path / "w1") as one,
        serving_witness(tmp_path / "w2") as two,
        Node(world, tmp_path, at(keys[0], one), at(keys[1], two)) as node,
    ):
        assert node.published is None
        for _ in range(2):
            await node.cosigners.do_round()
            size = world.application.head.size
            assert (size_of(node.published), count_lines(node.published)) == (size, 2)
            assert [status.size for status in node.cosigners.list_status()] == [size, size]
            world.run((PUT, "thing/2", 0))
        assert node.faults == ["", ""]
        assert parse_note((tmp_path / KEPT_FILE).read_bytes()) == node.published


async def test_a_proof_is_cosigned_when_that_is_asked(world, keys, tmp_path):
    async with serving_witness(tmp_path / "w1") as one, Node(world, tmp_path, at(keys[0], one)) as node:
        assert count_lines(parse_note(read_checkpoint(await node.prove(is_witnessed=False)))) == 0
        for _ in range(2):
            assert count_lines(parse_note(read_checkpoint(await node.prove()))) == 1
        assert count_lines(parse_note(read_checkpoint(await node.prove(is_witnessed=False)))) == 1
        world.run((PUT, "thing/2", 0))
        assert count_lines(parse_note(read_checkpoint(await node.prove(is_witnessed=False)))) == 0


async def test_a_view_of_the_checkpoint_too(world, keys, tmp_path):
    async def build() -> bytes:
        return pb.CheckpointView(note=world.application.head.checkpoint).SerializeToString()

    async with serving_witness(tmp_path / "w1") as one, Node(world, tmp_path, at(keys[0], one)) as node:
        for is_asked, lines in ((False, 0), (True, 1), (False, 1)):
            view = pb.CheckpointView.FromString(await node.cosigners.finish_view(is_asked, build))
            assert count_lines(parse_note(view.note)) == lines


async def test_without_witnesses_nothing_changes_and_asking_is_refused(world, tmp_path):
    async def build() -> bytes:
        return b"whatever it is"

    async with Node(world, tmp_path) as node:
        assert await node.cosigners.finish_proof(False, build) == b"whatever it is"
        with pytest.raises(LinkFailure, match="no witnesses"):
            await node.cosigners.finish_proof(True, build)


async def test_a_restart_forgets_no_cosignature(world, keys, tmp_path):
    async with serving_witness(tmp_path / "w1") as one, Node(world, tmp_path, at(keys[0], one)) as node:
        await node.cosigners.do_round()
        before, status = node.published, node.cosigners.list_status()
    async with Node(world, tmp_path, at(keys[0], one)) as node:
        assert node.published == before
        assert node.cosigners.list_status() == status
        assert count_lines(parse_note(read_checkpoint(await node.prove(is_witnessed=False)))) == 1
    async with Node(world, tmp_path, at(keys[1], one)) as node:  # another is trusted now
        assert count_lines(node.published) == 0


@pytest.mark.parametrize("kept", [b"", b"no note", b"\xff", b"of another log", b"larger", b"other root"])
async def test_a_kept_note_that_is_of_no_use_is_passed_over(world, keys, tmp_path, kept):
    size = world.application.head.size
    made = {
        b"of another log": Checkpoint("other.example", 1, bytes(32)),
        b"larger": Checkpoint(ORIGIN, size + 1, bytes(32)),
        b"other root": Checkpoint(ORIGIN, size, bytes(32)),
    }
    text = made[kept].body() if kept in made else kept
    line = sign_cosignature(text, NAMES[0], STRANGER_SEED, 5)
    (tmp_path / KEPT_FILE).write_bytes(text + b"\n" + line.render() if kept in made else kept)
    with capture_logs() as lines:
        async with Node(world, tmp_path, at(keys[0], 1)) as node:
            assert node.published is None
    assert [line["event"] for line in lines] == ["the kept checkpoint is of no use"]


async def test_a_witness_that_was_away_comes_back(world, keys, tmp_path):
    async with (
        serving_witness(tmp_path / "w1") as one,
        serving_witness(tmp_path / "w2") as two,
        Node(world, tmp_path, at(keys[0], one), at(keys[1], two)) as node,
    ):
        await node.cosigners.do_round()
    async with (
        serving_witness(tmp_path / "w1", one),
        Node(world, tmp_path, at(keys[0], one), at(keys[1], two)) as node,
    ):
        world.run((PUT, "thing/2", 0))
        with capture_logs() as lines:
            for _ in range(3):
                await node.cosigners.do_round()
        assert [(line["event"], line["witness"]) for line in lines] == [("a witness does not cosign", NAMES[1])]
        assert count_lines(node.published) == 1
        assert (node.faults[0], node.faults[1][:15]) == ("", "does not answer")
        assert count_lines(parse_note(read_checkpoint(await node.prove()))) == 1
        async with serving_witness(tmp_path / "w2", two):
            await node.cosigners.do_round()
            assert (node.faults, count_lines(node.published)) == (["", ""], 2)
            assert count_lines(parse_note(read_checkpoint(await node.prove()))) == 2


async def test_a_witness_that_knows_more_than_we_remember_says_so(world, keys, tmp_path):
    async with serving_witness(tmp_path / "w1") as one:
        async with Node(world, tmp_path, at(keys[0], one)) as node:
            await node.cosigners.do_round()
        (tmp_path / KEPT_FILE).unlink()
        world.run((PUT, "thing/2", 0))
        async with Node(world, tmp_path, at(keys[0], one)) as node:
            await node.cosigners.do_round()
            assert (node.faults, count_lines(node.published)) == ([""], 1)


@pytest.mark.parametrize("blocks", [0, 1, 2])
async def test_a_node_that_was_set_back_is_refused_with_an_alarm(world, keys, tmp_path, blocks):
    async with serving_witness(tmp_path / "w1") as one:
        world.run((PUT, "thing/2", 0))
        async with Node(world, tmp_path, at(keys[0], one)) as node:
            await node.cosigners.do_round()
        other = ProofWorld(records=1)
        other.run((PUT, "thing/1", 0))
        for number in range(blocks):
            other.run((PUT, f"other/{number}", 0))
        with capture_logs() as lines:
            async with Node(other, tmp_path / "restored", at(keys[0], one)) as node:
                (tmp_path / "restored").mkdir()
                for _ in range(2):
                    await node.cosigners.do_round()
                assert count_lines(parse_note(read_checkpoint(await node.prove()))) == 0
                assert "has cosigned" in node.faults[0]
                assert count_lines(node.published) == 0
        other.close()
    alarms = [line["event"] for line in lines if line.get("alarm") and "witness" in line]
    assert alarms == ["a witness saw another history of this log"]


async def test_a_node_of_a_network_that_lags_raises_no_alarm(world, keys, tmp_path):
    ahead = ProofWorld(records=1)
    for number in range(3):
        ahead.run((PUT, f"thing/{number}", 0))
    async with serving_witness(tmp_path / "w1") as one:
        async with Node(ahead, tmp_path / "ahead", at(keys[0], one)) as node:
            (tmp_path / "ahead").mkdir()
            await node.cosigners.do_round()
        with capture_logs() as lines:
            async with Node(world, tmp_path, at(keys[0], one), is_alone=False) as node:
                await node.cosigners.do_round()
                assert count_lines(parse_note(read_checkpoint(await node.prove()))) == 0
                assert node.faults == [""]
    ahead.close()
    assert lines == []


async def test_an_old_checkpoint_stays_as_it_is_and_is_no_fault(world, keys, tmp_path):
    size = world.application.head.size
    world.run((PUT, "thing/2", 0))

    async def build() -> bytes:
        return render_binary(build_consistency_proof(world.store, NETWORK, 2, size))

    async with serving_witness(tmp_path / "w1") as one, Node(world, tmp_path, at(keys[0], one)) as node:
        await node.cosigners.do_round()
        proof = ledger_pb2.Proof.FromString(await node.cosigners.finish_proof(True, build))
        assert count_lines(parse_note(read_checkpoint(proof))) == 0
        assert node.faults == [""]


def sign(text: bytes, seed: bytes = STRANGER_SEED, name: str = "stranger.example", ahead_s: int = 0) -> bytes:
    return sign_cosignature(text, name, seed, int(time.time()) + ahead_s).render()


LIES = {
    "garbage": (lambda text: answer(b"\xff\x00"), "not its cosignature"),
    "nothing": (lambda text: answer(b""), "not its cosignature"),
    "another key": (lambda text: answer(sign(text, LOG_SEED)), "not its cosignature"),
    "another text": (lambda text: answer(sign(text + b"x\n")), "not its cosignature"),
    "a text of its own": (lambda text: answer(text + b"\n" + sign(text)), "not its cosignature"),
    "from the future": (lambda text: answer(sign(text, ahead_s=900)), "ahead of ours"),
    "huge": (lambda text: answer(b"x" * (MAX_ANSWER_BYTES + 1)), "more than"),
    "unknown log": (lambda text: answer("unknown\n\x1b[2J", 404), "refuses: 404 unknown"),
    "redirect": (lambda text: web.Response(status=307, headers={"Location": "http://127.0.0.1:1/"}), "refuses: 307"),
    "no size": (lambda text: answer("5\n", 409), "without the size"),
    "no number": (lambda text: answer("-5\n", 409, SIZE_TYPE), "without the size"),
    "no end": (lambda text: answer("5", 409, SIZE_TYPE), "without the size"),
    "too large": (lambda text: answer("9999999\n", 409, SIZE_TYPE), "has cosigned a larger log"),
    "the same": (lambda text: answer("0\n", 409, SIZE_TYPE), "refuses: it has size 0"),
    "other history": (lambda text: answer("no\n", 422), "has cosigned another history"),
    "silent": (lambda text: None, "nothing within"),
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_stranger_may_answer_anything(world, keys, tmp_path, lie):
    build, reason = LIES[lie]
    text = parse_note(world.application.head.checkpoint).text
    async with serving_stranger(build(text)) as (url, sent), serving_witness(tmp_path / "w1") as one:
        witnesses = (f"{STRANGER} {url}", at(keys[0], one))
        async with Node(world, tmp_path, *witnesses, patience_ms=SHORT_MS if lie == "silent" else 5000) as node:
            with capture_logs() as lines:
                for _ in range(2):
                    await node.cosigners.do_round()
            assert reason in node.faults[0]
            assert node.faults[1] == ""
            assert count_lines(node.published) == 1
            assert sum("cause" in line for line in lines) == 1
            asked = len(sent)
            assert count_lines(parse_note(read_checkpoint(await node.prove()))) == 1
            assert len(sent) == asked  # one that fails is left to the rounds


async def test_a_witness_with_a_log_before_ours_begins_costs_the_others_nothing(world, keys, tmp_path):
    world.connection.exec_driver_sql("INSERT INTO restored VALUES (1, 0, 2)")
    world.connection.exec_driver_sql("DELETE FROM tiles")
    told = answer("1\n", 409, SIZE_TYPE)
    async with (
        serving_stranger(told) as (url, _),
        serving_witness(tmp_path / "w1") as one,
        Node(world, tmp_path, f"{STRANGER} {url}", at(keys[0], one)) as node,
    ):
        await node.cosigners.do_round()
        assert "not filled so far back" in node.faults[0]
        assert node.faults[1] == ""
        assert count_lines(node.published) == 1


async def test_a_witness_that_changes_its_mind_is_asked_a_few_times(world, tmp_path):
    sizes = [answer(f"{size}\n", 409, SIZE_TYPE) for size in (1, 2, 1, 2)]
    async with serving_stranger(*sizes) as (url, sent), Node(world, tmp_path, f"{STRANGER} {url}") as node:
        await node.cosigners.do_round()
        assert "names another size each time" in node.faults[0]
        assert [parse_submission(body).old_size for body in sent] == [0, 1, 2][:MAX_TRIES]


async def test_a_slow_round_keeps_no_proof_waiting(world, keys, tmp_path):
    async with Node(world, tmp_path, at(keys[0], 1), patience_ms=SHORT_MS) as node:
        async with node.cosigners._turn:
            proof = await node.prove()
        assert count_lines(parse_note(read_checkpoint(proof))) == 0


async def test_a_disk_that_is_full_is_told_and_ends_nothing(world, keys, tmp_path):
    async with serving_witness(tmp_path / "w1") as one:
        with capture_logs() as lines:
            async with Node(world, tmp_path / "missing", at(keys[0], one)) as node:
                await node.cosigners.do_round()
                assert verify_cosignature(node.published, parse_addresses([at(keys[0], one)])[0].key) is not None
    assert "the cosigned checkpoint is not kept" in [line["event"] for line in lines]
