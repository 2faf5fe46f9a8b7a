"""A small network and a running node of it, for tests over real sockets."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from hefu.v1 import identity_pb2, pledges_pb2, receivables_pb2
from hefu.v1.node_pb2_grpc import IdentityServiceStub, LedgerServiceStub, VoucherServiceStub
from identity.genesis import parse_genesis
from nodes.client.builder import Draft, sign_drafts
from nodes.config import load_config
from nodes.directory import init_node
from nodes.door import serve
from nodes.genesis_file import Founder, build_genesis, build_policy, build_registrar, make_uscc
from nodes.keys import Key, make_key
from nodes.wiring import compute_network

NOW_MS = time.time_ns() // 1_000_000
TODAY = (NOW_MS + 8 * 3_600_000) // 86_400_000
CORE, SUPPLIER, BANK = make_uscc(2), make_uscc(3), make_uscc(4)


def make_team(organisation: str) -> tuple[Key, Key]:
    """A maker's and a checker's key."""
    maker, checker = identity_pb2.MAKER, identity_pb2.CHECKER
    return make_key(organisation, "maker", [maker]), make_key(organisation, "checker", [checker])


class Network:
    """A core enterprise, a supplier (one person suffices) and a bank, with what they say.

    `genesis`: what else `build_genesis` is told, such as who votes.
    """

    def __init__(self, **genesis: Any) -> None:
        self.registrar = build_registrar()
        self.core, self.supplier, self.bank = make_team(CORE), make_team(SUPPLIER), make_team(BANK)
        roles = identity_pb2
        self.founders = (
            self.registrar,
            Founder(CORE, "某核心企业", (roles.CORE_ENTERPRISE,), self.core),
            Founder(SUPPLIER, "某供应商", (roles.SUPPLIER,), self.supplier, build_policy(1)),
            Founder(BANK, "某银行", (roles.BANK, roles.CLEARING_BANK), self.bank),
        )
        self.genesis = build_genesis("test.hefu", NOW_MS - 60_000, self.founders, **genesis)
        self.id = compute_network(parse_genesis(self.genesis))

    def sign(self, organisation: str, payload: Any, *keys: Key, valid_until_ms: int = NOW_MS + 3_600_000) -> bytes:
        """Signed bytes of one command."""
        return sign_drafts(self.id, valid_until_ms, [Draft((organisation,), payload)], [key.seed for key in keys])

    def issue(self, number: int, face_fen: int = 100_000, accept_by_ms: int = NOW_MS + 86_400_000) -> bytes:
        """The core enterprise issues a package to the supplier."""
        use = pledges_pb2.InvoiceUse(fingerprint=number.to_bytes(32, "big"), amount_fen=face_fen, occupied_fen=face_fen)
        payload = receivables_pb2.Issue(
            number=f"N{number}",
            payee=SUPPLIER,
            face_fen=face_fen,
            due_on=TODAY + 60,
            paying_bank=BANK,
            invoices=[use],
            contract_commitment=bytes(31) + b"c",
            accept_by_ms=accept_by_ms,
        )
        return self.sign(CORE, payload, *self.core)

    def accept(self, number: int) -> bytes:
        """The supplier accepts it."""
        payload = receivables_pb2.AcceptIssue(package=f"{CORE}.N{number}", fingerprints=[number.to_bytes(32, "big")])
        return self.sign(SUPPLIER, payload, self.supplier[0])


@dataclass
class Running:
    """A node that serves, and stubs on it."""

    port: int
    channel: grpc.aio.Channel
    stopping: asyncio.Event
    task: "asyncio.Task[int]"

    @property
    def ledger(self) -> Any:  # the stub of an aio channel
        return LedgerServiceStub(self.channel)

    @property
    def identity(self) -> Any:  # the stub of an aio channel
        return IdentityServiceStub(self.channel)

    @property
    def vouchers(self) -> Any:  # the stub of an aio channel
        return VoucherServiceStub(self.channel)


def init(directory: Path, network: Network, **settings: Any) -> Path:
    """A data directory of this network, to be served on a free port."""
    init_node(directory, network.genesis, {"listen": "127.0.0.1:0", "stop_seconds": 5, **settings})
    return directory


@asynccontextmanager
async def running(directory: Path, is_clock_accepted: bool = False, **overrides: str) -> AsyncIterator[Running]:
    """The node of a data directory, stopped cleanly at the end."""
    environment = {f"HEFU_NODE_{name.upper()}": value for name, value in overrides.items()}
    config = load_config(directory, environment)
    stopping, port = asyncio.Event(), asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(directory, config, is_clock_accepted, stopping, port.set_result))
    await asyncio.wait((task, port), return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        raise RuntimeError(f"the node ended with {task.result()}")
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port.result()}") as channel:
        yield Running(port.result(), channel, stopping, task)
    stopping.set()
    if await task != 0 and not task.cancelled():
        raise RuntimeError(f"the node ended with {task.result()}")
