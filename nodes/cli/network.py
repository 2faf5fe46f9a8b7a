"""`hefu network`: make the nodes of a network, run those of one machine, join one, ask all how they are."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nodes.cli import options
from nodes.cli.failures import REFUSED
from nodes.cli.files import naming, read_bytes, read_trust
from nodes.cli.node import MAX_GENESIS_BYTES
from nodes.cli.output import print_json, print_lines, print_table, to_plain
from nodes.cli.values import BadValue, show_ms

if TYPE_CHECKING:
    from nodes.network.status import NetworkReport, NodeReport

app = typer.Typer(
    no_args_is_help=True, help="A network 网络 of nodes that agree through CometBFT: init, up, join, status."
)
Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The network's directory.")]
NewNode = Annotated[Path, typer.Argument(metavar="DIR", help="The new node's data directory.")]
EngineProgram = Annotated[
    str, typer.Option("--engine-program", metavar="FILE", help="CometBFT; else as `make cometbft` built it, or PATH.")
]
SNAPSHOT_BLOCKS = 10_000
"""In an idle network some six hours, under load a quarter of an hour."""


@app.command(
    "init",
    epilog="Examples: hefu network init -n 4 district; hefu network init -n 4 --observers 1 district --base-port 9000",
)
def init(
    directory: Directory,
    validators: Annotated[int, typer.Option("-n", "--validators", metavar="N", help="Nodes that vote.")] = 4,
    observers: Annotated[int, typer.Option("--observers", metavar="N", help="Nodes without a vote.")] = 0,
    base_port: Annotated[
        int | None, typer.Option("--base-port", metavar="PORT", help="The first of three ports each; else free ones.")
    ] = None,
    hosts: Annotated[
        list[str] | None,
        typer.Option("--host", metavar="HOST", help="Where engines find a node; once for each node. Else loopback."),
    ] = None,
    databases: Annotated[
        list[str] | None,
        typer.Option("--database", metavar="URL", help="A node's database, or '' for a file; once for each node."),
    ] = None,
    snapshot_blocks: Annotated[
        int, typer.Option("--snapshot-blocks", min=0, metavar="N", help="Heights between snapshots; 0 = none.")
    ] = SNAPSHOT_BLOCKS,
    engine_program: EngineProgram = "",
    as_json: options.Json = False,
) -> None:
    """Make a development network 初始化网络: all data directories, one genesis, the registrar's keys, a trust file."""
    from nodes.engines.cometbft.program import find_program
    from nodes.network.making import NetworkRequest, init_development_network
    from nodes.network.plan import build_plan

    nodes = build_plan(validators, observers, hosts or (), base_port)
    settings = {"snapshot_blocks": snapshot_blocks}
    request = NetworkRequest(nodes, find_program(engine_program), databases=databases or (), settings=settings)
    with naming(directory):
        keys = init_development_network(directory, request)
    if as_json:
        plain = [{"name": node.name, "listen": node.target, "is_validator": node.is_validator} for node in nodes]
        print_json({"directory": str(directory), "nodes": plain, "key_files": [str(path) for path in keys]})
        return
    kinds = {True: "validator 验证节点", False: "observer 观察节点"}
    print_lines(f"{node.name}  {kinds[node.is_validator]}, will listen on {node.target}" for node in nodes)
    print_lines([f"trust file  {directory / 'trust.json'}"])
    print_lines(f"registrar's key  {path}" for path in keys)
    is_here = all(node.is_local for node in nodes)
    print_lines([
        f"Next: hefu network up {directory}" if is_here else "Next: move each folder, and hefu node start it there"
    ])  # fmt: skip


@app.command("up", epilog="Examples: hefu network up district; hefu network up district --only node0,node2")
def up(
    directory: Directory,
    only: Annotated[str, typer.Option("--only", metavar="NAMES", help="These nodes, with commas; else all here.")] = "",
) -> None:
    """Run the nodes of a network that are on this machine 运行 until Ctrl-C or SIGTERM; one that ends starts again."""
    import asyncio

    from nodes.children import stop_on_signals
    from nodes.network.plan import choose_nodes, read_plan
    from nodes.network.running import run_network

    nodes = choose_nodes(read_plan(directory), [name.strip() for name in only.split(",") if name.strip()])

    async def run() -> int:
        stopping = asyncio.Event()
        stop_on_signals(stopping)
        return await run_network(directory, nodes, stopping, lambda line: print_lines([line]))

    raise typer.Exit(asyncio.run(run()))


@app.command(
    "join",
    epilog="Examples: hefu network join new --genesis genesis.bin --peer 5f0c…@bank1.example:7311 "
    "--peer 91aa…@bank2.example:7311; add --state-sync https://log.bank1.example,https://log.bank2.example "
    "--trust trust.json to begin with a snapshot",
)
def join(
    directory: NewNode,
    genesis: Annotated[Path, typer.Option("--genesis", metavar="FILE", help="The network's genesis.bin.")],
    peers: Annotated[
        list[str], typer.Option("--peer", metavar="ID@HOST:PORT", help="A node of the network; repeat it.")
    ],
    state_sync: Annotated[
        str, typer.Option("--state-sync", metavar="URL,URL", help="Begin with a snapshot; ask these nodes' logs.")
    ] = "",
    trust: Annotated[
        Path | None, typer.Option("--trust", metavar="FILE", help="Whom to trust; else the validators of genesis.")
    ] = None,
    host: Annotated[
        str, typer.Option("--host", metavar="HOST", help="Where other engines find this node.")
    ] = "127.0.0.1",
    base_port: Annotated[
        int | None, typer.Option("--base-port", metavar="PORT", help="The first of three ports; else free ones.")
    ] = None,
    listen: Annotated[
        str | None, typer.Option("--listen", metavar="HOST:PORT", help="A loopback address of the door, instead.")
    ] = None,
    database: Annotated[
        str | None, typer.Option("--database", metavar="URL", help="postgresql+psycopg://…; else a file.")
    ] = None,
    snapshot_blocks: Annotated[
        int, typer.Option("--snapshot-blocks", min=0, metavar="N", help="Heights between snapshots; 0 = none.")
    ] = SNAPSHOT_BLOCKS,
    engine_program: EngineProgram = "",
    as_json: options.Json = False,
) -> None:
    """Make a node that joins a network 加入网络: an observer, until the members vote its key in."""
    from nodes.engines.cometbft.program import find_program
    from nodes.network.joining import JoinRequest, join_network, plan_joiner
    from nodes.network.state_sync import parse_addresses

    asked = {"listen": listen, "database": database, "snapshot_blocks": snapshot_blocks}
    request = JoinRequest(
        genesis=read_bytes(genesis, "genesis", MAX_GENESIS_BYTES),
        peers=peers,
        plan=plan_joiner(directory, host, base_port),
        engine_program=find_program(engine_program),
        trust=None if trust is None else read_trust(trust),
        state_sync=parse_addresses(state_sync) if state_sync else (),
        settings={name: value for name, value in asked.items() if value is not None},
    )
    with naming(directory):
        joined = join_network(directory, request)
    key, peer = joined.validator_key.hex(), f"{joined.node_id}@{request.plan.p2p_address}"
    if as_json:
        print_json({"directory": str(directory), "listen": request.plan.target, "validator_key": key, "peer": peer})
        return
    print_lines([
        f"observer 观察节点 in {directory}, will listen on {listen or request.plan.target}",
        f"peer address  {peer}",
        f"validator key 验证密钥  {key}",
        "It has no vote. Members give it one: "
        f"hefu gov propose validator NUMBER {key} --power POWER --run-by ORG --name {request.plan.name} -k FILE …",
        f"Next: hefu node start {directory}",
    ])  # fmt: skip


@app.command(
    "status",
    epilog="Examples: hefu network status district; hefu network status --nodes 127.0.0.1:7310,127.0.0.1:17310 --json",
)
def status(
    directory: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="The network's directory.")] = None,
    nodes: Annotated[
        str, typer.Option("--nodes", metavar="HOST:PORT,…", help="The nodes to ask, instead of a directory's.")
    ] = "",
    as_json: options.Json = False,
) -> None:
    """Show how all nodes are 状态: height, root, peers, lag, last fault. Exit code 1 where the network stands still."""
    import asyncio

    from nodes.network.plan import read_plan
    from nodes.network.status import ask_nodes, build_report

    named = [target.strip() for target in nodes.split(",") if target.strip()]
    if (directory is None) == (not named):
        raise BadValue("name either the network's directory or --nodes")
    plan = [] if directory is None else read_plan(directory)
    if not all(node.is_local for node in plan):
        raise BadValue("its nodes have machines of their own: name with --nodes where their doors can be reached")
    targets = [(node.name, node.target) for node in plan] or [(target, target) for target in named]
    report = build_report(
        asyncio.run(ask_nodes(targets)), time.time_ns() // 1_000_000, sum(node.is_validator for node in plan)
    )
    if as_json:
        print_json(
            {
                "verdict": report.verdict,
                "evidence": list(report.evidence),
                "nodes": [_to_plain(node) for node in report.nodes],
            }
        )
    else:
        _show(report)
    if report.verdict:
        raise typer.Exit(REFUSED)


def _to_plain(node: "NodeReport") -> dict[str, object]:
    answer = {} if node.status is None else {"status": to_plain(node.status)}
    return {"name": node.name, "target": node.target, "problem": node.problem, **answer}


def _show(report: "NetworkReport") -> None:
    headings = (
        "node 节点", "kind 类型", "height 高度", "engine 引擎", "lag 落后", "peers 对等", "root 根",
        "last fault 最近故障",
    )  # fmt: skip
    print_table(headings, [_build_row(report, node) for node in report.nodes], right=(2, 3, 4, 5))
    print_lines(f"evidence 证据  {line}" for line in report.evidence)
    print_lines([report.verdict] if report.verdict else [])


def _build_row(report: "NetworkReport", node: "NodeReport") -> Sequence[str]:
    from nodes.network.status import compute_lag, describe_kind

    if node.status is None:
        return (node.name, "", "", "", "", "", "", node.problem)
    engine = node.status.engine
    fault = f"{show_ms(engine.last_fault_at_ms)} {engine.last_fault}" if engine.last_fault else ""
    if engine.catching_up:
        fault = f"catching up; {fault}" if fault else "catching up"
    return (
        node.name, describe_kind(node.status), str(node.status.height), str(engine.height or ""),
        str(compute_lag(report, node.status)), str(len(engine.peers)), node.status.root.hex()[:16], fault,
    )  # fmt: skip
