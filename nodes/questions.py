"""What a reader asks on the command line, as keys and a predicate: `--asset voucher:… --is unclaimed`.

| asset | statements | answered by |
|---|---|---|
| `voucher:<package>/<start>-<end>` | `held-by ORG`, `unclaimed`, `free`, `claimed-by ORG`, `absent` | receivables |
| | `undisputed`, `frozen` | receivables |
| `invoice:<hex fingerprint>` | `absent`, `occupied` | pledges |
| `organisation:<id>` | `active`, `absent`, `has-role ROLE` | identity |

The verifier takes an `Asked` and not a domain's `Question`, so that it needs no module of ours beyond its own.
"""

from collections.abc import Callable
from typing import cast

from hefu.v1 import identity_pb2
from identity.questions import ask_organisation_absent, ask_organisation_active, ask_organisation_role
from identity.rules import is_organisation_id
from ledger.errors import MalformedInput
from ledger.questions import Question
from ledger.verify import Asked
from pledges.questions import compute_question as compute_invoice_question
from receivables.questions import compute_question as compute_voucher_question

ORGANISATION_STATEMENTS = ("active", "absent", "has-role ROLE")


class DomainQuestion(Asked):
    """A domain's question in the form that the verifier takes."""

    def __init__(self, question: Question) -> None:
        super().__init__(question.keys)
        self._question = question

    def check(self, bodies: dict[str, bytes | None]) -> str | None:
        """Why the answer is no, None for yes. MalformedInput where a body is not the domain's message."""
        return self._question.check(bodies)


def parse_question(asset: str, statement: str) -> Asked:
    """The question of `--asset` and `--is`. Raises MalformedInput at `asset` or `is`."""
    domains: dict[str, Callable[[str, str], Question]] = {
        "voucher": compute_voucher_question,
        "invoice": compute_invoice_question,
        "organisation": compute_organisation_question,
    }
    compute = domains.get(asset.partition(":")[0])
    if compute is None:
        raise MalformedInput(f"begins with one of {', '.join(f'{name}:' for name in domains)}", "asset")
    return DomainQuestion(compute(asset, statement))


def compute_organisation_question(asset: str, statement: str) -> Question:
    """The question whether `statement` holds of an organisation. Raises MalformedInput."""
    organisation = asset.removeprefix("organisation:")
    if not is_organisation_id(organisation):
        raise MalformedInput("organisation: and a USCC or an LEI with right check digits", "asset")
    name, space, role = statement.partition(" ")
    roles = {text: number for text, number in identity_pb2.Role.items() if number}
    if (name, space) == ("has-role", " ") and role in roles:
        return ask_organisation_role(organisation, cast(identity_pb2.Role, roles[role]))
    if statement == "active":
        return ask_organisation_active(organisation)
    if statement == "absent":
        return ask_organisation_absent(organisation)
    raise MalformedInput(f"one of {', '.join(ORGANISATION_STATEMENTS)}", "is")
