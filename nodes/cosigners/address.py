"""A witness as the configuration names it: its C2SP verifier key, a space, the URL before `/add-checkpoint`."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from ledger.errors import MalformedInput
from ledger.notes import COSIGNATURE_V1, VerifierKey, parse_verifier_key

MAX_WITNESSES = 16
"""So that a note holds them all, as every reader of notes must take at least 16 signatures beside the log's."""


@dataclass(frozen=True, slots=True)
class WitnessAddress:
    """Whom to ask, and whose signature alone counts as the answer."""

    key: VerifierKey
    url: str
    """Without a slash at its end."""


def parse_addresses(texts: Sequence[str]) -> tuple[WitnessAddress, ...]:
    """Read the configured witnesses. ValueError: which one, and what is wrong."""
    found = tuple(_parse_address(text) for text in texts)
    if len(found) > MAX_WITNESSES:
        raise ValueError(f"at most {MAX_WITNESSES} witnesses")
    keys = [address.key.public_key for address in found]
    if len(frozenset(keys)) != len(keys):
        raise ValueError("a witness's key stands there twice")
    return found


def _parse_address(text: str) -> WitnessAddress:
    key_text, space, url = text.strip().partition(" ")
    if not space:
        raise ValueError(f"{text[:100]!r} is not a verifier key, a space and a URL")
    try:
        key = parse_verifier_key(key_text)
    except MalformedInput as failure:
        raise ValueError(f"the key of {text[:100]!r}: {failure}") from None
    if key.algorithm != COSIGNATURE_V1:
        raise ValueError(f"{key.name} is not a witness's key: it signs without a time")
    return WitnessAddress(key, _check_url(url.strip()))


def _check_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good or not url.isascii() or any(mark in url for mark in " ?#@,"):
        raise ValueError(f"{url[:100]!r} is not the URL of a witness, such as https://witness.example/w1")
    return url.rstrip("/")
