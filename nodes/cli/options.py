"""Options that several commands share, each explained once."""

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_NODE = "127.0.0.1:7310"

Node = Annotated[
    str,
    typer.Option(
        "--node",
        envvar="HEFU_NODE",
        metavar="HOST:PORT[,…]",
        help="The node to talk to; or several of one network: where one fails, the next is asked.",
        show_default=True,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Write JSON for machines.")]
Keys = Annotated[
    list[Path],
    typer.Option("--key", "-k", metavar="FILE", help="A key file that signs; repeat it for maker, checker and others."),
]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        envvar="HEFU_PASSPHRASE_FILE",
        help="Its first line opens encrypted key files. Without it you are asked.",
    ),
]
Actor = Annotated[
    str | None, typer.Option("--as", metavar="ORG", help="The organisation that acts; else that of the first key.")
]
ValidFor = Annotated[
    str, typer.Option("--valid-for", metavar="SPAN", help="How long the signatures are good: 10m, 24h.")
]
SignOnly = Annotated[
    Path | None,
    typer.Option(
        "--sign-only", metavar="FILE", help="Sign to a file for others to add theirs (hefu tx sign), submit nothing."
    ),
]
ActingFor = Annotated[
    str | None,
    typer.Option("--for", metavar="ORG", help="Act for this organisation, which has given yours a mandate."),
]
ToInbox = Annotated[
    bool, typer.Option("--to-inbox", help="Leave it in the node's inbox for the other signers, submit nothing.")
]
PrintRequest = Annotated[
    bool,
    typer.Option("--print-request", help="Print what would be signed, for --expect; sign nothing. --as needs no key."),
]
Expect = Annotated[
    list[Path] | None,
    typer.Option(
        "--expect",
        metavar="FILE",
        help="Sign only what equals your own request: from --print-request or --sign-only. May be repeated.",
    ),
]
VoucherArgument = Annotated[str, typer.Argument(metavar="VOUCHER", help="PACKAGE/START-END")]
PackageArgument = Annotated[str, typer.Argument(metavar="PACKAGE", help="ISSUER.NUMBER")]
AnswerBy = Annotated[
    str, typer.Option("--answer-by", metavar="WHEN", help="Then it lapses: a span (72h) or a time (2026-03-31T17:00).")
]
Amount = Annotated[str, typer.Option("--amount", metavar="YUAN", help="Yuan with two decimals, like 1000000.00.")]
OptionalAmount = Annotated[
    str | None, typer.Option("--amount", metavar="YUAN", help="A part of the range; without it, the whole of it.")
]
