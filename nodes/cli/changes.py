"""What a proposal changes, in words; and records of the rulebook as they were voted last."""

import hashlib
from collections.abc import Iterator
from difflib import unified_diff
from typing import TYPE_CHECKING, NamedTuple

from google.protobuf.message import Message

from hefu.v1 import identity_pb2 as pb
from hefu.v1 import node_pb2
from nodes.cli.failures import one_line
from nodes.cli.output import describe
from nodes.cli.records import decode_body, describe_body
from nodes.cli.values import BadValue, show_ms

if TYPE_CHECKING:
    from nodes.client.blocking import Client


class Record(NamedTuple):
    """A record of the rulebook: the body in force, and the one that waits for its time, if one does."""

    body: bytes
    next_body: bytes | None
    next_at_ms: int

    @property
    def voted_last(self) -> bytes:
        """What the next change replaces."""
        return self.body if self.next_body is None else self.next_body


def read_record(client: "Client", key: str) -> Record:
    """A record as it is meant now at the node. BadValue where there is none."""
    view = client.ask(client.ledger.GetRecord, node_pb2.GetRecordRequest(key=key))
    if not view.exists:
        raise BadValue(f"there is no record {one_line(key)} at this node")
    record = view.record
    if not record.HasField("lapse"):
        return Record(record.body, None, 0)
    if record.lapse.at_ms <= client.status().now_ms:
        return Record(record.lapse.body, None, 0)
    return Record(record.body, record.lapse.body, record.lapse.at_ms)


def compute_change_digest(change: pb.GovernedChange) -> bytes:
    """SHA-256 of the change's one encoding (32 bytes): what a vote names."""
    return hashlib.sha256(change.SerializeToString(deterministic=True)).digest()


def describe_change(client: "Client", change: pb.GovernedChange) -> Iterator[str]:
    """The change in lines; of a record what differs from the body that it replaces."""
    kind = change.WhichOneof("change") or "nothing"
    yield f"change 变更: {kind}"
    if kind == "record":
        yield from _describe_record(client, change.record)
    elif kind == "authority":
        yield from _describe_authority(change.authority)
    else:
        yield from describe(change, "  ")


def _describe_authority(change: pb.AuthorityChange) -> Iterator[str]:
    """With the certificate's fingerprint, which people compare, in place of its bytes."""
    shown = pb.AuthorityChange()
    shown.CopyFrom(change)
    if change.certificate:
        shown.fingerprint = hashlib.sha256(change.certificate).digest()
        shown.certificate = b""
    yield "  trusted 信任:" if change.certificate else "  trusted no longer 不再信任:"
    yield from describe(shown, "    ")


def _describe_record(client: "Client", change: pb.RecordChange) -> Iterator[str]:
    since = f"from {show_ms(change.effective_at_ms)} on" if change.effective_at_ms else "from the deciding vote on"
    yield f"  {one_line(change.key)}, {since}"
    new = decode_body(change.key, change.body)
    present = read_record(client, change.key)
    old = decode_body(change.key, present.voted_last)
    if old is None or new is None:
        yield f"  {change.body.hex()}"
    elif hashlib.sha256(present.voted_last).digest() != change.replaces:
        yield "  It replaces another body than the one voted last 与现行记录不一致; as proposed 拟变更为:"
        yield from describe_body(change.key, change.body)
    else:
        yield from (f"  {line}" for line in list_differences(old, new))


def list_differences(old: Message, new: Message) -> list[str]:
    """The lines that go, with a minus, and those that come, with a plus."""
    lines = unified_diff(list(describe(old)), list(describe(new)), n=0, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]
