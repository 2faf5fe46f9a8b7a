"""`hefu credential`: what an organisation attests of another, or of a person of it, and whether it still stands."""

from enum import StrEnum
from typing import Annotated

import typer

from hefu.v1 import governance_pb2
from hefu.v1 import identity_pb2 as pb
from nodes.cli import options
from nodes.cli.commitments import commit
from nodes.cli.output import enum_name, print_json, print_table, to_plain
from nodes.cli.reading import Limit, _gather, _org, _pages
from nodes.cli.session import Session, connect
from nodes.cli.values import parse_hex, parse_organisation, show_ms
from nodes.cli.writing import writes
from nodes.client.builder import Draft

app = typer.Typer(no_args_is_help=True, help="Credentials 证明: issue, suspend, reinstate, revoke, list.")
SUBJECT = "91350100M000100Y43"
KEYS = "--key bank-maker.json --key bank-checker.json"


class Kind(StrEnum):
    """What is attested."""

    KYB = "kyb"
    KYC = "kyc"


Subject = Annotated[str, typer.Argument(metavar="SUBJECT", help="Of which organisation: USCC or LEI.")]
KindOption = Annotated[
    Kind, typer.Option("--kind", help="kyb 企业尽职调查: of the organisation; kyc 个人身份核验: of a person of it.")
]
Person = Annotated[
    str | None,
    typer.Option("--person", metavar="HEX", help="With kyc: the person's commitment, as `hefu keys show` prints it."),
]


@app.command(
    "issue", epilog=f"Example: hefu credential issue {SUBJECT} --kind kyb --document report.pdf --expires 365d {KEYS}"
)
@writes
def issue(
    session: Session,
    subject: Subject,
    kind: KindOption,
    document: Annotated[
        str, typer.Option("--document", metavar="FILE|HEX", help="What was found; only a salted hash is kept.")
    ],
    expires: Annotated[
        str, typer.Option("--expires", metavar="WHEN", help="A span (365d) or a time (2027-12-31T00:00).")
    ],
    person: Person = None,
) -> Draft:
    """Attest 出具证明 what is known of an organisation or a person. The issuer acts."""
    payload = pb.IssueCredential(
        credential=_build_ref(session, subject, kind, person),
        document_digest=commit(document),
        expires_at_ms=session.deadline(expires),
    )
    return session.draft(payload)


@app.command("suspend", epilog=f"Example: hefu credential suspend {SUBJECT} --kind kyb {KEYS}")
@writes
def suspend(session: Session, subject: Subject, kind: KindOption, person: Person = None) -> Draft:
    """Say that it does not stand for now 暂停. The issuer acts."""
    return _set_status(session, subject, kind, person, pb.CREDENTIAL_SUSPENDED)


@app.command("reinstate", epilog=f"Example: hefu credential reinstate {SUBJECT} --kind kyb {KEYS}")
@writes
def reinstate(session: Session, subject: Subject, kind: KindOption, person: Person = None) -> Draft:
    """Say that it stands again 恢复. The issuer acts."""
    return _set_status(session, subject, kind, person, pb.CREDENTIAL_VALID)


@app.command("revoke", epilog=f"Example: hefu credential revoke {SUBJECT} --kind kyb {KEYS}")
@writes
def revoke(session: Session, subject: Subject, kind: KindOption, person: Person = None) -> Draft:
    """Take it back for good 撤销; it may be issued anew. The issuer acts."""
    return _set_status(session, subject, kind, person, pb.CREDENTIAL_REVOKED)


@app.command("list", epilog=f"Examples: hefu credential list --subject {SUBJECT}; hefu credential list --json")
def list_credentials(
    subject: Annotated[str | None, typer.Option("--subject", metavar="ORG")] = None,
    issuer: Annotated[str | None, typer.Option("--issuer", metavar="ORG")] = None,
    limit: Limit = 100,
    node: options.Node = options.DEFAULT_NODE,
    as_json: options.Json = False,
) -> None:
    """List credentials 证明 as they are meant now."""
    request = governance_pb2.ListCredentialsRequest(subject=_org(subject), issuer=_org(issuer))
    with connect(node) as client:
        _, found = _gather(_pages(client, client.governance.ListCredentials, request, "credentials", limit))
    if as_json:
        print_json([to_plain(view) for view in found])
        return
    rows = (
        (
            view.credential.subject, enum_name(pb.CredentialKind, view.credential.kind), view.credential.issuer,
            view.credential.person.hex(), enum_name(pb.CredentialStatus, view.state.status),
            show_ms(view.state.expires_at_ms),
        )
        for view in found
    )  # fmt: skip
    print_table(("subject 主体", "kind 种类", "issuer 出具方", "person 人员", "status 状态", "expires 到期"), rows)


def _build_ref(session: Session, subject: str, kind: Kind, person: str | None) -> pb.CredentialRef:
    return pb.CredentialRef(
        subject=parse_organisation(subject),
        kind=kind.name,
        issuer=session.actor,
        person=b"" if person is None else parse_hex(person, 32, "person"),
    )


def _set_status(session: Session, subject: str, kind: Kind, person: str | None, status: pb.CredentialStatus) -> Draft:
    ref = _build_ref(session, subject, kind, person)
    return session.draft(pb.SetCredentialStatus(credential=ref, status=status))
