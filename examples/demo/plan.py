"""What becomes of each receivable, decided before anything runs, by nothing but the file and the invoice's number.

1. The enterprise offers a voucher on the day of the invoice; the supplier accepts it on the same day.
2. A hash of the invoice's number draws the path: held, sold, sold after asking three banks, pledged, cut and pledged in
   part, over two tiers, over three. A path that would not end before cut-off and before the day of settlement is not
   taken: the voucher is held.
3. Whoever receives a piece answers on the next day; a bank answers on the next business day.
4. Who asks for quotes asks all banks on one day and requests the cheapest on the next. In every second round, roughly,
   one bank is silent.
5. Settled before the due day: prepaid. Else paid on the day of settlement: on time up to the due day as it rolls to a
   business day, late after it. Of what is late and disputed, half is paid on the rolled due day.

Not here: what goes wrong with a receivable on its way (quarrels).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from examples.demo.cast import Cast, Member
from examples.demo.quarrels import Dispute, Freeze, draw_dispute, draw_freeze
from examples.demo.sample import Receivable
from hefu.v1 import receivables_pb2 as pb
from receivables.days import Calendar, compute_cut_off_day, compute_rolled_day

HELD, SOLD, QUOTED, PLEDGED, CUT = "held", "sold", "sold after quotes", "pledged", "cut"
TWO_TIERS, THREE_TIERS = "two tiers", "three tiers"
PATHS = ((HELD, 30), (SOLD, 12), (QUOTED, 8), (PLEDGED, 12), (CUT, 10), (TWO_TIERS, 16), (THREE_TIERS, 12))
PREPAID, ON_TIME, LATE = "prepaid", "on time", "late"
CUT_OFF_BUSINESS_DAYS = 1
LONGEST_WAIT_DAYS = 9
SECURED_PPM = 800_000
PPM = 1_000_000
SALE_RATES_PPM = (36_000, 39_500, 42_000)  # by bank, as the cast has them
PLEDGE_RATES_PPM = (41_000, 43_500, 45_000)
QUOTE_SPREAD_PPM = 8_000  # a sealed quote lies within this around the bank's rate of sale
SILENT_IN = 6


@dataclass(frozen=True, slots=True)
class Piece:
    """A range of the package, ends included, and who holds it."""

    start: int
    end: int
    holder: Member

    @property
    def length_fen(self) -> int:
        """Its amount."""
        return self.end - self.start + 1


@dataclass(frozen=True, slots=True)
class Move:
    """On day `on`, `whole` gives its first `amount_fen` to `receiver`, who accepts on the next day."""

    whole: Piece
    amount_fen: int
    receiver: Member
    on: int


@dataclass(frozen=True, slots=True)
class Quote:
    """What a bank seals: a rate, in millionths a year."""

    bank: Member
    rate_ppm: int


@dataclass(frozen=True, slots=True)
class Financing:
    """On day `asked_on` the holder of `piece` asks `bank`, which takes, registers and pays on `paid_on`.

    Where there are quotes, all banks were asked on the day before, and those that stand here sealed theirs.
    """

    piece: Piece
    bank: Member
    form: pb.FinancingForm
    asked_on: int
    paid_on: int
    rate_ppm: int
    quotes: tuple[Quote, ...] = ()

    @property
    def secured_fen(self) -> int:
        """What a pledge secures; 0 for a sale."""
        return self.piece.length_fen * SECURED_PPM // PPM if self.form == pb.PLEDGE else 0


@dataclass(frozen=True, slots=True)
class Plan:
    """The life of one receivable. `pieces` are the ranges at the end of all moves, with their holders before a sale."""

    receivable: Receivable
    issuer: Member
    path: str
    cut_fen: int  # where the supplier cuts by itself; 0 = nowhere
    moves: tuple[Move, ...]
    financings: tuple[Financing, ...]
    pieces: tuple[Piece, ...]
    settlement: str
    rolled_due_on: int
    half_paid_on: int  # 0 = paid at once
    dispute: Dispute | None
    freeze: Freeze | None

    @property
    def package(self) -> str:
        """The package's id."""
        return f"{self.issuer.id}.{self.receivable.number}"

    @property
    def unsold(self) -> Piece | None:
        """The first piece that no bank has bought or lent on, if there is one."""
        return next((piece for piece in self.pieces if self.find_financing(piece) is None), None)

    def find_financing(self, piece: Piece) -> Financing | None:
        """How the piece was financed, if it was."""
        return next((f for f in self.financings if f.piece.start == piece.start), None)


def build_plans(receivables: Sequence[Receivable], cast: Cast, calendar: Calendar) -> list[Plan]:
    """A plan for each receivable, in the same order."""
    return [_Planner(receivable, cast, calendar).build() for receivable in receivables]


class _Planner:
    """Draws and fits one plan."""

    def __init__(self, receivable: Receivable, cast: Cast, calendar: Calendar) -> None:
        self._row = receivable
        self._cast = cast
        self._calendar = calendar
        self._draws = sha256(b"hefu demo plan" + receivable.number.encode()).digest()
        self._rolled = compute_rolled_day(receivable.due_on, calendar)

    def build(self) -> Plan:
        path = self._draw_path()
        cut_fen, moves, financings, pieces = self._lay_out(path)
        if not self._is_in_time(moves, financings):
            path = HELD
            cut_fen, moves, financings, pieces = self._lay_out(HELD)
        row = self._row
        settlement = PREPAID if row.settled_on < row.due_on else ON_TIME if row.settled_on <= self._rolled else LATE
        quiet_from = self._compute_last_day(moves, financings) + 1
        return Plan(
            receivable=row,
            issuer=self._cast.enterprises[row.customer],
            path=path,
            cut_fen=cut_fen,
            moves=tuple(moves),
            financings=tuple(financings),
            pieces=tuple(pieces),
            settlement=settlement,
            rolled_due_on=self._rolled,
            half_paid_on=self._rolled if settlement == LATE and row.is_disputed else 0,
            dispute=draw_dispute(row, quiet_from, self._draws),
            freeze=draw_freeze(row, self._rolled, len(financings) < len(pieces), self._draws),
        )

    def _draw_path(self) -> str:
        draw = int.from_bytes(self._draws[:4]) % 100
        for path, share in PATHS:
            draw -= share
            if draw < 0:
                return path
        return HELD

    def _lay_out(self, path: str) -> tuple[int, list[Move], list[Financing], list[Piece]]:
        first_day, face = self._row.issued_on, self._row.amount_fen
        supplier = self._cast.supplier
        whole = Piece(1, face, supplier)
        part = face * (40 + self._draws[4] % 30) // 100
        if path == SOLD:
            return 0, [], [self._sell(whole, first_day)], [whole]
        if path == QUOTED:
            return 0, [], [self._sell_by_quotes(whole, first_day)], [whole]
        if path == PLEDGED:
            return 0, [], [self._pledge(whole, first_day)], [whole]
        kept = Piece(part + 1, face, supplier)
        if path == CUT:
            first = Piece(1, part, supplier)
            return part, [], [self._pledge(first, first_day)], [first, kept]
        second = Piece(1, part, self._cast.tier_two[self._draws[5] % len(self._cast.tier_two)])
        moves = [Move(whole, part, second.holder, first_day)]
        if path == TWO_TIERS:
            return 0, moves, [self._sell(second, first_day + 1)], [second, kept]
        if path == THREE_TIERS:
            smaller = part * (40 + self._draws[6] % 30) // 100
            third = Piece(1, smaller, self._cast.tier_three[self._draws[7] % len(self._cast.tier_three)])
            moves.append(Move(second, smaller, third.holder, first_day + 1))
            rest = Piece(smaller + 1, part, second.holder)
            return 0, moves, [self._sell(third, first_day + 2), self._sell(kept, first_day)], [third, rest, kept]
        return 0, [], [], [whole]

    def _sell(self, piece: Piece, on: int) -> Financing:
        place = self._draw_bank(piece)
        return self._finance(piece, self._draw_sale(), on, Quote(self._cast.banks[place], SALE_RATES_PPM[place]))

    def _sell_by_quotes(self, piece: Piece, on: int) -> Financing:
        quotes = self._draw_quotes()
        best = min(quotes, key=lambda quote: quote.rate_ppm)
        return self._finance(piece, self._draw_sale(), on + 1, best, quotes)

    def _pledge(self, piece: Piece, on: int) -> Financing:
        place = self._draw_bank(piece)
        return self._finance(piece, pb.PLEDGE, on, Quote(self._cast.banks[place], PLEDGE_RATES_PPM[place]))

    def _finance(
        self, piece: Piece, form: pb.FinancingForm, on: int, agreed: Quote, quotes: tuple[Quote, ...] = ()
    ) -> Financing:
        paid_on = compute_rolled_day(on + 1, self._calendar)
        return Financing(piece, agreed.bank, form, on, paid_on, agreed.rate_ppm, quotes)

    def _draw_sale(self) -> pb.FinancingForm:
        return pb.SALE_WITHOUT_RECOURSE if self._draws[8] % 2 else pb.SALE_WITH_RECOURSE

    def _draw_bank(self, piece: Piece) -> int:
        return (self._draws[9] + (piece.start > 1)) % len(self._cast.banks)

    def _draw_quotes(self) -> tuple[Quote, ...]:
        silent = self._draws[13] % SILENT_IN  # a bank's place, or beyond them all
        quotes = []
        for place, bank in enumerate(self._cast.banks):
            off_ppm = (self._draws[10 + place] - 128) * QUOTE_SPREAD_PPM // 128
            if place != silent:
                quotes.append(Quote(bank, SALE_RATES_PPM[place] + off_ppm // 100 * 100))
        return tuple(quotes)

    def _is_in_time(self, moves: Sequence[Move], financings: Sequence[Financing]) -> bool:
        cut_off = compute_cut_off_day(self._row.due_on, CUT_OFF_BUSINESS_DAYS, self._calendar)
        waits = [f.paid_on - f.asked_on for f in financings]
        last = self._compute_last_day(moves, financings)
        return last < min(cut_off, self._row.settled_on) and max(waits, default=0) <= LONGEST_WAIT_DAYS

    def _compute_last_day(self, moves: Sequence[Move], financings: Sequence[Financing]) -> int:
        """The last day on which it moves or is financed; the day before the issue where it never is."""
        days = [*(move.on + 1 for move in moves), *(financing.paid_on for financing in financings)]
        return max(days, default=self._row.issued_on - 1)
