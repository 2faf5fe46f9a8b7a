"""An invoice's fingerprint: one invoice, one key, whatever its spelling. At the door, not in the core.

1. Each field is normalised: NFKC (full-width digits and letters become ASCII), then without any white space or dash
   that a keyboard or a scan put in, then in capitals. Leading zeros are kept. Amounts never enter.
2. Its form is checked: 数电 (fully digital) invoices have a 20-digit number and no code; VAT invoices a 10- or
   12-digit code and an 8-digit number; the seller's USCC has 18 characters of its alphabet.
3. HMAC-SHA-256 under a key that the members share, over the scheme's version byte, the kind's byte and the fields,
   each preceded by its length. Whoever lacks the key cannot guess invoices against the ledger.

Not here: whether the invoice exists or is genuine (tax authority), whether the USCC's check digit is right
(identity). The NFKC tables differ between versions of Python only in characters that step 2 refuses.
"""

import hmac
import unicodedata

from identity.rules import DIGITS, USCC_ALPHABET, USCC_LENGTH
from ledger.errors import MalformedInput

SCHEME_VERSION = 1
KEY_BYTES = 32
FULLY_DIGITAL = "fully-digital"  # 数电发票
VAT = "vat"  # 增值税发票
KIND_BYTES = {FULLY_DIGITAL: 1, VAT: 2}

FULLY_DIGITAL_NUMBER_DIGITS = 20
VAT_CODE_DIGITS = (10, 12)
VAT_NUMBER_DIGITS = 8
DROPPED_CATEGORIES = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Pd"})  # spaces, controls, invisible marks, dashes


def normalise(text: str) -> str:
    """NFKC, without spaces, invisible marks and dashes, in ASCII capitals."""
    kept = (c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) not in DROPPED_CATEGORIES)
    return "".join(kept).upper()


def compute_fingerprint(members_key: bytes, kind: str, seller: str, code: str, number: str) -> bytes:
    """The invoice's fingerprint, 32 bytes. Raises MalformedInput naming the field whose form is wrong."""
    if len(members_key) != KEY_BYTES:
        raise MalformedInput(f"{KEY_BYTES} bytes", "members_key")
    if kind not in KIND_BYTES:
        raise MalformedInput(f"one of {', '.join(KIND_BYTES)}", "kind")
    fields = normalise(seller), normalise(code), normalise(number)
    _check_form(kind, *fields)
    message = bytes((SCHEME_VERSION, KIND_BYTES[kind]))
    for field in fields:
        encoded = field.encode("ascii")
        message += bytes((len(encoded),)) + encoded
    return hmac.digest(members_key, message, "sha256")


def _check_form(kind: str, seller: str, code: str, number: str) -> None:
    if len(seller) != USCC_LENGTH or any(c not in USCC_ALPHABET for c in seller):
        raise MalformedInput("a USCC of 18 characters", "seller")
    if kind == FULLY_DIGITAL:
        if code:
            raise MalformedInput("a fully digital invoice has none", "code")
        if not _is_digits(number, (FULLY_DIGITAL_NUMBER_DIGITS,)):
            raise MalformedInput(f"{FULLY_DIGITAL_NUMBER_DIGITS} digits", "number")
        return
    if not _is_digits(code, VAT_CODE_DIGITS):
        raise MalformedInput("10 or 12 digits", "code")
    if not _is_digits(number, (VAT_NUMBER_DIGITS,)):
        raise MalformedInput(f"{VAT_NUMBER_DIGITS} digits", "number")


def _is_digits(text: str, lengths: tuple[int, ...]) -> bool:
    return len(text) in lengths and all(c in DIGITS for c in text)
