"""The client of an inbox: a call is signed anew for each attempt, a list has pages, a node may have no inbox."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
import pytest

from hefu.v1 import inbox_pb2 as pb
from nodes.client.blocking import Client
from nodes.client.errors import CallFailed
from nodes.client.inbox import Inbox
from nodes.inbox.calls import compute_call_digest, is_signed
from tests.support.fake_node import NETWORK, FakeLedger, handler, serving

SEED = bytes(31) + b"\x01"


class FakeInbox:
    """Two pages of one item each; so many calls are lost after they arrived."""

    def __init__(self, lost: int = 0, status: grpc.StatusCode = grpc.StatusCode.UNAVAILABLE) -> None:
        self.calls: list[pb.InboxCall] = []
        self.lost = lost
        self.status = status

    def list_items(self, request, context):
        assert is_signed(request.signature, compute_call_digest(request.call))
        call = pb.InboxCall.FromString(request.call)
        self.calls.append(call)
        if self.lost:
            self.lost -= 1
            context.abort(self.status, "lost")
        if call.list.cursor:
            return pb.InboxPage(items=[pb.InboxItem(id=b"second")])
        return pb.InboxPage(items=[pb.InboxItem(id=b"first")], next_cursor=b"cursor")


@contextmanager
def opened(fake: FakeInbox) -> Iterator[Inbox]:
    server = grpc.server(ThreadPoolExecutor(4))
    method: grpc.RpcMethodHandler[pb.SignedInboxCall, pb.InboxPage] = grpc.unary_unary_rpc_method_handler(
        fake.list_items, pb.SignedInboxCall.FromString, lambda message: message.SerializeToString()
    )
    inbox = grpc.method_handlers_generic_handler("hefu.v1.InboxService", {"ListItems": method})
    server.add_generic_rpc_handlers((handler(FakeLedger()), inbox))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with Client(f"127.0.0.1:{port}") as client:
            yield Inbox(client, SEED)
    finally:
        server.stop(0).wait()


def test_a_list_is_read_to_its_last_page():
    fake = FakeInbox()
    with opened(fake) as inbox:
        assert [item.id for item in inbox.list_items(pb.INBOX_DECIDED)] == [b"first", b"second"]
    assert [call.list.state for call in fake.calls] == [pb.INBOX_DECIDED] * 2
    assert all(call.network == NETWORK for call in fake.calls)


def test_a_call_that_was_lost_is_another_call_when_it_is_made_again():
    fake = FakeInbox(lost=1)
    with opened(fake) as inbox:
        assert [item.id for item in inbox.list_items()] == [b"first", b"second"]
    assert len({call.nonce for call in fake.calls}) == 3


def test_other_failures_are_told_as_they_are():
    with opened(FakeInbox(1, grpc.StatusCode.INVALID_ARGUMENT)) as inbox, pytest.raises(CallFailed) as caught:
        list(inbox.list_items())
    assert caught.value.status == "INVALID_ARGUMENT"


def test_a_node_without_an_inbox_is_said_to_have_none():
    with serving(FakeLedger()) as target, Client(target) as client:
        with pytest.raises(CallFailed, match="keeps no inbox") as caught:
            list(Inbox(client, SEED).list_items())
        assert caught.value.status == "UNIMPLEMENTED"
