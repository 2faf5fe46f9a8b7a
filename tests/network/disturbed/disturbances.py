"""What a disturbed unit does otherwise than others, by the name in HEFU_DISTURBANCE.

`HEFU_DISTURBANCE_FOLDER` is the unit's own: most disturbances act only while there is a file `on` in it, and write a
line into `done` each time. All but the clock's act in the kernel's process alone.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

SLOW_S = 0.7
_FOLDER = Path(os.environ.get("HEFU_DISTURBANCE_FOLDER", "."))


def is_on() -> bool:
    """Whether the test wants it now."""
    return (_FOLDER / "on").exists()


def note(what: str) -> None:
    """Tell the test that it happened."""
    with (_FOLDER / "done").open("a", encoding="utf-8") as file:
        file.write(what + "\n")


def shift_clock() -> None:
    """Both of Python's wall clocks are off by HEFU_CLOCK_OFFSET_S."""
    offset_s = int(os.environ["HEFU_CLOCK_OFFSET_S"])
    seconds, nanoseconds = time.time, time.time_ns
    time.time = lambda: seconds() + offset_s
    time.time_ns = lambda: nanoseconds() + offset_s * 1_000_000_000


def compute_another_root() -> None:
    """Every record that is written gets another salt than the rules say."""
    from ledger import context

    compute = context.compute_salt

    def compute_otherwise(nonce: bytes, key: str) -> bytes:
        if not is_on():
            return compute(nonce, key)
        note("salt")
        return bytes(16)

    context.compute_salt = compute_otherwise


def write_slowly() -> None:
    """The database takes its time for each block."""
    from ledger.store.sql import SqlStore

    write = SqlStore.write_block

    def write_late(self: SqlStore, block: Any) -> None:
        if is_on():
            note("write")
            threading.Event().wait(SLOW_S)
        write(self, block)

    SqlStore.write_block = write_late  # type: ignore[method-assign] # that is what it is for


def propose_badly() -> None:
    """Proposals begin with what the test has laid into `lies`, one file's bundles after the other's.

    A file holds bundles in hex, one in each line.
    """
    from hefu.v1 import abci_pb2
    from nodes.engines.cometbft.adapter import AbciAdapter

    prepare, turns = AbciAdapter.prepare_proposal, count()

    def prepare_badly(self: AbciAdapter, request: abci_pb2.RequestPrepareProposal) -> abci_pb2.ResponsePrepareProposal:
        honest = prepare(self, request)
        lies = sorted((_FOLDER / "lies").glob("*.hex"))
        if not is_on() or not lies:
            return honest
        lie = lies[next(turns) % len(lies)]
        note(lie.stem)
        bundles = [bytes.fromhex(line) for line in lie.read_text(encoding="ascii").split()]
        return abci_pb2.ResponsePrepareProposal(txs=[*bundles, *honest.txs[:20]])

    AbciAdapter.prepare_proposal = prepare_badly  # type: ignore[method-assign] # that is what it is for


def agree_to_everything() -> None:
    """Bad proposals, and a vote for everybody's."""
    from hefu.v1 import abci_pb2
    from nodes.engines.cometbft.adapter import ACCEPT, AbciAdapter

    propose_badly()
    process = AbciAdapter.process_proposal

    def agree(self: AbciAdapter, request: abci_pb2.RequestProcessProposal) -> abci_pb2.ResponseProcessProposal:
        return abci_pb2.ResponseProcessProposal(status=ACCEPT) if is_on() else process(self, request)

    AbciAdapter.process_proposal = agree  # type: ignore[method-assign] # that is what it is for


def refuse_everything() -> None:
    """No proposal is voted for."""
    from hefu.v1 import abci_pb2
    from nodes.engines.cometbft.adapter import REJECT, AbciAdapter

    process = AbciAdapter.process_proposal

    def refuse(self: AbciAdapter, request: abci_pb2.RequestProcessProposal) -> abci_pb2.ResponseProcessProposal:
        return abci_pb2.ResponseProcessProposal(status=REJECT) if is_on() else process(self, request)

    AbciAdapter.process_proposal = refuse  # type: ignore[method-assign] # that is what it is for


def die_after_a_restore() -> None:
    """The kernel ends at once when a snapshot is in its database, before the engine hears of it."""
    from nodes.engines.cometbft.snapshots import SnapshotRestorer

    finish = SnapshotRestorer._finish

    def finish_and_die(self: SnapshotRestorer, manifest: Any) -> Any:
        reply = finish(self, manifest)
        if is_on():
            note("restored")
            os.kill(os.getpid(), signal.SIGKILL)
        return reply

    SnapshotRestorer._finish = finish_and_die  # type: ignore[method-assign] # that is what it is for


def die_amid_a_restore() -> None:
    """The kernel ends at once when it has the first of a snapshot's chunks."""
    from nodes.engines.cometbft.snapshots import SnapshotRestorer

    apply = SnapshotRestorer.apply

    def apply_and_die(self: SnapshotRestorer, request: Any) -> Any:
        if is_on():
            note("chunk")
            os.kill(os.getpid(), signal.SIGKILL)
        return apply(self, request)

    SnapshotRestorer.apply = apply_and_die  # type: ignore[method-assign] # that is what it is for


def have_version_2() -> None:
    """A release that runs two versions of the state machine."""
    from nodes import wiring

    wiring.SUPPORTED_VERSIONS = (1, 2)


IN_KERNEL: dict[str, Callable[[], None]] = {
    "another-root": compute_another_root,
    "slow-disk": write_slowly,
    "bad-proposals": propose_badly,
    "agrees-to-everything": agree_to_everything,
    "refuses-everything": refuse_everything,
    "dies-after-a-restore": die_after_a_restore,
    "dies-amid-a-restore": die_amid_a_restore,
    "has-version-2": have_version_2,
}


def disturb(name: str) -> None:
    """Disturb this process, if the disturbance is for it."""
    if name == "clock":
        shift_clock()
    elif "nodes.kernel" in sys.orig_argv:
        IN_KERNEL[name]()
