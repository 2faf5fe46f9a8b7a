"""`hefu keys reenrol`, `object`, `reenrolments`, `revocations`: lost keys, and certificates that were revoked."""

from collections.abc import Iterator, Sequence, Set
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hefu.v1 import governance_pb2, node_pb2
from hefu.v1 import identity_pb2 as pb
from identity.records import compute_revocation_key
from nodes.cli import options
from nodes.cli.certificates import Authority, read_authority, read_chain, read_revocations
from nodes.cli.commitments import commit
from nodes.cli.org import KeyValidity, Org
from nodes.cli.output import enum_name, print_json, print_table, to_plain
from nodes.cli.reading import Limit, _gather, _pages
from nodes.cli.registrations import read_new_key
from nodes.cli.session import Session, connect
from nodes.cli.values import BadValue, parse_organisation, parse_span_ms, show_ms
from nodes.cli.writing import writes
from nodes.client.builder import Draft

if TYPE_CHECKING:
    from nodes.client.blocking import Client

MARGIN_MS = 3_600_000
"""Unless told otherwise new keys begin so long after the waiting period: whoever has to sign still may take a while."""
ORG = "91350100M000100Y43"
BOTH = "--key registrar-maker.json --key registrar-checker.json"


class Status(StrEnum):
    """How a re-enrolment stands."""

    NOTICED = "noticed"
    DONE = "done"
    OBJECTED = "objected"


_Entry = tuple[bytes, bytes]  # serial number and public key; the key is empty where none ends


@writes
def reenrol(
    session: Session,
    organisation: Org,
    registration: Annotated[
        list[Path], typer.Option("--registration", metavar="FILE", help="Its new keys, certified; may be repeated.")
    ],
    reason: Annotated[str, typer.Option("--reason", metavar="FILE|HEX", help="What the organisation declared.")],
    valid_from: Annotated[
        str | None, typer.Option("--valid-from", metavar="WHEN", help="Else an hour after the waiting period.")
    ] = None,
    key_validity: KeyValidity = "1095d",
) -> Draft:
    """Give notice that an organisation has lost its keys, and of its new ones 密钥遗失重新登记. The registrar acts."""
    id_ = parse_organisation(organisation)
    rules = session.client.ask(session.client.governance.GetElectorate, governance_pb2.GetElectorateRequest()).rules
    earliest_ms = session.status.now_ms + rules.reenrolment_wait_ms + MARGIN_MS
    from_ms = earliest_ms if valid_from is None else session.deadline(valid_from)
    validity_ms = parse_span_ms(key_validity)
    keys = [read_new_key(path, id_, from_ms, validity_ms) for path in registration]
    return session.draft(pb.OpenReenrolment(organisation=id_, keys=keys, reason_digest=commit(reason)))


@writes
def object_(session: Session, organisation: Org) -> Draft:
    """Object 重新登记异议 to a re-enrolment that waits: its keys will never be good. It itself, a court, a regulator or
    the registrar acts.
    """
    return session.draft(pb.ObjectReenrolment(organisation=parse_organisation(organisation)))


def list_reenrolments(
    status: Annotated[Status | None, typer.Option("--status", help="Only those that stand so.")] = None,
    limit: Limit = 100,
    node: options.Node = options.DEFAULT_NODE,
    as_json: options.Json = False,
) -> None:
    """List re-enrolments 重新登记, the last one of each organisation."""
    wanted = None if status is None else f"REENROLMENT_{status.name}"
    request = governance_pb2.ListReenrolmentsRequest(status=wanted)
    with connect(node) as client:
        _, found = _gather(_pages(client, client.governance.ListReenrolments, request, "reenrolments", limit))
    if as_json:
        print_json([to_plain(view) for view in found])
        return
    rows = (
        (
            view.organisation, enum_name(pb.ReenrolmentStatus, view.reenrolment.status),
            show_ms(view.reenrolment.opened_at_ms), show_ms(view.reenrolment.effective_at_ms),
            str(len(view.reenrolment.public_keys)), view.reenrolment.objected_by,
        )
        for view in found
    )  # fmt: skip
    headings = ("organisation 机构", "status 状态", "noticed 公示", "effective 生效", "keys 密钥", "objected by 异议方")
    print_table(headings, rows, right=(4,))


@writes
def revocations(
    session: Session,
    file: Annotated[Path, typer.Argument(metavar="CRL", help="The issuer's revocation list, PEM or DER.")],
    authority: Authority,
    issuer_chain: Annotated[
        Path | None,
        typer.Option("--issuer-chain", metavar="FILE", help="PEM, where an issuer below the authority made the list."),
    ] = None,
    serial: Annotated[
        list[str] | None,
        typer.Option("--serial", metavar="HEX", help="Also name this certificate of the list; may be repeated."),
    ] = None,
) -> Draft:
    """Enter a revocation list 录入证书吊销列表: each key of the network that stands on a revoked certificate ends. The
    registrar or the authority's operator acts.
    """
    from identity.certification import MAX_REVOKED, compute_fingerprint
    from identity.revocation_lists import read_list

    top, encoded = read_authority(authority), read_revocations(file)
    chain = [] if issuer_chain is None else [one for one in read_chain(issuer_chain) if one != top]
    contents = read_list(encoded, chain, top)
    issuer = compute_fingerprint(chain[0] if chain else top)
    entries = _list_entries(session.client, issuer, contents.revoked.keys(), _parse_serials(serial or ()))
    if len(entries) > MAX_REVOKED:
        raise BadValue(
            f"{len(entries)} keys and certificates are concerned, and a command names {MAX_REVOKED}: "
            "end some of the keys first, by hefu org revoke-key"
        )
    return session.draft(
        pb.EnterRevocations(
            authority=compute_fingerprint(top),
            issuer_chain=chain,
            issuer=issuer,
            list=encoded,
            this_update_ms=contents.this_update_ms,
            next_update_ms=contents.next_update_ms,
            revoked=[
                pb.RevokedCertificate(serial=one, revoked_at_ms=contents.revoked[one], public_key=key)
                for one, key in entries
            ],
        )
    )


def _parse_serials(texts: Sequence[str]) -> list[bytes]:
    """Serial numbers as certificates' readers print them: hex digits, perhaps with colons and leading zeros."""
    serials = []
    for text in texts:
        try:
            serials.append(bytes.fromhex(text.replace(":", "")).lstrip(b"\x00"))
        except ValueError:
            raise BadValue(f"“{text}” is no serial number: hexadecimal digits, an even number of them") from None
    return serials


def _list_entries(client: "Client", issuer: bytes, revoked: Set[bytes], named: Sequence[bytes]) -> list[_Entry]:
    """Of a list's serial numbers those that concern the network: each with every key that ends, or without one where
    none is left and the ledger does not know it yet.
    """
    for serial in named:
        if serial not in revoked:
            raise BadValue(f"certificate {serial.hex()} is not on the list")
    ending: set[_Entry] = set()
    concerned = set(named)
    for view in _list_keys(client):
        for link in view.key.certificate.links:
            if link.issuer == issuer and link.serial in revoked:
                concerned.add(link.serial)
                if not view.key.revoked_at_ms:
                    ending.add((link.serial, view.public_key))
    without_key = concerned - {serial for serial, _ in ending}
    return sorted(ending | {(serial, b"") for serial in without_key if not _is_known(client, issuer, serial)})


def _list_keys(client: "Client") -> Iterator[node_pb2.KeyView]:
    pages = _pages(client, client.identity.ListOrganisations, node_pb2.ListOrganisationsRequest(), "organisations", 0)
    for _, organisations in pages:
        for organisation in organisations:
            yield from organisation.keys


def _is_known(client: "Client", issuer: bytes, serial: bytes) -> bool:
    key = compute_revocation_key(pb.CertificateLink(issuer=issuer, serial=serial))
    return client.ask(client.ledger.GetRecord, node_pb2.GetRecordRequest(key=key)).exists


def add_to(group: typer.Typer) -> None:
    """Hang the commands into `hefu keys`."""
    declared = f"--registration new.reg --reason declaration.pdf {BOTH}"
    group.command("reenrol", epilog=f"Example: hefu keys reenrol {ORG} {declared}")(reenrol)
    group.command("object", epilog=f"Example: hefu keys object {ORG} --key maker.json --key checker.json")(object_)
    group.command("reenrolments", epilog="Example: hefu keys reenrolments --status noticed")(list_reenrolments)
    example = f"Example: hefu keys revocations ca.crl --authority ca.pem {BOTH}"
    group.command("revocations", epilog=example)(revocations)
