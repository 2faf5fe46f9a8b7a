"""`hefu keys certify` and `hefu keys evidence`: what certificates say, checked on this machine.

`certify` puts a chain into a registration file, and `evidence` looks again into what a transaction brought: both by the
functions that a node's door uses, and by the certificates of the authorities that whoever asks has got by another way.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from hefu.v1 import identity_pb2 as pb
from hefu.v1 import node_pb2
from ledger.errors import MalformedInput, Rejection
from ledger.transaction import Transaction, decode, verify_signatures
from ledger.verify_forms import parse_proof
from nodes.cli import options
from nodes.cli.failures import one_line
from nodes.cli.files import read_bytes, write_bytes
from nodes.cli.output import print_json, print_lines, print_pairs, to_plain
from nodes.cli.registrations import read_registration, render_registration
from nodes.cli.session import connect
from nodes.cli.values import BadValue, parse_hex, show_ms

if TYPE_CHECKING:
    from nodes.evidence import Claim

MAX_PEM_BYTES = 65_536
MAX_SOURCE_BYTES = 8 << 20

Authority = Annotated[
    Path, typer.Option("--authority", metavar="FILE", help="The authority's own certificate, PEM or DER.")
]
Authorities = Annotated[
    list[Path], typer.Option("--authority", metavar="FILE", help="An authority's own certificate; may be repeated.")
]
Lists = Annotated[
    list[Path] | None,
    typer.Option("--list", metavar="FILE", help="A revocation list on which none may stand; may be repeated."),
]


class Finding(NamedTuple):
    """What came of one claim of a transaction: `fault` is empty where it is true."""

    what: str
    says: str
    fault: str


def certify(
    registration: Annotated[Path, typer.Argument(metavar="REGISTRATION", help="From `hefu keys new --registration`.")],
    chain: Annotated[
        Path, typer.Option("--chain", metavar="FILE", help="PEM: the key's certificate first, then its issuers'.")
    ],
    authority: Authority,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Else the same file.")] = None,
    as_json: options.Json = False,
) -> None:
    """Put a key's certificates 数字证书 into its registration, once they verify under the authority."""
    from identity.certificates import describe_subject, read_evidence, verify_evidence
    from identity.certification import is_evidence_sound

    fields = read_registration(registration)
    top = read_authority(authority)
    certificates = [one for one in read_chain(chain) if one != top]
    evidence = read_evidence(certificates, top)
    if not certificates or not is_evidence_sound(evidence):
        raise BadValue(f"{chain}: 1 to 3 certificates of at most 8192 bytes together, without the authority's own")
    public_key = parse_hex(str(fields.get("public_key")), 32, f"public key in {registration}")
    verify_evidence(str(fields.get("organisation")), pb.NewKey(public_key=public_key, certificate=evidence), top)
    fields["certificate"] = to_plain(evidence)
    write_bytes(out or registration, render_registration(fields), may_replace=out is None)
    if as_json:
        print_json(fields)
        return
    print_pairs((
        ("subject 主体", describe_subject(certificates[0])),
        ("authority 颁发机构", evidence.authority.hex()),
        ("valid 有效期", _show_validity(evidence)),
        ("registration", str(out or registration)),
    ))  # fmt: skip


def evidence(
    source: Annotated[
        str, typer.Argument(metavar="TXID|FILE", help="A decided transaction; or a file of a signed one, or its proof.")
    ],
    authority: Authorities,
    lists: Lists = None,
    node: options.Node = options.DEFAULT_NODE,
    as_json: options.Json = False,
) -> None:
    """Look again into the certificates 数字证书 that a transaction brought. Exit code 1 where not all is true."""
    known = [read_authority(path) for path in authority]
    revocations = {str(path): read_revocations(path) for path in lists or ()}
    findings = _examine(_read_source(source, node), known, revocations)
    if as_json:
        print_json([{"what": one.what, "says": one.says, "fault": one.fault} for one in findings])
    elif not findings:
        print_lines(["The transaction brings no certificates. 该交易不含数字证书。"])
    for one in () if as_json else findings:
        print_lines([f"NOT VERIFIED 未通过  {one.what}: {one.fault}" if one.fault else f"verified 已验证  {one.what}"])
        print_lines([f"  {one.says}"] if one.says else [])
    if any(one.fault for one in findings):
        raise typer.Exit(1)


def read_authority(path: Path) -> bytes:
    """An authority's certificate (DER). BadValue where the file holds none, or several."""
    found = read_chain(path)
    if len(found) != 1:
        raise BadValue(f"{path}: one certificate, the authority's own")
    return found[0]


def read_chain(path: Path) -> list[bytes]:
    """The certificates (DER) of a file, PEM or DER."""
    from identity.certificates import read_certificates

    try:
        return read_certificates(read_bytes(path, "certificates", MAX_PEM_BYTES))
    except MalformedInput as failure:
        raise BadValue(f"{path}: {failure}") from None


def read_revocations(path: Path) -> bytes:
    """A revocation list (DER) from a file, PEM or DER."""
    from identity.revocation_lists import read_list_file

    try:
        return read_list_file(read_bytes(path, "revocation list"))
    except MalformedInput as failure:
        raise BadValue(f"{path}: {failure}") from None


def _read_source(source: str, node: str) -> Transaction:
    """A decided transaction by its id, or one of a file, whose signatures verify."""
    if re.fullmatch(r"[0-9a-f]{64}", source, re.ASCII):
        with connect(node) as client:
            request = node_pb2.GetTransactionRequest(id=bytes.fromhex(source))
            return decode(client.ask(client.ledger.GetTransaction, request).signed_transaction)
    data = read_bytes(Path(source), "transaction or proof", MAX_SOURCE_BYTES)
    try:
        transaction = decode(_unwrap(data))
        verify_signatures(transaction)
    except MalformedInput as failure:
        raise BadValue(f"{source} is neither a signed transaction nor a proof of one: {failure}") from None
    except Rejection as failure:
        raise BadValue(f"{source}: {failure.reason.english} {failure.reason.chinese}") from None
    return transaction


def _unwrap(data: bytes) -> bytes:
    """The signed transaction of a proof; what is no proof as it is."""
    try:
        return parse_proof(data).transaction.signed_transaction
    except MalformedInput:
        return data


def _examine(transaction: Transaction, known: Sequence[bytes], lists: Mapping[str, bytes]) -> list[Finding]:
    from identity.certification import compute_fingerprint
    from nodes.evidence import list_claims

    authorities = {compute_fingerprint(certificate): certificate for certificate in known}
    findings: list[Finding] = []
    for command in transaction.body.commands:
        for claim in list_claims(command):
            authority = claim.brought or authorities.get(claim.authority, b"")
            fault = "; ".join(_list_faults(claim, authority, lists))
            findings.append(Finding(claim.what, _describe(claim), fault))
    return findings


def _list_faults(claim: "Claim", authority: bytes, lists: Mapping[str, bytes]) -> Iterator[str]:
    from identity.revocation_lists import find_revoked

    if not claim.is_formed:
        yield "what is said of it is out of form, and no rule takes it"
        return
    if not authority:
        yield f"its authority {claim.authority.hex()} is none of those that were named"
        return
    try:
        claim.verify(authority)
    except MalformedInput as failure:
        yield str(failure)
        return
    if claim.evidence is not None:
        for name, encoded in lists.items():
            found = find_revoked(claim.evidence, encoded, authority)
            if found is not False:
                yield f"{name}: {'it is on this list' if found else 'a list of none of its issuers'}"


def _describe(claim: "Claim") -> str:
    from identity.certificates import describe_subject

    if claim.evidence is None or not claim.is_formed:
        return ""
    try:
        subject = describe_subject(claim.evidence.chain[0])
    except MalformedInput:
        return ""
    return f"{one_line(subject)}, {_show_validity(claim.evidence)}"


def _show_validity(evidence: pb.CertificateEvidence) -> str:
    return f"{show_ms(evidence.not_before_ms)} until before {show_ms(evidence.not_after_ms)}"


def add_to(group: typer.Typer) -> None:
    """Hang the commands into `hefu keys`."""
    example = "Example: hefu keys certify maker.reg --chain maker-chain.pem --authority ca.pem"
    group.command("certify", epilog=example)(certify)
    example = "Examples: hefu keys evidence 5ff6… --authority ca.pem; hefu keys evidence admit.tx --authority ca.pem"
    group.command("evidence", epilog=f"{example} --list ca.crl")(evidence)
