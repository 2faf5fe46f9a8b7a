"""`hefu keys`: make a key, show one, make the members' key. Nothing here talks to a node.

Certificates of keys are in nodes.cli.certificates, what the ledger is told of them in nodes.cli.enrolment.
"""

import secrets
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hefu.v1 import identity_pb2 as pb
from nodes.cli import options
from nodes.cli.files import write_bytes, writing
from nodes.cli.keyring import open_keys, read_key_file, read_passphrase
from nodes.cli.output import enum_name, print_json, print_pairs
from nodes.cli.registrations import build_registration, render_registration
from nodes.cli.values import BadValue, parse_organisation
from nodes.files import PRIVATE
from nodes.keys import ROLES, make_key, write_key
from pledges.fingerprints import KEY_BYTES

app = typer.Typer(no_args_is_help=True, help="Keys 密钥: make, show, certify, re-enrol; revocation lists.")


class KeyRole(StrEnum):
    """What the person behind a key does."""

    MAKER = "maker"
    CHECKER = "checker"
    OWNER = "owner"
    SERVICE = "service"


@app.command(
    "new",
    epilog="Example: hefu keys new maker.json --organisation 91350100M000100Y43 --person 'staff 0017' --role maker "
    "--registration maker.registration.json",
)
def new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The key file to write; never over another.")],
    organisation: Annotated[str, typer.Option("--organisation", "--org", metavar="ORG", help="USCC or LEI.")],
    person: Annotated[
        str, typer.Option("--person", metavar="TEXT", help="Name or staff number; only a salted hash is kept.")
    ],
    role: Annotated[list[KeyRole], typer.Option("--role", help="May be repeated.")],
    same_person_as: Annotated[
        Path | None, typer.Option("--same-person-as", metavar="FILE", help="An earlier key of the same person.")
    ] = None,
    passphrase_file: options.PassphraseFile = None,
    encrypt: Annotated[bool, typer.Option("--encrypt", help="Ask for a passphrase and seal the key with it.")] = False,
    registration: Annotated[
        Path | None, typer.Option("--registration", metavar="FILE", help="Also write what the registrar needs.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Make a key 生成密钥 and print what the registrar needs: public key and proof of possession."""
    salt = None
    if same_person_as is not None:
        salt = open_keys([same_person_as], passphrase_file)[0].person_salt
    key = make_key(parse_organisation(organisation), person, [ROLES[one.value] for one in role], salt)
    passphrase = _new_passphrase(passphrase_file, encrypt)
    with writing(file):
        write_key(file, key, passphrase)
    request = build_registration(key)
    if registration is not None:
        write_bytes(registration, render_registration(request))
    if as_json:
        print_json(request)
    else:
        _show(key.organisation, key.public_key, key.person, key.roles, passphrase is not None)
        print_pairs((("possession 持有证明", request["possession"]), ("key file", str(file))))


@app.command("show", epilog="Example: hefu keys show maker.json --registration")
def show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A key file.")],
    registration: Annotated[
        bool, typer.Option("--registration", help="Print what the registrar needs, as JSON.")
    ] = False,
    passphrase_file: options.PassphraseFile = None,
    as_json: options.Json = False,
) -> None:
    """Show the public half 公钥 of a key file. The seed is never shown."""
    if registration:
        print_json(build_registration(open_keys([file], passphrase_file)[0]))
        return
    found = read_key_file(file)
    if as_json:
        print_json({
            "organisation": found.organisation, "public_key": found.public_key.hex(), "person": found.person.hex(),
            "roles": [enum_name(pb.KeyRole, role).lower() for role in found.roles],
            "encrypted": found.sealed is not None,
        })  # fmt: skip
    else:
        _show(found.organisation, found.public_key, found.person, found.roles, found.sealed is not None)


@app.command("members", epilog="Example: hefu keys members members.key")
def members(file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")]) -> None:
    """Make the key that all members share and under which invoices are fingerprinted."""
    write_bytes(file, secrets.token_hex(KEY_BYTES).encode() + b"\n", mode=PRIVATE)
    print_pairs((("members' key", str(file)), ("hand it to", "members only, by a channel of your own")))


def _new_passphrase(passphrase_file: Path | None, encrypt: bool) -> str | None:
    if passphrase_file is not None:
        return read_passphrase(passphrase_file)
    if not encrypt:
        return None
    if not sys.stdin.isatty():
        raise BadValue("--encrypt asks for a passphrase on a terminal; without one use --passphrase-file")
    passphrase: str = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True)
    return passphrase


def _show(organisation: str, public_key: bytes, person: bytes, roles: tuple[int, ...], is_sealed: bool) -> None:
    print_pairs((
        ("organisation 机构", organisation),
        ("public key 公钥", public_key.hex()),
        ("person 人员承诺", person.hex()),
        ("roles 角色", ", ".join(enum_name(pb.KeyRole, role).lower() for role in roles)),
        ("encrypted 加密", "yes" if is_sealed else "no: whoever reads the file can sign"),
    ))  # fmt: skip
