"""`hefu witness`: make a witness, say which logs it knows and by which keys, run it."""

from pathlib import Path
from typing import Annotated

import typer

from nodes.cli import options
from nodes.cli.files import naming
from nodes.cli.output import print_json, print_lines
from nodes.cli.values import BadValue, show_ms

app = typer.Typer(no_args_is_help=True, help="A witness 见证方: init, add-log, remove-key, show, start.")
Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The witness's data directory.")]
Origin = Annotated[str, typer.Option("--origin", metavar="ORIGIN", help="The log: first line of its checkpoints.")]
DEFAULT_LISTEN = "127.0.0.1:7420"


@app.command("init", epilog="Example: hefu witness init witness-1 --name w1.bank.example/hefu")
def init(
    directory: Directory,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Its name for ever, like a URL without scheme.")],
    as_json: options.Json = False,
) -> None:
    """Make a witness 初始化: a new key, and an empty record of what it has cosigned."""
    from nodes.witness.directory import init_witness

    with naming(directory):
        key = init_witness(directory, name).render_key()
    if as_json:
        print_json({"directory": str(directory), "key": key})
    else:
        print_lines(
            [f"witness 见证方 in {directory}", f"key  {key}", "Hand the key out: to auditors, and to the nodes."]
        )


@app.command("add-log", epilog="Example: hefu witness add-log witness-1 --origin town.hefu/log --key VKEY --key VKEY")
def add_log(
    directory: Directory,
    origin: Origin,
    key: Annotated[
        list[str], typer.Option("--key", metavar="VKEY", help="A key of the log; of a network, each node's. Repeat it.")
    ],
    as_json: options.Json = False,
) -> None:
    """Know a log, or further keys of one 添加日志. The witness may be running."""
    from ledger.errors import MalformedInput
    from ledger.notes import ED25519, Checkpoint, parse_verifier_key
    from nodes.witness.directory import open_state, read_identity

    Checkpoint(origin, 0, bytes(32))  # an origin that no checkpoint can have is refused
    for text in key:
        if parse_verifier_key(text).algorithm != ED25519:
            raise MalformedInput("a log signs its checkpoints without a time: name its plain key", "key")
    store = open_state(directory, read_identity(directory))
    try:
        store.add_log(origin, key)
    finally:
        store.close()
    show(directory, as_json)


@app.command("remove-key", epilog="Example: hefu witness remove-key witness-1 --origin town.hefu/log --key VKEY")
def remove_key(
    directory: Directory,
    origin: Origin,
    key: Annotated[str, typer.Option("--key", metavar="VKEY", help="The key that is trusted no longer.")],
    as_json: options.Json = False,
) -> None:
    """Trust a key of a log no longer 移除密钥. What was cosigned stays known."""
    from nodes.witness.directory import open_state, read_identity

    store = open_state(directory, read_identity(directory))
    try:
        store.remove_key(origin, key)
    finally:
        store.close()
    show(directory, as_json)


@app.command("show", epilog="Example: hefu witness show witness-1 --json")
def show(directory: Directory, as_json: options.Json = False) -> None:
    """Show its key, its logs, and what it has cosigned 状态."""
    from nodes.witness.directory import open_state, read_identity

    identity = read_identity(directory)
    store = open_state(directory, identity)
    try:
        logs = store.list_logs()
        splits = {origin: len(store.list_splits(origin)) for origin in logs}
    finally:
        store.close()
    if as_json:
        rows = [
            {
                "origin": origin, "keys": [key.render() for key in log.keys], "size": log.size, "root": log.root.hex(),
                "cosigned_at_ms": log.cosigned_at_s * 1000, "splits": splits[origin],
            }
            for origin, log in logs.items()
        ]  # fmt: skip
        print_json({"key": identity.render_key(), "logs": rows})
        return
    print_lines([f"key  {identity.render_key()}"])
    for origin, log in logs.items():
        when = f", cosigned {show_ms(log.cosigned_at_s * 1000)}" if log.cosigned_at_s else ", nothing cosigned yet"
        print_lines([f"log  {origin}: size {log.size}{when}", *(f"  signed by {key.render()}" for key in log.keys)])
        if splits[origin]:
            print_lines([f"  TWO HISTORIES 分叉: {splits[origin]} notes that contradict what was cosigned"])


@app.command("start", epilog="Example: hefu witness start witness-1 --listen 127.0.0.1:7421; it stops on Ctrl-C.")
def start(
    directory: Directory,
    listen: Annotated[
        str, typer.Option("--listen", metavar="HOST:PORT", help="A loopback address; port 0 = any free.")
    ] = DEFAULT_LISTEN,
) -> None:
    """Run a witness 启动 until it is told to stop. Logs go to stderr."""
    from nodes.config import parse_listen
    from nodes.witness.running import run_witness

    try:
        parse_listen(listen)
    except ValueError as error:
        raise BadValue(f"--listen: {error}") from None
    raise typer.Exit(run_witness(directory, listen, lambda port: print_lines([f"ready 就绪 on port {port}"])))
