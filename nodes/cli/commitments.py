"""What stands on the ledger instead of a document or of terms: a salted hash. The opening stays with the parties.

- Of a document: SHA-256 over a tag, a random salt of 32 bytes and the SHA-256 of the file. The opening (salt, hash) is
  written beside the file as FILE.opening.json and used again for the same contents, so that both parties can say the
  same commitment once one has handed the opening to the other.
- Of financing terms: as receivables.discount computes it, from a terms file that `hefu voucher finance quote` writes.
"""

import hashlib
import json
import re
import secrets
from pathlib import Path
from typing import Any

from hefu.v1 import receivables_pb2 as pb
from nodes.cli.files import read_bytes, write_bytes
from nodes.cli.output import to_plain
from nodes.cli.values import BadValue, parse_hex
from nodes.files import PRIVATE
from receivables.discount import SALT_BYTES, compute_terms_commitment

DOCUMENT_TAG = b"hefu/v1/document\x00"
COMMITMENT_BYTES = 32
OPENING_SUFFIX = ".opening.json"
TERMS_FORMAT = "hefu-terms-1"
MAX_JSON_BYTES = 65_536


def compute_document_commitment(salt: bytes, digest: bytes) -> bytes:
    """The commitment to a document with this SHA-256 (32 bytes)."""
    return hashlib.sha256(DOCUMENT_TAG + salt + digest).digest()


def commit(text: str) -> bytes:
    """A commitment from what was typed: 64 hexadecimal digits are one; anything else is the document's file."""
    if re.fullmatch(r"[0-9a-f]{64}", text, re.ASCII):
        return bytes.fromhex(text)
    path = Path(text)
    digest = hashlib.sha256(read_bytes(path, "document")).digest()
    opening = path.with_name(path.name + OPENING_SUFFIX)
    if opening.exists():
        return _read_opening(opening, digest)
    salt = secrets.token_bytes(SALT_BYTES)
    commitment = compute_document_commitment(salt, digest)
    fields = {"salt": salt.hex(), "sha256": digest.hex(), "commitment": commitment.hex()}
    write_bytes(opening, json.dumps(fields, indent=2).encode() + b"\n", mode=PRIVATE)
    return commitment


def _read_opening(path: Path, digest: bytes) -> bytes:
    fields = read_json(path, "opening")
    salt = parse_hex(str(fields.get("salt")), SALT_BYTES, f"salt of {path}")
    if fields.get("sha256") != digest.hex():
        raise BadValue(f"{path} belongs to other contents of the document; move it away to commit anew")
    return compute_document_commitment(salt, digest)


def render_terms(salt: bytes, terms: pb.FinancingTerms) -> bytes:
    """A terms file: to be handed to the other party, and to nobody else."""
    fields = {"format": TERMS_FORMAT, "salt": salt.hex(), "terms": to_plain(terms)}
    return json.dumps(fields, indent=2).encode() + b"\n"


def read_terms(path: Path) -> tuple[pb.FinancingTerms, bytes]:
    """Terms and their commitment, from a terms file. BadValue where it is none."""
    fields = read_json(path, "terms file")
    if fields.get("format") != TERMS_FORMAT or not isinstance(fields.get("terms"), dict):
        raise BadValue(f"{path} is no terms file; `hefu voucher finance quote` writes one")
    terms = pb.FinancingTerms()
    salt = parse_hex(str(fields.get("salt")), SALT_BYTES, f"salt of {path}")
    try:
        for name, value in fields["terms"].items():
            if name == "fee_fen":
                terms.fee_fen.extend(int(fee) for fee in value)
            else:
                setattr(terms, name, int(value))
    except (ValueError, TypeError, AttributeError):
        raise BadValue(f"{path}: {name} is not a field of terms, or not a number") from None
    return terms, compute_terms_commitment(salt, terms)


def commit_terms(text: str) -> bytes:
    """The commitment to terms, from 64 hexadecimal digits or a terms file."""
    if re.fullmatch(r"[0-9a-f]{64}", text, re.ASCII):
        return bytes.fromhex(text)
    return read_terms(Path(text))[1]


def read_json(path: Path, what: str) -> dict[str, Any]:
    """A JSON object from a file. BadValue names the file."""
    try:
        fields = json.loads(read_bytes(path, what, MAX_JSON_BYTES).decode("utf-8"))
    except (ValueError, RecursionError):
        raise BadValue(f"{what} {path}: not JSON") from None
    if not isinstance(fields, dict):
        raise BadValue(f"{what} {path}: not a JSON object")
    return fields
