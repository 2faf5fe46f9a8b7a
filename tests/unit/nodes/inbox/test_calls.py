"""Who calls the inbox, and how often a call is good."""

import pytest

from hefu.v1 import inbox_pb2 as pb
from hefu.v1 import ledger_pb2
from hefu.v1 import node_pb2 as node
from ledger.errors import MalformedInput, Rejection
from ledger.rejections import UNKNOWN_ALGORITHM
from nodes.inbox import calls
from nodes.inbox import rejections as because
from nodes.inbox.calls import CallGuard, compute_call_digest
from tests.unit.identity.test_authorise import change_key
from tests.unit.identity.world import CORE, FAR_MS, NOW_MS, World, public
from tests.unit.nodes.inbox.world import NETWORK, ORIGIN, STATUS, make_call

START_MS = 5_000_000


class Clock:
    """A wall clock that the test sets."""

    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture
def clock():
    return Clock(START_MS + 100_000)


@pytest.fixture
def guard(clock):
    return CallGuard(NETWORK, ORIGIN, clock, START_MS, {})


@pytest.fixture
def world():
    return World()


def make(guard, world, signed, action="list"):
    call = guard.examine(signed, action, world.context())
    return call, guard.remember(call)


def expect(reason, guard, world, signed, action="list"):
    with pytest.raises(Rejection) as caught:
        make(guard, world, signed, action)
    assert caught.value.reason is reason


def test_a_caller_is_known_by_its_key(guard, world, clock):
    call, is_ahead = make(guard, world, make_call("core-maker", clock.now_ms))
    assert (call.organisation, call.content.list.page_size, is_ahead) == (CORE, 1, False)


@pytest.mark.parametrize("away_ms", [-60_000, 60_000])
def test_a_minute_away_is_fresh_and_what_is_ahead_must_be_kept(guard, world, clock, away_ms):
    _, is_ahead = make(guard, world, make_call("core-maker", clock.now_ms + away_ms))
    assert is_ahead is (away_ms > 0)


@pytest.mark.parametrize(
    "changed",
    [
        node.NodeStatus(network=NETWORK, origin="other"),
        node.NodeStatus(network=ledger_pb2.NetworkId(name="test.hefu-1", genesis_hash=b"h" * 32), origin=ORIGIN),
    ],
)
def test_rejects_call_for_another(guard, world, clock, changed):
    """Another node, another network, another method."""
    expect(because.CALL_FOR_ANOTHER, guard, world, make_call("core-maker", clock.now_ms, changed))
    expect(because.CALL_FOR_ANOTHER, guard, world, make_call("core-maker", clock.now_ms), "get")


@pytest.mark.parametrize("away_ms", [-60_001, 60_001])
def test_rejects_call_not_fresh(guard, world, clock, away_ms):
    expect(because.CALL_NOT_FRESH, guard, world, make_call("core-maker", clock.now_ms + away_ms))


def test_what_an_earlier_process_may_have_taken_is_not_taken_again(world):
    clock = Clock(START_MS + 1000)
    guard = CallGuard(NETWORK, ORIGIN, clock, START_MS, {public("core-checker"): START_MS + 7})
    expect(because.CALL_NOT_FRESH, guard, world, make_call("core-maker", START_MS))
    make(guard, world, make_call("core-maker", START_MS + 1))
    expect(because.CALL_NOT_FRESH, guard, world, make_call("core-checker", START_MS + 7))
    make(guard, world, make_call("core-checker", START_MS + 8))


def test_the_algorithm_is_asked_before_the_signature(guard, world, clock):
    signed = make_call("core-maker", clock.now_ms)
    signed.signature.algorithm = 2
    expect(UNKNOWN_ALGORITHM, guard, world, signed)


def break_signature(signed):
    signed.signature.signature = bytes([signed.signature.signature[0] ^ 1]) + signed.signature.signature[1:]


def lengthen_signature(signed):
    signed.signature.signature += b"\x00"


def name_another_key(signed):
    signed.signature.public_key = make_call("core-checker", 1).signature.public_key


def shorten_key(signed):
    signed.signature.public_key = signed.signature.public_key[:31]


@pytest.mark.parametrize("spoil", [break_signature, lengthen_signature, name_another_key, shorten_key])
def test_rejects_call_not_signed(guard, world, clock, spoil):
    signed = make_call("core-maker", clock.now_ms)
    spoil(signed)
    expect(because.CALL_NOT_SIGNED, guard, world, signed)


def test_the_signature_of_a_transaction_is_none_of_a_call(clock):
    """The tag keeps what is signed for the inbox apart from what is signed for the ledger."""
    signed = make_call("core-maker", clock.now_ms)
    assert compute_call_digest(signed.call) != compute_call_digest(b"\x00" + signed.call)
    assert calls.CALL_TAG == b"hefu/v1/inbox\x00"


def test_rejects_caller_unknown(guard, world, clock):
    """A stranger, a machine, a key that was revoked or has expired."""
    expect(because.CALLER_UNKNOWN, guard, world, make_call("nobody", clock.now_ms))
    expect(because.CALLER_UNKNOWN, guard, world, make_call("core-service", clock.now_ms))
    change_key(world, "core-maker", revoked_at_ms=NOW_MS)
    expect(because.CALLER_UNKNOWN, guard, world, make_call("core-maker", clock.now_ms))
    world.time_ms = FAR_MS
    expect(because.CALLER_UNKNOWN, guard, world, make_call("core-checker", clock.now_ms))


def test_rejects_call_replayed(guard, world, clock):
    signed = make_call("core-maker", clock.now_ms)
    make(guard, world, signed)
    expect(because.CALL_REPLAYED, guard, world, signed)
    clock.now_ms += 60_000
    expect(because.CALL_REPLAYED, guard, world, signed)
    make(guard, world, make_call("core-maker", clock.now_ms))


def test_a_nonce_is_a_keys_own(guard, world, clock):
    first = make_call("core-maker", clock.now_ms)
    nonce = pb.InboxCall.FromString(first.call).nonce
    make(guard, world, first)
    other = make_call("core-checker", clock.now_ms, nonce=nonce, list=pb.ListInboxItems(page_size=1))
    call, _ = make(guard, world, other)
    assert call.content.nonce == nonce


def test_what_is_forgotten_is_not_taken_again_when_the_clock_goes_back(guard, world, clock):
    began_ms = clock.now_ms
    signed = make_call("core-maker", began_ms)
    make(guard, world, signed)
    clock.now_ms += calls.REMEMBERED_MS + 1
    make(guard, world, make_call("core-maker", clock.now_ms))
    assert len(guard._seen) == 1
    clock.now_ms = began_ms
    expect(because.CALL_NOT_FRESH, guard, world, signed)


def test_a_call_that_is_forgotten_between_the_steps_is_refused(guard, world, clock):
    began_ms = clock.now_ms
    signed = make_call("core-maker", began_ms)
    call, _ = make(guard, world, signed)
    clock.now_ms += calls.REMEMBERED_MS + 1
    with pytest.raises(Rejection) as caught:
        guard.remember(call)
    assert caught.value.reason is because.CALL_NOT_FRESH


def test_an_organisation_makes_so_many_calls_and_keeps_no_other_out(guard, world, clock, monkeypatch):
    monkeypatch.setattr(calls, "MAX_CALLS", 3)
    for _ in range(3):
        make(guard, world, make_call("core-maker", clock.now_ms))
    expect(because.INBOX_FULL, guard, world, make_call("core-checker", clock.now_ms))
    make(guard, world, make_call("bank-maker", clock.now_ms))
    clock.now_ms += calls.REMEMBERED_MS + 1
    make(guard, world, make_call("core-checker", clock.now_ms))


def spoil_bytes(call):
    return call + b"\x00"


def shorten_nonce(call):
    found = pb.InboxCall.FromString(call)
    found.nonce = found.nonce[1:]
    return found.SerializeToString(deterministic=True)


def name_no_such_state(call):
    found = pb.InboxCall.FromString(call)
    found.list.state = 9  # type: ignore[assignment]
    return found.SerializeToString(deterministic=True)


def lengthen(call):
    return call + bytes(calls.MAX_CALL_BYTES)


@pytest.mark.parametrize("spoil", [spoil_bytes, shorten_nonce, name_no_such_state, lengthen, lambda _: b"\xff"])
def test_what_is_no_call_is_malformed(guard, world, clock, spoil):
    signed = make_call("core-maker", clock.now_ms)
    signed.call = spoil(signed.call)
    with pytest.raises(MalformedInput, match="call"):
        make(guard, world, signed)


def test_a_call_without_an_action_is_for_no_method(guard, world, clock):
    signed = make_call("core-maker", clock.now_ms, nonce=bytes(16))
    expect(because.CALL_FOR_ANOTHER, guard, world, signed)


def test_the_status_of_the_tests_names_the_node():
    assert (STATUS.network, STATUS.origin) == (NETWORK, ORIGIN)
