"""`hefu node`: make a data directory, run a node, ask one how it is, set a simulated clock forward."""

from pathlib import Path
from time import time_ns
from typing import Annotated

import typer

from hefu.v1 import identity_pb2 as pb
from nodes.cli import options
from nodes.cli.files import naming, read_bytes, read_trust
from nodes.cli.output import describe, print_json, print_lines, to_plain
from nodes.cli.session import Session, connect
from nodes.cli.values import BadValue, parse_instant_ms, parse_span_ms, show_ms
from nodes.cli.writing import writes
from nodes.client.builder import Draft

app = typer.Typer(
    no_args_is_help=True, help="A node 节点: init, start, status, backup, restore, advance-clock, rotate-log-key."
)
Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The node's data directory.")]
MAX_GENESIS_BYTES = 8 << 20


@app.command(
    "init",
    epilog="Examples: hefu node init serve-data; hefu node init data --genesis genesis.bin; "
    "hefu node init data --database postgresql+psycopg://hefu@db.example/ledger",
)
def init(
    directory: Directory,
    genesis: Annotated[
        Path | None, typer.Option("--genesis", metavar="FILE", help="The agreed genesis; else a development network's.")
    ] = None,
    listen: Annotated[
        str | None, typer.Option("--listen", metavar="HOST:PORT", help="A loopback address; port 0 = any free.")
    ] = None,
    database: Annotated[
        str | None,
        typer.Option("--database", metavar="URL", help="postgresql+psycopg://…; else a file in the directory."),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Make a data directory 初始化: keys, trust file, block 0; for a development network also the registrar's keys."""
    from nodes.directory import REGISTRAR_KEYS, init_node

    encoded = None if genesis is None else read_bytes(genesis, "genesis", MAX_GENESIS_BYTES)
    asked = {"listen": listen, "database": database}
    with naming(directory):
        config = init_node(directory, encoded, {name: value for name, value in asked.items() if value is not None})
    registrar = [directory / name for name in REGISTRAR_KEYS] if genesis is None else []
    if as_json:
        print_json(
            {"directory": str(directory), "listen": config.listen, "key_files": [str(path) for path in registrar]}
        )
        return
    print_lines(
        [f"node 节点 in {directory}, will listen on {config.listen}", f"trust file  {directory / 'trust.json'}"]
    )
    print_lines(f"registrar's key  {path}" for path in registrar)
    print_lines([f"Next: hefu node start {directory}"])


@app.command("start", epilog="Example: hefu node start serve-data; it stops on Ctrl-C or SIGTERM.")
def start(
    directory: Directory,
    accept_clock: Annotated[
        bool, typer.Option("--accept-clock", help="The clock jumped, and is right: make blocks again.")
    ] = False,
    without_engine: Annotated[
        bool, typer.Option("--without-engine", help="Only the node: something else starts and watches CometBFT.")
    ] = False,
) -> None:
    """Run a node 启动, and its engine if it has one, until it is told to stop. Logs go to stderr."""
    from nodes.config import load_config

    has_engine = load_config(directory).engine == "cometbft"
    if has_engine and accept_clock:
        raise BadValue("--accept-clock is for a node alone; in a network the validators decide what time it is")
    if has_engine and not without_engine:
        from nodes.supervisor import run_unit

        raise typer.Exit(run_unit(directory))
    from nodes.door import run_node

    def tell(port: int) -> None:
        print_lines([f"ready 就绪 on port {port}"])

    raise typer.Exit(run_node(directory, accept_clock, tell))


@app.command(
    "rotate-log-key", epilog="Example: hefu node rotate-log-key serve-data; then hand out its trust.json anew."
)
def rotate_log_key(directory: Directory, as_json: options.Json = False) -> None:
    """Give a stopped node a new log key 更换日志密钥: an entry under the old key hands the log over."""
    from nodes import rotation
    from nodes.config import load_config

    with naming(directory):
        done = rotation.rotate_log_key(directory, load_config(directory))
    if as_json:
        print_json({"new_key": done.new_key, "last_size_of_old_key": done.size, "was_begun_before": done.was_begun})
        return
    print_lines(["A rotation that was cut short is finished."] if done.was_begun else [])
    print_lines([
        f"log key 日志密钥  {done.new_key}",
        f"The old key signed up to size {done.size} and is gone; the new one signs what follows.",
        f"Hand out the new trust file: {directory / 'trust.json'}",
    ])  # fmt: skip


@app.command("backup", epilog="Example: hefu node backup serve-data /backup/2026-06-30; then seal its folder secret.")
def backup(
    directory: Directory,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="An absent or empty directory.")],
    as_json: options.Json = False,
) -> None:
    """Back up a node 备份, running or not: settings, keys, and the ledger as of one block."""
    from nodes.backup import SECRET, backup_node

    with naming(out):
        elsewhere = backup_node(directory, out)
    if as_json:
        print_json({"directory": str(out), "secret": str(out / SECRET), "dump": elsewhere})
        return
    print_lines([f"backup 备份 in {out}", f"Its keys are in {out / SECRET}: move them elsewhere, and seal them."])
    print_lines([f"The ledger is not in it: pg_dump --format=custom of {elsewhere}"] if elsewhere else [])


@app.command(
    "restore",
    epilog="Examples: hefu node restore /backup/2026-06-30 node3; add --state-sync "
    "http://127.0.0.1:7312,http://127.0.0.1:7315 --trust trust.json to begin with a snapshot",
)
def restore(
    backup: Annotated[Path, typer.Argument(metavar="BACKUP", help="What `hefu node backup` wrote, keys included.")],
    directory: Directory,
    stopped_at: Annotated[
        str | None,
        typer.Option("--stopped-at", metavar="TIME", help="When the old node stopped for good; else now."),
    ] = None,
    clock_margin: Annotated[
        str, typer.Option("--clock-margin", metavar="SPAN", help="How far clocks of members may differ.")
    ] = "5m",
    state_sync: Annotated[
        str, typer.Option("--state-sync", metavar="URL,URL", help="Begin with a snapshot; ask these nodes' logs.")
    ] = "",
    trust: Annotated[
        Path | None, typer.Option("--trust", metavar="FILE", help="Whom to trust; else the validators of genesis.")
    ] = None,
    database: Annotated[
        str | None, typer.Option("--database", metavar="URL", help="An empty database, instead of the backup's.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Make a node anew 恢复 from a backup. A validator follows first, and votes once it cannot sign anything twice."""
    from nodes.backup import Restoring, restore_node
    from nodes.directory import GENESIS_FILE
    from nodes.network.joining import choose_state_sync
    from nodes.network.state_sync import parse_addresses

    now_ms = time_ns() // 1_000_000
    stopped_ms = parse_instant_ms(stopped_at) if stopped_at else now_ms
    if stopped_ms > now_ms:
        raise BadValue("--stopped-at is still to come: stop the old node first")
    addresses = parse_addresses(state_sync) if state_sync else ()
    trusted = None if trust is None else read_trust(trust)
    genesis = read_bytes(backup / GENESIS_FILE, "genesis", MAX_GENESIS_BYTES)
    sync = choose_state_sync(genesis, trusted, addresses)
    asked = Restoring(stopped_ms, parse_span_ms(clock_margin), sync, " ".join(addresses), database)
    with naming(directory):
        config = restore_node(backup, directory, asked)
    is_member = config.engine == "cometbft"
    if as_json:
        print_json({"directory": str(directory), "vote_held_until": show_ms(asked.held_until_ms) if is_member else ""})
        return
    print_lines([f"node 节点 in {directory}, will listen on {config.listen}"])
    if is_member:
        print_lines([
            f"If it has a vote, it votes again once it has a block of after {show_ms(asked.held_until_ms)}.",
            "The old node must never start again: two with one key are evidence against you.",
        ])  # fmt: skip
    else:
        print_lines(["What came after the backup is lost. Read “Backup and restore” in docs/operations.md first."])
    print_lines([f"Next: hefu node start {directory}"])


@app.command("status", epilog="Example: hefu node status --json")
def status(node: options.Node = options.DEFAULT_NODE, as_json: options.Json = False) -> None:
    """Show network, height and time 状态 of a running node."""
    with connect(node) as client:
        answer = client.status()
    if as_json:
        print_json(to_plain(answer))
    else:
        print_lines(describe(answer))


@app.command(
    "advance-clock",
    epilog="Examples: hefu node advance-clock 72h --key registrar-maker.json --key registrar-checker.json; "
    "hefu node advance-clock 2026-06-30T09:00 --key registrar-maker.json --key registrar-checker.json",
)
@writes
def advance_clock(
    session: Session,
    time: Annotated[str, typer.Argument(metavar="TIME", help="A span from the clock's time (72h), or a time.")],
) -> Draft:
    """Set a simulated clock forward 推进时钟. Only where the genesis allows one. The registrar acts."""
    return session.draft(pb.AdvanceClock(now_ms=session.deadline(time)))
