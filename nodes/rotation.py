"""A new log key for a stopped node, in steps of which each may be the last before a crash.

1. The new seed is written beside the old one, `keys/log.key.next`, and is on the disk before anything else happens.
2. A block that holds only the new key is committed; its checkpoint is the last that the old key signs.
3. `trust.json` says until which size the old key is good, and from which the new one.
4. The new seed takes the place of the old one, which is gone.

Cut short before 2, nothing has happened: the node goes on under the old key, and the next attempt takes the seed that
it finds. Cut short later, `finish_rotation`, which every start calls before it makes a block, does what is left: the
log says whether the block is there.
"""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from hefu.v1 import ledger_pb2 as pb
from ledger.application import Application
from ledger.errors import MalformedInput
from ledger.notes import ED25519
from ledger.rotation import read_rotation
from ledger.store.database import connect, open_engine
from ledger.store.port import BlockHead
from ledger.store.postgres import hold_database
from ledger.store.sql import SqlStore
from ledger.trust import open_trust
from ledger.verify_forms import parse_trust, render_trust_json
from nodes.config import NodeConfig
from nodes.directory import LOG_KEY, TRUST_FILE, NodeDirectory, make_seed_file, render_key
from nodes.engines.clock import SystemClock
from nodes.engines.solo import SoloEngine
from nodes.files import sync_folder, write_whole
from nodes.lock import hold_lock
from nodes.wiring import build_views, check_engine, open_application, prepare_database, read_genesis

NEXT_LOG_KEY = "keys/log.key.next"


@dataclass(frozen=True, slots=True)
class Rotation:
    """A rotation that is done: `size` is the last that the old key signed. `was_begun`: an earlier one was finished."""

    new_key: str
    size: int
    was_begun: bool


def rotate_log_key(directory: Path, config: NodeConfig) -> Rotation:
    """Change the log key of a stopped node, or finish a change that was cut short.

    Raises MalformedInput: no node, one of a network, or one that runs; database, keys, trust file or clock at fault.
    """
    if config.engine != "solo":
        raise MalformedInput("all nodes of a network write one log: none hands it over alone", str(directory))
    node = NodeDirectory(directory)
    with ExitStack() as stack:
        stack.enter_context(hold_lock(directory, wait_s=0))
        engine = open_engine(node.get_url(config), must_exist=True)
        stack.callback(engine.dispose)
        connection = stack.enter_context(connect(engine))
        stack.enter_context(hold_database(engine, wait_s=0))
        prepare_database(connection)
        store = SqlStore(connection, build_views(), config.keep_states_ms)
        finished = finish_rotation(node, config.origin, store)
        if finished is not None:
            return finished
        node.check_ledger(store, config.origin)
        application = open_application(store, config.origin, node.read_seed(LOG_KEY))
        genesis = read_genesis(store)
        check_engine(genesis, config.engine)
        now_ms = _read_trusted_clock(node, application, genesis.simulated_clock)
        _judge_trust(node, config.origin)
        new_key = _write_next_seed(node, config.origin)
        head = _hand_over(application, now_ms, new_key)
        return _finish(node, config.origin, new_key, head, was_begun=False)


def finish_rotation(node: NodeDirectory, origin: str, store: SqlStore) -> Rotation | None:
    """Do what is left of a rotation whose block is in the log; None where there is nothing to finish."""
    head = store.read_head()
    if head is None or not (node.path / NEXT_LOG_KEY).exists():
        return None
    new_key = render_key(origin, node.read_seed(NEXT_LOG_KEY), ED25519)
    if read_rotation(store, head) != new_key:
        return None
    return _finish(node, origin, new_key, head, was_begun=True)


def _read_trusted_clock(node: NodeDirectory, application: Application, is_simulated: bool) -> int:
    """The wall clock, by the rules under which the engine would make a block."""
    clock = SystemClock()
    engine = SoloEngine(application, clock, is_simulated=is_simulated)
    stopped_because = engine.stopped_because
    if engine.needs_version:
        raise MalformedInput(f"no blocks are made: {stopped_because}", str(node.path))
    if node.clock_file.exists() or stopped_because:
        raise MalformedInput(
            f"no blocks are made: {stopped_because or 'the clock jumped'}; check it, and start with --accept-clock",
            str(node.path),
        )
    return clock.read_wall_ms()


def _judge_trust(node: NodeDirectory, origin: str) -> None:
    """Find out what is wrong with the trust file before the log is handed over, not after."""
    old_key = render_key(origin, node.read_seed(LOG_KEY), ED25519)
    _find_key(parse_trust((node.path / TRUST_FILE).read_bytes()), old_key)


def _write_next_seed(node: NodeDirectory, origin: str) -> str:
    path = node.path / NEXT_LOG_KEY
    seed = node.read_seed(NEXT_LOG_KEY) if path.exists() else make_seed_file(path)
    sync_folder(path.parent)
    return render_key(origin, seed, ED25519)


def _hand_over(application: Application, now_ms: int, new_key: str) -> BlockHead:
    application.finalize_rotation(application.head.height + 1, now_ms, new_key)
    application.commit()
    return application.head


def _finish(node: NodeDirectory, origin: str, new_key: str, head: BlockHead, was_begun: bool) -> Rotation:
    _write_trust(node, origin, new_key, head.size)
    _replace_seed(node)
    return Rotation(new_key, head.size, was_begun)


def _write_trust(node: NodeDirectory, origin: str, new_key: str, size: int) -> None:
    path = node.path / TRUST_FILE
    trust = parse_trust(path.read_bytes())
    if any(trusted.key == new_key for trusted in trust.log_keys):
        return
    at = _find_key(trust, render_key(origin, node.read_seed(LOG_KEY), ED25519))
    trust.log_keys[at].last_size = size
    trust.log_keys.insert(at + 1, pb.TrustedKey(key=new_key, first_size=size + 1))
    open_trust(trust)
    write_whole(path, render_trust_json(trust), may_replace=True)
    sync_folder(node.path)


def _find_key(trust: pb.TrustFile, key: str) -> int:
    for at, trusted in enumerate(trust.log_keys):
        if trusted.key == key:
            return at
    raise MalformedInput("does not name the node's log key", TRUST_FILE)


def _replace_seed(node: NodeDirectory) -> None:
    path = node.path / LOG_KEY
    (node.path / NEXT_LOG_KEY).replace(path)
    sync_folder(path.parent)
