"""When which witness is asked, and what proofs get of it.

1. A round, every so many seconds: the newest checkpoint goes to each witness that has not cosigned it. What they sign
   is published with it, and kept (kept.py). Those that failed the last time are asked after the others.
2. A proof is under the newest checkpoint of its moment. If its caller asks for it, that checkpoint goes to the
   witnesses at once, also to those that have cosigned it before: their new line says a newer time. Those that failed
   the last time are left to the next round, so a dead one costs one caller one wait.
3. Rounds and such proofs take turns. Otherwise a round could show a witness a larger log between a proof and its
   question, and then no honest witness cosigns the proof's.
4. Every other proof gets the lines that are published for its checkpoint, if there are any.
5. Nothing is awaited longer than the configured patience, once for the turn and once for all witnesses together.
6. A witness's fault is logged when its kind changes, and shown in the status. It is an alarm where it says that the log
   has two histories: the witness saw another one, or on a node that orders alone a larger one. Then either the witness
   lies, or this node was set back to an older state.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from sqlalchemy import Connection

from hefu.v1 import ledger_pb2
from hefu.v1 import node_pb2 as pb
from ledger.errors import InvariantViolation
from ledger.merkle.log import build_consistency
from ledger.notes import Note, NoteSignature, parse_checkpoint, parse_note, verify_cosignature
from ledger.proofs import add_lines, add_signatures, read_checkpoint
from ledger.store.port import HistoryNotKept
from ledger.store.sql import SqlStore
from nodes.cosigners.address import WitnessAddress
from nodes.cosigners.asking import Cosignature, FaultKind, WitnessFault, ask_witness
from nodes.cosigners.kept import read_kept, write_kept
from nodes.link import LinkFailure
from nodes.logs import get_log, raise_alarm
from nodes.readers import Readers

KEPT_FILE = "cosigned.note"
MAX_TRIES = 3
"""How often a proof is built anew where other nodes of its network have shown the witnesses a larger log."""
Build = Callable[[], Awaitable[bytes]]
"""Makes an answer; its checkpoint is the newest, unless an old one was asked for."""


@dataclass(slots=True)
class _Standing:
    """What is known of one witness."""

    address: WitnessAddress
    known_size: int = 0  # of the log, as the witness has it; the first guess of a question
    cosigned_size: int = 0
    cosigned_at_s: int = 0
    fault: WitnessFault | None = None


class Cosigners:
    """The witnesses of one node. `is_alone`: no other node shows them this log."""

    def __init__(
        self,
        addresses: Sequence[WitnessAddress],
        directory: Path,
        readers: Readers,
        patience_ms: int,
        is_alone: bool,
        read_clock_s: Callable[[], int] = lambda: int(time.time()),
    ) -> None:
        self._standings = [_Standing(address) for address in addresses]
        self._path = directory / KEPT_FILE
        self._readers = readers
        self._patience_s = patience_ms / 1000
        self._is_alone = is_alone
        self._read_clock_s = read_clock_s
        self._published: Note | None = None
        self._session: aiohttp.ClientSession | None = None
        self._turn = asyncio.Lock()
        self._writing = asyncio.Lock()

    async def open(self) -> None:
        """Read what was kept, and be ready to ask."""
        if not self._standings:
            return
        newest = await self._read_newest()
        keys = [standing.address.key for standing in self._standings]
        self._published = read_kept(self._path, keys, newest, parse_checkpoint(newest.text).size)
        for standing in self._standings:
            if self._published is not None:
                time_s = verify_cosignature(self._published, standing.address.key)
                if time_s is not None:
                    _note_success(standing, parse_checkpoint(self._published.text).size, time_s)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit_per_host=4),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept-Encoding": "identity"},
            timeout=aiohttp.ClientTimeout(total=None),  # each question has its own
            auto_decompress=False,
        )

    async def close(self) -> None:
        """Hang up."""
        if self._session is not None:
            await self._session.close()

    # ------------------------------------------------------------ what others read

    def get_note(self) -> bytes | None:
        """The published checkpoint with its cosignatures; None where no witness was asked yet."""
        return None if self._published is None else self._published.render()

    def list_status(self) -> list[pb.WitnessStatus]:
        """How each witness stands, in the order of the configuration."""
        return [
            pb.WitnessStatus(
                name=standing.address.key.name,
                size=standing.cosigned_size,
                cosigned_at_ms=standing.cosigned_at_s * 1000,
                fault="" if standing.fault is None else str(standing.fault),
            )
            for standing in self._standings
        ]

    async def finish_proof(self, is_asked: bool, build: Build) -> bytes:
        """Proof bytes with the witnesses' lines on the newest checkpoint. LinkFailure: asked, and there are none."""
        return await self._finish(is_asked, build, _read_proof_note, _add_to_proof)

    async def finish_view(self, is_asked: bool, build: Build) -> bytes:
        """CheckpointView bytes with the witnesses' lines. LinkFailure: asked, and there are none."""
        return await self._finish(is_asked, build, _read_view_note, _add_to_view)

    # ------------------------------------------------------------ when they are asked

    async def do_round(self) -> None:
        """Show the newest checkpoint to all who have not cosigned it."""
        async with self._turn:
            note = await self._read_newest()
            lacking = [standing for standing in self._standings if not self._has_cosigned(standing, note)]
            faulty = [standing for standing in lacking if standing.fault is not None]
            await self._ask_all([standing for standing in lacking if standing.fault is None], note)
        await self._ask_all(faulty, note)
        await self._publish(note, ())

    async def _finish(
        self,
        is_asked: bool,
        build: Build,
        read_note: Callable[[bytes], Note],
        add: Callable[[bytes, Sequence[NoteSignature]], bytes],
    ) -> bytes:
        if is_asked and not self._standings:
            raise LinkFailure("FAILED_PRECONDITION", "this node has no witnesses")
        if not self._standings:
            return await build()
        lines: Sequence[NoteSignature] = ()
        if is_asked and await self._enter():
            try:
                answer, lines = await self._build_and_ask(build, read_note)
            finally:
                self._turn.release()
        else:
            answer = await build()
        if self._published is not None and self._published.text == read_note(answer).text:  # with what has just come
            lines = [line for line in self._published.signatures if self._is_witness(line)]
        return add(answer, lines) if lines else answer

    async def _build_and_ask(
        self, build: Build, read_note: Callable[[bytes], Note]
    ) -> tuple[bytes, Sequence[NoteSignature]]:
        text = b""
        for _ in range(MAX_TRIES):
            answer = await build()
            note = read_note(answer)
            if note.text == text:  # an old checkpoint was asked for
                break
            text = note.text
            asked = [standing for standing in self._standings if standing.fault is None]
            lines, is_overtaken = await self._ask_all(asked, note)
            if not is_overtaken:
                break
        return answer, lines

    async def _enter(self) -> bool:
        """Take the turn; False where it does not come in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._patience_s):
                return await self._turn.acquire()
        return False

    # ------------------------------------------------------------ asking

    async def _ask_all(self, asked: Sequence[_Standing], note: Note) -> tuple[list[NoteSignature], bool]:
        """The lines that came, and whether a witness has a larger log that is no fault. Publishes the lines."""
        answers = await asyncio.gather(*(self._ask(standing, note) for standing in asked))
        lines = [answer.line for answer in answers if isinstance(answer, Cosignature)]
        if lines:
            await self._publish(note, lines)
        return lines, any(isinstance(a, WitnessFault) and a.kind is FaultKind.LARGER_LOG for a in answers)

    async def _ask(self, standing: _Standing, note: Note) -> Cosignature | WitnessFault:
        if self._session is None:
            raise InvariantViolation("witnesses are asked before the node is open")
        checkpoint, now_s = parse_checkpoint(note.text), self._read_clock_s()
        try:
            async with asyncio.timeout(self._patience_s):
                found = await ask_witness(
                    self._session, standing.address, note, checkpoint, standing.known_size, self._build_path, now_s
                )
        except TimeoutError:
            fault = WitnessFault(FaultKind.NO_ANSWER, f"nothing within {self._patience_s:g} s")
        except WitnessFault as failure:
            fault = failure
        else:
            if standing.fault is not None:
                get_log().info("a witness cosigns again", witness=standing.address.key.name)
            _note_success(standing, checkpoint.size, found.time_s)
            return found
        if fault.kind is FaultKind.LARGER_LOG and await self._is_overtaken(fault):
            standing.known_size = fault.size or 0
            return fault
        self._note_fault(standing, fault)
        return WitnessFault(FaultKind.REFUSES, str(fault)) if fault.kind is FaultKind.LARGER_LOG else fault

    async def _is_overtaken(self, fault: WitnessFault) -> bool:
        """Whether the witness may well have a larger log than the checkpoint that it was asked about."""
        size = parse_checkpoint((await self._read_newest()).text).size
        return not self._is_alone or (fault.size or 0) <= size

    def _note_fault(self, standing: _Standing, fault: WitnessFault) -> None:
        is_news = standing.fault is None or standing.fault.kind is not fault.kind
        standing.fault = fault
        standing.known_size = standing.known_size if fault.size is None else fault.size
        if not is_news:
            return
        name, cause = standing.address.key.name, str(fault)
        if fault.kind in (FaultKind.OTHER_HISTORY, FaultKind.LARGER_LOG):
            raise_alarm("a witness saw another history of this log", witness=name, cause=cause)
        else:
            get_log().warning("a witness does not cosign", witness=name, cause=cause)

    async def _build_path(self, first: int, second: int) -> Sequence[bytes]:
        if first in (0, second):
            return ()
        try:
            return await self._readers.read(lambda connection: build_consistency(SqlStore(connection), first, second))
        except HistoryNotKept:
            raise WitnessFault(FaultKind.OLDER_LOG, f"of size {first}", first) from None

    async def _read_newest(self) -> Note:
        return parse_note(await self._readers.read(_read_newest_note))

    # ------------------------------------------------------------ publishing

    async def _publish(self, note: Note, lines: Sequence[NoteSignature]) -> None:
        """Take a newer checkpoint, or further lines of the published one, and keep what is cosigned."""
        before = self._published
        base = note
        if before is not None:
            old_size, new_size = parse_checkpoint(before.text).size, parse_checkpoint(note.text).size
            if new_size < old_size or (not lines and new_size == old_size):
                return
            base = before if before.text == note.text else note
        self._published = add_lines(base, lines)
        if lines:
            await self._write()

    async def _write(self) -> None:
        async with self._writing:
            if self._published is None:
                return
            try:
                await asyncio.to_thread(write_kept, self._path, self._published)
            except OSError as failure:
                get_log().warning("the cosigned checkpoint is not kept", file=str(self._path), cause=str(failure))

    def _has_cosigned(self, standing: _Standing, note: Note) -> bool:
        if self._published is None or self._published.text != note.text:
            return False
        return self._published.find_signature(standing.address.key) is not None

    def _is_witness(self, line: NoteSignature) -> bool:
        keys = (standing.address.key for standing in self._standings)
        return any((line.name, line.key_id) == (key.name, key.key_id) for key in keys)


def _note_success(standing: _Standing, size: int, time_s: int) -> None:
    standing.known_size = standing.cosigned_size = size
    standing.cosigned_at_s, standing.fault = time_s, None


def _read_newest_note(connection: Connection) -> bytes:
    head = SqlStore(connection).read_head()
    if head is None:
        raise InvariantViolation("a node without a genesis runs")
    return head.checkpoint


def _read_proof_note(answer: bytes) -> Note:
    return parse_note(read_checkpoint(ledger_pb2.Proof.FromString(answer)))


def _add_to_proof(answer: bytes, lines: Sequence[NoteSignature]) -> bytes:
    return add_signatures(ledger_pb2.Proof.FromString(answer), lines).SerializeToString()


def _read_view_note(answer: bytes) -> Note:
    return parse_note(pb.CheckpointView.FromString(answer).note)


def _add_to_view(answer: bytes, lines: Sequence[NoteSignature]) -> bytes:
    view = pb.CheckpointView.FromString(answer)
    view.note = add_lines(parse_note(view.note), lines).render()
    return view.SerializeToString()
