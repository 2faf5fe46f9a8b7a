"""State-sync snapshots: taking, keeping and offering them, and restoring one that another node offers.

Taking. A snapshot is of the ledger after one block, and its height is that block's, so equal nodes make equal ones and
a joining node takes chunks from several. Every `snapshot_blocks` heights one is taken after the next block that decides
anything. The kernel waits only until a thread has begun a read transaction, some milliseconds; then the thread reads on
with a connection of its own, and works at most half of the time. The newest `KEPT` are kept:

    snapshots/HEIGHT/manifest   SnapshotManifest bytes (ledger/snapshots.py)
    snapshots/HEIGHT/NUMBER     the chunks
    snapshots/.taking/          one that is being taken; what a crash left is removed at the start
    snapshots/.incoming/        chunks of the one that is being restored; the same

Restoring. The engine offers what peers have, with an app hash that its light client has verified.

1. A manifest that is malformed, or not of that app hash, is rejected.
2. A chunk that is not the manifest's is fetched again, and whoever sent it is heard no more.
3. When all chunks are there, they are written in one database transaction, and refused whole if anything does not fit;
   whoever sent them is heard no more.
4. Then `head` says where the ledger stands; whoever had it open opens it anew. A crash before is a beginning anew.

Not here: what a snapshot holds and how it is checked (ledger/snapshots.py, ledger/store/restoring.py), ABCI's frames.
"""

import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection

from hefu.v1 import abci_pb2 as abci
from hefu.v1 import ledger_pb2 as pb
from hefu.v1.network_pb2 import SnapshotManifest
from ledger.application import Application
from ledger.errors import MalformedInput
from ledger.snapshots import FORMAT, check_chunk, check_manifest, encode_manifest, list_chunk_hashes, parse_manifest
from ledger.store.port import BlockHead
from ledger.store.snapshot_source import SnapshotSource
from nodes.logs import get_log, raise_alarm
from nodes.readers import Readers

SNAPSHOT_FOLDER = "snapshots"
KEPT = 3
"""A peer that has begun to fetch one must find it until it has all of it."""
MANIFEST_FILE, TAKING, INCOMING = "manifest", ".taking", ".incoming"

Restore = Callable[[SnapshotManifest, Iterable[bytes]], BlockHead]
"""Writes a snapshot into the node's database: `nodes.wiring.restore_ledger` with all but these two given."""

_Offered = abci.ResponseOfferSnapshot
_Applied = abci.ResponseApplySnapshotChunk


# ---------------------------------------------------------------- taking and keeping


class SnapshotKeeper:
    """Takes snapshots every so many heights (0: never), keeps the newest, and gives them out."""

    def __init__(self, url: str, network: pb.NetworkId, folder: Path, every: int) -> None:
        self._network = network
        self._folder = folder
        self._every = every
        self._readers = Readers(url, 1)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        shutil.rmtree(folder / TAKING, ignore_errors=True)
        self._kept = self._read_kept()
        if every:
            self._readers.read_now(lambda connection: None)  # connected before the kernel has to wait for it

    def consider(self, before: int, after: int) -> None:
        """To be called between blocks, with the heights of the last two blocks: takes a snapshot where one is due."""
        is_busy = self._thread is not None and self._thread.is_alive()
        if not self._every or before // self._every == after // self._every or is_busy:
            return
        has_begun = threading.Event()
        self._thread = threading.Thread(target=self._take, args=(after, has_begun), name="snapshot", daemon=True)
        self._thread.start()
        has_begun.wait()

    def list(self) -> list[abci.Snapshot]:
        """The snapshots that are kept, the newest first."""
        kept = self._kept
        return [kept[height] for height in sorted(kept, reverse=True)]

    def load(self, height: int, form: int, index: int) -> bytes:
        """A chunk; empty where there is none, or no longer."""
        try:
            return (self._folder / str(height) / _name_chunk(index)).read_bytes() if form == FORMAT else b""
        except FileNotFoundError:
            return b""

    def wait(self) -> None:
        """Until no snapshot is being taken."""
        if self._thread is not None:
            self._thread.join()

    def close(self) -> None:
        """Drop what is being taken, and end."""
        self._stop.set()
        self.wait()
        self._readers.close()

    def _take(self, height: int, has_begun: threading.Event) -> None:
        try:
            self._readers.read_now(lambda connection: self._write(connection, height, has_begun))
        except Exception as failure:  # noqa: BLE001 - a full disk or a lost database must not end the node for this
            raise_alarm("no snapshot could be taken", height=height, reason=f"{type(failure).__name__}: {failure}")
        finally:
            has_begun.set()
            shutil.rmtree(self._folder / TAKING, ignore_errors=True)

    def _write(self, connection: Connection, height: int, has_begun: threading.Event) -> None:
        source = SnapshotSource(connection, self._network)
        has_begun.set()
        if source.head.height != height:
            raise MalformedInput(f"the database stands at block {source.head.height}", "snapshot")
        taking = self._folder / TAKING
        taking.mkdir(parents=True)
        hashes = b""
        for index, chunk in enumerate(self._pace(source.iterate_chunks())):
            (taking / _name_chunk(index)).write_bytes(chunk)
            hashes += sha256(chunk).digest()
        if self._stop.is_set():
            return
        encoded = encode_manifest(source.build_manifest(hashes))
        parse_manifest(encoded)  # within the bounds that others hold us to
        (taking / MANIFEST_FILE).write_bytes(encoded)
        shutil.rmtree(self._folder / str(height), ignore_errors=True)
        taking.rename(self._folder / str(height))
        self._kept = self._read_kept()
        get_log().info("a snapshot was taken", height=height, chunks=len(hashes) // 32)

    def _pace(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Rest as long as each chunk took: the kernel shares the interpreter with this thread. Ends early at a stop."""
        began = time.monotonic()
        for chunk in chunks:
            yield chunk
            if self._stop.wait(time.monotonic() - began):
                return
            began = time.monotonic()

    def _read_kept(self) -> dict[int, abci.Snapshot]:
        """The newest snapshots; older ones and what is none are removed."""
        found: dict[int, abci.Snapshot] = {}
        folders = self._folder.iterdir() if self._folder.exists() else ()
        numbered = sorted((path for path in folders if path.name.isdecimal()), key=lambda path: -int(path.name))
        for path in numbered:
            snapshot = _read_snapshot(path) if len(found) < KEPT else None
            if snapshot is None:
                shutil.rmtree(path, ignore_errors=True)
            else:
                found[snapshot.height] = snapshot
        return found


def _read_snapshot(path: Path) -> abci.Snapshot | None:
    try:
        encoded = (path / MANIFEST_FILE).read_bytes()
        manifest = parse_manifest(encoded)
    except (FileNotFoundError, MalformedInput):
        return None
    chunks = len(list_chunk_hashes(manifest))
    return abci.Snapshot(
        height=manifest.height, format=FORMAT, chunks=chunks, hash=sha256(encoded).digest(), metadata=encoded
    )


def _name_chunk(index: int) -> str:
    return f"{index:06}"


# ---------------------------------------------------------------- restoring


class SnapshotRestorer:
    """Restores what the engine offers: again, too, where it was killed before it knew, as long as nothing was decided.

    `head`: where the ledger stands, once one is restored. `attempts`: how often the database may have been written.
    """

    def __init__(self, folder: Path, network: pb.NetworkId, origin: str, restore: Restore) -> None:
        self._folder = folder / INCOMING
        self._network = network
        self._origin = origin
        self._restore = restore
        self._manifest: SnapshotManifest | None = None
        self._missing: set[int] = set()
        self._senders: set[str] = set()
        self.head: BlockHead | None = None
        self.attempts = 0
        shutil.rmtree(self._folder, ignore_errors=True)

    def offer(self, snapshot: abci.Snapshot, app_hash: bytes) -> abci.ResponseOfferSnapshot:
        """Whether to fetch its chunks; it takes the place of one whose chunks were being fetched."""
        self._clear()
        if snapshot.format != FORMAT:
            return _Offered(result=_Offered.REJECT_FORMAT)
        try:
            manifest = _open_offer(snapshot)
            check_manifest(manifest, self._network, self._origin, app_hash)
        except MalformedInput as failure:
            get_log().warning("a snapshot was rejected", height=snapshot.height, reason=str(failure))
            return _Offered(result=_Offered.REJECT)
        self._manifest = manifest
        self._missing = set(range(snapshot.chunks))
        self._folder.mkdir(parents=True)
        return _Offered(result=_Offered.ACCEPT)

    def apply(self, request: abci.RequestApplySnapshotChunk) -> abci.ResponseApplySnapshotChunk:
        """Keep a chunk; with the last one restore the snapshot, which takes as long as writing all of it."""
        manifest, index = self._manifest, request.index
        if manifest is None:
            return _Applied(result=_Applied.ABORT)
        try:
            check_chunk(manifest, index, request.chunk)
        except MalformedInput as failure:
            get_log().warning("a chunk was refused", sender=request.sender, reason=str(failure))
            return _Applied(result=_Applied.RETRY, refetch_chunks=[index], reject_senders=[request.sender])
        (self._folder / _name_chunk(index)).write_bytes(request.chunk)
        self._missing.discard(index)
        self._senders.add(request.sender)
        return _Applied(result=_Applied.ACCEPT) if self._missing else self._finish(manifest)

    def _finish(self, manifest: SnapshotManifest) -> abci.ResponseApplySnapshotChunk:
        self.attempts += 1
        senders = sorted(self._senders)  # all of them offered this manifest, and no other has its chunks
        try:
            self.head = self._restore(manifest, self._read_chunks(manifest))
        except MalformedInput as failure:
            raise_alarm("a snapshot was refused", height=manifest.height, reason=str(failure))
            return _Applied(result=_Applied.REJECT_SNAPSHOT, reject_senders=senders)
        finally:
            self._clear()
        get_log().info("a snapshot was restored", height=manifest.height, size=manifest.size)
        return _Applied(result=_Applied.ACCEPT)

    def _read_chunks(self, manifest: SnapshotManifest) -> Iterator[bytes]:
        for index in range(len(list_chunk_hashes(manifest))):
            yield (self._folder / _name_chunk(index)).read_bytes()

    def _clear(self) -> None:
        self._manifest = None
        self._missing, self._senders = set(), set()
        shutil.rmtree(self._folder, ignore_errors=True)


def _open_offer(snapshot: abci.Snapshot) -> SnapshotManifest:
    """The manifest of an offer that says the same as the offer does. Raises MalformedInput."""
    manifest = parse_manifest(snapshot.metadata)
    if sha256(snapshot.metadata).digest() != snapshot.hash:
        raise MalformedInput("not the SHA-256 of the manifest", "hash")
    if (manifest.height, len(list_chunk_hashes(manifest))) != (snapshot.height, snapshot.chunks):
        raise MalformedInput("not what the manifest says", "height")
    return manifest


class Snapshots:
    """Both sides, over one state machine, which is opened anew when a snapshot was restored beneath it."""

    def __init__(self, keeper: SnapshotKeeper, restorer: SnapshotRestorer, application: Application) -> None:
        self.keeper = keeper
        self.restorer = restorer
        self._application = application
        self._height = application.head.height

    def consider(self) -> None:
        """To be called after each commit: takes a snapshot where one is due."""
        before, self._height = self._height, self._application.head.height
        if self._height > before:
            self.keeper.consider(before, self._height)

    def apply(self, request: abci.RequestApplySnapshotChunk) -> abci.ResponseApplySnapshotChunk:
        """Keep a chunk; after the last one the state machine stands where the database does, restored or not."""
        before = self.restorer.attempts
        reply = self.restorer.apply(request)
        if self.restorer.attempts > before:
            self._application.open()
            self._height = self._application.head.height
        return reply
