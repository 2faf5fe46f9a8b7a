"""`hefu org`: show, list, totals; and what the registrar, or an organisation for its own keys, says."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hefu.v1 import identity_pb2 as pb
from hefu.v1 import node_pb2
from nodes.cli import options
from nodes.cli.output import describe, enum_name, print_json, print_lines, print_pairs, print_table, to_plain
from nodes.cli.policies import DailyLimit, Persons, PolicyFile, build_policy
from nodes.cli.reading import Limit, _gather, _pages
from nodes.cli.registrations import read_new_key
from nodes.cli.session import Session, connect
from nodes.cli.values import BadValue, parse_hex, parse_organisation, parse_span_ms, show_ms
from nodes.cli.writing import writes
from nodes.client.builder import Draft

app = typer.Typer(no_args_is_help=True, help="Organisations 机构: show, list, admit; roles, policy, keys.")
ORG = "91350100M000100Y43"
FINGERPRINT_DIGITS = 16
"""So much of an authority's fingerprint is shown beside a key; `--json` has all of it."""

Org = Annotated[str, typer.Argument(metavar="ORG", help="USCC or LEI.")]
Registration = Annotated[
    Path, typer.Option("--registration", metavar="FILE", help="From `hefu keys new --registration`.")
]
KeyValidity = Annotated[
    str,
    typer.Option("--key-validity", metavar="SPAN", help="How long the key is good; no longer than its certificates."),
]
PublicKey = Annotated[str, typer.Argument(metavar="PUBLIC_KEY", help="64 hexadecimal digits.")]


class Role(StrEnum):
    """What the consortium lets an organisation do."""

    BANK = "bank"
    FACTOR = "factor"
    CORE_ENTERPRISE = "core-enterprise"
    SUPPLIER = "supplier"
    GUARANTOR = "guarantor"
    SERVICE_OPERATOR = "service-operator"
    CLEARING_BANK = "clearing-bank"
    WAREHOUSE_KEEPER = "warehouse-keeper"
    PARK_OPERATOR = "park-operator"
    INSPECTOR = "inspector"
    DEVICE_OPERATOR = "device-operator"
    REGISTRAR = "registrar"
    COURT = "court"
    REGULATOR = "regulator"
    AUDITOR = "auditor"


Roles = Annotated[list[Role], typer.Option("--role", help="May be repeated.")]


@app.command("show", epilog=f"Example: hefu org show {ORG}")
def show(organisation: Org, node: options.Node = options.DEFAULT_NODE, as_json: options.Json = False) -> None:
    """Show an organisation 机构, its policy and its keys."""
    request = node_pb2.GetOrganisationRequest(id=parse_organisation(organisation))
    with connect(node) as client:
        view = client.ask(client.identity.GetOrganisation, request)
    if as_json:
        print_json(to_plain(view))
        return
    found = view.organisation
    print_pairs((
        ("id 代码", view.id),
        ("name 名称", found.name),
        ("roles 角色", _role_names(found)),
        ("status 状态", enum_name(pb.OrganisationStatus, found.status) + _by_vote(found)),
    ))  # fmt: skip
    print_lines(["policy 复核规则:", *describe(found.policy, "  ")])
    rows = (
        (
            key.public_key.hex(), _key_roles(key.key), show_ms(key.key.valid_from_ms), show_ms(key.key.valid_until_ms),
            key.key.certificate.authority.hex()[:FINGERPRINT_DIGITS], _revoked(key.key),
        )
        for key in view.keys
    )  # fmt: skip
    headings = ("key 公钥", "roles 角色", "valid from 有效自", "until 至", "authority 颁发机构", "revoked 注销")
    print_table(headings, rows)


@app.command("list", epilog="Example: hefu org list --role bank")
def list_organisations(
    role: Annotated[Role | None, typer.Option("--role", help="Only those with this role.")] = None,
    limit: Limit = 0,
    node: options.Node = options.DEFAULT_NODE,
    as_json: options.Json = False,
) -> None:
    """List organisations 机构."""
    request = node_pb2.ListOrganisationsRequest(role=None if role is None else role.name)
    with connect(node) as client:
        _, found = _gather(_pages(client, client.identity.ListOrganisations, request, "organisations", limit))
    if as_json:
        print_json([to_plain(view) for view in found])
        return
    rows = (
        (
            view.id, view.organisation.name, _role_names(view.organisation),
            enum_name(pb.OrganisationStatus, view.organisation.status),
        )
        for view in found
    )  # fmt: skip
    print_table(("id 代码", "name 名称", "roles 角色", "status 状态"), rows)


@app.command("totals", epilog=f"Example: hefu org totals {ORG}")
def totals(organisation: Org, node: options.Node = options.DEFAULT_NODE, as_json: options.Json = False) -> None:
    """Show what an organisation issued and owes by due day 开立总额, and what is pledged to it 质权总额."""
    request = node_pb2.GetTotalsRequest(organisation=parse_organisation(organisation))
    with connect(node) as client:
        issuer = client.ask(client.vouchers.GetIssuerTotals, request)
        lender = client.ask(client.vouchers.GetLenderTotals, request)
    if as_json:
        print_json({"issuer": to_plain(issuer), "lender": to_plain(lender)})
    else:
        print_lines(
            ["as issuer 作为开立人:", *describe(issuer, "  "), "as lender 作为质权人:", *describe(lender, "  ")]
        )


@app.command(
    "admit",
    epilog=f"Example: hefu org admit {ORG} --name '示例制造' --role core-enterprise "
    "--registration maker.registration.json --registration checker.registration.json "
    "--key registrar-maker.json --key registrar-checker.json",
)
@writes
def admit(
    session: Session,
    organisation: Org,
    name: Annotated[str, typer.Option("--name", help="The registered name.")],
    role: Roles,
    registration: Annotated[
        list[Path], typer.Option("--registration", metavar="FILE", help="Its first keys; may be repeated.")
    ],
    persons: Persons = None,
    daily_limit: DailyLimit = None,
    policy: PolicyFile = None,
    key_validity: KeyValidity = "1095d",
) -> Draft:
    """Admit 准入 an organisation with its first keys. The registrar acts; `hefu gov propose admit` for voted roles."""
    rules = build_policy(persons, daily_limit, policy)
    return session.draft(build_admission(session, organisation, name, role, registration, rules, key_validity))


def build_admission(
    session: Session,
    organisation: str,
    name: str,
    roles: list[Role],
    registrations: list[Path],
    policy: pb.Policy,
    key_validity: str,
) -> pb.AdmitOrganisation:
    """An admission, to be said by the registrar or proposed by a voter."""
    id_ = parse_organisation(organisation)
    return pb.AdmitOrganisation(
        organisation=id_,
        name=name,
        roles=sort_roles(roles),
        policy=policy,
        keys=[_read_registration(session, path, id_, key_validity) for path in registrations],
    )


@app.command(
    "set-policy",
    epilog="Examples: hefu org set-policy --persons 2 --daily-limit 5000000.00 --key maker.json --key checker.json; "
    "hefu org set-policy --policy policy.json --key maker.json --key checker.json. A policy.json: "
    '{"rules": [{"persons": 2, "roles": ["MAKER", "CHECKER"]}, {"kinds": [310], "up_to_fen": "100000", "persons": 1}]}',
)
@writes
def set_policy(
    session: Session, persons: Persons = None, daily_limit: DailyLimit = None, policy: PolicyFile = None
) -> Draft:
    """Change who must sign 复核规则 for an organisation. It acts itself; the whole policy is replaced."""
    if persons is None and policy is None:
        raise BadValue("say the policy: --persons N, or --policy FILE")
    return session.draft(pb.SetPolicy(policy=build_policy(persons, daily_limit, policy)))


@app.command(
    "grant-roles",
    epilog=f"Example: hefu org grant-roles {ORG} --role supplier --role core-enterprise --key registrar.json",
)
@writes
def grant_roles(session: Session, organisation: Org, role: Roles) -> Draft:
    """Set the roles 授予角色 of an organisation: all that it is to have, the others end. The registrar acts."""
    return session.draft(pb.GrantRoles(organisation=parse_organisation(organisation), roles=sort_roles(role)))


@app.command(
    "admit-key",
    epilog=f"Example: hefu org admit-key {ORG} --registration new.registration.json --key registrar-maker.json "
    "--key registrar-checker.json --key maker.json --key checker.json",
)
@writes
def admit_key(
    session: Session, organisation: Org, registration: Registration, key_validity: KeyValidity = "1095d"
) -> Draft:
    """Admit one more key 登记密钥 of an organisation. The registrar acts, the organisation consents: both sign."""
    id_ = parse_organisation(organisation)
    new = _read_registration(session, registration, id_, key_validity)
    return session.draft(pb.AdmitKey(organisation=id_, key=new), [id_])


@app.command(
    "rotate-key", epilog="Example: hefu org rotate-key 5ff6… --registration new.registration.json --key old.json"
)
@writes
def rotate_key(
    session: Session, old: PublicKey, registration: Registration, key_validity: KeyValidity = "1095d"
) -> Draft:
    """Replace 换钥 a key by a new one of the same person and roles. The organisation acts."""
    new = _read_registration(session, registration, session.actor, key_validity)
    return session.draft(pb.RotateKey(old_key=parse_hex(old, 32, "public key"), key=new))


@app.command("revoke-key", epilog="Example: hefu org revoke-key 5ff6… --key owner.json")
@writes
def revoke_key(session: Session, public_key: PublicKey) -> Draft:
    """End a key at once 注销. Its organisation, or the registrar, acts."""
    return session.draft(pb.RevokeKey(public_key=parse_hex(public_key, 32, "public key")))


@app.command("suspend", epilog=f"Example: hefu org suspend {ORG} --key registrar.json")
@writes
def suspend(session: Session, organisation: Org) -> Draft:
    """Suspend 暂停: it may start nothing, is still paid and still owes. The registrar acts."""
    payload = pb.SetOrganisationStatus(organisation=parse_organisation(organisation), status=pb.SUSPENDED)
    return session.draft(payload)


@app.command("reinstate", epilog=f"Example: hefu org reinstate {ORG} --key registrar.json")
@writes
def reinstate(session: Session, organisation: Org) -> Draft:
    """End a suspension 恢复. The registrar acts."""
    return session.draft(pb.SetOrganisationStatus(organisation=parse_organisation(organisation), status=pb.ACTIVE))


def _read_registration(session: Session, path: Path, organisation: str, validity: str) -> pb.NewKey:
    return read_new_key(path, organisation, session.status.now_ms, parse_span_ms(validity))


def sort_roles(roles: list[Role]) -> list[str]:
    """Roles as the contract wants them."""
    return [enum_name(pb.Role, number) for number in sorted({pb.Role.Value(role.name) for role in roles})]


def _role_names(organisation: pb.Organisation) -> str:
    return ", ".join(enum_name(pb.Role, role).lower().replace("_", "-") for role in organisation.roles)


def _by_vote(organisation: pb.Organisation) -> str:
    return " (by vote 经表决)" if organisation.status_by_vote else ""


def _key_roles(key: pb.KeyRecord) -> str:
    return ", ".join(enum_name(pb.KeyRole, role).lower() for role in key.roles)


def _revoked(key: pb.KeyRecord) -> str:
    return show_ms(key.revoked_at_ms) if key.revoked_at_ms else ""
