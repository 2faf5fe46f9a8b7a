"""One question to one witness: the add-checkpoint of C2SP tlog-witness.

1. The path leads from the size that the witness has, as far as we know. On 409 it says which size it has, and is asked
   again with that, a few times at most.
2. An answer counts only if it is a cosignature over our checkpoint, by the witness's configured key, of a time that is
   not ahead of our clock by more than a verifier allows.
3. Everything else is a WitnessFault of one of these kinds: no answer, a refusal, no cosignature, a larger log than
   ours, one that ends before what this node has, another history than ours.

Answers are read up to a bound, never unpacked, never followed to another place.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum

import aiohttp

from ledger.errors import MalformedInput
from ledger.notes import Checkpoint, Note, NoteSignature, parse_note, verify_cosignature
from nodes.cosigners.address import WitnessAddress
from nodes.witness.submission import SIZE_TYPE, parse_size, render_submission

MAX_ANSWER_BYTES = 65_536
MAX_TRIES = 3
CLOCK_TOLERANCE_S = 300
"""How far ahead of ours a verifier lets a witness's clock be (ledger/verify.py)."""
BuildPath = Callable[[int, int], Awaitable[Sequence[bytes]]]
"""The consistency path between two sizes of our log."""


class FaultKind(Enum):
    """In which way a witness did not cosign."""

    NO_ANSWER = "does not answer"
    REFUSES = "refuses"
    NO_COSIGNATURE = "answers with something that is not its cosignature"
    LARGER_LOG = "has cosigned a larger log"
    OLDER_LOG = "has cosigned a log so small that ours is not filled so far back"
    OTHER_HISTORY = "has cosigned another history"


class WitnessFault(Exception):
    """No cosignature came. `size` is what the witness says it has, where it said that."""

    def __init__(self, kind: FaultKind, detail: str, size: int | None = None) -> None:
        super().__init__(f"{kind.value}: {detail}")
        self.kind = kind
        self.size = size


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A verified line, and its time in seconds since 1970."""

    line: NoteSignature
    time_s: int


async def ask_witness(
    session: aiohttp.ClientSession,
    address: WitnessAddress,
    note: Note,
    checkpoint: Checkpoint,
    known_size: int,
    build_path: BuildPath,
    now_s: int,
) -> Cosignature:
    """The witness's cosignature over this checkpoint of ours. Raises WitnessFault; the caller bounds the time."""
    old_size = min(known_size, checkpoint.size)
    for _ in range(MAX_TRIES):
        path = await build_path(old_size, checkpoint.size)
        answer = await _post(session, address, render_submission(old_size, path, note.render()))
        if answer.status == 200:
            return _read_cosignature(answer.body, note, address, now_s)
        if answer.status != 409:
            raise _explain_refusal(answer, old_size)
        old_size = _read_told_size(answer, old_size, checkpoint.size)
    raise WitnessFault(FaultKind.REFUSES, "it names another size each time")


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    content_type: str
    body: bytes


async def _post(session: aiohttp.ClientSession, address: WitnessAddress, body: bytes) -> _Answer:
    try:
        async with session.post(f"{address.url}/add-checkpoint", data=body, allow_redirects=False) as response:
            found = bytearray()
            async for piece in response.content.iter_chunked(MAX_ANSWER_BYTES):
                found += piece
                if len(found) > MAX_ANSWER_BYTES:
                    raise WitnessFault(FaultKind.NO_COSIGNATURE, f"more than {MAX_ANSWER_BYTES} bytes")
            return _Answer(response.status, response.content_type, bytes(found))
    except (aiohttp.ClientError, OSError, ValueError) as failure:
        raise WitnessFault(FaultKind.NO_ANSWER, type(failure).__name__) from None


def _read_cosignature(body: bytes, note: Note, address: WitnessAddress, now_s: int) -> Cosignature:
    try:
        answered = parse_note(note.text + b"\n" + body)
    except MalformedInput as failure:
        raise WitnessFault(FaultKind.NO_COSIGNATURE, str(failure)) from None
    line, time_s = answered.find_signature(address.key), verify_cosignature(answered, address.key)
    if answered.text != note.text or line is None or time_s is None:
        raise WitnessFault(FaultKind.NO_COSIGNATURE, "not signed by its key, or not our checkpoint")
    if time_s > now_s + CLOCK_TOLERANCE_S:
        raise WitnessFault(FaultKind.NO_COSIGNATURE, f"its clock is {time_s - now_s} s ahead of ours")
    return Cosignature(line, time_s)


def _read_told_size(answer: _Answer, old_size: int, size: int) -> int:
    """The size that the witness has, to be asked with next."""
    try:
        if answer.content_type != SIZE_TYPE or not answer.body.endswith(b"\n"):
            raise MalformedInput("no size", "size")
        told = parse_size(answer.body[:-1])
    except MalformedInput:
        raise WitnessFault(FaultKind.REFUSES, "409 without the size that it has") from None
    if told > size:
        raise WitnessFault(FaultKind.LARGER_LOG, f"of size {told}, ours has {size}", told)
    if told == old_size:
        kind = FaultKind.OTHER_HISTORY if told == size else FaultKind.REFUSES
        raise WitnessFault(kind, f"it has size {told}, which it was shown", told)
    return told


def _explain_refusal(answer: _Answer, old_size: int) -> WitnessFault:
    if answer.status == 422:
        return WitnessFault(FaultKind.OTHER_HISTORY, f"of size {old_size}, which ours does not continue", old_size)
    text = answer.body[:200].decode(errors="replace").strip()
    return WitnessFault(FaultKind.REFUSES, f"{answer.status} {text}".strip())
