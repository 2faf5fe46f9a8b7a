"""Who signs in these tests: the small network of the node's own tests, founded by validators."""

import secrets
import time
from collections.abc import Sequence
from typing import Any

from hefu.v1 import identity_pb2, ledger_pb2
from identity.genesis import parse_genesis
from ledger.transaction import decode
from nodes.engines.cometbft.home import NamedValidator
from nodes.genesis_file import HOUR_MS, build_electorate, build_genesis
from nodes.keys import Key
from nodes.wiring import compute_network
from tests.support.running import Network

VALIDITY_MS = HOUR_MS


class World(Network):
    """A core enterprise that issues, a supplier that accepts, a bank; how much of a block each of them may fill."""

    def __init__(self, organisation_block: int) -> None:
        super().__init__()
        self._organisation_block = organisation_block

    def found(self, validators: Sequence[NamedValidator]) -> bytes:
        """The genesis of a network with these validators."""
        limits = ledger_pb2.Limits(
            transaction_bytes=32_768,
            signatures=16,
            transactions_per_organisation_block=self._organisation_block,
            horizon_ms=24 * HOUR_MS,
        )
        run = [one.build_entry(self.registrar.organisation) for one in validators]
        now_ms = time.time_ns() // 1_000_000
        electorate = build_electorate([self.registrar.organisation])
        self.genesis = build_genesis(
            "faults.hefu", now_ms - 60_000, self.founders, limits=limits, validators=run, electorate=electorate
        )
        self.id = compute_network(parse_genesis(self.genesis))
        return self.genesis

    def vote_validator(self, number: str, change: identity_pb2.ValidatorChange) -> bytes:
        """A change of a validator, voted."""
        return self.vote(number, identity_pb2.GovernedChange(validator=change))

    def vote(self, number: str, change: identity_pb2.GovernedChange) -> bytes:
        """The registrar, who alone votes, proposes a change, which so is made."""
        payload = identity_pb2.Propose(
            number=number,
            change=change,
            expires_at_ms=time.time_ns() // 1_000_000 + VALIDITY_MS,
        )
        return self.sign(self.registrar.organisation, payload, *self.registrar.keys)

    def sign(self, organisation: str, payload: Any, *keys: Key, valid_until_ms: int = 0) -> bytes:
        """Signed bytes of one command, good for an hour from now."""
        until_ms = valid_until_ms or time.time_ns() // 1_000_000 + VALIDITY_MS
        return super().sign(organisation, payload, *keys, valid_until_ms=until_ms)


def compute_tx_id(signed: bytes) -> bytes:
    """The id of signed bytes."""
    return decode(signed).id


def spoil_signature(signed: bytes) -> bytes:
    """The same transaction with a signature that is none."""
    spoilt = ledger_pb2.SignedTransaction.FromString(signed)
    spoilt.signatures[0].signature = secrets.token_bytes(64)
    return spoilt.SerializeToString(deterministic=True)
