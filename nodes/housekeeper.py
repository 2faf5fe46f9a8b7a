"""Housekeeping: what a deadline should free is freed by the node itself, in the name of the member that runs it.

A round does each chore once; freeing is one, for which a node needs a SERVICE key, and sweeping the inbox is another.

1. Freeing asks which issues have lapsed by the time that the next block would have, at most 64.
2. For each it says LapseIssue in a transaction of its own, signed with a SERVICE key, which is good for nothing else.
   They enter by the same gate as everybody's.
3. Somebody else may have been first; that refusal is no alarm. What the ledger has refused for another reason, with a
   leaf in the log, is not said again by this process: the log would grow for nothing.
4. A round begins only when the one before has its answers, so nothing is under way twice.

`Housekeeper` decides, and knows neither a clock nor a task; `free_lapsed` is its chore; `keep_house` runs the rounds.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from hefu.v1 import identity_pb2, ledger_pb2, receivables_pb2
from hefu.v1 import node_pb2 as pb
from ledger.errors import MalformedInput
from nodes.client.builder import DEFAULT_VALIDITY_MS, Draft, sign_drafts
from nodes.config import MAX_BATCH, NodeConfig
from nodes.gate import Gate, Turn, wait_for
from nodes.keys import Key, WrongPassphrase, read_key
from nodes.link import LinkFailure
from nodes.logs import get_log
from nodes.pipe import Pipe
from nodes.readers import Readers
from receivables.holds import list_due_packages
from receivables.rejections import NOTHING_TO_LAPSE


class Housekeeper:
    """What is to be said in each round, and what became of it."""

    def __init__(self, network: ledger_pb2.NetworkId, key: Key) -> None:
        self._network = network
        self._key = key
        self._under_way: list[str] = []
        self._set_aside: set[str] = set()

    @property
    def limit(self) -> int:
        """How many due packages to ask for, so that those set aside hide none."""
        return MAX_BATCH + len(self._set_aside)

    def begin(self, due: Sequence[str], now_ms: int) -> list[bytes]:
        """A signed LapseIssue for each due package, at most 64; none while a round is under way."""
        if self._under_way:
            return []
        self._set_aside.intersection_update(due)
        self._under_way = [package for package in due if package not in self._set_aside][:MAX_BATCH]
        return [self._sign(package, now_ms + DEFAULT_VALIDITY_MS) for package in self._under_way]

    def end(self, receipts: Sequence[pb.Receipt]) -> None:
        """Note what became of the round's transactions, in their order."""
        refused = [
            (package, receipt)
            for package, receipt in zip(self._under_way, receipts, strict=True)
            if receipt.HasField("refusal")
        ]
        if len(refused) < len(self._under_way):
            get_log().info("housekeeping freed lapsed issues", count=len(self._under_way) - len(refused))
        self._under_way = []
        for package, receipt in refused:
            self._note_refused(package, receipt)

    def give_up(self) -> None:
        """No answers came; most often the node stops. What is due still is found by a later round."""
        self._under_way = []

    def _note_refused(self, package: str, receipt: pb.Receipt) -> None:
        if receipt.refusal.code == NOTHING_TO_LAPSE.code:
            get_log().info("housekeeping came second", package=package)
            return
        get_log().warning("housekeeping was refused", package=package, refusal=receipt.refusal.name)
        if receipt.has_leaf:
            self._set_aside.add(package)

    def _sign(self, package: str, valid_until_ms: int) -> bytes:
        draft = Draft((self._key.organisation,), receivables_pb2.LapseIssue(package=package))
        return sign_drafts(self._network, valid_until_ms, [draft], [self._key.seed])


def read_service_key(directory: Path, config: NodeConfig) -> Key | None:
    """The key for housekeeping; None where none is configured. MalformedInput: no file, sealed, or no SERVICE key."""
    if not config.service_key:
        return None
    path = directory / config.service_key
    try:
        key = read_key(path).open(None)
    except OSError as failure:
        raise MalformedInput(f"cannot be read: {failure.strerror}", f"service_key {path}") from None
    except (MalformedInput, WrongPassphrase, ValueError) as failure:  # ValueError: what no path can be
        raise MalformedInput(str(failure), f"service_key {path}") from None
    if key.roles != (identity_pb2.SERVICE,):
        raise MalformedInput("a node holds no key that can do more than housekeeping", f"service_key {path}")
    return key


Chore = Callable[[], Awaitable[None]]


async def keep_house(chores: Sequence[Chore], seconds: float, stopping: asyncio.Event) -> None:
    """A round now, and one every so many seconds until the stop. A defect ends one chore of a round, not the node."""
    while not stopping.is_set():
        for do_chore in chores:
            try:
                await do_chore()
            except LinkFailure as failure:
                get_log().info("housekeeping had no answer", cause=failure.message)
            except Exception as failure:  # noqa: BLE001 - a defect in a convenience must not end the node
                get_log().error("housekeeping met a defect", alarm=True, exc_info=failure)
        try:
            await asyncio.wait_for(stopping.wait(), seconds)
        except TimeoutError:
            continue


async def free_lapsed(keeper: Housekeeper, gate: Gate, pipe: Pipe, readers: Readers) -> None:
    """Ask what is due, submit, and note the answers. A node that makes no blocks is left alone. Raises LinkFailure."""
    status = pb.NodeStatus.FromString(await pipe.ask("GetStatus", b""))
    if status.stopped_because:
        return
    due = await readers.read(lambda connection: list_due_packages(connection, status.now_ms, keeper.limit))
    transactions = keeper.begin(due, status.now_ms)
    if not transactions:
        return
    try:
        await gate.enter()
        decided = await wait_for(gate.decide(transactions, Turn()))
    except BaseException:
        keeper.give_up()
        raise
    keeper.end(pb.ReceiptBatch.FromString(decided).receipts)
