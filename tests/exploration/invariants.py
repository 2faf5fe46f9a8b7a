"""What must hold in every state, found by a scan of its records, and of every change. Amounts are 分.

1. The ranges of an accepted package partition 1…face; no other package has any. Pieces stay within the cap.
2. A claim rests on a range that is there, for no more than its length: so a unit has one claim at most.
3. Invoices are occupied by the packages that rest on them, never beyond their amount.
4. Issuers' and lenders' totals, and both sums of each line, are what a scan gives.
5. A locked range will mean, when its lock lapses, what it is without the lock and without what a side of its trade
   disputes; a pending package, a lapsed one.
6. An answer that fails a request gives exactly what the lapse would have given; a lock remembers what was before it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import pairwise
from typing import Any, Protocol

from hefu.v1 import receivables_pb2 as pb
from receivables.payments import compute_owed, compute_package_owed
from receivables.rules import compute_debtor
from tests.exploration.memo import Attempt, Outcome
from tests.exploration.space import Snapshot, Space, State, get_at, get_prefix

ACCEPTED = (pb.PACKAGE_LIVE, pb.SETTLED, pb.PACKAGE_CANCELLED)
FAILURES = {
    pb.REFUSE_TRANSFER, pb.WITHDRAW_TRANSFER, pb.REFUSE_BASKET, pb.WITHDRAW_BASKET, pb.REFUSE_FINANCING,
    pb.WITHDRAW_FINANCING, pb.REFUSE_TRADE,
}  # fmt: skip
REQUESTS = {pb.TRANSFER, pb.TRANSFER_BASKET, pb.REQUEST_FINANCING, pb.CONDITIONAL_TRANSFER}
Ranges = dict[str, list[tuple[pb.VoucherRef, pb.Voucher]]]


class Violation(AssertionError):
    """Something that must hold does not."""


def check(is_so: bool, what: str) -> None:
    """Raise Violation with a sentence where it is not so."""
    if not is_so:
        raise Violation(what)


def parse_ref(name: str) -> pb.VoucherRef:
    """The range that `<package>/<start>-<end>` names."""
    package, _, bounds = name.rpartition("/")
    start, _, end = bounds.partition("-")
    return pb.VoucherRef(package=package, start=int(start), end=int(end))


class Source(Protocol):
    """Records as they are meant at one time, decoded."""

    def get(self, key: str) -> Any:
        """What lies under a key, or None."""
        ...

    def list_under(self, prefix: str) -> list[tuple[str, Any]]:
        """Keys without their prefix (such as `voucher`), and what lies there."""
        ...


class Scan:
    """The records of a state, by kind."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.packages: dict[str, Any] = dict(source.list_under("package"))
        self.vouchers = [(parse_ref(name), voucher) for name, voucher in source.list_under("voucher")]
        self.claims: dict[str, Any] = dict(source.list_under("claim"))
        self.lines: dict[str, Any] = dict(source.list_under("line"))
        self.ranges: Ranges = defaultdict(list)
        for ref, voucher in self.vouchers:
            self.ranges[ref.package].append((ref, voucher))
        for found in self.ranges.values():
            found.sort(key=lambda one: one[0].start)

    def is_held(self, package: str) -> bool:
        """Whether a package that nobody accepted still occupies and reserves."""
        return self.source.get(f"holds/{package}") is not None


def check_ranges(scan: Scan) -> None:
    """Σ ranges = face, and the package's own sums are those of its ranges."""
    for name, package in scan.packages.items():
        found = scan.ranges.pop(name, [])
        if package.stage not in ACCEPTED:
            check(not found, "a package that was not accepted has ranges")
            continue
        check((found[0][0].start, found[-1][0].end) == (1, package.face_fen), "the ranges are not the package")
        check(all(one.end + 1 == other.start for (one, _), (other, _) in pairwise(found)), "ranges gap or overlap")
        _check_sums(package, found)
    check(not scan.ranges, "a range without its package")


def _check_sums(package: Any, found: list[tuple[pb.VoucherRef, pb.Voucher]]) -> None:
    ended: Counter[int] = Counter()
    owed_fen = 0
    for ref, voucher in found:
        ended[voucher.stage] += ref.end - ref.start + 1
        check(0 <= voucher.kept_fen <= ref.end - ref.start + 1, "more is kept than a range is worth")
        if voucher.stage == pb.LIVE:
            owed_fen += compute_owed(package, voucher, ref)
        elif voucher.stage == pb.PAID:
            check(compute_owed(package, voucher, ref) == 0, "something is owed on a paid range")
    check((ended[pb.MERGED], ended[pb.CANCELLED]) == (package.merged_fen, package.cancelled_fen), "ended sums")
    check(sum(voucher.paid_fen for _, voucher in found) == package.own_paid_fen, "own payments")
    check(sum(voucher.returned_fen for _, voucher in found) == package.returned_fen, "what came back")
    check(compute_package_owed(package) == owed_fen, "what is owed on the package")
    check((package.stage == pb.PACKAGE_LIVE) == (owed_fen > 0), "a package lives while something is owed")
    check((package.stage == pb.PACKAGE_CANCELLED) == (package.cancelled_fen == package.face_fen), "cancelled")


def check_claims(scan: Scan) -> None:
    """One live claim per unit, and the lenders' totals."""
    lengths = {f"voucher:{ref.package}/{ref.start}-{ref.end}": ref.end - ref.start + 1 for ref, _ in scan.vouchers}
    lenders: dict[str, tuple[int, int]] = {}
    for asset, claim in scan.claims.items():
        check(1 <= claim.secured_fen <= lengths.get(asset, 0), "a claim on a range that is not there, or on more")
        count, secured_fen = lenders.get(claim.pledgee, (0, 0))
        lenders[claim.pledgee] = count + 1, secured_fen + claim.secured_fen
    told = dict(scan.source.list_under("totals/lender"))
    found = {name: (totals.claims, totals.secured_fen) for name, totals in told.items() if totals.claims}
    check(found == lenders, "a lender's totals are not its claims")


def check_invoices(scan: Scan) -> None:
    """Σ occupation ≤ amount, by the packages that were not refused, withdrawn, freed or cancelled."""
    held: Counter[str] = Counter()
    for name, package in scan.packages.items():
        if package.stage in (pb.PENDING, pb.PACKAGE_LIVE, pb.SETTLED) or scan.is_held(name):
            for invoice in package.invoices:
                held[invoice.fingerprint.hex()] += invoice.occupied_fen
        check(set(package.red_lettered) <= {use.fingerprint for use in package.invoices}, "red letters of no invoice")
    for name, occupation in scan.source.list_under("invoice"):
        check(occupation.occupied_fen == held.pop(name, 0), "an invoice's occupation is not its packages' shares")
        check(occupation.occupied_fen <= occupation.amount_fen, "an invoice is occupied beyond its amount")
        check(0 <= occupation.red_lettered_fen <= occupation.amount_fen, "a red letter beyond the invoice")
        check(bool(occupation.occupied_fen or occupation.red_lettered_fen), "an occupation of nothing")
    check(not held, "a package occupies an invoice that knows nothing of it")


def check_issuers(scan: Scan) -> None:
    """Packages and face accepted ever, and the calendar of what is unpaid."""
    accepted: dict[str, tuple[int, int]] = {}
    unpaid: dict[str, dict[int, int]] = {}
    for package in scan.packages.values():
        if package.stage in ACCEPTED:
            count, face_fen = accepted.get(package.issuer, (0, 0))
            accepted[package.issuer] = count + 1, face_fen + package.face_fen
        owed_fen = compute_package_owed(package) if package.stage == pb.PACKAGE_LIVE else 0
        if owed_fen:
            days = unpaid.setdefault(compute_debtor(package), {})
            days[package.due_on] = days.get(package.due_on, 0) + owed_fen
    for name, totals in scan.source.list_under("totals/issuer"):
        check((totals.packages, totals.face_fen) == accepted.pop(name, (0, 0)), "packages accepted ever")
        calendar = {day.due_on: day.unpaid_fen for day in totals.calendar}
        check(calendar == unpaid.pop(name, {}), "an issuer's calendar is not what its packages owe")
        check(totals.unpaid_fen == sum(calendar.values()), "an issuer's unpaid is not its calendar")
    check(not accepted and not unpaid, "a debtor without totals")


def check_lines(scan: Scan) -> None:
    """Reserved and used of every line, and of the group lines above."""
    reserved: Counter[str] = Counter()
    used: Counter[str] = Counter()
    for name, package in scan.packages.items():
        if package.stage == pb.PENDING or scan.is_held(name):
            reserved[package.line] += package.face_fen
        elif package.stage in ACCEPTED:
            used[package.line] += _compute_used(scan, package)
    for _, voucher in scan.vouchers:
        check(bool(voucher.line) == bool(voucher.line_used_fen), "a range names a line of which it uses nothing")
        used[voucher.line] += voucher.line_used_fen
    for name, line in scan.lines.items():
        below = [name, *(other for other, one in scan.lines.items() if one.group == name)]
        check(line.reserved_fen == sum(reserved[one] for one in below), "what is reserved of a line")
        check(line.used_fen == sum(used[one] for one in below), "what is used of a line")


def _compute_used(scan: Scan, package: Any) -> int:
    line = scan.lines.get(package.line)
    paid_fen = package.paid_fen + package.own_paid_fen - package.returned_fen
    back_fen = paid_fen if line is not None and line.revolving else 0
    return int(package.face_fen - package.merged_fen - package.cancelled_fen - back_fen)


def check_pieces(scan: Scan, max_pieces: int) -> None:
    """No more ranges than the rulebook lets a package become."""
    pieces: Counter[str] = Counter(ref.package for ref, _ in scan.vouchers)
    check(not max_pieces or all(count <= max_pieces for count in pieces.values()), "too many pieces")


CHECKS: tuple[Callable[[Scan], None], ...] = (check_ranges, check_claims, check_invoices, check_issuers, check_lines)


def check_state(space: Space, state: State) -> None:
    """All of it, in one state."""
    source = Snapshot(space, state)
    check_records(source)
    check_pieces(Scan(source), source.get("rules/vouchers").max_pieces)


def check_records(source: Source) -> None:
    """All of it but the pieces, whose cap a vote may change."""
    scan = Scan(source)
    for one in CHECKS:
        one(scan)


# ---------------------------------------------------------------- changes


def check_outcome(space: Space, state: State, attempt: Attempt, outcome: Outcome) -> None:
    """What a command wrote: locks that lapse to what was there, and failures that give it back."""
    for place, number in outcome.changes:
        if get_prefix(space.keys[place]) == "package":
            _check_lapse_of_issue(space, number)
        if get_prefix(space.keys[place]) == "voucher" and number:
            _check_lapse(space, number)
            if attempt.kind in FAILURES:
                _check_failure(space, get_at(state, place), number)
            if attempt.kind in REQUESTS:
                _check_request(space, state, place, number, attempt)


def _check_lapse(space: Space, number: int) -> None:
    record = space.records[number]
    if record is None or not record.lapse_at_ms:
        return
    without, lapsed = pb.Voucher.FromString(record.body), pb.Voucher.FromString(record.lapse_body)
    check(without.circulation == pb.LOCKED and without.HasField("lock"), "what lapses is not locked")
    if without.dispute.opened_by in (without.lock.buyer, without.lock.counterparty) and not lapsed.HasField("dispute"):
        without.ClearField("dispute")  # of a trade's side, which ends with the trade
    without.ClearField("lock")
    without.circulation = pb.CIRCULATING
    check(lapsed == without, "a lapse does not give back what was locked")


def _check_lapse_of_issue(space: Space, number: int) -> None:
    record = space.records[number]
    if record is None or not record.lapse_at_ms:
        return
    pending, lapsed = pb.Package.FromString(record.body), pb.Package.FromString(record.lapse_body)
    check((pending.stage, lapsed.stage) == (pb.PENDING, pb.LAPSED), "what lapses is no pending package")
    pending.stage, pending.accept_by_ms = lapsed.stage, lapsed.accept_by_ms  # of no use once it has lapsed
    check(pending == lapsed, "a lapse changes a package")


def _check_failure(space: Space, before: int, after: int) -> None:
    was, is_now = space.records[before], space.records[after]
    check(was is not None and is_now is not None, "a failure without a lock")
    if was is not None and is_now is not None:
        check((is_now.body, is_now.lapse_at_ms) == (was.lapse_body, 0), "a failure does not restore the prior pair")


def _check_request(space: Space, state: State, place: int, number: int, attempt: Attempt) -> None:
    """What is locked, or cut off, is in holder, claims and marks what the range was from which it comes."""
    now = space.decode(place, number)
    ref = parse_ref(space.keys[place].removeprefix("voucher/"))
    was = next(
        voucher
        for name, voucher in space.list_under(state, "voucher")
        for range_ in [parse_ref(name)]
        if range_.package == ref.package and range_.start <= ref.start and ref.end <= range_.end
    )
    for name in ("holder", "stage", "paid_fen", "sale", "dispute", "freezes", "kept_fen"):
        check(getattr(now, name) == getattr(was, name), f"a request changes {name}")
    check(was.circulation == pb.CIRCULATING and was.holder == attempt.organisations[0], "a request on a locked range")
