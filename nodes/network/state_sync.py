"""What a node that begins with a snapshot trusts, and from where it asks: settled once, when it joins.

1. Trust begins with a trust file: with its trusted header, or with the validators of genesis, who signed header 1.
   Without one, the genesis that was handed over names them.
2. That header is fetched from every address and judged as a verifier judges a proof (ledger/trust.py). Two that are
   good and not the same would be a fork: refused, as is an address that does not answer.
3. From there on the engine's own light client goes, through the same addresses (nodes/engines/cometbft/passage.py), as
   long as the trusting period lasts. A header that is older than the snapshot's is the better beginning: before it, the
   light client walks back block by block.
"""

import asyncio
from collections.abc import Sequence

from hefu.v1 import ledger_pb2 as pb
from hefu.v1.identity_pb2 import Genesis
from ledger.errors import MalformedInput
from ledger.finality import Validator, compute_header_hash
from ledger.trust import ProofRefused, Trust, check_finality, open_trust
from nodes.engines.cometbft.headers import fetch_light_block
from nodes.engines.cometbft.rpc import EngineRefused, EngineRpc, EngineUnavailable
from nodes.engines.cometbft.settings import StateSync
from nodes.public.server import ENGINE_PATH
from nodes.trust_files import build_network_trust
from nodes.wiring import compute_network

MIN_ADDRESSES, MAX_ADDRESSES = 2, 8
FIELD = "state_sync"


def build_genesis_trust(genesis: Genesis, origin: str, trusting_period_ms: int) -> pb.TrustFile:
    """A trust file by nothing but the genesis."""
    validators = [Validator(one.public_key, one.power) for one in genesis.validators]
    return build_network_trust(
        compute_network(genesis), origin, validators, [], genesis.time_ms, trusting_period_ms, genesis.simulated_clock
    )


def parse_addresses(text: str) -> tuple[str, ...]:
    """The HTTP addresses of other nodes' public servers, with commas between. Raises MalformedInput."""
    found = tuple(part.strip().rstrip("/") for part in text.split(",") if part.strip())
    if not MIN_ADDRESSES <= len(set(found)) == len(found) <= MAX_ADDRESSES:
        raise MalformedInput(f"{MIN_ADDRESSES} to {MAX_ADDRESSES} different nodes: one alone could lie", FIELD)
    for address in found:
        is_http = address.startswith(("http://", "https://")) and len(address) > len("https://")
        if not is_http or not address.isascii() or any(c in address for c in ' \t"\\?#@'):
            raise MalformedInput(f"{address!r} is no http:// or https:// address", FIELD)
    return found


async def find_state_sync(addresses: Sequence[str], file: pb.TrustFile, now_ms: int) -> StateSync:
    """What the engine is told. Raises MalformedInput: an address at fault, or a header that is not to be trusted."""
    trust = open_trust(file)
    if trust.basis is None:
        raise MalformedInput("must name validators", "trust")
    height = max(1, trust.basis.height)
    hashes = await asyncio.gather(*(_fetch_trusted_hash(address, height, trust, now_ms) for address in addresses))
    if len(set(hashes)) != 1:
        raise MalformedInput(f"their headers of height {height} are good, and differ: the network has forked", FIELD)
    servers = tuple(f"{address}/{ENGINE_PATH}" for address in addresses)
    return StateSync(servers, height, hashes[0].hex().upper(), file.trusting_period_ms // 1000)


async def _fetch_trusted_hash(address: str, height: int, trust: Trust, now_ms: int) -> bytes:
    """The hash of the header at a height, once it is trusted."""
    rpc = EngineRpc(f"{address}/{ENGINE_PATH}")
    try:
        block = await fetch_light_block(rpc, height)
        header = check_finality(pb.Finality(light_blocks=[block]), trust, now_ms)
    except (EngineUnavailable, EngineRefused) as failure:
        raise MalformedInput(f"{address} does not give header {height}: {failure}", FIELD) from None
    except (MalformedInput, ProofRefused) as failure:
        raise MalformedInput(
            f"what {address} gives as header {height} is not to be trusted: {failure}", FIELD
        ) from None
    finally:
        await rpc.close()
    if header.height != height:
        raise MalformedInput(f"{address} gives header {header.height} instead of {height}", FIELD)
    return compute_header_hash(header)
