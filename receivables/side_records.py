"""The slice of state that lies beside packages and ranges.

| key | record |
|---|---|
| `line/<grantor>.<number>` | Line; never deleted |
| `quotes/<package>/<start>-<end>` | QuoteRound: the newest ask on a range; good while the range names the same ask |
| `account/<organisation>` | PayeeAccount; a change lapses into force after the rulebook's delay |
| `receivable/<creditor>.<number>` | Receivable; asked, it lapses to UNANSWERED; never deleted |
| `related/<organisation>` | RelatedParties: what it declared |

Ids of lines and receivables have the form of a package's. Not here: packages, ranges, totals, rulebook (records).
"""

from hefu.v1 import receivables_pb2 as pb
from ledger.context import Context
from receivables.rules import is_package_id

LINE_PREFIX = "line/"
QUOTES_PREFIX = "quotes/"
ACCOUNT_PREFIX = "account/"
RECEIVABLE_PREFIX = "receivable/"
RELATED_PREFIX = "related/"


def compute_line_key(line: str) -> str:
    """Where a line lies."""
    return LINE_PREFIX + line


def compute_quotes_key(ref: pb.VoucherRef) -> str:
    """Where the newest ask for quotes on a range lies."""
    return f"{QUOTES_PREFIX}{ref.package}/{ref.start}-{ref.end}"


def compute_account_key(organisation: str) -> str:
    """Where an organisation's account lies."""
    return ACCOUNT_PREFIX + organisation


def compute_receivable_key(receivable: str) -> str:
    """Where a receivable that was to be confirmed lies."""
    return RECEIVABLE_PREFIX + receivable


def compute_related_key(organisation: str) -> str:
    """Where an organisation's related parties lie."""
    return RELATED_PREFIX + organisation


def get_line(context: Context, line: str) -> pb.Line | None:
    """The line, or None: never granted, or no id at all."""
    if not is_package_id(line):
        return None
    body = context.get(LINE_PREFIX + line)
    return None if body is None else pb.Line.FromString(body)


def put_line(context: Context, line: str, record: pb.Line) -> None:
    """Write a line."""
    context.put(LINE_PREFIX + line, record.SerializeToString(deterministic=True))


def get_quotes(context: Context, ref: pb.VoucherRef) -> pb.QuoteRound | None:
    """The newest ask on the range, whether it is still open or not."""
    if not is_package_id(ref.package):
        return None
    body = context.get(compute_quotes_key(ref))
    return None if body is None else pb.QuoteRound.FromString(body)


def put_quotes(context: Context, ref: pb.VoucherRef, quotes: pb.QuoteRound) -> None:
    """Write the newest ask on a range."""
    context.put(compute_quotes_key(ref), quotes.SerializeToString(deterministic=True))


def get_account(context: Context, organisation: str) -> bytes:
    """The commitment (32 bytes) to the account that is good now; empty where the organisation registered none."""
    body = context.get(ACCOUNT_PREFIX + organisation)
    return b"" if body is None else pb.PayeeAccount.FromString(body).account_commitment


def put_account(context: Context, organisation: str, commitment: bytes, from_ms: int) -> None:
    """Change the account from `from_ms` on; the first is good at once. A change still pending is given up."""
    key, account = ACCOUNT_PREFIX + organisation, pb.PayeeAccount(account_commitment=commitment)
    encoded = account.SerializeToString(deterministic=True)
    before = context.get(key)
    if before is None or from_ms <= context.time_ms:
        before, from_ms = encoded, 0
    if context.get_prior(key) is not None:
        context.resolve(key, before)
    context.put(key, before, from_ms, encoded if from_ms else b"")


def get_receivable(context: Context, receivable: str) -> pb.Receivable | None:
    """What the receivable means now: asked and not answered in time, it is UNANSWERED."""
    if not is_package_id(receivable):
        return None
    body = context.get(RECEIVABLE_PREFIX + receivable)
    return None if body is None else pb.Receivable.FromString(body)


def put_asked_receivable(context: Context, receivable: str, record: pb.Receivable) -> None:
    """Write a receivable that is to be confirmed; at its `answer_by_ms` it becomes UNANSWERED."""
    late = pb.Receivable()
    late.CopyFrom(record)
    late.stage = pb.UNANSWERED
    body, late_body = record.SerializeToString(deterministic=True), late.SerializeToString(deterministic=True)
    context.put(RECEIVABLE_PREFIX + receivable, body, record.answer_by_ms, late_body)


def put_answered_receivable(context: Context, receivable: str, record: pb.Receivable) -> None:
    """Write what was answered, in time or late."""
    key, body = RECEIVABLE_PREFIX + receivable, record.SerializeToString(deterministic=True)
    if context.get_prior(key) is None:
        context.put(key, body)
    else:
        context.resolve(key, body)


def put_related(context: Context, organisation: str, record: pb.RelatedParties) -> None:
    """Write an organisation's related parties, in place of those declared before."""
    context.put(RELATED_PREFIX + organisation, record.SerializeToString(deterministic=True))
