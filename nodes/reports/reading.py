"""A report, read: a whole list, the proof of the totals that it must sum to, and where the two differ.

1. The first page of the list fixes its block: the last one of the day asked for.
2. If that day is over, the node has kept a proof of the totals as the last day on which they changed left them. If not,
   the totals are proved at the block of the list itself.
3. The proof is checked here, against the reader's trust file. One of a later block than the list's, or of a later day
   than was asked for, is refused.
4. Totals that had never changed by then are zeros. At the newest block their absence is proved; of a day long past the
   node only says so. One that cannot know, since it began with a later snapshot, gives an error and never zeros.

That no later change came between the proof's block and the list's is the node's word; that the list is whole, and no
item changed since the proof, is what the sum shows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from google.protobuf.message import Message

from hefu.v1 import ledger_pb2, node_pb2, pledges_pb2, receivables_pb2, reports_pb2
from identity.rules import compute_civil_day
from ledger.proofs import filter_proof
from ledger.verify import ProofRefused, verify
from nodes.client.errors import CallFailed
from nodes.reports import sums
from nodes.reports.sums import Difference
from pledges.records import compute_lender_totals_key
from receivables.records import compute_issuer_totals_key

if TYPE_CHECKING:
    from nodes.client.blocking import Client

PAGE_SIZE = 500


@dataclass(frozen=True, slots=True)
class Side:
    """What an issuer owes, or what rests on vouchers for a lender."""

    name: str
    number: node_pb2.TotalsSide
    totals: type[Message]
    compute_key: Callable[[str], str]
    read_pages: Callable[["Client", str, int], Iterator[Any]]
    get_rows: Callable[[Any], Any]
    compute_sums: Callable[[Any], Any]
    list_differences: Callable[[Any, Any], Iterator[Difference]]


@dataclass(frozen=True, slots=True)
class Proven:
    """What was proved of the totals. `proof` is None where a node has none to give; `totals` then are zeros."""

    totals: Any
    proof: ledger_pb2.Proof | None = None
    height: int = 0
    time_ms: int = 0
    state_root: bytes = b""
    size: int = 0
    assurance: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A list as of a block, what it sums to, and what was proved."""

    side: Side
    organisation: str
    position: reports_pb2.ListPosition
    rows: list[Any]
    listed: Any
    proven: Proven
    differences: tuple[Difference, ...]


def _read_issued(client: "Client", issuer: str, on: int) -> Iterator[reports_pb2.IssuedPage]:
    request = reports_pb2.ListIssuedRequest(issuer=issuer, on=on, page_size=PAGE_SIZE)
    yield from _read_pages(client, client.reports.ListIssued, request)


def _read_claims(client: "Client", pledgee: str, on: int) -> Iterator[reports_pb2.ClaimPage]:
    request = reports_pb2.ListClaimsRequest(pledgee=pledgee, on=on, page_size=PAGE_SIZE)
    yield from _read_pages(client, client.reports.ListClaims, request)


def _read_pages(client: "Client", method: Any, request: Any) -> Iterator[Any]:
    while True:
        page = client.ask(method, request)
        yield page
        if not page.next_cursor:
            return
        request.cursor = page.next_cursor


ISSUER = Side(
    "issuer", node_pb2.ISSUER_SIDE, receivables_pb2.IssuerTotals, compute_issuer_totals_key, _read_issued,
    lambda page: page.packages, sums.compute_issuer_sums, sums.list_issuer_differences,
)  # fmt: skip
LENDER = Side(
    "lender", node_pb2.LENDER_SIDE, pledges_pb2.LenderTotals, compute_lender_totals_key, _read_claims,
    lambda page: page.claims, sums.compute_lender_sums, sums.list_lender_differences,
)  # fmt: skip


def read_report(
    client: "Client", side: Side, organisation: str, on: int, trust: ledger_pb2.TrustFile, now_ms: int
) -> Report:
    """The report as of the end of a civil day; 0: as of now. `now_ms`: the reader's clock.

    Raises ProofRefused where the proof does not hold; MalformedInput, Refused, Unreachable, CallFailed.
    """
    pages = side.read_pages(client, organisation, on)
    first = next(pages)
    rows = list(side.get_rows(first))
    for page in pages:
        rows.extend(side.get_rows(page))
    position = first.position
    proven = _read_proven(client, side, organisation, on, position, trust, now_ms)
    listed = side.compute_sums(rows)
    differences = tuple(side.list_differences(listed, proven.totals))
    return Report(side, organisation, position, rows, listed, proven, differences)


def _read_proven(
    client: "Client",
    side: Side,
    organisation: str,
    on: int,
    position: reports_pb2.ListPosition,
    trust: ledger_pb2.TrustFile,
    now_ms: int,
) -> Proven:
    key = side.compute_key(organisation)
    try:
        if on and position.day_is_over:
            asked = node_pb2.ProveTotalsRequest(organisation=organisation, side=side.number, on=on)
            proof = client.ask(client.ledger.ProveTotals, asked)
        else:
            request = node_pb2.ProveStateRequest(keys=[key], height=position.height)
            proof = client.ask(client.ledger.ProveState, request)
    except CallFailed as failure:
        if failure.status != "NOT_FOUND" or not (on and position.day_is_over):
            raise
        return Proven(side.totals())
    if proof.HasField("finality"):
        proof = filter_proof(proof, trust)  # a node does not know whether this reader knows validators
    verdict = verify(proof, trust, now_ms=now_ms)
    if key not in verdict.bodies or verdict.height is None or verdict.time_ms is None:
        raise ProofRefused("NOT_ASKED", f"says nothing of {key}")
    if verdict.height > position.height:
        raise ProofRefused("OTHER_HEIGHT", f"speaks of height {verdict.height}, the list of height {position.height}")
    if on and compute_civil_day(verdict.time_ms) > on:
        raise ProofRefused("OTHER_HEIGHT", f"speaks of height {verdict.height}, which came after the day asked for")
    block = ledger_pb2.LogEntry.FromString(proof.state.block_entry).block
    totals = side.totals.FromString(verdict.bodies[key] or b"")
    return Proven(totals, proof, verdict.height, verdict.time_ms, block.state_root, verdict.size, verdict.assurance)
