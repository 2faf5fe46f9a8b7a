"""Vouchers' lives as lists of commands: what is submitted, by whom, and in which order.

1. A life is a chain: each command needs the one before it to be committed. Ten packages live the lives of `LIVES`, so
   the proportion of the kinds is fixed; `count_kinds` states it.
2. Commands stand in slots. A slot's commands belong to different chains; step s of the cohort that begins in slot c
   stands in slot c + 2·s. So while slot t is decided, slot t + 1 can be sent already; and once the first cohort has
   come to its end, every slot holds the whole mix.
3. A registration names the time of its filing, which lies after the request: it and what follows it stand `DELAY`
   slots later and are signed between two runs (`is_late`), everything else beforehand.

Payment here is prepayment: a real clock does not come to any voucher's cut-off while the bench runs.
"""

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from google.protobuf.message import Message

from bench.world import Member, World
from hefu.v1 import pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.rules import compute_civil_day
from nodes.client.builder import find_kind, kind_name

STRIDE = 2  # slots between a command and the next of its chain
DELAY = 8  # slots of one run: what is signed late stands in a later run than what it depends on
ANSWER_MS = 6 * 3_600_000
FACE_FEN = 1_000_000_00  # plus what makes each package's different
DUE_DAYS, FIRST_DUE, DUE_EVERY = 20, 30, 7  # issuers pay on one day a week, over the next half year
BANK_A, BANK_B = 0, 1

Payload = Callable[[int], Message]  # from the time of signing (ms)


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a chain: who acts, who consents, and the payload at a time of signing."""

    members: tuple[Member, ...]
    payload: Payload
    is_late: bool = False


@dataclass(slots=True)
class Life:
    """A package while its life is planned: the chain so far, and who holds which range."""

    world: World
    number: int
    prefix: str
    due_base: int
    steps: list[Step] = field(default_factory=list)

    @property
    def issuer(self) -> Member:
        """The core enterprise that owes."""
        return self.world.cores[self.number % len(self.world.cores)]

    @property
    def paying_bank(self) -> Member:
        """The issuer's bank."""
        return self.world.banks[self.number % len(self.world.banks)]

    @property
    def financing_bank(self) -> Member:
        """The bank that finances."""
        return self.world.banks[(self.number + 1) % len(self.world.banks)]

    @property
    def package(self) -> str:
        """The package's id."""
        return f"{self.issuer.organisation}.{self.prefix}{self.number}"

    @property
    def face_fen(self) -> int:
        """The package's amount, even."""
        return FACE_FEN + 2 * (self.number % 9973)

    def get_supplier(self, tier: int) -> Member:
        """The supplier at a tier of this package's chain; neighbours differ."""
        suppliers = self.world.suppliers
        return suppliers[(self.number * 7 + tier) % len(suppliers)]

    def get_ref(self, start: int, end: int) -> pb.VoucherRef:
        """A range of the package."""
        return pb.VoucherRef(package=self.package, start=start, end=end)

    def commit(self, what: str) -> bytes:
        """A commitment to something of this package."""
        return hashlib.sha256(f"{what} {self.package}".encode()).digest()

    def add(self, message: Message, *members: Member) -> None:
        """A command that can be signed at any time."""
        self.steps.append(Step(members, lambda _: message))

    def add_late(self, payload: Payload, *members: Member) -> None:
        """A command that depends on when it is signed."""
        self.steps.append(Step(members, payload, is_late=True))


# ---------------------------------------------------------------- the parts of a life


def issue(life: Life, now_ms: int) -> pb.VoucherRef:
    """Issue and acceptance; returns the whole range, which supplier 0 holds."""
    face = life.face_fen
    fingerprint = life.commit("invoice")
    command = pb.Issue(
        number=f"{life.prefix}{life.number}",
        payee=life.get_supplier(0).organisation,
        face_fen=face,
        due_on=life.due_base + FIRST_DUE + DUE_EVERY * (life.number % DUE_DAYS),
        paying_bank=life.paying_bank.organisation,
        invoices=[pledges_pb2.InvoiceUse(fingerprint=fingerprint, amount_fen=face, occupied_fen=face)],
        contract_commitment=life.commit("contract"),
        accept_by_ms=now_ms + ANSWER_MS,
    )
    life.add(command, life.issuer)
    life.add(pb.AcceptIssue(package=life.package, fingerprints=[fingerprint]), life.get_supplier(0))
    return life.get_ref(1, face)


def split(life: Life, ref: pb.VoucherRef, holder: Member) -> tuple[pb.VoucherRef, pb.VoucherRef]:
    """A cut in the middle; returns both pieces."""
    first, second = _cut(life, ref)
    life.add(pb.Split(voucher=ref, first_fen=first.end - first.start + 1), holder)
    return first, second


def transfer(life: Life, ref: pb.VoucherRef, giver: Member, receiver: Member, now_ms: int) -> None:
    """A whole range, offered and accepted."""
    _offer(life, ref, ref, giver, receiver, now_ms)


def transfer_part(
    life: Life, ref: pb.VoucherRef, giver: Member, receiver: Member, now_ms: int
) -> tuple[pb.VoucherRef, pb.VoucherRef]:
    """Half of a range, cut off, offered and accepted; returns what moved and what stayed."""
    first, second = _cut(life, ref)
    _offer(life, ref, first, giver, receiver, now_ms)
    return first, second


def finance(life: Life, ref: pb.VoucherRef, holder: Member, form: pb.FinancingForm, now_ms: int) -> None:
    """Request, take, register, pay out, in their right order."""
    bank, amount, terms = life.financing_bank, ref.end - ref.start + 1, life.commit("terms")
    by_ms = now_ms + ANSWER_MS
    request = pb.RequestFinancing(
        voucher=ref,
        amount_fen=amount,
        bank=bank.organisation,
        form=form,
        secured_fen=amount // 2 if form == pb.PLEDGE else 0,
        terms_commitment=terms,
        answer_by_ms=by_ms,
    )
    number = str(int.from_bytes(life.commit("registration")[:8], "big")).rjust(20, "0")
    life.add(request, holder)
    life.add(pb.TakeFinancing(voucher=ref, terms_commitment=terms, register_by_ms=by_ms), bank)
    life.add_late(
        lambda at_ms: pb.RegisterFinancing(voucher=ref, registration_number=number, filed_at_ms=at_ms, pay_by_ms=by_ms),
        bank,
    )
    payment = life.commit("payment")
    life.add_late(
        lambda at_ms: pb.PayOut(voucher=ref, payment_commitment=payment, value_on=compute_civil_day(at_ms)), bank
    )


def release(life: Life, ref: pb.VoucherRef) -> None:
    """The pledgee lets go."""
    life.add(pb.Release(voucher=ref), life.financing_bank)


def prepay(life: Life, ref: pb.VoucherRef, holder: Member, pledgee: Member | None = None) -> None:
    """The issuer and its bank pay a whole range to its payees of record, a pledgee its half first."""
    amount = ref.end - ref.start + 1
    secured = amount // 2 if pledgee is not None else 0
    payees = [] if pledgee is None else [pb.Payee(organisation=pledgee.organisation, amount_fen=secured)]
    payees.append(pb.Payee(organisation=holder.organisation, amount_fen=amount - secured))
    command = pb.Prepay(voucher=ref, payees=payees, payment_commitment=life.commit("prepayment"))
    life.add(command, life.issuer, life.paying_bank)


def _offer(life: Life, ref: pb.VoucherRef, moved: pb.VoucherRef, giver: Member, receiver: Member, now_ms: int) -> None:
    offer = pb.Transfer(
        voucher=ref,
        amount_fen=moved.end - moved.start + 1,
        receiver=receiver.organisation,
        trade_commitment=life.commit("trade"),
        answer_by_ms=now_ms + ANSWER_MS,
    )
    life.add(offer, giver)
    life.add(pb.AcceptTransfer(voucher=moved), receiver)


def _cut(life: Life, ref: pb.VoucherRef) -> tuple[pb.VoucherRef, pb.VoucherRef]:
    middle = ref.start + (ref.end - ref.start + 1) // 2
    return life.get_ref(ref.start, middle - 1), life.get_ref(middle, ref.end)


# ---------------------------------------------------------------- ten lives


def live_in_tiers(life: Life, now_ms: int) -> None:
    """Split, and both pieces passed down the tiers."""
    first, second = split(life, issue(life, now_ms), life.get_supplier(0))
    transfer(life, first, life.get_supplier(0), life.get_supplier(1), now_ms)
    transfer_part(life, second, life.get_supplier(0), life.get_supplier(2), now_ms)
    transfer_part(life, first, life.get_supplier(1), life.get_supplier(3), now_ms)


def live_sold(life: Life, now_ms: int) -> None:
    """A part passed on and sold to a bank, the rest passed on."""
    moved, _ = _begin_sale(life, now_ms)
    finance(life, moved, life.get_supplier(1), pb.SALE_WITH_RECOURSE, now_ms)


def live_sold_and_prepaid(life: Life, now_ms: int) -> None:
    """As above, and what the bank bought is paid early."""
    moved, _ = _begin_sale(life, now_ms)
    finance(life, moved, life.get_supplier(1), pb.SALE_WITHOUT_RECOURSE, now_ms)
    prepay(life, moved, life.financing_bank)


def live_pledged(life: Life, now_ms: int) -> None:
    """Split, one piece pledged and released."""
    first, second = split(life, issue(life, now_ms), life.get_supplier(0))
    transfer(life, second, life.get_supplier(0), life.get_supplier(1), now_ms)
    finance(life, first, life.get_supplier(0), pb.PLEDGE, now_ms)
    release(life, first)


def live_pledged_and_prepaid(life: Life, now_ms: int) -> None:
    """Passed on, pledged, and paid early while the claim rests on it."""
    whole = issue(life, now_ms)
    transfer(life, whole, life.get_supplier(0), life.get_supplier(1), now_ms)
    finance(life, whole, life.get_supplier(1), pb.PLEDGE, now_ms)
    prepay(life, whole, life.get_supplier(1), life.financing_bank)


def live_prepaid(life: Life, now_ms: int) -> None:
    """A part passed on twice and paid early."""
    moved, _ = transfer_part(life, issue(life, now_ms), life.get_supplier(0), life.get_supplier(1), now_ms)
    transfer(life, moved, life.get_supplier(1), life.get_supplier(2), now_ms)
    prepay(life, moved, life.get_supplier(2))


def _begin_sale(life: Life, now_ms: int) -> tuple[pb.VoucherRef, pb.VoucherRef]:
    moved, rest = transfer_part(life, issue(life, now_ms), life.get_supplier(0), life.get_supplier(1), now_ms)
    transfer(life, rest, life.get_supplier(0), life.get_supplier(2), now_ms)
    return moved, rest


LIVES = (
    live_in_tiers,
    live_sold,
    live_in_tiers,
    live_prepaid,
    live_pledged,
    live_in_tiers,
    live_sold_and_prepaid,
    live_prepaid,
    live_in_tiers,
    live_pledged_and_prepaid,
)

# ---------------------------------------------------------------- slots


@dataclass(frozen=True, slots=True)
class Slot:
    """Commands of different chains, in a mixed order."""

    steps: tuple[Step, ...]


def plan_mixed(world: World, slots: int, packages: int, now_ms: int, prefix: str = "M") -> list[Slot]:
    """`slots` slots into each of which a cohort of `packages` new packages (a multiple of 10) is issued."""
    filled: list[list[Step]] = [[] for _ in range(slots)]
    day = compute_civil_day(now_ms)
    for number in range(slots * packages):
        life = Life(world, number, prefix, day)
        LIVES[number % len(LIVES)](life, now_ms)
        for place, step in _place(life.steps, number // packages):
            if place < slots:
                filled[place].append(step)
    mixer = random.Random(1)  # an order, not a secret
    for steps in filled:
        mixer.shuffle(steps)
    return [Slot(tuple(steps)) for steps in filled]


def plan_transfers(world: World, packages: int, rounds: int, now_ms: int, prefix: str = "T") -> list[Slot]:
    """Issue, acceptance, then `rounds` whole transfers of each package: offer, acceptance.

    Half of the packages have the even slots, half the odd ones: a step every second slot here too.
    """
    day = compute_civil_day(now_ms)
    filled: list[list[Step]] = [[] for _ in range(count_transfer_slots(rounds + 1))]
    for number in range(packages):
        life = Life(world, number, prefix, day)
        whole = issue(life, now_ms)
        for tier in range(rounds):
            transfer(life, whole, life.get_supplier(tier), life.get_supplier(tier + 1), now_ms)
        for place, step in enumerate(life.steps):
            filled[STRIDE * place + number % STRIDE].append(step)
    return [Slot(tuple(steps)) for steps in filled]


def count_transfer_slots(rounds: int) -> int:
    """The slots of so many rounds of two commands each; issue and acceptance are a round."""
    return 2 * STRIDE * rounds


def count_ramp(world: World) -> int:
    """How many slots pass until each holds the whole mix."""
    return max(_find_length(world, live) for live in LIVES)


def count_kinds(slots: Sequence[Slot]) -> dict[str, int]:
    """How many commands of each kind."""
    counted = Counter(kind_name(find_kind(step.payload(0))) for slot in slots for step in slot.steps)
    return dict(counted.most_common())


def count_signatures(slots: Sequence[Slot]) -> int:
    """How many signatures the commands bear."""
    return sum(len(member.seeds) for slot in slots for step in slot.steps for member in step.members)


def _place(steps: Sequence[Step], first: int) -> Iterator[tuple[int, Step]]:
    place = first
    was_late = False
    for step in steps:
        if step.is_late and not was_late:
            place, was_late = place + DELAY, True
        yield place, step
        place += STRIDE


def _find_length(world: World, live: Callable[[Life, int], None]) -> int:
    life = Life(world, 0, "X", 0)
    live(life, 0)
    return max(place for place, _ in _place(life.steps, 0))
