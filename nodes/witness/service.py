"""A witness at work: add-checkpoint from the bytes of a request to its answer, and the HTTP server before it.

1. Body read (bounded in length and time), then in one thread: parsed, judged and kept (judge, store), then signed.
2. A cosignature says what time it is, and never an earlier one than the one before it for the same log: within five
   minutes it repeats that one; a clock that is further back is refused with 503 until it has caught up.
3. What proves that a log lies, two roots for one size under its key, is kept and raises an alarm.
4. So many requests at once; one more is answered 503.

Not here: TLS and callers beyond this machine, which a proxy before it serves. The protocol needs no other proof of who
calls than the log's signature.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from aiohttp import web

from ledger.errors import MalformedInput
from ledger.notes import Checkpoint, sign_cosignature
from nodes.logs import get_log, raise_alarm
from nodes.web import Served, build_app, serve_app
from nodes.witness.directory import Identity
from nodes.witness.judge import Answer, LogState, judge
from nodes.witness.store import WitnessStore
from nodes.witness.submission import MAX_SUBMISSION_BYTES, Submission, parse_submission

MAX_CALLS = 64
READ_S = 10.0
CLOCK_TOLERANCE_S = 300
"""As far as a verifier lets a statement be ahead of its own clock."""


class Witness:
    """Cosigns with one key by one state. `read_clock_s` gives seconds since 1970."""

    def __init__(self, identity: Identity, store: WitnessStore, read_clock_s: Callable[[], int]) -> None:
        self._identity = identity
        self._store = store
        self._read_clock_s = read_clock_s

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answer one submission; what is cosigned is durable before this returns."""
        try:
            submission = parse_submission(body)
        except MalformedInput as failure:
            return Answer(400, f"{failure}\n".encode())
        origin, note = submission.checkpoint.origin, submission.note.render()
        refusal, time_s = self._store.advance(origin, note, lambda log: self._decide(submission, log))
        if refusal is None:
            return self._sign(submission, time_s)
        if refusal.is_split:
            self._store.note_split(origin, submission.checkpoint, note)
            size = submission.checkpoint.size
            raise_alarm("a log has signed two roots for one size", origin=origin, size=size)
        elif refusal.status == 422:
            size = submission.checkpoint.size
            get_log().warning("a log does not show that it only grew", origin=origin, size=size)
        return refusal

    def _decide(
        self, submission: Submission, log: LogState | None
    ) -> tuple[tuple[Answer | None, int], Checkpoint | None, int]:
        refusal = judge(submission, log)
        if refusal is not None or log is None:
            return (refusal, 0), None, 0
        now_s = self._read_clock_s()
        if now_s + CLOCK_TOLERANCE_S < log.cosigned_at_s:
            text = b"the witness's clock is behind its last cosignature of this log\n"
            return (Answer(503, text), 0), None, 0
        time_s = max(now_s, log.cosigned_at_s)
        return (None, time_s), submission.checkpoint, time_s

    def _sign(self, submission: Submission, time_s: int) -> Answer:
        line = sign_cosignature(submission.note.text, self._identity.name, self._identity.seed, time_s)
        return Answer(200, line.render())


class WitnessServer:
    """The HTTP face of a witness."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="witness")
        self._app = build_app(MAX_CALLS, MAX_SUBMISSION_BYTES)
        self._app.router.add_post("/add-checkpoint", self._add_checkpoint)
        self._served: Served | None = None

    async def start(self, listen: str) -> int:
        """Listen on host:port; the port. OSError where that fails."""
        self._served = await serve_app(self._app, listen)
        return self._served.port

    async def stop(self) -> None:
        """Answer what is under way, then stop."""
        if self._served is not None:
            await self._served.stop()
        self._thread.shutdown()

    async def _add_checkpoint(self, request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(READ_S):
                body = await request.read()
        except TimeoutError:
            return web.Response(status=408, text="the request came too slowly\n")
        loop = asyncio.get_running_loop()
        # A caller that has gone leaves what was begun to its end: the thread is not interrupted.
        answer = await loop.run_in_executor(self._thread, self._witness.add_checkpoint, body)
        return web.Response(status=answer.status, body=answer.body, content_type=answer.content_type)
