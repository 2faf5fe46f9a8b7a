"""What a reader asks on the command line, as keys and a predicate: `--asset voucher:… --is unclaimed`.

| asset | statements | answered by |
|---|---|---|
| `voucher:<package>/<start>-<end>` | `held-by ORG`, `unclaimed`, `free`, `claimed-by ORG` | receivables |
| | `undisputed`, `frozen`, `absent` | receivables |
| `receivable:<creditor>.<number>` | `confirmed`, `unanswered`, `contested`, `absent` | receivables |
| `invoice:<hex fingerprint>` | `absent`, `occupied` | pledges |
| `organisation:<id>` | `active`, `absent`, `has-role ROLE`, `voter` | identity |
| `proposal:<organisation>.<number>` | `passed DIGEST` (of its change) | identity |
| `authority:<hex fingerprint>` | `trusted` | identity |
| `credential:<subject>/kyb/<issuer>`, `credential:<subject>/kyc/<issuer>/<hex person>` | `valid` | identity |

The verifier takes an `Asked` and not a domain's `Question`, so that it needs no module of ours beyond its own.
"""

import re
from collections.abc import Callable
from typing import cast

from hefu.v1 import identity_pb2
from identity.questions import (
    ask_authority_trusted,
    ask_credential_valid,
    ask_electorate_voter,
    ask_organisation_absent,
    ask_organisation_active,
    ask_organisation_role,
    ask_proposal_passed,
)
from identity.rules import is_organisation_id, is_proposal_id
from ledger.errors import MalformedInput
from ledger.questions import Question
from ledger.verify import Asked
from pledges.questions import STATEMENTS as INVOICE_STATEMENTS
from pledges.questions import compute_question as compute_invoice_question
from receivables.questions import STATEMENTS as VOUCHER_STATEMENTS
from receivables.questions import compute_question as compute_voucher_question
from receivables.receivable_questions import STATEMENTS as RECEIVABLE_STATEMENTS
from receivables.receivable_questions import compute_question as compute_receivable_question

STATEMENTS = {
    "voucher": VOUCHER_STATEMENTS,
    "invoice": INVOICE_STATEMENTS,
    "receivable": RECEIVABLE_STATEMENTS,
    "organisation": ("active", "absent", "has-role ROLE", "voter"),
    "proposal": ("passed DIGEST",),
    "authority": ("trusted",),
    "credential": ("valid",),
}
"""All that can be asked, by the word with which an asset begins."""
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


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
        "receivable": compute_receivable_question,
        "organisation": compute_organisation_question,
        "proposal": compute_proposal_question,
        "authority": compute_authority_question,
        "credential": compute_credential_question,
    }
    compute = domains.get(asset.partition(":")[0])
    if compute is None:
        raise MalformedInput(f"begins with one of {', '.join(f'{name}:' for name in STATEMENTS)}", "asset")
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
    if statement == "voter":
        return ask_electorate_voter(organisation)
    raise MalformedInput(f"one of {', '.join(STATEMENTS['organisation'])}", "is")


def compute_proposal_question(asset: str, statement: str) -> Question:
    """The question whether a proposal passed, for the change of a digest. Raises MalformedInput."""
    proposal = asset.removeprefix("proposal:")
    if not is_proposal_id(proposal):
        raise MalformedInput("proposal: and ORGANISATION.NUMBER", "asset")
    name, _, digest = statement.partition(" ")
    if name != "passed" or not _DIGEST.fullmatch(digest):
        raise MalformedInput("passed DIGEST, the SHA-256 of its change in 64 hexadecimal digits", "is")
    return ask_proposal_passed(proposal, bytes.fromhex(digest))


def compute_authority_question(asset: str, statement: str) -> Question:
    """The question whether a certificate authority is trusted. Raises MalformedInput."""
    fingerprint = asset.removeprefix("authority:")
    if not _DIGEST.fullmatch(fingerprint):
        raise MalformedInput("authority: and the SHA-256 of its certificate in 64 hexadecimal digits", "asset")
    if statement != "trusted":
        raise MalformedInput("trusted", "is")
    return ask_authority_trusted(bytes.fromhex(fingerprint))


def compute_credential_question(asset: str, statement: str) -> Question:
    """The question whether a credential is valid. Raises MalformedInput."""
    subject, kind, issuer, person = (*asset.removeprefix("credential:").split("/"), "", "", "")[:4]
    is_kyb = kind == "kyb" and not person
    is_kyc = kind == "kyc" and _DIGEST.fullmatch(person) is not None
    is_whole = asset.count("/") == (3 if is_kyc else 2)
    if not (is_organisation_id(subject) and is_organisation_id(issuer) and (is_kyb or is_kyc) and is_whole):
        raise MalformedInput("credential: and SUBJECT/kyb/ISSUER, or SUBJECT/kyc/ISSUER/PERSON", "asset")
    if statement != "valid":
        raise MalformedInput("valid", "is")
    ref = identity_pb2.CredentialRef(subject=subject, kind=kind.upper(), issuer=issuer, person=bytes.fromhex(person))
    return ask_credential_valid(ref)
