"""Transactions of a small consortium that wait for signatures, and calls to an inbox, without a node."""

from collections.abc import Sequence

from hefu.v1 import inbox_pb2 as pb
from hefu.v1 import ledger_pb2
from hefu.v1 import node_pb2 as node
from identity.authorise import authorise
from ledger.context import Record
from ledger.execution import Rules
from ledger.seam import CommandSpec
from ledger.state_keys import LIMITS_KEY
from ledger.transaction import compute_id, decode
from nodes.client.builder import merge_signatures
from nodes.client.inbox import sign_call, sign_with
from nodes.inbox.judge import Judge
from nodes.inbox.store import Arrival
from tests.unit.identity.world import CORE, NOW_MS, SALT, SUPPLIER, World, make_seed

NETWORK = ledger_pb2.NetworkId(name="test.hefu-1", genesis_hash=b"g" * 32)
ORIGIN = "test.hefu-1/log"
STATUS = node.NodeStatus(network=NETWORK, origin=ORIGIN)
VALID_MS = 600_000
PAY, HOUSEKEEPING, BROKEN = 300, 301, 302


def _break(context, command):
    raise KeyError("a defect")


def _no_transition(context, command):
    raise AssertionError("nothing runs in the inbox")


TABLE = {
    PAY: CommandSpec("pay", ledger_pb2.Hold, _no_transition, lambda _, command: command.at_ms),
    HOUSEKEEPING: CommandSpec("keep", ledger_pb2.Hold, _no_transition, is_housekeeping=True),
    BROKEN: CommandSpec("broken", ledger_pb2.Hold, _no_transition, _break),
}
RULES = Rules(NETWORK, TABLE, authorise)


def seed(name: str) -> bytes:
    """The seed of the key that goes by this name."""
    return bytes(make_seed(name))


def say(
    *organisations: str, kind: int = PAY, amount_fen: int = 1, agent: str = "", what: str = ""
) -> ledger_pb2.Command:
    """A command that approves an amount."""
    payload = ledger_pb2.Hold(at_ms=amount_fen, what=what).SerializeToString(deterministic=True)
    return ledger_pb2.Command(organisations=organisations or (CORE,), kind=kind, payload=payload, agent=agent)


def make_signed(
    *names: str, number: int = 1, commands: Sequence[ledger_pb2.Command] = (), valid_ms: int = VALID_MS, **changes
) -> bytes:
    """A transaction signed by the keys of these names."""
    body = ledger_pb2.TransactionBody(
        network=NETWORK, nonce=b"%016d" % number, valid_until_ms=NOW_MS + valid_ms, commands=commands or [say()]
    )
    for field, value in changes.items():
        getattr(body, field).CopyFrom(value)
    encoded = body.SerializeToString(deterministic=True)
    signatures = sorted((sign_with(seed(name), compute_id(encoded)) for name in names), key=lambda one: one.public_key)
    envelope = ledger_pb2.SignedTransaction(body=encoded, signatures=signatures)
    return envelope.SerializeToString(deterministic=True)


def add(signed: bytes, *names: str) -> bytes:
    """With the signatures of these keys."""
    return merge_signatures(signed, sign_for(signed, *names))


def sign_for(signed: bytes, *names: str) -> list[ledger_pb2.Signature]:
    """Signatures of these keys over the transaction's id."""
    return [sign_with(seed(name), decode(signed).id) for name in names]


def make_arrival(signed: bytes, *parties: str) -> Arrival:
    """As the service makes it."""
    transaction = decode(signed)
    return Arrival(transaction.id, signed, transaction.body.valid_until_ms, parties or (CORE, SUPPLIER))


def make_call(name: str, at_ms: int, status: node.NodeStatus = STATUS, **action) -> pb.SignedInboxCall:
    """A signed call of a key; a look at the list unless told otherwise."""
    call = pb.InboxCall(**(action or {"list": pb.ListInboxItems(page_size=1)}))
    return sign_call(status, seed(name), call, lambda: at_ms)


def make_judge(world: World) -> Judge:
    """A judge by the world's state and time."""
    return Judge(RULES, world.source, world.time_ms)


def set_limits(world: World, **changes: int) -> None:
    """Change the limits in force."""
    limits = ledger_pb2.Limits.FromString(world.source.records[LIMITS_KEY].body)
    for name, value in changes.items():
        setattr(limits, name, value)
    world.source.records[LIMITS_KEY] = Record(limits.SerializeToString(deterministic=True), SALT)


def get_limits(world: World) -> ledger_pb2.Limits:
    """The limits in force."""
    return make_judge(world).limits
