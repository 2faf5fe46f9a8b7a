"""What a verifier may ask of a range: `voucher:<package>/<start>-<end>`.

| statement | keys | holds where |
|---|---|---|
| `held-by ORG` | package, range | the range lives, something is owed on it, and ORG holds it |
| `unclaimed` | package, range, claim | the range lives, something is owed on it, no claim and no freeze rests on it |
| `free` | package, range, claim | unclaimed, and no request waits on it |
| `claimed-by ORG` | claim | a claim of ORG rests on it; a claim outlives the payment of its range |
| `undisputed` | package, range | the range lives, something is owed on it, no dispute, no invoice red-lettered |
| `frozen` | package, range | an order of a court rests on it or on its package; be it paid, whose money is then kept |
| `absent` | range | there is no such record: no range with exactly this start and end |

Ranges of a package never overlap, so an unclaimed range has no claim on any part of it. The bodies are what the records
mean at the time in question; ledger/verify.py has seen to lapses before.

What a lender must not read into an answer:

1. `unclaimed` does not say that nobody is about to lend: a bank may have taken a request and filed its registration,
   and pays out tomorrow. Ask `free`. Nor that the holder never sold: the range of a buying bank is unclaimed.
2. `free` does not say that the range may still be moved or financed: from cut-off it may not, and it stays free while
   it is unpaid, be it overdue. A question sees no clock and no calendar; hold the package's due day against both.
3. Neither says who may dispose of it (ask `held-by` too, in one proof), that holder or issuer are not suspended, that
   the issuer is not blocked, or that nothing is filed in 中登网, whose order decides between creditors. Both speak of
   the proved height: what was free may be claimed in the next block. A lender relies on the proof of its own claim.
4. `absent` does not say that these fen are free, or that they never were a voucher: 1-10 is absent where 1-100 lives
   and is pledged. Never issued, not yet accepted and cut look alike.
5. `held-by` says nothing about a freeze: a frozen range has a holder, to whom nothing is paid until it is lifted.
"""

from collections.abc import Callable

from hefu.v1 import pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.rules import is_organisation_id
from ledger.errors import InvariantViolation, MalformedInput
from ledger.questions import Bodies, Question, decode_body
from pledges.records import compute_claim_key
from receivables.payments import compute_owed
from receivables.records import compute_asset_key, compute_package_key, compute_voucher_key
from receivables.rules import is_frozen, is_package_id

ASSET_PREFIX = "voucher:"
STATEMENTS = ("held-by ORG", "unclaimed", "free", "claimed-by ORG", "undisputed", "frozen", "absent")
ENDED = (pb.MERGED, pb.CANCELLED)
NO_SUCH_RANGE = "there is no such range; it may have been cut"
DIGITS = frozenset("0123456789")
MAX_NUMBER = 2**63 - 1
MAX_NUMBER_DIGITS = 19


def parse_asset(asset: str) -> pb.VoucherRef:
    """The range that an asset string names, in its one spelling. Raises MalformedInput."""
    text = asset.removeprefix(ASSET_PREFIX)
    package, slash, numbers = text.partition("/")
    start, dash, end = numbers.partition("-")
    if text == asset or slash != "/" or dash != "-" or not is_package_id(package):
        raise MalformedInput("voucher:<issuer>.<number>/<start>-<end>", "asset")
    ref = pb.VoucherRef(package=package, start=_parse_number(start), end=_parse_number(end))
    if ref.start > ref.end:
        raise MalformedInput("the start does not lie after the end", "asset")
    return ref


def _parse_number(text: str) -> int:
    if not 1 <= len(text) <= MAX_NUMBER_DIGITS or not DIGITS.issuperset(text) or text[0] == "0":
        raise MalformedInput("a number from 1 without leading zeros", "asset")
    number = int(text)
    if number > MAX_NUMBER:
        raise MalformedInput("below 2^63", "asset")
    return number


def compute_question(asset: str, statement: str) -> Question:
    """The question whether `statement` holds of the range. Raises MalformedInput at `asset` or `is`."""
    ref = parse_asset(asset)
    name, space, organisation = statement.partition(" ")
    if space and not is_organisation_id(organisation):
        raise MalformedInput("a USCC or an LEI with right check digits", "is")
    package, voucher = compute_package_key(ref.package), compute_voucher_key(ref)
    claim = compute_claim_key(compute_asset_key(ref))
    questions: dict[tuple[str, bool], tuple[tuple[str, ...], Callable[[Bodies], str | None]]] = {
        ("held-by", True): ((package, voucher), lambda bodies: _refute_held(bodies, ref, organisation)),
        ("unclaimed", False): ((package, voucher, claim), lambda bodies: _refute_unclaimed(bodies, ref)),
        ("free", False): ((package, voucher, claim), lambda bodies: _refute_free(bodies, ref)),
        ("claimed-by", True): ((claim,), lambda bodies: _refute_claimed(bodies, ref, organisation)),
        ("undisputed", False): ((package, voucher), lambda bodies: _refute_undisputed(bodies, ref)),
        ("frozen", False): ((package, voucher), lambda bodies: _refute_frozen(bodies, ref)),
        ("absent", False): ((voucher,), lambda bodies: _refute_absent(bodies, voucher)),
    }
    found = questions.get((name, bool(space)))
    if found is None:
        raise MalformedInput(f"one of {', '.join(STATEMENTS)}", "is")
    return Question(*found)


def _refute_absent(bodies: Bodies, voucher: str) -> str | None:
    return None if bodies[voucher] is None else "there is such a record"


def _decode(bodies: Bodies, ref: pb.VoucherRef) -> tuple[pb.Package, pb.Voucher] | None:
    """Package and range, or None where either is not there."""
    package_body, body = bodies[compute_package_key(ref.package)], bodies[compute_voucher_key(ref)]
    if package_body is None or body is None:
        return None
    return decode_body(pb.Package, package_body), decode_body(pb.Voucher, body)


def _refute_live(bodies: Bodies, ref: pb.VoucherRef) -> tuple[str | None, pb.Package, pb.Voucher]:
    found = _decode(bodies, ref)
    if found is None:
        return NO_SUCH_RANGE, pb.Package(), pb.Voucher()
    package, voucher = found
    if voucher.stage in ENDED:
        return "it has ended", package, voucher
    if package.stage != pb.PACKAGE_LIVE:
        return "its package is not live", package, voucher
    if not 1 <= ref.end <= package.face_fen:
        raise MalformedInput("a range outside its package", "record.body")
    try:
        owed = compute_owed(package, voucher, ref)
    except InvariantViolation:
        raise MalformedInput("a range that was paid beyond its amount", "record.body") from None
    if voucher.stage != pb.LIVE or owed == 0:
        return "it has been paid", package, voucher
    return None, package, voucher


def _refute_held(bodies: Bodies, ref: pb.VoucherRef, organisation: str) -> str | None:
    refuted, _, voucher = _refute_live(bodies, ref)
    if refuted is None and voucher.holder != organisation:
        return f"it is held by {voucher.holder}"
    return refuted


def _refute_unclaimed(bodies: Bodies, ref: pb.VoucherRef) -> str | None:
    refuted, package, voucher = _refute_live(bodies, ref)
    if refuted is None and is_frozen(package, voucher):
        return "a court has frozen it"
    if refuted is None and bodies[compute_claim_key(compute_asset_key(ref))] is not None:
        return "a claim rests on it"
    return refuted


def _refute_free(bodies: Bodies, ref: pb.VoucherRef) -> str | None:
    refuted, _, voucher = _refute_live(bodies, ref)
    refuted = refuted or _refute_unclaimed(bodies, ref)
    if refuted is None and voucher.circulation != pb.CIRCULATING:
        return "a request waits on it"
    return refuted


def _refute_undisputed(bodies: Bodies, ref: pb.VoucherRef) -> str | None:
    refuted, package, voucher = _refute_live(bodies, ref)
    if refuted is None and voucher.HasField("dispute"):
        return f"{voucher.dispute.opened_by} disputes it"
    if refuted is None and package.red_lettered:
        return "an invoice of its package was red-lettered"
    return refuted


def _refute_frozen(bodies: Bodies, ref: pb.VoucherRef) -> str | None:
    found = _decode(bodies, ref)
    if found is None:
        return NO_SUCH_RANGE
    return None if is_frozen(*found) else "no order of a court rests on it"


def _refute_claimed(bodies: Bodies, ref: pb.VoucherRef, organisation: str) -> str | None:
    body = bodies[compute_claim_key(compute_asset_key(ref))]
    if body is None:
        return "no claim rests on it"
    claim = decode_body(pledges_pb2.Claim, body)
    return None if claim.pledgee == organisation else "the claim on it is another's"
