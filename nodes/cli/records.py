"""What lies under a key of state, for people: the message that a key's beginning names, and a proof in words."""

from collections.abc import Iterator
from typing import Any

from google.protobuf.message import DecodeError, Message

from hefu.v1 import identity_pb2, ledger_pb2, pledges_pb2, receivables_pb2
from nodes.cli.failures import one_line
from nodes.cli.output import describe, to_plain

# Longest beginnings first where one begins with another.
MESSAGES: tuple[tuple[str, type[Message]], ...] = (
    ("package/", receivables_pb2.Package),
    ("voucher/", receivables_pb2.Voucher),
    ("line/", receivables_pb2.Line),
    ("quotes/", receivables_pb2.QuoteRound),
    ("account/", receivables_pb2.PayeeAccount),
    ("receivable/", receivables_pb2.Receivable),
    ("related/", receivables_pb2.RelatedParties),
    ("blanket/", pledges_pb2.Blankets),
    ("totals/issuer/", receivables_pb2.IssuerTotals),
    ("totals/lender/", pledges_pb2.LenderTotals),
    ("rules/vouchers", receivables_pb2.VoucherRules),
    ("rules/calendar", receivables_pb2.BusinessCalendar),
    ("rules/identity", identity_pb2.IdentityRules),
    ("claim/", pledges_pb2.Claim),
    ("invoice/", pledges_pb2.InvoiceOccupation),
    ("registration/", pledges_pb2.Registration),
    ("organisation/", identity_pb2.Organisation),
    ("key/", identity_pb2.KeyRecord),
    ("daily/", identity_pb2.DailySum),
    ("governance/electorate", identity_pb2.Electorate),
    ("governance/validators", identity_pb2.ValidatorSet),
    ("proposal/", identity_pb2.Proposal),
    ("change/", identity_pb2.GovernedChange),
    ("authority/", identity_pb2.Authority),
    ("revocations/", identity_pb2.RevocationList),
    ("revoked/", identity_pb2.Revocation),
    ("reenrolment/", identity_pb2.Reenrolment),
    ("mandate/", identity_pb2.Mandate),
    ("credential/", identity_pb2.Credential),
    ("holds/", ledger_pb2.Hold),
    ("limits", ledger_pb2.Limits),
    ("software", ledger_pb2.Software),
    ("clock", ledger_pb2.SimulatedClock),
)


def decode_body(key: str, body: bytes) -> Message | None:
    """The record's message, or None where this version knows no such key or the body is not that message."""
    for beginning, message in MESSAGES:
        if key.startswith(beginning):
            try:
                return message.FromString(body)
            except DecodeError:
                return None
    return None


def plain_body(key: str, body: bytes | None) -> Any:
    """A body for JSON: None where the key is absent, hex where it is not known."""
    if body is None:
        return None
    message = decode_body(key, body)
    return body.hex() if message is None else to_plain(message)


def describe_body(key: str, body: bytes | None) -> Iterator[str]:
    """A key and what lies under it, in lines."""
    name = one_line(key)
    if body is None:
        yield f"{name}: absent 不存在"
        return
    message = decode_body(key, body)
    yield f"{name}:"
    if message is None:
        yield f"  {body.hex()}"
    else:
        yield from describe(message, "  ")
