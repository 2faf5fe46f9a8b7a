"""Registration files: what the registrar needs to admit a key, and the certificates that bind it. Nothing is secret.

JSON: the organisation, the public key, the person's commitment, the roles, the key's own signature that somebody holds
it, and where it is certified the chain with what it says. Readers raise BadValue, which names the file.
"""

import json
from pathlib import Path
from typing import Any

from hefu.v1 import identity_pb2 as pb
from identity.rules import ED25519
from nodes.cli.commitments import read_json
from nodes.cli.output import enum_name
from nodes.cli.values import BadValue, parse_hex, show_ms
from nodes.keys import ROLES, Key

REGISTRATION_FORMAT = "hefu-registration-1"


def build_registration(key: Key) -> dict[str, Any]:
    """What the registrar needs to admit a key, without certificates."""
    return {
        "format": REGISTRATION_FORMAT,
        "organisation": key.organisation,
        "public_key": key.public_key.hex(),
        "person": key.person.hex(),
        "roles": [enum_name(pb.KeyRole, role).lower() for role in key.roles],
        "possession": key.compute_possession().hex(),
    }


def render_registration(fields: dict[str, Any]) -> bytes:
    """The file's contents."""
    return json.dumps(fields, indent=2).encode() + b"\n"


def read_registration(path: Path) -> dict[str, Any]:
    """The fields of a registration file, as they stand there."""
    fields = read_json(path, "registration")
    roles = fields.get("roles")
    if fields.get("format") != REGISTRATION_FORMAT or not isinstance(roles, list):
        raise BadValue(f"{path} is no registration; `hefu keys new --registration FILE` writes one")
    if any(not isinstance(role, str) or role not in ROLES for role in roles):
        raise BadValue(f"{path}: roles are some of {', '.join(ROLES)}")
    return fields


def read_new_key(path: Path, organisation: str, valid_from_ms: int, validity_ms: int) -> pb.NewKey:
    """The key of a registration, to be admitted for this organisation, good from an instant on for so long, but no
    earlier and no longer than its certificates.
    """
    fields = read_registration(path)
    if fields.get("organisation") != organisation:
        raise BadValue(f"{path} is a key of {fields.get('organisation')}, not of {organisation}")
    valid_until_ms = valid_from_ms + validity_ms
    evidence = _read_evidence(path, fields)
    if evidence is not None:
        valid_from_ms = max(valid_from_ms, evidence.not_before_ms)
        valid_until_ms = min(valid_until_ms, evidence.not_after_ms)
        if valid_from_ms >= valid_until_ms:
            raise BadValue(f"{path}: its certificates end at {show_ms(evidence.not_after_ms)}, before the key begins")
    return pb.NewKey(
        algorithm=ED25519,
        public_key=parse_hex(str(fields.get("public_key")), 32, f"public key in {path}"),
        person=parse_hex(str(fields.get("person")), 32, f"person in {path}"),
        roles=[enum_name(pb.KeyRole, number) for number in sorted({ROLES[role] for role in fields["roles"]})],
        valid_from_ms=valid_from_ms,
        valid_until_ms=valid_until_ms,
        possession=parse_hex(str(fields.get("possession")), 64, f"possession in {path}"),
        certificate=evidence,
    )


def _read_evidence(path: Path, fields: dict[str, Any]) -> pb.CertificateEvidence | None:
    plain = fields.get("certificate")
    if plain is None:
        return None
    try:
        return pb.CertificateEvidence(
            authority=bytes.fromhex(plain["authority"]),
            chain=[bytes.fromhex(one) for one in plain["chain"]],
            links=[
                pb.CertificateLink(issuer=bytes.fromhex(link["issuer"]), serial=bytes.fromhex(link["serial"]))
                for link in plain["links"]
            ],
            not_before_ms=int(plain["not_before_ms"]),
            not_after_ms=int(plain["not_after_ms"]),
        )
    except (LookupError, TypeError, ValueError):
        raise BadValue(f"{path}: its certificate is not written as `hefu keys certify` writes it") from None
