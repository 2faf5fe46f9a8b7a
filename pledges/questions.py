"""What a verifier may ask of an invoice: `invoice:<hex fingerprint>`.

| statement | holds where |
|---|---|
| `absent` | there is no such record: no voucher of this ledger uses any of the invoice, no red letter of it is known |
| `occupied` | some voucher does |

`absent` does not say that the invoice exists, that nobody lends on it elsewhere, or that it was not used before: the
record goes when its vouchers were refused, withdrawn or lapsed. A fingerprint made under another members' key is absent
too. Of an invoice that was red-lettered the record stays, occupied or not.

What may be asked of a claimed thing stands with the domain that knows the thing.
"""

from hefu.v1 import pledges_pb2 as pb
from ledger.errors import MalformedInput
from ledger.questions import Bodies, Question, decode_body
from pledges.records import compute_invoice_key
from pledges.rules import FINGERPRINT_BYTES

INVOICE_PREFIX = "invoice:"
STATEMENTS = ("absent", "occupied")
HEX_DIGITS = frozenset("0123456789abcdef")


def parse_invoice(asset: str) -> bytes:
    """The fingerprint (32 bytes) that an asset string names. Raises MalformedInput."""
    text = asset.removeprefix(INVOICE_PREFIX)
    if text == asset or len(text) != 2 * FINGERPRINT_BYTES or not HEX_DIGITS.issuperset(text):
        raise MalformedInput("invoice: and 64 lowercase hex digits", "asset")
    return bytes.fromhex(text)


def compute_question(asset: str, statement: str) -> Question:
    """The question whether `statement` holds of the invoice. Raises MalformedInput."""
    key = compute_invoice_key(parse_invoice(asset))
    if statement == "absent":
        return Question((key,), lambda bodies: _refute_absent(bodies, key))
    if statement == "occupied":
        return Question((key,), lambda bodies: _refute_occupied(bodies, key))
    raise MalformedInput(f"one of {', '.join(STATEMENTS)}", "is")


def _refute_absent(bodies: Bodies, key: str) -> str | None:
    body = bodies[key]
    if body is None:
        return None
    occupation = decode_body(pb.InvoiceOccupation, body)
    if not occupation.occupied_fen:
        return f"{occupation.red_lettered_fen} fen of the invoice's {occupation.amount_fen} were red-lettered"
    return f"{occupation.occupied_fen} fen of the invoice's {occupation.amount_fen} stand under vouchers"


def _refute_occupied(bodies: Bodies, key: str) -> str | None:
    body = bodies[key]
    is_occupied = body is not None and decode_body(pb.InvoiceOccupation, body).occupied_fen > 0
    return None if is_occupied else "nothing of the invoice stands under a voucher"
