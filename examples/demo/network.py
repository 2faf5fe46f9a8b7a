"""A network of its own: genesis, one node made by `init_node`, started as `hefu node start` and stopped again.

The node is what an operator would run: two processes, gRPC on loopback on a port that is free, a database on disk.
"""

import json
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from examples.demo.calendar import build_business_calendar
from examples.demo.cast import Cast
from examples.demo.running import NodeFailed, Running
from examples.demo.steps import DAY_MS
from hefu.v1.identity_pb2 import SERVICE, Validator
from nodes.directory import SERVICE_KEY, TRUST_FILE, init_node
from nodes.genesis_file import build_genesis, build_voucher_rules
from nodes.keys import Key, make_key, write_key

NETWORK_NAME = "demo.hefu"
NODE_FOLDER, TRUST, OTHER_TRUST = "node", "trust.json", "other-trust.json"
SME_TERM_DAYS = 60  # what the law gives a large enterprise to pay a small one; all terms of the sample are 30 days
SETTINGS = {
    "listen": "127.0.0.1:0",
    "block_gather_ms": 1,  # one member speaks for all here, and waits for each answer
    "service_key": SERVICE_KEY,
}


def make_network(output: Path, cast: Cast, first_clock_ms: int) -> None:
    """Make `output` anew, in it a node whose block 0 says who founds the network; its clock is simulated."""
    clear_output(output, NODE_FOLDER)
    service = make_key(cast.registrar.id, "node", [SERVICE])
    init_node(output / NODE_FOLDER, build_demo_genesis(cast, first_clock_ms, service), SETTINGS)
    write_key(output / NODE_FOLDER / SERVICE_KEY, service)
    shutil.copyfile(output / NODE_FOLDER / TRUST_FILE, output / TRUST)


def clear_output(output: Path, folder: str) -> None:
    """Make `output` anew. NodeFailed where it holds something else than what an earlier demo left: `folder`."""
    if output.exists():
        if not (output / folder).is_dir() and any(output.iterdir()):
            raise NodeFailed(f"{output} holds something else than an earlier demo; name another folder with --output")
        shutil.rmtree(output)
    output.mkdir(parents=True)


def build_demo_genesis(cast: Cast, first_clock_ms: int, service: Key, validators: Sequence[Validator] = ()) -> bytes:
    """Who founds the network, by which rules; the registrar also has the service key of the node."""
    rules = build_voucher_rules()
    rules.max_answer_ms = 15 * DAY_MS  # the spring festival is long
    rules.line_required = True
    rules.sme_term_days = SME_TERM_DAYS
    founders = [member.founder for member in cast.founders]
    founders[0] = replace(founders[0], keys=(*founders[0].keys, service))  # the registrar, who runs the node
    return build_genesis(
        NETWORK_NAME,
        first_clock_ms,
        founders,
        simulated_clock=True,
        rules=rules,
        calendar=build_business_calendar(),
        validators=validators,
    )


def make_other_trust(output: Path, cast: Cast, clock_ms: int) -> Path:
    """The trust file of another network of the same name and founders: only its genesis differs, by its salt."""
    folder = output / "other-node"
    genesis = build_genesis(NETWORK_NAME, clock_ms, [member.founder for member in cast.founders], simulated_clock=True)
    init_node(folder, genesis)
    path = output / OTHER_TRUST
    shutil.move(folder / TRUST_FILE, path)
    shutil.rmtree(folder)
    return path


class RunningNode(Running):
    """`hefu node start`. `target`: where its door listens, once it does."""

    def __init__(self, output: Path) -> None:
        super().__init__(output, "node", "start", str(output / NODE_FOLDER))
        self.target = ""

    def _is_ready(self) -> bool:
        """Whether its log says on which port its door has opened."""
        for line in self._log.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue  # what `hefu` itself says, or a line half written
            if isinstance(entry, dict) and entry.get("event") == "door open":
                self.target = f"127.0.0.1:{entry['port']}"
        return bool(self.target)


def new_members_key() -> bytes:
    """The key with which the members compute fingerprints of invoices."""
    return secrets.token_bytes(32)
