"""What the lists of the read side must say, found the naive way: by a scan of all records, decoded one by one.

A snapshot is the newest block's height and a time, and every record of then. What a record means at that time is asked
of the record itself; what it adds up to is the arithmetic of the rules. No table, index or cursor is looked at.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from hefu.v1 import identity_pb2, node_pb2, pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.rules import compute_civil_day
from ledger.context import Record
from ledger.store.paging import Position
from receivables.days import Calendar, compute_calendar, compute_rolled_day, is_overdue
from receivables.payments import compute_owed, compute_package_owed, compute_payees, compute_pledgee_part
from receivables.registration_text import build_registration_text, list_parties

Snapshot = tuple[Position, Mapping[str, Record]]
OWED_STAGES = (pb.PACKAGE_LIVE, pb.SETTLED, pb.PACKAGE_CANCELLED)


def show(ref: pb.VoucherRef) -> str:
    """The key of a range."""
    return f"voucher/{ref.package}/{ref.start}-{ref.end}"


def read(snapshot: Snapshot, message: type[Any], key: str) -> Any:
    """What a record means at the snapshot's time, None where there is none."""
    position, records = snapshot
    record = records.get(key)
    return None if record is None else message.FromString(record.get_meant(position.time_ms))


def scan(snapshot: Snapshot, message: type[Any], prefix: str) -> dict[str, Any]:
    """All records under a prefix by the rest of their keys, sorted."""
    keys = sorted(key for key in snapshot[1] if key.startswith(prefix))
    return {key.removeprefix(prefix): read(snapshot, message, key) for key in keys}


def scan_vouchers(records: Mapping[str, Record], time_ms: int) -> Iterator[tuple[pb.VoucherRef, pb.Voucher]]:
    """Each range with what it means, sorted by package and start."""
    found = []
    for key, record in records.items():
        if key.startswith("voucher/"):
            _, package, ends = key.split("/")
            start, end = map(int, ends.split("-"))
            ref = pb.VoucherRef(package=package, start=start, end=end)
            found.append((package, start, ref, pb.Voucher.FromString(record.get_meant(time_ms))))
    yield from ((ref, voucher) for _, _, ref, voucher in sorted(found, key=lambda item: item[:2]))


def read_calendar(snapshot: Snapshot) -> Calendar:
    """The calendar as the newest block has it."""
    return compute_calendar(read(snapshot, pb.BusinessCalendar, "rules/calendar"))


def read_claim(snapshot: Snapshot, ref: pb.VoucherRef) -> pledges_pb2.Claim | None:
    """The claim on a range."""
    claim: pledges_pb2.Claim | None = read(snapshot, pledges_pb2.Claim, show(ref).replace("voucher/", "claim/voucher:"))
    return claim


# ---------------------------------------------------------------- ranges and packages


def build_voucher(snapshot: Snapshot, ref: pb.VoucherRef, state: pb.Voucher) -> node_pb2.VoucherView:
    """One range: what is paid through its package is shown as paid, and what merged or was cancelled owes nothing."""
    position = snapshot[0]
    package = read(snapshot, pb.Package, f"package/{ref.package}")
    view = node_pb2.VoucherView(
        voucher=ref, state=state, issuer=package.issuer, due_on=package.due_on, height=position.height,
        time_ms=position.time_ms, package_frozen=len(package.freezes) > 0, red_lettered=len(package.red_lettered) > 0,
    )  # fmt: skip
    if state.stage not in (pb.MERGED, pb.CANCELLED):
        view.owed_fen = compute_owed(package, state, ref)
        if not view.owed_fen:
            view.state.stage, view.state.circulation = pb.PAID, pb.CLOSED
    claim = read_claim(snapshot, ref)
    if claim is not None:
        view.claim.CopyFrom(claim)
    return view


def expect_vouchers(snapshot: Snapshot, request: node_pb2.ListVouchersRequest) -> list[node_pb2.VoucherView]:
    """The list of ranges."""
    position, records = snapshot
    views = [build_voucher(snapshot, ref, state) for ref, state in scan_vouchers(records, position.time_ms)]
    return [
        view
        for view in views
        if request.holder in ("", view.state.holder)
        and request.issuer in ("", view.issuer)
        and request.stage in (0, view.state.stage)
        and request.circulation in (0, view.state.circulation)
        and request.package in ("", view.voucher.package)
        and request.counterparty in ("", view.state.lock.counterparty)
        and (not request.due_from or view.due_on >= request.due_from)
        and (not request.due_to or view.due_on <= request.due_to)
    ]


def expect_packages(snapshot: Snapshot, request: node_pb2.ListPackagesRequest) -> list[node_pb2.PackageView]:
    """The list of packages."""
    position = snapshot[0]
    calendar, rules = read_calendar(snapshot), read(snapshot, pb.VoucherRules, "rules/vouchers")
    expected = []
    for name, package in scan(snapshot, pb.Package, "package/").items():
        owed = compute_package_owed(package) if package.stage in OWED_STAGES else 0
        late = is_overdue(package.due_on, compute_civil_day(position.time_ms), rules.grace_days, calendar)
        if (
            request.issuer in ("", package.issuer)
            and request.payee in ("", package.payee)
            and request.stage in (0, package.stage)
            and (not request.due_from or package.due_on >= request.due_from)
            and (not request.due_to or package.due_on <= request.due_to)
        ):
            expected.append(
                node_pb2.PackageView(
                    id=name, package=package, height=position.height, time_ms=position.time_ms, owed_fen=owed,
                    overdue=owed > 0 and late,
                )
            )  # fmt: skip
    return expected


# ---------------------------------------------------------------- what lies beside them


def expect_lines(snapshot: Snapshot, request: node_pb2.ListLinesRequest) -> list[node_pb2.LineView]:
    """The list of lines; free is what line and group line have both left, and nothing where one is not open."""
    position = snapshot[0]
    today, lines = compute_civil_day(position.time_ms), scan(snapshot, pb.Line, "line/")
    expected = []
    for name, line in lines.items():
        above = [line, lines[line.group]] if line.group else [line]
        free = [max(0, one.limit_fen - one.reserved_fen - one.used_fen) for one in above]
        is_open = all(one.status == pb.LINE_OPEN and today <= one.last_on for one in above)
        if (
            request.grantor in ("", line.grantor)
            and request.holder in ("", line.holder)
            and request.group in ("", line.group)
        ):
            view = node_pb2.LineView(id=name, line=line, height=position.height, free_fen=min(free) if is_open else 0)
            expected.append(view)
    return expected


def expect_receivables(snapshot: Snapshot, request: node_pb2.ListReceivablesRequest) -> list[node_pb2.ReceivableView]:
    """The list of receivables; what a debtor let pass means UNANSWERED, as its record says."""
    return [
        node_pb2.ReceivableView(id=name, receivable=found)
        for name, found in scan(snapshot, pb.Receivable, "receivable/").items()
        if request.creditor in ("", found.creditor)
        and request.debtor in ("", found.debtor)
        and request.stage in (0, found.stage)
    ]


def expect_clearing(snapshot: Snapshot, request: node_pb2.ListClearingRequest) -> list[node_pb2.ClearingLine]:
    """The clearing list: what is owed on each live range, and to whom of record with which account."""
    calendar, expected = read_calendar(snapshot), []
    for view in expect_vouchers(snapshot, node_pb2.ListVouchersRequest(stage=pb.LIVE, package=request.package)):
        package = read(snapshot, pb.Package, f"package/{view.voucher.package}")
        due_on = compute_rolled_day(package.due_on, calendar)
        if request.paying_bank in ("", package.paying_bank) and request.on in (0, due_on):
            expected.append(_build_clearing_line(snapshot, view, package, due_on))
    return expected


def _build_clearing_line(
    snapshot: Snapshot, view: node_pb2.VoucherView, package: pb.Package, due_on: int
) -> node_pb2.ClearingLine:
    state = view.state
    line = node_pb2.ClearingLine(
        voucher=view.voucher, debtor=package.debtor or package.issuer, due_on=due_on, owed_fen=view.owed_fen,
        kept_fen=state.kept_fen, frozen=view.package_frozen or len(state.freezes) > 0,
    )  # fmt: skip
    for mark in ("failure", "objection"):
        if state.HasField(mark):
            getattr(line, mark).CopyFrom(getattr(state, mark))
    if not line.frozen:
        claim = view.claim if view.HasField("claim") else None
        pledgee_fen = compute_pledgee_part(package, state, view.voucher, claim, view.owed_fen)
        line.payees.extend(compute_payees(state, claim, pledgee_fen, view.owed_fen))
        for payee in line.payees:
            account = read(snapshot, pb.PayeeAccount, f"account/{payee.organisation}")
            payee.account_commitment = account.account_commitment if account else b""
    return line


def expect_quotes(snapshot: Snapshot) -> dict[str, node_pb2.QuotesView]:
    """The newest ask on every range on which there ever was one, by the rest of its key."""
    position = snapshot[0]
    expected = {}
    for name, found in scan(snapshot, pb.QuoteRound, "quotes/").items():
        state = read(snapshot, pb.Voucher, f"voucher/{name}")
        is_asked = state is not None and state.asked_at_ms == found.asked_at_ms
        view = node_pb2.QuotesView(round=found, height=position.height, time_ms=position.time_ms)
        view.is_open = is_asked and build_voucher(snapshot, parse_range(name), state).state.stage == pb.LIVE
        expected[name] = view
    return expected


def expect_registration_text(
    snapshot: Snapshot, ref: pb.VoucherRef, state: pb.Voucher
) -> node_pb2.RegistrationText | None:
    """What is filed for a range."""
    claim, package = read_claim(snapshot, ref), read(snapshot, pb.Package, f"package/{ref.package}")
    state = build_voucher(snapshot, ref, state).state
    names = {
        party: read(snapshot, identity_pb2.Organisation, f"organisation/{party}").name
        for party in list_parties(package, state, claim)
    }
    return build_registration_text(ref, package, state, claim, names)


def parse_range(name: str) -> pb.VoucherRef:
    """The range that `<package>/<start>-<end>` names."""
    package, _, ends = name.rpartition("/")
    start, _, end = ends.partition("-")
    return pb.VoucherRef(package=package, start=int(start), end=int(end))
