"""The log as a stranger reads it: over HTTP, by tiles alone, with code that shares nothing with ours."""

import hashlib
from base64 import b64encode

import aiohttp
import pytest
from pymerkle import InmemoryTree

from hefu.v1 import ledger_pb2
from hefu.v1 import node_pb2 as pb
from tests.support.running import Network, init, running

ISSUES = 300


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def fold(hashes: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, of leaf hashes."""
    if len(hashes) == 1:
        return hashes[0]
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return sha(b"\x01" + fold(hashes[:half]) + fold(hashes[half:]))


def cut(data: bytes) -> list[bytes]:
    """The entries of a bundle."""
    entries = []
    while data:
        length = data[0] * 256 + data[1]
        entries.append(data[2 : 2 + length])
        data = data[2 + length :]
    return entries


class TileClient:
    """Reads a log of fewer than 65536 leaves."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def get(self, path: str) -> bytes:
        async with self._session.get(path) as response:
            assert response.status == 200, path
            return await response.read()

    async def read_head(self) -> tuple[str, int, str]:
        origin, size, root = (await self.get("/checkpoint")).decode().split("\n")[:3]
        return origin, int(size), root

    async def read_all(self, kind: str, size: int) -> list[bytes]:
        """The tiles of a level, or the bundles, that make up so many hashes or entries."""
        full, rest = divmod(size, 256)
        paths = [f"/tile/{kind}/{number:03d}" for number in range(full)]
        paths += [f"/tile/{kind}/{full:03d}.p/{rest}"] if rest else []
        return [await self.get(path) for path in paths]


@pytest.fixture(params=[1, 2], ids=["one process", "two processes"])
def directory(request, tmp_path):
    return init(tmp_path / "data", Network(), processes=request.param, http_listen="127.0.0.1:0")


async def issue(node, network, numbers) -> list[bytes]:
    batches = [
        [network.issue(number) for number in numbers[start : start + 60]] for start in range(0, len(numbers), 60)
    ]
    requests = (pb.SubmitBatch(transactions=batch) for batch in batches)
    return [receipt.id async for answer in node.ledger.SubmitStream(iter(requests)) for receipt in answer.receipts]


async def test_the_tiles_alone_give_the_root_and_every_entry_is_under_it(tmp_path):
    network = Network()
    directory = init(tmp_path / "data", network, processes=1, http_listen="127.0.0.1:0")
    async with running(directory) as node:
        ids = await issue(node, network, list(range(1, ISSUES + 1)))
        address = (await node.ledger.GetStatus(pb.GetStatusRequest())).http_address
        async with aiohttp.ClientSession(f"http://{address}") as session:
            client = TileClient(session)
            origin, size, root = await client.read_head()
            tiles = await client.read_all("0", size)
            upper = await client.read_all("1", size // 256)
            bundles = await client.read_all("entries", size)
    assert (origin, size > ISSUES) == ("test.hefu/log", True)
    leaves = [tile[at : at + 32] for tile in tiles for at in range(0, len(tile), 32)]
    assert b64encode(fold(leaves)).decode() == root
    assert b"".join(upper) == b"".join(fold(leaves[at : at + 256]) for at in range(0, size // 256 * 256, 256))
    entries = [entry for bundle in bundles for entry in cut(bundle)]
    assert [sha(b"\x00" + entry) for entry in entries] == leaves
    oracle = InmemoryTree.init_from_entries(entries)
    assert b64encode(oracle.get_root()).decode() == root
    found = [ledger_pb2.LogEntry.FromString(entry).transaction.id for entry in entries]
    assert set(ids) <= set(found)


async def test_a_node_serves_its_log_only_where_that_is_wanted(directory, tmp_path):
    async with running(directory) as node:
        address = (await node.ledger.GetStatus(pb.GetStatusRequest())).http_address
        async with aiohttp.ClientSession(f"http://{address}") as session:
            client = TileClient(session)
            before = await client.read_head()
            tile = await client.get(f"/tile/0/000.p/{before[1]}")
            assert b64encode(fold([tile[at : at + 32] for at in range(0, len(tile), 32)])).decode() == before[2]
    async with running(directory, http_listen="") as node:
        assert (await node.ledger.GetStatus(pb.GetStatusRequest())).http_address == ""


async def test_a_port_that_is_taken_is_said(directory, tmp_path):
    async with running(directory) as node:
        address = (await node.ledger.GetStatus(pb.GetStatusRequest())).http_address
        other = init(tmp_path / "other", Network(), processes=1, http_listen=address)
        with pytest.raises(RuntimeError, match="ended with 1"):
            async with running(other):
                pass
