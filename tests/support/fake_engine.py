"""An engine in memory that tells light blocks as the real one does, in its JSON."""

import base64
from typing import Any

from hefu.v1 import consensus_pb2 as engine
from hefu.v1 import ledger_pb2 as pb
from nodes.engines.cometbft.rpc import EngineRefused


def show_time(time: Any) -> str:
    return str(time.ToJsonString())


def show_id(block_id: engine.BlockId) -> dict[str, Any]:
    parts = block_id.part_set_header
    return {"hash": block_id.hash.hex().upper(), "parts": {"total": parts.total, "hash": parts.hash.hex().upper()}}


def show_header(header: engine.Header) -> dict[str, Any]:
    fields = engine.Header.DESCRIPTOR.fields_by_name.values()
    shown = {
        field.name: getattr(header, field.name).hex().upper() for field in fields if field.type == field.TYPE_BYTES
    }
    return shown | {
        "version": {"block": str(header.version.block)},
        "chain_id": header.chain_id,
        "height": str(header.height),
        "time": show_time(header.time),
        "last_block_id": show_id(header.last_block_id),
    }


def show_commit(commit: engine.Commit) -> dict[str, Any]:
    votes = [
        {
            "block_id_flag": vote.block_id_flag,
            "validator_address": vote.validator_address.hex().upper(),
            "timestamp": show_time(vote.timestamp),
            "signature": base64.b64encode(vote.signature).decode() or None,
        }
        for vote in commit.signatures
    ]
    shown = {"height": str(commit.height), "round": commit.round, "block_id": show_id(commit.block_id)}
    return shown | {"signatures": votes}


def show_validator(one: engine.Validator) -> dict[str, Any]:
    key = {"type": "tendermint/PubKeyEd25519", "value": base64.b64encode(one.pub_key.ed25519).decode()}
    power = str(one.voting_power)
    return {"address": one.address.hex().upper(), "pub_key": key, "voting_power": power, "proposer_priority": "-3"}


class FakeEngine:
    """An engine that has these light blocks; each question about the newest adds one that was `coming`."""

    def __init__(self, *blocks: pb.LightBlock, coming: tuple[pb.LightBlock, ...] = (), page: int = 100) -> None:
        self.blocks = {engine.Header.FromString(block.header).height: block for block in blocks}
        self.coming = list(coming)
        self.page = page
        self.asked: list[tuple[str, int]] = []

    async def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        height = parameters.get("height", max(self.blocks))
        self.asked.append((method, height))
        if height not in self.blocks:
            raise EngineRefused("height is not available")
        block = self.blocks[height]
        if method == "validators":
            listed = [show_validator(one) for one in engine.ValidatorSet.FromString(block.validators).validators]
            first = (parameters["page"] - 1) * self.page
            return {"validators": listed[first : first + self.page], "total": str(len(listed))}
        if "height" not in parameters and self.coming:
            following = self.coming.pop(0)
            self.blocks[engine.Header.FromString(following.header).height] = following
        header = show_header(engine.Header.FromString(block.header))
        return {"signed_header": {"header": header, "commit": show_commit(engine.Commit.FromString(block.commit))}}
