import asyncio
from typing import Any

import pytest
from grpc_health.v1 import health, health_pb2

from hefu.v1 import node_pb2 as pb
from nodes.health import HealthWatch
from nodes.link import LinkFailure

LEDGER, VOUCHERS = "hefu.v1.LedgerService", "hefu.v1.VoucherService"


class FakePipe:
    """A kernel that answers when the test lets it."""

    def __init__(self) -> None:
        self.closed = asyncio.Event()
        self.asked: asyncio.Queue[asyncio.Future[bytes]] = asyncio.Queue()

    async def ask(self, method, request):
        answer = asyncio.get_running_loop().create_future()
        self.asked.put_nowait(answer)
        return await answer


class Watched:
    """A watch that asks again at once, and what it has told."""

    def __init__(self) -> None:
        self.pipe = FakePipe()
        self.servicer = health.aio.HealthServicer()
        self.told: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        tell = self.servicer.set

        async def set_and_note(service: str, status: Any) -> None:
            await tell(service, status)
            self.told.put_nowait((service, health_pb2.HealthCheckResponse.ServingStatus.Name(status)))

        self.servicer.set = set_and_note  # type: ignore[method-assign] # to hear what is told
        pipe: Any = self.pipe
        self.watch = HealthWatch(pipe, self.servicer, every_s=0, deadline_s=0.05)

    async def answer(self, stopped_because: str = "") -> None:
        asked = await asyncio.wait_for(self.pipe.asked.get(), 10)
        asked.set_result(pb.NodeStatus(stopped_because=stopped_because).SerializeToString())

    async def expect(self, *told: tuple[str, str]) -> None:
        assert [await asyncio.wait_for(self.told.get(), 10) for _ in told] == list(told)


@pytest.fixture
async def watched():
    watched = Watched()
    await watched.watch.begin(["", LEDGER, VOUCHERS], pb.NodeStatus())
    await watched.expect(*((name, "SERVING") for name in ("", LEDGER, VOUCHERS, "", LEDGER)))
    running = asyncio.create_task(watched.watch.run())
    yield watched
    watched.pipe.closed.set()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_where_no_blocks_are_made_the_ledger_does_not_serve(watched):
    await watched.answer()
    await watched.answer("the clock")
    await watched.expect(("", "NOT_SERVING"), (LEDGER, "NOT_SERVING"))
    await watched.answer()
    await watched.expect(("", "SERVING"), (LEDGER, "SERVING"))
    assert watched.told.empty()


async def test_a_kernel_that_does_not_answer_is_waited_for_with_one_question(watched):
    await watched.expect(("", "NOT_SERVING"), (LEDGER, "NOT_SERVING"))
    assert watched.pipe.asked.qsize() == 1
    await watched.answer()
    await watched.expect(("", "SERVING"), (LEDGER, "SERVING"))


async def test_a_kernel_that_has_ended_does_not_serve(watched):
    asked = await watched.pipe.asked.get()
    watched.pipe.closed.set()
    asked.set_exception(LinkFailure("UNAVAILABLE", "the kernel has ended"))
    await watched.expect(("", "NOT_SERVING"), (LEDGER, "NOT_SERVING"))


async def test_a_node_that_starts_stopped_never_says_that_it_serves():
    watched = Watched()
    await watched.watch.begin([VOUCHERS], pb.NodeStatus(stopped_because="the clock"))
    await watched.expect((VOUCHERS, "SERVING"), ("", "NOT_SERVING"), (LEDGER, "NOT_SERVING"))
