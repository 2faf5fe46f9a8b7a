"""An organisation's policy as people give it: one rule by two options, or any policy by a JSON file.

The file is the contract's Policy in protobuf's JSON, as `hefu org show ORG --json` prints it under organisation.policy:
{"daily_limit_fen": "0", "rules": [{"persons": 2, "roles": ["MAKER", "CHECKER"]}, {"kinds": [310], "persons": 1}]}
"""

from pathlib import Path
from typing import Annotated

import typer

from hefu.v1 import identity_pb2 as pb
from nodes.cli.commitments import read_json
from nodes.cli.output import enum_name
from nodes.cli.values import BadValue, parse_fen

Persons = Annotated[
    int | None,
    typer.Option("--persons", min=1, max=2, help="One rule for everything: 2 = maker and checker (default), 1 = any."),
]
DailyLimit = Annotated[str | None, typer.Option("--daily-limit", metavar="YUAN", help="With --persons; else none.")]
PolicyFile = Annotated[
    Path | None,
    typer.Option(
        "--policy",
        metavar="FILE",
        help='Instead, any rules: JSON as under "policy" in `hefu org show --json`. One without up_to_fen must fit '
        "SET_POLICY (no kinds, or 120 among them).",
    ),
]


def build_policy(persons: int | None, daily_limit: str | None, path: Path | None) -> pb.Policy:
    """The policy that the options mean. BadValue where a file and a rule are both given, or the file is no policy."""
    if path is not None:
        if persons is not None or daily_limit is not None:
            raise BadValue("--policy says everything: leave out --persons and --daily-limit")
        return _read_policy(path)
    roles = [] if persons == 1 else [enum_name(pb.KeyRole, role) for role in (pb.MAKER, pb.CHECKER)]
    rule = pb.PolicyRule(persons=persons or 2, roles=roles)
    return pb.Policy(rules=[rule], daily_limit_fen=parse_fen(daily_limit or "0"))


def _read_policy(path: Path) -> pb.Policy:
    from google.protobuf.json_format import ParseDict, ParseError

    policy = pb.Policy()
    try:
        ParseDict(read_json(path, "policy"), policy)
    except ParseError as error:
        raise BadValue(f"policy {path}: {error}") from None
    for rule in policy.rules:  # the contract wants them sorted; their order says nothing
        rule.kinds[:] = sorted(rule.kinds)
        rule.roles[:] = sorted(rule.roles)
    return policy
