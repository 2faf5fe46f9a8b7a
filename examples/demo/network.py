"""A network of its own: genesis, one node made by `init_node`, started as `hefu node start` and stopped again.

The node is what an operator would run: two processes, gRPC on loopback on a port that is free, a database on disk.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from examples.demo.calendar import build_business_calendar
from examples.demo.cast import Cast
from examples.demo.steps import DAY_MS
from hefu.v1.identity_pb2 import SERVICE, Validator
from nodes.config import PREFIX
from nodes.directory import SERVICE_KEY, TRUST_FILE, init_node
from nodes.genesis_file import build_genesis, build_voucher_rules
from nodes.keys import Key, make_key, write_key

NETWORK_NAME = "demo.hefu"
NODE_FOLDER, LOG_FILE, TRUST, OTHER_TRUST = "node", "node.log", "trust.json", "other-trust.json"
START_LIMIT_S = 60.0
STOP_LIMIT_S = 60.0
POLL_S = 0.05
SME_TERM_DAYS = 60  # what the law gives a large enterprise to pay a small one; all terms of the sample are 30 days
SETTINGS = {
    "listen": "127.0.0.1:0",
    "block_gather_ms": 1,  # one member speaks for all here, and waits for each answer
    "service_key": SERVICE_KEY,
}


class NodeFailed(Exception):
    """The node did not start, or did not stop cleanly; its log says why."""


def get_hefu() -> str:
    """The program `hefu` beside the Python that runs this."""
    return str(Path(sys.executable).parent / "hefu")


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


class RunningNode:
    """`hefu node start` as a process; use it as `with`, and stop it before the checks that need no node."""

    def __init__(self, output: Path) -> None:
        self._log = output / LOG_FILE
        environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        with self._log.open("wb") as log:
            command = [get_hefu(), "node", "start", str(output / NODE_FOLDER)]
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, env=environment, start_new_session=True
            )  # a session of its own: an interrupt of the demo does not reach the node, which is stopped in order
        self.target = ""

    def __enter__(self) -> Self:
        try:
            self.target = f"127.0.0.1:{self._wait_for_port()}"
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The door's process."""
        return self._process.pid

    def stop(self) -> int:
        """Ask it to stop, wait until it has; its exit status. Kills it, and raises NodeFailed, where it does not."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            raise NodeFailed(f"the node did not stop; see {self._log}") from None

    def _wait_for_port(self) -> int:
        limit = time.monotonic() + START_LIMIT_S
        while time.monotonic() < limit:
            port = self._find_port()
            if port:
                return port
            if self._process.poll() is not None:
                raise NodeFailed(f"the node ended with status {self._process.returncode}; see {self._log}")
            time.sleep(POLL_S)
        raise NodeFailed(f"the node was not ready in {START_LIMIT_S:g} s; see {self._log}")

    def _find_port(self) -> int:
        for line in self._log.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue  # what `hefu` itself says, or a line half written
            if isinstance(entry, dict) and entry.get("event") == "door open":
                return int(entry["port"])
        return 0


def new_members_key() -> bytes:
    """The key with which the members compute fingerprints of invoices."""
    return secrets.token_bytes(32)
