"""The town with a court, and two service operators who enter the orders of a court that keeps no key on the ledger."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from hefu.v1 import identity_pb2
from hefu.v1 import receivables_pb2 as pb
from nodes.client import AsyncClient
from nodes.directory import init_node
from nodes.genesis_file import build_genesis
from tests.support.running import running
from tests.support.town import Town, commit, make_pair, make_small


class District(Town):
    """Members, those who speak for the law, and a fourth supplier."""

    def __init__(self) -> None:
        super().__init__()
        self.court = make_pair(20, "中级人民法院", identity_pb2.COURT)
        self.other_court = make_pair(21, "基层人民法院", identity_pb2.COURT)
        self.operator = make_pair(22, "甲信息服务机构", identity_pb2.SERVICE_OPERATOR)
        self.other_operator = make_pair(23, "乙信息服务机构", identity_pb2.SERVICE_OPERATOR)
        self.heir = make_small(24, "承继企业")
        self.members = (
            *self.members, self.court, self.other_court, self.operator, self.other_operator, self.heir
        )  # fmt: skip

    def red_letter(self, ref: pb.VoucherRef, fingerprint: bytes, amount_fen: int) -> pb.RedLetter:
        """An invoice of the range's package was taken back."""
        return pb.RedLetter(
            voucher=ref, fingerprint=fingerprint, red_lettered_fen=amount_fen, evidence=commit("red letter")
        )


@asynccontextmanager
async def open_district(folder: Path) -> AsyncIterator[District]:
    """A district whose node runs."""
    district = District()
    founders = [member.founder for member in district.members]
    genesis = build_genesis("district.hefu", district.now_ms, founders, simulated_clock=True)
    init_node(folder / "data", genesis, {"listen": "127.0.0.1:0", "processes": 1, "block_gather_ms": 1})
    async with running(folder / "data") as served, AsyncClient(f"127.0.0.1:{served.port}") as client:
        district.client = client
        yield district
