"""Day after day: the registrar sets the clock, members sign and submit, receipts come back.

Every command of a part of a day travels in batches over one stream, in order, so that what follows from a command may
stand behind it in the same batch. Only an offer may be refused, because its issuer is blocked or its line used up:
then nothing that was planned for it happens, and nobody tries again. Any other refusal is unexpected and makes the demo
fail.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from examples.demo.cast import Cast, Member
from examples.demo.steps import ANSWER, OFFER, PAY, Step, build_step, compute_clock_ms
from hefu.v1 import identity_pb2, ledger_pb2
from hefu.v1 import node_pb2 as node
from nodes.client import Client, sign_drafts
from nodes.client.stream import MAX_BATCH
from nodes.genesis_file import build_admission
from receivables.rejections import ISSUER_BLOCKED, LINE_EXHAUSTED

VALID_MS = 8 * 3_600_000
REFUSALS_OF_OFFERS = (ISSUER_BLOCKED.code, LINE_EXHAUSTED.code)


@dataclass(frozen=True, slots=True)
class RefusedOffer:
    """An offer that was refused: on which day, and why ("380 ISSUER_BLOCKED")."""

    day: int
    reason: str


@dataclass(slots=True)
class Record:
    """What came of everything that was submitted."""

    done: Counter[str] = field(default_factory=Counter)  # by kind
    refused_packages: dict[str, RefusedOffer] = field(default_factory=dict)
    unexpected: list[str] = field(default_factory=list)
    operations: int = 0
    signatures: int = 0
    seconds: float = 0.0


class Driver:
    """Speaks for every member to one node. `window`: how many batches may be undecided at once.

    One node decides in the order of a stream. A network keeps the order within a batch alone: there the next one waits.
    """

    def __init__(self, client: Client, cast: Cast, day: int, window: int) -> None:
        status = client.status()
        self.client = client
        self._window = window
        self.cast = cast
        self.network: ledger_pb2.NetworkId = status.network
        self.day = day
        self.record = Record()

    def admit(self, members: Sequence[Member], valid_from_ms: int) -> None:
        """The registrar admits organisations with their keys."""
        steps = [self._registrar_step(build_admission(member.founder, valid_from_ms)) for member in members]
        self.submit(steps)

    def advance(self, day: int) -> None:
        """The registrar sets the clock to nine in the morning of a later day."""
        self.submit([self._advance_step(day)])
        self.day = day

    def run(self, steps: Sequence[Step], last_day: int, on_day: Callable[[int, Record], None]) -> None:
        """All days from the driver's own to `last_day`, on each of which something happens or nothing does."""
        days: dict[int, tuple[list[Step], list[Step], list[Step]]] = defaultdict(lambda: ([], [], []))
        for step in steps:
            days[step.day][step.part].append(step)
        wanted = sorted(day for day in days if day > self.day)
        for day, following in zip([self.day, *wanted], [*wanted, last_day + 1], strict=True):
            parts = days[day]
            self.submit([step for step in [*parts[PAY], *parts[OFFER]] if self._is_alive(step)])
            self.submit([step for step in parts[ANSWER] if self._is_alive(step)] + [self._advance_step(following)])
            on_day(day, self.record)
            self.day = following

    def sign(self, step: Step) -> bytes:
        """Signed bytes, good until the evening of the driver's day."""
        return sign_drafts(self.network, compute_clock_ms(self.day) + VALID_MS, step.drafts, step.seeds)

    def submit(self, steps: Sequence[Step]) -> list[node.Receipt]:
        """Sign, submit in batches over one stream, note what came of each; the receipts in order."""
        if not steps:
            return []
        started = time.monotonic()
        receipts = self.client.submit_all(self._batches(steps), self._window)
        self.record.seconds += time.monotonic() - started
        for step, receipt in zip(steps, receipts, strict=True):
            self._note(step, receipt)
        return receipts

    def _batches(self, steps: Sequence[Step]) -> Iterator[list[bytes]]:
        for first in range(0, len(steps), MAX_BATCH):
            yield [self.sign(step) for step in steps[first : first + MAX_BATCH]]

    def _note(self, step: Step, receipt: node.Receipt) -> None:
        self.record.operations += 1
        self.record.signatures += len(step.seeds)
        if not receipt.HasField("refusal"):
            self.record.done[step.kind] += 1
            return
        refusal = receipt.refusal
        if refusal.code in REFUSALS_OF_OFFERS and step.kind == "Issue":
            self.record.refused_packages[step.package] = RefusedOffer(step.day, f"{refusal.code} {refusal.name}")
            return
        place = f"{step.kind} of {step.package or step.drafts[0].organisations[0]} on day {self.day}"
        self.record.unexpected.append(f"{place}: {refusal.code} {refusal.name}, field {refusal.field_name or '-'}")

    def _is_alive(self, step: Step) -> bool:
        return step.package not in self.record.refused_packages

    def _advance_step(self, day: int) -> Step:
        return self._registrar_step(identity_pb2.AdvanceClock(now_ms=compute_clock_ms(day)))

    def _registrar_step(self, payload: identity_pb2.AdvanceClock | identity_pb2.AdmitOrganisation) -> Step:
        return build_step(self.day, ANSWER, "", (self.cast.registrar,), payload)
