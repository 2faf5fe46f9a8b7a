"""Whatever is issued under lines, cut, offered and merged in any order: what is reserved and used is what a scan finds.

The machine says issues, answers, cuts, transfers, baskets and trades to the transitions, right ones and broken ones
alike, and changes lines in between. After each it scans packages and ranges.
"""

from itertools import pairwise
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hefu.v1 import ledger_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.rules import compute_civil_day
from ledger.errors import Rejection
from receivables.questions import parse_asset
from receivables.records import compute_voucher_key
from tests.unit.receivables.world import (
    BANK,
    CORE,
    DAY_MS,
    HOUR_MS,
    PAYEE,
    SECOND,
    SECRET,
    THIRD,
    TODAY,
    World,
    changed,
    make_basket,
    make_change,
    make_issue,
    make_rules,
    make_trade,
    make_transfer,
    use,
)

PIECES = 6
STATUSES = (pb.LINE_OPEN, pb.LINE_OPEN, pb.LINE_OPEN, pb.LINE_SUSPENDED)
numbers = st.integers(0, 2**16)
# Mostly nothing strange: a machine that only says nonsense never gets anywhere.
is_strange = st.integers(0, 9).map(lambda n: n == 9)
people = st.sampled_from((CORE, PAYEE, SECOND, THIRD, BANK))
receivers = st.sampled_from((PAYEE, SECOND, THIRD, CORE))


class Market(RuleBasedStateMachine):
    """The commands, and what must hold after each."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(make_rules(max_pieces=PIECES))
        self.count = 0
        self.prior: dict[str, bytes] = {}  # what each range that was locked, and did not pass, means again

    # ------------------------------------------------------------ saying

    def try_to_say(self, kind: int, command: Any, who: str) -> list[pb.VoucherEvent] | None:
        """The events, or None if it was refused; then nothing has changed. Anything but a Rejection fails the test."""
        before = dict(self.world.source.records)
        try:
            return self.world.say(kind, command, who)
        except Rejection as rejection:
            code = rejection.reason.code
        assert 200 <= code < 500
        assert self.world.source.records == before
        return None

    def refs(self) -> list[pb.VoucherRef]:
        bodies = self.world.source.list_bodies("voucher/", self.world.time_ms)
        return [parse_asset(f"voucher:{name}") for name in sorted(bodies)]

    def waiting(self) -> list[pb.VoucherRef]:
        return [ref for ref in self.refs() if self.world.voucher(ref).circulation == pb.LOCKED]

    def packages(self) -> dict[str, pb.Package]:
        bodies = self.world.source.list_bodies("package/", self.world.time_ms)
        return {name: pb.Package.FromString(body) for name, body in bodies.items()}

    def pending(self) -> list[str]:
        return sorted(name for name in self.packages() if self.world.get(ledger_pb2.Hold, f"holds/{name}"))

    def note(self, before: dict[str, Any], events: list[pb.VoucherEvent] | None) -> None:
        """What each locked piece must mean again: the range it was, one layer deeper if it was cut."""
        for event in events or ():
            ref = event.parent if event.HasField("parent") else event.voucher
            prior = pb.Voucher()
            prior.CopyFrom(before[compute_voucher_key(ref)])
            self.prior.pop(compute_voucher_key(ref), None)
            prior.layer += event.HasField("parent")
            prior.pieces = self.world.voucher(event.voucher).pieces
            self.prior[compute_voucher_key(event.voucher)] = prior.SerializeToString(deterministic=True)

    def forget(self, refs: list[pb.VoucherRef], done: object) -> None:
        for ref in refs if done is not None else ():
            self.prior.pop(compute_voucher_key(ref), None)

    def before(self) -> dict[str, Any]:
        return {compute_voucher_key(ref): self.world.voucher(ref) for ref in self.refs()}

    # ------------------------------------------------------------ commands

    @initialize()
    def begin(self) -> None:
        group = self.world.grant("G-1", limit_fen=9000)
        revolving = (True, False)
        inner = [self.world.grant(f"L-{n}", limit_fen=6000, group=group, revolving=revolving[n]) for n in (0, 1)]
        self.lines = ["", group, *inner, self.world.grant("L-3", limit_fen=5000)]
        self.world.live("A-0", face_fen=3000, invoices=[use("I0", 3000, 3000)], line=inner[0])

    @rule(by=st.sampled_from((1, HOUR_MS, 12 * HOUR_MS, DAY_MS, 9 * DAY_MS)))
    def wait(self, by: int) -> None:
        self.world.time_ms += by

    @rule(n=numbers, face=st.integers(200, 4000), strange=is_strange, who=people)
    def issue(self, n: int, face: int, strange: bool, who: str) -> None:
        self.count += 1
        number = f"A-{self.count}"
        line = self.lines[n % len(self.lines)]
        due_on = compute_civil_day(self.world.time_ms) + 40
        command = make_issue(
            self.world, number, face_fen=face, due_on=due_on, invoices=[use(number, face, face)], line=line
        )
        if strange:
            wrong: list[dict[str, Any]] = [{"face_fen": -n}, {"line": f"{BANK}.NONE"}, {"voucher_class": n}]
            command = changed(command, wrong[n % 3])
        free = self.compute_free(line)
        done = self.try_to_say(pb.ISSUE, command, who if strange and n % 5 == 0 else CORE)
        if line:
            assert (done is None) or face <= free

    def compute_free(self, line: str) -> int:
        if not line:
            return 0
        record = self.world.line(line)
        free = record.limit_fen - record.reserved_fen - record.used_fen
        return min(free, self.compute_free(record.group)) if record.group else int(free)

    @precondition(lambda self: self.pending())
    @rule(n=numbers, how=st.sampled_from((0, 0, 0, 1, 2, 3)), strange=is_strange, who=people)
    def answer_issue(self, n: int, how: int, strange: bool, who: str) -> None:
        name = self.pending()[n % len(self.pending())]
        prints = [invoice.fingerprint for invoice in self.world.package(name).invoices]
        kind, command, right = [
            (pb.ACCEPT_ISSUE, pb.AcceptIssue(package=name, fingerprints=prints), PAYEE),
            (pb.REFUSE_ISSUE, pb.RefuseIssue(package=name), PAYEE),
            (pb.WITHDRAW_ISSUE, pb.WithdrawIssue(package=name), CORE),
            (pb.LAPSE_ISSUE, pb.LapseIssue(package=name), SECOND),
        ][how]
        self.try_to_say(kind, command, who if strange else right)

    @rule(n=numbers, limit=st.integers(1, 12_000), status=st.sampled_from(STATUSES), who=people)
    def change_line(self, n: int, limit: int, status: int, who: str) -> None:
        line = self.lines[1 + n % 4]
        command = make_change(line, limit_fen=limit, status=status, last_on=TODAY + 400)
        self.try_to_say(pb.CHANGE_LINE, command, who if n % 7 == 0 else BANK)

    def movable(self, holder: str = "") -> list[pb.VoucherRef]:
        """Live ranges on which nothing waits: of one holder, or of all."""
        found = [(ref, self.world.voucher(ref)) for ref in self.refs()]
        return [ref for ref, v in found if v.circulation == pb.CIRCULATING and holder in ("", v.holder)]

    def pick(self, n: int) -> pb.VoucherRef:
        """A range that may be moved; now and then, or where there is none, any."""
        refs = (self.movable() if n % 8 else []) or self.refs()
        return refs[n % len(refs)]

    @rule(n=numbers, first=st.integers(1, 3000))
    def split(self, n: int, first: int) -> None:
        ref = self.pick(n)
        done = self.try_to_say(pb.SPLIT, pb.Split(voucher=ref, first_fen=first), self.world.voucher(ref).holder)
        self.forget([ref], done)

    @rule(n=numbers, kind=st.sampled_from((pb.TRANSFER, pb.CONDITIONAL_TRANSFER)), part=st.integers(0, 9), to=receivers)
    def offer(self, n: int, kind: int, part: int, to: str) -> None:
        ref = self.pick(n)
        length = ref.end - ref.start + 1
        amount = length * part // 10 if part > 4 else length
        before, holder = self.before(), self.world.voucher(ref).holder
        if kind == pb.TRANSFER:
            command = make_transfer(self.world, ref, amount_fen=amount, receiver=to)
        else:
            command = make_trade(self.world, ref, amount_fen=amount, seller=to, buyer=BANK if n % 3 else holder)
        self.note(before, self.try_to_say(kind, command, holder))

    @rule(n=numbers, size=st.integers(2, 4), part=st.integers(0, 9), to=receivers)
    def offer_basket(self, n: int, size: int, part: int, to: str) -> None:
        holder = (PAYEE, SECOND, THIRD)[n % 3]
        refs = sorted(self.movable(holder)[:size], key=lambda ref: (ref.package, ref.start))
        command = make_basket(self.world, refs, receiver=to)
        if n % 2 and refs:
            command.items[0].amount_fen = command.items[0].amount_fen * part // 10
        before = self.before()
        self.note(before, self.try_to_say(pb.TRANSFER_BASKET, command, holder))

    @precondition(lambda self: self.waiting())
    @rule(n=numbers, how=st.sampled_from((0, 0, 0, 1, 2)), strange=is_strange, who=people)
    def answer(self, n: int, how: int, strange: bool, who: str) -> None:
        refs = self.waiting()
        ref = refs[n % len(refs)]
        voucher = self.world.voucher(ref)
        if voucher.lock.kind == pb.TRANSFER_REQUESTED:
            self.answer_transfer(ref, voucher, how, who if strange else "")
        elif voucher.lock.kind == pb.TRADE_WAITING:
            self.answer_trade(ref, voucher, how, who if strange else "")
        else:
            self.answer_basket(refs, voucher, how, strange)

    def answer_transfer(self, ref: pb.VoucherRef, voucher: pb.Voucher, how: int, who: str) -> None:
        kind, message, right = [
            (pb.ACCEPT_TRANSFER, pb.AcceptTransfer, voucher.lock.counterparty),
            (pb.REFUSE_TRANSFER, pb.RefuseTransfer, voucher.lock.counterparty),
            (pb.WITHDRAW_TRANSFER, pb.WithdrawTransfer, voucher.holder),
        ][how]
        done = self.try_to_say(kind, message(voucher=ref), who or right)
        if kind == pb.ACCEPT_TRANSFER:
            self.forget([ref], done)
            assert done is None or self.world.voucher(ref).holder == voucher.lock.counterparty

    def answer_trade(self, ref: pb.VoucherRef, voucher: pb.Voucher, how: int, who: str) -> None:
        lock = voucher.lock
        command: Any = pb.ConfirmTrade(voucher=ref, trade_commitment=SECRET)
        kind, right = pb.CONFIRM_TRADE, lock.counterparty if lock.buyer_confirmed else lock.buyer
        if how == 2:
            kind, command, right = pb.REFUSE_TRADE, pb.RefuseTrade(voucher=ref), lock.counterparty
        done = self.try_to_say(kind, command, who or right)
        if kind == pb.CONFIRM_TRADE and done and done[0].amount_fen:
            self.forget([ref], done)
            assert self.world.voucher(ref).holder == lock.counterparty

    def answer_basket(self, refs: list[pb.VoucherRef], voucher: pb.Voucher, how: int, is_cut_short: bool) -> None:
        basket = [ref for ref in refs if self.world.voucher(ref).lock.basket == voucher.lock.basket]
        basket.sort(key=lambda ref: (ref.package, ref.start))
        kind, message, right = [
            (pb.ACCEPT_BASKET, pb.AcceptBasket, voucher.lock.counterparty),
            (pb.REFUSE_BASKET, pb.RefuseBasket, voucher.lock.counterparty),
            (pb.WITHDRAW_BASKET, pb.WithdrawBasket, voucher.holder),
        ][how]
        named = basket[:-1] if is_cut_short else basket
        done = self.try_to_say(kind, message(vouchers=named), right)
        assert (done is None) == is_cut_short
        if kind == pb.ACCEPT_BASKET:
            self.forget(basket, done)

    # ------------------------------------------------------------ what holds

    @invariant()
    def lines_equal_a_scan(self) -> None:
        reserved, used = dict.fromkeys(self.lines, 0), dict.fromkeys(self.lines, 0)
        for name, package in self.packages().items():
            for line in (package.line, self.world.line(package.line).group if package.line else ""):
                if self.world.get(ledger_pb2.Hold, f"holds/{name}"):
                    reserved[line] += package.face_fen
                elif package.stage in (pb.PACKAGE_LIVE, pb.SETTLED):
                    used[line] += package.face_fen - package.merged_fen
        for line in self.lines[1:]:
            assert self.world.use_of(line) == (reserved[line], used[line])

    @invariant()
    def ranges_and_their_pieces_partition_each_package(self) -> None:
        ranges: dict[str, list[pb.VoucherRef]] = {}
        for ref in self.refs():
            ranges.setdefault(ref.package, []).append(ref)
        unpaid = 0
        for name, package in self.packages().items():
            found = sorted(ranges.pop(name, []), key=lambda ref: ref.start)
            if package.stage not in (pb.PACKAGE_LIVE, pb.SETTLED):
                assert found == []
                continue
            assert (found[0].start, found[-1].end) == (1, package.face_fen)
            assert all(a.end + 1 == b.start for a, b in pairwise(found))
            vouchers = [self.world.voucher(ref) for ref in found]
            assert sum(voucher.pieces for voucher in vouchers) == PIECES
            assert all(voucher.pieces for voucher in vouchers)
            merged = sum(
                ref.end - ref.start + 1
                for ref, voucher in zip(found, vouchers, strict=True)
                if voucher.stage == pb.MERGED
            )
            assert merged == package.merged_fen
            assert (merged == package.face_fen) == (package.stage == pb.SETTLED)
            assert all((voucher.holder == CORE) == (voucher.stage == pb.MERGED) for voucher in vouchers)
            unpaid += package.face_fen - merged
        assert ranges == {}
        assert self.world.totals().unpaid_fen == sum(day.unpaid_fen for day in self.world.totals().calendar) == unpaid

    @invariant()
    def a_lock_ends_in_what_was_before_and_a_basket_waits_as_a_whole(self) -> None:
        sums: dict[bytes, list[int]] = {}
        for ref in self.refs():
            record = self.world.source.records[compute_voucher_key(ref)]
            if record.is_pending(self.world.time_ms):
                assert record.lapse_body == self.prior[compute_voucher_key(ref)]
                lock = self.world.voucher(ref).lock
                if lock.kind == pb.BASKET_REQUESTED:
                    sums.setdefault(lock.basket, []).append(lock.answer_by_ms)
        assert all(len(deadlines) >= 2 and len(set(deadlines)) == 1 for deadlines in sums.values())
        for key, body in self.prior.items():
            record = self.world.source.records[key]
            assert record.is_pending(self.world.time_ms) or record.get_meant(self.world.time_ms) == body


TestLines = Market.TestCase
TestLines.settings = settings(max_examples=120, stateful_step_count=70, deadline=None)
