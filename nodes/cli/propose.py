"""`hefu gov propose`: a voter proposes one change of members, authorities or the rulebook, and votes for it.

A file of a rulebook or of limits names the fields that change, as `hefu gov record KEY --json` prints them under
`record`: {"max_layers": 12}. The others stay. Each command names in the proposal the body that it started from.
"""

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from google.protobuf.message import Message

from hefu.v1 import identity_pb2 as pb
from hefu.v1 import receivables_pb2
from identity.certification import compute_fingerprint
from identity.records import ELECTORATE_KEY
from identity.records import RULES_KEY as IDENTITY_RULES_KEY
from ledger.state_keys import LIMITS_KEY
from nodes.cli.certificates import read_authority
from nodes.cli.changes import Record, read_record
from nodes.cli.commitments import read_json
from nodes.cli.org import ORG, KeyValidity, Org, Roles, build_admission, sort_roles
from nodes.cli.policies import DailyLimit, Persons, PolicyFile, build_policy
from nodes.cli.records import decode_body
from nodes.cli.session import Session
from nodes.cli.values import EPOCH, BadValue, parse_day, parse_hex, parse_organisation
from nodes.cli.writing import writes
from nodes.client.builder import Draft
from receivables.records import CALENDAR_KEY
from receivables.records import RULES_KEY as VOUCHER_RULES_KEY

app = typer.Typer(no_args_is_help=True, help="Propose a change 提案; its proposer votes for it.")
KEYS = "--key maker.json --key checker.json"

Number = Annotated[
    str, typer.Argument(metavar="NUMBER", help="0–9 A–Z -; the proposal is ORG.NUMBER, of the proposer.")
]
Expires = Annotated[
    str, typer.Option("--expires", metavar="WHEN", help="Until when it may be voted on: a span (72h) or a time.")
]
Effective = Annotated[
    str | None, typer.Option("--effective", metavar="WHEN", help="When it begins to hold; else with the deciding vote.")
]
ChangesFile = Annotated[Path, typer.Argument(metavar="FILE", help="JSON of the fields that change.")]


class Status(StrEnum):
    """What a vote may set."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class Rulebook(StrEnum):
    """A rulebook that is changed by vote."""

    VOUCHERS = "vouchers"
    IDENTITY = "identity"


RULEBOOKS = {Rulebook.VOUCHERS: VOUCHER_RULES_KEY, Rulebook.IDENTITY: IDENTITY_RULES_KEY}

# ---------------------------------------------------------------- members


@app.command(
    "admit",
    epilog=f"Example: hefu gov propose admit 2026-7 {ORG} --name '示例制造' --role core-enterprise "
    f"--registration maker.registration.json --registration checker.registration.json {KEYS}",
)
@writes
def admit(
    session: Session,
    number: Number,
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
    expires: Expires = "7d",
) -> Draft:
    """Propose to admit 准入 an organisation with its first keys, with any role but that of registrar."""
    rules = build_policy(persons, daily_limit, policy)
    admission = build_admission(session, organisation, name, role, registration, rules, key_validity)
    return _draft(session, number, expires, pb.GovernedChange(admission=admission))


@app.command("status", epilog=f"Example: hefu gov propose status 2026-8 {ORG} suspended {KEYS}")
@writes
def status(session: Session, number: Number, organisation: Org, to: Status, expires: Expires = "7d") -> Draft:
    """Propose to suspend 暂停 or reinstate 恢复. What a vote set, the registrar cannot change."""
    change = pb.SetOrganisationStatus(organisation=parse_organisation(organisation), status=to.name)
    return _draft(session, number, expires, pb.GovernedChange(status=change))


@app.command("roles", epilog=f"Example: hefu gov propose roles 2026-9 {ORG} --role bank --role clearing-bank {KEYS}")
@writes
def roles(session: Session, number: Number, organisation: Org, role: Roles, expires: Expires = "7d") -> Draft:
    """Propose the roles 角色 of an organisation: all that it is to have, the others end."""
    change = pb.GrantRoles(organisation=parse_organisation(organisation), roles=sort_roles(role))
    return _draft(session, number, expires, pb.GovernedChange(roles=change))


@app.command("registrar", epilog=f"Example: hefu gov propose registrar 2026-10 --from {ORG} --to {ORG} {KEYS}")
@writes
def registrar(
    session: Session,
    number: Number,
    outgoing: Annotated[str, typer.Option("--from", metavar="ORG", help="The registrar; it must have another role.")],
    incoming: Annotated[str, typer.Option("--to", metavar="ORG", help="Who is to be the registrar.")],
    expires: Expires = "7d",
) -> Draft:
    """Propose that the role of registrar 登记管理方 moves."""
    change = pb.RegistrarChange(outgoing=parse_organisation(outgoing), incoming=parse_organisation(incoming))
    return _draft(session, number, expires, pb.GovernedChange(registrar=change))


@app.command(
    "electorate",
    epilog=f"Example: hefu gov propose electorate 2026-11 --voter {ORG} --voter {ORG} --threshold 2 {KEYS}",
)
@writes
def electorate(
    session: Session,
    number: Number,
    voter: Annotated[list[str], typer.Option("--voter", metavar="ORG", help="All voters; may be repeated.")],
    threshold: Annotated[
        int | None, typer.Option("--threshold", min=1, max=64, help="More than 2/3 of them; else the least such.")
    ] = None,
    effective: Effective = None,
    expires: Expires = "7d",
) -> Draft:
    """Propose who votes 表决成员. Proposals that are open keep the voters with whom they opened."""
    voters = sorted({parse_organisation(one) for one in voter})
    new = pb.Electorate(voters=voters, threshold=threshold or 2 * len(voters) // 3 + 1)
    present = read_record(session.client, ELECTORATE_KEY)
    return _draft_record(session, number, expires, effective, ELECTORATE_KEY, present, new)


# ---------------------------------------------------------------- authorities


@app.command(
    "trust",
    epilog=f"Example: hefu gov propose trust 2026-12 ca.pem --name '示例 CA' --lists-required --operator {ORG} {KEYS}",
)
@writes
def trust(
    session: Session,
    number: Number,
    certificate: Annotated[Path, typer.Argument(metavar="FILE", help="The authority's own certificate, PEM or DER.")],
    name: Annotated[str, typer.Option("--name", help="What people call it.")],
    lists_required: Annotated[
        bool, typer.Option("--lists-required", help="Admit keys only while a revocation list of theirs is fresh.")
    ] = False,
    operator: Annotated[
        str | None, typer.Option("--operator", metavar="ORG", help="Who may enter its lists, beside the registrar.")
    ] = None,
    expires: Expires = "7d",
) -> Draft:
    """Propose to trust 信任 a certificate authority, anew or with other terms."""
    change = pb.AuthorityChange(
        certificate=read_authority(certificate),
        name=name,
        lists_required=lists_required,
        operator="" if operator is None else parse_organisation(operator),
    )
    return _draft(session, number, expires, pb.GovernedChange(authority=change))


@app.command("distrust", epilog=f"Example: hefu gov propose distrust 2026-13 5ff6… {KEYS}")
@writes
def distrust(
    session: Session,
    number: Number,
    authority: Annotated[str, typer.Argument(metavar="FINGERPRINT|FILE", help="64 hexadecimal digits; or its file.")],
    expires: Expires = "7d",
) -> Draft:
    """Propose to trust a certificate authority no longer 不再信任. Keys that were admitted under it stay."""
    path = Path(authority)
    is_file = path.suffix != "" or path.exists()
    fingerprint = compute_fingerprint(read_authority(path)) if is_file else parse_hex(authority, 32, "fingerprint")
    change = pb.AuthorityChange(fingerprint=fingerprint)
    return _draft(session, number, expires, pb.GovernedChange(authority=change))


# ---------------------------------------------------------------- the rulebook


@app.command("rules", epilog=f"Example: hefu gov propose rules 2026-14 vouchers changes.json {KEYS}")
@writes
def rules(
    session: Session,
    number: Number,
    rulebook: Rulebook,
    file: ChangesFile,
    effective: Effective = None,
    expires: Expires = "7d",
) -> Draft:
    """Propose other rules 规则 for vouchers, or for members. Fields that the file does not name stay."""
    return _draft_fields(session, number, expires, effective, RULEBOOKS[rulebook], file)


@app.command("limits", epilog=f"Example: hefu gov propose limits 2026-15 limits.json {KEYS}")
@writes
def limits(
    session: Session, number: Number, file: ChangesFile, effective: Effective = None, expires: Expires = "7d"
) -> Draft:
    """Propose other limits 限额 of transactions. Fields that the file does not name stay."""
    return _draft_fields(session, number, expires, effective, LIMITS_KEY, file)


@app.command(
    "calendar",
    epilog=f"Example: hefu gov propose calendar CAL-2027 2027.json --effective 2026-12-01T00:00 {KEYS}. "
    'A file: {"holidays": ["2027-01-01"], "workdays": ["2027-02-14"]}',
)
@writes
def calendar(
    session: Session,
    number: Number,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON of holidays and workdays, ISO dates.")],
    effective: Effective = None,
    expires: Expires = "7d",
) -> Draft:
    """Propose the business days 营业日历 of the years that a file names. Days of other years stay."""
    present = read_record(session.client, CALENDAR_KEY)
    old = receivables_pb2.BusinessCalendar.FromString(present.voted_last)
    return _draft_record(session, number, expires, effective, CALENDAR_KEY, present, merge_calendar(old, file))


# ---------------------------------------------------------------- how it is made


def merge_fields(old: Message, path: Path) -> Message:
    """The message with the fields that a JSON file names in place of its own. Roles may stand in any order."""
    from google.protobuf.json_format import ParseDict, ParseError

    fields = read_json(path, "changes")
    new = type(old)()
    new.CopyFrom(old)
    for name in fields:
        if name not in new.DESCRIPTOR.fields_by_name:
            raise BadValue(f"{path}: {new.DESCRIPTOR.name} has no field “{name}”")
        new.ClearField(name)
    try:
        ParseDict(fields, new)
    except ParseError as error:
        raise BadValue(f"changes {path}: {error}") from None
    for name, field in new.DESCRIPTOR.fields_by_name.items():
        if field.is_repeated and field.enum_type is not None:
            getattr(new, name)[:] = sorted(getattr(new, name))
    return new


def merge_calendar(old: receivables_pb2.BusinessCalendar, path: Path) -> receivables_pb2.BusinessCalendar:
    """The calendar with the days of a file in place of its own of those years."""
    fields = read_json(path, "calendar")
    if not fields or not fields.keys() <= {"holidays", "workdays"}:
        raise BadValue(f'calendar {path}: {{"holidays": [DAY…], "workdays": [DAY…]}}')
    given = {name: _read_days(fields.get(name, []), path) for name in ("holidays", "workdays")}
    years = {_get_year(day) for days in given.values() for day in days}
    new = receivables_pb2.BusinessCalendar()
    for name, days in given.items():
        kept = [day for day in getattr(old, name) if _get_year(day) not in years]
        getattr(new, name).extend(sorted({*kept, *days}))
    return new


def _read_days(days: Any, path: Path) -> list[int]:
    if not isinstance(days, list) or not all(isinstance(day, str) for day in days):
        raise BadValue(f"calendar {path}: days are ISO dates in a list")
    return [parse_day(day) for day in days]


def _get_year(day: int) -> int:
    return date.fromordinal(day + EPOCH).year


def _draft_fields(session: Session, number: str, expires: str, effective: str | None, key: str, path: Path) -> Draft:
    present = read_record(session.client, key)
    old = decode_body(key, present.voted_last)
    if old is None:
        raise BadValue(f"the node's {key} is not a record of this version")
    return _draft_record(session, number, expires, effective, key, present, merge_fields(old, path))


def _draft_record(
    session: Session, number: str, expires: str, effective: str | None, key: str, present: Record, new: Message
) -> Draft:
    body = new.SerializeToString(deterministic=True)
    if body == present.voted_last:
        raise BadValue(f"{key} says this already")
    change = pb.RecordChange(key=key, body=body, replaces=compute_fingerprint(present.voted_last))
    if effective is not None:
        change.effective_at_ms = session.deadline(effective)
    return _draft(session, number, expires, pb.GovernedChange(record=change))


def _draft(session: Session, number: str, expires: str, change: pb.GovernedChange) -> Draft:
    payload = pb.Propose(number=number, change=change, expires_at_ms=session.deadline(expires))
    return session.draft(payload)
