"""What the door has of the engine beside its node: how it fares, what its validators signed, and its end.

Whatever the engine does not answer is left out: a status without it, a proof that is not final. Nothing here decides.
"""

from pathlib import Path
from typing import Any

from hefu.v1 import identity_pb2
from hefu.v1 import ledger_pb2 as pb
from ledger.finality import Validator, compute_chain_id, compute_validators_hash, sort_validators
from ledger.light_client import Basis
from nodes.engines.cometbft.headers import FinalitySource
from nodes.engines.cometbft.rpc import EngineRpc
from nodes.engines.cometbft.settings import RPC_SOCKET, get_socket
from nodes.engines.cometbft.watch import EngineWatch


class EngineBeside:
    """To be made in the loop that runs, and closed."""

    def __init__(self, directory: Path, genesis: identity_pb2.Genesis, network: pb.NetworkId) -> None:
        self._rpc = EngineRpc(get_socket(directory, RPC_SOCKET))
        self.watch = EngineWatch(directory, self._rpc)
        self.finality = FinalitySource(self._rpc, compute_chain_id(network), build_genesis_basis(genesis))

    async def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The engine's own answer. Raises EngineUnavailable, EngineRefused."""
        return await self._rpc.ask(method, **parameters)

    async def close(self) -> None:
        """End the connection."""
        await self._rpc.close()


def build_genesis_basis(genesis: identity_pb2.Genesis) -> Basis:
    """Where trust in this network's headers begins: with the validators that its genesis names."""
    validators = sort_validators(Validator(one.public_key, one.power) for one in genesis.validators)
    return Basis(0, 0, b"", compute_validators_hash(validators), validators)
