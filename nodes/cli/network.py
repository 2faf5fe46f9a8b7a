"""`hefu network`: make the nodes of a network."""

from pathlib import Path
from typing import Annotated

import typer

from nodes.cli import options
from nodes.cli.output import print_json, print_lines
from nodes.cli.values import BadValue

app = typer.Typer(no_args_is_help=True, help="A network 网络 of nodes that agree through CometBFT: init.")
Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The network's directory.")]


@app.command(
    "init",
    epilog="Examples: hefu network init -n 4 district; hefu network init -n 4 --observers 1 district --base-port 9000",
)
def init(
    directory: Directory,
    validators: Annotated[int, typer.Option("-n", "--validators", metavar="N", help="Nodes that vote.")] = 4,
    observers: Annotated[int, typer.Option("--observers", metavar="N", help="Nodes without a vote.")] = 0,
    base_port: Annotated[
        int | None, typer.Option("--base-port", metavar="PORT", help="The first of two ports each; else free ones.")
    ] = None,
    hosts: Annotated[
        list[str] | None,
        typer.Option("--host", metavar="HOST", help="Where engines find a node; once for each node. Else loopback."),
    ] = None,
    databases: Annotated[
        list[str] | None,
        typer.Option("--database", metavar="URL", help="A node's database; once for each node. Else files."),
    ] = None,
    engine_program: Annotated[
        str,
        typer.Option("--engine-program", metavar="FILE", help="CometBFT; else as `make cometbft` built it, or PATH."),
    ] = "",
    as_json: options.Json = False,
) -> None:
    """Make a development network 初始化网络: all data directories, one genesis, the registrar's keys, a trust file."""
    from nodes.engines.cometbft.program import find_program
    from nodes.network.making import NetworkRequest, init_development_network
    from nodes.network.plan import build_plan

    nodes = build_plan(validators, observers, hosts or (), base_port)
    request = NetworkRequest(nodes, find_program(engine_program), databases=databases or ())
    try:
        keys = init_development_network(directory, request)
    except OSError as error:
        raise BadValue(f"{error.filename or directory}: {error.strerror}") from None
    if as_json:
        plain = [{"name": node.name, "listen": node.target, "is_validator": node.is_validator} for node in nodes]
        print_json({"directory": str(directory), "nodes": plain, "key_files": [str(path) for path in keys]})
        return
    kinds = {True: "validator 验证节点", False: "observer 观察节点"}
    print_lines(f"{node.name}  {kinds[node.is_validator]}, will listen on {node.target}" for node in nodes)
    print_lines([f"trust file  {directory / 'trust.json'}"])
    print_lines(f"registrar's key  {path}" for path in keys)
    print_lines([f"Next: hefu network up {directory}"])
