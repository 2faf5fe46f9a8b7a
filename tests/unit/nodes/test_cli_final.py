"""`hefu verify` and `hefu trust` with validators: FINAL, and each way in which it is refused."""

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from typer.testing import CliRunner

from hefu.v1 import ledger_pb2 as pb
from hefu.v1 import node_pb2
from ledger.proofs import build_state_proof, filter_proof, get_newest_checkpoint
from ledger.verify_forms import parse_trust, render_json, render_trust_json
from nodes.cli.app import app
from tests.support.fake_node import FakeLedger, handler
from tests.support.light_blocks import DAY_MS, SEEDS, compute_app_hash, finalise, make_light_block, make_network_trust
from tests.support.proof_world import LOG_SEED, NETWORK, ORIGIN, PUT, ProofWorld, render_key

NOW_MS = time.time_ns() // 1_000_000
YEAR_MS = 365 * DAY_MS
TRUST = make_network_trust(trusting_period_ms=20 * YEAR_MS)


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def plain():
    world = ProofWorld()
    world.run((PUT, "a/1", 0))
    yield build_state_proof(world.store, world.tree, NETWORK, ["a/1"])
    world.close()


@pytest.fixture
def verify(tmp_path):
    def check(proof, *arguments, trust=TRUST):
        (tmp_path / "p.json").write_bytes(render_json(filter_proof(proof, TRUST)))
        (tmp_path / "trust.json").write_bytes(render_trust_json(trust))
        return run("verify", tmp_path / "p.json", "--trust", tmp_path / "trust.json", *arguments)

    return check


def test_a_final_proof_is_said_to_be_final(plain, verify):
    fresh = finalise(plain, time_ms=NOW_MS - 1000)
    told = verify(fresh, "--not-older-than", "10m")
    assert told.exit_code == 0, told.output
    assert "assurance 保证  FINAL" in told.output
    assert '"assurance": "FINAL"' in verify(fresh, "--json").output


def test_each_refusal_says_why(plain, verify):
    other_chain = pb.NetworkId(name="proofs.test", genesis_hash=bytes(32))
    expired = make_network_trust(trusting_period_ms=DAY_MS)
    for proof, reason, arguments, trust in (
        (finalise(plain, time_ms=NOW_MS, network=other_chain), "NOT_FINAL", (), TRUST),
        (finalise(plain, time_ms=NOW_MS, absent=SEEDS[:2]), "NOT_FINAL", (), TRUST),
        (finalise(plain, make_light_block(bytes(32), time_ms=NOW_MS)), "NOT_FINAL", (), TRUST),
        (finalise(plain, time_ms=NOW_MS, seeds=SEEDS[4:8]), "UNTRUSTED_VALIDATORS", (), TRUST),
        (finalise(plain, time_ms=NOW_MS), "TRUST_EXPIRED", (), expired),
        (finalise(plain, time_ms=NOW_MS + DAY_MS), "FROM_THE_FUTURE", (), TRUST),
        (finalise(plain, time_ms=NOW_MS - DAY_MS), "TOO_OLD", ("--not-older-than", "10m"), TRUST),
    ):
        told = verify(proof, *arguments, trust=trust)
        assert told.exit_code == 1, told.output
        assert f"DOES NOT HOLD 不成立  {reason}: " in told.output


def test_a_changed_byte_is_refused(plain, tmp_path):
    (tmp_path / "trust.json").write_bytes(render_trust_json(TRUST))
    data = render_json(filter_proof(finalise(plain, time_ms=NOW_MS), TRUST))
    at = data.index(b'"header":"') + 30
    (tmp_path / "p.json").write_bytes(data[:at] + (b"1" if data[at : at + 1] == b"0" else b"0") + data[at + 1 :])
    assert run("verify", tmp_path / "p.json", "--trust", tmp_path / "trust.json").exit_code in (1, 2)


def test_a_trust_file_is_renewed_and_shown(plain, tmp_path):
    old, proof, new = tmp_path / "trust.json", tmp_path / "p.json", tmp_path / "new.json"
    old.write_bytes(render_trust_json(TRUST))
    block = make_light_block(compute_app_hash(plain), height=77, time_ms=NOW_MS)
    proof.write_bytes(render_json(filter_proof(finalise(plain, block), TRUST)))
    told = run("trust", "renew", old, "--proof", proof, "--out", new)
    assert told.exit_code == 0, told.output
    assert "trusted header: height 77, hash " in told.output
    assert parse_trust(new.read_bytes()).trusted_header == block.header
    assert "trusted header: height 77" in run("trust", "show", new).output
    assert "trusted header:" not in run("trust", "show", old).output
    assert run("verify", proof, "--trust", new).exit_code == 0
    as_json = run("trust", "renew", old, "--proof", proof, "--out", tmp_path / "newer.json", "--json")
    assert as_json.exit_code == 0
    assert as_json.output.startswith("{")


def test_what_is_not_final_renews_nothing(plain, tmp_path):
    old, proof = tmp_path / "trust.json", tmp_path / "p.json"
    old.write_bytes(render_trust_json(TRUST))
    proof.write_bytes(render_json(filter_proof(finalise(plain, time_ms=NOW_MS, absent=SEEDS[:2]), TRUST)))
    told = run("trust", "renew", old, "--proof", proof, "--out", tmp_path / "new.json")
    assert (told.exit_code, "NOT_FINAL" in told.output) == (1, True)
    assert not (tmp_path / "new.json").exists()


class ShownLedger(FakeLedger):
    """A node of a network; what it shows of its newest checkpoint can be changed."""

    def __init__(self, proof):
        super().__init__()
        self.view = node_pb2.CheckpointView(note=get_newest_checkpoint(proof), finality=proof.finality)

    def get_status(self, request, context):
        status = node_pb2.NodeStatus(network=NETWORK, origin=ORIGIN, log_key=render_key(ORIGIN, LOG_SEED))
        status.engine.name = "an engine"
        return status

    def get_checkpoint(self, request, context):
        assert request.fresh
        return self.view


@contextlib.contextmanager
def showing(ledger):
    """The address of a node that shows this."""
    shown = grpc.unary_unary_rpc_method_handler(
        ledger.get_checkpoint, node_pb2.GetCheckpointRequest.FromString, node_pb2.CheckpointView.SerializeToString
    )
    more = grpc.method_handlers_generic_handler("hefu.v1.LedgerService", {"GetCheckpoint": shown})
    server = grpc.server(ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((more, handler(ledger)))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(0).wait()


def test_a_networks_node_exports_the_validators_that_it_shows(plain, tmp_path):
    ledger = ShownLedger(finalise(plain, time_ms=NOW_MS, height=12))
    with showing(ledger) as node:
        told = run("trust", "export", "--out", tmp_path / "trust.json", "--node", node)
        assert told.exit_code == 0, told.output
        assert "trusted header: height 12, hash " in told.output
        assert "Trust on first use" in told.output
        trust = parse_trust((tmp_path / "trust.json").read_bytes())
        (tmp_path / "p.json").write_bytes(render_json(filter_proof(finalise(plain, time_ms=NOW_MS, height=12), trust)))
        assert run("verify", tmp_path / "p.json", "--trust", tmp_path / "trust.json").exit_code == 0
        ledger.view.finality.CopyFrom(finalise(plain, time_ms=NOW_MS, absent=SEEDS[:2]).finality)
        told = run("trust", "export", "--out", tmp_path / "forged.json", "--node", node)
        assert (told.exit_code, "NOT_FINAL" in told.output) == (1, True)
        ledger.view.ClearField("finality")
        told = run("trust", "export", "--out", tmp_path / "forged.json", "--node", node)
        assert (told.exit_code, "ask again" in told.output) == (2, True)
        assert not (tmp_path / "forged.json").exists()


def test_the_network_is_judged_before_its_votes(plain, verify):
    other = make_network_trust(seeds=SEEDS[4:8], trusting_period_ms=20 * YEAR_MS)
    other.network.genesis_hash = bytes(32)
    told = verify(finalise(plain, time_ms=NOW_MS), trust=other)
    assert (told.exit_code, "OTHER_NETWORK" in told.output) == (1, True)
