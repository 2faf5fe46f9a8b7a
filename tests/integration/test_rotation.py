"""A new log key: on a stopped node, by the command line, cut short between any two of its steps."""

import json
from itertools import count

import pytest
from typer.testing import CliRunner

from examples.demo.replay import _replay
from hefu.v1 import ledger_pb2
from hefu.v1 import node_pb2 as pb
from ledger.errors import MalformedInput
from ledger.notes import ED25519, parse_note, parse_verifier_key
from ledger.proofs import filter_proof
from ledger.rotation import read_rotation
from ledger.store.database import open_engine
from ledger.store.sql import SqlStore
from ledger.verify import ProofRefused, parse_trust, render_trust_json, verify
from nodes import rotation
from nodes.cli.app import app
from nodes.config import load_config
from nodes.directory import COSIGNATURE_KEY, LOG_KEY, TRUST_FILE, NodeDirectory, render_key
from nodes.door import serve
from nodes.network.making import NetworkRequest, init_development_network
from nodes.network.plan import build_plan
from nodes.rotation import NEXT_LOG_KEY, rotate_log_key
from nodes.wiring import NoteSigner, begin_ledger, open_application, prepare_database
from tests.support.cometbft import find_base_port
from tests.support.replay import replay
from tests.support.running import Network, init, running

NUMBERS = count(1)
STEPS = ("_write_next_seed", "_hand_over", "_write_trust", "_replace_seed")


class CutShort(BaseException):
    """The process ends here."""


@pytest.fixture
def network():
    return Network()


@pytest.fixture
def directory(network, tmp_path):
    return init(tmp_path / "data", network, processes=1)


def rotate(directory):
    return rotate_log_key(directory, load_config(directory, {}))


def cut_short(directory, monkeypatch, step: str):
    """A rotation that ends before `step`."""

    def end(*_: object):
        raise CutShort

    with monkeypatch.context() as patch:
        patch.setattr(rotation, step, end)
        with pytest.raises(CutShort):
            rotate(directory)


def read_trust(directory) -> ledger_pb2.TrustFile:
    return parse_trust((directory / TRUST_FILE).read_bytes())


@pytest.fixture
def member(tmp_path):
    """The directory of a network's node."""
    request = NetworkRequest(build_plan(1, base_port=find_base_port(3)), "/opt/cometbft")
    init_development_network(tmp_path / "net", request)
    return tmp_path / "net/node0"


def get_key(directory, name: str = LOG_KEY) -> str:
    return render_key("test.hefu/log", NodeDirectory(directory).read_seed(name), ED25519)


def test_a_node_of_a_network_keeps_its_log_key(member):
    with pytest.raises(MalformedInput, match="one log"):
        rotate_log_key(member, load_config(member, {}))
    with pytest.raises(MalformedInput, match="genesis names validators"):
        rotate_log_key(member, load_config(member, {"HEFU_NODE_ENGINE": "solo"}))
    assert not (member / NEXT_LOG_KEY).exists()


async def test_a_node_of_a_network_orders_nothing_alone(member, capfd):
    """Its operator wants it to go on while the others are away: that would be a second history."""
    assert await serve(member, load_config(member, {"HEFU_NODE_ENGINE": "solo", "HEFU_NODE_PROCESSES": "1"})) == 1
    written = capfd.readouterr()
    assert "genesis names validators" in written.err + written.out


async def decide(directory, network) -> tuple[pb.Receipt, ledger_pb2.Proof, pb.NodeStatus]:
    """Something is decided on the running node: its receipt and proof, and the status after it."""
    async with running(directory) as node:
        receipt = await node.ledger.Submit(pb.SubmitRequest(transaction=network.issue(next(NUMBERS))))
        proof = await node.ledger.ProveTransaction(pb.ProveTransactionRequest(id=receipt.id))
        return receipt, proof, await node.ledger.GetStatus(pb.GetStatusRequest())


async def test_each_key_signs_its_sizes_and_the_trust_file_says_so(directory, network):
    old_trust, old_key = read_trust(directory), get_key(directory)
    _, old_proof, before = await decide(directory, network)
    done = rotate(directory)
    trust = read_trust(directory)
    assert (done.size, done.was_begun) == (before.size + 2, False)
    assert [(k.key, k.first_size, k.last_size) for k in trust.log_keys[:2]] == [
        (old_key, 0, done.size),
        (done.new_key, done.size + 1, 0),
    ]
    assert trust.log_keys[2] == old_trust.log_keys[1]
    assert get_key(directory) == done.new_key
    assert (directory / LOG_KEY).stat().st_mode & 0o777 == 0o600
    assert not (directory / NEXT_LOG_KEY).exists()

    _, new_proof, after = await decide(directory, network)
    assert (after.height, after.log_key) == (before.height + 2, done.new_key)
    note = parse_note(new_proof.transaction.checkpoint)
    assert note.find_signature(parse_verifier_key(done.new_key)) is not None
    assert note.find_signature(parse_verifier_key(old_key)) is None
    assert verify(filter_proof(old_proof, trust), trust).size == before.size
    assert verify(filter_proof(new_proof, trust), trust).size == after.size
    with pytest.raises(ProofRefused, match="UNTRUSTED_CHECKPOINT"):
        verify(filter_proof(new_proof, old_trust), old_trust)

    async with running(directory) as node:
        growth = await node.ledger.ProveConsistency(pb.ProveConsistencyRequest(first_size=before.size))
    assert verify(filter_proof(growth, trust), trust).first_size == before.size


async def test_the_old_key_signs_the_block_that_hands_over(directory, network):
    done = rotate(directory)
    trust = read_trust(directory)
    async with running(directory) as node:
        keys = ["limits"]
        proof = await node.ledger.ProveState(pb.ProveStateRequest(keys=keys))
        verdict = verify(filter_proof(proof, trust), trust)
    assert (verdict.size, verdict.height, verdict.standing) == (done.size, 1, "CURRENT")


def test_it_may_be_done_again_and_again(directory):
    first, second = rotate(directory), rotate(directory)
    sizes = [(trusted.first_size, trusted.last_size) for trusted in read_trust(directory).log_keys]
    assert sizes == [(0, first.size), (first.size + 1, second.size), (second.size + 1, 0), (0, 0)]


@pytest.mark.parametrize("step", STEPS)
async def test_a_start_finishes_what_was_cut_short_or_goes_on_as_before(directory, network, monkeypatch, step):
    old_key = get_key(directory)
    cut_short(directory, monkeypatch, step)
    is_handed_over = step in STEPS[2:]
    new_key = get_key(directory, NEXT_LOG_KEY) if step != STEPS[0] else ""
    receipt, proof, status = await decide(directory, network)
    assert receipt.height == (2 if is_handed_over else 1)
    assert status.log_key == get_key(directory) == (new_key if is_handed_over else old_key)
    trust = read_trust(directory)
    assert len(trust.log_keys) == (3 if is_handed_over else 2)
    assert verify(filter_proof(proof, trust), trust).size == status.size
    assert (directory / NEXT_LOG_KEY).exists() == (step == "_hand_over")


@pytest.mark.parametrize("step", STEPS)
async def test_asked_again_it_is_done_once(directory, network, monkeypatch, step):
    cut_short(directory, monkeypatch, step)
    found = get_key(directory, NEXT_LOG_KEY) if step != STEPS[0] else ""
    done = rotate(directory)
    assert done.was_begun == (step in STEPS[2:])
    assert get_key(directory) == done.new_key
    assert found in ("", done.new_key)
    assert len(read_trust(directory).log_keys) == 3
    _, proof, status = await decide(directory, network)
    assert status.height == 2
    trust = read_trust(directory)
    assert verify(filter_proof(proof, trust), trust).size == status.size


async def test_a_commit_that_is_cut_short_hands_nothing_over(directory, network, monkeypatch):
    def end(_: object):
        raise CutShort

    old_key = get_key(directory)
    with monkeypatch.context() as patch:
        patch.setattr(SqlStore, "finish_block", end)
        with pytest.raises(CutShort):
            rotate(directory)
    _, _, status = await decide(directory, network)
    assert (status.height, status.log_key, get_key(directory)) == (1, old_key, old_key)


async def test_a_replay_from_genesis_gives_the_same_log_and_notes(directory, network):
    origin = load_config(directory, {}).origin
    node = NodeDirectory(directory)
    old_seed = node.read_seed(LOG_KEY)
    await decide(directory, network)
    done = rotate(directory)
    await decide(directory, network)
    new_seed = node.read_seed(LOG_KEY)
    source_engine = open_engine(node.get_url(load_config(directory, {})), read_only=True)
    fresh_engine = open_engine("sqlite://")
    with source_engine.connect() as reading, fresh_engine.connect() as writing:
        source, fresh = SqlStore(reading), SqlStore(writing)
        prepare_database(writing)
        begin_ledger(fresh, source.read_genesis() or b"", origin, old_seed)
        application = open_application(fresh, origin, old_seed)
        signers = NoteSigner(origin, old_seed), NoteSigner(origin, new_seed)
        application._sign_note = lambda text: signers[int(text.split(b"\n")[1]) > done.size].sign(text)
        assert replay(source, application) == 3
        head = source.read_head_of_size(done.size)
        assert head is not None
        assert read_rotation(source, head) == done.new_key
        other = source.read_head_at(0)
        assert other is not None
        assert read_rotation(source, other) is None
    fresh_engine.dispose()
    again = open_engine("sqlite://")
    assert _replay(source_engine, again, origin, new_seed).is_same  # under any key: roots do not know who signs
    again.dispose()
    source_engine.dispose()


def test_by_the_command_line(directory):
    first = CliRunner().invoke(app, ["node", "rotate-log-key", str(directory)])
    assert first.exit_code == 0, first.output
    assert get_key(directory) in first.output
    again = CliRunner().invoke(app, ["node", "rotate-log-key", str(directory), "--json"])
    assert json.loads(again.stdout) == {
        "new_key": get_key(directory), "last_size_of_old_key": 6, "was_begun_before": False,
    }  # fmt: skip
    (directory / TRUST_FILE).unlink()
    refused = CliRunner().invoke(app, ["node", "rotate-log-key", str(directory)])
    assert refused.exit_code == 2
    assert not (directory / NEXT_LOG_KEY).exists()


def test_it_is_refused_where_something_is_wrong(directory):
    (directory / "clock-stopped").write_text("it jumped\n")
    with pytest.raises(MalformedInput, match="accept-clock"):
        rotate(directory)
    (directory / "clock-stopped").unlink()
    trust = read_trust(directory)
    other = ledger_pb2.TrustedKey(key=get_key(directory, COSIGNATURE_KEY))
    trust.log_keys[0].CopyFrom(other)
    (directory / TRUST_FILE).write_bytes(render_trust_json(trust))
    with pytest.raises(MalformedInput, match="does not name"):
        rotate(directory)
    (directory / "ledger.db").unlink()
    with pytest.raises(MalformedInput, match="no database"):
        rotate(directory)
    assert not (directory / NEXT_LOG_KEY).exists()
    assert not (directory / "ledger.db").exists()
