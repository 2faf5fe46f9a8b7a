"""`hefu gov propose validator` and `… software`: who votes on blocks, and which state machine makes them.

Each names in the proposal what it started from: the validator's present power, or the software that was voted last.
"""

from base64 import b64decode
from binascii import Error
from hashlib import sha256
from typing import Annotated

import typer

from hefu.v1 import identity_pb2 as pb
from hefu.v1 import node_pb2
from ledger.state_keys import SOFTWARE_KEY, VALIDATORS_KEY
from nodes.cli.changes import read_record
from nodes.cli.org import ORG
from nodes.cli.propose import KEYS, Expires, Number, _draft
from nodes.cli.session import Session
from nodes.cli.values import BadValue, parse_hex, parse_organisation
from nodes.cli.writing import writes
from nodes.client.builder import Draft

KEY_BYTES = 32


@writes
def validator(
    session: Session,
    number: Number,
    public_key: Annotated[
        str, typer.Argument(metavar="PUBLIC_KEY", help="64 hexadecimal digits; or Base64, as CometBFT prints it.")
    ],
    power: Annotated[int, typer.Option("--power", min=0, max=10**9, help="What its vote is to weigh; 0 = it leaves.")],
    organisation: Annotated[str | None, typer.Option("--run-by", metavar="ORG", help="Of one that joins.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="Of one that joins: what people call it.")] = None,
    expires: Expires = "7d",
) -> Draft:
    """Propose that a validator 验证节点 joins, leaves or changes power: less than 1/3 of all power in a block."""
    change = pb.ValidatorChange(public_key=parse_key(public_key), power=power)
    present = pb.ValidatorSet.FromString(read_record(session.client, VALIDATORS_KEY).body)
    found = next((one for one in present.validators if one.public_key == change.public_key), None)
    if found is not None and (organisation is not None or name is not None):
        raise BadValue("the validator is there: --run-by and --name are for one that joins")
    if found is not None:
        change.organisation, change.name, change.present_power = found.organisation, found.name, found.power
    elif organisation is None or name is None:
        raise BadValue("no validator has this key: one that joins needs --run-by ORG and --name NAME")
    else:
        change.organisation, change.name = parse_organisation(organisation), name
    return _draft(session, number, expires, pb.GovernedChange(validator=change))


@writes
def software(
    session: Session,
    number: Number,
    to: Annotated[int | None, typer.Option("--to", min=1, max=65_535, metavar="VERSION", help="Which follows.")] = None,
    from_height: Annotated[
        int | None, typer.Option("--from-height", min=1, metavar="HEIGHT", help="The first block that it makes.")
    ] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="What was voted to follow is not to.")] = False,
    expires: Expires = "7d",
) -> Draft:
    """Propose from which height on another software version 软件版本 makes the blocks. Nodes without it stop there."""
    if withdraw == (to is not None) or (to is None) != (from_height is None):
        raise BadValue("either --to VERSION and --from-height HEIGHT, or --withdraw")
    view = session.client.ask(session.client.ledger.GetRecord, node_pb2.GetRecordRequest(key=SOFTWARE_KEY))
    change = pb.SoftwareChange(version=to or 0, from_height=from_height or 0)
    change.replaces = sha256(view.record.body).digest()
    return _draft(session, number, expires, pb.GovernedChange(software=change))


def parse_key(text: str) -> bytes:
    """A validator's public key (32 bytes) from hexadecimal digits or Base64."""
    if not text.endswith("="):
        return parse_hex(text, KEY_BYTES, "public key")
    try:
        key = b64decode(text, validate=True)
    except (Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise BadValue(f"“{text}” is no public key: {KEY_BYTES} bytes in hexadecimal digits or Base64")
    return key


def add_to(group: typer.Typer) -> None:
    """Hang the commands into `hefu gov propose`."""
    key = "Ahv6pSwdxHJmxaqqQBQ6Z4MWQrBkGq3Qj3lnDs2mrqE="
    example = f"Example: hefu gov propose validator 2026-16 {key} --power 10 --run-by {ORG} --name '示例银行' {KEYS}"
    group.command("validator", epilog=example)(validator)
    example = f"Example: hefu gov propose software 2026-17 --to 2 --from-height 1200000 {KEYS}"
    group.command("software", epilog=example)(software)
