"""Vouchers of a plan, issued: signed in batches just before they are sent, over one stream, and followed to the end.

1. What the journal knows as issued is left alone. What it holds signed is asked for by its id: decided, or sent again
   as it is, or, past its validity and never decided, signed anew. So is what was signed when the source was read in
   another way (another paying bank, sheet or order of days): the ledger takes the number once.
2. 64 transactions are signed, written to the journal, sent; up to sixteen such batches are under way.
3. A refusal by a rule concerns one voucher and is found at its row. PACKAGE_EXISTS may only mean that an earlier import
   was here: the package is compared with the voucher. QUOTA_EXCEEDED and EXPIRED say nothing of the voucher: it is sent
   again, as it is or signed anew.
4. A refusal that leaves no leaf (a signature too few, a wrong network) would meet every other voucher too: it ends the
   import, before more is signed. What an earlier run signed and is refused so, is signed anew instead.

Not here: what is planned (plan), how it is shown (nodes.cli.importing).
"""

from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic

from hefu.v1 import node_pb2, pledges_pb2, reports_pb2
from hefu.v1 import receivables_pb2 as pb
from ledger.rejections import EXPIRED, QUOTA_EXCEEDED
from ledger.transaction import decode
from nodes.client.builder import Draft, sign_drafts
from nodes.client.channel import AsyncClient
from nodes.client.errors import CallFailed, Refused
from nodes.client.stream import MAX_BATCH
from nodes.imports.journal import Journal, Signed
from nodes.imports.plan import PlannedVoucher
from nodes.sheets.faults import Fault, Finding
from receivables.rejections import PACKAGE_EXISTS
from receivables.rules import compute_package_id

PATIENCE_S = 30.0
STATUS_S = 20.0
"""How long the node's time is taken as the present: an answer waits for a block, and each batch would wait for it."""
FIND_AT_ONCE = 500
ENDED_STAGES = (pb.REFUSED, pb.WITHDRAWN, pb.LAPSED)
COLUMNS = {
    "number": "number", "payee": "payee", "face_fen": "amount", "due_on": "due_on", "paying_bank": "paying_bank",
    "invoices": "invoice_number", "contract_commitment": "contract", "long_term_reason": "long_term_reason",
}  # fmt: skip
"""Which column a field of Issue comes from."""

NUMBER_TAKEN = Fault(
    "NUMBER_TAKEN", "Another voucher of this issuer has the number.", "该凭证编号已被本机构的另一张凭证使用。"
)
VOUCHER_ENDED = Fault(
    "VOUCHER_ENDED",
    "This voucher was issued before and refused, withdrawn or never accepted; give it another number.",
    "该凭证曾经开立, 但已拒收、撤回或逾期未签收, 如需再次开立请另给编号。",
)
FAULTS = (NUMBER_TAKEN, VOUCHER_ENDED)

OnDecided = Callable[[int], None]
"""Told how many more vouchers have their outcome."""
Commit = Callable[[str], tuple[bytes, bytes]]
"""From a contract's number (empty: the one contract of all) its commitment, and the salt that opens it, if new."""


@dataclass(frozen=True, slots=True)
class Signing:
    """Who issues, with which keys, how long a signature is good, and by when a payee answers, from a time on (ms)."""

    issuer: str
    seeds: tuple[bytes, ...]
    validity_ms: int
    compute_deadline_ms: Callable[[int], int]
    commit: Commit


@dataclass(slots=True)
class Outcome:
    """What became of the vouchers. `known`: issued by an earlier import."""

    issued: int = 0
    issued_fen: int = 0
    known: int = 0
    known_fen: int = 0
    findings: list[Finding] = field(default_factory=list)


async def compare_with_ledger(
    client: AsyncClient, issuer: str, vouchers: Sequence[PlannedVoucher]
) -> tuple[list[PlannedVoucher], Outcome]:
    """The vouchers that the ledger does not know, and what it knows of the others."""
    outcome, fresh = Outcome(), []
    for start in range(0, len(vouchers), FIND_AT_ONCE):
        part = vouchers[start : start + FIND_AT_ONCE]
        wanted = [compute_package_id(issuer, voucher.number) for voucher in part]
        request = reports_pb2.FindPackagesRequest(packages=wanted)
        answer = await client.ask(client.reports.FindPackages, request)
        found = {one.id: one.package for one in answer.packages}
        for voucher, package in zip(part, wanted, strict=True):
            if package in found:
                _note_existing(outcome, voucher, found[package])
            else:
                fresh.append(voucher)
    return fresh, outcome


def _note_existing(outcome: Outcome, voucher: PlannedVoucher, package: pb.Package) -> None:
    if not is_same(voucher, package):
        outcome.findings.append(_find(voucher, NUMBER_TAKEN))
    elif package.stage in ENDED_STAGES:
        outcome.findings.append(_find(voucher, VOUCHER_ENDED))
    else:
        outcome.known += 1
        outcome.known_fen += voucher.face_fen


def _find(voucher: PlannedVoucher, fault: Fault) -> Finding:
    return Finding(voucher.row, "number", fault.name, fault.english, fault.chinese)


def is_same(voucher: PlannedVoucher, package: pb.Package | pb.Issue) -> bool:
    """Whether the package is this voucher. Its contract stands behind a salt, and cannot be compared."""
    said = (voucher.payee, voucher.face_fen, voucher.due_on, voucher.paying_bank, voucher.long_term_reason)
    is_told = (package.payee, package.face_fen, package.due_on, package.paying_bank, package.long_term_reason)
    return said == is_told and _build_uses(voucher) == list(package.invoices)


def _build_uses(voucher: PlannedVoucher) -> list[pledges_pb2.InvoiceUse]:
    return [
        pledges_pb2.InvoiceUse(fingerprint=use.fingerprint, amount_fen=use.invoice_fen, occupied_fen=use.share_fen)
        for use in sorted(voucher.uses, key=lambda use: use.fingerprint)
    ]


class Issuing:
    """One import under way."""

    def __init__(self, client: AsyncClient, journal: Journal, signing: Signing, on_decided: OnDecided) -> None:
        self._client = client
        self._journal = journal
        self._signing = signing
        self._on_decided = on_decided
        self._under_way: deque[list[tuple[PlannedVoucher, Signed]]] = deque()
        self._again: list[tuple[PlannedVoucher, Signed]] = []  # to be sent as they are
        self._anew: list[PlannedVoucher] = []  # to be signed
        self._resent: set[str] = set()  # numbers of what an earlier run signed
        self._decided = 0
        self._status: tuple[float, node_pb2.NodeStatus] | None = None
        self.outcome = Outcome()

    async def run(self, vouchers: Sequence[PlannedVoucher]) -> Outcome:
        """Issue what is not issued yet. Raises Refused (it would meet all), Unreachable, CallFailed, OSError."""
        await self._settle(vouchers)
        while self._again or self._anew:
            again, anew, decided_before = self._again, self._anew, self._decided
            self._again, self._anew = [], []
            async for receipts in self._client.submit_stream(self._bring(again, anew), patience_s=PATIENCE_S):
                await self._take(receipts)
            if self._decided == decided_before and not self._resent:
                raise CallFailed("RESOURCE_EXHAUSTED", "the node puts off what it is sent; import again later")
            self._resent.clear()
        return self.outcome

    async def _settle(self, vouchers: Sequence[PlannedVoucher]) -> None:
        """Sort the vouchers by what the journal knows, and ask for the outcomes that it lacks."""
        now_ms = (await self._read_status()).now_ms
        for voucher in vouchers:
            signed = self._journal.pending.get(voucher.number)
            if voucher.number in self._journal.done:
                self.outcome.known += 1
                self.outcome.known_fen += voucher.face_fen
                self._on_decided(1)
            elif signed is None or not self._is_still_meant(voucher, signed):
                self._anew.append(voucher)
            else:
                await self._settle_signed(voucher, signed, now_ms)

    def _is_still_meant(self, voucher: PlannedVoucher, signed: Signed) -> bool:
        """Whether what an earlier run signed says what this one was asked to issue."""
        command = pb.Issue.FromString(decode(signed.transaction).body.commands[0].payload)
        is_contract_same = voucher.contract or command.contract_commitment == self._signing.commit("")[0]
        return is_same(voucher, command) and bool(is_contract_same)

    async def _settle_signed(self, voucher: PlannedVoucher, signed: Signed, now_ms: int) -> None:
        transaction = decode(signed.transaction)
        try:
            request = node_pb2.GetTransactionRequest(id=transaction.id)
            view = await self._client.ask(self._client.ledger.GetTransaction, request)
        except CallFailed as failure:
            if failure.status != "NOT_FOUND":
                raise
            if transaction.body.valid_until_ms > now_ms:
                self._again.append((voucher, signed))
                self._resent.add(voucher.number)
            else:
                self._anew.append(voucher)
            return
        self._under_way.append([(voucher, signed)])
        await self._take([view.receipt])

    async def _bring(
        self, again: Sequence[tuple[PlannedVoucher, Signed]], anew: Sequence[PlannedVoucher]
    ) -> AsyncIterator[Sequence[bytes]]:
        """Batches for the stream: what was signed before, then what is signed now."""
        for start in range(0, len(again), MAX_BATCH):
            batch = list(again[start : start + MAX_BATCH])
            self._under_way.append(batch)
            yield [signed.transaction for _, signed in batch]
        for start in range(0, len(anew), MAX_BATCH):
            part = anew[start : start + MAX_BATCH]
            status = await self._read_status()
            batch = [(voucher, self._sign(voucher, status)) for voucher in part]
            self._journal.keep_signed([signed for _, signed in batch])
            self._under_way.append(batch)
            yield [signed.transaction for _, signed in batch]

    async def _read_status(self) -> node_pb2.NodeStatus:
        """Network and time of the node, not older than STATUS_S."""
        if self._status is None or monotonic() - self._status[0] > STATUS_S:
            self._status = (monotonic(), await self._client.signing_status())
        return self._status[1]

    def _sign(self, voucher: PlannedVoucher, status: node_pb2.NodeStatus) -> Signed:
        signing = self._signing
        commitment, salt = signing.commit(voucher.contract)
        command = pb.Issue(
            number=voucher.number,
            payee=voucher.payee,
            face_fen=voucher.face_fen,
            due_on=voucher.due_on,
            paying_bank=voucher.paying_bank,
            invoices=_build_uses(voucher),
            contract_commitment=commitment,
            accept_by_ms=signing.compute_deadline_ms(status.now_ms),
            long_term_reason=voucher.long_term_reason,
        )
        draft = Draft((signing.issuer,), command)
        signed = sign_drafts(status.network, status.now_ms + signing.validity_ms, [draft], signing.seeds)
        return Signed(voucher.number, voucher.row, signed, salt)

    async def _take(self, receipts: Sequence[node_pb2.Receipt]) -> None:
        """Receipts of the oldest batch under way."""
        decided: list[tuple[str, int]] = []
        for (voucher, signed), receipt in zip(self._under_way.popleft(), receipts, strict=True):
            refusal = receipt.refusal if receipt.HasField("refusal") else None
            if refusal is None:
                self.outcome.issued += 1
                self.outcome.issued_fen += voucher.face_fen
            elif refusal.code == QUOTA_EXCEEDED.code:
                self._again.append((voucher, signed))
                continue
            elif refusal.code == EXPIRED.code or (not receipt.has_leaf and voucher.number in self._resent):
                self._anew.append(voucher)
                continue
            elif not receipt.has_leaf:
                self._journal.keep_decided([*decided, (voucher.number, refusal.code)])
                raise Refused(refusal, receipt)
            elif refusal.code == PACKAGE_EXISTS.code:
                refusal = await self._compare(voucher)
            else:
                column = COLUMNS.get(refusal.field_name.partition(".")[0], "")
                self.outcome.findings.append(
                    Finding(voucher.row, column, refusal.name, refusal.english, refusal.chinese)
                )
            decided.append((voucher.number, refusal.code if refusal is not None else 0))
        self._journal.keep_decided(decided)
        self._decided += len(decided)
        self._on_decided(len(decided))

    async def _compare(self, voucher: PlannedVoucher) -> node_pb2.Refusal | None:
        """The refusal that stands, where the package that exists is not this voucher, or has ended."""
        _, found = await compare_with_ledger(self._client, self._signing.issuer, [voucher])
        self.outcome.known += found.known
        self.outcome.known_fen += found.known_fen
        self.outcome.findings.extend(found.findings)
        return node_pb2.Refusal(code=PACKAGE_EXISTS.code) if found.findings else None
