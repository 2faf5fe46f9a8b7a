"""Signed headers of the engine, as proofs carry them: its JSON becomes its own encoding again.

- A header carries the app hash of the state after the block before, so what block H decided is signed with header
  H + 1, about 100 ms later. Headers of blocks that decide nothing carry it on, and show that nothing came after.
- The newest header is used where it carries the wanted app hash, though its commit is not the canonical one yet, which
  stands in the next block: each holds more than two thirds of the power, and that is all a verifier asks.
- Where the ledger has moved on, the header right after the wanted block is used. Where that header has not come, it is
  waited for, up to a few seconds.
- What is handed out was judged as a verifier judges it, and begins with the validators of genesis: where they have
  changed too much for one step, light blocks between are searched by halves and kept for later proofs. Where no such
  way is found, the header stands alone, for readers who trust a later one than genesis.
- No answer, or an engine that does not keep a height any more, is no finality, and never an error of a proof.

Not here: whether a reader trusts these validators (ledger/trust.py).
"""

import asyncio
import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from hefu.v1 import consensus_pb2 as engine
from hefu.v1 import ledger_pb2 as pb
from ledger.errors import MalformedInput
from ledger.finality import MAX_VALIDATORS, find_fault, read_light_block
from ledger.light_client import Basis, advance, find_step_fault
from ledger.trust import MAX_LIGHT_BLOCKS
from nodes.engines.cometbft.rpc import EngineRefused, EngineUnavailable

WAIT_S = 3.0
"""How long a header that has not come is waited for."""
POLL_S = 0.02
PAGE = 100
"""Validators in one answer; the engine gives no more."""
KEY_TYPE = "tendermint/PubKeyEd25519"
WRONG_SHAPE = (AttributeError, KeyError, OverflowError, TypeError, ValueError)
"""What reading JSON of another shape than the engine's raises."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HASHES_OF_A_HEADER = (
    "last_commit_hash", "data_hash", "validators_hash", "next_validators_hash", "consensus_hash", "app_hash",
    "last_results_hash", "evidence_hash", "proposer_address",
)  # fmt: skip


class AsksEngine(Protocol):
    """What is needed of nodes/engines/cometbft/rpc.py."""

    async def ask(self, method: str, **parameters: str | int | bool) -> dict[str, Any]:
        """The `result` of a call. Raises EngineUnavailable, EngineRefused."""
        ...


def build_light_block(signed_header: dict[str, Any], validators: Sequence[dict[str, Any]]) -> pb.LightBlock:
    """The engine's encodings of a signed header and the validators of its height. Raises MalformedInput."""
    try:
        header, commit = _build_header(signed_header["header"]), _build_commit(signed_header["commit"])
        listed = engine.ValidatorSet(validators=[_build_validator(one) for one in validators])
    except WRONG_SHAPE as failure:
        raise MalformedInput(f"not an answer of the engine: {failure!r}", "engine") from None
    return pb.LightBlock(
        header=header.SerializeToString(deterministic=True),
        commit=commit.SerializeToString(deterministic=True),
        validators=listed.SerializeToString(deterministic=True),
    )


async def fetch_light_block(rpc: AsksEngine, height: int | None = None) -> pb.LightBlock:
    """The light block of a height, or the newest, as an engine tells it. Nothing of it is judged.

    Raises EngineUnavailable, EngineRefused, MalformedInput.
    """
    asked = {} if height is None else {"height": height}
    try:
        return await _complete(rpc, (await rpc.ask("commit", **asked))["signed_header"])
    except WRONG_SHAPE as failure:
        raise MalformedInput(f"not an answer of the engine: {failure!r}", "engine") from None


async def _complete(rpc: AsksEngine, signed_header: dict[str, Any]) -> pb.LightBlock:
    """A signed header with the validators of its height, which come in pages."""
    validators: list[dict[str, Any]] = []
    while True:
        page = len(validators) // PAGE + 1
        height = int(signed_header["header"]["height"])
        answer = await rpc.ask("validators", height=height, page=page, per_page=PAGE)
        validators.extend(answer["validators"])
        if len(validators) > MAX_VALIDATORS:
            raise MalformedInput(f"more than {MAX_VALIDATORS} validators", "engine")
        if not answer["validators"] or len(validators) >= int(answer["total"]):
            return build_light_block(signed_header, validators)


class FinalitySource:
    """Finds what the validators of one network signed. `genesis`: what `ledger.light_client.open_basis` reads."""

    def __init__(self, rpc: AsksEngine, chain_id: str, genesis: Basis, wait_s: float = WAIT_S) -> None:
        self._rpc = rpc
        self._chain_id = chain_id
        self._genesis = genesis
        self._wait_s = wait_s
        self._steps: list[tuple[pb.LightBlock, Basis]] = []  # between genesis and now, where one step is too far

    async def find_finality(self, wanted_hash: bytes, height: int) -> pb.Finality | None:
        """The newest signed header found with this app hash, which block `height` left; None where there is none."""
        try:
            async with asyncio.timeout(self._wait_s):
                block = await self._find_block(wanted_hash, height)
                return None if block is None else await self._build_finality(block)
        except (TimeoutError, EngineUnavailable, EngineRefused, MalformedInput, *WRONG_SHAPE):
            return None

    async def _find_block(self, wanted_hash: bytes, height: int) -> pb.LightBlock | None:
        while True:
            newest = (await self._rpc.ask("commit"))["signed_header"]
            if bytes.fromhex(newest["header"]["app_hash"]) == wanted_hash:
                return await _complete(self._rpc, newest)
            if int(newest["header"]["height"]) > height:
                break
            await asyncio.sleep(POLL_S)
        block = await fetch_light_block(self._rpc, height + 1)
        return block if read_light_block(block).header.app_hash == wanted_hash else None

    async def _build_finality(self, block: pb.LightBlock) -> pb.Finality | None:
        """The light block, and before it those by which it is reached from genesis."""
        read = read_light_block(block)
        if find_fault(read, self._chain_id) is not None:
            return None
        reached = [(kept, basis) for kept, basis in self._steps if basis.height < read.header.height]
        basis = reached[-1][1] if reached else self._genesis
        while find_step_fault(basis, read) is not None:
            step = await self._find_step(basis, read.header.height)
            if step is None or len(reached) + 1 >= MAX_LIGHT_BLOCKS:
                return pb.Finality(light_blocks=[block])
            basis = advance(read_light_block(step))
            reached.append((step, basis))
        if len(reached) > len(self._steps):
            self._steps = reached
        return pb.Finality(light_blocks=[*(kept for kept, _ in reached), block])

    async def _find_step(self, basis: Basis, height: int) -> pb.LightBlock | None:
        """A light block below `height` that is trusted from the basis: half way, then half of that, and so on."""
        while height > basis.height + 1:
            height = (basis.height + height) // 2
            try:
                block = await fetch_light_block(self._rpc, height)
            except EngineRefused:  # not kept any more
                return None
            read = read_light_block(block)
            if find_fault(read, self._chain_id) is None and find_step_fault(basis, read) is None:
                return block
        return None


def _build_header(header: dict[str, Any]) -> engine.Header:
    version = header["version"]
    made = engine.Header(
        version={"block": int(version.get("block", 0)), "app": int(version.get("app", 0))},
        chain_id=header["chain_id"],
        height=int(header["height"]),
        last_block_id=_build_block_id(header["last_block_id"]),
    )
    for name in HASHES_OF_A_HEADER:
        setattr(made, name, bytes.fromhex(header[name]))
    _set_time(made.time, header["time"])
    return made


def _build_commit(commit: dict[str, Any]) -> engine.Commit:
    made = engine.Commit(height=int(commit["height"]), round=int(commit["round"]))
    made.block_id.CopyFrom(_build_block_id(commit["block_id"]))
    for vote in commit["signatures"]:
        place = made.signatures.add(
            block_id_flag=vote["block_id_flag"], validator_address=bytes.fromhex(vote["validator_address"])
        )
        _set_time(place.timestamp, vote["timestamp"])
        place.signature = base64.b64decode(vote["signature"] or "", validate=True)
    return made


def _build_block_id(block_id: dict[str, Any]) -> engine.BlockId:
    parts = block_id["parts"]
    made = engine.BlockId(hash=bytes.fromhex(block_id["hash"]))
    made.part_set_header.SetInParent()  # the engine always writes it
    made.part_set_header.total, made.part_set_header.hash = parts["total"], bytes.fromhex(parts["hash"])
    return made


def _build_validator(validator: dict[str, Any]) -> engine.Validator:
    key = validator["pub_key"]
    if key["type"] != KEY_TYPE:
        raise ValueError(f"a key of type {key['type']}")
    return engine.Validator(
        address=bytes.fromhex(validator["address"]),
        pub_key={"ed25519": base64.b64decode(key["value"], validate=True)},
        voting_power=int(validator["voting_power"]),
    )


def _set_time(time: Any, text: str) -> None:
    """From the engine's text, which has up to nine digits of a second and ends in Z."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    since = datetime.fromisoformat(whole).replace(tzinfo=UTC) - EPOCH
    time.seconds, time.nanos = since.days * 86_400 + since.seconds, int((fraction or "0").ljust(9, "0"))
