"""Predicates and arithmetic on packages and ranges; they read no state. Amounts are 分.

Caps are those of the package's class of vouchers, or the rulebook's own where it has none. Pieces are shared out: a
package may become so many, a cut gives each side its part of them by length, so nobody can use up another's.

Days, interest, payments and totals have modules of their own: days, discount, payments, totals.
"""

from hefu.v1 import receivables_pb2 as pb
from identity.rules import is_organisation_id
from receivables.payments import compute_length

MAX_NUMBER_CHARACTERS = 24
NUMBER_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")
MAX_INVOICES = 16
MAX_REASON_CHARACTERS = 120
COMMITMENT_BYTES = 32
UNKNOWN_AMOUNT_FEN = 2**63 - 1  # what cannot be read yet is approved as the largest there is
FINANCING_LOCKS = (pb.FINANCING_REQUESTED, pb.FINANCING_TAKEN, pb.FINANCING_REGISTERED)
Caps = pb.VoucherRules | pb.VoucherClass
FINANCING_FORMS = (pb.SALE_WITH_RECOURSE, pb.SALE_WITHOUT_RECOURSE, pb.PLEDGE)


def is_number(number: str) -> bool:
    """Whether an issuer may number a package so: 1–24 characters of A–Z 0–9 and -."""
    return 1 <= len(number) <= MAX_NUMBER_CHARACTERS and NUMBER_CHARACTERS.issuperset(number)


def is_package_id(package: str) -> bool:
    """Whether the text is `<organisation>.<number>`; of any other text no key of the state is made."""
    issuer, dot, number = package.partition(".")
    return dot == "." and is_number(number) and is_organisation_id(issuer)


def find_caps(rulebook: pb.VoucherRules, voucher_class: int) -> Caps | None:
    """The caps of a class; the rulebook's own for class 0; None for a class that it does not know."""
    if not voucher_class:
        return rulebook
    return next((known for known in rulebook.classes if known.code == voucher_class), None)


def compute_piece_cap(rulebook: pb.VoucherRules, voucher_class: int) -> int:
    """How many pieces a new package may become; 0 = no limit. Of a class voted away, the rulebook's own."""
    return (find_caps(rulebook, voucher_class) or rulebook).max_pieces


def is_face(face_fen: int, caps: Caps) -> bool:
    """Whether a package may have this face: at least one fen, and within its class."""
    return max(caps.min_face_fen, 1) <= face_fen <= caps.max_face_fen


def is_beyond_sme_term(days: int, caps: Caps) -> bool:
    """Whether so many days from delivery to due day are more than a supplier may be made to wait."""
    return 0 < caps.sme_term_days < days


def is_layer_left(voucher: pb.Voucher, caps: Caps) -> bool:
    """Whether the range may be cut once more: its depth, and the pieces that it may still become."""
    return voucher.layer < caps.max_layers and voucher.pieces != 1


def is_cut_fine(length_fen: int, first_fen: int, caps: Caps) -> bool:
    """Whether both pieces of a cut after `first_fen` reach the minimum."""
    return min(first_fen, length_fen - first_fen) >= caps.min_piece_fen


def is_long_term_reason(reason: str, term_days: int, caps: Caps) -> bool:
    """Whether a reason stands above the long term, and none below it."""
    return (1 <= len(reason) <= MAX_REASON_CHARACTERS) if term_days > caps.long_term_days else not reason


def is_frozen(package: pb.Package, voucher: pb.Voucher) -> bool:
    """Whether an order of a court rests on the range or on its whole package."""
    return bool(package.freezes) or bool(voucher.freezes)


def compute_debtor(package: pb.Package) -> str:
    """Who owes the package now: its issuer, or who succeeded it."""
    return package.debtor or package.issuer


def compute_shared_pieces(pieces: int, first_fen: int, length_fen: int) -> tuple[int, int]:
    """How many pieces each side of a cut may still become, by length, at least one; (0, 0) where there is no limit."""
    if not pieces:
        return 0, 0
    first = min(max(pieces * first_fen // length_fen, 1), pieces - 1)
    return first, pieces - first


def is_secured(form: int, secured_fen: int, amount_fen: int) -> bool:
    """Whether a pledge secures 1…amount, and a sale nothing."""
    return 1 <= secured_fen <= amount_fen if form == pb.PLEDGE else secured_fen == 0


def compute_package_id(issuer: str, number: str) -> str:
    """The id of an issuer's package."""
    return f"{issuer}.{number}"


def compute_pieces(ref: pb.VoucherRef, first_fen: int) -> tuple[pb.VoucherRef, pb.VoucherRef]:
    """The two ranges into which a cut after `first_fen` divides a range."""
    middle = ref.start + first_fen
    first = pb.VoucherRef(package=ref.package, start=ref.start, end=middle - 1)
    return first, pb.VoucherRef(package=ref.package, start=middle, end=ref.end)


def compute_approved_length(ref: pb.VoucherRef) -> int:
    """The amount that signers approve when a command is about a whole range; 0 where it is none."""
    return max(compute_length(ref), 0)
