"""The consortium that the bench plays: banks and core enterprises of two persons each, suppliers of one."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle

from hefu.v1 import identity_pb2 as pb
from hefu.v1 import ledger_pb2
from identity.genesis import parse_genesis
from nodes.engines.cometbft.home import NamedValidator
from nodes.genesis_file import Founder, build_genesis, build_policy, build_registrar, make_uscc
from nodes.keys import Key, make_key
from nodes.wiring import compute_network

BANKS, CORES, SUPPLIERS = 4, 12, 40
NETWORK_NAME = "bench.hefu"
CLOCK_SLACK_MS = 1000  # block 0 lies before everything that is planned


@dataclass(frozen=True, slots=True)
class Member:
    """An organisation, and the keys that must sign for it together."""

    organisation: str
    keys: tuple[Key, ...]

    @property
    def seeds(self) -> tuple[bytes, ...]:
        """The secrets of its keys."""
        return tuple(key.seed for key in self.keys)


@dataclass(frozen=True, slots=True)
class World:
    """A genesis and its members."""

    genesis: bytes
    banks: tuple[Member, ...]
    cores: tuple[Member, ...]
    suppliers: tuple[Member, ...]

    def compute_network(self) -> ledger_pb2.NetworkId:
        """The network that begins with the genesis."""
        return compute_network(parse_genesis(self.genesis))


def make_world(validators: Sequence[NamedValidator] = ()) -> World:
    """A new network with new keys. The banks run its validators, one each, where there are any."""
    banks = tuple(_make_member(100 + number, 2) for number in range(BANKS))
    cores = tuple(_make_member(200 + number, 2) for number in range(CORES))
    suppliers = tuple(_make_member(300 + number, 1) for number in range(SUPPLIERS))
    founders = [
        build_registrar(),
        *(_make_founder(member, f"银行{n}", (pb.BANK, pb.CLEARING_BANK)) for n, member in enumerate(banks)),
        *(_make_founder(member, f"核心企业{n}", (pb.CORE_ENTERPRISE,)) for n, member in enumerate(cores)),
        *(_make_founder(member, f"供应商{n}", (pb.SUPPLIER,)) for n, member in enumerate(suppliers)),
    ]
    time_ms = time.time_ns() // 1_000_000 - CLOCK_SLACK_MS
    run = [one.build_entry(bank.organisation) for one, bank in zip(validators, cycle(banks), strict=False)]
    return World(build_genesis(NETWORK_NAME, time_ms, founders, validators=run), banks, cores, suppliers)


def _make_member(number: int, persons: int) -> Member:
    organisation = make_uscc(number)
    roles = (pb.MAKER, pb.CHECKER)[:persons]
    keys = tuple(make_key(organisation, f"person {place}", [role]) for place, role in enumerate(roles))
    return Member(organisation, keys)


def _make_founder(member: Member, name: str, roles: tuple[pb.Role, ...]) -> Founder:
    return Founder(member.organisation, name, roles, member.keys, build_policy(len(member.keys)))
